"""Structs with `next` and `iterator`: items of every type, errors, and Python code that changes what is iterated."""

import gc
import itertools

import pytest
import zigmodules
from zigmodules import refusal


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("iterators", request.param)


#: expression, items
ITEMS = [
    ("Down(3)", [3, 2, 1]),
    ("Down(0)", []),
    ("Pairs(2)", [(1, "text"), (0, "text")]),
    ("Gaps(4)", [3, None, 1, None]),
    ("Gaps(0)", []),
    ("FallibleGaps(3)", [None, "text", None]),
    ("Nothings(3)", [None, None, None]),
    ("Lists(3)", [[1, 1], [1], []]),
    ("fibonacci(50)", [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]),
    ("Calls(lambda n: n if n < 4 else None)", [1, 2, 3]),
]


@pytest.mark.parametrize("row", ITEMS, ids=lambda row: row[0])
def test_items(zig, row):
    expression, items = row

    def make():
        return eval(expression, vars(zig).copy())

    assert list(make()) == items
    assert list(iter(make())) == items
    one = make()
    assert [next(one) for _ in items] == items
    for _ in range(3):
        assert next(one, "end") == "end"
        with pytest.raises(StopIteration) as caught:
            one.__next__()
        assert caught.value.value is None
    assert list(itertools.islice(make(), 2)) == items[:2]
    assert [a for a, _ in zip(make(), items, strict=True)] == items


def test_classes(zig):
    assert [p.x for p in zig.Points(3)] == [2, 1, 0]
    assert list(zig.Colors(3)) == [zig.Color.red, zig.Color.green, zig.Color.red]


def test_errors(zig):
    assert refusal(next, zig.Down(-1)) == (ValueError, "ValueError")
    assert refusal(list, zig.FallibleGaps(-1)) == (KeyError, "'KeyError'")
    down = zig.Down(1)
    assert next(down) == 1
    down.left = -1
    assert refusal(next, down)[0] is ValueError
    down.left = 1
    assert list(down) == [1]


def test_exceptions_of_callbacks(zig):
    def fails(n):
        if n == 3:
            raise KeyError(n)
        return n

    calls = zig.Calls(fails)
    assert refusal(list, calls) == (KeyError, "3")
    assert next(calls) == 4

    def stops(n):
        if n == 3:
            raise StopIteration
        return n

    assert list(zig.Calls(stops)) == [1, 2]
    assert refusal(list, zig.Calls(lambda n: "x"))[0] is TypeError


def test_a_callback_iterates_itself(zig):
    calls = zig.Calls(lambda n: n if n > 5 else next(calls))
    assert next(calls) == 6
    calls.f = lambda n: None
    assert list(calls) == []


def test_changed_while_iterated(zig):
    bag = zig.Bag()
    for n in range(3):
        bag.add(n)
    seen = []
    for n in bag:
        seen.append(n)
        if n < 3:
            bag.add(n + 3)
    assert seen == [0, 1, 2, 3, 4, 5]
    one, other = iter(bag), iter(bag)
    assert next(one) == 0
    bag.clear()
    assert list(one) == [] and list(other) == []
    bag.add(7)
    assert list(iter(bag)) == [7] and list(other) == [7]


def test_the_iterator_keeps_what_it_goes_over(zig):
    def make():
        bag = zig.Bag()
        for n in range(1000):
            bag.add(n)
        return iter(bag)

    iterator = make()
    gc.collect()
    assert sum(iterator) == 499500


def test_next_with_arguments(zig):
    reader = zig.Reader(5)
    assert (reader.next(3), reader.next(3)) == (2, None)
    assert refusal(iter, reader)[0] is TypeError
    assert refusal(next, reader)[0] is TypeError


def test_threads_of_generators(zig):
    iterators = [zig.fibonacci(10**18) for _ in range(20)]
    rows = list(zip(*iterators))
    assert all(len(set(row)) == 1 for row in rows) and len(rows) == 88

"""Values in instances begin once and end once, and nothing of an instance stays behind: references, memory, classes.

Every value that can begin is counted in Zig: `counts()` says how many began, how many ended, and how many ends were of a value
that was not alive (`lifetimes.zig`).
"""

import copy
import contextlib
import gc
import pickle
import sys
import tracemalloc
import weakref
from collections import deque
from itertools import repeat

import pytest
import zigmodules
from zigmodules import refusal

import zigbind

# Millions of calls of code that is not optimised take minutes.
@pytest.fixture(scope="module", params=("ReleaseSafe", "ReleaseFast", pytest.param("Debug", marks=pytest.mark.slow)))
def zig(request):
    return zigmodules.load("lifetimes", request.param)


@pytest.fixture(autouse=True)
def every_end_is_of_a_value_that_was_alive(request):
    """Around every test that uses `zig`: as many values are alive as before, and none ended twice."""
    if "zig" not in request.fixturenames:
        yield
        return
    module = request.getfixturevalue("zig")
    gc.collect()
    before = Count(module)
    yield
    gc.collect()
    after = Count(module)
    assert after.wrong == before.wrong
    assert after.alive == before.alive


class Count:
    """What `counts()` says."""

    def __init__(self, module):
        self.begun, self.ended, self.wrong = module.counts()
        self.alive = self.begun - self.ended


class Watch:
    """How many values began and ended since then."""

    def __init__(self, module):
        self.module, self.start = module, Count(module)

    @property
    def begun(self):
        return Count(self.module).begun - self.start.begun

    @property
    def ended(self):
        return Count(self.module).ended - self.start.ended


# ---- one at a time: when a value ends

def test_the_end_comes_with_the_last_reference(zig):
    watch = Watch(zig)
    counted = zig.Counted(5, zig.Way.well)
    again = counted
    del counted
    assert (watch.begun, watch.ended) == (1, 0)
    del again
    assert (watch.begun, watch.ended) == (1, 1)


@pytest.mark.parametrize(
    "make", [lambda zig: zig.Counted.of(3), lambda zig: zig.make(3, False), lambda zig: zig.perhaps(3), lambda zig: zig.Counted.give(3)]
)
def test_a_value_that_zig_made_ends_once(zig, make):
    watch = Watch(zig)
    made = make(zig)
    assert made.total() == 21 and (watch.begun, watch.ended) == (1, 0)
    del made
    assert (watch.begun, watch.ended) == (1, 1)


def test_a_list_of_values(zig):
    watch = Watch(zig)
    made = zig.many(10)
    assert [one.total() for one in made] == [7 * size for size in range(10)] and (watch.begun, watch.ended) == (10, 0)
    del made[3:]
    assert watch.ended == 7
    made.clear()
    assert watch.ended == 10


@pytest.mark.parametrize(
    "way, expected, begins",
    [
        ("error_at_once", ValueError, 0),
        ("error_late", ValueError, 1),
        ("raises", LookupError, 0),
        ("panics", zigbind.PanicError, 0),
        ("overflows", OverflowError, 0),
    ],
)
def test_init_that_fails_ends_what_it_began(zig, way, expected, begins):
    class Sub(zig.Counted):
        pass

    for Class in (zig.Counted, Sub):
        watch = Watch(zig)
        assert refusal(Class, 100, zig.Way[way])[0] is expected
        assert (watch.begun, watch.ended) == (begins, begins)


def test_init_that_returns_null(zig):
    watch = Watch(zig)
    assert refusal(zig.Maybe, False)[0] is ValueError
    assert zig.Maybe(True) is not None
    assert (watch.begun, watch.ended) == (1, 1)


def test_arguments_that_do_not_fit_begin_nothing(zig):
    watch = Watch(zig)
    for args in ((), (1,), ("x", zig.Way.well), (1, 2), (1, zig.Way.well, 3), (-1, zig.Way.well)):
        assert refusal(zig.Counted, *args)[0] in (TypeError, OverflowError)
    assert watch.begun == 0


@pytest.mark.parametrize("derive", [False, True])
def test_init_a_second_time_is_refused_where_the_value_owns_something(zig, derive):
    Class = type("Sub", (zig.Counted,), {}) if derive else zig.Counted
    counted = Class(5, zig.Way.well)
    watch = Watch(zig)
    before = counted.total()
    kind, text = refusal(counted.__init__, 7, zig.Way.well)
    assert kind is TypeError and "initialised already" in text
    assert counted.total() == before and (watch.begun, watch.ended) == (0, 0)
    del counted
    assert watch.ended == 1


def test_an_object_without_a_value_has_no_end(zig):
    watch = Watch(zig)
    counted = zig.Counted.__new__(zig.Counted)
    assert refusal(counted.total)[0] is TypeError
    del counted
    assert (watch.begun, watch.ended) == (0, 0)
    # The same object can have one later.
    counted = zig.Counted.__new__(zig.Counted)
    counted.__init__(2, zig.Way.well)
    assert counted.total() == 14
    del counted
    assert (watch.begun, watch.ended) == (1, 1)


def test_a_subclass_that_calls_no_super(zig):
    class Silent(zig.Counted):
        def __init__(self):
            self.mark = "x"

    class Loud(zig.Counted):
        def __init__(self, size):
            with contextlib.suppress(TypeError):
                super().__init__()
            super().__init__(size + 1, zig.Way.well)

    class Broken(zig.Counted):
        def __init__(self):
            super().__init__(3, zig.Way.well)
            raise KeyError("after")

    watch = Watch(zig)
    silent = [Silent() for _ in range(100)]
    for one in silent:
        assert refusal(one.total)[0] is TypeError and one.mark == "x"
    # Whatever has no value does not keep others of the class from theirs.
    assert Loud(1).total() == zig.Counted(2, zig.Way.well).total() == 14
    assert (watch.begun, watch.ended) == (2, 2)
    del silent, one
    assert (watch.begun, watch.ended) == (2, 2)
    assert refusal(Broken)[0] is KeyError
    gc.collect()
    assert (watch.begun, watch.ended) == (3, 3)


def test_the_end_of_a_base(zig):
    class Sub(zig.Derived):
        pass

    for Class in (zig.Derived, Sub):
        watch = Watch(zig)
        derived = Class(5)
        assert derived.extra == 5 and derived.isAlive()
        del derived
        assert (watch.begun, watch.ended) == (1, 1)
    watch = Watch(zig)
    assert zig.Ending().isAlive()
    assert (watch.begun, watch.ended) == (2, 2)


def test_init_of_a_base_on_a_derived_object(zig):
    """It would replace half of a value."""
    derived = zig.Derived(5)
    watch = Watch(zig)
    assert refusal(zig.Base.__init__, derived)[0] is TypeError
    assert (watch.begun, watch.ended) == (0, 0) and derived.isAlive()


# ---- values that move

def test_a_value_that_is_moved_away_ends_where_it_went(zig):
    counted = zig.Counted(5, zig.Way.well)
    watch = Watch(zig)
    assert zig.take(counted, False) == 35 and watch.ended == 1
    for function in (counted.total, counted.taken, lambda: zig.take(counted, False), lambda: zig.read(counted), lambda: len(counted)):
        assert refusal(function)[0] is TypeError
    del counted
    assert watch.ended == 1
    counted = zig.Counted(5, zig.Way.well)
    assert refusal(zig.take, counted, True)[0] is ValueError and watch.ended == 2
    # Where there is none, a new one can be made.
    counted.__init__(6, zig.Way.well)
    assert counted.total() == 42
    del counted
    assert watch.ended == 3


def test_a_moved_value_comes_back(zig):
    counted = zig.Counted(5, zig.Way.well)
    watch = Watch(zig)
    for _ in range(10):
        before, counted = counted, zig.handOn(counted)
        assert counted is not before and counted.total() == 35 and refusal(before.total)[0] is TypeError
    assert counted.taken() == 35 and watch.ended == 1
    assert refusal(counted.total)[0] is TypeError
    del counted, before
    assert (watch.begun, watch.ended) == (0, 1)


def test_nothing_moves_where_an_argument_does_not_fit(zig):
    a, b = zig.Counted(1, zig.Way.well), zig.Counted(2, zig.Way.well)
    watch = Watch(zig)
    assert refusal(zig.takeTwo, a, b, 5)[0] is TypeError
    assert refusal(zig.takeTwo, a, 5, "x")[0] is TypeError
    assert (a.total(), b.total(), watch.ended) == (7, 14, 0)
    assert refusal(zig.takeTwo, a, a, "x")[0] is TypeError
    assert zig.takeTwo(zig.Counted.give(1), b, "xyz") == 24
    assert watch.ended >= 2


def test_what_looks_at_a_moved_value_knows(zig):
    counted = zig.Counted.give(3)
    iterator = iter(counted)
    assert next(iterator) == 7
    with memoryview(counted) as view:
        assert view.tolist() == [7, 7, 7]
    del iterator
    assert counted.taken() == 21


# ---- panics

def test_a_panic_in_a_method_leaves_the_value(zig):
    counted = zig.Counted(5, zig.Way.well)
    watch = Watch(zig)
    for _ in range(100):
        assert refusal(counted.panics) == (zigbind.PanicError, "a method gave up")
        assert refusal(counted.fails)[0] is ValueError
    assert counted.total() == 35 and watch.ended == 0


def test_a_panic_in_deinit_is_reported_and_ends_there(zig, monkeypatch):
    reports = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reports.append((report.exc_type, str(report.exc_value), repr(report.object))))
    watch = Watch(zig)
    bad = zig.BadEnd()
    del bad
    assert (watch.begun, watch.ended) == (1, 1)
    assert [report[:2] for report in reports] == [(zigbind.PanicError, "deinit gave up")] and "BadEnd" in reports[0][2]
    # An exception that is on its way stays what it is.
    try:
        raise KeyError("mine")
    except KeyError as error:
        zig.BadEnd()
        assert error.args == ("mine",)
    assert len(reports) == 2
    references = sys.getrefcount(zig.BadEnd)
    for _ in range(1000):
        zig.BadEnd()
    now = sys.getrefcount(zig.BadEnd)
    assert now == references and watch.ended == 1002


def test_whoever_is_told_of_a_panic_in_deinit_may_keep_what_he_gets(zig, monkeypatch):
    kept = []
    monkeypatch.setattr(sys, "unraisablehook", kept.append)
    for _ in range(100):
        zig.BadEnd()
    assert len(kept) == 100
    for report in kept:
        repr(report.object)
    kept.clear()


# ---- views

def test_views_keep_their_owner(zig):
    watch = Watch(zig)
    owner = zig.Owner(3.0)
    corner, second, peeked = owner.corner, owner.at(1), owner.peek()
    second.x = 8
    del owner
    gc.collect()
    assert watch.ended == 0
    corner.x += 1
    assert (corner.x, second.x, peeked.x) == (4, 8, 4)
    del corner, second
    assert watch.ended == 0 and peeked.x == 4
    del peeked
    assert watch.ended == 1


def test_an_owner_that_is_initialised_again_under_its_views(zig):
    owner = zig.Owner(3.0)
    corner = owner.corner
    watch = Watch(zig)
    # The value that its views look at stays.
    assert refusal(owner.__init__, 5.0)[0] is TypeError
    assert corner.x == 3 and watch.ended == 0
    del owner
    assert corner.x == 3
    del corner
    assert watch.ended == 1


def test_iterators_and_buffers_keep_their_owner(zig):
    for look in (iter, memoryview):
        watch = Watch(zig)
        counted = zig.Counted(4, zig.Way.well)
        looking = look(counted)
        del counted
        gc.collect()
        assert list(looking) == [7] * 4
        assert watch.ended == 0
        del looking
        assert watch.begun == watch.ended > 0


def test_an_owner_in_a_cycle_with_its_view(zig):
    class Sub(zig.Owner):
        pass

    watch = Watch(zig)
    owner = Sub(1.0)
    owner.view = owner.corner
    owner.views = [owner.at(index) for index in range(3)]
    del owner
    gc.collect()
    assert (watch.begun, watch.ended) == (1, 1)


def test_a_view_that_outlives_the_collection_of_a_cycle(zig):
    class Sub(zig.Owner):
        pass

    watch = Watch(zig)
    owner = Sub(1.0)
    owner.self = owner
    corner = owner.corner
    del owner
    gc.collect()
    assert corner.x == 1 and watch.ended == 0
    del corner
    gc.collect()
    assert watch.ended == 1


# ---- cycles

def test_cycles_through_fields(zig):
    watch = Watch(zig)
    for _ in range(10):
        knot = zig.Knot(None)
        knot.next = [zig.Knot(knot), zig.Knot({"key": knot})]
        itself = zig.Knot(None)
        itself.next = itself
        node = zig.Node(knot)
        node.next = (node, knot)
        node.set([node, node.value])
    del knot, itself, node
    gc.collect()
    assert (watch.begun, watch.ended) == (40, 40)


def test_cycles_through_the_dict(zig):
    watch = Watch(zig)
    opened = zig.Open()
    reference = weakref.ref(opened)
    opened.itself = opened
    opened.other = zig.Open()
    opened.other.back = opened
    del opened
    assert reference() is not None
    gc.collect()
    assert reference() is None and (watch.begun, watch.ended) == (2, 2)


def test_code_that_runs_while_a_cycle_is_collected(zig):
    """It finds the value, or a field without its object; not what is gone."""
    seen = []

    class Witness(zig.Knot):
        def __del__(self):
            seen.append(self.next)

    watch = Watch(zig)
    first = Witness(None)
    first.next = Witness(first)
    del first
    gc.collect()
    assert len(seen) == 2 and (watch.begun, watch.ended) == (2, 0)
    seen.clear()
    gc.collect()
    assert watch.ended == 2


def test_a_callback_during_collection_sees_whole_objects(zig):
    reported = []

    class Loop(zig.Node):
        def __repr__(self):
            return f"Loop({type(self.value).__name__}, {type(self.next).__name__})"

    loop = Loop(1)
    loop.next = loop
    loop.set([loop])
    reference = weakref.ref(loop, lambda _: reported.append("gone"))
    del loop
    gc.collect()
    assert reference() is None and reported == ["gone"]


def test_an_instance_that_comes_back_to_life(zig):
    kept = []

    class Stubborn(zig.Counted):
        def __del__(self):
            kept.append(self)

    watch = Watch(zig)
    Stubborn(3, zig.Way.well)
    assert watch.ended == 0 and kept[0].total() == 21
    kept.clear()  # __del__ is called once only
    assert watch.ended == 1 and kept == []


# ---- fields

class Text(str):
    """Text that can be watched."""


def test_fields_let_go_of_what_they_held(zig):
    first, second = Text("first" * 20), Text("second" * 20)
    numbers = list(range(1000, 1010))
    before = [sys.getrefcount(one) for one in (first, second, numbers)]
    named = zig.Named(first, numbers, second)
    assert named.length() == len(first) + 10 + len(second)
    named.name = second
    named.other = "x"
    named.swap()
    assert (named.name, named.other) == ("x", second)
    named.rename(first)
    twin = named.copy()
    del named
    assert (twin.name, twin.numbers, twin.other) == (first, numbers, second)
    twin.numbers = ()
    assert refusal(setattr, twin, "name", 5)[0] is TypeError and twin.name == first
    del twin
    gc.collect()
    assert [sys.getrefcount(one) for one in (first, second, numbers)] == before


def test_memory_of_zig_is_not_replaced_from_python(zig):
    owned = zig.Slice(5)
    assert owned.memory == "xxxxx"
    assert refusal(setattr, owned, "memory", b"other")[0] is AttributeError
    assert owned.memory == "xxxxx"


def test_an_object_that_looks_at_its_holder_when_it_is_released(zig):
    class Nosy:
        def __del__(self):
            seen.append((node.value, node.next))

    seen = []
    node = zig.Node(Nosy())
    node.value = 1
    node.next = Nosy()
    node.next = 2
    node.set(Nosy())
    node.set(3)
    assert seen == [(1, None), (1, 2), (3, 2)]


def test_variants_that_change(zig):
    item = object()
    text = Text("text" * 30)
    before = sys.getrefcount(item), sys.getrefcount(text)
    for make in (lambda: zig.Content.object(item), lambda: zig.Content.object([item]), lambda: zig.Content.text(text)):
        content = make()
        content.same()
        copied = content.same()
        content.clear()
        assert content.isEmpty() and not copied.isEmpty()
        del content, copied
    content = zig.Content.object(item)
    content.value = text
    assert content.value is text
    holder = [content]
    content.value = holder
    del content, holder
    gc.collect()
    assert (sys.getrefcount(item), sys.getrefcount(text)) == before


# ---- a million times

class Index:
    def __index__(self):
        return 3


class Sink:
    """Arguments whose references are counted."""

    def __init__(self):
        self.item = object()
        self.text = Text("a text " * 9)
        self.numbers = [10**6 + number for number in range(5)]
        self.index = Index()

    def leaves(self):
        return [self.item, self.text, self.numbers, *self.numbers, self.index]


def fails(function, *args):
    try:
        function(*args)
    except Exception:
        pass
    else:
        raise AssertionError(f"{function!r} accepted {args!r}")


def failing(function, args, times):
    for _ in range(times):
        try:
            function(*args)
        except Exception:
            pass
        else:
            raise AssertionError(f"{function!r} accepted {args!r}")


def calling(function, args, times):
    if args:
        deque(map(function, *(repeat(arg, times) for arg in args)), maxlen=0)
    else:
        deque((function() for _ in range(times)), maxlen=0)


KINDS = {}


def kind(times):
    """A function of module, arguments and count that does something so often; ``times`` of it are a test."""

    def add(function):
        KINDS[function.__name__] = (function, times)
        return function

    return add


#: Some take a few seconds for a million; the slowest do less.
MILLION, MANY, SOME = 1_000_000, 500_000, 50_000


@kind(MILLION)
def constructions(zig, sink, times):
    calling(zig.Plain, (7, 2.5), times)


@kind(MILLION)
def constructions_with_an_end(zig, sink, times):
    calling(zig.Counted, (40, zig.Way.well), times)


@kind(MILLION)
def constructions_that_hold(zig, sink, times):
    calling(zig.Named, (sink.text, sink.numbers, "other"), times // 2)
    calling(zig.Node, (sink.item, sink.text), times // 2)


@kind(MILLION)
def failed_constructions(zig, sink, times):
    for args in (("x", zig.Way.well), (sink.index, sink.item), (), (-1, zig.Way.well)):
        failing(zig.Counted, args, times // 5)
    failing(zig.Named, (sink.text, ["x"]), times // 10)
    failing(zig.Node, (), times // 10)


@kind(MILLION)
def exceptions_in_init(zig, sink, times):
    for way in (zig.Way.error_at_once, zig.Way.error_late, zig.Way.raises, zig.Way.overflows):
        failing(zig.Counted, (50, way), times // 4)


@kind(MANY)
def panics_in_init(zig, sink, times):
    failing(zig.Counted, (50, zig.Way.panics), times)


@kind(MANY)
def nulls_from_init(zig, sink, times):
    failing(zig.Maybe, (False,), times)


@kind(MILLION)
def subclass_instances(zig, sink, times):
    class Sub(zig.Counted):
        __slots__ = ()

    class Rich(zig.Plain):
        def __init__(self, x, item):
            super().__init__(x)
            self.item = item

    calling(Sub, (3, zig.Way.well), times // 2)
    calling(Rich, (3, sink.item), times // 2)


@kind(MANY)
def subclass_instances_without_a_value(zig, sink, times):
    class Silent(zig.Counted):
        def __init__(self, item):
            self.item = item

    calling(Silent, (sink.item,), times)
    calling(zig.Counted.__new__, (zig.Counted,), times)


@kind(MANY)
def subclass_instances_that_fail(zig, sink, times):
    class Late(zig.Counted):
        def __init__(self, item):
            self.item = item
            super().__init__(5, zig.Way.error_late)

    class After(zig.Counted):
        def __init__(self, item):
            super().__init__(5, zig.Way.well)
            raise KeyError(item)

    failing(Late, (sink.item,), times // 2)
    failing(After, (sink.item,), times // 2)


@kind(SOME)
def classes_derived(zig, sink, times):
    for _ in range(times // 10):
        Sub = type("Sub", (zig.Counted,), {"item": sink.item})
        Sub(1, zig.Way.well).total()
        Sub.itself = Sub


@kind(MILLION)
def cycles(zig, sink, times):
    for _ in range(times // 5):
        node = zig.Node(sink.item)
        node.next = node
        knot = zig.Knot(None)
        knot.next = [knot, node, sink.item]


@kind(MANY)
def cycles_of_subclasses(zig, sink, times):
    class Sub(zig.Counted):
        pass

    for _ in range(times // 4):
        one = Sub(2, zig.Way.well)
        one.other = Sub(3, zig.Way.well)
        one.other.other = (one, sink.item)


@kind(MANY)
def init_again(zig, sink, times):
    counted = zig.Counted(1, zig.Way.well)
    failing(counted.__init__, (30, zig.Way.well), times // 10)
    named = zig.Named("x")
    calling(named.__init__, (sink.text, sink.numbers), times)


@kind(MANY)
def moves(zig, sink, times):
    for _ in range(times // 5):
        zig.take(zig.Counted(9, zig.Way.well), False)
        zig.Counted.give(9).taken()
        zig.handOn(zig.handOn(zig.Counted(9, zig.Way.well)))
        fails(zig.take, zig.Counted(9, zig.Way.well), True)
        fails(zig.takeTwo, zig.Counted(9, zig.Way.well), zig.Counted.give(8), sink.item)


@kind(MANY)
def factories(zig, sink, times):
    calling(zig.Counted.of, (5,), times)
    calling(zig.Counted.give, (5,), times)
    calling(zig.perhaps, (5,), times)
    calling(zig.make, (5, False), times)
    failing(zig.make, (5, True), times // 5)
    calling(zig.many, (10,), times // 10)
    calling(zig.Counted(5, zig.Way.well).twin, (), times)


@kind(MANY)
def methods(zig, sink, times):
    counted = zig.Counted(5, zig.Way.well)
    calling(counted.sum, (counted, sink.text), times)
    calling(counted.me, (), times)
    calling(counted, (3,), times)
    failing(counted.sum, (counted, sink.item), times // 4)
    failing(counted.sum, (sink.item, sink.text), times // 4)
    failing(counted.fails, (), times // 4)
    failing(counted.panics, (), times // 4)


@kind(MANY)
def operators(zig, sink, times):
    a, b = zig.Counted(3, zig.Way.well), zig.Counted(4, zig.Way.well)
    one = zig.Plain(1)
    for _ in range(times // 4):
        a + b
        one + one
        a == b
        a != sink.item
        a[-1], a[0:2]
        len(a)
    failing(a.__getitem__, (sink.item,), times // 10)
    failing(a.__getitem__, (10**6,), times // 10)
    for _ in range(times // 10):
        try:
            a + sink.item
        except TypeError:
            pass


@kind(SOME)
def in_place(zig, sink, times):
    counted = zig.Counted(3, zig.Way.well)
    for _ in range(times):
        counted += 1
        if len(counted) > 100:
            counted.grow(1)


@kind(MANY)
def views(zig, sink, times):
    for _ in range(times // 10):
        owner = zig.Owner(1)
        corner, point, peeked = owner.corner, owner.at(1), owner.peek()
        corner.x = 5
        fails(setattr, peeked, "x", 5)
        fails(owner.at, 3)
        owner.corner = point
        owner.points
        fails(setattr, owner, "corner", sink.item)
        del owner


@kind(MANY)
def iterators_and_buffers(zig, sink, times):
    counted = zig.Counted(5, zig.Way.well)
    for _ in range(times // 10):
        list(counted)
        next(iter(counted))
        memoryview(counted).tolist()
        bytes(counted)


@kind(MANY)
def fields(zig, sink, times):
    named, node, opened = zig.Named("x"), zig.Node(1), zig.Open()
    for _ in range(times // 10):
        named.name = sink.text
        named.numbers = sink.numbers
        named.other = b"bytes" * 5
        named.swap()
        named.rename(sink.text)
        named.copy()
        fails(setattr, named, "numbers", [1, sink.item])
        node.value = sink.item
        node.set([sink.item])
        node.get()
        node.next = node.value
        opened.item = sink.item
        del opened.item
        opened.other = [opened]
    node.next = None


@kind(SOME)
def representations(zig, sink, times):
    node = zig.Node([1])
    node.value.append(node)
    for _ in range(times // 5):
        repr(node)
        repr(zig.Named(sink.text, sink.numbers))
        repr(zig.Owner(1).corner)
        repr(zig.Content.text(sink.text))


@kind(SOME)
def copies(zig, sink, times):
    class Sub(zig.Plain):
        pass

    sub = Sub(5)
    sub.item = sink.item
    for _ in range(times // 5):
        copy.copy(zig.Named(sink.text, sink.numbers))
        copy.deepcopy(zig.Plain(5))
        copy.copy(sub)
        fails(copy.copy, zig.Knot(None))


@kind(SOME)
def pickles(zig, sink, times):
    assert "lifetimes" not in sys.modules
    sys.modules["lifetimes"] = zig
    try:
        for _ in range(times // 5):
            pickle.loads(pickle.dumps(zig.Named("x" * 20, sink.numbers)))
            fails(pickle.dumps, zig.Knot(sink.item))
        failing(zig.Named.__new__(zig.Named).__setstate__, ((sink.text, sink.item, 5, None),), times // 5)
    finally:
        del sys.modules["lifetimes"]


@kind(MANY)
def unions(zig, sink, times):
    for _ in range(times // 10):
        content = zig.Content.object(sink.item)
        content.same()
        content.clear()
        zig.Content.text(sink.text).same()
        zig.Content.point(zig.Point(1, 2)).same()
        fails(zig.Content.number, sink.item)
        content = zig.Content.object(sink.numbers)
        content.value = [content]
        match zig.Content.text(sink.text):
            case zig.Content.text(text):
                assert text == sink.text


@kind(MANY)
def enums_and_errors(zig, sink, times):
    calling(zig.complement, (zig.Colour.red,), times)
    failing(zig.complement, (sink.item,), times // 4)
    failing(zig.troubled, (-1,), times // 4)
    failing(zig.troubled, (10,), times // 4)


@kind(MANY)
def weak_references(zig, sink, times):
    class Sub(zig.Counted):
        pass

    for _ in range(times // 4):
        weakref.ref(zig.Open())
        weakref.ref(Sub(1, zig.Way.well), lambda _: None)


@kind(MANY)
def attributes_of_classes(zig, sink, times):
    for _ in range(times // 10):
        zig.Counted.total
        zig.Counted(1, zig.Way.well).total
        fails(getattr, zig.Counted, "nothing")
        fails(getattr, zig.Plain(1), "nothing")
        fails(delattr, zig.Plain(1), "x")


def classes_of(module):
    found = [one for one in vars(module).values() if isinstance(one, type)]
    return found + [one for Class in found for one in vars(Class).values() if isinstance(one, type)]


def reference_counts(zig, sink):
    gc.collect()
    return {repr(one): sys.getrefcount(one) for one in [*classes_of(zig), *sink.leaves()]}


@pytest.mark.parametrize("name", KINDS)
def test_nothing_stays(zig, name):
    function, times = KINDS[name]
    sink = Sink()
    function(zig, sink, 200)
    references, blocks, own = reference_counts(zig, sink), sys.getallocatedblocks(), zigmodules.own_bytes()
    function(zig, sink, times)
    assert reference_counts(zig, sink) == references
    # One that is lost each time would be thousands: every kind does each of the things it does `times // 10` times or more.
    assert sys.getallocatedblocks() - blocks < 1000
    if own is not None:
        assert zigmodules.own_bytes() - own < 8 << 20


@pytest.mark.once
def test_memory_that_python_traces(zig):
    """What lies in `std.mem.Allocator`s and in instances is Python's memory; none of it stays."""
    sink = Sink()
    for function, _times in KINDS.values():
        function(zig, sink, 400)
    grown = {}
    tracemalloc.start()
    try:
        for name, (function, _times) in KINDS.items():
            after, growths = None, []
            for _ in range(4):
                before = after
                function(zig, sink, 2000)
                gc.collect()
                after, _peak = tracemalloc.get_traced_memory()
                growths.append(after - (before or 0))
            # What Python keeps for reuse grows now and then; what is lost is lost each time: the smallest object has 16 bytes.
            grown[name] = min(growths)
        counted = [zig.Counted(100_000, zig.Way.well) for _ in range(10)]
        held, _peak = tracemalloc.get_traced_memory()
        assert held - after > 1_000_000
        del counted
    finally:
        tracemalloc.stop()
    assert {name: size for name, size in grown.items() if size > 24_000} == {}


# ---- modules

VERSION = """
const zb = @import("zigbind");
pub const Thing = struct {{
    x: i64 = {number},
    item: ?zb.Object = null,
    pub const Inner = struct {{ y: i64 = 1 }};
    pub fn get(self: *const Thing) i64 {{
        return self.x;
    }}
    pub fn inner(_: *const Thing) Inner {{
        return .{{}};
    }}
}};
pub const Shape = union(enum) {{ round: i64, square: f64 }};
pub const Colour = enum {{ red, green }};
pub const Trouble = error{{Bad}};
pub fn make() Thing {{
    return .{{}};
}}
"""


def test_versions_of_a_module_go_with_their_last_user():
    """A module that is edited and loaded again, over and over: the classes of what it was are gone."""

    def load(number):
        module = zigbind.compile(VERSION.format(number=number), "versions", optimize="Debug")
        thing = module.make()
        assert thing.get() == number == module.Thing().x and thing.inner().y == 1
        thing.item = thing  # collected with the instance that it is
        module.Thing().item = module
        classes = module.Thing, module.Thing.Inner, module.Shape, module.Shape.round, module.Colour, module.Trouble
        return [weakref.ref(one) for one in (module, *classes)]

    references = [load(number) for number in range(5)]
    gc.collect()
    blocks = sys.getallocatedblocks()
    references += [load(number) for number in range(5, 55)]
    gc.collect()
    assert [[reference() for reference in of_version] for of_version in references] == [[None] * 7] * 55
    del references
    # The libraries themselves stay loaded, as every extension module does.
    assert sys.getallocatedblocks() - blocks < 50 * 60


def test_the_same_module_loaded_again_and_again():
    def load():
        module = zigmodules.load.__wrapped__("lifetimes")
        assert module.Counted(3, module.Way.well).total() == 21
        return weakref.ref(module)

    zigmodules.load("lifetimes")  # one stays
    load()
    gc.collect()
    blocks = sys.getallocatedblocks()
    references = [load() for _ in range(50)]
    gc.collect()
    assert [reference() for reference in references] == [None] * 50
    del references
    assert sys.getallocatedblocks() - blocks < 500


def test_an_instance_keeps_its_module():
    def load():
        module = zigbind.compile(VERSION.format(number=1000), "versions", optimize="Debug")
        return module.Thing(item=[]), weakref.ref(module.Thing)

    thing, reference = load()
    gc.collect()
    assert thing.get() == 1000 and repr(thing) == "Thing(x=1000, item=[])" and thing.inner().y == 1
    del thing
    gc.collect()
    assert reference() is None


OWNS = """
const std = @import("std");
const zb = @import("zigbind");
const Allocator = std.mem.Allocator;
var ended: usize = 0;
pub fn endedSoFar() usize {
    return ended;
}
pub const Text = struct {
    bytes: []u8,
    gpa: Allocator,
    pub fn init(gpa: Allocator, size: usize) !Text {
        const bytes = try gpa.alloc(u8, size);
        @memset(bytes, 'x');
        return .{ .bytes = bytes, .gpa = gpa };
    }
    pub fn deinit(self: *Text) void {
        ended += 1;
        self.gpa.free(self.bytes);
    }
};
pub const Noted = struct {
    text: Text,
    note: zb.Object,
    pub fn deinit(self: *Noted) void {
        self.text.deinit();
    }
};
pub const Choice = union(enum) {
    texts: []Text,
    maybe: ?Text,
    number: i64,
};
pub const Owner = struct {
    name: []const u8 = "owner",
    one: Text,
    maybe: ?Text,
    noted: ?Noted,
    slice: []Text,
    array: [1]Text,
    list: std.ArrayList(Text) = .empty,
    map: std.StringHashMapUnmanaged(Text) = .empty,
    pair: struct { Text, i64 },
    choice: ?Choice,
    gpa: Allocator,
    pub fn init(gpa: Allocator, note: zb.Object) !Owner {
        var self: Owner = .{
            .one = try .init(gpa, 10),
            .maybe = try .init(gpa, 20),
            .noted = .{ .text = try .init(gpa, 30), .note = note },
            .slice = try gpa.alloc(Text, 1),
            .array = .{try .init(gpa, 40)},
            .pair = .{ try .init(gpa, 50), 1 },
            .choice = .{ .maybe = try .init(gpa, 60) },
            .gpa = gpa,
        };
        self.slice[0] = try .init(gpa, 70);
        try self.list.append(gpa, try .init(gpa, 80));
        try self.map.put(gpa, "key", try .init(gpa, 90));
        return self;
    }
    pub fn deinit(self: *Owner) void {
        for ([_]*Text{ &self.one, &self.maybe.?, &self.noted.?.text, &self.slice[0], &self.array[0], &self.list.items[0], self.map.getPtr("key").?, &self.pair[0], &self.choice.?.maybe.? }) |text| text.deinit();
        self.gpa.free(self.slice);
        self.list.deinit(self.gpa);
        self.map.deinit(self.gpa);
    }
    pub fn first(self: *Owner) *Text {
        return &self.slice[0];
    }
};
pub fn choices(gpa: Allocator) !struct { Choice, Choice } {
    return .{ .{ .texts = try gpa.alloc(Text, 0) }, .{ .maybe = null } };
}
"""


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_what_ends_is_not_copied_out_of_a_field(tmp_path, optimize):
    path = tmp_path / "owns.zig"
    path.write_text(OWNS, encoding="utf-8")
    module = zigbind.load(path, optimize=optimize)
    owner = module.Owner(None)
    for name in ("maybe", "noted", "slice", "array", "list", "map", "pair"):
        with pytest.raises(AttributeError, match=f"the field '{name}' of 'Owner' is not available in Python: what has a deinit would end with each copy of it"):
            getattr(owner, name)
    for one in module.choices():
        with pytest.raises(AttributeError, match="not available in Python"):
            one.value
    with pytest.raises(AttributeError, match="not available in Python"):
        owner.choice.value
    assert repr(owner).startswith("Owner(name='owner', one=Text(bytes='xxxxxxxxxx'), choice=Choice.maybe(")
    gc.collect()
    assert module.endedSoFar() == 0 and owner.first().bytes == "x" * 70
    del owner
    gc.collect()
    assert module.endedSoFar() == 9


OPTIONAL = """
pub const Name = struct { text: []const u8, size: usize = 3 };
pub const Size = struct { width: f64, height: f64 = 2 };
pub const Has = struct {
    name: ?Name = null,
    size: ?Size = null,
    pub fn clear(self: *Has) void {
        self.* = .{};
    }
};
"""


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_an_optional_struct_with_text_is_a_copy(tmp_path, optimize):
    path = tmp_path / "has.zig"
    path.write_text(OPTIONAL, encoding="utf-8")
    module = zigbind.load(path, optimize=optimize)
    text = "some longer text " * 20
    for clear in (lambda has: setattr(has, "name", None), lambda has: setattr(has, "name", module.Name("other")), module.Has.clear):
        has = module.Has(module.Name("".join([text])), module.Size(1))
        name = has.name
        clear(has)
        gc.collect()
        others = [bytes(len(text) + more) for more in range(-50, 50)]
        assert (name.text, name.size) == (text, 3)
        del others
    has = module.Has(size=module.Size(1))
    has.size.width = 5  # it has nothing to keep: the place itself
    assert has.size.width == 5

"""`zb.overload`: what fits exactly is called first, then what can be converted."""

import inspect
import sys
import threading

import pytest
import zigmodules
from zigmodules import refusal

import zigbind


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("overloads", request.param)


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Float:
    def __float__(self):
        return 1.5


def test_exact_types_come_first(zig):
    for value, name in ((1, "int"), (1.0, "float"), (True, "bool"), ("x", "str"), (b"x", "bytes"), (None, "None"), ([1], "ints"), ([], "ints"), (["a"], "words"), ((1, 2.0), "pair")):
        assert zig.kind(value) == zig.kind(x=value) == name
    assert zig.float_first(1) == "int" and zig.float_first(1.0) == "float"
    assert zig.with_fallback("x") == "str" and zig.with_fallback(5) == "object" and zig.with_fallback(None) == "object"


def test_then_what_can_be_converted(zig):
    assert zig.kind(Index(1)) == "int" and zig.kind(Float()) == "float"
    assert zig.float_first(True) == "float"  # in the order of the list
    assert zig.kind(bytearray(b"x")) == "bytes"
    assert zig.kind(range(3)) == "ints" and zig.kind(("a", "b")) == "words"
    assert zig.area(2) == "circle" and zig.area(2.0) == "circle" and zig.area("x") == zig.area(b"x") == "name"
    assert zig.area(1, 2) == zig.area(width=1, height=2) == zig.area(1, height=2) == "rectangle"
    assert zig.area(r=1) == "circle" and zig.area(name="x") == "name"


def test_out_of_range_goes_on(zig):
    assert zig.small_first(5) == "small" and zig.small_first(256) == zig.small_first(-1) == "large"
    assert zig.kind(2**63) == "float"
    assert zig.lists([1.0]) == "floats" and zig.lists(["a"]) == "words" and zig.lists([1, 2]) == "floats"
    assert zig.lists([]) == "floats"


def test_number_of_arguments(zig):
    assert zig.shapes() == 0
    assert zig.shapes(5) == zig.shapes(a=5) == 5
    assert zig.shapes("abc") == 3 and zig.shapes("abc", times=3) == 9 and zig.shapes(times=2, a="ab") == 4
    assert zig.shapes(1, 2) == 3 and zig.shapes(1, 2, 3, 4) == 10


def test_nothing_fits(zig):
    assert refusal(zig.area, []) == (
        TypeError,
        "area() cannot be called with (list); it has these signatures:\n"
        "  area(r: float) -> str\n"
        "  area(width: int, height: int) -> str\n"
        "  area(name: str | Buffer) -> str",
    )
    first = "cannot be called with ({}); it has these signatures:"
    assert first.format("") in refusal(zig.area)[1]
    assert first.format("int, str") in refusal(zig.area, 1, "x")[1]
    assert first.format("int, größe: NoneType") in refusal(zig.area, 1, größe=None)[1]
    assert first.format("width: list, height: int") in refusal(zig.area, width=[], height=2)[1]
    assert refusal(zig.single, "x") == (TypeError, "single() cannot be called with (str); it has these signatures:\n  single(a: int) -> int")
    assert refusal(zig.inside.both, None)[1].startswith("both() cannot be called with (NoneType)")


def test_what_is_the_same_to_python_is_listed_once(zig):
    once = "same(x: int) -> str\nsame(x: float) -> str"
    assert zig.same(1) == "small" and zig.same(1000) == "large" and zig.same(1.5) == "float"
    assert zig.same.__doc__ == once
    assert refusal(zig.same, None) == (TypeError, "same() cannot be called with (NoneType); it has these signatures:\n  " + once.replace("\n", "\n  "))


def test_exceptions_of_python_code_end_the_search(zig):
    error = KeyError("mine")
    with pytest.raises(KeyError) as caught:
        zig.kind(Index(error))
    assert caught.value is error

    class Broken:
        def __len__(self):
            return 3

        def __getitem__(self, position):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        zig.lists(Broken())


def test_errors_and_panics_of_the_chosen_function(zig):
    assert zig.unhappy(3) == 3
    assert refusal(zig.unhappy, -1) == (KeyError, "'KeyNotFound'")
    assert refusal(zig.unhappy, 0) == (LookupError, "zero")
    with pytest.raises(zigbind.PanicError, match="text") as caught:
        zig.unhappy("text")
    assert len(caught.value.__notes__) == 1
    error, message = refusal(zig.shapes, 1, 2, "x")
    assert error is TypeError and "expected int, got str" in message


def test_signature_and_doc(zig):
    assert str(inspect.signature(zig.area)) == "(*args, **kwargs)"
    assert zig.area.__doc__ == "area(r: float) -> str\narea(width: int, height: int) -> str\narea(name: str | Buffer) -> str\n\nArea of things."
    assert zig.shapes.__doc__ == (
        "shapes() -> int\n"
        "shapes(a: int) -> int\n"
        "shapes(a: str | Buffer, *, times: int = 1) -> int\n"
        "shapes(a: int, b: int, *args: object) -> int"
    )
    assert zig.inside.both.__doc__ == "both(x: int) -> int\nboth(x: str | Buffer) -> int\n\n100% inside."
    assert zig.area.__name__ == "area" and zig.inside.both.__module__ == "overloads.inside"


def test_memory(zig):
    assert zig.allocating(5000) == "x" * 5000 and zig.allocating("ab" * 5000, b="c") == "ab" * 5000 + "c"


def test_buffers_of_attempts_are_released(zig):
    held = bytearray(b"x")
    for _ in range(3):
        assert zig.kind(held) == "bytes"
        assert refusal(zig.shapes, held, 1.5)[0] is TypeError
        held.append(1)
    things = [object() for _ in range(3)]
    counts = [sys.getrefcount(thing) for thing in things]
    for _ in range(100):
        assert refusal(zig.kind, things)[0] is TypeError
    assert [sys.getrefcount(thing) for thing in things] == counts


def test_threads(zig):
    wrong = []

    def work(number):
        for step in range(2000):
            if zig.shapes(number, step, 1) != number + step + 1:
                wrong.append("shapes")
            if zig.allocating(str(number) * 600, str(step)) != str(number) * 600 + str(step):
                wrong.append("allocating")
            try:
                zig.area([])
            except TypeError:
                pass
            else:
                wrong.append("area")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

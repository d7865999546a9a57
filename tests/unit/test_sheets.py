"""Sheets: the classes that have one are in Debug what they are in other modes, and those that cannot have one have none."""

from pathlib import Path

import pytest
import zigmodules
from zigmodules import refusal

from zigbind import binary, library, sheets

#: In Debug. `Base` has one that is not used: another class derives from it.
WITH_SHEETS = [
    *("Called", "Computed", "Egg", "Extern", "First", "Hen", "Inner", "Near", "Own", "Plain", "Spaced", "Spacious", "Straw", "my class"),
]


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("sheets", request.param)


def image(optimize):
    return Path(library.build(zigmodules.DIRECTORY / "sheets.zig", "sheets", optimize=optimize).path).read_bytes()


def test_the_description_is_the_same_in_all_modes():
    assert binary.description(image("Debug")) == binary.description(image("ReleaseFast")) == binary.description(image("ReleaseSafe"))


def test_what_zig_left_behind_is_not_read():
    """Zig's own linker moves what grows, and writes other things over a part of what lay there."""
    content = image("Debug")
    left = [content[content.index(magic) :][:length] for magic in (binary.CARD_MAGIC, binary._SIGNATURE_MAGIC, binary._TYPE_MAGIC) for length in (40, 300)]
    damaged = b"".join(one[:36].ljust(64, b"\xff") + one[64:] for one in left)
    assert binary.description(content + damaged) == binary.description(content)


def test_which_classes_have_sheets():
    """The rows of each stand in the library, behind its magic text."""
    content = binary._without_leftovers(image("Debug"))
    text = content[content.index(b"zigbind description 2\n") :]
    lines = text[: text.index(0)].decode().splitlines()
    assert sorted(line.strip()[5:].rpartition(" ")[0] for line in lines if line.strip().startswith("card ")) == WITH_SHEETS
    assert binary.CARD_MAGIC not in image("ReleaseFast")


def test_defaults(zig):
    plain = zig.Plain()
    assert [getattr(plain, name) for name in "abcdefghijkl"] == [-1000, 255, 5, 1.0, -0.25, 1e-7, None, 12, "it is plain", True, "", "x"]
    computed = zig.Computed()
    assert [getattr(computed, name) for name in "abcdhij"] == [3600, 7, "it's\n\"quoted\"", 3.141592653589793, 97, 123456789.123456789, 5]
    assert computed.f is zig.Color.green and list(computed.g) == []
    assert "n=3" in repr(zig.Near()) and zig.Plain.__doc__ == "Every default that is plain, and some that only the compiler knows."


def test_calls(zig):
    called = zig.Called(3)
    assert (called.own(), called.this(), called.self_(zig.Called(4)), called.n) == (3, 3, 7, 7)
    assert called.value(more=zig.Called(1)).n == 8 and type(called.value(called)) is zig.Called
    assert zig.Called.make(9).n == 9 and zig.Called.nothing() is None and zig.Called.number(1, same=2) == 3 and zig.Called.text() == 2
    assert (called.maybe(1), called.maybe(0), called.color(zig.Color.red)) == (7, None, zig.Color.green)
    assert (called.fails(), called.failsWith(), called.failsAsAllocators().n) == (7, None, 7)
    plain = zig.Plain(1)
    assert zig.Near().get() == 3 and called.of(plain, zig.Near(4)) == 12 and plain.a == 8
    assert called.many(1, 2, 3, 4, e=5) == 22
    assert (len(called), called == zig.Called(7), called != zig.Called(7), (called + 1).n) == (7, True, False, 8)
    assert zig.Outer.Inner(4).twice() == 8 and zig.Outer.Inner(4).outer(zig.Outer(1)) == 5 and zig.space.Spaced(5).twice() == 10
    assert (zig.Extern().a, zig.Extern().b) == (1, 2)
    names = zig.Names()
    assert (names.grow(for_=2), names.grow(3), getattr(names, "odd name")) == (2, 5, 0)


def test_classes_that_name_each_other(zig):
    hen = zig.Hen(5)
    egg = hen.lays()
    assert (type(egg), egg.n, egg.hatches().n) == (zig.Egg, 5, 6) and hen.sits(egg, zig.Nest.Straw()) == 14
    assert type(zig.Nest.Straw().of(hen)) is zig.Nest


def test_other_names(zig):
    """A class has the first of its names; where it stands further in, it is another name of what stands further out."""
    assert zig.First is zig.Declared is zig.Second is zig.inside.Alias and repr(zig.First.make(3)) == "First(n=3)"
    assert type(zig.inside.Own().declared()) is zig.First and zig.First.__qualname__ == "First" and zig.First.__module__ == "sheets"
    assert getattr(zig, "my class")(4).get() == 4 and getattr(zig, "my space").Spacious(5).same().n == 5
    lines = binary.description(image("Debug")).splitlines()
    assert {"class First", "alias Declared = First", "class my class", " alias Alias = First"} <= set(lines)
    assert "  def same(self, /) -> my space.Spacious" in lines


def test_refusals(zig):
    called = zig.Called(-1)
    assert refusal(called.fails) == (zig.Own.Negative, "Negative")
    assert refusal(called.failsWith) == (RuntimeError, "Minus") and refusal(called.failsAsAllocators)[0] is MemoryError
    assert refusal(zig.Called) == (TypeError, "Called() missing 1 required positional argument: 'n'")
    assert refusal(called.of, zig.Plain(), zig.Called(1)) == (TypeError, "Called.of() argument 'two': expected Near, got Called")
    assert refusal(called.self_, 3)[0] is TypeError and refusal(called.many, 1)[0] is TypeError
    assert refusal(zig.Called.own, zig.Plain())[0] is TypeError
    assert refusal(zig.Called.nothing, 1)[0] is TypeError and refusal(called.own, 1)[0] is TypeError
    assert refusal(zig.Called.number, -1, 0)[0] is OverflowError
    assert refusal(called.color, "red")[0] is TypeError


def test_what_looks_like_those(zig):
    assert (zig.Packed().a, zig.Packed(b=3).b, zig.Ends(5).n, zig.Made(1).n, zig.Generic(4).get(), zig.Options(2).n) == (1, 3, 5, 2, 4, 2)
    assert zig.Derived(m=2).get() == 0 and isinstance(zig.Derived(), zig.Base)
    assert refusal(zig.Raises().fails) == (zig.Own.Negative, "Negative") and zig.Options.__name__ == "Chosen"
    assert zig.Hides().hidden() is True and zig.Unusual(3).got() == 3 and zig.Aligned(3).get() == 3
    assert zig.Gap().sum() == 8 and zig.Gap(1, 2).sum() == 3 and zig.deceiving.Deceiving.same(-5) == -5
    assert zig.Wide(y=4).y == 4 and zig.Nine(1).sum(1, 1, 1, 1, 1, 1, 1, h=1) == 9 and zig.Linked(2).get() == 2


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("1_000", "i64", "1000"),
        ("-0x1F", "i64", "-31"),
        ("null", "?u8", "None"),
        ("true", "bool", "True"),
        ("1.50", "f64", "1.5"),
        ("3", "?f64", "3.0"),
        ("1e3", "f64", "1000.0"),
        ('"a b"', "[]const u8", "'a b'"),
        # The compiler is to say what these are.
        ("1.5", "f32", None),
        ("1.123456789", "f64", None),
        ("010", "i64", None),
        ("1.0", "i64", None),
        ("a", "i64", None),
        ("-a", "i64", None),
        ("'a'", "u8", None),
        ("null", "*u8", None),
        ("undefined", "bool", None),
        ('"a\\n"', "[]const u8", None),
        ('"it\'s"', "[]const u8", None),
        ('"é"', "[]const u8", None),
        ('"a" ++ "b"', "[]const u8", None),
        (".red", "T", None),
    ],
)
def test_texts_of_defaults(source, text, expected):
    assert sheets._default(source, text) == expected

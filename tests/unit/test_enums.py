"""Enums are `enum.Enum` or `enum.IntEnum`, packed structs of bools `enum.IntFlag`: real ones, with Zig's methods on them."""

import copy
import enum
import inspect
import pickle
import pydoc
import sys

import pytest
import zigmodules
from zigmodules import refusal


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    module = zigmodules.load("enums", request.param)
    found_by_pickle = {"enums": module, "enums.sub": module.sub}
    sys.modules.update(found_by_pickle)
    yield module
    for name in found_by_pickle:
        del sys.modules[name]


class Color(enum.Enum):
    """The colours."""

    red = 0
    green = 1
    blue = 2

    def isWarm(self):  # noqa: N802
        return self is Color.red

    def __invert__(self):
        return {0: Color.blue, 1: Color.red, 2: Color.green}[self.value]


class Level(enum.IntEnum):
    low = 1
    high = 10


class Access(enum.IntFlag):
    read = 1
    write = 2
    execute = 4
    a = 8
    b = 16
    c = 32
    d = 64
    e = 128


TWINS = [Color, Level, Access]


# Run on the class from Zig (as E) and on the one from Python: the result, or the type and text of the exception, must be the same.
ON_ANY = [
    "list(E)",
    "len(E)",
    "E.__members__",
    "[one.name for one in E]",
    "[one.value for one in E]",
    "[type(one.value) for one in E]",
    "E.__mro__[1:]",
    "E(1)",
    "E(1) is E(1)",
    "E(1) == 1",
    "hash(list(E)[0]) == hash(list(E)[0])",
    "{one: one.name for one in E}",
    "list(E)[0] in E",
    "E['nothing']",
    "E(1 << 70)",
    "E('red')",
    "E()",
    "E.nothing",
    "list(E)[0].nothing",
    "list(E)[0] < list(E)[1]",
    "list(E)[0] + 1",
    "list(E)[0] | list(E)[1]",
    "~list(E)[0]",
    "int(list(E)[1])",
    "format(list(E)[1], '>12')",
    "f'{list(E)[1]}'",
    "list(E)[1:]",
    "list(reversed(E))",
    "bool(list(E)[0])",
    "E.__name__, E.__qualname__",
    "setattr(list(E)[0], 'value', 5)",
    "setattr(list(E)[0], 'name', 5)",
    "setattr(E, list(E)[0].name, 5)",
    "delattr(E, list(E)[0].name)",
    "type('Sub', (E,), {})",
    "isinstance(list(E)[0], E), isinstance(1, E)",
    "copy.copy(list(E)[0]) is list(E)[0]",
    "copy.deepcopy([list(E)[0]])[0] is list(E)[0]",
]


def outcome(expression, **names):
    try:
        return repr(eval(expression, {"copy": copy, **names}))
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.__name__)
@pytest.mark.parametrize("expression", ON_ANY)
def test_as_in_python(zig, twin, expression):
    assert outcome(expression, E=getattr(zig, twin.__name__)) == outcome(expression, E=twin)


def test_kinds(zig):
    kinds = {name: getattr(zig, name).__mro__[1] for name in ("Color", "Level", "Signed", "Unsigned", "Open", "Many", "Odd", "Only", "Access", "Three")}
    assert kinds == {
        "Color": enum.Enum,
        "Level": enum.IntEnum,
        "Signed": enum.IntEnum,
        "Unsigned": enum.IntEnum,
        "Open": enum.IntEnum,
        "Many": enum.Enum,
        "Odd": enum.Enum,
        "Only": enum.Enum,
        "Access": enum.IntFlag,
        "Three": enum.IntFlag,
    }
    assert isinstance(zig.Color, enum.EnumType)
    assert enum.unique(zig.Color) is zig.Color


def test_names(zig):
    assert (zig.Color.__module__, zig.Color.__qualname__, zig.Color.__doc__) == ("enums", "Color", "The colours.")
    assert (zig.Painter.Mode.__module__, zig.Painter.Mode.__qualname__) == ("enums", "Painter.Mode")
    assert (zig.sub.Deep.__module__, zig.sub.Deep.__qualname__) == ("enums.sub", "Deep")
    assert zig.Access.__doc__ == "What is allowed."
    assert zig.Renamed.__name__ == "PythonEnum"
    assert list(zig.Renamed.__members__) == ["python_name", "other"]
    assert not hasattr(zig.Renamed, "secret") and not hasattr(zig.Renamed, "zigName")
    assert list(zig.Odd.__members__) == ["name", "value", "None", "class", "with space", "größe"]
    assert [zig.oddOf(one) for one in zig.Odd] == list(zig.Odd)
    assert zig.Odd["with space"].name == "with space"


def test_extreme_values(zig):
    assert [one.value for one in zig.Signed] == [-(2**63), -1, 0, 2**63 - 1]
    assert [zig.signedOf(one) for one in zig.Signed] == list(zig.Signed)
    assert [one.value for one in zig.Unsigned] == [0, 2**64 - 1]
    assert [zig.unsignedOf(one) for one in zig.Unsigned] == list(zig.Unsigned)
    assert all(zig.manyOf(one) is one for one in zig.Many) and len(zig.Many) == 10
    assert zig.onlyOf(zig.Only.one) is zig.Only.one


# ---- in and out


def test_identity(zig):
    for one in zig.Color:
        assert zig.echo(one) is one
    assert zig.all() == list(zig.Color) and zig.all()[0] is zig.Color.red
    assert zig.warmest([zig.Color.blue, zig.Color.red]) is zig.Color.red and zig.warmest(()) is None
    assert zig.painted("wall") == ("wall", zig.Color.green) and zig.painted("wall", color=zig.Color.red)[1] is zig.Color.red
    assert zig.Color.favourite is zig.Color.blue and zig.Color.count == 3
    assert zig.levelNumber(zig.Level.high) == 10 and zig.levelOf(10) is zig.Level.high


@pytest.mark.parametrize(
    "call, expected",
    [
        ("m.echo(0)", (TypeError, "echo() argument 'color': expected Color, got int")),
        ("m.echo('red')", (TypeError, "echo() argument 'color': expected Color, got str")),
        ("m.echo(None)", (TypeError, "echo() argument 'color': expected Color, got None")),
        ("m.echo(m.Level.low)", (TypeError, "echo() argument 'color': expected Color, got Level")),
        ("m.echo(Twin.red)", (TypeError, "echo() argument 'color': expected Color, got " + __name__ + ".Color")),
        ("m.echo(m.Color)", (TypeError, "echo() argument 'color': expected Color, got EnumType")),
        ("m.echo()", (TypeError, "echo() missing 1 required positional argument: 'color'")),
        ("m.warmest([m.Color.blue, 3])", (TypeError, "warmest() argument 'colors': item 1: expected Color, got int")),
        ("m.painted('x', color='red')", (TypeError, "painted() argument 'color': expected Color, got str")),
        ("m.levelNumber(10)", (TypeError, "levelNumber() argument 'level': expected Level, got int")),
        ("m.levelNumber(True)", (TypeError, "levelNumber() argument 'level': expected Level, got bool")),
        ("m.levelOf(3)", (ValueError, "ValueError")),
        ("m.openOf(7)", (ValueError, "a value of Open has no name")),
        ("m.openNumber(7)", (TypeError, "openNumber() argument 'open': expected Open, got int")),
        ("m.flip(3)", (TypeError, "flip() argument 'access': expected Access, got int")),
        ("m.flip(True)", (TypeError, "flip() argument 'access': expected Access, got bool")),
        ("m.flip(m.Three.x)", (TypeError, "flip() argument 'access': expected Access, got Three")),
        ("m.flip(None)", (TypeError, "flip() argument 'access': expected Access, got None")),
        ("m.threeOf(m.Three(8))", (ValueError, "threeOf() argument 'value': <Three: 8> has bits that no member of Three has")),
        ("m.hiddenOf('three')", (ValueError, "hiddenOf() argument 'value': expected one of 'one', 'two', got 'three'")),
        ("m.hiddenOf(1)", (TypeError, "hiddenOf() argument 'value': expected one of 'one', 'two', got int")),
        ("m.Painter(color=3)", (TypeError, "Painter() argument 'color': expected Color, got int")),
        ("setattr(m.Painter(), 'color', 'red')", (TypeError, "Painter.color: expected Color, got str")),
        ("setattr(m.Painter(), 'access', 3)", (TypeError, "Painter.access: expected Access, got int")),
        ("setattr(m.Painter(), 'maybe', m.Level.low)", (TypeError, "Painter.maybe: expected Color, got Level")),
    ],
)
def test_refusals(zig, call, expected):
    assert outcome(call, m=zig, Twin=Color) == expected


def test_more_bits_than_a_number_has(zig):
    assert outcome("m.threeOf(m.Three(1 << 70))", m=zig)[0] is ValueError


def test_open_enum(zig):
    assert zig.openOf(1) is zig.Open.a and zig.openNumber(zig.Open.b) == 2


def test_not_public(zig):
    assert zig.hiddenOf("two") == "two"


def test_fields(zig):
    painter = zig.Painter()
    assert (painter.color, painter.mode, painter.access, painter.maybe) == (zig.Color.green, zig.Painter.Mode.fill, zig.Access.read, None)
    assert painter.next() is zig.Color.blue and painter.next() is None
    painter.mode, painter.maybe = zig.Painter.Mode.stroke, zig.Color.red
    painter.access |= zig.Access.write
    assert painter.access == 3 and painter.maybe is zig.Color.red
    assert repr(painter) == "Painter(color=<Color.blue: 2>, mode=<Mode.stroke: 1>, access=<Access.read|write: 3>, maybe=<Color.red: 0>)"
    assert repr(copy.copy(painter)) == repr(pickle.loads(pickle.dumps(painter))) == repr(painter)
    assert list(inspect.signature(zig.Painter).parameters) == ["color", "mode", "access", "maybe"]


# ---- flags


def test_flags(zig):
    access = zig.Access
    assert zig.flip(access.write) == access.read | access.write and zig.flip(access.read) == access(0) == 0
    assert type(zig.flip(access.write)) is access and access.all_of_them == 255
    assert zig.flip(~access.read) == 255 and zig.flip(access(255)) == 254
    assert [one.name for one in zig.flip(access.write)] == ["read", "write"]
    assert zig.threeOf(zig.Three.x | zig.Three.z) == 5 and zig.threeOf(zig.Three(-1)) == 7
    assert zig.threes([zig.Three.x, zig.Three(0)]) == 2
    assert access.read.canRead() and not access.write.canRead()
    assert getattr(access.read, "with")(access.b) == 17
    assert pickle.loads(pickle.dumps(access(3))) == access(3)


# ---- methods


def test_methods(zig):
    color = zig.Color
    assert color.red.isWarm() and not color.isWarm(color.blue)
    assert color.red.mixed(color.blue) is color.green is color.red.mixed(other=color.blue)
    assert color.red.shifted(1) is color.green and color.red.shifted(1, back=True) is color.blue
    assert color.first() is color.red.first() is color.red
    assert color.parse("blue") is color.blue
    assert ~color.red is color.blue
    assert zig.Level.high.doubled() == 20
    assert str(inspect.signature(color.isWarm)) == "(self, /)"
    assert str(inspect.signature(color.mixed)) == "(self, /, other)"
    assert str(inspect.signature(color.red.mixed)) == "(other)"
    assert str(inspect.signature(color.shifted)) == "(self, /, by, *, back=False)"
    assert str(inspect.signature(color.parse)) == "(text)"
    assert color.isWarm.__doc__ == "Whether it is warm."


@pytest.mark.parametrize(
    "call, expected",
    [
        ("C.isWarm(3)", (TypeError, "descriptor 'isWarm' for 'Color' objects doesn't apply to a 'int' object")),
        ("C.isWarm(m.Level.low)", (TypeError, "descriptor 'isWarm' for 'Color' objects doesn't apply to a 'Level' object")),
        ("C.isWarm(Twin.red)", (TypeError, "descriptor 'isWarm' for 'Color' objects doesn't apply to a 'Color' object")),
        ("C.isWarm()", (TypeError, "unbound method Color.isWarm() needs an argument")),
        ("C.red.isWarm(1)", (TypeError, "Color.isWarm() takes no arguments (1 given)")),
        ("C.red.mixed(3)", (TypeError, "Color.mixed() argument 'other': expected Color, got int")),
        ("C.red.mixed()", (TypeError, "Color.mixed() missing 1 required positional argument: 'other'")),
        ("C.red.shifted(300)", (OverflowError, "Color.shifted() argument 'by': 300 is out of range for u8 (0..255)")),
        ("C.parse('x')", (ValueError, "ValueError")),
        ("C.__invert__(3)", (TypeError, "descriptor '__invert__' for 'Color' objects doesn't apply to a 'int' object")),
        ("-C.red", (TypeError, "bad operand type for unary -: 'Color'")),
    ],
)
def test_methods_refuse(zig, call, expected):
    assert outcome(call, C=zig.Color, m=zig, Twin=Color) == expected


def test_missing_says_why(zig):
    assert "Color.pointed (enums.zig:" in refusal(getattr, zig.Color.red, "pointed")[1]
    line = next(number for number, text in enumerate(zigmodules.source("enums").splitlines(), 1) if "pub fn generic" in text)
    reason = f"Color.generic (enums.zig:{line}) is not available in Python: its parameter 'other' is anytype or depends on a comptime parameter"
    assert refusal(getattr, zig.Color.red, "generic") == (AttributeError, reason)


def test_pickle(zig):
    for one in (*zig.Color, *zig.Level, *zig.Signed, *zig.Access, *zig.sub.Deep):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(one, protocol)) is one


def test_match(zig):
    def name(value):
        match value:
            case zig.Color.red:
                return "red"
            case zig.Color():
                return "other"
            case zig.Level.low:
                return "low"
            case _:
                return None

    assert [name(value) for value in (zig.Color.red, zig.Color.blue, zig.Level.low, zig.Level.high, 0)] == ["red", "other", "low", None, None]


def test_help_and_dir(zig):
    text = pydoc.plain(pydoc.render_doc(zig.Color))
    assert "The colours." in text and "red = <Color.red: 0>" in text
    assert set(dir(Color)) <= set(dir(zig.Color))
    assert {"isWarm", "name", "value"} <= set(dir(zig.Color.red))


def test_many_uses_leave_nothing(zig):
    count = sys.getrefcount(zig.Access)
    for _ in range(10_000):
        zig.echo(zig.Color.red)
        zig.flip(zig.Access.write)
        zig.Color.red.mixed(zig.Color.blue)
    assert abs(sys.getrefcount(zig.Access) - count) < 10


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_the_way_to_the_module_is_gone(optimize):
    """Methods find their module through the class: one that forgot it is refused, not followed into nowhere."""
    code = """
    color = m.Color
    for change in (lambda name: setattr(color, name, 5), lambda name: delattr(color, name)):
        for name in [name for name in vars(color) if "zigbind" in name]:
            change(name)
        try:
            assert color.red.mixed(color.blue) is color.green
        except (TypeError, AttributeError, SystemError):
            pass
    print("alive")
    """
    assert zigmodules.apart("enums", optimize, code) == "alive\n"

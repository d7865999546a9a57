"""Whatever value fits goes through Zig unchanged, and what does not is refused: for values nobody thought of."""

import array
import functools
import math
import struct
from pathlib import Path

import pytest
import zigbind
from hypothesis import given, settings
from hypothesis import strategies as st

MODULE = Path(__file__).parents[1] / "unit" / "modules" / "convert.zig"


@functools.cache
def zig():
    return zigbind.load(MODULE)


WIDTHS = (1, 7, 8, 16, 32, 63, 64, 65, 127, 128, 200)
#: Near the powers of two is where conversions go wrong.
ints = st.one_of(
    st.integers(),
    st.builds(lambda bits, offset, sign: sign * (2**bits + offset), st.integers(0, 260), st.integers(-3, 3), st.sampled_from([-1, 1])),
)


@given(value=ints)
def test_ints(value):
    for signed in (True, False):
        for bits in WIDTHS:
            low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
            name = f"{'i' if signed else 'u'}{bits}"
            echo = getattr(zig(), f"int_{name}")
            if low <= value <= high:
                assert echo(value) == value
            else:
                with pytest.raises(OverflowError) as caught:
                    echo(value)
                assert str(caught.value) == f"int_{name}() argument 'x': {value} is out of range for {name} ({low}..{high})"


def same(a, b):
    return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))


@given(value=st.floats())
def test_floats(value):
    for name in ("f64", "f80", "f128"):
        assert same(getattr(zig(), f"float_{name}")(value), value)
    for name, code in (("f32", "<f"), ("f16", "<e")):
        echo = getattr(zig(), f"float_{name}")
        try:
            (rounded,) = struct.unpack(code, struct.pack(code, value))
        except OverflowError:
            with pytest.raises(OverflowError):
                echo(value)
        else:
            assert same(echo(value), rounded)


@given(value=st.integers())
def test_ints_as_floats(value):
    try:
        expected = float(value)
    except OverflowError:
        with pytest.raises(OverflowError):
            zig().float_f64(value)
    else:
        assert zig().float_f64(value) == expected


@given(value=st.text(st.characters(exclude_categories=[])))
def test_text(value):
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            zig().text(value)
        return
    assert zig().text(value) == value and zig().bytes_of(value) == encoded
    if "\0" in value:
        with pytest.raises(ValueError, match="embedded null character"):
            zig().text_z(value)
    else:
        assert zig().text_z(value) == zig().text_pointer(value) == value


@given(value=st.binary())
def test_bytes(value):
    assert zig().bytes(value) == zig().bytes(bytearray(value)) == zig().bytes(memoryview(value)) == value
    try:
        decoded = value.decode()
    except UnicodeDecodeError as error:
        with pytest.raises(UnicodeDecodeError) as caught:
            zig().text(value)
        assert (caught.value.start, caught.value.end, caught.value.reason) == (error.start, error.end, error.reason)
    else:
        assert zig().text(value) == decoded


i64 = st.integers(-(2**63), 2**63 - 1)
text = st.text(st.characters(exclude_categories=["Cs"]))
LISTS = {
    "list_i64": i64,
    "list_u64": st.integers(0, 2**64 - 1),
    "list_u128": st.integers(0, 2**128 - 1),
    "list_f64": st.floats(allow_nan=False),
    "list_bool": st.booleans(),
    "list_text": text,
    "list_bytes": st.binary(),
    "list_list": st.lists(i64),
    "list_list_list": st.lists(text),
    "list_optional": st.none() | i64,
    "list_tuple": st.tuples(text, st.floats(allow_nan=False)),
}


@pytest.mark.parametrize("name", LISTS)
@given(data=st.data())
@settings(max_examples=60)
def test_lists(name, data):
    items = data.draw(st.lists(LISTS[name]))
    echo = getattr(zig(), name)
    assert echo(items) == echo(tuple(items)) == items
    # one wrong item, anywhere
    position = data.draw(st.integers(0, len(items)))
    with pytest.raises(TypeError) as caught:
        echo([*items[:position], Ellipsis, *items[position:]])
    assert str(caught.value).startswith(f"{name}() argument 'x': item {position}: expected ") and str(caught.value).endswith("got ellipsis")


BUFFERS = {"list_i8": "b", "list_u16": "H", "list_i64": "q", "list_u64": "Q", "list_f64": "d"}


@given(data=st.data(), name=st.sampled_from(list(BUFFERS)), code=st.sampled_from("bBhHiIlLqQfd"))
def test_buffers(data, name, code):
    """Whether a buffer is taken as it is or item by item, the result is that of the list of its items."""
    size = struct.calcsize(code)
    items = array.array(code, data.draw(st.binary(max_size=64)).ljust(64, b"\0")[: 8 * size])
    start, step = data.draw(st.integers(0, 4)), data.draw(st.integers(1, 3))
    echo = getattr(zig(), name)
    for view in (items, memoryview(items)[start::step]):
        results = []
        for given_ in (view, list(view)):
            try:
                results.append([repr(item) for item in echo(given_)])
            except (OverflowError, TypeError) as error:
                results.append((type(error), str(error)))
        assert results[0] == results[1]


# ---- every other converter


@functools.cache
def echoes():
    return zigbind.load(MODULE.with_name("echoes.zig"))


@functools.cache
def casters():
    return zigbind.load(MODULE.with_name("casters.zig"))


f64 = st.floats(allow_nan=False)
f32 = st.floats(allow_nan=False, width=32)
u8 = st.integers(0, 255)
#: Functions of convert.zig, with what they take; they give the same, a tuple where it was a sequence.
PLAIN = {
    "boolean": st.booleans(),
    "nothing": st.none(),
    "optional_int": st.none() | i64,
    "optional_text": st.none() | text,
    "optional_list": st.none() | st.lists(st.none() | i64),
    "array_i64": st.tuples(i64, i64, i64),
    "array_empty": st.just(()),
    "array_text": st.tuples(text, text),
    "array_array": st.tuples(st.tuples(u8, u8), st.tuples(u8, u8)),
    "array_long": st.tuples(*[u8] * 6),
    "vector_f32": st.tuples(*[f32] * 4),
    "vector_bool": st.tuples(st.booleans(), st.booleans()),
    "tuple_pair": st.tuples(i64, text),
    "tuple_one": st.tuples(st.none() | f64),
    "tuple_nested": st.tuples(st.tuples(i64, i64), st.lists(i64)),
    "str": text,
}
#: What none of them takes, each with those that do.
OTHERS = [(..., set()), (1 + 2j, set()), ("x", {"optional_text", "str"}), (True, {"boolean", "optional_int"}), (None, {"nothing", "optional_int", "optional_text", "optional_list"})]


@pytest.mark.parametrize("name", PLAIN)
@given(data=st.data())
@settings(max_examples=60)
def test_plain_values(name, data):
    echo = getattr(zig(), name)
    value = data.draw(PLAIN[name])
    result = echo(value)
    assert result == value and type(result) is type(value)
    if isinstance(value, tuple):
        assert echo(list(value)) == value
        with pytest.raises((ValueError, TypeError)):
            echo((*value, ...))
    for other, takers in OTHERS:
        if name not in takers:
            with pytest.raises((TypeError, ValueError)):
                echo(other)


@given(number=st.integers(-3, 300))
def test_enums_and_flags(number):
    e = echoes()
    for kind, echo in ((e.Color, e.color), (e.Level, e.level), (e.Access, e.access)):
        for member in kind:
            assert echo(member) is member or echo(member) == member
        with pytest.raises(TypeError):
            echo(number)
        with pytest.raises(TypeError):
            echo(next(iter({e.Color: e.Level, e.Level: e.Color, e.Access: e.Color}[kind])))
    if 0 <= number < 8:
        assert e.access(e.Access(number)) == e.Access(number)
    names = ["left", "right", "top"]
    for name in names:
        assert e.side(name) == name and e.sides((name, None)) == (name, None)
    with pytest.raises(ValueError, match="left"):
        e.side(str(number))


@given(x=f64, y=f64, name=text, others=st.lists(st.tuples(f64, text)))
def test_instances(x, y, name, others):
    e = echoes()
    found = e.point(e.Point(x, y, name))
    assert (found.x, found.y, found.name) == (x, y, name)
    assert [(one.x, one.name) for one in e.points([e.Point(x, name=name) for x, name in others])] == others
    with pytest.raises(TypeError):
        e.points([found, (x, y)])


@given(radius=f64, name=text)
def test_tagged_unions(radius, name):
    e = echoes()
    circle = e.shape(e.Shape.circle(radius))
    assert isinstance(circle, e.Shape.circle) and repr(circle) == repr(e.Shape.circle(radius))
    square = e.shape(e.Shape.square(radius, e.Point(radius, name=name)))
    assert (square.side, square.at.x, square.at.name) == (radius, radius, name)
    assert repr(e.shape(e.Shape.text(name))) == repr(e.Shape.text(name))
    with pytest.raises(TypeError):
        e.shape(name)


rows = st.fixed_dictionaries({"x": i64, "label": text}, optional={"y": st.none() | f64, "parts": st.lists(i64)})


@given(value=rows, more=st.lists(st.none() | rows), number=i64, items=st.lists(i64))
def test_plain_data(value, more, number, items):
    e = echoes()

    def full(row):
        return row and {"y": None, "parts": [], **row}

    assert e.row(value)._asdict() == full(value)
    assert e.row(e.row(value)) == e.row(value)  # by attributes
    assert [one and one._asdict() for one in e.rows(more)] == [full(one) for one in more]
    assert e.choice({"number": number}) == {"number": number} and e.choice({"list": items}) == {"list": items}
    assert e.choice({"text": value["label"]}) == {"text": value["label"]}
    for wrong in ({**value, "x": "x"}, {"x": number}, value["label"]):
        with pytest.raises(TypeError):
            e.row(wrong)
    with pytest.raises(ValueError, match="one key"):
        e.choice({"number": number, "list": items})


@given(a=i64, b=text, c=st.none() | f64)
def test_callables(a, b, c):
    e = echoes()
    seen = []
    assert e.called(lambda *given_: seen.append(given_) or given_[:2], a, b, c) == (a, b)
    assert seen == [(a, b, c)]
    with pytest.raises(TypeError, match="result of callback"):
        e.called(lambda *_: (b, a), a, b, c)
    add = e.adder(a)
    if -(2**63) <= a + a < 2**63:
        assert add(a) == 2 * a
    else:
        with pytest.raises(OverflowError):
            add(a)


@given(number=st.integers(0, 2**32 - 1))
def test_types_with_a_caster(number):
    following = functools.partial(casters().next, f"{number:x}")
    assert following() == f"{number + 1:x}" if number < 2**32 - 1 else pytest.raises(OverflowError, following)
    with pytest.raises(ValueError, match="InvalidCharacter"):
        casters().next(f"{number:x}x")


#: Each file of converters with the test of its values; those that are no converters have none.
ROUND_TRIPS = {
    "array": "unit/test_arrays.py::test_any_view",
    "big_int": "unit/test_standard_types.py::test_any_int",
    "bool": "property/test_values.py::test_plain_values",
    "callable": "property/test_values.py::test_callables",
    "caster": "property/test_values.py::test_types_with_a_caster",
    "class": "property/test_values.py::test_instances",
    "complex": "unit/test_containers.py::test_any_complex",
    "enum": "property/test_values.py::test_enums_and_flags",
    "float": "property/test_values.py::test_floats",
    "imported": None,
    "int": "property/test_values.py::test_ints",
    "library": "unit/test_standard_types.py::test_any_value_of_the_library",
    "list": "unit/test_containers.py::test_any_set_and_list",
    "map": "unit/test_containers.py::test_any_dict_of_dicts",
    "object": "unit/test_objects.py::test_any_object",
    "optional": "property/test_values.py::test_plain_values",
    "record": "property/test_values.py::test_plain_data",
    "slice": "property/test_values.py::test_lists",
    "string": "property/test_values.py::test_text",
    "time": "unit/test_standard_types.py::test_any_time",
    "tuple": "property/test_values.py::test_plain_values",
    "void": "property/test_values.py::test_plain_values",
}


def test_every_converter_has_a_round_trip():
    tests = Path(__file__).parents[1]
    assert {path.stem for path in (tests.parent / "zigbind" / "runtime" / "convert").glob("*.zig")} == set(ROUND_TRIPS)
    for place in filter(None, ROUND_TRIPS.values()):
        file, name = place.split("::")
        assert f"\ndef {name}(" in (tests / file).read_text(encoding="utf-8"), place

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
settings.register_profile("zigbind", deadline=None, derandomize=True, max_examples=300)
settings.load_profile("zigbind")


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

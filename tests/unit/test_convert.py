"""Every conversion: what comes in goes out, and beside it what is refused and in which words."""

import array
import collections
import ctypes
import gc
import math
import sys

import pytest
import zigmodules
from zigmodules import refusal


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("convert", request.param)


# ---- integers

INTS = {
    "i1": (-1, 0),
    "u1": (0, 1),
    "i7": (-64, 63),
    "u7": (0, 127),
    "u0": (0, 0),
    **{f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 63, 64, 65, 127, 128, 200)},
    **{f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 63, 64, 65, 127, 128, 200)},
    "isize": (-sys.maxsize - 1, sys.maxsize),
    "usize": (0, 2 * sys.maxsize + 1),
    "c_int": (-(2**31), 2**31 - 1),
    "c_uint": (0, 2**32 - 1),
    "c_long": (-(2 ** (8 * ctypes.sizeof(ctypes.c_long) - 1)), 2 ** (8 * ctypes.sizeof(ctypes.c_long) - 1) - 1),
    "c_ulonglong": (0, 2**64 - 1),
}


@pytest.mark.parametrize("name", INTS)
def test_int_bounds(zig, name):
    low, high = INTS[name]
    echo = getattr(zig, f"int_{name}")
    inside = {low, low + 1, -1, 0, 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, high // 3, high - 1, high}
    for value in inside:
        if low <= value <= high:
            result = echo(value)
            assert result == value and type(result) is int
    for value in (low - 1, high + 1, low - 2**64, high + 2**64, low - 2**256, high + 2**256, 10**300, -(10**300)):
        assert refusal(echo, value) == (
            OverflowError,
            f"int_{name}() argument 'x': {value} is out of range for {name} ({low}..{high})",
        )


@pytest.mark.parametrize("name", INTS)
def test_int_refuses_other_types(zig, name):
    echo = getattr(zig, f"int_{name}")
    for value, shown in (("1", "str"), (1.0, "float"), (b"1", "bytes"), (None, "None"), ([1], "list"), (1j, "complex"), (int, "type")):
        assert refusal(echo, value) == (TypeError, f"int_{name}() argument 'x': expected int, got {shown}")


def test_int_of_thousands_of_digits(zig):
    # Python itself refuses to write such ints.
    expected = (OverflowError, "int_u8() argument 'x': the int is out of range for u8 (0..255)")
    assert refusal(zig.int_u8, 10**5000) == expected
    assert refusal(zig.int_u8, -(10**5000)) == expected
    assert refusal(zig.int_i200, 10**5000)[0] is OverflowError


class Index:
    def __init__(self, *values):
        self.values = list(values)
        self.calls = 0

    def __index__(self):
        self.calls += 1
        value = self.values[min(self.calls, len(self.values)) - 1]
        if isinstance(value, BaseException):
            raise value
        return value


class MyInt(int):
    pass


class Int2(int):
    def __index__(self):
        raise AssertionError("an int is its own index")


def test_int_accepts_index(zig):
    for name, (low, high) in INTS.items():
        echo = getattr(zig, f"int_{name}")
        for value in {low, 0, high}:
            assert echo(Index(value)) == value
            assert type(echo(MyInt(value))) is int
            assert echo(Int2(value)) == value
        error, message = refusal(echo, Index(high + 1))
        assert error is OverflowError and message.startswith(f"int_{name}() argument 'x': ")
        assert message.endswith(f" is out of range for {name} ({low}..{high})")
    assert zig.int_u8(True) == 1 and zig.int_u1(False) == 0
    assert type(zig.int_u8(True)) is int


def test_int_index_that_fails(zig):
    for name in ("u8", "i64", "u64", "i128"):
        echo = getattr(zig, f"int_{name}")
        for error in (KeyError("mine"), OverflowError("mine"), RecursionError("mine"), TypeError("mine")):
            with pytest.raises(type(error)) as caught:
                echo(Index(error))
            assert caught.value is error
        assert refusal(echo, Index("x"))[0] is TypeError
        assert refusal(echo, Index(1.5))[0] is TypeError


def test_int_index_that_changes_its_mind(zig):
    # Python code may answer differently each time it is asked; the result must only be in range, or an error.
    assert refusal(zig.int_u8, Index(256, 1))[0] is OverflowError
    assert refusal(zig.int_u8, Index(256, ValueError("second")))[0] in (OverflowError, ValueError)
    assert zig.int_u64(Index(2**63, 3)) in (2**63, 3)
    assert refusal(zig.int_u8, Index(2**70, 2**71, "no"))[0] in (OverflowError, TypeError)


# ---- floats

FLOAT_MAX = {"f16": 65504.0, "f32": 3.4028234663852886e38}


@pytest.mark.parametrize("name", ["f16", "f32", "f64", "f80", "f128", "c_longdouble"])
def test_float(zig, name):
    echo = getattr(zig, f"float_{name}")
    for value in (0.0, -0.0, 1.0, -1.5, 0.25, 1024.0, math.inf, -math.inf):
        result = echo(value)
        assert type(result) is float
        assert math.copysign(1, result) == math.copysign(1, value) and result == value
    assert math.isnan(echo(math.nan))
    assert echo(3) == 3.0 and type(echo(True)) is float
    assert refusal(echo, "1") == (TypeError, f"float_{name}() argument 'x': expected float, got str")
    assert refusal(echo, None) == (TypeError, f"float_{name}() argument 'x': expected float, got None")
    assert refusal(echo, 1j) == (TypeError, f"float_{name}() argument 'x': expected float, got complex")
    assert refusal(echo, 10**400) == (OverflowError, f"float_{name}() argument 'x': int too large to convert to float")
    if name in FLOAT_MAX:
        bound = FLOAT_MAX[name]
        assert echo(bound) == bound and echo(-bound) == -bound
        for value in (bound * 1.001, -bound * 1.001, 1e300, 10**60):
            assert refusal(echo, value) == (OverflowError, f"float_{name}() argument 'x': {value!r} is out of range for {name} (at most {bound!r})")
    else:
        for value in (5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.pi, -1e-310):
            assert echo(value) == value


def test_float_rounds_to_narrower(zig):
    assert zig.float_f32(0.1) == ctypes.c_float(0.1).value
    assert zig.float_f32(1e-45) == ctypes.c_float(1e-45).value != 0  # subnormal
    assert zig.float_f32(1e-60) == 0.0
    assert zig.float_f16(0.1) == 0.0999755859375
    assert zig.float_f16(6e-8) == 5.960464477539063e-08
    assert zig.float_f16(65519.9) == 65504.0  # to the nearest
    assert refusal(zig.float_f16, 65520.0)[0] is OverflowError


class Float:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value


class MyFloat(float):
    pass


def test_float_accepts_what_has_float(zig):
    for name in ("f16", "f32", "f64", "f128"):
        echo = getattr(zig, f"float_{name}")
        assert echo(Float(2.5)) == 2.5
        assert echo(Float(-1.0)) == -1.0
        assert echo(Index(-1)) == -1.0
        assert type(echo(MyFloat(2.5))) is float
        for error in (KeyError("mine"), TypeError("mine"), OverflowError("mine")):
            with pytest.raises(type(error)) as caught:
                echo(Float(error))
            assert caught.value is error
            with pytest.raises(type(error)) as caught:
                echo(Index(error))
            assert caught.value is error
        assert refusal(echo, Float("x"))[0] is TypeError

        class Failing(int):
            def __float__(self):
                raise error

        for error in (KeyError("mine"), ZeroDivisionError("mine")):
            with pytest.raises(type(error)) as caught:
                echo(Failing(1))
            assert caught.value is error
    from decimal import Decimal
    from fractions import Fraction

    assert zig.float_f64(Decimal("0.5")) == zig.float_f64(Fraction(1, 2)) == 0.5


def test_messages_about_values_that_cannot_be_shown(zig):
    class Hidden:
        def __index__(self):
            return 1000

        __float__ = __index__

        def __repr__(self):
            raise ZeroDivisionError

    class HiddenFloat(float):
        def __repr__(self):
            raise ZeroDivisionError

    assert refusal(zig.int_u8, Hidden()) == (OverflowError, "int_u8() argument 'x': the int is out of range for u8 (0..255)")
    assert refusal(zig.float_f32, HiddenFloat(1e300))[0] in (OverflowError, ZeroDivisionError)


# ---- bool, void

def test_bool(zig):
    assert zig.boolean(True) is True and zig.boolean(False) is False
    for value, shown in ((1, "int"), (0, "int"), (None, "None"), ("", "str"), (1.0, "float"), ([], "list")):
        assert refusal(zig.boolean, value) == (TypeError, f"boolean() argument 'x': expected bool, got {shown}")


def test_void(zig):
    assert zig.nothing(None) is None and zig.none() is None
    assert refusal(zig.nothing, 0) == (TypeError, "nothing() argument 'x': expected None, got int")


# ---- text and bytes

TEXTS = ["", "a", "hello", "größe", "日本語", "\U0001f600", "a\0b", "\x7f\x80\xff", "x" * 100_000, "é" * 5000]


class MyStr(str):
    pass


class MyBytes(bytes):
    pass


def buffers(content):
    """The same bytes in every kind of bytes-like object."""
    yield content
    yield MyBytes(content)
    yield bytearray(content)
    yield memoryview(content)
    yield memoryview(b"-" + content + b"-")[1 : 1 + len(content)]
    yield array.array("B", content)
    yield (ctypes.c_char * len(content)).from_buffer_copy(content)


@pytest.mark.parametrize("value", TEXTS, ids=ascii)
def test_text(zig, value):
    assert zig.text(value) == zig.text(MyStr(value)) == value
    assert type(zig.text(MyStr(value))) is str
    assert zig.str(value) == zig.str(MyStr(value)) == value
    encoded = value.encode()
    assert zig.bytes_of(value) == encoded
    for given in buffers(encoded):
        assert zig.text(given) == value
        assert zig.bytes(given) == encoded and type(zig.bytes(given)) is bytes
        assert zig.text_mutable(given) == encoded.upper().decode()
        assert bytes(given) == encoded  # a []u8 is a copy
    upper = zig.text_mutable(value)
    assert upper == encoded.upper().decode() and value == zig.text(value)


@pytest.mark.parametrize("value", [text for text in TEXTS if "\0" not in text], ids=ascii)
def test_text_with_terminator(zig, value):
    encoded = value.encode()
    for given in (value, MyStr(value), *buffers(encoded)):
        assert zig.text_z(given) == zig.text_pointer(given) == value
        assert zig.text_terminator(given) == 0
        assert zig.text_z_mutable(given) == encoded.upper().decode()


def test_text_with_terminator_refuses_null(zig):
    for name in ("text_z", "text_pointer", "text_terminator", "text_z_mutable"):
        for given in ("a\0", "\0", b"\0b", bytearray(b"a\0b"), memoryview(b"\0")):
            assert refusal(getattr(zig, name), given) == (ValueError, f"{name}() argument 'x': embedded null character")


def test_text_is_not_copied(zig):
    for value in (b"x" * 100, bytearray(b"x" * 100)):
        address = ctypes.addressof((ctypes.c_char * 100).from_buffer(value)) if isinstance(value, bytearray) else zig.text_address(value)
        assert zig.text_address(value) == zig.text_address(memoryview(value)) == address
    text = "x" * 100
    assert zig.text_address(text) == zig.text_address(text)


def test_text_refused(zig):
    expected = "str or bytes-like object"
    for name in ("text", "text_mutable", "text_z", "text_pointer"):
        for value, shown in ((1, "int"), (None, "None"), (["a"], "list"), (1.0, "float")):
            assert refusal(getattr(zig, name), value) == (TypeError, f"{name}() argument 'x': expected {expected}, got {shown}")
    for value, shown in ((b"a", "bytes"), (bytearray(), "bytearray"), (1, "int"), (None, "None")):
        assert refusal(zig.str, value) == (TypeError, f"str() argument 'x': expected str, got {shown}")
    for value, shown in (("a", "str"), (1, "int"), (None, "None"), ([1], "list")):
        assert refusal(zig.bytes, value) == (TypeError, f"bytes() argument 'x': expected bytes-like object, got {shown}")


def test_text_with_lone_surrogates(zig):
    for name in ("text", "text_mutable", "text_z", "text_pointer", "str"):
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed") as caught:
            getattr(zig, name)("ab\ud800c")
        assert (caught.value.start, caught.value.end, caught.value.object) == (2, 3, "ab\ud800c")


def test_text_that_is_not_utf8(zig):
    for function, position in ((zig.invalid_text, 1), (zig.invalid_texts, 0), (zig.invalid_list, 0)):
        with pytest.raises(UnicodeDecodeError) as caught:
            function()
        assert caught.value.start == position
    with pytest.raises(UnicodeDecodeError):
        zig.text(b"\xff")
    assert zig.bytes(b"\xff") == zig.bytes_of(b"\xff") == b"\xff"


def test_text_of_strided_memory_is_refused(zig):
    strided = memoryview(b"abcdef")[::2]
    assert refusal(zig.bytes, strided)[0] is TypeError
    assert refusal(zig.text, strided)[0] is TypeError


# ---- buffers are released

def test_buffers_are_released(zig):
    held = bytearray(b"12345678")
    doubles = array.array("d", [1, 2, 3])

    def resizable():
        held.append(1)
        held.pop()
        doubles.append(1)
        doubles.pop()

    assert zig.text(held) == "12345678"
    resizable()
    assert zig.text_z(held) == "12345678"
    resizable()
    assert zig.list_f64(doubles) == [1, 2, 3]
    resizable()
    assert zig.list_i64(held) == list(held)
    resizable()
    # the second argument is refused when the first one is exported already
    assert refusal(zig.text_and_int, held, "x") == (TypeError, "text_and_int() argument 'b': expected int, got str")
    resizable()
    assert refusal(zig.list_bytes, [held, doubles, "x"])[0] is TypeError
    resizable()
    # a format that does not match: the buffer was looked at only
    assert zig.list_u16(held) == list(held)
    assert refusal(zig.list_i64, doubles)[0] is TypeError
    resizable()
    with pytest.raises(KeyError):
        zig.text_and_int(held, Index(KeyError()))
    resizable()


def test_buffers_are_exported_while_others_are_converted(zig):
    held = bytearray(b"1234")

    class Grow:
        def __index__(self):
            held.extend(b"5" * 100_000)
            return 1

    with pytest.raises(BufferError):
        zig.text_and_int(held, Grow())
    held.append(1)
    assert len(held) == 5


# ---- optionals

def test_optional(zig):
    assert zig.optional_int(None) is None and zig.optional_int(3) == 3
    assert zig.optional_text(None) is None and zig.optional_text("x") == "x" and zig.optional_text("") == ""
    assert zig.optional_list(None) is None and zig.optional_list([]) == [] and zig.optional_list([1, None]) == [1, None]
    assert refusal(zig.optional_int, "x") == (TypeError, "optional_int() argument 'x': expected int, got str")
    assert refusal(zig.optional_int, 2**63)[0] is OverflowError
    assert refusal(zig.optional_list, [1, "x"]) == (TypeError, "optional_list() argument 'x': item 1: expected int, got str")


# ---- sequences

class MyList(list):
    pass


class MyTuple(tuple):
    pass


class Sequence:
    """The old sequence protocol and nothing more."""

    def __init__(self, items):
        self.items = items

    def __getitem__(self, position):
        return self.items[position]


def sequences(items):
    yield list(items)
    yield tuple(items)
    yield MyList(items)
    yield MyTuple(items)
    yield collections.deque(items)
    yield collections.UserList(items)
    yield Sequence(list(items))


LISTS = {
    "list_i64": [[], [1], [1, -2, 2**63 - 1, -(2**63)], list(range(1000))],
    "list_i8": [[], [-128, 127]],
    "list_u16": [[], [0, 65535]],
    "list_u64": [[], [2**64 - 1, 0]],
    "list_u128": [[], [2**128 - 1, 0, 2**64]],
    "list_u24": [[], [2**24 - 1]],
    "list_f32": [[], [0.5, -0.0, math.inf]],
    "list_f64": [[], [0.1, -1e300, 5e-324]],
    "list_bool": [[], [True, False, True]],
    "list_void": [[], [None, None]],
    "list_text": [[], ["a", "", "größe"], ["x"] * 500],
    "list_bytes": [[], [b"a", b"", b"\xff\0"]],
    "list_list": [[], [[]], [[1, 2], [], [3]]],
    "list_list_list": [[], [[]], [["a", "b"], ["c"]]],
    "list_optional": [[], [None], [1, None, 3]],
    "list_tuple": [[], [("a", 1.0), ("b", 2.5)]],
    "list_object": [[], [None, 1, "x", [], Ellipsis]],
    "optional_list": [[], [1, None]],
}


@pytest.mark.parametrize("name", LISTS)
def test_list(zig, name):
    echo = getattr(zig, name)
    for items in LISTS[name]:
        for given in sequences(items):
            result = echo(given)
            assert type(result) is list and result == items
            assert list(given) == items


@pytest.mark.parametrize("name", LISTS)
def test_list_refuses_other_types(zig, name):
    echo = getattr(zig, name)
    wanted = {
        "list_i64": "sequence of int",
        "list_f64": "sequence of float",
        "list_bool": "sequence of bool",
        "list_text": "sequence of str or bytes-like object",
        "list_bytes": "sequence of bytes-like object",
        "list_list": "sequence of sequence of int",
        "list_optional": "sequence of int or None",
        "list_tuple": "sequence of tuple of 2 items",
        "list_object": "sequence of object",
        "optional_list": "sequence of int or None",
    }.get(name)
    # Sets have no order, dicts iterate over their keys, a str would come apart: none of them is meant.
    refused = [(1, "int"), ({}, "dict"), (set(), "set"), ("ab", "str"), (MyStr(), "MyStr"), ((x for x in ()), "generator"), (iter([]), "list_iterator"), (object(), "object")]
    for value, shown in refused:
        error, message = refusal(echo, value)
        assert error is TypeError and message.startswith(f"{name}() argument 'x': expected ") and message.endswith(f", got {shown}")
        if wanted is not None:
            assert message == f"{name}() argument 'x': expected {wanted}, got {shown}"


def test_list_says_which_item(zig):
    cases = [
        (zig.list_i64, [1, "x"], TypeError, "item 1: expected int, got str"),
        (zig.list_i64, (1, 2, 2.0), TypeError, "item 2: expected int, got float"),
        (zig.list_i64, collections.deque([1, 2**63]), OverflowError, f"item 1: {2**63} is out of range for i64 ({-(2**63)}..{2**63 - 1})"),
        (zig.list_i8, [0, 0, 0, -129], OverflowError, "item 3: -129 is out of range for i8 (-128..127)"),
        (zig.list_f32, [1e39], OverflowError, "item 0: 1e+39 is out of range for f32 (at most 3.4028234663852886e+38)"),
        (zig.list_bool, [True, 1], TypeError, "item 1: expected bool, got int"),
        (zig.list_text, ["a", b"b", 3], TypeError, "item 2: expected str or bytes-like object, got int"),
        (zig.list_bytes, [b"a", "b"], TypeError, "item 1: expected bytes-like object, got str"),
        (zig.list_list, [[1], [2, "x"]], TypeError, "item 1: item 1: expected int, got str"),
        (zig.list_list, [[1], 2], TypeError, "item 1: expected sequence of int, got int"),
        (zig.list_list_list, [[], ["a", "b", None]], TypeError, "item 1: item 2: expected str or bytes-like object, got None"),
        (zig.list_optional, [None, 1, "x"], TypeError, "item 2: expected int, got str"),
        (zig.list_tuple, [("a", 1.0), ("b", "c")], TypeError, "item 1: item 1: expected float, got str"),
        (zig.list_tuple, [("a", 1.0), ("b",)], ValueError, "item 1: expected 2 items, got 1"),
    ]
    for function, value, error, message in cases:
        assert refusal(function, value) == (error, f"{function.__name__}() argument 'x': {message}")


def test_list_of_mutable_is_a_copy(zig):
    given = [[1, 2], [3]]
    assert zig.list_mutable_lists(given) == [[2, 3], [4]]
    assert given == [[1, 2], [3]]
    doubles = array.array("d", [1, 2])
    assert zig.list_f64_mutable(doubles) == [2, 4] and list(doubles) == [1, 2]
    assert zig.list_f64_mutable([1, 2.5]) == [2, 5]


def test_list_that_iterates_with_an_error(zig):
    class Broken(Sequence):
        def __getitem__(self, position):
            if position == 2:
                raise KeyError("mine")
            return position

    with pytest.raises(KeyError, match="mine"):
        zig.list_i64(Broken(None))
    with pytest.raises(ZeroDivisionError):
        zig.list_i64([1, Index(ZeroDivisionError())])


def test_list_that_changes_while_it_is_read(zig):
    def changing(change):
        items = []

        class Changing:
            def __index__(self):
                change(items)
                return 7

        items.extend([Changing() for _ in range(5)])
        return items

    assert refusal(zig.list_i64, changing(list.clear)) == (ValueError, "list_i64() argument 'x': the list became shorter while it was read")
    assert zig.list_i64(changing(lambda items: items.append(1))) == [7] * 5
    assert zig.list_i64(changing(lambda items: items.__setitem__(slice(None), [1] * 5))) == [7, 1, 1, 1, 1]
    assert refusal(zig.list_list, [changing(list.clear)])[0] is ValueError


def test_list_items_live_until_the_call_ends(zig):
    # While the second argument is converted the list of the first gives up its strings, into which the Zig slices point.
    names = []

    class Thief:
        def __index__(self):
            names.clear()
            gc.collect()
            self.noise = ["y" * 200 for _ in range(1000)]
            return 1

    names.extend("name" * 50 + str(number) for number in range(100))
    assert zig.texts_and_int(names, Thief()) == (["name" * 50 + str(number) for number in range(100)], 1)
    assert names == []


def test_slices_that_promise_more_can_go_out(zig):
    assert zig.aligned_list([1, 2.5]) == [1, 2.5] and zig.aligned_list([]) == []
    assert zig.aligned_text("größe") == "größe" and zig.aligned_text("") == ""
    assert zig.ended_list([1, 2]) == [1, 2]


def test_range_and_views(zig):
    assert zig.list_i64(range(5)) == [0, 1, 2, 3, 4]
    assert zig.list_i64(b"ab") == [97, 98]
    assert refusal(zig.list_i64, {1: 2}.keys()) == (TypeError, "list_i64() argument 'x': expected sequence of int, got dict_keys")


# ---- buffers of numbers

BUFFERS = {"list_i8": "b", "list_u16": "H", "list_i64": "q", "list_u64": "Q", "list_f32": "f", "list_f64": "d"}


@pytest.mark.parametrize("name", BUFFERS)
def test_buffer_of_numbers(zig, name):
    echo, code = getattr(zig, name), BUFFERS[name]
    for items in ([], [1], [0, 1, 2, 3, 100] * 50):
        numbers = array.array(code, items)
        assert echo(numbers) == echo(memoryview(numbers)) == items
        assert echo(memoryview(numbers)[::2]) == items[::2]  # strided: item by item
        assert echo(memoryview(numbers)[1:]) == items[1:]
        numbers.append(1)  # released


def test_buffer_is_not_copied(zig):
    numbers = array.array("d", range(100))
    address, _count = numbers.buffer_info()
    assert zig.list_f64_address(numbers) == zig.list_f64_address(memoryview(numbers)) == address
    assert zig.list_f64_address(memoryview(numbers)[3:]) == address + 24
    assert zig.list_f64_address(list(numbers)) != address
    assert zig.list_f64_address(array.array("f", range(100))) != address


def test_buffer_of_bools(zig):
    """As masks are; a byte that is neither 0 nor 1 is true, as in Python."""
    numpy = pytest.importorskip("numpy", reason="numpy is not installed (extra test)")
    mask = numpy.arange(5) > 2
    assert zig.list_bool(mask) == [False, False, False, True, True]
    assert zig.list_bool(mask[:0]) == []
    odd = numpy.array([0, 2, 255, 1, 0, 128], "u1").view("?")
    assert zig.list_bool(odd) == [False, True, True, True, False, True]
    assert zig.list_bool(memoryview(b"\0\1\2").cast("?")) == [False, True, True]
    for given in (numpy.zeros(3, "u1"), numpy.zeros(3), [1], mask[::2]):
        with pytest.raises(TypeError):
            zig.list_bool(given)


def test_a_type_that_is_called_as_what_is_expected(zig):
    Odd = type("bool", (), {"__module__": "somewhere"})

    class Meta(type):
        @property
        def __module__(cls):
            raise ValueError("no")

    for given, shown in ((Odd(), "somewhere.bool"), (Meta("bool", (), {})(), "bool")):
        with pytest.raises(TypeError, match=f"argument 'x': expected bool, got {shown}$"):
            zig.boolean(given)


def test_buffer_of_more_dimensions(zig):
    """Its items would be arrays, whose own messages name no argument."""
    rows = memoryview(array.array("d", range(6))).cast("B").cast("d", (2, 3))
    numpy = pytest.importorskip("numpy", reason="numpy is not installed (extra test)")
    for given, name in ((rows, "memoryview"), (numpy.ones((2, 3)), "ndarray"), (numpy.ones((2, 3)).T, "ndarray"), (numpy.ones((2, 2), "i4"), "ndarray")):
        for function in (zig.list_f64, zig.list_i64):
            with pytest.raises(TypeError, match=rf"argument '\w+': expected sequence of (float|int), got {name} with 2 dimensions"):
                function(given)


def test_buffer_of_other_numbers_is_read_item_by_item(zig):
    for code in "bBhHiIlLqQ":
        numbers = array.array(code, [1, 2, 100])
        assert zig.list_i64(numbers) == zig.list_i8(numbers) == zig.list_u128(numbers) == [1, 2, 100]
        assert zig.list_f64(numbers) == [1.0, 2.0, 100.0]
    floats = array.array("f", [0.5, 1.5])
    assert zig.list_f64(floats) == [0.5, 1.5]
    assert refusal(zig.list_i64, floats) == (TypeError, "list_i64() argument 'x': item 0: expected int, got float")
    assert refusal(zig.list_i8, array.array("h", [1, 200])) == (OverflowError, "list_i8() argument 'x': item 1: 200 is out of range for i8 (-128..127)")
    assert zig.list_f64((ctypes.c_double * 3)(1, 2, 3)) == [1, 2, 3]


def test_buffer_that_is_not_aligned(zig):
    content = b"-" + array.array("d", [1.5, 2.5]).tobytes()
    view = memoryview(content)[1:].cast("d")
    assert zig.list_f64(view) == [1.5, 2.5]
    assert zig.list_f64_mutable(view) == [3, 5]


def test_buffer_of_two_dimensions(zig):
    square = memoryview(array.array("d", range(4))).cast("B").cast("d", shape=[2, 2])
    assert refusal(zig.list_f64, square)[0] in (NotImplementedError, TypeError)


# ---- arrays, vectors, tuples

EXACT = {
    "array_i64": (3, [1, 2, 3]),
    "array_empty": (0, []),
    "array_text": (2, ["a", "größe"]),
    "array_array": (2, [(1, 2), (3, 255)]),
    "array_long": (6, [1, 2, 3, 4, 5, 6]),
    "vector_f32": (4, [0.5, 1.0, -2.0, math.inf]),
    "vector_bool": (2, [True, False]),
    "tuple_pair": (2, [-5, "x"]),
    "tuple_one": (1, [None]),
    "tuple_nested": (2, [(1, 2), [3, 4, 5]]),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_length(zig, name):
    length, items = EXACT[name]
    echo = getattr(zig, name)
    for given in sequences(items):
        result = echo(given)
        assert type(result) is tuple and result == tuple(items)
    for wrong in ([*items, items[0] if items else 1], items[1:], [*items] * 3):
        if len(wrong) != length:
            for given in sequences(wrong):
                assert refusal(echo, given) == (ValueError, f"{name}() argument 'x': expected {length} items, got {len(wrong)}")


def test_exact_length_refused(zig):
    cases = [
        (zig.array_i64, 5, TypeError, "expected sequence of 3 int, got int"),
        (zig.array_i64, "abc", TypeError, "expected sequence of 3 int, got str"),
        (zig.array_i64, {1, 2, 3}, TypeError, "expected sequence of 3 int, got set"),
        (zig.array_i64, None, TypeError, "expected sequence of 3 int, got None"),
        (zig.array_i64, [1, 2, "x"], TypeError, "item 2: expected int, got str"),
        (zig.array_array, [[1, 2], [3, 256]], OverflowError, "item 1: item 1: 256 is out of range for u8 (0..255)"),
        (zig.array_array, [[1, 2], [3]], ValueError, "item 1: expected 2 items, got 1"),
        (zig.vector_f32, [1, 2, 3, "x"], TypeError, "item 3: expected float, got str"),
        (zig.vector_bool, [True, 0], TypeError, "item 1: expected bool, got int"),
        (zig.tuple_pair, 5, TypeError, "expected tuple of 2 items, got int"),
        (zig.tuple_pair, "ab", TypeError, "expected tuple of 2 items, got str"),
        (zig.tuple_pair, ("a", 1), TypeError, "item 0: expected int, got str"),
        (zig.tuple_nested, ((1, "x"), []), TypeError, "item 0: item 1: expected int, got str"),
        (zig.tuple_nested, ((1, 2), [3, None]), TypeError, "item 1: item 1: expected int, got None"),
    ]
    for function, value, error, message in cases:
        assert refusal(function, value) == (error, f"{function.__name__}() argument 'x': {message}")


# ---- objects

def test_object_is_itself(zig):
    for value in (None, object(), 10**100, "x", zig, Index(1)):
        before = sys.getrefcount(value)
        assert zig.object(value) is value
        assert sys.getrefcount(value) == before
    thing = object()
    assert zig.objects(thing, None) == (thing, None)
    assert zig.objects(thing, thing) == (thing, thing)
    # An optional object is null for None.
    assert zig.objects(None, None) == (None, None)


# ---- *args and **kwargs

def test_args(zig):
    assert zig.args_sum() == 0 and zig.args_sum(1, 2, 3) == 6
    assert zig.args_sum(*range(1000)) == sum(range(1000))
    assert zig.args_at("a", 1, "b", None, at=2) == ("a", None)
    assert zig.args_at("a", at=0, *["x"]) == ("a", "x")
    assert refusal(zig.args_at, "a", 1, at=1) == (IndexError, "argument 1 of 1")
    assert refusal(zig.args_at) == (TypeError, "args_at() missing 1 required positional argument: 'first'")
    assert refusal(zig.args_at, "a", wrong=1)[0] is TypeError
    error, message = refusal(zig.args_sum, 1, "x")
    assert error is TypeError and "expected int, got str" in message


def test_kwargs(zig):
    assert zig.kwargs_names() == []
    names = {f"name_{number}": number for number in range(100)} | {"größe": 1, "a b": 2, "": 3}
    assert zig.kwargs_names(**names) == list(names)
    assert zig.kwargs_get() is None and zig.kwargs_get(other=1) is None
    assert zig.kwargs_get(other=1, wanted=2) == 2.0
    error, message = refusal(zig.kwargs_get, wanted="x")
    assert error is TypeError and "expected float, got str" in message
    with pytest.raises(UnicodeEncodeError):
        zig.kwargs_names(**{"\ud800": 1})
    assert zig.args_and_kwargs(1, 2, 3, b=4) == (1, 2, 1)
    assert zig.args_and_kwargs(a=1, b=4) == (1, 0, 1)
    assert refusal(zig.args_and_kwargs, 1, a=2) == (TypeError, "args_and_kwargs() got multiple values for argument 'a'")
    assert refusal(zig.kwargs_get, 1) == (TypeError, "kwargs_get() takes 0 positional arguments but 1 was given")


# ---- options

DEFAULTS = {
    "flag": False,
    "count": -3,
    "wide": 1 << 100,
    "ratio": 0.5,
    "small": 0.25,
    "name": "it's \"so\"\n",
    "label": None,
    "limit": 9,
    "items": [],
    "pair": (1, 2),
    "triple": (1, 2, 3),
    "raw": b"raw",
}
OTHERS = {
    "flag": True,
    "count": 2**62,
    "wide": 2**128 - 1,
    "ratio": -1e300,
    "small": 1.5,
    "name": "",
    "label": "label",
    "limit": None,
    "items": [1, 2],
    "pair": (3, 4),
    "triple": (0, 0, 255),
    "raw": b"\0",
}


def test_options(zig):
    assert zig.options() == tuple(DEFAULTS.values())
    assert zig.options(**OTHERS) == tuple(OTHERS.values())
    assert zig.options(**dict(reversed(OTHERS.items()))) == tuple(OTHERS.values())
    for name, value in OTHERS.items():
        assert zig.options(**{name: value}) == tuple((DEFAULTS | {name: value}).values())
    assert refusal(zig.options, True) == (TypeError, "options() takes 0 positional arguments but 1 was given")
    assert refusal(zig.options, nope=1)[1].startswith("options() got an unexpected keyword argument 'nope'")
    assert refusal(zig.options, flag=1) == (TypeError, "options() argument 'flag': expected bool, got int")
    assert refusal(zig.options, limit=256) == (OverflowError, "options() argument 'limit': 256 is out of range for u8 (0..255)")
    assert refusal(zig.options, items=[1, None]) == (TypeError, "options() argument 'items': item 1: expected int, got None")
    assert refusal(zig.options, pair=(1,)) == (ValueError, "options() argument 'pair': expected 2 items, got 1")
    assert refusal(zig.options, name=None) == (TypeError, "options() argument 'name': expected str or bytes-like object, got None")


# ---- several arguments

def test_the_message_names_the_argument(zig):
    assert zig.two(1, "ab") == 3
    assert refusal(zig.two, "x", "ab") == (TypeError, "two() argument 'a': expected int, got str")
    assert refusal(zig.two, 256, "ab") == (OverflowError, "two() argument 'a': 256 is out of range for u8 (0..255)")
    assert refusal(zig.two, 1, 2) == (TypeError, "two() argument 'b': expected str or bytes-like object, got int")
    assert refusal(zig.three, [1], 2, None) == (TypeError, "three() argument 'c': expected str or bytes-like object, got None")
    assert refusal(zig.three, c="x", b=2, a=[None]) == (TypeError, "three() argument 'a': item 0: expected int, got None")
    # from left to right
    assert refusal(zig.three, "x", "x", 1)[1].startswith("three() argument 'a'")
    assert zig.many(*range(10)) == sum(value * (value + 1) for value in range(10))
    assert zig.many(j=1, i=1, h=1, g=1, f=1, e=1, d=1, c=1, b=1, a=1) == 55


def test_type_names_in_messages(zig):
    class Outer:
        class Größe:
            pass

    assert refusal(zig.int_u8, Outer.Größe()) == (TypeError, "int_u8() argument 'x': expected int, got Größe")
    assert refusal(zig.int_u8, collections.OrderedDict()) == (TypeError, "int_u8() argument 'x': expected int, got OrderedDict")

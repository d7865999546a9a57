"""Values of Python's library: dates and times, paths, UUIDs, decimals, addresses, ints of any size."""

import datetime
import decimal
import ipaddress
import os
import pathlib
import sys
import textwrap
import uuid
import zoneinfo

import pytest
import zigmodules
from hypothesis import given, settings
from hypothesis import strategies as st
from zigmodules import leftovers, refusal

FAST_AND_SAFE = ("ReleaseSafe", "ReleaseFast")
slow = settings(max_examples=100, deadline=None, derandomize=True)
D = decimal.Decimal
ZONE = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
NOW = datetime.datetime(2024, 2, 29, 23, 59, 58, 999_999)


@pytest.fixture(scope="module", params=FAST_AND_SAFE)
def zig(request):
    return zigmodules.load("standard_types", request.param)


class NoPath:
    def __fspath__(self):
        return 5


class FailingPath:
    def __fspath__(self):
        raise KeyError("mine")


# ---- what goes in comes out

ROUND_TRIPS = {
    "datetime": [NOW, datetime.datetime.min, datetime.datetime.max, NOW.replace(tzinfo=datetime.UTC), NOW.replace(tzinfo=ZONE)],
    "date": [datetime.date(2024, 2, 29), datetime.date.min, datetime.date.max],
    "time": [datetime.time(), datetime.time.max, datetime.time(1, 2, 3, 4, ZONE), datetime.time(12, tzinfo=datetime.UTC)],
    "timedelta": [datetime.timedelta(), datetime.timedelta(-1, 2, 3), datetime.timedelta.max, datetime.timedelta.min],
    "path": [pathlib.Path("a/größe"), pathlib.Path("/"), pathlib.Path(".")],
    "uuid": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.uuid5(uuid.NAMESPACE_DNS, "zig")],
    "decimal": [D("1.50"), D("0"), D("-0.00"), D("1E+30"), D("123456789" * 20), D("Infinity"), D("1e-999")],
    "address": [ipaddress.ip_address(text) for text in ("0.0.0.0", "255.1.2.3", "::", "::1", "2001:db8::ff00:42:8329", "::ffff:1.2.3.4")],
    "big_int": [0, 1, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 2**127, -(2**128), 10**1000, -(10**5000)],
    "big_int_managed": [0, 1, -1, 2**64, -(2**128), 10**1000],
    "dates": [[], [datetime.date(2024, 1, day) for day in range(1, 31)]],
    "holidays": [{"new year": datetime.date(2024, 1, 1), "may day": datetime.date(2024, 5, 1)}],
    "paths": [[pathlib.Path("a"), pathlib.Path("b")]],
    "big_ints": [[1, 2**100, -(2**200)]],
    "decimals": [[D("1.5"), D("2.50")]],
    "optional_date": [None, datetime.date(1, 1, 1)],
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_round_trips(zig, name):
    for value in ROUND_TRIPS[name]:
        result = getattr(zig, name)(value)
        assert result == value and type(result) is type(value)
        if name == "decimal":
            assert str(result) == str(value)
        if name in ("datetime", "time"):
            assert result.utcoffset() == value.utcoffset()


def test_datetimes(zig):
    summer = datetime.datetime(2024, 7, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "CEST"))
    assert zig.datetime(summer) == summer and zig.day_of(summer) == datetime.date(2024, 7, 1)
    try:
        berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    except zoneinfo.ZoneInfoNotFoundError:
        pass
    else:
        assert zig.datetime(datetime.datetime(2024, 7, 1, tzinfo=berlin)).utcoffset() == datetime.timedelta(hours=2)
        assert zig.time(datetime.time(12, tzinfo=berlin)).tzinfo is None  # unknown without a date

    class Mine(datetime.datetime):
        pass

    assert type(zig.datetime(Mine(2024, 1, 1))) is datetime.datetime
    assert zig.date_of(2024, 2, 29) == datetime.date(2024, 2, 29)
    assert zig.datetime_of(5, 6, None) == datetime.datetime(2024, 2, 29, 5, 0, 0, 6)
    assert zig.datetime_of(5, 6, 0).tzinfo is datetime.UTC
    assert zig.datetime_of(5, 6, -3600).utcoffset() == datetime.timedelta(hours=-1)
    assert zig.total_microseconds(datetime.timedelta.max) == 86_399_999_999_999_999_999
    assert zig.total_microseconds(datetime.timedelta(microseconds=-1)) == -1
    assert refusal(zig.date_of, 2023, 2, 29)[0] is ValueError and refusal(zig.date_of, 0, 1, 1)[0] is ValueError
    assert refusal(zig.datetime_of, 24, 0, None) == (ValueError, "hour must be in 0..23")
    assert refusal(zig.datetime_of, 0, 10**6, None) == (ValueError, "microsecond must be in 0..999999")
    assert refusal(zig.datetime_of, 0, 2**32 - 1, None)[0] is ValueError
    assert refusal(zig.datetime_of, 0, 0, 86_400)[0] is ValueError
    odd = datetime.timezone(datetime.timedelta(microseconds=1))
    assert refusal(zig.datetime, NOW.replace(tzinfo=odd)) == (ValueError, "datetime() argument 'x': its offset from UTC is not a number of seconds")

    class Zone(datetime.tzinfo):
        def utcoffset(self, _when):
            raise KeyError("mine")

    assert refusal(zig.datetime, NOW.replace(tzinfo=Zone())) == (KeyError, "'mine'")

    class Lies(datetime.datetime):
        month = 300
        hour = "x"

    assert refusal(zig.datetime, Lies(2024, 1, 1)) == (OverflowError, "datetime() argument 'x': month: 300 is out of range for u8 (0..255)")


def test_paths(zig):
    for value in ("größe", "größe".encode(), pathlib.PurePosixPath("größe"), os.fspath(pathlib.Path("größe"))):
        assert zig.path(value) == pathlib.Path("größe") and zig.path_bytes(value) == "größe".encode()
    assert zig.path_bytes("a\udcff") == b"a\xff" == zig.path_bytes(b"a\xff") and zig.path(b"a\xff") == pathlib.Path("a\udcff")
    assert zig.join("a", "b.txt") == pathlib.Path("a/b.txt")
    assert refusal(zig.path, "a\0b") == (ValueError, "path() argument 'x': embedded null character")
    assert refusal(zig.path, FailingPath()) == (KeyError, "'mine'")
    assert refusal(zig.path, NoPath())[0] is TypeError
    assert refusal(zig.path, "\ud800")[0] is UnicodeEncodeError
    assert refusal(zig.paths, ["a", 5]) == (TypeError, "paths() argument 'x': item 1: expected str, bytes or os.PathLike object, got int")


def test_decimals(zig):
    assert zig.decimal_text(D("1.50")) == "1.50" and zig.decimal_text(7) == "7" and zig.decimal_of("1E+3") == D(1000)
    assert zig.decimal(D("NaN")).is_nan()
    assert refusal(zig.decimal_of, "x")[0] is decimal.InvalidOperation


def test_addresses(zig):
    assert zig.loopback(False) == ipaddress.IPv4Address("127.0.0.1") and zig.loopback(True) == ipaddress.IPv6Address("::1")
    scoped = ipaddress.IPv6Address("fe80::1%eth0")
    assert refusal(zig.address, scoped) == (ValueError, f"address() argument 'x': the scope of {scoped!r} would be lost")

    class Lies(ipaddress.IPv4Address):
        packed = b"12345"

    assert refusal(zig.address, Lies("1.2.3.4"))[0] is ValueError
    Lies.packed = "1234"
    assert refusal(zig.address, Lies("1.2.3.4"))[0] is TypeError


def test_big_ints(zig):
    for a, b in ((0, 5), (3, -4), (2**64, 2**64), (-(10**300), 10**300), (10**1000, -1)):
        assert zig.product(a, b) == a * b
    assert zig.doubled(2**63) == 2**64 and zig.doubled(-(10**100)) == -2 * 10**100 and zig.negated(2**70) == -(2**70) and zig.negated(0) == 0

    class Index:
        def __init__(self, value):
            self.value = value

        def __index__(self):
            if isinstance(self.value, Exception):
                raise self.value
            return self.value

    assert zig.big_int(Index(2**200)) == 2**200 and type(zig.big_int(True)) is int
    assert refusal(zig.big_int, Index(KeyError("mine"))) == (KeyError, "'mine'")
    assert refusal(zig.big_int, Index("x"))[0] is TypeError


ROWS = [
    ("datetime", "datetime", [datetime.date(2024, 1, 1), "2024-01-01", 5, None]),
    ("date", "date", [NOW, "2024-01-01", None]),
    ("time", "time", [NOW, "12:00", None]),
    ("timedelta", "timedelta", [5, 1.5, None]),
    ("path", "str, bytes or os.PathLike object", [5, None, ["a"], bytearray(b"a")]),
    ("uuid", "UUID", [str(uuid.UUID(int=1)), b"1" * 16, 5, None]),
    ("decimal", "Decimal", ["1.5", 1.5, None]),
    ("address", "IPv4Address or IPv6Address", ["127.0.0.1", 5, ipaddress.ip_network("10.0.0.0/8"), None]),
    ("big_int", "int", ["5", 5.0, D(5), None]),
    ("big_int_managed", "int", ["5", None]),
]


@pytest.mark.parametrize("name", [row[0] for row in ROWS])
def test_refusals(zig, name):
    _name, expected, values = next(row for row in ROWS if row[0] == name)
    for value in values:
        shown = "None" if value is None else type(value).__name__
        assert refusal(getattr(zig, name), value) == (TypeError, f"{name}() argument 'x': expected {expected}, got {shown}")


def test_nested_refusals(zig):
    assert refusal(zig.dates, [datetime.date.min, NOW]) == (TypeError, "dates() argument 'x': item 1: expected date, got datetime")
    assert refusal(zig.holidays, {"x": None}) == (TypeError, "holidays() argument 'x': key 'x': expected date, got None")
    assert refusal(zig.big_ints, [1, None]) == (TypeError, "big_ints() argument 'x': item 1: expected int, got None")


def test_overloads(zig):
    assert [zig.kind(value) for value in (NOW, NOW.date(), "a", pathlib.Path("a"))] == ["datetime", "date", "path", "path"]
    assert refusal(zig.kind, 5)[0] is TypeError


def test_fields(zig):
    event = zig.Event(NOW)
    assert (event.when, event.where, event.price, event.id, event.host, event.z) == (NOW, pathlib.Path(), D(0), None, ipaddress.ip_address(0), 0j)
    event.where = "größe" * 20
    event.price = D("1.50")
    event.id = uuid.UUID(int=7)
    event.host = ipaddress.ip_address("::1")
    event.z = 1j
    assert (event.where, str(event.price), event.id, event.host, event.z) == (pathlib.Path("größe" * 20), "1.50", uuid.UUID(int=7), ipaddress.ip_address("::1"), 1j)
    assert refusal(setattr, event, "when", NOW.date()) == (TypeError, "Event.when: expected datetime, got date")
    assert event.squared(-(10**50)) == 10**100


@pytest.mark.parametrize("optimize", FAST_AND_SAFE)
def test_100_000_calls_leave_nothing(optimize):
    zig = zigmodules.load("standard_types", optimize)
    event = zig.Event(NOW)
    rows = [(getattr(zig, name), value) for name, values in ROUND_TRIPS.items() for value in values[-2:]]
    rows += [(getattr(zig, name), value) for name, _expected, values in ROWS for value in values[:2]]
    rows += [(zig.path, "a\0b"), (zig.path, FailingPath()), (zig.path, NoPath()), (zig.datetime, NOW.replace(tzinfo=ZONE)), (zig.date_of, 2023, 2, 29)]
    rows += [(zig.product, 10**100, 3), (zig.doubled, 10**100), (zig.decimal_of, "x"), (zig.join, "a", "b"), (zig.dates, [NOW.date(), 5]), (zig.kind, "x")]
    rows += [(event.squared, 10**50), (setattr, event, "where", "größe"), (setattr, event, "where", 5), (setattr, event, "price", D("1.25")), (getattr, event, "where")]
    blocks, changed = leftovers(rows, 100_000 // len(rows))
    assert changed == [] and abs(blocks) < 500


# ---- values nobody thought of


def module():
    return zigmodules.load("standard_types")


offsets = st.integers(-86_399, 86_399).map(lambda seconds: datetime.timezone(datetime.timedelta(seconds=seconds)))


@slow
@given(st.datetimes(timezones=st.none() | offsets), st.dates(), st.times(timezones=st.none() | offsets), st.timedeltas())
def test_any_time(when, day, time, delta):
    assert module().datetime(when) == when.replace(fold=0) and module().datetime(when).utcoffset() == when.utcoffset()
    assert module().date(day) == day
    assert module().time(time) == time and module().time(time).utcoffset() == time.utcoffset()
    assert module().timedelta(delta) == delta and module().total_microseconds(delta) == delta // datetime.timedelta(microseconds=1)


@slow
@given(st.uuids(), st.decimals(), st.ip_addresses(), st.binary().filter(lambda name: b"\0" not in name))
def test_any_value_of_the_library(identity, number, address, name):
    assert module().uuid(identity) == identity
    assert str(module().decimal(number)) == str(number)
    assert module().address(address) == address
    assert module().path(name) == pathlib.Path(os.fsdecode(name)) and module().path_bytes(os.fsdecode(name)) == name


@slow
@given(st.integers() | st.integers(-(2**700), 2**700), st.integers(-(2**300), 2**300))
def test_any_int(a, b):
    assert module().big_int(a) == a == module().big_int_managed(a)
    assert module().product(a, b) == a * b


@pytest.mark.parametrize("optimize", FAST_AND_SAFE)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what __index__ gives
def test_subclasses_that_lie(optimize):
    zig = zigmodules.load("standard_types", optimize)

    class Number(int):
        """Its operators are none."""

        __abs__ = __neg__ = __rshift__ = __lshift__ = bit_length = to_bytes = lambda *_: b""

    for value in (0, 5, -5, 2**64, 2**700, -(2**700)):
        for echo in (zig.big_int, zig.big_int_managed, lambda x: zig.big_ints([x])[0]):
            assert echo(Number(value)) == value and type(echo(Number(value))) is int

    class Index:
        def __index__(self):
            return Number(-(2**200))

    assert zig.big_int(Index()) == -(2**200)

    class Days(datetime.timedelta):
        days = property(lambda self: 2**31 - 1)
        seconds = microseconds = property(lambda self: 0)

    class When(datetime.datetime):
        def utcoffset(self):
            return Days(1)

    assert refusal(zig.datetime, When(2000, 1, 1)) == (ValueError, "datetime() argument 'x': its offset from UTC is a day or more")

    class Year(datetime.date):
        year = property(lambda self: 2**20)

    assert refusal(zig.date, Year(2000, 1, 1))[0] is OverflowError
    for number in ("NaN", "sNaN", "Infinity", "-Infinity", "-0", "1E+999999"):
        assert zig.decimal_text(decimal.Decimal(number)) == number
        assert str(zig.decimal(decimal.Decimal(number))) == number

    class Lookalike:
        bytes = b"x" * 16

    assert refusal(zig.uuid, Lookalike()) == (TypeError, "uuid() argument 'x': expected UUID, got Lookalike")

    class Short(uuid.UUID):
        bytes = b"x"

    assert refusal(zig.uuid, Short(int=1))[0] is ValueError

    class Nowhere(pathlib.PurePosixPath):
        def __fspath__(self):
            raise LookupError("nowhere")

    assert refusal(zig.path, Nowhere("a")) == (LookupError, "nowhere")


def test_debug_builds():
    zig = zigmodules.load("standard_types", "Debug")
    for name in ("datetime", "timedelta", "path", "uuid", "decimal", "address", "big_int"):
        value = ROUND_TRIPS[name][0]
        assert getattr(zig, name)(value) == value
    assert zig.product(10**100, -(10**100)) == -(10**200)
    assert refusal(zig.date, NOW) == (TypeError, "date() argument 'x': expected date, got datetime")


def test_each_interpreter_has_its_own_classes():
    """datetime keeps one set of classes for all interpreters, decimal and pathlib do not."""
    interpreters = pytest.importorskip("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    zig = zigmodules.load("standard_types")
    assert zig.path("a") == pathlib.Path("a")
    interpreter = interpreters.create()
    code = f"""
        import importlib.machinery, importlib.util, pathlib, decimal, datetime
        loader = importlib.machinery.ExtensionFileLoader("standard_types", {artifact_of(zig)!r})
        zig = importlib.util.module_from_spec(importlib.util.spec_from_file_location("standard_types", loader=loader))
        loader.exec_module(zig)
        assert type(zig.path("a")) is type(pathlib.Path("a"))
        assert type(zig.decimal(decimal.Decimal(1))) is decimal.Decimal
        assert zig.date(datetime.date(2024, 1, 1)) == datetime.date(2024, 1, 1)
    """
    try:
        outcome = interpreters.run_string(interpreter, textwrap.dedent(code))
        assert outcome is None, outcome
    finally:
        interpreters.destroy(interpreter)


def artifact_of(zig):
    import zigbind

    return str(zigbind.build(zigmodules.DIRECTORY / f"{zig.__name__}.zig").path)

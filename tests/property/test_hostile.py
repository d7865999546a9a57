"""Objects that lie, fail and change under the hands of those who read them: nothing but Python exceptions comes of it, and nothing is lost."""

import array
import datetime
import decimal
import gc
import ipaddress
import math
import pathlib
import random
import sys
import types
import uuid
from pathlib import Path

import pytest
import zigbind

MODULES = Path(__file__).parents[1] / "unit" / "modules"
#: The larger number takes a minute for each profile.
CASES = [20_000, pytest.param(100_000, marks=pytest.mark.slow)]


class Mine(Exception):
    pass


pick = random.Random(6)
#: What the objects of one case share, and change.
shared = []


def mischief(*_args):
    """What the methods do, whoever's they are."""
    action = pick.randrange(5)
    if action == 0:
        raise pick.choice([Mine, KeyError, TypeError, ValueError, StopIteration, AttributeError, OverflowError])("mine")
    if action == 1:
        shared.clear()
    if action == 2 and len(shared) < 20:
        shared.extend(shared or [1])
    if action == 3:
        return None
    return pick.choice([1, -1, 2**70, "a", 1.5, shared, True, (), {}])


class Key(str):
    def __hash__(self):
        return pick.choice([1, 2])

    def __eq__(self, other):
        return bool(pick.randrange(2))


class Number(int):
    __index__ = __int__ = __float__ = mischief


class Index:
    __index__ = __float__ = __complex__ = __fspath__ = mischief


class Items(list):
    __len__ = __iter__ = __getitem__ = mischief


class Table(dict):
    items = keys = __len__ = __iter__ = __getitem__ = mischief


class Sequence:
    __len__ = __iter__ = __getitem__ = keys = items = mischief
    __repr__ = __str__ = __call__ = __contains__ = __eq__ = __lt__ = __bool__ = mischief

    def __hash__(self):
        return 1


class Text(str):
    __str__ = __repr__ = __fspath__ = mischief


class Clears:
    """Empties its container when it is read."""

    def __init__(self, holder):
        self.holder = holder

    def __index__(self):
        self.holder.clear()
        return 1

    __float__ = __complex__ = __index__


class Int(int):
    """Its operators are none."""

    __index__ = __int__ = __abs__ = __neg__ = __rshift__ = __lshift__ = __or__ = bit_length = to_bytes = __float__ = __lt__ = mischief


class Float(float):
    __float__ = __index__ = __eq__ = mischief
    __hash__ = float.__hash__


class Complex(complex):
    __complex__ = __float__ = mischief


class Bytes(bytes):
    __buffer__ = __bytes__ = __len__ = __getitem__ = mischief


class Tuple(tuple):
    __len__ = __iter__ = __getitem__ = mischief


class Date(datetime.date):
    year = month = day = property(mischief)


class DateTime(datetime.datetime):
    year = month = day = hour = minute = second = microsecond = property(mischief)
    utcoffset = mischief


class Time(datetime.time):
    hour = minute = second = microsecond = property(mischief)
    utcoffset = mischief


class TimeDelta(datetime.timedelta):
    days = seconds = microseconds = property(mischief)


class Zone(datetime.tzinfo):
    utcoffset = dst = tzname = mischief


class Uuid(uuid.UUID):
    bytes = property(mischief)


class UuidLookalike:
    bytes = b"x" * 16


class Decimal(decimal.Decimal):
    __str__ = __repr__ = __format__ = mischief


class PurePath(pathlib.PurePosixPath):
    __fspath__ = __str__ = mischief


class Address(ipaddress.IPv6Address):
    packed = scope_id = property(mischief)


class Hashes:
    __eq__ = mischief

    def __hash__(self):
        return 1 if pick.randrange(3) else mischief()


class Attributes:
    def __getattribute__(self, name):
        return mischief()


class Buffer:
    """Memory of any kind, another one every time, or none."""

    def __buffer__(self, flags):
        made = pick.randrange(6)
        if made == 0:
            return mischief()
        if made == 1:
            released = memoryview(b"abc")
            released.release()
            return released
        if made == 2:
            return memoryview(bytearray(64)).cast(pick.choice("dqbBfh?"))
        if made == 3:
            return memoryview(bytearray(64)).cast("B").cast("d", (2, 4))
        return memoryview(array.array(pick.choice("dqbBi"), [1, 2, 3]))[:: pick.choice([1, -1, 2])]

    def __release_buffer__(self, view):
        if not pick.randrange(4):
            mischief()


class Producer:
    def __dlpack__(self, **_options):
        return mischief()

    def __dlpack_device__(self):
        return mischief() if pick.randrange(2) else (1, 0)


def generator(depth):
    try:
        yield hostile(depth)
        shared.clear()
        yield mischief()
    finally:
        mischief()


def table(depth):
    made = {key: hostile(depth) for key in pick.sample(["a", "k", 1, 2.5, None, Key("x")], 2)}
    if pick.randrange(2):
        made["z"] = Clears(made) if pick.randrange(2) else [Clears(made)]
    return made


VALUES = [0, 1, -1, 2**63, 10**30, True, None, 1.5, math.nan, 1j, "", "a", "größe", "\ud800", b"b", bytearray(b"c"), type, mischief, memoryview(b"ab")]
MAKERS = [
    lambda depth: pick.choice(VALUES),
    lambda depth: shared,
    lambda depth: [hostile(depth), hostile(depth)],
    lambda depth: (hostile(depth), hostile(depth)),
    lambda depth: iter([hostile(depth)]),
    lambda depth: (mischief() for _ in range(3)),
    table,
    lambda depth: {Key("a"): hostile(depth), Key("b"): 1, Key("a"): 2},
    lambda depth: {"x": shared, "y": [1, Clears(shared)]},
    lambda depth: [1, Clears(shared), shared],
    lambda depth: Number(pick.randrange(9)),
    lambda depth: Index(),
    lambda depth: Items(shared),
    lambda depth: Table(a=hostile(depth)),
    lambda depth: Sequence(),
    lambda depth: Text("t"),
    lambda depth: {1, "a", None} if pick.randrange(2) else frozenset({1, 2}),
    lambda depth: Int(pick.choice([1, -1, 2**64, 2**200, -(2**200)])),
    lambda depth: Float(1.5),
    lambda depth: Complex(1j),
    lambda depth: Bytes(b"abc"),
    lambda depth: Tuple((1, hostile(depth))),
    lambda depth: Date(2000, 1, 1),
    lambda depth: DateTime(2000, 1, 1),
    lambda depth: datetime.datetime(2000, 1, 1, tzinfo=Zone()),
    lambda depth: Time(1),
    lambda depth: TimeDelta(1),
    lambda depth: Uuid(int=5) if pick.randrange(2) else UuidLookalike(),
    lambda depth: Decimal("1.5") if pick.randrange(2) else decimal.Decimal(pick.choice(["NaN", "sNaN", "-Infinity", "1E+999999"])),
    lambda depth: PurePath("a"),
    lambda depth: Address("::1"),
    lambda depth: Hashes(),
    lambda depth: Attributes(),
    lambda depth: types.SimpleNamespace(x=hostile(depth), y=hostile(depth)),
    lambda depth: types.MappingProxyType({"a": hostile(depth)}),
    lambda depth: Buffer(),
    lambda depth: Producer(),
    generator,
    lambda depth: lambda *_args, **_options: hostile(depth),
    lambda depth: array.array("d", [1, 2]),
]


def hostile(depth=0):
    """An object that goes against what its type promises, or holds such objects."""
    try:
        return pick.choice(MAKERS if depth < 3 else MAKERS[:2])(depth + 1)
    except Exception:  # a key that cannot be hashed
        return None


MEANT = {("panics", "zero"), ("failing_exchanger", "exchanged")}


def functions(optimize):
    """Functions with the number of their arguments."""
    for file in ("std_containers", "objects", "standard_types", "convert", "callbacks", "arrays"):
        zig = zigbind.load(MODULES / f"{file}.zig", optimize=optimize)
        for name in sorted(vars(zig)):
            function = getattr(zig, name, None)
            # Without checks an index is not checked.
            if file == "arrays" and optimize == "ReleaseFast" and not name.startswith(("same_", "copy_", "sum", "kind", "pair", "both")):
                continue
            # Those would import and evaluate whatever they are given, and grow without end.
            if type(function) is type(len) and name not in ("import_", "eval", "grow", "grow_unmanaged", "list_new", "call", "call_nothing", "call_with"):
                yield function, function.__text_signature__.count(",") - 1  # "($module, /, x)"


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("optimize", ["ReleaseSafe", "ReleaseFast"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what __index__ gives
def test_only_exceptions_come_of_it(optimize, cases, monkeypatch):
    # Those of `__release_buffer__`, of generators that end.
    monkeypatch.setattr(sys, "unraisablehook", lambda _args: None)
    pick.seed(6)  # whichever of these tests ran in this process before
    chosen = list(functions(optimize))
    assert len(chosen) > 100
    outcomes = {True: 0, False: 0}
    blocks = None
    for case in range(cases):
        if case == cases // 2:
            shared.clear()
            gc.collect()
            blocks = sys.getallocatedblocks()
        function, count = pick.choice(chosen)
        shared[:] = [hostile() for _ in range(pick.randrange(4))]
        try:
            function(*(hostile() for _ in range(count)))
            outcomes[True] += 1
        except (SystemError, zigbind.PanicError) as error:
            # One module panics where it is asked to.
            if (function.__name__, str(error)) not in MEANT:
                pytest.fail(f"{function.__name__}: {error}")
        except Exception:
            outcomes[False] += 1
    assert min(outcomes.values()) > cases // 50
    shared.clear()
    gc.collect()
    assert sys.getallocatedblocks() - blocks < 3000
    assert sys.exception() is None

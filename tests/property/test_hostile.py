"""Objects that lie, fail and change under the hands of those who read them: nothing but Python exceptions comes of it, and nothing is lost."""

import gc
import math
import random
import sys
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
]


def hostile(depth=0):
    """An object that goes against what its type promises, or holds such objects."""
    return pick.choice(MAKERS if depth < 3 else MAKERS[:2])(depth + 1)


def functions(optimize):
    """Functions with the number of their arguments."""
    for name in ("std_containers", "objects", "standard_types"):
        zig = zigbind.load(MODULES / f"{name}.zig", optimize=optimize)
        for name in sorted(vars(zig)):
            function = getattr(zig, name, None)
            # Those would import and evaluate whatever they are given, and grow without end.
            if type(function) is type(len) and name not in ("import_", "eval", "grow", "grow_unmanaged", "list_new", "call", "call_nothing", "call_with"):
                yield function, function.__text_signature__.count(",") - 1  # "($module, /, x)"


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("optimize", ["ReleaseSafe", "ReleaseFast"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what __index__ gives
def test_only_exceptions_come_of_it(optimize, cases):
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
            pytest.fail(f"{function.__name__}: {error}")
        except Exception:
            outcomes[False] += 1
    assert min(outcomes.values()) > cases // 50
    shared.clear()
    gc.collect()
    assert sys.getallocatedblocks() - blocks < 3000
    assert sys.exception() is None

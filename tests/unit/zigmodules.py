"""The Zig modules of the unit tests: ``modules/NAME.zig`` in one of the optimize modes."""

import functools
import gc
import subprocess
import sys
import textwrap
from pathlib import Path

import zigbind

DIRECTORY = Path(__file__).parent / "modules"
#: ReleaseSafe is what an import uses; Debug comes from another code generator; ReleaseFast has no safety checks.
MODES = ("ReleaseSafe", "ReleaseFast", "Debug")
SAFE_MODES = ("ReleaseSafe", "Debug")


@functools.cache
def load(name, optimize="ReleaseSafe"):
    """The module, compiled once and loaded once for all tests of a process."""
    return zigbind.load(DIRECTORY / f"{name}.zig", optimize=optimize)


def source(name):
    return (DIRECTORY / f"{name}.zig").read_text(encoding="utf-8")


def refusal(function, *args, **kwargs):
    """The type and text of the exception that a call ends in."""
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)
    raise AssertionError(f"{function.__name__} accepted {args!r} {kwargs!r} and returned {result!r}")


def apart(name, optimize, code):
    """What ``code`` prints in a process of its own, with the module as ``m``: where it crashes, this fails and the tests go on."""
    prelude = f"import sys; sys.path.insert(0, {str(DIRECTORY.parent)!r}); import zigmodules; m = sys.modules[{name!r}] = zigmodules.load({name!r}, {optimize!r})\n"
    done = subprocess.run([sys.executable, "-c", prelude + textwrap.dedent(code)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr}"
    return done.stdout


def own_bytes():
    """What memory the process has of its own, None where the system does not say: how much of the files it uses is in memory is up to the system."""
    try:
        with open("/proc/self/status") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith(("RssAnon:", "VmSwap:"))) * 1024
    except OSError:
        return None


def repeat_calls(calls, times):
    """Call each ``(function, *arguments)`` so many times, whether it succeeds or not."""
    for function, *args in calls:
        for _ in range(times):
            try:
                function(*args)
            except Exception:
                pass


def leftovers(calls, times):
    """What so many calls of each ``(function, *arguments)`` leave behind: how many blocks of memory, and the arguments (with what is in
    them) whose reference counts are not what they were."""

    def leaves(value):
        yield value
        if isinstance(value, dict):
            value = [*value.keys(), *value.values()]
        if isinstance(value, (list, tuple, set, frozenset)):
            for item in value:
                yield from leaves(item)

    arguments = [leaf for _function, *args in calls for arg in args for leaf in leaves(arg)]

    def counts():
        gc.collect()
        return [sys.getrefcount(leaf) for leaf in arguments]

    repeat_calls(calls, 50)
    before = counts()
    # Other threads of the process make and end objects, too: what is lost in each of three rounds is lost by the calls.
    found = []
    for _round in range(3):
        gc.collect()
        start = sys.getallocatedblocks()
        repeat_calls(calls, times // 3 + 1)
        gc.collect()
        found.append(sys.getallocatedblocks() - start)
    blocks = 3 * min(found, key=abs)
    after = counts()
    return blocks, [leaf for leaf, one, other in zip(arguments, before, after, strict=True) if one != other]

"""The Zig modules of the unit tests: ``modules/NAME.zig`` in one of the optimize modes."""

import functools
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

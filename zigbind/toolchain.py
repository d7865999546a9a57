"""The Zig compiler: where it is and which version."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from .errors import ToolchainError

__all__ = ["REQUIREMENT", "SERIES", "Toolchain", "find"]

#: The series of Zig this version of zigbind is for.
SERIES = "0.15"

#: The package that has it.
REQUIREMENT = f"ziglang>={SERIES},<0.16"
_INSTALL = f"pip install '{REQUIREMENT}'"


class Toolchain(NamedTuple):
    """A zig executable. ``lookup`` says how it was found: ``setting``, ``package`` or ``path``."""

    path: str
    version: str
    lookup: str


def find(*, zig_path: str | None, search_path: str, read_version) -> Toolchain:
    """The setting ``zig-path``, else the package ziglang, else ``zig`` on PATH.

    ``read_version(path)`` gives the version of an executable (see `version_of`). ToolchainError says what
    was found where and what to install.
    """
    if zig_path is not None:
        if not os.path.isfile(zig_path):
            raise ToolchainError(f"zig-path is {zig_path}, and there is no such file; correct it, or remove it and {_INSTALL}")
        return _checked(zig_path, "setting", read_version)
    rejected = []
    for lookup, look in (("package", _in_package), ("path", lambda: _on_path(search_path))):
        path = look()
        if path is None:
            continue
        try:
            return _checked(path, lookup, read_version)
        except ToolchainError as error:
            rejected.append(error)
    if rejected:
        raise rejected[0]
    raise ToolchainError(f"no Zig compiler found: the package ziglang is not installed and there is no zig on PATH; {_INSTALL}")


def version_of(path: str) -> str:
    """What ``zig version`` prints."""
    import subprocess

    try:
        result = subprocess.run([path, "version"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolchainError(f"{path} could not be run: {error}; {_INSTALL}") from None
    if result.returncode != 0:
        raise ToolchainError(f"{path} version failed: {result.stderr.strip()}; {_INSTALL}")
    return result.stdout.strip()


def _checked(path: str, lookup: str, read_version) -> Toolchain:
    version = read_version(path)
    if not version.startswith(SERIES + "."):
        raise ToolchainError(f"zigbind needs Zig {SERIES}.x, and {path} is Zig {version}; {_INSTALL}, or set zig-path")
    return Toolchain(path=path, version=version, lookup=lookup)


def nearer(path: str, search_path: str) -> list[str]:
    """Where a zig would be taken before the one at ``path``, which was found on PATH: earlier on it, or as the package ziglang."""
    places = []
    for directory in search_path.split(os.pathsep):
        place = os.path.join(directory or os.curdir, os.path.basename(path))
        if place == path:
            break
        places.append(place)
    return places + [os.path.join(directory or os.curdir, "ziglang") for directory in sys.path]


def _in_package() -> str | None:
    """The executable in the package ziglang, which is found but not imported."""
    from importlib.util import find_spec

    try:
        spec = find_spec("ziglang")
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    name = "zig.exe" if sys.platform == "win32" else "zig"
    paths = (os.path.join(directory, name) for directory in spec.submodule_search_locations)
    return next((path for path in paths if os.path.isfile(path)), None)


def _on_path(search_path: str) -> str | None:
    import shutil

    return shutil.which("zig", path=search_path)

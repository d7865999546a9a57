"""What a build is for: Zig's target, the ABI, the file suffix, the wheel tags. One table."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from .errors import SettingsError

__all__ = ["Target", "cpu_identity", "everything", "find", "host"]


class Target(NamedTuple):
    """A platform and ABI to build for.

    ``triple`` is Zig's, with the versions of OS and libc; ``abi`` is the wheel's ABI tag (``abi3`` or as ``cp313``);
    ``suffix`` ends the file name of a module. A target that is two in one file has both triples, with a plus between them.
    """

    triple: str
    abi: str
    suffix: str
    python_tag: str
    platform_tag: str

    @property
    def name(self) -> str:
        """What a user types: the platform tag, the exact one where there are two."""
        return self.platform_tag.rpartition(".")[2]

    @property
    def parts(self) -> tuple[Target, ...]:
        """The targets to compile for: two for universal2, else the target itself."""
        if "+" not in self.triple:
            return (self,)
        return tuple(one for triple in self.triple.split("+") for one in everything() if one.triple == triple)

    @property
    def is_windows(self) -> bool:
        return "-windows" in self.triple

    @property
    def is_macos(self) -> bool:
        return "-macos" in self.triple

    @property
    def links_libc(self) -> bool:
        """glibc and macOS need it (threads, environment); without it one musl module loads on both libcs."""
        return "-gnu" in self.triple and not self.is_windows or self.is_macos


#: Zig's target and the wheel's platform tag, by operating system, machine and libc.
TABLE = {
    ("linux", "x86_64", "gnu"): ("x86_64-linux-gnu.2.17", "manylinux2014_x86_64.manylinux_2_17_x86_64"),
    ("linux", "aarch64", "gnu"): ("aarch64-linux-gnu.2.17", "manylinux2014_aarch64.manylinux_2_17_aarch64"),
    ("linux", "x86_64", "musl"): ("x86_64-linux-musl", "musllinux_1_2_x86_64"),
    ("linux", "aarch64", "musl"): ("aarch64-linux-musl", "musllinux_1_2_aarch64"),
    ("macos", "x86_64", ""): ("x86_64-macos.10.13", "macosx_10_13_x86_64"),
    ("macos", "aarch64", ""): ("aarch64-macos.11.0", "macosx_11_0_arm64"),
    ("macos", "universal2", ""): ("x86_64-macos.10.13+aarch64-macos.11.0", "macosx_10_13_universal2"),
    ("windows", "x86_64", ""): ("x86_64-windows", "win_amd64"),
    ("windows", "aarch64", ""): ("aarch64-windows", "win_arm64"),
}

_OS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
_MACHINE = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def cpu_identity() -> str:
    """What tells this machine's CPU from others that ``native`` code of it may not run on."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            lines = set(file)
    except OSError:
        import platform

        return f"{platform.node()} {platform.processor()} {os.environ.get('PROCESSOR_IDENTIFIER', '')}"
    return "".join(sorted(line for line in lines if line.startswith(("model name", "flags", "Features", "CPU "))))


def host(*, stable_abi: bool = True) -> Target:
    """The target of the running interpreter. SettingsError where there is none for it."""
    from importlib.machinery import EXTENSION_SUFFIXES

    if "t" in getattr(sys, "abiflags", ""):
        raise SettingsError(
            "zigbind modules use CPython's stable ABI, which free-threaded builds of Python before 3.15 do not have; "
            "run an interpreter with the GIL (without the 't' in its name)"
        )
    if sys.platform == "win32":
        machine = os.environ.get("PROCESSOR_ARCHITECTURE", "")
    else:
        machine = os.uname().machine
    system = _OS.get(sys.platform, sys.platform)
    multiarch = getattr(sys.implementation, "_multiarch", "")
    libc = ("musl" if "musl" in multiarch else "gnu") if system == "linux" else ""
    try:
        triple, platform_tag = TABLE[system, _MACHINE.get(machine.lower(), machine), libc]
    except KeyError:
        known = ", ".join(sorted({f"{o} {m}" for o, m, _ in TABLE if m in _MACHINE}))
        raise SettingsError(f"zigbind has no target for {system} on {machine}; it has {known}") from None
    if sys.maxsize < 2**32:
        raise SettingsError("zigbind needs a 64-bit Python; this one is 32-bit")
    python_tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    if stable_abi:
        return _stable(triple, platform_tag)
    return Target(triple=triple, abi=python_tag, suffix=EXTENSION_SUFFIXES[0], python_tag=python_tag, platform_tag=platform_tag)


def everything() -> tuple[Target, ...]:
    """Every target there is, for the stable ABI."""
    return tuple(_stable(triple, platform_tag) for triple, platform_tag in TABLE.values())


def find(name: str, *, stable_abi: bool = True) -> Target:
    """The target a user means: by its name, another of its platform tags, Zig's triple with or without versions, or ``host``.

    SettingsError names the nearest where there is none, and where modules without the stable ABI are wanted for another
    platform than the running interpreter's.
    """
    if name == "host":
        return host(stable_abi=stable_abi)
    known = {alias: one for one in everything() for alias in _aliases(one)}
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"; did you mean {known[near[0]].name!r}?" if near else ""
        raise SettingsError(f"there is no target {name!r}{hint}; known are host, {', '.join(one.name for one in everything())}")
    found = known[name]
    if stable_abi:
        return found
    own = host(stable_abi=False)
    if found.name != own.name:
        raise SettingsError(
            f"without the stable ABI modules can only be built for the running interpreter, whose target is {own.name}, not for {found.name}; "
            "leave stable-abi as it is to build for other platforms"
        )
    return own


def _aliases(target: Target) -> tuple[str, ...]:
    without_versions = target.triple.partition(".")[0]
    return (target.platform_tag, *target.platform_tag.split("."), target.triple, *([without_versions] if "+" not in target.triple else []))


def _stable(triple: str, platform_tag: str) -> Target:
    suffix = ".pyd" if "-windows" in triple else ".abi3.so"
    return Target(triple=triple, abi="abi3", suffix=suffix, python_tag="cp312", platform_tag=platform_tag)

"""What is read from libraries that are too odd, or too damaged, to come from a compiler. Real ones: tests/integration/test_wheels.py."""

import struct

import pytest

from zigbind import binary
from zigbind.errors import ZigbindError

MACHINES = {"x86_64": 0x01000007, "aarch64": 0x0100000C}


def macho(machine: str, *commands: bytes, size: int = 0) -> bytes:
    """A Mach-O library that has only load commands."""
    header = b"\xcf\xfa\xed\xfe" + struct.pack("<IIIIIII", MACHINES[machine], 3, 6, len(commands), sum(map(len, commands)), 0, 0)
    return (header + b"".join(commands)).ljust(size, b"\xaa")


def build_version(major: int, minor: int, platform: int = 1) -> bytes:
    return struct.pack("<IIIIII", 0x32, 24, platform, major << 16 | minor << 8, 0, 0)


def version_min(major: int, minor: int) -> bytes:
    return struct.pack("<IIII", 0x24, 16, major << 16 | minor << 8, 0)


def load_dylib(name: bytes) -> bytes:
    return struct.pack("<IIIIII", 0xC, 56, 24, 0, 0, 0) + name.ljust(32, b"\0")


def test_macho_commands_are_read():
    image = macho("x86_64", load_dylib(b"/usr/lib/libz.1.dylib"), version_min(10, 13), load_dylib(b"/usr/lib/libSystem.B.dylib"))
    found = binary.platform_of(image)
    assert found == binary.Platform("macos", ("x86_64",), ((10, 13),), ("/usr/lib/libSystem.B.dylib", "/usr/lib/libz.1.dylib"))
    assert binary.platform_of(macho("aarch64", build_version(11, 0))).oldest == ((11, 0),)
    assert binary.platform_of(macho("aarch64")).oldest == (None,)


def test_platforms_read_well():
    found = binary.Platform("linux", ("x86_64",), ((2, 17),), ("libc.so.6",))
    assert str(found) == "linux on x86_64 (glibc 2.17), linked with libc.so.6"
    assert str(binary.Platform("macos", ("x86_64", "aarch64"), ((10, 13), (11, 0)), ())) == "macos on x86_64 (macOS 10.13) and aarch64 (macOS 11.0)"
    assert str(binary.Platform("windows", ("aarch64",), (None,), ())) == "windows on aarch64"


def test_a_fat_file_holds_both_where_their_pages_begin():
    intel, arm = macho("x86_64", build_version(10, 13), size=5000), macho("aarch64", build_version(11, 0), size=20001)
    fat = binary.fuse(intel, arm)
    assert struct.unpack_from(">4sI", fat) == (b"\xca\xfe\xba\xbe", 2)
    rows = [struct.unpack_from(">IIIII", fat, 8 + 20 * index) for index in range(2)]
    assert rows == [(MACHINES["x86_64"], 3, 1 << 12, 5000, 12), (MACHINES["aarch64"], 3, 1 << 14, 20001, 14)]
    assert [fat[start : start + size] for _machine, _variant, start, size, _bits in rows] == [intel, arm]
    assert len(fat) == (1 << 14) + 20001
    assert binary.platform_of(fat) == binary.Platform("macos", ("x86_64", "aarch64"), ((10, 13), (11, 0)), ())


def test_only_what_belongs_together_is_fused():
    intel, arm = macho("x86_64", build_version(10, 13)), macho("aarch64", build_version(11, 0))
    with pytest.raises(ZigbindError, match="needs a library for macos on x86_64 here, not for macos on aarch64"):
        binary.fuse(arm, intel)
    with pytest.raises(ZigbindError, match="needs a library for macos on aarch64"):
        binary.fuse(intel, intel)


@pytest.mark.parametrize("image", [b"", b"\0" * 100, b"#!/bin/sh\n", b"\xcf\xfa\xed"])
def test_what_is_no_library_is_refused(image):
    with pytest.raises(ZigbindError, match="no library of Linux, macOS or Windows"):
        binary.platform_of(image)


@pytest.mark.parametrize("start", [b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\1"])
@pytest.mark.parametrize("rest", [b"", b"\0" * 400, b"\xff" * 400])
def test_what_is_damaged_is_refused(start, rest):
    with pytest.raises(ZigbindError, match="damaged, or for a machine that zigbind does not know"):
        binary.platform_of(start + rest)


def test_libraries_of_other_systems_of_apple_are_refused():
    with pytest.raises(ZigbindError, match="platform 2 is not macOS"):
        binary.platform_of(macho("aarch64", build_version(17, 0, platform=2)))

"""What a built library says about itself: undefined symbols, thread-locals, zigbind's description."""

from __future__ import annotations

import struct

__all__ = ["description", "thread_local_bytes", "undefined_symbols"]

_PT_LOAD, _PT_DYNAMIC, _PT_TLS = 1, 2, 7
_DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_HASH = 5, 6, 10, 4
_DT_VERSYM = 0x6FFFFFF0
_MAGIC = b"zigbind description 2\n"


def description(image: bytes) -> str | None:
    """The text that `describe.zig` put into a library of any format; None where there is none."""
    start = image.find(_MAGIC)
    if start < 0:
        return None
    start += len(_MAGIC)
    return image[start : image.index(0, start)].decode()


def thread_local_bytes(image: bytes) -> int:
    """How much thread-local memory a 64-bit ELF library declares."""
    return sum(size for kind, _offset, _address, _file_size, size in _segments(image) if kind == _PT_TLS)


def undefined_symbols(image: bytes) -> list[str]:
    """The symbols a 64-bit ELF library wants from nobody in particular.

    What it takes from glibc has a version; Python's own symbols are left out.
    """
    segments = _segments(image)
    dynamic = {}
    for kind, offset, _address, file_size, _size in segments:
        if kind == _PT_DYNAMIC:
            dynamic = dict(struct.iter_unpack("<QQ", image[offset : offset + file_size]))

    def at(address: int) -> int:
        for kind, offset, start, file_size, _size in segments:
            if kind == _PT_LOAD and start <= address < start + file_size:
                return address - start + offset
        raise ValueError(f"no segment holds address {address:#x}")

    strings = at(dynamic[_DT_STRTAB])
    symbols = at(dynamic[_DT_SYMTAB])
    (count,) = struct.unpack_from("<I", image, at(dynamic[_DT_HASH]) + 4)
    versions = at(dynamic[_DT_VERSYM]) if _DT_VERSYM in dynamic else None
    found = []
    for index in range(1, count):
        name_at, info, _other, section, _value, _size = struct.unpack_from("<IBBHQQ", image, symbols + 24 * index)
        is_weak = info >> 4 == 2
        if section != 0 or is_weak:
            continue
        if versions is not None and struct.unpack_from("<H", image, versions + 2 * index)[0] & 0x7FFF > 1:
            continue
        start = strings + name_at
        name = image[start : image.index(0, start)].decode()
        if not name.startswith(("Py", "_Py")):
            found.append(name)
    return found


def _segments(image: bytes) -> list[tuple[int, int, int, int, int]]:
    """(type, file offset, address, file size, memory size) of each program header."""
    (table,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    found = []
    for index in range(count):
        kind, _flags, offset, address, _physical, file_size, memory_size, _align = struct.unpack_from("<IIQQQQQQ", image, table + size * index)
        found.append((kind, offset, address, file_size, memory_size))
    return found

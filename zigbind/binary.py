"""What a built library says about itself: undefined symbols, thread-locals, zigbind's description, the platform it is for."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .errors import ZigbindError

__all__ = ["Platform", "description", "fuse", "platform_of", "thread_local_bytes", "undefined_symbols", "without_library", "without_numbers"]

_PT_LOAD, _PT_DYNAMIC, _PT_TLS = 1, 2, 7
_SHT_SYMTAB, _SHT_STRTAB, _SHT_NOBITS, _SHF_ALLOC = 2, 3, 8, 2
_STT_OBJECT = 1
_DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_HASH = 5, 6, 10, 4
_DT_NEEDED = 1
_DT_VERSYM, _DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF
_ELF_MACHINES = {62: "x86_64", 183: "aarch64"}

_MACHO_MAGIC, _FAT_MAGIC = b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"
_MACHO_MACHINES = {0x01000007: "x86_64", 0x0100000C: "aarch64"}
#: Slices of a fat file begin at multiples of the largest page of their machine, here as powers of two.
_PAGE_BITS = {"x86_64": 12, "aarch64": 14}
_LC_LOAD_DYLIB, _LC_LOAD_WEAK_DYLIB, _LC_REEXPORT_DYLIB = 0xC, 0x80000018, 0x8000001F
_LC_VERSION_MIN_MACOSX, _LC_BUILD_VERSION, _PLATFORM_MACOS = 0x24, 0x32, 1

_PE_MACHINES = {0x8664: "x86_64", 0xAA64: "aarch64"}

_MAGIC = b"zigbind description 2\n"
#: What parts of the description begin with, and codes in them: see `part.zig`.
CARD_MAGIC = b"zigbind card 2\n\0"
_TYPE_MAGIC, _SIGNATURE_MAGIC, _DEFAULTS_MAGIC = b"zigbind type 1\n\0", b"zigbind sign 1\n\0", b"zigbind text 1\n\0"
_OWN, _HIDDEN, _SHEET, _PLACE = 0, 1, 1 << 31, 1 << 30
#: Of the number of a field with a default.
DEFAULT_BIT = 1 << 30
#: Of a function that is called on an instance; the lower bits count its parameters.
_METHOD = 1 << 8


#: In names of constants, functions made for certain arguments, and types.
_NUMBERED = re.compile(rb"(__(?:anon|struct|union|enum|opaque)_)(\d+)")


def description(image: bytes) -> str | None:
    """The text that `describe.zig` put into a library of any format, with its parts; None where there is none."""
    image = _without_leftovers(image)
    start = image.find(_MAGIC)
    if start < 0:
        return None
    start += len(_MAGIC)
    text = image[start : image.index(0, start)].decode()
    return _Parts(image, text).whole() if CARD_MAGIC in image else text


def _without_leftovers(image: bytes) -> bytes:
    """What the symbols of a 64-bit ELF library name, one behind the other; the whole of others, and of those that do not name all.

    In Debug zig links itself: it moves sections when they grow, and what lies where they were is only partly written over.
    """
    if image[:4] != b"\x7fELF":
        return image
    found = set()
    sections = _sections(image)
    for _name, kind, _flags, _address, start, length in sections:
        if kind != _SHT_SYMTAB:
            continue
        for _name, info, _other, index, value, size in struct.iter_unpack("<IBBHQQ", image[start : start + length]):
            if info & 15 == _STT_OBJECT and 0 < index < len(sections) and sections[index][1] != _SHT_NOBITS:
                found.add((sections[index][4] + value - sections[index][3], size))
    named = b"".join(image[start : start + size] for start, size in sorted(found))
    return named if _MAGIC in named else image


class _Parts:
    """The parts of `part.zig`, and the text that they belong to."""

    def __init__(self, image: bytes, text: str):
        self.image = image
        self.lines = text.splitlines()
        #: By the code of a type: how a parameter is annotated, and a result.
        self.types: dict[int, tuple[str, str]] = {}
        for at in _occurrences(image, _TYPE_MAGIC):
            code, *sizes = struct.unpack_from("<3I", image, at)
            parameter, result = _pieces(image, at + 12, sizes)
            self.types[code] = parameter.decode(), result.decode()
        #: By its number, the type of a function: its head, the code of the result, those of the parameters.
        self.signatures: dict[int, tuple[int, int, tuple[int, ...]]] = {}
        for at in _occurrences(image, _SIGNATURE_MAGIC):
            number, head, result = struct.unpack_from("<3I", image, at)
            self.signatures[number] = head, result, struct.unpack_from(f"<{head & (_METHOD - 1)}I", image, at + 12)
        self.defaults: dict[int, bytes] = {}
        for at in _occurrences(image, _DEFAULTS_MAGIC):
            number, size = struct.unpack_from("<2I", image, at)
            self.defaults[number] = image[at + 8 : at + 8 + size]
        self.cards = {struct.unpack_from("<I", image, at)[0]: at for at in _occurrences(image, CARD_MAGIC)}

    def whole(self) -> str:
        """The text with each class of its own part written out."""
        outer: list[str] = []
        for line in self.lines:
            text = line.lstrip()
            kind, _, rest = text.partition(" ")
            del outer[len(line) - len(text) :]
            if kind == "card":
                name, _, number = rest.rpartition(" ")
                self.types[_SHEET | int(number)] = (".".join([*outer, name]),) * 2
            elif kind == "type":
                place, _, name = rest.partition(" ")
                self.types[_PLACE | int(place)] = (name,) * 2
            # Names may have spaces in them.
            outer.append(re.split(r"\(| as | final$| alike$", rest)[0])
        whole = []
        for line in self.lines:
            text = line.lstrip()
            if text.startswith("card "):
                name, _, number = text.removeprefix("card ").rpartition(" ")
                whole += [line[: len(line) - len(text)] + one for one in self.card(name, int(number))]
            elif not text.startswith("type "):
                whole.append(line)
        return "".join(f"{line}\n" for line in whole)

    def card(self, name: str, number: int) -> list[str]:
        """The lines of one class."""
        at = self.cards[number]
        counts = struct.unpack_from("<4I", self.image, at + 4)
        *numbers, defaults, rows = _pieces(self.image, at + 20, (4 * counts[0], 4 * counts[1], *counts[2:]))
        fields, functions = (struct.unpack(f"<{len(one) // 4}I", one) for one in numbers)
        self.types[_OWN] = self.types[_SHEET | number]
        texts = iter(rows.decode().split("\0"))
        values = iter(self.defaults.get(number, defaults).decode().split("\0"))
        required, optional, attributes = [], [], []
        for field in fields:
            parameter, result = self.types[self.signatures[field & ~DEFAULT_BIT][1]]
            known, _doc = next(texts), next(texts)
            attributes.append(f" field {known}: {result}")
            if field & DEFAULT_BIT:
                optional.append(f"{known}: {parameter} = {next(values)}")
            else:
                required.append(f"{known}: {parameter}")
        own = self.types[_OWN][0]
        lines = [f"class {name}", f" new({', '.join(required + optional)}) -> {own}", *attributes, " def __replace__(self, /, **changes: object) -> Self"]
        for function in functions:
            head, result, codes = self.signatures[function]
            known, _location, _doc = next(texts), next(texts), next(texts)
            parameters = [(next(texts), code) for code in codes]
            next(texts)
            given = ["self, /"] if head & _METHOD else []
            given += [f"{parameter}: {self.types[code][0]}" for parameter, code in parameters if code != _HIDDEN]
            lines.append(f" def {'' if head & _METHOD else '@'}{known}({', '.join(given)}) -> {self.types[result][1]}")
        return lines


def _occurrences(image: bytes, magic: bytes) -> Iterator[int]:
    """Where what follows a text begins."""
    at = image.find(magic)
    while at >= 0:
        yield at + len(magic)
        at = image.find(magic, at + 1)


def _pieces(image: bytes, at: int, sizes: Iterable[int]) -> list[bytes]:
    """What lies one behind the other."""
    found = []
    for size in sizes:
        found.append(image[at : at + size])
        at += size
    return found


def thread_local_bytes(image: bytes) -> int:
    """How much thread-local memory a 64-bit ELF library declares."""
    return sum(size for kind, _offset, _address, _file_size, size in _segments(image) if kind == _PT_TLS)


def undefined_symbols(image: bytes) -> list[str]:
    """The symbols a 64-bit ELF library wants from nobody in particular.

    What it takes from glibc has a version; Python's own symbols are left out.
    """
    at, entries = _dynamic(image)
    dynamic = dict(entries)
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
        name = _text(image, strings + name_at)
        if not name.startswith(("Py", "_Py")):
            found.append(name)
    return found


def without_library(image: bytes, name: str) -> bytes:
    """A 64-bit ELF library that does not ask for the library ``name`` when it is loaded."""
    at, entries = _dynamic(image)
    strings = at(dict(entries)[_DT_STRTAB])
    kept = [(tag, value) for tag, value in entries if tag != _DT_NEEDED or _text(image, strings + value) != name]
    kept += [(0, 0)] * (len(entries) - len(kept))
    (start,) = (offset for kind, offset, *_others in _segments(image) if kind == _PT_DYNAMIC)
    table = b"".join(struct.pack("<QQ", *entry) for entry in kept)
    return image[:start] + table + image[start + len(table) :]


def without_numbers(image: bytes) -> bytes:
    """A 64-bit ELF library with zeros for the numbers in its names of what has none in the source: zig's threads count together, and which
    of them is first is up to the system. Nothing looks for these names."""
    for _name, kind, flags, _address, start, length in _sections(image):
        if kind == _SHT_STRTAB and not flags & _SHF_ALLOC:
            names = _NUMBERED.sub(lambda found: found[1] + b"0" * len(found[2]), image[start : start + length])
            image = image[:start] + names + image[start + length :]
    return image


def _dynamic(image: bytes) -> tuple[Callable[[int], int], list[tuple[int, int]]]:
    """What gives the file offset for an address, and the (tag, value) pairs of a 64-bit ELF library's dynamic section."""
    segments = _segments(image)
    entries = []
    for kind, offset, _address, file_size, _size in segments:
        if kind == _PT_DYNAMIC:
            entries = list(struct.iter_unpack("<QQ", image[offset : offset + file_size]))

    def at(address: int) -> int:
        for kind, offset, start, file_size, _size in segments:
            if kind == _PT_LOAD and start <= address < start + file_size:
                return address - start + offset
        raise ValueError(f"no segment holds address {address:#x}")

    return at, entries


def _sections(image: bytes) -> list[tuple[int, ...]]:
    """(name, type, flags, address, file offset, bytes) of each section of a 64-bit ELF library."""
    (table,) = struct.unpack_from("<Q", image, 40)
    size, count = struct.unpack_from("<HH", image, 58)
    return [struct.unpack_from("<IIQQQQ", image, table + size * index) for index in range(count)]


def _text(image: bytes, start: int) -> str:
    return image[start : image.index(0, start)].decode()


def _segments(image: bytes) -> list[tuple[int, int, int, int, int]]:
    """(type, file offset, address, file size, memory size) of each program header."""
    (table,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    found = []
    for index in range(count):
        kind, _flags, offset, address, _physical, file_size, memory_size, _align = struct.unpack_from("<IIQQQQQQ", image, table + size * index)
        found.append((kind, offset, address, file_size, memory_size))
    return found


# ---- platforms


class Platform(NamedTuple):
    """What a library runs on, as it says itself.

    ``oldest`` has a version for each of the ``machines``: of glibc (linux) or macOS, None where any will do. ``libraries`` are
    the names of those it is linked with.
    """

    system: str
    machines: tuple[str, ...]
    oldest: tuple[tuple[int, int] | None, ...]
    libraries: tuple[str, ...]

    def __str__(self) -> str:
        kind = {"linux": "glibc", "macos": "macOS"}.get(self.system, "")
        each = (
            machine + (f" ({kind} {oldest[0]}.{oldest[1]})" if oldest else "") for machine, oldest in zip(self.machines, self.oldest, strict=True)
        )
        linked = f", linked with {', '.join(self.libraries)}" if self.libraries else ""
        return f"{self.system} on {' and '.join(each)}{linked}"


def platform_of(image: bytes) -> Platform:
    """What the 64-bit library ``image`` runs on. ZigbindError where that cannot be read."""
    try:
        if image[:4] == b"\x7fELF":
            return _platform_of_elf(image)
        if image[:4] == _FAT_MAGIC:
            return _platform_of_fat(image)
        if image[:4] == _MACHO_MAGIC:
            return _platform_of_macho(image)
        if image[:2] == b"MZ":
            return _platform_of_pe(image)
    except (struct.error, ValueError, KeyError, OverflowError) as error:
        raise ZigbindError(f"the library is damaged, or for a machine that zigbind does not know: {error!r}") from None
    raise ZigbindError(f"this is no library of Linux, macOS or Windows: it begins with {image[:8]!r}")


def fuse(x86_64: bytes, arm64: bytes) -> bytes:
    """One Mach-O file that holds both libraries: universal2."""
    slices = []
    for image, machine in ((x86_64, "x86_64"), (arm64, "aarch64")):
        found = platform_of(image)
        if (found.system, found.machines) != ("macos", (machine,)):
            raise ZigbindError(f"universal2 needs a library for macos on {machine} here, not for {found}")
        slices.append((image, _PAGE_BITS[machine]))
    # All numbers of the header are big-endian, whatever those of the slices are.
    header, body = struct.pack(">4sI", _FAT_MAGIC, len(slices)), b""
    start = len(header) + 20 * len(slices)
    for image, bits in slices:
        body += bytes(-(start + len(body)) % (1 << bits))
        machine, variant = struct.unpack_from("<II", image, 4)
        header += struct.pack(">IIIII", machine, variant, start + len(body), len(image), bits)
        body += image
    return header + body


def _platform_of_elf(image: bytes) -> Platform:
    at, entries = _dynamic(image)
    strings = at(dict(entries)[_DT_STRTAB])
    libraries = sorted(_text(image, strings + value) for tag, value in entries if tag == _DT_NEEDED)
    versions = [version for name in _needed_versions(image, at, dict(entries), strings) if (version := _glibc_version(name))]
    (machine,) = struct.unpack_from("<H", image, 18)
    return Platform("linux", (_ELF_MACHINES[machine],), (max(versions, default=None),), tuple(libraries))


def _needed_versions(image: bytes, at, dynamic: dict[int, int], strings: int) -> Iterator[str]:
    """The names of the symbol versions that an ELF library needs, as ``GLIBC_2.17``."""
    position = at(dynamic[_DT_VERNEED]) if _DT_VERNEED in dynamic else 0
    for _library in range(dynamic.get(_DT_VERNEEDNUM, 0)):
        _version, count, _file, first, following = struct.unpack_from("<HHIII", image, position)
        each = position + first
        for _symbol in range(count):
            _hash, _flags, _other, name, next_one = struct.unpack_from("<IHHII", image, each)
            yield _text(image, strings + name)
            each += next_one
        position += following


def _glibc_version(name: str) -> tuple[int, int] | None:
    kind, _, version = name.partition("_")
    if kind != "GLIBC" or not version[:1].isdigit():
        return None
    major, minor, *_patch = version.split(".")
    return int(major), int(minor)


def _platform_of_macho(image: bytes) -> Platform:
    machine, _variant, _kind, count = struct.unpack_from("<IIII", image, 4)
    oldest, libraries, position = None, set(), 32
    for _command in range(count):
        command, size = struct.unpack_from("<II", image, position)
        if command == _LC_BUILD_VERSION:
            platform, version = struct.unpack_from("<II", image, position + 8)
            if platform != _PLATFORM_MACOS:
                raise ValueError(f"Apple's platform {platform} is not macOS")
            oldest = version >> 16, version >> 8 & 0xFF
        elif command == _LC_VERSION_MIN_MACOSX:
            (version,) = struct.unpack_from("<I", image, position + 8)
            oldest = version >> 16, version >> 8 & 0xFF
        elif command in (_LC_LOAD_DYLIB, _LC_LOAD_WEAK_DYLIB, _LC_REEXPORT_DYLIB):
            (name,) = struct.unpack_from("<I", image, position + 8)
            libraries.add(_text(image, position + name))
        position += size
    return Platform("macos", (_MACHO_MACHINES[machine],), (oldest,), tuple(sorted(libraries)))


def _platform_of_fat(image: bytes) -> Platform:
    (count,) = struct.unpack_from(">I", image, 4)
    places = [struct.unpack_from(">II", image, 8 + 20 * index + 8) for index in range(count)]
    found = [_platform_of_macho(image[start : start + size]) for start, size in places]
    return Platform(
        system="macos",
        machines=tuple(machine for one in found for machine in one.machines),
        oldest=tuple(oldest for one in found for oldest in one.oldest),
        libraries=tuple(sorted({library for one in found for library in one.libraries})),
    )


def _platform_of_pe(image: bytes) -> Platform:
    (header,) = struct.unpack_from("<I", image, 0x3C)
    signature, machine, section_count = struct.unpack_from("<4sHH", image, header)
    (optional_size,) = struct.unpack_from("<H", image, header + 20)
    optional = header + 24
    (magic,) = struct.unpack_from("<H", image, optional)
    if signature != b"PE\0\0" or magic != 0x20B:
        raise ValueError("not a 64-bit Windows library")
    sections = [struct.unpack_from("<IIII", image, optional + optional_size + 40 * index + 8) for index in range(section_count)]

    def at(address: int) -> int:
        for _size, start, file_size, offset in sections:
            if start <= address < start + file_size:
                return address - start + offset
        raise ValueError(f"no section holds address {address:#x}")

    libraries = set()
    (imports,) = struct.unpack_from("<I", image, optional + 120)
    position = at(imports) if imports else None
    while position is not None:
        *_others, name, _addresses = struct.unpack_from("<IIIII", image, position)
        if name == 0:
            break
        libraries.add(_text(image, at(name)).lower())
        position += 20
    return Platform("windows", (_PE_MACHINES[machine],), (None,), tuple(sorted(libraries)))

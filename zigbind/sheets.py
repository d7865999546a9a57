"""Sheets: what the source says of the classes of a module, as Zig text for its root file.

In Debug, which is to build fast, the runtime makes classes from these (see ``runtime/sheet.zig``). Types stand in them as the source has
them: the compiler only checks that they are those, and finds what follows from a type once for all classes.
"""

from __future__ import annotations

import os
import re
import struct
from typing import NamedTuple

from .binary import CARD_MAGIC, DEFAULT_BIT
from .zigwords import identifier, parameter_names, quote

__all__ = ["MAX_HOPS", "Sheets", "Writer"]

#: Names of functions that mean more than a method does: their classes have no sheets.
_MEANINGFUL = frozenset(
    ["init", "deinit", "format", "hash", "order", "next", "iterator", "eql", "__del__", "__new__", "__init__", "__enter__", "__reduce__", "__reduce_ex__"]
)
#: Functions of more parameters are called by code of their own: see `erased.zig`.
_MOST_SHARED = 4
#: Stands for the class itself in the type of a function.
_OWN = "\x01"
_ALLOCATOR = '@import("std").mem.Allocator'
#: Aliases of aliases are followed this far.
MAX_HOPS = 32

# Texts, not patterns: compiling these takes a millisecond, which modules without classes need not wait for.

#: A name of a type in what the reader gives: the path between two bytes.
_NAME = "(?s)\x01(.*?)\x02"
_INTEGERS = r"[iu]\d+|[iu]size|c_(char|short|ushort|int|uint|long|ulong|longlong|ulonglong)"
_INTEGER_TYPE = rf"\??({_INTEGERS})"
_PRIMITIVE = rf"bool|f(16|32|64|80|128)|{_INTEGERS}"
_INTEGER = r"-?(0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+|0|[1-9][0-9_]*)"
#: Of so few digits that every reader rounds them to the same float.
_FLOAT = r"-?[0-9]{1,8}(\.[0-9]{1,7})?(e-?[0-9])?"
_STRING = r'"[ !#-&(-\[\]-~]*"'


class Sheets(NamedTuple):
    """The text, and the files that it calls ``file_0``, ``file_1`` ..., as seen from the directory of the module."""

    text: str
    files: tuple[str, ...]


class _Method(NamedTuple):
    """A function: its type as `Writer._type` has it, whether only code of its own can call it, whether its errors are to be looked at."""

    text: str
    needs_own: bool
    is_checked: bool


class Writer:
    """Writes the sheets of one module. ``reader`` is the one of `zigsource`."""

    def __init__(self, reader, directory: str):
        self._reader = reader
        self._directory = directory
        self._files: dict[str, int] = {}
        #: Their texts -> names. Kinds and signatures have their numbers together: the description calls them by these.
        self._kinds: dict[str, int] = {}
        self._signatures: dict[tuple[str, str], int] = {}
        self._slots: dict[tuple[str, ...], int] = {}
        #: What must be so of the kinds, signatures and slots of a class.
        self._usual: dict[tuple[str, ...], int] = {}
        self._numbers: dict[int, int | None] = {}
        self._sheets: list[str] = []
        self._most_functions = 0

    def number(self, declaration) -> int | None:
        """The place of the sheet of a class; None where it can have none."""
        if id(declaration) not in self._numbers:
            self._numbers[id(declaration)] = self._written(declaration)
        return self._numbers[id(declaration)]

    def sheets(self) -> Sheets:
        if not self._sheets:
            return Sheets("", ())
        lines = [f"const kind_{number} = zigbind.root.Kind({text}, {number});" for text, number in self._kinds.items()]
        for (text, name), number in self._signatures.items():
            lines.append(f"const signature_{number} = zigbind.root.Signature({text}, {quote(name)}, {number});")
        for names, number in self._slots.items():
            lines.append(f"const slots_{number} = zigbind.root.Slots(&.{{ {', '.join(map(quote, names))} }});")
        for used, number in self._usual.items():
            lines.append(f"const usual_{number} = {' and '.join(used)};")
        lines += self._sheets
        lines.append(f"pub const zigbind_sheets = [_]type{{ {', '.join(f'sheet_{number}' for number in range(len(self._sheets)))} }};")
        lines.append(f"pub const zigbind_most_functions = {self._most_functions};")
        return Sheets("".join(f"{line}\n" for line in lines), tuple(self._files))

    def _written(self, declaration) -> int | None:
        fields = list(declaration.fields.values())
        functions = [child for child in declaration.children.values() if child.public]
        if not _is_usual(declaration, fields, functions):
            return None
        place = self._place(declaration)
        types = [self._type(field.names[0], declaration) for field in fields]
        made = [self._function(child, declaration) for child in functions]
        # What has itself in a field is looked at by the compiler.
        if place is None or None in made or any(text is None or _OWN in text for text in types):
            return None

        number = len(self._sheets)
        kinds = [self._kinds.setdefault(text, len(self._kinds) + len(self._signatures)) for text in types]
        keys = [(method.text.replace(_OWN, "zigbind.root.Self"), _special(child)) for child, method in zip(functions, made, strict=True)]
        signatures = [self._signatures.setdefault(key, len(self._kinds) + len(self._signatures)) for key in keys]
        slots = self._slots.setdefault(tuple(filter(None, map(_special, functions))), len(self._slots))
        used = [f"kind_{kind}.is_usual" for kind in kinds]
        used += [f"signature_{one}.{'is_usual' if method.needs_own else 'is_shared'}" for one, method in zip(signatures, made, strict=True)]
        usual = self._usual.setdefault((*dict.fromkeys(used), f"slots_{slots}.is_usual"), len(self._usual))
        self._most_functions = max(self._most_functions, len(functions))

        defaults = [_default(field.names[1], text) for field, text in zip(fields, types, strict=True) if len(field.names) > 1]
        if None in defaults:
            computed, defaults = f" .defaults = zigbind.root.Defaults(T, {number}).texts,", []
        else:
            computed = ""
        marked = [kind | DEFAULT_BIT if len(field.names) > 1 else kind for field, kind in zip(fields, kinds, strict=True)]
        rows = [text for field in fields for text in (field.name, field.doc)]
        for child in functions:
            rows += (child.name, self._reader.location(child, self._directory), child.doc, *parameter_names(child.names), "")

        checks = [f"@FieldType(T, {quote(field.name)}) == {text}" for field, text in zip(fields, types, strict=True)]
        for child, method in zip(functions, made, strict=True):
            if method.is_checked:
                checks.append(f'zigbind.root.Payload(@typeInfo(@TypeOf(T.{identifier(child.name)})).@"fn".return_type.?) != null')
        written_fields = ", ".join(_field_text(*row) for row in zip(range(len(fields)), fields, types, kinds, strict=True))
        written_functions = ", ".join(_function_text(*row) for row in zip(functions, made, signatures, strict=True))
        self._sheets.append(
            f"const sheet_{number} = struct {{\n"
            f"    pub const T = {place};\n"
            f"    pub const name = {quote(declaration.name)};\n"
            f"    pub const line = {quote(f'card {declaration.name} {number}' + chr(10))};\n"
            f"    pub const is_usual = {' and '.join([*checks, f'usual_{usual}'])};\n"
            f"    pub const sheet: zigbind.root.Sheet = .{{ .fields = &.{{ {written_fields} }}, .functions = &.{{ {written_functions} }}, "
            f".slots = slots_{slots}.list,{computed} .part = {_part(number, marked, signatures, defaults, rows)} }};\n"
            "};"
        )
        return number

    def _type(self, text: str, scope) -> str | None:
        """A type of the reader as the root file can write it, with `_OWN` for the class itself; None where it cannot."""
        failed = not text

        def one(name: re.Match) -> str:
            nonlocal failed
            found = self._named(name[1], scope)
            failed |= found is None
            return found or ""

        written = re.sub(_NAME, one, text)
        return None if failed else written

    def _named(self, path: str, scope) -> str | None:
        """The type of a name; None where the root file cannot write it."""
        scope_, path = self._expanded(path, scope)
        if path == "@import:std\nmem.Allocator":
            return _ALLOCATOR
        if path.startswith("@import:std\n"):
            return None  # its files are large
        if re.fullmatch(_PRIMITIVE, path):
            return path
        target = scope_ if path == "@This" else self._reader.resolve(scope_, path)
        if target is None or target.kind not in ("container", "file"):
            return None
        return _OWN if target is scope else self._place(target)

    def _expanded(self, path: str, scope) -> tuple:
        """A path with what its first name is another name of, until that is none, and where it is to be looked up."""
        for _hop in range(MAX_HOPS):
            first, dot, rest = path.partition(".")
            outer = scope
            while outer is not None and first not in outer.children:
                outer = outer.parent
            found = outer.children[first] if outer is not None and not path.startswith("@import:") else None
            if found is not None and re.fullmatch(_PRIMITIVE, path):
                return scope, ""  # which of the two is meant, the path does not say
            if found is not None and found.kind == "alias":
                scope, path = outer, found.text + dot + rest
            elif found is not None and found.kind == "import":
                scope, path = outer, f"@import:{found.text}\n{rest}"
            else:
                break
        return scope, path

    def _place(self, declaration) -> str | None:
        """What the root file calls a container; None where it cannot get at it."""
        names: list[str] = []
        one = declaration
        while one.parent is not None:
            if not one.public:
                return None
            names.insert(0, identifier(one.name))
            one = one.parent
        if one.file.startswith(self._reader.std_directory + os.sep):
            return None
        path = os.path.relpath(one.file, self._directory).replace(os.sep, "/")
        return ".".join([f"file_{self._files.setdefault(path, len(self._files))}", *names])

    def _function(self, function, scope) -> _Method | None:
        """None where the root file cannot write the type."""
        if not function.text:
            return None
        *given, result = function.text.removesuffix("\0").split("\0")
        errors, mark, payload = result.rpartition("!")
        needs_own = len(given) > _MOST_SHARED
        texts = []
        for text in (*given, payload):
            written = self._type(text, scope)
            if written is None:
                return None
            texts.append(written)
            # A struct by value, or an enum: how it is passed is not the same for all.
            needs_own |= text.startswith("\x01") and written != _ALLOCATOR and not re.fullmatch(_PRIMITIVE, written)
        return _Method(f"fn ({', '.join(texts[:-1])}) {'anyerror!' if mark else ''}{texts[-1]}", needs_own, bool(errors))


def _is_usual(declaration, fields, functions) -> bool:
    """Whether a declaration is a struct that nothing but the types in it can keep from having a sheet."""
    names = [field.name for field in fields]
    return (
        (declaration.kind, declaration.text) == ("container", "struct")
        and "packed" not in declaration.names
        and bool(fields)
        and names[0] != "base"
        and names == parameter_names(names)
        and all(child.kind == "function" and child.name not in _MEANINGFUL for child in functions)
    )


def _special(function) -> str:
    """The name of a function that may be that of a special method; "" for others."""
    return function.name if function.name.startswith("__") and function.name.endswith("__") else ""


def _field_text(index: int, field, text: str, kind: int) -> str:
    default = ""
    if len(field.names) > 1:
        is_known = _default(field.names[1], text) is not None
        default = f", .default = {f'@ptrCast(&@as({text}, {field.names[1]}))' if is_known else f'zigbind.root.defaultPointer(T, {index})'}"
    return f".{{ .kind = &kind_{kind}.row, .offset = @offsetOf(T, {quote(field.name)}){default} }}"


def _function_text(function, method: _Method, signature: int) -> str:
    value = f"T.{identifier(function.name)}"
    caller = f", .caller = &zigbind.root.Thunk({value}).call" if method.needs_own else ""
    # The compiler refuses a function of another type.
    return f".{{ .function = @as(*const {method.text.replace(_OWN, 'T')}, &{value}), .signature = &signature_{signature}.row{caller} }}"


def _default(source: str, text: str) -> str | None:
    """Python's text of a default that is a plain literal; None where the compiler is to find it."""
    if source == "null":
        return "None" if text.startswith("?") else None
    if text.removeprefix("?") == "bool":
        return {"true": "True", "false": "False"}.get(source)
    if re.fullmatch(_INTEGER_TYPE, text):
        return str(int(source, 0)) if re.fullmatch(_INTEGER, source) else None
    if text.removeprefix("?") == "f64":
        return repr(float(source)) if re.fullmatch(_FLOAT, source) else None
    if text.removeprefix("?") in ("[]const u8", "[:0]const u8"):
        return f"'{source[1:-1]}'" if re.fullmatch(_STRING, source) else None
    return None


def _part(number: int, fields: list[int], functions: list[int], defaults: list[str], rows: list[str]) -> str:
    """The part of a class in the description, as ``part.zig`` says, as a Zig literal."""
    default_text, row_text = ("".join(f"{text}\0" for text in texts).encode() for texts in (defaults, rows))
    counts = len(fields), len(functions), len(default_text), len(row_text)
    content = CARD_MAGIC + struct.pack(f"<5I{len(fields) + len(functions)}I", number, *counts, *fields, *functions) + default_text + row_text
    return '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in content) + '"'

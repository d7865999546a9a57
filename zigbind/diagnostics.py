"""The compiler's error bundle, decoded and rendered.

Source of the format: ``std.zig.ErrorBundle`` in the Zig standard library.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Diagnostic", "decode", "place", "render"]

_USED = "used here"


class Diagnostic(NamedTuple):
    """One message of the compiler. Lines and columns count from 1; ``line`` is 0 where there is no place."""

    path: str | None
    line: int
    column: int
    level: str
    message: str
    source: str | None = None
    length: int = 1
    notes: tuple[Diagnostic, ...] = ()

    def plain(self) -> tuple:
        """The same as nested tuples, which `marshal` can store."""
        fields = (self.path, self.line, self.column, self.level, self.message, self.source, self.length)
        return (*fields, tuple(note.plain() for note in self.notes))

    @classmethod
    def from_plain(cls, fields: tuple) -> Diagnostic:
        path, line, column, level, message, source, length, notes = fields
        return cls(
            path=path,
            line=line,
            column=column,
            level=level,
            message=message,
            source=source,
            length=length,
            notes=tuple(cls.from_plain(note) for note in notes),
        )


def decode(bundle: bytes, is_own: Callable[[str], bool] = lambda path: True) -> tuple[Diagnostic, ...]:
    """The diagnostics in an error bundle message of the compiler server; empty when the build succeeded.

    ``is_own`` says of a path whether the user wrote the file. What is wrong in no such file, as a format that std.fmt refuses, gets
    a note that says which place in one led there, where the compiler knows it.
    """
    extra_words, string_bytes = struct.unpack_from("<II", bundle)
    if not extra_words:
        return ()
    extra = struct.unpack_from(f"<{extra_words}I", bundle, 8)
    strings = bundle[8 + 4 * extra_words :][:string_bytes]

    def text(offset: int) -> str:
        return strings[offset : strings.index(0, offset)].decode("utf-8", "replace")

    def references(at: int, count: int) -> tuple[Diagnostic, ...]:
        """The first place of the user's in a trace: pairs of a name and a location."""
        for location in extra[at + 1 : at + 2 * count : 2]:
            if location and is_own(path := text(extra[location])):
                return (Diagnostic(path=path, line=extra[location + 1] + 1, column=extra[location + 2] + 1, level="note", message=_USED),)
        return ()

    def message(index: int, level: str) -> Diagnostic:
        words, _count, location, note_count = extra[index : index + 4]
        notes = tuple(message(note, "note") for note in extra[index + 4 : index + 4 + note_count])
        path, line, column, source, length = None, 0, 0, None, 1
        if location:
            path_at, line0, column0, start, main, end, source_at, traces = extra[location : location + 8]
            path, line, column = text(path_at), line0 + 1, column0 + 1
            source = text(source_at) if source_at else None
            length = max(1, end - main)
            if level == "error" and not is_own(path) and not any(note.path and is_own(note.path) for note in notes):
                notes += references(location + 8, traces)
        return Diagnostic(
            path=path,
            line=line,
            column=column,
            level=level,
            message=text(words),
            source=source,
            length=length,
            notes=notes,
        )

    count, start, log = extra[:3]
    found = [message(index, "error") for index in extra[start : start + count]]
    if log and (output := text(log)):
        found.append(Diagnostic(path=None, line=0, column=0, level="compile log", message=output))
    return tuple(found)


def place(diagnostic: Diagnostic, path: str) -> Diagnostic:
    """The diagnostic with the path where its file really is, and the line from there where the compiler tells none."""
    if diagnostic.message != _USED:
        return diagnostic._replace(path=path)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
    except OSError:
        lines = []
    line = lines[diagnostic.line - 1].rstrip("\r") if diagnostic.line <= len(lines) else None
    return diagnostic._replace(path=path, source=line)


def render(diagnostics: tuple[Diagnostic, ...]) -> str:
    """Plain text with file:line:column, the source line, a caret and the notes."""
    return "\n".join(_render_one(diagnostic) for diagnostic in diagnostics)


def _render_one(diagnostic: Diagnostic, indent: str = "") -> str:
    place = f"{diagnostic.path}:{diagnostic.line}:{diagnostic.column}: " if diagnostic.path else ""
    first, *rest = diagnostic.message.split("\n")
    lines = [f"{indent}{place}{diagnostic.level}: {first}", *(f"{indent}    {line}" for line in rest)]
    if diagnostic.source is not None:
        before = diagnostic.source[: diagnostic.column - 1]
        # Tabs stay tabs, so that the caret stands right whatever their width.
        padding = "".join(char if char == "\t" else " " for char in before)
        room = max(1, len(diagnostic.source) - len(before))
        lines += [f"{indent}    {diagnostic.source}", f"{indent}    {padding}^{'~' * (min(diagnostic.length, room) - 1)}"]
    lines += [_render_one(note, indent + "  ") for note in diagnostic.notes]
    return "\n".join(lines)

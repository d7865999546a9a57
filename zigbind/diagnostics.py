"""The compiler's error bundle, decoded and rendered.

Source of the format: ``std.zig.ErrorBundle`` in the Zig standard library.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["Diagnostic", "decode", "render"]


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


def decode(bundle: bytes) -> tuple[Diagnostic, ...]:
    """The diagnostics in an error bundle message of the compiler server; empty when the build succeeded."""
    extra_words, string_bytes = struct.unpack_from("<II", bundle)
    if not extra_words:
        return ()
    extra = struct.unpack_from(f"<{extra_words}I", bundle, 8)
    strings = bundle[8 + 4 * extra_words :][:string_bytes]

    def text(offset: int) -> str:
        return strings[offset : strings.index(0, offset)].decode("utf-8", "replace")

    def message(index: int, level: str) -> Diagnostic:
        words, _count, location, note_count = extra[index : index + 4]
        notes = tuple(message(note, "note") for note in extra[index + 4 : index + 4 + note_count])
        path, line, column, source, length = None, 0, 0, None, 1
        if location:
            path_at, line0, column0, start, main, end, source_at, _traces = extra[location : location + 8]
            path, line, column = text(path_at), line0 + 1, column0 + 1
            source = text(source_at) if source_at else None
            length = max(1, end - main)
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

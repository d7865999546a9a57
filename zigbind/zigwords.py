"""Words of Zig text that is written: names, string literals."""

from __future__ import annotations

import keyword

__all__ = ["identifier", "parameter_names", "quote"]


def parameter_names(names: list[str]) -> list[str]:
    """Names of parameters as Python can write them."""
    used: set[str] = set()
    found = []
    for index, name in enumerate(names):
        python = name
        if keyword.iskeyword(python):
            python += "_"  # as PEP 8 has it
        if not python.isidentifier() or python == "_" or not python.isascii() or python in used:
            python = f"arg{index}"
            while python in used or python in names:
                python += "_"
        used.add(python)
        found.append(python)
    return found


def identifier(name: str) -> str:
    """A name as Zig can always write it."""
    return f"@{quote(name)}"


def quote(text: str) -> str:
    """A Zig string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    plain = "".join(char if char >= " " and char != "\x7f" else f"\\x{ord(char):02x}" for char in escaped)
    return f'"{plain}"'

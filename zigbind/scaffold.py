"""``zigbind new``: a project that installs, imports, tests and releases at once.

The folders in ``templates/`` are projects as they stand, by the name my-project (my_project in code): a new project is a copy of
``common/`` and of its layout with other names. ``dot-`` at the beginning of a name stands for a dot.
"""

from __future__ import annotations

import json
import keyword
import os
import re
import shutil
import sys
import zlib
from typing import NamedTuple

from . import zigbuild
from .errors import ZigbindError

__all__ = ["LAYOUTS", "Scaffold", "import_name", "make"]

_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")

#: Where the Zig code of a layout is, and what the layout is for.
LAYOUTS = {
    "src": ("src/my_project/_core.zig", "a package in src/ with Python and Zig side by side"),
    "flat": ("my_project.zig", "one Zig file that is the module"),
    "build-zig": ("src/my_project/_core.zig", "as src, built by a build.zig of the project's own, for Zig packages and C libraries"),
}

_ZIG_KEYWORDS = frozenset(
    """addrspace align allowzero and anyframe anytype asm async await break callconv catch comptime const continue defer else enum errdefer
    error export extern fn for if inline linksection noalias noinline nosuspend opaque or orelse packed pub resume return struct suspend
    switch test threadlocal try union unreachable usingnamespace var volatile while""".split()
)
#: Names that mean something else in such a project.
_TAKEN = {
    "zigbind": "zigbind itself",
    "root": "Zig's root file",
    "builtin": "a module of Zig",
    "std": "Zig's standard library",
    "tests": "the folder of the tests",
    "src": "the folder of the sources",
}
#: Zig's limit for names in build.zig.zon, in bytes.
_ZON_NAME_BYTES = 32


class Scaffold(NamedTuple):
    """A project that was made. ``files`` count from ``root``, with "/"; ``commands`` are what to type next, in order."""

    name: str
    module: str
    root: str
    files: tuple[str, ...]
    commands: tuple[str, ...]


def make(name: str, directory: str, *, layout: str = "src", author: str | None = None, year: int) -> Scaffold:
    """Make the project ``name`` in a new folder of ``directory``.

    ``author`` is a name, with or without an address as ``Ada Lovelace <ada@example.org>``. ZigbindError where the name or the place
    cannot be used; nothing is left there then.
    """
    module = import_name(name)
    if layout not in LAYOUTS:
        raise ZigbindError(f"there is no layout {layout!r}: it is one of {', '.join(LAYOUTS)}")
    texts = _texts(layout, _words(name, module, layout, *_author(author, name), year))
    root = os.path.join(directory, name)
    _check_place(root)
    aside = f"{root}.{os.getpid()}-{os.urandom(4).hex()}"
    try:
        for path, text in texts.items():
            full = os.path.join(aside, *path.split("/"))
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
        if any(os.path.basename(path) == "build.zig" for path in texts):
            zigbuild.copy_runtime(aside)  # where it is looked for, by editors before anything is built
        if os.path.isdir(root):
            os.rmdir(root)
        os.rename(aside, root)
    except OSError as error:
        raise ZigbindError(f"the project cannot be made in {root}: {error.strerror}; choose a folder that you can write to") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    commands = (f"cd {name}", 'python -m pip install -e ".[test]"', "python -m pytest")
    return Scaffold(name=name, module=module, root=root, files=tuple(sorted(texts)), commands=commands)


# ---- refusals


def import_name(name: str) -> str:
    """What Python imports of the distribution ``name``. ZigbindError where it is no name of a distribution, or cannot be imported."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", name):
        raise ZigbindError(f"{name!r} is no name for a project: use ASCII letters, digits, '-', '_' and '.', and a letter or digit first and last")
    module = re.sub(r"[-_.]+", "_", name).lower()
    reason = _unusable(module)
    if reason:
        raise ZigbindError(f"{name!r} is no good name for a project: Python would import it as {module}, and {reason}; try zig-{name}")
    return module


def _unusable(module: str) -> str | None:
    if module[0].isdigit():
        return "a module's name does not begin with a digit"
    if keyword.iskeyword(module) or keyword.issoftkeyword(module):
        return "that is a keyword of Python"
    if module in _ZIG_KEYWORDS:
        return "that is a keyword of Zig"
    if module in sys.stdlib_module_names:
        return "that is a module of Python's standard library"
    return f"that is {_TAKEN[module]}" if module in _TAKEN else None


def _check_place(root: str) -> None:
    if not os.path.isdir(os.path.dirname(root)):
        raise ZigbindError(f"there is no folder {os.path.dirname(root)} to make {os.path.basename(root)} in")
    if os.path.lexists(root) and not os.path.isdir(root):
        raise ZigbindError(f"{root} exists, and is no folder; choose another name, or move it away")
    if os.path.isdir(root) and os.listdir(root):
        raise ZigbindError(f"{root} exists, and is not empty; choose another name, or move it away")


# ---- templates


def _author(author: str | None, name: str) -> tuple[str, str | None]:
    """The name and the address."""
    if author is None:
        return f"The {name} authors", None
    match = re.fullmatch(r"\s*([^<>\x00-\x1f\x7f]*?)\s*(?:<([^<>@\s]+@[^<>@\s]+)>)?\s*", author)
    if match is None or not match[1]:
        raise ZigbindError(f"{author!r} is no author: write a name, or a name and an address as 'Ada Lovelace <ada@example.org>'")
    return match[1], match[2]


def _words(name: str, module: str, layout: str, author: str, address: str | None, year: int) -> dict[str, str]:
    """What stands in the templates, and what it becomes."""
    entries = {"name": author} | ({"email": address} if address else {})
    table = ", ".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items())
    zon_name = module[:_ZON_NAME_BYTES]
    # As zig has it: a checksum of the name, and a number that no other project has.
    fingerprint = zlib.crc32(zon_name.encode()) << 32 | (1 + int.from_bytes(os.urandom(4)) % 0xFFFFFFFE)
    return {
        '{ name = "My Author" }': f"{{ {table} }}",
        "Copyright (c) 2001 My Author": f"Copyright (c) {year} {author}",
        ".name = .my_project": f".name = .{zon_name}",
        "0x0123456789abcdef": f"0x{fingerprint:016x}",
        "ZIG_FILE": LAYOUTS[layout][0].replace("my_project", module),
        "my-project": name,
        "my_project": module,
    }


def _texts(layout: str, words: dict[str, str]) -> dict[str, str]:
    """The files of a project: path to text. A layout's file stands for the common one of that name."""
    pattern = re.compile("|".join(map(re.escape, words)))

    def filled(text: str) -> str:
        return pattern.sub(lambda match: words[match[0]], text)

    texts = {}
    for part in ("common", layout):
        top = os.path.join(_TEMPLATES, part)
        for folder, folders, names in os.walk(top):
            # Installers compile what looks like Python.
            folders[:] = [one for one in folders if one != "__pycache__"]
            for name in names:
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                parts = os.path.relpath(path, top).split(os.sep)
                shown = "/".join("." + one.removeprefix("dot-") if one.startswith("dot-") else one for one in parts)
                texts[filled(shown)] = filled(text)
    return texts

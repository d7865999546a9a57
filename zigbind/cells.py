"""Notebook cells as modules: files in a folder of the kernel's own, which can import each other."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from types import ModuleType
from typing import NamedTuple

from . import __version__, binary, builder, cache, compiler, diagnostics, manifest, settings
from .errors import CompileError, ZigbindError
from .image import load_library
from .recipe import Source, digest

__all__ = ["Cell", "Cells", "as_cell", "declared", "skipped", "why_not"]

_USED = re.compile(r'@(?:import|embedFile)\(\s*"([^"]+)"\s*\)')
_PUBLIC = re.compile(r'^\s*pub\s+(?:inline\s+|noinline\s+|extern\s+|export\s+)*(?:fn|const|var)\s+(?:@"([^"]+)"|(\w+))', re.MULTILINE)


class Cell(NamedTuple):
    """A cell that was built. ``names`` are what it gives, ``was_built`` says that it had to be compiled."""

    module: ModuleType
    path: str
    artifact: str
    names: tuple[str, ...]
    was_built: bool


class Cells:
    """The cells of one kernel. The folder goes when the kernel does."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="zigbind-cells-", ignore_cleanup_errors=True)
        self.folder = os.path.realpath(self._folder.name)
        self._loaded: dict[str, Cell] = {}
        #: What lies beside the notebook and stands in the folder too: where there -> where it is.
        self._stand_ins: dict[str, str] = {}

    def build(self, text: str, name: str | None, *, arguments: dict[str, object], environ: dict[str, str], cwd: str, refresh: bool = False) -> Cell:
        """The module of a cell's text, compiled or from the cache.

        Without a name it is called after its content. The text stands below an empty line in its file, for the line of the magic: so
        the compiler counts lines as the notebook does. CompileError, with the cell's own lines, where Zig refuses it.
        """
        if not text.strip():
            raise ZigbindError("the cell is empty: write Zig below %%zig, as pub fn add(a: i64, b: i64) i64 { return a + b; }")
        path = self._path(text, name)
        name = os.path.basename(path).removesuffix(".zig")
        self._write(path, text)
        self._link(text, cwd, set())
        arguments = _inherited(environ, cwd) | arguments
        artifact = None if refresh else manifest.lookup(__version__, name, path, arguments, environ, cwd)
        started = time.time()
        if artifact is None:
            source = Source(name=name, path=path, root=self.folder)
            artifact = builder.build(source, arguments=arguments, environ=environ, cwd=cwd, refresh=refresh, tidy_later=True).path
        known = self._loaded.get(name)
        if known is not None and known.artifact == artifact:
            return known._replace(was_built=False)
        module = load_library(name, artifact)
        module.__file__ = path
        names = tuple(key for key in vars(module) if not key.startswith("__"))
        cell = Cell(module=module, path=path, artifact=artifact, names=names, was_built=os.path.getmtime(artifact) >= started)
        self._loaded[name] = cell
        return cell

    def as_cell_text(self, message: str, text: str, name: str | None, label: str) -> str:
        """What is said of a cell, with ``label`` instead of the path of its file."""
        return message.replace(self._path(text, name), label)

    def _path(self, text: str, name: str | None) -> str:
        return os.path.join(self.folder, f"{name or 'cell_' + digest(text)[:8]}.zig")

    def _write(self, path: str, text: str) -> None:
        content = ("\n" + text).encode("utf-8", "surrogateescape")
        try:
            with open(path, "rb") as file:
                if file.read() == content:
                    return  # its times stay, so what was built of it holds without a look at the content
        except FileNotFoundError:
            pass
        os.makedirs(self.folder, exist_ok=True)
        self._stand_ins.pop(path, None)
        cache.write_aside(path, content)

    def _link(self, text: str, cwd: str, seen: set[str]) -> None:
        """Let a cell import files that lie beside the notebook. A cell of that name comes first."""
        for target in _USED.findall(text):
            first = target.split("/", 1)[0]
            source, link = os.path.join(cwd, first), os.path.join(self.folder, first)
            if first in seen or first == ".." or "." not in target or not os.path.exists(source):
                continue
            seen.add(first)
            if not self._stand_in(source, link):
                continue
            if first.endswith(".zig"):
                with open(source, encoding="utf-8", errors="replace") as file:
                    self._link(file.read(), cwd, seen)

    def _stand_in(self, source: str, link: str) -> bool:
        """Make ``link`` stand for ``source``; False where a cell is there. A copy, where the system has no links for everyone."""
        known = self._stand_ins.get(link)
        if known == source and os.path.islink(link):
            return True
        if os.path.lexists(link):
            if known is None:
                return False
            self._remove(link)
        self._stand_ins[link] = source
        try:
            os.symlink(source, link)
        except OSError:
            if os.path.isdir(source):
                compiler.link_directory(source, link)
            else:
                shutil.copy2(source, link)  # with its times: while it stays, what was built of it holds
        return True

    def _remove(self, link: str) -> None:
        if os.path.islink(link) or not os.path.isdir(link):
            os.unlink(link)
        else:
            os.rmdir(link)  # a junction: what it stands for stays


def declared(text: str) -> tuple[str, ...]:
    """The names that a text declares as public, as far as that can be told of text that does not compile."""
    return tuple(quoted or plain for quoted, plain in _PUBLIC.findall(text))


def skipped(cell: Cell, label: str) -> list[str]:
    """What of a cell is public and nothing for Python, and why; with ``label`` instead of the name of its file."""
    with open(cell.artifact, "rb") as file:
        lines = (binary.description(file.read()) or "").replace(os.path.basename(cell.path), label).splitlines()
    return [line.strip().removeprefix("skip ") for line in lines if line.lstrip().startswith("skip ")]


def _inherited(environ: dict[str, str], cwd: str) -> dict[str, object]:
    """What ``[tool.zigbind]`` above the notebook says: above the folder of the cells there is none."""
    pyproject, _absent = settings.find_pyproject(cwd)
    if pyproject is None:
        return {}
    chosen = settings.merge(arguments={}, environ=environ, pyproject=pyproject, cwd=cwd)
    return {one.name: getattr(chosen, one.name) for one in settings.FIELDS.values() if getattr(chosen, one.name) != one.default}


def as_cell(error: CompileError, label: str) -> tuple[diagnostics.Diagnostic, ...]:
    """The diagnostics of a cell with ``label`` instead of the path of its file, and what lies beside the notebook relative to it."""
    folder = os.path.join(os.path.dirname(error.path), "")

    def moved(one: diagnostics.Diagnostic) -> diagnostics.Diagnostic:
        path = label if one.path == error.path else one.path.removeprefix(folder) if one.path else None
        return one._replace(path=path, notes=tuple(moved(note) for note in one.notes))

    return tuple(moved(one) for one in error.diagnostics)


def why_not(name: str) -> str | None:
    """Why a cell cannot have this name; None where it can."""
    import builtins
    import keyword
    from importlib.util import find_spec

    if keyword.iskeyword(name):
        return f"{name!r} cannot be the name of a module: it is a word of Python itself, and import {name} would be no Python"
    if not name.isidentifier() or not name.isascii():
        return f"{name!r} cannot be the name of a module: use ASCII letters, digits and underscores, and no digit first"
    if hasattr(builtins, name):
        return f"{name!r} is the name of a Python builtin, which the cell would hide; choose another one"
    known = sys.modules.get(name)
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):  # a module that was made by hand has none
        spec = None
    if spec is not None or known is not None:
        where = getattr(spec or known.__spec__, "origin", None) or getattr(known, "__file__", None) or "in this process only"
        return f"{name!r} is the name of a module that is installed ({where}), which the cell would hide; choose another one"
    return None

"""The ``.zig`` files of a directory tree: which of them use which, and which are modules."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from . import manifest

__all__ = ["IDE_MARKER", "Graph", "is_for_editors", "modules", "walk"]

#: The line that tells the build.zig of ``zigbind ide`` from somebody's own.
IDE_MARKER = "// Written by zigbind ide, which writes it again: take this line away to keep your own changes."

_USED = re.compile(rb'@(?:import|embedFile)\(\s*"([^"\n]+\.[^"\n]+)"\s*\)')


class Graph:
    """Which files a Zig file imports or embeds, as far as its text says so."""

    def __init__(self):
        self._known: dict[str, tuple[object, tuple[str, ...]]] = {}

    def uses(self, path: str) -> tuple[str, ...]:
        """The paths that one file names."""
        stamp = manifest.stamp(path)
        known = self._known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        try:
            with open(path, "rb") as file:
                text = file.read()
        except OSError:
            return ()
        folder = os.path.dirname(path)
        found = tuple(os.path.normpath(os.path.join(folder, os.fsdecode(name))) for name in _USED.findall(text))
        self._known[path] = (stamp, found)
        return found

    def closure(self, path: str) -> set[str]:
        """The file itself, and all that it names directly or not."""
        found, waiting = {path}, [path]
        while waiting:
            for used in self.uses(waiting.pop()):
                if used not in found:
                    found.add(used)
                    if used.endswith(".zig"):
                        waiting.append(used)
        return found


def modules(folder: str, graph: Graph) -> list[str]:
    """The files that are modules: at any depth, imported by no other file of the tree. Zig's own build.zig is none."""
    found = [path for path in walk(folder) if path.endswith(".zig")]
    parts = {used for path in found for used in graph.uses(path)}

    def is_module(path: str) -> bool:
        stem = os.path.splitext(os.path.basename(path))[0]
        return path not in parts and stem.isidentifier() and stem != "build"

    return sorted(filter(is_module, found))


def is_for_editors(path: str) -> bool:
    """Whether a file is a build.zig that ``zigbind ide`` wrote: it makes nothing, and names paths of this machine."""
    if os.path.basename(path) != "build.zig":
        return False
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return IDE_MARKER in file.read().splitlines()
    except OSError:
        return False


def walk(folder: str) -> Iterator[str]:
    """The files below a folder, without hidden folders and caches."""
    for top, folders, files in os.walk(folder):
        if "CACHEDIR.TAG" in files or "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".") and name not in ("__pycache__", "zig-out", "node_modules")]
        for name in files:
            yield os.path.join(top, name)

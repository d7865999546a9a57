"""Everything known before compiling, and its key."""

from __future__ import annotations

import os
from typing import NamedTuple

from .errors import ZigbindError
from .manifest import EDITABLE_MARKER, ENVIRONMENT_PREFIXES
from .settings import Settings
from .target import Target, cpu_identity
from .toolchain import Toolchain

try:
    from _blake2 import blake2b  # what hashlib would give, without OpenSSL
except ImportError:
    from hashlib import blake2b

__all__ = ["Recipe", "Source", "is_package", "make"]


class Source(NamedTuple):
    """A module to build: its full Python name, its file, and the directory below which inputs are its own project."""

    name: str
    path: str
    root: str

    @property
    def tail(self) -> str:
        """The last component of the name: what ``PyInit_`` is followed by."""
        return self.name.rpartition(".")[2]


def is_package(directory: str) -> bool:
    """Whether a directory is a package, and not what stands for a module in an editable install."""
    return os.path.isfile(os.path.join(directory, "__init__.py")) and not os.path.exists(os.path.join(directory, EDITABLE_MARKER))


class Recipe(NamedTuple):
    """How to build one module. ``key`` stands for all of it, but not for the content of the inputs."""

    source: Source
    target: Target
    toolchain: Toolchain
    settings: Settings
    runtime: str
    environment: tuple[tuple[str, str], ...]
    key: str = ""


def make(*, source: Source, target: Target, toolchain: Toolchain, settings: Settings, runtime: str, environ: dict[str, str]) -> Recipe:
    """The recipe, with its key. ``runtime`` is the digest of zigbind's own Zig files."""
    if not source.tail.isidentifier() or not source.tail.isascii():
        raise ZigbindError(
            f"{source.tail!r} cannot be the name of a module (from {source.path}): use ASCII letters, digits and underscores, "
            "and no digit first"
        )
    # It is the date that C code is compiled at; Zig code has none.
    ignored = () if settings.c_sources else ("SOURCE_DATE_EPOCH",)
    environment = tuple(sorted((name, value) for name, value in environ.items() if name.startswith(ENVIRONMENT_PREFIXES) and name not in ignored))
    recipe = Recipe(source=source, target=target, toolchain=toolchain, settings=settings, runtime=runtime, environment=environment)
    return recipe._replace(key=digest(*_parts(recipe)))


def digest(*parts: str | bytes) -> str:
    """32 hexadecimal digits for a sequence of texts. Each is preceded by its length, so that no two sequences are alike."""
    # No keywords: CPython 3.12 crashes at exit where an interpreter with a GIL of its own was the first to pass one to an extension.
    hasher = blake2b()
    for part in parts:
        content = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        hasher.update(len(content).to_bytes(8, "little"))
        hasher.update(content)
    return hasher.hexdigest()[:32]


def _parts(recipe: Recipe) -> list[str]:
    settings, source = recipe.settings, recipe.source
    relative = os.path.relpath(source.path, source.root).replace(os.sep, "/")

    def own(paths: tuple[str, ...]) -> str:
        # Paths below the project count from it, so that a copy of the project has the same key.
        return repr([os.path.relpath(p, source.root) if p.startswith(source.root + os.sep) else p for p in paths])

    return [
        "zigbind recipe 1",
        source.tail,
        relative,
        recipe.target.triple,
        recipe.target.abi,
        recipe.toolchain.version,
        recipe.runtime,
        settings.optimize,
        settings.cpu if settings.cpu != "native" else f"native {cpu_identity()}",
        settings.minimum_python,
        repr(settings.zig_args),
        own(settings.c_sources),
        own(settings.include_dirs),
        repr(settings.link_libraries),
        repr(recipe.environment),
    ]

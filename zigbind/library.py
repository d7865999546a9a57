"""The calls of the library: load, compile, build, install, uninstall."""

from __future__ import annotations

import os
from types import ModuleType

from . import builder, cache, hotreload, manifest
from .cache import Artifact
from .errors import CacheError, SettingsError, ZigbindError
from . import importer
from .image import load_library
from .recipe import Source, digest
from .settings import FIELDS

__all__ = ["build", "compile", "install", "load", "reload", "uninstall"]


def build(path: str | os.PathLike, name: str | None = None, **settings: object) -> Artifact:
    """Build the module of a ``.zig`` file and return its `Artifact`, compiled or from the cache.

    ``name`` is the module's, by default that of the file. ``settings`` are those of ``[tool.zigbind]`` with underscores.
    CompileError where Zig refuses the source.
    """
    __tracebackhide__ = True  # pytest shows the test that called
    cwd = os.getcwd()
    full = os.path.normpath(os.path.join(cwd, os.fspath(path)))
    if name is None:
        name = os.path.splitext(os.path.basename(full))[0]
    if not os.path.isfile(full):
        near = f"; did you mean {full}.zig?" if os.path.isfile(full + ".zig") else ""
        raise FileNotFoundError(f"{full}: there is no such file to build{near}")
    source = Source(name=name, path=full, root=os.path.dirname(full))
    try:
        return builder.build(source, arguments=settings, environ=dict(os.environ), cwd=cwd)
    except ZigbindError as error:
        raise error.with_traceback(None)  # the message says all there is to say


def load(path: str | os.PathLike, name: str | None = None, **settings: object) -> ModuleType:
    """Build the module of a ``.zig`` file and load it. It is not put into `sys.modules`."""
    __tracebackhide__ = True
    artifact = build(path, name, **settings)
    full = os.path.abspath(os.fspath(path))
    module = load_library(name or os.path.splitext(os.path.basename(full))[0], artifact.path)
    module.__file__ = full
    return module


def compile(source: str, name: str | None = None, **settings: object) -> ModuleType:
    """Build and load a module from source text. It is not put into `sys.modules`.

    The text is kept in the cache under its digest; ``@import`` of files counts from there, so the text should stand alone.
    """
    __tracebackhide__ = True
    if not isinstance(source, str):
        raise TypeError(f"compile() takes source text as a str, got {type(source).__name__}; load() takes the path of a file")
    name = "snippet" if name is None else name
    roots = (manifest.index_root(settings, os.environ, os.getcwd()), manifest.fallback_root(os.environ))
    trouble = None
    for root in roots:
        try:
            path = _keep(root, source, name) if root is not None else None
        except OSError as error:
            trouble = error
        else:
            if path is not None:
                return load(path, name, **settings)
    raise CacheError(f"the source text cannot be kept anywhere: {trouble}; set ZIGBIND_CACHE_DIR to a directory of yours")


def _keep(root: str, source: str, name: str) -> str:
    """The path of a file in a cache that holds a source text."""
    directory = cache.make_folder(root, "snippets", digest(source))
    path = os.path.join(directory, f"{name}.zig")
    if not os.path.exists(path):
        cache.write_aside(path, source.encode())
    return path


def install(*, include: list[str] | None = None, exclude: list[str] | tuple[str, ...] = (), reload: bool = False, **settings: object) -> None:
    """Make ``.zig`` files importable, as ``import zigbind.auto`` does, with settings of your own.

    ``include`` and ``exclude`` are patterns for full module names, as in `fnmatch`. With ``reload`` an import statement that runs
    again, in the next request of a server say, takes the source as it is then. A later call replaces an earlier one.
    """
    unknown = [key for key in settings if key.replace("_", "-") not in FIELDS]
    if unknown:
        # Say it here, not at the next import.
        raise SettingsError(f"install() got an unknown setting {unknown[0]!r}; known are {', '.join(key.replace('-', '_') for key in FIELDS)}")
    importer.install(settings, include, exclude)
    (hotreload.follow if reload else hotreload.unfollow)()


def uninstall() -> None:
    """Stop making ``.zig`` files importable. Modules that were imported stay."""
    hotreload.unfollow()
    importer.uninstall()


def reload() -> list[str]:
    """Reload every imported ``.zig`` module whose source has changed, and let names that were imported from it follow.

    The names of the modules. ImportError where one does not compile: it stays as it was, and the others are reloaded.
    """
    return hotreload.reload_changed()

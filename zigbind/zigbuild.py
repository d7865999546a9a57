"""Projects with a build.zig of their own: prepare ``.zigbind/``, run ``zig build``, collect the modules.

    .zigbind/runtime/           a copy of the runtime, which build.zig.zon names as the dependency zigbind
    .zigbind/roots/NAME/        root.zig of an extension, with the names and docs of its source, and a link to the source's folder
    .zigbind/out/TARGET/lib/    what was built

``zig build`` says which extensions there are (see ``addExtension`` in runtime/build.zig), so nothing is guessed.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from typing import TYPE_CHECKING, NamedTuple

from . import builder, cache, compiler, diagnostics, manifest, recipe, target, toolchain, zigsource
from .cache import Cache
from .diagnostics import Diagnostic
from .errors import CacheError, CompileError, DisabledError, SettingsError, ZigbindError
from .recipe import Source
from .settings import Settings
from .target import Target
from .toolchain import Toolchain

if TYPE_CHECKING:
    from .project import Project

__all__ = ["build", "copy_runtime", "modules"]

FOLDER = ".zigbind"


class _Extension(NamedTuple):
    """A module that build.zig makes: the name in its ``addExtension``, and the module as Python sees it."""

    name: str
    source: Source


class _World(NamedTuple):
    root: str
    settings: Settings
    environ: dict[str, str]
    cwd: str
    toolchain: Toolchain
    cache: Cache


def modules(project: Project, *, environ: dict[str, str], cwd: str) -> tuple[Source, ...]:
    """The modules that the project's build.zig makes. Its ``.zigbind/`` is up to date then, and ``zig build`` works without zigbind.

    CompileError where build.zig itself does not compile.
    """
    return tuple(extension.source for extension in _prepare(_look(project, environ, cwd)))


def build(project: Project, wanted: Target, *, environ: dict[str, str], cwd: str) -> dict[Source, str]:
    """The libraries of the project's modules for a target, by module.

    They are in ``.zigbind/out``, where the next build replaces them; what did not change is not compiled again. CompileError where
    Zig refuses the sources, another ZigbindError where ``zig build`` fails otherwise.
    """
    world = _look(project, environ, cwd)
    extensions = _prepare(world)
    out = os.path.join(world.root, FOLDER, "out", wanted.triple)
    library = os.path.join(out, "lib")
    chosen = world.settings
    _zig_build(
        world, ["install", "--prefix", out, f"-Dtarget={wanted.triple}", f"-Dcpu={chosen.cpu}", f"-Doptimize={chosen.optimize}", *chosen.zig_args]
    )
    suffix = ".pyd" if wanted.is_windows else ".abi3.so"
    built = {one.source: os.path.join(library, *one.name.split(".")) + suffix for one in extensions}
    for path in built.values():
        if not os.path.isfile(path):
            raise ZigbindError(f"zig build made no {path}: the install step of {world.root}/build.zig must keep what addExtension adds to it")
    return built


# ---- preparing


def _look(project: Project, environ: dict[str, str], cwd: str) -> _World:
    root, chosen = project.root, project.settings
    if not os.path.isfile(os.path.join(root, "build.zig")):
        raise ZigbindError(f"{root} has no build.zig; without one, modules are built by zigbind itself")
    for name in ("c_sources", "include_dirs", "link_libraries"):
        if getattr(chosen, name):
            raise SettingsError(f"{name.replace('_', '-')} in [tool.zigbind] does nothing where {root}/build.zig builds the modules; say it there")
    if chosen.disable:
        raise DisabledError(f"{root} would have to be built, and compiling is disabled (ZIGBIND_DISABLE, or disable = true in pyproject.toml)")
    opened = _open_cache(chosen, environ)
    found = toolchain.find(zig_path=chosen.zig_path, search_path=environ.get("PATH", ""), read_version=lambda path: builder._version(path, opened))
    return _World(root=root, settings=chosen, environ=environ, cwd=cwd, toolchain=found, cache=opened)


def _open_cache(chosen: Settings, environ: dict[str, str]) -> Cache:
    """The first cache that can be filled, as for modules without a build.zig."""
    roots = [root for root in (chosen.cache_dir or manifest.default_root(environ), manifest.fallback_root(environ)) if root is not None]
    trouble = None
    for root in roots:
        try:
            return cache.open_cache(root)
        except OSError as error:
            if isinstance(error, ZigbindError) or error.errno not in cache.UNUSABLE:
                raise
            trouble = error
    raise CacheError(f"no cache can be used: {trouble}; set ZIGBIND_CACHE_DIR to a directory that can be written and executed from")


def _prepare(world: _World) -> tuple[_Extension, ...]:
    with world.cache.lock(recipe.digest("zig build", world.root), timeout_seconds=world.settings.lock_timeout):
        copy_runtime(world.root)
        extensions = _extensions(world)
        for extension in extensions:
            _write_root(world, extension)
    return extensions


def copy_runtime(root: str) -> None:
    """Make ``.zigbind/runtime`` of a project. A copy, not a link: the zigbind of an isolated build is gone afterwards."""
    _write(os.path.join(root, FOLDER, ".gitignore"), "*\n")
    for folder, _folders, names in os.walk(compiler.RUNTIME):
        inside = os.path.relpath(folder, compiler.RUNTIME)
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                _write(os.path.normpath(os.path.join(root, FOLDER, "runtime", inside, name)), file.read())


def _extensions(world: _World) -> tuple[_Extension, ...]:
    """What the project's build.zig adds: it runs, and builds nothing."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "extensions")
        _zig_build(world, ["--list-steps"], ZIGBIND_EXTENSIONS=path)
        if not os.path.exists(path):
            raise ZigbindError(f'{world.root}/build.zig makes no module: call @import("zigbind").addExtension(b, .{{ ... }}) in it')
        with open(path, encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t", 1) for line in file]
    names = [name for name, _path in rows]
    for name in names:
        if names.count(name) > 1:
            raise ZigbindError(f"{world.root}/build.zig makes {name!r} twice; give each extension a name of its own")
    return tuple(_Extension(name=name, source=_source(name, os.path.normpath(os.path.join(world.root, path)))) for name, path in rows)


def _source(name: str, path: str) -> Source:
    """The module of an extension. A name with dots is complete; another is in the package that its file is in, or that is beside the
    file under its name."""
    root = os.path.dirname(path)
    parts = [name]
    if recipe.is_package(os.path.join(root, name)):
        parts.insert(0, name)
    while recipe.is_package(root):
        root, package = os.path.split(root)
        parts.insert(0, package)
    return Source(name=name if "." in name else ".".join(parts), path=path, root=root)


def _write_root(world: _World, extension: _Extension) -> None:
    source = extension.source
    if not os.path.isfile(source.path):
        raise ZigbindError(f"{world.root}/build.zig: the root_source_file of {extension.name} is {source.path}, and there is no such file")
    made = recipe.make(
        source=source,
        target=target.host(),
        toolchain=world.toolchain,
        settings=world.settings,
        runtime=builder._runtime_digest(world.cache),
        environ=world.environ,
    )
    summary = builder._summarize(made, world.cache)
    # Packages and libraries that build.zig adds are not looked into: they may do anything.
    summary = summary._replace(panics=True)
    directory = os.path.join(world.root, FOLDER, "roots", extension.name)
    relative = os.path.relpath(source.path, source.root).replace(os.sep, "/")
    _write(os.path.join(directory, "root.zig"), zigsource.root_text(source.tail, f"{compiler.TOP}/{relative}", summary, links_c=True))
    link = os.path.join(directory, compiler.TOP)
    if not (os.path.lexists(link) and os.path.exists(link) and os.path.samefile(link, source.root)):
        if os.path.lexists(link):
            os.rmdir(link) if os.path.isjunction(link) else os.unlink(link)
        compiler.link_directory(source.root, link)


def _write(path: str, content: str) -> None:
    """Write a file, unless it is the same already: zig looks at the time."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            if file.read() == content:
                return
    except OSError:
        pass
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        cache.write_aside(path, content.encode())
    except OSError as error:
        raise ZigbindError(f"{path} cannot be written: {error.strerror}; a project with a build.zig needs a folder {FOLDER} that can be") from None


# ---- running


def _zig_build(world: _World, arguments: list[str], **environ: str) -> None:
    """Run ``zig build``. Zig's caches are zigbind's own: what runs build.zig takes seconds to compile, and is the same for long."""
    zig_cache = world.cache.zig_cache(world.toolchain.version)
    command = [
        world.toolchain.path,
        "build",
        *arguments,
        "--cache-dir",
        zig_cache,
        "--global-cache-dir",
        zig_cache,
        "--color",
        "off",
        "--summary",
        "none",
    ]
    done = subprocess.run(command, cwd=world.root, env={**world.environ, **environ}, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise _failure(world, done.stderr.decode("utf-8", "replace"))


#: What ``zig build`` prints of an error: the place, if it has one, and the message.
_MESSAGE = re.compile(r"(?:(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): )?(?P<level>error|note): (?P<message>.*)")
_CARET = re.compile(r"\s*~*\^~*")


def _failure(world: _World, said: str) -> ZigbindError:
    """The error for what ``zig build`` said: a CompileError where it names places in sources."""
    found = _parse(world, said)
    if any(diagnostic.path for diagnostic in found):
        shown = tuple(builder._moved(one, world.cwd + os.sep, "") for one in found)
        text = f"{os.path.basename(world.root)} does not compile (zig build)\n{diagnostics.render(shown)}"
        return CompileError(text, path=os.path.join(world.root, "build.zig"), diagnostics=found)
    reason = diagnostics.render(found) if found else said.strip()
    unknown = re.search(r"invalid option: -D(target|cpu|optimize)\b", said)
    if unknown:
        call = "b.standardOptimizeOption(.{})" if unknown[1] == "optimize" else "b.standardTargetOptions(.{})"
        reason += f"\nzigbind builds for many platforms: build.zig must get what it gives to addExtension from {call}"
    return ZigbindError(f"zig build failed in {world.root}\n{reason}")


def _parse(world: _World, said: str) -> tuple[Diagnostic, ...]:
    """The messages in the text that ``zig build`` prints, with paths of the project."""
    lines = said.splitlines()
    found: list[Diagnostic] = []
    for index, line in enumerate(lines):
        match = _MESSAGE.fullmatch(line.strip() if line.lstrip().startswith("note: ") else line)
        if match is None or match["message"].startswith("the following "):
            continue
        source, length = None, 1
        if match["path"] and index + 2 < len(lines) and _CARET.fullmatch(lines[index + 2]):
            source, length = lines[index + 1], len(lines[index + 2].strip())
        diagnostic = Diagnostic(
            path=_path(world, match["path"]),
            line=int(match["line"] or 0),
            column=int(match["column"] or 0),
            level=match["level"],
            message=match["message"],
            source=source,
            length=length,
        )
        if diagnostic.level == "note" and found:
            found[-1] = found[-1]._replace(notes=(*found[-1].notes, diagnostic))
        elif diagnostic not in found:
            found.append(diagnostic)
    return tuple(found)


def _path(world: _World, path: str | None) -> str | None:
    """A path as zig says it, absolute, and not through the link beside a root file."""
    if path is None:
        return None
    full = os.path.normpath(os.path.join(world.root, path))
    start = os.path.join(world.root, FOLDER, "roots") + os.sep
    name, *inside = full.removeprefix(start).split(os.sep) if full.startswith(start) else [""]
    if inside[:1] != [compiler.TOP]:
        return full
    linked = os.readlink(os.path.join(start, name, compiler.TOP)).removeprefix("\\\\?\\")
    return os.path.join(linked, *inside[1:])

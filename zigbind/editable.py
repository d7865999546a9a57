"""Project -> editable install (PEP 660): its source is imported from where it lies, and Zig modules are built when they have changed.

What an install consists of:

- a ``.pth`` file with the directory that packages are in, and nothing to run: no interpreter starts slower, and nothing ends with
  Python 3.18 (PEP 829). Type checkers and editors follow it.
- for each Zig module a directory that stands for it: ``pkg/_core/`` beside ``pkg/_core.zig``. Its ``__init__.py`` has zigbind load
  what the ``.zig`` file says now, from the cache or built anew, and puts that module into its place. A ``.gitignore`` in the directory
  keeps it out of git, and archives leave it out. It stands in the source tree because a package is imported from there also where
  no installed file is looked at: from the current directory, by pytest, through PYTHONPATH.
- for a top-level module, the same directory in site-packages, in the wheel.
- in each, the library as it was last built: where zigbind is not installed (it need not be: the environment that built is gone) that is
  loaded, with a warning that a change of the source is not seen. The stub beside it is for type checkers, which look there first.

For a module of ``zig build`` the same is done where a Zig, C or zon file of the project is newer than the library: the files that
take part are known to ``zig build`` alone. `importlib.reload` does not bring such a module up to date; a new process does.
"""

from __future__ import annotations

import locale
import os
import shutil
import sys
import time
from contextlib import suppress

from . import binary, builder, stubs, target, wheel, zigbuild
from . import project as projects
from .cache import write_aside
from .errors import ProjectError
from .manifest import EDITABLE_MARKER
from .project import Project
from .recipe import Source

__all__ = ["build", "is_outdated", "rebuild", "refresh"]

_STAND_IN = '''\
"""Stands for the Zig module {name} in an editable install, and loads what is built from {shown}. Made by zigbind; not part of the source."""

import os
import sys

_directory = os.path.dirname(os.path.abspath(__file__))
_source = {source}
_library = os.path.join(_directory, {library!r})


def _last_built(name, path, library, arguments):
    import _imp
    import warnings
    from importlib.machinery import ModuleSpec

    warnings.warn(
        f"{{name}} is as it was last built, and changes of {{path}} are not seen: rebuilding needs zigbind; pip install zigbind",
        RuntimeWarning,
        stacklevel=3,
    )
    if "_zigbind_artifact" in sys.modules[name].__dict__:
        return
    module = sys.modules[name] = _imp.create_dynamic(ModuleSpec(name, None, origin=library))
    module.__file__ = path
    module.__dict__["_zigbind_artifact"] = library
    _imp.exec_dynamic(module)


try:
    from zigbind.redirect import {function} as _load
except ModuleNotFoundError as _error:
    if (_error.name or "").partition(".")[0] != "zigbind":
        raise
    _load = _last_built
_load(__name__, _source, _library, {arguments!r})
'''


def build(project: Project, directory: str, *, arguments: dict[str, object], environ: dict[str, str], cwd: str) -> str:
    """Build the modules, put what stands for them into the source tree, and write the editable wheel into ``directory``; its path."""
    wanted = target.host(stable_abi=project.settings.stable_abi)
    found = _libraries(project, wanted, arguments=arguments, environ=environ, cwd=cwd)
    root = _source_root(project, tuple(found))
    in_wheel: dict[str, bytes] = {f"__editable__.{wheel.dist_info(project).removesuffix('.dist-info')}.pth": _pth(root)}
    kept = set()
    for module, library in found.items():
        place = os.path.join(root, *module.name.split("."))
        is_top = "." not in module.name
        library_name = place.rpartition(os.sep)[2] + wanted.suffix
        files = _stand_in(module, place, library_name, arguments, absolute=is_top) | {library_name: library} | _stubs(module.name, place, library)
        if is_top:
            in_wheel |= {f"{module.name}/{name}": content for name, content in files.items()}
        else:
            kept.add(place)
            _put(place, module, files)
    _remove_others(root, kept)
    return wheel.write(project._replace(files=()), wanted, {}, in_wheel, directory)


def _libraries(project: Project, wanted: target.Target, *, environ: dict[str, str], cwd: str, arguments: dict[str, object]) -> dict[Source, bytes]:
    """The library of each module, built if need be. The path of one that ``zig build`` makes is that of build.zig."""
    if not project.build_zig:
        return {one: _read(builder.build(one, arguments=arguments, environ=environ, cwd=cwd).path) for one in project.modules}
    built = zigbuild.build(project, wanted, environ=environ, cwd=cwd)
    return {one._replace(path=os.path.join(project.root, "build.zig")): _read(path) for one, path in built.items()}


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _source_root(project: Project, modules: tuple[Source, ...]) -> str:
    """The directory that packages and modules are in."""
    root = modules[0].root
    if "\n" in root or not os.path.isdir(root) or root.startswith(("import ", "import\t", "#")):
        raise ProjectError(f"{root!r} cannot stand in a .pth file; move the project")
    return root


def _pth(root: str) -> bytes:
    """A ``.pth`` file with one path, encoded as the running Python reads it: before 3.13 in the locale's encoding."""
    encoding = "utf-8" if sys.version_info >= (3, 13) else locale.getencoding()
    try:
        return f"{root}\n".encode(encoding)
    except UnicodeEncodeError:
        raise ProjectError(f"{root!r} cannot be written in {encoding}, which .pth files are in; move the project, or use Python 3.13") from None


def _stand_in(module: Source, place: str, library: str, arguments: dict[str, object], *, absolute: bool) -> dict[str, bytes]:
    """The files of the directory that stands for a module. Its source is found from there, unless that is another place."""
    relative = os.path.relpath(module.path, place)
    text = _STAND_IN.format(
        name=module.name,
        # In a docstring, where a backslash would begin an escape.
        shown=(module.path if absolute else relative).replace("\\", "/"),
        source=repr(module.path) if absolute else f"os.path.normpath(os.path.join(_directory, {relative!r}))",
        library=library,
        function="load_made" if os.path.basename(module.path) == "build.zig" else "load",
        arguments=arguments,
    )
    files = {"__init__.py": text.encode(), EDITABLE_MARKER: b""}
    if not absolute:
        files[".gitignore"] = b"*\n"
    return files


def _is_stub(path: str) -> bool:
    """Whether the file is a stub that `stubs` made."""
    try:
        return path.endswith(".pyi") and stubs.is_generated(_read(path).decode())
    except (OSError, UnicodeDecodeError):
        return False


def _stubs(name: str, place: str, image: bytes) -> dict[str, bytes]:
    """The stubs in the directory that stands for a module: of the project, or made from the library."""
    if os.path.isfile(f"{place}.pyi"):
        return {"__init__.pyi": stubs.STAND_IN.encode() + _read(f"{place}.pyi")}
    if _is_stub(os.path.join(place, "__init__.pyi")):
        return {}  # `stubs` keeps it up to date
    description = binary.description(image)
    if description is None:
        return {}
    tail = name.rpartition(".")[2]
    found = {}
    for path, text in stubs.place(tail, stubs.render(description, {}, name)):
        found["__init__.pyi" if path == f"{tail}.pyi" else path.removeprefix(f"{tail}/")] = (stubs.STAND_IN + text).encode()
    if name == tail:
        found["py.typed"] = b""
    return found


def refresh(name: str, artifact: str, library: str) -> None:
    """Keep a new build in the directory that stands for the module ``name``; ``library`` is the file there.

    Where it cannot be written the earlier one stays: it is for times without zigbind.
    """
    image = _read(artifact)
    directory = os.path.dirname(library)
    with suppress(OSError):
        if _read(library) == image:
            return
    with suppress(OSError):
        write_aside(library, image)
        _write(directory, _stubs(name, directory, image))


#: What ``zig build`` may read.
_INPUTS = (".zig", ".zon", *wheel.C_SUFFIXES)


def is_outdated(library: str, root: str) -> bool:
    """Whether a file of the project in ``root`` that ``zig build`` may read is newer than the library, or the library is gone."""
    built_ns = _changed_ns(library)
    if built_ns is None or _is_newer(os.path.join(root, "pyproject.toml"), built_ns):
        return True
    for directory, below, names in os.walk(root):
        below[:] = [
            name
            for name in below
            if not name.startswith((".", "__")) and name not in ("zig-out", "zig-cache", "node_modules", "venv", "build", "dist")
        ]
        if any(_is_newer(os.path.join(directory, name), built_ns) for name in names if name.endswith(_INPUTS)):
            return True
    return False


def _changed_ns(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def _is_newer(path: str, built_ns: int) -> bool:
    """Whether a file has changed since. One that is not there, as what a lock file of an editor links to, has not."""
    changed_ns = _changed_ns(path)
    return changed_ns is not None and changed_ns > built_ns


def rebuild(name: str, root: str, library: str, arguments: dict[str, object], *, environ: dict[str, str], cwd: str) -> None:
    """Have ``zig build`` make the module ``name`` of the project in ``root`` anew, and keep it in ``library``."""
    started_ns = time.time_ns()
    found = projects.read(root, arguments=arguments, environ=environ, cwd=cwd)
    built = {one.name: path for one, path in zigbuild.build(found, target.host(), environ=environ, cwd=cwd).items()}
    if name not in built:
        raise ProjectError(f"zig build no longer makes {name}, but {', '.join(built)}; install the project in {root} again")
    refresh(name, built[name], library)
    with suppress(OSError):
        os.utime(library, ns=(started_ns, started_ns))


def _put(place: str, module: Source, files: dict[str, bytes]) -> None:
    """Write a directory that stands for a module. ProjectError where something else than the module's stubs is in its place."""
    if os.path.lexists(place) and not os.path.exists(os.path.join(place, EDITABLE_MARKER)) and not _holds_stubs(place):
        raise ProjectError(f"{place} is in the way of what stands for the module {module.name} in an editable install; rename it or the module")
    try:
        # The marker first: half a directory is known for what it is.
        _write(place, {EDITABLE_MARKER: b""} | files)
    except OSError as error:
        raise ProjectError(
            f"{place} cannot be written: {error.strerror}; an editable install of {module.name} needs a source tree that can be"
        ) from None


def _holds_stubs(place: str) -> bool:
    """Whether a directory holds nothing but stubs that `stubs` made, as for a module with submodules."""
    return os.path.isdir(place) and all(_is_stub(os.path.join(folder, name)) for folder, _below, names in os.walk(place) for name in names)


def _write(directory: str, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = os.path.join(directory, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_aside(path, content)


def _remove_others(root: str, kept: set[str]) -> None:
    """Take away what stands for modules that are no more; not what other projects and environments below ``root`` have."""
    for directory, below, names in os.walk(root):
        below[:] = [
            name
            for name in below
            if not name.startswith(".")
            and name != "__pycache__"
            and not any(os.path.exists(os.path.join(directory, name, other)) for other in ("pyproject.toml", "pyvenv.cfg"))
        ]
        if EDITABLE_MARKER in names:
            below.clear()
            if directory not in kept:
                shutil.rmtree(directory, ignore_errors=True)

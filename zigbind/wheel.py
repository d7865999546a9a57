"""Project -> wheels, for as many platforms as are wanted.

The libraries come from the same recipes as those of imports: what an import has compiled is not compiled again. The same
project gives the same bytes, wherever and whenever its wheels are made.
"""

from __future__ import annotations

import base64
import csv
import functools
import hashlib
import io
import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from . import __version__, binary, builder, cache, sbom, settings, stubs, toolchain, zigbuild
from .errors import ZigbindError
from .recipe import Source
from .target import Target, host

if TYPE_CHECKING:
    from .project import Project

__all__ = ["Result", "build", "dist_info", "file_name", "metadata_files", "write"]

#: A zip archive has no earlier time.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LATEST = (2107, 12, 31, 23, 59, 58)
#: Files of C, C++, Objective-C and assembly, and their headers.
C_SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".s", ".S")


class Result(NamedTuple):
    """What became of one wheel: its ``path``, or the ``error`` that kept it from being made. ``notes`` are for the user to know."""

    target: Target
    path: str | None
    error: Exception | None
    seconds: float
    notes: tuple[str, ...] = ()


class _Module(NamedTuple):
    """A module that was built for one part of a target. ``inputs`` are the absolute paths it was made from."""

    source: Source
    image: bytes
    inputs: tuple[str, ...]
    zig_version: str


#: The modules that are built for each triple.
_Parts = dict[str, list[Future[list[_Module]]]]
#: The doc comments of a module.
_Documents = Callable[[Source], dict[str, str]]


def build(
    project: Project,
    targets: Iterable[Target],
    directory: str,
    *,
    arguments: dict[str, object],
    environ: dict[str, str],
    cwd: str,
    say: Callable[[str], None] = lambda text: None,
) -> list[Result]:
    """Make a wheel for each target in ``directory``, which is made if need be.

    The modules are compiled for all of them in parallel. What goes wrong for one target is in its result, and the others are made;
    ZigbindError where nothing can be made at all. ``say`` is told of each target's progress, from several threads, one at a time.
    """
    targets = list(dict.fromkeys(targets))
    lock = threading.Lock()

    def report(text: str) -> None:
        with lock:
            say(text)

    time_stamp = _time_stamp(environ)
    _make_writable(directory)

    @functools.cache
    def documents(source: Source) -> dict[str, str]:
        return builder.documents(source, arguments=arguments, environ=environ, cwd=cwd)

    results = []
    pool = ThreadPoolExecutor(_processors())
    try:
        started = time.perf_counter()
        parts = _start(project, targets, pool, say=report, arguments=arguments, environ=environ, cwd=cwd)
        for one in targets:
            results.append(_finish(project, one, parts, documents, directory, time_stamp, started))
            for text in _report(results[-1]):
                report(f"{one.name}: {text}")
    finally:
        # After an interrupt: what runs is waited for (it got the signal too), what waits is not begun.
        pool.shutdown(cancel_futures=True)
    return results


def _start(project: Project, targets: list[Target], pool: ThreadPoolExecutor, *, say, arguments, environ, cwd) -> _Parts:
    """The compiles that make all modules, by triple; what two targets share is done once."""

    def build_one(source: Source, part: Target) -> list[_Module]:
        say(f"{part.name}: building {source.name}")
        artifact = builder.build(source, target=part, arguments=arguments, environ=environ, cwd=cwd)
        return [_Module(source, _read(artifact.path), artifact.inputs, artifact.zig_version)]

    def zig_build(part: Target) -> list[_Module]:
        say(f"{part.name}: zig build")
        found = toolchain.find(zig_path=project.settings.zig_path, search_path=environ.get("PATH", ""), read_version=toolchain.version_of)
        built = zigbuild.build(project, part, environ=environ, cwd=cwd)
        return [_Module(source, _read(path), (), found.version) for source, path in built.items()]

    parts = {part.triple: part for one in targets for part in one.parts}
    if project.build_zig:
        return {triple: [pool.submit(zig_build, part)] for triple, part in parts.items()}
    return {triple: [pool.submit(build_one, source, part) for source in project.modules] for triple, part in parts.items()}


def _finish(project: Project, target: Target, parts: _Parts, documents: _Documents, directory: str, time_stamp: tuple, started: float) -> Result:
    """Wait for what one target needs and write its wheel."""
    notes: list[str] = []
    try:
        built = [[module for future in parts[part.triple] for module in future.result()] for part in target.parts]
        fused = [_fused(same) for same in zip(*built, strict=True)]
        tagged = _checked(target, fused, notes)
        libraries = {module.source.name: module.image for module in fused}
        extra_files = _extra_files(project, tagged, fused, documents)
        path = write(_without_lone_stubs(project, fused), tagged, libraries, extra_files, directory, time_stamp=time_stamp)
    except (ZigbindError, OSError) as error:
        return Result(target, None, error, time.perf_counter() - started)
    return Result(target, path, None, time.perf_counter() - started, tuple(notes))


def _fused(parts: tuple[_Module, ...]) -> _Module:
    """The module for a whole target."""
    if len(parts) == 1:
        return parts[0]
    inputs = tuple(sorted({path for part in parts for path in part.inputs}))
    return parts[0]._replace(image=binary.fuse(*(part.image for part in parts)), inputs=inputs)


def _report(result: Result) -> list[str]:
    if result.error is not None:
        return [f"FAILED: {result.error}"]
    return [*result.notes, f"{os.path.basename(result.path)} ({os.path.getsize(result.path) / 1000:.1f} kB, after {result.seconds:.1f} s)"]


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


# ---- what a tag promises


#: Libraries that are there on every machine that a tag is for: of manylinux and musllinux (auditwheel's policies), and of Windows.
_SYSTEM_LIBRARIES = set(
    "libc.so.6 libm.so.6 libdl.so.2 librt.so.1 libpthread.so.0 libutil.so.1 libresolv.so.2 libnsl.so.1 libgcc_s.so.1 libstdc++.so.6 libatomic.so.1 "
    "libz.so.1 libexpat.so.1 libglib-2.0.so.0 libgobject-2.0.so.0 libgthread-2.0.so.0 libGL.so.1 libICE.so.6 libSM.so.6 libX11.so.6 libXext.so.6 "
    "libXrender.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libc.musl-x86_64.so.1 libc.musl-aarch64.so.1 "
    "python3.dll advapi32.dll bcrypt.dll bcryptprimitives.dll comctl32.dll comdlg32.dll crypt32.dll dbghelp.dll dnsapi.dll dwmapi.dll gdi32.dll "
    "imm32.dll iphlpapi.dll kernel32.dll kernelbase.dll mpr.dll msimg32.dll msvcrt.dll mswsock.dll ncrypt.dll netapi32.dll ntdll.dll ole32.dll "
    "oleaut32.dll opengl32.dll pdh.dll powrprof.dll psapi.dll rpcrt4.dll secur32.dll setupapi.dll shell32.dll shlwapi.dll synchronization.dll "
    "ucrtbase.dll user32.dll userenv.dll uxtheme.dll version.dll winhttp.dll wininet.dll winmm.dll winspool.drv wintrust.dll ws2_32.dll".split()
)
#: The same, by what their names begin with.
_SYSTEM_FOLDERS = ("/usr/lib/", "/System/Library/", "api-ms-win-", "ext-ms-win-")


def _checked(target: Target, modules: list[_Module], notes: list[str]) -> Target:
    """The target as the libraries are for it. ZigbindError where one says of itself that it is for something else.

    A library for this Linux machine may be linked with others that not every machine has: its wheel is not for others then.
    """
    for module in modules:
        found, wanted = binary.platform_of(module.image), _promised(target)
        if not _keeps(found, wanted):
            raise ZigbindError(
                f"the library of {module.source.name} is for {found}; asked for was {target.name}, which is {wanted}: "
                "look at zig-args and link-libraries"
            )
        others = [name for name in found.libraries if name not in _SYSTEM_LIBRARIES and not name.startswith(_SYSTEM_FOLDERS)]
        if not others:
            continue
        needs = f"{module.source.name} is linked with {', '.join(others)}"
        if found.system != "linux":
            notes.append(f"{needs}, which must be on every machine that the wheel is installed on")
        elif target.name == host().name:
            notes.append(f"{needs}, which not every machine has: the wheel is for this one, and its tag says so")
            target = target._replace(platform_tag=f"linux_{found.machines[0]}")
        else:
            raise ZigbindError(
                f"{needs}, and {target.name} promises that nothing of the kind is needed: compile its sources into the module with c-sources"
            )
    return target


def _promised(target: Target) -> binary.Platform:
    """The platform that a target's tag stands for."""
    triples = [part.triple.split("-") for part in target.parts]
    system = triples[0][1].partition(".")[0]
    oldest = tuple(_version(triple[-1]) for triple in triples)
    return binary.Platform(system, tuple(triple[0] for triple in triples), oldest, ())


def _version(text: str) -> tuple[int, int] | None:
    """The version behind the name of an OS or libc in a triple, as 2.17 in ``gnu.2.17``."""
    _name, dot, version = text.partition(".")
    if not dot:
        return None
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def _keeps(found: binary.Platform, wanted: binary.Platform) -> bool:
    if (found.system, found.machines) != (wanted.system, wanted.machines):
        return False
    for own, limit in zip(found.oldest, wanted.oldest, strict=True):
        # Without a limit there is no such libc.
        if own is not None and (limit is None or own > limit):
            return False
    return not (wanted.system == "macos" and None in found.oldest)


# ---- the archive


def write(
    project: Project, target: Target, libraries: Mapping[str, bytes], extra_files: Mapping[str, bytes], directory: str, *, time_stamp: tuple = _EPOCH
) -> str:
    """Write the wheel of ``libraries`` (by module name) and the project's files for a target; its path.

    Where a file of the project has the name of one of ``extra_files``, that one is taken. ``time_stamp`` is the time of each file,
    in UTC: year, month, day, hours, minutes, seconds. Format: https://packaging.python.org/specifications/binary-distribution-format
    """
    target = _tagged(project, target)
    info = dist_info(project)
    shared = {_library_name(module, target): image for module, image in libraries.items()}
    files = {name: _read(path) for name, path in project.files} | extra_files | shared
    files |= {f"{info}/{name}": content for name, content in metadata_files(project, target).items()}
    # The metadata last: so an archive can be amended without moving the rest.
    ordered = sorted(files.items(), key=lambda item: (item[0].startswith(info + "/"), item[0]))
    ordered.append((f"{info}/RECORD", _record(ordered, info)))
    content = _archive(ordered, set(shared), time_stamp)
    path = os.path.join(directory, file_name(project, target))
    try:
        cache.write_aside(path, content)
    except OSError as error:
        raise _unwritable(directory, error) from None
    return path


def file_name(project: Project, target: Target) -> str:
    """The name of the wheel for a target."""
    return f"{project.stem}-{_tag(_tagged(project, target))}.whl"


def dist_info(project: Project) -> str:
    """The name of the directory that holds the metadata in a wheel."""
    return f"{project.stem}.dist-info"


def metadata_files(project: Project, target: Target) -> dict[str, bytes]:
    """What is in the ``dist-info`` directory, by name, without RECORD and without what only a build can know."""
    metadata = project.metadata
    files = {"METADATA": bytes(metadata.as_rfc822()), "WHEEL": _wheel_text(_tagged(project, target)).encode()}
    if text := _entry_points(metadata):
        files["entry_points.txt"] = text.encode()
    for path in metadata.license_files or ():
        files[f"licenses/{path.as_posix()}"] = _read(os.path.join(project.root, path))
    return files


def _library_name(module: str, target: Target) -> str:
    return module.replace(".", "/") + target.suffix


def _tagged(project: Project, target: Target) -> Target:
    """The target with the oldest Python that the project's modules are for."""
    if target.abi != "abi3":
        return target
    return target._replace(python_tag="cp" + project.settings.minimum_python.replace(".", ""))


def _tag(target: Target) -> str:
    return f"{target.python_tag}-{target.abi}-{target.platform_tag}"


def _wheel_text(target: Target) -> str:
    lines = ["Wheel-Version: 1.0", f"Generator: zigbind {__version__}", "Root-Is-Purelib: false"]
    lines += [f"Tag: {target.python_tag}-{target.abi}-{platform}" for platform in sorted(target.platform_tag.split("."))]
    return "\n".join(lines) + "\n"


def _entry_points(metadata) -> str:
    groups = {"console_scripts": metadata.scripts, "gui_scripts": metadata.gui_scripts, **metadata.entrypoints}
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in sorted(entries.items()))
        for group, entries in sorted(groups.items())
        if entries
    )


def _record(files: list[tuple[str, bytes]], info: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for name, content in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow((name, f"sha256={digest}", len(content)))
    writer.writerow((f"{info}/RECORD", "", ""))
    return text.getvalue().encode()


def _archive(files: list[tuple[str, bytes]], executable: set[str], time_stamp: tuple) -> bytes:
    """A zip archive that depends on nothing else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, time_stamp)
            entry.create_system = 3  # Unix: so that modes count, wherever it was made
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def _time_stamp(environ: Mapping[str, str]) -> tuple:
    """The time of SOURCE_DATE_EPOCH, in seconds since 1970, or the earliest that a zip archive can hold."""
    seconds = settings.source_date(environ)
    return _EPOCH if seconds is None else min(max(tuple(time.gmtime(seconds)[:6]), _EPOCH), _LATEST)


def _make_writable(directory: str) -> None:
    """Make the output directory. ZigbindError where nothing can be written there: before anything is compiled."""
    try:
        os.makedirs(directory, exist_ok=True)
        probe = os.path.join(directory, f".zigbind-{os.getpid()}")
        cache.write_aside(probe, b"")
        os.unlink(probe)
    except OSError as error:
        raise _unwritable(directory, error) from None


def _unwritable(directory: str, error: OSError) -> ZigbindError:
    return ZigbindError(f"no wheel can be written to {directory}: {error.strerror or error}; make it writable, or name another with -o")


def _processors() -> int:
    """How many compiles run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# ---- what goes with the libraries


def _extra_files(project: Project, target: Target, modules: list[_Module], documents: _Documents) -> dict[str, bytes]:
    """The bill of materials, and the stubs of modules that have none by hand."""
    files = {f"{dist_info(project)}/sboms/zigbind.cdx.json": _bill(project, target, modules)}
    own = dict(project.files)
    for module in modules:
        files |= _stubs(module, own, documents)
    for name in [name for name in files if name.endswith(".pyi")]:
        package = name.partition("/")[0]
        marker = f"{package}/py.typed"
        if "/" in name and not package.endswith("-stubs") and marker not in own:
            files[marker] = b""
    return files


def _stubs(module: _Module, own: Mapping[str, str], documents: _Documents) -> dict[str, bytes]:
    """The stub files of a module, by their names in the wheel."""
    description = binary.description(module.image)
    name = module.source.name
    by_hand = [path for path in (f"{name.replace('.', '/')}{end}" for end in (".pyi", "/__init__.pyi")) if path in own]
    if by_hand:
        content = _read(own[by_hand[0]])
        if not stubs.is_generated(content.decode(errors="replace")):
            # Type checkers look for the stub of a lone module elsewhere.
            return {} if "." in name else {path: content for path, _text in stubs.files_for(name, {"": ""})}
    if description is None:
        return {}  # it has a PyInit function of its own
    return {path: text.encode() for path, text in stubs.files_for(name, stubs.render(description, documents(module.source), name))}


def _without_lone_stubs(project: Project, modules: list[_Module]) -> Project:
    """The project without the stubs beside lone modules: what they say is where type checkers look for it."""
    lone = {f"{module.source.name}.pyi" for module in modules if "." not in module.source.name}
    return project._replace(files=tuple((name, path) for name, path in project.files if name not in lone))


def _bill(project: Project, target: Target, modules: list[_Module]) -> bytes:
    metadata = project.metadata
    c_files = {_name_in(project.root, path): _read(path) for module in modules for path in module.inputs if path.endswith(C_SUFFIXES)}
    contents = sbom.Contents(
        name=metadata.canonical_name,
        version=str(metadata.version),
        license=metadata.license if isinstance(metadata.license, str) else None,
        zig_version=modules[0].zig_version,
        files={_library_name(module.source.name, target): module.image for module in modules},
        c_files=c_files,
    )
    return sbom.render(contents)


def _name_in(root: str, path: str) -> str:
    """A path below the project as it is written there; of others the last part, the same on every machine."""
    return os.path.relpath(path, root).replace(os.sep, "/") if path.startswith(root + os.sep) else os.path.basename(path)

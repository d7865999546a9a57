"""Project -> wheels, for as many platforms as are wanted.

The libraries come from the same recipes as those of imports: what an import has compiled is not compiled again. The same
project gives the same bytes, wherever and whenever its wheels are made.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from . import __version__, binary, builder, cache, sbom, settings
from .cache import Artifact
from .errors import SettingsError, ZigbindError
from .recipe import Source
from .target import Target

if TYPE_CHECKING:
    from .project import Project

__all__ = ["Result", "build", "dist_info", "file_name", "metadata_files", "write"]

#: A zip archive has no earlier time.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LATEST = (2107, 12, 31, 23, 59, 58)
_C_SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".s", ".S")


class Result(NamedTuple):
    """What became of one wheel: its ``path``, or the ``error`` that kept it from being made."""

    target: Target
    path: str | None
    error: Exception | None
    seconds: float


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
    ZigbindError where nothing can be made at all. ``say`` is told of each target's progress.
    """
    targets = list(dict.fromkeys(targets))
    time_stamp = _time_stamp(environ)
    _make_writable(directory)
    results = []
    pool = ThreadPoolExecutor(_processors())
    try:
        started = time.perf_counter()
        compiled = _start(project, targets, pool, arguments=arguments, environ=environ, cwd=cwd, say=say)
        for one in targets:
            results.append(_finish(project, one, compiled, directory, time_stamp, started))
            say(_report(results[-1]))
    finally:
        # After an interrupt: what runs is waited for (it got the signal too), what waits is not begun.
        pool.shutdown(cancel_futures=True)
    return results


def _start(project: Project, targets: list[Target], pool: ThreadPoolExecutor, *, say, **world) -> dict[tuple[str, str], Future[Artifact]]:
    """The compiles of all modules for all targets, by module name and triple; one that two targets share is done once."""
    compiled: dict[tuple[str, str], Future[Artifact]] = {}

    def compile_one(module: Source, part: Target) -> Artifact:
        say(f"{part.name}: building {module.name}")
        return builder.build(module, target=part, **world)

    for one in targets:
        for part in one.parts:
            for module in project.modules:
                if (module.name, part.triple) not in compiled:
                    compiled[module.name, part.triple] = pool.submit(compile_one, module, part)
    return compiled


def _finish(project: Project, target: Target, compiled, directory: str, time_stamp, started: float) -> Result:
    """Wait for what one target needs and write its wheel."""
    try:
        artifacts = {module: [compiled[module.name, part.triple].result() for part in target.parts] for module in project.modules}
        libraries = {module.name: _library(target, module.name, found) for module, found in artifacts.items()}
        first = {module: found[0] for module, found in artifacts.items()}
        path = write(project, target, libraries, _extra_files(project, target, libraries, first), directory, time_stamp=time_stamp)
    except (ZigbindError, OSError) as error:
        return Result(target, None, error, time.perf_counter() - started)
    return Result(target, path, None, time.perf_counter() - started)


def _report(result: Result) -> str:
    if result.error is not None:
        return f"{result.target.name}: FAILED: {result.error}"
    return f"{result.target.name}: {os.path.basename(result.path)} ({os.path.getsize(result.path) / 1000:.1f} kB, after {result.seconds:.1f} s)"


def _library(target: Target, module: str, artifacts: list[Artifact]) -> bytes:
    """The library of a module for a target, made for what the target's tag promises."""
    images = []
    for artifact in artifacts:
        with open(artifact.path, "rb") as file:
            images.append(file.read())
    image = images[0] if len(images) == 1 else binary.fuse(*images)
    _check_platform(target, module, image)
    return image


# ---- what a tag promises


def _check_platform(target: Target, module: str, image: bytes) -> None:
    """ZigbindError where the library ``image`` says of itself that it is for another platform than the target."""
    found = binary.platform_of(image)
    wanted = _promised(target)
    if not _keeps(found, wanted):
        raise ZigbindError(f"the library of {module} is for {found}, but {target.name} was asked for, which is {wanted}; look at zig-args, and at what it is linked with")


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

    Where a file of the project has the name of one of ``extra_files``, the project's is taken. ``time_stamp`` is the time of each
    file, in UTC: year, month, day, hours, minutes, seconds. Format: https://packaging.python.org/specifications/binary-distribution-format
    """
    target = _tagged(project, target)
    files = dict(extra_files)
    for name, path in project.files:
        with open(path, "rb") as file:
            files[name] = file.read()
    shared = {module.replace(".", "/") + target.suffix: image for module, image in libraries.items()}
    files |= shared
    info = dist_info(project)
    own = {f"{info}/{name}": content for name, content in metadata_files(project, target).items()}
    # The metadata last: so an archive can be amended without moving the rest.
    ordered = [*((name, content) for name, content in sorted(files.items()) if name not in own), *sorted(own.items())]
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
    return f"{_distribution(project)}-{_tag(_tagged(project, target))}.whl"


def dist_info(project: Project) -> str:
    """The name of the directory that holds the metadata in a wheel."""
    return f"{_distribution(project)}.dist-info"


def metadata_files(project: Project, target: Target) -> dict[str, bytes]:
    """What is in the ``dist-info`` directory, by name, without RECORD and without what only a build can know."""
    metadata = project.metadata
    files = {"METADATA": bytes(metadata.as_rfc822()), "WHEEL": _wheel_text(_tagged(project, target)).encode()}
    if text := _entry_points(metadata):
        files["entry_points.txt"] = text.encode()
    for path in metadata.license_files or ():
        with open(os.path.join(project.root, path), "rb") as file:
            files[f"licenses/{path.as_posix()}"] = file.read()
    return files


def _tagged(project: Project, target: Target) -> Target:
    """The target with the oldest Python that the project's modules are for."""
    if target.abi != "abi3":
        return target
    return target._replace(python_tag="cp" + project.settings.minimum_python.replace(".", ""))


def _tag(target: Target) -> str:
    return f"{target.python_tag}-{target.abi}-{target.platform_tag}"


def _distribution(project: Project) -> str:
    from packaging.utils import canonicalize_name

    return f"{canonicalize_name(project.metadata.name).replace('-', '_')}-{project.metadata.version}"


def _wheel_text(target: Target) -> str:
    lines = ["Wheel-Version: 1.0", f"Generator: zigbind {__version__}", "Root-Is-Purelib: false"]
    lines += [f"Tag: {target.python_tag}-{target.abi}-{platform}" for platform in sorted(target.platform_tag.split("."))]
    return "\n".join(lines) + "\n"


def _entry_points(metadata) -> str:
    groups = {"console_scripts": metadata.scripts, "gui_scripts": metadata.gui_scripts, **metadata.entrypoints}
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in sorted(entries.items())) for group, entries in sorted(groups.items()) if entries
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
    text = environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return _EPOCH
    if not (text.isascii() and text.isdecimal()):
        raise SettingsError(f"SOURCE_DATE_EPOCH = {text!r} is no number of seconds since 1970; correct or unset it")
    if len(text) > 11:
        return _LATEST
    return min(max(tuple(time.gmtime(int(text))[:6]), _EPOCH), _LATEST)


def _make_writable(directory: str) -> None:
    """Make the output directory. ZigbindError where nothing can be written there: before anything is compiled."""
    try:
        os.makedirs(directory, exist_ok=True)
        probe = os.path.join(directory, ".zigbind")
        cache.write_aside(probe, b"")
        os.unlink(probe)
    except OSError as error:
        raise _unwritable(directory, error) from None


def _unwritable(directory: str, error: OSError) -> ZigbindError:
    return ZigbindError(f"no wheel can be written to {directory}: {error.strerror or error}; make it writable, or name another with -o")


def _processors() -> int:
    """How many compiles run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# ---- what goes with a library


def _extra_files(project: Project, target: Target, libraries: dict[str, bytes], artifacts: dict[Source, Artifact]) -> dict[str, bytes]:
    """The bill of materials, and the stubs where there are none of the project."""
    return {f"{dist_info(project)}/sboms/zigbind.cdx.json": _bill(project, target, libraries, artifacts)}


def _bill(project: Project, target: Target, libraries: dict[str, bytes], artifacts: dict[Source, Artifact]) -> bytes:
    from packaging.utils import canonicalize_name

    metadata = project.metadata
    license_expression = metadata.license if isinstance(metadata.license, str) else None
    c_files = {}
    for artifact in artifacts.values():
        for path in artifact.inputs:
            if path.endswith(_C_SUFFIXES):
                with open(path, "rb") as file:
                    c_files[_name_in(project.root, path)] = file.read()
    return sbom.render(
        sbom.Contents(
            name=canonicalize_name(metadata.name),
            version=str(metadata.version),
            license=license_expression,
            zig_version=next(iter(artifacts.values())).zig_version,
            files={module.replace(".", "/") + target.suffix: image for module, image in libraries.items()},
            c_files=c_files,
        )
    )


def _name_in(root: str, path: str) -> str:
    """A path below the project as it is written there; of others the last part, the same on every machine."""
    return os.path.relpath(path, root).replace(os.sep, "/") if path.startswith(root + os.sep) else os.path.basename(path)

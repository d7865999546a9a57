"""Source -> Artifact: the only place that decides between a hit and a compile."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import NamedTuple

from . import __version__, cache, compiler, diagnostics, manifest, recipe, settings, target, toolchain, zigsource
from .cache import Artifact, Build, Cache
from .errors import CacheError, CompileError, DisabledError, SettingsError, ToolchainError, ZigbindError
from .progress import Progress
from .recipe import Recipe, Source
from .settings import Settings
from .target import Target
from .toolchain import Toolchain

__all__ = ["build", "documents"]

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
#: Files that change while they are compiled are compiled again this often.
_ATTEMPTS = 5


class _Wanted(NamedTuple):
    """A build that was asked for, with the world as it was then. ``absent`` are nearer pyproject.toml that do not exist."""

    source: Source
    settings: Settings
    pyproject: str | None
    absent: tuple[str, ...]
    arguments: dict[str, object]
    environ: dict[str, str]
    cwd: str
    looked_ns: int
    refresh: bool
    target: Target | None
    tidy_later: bool


def build(
    source: Source,
    *,
    arguments: dict[str, object],
    environ: dict[str, str],
    cwd: str,
    refresh: bool = False,
    target: Target | None = None,
    tidy_later: bool = False,
) -> Artifact:
    """The artifact of a module: from the cache if nothing it was made from has changed, else compiled.

    CompileError where Zig refuses the source, another ZigbindError where something else is in the way. With ``refresh``, what
    is cached does not count. ``target`` is one for which there is a library (see `Target.parts`), None that of the running
    interpreter, whose next import will be warm. With ``tidy_later`` a thread removes what the compiler leaves
    behind: for those who wait for the result.
    """
    if not os.path.isfile(source.path):
        raise ZigbindError(f"{source.path} is gone: it was there when the module {source.name} was looked for")
    looked_ns = time.time_ns()
    pyproject, absent = settings.find_pyproject(os.path.dirname(source.path))
    chosen = settings.merge(arguments=arguments, environ=environ, pyproject=pyproject, cwd=cwd)
    wanted = _Wanted(
        source=source,
        settings=chosen,
        pyproject=pyproject,
        absent=absent,
        arguments=arguments,
        environ=environ,
        cwd=cwd,
        looked_ns=looked_ns,
        refresh=refresh,
        target=target,
        tidy_later=tidy_later,
    )
    wanted = wanted._replace(target=_possible(wanted))
    label = source.name if target is None else f"{source.name} for {target.name}"
    # Who names a target builds for several at once and reports of each: they cannot share a line.
    progress = Progress(label, quiet=settings.is_quiet(environ), watch=target is None)
    roots = [chosen.cache_dir or manifest.default_root(environ), manifest.fallback_root(environ)]
    trouble: OSError | None = None
    for root in roots:
        if root is None:
            continue
        try:
            opened = cache.open_cache(root)
            if trouble is not None:
                progress.say(f"the cache cannot be used ({trouble}); using {root}")
            return _build(wanted, opened, progress)
        except OSError as error:
            if isinstance(error, ZigbindError) or error.errno not in cache.UNUSABLE or not _within(error, root):
                raise
            trouble = error
            try:
                # It may still hold what was built when it could be filled.
                return _build(wanted._replace(settings=chosen._replace(disable=True)), Cache(root), progress)
            except (DisabledError, OSError):
                continue
    raise CacheError(f"no cache can be used: {trouble}; set ZIGBIND_CACHE_DIR to a directory that can be written and executed from")


def documents(source: Source, *, arguments: dict[str, object], environ: dict[str, str], cwd: str) -> dict[str, str]:
    """The doc comments of a module by dotted Zig name; none where they cannot be read, as without a compiler.

    See `build` for the parameters.
    """
    try:
        pyproject, _absent = settings.find_pyproject(os.path.dirname(source.path))
        chosen = settings.merge(arguments=arguments, environ=environ, pyproject=pyproject, cwd=cwd)
        opened = cache.open_cache(chosen.cache_dir or manifest.default_root(environ) or manifest.fallback_root(environ))
        found = toolchain.find(zig_path=chosen.zig_path, search_path=environ.get("PATH", ""), read_version=lambda path: _version(path, opened))
        made = recipe.make(
            source=source, target=target.host(), toolchain=found, settings=chosen, runtime=_runtime_digest(opened), environ=environ
        )
        parse = _parser(os.path.join(_PACKAGE, "zigsource.zig"), made, opened)
        return zigsource.documents(source.path, parse=parse, std_directory=os.path.join(_lib_directory(found.path), "std"))
    except (ZigbindError, OSError):
        return {}


def _possible(wanted: _Wanted) -> Target | None:
    """The target with the ABI that is set. SettingsError where the settings cannot be met for it."""
    chosen, other = wanted.settings, wanted.target
    if other is None:
        return None
    if chosen.cpu == "native" and other.name != target.host().name:
        raise SettingsError(f"cpu = 'native' is this machine's, which {other.name} is not for; use 'baseline', or a name that zig knows")
    return other if chosen.stable_abi else target.find(other.name, stable_abi=False)


def _within(error: OSError, root: str) -> bool:
    """Whether an error is about a file of the cache; one without a name comes from writing, and only the cache is written."""
    if error.filename is None:
        return True
    return (os.path.abspath(os.fsdecode(error.filename)) + os.sep).startswith(os.path.abspath(root) + os.sep)


def _build(wanted: _Wanted, opened: Cache, progress: Progress) -> Artifact:
    source, chosen, environ = wanted.source, wanted.settings, wanted.environ
    for key, exists in (("c_sources", os.path.isfile), ("include_dirs", os.path.isdir)):
        for path in getattr(chosen, key):
            if not exists(path):
                raise SettingsError(f"{key.replace('_', '-')}: there is no {path}; correct it in {wanted.pyproject or 'the settings'}")

    def with_toolchain(found: Toolchain) -> Recipe:
        return recipe.make(
            source=source,
            target=wanted.target or target.host(stable_abi=chosen.stable_abi),
            toolchain=found,
            settings=chosen,
            runtime=_runtime_digest(opened),
            environ=environ,
        )

    try:
        made = with_toolchain(toolchain.find(zig_path=chosen.zig_path, search_path=environ.get("PATH", ""), read_version=lambda path: _version(path, opened)))
        remembered = None if wanted.refresh else opened.lookup(made)
    except ToolchainError:
        # What was built before needs no compiler, only to be found: under one of the versions that were here.
        candidates = (with_toolchain(found) for found in _earlier_toolchains(opened))
        made, remembered = next(((one, hit) for one in candidates if (hit := opened.lookup(one))), (None, None))
        if (remembered is None or wanted.refresh) and not chosen.disable:
            raise
    if remembered is None:
        if chosen.disable:
            raise DisabledError(
                f"{source.name} ({source.path}) has no artifact in {opened.root}, and compiling is disabled (ZIGBIND_DISABLE, or "
                f"disable = true in pyproject.toml); build it first: zigbind build {source.path} --no-disable"
            )
        with opened.lock(made.key, timeout_seconds=chosen.lock_timeout, on_wait=lambda pid: progress.say(f"waiting for process {pid}, which builds it")):
            remembered = None if wanted.refresh else opened.lookup(made)
            if remembered is None:
                remembered = _compile(made, opened, progress, tidy_later=wanted.tidy_later)
        opened.prune_sometimes(now=time.time())
    if remembered.diagnostics:
        raise _compile_error(source, remembered, wanted.cwd)
    artifact = opened.artifact(remembered, made)
    if wanted.target is None:
        _record(wanted, made, remembered, artifact, opened)
    return artifact


def _compile(made: Recipe, opened: Cache, progress: Progress, *, tidy_later: bool = False) -> Build:
    """Compile until no input has changed meanwhile, and store what came out."""
    zig_cache = opened.zig_cache(made.toolchain.version)
    runtime = _runtime_in(zig_cache, made.runtime, opened)
    before = None
    for _attempt in range(_ATTEMPTS):
        started_ns = time.time_ns()
        started = time.perf_counter()
        with opened.stage(remove_later=tidy_later) as stage, progress:
            summary = _summarize(made, opened)
            outcome = compiler.run(made, root=_root_text(made, summary), stage=stage, zig_cache=zig_cache, runtime=runtime)
            seconds = time.perf_counter() - started
            if outcome.library is None and runtime != compiler.RUNTIME and not _is_whole(runtime):
                with suppress(OSError), opened.stage() as aside:  # the next build makes a copy anew
                    os.rename(runtime, os.path.join(aside, "damaged"))
                runtime = compiler.RUNTIME
                continue
            if not os.path.isfile(made.source.path):
                raise ZigbindError(f"{made.source.path} disappeared while it was compiled; restore it and import {made.source.name} again")
            inputs = _inputs(made, outcome, summary)
            known = summary.files if summary is not None else {}
            # Twice the same content is settled, whatever the clock says: times can lie in the future.
            if inputs != before and _changed_since(inputs, known, made.source.root, started_ns):
                before = inputs
                continue
            # Relative to the project, like the inputs: another copy of it has the same key.
            relative = tuple(_moved(one, made.source.root + os.sep, "") for one in outcome.diagnostics)
            build = Build(inputs=inputs, artifact=None, content=None, diagnostics=relative, seconds=seconds)
            return opened.store(made, build, outcome.library)
    raise ZigbindError(f"{made.source.path} or what it imports changes faster than it compiles; import {made.source.name} again when it is settled")


def _root_text(made: Recipe, summary: zigsource.Summary | None) -> str:
    file = os.path.relpath(made.source.path, made.source.root).replace(os.sep, "/")
    links_c = bool(made.settings.c_sources or made.settings.link_libraries)
    return zigsource.root_text(made.source.tail, f"{compiler.TOP}/{file}", summary, links_c=links_c)


def _inputs(made: Recipe, outcome: compiler.Outcome, summary) -> tuple[tuple[str, str | None], ...]:
    """All the files a build depends on, with digests; None for those that would take part if they were there."""
    paths = {made.source.path, *outcome.inputs, *made.settings.c_sources}
    absent: set[str] = set()
    if summary is not None:
        paths.update(summary.files)
        absent.update(summary.absent)
    absent |= _shadows(paths, outcome, made.settings.include_dirs)
    root = made.source.root + os.sep
    rows = {path.removeprefix(root): cache.digest_file(path) for path in paths | absent}
    return tuple(sorted(rows.items()))


def _shadows(paths: set[str], outcome: compiler.Outcome, include_dirs: tuple[str, ...]) -> set[str]:
    """Where a header would take part if it appeared: beside a file that may include it, in an earlier include directory than
    the one that was found, or, where none was found, in any."""
    beside = {os.path.dirname(path) for path in paths if not path.endswith(".zig")}
    places = set()
    for path in paths:
        for position, directory in enumerate(include_dirs):
            if path.startswith(directory + os.sep):
                places.update(os.path.join(other, path[len(directory) + 1 :]) for other in (*include_dirs[:position], *beside))
    for diagnostic in outcome.diagnostics:
        if diagnostic.message.endswith("' file not found"):  # as clang says it
            name = diagnostic.message.removesuffix("' file not found").removeprefix("'")
            places.update(os.path.normpath(os.path.join(other, name)) for other in (*include_dirs, *beside, *([os.path.dirname(diagnostic.path)] if diagnostic.path else ())))
    return places


def _changed_since(inputs, known: dict[str, bytes], root: str, started_ns: int) -> bool:
    """Whether an input may have been another file when the compiler read it."""
    for name, content in inputs:
        path = os.path.join(root, name)
        if path in known:
            if recipe.digest(known[path]) != content:
                return True
            continue
        stamp = manifest.stamp(path)
        if stamp is not None and max(stamp[1], stamp[3]) > started_ns:
            return True
    return False


def _summarize(made: Recipe, opened: Cache) -> zigsource.Summary | None:
    """What the source says; None while the reader itself is built."""
    reader = os.path.join(_PACKAGE, "zigsource.zig")
    if made.source.path == reader:
        return None
    parse = _parser(reader, made, opened)
    std = os.path.join(_lib_directory(made.toolchain.path), "std")
    return zigsource.summarize(made.source.path, parse=parse, std_directory=std)


_parsers: dict[str, object] = {}


def _parser(reader: str, made: Recipe, opened: Cache):
    """``read`` of ``zigsource.zig``, built once for each zig and kept like any artifact."""
    from .image import load_library

    own = recipe.make(
        source=Source(name="zigsource", path=reader, root=_PACKAGE),
        target=target.host(),
        toolchain=made.toolchain,
        settings=Settings(optimize="Debug"),  # the self-hosted backend builds it in a tenth of the time
        runtime=made.runtime,
        environ=dict(made.environment),
    )
    if own.key not in _parsers:
        remembered = opened.lookup(own)
        if remembered is None:
            with opened.lock(own.key, timeout_seconds=made.settings.lock_timeout):
                remembered = opened.lookup(own) or _compile(own, opened, Progress("zigbind", quiet=True))
        if remembered.diagnostics:
            raise ZigbindError("zigbind's own source reader does not compile:\n" + diagnostics.render(remembered.diagnostics))
        _parsers[own.key] = load_library("zigsource", opened.artifact(remembered, own).path).read
    return _parsers[own.key]


def _lib_directory(zig: str) -> str:
    """Zig's own library beside its executable, as zig looks for it."""
    directory = os.path.dirname(os.path.realpath(zig))
    for candidate in (os.path.join(directory, "lib"), os.path.join(os.path.dirname(directory), "lib", "zig"), os.path.join(os.path.dirname(directory), "lib")):
        if os.path.isfile(os.path.join(candidate, "std", "std.zig")):
            return candidate
    return os.path.join(directory, "lib")


def _compile_error(source: Source, failed: Build, cwd: str) -> CompileError:
    found = tuple(_moved(one, "", source.root + os.sep) for one in failed.diagnostics)
    text = f"{source.name} does not compile\n" + diagnostics.render(tuple(_moved(one, cwd + os.sep, "") for one in found))
    return CompileError(text, name=source.name, path=source.path, diagnostics=found)


def _moved(diagnostic: diagnostics.Diagnostic, start: str, new_start: str) -> diagnostics.Diagnostic:
    """The diagnostic with ``new_start`` instead of ``start`` at the beginning of its paths. An empty ``start`` is for relative paths."""
    path = diagnostic.path
    if path is not None and (path.startswith(start) if start else not os.path.isabs(path)):
        path = new_start + path[len(start) :]
    return diagnostic._replace(path=path, notes=tuple(_moved(note, start, new_start) for note in diagnostic.notes))


def _record(wanted: _Wanted, made: Recipe, build: Build, artifact: Artifact, opened: Cache) -> None:
    """Write the manifest that makes the next import warm."""
    if made.settings.cpu == "native":
        return  # whether this is still the CPU it was built for, a few stats cannot tell
    found = made.toolchain
    paths = [os.path.join(made.source.root, name) for name, _content in build.inputs]
    paths += [path for path in (wanted.pyproject,) if path is not None]
    paths += wanted.absent
    paths += _runtime_stamps()
    search_path = wanted.environ.get("PATH", "") if found.lookup == "path" else None
    if search_path is not None:
        paths += toolchain.nearer(found.path, search_path)
    inputs = tuple((path, manifest.stamp(path)) for path in paths)
    zig = (found.path, manifest.stamp(found.path))
    if manifest.is_racy((*inputs, zig), wanted.looked_ns):
        return  # their times cannot be trusted: until they are older, the next import looks at the content again
    what = manifest.identity(__version__, made.source.name, made.source.path, wanted.arguments, wanted.environ)
    stamped = (artifact.path, manifest.stamp(artifact.path))
    content = manifest.dumps(what, stamped, inputs, (*zig, search_path))
    root = manifest.index_root(wanted.arguments, wanted.environ, wanted.cwd) or opened.root
    for directory in (root, manifest.fallback_root(wanted.environ)):
        try:
            cache.make_folder(directory, "index")
            cache.write_aside(manifest.file_for(directory, what), content)
            return
        except OSError:
            continue  # the next import takes the longer way to the same artifact


def _runtime_files() -> list[str]:
    """The files of zigbind that decide what a module is compiled from and how."""
    found = [os.path.join(_PACKAGE, name) for name in ("compiler.py", "binary.py", "zigsource.py", "zigsource.zig", "sheets.py", "zigwords.py")]
    for folder, _folders, names in os.walk(compiler.RUNTIME):
        found += [os.path.join(folder, name) for name in names if name.endswith(".zig")]
    return sorted(found)


def _runtime_stamps() -> list[str]:
    """What to look at to know that these files are the same: the directory an installer made, or each file where
    zigbind itself is worked on."""
    installed = compiler.RUNTIME.startswith((sys.prefix + os.sep, sys.base_prefix + os.sep))
    return [compiler.RUNTIME] if installed else _runtime_files()


def _runtime_digest(opened: Cache) -> str:
    """The digest of zigbind's version and of these files."""
    files = _runtime_files()

    def answer() -> str:
        parts: list[str | bytes] = [__version__]
        for path in files:
            with open(path, "rb") as file:
                parts += [os.path.relpath(path, compiler.RUNTIME), file.read()]
        return recipe.digest(*parts)

    return opened.remember(("runtime", __version__, tuple((path, manifest.stamp(path)) for path in files)), answer)


def _runtime_in(zig_cache: str, digest: str, opened: Cache) -> str:
    """The directory of a copy of the runtime in zig's own cache. Only of files there, and of its library, does zig remember
    what it parsed: that saves a third of a compile in Debug."""
    copy = os.path.join(zig_cache, "runtime", digest)
    if os.path.isdir(copy):
        return copy
    with suppress(OSError), opened.stage() as aside:  # another process was faster, or the disk is full: it goes without a copy
        for path, inside in _copied():
            to = os.path.join(aside, "copy", inside)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            with open(path, "rb") as original, open(to, "wb") as file:
                file.write(original.read())
        if _runtime_digest(opened) == digest:  # not changed meanwhile
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            os.rename(os.path.join(aside, "copy"), copy)
    return copy if os.path.isdir(copy) else compiler.RUNTIME


def _copied() -> list[tuple[str, str]]:
    """The files that are in a copy, and where in it they are."""
    found = [(path, os.path.relpath(path, compiler.RUNTIME)) for path in _runtime_files()]
    return [(path, inside) for path, inside in found if not inside.startswith(os.pardir)]


def _is_whole(copy: str) -> bool:
    """Whether a copy is what it was made of: looked at where a compile fails, for files in caches get lost."""
    return all(cache.digest_file(os.path.join(copy, inside)) == cache.digest_file(path) for path, inside in _copied())


def _version(path: str, opened: Cache) -> str:
    """The version of a zig executable, asked once for each file."""
    return opened.remember(("zig version", path, manifest.stamp(path)), lambda: toolchain.version_of(path))


def _earlier_toolchains(opened: Cache) -> list[Toolchain]:
    """One toolchain for each version of zig that filled this cache, the latest first."""
    found: dict[str, str] = {}
    for question, version in opened.remembered().items():
        if question[0] == "zig version":
            found.setdefault(version, question[1])
    return [Toolchain(path=path, version=version, lookup="package") for version, path in found.items()]

"""Artifacts on disk: look up, store, lock, verify, prune.

    index/       manifests: what a warm import reads (see `manifest`)
    recipes/     for each recipe key, its last builds: digests of inputs -> artifact or diagnostics
    artifacts/   libraries, named after their module and key; written once, never changed
    locks/       one for each recipe key
    snippets/    source text that `zigbind.compile` was given
    stages/      where builds happen
    zig-<version>/   zig's own global cache; in runtime/<digest> what it compiles of zigbind (see builder)
    answers      versions and digests that are slow to find out (see `Cache.remember`)
    pruned       its time says when `prune` ran

Everything is written aside and renamed, so that whatever is interrupted leaves a miss.
"""

from __future__ import annotations

import _imp
import errno
import marshal
import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import NamedTuple

from . import manifest
from .diagnostics import Diagnostic
from .errors import CacheError
from .recipe import Recipe, digest

__all__ = ["Artifact", "Build", "Cache", "open_cache"]

#: Builds remembered for each recipe: going back to an earlier source is a hit.
_BUILDS_KEPT = 16
#: `prune` brings artifacts and zig's cache below this together.
SIZE_CAP_BYTES = 1 << 30
_ANSWERS_KEPT = 32
_PRUNE_EVERY_SECONDS = 24 * 3600
_STALE_STAGE_SECONDS = 6 * 3600
_UNUSED_SECONDS = 90 * 24 * 3600
_DIRECTORIES = ("index", "recipes", "artifacts", "locks", "stages")
#: What the system says when a cache can be read but not filled.
UNUSABLE = {errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
#: What a build needs: zig ends with a signal where it runs out of space.
_ROOM_BYTES = 8 << 20


class Artifact(NamedTuple):
    """A built module. ``inputs`` are the absolute paths it was made from; ``seconds`` is what compiling took."""

    path: str
    key: str
    inputs: tuple[str, ...]
    seconds: float
    zig_version: str


class Build(NamedTuple):
    """What is remembered of one compile: an artifact, or the diagnostics of a source that does not compile.

    ``inputs`` are (path, digest) pairs, the digest None for what was looked for and not there. Paths below the project count
    from its root.
    """

    inputs: tuple[tuple[str, str | None], ...]
    artifact: str | None
    content: str | None
    diagnostics: tuple[Diagnostic, ...]
    seconds: float


def open_cache(root: str) -> Cache:
    """The cache at ``root``, made if need be. CacheError where using it would be unsafe, OSError where it cannot be filled."""
    _withdraw_group(root)
    reason = manifest.refuse_unsafe(root)
    if reason:
        raise CacheError(f"the cache {root} is not safe to load code from: {reason}; run chmod go-w on it, or set ZIGBIND_CACHE_DIR to a directory of yours")
    for name in _DIRECTORIES:
        make_folder(root, name)
    if hasattr(os, "statvfs"):
        status = os.statvfs(root)
        if status.f_flag & getattr(os, "ST_NOEXEC", 0):
            raise OSError(errno.EACCES, "it is on a file system mounted noexec", root)
        if status.f_bavail * status.f_frsize < _ROOM_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), root)
    tag = os.path.join(root, "CACHEDIR.TAG")
    if not os.path.exists(tag):
        write_aside(tag, b"Signature: 8a477f597d28d172789f06886806bc55\n# Compiled Zig modules of zigbind. It can be removed at any time.\n")
    probe = os.path.join(root, "stages", f"probe-{os.getpid()}-{time.monotonic_ns()}")  # threads probe at once
    with open(probe, "wb") as file:
        file.write(b"x")
    os.unlink(probe)
    return Cache(root)


def _withdraw_group(root: str) -> None:
    """Make a directory of one's own safe that a usual umask (002) left open to the group, as a checkout does."""
    if sys.platform == "win32" or not os.path.isdir(root):
        return
    status = os.stat(root)
    if status.st_uid == os.geteuid() and status.st_mode & 0o022 == 0o020:
        os.chmod(root, status.st_mode & 0o7755)


def make_folder(root: str, *parts: str) -> str:
    """A folder of a cache, made if need be: the root, too, is for its owner alone, whatever the umask."""
    os.makedirs(root, mode=0o700, exist_ok=True)
    path = os.path.join(root, *parts)
    os.makedirs(path, mode=0o700, exist_ok=True)
    return path


class Cache:
    """One cache directory."""

    def __init__(self, root: str):
        self.root = root

    def path(self, *parts: str) -> str:
        return os.path.join(self.root, *parts)

    def zig_cache(self, version: str) -> str:
        """Zig's global cache for a version of zig."""
        return self.path(f"zig-{version}")

    # ---- builds

    def lookup(self, recipe: Recipe) -> Build | None:
        """The remembered build whose inputs are just as they are now, with its artifact whole; else None."""
        digests: dict[str, str | None] = {}
        for build in self._builds(recipe.key):
            for path, expected in build.inputs:
                if path not in digests:
                    digests[path] = digest_file(os.path.join(recipe.source.root, path))
                if digests[path] != expected:
                    break
            else:
                if build.artifact is None or digest_file(self.path("artifacts", build.artifact)) == build.content:
                    return build
        return None

    def store(self, recipe: Recipe, build: Build, library: str | None) -> Build:
        """Publish a build: its library, then the record that leads to it. The complete build is returned."""
        if library is not None:
            key = digest(recipe.key, *(f"{path}\0{content}" for path, content in build.inputs))
            name = f"{recipe.source.tail}-{key}{recipe.target.suffix}"
            content = digest_file(library)
            path = self.path("artifacts", name)
            if digest_file(path) != content:
                with open(library, "rb+") as file:
                    os.fsync(file.fileno())
                os.chmod(library, 0o644)
                os.replace(library, path)
            build = Build(inputs=build.inputs, artifact=name, content=content, diagnostics=(), seconds=build.seconds)
        others = [other for other in self._builds(recipe.key) if other.inputs != build.inputs]
        self._write_builds(recipe.key, [build, *others][:_BUILDS_KEPT])
        return build

    def artifact(self, build: Build, recipe: Recipe) -> Artifact:
        path = self.path("artifacts", build.artifact)
        inputs = tuple(os.path.join(recipe.source.root, name) for name, content in build.inputs if content is not None)
        key = os.path.basename(path).rpartition("-")[2].partition(".")[0]
        return Artifact(path=path, key=key, inputs=inputs, seconds=build.seconds, zig_version=recipe.toolchain.version)

    def _builds(self, key: str) -> list[Build]:
        content = read_checked(self.path("recipes", key))
        if content is None:
            return []
        return [
            Build(
                inputs=inputs,
                artifact=artifact,
                content=digest_,
                diagnostics=tuple(Diagnostic.from_plain(fields) for fields in plain),
                seconds=seconds,
            )
            for inputs, artifact, digest_, plain, seconds in marshal.loads(content)
        ]

    def _write_builds(self, key: str, builds: list[Build]) -> None:
        rows = [(b.inputs, b.artifact, b.content, tuple(d.plain() for d in b.diagnostics), b.seconds) for b in builds]
        write_checked(self.path("recipes", key), marshal.dumps(rows))

    # ---- what is cheap to remember and slow to find out

    def remember(self, question: tuple, answer) -> str:
        """What ``answer()`` said the last time the same question was asked; asked anew otherwise."""
        known = self.remembered()
        if question not in known:
            known = {question: answer(), **dict(list(known.items())[: _ANSWERS_KEPT - 1])}
            _try(write_checked, self.path("answers"), marshal.dumps(known))
        return known[question]

    def remembered(self) -> dict[tuple, str]:
        """Every answer by its question, the latest first."""
        content = read_checked(self.path("answers"))
        return marshal.loads(content) if content is not None else {}

    # ---- places to work in

    @contextmanager
    def stage(self, *, remove_later: bool = False):
        """An empty directory for one build, removed afterwards: by a thread with ``remove_later``, for on a busy disk that takes a while."""
        # Not through links: zig tells the files it read by where they are.
        path = os.path.join(os.path.realpath(self.path("stages")), f"{os.getpid()}-{time.monotonic_ns()}")
        os.mkdir(path, mode=0o700)
        try:
            yield path
        finally:
            (_remove_tree_later if remove_later else _remove_tree)(path)

    @contextmanager
    def lock(self, key: str, *, timeout_seconds: float, on_wait=None):
        """Hold the lock of a recipe. CacheError names the holder where it does not let go in time.

        ``on_wait(pid)`` is called once when another process holds it; the system releases the lock of a killed process.
        """
        path = self.path("locks", key)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOINHERIT", 0), 0o600)
        try:
            deadline = time.monotonic() + timeout_seconds
            pause = 0.005
            told = False
            while not _try_lock(descriptor):
                now = time.monotonic()
                # First, that it is said even where this process had no time between the two moments.
                if on_wait is not None and not told and now > deadline - timeout_seconds + 1:
                    on_wait(_holder(descriptor))
                    told = True
                if now > deadline:
                    raise CacheError(
                        f"process {_holder(descriptor)} has held the build lock {path} for over {timeout_seconds:g} s; "
                        "if it is stopped, end it and import again, or set ZIGBIND_LOCK_TIMEOUT to wait longer"
                    )
                time.sleep(pause)
                pause = min(2 * pause, 0.1)
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, str(os.getpid()).encode())
            yield
        finally:
            # A child that was forked meanwhile shares the descriptor: closing it here would not be enough.
            _unlock(descriptor)
            os.close(descriptor)

    # ---- keeping house

    def entries(self) -> list[tuple[str, int, float]]:
        """(name, size in bytes, time of last use) of each artifact, the least recently used first."""
        found = []
        for entry, status in _scan(self.path("artifacts")):
            found.append((entry.name, status.st_size, max(status.st_atime, status.st_mtime)))
        return sorted(found, key=lambda row: (row[2], row[0]))

    def size_bytes(self) -> int:
        """What the whole cache takes on disk."""
        return _tree_bytes(self.root)

    def verify(self) -> list[str]:
        """The artifacts that are not what was stored, removed; their next import compiles again."""
        expected = {}
        for entry, _status in _scan(self.path("recipes")):
            for build in self._builds(entry.name):
                if build.artifact is not None:
                    expected[build.artifact] = build.content
        bad = [name for name, _size, _used in self.entries() if name in expected and digest_file(self.path("artifacts", name)) != expected[name]]
        for name in bad:
            _remove(self.path("artifacts", name))
        return bad

    def clean(self) -> None:
        """Remove all that is cached. Modules that are loaded stay loaded."""
        for entry, _status in _scan(self.root):
            if entry.name == "locks" or entry.name in ("README.md", ".gitignore"):
                continue
            if entry.is_dir(follow_symlinks=False):
                _remove_tree(entry.path)
            else:
                _remove(entry.path)

    def prune(self, *, size_cap_bytes: int = SIZE_CAP_BYTES, now: float) -> list[str]:
        """Remove what was not used for long, what builds left behind, and the least recently used above the cap."""
        removed = []
        for entry, status in _scan(self.path("stages")):
            if now - status.st_mtime > _STALE_STAGE_SECONDS:
                _remove_tree(entry.path)
                removed.append(os.path.join("stages", entry.name))
        for directory in ("index", "recipes", "locks", "snippets", "tests"):
            for entry, status in _scan(self.path(directory)):
                if now - max(status.st_mtime, status.st_atime) > _UNUSED_SECONDS:
                    _remove_tree(entry.path) if entry.is_dir(follow_symlinks=False) else _remove(entry.path)
        zig_caches = [entry for entry, _status in _scan(self.root) if entry.name.startswith("zig-") or entry.name == "tests"]
        total = sum(size for _name, size, _used in self.entries()) + sum(_tree_bytes(entry.path) for entry in zig_caches)
        if total > size_cap_bytes:
            for entry in zig_caches:  # made again in a second or two
                total -= _tree_bytes(entry.path)
                _remove_tree(entry.path)
                removed.append(entry.name)
        for name, size, _used in self.entries():
            if total <= size_cap_bytes:
                break
            _remove(self.path("artifacts", name))
            removed.append(os.path.join("artifacts", name))
            total -= size
        write_aside(self.path("pruned"), b"")
        return removed

    def prune_sometimes(self, *, now: float) -> None:
        """`prune` once a day."""
        mark = self.path("pruned")
        with suppress(OSError):  # keeping house must not make an import fail
            is_new = not os.path.exists(mark)
            if is_new or now - os.stat(mark).st_mtime > _PRUNE_EVERY_SECONDS:
                write_aside(mark, b"")  # first: of many processes one shall do it
                if not is_new:
                    self.prune(now=now)


def digest_file(path: str) -> str | None:
    """The digest of a file's content; None where there is none."""
    try:
        with open(path, "rb") as file:
            return digest(file.read())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def write_aside(path: str, content: bytes) -> None:
    """Write a file so that it is either whole or not there."""
    temporary = f"{path}.{os.getpid()}-{time.monotonic_ns()}"
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        _remove(temporary)
        raise


def write_checked(path: str, content: bytes) -> None:
    """`write_aside` with a checksum, for `read_checked`."""
    write_aside(path, _imp.source_hash(0, content) + content)


def read_checked(path: str) -> bytes | None:
    """What `write_checked` wrote; None where it is missing or damaged."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return None
    return content[8:] if len(content) >= 8 and _imp.source_hash(0, content[8:]) == content[:8] else None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        with suppress(OSError):  # it was not locked
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 32).decode("ascii", "replace") or "?"


def _scan(directory: str) -> list[tuple[os.DirEntry, os.stat_result]]:
    """The entries of a directory, by name, without those that other processes remove meanwhile."""
    found = []
    try:
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            with suppress(FileNotFoundError):
                found.append((entry, entry.stat(follow_symlinks=False)))
        return found
    except FileNotFoundError:
        return []


def _tree_bytes(directory: str) -> int:
    total = 0
    for folder, _folders, files in os.walk(directory):
        for name in files:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue
    return total


def _remove_tree(directory: str) -> None:
    """Remove a directory as far as it can be; links are removed, not followed, and so are files."""
    if os.path.islink(directory) or not os.path.isdir(directory):
        return _try(os.unlink, directory)
    for folder, folders, files in os.walk(directory, topdown=False):
        for name in files:
            _try(os.unlink, os.path.join(folder, name))
        for name in folders:
            path = os.path.join(folder, name)
            is_link = os.path.islink(path) or os.path.isjunction(path)
            _try(os.unlink if is_link else os.rmdir, path)
    _try(os.rmdir, directory)


def _remove_tree_later(directory: str) -> None:
    from threading import Thread

    try:
        Thread(target=_remove_tree, args=(directory,), name="zigbind-tidy").start()
    except RuntimeError:  # the interpreter shuts down
        _remove_tree(directory)


def _try(call, *arguments) -> None:
    try:
        call(*arguments)
    except OSError:
        pass  # what is left is swept by `prune`, what is not remembered is found out again


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass

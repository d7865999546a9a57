"""``zigbind watch`` and ``zigbind.watch()``: what is saved is built, while other work goes on.

Called watcher, because ``zigbind.watch`` is a function. Files are watched through watchdog; where the system refuses that, for a folder
without permission in the tree or for want of inotify watches, by looking at the tree once a second.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from . import builder, cold, hotreload, manifest
from .cache import Artifact
from .errors import ZigbindError, plain
from .recipe import Source
from .tree import Graph, modules, walk

__all__ = ["Command", "Result", "Target", "Watcher", "in_paths", "watch"]

#: How long a file must be left alone before it is built: longer than what makes its times untrustworthy, so that the build is warm at once.
SETTLED_SECONDS = 0.15 + manifest.RACY_NS / 1e9 / 2
_TICK_SECONDS = 1.0
_STOP_SECONDS = 5.0
_IGNORED_EVENTS = {"opened", "closed_no_write"}


class Target(NamedTuple):
    """A module to keep built, and the settings it is built with."""

    source: Source
    arguments: dict[str, object]


class Result(NamedTuple):
    """How the build of a target ended: with an artifact or an error."""

    target: Target
    artifact: Artifact | None
    error: Exception | None
    seconds: float


class Watcher:
    """Builds what `find` finds when it was saved.

    ``roots()`` are the files and directories to watch, ``find()`` the targets in them by path; both are asked again as time goes on.
    ``report`` gets the results when nothing is left to do, and none where a file that could not be built was taken away. With ``build_first`` everything is built at the start.
    ZigbindError where a root is not there or may not be read, or watchdog is not installed.
    """

    def __init__(
        self,
        roots: Callable[[], list[str]],
        find: Callable[[], dict[str, Target]],
        report: Callable[[list[Result]], None],
        *,
        build_first: bool = False,
        settled_seconds: float = SETTLED_SECONDS,
    ):
        self.roots, self.find, self.report = roots, find, report
        self.settled_seconds = settled_seconds
        self._observer = _observer()
        self._events: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
        self._touched: dict[str, float] = {}
        self._watches: dict[str, tuple[object, object]] = {}
        self._polled: dict[str, dict[str, object]] = {}
        self._running: dict[str, Future] = {}
        self._again: set[str] = set()
        self._results: list[Result] = []
        self._last: dict[str, tuple[str | None, str | None]] = {}
        self._inputs: dict[str, set[str]] = {}
        self._graph = Graph()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_first = build_first
        self._is_mended = False
        for root in roots():
            _check(root)

    # ---- the owner's side

    def run(self) -> None:
        """Watch in this thread, until it is interrupted or ``report`` raises."""
        self._begin()
        try:
            self._loop()
        finally:
            self._observer.stop()
            self._observer.join()

    def start(self) -> Watcher:
        """Watch in a thread of its own."""
        self._begin()
        self._thread = threading.Thread(target=self._loop, name="zigbind-watch", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop watching. A build that runs comes to its end."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._events.put(("", False))
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
            self._observer.stop()
            self._observer.join()

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    # ---- the thread

    def _begin(self) -> None:
        self._observer.start()
        self._look_at_roots()

    def _loop(self) -> None:
        tick = 0.0
        self._pool = ThreadPoolExecutor(max_workers=max(1, min(4, (os.cpu_count() or 2) - 1)), thread_name_prefix="zigbind-watch")
        try:
            if self._is_first:
                self._submit(self.find().values())
            while not self._stopping.is_set():
                now = time.monotonic()
                due = min(self._touched.values(), default=now + _TICK_SECONDS) + self.settled_seconds
                self._receive(max(0.0, min(due - now, tick - now if tick > now else 0.0)))
                if time.monotonic() >= tick:
                    self._look_at_roots()
                    tick = time.monotonic() + _TICK_SECONDS
                self._settle()
                self._collect()
        finally:
            self._pool.shutdown(cancel_futures=True)

    def _receive(self, seconds: float) -> None:
        try:
            path, _ = self._events.get(timeout=seconds) if seconds else self._events.get_nowait()
            while True:
                if path:
                    self._touched[path] = time.monotonic()
                path, _ = self._events.get_nowait()
        except queue.Empty:
            pass

    def _settle(self) -> None:
        now = time.monotonic()
        settled = {path for path, touched in self._touched.items() if now - touched >= self.settled_seconds}
        if not settled:
            return
        for path in settled:
            del self._touched[path]
        targets = self.find()
        for path in [path for path in self._last if path not in targets and not os.path.isfile(path)]:
            _artifact, error = self._last.pop(path)
            self._is_mended |= error is not None
        folders = tuple(path + os.sep for path in settled if not path.endswith(".zig"))
        chosen = []
        for path, target in targets.items():
            needed = self._graph.closure(path) | self._inputs.get(path, set())
            has_failed = self._last.get(path, (None, None))[1] is not None
            if has_failed or needed & settled or any(one.startswith(folders) for one in needed):
                chosen.append(target)
        self._submit(chosen)

    def _submit(self, targets: Iterable[Target]) -> None:
        for target in targets:
            path = target.source.path
            if path in self._running:
                self._again.add(path)  # what is saved during a build is built after it
                continue
            future = self._running[path] = self._pool.submit(self._build, target)
            future.add_done_callback(lambda _future: self._events.put(("", False)))

    def _build(self, target: Target) -> Result | None:
        started = time.perf_counter()
        artifact = error = None
        try:
            artifact = builder.build(target.source, arguments=target.arguments, environ=dict(os.environ), cwd=os.getcwd())
        except (ZigbindError, OSError) as trouble:
            if not os.path.isfile(target.source.path):
                return None  # it was deleted, or an editor puts another in its place: that is an event of its own
            error = trouble
        except Exception as fault:  # it ends this build, and not the watch
            error = ZigbindError(f"{target.source.path}: {type(fault).__name__}: {fault}; zigbind did not foresee this, please report it")
            error.__cause__ = fault
        return Result(target, artifact, error, time.perf_counter() - started)

    def _collect(self) -> None:
        for path, future in [(path, future) for path, future in self._running.items() if future.done()]:
            del self._running[path]
            result = future.result()
            if result is not None:
                if result.artifact is not None:
                    self._inputs[path] = set(result.artifact.inputs)
                what = (result.artifact.path if result.artifact else None, str(result.error) if result.error else None)
                if self._last.get(path) != what:
                    self._last[path] = what
                    self._results = [one for one in self._results if one.target.source.path != path] + [result]
            if path in self._again:
                self._again.discard(path)
                target = self.find().get(path)
                self._submit([target] if target is not None else [])
        if not self._running and not self._touched and (self._results or self._is_first or self._is_mended):
            self._is_first = self._is_mended = False
            results, self._results = self._results, []
            self.report(results)

    # ---- the file system

    def _look_at_roots(self) -> None:
        """Watch what has come, or come back; forget what has gone."""
        wanted = {root if os.path.isdir(root) or not root.endswith(".zig") else os.path.dirname(root) for root in self.roots()}
        for folder in wanted | self._watches.keys():
            try:
                status = os.stat(folder) if folder in wanted else None
            except OSError:
                status = None
            identity = (status.st_dev, status.st_ino) if status is not None else None
            known, watch = self._watches.get(folder, (None, None))
            if identity == known:
                continue
            is_new = folder not in self._watches
            if watch is not None:
                try:
                    self._observer.unschedule(watch)
                except (KeyError, OSError, RuntimeError):
                    pass  # it ended with the folder
            self._polled.pop(folder, None)
            self._watches[folder] = (identity, self._schedule(folder) if identity is not None else None)
            if not is_new:
                self._events.put((folder, True))
        for folder, before in self._polled.items():
            after = _stamps(folder)
            for path in before.keys() | after.keys():
                if before.get(path) != after.get(path):
                    self._events.put((path, False))
            self._polled[folder] = after

    def _schedule(self, folder: str):
        try:
            return self._observer.schedule(_Handler(self._heard), folder, recursive=True)
        except OSError:
            self._polled[folder] = _stamps(folder)
            return None

    def _heard(self, event) -> None:
        if event.event_type in _IGNORED_EVENTS or event.is_directory and event.event_type == "modified":
            return
        for path in (event.src_path, event.dest_path):
            path = os.fsdecode(path)
            if path and (event.is_directory or path.endswith(".zig") or any(path in inputs for inputs in list(self._inputs.values()))):
                self._events.put((path, event.is_directory))


class _Handler:
    """What an observer calls."""

    def __init__(self, heard):
        self.dispatch = heard


def in_paths(paths: list[str], source_of: Callable[[str], Source], arguments: dict[str, object]) -> Callable[[], dict[str, Target]]:
    """How to find the modules of files and directories, as `modules` does."""
    graph = Graph()

    def find() -> dict[str, Target]:
        chosen = {path for path in paths if not os.path.isdir(path)}
        chosen.update(path for folder in paths if os.path.isdir(folder) for path in modules(folder, graph))
        return {path: Target(source_of(path), arguments) for path in sorted(chosen) if os.path.isfile(path)}

    return find


def watch(paths: Iterable[str | os.PathLike] | None = None, *, report: Callable[[list[Result]], None] | None = None) -> Watcher:
    """Build, in the background, the imported ``.zig`` modules whose source is saved: the next import with ``reload=True``, or
    `zigbind.reload()`, then takes the time of a warm import.

    ``paths`` are the files and directories to watch, by default the folders of the modules. ``report`` gets the results of each round;
    by default errors are shown on stderr. `stop()` of what is returned ends it, and so does the process.
    """
    given = None if paths is None else [os.path.abspath(os.fspath(path)) for path in paths]

    def find() -> dict[str, Target]:
        found = {}
        for module in list(sys.modules.values()):
            loader = getattr(getattr(module, "__spec__", None), "loader", None)
            if type(loader) is hotreload.ZigLoader:
                found[loader.path] = Target(cold.source(loader.name, loader.path), loader.arguments)
        return found

    def roots() -> list[str]:
        return given if given is not None else sorted({os.path.dirname(path) for path in find()})

    return Watcher(roots, find, report or show_errors).start()


def show_errors(results: list[Result]) -> None:
    """Errors on stderr, nothing else."""
    for result in results:
        if result.error is not None and sys.stderr is not None:
            print(plain(result.error), file=sys.stderr, flush=True)


class Command:
    """A command that runs while its modules are watched: started anew, or sent a signal, when they are built."""

    def __init__(self, words: list[str], signal_name: str | None = None):
        self.words = words
        self.signal = _signal(signal_name) if signal_name is not None else None
        self._process: subprocess.Popen | None = None

    def follow(self) -> str:
        """Start it, or let it know; what was done, in words."""
        if self._process is not None and self._process.poll() is None:
            if self.signal is not None:
                self._process.send_signal(self.signal)
                return f"sent {self.signal.name} to {self.words[0]}"
            self.stop()
        was_there = self._process is not None
        try:
            self._process = subprocess.Popen(self.words)
        except OSError as error:
            raise ZigbindError(f"{self.words[0]} could not be started: {error.strerror or error}; check the command after --") from None
        return f"{'restarted' if was_there else 'started'} {self.words[0]}"

    def stop(self) -> None:
        """End it: politely, then not."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _signal(name: str) -> signal.Signals:
    full = name.upper() if name.upper().startswith("SIG") else f"SIG{name.upper()}"
    if not hasattr(signal, full) or full.startswith("SIG_"):
        import difflib

        known = [one.name.removeprefix("SIG") for one in signal.Signals]
        near = difflib.get_close_matches(full.removeprefix("SIG"), known, n=1, cutoff=0.4)
        raise ZigbindError(f"--signal: this system knows no signal {name!r}" + (f"; did you mean {near[0]}?" if near else f"; it knows {', '.join(known)}"))
    return getattr(signal, full)


def _observer():
    try:
        from watchdog.observers import Observer
    except ImportError:
        raise ZigbindError("watching needs watchdog, which is not installed: pip install 'zigbind[watch]'") from None
    return Observer()


def _check(root: str) -> None:
    if not os.path.exists(root):
        raise ZigbindError(f"{root}: there is no such file or directory to watch")
    folder = root if os.path.isdir(root) else os.path.dirname(root)
    for path, mode in ((folder, os.R_OK | os.X_OK), (root, os.R_OK)):
        if not os.access(path, mode):
            raise ZigbindError(f"{path} cannot be watched: permission denied; give yourself the right to read it, or name other paths")


def _stamps(folder: str) -> dict[str, object]:
    return {path: manifest.stamp(path) for path in walk(folder)}


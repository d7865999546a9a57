"""``test`` blocks of Zig files: found in the source, built once, run one at a time.

A block that panics or hangs ends its process, and nothing else: the next one gets a new process. The protocol is that of Zig's own test
runner (``lib/compiler/test_runner.zig``, ``--listen=-``): little-endian frames of u32 tag, u32 length, body.
"""

from __future__ import annotations

import os
import queue
import re
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from typing import NamedTuple

from . import cache, compiler, diagnostics, manifest, recipe, settings, toolchain
from .errors import CompileError, ZigbindError

__all__ = ["Block", "Outcome", "TestBinary", "blocks"]

#: A block may take this long.
TIMEOUT_SECONDS = 60.0

_BLOCK = re.compile(r'^[ \t]*test(?:\s+(?:"(?P<text>(?:[^"\\\n]|\\.)*)"|@"(?P<quoted>[^"\n]*)"|(?P<declaration>\w+)))?\s*\{', re.MULTILINE)
_FRAME = re.compile(r"(?P<path>[^\s:][^:\n]*\.zig):(?P<line>\d+):(?P<column>\d+)")

#: As much as a pipe holds, or more.
_PIPE_BYTES = 1 << 20

_RUN_METADATA, _RUN_TEST = 4, 5
_METADATA, _RESULTS = 3, 4

#: The tests of the file and of the containers in it; not those of files that it imports.
_ROOT = """const std = @import("std");
test {{
    comptime touch(@import("{file}"), 4);
}}
fn touch(comptime T: type, comptime depth: usize) void {{
    if (depth == 0) return;
    switch (@typeInfo(T)) {{
        inline .@"struct", .@"union", .@"enum", .@"opaque" => |info| {{
            @setEvalBranchQuota(100_000);
            for (info.decls) |declaration| if (@TypeOf(@field(T, declaration.name)) == type) touch(@field(T, declaration.name), depth - 1);
        }},
        else => {{}},
    }}
}}
"""


class Block(NamedTuple):
    """A test block: its ``name`` as a person reads it, the ``line`` it begins on."""

    name: str
    line: int


class Outcome(NamedTuple):
    """How a block ended: ``status`` is passed, failed or skipped; ``text`` is what it said, with the source line it is about."""

    status: str
    text: str
    seconds: float


def blocks(text: str) -> tuple[Block, ...]:
    """The test blocks of a source, in its order. Those without a name are numbered, as are those of one name in several containers."""
    found, unnamed = [], 0
    seen: dict[str, int] = {}
    for match in _BLOCK.finditer(text):
        name = match["text"] if match["text"] is not None else match["quoted"] or match["declaration"]
        if name is None:
            name = f"test_{unnamed}"
            unnamed += 1
        elif match["text"] is not None:
            name = _unescaped(name)
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{name} ({seen[name]})"
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        found.append(Block(name=name, line=text.count("\n", 0, start) + 1))
    return tuple(found)


def _unescaped(text: str) -> str:
    """A Zig string literal's text as its value."""
    simple = {"n": "\n", "t": "\t", "r": "\r"}

    def one(match: re.Match) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        return chr(int(match[2], 16)) if match[2] else simple.get(match[3], match[3])

    return re.sub(r"\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]+)\}|(.))", one, text)


class TestBinary:
    """The test blocks of one file, built when the first of them is run."""

    __test__ = False  # pytest looks at names

    def __init__(self, path: str, root: str, *, arguments: dict[str, object], environ: dict[str, str], cwd: str):
        self.path = path
        self.root = root
        self.cwd = cwd
        self.environ = environ
        pyproject, _absent = settings.find_pyproject(os.path.dirname(path))
        # Traces need what a release build leaves out, and the self-hosted backend builds in a fraction of the time.
        self.settings = settings.merge(arguments={"optimize": "Debug"} | arguments, environ=environ, pyproject=pyproject, cwd=cwd)
        self._program: str | None = None
        self._error: ZigbindError | None = None
        self._process: _Runner | None = None
        self._index: dict[str, int] = {}

    def run(self, name: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Outcome:
        """Run one block. CompileError where the file's tests do not compile, for each of them the same."""
        if self._error is not None:
            raise self._error
        if self._program is None:
            try:
                self._program = self._build()
            except ZigbindError as error:
                self._error = error
                raise
        if self._process is None:
            self._process = _Runner(self._program, os.path.dirname(self.path), self.environ)
            self._index = {}
            seen: dict[str, int] = {}
            for number, full in enumerate(self._process.names):
                short = self._short(full)
                seen[short] = seen.get(short, 0) + 1
                self._index[short if seen[short] == 1 else f"{short} ({seen[short]})"] = number
        number = self._index.get(name)
        if number is None:
            return Outcome("failed", f"Zig does not reach this block: it stands in a container that nothing refers to, or that is not pub ({self.path})", 0.0)
        started = time.perf_counter()
        status, text = self._process.run(number, timeout_seconds)
        if self._process.is_dead:
            self._process = None
        return Outcome(status, self._located(text), time.perf_counter() - started)

    def close(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None

    def _prefix(self) -> str:
        relative = os.path.relpath(self.path, self.root).replace(os.sep, "/").removesuffix(".zig")
        return f"{compiler.TOP}.{relative.replace('/', '.')}."

    def _short(self, full: str) -> str:
        """The name of a block as `blocks` has it, of the full name that Zig gives it."""
        inner = full.removeprefix(self._prefix())
        if inner == full:
            return f"\0{full}"  # of another file
        for marker in ("decltest.", "test."):
            head, found, tail = inner.partition(marker)
            if found and (not head or head.endswith(".")):
                return tail
        return inner.rpartition(".")[2]

    def _build(self) -> str:
        """The path of the program, compiled if need be. Zig's own cache decides: its key is all that goes in."""
        chosen = self.settings
        found = toolchain.find(zig_path=chosen.zig_path, search_path=self.environ.get("PATH", ""), read_version=toolchain.version_of)
        opened = cache.open_cache(chosen.cache_dir or manifest.default_root(self.environ) or manifest.fallback_root(self.environ))
        file = os.path.relpath(self.path, self.root).replace(os.sep, "/")
        key = recipe.digest("zigbind tests 1", self.root, file, found.version, repr(chosen))
        folder = cache.make_folder(opened.root, "tests", key)
        with opened.lock(f"tests-{key}", timeout_seconds=chosen.lock_timeout):
            cache.write_aside(os.path.join(folder, "root.zig"), _ROOT.format(file=f"{compiler.TOP}/{file}").encode())
            link = os.path.join(folder, compiler.TOP)
            if not os.path.lexists(link):
                compiler.link_directory(self.root, link)
            command = [found.path, "test", "--test-no-exec", "--name", "test", "-fno-ubsan-rt", "-O", chosen.optimize, f"-mcpu={chosen.cpu}", "-fno-sanitize-c"]
            if chosen.c_sources or chosen.link_libraries:
                command.append("-lc")
            command += [f"-l{library}" for library in chosen.link_libraries]
            command += ["--dep", "zigbind", *chosen.zig_args]
            for directory in chosen.include_dirs:
                command += ["-I", directory]
            command += [*chosen.c_sources, "-Mroot=root.zig", f"-Mzigbind={os.path.join(compiler.RUNTIME, 'zigbind.zig')}"]
            command += ["--cache-dir", os.path.join(folder, "cache"), "--global-cache-dir", opened.zig_cache(found.version), *compiler.LISTEN]
            bundle, digest, _inputs, _peak = compiler.converse(command, cwd=folder, log_path=os.path.join(folder, "log"), what=self.path)
        errors = diagnostics.decode(bundle, compiler.is_in_top)
        if errors or digest is None:
            moved = tuple(self._in_project(one, folder) for one in errors)
            needs_python = any(one.message.startswith(("undefined symbol: Py", "undefined symbol: _Py")) for one in moved)
            hint = "\ntest blocks run without Python: test what makes or uses its objects from Python" if needs_python else ""
            raise CompileError(
                f"the tests of {os.path.relpath(self.path, self.cwd)} do not compile\n{diagnostics.render(moved)}{hint}",
                name=file,
                path=self.path,
                diagnostics=moved,
            )
        built = os.path.join(folder, "cache", "o", digest)
        return next(os.path.join(built, name) for name in os.listdir(built) if os.path.splitext(name)[0] == "test" and not name.endswith((".pdb", ".o", ".obj")))

    def _in_project(self, one: diagnostics.Diagnostic, folder: str) -> diagnostics.Diagnostic:
        one = one._replace(notes=tuple(self._in_project(note, folder) for note in one.notes))
        if one.path is None:
            return one
        full = os.path.normpath(os.path.join(folder, one.path))
        top = os.path.join(folder, compiler.TOP) + os.sep
        if not full.startswith(top):
            return one._replace(path=full)
        path = os.path.join(self.root, full[len(top) :])
        return diagnostics.place(one, path)._replace(path=os.path.relpath(path, self.cwd))

    def _located(self, text: str) -> str:
        """What a test said: the frames of the project with their source lines, and none of Zig's own library and runner."""
        kept: list[str] = []
        marker = f"{os.sep}{compiler.TOP}{os.sep}"
        after_frame = 0
        for line in text.splitlines():
            frame = _FRAME.match(line)
            if frame is not None:
                _before, found, inside = frame["path"].partition(marker)
                if found:
                    kept.append(_shown(os.path.join(self.root, inside), int(frame["line"]), int(frame["column"]), self.cwd))
                after_frame = 2
            elif after_frame and (after_frame == 2 or line.strip() == "^"):
                after_frame -= 1  # the runner's own source line and caret
            elif not line.startswith("???:"):
                after_frame = 0
                kept.append(re.sub(r"^thread \d+ panic: ", "panic: ", line.rstrip()))
        if kept and _FRAME.match(kept[0]):
            kept.insert(0, "it returned an error")
        return "\n".join(kept).strip()


def _shown(path: str, line: int, column: int, cwd: str) -> str:
    """A place in a file, with its source line and a caret."""
    head = f"{os.path.relpath(path, cwd)}:{line}:{column}"
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            source = file.read().splitlines()[line - 1]
    except (OSError, IndexError):
        return head
    padding = "".join(char if char == "\t" else " " for char in source[: column - 1])
    return f"{head}\n    {source}\n    {padding}^"


class _Runner:
    """A process of the test program."""

    def __init__(self, program: str, cwd: str, environ: dict[str, str]):
        self.is_dead = False
        self._process = subprocess.Popen(
            [program, "--listen=-"], cwd=cwd, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._frames: queue.SimpleQueue = queue.SimpleQueue()
        self._said: list[bytes] = []
        self._said_all = False
        self._listening = threading.Lock()
        threading.Thread(target=self._read_frames, daemon=True).start()
        threading.Thread(target=self._read_said, daemon=True).start()
        self._send(_RUN_METADATA)
        frame = self._wait(_METADATA, TIMEOUT_SECONDS)
        if frame is None:
            raise ZigbindError(f"the test program {program} does not answer: {self._text()}")
        text_bytes, count = struct.unpack_from("<II", frame)
        places = struct.unpack_from(f"<{count}I", frame, 8)
        texts = frame[8 + 8 * count :][:text_bytes]
        self.names = [texts[at : texts.index(0, at)].decode("utf-8", "replace") for at in places]

    def run(self, number: int, timeout_seconds: float) -> tuple[str, str]:
        self._listen()
        self._said.clear()
        self._send(_RUN_TEST, struct.pack("<I", number))
        frame = self._wait(_RESULTS, timeout_seconds)
        if frame is None:
            is_hanging = self._process.poll() is None and not self._frames_ended
            self.end()
            text = self._text()
            if is_hanging:
                return "failed", f"it was still running after {timeout_seconds:g} s and was ended; a longer --timeout (with pytest --zig-timeout) lets it go on" + (f"\n{text}" if text else "")
            status = self._process.returncode
            return "failed", text or f"the process ended with {f'signal {-status} ({signal.strsignal(-status)})' if status < 0 else f'status {status}'}"
        _number, flags = struct.unpack("<II", frame)
        fail, skip, leak, logged = flags & 1, flags & 2, flags & 4, flags >> 4
        if fail or leak or logged:
            text = self._text()
            if leak and not fail:
                text = f"memory of std.testing.allocator was not freed\n{text}"
            elif logged and not fail:
                text = f"errors were logged: {logged}\n{text}"
            return "failed", text or "it returned an error"
        return ("skipped", "") if skip else ("passed", self._text())

    def end(self) -> None:
        self.is_dead = True
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin,):
            try:
                pipe.close()
            except OSError:
                pass

    def _send(self, tag: int, body: bytes = b"") -> None:
        try:
            self._process.stdin.write(struct.pack("<II", tag, len(body)) + body)
            self._process.stdin.flush()
        except OSError:
            pass  # it has ended: waiting for its answer says so

    _frames_ended = False

    def _wait(self, tag: int, timeout_seconds: float) -> bytes | None:
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                frame = self._frames.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return None
            if frame is None:
                self._frames_ended = True
                return None
            if frame[0] == tag:
                return frame[1]

    def _read_frames(self) -> None:
        with self._process.stdout as pipe:
            while len(header := pipe.read(8)) == 8:
                tag, size = struct.unpack("<II", header)
                self._frames.put((tag, pipe.read(size)))
        self._frames.put(None)

    def _read_said(self) -> None:
        """Listen all the time: a program whose pipe is full would wait."""
        while not self._said_all:
            _wait_for(self._process.stderr)
            self._listen()
        self._process.stderr.close()

    def _listen(self) -> None:
        """Take what it has said so far: all that it said before a frame is in the pipe when the frame is here, and one read empties a pipe."""
        with self._listening:
            if not self._said_all and _has_bytes(self._process.stderr):
                chunk = os.read(self._process.stderr.fileno(), _PIPE_BYTES)
                self._said.append(chunk)
                self._said_all = not chunk

    def _text(self) -> str:
        self._listen()
        return b"".join(self._said).decode("utf-8", "replace").strip()


if sys.platform == "win32":
    import _winapi
    import msvcrt

    def _has_bytes(pipe) -> bool:
        """Whether reading a pipe takes no time: something is in it, or it has ended."""
        try:
            return _winapi.PeekNamedPipe(msvcrt.get_osfhandle(pipe.fileno()), 0)[0] > 0
        except OSError:
            return True

    def _wait_for(pipe) -> None:
        while not _has_bytes(pipe):
            time.sleep(0.01)  # pipes are none of what can be waited for there

else:

    def _has_bytes(pipe, timeout_ms: int | None = 0) -> bool:
        """Whether reading a pipe takes no time: something is in it, or it has ended."""
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        return bool(poll.poll(timeout_ms))

    def _wait_for(pipe) -> None:
        _has_bytes(pipe, None)

"""Run zig for one recipe, through the compiler server's protocol (``zig build-lib --listen=-``).

The protocol tells the exact inputs and the structured errors. Frames both ways are little-endian: u32 tag, u32 length, body.
"""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from . import binary, diagnostics
from .diagnostics import Diagnostic
from .errors import ZigbindError
from .recipe import Recipe

__all__ = ["LISTEN", "Outcome", "arguments", "converse", "is_in_top", "link_directory", "run"]

#: What the project's directory is called beside the root file.
TOP = "top"
RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtime")

#: The runtime's own thread-local: the innermost guarded call.
_OWN_THREAD_LOCAL_BYTES = 8

#: For `converse`: speak the protocol, and tell with each error what led to it.
LISTEN = ("--listen=-", "-freference-trace=1000")

_UPDATE = 1
_ERROR_BUNDLE, _EMIT_DIGEST, _FILE_SYSTEM_INPUTS = 1, 2, 5
_PREFIX_ZIG_LIB, _PREFIX_WORKING_DIRECTORY = 2, 1


class Outcome(NamedTuple):
    """How a compile ended. ``library`` is the file in the stage, None where there are ``diagnostics``.

    ``inputs`` are the absolute paths of all the files that zig read, without its own and the runtime's.
    """

    library: str | None
    diagnostics: tuple[Diagnostic, ...]
    inputs: tuple[str, ...]
    peak_bytes: int = 0


def run(recipe: Recipe, *, root: str, stage: str, zig_cache: str, runtime: str = RUNTIME) -> Outcome:
    """Compile ``root``, the text of the root file, in the empty directory ``stage``. ``runtime`` is the runtime, or a copy of it.

    Compiles again with compiler_rt where a symbol of it is missing, and with LLVM where the self-hosted backend of Zig 0.15
    would miscompile thread-locals. ZigbindError where zig itself failed.
    """
    with open(os.path.join(stage, "root.zig"), "w", encoding="utf-8", newline="\n") as file:
        file.write(root)
    link_directory(recipe.source.root, os.path.join(stage, TOP))
    if recipe.target.is_windows:
        _make_import_library(recipe, stage)
    # Libraries of the system need not give their symbols versions: which of them are missing cannot be told then.
    links_others = bool(recipe.settings.link_libraries) or any(argument.startswith("-l") for argument in recipe.settings.zig_args)
    is_elf = "-linux" in recipe.target.triple
    extra: tuple[str, ...] = ("-fno-compiler-rt",) if is_elf and not links_others else ()
    outcome = _once(recipe, extra, stage, zig_cache, runtime, "first")
    if outcome.library is None or not is_elf:
        return outcome
    with open(outcome.library, "rb") as file:
        image = file.read()
    again = []
    missing = _missing(image, recipe) if not links_others else []
    if not missing:
        again += extra
    if recipe.settings.optimize == "Debug" and binary.thread_local_bytes(image) > _OWN_THREAD_LOCAL_BYTES and "-fllvm" not in recipe.settings.zig_args:
        again.append("-fllvm")
    if tuple(again) != extra:
        outcome = _once(recipe, tuple(again), stage, zig_cache, runtime, "second")
        if outcome.library is None:
            return outcome
    if missing:
        with open(outcome.library, "rb") as file:
            missing = _missing(file.read(), recipe)
        if missing:
            return outcome._replace(library=None, diagnostics=tuple(_undefined(name) for name in missing))
    return outcome


def arguments(recipe: Recipe, extra: tuple[str, ...], runtime: str = RUNTIME) -> list[str]:
    """The arguments of zig for a recipe. What stands before ``-M`` is for that module."""
    settings, target = recipe.settings, recipe.target
    common = ["-target", target.triple, f"-mcpu={settings.cpu}", "-fstrip", "-fno-unwind-tables", "-fno-stack-protector", "-fomit-frame-pointer"]
    args = ["build-lib", "-dynamic", "--name", recipe.source.tail, "-fno-ubsan-rt", "-fno-stack-check", "-fallow-shlib-undefined", *extra]
    # In C code signed overflow and the like would end the process, without a word.
    args.append("-fno-sanitize-c")
    if target.is_macos:
        args += ["-install_name", f"@rpath/{recipe.source.tail}{target.suffix}"]
    if target.links_libc or settings.c_sources or settings.link_libraries:
        args.append("-lc")
    if target.is_windows:
        args += ["-fno-emit-implib", "-L.", "-lpython3"]
    args += [f"-l{library}" for library in settings.link_libraries]
    args += ["--dep", "zigbind", *settings.zig_args, "-O", settings.optimize, *common]
    for directory in settings.include_dirs:
        args += ["-I", directory]
    args += settings.c_sources
    args.append("-Mroot=root.zig")
    args += ["-O", settings.optimize, *common, f"-Mzigbind={os.path.join(runtime, 'zigbind.zig')}"]
    return args


def _once(recipe: Recipe, extra: tuple[str, ...], stage: str, zig_cache: str, runtime: str, attempt: str) -> Outcome:
    cache = os.path.join(stage, attempt)
    command = [recipe.toolchain.path, *arguments(recipe, extra, runtime), "--cache-dir", cache, "--global-cache-dir", zig_cache, *LISTEN]
    bundle, digest, inputs, peak_bytes = converse(command, cwd=stage, log_path=os.path.join(stage, attempt + ".log"), what=recipe.source.path)
    found = tuple(_in_project(diagnostic, recipe, stage, runtime) for diagnostic in diagnostics.decode(bundle, is_in_top))
    library = None
    if not found and digest is not None:
        directory = os.path.join(cache, "o", digest)
        library = next((os.path.join(directory, name) for name in os.listdir(directory) if name.endswith((".so", ".dll", ".dylib"))), None)
    if library is None and not found:
        raise ZigbindError(f"zig made no library of {recipe.source.path}, and gave no reason; look at zig-args: {' '.join(recipe.settings.zig_args) or 'none'}")
    if library is not None and "-musl" in recipe.target.triple:
        # Zig's name for musl, which only a machine with compilers has: the interpreter has loaded the libc.
        _rewrite(library, lambda image: binary.without_library(image, "libc.so"))
    if library is not None and "-linux" in recipe.target.triple and recipe.settings.optimize == "Debug":
        _rewrite(library, binary.without_numbers)
    return Outcome(library=library, diagnostics=found, inputs=_inputs(inputs, recipe, stage), peak_bytes=peak_bytes)


def converse(command: list[str], *, cwd: str, log_path: str, what: str) -> tuple[bytes, str | None, bytes, int]:
    """Run a zig that listens for one build: (error bundle, digest of the artifact, inputs, its peak memory in bytes).

    ZigbindError where it ends without an answer; what it said is in the file at ``log_path`` then, and in the error.
    """
    with open(log_path, "wb") as log:
        try:
            process = subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        except OSError as error:
            raise ZigbindError(f"{command[0]} could not be run: {error}") from None
        try:
            answer = _converse(process)
            if answer is not None:
                process.kill()  # everything is written; tidying up before it exits would take it 10 ms
        except BaseException:
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):  # what was not sent to a compiler that is gone
                process.stdin.close()
            process.stdout.close()
            peak_bytes = _wait(process)
    if answer is None:
        with open(log_path, encoding="utf-8", errors="replace") as log:
            said = log.read().strip()
        how = f"was ended by signal {-process.returncode}" if process.returncode < 0 else f"ended with status {process.returncode}"
        raise ZigbindError(f"zig {how} while it compiled {what}" + (f":\n{said}" if said else "") + _hint(said))
    return (*answer, peak_bytes)


def _hint(said: str) -> str:
    """What may help against what zig said, on a line of its own."""
    if "unable to find" in said and "system library" in said:
        return (
            "\nzig looks for libraries in no folder of the system by itself, for it compiles for other systems too; name the folder in "
            "[tool.zigbind] of pyproject.toml, as zig-args = [\"-L\", \"/usr/lib/x86_64-linux-gnu\"]"
        )
    return ""


def _rewrite(library: str, change: Callable[[bytes], bytes]) -> None:
    with open(library, "rb+") as file:
        image = change(file.read())
        file.seek(0)
        file.write(image)


def _converse(process: subprocess.Popen) -> tuple[bytes, str | None, bytes] | None:
    """Ask for one build. (error bundle, digest of the artifact, inputs), or None where the compiler ended instead."""
    digest, inputs = None, b""
    try:
        process.stdin.write(struct.pack("<II", _UPDATE, 0))
        process.stdin.flush()
        while True:
            header = process.stdout.read(8)
            if len(header) < 8:
                return None
            tag, size = struct.unpack("<II", header)
            body = process.stdout.read(size)
            if len(body) < size:
                return None
            if tag == _EMIT_DIGEST:
                digest = body[1:17].hex()
            elif tag == _FILE_SYSTEM_INPUTS:
                inputs = body
            elif tag == _ERROR_BUNDLE:  # exactly one ends each update
                return body, digest, inputs
    except BrokenPipeError:
        return None


def _wait(process: subprocess.Popen) -> int:
    """Wait for the compiler; its peak memory where the system tells."""
    if sys.platform != "win32":
        try:
            _pid, status, usage = os.wait4(process.pid, 0)
        except ChildProcessError:
            pass
        else:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    process.wait()
    return 0


def _inputs(body: bytes, recipe: Recipe, stage: str) -> tuple[str, ...]:
    """The paths in an inputs message: NUL-separated, each after a byte that says where it counts from."""
    top = os.path.join(stage, TOP) + os.sep
    paths = set()
    for entry in body.split(b"\0"):
        if not entry or entry[0] == _PREFIX_ZIG_LIB:
            continue
        path = os.fsdecode(entry[1:])
        if entry[0] != _PREFIX_WORKING_DIRECTORY and not os.path.isabs(path):
            continue  # zig's own caches
        path = os.path.normpath(os.path.join(stage, path))
        if path.startswith(top):
            path = os.path.join(recipe.source.root, path[len(top) :])
        elif path.startswith((stage + os.sep, RUNTIME + os.sep)):
            continue
        paths.add(path)
    return tuple(sorted(paths))


def is_in_top(path: str) -> bool:
    """Whether a path that zig tells is one of the project's."""
    return path.replace("\\", "/").startswith(TOP + "/")


#: How zig calls what is in files of the project: by the folder that stands for it. A text: only errors need the pattern.
_TYPE_IN_TOP = rf"(?<![\w.]){TOP}\.(?=[\w@])"


def _in_project(diagnostic: Diagnostic, recipe: Recipe, stage: str, runtime: str) -> Diagnostic:
    """The diagnostic with paths of the project instead of the stage's, and of the runtime instead of its copy's.

    What the runtime refuses by itself, as an option that it does not know, is said without the place in the runtime.
    """
    notes = tuple(_in_project(note, recipe, stage, runtime) for note in diagnostic.notes)
    diagnostic = diagnostic._replace(notes=notes, message=re.sub(_TYPE_IN_TOP, "", diagnostic.message))
    if diagnostic.path is None:
        return diagnostic
    full = os.path.normpath(os.path.join(stage, diagnostic.path))
    top = os.path.join(stage, TOP) + os.sep
    if full.startswith(top):
        return diagnostics.place(diagnostic, os.path.join(recipe.source.root, full[len(top) :]))
    if diagnostic.message.endswith("' file not found"):  # as clang says it
        hint = Diagnostic(path=None, line=0, column=0, level="note", message="name its folder in include-dirs of [tool.zigbind]")
        diagnostic = diagnostic._replace(notes=(*notes, hint))
    if full.startswith(stage + os.sep):
        if diagnostic.message.startswith("unable to load"):
            # `../other.zig`, where the project's folder stands for all that it is in.
            folder = os.path.dirname(recipe.source.root)
            hint = Diagnostic(path=None, line=0, column=0, level="note", message=f"what a module imports must be in {recipe.source.root} or below it")
            return diagnostic._replace(path=os.path.join(folder, full[len(stage) + 1 :]), notes=(*notes, hint))
        return diagnostic._replace(path=None, line=0)  # zig made it, and it is gone
    if full.startswith(runtime + os.sep):
        full = os.path.join(RUNTIME, full[len(runtime) + 1 :])
        if "@compileError(" in (diagnostic.source or ""):
            own = tuple(note for note in notes if not (note.path or "").startswith(RUNTIME + os.sep))
            return diagnostic._replace(path=None, line=0, column=0, source=None, notes=own)
    return diagnostic._replace(path=full)


def _missing(image: bytes, recipe: Recipe) -> list[str]:
    """Symbols that nothing will provide when the library is loaded."""
    names = binary.undefined_symbols(image)
    if recipe.target.links_libc:
        return names
    # Without libc at link time its symbols have no version: only what compiler_rt alone defines is surely missing.
    return [name for name in names if name.startswith("__") and name not in _LIBC_INTERNALS]


_LIBC_INTERNALS = {"__tls_get_addr", "__errno_location", "__cxa_finalize", "__stack_chk_fail"}


def _undefined(name: str) -> Diagnostic:
    hint = Diagnostic(
        path=None, line=0, column=0, level="note", message="name the library that defines it in link-libraries, or its source in c-sources"
    )
    return Diagnostic(path=None, line=0, column=0, level="error", message=f"undefined symbol: {name}", notes=(hint,))


def _make_import_library(recipe: Recipe, stage: str) -> None:
    """What the linker of Windows needs to know of python3.dll, made from a list of names."""
    machine = {"x86_64": "i386:x86-64", "aarch64": "arm64"}[recipe.target.triple.partition("-")[0]]
    definition = os.path.join(RUNTIME, "python3.def")
    command = [recipe.toolchain.path, "dlltool", "-m", machine, "-d", definition, "-D", "python3.dll", "-l", "python3.lib"]
    result = subprocess.run(command, cwd=stage, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise ZigbindError(f"the import library of python3.dll could not be made: {result.stderr.strip()}")


def link_directory(target: str, link: str) -> None:
    """Make ``link`` stand for the directory ``target``: so files of the project can import from all of it."""
    if sys.platform == "win32":
        import _winapi

        _winapi.CreateJunction(target, link)
    else:
        os.symlink(target, link)

"""``%load_ext zigbind``: Zig in the cells of Jupyter and IPython.

Nothing but IPython's own display protocol is used, so every front end that has it shows the same.
"""

from __future__ import annotations

import argparse
import builtins
import difflib
import html
import os
import shlex
import stat
import sys
import threading
import time

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

from . import assembly, diagnostics, hotreload, settings
from .cells import Cells, as_cell, declared, skipped, why_not
from .errors import CompileError, ZigbindError

__all__ = ["CellError", "ZigMagics", "load", "unload"]

_PROGRESS_AFTER_SECONDS = 1.0
_PROGRESS_EACH_SECONDS = 0.5
#: How long to wait for output to be read, how often to look, and how often a pipe must be seen empty: the reader has work to do then.
_DRAIN_SECONDS = 1.0
_DRAIN_STEP_SECONDS = 0.001
_DRAIN_LOOKS = 3


class CellError(CompileError):
    """Zig refused a cell. What it says is shown above; the traceback is one line, because no Python code is at fault."""

    def _render_traceback_(self) -> list[str]:
        return [f"CellError: {self}"]


def _shortly(one: diagnostics.Diagnostic) -> str:
    """The message, with the first place that is not in a library, where there is one."""
    places = [f"{each.path}:{each.line}: " for each in (one, *one.notes) if each.line]
    own = (place for place in places if not os.path.isabs(place))
    return next(own, places[0] if places else "") + one.message


class _Report:
    """Diagnostics as every front end can show them."""

    def __init__(self, found: tuple[diagnostics.Diagnostic, ...]):
        self.text = diagnostics.render(found)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        lines = []
        for line in self.text.split("\n"):
            escaped = html.escape(line)
            is_caret = bool(line.strip(" \t~")) and not line.strip(" \t^~")
            colour = "#c0392b" if ": error:" in f": {line}" or is_caret else "#2980b9" if ": note:" in line else ""
            lines.append(f'<span style="color: {colour}; font-weight: bold">{escaped}</span>' if colour else escaped)
        return '<pre style="line-height: 1.3">' + "\n".join(lines) + "</pre>"


class _Parser(argparse.ArgumentParser):
    """Options of a magic: mistakes are errors of the cell, not the end of the kernel."""

    def error(self, message: str):
        # Of argparse: "argument -O/--optimize: expected one argument".
        flags, colon, reason = message.removeprefix("argument ").partition(": ")
        action = next((one for one in self._actions if colon and "/".join(one.option_strings) == flags), None)
        if action is None:
            raise UsageError(f"%%zig: {message}")
        if action.nargs == 0:
            raise UsageError(f"%%zig: {flags} takes no value")
        raise UsageError(f"%%zig: {flags} needs a value, {action.metavar}: {action.help}" if reason.startswith("expected") else f"%%zig: {message}")

    def parse(self, line: str) -> argparse.Namespace:
        try:
            # A backslash separates folders on Windows, and escapes nothing.
            words = shlex.split(line.replace("\\", "\\\\") if os.sep == "\\" else line)
        except ValueError as error:
            raise UsageError(f"%%zig: {error}") from None
        options, rest = self.parse_known_args(words)
        if rest:
            known = [flag for action in self._actions for flag in action.option_strings]
            if rest[0].startswith("--"):
                near = difflib.get_close_matches(rest[0], [flag for flag in known if flag.startswith("--")], n=1, cutoff=0.6)
            else:
                near = [flag for flag in known if flag.lower() == rest[0].lower()]
            raise UsageError(f"%%zig knows no option {rest[0]!r}" + (f"; did you mean {near[0]}?" if near else f"; it knows {', '.join(known)}"))
        return options


def _options() -> _Parser:
    parser = _Parser(prog="%%zig", add_help=False, allow_abbrev=False)
    parser.add_argument("-O", "--optimize", metavar="MODE", help=f"{', '.join(settings.MODES)}; ReleaseSafe if not given")
    parser.add_argument("-n", "--name", metavar="NAME", help="later cells can @import this one as NAME.zig, and it is the module NAME")
    parser.add_argument("-f", "--force", action="store_true", help="compile even if nothing has changed")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress and no warnings")
    parser.add_argument("-I", "--include-dir", action="append", default=[], metavar="DIR", help="where C headers are looked for")
    parser.add_argument("-l", "--link-library", action="append", default=[], metavar="LIB", help="a system library to link with")
    parser.add_argument("--time", action="store_true", help="say how long building and loading took")
    parser.add_argument("--asm", metavar="FUNCTION", help="show the machine code of a public function as assembly text")
    return parser


@magics_class
class ZigMagics(Magics):
    """``%%zig`` and ``%zig_reload``."""

    def __init__(self, shell):
        super().__init__(shell)
        self.cells = Cells()
        self.parser = _options()
        #: What each cell has put into the notebook: name -> value, by the cell's identity.
        self.given: dict[str, dict[str, object]] = {}
        self.reloading = False

    @cell_magic
    def zig(self, line: str, cell: str) -> None:
        """Compile the cell as a Zig module and put its public names into the notebook.

            %%zig [-O MODE] [-n NAME] [-f] [-q] [--time] [--asm FUNCTION] [-I DIR] [-l LIB]

        An unchanged cell is not compiled again. ``-n NAME`` lets later cells ``@import("NAME.zig")``.
        """
        options = self.parser.parse(line)
        if options.name is not None and (reason := self._why_not(options.name)):
            raise UsageError(f"%%zig -n: {reason}")
        arguments: dict[str, object] = {}
        if options.optimize is not None:
            if options.optimize not in settings.MODES:
                near = difflib.get_close_matches(options.optimize, settings.MODES, n=1, cutoff=0.3)
                raise UsageError(f"%%zig -O: {options.optimize!r} is none of {', '.join(settings.MODES)}" + (f"; did you mean {near[0]}?" if near else ""))
            arguments["optimize"] = options.optimize
        cwd = os.getcwd()
        if options.include_dir:
            arguments["include_dirs"] = [os.path.join(cwd, os.path.expanduser(one)) for one in options.include_dir]
            if missing := [one for one in arguments["include_dirs"] if not os.path.isdir(one)]:
                raise UsageError(f"%%zig -I: there is no directory {missing[0]}")
        if options.link_library:
            arguments["link_libraries"] = options.link_library
        environ = dict(os.environ) | {"ZIGBIND_QUIET": "1"}
        identity = self._identity(options.name)
        label = f"{options.name}.zig" if options.name else f"In [{self._number()}]"
        started = time.perf_counter()
        try:
            with _Progress(label, quiet=options.quiet):
                built = self.cells.build(cell, options.name, arguments=arguments, environ=environ, cwd=cwd, refresh=options.force)
        except CompileError as error:
            self._withdraw(identity, declared(cell))
            found = as_cell(error, label)
            display(_Report(found))
            count = len(found)
            first = _shortly(found[0]) if found else ""
            raise CellError(
                f"the cell does not compile: {first}" + (f" (and {count - 1} more)" if count > 1 else ""), name=error.name, path=error.path, diagnostics=found
            ) from None
        except ZigbindError as error:
            self._withdraw(identity, declared(cell))
            raise UsageError(self.cells.as_cell_text(str(error), cell, options.name, label)) from None
        seconds = time.perf_counter() - started
        self._give(identity, options, built, label)
        if options.time:
            print(f"{label}: {'compiled' if built.was_built else 'unchanged'}, {seconds:.3f} s")
        if options.asm is not None:
            self._show_assembly(options.asm, label, built, arguments, environ, cwd)

    @line_magic
    def zig_reload(self, line: str) -> None:
        """``%zig_reload 1``: reload changed .zig modules before each cell; ``0``: no more; without either: reload them now."""
        word = line.strip().lower()
        if word in ("1", "on"):
            self.reloading = True
        elif word in ("0", "off"):
            self.reloading = False
        elif not word:
            for name in hotreload.reload_changed(extra=(self.shell.user_ns,)):
                print(f"reloaded {name}")
        else:
            raise UsageError(f"%zig_reload takes 1, 0 or nothing, not {line.strip()!r}")

    def before_cell(self, _info=None) -> None:
        """Called by IPython before each cell."""
        if not self.reloading and not self._autoreloads():
            return
        try:
            hotreload.reload_changed(extra=(self.shell.user_ns,))
        except ImportError as error:
            # The cell goes on with what was there: it may be the very one that mends the file.
            print(error, file=sys.stderr)

    def after_cell(self, _result=None) -> None:
        """Called by IPython after each cell, while what arrives still belongs to it.

        What Zig writes goes through a pipe that a thread of the kernel reads: without waiting for that thread the last of it would
        come when the cell is done, and some front ends would not show it.
        """
        pipes = [number for number, stream in ((1, sys.stdout), (2, sys.stderr)) if _is_read_by_another(number, stream)]
        if not pipes:
            return
        deadline = time.monotonic() + _DRAIN_SECONDS
        settled = 0
        while settled < _DRAIN_LOOKS and time.monotonic() < deadline:
            time.sleep(_DRAIN_STEP_SECONDS)
            settled = 0 if any(map(_waiting_bytes, pipes)) else settled + 1

    def _autoreloads(self) -> bool:
        """Whether ``%autoreload`` is on: by itself it leaves out what is no .py file."""
        magics = self.shell.magics_manager.registry.get("AutoreloadMagics")
        return bool(getattr(getattr(magics, "_reloader", None), "enabled", False))

    def _why_not(self, name: str) -> str | None:
        return None if name in self.given else why_not(name)

    def _identity(self, name: str | None) -> str:
        """What stays the same when a cell is edited: its name, or what the front end calls it."""
        if name is not None:
            return name
        get_parent = getattr(self.shell, "get_parent", None)  # a kernel's shell has it
        request = get_parent() if get_parent is not None else {}
        return str((request or {}).get("metadata", {}).get("cellId") or f"In [{self._number()}]")

    def _number(self) -> int:
        """The number of the cell that runs. The shell's own counter is ahead of it from IPython 9 on."""
        history = self.shell.history_manager
        return len(history.input_hist_parsed) - 1 if history is not None else self.shell.execution_count

    def _give(self, identity: str, options: argparse.Namespace, built, label: str) -> None:
        given = {name: getattr(built.module, name) for name in built.names}
        if not options.quiet:
            for name in given:
                if hasattr(builtins, name) and name not in self.shell.user_ns:
                    print(f"zigbind: from now on {name!r} is the cell's, not Python's builtin; del {name} brings that back", file=sys.stderr)
            if not given and options.name is None:
                reasons = "".join(f"\n  {reason}" for reason in skipped(built, label)) or ": put pub before what Python shall see"
                print(f"zigbind: the cell gives Python no name{reasons}", file=sys.stderr)
        self._withdraw(identity, ())
        sys.modules[built.module.__name__] = built.module  # so that classes can be pickled
        if options.name is not None:
            given[options.name] = built.module
        self.shell.user_ns.update(given)
        self.given[identity] = given

    def _withdraw(self, identity: str, names: tuple[str, ...]) -> None:
        """Take away what a cell has put there, and ``names`` where a cell has: but not what was assigned since."""
        for name, value in self.given.pop(identity, {}).items():
            self._remove(name, value)
            if name == identity and sys.modules.get(name) is value:
                del sys.modules[name]
        for name in names:
            for given in self.given.values():
                if name in given:
                    self._remove(name, given[name])

    def _remove(self, name: str, value: object) -> None:
        if self.shell.user_ns.get(name) is value:
            del self.shell.user_ns[name]

    def _show_assembly(self, function: str, label: str, built, arguments: dict[str, object], environ: dict[str, str], cwd: str) -> None:
        try:
            print(assembly.text(built.path, function, label=label, names=built.names, arguments=arguments, environ=environ, cwd=cwd))
        except ZigbindError as error:
            raise UsageError(str(error)) from None


def _is_read_by_another(number: int, stream: object) -> bool:
    """Whether a standard file descriptor is a pipe behind Python's stream, as in a kernel."""
    try:
        return stream is not None and stream.fileno() != number and stat.S_ISFIFO(os.fstat(number).st_mode)
    except (OSError, AttributeError, ValueError):  # no descriptor at all
        return False


def _waiting_bytes(number: int) -> int:
    """How much of a pipe has not been read; 0 where the system does not tell."""
    try:
        import fcntl
        import termios

        return int.from_bytes(fcntl.ioctl(number, termios.FIONREAD, bytes(4)), sys.byteorder)
    except (ImportError, AttributeError, OSError):
        return 0


class _Progress:
    """A display that says for how long a cell has been compiling, where that takes over a second."""

    def __init__(self, label: str, *, quiet: bool):
        self.label = label
        self.quiet = quiet

    def __enter__(self) -> None:
        self._done = threading.Event()
        self._thread = None
        if not self.quiet:
            # The thread belongs to the cell: what it displays appears below it.
            import contextvars

            context = contextvars.copy_context()
            self._thread = threading.Thread(target=context.run, args=(self._watch,))
            self._thread.start()

    def __exit__(self, *_) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        started = time.monotonic()
        if self._done.wait(_PROGRESS_AFTER_SECONDS):
            return
        handle = display(_Line(f"{self.label}: compiling ..."), display_id=True)
        while not self._done.wait(_PROGRESS_EACH_SECONDS):
            if handle is not None:
                handle.update(_Line(f"{self.label}: compiling ... {time.monotonic() - started:.0f} s"))
        if handle is not None:
            handle.update(_Line(f"{self.label}: compiled in {time.monotonic() - started:.1f} s"))


class _Line:
    """A line of text, without quotes."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self) -> str:
        return self.text


@context_matcher(identifier="zigbind.options")
def _complete(context: CompletionContext) -> SimpleMatcherResult:
    """Completion of ``%%zig`` options, of their modes too."""
    before, _, fragment = context.text_until_cursor.rpartition(" ")
    if context.cursor_line != 0 or before.split()[:1] != ["%%zig"]:
        return {"completions": []}
    if before.split()[-1] in ("-O", "--optimize"):
        known = list(settings.MODES)
    else:
        known = [flag for action in _options()._actions for flag in action.option_strings]
    found = [SimpleCompletion(text, type="param") for text in known if text.startswith(fragment)]
    return {"completions": found, "matched_fragment": fragment, "suppress": True, "ordered": True}


def load(shell) -> None:
    """What ``%load_ext zigbind`` does."""
    magics = ZigMagics(shell)
    shell.register_magics(magics)
    shell.events.register("pre_run_cell", magics.before_cell)
    shell.events.register("post_run_cell", magics.after_cell)
    shell.Completer.custom_matchers.append(_complete)


def unload(shell) -> None:
    """What ``%unload_ext zigbind`` does."""
    magics = shell.magics_manager.registry.pop("ZigMagics", None)
    if magics is None:
        return
    shell.events.unregister("pre_run_cell", magics.before_cell)
    shell.events.unregister("post_run_cell", magics.after_cell)
    shell.Completer.custom_matchers.remove(_complete)
    for kind, name in (("cell", "zig"), ("line", "zig_reload")):
        shell.magics_manager.magics[kind].pop(name, None)

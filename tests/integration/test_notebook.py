"""Zig in notebooks: the magics in IPython itself, then whole kernels, through nbclient and through a Jupyter server."""

import asyncio
import atexit
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import websocket
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

import zigbind

ADD = "%%zig\npub fn add(a: i64, b: i64) i64 {\n    return a + b;\n}\n"
BROKEN = "%%zig\npub fn add(a: i64, b: i64) i64 {\n    return a + c;\n}\n"
_TIMEOUT_SECONDS = 120


@pytest.fixture
def here(counted, monkeypatch):
    """The folder of the notebooks is the project's, and this process has the project's environment."""
    for name, value in counted.env.items():
        monkeypatch.setenv(name, value)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(counted.directory / "home" / name.lower()))
    monkeypatch.chdir(counted.root)
    return counted


class Shell:
    """IPython in this process. ``run`` gives the exception of a cell, or None."""

    def __init__(self, shell):
        self.shell = shell
        self.names = shell.user_ns

    def run(self, source: str) -> BaseException | None:
        with capture_output() as captured:
            result = self.shell.run_cell(source, store_history=True)
        self.out, self.err = captured.stdout, captured.stderr
        self.displayed = [output.data for output in captured.outputs]
        self.shown = [data for data in self.displayed if "compiling ..." not in data["text/plain"]]  # a machine may be slow
        return result.error_before_exec or result.error_in_exec

    def ask(self, expression: str):
        error = self.run(f"_answer = {expression}")
        assert error is None, error
        return self.names["_answer"]

    def complete(self, text: str) -> list[str]:
        with provisionalcompleter():
            return [one.text for one in self.shell.Completer.completions(text, len(text))]


@pytest.fixture
def ipython(here, monkeypatch):
    before = set(sys.modules)
    main = sys.modules["__main__"]
    monkeypatch.syspath_prepend(str(here.root))
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(user_module=ModuleType("notebook_main"))
    made = Shell(shell)
    assert made.run("%load_ext zigbind") is None
    yield made
    shell.run_line_magic("unload_ext", "zigbind")
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()
    sys.modules["__main__"] = main
    zigbind.uninstall()
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).endswith(".zig"):
            del sys.modules[name]


# ---- what a cell gives


def test_a_cell_gives_its_public_names(ipython):
    assert ipython.run("%%zig\n/// Adds.\npub fn add(a: i64, b: i64) i64 {\n    return a + b;\n}\n\npub const answer: i64 = 42;\n\nfn hidden() void {}\n") is None
    assert ipython.ask("add(1, b=2)") == 3
    assert ipython.ask("answer") == 42
    assert ipython.ask("add.__doc__").endswith("Adds.")
    assert "hidden" not in ipython.names
    assert (ipython.out, ipython.err, ipython.shown) == ("", "", [])


def test_an_unchanged_cell_is_not_compiled_again(ipython, here):
    assert ipython.run(ADD) is None
    first = ipython.names["add"]
    assert ipython.run(ADD) is None
    assert ipython.names["add"] is first
    assert here.compiles == 1
    assert ipython.run(ADD.replace("%%zig", "%%zig -f")) is None
    assert here.compiles == 2


def test_another_mode_is_another_build(ipython, here):
    assert ipython.run(ADD.replace("%%zig", "%%zig -O Debug")) is None
    assert ipython.run(ADD.replace("%%zig", "%%zig --optimize ReleaseFast")) is None
    assert [re.search(r"-O (\w+)", line)[1] for line in here.log.read_text().splitlines()] == ["Debug", "ReleaseFast"]


def test_a_name_makes_a_module(ipython):
    assert ipython.run("%%zig -n shapes\npub fn area(w: f64, h: f64) f64 {\n    return w * h;\n}\n\npub const Point = struct { x: f64 = 0 };\n") is None
    assert ipython.ask("shapes.area(2, 3)") == ipython.ask("area(2, 3)") == 6.0
    assert ipython.run("import shapes as again, pickle") is None
    assert ipython.ask("again is shapes") is True
    assert ipython.ask("pickle.loads(pickle.dumps(Point)) is Point") is True
    # An edit of the same cell.
    assert ipython.run("%%zig -n shapes\npub fn area(w: f64, h: f64) f64 {\n    return w * h * 10;\n}\n") is None
    assert ipython.ask("shapes.area(2, 3)") == 60.0
    assert "Point" not in ipython.names


def test_a_cell_imports_an_earlier_one(ipython):
    assert ipython.run("%%zig -n base\npub fn twice(n: i64) i64 {\n    return 2 * n;\n}\n") is None
    user = '%%zig\nconst base = @import("base.zig");\n\npub fn f(n: i64) i64 {\n    return base.twice(n) + 1;\n}\n'
    assert ipython.run(user) is None
    assert ipython.ask("f(4)") == 9
    # It follows an edit of that cell when it runs again.
    assert ipython.run("%%zig -n base\npub fn twice(n: i64) i64 {\n    return 20 * n;\n}\n") is None
    assert ipython.ask("f(4)") == 9
    assert ipython.run(user) is None
    assert ipython.ask("f(4)") == 81


def test_a_cell_imports_a_file_beside_the_notebook(ipython, here):
    here.write("beside.zig", 'pub const deep = @import("lib/deep.zig");\n')
    here.write("lib/deep.zig", "pub const number: i64 = 7;\n")
    here.write("data.txt", "hello")
    cell = '%%zig\nconst beside = @import("beside.zig");\n\npub fn f() i64 {\n    return beside.deep.number + @embedFile("data.txt").len;\n}\n'
    assert ipython.run(cell) is None
    assert ipython.ask("f()") == 12
    here.write("lib/deep.zig", "pub const number: i64 = 70;\n")
    assert ipython.run(cell) is None
    assert ipython.ask("f()") == 75
    # A cell of that name comes first.
    assert ipython.run("%%zig -n beside\npub const deep = struct {\n    pub const number: i64 = 1;\n};\n") is None
    assert ipython.run(cell) is None
    assert ipython.ask("f()") == 6
    assert here.root.joinpath("beside.zig").read_text() == 'pub const deep = @import("lib/deep.zig");\n'


def test_where_there_are_no_symbolic_links(ipython, here, monkeypatch):
    """As on Windows without the privilege: what lies beside the notebook is copied, and copied again when it changes."""

    def refuse(*_args, **_keywords):
        raise OSError(1314, "a required privilege is not held by the client")

    here.write("beside.zig", 'pub const deep = @import("lib/deep.zig");\n')
    here.write("lib/deep.zig", "pub const number: i64 = 7;\n")
    cell = '%%zig\npub fn f() i64 {\n    return @import("beside.zig").deep.number;\n}\n'
    from zigbind import cells, compiler

    real = os.symlink
    monkeypatch.setattr(compiler, "link_directory", lambda target, link: real(target, link))  # a junction there
    monkeypatch.setattr(cells.os, "symlink", refuse)
    # The compiler's stage is linked by the function above; `os` is one module.
    assert ipython.run(cell) is None, ipython.err
    assert ipython.ask("f()") == 7
    here.write("lib/deep.zig", "pub const number: i64 = 8;\n")
    assert ipython.run(cell) is None
    assert ipython.ask("f()") == 8
    here.write("beside.zig", "pub const deep = struct {\n    pub const number: i64 = 9;\n};\n")
    assert ipython.run(cell) is None
    assert ipython.ask("f()") == 9


def test_settings_of_the_project_count(ipython, here):
    here.write("pyproject.toml", '[tool.zigbind]\noptimize = "ReleaseSmall"\n')
    assert ipython.run(ADD) is None
    assert "-O ReleaseSmall" in here.log.read_text()


def test_c_headers_and_libraries(ipython, here):
    here.write("include/seven.h", "#define SEVEN 7\n")
    cell = '%%zig -I include -l m\nconst c = @cImport(@cInclude("seven.h"));\nextern fn cbrt(x: f64) f64;\n\npub fn f() f64 {\n    return cbrt(c.SEVEN + 1);\n}\n'
    assert ipython.run(cell) is None, ipython.err
    assert ipython.ask("f()") == 2.0


def test_time_says_what_was_compiled(ipython):
    assert ipython.run(ADD.replace("%%zig", "%%zig --time")) is None
    assert re.fullmatch(r"In \[\d+\]: compiled, \d+\.\d{3} s\n", ipython.out)
    assert ipython.run(ADD.replace("%%zig", "%%zig --time")) is None
    assert re.fullmatch(r"In \[\d+\]: unchanged, \d+\.\d{3} s\n", ipython.out)


def test_asm_shows_a_function(ipython):
    cell = "{}\npub fn add(a: i64, b: i64) i64 {{\n    return a +% b;\n}}\n\npub fn other() void {{}}\n\npub const number = 1;\n"
    assert ipython.run(cell.format("%%zig -O ReleaseFast --asm add")) is None, ipython.err
    assert "add:" in ipython.out and "ret" in ipython.out
    assert "other" not in ipython.out
    error = ipython.run(cell.format("%%zig --asm ad"))
    assert re.fullmatch(r"In \[\d+\] has no public function 'ad'; did you mean add\?", str(error))
    assert ipython.ask("add(1, 2)") == 3  # the cell itself is fine


def test_a_slow_build_is_shown(ipython, here, monkeypatch):
    from zigbind import notebook

    shown = here.tools / "shown"
    real = notebook.display

    def display(*given, **keywords):
        shown.touch()
        return real(*given, **keywords)

    monkeypatch.setattr(notebook, "display", display)
    # It takes until it is shown: this process may be given no time while a build of a fixed length runs.
    here.use_zig(before=f"n=0; while [ ! -e '{shown}' -a $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done")
    assert ipython.run(ADD) is None
    assert [data["text/plain"] for data in ipython.displayed][0].endswith("compiling ...")
    here.use_zig(before="sleep 2.5")
    assert ipython.run(ADD.replace("%%zig", "%%zig -f -q")) is None
    assert ipython.displayed == []


def test_a_shell_without_history(ipython):
    ipython.shell.history_manager = None
    with capture_output() as captured:
        result = ipython.shell.run_cell(ADD, store_history=False)
        broken = ipython.shell.run_cell(BROKEN, store_history=False)
    assert result.success and captured.outputs[-1].data["text/plain"].startswith("In [")
    assert type(broken.error_in_exec).__name__ == "CellError"


def test_completion(ipython):
    assert {"--time", "--asm"} <= set(ipython.complete("%%zig --"))
    assert {"-O", "-n"} <= set(ipython.complete("%%zig -q -"))
    assert "--time" not in ipython.complete("%%zig\npub fn --")
    assert ipython.complete("%%zig -O ReleaseF") == ["ReleaseFast"]
    assert set(ipython.complete("%%zig -O ")) >= {"Debug", "ReleaseSafe", "ReleaseFast", "ReleaseSmall"}
    assert "%%zig" in ipython.complete("%%zi")


def test_unloading_takes_the_magics_away(ipython):
    assert ipython.run("%unload_ext zigbind") is None
    assert "not found" in str(ipython.run(ADD))
    assert ipython.run("%load_ext zigbind") is None
    assert ipython.run(ADD) is None


# ---- what a cell refuses


def test_a_syntax_error(ipython):
    error = ipython.run("%%zig\npub fn f() i64 {\n    return 1\n}\n")
    assert isinstance(error, zigbind.CompileError)
    assert error.diagnostics[0].line == 3  # as the notebook counts, with the line of the magic as the first
    [shown] = ipython.shown
    assert shown["text/plain"].startswith(f"In [{ipython.shell.execution_count - 1}]:3:13: error: expected ';' after statement")
    assert "\n        return 1\n                ^" in shown["text/plain"]
    assert "<pre" in shown["text/html"] and "expected &#x27;;&#x27; after statement" in shown["text/html"]
    assert "Traceback" not in ipython.out + ipython.err
    assert "zigbind-cells-" not in ipython.out + ipython.err + str(shown)


def test_what_a_library_refuses_names_the_cells_line(ipython):
    error = ipython.run('%%zig\nconst std = @import("std");\npub fn f(x: i64) void {\n    std.debug.print("{s}", .{x});\n}\n')
    number = ipython.shell.execution_count - 1
    assert str(error) == f"the cell does not compile: In [{number}]:4: invalid format string 's' for type 'i64'"
    assert f"  In [{number}]:4:20: note: used here\n          std.debug.print" in ipython.shown[0]["text/plain"]


def test_html_is_escaped(ipython):
    error = ipython.run('%%zig\npub fn f() void {\n    @compileError("<script>&");\n}\n\npub const x = f();\n')
    assert isinstance(error, zigbind.CompileError)
    assert "<script>" not in ipython.shown[0]["text/html"] and "&lt;script&gt;&amp;" in ipython.shown[0]["text/html"]


def test_an_error_in_a_file_beside_the_notebook(ipython, here):
    here.write("lib/bad.zig", "pub fn f() i64 {\n    return x;\n}\n")
    assert ipython.run('%%zig\npub const f = @import("lib/bad.zig").f;\n') is not None
    assert ipython.shown[0]["text/plain"].startswith(os.path.join("lib", "bad.zig") + ":2:12: error: use of undeclared identifier 'x'")


@pytest.mark.parametrize("cell", ["%%zig\n", "%%zig\n\n  \n", "%%zig -n name\n\n"])
def test_an_empty_cell(ipython, cell):
    error = ipython.run(cell)
    assert "empty" in str(error)
    assert "Traceback" not in ipython.out + ipython.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-n print", "'print' is the name of a Python builtin, which the cell would hide"),
        ("-n json", "'json' is the name of a module that is installed"),
        ("-n sys", "'sys' is the name of a module that is installed (built-in)"),
        ("-n pytest", "'pytest' is the name of a module that is installed"),
        ("-n a-b", "'a-b' cannot be the name of a module: use ASCII letters"),
        ("-n 1a", "'1a' cannot be the name of a module"),
        ("-n class", "'class' cannot be the name of a module: it is a word of Python"),
        ("-n ../up", "'../up' cannot be the name of a module"),
        ("-n __main__", "'__main__' is the name of a module that is installed"),
        ("-n zigbind", "'zigbind' is the name of a module that is installed"),
        ("-O Fast", "'Fast' is none of Debug, ReleaseSafe, ReleaseFast, ReleaseSmall; did you mean ReleaseFast?"),
        ("-O xyz", "'xyz' is none of Debug, ReleaseSafe, ReleaseFast, ReleaseSmall"),
        ("-O", "%%zig: -O/--optimize needs a value, MODE: Debug, ReleaseSafe, ReleaseFast, ReleaseSmall"),
        ("-n", "%%zig: -n/--name needs a value, NAME: later cells can @import"),
        ("--asm", "%%zig: --asm needs a value, FUNCTION: show the machine code"),
        ("--time=3", "%%zig: --time takes no value"),
        ("--optimise Debug", "knows no option '--optimise'; did you mean --optimize?"),
        ("--tim", "knows no option '--tim'; did you mean --time?"),
        ("--help", "knows no option '--help'; it knows -O, --optimize, -n"),
        ("-o Debug", "knows no option '-o'; did you mean -O?"),
        ("what", "knows no option 'what'; it knows -O, --optimize, -n"),
        ("-n 'open", "No closing quotation"),
        ("-I nowhere", "%%zig -I: there is no directory "),
    ],
)
def test_wrong_use(ipython, here, line, message):
    error = ipython.run(ADD.replace("%%zig", f"%%zig {line}"))
    assert message in str(error)
    assert "Traceback" not in ipython.out + ipython.err
    assert "add" not in ipython.names and here.compiles == 0


def test_a_failed_cell_takes_its_names_away(ipython):
    assert ipython.run("%%zig\npub fn add(a: i64, b: i64) i64 {\n    return a + b;\n}\n\npub const keep: i64 = 1;\npub const mine: i64 = 2;\n") is None
    ipython.run("mine = 'assigned since'")
    ipython.run("alias = add")
    error = ipython.run("%%zig\npub fn add(a: i64, b: i64) i64 {\n    return a + c;\n}\n\npub const mine: i64 = 3;\n")
    assert isinstance(error, zigbind.CompileError)
    assert "add" not in ipython.names
    assert ipython.ask("mine") == "assigned since"
    assert ipython.ask("keep") == 1  # another cell's, and the one that failed says nothing of it
    assert ipython.ask("alias(1, 2)") == 3


def test_a_failed_cell_with_a_name(ipython):
    assert ipython.run("%%zig -n mod\npub fn one() i64 {\n    return 1;\n}\n\npub fn two() i64 {\n    return 2;\n}\n") is None
    assert ipython.run("%%zig -n mod\npub fn one() i64 {\n    return x;\n}\n") is not None
    assert not {"one", "two", "mod"} & ipython.names.keys()
    assert "ModuleNotFoundError" in str(type(ipython.run("import mod")))
    assert ipython.run("%%zig -n mod\npub fn one() i64 {\n    return 11;\n}\n") is None
    assert ipython.ask("mod.one()") == 11


def test_a_name_of_a_builtin_is_said(ipython):
    assert ipython.run("%%zig\npub fn sum(a: i64) i64 {\n    return a;\n}\n") is None
    assert "from now on 'sum' is the cell's, not Python's builtin; del sum brings that back" in ipython.err
    assert ipython.ask("sum(3)") == 3
    ipython.run("del sum")
    assert ipython.ask("sum([1, 2])") == 3


def test_panics_and_errors_are_exceptions(ipython):
    assert ipython.run("%%zig\npub fn at(n: usize) u8 {\n    const text = \"abc\";\n    return text[n];\n}\n\npub fn stop() void {\n    @panic(\"enough\");\n}\n") is None
    assert isinstance(ipython.run("at(7)"), IndexError)
    error = ipython.run("stop()")
    assert isinstance(error, zigbind.PanicError) and "enough" in str(error)
    assert ipython.ask("at(1)") == ord("b")


def test_a_cell_that_gives_nothing(ipython):
    assert ipython.run("%%zig\nfn hidden() void {}\n") is None
    assert ipython.err == "zigbind: the cell gives Python no name: put pub before what Python shall see\n"
    assert ipython.run("%%zig\npub fn f(x: anytype) i64 {\n    _ = x;\n    return 1;\n}\n") is None
    assert re.fullmatch(r"zigbind: the cell gives Python no name\n  f \(In \[\d+\]:2\) is not available in Python: its parameter 'x' is anytype.*\n", ipython.err)
    assert ipython.run("%%zig -q\nfn hidden() void {}\n") is None and ipython.err == ""
    assert ipython.run("%%zig -n helper\npub fn f(x: anytype) i64 {\n    _ = x;\n    return 1;\n}\n") is None and ipython.err == ""  # for other cells


def test_a_library_that_is_not_there(ipython):
    error = ipython.run(ADD.replace("%%zig", "%%zig -l nosuchlib"))
    assert re.search(r"while it compiled In \[\d+\]", str(error)) and "nosuchlib" in str(error) and "zigbind-cells" not in str(error)


def test_without_a_compiler(ipython, monkeypatch):
    monkeypatch.setenv("ZIGBIND_ZIG_PATH", "/nowhere/zig")
    error = ipython.run(ADD)
    assert "there is no such file" in str(error) and "Traceback" not in ipython.out + ipython.err


# ---- modules that follow their files


def test_zig_reload(ipython, here):
    zigbind.install()
    here.answer("followed.zig", 1)
    assert ipython.run("import followed\nfrom followed import f") is None
    here.answer("followed.zig", 22)
    assert ipython.run("%zig_reload") is None
    assert ipython.out == "reloaded followed\n"
    assert ipython.ask("(f(), followed.f())") == (22, 22)
    assert ipython.run("%zig_reload 1") is None
    here.answer("followed.zig", 333)
    assert ipython.ask("(f(), followed.f())") == (333, 333)
    here.write("followed.zig", "pub fn f() i64 {\n    return x;\n}\n")
    assert ipython.run("_ = f()") is None  # the cell runs with what was there
    assert "use of undeclared identifier 'x'" in ipython.err
    assert ipython.ask("f()") == 333
    here.answer("followed.zig", 4444)
    assert ipython.ask("f()") == 4444
    assert ipython.run("%zig_reload 0") is None
    here.answer("followed.zig", 55555)
    assert ipython.ask("f()") == 4444
    assert "takes 1, 0 or nothing, not 'maybe'" in str(ipython.run("%zig_reload maybe"))


@pytest.mark.parametrize("mode", ["2", "2 --full", "3"])
def test_autoreload(ipython, here, mode):
    zigbind.install()
    here.answer("followed.zig", 1)
    assert ipython.run("%load_ext autoreload") is None
    assert ipython.run(f"%autoreload {mode}") is None
    assert ipython.run("import followed\nfrom followed import f") is None
    here.answer("followed.zig", 22)
    assert ipython.ask("(f(), followed.f())") == (22, 22)
    assert ipython.err.replace("zigbind: followed: compiling ...\n", "") == ""  # a machine may be slow
    assert ipython.run("%autoreload 0") is None
    here.answer("followed.zig", 333)
    assert ipython.ask("followed.f()") == 22
    ipython.run("%unload_ext autoreload")


# ---- whole kernels


class Done:
    """What a cell did: the text of its streams, what it displayed, and the name and text of its error."""

    def __init__(self, outputs):
        self.streams = {name: "".join(one["text"] for one in outputs if one["output_type"] == "stream" and one["name"] == name) for name in ("stdout", "stderr")}
        self.shown = [one["data"] for one in outputs if one["output_type"] in ("display_data", "execute_result")]
        self.error = next((f"{one['ename']}: {one['evalue']}" for one in outputs if one["output_type"] == "error"), None)
        self.traceback = next((one["traceback"] for one in outputs if one["output_type"] == "error"), None)


@contextmanager
def outside_pytest():
    """Kernels leave the standard streams alone where pytest says that it runs them."""
    said = os.environ.pop("PYTEST_CURRENT_TEST", None)
    try:
        yield
    finally:
        if said is not None:
            os.environ["PYTEST_CURRENT_TEST"] = said


class Client:
    """A kernel that nbclient started."""

    def __init__(self, folder: Path, *, allow_errors: bool = True):
        self.notebook = nbformat.v4.new_notebook()
        self.client = NotebookClient(
            self.notebook, kernel_name="python3", timeout=_TIMEOUT_SECONDS, allow_errors=allow_errors, resources={"metadata": {"path": str(folder)}}
        )

    @contextmanager
    def open(self):
        with outside_pytest():
            context = self.client.setup_kernel()
            context.__enter__()
        try:
            yield self
        finally:
            context.__exit__(None, None, None)

    def run(self, source: str) -> Done:
        cell = nbformat.v4.new_code_cell(source)
        self.notebook.cells.append(cell)
        self.client.execute_cell(cell, len(self.notebook.cells) - 1)
        times = {name: datetime.fromisoformat(text) for name, text in cell.metadata.execution.items()}
        self.seconds = (times["iopub.status.idle"] - times["iopub.execute_input"]).total_seconds()
        return Done(cell.outputs)

    def restart(self):
        with outside_pytest():
            run_sync(self.client.km.restart_kernel)(now=False)
        run_sync(self.client.kc.wait_for_ready)(timeout=_TIMEOUT_SECONDS)


class Served:
    """A kernel of a Jupyter server, as a front end talks to it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.token = uuid.uuid4().hex

    @contextmanager
    def open(self):
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "jupyter_server", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
        command += [f"--IdentityProvider.token={self.token}", "--ServerApp.open_browser=False", f"--ServerApp.root_dir={self.folder}"]
        log = self.folder.parent / "server.log"
        with open(log, "wb") as file, outside_pytest():
            process = subprocess.Popen(command, cwd=self.folder, stdout=file, stderr=file)
        try:
            self.url = f"127.0.0.1:{self._port(process, log)}"
            self.kernel = self.request("POST", "kernels", {"name": "python3", "path": ""})["id"]
            self.session = uuid.uuid4().hex
            url = f"ws://{self.url}/api/kernels/{self.kernel}/channels?session_id={self.session}"
            with closing(websocket.create_connection(url, timeout=_TIMEOUT_SECONDS, header=[f"Authorization: token {self.token}"])) as self.channel:
                yield self
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_TIMEOUT_SECONDS)

    def _port(self, process, log: Path) -> int:
        """The port that the server took: another one where that was taken meanwhile."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            for path in Path(os.environ["JUPYTER_RUNTIME_DIR"]).glob(f"jpserver-{process.pid}.json"):
                try:
                    self.url = f"127.0.0.1:{json.loads(path.read_text())['port']}"
                    self.request("GET", "status")
                    return json.loads(path.read_text())["port"]
                except (OSError, ValueError):
                    pass
            time.sleep(0.1)
        raise AssertionError(f"the server did not start:\n{log.read_text()}")

    def request(self, method: str, path: str, body=None):
        request = urllib.request.Request(f"http://{self.url}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"})
        request.data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def run(self, source: str, *, cell_id: str | None = None) -> Done:
        message = uuid.uuid4().hex
        outputs: list = []
        header = {"msg_id": message, "msg_type": "execute_request", "session": self.session, "username": "", "version": "5.3", "date": ""}
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
        metadata = {"cellId": cell_id} if cell_id else {}
        self.channel.send(json.dumps({"header": header, "parent_header": {}, "metadata": metadata, "content": content, "channel": "shell", "buffers": []}))
        ends = {"execute_reply", "idle"}
        times = {}
        while ends:
            answer = json.loads(self.channel.recv())
            if answer["parent_header"].get("msg_id") != message:
                continue
            kind, content = answer["msg_type"], answer["content"]
            # By the kernel's clock: this process may read a message long after it was sent.
            times[content["execution_state"] if kind == "status" else kind] = datetime.fromisoformat(answer["header"]["date"])
            if kind == "status":
                ends.discard(content["execution_state"])
            elif kind == "execute_reply":
                ends.discard(kind)
            elif answer["channel"] == "iopub" and kind != "execute_input":
                outputs.append({"output_type": kind, **content})
        self.seconds = (times["idle"] - times["execute_input"]).total_seconds()
        return Done(outputs)

    def restart(self):
        self.request("POST", f"kernels/{self.kernel}/restart")


SORTED = """\
%%zig -n sorting
const std = @import("std");

/// The numbers of a text, in order.
pub fn numbers(text: []const u8, allocator: std.mem.Allocator) ![]i64 {
    var found: std.ArrayList(i64) = .empty;
    var words = std.mem.tokenizeScalar(u8, text, ' ');
    while (words.next()) |word| try found.append(allocator, try std.fmt.parseInt(i64, word, 10));
    std.mem.sort(i64, found.items, {}, std.sort.asc(i64));
    return found.toOwnedSlice(allocator);
}
"""


@pytest.mark.parametrize("kind", [Client, Served])
def test_a_day_in_a_notebook(here, kind):
    with kind(here.root).open() as kernel:
        assert kernel.run("%load_ext zigbind").error is None
        # First run, unchanged re-run.
        assert kernel.run(SORTED).error is None
        first = kernel.seconds
        again = []
        for _ in range(8):
            assert kernel.run(SORTED).error is None
            again.append(kernel.seconds)
        assert here.compiles == 1
        assert min(again) <= 0.05 * first, f"{min(again):.3f} s after {first:.3f} s"
        assert kernel.run("numbers('3 1 2')").shown[0]["text/plain"] == "[1, 2, 3]"
        # An error, and what mends it.
        failed = kernel.run(SORTED.replace("found.items, {}", "found.item, {}"))
        assert failed.error.startswith("CellError: the cell does not compile: sorting.zig:9:")
        assert failed.shown[0]["text/plain"].startswith("sorting.zig:9:29: error: no field named 'item' in struct")
        assert "font-weight: bold" in failed.shown[0]["text/html"]
        assert failed.traceback == [failed.error]
        assert kernel.run("numbers('3 1 2')").error.startswith("NameError")
        assert kernel.run(SORTED).error is None
        assert here.compiles == 2  # what was right before is still there
        # Across cells, and output from Zig.
        user = '%%zig\nconst std = @import("std");\nconst sorting = @import("sorting.zig");\n\npub fn least(text: []const u8, a: std.mem.Allocator) !i64 {\n'
        user += '    std.debug.print("looking at {s}\\n", .{text});\n    return (try sorting.numbers(text, a))[0];\n}\n'
        assert kernel.run(user).error is None
        for number in range(10):
            done = kernel.run(f"least('5 4 {number}')")
            assert done.shown[0]["text/plain"] == str(min(4, number))
            assert done.streams["stderr"] == f"looking at 5 4 {number}\n"
        assert kernel.run("least('x')").error.startswith("InvalidCharacter") or "InvalidCharacter" in str(kernel.run("least('x')").error)
        # A new kernel knows nothing, and compiles nothing either.
        kernel.restart()
        assert kernel.run("least").error.startswith("NameError")
        assert kernel.run("%load_ext zigbind").error is None
        assert kernel.run(SORTED).error is None
        assert kernel.run(user).error is None
        assert kernel.run("least('5 4')").shown[0]["text/plain"] == "4"
        assert here.compiles == 3


def test_an_edited_cell_is_known_by_its_identity(here):
    """Front ends name their cells: an edit takes away what the cell gave before."""
    with Served(here.root).open() as kernel:
        assert kernel.run("%load_ext zigbind").error is None
        assert kernel.run("%%zig\npub const one: i64 = 1;\npub const two: i64 = 2;\n", cell_id="a").error is None
        assert kernel.run("%%zig\npub const other: i64 = 1;\n", cell_id="b").error is None
        assert kernel.run("%%zig\npub const one: i64 = 11;\n", cell_id="a").error is None
        assert kernel.run("(one, other, 'two' in globals())").shown[0]["text/plain"] == "(11, 1, False)"


def test_an_error_ends_a_notebook_that_allows_none(here):
    with Client(here.root, allow_errors=False).open() as kernel:
        assert kernel.run("%load_ext zigbind").error is None
        with pytest.raises(CellExecutionError, match="the cell does not compile: In .*:3: use of undeclared identifier 'c'"):
            kernel.run(BROKEN)


def until(condition, *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def test_a_kernel_killed_in_the_middle_of_a_build(here):
    here.use_zig(before=f"test -e '{here.tools}/fast' || exec sleep 300")
    with Client(here.root).open() as kernel:
        assert kernel.run("%load_ext zigbind").error is None
        pid = int(kernel.run("import os; os.getpid()").shown[0]["text/plain"])

        def kill():
            until(lambda: here.compiles == 1)
            os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(DeadKernelError):
            print(vars(kernel.run(ADD)))
        killer.join()
    (here.tools / "fast").touch()
    with Client(here.root).open() as kernel:
        assert kernel.run("%load_ext zigbind").error is None
        assert kernel.run(ADD).error is None
        assert kernel.run("add(1, 2)").shown[0]["text/plain"] == "3"
    assert here.compiles == 2


def test_a_kernel_restarted_in_the_middle_of_a_build(here):
    pids = here.tools / "pids"
    here.use_zig(before=f"test -e '{here.tools}/fast' || {{ echo $$ >>'{pids}'; exec sleep 300; }}")
    with Client(here.root).open() as kernel:
        assert kernel.run("%load_ext zigbind").error is None
        kernel.client.kc.execute(ADD)
        until(lambda: pids.exists() and pids.read_text().endswith("\n"))
        kernel.restart()
        until(lambda: not Path(f"/proc/{pids.read_text().strip()}").exists())  # the compiler went with the kernel
        (here.tools / "fast").touch()
        assert kernel.run("%load_ext zigbind").error is None
        assert kernel.run(ADD).error is None
        assert kernel.seconds < 20  # it does not wait for the build that is gone
        assert kernel.run("add(1, 2)").shown[0]["text/plain"] == "3"


def test_a_build_that_is_interrupted(here):
    here.use_zig(before=f"test -e '{here.tools}/fast' || exec sleep 300")
    with Served(here.root).open() as kernel:
        assert kernel.run("%load_ext zigbind").error is None

        def interrupt():
            until(lambda: here.compiles == 1)
            kernel.request("POST", f"kernels/{kernel.kernel}/interrupt")

        thread = threading.Thread(target=interrupt)
        thread.start()
        assert kernel.run(ADD).error.startswith("KeyboardInterrupt")
        thread.join()
        (here.tools / "fast").touch()
        assert kernel.run(ADD).error is None
        assert kernel.run("add(1, 2)").shown[0]["text/plain"] == "3"


def test_two_notebooks_compile_the_same_cell_at_once(here):
    here.use_zig(before="sleep 1")
    with Client(here.root).open() as one, Client(here.root).open() as two:
        for kernel in (one, two):
            assert kernel.run("%load_ext zigbind").error is None
        found = []

        def work(kernel):
            asyncio.set_event_loop(asyncio.new_event_loop())
            found.append(kernel.run(ADD).error)

        threads = [threading.Thread(target=work, args=(kernel,)) for kernel in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [None, None]
        assert here.compiles == 1
        for kernel in (one, two):
            assert kernel.run("add(1, 2)").shown[0]["text/plain"] == "3"


def test_the_example(here):
    """examples/notebook.ipynb, as it is in the repository: without outputs, and every cell runs."""
    notebook = nbformat.read(Path(__file__).parents[2] / "examples" / "notebook.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    with outside_pytest():
        NotebookClient(notebook, kernel_name="python3", timeout=_TIMEOUT_SECONDS, resources={"metadata": {"path": str(here.root)}}).execute()
    streams = "".join(one["text"] for cell in code for one in cell.outputs if one["output_type"] == "stream" and one["name"] == "stdout")
    assert streams.startswith("100 2\nsteps(re, im, limit)") or streams.startswith("100 2\nHow many steps")
    assert "the same picture, Zig faster: True\n" in streams
    assert "index out of bounds" in streams
    assert any("image/png" in one.get("data", {}) for cell in code for one in cell.outputs)


def test_the_guide(here):
    """The cells of the notebook guide, in order, as a reader would take them from it."""
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "notebooks.md").read_text()
    cells = re.findall(r"^```python\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    assert len(cells) >= 5
    with Client(here.root).open() as kernel:
        for cell in cells:
            done = kernel.run(cell)
            expected = re.search(r"(?:#|//) (\w+Error.*)$", cell, re.MULTILINE)
            if expected:
                assert done.error is not None and expected[1] in done.error, (cell, done.error)
            else:
                assert done.error is None, (cell, done.error)
            for line in re.findall(r"# -> (.*)$", cell, re.MULTILINE):
                shown = done.streams["stdout"] + "".join(one.get("text/plain", "") for one in done.shown)
                assert line in shown, (cell, line, shown)

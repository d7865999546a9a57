"""The command line, as typed: output, exit status, refusals."""

import json
import os
import subprocess
import sys

import pytest

import zigbind

COMMANDS = ["build", "check", "test", "sdist", "develop", "new", "doctor", "cache info", "cache list", "cache clean", "cache prune", "cache verify", "wheel", "targets"]


@pytest.fixture
def zig(project):
    """Run a command in the project."""

    def run(*arguments, status=0):
        command = [sys.executable, "-m", "zigbind", *arguments]
        done = subprocess.run(command, env=project.env, cwd=project.root, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == status, done.stderr
        return done

    return run


def test_version(zig):
    assert zig("--version").stdout == f"zigbind {zigbind.__version__}\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(zig, command):
    said = zig(*command.split(), "--help").stdout
    assert f"example: zigbind {command}" in said and "--json" in said


def test_build_prints_what_an_import_loads(zig, project):
    project.answer("mymod.zig", 42)
    project.settle()
    path = zig("build", "mymod.zig").stdout.strip()
    assert os.path.isfile(path)
    assert project.ask("import mymod; answer = mymod.__spec__.cached") == path
    (row,) = json.loads(zig("build", "--json", "mymod.zig").stdout)
    assert row["name"] == "mymod" and row["artifact"] == path and row["ok"] is True


def test_build_takes_settings_and_packages(zig, project):
    project.write("pkg/__init__.py", "")
    project.answer("pkg/core.zig", 42)
    (row,) = json.loads(zig("build", "--json", "-O", "ReleaseFast", "pkg").stdout)
    assert row["name"] == "pkg.core"
    assert project.call("pkg.core", env={"ZIGBIND_OPTIMIZE": "ReleaseFast"}) == 42


def test_all_are_built_whatever_happens_to_one(zig, project):
    project.answer("a.zig", 1)
    project.write("b.zig", "pub fn f() i64 { return unknown; }")
    done = zig("build", "a.zig", "b.zig", status=1)
    assert "a-" in done.stdout and "b.zig:1:25: error: use of undeclared identifier 'unknown'" in done.stderr
    rows = json.loads(zig("check", "--json", ".", status=1).stdout)
    assert [row["ok"] for row in rows] == [True, False]
    assert rows[1]["diagnostics"][0]["line"] == 1


def test_check_lists_what_python_sees_and_what_not(zig, project):
    project.write("mymod.zig", "pub fn f(x: u8) f64 { return @floatFromInt(x); }\npub const N = 3;\npub fn g(x: anytype) void { _ = x; }\nfn h() void {}\n")
    said = zig("check", "mymod.zig").stdout
    assert "2 exported, 1 skipped" in said and "def f(x: int) -> float" in said and "const N: int" in said
    assert "skipped: g (mymod.zig:3) is not available in Python: its parameter 'x' is anytype" in said
    project.write("vec.zig", "pub const Vec2 = struct {\n    x: f64,\n    fn init(x: f64) Vec2 {\n        return .{ .x = x };\n    }\n};\n")
    assert "skipped: Vec2.init (vec.zig:3) is not pub: Python cannot call it; write pub fn init" in zig("check", "vec.zig").stdout
    project.write("none.zig", "fn h() void {}\n")
    assert "nothing in it is pub" in zig("check", "none.zig").stdout


@pytest.mark.parametrize(("name", "words"), [("json", "import json takes the module of Python's standard library"), ("class", "would be no Python")])
def test_a_name_that_no_import_reaches_is_told(zig, project, name, words):
    project.answer(f"{name}.zig", 1)
    for command in ("build", "check"):
        done = zig(command, f"{name}.zig")
        assert done.returncode == 0 and f"zigbind: {name}.zig: " in done.stderr and words in done.stderr and "rename the file" in done.stderr


@pytest.mark.parametrize(
    "arguments, text, status",
    [
        (["build", "nope.zig"], "nope.zig: there is no such file", 1),
        (["build", "a"], "a: there is no such file; did you mean a.zig?", 1),
        (["check", "pkg.inner"], "pkg.inner: there is no such file; did you mean pkg/inner.zig?", 1),
        (["build", "a.zig", "--zig-args", "-fnonsense"], "unrecognized parameter: '-fnonsense'", 1),
        (["build", "other.txt"], "not a .zig file", 1),
        (["build", "empty"], "no .zig file in this directory", 1),
        (["build", "a.zig", "-O", "Fast"], "is none of Debug, ReleaseSafe", 1),
        (["build"], "required: PATH", 2),
        (["bild"], "invalid choice: 'bild'", 2),
        (["cache"], "required: ACTION", 2),
        (["cache", "prune", "--size", "much"], "is no size; write it as 500M or 2G", 2),
    ],
)
def test_refusals(zig, project, arguments, text, status):
    project.answer("a.zig", 1)
    project.write("other.txt", "")
    project.answer("pkg/inner.zig", 1)
    (project.root / "empty").mkdir()
    done = zig(*arguments, status=status)
    assert text in done.stderr and done.stdout == ""


def test_cache_commands(zig, project):
    project.answer("mymod.zig", 1)
    zig("build", "mymod.zig")
    info = json.loads(zig("cache", "info", "--json").stdout)
    assert info["path"] == str(project.cache) and info["artifacts"] == 2  # and zigbind's source reader
    names = [row["artifact"] for row in json.loads(zig("cache", "list", "--json").stdout)]
    mymod = next(name for name in names if name.startswith("mymod-"))
    assert zig("cache", "verify").returncode == 0
    (project.cache / "artifacts" / mymod).write_bytes(b"garbage")
    assert json.loads(zig("cache", "verify", "--json", status=1).stdout)["damaged"] == [mymod]
    assert project.call("mymod") == 1
    zig("cache", "prune", "--size", "0")
    assert json.loads(zig("cache", "info", "--json").stdout)["artifacts"] == 0
    zig("cache", "clean")
    assert project.call("mymod") == 1


def test_doctor(zig, project):
    said = zig("doctor").stdout
    for name in ("zigbind", "python", "platform", "settings", "target", "zig", "cache", "compiling", "problems"):
        assert name in said
    row = json.loads(zig("doctor", "--json").stdout)
    assert row["problems"] == [] and row["compiling"].startswith("works")
    project.write("pyproject.toml", "[tool.zigbind]\noptimise = 'Debug'\n")
    done = zig("doctor", status=1)
    assert "did you mean 'optimize'?" in done.stderr

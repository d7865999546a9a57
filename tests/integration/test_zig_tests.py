"""Test blocks of Zig files: ``zigbind test`` and pytest items."""

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from zigbind import testing

SOURCE = """\
const std = @import("std");
const helper = @import("helper.zig");

pub fn add(a: i64, b: i64) i64 {
    return a + b;
}

test "adds" {
    try std.testing.expectEqual(@as(i64, 3), add(1, helper.two()));
}

test add {
    try std.testing.expect(add(1, 1) == 2);
}

test "is \\"wrong\\"" {
    try std.testing.expectEqual(@as(i64, 4), add(1, 2));
}

pub const Inner = struct {
    test "in a container" {}

    test "is skipped" {
        return error.SkipZigTest;
    }
};
"""
HELPER = """\
pub fn two() i64 {
    return 2;
}
test "of the helper" {}
"""
ENDS = """\
const std = @import("std");
test "before" {}
test "hangs" {
    var i: usize = 0;
    while (i < 1) std.mem.doNotOptimizeAway(&i);
}
test "panics" {
    var a: u8 = 255;
    std.mem.doNotOptimizeAway(&a);
    a += 1;
    std.mem.doNotOptimizeAway(&a);
}
test "leaks" {
    _ = try std.testing.allocator.alloc(u8, 3);
}
test "logs an error" {
    std.log.err("not good", .{});
}
test "exits" {
    std.process.exit(3);
}
test "after" {}
"""


#: pytest finds the plugin by itself where zigbind is installed, and refuses to load it twice.
PLUGIN = [] if any(one.value == "zigbind.pytest_plugin" for one in entry_points(group="pytest11")) else ["-p", "zigbind.pytest_plugin"]


@pytest.fixture
def zig_test(project):
    """Run ``zigbind test`` in the project: the process, and its rows where ``--json`` was given."""

    def run(*arguments):
        done = subprocess.run([sys.executable, "-m", "zigbind", "test", *arguments], cwd=project.root, env=project.env, capture_output=True, text=True, timeout=300)
        return done, {row["name"]: row for row in json.loads(done.stdout)} if "--json" in arguments and done.stdout else {}

    return run


@pytest.fixture
def run_pytest(project):
    """Run pytest with the plugin in the project."""

    def run(*arguments):
        command = [sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider", "-rA", *arguments]
        return subprocess.run(command, cwd=project.root, env=project.env, capture_output=True, text=True, timeout=300)

    return run


def test_blocks_are_found_as_zig_names_them():
    found = testing.blocks(SOURCE)
    assert [(block.name, block.line) for block in found] == [("adds", 8), ("add", 12), ('is "wrong"', 16), ("in a container", 21), ("is skipped", 23)]
    assert [block.name for block in testing.blocks("test {}\n// test {}\ntest{}\nconst t = \\\\test {}\n;\n")] == ["test_0", "test_1"]
    assert [block.name for block in testing.blocks('const A = struct {\n    test "x" {}\n};\ntest "x" {}\ntest "\\x41\\u{e4}\\n" {}')] == ["x", "x (2)", "Aä\n"]


def test_each_block_is_run(project, zig_test):
    project.write("mymod.zig", SOURCE)
    project.write("helper.zig", HELPER)
    done, rows = zig_test("--json", "mymod.zig")
    assert done.returncode == 1
    assert {name: row["status"] for name, row in rows.items()} == {
        "adds": "passed",
        "add": "passed",
        'is "wrong"': "failed",
        "in a container": "passed",
        "is skipped": "skipped",
    }
    text = rows['is "wrong"']["text"]
    assert "expected 4, found 3" in text and "mymod.zig:17:5" in text and "try std.testing.expectEqual(@as(i64, 4), add(1, 2));" in text


def test_a_directory_and_a_pattern(project, zig_test):
    project.write("pkg/mymod.zig", SOURCE)
    project.write("pkg/helper.zig", HELPER)
    done, rows = zig_test("--json", ".", "-k", "helper")
    assert done.returncode == 0 and list(rows) == ["of the helper"]
    shown, _ = zig_test("pkg/mymod.zig", "-k", "adds")
    assert shown.stdout == "passed  pkg/mymod.zig:8 adds\n1 passed, 0 failed, 0 skipped\n"
    none, _ = zig_test("pkg/mymod.zig", "-k", "no such block")
    assert none.returncode == 1 and "no test blocks" in none.stdout


def test_what_ends_a_block_ends_nothing_else(project, zig_test):
    project.write("ends.zig", ENDS)
    _done, rows = zig_test("--json", "ends.zig", "--timeout", "3")
    assert {name: row["status"] for name, row in rows.items()} == {
        "before": "passed",
        "hangs": "failed",
        "panics": "failed",
        "leaks": "failed",
        "logs an error": "failed",
        "exits": "failed",
        "after": "passed",
    }
    assert "still running after 3 s" in rows["hangs"]["text"]
    assert rows["panics"]["text"].startswith("panic: integer overflow\nends.zig:10:7")
    assert "was not freed" in rows["leaks"]["text"] and "ends.zig:14" in rows["leaks"]["text"]
    assert "not good" in rows["logs an error"]["text"]
    assert "status 3" in rows["exits"]["text"]


def test_what_a_block_said_is_there_when_it_has_ended(project, monkeypatch):
    """Though the thread that listens may not have come to it, on a machine with much to do."""
    monkeypatch.setattr(testing._Runner, "_read_said", lambda _runner: None)
    path = project.write("mymod.zig", SOURCE.replace('test "adds" {', 'test "adds" {\n    std.debug.print("adding\\n", .{});'))
    project.write("helper.zig", HELPER)
    binary = testing.TestBinary(str(path), str(project.root), arguments={}, environ=project.env, cwd=str(project.root))
    try:
        for _ in range(3):
            assert binary.run("adds")[:2] == ("passed", "adding")
            status, text, _seconds = binary.run('is "wrong"')
            assert status == "failed" and text.startswith("expected 4, found 3")
            assert binary.run("add")[:2] == ("passed", "")
    finally:
        binary.close()


def test_blocks_that_do_not_compile(project, zig_test):
    project.write("broken.zig", 'test "x" {\n    try nothing();\n}\ntest "y" {}\n')
    done, rows = zig_test("--json", "broken.zig")
    assert done.returncode == 1 and {row["status"] for row in rows.values()} == {"failed"}
    assert "broken.zig:2:9: error: use of undeclared identifier 'nothing'" in done.stderr


def test_bad_paths(zig_test):
    done, _ = zig_test("nowhere.zig")
    assert done.returncode == 1 and "there is no such file" in done.stderr and "Traceback" not in done.stderr


def test_paths_without_tests(project, zig_test, unprivileged):
    project.write("note.txt", "")
    project.write("mymod.zig", "pub fn f() void {}\n")
    project.write("empty/note.txt", "")
    for arguments, message in (
        (["note.txt"], "zigbind: note.txt: not a .zig file\n"),
        (["empty"], "zigbind: empty: no .zig file in this directory\n"),
        (["mymod.zig"], 'no test blocks, as test "adds" { ... }, in mymod.zig\n'),
        (["mymod.zig", "-k", "x"], "no test blocks whose name contains 'x', in mymod.zig\n"),
    ):
        done, _ = zig_test(*arguments)
        assert done.returncode == 1 and done.stdout + done.stderr == message
    for time in ("0", "-1", "soon", "nan"):
        done, _ = zig_test("mymod.zig", f"--timeout={time}")
        assert done.returncode == 2 and f"{time!r} is no time; write seconds above 0, as 2.5" in done.stderr
    for path in ("mymod.zig", "empty"):
        (project.root / path).chmod(0)
        try:
            command = [*unprivileged, sys.executable, "-m", "zigbind", "test", path]
            done = subprocess.run(command, cwd=project.root, env=project.env, capture_output=True, text=True, timeout=300)
            assert done.stderr.endswith(f"{path}: permission denied; give yourself the right to it, or name another\n") and "Errno" not in done.stderr
        finally:
            (project.root / path).chmod(0o700)


def test_a_process_that_dies(project, zig_test):
    project.write("dies.zig", 'test "dies" {\n    _ = deep(1);\n}\nfn deep(n: u64) u64 {\n    return deep(n + 1) + 1;\n}\ntest "after" {}\n')
    _, rows = zig_test("--json", "dies.zig")
    assert rows["after"]["status"] == "passed" and rows["dies"]["status"] == "failed"
    assert "the process ended with signal 11 (Segmentation fault)" in rows["dies"]["text"]


def test_pytest_says_what_is_wrong(project, run_pytest, unprivileged):
    locked = project.write("locked.zig", 'test "x" {}\n')
    project.write("mymod.zig", 'test "x" {}\n')
    locked.chmod(0)
    command = [*unprivileged, sys.executable, "-m", "pytest", *PLUGIN, "-p", "no:cacheprovider", "locked.zig"]
    said = subprocess.run(command, cwd=project.root, env=project.env, capture_output=True, text=True, timeout=300).stdout
    locked.chmod(0o600)
    assert "locked.zig: permission denied; give yourself the right to it" in said and "pytest_plugin" not in said
    for arguments in (["--zig-timeout=-1"], ["-o", "zig_timeout=-1"]):
        assert "'-1' is no time for --zig-timeout or zig_timeout; write seconds above 0" in run_pytest(*arguments, "mymod.zig").stderr


def test_imports_from_the_project_and_of_zigbind(project, zig_test):
    project.write("pyproject.toml", "[tool.zigbind]\n")
    project.write("shared.zig", "pub const answer: i64 = 42;\n")
    project.write(
        "pkg/mymod.zig",
        'const zb = @import("zigbind");\nconst shared = @import("../shared.zig");\npub fn same(o: zb.Object) zb.Object {\n    return o;\n}\n'
        'test "up" {\n    if (shared.answer != 42) return error.Wrong;\n}\n',
    )
    done, rows = zig_test("--json", "pkg/mymod.zig")
    assert done.returncode == 0, done.stderr
    assert rows["up"]["status"] == "passed"


def test_pytest_collects_and_shows(project, run_pytest):
    project.write("mymod.zig", SOURCE)
    project.write("helper.zig", HELPER)
    done = run_pytest(".")
    assert "4 passed, 1 failed, 1 skipped" in re.sub(r"(\d failed), (\d passed)", r"\2, \1", done.stdout), done.stdout
    assert "FAILED mymod.zig::is" in done.stdout and "mymod.zig:17:5" in done.stdout and "expected 4, found 3" in done.stdout
    assert "Traceback" not in done.stdout
    some = run_pytest("-k", "adds or helper", "mymod.zig", "helper.zig")
    assert "2 passed" in some.stdout


def test_pytest_limits_time_and_goes_on(project, run_pytest):
    project.write("ends.zig", ENDS)
    done = run_pytest("--zig-timeout", "2", "-k", "hangs or panics or after", "ends.zig")
    assert "2 failed, 1 passed" in done.stdout and "still running after 2 s" in done.stdout


def test_workers_share_one_build(project, run_pytest):
    pytest.importorskip("xdist")
    project.write("mymod.zig", SOURCE)
    project.write("helper.zig", HELPER)
    done = run_pytest("-n", "2", "mymod.zig")
    assert "1 failed" in done.stdout and "3 passed" in done.stdout
    folders = [path for path in (project.cache / "tests").iterdir() if path.is_dir()]
    built = [path for folder in folders for path in (folder / "cache" / "o").iterdir()]
    assert len(folders) == 1 and len(built) == 1


def test_only_what_failed_runs_again(project, run_pytest):
    project.write("mymod.zig", SOURCE)
    project.write("helper.zig", HELPER)
    command = [sys.executable, "-m", "pytest", *PLUGIN, "mymod.zig"]
    subprocess.run(command, cwd=project.root, env=project.env, capture_output=True, timeout=300)
    again = subprocess.run([*command, "--lf"], cwd=project.root, env=project.env, capture_output=True, text=True, timeout=300)
    assert "1 failed" in again.stdout and "passed" not in again.stdout


def test_the_fixture_compiles_snippets(project, run_pytest):
    project.write(
        "test_it.py",
        "import pytest\n"
        "def test_snippet(zigbind):\n"
        '    assert zigbind.compile("pub fn f() i64 { return 7; }").f() == 7\n'
        "def test_refusal(zigbind):\n"
        '    with pytest.raises(zigbind.CompileError, match="undeclared"):\n'
        '        zigbind.compile("pub fn f() i64 { return x; }")\n',
    )
    assert "2 passed" in run_pytest("test_it.py").stdout


def test_a_snippet_that_does_not_compile_shows_the_test_alone(project, run_pytest):
    project.write("test_it.py", 'def test_snippet(zigbind):\n    zigbind.compile("pub fn f() i64 { return x; }")\n')
    said = run_pytest("test_it.py").stdout
    assert "1 failed" in said and "test_it.py:2: CompileError" in said and "use of undeclared identifier 'x'" in said
    assert "library.py" not in said and "builder.py" not in said


def test_blocks_that_need_python(project, zig_test):
    project.write("objects.zig", 'const zb = @import("zigbind");\ntest "a" {\n    const made = try zb.Dict.new();\n    made.release();\n}\n')
    done, _rows = zig_test("objects.zig", "--json")
    assert "undefined symbol: PyDict_New" in done.stderr and "test blocks run without Python: test what makes or uses its objects from Python" in done.stderr


READER = """
const std = @import("std");

/// The line of each test block, by the compiler's own parser.
pub fn lines(gpa: std.mem.Allocator, source: [:0]const u8) ![]const usize {
    const tree = try std.zig.Ast.parse(gpa, source, .zig);
    var found: std.ArrayList(usize) = .empty;
    for (0..tree.nodes.len) |index| {
        const node: std.zig.Ast.Node.Index = @enumFromInt(index);
        if (tree.nodeTag(node) != .test_decl) continue;
        try found.append(gpa, tree.tokenLocation(0, tree.nodeMainToken(node)).line + 1);
    }
    std.mem.sort(usize, found.items, {}, std.sort.asc(usize));
    return found.items;
}
"""


def test_blocks_are_those_of_the_compiler(project):
    """In the files of Zig's own standard library, by std.zig.Ast."""
    project.write("reader.zig", READER)
    project.write("std_files.txt", "")
    done = project.python(
        """
        import zigbind, ziglang
        from pathlib import Path
        from zigbind import testing
        reader = zigbind.load("project/reader.zig", optimize="Debug")
        files = sorted((Path(ziglang.__file__).parent / "lib" / "std").rglob("*.zig"))[::3]
        total = 0
        for file in files:
            text = file.read_text(errors="replace")
            if "test" in text and len(text) < 200_000:
                expected = reader.lines(text)
                assert [block.line for block in testing.blocks(text)] == expected, file
                total += len(expected)
        print(total)
        """
    )
    assert int(done.stdout) > 300

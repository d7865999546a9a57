"""What is wrong with a source or a setting is said in one ImportError that names the module, the file and the place."""

import os
import pathlib

import pytest

F = "pub fn f() i64 {\n    return 1;\n}\n"


def fields(error):
    """(file, line, column, level, message, source line, length, notes) of each diagnostic."""
    return [(os.path.basename(path or ""), *rest) for path, *rest in error["diagnostics"]]


# ---- sources


SOURCES = {
    "syntax error": (
        {"mymod.zig": "pub fn f() i64 {\n    return 1\n}\n"},
        [("mymod.zig", 2, 13, "error", "expected ';' after statement", "    return 1")],
        ["mymod.zig:2:13: error: expected ';' after statement\n        return 1\n                ^"],
    ),
    "type error in a transitive import": (
        {
            "mymod.zig": 'pub const f = @import("deep/a.zig").f;\n',
            "deep/a.zig": 'pub const f = @import("b.zig").f;\n',
            "deep/b.zig": "pub fn f() i64 {\n\tconst x: u8 = 300;\n\treturn x;\n}\n",
        },
        [("b.zig", 2, 16, "error", "type 'u8' cannot represent integer value '300'", "\tconst x: u8 = 300;")],
        [f"deep{os.sep}b.zig:2:16: error: type 'u8'", "    \tconst x: u8 = 300;\n    \t              ^~~"],
    ),
    "notes": (
        {"mymod.zig": 'pub fn f() i64 {\n    const x: i64 = 1;\n    return x + "a";\n}\n'},
        [("mymod.zig", 3, 14, "error", "incompatible types: 'i64' and '*const [1:0]u8'", '    return x + "a";')],
        [
            "mymod.zig:3:12: note: type 'i64' here",
            "mymod.zig:3:16: note: type '*const [1:0]u8' here",
            '[1:0]u8\'\n        return x + "a";\n                 ^~~~~',
        ],
    ),
    "several errors": (
        {"mymod.zig": "pub fn f() i64 {\n    return x;\n}\n\npub fn g() i64 {\n    return y;\n}\n"},
        [
            ("mymod.zig", 2, 12, "error", "use of undeclared identifier 'x'", "    return x;"),
            ("mymod.zig", 6, 12, "error", "use of undeclared identifier 'y'", "    return y;"),
        ],
        ["mymod.zig:2:12: error", "mymod.zig:6:12: error"],
    ),
    "missing import": (
        {"mymod.zig": 'pub const f = @import("nowhere.zig").f;\n'},
        [("nowhere.zig", 1, 1, "error", "unable to load 'nowhere.zig': FileNotFound", None)],
        ["unable to load 'nowhere.zig'", "mymod.zig:1:23: note: file imported here", '@import("nowhere.zig").f;\n                            ^~~'],
    ),
    "import of a directory": (
        {"mymod.zig": 'pub const f = @import("folder.zig").f;\n', "folder.zig/inside": ""},
        [("folder.zig", 1, 1, "error", "unable to load 'folder.zig': IsDir", None)],
        ["mymod.zig:1:23: note: file imported here"],
    ),
    "compile error of the source's own": (
        {"mymod.zig": 'comptime {\n    @compileError("not like this");\n}\n'},
        [("mymod.zig", 2, 5, "error", "not like this", '    @compileError("not like this");')],
        ["error: not like this"],
    ),
    "undefined symbol": (
        {"mymod.zig": "extern fn nowhere_to_be_found() i64;\n\npub fn f() i64 {\n    return nowhere_to_be_found();\n}\n"},
        [("", 0, 0, "error", "undefined symbol: nowhere_to_be_found", None)],
        ["link-libraries", "c-sources"],
    ),
    "NUL in the source": (
        {"mymod.zig": "pub fn f() i64 {\n    return 1;\0\n}\n"},
        [("mymod.zig", 2, 14, "error", "expected statement, found 'invalid token'", None)],
        ["mymod.zig:2:14: error"],
    ),
    "literal that is no UTF-8": (
        {"mymod.zig": b"pub fn f() i64 {\n    return '\xff';\n}\n"},
        [("mymod.zig", 2, 13, "error", "unicode escape does not correspond to a valid unicode scalar value", None)],
        ["mymod.zig:2:13: error"],
    ),
    "error in C": (
        {
            "mymod.zig": "extern fn number() c_int;\n\npub fn f() i64 {\n    return number();\n}\n",
            "number.c": "int number(void) {\n    return nothing;\n}\n",
            "pyproject.toml": "[tool.zigbind]\nc-sources = ['number.c']\n",
        },
        [("number.c", 2, 12, "error", "use of undeclared identifier 'nothing'", "    return nothing;")],
        ["number.c:2:12: error: use of undeclared identifier 'nothing'"],
    ),
}


@pytest.mark.parametrize("files, expected, texts", SOURCES.values(), ids=SOURCES)
def test_source(project, files, expected, texts):
    for name, content in files.items():
        project.write(name, content)
    error = project.error("import mymod", cwd=project.root)
    assert error["types"][0] == "CompileError" and "ImportError" in error["types"]
    assert error["name"] == "mymod" and error["path"] == str(project.root / "mymod.zig")
    found = [one[:5] + ((one[5],) if want[5] is not None else (None,)) for one, want in zip(fields(error), expected, strict=True)]
    assert found == expected
    assert error["text"].startswith("mymod does not compile\n")
    for text in texts:
        assert text in error["text"], error["text"]
    # Paths are those of the project, never of the place where it was compiled.
    assert "stages" not in error["text"]


#: What is wrong is said by Zig's library or zigbind's runtime: the line that led there, and the messages.
ELSEWHERE = {
    "format": (
        'const std = @import("std");\npub fn f(x: i64) void {\n    std.debug.print("{s}", .{x});\n}\n',
        "  mymod.zig:3:20: note: used here\n          std.debug.print(\"{s}\", .{x});\n                         ^",
        ["Writer.zig:", "error: invalid format string 's' for type 'i64'"],
    ),
    "raise": (
        'const zb = @import("zigbind");\npub fn f() !void {\n    return zb.raise(.ValuError, "no", .{});\n}\n',
        "  mymod.zig:3:20: note: called inline here\n",
        ["\nerror: 'ValuError' is no built-in exception of Python; the nearest is 'ValueError'"],
    ),
    "option": (
        "pub const T = struct {\n    pub const zigbind = .{ .propertys = .{\"a\"} };\n    a: i64 = 0,\n};\n",
        "\nerror: the options of mymod.T know no key 'propertys'; they know",
        [],
    ),
}


@pytest.mark.parametrize("source, place, texts", ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_a_library_refuses_names_the_users_line(project, source, place, texts):
    project.write("mymod.zig", source)
    error = project.error("import mymod", cwd=project.root)
    for text in (place, *texts):
        assert text in error["text"], error["text"]
    # Places in zigbind itself would look as if that was at fault.
    assert "stages" not in error["text"] and "runtime" not in error["text"] and "top." not in error["text"]
    done = project.python("import sys; from zigbind.cli import main; sys.exit(main(['check', 'mymod.zig']))", cwd=project.root, check=False)
    assert place in done.stderr  # from the cache


def test_what_is_imported_from_outside(project):
    project.answer("lib/other.zig", 1)
    path = project.write("app/mymod.zig", 'const other = @import("../lib/other.zig");\npub fn f() i64 {\n    return other.f();\n}\n')
    error = project.error(f"import sys; sys.path.insert(0, {str(path.parent)!r}); import mymod", cwd=project.root)
    assert "lib/other.zig:1:1: error: unable to load 'other.zig': FileNotFound\n  app/mymod.zig:1:23: note: file imported here" in error["text"]
    assert error["text"].endswith(f"note: what a module imports must be in {path.parent} or below it") and "stages" not in error["text"]


def test_a_header_that_is_not_found(project):
    project.write("fast.h", "int fast(void);\n")
    project.write("mymod.zig", 'const c = @cImport(@cInclude("fast.h"));\npub fn f() i64 {\n    return c.fast();\n}\n')
    error = project.error("import mymod", cwd=project.root)
    assert "\nerror: 'fast.h' file not found\n    #include <fast.h>\n" in error["text"] and "stages" not in error["text"]
    assert "note: name its folder in include-dirs of [tool.zigbind]" in error["text"]


def test_paths_are_short_below_the_working_directory_and_whole_elsewhere(project):
    path = project.answer("mymod.zig", "unknown")
    for cwd, shown in ((project.root, "mymod.zig"), (project.directory, "project/mymod.zig"), (project.cache, str(path))):
        error = project.error("import mymod", cwd=cwd)
        assert f"\n{shown}:2:12: error" in error["text"]
        assert error["diagnostics"][0][0] == str(path)


def test_a_compile_error_travels_between_processes(project):
    project.answer("mymod.zig", "unknown")
    code = """
        import pickle
        try:
            import mymod
        except ImportError as error:
            again = pickle.loads(pickle.dumps(error))
            same = [getattr(again, name) == getattr(error, name) for name in ("__class__", "args", "path", "diagnostics")]
            answer = [*same, again.name, str(again) == str(error)]
    """
    assert project.ask(code) == [True, True, True, True, "mymod", True]


def test_the_traceback_shows_the_place(project):
    project.answer("mymod.zig", "unknown")
    done = project.python("import zigbind.auto\nimport mymod", check=False)
    assert done.returncode == 1 and done.stdout == ""
    place = "project/mymod.zig:2:12: error: use of undeclared identifier 'unknown'\n        return unknown;\n               ^~~~~~~\n"
    assert done.stderr.endswith(place), done.stderr
    assert done.stderr.count("use of undeclared identifier") == 1


def test_sources_that_are_odd_but_right(project):
    for name, content in {
        "empty.zig": b"",
        "comment.zig": b"// nothing but this",
        "mark.zig": b"\xef\xbb\xbf" + F.encode(),
        "windows.zig": F.replace("\n", "\r\n").encode(),
        "latin.zig": b"// caf\xe9\n" + F.encode(),
        "private.zig": b"fn f() void {}\n",
    }.items():
        project.write(name, content)
    code = """
        import empty, comment, mark, windows, latin, private
        answer = [[name for name in vars(module) if not name.startswith(("__", "_zigbind"))] for module in (empty, comment, mark, windows, latin, private)]
    """
    assert project.ask(code) == [[], [], ["f"], ["f"], ["f"], []]


def test_a_file_that_vanishes_during_the_build(project):
    path = project.answer("mymod.zig", 1)
    project.use_zig(before=f"rm -f '{path}'")
    error = project.error("import mymod")
    assert "ImportError" in error["types"] and error["name"] == "mymod" and error["path"] == str(path)
    assert f"{path} disappeared while it was compiled" in error["text"]
    project.use_zig()
    project.answer("mymod.zig", 2)
    assert project.call("mymod") == 2


def test_a_file_that_vanishes_between_finding_and_loading(project):
    path = project.answer("mymod.zig", 1)
    code = """
        import importlib.util, os
        spec = importlib.util.find_spec("mymod")
        os.unlink(spec.origin)
        importlib.util.module_from_spec(spec)
    """
    error = project.error(code)
    assert "ImportError" in error["types"] and error["name"] == "mymod" and error["path"] == str(path)
    assert f"{path} is gone" in error["text"]


def test_a_file_that_changes_during_the_build_is_built_as_it_ended(project):
    path = project.answer("mymod.zig", 1)
    new = project.answer("new.txt", 2)
    project.use_zig(before=f"if [ -e '{new}' ]; then mv '{new}' '{path}'; fi")
    assert project.call("mymod") == 2
    assert project.compiles == 2
    assert project.call("mymod") == 2
    assert project.compiles == 2


def test_a_file_that_always_changes_is_an_error(project):
    path = project.answer("mymod.zig", 1)
    project.use_zig(before=f"echo '// again' >> '{path}'")
    error = project.error("import mymod")
    assert "ImportError" in error["types"] and "changes faster than it compiles" in error["text"] and str(path) in error["text"]


@pytest.mark.parametrize("unreadable", ["mymod.zig", "util.zig", "data.txt", "pyproject.toml"])
def test_an_unreadable_file(project, unprivileged, unreadable):
    project.write("mymod.zig", 'pub const f = @import("util.zig").f;\n')
    project.answer("util.zig", '@embedFile("data.txt").len')
    project.write("data.txt", "x")
    project.write("pyproject.toml", "")
    path = project.root / unreadable
    path.chmod(0)
    error = project.error("import mymod", prefix=unprivileged)
    assert "ImportError" in error["types"] and error["name"] == "mymod" and error["path"] == str(project.root / "mymod.zig")
    assert unreadable in error["text"] and ("Permission denied" in error["text"] or "AccessDenied" in error["text"])
    path.chmod(0o600)
    assert project.call("mymod", prefix=unprivileged) == 1


# ---- names


@pytest.mark.parametrize(
    "call", ["zigbind.load('project/my-mod.zig')", "zigbind.load('project/my-mod.zig', name='a b')", "zigbind.build('project/my-mod.zig', name='')"]
)
def test_a_name_that_is_none(project, call):
    path = project.answer("my-mod.zig", 1)
    error = project.error(f"import zigbind\n{call}")
    name = "a b" if "a b" in call else "" if "''" in call else "my-mod"
    assert "ZigbindError" in error["types"]
    assert f"{name!r} cannot be the name of a module" in error["text"] and str(path) in error["text"] and "ASCII letters" in error["text"]


def test_a_name_that_is_not_ascii(project):
    path = project.answer("módulo.zig", 1)
    error = project.error("import módulo")
    assert "ImportError" in error["types"] and error["name"] == "módulo" and error["path"] == str(path)
    assert "'módulo' cannot be the name of a module" in error["text"] and "ASCII letters" in error["text"]
    assert project.ask("import zigbind; answer = zigbind.load('project/módulo.zig', name='modulo').f()") == 1


def test_directories_may_have_any_name(project):
    project.answer("a b/Ünïcode 'quoted' \"twice\"/mod.zig", 1)
    project.write("a b/Ünïcode 'quoted' \"twice\"/sub/more.zig", 'pub const f = @import("../mod.zig").f;\n')
    path = project.root / "a b/Ünïcode 'quoted' \"twice\""
    assert project.ask("import mod, sub.more; answer = [mod.f(), sub.more.f()]", env={"PYTHONPATH": str(path)}) == [1, 1]


# ---- settings

PYPROJECT = {
    "unknown key": ("[tool.zigbind]\noptimise = 'Debug'\n", ["unknown key 'optimise'", "did you mean 'optimize'?"]),
    "underscore": ("[tool.zigbind]\nc_sources = []\n", ["unknown key 'c_sources'", "did you mean 'c-sources'?"]),
    "far from any key": ("[tool.zigbind]\nxyzzy = 1\n", ["unknown key 'xyzzy'", "known are optimize, "]),
    "number for a string": ("[tool.zigbind]\noptimize = 3\n", ["optimize", "expected a string, got 3"]),
    "string for a list": ("[tool.zigbind]\nzig-args = '-O'\n", ["zig-args", "expected a list of strings, got '-O'"]),
    "list of numbers": ("[tool.zigbind]\nzig-args = [1]\n", ["zig-args", "expected a list of strings, got [1]"]),
    "string for a truth": ("[tool.zigbind]\ndisable = 'yes'\n", ["disable", "expected true or false, got 'yes'"]),
    "negative number": ("[tool.zigbind]\nlock-timeout = -1\n", ["lock-timeout", "expected a number of seconds, got -1"]),
    "table that is none": ("tool.zigbind = 3\n", ["[tool.zigbind] must be a table, not int"]),
    "bad TOML": ("[tool.zigbind\n", ["is no valid TOML", "line 1"]),
    "bad encoding": (b"[tool.zigbind]\noptimize = '\xff'\n", ["is no valid TOML", "utf-8"]),
}


@pytest.mark.parametrize("content, texts", PYPROJECT.values(), ids=PYPROJECT)
def test_pyproject(project, content, texts):
    path = project.answer("mymod.zig", 1)
    pyproject = project.write("pyproject.toml", content)
    error = project.error("import mymod")
    assert error["types"][0] == "SettingsError" and "ImportError" in error["types"]
    assert error["name"] == "mymod" and error["path"] == str(path)
    for text in (*texts, str(pyproject)):
        assert text in error["text"]
    project.write("pyproject.toml", "[tool.other]\nthing = 1\n")
    assert project.call("mymod") == 1


ENVIRONMENT = {
    "ZIGBIND_OPTIMISE=Debug": ["unknown environment variable ZIGBIND_OPTIMISE", "did you mean 'ZIGBIND_OPTIMIZE'?"],
    "ZIGBIND_OPTIMIZE=debug": ["'debug' is none of Debug, ReleaseSafe, ReleaseFast, ReleaseSmall", "did you mean 'Debug'?"],
    "ZIGBIND_DISABLE=maybe": ["ZIGBIND_DISABLE='maybe'", "expected 1 or 0"],
    "ZIGBIND_LOCK_TIMEOUT=soon": ["ZIGBIND_LOCK_TIMEOUT='soon'", "expected a number of seconds"],
    "ZIGBIND_ZIG_ARGS='": ["ZIGBIND_ZIG_ARGS", "No closing quotation"],
    "ZIGBIND_MINIMUM_PYTHON=3.11": ["'3.11'", "must be 3.12 or later"],
    "ZIGBIND_ZIG_ARGS=--nonsense": ["--nonsense"],
    "ZIGBIND_CPU=nonsense": ["unknown CPU: 'nonsense'"],
    "ZIGBIND_LINK_LIBRARIES=nonsense": ["library 'nonsense'"],
}


@pytest.mark.parametrize("assignment, texts", ENVIRONMENT.items(), ids=ENVIRONMENT)
def test_environment(project, assignment, texts):
    path = project.answer("mymod.zig", 1)
    variable, _, value = assignment.partition("=")
    error = project.error("import mymod", env={variable: value})
    assert "ImportError" in error["types"] and error["name"] == "mymod" and error["path"] == str(path)
    for text in texts:
        assert text in error["text"]


def test_arguments(project):
    project.answer("mymod.zig", 1)
    for arguments, texts in (
        ("optimise='Debug'", ["unknown key 'optimise'", "did you mean 'optimize'?"]),
        ("c_sources='x.c'", ["c_sources", "expected a list of strings, got 'x.c'"]),
        ("disable=1", ["disable", "expected true or false, got 1"]),
        ("lock_timeout=True", ["lock_timeout", "expected a number of seconds, got True"]),
    ):
        error = project.error(f"import zigbind\nzigbind.load('project/mymod.zig', {arguments})")
        assert error["types"][0] == "SettingsError"
        for text in texts:
            assert text in error["text"]
    error = project.error("import zigbind\nzigbind.build(3)")
    assert error["types"][0] == "TypeError"
    assert pathlib.Path(project.cache).is_dir()

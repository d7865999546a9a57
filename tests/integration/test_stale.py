"""A change of whatever a module is made from builds it again; taking the change back finds the earlier artifact."""

import time
import os

import pytest

from zigbind import manifest

MAIN = "pub fn f() i64 {\n    return 1;\n}\n"


class Change:
    """Something that makes `f` of a module return 2 instead of 1, and the way back."""

    settings = ""

    def prepare(self, project):
        raise NotImplementedError

    def do(self, project):
        raise NotImplementedError

    def undo(self, project):
        self.prepare(project)


class MainFile(Change):
    def prepare(self, project):
        project.answer("mymod.zig", 1)

    def do(self, project):
        project.answer("mymod.zig", 2)


class MainFileWithTheTimesOfBefore(MainFile):
    """Same size, same mtime: only the ctime tells."""

    def do(self, project):
        path = project.root / "mymod.zig"
        before = path.stat()
        super().do(project)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_size == before.st_size


class ReplacedMainFile(MainFile):
    """As editors save: a new file is renamed over the old one, with an older mtime."""

    def do(self, project):
        new = project.write("new.txt", MAIN.replace("1", "2"))
        os.utime(new, (0, 0))
        new.rename(project.root / "mymod.zig")


class TransitiveImport(Change):
    def prepare(self, project):
        project.write("mymod.zig", 'pub const f = @import("a.zig").f;\n')
        project.write("a.zig", 'pub const f = @import("deep/b.zig").f;\n')
        project.answer("deep/b.zig", 1)

    def do(self, project):
        project.answer("deep/b.zig", 2)


class EmbeddedFile(Change):
    def prepare(self, project):
        project.answer("mymod.zig", '@embedFile("data.txt").len')
        project.write("data.txt", "x")

    def do(self, project):
        project.write("data.txt", "xx")


class ImportedZon(Change):
    def prepare(self, project):
        project.answer("mymod.zig", '@as(struct { n: i64 }, @import("data.zon")).n')
        project.write("data.zon", ".{ .n = 1 }\n")

    def do(self, project):
        project.write("data.zon", ".{ .n = 2 }\n")


class CHeader(Change):
    def prepare(self, project):
        project.write("mymod.zig", "extern fn number() c_int;\n\npub fn f() i64 {\n    return number();\n}\n")
        project.write("c/number.c", '#include "number.h"\nint number(void) { return NUMBER; }\n')
        project.write("c/number.h", "#define NUMBER 1\n")
        project.write("pyproject.toml", "[tool.zigbind]\nc-sources = ['c/number.c']\n")

    def do(self, project):
        project.write("c/number.h", "#define NUMBER 2\n")


class CSource(CHeader):
    def do(self, project):
        project.write("c/number.c", "int number(void) { return 2; }\n")


class CHeaderAfterAnEditOfTheZigFile(CHeader):
    """Zig's own cache may have dropped the header by then."""

    def do(self, project):
        path = project.root / "mymod.zig"
        path.write_text(path.read_text() + "\n// edited\n")
        assert project.call("mymod") == 1
        super().do(project)


class CHeaderInAnEarlierDirectory(CHeader):
    header = "first/number.h"

    def prepare(self, project):
        super().prepare(project)
        (project.root / "c/number.h").unlink()
        project.write("second/number.h", "#define NUMBER 1\n")
        (project.root / "first").mkdir(exist_ok=True)
        project.write("pyproject.toml", "[tool.zigbind]\nc-sources = ['c/number.c']\ninclude-dirs = ['first', 'second']\n")

    def do(self, project):
        project.write(self.header, "#define NUMBER 2\n")

    def undo(self, project):
        (project.root / self.header).unlink()


class CHeaderBesideTheSource(CHeaderInAnEarlierDirectory):
    header = "c/number.h"


class CHeaderBesideAHeader(CHeaderInAnEarlierDirectory):
    header = "second/deep/number.h"

    def prepare(self, project):
        super().prepare(project)
        project.write("c/number.c", '#include "deep/outer.h"\nint number(void) { return NUMBER; }\n')
        project.write("second/deep/outer.h", '#include "number.h"\n')


class ShadowingModule(Change):
    """A file of the same name, earlier on `sys.path`."""

    def prepare(self, project):
        project.answer("two/mymod.zig", 1)
        (project.root / "one").mkdir(exist_ok=True)
        project.env["PYTHONPATH"] = os.pathsep.join(str(project.root / name) for name in ("one", "two"))

    def do(self, project):
        project.answer("one/mymod.zig", 2)

    def undo(self, project):
        (project.root / "one/mymod.zig").unlink()


class ShadowingPythonFile(ShadowingModule):
    def do(self, project):
        project.write("one/mymod.py", "def f():\n    return 2\n")

    def undo(self, project):
        (project.root / "one/mymod.py").unlink()


MODE = '(if (@import("builtin").mode == .ReleaseFast) 2 else 1)'


class FlagInPyproject(Change):
    def prepare(self, project):
        project.answer("mymod.zig", MODE)
        project.write("pyproject.toml", "[tool.zigbind]\noptimize = 'ReleaseSafe'\n")

    def do(self, project):
        project.write("pyproject.toml", "[tool.zigbind]\noptimize = 'ReleaseFast'\n")


class NewPyproject(Change):
    def prepare(self, project):
        project.answer("mymod.zig", MODE)

    def do(self, project):
        project.write("pyproject.toml", "[tool.zigbind]\noptimize = 'ReleaseFast'\n")

    def undo(self, project):
        (project.root / "pyproject.toml").unlink()


class NearerPyproject(NewPyproject):
    def prepare(self, project):
        project.answer("src/mymod.zig", MODE)
        project.write("pyproject.toml", "[tool.zigbind]\noptimize = 'ReleaseSafe'\n")
        project.env["PYTHONPATH"] = str(project.root / "src")

    def do(self, project):
        project.write("src/pyproject.toml", "[tool.zigbind]\noptimize = 'ReleaseFast'\n")

    def undo(self, project):
        (project.root / "src/pyproject.toml").unlink()


class FlagInTheEnvironment(Change):
    def prepare(self, project):
        project.answer("mymod.zig", MODE)
        project.env.pop("ZIGBIND_OPTIMIZE", None)

    def do(self, project):
        project.env["ZIGBIND_OPTIMIZE"] = "ReleaseFast"


class FlagAsArgument(Change):
    def prepare(self, project):
        project.answer("mymod.zig", MODE)
        self.settings = ""

    def do(self, project):
        self.settings = "optimize='ReleaseFast'"


class AnotherZig(Change):
    def prepare(self, project):
        project.answer("mymod.zig", 1)
        project.use_zig()

    def do(self, project):
        project.use_zig(version="0.15.99")


def kinds(base):
    return [one for kind in base.__subclasses__() for one in (kind, *kinds(kind))]


@pytest.mark.parametrize("kind", kinds(Change), ids=lambda kind: kind.__name__)
def test_a_change_is_seen_and_taking_it_back_is_a_hit(counted, kind):
    change = kind()

    def call():
        install = f"import zigbind; zigbind.install({change.settings})\n"
        return counted.ask(install + "import mymod; answer = [mymod.f(), mymod.__file__, mymod.__spec__.cached]")

    change.prepare(counted)
    first = call()
    assert first[0] == 1
    assert call() == first, "nothing has changed"
    before = counted.compiles
    assert before == 1

    change.do(counted)
    second = call()
    made = counted.compiles
    if isinstance(change, AnotherZig):
        assert second[0] == 1 and second[2] != first[2]
    else:
        assert second[0] == 2
    assert call() == second, "nothing has changed"
    if not isinstance(change, ShadowingPythonFile):
        assert made > before and second[2] != first[2]

    change.undo(counted)
    assert call() == first
    assert counted.compiles == made, "what was built before is compiled again"


@pytest.mark.parametrize("age_ns, racy", [(-1, True), (0, True), (manifest.RACY_NS - 1, True), (manifest.RACY_NS, False)])
def test_times_of_files_that_were_just_written_are_not_trusted(tmp_path, age_ns, racy):
    """They may change again within the resolution of the file system's clock."""
    path = tmp_path / "mymod.zig"
    path.write_text(MAIN)
    stamp = manifest.stamp(str(path))
    written_ns = max(stamp[1], stamp[3])
    inputs = [(str(tmp_path / "absent.zig"), None), (str(path), stamp)]
    assert manifest.is_racy(inputs, written_ns + age_ns) is racy


def test_a_change_that_is_none_compiles_nothing(counted):
    path = counted.answer("mymod.zig", 1)
    assert counted.call("mymod") == 1
    os.utime(path, (0, 0))
    assert counted.call("mymod") == 1
    path.unlink()
    counted.answer("mymod.zig", 1)
    assert counted.call("mymod") == 1
    assert counted.compiles == 1


def test_a_project_that_moved_is_a_hit(counted):
    counted.write("mymod.zig", 'pub const f = @import("deep/util.zig").f;\n')
    counted.answer("deep/util.zig", 3)
    assert counted.call("mymod") == 3
    moved = counted.root.rename(counted.directory / "elsewhere")
    assert counted.call("mymod", env={"PYTHONPATH": str(moved)}) == 3
    assert counted.compiles == 1


def test_a_module_of_the_same_name_elsewhere_is_another(counted):
    counted.answer("one/mymod.zig", 1)
    counted.answer("two/mymod.zig", 2)
    for name, value in (("one", 1), ("two", 2), ("one", 1), ("two", 2)):
        assert counted.call("mymod", env={"PYTHONPATH": str(counted.root / name)}) == value
    assert counted.compiles == 2


# ---- what does not compile


def test_a_broken_source_is_compiled_once_for_each_content(counted):
    counted.write("mymod.zig", 'pub const f = @import("util.zig").f;\n')
    counted.answer("util.zig", "unknown")
    first = counted.error("import mymod")
    assert "CompileError" in first["types"]
    assert counted.error("import mymod") == first
    assert counted.error("try:\n    import mymod\nexcept ImportError:\n    import mymod") == first
    assert counted.compiles == 1

    counted.answer("util.zig", "unheard_of")
    assert "unheard_of" in counted.error("import mymod")["text"]
    assert counted.compiles == 2
    counted.answer("util.zig", 5)
    assert counted.call("mymod") == 5
    assert counted.compiles == 3

    counted.answer("util.zig", "unknown")
    assert counted.error("import mymod") == first
    counted.answer("util.zig", 5)
    assert counted.call("mymod") == 5
    assert counted.compiles == 3


C_MODULE = "extern fn number() c_int;\n\npub fn f() i64 {\n    return number();\n}\n"
C_SOURCE = '#include "number.h"\nint number(void) { return NUMBER; }\n'
MISSING = {
    "import": ({"mymod.zig": 'pub const f = @import("later.zig").f;\n'}, "later.zig", "pub fn f() i64 {\n    return 9;\n}\n"),
    "transitive import": (
        {"mymod.zig": 'pub const f = @import("a.zig").f;\n', "a.zig": 'pub const f = @import("sub/later.zig").f;\n'},
        "sub/later.zig",
        "pub fn f() i64 {\n    return 9;\n}\n",
    ),
    "zon": ({"mymod.zig": 'pub fn f() i64 {\n    const x: i64 = @import("later.zon");\n    return x;\n}\n'}, "later.zon", "9\n"),
    "embedded file": ({"mymod.zig": 'pub fn f() i64 {\n    return @embedFile("later.txt").len;\n}\n'}, "later.txt", "123456789"),
    "C source": (
        {"mymod.zig": C_MODULE, "pyproject.toml": "[tool.zigbind]\nc-sources = ['later.c']\n"},
        "later.c",
        "int number(void) { return 9; }\n",
    ),
    "C header beside the source": (
        {"mymod.zig": C_MODULE, "c/number.c": C_SOURCE, "pyproject.toml": "[tool.zigbind]\nc-sources = ['c/number.c']\n"},
        "c/number.h",
        "#define NUMBER 9\n",
    ),
    "C header in an include directory": (
        {
            "mymod.zig": C_MODULE,
            "c/number.c": C_SOURCE,
            "include/other.h": "",
            "pyproject.toml": "[tool.zigbind]\nc-sources = ['c/number.c']\ninclude-dirs = ['include']\n",
        },
        "include/number.h",
        "#define NUMBER 9\n",
    ),
}


@pytest.mark.parametrize("files, later, content", MISSING.values(), ids=MISSING)
def test_what_was_missing_appears(counted, files, later, content):
    for name, text in files.items():
        counted.write(name, text)
    error = counted.error("import mymod")
    assert "ImportError" in error["types"] and os.path.basename(later) in error["text"], error
    assert counted.error("import mymod") == error
    counted.write(later, content)
    assert counted.call("mymod") == 9
    (counted.root / later).unlink()
    assert counted.error("import mymod") == error
    counted.write(later, content)
    compiles = counted.compiles
    assert counted.call("mymod") == 9
    assert counted.compiles == compiles


def test_an_input_from_the_future_can_be_built(project):
    """Archives and clocks that differ make such files."""
    project.write("mymod.zig", 'pub fn f() i64 {\n    return @embedFile("data.txt").len;\n}\n')
    data = project.write("data.txt", "four")
    later = time.time() + 86400
    os.utime(data, (later, later))
    assert project.call("mymod") == 4
    project.write("data.txt", "five5")
    assert project.call("mymod") == 5


def test_another_copy_of_a_project_names_its_own_files(project):
    """The broken build is remembered for both: they have the same content."""
    for name in ("one", "two"):
        project.write(f"{name}/pkg/__init__.py", "")
        project.write(f"{name}/pkg/broken.zig", "pub fn f() i64 {\n    return unknown;\n}\n")
    for name in ("one", "two"):
        error = project.error(f"import sys; sys.path.insert(0, {str(project.root / name)!r})\nimport pkg.broken")
        assert error["diagnostics"][0][0] == str(project.root / name / "pkg" / "broken.zig")

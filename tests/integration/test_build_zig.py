"""Projects with a build.zig of their own, through `zigbuild` and through plain `zig build`."""

import os
import re
import shutil
import subprocess
import textwrap

import pytest
from conftest import zig_path

from zigbind import project as projects
from zigbind import scaffold, target, zigbuild
from zigbind.errors import CompileError, DisabledError, SettingsError, ZigbindError


class Zig:
    """A project of the layout build-zig, as `zigbind new` makes it, and a cache that is warm."""

    def __init__(self, project, name="demo"):
        self.environ = project.env
        self.cache = project.cache
        self.root = project.root / name
        scaffold.make(name, str(project.root), layout="build-zig", year=2030)
        self.core = self.root / f"src/{name}/_core.zig"

    def read(self, **arguments):
        return projects.read(str(self.root), environ=self.environ, arguments=arguments, cwd=str(self.root))

    def build(self, wanted=None, **arguments):
        built = zigbuild.build(self.read(**arguments), wanted or target.host(), environ=self.environ, cwd=str(self.root))
        return {source.name: path for source, path in built.items()}

    def modules(self):
        return zigbuild.modules(self.read(), environ=self.environ, cwd=str(self.root))

    def refused(self, kind=ZigbindError, **arguments):
        with pytest.raises(kind) as caught:
            self.build(**arguments)
        return caught.value

    def replace(self, file, old, new):
        path = self.root / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def extension(self, text):
        """build.zig with another extension."""
        (self.root / "build.zig").write_text(
            textwrap.dedent("""
                const std = @import("std");
                const zigbind = @import("zigbind");
                pub fn build(b: *std.Build) void {
                    const target = b.standardTargetOptions(.{});
                    const optimize = b.standardOptimizeOption(.{});
                    EXTENSION
                }
            """).replace("EXTENSION", text)
        )


@pytest.fixture
def project(project_in_place):
    return project_in_place


@pytest.fixture
def zig(project):
    return Zig(project)


def run(project, folder, code):
    """What ``code`` prints where Python sees the modules in ``folder``, and no zigbind."""
    return project.python(code, env={"PYTHONPATH": str(folder)}).stdout.strip()


def test_a_new_project_builds_with_names_and_docs(zig, project):
    (source,) = zig.modules()
    assert (source.name, source.path, source.root) == ("demo._core", str(zig.core), str(zig.root / "src"))
    built = zig.build()
    assert list(built) == ["demo._core"]
    shutil.copy(built["demo._core"], zig.root / "src/demo")
    code = "import demo; print(demo.greet('Zig', excited=True), demo.greet.__doc__, demo.Mean(2, value=3), demo._core.__doc__, sep='|')"
    assert run(project, zig.root / "src", code) == "Hello, Zig!|Greet somebody.|Mean(count=2, value=3.0)|demo: what it is for, in one line."


def test_panics_are_exceptions(zig, project):
    shutil.copy(zig.build()["demo._core"], zig.root / "src/demo")
    code = "import demo\ntry: demo.Mean(2**64 - 1).add(1)\nexcept OverflowError as error: print(error)"
    assert run(project, zig.root / "src", code) == "integer overflow"


def test_a_second_build_compiles_nothing(zig):
    (path,) = zig.build().values()
    before = os.stat(path).st_mtime_ns
    root = next(zig.root.glob(".zigbind/roots/*/root.zig"))
    stamp = os.stat(root).st_mtime_ns
    cached = {entry.name for entry in (next(zig.cache.glob("zig-*")) / "o").iterdir()}
    (again,) = zig.build().values()
    assert again == path and os.stat(path).st_mtime_ns == before and os.stat(root).st_mtime_ns == stamp
    assert {entry.name for entry in (next(zig.cache.glob("zig-*")) / "o").iterdir()} == cached


def test_changes_of_names_and_docs_arrive(zig, project):
    zig.build()
    zig.replace(zig.core, "/// Greet somebody.", "/// Say hello.")
    zig.replace(zig.core, "name: []const u8, options", "whom: []const u8, options")
    zig.replace(zig.core, '"Hello, ", name', '"Hello, ", whom')
    shutil.copy(zig.build()["demo._core"], zig.root / "src/demo")
    assert run(project, zig.root / "src", "import demo; print(demo.greet(whom='you'), demo.greet.__doc__)") == "Hello, you. Say hello."


def test_plain_zig_build_works_once_zigbind_has_seen_the_project(zig, project):
    zig.modules()
    done = subprocess.run(
        [zig_path(), "build"],
        cwd=zig.root,
        env=zig.environ | {"ZIG_GLOBAL_CACHE_DIR": str(next(zig.cache.glob("zig-*")))},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (library,) = (zig.root / "zig-out").rglob("*.*")
    assert library.parent.parts[-3:] == ("zig-out", "lib", "demo")
    assert run(project, zig.root / "zig-out/lib/demo", "import _core; print(_core.greet('Zig'))") == "Hello, Zig."


def test_the_zig_tests_run(zig):
    zig.modules()
    zig.replace(
        zig.core,
        'const std = @import("std");',
        'const std = @import("std");\nconst zb = @import("zigbind");\npub fn same(one: zb.Object) zb.Object {\n    return one;\n}',
    )
    environ = zig.environ | {"ZIG_GLOBAL_CACHE_DIR": str(next(zig.cache.glob("zig-*")))}
    done = subprocess.run([zig_path(), "build", "test", "--summary", "all"], cwd=zig.root, env=environ, capture_output=True, text=True)
    assert done.returncode == 0 and "1/1 tests passed" in done.stderr, done.stderr


def test_plain_zig_build_before_says_what_to_do(zig):
    zig.modules()
    shutil.rmtree(zig.root / ".zigbind/roots")
    environ = zig.environ | {"ZIG_GLOBAL_CACHE_DIR": str(next(zig.cache.glob("zig-*")))}
    done = subprocess.run([zig_path(), "build"], cwd=zig.root, env=environ, capture_output=True, text=True)
    assert done.returncode == 1 and "zigbind has not seen demo._core yet" in done.stderr


def test_dependencies_by_path(zig, project):
    files = {
        "build.zig": 'pub fn build(b: *@import("std").Build) void {\n    _ = b.addModule("dep", .{ .root_source_file = b.path("dep.zig") });\n}\n',
        "build.zig.zon": '.{ .name = .dep, .version = "0.0.1", .fingerprint = 0xf810543000000001, .paths = .{""} }\n',
        "dep.zig": "/// A number.\npub fn number() i64 {\n    return 42;\n}\n",
    }
    for name, text in files.items():
        path = zig.root / "dep" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    zig.replace("build.zig.zon", ".dependencies = .{", '.dependencies = .{\n        .dep = .{ .path = "dep" },')
    zig.replace("build.zig", "// .imports", ".imports")
    zig.replace(zig.core, 'const std = @import("std");', 'const std = @import("std");\npub const count_of = @import("dep").number;')
    shutil.copy(zig.build()["demo._core"], zig.root / "src/demo")
    assert run(project, zig.root / "src", "import demo._core; print(demo._core.count_of())") == "42"


def test_two_extensions_and_c_code(zig, project):
    zig.extension("""
        const one = zigbind.addExtension(b, .{ .name = "one", .root_source_file = b.path("src/one.zig"), .target = target, .optimize = optimize });
        one.root_module.addCSourceFile(.{ .file = b.path("src/twice.c") });
        one.root_module.link_libc = true;
        _ = zigbind.addExtension(b, .{ .name = "demo.two", .root_source_file = b.path("src/demo/two.zig"), .target = target, .optimize = optimize });
    """)
    (zig.root / "src/one.zig").write_text("extern fn twice(x: c_int) c_int;\npub fn f(x: c_int) c_int {\n    return twice(x);\n}\n")
    (zig.root / "src/twice.c").write_text("int twice(int x) { return 2 * x; }\n")
    (zig.root / "src/demo/two.zig").write_text("pub const N = 2;\n")
    built = zig.build()
    assert sorted(built) == ["demo.two", "one"]
    assert run(project, os.path.dirname(built["one"]), "import one; print(one.f(x=21))") == "42"
    assert run(project, os.path.dirname(built["demo.two"]), "import two; print(two.N)") == "2"


def test_the_name_of_a_file_beside_a_package(zig):
    """The layout of the seed: src/demo.zig and src/demo/__init__.py."""
    zig.extension(
        '_ = zigbind.addExtension(b, .{ .name = "demo", .root_source_file = b.path("src/demo.zig"), .target = target, .optimize = optimize });'
    )
    (zig.root / "src/demo.zig").write_text("pub const N = 2;\n")
    assert [source.name for source in zig.modules()] == ["demo.demo"]
    (path,) = zig.build().values()
    assert path.endswith(("lib/demo.abi3.so", "lib\\demo.pyd"))


def test_other_platforms(zig):
    for wanted in target.everything():
        for part in wanted.parts:
            (path,) = zig.build(part).values()
            with open(path, "rb") as file:
                image = file.read()
            magic = b"MZ" if part.is_windows else b"\xcf\xfa\xed\xfe" if part.is_macos else b"\x7fELF"
            assert image.startswith(magic) and path.endswith(".pyd" if part.is_windows else ".abi3.so")
            assert str(zig.root).encode() not in image, f"a path of this machine is in the library for {part.triple}"


test_other_platforms = pytest.mark.slow(test_other_platforms)


def test_a_folder_with_spaces_and_letters(zig):
    moved = zig.root.with_name("träger zwei")
    zig.root.rename(moved)
    zig.root, zig.core = moved, moved / "src/demo/_core.zig"
    assert list(zig.build()) == ["demo._core"]
    zig.replace(zig.core, "self.count += 1;", "self.count += nope;")
    assert [one.path for one in zig.refused(CompileError).diagnostics] == [str(zig.core)]


def test_a_moved_project_builds(zig):
    (before,) = zig.build().values()
    with open(before, "rb") as file:
        image = file.read()
    moved = zig.root.with_name("moved")
    zig.root.rename(moved)
    zig.root, zig.core = moved, moved / "src/demo/_core.zig"
    (path,) = zig.build().values()
    with open(path, "rb") as file:
        assert file.read() == image  # no path is in it
    zig.replace(zig.core, "self.count += 1;", "self.count += nope;")
    assert [one.path for one in zig.refused(CompileError).diagnostics] == [str(zig.core)]


# ---- refusals


def test_errors_in_the_source_have_its_path_and_line(zig):
    zig.replace(zig.core, "self.count += 1;", "self.count += nope;")
    error = zig.refused(CompileError)
    (one,) = error.diagnostics
    assert (one.path, one.line, one.column, one.message) == (str(zig.core), 17, 23, "use of undeclared identifier 'nope'")
    assert str(error) == (
        "demo does not compile (zig build)\n"
        "src/demo/_core.zig:17:23: error: use of undeclared identifier 'nope'\n"
        "            self.count += nope;\n"
        "                          ^~~~"
    )


def test_errors_have_their_notes(zig):
    zig.replace(zig.core, "self.count += 1;", "self.count += 1;\n        const text: []const u8 = self.count;\n        _ = text;")
    (one,) = zig.refused(CompileError).diagnostics
    assert one.message.startswith("expected type '[]const u8'") and all(note.level == "note" for note in one.notes)


def test_errors_in_build_zig(zig):
    zig.replace("build.zig", "b.addRunArtifact", "b.addRunArtefact")
    error = zig.refused(CompileError)
    assert error.diagnostics[0].path == str(zig.root / "build.zig") and "addRunArtefact" in str(error)


def test_a_build_zig_without_options_of_the_command_line(zig):
    zig.replace("build.zig", "b.standardTargetOptions(.{})", "b.graph.host")
    assert re.search(r"invalid option: -D\w+[\s\S]*from b.standardTargetOptions", str(zig.refused()))


def test_a_build_zig_without_extensions(zig):
    zig.extension("_ = target; _ = optimize; _ = zigbind;")
    assert "addExtension(b, .{ ... }) in it" in str(zig.refused())


def test_a_source_that_is_not_there(zig):
    zig.core.unlink()
    assert "root_source_file of demo._core is" in str(zig.refused()) and "there is no such file" in str(zig.refused())


@pytest.mark.parametrize("name", ["my module", "1st", "../demo", "demo.", ""])
def test_names_that_are_refused(zig, name):
    # What runs build.zig is compiled once for all of them.
    zig.replace("build.zig", '"demo._core"', 'b.graph.env_map.get("NAME").?')
    zig.environ["NAME"] = name
    assert f"{name!r} is no name of a module" in str(zig.refused())
    assert not list((zig.root / ".zigbind").glob("roots/*"))


def test_one_name_twice(zig):
    zig.replace("build.zig", "_ = zigbind.addExtension(b, extension);", "for (0..2) |_| _ = zigbind.addExtension(b, extension);")
    assert "makes 'demo._core' twice" in str(zig.refused())


def test_compiling_is_disabled(zig):
    assert "compiling is disabled" in str(zig.refused(DisabledError, disable=True))


def test_a_folder_that_cannot_be_made(zig):
    read = zig.read()
    shutil.rmtree(zig.root / ".zigbind")
    (zig.root / ".zigbind").write_text("mine")
    with pytest.raises(ZigbindError, match="cannot be written: .*needs a folder .zigbind that can be"):
        zigbuild.modules(read, environ=zig.environ, cwd=str(zig.root))
    assert (zig.root / ".zigbind").read_text() == "mine"


def test_a_project_without_build_zig(zig):
    read = zig.read()
    (zig.root / "build.zig").unlink()
    with pytest.raises(ZigbindError, match="has no build.zig"):
        zigbuild.modules(read, environ=zig.environ, cwd=str(zig.root))


def test_settings_that_would_do_nothing(zig):
    error = zig.refused(SettingsError, link_libraries=["m"])
    assert "link-libraries in [tool.zigbind] does nothing" in str(error)


def test_a_dependency_that_is_not_there(zig):
    zig.replace("build.zig.zon", ".dependencies = .{", '.dependencies = .{\n        .dep = .{ .path = "nowhere" },')
    zig.replace("build.zig", "// .imports", ".imports")
    assert "nowhere" in str(zig.refused())

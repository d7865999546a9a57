"""`zigbind stubs`, and how stubs follow their source in development."""

import json
import os
import subprocess
import sys

import pytest

from zigbind import stubs

TIMEOUT_SECONDS = 120


@pytest.fixture
def zig(project):
    """A function that runs `zigbind`."""

    def zig(*arguments, status=0):
        done = subprocess.run(
            [sys.executable, "-m", "zigbind", *arguments],
            check=False,
            cwd=project.root,
            env={**project.env, "PYTHONPATH": os.pathsep.join(sys.path), "ZIGBIND_QUIET": "1"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        assert done.returncode == status, done.stderr
        return done

    return zig


def test_stubs_are_written_and_checked(zig, project):
    project.write("mymod.zig", "//! Mine.\n/// Doc.\npub fn f(x: u8) f64 { return @floatFromInt(x); }\n")
    assert "+def f(x: int) -> float:" in zig("stubs", "--check", "mymod.zig", status=1).stdout
    assert not (project.root / "mymod.pyi").exists()
    assert zig("stubs", "mymod.zig").stdout == "mymod.pyi\n"
    text = (project.root / "mymod.pyi").read_text()
    assert stubs.is_generated(text) and '"""Mine."""' in text and 'def f(x: int) -> float:\n    """Doc."""\n' in text
    assert zig("stubs", "--check", ".").stdout == ""
    project.answer("mymod.zig", 1)
    assert "-def f(x: int) -> float:" in zig("stubs", "--check", "mymod.zig", status=1).stdout
    assert (project.root / "mymod.pyi").read_text() == text
    row = json.loads(zig("stubs", "--json", "mymod.zig").stdout)[0]
    assert row["stubs"] == [{"path": str(project.root / "mymod.pyi"), "status": "changed"}]
    zig("stubs", "--check", "mymod.zig")


def test_in_packages_and_elsewhere(zig, project):
    project.write("pkg/__init__.py", "")
    project.answer("pkg/_core.zig", 1)
    assert zig("stubs", "pkg/_core.zig", "-o", "typings").stdout == "typings/pkg/_core.pyi\n"
    assert zig("stubs", "pkg").stdout == "pkg/_core.pyi\n"
    assert project.call("pkg._core") == 1


def test_a_source_beside_its_package(zig, project):
    project.write("ext/__init__.py", "")
    project.answer("ext.zig", 1)
    assert zig("stubs", "ext.zig").stdout == "ext/ext.pyi\n"
    project.write("ext.zig", "pub fn f() i64 { return 2; }\npub fn g() void {}\n")
    assert project.call("ext.ext") == 2
    assert "def g() -> None: ..." in (project.root / "ext" / "ext.pyi").read_text()


def test_a_stub_by_hand_is_kept(zig, project):
    project.answer("mymod.zig", 1)
    project.write("mymod.pyi", "def f() -> object: ...\n")
    done = zig("stubs", "mymod.zig")
    assert done.stdout == "" and "mymod.pyi was written by hand: it stays as it is" in done.stderr
    zig("stubs", "--check", "mymod.zig")
    assert project.call("mymod") == 1
    assert (project.root / "mymod.pyi").read_text() == "def f() -> object: ...\n"


@pytest.mark.parametrize(
    ("content", "text"),
    [("pub fn f() i64 { return unknown; }", "use of undeclared identifier"), (None, "there is no such file")],
)
def test_refusals(zig, project, content, text):
    if content is not None:
        project.write("mymod.zig", content)
    done = zig("stubs", "mymod.zig", status=1)
    assert text in done.stderr and not (project.root / "mymod.pyi").exists()


def test_a_module_with_a_pyinit_of_its_own(zig, project):
    project.write(
        "mymod.zig",
        'const zb = @import("zigbind");\nexport fn PyInit_mymod() ?*zb.PyObject {\n    return zb.createModule(.{ .name = "mymod", .doc = "", .size = 0 }) catch null;\n}\n',
    )
    done = zig("stubs", "mymod.zig")
    assert "has a PyInit function of its own: write its stub by hand" in done.stderr and done.stdout == ""


def test_a_stub_follows_its_source(zig, project):
    project.answer("mymod.zig", 1)
    assert project.call("mymod") == 1
    assert not (project.root / "mymod.pyi").exists()  # nobody asked for one
    zig("stubs", "mymod.zig")
    before = (project.root / "mymod.pyi").stat().st_mtime_ns
    project.use_zig()
    assert project.call("mymod") == 1
    assert (project.root / "mymod.pyi").stat().st_mtime_ns == before
    project.write("mymod.zig", "pub fn f() i64 { return 2; }\npub const sub = struct { pub fn g() void {} };\n")
    assert project.call("mymod") == 2
    assert not (project.root / "mymod.pyi").exists()
    assert "def f() -> int: ..." in (project.root / "mymod" / "__init__.pyi").read_text()
    assert "def g() -> None: ..." in (project.root / "mymod" / "sub.pyi").read_text()
    assert project.compiles == 1
    assert project.call("mymod") == 2  # the directory hides nothing
    assert project.compiles == 1  # a stub is no input

"""``zigbind ide``: what ZLS needs, and nothing of anybody else's."""

import os
import shutil
import subprocess

import pytest
from conftest import zig_path

MODULE = 'const zigbind = @import("zigbind");\nconst part = @import("parts/part.zig");\n\npub fn f(a: i64, b: zigbind.Owned(zigbind.Object)) i64 {\n    _ = b;\n    return part.g(a);\n}\n\npub fn generic(comptime T: type) T {\n    return undefined;\n}\n'


def ide(project, *words, check: bool = True):
    code = f"import sys; from zigbind.cli import main; sys.exit(main({['ide', *map(str, words)]!r}))"
    return project.python(code, check=check, cwd=project.root)


def zig(project, *words):
    env = project.environ(ZIG_GLOBAL_CACHE_DIR=str(project.directory / "zig-global"), http_proxy="http://127.0.0.1:9", https_proxy="http://127.0.0.1:9")
    return subprocess.run([zig_path(), "build", *words], cwd=project.root, env=env, capture_output=True, text=True, timeout=280)


def test_zig_itself_takes_what_is_written(project):
    """ZLS runs ``zig build`` with a runner of its own to learn the modules, and ``zig build check`` on each save."""
    project.write("my mod.zig", "pub fn g() void {}\n")  # cannot be imported: no module
    project.write("mymod.zig", MODULE.replace("zigbind.Owned(zigbind.Object)", "bool"))
    project.write("parts/part.zig", "pub fn g(a: i64) i64 {\n    return a;\n}\n")
    assert ide(project).stdout == "written: build.zig\n"
    text = (project.root / "build.zig").read_text()
    assert '"mymod.zig",' in text and "part.zig" not in text and "my mod" not in text
    done = zig(project, "check")
    assert done.returncode == 0, done.stderr
    assert "check " in zig(project, "--help").stdout
    assert zig(project).returncode == 0  # zig build alone has nothing to do
    project.write("parts/part.zig", "pub fn g(a: i64) i64 {\n    return b;\n}\n")
    done = zig(project, "check")
    assert done.returncode != 0 and "parts/part.zig:2:12: error: use of undeclared identifier 'b'" in done.stderr
    assert ide(project).stdout == "is up to date: build.zig\n"


def test_it_follows_the_project(project):
    project.answer("one.zig", 1)
    assert ide(project).stdout == "written: build.zig\n"
    before = (project.root / "build.zig").stat()
    assert ide(project).stdout == "is up to date: build.zig\n"
    after = (project.root / "build.zig").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    project.answer("two.zig", 2)
    assert ide(project, ".").stdout == "brought up to date: build.zig\n"
    assert '"two.zig",' in (project.root / "build.zig").read_text()


def test_what_is_not_its_own_stays(project):
    project.answer("one.zig", 1)
    path = project.write("build.zig", "// my own\n")
    done = ide(project, check=False)
    assert done.returncode == 1 and path.read_text() == "// my own\n"
    assert "is your own, so it stays as it is. For ZLS add to its build function:" in done.stderr and 'addModule("zigbind"' in done.stderr
    # Also what was its own, when the marker line is gone.
    path.unlink()
    ide(project)
    mine = "\n".join(path.read_text().splitlines()[1:]) + "\n// mine\n"
    path.write_text(mine)
    assert ide(project, check=False).returncode == 1 and path.read_text() == mine


def test_a_build_zig_that_knows_zigbind_needs_nothing(project):
    """As that of `zigbind new`: what would be said of others would not compile there."""
    project.answer("one.zig", 1)
    text = 'const zigbind = @import("zigbind");\n'
    path = project.write("build.zig", text)
    assert ide(project).stdout == "knows zigbind already, and stays as it is: build.zig\n" and path.read_text() == text


@pytest.mark.parametrize("layout", ["src", "build-zig"])
def test_a_clone_of_a_new_project(project, layout):
    """Its own build.zig names a copy of the runtime, which git does not have."""
    project.python(f"from zigbind.cli import main; main(['new', 'my-project', '--layout', {layout!r}])", cwd=project.root)
    root = project.root / "my-project"
    before = sorted(path.name for path in root.iterdir())
    runtime = root / ".zigbind" / "runtime" / "zigbind.zig"
    text = runtime.read_text()
    shutil.rmtree(root / ".zigbind")
    said = ide(project, "my-project").stdout.replace(os.sep, "/")
    assert said == "brought up to date: my-project/.zigbind/runtime\n"
    assert runtime.read_text() == text and sorted(path.name for path in root.iterdir()) == before


def test_a_folder_without_modules_and_one_that_is_not_there(project):
    assert "no .zig module in this directory" in ide(project, check=False).stderr
    assert "there is no such directory" in ide(project, "nowhere", check=False).stderr
    assert os.listdir(project.root) == []
    project.answer("one.zig", 1)
    assert "one.zig is a file; name the project's directory" in ide(project, "one.zig", check=False).stderr


def test_a_folder_that_may_not_be_read(project, unprivileged):
    locked = project.answer("locked/one.zig", 1).parent
    locked.chmod(0)
    try:
        code = "import sys; from zigbind.cli import main; sys.exit(main(['ide', 'locked']))"
        done = project.python(code, check=False, cwd=project.root, prefix=unprivileged)
        assert done.returncode == 1 and "locked: permission denied; give yourself the right to it" in done.stderr
    finally:
        locked.chmod(0o700)

"""Projects of `zigbind new`, in an environment of their own where zigbind is installed from its wheel: they install, import, test, and pass
their own CI file, with the very commands that are printed and written there."""

import compileall
import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import zig_path

from zigbind import scaffold

ROOT = Path(__file__).parents[2]
LAYOUTS = list(scaffold.LAYOUTS)
#: What an isolated build would download is here already.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class Shell:
    """A virtual environment, and the commands that are typed in it."""

    def __init__(self, project, wheel):
        directory = project.directory
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory / "venv"], check=True)
        binaries = directory / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
        self.python = str(binaries / "python")
        packages = sysconfig.get_path("purelib", "venv", {"base": str(directory / "venv"), "platbase": str(directory / "venv")})
        # pip, pytest and what zigbind depends on are those of the tests.
        Path(packages, "tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
        # As installers do, with the Python files of the templates too.
        compileall.compile_dir(os.path.join(packages, "zigbind", "templates"), quiet=1)
        self.env = {name: value for name, value in project.env.items() if name != "PYTHONPATH"} | OFFLINE
        self.env["PATH"] = f"{binaries}{os.pathsep}{self.env['PATH']}"
        self.cwd = directory

    def __call__(self, command, status=0):
        """Run a command line; its output."""
        program, *arguments = shlex.split(command)
        if program == "cd":
            self.cwd = self.cwd / arguments[0]
            return ""
        start = {"python": [self.python], "zigbind": [self.python, "-m", "zigbind"]}[program]
        done = subprocess.run(
            [*start, *arguments], cwd=self.cwd, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240
        )
        assert done.returncode == status, f"{command}\n{done.stdout}"
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """zigbind's own wheel, as pip would build it."""
    pytest.importorskip("hatchling", reason="hatchling, which builds zigbind's own wheel, is not installed")
    directory = tmp_path_factory.mktemp("wheel")
    code = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(directory)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return directory / done.stdout.split()[-1]


@pytest.fixture
def project(project_in_place):
    return project_in_place


@pytest.fixture
def shell(project, wheel):
    return Shell(project, wheel)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_printed_commands_work(shell, layout):
    said = shell(f"zigbind new my-thing --layout {layout}")
    commands = [line.strip() for line in said.splitlines() if line.startswith("    ")]
    assert len(commands) == 3 and commands[0] == "cd my-thing" and commands[2] == "python -m pytest"
    for command in commands:
        said = shell(command)
    assert "3 passed" in said and "warning" not in said
    where = shell('python -c "import my_thing; print(my_thing.__file__, my_thing.Mean.add.__doc__)"')
    assert "Take in one more number." in where


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_ci_file_passes(shell, layout):
    shell(f"zigbind new my-thing --layout {layout}")
    shell("cd my-thing")
    text = (shell.cwd / ".github/workflows/wheels.yml").read_text()
    assert not [used for used in re.findall(r"uses: (\S+)", text) if not re.search(r"@(v\d+|release/v1)$", used)]
    commands = re.findall(r"- run: (.*)", text)
    assert commands[:3] == ["python -m pip install zigbind", "zigbind wheel --all-targets", "zigbind sdist"]
    for command in commands:
        # All nine are made in the next test.
        said = shell(command.replace("--all-targets", "--target host"))
    assert "3 passed" in said
    assert sorted(path.suffix for path in (shell.cwd / "dist").iterdir()) == [".gz", ".whl"]
    assert "site-packages" in shell('python -P -c "import my_thing; print(my_thing.__file__)"')


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_wheels(shell, layout):
    shell(f"zigbind new my-thing --layout {layout}")
    shell("cd my-thing")
    shell("zigbind wheel --all-targets")
    assert len(list((shell.cwd / "dist").glob("*.whl"))) == 9


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_stub_is_what_zigbind_generates(shell, layout):
    """In the wheel a generated stub is replaced: with a template's own it must be the same."""
    shell(f"zigbind new my-thing --layout {layout}")
    shell("cd my-thing")
    shell("zigbind wheel")
    (wheel,) = (shell.cwd / "dist").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for stub in shell.cwd.rglob("*.pyi"):
            name = stub.relative_to(shell.cwd).as_posix().removeprefix("src/")
            # Type checkers look for that of a lone module in a package beside it.
            name = "my_thing-stubs/__init__.pyi" if layout == "flat" else name
            assert name in names and archive.read(name).decode() == stub.read_text()
    assert layout == "flat" or "my_thing/py.typed" in names
    assert not [name for name in names if name.endswith((".zig", ".zon")) or name.startswith(".")]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_wheel_of_the_source_distribution_is_the_same(shell, layout):
    shell(f"zigbind new my-thing --layout {layout}")
    shell("cd my-thing")
    shell("zigbind wheel")
    shell("zigbind sdist")
    (sdist,) = (shell.cwd / "dist").glob("*.tar.gz")
    (wheel,) = (shell.cwd / "dist").glob("*.whl")
    shell(f"python -m pip wheel --no-deps -w again {sdist.as_posix()}")
    (again,) = (shell.cwd / "again").iterdir()
    assert again.name == wheel.name and again.read_bytes() == wheel.read_bytes()


def test_the_zig_tests_run(shell, project):
    """With `zig build test` beside the package, where the code imports zigbind; `test_build_zig` has the other layout."""
    shell("zigbind new my-thing")
    core = shell.cwd / "my-thing/src/my_thing/_core.zig"
    core.write_text(core.read_text() + 'const zb = @import("zigbind");\npub fn same(one: zb.Object) zb.Object {\n    return one;\n}\n')
    command = [zig_path(), "build", "test", "--summary", "all"]
    done = subprocess.run(command, cwd=shell.cwd / "my-thing/src", env=shell.env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0 and "1/1 tests passed" in done.stderr, done.stderr


def test_templates_are_formatted_as_zig_does():
    done = subprocess.run([zig_path(), "fmt", "--check", scaffold._TEMPLATES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- the command


def run(project, *arguments):
    command = [sys.executable, "-m", "zigbind", "new", *arguments]
    return subprocess.run(command, cwd=project.root, env=project.env | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)


def test_as_json(project):
    done = run(project, "my-thing", "--layout", "flat", "--json")
    row = json.loads(done.stdout)
    assert (row["name"], row["module"], row["root"]) == ("my-thing", "my_thing", str(project.root / "my-thing"))
    assert "my_thing.zig" in row["files"] and row["commands"][0] == "cd my-thing"


@pytest.mark.parametrize(
    "arguments, text, status",
    [(["json"], "try zig-json", 1), (["a b"], "no name for a project", 1), ([], "NAME", 2), (["a", "--layout", "x"], "invalid choice", 2)],
)
def test_refusals(project, arguments, text, status):
    done = run(project, *arguments)
    assert done.returncode == status and text in done.stderr and not done.stdout
    assert not list(project.root.iterdir())


def test_a_second_time(project):
    assert run(project, "my-thing").returncode == 0
    before = (project.root / "my-thing/pyproject.toml").read_text()
    done = run(project, "my-thing", "--layout", "flat")
    assert done.returncode == 1 and "is not empty; choose another name" in done.stderr
    assert (project.root / "my-thing/pyproject.toml").read_text() == before and not (project.root / "my-thing/my_thing.zig").exists()


def test_a_folder_that_cannot_be_written(project, unprivileged):
    locked = project.root / "locked"
    locked.mkdir(mode=0o555)
    code = "import os, sys; os.chdir('project/locked')\nfrom zigbind.cli import main\nsys.exit(main(['new', 'my-thing']))"
    done = project.python(code, prefix=unprivileged, check=False, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 1 and "choose a folder that you can write to" in done.stderr
    assert not list(locked.iterdir())


def test_help_says_why_src(project):
    said = " ".join(run(project, "--help").stdout.split())
    assert "src is the default: it has room for Python beside the Zig code" in said and "example: zigbind new my-project" in said

"""The build backend as frontends call it: pip, build and uv, each layout, with and without isolation; editable installs."""

import importlib.util
import inspect
import json
import os
import shutil
import subprocess
import sys
import tarfile
import textwrap
import zipfile
from pathlib import Path

import pytest

import zigbind
from zigbind import editable, pep517
from zigbind.manifest import EDITABLE_MARKER
from zigbind.recipe import Source

ROOT = Path(zigbind.__file__).parents[1]
ADD = "/// Adds.\npub fn add(a: i64, b: i64) i64 {\n    return a + b;\n}\n"
HEAD = '[build-system]\nrequires = ["zigbind"]\nbuild-backend = "zigbind.build"\n\n[project]\nname = "my-pkg"\nversion = "1.0"\nlicense = "MIT"\n'

#: The files of each layout, and where `add` is in Python.
LAYOUTS = {
    "lone": ({"my_pkg.zig": ADD}, "my_pkg"),
    "src": ({"src/pkg/__init__.py": "from ._core import add\n", "src/pkg/_core.zig": ADD, "src/pkg/py.typed": ""}, "pkg"),
    "flat": ({"my_pkg/__init__.py": "from ._core import add\n", "my_pkg/_core.zig": ADD, "tests/test_it.py": ""}, "my_pkg"),
    "seed": ({"src/my_ext.zig": ADD, "src/my_ext/__init__.py": "from .my_ext import *\n"}, "my_ext"),
}
LIBRARIES = {"lone": "my_pkg", "src": "pkg/_core", "flat": "my_pkg/_core", "seed": "my_ext/my_ext"}
SOURCES = {"lone": "my_pkg.zig", "src": "src/pkg/_core.zig", "flat": "my_pkg/_core.zig", "seed": "src/my_ext.zig"}
#: Where the packages that zigbind needs are.
SITE = [path for path in sys.path if path.endswith("site-packages")]
SUFFIX = ".pyd" if sys.platform == "win32" else ".abi3.so"

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not there")
needs_uv = pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not there")
needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="pip is not there")
needs_build = pytest.mark.skipif(importlib.util.find_spec("build") is None, reason="the package build is not there")


@pytest.fixture(scope="session")
def links(tmp_path_factory) -> Path:
    """A directory with a wheel of zigbind as it is in this tree, for builds with isolation."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not there, which builds zigbind itself")
    directory = tmp_path_factory.mktemp("links")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)], cwd=ROOT)
    return directory


def run(command, *, status=0, **options) -> subprocess.CompletedProcess:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=280, **options)
    assert done.returncode == status, done.stdout + done.stderr
    return done


class World:
    """A project to pack, and the environment that frontends run in."""

    def __init__(self, project, layout: str):
        self.project = project
        self.layout = layout
        self.out = project.directory / "out"
        self.root = project.root
        # Frontends find their registries and caches through what the machine has set.
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("ZIGBIND_", "PYTHON", "VIRTUAL_ENV"))}
        self.env |= {"ZIGBIND_CACHE_DIR": str(project.cache), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        if layout not in LAYOUTS:
            return
        files, self.module = LAYOUTS[layout]
        project.write("pyproject.toml", HEAD)
        project.write("LICENSE", "MIT\n")
        for name, text in files.items():
            project.write(name, text)

    def frontend(self, *command: str, isolated_from: Path | None = None, status: int = 0, env: dict | None = None, cwd: Path | None = None):
        """Run a frontend in the project; with isolation it finds zigbind in ``isolated_from``, without it finds this tree."""
        env = self.env | (env or {})
        if isolated_from is None:
            env |= {"PYTHONPATH": os.pathsep.join([str(ROOT), *SITE]), "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
        else:
            env |= {"PIP_FIND_LINKS": str(isolated_from), "UV_FIND_LINKS": str(isolated_from)}
        return run(command, cwd=cwd or self.root, env=env, status=status)

    def hooks(self, code: str, *, status: int = 0, cwd: Path | None = None, env: dict | None = None):
        """Run ``code`` with the hooks as ``b``, as a frontend does; what it prints as JSON."""
        self.out.mkdir(exist_ok=True)
        code = f"import json, zigbind.build as b\nout = {str(self.out)!r}\n" + textwrap.dedent(code)
        done = run([sys.executable, "-c", code], cwd=cwd or self.root, env=self.env | {"PYTHONPATH": str(ROOT)} | (env or {}), status=status)
        return json.loads(done.stdout.splitlines()[-1]) if status == 0 else done.stderr

    def check(self, wheel: Path) -> None:
        """A wheel holds what it should, and works where there is no zigbind."""
        with zipfile.ZipFile(wheel) as archive:
            names = set(archive.namelist())
            unpacked = self.project.directory / f"unpacked-{len(os.listdir(self.project.directory))}"
            archive.extractall(unpacked)
        assert f"{LIBRARIES[self.layout]}{SUFFIX}" in names and "my_pkg-1.0.dist-info/METADATA" in names
        assert "my_pkg-1.0.dist-info/licenses/LICENSE" in names
        assert not [name for name in names if name.endswith(".zig") or "test" in name or EDITABLE_MARKER in name]
        code = (
            f"import sys, {self.module}; assert {self.module}.add(20, 22) == 42; assert 'zigbind' not in sys.modules; print({self.module}.__file__)"
        )
        done = run([sys.executable, "-c", code], cwd=self.project.directory, env=self.env | {"PYTHONPATH": str(unpacked)})
        assert str(unpacked) in done.stdout

    def wheel(self) -> Path:
        (found,) = self.out.glob("*.whl")
        return found


@pytest.fixture(params=LAYOUTS)
def world(project, request) -> World:
    return World(project, request.param)


@pytest.fixture
def src(project) -> World:
    return World(project, "src")


@pytest.fixture
def lone(project) -> World:
    return World(project, "lone")


# ---- frontends


@needs_pip
def test_pip_wheel_without_isolation_and_network(world):
    world.frontend(sys.executable, "-m", "pip", "wheel", ".", "--no-build-isolation", "--no-deps", "-w", str(world.out))
    world.check(world.wheel())


@pytest.mark.slow
@needs_pip
def test_pip_wheel_with_isolation(src, links):
    src.frontend(sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "-w", str(src.out), isolated_from=links)
    src.check(src.wheel())


@needs_build
def test_build_makes_the_wheel_from_the_source_distribution(world):
    world.frontend(sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check", "-o", str(world.out))
    assert sorted(path.name for path in world.out.iterdir())[1] == "my_pkg-1.0.tar.gz"
    world.check(world.wheel())


@needs_uv
def test_uv_build_with_isolation(src, links):
    src.frontend("uv", "build", "-p", sys.executable, "-o", str(src.out), isolated_from=links)
    src.check(src.wheel())
    assert (src.out / "my_pkg-1.0.tar.gz").exists()


@needs_uv
def test_uv_build_without_isolation_and_network(lone):
    lone.frontend("uv", "build", "-p", sys.executable, "--no-build-isolation", "--wheel", "-o", str(lone.out))
    lone.check(lone.wheel())


@needs_pip
@needs_git
def test_pip_install_from_git(src):
    config = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    src.project.write(".gitignore", "*.log\n")
    src.project.write("src/pkg/noise.log", "")
    for arguments in (["init"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-m", "x"]):
        run(["git", *arguments], cwd=src.root, env=src.env | config)
    target = src.project.directory / "target"
    src.frontend(
        sys.executable, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "--target", str(target), f"git+file://{src.root}", env=config
    )
    assert (target / f"pkg/_core{SUFFIX}").exists() and not (target / "pkg/noise.log").exists()
    done = run([sys.executable, "-c", "import pkg; print(pkg.add(1, 2))"], cwd=src.project.directory, env=src.env | {"PYTHONPATH": str(target)})
    assert done.stdout == "3\n"


@needs_pip
def test_diagnostics_are_readable_in_the_output_of_pip(src):
    src.project.write("src/pkg/_core.zig", "pub fn f() i64 {\n    return unknown;\n}\n")
    done = src.frontend(sys.executable, "-m", "pip", "wheel", ".", "--no-build-isolation", "--no-deps", "-w", str(src.out), status=1)
    said = done.stdout + done.stderr
    assert "src/pkg/_core.zig:2:12: error: use of undeclared identifier 'unknown'" in said and "        return unknown;" in said
    assert "Traceback" not in said
    assert not list(src.out.glob("*.whl"))


@needs_build
def test_build_says_what_is_wrong_with_the_project(src):
    src.project.write("pyproject.toml", HEAD.replace('version = "1.0"', 'version = "one"'))
    done = src.frontend(sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check", "-o", str(src.out), status=1)
    said = done.stdout + done.stderr
    assert "version = 'one' is no version" in said and "Traceback" not in said


# ---- hooks


def test_a_wheel_from_the_source_distribution_is_the_wheel_from_the_tree(world):
    world.project.write("data with spaces.txt", "x")
    name, source = world.hooks("print(json.dumps([b.build_wheel(out), b.build_sdist(out)]))")
    first = (world.out / name).read_bytes()
    with tarfile.open(world.out / source) as tar:
        tar.extractall(world.project.directory / "unpacked", filter="data")
    unpacked = world.project.directory / "unpacked" / "my_pkg-1.0"
    (world.out / name).unlink()
    assert world.hooks("print(json.dumps(b.build_wheel(out)))", cwd=unpacked, env={"TZ": "Asia/Tokyo"}) == name
    assert (world.out / name).read_bytes() == first
    (world.out / source).rename(world.out / "first.tar.gz")
    world.hooks("print(json.dumps(b.build_sdist(out)))", cwd=unpacked)
    assert (world.out / source).read_bytes() == (world.out / "first.tar.gz").read_bytes()


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_prepared_metadata_is_that_of_the_wheel(src, kind):
    src.project.write("pyproject.toml", HEAD + '[project.scripts]\nadd = "pkg:add"\n')
    src.project.use_zig()
    src.env["ZIGBIND_ZIG_PATH"] = src.project.env["ZIGBIND_ZIG_PATH"]
    name = src.hooks(f"print(json.dumps(b.prepare_metadata_for_build_{kind}(out)))")
    assert name == "my_pkg-1.0.dist-info" and src.project.compiles == 0
    wheel = src.hooks(f"print(json.dumps(b.build_{kind}(out, None, out + '/{name}')))")
    prepared = [path for path in (src.out / name).rglob("*") if path.is_file()]
    assert {path.name for path in prepared} == {"METADATA", "WHEEL", "entry_points.txt", "LICENSE"}
    with zipfile.ZipFile(src.out / wheel) as archive:
        for path in prepared:
            assert archive.read(f"{name}/{path.relative_to(src.out / name).as_posix()}") == path.read_bytes()


def test_what_an_import_compiled_is_not_compiled_again(counted):
    world = World(counted, "src")
    world.env["ZIGBIND_ZIG_PATH"] = counted.env["ZIGBIND_ZIG_PATH"]
    artifact = counted.ask("import pkg._core; answer = pkg._core.__spec__.cached", env={"PYTHONPATH": str(counted.root / "src")})
    assert counted.compiles == 1
    name = world.hooks("print(json.dumps(b.build_wheel(out)))")
    assert counted.compiles == 1
    with zipfile.ZipFile(world.out / name) as archive:
        assert archive.read(f"pkg/_core{SUFFIX}") == Path(artifact).read_bytes()


def test_a_compiler_is_asked_for_only_where_there_is_none(lone, tmp_path):
    every = "[b.get_requires_for_build_wheel(), b.get_requires_for_build_editable(), b.get_requires_for_build_sdist()]"
    assert lone.hooks(f"print(json.dumps({every}))") == [[], [], []]
    nowhere = f"import zigbind.toolchain as t\nt._in_package = lambda: None\nprint(json.dumps({every}))"
    assert lone.hooks(nowhere, env={"PATH": str(tmp_path)}) == [["ziglang>=0.15,<0.16"], ["ziglang>=0.15,<0.16"], []]
    said = lone.hooks("b.get_requires_for_build_wheel({'zig-path': '/nowhere/zig'})", status=1)
    assert "zig-path is /nowhere/zig, and there is no such file" in said and "Traceback" not in said


@pytest.mark.parametrize(
    "given",
    [
        {"optimize": "ReleaseSmall"},
        {"zig-args": "-fstrip -fno-unwind-tables"},
        {"zig_args": ["-fstrip", "-fsingle-threaded"]},
        {"stable-abi": "true", "disable": "0"},
    ],
)
def test_config_settings(lone, given):
    lone.hooks(f"print(json.dumps(b.build_wheel(out, {given!r})))")
    lone.check(lone.wheel())


def test_config_settings_name_targets(lone):
    name = lone.hooks("print(json.dumps(b.build_wheel(out, {'target': ['win_amd64', 'musllinux_1_2_x86_64']})))")
    assert name.endswith("win_amd64.whl") and len(list(lone.out.glob("*.whl"))) == 2
    (path,) = lone.out.glob("*musllinux*")
    path.unlink()
    assert lone.hooks("print(json.dumps(b.build_wheel(out, {'target': 'win_amd64'})))") == name


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("b.build_wheel(out, {'optimise': 'Debug'})", ["unknown config-setting 'optimise'", "did you mean 'optimize'?"]),
        ("b.build_sdist(out, {'traget': 'x'})", ["unknown config-setting 'traget'", "did you mean 'target'?"]),
        ("b.build_wheel(out, {'optimize': 'Fast'})", ["optimize = 'Fast' is none of", "did you mean 'ReleaseFast'?"]),
        ("b.build_wheel(out, {'optimize': ['Debug', 'ReleaseSafe']})", ["config-setting optimize: given 2 times"]),
        ("b.build_wheel(out, {'stable-abi': 'maybe'})", ["config-setting stable-abi='maybe': expected 1 or 0"]),
        ("b.build_wheel(out, {'lock-timeout': 'long'})", ["config-setting lock-timeout='long': expected a number"]),
        ("b.build_wheel(out, {'zig-args': '\"'})", ["config-setting zig-args", "as in a shell"]),
        ("b.build_wheel(out, {'target': 'win_amd65'})", ["win_amd65", "win_amd64"]),
        ("b.build_editable(out, {'target': 'win_amd64'})", ["an editable install is for this machine"]),
    ],
)
def test_config_settings_that_are_refused(lone, call, words):
    said = lone.hooks(call, status=1)
    for word in words:
        assert word in said
    assert "Traceback" not in said and not list(lone.out.iterdir())


# ---- zigbind.build is the backend, and the library's function


@pytest.mark.parametrize(
    "first", ["import zigbind", "import zigbind.build", "import zigbind.library", "from zigbind import build", "import zigbind.pep517, zigbind.auto"]
)
def test_build_is_a_function_too(lone, first):
    code = f"""
        {first}
        import inspect, pydoc, zigbind, zigbind.library
        assert zigbind.build("my_pkg.zig").path == zigbind.library.build("my_pkg.zig", "my_pkg").path
        assert zigbind.build("my_pkg.zig", optimize="Debug").path
        assert inspect.signature(zigbind.build) == inspect.signature(zigbind.library.build)
        assert "build_wheel" in pydoc.render_doc(zigbind.build) and 'zigbind.build("mymod.zig")' in pydoc.render_doc(zigbind.build)
        import zigbind.build as backend
        assert backend is zigbind.build and callable(backend.build_wheel)
        print("true")
    """
    assert lone.hooks(code) is True


def test_the_backend_has_every_hook():
    import zigbind.build

    hooks = {name for name, value in vars(pep517).items() if inspect.isfunction(value) and not name.startswith("_")}
    assert set(zigbind.build.__all__) == set(pep517.__all__) == hooks


def test_building_a_module_loads_no_packaging(lone):
    code = "import sys, zigbind; zigbind.build('my_pkg.zig'); print(json.dumps([m for m in sys.modules if m.startswith(('packaging', 'pyproject'))]))"
    assert lone.hooks(code) == []


# ---- editable installs


class Environment:
    """A virtual environment without pip and without zigbind."""

    def __init__(self, world: World):
        self.world = world
        self.directory = world.project.directory / "venv"
        run([sys.executable, "-m", "venv", "--without-pip", str(self.directory)])
        self.python = str(self.directory / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
        self.site = next(self.directory.rglob("site-packages"))

    def ask(self, code: str, *, zigbind: bool = True, cwd: Path | None = None, status: int = 0):
        """Run ``code`` with this environment; what it assigns to ``answer``. With ``zigbind``, that can be imported."""
        env = self.world.env | ({"PYTHONPATH": os.pathsep.join([str(ROOT), *SITE])} if zigbind else {})
        done = run(
            [self.python, "-c", f"{code}\nimport json; print(json.dumps(answer))"], cwd=cwd or self.world.project.directory, env=env, status=status
        )
        return (json.loads(done.stdout.splitlines()[-1]), done.stderr) if status == 0 else done.stderr

    def add(self, **options) -> int:
        module = self.world.module
        return self.ask(f"import {module}; answer = {module}.add(3, 4)", **options)[0]

    def edit(self) -> None:
        """Let `add` multiply."""
        path = self.world.root / SOURCES[self.world.layout]
        path.write_text(path.read_text().replace("a + b", "a * b"))


def install_editable(world: World, how: str, *more: str, links: Path | None = None, env: dict | None = None) -> Environment:
    made = Environment(world)
    if how == "pip":
        world.frontend(
            sys.executable, "-m", "pip", "--python", made.python, "install", "--no-deps", "--no-build-isolation", "-e", ".", *more, env=env
        )
    elif how == "uv":
        world.frontend("uv", "pip", "install", "-p", made.python, "--no-deps", "-e", ".", *more, isolated_from=links, env=env)
    else:
        run([made.python, "-m", "zigbind", "develop", *more], cwd=world.root, env=world.env | {"PYTHONPATH": os.pathsep.join([str(ROOT), *SITE])})
    return made


@pytest.fixture(params=[pytest.param("pip", marks=needs_pip), pytest.param("uv", marks=[needs_uv, pytest.mark.slow]), "develop"])
def how(request):
    return request.param


def test_an_edit_is_seen_by_the_next_import(world):
    made = install_editable(world, "develop")
    assert made.add() == 7
    made.edit()
    assert made.add() == 12
    # Also where the package is found without anything installed: in the current directory.
    assert made.add(cwd=world.root) == 12
    assert made.add(cwd=world.root / "src" if (world.root / "src").exists() else world.root) == 12


def test_each_installer(src, how, request):
    made = install_editable(src, how, links=request.getfixturevalue("links") if how == "uv" else None)
    assert made.add() == 7
    made.edit()
    assert made.add() == 12
    for path in made.site.glob("*.pth"):
        assert not [line for line in path.read_text().splitlines() if line.startswith("import")]
    (link,) = made.site.glob("*my_pkg*.pth")
    assert link.read_text() == f"{src.root / 'src'}\n"
    url = json.loads((made.site / "my_pkg-1.0.dist-info" / "direct_url.json").read_text())
    assert url == {"dir_info": {"editable": True}, "url": src.root.as_uri()}


@needs_pip
@pytest.mark.parametrize("layout", ["lone", "src"])
def test_what_develop_installs_pip_uninstalls(project, layout):
    world = World(project, layout)
    project.write("pyproject.toml", HEAD + '[project.scripts]\nadd-things = "my_pkg:add"\n')
    made = install_editable(world, "develop")
    before = set(made.site.parent.rglob("*"))
    install_editable_again = run(
        [made.python, "-m", "zigbind", "develop", "--json"], cwd=world.root, env=world.env | {"PYTHONPATH": os.pathsep.join([str(ROOT), *SITE])}
    )
    assert json.loads(install_editable_again.stdout)["name"] == "my-pkg" and set(made.site.parent.rglob("*")) == before
    assert made.add() == 7
    script = made.directory / ("Scripts/add-things.cmd" if sys.platform == "win32" else "bin/add-things")
    assert script.exists()
    world.frontend(sys.executable, "-m", "pip", "--python", made.python, "uninstall", "-y", "my-pkg")
    assert not script.exists() and list(made.site.glob("*my_pkg*")) == []


@pytest.mark.parametrize("layout", ["lone", "src"])
def test_without_zigbind_the_last_build_is_loaded_with_a_warning(project, layout):
    world = World(project, layout)
    made = install_editable(world, "develop")
    code = f"import importlib, {world.module} as m; answer = [m.add(3, 4)]"
    answer, said = made.ask(code, zigbind=False)
    assert answer == [7] and "RuntimeWarning" in said and "rebuilding needs zigbind; pip install zigbind" in said
    # What an import with zigbind built is the last build from then on.
    made.edit()
    assert made.add() == 12
    assert made.ask(code, zigbind=False)[0] == [12]


def test_a_module_of_an_editable_install_is_like_any_other(src):
    made = install_editable(src, "develop")
    code = textwrap.dedent("""
        import importlib, inspect, pickle, sys
        import pkg, pkg._core as core
        answer = [core.__name__, core.__file__, core.__package__, hasattr(core, "__path__"), core.add.__module__]
        answer.append(pickle.loads(pickle.dumps(core.add)) is core.add)
        text = open(core.__file__).read()
        answer.append(importlib.reload(core) is core and core.add(3, 4))
        open(core.__file__, "w").write(text.replace("a + b", "a - b"))
        answer.append(importlib.reload(core) is core and core.add(3, 4))
        answer += [core.__spec__.origin, sys.modules["pkg._core"] is core, inspect.getdoc(core.add).splitlines()[-1]]
    """)
    file = str(src.root / "src/pkg/_core.zig")
    assert made.ask(code)[0] == ["pkg._core", file, "pkg", False, "pkg._core", True, 7, -1, file, True, "Adds."]
    # The import hook takes the .zig file, and no offence at what stands for it.
    code = "import warnings; warnings.simplefilter('error'); import zigbind.auto, pkg, pkg._core"
    code += "; answer = [pkg.add(3, 4), type(pkg._core.__loader__).__name__]"
    assert made.ask(code)[0] == [-1, "ZigLoader"]


def test_a_failed_rebuild_is_an_import_error_with_the_diagnostics(src):
    made = install_editable(src, "develop")
    (src.root / "src/pkg/_core.zig").write_text("pub fn f() i64 {\n    return unknown;\n}\n")
    said = made.ask("import pkg", status=1)
    assert "CompileError: pkg._core does not compile" in said and "_core.zig:2:12: error: use of undeclared identifier 'unknown'" in said


@needs_pip
def test_settings_of_the_install_hold_for_its_rebuilds(counted):
    world = World(counted, "src")
    world.env["ZIGBIND_ZIG_PATH"] = counted.env["ZIGBIND_ZIG_PATH"]
    made = install_editable(world, "pip", "-C", "optimize=Debug")
    assert counted.compiles == 1 and made.add() == 7 and counted.compiles == 1
    made.edit()
    assert made.add() == 12
    assert all("-ODebug" in line or "-O Debug" in line for line in counted.log.read_text().splitlines())


@needs_git
def test_what_stands_for_modules_is_in_no_archive_and_not_in_git(world):
    before = world.hooks("print(json.dumps([b.build_wheel(out), b.build_sdist(out)]))")
    contents = [(world.out / name).read_bytes() for name in before]
    config = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    install_editable(world, "develop")
    assert world.hooks("print(json.dumps([b.build_wheel(out), b.build_sdist(out)]))") == before
    assert [(world.out / name).read_bytes() for name in before] == contents
    run(["git", "init"], cwd=world.root, env=world.env | config)
    run(["git", "add", "."], cwd=world.root, env=world.env | config)
    assert EDITABLE_MARKER not in run(["git", "ls-files"], cwd=world.root, env=world.env | config).stdout
    world.hooks("print(json.dumps([b.build_wheel(out), b.build_sdist(out)]))")
    assert [(world.out / name).read_bytes() for name in before] == contents


def test_a_module_that_is_renamed_leaves_nothing_behind(src):
    install_editable(src, "develop")
    assert (src.root / "src/pkg/_core" / EDITABLE_MARKER).exists()
    (src.root / "src/pkg/_core.zig").rename(src.root / "src/pkg/_fast.zig")
    (src.root / "src/pkg/__init__.py").write_text("from ._fast import add\n")
    shutil.rmtree(src.project.directory / "venv")
    assert install_editable(src, "develop").add() == 7
    assert not (src.root / "src/pkg/_core").exists() and (src.root / "src/pkg/_fast").is_dir()


def test_something_in_the_way_is_refused(src):
    src.project.write("src/pkg/_core/data.txt", "precious")
    said = src.hooks("b.build_editable(out)", status=1)
    assert "src/pkg/_core is in the way of what stands for the module pkg._core" in said and "Traceback" not in said
    assert (src.root / "src/pkg/_core/data.txt").read_text() == "precious"


def test_a_source_tree_that_cannot_be_written(src, unprivileged):
    src.out.mkdir()
    (src.root / "src" / "pkg").chmod(0o555)
    code = f"import zigbind.build as b; b.build_editable({str(src.out)!r})"
    done = run([*unprivileged, sys.executable, "-c", code], cwd=src.root, env=src.env | {"PYTHONPATH": str(ROOT)}, status=1)
    assert "cannot be written: Permission denied; an editable install of pkg._core needs a source tree that can be" in done.stderr


def test_stubs_of_the_project_are_seen_beside_what_stands_for_the_module(src):
    src.project.write("src/pkg/_core.pyi", "def add(a: int, b: int) -> int: ...\n")
    install_editable(src, "develop")
    assert (src.root / "src/pkg/_core/__init__.pyi").read_text() == "# Of an editable install.\ndef add(a: int, b: int) -> int: ...\n"


@pytest.mark.parametrize("how", ["develop", pytest.param("pip", marks=[needs_pip, pytest.mark.slow])])
def test_what_zig_build_makes_is_rebuilt_too(project, how):
    run([sys.executable, "-m", "zigbind", "new", "demo", "--layout", "build-zig"], cwd=project.directory, env=project.environ(PYTHONPATH=str(ROOT)))
    shutil.rmtree(project.root)
    (project.directory / "demo").rename(project.root)
    core = project.root / "src/demo/_core.zig"
    core.write_text(core.read_text() + ADD)
    made = install_editable(World(project, "build-zig"), how)
    code = "import demo._core as core; answer = [core.add(3, 4), core.__name__, core.__file__]"
    assert made.ask(code)[0] == [7, "demo._core", str(project.root / "build.zig")]
    assert (project.root / "src/demo/_core" / EDITABLE_MARKER).exists() and "def add(" in (project.root / "src/demo/_core/__init__.pyi").read_text()
    core.write_text(core.read_text().replace("a + b", "a * b"))
    assert made.ask(code)[0][0] == 12
    answer, said = made.ask(code, zigbind=False)
    assert answer[0] == 12 and "rebuilding needs zigbind" in said
    core.write_text(core.read_text() + "pub fn broken() i64 {\n    return unknown;\n}\n")
    said = made.ask(code, status=1)
    assert "CompileError" in said and "use of undeclared identifier 'unknown'" in said


def test_stubs_stand_beside_what_stands_for_the_module(world):
    made = install_editable(world, "develop")
    (stub,) = [path for path in (*world.root.rglob("__init__.pyi"), *made.site.rglob("__init__.pyi")) if (path.parent / EDITABLE_MARKER).exists()]
    assert "def add(a: int, b: int" in stub.read_text()
    path = world.root / SOURCES[world.layout]
    path.write_text(path.read_text() + "pub fn more(x: f64) f64 {\n    return x;\n}\n")
    assert made.add() == 7
    assert "def more(x: float" in stub.read_text()
    assert not list(world.root.rglob("_core.pyi"))


def test_a_generated_stub_beside_the_source_is_kept_up_to_date(src):
    made = install_editable(src, "develop")
    beside = src.root / "src/pkg/_core.pyi"
    stubs, env = [sys.executable, "-m", "zigbind", "stubs", "src/pkg/_core.zig"], src.env | {"PYTHONPATH": str(ROOT)}
    run(stubs, cwd=src.root, env=env)
    path = src.root / "src/pkg/_core.zig"
    path.write_text(path.read_text() + "pub fn more(x: f64) f64 {\n    return x;\n}\n")
    assert made.add() == 7
    copy = src.root / "src/pkg/_core/__init__.pyi"
    assert "def more(x: float" in beside.read_text() and copy.read_text().partition("\n")[2] == beside.read_text()
    run(stubs, cwd=src.root, env=env)
    assert copy.exists(), "type checkers look there first"


NESTED = ADD + "pub const inner = struct {\n    pub const deep = struct {\n        pub fn four() i64 {\n            return 4;\n        }\n    };\n};\n"


def test_a_module_with_submodules(src):
    path = src.root / "src/pkg/_core.zig"
    path.write_text(NESTED)
    made = install_editable(src, "develop")
    assert made.ask("import pkg._core as core; answer = core.inner.deep.four()")[0] == 4
    deep = src.root / "src/pkg/_core/inner/deep.pyi"
    assert "def four(" in deep.read_text()
    path.write_text(NESTED.replace("four", "five"))
    assert made.add() == 7
    assert "def five(" in deep.read_text()


def test_stubs_of_submodules_are_not_in_the_way(src):
    (src.root / "src/pkg/_core.zig").write_text(NESTED)
    command = [sys.executable, "-m", "zigbind", "stubs", "src/pkg/_core.zig"]
    env = src.env | {"PYTHONPATH": str(ROOT)}
    run(command, cwd=src.root, env=env)
    stub = src.root / "src/pkg/_core/__init__.pyi"
    before = stub.read_text()
    assert install_editable(src, "develop").add() == 7
    assert stub.read_text() == before and "by hand" not in run(command, cwd=src.root, env=env).stderr


def test_other_projects_and_environments_below_are_left_alone(lone):
    for place in ("venv/site-packages/other", "sub/src/other/_core"):
        lone.project.write(f"{place}/{EDITABLE_MARKER}", "")
    lone.project.write("venv/pyvenv.cfg", "")
    lone.project.write("sub/pyproject.toml", HEAD)
    lone.hooks("print(json.dumps(b.build_editable(out)))")
    assert (lone.root / "venv/site-packages/other").exists() and (lone.root / "sub/src/other/_core").exists()


def test_what_stands_for_a_module_can_be_read_by_python_wherever_the_source_is(tmp_path):
    module = Source(name="mymod", path="C:\\Users\\new\\mymod.zig", root="C:\\Users\\new")
    text = editable._stand_in(module, str(tmp_path), "mymod.pyd", {}, absolute=True)["__init__.py"].decode()
    compile(text, "__init__.py", "exec", flags=0)
    assert repr(module.path) in text


def test_a_link_to_nothing_is_not_newer(tmp_path):
    library = tmp_path / "library"
    library.write_bytes(b"")
    (tmp_path / ".#_core.zig").symlink_to("somebody@somewhere.1")
    assert not editable.is_outdated(str(library), str(tmp_path))
    assert editable.is_outdated(str(tmp_path / "gone"), str(tmp_path))


def test_a_module_whose_source_is_gone(src):
    made = install_editable(src, "develop")
    (src.root / "src/pkg/_core.zig").unlink()
    assert "install the project again" in made.ask("import pkg; answer = 1", status=1)


def test_without_the_packages_that_packing_needs(lone):
    lone.hooks("import sys; sys.modules['pyproject_metadata'] = None; print(json.dumps(b.get_requires_for_build_wheel()))")
    said = lone.hooks("import sys; sys.modules['pyproject_metadata'] = None; b.build_wheel(out)", status=1)
    assert "packing a project needs the package pyproject_metadata, which is not installed" in said and "Traceback" not in said


def test_develop_tells_what_is_required_and_not_installed(src):
    src.project.write("pyproject.toml", HEAD + 'dependencies = ["no-such-thing>=2", "nor-this; python_version < \'3\'", "packaging"]\n')
    made = Environment(src)
    env = src.env | {"PYTHONPATH": os.pathsep.join([str(ROOT), *SITE])}
    done = run([made.python, "-m", "zigbind", "develop"], cwd=src.root, env=env)
    assert "it requires what is not installed: pip install 'no-such-thing>=2'\n" in done.stderr
    assert "nor-this" not in done.stderr and "packaging" not in done.stderr


def test_develop_leaves_what_others_installed_without_a_record(src):
    made = Environment(src)
    (made.site / "my_pkg-0.9.dist-info").mkdir()
    done = run([made.python, "-m", "zigbind", "develop"], cwd=src.root, env=src.env | {"PYTHONPATH": os.pathsep.join([str(ROOT), *SITE])}, status=1)
    assert "has no RECORD: another tool installed it" in done.stderr


def test_commands(src):
    env = src.env | {"PYTHONPATH": str(ROOT)}
    done = run([sys.executable, "-m", "zigbind", "sdist", "-o", "made"], cwd=src.root, env=env)
    assert done.stdout == f"made{os.sep}my_pkg-1.0.tar.gz\n"
    rows = json.loads(run([sys.executable, "-m", "zigbind", "sdist", str(src.root), "-o", str(src.out), "--json"], cwd="/", env=env).stdout)
    assert rows["path"] == str(src.out / "my_pkg-1.0.tar.gz") and "src/pkg/_core.zig" in rows["files"]
    done = run([sys.executable, "-m", "zigbind", "sdist", str(src.project.directory)], cwd="/", env=env, status=1)
    assert "has no pyproject.toml" in done.stderr and "Traceback" not in done.stderr

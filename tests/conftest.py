"""What the tests share: a project directory with a cache of its own, and Python processes that see nothing else.

Zig's own cache and zigbind's source reader, which take seconds to build, are made once for a run and shared.
"""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from zigbind import cache, manifest, toolchain

# The same inputs in every run and every test process, and no clock that decides: before the first test module makes its settings of these.
settings.register_profile("zigbind", deadline=None, derandomize=True, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zigbind")

# A run in the background ignores Ctrl-C, and so would the processes it starts, which are interrupted by some tests.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_TIMEOUT_SECONDS = 120


#: Files whose tests do the same on every Python, because what they test runs zig, other programs, or text only, or is the runtime's own doing.
ONCE = {
    *("test_stub_checkers", "test_stubs", "test_stubs_command", "test_wheels", "test_build_zig", "test_new", "test_docs", "test_guides", "test_watch", "test_ide"),
    *("test_zig_tests", "test_guard", "test_target", "test_binary", "test_sbom", "test_wheel", "test_project", "test_sdist", "test_scaffold", "test_tidy"),
    *("test_hostile", "test_cache", "test_c_code", "test_class_sequences"),
}


#: Files with the longest tests, which come first: what is long at the end keeps the other test processes waiting.
LONG = ("test_hostile", "test_class_sequences", "test_wheels", "test_watch")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.stem not in LONG)
    for item in items:
        # What Debug does otherwise is done by the runtime, whatever the Python.
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if item.path.stem in ONCE or any(isinstance(value, str) and value == "Debug" for value in parameters.values()):
            item.add_marker(pytest.mark.once)


def pytest_collection_finish():
    # Thousands of items that stay to the end: whoever asks for a collection, as many tests do again and again, would wait for a look at each.
    gc.collect()
    gc.freeze()


class Project:
    """A directory on `sys.path`, a cache, and the environment of the processes that use them."""

    def __init__(self, directory: Path, template: Path | None):
        self.directory = directory
        self.root = directory / "project"
        self.cache = directory / "cache"
        self.tools = directory / "tools"
        self.log = directory / "zig.log"
        for made in (self.root, self.tools, directory / "home", directory / "tmp"):
            made.mkdir(parents=True)
        self.env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(directory / "home"),
            "TMPDIR": str(directory / "tmp"),
            "PYTHONPATH": str(self.root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ZIGBIND_CACHE_DIR": str(self.cache),
        }
        self._template = template
        if template is not None:
            self.fill(self.cache)

    def fill(self, root: Path) -> Path:
        """Put what takes long to build into the cache ``root``: zig's own cache as a link, the source reader as a copy."""
        for name in ("artifacts", "recipes"):
            shutil.copytree(self._template / name, root / name, dirs_exist_ok=True)
        for zig_cache in self._template.glob("zig-*"):
            (root / zig_cache.name).symlink_to(zig_cache)
        root.chmod(0o700)
        return root

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def answer(self, name: str, value: int | str, *, whole: bool = False) -> Path:
        """A module whose one function ``f`` returns a number, or what a Zig expression says; ``whole`` as `replace` has it."""
        return (self.replace if whole else self.write)(name, f"pub fn f() i64 {{\n    return {value};\n}}\n")

    def replace(self, name: str, content: str) -> Path:
        """A file of the project that comes with all its content: what `write` makes is empty at first, and stays so while this process is not
        given time, which those who watch it may take for what was saved."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.directory / "replacement"
        aside.write_text(content)
        aside.replace(path)
        return path

    def settle(self) -> None:
        """Wait until the files are old enough for their times to be trusted: the next import writes a manifest that holds."""
        newest = max(path.stat().st_ctime_ns for path in self.root.rglob("*"))
        while time.time_ns() < newest + 2 * manifest.RACY_NS:
            time.sleep(0.01)

    # ---- zig

    def use_zig(self, *, before: str = ":", version: str | None = None) -> Path:
        """Put a script in front of zig that counts compiles, runs the shell commands ``before`` each, and may report another version."""
        real = zig_path()
        script = self.tools / "zig"
        lib = self.tools / "lib"
        if not lib.exists():
            lib.symlink_to(Path(real).resolve().parent / "lib")
        report = f"echo {version}; exit 0" if version else ":"
        lines = [
            "#!/bin/sh",
            'case "$*" in',
            f"version) {report} ;;",
            '*"--name zigsource"*) : ;;',
            f"""build-lib*) echo "$*" >>'{self.log}'; {before} ;;""",
            "esac",
            f"""exec '{real}' "$@" """,
        ]
        script.write_text("\n".join(lines) + "\n")
        script.chmod(0o755)
        if version and not (link := self.cache / f"zig-{version}").exists():
            link.symlink_to(next(self._template.glob("zig-*")))
        self.env["ZIGBIND_ZIG_PATH"] = str(script)
        return script

    @property
    def compiles(self) -> int:
        """How often the zig of `use_zig` compiled a module."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    # ---- Python

    def environ(self, **changes: str | None) -> dict[str, str]:
        """The environment of the processes, with changes; None takes a variable away."""
        return {name: value for name, value in {**self.env, **changes}.items() if value is not None}

    def start(self, code: str, *, python: str = sys.executable, prefix: tuple = (), env: dict | None = None, **options) -> subprocess.Popen:
        """A Python process that runs ``code``; ``prefix`` are a command and arguments that start it."""
        options = {"cwd": self.directory, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.Popen([*prefix, python, "-c", textwrap.dedent(code)], env=self.environ(**env or {}), **options)

    def python(self, code: str, *, check: bool = True, **options) -> subprocess.CompletedProcess:
        """Run ``code`` to its end."""
        with self.start(code, **options) as process:
            try:
                out, err = process.communicate(timeout=_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert not check or process.returncode == 0, err
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def ask(self, code: str, **options):
        """Run ``code`` with the import hook; what it assigns to ``answer``, through JSON."""
        done = self.python(f"import zigbind.auto\n{textwrap.dedent(code)}\nimport json; print('\\n' + json.dumps(answer))", **options)
        return json.loads(done.stdout.splitlines()[-1])

    def call(self, module: str, **options):
        """Import ``module`` in a new process and call its function ``f``."""
        return self.ask(f"import {module}\nanswer = {module}.f()", **options)

    def error(self, code: str, **options) -> dict:
        """Run ``code``, which must raise; the exception's ``types``, ``text``, ``name``, ``path`` and ``diagnostics``."""
        return self.ask(f"try:\n{textwrap.indent(textwrap.dedent(code), '    ')}\n{_DESCRIBE}", **options)

    def artifacts(self, module: str) -> set[str]:
        return {path.name for path in (self.cache / "artifacts").glob(f"{module}-*")}


_DESCRIBE = """
except BaseException as error:
    answer = {
        "types": [kind.__name__ for kind in type(error).__mro__],
        "text": str(error),
        "name": getattr(error, "name", None),
        "path": getattr(error, "path", None),
        "diagnostics": [one.plain() for one in getattr(error, "diagnostics", ())],
    }
else:
    raise AssertionError("it did not fail")
"""


def zig_path() -> str:
    """The zig that this Python finds by itself."""
    return toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of).path


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """A directory that is the same for all the test processes."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def template_cache(shared) -> Path:
    """What `Project.fill` starts from, made by the first of the test processes that needs it."""
    template = shared / "template-cache"
    with cache.open_cache(str(template)).lock("template", timeout_seconds=_TIMEOUT_SECONDS):
        if not (template / "ready").exists():
            project = Project(shared / "template", None)
            project.answer("warm.zig", 1)
            project.python("import zigbind; zigbind.build('project/warm.zig')", env={"ZIGBIND_CACHE_DIR": str(template)})
            for artifact in (template / "artifacts").glob("warm-*"):
                artifact.unlink()
            (template / "ready").touch()
    return template


@pytest.fixture(scope="session")
def wine(shared) -> tuple[str | None, dict[str, str]]:
    """The command that runs programs for Windows, None where there is none, and its environment. Its own files are made once: they take seconds."""
    prefix = shared / "wine"
    env = {"WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "DISPLAY": ""}
    if (command := find_emulator("wine64", "wine")) is not None:
        with cache.open_cache(str(shared / "wine-lock")).lock("wine", timeout_seconds=_TIMEOUT_SECONDS):
            if not prefix.exists():
                subprocess.run([command, "wineboot", "--init"], env=os.environ | env, capture_output=True, timeout=_TIMEOUT_SECONDS)
    return command, env


def find_emulator(*names: str) -> str | None:
    # Debian keeps wine's loader out of PATH.
    places = os.environ.get("PATH", "") + os.pathsep + "/usr/lib/wine"
    return next((found for name in names if (found := shutil.which(name, path=places))), None)


@pytest.fixture
def project(tmp_path, template_cache) -> Project:
    return Project(tmp_path, template_cache)


@pytest.fixture
def project_in_place(tmp_path_factory, template_cache) -> Project:
    """A project that is where the one of the last test was: zig compiles what runs a build.zig, which takes seconds, for each place anew."""
    place = tmp_path_factory.getbasetemp() / "place"
    if place.exists():
        shutil.rmtree(place)
    return Project(place, template_cache)


@pytest.fixture
def counted(project) -> Project:
    """A project that counts what zig compiles."""
    project.use_zig()
    return project


@pytest.fixture
def unprivileged() -> tuple[str, ...]:
    """A prefix for `Project.start`: a command that makes permissions bind, even for the superuser."""
    if not hasattr(os, "getuid"):
        pytest.skip("permissions are another matter on this system")
    if os.getuid() != 0:
        return ()
    command = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    if shutil.which("setpriv") is None or subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        pytest.skip("permissions do not bind the superuser, and setpriv is not there or does not work")
    return command

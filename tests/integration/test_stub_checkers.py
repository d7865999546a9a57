"""What mypy, pyright and stubtest say of generated stubs, and of code that uses the modules."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from zigbind import library, stubs
from zigbind.recipe import Source

pytest.importorskip("mypy", reason="mypy is not installed (extra test)")
pytest.importorskip("pyright", reason="pyright is not installed (extra test)")

ROOT = Path(__file__).parents[2]
#: Not objects.zig: it has a function named `del`, which Python cannot write.
SOURCES = {
    path.stem: path
    for path in (
        ROOT / "tests" / "golden" / "rows.zig",
        *(ROOT / "examples" / folder / f"{name}.zig" for folder, name in (("hello", "hello"), ("geometry", "geometry"), ("tokens", "ziglex"))),
        *(ROOT / "tests" / "unit" / "modules" / f"{name}.zig" for name in ("arrays", "callbacks", "containers", "convert", "gil", "lifetimes", "overloads", "standard_types", "std_containers", "unions")),
    )
}
TIMEOUT_SECONDS = 240


@pytest.fixture(scope="session")
def places(tmp_path_factory):
    """Directories as wheels fill them: one for each way to check, with every module and its stub."""
    made = tmp_path_factory.mktemp("checked")
    beside, site = made / "beside", made / "venv"
    beside.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", site], check=True)
    packages = next((site / "lib").glob("python*")) / "site-packages" if os.name != "nt" else site / "Lib" / "site-packages"
    package = packages / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "py.typed").write_text("")
    for name, path in SOURCES.items():
        artifact = library.build(path, name)  # into the cache of this repository, as other tests do that use the module
        texts = stubs.of_artifact(artifact, Source(name, str(path), str(path.parent)), arguments={}, environ=dict(os.environ), cwd=os.getcwd())
        for file, text in stubs.place(name, texts):
            put(beside / file, text)
        for file, text in (*stubs.files_for(name, texts), *stubs.files_for(f"pkg.{name}", texts)):
            put(packages / file, text)
        for place in (beside, packages, package):
            shutil.copy(artifact.path, place / f"{name}.abi3.so")
    return beside, site


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def run(*arguments, cwd, **environ):
    environ = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "MYPY_CACHE_DIR": str(Path(cwd) / ".mypy_cache"), **environ}
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], check=False, cwd=cwd, env=environ, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )
    return done.returncode, done.stdout + done.stderr


def test_mypy_accepts_the_stubs(places):
    status, said = run("mypy", "--strict", ".", cwd=places[0])
    assert status == 0, said


def test_pyright_accepts_the_stubs(places):
    status, said = run("pyright", "--pythonpath", sys.executable, ".", cwd=places[0])
    assert status == 0, said


#: The first line of every user, and the library.
USER = """\
import zigbind
import zigbind.auto

zigbind.install(optimize="Debug", reload=True)
names: list[str] = zigbind.reload()
try:
    path: str = zigbind.build("mymod.zig").path
    print(zigbind.load("mymod.zig").__name__, zigbind.compile("").__name__)
except (zigbind.CompileError, zigbind.SettingsError) as error:
    print(error.name)
watching = zigbind.watch()
watching.stop()
"""


@pytest.mark.parametrize("checker", [("mypy", "--strict", "."), ("pyright", "--pythonpath", sys.executable, ".")], ids=lambda words: words[0])
def test_checkers_know_zigbind_itself(tmp_path, checker):
    put(tmp_path / "user.py", USER)
    status, said = run(*checker, cwd=tmp_path)
    assert status == 0, said
    put(tmp_path / "user.py", USER + "number: int = zigbind.reload()\n")
    status, said = run(*checker, cwd=tmp_path)
    assert status == 1 and "list[str]" in said, said


def test_stubs_say_what_the_modules_are(places):
    beside = str(places[0])
    path = os.pathsep.join([beside, str(ROOT), os.environ.get("PYTHONPATH", "")])
    status, said = run("mypy.stubtest", *SOURCES, "--concise", cwd=beside, PYTHONPATH=path, MYPYPATH=beside)
    assert status == 0, said


RIGHT = """\
import array
import datetime
import decimal
import pathlib
from collections.abc import Callable
from typing import assert_type

import {0}arrays as arrays
import {0}callbacks as callbacks
import {0}geometry as geometry
import {0}gil as gil
import {0}hello as hello
import {0}rows as rows
import {0}standard_types as standard_types
import {0}std_containers as std_containers
from {0}geometry import Figure, Vec2
from {0}rows.sub import Deep

assert_type(hello.add(1, b=2), int)
assert_type(Vec2(1) + Vec2(y=2, x=1.5), Vec2)
assert_type(2 * Vec2(1), Vec2)
assert_type(Vec2.polar(1, length=2), Vec2)
Vec2(1).x = 5
assert_type(Vec2(1) == 3, bool)


def area(figure: Figure) -> float:
    match figure:
        case Figure.circle(center, radius):
            assert_type(center, Vec2)
            return radius
        case Figure.rectangle():
            return figure.opposite.x
    return figure.area()


class Bent(geometry.Path):
    def weight(self, step: float) -> float:
        return super().weight(step) * 2


path = Bent(None)
path.append(Vec2(1))
assert_type(path[0], Vec2)
assert_type(path[:1], list[Vec2])
assert_type(len(path), int)
try:
    path.cost()
except geometry.PathError.Empty as error:
    problem: geometry.PathError = error
assert_type(geometry.Direction.left.opposite(), geometry.Direction)
assert_type(rows.area(1), float)
assert_type(rows.kind(1), int)
assert_type(rows.kind(1.5), str)
assert_type(rows.sub.origin(), Vec2_ := rows.Vec2) if False else None
assert_type(Deep(2).depth, int)
assert_type(rows.across(Deep(), rows.other.Part()), Deep)
assert_type([one for one in rows.Stack([1, 2])], list[int])
assert_type(rows.Version(1) < rows.Version(2), bool)
assert_type(memoryview(rows.Special()), memoryview[int])
with rows.Special() as special:
    assert_type(special(1, sign=-1), int)
assert_type(rows.Level.low + 1, int)
assert_type(rows.Access.read | rows.Access.write, rows.Access)
assert_type(rows.Color.favourite.mixed(rows.Color.red), rows.Color)
numbers = array.array("d", [1, 2])
assert_type(arrays.sum(numbers), float)
assert_type(arrays.sum(memoryview(numbers)), float)
assert_type(arrays.zeros([2, 3]).shape, tuple[int, ...])
assert_type(memoryview(arrays.ofTheFile()).nbytes, int)
assert_type(arrays.Image(1, 2).rows()[0].readonly, bool)
assert_type(arrays.Model(numbers).apply(2), float)
assert_type(std_containers.string_map({{"a": 1}}), dict[str, int])
assert_type(std_containers.int_set(n for n in range(3)), set[int])
assert_type(std_containers.int_list(iter([1])), list[int])
assert_type(std_containers.complex(1), complex)
assert_type(std_containers.enum_set([std_containers.Color.red]), set[std_containers.Color])
assert_type(callbacks.apply(lambda x, n: x * n, 1.5, 2), float)
assert_type(callbacks.adder(1), Callable[[int], int])
assert_type(callbacks.optional(None), int | None)
assert_type(callbacks.sorted([1, 2], key=float), list[int])
button = callbacks.Button("x", on_click=lambda text, n: len(text) + n)
button.on_click = None
assert_type(gil.count_primes(limit=10), int)
assert_type(gil.summed([1.0], start=2), float)
assert_type(gil.summed(["a"]), str)
assert_type(gil.Box(1).primes(), int)
assert_type(standard_types.datetime(datetime.datetime.now()), datetime.datetime)
assert_type(standard_types.timedelta(datetime.timedelta(1)), datetime.timedelta)
assert_type(standard_types.path("a"), pathlib.Path)
assert_type(standard_types.decimal(5), decimal.Decimal)
assert_type(standard_types.big_int(2**100), int)
number = rows.Vec2(1)
number += rows.Vec2(2)
assert_type(number, rows.Vec2)
""".replace("assert_type(rows.sub.origin(), Vec2_ := rows.Vec2) if False else None\n", "assert_type(rows.sub.origin(), rows.Vec2)\n")

#: Each line is wrong.
WRONG = """\
hello.add(1, "2")
hello.add(1)
hello.add(1, 2, c=3)
Vec2()
Vec2(1) + 3
3 + Vec2(1)
Vec2(1).z
Vec2(1).x = "far"
Figure()
Figure.circle(Vec2(1), "wide")
geometry.Path([])
geometry.Path(None).total = 5
geometry.Path(None)["a"]
geometry.Direction.up
rows.area("circle")
rows.greet("a", True)
rows.nowhere
rows.sub.nowhere
rows.Stack([1])["a"]
rows.Stack([1]).size = 2
rows.Unmade()
rows.Pair(1).a = 2
class Derived(rows.Stack): ...
arrays.sum([1.0, 2.0])
arrays.zeros(3)
arrays.ofTheFile().shape = (1,)
std_containers.string_map({1: 1})
std_containers.int_set(3)
std_containers.enum_set([1])
callbacks.apply(lambda x: x, 1.5, 2)
callbacks.apply(3, 1.5, 2)
callbacks.adder(1)("x")
callbacks.Button("x").on_click = 3
gil.count_primes("x")
gil.summed(3, 4, 5)
gil.Box(1).primes([])
standard_types.datetime("2024-01-01")
standard_types.path(3)
standard_types.decimal("1.5")
"""


@pytest.fixture(params=["beside", "lone module", "package"])
def client(request, places, tmp_path):
    """(how the modules are imported, options of mypy, options of pyright, the environment)"""
    beside, site = places
    prefix = "pkg." if request.param == "package" else ""
    if request.param == "beside":
        return prefix, (), ("--pythonpath", sys.executable), {"MYPYPATH": str(beside)}, beside
    python = site / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return prefix, ("--python-executable", python), ("--pythonpath", python), {}, tmp_path


def check(client, code):
    """What mypy and pyright say of a file: the lines with errors, and everything."""
    prefix, of_mypy, of_pyright, environ, folder = client
    user = folder / f"user_{prefix.strip('.')}.py"
    user.write_text(code)
    try:
        _status, by_mypy = run("mypy", "--strict", *of_mypy, user, cwd=folder, **environ)
        _status, by_pyright = run("pyright", *of_pyright, user, cwd=folder)
    finally:
        user.unlink()
    return [
        ({int(line) for line in re.findall(pattern, said)}, said)
        for pattern, said in ((r":(\d+): error", by_mypy), (r":(\d+):\d+ - error", by_pyright))
    ]


def test_right_uses(client):
    for lines, said in check(client, RIGHT.format(client[0])):
        assert not lines and "error" not in said.replace("0 errors", ""), said


def test_wrong_uses(client):
    head = textwrap.dedent(RIGHT[: RIGHT.index("assert_type(hello")].format(client[0]))
    first = head.count("\n") + 1
    lines = WRONG.splitlines()
    for found, said in check(client, head + WRONG):
        missed = [line for number, line in enumerate(lines, first) if number not in found]
        assert missed == [], said

"""What wheels cost: nine of a small module beside zig alone, and one beside nanobind and Cython.

    python tests/benchmark/wheels.py            the table
    python tests/benchmark/wheels.py --check    exit with 1 where a figure is over its limit
    python tests/benchmark/wheels.py --json     the same figures for programs

The nine are compared with the least that the compiler could do: ``zig build-lib`` for each target, one after the other, with the same
flags, of a root file that exports the module's two functions as C functions. Both begin with nothing compiled but zig's own libraries.
The peers build a module of the same functions from clean, by the same hook of their build backends, in the same run: nanobind with
scikit-build-core and CMake, Cython with setuptools. They need a C++ compiler and the headers of the running Python; what cannot be
built is named and left out, and with --check the exit is 2.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from _bench import interleave, ratio_text, table

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # where zigbind is not installed: the one of this checkout
from zigbind import cache, compiler, recipe, settings, target, toolchain  # noqa: E402

HELLO = ROOT / "examples" / "hello" / "hello.zig"
#: What nine wheels may cost beyond the nine compiles.
EXTRA_SECONDS = 1.0
SIZE_LIMIT_KB = 25.0
UNCHANGED_LIMIT = 0.1
PEER_LIMIT = 0.2

PYPROJECT = """
[build-system]
requires = [{requires}]
build-backend = "{backend}"
[project]
name = "hello"
version = "1.0"
"""
FLOOR = """
const hello = @import("top/hello.zig");
export fn add(a: i64, b: i64) i64 { return hello.add(a, b); }
export fn greet(len: *usize) [*]const u8 { const text = hello.greet(); len.* = text.len; return text.ptr; }
"""
NANOBIND = {
    "pyproject.toml": PYPROJECT.format(requires='"scikit-build-core", "nanobind"', backend="scikit_build_core.build")
    + '[tool.scikit-build]\nwheel.py-api = "cp312"\n',
    "CMakeLists.txt": """
cmake_minimum_required(VERSION 3.15...3.30)
project(hello LANGUAGES CXX)
find_package(Python 3.12 REQUIRED COMPONENTS Interpreter Development.Module Development.SABIModule)
find_package(nanobind CONFIG REQUIRED)
nanobind_add_module(hello STABLE_ABI hello.cpp)
install(TARGETS hello LIBRARY DESTINATION .)
""",
    "hello.cpp": """
#include <nanobind/nanobind.h>
NB_MODULE(hello, m) {
    m.doc() = "A first module.";
    m.def("add", [](int64_t a, int64_t b) { return a + b; }, nanobind::arg("a"), nanobind::arg("b"), "Add two integers.");
    m.def("greet", []() { return "Hello from Zig!"; }, "Say hello.");
}
""",
}
CYTHON = {
    "pyproject.toml": PYPROJECT.format(requires='"setuptools", "cython"', backend="setuptools.build_meta"),
    "setup.py": 'from Cython.Build import cythonize\nfrom setuptools import setup\n\nsetup(ext_modules=cythonize("hello.pyx", language_level=3))\n',
    "hello.pyx": '"""A first module."""\n\n\ndef add(long long a, long long b):\n    """Add two integers."""\n    return a + b\n\n\n'
    'def greet():\n    """Say hello."""\n    return "Hello from Zig!"\n',
}
ZIGBIND = {"pyproject.toml": PYPROJECT.format(requires='"zigbind"', backend="zigbind.build"), "hello.zig": HELLO.read_text()}
USED = "import sys; sys.path.insert(0, sys.argv[1]); import hello; assert hello.add(20, 22) == 42 and hello.greet() == 'Hello from Zig!'"


class Row(NamedTuple):
    """A line of the table. ``limit`` is for the ratio of ``value`` to ``base``, or where there is no base, for the value."""

    name: str
    unit: str
    value: float
    base: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.base if self.base else None

    @property
    def is_over(self) -> bool:
        figure = self.value if self.base is None else self.ratio
        return self.limit is not None and figure is not None and figure > self.limit


class Unavailable(Exception):
    """A peer cannot be built here."""


# ---- nine wheels


class Nine:
    """The project of hello, with a cache that holds zig's own libraries, and nothing of the project where `clean` was called."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.root = write(folder / "nine", ZIGBIND)
        self.out = folder / "dist"
        self.opened = cache.open_cache(str(folder / "cache"))
        self.toolchain = toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of)
        self.env = environment(self.opened.root)

    def clean(self) -> None:
        """Forget what is compiled of the project. What zigbind builds once for each zig stays."""
        for path in Path(self.opened.root, "artifacts").glob("hello-*"):
            path.unlink()

    def wheels(self) -> float:
        """Seconds of the command."""
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "zigbind", "wheel", "--all-targets", "-o", self.out, self.root], env=self.env, capture_output=True, check=True
        )
        return time.perf_counter() - started

    def clean_wheels(self) -> float:
        self.clean()
        return self.wheels()

    def floor(self) -> float:
        """Seconds of zig for nine targets. The two machines of universal2 are compiled for as targets of their own: here once more."""
        return sum(self.compile(one.parts[-1]) for one in target.everything())

    def compile(self, one: target.Target) -> float:
        source = recipe.Source(name="hello", path=str(self.root / "hello.zig"), root=str(self.root))
        made = recipe.make(source=source, target=one, toolchain=self.toolchain, settings=settings.Settings(), runtime="", environ={})
        extra = ("-fno-compiler-rt",) if "-linux" in one.triple else ()
        with self.opened.stage() as stage:
            Path(stage, "root.zig").write_text(FLOOR)
            Path(stage, compiler.TOP).symlink_to(self.root)
            if one.is_windows:
                compiler._make_import_library(made, stage)
            command = [made.toolchain.path, *compiler.arguments(made, extra), "-femit-bin=hello.bin", "--cache-dir", "local"]
            started = time.perf_counter()
            subprocess.run([*command, "--global-cache-dir", self.opened.zig_cache(made.toolchain.version)], cwd=stage, check=True)
            return time.perf_counter() - started


def nine_wheels(folder: Path, rounds: int) -> Iterator[Row]:
    nine = Nine(folder)
    first = nine.wheels()  # fills the caches of zig
    nine.floor()
    seconds = interleave({"wheels": nine.clean_wheels, "floor": nine.floor, "again": nine.wheels}, rounds=rounds)
    yield Row("nine wheels, the first on a machine", "s", first)
    yield Row("nine wheels", "s", seconds["wheels"], seconds["floor"] + EXTRA_SECONDS, 1.0)
    yield Row("nine wheels, nothing changed", "s", seconds["again"], seconds["wheels"], UNCHANGED_LIMIT)
    sizes = {path.name: path.stat().st_size / 1000 for path in nine.out.iterdir()}
    assert len(sizes) == 9, sizes
    yield Row("largest of the nine", "kB", max(sizes.values()), None, SIZE_LIMIT_KB)


# ---- one wheel, beside others


def write(root: Path, files: dict[str, str]) -> Path:
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text)
    return root


def environment(cache_root: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZIGBIND_")}
    return inherited | {"ZIGBIND_CACHE_DIR": cache_root, "PYTHONPATH": str(ROOT), "ZIGBIND_QUIET": "1"}


def built(name: str, files: dict[str, str], backend: str, folder: Path) -> Callable[[], float]:
    """Seconds of the hook ``build_wheel`` of a backend, in a new process and a new directory; the wheel must work."""
    number = 0

    def run() -> float:
        nonlocal number
        number += 1
        root, out = write(folder / f"{name}{number}", files), folder / f"{name}{number}-dist"
        out.mkdir()
        code = f"import sys; from {backend} import build_wheel; build_wheel(sys.argv[1])"
        env = environment(str(folder / "cache"))
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code, out], cwd=root, env=env, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        if done.returncode != 0:
            raise Unavailable(f"{name}: {(done.stderr or done.stdout).strip()[-400:]}")
        (wheel,) = out.glob("*.whl")
        shutil.unpack_archive(wheel, out / "unpacked", "zip")
        subprocess.run([sys.executable, "-c", USED, out / "unpacked"], check=True)
        return seconds

    return run


def missing(*packages: str) -> str | None:
    """Why a peer with these packages cannot be built; None where it can."""
    absent = [name for name in packages if importlib.util.find_spec(name) is None]
    if absent:
        return f"{' and '.join(absent)} not installed"
    if "scikit_build_core" in packages and shutil.which("cmake") is None:
        return "cmake is not installed"
    if shutil.which("c++") is None and shutil.which("g++") is None:
        return "no C++ compiler is installed"
    if not os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h")):
        return "the headers of this Python are not installed"
    return None


def beside_peers(folder: Path, rounds: int, reasons: dict[str, str]) -> Iterator[Row]:
    runs = {"zigbind": built("zigbind", ZIGBIND, "zigbind.build", folder)}
    runs["zigbind"]()  # what is built once for each zig
    cleaned = Path(folder, "cache", "artifacts")

    def clean() -> float:
        for path in cleaned.glob("hello-*"):
            path.unlink()
        return runs["zigbind"]()

    variants: dict[str, Callable[[], float]] = {"zigbind": clean}
    for name, files, backend, packages in (
        ("nanobind", NANOBIND, "scikit_build_core.build", ("nanobind", "scikit_build_core")),
        ("Cython", CYTHON, "setuptools.build_meta", ("Cython", "setuptools")),
    ):
        if reason := missing(*packages):
            reasons[name] = reason
        else:
            variants[name] = built(name, files, backend, folder)
    seconds = interleave(variants, rounds=rounds)
    yield Row("one wheel", "s", seconds["zigbind"])
    for name in list(variants)[1:]:
        yield Row(f"one wheel, beside {name}", "s", seconds["zigbind"], seconds[name], PEER_LIMIT)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each variant has its turn (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a figure is over its limit")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    reasons: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        rows = list(nine_wheels(Path(folder), options.rounds))
        try:
            rows += beside_peers(Path(folder), options.rounds, reasons)
        except Unavailable as error:
            reasons["peers"] = str(error)
    if options.json:
        print(json.dumps({"rows": [row._asdict() | {"ratio": row.ratio} for row in rows], "left out": reasons}, indent=2))
    else:
        print(table(("what", "unit", "value", "compared with", "ratio", "limit"), [as_text(row) for row in rows]))
    for name, reason in reasons.items():
        print(f"left out: {name}: {reason}", file=sys.stderr)
    over = [row.name for row in rows if row.is_over]
    if not options.check:
        return 0
    print(f"over their limits: {', '.join(over)}" if over else "all within their limits", file=sys.stderr)
    return 1 if over else 2 if reasons else 0


def as_text(row: Row) -> tuple[str, ...]:
    base = "" if row.base is None else f"{row.base:.2f}"
    ratio = "" if row.ratio is None else ratio_text(row.ratio)
    return row.name, row.unit, f"{row.value:.2f}", base, ratio, "" if row.limit is None else f"{row.limit:g}"


if __name__ == "__main__":
    sys.exit(main())

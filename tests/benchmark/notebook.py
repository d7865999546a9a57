"""Edit a small function, use it again: ``%%zig`` beside other compiled ways to do so from a notebook.

    python tests/benchmark/notebook.py             the table
    python tests/benchmark/notebook.py --write     the table as docs/guides/notebook-times.md, with a plot, too
    python tests/benchmark/notebook.py --check     exit with 1 where %%zig is not as much faster as it says it is (see LIMITS)
    python tests/benchmark/notebook.py --json      the same figures for programs

One edit is another number in the function, which nothing has cached; using it is one call, whose result is checked. All take turns, and
each figure is the least of the rounds, beside the median: a machine has other work too. A notebook cell is run by IPython in this process. What is not installed is left out
and named: Cython, numba, nanobind with scikit-build-core, cmake and a C++ compiler.
"""

from __future__ import annotations

import argparse
import atexit
import importlib
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Sequence
from pathlib import Path

from _bench import table

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # where zigbind is not installed: the one of this checkout

DEBUG, SAFE = "%%zig -O Debug", "%%zig (ReleaseSafe)"
CYTHON_CELL, NUMBA_CALL, NANOBIND_REBUILD = "%%cython", "numba, first call", "nanobind, editable"
#: How many times faster than the fastest peer that makes a library, as zigbind does. Numba makes code in the memory of this process: it
#: is in the table, and no limit is set by it, for zig alone takes 0.04 s to link a library with nothing in it.
LIMITS = {DEBUG: 5.0, SAFE: 2.0}
PEERS = (CYTHON_CELL, NANOBIND_REBUILD)

ZIG = """
pub fn collatz(start: u64) u64 {
    var n = start;
    var steps: u64 = NUMBER;
    while (n != 1) : (steps += 1) n = if (n % 2 == 0) n / 2 else 3 * n + 1;
    return steps;
}
"""
CYTHON = """
def collatz(unsigned long long n):
    cdef unsigned long long steps = NUMBER
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
"""
NUMBA = """
@numba.njit
def collatz(n):
    steps = NUMBER
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps
"""
NANOBIND = """
#include <nanobind/nanobind.h>

NB_MODULE(nbcell, m) {
    m.def("collatz", [](unsigned long long n) {
        unsigned long long steps = NUMBER;
        for (; n != 1; ++steps) n = n % 2 == 0 ? n / 2 : 3 * n + 1;
        return steps;
    });
}
"""
CMAKE = """
cmake_minimum_required(VERSION 3.15...3.30)
project(nbcell LANGUAGES CXX)
find_package(Python 3.9 REQUIRED COMPONENTS Interpreter Development.Module)
find_package(nanobind CONFIG REQUIRED)
nanobind_add_module(nbcell nbcell.cpp)
install(TARGETS nbcell LIBRARY DESTINATION .)
"""
PYPROJECT = """
[build-system]
requires = ["scikit-build-core", "nanobind"]
build-backend = "scikit_build_core.build"

[project]
name = "nbcell"
version = "0.1"

[tool.scikit-build]
build-dir = "build"
editable.rebuild = true
"""
IMPORT = "import time; started = time.perf_counter(); import nbcell; print(nbcell.collatz(27), time.perf_counter() - started)"


class Notebook:
    """IPython in this process."""

    def __init__(self):
        from IPython.core.interactiveshell import InteractiveShell

        self.shell = InteractiveShell.instance(user_module=types.ModuleType("notebook"))

    def run(self, source: str):
        result = self.shell.run_cell(source, store_history=True)
        result.raise_error()
        return result

    def timed(self, cell: str) -> Callable[[int], float]:
        """Seconds of running an edited cell and calling its function."""

        def run(number: int) -> float:
            text = cell.replace("NUMBER", str(number))
            started = time.perf_counter()
            self.run(text)
            result = self.shell.user_ns["collatz"](27)
            seconds = time.perf_counter() - started
            assert result == number + 111, (cell, result)
            return seconds

        return run


def nanobind(folder: Path) -> Callable[[int], float]:
    """Seconds from an edit to a result, in a new process as always: an extension is loaded once in a process. The process's own start
    is not counted. scikit-build-core rebuilds an editable install when it is imported."""
    (folder / "nbcell.cpp").write_text(NANOBIND.replace("NUMBER", "0"))
    (folder / "CMakeLists.txt").write_text(CMAKE)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    target = folder / "site"
    hooks = "import os, sys; from scikit_build_core.build import build_editable; print(build_editable(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", hooks, str(folder)], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:] or done.stdout[-2000:])
    import zipfile

    with zipfile.ZipFile(folder / done.stdout.split()[-1]) as wheel:
        wheel.extractall(target)
    code = f"import site; site.addsitedir({str(target)!r}); {IMPORT}"

    def run(number: int) -> float:
        (folder / "nbcell.cpp").write_text(NANOBIND.replace("NUMBER", str(number)))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        result, seconds = done.stdout.split()[-2:]
        assert int(result) == number + 111, result
        return float(seconds)

    return run


def has(*modules: str) -> bool:
    return all(importlib.util.find_spec(name) for name in modules)


def measure(rounds: int) -> tuple[dict[str, float], dict[str, float], list[str]]:
    """Least and median seconds by way, and what was left out and why."""
    left_out = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = os.path.join(folder, "ipython")
        os.environ["ZIGBIND_CACHE_DIR"] = os.path.join(folder, "cache")
        notebook = Notebook()
        notebook.run("%load_ext zigbind")
        runs: dict[str, Callable[[int], float]] = {DEBUG: notebook.timed("%%zig -O Debug\n" + ZIG), SAFE: notebook.timed("%%zig\n" + ZIG)}
        compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
        if has("Cython", "setuptools") and compiler:
            os.environ["IPYTHON_CACHE"] = folder
            notebook.run("%load_ext cython")
            runs[CYTHON_CELL] = notebook.timed("%%cython\n" + CYTHON)
        else:
            left_out.append("%%cython: Cython, setuptools or a C compiler is missing")
        if has("numba"):
            notebook.run("import numba")
            runs[NUMBA_CALL] = notebook.timed(NUMBA)
        else:
            left_out.append("numba is missing")
        if has("nanobind", "scikit_build_core") and shutil.which("cmake") and compiler:
            runs[NANOBIND_REBUILD] = nanobind(Path(folder))
        else:
            left_out.append("nanobind: nanobind, scikit-build-core, cmake or a C++ compiler is missing")
        times: dict[str, list[float]] = {name: [] for name in runs}
        number = int(time.time()) % 1_000_000 * 1000  # no cache has seen it
        for turn in range(rounds + 1):
            for name, run in runs.items():
                number += 1
                seconds = run(number)
                if turn:  # the first makes what is made once
                    times[name].append(seconds)
        notebook.shell.atexit_operations()
        atexit.unregister(notebook.shell.atexit_operations)
    return {name: min(found) for name, found in times.items()}, {name: statistics.median(found) for name, found in times.items()}, left_out


def plot(seconds: dict[str, float]) -> str:
    """The figures as bars: an SVG file."""
    left, right, height = 150, 620, 26
    longest = max(seconds.values())
    bars = []
    for at, (name, value) in enumerate(sorted(seconds.items(), key=lambda one: one[1])):
        y, width, colour = 10 + at * height, (right - left) * value / longest, "#f7a41d" if name in LIMITS else "#7a8793"
        bars += [
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{name}</text>',
            f'<rect x="{left}" y="{y}" width="{width:.1f}" height="18" fill="{colour}"/>',
            f'<text x="{left + width + 6:.1f}" y="{y + 14}">{value:.2f} s</text>',
        ]
    size = f'width="700" height="{20 + len(seconds) * height}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13" fill="#7a8793">', *bars, "</svg>", ""])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--check", action="store_true", help="exit with 1 where a limit is not kept")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="write docs/guides/notebook-times.md")
    options = parser.parse_args(argv)
    least, medians, left_out = measure(options.rounds)
    fastest = min((least[name] for name in PEERS if name in least), default=None)
    rows = [
        (name, f"{seconds:.3f}", f"{medians[name]:.3f}", *(f"{seconds / least[ours]:.1f}" for ours in LIMITS))
        for name, seconds in sorted(least.items(), key=lambda one: one[1])
    ]
    text = table(["edited and used again", "least s", "median s", "times Debug", "times ReleaseSafe"], rows)
    if options.json:
        print(json.dumps({"seconds": least, "medians": medians, "left out": left_out}, indent=2))
    else:
        print(text)
        for line in left_out:
            print(f"left out: {line}")
    if options.write:
        folder = ROOT / "docs" / "guides"
        (folder / "notebook-times.svg").write_text(plot(least))
        (folder / "notebook-times.md").write_text(
            f"{options.rounds} rounds, Python {sys.version.split()[0]}, {sys.platform}; made by `tests/benchmark/notebook.py --write`.\n\n"
            f"![Seconds from an edit to a result](notebook-times.svg)\n\n```text\n{text}\n```\n"
        )
    missed = [name for name, limit in LIMITS.items() if fastest is not None and fastest < limit * least[name]]
    for name in missed if options.check else ():
        print(f"{name} is {fastest / least[name]:.1f} times faster than the fastest peer, and should be {LIMITS[name]}", file=sys.stderr)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""What arrays cost: a Zig module beside hand-written C, nanobind, pybind11, NumPy and numba.

    python tests/benchmark/arrays.py             the table
    python tests/benchmark/arrays.py sum blur    only the rows whose names begin so
    python tests/benchmark/arrays.py --check     exit with 1 where ReleaseFast is over LIMIT of C, or behind nanobind abi3 or pybind11
    python tests/benchmark/arrays.py --json      the same figures for programs

`twins/arrays.c`, `twins/arrays.zig` and `twins/arrays_*.cpp` have the same functions, and are first held against each other. C is
compiled for this very processor, as the Zig module is. Needs NumPy, gcc and the headers of the running Python; exits with 2 without
them. What else is missing is named and left out.
"""

from __future__ import annotations

import argparse
import array
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

from _bench import geometric_mean, least, loop, per_call, ratio_text, table
from classes import C, FAST, NANOBIND, NANOBIND_STABLE, PYBIND11, SAFE, STABLE_ABI, Unavailable, compiled, package

sys.path.append(str(Path(__file__).parents[2]))  # where zigbind is not installed: the one of this checkout
import zigbind  # noqa: E402

TWINS = Path(__file__).parent / "twins"
NUMPY, NUMBA = "NumPy", "numba"
#: How many times C's time ReleaseFast may take with --check: conversions and kernels each by geometric mean.
LIMIT = 1.05
#: Those it must be ahead of in every row, but for what noise does to a kernel that is the same in all.
AHEAD_OF = (NANOBIND_STABLE, PYBIND11)
NOISE = 1.05

ROWS = {
    "sum_buffer(array of 10)": "sum_buffer(ten)",
    "sum_buffer(ndarray of 10)": "sum_buffer(np_ten)",
    "sum_buffer(ndarray of 1000)": "sum_buffer(thousand)",
    "length(ndarray)": "length(np_ten)",
    "saxpy of 1,000,000": "saxpy(0.5, x, y)",
    "blur of 512 x 512": "blur(image, result)",
}
CONVERSIONS = ("sum_buffer", "length")


def names_of(twin: object) -> dict[str, object]:
    import numpy

    generator = numpy.random.default_rng(0)
    return {
        **{name: getattr(twin, name) for name in ("sum_buffer", "length", "saxpy", "blur")},
        "ten": array.array("d", range(10)),
        "np_ten": numpy.arange(10.0),
        "thousand": numpy.arange(1000.0),
        "x": aligned(generator.random(1_000_000, "f4")),
        "y": aligned(numpy.zeros(1_000_000, "f4")),
        "image": aligned(generator.random((512, 512), "f4")),
        "result": aligned(numpy.zeros((512, 512), "f4")),
    }


def aligned(given):
    """A copy at the beginning of a page, so that all variants have the same."""
    import numpy

    memory = numpy.zeros(given.nbytes + 4096, "u1")
    start = -memory.ctypes.data % 4096
    copy = memory[start : start + given.nbytes].view(given.dtype).reshape(given.shape)
    copy[...] = given
    return copy


def numpy_twin() -> object:
    numpy = package("numpy")

    def saxpy(a, x, y):
        y += numpy.float32(a) * x

    def blur(image, result):
        result[...] = image
        inner = result[1:-1, 1:-1]
        inner[...] = 0
        for dy in range(3):
            for dx in range(3):
                inner += image[dy : dy + image.shape[0] - 2, dx : dx + image.shape[1] - 2]
        inner *= numpy.float32(1 / 9)

    return SimpleNamespace(sum_buffer=numpy.sum, length=len, saxpy=saxpy, blur=blur)


def numba_twin() -> object:
    numba, numpy = package("numba"), package("numpy")
    ninth = numpy.float32(1 / 9)

    @numba.njit
    def sum_buffer(values):
        total = 0.0
        for value in values:
            total += value
        return total

    @numba.njit
    def length(values):
        return values.shape[0]

    @numba.njit
    def saxpy(a, x, y):
        scale = numpy.float32(a)
        for index in range(x.shape[0]):
            y[index] += scale * x[index]

    @numba.njit
    def blur(image, result):
        height, width = image.shape
        for y in range(height):
            if y == 0 or y + 1 == height:
                result[y] = image[y]
                continue
            result[y, 0] = image[y, 0]
            result[y, width - 1] = image[y, width - 1]
            for x in range(1, width - 1):
                result[y, x] = (
                    image[y - 1, x - 1] + image[y - 1, x] + image[y - 1, x + 1]
                    + image[y, x - 1] + image[y, x] + image[y, x + 1]
                    + image[y + 1, x - 1] + image[y + 1, x] + image[y + 1, x + 1]
                ) * ninth  # fmt: skip

    def sum_any(values):
        # numba knows no array.array.
        return sum_buffer(values if isinstance(values, numpy.ndarray) else numpy.frombuffer(values))

    return SimpleNamespace(sum_buffer=sum_any, length=length, saxpy=saxpy, blur=blur)


def build(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The libraries of the twins, and the reasons why there is none. Those that need no library have empty names."""
    builders: dict[str, Callable[[], object]] = {
        C: partial(compiled, "gcc", [TWINS / "arrays.c"], folder / "arrays.abi3.so", "-O3", "-march=native", "-shared", "-Wall"),
        FAST: partial(load, FAST, ""),
        SAFE: partial(load, SAFE, ""),
        NANOBIND: partial(build_nanobind, folder / "nanobind"),
        NANOBIND_STABLE: partial(build_nanobind, folder / "stable", STABLE_ABI),
        PYBIND11: partial(build_pybind11, folder / "pybind11"),
        NUMPY: numpy_twin,
        NUMBA: numba_twin,
    }
    libraries, reasons = {}, {}
    for name, builder in builders.items():
        try:
            made = builder()
            libraries[name] = str(made) if isinstance(made, Path) else ""
        except (Unavailable, zigbind.ZigbindError, ImportError) as error:
            reasons[name] = str(error)
    return libraries, reasons


def build_nanobind(folder: Path, *defines: str) -> Path:
    """With the flags of nanobind_add_module(... NOMINSIZE)."""
    nanobind = package("nanobind")
    folder.mkdir()
    include = Path(nanobind.include_dir())
    flags = [
        *("-std=c++17", "-O3", "-march=native", "-fvisibility=hidden", "-fno-stack-protector", "-ffunction-sections", "-fdata-sections"),
        *("-DNDEBUG", "-DNB_COMPACT_ASSERTIONS", *defines, f"-I{include}", f"-I{include.parent / 'ext' / 'robin_map' / 'include'}"),
    ]
    core = [Path(nanobind.source_dir()) / "nb_combined.cpp"]
    core = compiled("g++", core, folder / "nanobind.o", "-c", "-DNB_BUILD", "-fno-strict-aliasing", *flags)
    return compiled("g++", [TWINS / "arrays_nanobind.cpp", core], folder / "arrays.so", "-shared", "-Wl,--gc-sections", "-Wl,-s", *flags)


def build_pybind11(folder: Path) -> Path:
    include = package("pybind11").get_include()
    folder.mkdir()
    flags = ["-std=c++17", "-O3", "-march=native", "-fvisibility=hidden", "-DNDEBUG", f"-I{include}"]
    return compiled("g++", [TWINS / "arrays_pybind11.cpp"], folder / "arrays.so", "-shared", "-Wl,-s", *flags)


def load(name: str, library: str) -> object:
    """One twin."""
    if name in (FAST, SAFE):
        return zigbind.load(TWINS / "arrays.zig", name="arrays", optimize=name, cpu="native")
    if name == NUMPY:
        return numpy_twin()
    if name == NUMBA:
        return numba_twin()
    spec = spec_from_file_location("arrays", library, loader=ExtensionFileLoader("arrays", library))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(twins: Mapping[str, object]) -> list[str]:
    """What the twins do not compute alike."""
    import numpy

    differences = []
    results = {}
    for name, twin in twins.items():
        names = names_of(twin)
        twin.saxpy(0.5, names["x"], names["y"])
        twin.blur(names["image"], names["result"])
        results[name] = [twin.sum_buffer(names["ten"]), twin.sum_buffer(names["thousand"]), twin.length(names["np_ten"]), names["y"], names["result"]]
        for index, (mine, theirs) in enumerate(zip(results[name], results[C], strict=True)):
            if not numpy.allclose(mine, theirs, rtol=1e-4):
                differences.append(f"  {name}, result {index}")
        if name in (NUMPY, NUMBA):
            continue
        for wrong in ([1.0], numpy.arange(10), numpy.ones((2, 2)), numpy.arange(10.0)[::2], None):
            try:
                twin.sum_buffer(wrong)
            except TypeError:
                continue
            differences.append(f"  {name} takes {wrong!r}")
    return differences


def measure(rows: Mapping[str, str], twins: Mapping[str, object], rounds: int) -> dict[str, dict[str, float]]:
    return per_call({row: {name: loop(body, names_of(twin)) for name, twin in twins.items()} for row, body in rows.items()}, rounds=rounds)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="only the rows whose names begin with one of these")
    parser.add_argument("--processes", type=int, default=8, help="how many processes measure, one after the other (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each variant has its turn in each process (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if {FAST} takes over {LIMIT} of C's time, or more than {' or '.join(AHEAD_OF)}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--measure", metavar="LIBRARIES", help=argparse.SUPPRESS)  # what the processes are started with
    options = parser.parse_args(arguments)
    rows = {row: body for row, body in ROWS.items() if not options.rows or row.startswith(tuple(options.rows))}
    if not rows:
        parser.error(f"no row is called {' or '.join(options.rows)}; there are: {', '.join(ROWS)}")
    if options.measure:
        twins = {name: load(name, library) for name, library in json.loads(options.measure)}
        print(json.dumps(measure(rows, twins, options.rounds)))
        return 0
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        libraries, reasons = build(Path(folder))
        for name, reason in reasons.items():
            print(f"arrays.py: {name} IS LEFT OUT: {reason}", file=sys.stderr)
        if C in reasons or NUMPY in reasons or FAST in reasons:
            return 2
        if differences := compare({name: load(name, library) for name, library in libraries.items()}):
            print("\n".join(["arrays.py: the twins differ:", *differences]), file=sys.stderr)
            return 1
        figures = least(started(libraries, turn, options) for turn in range(options.processes))

    figures = {row: {name: times[name] for name in libraries} for row, times in figures.items()}
    print(json.dumps({"python": platform.python_version(), "nanoseconds": figures}, indent=2) if options.json else as_table(figures))
    if not options.check:
        return 0
    failures = check(figures)
    print("\n".join(failures) or f"{FAST} is within its limits", file=sys.stderr)
    return 1 if failures else 0


def started(libraries: Mapping[str, str], turn: int, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """What a process of its own measures. In each another twin is loaded and timed first."""
    order = list(libraries.items())
    first = turn % len(order)
    command = [sys.executable, __file__, "--measure", json.dumps(order[first:] + order[:first]), "--rounds", str(options.rounds), "--", *options.rows]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def ratios(figures: Mapping[str, Mapping[str, float]], name: str, *, conversions: bool) -> list[float]:
    return [times[name] / times[C] for row, times in figures.items() if row.startswith(CONVERSIONS) == conversions]


def check(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What is slower than it may be, as text."""
    failures = []
    for kind, conversions in (("conversions", True), ("kernels", False)):
        of = ratios(figures, FAST, conversions=conversions)
        if of and geometric_mean(of) > LIMIT:
            failures.append(f"{FAST} takes {geometric_mean(of):.3f} times as long as C in {kind}, over the limit of {LIMIT}")
    for peer in AHEAD_OF:
        for row, times in figures.items():
            if peer in times and times[FAST] > times[peer] * (1 if row.startswith(CONVERSIONS) else NOISE):
                failures.append(f"{FAST} takes {times[FAST] / times[peer]:.3f} times as long as {peer} for {row}")
    return failures


def as_table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Times, each with its ratio to C's."""
    names = list(next(iter(figures.values())))
    lines = [[row, *(f"{times[name]:,.1f} ({ratio_text(times[name] / times[C])})" for name in names)] for row, times in figures.items()]
    for kind, conversions in (("conversions", True), ("kernels", False)):
        if ratios(figures, C, conversions=conversions):
            lines.append([f"{kind}, geometric mean", *(ratio_text(geometric_mean(ratios(figures, name, conversions=conversions))) for name in names)])
    return table(["ns (times C)", *names], lines)


if __name__ == "__main__":
    sys.exit(main())

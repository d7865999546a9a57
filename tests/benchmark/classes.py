"""What classes cost: a Zig module beside hand-written C, and beside nanobind and pybind11.

    python tests/benchmark/classes.py               the table
    python tests/benchmark/classes.py 'v.x' repr    only the rows whose names begin so
    python tests/benchmark/classes.py --check       exit with 1 where ReleaseFast is too slow (see LIMIT), or slower than a peer
    python tests/benchmark/classes.py --json        the same figures for programs

`twins/classes.c`, `twins/classes.zig`, `twins/classes_nanobind.cpp` and `twins/classes_pybind11.cpp` have the same
classes. All are first held against each other: the same results, an error where there is an error, and in C and Zig the
same error. Needs gcc and the headers of the running Python; exits with 2 without them. For the peers it needs g++ and
the packages nanobind and pybind11 too: what cannot be built is named and left out, and with --check the exit is 2.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from _bench import geometric_mean, least, loop, per_call, ratio_text, table

sys.path.append(str(Path(__file__).parents[2]))  # where zigbind is not installed: the one of this checkout
import zigbind  # noqa: E402

TWINS = Path(__file__).parent / "twins"
C = "C"
FAST = "ReleaseFast"
SAFE = "ReleaseSafe"
NANOBIND = "nanobind"
NANOBIND_STABLE = "nanobind abi3"
PYBIND11 = "pybind11"
PEERS = (NANOBIND, NANOBIND_STABLE, PYBIND11)

#: How many times C's time ReleaseFast may take with --check: by geometric mean, and any one row.
LIMIT = 1.05
ROW_LIMIT = 1.25

STABLE_ABI = "-DPy_LIMITED_API=0x030C0000"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: an expression or a statement, with the names of `names_of`."""

    name: str
    body: str


ROWS = [
    *(Row(text, text) for text in ("Vec2(1.0, 2.0)", "v.length()", "v.x", "v.x = 1.0", "v + w", "v == w", "repr(v)")),
    *(Row(text, text) for text in ("Counter()", "c.inc()", "c.value")),
    Row("echo(Color.green)", "echo(green)"),  # without the look-up of the member, which is the enum module's business
]


def names_of(twin: ModuleType) -> dict[str, object]:
    """What the rows use, from one twin. No two rows share an instance: the value of a Counter that was used is a larger int."""
    return {
        "Vec2": twin.Vec2,
        "v": twin.Vec2(1.0, 2.0),
        "w": twin.Vec2(1.0, 2.0),
        "repr": repr,
        "Counter": twin.Counter,
        "c": twin.Counter(),
        "echo": twin.echo,
        "green": twin.Color.green,
    }


class Index:
    """Not an int, but usable as one."""

    def __index__(self) -> int:
        return 7


def put(instance: object, name: str, value: object) -> object:
    """The attribute after an assignment."""
    setattr(instance, name, value)
    return getattr(instance, name)


def try_put(instance: object, name: str, value: object) -> object:
    """The attribute after an assignment that may fail."""
    try:
        setattr(instance, name, value)
    except Exception:
        pass
    return getattr(instance, name)


def count(counter: object, times: int) -> object:
    """The value after so many calls of `inc`."""
    for _ in range(times):
        counter.inc()
    return counter.value


#: What all twins must do in the same way: expressions with two spaces between them, `m` is the twin.
EXPRESSIONS = """
m.Vec2(1.0, 2.0)    m.Vec2(1.5)     m.Vec2(1, 2)        m.Vec2(x=1.5, y=2.5)        m.Vec2(y=2.5, x=1.5)    m.Vec2(1.5, y=-0.0)
m.Vec2()            m.Vec2(y=1.0)   m.Vec2(1, 2, 3)     m.Vec2('1')     m.Vec2(1.0, None)   m.Vec2(1, x=1)      m.Vec2(1, z=1)
m.Vec2(0.1, 1e300)  m.Vec2(1e16, 1e-5)      m.Vec2(float('nan'), float('-inf'))     m.Vec2(1 / 3, -2 / 3)   m.Vec2(10**400)
m.Vec2(Index())     str(m.Vec2(1.0, 2.0))   m.Vec2(-1.0, -1.0)      m.Vec2(-1, 2)

m.Vec2(3.0, 4.0).length()       m.Vec2(1.0, 1.0).length()       m.Vec2(0.0).length()        m.Vec2(1.0, 2.0).length(1)
m.Vec2(-1e200, 0.0).length()    m.Vec2.length(m.Vec2(3, 4))     m.Vec2.length(1)            m.Vec2.length()

m.Vec2(1.5, 2.5).x      m.Vec2(1.5, 2.5).y      m.Vec2(1.5, 2.5).z      put(m.Vec2(1.0), 'x', -1.0)     put(m.Vec2(1.0), 'y', 7)
put(m.Vec2(1.0), 'x', '1')      put(m.Vec2(1.0), 'z', 1.0)      try_put(m.Vec2(1.5), 'x', '1')      try_put(m.Vec2(1.5), 'x', None)
try_put(m.Vec2(1.5), 'x', 10**400)      put(m.Vec2(1.0, 2.0), 'y', float('inf'))        delattr(m.Vec2(1.0), 'x')

m.Vec2(1, 2) + m.Vec2(0.5, -2)      m.Vec2(1, 2) + 1        1 + m.Vec2(1, 2)        m.Vec2(1, 2) + None     m.Vec2(1, 2) + m.Counter()
m.Vec2(1, 2).__add__(1)             m.Vec2(1, 2) - m.Vec2(1, 2)     type(m.Vec2(1, 2) + m.Vec2(1, 2)) is m.Vec2

m.Vec2(1, 2) == m.Vec2(1, 2)    m.Vec2(1, 2) == m.Vec2(1, 3)    m.Vec2(1, 2) == m.Vec2(3, 2)    m.Vec2(0.0, 2) == m.Vec2(-0.0, 2)
m.Vec2(1, 2) != m.Vec2(1, 2)    m.Vec2(1, 2) != m.Vec2(1, 3)    m.Vec2(float('nan')) == m.Vec2(float('nan'))    m.Vec2(1, 2) == (1, 2)
m.Vec2(1, 2) != None            m.Vec2(1, 2).__eq__(1)          m.Vec2(1, 2) < m.Vec2(1, 2)     m.Vec2(1, 2) == m.Counter()

m.Counter().value       m.Counter(5).value      m.Counter(value=-1).value       m.Counter(2**63 - 1).value      m.Counter(-2**63).value
m.Counter(2**63)        m.Counter(-2**63 - 1)   m.Counter('1')      m.Counter(1.5)      m.Counter(1, 2)     m.Counter(other=1)
m.Counter(1, value=1)   m.Counter(True).value   m.Counter(None)     m.Counter(Index()).value
m.Counter().inc()       m.Counter().inc(1)      count(m.Counter(), 3)       count(m.Counter(-1), 1)     m.Counter.inc(m.Vec2(1))
put(m.Counter(), 'value', -1)       put(m.Counter(), 'value', 2**62)        put(m.Counter(), 'value', 2**63)
put(m.Counter(), 'value', 'x')      try_put(m.Counter(5), 'value', 2**63)   try_put(m.Counter(5), 'value', 1.0)

m.echo(m.Color.red) is m.Color.red      m.echo(m.Color.green) is m.Color.green      m.echo(m.Color.blue) is m.Color.blue
[color.name for color in m.Color]       m.Color.red is m.Color.green    isinstance(m.Color.red, m.Color)    m.Color.purple
m.echo('green')     m.echo(None)        m.echo(1)       m.echo(m.Counter())     m.echo()    m.echo(m.Color.red, 1)      m.echo(m.Color)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="only the rows whose names begin with one of these")
    parser.add_argument("--processes", type=int, default=12, help="how many processes measure, one after the other (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each variant has its turn in each process (default: %(default)s)")
    parser.add_argument(
        "--check",
        action="store_true",
        help=f"exit with 1 if {FAST} takes over {LIMIT} of C's time, or {ROW_LIMIT} in any row, or more than a peer's in any row",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--measure", metavar="LIBRARIES", help=argparse.SUPPRESS)  # what the processes are started with
    options = parser.parse_args(arguments)
    rows = [row for row in ROWS if not options.rows or row.name.startswith(tuple(options.rows))]
    if not rows:
        parser.error(f"no row is called {' or '.join(options.rows)}; there are: {', '.join(row.name for row in ROWS)}")

    if options.measure:
        twins = {name: load(name, library) for name, library in json.loads(options.measure)}
        print(json.dumps(measure(rows, twins, rounds=options.rounds)))
        return 0
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        libraries, reasons = build(Path(folder))
        for name, reason in reasons.items():
            print(f"classes.py: {name} IS LEFT OUT: {reason}", file=sys.stderr)
        if C in reasons:
            return 2
        twins = {name: load(name, library) for name, library in libraries.items()}
        if differences := list(compare(twins)):
            print("\n".join(["classes.py: the twins differ:", *differences]), file=sys.stderr)
            return 1
        sizes = {name: sys.getsizeof(twin.Vec2(1.0, 2.0)) for name, twin in twins.items()}
        figures = least(started(libraries, turn, options) for turn in range(options.processes))

    figures = {row: {name: times[name] for name in libraries} for row, times in figures.items()}
    ratios = {name: {row: times[name] / times[C] for row, times in figures.items()} for name in libraries if name != C}
    means = {name: geometric_mean(of.values()) for name, of in ratios.items()}
    print(as_json(figures, ratios, means, sizes, reasons) if options.json else as_table(figures, ratios, means, sizes))
    if not options.check:
        return 0
    if reasons:
        print(f"nothing is checked without {' and '.join(reasons)}", file=sys.stderr)
        return 2
    failures = list(check(figures, ratios[FAST], means[FAST]))
    print("\n".join(failures) or f"{FAST} is within its limits, and ahead of {', '.join(PEERS)} in every row", file=sys.stderr)
    return 1 if failures else 0


class Unavailable(Exception):
    """A twin cannot be built here."""


def build(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The libraries of the twins, and the reasons why there is none. zigbind keeps its own: those have empty names."""
    builders = {
        C: partial(build_c, TWINS / "classes.c"),
        NANOBIND: partial(build_nanobind, TWINS / "classes_nanobind.cpp"),
        NANOBIND_STABLE: partial(build_nanobind, TWINS / "classes_nanobind.cpp", STABLE_ABI),
        PYBIND11: partial(build_pybind11, TWINS / "classes_pybind11.cpp"),
    }
    libraries, reasons = {}, {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = {}
        for name, builder in builders.items():
            own = folder / name.replace(" ", "-")
            own.mkdir()
            futures[name] = pool.submit(builder, folder=own)
        for name in (C, FAST, SAFE, *PEERS):
            try:
                libraries[name] = str(futures[name].result()) if name in futures else build_zig(name)
            except Unavailable as error:
                reasons[name] = str(error)
    return libraries, reasons


def build_c(source: Path, *, folder: Path) -> Path:
    return compiled("gcc", [source], folder / "classes.abi3.so", "-O3", "-shared", "-Wall", "-Wextra")


def build_zig(optimize: str) -> str:
    """Have zigbind build and cache its twin, and see that nothing of it was skipped."""
    try:
        twin = load(optimize, "")
    except (zigbind.ZigbindError, ImportError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error
    missing = [name for name in ("Vec2", "Counter", "Color", "echo") if not hasattr(twin, name)]
    if missing:
        raise Unavailable(f"zigbind compiles classes.zig, but the module has no {' and no '.join(missing)}")
    return ""


def build_nanobind(source: Path, *defines: str, folder: Path) -> Path:
    """With the flags of nanobind_add_module(... NOMINSIZE), which its CMake files give; here the module is optimized for speed too."""
    nanobind = package("nanobind")
    include = Path(nanobind.include_dir())
    flags = [
        *("-std=c++17", "-O3", "-fvisibility=hidden", "-fno-stack-protector", "-ffunction-sections", "-fdata-sections"),
        *("-DNDEBUG", "-DNB_COMPACT_ASSERTIONS", *defines, f"-I{include}", f"-I{include.parent / 'ext' / 'robin_map' / 'include'}"),
    ]
    core = [Path(nanobind.source_dir()) / "nb_combined.cpp"]
    dialect = ["-mtls-dialect=gnu2"] if platform.machine() == "x86_64" else []
    core = compiled("g++", core, folder / "nanobind.o", "-c", "-DNB_BUILD", "-fno-strict-aliasing", *dialect, *flags)
    return compiled("g++", [source, core], folder / "classes.so", "-shared", "-Wl,--gc-sections", "-Wl,-s", *flags)


def build_pybind11(source: Path, *, folder: Path) -> Path:
    include = package("pybind11").get_include()
    flags = ["-std=c++17", "-O3", "-fvisibility=hidden", "-DNDEBUG", f"-I{include}"]
    return compiled("g++", [source], folder / "classes.so", "-shared", "-Wl,-s", *flags)


def package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unavailable(f"the package {name} is not installed for {sys.executable}: install it") from error


def compiled(compiler: str, sources: Sequence[Path], result: Path, *flags: str) -> Path:
    """What a compiler makes of the sources."""
    path = shutil.which(compiler)
    if path is None:
        raise Unavailable(f"{compiler} is not on PATH: install it")
    include = sorted({sysconfig.get_path("include"), sysconfig.get_path("platinclude")})
    if not any(Path(directory, "Python.h").exists() for directory in include):
        raise Unavailable(f"Python.h is not in {' or '.join(include)}: install the headers of this Python")
    command = [path, "-fPIC", *flags, *(f"-I{directory}" for directory in include), *map(str, sources), "-o", str(result)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{compiler} failed on {sources[0]}:\n{done.stderr}")
    return result


def load(name: str, library: str) -> ModuleType:
    """One twin."""
    if name in (FAST, SAFE):
        return zigbind.load(TWINS / "classes.zig", name="classes", optimize=name)
    spec = spec_from_file_location("classes", library, loader=ExtensionFileLoader("classes", library))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(twins: Mapping[str, ModuleType]) -> Iterator[str]:
    """What the twins do not do in the same way, as text. The peers have errors of their own types."""
    for expression in re.split(r"\s{2,}", EXPRESSIONS.strip()):
        outcomes = {name: outcome(expression, twin) for name, twin in twins.items()}
        ours = {result for name, result in outcomes.items() if name not in PEERS}
        if len(ours) > 1 or len({(failed, not failed and text) for failed, text in outcomes.values()}) > 1:
            yield f"  {expression}: " + ", ".join(f"{name} {text}" for name, (_, text) in outcomes.items())


def outcome(expression: str, twin: ModuleType) -> tuple[bool, str]:
    """The result of an expression, or the type of the exception it ends in; and which of them it is."""
    names = {"m": twin, "Index": Index, "put": put, "try_put": try_put, "count": count}
    try:
        return False, repr(eval(expression, names))
    except Exception as error:
        return True, type(error).__name__


def started(libraries: Mapping[str, str], turn: int, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """What a process of its own measures. In each another twin is loaded and timed first, so that no place is anyone's own."""
    order = list(libraries.items())
    first = turn % len(order)
    command = [sys.executable, __file__, "--measure", json.dumps(order[first:] + order[:first]), "--rounds", str(options.rounds), "--", *options.rows]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def measure(rows: Sequence[Row], twins: Mapping[str, ModuleType], *, rounds: int) -> dict[str, dict[str, float]]:
    """Nanoseconds of one execution: for each row, for each twin."""
    return per_call({row.name: {name: loop(row.body, names_of(twin)) for name, twin in twins.items()} for row in rows}, rounds=rounds)


def behind(figures: Mapping[str, Mapping[str, float]], peer: str) -> list[str]:
    """The rows in which ReleaseFast takes more time than a peer."""
    return [row for row, times in figures.items() if times[peer] < times[FAST]]


def check(figures: Mapping[str, Mapping[str, float]], ratios: Mapping[str, float], mean: float) -> Iterator[str]:
    """What is slower than it may be, as text."""
    if mean > LIMIT:
        yield f"{FAST} takes {mean:.3f} times as long as C by geometric mean, over the limit of {LIMIT}"
    for name, ratio in ratios.items():
        if ratio > ROW_LIMIT:
            yield f"{FAST} takes {ratio:.3f} times as long as C for {name}, over the limit of {ROW_LIMIT}"
    for peer in PEERS:
        for name in behind(figures, peer):
            yield f"{FAST} takes {figures[name][FAST] / figures[name][peer]:.3f} times as long as {peer} for {name}"


def as_table(
    figures: Mapping[str, Mapping[str, float]],
    ratios: Mapping[str, Mapping[str, float]],
    means: Mapping[str, float],
    sizes: Mapping[str, int],
) -> str:
    """Times, each with its ratio to C's, then the sizes; below it how zigbind stands to the peers."""
    lines = [["row", f"{C} ns"], *([row, f"{times[C]:.1f}"] for row, times in figures.items())]
    lines += [["geometric mean", ""], ["bytes of a Vec2", str(sizes[C])]]
    for name, of in ratios.items():
        column = [(f"{figures[row][name]:.1f}", ratio_text(of[row])) for row in figures]
        column = [(f"{name} ns", "ratio"), *column, ("", ratio_text(means[name])), (str(sizes[name]), "")]
        for line, cells in zip(lines, column, strict=True):
            line.extend(cells)
    text = [table(lines[0], lines[1:])]
    for peer in PEERS:
        if FAST in ratios and peer in ratios:
            rows = behind(figures, peer)
            text.append(f"{FAST} is ahead of {peer} " + (f"except in: {', '.join(rows)}" if rows else "in every row"))
    return "\n".join(text)


def as_json(
    figures: Mapping[str, Mapping[str, float]],
    ratios: Mapping[str, Mapping[str, float]],
    means: Mapping[str, float],
    sizes: Mapping[str, int],
    reasons: Mapping[str, str],
) -> str:
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "nanoseconds": figures,
        "ratios": ratios,
        "geometric_means": means,
        "bytes_of_vec2": sizes,
        "left_out": reasons,
    }
    return json.dumps(document, indent=2)


if __name__ == "__main__":
    sys.exit(main())

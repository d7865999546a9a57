"""What containers cost: a Zig module beside hand-written C, and beside nanobind and pybind11.

    python tests/benchmark/containers.py            the table
    python tests/benchmark/containers.py dict       only the rows whose names begin so
    python tests/benchmark/containers.py --check    exit with 1 where ReleaseFast is too slow (see LIMIT), or slower than pybind11 or nanobind
                                                    with the stable ABI; nanobind with all of CPython's API is only shown
    python tests/benchmark/containers.py --json     the same figures for programs

`twins/containers.c`, `twins/containers.zig`, `twins/containers_nanobind.cpp` and `twins/containers_pybind11.cpp` have the same
functions. All are first held against each other: the same results, an error where there is an error, and in C and Zig the
same error. Needs gcc and the headers of the running Python; exits with 2 without them. For the peers it needs g++ and
the packages nanobind and pybind11 too: what cannot be built is named and left out, and with --check the exit is 2.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
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
from classes import STABLE_ABI, Unavailable, build_c, build_nanobind, build_pybind11

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

#: The peers that speak as much of CPython's API as zigbind, or are no faster for speaking more: none may be faster in any row.
RIVALS = (NANOBIND_STABLE, PYBIND11)

#: How many times C's time ReleaseFast may take with --check: by geometric mean, and any one row.
LIMIT = 1.05
ROW_LIMIT = 1.20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: calls of ``function`` with an argument."""

    name: str
    function: str
    argument: object


ROWS = [
    Row(name="dict_sum(100 ints)", function="dict_sum", argument={f"key {number}": number for number in range(100)}),
    Row(name="sum_list(1000 ints)", function="sum_list", argument=list(range(1000))),
    Row(name="range_list(1000)", function="range_list", argument=1000),
]


#: What all twins must do in the same way: expressions with two spaces between them, `m` is the twin.
EXPRESSIONS = """
m.dict_sum({})      m.dict_sum({'a': 1, 'b': 2})    m.dict_sum({1: -1})         m.dict_sum(dict(zip(range(1000), range(1000))))
m.dict_sum([])      m.dict_sum({'a': '1'})          m.dict_sum({'a': None})     m.dict_sum(None)    m.dict_sum({'a': 2**63})
m.dict_sum()        m.dict_sum({}, {})              m.dict_sum({'a': True})

m.sum_list([])      m.sum_list([1, 2, 3])           m.sum_list((1, 2, 3))       m.sum_list(range(10))
m.sum_list([True])  m.sum_list([1, '2'])            m.sum_list([2**63])         m.sum_list(1)       m.sum_list()

m.range_list(0)     m.range_list(1000)              m.range_list(-1)            m.range_list('1')   m.range_list(2**64)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="only the rows whose names begin with one of these")
    parser.add_argument("--processes", type=int, default=12, help="how many processes measure, one after the other (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each variant has its turn in each process (default: %(default)s)")
    parser.add_argument(
        "--check",
        action="store_true",
        help=f"exit with 1 if {FAST} takes over {LIMIT} of C's time, or {ROW_LIMIT} in any row, or more than that of {' or '.join(RIVALS)} in any row",
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
            print(f"containers.py: {name} IS LEFT OUT: {reason}", file=sys.stderr)
        if C in reasons:
            return 2
        twins = {name: load(name, library) for name, library in libraries.items()}
        if differences := list(compare(twins)):
            print("\n".join(["containers.py: the twins differ:", *differences]), file=sys.stderr)
            return 1
        figures = least(started(libraries, turn, options) for turn in range(options.processes))

    figures = {row: {name: times[name] for name in libraries} for row, times in figures.items()}
    ratios = {name: {row: times[name] / times[C] for row, times in figures.items()} for name in libraries if name != C}
    means = {name: geometric_mean(of.values()) for name, of in ratios.items()}
    print(as_json(figures, ratios, means, reasons) if options.json else as_table(figures, ratios, means))
    if not options.check:
        return 0
    if reasons:
        print(f"nothing is checked without {' and '.join(reasons)}", file=sys.stderr)
        return 2
    failures = list(check(figures, ratios[FAST], means[FAST]))
    print("\n".join(failures) or f"{FAST} is within its limits, and ahead of {', '.join(RIVALS)} in every row", file=sys.stderr)
    return 1 if failures else 0


def build(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The libraries of the twins, and the reasons why there is none. zigbind keeps its own: those have empty names."""
    builders = {
        C: partial(build_c, TWINS / "containers.c"),
        NANOBIND: partial(build_nanobind, TWINS / "containers_nanobind.cpp"),
        NANOBIND_STABLE: partial(build_nanobind, TWINS / "containers_nanobind.cpp", STABLE_ABI),
        PYBIND11: partial(build_pybind11, TWINS / "containers_pybind11.cpp"),
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


def build_zig(optimize: str) -> str:
    """Have zigbind build and cache its twin, and see that nothing of it was skipped."""
    try:
        twin = load(optimize, "")
    except (zigbind.ZigbindError, ImportError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error
    missing = [name for name in ("dict_sum", "sum_list", "range_list") if not hasattr(twin, name)]
    if missing:
        raise Unavailable(f"zigbind compiles containers.zig, but the module has no {' and no '.join(missing)}")
    return ""


def load(name: str, library: str) -> ModuleType:
    """One twin."""
    if name in (FAST, SAFE):
        return zigbind.load(TWINS / "containers.zig", name="containers", optimize=name)
    spec = spec_from_file_location("containers", library, loader=ExtensionFileLoader("containers", library))
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
    try:
        return False, repr(eval(expression, {"m": twin}))
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
    return per_call({row.name: {name: loop("f(x)", {"f": getattr(twin, row.function), "x": row.argument}) for name, twin in twins.items()} for row in rows}, rounds=rounds)


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
    for peer in RIVALS:
        for name in behind(figures, peer):
            yield f"{FAST} takes {figures[name][FAST] / figures[name][peer]:.3f} times as long as {peer} for {name}"


def as_table(
    figures: Mapping[str, Mapping[str, float]],
    ratios: Mapping[str, Mapping[str, float]],
    means: Mapping[str, float],
) -> str:
    """Times, each with its ratio to C's; below it how zigbind stands to the peers."""
    lines = [["row", f"{C} ns"], *([row, f"{times[C]:.1f}"] for row, times in figures.items())]
    lines.append(["geometric mean", ""])
    for name, of in ratios.items():
        column = [(f"{figures[row][name]:.1f}", ratio_text(of[row])) for row in figures]
        column = [(f"{name} ns", "ratio"), *column, ("", ratio_text(means[name]))]
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
    reasons: Mapping[str, str],
) -> str:
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "nanoseconds": figures,
        "ratios": ratios,
        "geometric_means": means,
        "left_out": reasons,
    }
    return json.dumps(document, indent=2)


if __name__ == "__main__":
    sys.exit(main())

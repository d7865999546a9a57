"""What a Python callable called from Zig costs, and what threads gain without the GIL: beside C, nanobind and pybind11.

    python tests/benchmark/callbacks.py               the table
    python tests/benchmark/callbacks.py sum fold      only the rows whose names begin so
    python tests/benchmark/callbacks.py --check       exit with 1 where ReleaseFast is too slow (see LIMIT), or threads gain too little
    python tests/benchmark/callbacks.py --json        the same figures for programs

`twins/callbacks.c`, `twins/callbacks.zig`, `twins/callbacks_nanobind.cpp` and `twins/callbacks_pybind11.cpp` have the same
functions. All are first held against each other: the same results, an error where there is an error. Each figure is what
one call of the callable takes when it is called a million times, or less often where --calls says so. The last row is
of another kind: the time of two threads that each call `primes` once, as part of that of one thread that calls it twice;
on a machine with a single core that is 1. Needs what `classes.py` needs, whose compilers it shares.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from math import inf, sqrt
from pathlib import Path
from threading import Thread
from time import perf_counter
from types import ModuleType

from _bench import geometric_mean, interleave, least, ratio_text, table
from classes import C, FAST, NANOBIND, NANOBIND_STABLE, PEERS, PYBIND11, SAFE, STABLE_ABI, TWINS, Unavailable, build_c, build_nanobind, build_pybind11

import zigbind

#: How many times C's time ReleaseFast may take with --check: by geometric mean, and any one row.
LIMIT = 1.05
ROW_LIMIT = 1.20
#: How much of the time of one thread two may take.
THREADS_LIMIT = 0.6
THREADS = "two threads of one"
PRIMES = 400_000


class Scale:
    """Has methods to call."""

    def method(self, x):
        return x


#: name, function, arguments before the number of calls
ROWS = [
    ("sum_ints(lambda i: i)", "sum_ints", (lambda i: i,)),
    ("sum_ints(method)", "sum_ints", (Scale().method,)),
    ("sum_ints(abs)", "sum_ints", (abs,)),
    ("integrate(lambda x: x * x)", "integrate", (lambda x: x * x,)),
    ("integrate(math.sqrt)", "integrate", (sqrt,)),
    ("fold(lambda x, i: x)", "fold", (lambda x, i: x,)),
    ("lengths(lambda t: t)", "lengths", (lambda t: t, "some text")),
]


def fails(*_):
    """A callback that raises."""
    raise KeyError("no")


#: What all twins must do in the same way: function, arguments.
CALLS = [
    *(("sum_ints", (f, 10)) for f in (lambda i: i, abs, lambda i: -i, lambda i: 2**62, lambda i: True, lambda i: "1", lambda i: None, lambda i: 2**63, fails, 3, None)),
    *(("integrate", (f, 10)) for f in (lambda x: x, sqrt, lambda x: 1, lambda x: "1", fails, 3)),
    *(("fold", (f, 10)) for f in (lambda x, i: x * i, lambda x, i: i, lambda x: x, lambda x, i: None, fails, "x")),
    *(("lengths", (f, "größe", 10)) for f in (str.upper, lambda t: t * 100, lambda t: "", lambda t: 3, fails, 3)),
    *(("primes", (limit,)) for limit in (0, 3, 1000, "x", None)),
    ("sum_ints", ()),
    ("sum_ints", (abs,)),
    ("sum_ints", (abs, 1, 2)),
    ("sum_ints", (abs, "x")),
]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="only the rows whose names begin with one of these")
    parser.add_argument("--processes", type=int, default=4, help="how many processes measure, one after the other (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each variant has its turn in each process (default: %(default)s)")
    parser.add_argument("--calls", type=int, default=1_000_000, help="how often the callable is called in a turn (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if {FAST} takes over {LIMIT} of C's time, {ROW_LIMIT} in any row, or more than a peer's")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--measure", metavar="LIBRARIES", help=argparse.SUPPRESS)  # what the processes are started with
    options = parser.parse_args(arguments)
    names = [name for name, *_ in ROWS] + [THREADS]
    wanted = [name for name in names if not options.rows or name.startswith(tuple(options.rows))]
    if not wanted:
        parser.error(f"no row is called {' or '.join(options.rows)}; there are: {', '.join(names)}")

    if options.measure:
        twins = {name: load(name, library) for name, library in json.loads(options.measure)}
        print(json.dumps(measure(wanted, twins, options)))
        return 0
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        libraries, reasons = build(Path(folder))
        for name, reason in reasons.items():
            print(f"callbacks.py: {name} IS LEFT OUT: {reason}", file=sys.stderr)
        if C in reasons:
            return 2
        if differences := list(compare({name: load(name, library) for name, library in libraries.items()})):
            print("\n".join(["callbacks.py: the twins differ:", *differences]), file=sys.stderr)
            return 1
        figures = least(started(libraries, turn, options) for turn in range(options.processes))

    figures = {row: {name: times[name] for name in libraries} for row, times in figures.items()}
    threads = figures.pop(THREADS, {})
    ratios = {name: {row: times[name] / times[C] for row, times in figures.items()} for name in libraries if name != C}
    means = {name: geometric_mean(of.values()) if of else 1.0 for name, of in ratios.items()}
    print(as_json(figures, ratios, means, threads, reasons) if options.json else as_table(figures, ratios, means, threads))
    if not options.check:
        return 0
    if reasons:
        print(f"nothing is checked without {' and '.join(reasons)}", file=sys.stderr)
        return 2
    failures = list(check(figures, ratios[FAST], means[FAST], threads))
    print("\n".join(failures) or f"{FAST} is within its limits, and ahead of {', '.join(PEERS)} in every row", file=sys.stderr)
    return 1 if failures else 0


def build(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The libraries of the twins, and the reasons why there is none. zigbind keeps its own: those have empty names."""
    builders = {
        C: partial(build_c, TWINS / "callbacks.c"),
        NANOBIND: partial(build_nanobind, TWINS / "callbacks_nanobind.cpp"),
        NANOBIND_STABLE: partial(build_nanobind, TWINS / "callbacks_nanobind.cpp", STABLE_ABI),
        PYBIND11: partial(build_pybind11, TWINS / "callbacks_pybind11.cpp"),
    }
    libraries, reasons = {}, {}
    for name in (C, FAST, SAFE, *PEERS):
        try:
            if name in builders:
                own = folder / name.replace(" ", "-")
                own.mkdir()
                libraries[name] = str(builders[name](folder=own))
            else:
                load(name, "")
                libraries[name] = ""
        except (Unavailable, zigbind.ZigbindError) as error:
            reasons[name] = str(error)
    return libraries, reasons


def load(name: str, library: str) -> ModuleType:
    """One twin."""
    if name in (FAST, SAFE):
        return zigbind.load(TWINS / "callbacks.zig", name="callbacks", optimize=name)
    spec = spec_from_file_location("callbacks", library, loader=ExtensionFileLoader("callbacks", library))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(twins: Mapping[str, ModuleType]) -> Iterator[str]:
    """What the twins do not do in the same way, as text. The peers have errors of their own types."""
    for number, (function, arguments) in enumerate(CALLS):
        outcomes = {name: outcome(getattr(twin, function), arguments) for name, twin in twins.items()}
        ours = {text for name, (_, text) in outcomes.items() if name not in PEERS}
        if len(ours) > 1 or len({(failed, not failed and text) for failed, text in outcomes.values()}) > 1:
            yield f"  {function}, call {number}: " + ", ".join(f"{name} {text}" for name, (_, text) in outcomes.items())


def outcome(function, arguments) -> tuple[bool, str]:
    """The result of a call, or the type of the exception it ends in; and which of them it is."""
    try:
        return False, repr(function(*arguments))
    except Exception as error:
        return True, type(error).__name__


def started(libraries: Mapping[str, str], turn: int, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """What a process of its own measures. In each another twin is loaded and timed first, so that no place is anyone's own."""
    order = list(libraries.items())
    first = turn % len(order)
    given = ["--rounds", str(options.rounds), "--calls", str(options.calls), "--", *options.rows]
    command = [sys.executable, __file__, "--measure", json.dumps(order[first:] + order[:first]), *given]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def measure(wanted: Sequence[str], twins: Mapping[str, ModuleType], options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Nanoseconds of one call of the callable: for each row, for each twin. And what two threads take of one's time."""
    runs = {
        (row, name): partial(seconds, getattr(twin, function), (*arguments, options.calls))
        for row, function, arguments in ROWS
        if row in wanted
        for name, twin in twins.items()
    }
    figures: dict[str, dict[str, float]] = {}
    for (row, name), best in interleave(runs, rounds=options.rounds).items():
        figures.setdefault(row, {})[name] = best / options.calls * 1e9
    if THREADS in wanted:
        for name, twin in twins.items():
            one = two = inf
            for _ in range(options.rounds):
                one = min(one, one_thread(twin.primes))
                two = min(two, two_threads(twin.primes))
            figures.setdefault(THREADS, {})[name] = two / one
    return figures


def seconds(function, arguments) -> float:
    start = perf_counter()
    function(*arguments)
    return perf_counter() - start


def one_thread(primes) -> float:
    start = perf_counter()
    primes(PRIMES)
    primes(PRIMES)
    return perf_counter() - start


def two_threads(primes) -> float:
    threads = [Thread(target=primes, args=(PRIMES,)) for _ in range(2)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return perf_counter() - start


def check(figures: Mapping[str, Mapping[str, float]], ratios: Mapping[str, float], mean: float, threads: Mapping[str, float]) -> Iterator[str]:
    """What is slower than it may be, as text."""
    if mean > LIMIT:
        yield f"{FAST} takes {mean:.3f} times as long as C by geometric mean, over the limit of {LIMIT}"
    for row, ratio in ratios.items():
        if ratio > ROW_LIMIT:
            yield f"{FAST} takes {ratio:.3f} times as long as C for {row}, over the limit of {ROW_LIMIT}"
    for row, times in figures.items():
        for peer in PEERS:
            if times[peer] < times[FAST]:
                yield f"{FAST} takes {times[FAST]:.1f} ns for {row}, {peer} {times[peer]:.1f}"
    if threads and threads[FAST] > THREADS_LIMIT and (os.cpu_count() or 1) > 1:
        yield f"two threads take {threads[FAST]:.2f} of the time of one, over the limit of {THREADS_LIMIT}"


def as_table(figures, ratios, means, threads) -> str:
    names = list(ratios)
    header = ["one call of the callable", f"{C} ns"]
    for name in names:
        header += [f"{name} ns", "ratio"]
    lines = []
    for row, times in figures.items():
        line = [row, f"{times[C]:.1f}"]
        for name in names:
            line += [f"{times[name]:.1f}", ratio_text(ratios[name][row])]
        lines.append(line)
    if lines:
        mean = ["geometric mean", ""]
        for name in names:
            mean += ["", ratio_text(means[name])]
        lines.append(mean)
    if threads:
        line = [THREADS, f"{threads[C]:.2f}"]
        for name in names:
            line += [f"{threads[name]:.2f}", ""]
        lines.append(line)
    return table(header, lines)


def as_json(figures, ratios, means, threads, reasons) -> str:
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "nanoseconds": figures,
        "ratios": ratios,
        "geometric_means": means,
        "two_threads": threads,
        "left_out": reasons,
    }
    return json.dumps(document, indent=2)


if __name__ == "__main__":
    sys.exit(main())

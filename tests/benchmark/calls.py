"""What a call costs: a Zig module beside hand-written C.

    python tests/benchmark/calls.py             the table
    python tests/benchmark/calls.py add opt     only the rows whose names begin so
    python tests/benchmark/calls.py --check     exit with 1 where ReleaseFast is too slow (see LIMIT)
    python tests/benchmark/calls.py --json      the same figures for programs

`twins/calls.c` and `twins/calls.zig` have the same functions. Both are first held against each other: the same
results, the same errors. Needs gcc and the headers of the running Python; exits with 2 without them.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from _bench import geometric_mean, least, loop, per_call, ratio_text, table
from _twins import C, FAST, SAFE, build, compare, load, started

#: How many times C's time ReleaseFast may take with --check: by geometric mean, and any one row.
LIMIT = 1.05
ROW_LIMIT = 1.20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: statements that call ``f``, the function ``function`` of a twin."""

    name: str
    function: str
    body: str
    names: Mapping[str, object]


ROWS = [
    Row(name="noop()", function="noop", body="f()", names={}),
    Row(name="add(int, int)", function="add", body="f(a, b)", names={"a": 40, "b": 2}),
    Row(name="addf(float, float)", function="addf", body="f(a, b)", names={"a": 0.5, "b": 0.25}),
    Row(name="greet(str)", function="greet", body="f(name)", names={"name": "World"}),
    Row(name="opt(int)", function="opt", body="f(x)", names={"x": 41}),
    Row(name="opt(None)", function="opt", body="f(x)", names={"x": None}),
    Row(name="keywords(1, 2, c=3)", function="keywords", body="f(1, 2, c=3)", names={}),
    Row(name="keywords(a=1, b=2, c=3)", function="keywords", body="f(a=1, b=2, c=3)", names={}),
    Row(name="sum_list(1000 ints)", function="sum_list", body="f(items)", names={"items": list(range(1000))}),
    Row(name="range_list(1000)", function="range_list", body="f(n)", names={"n": 1000}),
    Row(name="fail(), caught", function="fail", body="try:\n    f()\nexcept ValueError:\n    pass", names={}),
]


class Index:
    """Not an int, but usable as one."""

    def __index__(self) -> int:
        return 7


#: What both twins must do in the same way: expressions, two spaces between them, `m` is the twin.
EXPRESSIONS = """
m.noop()                    m.noop(1)                   m.noop(x=1)
m.add(40, 2)                m.add(-1, -1)               m.add(2**62, 2**62 - 1)     m.add(-2**63, 0)
m.add(1)                    m.add(1, 2, 3)              m.add(1, 1.5)               m.add('1', 2)
m.add(2**63, 0)             m.add(0, -2**63 - 1)        m.add(True, Index())        m.add(None, 1)
m.addf(0.5, 0.25)           m.addf(1, 2)                m.addf(-1.0, 0.0)           m.addf('1', 2)
m.addf(10**400, 1.0)        m.addf(1.0)                 m.addf(Index(), 1.0)        m.addf(None, 1.0)
m.greet('World')            m.greet('')                 m.greet('Zoë 木')           m.greet('x' * 5000)
m.greet('\\ud800')          m.greet(1)                  m.greet()                   m.greet(None)
m.opt(41)                   m.opt(None)                 m.opt(-2)                   m.opt('1')
m.opt(2**64)                m.opt()                     m.opt(1.0)
m.keywords(1, 2, 3)         m.keywords(1, 2, c=3)       m.keywords(c=3, b=2, a=1)   m.keywords(**{'a b'[0]: 1, 'b': 2, 'c': 3})
m.keywords(1, 2)            m.keywords(1, 2, 3, 4)      m.keywords(1, 2, 3, c=3)    m.keywords(1, 2, d=3)
m.keywords(1, 2, c='3')     m.keywords(a=1, c=3)        m.keywords()                m.keywords(1, b=2**64, c=0)
m.sum_list([])              m.sum_list([1, 2, 3])       m.sum_list((1, 2, 3))       m.sum_list(range(10))
m.sum_list([True, Index()]) m.sum_list([1, '2'])        m.sum_list([2**63])         m.sum_list([1.0])
m.sum_list('12')            m.sum_list(1)               m.sum_list({1, 2})          m.sum_list()
m.range_list(0)             m.range_list(1000)          m.range_list(-1)            m.range_list('1')
m.range_list(2**60)         m.range_list(Index())       m.range_list(1.0)           m.range_list(2**64)
m.fail()                    m.fail(1)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="only the rows whose names begin with one of these")
    parser.add_argument("--processes", type=int, default=6, help="how many processes measure, one after the other (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each variant has its turn in each process (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if {FAST} takes over {LIMIT} of C's time, or {ROW_LIMIT} in any row")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--measure", metavar="LIBRARIES", help=argparse.SUPPRESS)  # what the processes are started with
    options = parser.parse_args(arguments)
    rows = [row for row in ROWS if not options.rows or row.name.startswith(tuple(options.rows))]
    if not rows:
        parser.error(f"no row is called {' or '.join(options.rows)}; there are: {', '.join(row.name for row in ROWS)}")

    if options.measure:
        twins = {name: load("calls", name, library) for name, library in json.loads(options.measure)}
        print(json.dumps(measure(rows, twins, rounds=options.rounds)))
        return 0
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        libraries, reasons = build("calls", (C, FAST, SAFE), Path(folder))
        for reason in reasons.values():
            print(f"calls.py: {reason}", file=sys.stderr)
        if reasons:
            return 2
        if differences := list(compare({name: load("calls", name, library) for name, library in libraries.items()}, EXPRESSIONS, {"Index": Index})):
            print("\n".join(["calls.py: the twins differ:", *differences]), file=sys.stderr)
            return 1
        given = ["--rounds", str(options.rounds), "--", *options.rows]
        figures = least(started(__file__, libraries, turn, given) for turn in range(options.processes))

    ratios = {variant: {name: times[variant] / times[C] for name, times in figures.items()} for variant in (FAST, SAFE)}
    means = {variant: geometric_mean(of.values()) for variant, of in ratios.items()}
    print(as_json(figures, ratios, means) if options.json else as_table(figures, ratios, means))
    if not options.check:
        return 0
    failures = list(check(ratios[FAST], means[FAST]))
    print("\n".join(failures) or f"{FAST} is within its limits", file=sys.stderr)
    return 1 if failures else 0


def measure(rows: Sequence[Row], twins: Mapping[str, ModuleType], *, rounds: int) -> dict[str, dict[str, float]]:
    """Nanoseconds of one call: for each row, for each twin."""
    loops = {row.name: {name: loop(row.body, {"f": getattr(twin, row.function), **row.names}) for name, twin in twins.items()} for row in rows}
    return per_call(loops, rounds=rounds)


def check(ratios: Mapping[str, float], mean: float) -> Iterator[str]:
    """What is slower than it may be, as text."""
    if mean > LIMIT:
        yield f"{FAST} takes {mean:.3f} times as long as C by geometric mean, over the limit of {LIMIT}"
    for name, ratio in ratios.items():
        if ratio > ROW_LIMIT:
            yield f"{FAST} takes {ratio:.3f} times as long as C for {name}, over the limit of {ROW_LIMIT}"


def as_table(figures: Mapping[str, Mapping[str, float]], ratios: Mapping[str, Mapping[str, float]], means: Mapping[str, float]) -> str:
    header = ["call", f"{C} ns", f"{FAST} ns", "ratio", f"{SAFE} ns", "ratio"]
    lines = [
        [name, f"{times[C]:.1f}", f"{times[FAST]:.1f}", ratio_text(ratios[FAST][name]), f"{times[SAFE]:.1f}", ratio_text(ratios[SAFE][name])]
        for name, times in figures.items()
    ]
    return table(header, [*lines, ["geometric mean", "", "", ratio_text(means[FAST]), "", ratio_text(means[SAFE])]])


def as_json(figures: Mapping[str, Mapping[str, float]], ratios: Mapping[str, Mapping[str, float]], means: Mapping[str, float]) -> str:
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "nanoseconds": figures,
        "ratios": ratios,
        "geometric_means": means,
    }
    return json.dumps(document, indent=2)


if __name__ == "__main__":
    sys.exit(main())

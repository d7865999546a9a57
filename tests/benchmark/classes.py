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
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from _bench import geometric_mean, least, loop, per_call, ratio_text, table
from _twins import C, FAST, NANOBIND, NANOBIND_STABLE, PYBIND11, SAFE, build, compare, load, started

PEERS = (NANOBIND, NANOBIND_STABLE, PYBIND11)
#: How many times C's time ReleaseFast may take with --check: by geometric mean, and any one row.
LIMIT = 1.05
ROW_LIMIT = 1.25


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
        twins = {name: load("classes", name, library) for name, library in json.loads(options.measure)}
        print(json.dumps(measure(rows, twins, rounds=options.rounds)))
        return 0
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        libraries, reasons = build("classes", (C, FAST, SAFE, *PEERS), Path(folder))
        for name, reason in reasons.items():
            print(f"classes.py: {name} IS LEFT OUT: {reason}", file=sys.stderr)
        if {C, FAST, SAFE} & set(reasons):
            return 2
        twins = {name: load("classes", name, library) for name, library in libraries.items()}
        if differences := list(compare(twins, EXPRESSIONS, {"Index": Index, "put": put, "try_put": try_put, "count": count})):
            print("\n".join(["classes.py: the twins differ:", *differences]), file=sys.stderr)
            return 1
        sizes = {name: sys.getsizeof(twin.Vec2(1.0, 2.0)) for name, twin in twins.items()}
        given = ["--rounds", str(options.rounds), "--", *options.rows]
        figures = least(started(__file__, libraries, turn, given) for turn in range(options.processes))

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

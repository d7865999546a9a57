"""What data costs on its way: buffers, lists, dicts, callbacks and what is computed with them, in one run against all others.

    python tests/benchmark/data.py                  the table
    python tests/benchmark/data.py sum_ blur        only the rows whose names begin so
    python tests/benchmark/data.py --check          exit with 1 where ReleaseFast is over one of the limits below
    python tests/benchmark/data.py --json           the same figures for programs

The twins (`twins/data/`, `twins/data.c` and so on) have the same functions in Zig, in C with the Limited API, with nanobind (all of
CPython's API, and the stable ABI), with pybind11 and with Cython; NumPy and numba have those that make sense there. In Zig they are
several modules: what a module uses of the runtime, callables or the GIL for instance, each of its functions has a share in. All are
compiled for this very processor, and are first held against each other: the same results, an error where there is an error, in C and Zig
the same error. Needs NumPy, gcc and the headers of the running Python; exits with 2 without them. What else is missing is named and left out, and
with --check the exit is 2.

Conversions bring data in and out, callbacks call Python code for each item, kernels compute: they take arrays of NumPy as they are.
`two threads of one` is of another kind: the time of two threads that each call `primes` once, as part of that of one thread that calls it
twice; on a machine with a single core that is 1.

Where builds with all of CPython's API are ahead, they do what the Limited API has no way to do; the twin in C, which has the same
API as zigbind, is as far behind:

- `sum_list`: nanobind reads the items of a list, and the digits of small ints, where they lie; PyList_GetItem and PyLong_AsLongLong are
  two calls for each item. It takes about half the time.
- `range_list`: nanobind and pybind11 put items where the list has them, PyList_SetItem is a call, 1 of 14 ns for each item; the rest is
  the making and freeing of ints. pybind11 has no build without that. What nanobind does with the stable ABI is the same as here, step by
  step: a slice in memory, an int and a PyList_SetItem for each item; memoryview.tolist takes no fewer instructions.
- `dict_sum`: Cython reads the digits of small ints where they lie.
- callbacks: Cython takes and gives back references without a call, and reads and makes numbers in line.
"""

from __future__ import annotations

import argparse
import array
import json
import math
import os
import platform
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import perf_counter
from types import SimpleNamespace

from _bench import geometric_mean, interleave, least, loop, per_call, ratio_text, table
from _twins import C, CYTHON, FAST, NANOBIND, NANOBIND_STABLE, PYBIND11, SAFE, Unavailable, build, compare, load, package, started

NUMPY, NUMBA = "NumPy", "numba"
COMPILED = (C, FAST, SAFE, NANOBIND, NANOBIND_STABLE, PYBIND11, CYTHON)
CONVERSIONS, CALLBACKS, KERNELS = "conversions", "callbacks", "kernels"

#: How many times C's time ReleaseFast may take with --check: each kind of row by geometric mean, and any one row that is no kernel.
LIMIT = 1.05
ROW_LIMIT = 1.20
#: Those it must be ahead of in every row. Kernels are the same in all of them: there it may take NOISE times as long, and as long as numba.
AHEAD_OF = {CONVERSIONS: (NANOBIND_STABLE, PYBIND11), CALLBACKS: (NANOBIND, NANOBIND_STABLE, PYBIND11), KERNELS: (NANOBIND_STABLE, PYBIND11, NUMBA)}
NOISE = 1.05
#: Those with all of CPython's API, which it must be ahead of in the geometric mean of the conversions and callbacks.
FULL_API = (NANOBIND, CYTHON)
#: How much of the time of one thread two may take.
THREADS_LIMIT = 0.6

THREADS = "two threads of one"
PRIMES = 400_000
WORDS = Path(__file__).parents[2] / "examples" / "words" / "words.txt"
PAIRS = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a call of a function, with the names of `names_of`."""

    name: str
    kind: str
    body: str

    @property
    def function(self) -> str:
        return self.body.partition("(")[0]


ROWS = [
    Row("sum_buffer(array of 10)", CONVERSIONS, "sum_buffer(ten)"),
    Row("sum_buffer(ndarray of 10)", CONVERSIONS, "sum_buffer(np_ten)"),
    Row("sum_buffer(ndarray of 1000)", CONVERSIONS, "sum_buffer(thousand)"),
    Row("length(ndarray)", CONVERSIONS, "length(np_ten)"),
    Row("sum_list(1000 ints)", CONVERSIONS, "sum_list(ints)"),
    Row("range_list(1000)", CONVERSIONS, "range_list(1000)"),
    Row("dict_sum(100 ints)", CONVERSIONS, "dict_sum(table)"),
    Row("lambda i: i, 1,000,000 times", CALLBACKS, "sum_ints(same, 1_000_000)"),
    Row("method of an instance, 1000 times", CALLBACKS, "sum_ints(method, 1000)"),
    Row("abs, 1000 times", CALLBACKS, "sum_ints(abs, 1000)"),
    Row("lambda x: x * x, 1000 times", CALLBACKS, "integrate(square, 1000)"),
    Row("math.sqrt, 1000 times", CALLBACKS, "integrate(sqrt, 1000)"),
    Row("lambda x, i: x, 1000 times", CALLBACKS, "fold(first, 1000)"),
    Row("lambda t: t, text, 1000 times", CALLBACKS, "lengths(same, text, 1000)"),
    Row("saxpy of 1,000,000", KERNELS, "saxpy(0.5, x, y)"),
    Row("blur of 512 x 512", KERNELS, "blur(image, result)"),
    Row("levenshtein of 10,000 words", KERNELS, "levenshtein(words, others, distances)"),
    Row("n_body(5 bodies, 1000 steps)", KERNELS, "n_body(bodies, 1e-6, 1000)"),
]


class Scale:
    """Has a method to call."""

    def method(self, x):
        return x


def fails(*_):
    """A callback that raises."""
    raise KeyError("no")


def names_of(twin: object) -> dict[str, object]:
    """What the rows use, from one twin; no two share an array."""
    numpy = package("numpy")
    generator = numpy.random.default_rng(0)
    words, others = word_pairs()
    return {
        **{function: getattr(twin, function) for function in {row.function for row in ROWS} if hasattr(twin, function)},
        "ten": array.array("d", range(10)),
        "np_ten": numpy.arange(10.0),
        "thousand": numpy.arange(1000.0),
        "ints": list(range(1000)),
        "table": {f"key {number}": number for number in range(100)},
        "same": lambda x: x,
        "method": Scale().method,
        "abs": abs,
        "square": lambda x: x * x,
        "sqrt": math.sqrt,
        "first": lambda x, i: x,
        "text": "some text",
        "x": aligned(generator.random(1_000_000, "f4")),
        "y": aligned(numpy.zeros(1_000_000, "f4")),
        "image": aligned(generator.random((512, 512), "f4")),
        "result": aligned(numpy.zeros((512, 512), "f4")),
        "words": aligned(words),
        "others": aligned(others),
        "distances": aligned(numpy.zeros(PAIRS, "i8")),
        "bodies": aligned(solar_system()),
    }


def aligned(given):
    """A copy at the beginning of a page, so that all variants have the same."""
    numpy = package("numpy")
    memory = numpy.zeros(given.nbytes + 4096, "u1")
    start = -memory.ctypes.data % 4096
    copy = memory[start : start + given.nbytes].view(given.dtype).reshape(given.shape)
    copy[...] = given
    return copy


def word_pairs():
    """Words of a real list, and as many others, each a row of bytes."""
    numpy = package("numpy")
    known = WORDS.read_text(encoding="ascii").split()
    pick = random.Random(1)
    pairs = numpy.array([(pick.choice(known), pick.choice(known)) for _ in range(PAIRS)], "S")
    return tuple(numpy.ascontiguousarray(pairs[:, side]).view("u1").reshape(PAIRS, -1) for side in range(2))


def solar_system():
    """The sun and the four large planets: place, velocity in au per day, mass in that of the sun."""
    return package("numpy").array(
        [
            [0, 0, 0, 0, 0, 0, 1],
            [4.84143144e0, -1.16032004e0, -1.03622044e-1, 1.66007664e-3, 7.69901118e-3, -6.90460017e-5, 9.54791938e-4],
            [8.34336672e0, 4.12479856e0, -4.03523417e-1, -2.76742511e-3, 4.99852801e-3, 2.30417297e-5, 2.85885981e-4],
            [1.28943696e1, -1.51111514e1, -2.23307579e-1, 2.96460138e-3, 2.37847174e-3, -2.96589569e-5, 4.36624404e-5],
            [1.53796971e1, -2.59193146e1, 1.79258773e-1, 2.68067773e-3, 1.62824170e-3, -9.51592255e-5, 5.15138902e-5],
        ],
        "f8",
    )


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

    @numba.njit
    def size_of(word):
        size = 0
        while size < word.shape[0] and word[size] != 0:
            size += 1
        return size

    @numba.njit
    def levenshtein(words, others, distances):
        row = numpy.empty(words.shape[1] + 1, numpy.int64)
        for index in range(words.shape[0]):
            a, b = words[index], others[index]
            a_size, b_size = size_of(a), size_of(b)
            for column in range(b_size + 1):
                row[column] = column
            for line in range(a_size):
                diagonal = row[0]
                row[0] = line + 1
                for column in range(b_size):
                    exchanged = diagonal + (a[line] != b[column])
                    diagonal = row[column + 1]
                    row[column + 1] = min(exchanged, row[column] + 1, diagonal + 1)
            distances[index] = row[b_size]

    @numba.njit
    def n_body(bodies, dt, steps):
        count = bodies.shape[0]
        for _ in range(steps):
            for i in range(count):
                for j in range(i + 1, count):
                    dx = bodies[i, 0] - bodies[j, 0]
                    dy = bodies[i, 1] - bodies[j, 1]
                    dz = bodies[i, 2] - bodies[j, 2]
                    squared = dx * dx + dy * dy + dz * dz
                    pull = dt / (squared * math.sqrt(squared))
                    bodies[i, 3] -= dx * bodies[j, 6] * pull
                    bodies[i, 4] -= dy * bodies[j, 6] * pull
                    bodies[i, 5] -= dz * bodies[j, 6] * pull
                    bodies[j, 3] += dx * bodies[i, 6] * pull
                    bodies[j, 4] += dy * bodies[i, 6] * pull
                    bodies[j, 5] += dz * bodies[i, 6] * pull
            for i in range(count):
                for axis in range(3):
                    bodies[i, axis] += dt * bodies[i, 3 + axis]

    def sum_any(values):
        # numba knows no array.array.
        return sum_buffer(values if isinstance(values, numpy.ndarray) else numpy.frombuffer(values))

    return SimpleNamespace(sum_buffer=sum_any, length=length, saxpy=saxpy, blur=blur, levenshtein=levenshtein, n_body=n_body)


#: Those that need no library.
MADE: Mapping[str, Callable[[], object]] = {NUMPY: numpy_twin, NUMBA: numba_twin}

#: What all twins with a library must do in the same way.
EXPRESSIONS = """
m.dict_sum({})      m.dict_sum({'a': 1, 'b': 2})    m.dict_sum({1: -1})         m.dict_sum(dict(zip(range(1000), range(1000))))
m.dict_sum([])      m.dict_sum({'a': '1'})          m.dict_sum({'a': None})     m.dict_sum(None)    m.dict_sum({'a': 2**63})
m.dict_sum()        m.dict_sum({}, {})              m.dict_sum({'a': True})

m.sum_list([])      m.sum_list([1, 2, 3])           m.sum_list((1, 2, 3))       m.sum_list(range(10))
m.sum_list([True])  m.sum_list([1, '2'])            m.sum_list([2**63])         m.sum_list(1)       m.sum_list()

m.range_list(0)     m.range_list(10)    m.range_list(1000)      m.range_list(-1)            m.range_list('1')   m.range_list(2**64)

m.sum_buffer(numpy.arange(10.0))        m.sum_buffer(numpy.arange(0.0))     m.sum_buffer(array('d', [1, 2]))    m.length(numpy.ones(3))
m.sum_buffer([1.0])     m.sum_buffer(numpy.arange(10))      m.sum_buffer(numpy.ones((2, 2)))    m.sum_buffer(numpy.arange(10.0)[::2])
m.sum_buffer(None)      m.sum_buffer(b'12345678')           m.sum_buffer(numpy.ones(3, 'f4'))   m.sum_buffer(numpy.ones(3, '>f8'))
m.saxpy(1.0, numpy.ones(2, 'f4'), numpy.ones(3, 'f4'))      m.saxpy(1.0, numpy.ones(2, 'f4'), frozen(numpy.ones(2, 'f4')))
m.n_body(numpy.ones((2, 6)), 1.0, 1)    m.n_body(numpy.ones(7), 1.0, 1)     m.n_body(numpy.ones((2, 7)), 'x', 1)

m.sum_ints(same, 10)    m.sum_ints(abs, 10)     m.sum_ints(lambda i: -i, 10)    m.sum_ints(lambda i: 2**62, 10)
m.sum_ints(lambda i: True, 10)  m.sum_ints(lambda i: '1', 10)   m.sum_ints(lambda i: None, 10)      m.sum_ints(lambda i: 2**63, 10)
m.sum_ints(fails, 10)   m.sum_ints(3, 10)       m.sum_ints(None, 10)    m.sum_ints()    m.sum_ints(abs)     m.sum_ints(abs, 1, 2)
m.sum_ints(abs, 'x')    m.integrate(same, 10)   m.integrate(sqrt, 10)   m.integrate(lambda x: 1, 10)        m.integrate(lambda x: '1', 10)
m.integrate(fails, 10)  m.integrate(3, 10)      m.fold(lambda x, i: x * i, 10)      m.fold(lambda x, i: i, 10)
m.fold(same, 10)        m.fold(lambda x, i: None, 10)       m.fold(fails, 10)       m.fold('x', 10)     m.lengths(str.upper, 'größe', 10)
m.lengths(lambda t: t * 100, 'größe', 10)       m.lengths(lambda t: '', 'größe', 10)    m.lengths(lambda t: 3, 'größe', 10)
m.lengths(fails, 'größe', 10)   m.lengths(3, 'größe', 10)   m.primes(0)     m.primes(3)     m.primes(1000)      m.primes('x')   m.primes(None)
"""


def frozen(values):
    """An array that cannot be changed."""
    values.flags.writeable = False
    return values


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rows", nargs="*", help="only the rows whose names begin with one of these")
    parser.add_argument("--processes", type=int, default=8, help="how many processes measure, one after the other (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="how often each variant has its turn in each process (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if {FAST} is over a limit: {LIMIT} of C's time by kind of row, for instance")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--measure", metavar="LIBRARIES", help=argparse.SUPPRESS)  # what the processes are started with
    options = parser.parse_args(arguments)
    names = [*(row.name for row in ROWS), THREADS]
    wanted = [name for name in names if not options.rows or name.startswith(tuple(options.rows))]
    if not wanted:
        parser.error(f"no row is called {' or '.join(options.rows)}; there are: {', '.join(names)}")

    if options.measure:
        print(json.dumps(measure(wanted, dict(json.loads(options.measure)), rounds=options.rounds)))
        return 0
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        libraries, reasons = build("data", COMPILED, Path(folder), native=True)
        for name in MADE:
            try:
                package(name.lower())
                libraries[name] = ""
            except Unavailable as error:
                reasons[name] = str(error)
        for name, reason in reasons.items():
            print(f"data.py: {name} IS LEFT OUT: {reason}", file=sys.stderr)
        if {C, FAST, SAFE, NUMPY} & set(reasons):
            return 2
        if differences := list(differing(twins_of(libraries))):
            print("\n".join(["data.py: the twins differ:", *differences]), file=sys.stderr)
            return 1
        given = ["--rounds", str(options.rounds), "--", *options.rows]
        figures = least(started(__file__, libraries, turn, given) for turn in range(options.processes))

    figures = {row: {name: times[name] for name in libraries if name in times} for row, times in figures.items()}
    threads = figures.pop(THREADS, {})
    print(as_json(figures, threads, reasons) if options.json else as_table(figures, threads))
    if not options.check:
        return 0
    if reasons:
        print(f"nothing is checked without {' and '.join(reasons)}", file=sys.stderr)
        return 2
    failures = list(check(figures, threads))
    print("\n".join(failures) or f"{FAST} is within its limits", file=sys.stderr)
    return 1 if failures else 0


def twins_of(libraries: Mapping[str, str]) -> dict[str, object]:
    return {name: MADE[name]() if name in MADE else load("data", name, library, native=True) for name, library in libraries.items()}


def differing(twins: Mapping[str, object]) -> Iterator[str]:
    """What the twins do not do alike, as text."""
    numpy = package("numpy")
    callables = {"same": lambda x: x, "sqrt": math.sqrt, "fails": fails}
    known = {"numpy": numpy, "array": array.array, "frozen": frozen, **callables}
    yield from compare({name: twin for name, twin in twins.items() if name not in MADE}, EXPRESSIONS, known)
    results = {}
    for name, twin in twins.items():
        names = names_of(twin)
        results[name] = {}
        for row in ROWS:
            if row.kind == KERNELS and hasattr(twin, row.function):
                eval(row.body, names)
        results[name] = [names[changed] for changed in ("y", "result", "distances", "bodies")]
        results[name].append(twin.sum_buffer(names["ten"]))
        for index, (mine, theirs) in enumerate(zip(results[name], results[C], strict=True)):
            if not (name == NUMPY and index in (2, 3)) and not numpy.allclose(mine, theirs, rtol=1e-4):
                yield f"  {name}, result {index}"


def measure(wanted: Sequence[str], libraries: Mapping[str, str], *, rounds: int) -> dict[str, dict[str, float]]:
    """Nanoseconds of one execution: for each row, for each twin. And what two threads take of one's time."""
    twins = twins_of(libraries)
    rows = {}
    for row in ROWS:
        if row.name in wanted:
            rows[row.name] = {name: loop(row.body, used(row.body, names_of(twin))) for name, twin in twins.items() if hasattr(twin, row.function)}
    figures = per_call(rows, rounds=rounds)
    if THREADS in wanted:
        runs = {}
        for name, twin in twins.items():
            if hasattr(twin, "primes"):
                runs |= {(name, 1): one_thread(twin.primes), (name, 2): two_threads(twin.primes)}
        best = interleave(runs, rounds=max(1, rounds // 3))
        figures[THREADS] = {name: best[name, 2] / best[name, 1] for name, threads in runs if threads == 1}
    return figures


def used(body: str, names: Mapping[str, object]) -> dict[str, object]:
    """The names that occur in a row's body."""
    words = set(compile(body, "row", "eval").co_names)
    return {name: value for name, value in names.items() if name in words}


def one_thread(primes: Callable[[int], int]) -> Callable[[], float]:
    def run() -> float:
        start = perf_counter()
        primes(PRIMES)
        primes(PRIMES)
        return perf_counter() - start

    return run


def two_threads(primes: Callable[[int], int]) -> Callable[[], float]:
    def run() -> float:
        threads = [Thread(target=primes, args=(PRIMES,)) for _ in range(2)]
        start = perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return perf_counter() - start

    return run


Figures = Mapping[str, Mapping[str, float]]


def kind_of(name: str) -> str:
    return next(row.kind for row in ROWS if row.name == name)


def ratios(figures: Figures, name: str, kinds: Sequence[str], to: str = C) -> dict[str, float]:
    """How many times the time of another one takes, in the rows of some kinds that both have."""
    return {row: times[name] / times[to] for row, times in figures.items() if kind_of(row) in kinds and name in times and to in times}


def check(figures: Figures, threads: Mapping[str, float]) -> Iterator[str]:
    """What is slower than it may be, as text."""
    for kind, peers in AHEAD_OF.items():
        of = ratios(figures, FAST, [kind])
        if of and geometric_mean(of.values()) > LIMIT:
            yield f"{FAST} takes {geometric_mean(of.values()):.3f} times as long as C in {kind}, over the limit of {LIMIT}"
        for row, ratio in of.items():
            if kind != KERNELS and ratio > ROW_LIMIT:
                yield f"{FAST} takes {ratio:.3f} times as long as C for {row}, over the limit of {ROW_LIMIT}"
        for peer in peers:
            for row, ratio in ratios(figures, FAST, [kind], peer).items():
                if ratio > (NOISE if kind == KERNELS else 1):
                    yield f"{FAST} takes {ratio:.3f} times as long as {peer} for {row}"
    for peer in FULL_API:
        of = ratios(figures, FAST, (CONVERSIONS, CALLBACKS), peer)
        if of and geometric_mean(of.values()) > 1:
            yield f"{FAST} takes {geometric_mean(of.values()):.3f} times as long as {peer} in conversions and callbacks"
    if threads and threads[FAST] > THREADS_LIMIT and (os.cpu_count() or 1) > 1:
        yield f"two threads take {threads[FAST]:.2f} of the time of one, over the limit of {THREADS_LIMIT}"


def as_table(figures: Figures, threads: Mapping[str, float]) -> str:
    """Times, each with its ratio to C's; below it the rows in which zigbind is behind."""
    names = [name for name in (*COMPILED, *MADE) if any(name in times for times in figures.values()) or name in threads]
    lines = []
    for kind in AHEAD_OF:
        of_kind = [row for row in figures if kind_of(row) == kind]
        for row in of_kind:
            times = figures[row]
            lines.append([row, *(f"{times[name]:,.0f} ({ratio_text(times[name] / times[C])})" if name in times else "" for name in names)])
        means = [ratios(figures, name, [kind]) for name in names]
        if of_kind:
            lines.append([f"{kind}, geometric mean", *(ratio_text(geometric_mean(of.values())) if len(of) == len(of_kind) else "" for of in means)])
    if threads:
        lines.append([THREADS, *(ratio_text(threads[name]) if name in threads else "" for name in names)])
    text = [table(["ns (times C)", *names], lines)]
    for peer in (NANOBIND, NANOBIND_STABLE, PYBIND11, CYTHON, NUMBA):
        if of := ratios(figures, FAST, list(AHEAD_OF), peer):
            behind = [f"{row} ({ratio:.3f})" for row, ratio in of.items() if ratio > 1]
            text.append(f"{FAST} takes {geometric_mean(of.values()):.2f} of {peer}'s time; " + (f"behind in: {', '.join(behind)}" if behind else "ahead in every row"))
    return "\n".join(text)


def as_json(figures: Figures, threads: Mapping[str, float], reasons: Mapping[str, str]) -> str:
    document = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "nanoseconds": figures,
        "ratios_to_c": {row: {name: time / times[C] for name, time in times.items()} for row, times in figures.items()},
        "two_threads": threads,
        "left_out": reasons,
    }
    return json.dumps(document, indent=2)


if __name__ == "__main__":
    sys.exit(main())

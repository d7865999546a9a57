"""What the benchmarks share: timing variants side by side, means, tables.

The machine is never quiet, so every figure is the minimum over rounds, and the variants take turns within a
round: whatever slows the machine down for a while slows all of them down. Where code and data happen to lie in memory
makes a difference too, for as long as the process lives: nanoseconds are the minimum over processes as well.
"""

from __future__ import annotations

import gc
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import repeat
from time import perf_counter
from typing import TypeVar

__all__ = ["geometric_mean", "interleave", "least", "loop", "per_call", "ratio_text", "stopwatch", "table"]

Key = TypeVar("Key")

# What a user's second run finds compiled, a run of a benchmark finds compiled too.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def stopwatch(function: Callable[[], object]) -> Callable[[], float]:
    """``function`` as one that returns how long it took, in seconds."""

    def timed() -> float:
        start = perf_counter()
        function()
        return perf_counter() - start

    return timed


def interleave(runs: Mapping[Key, Callable[[], float]], *, rounds: int) -> dict[Key, float]:
    """The least of what each of ``runs`` returned, when they take turns for so many rounds."""
    best = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            best[name] = min(best[name], run())
    return best


def loop(body: str, names: Mapping[str, object]) -> Callable[[int], float]:
    """A function that runs the statements of ``body`` so many times and returns the seconds that took.

    ``names`` are what ``body`` uses: local variables of the function, as cheap to read as any. Each function has
    bytecode of its own, so that what the interpreter learns from one variant is not used for another.
    """
    source = (
        f"def run(count, {', '.join(f'{name}={name}' for name in names)}):\n"
        "    iterator = repeat(None, count)\n"
        "    start = perf_counter()\n"
        "    for _ in iterator:\n"
        + "".join(f"        {line}\n" for line in body.splitlines())
        + "    return perf_counter() - start\n"
    )
    namespace = dict(names, repeat=repeat, perf_counter=perf_counter)
    exec(compile(source, f"<loop of {body!r}>", "exec"), namespace)
    return namespace["run"]  # type: ignore[return-value]


def per_call(rows: Mapping[str, Mapping[str, Callable[[int], float]]], *, rounds: int, seconds: float = 0.003) -> dict[str, dict[str, float]]:
    """Nanoseconds for one execution of each loop's body: for each row, for each variant.

    One turn of one loop takes about ``seconds``. The rows take turns too, so that each has its share of the machine's
    good moments. What a loop costs without its body is measured in the same rounds and taken off.
    """
    empty = loop("pass", {})
    runs, counts = {}, {}
    for row, loops in rows.items():
        counts[row] = count = calibrate(next(iter(loops.values())), seconds=seconds)
        runs |= {(row, variant): partial(run, count) for variant, run in loops.items()}
        runs[row, None] = partial(empty, count)
    enabled = gc.isenabled()
    gc.disable()
    try:
        seconds_of = interleave(runs, rounds=rounds)
    finally:
        if enabled:
            gc.enable()

    def nanoseconds(row: str, variant: str) -> float:
        return (seconds_of[row, variant] - seconds_of[row, None]) / counts[row] * 1e9

    return {row: {variant: nanoseconds(row, variant) for variant in loops} for row, loops in rows.items()}


def least(figures: Iterable[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, float]]:
    """The least of each figure in what several processes returned from `per_call`."""
    first, *others = figures
    return {row: {variant: min(of[row][variant] for of in (first, *others)) for variant in variants} for row, variants in first.items()}


def calibrate(run: Callable[[int], float], *, seconds: float) -> int:
    """How many times ``run`` loops in about ``seconds``."""
    count = 1
    while (taken := run(count)) < seconds / 10:
        count *= 4
    return max(1, round(count * seconds / taken))


def geometric_mean(values: Iterable[float]) -> float:
    """The mean to use for ratios: it does not matter which of the two was divided by which."""
    logarithms = [math.log(value) for value in values]
    return math.exp(math.fsum(logarithms) / len(logarithms))


def ratio_text(ratio: float) -> str:
    return f"{ratio:.2f}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows of text as aligned columns: the first to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    ruler = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(cell.rjust(width) if index else cell.ljust(width) for index, (cell, width) in enumerate(zip(line, widths, strict=True)))
        for line in (lines[0], ruler, *lines[1:])
    )

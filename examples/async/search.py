"""Zig computes in threads, the event loop goes on: `uv run examples/async/search.py`."""

import asyncio
import itertools
import sys
import threading

import zigbind.auto  # noqa: F401  before primes, which is compiled on import
import primes

RANGES = [(0, 1_000_000), (1_000_000, 2_000_000)]


class Cancelled(Exception):
    """A search was given up."""


async def heartbeat(beats: list[int]) -> None:
    """Counts how often the event loop had its turn."""
    while True:
        beats[0] += 1
        await asyncio.sleep(0.001)


async def search() -> None:
    beats = [0]
    heart = asyncio.create_task(heartbeat(beats))
    await asyncio.sleep(0)

    # Two searches at once, each in a thread; neither holds the GIL while it computes.
    steps: list[float] = []
    found = await asyncio.gather(*(asyncio.to_thread(primes.count, *limits, progress=steps.append) for limits in RANGES))
    for (first, last), count in zip(RANGES, found, strict=True):
        print(f"{count} primes from {first} to {last}")
    print(f"{len(steps)} steps were reported")
    if beats[0] < 3:
        sys.exit(f"the event loop stood still: {beats[0]} beats")
    print("the event loop went on")

    # A callback that raises ends a search: its exception arrives as it is.
    given_up = threading.Event()

    def progress(done: float) -> None:
        if given_up.is_set():
            raise Cancelled(f"given up at {done:.1%}")

    task = asyncio.create_task(asyncio.to_thread(primes.count, 0, 10**9, progress=progress, steps=1_000_000))
    await asyncio.sleep(0.05)
    given_up.set()
    try:
        await task
    except Cancelled:
        print("the long search was given up")
    heart.cancel()

    print(*itertools.islice(primes.primes(10**9), 3))


asyncio.run(search())

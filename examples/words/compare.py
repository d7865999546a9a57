"""Words of a real list in Zig and in pure Python, and how long each takes: `uv run examples/words/compare.py`.

Exit status: 0; 1 if the two disagree.
"""

import random
import sys
import time
from pathlib import Path

import zigbind.auto  # noqa: F401  before words, which is compiled on import

import pywords
import words

LIST = Path(__file__).with_name("words.txt")
PAIRS = 10_000
#: How often each of them does it: the best time counts.
ROUNDS = 3


def main():
    known = LIST.read_text(encoding="ascii").split()
    pick = random.Random(1)
    pairs = [(pick.choice(known), pick.choice(known)) for _ in range(PAIRS)]
    tasks = [
        ("letters", (known,)),
        ("anagrams", (known,)),
        ("distances", (pairs,)),
        ("nearest", ("wodrs", known)),
        ("unknown", (["zig", *known[::7], "pyhton"], set(known))),
    ]
    print(f"{len(known):,} words, {PAIRS:,} pairs of them\n\ntask         Zig ms  Python ms  ratio\n-----------  ------  ---------  -----")
    for name, arguments in tasks:
        ours, zig_seconds = timed(getattr(words, name), arguments)
        theirs, python_seconds = timed(getattr(pywords, name), arguments)
        if (list(ours) if name == "nearest" else ours) != (list(theirs) if name == "nearest" else theirs):
            print(f"compare.py: {name} differs", file=sys.stderr)
            return 1
        print(f"{name:11}  {zig_seconds * 1e3:6.2f}  {python_seconds * 1e3:9.2f}  {python_seconds / zig_seconds:5.1f}")
    best = max(words.anagrams(known).values(), key=len)
    print(f"\nMost anagrams: {', '.join(best)}.\nNearest to 'wodrs': {', '.join(words.nearest('wodrs', known)[0][:8])} ...")
    return 0


def timed(function, arguments):
    """What a function returns, and the least seconds it takes."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = function(*arguments)
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


if __name__ == "__main__":
    sys.exit(main())

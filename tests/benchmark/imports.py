"""What imports cost: cold, warm, unrelated, in memory and on disk.

    python tests/benchmark/imports.py            the table
    python tests/benchmark/imports.py --check    exit with 1 where a ratio is over its limit
    python tests/benchmark/imports.py --json     the same figures for programs

Each figure is a ratio to what the same thing costs without zigbind, measured in turns: a compile to bare
``zig build-lib`` of the same root file with the same flags, a warm import to the standard loader's of the same
library, and so on. Seconds are least or median values over rounds, as the rows say.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from _bench import ratio_text, table

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # where zigbind is not installed: the one of this checkout
from zigbind import builder, cache, compiler, recipe, settings, target, toolchain  # noqa: E402

HELLO = ROOT / "examples" / "hello" / "hello.zig"

#: Scripts that print seconds: of `import zigbind.auto` and of `import hello` after it.
WITH_HOOK = "from time import perf_counter as t; a = t(); import zigbind.auto; b = t(); import hello; c = t(); print(b - a, c - b)"
WITHOUT_HOOK = "from time import perf_counter as t; b = t(); import hello; c = t(); print(0, c - b)"
RESIDENT = "import gc; gc.collect(); print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS')][0])"
UNRELATED = """
import sys, timeit
from importlib.machinery import PathFinder
if {hook}: import zigbind.auto
PathFinder.find_spec('no_such_module')
print(min(timeit.repeat(lambda: PathFinder.find_spec('no_such_module'), number=2000, repeat=7)) / 2000)
"""


class Row(NamedTuple):
    """A line of the table. ``limit`` is for the ratio of ``value`` to ``base``, or for ``value`` where there is no base."""

    name: str
    unit: str
    value: float
    base: float | None
    limit: float | None

    @property
    def ratio(self) -> float:
        return self.value / self.base if self.base else self.value

    @property
    def is_over(self) -> bool:
        return self.limit is not None and self.ratio > self.limit


class Bench:
    """A project with a copy of hello, a cache of its own, and processes that use them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.project = folder / "project"
        self.plain = folder / "plain"
        self.cache = folder / "cache"
        for directory in (self.project, self.plain):
            directory.mkdir()
        self.interpreter = install(folder / "venv")
        self.source = self.project / "hello.zig"
        shutil.copy(HELLO, self.source)
        self.edits = 0

    def python(self, code: str, *, directory: Path | None = None, cache_dir: Path | None = None) -> list[float]:
        """The numbers that a script prints, in a new interpreter. It lies beside the module, as a user's would."""
        script = (directory or self.project) / "main.py"
        if not script.exists() or script.read_text() != code:
            script.write_text(code)
        env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder),
            "ZIGBIND_CACHE_DIR": str(cache_dir or self.cache),
            "ZIGBIND_QUIET": "1",
        }
        done = subprocess.run([self.interpreter, script], env=env, cwd=self.folder, stdout=subprocess.PIPE, text=True, check=True)
        return [float(word) for word in done.stdout.split()]

    def edit(self) -> None:
        """Another content, another result: nothing is cached of it."""
        self.edits += 1
        self.source.write_text(HELLO.read_text().replace("a + b", f"a + b + {self.edits}"))

    def recipe(self) -> tuple[recipe.Recipe, cache.Cache, str]:
        """How hello is built, where, and its root file."""
        opened = cache.open_cache(str(self.cache))
        found = toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of)
        source = recipe.Source(name="hello", path=str(self.source), root=str(self.project))
        made = recipe.make(source=source, target=target.host(), toolchain=found, settings=settings.Settings(), runtime="", environ={})
        return made, opened, builder._root_text(made, builder._summarize(made, opened))

    def bare(self, zig_cache: Path) -> float:
        """Seconds of plain ``zig build-lib`` with the root file and the flags that zigbind uses."""
        made, opened, text = self.recipe()
        with opened.stage() as stage:
            Path(stage, "root.zig").write_text(text)
            Path(stage, compiler.TOP).symlink_to(self.project)
            command = [made.toolchain.path, *compiler.arguments(made, ("-fno-compiler-rt",)), "-femit-bin=hello.so"]
            started = time.perf_counter()
            subprocess.run([*command, "--cache-dir", "local", "--global-cache-dir", str(zig_cache)], cwd=stage, check=True)
            return time.perf_counter() - started


def install(folder: Path) -> Path:
    """The interpreter of a new environment with zigbind in it, as an installer would put it there."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([interpreter, "-c", where], stdout=subprocess.PIPE, text=True, check=True).stdout.strip())
    shutil.copytree(ROOT / "zigbind", packages / "zigbind", ignore=shutil.ignore_patterns("__pycache__"))
    found = toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of)
    (packages / "ziglang").symlink_to(Path(found.path).parent, target_is_directory=True)
    return interpreter


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often each variant has its turn (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a ratio is over its limit")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        rows = list(measure(Bench(Path(folder)), options.rounds))
    if options.json:
        print(json.dumps([row._asdict() | {"ratio": row.ratio} for row in rows], indent=2))
    else:
        print(table(("what", "unit", "zigbind", "without", "ratio", "limit"), [as_text(row) for row in rows]))
    over = [row.name for row in rows if row.is_over]
    if options.check:
        print(f"over their limits: {', '.join(over)}" if over else "all within their limits", file=sys.stderr)
    return 1 if over and options.check else 0


def as_text(row: Row) -> tuple[str, ...]:
    digits = 0 if row.unit in ("KB", "bytes") else 2
    base = "" if row.base is None else f"{row.base:.{digits}f}"
    ratio = "" if row.base is None else ratio_text(row.ratio)
    return row.name, row.unit, f"{row.value:.{digits}f}", base, ratio, "" if row.limit is None else f"{row.limit:g}"


def measure(bench: Bench, rounds: int) -> Iterator[Row]:
    bench.python(WITH_HOOK)  # fills the caches, compiles the bytecode
    yield from cold(bench, rounds)
    yield from empty(bench, max(2, rounds // 5))
    artifact = settle(bench)
    yield from warm(bench, rounds, artifact)
    yield unrelated(bench, rounds)
    yield from sizes(bench, rounds, artifact)


def turns(rounds: int, *runs: Callable[[], float]) -> list[list[float]]:
    """What each run returned, when they take turns."""
    results: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for result, run in zip(results, runs, strict=True):
            result.append(run())
    return results


def cold(bench: Bench, rounds: int) -> Iterator[Row]:
    def imported() -> float:
        bench.edit()
        return bench.python(WITH_HOOK)[1]

    zig_cache = next(bench.cache.glob("zig-*"))
    ours, bare = turns(rounds, imported, lambda: bench.bare(zig_cache))
    yield Row("edit to imported, new process (median)", "ms", 1e3 * statistics.median(ours), 1e3 * statistics.median(bare), 1.5)
    yield Row("edit to imported, new process (least)", "ms", 1e3 * min(ours), 1e3 * min(bare), 1.5)


def empty(bench: Bench, rounds: int) -> Iterator[Row]:
    """Every cache empty, zig's own too."""
    counter = iter(range(100))

    def imported() -> float:
        return bench.python(WITH_HOOK, cache_dir=bench.folder / f"empty-{next(counter)}")[1]

    ours, bare = turns(rounds, imported, lambda: bench.bare(bench.folder / f"empty-{next(counter)}"))
    yield Row("first import, all caches empty (median)", "ms", 1e3 * statistics.median(ours), 1e3 * statistics.median(bare), 4)
    first = bench.folder / "empty-0"
    built = sum("compiler_rt" in path.name for path in first.rglob("*"))
    yield Row("builds of compiler_rt in it", "files", built, None, 0)


def settle(bench: Bench) -> Path:
    """The artifact of hello, with a manifest that can be trusted."""
    shutil.copy(HELLO, bench.source)
    time.sleep(0.3)
    bench.python(WITH_HOOK)
    newest = max((bench.cache / "artifacts").glob("hello-*"), key=lambda path: path.stat().st_mtime_ns)
    shutil.copy(newest, bench.plain / "hello.abi3.so")
    return newest


def warm(bench: Bench, rounds: int, artifact: Path) -> Iterator[Row]:
    auto: list[float] = []

    def imported() -> float:
        hook, module = bench.python(WITH_HOOK)
        auto.append(hook)
        return module

    def started() -> float:
        begin = time.perf_counter()
        bench.python("pass")
        return time.perf_counter() - begin

    ours, standard, start = turns(
        4 * rounds,
        imported,
        lambda: bench.python(WITHOUT_HOOK, directory=bench.plain)[1],
        started,
    )
    yield Row("warm import (median)", "ms", 1e3 * statistics.median(ours), 1e3 * statistics.median(standard), 1.5)
    yield Row("warm import (least)", "ms", 1e3 * min(ours), 1e3 * min(standard), 1.5)
    yield Row("import zigbind.auto, of an interpreter's start (median)", "ms", 1e3 * statistics.median(auto), 1e3 * statistics.median(start), 0.08)
    yield Row("import zigbind.auto, of an interpreter's start (least)", "ms", 1e3 * min(auto), 1e3 * min(start), 0.08)


def unrelated(bench: Bench, rounds: int) -> Row:
    """A failed look-up along sys.path, with the hook and without: what the hook adds."""
    with_hook, without = turns(max(3, rounds // 3), *(lambda hook=hook: bench.python(UNRELATED.format(hook=hook))[0] for hook in (True, False)))
    return Row("unrelated import: added to PathFinder's own cost", "us", 1e6 * (min(with_hook) - min(without)), 1e6 * min(without), 0.25)


def sizes(bench: Bench, rounds: int, artifact: Path) -> Iterator[Row]:
    yield Row("size of hello, ReleaseSafe", "bytes", artifact.stat().st_size, None, 12 * 1024)
    if sys.platform == "linux":
        ours, standard = turns(
            rounds,
            lambda: bench.python("import zigbind.auto, hello; " + RESIDENT)[0],
            lambda: bench.python("import hello; " + RESIDENT, directory=bench.plain)[0],
        )
        added = statistics.median(ours) - statistics.median(standard)
        yield Row("memory of hook, manifest and hello, added to the standard loader's", "KB", added, None, 300)
    peak = peak_of_compiler(bench)
    if peak:
        yield Row("peak memory of the compiler", "KB", peak / 1024, None, None)


def peak_of_compiler(bench: Bench) -> int:
    made, opened, root = bench.recipe()
    with opened.stage() as stage:
        return compiler.run(made, root=root, stage=stage, zig_cache=opened.zig_cache(made.toolchain.version)).peak_bytes


if __name__ == "__main__":
    sys.exit(main())

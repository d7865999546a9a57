"""What a large module costs: 300 classes with 10 methods each, compiled and imported.

    python tests/benchmark/large.py                 the table
    python tests/benchmark/large.py --check         exit with 1 where a ratio is over its limit
    python tests/benchmark/large.py --classes 100   the largest of the modules (the others have a half and a quarter of that)
    python tests/benchmark/large.py --source        print the largest module's Zig source and do nothing else
    python tests/benchmark/large.py --json          the same figures for programs

The compile is compared with the least that the compiler could do: ``zig build-lib`` of the same source, with the same flags,
behind a root file that exports one plain C function for each method and reads and writes every field. Both take turns, in
Debug, with the caches of zig filled. Imports are timed in new processes by the standard loader: seconds of one module
must grow as its classes do.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from _bench import interleave, ratio_text, table

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # where zigbind is not installed: the one of this checkout
from zigbind import builder, cache, compiler, recipe, settings, target, toolchain  # noqa: E402

CLASSES = 300
COMPILE_LIMIT = 3.0
#: What one class costs an import of the largest module, to what it costs one of the smallest.
IMPORT_LIMIT = 1.25

IMPORTED = """
import sys, time
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
loader = ExtensionFileLoader("large", sys.argv[1])
spec = spec_from_file_location("large", sys.argv[1], loader=loader)
started = time.perf_counter()
module = module_from_spec(spec)
loader.exec_module(module)
print(time.perf_counter() - started)
"""
#: What the module must be able to do, so that none of its classes was left out.
USED = """
import sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
loader = ExtensionFileLoader("large", sys.argv[1])
module = module_from_spec(spec_from_file_location("large", sys.argv[1], loader=loader))
loader.exec_module(module)
for number in range(int(sys.argv[2])):
    Class = getattr(module, f"Part{number}")
    assert Class.__doc__ == f"Part number {number}.", Class.__doc__
    part = Class(1, name="x")
    assert (part.count, part.weight, part.name, part.is_ready) == (1, number + 0.5, "x", False)
    part.add(number, times=2)
    assert part.count == 1 + 2 * number == part.total(0) and len(part) == 2
    assert part == part.merged(Class(0)) and part != Class(0) and repr(part).startswith(f"Part{number}(")
    methods = [name for name in vars(Class) if callable(getattr(Class, name)) and getattr(Class, name).__doc__ == "What it does."]
    assert len(methods) == 8, methods
"""


def source_of(count: int) -> str:
    """A module of so many classes: 4 fields, 8 methods with names and 2 for operators each, all but these with docs."""
    return "//! A large module.\n" + "".join(class_of(number) for number in range(count))


def class_of(number: int) -> str:
    return f"""
/// Part number {number}.
pub const Part{number} = struct {{
    /// How many there are.
    count: i64,
    /// In kilograms.
    weight: f64 = {number}.5,
    /// What people call it.
    name: []const u8 = "part",
    /// Whether it can be used.
    is_ready: bool = false,

    /// What it does.
    pub fn add(self: *Part{number}, amount: i64, times: i64) void {{
        self.count += amount * times;
    }}
    /// What it does.
    pub fn total(self: *const Part{number}, offset: i64) i64 {{
        return self.count + offset;
    }}
    /// What it does.
    pub fn weightOf(self: Part{number}, amount: i64) f64 {{
        return self.weight * @as(f64, @floatFromInt(amount));
    }}
    /// What it does.
    pub fn scale(self: *Part{number}, factor: f64) !void {{
        if (factor < 0) return error.Negative;
        self.weight *= factor;
    }}
    /// What it does.
    pub fn isNamed(self: *const Part{number}, name: []const u8) bool {{
        return self.name.len == name.len and (name.len == 0 or self.name[0] == name[0]);
    }}
    /// What it does.
    pub fn firstByte(self: *const Part{number}) ?u8 {{
        return if (self.name.len == 0) null else self.name[0];
    }}
    /// What it does.
    pub fn merged(self: Part{number}, other: Part{number}) Part{number} {{
        return .{{ .count = self.count + other.count, .weight = self.weight, .name = self.name, .is_ready = self.is_ready or other.is_ready }};
    }}
    /// What it does.
    pub fn numbered(count: i64, is_ready: bool) Part{number} {{
        return .{{ .count = count, .is_ready = is_ready }};
    }}
    pub fn __eq__(self: *const Part{number}, other: *const Part{number}) bool {{
        return self.count == other.count and self.weight == other.weight;
    }}
    pub fn __len__(self: *const Part{number}) usize {{
        return self.name.len + 1;
    }}
}};
"""


def floor_of(count: int) -> str:
    """A root file that calls every method and reads and writes every field of the same classes, without zigbind."""
    return f'const large = @import("{compiler.TOP}/large.zig");\n' + "".join(exports_of(number) for number in range(count))


def exports_of(number: int) -> str:
    part = f"large.Part{number}"
    scalars = (("count", "i64"), ("weight", "f64"), ("is_ready", "bool"))
    fields = "".join(
        f"export fn get_{field}{number}(self: *{part}) {kind} {{ return self.{field}; }}\n"
        f"export fn set_{field}{number}(self: *{part}, value: {kind}) void {{ self.{field} = value; }}\n"
        for field, kind in scalars
    )
    return f"""
export fn init{number}(self: *{part}, count: i64, weight: f64, name: [*]const u8, len: usize, is_ready: bool) void {{
    self.* = .{{ .count = count, .weight = weight, .name = name[0..len], .is_ready = is_ready }};
}}
{fields}export fn get_name{number}(self: *{part}, len: *usize) [*]const u8 {{ len.* = self.name.len; return self.name.ptr; }}
export fn set_name{number}(self: *{part}, name: [*]const u8, len: usize) void {{ self.name = name[0..len]; }}
export fn add{number}(self: *{part}, amount: i64, times: i64) void {{ self.add(amount, times); }}
export fn total{number}(self: *{part}, offset: i64) i64 {{ return self.total(offset); }}
export fn weightOf{number}(self: *{part}, amount: i64) f64 {{ return self.weightOf(amount); }}
export fn scale{number}(self: *{part}, factor: f64) c_int {{ self.scale(factor) catch return -1; return 0; }}
export fn isNamed{number}(self: *{part}, name: [*]const u8, len: usize) bool {{ return self.isNamed(name[0..len]); }}
export fn firstByte{number}(self: *{part}) c_int {{ return if (self.firstByte()) |byte| byte else -1; }}
export fn merged{number}(self: *{part}, other: *{part}, result: *{part}) void {{ result.* = self.merged(other.*); }}
export fn numbered{number}(result: *{part}, count: i64, is_ready: bool) void {{ result.* = {part}.numbered(count, is_ready); }}
export fn eq{number}(self: *{part}, other: *{part}) bool {{ return self.__eq__(other); }}
export fn len{number}(self: *{part}) usize {{ return self.__len__(); }}
"""


class Row(NamedTuple):
    """A line of the table. ``limit`` is for the ratio of ``value`` to ``base``."""

    name: str
    unit: str
    value: float
    base: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.base if self.base else None

    @property
    def is_over(self) -> bool:
        return self.limit is not None and self.ratio is not None and self.ratio > self.limit


class Bench:
    """Modules of several sizes, and the compiler with the flags that zigbind gives it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.opened = cache.open_cache(str(folder / "cache"))
        self.toolchain = toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of)

    def recipe(self, count: int) -> recipe.Recipe:
        project = self.folder / f"project{count}"
        if not project.exists():
            project.mkdir()
            (project / "large.zig").write_text(source_of(count))
        source = recipe.Source(name="large", path=str(project / "large.zig"), root=str(project))
        chosen = settings.Settings(optimize="Debug")
        return recipe.make(source=source, target=target.host(), toolchain=self.toolchain, settings=chosen, runtime="", environ={})

    def root(self, count: int) -> str:
        """The root file of zigbind for the module."""
        made = self.recipe(count)
        return builder._root_text(made, builder._summarize(made, self.opened))

    def compile(self, count: int, root: str) -> Callable[[], float]:
        """Seconds of one compile of ``root``; the library stays where `library` says."""
        made = self.recipe(count)

        def run() -> float:
            with self.opened.stage() as stage:
                Path(stage, "root.zig").write_text(root)
                Path(stage, compiler.TOP).symlink_to(made.source.root)
                zig_cache = self.opened.zig_cache(made.toolchain.version)
                # As builds do: zig remembers what it parsed of the copy.
                runtime = builder._runtime_in(zig_cache, builder._runtime_digest(self.opened), self.opened)
                command = [made.toolchain.path, *compiler.arguments(made, ("-fno-compiler-rt",), runtime), "-femit-bin=large.so"]
                started = time.perf_counter()
                subprocess.run([*command, "--cache-dir", "local", "--global-cache-dir", zig_cache], cwd=stage, check=True)
                seconds = time.perf_counter() - started
                shutil.copy(Path(stage, "large.so"), self.library(count, root))
            return seconds

        return run

    def library(self, count: int, root: str) -> Path:
        return self.folder / f"large{count}{'' if 'zigbind' in root else '-floor'}.so"


def measure(count: int, rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="zigbind-benchmark-") as folder:
        bench = Bench(Path(folder))
        sizes = (count // 4, count // 2, count)
        roots = {size: bench.root(size) for size in sizes}
        floor = floor_of(count)
        bench.compile(1, bench.root(1))()  # fills the caches of zig
        runs = {"zigbind": bench.compile(count, roots[count]), "floor": bench.compile(count, floor)}
        seconds = interleave(runs, rounds=rounds)
        yield Row(f"compile of {count} classes, Debug", "s", seconds["zigbind"], seconds["floor"], COMPILE_LIMIT)
        for size in sizes[:-1]:
            yield Row(f"compile of {size} classes, Debug", "s", bench.compile(size, roots[size])())
        ours, floors = bench.library(count, roots[count]), bench.library(count, floor)
        yield Row(f"size of {count} classes, Debug", "KB", ours.stat().st_size / 1024, floors.stat().st_size / 1024)
        for size in sizes:
            subprocess.run([sys.executable, "-c", USED, bench.library(size, roots[size]), str(size)], check=True)
        imports = interleave({size: lambda size=size: imported(bench.library(size, roots[size])) for size in sizes}, rounds=10 * rounds)
        for size in sizes:
            each, least = (1e6 * imports[one] / one for one in (size, sizes[0]))
            yield Row(f"import of {size} classes, for each class", "us", each, least, IMPORT_LIMIT)
        yield Row(f"import of {count} classes", "ms", 1e3 * imports[count])


def imported(library: Path) -> float:
    """Seconds of an import in a new process."""
    done = subprocess.run([sys.executable, "-c", IMPORTED, library], stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--classes", type=int, default=CLASSES, help="of the largest module (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each compile has its turn (default: %(default)s)")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a ratio is over its limit")
    parser.add_argument("--source", action="store_true", help="print the Zig source of the largest module")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if options.source:
        print(source_of(options.classes), end="")
        return 0
    rows = list(measure(options.classes, options.rounds))
    if options.json:
        print(json.dumps([row._asdict() | {"ratio": row.ratio} for row in rows], indent=2))
    else:
        print(table(("what", "unit", "value", "compared with", "ratio", "limit"), [as_text(row) for row in rows]))
    over = [row.name for row in rows if row.is_over]
    if options.check:
        print(f"over their limits: {', '.join(over)}" if over else "all within their limits", file=sys.stderr)
    return 1 if over and options.check else 0


def as_text(row: Row) -> tuple[str, ...]:
    base = "" if row.base is None else f"{row.base:.2f}"
    ratio = "" if row.ratio is None else ratio_text(row.ratio)
    return row.name, row.unit, f"{row.value:.2f}", base, ratio, "" if row.limit is None else f"{row.limit:g}"


if __name__ == "__main__":
    sys.exit(main())

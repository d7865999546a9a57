"""Count the tokens of Zig source by kind: of the Zig that is installed (package ziglang), or of any directory.

The work is done by ziglex.zig, a few lines around the tokenizer of the Zig compiler. Then it is done again by pylex.py,
in pure Python: both must find the same tokens in every file, and here is how long each takes.

Exit status: 0; 1 if the two disagree; 2 if there is nothing to count.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from reprlib import repr as short_repr

import zigbind.auto  # from here on, .zig files are modules

import pylex
import ziglex  # ziglex.zig: compiled the first time, loaded from then on

TASKS = ("kinds", "tokens")
BAR_WIDTH = 40


class Refusal(Exception):
    """There is nothing to count."""


class Disagreement(Exception):
    """Two lexers found different tokens in the same file."""


def main() -> int:
    parser = make_parser()
    options = parser.parse_args()
    survey = Survey([ziglex, pylex] if options.compare else [ziglex])
    try:
        directory = options.directory or zig_library()
        with closing(progress(find_sources(directory)[: options.limit], sys.stderr)) as paths:
            for path in paths:
                survey.add(path)
    except (Refusal, OSError) as error:
        parser.error(str(error))
    except Disagreement as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    report = {"directory": str(directory), **survey.report()}
    print(json.dumps(report, indent=2) if options.json else as_text(report))
    return 0


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", metavar="DIR", type=Path, help="where to look for .zig files (default: lib of the installed ziglang)")
    parser.add_argument("--limit", metavar="N", type=positive, help="only the first N files, in the order of their paths")
    parser.add_argument("--no-compare", dest="compare", action="store_false", help="leave pylex.py out of it")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, got {text!r}")
    return int(text)


def zig_library() -> Path:
    """The library of the installed Zig: its standard library, compiler runtime, build runner and so on, all of it in Zig."""
    spec = find_spec("ziglang")
    if spec is None:
        raise Refusal("the package ziglang is not installed; --directory names another directory with Zig files")
    return Path(spec.submodule_search_locations[0], "lib")


def find_sources(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise Refusal(f"no such directory: {directory}")
    paths = sorted(path for path in directory.rglob("*.zig") if path.is_file())
    if not paths:
        raise Refusal(f"no .zig files in {directory} or below it")
    return paths


def progress(paths: Sequence[Path], stream) -> Iterator[Path]:
    """The paths, one after the other, and a bar on ``stream`` that shows how far that is; none if nobody watches."""
    if not stream.isatty():
        yield from paths
        return
    shown = None
    try:
        for done, path in enumerate(paths):
            filled = BAR_WIDTH * done // len(paths)
            if filled != shown:
                stream.write(f"\r[{'#' * filled:<{BAR_WIDTH}}] {done:,} of {len(paths):,} files ")
                stream.flush()
                shown = filled
            yield path
    finally:
        stream.write(f"\r{'':{BAR_WIDTH + 40}}\r")
        stream.flush()


# ---- counting


class Survey:
    """What the lexers found in the files so far, and the seconds they took for each task."""

    def __init__(self, lexers):
        self.lexers = lexers
        self.counts = Counter()
        self.file_count = 0
        self.size_bytes = 0
        tick = time.get_clock_info("perf_counter").resolution  # nothing is faster than the clock can tell
        self.seconds = {(task, lexer.__name__): tick for task in TASKS for lexer in lexers}

    def add(self, path: Path) -> None:
        source = path.read_bytes()
        kinds, tokens = ([self.run(task, lexer, source) for lexer in self.lexers] for task in TASKS)
        for lexer, other_tokens, other_kinds in zip(self.lexers, tokens, kinds):
            if other_tokens != tokens[0]:
                raise Disagreement(f"{path}:{first_difference(source, ziglex=tokens[0], **{lexer.__name__: other_tokens})}")
            if other_kinds != kinds[0]:
                raise Disagreement(f"{path}: ziglex and {lexer.__name__} find the same tokens, but count them differently")
        self.counts.update(dict(kinds[0]))
        self.file_count += 1
        self.size_bytes += len(source)

    def run(self, task: str, lexer, source: bytes) -> list[tuple]:
        function = getattr(lexer, task)
        start = time.perf_counter()
        result = function(source)
        self.seconds[task, lexer.__name__] += time.perf_counter() - start
        return result

    def report(self) -> dict[str, object]:
        speeds = [
            {
                "task": task,
                "lexer": lexer,
                "seconds": seconds,
                "files_per_second": self.file_count / seconds,
                "megabytes_per_second": self.size_bytes / seconds / 1e6,
            }
            for (task, lexer), seconds in self.seconds.items()
        ]
        ratios = {task: self.seconds[task, lexer.__name__] / self.seconds[task, "ziglex"] for lexer in self.lexers[1:] for task in TASKS}
        return {
            "files": self.file_count,
            "bytes": self.size_bytes,
            "tokens": self.counts.total(),
            "kinds": dict(self.counts.most_common()),
            "speeds": speeds,
            "ratios": ratios,
        }


def first_difference(source: bytes, **found: list[tuple[str, int, int]]) -> str:
    """Line, column and what each lexer has there."""
    pair = next(pair for pair in zip_longest(*found.values()) if pair[0] != pair[1])
    position = min(token[1] for token in pair if token)
    line = source.count(b"\n", 0, position) + 1
    column = position - source.rfind(b"\n", 0, position)
    return f"{line}:{column}: " + ", ".join(f"{name} has {in_words(source, token)}" for name, token in zip(found, pair))


def in_words(source: bytes, token: tuple[str, int, int] | None) -> str:
    if token is None:
        return "no more tokens"
    kind, start, end = token
    return f"{kind} {short_repr(source[start:end])} (bytes {start} to {end})"


# ---- showing


def as_text(report: dict) -> str:
    total = report["tokens"]
    kinds = [(kind, ziglex.symbol(kind), f"{count:,}", f"{count / total:.2%}") for kind, count in report["kinds"].items()]
    speeds = [
        (row["task"], row["lexer"], f"{row['seconds']:.3f}", f"{row['files_per_second']:,.0f}", f"{row['megabytes_per_second']:,.1f}")
        for row in report["speeds"]
    ]
    file_count = report["files"]
    files = f"{file_count:,} {'file' if file_count == 1 else 'files'}"
    parts = [
        table("<<>>", ("kind", "written", "count", "share"), kinds),
        f"{total:,} tokens of {len(kinds)} kinds in {files}, {report['bytes'] / 1e6:,.1f} MB, of {report['directory']}",
        table("<<>>>", ("task", "lexer", "seconds", "files/s", "MB/s"), speeds),
    ]
    if ratios := report["ratios"]:
        parts.append(
            "Both found the same tokens in every file.\n"
            f"Where it counts kinds, ziglex is {ratios['kinds']:.1f} times as fast as pylex.\n"
            f"Where it lists tokens, {ratios['tokens']:.1f} times: most of the time goes into the tuples that Python asked for."
        )
    return "\n\n".join(parts)


def table(alignment: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns that are aligned to the left (<) or right (>)."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(line, alignment, widths)) for line in lines)


if __name__ == "__main__":
    sys.exit(main())

"""The command line: each command is one call of the library and a way to print its result.

Exit status 0: done; 1: something is wrong with what was given; 2: wrong usage. Results go to stdout, progress and errors to stderr.
"""

from __future__ import annotations

import argparse
import json
import keyword
import os
import sys
import time

from . import __version__, binary, builder, cache, manifest, scaffold, settings, target, testing, toolchain
from .errors import CompileError, SettingsError, ZigbindError, plain
from .recipe import Source, is_package

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    argv = sys.argv[1:] if argv is None else list(argv)
    at = argv.index("--") if argv[:1] == ["watch"] and "--" in argv else len(argv)
    options = _parser().parse_args(_joined(argv[:at]))
    options.command = argv[at + 1 :]
    try:
        return options.run(options)
    except CompileError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # who read our output has gone: nothing is left to tell, at the exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ZigbindError, OSError) as error:
        print(f"zigbind: {plain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _joined(argv: list[str]) -> list[str]:
    """The arguments with ``--zig-args -fllvm`` as ``--zig-args=-fllvm``: argparse would take what follows for an option of its own."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1] == "--zig-args":
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zigbind", description="Zig files as Python modules.", epilog="Each command has --help with an example.")
    parser.add_argument("--version", action="version", version=f"zigbind {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    build = _command(commands, "build", _build, "compile modules into the cache", "zigbind build mymod.zig -O ReleaseFast")
    _add_paths(build)
    _add_settings(build)

    check = _command(commands, "check", _check, "compile without loading; list what Python sees, and what it does not and why", "zigbind check mymod.zig")
    _add_paths(check)
    _add_settings(check)

    stubs = _command(commands, "stubs", _stubs, "write .pyi files beside the sources, for type checkers and editors", "zigbind stubs mymod.zig")
    _add_paths(stubs)
    stubs.add_argument("-o", "--out", metavar="DIR", help="where they go, instead of beside the sources")
    stubs.add_argument("--check", action="store_true", help="write nothing: show what is out of date, with exit status 1")
    _add_settings(stubs)

    new = _command(commands, "new", _new, "make a project that installs, tests and releases", "zigbind new my-project")
    new.add_argument("name", metavar="NAME", help="the project's name, and that of its folder; Python imports it with underscores for hyphens")
    layouts = "; ".join(f"{layout}: {meaning}" for layout, (_file, meaning) in scaffold.LAYOUTS.items())
    new.add_argument(
        "--layout",
        choices=scaffold.LAYOUTS,
        default="src",
        help=f"{layouts}. src is the default: it has room for Python beside the Zig code, and tests see what is installed, not what lies in the folder",
    )
    new.add_argument("--author", help="as 'Ada Lovelace' or 'Ada Lovelace <ada@example.org>'")

    wheel = _command(commands, "wheel", _wheel, "make wheels of a project, for this platform or others", "zigbind wheel --all-targets -o dist")
    wheel.add_argument("path", nargs="?", default=".", metavar="PATH", help="the directory of pyproject.toml; this one if not given")
    wheel.add_argument("--target", action="append", default=[], metavar="T", help="as `zigbind targets` lists them, host if not given (repeat for more)")
    wheel.add_argument("--all-targets", action="store_true", help="every target there is")
    wheel.add_argument("-o", "--out", default="dist", metavar="DIR", help="where the wheels go (default: %(default)s)")
    _add_settings(wheel)

    sdist = _command(commands, "sdist", _sdist, "make the source distribution of a project", "zigbind sdist -o dist")
    sdist.add_argument("path", nargs="?", default=".", metavar="PATH", help="the directory of pyproject.toml; this one if not given")
    sdist.add_argument("-o", "--out", default="dist", metavar="DIR", help="where it goes (default: %(default)s)")

    develop = _command(
        commands, "develop", _develop, "install a project so that imports see changes of its source; pip can uninstall it", "zigbind develop"
    )
    develop.add_argument("path", nargs="?", default=".", metavar="PATH", help="the directory of pyproject.toml; this one if not given")
    _add_settings(develop)

    _command(commands, "targets", _targets, "the platforms that wheels can be made for", "zigbind targets --json")

    test = _command(commands, "test", _test, "run the test blocks of Zig files; in mode Debug, where -O names no other", "zigbind test src -k parse")
    _add_paths(test)
    test.add_argument("-k", dest="pattern", default="", metavar="TEXT", help="only blocks whose name contains it")
    test.add_argument("--timeout", type=_seconds, default=testing.TIMEOUT_SECONDS, metavar="SECONDS", help="how long one block may take (%(default)s)")
    _add_settings(test)

    watch = _command(commands, "watch", _watch, "build what is saved; start a command anew when it is built", "zigbind watch src -- python -m app")
    watch.usage = "zigbind watch [options] PATH [PATH ...] [-- COMMAND]"
    _add_paths(watch)
    watch.add_argument("--signal", metavar="NAME", help="send the command this signal (HUP, USR1) instead of starting it anew")
    _add_settings(watch)

    ide = _command(commands, "ide", _ide, "write what ZLS needs to find zigbind: completion and go-to-definition in editors", "zigbind ide")
    ide.add_argument("path", nargs="?", default=".", metavar="PATH", help="the project's directory; the current one if not given")

    doctor = _command(commands, "doctor", _doctor, "what zigbind finds on this machine, for a bug report", "zigbind doctor")
    _add_settings(doctor)

    group = commands.add_parser("cache", help="look at the cache and tidy it up", description="Look at the cache and tidy it up.")
    actions = group.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, run, help_text in (
        ("info", _cache_info, "where the cache is and what it holds"),
        ("list", _cache_list, "the artifacts, the least recently used first"),
        ("clean", _cache_clean, "remove everything"),
        ("prune", _cache_prune, "remove what is stale, and the least recently used above a size"),
        ("verify", _cache_verify, "check every artifact; remove those that are damaged"),
    ):
        action = _command(actions, name, run, help_text, f"zigbind cache {name}")
        action.add_argument("--cache-dir", help="the cache to use, instead of the one that imports use here")
        if name == "prune":
            action.add_argument("--size", type=_size, default=cache.SIZE_CAP_BYTES, metavar="SIZE", help="as 500M or 2G; 1G if not given")
    return parser


def _command(commands, name: str, run, help_text: str, example: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.", epilog=f"example: {example}")
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a .zig file, or a directory of them")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """An option for each setting; what is not given stays with the environment and pyproject.toml."""
    group = parser.add_argument_group("settings", "as in [tool.zigbind] of pyproject.toml")
    for key, setting in settings.FIELDS.items():
        flags = ("-O", "--optimize") if key == "optimize" else (f"--{key}",)
        name, doc = setting.name, setting.doc
        if setting.kind is bool:
            group.add_argument(*flags, dest=name, action=argparse.BooleanOptionalAction, default=None, help=doc)
        elif setting.kind is tuple:
            group.add_argument(*flags, dest=name, action="append", default=None, help=f"{doc} (repeat for more)")
        else:
            group.add_argument(*flags, dest=name, type=setting.kind, default=None, help=doc)


def _arguments(options: argparse.Namespace) -> dict[str, object]:
    given = ((setting.name, getattr(options, setting.name, None)) for setting in settings.FIELDS.values())
    return {name: value for name, value in given if value is not None}


def _size(text: str) -> int:
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    number, unit = (text[:-1], text[-1].upper()) if text[-1:].upper() in units else (text, "")
    if not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write it as 500M or 2G")
    return int(number) * units.get(unit, 1)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not found > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write seconds above 0, as 2.5")
    return found


# ---- build and check


def _sources(paths: list[str]) -> list[Source]:
    """The modules of the paths, named as an import would name them."""
    found = []
    for path in paths:
        full = os.path.abspath(path)
        if os.path.isdir(full):
            files = sorted(os.path.join(full, name) for name in os.listdir(full) if name.endswith(".zig") and name != "build.zig")
            if not files:
                raise ZigbindError(f"{path}: no .zig file in this directory")
        elif not os.path.isfile(full):
            raise ZigbindError(_no_file(path))
        elif not full.endswith(".zig"):
            raise ZigbindError(f"{path}: not a .zig file")
        else:
            files = [full]
        found += [_source(file) for file in files]
    return found


def _no_file(path: str) -> str:
    near = path.replace(".", os.sep) if os.path.isfile(path.replace(".", os.sep) + ".zig") else path
    return f"{path}: there is no such file" + (f"; did you mean {near}.zig?" if os.path.isfile(near + ".zig") else "")


def _source(path: str) -> Source:
    tail = os.path.splitext(os.path.basename(path))[0]
    root = os.path.dirname(path)
    # Beside the package that it is part of.
    parts = [tail, tail] if is_package(os.path.join(root, tail)) else [tail]
    while is_package(root):
        root, package = os.path.split(root)
        parts.insert(0, package)
    return Source(name=".".join(parts), path=path, root=root)


def _build_one(source: Source, options: argparse.Namespace):
    return builder.build(source, arguments=_arguments(options), environ=dict(os.environ), cwd=os.getcwd())


def _each(options: argparse.Namespace, show) -> int:
    """Build every source and show it; all are tried, whatever happens to one."""
    rows, status = [], 0
    for source in _sources(options.paths):
        row = {"name": source.name, "path": source.path}
        if (reason := _why_no_import(source.name)) is not None:
            print(f"zigbind: {_shown(source.path)}: {reason}; rename the file", file=sys.stderr)
        try:
            started = time.perf_counter()
            artifact = _build_one(source, options)
            row |= {"built": artifact, "artifact": artifact.path, "seconds": round(time.perf_counter() - started, 3), "ok": True}
        except ZigbindError as error:
            status = 1
            found = getattr(error, "diagnostics", ())
            row |= {"ok": False, "error": str(error), "diagnostics": [_as_json(one) for one in found]}
        show(source, row, options)
        row.pop("built", None)
        rows.append(row)
    if options.json:
        print(json.dumps(rows, indent=2))
    return status


def _why_no_import(name: str) -> str | None:
    """Why an import statement does not give the module of this name; None where it does."""
    if name in sys.stdlib_module_names:
        return f"import {name} takes the module of Python's standard library"
    word = next((word for word in name.split(".") if keyword.iskeyword(word)), None)
    return None if word is None else f"{word!r} is a word of Python itself, and import {name} would be no Python"


def _as_json(diagnostic) -> dict[str, object]:
    fields = ("path", "line", "column", "level", "message")
    return {name: getattr(diagnostic, name) for name in fields} | {"notes": [_as_json(note) for note in diagnostic.notes]}


def _fail(row: dict[str, object]) -> None:
    print(row["error"], file=sys.stderr)


def _build(options: argparse.Namespace) -> int:
    def show(_source, row, options):
        if not row["ok"]:
            _fail(row)
        elif not options.json:
            print(row["artifact"])

    return _each(options, show)


def _check(options: argparse.Namespace) -> int:
    def show(source, row, options):
        if not row["ok"]:
            return _fail(row)
        with open(row["artifact"], "rb") as file:
            text = binary.description(file.read())
        lines = text.splitlines() if text is not None else []
        skipped = [line for line in lines if line.lstrip().startswith("skip ")]
        exported = [line for line in lines if line not in skipped]
        row["exported"] = exported
        row["skipped"] = [line.strip().removeprefix("skip ") for line in skipped]
        if options.json:
            return
        outermost = sum(not line.startswith(" ") for line in exported)
        print(f"{source.name} ({_shown(source.path)}): {outermost} exported, {len(skipped)} skipped")
        if text is None:
            print("  it has a PyInit function of its own: what it exports is known when it is imported")
        if text is not None and not lines:
            print("  nothing in it is pub: put pub before what Python shall see")
        for line in exported:
            print(f"  {line}")
        for reason in row["skipped"]:
            print(f"  skipped: {reason}")

    return _each(options, show)


def _stubs(options: argparse.Namespace) -> int:
    from . import stubs

    outdated = []

    def show(source, row, options):
        if not row["ok"]:
            return _fail(row)
        texts = stubs.of_artifact(row["built"], source, arguments=_arguments(options), environ=dict(os.environ), cwd=os.getcwd())
        changes = [] if texts is None else stubs.compare(source, texts, options.out and os.path.abspath(options.out))
        row["stubs"] = [{"path": one.path, "status": one.status} for one in changes]
        outdated.extend(one for one in changes if one.status in ("new", "changed", "gone"))
        if not options.check:
            stubs.write(changes)
        if options.json:
            return
        if texts is None:
            print(f"{_shown(source.path)} has a PyInit function of its own: write its stub by hand", file=sys.stderr)
        for one in changes:
            if one.status == "by hand":
                print(f"{_shown(one.path)} was written by hand: it stays as it is", file=sys.stderr)
            elif options.check:
                print(one.diff(), end="")
            else:
                print(_shown(one.path))

    return _each(options, show) or int(options.check and bool(outdated))


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


# ---- wheels


def _wheel(options: argparse.Namespace) -> int:
    from . import project, wheel

    cwd, environ, arguments = os.getcwd(), dict(os.environ), _arguments(options)
    found = project.read(os.path.abspath(options.path), environ=environ, arguments=arguments, cwd=cwd)
    names = [one.name for one in target.everything()] if options.all_targets else options.target or ["host"]
    wanted = [target.find(name, stable_abi=found.settings.stable_abi) for name in names]
    is_quiet = settings.is_quiet(environ)
    _notes(found, environ)

    def say(text: str) -> None:
        if not is_quiet:
            print(f"zigbind: {text}", file=sys.stderr, flush=True)

    results = wheel.build(found, wanted, os.path.abspath(options.out), arguments=arguments, environ=environ, cwd=cwd, say=say)
    failed = [one for one in results if one.error is not None]
    if options.json:
        rows = [{"target": one.target.name, "path": one.path, "error": None if one.error is None else str(one.error)} for one in results]
        print(json.dumps(rows, indent=2))
    else:
        for one in results:
            if one.path is not None:
                print(_shown(one.path))
    if failed:
        made = f"; the other {len(results) - len(failed)} are made" if len(failed) < len(results) else ""
        print(f"zigbind: no wheel for {', '.join(one.target.name for one in failed)}{made}", file=sys.stderr)
        for one in failed if is_quiet else ():
            print(f"{one.target.name}: {one.error}", file=sys.stderr)
    return 1 if failed else 0


def _sdist(options: argparse.Namespace) -> int:
    from . import project, sdist

    cwd, environ = os.getcwd(), dict(os.environ)
    found = project.read(options.path, environ=environ, cwd=cwd)
    _notes(found, environ)
    path = sdist.build(found, os.path.abspath(options.out), environ=environ)
    print(json.dumps({"path": path, "files": found.listing}, indent=2) if options.json else _shown(path))
    return 0


def _develop(options: argparse.Namespace) -> int:
    from . import develop, project

    cwd, environ, arguments = os.getcwd(), dict(os.environ), _arguments(options)
    found = project.read(options.path, environ=environ, arguments=arguments, cwd=cwd)
    _notes(found, environ)
    made = develop.install(found, arguments=arguments, environ=environ, cwd=cwd)
    if options.json:
        print(json.dumps(made._asdict(), indent=2))
    else:
        print(f"{made.name} is installed in {made.directory}, and imported from {found.root}")
    if made.missing:
        print(f"zigbind: it requires what is not installed: pip install {' '.join(repr(one) for one in made.missing)}", file=sys.stderr)
    return 0


def _notes(found, environ: dict[str, str]) -> None:
    for note in () if settings.is_quiet(environ) else found.notes:
        print(f"zigbind: {note}", file=sys.stderr)


def _targets(options: argparse.Namespace) -> int:
    try:
        own = target.host().name
    except SettingsError:  # this interpreter has none, which does not keep it from building for others
        own = None
    rows = [
        {"name": one.name, "zig": one.triple, "suffix": one.suffix, "tag": f"{one.python_tag}-{one.abi}-{one.platform_tag}", "host": one.name == own}
        for one in target.everything()
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    header = {"name": "name", "zig": "zig target", "suffix": "suffix", "tag": "wheel tag"}
    widths = {key: max(len(row[key]) for row in (header, *rows)) for key in header}
    for row in (header, *rows):
        mark = "  (this machine)" if row.get("host") else ""
        print("  ".join(row[key].ljust(widths[key]) for key in header).rstrip() + mark)
    return 0


# ---- test


def _test(options: argparse.Namespace) -> int:
    rows = []
    for path in _zig_files(options.paths):
        with open(path, encoding="utf-8", errors="replace") as file:
            found = [block for block in testing.blocks(file.read()) if options.pattern in block.name]
        if found:
            rows += _test_file(path, found, options)
    failed = sum(row["status"] == "failed" for row in rows)
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        counts = (f"{sum(row['status'] == status for row in rows)} {status}" for status in ("passed", "failed", "skipped"))
        what = f"no test blocks whose name contains {options.pattern!r}" if options.pattern else 'no test blocks, as test "adds" { ... }'
        print(", ".join(counts) if rows else f"{what}, in {', '.join(options.paths)}")
    return 1 if failed or not rows else 0


def _test_file(path: str, found: list[testing.Block], options: argparse.Namespace) -> list[dict[str, object]]:
    pyproject, _absent = settings.find_pyproject(os.path.dirname(path))
    root = os.path.dirname(pyproject or path)
    binary_ = testing.TestBinary(path, root, arguments=_arguments(options), environ=dict(os.environ), cwd=os.getcwd())
    rows = []
    try:
        for block in found:
            outcome = binary_.run(block.name, timeout_seconds=options.timeout)
            row = {"path": path, "line": block.line, "name": block.name} | outcome._asdict()
            rows.append(row)
            if options.json:
                continue
            print(f"{outcome.status:8}{_shown(path)}:{block.line} {block.name}")
            if outcome.text and outcome.status == "failed":
                print("\n".join(f"    {line}" for line in outcome.text.splitlines()))
    except CompileError as error:
        print(error, file=sys.stderr)
        rows += [{"path": path, "line": block.line, "name": block.name, "status": "failed", "text": str(error), "seconds": 0.0} for block in found]
    finally:
        binary_.close()
    return rows


def _zig_files(paths: list[str]) -> list[str]:
    """The .zig files of the paths, those of directories at any depth."""
    files = []
    for path in paths:
        full = os.path.abspath(path)
        if os.path.isdir(full):
            before = len(files)
            os.listdir(full)  # where that is not allowed the walk would say nothing
            for folder, below, names in os.walk(full):
                below[:] = sorted(name for name in below if not name.startswith(".") and name not in ("zig-out", "node_modules"))
                files += [os.path.join(folder, name) for name in sorted(names) if name.endswith(".zig") and name != "build.zig"]
            if len(files) == before:
                raise ZigbindError(f"{path}: no .zig file in this directory")
        elif not os.path.isfile(full):
            raise ZigbindError(_no_file(path))
        elif not full.endswith(".zig"):
            raise ZigbindError(f"{path}: not a .zig file")
        else:
            files.append(full)
    return files


# ---- watch and ide


def _watch(options: argparse.Namespace) -> int:
    """Until it is interrupted."""
    from . import watcher

    sources = [os.path.abspath(path) for path in options.paths]
    for path, given in zip(sources, options.paths):
        if not os.path.exists(path) or os.path.isfile(path) and not path.endswith(".zig"):
            what = "not a .zig file" if os.path.exists(path) else "there is no such file or directory to watch"
            command = " ".join(options.paths[options.paths.index(given) :])
            hint = f"; if that is a command to start, write -- before it, as zigbind watch {options.paths[0]} -- {command}" if given != options.paths[0] else ""
            raise ZigbindError(f"{path}: {what}{hint}")
    if options.signal and not options.command:
        raise ZigbindError("--signal is for a command: name it after --, as zigbind watch src --signal HUP -- python -m app")
    command = watcher.Command(options.command, options.signal) if options.command else None
    failing: dict[str, str] = {}

    def say(text: str) -> None:
        print(f"zigbind: {text}", file=sys.stderr, flush=True)

    def report(results: list) -> None:
        for name in [name for name, path in failing.items() if not os.path.isfile(path)]:
            del failing[name]
            say(f"{name} is gone")
        for result in results:
            name = result.target.source.name
            failing.pop(name, None)
            if result.error is not None:
                failing[name] = result.target.source.path
            row = {"name": name, "path": result.target.source.path, "ok": result.error is None, "seconds": round(result.seconds, 3)}
            if result.error is not None:
                row |= {"error": plain(result.error), "diagnostics": [_as_json(one) for one in getattr(result.error, "diagnostics", ())]}
            if options.json:
                print(json.dumps(row), flush=True)
            elif result.error is not None:
                print(plain(result.error), file=sys.stderr, flush=True)
            else:
                say(f"{name} is built ({result.seconds:.2f} s)")
        if command is not None and failing:
            say(f"{command.words[0]} waits until {', '.join(sorted(failing))} can be built")
        elif command is not None:
            say(command.follow())

    made = watcher.Watcher(lambda: sources, watcher.in_paths(sources, _source, _arguments(options)), report, build_first=True)
    try:
        say(f"watching {', '.join(options.paths)}; Ctrl+C ends it")
        made.run()
    finally:
        if command is not None:
            command.stop()
    return 0


def _ide(options: argparse.Namespace) -> int:
    from . import editors

    row = editors.write(os.path.abspath(options.path))
    if options.json:
        print(json.dumps(row, indent=2))
    else:
        for path, what in row.items():
            print(f"{what}: {_shown(path)}")
    return 0


# ---- cache


def _cache(options: argparse.Namespace) -> cache.Cache:
    cwd, environ = os.getcwd(), dict(os.environ)
    pyproject, _absent = settings.find_pyproject(cwd)
    given = {"cache_dir": options.cache_dir} if options.cache_dir else {}
    chosen = settings.merge(arguments=given, environ=environ, pyproject=pyproject, cwd=cwd)
    root = chosen.cache_dir or manifest.default_root(environ) or manifest.fallback_root(environ)
    return cache.open_cache(root)


def _cache_info(options: argparse.Namespace) -> int:
    opened = _cache(options)
    entries = opened.entries()
    _print(
        options,
        {
            "path": opened.root,
            "artifacts": len(entries),
            "artifact bytes": sum(size for _name, size, _used in entries),
            "bytes": opened.size_bytes(),
            "cap bytes": cache.SIZE_CAP_BYTES,
        },
    )
    return 0


def _cache_list(options: argparse.Namespace) -> int:
    rows = [{"artifact": name, "bytes": size, "used": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(used))} for name, size, used in _cache(options).entries()]
    if options.json:
        print(json.dumps(rows, indent=2))
    for row in [] if options.json else rows:
        print(f"{row['bytes']:>10}  {row['used']}  {row['artifact']}")
    return 0


def _cache_clean(options: argparse.Namespace) -> int:
    opened = _cache(options)
    before = opened.size_bytes()
    opened.clean()
    _print(options, {"path": opened.root, "freed bytes": before - opened.size_bytes()})
    return 0


def _cache_prune(options: argparse.Namespace) -> int:
    opened = _cache(options)
    before = opened.size_bytes()
    removed = opened.prune(size_cap_bytes=options.size, now=time.time())
    _print(options, {"path": opened.root, "removed": len(removed), "freed bytes": before - opened.size_bytes()})
    return 0


def _cache_verify(options: argparse.Namespace) -> int:
    opened = _cache(options)
    count = len(opened.entries())
    bad = opened.verify()
    _print(options, {"path": opened.root, "artifacts": count, "damaged": bad})
    return 1 if bad else 0


def _print(options: argparse.Namespace, row: dict[str, object]) -> None:
    if options.json:
        print(json.dumps(row, indent=2))
        return
    width = max(map(len, row))
    for name, value in row.items():
        print(f"{name:<{width}}  {', '.join(value) or 'none' if isinstance(value, list) else value}")


# ---- doctor

_SAMPLE = "pub fn answer() i64 {\n    return 42;\n}\n"


def _doctor(options: argparse.Namespace) -> int:
    """Look at everything a build needs, without stopping at the first trouble."""
    cwd, environ = os.getcwd(), dict(os.environ)
    row: dict[str, object] = {
        "zigbind": f"{__version__} in {os.path.dirname(__file__)}",
        "python": f"{sys.version.split()[0]} ({sys.executable})",
        "platform": f"{sys.platform} {getattr(sys.implementation, '_multiarch', '')}".strip(),
    }
    problems = []

    def look(name: str, at) -> None:
        try:
            row[name] = at()
        except (ZigbindError, OSError) as error:
            row[name] = "PROBLEM"
            problems.append(f"{name}: {error}")

    chosen = settings.Settings()

    def merged() -> str:
        nonlocal chosen
        pyproject, _absent = settings.find_pyproject(cwd)
        chosen = settings.merge(arguments=_arguments(options), environ=environ, pyproject=pyproject, cwd=cwd)
        changed = (f"{key} = {getattr(chosen, one.name)!r}" for key, one in settings.FIELDS.items() if getattr(chosen, one.name) != one.default)
        return f"{', '.join(changed) or 'all defaults'} (from {pyproject or 'no pyproject.toml'})"

    def compiler() -> str:
        found = toolchain.find(zig_path=chosen.zig_path, search_path=environ.get("PATH", ""), read_version=toolchain.version_of)
        return f"{found.version} ({found.path}, by {found.lookup})"

    def cache_root() -> str:
        root = chosen.cache_dir or manifest.default_root(environ)
        if root is None:
            raise OSError("there is no home directory; set ZIGBIND_CACHE_DIR")
        opened = cache.open_cache(root)
        return f"{root} ({len(opened.entries())} artifacts, {opened.size_bytes()} bytes)"

    def compile_sample() -> str:
        from .library import compile

        started = time.perf_counter()
        module = compile(_SAMPLE, "zigbind_doctor", **_arguments(options))
        if module.answer() != 42:
            raise ZigbindError("the compiled sample gives a wrong answer")
        return f"works ({time.perf_counter() - started:.2f} s)"

    look("settings", merged)
    look("target", lambda: target.host(stable_abi=chosen.stable_abi).triple)
    look("zig", compiler)
    look("cache", cache_root)
    look("compiling", compile_sample)
    row["problems"] = problems
    if options.json:
        print(json.dumps(row, indent=2))
    else:
        _print(options, row | {"problems": f"{len(problems)}"})
        for problem in problems:
            print(f"- {problem}", file=sys.stderr)
    return 1 if problems else 0


# ---- new


def _new(options: argparse.Namespace) -> int:
    made = scaffold.make(options.name, os.getcwd(), layout=options.layout, author=options.author, year=time.localtime().tm_year)
    if options.json:
        print(json.dumps(made._asdict(), indent=2))
    else:
        print(f"{made.name}: {len(made.files)} files in {made.root}. Next:\n")
        print("\n".join(f"    {command}" for command in made.commands))
    return 0

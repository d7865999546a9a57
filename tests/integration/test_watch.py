"""``zigbind watch`` and ``zigbind.watch()``: what is saved is built."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

_PATIENCE_SECONDS = 90.0


def until(condition, what: str):
    """Wait for what a watcher does in its own time."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.02)
    return found


class Watching:
    """A ``zigbind watch`` that runs."""

    def __init__(self, project, process, log):
        self.project, self.process, self.log = project, process, log

    @property
    def text(self) -> str:
        return self.log.read_text()

    def says(self, text: str, times: int = 1) -> None:
        until(lambda: self.text.count(text) >= times, lambda: f"{text!r} not {times} times in:\n{self.text}")

    @contextmanager
    def stopped(self):
        """Meanwhile it does nothing, and afterwards it finds all that has happened."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def watching(project, *words: str, prefix: tuple = ()):
    log = project.directory / "watch.log"
    with open(log, "w") as file:
        code = f"import sys; from zigbind.cli import main; sys.exit(main({['watch', *map(str, words)]!r}))"
        process = project.start(code, stdout=file, stderr=file, prefix=prefix, env={"PYTHONUNBUFFERED": "1"})
    made = Watching(project, process, log)
    try:
        yield made
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def refusal(project, *words: str, **options) -> str:
    done = project.python(f"import sys; from zigbind.cli import main; sys.exit(main({['watch', *map(str, words)]!r}))", check=False, **options)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


RUN = "import os, time, zigbind.auto, mymod, signal\nsignal.signal(signal.SIGHUP, lambda *_: print('hup', flush=True))\nprint('runs with', mymod.f(), flush=True)\nwhile True: time.sleep(0.05)\n"


def test_a_save_is_built_and_the_command_starts_anew(counted):
    counted.answer("mymod.zig", 1)
    counted.write("run.py", RUN)
    with watching(counted, counted.root, "--", sys.executable, counted.root / "run.py") as watch:
        watch.says("runs with 1")
        counted.answer("mymod.zig", 22, whole=True)
        watch.says("runs with 22")
        watch.says(f"restarted {sys.executable}")  # said when the command runs already
        assert "mymod is built (" in watch.text
        counted.answer("mymod.zig", "x", whole=True)
        watch.says("error: use of undeclared identifier 'x'")
        watch.says("waits until mymod can be built")
        # As editors do that save aside and rename.
        aside = counted.write("mymod.zig~", "pub fn f() i64 {\n    return 333;\n}\n")
        os.replace(aside, counted.root / "mymod.zig")
        watch.says("runs with 333")
        compiles = counted.compiles
        os.utime(counted.root / "mymod.zig")  # saved, and the same
        counted.write("unrelated.txt", "hello")
        time.sleep(1.5)
        assert counted.compiles == compiles == 4
        assert watch.text.count("runs with") == 3


def test_a_signal_instead_of_a_start(counted):
    counted.answer("mymod.zig", 1)
    counted.write("run.py", RUN)
    with watching(counted, counted.root / "mymod.zig", "--signal", "hup", "--", sys.executable, counted.root / "run.py") as watch:
        watch.says("runs with 1")
        counted.answer("mymod.zig", 2)
        watch.says("sent SIGHUP to")
        watch.says("hup\n")
        assert watch.text.count("runs with") == 1


def test_parts_and_packages(counted):
    """What other files import is no module of its own; who imports it is built."""
    counted.write("package/__init__.py", "")
    counted.write("package/inner.zig", 'const part = @import("parts/part.zig");\n\npub fn f() i64 {\n    return part.number + @embedFile("data.txt").len;\n}\n')
    counted.write("package/parts/part.zig", "pub const number: i64 = 1;\n")
    counted.write("package/data.txt", "abc")
    counted.write("build.zig", "this is Zig's own business")
    counted.write(".hidden/other.zig", "pub fn f() void {}\n")
    with watching(counted, counted.root, "--json") as watch:
        watch.says('"name": "package.inner"')
        counted.replace("package/parts/part.zig", "pub const number: i64 = 10;\n")
        watch.says('"name": "package.inner"', 2)
        counted.replace("package/data.txt", "abcdef")
        watch.says('"name": "package.inner"', 3)
        counted.replace("later.zig", "pub fn f() i64 {\n    return x;\n}\n")
        watch.says('"name": "later"')
        rows = [json.loads(line) for line in watch.text.splitlines() if line.startswith("{")]
        assert [row["name"] for row in rows] == ["package.inner"] * 3 + ["later"]
        assert rows[-1]["diagnostics"][0]["line"] == 2 and not rows[-1]["ok"]
    assert counted.ask("import package.inner\nanswer = package.inner.f()") == 16
    assert counted.compiles == 4


def test_a_tree_that_is_deleted_and_comes_back(counted):
    source = "pub fn f() i64 {\n    return NUMBER;\n}\n"
    counted.write("tree/deep/mymod.zig", source.replace("NUMBER", "1"))
    with watching(counted, counted.root / "tree") as watch:
        watch.says("mymod is built")
        os.rename(counted.root / "tree", counted.directory / "aside")
        time.sleep(1.2)
        counted.replace("tree/deep/mymod.zig", source.replace("NUMBER", "2"))
        watch.says("mymod is built", 2)
        counted.replace("tree/deep/mymod.zig", source.replace("NUMBER", "3"))
        watch.says("mymod is built", 3)
        (counted.root / "tree/deep/mymod.zig").unlink()
        time.sleep(1.2)
        counted.replace("tree/deep/mymod.zig", source.replace("NUMBER", "4"))
        watch.says("mymod is built", 4)
        assert "Traceback" not in watch.text and "error" not in watch.text


def test_a_broken_file_that_is_deleted_keeps_nothing_waiting(counted):
    counted.answer("mymod.zig", 1)
    counted.answer("other.zig", "x")
    with watching(counted, counted.root, "--", sys.executable, "-c", "import time; time.sleep(300)") as watch:
        watch.says("waits until other can be built")
        (counted.root / "other.zig").unlink()
        watch.says("other is gone")
        watch.says(f"started {sys.executable}")
        counted.answer("other.zig", "x", whole=True)  # as before, and an error as before
        watch.says("use of undeclared identifier 'x'", 2)
        watch.says("waits until other can be built", 2)
        assert "restarted" not in watch.text


def test_a_source_deleted_between_save_and_build_or_during_it(counted):
    slow = counted.tools / "slow"
    counted.use_zig(before=f"while test -e '{slow}'; do sleep 0.05; done")
    counted.answer("mymod.zig", 1)
    with watching(counted, counted.root) as watch:
        watch.says("mymod is built")
        with watch.stopped():  # else this process might be the one that is not given time, between the two
            counted.answer("mymod.zig", 2)
            (counted.root / "mymod.zig").unlink()
        time.sleep(1)
        assert counted.compiles == 1
        slow.touch()
        counted.answer("mymod.zig", 3, whole=True)
        until(lambda: counted.compiles == 2, "it is not built")
        (counted.root / "mymod.zig").unlink()
        slow.unlink()
        time.sleep(1)
        said = [line for line in watch.text.splitlines() if not line.endswith(": compiling ...")]  # a machine may be slow
        assert len(said) == 2, watch.text  # watching, and built: no error, nothing else
        counted.answer("mymod.zig", 4)
        watch.says("mymod is built", 2)
    assert counted.call("mymod") == 4


def test_a_file_without_permission_in_the_tree(counted, unprivileged):
    counted.answer("locked.zig", 1).chmod(0)
    with watching(counted, counted.root, prefix=unprivileged) as watch:
        watch.says("locked.zig: permission denied; give yourself the right to it")
        assert "Errno" not in watch.text
        (counted.root / "locked.zig").chmod(0o600)
        watch.says("locked is built")


def test_a_path_that_is_not_there(project):
    assert "nowhere: there is no such file or directory to watch\n" in refusal(project, project.root / "nowhere")


def test_a_command_without_dashes(project):
    path = project.answer("mymod.zig", 1)
    said = refusal(project, path, "python", "app.py")
    assert f"if that is a command to start, write -- before it, as zigbind watch {path} -- python app.py" in said


def test_a_path_without_permission(project, unprivileged):
    locked = project.write("locked/mymod.zig", "pub fn f() void {}\n").parent
    locked.chmod(0)
    try:
        assert "cannot be watched: permission denied; give yourself the right" in refusal(project, locked, prefix=unprivileged)
    finally:
        locked.chmod(0o700)


def test_a_folder_without_permission_in_the_tree(counted, unprivileged):
    counted.answer("mymod.zig", 1)
    locked = counted.write("locked/other.zig", "pub fn f() void {}\n").parent
    locked.chmod(0)
    try:
        with watching(counted, counted.root, prefix=unprivileged) as watch:
            watch.says("mymod is built")
            counted.answer("mymod.zig", 2)
            watch.says("mymod is built", 2)
            assert "Traceback" not in watch.text
    finally:
        locked.chmod(0o700)


def test_without_watchdog(project):
    project.answer("mymod.zig", 1)
    project.write("watchdog/__init__.py", "raise ImportError('not here')\n")
    assert "watching needs watchdog, which is not installed: pip install 'zigbind[watch]'" in refusal(project, project.root)


def test_a_signal_that_is_none(project):
    project.answer("mymod.zig", 1)
    assert "knows no signal 'HUPP'; did you mean HUP?" in refusal(project, project.root, "--signal", "HUPP", "--", "true")
    assert "--signal is for a command: name it after --" in refusal(project, project.root, "--signal", "HUP")


def test_a_command_that_is_none(project):
    project.answer("mymod.zig", 1)
    assert "no-such-command could not be started" in refusal(project, project.root, "--", "no-such-command")


def test_a_reader_that_goes(counted):
    """``zigbind watch src --json | head -1``: the next line has no reader, and that ends the command."""
    counted.answer("mymod.zig", 1)
    code = f"import sys; from zigbind.cli import main; sys.exit(main({['watch', str(counted.root), '--json']!r}))"
    with counted.start(code) as process:
        assert json.loads(process.stdout.readline())["ok"]
        process.stdout.close()
        counted.answer("mymod.zig", 2)
        assert process.wait(timeout=60) == 1
        assert "Traceback" not in process.stderr.read()


def test_a_fault_of_a_build_ends_no_watch(counted):
    counted.answer("mymod.zig", 1)
    answer = counted.ask(
        """
import os, pathlib, time
from zigbind import builder, watcher
root = os.environ["PYTHONPATH"]
def build(*_given, real=builder.build, **world):
    builder.build = real
    raise IndexError("list index out of range")
builder.build = build
find = watcher.in_paths([root], lambda path: zigbind.cold.source("mymod", path), {})
answer = []
with watcher.Watcher(lambda: [root], find, answer.extend, build_first=True) as watch:
    watch.start()
    for count in (1, 2):
        while len(answer) < count:
            time.sleep(0.05)
        aside = pathlib.Path(root, "aside")
        aside.write_text("pub fn f() i64 {\\n    return 2;\\n}\\n")
        aside.replace(pathlib.Path(root, "mymod.zig"))
answer = [str(one.error) for one in answer]
"""
    )
    assert answer == [f"{counted.root / 'mymod.zig'}: IndexError: list index out of range; zigbind did not foresee this, please report it", "None"]


def test_a_file_of_another_kind(project):
    path = project.write("mymod.py", "")
    assert "not a .zig file" in refusal(project, path)


# ---- inside a process


def test_the_next_import_is_warm(counted):
    counted.answer("mymod.zig", 1)
    answer = counted.ask("""
        import os, pathlib, threading, zigbind
        from zigbind import manifest
        zigbind.install(reload=True)
        import mymod
        done = threading.Event()
        rounds = []
        def report(results):
            rounds.append([(one.target.source.name, one.error is None) for one in results])
            done.set()
        path = pathlib.Path(mymod.__file__)
        with zigbind.watch(report=report):
            answer = []
            for text in ("2", "x", "3"):
                done.clear()
                aside = path.with_suffix(".tmp")  # written in place it would be empty for a moment, or for as long as this thread waits
                aside.write_text("pub fn f() i64 {\\n    return %s;\\n}\\n" % text)
                aside.replace(path)
                assert done.wait(60)
                warm = manifest.lookup(zigbind.__version__, "mymod", str(path), {}, os.environ, os.getcwd())
                answer.append(warm is not None)
                def request():
                    import mymod
                    return mymod.f()
                try:
                    answer.append(request())
                except zigbind.CompileError:
                    answer.append("does not compile")
        answer.append(rounds)
    """)
    good, bad = [["mymod", True]], [["mymod", False]]
    assert answer == [True, 2, False, "does not compile", True, 3, [good, bad, good]]
    assert counted.compiles == 4


def test_paths_that_cannot_be_watched(project):
    error = project.error("import zigbind; zigbind.watch(['nowhere'])")
    assert "ZigbindError" in error["types"] and "there is no such file or directory to watch" in error["text"]


def test_thousands_of_files(counted):
    for number in range(3000):
        counted.write(f"many/m{number % 60}/part{number}.zig", f"pub const n: i64 = {number};\n")
    counted.write("many/mymod.zig", 'pub fn f() i64 {\n    return @import("m7/part7.zig").n;\n}\n')
    answer = counted.ask("""
        import pathlib, sys, threading, time, zigbind
        sys.path.insert(0, str(pathlib.Path("project/many").resolve()))
        import mymod
        done = threading.Event()
        watch = zigbind.watch(report=lambda results: done.set())
        folder = pathlib.Path(mymod.__file__).parent
        for part, number in (("m8/part8.zig", -8), ("m7/part7.zig", 77)):
            aside = folder / "aside"
            aside.write_text(f"pub const n: i64 = {number};\\n")
            aside.replace(folder / part)
        assert done.wait(60)
        answer = [zigbind.reload(), mymod.f()]
        watch.stop()
    """)
    assert answer == [["mymod"], 77]
    assert counted.compiles == 2


#: 200 saves of 50 modules in 10 seconds. In each of two rounds each module is saved twice: the first content is replaced after 0.05 s, the
#: second stays for some seconds, or for good. `saves` are [module, content, when the save began and ended, when that of the next began and
#: ended]; `stops` are the times at which the process was given none.
SAVES = """
import importlib, itertools, os, pathlib, threading, time, zigbind
from zigbind import builder, compiler, manifest, watcher
modules = [importlib.import_module(f"m{number}") for number in range(50)]
root = pathlib.Path(os.environ["PYTHONPATH"])

def text(value):
    return f"pub fn f() i64 {{\\n    return {value};\\n}}\\n"

def content(path):
    while not (text := pathlib.Path(path).read_text()).endswith("}\\n"):
        time.sleep(0.001)  # the save is not at its end
    return int(text.split("return ")[1].split(";")[0])

stops = []
def beat():
    last = time.monotonic()
    while True:
        time.sleep(0.01)
        now = time.monotonic()
        if now - last > 0.05:
            stops.append([last, now])
        last = now
threading.Thread(target=beat, daemon=True).start()

def save_all():
    saves = []
    started = time.monotonic()
    for save in range(200):
        module = save // 2 % 50
        path = root / f"m{module}.zig"
        before = time.monotonic()
        if module % 2:
            path.write_text(text(1000 + save))
        else:
            aside = path.with_suffix(".tmp")
            aside.write_text(text(1000 + save))
            aside.replace(path)
        after = time.monotonic()
        for earlier in saves:
            if earlier[0] == f"m{module}" and earlier[4] is None:
                earlier[4:] = before, after
        saves.append([f"m{module}", 1000 + save, before, after, None, None])
        time.sleep(max(0, started + (save + 1) * 0.05 - time.monotonic()))
    return saves

#: What was in the file when a build of it began, and which build that was; and when any worker was at work.
compiled, busy = [], []
"""


def counts_of(compiled) -> dict[int, int]:
    """How many builds compiled each content. One may do so twice: a file that changes meanwhile is compiled again."""
    found: dict[int, int] = {}
    for _module, value, _build in {tuple(row) for row in compiled}:
        found[value] = found.get(value, 0) + 1
    return found


def found_instead(saves, counts: dict[int, int], settled: float) -> set[int]:
    """Contents that a build may have found which was due for an earlier one: more of those were settled than were built."""
    found, due = set(), {}
    for module, value, begun, _saved, _next_begun, replaced in saves:
        if due.get(module, 0) > 0:
            found.add(value)
        is_settled = replaced is None or replaced - begun >= settled - 0.05
        due[module] = due.get(module, 0) + is_settled - counts.get(value, 0)
    return found


def without(stops):
    """The time of a clock that stands still while the process is given no time: what a watcher has to do it can do by this one."""

    def awake(moment: float) -> float:
        return moment - sum(min(end, moment) - begin for begin, end in stops if begin < moment)

    return awake


def test_many_saves_of_many_modules(counted):
    """One compile for each content that was settled while there was time to compile it, none for any other; what was saved last is served."""
    for number in range(50):
        counted.answer(f"m{number}.zig", number)
    answer = counted.ask(
        SAVES
        + """
real_run, real_build = compiler.run, builder.build
numbers, number = itertools.count(), threading.local()
def run(made, **options):
    compiled.append([made.source.name, content(made.source.path), number.value])
    return real_run(made, **options)
def build(*given, **options):
    started = time.monotonic()
    number.value = next(numbers)
    try:
        return real_build(*given, **options)
    finally:
        busy.append([started, time.monotonic()])
compiler.run, builder.build = run, build
results = []
watch = zigbind.watch(report=results.extend)
saves = save_all()
def cold():
    return [one.__name__ for one in modules if manifest.lookup(zigbind.__version__, one.__name__, one.__file__, {}, os.environ, os.getcwd()) is None]
deadline = time.monotonic() + 150
while (cold() or watch._running or watch._touched) and time.monotonic() < deadline:
    time.sleep(0.1)
time.sleep(1.5)
missed = cold()
watch.stop()
compiler.run, builder.build = real_run, real_build
done = zigbind.reload()
answer = {
    "missed": missed, "reloaded": sorted(done), "served": [one.f() for one in modules], "saves": saves, "compiled": compiled, "busy": busy,
    "stops": stops,
    "workers": watch._pool._max_workers, "settled": watcher.SETTLED_SECONDS, "errors": [str(one.error) for one in results if one.error],
    "reported": [one.artifact.path for one in results if one.artifact],
}
""",
        env={"ZIGBIND_OPTIMIZE": "Debug"},
    )
    assert answer["missed"] == answer["errors"] == []
    assert answer["reloaded"] == sorted(f"m{number}" for number in range(50))
    assert answer["served"] == [value for _module, value, *_times, replaced in answer["saves"] if replaced is None]
    assert len(set(answer["reported"])) == len(answer["reported"])
    counts = counts_of(answer["compiled"])
    assert counted.compiles == 50 + len(answer["compiled"])
    instead = found_instead(answer["saves"], counts, answer["settled"])
    awake = without(answer["stops"])
    busy = [[awake(start), awake(stop)] for start, stop in answer["busy"]]
    due = []
    for module, value, begun, saved, next_begun, replaced in answer["saves"]:
        count = counts.get(value, 0)
        assert count <= 1, (module, value, "was compiled twice")
        if replaced is None:
            assert count == 1, (module, value, "was saved last")
        elif replaced - begun < answer["settled"] - 0.05:
            assert count == 0 or value in instead, (module, value, "was not left alone for long enough")
        elif was_free(busy, answer["workers"], awake(saved) + answer["settled"] + 0.3, awake(next_begun) - 0.05):
            due.append(value)
            assert count == 1, (module, value, "stayed, and there was time to compile it")
    print(f"{sum(counts.values())} compiles, {len(due)} of them for what was replaced later and had to be compiled")


def was_free(busy, workers: int, begin: float, end: float) -> bool:
    """Whether for a tenth of a second between two moments fewer builds ran than there are workers."""
    if begin >= end:
        return False
    moments = sorted({begin, *(at for interval in busy for at in interval if begin < at < end), end})
    free = 0.0
    for one, next_one in zip(moments, moments[1:]):
        running = sum(start <= one and next_one <= stop for start, stop in busy)
        free = free + next_one - one if running < workers else 0.0
        if free >= 0.1:
            return True
    return False


def test_every_settled_content_of_many_saves(counted):
    """The same saves, with a builder that takes no time: then each content that was settled is built, and exactly once."""
    for number in range(50):
        counted.answer(f"m{number}.zig", number)
    answer = counted.ask(
        SAVES.replace("modules = [importlib.import_module(f\"m{number}\") for number in range(50)]", "")
        + """
from zigbind.cache import Artifact
def build(source, **_world):
    value = content(source.path)
    while not any(one[:2] == [source.name, value] for one in compiled):  # else it is in the cache
        compiled.append([source.name, value, 0])
        time.sleep(0.005)
        value = content(source.path)
    return Artifact(path=str(value), key="", inputs=(source.path,), seconds=0.0, zig_version="")
builder.build = build
find = watcher.in_paths([str(root)], lambda path: zigbind.cold.source(os.path.basename(path)[:-4], path), {})
results = []
with watcher.Watcher(lambda: [str(root)], find, results.extend, build_first=True) as watch:
    watch.start()
    def wait(done):
        deadline = time.monotonic() + 60
        while not done() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
    wait(lambda: len(compiled) >= 50)
    first = len(compiled)
    saves = save_all()
    last = {value for _module, value, *_times, replaced in saves if replaced is None}
    wait(lambda: last <= {value for _module, value, _build in compiled})
answer = {
    "first": first, "saves": saves, "compiled": compiled, "settled": watcher.SETTLED_SECONDS, "stops": stops,
    "reported": [one.artifact.path for one in results],
}
"""
    )
    assert answer["first"] == 50
    counts = counts_of(answer["compiled"])
    instead = found_instead(answer["saves"], counts, answer["settled"])
    awake = without(answer["stops"])
    sure = 0
    for module, value, begun, saved, next_begun, replaced in answer["saves"]:
        count = counts.get(value, 0)
        assert count <= 1, (module, value, "was built twice")
        if replaced is None or awake(next_begun) - awake(saved) > answer["settled"] + 0.5:
            sure += 1
            assert count == 1, (module, value, "was settled")
        elif replaced - begun < answer["settled"] - 0.05:
            assert count == 0 or value in instead, (module, value, "was not left alone for long enough")
    assert sure >= 100
    assert len(set(answer["reported"])) == len(answer["reported"])


# ---- with others


def test_uvicorn(counted):
    """``uvicorn --reload --reload-include "*.zig"``: it starts the server anew, and that compiles what it imports."""
    counted.answer("mymod.zig", 1)
    counted.write(
        "app.py",
        "import zigbind.auto\nimport mymod\n\nasync def app(scope, receive, send):\n    if scope['type'] == 'http':\n"
        "        await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "        await send({'type': 'http.response.body', 'body': str(mymod.f()).encode()})\n",
    )
    # It takes a port that is free, and says which: one that was free a moment ago may be another test's.
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0", "--reload", "--reload-include", "*.zig", "--lifespan", "off"]
    log = counted.directory / "uvicorn.log"

    def answers(text):
        address = re.search(r"running on (http://127\.0\.0\.1:\d+) ", log.read_text())
        if address is None:
            return False
        try:
            with urllib.request.urlopen(address[1], timeout=5) as answer:
                return answer.read() == text
        except OSError:
            return False

    with open(log, "wb") as file:
        process = subprocess.Popen(command, cwd=counted.root, env=counted.environ(), stdout=file, stderr=file)
    try:
        until(lambda: answers(b"1"), lambda: log.read_text())
        saved = 0.0

        def answers_after_a_save():
            nonlocal saved
            if time.monotonic() - saved > 5:  # uvicorn begins to look after the server has begun to answer
                counted.answer("mymod.zig", 22)
                saved = time.monotonic()
            return answers(b"22")

        until(answers_after_a_save, lambda: log.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)

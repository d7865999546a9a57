"""Many processes and threads, killed and stopped ones: one compile, and everybody gets the module."""

import os
import signal
import subprocess
import sys
import time

import pytest

from zigbind.cache import open_cache
from zigbind.errors import CacheError

PROCESSES = 32
#: What slow_zig waits for.
WAIT = "touch '{directory}/started'; while [ ! -e '{directory}/go' ]; do sleep 0.01; done"
#: The import of all processes starts when their standard input ends.
IMPORT = """
    import sys, zigbind.auto
    sys.stdin.read()
    try:
        import mymod
        print(mymod.f(), mymod.__spec__.cached)
    except ImportError as error:
        print(type(error).__name__, error)
"""


@pytest.fixture
def slow(project):
    """A project whose compiles tell that they have begun with a file ``started``, and end when there is a file ``go``."""
    project.use_zig(before=WAIT.format(directory=project.directory))
    yield project
    (project.directory / "go").touch()


def wait_for(path, seconds=60):
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not appear"
        time.sleep(0.005)


def all_at_once(project, count, code=IMPORT, **options):
    processes = [project.start(code, stdin=subprocess.PIPE, **options) for _ in range(count)]
    for process in processes:
        process.stdin.close()
    results = []
    for process in processes:
        process.stdin = None
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        results.append(out)
    return results


# ---- many processes


def test_processes_that_import_a_cold_module_compile_it_once(counted):
    counted.answer("mymod.zig", 1)
    said = all_at_once(counted, PROCESSES)
    assert len(set(said)) == 1 and said[0].startswith("1 ")
    assert counted.compiles == 1
    assert open_cache(str(counted.cache)).verify() == []


def test_processes_that_import_a_broken_module_compile_it_once(counted):
    counted.answer("mymod.zig", "unknown")
    said = all_at_once(counted, PROCESSES)
    assert len(set(said)) == 1 and said[0].startswith("CompileError mymod does not compile") and "unknown" in said[0]
    assert counted.compiles == 1


def test_processes_with_an_empty_cache(counted):
    """Nothing is there: neither the source reader nor zig's own cache."""
    counted.answer("mymod.zig", 1)
    said = all_at_once(counted, 4, env={"ZIGBIND_CACHE_DIR": str(counted.directory / "empty"), "ZIGBIND_OPTIMIZE": "Debug"})
    assert len(set(said)) == 1 and said[0].startswith("1 ")
    assert counted.compiles == 1


def test_processes_that_build_different_modules_do_not_wait_for_each_other(slow):
    slow.answer("mymod.zig", 1)
    slow.answer("other.zig", 2)
    first = slow.start(IMPORT, stdin=subprocess.DEVNULL)
    wait_for(slow.directory / "started")
    (slow.directory / "started").unlink()
    second = slow.start(IMPORT.replace("mymod", "other"), stdin=subprocess.DEVNULL)
    wait_for(slow.directory / "started")  # though the first is not done
    assert first.poll() is None
    (slow.directory / "go").touch()
    assert first.communicate(timeout=60)[0].startswith("1 ")
    assert second.communicate(timeout=60)[0].startswith("2 ")


# ---- threads


def test_threads_that_import_a_cold_module_compile_it_once(counted):
    counted.answer("mymod.zig", 1)
    counted.answer("other.zig", 2)
    code = """
        import importlib, threading
        gate, found = threading.Barrier(16), []
        def run(name):
            gate.wait()
            found.append(importlib.import_module(name))
        threads = [threading.Thread(target=run, args=(name,)) for name in ("mymod", "other") * 8]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        answer = [len(found), len(set(map(id, found))), sorted({module.f() for module in found})]
    """
    assert counted.ask(code) == [16, 2, [1, 2]]
    assert counted.compiles == 2


def test_an_unrelated_import_is_not_held_up(slow):
    slow.answer("mymod.zig", 1)
    for number in range(5):
        slow.write(f"plain{number}.py", "")
    code = """
        import os, threading, time, zigbind.auto
        def run():
            import mymod
        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + 60
        while not os.path.exists("started") and time.monotonic() < deadline:
            time.sleep(0.001)
        took = []
        for number in range(5):
            begun = time.perf_counter()
            __import__(f"plain{number}")
            took.append(time.perf_counter() - begun)
        still = thread.is_alive() and not os.path.exists("go")
        open("go", "w").close()
        thread.join()
        import mymod
        print(still, min(took), mymod.f())
    """
    still, took, value = slow.python(code).stdout.split()
    assert still == "True" and value == "1"
    assert float(took) < 0.050


# ---- killed and stopped


def test_a_killed_builder_leaves_a_miss(counted):
    """Killed at twenty moments from its start to after its end."""
    moments = 20
    counted.answer("mymod.zig", 999)
    begun = time.monotonic()
    counted.call("mymod")
    whole = time.monotonic() - begun
    for number in range(moments):
        counted.answer("mymod.zig", number)
        process = counted.start(IMPORT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=1.1 * whole * number / moments)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert counted.call("mymod") == number
        assert open_cache(str(counted.cache)).verify() == []
    # What the killed ones left in the stages is swept when it is old.
    opened = open_cache(str(counted.cache))
    opened.prune(now=time.time() + 7 * 3600)
    assert os.listdir(opened.path("stages")) == []


def test_a_builder_killed_while_zig_runs_hands_over(slow):
    slow.answer("mymod.zig", 1)
    first = slow.start(IMPORT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(slow.directory / "started")
    second = slow.start(IMPORT, stdin=subprocess.DEVNULL)
    first.send_signal(signal.SIGKILL)
    first.wait()
    (slow.directory / "go").touch()
    out, err = second.communicate(timeout=60)
    assert out.startswith("1 "), err


def test_a_stopped_builder_is_named(slow):
    if sys.platform == "win32":
        pytest.skip("processes cannot be stopped on Windows")
    path = slow.answer("mymod.zig", 1)
    first = slow.start(IMPORT, stdin=subprocess.DEVNULL)
    wait_for(slow.directory / "started")
    first.send_signal(signal.SIGSTOP)
    try:
        code = """
            import zigbind.auto
            try:
                import mymod
            except ImportError as error:
                print(type(error).__name__, error.name, error.path, error, sep="\\n")
        """
        begun = time.monotonic()
        done = slow.python(code, env={"ZIGBIND_LOCK_TIMEOUT": "2"})
        took = time.monotonic() - begun
        kind, name, where, text = done.stdout.splitlines()
        assert [kind, name, where] == ["CacheError", "mymod", str(path)]
        assert f"process {first.pid} has held the build lock {slow.cache}/locks/" in text and "over 2 s" in text and "ZIGBIND_LOCK_TIMEOUT" in text
        assert f"zigbind: mymod: waiting for process {first.pid}" in done.stderr
        assert 2 <= took < 30
        quiet = slow.python(code, env={"ZIGBIND_LOCK_TIMEOUT": "2", "ZIGBIND_QUIET": "1"})
        assert quiet.stderr == ""
    finally:
        first.send_signal(signal.SIGCONT)
    (slow.directory / "go").touch()
    out, err = first.communicate(timeout=60)
    assert out.startswith("1 "), err
    assert slow.call("mymod") == 1
    assert slow.compiles == 1


def test_the_holder_is_named_before_it_is_given_up(tmp_path):
    """Though there was no time between the moments for the one and the other."""
    opened = open_cache(str(tmp_path / "cache"))
    waited = []
    with opened.lock("key", timeout_seconds=1), pytest.raises(CacheError, match=f"process {os.getpid()} has held the build lock"):
        with opened.lock("key", timeout_seconds=1, on_wait=waited.append):
            pass
    assert waited == [str(os.getpid())]


def test_an_interrupted_import_can_be_repeated(slow):
    """Ctrl-C while zig runs: KeyboardInterrupt, and the next import builds."""
    slow.answer("mymod.zig", 1)
    code = """
        import sys, zigbind.auto
        try:
            import mymod
        except KeyboardInterrupt:
            open("go", "w").close()
            import mymod
            print(mymod.f())
    """
    process = slow.start(code)
    wait_for(slow.directory / "started")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert out.strip() == "1", err
    assert slow.compiles == 2


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_that_was_forked_during_a_build_does_not_keep_the_lock(tmp_path):
    from zigbind.cache import open_cache

    opened = open_cache(str(tmp_path / "cache"))
    read, write = os.pipe()
    with opened.lock("key", timeout_seconds=1):
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)  # until the parent is done
            os._exit(0)
    os.close(read)
    try:
        with opened.lock("key", timeout_seconds=1):
            pass
    finally:
        os.close(write)
        os.waitpid(child, 0)

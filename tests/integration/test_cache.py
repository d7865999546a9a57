"""The cache: damage is a miss, an unusable root is replaced or refused, and what is old goes."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from zigbind.cache import open_cache

NO_ZIG = {"PATH": "/nonexistent", "ZIGBIND_ZIG_PATH": None}
#: For processes in which the package ziglang is not installed.
HIDE_ZIGLANG = "import sys; sys.modules['ziglang'] = None\n"


def warm(project, value=1):
    """Build mymod so that its next import needs nothing but the manifest."""
    project.answer("mymod.zig", value)
    assert project.call("mymod") == value
    project.settle()
    assert project.call("mymod") == value


# ---- damage


def truncated(path: Path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path):
    path.write_bytes(b"")


def zeroed(path: Path):
    path.write_bytes(bytes(path.stat().st_size))


def garbled(path: Path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    content[-1] ^= 0xFF
    path.write_bytes(content)


def replaced(path: Path):
    path.write_bytes(b"\x7fELF" + os.urandom(1000))


def removed(path: Path):
    path.unlink()


def with_the_times_of_before(path: Path):
    """What a failing disk does."""
    status = path.stat()
    zeroed(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


DAMAGES = [truncated, emptied, zeroed, garbled, replaced, removed, with_the_times_of_before]


def files(project, kind):
    folder, pattern = {
        "artifact": ("artifacts", "mymod-*"),
        "manifest": ("index", "*"),
        "record": ("recipes", "*"),
        "reader": ("artifacts", "zigsource-*"),
        "answers": (".", "answers"),
    }[kind]
    found = list((project.cache / folder).glob(pattern))
    assert found
    return found


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("kind", ["artifact", "manifest", "record"])
def test_damage_is_a_miss(counted, kind, damage):
    warm(counted)
    for path in files(counted, kind):
        damage(path)
    if kind == "record":  # which is not read as long as the manifest holds
        assert counted.call("mymod") == 1
        for path in files(counted, "manifest"):
            path.unlink()
    assert counted.call("mymod") == 1
    assert counted.call("mymod") == 1
    assert open_cache(str(counted.cache)).verify() == []
    # The manifest is only a short cut to the record.
    assert counted.compiles == (1 if kind == "manifest" else 2)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damage_to_everything_is_a_miss(counted, damage):
    warm(counted)
    for kind in ("artifact", "manifest", "record", "answers"):
        for path in files(counted, kind):
            damage(path)
    assert counted.call("mymod") == 1
    assert counted.compiles == 2
    counted.answer("mymod.zig", 2)
    assert counted.call("mymod") == 2


@pytest.mark.parametrize("damage", [zeroed, removed])
def test_damage_to_the_source_reader_is_a_miss(counted, damage):
    warm(counted)
    for path in files(counted, "reader"):
        damage(path)
    counted.answer("mymod.zig", 2)
    assert counted.call("mymod") == 2


@pytest.mark.parametrize("folder", ["index", "recipes", "artifacts", "locks", "stages"])
def test_a_missing_folder_is_made_again(counted, folder):
    warm(counted)
    directory = counted.cache / folder
    directory.rename(counted.directory / "away")
    assert counted.call("mymod") == 1
    counted.answer("mymod.zig", 2)
    assert counted.call("mymod") == 2
    assert directory.is_dir()


@pytest.mark.parametrize("folder", ["index", "recipes", "artifacts", "locks", "stages", "."])
def test_a_file_where_a_folder_should_be_does_not_stop_imports(project, folder):
    project.answer("mymod.zig", 1)
    broken = project.directory / "broken"
    if folder == ".":
        broken.write_text("in the way")
    else:
        project.fill(broken)
        if (broken / folder).exists():
            (broken / folder).rename(project.directory / "away")
        (broken / folder).write_text("in the way")
    project.fill(fallback(project))
    done = project.python("import zigbind.auto, mymod; print(mymod.f())", env={"ZIGBIND_CACHE_DIR": str(broken)})
    assert done.stdout.strip() == "1"
    assert "zigbind: mymod: the cache cannot be used" in done.stderr and str(broken) in done.stderr


# ---- roots that cannot be used


def fallback(project) -> Path:
    """Where zigbind goes when the chosen root cannot be used."""
    return Path(project.env["TMPDIR"]) / f"zigbind-{os.getuid()}"


@contextmanager
def mounted(directory: Path, options: str):
    if sys.platform != "linux":
        pytest.skip("mounts a tmpfs, which is Linux's")
    directory.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"mounting a tmpfs does not work here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", directory], check=True)


@pytest.mark.parametrize(
    "options, why", [("ro,mode=700", "Read-only file system"), ("noexec,mode=700", "noexec"), ("size=64k,mode=700", "No space left")]
)
def test_a_root_that_cannot_be_used_is_replaced_and_named(counted, options, why):
    root = counted.directory / "mounted"
    counted.answer("mymod.zig", 1)
    counted.fill(fallback(counted))
    code = "import zigbind.auto, mymod; print(mymod.f(), mymod.__spec__.cached)"
    said = []
    with mounted(root, options):
        for _ in range(2):
            done = counted.python(code, env={"ZIGBIND_CACHE_DIR": str(root)})
            value, path = done.stdout.split()
            assert value == "1" and path.startswith(str(fallback(counted)))
            assert done.stderr == "" or all(text in done.stderr for text in (why, str(root), str(fallback(counted)))), done.stderr
            said.append(done.stderr)
        assert said[0] and counted.compiles == 1
        assert "zigbind" not in counted.python(code, env={"ZIGBIND_CACHE_DIR": str(root), "ZIGBIND_QUIET": "1"}).stderr


def test_a_filled_root_that_became_read_only_still_serves(counted):
    """As in a container: what was built into the image loads, whatever the environment is by then."""
    root = counted.directory / "mounted"
    counted.answer("mymod.zig", 1)
    with mounted(root, "mode=700"):
        counted.fill(root)
        counted.env["ZIGBIND_CACHE_DIR"] = str(root)
        counted.call("mymod")
        subprocess.run(["mount", "-o", "remount,ro", root], check=True)
        code = "import zigbind.auto, mymod; print(mymod.f(), mymod.__spec__.cached)"
        for env in ({}, {"ZIGBIND_DISABLE": "1"}, {"ZIGBIND_DISABLE": "1", **NO_ZIG}):
            done = counted.python(HIDE_ZIGLANG * bool(env) + code, env=env)
            assert done.stdout.startswith(f"1 {root}/") and done.stderr == ""
    assert counted.compiles == 1


def test_a_root_without_permission_is_replaced_and_named(project, unprivileged):
    project.answer("mymod.zig", 1)
    project.fill(fallback(project))
    project.cache.chmod(0o500)
    try:
        done = project.python("import zigbind.auto, mymod; print(mymod.f())", prefix=unprivileged)
    finally:
        project.cache.chmod(0o700)
    assert done.stdout.strip() == "1"
    for text in ("the cache cannot be used", "Permission denied", str(project.cache), str(fallback(project))):
        assert text in done.stderr


def test_no_root_at_all_is_an_error_that_says_what_to_set(project, unprivileged):
    path = project.answer("mymod.zig", 1)
    places = (project.cache, Path(project.env["TMPDIR"]))
    for place in places:
        place.chmod(0o500)
    try:
        error = project.error("import mymod", prefix=unprivileged)
    finally:
        for place in places:
            place.chmod(0o700)
    assert error["types"][0] == "CacheError" and error["name"] == "mymod" and error["path"] == str(path)
    for text in ("no cache can be used", "Permission denied", "ZIGBIND_CACHE_DIR"):
        assert text in error["text"]


def test_a_root_of_ones_own_is_closed_to_the_group(counted):
    """A checkout made with umask 002 holds a cache directory that is open to it."""
    warm(counted)
    counted.cache.chmod(0o775)
    assert counted.call("mymod") == 1
    assert counted.cache.stat().st_mode & 0o777 == 0o755
    assert counted.compiles == 1


@pytest.mark.parametrize("mode", [0o777, 0o702])
def test_a_root_others_can_write_to_is_refused(counted, mode):
    warm(counted)
    counted.cache.chmod(mode)
    error = counted.error("import mymod")
    assert error["types"][0] == "CacheError" and "ImportError" in error["types"]
    for text in (str(counted.cache), "other users can write to it", f"{mode:o}", "chmod go-w", "ZIGBIND_CACHE_DIR"):
        assert text in error["text"]
    assert error["name"] == "mymod" and error["path"] == str(counted.root / "mymod.zig")
    counted.cache.chmod(0o700)
    assert counted.call("mymod") == 1
    assert counted.compiles == 1


def test_a_root_of_another_user_is_refused(counted):
    if os.getuid() != 0:
        pytest.skip("only the superuser can give a directory away")
    warm(counted)
    os.chown(counted.cache, 12345, -1)
    error = counted.error("import mymod")
    assert error["types"][0] == "CacheError"
    assert str(counted.cache) in error["text"] and "it belongs to another user (uid 12345)" in error["text"]


def test_a_root_made_under_a_generous_umask_is_safe(counted):
    """Some systems give every group of one user the right to write."""
    counted.answer("mymod.zig", 1)
    root = counted.directory / "new" / "root"
    counted.env["ZIGBIND_CACHE_DIR"] = str(root)
    for _ in range(2):
        assert counted.ask("import mymod; answer = mymod.f()", umask=0o002) == 1
    assert root.stat().st_mode & 0o777 == 0o700
    assert counted.ask("import zigbind; answer = zigbind.compile('pub fn f() i64 { return 3; }').f()", umask=0o000) == 3


def test_without_a_home_the_cache_is_in_the_temporary_directory(counted):
    counted.answer("mymod.zig", 1)
    counted.fill(fallback(counted))
    # Python falls back to the user database: there, too, must be no home.
    code = """
        import os
        os.path.expanduser = lambda path: path
        import zigbind.auto, mymod
        print(mymod.f(), mymod.__spec__.cached)
    """
    env = {"HOME": None, "ZIGBIND_CACHE_DIR": None, "XDG_CACHE_HOME": None}
    for _ in range(2):
        value, path = counted.python(code, env=env).stdout.split()
        assert value == "1" and path.startswith(str(fallback(counted)))
    assert counted.compiles == 1


@pytest.mark.parametrize(
    "env, place",
    [
        ({}, "home/.cache/zigbind"),
        ({"XDG_CACHE_HOME": "{directory}/xdg"}, "xdg/zigbind"),
        ({"XDG_CACHE_HOME": "relative"}, "home/.cache/zigbind"),
        ({"ZIGBIND_CACHE_DIR": "relative"}, "relative"),
        ({"ZIGBIND_CACHE_DIR": "~/mine"}, "home/mine"),
        ({"ZIGBIND_CACHE_DIR": ""}, "home/.cache/zigbind"),
    ],
)
def test_where_the_cache_is(counted, env, place):
    if sys.platform != "linux":
        pytest.skip("other systems have other places")
    counted.answer("mymod.zig", 1)
    root = counted.directory / place
    root.mkdir(parents=True)
    counted.fill(root)
    env = {"ZIGBIND_CACHE_DIR": None, **{name: value.format(directory=counted.directory) for name, value in env.items()}}
    code = "import mymod; answer = mymod.__spec__.cached"
    assert Path(counted.ask(code, env=env)).parent == root / "artifacts"
    assert Path(counted.ask(code, env=env)).parent == root / "artifacts"
    assert counted.compiles == 1


def test_cache_dir_in_pyproject(counted):
    counted.answer("mymod.zig", 1)
    counted.write("pyproject.toml", "[tool.zigbind]\ncache-dir = 'own'\n")
    counted.fill(counted.root / "own")
    env = {"ZIGBIND_CACHE_DIR": None}
    code = "import mymod; answer = mymod.__spec__.cached"
    for _ in range(3):
        assert Path(counted.ask(code, env=env)).parent == counted.root / "own/artifacts"
    assert counted.compiles == 1


# ---- without compiling


def test_disable_loads_what_is_cached(counted):
    warm(counted)
    off = {"ZIGBIND_DISABLE": "1"}
    assert counted.call("mymod", env=off) == 1
    for path in files(counted, "manifest"):
        path.unlink()
    assert counted.call("mymod", env=off) == 1
    assert counted.compiles == 1

    counted.answer("mymod.zig", 2)
    error = counted.error("import mymod", env=off)
    assert "ImportError" in error["types"] and error["name"] == "mymod" and error["path"] == str(counted.root / "mymod.zig")
    for text in ("mymod", str(counted.root / "mymod.zig"), str(counted.cache), "ZIGBIND_DISABLE"):
        assert text in error["text"]
    assert counted.compiles == 1


def test_disable_loads_an_extension_beside_the_source(counted):
    warm(counted)
    [artifact] = files(counted, "artifact")
    prebuilt = counted.root / "mymod.abi3.so"
    artifact.rename(prebuilt)
    for path in [*files(counted, "record"), *files(counted, "manifest")]:
        path.unlink()
    code = "import mymod; answer = [mymod.f(), mymod.__spec__.cached, mymod.__file__]"
    found = [1, str(prebuilt), str(counted.root / "mymod.zig")]
    assert counted.ask(code, env={"ZIGBIND_DISABLE": "1"}) == found
    assert counted.ask(HIDE_ZIGLANG + code, env={"ZIGBIND_DISABLE": "1", **NO_ZIG}) == found
    assert counted.compiles == 1


def test_disable_without_a_zig_says_what_is_disabled(project):
    project.answer("mymod.zig", 1)
    error = project.error(HIDE_ZIGLANG + "import mymod", env={"ZIGBIND_DISABLE": "1", **NO_ZIG})
    assert "ImportError" in error["types"] and "ZIGBIND_DISABLE" in error["text"]


def test_without_a_zig_what_is_cached_loads(project):
    warm(project)
    code = HIDE_ZIGLANG + "import mymod; answer = mymod.f()"
    assert project.ask(code, env=NO_ZIG) == 1
    for path in files(project, "manifest"):
        path.unlink()
    assert project.ask(code, env=NO_ZIG) == 1

    project.answer("mymod.zig", 2)
    error = project.error(HIDE_ZIGLANG + "import mymod", env=NO_ZIG)
    assert error["types"][0] == "ToolchainError" and "ImportError" in error["types"]
    assert error["name"] == "mymod" and error["path"] == str(project.root / "mymod.zig")
    for text in ("no Zig compiler found", "ziglang", "PATH", "pip install 'ziglang>=0.15,<0.16'"):
        assert text in error["text"]


def test_a_zig_of_another_series_is_refused(counted):
    script = counted.use_zig(version="0.16.0")
    counted.answer("mymod.zig", 1)
    error = counted.error("import mymod")
    assert error["types"][0] == "ToolchainError" and error["name"] == "mymod"
    for text in ("Zig 0.15.x", str(script), "0.16.0", "ziglang>=0.15,<0.16", "zig-path"):
        assert text in error["text"]
    assert counted.compiles == 0


def test_a_zig_that_is_not_there_or_no_zig(project):
    project.answer("mymod.zig", 1)
    script = project.tools / "no-zig"
    error = project.error("import mymod", env={"ZIGBIND_ZIG_PATH": str(script)})
    assert error["types"][0] == "ToolchainError" and str(script) in error["text"] and "no such file" in error["text"]
    for content, text in (("#!/bin/sh\necho broken >&2; exit 3\n", "broken"), ("not a program", str(script)), ("#!/bin/sh\nexit 0\n", str(script))):
        script.write_text(content)
        script.chmod(0o755)
        error = project.error("import mymod", env={"ZIGBIND_ZIG_PATH": str(script)})
        assert error["types"][0] == "ToolchainError" and text in error["text"]


def test_zig_on_path_is_used_where_the_package_is_missing(project):
    script = project.use_zig()
    del project.env["ZIGBIND_ZIG_PATH"]
    project.answer("mymod.zig", 1)
    path = os.pathsep.join([str(script.parent), project.env["PATH"]])
    assert project.ask(HIDE_ZIGLANG + "import mymod; answer = mymod.f()", env={"PATH": path}) == 1
    assert project.compiles == 1


# ---- keeping house


@pytest.fixture
def opened(tmp_path):
    return open_cache(str(tmp_path / "cache"))


def put(opened, name: str, size: int, used: float) -> Path:
    path = Path(opened.path("artifacts", name))
    path.write_bytes(bytes(size))
    os.utime(path, (used, used))
    return path


NOW = 2_000_000_000.0


def test_entries_come_in_the_order_of_use(opened):
    put(opened, "b", 10, NOW - 5)
    put(opened, "a", 20, NOW - 1)
    put(opened, "c", 30, NOW - 9)
    assert opened.entries() == [("c", 30, NOW - 9), ("b", 10, NOW - 5), ("a", 20, NOW - 1)]
    assert opened.size_bytes() >= 60


def test_reading_and_writing_both_count_as_use(opened):
    for name, read, written in (("read", NOW - 1, NOW - 100), ("written", NOW - 200, NOW - 2)):
        os.utime(put(opened, name, 1, NOW), (read, written))
    assert [used for _name, _size, used in opened.entries()] == [NOW - 2, NOW - 1]


@pytest.mark.parametrize(
    "cap, left", [(60, {"a", "b", "c"}), (59, {"a", "b"}), (31, {"a", "b"}), (30, {"a", "b"}), (29, {"a"}), (20, {"a"}), (19, set()), (0, set())]
)
def test_prune_removes_the_least_recently_used(opened, cap, left):
    for name, size, age in (("a", 20, 1), ("b", 10, 5), ("c", 30, 9)):
        put(opened, name, size, NOW - age)
    removed = opened.prune(size_cap_bytes=cap, now=NOW)
    assert {name for name, _size, _used in opened.entries()} == left
    assert set(removed) == {os.path.join("artifacts", name) for name in {"a", "b", "c"} - left}


def test_prune_takes_the_cache_of_zig_first(opened):
    put(opened, "a", 20, NOW)
    zig = Path(opened.zig_cache("0.15.2"))
    (zig / "o").mkdir(parents=True)
    (zig / "o/big").write_bytes(bytes(1000))
    assert opened.prune(size_cap_bytes=1020, now=NOW) == [] and zig.exists()
    assert opened.prune(size_cap_bytes=1019, now=NOW) == ["zig-0.15.2"] and not zig.exists()
    assert len(opened.entries()) == 1


def test_prune_sweeps_stages_that_builds_left_behind(opened):
    old, new = Path(opened.path("stages", "old")), Path(opened.path("stages", "new"))
    for stage in (old, new):
        (stage / "first").mkdir(parents=True)
        (stage / "first/library.so").write_bytes(b"x")
        (stage / "top").symlink_to(opened.root)
    probe = Path(opened.path("stages", "probe-1"))
    probe.write_bytes(b"x")
    for path in (old, probe):
        os.utime(path, (NOW - 7 * 3600, NOW - 7 * 3600))
    os.utime(new, (NOW - 3600, NOW - 3600))
    assert opened.prune(now=NOW) == [os.path.join("stages", "old"), os.path.join("stages", "probe-1")]
    assert not old.exists() and not probe.exists() and new.exists() and os.path.isdir(opened.path("artifacts"))


def test_prune_drops_records_that_nobody_used(opened):
    for folder in ("index", "recipes"):
        for name, age_days in (("old", 91), ("new", 89)):
            path = Path(opened.path(folder, name))
            path.write_bytes(b"x")
            os.utime(path, (NOW - age_days * 86400,) * 2)
    opened.prune(now=NOW)
    assert [os.listdir(opened.path(folder)) for folder in ("index", "recipes")] == [["new"], ["new"]]


def test_prune_does_not_follow_links(opened, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(bytes(100))
    Path(opened.zig_cache("0.15.2")).symlink_to(outside)
    opened.prune(size_cap_bytes=0, now=NOW)
    assert (outside / "precious").exists()


def test_prune_happens_once_a_day(opened):
    put(opened, "a", 20, NOW)
    stage = Path(opened.path("stages", "old"))
    stage.mkdir()
    os.utime(stage, (0, 0))
    opened.prune_sometimes(now=time.time())
    assert stage.exists(), "the first time only starts the clock"
    opened.prune_sometimes(now=time.time() + 23 * 3600)
    assert stage.exists()
    opened.prune_sometimes(now=time.time() + 25 * 3600)
    assert not stage.exists()


def test_pruned_modules_are_compiled_again(counted):
    warm(counted)
    for zig in counted.cache.glob("zig-*"):
        zig.unlink()  # it is a link here, to what the tests share
    opened = open_cache(str(counted.cache))
    assert any("mymod-" in name for name in opened.prune(size_cap_bytes=0, now=time.time()))
    counted.fill(counted.cache)
    assert counted.call("mymod") == 1
    assert counted.compiles == 2


def test_verify_removes_what_is_not_what_was_stored(counted):
    warm(counted)
    opened = open_cache(str(counted.cache))
    assert opened.verify() == []
    [artifact] = files(counted, "artifact")
    zeroed(artifact)
    assert opened.verify() == [artifact.name]
    assert not artifact.exists()
    assert counted.call("mymod") == 1
    assert opened.verify() == []
    assert counted.compiles == 2


def test_clean_removes_everything(counted):
    warm(counted)
    outside = next(counted.cache.glob("zig-*")).resolve()
    (counted.cache / "README.md").write_text("kept")
    opened = open_cache(str(counted.cache))
    opened.clean()
    assert {path.name for path in counted.cache.iterdir()} == {"locks", "README.md"}
    assert outside.is_dir()
    counted.fill(counted.cache)
    assert counted.call("mymod") == 1
    assert counted.compiles == 2


def test_the_cache_is_tagged_as_one(opened):
    assert Path(opened.path("CACHEDIR.TAG")).read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_builds_leave_nothing_behind(counted):
    counted.answer("mymod.zig", 1)
    counted.call("mymod")
    counted.answer("mymod.zig", "unknown")
    counted.error("import mymod")
    assert os.listdir(counted.cache / "stages") == []
    assert sorted(os.listdir(counted.root)) == ["mymod.zig"]
    left = [path.name for path in counted.cache.rglob("*") if ".so." in path.name or "probe" in path.name]
    assert left == []

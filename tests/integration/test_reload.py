"""`importlib.reload`: in place, complete, and harmless when the new source does not compile."""

import sys

import pytest

ONE = """\
//! First.
pub const number: i64 = 1;

pub fn f() i64 {
    return 1;
}

pub fn old() void {}

pub const sub = struct {
    pub fn g() i64 {
        return 1;
    }

    pub fn old() void {}

    pub const deep = struct {
        pub fn h() i64 {
            return 1;
        }
    };
};

pub const gone = struct {
    pub fn g() void {}
};
"""
TWO = """\
//! Second.
pub const number: i64 = 2;

pub fn f() i64 {
    return 2;
}

pub fn new() void {}

pub const sub = struct {
    pub fn g() i64 {
        return 2;
    }

    pub fn new() void {}

    pub const deep = struct {
        pub fn h() i64 {
            return 2;
        }
    };
};

pub const fresh = struct {
    pub fn g() void {}
};
"""


@pytest.fixture
def edited(counted):
    """A project whose processes know ``write(name, text)`` and the texts ONE and TWO."""
    counted.write(
        "edits.py",
        f"import pathlib\nONE, TWO = {ONE!r}, {TWO!r}\ndef write(name, text):\n    (pathlib.Path(__file__).parent / name).write_text(text)\n",
    )
    counted.write("mymod.zig", ONE)
    return counted


def test_without_a_change_nothing_happens(edited):
    code = """
        import importlib, mymod
        functions = [mymod.f, mymod.sub.g, mymod.sub]
        again = importlib.reload(mymod)
        answer = [again is mymod, [mymod.f, mymod.sub.g, mymod.sub] == functions, mymod.f is functions[0]]
    """
    assert edited.ask(code) == [True, True, True]
    assert edited.compiles == 1


def test_a_change_is_seen_in_place(edited):
    code = """
        import importlib, sys, mymod
        from edits import write, TWO
        from mymod import f
        from mymod.sub import g
        sub, deep = mymod.sub, mymod.sub.deep
        mymod.mine, sub.mine = "kept", "kept too"
        spec_cached = mymod.__spec__.cached
        write("mymod.zig", TWO)
        again = importlib.reload(mymod)
        answer = {
            "identity": [again is mymod, sys.modules["mymod"] is mymod, mymod.sub is sub, sys.modules["mymod.sub"] is sub,
                         mymod.sub.deep is deep, sys.modules["mymod.sub.deep"] is deep],
            "new": [mymod.f(), mymod.number, mymod.sub.g(), sub.g(), deep.h(), mymod.__doc__, hasattr(mymod, "new"), hasattr(sub, "new")],
            "old": [f(), g()],
            "removed": [hasattr(mymod, "old"), hasattr(mymod, "gone"), hasattr(sub, "old")],
            "kept": [mymod.mine, sub.mine],
            "spec": [mymod.__spec__.origin == mymod.__file__, mymod.__spec__.cached != spec_cached, mymod.__cached__ == mymod.__spec__.cached],
        }
        import mymod.fresh
        try:
            import mymod.gone
            answer["gone"] = False
        except ModuleNotFoundError:
            answer["gone"] = True
    """
    assert edited.ask(code) == {
        "identity": [True] * 6,
        "new": [2, 2, 2, 2, 2, "Second.", True, True],
        "old": [1, 1],
        "removed": [False] * 3,
        "kept": ["kept", "kept too"],
        "spec": [True, True, True],
        "gone": True,
    }


def test_a_change_of_an_imported_file_is_seen(edited):
    edited.write("mymod.zig", 'pub const f = @import("util.zig").f;\n')
    edited.answer("util.zig", 1)
    code = """
        import importlib, mymod
        from edits import write
        before = mymod.f()
        write("util.zig", "pub fn f() i64 { return 2; }")
        importlib.reload(mymod)
        answer = [before, mymod.f()]
    """
    assert edited.ask(code) == [1, 2]


def test_reload_in_a_package(edited):
    edited.write("pkg/__init__.py", "from .mod import f\n")
    edited.write("pkg/mod.zig", ONE)
    code = """
        import importlib, pickle, pkg.mod
        from edits import write, TWO
        write("pkg/mod.zig", TWO)
        importlib.reload(pkg.mod)
        assert pickle.loads(pickle.dumps(pkg.mod.sub.g)) is pkg.mod.sub.g
        answer = [pkg.f(), pkg.mod.f(), pkg.mod.sub.g(), pkg.mod.__name__, pkg.mod.f.__module__]
    """
    assert edited.ask(code) == [1, 2, 2, "pkg.mod", "pkg.mod"]


def test_a_failed_edit_leaves_the_module_working(edited):
    code = """
        import importlib, inspect, sys, mymod
        from edits import write, ONE, TWO
        before = dict(vars(mymod))
        cached = mymod.__spec__.cached
        write("mymod.zig", "pub fn f() i64 { return unknown; }")
        raised = []
        for _ in range(2):
            try:
                importlib.reload(mymod)
            except ImportError as error:
                raised.append([type(error).__name__, error.name, error.path == mymod.__file__, "unknown" in str(error)])
        after = dict(vars(mymod))
        for name in ("__spec__", "__loader__"):  # importlib makes new ones
            before.pop(name), after.pop(name)
        answer = {
            "raised": raised, "same": after == before, "works": [mymod.f(), mymod.sub.g()], "there": sys.modules["mymod"] is mymod,
            "cached": mymod.__spec__.cached == cached,
        }
        write("mymod.zig", TWO)
        importlib.reload(mymod)
        answer["fixed"] = [mymod.f(), mymod.sub.g()]
        write("mymod.zig", ONE)
        importlib.reload(mymod)
        answer["back"] = [mymod.f(), mymod.sub.g(), mymod.__spec__.cached == cached]
    """
    assert edited.ask(code) == {
        "raised": [["CompileError", "mymod", True, True]] * 2,
        "same": True,
        "works": [1, 1],
        "there": True,
        "cached": True,
        "fixed": [2, 2],
        "back": [1, 1, True],
    }
    assert edited.compiles == 3, "going back to what was built before needs no compile"


def test_a_library_that_fails_to_load_leaves_the_module_working(edited):
    edited.write("mymod.zig", ONE)
    bad = "export fn PyInit_mymod() ?*anyopaque {\n    return null;\n}\n"
    code = f"""
        import importlib, mymod
        from edits import write
        sub = mymod.sub
        write("mymod.zig", {bad!r})
        try:
            importlib.reload(mymod)
        except (ImportError, SystemError) as error:
            raised = type(error).__name__
        import sys
        answer = [raised, mymod.f(), mymod.sub.g(), sys.modules["mymod.sub"] is sub]
    """
    assert edited.ask(code)[1:] == [1, 1, True]


def test_a_library_that_fails_halfway_leaves_the_module_working(edited):
    """Its submodules come into `sys.modules` one by one."""
    code = """
        import importlib, sys, types, mymod
        from edits import write, TWO
        from zigbind import image
        def exec_dynamic(module):
            sys.modules["mymod.sub"] = types.ModuleType("mymod.sub")
            raise MemoryError
        image._imp = types.SimpleNamespace(create_dynamic=image._imp.create_dynamic, exec_dynamic=exec_dynamic)
        before = dict(vars(mymod)), mymod.sub
        write("mymod.zig", TWO)
        try:
            importlib.reload(mymod)
        except MemoryError:
            pass
        spec_is_kept = mymod.__spec__.cached == before[0]["_zigbind_artifact"]
        answer = [sys.modules["mymod.sub"] is before[1], mymod.sub is before[1], mymod.f(), mymod.sub.g(), spec_is_kept]
    """
    assert edited.ask(code) == [True, True, 1, 1, True]


def test_an_import_after_a_failed_one_is_complete(edited):
    edited.write("mymod.zig", "pub fn f() i64 { return unknown; }")
    code = """
        import sys
        from edits import write, TWO
        try:
            import mymod
        except ImportError:
            pass
        assert "mymod" not in sys.modules
        write("mymod.zig", TWO)
        import mymod
        answer = mymod.f()
    """
    assert edited.ask(code) == 2


def test_reloads_leak_no_more_than_the_images(edited):
    """A library is never unloaded: what twenty of them cost is bounded by their size."""
    code = """
        import gc, importlib, os, mymod
        from edits import write

        def resident():
            gc.collect()
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        def reload(number):
            write("mymod.zig", f"pub fn f() i64 {{ return {number}; }}")
            importlib.reload(mymod)
            assert mymod.f() == number

        for number in range(100, 105):
            reload(number)  # what the first builds load stays
        before = resident()
        for number in range(20):
            reload(number)
        answer = [resident() - before, os.path.getsize(mymod.__spec__.cached)]
    """
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    growth, artifact = edited.ask(code)
    assert growth < 20 * (3 * artifact + 256 * 1024)


def test_reloads_of_two_versions_leak_nothing(edited):
    code = """
        import gc, importlib, sys, mymod
        from edits import write, ONE, TWO

        def both():
            for text in (TWO, ONE):
                write("mymod.zig", text)
                importlib.reload(mymod)

        def blocks():
            gc.collect()
            return sys.getallocatedblocks()

        for _ in range(3):
            both()
        before = blocks()
        for _ in range(10):
            both()
        answer = blocks() - before
    """
    assert edited.ask(code) < 200
    assert edited.compiles == 2


def test_a_reload_after_the_cache_was_cleaned(edited):
    code = """
        import importlib, os, mymod
        from edits import write, TWO
        from zigbind.cache import open_cache
        mymod.mine = "kept"
        open_cache(os.environ["ZIGBIND_CACHE_DIR"]).clean()
        write("mymod.zig", TWO)
        importlib.reload(mymod)
        answer = [mymod.f(), mymod.mine]
    """
    assert edited.ask(code) == [2, "kept"]

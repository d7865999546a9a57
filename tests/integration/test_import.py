"""What `import` finds, and what the rest of Python makes of a module that came from a ``.zig`` file."""

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

MYMOD = """\
//! Sums and products.
const std = @import("std");

/// The sum of two numbers.
pub fn add(a: i64, b: i64) i64 {
    return a + b;
}

pub const limit: i64 = 7;

/// More of it.
pub const more = struct {
    /// Twice the number.
    pub fn twice(x: i64) i64 {
        return 2 * x;
    }

    pub const deep = struct {
        pub fn thrice(x: i64) i64 {
            return 3 * x;
        }
    };
};
"""


# ---- where modules are found


def test_top_level_module(project):
    project.write("mymod.zig", MYMOD)
    assert project.ask("import mymod; answer = [mymod.add(1, 2), mymod.add(b=3, a=4), mymod.limit]") == [3, 7, 7]


def test_module_in_the_working_directory(project):
    project.answer("here.zig", 4)
    assert project.call("here", cwd=project.root, env={"PYTHONPATH": None}) == 4


def test_modules_in_packages_import_from_the_whole_package(project):
    project.write("pkg/__init__.py", "")
    project.write("pkg/sub/__init__.py", "")
    project.write("pkg/util.zig", "pub fn base() i64 {\n    return 40;\n}\n")
    project.write("pkg/mod.zig", 'pub fn f() i64 {\n    return @import("util.zig").base() + 1;\n}\n')
    project.write("pkg/sub/mod.zig", 'pub fn f() i64 {\n    return @import("../util.zig").base() + 2;\n}\n')
    code = """
        import pkg.mod, pkg.sub.mod
        from pkg.sub import mod
        assert mod is pkg.sub.mod
        answer = [[m.f(), m.__name__, m.__package__, m.f.__module__] for m in (pkg.mod, pkg.sub.mod)]
    """
    assert project.ask(code) == [[41, "pkg.mod", "pkg", "pkg.mod"], [42, "pkg.sub.mod", "pkg.sub", "pkg.sub.mod"]]


def test_relative_import_from_a_python_package(project):
    project.write("pkg/__init__.py", "from .fast import f\n")
    project.answer("pkg/fast.zig", 5)
    assert project.call("pkg") == 5


def test_module_in_a_namespace_package(project):
    project.answer("space/mod.zig", 6)
    assert project.ask("from space import mod; answer = [mod.f(), mod.__name__]") == [6, "space.mod"]


@pytest.mark.parametrize("first, second", [("py", "zig"), ("zig", "py"), ("zig", "zig"), ("package", "zig"), ("zig", "package")])
def test_the_first_path_entry_wins(project, first, second):
    for directory, kind, value in (("one", first, 1), ("two", second, 2)):
        if kind == "zig":
            project.answer(f"{directory}/mymod.zig", value)
        else:
            name = "mymod.py" if kind == "py" else "mymod/__init__.py"
            project.write(f"{directory}/{name}", f"def f():\n    return {value}\n")
    path = os.pathsep.join(str(project.root / directory) for directory in ("one", "two"))
    assert project.call("mymod", env={"PYTHONPATH": path, "PYTHONWARNINGS": "error"}) == 1


def test_in_one_directory_python_wins_with_a_warning(project):
    rival = "mymod.py"
    project.answer("mymod.zig", 1)
    project.write(rival, "def f():\n    return 2\n")
    code = """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import mymod
        answer = [mymod.f(), [[w.category.__name__, str(w.message)] for w in caught]]
    """
    value, warnings = project.ask(code)
    assert value == 2
    [[category, text]] = warnings
    assert category == "RuntimeWarning"
    assert str(project.root / "mymod.zig") in text and str(project.root / rival) in text


def test_the_standard_library_is_always_pythons_own(project):
    """Also where it is not yet imported: others rely on it, as zigbind does, whose cold import needs math."""
    for name in ("math", "queue", "json", "random"):
        project.answer(f"{name}.zig", 1)
    project.answer("mymod.zig", 2)
    code = """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import mymod, queue
        answer = [mymod.f(), queue.Queue().empty(), sorted({w.category.__name__ for w in caught}), [str(w.message) for w in caught]]
    """
    value, is_empty, categories, texts = project.ask(code)
    assert (value, is_empty, categories) == (2, True, ["RuntimeWarning"])
    assert [one for one in texts if one.startswith("import queue takes the module of Python's standard library, not ")]
    assert [one for one in texts if one.endswith(f"{project.root / 'queue.zig'}; rename that file")]


def test_a_module_without_anything_pub_says_so(project):
    path = project.write("mymod.zig", "fn f() i64 {\n    return 1;\n}\n")
    done = project.python("import zigbind.auto\n\nimport mymod")
    assert f"<string>:3: RuntimeWarning: nothing in {path} is pub: put pub before what Python shall see" in done.stderr
    project.write("mymod.zig", "pub fn f() i64 {\n    return 1;\n}\n")
    assert project.call("mymod", env={"PYTHONWARNINGS": "error"}) == 1


def test_a_warning_names_the_import_statement(project):
    project.answer("queue.zig", 1)
    done = project.python("import zigbind.auto\n\nimport queue")
    assert "<string>:3: RuntimeWarning: import queue takes" in done.stderr


@pytest.mark.parametrize("outer", ["", "outer/"])
def test_zig_beside_a_package_of_its_name_is_a_module_in_the_package(project, outer):
    if outer:
        project.write("outer/__init__.py", "")
    project.answer(f"{outer}mymod.zig", 1)
    project.write(f"{outer}mymod/__init__.py", "from .mymod import f\n")
    name = f"{outer.replace('/', '.')}mymod"
    code = f"""
        import importlib
        package = importlib.import_module({name!r})
        inner = package.mymod
        answer = [package.f(), inner.__name__, inner.__file__, importlib.reload(inner) is inner]
    """
    assert project.ask(code, env={"PYTHONWARNINGS": "error"}) == [1, f"{name}.mymod", str(project.root / f"{outer}mymod.zig"), True]
    inside = project.answer(f"{outer}mymod/mymod.zig", 2)
    assert project.ask(f"import {name} as package; answer = [package.f(), package.mymod.__file__]") == [2, str(inside)]


def test_zig_beside_a_directory_is_no_module_in_it(project):
    project.answer("mymod.zig", 1)
    project.write("mymod/data.txt", "")
    project.write("other/__init__.py", "")
    project.answer("other.zig", 1)
    error = project.error("import mymod.mymod")
    assert "ModuleNotFoundError" in error["types"]
    error = project.error("import other.third.other")
    assert "ModuleNotFoundError" in error["types"]


def test_zig_wins_over_an_extension_beside_it(project):
    project.answer("mymod.zig", 1)
    project.write("mymod.abi3.so", b"never loaded")
    assert project.call("mymod", env={"PYTHONWARNINGS": "error"}) == 1


def test_a_directory_without_init_loses_to_zig(project):
    project.answer("mymod.zig", 1)
    project.write("mymod/data.txt", "")
    assert project.call("mymod", env={"PYTHONWARNINGS": "error"}) == 1


def test_a_directory_named_like_a_zig_file_is_no_module(project):
    project.write("mymod.zig/inside.txt", "")
    error = project.error("import mymod")
    assert error["types"][0] == "ModuleNotFoundError"


def test_a_dangling_link_is_no_module(project):
    (project.root / "mymod.zig").symlink_to("nowhere.zig")
    assert project.error("import mymod")["types"][0] == "ModuleNotFoundError"


@pytest.mark.parametrize("directory", ["lib/site-packages", "lib/dist-packages"])
def test_installed_packages_are_left_alone(project, directory):
    project.answer(f"{directory}/mymod.zig", 1)
    project.answer(f"{directory}/pkg/mod.zig", 1)
    project.write(f"{directory}/pkg/__init__.py", "")
    env = {"PYTHONPATH": str(project.root / directory)}
    for name in ("mymod", "pkg.mod"):
        assert project.error(f"import {name}", env=env)["types"][0] == "ModuleNotFoundError"


def test_the_standard_library_is_left_alone(project):
    code = """
        import os, sys
        from zigbind.importer import PathHook
        [hook] = [hook for hook in sys.path_hooks if isinstance(hook, PathHook)]
        refused = []
        for directory in (os.path.dirname(os.__file__), os.path.join(os.path.dirname(os.__file__), "json")):
            try:
                hook(directory)
            except ImportError:
                refused.append(True)
        answer = refused
    """
    assert project.ask(code) == [True, True]


def test_a_new_file_is_found_without_a_new_process(project):
    project.answer("first.zig", 1)
    source = "pub fn f() i64 {\n    return 2;\n}\n"
    code = f"""
        import importlib, first
        try:
            import second
        except ModuleNotFoundError:
            pass
        open({str(project.root / "second.zig")!r}, "w").write({source!r})
        importlib.invalidate_caches()
        import second
        answer = second.f()
    """
    assert project.ask(code) == 2


# ---- install and uninstall


@pytest.mark.parametrize(
    "arguments, found",
    [
        ("", ["alpha", "beta", "pkg.gamma"]),
        ("include=['alpha']", ["alpha"]),
        ("include=['*a'], exclude=['beta']", ["alpha", "pkg.gamma"]),
        ("include=['pkg.*']", ["pkg.gamma"]),
        ("exclude=['pkg.*', 'al*']", ["beta"]),
        ("include=[]", []),
    ],
)
def test_include_and_exclude(project, arguments, found):
    project.write("pkg/__init__.py", "")
    for name in ("alpha", "beta", "pkg/gamma"):
        project.answer(f"{name}.zig", 1)
    code = f"""
        import importlib, importlib.util, pkg, zigbind
        zigbind.install({arguments})
        answer = [name for name in ("alpha", "beta", "pkg.gamma") if importlib.util.find_spec(name)]
    """
    assert project.ask(code) == found


def test_install_takes_settings_and_refuses_unknown_ones(project):
    project.write("mymod.zig", 'pub fn f() bool {\n    return @import("builtin").mode == .ReleaseFast;\n}\n')
    assert project.ask("import zigbind; zigbind.install(optimize='ReleaseFast'); import mymod; answer = mymod.f()") is True
    error = project.error("import zigbind\nzigbind.install(optimise='Debug')")
    assert "SettingsError" in error["types"] and "optimise" in error["text"] and "optimize" in error["text"]


def test_uninstall_ends_it_and_leaves_what_was_imported(project):
    project.answer("mymod.zig", 1)
    project.answer("other.zig", 1)
    code = """
        import sys, zigbind, mymod
        before = list(sys.path_hooks)
        zigbind.uninstall()
        zigbind.uninstall()
        try:
            import other
            found = True
        except ModuleNotFoundError:
            found = False
        answer = [found, mymod.f(), len(before) - len(sys.path_hooks)]
        zigbind.install()
        zigbind.install()
        import other
        assert other.f() == 1
        assert len(sys.path_hooks) == len(before)
    """
    assert project.ask(code) == [False, 1, 1]


# ---- what a module looks like


def test_spec_and_file(project):
    path = project.write("mymod.zig", MYMOD)
    code = """
        import mymod
        spec = mymod.__spec__
        answer = {
            "origin": spec.origin, "file": mymod.__file__, "cached": spec.cached, "location": spec.has_location, "name": spec.name,
            "package": mymod.__package__, "loader": type(mymod.__loader__).__name__, "doc": mymod.__doc__, "path": hasattr(mymod, "__path__"),
        }
    """
    cold, warm = project.ask(code), project.ask(code)
    assert cold == warm
    cached = cold.pop("cached")
    assert os.path.dirname(cached) == str(project.cache / "artifacts")
    assert os.path.basename(cached).startswith("mymod-") and os.path.isfile(cached)
    assert cold == {
        "origin": str(path),
        "file": str(path),
        "location": True,
        "name": "mymod",
        "package": "",
        "loader": "ZigLoader",
        "doc": "Sums and products.",
        "path": False,
    }


def test_inspect_and_help(project):
    project.write("mymod.zig", MYMOD)
    code = """
        import inspect, pydoc, mymod
        answer = {
            "source": inspect.getsource(mymod),
            "file": inspect.getsourcefile(mymod),
            "signature": str(inspect.signature(mymod.add)),
            "doc": inspect.getdoc(mymod.add),
            "help": pydoc.plain(pydoc.render_doc(mymod)),
        }
    """
    answer = project.ask(code)
    assert answer["source"] == MYMOD
    assert answer["file"] == str(project.root / "mymod.zig")
    assert answer["signature"] == "(a, b)"
    assert answer["doc"] == "The sum of two numbers."
    for text in ("mymod - Sums and products.", "add(a, b)", "The sum of two numbers.", str(project.root / "mymod.zig")):
        assert text in answer["help"]


def test_resources_beside_a_module(project):
    project.write("pkg/__init__.py", "")
    project.answer("pkg/mod.zig", 1)
    project.write("pkg/data.txt", "beside")
    project.answer("top.zig", 1)
    project.write("data.txt", "on top")
    code = """
        import importlib.resources as resources, pkg.mod, top
        answer = [resources.files(anchor).joinpath("data.txt").read_text() for anchor in ("pkg", "pkg.mod", pkg.mod, "top", top)]
    """
    assert project.ask(code) == ["beside", "beside", "beside", "on top", "on top"]


def test_functions_are_pickled_by_reference(project):
    project.write("mymod.zig", MYMOD)
    project.write("pkg/__init__.py", "")
    project.write("pkg/mod.zig", MYMOD)
    code = """
        import copy, pickle, mymod, mymod.more.deep, pkg.mod
        functions = [mymod.add, mymod.more.twice, mymod.more.deep.thrice, pkg.mod.add, pkg.mod.more.twice]
        for function in functions:
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                assert pickle.loads(pickle.dumps(function, protocol)) is function
            assert copy.deepcopy(function) is function
        answer = [f"{function.__module__}.{function.__qualname__}" for function in functions]
        with open("pickled", "wb") as file:
            pickle.dump(functions, file)
    """
    assert project.ask(code) == ["mymod.add", "mymod.more.twice", "mymod.more.deep.thrice", "pkg.mod.add", "pkg.mod.more.twice"]
    # Unpickling imports what it needs.
    code = "import pickle; answer = [function.__name__ for function in pickle.load(open('pickled', 'rb'))]"
    assert project.ask(code) == ["add", "twice", "thrice", "add", "twice"]


def test_namespaces_are_importable(project):
    project.write("mymod.zig", MYMOD)
    project.write("pkg/__init__.py", "")
    project.write("pkg/mod.zig", MYMOD)
    code = """
        import mymod.more
        from mymod.more.deep import thrice
        import pkg.mod.more as more
        answer = [mymod.more.twice(2), thrice(2), more.twice(3), mymod.more.__name__, more.__name__, mymod.more.__doc__]
    """
    # `import mymod.more` asks for the submodule only after mymod is there, so this is the first import of both.
    assert project.ask("from mymod.more import twice; answer = twice(4)") == 8
    assert project.ask(code) == [4, 6, 6, "mymod.more", "pkg.mod.more", "More of it."]
    assert project.error("import mymod.nothing")["types"][0] == "ModuleNotFoundError"


def test_pkgutil_lists_zig_modules(project):
    for name in ("one.zig", "pkg/mod.zig", "pkg/both.zig", "no-name.zig"):
        project.answer(name, 1)
    for name in ("two.py", "pkg/__init__.py", "pkg/both.py", "pkg/plain.py"):
        project.write(name, "")
    code = f"""
        import pkgutil, pkg
        answer = [
            sorted([m.name, m.ispkg] for m in pkgutil.iter_modules([{str(project.root)!r}])),
            sorted([m.name, m.ispkg] for m in pkgutil.iter_modules(pkg.__path__, "pkg.")),
            sorted(m.name for m in pkgutil.walk_packages([{str(project.root)!r}])),
        ]
    """
    top, package, walked = project.ask(code)
    assert top == [["one", False], ["pkg", True], ["two", False]]
    assert package == [["pkg.both", False], ["pkg.mod", False], ["pkg.plain", False]]
    assert walked == ["one", "pkg", "pkg.both", "pkg.mod", "pkg.plain", "two"]


# ---- running a module


def test_run_module_calls_main(project):
    project.write("program.zig", "pub fn main() void {}\n")
    project.write("failing.zig", "pub fn main() i64 {\n    return 3;\n}\n")
    code = """
        import runpy
        answer = []
        for name in ("program", "failing"):
            try:
                runpy.run_module(name, run_name="__main__")
                answer.append("returned")
            except SystemExit as exit:
                answer.append(exit.code)
    """
    assert project.ask(code) == [None, 3]


def test_run_module_without_main_says_so(project):
    path = project.answer("mymod.zig", 1)
    done = project.python("import runpy, zigbind.auto; runpy.run_module('mymod', run_name='__main__')", check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == f"{path} has no pub fn main that Python can call: module 'mymod' has no attribute 'main'"


# ---- what an import costs


def test_a_warm_import_loads_nothing_else(project):
    project.write("mymod.zig", MYMOD)
    code = "import sys; bare = set(sys.modules)\nimport zigbind.auto, mymod\nprint(*sorted(set(sys.modules) - bare))"
    cold = set(project.python(code).stdout.split())
    project.settle()
    project.python(code)
    warm = set(project.python(code).stdout.split())
    assert cold > warm
    assert warm == {
        "mymod",
        "mymod.more",
        "mymod.more.deep",
        "zigbind",
        "zigbind.auto",
        "zigbind.importer",
        "zigbind.manifest",
    }


# ---- interpreters


SUBINTERPRETERS = """
    import sys
    if sys.version_info >= (3, 13):
        import _interpreters as interpreters
        make = lambda: interpreters.create("isolated" if own_gil else "legacy", reqrefs=False)
    else:
        import _xxsubinterpreters as interpreters
        make = lambda: interpreters.create(isolated=own_gil)
    own_gil = {own_gil}
    import os
    read, write = os.pipe()
    code = (
        f"import sys, os; sys.path[:] = {{sys.path!r}}\\n"
        "import zigbind.auto\\n"
        "try:\\n"
        "    import mymod\\n"
        "    said = str(mymod.f())\\n"
        "except ImportError as error:\\n"
        "    said = f'ImportError: {{error}}'\\n"
        f"os.write({{write}}, (said + '\\\\n').encode())\\n"
    )
    if {first}:
        import zigbind.auto, mymod
        os.write(write, f"{{mymod.f()}}\\n".encode())
    for _ in range(2):
        one = make()
        error = interpreters.run_string(one, code)
        if error:
            os.write(write, f"{{error}}\\n".encode())
        interpreters.destroy(one)
    if {first}:
        assert mymod.f() == 5
    os.close(write)
    print(os.fdopen(read).read())
"""


@pytest.mark.parametrize("state", ["cold", "warm", "imported"])
@pytest.mark.parametrize("own_gil", [False, True], ids=["shared-gil", "own-gil"])
def test_subinterpreters(project, own_gil, state):
    project.answer("mymod.zig", 5)
    if state != "cold":
        project.call("mymod")
        project.settle()
        project.call("mymod")
    first = state == "imported"
    said = project.python(SUBINTERPRETERS.format(own_gil=own_gil, first=first)).stdout.split()
    assert said == ["5"] * (3 if first else 2)


@pytest.mark.parametrize("own_gil", [False, True], ids=["shared-gil", "own-gil"])
def test_container_level_variables_keep_a_module_from_interpreters_with_a_gil_of_their_own(project, own_gil):
    project.write("mymod.zig", "var count: i64 = 5;\n\npub fn f() i64 {\n    return count;\n}\n")
    project.call("mymod")
    project.settle()
    project.call("mymod")
    said = project.python(SUBINTERPRETERS.format(own_gil=own_gil, first=False)).stdout.split("\n")
    if own_gil:
        assert all(line.startswith("ImportError") for line in said[:2])
    else:
        assert said[:2] == ["5", "5"]


def other_python() -> str:
    """An interpreter of the other one of the versions 3.12 and 3.13, from OTHER_PYTHON, PATH or uv."""
    wanted = "3.12" if sys.version_info >= (3, 13) else "3.13"
    candidates = [[os.environ.get("OTHER_PYTHON")], [shutil.which(f"python{wanted}")]]
    if uv := shutil.which("uv"):
        candidates.append([uv, "run", "--no-project", "--offline", "--python", wanted, "python"])
    for command in candidates:
        if command[0] is None:
            continue
        probe = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
        done = subprocess.run([*command, "-c", probe], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        version, _, path = done.stdout.strip().partition(" ")
        if version == wanted:
            return path
    pytest.skip(f"there is no Python {wanted} here: put python{wanted} on PATH, or its path into OTHER_PYTHON")


def test_one_artifact_serves_all_versions_of_python(counted):
    counted.write("mymod.zig", MYMOD)
    code = "import mymod, sys; answer = [mymod.add(1, 2), mymod.__spec__.cached, sys.version_info[1]]"
    home = os.path.dirname(importlib.util.find_spec("zigbind").submodule_search_locations[0])
    counted.env["PYTHONPATH"] += os.pathsep + home
    first, second = counted.ask(code), counted.ask(code, python=other_python())
    assert first[:2] == second[:2] and first[2] != second[2]
    assert counted.compiles == 1


def test_abi3audit_accepts_it(project):
    pytest.importorskip("abi3audit", reason="abi3audit is not installed")
    project.write("mymod.zig", MYMOD)
    artifact = project.ask("import mymod; answer = mymod.__spec__.cached")
    assert artifact.endswith(".abi3.so")
    done = subprocess.run([sys.executable, "-m", "abi3audit", "--strict", "--assume-minimum-abi3", "3.12", artifact], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- library calls


def test_load(project):
    project.write("src/my-file.zig", MYMOD)
    code = """
        import sys, zigbind
        module = zigbind.load("project/src/my-file.zig", name="sums")
        answer = [module.add(1, 2), module.__name__, module.__file__, module.__doc__, "sums" in sys.modules, module.add.__module__]
    """
    path = str(project.root / "src/my-file.zig")
    assert project.ask(code) == [3, "sums", path, "Sums and products.", False, "sums"]


def test_load_takes_settings(project):
    project.write("mymod.zig", 'pub fn f() bool {\n    return @import("builtin").mode == .Debug;\n}\n')
    code = "import zigbind; answer = [zigbind.load('project/mymod.zig', **s).f() for s in ({}, {'optimize': 'Debug'})]"
    assert project.ask(code) == [False, True]
    error = project.error("import zigbind\nzigbind.load('project/mymod.zig', optimize='Fast')")
    assert "SettingsError" in error["types"] and "ReleaseFast" in error["text"]


def test_load_of_a_missing_file(project):
    error = project.error("import zigbind\nzigbind.load('project/nothing.zig')")
    assert error["types"][0] == "FileNotFoundError" and str(project.root / "nothing.zig") in error["text"]


def test_compile_text(counted):
    code = """
        import zigbind
        one = zigbind.compile("pub fn f() i64 { return 1; }")
        two = zigbind.compile("pub fn f() i64 { return 2; }", name="two")
        again = zigbind.compile("pub fn f() i64 { return 1; }")
        answer = [one.f(), two.f(), again.f(), one.__name__, two.__name__]
    """
    assert counted.ask(code) == [1, 2, 1, "snippet", "two"]
    assert counted.compiles == 2
    assert counted.ask(code) == [1, 2, 1, "snippet", "two"]
    assert counted.compiles == 2


def test_compile_text_that_is_wrong(project):
    error = project.error('import zigbind\nzigbind.compile("pub fn f() i64 { return x; }", name="wrong")')
    assert error["types"][0] == "CompileError" and error["name"] == "wrong"
    assert "use of undeclared identifier 'x'" in error["text"]


def test_build(counted):
    path = counted.write("mymod.zig", 'pub const f = @import("deep/util.zig").f;\n')
    util = counted.answer("deep/util.zig", 8)
    code = """
        import os, pathlib, time, zigbind
        started = time.perf_counter()
        artifacts = [zigbind.build(pathlib.Path("project", "mymod.zig")), zigbind.build("project/mymod.zig")]
        took = time.perf_counter() - started
        answer = [took, *({"path": a.path, "key": a.key, "inputs": a.inputs, "seconds": a.seconds} for a in artifacts)]
        assert isinstance(artifacts[0], zigbind.Artifact)
        os.stat(artifacts[0].path)
    """
    took, first, second = counted.ask(code)
    assert first == second
    assert set(first["inputs"]) == {str(path), str(util)}
    assert first["key"] in os.path.basename(first["path"])
    assert 0 < first["seconds"] < took
    assert counted.compiles == 1
    # The hook uses what a call built.
    assert counted.call("mymod") == 8
    assert counted.compiles == 1

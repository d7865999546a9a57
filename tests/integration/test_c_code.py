"""C code in modules, and libraries that they are linked with."""

import shutil
import subprocess

import pytest

PYPROJECT = "[tool.zigbind]\nc-sources = ['sum.c']\ninclude-dirs = ['.']\n"
MODULE = """
const c = @cImport(@cInclude("sum.h"));
pub fn sum(a: i32, b: i32) i32 {
    return c.sum(a, b);
}
pub fn next() i32 {
    return c.next();
}
"""


@pytest.fixture
def with_c(project):
    project.write("pyproject.toml", PYPROJECT)
    project.write("sum.h", "int sum(int a, int b);\nint next(void);\n")
    project.write("sum.c", "static int count;\nint sum(int a, int b) { return a + b; }\nint next(void) { return ++count; }\n")
    project.write("mymod.zig", MODULE)
    return project


def test_c_code_wraps_around_instead_of_ending_the_process(with_c):
    assert with_c.ask("import mymod\nanswer = [mymod.sum(40, 2), mymod.sum(2**31 - 1, 1), mymod.next(), mymod.next()]") == [42, -(2**31), 1, 2]


def test_a_module_with_c_code_is_for_one_gil(with_c):
    """C code may have variables, which interpreters with a GIL of their own must not share."""
    with_c.ask("import mymod\nanswer = 1")
    code = """
        import os
        try:
            import _interpreters
            interpreter = _interpreters.create("isolated")
            failure = _interpreters.exec(interpreter, "import zigbind.auto, mymod")
        except ImportError:
            import _xxsubinterpreters
            interpreter = _xxsubinterpreters.create(isolated=True)
            try:
                failure = _xxsubinterpreters.run_string(interpreter, "import zigbind.auto, mymod")
            except Exception as error:
                failure = error
        answer = failure is not None and "does not support loading in subinterpreters" in str(failure)
    """
    assert with_c.ask(code) is True


@pytest.mark.parametrize("key, text", [("c-sources = ['nope.c']", "c-sources: there is no"), ("include-dirs = ['nope']", "include-dirs: there is no")])
def test_missing_places_are_named(with_c, key, text):
    with_c.write("pyproject.toml", f"[tool.zigbind]\n{key}\n")
    error = with_c.error("import mymod")
    assert "SettingsError" in error["types"] and text in error["text"] and "nope" in error["text"] and "pyproject.toml" in error["text"]


def test_a_library_that_is_not_found(project):
    """Zig looks in no folder of the system, where a target is named."""
    project.answer("mymod.zig", 1)
    project.write("pyproject.toml", "[tool.zigbind]\nlink-libraries = ['nosuch']\n")
    text = project.error("import mymod")["text"]
    assert "unable to find" in text and "'nosuch'" in text and 'name the folder in [tool.zigbind] of pyproject.toml, as zig-args = ["-L", ' in text


def test_a_library_without_symbol_versions_can_be_linked(project):
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("gcc is not installed: there is nothing to make a library with")
    project.write("mine.c", "int mine(void) { return 42; }\n")
    folder = project.root
    subprocess.run([gcc, "-shared", "-fPIC", "-o", folder / "libmine.so", folder / "mine.c"], check=True)
    project.write("pyproject.toml", f"[tool.zigbind]\nlink-libraries = ['mine']\nzig-args = ['-L', '{folder}', '-rpath', '{folder}']\n")
    project.write("mymod.zig", "extern fn mine() c_int;\npub fn f() i64 {\n    return mine();\n}\n")
    assert project.call("mymod") == 42

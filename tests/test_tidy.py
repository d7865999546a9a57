"""The house rules that can be checked."""

import ast
import re
from pathlib import Path

import pytest

from zigbind import __version__, settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "zigbind"
RUNTIME = PACKAGE / "runtime"

#: From top to bottom, as in the map of zigbind/__init__.py: a module imports only from below, or from its own layer to the left.
LAYERS = [
    ["__main__", "cli", "auto", "library", "build"],
    ["notebook", "pytest_plugin", "watcher", "hotreload", "cold", "importer", "redirect", "pep517"],
    ["develop", "editable", "sdist", "scaffold", "wheel", "stubs", "zigbuild", "cells", "assembly", "testing", "editors", "builder"],
    ["compiler", "cache", "image", "progress", "project", "sbom", "tree"],
    ["recipe", "settings", "target", "toolchain", "zigsource", "sheets", "zigwords", "zigtext", "diagnostics", "binary", "manifest", "errors"],
]
#: The entries may call each other: `cli` is a client of the library, `library` installs the hook.
ENTRIES = {"__main__", "cli", "auto", "library", "build"}

#: The runtime, from top to bottom. `convert` and `convert/*` dispatch to each other.
RUNTIME_LAYERS = [
    ["zigbind"],
    ["module", "describe", "explicit"],
    ["class", "union", "enum", "constructor", "property", "card", "sheet", "rows", "members", "slots"],
    ["function", "erased", "trampoline", "closure"],
    ["held", "lent"],
    ["objects"],
    ["signature"],
    ["convert", *(f"convert/{name}" for name in "int float bool void optional string slice tuple object class enum record caster callable map list complex big_int imported time library array".split())],
    ["instance", "type", "exception"],
    ["array", "dlpack"],
    ["gil"],
    ["call", "memory", "guard", "panic", "errors"],
    ["metadata", "state", "registry"],
    ["source", "options", "element", "object", "part", "literal", "standard", "reach"],
    ["compat", "capi"],
]
#: A class of another file is made when its first value is converted: the one way up.
MADE_WHEN_NEEDED = {("convert/class", "class"), ("convert/class", "union"), ("erased", "class"), ("erased", "rows"), ("erased", "card"), ("convert/enum", "enum")}
#: Objects have methods for Zig code, which convert; what is found in objects is said where references are. Counting them looks
#: whether the GIL is there.
METHODS = {("object", "objects"), ("object", "convert/object"), ("object", "guard")}

PYTHON = {str(path.relative_to(PACKAGE).with_suffix("")).replace("/", "."): path for path in PACKAGE.rglob("*.py") if "templates" not in path.parts}
ZIG = {str(path.relative_to(RUNTIME).with_suffix("")): path for path in RUNTIME.rglob("*.zig") if path.name != "build.zig"}


def imports_of(name: str) -> set[str]:
    """The modules of zigbind that a module imports, anywhere in it."""
    package = name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(PYTHON[name].read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - (node.level - 1)] + (node.module.split(".") if node.module else [])
        inner = {".".join([*base, alias.name]) for alias in node.names} & PYTHON.keys()
        found |= inner or ({".".join(base)} & PYTHON.keys())
    return found


def depth(layers: list[list[str]], name: str) -> int:
    return next(index for index, layer in enumerate(layers) if name in layer)


def test_every_module_is_in_the_map():
    named = {name for layer in LAYERS for name in layer}
    assert named == {name.removesuffix(".__init__") for name in PYTHON} - {"__init__"}
    assert {name for layer in RUNTIME_LAYERS for name in layer} == set(ZIG)


@pytest.mark.parametrize("name", sorted(PYTHON.keys() - {"__init__"}))
def test_imports_go_down(name):
    for other in imports_of(name) - {"__init__"}:
        if {name, other} <= ENTRIES:
            continue
        assert depth(LAYERS, other) >= depth(LAYERS, name), f"{name} imports {other}, which stands above it"


@pytest.mark.parametrize("name", sorted(ZIG))
def test_the_runtime_imports_go_down(name):
    folder = Path(name).parent
    for target in re.findall(r'@import\("([^"]+\.zig)"\)', ZIG[name].read_text()):
        other = str((RUNTIME / folder / target).resolve().relative_to(RUNTIME.resolve()).with_suffix(""))
        if (name, other) in MADE_WHEN_NEEDED | METHODS:
            continue
        assert depth(RUNTIME_LAYERS, other) >= depth(RUNTIME_LAYERS, name), f"{name}.zig imports {other}.zig, which stands above it"


@pytest.mark.parametrize("name", sorted(name for name in PYTHON if not name.endswith(("__init__", "__main__")) and name not in ("auto",)))
def test_modules_say_what_is_public(name):
    tree = ast.parse(PYTHON[name].read_text())
    assert ast.get_docstring(tree), f"{name} has no docstring"
    public = [node for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"]
    assert len(public) == 1, f"{name} has no __all__"
    for listed in ast.literal_eval(public[0].value):
        node = next((n for n in tree.body if getattr(n, "name", None) == listed), None)
        if node is not None:
            assert ast.get_docstring(node), f"{name}.{listed} is public and has no docstring"


@pytest.mark.parametrize("name", sorted(ZIG))
def test_zig_files_begin_with_what_they_are(name):
    assert ZIG[name].read_text().startswith("//! ")


def test_readme_lists_every_setting_with_its_default():
    table = (ROOT / "README.md").read_text()
    for key, setting in (settings.FIELDS | settings.PROJECT_FIELDS).items():
        assert f"`{key}`" in table, f"README does not mention {key}"
        if isinstance(setting.default, str):
            assert f"`{setting.default}`" in table


def test_changelog_knows_this_version():
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_each_dependency_is_justified():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    start = lines.index("dependencies = [") + 1
    for line in lines[start : lines.index("]", start)]:
        assert "#" in line, f"no reason given for {line.strip()}"

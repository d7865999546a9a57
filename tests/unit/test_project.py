"""Projects as they lie on disk: layouts, files, versions, licences, and what is refused."""

import os
import subprocess
from pathlib import Path

import pytest

from zigbind import editors, project, zigtext
from zigbind.errors import ProjectError, SettingsError

TOML = '[project]\nname = "my-pkg"\nversion = "1.0"\n'
ADD = "/// Adds.\npub fn add(a: i64, b: i64) i64 {\n    return a + b;\n}\n"
#: Without what the machine's own git configuration says.
GIT = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


@pytest.fixture
def tree(tmp_path):
    """Write files, by name; their directory."""

    def write(toml: str | None = TOML, **files: str | bytes) -> Path:
        return write_all(files if toml is None else {"pyproject.toml": toml, **files})

    def write_all(files: dict) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    write.all = write_all
    return write


def read(root: Path, **arguments) -> project.Project:
    return project.read(str(root), environ=GIT, arguments=arguments, cwd="/")


def modules(root: Path) -> dict[str, str]:
    """The file of each module, and that its root is where imports count from."""
    found = read(root).modules
    for one in found:
        assert one.root in (str(root), str(root / "src"))
    return {one.name: os.path.relpath(one.path, root) for one in found}


def wheel_names(root: Path) -> list[str]:
    return [name for name, _path in read(root).files]


def refused(root: Path, *words: str, kind=ProjectError) -> str:
    with pytest.raises(kind) as caught:
        read(root)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    return str(caught.value)


# ---- layouts

LAYOUTS = {
    "lone": (["my_pkg.zig"], {"my_pkg": "my_pkg.zig"}, []),
    "lone, another name": (["thing.zig"], {"thing": "thing.zig"}, []),
    "lone in src": (["src/my_pkg.zig"], {"my_pkg": "src/my_pkg.zig"}, []),
    "src": (["src/pkg/__init__.py", "src/pkg/_core.zig"], {"pkg._core": "src/pkg/_core.zig"}, ["pkg/__init__.py"]),
    "flat": (["my_pkg/__init__.py", "my_pkg/_core.zig"], {"my_pkg._core": "my_pkg/_core.zig"}, ["my_pkg/__init__.py"]),
    "flat, another name": (["other/__init__.py", "other/_core.zig"], {"other._core": "other/_core.zig"}, ["other/__init__.py"]),
    "seed": (["src/my_ext.zig", "src/my_ext/__init__.py"], {"my_ext.my_ext": "src/my_ext.zig"}, ["my_ext/__init__.py"]),
    "seed, flat": (["my_pkg.zig", "my_pkg/__init__.py"], {"my_pkg.my_pkg": "my_pkg.zig"}, ["my_pkg/__init__.py"]),
    "several": (
        ["src/a.zig", "src/pkg/__init__.py", "src/pkg/b.zig", "src/pkg/sub/__init__.py", "src/pkg/sub/c.zig"],
        {"a": "src/a.zig", "pkg.b": "src/pkg/b.zig", "pkg.sub.c": "src/pkg/sub/c.zig"},
        ["pkg/__init__.py", "pkg/sub/__init__.py"],
    ),
    "namespace": (["src/ns/pkg/__init__.py", "src/ns/pkg/_core.zig"], {"ns.pkg._core": "src/ns/pkg/_core.zig"}, ["ns/pkg/__init__.py"]),
    "no init": (["src/ns/_core.zig"], {"ns._core": "src/ns/_core.zig"}, []),
    "name in capitals": (["My_Pkg/__init__.py", "My_Pkg/_core.zig"], {"My_Pkg._core": "My_Pkg/_core.zig"}, ["My_Pkg/__init__.py"]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_modules_and_files_by_layout(tree, layout):
    names, expected, in_wheel = LAYOUTS[layout]
    others = {"tests/test_it.py": "", "docs/conf.py": "", "examples/one.zig": ADD, "README.md": "", "setup.cfg": ""}
    root = tree.all({"pyproject.toml": TOML, **others, **{name: ADD if name.endswith(".zig") else "" for name in names}})
    assert modules(root) == expected
    assert wheel_names(root) == in_wheel
    assert set(read(root).listing) == {"pyproject.toml", *others, *names}
    assert read(root).listing == tuple(sorted(read(root).listing))


def test_what_another_file_imports_is_no_module(tree):
    core = 'const helper = @import("helper.zig");\nconst deep = @import("deep/x.zig");\nconst self = @import("_core.zig");\n' + ADD
    root = tree(
        **{
            "src/pkg/__init__.py": "",
            "src/pkg/_core.zig": core,
            "src/pkg/helper.zig": ADD,
            "src/pkg/deep/x.zig": ADD,
            "src/pkg/private.zig": "fn f() void {}",
        }
    )
    assert modules(root) == {"pkg._core": "src/pkg/_core.zig"}


def test_an_export_of_its_own_makes_a_module(tree):
    assert modules(tree(**{"my_pkg.zig": "export fn PyInit_my_pkg() ?*anyopaque {\n    return null;\n}\n"})) == {"my_pkg": "my_pkg.zig"}


def test_modules_can_be_named(tree):
    toml = TOML + '[tool.zigbind]\nmodules = ["pkg.b", "c"]\n'
    root = tree(toml, **{"src/pkg/a.zig": '_ = @import("b.zig");', "src/pkg/b.zig": ADD, "src/c.zig": ADD, "src/d.zig": ADD})
    assert modules(root) == {"c": "src/c.zig", "pkg.b": "src/pkg/b.zig"}
    tree(TOML + '[tool.zigbind]\nmodules = ["pkg.bb"]\n')
    refused(root, "there is no src/pkg/bb.zig for 'pkg.bb'", "did you mean 'pkg.b'?")


def test_data_goes_with_its_package_and_sources_only_when_asked(tree):
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/_core.zig": ADD,
        "src/pkg/_core.pyi": "",
        "src/pkg/py.typed": "",
        "src/pkg/data/a table.csv": "1",
        "src/pkg/.hidden": "",
    }
    root = tree(**files)
    assert wheel_names(root) == ["pkg/__init__.py", "pkg/_core.pyi", "pkg/data/a table.csv", "pkg/py.typed"]
    tree(TOML + "[tool.zigbind]\ninclude-sources = true\n")
    assert "pkg/_core.zig" in wheel_names(root)


def test_a_lone_module_takes_its_own_stub(tree):
    assert wheel_names(tree(**{"my_pkg.zig": ADD, "my_pkg.pyi": "", "other.pyi": ""})) == ["my_pkg.pyi"]


def test_c_sources_are_left_out_of_wheels(tree):
    toml = TOML + '[tool.zigbind]\nc-sources = ["src/pkg/fast.c"]\n'
    root = tree(toml, **{"src/pkg/__init__.py": "", "src/pkg/_core.zig": ADD, "src/pkg/fast.c": ""})
    assert wheel_names(root) == ["pkg/__init__.py"] and "src/pkg/fast.c" in read(root).listing


def test_build_zig_makes_the_modules(tree):
    root = tree(**{"build.zig": "", "build.zig.zon": ".{}", "src/pkg/__init__.py": "", "src/pkg/_core.zig": ADD})
    found = read(root)
    assert found.build_zig and found.modules == () and wheel_names(root) == ["pkg/__init__.py"]
    assert not read(tree(**{"build.zig": ""}))._replace(build_zig=False).build_zig


def test_the_build_zig_that_is_for_editors_makes_nothing(tree):
    """`zigbind ide` writes it into projects of every layout; it names paths of one machine."""
    before = tree(**{"my_pkg.zig": ADD})
    assert (names := read(before).listing) == ("my_pkg.zig", "pyproject.toml")
    editors.write(str(before))
    assert (before / "build.zig").is_file()
    found = read(before)
    assert not found.build_zig and [one.name for one in found.modules] == ["my_pkg"] and found.listing == names


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, ["no Zig module found", "looked at the top of", "there is no .zig file", "add my_pkg.zig"]),
        ({"src/pkg/__init__.py": ""}, ["looked at the top of", "src/pkg/"]),
        ({"src/pkg/_core.zig": "fn f() void {}"}, ["src/pkg/_core.zig (nothing in it is pub)"]),
        ({"src/a.zig": '_ = @import("b.zig"); pub const x = 1;', "src/b.zig": '_ = @import("a.zig"); pub const x = 1;'}, ["another file imports it"]),
        ({"a.zig": ADD, "b.zig": ADD}, ["which of a.zig, b.zig are modules?", "modules = [...]"]),
        ({"src/my mod.zig": ADD}, ["'my mod' cannot be in the name of a module", "exclude"]),
        ({"src/größe.zig": ADD}, ["'größe' cannot be in the name of a module"]),
        ({"src/a.zig": ADD, "src/a.py": ""}, ["src/a.zig and src/a.py are both the module a"]),
        ({"src/p/__init__.py": "", "src/p.zig": ADD, "src/p/p.zig": ADD}, ["src/p.zig and src/p/p.zig are both the module p.p"]),
        ({"src/pkg/_core.zig": b"\xff\xfe"}, ["src/pkg/_core.zig", "no valid UTF-8"]),
    ],
)
def test_layouts_that_are_refused(tree, files, words):
    refused(tree(**files), *words)


# ---- pyproject.toml


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("", ["has no [project] table"]),
        ("[project", ["is no valid TOML"]),
        ("[project]\nversion = '1'", ["[project] has no name"]),
        ("[project]\nname = 3\nversion = '1'", ["name = 3 must be a string"]),
        ("[project]\nname = 'a b'\nversion = '1'", ["name = 'a b' is no name of a distribution"]),
        ("[project]\nname = 'größe'\nversion = '1'", ["is no name of a distribution"]),
        ("[project]\nname = 'a'", ["[project] has no version", 'dynamic = ["version"]']),
        ("[project]\nname = 'a'\ndynamic = 5", ["dynamic = 5 must be a list"]),
        ("[project]\nname = 'a'\nversion = '1'\nscripts = {run = 'main'}", ["[project.scripts] run = 'main' names no function", "package.module:function"]),
        ("[project]\nname = 'a'\nversion = '1'\ngui-scripts = {run = 'a:b c'}", ["[project.gui-scripts] run = 'a:b c' names no function"]),
        ("[project]\nname = 'a'\nversion = 'one'", ["version = 'one' is no version", "PEP 440"]),
        ("[project]\nname = 'a'\nversion = 1.0", ["version = 1.0 is no version"]),
        ("[project]\nname = 'a'\nversion = '1'\ndescripton = 'x'", ["unknown field 'descripton'", "did you mean 'description'?"]),
        ("[project]\nname = 'a'\nversion = '1'\ndependencies = 'numpy'", ["project.dependencies"]),
        ("[project]\nname = 'a'\nversion = '1'\ndependencies = ['numpy>>1']", ["project.dependencies", "numpy>>1"]),
        ("[project]\nname = 'a'\nversion = '1'\nrequires-python = 'new'", ["requires-python"]),
        ("[project]\nname = 'a'\nversion = '1'\nlicense = 'Mine'", ["license = 'Mine'", "SPDX"]),
        ("[project]\nname = 'a'\nversion = '1'\nlicense = 'MIT'\nlicense-files = ['GONE']", ["GONE"]),
        ("[project]\nname = 'a'\nversion = '1'\nreadme = 'GONE.md'", ["GONE.md"]),
        ("[project]\nname = 'a'\ndynamic = ['version', 'description']", ["only the version can be dynamic", "description"]),
    ],
)
def test_metadata_that_is_refused(tree, toml, words):
    message = refused(tree(toml, **{"a.zig": ADD}), *words)
    assert "pyproject.toml" in message


def test_a_file_is_no_project(tree):
    root = tree(**{"a.zig": ADD})
    with pytest.raises(ProjectError, match=r"a\.zig is a file; name the directory"):
        read(root / "a.zig")


def test_no_pyproject_toml(tmp_path):
    refused(tmp_path, "has no pyproject.toml", "zigbind new")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("module = ['a']", ["unknown key 'module'", "did you mean 'modules'?"]),
        ("modules = 'a'", ["[tool.zigbind] modules", "expected a list of strings"]),
        ("include-sources = 'yes'", ["expected true or false"]),
        ("exclude = [1]", ["expected a list of strings"]),
        ("optimise = 'Debug'", ["did you mean 'optimize'?"]),
    ],
)
def test_settings_that_are_refused(tree, table, words):
    refused(tree(f"{TOML}[tool.zigbind]\n{table}\n", **{"my_pkg.zig": ADD}), *words, kind=SettingsError)


def test_metadata_has_what_the_table_says(tree):
    toml = TOML + (
        "description = 'Adds.'\nreadme = 'README.md'\nrequires-python = '>=3.12'\nlicense = 'mit or Apache-2.0'\nkeywords = ['zig']\n"
        "dependencies = ['numpy>=2']\n[project.scripts]\nadd = 'my_pkg:main'\n[project.urls]\nHome = 'https://example.org'\n"
    )
    metadata = read(tree(toml, **{"my_pkg.zig": ADD, "README.md": "Größe", "LICENSE": "x", "NOTICE.txt": "y"})).metadata
    text = bytes(metadata.as_rfc822()).decode()
    for line in (
        "Name: my-pkg",
        "Version: 1.0",
        "License-Expression: MIT OR Apache-2.0",
        "License-File: LICENSE",
        "License-File: NOTICE.txt",
        "Requires-Dist: numpy>=2",
    ):
        assert line in text.splitlines()
    assert text.endswith("Größe")
    assert metadata.scripts == {"add": "my_pkg:main"}


DYNAMIC = '[project]\nname = "my-pkg"\ndynamic = ["version"]\n'


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"my_pkg.zig": '// pub const version = "9";\npub const version = "1.2.3";\n' + ADD}, "1.2.3"),
        ({"my_pkg.zig": 'const Inner = struct {\n    pub const version = "9";\n};\npub const version: []const u8 = "1.2.3";'}, "1.2.3"),
        ({"my_pkg.zig": 'const x =\n    \\\\pub const version = "9";\n;\npub const version: [:0]const u8 = "1.2.3-rc.1";'}, "1.2.3rc1"),
        ({"src/pkg/__init__.py": '"""Text."""\n__version__ = "2.0"\n', "src/pkg/_core.zig": 'pub const version = "1.0";'}, "2.0"),
        ({"src/pkg/__init__.py": '__version__: str = "2.0.post1"\n', "src/pkg/_core.zig": ADD}, "2.0.post1"),
        ({"src/pkg/__init__.py": "from ._core import version as __version__\n", "src/pkg/_core.zig": 'pub const version = "1.5";' + ADD}, "1.5"),
    ],
)
def test_dynamic_version(tree, files, version):
    assert str(read(tree(DYNAMIC, **files)).metadata.version) == version


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"my_pkg.zig": ADD}, ["the version is dynamic, and none was found in my_pkg.zig", "__version__", "pub const version"]),
        ({"my_pkg.zig": 'const version = "1";\n' + ADD}, ["none was found"]),
        ({"my_pkg.zig": 'pub const version = "one";'}, ["my_pkg.zig", "'one' is no version"]),
        ({"src/pkg/__init__.py": "__version__ = 'x y'", "src/pkg/_core.zig": ADD}, ["__init__.py", "'x y' is no version"]),
        ({"src/pkg/__init__.py": "def (", "src/pkg/_core.zig": ADD}, ["src/pkg/__init__.py cannot be read for its __version__"]),
    ],
)
def test_dynamic_versions_that_are_refused(tree, files, words):
    refused(tree(DYNAMIC, **files), *words)


# ---- which files


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=root, env=GIT, check=True, capture_output=True)


#: Never in an archive, tracked or not by what a fresh .gitignore says.
JUNK = [
    "src/pkg/__pycache__/a.pyc",
    "src/pkg/_core.abi3.so",
    "dist/a.whl",
    "build/lib/a.py",
    ".venv/x.py",
    "env/pyvenv.cfg",
    "env/x.py",
    ".zig-cache/o",
    "zig-out/lib",
    ".zigbind/x",
    ".idea/x",
]
KEPT = ["LICENSE", "pyproject.toml", "src/pkg/__init__.py", "src/pkg/_core.zig"]


def test_without_git_outputs_and_hidden_files_are_left_out(tree):
    root = tree.all({**dict.fromkeys([*KEPT, *JUNK], ADD), "pyproject.toml": TOML, ".gitignore": ""})
    assert list(read(root).listing) == [".gitignore", *KEPT] and read(root).notes == ()


def test_in_a_git_tree_git_says_which(tree):
    tracked = ["src/pkg/vendored.so", "build/keep.txt", ".odd"]
    root = tree.all({**dict.fromkeys([*KEPT, *JUNK, *tracked], ADD), "pyproject.toml": TOML, ".gitignore": "*.log\n", "x.log": ""})
    git(root, "init")
    git(root, "add", "-f", ".gitignore", *KEPT, *tracked)
    git(root, "commit", "-m", "x")
    assert set(read(root).listing) == {".gitignore", *KEPT, *tracked}
    assert read(root).notes == ()
    assert {name for name in wheel_names(root)} == {"pkg/__init__.py", "pkg/vendored.so"}
    # A dirty tree: what is new and not ignored is taken, and said; what is removed is not.
    tree.all({"src/pkg/new.py": "", "y.log": ""})
    (root / "LICENSE").unlink()
    found = read(root)
    assert "src/pkg/new.py" in found.listing and "LICENSE" not in found.listing and "y.log" not in found.listing
    assert found.notes == ("not in git yet, and taken: src/pkg/new.py (git add them, or ignore them in .gitignore)",)


def test_a_git_tree_that_cannot_be_read_is_told(tree):
    root = tree.all({**dict.fromkeys([*KEPT, *JUNK], ADD), "pyproject.toml": TOML})
    (root / ".git").mkdir()
    found = read(root)
    assert list(found.listing) == KEPT
    (note,) = found.notes
    assert "git does not say which files belong to the project" in note and "hidden ones, caches and build outputs" in note
    assert "git could not be run" in project.read(str(root), environ={"PATH": "/nowhere"}, cwd="/").notes[0]


def test_a_project_in_a_directory_that_git_ignores(tree, tmp_path):
    root = tree.all({"inner/pyproject.toml": TOML, "inner/my_pkg.zig": ADD, ".gitignore": "inner\n"})
    git(root, "init")
    assert read(root / "inner").listing == ("my_pkg.zig", "pyproject.toml")


def test_an_unpacked_source_distribution_holds_what_it_holds(tree):
    names = [".odd", "build/keep.txt", "src/pkg/vendored.so"]
    root = tree.all({**dict.fromkeys([*KEPT, *names, "src/pkg/__pycache__/a.pyc", ".zig-cache/o"], ADD), "pyproject.toml": TOML, "PKG-INFO": "x"})
    assert set(read(root).listing) == {*KEPT, *names}


def test_exclude(tree):
    toml = TOML + '[tool.zigbind]\nexclude = ["secret.txt", "src/*/big", "*.log", "pyproject.toml"]\n'
    files = ["secret.txt", "src/pkg/big/data.bin", "a.log", "src/pkg/b.log", "src/pkg/biggest.txt"]
    root = tree.all({**dict.fromkeys([*KEPT, *files], ADD), "pyproject.toml": toml})
    assert list(read(root).listing) == [*KEPT, "src/pkg/biggest.txt"]


def test_links(tree, tmp_path):
    root = tree.all({f"in/{name}": ADD for name in KEPT} | {"in/pyproject.toml": TOML, "outside.txt": "secret"}) / "in"
    (root / "src/pkg/copy.txt").symlink_to("../../LICENSE")
    (root / "src/pkg/folder").symlink_to("../../src")
    (root / "src/pkg/broken").symlink_to("nowhere")
    found = read(root)
    assert "src/pkg/copy.txt" in found.listing
    assert sorted(found.notes) == [
        "left out: src/pkg/broken is a symbolic link to nothing",
        "left out: src/pkg/folder is a symbolic link to a directory",
    ]
    (root / "src/pkg/leak.txt").symlink_to("../../../outside.txt")
    refused(root, "leak.txt is a symbolic link to", "outside of the project", "exclude")


@pytest.mark.parametrize("name", ["a b.txt", "größe.txt", "日本.csv", "it's.txt"])
def test_file_names_that_are_legal(tree, name):
    root = tree.all({**dict.fromkeys(KEPT, ADD), "pyproject.toml": TOML, f"src/pkg/{name}": "x"})
    assert f"pkg/{name}" in wheel_names(root)
    git(root, "init")
    git(root, "add", ".")
    assert f"src/pkg/{name}" in read(root).listing


@pytest.mark.parametrize(("name", "shown"), [("a:b.txt", "':'"), ("a\nb", r"'\n'"), ("what?", "'?'"), ("a\\b", r"'\\'"), (b"caf\xe9", "UTF-8")])
def test_file_names_that_are_refused(tree, name, shown):
    root = tree.all({**dict.fromkeys(KEPT, ADD), "pyproject.toml": TOML})
    (root / "src" / "pkg" / os.fsdecode(name)).write_bytes(b"")
    refused(root, shown, "rename it, or name it in exclude")


# ---- the text of Zig files


def test_tokens_find_what_the_compiler_finds():
    """Over the standard library: the imports of each file, and whether it has public declarations."""
    import zigbind
    from zigbind import toolchain

    zig = toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of).path
    parse = zigbind.load(Path(zigbind.__file__).parent / "zigsource.zig", optimize="Debug").read
    files = sorted((Path(os.path.realpath(zig)).parent / "lib").rglob("*.zig"))[::7]
    assert len(files) > 100
    for path in files:
        text = path.read_text(encoding="utf-8")
        parsed = parse(text)
        if parsed is None:
            continue
        rows, (imports, _exports, *_others) = parsed
        found = zigtext.read(text)
        assert set(found.imports) == set(imports), path
        if any(public for parent, _kind, public, *_rest in rows[1:] if parent == 0):
            assert found.exports, path


def test_text_with_syntax_errors_is_read_as_far_as_it_goes():
    found = zigtext.read('pub const version = "1";\nfn ( { @import("a.zig") "unclosed\n')
    assert found.version == "1" and found.imports == ("a.zig",)
    assert zigtext.read('pub const version = "a" ++ "b";').version is None
    assert zigtext.read("pub const version = 3;").version is None

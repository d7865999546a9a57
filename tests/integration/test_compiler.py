"""How modules are compiled: further passes, the same bytes everywhere, other platforms."""

import filecmp
import os
import re
from pathlib import Path

import pytest

from zigbind import binary, builder, cache, compiler, diagnostics, recipe, settings, target, toolchain

HELLO = Path(__file__).parents[2] / "examples" / "hello" / "hello.zig"

WIDE = "pub fn f() i64 {\n    var a: i128 = 1 << 100;\n    const b: *volatile i128 = &a;\n    return @intCast(@divTrunc(b.*, b.* >> 2));\n}\n"
THREAD_LOCAL = """
threadlocal var count: i64 = 40;
pub fn f() i64 {
    count += 2;
    return count;
}
"""


def library(project, name: str) -> bytes:
    (artifact,) = (project.cache / "artifacts").glob(f"{name}-*")
    return artifact.read_bytes()


def test_compiler_rt_is_linked_where_it_is_needed(counted):
    counted.write("mymod.zig", WIDE)
    assert counted.call("mymod") == 4
    assert counted.compiles == 2  # once without, which cost nothing to try
    assert binary.undefined_symbols(library(counted, "mymod")) == []
    counted.answer("plain.zig", 1)
    assert counted.call("plain") == 1
    assert counted.compiles == 3


def test_thread_locals_are_compiled_with_llvm(counted):
    """The self-hosted backend of Zig 0.15.2 loses registers around the access to them."""
    counted.write("mymod.zig", THREAD_LOCAL)
    assert counted.call("mymod", env={"ZIGBIND_OPTIMIZE": "Debug"}) == 42
    assert counted.compiles == 2
    counted.answer("plain.zig", 1)
    assert counted.call("plain", env={"ZIGBIND_OPTIMIZE": "Debug"}) == 1
    assert counted.compiles == 3


def test_a_symbol_that_nothing_defines_is_a_compile_error(project):
    project.write("mymod.zig", "extern fn nowhere() c_int;\npub fn f() i64 {\n    return nowhere();\n}\n")
    error = project.error("import mymod")
    assert "CompileError" in error["types"] and "undefined symbol: nowhere" in error["text"] and "link-libraries" in error["text"]


@pytest.mark.parametrize("mode", ["ReleaseSafe", "ReleaseFast", "ReleaseSmall"])
def test_the_same_source_gives_the_same_bytes_anywhere(project, mode):
    images = []
    for place in ("one", "some/where else"):
        path = project.write(f"{place}/mymod.zig", HELLO.read_text())
        own = project.directory / f"cache of {len(images)}"
        own.mkdir()
        project.fill(own)
        code = f"import zigbind; answer = zigbind.build({str(path)!r}, cache_dir={str(own)!r}, optimize={mode!r}).path"
        images.append(Path(project.ask(code)).read_bytes())
    assert images[0] == images[1]
    assert str(project.directory).encode() not in images[0]


def test_classes_in_debug_have_the_same_bytes_each_time(project):
    """Threads of zig number what has no name, each as it comes."""
    path = project.write(
        "mymod.zig",
        "pub const P = struct {\n    x: f64 = 1.5,\n    y: f64,\n    pub fn sum(self: *const P) f64 {\n        return self.x + self.y;\n    }\n};\n"
        "pub const text = \"\\x00__anon_12\\x00\";\n",
    )
    images = set()
    for index in range(6):
        own = project.directory / f"cache{index}"
        own.mkdir()
        project.fill(own)
        code = f"import zigbind; answer = zigbind.build({str(path)!r}, cache_dir={str(own)!r}, optimize='Debug').path"
        images.add(Path(project.ask(code)).read_bytes())
    (image,) = images
    assert re.search(rb"\0__anon_0+\0", image) and re.search(rb"\w__anon_0+\0", image)
    assert set(re.findall(rb"__anon_\d*[1-9]\d*\0", image)) == {b"__anon_12\0"}
    assert project.ask("import mymod; answer = [mymod.P(y=2).sum(), mymod.text]", env={"ZIGBIND_OPTIMIZE": "Debug"}) == [3.5, "\0__anon_12\0"]


def test_a_stripped_hello_is_small(project):
    project.write("hello.zig", HELLO.read_text())
    project.ask("import hello; answer = 1")
    assert len(library(project, "hello")) <= 12 * 1024


def test_the_runtime_is_compiled_from_a_copy_that_zig_remembers(project):
    project.answer("mymod.zig", 1)
    assert project.call("mymod") == 1
    ours = {path.relative_to(compiler.RUNTIME): path.read_bytes() for path in Path(compiler.RUNTIME).rglob("*.zig")}
    assert ours in [
        {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*") if path.is_file()} for copy in project.cache.glob("zig-*/runtime/*")
    ]


def test_the_copy_of_the_runtime_is_of_what_its_digest_says(tmp_path, monkeypatch):
    opened = cache.open_cache(str(tmp_path / "cache"))
    digest = builder._runtime_digest(opened)
    # What these read and write decides what is compiled, and what becomes of it.
    for name in ("compiler.py", "binary.py", "zigsource.py", "zigsource.zig", "sheets.py", "zigwords.py"):
        assert os.path.join(builder._PACKAGE, name) in builder._runtime_files()
    copy = builder._runtime_in(str(tmp_path), digest, opened)
    assert copy == str(tmp_path / "runtime" / digest) and filecmp.cmp(os.path.join(copy, "zigbind.zig"), os.path.join(compiler.RUNTIME, "zigbind.zig"), False)
    assert builder._runtime_in(str(tmp_path), digest, opened) == copy
    # Changed while it is copied: the copy is of nobody knows what, and is not kept.
    assert builder._runtime_in(str(tmp_path), "earlier", opened) == compiler.RUNTIME
    assert os.listdir(tmp_path / "runtime") == [digest] and os.listdir(opened.path("stages")) == []
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "runtime").write_text("no directory")
    assert builder._runtime_in(str(tmp_path / "full"), digest, opened) == compiler.RUNTIME


@pytest.mark.skipif(os.name == "nt", reason="links need permissions on Windows")
def test_a_cache_behind_a_link(project, tmp_path):
    project.answer("mymod.zig", 1)
    assert project.call("mymod") == 1
    (tmp_path / "link").symlink_to(project.cache, target_is_directory=True)
    project.answer("mymod.zig", 2)
    assert project.call("mymod", env={"ZIGBIND_CACHE_DIR": str(tmp_path / "link")}) == 2


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("")])
def test_a_damaged_copy_of_the_runtime_is_made_anew(project, damage):
    # Other tests, in another process, compile from the copy in the zig cache that all share.
    for link in project.cache.glob("zig-*"):
        shared = link.resolve()
        link.unlink()
        link.mkdir()
        for entry in shared.iterdir():
            if entry.name != "runtime":
                (link / entry.name).symlink_to(entry)
    for answer, name in enumerate(("errors.zig", "zigbind.zig")):
        project.answer("mymod.zig", 2 * answer)
        assert project.call("mymod") == 2 * answer
        copies = list(project.cache.glob("zig-*/runtime/*"))
        for copy in copies:
            damage(copy / name)
        project.answer("mymod.zig", 2 * answer + 1)
        assert project.call("mymod") == 2 * answer + 1
    project.answer("mymod.zig", 9)
    assert project.call("mymod") == 9
    again = [copy for copy in copies if filecmp.cmp(copy / name, Path(compiler.RUNTIME, name), False)]
    assert again and os.listdir(project.cache / "stages") == []


def test_diagnostics_name_the_runtime_that_is_installed(tmp_path):
    source = recipe.Source(name="mymod", path=str(tmp_path / "mymod.zig"), root=str(tmp_path))
    made = recipe.make(
        source=source,
        target=target.host(),
        toolchain=toolchain.Toolchain(path="zig", version="0.15.2", lookup="package"),
        settings=settings.merge(arguments={}, environ={}, pyproject=None, cwd=str(tmp_path)),
        runtime="",
        environ={},
    )
    note = diagnostics.Diagnostic(path="../copy/convert/int.zig", line=1, column=2, level="note", message="there")
    said = diagnostics.Diagnostic(path=f"{compiler.TOP}/mymod.zig", line=1, column=2, level="error", message="here", notes=(note,))
    moved = compiler._in_project(said, made, str(tmp_path / "stage"), str(tmp_path / "copy"))
    assert moved.path == source.path and moved.notes[0].path == os.path.join(compiler.RUNTIME, "convert", "int.zig")


def test_python3_def_lists_the_stable_abi():
    abi3info = pytest.importorskip("abi3info", reason="abi3info is not installed (extra test)")
    text = (Path(compiler.RUNTIME) / "python3.def").read_text()
    names = set(re.findall(r"^  (\w+)(?: DATA)?$", text, re.MULTILINE))
    known = {entry.symbol.name for group in (abi3info.FUNCTIONS, abi3info.DATAS) for entry in group.values() if entry.added <= abi3info.models.PyVersion(3, 12)}
    assert names == known


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [one for one in target.everything() if one.parts == (one,)], ids=lambda one: one.triple)
@pytest.mark.parametrize("mode", ["ReleaseSafe", "ReleaseFast"])
def test_every_target_links(wanted, mode, tmp_path, template_cache):
    opened = cache.open_cache(str(tmp_path / "cache"))
    found = toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of)
    made = recipe.make(
        source=recipe.Source(name="hello", path=str(HELLO), root=str(HELLO.parent)),
        target=wanted,
        toolchain=found,
        settings=settings.Settings(optimize=mode),
        runtime="",
        environ={},
    )
    with opened.stage() as stage:
        root = builder._root_text(made, builder._summarize(made, opened))
        outcome = compiler.run(made, root=root, stage=stage, zig_cache=str(template_cache / f"zig-{found.version}"))
        assert outcome.diagnostics == () and outcome.library is not None
        image = Path(outcome.library).read_bytes()
    assert image[:4] in (b"\x7fELF", b"\xcf\xfa\xed\xfe") or image[:2] == b"MZ"
    assert b"PyInit_hello" in image and "def greet() -> str" in binary.description(image)

"""Stubs: what descriptions and doc comments become."""

import ast
import os
from pathlib import Path

import pytest
import zigmodules

from zigbind import binary, library, stubs
from zigbind.recipe import Source

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
SOURCES = [
    GOLDEN / "rows.zig",
    ROOT / "examples" / "hello" / "hello.zig",
    ROOT / "examples" / "geometry" / "geometry.zig",
    ROOT / "examples" / "tokens" / "ziglex.zig",
]


def texts_of(path, name=None):
    """The stubs of a file, by submodule."""
    name = name or path.stem
    artifact = library.build(path, name)  # into the cache of this repository
    source = Source(name, str(path), str(path.parent))
    return stubs.of_artifact(artifact, source, arguments={}, environ=dict(os.environ), cwd=os.getcwd())


@pytest.fixture(scope="session")
def built():
    """A function that gives the stubs of a file."""
    made = {}

    def built(path, name=None):
        if (path, name) not in made:
            made[path, name] = texts_of(path, name)
        return made[path, name]

    return built


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_golden(built, path):
    """Set WRITE_GOLDEN=1 to accept what comes out."""
    files = dict(stubs.place(path.stem, built(path)))
    if os.environ.get("WRITE_GOLDEN"):
        for name, text in files.items():
            (GOLDEN / name).parent.mkdir(exist_ok=True)
            (GOLDEN / name).write_text(text)
    folder = GOLDEN / path.stem
    expected = [f"{path.stem}.pyi"] if not folder.is_dir() else [str(one.relative_to(GOLDEN)) for one in folder.rglob("*.pyi")]
    assert sorted(files) == sorted(expected)
    for name, text in files.items():
        assert text == (GOLDEN / name).read_text(), f"{name} is another; WRITE_GOLDEN=1 accepts it"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_stub_has_exactly_the_public_names(built, path):
    module = library.load(path)
    texts = built(path)

    def each(runtime, text, submodule):
        inside = {one.rpartition(".")[2] for one in texts if one and one.rpartition(".")[0] == submodule}
        assert defined(ast.parse(text).body) | inside == public(runtime)
        for name in inside:
            dotted = f"{submodule}.{name}".lstrip(".")
            each(getattr(runtime, name), texts[dotted], dotted)
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                classes(getattr(runtime, node.name), node)

    def classes(runtime, node):
        # An enum has its members twice; what it inherits is not repeated.
        assert defined(node.body) == {name for name in vars(runtime) if not name.startswith("_")}
        for inner in node.body:
            if isinstance(inner, ast.ClassDef):
                classes(getattr(runtime, inner.name), inner)

    each(module, texts[""], "")


def public(runtime):
    return {name for name in dir(runtime) if not name.startswith("_")}


def defined(body):
    """The public names that statements of a stub define."""
    found = set()
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            found.add(node.target.id)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets)
    return {name for name in found if not name.startswith("_")}


# ---- from text to text


def rendered(description, docs=None, name="mod"):
    """What stands below the head."""
    text = stubs.render(description, docs or {}, name)[""]
    ast.parse(text)
    return text


@pytest.mark.parametrize(
    ("description", "lines"),
    [
        ("def f(a: int, /, *, b: str | Buffer = 'x') -> None", 'def f(a: int, /, *, b: str | Buffer = "x") -> None: ...'),
        ("def f(a: str = 'it\\'s') -> None", 'def f(a: str = "it\'s") -> None: ...'),
        ("def f(a: str = ', b: int)') -> None", 'def f(a: str = ", b: int)") -> None: ...'),
        ("def f(a: float = 1e+23, b: float = -1e999) -> None", "def f(a: float = 1e23, b: float = -1e999) -> None: ..."),
        ("def f(*rest: object, **named: object) -> int", "def f(*rest: object, **named: object) -> int: ..."),
        ("def f(a: Sequence[tuple[int, str]]) -> list[int]", "def f(a: Sequence[tuple[int, str]]) -> list[int]: ..."),
        ("def f(a: Callable[[Array], Buffer]) -> Array | None", "def f(a: Callable[[_ZigArray], Buffer]) -> _ZigArray | None: ..."),
        ("def f() -> Array", "    def __buffer__(self, flags: int, /) -> memoryview: ..."),
        ("def f(a: Iterable[list], b: Iterator) -> dict[int, tuple]", "def f(a: Iterable[list[Any]], b: Iterator[Any]) -> dict[int, tuple[Any, ...]]: ..."),
        ("def f(a: datetime | UUID, b: str | PathLike[str]) -> Path", "def f(a: datetime | UUID, b: str | PathLike[str]) -> Path: ..."),
        ("class Path\ndef f() -> Path", "def f() -> Path: ..."),
        ("def f(a: Nowhere) -> None", "def f(a: Any) -> None: ..."),
        ("const N: int", "N: Final[int]"),
        ("enum E(IntEnum)\n member a = -5", "class E(IntEnum):\n    a = -5"),
        ("enum E(Enum)\n member None = 0\n member b = 1", "class E(Enum):\n    b = 1"),
        ("class A final\n new() -> A", "@final\nclass A(metaclass=_ZigClass):\n    __match_args__ = ()\n\n    def __init__(self) -> None: ..."),
        ("class A\nclass B(A) alike\n new() -> B", "\nclass B(A):\n"),
        ("class A\nclass B(Hidden)", "\nclass B(metaclass=_ZigClass):\n"),
        ("class A\n field while: int\n field b: int readonly", "    @property\n    def b(self) -> int: ..."),
        ("class A\n def __eq__(self, /, other: A) -> bool", "    def __eq__(self, other: object, /) -> bool: ...\n\n    __hash__: ClassVar[None]"),
        ("class A\n def __iadd__(self, /, other: int) -> None", "    def __iadd__(self, other: int, /) -> Self: ..."),
        ("class A\n def __next__(self, /) -> int | None", "    def __next__(self) -> int: ...\n    def __iter__(self) -> Self: ..."),
        ("class A\n def __buffer__(self, /) -> str", "    def __buffer__(self, flags: int, /) -> memoryview: ..."),
        ("class A\n def __pow__(self, /, e: int) -> A", "    def __pow__(self, e: int, mod: None = None, /) -> A: ..."),
        ("class A\n def @make(a: int) -> A", "    @classmethod\n    def make(cls, a: int) -> A: ..."),
        ("class A\n class B\n  def f(self, /) -> A.B", "        def f(self) -> A.B: ..."),
        ("class A as Other\ndef f() -> Other", "def f() -> A: ..."),
        (
            "exception E\n error X\n error Overflow(OverflowError)",
            "class E(Exception):\n    class X(E): ...\n    class Overflow(E, OverflowError): ...",
        ),
        ("class A\nalias B = A", "B = A"),
        ("skip f (mod.zig:1) is not available in Python: no", ""),
    ],
)
def test_lines(description, lines):
    assert lines in rendered(description)


def test_more_precise_overloads_come_first():
    text = rendered("def f(x: float) -> str\ndef f(x: int) -> int\ndef f(x: int) -> int")
    assert "@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: float) -> str: ...\n" in text
    assert text.count("def f") == 2


def test_a_name_that_hides_a_builtin():
    text = rendered("def object(a: object) -> int\nclass Sequence\n def f(self, /, a: Sequence[Sequence]) -> Sequence")
    assert "from builtins import object as _object" in text
    assert "from collections.abc import Sequence as _Sequence" in text
    assert "def object(a: _object) -> int: ..." in text
    assert "def f(self, a: _Sequence[Sequence]) -> Sequence: ..." in text


def test_a_member_that_hides_a_class():
    text = rendered("class A\nclass B\n field A: int\n def f(self, /) -> A")
    assert "_A: TypeAlias = A" in text and "def f(self) -> _A: ..." in text


def test_submodules():
    texts = stubs.render("module sub\n class In\n module deep\n  def f(a: A, b: sub.In) -> None\nclass A\ndef g() -> sub.In", {}, "mod")
    assert list(texts) == ["", "sub", "sub.deep"]
    assert "from . import sub as sub\nfrom .sub import In as _sub_In\n" in texts[""]
    assert "from . import deep as deep\n" in texts["sub"] and "from .. import _ZigClass\n" in texts["sub"]
    assert "from .. import A as _A\nfrom ..sub import In as _sub_In\n" in texts["sub.deep"]
    assert [path for path, _text in stubs.place("mod", texts)] == ["mod/__init__.pyi", "mod/sub/__init__.pyi", "mod/sub/deep.pyi"]


@pytest.mark.parametrize(("name", "line"), [("mod", "from geo import Vec2  #"), ("pkg.mod", "from .geo import Vec2  #")])
def test_a_class_of_another_file(name, line):
    text = rendered("def f(v: geo.Vec2) -> geo.Vec2.Kind", name=name)
    assert line in text and "def f(v: Vec2) -> Vec2.Kind: ..." in text


@pytest.mark.parametrize(
    ("doc", "lines"),
    [
        ("Short.", '    """Short."""'),
        ("Two\nlines.", '    """Two\n    lines.\n    """'),
        ('Ends in "quotes"', '    """Ends in "quotes"\n    """'),
        ('Has """ and \\', '    """Has \\"\\"\\" and \\\\"""'),
    ],
)
def test_docs(doc, lines):
    text = rendered("def f() -> None", {"f": doc, "": "Of the module."})
    assert lines in text and '"""Of the module."""' in text
    assert ast.get_docstring(ast.parse(text).body[-1]).strip() == doc


def test_files_for_wheels():
    alone = {"": "text"}
    assert stubs.files_for("pkg._core", alone) == [("pkg/_core.pyi", "text")]
    assert [path for path, _ in stubs.files_for("mod", alone)] == ["mod-stubs/__init__.pyi"]
    several = {"": "a", "sub": "b"}
    assert [path for path, _ in stubs.files_for("pkg._core", several)] == ["pkg/_core/__init__.pyi", "pkg/_core/sub.pyi"]
    assert [path for path, _ in stubs.files_for("mod", several)] == ["mod-stubs/__init__.pyi", "mod-stubs/sub.pyi"]


# ---- files


@pytest.fixture
def source(tmp_path):
    return Source("pkg.mod", str(tmp_path / "pkg" / "mod.zig"), str(tmp_path))


def statuses(source, texts, **options):
    return [(os.path.relpath(one.path, source.root), one.status) for one in stubs.compare(source, texts, **options)]


def test_writing(source, tmp_path):
    texts = stubs.render("def f() -> None", {}, "pkg.mod")
    assert statuses(source, texts) == [("pkg/mod.pyi", "new")]
    stubs.write(stubs.compare(source, texts))
    assert statuses(source, texts) == [("pkg/mod.pyi", "same")]
    changed = stubs.render("def g() -> None", {}, "pkg.mod")
    assert statuses(source, changed) == [("pkg/mod.pyi", "changed")]
    assert "-def f() -> None: ...\n+def g() -> None: ...\n" in stubs.compare(source, changed)[0].diff()
    assert statuses(source, texts, directory=str(tmp_path / "out")) == [("out/pkg/mod.pyi", "new")]


def test_a_stub_becomes_a_directory_and_back(source, tmp_path):
    flat, deep = stubs.render("def f() -> None", {}, "pkg.mod"), stubs.render("module sub\n def f() -> None", {}, "pkg.mod")
    stubs.write(stubs.compare(source, flat))
    stubs.write(stubs.compare(source, deep))
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.pyi")) == ["pkg/mod/__init__.pyi", "pkg/mod/sub.pyi"]
    stubs.write(stubs.compare(source, flat))
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.pyi")] == ["pkg/mod.pyi"]


@pytest.mark.parametrize("by_hand", ["pkg/mod.pyi", "pkg/mod/__init__.pyi"])
def test_a_stub_by_hand_stays(source, tmp_path, by_hand):
    path = tmp_path / by_hand
    path.parent.mkdir(parents=True)
    path.write_text("def f() -> None: ...\n")
    texts = stubs.render("def g() -> None", {}, "pkg.mod")
    assert statuses(source, texts) == [(by_hand, "by hand")]
    stubs.write(stubs.compare(source, texts))
    assert path.read_text() == "def f() -> None: ...\n"
    assert [one for one in tmp_path.rglob("*.pyi")] == [path]


def test_stubs_of_another_source_are_not_removed(source, tmp_path):
    (tmp_path / "pkg" / "mod").mkdir(parents=True)
    other = tmp_path / "pkg" / "mod" / "_core.pyi"
    other.write_text(stubs.render("def f() -> None", {}, "pkg.mod._core")[""])
    stubs.write(stubs.compare(source, stubs.render("def g() -> None", {}, "pkg.mod")))
    assert other.exists()


def test_a_tree_that_cannot_be_written_to(source, tmp_path, monkeypatch):
    texts = stubs.render("def f() -> None", {}, "pkg.mod")
    stubs.write(stubs.compare(source, texts))
    before = (tmp_path / "pkg" / "mod.pyi").read_text()

    def refuse(path, content):
        raise PermissionError(path)

    monkeypatch.setattr(stubs, "write_aside", refuse)
    monkeypatch.setattr(stubs, "of_artifact", lambda *_arguments, **_world: stubs.render("def g() -> None", {}, "pkg.mod"))
    stubs.refresh(None, source, arguments={}, environ={}, cwd=str(tmp_path))
    assert (tmp_path / "pkg" / "mod.pyi").read_text() == before


@pytest.mark.parametrize("name", ["callbacks", "classes", "iterators", "mutual", "objects", "slots"])
def test_the_description_is_the_same_in_all_modes(name):
    """In Debug, classes of simple fields and methods are described in parts."""
    path = zigmodules.DIRECTORY / f"{name}.zig"
    images = {mode: Path(library.build(path, name, optimize=mode).path).read_bytes() for mode in ("ReleaseFast", "Debug")}
    assert binary.CARD_MAGIC in images["Debug"] and binary.CARD_MAGIC not in images["ReleaseFast"]
    assert binary.description(images["Debug"]) == binary.description(images["ReleaseFast"])

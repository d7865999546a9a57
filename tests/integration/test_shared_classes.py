"""Modules that import the same Zig file share its classes; after a reload of a changed file old instances are refused."""

import pytest

GEO = """\
//! Geometry.
pub const Color = enum { red, green };
pub const Shape = union(enum) { dot, line: f64 };
pub const Oops = error{Broken};
pub const Vec2 = struct {
    x: f64,
    y: f64 = 0,
    pub fn length(self: *const Vec2) f64 {
        return @sqrt(self.x * self.x + self.y * self.y);
    }
    pub fn plus(self: *const Vec2, other: *const Vec2) Vec2 {
        return .{ .x = self.x + other.x, .y = self.y + other.y };
    }
};
pub fn norm(v: Vec2) f64 {
    return v.length();
}
"""
OTHER = """\
const geo = @import("geo.zig");
pub fn mirror(v: geo.Vec2) geo.Vec2 {
    return .{ .x = -v.x, .y = -v.y };
}
pub fn make(x: f64) geo.Vec2 {
    return .{ .x = x };
}
pub fn color(c: geo.Color) geo.Color {
    return c;
}
pub fn shape(s: geo.Shape) geo.Shape {
    return s;
}
pub fn fail() geo.Oops!void {
    return error.Broken;
}
pub const Line = struct { a: geo.Vec2, b: geo.Vec2 = .{ .x = 1 } };
"""
SHARED = """\
answer = {
    "returned": type(other.mirror(geo.Vec2(1, 2))) is geo.Vec2,
    "accepted": geo.norm(other.make(3)),
    "keywords": repr(other.make(1).plus(other=geo.Vec2(1))),
    "module": other.make(1).__class__.__module__,
    "enum": other.color(geo.Color.green) is geo.Color.green,
    "union": isinstance(other.shape(geo.Shape.line(2)), geo.Shape.line),
    "variant": other.shape(geo.Shape.dot()).__class__ is geo.Shape.dot,
    "field": geo.norm(other.Line(geo.Vec2(3, 4)).a),
}
try:
    other.fail()
except geo.Oops.Broken:
    answer["caught"] = True
"""
EXPECTED = {
    "returned": True,
    "accepted": 3.0,
    "keywords": "Vec2(x=2.0, y=0.0)",
    "module": "geo",
    "enum": True,
    "union": True,
    "variant": True,
    "field": 5.0,
    "caught": True,
}


@pytest.fixture
def two(project):
    project.write("geo.zig", GEO)
    project.write("other.zig", OTHER)
    return project


@pytest.mark.parametrize(
    "imports",
    ["import geo, other", "import other, geo", "import other; other.make(1), other.color, other.shape; import geo"],
    ids=["owner first", "user first", "made by the user"],
)
def test_classes_are_the_same(two, imports):
    assert two.ask(f"{imports}\n{SHARED}") == EXPECTED


def test_across_packages(project):
    """The same file in two places is the same source."""
    for package in ("one", "two"):
        project.write(f"{package}/__init__.py", "import zigbind.auto")
        project.write(f"{package}/geo.zig", GEO)
        project.write(f"{package}/user.zig", OTHER)
    code = "import one.geo, two.user; answer = type(two.user.mirror(one.geo.Vec2(1))) is one.geo.Vec2"
    assert project.ask(code) is True


def test_without_the_owner(two):
    """A module that never saw `geo` imported makes the class itself, under the name it has there."""
    code = "import other; v = other.make(3); answer = [type(v).__module__, repr(v.plus(other=v)), v.length()]"
    assert two.ask(code) == ["geo", "Vec2(x=6.0, y=0.0)", 3.0]


def test_pickles_by_the_owner(two):
    code = "import pickle, other; answer = repr(pickle.loads(pickle.dumps(other.make(2))))"
    assert two.ask(code) == "Vec2(x=2.0, y=0.0)"


def test_another_source_is_another_class(project):
    """Of the same name, with the same fields: not the same all the same."""
    project.write("geo.zig", GEO)
    project.write("sub/geo.zig", GEO + "// another file\n")
    project.write("sub/other.zig", OTHER)
    code = """
import os, sys, geo
sys.path.insert(0, os.path.join(os.path.dirname(geo.__file__), "sub"))
import other
try:
    other.mirror(geo.Vec2(1))
except TypeError as error:
    answer = str(error)
"""
    assert "Vec2 of another build" in project.ask(code)


RELOAD = """
import importlib, geo, other
old = geo.Vec2(3, 4)
with open(geo.__file__, "a") as file:
    file.write("pub fn more() i64 {\\n    return 1;\\n}\\n")
importlib.reload(geo)
def refusal(function, *args):
    try:
        return repr(function(*args))
    except TypeError as error:
        return str(error)
answer = {
    "old to new": refusal(geo.norm, old),
    "new to old": refusal(other.mirror, geo.Vec2(1)),
    "old and new": refusal(old.plus, geo.Vec2(1)),
    "new": geo.norm(geo.Vec2(3, 4)),
    "old": old.length(),
    "after": (importlib.reload(other), repr(other.mirror(geo.Vec2(1))))[1],
}
"""


def test_old_instances_after_a_reload(two):
    answer = two.ask(RELOAD)
    for case in ("old to new", "new to old", "old and new"):
        assert "expected Vec2, got Vec2 of another build" in answer.pop(case)
    assert answer == {"new": 5.0, "old": 5.0, "after": "Vec2(x=-1.0, y=-0.0)"}


def test_a_reload_without_a_change_keeps_the_classes(two):
    code = """
import importlib, geo
before = geo.Vec2
importlib.reload(geo)
answer = geo.Vec2 is before
"""
    assert two.ask(code) is True


def test_an_import_for_another_system_stays_lazy(project):
    """Files that only other systems import are not looked into for classes."""
    project.write("win.zig", 'comptime {\n    @compileError("not here");\n}\npub const Handle = struct { value: u64 };\n')
    project.write(
        "lazy.zig",
        'const os = if (@import("builtin").os.tag == .windows) @import("win.zig") else struct {};\npub fn f() i64 {\n    _ = os;\n    return 1;\n}\n',
    )
    assert project.ask("import lazy; answer = lazy.f()") == 1

"""The examples of the plan do what it says, with and without safety checks."""

import enum
import inspect
import math
import subprocess
import sys
from pathlib import Path

import pytest

import zigbind

SEED = Path(__file__).parents[2] / "examples" / "seed"


@pytest.fixture(scope="module", params=["ReleaseSafe", "ReleaseFast"])
def load(request):
    """A function that compiles and imports one of the examples."""
    return lambda name: zigbind.load(SEED / f"{name}.zig", optimize=request.param)


def test_hello(load):
    hello = load("hello")
    assert hello.__name__ == "hello" and hello.__doc__ == "Hello world module"
    result = hello.greet()
    assert result == "Hello from Zig!" and isinstance(result, str)
    assert hello.greet.__doc__ == "Return a greeting"
    assert hello.greet(1, 2) == "Hello from Zig!"
    with pytest.raises(TypeError, match="takes no keyword arguments"):
        hello.greet(name="x")


def test_vectors(load):
    vectors = load("vectors")
    assert vectors.__doc__ == "2D vector operations"
    Vec2 = vectors.Vec2
    assert Vec2.__doc__ == "2D vector" and Vec2.__module__ == "vectors"
    v = Vec2(3, 4.0)
    assert v.length() == 5 and Vec2.length.__doc__ == "Calculate vector length"
    added = v.add(Vec2(1.0, -1.0))
    assert isinstance(added, Vec2) and added.length() == 5
    assert str(inspect.signature(Vec2.add)) == "(self, arg0, /)"


def test_vectors_refuse(load):
    Vec2 = load("vectors").Vec2
    v = Vec2(3, 4)
    for wrong in (lambda: Vec2(), lambda: Vec2(1), lambda: Vec2(1, 2, 3), lambda: Vec2("1", 2), lambda: Vec2(x=1, y=2), lambda: Vec2(1, None)):
        with pytest.raises(TypeError, match=r"^Vec2\(\) "):
            wrong()
    for wrong in (lambda: v.add(), lambda: v.add(1), lambda: v.add(None), lambda: v.add((1, 2)), lambda: v.add(v, v), lambda: v.length(1)):
        with pytest.raises(TypeError):
            wrong()
    for wrong in (lambda: Vec2.length(1), lambda: Vec2.length(), lambda: Vec2.__new__(Vec2).length(), lambda: v.add(Vec2.__new__(Vec2)), lambda: Vec2.__new__(int)):
        with pytest.raises(TypeError):
            wrong()
    # Only what was defined is there.
    for name in ("x", "y", "init"):
        assert not hasattr(v, name)
    with pytest.raises(AttributeError):
        v.x = 1


def test_vectors_in_python(load):
    Vec2 = load("vectors").Vec2

    class Vec3(Vec2):
        def __init__(self, x, y, z):
            super().__init__(x, y)
            self.z = z

        def length(self):
            return math.hypot(super().length(), self.z)

    v = Vec3(2, 3, 6)
    assert v.length() == pytest.approx(7) and isinstance(v, Vec2)
    assert Vec2(1, 1).add(v).length() == 5
    v.__init__(0, 0, 1)
    assert v.length() == 1


def test_shapes(load):
    shapes = load("shapes")
    assert shapes.area({"circle": {"center": {"x": 0, "y": 0}, "radius": 2}}) == pytest.approx(4 * math.pi)
    assert shapes.area({"rectangle": {"top_left": {"x": 1, "y": 1}, "bottom_right": {"x": 3, "y": 4.5}}}) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        1,
        "circle",
        {},
        [("circle", 1)],
        {"square": {}},
        {"circle": None},
        {"circle": {}},
        {"circle": {"center": {"x": 0}, "radius": 1}},
        {"circle": {"center": {"x": 0, "y": 0}, "radius": "1"}},
        {"circle": {"center": {"x": 0, "y": 0}, "radius": 1}, "rectangle": None},
        {1: 2},
    ],
)
def test_shapes_refuse(load, wrong):
    with pytest.raises((TypeError, ValueError), match=r"^area\(\) argument 'arg0': "):
        load("shapes").area(wrong)


def test_colors(load):
    colors = load("colors")
    assert issubclass(colors.Color, enum.Enum) and colors.Color.__doc__ == "RGB colors"
    assert [(one.name, one.value) for one in colors.Color] == [("red", 0), ("green", 1), ("blue", 2)]
    assert colors.Color.red is colors.Color(0) is colors.Color["red"] and repr(colors.Color.blue) == "<Color.blue: 2>"
    with pytest.raises(ValueError):
        colors.Color(3)


def test_my_ext(load):
    my_ext = load("my_ext")
    assert my_ext.__doc__ == "My first extension" and my_ext.greet.__doc__ == "Return a greeting"
    assert my_ext.greet("World") == "Hello, World!" and my_ext.greet("Wörld") == "Hello, Wörld!"
    assert my_ext.greet("x" * 10000) == f"Hello, {'x' * 10000}!"
    for wrong in (lambda: my_ext.greet(), lambda: my_ext.greet(1), lambda: my_ext.greet("a", "b"), lambda: my_ext.greet(name="a")):
        with pytest.raises(TypeError):
            wrong()


def test_operators(load):
    Number = load("operators").Number
    two, three = Number(2), Number(3)
    assert (two + three).value == 5 and (two - three).value == -1 and (two * three).value == 6
    assert (Number(7) / two).value == 3.5 and (Number(7) // two).value == 3 and (Number(7) % two).value == 1 and (two**three).value == 8
    assert two == Number(2) and two != three and two < three and two <= three and three > two and three >= two
    assert (-two).value == -2 and (+two).value == 2 and abs(Number(-2)).value == 2 and (~two).value == -3
    assert two.value == 2
    two.value = 5
    assert two.value == 5
    for wrong in (lambda: two + 1, lambda: 1 + two, lambda: two < "x", lambda: setattr(two, "value", "x"), lambda: setattr(two, "value", -1.5)):
        with pytest.raises((TypeError, ValueError)):
            wrong()
    with pytest.raises(ValueError, match="^Expected positive value, got -1"):
        two.root_of(-1)
    with pytest.raises(AttributeError):
        two.half = 1
    assert two.half == 2.5 and two.root_of(4) == 2
    with pytest.raises(ZeroDivisionError):
        two / Number(0)


def test_virtual_functions(load):
    figures = load("figures")

    class Square(figures.Figure):
        def __init__(self, side):
            super().__init__("square")
            self.side = side

        def area(self):
            return self.side**2

    class Broken(figures.Figure):
        def area(self):
            raise LookupError("no area")

    class Wrong(figures.Figure):
        def area(self):
            return "large"

    assert figures.describe(figures.Figure("point")) == "point: 0"
    assert figures.describe(Square(3)) == "square: 9"
    assert figures.describe(figure=Square(2), prefix="a ") == "a square: 4"
    with pytest.raises(LookupError, match="no area"):
        figures.describe(Broken("x"))
    with pytest.raises(TypeError, match="expected float, got str"):
        figures.describe(Wrong("x"))
    with pytest.raises(TypeError):
        figures.describe(1)


def test_imported_as_files(tmp_path):
    """With the hook, by name."""
    code = "import zigbind.auto, hello, vectors, my_ext; print(hello.greet(), vectors.Vec2(3, 4).length(), my_ext.greet('World'))"
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=SEED, capture_output=True, text=True, timeout=120)
    assert done.stdout == "Hello from Zig! 5.0 Hello, World!\n", done.stderr

"""A tagged union is a class, each variant a class nested in it that derives from it, and `match` takes them apart."""

import copy
import gc
import inspect
import math
import pickle
import pydoc
import sys
import weakref

import pytest
import zigmodules
from zigmodules import refusal


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    module = zigmodules.load("unions", request.param)
    sys.modules["unions"] = module  # for pickle
    yield module
    del sys.modules["unions"]


def every(zig):
    """One of each variant, with what its repr says."""
    shape, point = zig.Shape, zig.Point
    return {
        "Shape.circle(center=Point(x=1.0, y=2.0), radius=3.0)": shape.circle(point(1, 2), 3),
        "Shape.rectangle(top_left=Point(x=0.0, y=0.0), bottom_right=Point(x=2.0, y=3.0))": shape.rectangle(point(), point(2, 3)),
        "Shape.label(value='text')": shape.label("text"),
        "Shape.number(value=-5)": shape.number(-5),
        "Shape.at(value=Point(x=1.0, y=0.0))": shape.at(point(1)),
        "Shape.maybe(value=None)": shape.maybe(None),
        "Shape.maybe(value=3)": shape.maybe(3),
        "Shape.pair(value=(1, 2.0))": shape.pair((1, 2)),
        "Shape.list(value=[1, 2])": shape.list([1, 2]),
        "Shape.empty()": shape.empty(),
    }


VARIANTS = ["circle", "rectangle", "label", "number", "at", "maybe", "pair", "list", "empty"]


def test_every_variant(zig):
    for text, shape in every(zig).items():
        name = text.partition(".")[2].partition("(")[0]
        assert repr(shape) == text and type(shape) is getattr(zig.Shape, name) and isinstance(shape, zig.Shape)
        assert shape.kind() == name
        through = zig.double(shape)
        assert type(through) is type(shape) and through is not shape
        assert repr(through) == text.replace("radius=3.0", "radius=6.0")
        assert repr(shape.itself()) == text
    assert zig.count([*every(zig).values()]) == 10
    assert [getattr(zig.Shape, name).__match_args__ for name in VARIANTS] == [("center", "radius"), ("top_left", "bottom_right"), *([("value",)] * 6), ()]
    assert zig.make("x").value == "x" and zig.make("") is None


def test_copies(zig):
    for text, shape in every(zig).items():
        copies = [copy.copy(shape), copy.deepcopy(shape), *(pickle.loads(pickle.dumps(shape, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1))]
        assert [repr(one) for one in copies] == [text] * len(copies)
        assert all(type(one) is type(shape) and one is not shape for one in copies)


@pytest.mark.parametrize(
    "call, expected",
    [
        ("S()", (TypeError, "cannot create 'Shape' instances: make one of its variants, as in Shape.circle(...)")),
        ("S(3)", (TypeError, "cannot create 'Shape' instances: make one of its variants, as in Shape.circle(...)")),
        ("S.circle()", (TypeError, "Shape.circle() missing 1 required positional argument: 'center'")),
        ("S.circle(3)", (TypeError, "Shape.circle() argument 'center': expected Point, got int")),
        ("S.circle(P(), 'x')", (TypeError, "Shape.circle() argument 'radius': expected float, got str")),
        ("S.circle(P(), 1, 2)", (TypeError, "Shape.circle() takes from 1 to 2 positional arguments but 3 were given")),
        ("S.circle(P(), r=1)", (TypeError, "Shape.circle() got an unexpected keyword argument 'r'")),
        ("S.empty(3)", (TypeError, "Shape.empty() takes 0 positional arguments but 1 was given")),
        ("S.number('x')", (TypeError, "Shape.number() argument 'value': expected int, got str")),
        ("S.number(2**63)", (OverflowError, "Shape.number() argument 'value': 9223372036854775808 is out of range for i64 (-9223372036854775808..9223372036854775807)")),
        ("S.label(3)", (TypeError, "Shape.label() argument 'value': expected str or bytes-like object, got int")),
        ("S.list([1, 'a'])", (TypeError, "Shape.list() argument 'value': item 1: expected int, got str")),
        ("S.nothing", (AttributeError, "type object 'unions.Shape' has no attribute 'nothing'")),
        ("m.double(3)", (TypeError, "double() argument 'shape': expected Shape, got int")),
        ("m.double(None)", (TypeError, "double() argument 'shape': expected Shape, got None")),
        ("m.double(P())", (TypeError, "double() argument 'shape': expected Shape, got Point")),
        ("m.double(S.circle)", (TypeError, "double() argument 'shape': expected Shape, got type")),
        ("m.double(m.Value.int(1))", (TypeError, "double() argument 'shape': expected Shape, got int")),
        ("m.count([S.empty(), 3])", (TypeError, "count() argument 'shapes': item 1: expected Shape, got int")),
        ("S.area(3)", (TypeError, "descriptor 'area' for 'unions.Shape' objects doesn't apply to a 'int' object")),
        ("S.label('x').grow(1)", (TypeError, "TypeError")),
        ("S.circle.__init__(S.label('x'), P())", (TypeError, "descriptor '__init__' requires a 'unions.circle' object but received a 'unions.label'")),
        ("S.__init__(S.label('x'))", (TypeError, "cannot create 'Shape' instances: make one of its variants, as in Shape.circle(...)")),
        ("m.Expression.negated(m.Expression.number(3))", (TypeError, "cannot create 'Expression.negated' instances: its field 'value' cannot come from Python (a pointer is set by Zig code only)")),
    ],
)
def test_refusals(zig, call, expected):
    assert refusal(lambda: eval(call, {"m": zig, "S": zig.Shape, "P": zig.Point})) == expected


def test_names_and_docs(zig):
    shape = zig.Shape
    assert (shape.__doc__, shape.circle.__doc__, shape.empty.__doc__) == ("A shape.", "Round.", "Nothing at all.")
    assert (shape.__name__, shape.__qualname__, shape.__module__) == ("Shape", "Shape", "unions")
    assert (shape.circle.__name__, shape.circle.__qualname__, shape.circle.__module__) == ("circle", "Shape.circle", "unions")
    assert shape.circle.__mro__ == (shape.circle, shape, object)
    assert str(inspect.signature(shape.circle)) == "(center, radius=1.0)" and str(inspect.signature(shape.empty)) == "()"
    assert shape.area.__doc__ == "How much it covers." and shape.sides == shape.circle.sides == 4
    assert repr(shape.unit()) == repr(shape.circle.unit()) == "Shape.circle(center=Point(x=0.0, y=0.0), radius=1.0)"


def test_help(zig):
    assert "class circle" in pydoc.plain(pydoc.render_doc(zig.Shape.circle)) and "Round." in pydoc.plain(pydoc.render_doc(zig.Shape.circle))
    assert "circle" in pydoc.plain(pydoc.render_doc(zig.Shape)) and "How much it covers." in pydoc.plain(pydoc.render_doc(zig.Shape))


def test_methods(zig):
    shape, point = zig.Shape, zig.Point
    assert shape.circle(point(), 2).area() == 4 * math.pi and shape.rectangle(point(), point(2, 3)).area() == 6 and shape.empty().area() == 0
    circle = shape.circle(point(), 2)
    assert circle.grow(1.5) is None and circle.radius == 3.5
    assert shape.area(circle) == circle.area() and shape.circle.area(circle) == circle.area()


def test_match(zig):
    def name(value):
        match value:
            case zig.Shape.circle(center, radius=radius) if radius > 10:
                return "large", center.x
            case zig.Shape.circle(zig.Point(x=x), radius):
                return "circle", x, radius
            case zig.Shape.rectangle(a, b):
                return "rectangle", b.x - a.x
            case zig.Shape.maybe(None):
                return "none"
            case zig.Shape.label(text) | zig.Shape.maybe(text):
                return text
            case zig.Shape.empty():
                return "empty"
            case zig.Shape():
                return "other"
            case _:
                return None

    shape, point = zig.Shape, zig.Point
    values = [shape.circle(point(1)), shape.circle(point(2), 20), shape.rectangle(point(), point(2)), shape.label("q"), shape.maybe(None), shape.maybe(4), shape.empty(), shape.number(3), 3]
    assert [name(value) for value in values] == [("circle", 1.0, 1.0), ("large", 2.0), ("rectangle", 2.0), "q", "none", 4, "empty", "other", None]
    with pytest.raises(TypeError, match="accepts 2 positional sub-patterns"):
        match values[0]:
            case zig.Shape.circle(_, _, _):
                pass


# ---- fields


def test_fields(zig):
    shape, point = zig.Shape, zig.Point
    circle = shape.circle(point(1, 2), 3)
    circle.radius, circle.center = 9, point(5, 6)
    assert repr(circle) == "Shape.circle(center=Point(x=5.0, y=6.0), radius=9.0)" and circle.area() == 81 * math.pi
    assert refusal(setattr, circle, "radius", "x") == (TypeError, "Shape.circle.radius: expected float, got str")
    assert refusal(delattr, circle, "radius") == (AttributeError, "cannot delete attribute 'radius' of 'Shape.circle' objects")
    assert refusal(setattr, circle, "other", 3)[0] is AttributeError
    assert refusal(getattr, circle, "value") == (AttributeError, "'unions.circle' object has no attribute 'value'")
    label = shape.label("a")
    label.value = "y" * 100
    gc.collect()
    assert label.value == "y" * 100
    label.value = b"bytes"
    assert label.value == "bytes"
    assert refusal(setattr, label, "value", 3) == (TypeError, "Shape.label.value: expected str or bytes-like object, got int") and label.value == "bytes"
    assert shape.list(range(1000)).value == list(range(1000))


def test_structs_in_variants(zig):
    """They cannot be changed in place: the union may be another variant by then."""
    circle, at = zig.Shape.circle(zig.Point(1, 2)), zig.Shape.at(zig.Point(3))
    for point in (circle.center, at.value):
        assert refusal(setattr, point, "x", 77)[0] is TypeError and "read-only" in refusal(setattr, point, "x", 77)[1]
    center = circle.center
    own = copy.copy(center)
    own.x = 50
    circle.become("something else")
    gc.collect()
    assert (center.x, center.y) == (1, 2) and own.x == 50


def test_another_variant(zig):
    circle = zig.Shape.circle(zig.Point(1, 2), 3)
    circle.become("abc" * 10)
    gc.collect()
    assert circle.kind() == "label" and isinstance(circle, zig.Shape.circle)
    assert refusal(getattr, circle, "radius") == (AttributeError, "this Shape.circle has become a 'label'")
    assert refusal(setattr, circle, "radius", 3) == (AttributeError, "this Shape.circle has become a 'label'")
    assert refusal(pickle.dumps, circle)[0] is AttributeError
    through = zig.double(circle)
    assert type(through) is zig.Shape.label and through.value == "abc" * 10
    circle.__init__(zig.Point(), 4)
    assert circle.radius == 4 and circle.kind() == "circle"
    assert refusal(circle.__init__, "x")[0] is TypeError and circle.radius == 4


@pytest.mark.parametrize(
    "expression",
    ["v.radius", "setattr(v, 'radius', 1)", "v.area()", "v.become('x')", "m.double(v)", "m.count([v])", "repr(v)", "copy.copy(v)"],
)
def test_no_value(zig, expression):
    for cls in (zig.Shape.circle, zig.Shape):
        if cls is zig.Shape and ("radius" in expression or expression in ("repr(v)", "copy.copy(v)")):
            continue
        assert "has no value" in refusal(lambda cls=cls: eval(expression, {"v": cls.__new__(cls), "m": zig, "copy": copy}))[1]
    assert refusal(object.__new__, zig.Shape.circle)[0] is TypeError


# ---- subclasses


def test_subclasses(zig):
    shape, point = zig.Shape, zig.Point

    class Big(shape.circle):
        def __init__(self, radius, *, name="big"):
            super().__init__(point(), 10 * radius)
            self.name = name

        def twice(self):
            return 2 * self.radius

    big = Big(2, name="x")
    assert (big.radius, big.twice(), big.name, big.kind()) == (20, 40, "x", "circle") and isinstance(big, shape)
    assert type(zig.double(big)) is shape.circle and zig.double(big).radius == 40
    match big:
        case shape.circle(_, radius):
            assert radius == 20

    class Forgetful(shape.circle):
        def __init__(self):
            pass

    assert "has no value" in refusal(getattr, Forgetful(), "radius")[1]

    class Base(shape):
        pass

    assert refusal(Base)[0] is TypeError and type(Base.circle(point())) is shape.circle and type(Base.unit()) is shape.circle
    mixed = type("Mixed", (shape.circle, shape.label), {})(point(), 3)
    assert mixed.radius == 3
    assert refusal(shape.label.value.__get__, mixed) == (AttributeError, "this Shape.label has become a 'circle'")
    assert refusal(type, "Conflict", (shape.circle, zig.Point), {})[0] is TypeError


# ---- operators


def test_operators(zig):
    value = zig.Value
    assert [str(one) for one in (value.int(3), value.text("x"), value.none())] == ["int 3", "text x", "none"] and repr(value.int(3)) == "int 3"
    assert value.int(3) == value.int(3) != value.int(4) and value.int(3) != value.text("x") and value.none() == value.none() and value.int(3) != 3
    assert hash(value.int(3)) == 3 and {value.text("ab"): 1}[value.text("ab")] == 1
    assert repr(value.int(3) + 4) == "int 7" and refusal(lambda: value.int(3) + "x")[0] is TypeError
    assert not value.none() and value.int(0)
    shape = zig.Shape
    assert shape.empty() != shape.empty() and len({shape.empty(), shape.empty()}) == 2  # nothing says when they are equal


def test_own_tag(zig):
    assert zig.kindOf(zig.Tagged.second(2)) is zig.Kind.second and isinstance(zig.Tagged.first(1), zig.Tagged)
    assert zig.Tagged.first(3).value == 3 and type(zig.Tagged.second(3).value) is float


def test_not_public(zig):
    assert zig.hidden({"a": 3}) == {"a": 3} and zig.hidden({"b": "x"}) == {"b": "x"}
    assert refusal(zig.hidden, {"c": 3})[0] in (TypeError, ValueError) and refusal(zig.hidden, {"a": 3, "b": "x"})[0] in (TypeError, ValueError)
    assert refusal(zig.hidden, 3) == (TypeError, "hidden() argument 'value': expected mapping with one key of 'a', 'b', got int")
    assert "has no counterpart in Python" in refusal(getattr, zig, "bare")[1]


# ---- what they hold


def test_objects(zig):
    class Item:
        pass

    item = Item()
    gone = weakref.ref(item)
    boxed = zig.Boxed.object(item)
    assert boxed.value is item
    del item
    gc.collect()
    assert gone() is boxed.value
    both = zig.Boxed.both([1], name="n" * 50)
    gc.collect()
    assert (both.first, both.second, both.name) == ([1], None, "n" * 50)
    both.put({"x": 1})
    assert refusal(getattr, both, "first")[0] is AttributeError
    assert repr(zig.Boxed.object([1])) == "Boxed.object(value=[1])"


def test_another_variant_lets_go(zig):
    class Item:
        pass

    item = Item()
    gone = weakref.ref(item)
    boxed = zig.Boxed.object(item)
    del item
    boxed.drop()
    gc.collect()
    assert gone() is None and boxed


def test_cycles(zig):
    class Item:
        pass

    for make in (zig.Boxed.object, zig.Boxed.both):
        item = Item()
        item.boxed = make(item)
        gone = weakref.ref(item)
        del item
        gc.collect()
        assert gone() is None


def test_repr_of_cycles(zig):
    boxed = zig.Boxed.both(1)
    boxed.second = boxed
    boxed.first = [boxed]
    assert repr(boxed) == "Boxed.both(first=[Boxed.both(...)], second=Boxed.both(...), name='')"


def test_deinit(zig):
    before = zig.Owner.endedSoFar()
    owner = zig.Owner.memory(3)
    assert owner.length == 3 and zig.Owner.endedSoFar() == before
    del owner
    assert zig.Owner.endedSoFar() == before + 1
    owner = zig.Owner.nothing()
    assert refusal(owner.__init__)[0] is TypeError
    assert refusal(zig.Owner.memory, "x")[0] is TypeError and zig.Owner.endedSoFar() == before + 1
    absent = zig.Owner.memory.__new__(zig.Owner.memory)
    del absent, owner
    assert zig.Owner.endedSoFar() == before + 2


def test_copies_of_what_ends(zig):
    assert refusal(copy.copy, zig.Owner.nothing())[0] is TypeError and refusal(pickle.dumps, zig.Owner.memory(3))[0] is TypeError


def test_as_a_field(zig):
    drawing = zig.Drawing(zig.Shape.circle(zig.Point()))
    assert repr(drawing.shape) == "Shape.circle(center=Point(x=0.0, y=0.0), radius=1.0)"
    drawing.shape = zig.Shape.label("abc" * 20)
    gc.collect()
    assert repr(drawing) == f"Drawing(shape=Shape.label(value='{'abc' * 20}'), name='drawing')"
    drawing.setLabel("xyz" * 20)
    gc.collect()
    assert drawing.shape.value == "xyz" * 20
    assert refusal(setattr, drawing, "shape", 3) == (TypeError, "Drawing.shape: expected Shape, got int")
    assert refusal(zig.Drawing, 3) == (TypeError, "Drawing() argument 'shape': expected Shape, got int")
    assert repr(copy.copy(drawing)) == repr(drawing) == repr(pickle.loads(pickle.dumps(drawing)))


def test_memory_stays_where_it_was(zig):
    def work():
        for _ in range(2000):
            for shape in every(zig).values():
                zig.double(shape)
                shape.become("x" * 40)
            refusal(zig.Shape.circle, 3)
            zig.Boxed.both([1], second=[2]).put([3])

    work()
    gc.collect()
    before = sys.getallocatedblocks()
    work()
    gc.collect()
    assert sys.getallocatedblocks() - before < 200

"""The explicit API: modules, functions, classes, enums that are defined by calls in `PyInit_`."""

import gc
import inspect
import math
import pickle
import subprocess
import sys
import weakref

import pytest
import zigmodules
from zigmodules import refusal

import zigbind


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("explicit", request.param)


@pytest.fixture(params=zigmodules.SAFE_MODES)
def safe(request):
    return zigmodules.load("explicit", request.param)


# ---- modules


def test_module(zig):
    assert zig.__name__ == "explicit" and zig.__doc__ == "All of it."
    assert zig.add.__module__ == zig.Vec.__module__ == zig.Color.__module__ == "explicit"


# ---- raw functions


def test_raw_functions(zig):
    assert zig.raw_args(1, "x") == (1, "x") and zig.raw_args() == ()
    assert zig.raw_args.__doc__ == "Its arguments."
    assert zig.raw_self() is zig
    assert zig.raw_kwargs(1) == (1,) and zig.raw_kwargs(a=1) == {"a": 1}
    assert zig.raw_filled() == {} and zig.raw_filled(1, a=1) == {"a": 1}
    assert zig.raw_cast(1, 2) == [2, 4]
    with pytest.raises(TypeError, match="takes no keyword arguments"):
        zig.raw_args(a=1)


def test_raw_functions_that_fail(zig):
    with pytest.raises(SystemError, match="returned NULL without setting an exception"):
        zig.raw_null()
    assert refusal(zig.raw_error) == (KeyError, "'KeyError'")
    assert refusal(zig.raw_panic) == (zigbind.PanicError, "raw")
    assert refusal(zig.raw_cast, "x")[0] is TypeError


def test_raw_functions_count_references(zig):
    thing = (object(),)
    before = sys.getrefcount(thing)
    for _ in range(10):
        zig.raw_args(thing)
        zig.identity(thing)
        refusal(zig.raw_cast, thing)
    assert sys.getrefcount(thing) == before


# ---- functions


def test_functions(zig):
    assert zig.nothing() is None
    assert zig.add(1, 3) == zig.add(a=1, b=3) == zig.add(b=3, a=1) == zig.add(1, b=3) == 4
    assert zig.add(1) == zig.add(a=1) == 3
    assert zig.positional(1, 2) == 3
    assert zig.concat("a", "ö") == "aö"
    assert zig.identity(zig) is zig


def test_defaults(zig):
    assert zig.defaults() == (True, "x", None, [1, 2], 0.5)
    assert zig.defaults(False, numbers=[]) == (False, "x", None, [], 0.5)
    assert zig.defaults(ratio=1, maybe=3) == (True, "x", 3, [1, 2], 1.0)
    assert str(inspect.signature(zig.defaults)).startswith("(flag=True, text='x', maybe=None, numbers=")


def test_signatures(zig):
    assert str(inspect.signature(zig.add)) == "(a, b=2)" and zig.add.__doc__ == "Add.\n\nTwo numbers."
    assert str(inspect.signature(zig.positional)) == "(arg0, arg1, /)"
    assert str(inspect.signature(zig.options)) == "(a, *, times=1, sign=False)"
    assert str(inspect.signature(zig.Vec.scale)) == "(self, /, by=2.0)"


def test_signatures_of_classes(zig):
    assert str(inspect.signature(zig.Vec)) == "(x, y=0.0)" and zig.Vec.__text_signature__ == "(x, y=0.0)"
    assert str(inspect.signature(zig.Maybe)) == "(arg0, /)"
    # Without an __init__ they are made from the defaults of their fields, where there are some.
    assert str(inspect.signature(zig.Pixel)) == "()"
    assert zig.NoInit.__text_signature__ is None
    with pytest.raises(ValueError, match="no signature found"):
        inspect.signature(zig.NoInit)


def test_signatures_of_derived_classes(zig):
    class Same(zig.Vec):
        pass

    class Other(zig.Vec):
        def __init__(self, length):
            super().__init__(length, length)

    assert str(inspect.signature(Same)) == "(x, y=0.0)" and Same.__text_signature__ is None
    assert str(inspect.signature(Other)) == "(length)" and Other(2).y == 2
    assert type(zig.Vec).__text_signature__ is None
    with pytest.raises(AttributeError):
        zig.Vec.__text_signature__ = "()"


def test_options_and_rests(zig):
    assert zig.options(3) == 3 and zig.options(3, times=2, sign=True) == -6
    assert zig.variadic(1) == 1 and zig.variadic(1, 2, 3, extra=4, other="x") == 10
    assert zig.variadic(first=1, extra=1) == 2


def test_overloads(zig):
    assert zig.kind(1) == "int" and zig.kind("x") == "str" and zig.kind(1, 2) == "pair"
    assert zig.kind_apart(1) == "int" and zig.kind_apart("x") == "str"
    assert zig.apart(1) == 3 and zig.apart(a=1, b=1) == 2
    assert refusal(zig.apart, "x")[0] is TypeError
    assert refusal(zig.kind, None)[0] is TypeError


def test_refusals(zig):
    assert refusal(zig.add) == (TypeError, "add() missing 1 required positional argument: 'a'")
    assert refusal(zig.add, 1, 2, 3) == (TypeError, "add() takes from 1 to 2 positional arguments but 3 were given")
    assert refusal(zig.add, "x") == (TypeError, "add() argument 'a': expected int, got str")
    assert refusal(zig.add, 1, b=2.5) == (TypeError, "add() argument 'b': expected int, got float")
    assert refusal(zig.add, 1, c=2) == (TypeError, "add() got an unexpected keyword argument 'c'")
    assert refusal(zig.add, 1, a=2) == (TypeError, "add() got multiple values for argument 'a'")
    assert refusal(zig.add, 2**63)[0] is OverflowError
    assert refusal(zig.positional, 1)[0] is TypeError
    assert refusal(zig.positional, arg0=1, arg1=2)[0] is TypeError
    assert refusal(zig.options, 1, 2)[0] is TypeError
    assert refusal(zig.nothing, 1)[0] is TypeError


def test_panics(safe):
    assert safe.overflow(1) == 2
    assert refusal(safe.overflow, 255)[0] is OverflowError


# ---- errors


def test_messages_of_errors(zig):
    assert zig.positive(1) == 1
    assert refusal(zig.positive, -1) == (ValueError, "Expected positive value, got -1")
    for name, kind in (("TypeError", TypeError), ("IndexError", IndexError), ("Overflow", OverflowError), ("OutOfMemory", MemoryError)):
        assert refusal(zig.formatted, name) == (kind, f"about {name}: ünï")
    assert refusal(zig.formatted, "KeyError") == (KeyError, "'about KeyError: ünï'")
    assert refusal(zig.formatted, "Unheard") == (RuntimeError, "about Unheard: ünï")
    assert refusal(zig.formatted, "Python") == (RuntimeError, "about Python: ünï")
    with pytest.raises(FileNotFoundError) as caught:
        zig.formatted("FileNotFound")
    assert caught.value.errno == 2 and caught.value.strerror == "about FileNotFound: ünï"


def test_a_message_is_for_one_error(zig):
    assert zig.formatted("none") is None
    assert refusal(zig.plain_error) == (ValueError, "ValueError")
    assert zig.left_behind(False) == 1
    assert refusal(zig.left_behind, True) == (ValueError, "ValueError")


# ---- casters


def test_casters(zig):
    assert zig.cast_list([1, 2.5]) == zig.cast_list((1, 2.5)) == 3.5
    assert refusal(zig.cast_list, "x")[0] is TypeError
    assert refusal(zig.cast_list, ["x"]) == (TypeError, "item 0: expected float, got str")
    made = zig.cast_vec(zig.Vec(1, 2))
    assert isinstance(made, zig.Vec) and made.x == -1
    assert refusal(zig.cast_vec, 1)[0] is TypeError


def test_casters_of_types(zig):
    assert zig.hex("ff", None) == "100" and zig.hex("f", "1") == "10"
    assert zig.hexes(["a", "b", "c"]) == ["b", "c"]
    assert refusal(zig.hex, 1, None) == (TypeError, "hex() argument 'arg0': expected str, got int")
    assert refusal(zig.hex, "", None) == (ValueError, "hex() argument 'arg0': no digits")
    assert refusal(zig.hex, "xyz", None) == (ValueError, "hex() argument 'arg0': InvalidCharacter")
    assert refusal(zig.hex, "1" * 9, None) == (OverflowError, "hex() argument 'arg0': 9 digits")
    assert refusal(zig.hex, "!", None) == (KeyError, "'KeyError'")
    assert refusal(zig.hex, "?", None) == (zigbind.PanicError, "a question")
    assert refusal(zig.hexes, ["a", None])[0] is TypeError
    assert refusal(zig.hex, "deac", None) == (ValueError, "ValueError")
    assert zig.one_way() == "up"


# ---- classes


def test_classes(zig):
    v = zig.Vec(3, 4)
    assert zig.Vec.__doc__ == "A vector." and zig.Vec.__name__ == "Vec"
    assert v.length() == 5 and zig.Vec.length.__doc__ == "Its length."
    assert v.scale(2) is None and v.x == 6
    v.scale(by=0.5)
    v.scale()
    assert (v.x, v.y) == (6, 8)
    assert zig.Vec(x=1).y == 0 and zig.Vec(y=2, x=1).y == 2
    assert repr(v) == "<6 8>" and len(v) == 2 and v[1] == 8 and bool(v) and not zig.Vec(0)
    assert v(2) == 20
    assert list(zig.Vec(1, 2)) == [1, 2]
    assert v.combine(zig.Vec(1)) == 6 and v.combine(2).x == 12


def test_types_before_and_after_their_functions(zig):
    assert isinstance(zig.early(zig.Vec(1)), zig.Vec) and zig.early(zig.Vec(1)).x == 2
    v = zig.Vec(1, 2)
    assert zig.swap(v) is v and v.x == 2
    assert refusal(zig.early, {"x": 1, "y": 2}) == (TypeError, "early() argument 'arg0': expected Vec, got dict")


def test_functions_of_the_class(zig):
    assert zig.Vec.unit().x == 1 and zig.Vec(5).unit().x == 1
    assert zig.Vec.of_length(length=3).length() == 3
    copy = zig.Vec.copy_of(zig.Vec(1, 2))
    assert copy.y == 2
    assert refusal(zig.Vec.of_length, -1)[0] is ValueError
    assert refusal(zig.Vec.copy_of)[0] is TypeError


def test_operators(zig):
    v, w = zig.Vec(3, 4), zig.Vec(1, 0)
    assert (v + w).x == 4 and (v * 2).y == 8 and (2 * v).y == 8 and v @ w == 3 and v**2 == 25
    assert v == zig.Vec(3, 4) and v != w and w < v and v > w and (-v).x == -3 and abs(v) == 5
    same = v
    v += w
    assert v is same and v.x == 4
    for wrong in (lambda: v + 1, lambda: 1 + v, lambda: v * "x", lambda: v < 1, lambda: v @ 1, lambda: v - v, lambda: pow(v, 2, 3)):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(OverflowError):
        v**256
    assert (v == 1) is False and (v != 1) is True
    assert v.__add__(1) is NotImplemented
    kind, message = refusal(hash, v)
    assert kind is TypeError and "unhashable type" in message


def test_properties(zig):
    v = zig.Vec(1, 2)
    v.x = 5
    assert v.x == 5 and v.norm == math.hypot(5, 2) and zig.Vec.x.__doc__ == "The first."
    v.both = 3
    assert (v.x, v.y) == (3, 3)
    for change in ("v.y = 1", "v.norm = 1", "del v.x", "v.both", "v.z = 1", "v.z"):
        with pytest.raises(AttributeError):
            exec(change, {"v": v})
    with pytest.raises(TypeError, match=r"Vec.x\(\) argument 'value': expected float, got str"):
        v.x = "x"
    with pytest.raises(ValueError, match="negative"):
        v.both = -1
    assert v.x == 3


def test_fields(zig):
    p = zig.Point()
    assert (p.x, p.y) == (0, 0) and repr(p) == "Point(x=0, y=0)"
    p.x = 2
    assert p.sum() == 2 and p.itself() is p
    line = zig.Line()
    line.to.x = 7
    assert line.to.x == 7 and repr(line.to) == "Point(x=7, y=0)"
    line.to = p
    p.x = 1
    assert line.to.x == 2
    start, end = zig.points(line)
    assert isinstance(end, zig.Point) and end.x == 2
    with pytest.raises(TypeError):
        line.to = (1, 2)
    with pytest.raises(TypeError):
        line.to.x = 1.5


def test_constructors(zig):
    assert refusal(zig.Vec) == (TypeError, "Vec() missing 1 required positional argument: 'x'")
    assert refusal(zig.Vec, math.nan) == (ValueError, "x is nan")
    assert refusal(zig.Point, 1) == (TypeError, "Point() takes 0 positional arguments but 1 was given")
    assert refusal(zig.NoInit) == (TypeError, "cannot create 'NoInit' instances: no __init__ was defined for it")
    assert isinstance(zig.Maybe(True), zig.Maybe) and refusal(zig.Maybe, False)[0] is ValueError
    v = zig.Vec(1)
    v.__init__(2, y=3)
    assert (v.x, v.y) == (2, 3)
    assert refusal(v.__init__, "x")[0] is TypeError and v.x == 2


def test_instances_without_a_value(zig):
    v = zig.Vec.__new__(zig.Vec)
    for use in (v.length, lambda: v.x, lambda: v + v, lambda: zig.early(v), lambda: repr(v), lambda: v.__class__.dot(zig.Vec(1), v), lambda: zig.cast_vec(v)):
        kind, message = refusal(use)
        assert kind is TypeError and "has no value" in message
    v.__init__(1)
    assert v.x == 1
    with pytest.raises(TypeError, match="no __init__ was defined"):
        zig.NoInit.__new__(zig.NoInit).__init__()


def test_wrong_self(zig):
    for use in (zig.Vec.length, zig.Vec.__repr__, zig.Vec.x.__get__, zig.Vec.__init__, zig.Color.isWarm, zig.Vec.scale):
        for wrong in (1, zig.Point(), zig.Color.red):
            if use is zig.Color.isWarm and wrong is zig.Color.red:
                continue
            assert refusal(use, wrong)[0] is TypeError
    assert refusal(zig.Vec.length)[0] is TypeError


def test_subclasses_in_python(zig):
    class Sub(zig.Vec):
        def __init__(self, size):
            super().__init__(size, y=size)

        def length(self):
            return -super().length()

        def __add__(self, other):
            return "sub"

    s = Sub(3)
    assert s.x == 3 and s.length() == -math.hypot(3, 3) and s + s == "sub" and zig.Vec(1).dot(s) == 3
    assert s == zig.Vec(3, 3) and type(s * 2) is zig.Vec
    s.extra = 1

    class Bare(zig.Vec):
        pass

    assert Bare(1, y=2).y == 2
    assert refusal(Bare)[0] is TypeError

    class Forgetful(zig.Vec):
        def __init__(self):
            pass

    assert "super().__init__()" in refusal(Forgetful().length)[1]


def test_base_classes(zig):
    p = zig.Pixel()
    assert isinstance(p, zig.Point) and p.sum() == 0 and p.colour() == 255
    p.x = 4
    assert p.sum() == 4 and p.itself() is p
    assert refusal(zig.Pixel.colour, zig.Point())[0] is TypeError
    assert refusal(zig.Point.__init__, p)[0] is TypeError


def test_values_keep_what_they_point_to(zig):
    made = [zig.Named("".join(["na", "me", str(index)])) for index in range(100)]
    twins = [one.twin() for one in made]
    free = [zig.named("".join(["na", "me", str(index)])) for index in range(100)]
    perhaps = [zig.perhaps_named("".join(["na", "me", str(index)])) for index in range(1, 100)]
    for index, one in enumerate(made):
        one.rename("".join(["other", str(index)]))
    del one
    gc.collect()
    assert [one.name for one in made] == [f"other{index}" for index in range(100)]
    del made
    gc.collect()
    assert [one.name for one in twins] == [one.name for one in free] == [f"name{index}" for index in range(100)]
    assert [one.name for one in perhaps] == [f"name{index}" for index in range(1, 100)] and zig.perhaps_named("") is None
    twins[0].name = "".join(["as", "signed"])
    assert twins[0].name == "assigned"


def test_deinit_runs_once(zig):
    before = zig.ended()
    b = zig.Buffer(10)
    assert len(b) == 10
    b.__init__(size=20)
    assert zig.ended() == before + 1 and len(b) == 20
    assert refusal(zig.Buffer, 13)[0] is ValueError and refusal(b.__init__, 13)[0] is ValueError
    assert len(b) == 20
    zig.Buffer.__new__(zig.Buffer)
    assert zig.ended() == before + 1
    del b
    assert zig.ended() == before + 2
    b = zig.Buffer(5)
    assert zig.consume(b) == 5 and zig.ended() == before + 3
    assert refusal(len, b)[0] is TypeError
    del b
    assert zig.ended() == before + 3


def test_iterators(zig):
    counter = zig.Counter()
    assert iter(counter) is counter
    assert list(counter) == [1, 2, 3] and list(counter) == []
    assert refusal(next, counter)[0] is StopIteration


def test_cycles_are_collected(zig):
    class Target:
        pass

    target = Target()
    dead = weakref.ref(target)
    target.holder = zig.Holder(target)
    assert target.holder.value is target and target.holder.other is None
    target.holder.other = target
    del target
    gc.collect()
    assert dead() is None


def test_classes_do_not_pickle_by_accident(zig):
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert refusal(pickle.dumps, zig.Vec(1), protocol)[0] in (TypeError, pickle.PicklingError)


# ---- enums


def test_enums(zig):
    Color = zig.Color
    assert [one.name for one in Color] == ["red", "green", "blue"] and Color.__doc__ == "Colours."
    assert zig.next_color(Color.red) is Color.green and zig.next_color() is Color.green
    assert Color.red.isWarm() and not Color.blue.isWarm()
    assert Color.red.mix(Color.green) is Color.blue and Color.blue.code == 2
    for wrong in (0, "red", None, Color, zig.Vec):
        assert refusal(zig.next_color, wrong) == (TypeError, f"next_color() argument 'color': expected Color, got {type(wrong).__name__ if wrong is not None else 'None'}")
    assert zig.flip(zig.Access.read) == zig.Access.write
    assert refusal(zig.flip, 1)[0] is TypeError


def test_enums_that_are_data(zig):
    assert zig.next_level("low") == "high" and zig.next_level("high") == "low"
    assert refusal(zig.next_level, "middle")[0] is ValueError
    for wrong in (1, None, zig.Vec, zig.Color, zig.Color.red, zig.Point):
        assert refusal(zig.next_level, wrong)[0] is TypeError
    assert zig.flip_data({"a": True, "b": False}) == (False, True)
    assert refusal(zig.flip_data, {"a": True})[0] is TypeError


def test_an_enum_that_python_code_has_damaged():
    fresh("""
del zig.Color._zigbind_state
try: zig.Color.red.isWarm()
except AttributeError: pass
else: raise AssertionError
assert zig.next_color() is zig.Color.green
""")


# ---- data


def test_data(zig):
    grown = zig.grow({"circle": {"center": {"x": 1, "y": 2}, "radius": 3}})
    assert grown["circle"].radius == 6 and grown["circle"].center == (1, 2)
    assert zig.grow({"label": "x"}) == {"label": "x"}
    assert zig.move({"x": 1}, zig.Options()) == (2, 0)
    assert zig.perhaps_place(True) == (1, 0) and zig.perhaps_place(False) is None
    for wrong in (None, 1, "circle", {}, {"square": 1}, {"circle": 1}, {"circle": {"center": {}, "radius": 1}}, {"label": 1}, {"label": "a", "empty": None}):
        assert refusal(zig.grow, wrong)[0] in (TypeError, ValueError)


def test_a_class_has_the_name_it_was_defined_with(zig):
    assert refusal(zig.move, {"x": 1}, 1) == (TypeError, "move() argument 'arg1': expected Options, got int")


def test_types_that_were_not_defined(zig):
    kind, message = refusal(zig.needs_class, {"value": 1})
    assert kind is TypeError and "was not defined" in message
    assert refusal(zig.unconvertible, {}) == (TypeError, "the class Opaque was not defined in this module")
    assert refusal(zig.make_unconvertible) == (TypeError, "the class Opaque was not defined in this module")


# ---- mistakes


def test_mistakes_at_run_time(zig):
    kind, message = refusal(zig.define_again)
    assert kind is ValueError and "is defined already: as <class 'explicit.Vec'>" in message
    assert not hasattr(zig, "Again")
    assert refusal(zig.define_foreign, 1)[0] in (TypeError, SystemError)
    assert refusal(zig.wrong_method, zig.Point)[0] is TypeError
    assert refusal(zig.wrong_method, zig.Color)[0] is TypeError
    assert refusal(zig.wrong_method, int)[0] in (TypeError, AttributeError)
    assert refusal(zig.wrong_init, zig.Point)[0] is TypeError
    kind, message = refusal(zig.base_missing)
    assert kind is TypeError and "was not defined" in message
    assert refusal(zig.static_of_enum, zig.Color)[0] is TypeError


FRESH = """
import gc, sys, weakref, zigbind
zig = zigbind.load(sys.argv[1], optimize="ReleaseSafe")
{code}
print("done")
"""


def fresh(code):
    path = zigmodules.DIRECTORY / "explicit.zig"
    done = subprocess.run([sys.executable, "-X", "dev", "-c", FRESH.format(code=code), path], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.endswith("done\n"), done.stderr
    return done


def test_more_is_defined_while_in_use():
    fresh("""
assert zig.define_more() == ()
assert zig.later(5) == 4 and zig.later(second=2, first=5) == 3
assert zig.needs_class(zig.Undefined()) == 1
assert zig.Undefined().value == 1
assert zig.add(b=1, a=2) == 3 and zig.Vec(x=1, y=2).y == 2
""")


def test_a_module_that_is_gone_is_freed():
    fresh("""
dead, alive = weakref.ref(zig.Vec), zig.Vec(1, 2)
add = zig.add
del sys.modules["explicit"], zig
gc.collect()
assert alive.length() > 2 and add(b=1, a=1) == 2
del alive, add
for _ in range(3): gc.collect()
""")


def test_a_second_module_of_the_same_library():
    fresh("""
import importlib.machinery, importlib.util
def again():
    loader = importlib.machinery.ExtensionFileLoader("explicit", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location("explicit", path, loader=loader))
    loader.exec_module(module)
    return module
path = str(zigbind.build(sys.argv[1], optimize="ReleaseSafe").path)
one = again(); two = again()
assert one is not two and one.Vec is not two.Vec
assert one.add(b=1, a=1) == two.add(b=1, a=1) == 2
assert one.early(one.Vec(1)).x == 2 and two.early(two.Vec(1)).x == 2
try: one.early(two.Vec(1))
except TypeError: pass
else: raise AssertionError
assert two.next_color(two.Color.red) is two.Color.green
""")


# ---- mistakes at compile time

HEAD = """
const zb = @import("zigbind");
const V = struct { x: f64 = 0, fn get(self: *const V) f64 { return self.x; } fn set(self: *V, x: f64) void { self.x = x; } fn add(self: V, other: V) V { _ = other; return self; } };
const E = enum { a, b };
const U = union(enum) { a: i64, b: f64 };
fn f(a: i64, b: i64) i64 { return a + b; }
fn g(a: anytype) void { _ = a; }
fn h(o: zb.Object) void { _ = o; }
export fn PyInit_NAME() callconv(.c) ?*zb.PyObject {
    return make() catch null;
}
fn make() !*zb.PyObject {
    const module = try zb.createModule(.{ .name = "NAME" });
    const class = try zb.defineClass(module, .{ .name = "V", .type = V });
    CODE
    _ = class;
    return module;
}
"""


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ('try zb.defineFunction(module, .{ .name = "f" });', "defineFunction: .func is missing"),
        ('try zb.defineFunction(module, .{ .name = "f", .func = f, .docs = "" });', "defineFunction: .docs is not known; there are .name .func .doc .args"),
        ('try zb.defineFunction(module, .{ .name = "f", .func = 1 });', "defineFunction: the func of 'f' is no function"),
        ('try zb.defineFunction(module, .{ .name = "g", .func = g });', "defineFunction: 'g' cannot be called from Python: its parameter 1 is anytype"),
        ('try zb.defineFunction(module, .{ .name = "h", .func = zb.nogil(h) });', "zb.nogil: h cannot run without the GIL: its parameter 1 has Python objects"),
        ('try zb.defineFunction(module, .{ .name = "h", .func = zb.overload(.{ f, zb.nogil(h) }) });', "zb.nogil: h cannot run without the GIL: its parameter 1 has Python objects"),
        ('try zb.defineFunction(module, .{ .name = "f", .func = f, .args = .{ .{ .name = "a" }, .{ .name = "b" }, .{ .name = "c" } } });', "'f' has 3 args, but the function takes 2"),
        ('try zb.defineFunction(module, .{ .name = "f", .func = f, .args = .{ .{ .name = "a" }, .{ .name = "b", .default = "x" } } });', "expected type 'i64', found '*const [1:0]u8'"),
        ('try zb.defineFunction(module, .{ .name = "f", .func = f, .args = .{ .{ .name = "a", .default = 1 }, .{ .name = "b" } } });', "the argument 'b' has no default, but the one before it has"),
        ('try zb.defineFunction(module, .{ .name = "f", .func = f, .args = .{ .{ .name = "a" }, .{ .name = "a" } } });', "'f' has two arguments 'a'"),
        ('try zb.defineFunction(module, .{ .name = "f", .func = f, .args = .{.{ .default = 1 }} });', "'f', argument 1: .name is missing"),
        ('try zb.addFunction(module, .{ .name = "f", .impl = f });', "addFunction: the parameters of 'f' must be of type *PyObject"),
        ('_ = try zb.defineClass(module, .{ .name = "E", .type = E });', "is for defineEnum"),
        ('_ = try zb.defineClass(module, .{ .name = "U", .type = U });', "is a union: in an explicit module it is data"),
        ('_ = try zb.defineClass(module, .{ .name = "I", .type = i64 });', "i64 is no struct"),
        ('_ = try zb.defineClass(module, .{ .name = "W", .type = struct { y: i64 }, .base = V });', "its first field must be of that type"),
        ('try zb.defineMethod(class, .{ .name = "__init__", .func = f });', "'__init__' must return the struct of the class"),
        ('try zb.defineMethod(class, .{ .name = "__new__", .func = f });', "define __init__"),
        ('try zb.defineMethod(class, .{ .name = "__del__", .func = V.get });', "give the struct a deinit"),
        ("try zb.defineOperator(class, .add, V.get);", "the func of .add takes 1 operands, not 2"),
        ("try zb.defineOperator(class, .add, f);", "the func of .add must take the instance first; for the right operand there is .radd"),
        ('try zb.defineProperty(class, .{ .name = "x" });', "'x' has neither a getter nor a setter"),
        ('try zb.defineProperty(class, .{ .name = "x", .getter = V.set });', "the getter of 'x' takes more than the instance"),
        ('try zb.defineProperty(class, .{ .name = "x", .getter = V.get, .setter = V.get });', "'x' has 1 args, but the function takes 0"),
        ('_ = try zb.defineEnum(module, .{ .name = "V", .type = V });', "is no enum"),
        ('_ = try zb.createModule(.{ .name = "x", .size = 8 });', "leave out .size"),
    ],
)
def test_mistakes_at_compile_time(tmp_path, code, message):
    path = tmp_path / "mistake.zig"
    path.write_text(HEAD.replace("NAME", "mistake").replace("CODE", code))
    with pytest.raises(zigbind.CompileError) as caught:
        zigbind.load(path)
    assert message in str(caught.value)

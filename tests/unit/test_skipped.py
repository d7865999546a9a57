"""What Python cannot use is no error: it says on access why it is missing."""

import inspect
import pickle
import re

import pytest
import zigmodules

import zigbind
from zigbind import binary


@pytest.fixture(scope="module")
def zig():
    return zigmodules.load("skipped")


ANYTYPE = "its parameter 'x' is anytype or depends on a comptime parameter"
POINTER = "its parameter 'x' is no Python type: {} has no counterpart in Python"
TYPE = "it is a type"
VARIABLE = "a Zig variable is no Python attribute; export functions that read and write it"
REASONS = {
    "takes_anytype": ANYTYPE,
    "takes_type": "its parameter 'T' is known at comptime only",
    "takes_comptime": "it has a comptime parameter",
    "depends": "its parameter 'T' is known at comptime only",
    "takes_pointer": POINTER.format("*i64"),
    "takes_many_pointer": POINTER.format("[*]const u8"),
    "takes_c_pointer": POINTER.format("[*c]const u8"),
    "takes_function": POINTER.format("*const fn () void"),
    "takes_error": POINTER.format("anyerror"),
    "takes_slice_of_pointers": POINTER.format("*i64"),
    "takes_optional_pointer": POINTER.format("*anyopaque"),
    "takes_sentinel": POINTER.format("[:0]const i64"),
    "takes_odd_terminator": POINTER.format("[:1]const u8"),
    "takes_sentinel_array": POINTER.format("[4:0]u8"),
    "takes_aligned": POINTER.format("[]align(16) const f64"),
    "takes_aligned_text": POINTER.format("[]align(16) const u8"),
    "takes_volatile": POINTER.format("[]volatile u8"),
    "takes_bad_option": "its option 'pointer' is no Python type: *i64 has no counterpart in Python",
    "returns_type": "its result is known at comptime only",
    "returns_pointer": "its result is no Python type: *const i64 has no counterpart in Python",
    "returns_slice_of_pointers": "its result is no Python type: *const i64 has no counterpart in Python",
    "returns_comptime": "its result is known at comptime only",
    "returns_error_set": "its result is no Python type: anyerror has no counterpart in Python",
    "fails_with_pointer": "its result is no Python type: *const i64 has no counterpart in Python",
    "never_returns": "it never returns",
    "fails_forever": "its result is no Python type: noreturn has no counterpart in Python",
    "printf": "it takes C variadic arguments",
    "Number": TYPE,
    "an_undefined_type": TYPE,
    "a_literal": "@Type(.enum_literal) has no counterpart in Python",
    "a_pointer": "*const i64 has no counterpart in Python",
    "a_function": "*const fn (i64) i64 has no counterpart in Python",
    "a_variable": VARIABLE,
    "a_thread_local": VARIABLE,
    "mem": "it is a namespace of the package 'std'; export what you need of it by name",
    "standard": "it is a namespace of the package 'std'; export what you need of it by name",
    "zigbind": "it is a namespace of the package 'zigbind'; export what you need of it by name",
    "Generic": "its parameter 'T' is known at comptime only",
    "OneOfTwo": "it is a type made at comptime",
    "itself": "it is a namespace that this one stands in",
}


def line_of(name):
    lines = zigmodules.source("skipped").splitlines()
    return next(number for number, line in enumerate(lines, 1) if re.match(rf" *pub (threadlocal |extern )?(fn|const|var) {name}\b", line))


@pytest.mark.parametrize("name", REASONS)
def test_reason(zig, name):
    with pytest.raises(AttributeError) as caught:
        getattr(zig, name)
    assert str(caught.value) == f"{name} (skipped.zig:{line_of(name)}) is not available in Python: {REASONS[name]}"
    assert caught.value.name == name and caught.value.obj is zig
    assert not hasattr(zig, name) and getattr(zig, name, "default") == "default"
    assert name not in dir(zig)


def test_what_can_be_used_is_there(zig):
    assert zig.usable(3) == 3
    assert zig.a_comptime_tuple == (1, 2.5)


def test_types_that_a_function_makes(zig):
    """One `return struct` can be found in the source; which of two it is only the compiler knows."""
    assert zig.MadeEmpty.get() == 3 and inspect.ismodule(zig.MadeEmpty) and zig.MadeEmpty.__name__ == "skipped.MadeEmpty"
    assert zig.Made(5).x == 5 and inspect.isclass(zig.Made)
    assert {"MadeEmpty", "Made"} < set(dir(zig))


def test_submodules_explain_themselves(zig):
    assert zig.sub.usable_there(3) == 3
    with pytest.raises(AttributeError, match="is anytype") as caught:
        zig.sub.generic_there  # noqa: B018
    assert caught.value.name == "generic_there" and caught.value.obj is zig.sub
    with pytest.raises(AttributeError, match="module 'skipped.sub' has no attribute 'usable_ther'") as caught:
        zig.sub.usable_ther  # noqa: B018
    assert caught.value.obj is zig.sub


def test_other_missing_names(zig):
    for name in ("nothing_like_it", "größe", "", "usabl"):
        with pytest.raises(AttributeError) as caught:
            getattr(zig, name)
        assert str(caught.value) == f"module 'skipped' has no attribute {name!r}"
        assert caught.value.name == name and caught.value.obj is zig
    assert not hasattr(zig, "__wrapped__") and not hasattr(zig, "__path__")
    with pytest.raises(AttributeError):
        getattr(zig, "\ud800")
    with pytest.raises(AttributeError):
        inspect.getattr_static(zig, "takes_pointer")
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(zig)


def test_getattr_itself(zig):
    """It is an ordinary function of the module, so anybody can call it with anything."""
    assert zig.__getattr__.__name__ == "__getattr__"
    for wrong in (3, None, b"usable", 10**100, object()):
        with pytest.raises(TypeError, match="attribute name must be string"):
            zig.__getattr__(wrong)
    with pytest.raises(TypeError):
        zig.__getattr__()
    with pytest.raises(AttributeError, match="is anytype"):
        zig.__getattr__("takes_anytype")


def test_import_star_and_dir(zig):
    public = [name for name in dir(zig) if not name.startswith("_")]
    assert set(REASONS).isdisjoint(public) and "usable" in public


def test_modules_without_skipped_declarations_have_no_getattr():
    assert "__getattr__" not in vars(zigmodules.load("failures"))


# ---- what is not pub


UNSEEN = {
    "zigbind": "its options have no effect; write pub const zigbind",
    "Vec2.zigbind": "its options have no effect; write pub const zigbind",
    "Vec2.init": "Python cannot call it; write pub fn init",
    "Vec2.deinit": "it will not run; write pub fn deinit",
    "Vec2.__add__": "Python cannot call it; write pub fn __add__",
    "Shape.format": "Python cannot call it; write pub fn format",
    "Color.__str__": "Python cannot call it; write pub fn __str__",
}


def unseen_line(name):
    lines = zigmodules.source("unseen").splitlines()
    outer, _, last = name.rpartition(".")
    start = next(number for number, line in enumerate(lines) if not outer or line.startswith(f"pub const {outer} "))
    return next(number for number, line in enumerate(lines[start:], start + 1) if re.match(rf" *(fn|const) {last}\b", line))


def test_what_is_meant_for_python_and_not_pub_is_told():
    with open(zigbind.build(zigmodules.DIRECTORY / "unseen.zig").path, "rb") as file:
        lines = binary.description(file.read()).splitlines()
    told = {line.strip() for line in lines if " is not pub: " in line}
    assert told == {f"skip {name} (unseen.zig:{unseen_line(name)}) is not pub: {reason}" for name, reason in UNSEEN.items()}


def test_what_is_not_pub_explains_itself():
    zig = zigmodules.load("unseen")
    for holder, name in [(zig, "zigbind"), (zig.Vec2(1.0), "init"), (zig.Vec2(1.0), "deinit"), (zig.Vec2(1.0), "zigbind"), (zig.Shape.point(), "format")]:
        with pytest.raises(AttributeError, match=r"\(unseen.zig:\d+\) is not pub: .*; write pub (fn|const) " + name):
            getattr(holder, name)
    # It is as if they were not there.
    assert zig.Vec2(1.5).x == 1.5 and zig.space.answer() == 42
    with pytest.raises(TypeError, match="unsupported operand"):
        zig.Vec2(1.0) + zig.Vec2(1.0)
    with pytest.raises(AttributeError, match="has no attribute 'helper'"):
        zig.Vec2(1.0).helper  # noqa: B018


ENDLESS = """
const std = @import("std");
const Tree = struct { name: []const u8, children: []const Tree };
const Odd = struct { even: ?[]const Even };
const Even = struct { odds: std.ArrayList(Odd) };
const Term = union(enum) { number: i64, sum: []const Term };
pub const Class = struct { name: []const u8, children: []const Class = &.{} };
pub fn tree() Tree {
    return .{ .name = "x", .children = &.{} };
}
pub fn odd() ?Odd {
    return null;
}
pub fn term(_: std.StringHashMap(Term)) void {}
pub fn plain() Class {
    return .{ .name = "x" };
}
"""


@pytest.mark.parametrize("optimize", zigmodules.SAFE_MODES)
def test_data_that_has_itself_in_it(tmp_path, optimize):
    path = tmp_path / "endless.zig"
    path.write_text(ENDLESS, encoding="utf-8")
    module = zigbind.load(path, optimize=optimize)
    for name, type_name in (("tree", "Tree"), ("odd", "Odd"), ("term", "Term")):
        with pytest.raises(AttributeError, match=f"endless.{type_name} has itself in it, which only a class can: make it pub"):
            getattr(module, name)
    assert module.plain().children == []


@pytest.mark.parametrize("optimize", zigmodules.SAFE_MODES)
def test_types_with_many_ways_through_them(tmp_path, optimize):
    """Where each of twelve types leads to each other one there are more ways than a compiler could follow."""
    count = 12
    mesh = [
        f"const T{one} = struct {{ value: i64 = {one}, " + " ".join(f"to{other}: ?*T{other} = null," for other in range(count) if other != one) + " };\n"
        for one in range(count)
    ]
    path = tmp_path / "mesh.zig"
    path.write_text(
        'const std = @import("std");\n'
        + "".join(mesh)
        + "pub const Holder = struct {\n    n: i64 = 0,\n    inner: ?*T0 = null,\n    client: ?*std.http.Client = null,\n"
        "    pub fn get(self: *const Holder, more: i64) i64 {\n        return self.n + more;\n    }\n};\n",
        encoding="utf-8",
    )
    assert zigbind.load(path, optimize=optimize).Holder(2).get(3) == 5

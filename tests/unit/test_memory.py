"""Memory of calls is there while they run and gone afterwards, and no call leaves a reference behind."""

import array
import gc
import sys
import threading
import tracemalloc
from collections import deque
from itertools import repeat

import pytest
import zigmodules
from zigmodules import refusal

import zigbind


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("arenas", request.param)


@pytest.mark.parametrize("size", [0, 1, 100, 1000, 1023, 1024, 1025, 5000, 1 << 16, 10_000_000])
def test_sizes(zig, size):
    for function in (zig.fill, zig.fill_implicitly):
        assert function(size, 65) == "A" * size


def test_growing(zig):
    for count in (0, 1, 10, 1000, 100_000):
        assert zig.grow(count) == zig.grow_implicitly(count) == list(range(count))
    assert zig.nothing() == 100


def test_alignment(zig):
    assert zig.alignments(1) and zig.alignments(50)


def test_any_order_of_use(zig):
    for seed in range(50):
        assert zig.shuffle(seed, 500) and zig.shuffle_implicitly(seed, 500)


def test_too_much(zig):
    assert refusal(zig.too_much)[0] is refusal(zig.too_much_aligned)[0] is MemoryError


class Calls:
    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __index__(self):
        self.function(*self.args)
        return 7


def test_calls_inside_calls_have_memory_of_their_own(zig):
    inner = Calls(zig.around, "inner" * 300, Calls(zig.fill_implicitly, 5000, 1), ["z"])
    for text in ("outer", "outer" * 1000):
        assert zig.around(text, inner, ["x"] * 100) == f"{text} 7 100"
        assert zig.around(text, Calls(refusal, zig.panics, 5000), ["x"]) == f"{text} 7 1"


def test_threads_of_python(zig):
    wrong = []

    def work(number):
        for step in range(300):
            if not zig.shuffle_implicitly(1000 * number + step, 200):
                wrong.append("shuffle")
            if zig.fill_implicitly(3000, 65 + number) != chr(65 + number) * 3000:
                wrong.append("fill")
            if refusal(zig.panics, 3000)[0] is not zigbind.PanicError:
                wrong.append("panic")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_of_zig_have_no_call(zig):
    assert zig.on_another_thread() is True


def test_memory_is_freed_when_the_call_returns(zig):
    def run(times):
        for _ in range(times):
            zig.fill(1 << 20, 1)
            zig.fill_implicitly(1 << 20, 1)
            zig.grow(10_000)
            refusal(zig.too_much)
            refusal(zig.panics, 1 << 20)

    run(2)
    tracemalloc.start()
    try:
        run(2)
        before, _peak = tracemalloc.get_traced_memory()
        run(20)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000
    assert 1 << 20 < peak - before < 10 << 20


# ---- a million calls

class Index:
    def __index__(self):
        return 5


class BadIndex:
    def __index__(self):
        raise KeyError


#: function of the module `convert`, arguments that are accepted, arguments that are not
CALLS = [
    ("int_u8", (200,), (256,)),
    ("int_i64", (2**62,), ("x",)),
    ("int_u64", (2**64 - 1,), (-1,)),
    ("int_i128", (-(2**127),), (2**127,)),
    ("int_u200", (2**199,), (2**200,)),
    ("int_i64", (Index(),), (BadIndex(),)),
    ("float_f64", (1.5,), ("x",)),
    ("float_f32", (1,), (1e300,)),
    ("boolean", (True,), (1,)),
    ("nothing", (None,), (1,)),
    ("text", ("größe" * 10,), (5,)),
    ("text", (b"bytes" * 10,), ("\ud800",)),
    ("text", (bytearray(b"bytes" * 10),), (None,)),
    ("text_mutable", ("text" * 500,), (5,)),
    ("text_z", ("text",), ("a\0",)),
    ("bytes", (memoryview(b"bytes"),), ("x",)),
    ("optional_int", (None,), ("x",)),
    ("list_i64", ([1, 2, 3, 2**62],), ([1, 2, "x"],)),
    ("list_i64", ([Index(), 1],), ([Index(), BadIndex()],)),
    ("list_f64", (array.array("d", range(10)),), ("ab",)),
    ("list_f64", (range(10),), ({},)),
    ("list_text", (["a", "b", "größe"] * 3,), (["a", 1],)),
    ("list_text", ([bytearray(b"a"), bytearray(b"b")],), ([bytearray(b"a"), None],)),
    ("list_list", ([[1], [2, 3]],), ([[1], [2, "x"]],)),
    ("list_optional", ([1, None],), ([None, "x"],)),
    ("list_tuple", ([("a", 1.0)],), ([("a", "b")],)),
    ("array_i64", ((1, 2, 3),), ((1, 2),)),
    ("vector_f32", ([1, 2, 3, 4],), ([1, 2, 3, None],)),
    ("tuple_nested", (((1, 2), [3]),), (((1, 2), [None]),)),
    ("object", (object(),), ()),
    ("list_object", ([object(), "x"],), (5,)),
    ("args_sum", (1, 2, 3), (1, "x")),
    ("args_at", ("a", "b"), ()),
    ("two", (1, "x"), (1, 2)),
    ("many", tuple(range(10)), tuple(range(9))),
    ("invalid_text", None, ()),
    ("invalid_texts", None, ()),
    ("invalid_list", None, ()),
]
KEYWORD_CALLS = [
    ("two", {"a": 1, "b": "x"}, {"a": 1, "c": "x"}),
    ("options", {"flag": True, "name": "x", "items": [1, 2]}, {"flag": 1}),
    ("kwargs_names", {"x": 1, "größe": 2}, None),
    ("kwargs_get", {"wanted": 5}, {"wanted": "x"}),
    ("args_and_kwargs", {"a": 1, "z": 2}, {"z": 2}),
]


def repeat_calls(zig, times):
    for name, accepted, refused in CALLS:
        function = getattr(zig, name)
        if accepted is not None:
            deque(map(function, *(repeat(arg, times) for arg in accepted)), maxlen=0)
        if refused is not None:
            for _ in range(times):
                try:
                    function(*refused)
                except Exception:
                    pass
                else:
                    raise AssertionError(f"{name} accepted {refused!r}")
    for name, accepted, refused in KEYWORD_CALLS:
        function = getattr(zig, name)
        for _ in range(times):
            function(**accepted)
        if refused is not None:
            for _ in range(times):
                try:
                    function(**refused)
                except TypeError:
                    pass
                else:
                    raise AssertionError(f"{name} accepted {refused!r}")


def leaves(value):
    """A value and everything in it."""
    yield value
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)


def reference_counts():
    gc.collect()
    calls = [*CALLS, *KEYWORD_CALLS]
    return [sys.getrefcount(leaf) for _name, accepted, refused in calls for given in (accepted, refused) for leaf in leaves(given)]


@pytest.mark.parametrize("optimize", ["ReleaseSafe", "ReleaseFast"])
def test_a_million_calls_leave_nothing(optimize):
    zig = zigmodules.load("convert", optimize)
    per_row = 1_000_000 // (2 * (len(CALLS) + len(KEYWORD_CALLS))) + 1
    repeat_calls(zig, 500)
    counts, blocks, own = reference_counts(), sys.getallocatedblocks(), zigmodules.own_bytes()
    repeat_calls(zig, per_row)
    assert reference_counts() == counts
    assert abs(sys.getallocatedblocks() - blocks) < 2000  # a block lost in one row would be 10,000
    if own is not None:
        assert zigmodules.own_bytes() - own < 8 << 20


def test_references_to_singletons_are_kept():
    """None, True and small ints are immortal, so a count that is off would not be seen: other singletons are not."""
    zig = zigmodules.load("convert")
    key, value = "a name that is not interned " * 2, object()
    before = sys.getrefcount(key), sys.getrefcount(value)
    for _ in range(1000):
        zig.kwargs_names(**{key: value})
        zig.list_object([value, value])
        zig.objects(value, value)
    assert (sys.getrefcount(key), sys.getrefcount(value)) == before


FREED = """
const std = @import("std");
const Allocator = std.mem.Allocator;
pub const Maker = struct {
    size: usize,
    pub fn text(self: *const Maker, gpa: Allocator) !?[]u8 {
        if (self.size == 0) return null;
        const made = try gpa.alloc(u8, self.size);
        @memset(made, 'a');
        return made;
    }
    pub fn bad(_: *const Maker, gpa: Allocator) !?[]u8 {
        return try gpa.dupe(u8, "\\xff" ** 1000);
    }
    pub fn ended(_: Maker, gpa: Allocator) ?[:0]u8 {
        return gpa.dupeZ(u8, "z" ** 1000) catch null;
    }
    pub fn list(self: *const Maker, gpa: Allocator) !?std.ArrayList(i64) {
        var made: std.ArrayList(i64) = .empty;
        try made.appendNTimes(gpa, 7, self.size);
        return made;
    }
};
pub const Lines = struct {
    left: usize,
    pub fn next(self: *Lines, gpa: Allocator) !?[]u8 {
        if (self.left == 0) return null;
        self.left -= 1;
        return try gpa.dupe(u8, "line" ** 250);
    }
};
"""


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_optional_results_are_freed(tmp_path, optimize):
    path = tmp_path / "freed.zig"
    path.write_text(FREED, encoding="utf-8")
    module = zigbind.load(path, optimize=optimize)
    maker = module.Maker(1000)
    assert (maker.text(), module.Maker(0).text(), maker.ended(), maker.list()) == ("a" * 1000, None, "z" * 1000, [7] * 1000)
    assert list(module.Lines(2)) == ["line" * 250] * 2
    with pytest.raises(UnicodeDecodeError):
        maker.bad()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        zigmodules.repeat_calls([(maker.text,), (maker.bad,), (maker.ended,), (maker.list,), (list, module.Lines(200))], 200)
        # Each of them would be 200 KB and more.
        assert tracemalloc.get_traced_memory()[0] - before < 100_000
    finally:
        tracemalloc.stop()

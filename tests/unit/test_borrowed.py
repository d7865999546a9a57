"""What a result points to lives as long as the result, wherever in it the pointer stands (`borrowed.zig`)."""

import gc
import weakref
from collections import deque

import pytest
import zigmodules

import zigbind


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("borrowed", request.param)


PLACES = {
    "itself": lambda zig, node: zig.itself(node),
    "inTuple": lambda zig, node: zig.inTuple(node)[0],
    "inOptionalTuple": lambda zig, node: zig.inOptionalTuple(node)[1],
    "inList": lambda zig, node: zig.inList(node)[2],
    "inData": lambda zig, node: zig.inData(node).ref,
    "inUnion": lambda zig, node: zig.inUnion(node).value,
    "same": lambda zig, node: zig.same(zig.itself(node)),
    "sameChoice": lambda zig, node: zig.sameChoice(zig.sameChoice(zig.inUnion(node))).value,
    "lastRef": lambda zig, node: zig.lastRef([zig.itself(zig.Node()), zig.itself(node)]),
    "pickRef": lambda zig, node: zig.pickRef([zig.Node(), node]),
    "maybe": lambda zig, node: pointed(zig, node).maybe,
    "choice": lambda zig, node: pointed(zig, node).choice.value,
}


def pointed(zig, node):
    has = zig.Has()
    has.point(node)
    return has


@pytest.mark.parametrize("place", PLACES)
def test_a_pointer_in_a_result_keeps_its_owner(zig, place):
    node = zig.Node(7)
    alive = weakref.ref(node)
    result = PLACES[place](zig, node)
    del node
    gc.collect()
    assert alive() is not None and result.target.value == 7
    del result
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize(
    "make",
    [
        lambda zig, heap: zig.ofHeap(heap),
        lambda zig, heap: zig.ofHeaps(heap, zig.Heap(1), zig.Heap(2))[1],
        lambda zig, heap: heap.both()[1],
        lambda zig, heap: heap.choice().value,
    ],
)
def test_what_nobody_can_look_into_is_kept_as_a_whole(zig, make):
    heap = zig.Heap(7)
    alive = weakref.ref(heap)
    result = make(zig, heap)
    del heap
    gc.collect()
    assert alive() is not None and result.target.value == 7
    del result
    gc.collect()
    assert alive() is None


def test_a_variant_that_is_a_pointer_keeps_its_owner(zig):
    node = zig.Node(7)
    alive = weakref.ref(node)
    result = zig.directlyInUnion(node)
    del node
    gc.collect()
    assert alive() is not None
    del result
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("sequence", [list, tuple, deque])
def test_an_item_of_an_argument_comes_back_as_itself(zig, sequence):
    nodes = [zig.Node(1), zig.Node(7)]
    assert zig.pick(sequence(nodes)) is nodes[1]
    assert zig.pickOfTuple((nodes[0], 1)) is nodes[0]


@pytest.mark.parametrize("name", ["twoPointers", "listOfPointers"])
def test_bare_pointers_in_containers_are_refused(zig, name):
    with pytest.raises(AttributeError, match=r"its result is no Python type: a \*borrowed.Node can be the result itself, not in something else; return a struct with it as a field, or a copy"):
        getattr(zig, name)


def test_an_argument_of_an_override_keeps_the_instance(zig):
    kept = []

    class Keeper(zig.Visitor):
        def visit(self, ref):
            kept.append(ref)
            return 5

    visitor = Keeper()
    alive = weakref.ref(visitor)
    assert zig.run(visitor) == 5 and zig.run(zig.Visitor()) == 0

    class Labelled(zig.Visitor):
        def label(self):
            return [number / 2 for number in range(4)]

    assert zig.labelOf(Labelled()) == "[0.0, 0.5, 1.0, 1.5]" and "Visitor" in zig.labelOf(zig.Visitor())
    del visitor
    gc.collect()
    assert alive() is not None and kept[0].target.value == 7
    kept.clear()
    gc.collect()
    assert alive() is None


LINKED = """
const zb = @import("zigbind");
pub const Point = struct {
    x: f64,
    y: f64 = 0,
};
pub const Link = struct {
    pub const zigbind = .{ .weakref = true };
    name: []const u8,
    next: ?*Link = null,
    before: ?*Link = null,
    memory: [4]f64 = .{ 1, 2, 3, 4 },
    pub fn setNext(self: *Link, next: ?*Link) void {
        self.next = next;
        if (next) |one| one.before = self;
    }
    pub fn last(self: *Link) *Link {
        var link = self;
        while (link.next) |next| link = next;
        return link;
    }
    pub fn lastName(self: *Link) Name {
        return .{ .text = self.last().name };
    }
    pub fn lastMemory(self: *Link) !zb.Array(f64, .{ .mutable = true }) {
        return zb.viewArray(&self.last().memory, .{4});
    }
};
pub const Name = struct { text: []const u8 };
pub const Has = struct {
    point: *Point,
    pub fn init(point: *Point) Has {
        return .{ .point = point };
    }
    pub fn set(self: *Has, point: *Point) void {
        self.point = point;
    }
};
pub const Samples = struct {
    array: zb.Array(f64, .{ .mutable = true }),
    slice: []const f64,
    text: []const u8 = "",
    pub fn ofArray(self: *Samples) !zb.Array(f64, .{ .mutable = true }) {
        return zb.viewArray(self.array.slice()[1..3], .{2});
    }
    pub fn ofSlice(self: *Samples) !zb.Array(f64, .{}) {
        return zb.viewArray(self.slice[1..3], .{2});
    }
    pub fn ofText(self: *const Samples) !zb.Array(u8, .{}) {
        return zb.viewArray(self.text, .{self.text.len});
    }
};
"""


@pytest.fixture(scope="module", params=zigmodules.MODES)
def linked(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("linked") / "linked.zig"
    path.write_text(LINKED, encoding="utf-8")
    return zigbind.load(path, optimize=request.param)


def test_what_a_field_led_to_stays_when_the_field_changes(linked):
    np = pytest.importorskip("numpy")
    long = "a name of some length " * 20

    def chain():
        first = link = linked.Link("first")
        for _ in range(30):
            following = linked.Link("")
            link.setNext(following)
            link = following
        end = linked.Link(long)
        link.setNext(end)
        return first, weakref.ref(end)

    for take, check in (
        (lambda first: first.last(), lambda taken: taken.name == long),
        (lambda first: first.lastName(), lambda taken: taken.text == long),
        (lambda first: first.lastMemory(), lambda taken: np.asarray(taken).tolist() == [1, 2, 3, 4]),
    ):
        first, end = chain()
        taken = take(first)
        first.setNext(None)
        gc.collect()
        others = [bytes(len(long) + more) for more in range(-50, 50)]
        assert check(taken)
        del taken, others
        gc.collect()
        assert end() is None

    has = linked.Has(linked.Point(1, 2))
    point = has.point
    has.set(linked.Point(3))
    gc.collect()
    others = [linked.Point(number) for number in range(100)]
    assert (point.x, point.y, has.point.x) == (1, 2, 3)
    del others

    samples = linked.Samples(np.arange(4000.0), list(range(4000)), long)
    views = samples.ofArray(), samples.ofSlice(), samples.ofText()
    samples.array, samples.slice, samples.text = np.zeros(3), [0.0], "other"
    gc.collect()
    others = [bytes(8 * 4000 + more) for more in range(50)], [bytes(len(long) + more) for more in range(50)]
    assert [np.asarray(view).tolist() for view in views[:2]] == [[1, 2], [1, 2]] and bytes(views[2]) == long.encode()
    np.asarray(samples.ofArray())[:] = 5
    assert np.asarray(samples.array).tolist() == [0, 5, 5]
    del others


def test_fields_change_without_memory_to_keep_what_moves(linked):
    testcapi = pytest.importorskip("_testcapi")
    first, second = linked.Link("first"), linked.Link("second")
    first.setNext(second)
    testcapi.set_nomemory(0, 1)
    try:
        first.setNext(second)
    finally:
        testcapi.remove_mem_hooks()
    assert first.last().name == "second"

"""What a result points to lives as long as the result, wherever in it the pointer stands (`borrowed.zig`)."""

import gc
import weakref
from collections import deque

import pytest
import zigmodules


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

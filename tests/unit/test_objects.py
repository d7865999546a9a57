"""What Zig code does with Python objects: attributes, items, calls, iteration, and objects of named types."""

import gc
import math
import sys
import types
import weakref

import pytest
import zigmodules
from hypothesis import given, settings
from hypothesis import strategies as st
from zigmodules import leftovers, refusal

FAST_AND_SAFE = ("ReleaseSafe", "ReleaseFast")
slow = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.fixture(scope="module", params=FAST_AND_SAFE)
def zig(request):
    return zigmodules.load("objects", request.param)


class Named:
    def __init__(self, name="x"):
        self.name = name


class Broken:
    """Everything that can be asked of it fails with the same exception."""

    def __init__(self, error):
        object.__setattr__(self, "error", error)

    def fail(self, *_args, **_kwargs):
        raise object.__getattribute__(self, "error")

    __getattr__ = __setattr__ = __delattr__ = __getitem__ = __setitem__ = __delitem__ = __contains__ = __len__ = fail
    __call__ = __iter__ = __eq__ = __lt__ = __hash__ = __bool__ = __str__ = __repr__ = fail


def nothing():
    return None


# ---- attributes and items


def test_attributes(zig):
    thing = Named("größe")
    assert zig.get(thing) == "größe" == zig.get_text(thing)
    zig.set(thing, 5)
    assert thing.name == 5 and zig.has(thing)
    zig.set_point(thing, zig.Point(1, 2))
    assert (thing.name.x, thing.name.y) == (1, 2)
    getattr(zig, "del")(thing)
    assert not hasattr(thing, "name") and zig.has(thing) is False
    assert refusal(zig.get, thing) == (AttributeError, "'Named' object has no attribute 'name'")
    assert refusal(getattr(zig, "del"), thing)[0] is AttributeError
    assert refusal(zig.set, 5, 5)[0] is AttributeError
    assert refusal(zig.get_text, Named(5))[0] is TypeError


def test_items(zig):
    table, items = {"a": 1, 2: "b"}, [1, 2, 3]
    assert zig.item(table, "a") == 1 == zig.item_text(table, "a") and zig.item(items, -1) == 3 and zig.item(items, slice(1)) == [1]
    zig.set_item(table, "c", items)
    zig.del_item(table, 2)
    zig.del_item(items, 0)
    assert table == {"a": 1, "c": [2, 3]}
    assert zig.contains(table, "a") and not zig.contains(items, 1) and zig.contains("abc", "b")
    assert zig.len(table) == 2 and zig.len("größe") == 5
    assert refusal(zig.item, table, "x") == (KeyError, "'x'")
    assert refusal(zig.item, items, 9) == (IndexError, "list index out of range")
    assert refusal(zig.set_item, (), 0, 1)[0] is TypeError
    assert refusal(zig.del_item, table, "x")[0] is KeyError
    assert refusal(zig.len, 5) == (TypeError, "object of type 'int' has no len()")
    assert refusal(zig.contains, 5, 5)[0] is TypeError


# ---- calls


def test_calls(zig):
    assert zig.call(lambda *args: args) == (1, "two", 3.5, None, (True, (4, 5)))
    assert zig.call_nothing(dict) == {} and zig.call_nothing(lambda: None) is None
    assert zig.call_with(lambda *args, **kwargs: (args, kwargs), 7) == ((7,), {"b": "b", "c": None})
    assert zig.call_method("a,b", ",") == ["a", "b"]
    assert zig.call_method_with("a,b,c") == ["a", "b,c"]
    assert zig.call_point(lambda point, color: math.hypot(point.x, point.y) + color.value) == 6
    for error in (KeyError("mine"), SystemExit(3), RecursionError()):
        with pytest.raises(type(error)) as caught:
            zig.call_nothing(lambda error=error: (_ for _ in ()).throw(error))
        assert caught.value is error
    assert refusal(zig.call, 5) == (TypeError, "'int' object is not callable")
    assert refusal(zig.call, nothing)[0] is TypeError
    assert refusal(zig.call_with, nothing, 1)[0] is TypeError
    assert refusal(zig.call_method, 5, ",") == (AttributeError, "'int' object has no attribute 'split'")
    assert refusal(zig.call_point, lambda *_: "x")[0] is TypeError


def test_an_exception_that_zig_caught_is_gone(zig):
    assert zig.caught(lambda: 3) == 3
    assert zig.caught(lambda: 1 / 0) == -1
    assert zig.caught(lambda: "x") == -2
    assert sys.exception() is None


def test_calls_within_calls(zig):
    def deep(n):
        return n if n == 0 else zig.call_nothing(lambda: deep(n - 1)) + 1

    assert deep(100) == 100


# ---- comparison, text, iteration


def test_comparison_and_text(zig):
    thing = Named()
    assert zig.same(thing, thing) and not zig.same(thing, Named())
    assert zig.equals(5, 5) and zig.equals(5.0, 5) and not zig.equals("5", 5)
    assert zig.less(1, 2) and not zig.less(2, 2) and zig.less("a", "b")
    assert zig.hash("x") == hash("x") and zig.hash(-1) == -2
    assert zig.is_true([1]) and not zig.is_true([])
    assert zig.is_instance(True, int) and not zig.is_instance("x", int)
    assert zig.str(5) == "5" and zig.str("größe") == "größe" and zig.repr("größe") == "'größe'" and zig.repr([1]) == "[1]"
    assert zig.class_name(thing) == "Named" and zig.class_name(int) == "type"
    assert refusal(zig.less, 1, "a")[0] is TypeError
    assert refusal(zig.hash, []) == (TypeError, "unhashable type: 'list'")
    assert refusal(zig.is_instance, 1, 5) == (TypeError, "is_instance() argument 'class_': expected type, got int")
    assert refusal(zig.str, type("Bad", (), {"__str__": lambda self: 5})())[0] is TypeError


def test_iteration_and_conversion(zig):
    assert zig.sum([1, 2]) == 3 == zig.sum(iter((1, 2))) == zig.sum({1, 2}) == zig.sum({1: 0, 2: 0}) == zig.sum(n for n in (1, 2))
    assert zig.longest(["a", "größe", "b"]) == "größe" and zig.longest(str(i) * i for i in range(5)) == "4444"
    assert zig.to_list((1, 2)) == [1, 2] and zig.to_point(zig.Point(1, 2)) == 3
    assert zig.to_map({"a": range(3)}) == {"a": [0, 1, 2]}
    assert refusal(zig.sum, 5) == (TypeError, "'int' object is not iterable")
    assert refusal(zig.sum, [1, "x"]) == (TypeError, "expected int, got str")
    assert refusal(zig.longest, ["a", 5])[0] is TypeError
    assert refusal(zig.to_list, [1, None]) == (TypeError, "item 1: expected int, got None")
    assert refusal(zig.to_point, 5)[0] is TypeError
    assert refusal(zig.to_map, {"a": [None]}) == (TypeError, "key 'a': item 0: expected int, got None")

    def broken():
        yield 1
        raise KeyError("mine")

    assert refusal(zig.sum, broken()) == (KeyError, "'mine'")


@pytest.mark.parametrize("error", [KeyError("mine"), AttributeError("mine"), TypeError("mine"), RecursionError("mine")])
def test_exceptions_pass_unchanged(zig, error):
    thing = Broken(error)
    calls = [
        (zig.get, thing),
        (zig.set, thing, 1),
        (zig.set_item, thing, 1, 1),
        (zig.item, thing, 1),
        (zig.del_item, thing, 1),
        (zig.contains, thing, 1),
        (zig.len, thing),
        (zig.call, thing),
        (zig.sum, thing),
        (zig.equals, thing, 1),
        (zig.less, thing, 1),
        (zig.hash, thing),
        (zig.is_true, thing),
        (zig.str, thing),
        (zig.repr, thing),
        (zig.dict_get_object, {}, thing),
        (zig.dict_contains, {}, thing),
        (zig.set_contains, {1}, thing),
        (zig.set_new, [thing]),
        (zig.set_remove, set(), thing),
        (zig.list_sort, [thing, thing]),
    ]
    for function, *args in calls:
        with pytest.raises(type(error)) as caught:
            function(*args)
        assert caught.value is error, function.__name__
    if not isinstance(error, AttributeError):
        assert refusal(zig.has, thing)[0] is type(error)
    if not isinstance(error, KeyError):
        assert refusal(zig.dict_remove, {}, thing)[0] is type(error)


# ---- lists, tuples, dicts, sets


def test_lists(zig):
    assert zig.list_new(4) == [0, 1, 4, 9] and zig.list_new(0) == []
    assert zig.list_of() == [1, "two", 3.0, None, (4, 5)]
    assert zig.list_of_slice([1.5, 2]) == [1.5, 2.0]
    assert zig.list_sum([1, 2, 3]) == 6 and zig.list_sum([True, type("I", (), {"__index__": lambda self: 7})()]) == 8
    assert zig.list_texts(["a", "größe"]) == ["a", "größe"]
    items = [1, 2]
    zig.list_change(items)
    assert items == [7, 2, None, "first"]
    zig.list_set(items, 0, "x")
    assert items[0] == "x" == zig.list_get(items, 0)
    items = [3, 1, 2]
    assert zig.list_sort(items) is items == [1, 2, 3]
    assert zig.maybe_list(None) is None and zig.maybe_list(items) is items
    assert zig.maybe_new(True) == [1] and zig.maybe_new(False) is None
    assert refusal(zig.fails_late)[0] is ValueError
    assert zig.lists([items, items]) == [items, items]

    class Sub(list):
        pass

    assert zig.list_sum(Sub([1])) == 1
    for value, shown in (((1,), "tuple"), (None, "None"), ("a", "str"), ({}, "dict")):
        assert refusal(zig.list_sum, value) == (TypeError, f"list_sum() argument 'x': expected list, got {shown}")
    assert refusal(zig.lists, [[], ()]) == (TypeError, "lists() argument 'x': item 1: expected list, got tuple")
    assert refusal(zig.list_sum, [1, "x"]) == (TypeError, "expected int, got str")
    assert refusal(zig.list_get, [], 0) == (IndexError, "list index out of range")
    assert refusal(zig.list_set, [], 0, object())[0] is IndexError
    assert refusal(zig.list_get, [1], 2**63)[0] is IndexError is refusal(zig.list_set, [1], 2**64 - 1, 2)[0] is refusal(zig.tuple_get, (1,), 2**63)[0]
    assert refusal(zig.list_sort, [1, "x"])[0] is TypeError


def test_a_list_that_shrinks_while_zig_goes_over_it(zig):
    items = []
    items += [type("Pops", (), {"__index__": lambda self: items.clear() or 1})(), 2, 3]
    assert zig.list_sum(items) == 1


def test_tuples(zig):
    assert zig.tuple_new([1]) == ([1], 2, "three")
    assert zig.tuple_get((1, 2.5), 1) == 2.5 and zig.tuple_len((1, 2)) == 2
    assert refusal(zig.tuple_get, (1,), 1) == (IndexError, "tuple index out of range")
    assert refusal(zig.tuple_get, ("x",), 0) == (TypeError, "expected float, got str")
    assert refusal(zig.tuple_len, [1]) == (TypeError, "tuple_len() argument 'x': expected tuple, got list")


def test_dicts(zig):
    assert zig.dict_new(["a", "b"]) == {"a": 0, "b": 1}
    table = {"a": 1, "b": 2.5, 3: None}
    assert zig.dict_get(table, "a") == 1 and zig.dict_get(table, "b") == 2.5 and zig.dict_get(table, "x") is None
    assert zig.dict_get_object(table, 3) is None and zig.dict_get_object({3: table}, 3) is table
    assert zig.dict_contains(table, 3) and not zig.dict_contains(table, 4) and zig.dict_len(table) == 3
    assert zig.dict_remove(table, 3) is True and zig.dict_remove(table, 3) is False and 3 not in table
    assert zig.dict_sum({"a": 1, "b": True}) == 2 and zig.dict_sum({}) == 0
    assert zig.dict_keys({"a": 1, "größe": 2}) == ["a", "größe"]
    assert zig.dict_swap({"a": 1, "b": 2}) == {1: "a", 2: "b"}
    copy = zig.dict_copy(table)
    assert copy == table and copy is not table
    assert refusal(zig.dict_get, {"a": "x"}, "a") == (TypeError, "expected float, got str")
    assert refusal(zig.dict_sum, {"a": "x"}) == (TypeError, "expected int, got str")
    assert refusal(zig.dict_contains, {}, []) == (TypeError, "unhashable type: 'list'")
    assert refusal(zig.dict_sum, types.MappingProxyType({})) == (TypeError, "dict_sum() argument 'x': expected dict, got mappingproxy")
    assert refusal(zig.dict_grows, {1: 2}) == (RuntimeError, "the dict changed its size while it was iterated over")

    class Clears:
        def __index__(self):
            table.clear()
            return 1

    table = {"a": Clears(), "b": 2}
    assert refusal(zig.dict_sum, table)[0] is RuntimeError
    table = {"a": Clears(), "b": 2}
    assert refusal(zig.dict_swap, table)[0] is RuntimeError


def test_sets(zig):
    assert zig.set_new([1, "a", 1]) == {1, "a"} and zig.set_new([]) == set()
    some = {1, 2}
    assert zig.set_contains(some, 1) and not zig.set_contains(some, "x")
    assert zig.set_remove(some, 1) is True and zig.set_remove(some, 1) is False and some == {2}
    assert zig.set_sum({1, 2}) == 5
    assert refusal(zig.set_new, [[]]) == (TypeError, "unhashable type: 'list'")
    assert refusal(zig.set_sum, frozenset()) == (TypeError, "set_sum() argument 'x': expected set, got frozenset")


# ---- iterators, classes, modules


def test_iterators_classes_and_modules(zig):
    items = iter([1, None])
    assert [zig.next(items) for _ in range(3)] == [1, None, None]
    assert refusal(zig.next, [1]) == (TypeError, "next() argument 'x': expected Iterator, got list")
    assert zig.make(str, 5) == "5" and zig.is_subclass(bool, int) and not zig.is_subclass(int, bool)
    assert zig.type_name(Named) == "Named" and refusal(zig.type_name, 5)[0] is TypeError
    assert zig.module_get(math) == "math"
    assert refusal(zig.module_get, "math") == (TypeError, "module_get() argument 'module': expected ModuleType, got str")
    assert zig.hypot(3, 4) == 5 and zig.import_("os.path") is __import__("os").path
    assert refusal(zig.import_, "no_such_module") == (ModuleNotFoundError, "No module named 'no_such_module'")
    assert zig.eval("2**100") == 2**100 and zig.eval("[n for n in range(3)]") == [0, 1, 2] and zig.eval("len('größe')") == 5
    assert refusal(zig.eval, "1 +")[0] is SyntaxError and refusal(zig.eval, "zig")[0] is NameError
    made = zig.to_object(3)
    assert made[0] == 3 and made[1].x == 1 and made[2] is zig.Color.red and made[3:] == ("text", [1, 2], (1, 2))


def test_objects_of_named_types_as_fields(zig):
    keeper = zig.Keeper([1], table={"a": 1})
    assert keeper.add("x") == 2 and keeper.list == [1, "x"] and keeper.table == {"a": 1} and keeper.fresh() == [1]
    keeper.list = []
    keeper.table = None
    assert keeper.add(1) == 1 and keeper.table is None
    assert refusal(zig.Keeper, ()) == (TypeError, "Keeper() argument 'list': expected list, got tuple")
    assert refusal(setattr, keeper, "table", [])[0] is TypeError

    class Mine(list):
        pass

    cycle = Mine()
    cycle.append(zig.Keeper(cycle))
    gone = weakref.ref(cycle)
    del cycle
    gc.collect()
    assert gone() is None


# ---- memory


@pytest.mark.parametrize("optimize", FAST_AND_SAFE)
def test_100_000_calls_leave_nothing(optimize):
    zig = zigmodules.load("objects", optimize)
    thing, items, table = Named("a" * 50), [object(), "a"], {"a": 1.5, "b": object()}
    delete = getattr(zig, "del")
    rows = [
        (zig.get, thing),
        (zig.get_text, thing),
        (zig.get, 5),
        (zig.has, thing),
        (zig.has, 5),
        (delete, thing.name),
        (zig.item, items, 0),
        (zig.item, items, 7),
        (zig.set_item, table, "a", 1.5),
        (zig.set_item, items, "x", thing),
        (zig.contains, items, thing),
        (zig.call, lambda *args: args),
        (zig.call, nothing),
        (zig.call_with, lambda *args, **kwargs: kwargs, 1000),
        (zig.call_with, nothing, 1000),
        (zig.call_method, "a b", " "),
        (zig.call_method, 5, " "),
        (zig.call_method_with, "a,b"),
        (zig.call_point, lambda point, color: point),
        (zig.caught, nothing),
        (zig.equals, items, 5),
        (zig.str, thing),
        (zig.repr, items),
        (zig.sum, [1, 1000]),
        (zig.sum, items),
        (zig.longest, ["a", "b" * 100]),
        (zig.to_list, [1, 2]),
        (zig.to_list, items),
        (zig.list_new, 5),
        (zig.list_of,),
        (zig.list_sum, items),
        (zig.list_texts, ["a", "b"]),
        (zig.list_texts, items),
        (zig.list_get, items, 0),
        (zig.list_set, items, 0, items[0]),
        (zig.list_set, items, 5, thing),
        (zig.fails_late,),
        (zig.maybe_new, True),
        (zig.lists, [items, items]),
        (zig.tuple_new, thing),
        (zig.dict_new, ["a", "b"]),
        (zig.dict_get, table, "a"),
        (zig.dict_get, table, "b"),
        (zig.dict_get_object, table, "b"),
        (zig.dict_contains, table, []),
        (zig.dict_sum, table),
        (zig.dict_keys, table),
        (zig.dict_swap, {"a": 1000}),
        (zig.dict_swap, table),
        (zig.dict_copy, table),
        (zig.set_new, items),
        (zig.set_new, [[]]),
        (zig.make, str, 1000),
        (zig.module_get, math),
        (zig.hypot, 3.0, 4.0),
        (zig.import_, "no_such_module_at_all"),
        (zig.eval, "[1000]"),
        (zig.eval, "1 +"),
        (zig.to_object, 1000),
        (zig.Keeper, items, table),
        (zig.Keeper, items, items),
    ]
    blocks, changed = leftovers(rows, 100_000 // len(rows))
    assert changed == [] and abs(blocks) < 500


@slow
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner)))
def test_any_object(value):
    zig = zigmodules.load("objects")
    assert zig.tuple_new(value) == (value, 2, "three")
    assert zig.repr(value).encode() == repr(value).encode()
    assert zig.item([value], 0) is value and zig.dict_get_object({"a": value}, "a") is value
    if isinstance(value, dict):
        assert zig.dict_copy(value) == value


def test_debug_builds():
    zig = zigmodules.load("objects", "Debug")
    assert zig.hypot(3, 4) == 5 and zig.list_of() == [1, "two", 3.0, None, (4, 5)] and zig.dict_sum({"a": 1}) == 1
    assert zig.call_with(lambda *args, **kwargs: (args, kwargs), 7) == ((7,), {"b": "b", "c": None})
    assert refusal(zig.list_sum, ()) == (TypeError, "list_sum() argument 'x': expected list, got tuple")
    assert zig.Keeper([]).add(1) == 1

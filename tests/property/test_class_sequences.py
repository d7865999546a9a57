"""Classes in Zig do what the same classes written in Python do, whatever is done with them, in whatever order.

A step is one operation on instances that earlier steps left. It is done three times: in Zig built as ReleaseSafe, in Zig
built as ReleaseFast, and with the classes of this file. The results, or the types of the exceptions, must be the same,
and so must everything that can be read from the instances.

10,000 sequences: each of the tests at the end runs `SEQUENCES` of them and checks that so many were run.
"""

import copy
import enum
import functools
import gc
import math
import operator
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import zigbind
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

MODULE = Path(__file__).parents[1] / "unit" / "modules" / "containers.zig"
#: 4 tests of so many sequences, of up to `STEPS` steps each.
SEQUENCES = 2_500
STEPS = 6


# ---- the classes in Python

def an_int(value, low=-(2**63), high=2**63 - 1):
    number = operator.index(value)
    if not low <= number <= high:
        raise OverflowError
    return number


def an_i32(value):
    return an_int(value, -(2**31), 2**31 - 1)


def a_float(value):
    if not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def a_bool(value):
    if not isinstance(value, bool):
        raise TypeError
    return value


def a_text(value):
    return value.encode().decode() if isinstance(value, str) else bytes(memoryview(value)).decode()


def ints(value):
    if not isinstance(value, (list, tuple, range, bytes, bytearray)):
        raise TypeError
    return [an_int(item) for item in value]


def anything(value):
    return value


def maybe_int(value):
    return None if value is None else an_int(value)


class Field:
    """An attribute that checks what it is given."""

    def __init__(self, check):
        self.check = check

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return getattr(instance, self.name)

    def __set__(self, instance, value):
        setattr(instance, self.name, self.check(value))

    def __delete__(self, instance):
        raise AttributeError


class Point:
    x = Field(a_float)
    y = Field(a_float)

    def __init__(self, x=0.0, y=0.0):
        self.x, self.y = x, y

    def shift(self, dx, dy):
        dx, dy = a_float(dx), a_float(dy)
        self.x += dx
        self.y += dy


class Corner:
    """A struct in a struct: what is assigned to it is copied into its place."""

    def __get__(self, instance, owner=None):
        return instance._corner

    def __set__(self, instance, value):
        if not isinstance(value, Point):
            raise TypeError
        place = instance.__dict__.setdefault("_corner", Point())
        place.x, place.y = value.x, value.y

    def __delete__(self, instance):
        raise AttributeError


class Colour(enum.Enum):
    red = 0
    green = 1
    blue = 2


def a_colour(value):
    if not isinstance(value, Colour):
        raise TypeError
    return value


def a_stack(value):
    if not isinstance(value, Stack):
        raise TypeError
    return value


def a_card(value):
    if not isinstance(value, Card):
        raise TypeError
    return value


@functools.total_ordering
class Stack:
    limit = Field(an_int)
    scale = Field(a_float)
    is_open = Field(a_bool)
    corner = Corner()
    link = Field(anything)

    def __init__(self, values, *, limit=8):
        # As the Zig class, whose deinit frees the items.
        if hasattr(self, "items"):
            raise TypeError("initialised already")
        values, limit = ints(values), an_int(limit)
        if len(values) > limit:
            raise OverflowError
        self.items, self.limit = values, limit
        self.scale, self.is_open, self.corner, self.link = 1, True, Point(), None

    def push(self, value):
        value = an_int(value)
        if not self.is_open:
            raise ValueError
        if len(self.items) >= self.limit:
            raise OverflowError
        self.items.append(value)

    def pop(self):
        return self.items.pop()

    def extend(self, values):
        for value in ints(values):
            Stack.push(self, value)

    def clear(self):
        self.items.clear()

    def clone(self):
        other = Stack.__new__(Stack)
        other.items = list(self.items)
        for name in ("limit", "scale", "is_open", "corner", "link"):
            setattr(other, name, getattr(self, name))
        return other

    def find(self, value):
        value = an_int(value)
        return self.items.index(value) if value in self.items else None

    def all(self):
        return list(self.items)

    def me(self):
        return self

    def place(self):
        return self.corner

    @property
    def top(self):
        return self.items[-1]

    @top.setter
    def top(self, value):
        value = an_int(value)
        self.items[-1] = value

    @property
    def total(self):
        return sum(self.items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            raise TypeError
        self.items[index]  # the place is looked at before the value
        self.items[index] = an_int(value)

    def __delitem__(self, index):
        if isinstance(index, slice):
            raise TypeError
        del self.items[index]

    def __contains__(self, value):
        return an_int(value) in self.items

    def __add__(self, other):
        if not isinstance(other, Stack):
            return NotImplemented
        result = Stack([])
        result.limit = self.limit + other.limit
        result.items = self.items + other.items
        return result

    def __radd__(self, value):
        if not isinstance(value, int):
            return NotImplemented
        return self.total + an_int(value)

    def __iadd__(self, more):
        if not isinstance(more, (list, tuple, range, bytes, bytearray)):
            return NotImplemented
        Stack.extend(self, more)
        return self

    def __neg__(self):
        result = Stack.clone(self)
        result.items = [an_int(-item) for item in self.items]
        result.link = None
        return result

    def __call__(self, value):
        return self.items.count(an_int(value))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()

    def __eq__(self, other):
        return self.items == other.items if isinstance(other, Stack) else NotImplemented

    def __lt__(self, other):
        return self.items < other.items if isinstance(other, Stack) else NotImplemented

    def __iter__(self):
        return StackIterator(self)

    def __repr__(self):
        return f"Stack[{', '.join(map(str, self.items))}]"

    def __reduce__(self):
        raise TypeError


class StackIterator:
    def __init__(self, stack):
        self.stack, self.at = stack, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.at >= len(self.stack.items):
            self.at = math.inf
            raise StopIteration
        self.at += 1
        return self.stack.items[self.at - 1]


class Card:
    name = Field(a_text)
    number = Field(an_int)
    ratio = Field(a_float)
    is_on = Field(a_bool)
    corner = Corner()
    other = Field(anything)
    colour = Field(a_colour)
    numbers = Field(ints)
    perhaps = Field(maybe_int)
    FIELDS = ("name", "number", "ratio", "is_on", "corner", "other", "colour", "numbers", "perhaps")

    def __init__(self, name, number=0, ratio=0.5, is_on=False, corner=None, other=None, colour=Colour.red, numbers=(), perhaps=None):
        scalars = a_text(name), an_int(number), a_float(ratio), a_bool(is_on)
        given = (*scalars, corner or Point(), other, a_colour(colour), ints(numbers), maybe_int(perhaps))
        for field, value in zip(Card.FIELDS, given, strict=True):
            setattr(self, field, value)

    def describe(self):
        return f"{self.name}:{self.number}:{self.colour.name}"

    def rename(self, name):
        self.name = name

    def first(self):
        return self.numbers[0] if self.numbers else None

    def skip(self):
        self.numbers = self.numbers[1:]

    def cut(self, start, end):
        start, end = an_int(start, 0, 2**64 - 1), an_int(end, 0, 2**64 - 1)
        return self.name.encode()[start:end].decode()

    def like(self, other):
        a_card(other)
        self.name, self.numbers = other.name, other.numbers

    def same(self):
        return Card(*(getattr(self, name) for name in Card.FIELDS))

    def point(self):
        self.corner.shift(1, 1)

    def set(self, other):
        self.other = other

    def __mul__(self, times):
        if not hasattr(type(times), "__index__"):
            return NotImplemented
        result = Card.same(self)
        result.number = wrapped(result.number * an_i32(times))
        result.other = None
        return result

    __rmul__ = __mul__

    def __isub__(self, number):
        if not hasattr(type(number), "__index__"):
            return NotImplemented
        self.number = wrapped(self.number - an_i32(number))
        return self

    def __bool__(self):
        return self.is_on

    def __int__(self):
        return self.number

    def __copy__(self):
        return self.same()  # the corner is a part of it

    def __eq__(self, other):
        return (self.number, self.name) == (other.number, other.name) if isinstance(other, Card) else NotImplemented

    def __hash__(self):
        return self.number if self.number != -1 else -2


def wrapped(value):
    return (value + 2**63) % 2**64 - 2**63


# ---- classes that derive from them

def derive(side):
    class SubStack(side.Stack):
        def __init__(self, values, tag="tag"):
            super().__init__(values, limit=6)
            self.tag = tag

        def push(self, value):
            self.pushed = value
            return super().push(value)

    class SubCard(side.Card):
        __slots__ = ("extra",)

    class Silent(side.Stack):
        def __init__(self):
            self.mark = 1

    side.SubStack, side.SubCard, side.Silent = SubStack, SubCard, Silent
    return side


@functools.cache
def sides():
    """The three worlds. Zig's are in `sys.modules`, one at a time, where an operation pickles."""
    zig = [zigbind.load(MODULE, optimize=optimize) for optimize in ("ReleaseSafe", "ReleaseFast")]
    worlds = [SimpleNamespace(module=module, Stack=module.Stack, Card=module.Card, Point=module.Point, Colour=module.Colour) for module in zig]
    worlds.append(SimpleNamespace(module=None, Stack=Stack, Card=Card, Point=Point, Colour=Colour))
    return [derive(world) for world in worlds]


PLAIN = {bool, int, float, str, bytes, type}


def plain(side, value, depth=2):
    """What a value is, in the same terms for every side. What is in it, as far as two levels down."""
    if value is None or type(value) in PLAIN:
        return value
    if depth < 2:
        for index, one in enumerate(side.pool):
            if value is one:
                return "#", index
    if depth == 0:
        return "..."
    rest = functools.partial(plain, side, depth=depth - 1)
    if isinstance(value, side.Stack):
        scalars = [value.limit, value.scale, value.is_open, getattr(value, "tag", None)]
        return [type(value).__name__, list(value.all()), *scalars, rest(value.corner), rest(value.link)]
    if isinstance(value, side.Card):
        return [type(value).__name__, *(rest(getattr(value, name)) for name in Card.FIELDS), rest(getattr(value, "extra", None))]
    if isinstance(value, side.Point):
        return ["Point", value.x, value.y]
    if isinstance(value, side.Colour):
        return ["Colour", value.name, value.value]
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(rest, value)]
    raise AssertionError(f"not a result to compare: {type(value)}")


# ---- operations

#: Around the limits, and of other types.
numbers = st.one_of(st.integers(-3, 9), st.sampled_from([2**31 - 1, -(2**31), 2**31, 2**63 - 1, -(2**63), 2**63, -(2**70), True]))
odd = st.sampled_from(["x", None, 1.5, b"b", (), Ellipsis, {}])
values = st.integers(0, 19).flatmap(lambda chance: odd if chance == 0 else numbers)
few = st.lists(st.integers(-9, 9), max_size=5)
lists = st.integers(0, 9).flatmap(lambda chance: st.lists(values, max_size=10) if chance == 0 else odd if chance == 1 else few)
floats = st.sampled_from([0.0, -0.5, 1e300, 3, True, "x", None])
texts = st.sampled_from(["", "abc", "größe" * 5, b"bytes" * 6, bytearray(b"array"), "x" * 300, "\ud800", 5, None])
indices = st.one_of(st.integers(-6, 6), st.sampled_from([2**64, -(2**64), "x", 1.0, True]))
slices = st.builds(slice, *(3 * [st.none() | st.integers(-7, 7)])).filter(lambda one: one.step != 0)
picks = st.integers(0, 5)


class Machine(RuleBasedStateMachine):
    """A pool of objects on each side; `do` runs one operation on all and compares."""

    sequences = 0

    def __init__(self):
        super().__init__()
        type(self).sequences += 1
        self.sides = sides()
        for side in self.sides:
            side.pool = []

    def do(self, operation):
        outcomes = []
        for side in self.sides:
            if side.module is not None:
                sys.modules["containers"] = side.module
            try:
                result = operation(side)
            except Exception as error:
                outcomes.append(type(error))
            else:
                outcomes.append(plain(side, result))
        safe, fast, expected = outcomes
        assert safe == fast == expected and repr(safe) == repr(expected)

    def pick(self, side, index):
        return side.pool[index % len(side.pool)]

    def on(self, index, operation):
        """An operation on one object of the pool."""
        self.do(lambda side: operation(self.pick(side, index)))

    def add(self, make):
        """The result of an operation into the pool, where it has one; the pool stays small."""

        def operation(side):
            made = make(side)
            if len(side.pool) < 6:
                side.pool.append(made)
            else:
                side.pool[len(side.pool) // 2] = made
            return made

        self.do(operation)

    @invariant()
    def everything_that_can_be_read_is_the_same(self):
        self.do(lambda side: [readable(side, one) for one in side.pool])

    @rule()
    def collect(self):
        gc.collect(0)

    def teardown(self):
        for side in self.sides:
            side.pool.clear()


def readable(side, one):
    try:
        return plain(side, one)
    except TypeError:
        return "no value"


class Stacks(Machine):
    """The container."""

    @initialize(items=few)
    def start(self, items):
        self.add(lambda side: side.Stack(items))
        self.add(lambda side: side.SubStack(items))

    @rule(items=lists, limit=st.sampled_from([0, 3, 8, "x"]))
    def make(self, items, limit):
        self.add(lambda side: side.Stack(items, limit=limit))

    @rule(items=lists, kind=st.sampled_from(["Stack", "SubStack"]))
    def make_one(self, items, kind):
        self.add(lambda side: getattr(side, kind)(items))

    @rule()
    def make_without_a_value(self):
        self.do(lambda side: side.Silent().mark)

    @rule(who=picks, value=values)
    def push(self, who, value):
        self.on(who, lambda one: one.push(value))

    @rule(who=picks, name=st.sampled_from(["pop", "clear", "all", "me", "place"]))
    def call(self, who, name):
        self.on(who, lambda one: getattr(one, name)())

    @rule(who=picks, items=lists)
    def extend(self, who, items):
        self.on(who, lambda one: one.extend(items))

    @rule(who=picks, value=values)
    def look_for(self, who, value):
        self.on(who, lambda one: one.find(value))
        self.on(who, lambda one: value in one)
        self.on(who, lambda one: one(value))

    @rule(who=picks, index=indices)
    def get(self, who, index):
        self.on(who, lambda one: one[index])

    @rule(who=picks, index=slices)
    def get_slice(self, who, index):
        self.on(who, lambda one: one[index])

    @rule(who=picks, index=st.one_of(indices, slices), value=values)
    def set(self, who, index, value):
        self.on(who, lambda one: operator.setitem(one, index, value))

    @rule(who=picks, index=st.one_of(indices, slices))
    def delete(self, who, index):
        self.on(who, lambda one: operator.delitem(one, index))

    @rule(who=picks)
    def look(self, who):
        for function in (len, list, bool, repr, str, hash, tuple, sorted, lambda one: list(reversed(one))):
            self.on(who, function)
        for name in ("top", "total"):
            self.on(who, operator.attrgetter(name))

    @rule(who=picks, other=picks, index=st.integers(0, 5))
    def compare(self, who, other, index):
        compare = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)[index]
        self.do(lambda side: compare(self.pick(side, who), self.pick(side, other)))

    @rule(who=picks, other=odd, index=st.integers(0, 5))
    def compare_with_others(self, who, other, index):
        compare = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)[index]
        self.on(who, lambda one: compare(one, other))
        self.on(who, lambda one: compare(other, one))

    @rule(who=picks, other=picks)
    def join(self, who, other):
        self.add(lambda side: self.pick(side, who) + self.pick(side, other))

    @rule(who=picks, value=values)
    def add_to_a_number(self, who, value):
        self.on(who, lambda one: value + one)

    @rule(who=picks, items=lists)
    def add_in_place(self, who, items):
        self.do(lambda side: operator.iadd(self.pick(side, who), items) is self.pick(side, who))

    @rule(who=picks, name=st.sampled_from(["clone", "__neg__", "me"]))
    def derived(self, who, name):
        self.add(lambda side: getattr(self.pick(side, who), name)())

    @rule(
        who=picks,
        name=st.sampled_from(["limit", "scale", "is_open", "top", "total", "corner", "nothing"]),
        value=st.one_of(values, floats, st.booleans()),
    )
    def set_attribute(self, who, name, value):
        if name == "nothing":  # Python's own classes take any attribute
            self.do(lambda side: getattr(self.pick(side, who), name))
        else:
            self.on(who, lambda one: setattr(one, name, value))

    @rule(who=picks, name=st.sampled_from(["limit", "corner", "link", "top", "total"]))
    def delete_attribute(self, who, name):
        self.on(who, lambda one: delattr(one, name))

    @rule(who=picks, x=floats, y=floats)
    def change_corner(self, who, x, y):
        def change(one):
            corner = one.corner
            corner.shift(x, y)
            one.corner.x = y
            return corner.x, corner.y

        self.on(who, change)

    @rule(who=picks, other=picks)
    def copy_corner(self, who, other):
        self.do(lambda side: setattr(self.pick(side, who), "corner", self.pick(side, other).corner))

    @rule(who=picks)
    def keep_corner(self, who):
        """A view that outlives its owner."""

        def keep(side):
            holder = side.Stack([1])
            corner = holder.place()
            holder.corner.x = 5
            self.pick(side, who).link = corner
            return corner

        self.do(keep)

    @rule(who=picks, other=picks, way=st.integers(0, 4))
    def link(self, who, other, way):
        def link(side):
            target = self.pick(side, other)
            self.pick(side, who).link = (target, [target], None, "text", (target, [target]))[way]

        self.do(link)

    @rule(who=picks)
    def follow_link(self, who):
        self.on(who, lambda one: one.link)

    @rule(who=picks, items=lists)
    def initialise_again(self, who, items):
        self.on(who, lambda one: one.__init__(items))

    @rule(who=picks, changes=st.lists(st.integers(-2, 2), max_size=4))
    def change_while_iterating(self, who, changes):
        def go(one):
            iterator, seen = iter(one), []
            for change in changes:
                seen.append(next(iterator, "end"))
                if change > 0:
                    one.push(change)
                elif change < 0 and len(one):
                    one.pop()
            seen += list(iterator)
            return seen + list(iterator)

        self.on(who, go)

    @rule(who=picks, fails=st.booleans())
    def context(self, who, fails):
        def use(one):
            with one as inner:
                if fails:
                    raise KeyError
                return inner is one, len(one)

        self.on(who, use)

    @rule(who=picks, way=st.sampled_from([copy.copy, copy.deepcopy, pickle.dumps]))
    def refuse_copies(self, who, way):
        self.on(who, way)

    @rule(who=picks)
    def forget(self, who):
        self.do(lambda side: side.pool.pop(who % len(side.pool)) and None if len(side.pool) > 1 else None)


class Cards(Machine):
    """The record."""

    @initialize(text=st.sampled_from(["abc", b"bytes"]), items=few)
    def start(self, text, items):
        self.add(lambda side: side.Card(text, numbers=items))
        self.add(lambda side: side.SubCard(text, 5, perhaps=1))

    @rule(text=texts, number=values, ratio=floats, items=lists, kind=st.sampled_from(["Card", "SubCard"]))
    def make(self, text, number, ratio, items, kind):
        self.add(lambda side: getattr(side, kind)(text, number, ratio, numbers=items, perhaps=None))

    @rule(text=texts, who=picks, colour=st.sampled_from(["red", "green", "blue"]), kind=st.sampled_from(["Card", "SubCard"]))
    def make_of_another(self, text, who, colour, kind):
        def make(side):
            other = self.pick(side, who)
            return getattr(side, kind)(text, corner=other.corner, other=other, colour=side.Colour[colour], is_on=other.is_on, numbers=other.numbers)

        self.add(make)

    @rule(name=st.sampled_from(["name", "number", "nothing"]))
    def wrong_keywords(self, name):
        self.do(lambda side: side.Card("x", **{name: 1, "numbers": ["x"]}))

    @rule(who=picks, name=st.sampled_from(["describe", "first", "skip", "point"]))
    def call(self, who, name):
        self.on(who, lambda one: getattr(one, name)())

    @rule(who=picks, text=texts)
    def rename(self, who, text):
        self.on(who, lambda one: one.rename(text))

    @rule(who=picks, start=st.integers(-1, 4), end=st.integers(0, 9))
    def cut(self, who, start, end):
        self.on(who, lambda one: one.cut(start, end))

    @rule(who=picks, start=st.integers(0, 4))
    def rename_to_a_part_of_itself(self, who, start):
        self.on(who, lambda one: one.rename(one.name[start:]))

    @rule(who=picks, other=picks)
    def like(self, who, other):
        self.do(lambda side: self.pick(side, who).like(self.pick(side, other)))

    @rule(
        who=picks,
        name=st.sampled_from(["name", "number", "ratio", "is_on", "corner", "colour", "numbers", "perhaps"]),
        value=st.one_of(values, floats, texts, lists, st.booleans()),
    )
    def set_attribute(self, who, name, value):
        self.on(who, lambda one: setattr(one, name, value))

    @rule(who=picks, text=texts)
    def set_name(self, who, text):
        self.on(who, lambda one: setattr(one, "name", text))

    @rule(who=picks, items=lists)
    def set_numbers(self, who, items):
        self.on(who, lambda one: setattr(one, "numbers", items))

    @rule(who=picks, colour=st.sampled_from(["red", "green", "blue"]))
    def set_colour(self, who, colour):
        self.do(lambda side: setattr(self.pick(side, who), "colour", side.Colour[colour]))

    @rule(who=picks, name=st.sampled_from(Card.FIELDS))
    def delete_attribute(self, who, name):
        self.on(who, lambda one: delattr(one, name))

    @rule(who=picks, name=st.sampled_from(Card.FIELDS))
    def get_attribute(self, who, name):
        self.do(lambda side: getattr(self.pick(side, who), name))

    @rule(who=picks, other=picks, way=st.integers(0, 5))
    def link(self, who, other, way):
        def link(side):
            one, target = self.pick(side, who), self.pick(side, other)
            new = (target, [target], None, {"key": one}, (one, [target]), "text")[way]
            if way % 2:
                one.set(new)
            else:
                one.other = new
            return isinstance(new, dict) or one.other is new

        self.do(link)
        if way == 3:  # nothing else can show a dict
            self.on(who, lambda one: one.set(None))

    @rule(who=picks, x=floats, y=floats)
    def change_corner(self, who, x, y):
        def change(one):
            corner = one.corner
            one.point()
            corner.shift(x, y)
            return corner.x, one.corner.y

        self.on(who, change)

    @rule(who=picks, other=picks)
    def copy_corner(self, who, other):
        self.do(lambda side: setattr(self.pick(side, who), "corner", self.pick(side, other).corner))

    @rule(who=picks)
    def keep_corner(self, who):
        def keep(side):
            corner = side.Card("gone" * 9).corner
            corner.y = 7
            self.pick(side, who).other = corner
            return corner

        self.do(keep)

    @rule(who=picks)
    def duplicate(self, who):
        self.add(lambda side: self.pick(side, who).same())

    @rule(who=picks, way=st.integers(0, 2))
    def replace(self, who, way):
        """What it was made from goes at once, and its memory is used again."""

        def replace(side):
            place = who % len(side.pool)
            one = side.pool[place]
            if way == 0:
                side.pool[place] = one.same()
            elif way == 1:
                side.pool[place] = 3 * one
            else:
                one.like(side.Card("from another " * 3, numbers=[1, 2, 3]))
            del one
            return [b"%d" % number * 39 for number in range(20)] and side.pool[place]

        self.do(replace)

    @rule(who=picks, value=values, way=st.integers(0, 2))
    def multiply(self, who, value, way):
        def multiply(side):
            one = self.pick(side, who)
            return one * value if way == 0 else value * one if way == 1 else operator.mul(one, one)

        self.do(multiply)

    @rule(who=picks, times=st.integers(-3, 3))
    def multiplied(self, who, times):
        self.add(lambda side: times * self.pick(side, who))

    @rule(who=picks, value=values)
    def subtract_in_place(self, who, value):
        self.do(lambda side: operator.isub(self.pick(side, who), value) is self.pick(side, who))

    @rule(who=picks, other=picks)
    def compare(self, who, other):
        for compare in (operator.eq, operator.ne, operator.lt, operator.ge):
            self.do(lambda side, compare=compare: compare(self.pick(side, who), self.pick(side, other)))
            self.on(who, lambda one, compare=compare: compare(one, 5))

    @rule(who=picks)
    def look(self, who):
        for function in (hash, bool, int, len, iter, lambda one: one[0], lambda one: one(), float, operator.neg, lambda one: 5 in one):
            self.on(who, function)

    @rule(who=picks, other=picks)
    def in_a_set(self, who, other):
        self.do(lambda side: len({self.pick(side, who), self.pick(side, other), 5}))

    @rule(who=picks, text=texts, number=values)
    def initialise_again(self, who, text, number):
        self.on(who, lambda one: one.__init__(text, number))

    @rule(who=picks)
    def set_what_a_subclass_has(self, who):
        def set_extra(side):
            one = self.pick(side, who)
            if isinstance(one, side.SubCard):
                one.extra = [one]
                return len(one.extra)

        self.do(set_extra)

    @rule(who=picks)
    def copied(self, who):
        self.add(lambda side: copy.copy(whole(side, self.pick(side, who))))

    @rule(who=picks)
    def copied_deeply(self, who):
        self.add(lambda side: copy.deepcopy(whole(side, self.pick(side, who))))

    @rule(who=picks)
    def pickled(self, who):
        def go(side):
            one = whole(side, self.pick(side, who))
            if type(one) is side.Card:
                return pickle.loads(pickle.dumps(one))

        self.do(go)

    @rule(who=picks)
    def forget(self, who):
        self.do(lambda side: side.pool.pop(who % len(side.pool)) and None if len(side.pool) > 1 else None)


def whole(side, card):
    """A card that a copy shows in full: without a subclass's slots, and nothing far away behind it."""
    if isinstance(card.other, (side.Card, list, tuple, dict)):
        card.other = "linked"
    if isinstance(card, side.SubCard):
        raise LookupError
    return card


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("machine", [Stacks, Cards])
def test_sequences(machine, number):
    """Another seed, other sequences."""

    @seed(number)
    class Counting(machine):
        sequences = 0

    chosen = settings(
        max_examples=SEQUENCES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    before = sys.modules.get("containers")
    try:
        run_state_machine_as_test(Counting, settings=chosen)
    finally:
        if before is None:
            sys.modules.pop("containers", None)
    assert Counting.sequences >= SEQUENCES

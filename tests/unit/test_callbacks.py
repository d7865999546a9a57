"""Python callables that Zig code calls, keeps and lets go of; Zig functions with a state that Python calls."""

import functools
import gc
import operator
import sys
import threading
import tracemalloc
import weakref

import pytest
import zigmodules
from zigmodules import refusal

import zigbind


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("callbacks", request.param)


class Scaler:
    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        return x * self.by

    def method(self, x):
        return x * self.by


#: function, arguments, result
CALLS = [
    ("apply", (lambda x, n: x * n, 1.5, 4), 6.0),
    ("apply", (lambda x, n: n, 1.5, 4), 4.0),  # an int where a float is expected
    ("apply", (lambda *a: sum(a), 1.5, 4), 5.5),
    ("apply", (operator.mul, 1.5, 4), 6.0),
    ("apply", (functools.partial(lambda a, x, n: a + x * n, 1), 1.5, 4), 7.0),
    ("apply", (max, 1.5, 4), 4.0),
    ("repeat", (lambda i: i, 10), 45),
    ("repeat", (Scaler(3), 10), 135),
    ("repeat", (Scaler(3).method, 10), 135),
    ("repeat", (abs, 10), 45),
    ("repeat", (int, 10), 45),
    ("repeat", (lambda i: True, 3), 3),
    ("repeat", (None.__class__, 0), 0),  # never called
    ("nothing", (lambda: None,), None),
    ("nothing", (lambda: "ignored",), None),
    ("nothing", (list,), None),
    ("text", (str.upper, "größe"), "GRÖSSE"),
    ("text", (lambda t: t + "!", "a"), "a!!"),
    ("text", (lambda t: t.encode() + b"x", "a"), "axx"),
    ("text", (lambda t: "x" * 100_000, ""), "x" * 100_000),
    ("numbers", (lambda items: [i * 2 for i in items], [1, 2, 3]), 12),
    ("numbers", (lambda items: range(4), []), 6),
    ("numbers", (tuple, [1, 2]), 3),
    ("flag", (lambda a, b: not a, True), False),
    ("flag", (lambda a, b: b, True), None),
    ("small", (lambda: -128,), -128),
    ("pair", (lambda p: (p[1], p[0]),), (2.5, 1)),
    ("pair", (lambda p: [p[1], p[0]],), (2.5, 1)),
    ("object", (lambda o: [o], None), [[None]]),
    ("fallible", (lambda x: x + 1,), 2),
    ("seven", (lambda *a: sum(a),), 28),
    ("keywords", (lambda x, *, scale, name, many, none, yes: {(1, 2.5, "größe", 3, None, True): 9}[x, scale, name, many, none, yes], 2.5), 9),
    ("only_keywords", (lambda **k: k["a"],), 1),
    ("optional", (None,), None),
    ("optional", (lambda x: x + 1,), 6),
    ("all_of", ([lambda x: x + 1, lambda x: x * 2], 3), 8),
    ("all_of", ((), 3), 3),
    ("all_of", ([int] * 20, 3), 3),
    ("rest", (lambda: 1, lambda: 2), 3),
    ("either", (2.5,), 2.5),
    ("either", (lambda: 3.5,), 3.5),
    ("sorted", ([3, 1, 2],), [1, 2, 3]),
]


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row[0])
def test_call(zig, row):
    name, arguments, result = row
    found = getattr(zig, name)(*arguments)
    assert found == result and type(found) is type(result)


def test_keyword_option(zig):
    assert zig.sorted([1, -3, 2], key=abs) == [1, 2, -3]
    assert zig.sorted([1, -3, 2], key=None) == [-3, 1, 2]
    assert refusal(zig.sorted, [1], key=3) == (TypeError, "sorted() argument 'key': expected callable, got int")


def broken(x):
    return "text"


class Nameless:
    def __call__(self, *args):
        return None


class Hostile:
    def __getattr__(self, name):
        raise RuntimeError(name)

    def __call__(self, *args):
        return []


#: function, arguments, exception, message
REFUSALS = [
    ("apply", (3, 1.0, 2), TypeError, "apply() argument 'f': expected callable, got int"),
    ("apply", (None, 1.0, 2), TypeError, "apply() argument 'f': expected callable, got None"),
    ("optional", ("x",), TypeError, "optional() argument 'f': expected callable, got str"),
    ("all_of", ([int, 3], 1), TypeError, "all_of() argument 'functions': item 1: expected callable, got int"),
    ("rest", (int, 3), TypeError, "expected callable, got int"),
    ("repeat", (broken, 1), TypeError, "result of callback 'broken': expected int, got str"),
    ("repeat", (lambda i: 1.5, 1), TypeError, "result of callback '<lambda>': expected int, got float"),
    ("repeat", (lambda i: None, 1), TypeError, "result of callback '<lambda>': expected int, got None"),
    ("repeat", (Nameless(), 1), TypeError, "result of callback 'Nameless': expected int, got None"),
    ("repeat", (Hostile(), 1), TypeError, "result of callback 'Hostile': expected int, got list"),
    ("repeat", (functools.partial(broken), 1), TypeError, "result of callback 'partial': expected int, got str"),
    ("small", (lambda: 128,), OverflowError, "result of callback '<lambda>': 128 is out of range for i8 (-128..127)"),
    ("numbers", (lambda i: [1, "x"], []), TypeError, "result of callback '<lambda>': item 1: expected int, got str"),
    ("numbers", (lambda i: 3, []), TypeError, "result of callback '<lambda>': expected sequence of int, got int"),
    ("pair", (lambda p: (1.0,),), ValueError, "result of callback '<lambda>': expected 2 items, got 1"),
    ("apply", (lambda x: x, 1.0, 2), TypeError, "<lambda>() takes 1 positional argument but 2 were given"),
    ("nothing", (lambda x: x,), TypeError, "<lambda>() missing 1 required positional argument: 'x'"),
]


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row[0]}-{row[3]}"[:60])
def test_refusal(zig, row):
    name, arguments, error, message = row
    assert refusal(getattr(zig, name), *arguments) == (error, message)


def test_classes(zig):
    seen = []

    def swap(point, color):
        seen.append(color)
        return zig.Point(point.y, point.x)

    result = zig.classes(swap, zig.Point(1, 2))
    assert (result.x, result.y, seen) == (2, 1, [zig.Color.green])
    error, text = refusal(zig.classes, lambda p, c: 3, zig.Point(1))
    assert (error, text) == (TypeError, "result of callback '<lambda>': expected Point, got int")


def test_the_argument_is_a_copy(zig):
    point = zig.Point(1, 2)
    kept = []
    zig.classes(lambda p, c: kept.append(p) or p, point)
    kept[0].x = 7
    assert point.x == 1


def test_identity(zig):
    def f():
        pass

    assert zig.same(f) is f
    marker = object()
    assert zig.object(lambda o: o, marker) is marker


# ---- exceptions


@pytest.mark.parametrize("raised", [ValueError("x"), KeyboardInterrupt(), SystemExit(3), StopIteration(1), type("Own", (Exception,), {})()], ids=repr)
def test_exceptions_pass_unchanged(zig, raised):
    def fails(*_, **__):
        raise raised

    for call in (lambda: zig.apply(fails, 1.0, 2), lambda: zig.repeat(fails, 3), lambda: zig.text(fails, "a"), lambda: zig.keywords(fails, 1.0)):
        with pytest.raises(type(raised)) as caught:
            call()
        assert caught.value is raised
        assert raised.__cause__ is None and raised.__context__ is None
        assert not hasattr(raised, "__notes__")
        frames = []
        trace = raised.__traceback__
        while trace:
            frames.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        assert frames[-1] == "fails"
        raised.__traceback__ = None


def test_caught_exceptions_are_gone(zig):
    def fails():
        raise ValueError("x")

    assert zig.caught(fails, 3) == 3
    assert zig.caught(lambda: "no int", 2) == 2
    assert zig.caught(lambda: 1, 2) == 0
    # One in between: no Python code runs with an exception set.
    calls = []

    def now_and_then():
        calls.append(sys.exc_info())
        if len(calls) % 2:
            raise ValueError
        return 1

    assert zig.caught(now_and_then, 6) == 3
    assert calls == [(None, None, None)] * 6
    assert refusal(zig.replaced, fails) == (FileNotFoundError, "[Errno 2] FileNotFound")


def test_cleaning_up_keeps_the_exception(zig):
    order = []

    def fails():
        raise KeyError("first")

    assert refusal(zig.cleaned, fails, lambda: order.append(1)) == (KeyError, "'first'")
    assert zig.cleaned(lambda: order.append(2), fails) is None
    assert order == [1, 2]
    with pytest.raises(ValueError, match="it failed") as caught:
        zig.chained(fails)
    assert type(caught.value.__cause__) is KeyError


def test_panics(zig):
    if zig is zigmodules.load("callbacks", "ReleaseFast"):
        assert zig.panics(lambda x: x, 3) == 3
    # A panic in Zig code below a callback below Zig code is an exception all the way.
    with pytest.raises(zigbind.PanicError, match="zero"):
        zig.panics(lambda x: zig.panics(lambda y: y, x), 0)
    assert zig.panics(lambda x: 5 if refusal(zig.panics, lambda y: 0, 1) == (zigbind.PanicError, "zero") else 0, 1) == 5


# ---- re-entrance


def test_reentrant(zig):
    def factorial(n):
        return 1 if n <= 1 else n * int(zig.apply(lambda x, m: factorial(m), 0.0, n - 1))

    assert factorial(15) == 1307674368000
    depth = 0

    def endless(x, n):
        nonlocal depth
        depth += 1
        return zig.apply(endless, x, n)

    with pytest.raises(RecursionError):
        zig.apply(endless, 1.0, 1)
    assert depth > 20


def test_a_callback_changes_the_list_it_is_in(zig):
    functions = []
    functions += [lambda x: functions.clear() or x + 1, lambda x: x * 10, lambda x: x - 1]
    assert zig.all_of(functions, 1) == 19
    assert functions == []


# ---- kept


def test_field(zig):
    button = zig.Button("ok")
    assert button.click() == -1
    button.on_click = lambda label, n: len(label) * 100 + n
    assert button.click() == 202
    button.connect(lambda label, n: -n)
    gc.collect()
    assert button.click() == -3
    assert refusal(setattr, button, "on_click", 3) == (TypeError, "Button.on_click: expected callable, got int")
    assert refusal(zig.Button, "x", on_click=3)[0] is TypeError
    button.disconnect()
    assert button.click() == -1 and button.on_click is None
    button = zig.Button("a", on_click=max, format=str)
    assert button.on_click is max
    assert (button.show(), button.showTwice()) == ("0", "12")
    button.format = lambda n: 3
    assert refusal(button.show) == (TypeError, "result of callback '<lambda>': expected str or bytes-like object, got int")


def test_field_with_classes(zig):
    task = zig.Task(lambda p: zig.Point(p.x + 1, p.y))
    gc.collect()
    assert task.run(zig.Point(1)).x == 2
    copy = zig.Task(task.work)
    del task
    gc.collect()
    assert copy.run(zig.Point(2)).x == 3


def test_callbacks_change_their_object(zig):
    button = zig.Button("ok")

    def replace(label, n):
        button.on_click = None
        gc.collect()
        button.label = "other " * 50
        return n if label == "ok" or zig else 0

    button.on_click = replace
    del replace
    assert button.click() == 1
    assert button.click() == -1
    # The last reference to a callable that runs goes away while it runs.
    gone = []

    class Self:
        def __call__(self, label, n):
            button.on_click = None
            gone.append(ref())
            return n

    callable_ = Self()
    ref = weakref.ref(callable_)
    button.on_click = callable_
    del callable_
    assert button.click() == 3
    assert type(gone.pop()) is Self
    assert ref() is None


def test_cycles_are_collected(zig):
    class Payload:
        pass

    for make in (lambda f: zig.Button("x", on_click=f), lambda f: zig.Memo(f)):
        payload = Payload()
        ref = weakref.ref(payload)

        def callback(*_, payload=payload):
            return 1

        callback.owner = make(callback)
        del callback, payload
        gc.collect()
        assert ref() is None


def test_call_slot(zig):
    memo = zig.Memo(lambda x: x * x)
    assert (memo(5), memo.last, zig.repeat(memo, 4)) == (25, 25, 14)
    recursive = zig.Memo(int)
    recursive.f = lambda n: n if n < 2 else recursive(n - 1) + recursive(n - 2)
    assert recursive(15) == 610
    recursive.f = int


def test_own(zig):
    signal = zig.Signal()
    signal.connect(lambda x: x)
    signal.connect(lambda x: 10 * x)
    gc.collect()
    assert signal.emit(3) == 33
    assert refusal(signal.connect, None) == (TypeError, "Signal.connect() argument 'handler': expected callable, got None")
    handler = Scaler(2)
    before = sys.getrefcount(handler)
    signal.connect(handler)
    assert sys.getrefcount(handler) == before + 1
    added = []

    def connects(x):
        if not added:
            added.extend(range(50))
            for _ in added:
                signal.connect(lambda x: 1)
        return 0

    signal.connect(connects)
    assert signal.emit(1) == 1 + 10 + 2 + 0 + 50
    del signal
    assert sys.getrefcount(handler) == before


# ---- functions with a state


def test_function(zig):
    counter, other = zig.counter(3), zig.counter(0)
    assert (counter(1), counter(2), other(5), counter(0)) == (4, 6, 5, 6)
    assert callable(counter) and counter.__name__ == "count" and counter.__module__ == "callbacks"
    assert counter.__text_signature__ == "($self, arg0, /)"
    assert refusal(counter, -1) == (ValueError, "ValueError")
    assert refusal(counter, "x") == (TypeError, "count() argument 'arg0': expected int, got str")
    assert refusal(counter) == (TypeError, "count() missing 1 required positional argument: 'arg0'")
    assert refusal(counter, 1, 2) == (TypeError, "count() takes 1 positional argument but 2 were given")
    assert refusal(lambda: counter(step=1))[0] is TypeError
    assert (zig.adder(4)(5), zig.adder(None)(5)) == (9, 25)
    assert zig.maybe_adder(0) is None and zig.maybe_adder(2)(3) == 5
    assert zig.repeater(3)("ab") == "ababab" and len(zig.repeater(100_000)("ab")) == 200_000
    assert zig.repeat(zig.adder(1), 10) == 55
    mirrored = zig.mirror(zig.Point(1, 2))(zig.Point(5, 5))
    assert (mirrored.x, mirrored.y) == (-4, -3)
    assert refusal(zig.mirror(zig.Point(1)), 3) == (TypeError, "mirrored() argument 'arg0': expected Point, got int")


@pytest.mark.parametrize("optimize", zigmodules.SAFE_MODES)
def test_function_panics(optimize):
    zig = zigmodules.load("callbacks", optimize)
    adder = zig.adder(1)
    with pytest.raises(OverflowError) as caught:
        adder(2**63 - 1)
    assert caught.value.__notes__ == ["Zig panic in add() (zb.Function)"]
    assert adder(2) == 3


def test_the_state_ends_once(zig):
    assert zig.composed_alive() == 0
    made = [zig.compose(lambda x: x + i, abs) for i in range(10)]
    assert zig.composed_alive() == 10
    assert [f(-3) for f in made] == [3 + 9] * 10  # i is the last one for all
    f = made[0]
    del made
    assert zig.composed_alive() == 1
    assert f(-1) == 10
    del f
    assert zig.composed_alive() == 0
    assert zig.composed_and_dropped(abs) == 0
    nested = abs
    for _ in range(50):
        nested = zig.compose(nested, zig.adder(1))
    assert nested(-100) == 50
    del nested
    assert zig.composed_alive() == 0


def test_an_end_that_fails(zig, monkeypatch):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: reported.append(args.exc_value))
    called = []

    def fails():
        called.append(1)
        raise ValueError

    function = zig.ending(fails)
    assert function() is None
    try:
        raise KeyError("on its way")
    except KeyError:
        del function
    assert called == [1]
    assert [str(one) for one in reported] == ["at the end"]


# ---- functions whose state has Python objects


class Thing:
    """What weak references can see end."""

    alive = 0

    def __init__(self):
        Thing.alive += 1

    def __del__(self):
        Thing.alive -= 1


def test_a_state_keeps_its_objects(zig):
    thing, list_ = Thing(), [1]
    before = sys.getrefcount(list_)
    function = zig.exchanger(thing, list_)
    assert sys.getrefcount(list_) == before + 1
    seen = weakref.ref(thing)
    del thing
    gc.collect()
    assert seen() is not None
    assert type(function(1)) is Thing and seen() is not None  # still in `other`
    assert function(2) == 1 and seen() is None
    assert function(Thing()) == 2
    assert Thing.alive == 1
    del function
    assert Thing.alive == 0 and sys.getrefcount(list_) == before
    one = zig.holder(Thing())
    assert one(0) is one(0) and zig.keeper(one)(0) is one
    del one
    assert Thing.alive == 0


def test_a_call_that_fails_lets_go_too(zig):
    function = zig.failing_exchanger(Thing())
    assert refusal(function, None) == (ValueError, "ValueError")
    assert Thing.alive == 1
    assert function(3) is None and function(4) == 3 and Thing.alive == 0
    with pytest.raises(zigbind.PanicError, match="exchanged"):
        function(True)
    assert function(Thing()) is True and Thing.alive == 1
    del function
    assert Thing.alive == 0


def test_cycles_are_found(zig):
    """In each the function is in something that its state has."""
    makers = [zig.holder, zig.keeper, lambda thing: zig.exchanger(None, [thing]), zig.failing_exchanger, lambda thing: zig.both(lambda x, thing=thing: x, None)]
    makers += [lambda thing: zig.both(abs, lambda x, thing=thing: x), lambda thing: zig.compose(abs, lambda x, thing=thing: x)]
    for make in makers:
        thing = Thing()
        thing.function = make(thing)
        del thing
        assert Thing.alive == 1
        gc.collect()
        assert Thing.alive == 0
    assert zig.composed_alive() == 0
    # Through lists, maps, unions of references of its own, and twice the same object.
    function = zig.queue(None)
    for thing in (Thing(), Thing()):
        thing.function = function
        function(thing)
        function(thing)
    assert zig.composed_alive() == 1
    del function, thing
    gc.collect()
    assert Thing.alive == 0 and zig.composed_alive() == 0


def test_what_can_be_reached_stays(zig):
    thing = Thing()
    thing.function = zig.queue(None)
    for _ in range(5):
        thing.function(thing)
        gc.collect()
    function, seen = thing.function, weakref.ref(thing)
    del thing
    gc.collect()
    assert seen() is not None and function(1) == 1 and zig.composed_alive() == 1
    del function
    gc.collect()
    assert seen() is None and zig.composed_alive() == 0


def test_a_deinit_that_the_collector_runs(zig):
    """It can call what ends with it, also the function itself, which somebody keeps then."""
    kept, said = [], []

    class Trap:
        def __call__(self, x):
            said.append(refusal(self.function, 1))
            kept.append(self.function)
            return x

    trap = Trap()
    trap.function = zig.queue(trap)
    trap.function(trap)
    seen = weakref.ref(trap)
    del trap
    gc.collect()
    ended = (ReferenceError, "push() was ended by the garbage collector, with all that nobody could reach any more")
    assert said == [ended] and zig.composed_alive() == 0
    assert refusal(kept.pop(), 1) == ended
    gc.collect()
    assert seen() is None and zig.composed_alive() == 0 and said == [ended]

    # Without a deinit it can be called by all that ends with it.
    thing = Thing()
    said.clear()
    thing.more = Watcher(said)
    thing.more.function = zig.keeper(thing)
    del thing
    gc.collect()
    assert said == ["Thing"] and Thing.alive == 0


class Watcher:
    def __init__(self, said):
        self.said = said

    def __del__(self):
        self.said.append(type(self.function(1)).__name__)


def test_what_a_function_is_bound_to(zig):
    state = zig.adder(1).__self__
    assert gc.is_tracked(state) and repr(type(state)) == "<class 'zigbind.FunctionState'>"
    assert refusal(type(state))[0] is TypeError
    assert refusal(setattr, type(state), "x", 1)[0] is TypeError
    assert refusal(setattr, state, "__class__", Thing)[0] is TypeError
    assert gc.get_referents(zig.holder("a").__self__)[-1] == "a"


def test_a_long_chain_ends(zig):
    nested = abs
    for _ in range(100_000):
        nested = zig.both(abs, nested)
    del nested
    nested = zig.holder(None)
    for _ in range(100_000):
        nested = zig.holder(nested)
    del nested
    gc.collect()


# ---- leaks, threads


def churn(zig):
    def fails(*_):
        raise ValueError("x" * 100)

    zig.apply(lambda x, n: x, 1.0, 2)
    zig.text(lambda t: "y" * 3000, "x")
    zig.numbers(lambda items: items * 100, [1, 2, 3])
    zig.keywords(lambda x, **k: x, 1.0)
    zig.caught(fails, 3)
    refusal(zig.apply, fails, 1.0, 2)
    refusal(zig.text, lambda t: 3, "x")
    refusal(zig.numbers, lambda t: [1, "x"], [1])
    refusal(zig.classes, lambda p, c: 3, zig.Point(1))
    zig.classes(lambda p, c: p, zig.Point(1))
    button = zig.Button("x" * 50, on_click=lambda a, b: 3, format=str)
    button.click()
    button.connect(lambda a, b: 4)
    button.showTwice()
    signal = zig.Signal()
    signal.connect(lambda x: x)
    signal.emit(3)
    zig.counter(3)(4)
    zig.compose(abs, zig.adder(1))(3)
    refusal(zig.counter(3), -1)
    zig.composed_and_dropped(abs)


def test_no_leak(zig):
    for _ in range(20):
        churn(zig)
    gc.collect()
    tracemalloc.start()
    grown = []
    try:
        for _ in range(4):
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(100):
                churn(zig)
            gc.collect()
            grown.append(tracemalloc.get_traced_memory()[0] - before)
    finally:
        tracemalloc.stop()
    # What CPython keeps for later comes and goes, a leak is there every time.
    assert min(grown) < 100 * 100


def test_threads(zig):
    failures = []

    def work():
        try:
            for i in range(300):
                assert zig.repeat(lambda x, i=i: x + i, 20) == 190 + 20 * i
                assert zig.text(str.upper, "abc") == "ABC"
                assert zig.compose(zig.adder(i), abs)(-2) == i + 2
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


# ---- what does not compile, or is left out

HEAD = 'const std = @import("std");\nconst zb = @import("zigbind");\n'


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("pub fn f(g: zb.Callable(i64)) void { _ = g; }", "zb.Callable takes a function type, as in zb.Callable(fn (f64) f64), not i64"),
        ("pub fn f() !zb.Function(i64) { unreachable; }", "zb.Function takes a function type, as in zb.Function(fn (i64) i64), not i64"),
        ("fn g(a: i64, b: i64) i64 { return a + b; }\npub fn f() !zb.Function(fn (i64) i64) { return .init(@as(u8, 1), g); }", "the function must take the state first, as u8 or a pointer to it, not i64"),
        ("fn g(a: i64, b: f64) i64 { _ = b; return a; }\npub fn f() !zb.Function(fn (i64) i64) { return .init(@as(i64, 1), g); }", "the function has other parameters than fn (i64) i64"),
        ("fn g(a: i64) i64 { return a; }\npub fn f() !zb.Function(fn (i64) i64) { return .init(@as(i64, 1), g); }", "the function has fewer parameters than fn (i64) i64"),
        ("fn g(a: i64, b: i64) f64 { _ = b; return @floatFromInt(a); }\npub fn f() !zb.Function(fn (i64) i64) { return .init(@as(i64, 1), g); }", "the function returns another type than fn (i64) i64"),
        *[
            (f"const S = struct {{ o: {field}, pub fn deinit(_: *S) void {{}} }};\nfn g(_: S) void {{}}\nvar s: S = undefined;\npub fn f() !zb.Function(fn () void) {{ return .init(s, g); }}", "S holds a Python object where nobody keeps it alive: hold zb.Ref")
            for field in ("[]const zb.Object", "*zb.List", "std.ArrayList(zb.Object)", "std.StringHashMap(?zb.Callable(fn () void))", "union(enum) { a: zb.Object, b }")
        ],
        ("const S = struct { o: zb.Ref };\nfn g(_: S) void {}\npub fn f(o: zb.Object) !zb.Function(fn () void) { return .init(S{ .o = o.own() }, g); }", "points to memory that nobody frees"),
        ("fn g(_: []const u8) void {}\npub fn f(t: []const u8) !zb.Function(fn () void) { return .init(t, g); }", "points to memory that nobody frees"),
        ("pub const C = struct { l: std.ArrayList(zb.Callable(fn () void)) = .empty };", "holds zb.Object where nobody keeps the objects alive"),
    ],
)
def test_compile_errors(tmp_path, source, message):
    path = tmp_path / "refused.zig"
    path.write_text(HEAD + source)
    with pytest.raises(zigbind.CompileError) as caught:
        zigbind.build(path)
    assert message in str(caught.value)


def test_skipped(tmp_path):
    path = tmp_path / "skipped_callbacks.zig"
    path.write_text(
        HEAD
        + "pub fn a(g: zb.Callable(fn (*opaque {}) void)) void { _ = g; }\n"
        + "pub fn b(g: zb.Callable(fn () *opaque {})) void { _ = g; }\n"
        + "pub fn c(g: zb.Function(fn () void)) void { _ = g; }\n"
        + "pub fn d() i64 { return 1; }\n"
    )
    module = zigbind.load(path)
    assert module.d() == 1
    assert "its parameter 'g' is no Python type: argument 1 of the callback is no Python type" in refusal(lambda: module.a)[1]
    assert "its parameter 'g' is no Python type: the result of the callback is no Python type" in refusal(lambda: module.b)[1]
    assert "its parameter 'g' is no Python type" in refusal(lambda: module.c)[1]


ONLY_CALLBACKS = """
const zb = @import("zigbind");
const F = zb.Callable(fn (i64) i64);

/// How many of n calls fail.
pub fn failures(f: F, n: i64) i64 {
    var count: i64 = 0;
    var i: i64 = 0;
    while (i < n) : (i += 1) _ = f.call(.{i}) catch {
        count += 1;
    };
    return count;
}
pub fn both(f: F, g: F) !i64 {
    const first = f.call(.{1});
    const second = g.call(.{2});
    return (try first) + (try second);
}
pub fn at_last(f: F, g: F) !i64 {
    defer _ = g.call(.{2}) catch 0;
    return f.call(.{1});
}
pub const Lender = struct {
    f: F,
    memory: [1]u8 = .{0},
    given: i64 = 0,
    pub fn __buffer__(self: *Lender) []u8 {
        return &self.memory;
    }
    pub fn __release_buffer__(self: *Lender) void {
        self.given = self.f.call(.{5}) catch -1;
    }
};
"""


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_exceptions_are_looked_for_where_only_callbacks_set_them(tmp_path, optimize):
    """In a module that mentions nothing else that sets exceptions, none is looked for before the first callback fails."""
    path = tmp_path / "only_callbacks.zig"
    path.write_text(ONLY_CALLBACKS, encoding="utf-8")
    module = zigbind.load(path, optimize=optimize)
    seen = []

    def remember(value):
        # Code that runs with an exception set would end in a SystemError.
        seen.append(len([value]))
        return value

    def fails(value):
        raise KeyError(value)

    lender = module.Lender(remember)
    with pytest.raises(ZeroDivisionError):  # while the buffer is released
        (memoryview(lender), 1 / 0)
    assert lender.given == 5
    assert module.both(remember, remember) == 3
    with pytest.raises(KeyError):
        module.both(fails, remember)
    assert module.failures(lambda i: i if i % 2 else "no int", 6) == 3
    assert module.failures(fails, 3) == 3
    assert module.failures(remember, 3) == 0
    with pytest.raises(KeyError, match="1"):
        module.at_last(fails, remember)
    with pytest.raises(KeyError, match="2"):  # the later one
        module.at_last(fails, fails)
    assert module.at_last(remember, fails) == 1
    assert seen == [1] * 9


UNNAMED = """
const zb = @import("zigbind");
const raise = @field(zb, "raise");
fn fail() !void {
    return raise(.ValueError, "caught", .{});
}
pub fn call(f: zb.Callable(fn (i64) i64)) !i64 {
    fail() catch {};
    return f.call(.{1});
}
"""


def test_exceptions_of_what_is_found_by_its_name_are_looked_for():
    assert zigbind.compile(UNNAMED, "unnamed").call(lambda i: len([i])) == 1


ENDS_WITH_A_CALL = """
const zb = @import("zigbind");
pub const Ends = struct {
    f: zb.Callable(fn (i64) i64),
    pub fn twin(self: *const Ends) Ends {
        return .{ .f = self.f };
    }
    pub fn deinit(self: *Ends) void {
        _ = self.f.call(.{1}) catch 0;
    }
};
"""


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_a_deinit_that_calls_python_without_memory_for_its_object(tmp_path, optimize):
    testcapi = pytest.importorskip("_testcapi")
    path = tmp_path / "ends_with_a_call.zig"
    path.write_text(ENDS_WITH_A_CALL, encoding="utf-8")
    seen = []

    def remember(value):
        seen.append(value)
        return value

    twin = zigbind.load(path, optimize=optimize).Ends(remember).twin
    twin()
    seen.clear()
    with pytest.raises(MemoryError):
        testcapi.set_nomemory(0, 1)
        try:
            twin()
        finally:
            testcapi.remove_mem_hooks()
    assert seen == [1]


EXCHANGES = """
const zb = @import("zigbind");
const F = zb.Callable(fn () void);
pub const Named = struct {
    name: []const u8,
    pub fn byValue(self: Named, f: F) ![]const u8 {
        try f.call(.{});
        return self.name;
    }
    pub fn byPointer(self: *const Named, f: F) ![]const u8 {
        const name = self.name;
        try f.call(.{});
        return name;
    }
};
pub const Button = struct {
    label: []const u8,
    payload: ?zb.Object = null,
    on_click: F,
    pub fn click(self: *Button) ![]const u8 {
        const label = self.label;
        try self.on_click.call(.{});
        return label;
    }
    pub fn give(self: *Button, f: F) !zb.Object {
        const payload = self.payload.?;
        try f.call(.{});
        return payload;
    }
};
pub fn clicked(button: *const Button) ![]const u8 {
    const label = button.label;
    try button.on_click.call(.{});
    return label;
}
pub fn argument(named: Named, f: F) ![]const u8 {
    try f.call(.{});
    return named.name;
}
pub fn optional(f: F, named: ?Named) ![]const u8 {
    try f.call(.{});
    return if (named) |one| one.name else "none";
}
pub fn list(all: []const Named, f: F) ![]const u8 {
    try f.call(.{});
    return all[0].name;
}
pub fn pair(both: struct { Named, i64 }, f: F) ![]const u8 {
    try f.call(.{});
    return both[0].name;
}
pub fn map(all: @import("std").StringHashMap(Named), f: F) ![]const u8 {
    try f.call(.{});
    return all.get("key").?.name;
}
pub fn rest(f: F, all: zb.Args) ![]const u8 {
    const named = try all.get(Named, 0);
    try f.call(.{});
    return named.name;
}
pub fn made(make: zb.Callable(fn () Named), f: F) ![]const u8 {
    const named = try make.call(.{});
    try f.call(.{});
    return named.name;
}
pub fn object(all: zb.List, f: F) ![]const u8 {
    const named = try all.get(Named, 0);
    try f.call(.{});
    return named.name;
}
"""


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_callbacks_exchange_what_fields_of_arguments_live_on(tmp_path, optimize):
    """Zig code goes on with the text and the objects that it had when the call began."""
    path = tmp_path / "exchanges.zig"
    path.write_text(EXCHANGES, encoding="utf-8")
    module = zigbind.load(path, optimize=optimize)

    def text():
        return "".join(["text é "] * 40)

    def exchange():
        named.name = "other"
        button.label = "other"
        button.payload = None
        gc.collect()
        others.extend("\0" * len(text().encode()) for _ in range(200))

    others = []
    for call in (
        lambda: named.byValue(exchange),
        lambda: named.byPointer(exchange),
        lambda: button.click(),
        lambda: module.clicked(button),
        lambda: module.argument(named, exchange),
        lambda: module.argument(named=named, f=exchange),
        lambda: module.optional(exchange, named),
        lambda: module.list([named], exchange),
        lambda: module.list((named,), exchange),
        lambda: module.pair((named, 1), exchange),
        lambda: module.map({"key": named}, exchange),
        lambda: module.rest(exchange, named),
        lambda: module.made(lambda: named, exchange),
        lambda: module.object([named], exchange),
    ):
        named = module.Named(text())
        button = module.Button(text(), exchange)
        assert call() == text()
        others.clear()
    assert module.optional(exchange, None) == "none"

    class Payload:
        pass

    button = module.Button("", exchange, Payload())
    ref = weakref.ref(button.payload)
    assert type(button.give(exchange)) is Payload
    assert ref() is None
    with pytest.raises(ZeroDivisionError):
        named.byValue(lambda: 1 / 0)
    quiet = module.Button(text(), lambda: None)
    assert zigmodules.leftovers([(named.byValue, lambda: None), (module.list, [named], lambda: None), (module.clicked, quiet)], 300)[1] == []


REMEMBERS = """
const zb = @import("zigbind");
const State = struct {
    last: zb.Object,
    f: zb.Callable(fn () void),
    fn exchange(self: *State, next: zb.Object) !zb.Object {
        const before = self.last;
        try self.f.call(.{});
        self.last = next;
        return before;
    }
};
pub fn remembers(first: zb.Object, f: zb.Callable(fn () void)) !zb.Function(fn (zb.Object) zb.Object) {
    return .init(State{ .last = first, .f = f }, State.exchange);
}
"""


@pytest.mark.parametrize("optimize", zigmodules.MODES)
def test_a_function_that_is_called_by_its_callback_exchanges_its_objects(tmp_path, optimize):
    path = tmp_path / "remembers.zig"
    path.write_text(REMEMBERS, encoding="utf-8")
    module = zigbind.load(path, optimize=optimize)

    class Item:
        pass

    def again():
        if len(depth) < 5:
            depth.append(None)
            remembers(Item())
            gc.collect()
            others.extend(Item() for _ in range(10))

    depth, others, first = [], [], Item()
    ref = weakref.ref(first)
    remembers = module.remembers(first, again)
    del first
    result = remembers(Item())
    assert type(result) is Item and result is ref()
    del result
    assert ref() is None  # and none of the others is left behind

    def fails():
        raise KeyError

    remembers = module.remembers(Item(), fails)
    assert zigmodules.leftovers([(remembers, Item())], 300)[1] == []
    # In a cycle, with a call under way.
    item = Item()
    ref = weakref.ref(item)
    item.own = remembers = module.remembers(item, lambda: None)
    remembers(remembers)
    del item, remembers
    gc.collect()
    assert ref() is None

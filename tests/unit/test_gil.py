"""Zig code without the GIL, threads that take it, and panics on all of these ways."""

import array
import concurrent.futures
import gc
import sys
import threading
import time
import tracemalloc
import traceback

import pytest
import zigmodules
from zigmodules import refusal

import zigbind


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("gil", request.param)


@pytest.fixture
def unraisable(monkeypatch):
    """What `sys.unraisablehook` gets."""
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: reported.append(args.exc_value))
    return reported


class Ticks:
    """How often another thread runs Python code meanwhile."""

    def __enter__(self):
        self.count = 0
        self.stop = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        while not self.count:
            time.sleep(0.001)
        self.before = self.count
        return self

    def run(self):
        while not self.stop:
            self.count += 1
            time.sleep(0.0005)

    def wait(self, count):
        until = time.monotonic() + 20
        while self.count - self.before < count:
            assert time.monotonic() < until
            time.sleep(0.001)

    def __exit__(self, *_):
        self.during = self.count - self.before
        self.stop = True
        self.thread.join()


#: function, arguments, result
CALLS = [
    ("count_primes", (100,), 25),
    ("doubled", ([1, 2.5],), [2.0, 5.0]),
    ("doubled", ([],), []),
    ("join", (["a", "b", "ö"], "-"), "a-b-ö"),
    ("join", ([b"a", bytearray(b"b")], memoryview(b"--")), "a--b"),
    ("pair", (3, None, (True, 4)), (3.0, 4)),
    ("pair", (3, 1.5, (False, 4)), (1.5, 0)),
    ("calls_back", (lambda i: i * i, 5), 30),
    ("scoped", (100,), 25),
    ("scoped_and_back", (lambda n: n + 1, 100), 26),
    ("with_gil_already", (lambda n: n + 1,), 8),
    ("kept_text", (lambda n: str(n) * 1000,), "1" * 1000 + "2" * 1000),
    ("layers", (lambda n: n, 5), 105),
    ("parallel", (lambda i: i, 4, 50), 4 * 49 * 25),
    ("parallel", (lambda i: 1, 3, 20_000), 60_000),
    ("plain_thread", (lambda i: i * 10,), 1030),
    ("handed_over", (lambda i: i + 1,), 4),
    ("grandchildren", (lambda i: "x" * i, 4), 10),
    ("raised", (5,), 5),
]


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row[0])
def test_call(zig, row, unraisable):
    name, arguments, result = row
    found = getattr(zig, name)(*arguments)
    assert found == result and type(found) is type(result)
    assert [type(one).__name__ for one in unraisable] == (["PanicError"] if name == "plain_thread" else [])


def test_signature(zig):
    assert zig.count_primes.__text_signature__ == "($module, /, limit)"
    assert zig.count_primes.__doc__ == "How many primes are below `limit`."
    assert zig.doubled.__doc__ == "Doubles every item."  # that of the function it stands for
    assert zig.doubled([1.0], times=3) == [3.0]
    assert zig.count_primes(limit=10) == 4
    assert zig.Point.scaled.__doc__ == "A copy, so many times as large."


def test_refusals(zig):
    assert refusal(zig.count_primes, "x") == (TypeError, "count_primes() argument 'limit': expected int, got str")
    assert refusal(zig.count_primes) == (TypeError, "count_primes() missing 1 required positional argument: 'limit'")
    assert refusal(zig.doubled, [1], times="x") == (TypeError, "doubled() argument 'times': expected float, got str")
    assert refusal(zig.calls_back, 3, 3) == (TypeError, "calls_back() argument 'f': expected callable, got int")
    assert refusal(zig.Point(1).scaled, None) == (TypeError, "Point.scaled() argument 'by': expected float, got None")


def test_classes(zig):
    scaled = zig.Point(1, 2).scaled(3)
    assert (scaled.x, scaled.y) == (3, 6)
    assert zig.Point.origin().x == 0
    middle = zig.middle([zig.Point(0, 0), zig.Point(2, 4)])
    assert (middle.x, middle.y) == (1, 2)
    moved = zig.moved(lambda p: zig.Point(p.x + 1, p.y), zig.Point(1, 5))
    assert (moved.x, moved.y) == (3, 5)


def test_overloads(zig):
    assert zig.summed([1, 2.5]) == 3.5 and zig.summed([], start=2) == 2 and zig.summed(items=array.array("d", [1, 2])) == 3
    assert zig.summed(["a", "b"]) == "a+b"
    assert zig.summed(lambda i: i, 4) == 6

    class Mine:
        def sum(self):
            return self

    mine = Mine()
    assert zig.summed(mine) is mine
    assert refusal(zig.summed) == (zigbind.PanicError, "nothing to sum up")
    assert refusal(zig.summed, lambda i: 1 // 0, 4)[0] is ZeroDivisionError
    assert zig.summed.__doc__ == (
        "summed(items: Sequence[float], *, start: float = 0.0) -> float\nsummed(items: Sequence[str | Buffer]) -> str\n"
        "summed(f: Callable[[int], int], n: int) -> int\nsummed(object: object) -> object\nsummed() -> float\n\nThe sum of something."
    )
    assert refusal(zig.summed, 1, 2, 3)[1].startswith("summed() cannot be called with (int, int, int); it has these signatures:\n  summed(items: Sequence[float], ")
    assert zig.count_primes(100) == 25  # the GIL is held again


def test_overloaded_methods(zig):
    box = zig.Box(1)
    assert box.primes(100) == 26 and box.primes(limit=10) == 5
    assert box.primes(lambda n: n * 10) == 11
    assert box.primes() == 2 and box.n == 2  # by pointer, with the GIL
    assert zig.Box.make(100).n == 25 and zig.Box.make("abc").n == 3
    assert "cannot be called with (list)" in refusal(box.primes, [])[1]
    with Ticks() as ticks:
        box.primes(400_000)
        zig.Box.make(400_000)
    assert ticks.during > 2


def test_large_memory(zig):
    for size in (1, 100, 1000, 5000, 100_000, 1_000_000):
        assert zig.doubled([1.0] * size) == [2.0] * size


@pytest.mark.parametrize("name", ["count_primes", "scoped"])
def test_others_run_meanwhile(zig, name):
    with Ticks() as ticks:
        getattr(zig, name)(400_000)
    assert ticks.during > 2


# ---- errors and panics

#: function, arguments, exception, message, notes
FAILURES = [
    ("fail", (1,), FileNotFoundError, "[Errno 2] FileNotFound", None),
    ("fail", (2,), zigbind.PanicError, "without the GIL", "Zig panic in fail() (gil.zig:"),
    ("fail", (3,), KeyError, "'in withGil'", None),
    ("fail", (4,), zigbind.PanicError, "with the GIL", "Zig panic in zb.withGil() (called from Zig)"),
    ("layers", (int, 1), zigbind.PanicError, "in the scope", "Zig panic in zb.withGil() (called from Zig)"),
    ("layers", (int, 2), zigbind.PanicError, "with the GIL", "Zig panic in zb.withGil() (called from Zig)"),
    ("layers", (lambda n: "x", 3), TypeError, "result of callback '<lambda>': expected int, got str", None),
    ("nested", (int, -1), zigbind.PanicError, "too deep", "Zig panic in nested() (gil.zig:"),
    ("forgotten", (int,), zigbind.PanicError, "a Python callable was called without the GIL: use zb.withGil", None),
    ("heap", (), zigbind.PanicError, "zb.heap was used without the GIL: use zb.withGil", None),
    ("raised", (1,), ValueError, "how is 1", None),
    ("raised", (2,), LookupError, "nothing", None),
    ("raised", (3,), ValueError, "number 3", None),
    ("raised", (4,), KeyError, "'lost'", None),
    *[("objects", (how,), zigbind.PanicError, "Python objects were used without the GIL: use zb.withGil", None) for how in range(6)],
]


@pytest.mark.parametrize("row", FAILURES, ids=lambda row: f"{row[0]}{row[1]!r}"[:30])
def test_failure(zig, row):
    name, arguments, error, message, note = row
    for _ in range(3):
        with pytest.raises(error) as caught:
            getattr(zig, name)(*arguments)
        assert type(caught.value) is error and str(caught.value) == message
        if note:
            assert caught.value.__notes__[0].startswith(note)
        # The GIL is held again, and can be released again.
        with Ticks() as ticks:
            ticks.wait(3)
        assert zig.count_primes(100) == 25


@pytest.mark.parametrize("optimize", zigmodules.SAFE_MODES)
@pytest.mark.parametrize("how", range(33))
def test_objects_without_the_gil(optimize, how):
    zig = zigmodules.load("gil", optimize)
    assert refusal(zig.touches, [1], [1], {1: 1}, how) == (zigbind.PanicError, "Python objects were used without the GIL: use zb.withGil")
    assert zig.count_primes(100) == 25


def test_nested(zig):
    def down(n):
        return zig.nested(down, n - 1) if n else 7

    assert zig.nested(down, 20) == 7

    def too_deep(n):
        return zig.nested(too_deep, n - 1)

    assert refusal(zig.nested, too_deep, 20) == (zigbind.PanicError, "too deep")

    def survives(n):
        return n if refusal(zig.nested, too_deep, 3)[1] == "too deep" else -1

    assert zig.nested(survives, 5) == 5


def test_exceptions_pass_unchanged(zig):
    for raised in (ValueError("x"), KeyboardInterrupt(), SystemExit(3)):

        def fails(*_):
            raise raised  # noqa: B023

        for call in (lambda: zig.calls_back(fails, 3), lambda: zig.handed_over(fails), lambda: zig.layers(fails, 5), lambda: zig.with_gil_already(fails)):  # noqa: B023
            with pytest.raises(type(raised)) as caught:
                call()
            assert caught.value is raised and raised.__cause__ is None and raised.__context__ is None
            assert "fails" in [frame.name for frame in traceback.extract_tb(raised.__traceback__)]
            raised.__traceback__ = None


def test_exceptions_on_threads(zig, unraisable):
    def fails(i):
        raise ValueError(i)

    assert zig.parallel(fails, 3, 5) == -1
    assert [repr(one) for one in unraisable] == ["ValueError(0)"] * 3
    unraisable.clear()
    assert zig.plain_thread(fails) == 998
    assert [repr(one) for one in unraisable][:2] == ["ValueError(1)", "ValueError(2)"]
    assert zig.parallel(lambda i: i, 3, 5) == 30


@pytest.mark.parametrize(
    ("how", "reported"),
    [(0, []), (1, ["FileNotFound"]), (2, ["a thread"]), (3, ["a thread that knows Python"]), (4, ["with the GIL"]), (5, ["5"])],
)
def test_ends_of_threads(zig, how, reported, unraisable):
    def f(n):
        if n == 5:
            raise ValueError(n)
        return n

    for _ in range(3):
        assert zig.ends(f, how) is None
        assert [str(one).removeprefix("[Errno 2] ") for one in unraisable] == reported
        unraisable.clear()


# ---- threads of Python


def test_stress(zig):
    """Eight threads, two seconds, everything at once."""
    until = time.monotonic() + (2 if zig is zigmodules.load("gil", "ReleaseSafe") else 0.7)
    failures, rounds = [], []

    def raises(n):
        raise ValueError(n)

    def work(number):
        count = 0
        try:
            while not count or time.monotonic() < until:  # the last thread may begin when the time is over
                count += 1
                assert zig.count_primes(1000) == 168
                assert zig.calls_back(lambda i: i + number, 10) == 45 + 10 * number
                assert zig.doubled([float(number)] * 300) == [2.0 * number] * 300
                assert zig.join([str(number)] * 20, ",") == ",".join([str(number)] * 20)
                assert zig.kept_text(lambda i: f"{number}" * 50) == f"{number}" * 100
                assert zig.layers(lambda n: n + number, 5) == 105 + number
                assert refusal(zig.calls_back, raises, 3) == (ValueError, "0")
                assert refusal(zig.fail, 2)[1] == "without the GIL"
                assert refusal(zig.fail, 4)[1] == "with the GIL"
                assert zig.parallel(lambda i: i, 2, 20) == 380
                assert zig.Point(number).scaled(2).x == 2 * number
        except BaseException as error:
            failures.append(error)
        rounds.append(count)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(rounds) == 8 and min(rounds) > 0


def churn(zig):
    def fails(n):
        raise ValueError(n)

    zig.doubled([1.0] * 1000)
    zig.join(["abc"] * 100, "-")
    zig.calls_back(lambda i: i, 5)
    refusal(zig.calls_back, fails, 5)
    refusal(zig.fail, 1)
    refusal(zig.fail, 2)
    refusal(zig.fail, 4)
    zig.kept_text(lambda n: str(n) * 3000)
    zig.Point(1).scaled(2)
    refusal(zig.handed_over, fails)
    zig.grandchildren(lambda i: "x" * 100, 2)
    zig.moved(lambda p: p, zig.Point(1))
    zig.parallel(lambda i: i, 2, 300)


def test_no_leak(zig, unraisable):
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_from_the_system_is_given_back(zig):
    items = [1.0] * 200_000
    for _ in range(5):
        zig.doubled(items)
    before = zigmodules.own_bytes()
    for _ in range(100):
        zig.doubled(items)
        zig.Point(1).scaled(2)
    assert zigmodules.own_bytes() - before < 16 << 20  # lost would be 100 times 5 MB


# ---- interpreters

SUBINTERPRETERS = """
import sys
import zigbind
try:
    import _interpreters as interpreters  # 3.13
except ImportError:
    import _xxsubinterpreters as interpreters

CODE = '''
import sys, importlib.util, importlib.machinery
loader = importlib.machinery.ExtensionFileLoader("{name}", {path!r})
spec = importlib.util.spec_from_file_location("{name}", {path!r}, loader=loader)
m = importlib.util.module_from_spec(spec)
loader.exec_module(m)
assert m.count_primes(1000) == 168
assert m.calls_back(lambda i: i, 10) == 45
assert m.layers(lambda n: n, 5) == 105
try: m.fail(2)
except Exception as error: assert str(error) == "without the GIL"
try: m.fail(4)
except Exception as error: assert str(error) == "with the GIL"
seen = set()
import threading
assert m.parallel(lambda i: seen.add(id(sys.modules)) or i, 3, 10) == 135
assert seen == {{id(sys.modules)}}
assert m.moved(lambda p: p, m.Point(3)).x == 3
# A thread that nobody knows has no interpreter here.
assert m.plain_thread(lambda i: i) == -2 - 2 + 1000, m.plain_thread(lambda i: i)
'''.format(name=m.__name__, path=zigbind.build(m.__file__, optimize=OPTIMIZE).path)

def run(code):
    for config in CONFIGS:
        interpreter = interpreters.create(config) if config else interpreters.create()
        try:
            found = interpreters.run_string(interpreter, code)
            assert found is None, found
        finally:
            interpreters.destroy(interpreter)

CONFIGS = ["legacy", "isolated"] if sys.version_info >= (3, 13) else [None]
import threading
assert m.plain_thread(lambda i: i) == 1003
threads = [threading.Thread(target=run, args=(CODE,)) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
run(CODE)
assert m.parallel(lambda i: i, 3, 10) == 135
# From now on the threads could be those of another interpreter.
assert m.plain_thread(lambda i: i) == -2 - 2 + 1000
print("fine")
"""


@pytest.mark.parametrize("optimize", ["ReleaseSafe", "ReleaseFast"])
def test_subinterpreters(optimize):
    assert zigmodules.apart("gil", optimize, SUBINTERPRETERS.replace("OPTIMIZE", repr(optimize))).strip() == "fine"


AT_EXIT = """
import threading, time
def work():
    while True:
        m.count_primes(200_000)
        m.calls_back(lambda i: i, 3)
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
print("bye")
"""


@pytest.mark.parametrize("optimize", ["ReleaseSafe", "ReleaseFast"])
def test_the_process_ends_while_threads_run(optimize):
    assert zigmodules.apart("gil", optimize, AT_EXIT).strip() == "bye"


def test_arrays(zig):
    def work():
        for size in (0, 1, 1000, 100_000):
            assert list(memoryview(zig.filled(size, 2.5)).cast("B").cast("d")) == [2.5] * size
        for _ in range(100):
            assert {key: value.tolist() for key, value in zig.filled_many(["a", "bc"], 2).items()} == {"a": [1, 1], "bc": [2, 2]}

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    assert refusal(zig.filled, 2**61, 1) == (MemoryError, "")


def test_arrays_in_a_map_that_changes_meanwhile(zig):
    table = {"x" * 100 + str(i): array.array("d", [i] * 1000) for i in range(100)}
    lent = next(iter(table.values()))

    def clear():
        with pytest.raises(BufferError):
            while True:
                lent.append(0.0)
                lent.pop()
        table.clear()

    thread = threading.Thread(target=clear)
    thread.start()
    assert zig.total_of(table) == 4950 * 1000
    thread.join()
    lent.append(0.0)
    assert refusal(zig.total_of, {"x": 1})[1] == "total_of() argument 'table': key 'x': expected a C-contiguous array of f64 with 1 dimension, got int"


def test_functions_and_exceptions(zig, unraisable):
    f = zig.counting(3)
    assert (f(4), f(5)) == (7, 12)
    with pytest.raises(LookupError) as caught:
        zig.raised(2)
    assert type(caught.value.__cause__) is FileNotFoundError
    zig.raises_in_thread()
    assert [repr(one) for one in unraisable] == ["ValueError('how is 1')"]
    before = sys.getrefcount(work := lambda i: i)
    assert refusal(zig.releases, work) == (zigbind.PanicError, "a Python callable was released without the GIL: use zb.withGil")
    assert sys.getrefcount(work) == before + 1  # what was not released


# ---- what is refused

HEAD = 'const std = @import("std");\nconst zb = @import("zigbind");\n'
INSTANCE = "is a pointer to an instance, which other threads can change: take it by value, or release the GIL in the function, with zb.allowThreads()"
OBJECTS = "has Python objects, which cannot be used without the GIL"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("fn g(o: zb.Object) void { _ = o; }\npub const f = zb.nogil(g);", f"zb.nogil: f cannot run without the GIL: its parameter 'o' {OBJECTS}"),
        ("fn g(o: ?zb.Object) void { _ = o; }\npub const f = zb.nogil(g);", f"its parameter 'o' {OBJECTS}"),
        ("fn g(o: []const zb.Object) void { _ = o; }\npub const f = zb.nogil(g);", f"its parameter 'o' {OBJECTS}"),
        ("fn g(o: *zb.PyObject) void { _ = o; }\npub const f = zb.nogil(g);", f"its parameter 'o' {OBJECTS}"),
        ("fn g(o: struct { i64, zb.Object }) void { _ = o; }\npub const f = zb.nogil(g);", f"its parameter 'o' {OBJECTS}"),
        ("fn g(o: struct { o: ?zb.Object = null }) void { _ = o; }\npub const f = zb.nogil(g);", f"its option 'o' {OBJECTS}"),
        ("fn g(rest: zb.Args) void { _ = rest; }\npub const f = zb.nogil(g);", f"its parameter 'rest' {OBJECTS}"),
        ("pub const S = struct { x: i64,\nfn g(s: *S) void { _ = s; }\npub const f = zb.nogil(g); };", f"zb.nogil: S.f cannot run without the GIL: its parameter 's' {INSTANCE}"),
        ("pub const S = struct { x: i64,\nfn g(s: *const S) void { _ = s; }\npub const f = zb.nogil(g); };", INSTANCE),
        ("pub const S = struct { x: i64 };\nfn g(s: []const *S) void { _ = s; }\npub const f = zb.nogil(g);", INSTANCE),
        ("pub const S = struct { x: []const u8 };\nfn g(s: S) void { _ = s; }\npub const f = zb.nogil(g);", "but what its fields point to can be freed by other threads"),
        ("pub const S = struct { x: i64 };\nfn g(s: zb.Owned(S)) void { _ = s; }\npub const f = zb.nogil(g);", "is zb.Owned, whose memory cannot be freed without the GIL"),
        ("fn g(o: std.ArrayList(zb.Object)) void { _ = o; }\npub const f = zb.nogil(g);", f"its parameter 'o' {OBJECTS}"),
        ("fn g(o: std.StringHashMap(?zb.Dict)) void { _ = o; }\npub const f = zb.nogil(g);", f"its parameter 'o' {OBJECTS}"),
        ("pub const S = struct { x: i64 };\nfn g(s: std.AutoHashMap(i64, *S)) void { _ = s; }\npub const f = zb.nogil(g);", INSTANCE),
        ("fn g(x: anytype) void { _ = x; }\npub const f = zb.nogil(g);", "is anytype"),
        ("fn g(o: zb.Object) void { _ = o; }\nfn h() void {}\npub const f = zb.overload(.{ h, zb.nogil(g) });", f"zb.nogil: function 2 of f cannot run without the GIL: its parameter 'o' {OBJECTS}"),
        ("pub const S = struct { x: i64,\nfn g(s: *S) void { _ = s; }\npub const f = zb.overload(.{zb.nogil(g)}); };", f"zb.nogil: function 1 of S.f cannot run without the GIL: its parameter 's' {INSTANCE}"),
        ("pub const S = struct { x: i64,\nfn g(s: *const S) void { _ = s; }\npub const f = zb.overload(.{zb.nogil(g)}); };", f"zb.nogil: function 1 of S.f cannot run without the GIL: its parameter 's' {INSTANCE}"),
        ("pub const S = struct { x: i64,\nfn g(s: S, o: i64) i64 { return s.x + o; }\npub const __add__ = zb.overload(.{zb.nogil(g)}); };", "function 1 of S.__add__ cannot run without the GIL: it is for functions and methods that are called by name"),
        ("pub const S = struct { x: i64,\nfn g(x: i64) S { return .{ .x = x }; }\npub const init = zb.overload(.{zb.nogil(g)}); };", "it is for functions and methods that are called by name"),
        ("fn g() void {}\npub const f = zb.nogil(zb.overload(.{g}));", "zb.nogil takes one function: say it of each function in the set"),
        ("fn g() void {}\npub const f = zb.overload(.{ g, 3 });", "zigbind.overload: item 2 of 'f' is no function, nor zb.nogil of one"),
        ("pub const f = zb.nogil(3);", "zb.nogil takes a function, not comptime_int"),
        ("pub const S = struct { x: i64,\nfn g(s: S) i64 { return s.x; }\npub const __len__ = zb.nogil(g); };", "it is for functions and methods that are called by name"),
    ],
)
def test_compile_errors(tmp_path, source, message):
    path = tmp_path / "refused.zig"
    path.write_text(HEAD + source)
    with pytest.raises(zigbind.CompileError) as caught:
        zigbind.build(path)
    assert message in str(caught.value)


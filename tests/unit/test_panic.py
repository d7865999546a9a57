"""A panic in Zig code becomes a Python exception, wherever it happens, and nothing is lost or left behind."""

import array
import gc
import re
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest
import zigmodules
from zigmodules import refusal

import zigbind


@pytest.fixture(scope="module", params=zigmodules.SAFE_MODES)
def zig(request):
    return zigmodules.load("panics", request.param)


@pytest.fixture(scope="module")
def fast():
    return zigmodules.load("panics", "ReleaseFast")


PanicError = zigbind.PanicError
#: function, arguments that panic, exception, message, arguments that do not, result
KINDS = [
    ("panic", ("größe",), PanicError, "größe", None, None),
    ("panic", ("",), PanicError, "", None, None),
    ("debug_panic", (7,), PanicError, "number 7", None, None),
    ("unreachable_code", (True,), PanicError, "reached unreachable code", (False,), None),
    ("assertion", (False,), PanicError, "reached unreachable code", (True,), None),
    ("add", (2**63 - 1, 1), OverflowError, "integer overflow", (2**63 - 2, 1), 2**63 - 1),
    ("subtract", (1, 2), OverflowError, "integer overflow", (2, 1), 1),
    ("multiply", (65536, 65536), OverflowError, "integer overflow", (-46340, 46340), -46340 * 46340),
    ("negate", (-128,), OverflowError, "integer overflow", (-127,), 127),
    ("add_wide", (2**128 - 1, 1), OverflowError, "integer overflow", (2**128 - 2, 1), 2**128 - 1),
    ("divide", (1, 0), PanicError, "division by zero", (-7, 2), -3),
    ("divide", (-(2**63), -1), OverflowError, "integer overflow", None, None),
    ("remainder", (1, 0), PanicError, "division by zero", (7, 4), 3),
    ("divide_exactly", (7, 2), PanicError, "exact division produced remainder", (8, 2), 4),
    ("at", ([1, 2, 3], 3), IndexError, "index out of bounds: index 3, len 3", ([1, 2, 3], 2), 3),
    ("at", ([], 2**64 - 1), IndexError, f"index out of bounds: index {2**64 - 1}, len 0", None, None),
    ("at_array", (3,), IndexError, "index out of bounds: index 3, len 3", (0,), 1),
    ("from_to", ([1, 2, 3], 0, 4), IndexError, "index out of bounds: index 4, len 3", ([1, 2, 3], 1, 3), [2, 3]),
    ("from_to", ([1, 2, 3], 2, 1), IndexError, "start index 2 is larger than end index 1", ([1], 1, 1), []),
    ("from", ([1], 2), IndexError, "start index 2 is larger than end index 1", ([1], 1), []),
    ("cast", (256,), PanicError, "integer does not fit in destination type", (255,), 255),
    ("cast", (-1,), PanicError, "integer does not fit in destination type", None, None),
    ("cast_sign", (-1,), PanicError, "integer does not fit in destination type", (1,), 1),
    ("truncate_float", (1e10,), PanicError, "integer part of floating point value out of bounds", (-1.5,), -1),
    ("shift_left", (128, 1), OverflowError, "left shift overflowed bits", (64, 1), 128),
    ("shift_right", (1, 1), OverflowError, "right shift overflowed bits", (2, 1), 1),
    ("shift_far", (1, 65), PanicError, "shift amount is greater than the type size", (1, 64), 2**64),
    ("unwrap", (None,), PanicError, "attempt to use null value", (5,), 5),
    ("unwrap_error", (True,), PanicError, "attempt to unwrap error: SomethingSpecific", (False,), None),
    ("enum_from", (3,), PanicError, "invalid enum value", (2,), 2),
    ("tag_name", (3,), PanicError, "invalid enum value", (2,), "green"),
    ("union_field", (True,), PanicError, "access of union field 'circle' while field 'square' is active", (False,), 1.5),
    ("sentinel", (1,), PanicError, "sentinel mismatch", (2,), 2),
    ("null_pointer", (0,), PanicError, "cast causes pointer to be null", (8,), 8),
    ("align_pointer", (2,), PanicError, "incorrect alignment", (4,), 2),
    ("error_from", (0,), PanicError, "invalid error code", None, None),
    ("error_from", (60000,), PanicError, "invalid error code", None, None),
    ("loop_lengths", ([1, 2], [1]), PanicError, "for loop over objects with non-equal lengths", ([1, 2], [3, 4]), 11),
    ("copy_lengths", ("ab", "a"), PanicError, "source and destination have non-equal lengths", ("ab", "cd"), "cd"),
    ("copy_alias", (1,), PanicError, "@memcpy arguments alias", (3,), 3),
    ("cast_slice", ("abc", 3), PanicError, "slice length does not divide exactly into destination elements", ("abcd", 4), 2),
]


def line_of(name):
    lines = zigmodules.source("panics").splitlines()
    return next(number for number, line in enumerate(lines, 1) if f"pub fn {name}(" in line)


@pytest.mark.parametrize("row", KINDS, ids=lambda row: f"{row[0]}{row[1]!r}"[:40].encode("ascii", "replace").decode())
def test_kind(zig, row):
    name, panicking, error, message, fine, result = row
    if name == "shift_right" and zig is zigmodules.load("panics", "ReleaseSafe"):
        pytest.skip("LLVM drops this check of Zig 0.15")
    function = getattr(zig, name)
    for _ in range(3):
        with pytest.raises(error) as caught:
            function(*panicking)
        assert type(caught.value) is error
        assert str(caught.value) == message
        assert caught.value.__notes__ == [f"Zig panic in {name}() (panics.zig:{line_of(name)})"]
        assert caught.value.__cause__ is None and caught.value.__context__ is None
        if fine is not None:
            assert function(*fine) == result


def test_no_kind_is_forgotten():
    """Each fixed message of the panic namespace is a row above, but for those that a program cannot reach."""
    text = (Path(zigbind.__file__).parent / "runtime" / "panic.zig").read_text()
    messages = re.findall(r'Fixed\(\.\w+, "([^"]+)"\)', text)
    assert len(messages) > 15
    beyond_reach = {"switch on corrupt value", "'noreturn' function returned", "attempt to load uninstantiable type"}
    assert set(messages) - {row[3] for row in KINDS} == beyond_reach


def test_class(zig):
    assert issubclass(PanicError, RuntimeError)
    with pytest.raises(RuntimeError):
        zig.panic("x")
    assert PanicError.__module__ == "zigbind.errors"


def test_note_of_a_nested_namespace(zig):
    with pytest.raises(OverflowError) as caught:
        zig.inner.deeper.panic_there(255)
    assert caught.value.__notes__ == [f"Zig panic in panic_there() (panics.zig:{line_of('panic_there')})"]


def test_long_messages_are_cut(zig):
    assert refusal(zig.long_panic, 100) == (PanicError, "x" * 100)
    error, message = refusal(zig.long_panic, 100_000)
    assert error is PanicError and len(message) >= 500 and set(message) == {"x"}
    # in the middle of a character
    for shift in range(4):
        error, message = refusal(zig.panic, "a" * shift + "é" * 1000)
        assert error is PanicError and message.startswith("a" * shift + "é" * 200)
    assert refusal(zig.panic, b"\xff\xfe") == (PanicError, "\ufffd\ufffd")
    assert refusal(zig.panic, "a\0b")[0] is PanicError


def test_release_fast_catches_explicit_panics(fast):
    assert refusal(fast.panic, "explicit") == (PanicError, "explicit")
    assert refusal(fast.debug_panic, 3) == (PanicError, "number 3")
    with pytest.raises(PanicError) as caught:
        fast.allocate_and_panic(10_000, True)
    assert caught.value.__notes__ == [f"Zig panic in allocate_and_panic() (panics.zig:{line_of('allocate_and_panic')})"]
    assert fast.add(2**63 - 1, 1) == -(2**63)  # no checks: it wraps


class Calls:
    """An argument that calls Zig while it is converted."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __index__(self):
        return self.function(*self.args)


def test_nested(zig):
    assert zig.nested(Calls(zig.add, 1, 2), False) == 3
    # the inner call panics: its exception comes out of the outer one, which was never entered
    with pytest.raises(OverflowError, match="integer overflow") as caught:
        zig.nested(Calls(zig.add, 2**63 - 1, 1), True)
    assert [note.split("()")[0] for note in caught.value.__notes__] == ["Zig panic in add"]

    # the inner one panics and is caught, then the outer one panics
    def forgiving():
        with pytest.raises(PanicError, match="inner"):
            zig.panic("inner")
        return 1

    with pytest.raises(PanicError, match="outer"):
        zig.nested(Calls(forgiving), True)
    assert zig.nested(Calls(forgiving), False) == 1
    # an OverflowError makes the caller ask `__index__` once more, so not deep
    chain = lambda: zig.add(2**63 - 1, 1)  # noqa: E731
    for _ in range(5):
        chain = lambda inner=chain: zig.nested(Calls(inner), False)  # noqa: E731
    with pytest.raises(OverflowError):
        chain()
    # twenty frames deep, the innermost or a middle one panics
    for bottom in (lambda: zig.at([1], 2), lambda: zig.nested(5, True)):
        chain = bottom
        for _ in range(20):
            chain = lambda inner=chain: zig.nested(Calls(inner), False)  # noqa: E731
        with pytest.raises((IndexError, PanicError)):
            chain()
    chain = lambda: 4  # noqa: E731
    for level in range(20):
        chain = lambda inner=chain, level=level: zig.nested(Calls(inner), level == 10)  # noqa: E731
    with pytest.raises(PanicError, match="outer"):
        chain()


def test_release_fast_ends_where_nothing_catches(tmp_path):
    """A module that asks for no panic itself, and has a frame that was not prepared for one."""
    (tmp_path / "quiet.zig").write_text(
        'const std = @import("std");\nconst zb = @import("zigbind");\n'
        "pub fn size(count: usize) !usize {\n"
        "    const made = try zb.allocator.alloc(u8, count);\n"
        '    if (count == 7) @field(std.debug, "pan" ++ "ic")("number {d}", .{count});\n'
        "    return made.len;\n}\n"
    )
    code = "import zigbind; m = zigbind.load('quiet.zig', optimize='ReleaseFast'); print(m.size(5), flush=True); m.size(7)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "5\n" and done.returncode != 0
    assert "Zig panic that no call from Python can catch: number 7" in done.stderr


def test_nested_between_modules(zig, fast):
    other = zigmodules.load("panics", "Debug" if zig is zigmodules.load("panics", "ReleaseSafe") else "ReleaseSafe")
    with pytest.raises(PanicError, match="x"):
        zig.nested(Calls(other.panic, "x"), True)
    with pytest.raises(PanicError, match="outer"):
        zig.nested(Calls(other.nested, Calls(fast.nested, 1, False), False), True)
    with pytest.raises(PanicError, match="outer"):
        zig.nested(Calls(other.nested, Calls(fast.nested, 1, True), False), False)


def test_in_an_except_block_the_context_is_kept(zig):
    with pytest.raises(PanicError) as caught:
        try:
            raise KeyError("before")
        except KeyError:
            zig.panic("after")
    assert isinstance(caught.value.__context__, KeyError)


def test_deep_stack(zig):
    for _ in range(3):
        assert refusal(zig.deep, 3000) == (PanicError, "deep down")


def test_registers_come_back(zig):
    fine = zig.registers(1, 2, 3, 4, 1.5, 2.5, False)
    floats = [0.1, 0.2, 0.3]
    for _ in range(100):
        total = sum(floats)
        with pytest.raises(PanicError):
            zig.registers(5, 6, 7, 8, 9.5, 10.5, True)
        assert zig.registers(1, 2, 3, 4, 1.5, 2.5, False) == fine
        assert sum(floats) == total


def test_defer_does_not_run(zig):
    """Documented: what a function puts off until it returns is not done when it panics."""
    before = zig.count()
    zig.defer_does_not_run(False)
    assert zig.count() == before
    with pytest.raises(PanicError):
        zig.defer_does_not_run(True)
    assert zig.count() == before + 1


def test_buffers_and_references_are_released(zig):
    text, numbers, things = bytearray(b"text"), array.array("d", [1, 2]), [object(), "x", 10**30]
    counts = [sys.getrefcount(thing) for thing in things]
    for _ in range(10):
        assert zig.hold_buffers_and_panic([text], numbers, False) == 3
        with pytest.raises(PanicError):
            zig.hold_buffers_and_panic([text, "x", memoryview(text)], numbers, True)
        text.append(1)
        numbers.append(1)
        numbers.pop()
        with pytest.raises(PanicError):
            zig.take_objects_and_panic(things, *things)
        assert [sys.getrefcount(thing) for thing in things] == counts


def repeat_and_catch(function, args, times):
    for _ in range(times):
        try:
            function(*args)
        except Exception:
            pass
        else:
            raise AssertionError("no panic")


def settled_blocks():
    gc.collect()
    return sys.getallocatedblocks()


def test_a_hundred_thousand_panics_leave_nothing(zig):
    kinds = [("panic", ("x" * 100,)), ("add", (2**63 - 1, 1)), ("at", ([1], 2)), ("unwrap", (None,)), ("allocate_and_panic", (5000, True))]
    functions = [(getattr(zig, name), args) for name, args in kinds]
    for function, args in functions:
        repeat_and_catch(function, args, 2000)
    before = settled_blocks()
    for function, args in functions:
        repeat_and_catch(function, args, 20_000)
    assert abs(settled_blocks() - before) < 1000  # one block each would be 100,000


def test_memory_of_the_call_is_freed(zig):
    repeat_and_catch(zig.allocate_and_panic, (1 << 20, True), 3)
    tracemalloc.start()
    try:
        repeat_and_catch(zig.allocate_and_panic, (1 << 20, True), 3)
        before, _peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        repeat_and_catch(zig.allocate_and_panic, (1 << 20, True), 50)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000
    assert peak - before > 9 << 20  # the memory is Python's, so it is seen while it is used
    assert peak - before < 40 << 20  # and never that of two calls


def test_threads(zig, fast):
    wrong = []
    start = threading.Barrier(8)

    def work(number):
        start.wait()
        for step in range(1500):
            message = f"{number}:{step}"
            for module in (zig, fast):
                try:
                    module.panic(message)
                except PanicError as error:
                    if str(error) != message:
                        wrong.append((message, str(error)))
                else:
                    wrong.append((message, "no panic"))
            if zig.add(number, step) != number + step:
                wrong.append((message, "sum"))
            try:
                zig.nested(Calls(zig.at, [number], step + 1), False)
            except IndexError as error:
                if str(error) != f"index out of bounds: index {step + 1}, len 1":
                    wrong.append((message, str(error)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_threads_that_switch_inside_a_call(zig):
    """Calls of several threads are open at the same time: each panic finds its own."""
    barrier = threading.Barrier(4)
    results = {}

    class Wait:
        def __index__(self):
            barrier.wait(30)
            return 1

    def work(number):
        try:
            results[number] = zig.nested(Wait(), number % 2 == 0)
        except PanicError as error:
            results[number] = str(error)

    for _ in range(20):
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == {0: "outer", 1: 1, 2: "outer", 3: 1}

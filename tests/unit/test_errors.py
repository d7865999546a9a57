"""A Zig error becomes the exception that Python would raise for the same reason."""

import builtins
import errno
import gc
import re
import sys
from pathlib import Path

import pytest
import zigmodules
from zigmodules import refusal

import zigbind


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("failures", request.param)


#: Zig error -> exception and, in the family of OSError, errno
ERRORS = {
    "OutOfMemory": MemoryError,
    "Overflow": OverflowError,
    "Underflow": OverflowError,
    "OverflowError": OverflowError,
    "DivisionByZero": ZeroDivisionError,
    "ZeroDivisionError": ZeroDivisionError,
    "IndexError": IndexError,
    "OutOfBounds": IndexError,
    "IndexOutOfBounds": IndexError,
    "KeyError": KeyError,
    "KeyNotFound": KeyError,
    "AttributeError": AttributeError,
    "TypeError": TypeError,
    "ValueError": ValueError,
    "InvalidArgument": ValueError,
    "ShapeMismatch": ValueError,
    "InvalidCharacter": ValueError,
    "InvalidUtf8": UnicodeError,
    "Utf8InvalidStartByte": UnicodeError,
    "EndOfStream": EOFError,
    "StopIteration": StopIteration,
    "NotImplemented": NotImplementedError,
    "StopAsyncIteration": StopAsyncIteration,
    "NotImplementedError": NotImplementedError,
    "LookupError": LookupError,
    "BufferError": BufferError,
    "EOFError": EOFError,
    "UnicodeError": UnicodeError,
    "RecursionError": RecursionError,
    "RuntimeError": RuntimeError,
    "ArithmeticError": ArithmeticError,
    "AssertionError": AssertionError,
    "OSError": OSError,
    "FileNotFound": (FileNotFoundError, errno.ENOENT),
    "AccessDenied": (PermissionError, errno.EACCES),
    "PermissionDenied": (PermissionError, errno.EPERM),
    "PathAlreadyExists": (FileExistsError, errno.EEXIST),
    "NotDir": (NotADirectoryError, errno.ENOTDIR),
    "IsDir": (IsADirectoryError, errno.EISDIR),
    "NoSpaceLeft": (OSError, errno.ENOSPC),
    "InputOutput": (OSError, errno.EIO),
    "FileTooBig": (OSError, errno.EFBIG),
    "BrokenPipe": (BrokenPipeError, errno.EPIPE),
    "WouldBlock": (BlockingIOError, 11),
    "Timeout": TimeoutError,
    "TimedOut": TimeoutError,
    "ConnectionRefused": ConnectionRefusedError,
    "ConnectionResetByPeer": ConnectionResetError,
    "ConnectionTimedOut": TimeoutError,
}
OTHERS = ["SomethingElse", "outOfMemory", "with spaces", "größe"]


def test_the_table_is_complete():
    text = (Path(zigbind.__file__).parent / "runtime" / "errors.zig").read_text()
    assert re.findall(r'^    \.(\w+) = \.\{ \.python = ', text, re.MULTILINE) == list(ERRORS)


@pytest.mark.parametrize("name", ERRORS)
def test_error(zig, name):
    expected, number = ERRORS[name] if isinstance(ERRORS[name], tuple) else (ERRORS[name], None)
    for function in (zig.known, zig.any):
        with pytest.raises(expected) as caught:
            function(name)
        assert type(caught.value) is expected
        if number is not None:
            assert caught.value.errno == number and caught.value.strerror == name
            assert str(caught.value) == f"[Errno {number}] {name}"
        elif name != "OutOfMemory":
            assert caught.value.args == (name,)
        assert caught.value.__cause__ is None and caught.value.__context__ is None


@pytest.mark.parametrize("name", OTHERS)
def test_other_errors(zig, name):
    assert refusal(zig.known, name) == refusal(zig.any, name) == (RuntimeError, name)
    with pytest.raises(RuntimeError) as caught:
        zig.known(name)
    assert type(caught.value) is RuntimeError


def test_no_error(zig):
    assert zig.known("none of them") is None and zig.any("") is None
    assert zig.inferred(3) == 3
    assert zig.never_fails() == 5
    assert [zig.null_or_error(0), zig.null_or_error(2)] == [None, 2]
    assert zig.parse("-12") == -12


def test_inferred_errors(zig):
    assert refusal(zig.inferred, -1) == (OverflowError, "Overflow")
    assert refusal(zig.inferred, 0) == (RuntimeError, "Zero")
    assert refusal(zig.parse, "x") == (ValueError, "InvalidCharacter")
    assert refusal(zig.parse, "9" * 30) == (OverflowError, "Overflow")
    assert refusal(zig.null_or_error, -1) == (KeyError, "'KeyNotFound'")
    assert refusal(zig.many_bytes)[0] is MemoryError


def test_python_without_an_exception(zig):
    assert refusal(zig.python_without_exception) == (SystemError, "error.Python was returned without an exception set")


# ---- zb.raise

def test_raise(zig):
    assert zig.raise_value(1) == 1
    assert refusal(zig.raise_value, -5) == (ValueError, "expected positive, got -5")
    assert zig.raise_mixed(2) == 2
    assert refusal(zig.raise_mixed, 0) == (ZeroDivisionError, "DivisionByZero")
    assert refusal(zig.raise_mixed, -3) == (LookupError, "-3")
    assert refusal(zig.raise_formats, "größe", -1, 2 / 3) == (RuntimeError, "größe -1 ffffffffffffffff 0.667 null {} 100% %s")
    with pytest.raises(KeyboardInterrupt):
        zig.raise_plain()


def named_classes():
    return re.findall(r"\.([A-Z]\w+),", zigmodules.source("failures").partition("pub fn raise_named")[2].partition("|class|")[0])


@pytest.mark.parametrize("name", named_classes())
def test_raise_any_built_in_class(zig, name):


    expected = getattr(builtins, name)
    with pytest.raises(expected) as caught:
        zig.raise_named(name)
    assert type(caught.value) is expected
    assert caught.value.args == (f"message of {name}",)


def test_raise_long_and_odd_messages(zig):
    for text in ("", "größe 日本語 😀", "x" * 400, "%s %d {d}", "two\nlines", "a\0b"):
        error, message = refusal(zig.raise_text, text)
        assert error is ArithmeticError
        assert message == text or "\0" in text
    # long ones are cut off, also in the middle of a character
    for shift in range(4):
        text = "x" * shift + "日" * 1000
        error, message = refusal(zig.raise_text, text)
        assert error is ArithmeticError and len(message) > 150
        assert text.startswith(message.rstrip("\ufffd"))
    assert refusal(zig.raise_text, b"\xff\xfe") == (ArithmeticError, "\ufffd\ufffd")


def test_exceptions_of_python_code_go_through(zig):
    class Mine(Exception):
        def __init__(self, one, two):  # cannot be made from one text
            super().__init__(one, two)

    class Raises:
        def __index__(self):
            raise error

    for error in (Mine(1, 2), KeyError("x"), SystemExit(3), StopIteration(4), MemoryError()):
        with pytest.raises(type(error)) as caught:
            zig.through(1, Raises(), 3)
        assert caught.value is error
    assert zig.through(1, 2) == 3


def test_errors_leave_nothing(zig):
    calls = [(zig.known, name) for name in (*ERRORS, *OTHERS)] + [(zig.raise_text, "x" * 1000), (zig.raise_value, -1), (zig.python_without_exception,)]

    def run(times):
        for function, *args in calls:
            for _ in range(times):
                try:
                    function(*args)
                except Exception:
                    pass

    run(100)
    # Other threads of the process make and end objects, too: what is lost in each of three rounds is lost by the calls.
    lost = []
    for _round in range(3):
        gc.collect()
        before = sys.getallocatedblocks()
        run(1000)
        gc.collect()
        lost.append(abs(sys.getallocatedblocks() - before))
    assert min(lost) < 1000  # of 40,000 errors


def test_caught_exceptions_are_not_left_behind(zig):
    assert zig.caughtRaise(3) == 3 and zig.caughtRaise(-3) == -1
    assert zig.caughtInOverload(1.5, 2.0) == 3.5 and zig.caughtInOverload("x") == -2


def test_results_that_cannot_be_converted_say_whose_they_are(zig):
    with pytest.raises(UnicodeDecodeError) as raised:
        zig.notUtf8()
    assert re.fullmatch(r"in the result of notUtf8\(\) \(failures\.zig:\d+\)", raised.value.__notes__[0])


# ---- names that are no exception


def classes_of_the_table():
    text = (Path(zigbind.__file__).parent / "runtime" / "errors.zig").read_text(encoding="utf-8")
    return re.findall(r'"(\w+)"', text.partition("const builtin_classes")[2].partition("};")[0])


def test_every_class_that_can_be_raised_is_one_of_python():
    definitions = (Path(zigbind.__file__).parent / "runtime" / "python3.def").read_text(encoding="utf-8")
    linked = set(re.findall(r"^\s*PyExc_(\w+)", definitions, re.MULTILINE)) - {"WindowsError"}
    assert set(classes_of_the_table()) == linked and all(issubclass(getattr(builtins, name), BaseException) for name in linked)


@pytest.mark.parametrize(("name", "nearest"), [("Valueerror", "ValueError"), ("OverflowErorr", "OverflowError"), ("KeyEror", "KeyError"), ("Type", "TypeError")])
@pytest.mark.parametrize("call", ["raise(.NAME", "raiseFrom(error.Bad, .NAME"])
def test_an_unknown_class_is_a_compile_error(tmp_path, name, nearest, call):
    path = tmp_path / "unknown_class.zig"
    path.write_text(f'const zb = @import("zigbind");\npub fn f() !void {{\n    return zb.{call.replace("NAME", name)}, "no", .{{}});\n}}\n')
    with pytest.raises(zigbind.CompileError, match=f"'{name}' is no built-in exception of Python; the nearest is '{nearest}'") as caught:
        zigbind.load(path)
    assert "unknown_class.zig:3" in str(caught.value)

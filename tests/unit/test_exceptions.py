"""Error sets are exception classes; `zb.raise` and `zb.raiseFrom` raise any other."""

import pickle
import sys
import traceback

import pytest
import zigmodules
from zigmodules import refusal


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    module = zigmodules.load("exceptions", request.param)
    found_by_pickle = {"exceptions": module, "exceptions.sub": module.sub}
    sys.modules.update(found_by_pickle)
    yield module
    for name in found_by_pickle:
        del sys.modules[name]


def caught(function, *args):
    with pytest.raises(BaseException) as info:  # noqa: PT011
        function(*args)
    return info.value


def test_classes(zig):
    parse = zig.ParseError
    assert parse.__mro__ == (parse, Exception, BaseException, object)
    assert parse.BadDigit.__mro__ == (parse.BadDigit, parse, Exception, BaseException, object)
    assert parse.Overflow.__bases__ == (parse, OverflowError) and parse.FileNotFound.__bases__ == (parse, FileNotFoundError)
    assert (parse.__name__, parse.__qualname__, parse.__module__, parse.__doc__) == ("ParseError", "ParseError", "exceptions", "What can go wrong.")
    assert (parse.BadDigit.__name__, parse.BadDigit.__qualname__, parse.BadDigit.__module__) == ("BadDigit", "ParseError.BadDigit", "exceptions")
    assert zig.OtherError.BadDigit is not parse.BadDigit and not issubclass(zig.OtherError.BadDigit, parse)
    assert {name for name in vars(zig.Several) if not name.startswith("_")} == {"BadDigit", "Empty", "Overflow", "FileNotFound", "Different"}
    assert issubclass(zig.Nothing, Exception) and zig.Renamed.Gone.__qualname__ == "Renamed.Gone"
    failure = zig.Thing.Failure
    assert (failure.__qualname__, failure.__module__, failure.Broken.__qualname__) == ("Thing.Failure", "exceptions", "Thing.Failure.Broken")
    assert (zig.sub.DeepError.__module__, zig.sub.DeepError.__qualname__) == ("exceptions.sub", "DeepError")
    assert "it is a type" in refusal(getattr, zig, "Anything")[1]
    assert refusal(getattr, parse, "Unheard")[0] is AttributeError


@pytest.mark.parametrize(
    "call, expected",
    [
        ("m.parse('x')", "ParseError.BadDigit"),
        ("m.parse('')", "ParseError.Empty"),
        ("m.parse('9' * 40)", "ParseError.Overflow"),
        ("m.other(0)", "OtherError.BadDigit"),  # the very set comes before another with an error of that name
        ("m.other(1)", "OtherError.Different"),
        ("m.both('x')", "Several.BadDigit"),
        ("m.both('')", "Several.Empty"),
        ("m.both('x' * 11)", "Several.Different"),
        ("m.inferred(0)", "ParseError.BadDigit"),
        ("m.inferred(1)", "OtherError.Different"),
        ("m.any(0)", "ParseError.Empty"),
        ("m.Thing(0).fail(0)", "Thing.Failure.Broken"),
        ("m.Thing(0).fail(1)", "Thing.Failure.Missing"),
        ("m.Thing(-1)", "Thing.Failure.Broken"),
        ("m.Thing(0).parseIt('x')", "ParseError.BadDigit"),
        ("m.Thing(0) + 0", "Thing.Failure.Missing"),
        ("m.Thing(0).__init__(-1)", "Thing.Failure.Broken"),
        ("m.sub.fail()", "DeepError.Down"),
    ],
)
def test_errors(zig, call, expected):
    error = caught(eval, call, {"m": zig})
    assert type(error).__qualname__ == expected and type(error).__module__ in ("exceptions", "exceptions.sub")
    assert error.args == (expected.rpartition(".")[2],) and str(error) == expected.rpartition(".")[2]
    assert error.__cause__ is None and error.__traceback__ is not None


def test_success(zig):
    assert (zig.parse("12"), zig.inferred(9), zig.both("3"), zig.Thing(5).fail(9), zig.Thing(5).parseIt("4"), zig.Thing(5) + 4) == (12, 9, 3, 5, 4, 4)


@pytest.mark.parametrize(
    "which, expected",
    [(2, (RuntimeError, "Unheard")), (3, (MemoryError, "")), (5, (KeyError, "'KeyError'"))],
)
def test_errors_without_a_class(zig, which, expected):
    assert refusal(zig.inferred, which) == expected
    assert refusal(zig.any, 1) == (RuntimeError, "Unheard")
    assert refusal(zig.Thing, 101) == (RuntimeError, "TooLarge")


def test_also_what_the_error_is_elsewhere(zig):
    for function, args, kind in ((zig.parse, ("9" * 40,), OverflowError), (zig.parse, ("/x",), FileNotFoundError), (zig.parse, ("/x",), OSError), (zig.inferred, (4,), FileNotFoundError)):
        error = caught(function, *args)
        assert isinstance(error, kind) and isinstance(error, zig.ParseError)


def test_own_file_errors_have_a_number(zig):
    error = caught(zig.parse, "/x")
    assert (error.errno, error.strerror, error.args) == (2, "FileNotFound", (2, "FileNotFound"))


def test_from_python(zig):
    class Mine(zig.ParseError):
        pass

    for cls in (zig.ParseError, zig.ParseError.BadDigit, zig.Thing.Failure.Broken, Mine):
        error = cls("mine", 3)
        assert error.args == ("mine", 3) and str(error) == "('mine', 3)"
        with pytest.raises(cls):
            raise error
    for cls in (zig.ParseError, zig.ParseError.BadDigit, zig.ParseError.Overflow, zig.sub.DeepError.Down, zig.Thing.Failure.Missing):
        copied = pickle.loads(pickle.dumps(cls("x", 1)))
        assert type(copied) is cls and copied.args == ("x", 1)
    with pytest.raises(ExceptionGroup) as info:
        raise ExceptionGroup("both", [caught(zig.parse, "x"), caught(zig.parse, "")])
    assert info.value.subgroup(zig.ParseError.Empty).exceptions[0].args == ("Empty",)


def test_context(zig):
    def while_handling(function):
        try:
            raise LookupError("outer")
        except LookupError:
            function()

    error = caught(while_handling, lambda: zig.parse("x"))
    assert repr(error.__context__) == "LookupError('outer')" and error.__cause__ is None
    error = caught(while_handling, lambda: zig.raiseFrom(0))
    assert repr(error.__cause__) == "KeyError('KeyError')" and repr(error.__cause__.__context__) == "LookupError('outer')"


# ---- zb.raise


@pytest.mark.parametrize(
    "kind, expected",
    [
        (0, (ValueError, "expected positive, got 5")),
        (1, (KeyError, "'5'")),
        (2, (StopIteration, "5")),
        (4, (ValueError, "x" * 512)),  # as much as there is room for
        (5, (ValueError, "\ufffd größe")),
        (6, (OSError, "5")),
    ],
)
def test_raise(zig, kind, expected):
    assert refusal(getattr(zig, "raise"), kind, 5) == expected


def test_raise_what_is_no_exception(zig):
    with pytest.raises(KeyboardInterrupt):
        getattr(zig, "raise")(3, 5)
    assert getattr(zig, "raise")(9, 5) is None
    assert zig.caught() == 5
    assert refusal(zig.fakePython) == (SystemError, "error.Python was returned without an exception set")


@pytest.mark.parametrize(
    "kind, expected, cause",
    [
        (0, (ValueError, "because of a key"), KeyError("KeyError")),
        (1, (ValueError, "second"), IndexError("first")),
        (2, (TypeError, "odd"), RuntimeError("Unheard")),
        (3, (RuntimeError, "file"), FileNotFoundError(2, "FileNotFound")),
    ],
)
def test_raise_from(zig, kind, expected, cause):
    error = caught(zig.raiseFrom, kind)
    assert (type(error), str(error)) == expected
    assert repr(error.__cause__) == repr(cause) == repr(error.__context__) and error.__suppress_context__
    assert f"{type(cause).__name__}" in "".join(traceback.format_exception(error))
    assert zig.raiseFrom(9) is None


# ---- where it came from


def test_notes_in_safe_builds():
    zig = zigmodules.load("exceptions", "ReleaseSafe")
    for function, name, args in ((zig.parse, "parse", ("x",)), (zig.deepTrace, "deepTrace", (3,))):
        notes = caught(function, *args).__notes__
        assert any(name in note and "exceptions.zig:" in note for note in notes)


def test_errors_leave_nothing(zig):
    def work():
        for _ in range(3000):
            for call in (lambda: zig.parse("x"), lambda: zig.parse("9" * 40), lambda: zig.raiseFrom(0), lambda: zig.raiseFrom(1), lambda: zig.Thing(-1), lambda: getattr(zig, "raise")(0, 1)):
                try:
                    call()
                except Exception:  # noqa: S110
                    pass

    work()
    before = sys.getallocatedblocks()
    work()
    assert sys.getallocatedblocks() - before < 100

"""What Python sees of a module: names, signatures, docs, constants and submodules; and how arguments find their parameters."""

import inspect
import itertools
import math
import pydoc
import re
import sys
from functools import partial

import pytest
import zigmodules
from hypothesis import given, settings
from hypothesis import strategies as st
from zigmodules import refusal


@pytest.fixture(scope="module")
def zig():
    return zigmodules.load("signatures")


# ---- signatures

SIGNATURES = {
    "f0": "()",
    "f1": "(a)",
    "f4": "(a, b, c, d)",
    "k1": "(*, x=0)",
    "k2": "(a, *, x=0, y=1)",
    "v1": "(a, *rest)",
    "v2": "(a, *rest, x=0)",
    "w1": "(a, **rest)",
    "w3": "(a, *args, x=0, **kwargs)",
    "p0": "()",
    "p2": "(arg0, arg1, /)",
    "p3": "(arg0, /, *args, **kwargs)",
    "documented_with_a_trap": "(a)",
    "keywords": "(lambda_, class_, from_, None_, is_)",
    "unused": "(arg0, named, arg2)",
    "odd": "(arg0, arg1, arg2, type, arg4)",
    "taken": "(arg1, arg1_)",
    "suffixed": "(class_, arg1)",
    "soft": "(match, type, case, self, print)",
    "with space": "(a)",
    "länge": "(a)",
    "def": "(a)",
    "keyword_options": "(*, class_=1, from_=2, plain=3)",
    "odd_options": "(first, *, arg1=1, arg2=2, plain=3)",
    "injected": "(a, b)",
    "exported_under_another_name": "(a)",
    "of_std": "(c)",
    "of_std_documented": "(haystack, needle)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(zig, name):
    function = getattr(zig, name)
    assert str(inspect.signature(function)) == SIGNATURES[name]
    assert function.__name__ == function.__qualname__ == name
    assert function.__module__ == "signatures"
    assert inspect.isbuiltin(function) and inspect.isroutine(function)
    assert name in dir(zig)


def test_every_signature_can_be_read(zig):
    functions = [value for name, value in vars(zig).items() if inspect.isbuiltin(value) and not name.startswith("__")]
    assert len(functions) > 30
    for function in functions:
        assert inspect.signature(function) is not None
        assert function.__text_signature__.startswith("($module")


def test_names_that_python_cannot_write(zig):
    assert zig.keywords(1, class_=2, from_=3, None_=4, is_=5) == (1, 2, 3, 4, 5)
    assert zig.keyword_options(class_=7, plain=9) == (7, 2, 9)
    assert refusal(zig.keyword_options, **{"class": 7})[0] is TypeError
    assert zig.odd_options(9, arg1=8, arg2=7, plain=6) == (9, 8, 7, 6)
    assert zig.unused(1, named=2, arg2=3) == 2
    assert zig.odd(1, 2, arg2=3, type=4, arg4=5) == 15
    assert zig.taken(1, arg1_=2) == (1,)
    assert zig.suffixed(class_=1, arg1=2) == (1, 2)
    assert zig.soft(self=1, match=2, type=3, case=4, print=5) == 15
    assert getattr(zig, "with space")(a=1) == zig.länge(a=1) == getattr(zig, "def")(a=1) == 1
    assert refusal(zig.keywords, 1, "x", 3, 4, 5) == (TypeError, "keywords() argument 'class_': expected int, got str")


def test_allocators_are_invisible(zig):
    assert zig.injected(5, 3) == zig.injected(b=3, a=5) == 2
    assert refusal(zig.injected, 1) == (TypeError, "injected() missing 1 required positional argument: 'b'")


def defaults_of(function):
    return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}


def test_defaults(zig):
    expected = {
        "yes": True,
        "no": False,
        "zero": 0,
        "low": -(2**63),
        "wide": -(1 << 190),
        "half": 0.5,
        "tenth": 0.1,
        "third": 1 / 3,
        "negative": -2.5,
        "negative_zero": -0.0,
        "large": 1e23,
        "larger": sys.float_info.max,
        "tiny": 5e-324,
        "small": sys.float_info.min,
        "million": 1e6,
        "sixteen": 1e16,
        "fifteen": 123456789012345.6,
        "thousandth": 1e-4,
        "ten_thousandth": 1e-5,
        "nines": 0.99999999999999989,
        "single": 0.10000000149011612,
        "quadruple": 0.25,
        "extended": 1.5,
        "text": "a'b\"c\\d\ne\tf\x01g\x7f",
        "unicode": "größe 😀",
        "empty": "",
        "terminated": "z",
        "nothing": None,
        "something": 5,
        "maybe_text": "x",
        "list": [],
        "full_list": ...,
        "array": ...,
        "tuple": ...,
        "unit": None,
    }
    found = defaults_of(zig.defaults)
    assert found == expected
    assert math.copysign(1, found["negative_zero"]) == -1
    # as Python writes them
    for name in ("large", "larger", "tiny", "sixteen", "fifteen", "thousandth", "ten_thousandth", "nines"):
        assert f" {name}={expected[name]!r}," in zig.defaults.__text_signature__
    found = defaults_of(zig.infinite)
    assert found["inf"] == math.inf and found["minus"] == -math.inf and found["nan"] is ...


# ---- documentation

DOCS = {
    "documented": "One line.",
    "exported_under_another_name": "One line.",
    "documented_well": "Several lines:\n  indented, \"quoted\", 'too', back\\slash \\n, {braces}, 100% and %s\n\ngröße 日本語 😀\nWithout a space.",
    "documented_with_a_trap": "Ends like a signature does:\n\n--\n\n(a, b)",
    "undocumented": None,
    "commented": None,
    "documented_with_nothing": None,
    "p2": "Its source is found, its parameters are not.",
    "of_std": "Returns whether the character is a digit.",
}


@pytest.mark.parametrize("name", DOCS)
def test_doc(zig, name):
    assert getattr(zig, name).__doc__ == DOCS[name]


def test_module_doc(zig):
    assert zig.__doc__ == 'What Python sees of a module.\n\nTwo paragraphs, "quotes", back\\slashes and größe.'
    assert zig.sub.__doc__ == "A submodule,\nin two lines."
    assert zig.documented_namespace.__doc__ == "Documented where it is declared."
    assert zig.sub.deeper.__doc__ is None
    assert zig.other.__doc__ == "Another file."


def test_help(zig):
    text = pydoc.plain(pydoc.render_doc(zig))
    for line in ("documented(a)", "One line.", "k2(a, *, x=0, y=1)", "What Python sees of a module.", "p2(arg0, arg1, /)", "answer = 42"):
        assert line in text
    text = pydoc.plain(pydoc.render_doc(zig.documented_well))
    assert "documented_well(first, second_one)" in text and "größe 日本語 😀" in text


# ---- constants

CONSTANTS = {
    "answer": 42,
    "negative": -7,
    "huge": 1 << 200,
    "huge_negative": -(1 << 200),
    "edges": (-(2**63), 2**63 - 1),
    "edge_63": 1 << 63,
    "edge_63_negative": -(1 << 63),
    "edge_63_below": -(1 << 63) - 1,
    "edge_64": (1 << 64) - 1,
    "edge_64_above": 1 << 64,
    "typed": 255,
    "wide": 2**128 - 1,
    "pi": math.pi,
    "single": 0.5,
    "yes": True,
    "nothing": None,
    "maybe": None,
    "surely": 3,
    "name": "signatures",
    "long_name": 'a longer name with "quotes" and größe',
    "terminated": "terminated",
    "empty": "",
    "numbers": (1, 2, 3),
    "words": ("one", "two"),
    "word_slice": ["one", "two"],
    "pointer_to_numbers": (4, 5),
    "grid": ((1, 2), (3, 4)),
    "vector": (1.0, 2.0),
    "pair": (1, "x"),
    "raw": b"\x00\xff",
    "computed": 45,
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constant(zig, name):
    value = getattr(zig, name)
    assert value == CONSTANTS[name] and type(value) is type(CONSTANTS[name])


def test_nothing_else_is_there(zig):
    shown = {name for name in dir(zig) if not name.startswith("__")}
    functions = {name for name in shown if inspect.isbuiltin(getattr(zig, name))}
    modules = {name for name in shown if inspect.ismodule(getattr(zig, name))}
    assert modules == {"documented_namespace", "sub", "other", "other_inner"}
    assert shown - functions - modules == set(CONSTANTS)
    assert "makePositional" not in shown and "std" not in shown


# ---- submodules

def test_submodules(zig):
    assert zig.sub.__name__ == "signatures.sub" and zig.sub.deeper.__name__ == "signatures.sub.deeper"
    assert "signatures.sub" not in sys.modules  # as the module itself: `zigbind.load` puts nothing there
    assert zig.sub.twice(4) == zig.sub.twice(value=4) == 8
    assert zig.sub.twice.__module__ == "signatures.sub" and zig.sub.twice.__doc__ == "Documented in there."
    assert zig.sub.deeper.thrice(2, more=1) == 7 and str(inspect.signature(zig.sub.deeper.thrice)) == "(value, *, more=0)"
    assert zig.sub.constant == "inside" and zig.sub.deeper.deepest.depth == 3
    assert zig.other.halve(value=3) == 1.5 and zig.other.halve.__doc__ == "From another file."
    assert zig.other.inner.quarter(value=2) == 0.5 and zig.other.inner.doubled(value=4) == 8
    assert zig.other.inner.doubled.__doc__ == "An alias across files."
    assert zig.other_inner.quarter(value=2) == 0.5
    assert refusal(zig.sub.twice, "x") == (TypeError, "twice() argument 'value': expected int, got str")
    assert refusal(zig.sub.deeper.thrice) == (TypeError, "thrice() missing 1 required positional argument: 'value'")


# ---- arguments, against Python's own matching

TWINS = """
def f0(): return None
def f1(a): return (a,)
def f2(a, b): return (a, b)
def f4(a, b, c, d): return (a, b, c, d)
def k1(*, x=0): return (x,)
def k2(a, *, x=0, y=1): return (a, x, y)
def v1(a, *rest): return (a, len(rest))
def v2(a, *rest, x=0): return (a, len(rest), x)
def w1(a, **rest): return (a, len(rest))
def w3(a, *args, x=0, **kwargs): return (a, len(args), x, len(kwargs))
def p0(): return 7
def p2(arg0, arg1, /): return (arg0, arg1)
def p3(arg0, /, *args, **kwargs): return (arg0, len(args), len(kwargs))
"""
twins = {}
exec(TWINS, twins)
NAMES = [name for name in twins if not name.startswith("__")]


def test_twins_have_the_same_signatures(zig):
    for name in NAMES:
        assert str(inspect.signature(getattr(zig, name))) == str(inspect.signature(twins[name]))


def new_string(text):
    """Equal to `text` and another object, so not interned."""
    return "".join(list(text))


def kinds_of_error(signature, positional, keywords):
    """How many different things are wrong with a call."""
    parameters = list(signature.parameters.values())
    direct = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    has_args = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    has_kwargs = any(p.kind is p.VAR_KEYWORD for p in parameters)
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    only = {p.name for p in parameters if p.kind is p.POSITIONAL_ONLY}
    wrong = []
    if positional > len(direct) and not has_args:
        wrong.append("too many")
    for name in keywords:
        if name in named:
            if name in [p.name for p in direct[:positional]]:
                wrong.append("multiple values")
        elif not has_kwargs:
            wrong.append("positional-only" if name in only else "unexpected")
    if any(p.name not in keywords or p.kind is p.POSITIONAL_ONLY for p in direct[positional:]):
        wrong.append("missing")
    return wrong


def normal(message):
    message = re.sub(r"\. Did you mean '.*'\?$", "", message)
    # Python counts the keyword-only arguments as well: "but 2 positional arguments (and 1 keyword-only argument) were given"
    message = re.sub(r"but (\d+) positional arguments? \(and \d+ keyword-only arguments?\) were given", r"but \1 were given", message)
    return message.replace("but 1 were given", "but 1 was given")


def outcome(function, args, kwargs):
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        return TypeError, normal(str(error))


#: Without parameters to be named a function is called without keywords, which CPython itself refuses: in other words.
NAMELESS = ("f0", "p0", "p2")


def compare(zig, name, args, kwargs):
    mine, own = outcome(getattr(zig, name), args, kwargs), outcome(twins[name], args, kwargs)
    wrong = kinds_of_error(inspect.signature(twins[name]), len(args), list(kwargs))
    assert bool(wrong) == (isinstance(own, tuple) and own[:1] == (TypeError,))
    if kwargs and name in NAMELESS:
        assert mine == (TypeError, f"signatures.{name}() takes no keyword arguments")
    elif len(wrong) > 1:
        assert mine[0] is own[0] is TypeError and mine[1].startswith(f"{name}() ")
    else:
        assert mine == own


KEYWORDS = ["a", "b", "c", "d", "x", "y", "arg0", "arg1", "self", "größe", "", "a b", "aa", "args"]
keywords = st.lists(st.tuples(st.sampled_from(KEYWORDS), st.integers(0, 9), st.booleans()), max_size=5, unique_by=lambda row: row[0])


@given(name=st.sampled_from(NAMES), positional=st.integers(0, 6), keywords=keywords)
@settings(max_examples=2000, deadline=None, derandomize=True)
def test_calls_end_as_they_do_in_python(name, positional, keywords):
    args = tuple(object() for _ in range(positional))
    kwargs = {(new_string(key) if fresh else sys.intern(key)): value for key, value, fresh in keywords}
    compare(zigmodules.load("signatures"), name, args, kwargs)


def test_every_way_to_miss_arguments(zig):
    for name in NAMES:
        for positional in range(6):
            compare(zig, name, tuple(range(positional)), {})
        for count in range(5):
            for names in itertools.permutations("abcd", count):
                compare(zig, name, (), dict.fromkeys(names, 1))
                compare(zig, name, (1,), dict.fromkeys(names, 1))


def test_messages_in_full(zig):
    cases = [
        (zig.f0, (1,), {}, "f0() takes 0 positional arguments but 1 was given"),
        (zig.f1, (1, 2), {}, "f1() takes 1 positional argument but 2 were given"),
        (zig.f1, (), {}, "f1() missing 1 required positional argument: 'a'"),
        (zig.f2, (), {}, "f2() missing 2 required positional arguments: 'a' and 'b'"),
        (zig.f4, (), {}, "f4() missing 4 required positional arguments: 'a', 'b', 'c', and 'd'"),
        (zig.f4, (1,), {"c": 1}, "f4() missing 2 required positional arguments: 'b' and 'd'"),
        (zig.f1, (1,), {"a": 1}, "f1() got multiple values for argument 'a'"),
        (zig.p2, (1,), {"arg1": 1}, "signatures.p2() takes no keyword arguments"),
    ]
    for function, args, kwargs, message in cases:
        assert refusal(function, *args, **kwargs) == (TypeError, message)
    assert refusal(zig.f1, 1, größe=2)[1].startswith("f1() got an unexpected keyword argument 'größe'")
    assert refusal(zig.f1, **{"\ud800": 1}, a=1)[1].startswith("f1() got an unexpected keyword argument '\ud800'")


def test_names_need_not_be_interned(zig):
    assert new_string("first") is not sys.intern("first")
    assert zig.f2(**{new_string("b"): 1, new_string("a"): 2}) == (2, 1)
    assert zig.documented_well(**{new_string("second_one"): "x", new_string("first"): 2}) is None

    class Name(str):
        pass

    assert zig.documented_well(**{Name("second_one"): "x", Name("first"): 2}) is None


def test_other_ways_to_call(zig):
    assert list(map(zig.f2, "ab", "cd")) == [("a", "c"), ("b", "d")]
    assert partial(zig.k2, 1, y=5)(x=2) == (1, 2, 5)
    assert zig.f2.__call__(1, b=2) == (1, 2)

    class Holder:
        method = zig.f1  # builtins do not bind

    assert Holder().method(3) == (3,)
    assert sorted([3, 1, 2], key=zig.f1) == [1, 2, 3]
    with pytest.raises(TypeError):
        zig.f1(**{1: 2})

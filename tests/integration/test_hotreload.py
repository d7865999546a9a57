"""Modules that follow their source: what a reload brings up to date, and what it leaves as it was."""

import json

import pytest

#: One version of a module; VERSION is what tells it from others.
SOURCE = """\
const std = @import("std");

pub const number: i64 = {version};
pub const text = "version {version}";

var count: i64 = 0;

pub fn f() i64 {{
    return {version};
}}

pub fn bump() i64 {{
    count += 1;
    return count;
}}

pub const Point = struct {{
    x: i64 = {version},

    pub fn scaled(self: Point) i64 {{
        return self.x * {version};
    }}
}};

pub fn read(point: *const Point) i64 {{
    return point.x;
}}

pub const sub = struct {{
    pub fn g() i64 {{
        return {version};
    }}
}};
"""


@pytest.fixture
def edited(counted):
    """A project whose processes know ``write(version)``."""
    counted.write(
        "edits.py",
        f"import pathlib\nSOURCE = {SOURCE!r}\ndef write(version, name='mymod'):\n"
        "    (pathlib.Path(__file__).parent / f'{name}.zig').write_text(SOURCE.format(version=version))\n",
    )
    counted.write("mymod.zig", SOURCE.format(version=1))
    return counted


def test_what_is_brought_up_to_date(edited):
    edited.write("user.py", "from mymod import f, Point, number, text\nfrom mymod import sub\nfrom mymod.sub import g\nfrom mymod import f as other\nimport mymod\nalias = mymod\n")
    answer = edited.ask("""
        import zigbind, edits, mymod, user
        from mymod import f, Point, sub
        edits.write(2)
        done = zigbind.reload()
        answer = [done, mymod.f(), f(), user.f(), user.other(), user.g(), user.sub.g(), sub.g(), user.alias.f(), mymod.number, mymod.text,
                  Point is mymod.Point, user.Point is mymod.Point, user.Point().x, zigbind.reload()]
    """)
    assert answer == [["mymod"], 2, 2, 2, 2, 2, 2, 2, 2, 2, "version 2", True, True, 2, []]


def test_what_stays_as_it_was(edited):
    edited.write("user.py", "from mymod import number, text\n")
    answer = edited.ask("""
        import functools, edits, user, zigbind, mymod
        from mymod import f, Point
        def closure(function=f):
            return lambda: function()
        held = [f, closure(), functools.partial(f), {"f": f}]
        class Own:
            method = staticmethod(f)
        class Derived(Point):
            pass
        mine = f
        f_count = [mymod.bump(), mymod.bump()]
        point, derived = Point(), Derived()
        mymod.own = "the user's"
        user.number = user.number  # an int is nobody's: it stays
        edits.write(3)
        zigbind.reload()
        answer = {
            "containers and closures": [held[0](), held[1](), held[2](), held[3]["f"](), Own.method()],
            "module-level names, whoever made them": mine(),
            "constants that were imported by name": [user.number, user.text],
            "instances": [point.x, point.scaled(), derived.scaled(), type(point) is Point, isinstance(point, mymod.Point)],
            "Zig globals before": f_count, "and after": mymod.bump(),
            "what the user put there": mymod.own,
            "the instances of new classes": [Point().x, Point().scaled()],
        }
        try:
            mymod.read(point)
        except TypeError as error:
            answer["new code with an old instance"] = str(error)
        answer["new code with a new one"] = mymod.read(mymod.Point())
    """)
    refused = answer.pop("new code with an old instance")
    assert "Point" in refused
    assert answer == {
        "containers and closures": [1, 1, 1, 1, 1],
        "module-level names, whoever made them": 3,
        "constants that were imported by name": [1, "version 1"],
        "instances": [1, 1, 1, False, False],
        "Zig globals before": [1, 2],
        "and after": 1,
        "what the user put there": "the user's",
        "the instances of new classes": [3, 9],
        "new code with a new one": 3,
    }


def test_a_name_that_was_bound_to_something_else_stays(edited):
    answer = edited.ask("""
        import edits, zigbind, mymod
        from mymod import f
        f = len
        edits.write(2)
        zigbind.reload()
        answer = [f is len, mymod.f()]
    """)
    assert answer == [True, 2]


def test_a_function_that_is_gone(edited):
    answer = edited.ask("""
        import pathlib, edits, zigbind, mymod
        from mymod import f, bump
        pathlib.Path(mymod.__file__).write_text("pub fn bump() i64 {\\n    return -1;\\n}\\n")
        zigbind.reload()
        answer = [hasattr(mymod, "f"), f(), bump()]
    """)
    assert answer == [False, 1, -1]  # what was imported by name is the old one: there is no new one


def test_going_back_compiles_nothing(edited):
    answer = edited.ask("""
        import edits, zigbind, mymod
        answer = []
        for version in (1, 2, 1, 2, 3, 1):
            edits.write(version)
            zigbind.reload()
            answer.append([mymod.f(), mymod.__spec__.cached])
    """)
    assert [value for value, _path in answer] == [1, 2, 1, 2, 3, 1]
    assert len({path for _value, path in answer}) == 3
    assert edited.compiles == 3


def test_an_edit_that_does_not_compile(edited):
    edited.write("other.zig", SOURCE.format(version=1))
    answer = edited.ask("""
        import edits, zigbind, mymod, other
        from mymod import f
        edits.write("x")
        edits.write(5, "other")
        try:
            zigbind.reload()
        except zigbind.CompileError as error:
            answer = [error.name, "use of undeclared identifier 'x'" in str(error)]
        answer += [mymod.f(), f(), mymod.Point().scaled(), other.f()]  # the others were reloaded
        edits.write(6)
        answer += [zigbind.reload(), f()]
    """)
    assert answer == ["mymod", True, 1, 1, 1, 5, ["mymod"], 6]


def test_a_change_of_a_file_that_is_imported(edited):
    edited.write("sub/deep.zig", "pub const number: i64 = 1;\n")
    edited.write("top.zig", 'const deep = @import("sub/deep.zig");\n\npub fn f() i64 {\n    return deep.number;\n}\n')
    answer = edited.ask("""
        import pathlib, zigbind, top
        from top import f
        (pathlib.Path(top.__file__).parent / "sub" / "deep.zig").write_text("pub const number: i64 = 22;\\n")
        answer = [zigbind.reload(), f()]
    """)
    assert answer == [["top"], 22]


@pytest.mark.parametrize("how", ["install(reload=True)", "ZIGBIND_RELOAD"])
def test_an_import_statement_that_runs_again(edited, how):
    install = "import zigbind; zigbind.install(reload=True)" if how != "ZIGBIND_RELOAD" else ""
    answer = edited.ask(
        f"""
        import edits, builtins
        {install}
        def request():
            import mymod
            return mymod.f()
        def other():
            from mymod import f
            return f()
        answer = [request()]
        edits.write(2)
        answer += [request(), other()]
        edits.write("x")
        try:
            request()
        except ImportError as error:
            answer.append(type(error).__name__)
        edits.write(3)
        answer += [other(), request()]
        import zigbind
        zigbind.uninstall()
        edits.write(4)
        answer += [request(), type(builtins.__import__).__name__]
    """,
        env={"ZIGBIND_RELOAD": "1" if how == "ZIGBIND_RELOAD" else None},
    )
    assert answer == [1, 2, 2, "CompileError", 3, 3, 3, "builtin_function_or_method"]


def test_without_reload_an_import_statement_changes_nothing(edited):
    answer = edited.ask("""
        import edits, mymod
        edits.write(2)
        import mymod
        answer = mymod.f()
    """)
    assert answer == 1


def test_threads_that_import_while_it_changes(edited):
    answer = edited.ask("""
        import zigbind, edits, threading
        zigbind.install(reload=True)
        import mymod
        seen, errors, stop = set(), [], threading.Event()
        def serve():
            while not stop.is_set():
                try:
                    import mymod
                    seen.add(mymod.f())
                except Exception as error:
                    errors.append(repr(error))
        threads = [threading.Thread(target=serve) for _ in range(4)]
        for thread in threads: thread.start()
        for version in range(2, 6):
            edits.write(version)
            import mymod
        stop.set()
        for thread in threads: thread.join()
        import mymod
        answer = [errors[:3], mymod.f(), seen <= set(range(1, 6))]
    """)
    assert answer == [[], 5, True]


# ---- many random edits

EDITS = """
import ctypes, json, os, random, sys
import zigbind, zigbind.auto

OPERATIONS = {"+%": lambda a, b: a + b, "-%": lambda a, b: a - b, "*%": lambda a, b: a * b, "&": lambda a, b: a & b, "|": lambda a, b: a | b, "^": lambda a, b: a ^ b}
MASK = (1 << 64) - 1

def expression(random, depth):
    "Zig text of an expression of a and b, and a function with the same value in Python, modulo 2 ** 64."
    if depth == 0 or random.random() < 0.2:
        kind = random.randrange(3)
        if kind == 0:
            return "a", lambda a, b: a
        if kind == 1:
            return "b", lambda a, b: b
        number = random.randrange(1 << 32)
        return f"@as(u64, {number})", lambda a, b: number
    sign, operation = random.choice(list(OPERATIONS.items()))
    (left, left_of), (right, right_of) = expression(random, depth - 1), expression(random, depth - 1)
    return f"({left} {sign} {right})", lambda a, b: operation(left_of(a, b), right_of(a, b)) & MASK

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def images():
    "The bytes of memory that libraries of this module take."
    with open("/proc/self/smaps") as file:
        total, mine = 0, False
        for line in file:
            head = line.split()
            if "-" in head[0] and not head[0].endswith(":"):
                mine = len(head) > 5 and "/mymod-" in head[5]
            elif mine and head[0] == "Rss:":
                total += int(head[1]) * 1024
    return total

source = random.Random(SEED)
path = os.path.join(os.environ["PYTHONPATH"], "mymod.zig")
made = []
wrong = []
start = None
for edit in range(COUNT):
    if made and source.random() < 0.1:
        text, value_of, name = source.choice(made)  # back to what was
    else:
        (zig, value_of), name = expression(source, 3), source.choice(["f", "g"])
        text = f"pub fn {name}(a: u64, b: u64) u64 {{\\n    _ = .{{ a, b }};\\n    return {zig};\\n}}\\n\\npub const edit: i64 = {edit};\\n"
        made.append((text, value_of, name))
    with open(path, "w") as file:
        file.write(text)
    if edit == 0:
        import mymod
    else:
        zigbind.reload()
    for _ in range(3):
        a, b = source.randrange(1 << 64), source.randrange(1 << 64)
        if getattr(mymod, name)(a, b) != value_of(a, b):
            wrong.append([edit, a, b, text])
    if hasattr(mymod, "fg".replace(name, "")):
        wrong.append([edit, "a name that is gone", text])
    if edit == COUNT // 5:
        import gc; gc.collect()
        start = resident(), images()
import gc; gc.collect()
end = resident(), images()
print(json.dumps({"wrong": wrong, "grown": end[0] - start[0], "images": end[1] - start[1], "edits": COUNT - COUNT // 5 - 1}))
"""


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
def test_random_edits(counted, count):
    """Every result is what a fresh evaluation gives, and memory grows by no more than the images of the libraries."""
    with counted.start(f"SEED, COUNT = 7, {count}\n" + EDITS, env={"ZIGBIND_OPTIMIZE": "Debug" if count == 40 else "ReleaseSafe"}) as process:
        out, err = process.communicate(timeout=2900)
    assert process.returncode == 0, err
    answer = json.loads(out.splitlines()[-1])
    assert answer["wrong"] == []
    # What the dynamic linker keeps of a library (its names, its tables) and the objects of the module are some pages.
    assert answer["grown"] <= answer["images"] + answer["edits"] * 48_000 + 4_000_000, answer

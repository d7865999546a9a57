"""Modules that follow their source: what a reload brings up to date, and what it leaves as it was."""

import json
import subprocess

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


@pytest.mark.parametrize("how", ["zigbind.reload()", "import mymod"])
def test_a_file_that_was_away(edited, how):
    """`importlib.reload` takes a module's spec away where it finds no file."""
    answer = edited.ask(f"""
        import importlib, pathlib, sys
        sys.path.insert(0, '.')
        import edits, mymod, zigbind
        zigbind.install(reload=True)
        file = pathlib.Path(mymod.__file__)
        file.rename("aside")
        answer = []
        try:
            importlib.reload(mymod)
        except ModuleNotFoundError:
            answer.append(mymod.__spec__)
        pathlib.Path("aside").rename(file)
        edits.write(2)
        {how}
        answer.append(mymod.f())
    """, cwd=edited.root)
    assert answer == [None, 2]


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

#: What the processes below share: random modules, what is to be seen of one, and where the memory of a process is.
TOOLS = r"""
import ctypes, gc, json, os

PAIRS = [(0, 0), (1, (1 << 64) - 1), (123456789, 987654321)]

def expression(random, depth):
    "Zig text of an expression of a and b."
    if depth == 0 or random.random() < 0.2:
        return random.choice(["a", "b", f"@as(u64, {random.randrange(1 << 32)})"])
    sign = random.choice(["+%", "-%", "*%", "&", "|", "^"])
    return f"({expression(random, depth - 1)} {sign} {expression(random, depth - 1)})"

def function(random, name, indent=""):
    doc = f"{indent}/// Number {random.randrange(100)}.\n" if random.random() < 0.5 else ""
    return f"{doc}{indent}pub fn {name}(a: u64, b: u64) u64 {{\n{indent}    _ = .{{ a, b }};\n{indent}    return {expression(random, 3)};\n{indent}}}\n"

def module(random, edit):
    "The text of a module. Each name is there or not, so that names come and go."
    parts = [f"pub const edit: i64 = {edit};\n"]
    parts += [function(random, name) for name in ("f", "g", "h") if random.random() < 0.6]
    if random.random() < 0.5:
        methods = [function(random, name, "    ") for name in ("first", "second") if random.random() < 0.6]
        parts.append(f"pub const Point = struct {{\n    x: i64 = {random.randrange(1000)},\n\n" + "".join(methods) + "};\n")
    if random.random() < 0.5:
        parts.append("pub const sub = struct {\n" + function(random, "inner", "    ") + "};\n")
    random.shuffle(parts)
    return "\n".join(parts)

def see(value):
    "All that can be seen of a module or a class, and what its functions give."
    found = {}
    for name, one in sorted(vars(value).items()):
        if name.startswith("_"):
            continue
        if type(one) is type(json):
            found[name] = see(one)
        elif isinstance(one, type):
            found[name] = [one.__doc__, one().x, see(one)]
        elif callable(one):
            one = getattr(value, name)
            found[name] = [one.__doc__, one.__text_signature__, [one(a, b) for a, b in PAIRS]]
        else:
            found[name] = repr(one)
    return found

def memory():
    "Bytes in memory: of the images of the module's libraries, of all else; and how many libraries are mapped."
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what is free is not in use
    images = rest = 0
    paths = set()
    with open("/proc/self/smaps") as file:
        for line in file:
            head = line.split()
            if "-" in head[0] and not head[0].endswith(":"):
                is_image = len(head) > 5 and "/mymod-" in head[5]
                if is_image:
                    paths.add(head[5])
            elif head[0] == "Rss:" and is_image:
                images += int(head[1]) * 1024
            elif head[0] == "Anonymous:" and not is_image:
                # How much of other files is in memory, and written, is up to the system.
                rest += int(head[1]) * 1024
    return images, rest, len(paths)
"""

EDITS = """
import random, subprocess, sys
import zigbind, zigbind.auto
from tools import *

FRESH = "import json, zigbind.auto, mymod, tools; print(json.dumps(tools.see(mymod)))"
source = random.Random(SEED)
path = os.path.join(os.environ["PYTHONPATH"], "mymod.zig")
made, loaded, wrong = [], [], []
for edit in range(COUNT):
    # One in ten goes back to what was.
    text = source.choice(made) if made and source.random() < 0.1 else module(source, edit)
    made.append(text)
    with open(path, "w") as file:
        file.write(text)
    if edit == 0:
        import mymod
    else:
        zigbind.reload()
    seen = see(mymod)
    loaded.append(mymod.__spec__.cached)
    fresh = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True)
    if fresh.returncode or json.loads(fresh.stdout) != json.loads(json.dumps(seen)):
        wrong.append([edit, seen, fresh.stdout, fresh.stderr])
    if edit == COUNT // 5:
        start = memory()
print(json.dumps({"wrong": wrong, "start": start, "end": memory(), "loaded": loaded, "texts": len(set(made))}))
"""

#: The same libraries in the same order, loaded as CPython loads any: what they cost without zigbind.
CONTROL = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
from tools import *

loaded = json.load(sys.stdin)
for edit, path in enumerate(loaded):
    spec = spec_from_file_location("mymod", path)
    mymod = module_from_spec(spec)
    spec.loader.exec_module(mymod)
    see(mymod)
    if edit == len(loaded) // 5:
        start = memory()
print(json.dumps([start, memory()]))
"""

#: What may lie between two processes that do the same, however many edits there were: allocators take memory in pieces.
_PIECES_BYTES = 512 * 1024


@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=[pytest.mark.slow, pytest.mark.timeout(3000)])])
def test_random_edits(counted, count):
    """After every edit all that can be seen is what a fresh process sees, and memory grows by no more than the images of the libraries."""
    counted.write("tools.py", TOOLS)
    # Which threads there were, and what glibc set aside for them, depends on how long compiles take.
    alike = {"MALLOC_ARENA_MAX": "1"}
    mode = alike | {"ZIGBIND_OPTIMIZE": "Debug" if count == 50 else "ReleaseSafe"}
    with counted.start(f"SEED, COUNT = 7, {count}\n" + EDITS, env=mode) as process:
        out, err = process.communicate(timeout=2900)
    assert process.returncode == 0, err
    answer = json.loads(out.splitlines()[-1])
    assert answer["wrong"] == []
    assert len(set(answer["loaded"])) == answer["texts"] == answer["end"][2]  # each content is one library, mapped once
    with counted.start(CONTROL, stdin=subprocess.PIPE, env=alike) as process:
        out, err = process.communicate(json.dumps(answer["loaded"]), timeout=300)
    assert process.returncode == 0, err
    (images, rest, libraries), (control_images, control_rest, control_libraries) = (
        [after - before for before, after in zip(start, end)] for start, end in ([answer["start"], answer["end"]], json.loads(out.splitlines()[-1]))
    )
    figures = {"libraries": libraries, "images": images, "rest": rest, "control images": control_images, "control rest": control_rest}
    print(figures)
    assert libraries == control_libraries
    assert images <= control_images + _PIECES_BYTES, figures
    assert rest <= max(0, control_rest) + _PIECES_BYTES, figures


def test_reloads_leave_nothing_behind(edited):
    """Edits that go back and forth map nothing new: after 200 of them there is no more of anything than before."""
    edited.write("tools.py", TOOLS)
    edited.write("user.py", "import functools\nfrom mymod import f, Point, sub\nfrom mymod.sub import g\nheld = f\n")
    answer = edited.ask("""
        import os, sys, threading, edits, zigbind, mymod, user
        from tools import *
        def there():
            found = memory()
            return [*found, len(gc.get_objects()), len(os.listdir("/proc/self/fd")), threading.active_count(), len(sys.modules)]
        def go(count):
            for number in range(count):
                edits.write(1 + number % 4)
                zigbind.reload()
                assert mymod.f() == user.f() == user.g() == user.sub.g() == user.Point().scaled() ** 0.5 == 1 + number % 4
        go(200)
        before = there()
        go(200)
        answer = [before, there()]
    """)
    (images, rest, libraries, objects, *counts), (images_after, rest_after, libraries_after, objects_after, *counts_after) = answer
    assert libraries_after == libraries == 4 and counts_after == counts, answer
    assert objects_after <= objects + 10, answer
    assert images_after == images, answer
    assert rest_after - rest <= 128 * 1024, answer  # 700 bytes a reload would be more
    assert edited.compiles == 4

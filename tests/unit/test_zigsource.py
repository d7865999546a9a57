"""What is read from the text of a Zig file: names, parameters, docs, and what stands behind an alias."""

import inspect
import keyword
import os
import re
from pathlib import Path

import pytest
import zigmodules
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import zigbind
from zigbind import toolchain, zigsource

PACKAGE = Path(zigbind.__file__).parent


@pytest.fixture(scope="module")
def read():
    return zigbind.load(PACKAGE / "zigsource.zig", optimize="Debug").read


@pytest.fixture(scope="module")
def std_directory():
    zig = toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of).path
    directory = Path(os.path.realpath(zig)).parent
    return str(next(found for found in (directory / "lib" / "std", directory.parent / "lib" / "zig" / "std") if found.is_dir()))


def write(directory, **files):
    for name, text in files.items():
        path = directory / (name.replace("__", "/") + ".zig")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def summarize(read, std_directory, tmp_path):
    def summarize(**files):
        write(tmp_path, **files)
        return zigsource.summarize(str(tmp_path / "main.zig"), parse=read, std_directory=std_directory)

    return summarize


# ---- rows

def rows(read, text):
    """(parent, kind, public, name, doc, line, names, text) without the row of the file."""
    found, _uses = read(text)
    assert found[0][:4] == (-1, "file", True, "")
    return found[1:]


def row(read, text):
    (only,) = rows(read, text)
    return only


def test_kinds(read):
    cases = {
        "pub fn f(a: i64, b: T) void {}": (0, "function", True, "f", "", 1, ["a", "b"], "i64\0\x01T\x02\0void\0"),
        "fn f() void {}": (0, "function", False, "f", "", 1, [], "void\0"),
        "pub extern fn f(a: c_int, ...) void;": (0, "function", True, "f", "", 1, ["a", ""], ""),
        "pub inline fn f(comptime T: type, _: T, noalias c: *T, anytype_: anytype) void {}": (0, "function", True, "f", "", 1, ["T", "_", "c", "anytype_"], ""),
        'pub fn @"odd name"(@"a b": i64, @"x\\n": i64) void {}': (0, "function", True, "odd name", "", 1, ["a b", "x\n"], "i64\0i64\0void\0"),
        "pub const a = struct {};": (0, "container", True, "a", "", 1, [], "struct"),
        "pub const a = extern struct {};": (0, "container", True, "a", "", 1, ["extern"], "struct"),
        "pub const a = @This();": (0, "this", True, "a", "", 1, [], ""),
        "const a = enum {};": (0, "container", False, "a", "", 1, [], "enum"),
        "const a = union(enum) {};": (0, "container", False, "a", "", 1, [], "union"),
        "const a = opaque {};": (0, "container", False, "a", "", 1, [], "opaque"),
        "pub const E = error{ A, @\"b c\" };": (0, "errors", True, "E", "", 1, ["A", "b c"], ""),
        "pub const E = error{\n    /// Why.\n    A,\n};": (0, "errors", True, "E", "", 1, ["A"], ""),
        "const E = error{};": (0, "errors", False, "E", "", 1, [], ""),
        "const E = A || error{B};": (0, "constant", False, "E", "", 1, [], ""),
        'pub const a = @import("std");': (0, "import", True, "a", "", 1, [], "std"),
        'pub const a = @import("x\\"y.zig");': (0, "import", True, "a", "", 1, [], 'x"y.zig'),
        "pub const a = b;": (0, "alias", True, "a", "", 1, [], "b"),
        'pub const a = b.c.@"d e";': (0, "alias", True, "a", "", 1, [], "b.c.d e"),
        'pub const a = @import("x.zig").b.c;': (0, "alias", True, "a", "", 1, [], "@import:x.zig\nb.c"),
        "pub const a = zb.overload(.{ b, c.d, e() });": (0, "overload", True, "a", "", 1, ["b", "c.d", ""], ""),
        "pub const a = other(.{ b });": (0, "call", True, "a", "", 1, [], "other"),
        "pub const a = b.c(i64);": (0, "call", True, "a", "", 1, [], "b.c"),
        'pub const a = @import("x.zig").b(i64, 3);': (0, "call", True, "a", "", 1, [], "@import:x.zig\nb"),
        "pub const a = b(i64)(u8);": (0, "constant", True, "a", "", 1, [], ""),
        "pub const a = b(i64){};": (0, "constant", True, "a", "", 1, [], ""),
        "pub const a: i64 = 5;": (0, "constant", True, "a", "", 1, [], ""),
        "pub const a = b().c;": (0, "constant", True, "a", "", 1, [], ""),
        'pub const a = @import("x\\x00.zig");': (0, "constant", True, "a", "", 1, [], ""),
        "pub const a = @import(b);": (0, "constant", True, "a", "", 1, [], ""),
        "pub var a: i64 = 5;": (0, "variable", True, "a", "", 1, [], ""),
        "threadlocal var a: i64 = undefined;": (0, "variable", False, "a", "", 1, [], ""),
        "pub extern var a: i64;": (0, "variable", True, "a", "", 1, [], ""),
        "field: i64 = 1,": (0, "field", True, "field", "", 1, ["i64", "1"], ""),
    }
    for text, expected in cases.items():
        assert row(read, text) == expected, text
    for nothing in ("", "test { _ = 1; }", "comptime { _ = 1; }", "// comment\n", "\ufeff"):
        assert rows(read, nothing) == []


def test_lines_and_parents(read):
    found = rows(read, "\n\npub const a = struct {\n    x: i64,\n\n    pub fn b() void {}\n    const c = struct { pub fn d() void {} };\n};\npub fn e(\n    f: i64,\n) void {}\n")
    assert [(one[0], one[3], one[5]) for one in found] == [(0, "a", 3), (1, "x", 4), (1, "b", 6), (1, "c", 7), (4, "d", 7), (0, "e", 9)]


def test_docs(read):
    cases = {
        "/// One.\npub fn f() void {}": "One.",
        "///One.\n///   Two.   \n///\n///  Three\n pub fn f() void {}": "One.\n  Two.\n\n Three",
        "/// One.\r\n/// Two.\r\npub fn f() void {}": "One.\nTwo.",
        '/// "quotes" \\n \'x\' größe 😀\npub fn f() void {}': '"quotes" \\n \'x\' größe 😀',
        "/// One.\n// not this\npub fn f() void {}": "One.",
        "// not this\npub fn f() void {}": "",
        "//// not this\npub fn f() void {}": "",
        "/// One.\npub inline fn f() void {}": "One.",
        "/// One.\npub const f = 1;": "One.",
        "/// Outer.\npub const f = struct {\n    //! Inner.\n};": "Outer.",
        "pub const f = struct {\n    //! Inner.\n    //! More.\n};": "Inner.\nMore.",
        "pub const f = enum(@Type(.{ .int = x })) {\n    //! Inner.\n};": "Inner.",
        "/// One.\nfield: i64,": "One.",
        "/// One.\n/// \\Two.\ncomptime field: i64 = 1,": "One.\n\\Two.",
    }
    for text, expected in cases.items():
        assert row(read, text)[4] == expected, text
    assert read("//! One.\n//!  Two.\nconst a = 1;")[0][0][4] == "One.\n Two."


def test_fields(read):
    forms = {
        "struct { x: i64, y: i64 }": "struct",
        "struct { x: i64 = 1, y: struct { z: i64 } = .{}, pub fn f() void {} }": "struct",
        "struct { comptime x: i64 = 1, y: i64 align(8) }": "struct",
        "packed struct(u8) { x: u4, y: u4 }": "struct",
        "packed struct { x: u4, y: u4 }": "struct",
        "extern struct { x: i64, y: i64, }": "struct",
        "enum { x, y }": "enum",
        "enum(u8) { x = 1, y, }": "enum",
        "enum(u8) { x, y = 7, _ }": "enum",
        "union { x: i64, y: f64 }": "union",
        "union(enum) { x, y: f64, }": "union",
        "union(enum) { x, y: f64, const z = 1; const w = 1; }": "union",
        "union(enum(u8)) { x: i64 = 3, y }": "union",
        "union(Tag) { x: i64, y }": "union",
        "extern union { x: i64, y: f64 }": "union",
        "packed union { x: u8, y: u8 }": "union",
    }
    for text, keyword_ in forms.items():
        container, *inside = rows(read, f"/// Doc.\npub const a = {text};")
        layout = [word for word in ("packed", "extern") if text.startswith(word)]
        assert container == (0, "container", True, "a", "Doc.", 2, layout, keyword_), text
        assert [(*one[:6], one[7]) for one in inside if one[1] == "field"] == [(1, "field", True, name, "", 2, "") for name in "xy"], text
    for text in ("struct { i64, f64 }", "struct { i64 }", "struct { a.b, }", "struct {}", "enum(u8) { _ }", "opaque {}"):
        assert len(rows(read, f"const a = {text};")) == 1, text
    text = 'const a = union(enum) {\n    /// "One" \\n.\n    @"a b": i64,\n    // no doc\n    /// Two.\n    c,\n};\n/// Three.\n@"d\\"": i64'
    found = rows(read, text)
    assert [(one[0], one[3], one[4], one[5]) for one in found[1:]] == [(1, "a b", '"One" \\n.', 3), (1, "c", "Two.", 6), (0, 'd"', "Three.", 9)]


def test_types_of_fields(read):
    forms = {
        "x: i64": ["i64"],
        "x: i64 = 5 * 60": ["i64", "5 * 60"],
        "x: ?[]const u8 = null": ["?[]const u8", "null"],
        "x: std.mem.Allocator": ["\x01std.mem.Allocator\x02"],
        'x: *const @import("y.zig").@"a b"': ["*const \x01@import:y.zig\na b\x02"],
        # More to it than a type.
        "comptime x: i64 = 1": ["", "1"],
        "x: i64 align(8)": [""],
        # No types that are written with names, `?` and pointers alone.
        "x: [3]u8": [""],
        "x: std.ArrayList(u8) = .{}": ["", ".{}"],
        "x: if (a) u8 else i8": [""],
    }
    for text, expected in forms.items():
        (_container, field) = rows(read, f"const a = struct {{ {text} }};")
        assert (field[1], field[6]) == ("field", expected), text


def test_types_of_functions(read):
    forms = {
        "(self: *@This()) void": "*\x01@This\x02\0void\0",
        "(self: *const S, a: []u8, b: [:0]const u8) ?*S": "*const \x01S\x02\0[]u8\0[:0]const u8\0?*\x01S\x02\0",
        "() !f64": "!f64\0",
        "() error{A}!void": "error!void\0",
        "() a.Error!b.C": "error!\x01b.C\x02\0",
        # Called in an unusual way.
        "() callconv(.c) void": "",
        "(noalias a: *u8) void": "",
        "(comptime a: u8) void": "",
        "(a: anytype) void": "",
        "() align(16) void": "",
        # No types that are written with names, `?` and pointers alone.
        "(a: [2]f64) void": "",
        "(a: *volatile u8) void": "",
        "(a: [*]u8) void": "",
        "(a: [:7]const u8) void": "",
        "(a: *align(4) u8) void": "",
        "() struct { u8, u8 }": "",
        "() anyerror!error{A}!u8": "",
    }
    for text, expected in forms.items():
        (found,) = rows(read, f"pub fn f{text} {{}}")
        assert found[7] == expected, text
    assert [row(read, f"pub {word} fn f() void{end}")[7] for word, end in (("inline", " {}"), ("export", " {}"), ("extern", ";"))] == ["", "", ""]


def test_returned_containers(read):
    def returned(text):
        return [one for one in rows(read, text) if one[1] == "returned"]

    text = "/// A stack.\npub fn S(T: type) type {\n    return struct {\n        /// Item.\n        x: T,\n        pub fn f() void {}\n    };\n}\nconst a = 1;"
    found = rows(read, text)
    assert [(one[:6], one[7]) for one in found] == [
        ((0, "function", True, "S", "A stack.", 2), "type\0type\0"),
        ((1, "returned", False, "", "A stack.", 3), "struct"),
        ((2, "field", True, "x", "Item.", 5), ""),
        ((2, "function", True, "f", "", 6), "void\0"),
        ((0, "constant", False, "a", "", 9), ""),
    ]
    (one,) = returned("/// Outer.\nfn F() type {\n    return packed struct(u8) {\n        //! Inner.\n    };\n}")
    assert one[4] == "Inner."
    for form in ("union(enum) { a, b: T }", "enum { a }", "extern struct { a: T }", "opaque {}"):
        (one,) = returned(f"fn F(T: type) type {{ if (T == u8) @compileError(\"no\"); return {form}; }}")
        assert one[7] in form
    for text in (
        "fn F(T: type) type { if (T == u8) return struct { a: T }; return struct { b: T }; }",
        "fn F(T: type) type { return G(T); }",
        "fn F(T: type) type { const S = struct { a: T }; return S; }",
        "fn F() void { return; }",
        "extern fn F() void;",
    ):
        assert returned(text) == [], text
    # Each function has its own, wherever it stands.
    local = "const H = struct { fn G() type { return enum { g }; } };"
    found = rows(read, f"fn F(T: type) type {{ {local} return struct {{ f: H, fn I() type {{ return union {{ i: T }}; }} }}; }}")
    assert [(one[0], one[1], one[3]) for one in found] == [
        (0, "function", "F"),
        (1, "returned", ""),
        (2, "field", "f"),
        (2, "function", "I"),
        (4, "returned", ""),
        (5, "field", "i"),
    ]


def test_syntax_errors(read):
    for text in ("pub fn", "const a = ;", "}", '"', "pub fn f(a: i64 void {}", "/// nothing follows", "\x01", "const a = 'ab"):
        assert read(text) is None, text


def test_uses(read):
    def uses(text):
        return read(text)[1]

    assert uses("") == ([], [], False, False, False, False, False, False, [])
    assert uses('const a = @import("std"); fn f() void { _ = @import("b.zig"); }')[0] == ["std", "b.zig"]
    assert uses("export fn PyInit_x() void {} pub export fn y() void {} fn z() void {}")[1] == ["PyInit_x", "y"]
    assert uses("const S = struct { export fn inner() void {} };")[1] == ["inner"]
    for text in ("var a: i64 = 1;", "const S = struct { var b: i64 = 1; };", "fn f() type { return struct { threadlocal var c: i64 = 1; }; }"):
        assert uses(text)[2] is True
    assert uses("const a = 1; fn f() void { var b: i64 = 1; b += 1; }")[2] is False
    for text in ('fn f() void { @panic("x"); }', 'fn f() void { std.debug.panic("x", .{}); }', "fn f() void { @setRuntimeSafety(true); }"):
        assert uses(text)[3] is True
    assert uses("fn panic() void {}\nfn f() void { panic(); }")[3] is False
    assert uses("fn f() void { _ = zb.allocator; }")[4] is True
    assert uses("fn f() void { _ = arena.allocator(); }")[4] is False
    assert uses('fn f() !void { return zb.raise(.ValueError, "", .{}); }')[5] is True
    assert uses("fn raise() void {} fn f() void { raise(); }")[5] is False
    for text in ("pub const a = zb.nogil(b);", "fn f() void { zb.allowThreads().end(); }", "fn f() void { _ = zb.withGil(g, .{}); }", "const spawn = std.Thread.spawn;"):
        assert uses(text)[7] is True
    assert uses("fn nogil() void {} fn f() void { nogil(); }")[7] is False
    # A callback finds the call that it is in, and can leave an exception behind that was caught.
    assert uses("fn f(g: zb.Callable(fn () void)) void {}")[4:8] == (True, True, False, False)
    for text in ("fn f() !void { return zb.raise(.ValueError, null, .{}); }", "fn f(a: zb.Kwargs) void {}", "fn f(a: zb.List) void {}", "const T = zb.TypeCaster(i64);"):
        assert uses(text)[6] is True
    # What a name that is put together stands for, and what is called of CPython itself, nobody knows.
    for text in ('const zb = @import("zigbind"); const raise = @field(zb, "rai" ++ "se");', 'const raise = @field(z, "raise"); const z = @import("zigbind");'):
        assert uses(text)[4:8] == (True, True, True, True)
    assert uses('const zb = @import("zigbind"); const b = @field(a, "b"); const c = @field(@This(), "b");')[4:8] == (False, False, False, False)
    for text in ("extern fn PyErr_SetNone(*anyopaque) void;", "fn f() void { c.PyErr_SetNone(null); }"):
        assert uses(text)[6] is True
    assert uses("fn f() !void { return error.Python; }")[6] is False
    assert uses('const a = @embedFile("a.txt"); fn f() void { _ = @embedFile("b/\\x63.bin"); _ = @embedFile(name); }')[8] == ["a.txt", "b/c.bin"]


# ---- against the compiler's own reflection

REFLECTED = {"ascii": "ascii.zig", "base64": "base64.zig", "fmt": "fmt.zig", "math": "math.zig", "mem": "mem.zig", "sort": "sort.zig", "unicode": "unicode.zig"}


def public_rows(read, text):
    found, _uses = read(text)
    return [one for one in found if one[0] == 0 and one[2]]


@pytest.mark.parametrize("name", [*REFLECTED, "signatures"])
def test_reflection_agrees(read, std_directory, name):
    path = zigmodules.DIRECTORY / "signatures.zig" if name == "signatures" else Path(std_directory, REFLECTED[name])
    mine = {one[3]: one for one in public_rows(read, path.read_text(encoding="utf-8"))}
    theirs = [text.rpartition("/") if "/" in text else ("", "", text) for text in getattr(zigmodules.load("reflect", "Debug"), name)]
    assert set(mine) == {before or after for before, _slash, after in theirs}
    for function, slash, count in theirs:
        if slash and mine[function][1] == "function":
            assert len(mine[function][6]) == int(count), function


def test_the_whole_standard_library_can_be_read(read, std_directory):
    """Each function has a name that stands where it should, each doc comment is in the text."""
    count = 0
    for path in sorted(Path(std_directory).glob("*.zig")):
        text = path.read_text(encoding="utf-8")
        parsed = read(text)
        assert parsed is not None, path
        lines = text.split("\n")
        for _parent, kind, _public, name, doc, line, _names, _text in parsed[0][1:]:
            assert name in lines[line - 1], (path, name)
            assert not doc or doc.split("\n")[0].strip() in text
            count += kind == "function"
    assert count > 1000


# ---- trees

def declaration(summary, *path):
    """The Zig text of a declaration, up to the declarations in it."""
    text = summary.described[0].container
    for name in path:
        text = text[text.index(f'pub const @"{name}": ') :]
    return text.partition("\n")[0]


def test_aliases_across_files(summarize):
    found = summarize(
        main="""
            const std = @import("std");
            const other = @import("other.zig");
            pub const local = target;
            /// Said again.
            pub const again = other.far;
            pub const far = other.far;
            pub const direct = @import("other.zig").far;
            pub const nested = other.inner.deep;
            pub const chained = other.back;
            pub const of_std = std.ascii.isDigit;
            pub const type_of_std = std.ArrayList;
            pub const unknown = missing.thing;
            pub const computed = other.make(3);
            pub const inner = other.inner;
            /// The target.
            fn target(one: i64, two: i64) void { _ = .{ one, two }; }
        """,
        other="""
            const main = @import("main.zig");
            /// Far away.
            pub fn far(three: i64) void { _ = three; }
            pub const inner = struct { pub fn deep(four: i64) void { _ = four; } };
            pub const back = main.local;
            pub fn make(n: i64) i64 { return n; }
        """,
    )
    assert '.doc = "The target."' in declaration(found, "local") and '.parameters = &.{ "one", "two" }' in declaration(found, "local")
    assert '.doc = "Said again."' in declaration(found, "again")
    for name in ("again", "far", "direct"):
        assert '.parameters = &.{ "three" }' in declaration(found, name)
    assert '.doc = "Far away."' in declaration(found, "far")
    assert '.location = "main.zig:' in declaration(found, "far")
    assert '.parameters = &.{ "four" }' in declaration(found, "nested")
    assert '.parameters = &.{ "one", "two" }' in declaration(found, "chained")
    assert '.parameters = &.{ "c" }' in declaration(found, "of_std")
    for name in ("unknown", "computed"):
        assert ".parameters" not in declaration(found, name) and ".container" not in declaration(found, name)
    assert '.location = "other.zig:5"' in declaration(found, "inner", "deep")
    assert sorted(os.path.basename(path) for path in found.files) == ["main.zig", "other.zig"]


def test_cycles(summarize):
    found = summarize(
        main='pub const a = @import("a.zig"); pub const self = @import("main.zig"); pub const x = y; pub const y = x; pub fn f(p: i64) void { _ = p; }',
        a='pub const b = @import("b.zig"); pub const loop = @import("a.zig"); pub fn g(q: i64) void { _ = q; }',
        b='pub const a = @import("a.zig"); pub const top = @import("main.zig"); pub const f = top.f;',
    )
    assert len(found.files) == 3
    assert ".parameters" not in declaration(found, "x")
    assert '.parameters = &.{ "p" }' in declaration(found, "a", "b", "f")


def test_deep_nesting_ends(summarize):
    text = "pub const a = struct { " * 60 + "pub fn f() void {}" + " };" * 60
    found = summarize(main=text)
    assert 5 < found.described[0].container.count('@"a"') < 60


def test_scopes(summarize):
    found = summarize(
        main="""
            fn f(outer: i64) void { _ = outer; }
            pub const sub = struct {
                fn f(inner: i64) void { _ = inner; }
                pub const near = f;
                pub const deeper = struct { pub const nearest = f; };
            };
            pub const far = f;
        """
    )
    assert '"inner"' in declaration(found, "near") and '"inner"' in declaration(found, "nearest") and '"outer"' in declaration(found, "far")


def test_missing_and_broken_files(summarize, tmp_path):
    found = summarize(main='pub const a = @import("nowhere.zig"); pub const b = @import("broken.zig"); pub fn f(x: i64) void { _ = x; }', broken="pub fn (")
    assert found.absent == (str(tmp_path / "nowhere.zig"),)
    assert '.parameters = &.{ "x" }' in declaration(found, "f")
    assert ".container" not in declaration(found, "a") and ".container" not in declaration(found, "b")
    for content in ("pub fn (", b"\xff\xfe", b"pub fn f() void {}\0", "/// dangling"):
        found = summarize(main=content)
        assert found.described == () and found.exports == ()
        assert "source_known" not in zigsource.root_text("main", "top/main.zig", found)


def test_files_above_the_module_count_from_it(summarize):
    found = summarize(main='pub const sub = @import("sub/inner.zig");', sub__inner='const up = @import("../main.zig"); pub fn f(x: i64) void { _ = x; }')
    assert '.location = "sub/inner.zig:1"' in declaration(found, "sub", "f")
    assert len(found.files) == 2


def test_explicit_modules_are_taken_as_they_are(summarize):
    found = summarize(main="pub const T = struct { x: i64 }; export fn PyInit_main() ?*anyopaque { return null; }")
    assert found.exports == ("PyInit_main",)
    assert zigsource.root_text("main", "top/main.zig", found) == (
        'const zigbind = @import("zigbind");\npub const panic = zigbind.root.panic;\ncomptime {\n    _ = @import("top/main.zig");\n}\n'
    )
    assert "exportModule" in zigsource.root_text("other", "top/main.zig", found)


def test_what_the_files_use(summarize):
    plain = summarize(main="pub fn f() void {}")
    assert (plain.variables, plain.panics, plain.call_allocator) == (False, False, False)
    found = summarize(main='const a = @import("a.zig");', a='var x: i64 = 1; fn f() void { @panic("x"); }')
    assert (found.variables, found.panics, found.call_allocator) == (True, True, False)
    assert summarize(main='const zb = @import("zigbind"); const a = zb.allocator;').call_allocator
    assert not summarize(main="const a = other.allocator;").call_allocator


# ---- types

def test_docs_of_fields(summarize):
    found = summarize(
        main=r"""
            //! The file is a type itself.
            pub const Point = struct {
                /// To the "right" \n.
                ///  Far.
                x: f64,
                y: f64,
                /// Odd.
                @"a \"b\"": f64,
            };
            pub const Plain = struct { x: f64 };
            pub const Color = enum(u8) {
                /// Like blood.
                red,
                pub const Shade = union(enum) {
                    /// How dark.
                    dark: u8,
                };
            };
            /// Of the file.
            top: i64,
        """
    )
    text = found.described[0].container
    assert text.endswith('}, .fields = struct {\npub const @"top": [:0]const u8 = "Of the file.";\n} }')
    point = text[text.index('@"Point"') : text.index('@"Plain"')]
    docs = [('@"x"', r'"To the \"right\" \\n.\n Far."'), (r'@"a \"b\""', '"Odd."')]
    assert re.findall(r"pub const (.*?): \[:0\]const u8 = (.*);", point) == docs
    assert ".fields" not in text[text.index('@"Plain"') : text.index('@"Color"')]
    color = text[text.index('@"Color"') :]
    assert color.index('@"dark": [:0]const u8 = "How dark."') < color.index('@"red": [:0]const u8 = "Like blood."')


def test_docs_of_fields_from_text_to_zig(tmp_path):
    """The runtime finds what the text says."""
    write(
        tmp_path,
        main=r"""
            const container = @import("root").zigbind_options.files[0].container;
            fn docs(comptime T: []const u8, comptime fields: []const [:0]const u8) []const [:0]const u8 {
                comptime var list: []const [:0]const u8 = &.{};
                inline for (fields) |field| list = list ++ .{container.find(T).?.container.?.fieldDoc(field)};
                return list;
            }
            const Point = struct {
                /// To the "right" \n größe {d} %s.
                x: f64,
                y: f64,
                /// Odd.
                @"a \"b\" \\": f64,
                /// Like a type.
                u8: f64,
            };
            pub const P = Point;
            pub const found: []const [:0]const u8 = docs("P", &.{ "x", "y", "a \"b\" \\", "u8", "nothing" });
        """,
    )
    module = zigbind.load(tmp_path / "main.zig", optimize="Debug")
    assert list(module.found) == [r'To the "right" \n größe {d} %s.', "", "Odd.", "Like a type.", ""]


GENERIC = """
    /// A stack.
    pub fn Stack(comptime T: type) type {
        return struct {
            /// Its items.
            items: []const T = &.{},
            /// Put on top.
            pub fn push(self: *@This(), item: T) void { _ = .{ self, item }; }
        };
    }
    fn Hidden(comptime T: type) type { return union(enum) { one: T, pub fn get(this: @This()) void { _ = this; } }; }
    pub const Shown = Hidden(i64);
    pub const of = struct { pub const Deep = Stack; };
    pub fn Either(comptime T: type) type { if (T == u8) return struct { a: T }; return struct { b: T }; }
    pub fn number() i64 { return 1; }
"""


def test_generic_types(summarize):
    found = summarize(
        generic=GENERIC,
        main="""
            const std = @import("std");
            const generic = @import("generic.zig");
            const Stack = generic.Stack;
            /// Of integers.
            pub const Ints = generic.Stack(i64);
            pub const Floats = Stack(f64);
            pub const Direct = @import("generic.zig").Stack(u8);
            pub const Deep = generic.of.Deep(u8);
            pub const Again = Ints;
            pub const put = Ints.push;
            pub const Shown = generic.Shown;
            pub const List = std.array_list.Aligned(i64, null);
            pub const Either = generic.Either(u8);
            pub const Missing = generic.nothing(u8);
            pub const number = generic.number();
            pub const circular = circular(1);
        """,
    )
    for name in ("Ints", "Floats", "Direct", "Deep", "Again"):
        assert '.container = .{ .doc = "A stack."' in declaration(found, name), name
        assert '.doc = "Put on top.", .parameters = &.{ "self", "item" }' in declaration(found, name, "push")
    assert '.location = "main.zig:6", .doc = "Of integers."' in declaration(found, "Ints")
    assert '@"items": [:0]const u8 = "Its items."' in found.described[0].container
    assert '.parameters = &.{ "self", "item" }' in declaration(found, "put")
    assert '.parameters = &.{ "this" }' in declaration(found, "Shown", "get")
    assert '.package = "std"' in declaration(found, "List")
    for name in ("Either", "Missing", "number", "circular"):
        assert ".container" not in declaration(found, name) and ".parameters" not in declaration(found, name), name


def test_files_that_define_types(summarize):
    found = summarize(
        main="""
            pub const namespace = @import("namespace.zig");
            const fields_file = @import("sub/fields.zig");
            const struct__file = @import("struct.zig");
            const enum__file = @import("enum.zig");
            const nested_file = @import("nested.zig");
            const alias_file = @import("alias.zig");
            const generic_file = @import("generic.zig");
            const hidden_file = @import("hidden.zig");
            const empty_file = @import("empty.zig");
            const other_alias_file = @import("other_alias.zig");
            const error__file = @import("error.zig");
            const nowhere_file = @import("nowhere.zig");
            const loop_file = @import("loop.zig");
        """,
        namespace="pub const Inner = struct { pub fn f() void {} }; pub fn f() void {}",
        sub__fields='x: i64,\nconst indirect = @import("../indirect.zig");',
        indirect="pub const T = union(enum) { a, b };",
        struct="pub const T = struct { x: i64 };",
        enum="pub const T = enum { a };",
        nested="pub const a = struct { pub const b = struct { pub const T = struct { x: i64 }; }; };",
        alias="const T = struct { x: i64 }; pub const U = T;",
        generic=GENERIC,
        hidden="const T = struct { x: i64 }; const N = struct { pub const U = struct { x: i64 }; }; fn F() type { return struct { x: i64 }; }",
        empty='const lazy = if (true) @import("lazy.zig") else void; test { _ = @import("lazy.zig"); }',
        lazy="pub const T = struct { x: i64 };",
        other_alias='pub const T = @import("struct.zig").T; pub const S = @import("struct.zig");',
        error="pub const E = error{ A, B };",
        loop="pub const a = struct { pub const b = c; }; pub const c = struct { pub const d = a; pub const e = loop; }; const loop = @This();",
    )
    expected = ["main.zig", "alias.zig", "enum.zig", "error.zig", "generic.zig", "indirect.zig", "nested.zig", "struct.zig", "sub/fields.zig"]
    assert [one.path for one in found.described] == expected
    text = zigsource.root_text("main", "top/deep/main.zig", found)
    assert re.findall(r'\.Root = @import\("(.*)"\)', text) == [f"top/deep/{path}" for path in expected]
    assert re.findall(r'\.digest = "(\w*)", \.module = "(\w*)" }', text) == [(one.digest, Path(one.path).stem) for one in found.described]
    assert all(re.fullmatch("[0-9a-f]{32}", one.digest) for one in found.described)


def test_files_in_other_directories(summarize, tmp_path, read, std_directory):
    summarize(
        main="",
        sub__main='const a = @import("../a.zig"); const b = @import("../../b.zig"); const c = @import("c.zig");',
        a="x: i64",
        sub__c="x: i64",
    )
    (tmp_path.parent / "b.zig").write_text("x: i64")
    found = zigsource.summarize(str(tmp_path / "sub" / "main.zig"), parse=read, std_directory=std_directory)
    text = zigsource.root_text("main", "top/sub/main.zig", found)
    # What is outside of the project, the compiler refuses by itself.
    assert re.findall(r'\.Root = @import\("(.*?)"\)', text) == ["top/sub/main.zig", "top/a.zig", "top/sub/c.zig"]


def test_root_files_without_a_description(summarize):
    head = 'const zigbind = @import("zigbind");\npub const panic = zigbind.root.panic;\npub const zigbind_options: zigbind.root.Options = .{ .name = "main", '
    tail = '.files = &.{\n.{ .Root = @import("top/main.zig"), .module = "main" },\n} };\ncomptime {\n    zigbind.root.exportModule(zigbind_options);\n}\n'
    assert zigsource.root_text("main", "top/main.zig", None) == f"{head}.uses = .{{ .variables = false, .gil = false }}, {tail}"
    assert zigsource.root_text("main", "top/main.zig", summarize(main="pub fn (")) == head + tail


PROJECT = {
    "main": 'const a = @import("a.zig");',
    "a": 'const b = @import("sub/b.zig"); pub const main = @import("main.zig"); x: i64',
    "sub__b": 'const a = @import("../a.zig"); const c = @import("c.zig"); const data = @embedFile("data.txt"); x: i64',
    "sub__c": "const hidden = 1;",
    "unrelated": "pub const x = 1;",
    "d": "x: i64",
}


def test_digests(read, std_directory, tmp_path):
    def digests(directory, **changes):
        write(directory, **{**PROJECT, **changes})
        found = zigsource.summarize(str(directory / "main.zig"), parse=read, std_directory=std_directory)
        return {one.path: one.digest for one in found.described}, found

    one = tmp_path / "one"
    one.mkdir()
    first, found = digests(one)
    assert first.keys() == {"main.zig", "a.zig", "sub/b.zig"} and len(set(first.values())) == 3
    assert found.absent == (str(one / "sub" / "data.txt"),)

    def changed(**changes):
        after, _found = digests(one, **changes)
        return {name for name in after if after[name] != first.get(name)}

    everything = set(first)
    assert changed() == set()
    # They import each other: what is in one of them is in all.
    assert changed(sub__c="const hidden = 2;") == changed(main=PROJECT["main"] + "//") == everything
    assert changed(unrelated="pub const x = 2;", d="x: i32") == set()
    # What imports a file is no business of it.
    assert changed(main=PROJECT["main"] + 'const d = @import("d.zig");') == {*everything, "d.zig"}
    alone = digests(one, main='const d = @import("d.zig");')[0]
    assert digests(one, main='const d = @import("d.zig"); // more')[0]["d.zig"] == alone["d.zig"]
    two = tmp_path / "two" / "deeper"
    two.mkdir(parents=True)
    assert digests(two)[0] == first
    # Names count, not only contents.
    write(two, first="x: i64", second="x: i64")
    assert len(set(digests(two, main='const a = @import("first.zig"); const b = @import("second.zig");')[0].values())) == 3


def test_embedded_files_are_part_of_the_digest(read, std_directory, tmp_path):
    def summary():
        return zigsource.summarize(str(tmp_path / "main.zig"), parse=read, std_directory=std_directory)

    for importing in ('const x = @embedFile("data.zig")', 'const x = @import("data.zon")'):
        name = "data.zig" if "embed" in importing else "data.zon"
        write(tmp_path, main=importing + ';const y = @embedFile("."); x: i64')
        data = tmp_path / name
        assert str(data) in summary().absent
        seen = {summary().described[0].digest}
        for content in (b"pub fn (\0\xff", b".{ .a = 1 }"):
            data.write_bytes(content)
            found = summary()
            assert found.files[str(data)] == content
            seen.add(found.described[0].digest)
        assert len(seen) == 3
    # Embedded here and imported there, it is still read as Zig.
    write(tmp_path, main='const x = @embedFile("data.zig"); const y = @import("y.zig");', y='const z = @import("data.zig");', data="x: i64")
    assert [one.path for one in summary().described] == ["main.zig", "data.zig"]


def test_parameter_names():
    def python_names(*names):
        return re.findall(r'"(\w*)"', zigsource._parameters(list(names)))

    assert python_names("a", "b") == ["a", "b"]
    assert python_names("_", "_") == ["arg0", "arg1"]
    assert python_names("class", "lambda", "None") == ["class_", "lambda_", "None_"]
    assert python_names("a b", "1", "größe", "") == ["arg0", "arg1", "arg2", "arg3"]
    assert python_names() == []


@given(st.lists(st.one_of(st.sampled_from(["_", "arg0", "arg1", "arg2", "arg1_", "class", "class_", "a b", "größe", "x"]), st.text(max_size=3)), max_size=8))
def test_parameter_names_are_always_usable(names):
    text = zigsource._parameters(names)
    found = re.findall(r'"(\w+)"', text)
    assert len(found) == len(names) == len(set(found))
    assert all(name.isidentifier() and name.isascii() and not keyword.iskeyword(name) for name in found)
    for name, python in zip(names, found, strict=True):
        if name.isidentifier() and name.isascii() and name != "_" and not keyword.iskeyword(name) and names.count(name) == 1:
            assert python == name or python.startswith("arg") or name.endswith("_")


# ---- random modules, from text to Python

LETTERS = "abcdefghijklmnopqrstuvwxyz"
names = st.one_of(
    st.text(LETTERS + "_", min_size=3, max_size=12).filter(lambda name: name.strip("_")),
    st.sampled_from(["größe", "a b", 'quo"te', "back\\slash", "日本", "new\nline", "per%cent", "brace{}", "class", "lambda", "None", "self"]),
)
parameter_names = st.lists(names, max_size=4, unique=True)
doc_lines = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn", "Zl", "Zp"), exclude_characters="\x7f\x85\ufeff"), max_size=40)
docs = st.lists(doc_lines, max_size=4)
functions = st.lists(st.tuples(names, parameter_names, docs), min_size=8, max_size=25, unique_by=lambda one: one[0])


def as_zig(name):
    return '@"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def as_doc(lines):
    """What `inspect.getdoc` must give: trailing space is dropped, as is one space at the start."""
    return "\n".join(line.rstrip(" \t\r") for line in lines)


@given(module_doc=docs, functions=functions)
# Each example is compiled: there is no time to make a failing one smaller.
@settings(max_examples=6, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_random_modules(tmp_path, module_doc, functions):
    text = [f"//! {line}" for line in module_doc]
    for position, (name, parameters, doc) in enumerate(functions):
        text += [f"/// {line}" for line in doc]
        # the parameters have names of their own, so that none of them hides a function
        own = [as_zig(f"{parameter}.{position}") if not re.fullmatch("[a-z_]+", parameter) else as_zig(parameter) for parameter in parameters]
        taken = {other for other, _parameters, _doc in functions}
        own = [as_zig(f"p{index}_{position}") if parameter in taken else one for index, (parameter, one) in enumerate(zip(parameters, own, strict=True))]
        arguments = ", ".join(f"{one}: i64" for one in own)
        text.append(f"pub fn {as_zig('F' + name)}({arguments}) i64 {{ return {' + '.join([*own, '0'])}; }}")
    path = tmp_path / "random_module.zig"
    path.write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")
    module = zigbind.load(path, optimize="Debug")
    assert (module.__doc__ or "") == as_doc(module_doc)
    for name, parameters, doc in functions:
        function = getattr(module, "F" + name)
        assert function.__name__ == "F" + name
        assert (function.__doc__ or "") == as_doc(doc)
        signature = inspect.signature(function)
        assert len(signature.parameters) == len(parameters)
        for index, (found, parameter) in enumerate(zip(signature.parameters, parameters, strict=True)):
            assert found in (parameter, f"{parameter}_", f"arg{index}") or found.startswith(f"p{index}_")
        assert function(**{found: 1 for found in signature.parameters}) == len(parameters)

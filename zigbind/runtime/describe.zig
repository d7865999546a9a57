//! Declarations -> text inside the library that says what it exports: read without importing it.
//!
//! One line a declaration: indentation for the depth, then `def NAME(PARAMETERS) -> RESULT`, `const NAME: TYPE`, `module NAME`,
//! `class NAME(BASE)`, perhaps with ` as OTHER` where it has another name than its declaration, ` final`, and ` alike` where
//! instances have the layout of the base, `card NAME NUMBER` of a class that has a part of its own (see `part.zig`), `new(PARAMETERS)`, `field NAME: TYPE` or `field NAME: TYPE readonly`, `enum NAME(KIND)`, `member NAME = VALUE`, `exception NAME`,
//! `error NAME(BASE)`, `alias NAME = TYPE` or `skip NAME: REASON`, and at the end `type PLACE TYPE`. Types of the module have the names of what they stand in before
//! their own, with dots.

const std = @import("std");
const card = @import("card.zig");
const class_converter = @import("convert/class.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const literal = @import("literal.zig");
const options_zig = @import("options.zig");
const registry = @import("registry.zig");
const slots = @import("slots.zig");

const bytes = literal.bytes;
const tuple = literal.tuple;

/// What the text starts with; a zero byte ends it. In two parts: nothing else in the library has it in one piece.
const magic = .{ "zigbind ", "description 2\n" };

/// `types` are those of `registry.entries` that the module makes itself.
pub fn Description(comptime Root: type, comptime types: []const type) type {
    return Text(.{ bytes(magic[0]), bytes(magic[1]), describe(Root, types, "", "").text, Places(types).text, bytes("\x00") });
}

/// Which classes the parts of the description mean: where some have cards, those of the others.
fn Places(comptime types: []const type) type {
    comptime {
        @setEvalBranchQuota(10_000_000);
        var lines: []const type = &.{};
        const has_cards = for (types) |K| {
            if (K == void) break true;
        } else false;
        if (has_cards) for (registry.entries) |entry| if (entry.kind == .class and (entry.module != null or types[entry.nth] != void)) {
            lines = lines ++ .{Text(bytes("type " ++ literal.decimal(entry.first) ++ " " ++ class_converter.annotationOf(entry.T) ++ "\n"))};
        };
        return Lines(lines);
    }
}

/// A part of the text: a tuple of arrays of bytes and other parts, which lie in memory one behind the other. Putting strings together
/// would cost the compiler many times as much.
fn Text(comptime content: anytype) type {
    return struct {
        pub const text = tuple(content);
    };
}

fn Lines(comptime list: []const type) type {
    return struct {
        const types = blk: {
            @setEvalBranchQuota(10_000_000);
            var result: [list.len]type = undefined;
            for (&result, list) |*T, One| T.* = @TypeOf(One.text);
            const fixed = result;
            break :blk &fixed;
        };
        pub const text = blk: {
            @setEvalBranchQuota(10_000_000);
            var all: compat.Tuple(types) = undefined;
            for (list, 0..) |One, index| all[index] = One.text;
            break :blk all;
        };
    };
}

fn describe(comptime M: type, comptime types: []const type, comptime indent: []const u8, comptime path: []const u8) type {
    comptime {
        @setEvalBranchQuota(10_000_000);
        var lines: [M.list.len + M.unseen.len]type = undefined;
        for (M.list, lines[0..M.list.len]) |member, *line| line.* = switch (member.what) {
            .function, .slot => |F| functionLines(F, member.name, indent),
            .constant => |T| Text(bytes(indent ++ "const " ++ member.name ++ ": " ++ convert.constantAnnotation(T) ++ "\n")),
            .namespace => |Sub| Text(.{ bytes(indent ++ "module " ++ member.name ++ "\n"), describe(Sub, types, indent ++ " ", path ++ member.name ++ ".").text }),
            .entry => |entry| describeEntry(entry, member.name, types, indent, path),
            .skipped => |reason| Text(bytes(indent ++ "skip " ++ reason ++ "\n")),
            .hidden => Text(.{}),
        };
        for (M.unseen, lines[M.list.len..]) |row, *line| line.* = Text(bytes(indent ++ "skip " ++ row.reason ++ "\n"));
        const fixed = lines;
        return Lines(&fixed);
    }
}

fn functionLines(comptime F: type, comptime name: []const u8, comptime indent: []const u8) type {
    comptime {
        const head = tuple(.{ bytes(indent), bytes(if (F.scope == .class) "def @" else "def "), bytes(name) });
        if (@hasDecl(F, "described")) return Text(.{ head, F.described, bytes("\n") });
        var lines: [F.signatures.len]type = undefined;
        for (&lines, F.signatures) |*line, signature| line.* = Text(.{ head, bytes(signature), bytes("\n") });
        const fixed = lines;
        return Lines(&fixed);
    }
}

fn describeEntry(comptime entry: registry.Entry, comptime name: [:0]const u8, comptime types: []const type, comptime indent: []const u8, comptime path: []const u8) type {
    comptime {
        // In full only where it stands: classes may name one another.
        const own_name = if (entry.kind == .errors) null else options_zig.of(entry.T).name;
        const is_elsewhere = own_name == null and entry.name.ptr != name.ptr and !std.mem.eql(u8, entry.name, name) or (entry.path.len > 0 or path.len > 0) and !std.mem.eql(u8, entry.path, path);
        if (entry.module != null or is_elsewhere) return Text(bytes(indent ++ "alias " ++ name ++ " = " ++ class_converter.annotationOf(entry.T) ++ "\n"));
        const K = types[entry.nth];
        if (K == void) return if (indent.len == 0) Text(bytes(card.lineOf(entry, name))) else Text(.{ bytes(indent), bytes(card.lineOf(entry, name)) });
        const inner = indent ++ " ";
        const also = if (own_name != null) " as " ++ own_name.? else "";
        var lines: []const type = &.{};
        switch (entry.kind) {
            .class => {
                const base = if (registry.baseOf(entry.T)) |Base| "(" ++ class_converter.annotationOf(Base) ++ ")" else "";
                lines = lines ++ .{Text(.{ bytes(indent), bytes("class "), bytes(name), bytes(base), bytes(also), bytes(if (K.Methods.options.final) " final" else ""), bytes(if (K.is_alike) " alike" else ""), bytes("\n") })};
                if (@hasDecl(K.Constructor, "line")) {
                    lines = lines ++ .{Text(.{ bytes(inner), bytes("new"), K.Constructor.line, bytes("\n") })};
                } else for (K.Constructor.signatures) |typed| lines = lines ++ .{Text(.{ bytes(inner), bytes("new"), bytes(typed), bytes("\n") })};
                for (K.properties) |row| lines = lines ++ .{fieldLine(inner, row.name, row.annotation, row.writable)};
                if (K.simple) |R| {
                    for (R.rows) |row| lines = lines ++ .{fieldLine(inner, row.name, row.kind.type.result_annotation, true)};
                } else for (K.fields) |field| if (K.Methods.find(field.zig_name) == null) {
                    lines = lines ++ .{fieldLine(inner, field.name, if (field.readable) convert.attributeAnnotation(field.T) else "Never", field.readable and field.writable)};
                };
                if (K.pickles) lines = lines ++ .{Text(.{ bytes(inner), bytes("def __replace__(self, /, **changes: object) -> Self\n") })};
            },
            .tagged_union => {
                lines = lines ++ .{Text(bytes(indent ++ "class " ++ name ++ also ++ "\n"))};
                for (K.described) |variant| {
                    lines = lines ++ .{Text(bytes(inner ++ "class " ++ variant.name ++ "(" ++ entry.qualname() ++ ")\n"))};
                    if (variant.new) |typed| lines = lines ++ .{Text(bytes(inner ++ " new" ++ typed ++ "\n"))};
                    for (variant.fields) |field| lines = lines ++ .{Text(bytes(inner ++ " field " ++ field ++ "\n"))};
                }
            },
            .enumeration, .flags => {
                lines = lines ++ .{Text(bytes(indent ++ "enum " ++ name ++ "(" ++ K.kind ++ ")" ++ also ++ "\n"))};
                for (K.members, K.values) |member, value| lines = lines ++ .{Text(bytes(inner ++ "member " ++ member ++ " = " ++ literal.decimal(value) ++ "\n"))};
            },
            .errors => {
                lines = lines ++ .{Text(bytes(indent ++ "exception " ++ name ++ "\n"))};
                for (@typeInfo(entry.T).error_set.?) |err| lines = lines ++ .{Text(bytes(inner ++ "error " ++ err.name ++ (if (errors.builtinName(err.name)) |base| "(" ++ base ++ ")" else "") ++ "\n"))};
                return Lines(lines);
            },
        }
        if (entry.kind == .class or entry.kind == .tagged_union) for (slots.idiomatic(entry.T, K.Methods)) |row| {
            lines = lines ++ .{functionLines(row.F, row.name, inner ++ "")};
        };
        return Lines(lines ++ .{describe(K.Methods, types, inner, path ++ entry.name ++ ".")});
    }
}

fn fieldLine(comptime indent: []const u8, comptime name: []const u8, comptime annotation: []const u8, comptime writable: bool) type {
    return Text(.{ bytes(indent), bytes("field "), bytes(name), bytes(": "), bytes(annotation), bytes(if (writable) "\n" else " readonly\n") });
}

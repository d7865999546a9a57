//! Declarations -> text inside the library that says what it exports: read without importing it.
//!
//! One line a declaration: indentation for the depth, then `def NAME(PARAMETERS) -> RESULT`, `const NAME: TYPE`, `module NAME`,
//! `class NAME(BASE)`, perhaps with ` as OTHER` where it has another name than its declaration, ` final`, and ` alike` where
//! instances have the layout of the base, `new(PARAMETERS)`, `field NAME: TYPE` or `field NAME: TYPE readonly`, `enum NAME(KIND)`, `member NAME = VALUE`, `exception NAME`,
//! `error NAME(BASE)`, `alias NAME = TYPE` or `skip NAME: REASON`. Types of the module have the names of what they stand in before
//! their own, with dots.

const std = @import("std");
const class_converter = @import("convert/class.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const literal = @import("literal.zig");
const options_zig = @import("options.zig");
const registry = @import("registry.zig");
const slots = @import("slots.zig");

/// What the text starts with; a zero byte ends it.
pub const magic = "zigbind description 2\n";

/// `types` are those of `registry.entries` that the module makes itself.
pub fn Description(comptime Root: type, comptime types: []const type) type {
    return struct {
        pub const text: [:0]const u8 = literal.join(&.{ magic, describe(Root, types, "", "") }, "");
    };
}

/// Each line is put together for itself: the whole is joined once.
fn describe(comptime M: type, comptime types: []const type, comptime indent: []const u8, comptime path: []const u8) []const u8 {
    comptime {
        @setEvalBranchQuota(10_000_000);
        var lines: []const []const u8 = &.{};
        for (M.list) |member| switch (member.what) {
            .function, .slot => |F| {
                const prefix = indent ++ "def " ++ (if (F.scope == .class) "@" else "") ++ member.name;
                for (F.signatures) |signature| lines = lines ++ .{prefix ++ signature ++ "\n"};
            },
            .constant => |T| lines = lines ++ .{indent ++ "const " ++ member.name ++ ": " ++ convert.constantAnnotation(T) ++ "\n"},
            .namespace => |Sub| lines = lines ++ .{ indent ++ "module " ++ member.name ++ "\n", describe(Sub, types, indent ++ " ", path ++ member.name ++ ".") },
            .entry => |entry| lines = lines ++ .{describeEntry(entry, member.name, types, indent, path)},
            .skipped => |reason| lines = lines ++ .{indent ++ "skip " ++ reason ++ "\n"},
            .hidden => {},
        };
        for (M.unseen) |row| lines = lines ++ .{indent ++ "skip " ++ row.reason ++ "\n"};
        return literal.join(lines, "");
    }
}

fn describeEntry(comptime entry: registry.Entry, comptime name: [:0]const u8, comptime types: []const type, comptime indent: []const u8, comptime path: []const u8) []const u8 {
    comptime {
        // In full only where it stands: classes may name one another.
        const own_name = if (entry.kind == .errors) null else options_zig.of(entry.T).name;
        const is_elsewhere = own_name == null and !std.mem.eql(u8, entry.name, name) or !std.mem.eql(u8, entry.path, path);
        if (entry.module != null or is_elsewhere) return indent ++ "alias " ++ name ++ " = " ++ class_converter.annotationOf(entry.T) ++ "\n";
        const K = for (types) |one| {
            if (one.place == entry.first) break one;
        } else unreachable;
        const inner = indent ++ " ";
        const also = if (own_name != null) " as " ++ own_name.? else "";
        var lines: []const []const u8 = &.{};
        switch (entry.kind) {
            .class => {
                const base = if (registry.baseOf(entry.T)) |Base| "(" ++ class_converter.annotationOf(Base) ++ ")" else "";
                lines = lines ++ .{indent ++ "class " ++ name ++ base ++ also ++ (if (K.Methods.options.final) " final" else "") ++ (if (K.is_alike) " alike" else "") ++ "\n"};
                for (K.constructor_signatures) |typed| lines = lines ++ .{inner ++ "new" ++ typed ++ "\n"};
                for (K.properties) |row| lines = lines ++ .{inner ++ "field " ++ row.name ++ ": " ++ row.annotation ++ (if (row.writable) "" else " readonly") ++ "\n"};
                for (K.fields) |field| if (K.Methods.find(field.zig_name) == null) {
                    const T = if (field.readable) convert.attributeAnnotation(field.T) else "Never";
                    lines = lines ++ .{inner ++ "field " ++ field.name ++ ": " ++ T ++ (if (field.readable and field.writable) "" else " readonly") ++ "\n"};
                };
                if (K.pickles) lines = lines ++ .{inner ++ "def __replace__(self, /, **changes: object) -> Self\n"};
            },
            .tagged_union => {
                lines = lines ++ .{indent ++ "class " ++ name ++ also ++ "\n"};
                for (K.described) |variant| {
                    lines = lines ++ .{inner ++ "class " ++ variant.name ++ "(" ++ entry.qualname() ++ ")\n"};
                    if (variant.new) |typed| lines = lines ++ .{inner ++ " new" ++ typed ++ "\n"};
                    for (variant.fields) |field| lines = lines ++ .{inner ++ " field " ++ field ++ "\n"};
                }
            },
            .enumeration, .flags => {
                lines = lines ++ .{indent ++ "enum " ++ name ++ "(" ++ K.kind ++ ")" ++ also ++ "\n"};
                for (K.members, K.values) |member, value| lines = lines ++ .{inner ++ "member " ++ member ++ " = " ++ literal.decimal(value) ++ "\n"};
            },
            .errors => {
                lines = lines ++ .{indent ++ "exception " ++ name ++ "\n"};
                for (@typeInfo(entry.T).error_set.?) |err| lines = lines ++ .{inner ++ "error " ++ err.name ++ (if (errors.builtinName(err.name)) |base| "(" ++ base ++ ")" else "") ++ "\n"};
                return literal.join(lines, "");
            },
        }
        if (entry.kind == .class or entry.kind == .tagged_union) for (slots.idiomatic(entry.T, K.Methods)) |row| {
            for (row.F.signatures) |signature| lines = lines ++ .{inner ++ "def " ++ row.name ++ signature ++ "\n"};
        };
        return literal.join(lines ++ .{describe(K.Methods, types, inner, path ++ entry.name ++ ".")}, "");
    }
}

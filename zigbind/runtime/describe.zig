//! Declarations -> text inside the library that says what it exports: read without importing it.
//!
//! One line a declaration: indentation for the depth, then `def NAME(PARAMETERS) -> RESULT`, `const NAME: TYPE`, `module NAME`,
//! `class NAME(BASE)`, `new(PARAMETERS)`, `field NAME: TYPE` or `field NAME: TYPE readonly`, `enum NAME(KIND)`, `member NAME`,
//! `exception NAME`, `error NAME`, `alias NAME = TYPE` or `skip NAME: REASON`.

const std = @import("std");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const literal = @import("literal.zig");
const registry = @import("registry.zig");

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
        if (entry.module != null or !std.mem.eql(u8, entry.name, name) or !std.mem.eql(u8, entry.path, path)) return indent ++ "alias " ++ name ++ " = " ++ entry.qualname() ++ "\n";
        const K = for (types) |one| {
            if (one.place == entry.first) break one;
        } else unreachable;
        const inner = indent ++ " ";
        var lines: []const []const u8 = &.{};
        switch (entry.kind) {
            .class => {
                lines = lines ++ .{indent ++ "class " ++ name ++ (if (registry.baseOf(entry.T)) |Base| "(" ++ registry.find(Base).?.qualname() ++ ")" else "") ++ "\n"};
                for (K.constructor_signatures) |typed| lines = lines ++ .{inner ++ "new" ++ typed ++ "\n"};
                for (K.properties) |row| lines = lines ++ .{inner ++ "field " ++ row.name ++ ": " ++ row.annotation ++ (if (row.writable) "" else " readonly") ++ "\n"};
                for (K.fields) |field| if (field.readable) {
                    lines = lines ++ .{inner ++ "field " ++ field.name ++ ": " ++ convert.attributeAnnotation(field.T) ++ (if (field.writable) "" else " readonly") ++ "\n"};
                };
            },
            .tagged_union => {
                lines = lines ++ .{indent ++ "class " ++ name ++ "\n"};
                for (K.described) |variant| lines = lines ++ .{inner ++ "class " ++ variant[0] ++ "(" ++ entry.qualname() ++ ")\n" ++ inner ++ " new" ++ variant[1] ++ "\n"};
            },
            .enumeration, .flags => {
                lines = lines ++ .{indent ++ "enum " ++ name ++ "(" ++ K.kind ++ ")\n"};
                for (if (entry.kind == .flags) registry.flagNames(entry.T) else compat.enumNames(entry.T)) |member| lines = lines ++ .{inner ++ "member " ++ member ++ "\n"};
            },
            .errors => {
                lines = lines ++ .{indent ++ "exception " ++ name ++ "\n"};
                for (@typeInfo(entry.T).error_set.?) |err| lines = lines ++ .{inner ++ "error " ++ err.name ++ "\n"};
                return literal.join(lines, "");
            },
        }
        return literal.join(lines ++ .{describe(K.Methods, types, inner, path ++ name ++ ".")}, "");
    }
}

//! Declarations -> text inside the library that says what it exports: read without importing it.
//!
//! One line a declaration: indentation for the depth, then `def NAME(PARAMETERS) -> RESULT`, `const NAME: TYPE`, `module NAME`,
//! `class NAME(BASE)`, `new(PARAMETERS)`, `field NAME: TYPE` or `field NAME: TYPE readonly`, `enum NAME(KIND)`, `member NAME`,
//! `exception NAME`, `error NAME`, `alias NAME = TYPE` or `skip NAME: REASON`.

const std = @import("std");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const registry = @import("registry.zig");

/// What the text starts with; a zero byte ends it.
pub const magic = "zigbind description 2\n";

/// `types` are those of `registry.entries` that the module makes itself.
pub fn Description(comptime Root: type, comptime types: []const type) type {
    return struct {
        pub const text: [:0]const u8 = magic ++ describe(Root, types, "");
    };
}

fn describe(comptime M: type, comptime types: []const type, comptime indent: []const u8) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(10_000_000);
        var text: [:0]const u8 = "";
        for (M.list) |member| switch (member.what) {
            .function, .slot => |F| {
                const prefix = indent ++ "def " ++ (if (F.scope == .class) "@" else "") ++ member.name;
                var rest: []const u8 = F.typed;
                while (std.mem.indexOfScalar(u8, rest, '\n')) |end| {
                    text = text ++ prefix ++ rest[0..end] ++ "\n";
                    rest = rest[end + 1 ..];
                }
                text = text ++ prefix ++ rest ++ "\n";
            },
            .constant => |T| text = text ++ indent ++ "const " ++ member.name ++ ": " ++ convert.constantAnnotation(T) ++ "\n",
            .namespace => |Sub| text = text ++ indent ++ "module " ++ member.name ++ "\n" ++ describe(Sub, types, indent ++ " "),
            .entry => |entry| text = text ++ describeEntry(entry, member.name, types, indent),
            .skipped => |reason| text = text ++ indent ++ "skip " ++ reason ++ "\n",
            .hidden => {},
        };
        return text;
    }
}

fn describeEntry(comptime entry: registry.Entry, comptime name: [:0]const u8, comptime types: []const type, comptime indent: []const u8) [:0]const u8 {
    comptime {
        if (entry.module != null or !std.mem.eql(u8, entry.name, name)) return indent ++ "alias " ++ name ++ " = " ++ entry.qualname() ++ "\n";
        const K = for (types) |one| {
            if (one.place == entry.first) break one;
        } else unreachable;
        const inner = indent ++ " ";
        switch (entry.kind) {
            .class => {
                var text: [:0]const u8 = indent ++ "class " ++ name ++ (if (registry.baseOf(entry.T)) |Base| "(" ++ registry.find(Base).?.qualname() ++ ")" else "") ++ "\n";
                if (K.constructor_text) |typed| text = text ++ inner ++ "new" ++ typed ++ "\n";
                for (K.fields) |field| if (field.readable) {
                    text = text ++ inner ++ "field " ++ field.name ++ ": " ++ convert.attributeAnnotation(field.T) ++ (if (field.writable) "" else " readonly") ++ "\n";
                };
                return text ++ describe(K.Methods, types, inner);
            },
            .tagged_union => {
                var text: [:0]const u8 = indent ++ "class " ++ name ++ "\n";
                for (K.described) |variant| text = text ++ inner ++ "class " ++ variant[0] ++ "(" ++ entry.qualname() ++ ")\n" ++ inner ++ " new" ++ variant[1] ++ "\n";
                return text ++ describe(K.Methods, types, inner);
            },
            .enumeration, .flags => {
                var text: [:0]const u8 = indent ++ "enum " ++ name ++ "(" ++ K.kind ++ ")\n";
                for (if (entry.kind == .flags) compat.fieldNames(entry.T) else compat.enumNames(entry.T)) |member| text = text ++ inner ++ "member " ++ member ++ "\n";
                return text ++ describe(K.Methods, types, inner);
            },
            .errors => {
                var text: [:0]const u8 = indent ++ "exception " ++ name ++ "\n";
                for (@typeInfo(entry.T).error_set.?) |err| text = text ++ inner ++ "error " ++ err.name ++ "\n";
                return text;
            },
        }
    }
}

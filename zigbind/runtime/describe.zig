//! Declarations -> text inside the library that says what it exports: read without importing it.
//!
//! One line a declaration: indentation for the depth, then `def NAME(PARAMETERS) -> RESULT`, `const NAME: TYPE`,
//! `module NAME` or `skip NAME: REASON`.

const std = @import("std");
const convert = @import("convert.zig");

/// What the text starts with; a zero byte ends it.
pub const magic = "zigbind description 1\n";

pub fn Description(comptime Root: type) type {
    return struct {
        pub const text: [:0]const u8 = magic ++ describe(Root, "");
    };
}

fn describe(comptime Namespace: type, comptime indent: []const u8) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(1_000_000);
        var text: [:0]const u8 = "";
        for (Namespace.members) |member| switch (member.what) {
            .function => |F| {
                var rest: []const u8 = F.typed;
                while (std.mem.indexOfScalar(u8, rest, '\n')) |end| {
                    text = text ++ indent ++ "def " ++ member.name ++ rest[0..end] ++ "\n";
                    rest = rest[end + 1 ..];
                }
                text = text ++ indent ++ "def " ++ member.name ++ rest ++ "\n";
            },
            .constant => |T| text = text ++ indent ++ "const " ++ member.name ++ ": " ++ convert.constantAnnotation(T) ++ "\n",
            .namespace => |Sub| text = text ++ indent ++ "module " ++ member.name ++ "\n" ++ describe(Sub, indent ++ " "),
            .skipped => |reason| text = text ++ indent ++ "skip " ++ reason ++ "\n",
        };
        return text;
    }
}

//! What a type leads to, through fields, items and pointers.

const std = @import("std");
const compat = @import("compat.zig");

/// Whether `First` is, or leads to, a type that is sought. `look` tells what one type leads to by itself; null says that it is one.
pub fn reaches(comptime First: type, comptime look: fn (type) ?[]const type) bool {
    comptime {
        @setEvalBranchQuota(1_000_000);
        // Each type once: between types that point to each other there are far more ways than types.
        var found: []const type = &.{First};
        var position = 0;
        while (position < found.len) : (position += 1) {
            const inner = look(found[position]) orelse return true;
            for (inner) |one| if (std.mem.indexOfScalar(type, found, one) == null) {
                found = found ++ .{one};
            };
        }
        return false;
    }
}

/// The types of the fields of a struct, or of the variants of a union; none of other types.
pub fn fieldsOf(comptime T: type) []const type {
    return switch (@typeInfo(T)) {
        .@"struct" => compat.fieldTypes(T),
        .@"union" => compat.unionTypes(T),
        else => &.{},
    };
}

//! Lists and dicts that `data.py` measures.

const std = @import("std");
const zb = @import("zigbind");

/// The sum of a dict's values.
pub fn dict_sum(table: zb.Dict) !i64 {
    var total: i64 = 0;
    var values = table.values(i64);
    while (try values.next()) |value| total += value;
    return total;
}

/// A list in.
pub fn sum_list(items: []const i64) i64 {
    var total: i64 = 0;
    for (items) |item| total += item;
    return total;
}

/// A list out: 0 to n - 1.
pub fn range_list(gpa: std.mem.Allocator, n: usize) ![]i64 {
    const items = try gpa.alloc(i64, n);
    for (items, 0..) |*item, position| item.* = @intCast(position);
    return items;
}

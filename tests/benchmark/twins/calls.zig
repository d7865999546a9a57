//! The calls that `calls.py` measures: the twin of `calls.c`.

const std = @import("std");

/// Nothing: what a call costs by itself.
pub fn noop() void {}

/// Two ints.
pub fn add(a: i64, b: i64) i64 {
    return a + b;
}

/// Two floats.
pub fn addf(a: f64, b: f64) f64 {
    return a + b;
}

/// Text in, text out.
pub fn greet(gpa: std.mem.Allocator, name: []const u8) ![]u8 {
    return std.mem.concat(gpa, u8, &.{ "Hello, ", name, "!" });
}

/// The number after `x`, or None.
pub fn opt(x: ?i64) ?i64 {
    return if (x) |value| value + 1 else null;
}

/// Called with keywords. The result shows which argument went where.
pub fn keywords(a: i64, b: i64, c: i64) i64 {
    return 100 * a + 10 * b + c;
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

/// An error.
pub fn fail() !void {
    return error.ValueError;
}

//! my-project: what it is for, in one line.

const std = @import("std");

/// Greet somebody.
pub fn greet(gpa: std.mem.Allocator, name: []const u8, options: struct { excited: bool = false }) ![]u8 {
    return std.mem.concat(gpa, u8, &.{ "Hello, ", name, if (options.excited) "!" else "." });
}

/// The mean of numbers that come one after the other.
pub const Mean = struct {
    count: u64 = 0,
    value: f64 = 0,

    /// Take in one more number.
    pub fn add(self: *Mean, number: f64) void {
        self.count += 1;
        self.value += (number - self.value) / @as(f64, @floatFromInt(self.count));
    }
};

test Mean {
    var mean: Mean = .{};
    for ([_]f64{ 1, 2, 6 }) |number| mean.add(number);
    try std.testing.expectEqual(3.0, mean.value);
}

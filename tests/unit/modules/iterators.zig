//! Iterators over Zig state, with items of every type.
const std = @import("std");
const zb = @import("zigbind");

/// Counts down; negative numbers are an error.
pub const Down = struct {
    left: i64,
    pub fn next(self: *Down) !?i64 {
        if (self.left < 0) return error.ValueError;
        if (self.left == 0) return null;
        defer self.left -= 1;
        return self.left;
    }
};
pub const Color = enum { red, green };
pub const Point = struct { x: f64, y: f64 = 0 };
pub const Pairs = struct {
    left: usize,

    pub fn next(self: *Pairs) ?struct { usize, []const u8 } {
        if (self.left == 0) return null;
        self.left -= 1;
        return .{ self.left, "text" };
    }
};
/// Every second item is None.
pub const Gaps = struct {
    left: i64,
    pub fn next(self: *Gaps) ??i64 {
        if (self.left == 0) return null;
        self.left -= 1;
        if (@mod(self.left, 2) == 0) return @as(?i64, null);
        return self.left;
    }
};
pub const FallibleGaps = struct {
    left: i64,
    pub fn __next__(self: *FallibleGaps) !??[]const u8 {
        if (self.left < 0) return error.KeyError;
        if (self.left == 0) return null;
        self.left -= 1;
        return if (@mod(self.left, 2) == 0) @as(?[]const u8, null) else "text";
    }
};
pub const Nothings = struct {
    left: i64,
    pub fn next(self: *Nothings) ?void {
        if (self.left == 0) return null;
        self.left -= 1;
    }
};
pub const Points = struct {
    left: i64,
    pub fn next(self: *Points) ?Point {
        if (self.left == 0) return null;
        self.left -= 1;
        return .{ .x = @floatFromInt(self.left) };
    }
};
pub const Colors = struct {
    left: i64,
    pub fn next(self: *Colors) ?Color {
        if (self.left == 0) return null;
        self.left -= 1;
        return if (@mod(self.left, 2) == 0) .red else .green;
    }
};
pub const Lists = struct {
    left: usize,
    numbers: [8]i64 = @splat(1),
    pub fn next(self: *Lists) ?[]const i64 {
        if (self.left == 0) return null;
        self.left -= 1;
        return self.numbers[0..self.left];
    }
};

// ---- a collection that changes while it is iterated

pub const Bag = struct {
    gpa: std.mem.Allocator,
    items: std.ArrayList(i64) = .empty,

    pub fn init(gpa: std.mem.Allocator) Bag {
        return .{ .gpa = gpa };
    }
    pub fn deinit(self: *Bag) void {
        self.items.deinit(self.gpa);
    }
    pub fn add(self: *Bag, item: i64) !void {
        try self.items.append(self.gpa, item);
    }
    pub fn clear(self: *Bag) void {
        self.items.clearAndFree(self.gpa);
    }
    pub fn iterator(self: *Bag) Iterator {
        return .{ .bag = self };
    }
    pub const Iterator = struct {
        bag: *Bag,
        at: usize = 0,

        pub fn next(self: *Iterator) ?i64 {
            if (self.at >= self.bag.items.items.len) return null;
            defer self.at += 1;
            return self.bag.items.items[self.at];
        }
    };
};

/// What a callable returns, until it raises StopIteration or another exception.
pub const Calls = struct {
    f: zb.Callable(fn (i64) ?i64),
    at: i64 = 0,

    pub fn next(self: *Calls) !?i64 {
        self.at += 1;
        return self.f.call(.{self.at});
    }
};

/// A generator over Zig state: Fibonacci numbers below a limit.
pub fn fibonacci(limit: u64) Fibonacci {
    return .{ .limit = limit };
}
pub const Fibonacci = struct {
    limit: u64,
    a: u64 = 0,
    b: u64 = 1,

    pub fn next(self: *Fibonacci) ?u64 {
        if (self.a >= self.limit) return null;
        defer {
            const sum = self.a + self.b;
            self.a = self.b;
            self.b = sum;
        }
        return self.a;
    }
};
/// Takes arguments: an ordinary method, whose null is None.
pub const Reader = struct {
    left: i64,
    pub fn next(self: *Reader, by: i64) ?i64 {
        if (self.left < by) return null;
        self.left -= by;
        return self.left;
    }
};

//! Tagged unions: a class, and one nested class for each variant.

const std = @import("std");
const zb = @import("zigbind");

pub const Point = struct { x: f64 = 0, y: f64 = 0 };

/// A shape.
pub const Shape = union(enum) {
    /// Round.
    circle: struct { center: Point, radius: f64 = 1 },
    rectangle: struct { top_left: Point, bottom_right: Point },
    label: []const u8,
    number: i64,
    at: Point,
    maybe: ?i64,
    pair: struct { i64, f64 },
    list: []const i64,
    /// Nothing at all.
    empty,

    pub const sides = 4;
    /// How much it covers.
    pub fn area(self: Shape) f64 {
        return switch (self) {
            .circle => |c| std.math.pi * c.radius * c.radius,
            .rectangle => |r| (r.bottom_right.x - r.top_left.x) * (r.bottom_right.y - r.top_left.y),
            else => 0,
        };
    }
    pub fn become(self: *Shape, text: []const u8) void {
        self.* = .{ .label = text };
    }
    pub fn grow(self: *Shape, by: f64) !void {
        switch (self.*) {
            .circle => |*c| c.radius += by,
            else => return error.TypeError,
        }
    }
    pub fn kind(self: *const Shape) []const u8 {
        return @tagName(self.*);
    }
    pub fn unit() Shape {
        return .{ .circle = .{ .center = .{} } };
    }
    pub fn itself(self: Shape) Shape {
        return self;
    }
};
pub fn double(shape: Shape) Shape {
    return switch (shape) {
        .circle => |c| .{ .circle = .{ .center = c.center, .radius = 2 * c.radius } },
        else => shape,
    };
}
pub fn count(shapes: []const Shape) usize {
    return shapes.len;
}
pub fn make(text: []const u8) ?Shape {
    if (text.len == 0) return null;
    return .{ .label = text };
}

/// With operators of its own.
pub const Value = union(enum) {
    int: i64,
    text: []const u8,
    none,

    pub fn eql(a: Value, b: Value) bool {
        if (std.meta.activeTag(a) != std.meta.activeTag(b)) return false;
        return switch (a) {
            .int => |n| n == b.int,
            .text => |t| std.mem.eql(u8, t, b.text),
            .none => true,
        };
    }
    pub fn hash(self: Value) u64 {
        return switch (self) {
            .int => |n| @bitCast(n),
            .text => |t| t.len,
            .none => 0,
        };
    }
    pub fn format(self: Value, writer: *std.Io.Writer) !void {
        switch (self) {
            .int => |n| try writer.print("int {d}", .{n}),
            .text => |t| try writer.print("text {s}", .{t}),
            .none => try writer.writeAll("none"),
        }
    }
    pub fn __add__(self: Value, other: i64) Value {
        return switch (self) {
            .int => |n| .{ .int = n + other },
            else => self,
        };
    }
    pub fn __bool__(self: Value) bool {
        return self != .none;
    }
};

/// Of Python objects.
pub const Boxed = union(enum) {
    object: zb.Object,
    both: struct { first: zb.Object, second: ?zb.Object = null, name: []const u8 = "" },
    number: i64,
    pub fn put(self: *Boxed, object: zb.Object) void {
        self.* = .{ .object = object };
    }
    pub fn drop(self: *Boxed) void {
        self.* = .{ .number = 0 };
    }
};

pub const Kind = enum { first, second };
pub const Tagged = union(Kind) { first: i64, second: f64 };
pub fn kindOf(tagged: Tagged) Kind {
    return tagged;
}

/// One that owns something.
pub const Owner = union(enum) {
    memory: struct { length: usize },
    nothing,
    var ended: i64 = 0;
    pub fn deinit(_: *Owner) void {
        ended += 1;
    }
    pub fn endedSoFar() i64 {
        return ended;
    }
};

/// A field of a struct.
pub const Drawing = struct {
    shape: Shape,
    name: []const u8 = "drawing",
    pub fn setLabel(self: *Drawing, text: []const u8) void {
        self.shape = .{ .label = text };
    }
};

pub const Expression = union(enum) {
    number: f64,
    negated: *const Expression,
};
pub const Bare = union { a: i64, b: f64 };
pub fn bare(value: Bare) void {
    _ = value;
}
const Hidden = union(enum) { a: i64, b: []const u8 };
pub fn hidden(value: Hidden) Hidden {
    return value;
}

//! Values of the kinds that the other modules leave out: what comes in goes out.
const std = @import("std");
const zb = @import("zigbind");

pub const Color = enum { red, green, blue };
pub const Level = enum(u8) { low = 1, middle = 7, high = 200 };
pub const Access = packed struct(u8) { read: bool = false, write: bool = false, run: bool = false, _: u5 = 0 };
pub const Point = struct { x: f64, y: f64 = 0, name: []const u8 = "" };
pub const Shape = union(enum) {
    circle: f64,
    square: struct { side: f64, at: Point = .{ .x = 0 } },
    text: []const u8,
    none,
};
const Row = struct { x: i64, y: ?f64 = null, label: []const u8, parts: []const i64 = &.{} };
const Choice = union(enum) { number: i64, text: []const u8, list: []const i64 };
const Side = enum { left, right, top };

pub fn color(x: Color) Color {
    return x;
}
pub fn level(x: Level) Level {
    return x;
}
pub fn access(x: Access) Access {
    return x;
}
pub fn point(x: Point) Point {
    return x;
}
pub fn points(x: []const Point) []const Point {
    return x;
}
pub fn shape(x: Shape) Shape {
    return x;
}
pub fn row(x: Row) Row {
    return x;
}
pub fn rows(x: []const ?Row) []const ?Row {
    return x;
}
pub fn choice(x: Choice) Choice {
    return x;
}
pub fn side(x: Side) Side {
    return x;
}
pub fn sides(x: struct { Side, ?Color }) struct { Side, ?Color } {
    return x;
}

const Pair = struct { i64, []const u8 };
/// What `f` makes of it.
pub fn called(f: zb.Callable(fn (i64, []const u8, ?f64) Pair), a: i64, b: []const u8, c: ?f64) !Pair {
    return f.call(.{ a, b, c });
}
fn plus(sum: *const i64, more: i64) !i64 {
    return std.math.add(i64, sum.*, more);
}
pub fn adder(start: i64) !zb.Function(fn (i64) i64) {
    return .init(start, plus);
}


//! Several functions under one name.
const std = @import("std");
const zb = @import("zigbind");

fn ofCircle(r: f64) []const u8 { _ = r; return "circle"; }
fn ofRectangle(width: i64, height: i64) []const u8 { _ = .{ width, height }; return "rectangle"; }
fn ofName(name: []const u8) []const u8 { _ = name; return "name"; }
/// Area of things.
pub const area = zb.overload(.{ ofCircle, ofRectangle, ofName });

fn int(x: i64) []const u8 { _ = x; return "int"; }
fn float(x: f64) []const u8 { _ = x; return "float"; }
fn boolean(x: bool) []const u8 { _ = x; return "bool"; }
fn text(x: zb.Str) []const u8 { _ = x; return "str"; }
fn bytes(x: zb.Bytes) []const u8 { _ = x; return "bytes"; }
fn none(x: void) []const u8 { _ = x; return "None"; }
fn ints(x: []const i64) []const u8 { _ = x; return "ints"; }
fn floats(x: []const f64) []const u8 { _ = x; return "floats"; }
fn words(x: []const []const u8) []const u8 { _ = x; return "words"; }
fn pair(x: struct { i64, f64 }) []const u8 { _ = x; return "pair"; }
fn anything(x: zb.Object) []const u8 { _ = x; return "object"; }
pub const kind = zb.overload(.{ int, float, boolean, text, bytes, none, ints, words, pair });
pub const float_first = zb.overload(.{ float, int });
pub const with_fallback = zb.overload(.{ text, anything });
pub const lists = zb.overload(.{ floats, words });
pub const small_first = zb.overload(.{ small, large });
fn small(x: u8) []const u8 { _ = x; return "small"; }
fn large(x: i64) []const u8 { _ = x; return "large"; }
pub const same = zb.overload(.{ small, large, float });

fn zero() i64 { return 0; }
fn one(a: i64) i64 { return a; }
fn oneWithOptions(a: []const u8, opts: struct { times: i64 = 1 }) i64 { return @as(i64, @intCast(a.len)) * opts.times; }
fn rest(a: i64, b: i64, args: zb.Args) !i64 {
    var total = a + b;
    for (0..args.len()) |position| total += try args.get(i64, position);
    return total;
}
pub const shapes = zb.overload(.{ zero, one, oneWithOptions, rest });

fn allocates(gpa: std.mem.Allocator, n: usize) ![]u8 {
    const result = try gpa.alloc(u8, n);
    @memset(result, 'x');
    return result;
}
fn allocatesToo(a: []const u8, b: []const u8) ![]u8 { return std.mem.concat(zb.allocator, u8, &.{ a, b }); }
pub const allocating = zb.overload(.{ allocates, allocatesToo });

fn failing(x: i64) !i64 { return if (x < 0) error.KeyNotFound else if (x == 0) zb.raise(.LookupError, "zero", .{}) else x; }
fn panicking(x: []const u8) void { @panic(x); }
pub const unhappy = zb.overload(.{ failing, panicking });

pub const single = zb.overload(.{one});
pub const inside = struct {
    fn half(x: i64) i64 { return @divTrunc(x, 2); }
    fn twice(x: []const u8) usize { return 2 * x.len; }
    /// 100% inside.
    pub const both = zb.overload(.{ half, twice });
};

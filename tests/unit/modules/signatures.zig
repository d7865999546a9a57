//! What Python sees of a module.
//!
//! Two paragraphs, "quotes", back\slashes and größe.
const std = @import("std");
const zb = @import("zigbind");
const Allocator = std.mem.Allocator;

// ---- twins of Python functions, for the matching of arguments

pub fn f0() void {}
pub fn f1(a: zb.Object) struct { zb.Object } { return .{a}; }
pub fn f2(a: zb.Object, b: zb.Object) struct { zb.Object, zb.Object } { return .{ a, b }; }
pub fn f4(a: zb.Object, b: zb.Object, c: zb.Object, d: zb.Object) struct { zb.Object, zb.Object, zb.Object, zb.Object } { return .{ a, b, c, d }; }
pub fn k1(opts: struct { x: i64 = 0 }) struct { i64 } { return .{opts.x}; }
pub fn k2(a: zb.Object, opts: struct { x: i64 = 0, y: i64 = 1 }) struct { zb.Object, i64, i64 } { return .{ a, opts.x, opts.y }; }
pub fn v1(a: zb.Object, rest: zb.Args) struct { zb.Object, usize } { return .{ a, rest.len() }; }
pub fn v2(a: zb.Object, rest: zb.Args, opts: struct { x: i64 = 0 }) struct { zb.Object, usize, i64 } { return .{ a, rest.len(), opts.x }; }
pub fn w1(a: zb.Object, rest: zb.Kwargs) struct { zb.Object, usize } { return .{ a, rest.len() }; }
pub fn w3(a: zb.Object, args: zb.Args, opts: struct { x: i64 = 0 }, kwargs: zb.Kwargs) struct { zb.Object, usize, i64, usize } { return .{ a, args.len(), opts.x, kwargs.len() }; }
fn makePositional(comptime T: type) fn (T, T) struct { T, T } {
    return struct {
        fn call(a: T, b: T) struct { T, T } { return .{ a, b }; }
    }.call;
}
/// Its source is found, its parameters are not.
pub const p2 = makePositional(zb.Object);
fn makeVariadic(comptime T: type) fn (T, zb.Args, zb.Kwargs) struct { T, usize, usize } {
    return struct {
        fn call(a: T, args: zb.Args, kwargs: zb.Kwargs) struct { T, usize, usize } { return .{ a, args.len(), kwargs.len() }; }
    }.call;
}
pub const p3 = makeVariadic(zb.Object);
fn makeNothing(comptime T: type) fn () T {
    return struct {
        fn call() T { return 7; }
    }.call;
}
pub const p0 = makeNothing(i64);

// ---- documentation

/// One line.
pub fn documented(a: i64) i64 { return a; }
/// Several lines:
///   indented, "quoted", 'too', back\slash \n, {braces}, 100% and %s
///
/// größe 日本語 😀
///Without a space.
pub fn documented_well(first: i64, second_one: []const u8) void { _ = first; _ = second_one; }
pub fn undocumented(a: i64) i64 { return a; }
// An ordinary comment is no documentation.
pub fn commented(a: i64) i64 { return a; }
///
pub fn documented_with_nothing() void {}
/// Ends like a signature does:
///
/// --
///
/// (a, b)
pub fn documented_with_a_trap(a: i64) i64 { return a; }

// ---- names

pub fn keywords(lambda: i64, class: i64, from: i64, None: i64, is: i64) [5]i64 { return .{ lambda, class, from, None, is }; }
pub fn unused(_: i64, named: i64, _: i64) i64 { return named; }
pub fn odd(@"a b": i64, @"größe": i64, @"1x": i64, @"type": i64, @"a\"b": i64) i64 { return @"a b" + @"größe" + @"1x" + @"type" + @"a\"b"; }
pub fn taken(arg1: i64, _: i64) struct { i64 } { return .{arg1}; }
pub fn suffixed(class: i64, class_: i64) [2]i64 { return .{ class, class_ }; }
pub fn soft(match: i64, @"type": i64, case: i64, self: i64, print: i64) i64 { return match + @"type" + case + self + print; }
pub fn @"with space"(a: i64) i64 { return a; }
pub fn @"länge"(a: i64) i64 { return a; }
pub fn def(a: i64) i64 { return a; }
pub fn keyword_options(opts: struct { class: i64 = 1, from: i64 = 2, plain: i64 = 3 }) [3]i64 { return .{ opts.class, opts.from, opts.plain }; }
pub fn odd_options(first: i64, opts: struct { @"größe": i64 = 1, @"a b": i64 = 2, plain: i64 = 3 }) [4]i64 { return .{ first, opts.@"größe", opts.@"a b", opts.plain }; }
pub fn injected(a: i64, gpa: Allocator, b: i64, _: Allocator) !i64 { _ = try gpa.alloc(u8, 1); return a - b; }
pub fn object(thing: zb.Object) zb.Object { return thing; }
pub const exported_under_another_name = documented;
pub const of_std = std.ascii.isDigit;
pub const of_std_documented = std.ascii.indexOfIgnoreCase;

// ---- defaults

pub fn defaults(opts: struct {
    yes: bool = true,
    no: bool = false,
    zero: i64 = 0,
    low: i64 = std.math.minInt(i64),
    wide: i200 = -(1 << 190),
    half: f64 = 0.5,
    tenth: f64 = 0.1,
    third: f64 = 1.0 / 3.0,
    negative: f64 = -2.5,
    negative_zero: f64 = -0.0,
    large: f64 = 1e23,
    larger: f64 = 1.7976931348623157e308,
    tiny: f64 = 5e-324,
    small: f64 = 2.2250738585072014e-308,
    million: f64 = 1e6,
    sixteen: f64 = 1e16,
    fifteen: f64 = 123456789012345.6,
    thousandth: f64 = 1e-4,
    ten_thousandth: f64 = 1e-5,
    nines: f64 = 0.99999999999999989,
    single: f32 = 0.1,
    quadruple: f128 = 0.25,
    extended: f80 = 1.5,
    text: []const u8 = "a'b\"c\\d\ne\tf\x01g\x7f",
    unicode: []const u8 = "größe 😀",
    empty: []const u8 = "",
    terminated: [:0]const u8 = "z",
    nothing: ?i64 = null,
    something: ?i64 = 5,
    maybe_text: ?[]const u8 = "x",
    list: []const i64 = &.{},
    full_list: []const i64 = &.{ 1, 2 },
    array: [2]i64 = .{ 1, 2 },
    tuple: struct { i64, bool } = .{ 1, true },
    unit: void = {},
}) usize { return opts.text.len; }
pub fn infinite(opts: struct { inf: f64 = std.math.inf(f64), minus: f64 = -std.math.inf(f64), nan: f64 = std.math.nan(f64) }) f64 { return opts.inf; }

// ---- constants

pub const answer = 42;
pub const negative = -7;
pub const huge = 1 << 200;
pub const huge_negative = -(1 << 200);
pub const edges = [_]i64{ std.math.minInt(i64), std.math.maxInt(i64) };
pub const edge_63 = 1 << 63;
pub const edge_63_negative = -(1 << 63);
pub const edge_63_below = -(1 << 63) - 1;
pub const edge_64 = (1 << 64) - 1;
pub const edge_64_above = 1 << 64;
pub const typed: u8 = 255;
pub const wide: u128 = std.math.maxInt(u128);
pub const pi = 3.141592653589793;
pub const single: f32 = 0.5;
pub const yes = true;
pub const nothing: void = {};
pub const maybe: ?i64 = null;
pub const surely: ?i64 = 3;
pub const name = "signatures";
pub const long_name: []const u8 = "a longer name with \"quotes\" and größe";
pub const terminated: [:0]const u8 = "terminated";
pub const empty = "";
pub const numbers = [_]u16{ 1, 2, 3 };
pub const words = [_][]const u8{ "one", "two" };
pub const word_slice: []const []const u8 = &.{ "one", "two" };
pub const pointer_to_numbers = &[_]i64{ 4, 5 };
pub const grid = [2][2]i64{ .{ 1, 2 }, .{ 3, 4 } };
pub const vector: @Vector(2, f32) = .{ 1, 2 };
pub const pair: struct { i64, []const u8 } = .{ 1, "x" };
pub const raw: zb.Bytes = .{ .data = "\x00\xff" };
pub const computed = blk: {
    var total = 0;
    for (0..10) |value| total += value;
    break :blk total;
};

// ---- submodules

/// Documented where it is declared.
pub const documented_namespace = struct {
    //! And inside, which is not used then.
    pub const level = 1;
};
pub const sub = struct {
    //! A submodule,
    //! in two lines.

    /// Documented in there.
    pub fn twice(value: i64) i64 { return 2 * value; }
    pub const constant = "inside";
    pub const deeper = struct {
        pub fn thrice(value: i64, opts: struct { more: i64 = 0 }) i64 { return 3 * value + opts.more; }
        pub fn generic(value: anytype) void { _ = value; }
        pub const deepest = struct { pub const depth: u8 = 3; };
    };
    pub fn generic(value: anytype) void { _ = value; }
};
pub const other = @import("signatures_other.zig");
pub const other_inner = @import("signatures_other.zig").inner;

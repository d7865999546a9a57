//! One function for each conversion: what comes in goes out.
const std = @import("std");
const zb = @import("zigbind");
const Allocator = std.mem.Allocator;

pub fn int_i1(x: i1) i1 { return x; }
pub fn int_u1(x: u1) u1 { return x; }
pub fn int_i7(x: i7) i7 { return x; }
pub fn int_u7(x: u7) u7 { return x; }
pub fn int_i8(x: i8) i8 { return x; }
pub fn int_u8(x: u8) u8 { return x; }
pub fn int_i16(x: i16) i16 { return x; }
pub fn int_u16(x: u16) u16 { return x; }
pub fn int_i32(x: i32) i32 { return x; }
pub fn int_u32(x: u32) u32 { return x; }
pub fn int_i63(x: i63) i63 { return x; }
pub fn int_u63(x: u63) u63 { return x; }
pub fn int_i64(x: i64) i64 { return x; }
pub fn int_u64(x: u64) u64 { return x; }
pub fn int_i65(x: i65) i65 { return x; }
pub fn int_u65(x: u65) u65 { return x; }
pub fn int_i127(x: i127) i127 { return x; }
pub fn int_u127(x: u127) u127 { return x; }
pub fn int_i128(x: i128) i128 { return x; }
pub fn int_u128(x: u128) u128 { return x; }
pub fn int_i200(x: i200) i200 { return x; }
pub fn int_u200(x: u200) u200 { return x; }
pub fn int_isize(x: isize) isize { return x; }
pub fn int_usize(x: usize) usize { return x; }
pub fn int_c_int(x: c_int) c_int { return x; }
pub fn int_c_uint(x: c_uint) c_uint { return x; }
pub fn int_c_long(x: c_long) c_long { return x; }
pub fn int_c_ulonglong(x: c_ulonglong) c_ulonglong { return x; }
pub fn int_u0(x: u0) u0 { return x; }

pub fn float_f16(x: f16) f16 { return x; }
pub fn float_f32(x: f32) f32 { return x; }
pub fn float_f64(x: f64) f64 { return x; }
pub fn float_f80(x: f80) f80 { return x; }
pub fn float_f128(x: f128) f128 { return x; }
pub fn float_c_longdouble(x: c_longdouble) c_longdouble { return x; }

pub fn boolean(x: bool) bool { return x; }
pub fn nothing(x: void) void { return x; }

pub fn text(x: []const u8) []const u8 { return x; }
pub fn text_mutable(x: []u8) []u8 {
    for (x) |*byte| byte.* = std.ascii.toUpper(byte.*);
    return x;
}
pub fn text_z(x: [:0]const u8) [:0]const u8 { return x; }
pub fn text_z_mutable(x: [:0]u8) [:0]u8 {
    for (x) |*byte| byte.* = std.ascii.toUpper(byte.*);
    return x;
}
pub fn text_pointer(x: [*:0]const u8) [*:0]const u8 { return x; }
pub fn text_address(x: []const u8) usize { return @intFromPtr(x.ptr); }
pub fn text_terminator(x: [:0]const u8) u8 { return x.ptr[x.len]; }
pub fn str(x: zb.Str) zb.Str { return x; }
pub fn bytes(x: zb.Bytes) zb.Bytes { return x; }
pub fn bytes_of(x: []const u8) zb.Bytes { return .{ .data = x }; }

pub fn optional_int(x: ?i64) ?i64 { return x; }
pub fn optional_text(x: ?[]const u8) ?[]const u8 { return x; }
pub fn optional_list(x: ?[]const ?i64) ?[]const ?i64 { return x; }

pub fn list_i64(x: []const i64) []const i64 { return x; }
pub fn list_i8(x: []const i8) []const i8 { return x; }
pub fn list_u16(x: []const u16) []const u16 { return x; }
pub fn list_u64(x: []const u64) []const u64 { return x; }
pub fn list_u128(x: []const u128) []const u128 { return x; }
pub fn list_u24(x: []const u24) []const u24 { return x; }
pub fn list_f32(x: []const f32) []const f32 { return x; }
pub fn list_f64(x: []const f64) []const f64 { return x; }
pub fn list_f64_mutable(x: []f64) []f64 {
    for (x) |*item| item.* *= 2;
    return x;
}
pub fn list_f64_address(x: []const f64) usize { return @intFromPtr(x.ptr); }
pub fn list_bool(x: []const bool) []const bool { return x; }
pub fn list_void(x: []const void) []const void { return x; }
pub fn list_text(x: []const []const u8) []const []const u8 { return x; }
pub fn list_bytes(x: []const zb.Bytes) []const zb.Bytes { return x; }
pub fn list_list(x: []const []const i64) []const []const i64 { return x; }
pub fn list_list_list(x: []const []const []const u8) []const []const []const u8 { return x; }
pub fn list_mutable_lists(x: [][]i64) [][]i64 {
    for (x) |inner| for (inner) |*item| { item.* += 1; };
    return x;
}
pub fn list_optional(x: []const ?i64) []const ?i64 { return x; }
pub fn list_tuple(x: []const struct { []const u8, f64 }) []const struct { []const u8, f64 } { return x; }
pub fn list_object(x: []const zb.Object) []const zb.Object { return x; }

pub fn array_i64(x: [3]i64) [3]i64 { return x; }
pub fn array_empty(x: [0]i64) [0]i64 { return x; }
pub fn array_text(x: [2][]const u8) [2][]const u8 { return x; }
pub fn array_array(x: [2][2]u8) [2][2]u8 { return x; }
pub fn array_long(x: [6]u8) [6]u8 { return x; }
pub fn vector_f32(x: @Vector(4, f32)) @Vector(4, f32) { return x; }
pub fn vector_bool(x: @Vector(2, bool)) @Vector(2, bool) { return x; }
pub fn tuple_pair(x: struct { i64, []const u8 }) struct { i64, []const u8 } { return x; }
pub fn tuple_one(x: struct { ?f64 }) struct { ?f64 } { return x; }
pub fn tuple_nested(x: struct { struct { i64, i64 }, []const i64 }) struct { struct { i64, i64 }, []const i64 } { return x; }

pub fn object(x: zb.Object) zb.Object { return x; }
pub fn objects(a: zb.Object, b: ?zb.Object) struct { zb.Object, ?zb.Object } { return .{ a, b }; }

pub fn args_sum(rest: zb.Args) !i64 {
    var total: i64 = 0;
    for (0..rest.len()) |position| total += try rest.get(i64, position);
    return total;
}
pub fn args_at(first: []const u8, rest: zb.Args, opts: struct { at: usize = 0 }) !struct { []const u8, zb.Object } {
    return .{ first, try rest.get(zb.Object, opts.at) };
}
pub fn kwargs_names(gpa: Allocator, rest: zb.Kwargs) ![]const []const u8 {
    const names = try gpa.alloc([]const u8, rest.len());
    for (names, 0..) |*name, position| name.* = try rest.name(position);
    return names;
}
pub fn kwargs_get(rest: zb.Kwargs) !?f64 { return rest.get(f64, "wanted"); }
pub fn args_and_kwargs(a: i64, args: zb.Args, kwargs: zb.Kwargs) struct { i64, usize, usize } { return .{ a, args.len(), kwargs.len() }; }

pub fn options(opts: struct {
    flag: bool = false,
    count: i64 = -3,
    wide: u128 = 1 << 100,
    ratio: f64 = 0.5,
    small: f32 = 0.25,
    name: []const u8 = "it's \"so\"\n",
    label: ?[]const u8 = null,
    limit: ?u8 = 9,
    items: []const i64 = &.{},
    pair: struct { i64, i64 } = .{ 1, 2 },
    triple: [3]u8 = .{ 1, 2, 3 },
    raw: zb.Bytes = .{ .data = "raw" },
}) struct { bool, i64, u128, f64, f32, []const u8, ?[]const u8, ?u8, []const i64, struct { i64, i64 }, [3]u8, zb.Bytes } {
    return .{ opts.flag, opts.count, opts.wide, opts.ratio, opts.small, opts.name, opts.label, opts.limit, opts.items, opts.pair, opts.triple, opts.raw };
}

pub fn two(a: u8, b: []const u8) u8 { return a + @as(u8, @intCast(b.len)); }
pub fn three(a: []const i64, b: i64, c: []const u8) i64 {
    var total = b + @as(i64, @intCast(c.len));
    for (a) |item| total += item;
    return total;
}
pub fn text_and_int(a: []const u8, b: i64) struct { []const u8, i64 } { return .{ a, b }; }
pub fn texts_and_int(a: []const []const u8, b: i64) struct { []const []const u8, i64 } { return .{ a, b }; }
pub fn invalid_text() []const u8 { return "a\xffb"; }
pub fn invalid_texts() [2][]const u8 { return .{ "fine", "\xed\xa0\x80" }; }
pub fn invalid_list() []const []const u8 { return &.{ "fine", "\xff" }; }
pub fn none() void {}
pub fn many(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64, i: i64, j: i64) i64 {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j;
}
pub fn aligned_list(gpa: Allocator, x: []const f64) ![]align(64) f64 {
    const copy = try gpa.alignedAlloc(f64, .@"64", x.len);
    @memcpy(copy, x);
    return copy;
}
pub fn aligned_text(gpa: Allocator, x: []const u8) ![]align(64) u8 {
    const copy = try gpa.alignedAlloc(u8, .@"64", x.len);
    @memcpy(copy, x);
    return copy;
}
pub fn ended_list(gpa: Allocator, x: []const i64) ![:0]const i64 { return gpa.dupeZ(i64, x); }

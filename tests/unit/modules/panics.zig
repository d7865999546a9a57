//! Every kind of panic, each in a function that otherwise returns.
const std = @import("std");
const zb = @import("zigbind");

const Color = enum(u8) { red = 1, green = 2, _ };
const Closed = enum(u8) { red = 1, green = 2 };
const Shape = union(enum) { circle: f64, square: u32 };

// What the optimizer cannot look through.
fn hide(value: anytype) @TypeOf(value) {
    var hidden = value;
    return @as(*volatile @TypeOf(value), &hidden).*;
}

pub fn panic(message: []const u8) void { @panic(message); }
pub fn debug_panic(number: i64) void { std.debug.panic("number {d}", .{number}); }
pub fn unreachable_code(yes: bool) void { if (yes) unreachable; }
pub fn assertion(holds: bool) void { std.debug.assert(holds); }
pub fn add(a: i64, b: i64) i64 { return a + b; }
pub fn subtract(a: u8, b: u8) u8 { return a - b; }
pub fn multiply(a: i32, b: i32) i32 { return a * b; }
pub fn negate(a: i8) i8 { return -a; }
pub fn add_wide(a: u128, b: u128) u128 { return a + b; }
pub fn divide(a: i64, b: i64) i64 { return @divTrunc(a, b); }
pub fn remainder(a: u64, b: u64) u64 { return a % b; }
pub fn divide_exactly(a: i64, b: i64) i64 { return @divExact(a, b); }
pub fn at(items: []const i64, index: usize) i64 { return items[index]; }
pub fn at_array(index: usize) u8 {
    const table = [_]u8{ 1, 2, 3 };
    return table[index];
}
pub fn from_to(items: []const i64, start: usize, end: usize) []const i64 { return items[start..end]; }
pub fn from(items: []const i64, start: usize) []const i64 { return items[start..]; }
pub fn cast(a: i64) u8 { return @intCast(a); }
pub fn cast_sign(a: i64) u64 { return @intCast(a); }
pub fn truncate_float(a: f64) i32 { return @intFromFloat(a); }
pub fn shift_left(a: u8, by: u3) u8 { return @shlExact(a, by); }
pub fn shift_right(a: u8, by: u3) u8 { return @shrExact(a, by); }
pub fn shift_far(a: u65, by: u7) u65 { return a << by; }
pub fn unwrap(value: ?i64) i64 { return value.?; }
pub fn unwrap_error(fails: bool) void { mayFail(fails) catch unreachable; }
fn mayFail(fails: bool) !void { if (fails) return error.SomethingSpecific; }
pub fn enum_from(value: u8) u8 { return @intFromEnum(@as(Closed, @enumFromInt(value))); }
pub fn tag_name(value: u8) []const u8 { return @tagName(@as(Color, @enumFromInt(value))); }
pub fn union_field(square: bool) f64 {
    const shape = hide(if (square) Shape{ .square = 3 } else Shape{ .circle = 1.5 });
    return shape.circle;
}
pub fn sentinel(end: u8) usize {
    var text = [_]u8{ 'a', 'b', 0, 'd' };
    const slice = text[0..hide(@as(usize, end)) :0];
    return slice.len;
}
pub fn null_pointer(address: usize) usize { return @intFromPtr(@as(*const u8, @ptrFromInt(address))); }
pub fn align_pointer(offset: usize) u32 {
    var words = [_]u32{ 1, 2, 3 };
    const bytes: [*]u8 = @ptrCast(&words);
    const word: *u32 = @ptrCast(@alignCast(bytes + offset));
    return word.*;
}
pub fn error_from(code: u16) []const u8 { return @errorName(@errorFromInt(code)); }
pub fn loop_lengths(a: []const i64, b: []const i64) i64 {
    var total: i64 = 0;
    for (a, b) |x, y| total += x * y;
    return total;
}
pub fn copy_lengths(a: []u8, b: []const u8) []u8 {
    @memcpy(a, b);
    return a;
}
pub fn copy_alias(offset: usize) u8 {
    var bytes = [_]u8{ 1, 2, 3, 4, 5, 6 };
    @memcpy(bytes[hide(offset)..][0..3], bytes[hide(@as(usize, 0))..][0..3]);
    return bytes[2];
}
pub fn cast_slice(items: []u8, used: usize) usize {
    const words: []align(1) u16 = @ptrCast(items[0..used]);
    return words.len;
}

pub const inner = struct {
    pub const deeper = struct {
        pub fn panic_there(a: u8) u8 { return a + 1; }
    };
};

pub fn long_panic(gpa: std.mem.Allocator, length: usize) !void {
    const text = try gpa.alloc(u8, length);
    @memset(text, 'x');
    @panic(text);
}

/// Converts `x`, which may call Zig again, then panics if it must.
pub fn nested(x: i64, fails: bool) i64 {
    if (fails) @panic("outer");
    return x;
}

/// Takes memory of the call, more than fits on its stack, then panics.
pub fn allocate_and_panic(gpa: std.mem.Allocator, size: usize, panics: bool) !usize {
    const memory = try gpa.alloc(u8, size);
    @memset(memory, 1);
    const more = try zb.allocator.alloc(u64, size);
    more[0] = 1;
    if (panics) @panic("with memory");
    return memory.len + more.len;
}
pub fn hold_buffers_and_panic(items: []const []const u8, numbers: []const f64, panics: bool) usize {
    if (panics) @panic("with buffers");
    return items.len + numbers.len;
}
pub fn take_objects_and_panic(items: []const zb.Object, rest: zb.Args) usize {
    _ = rest;
    return @divTrunc(items.len, hide(@as(usize, 0)));
}
pub fn deep(depth: usize) usize {
    var space: [256]u8 = undefined;
    space[depth % 256] = 1;
    if (depth == 0) @panic("deep down");
    return deep(depth - 1) + hide(space)[depth % 256];
}
/// Sums in registers across many guarded calls: they must come back as they were.
pub fn registers(a: i64, b: i64, c: i64, d: i64, x: f64, y: f64, fails: bool) struct { i64, f64 } {
    var total = a;
    var sum = x;
    for (0..10) |step| {
        total = total *% 3 +% b *% @as(i64, @intCast(step)) -% c +% d;
        sum = sum * 0.5 + y;
    }
    if (fails) @panic("registers");
    return .{ total, sum };
}
pub var counter: i64 = 0;
pub fn defer_does_not_run(panics: bool) void {
    counter += 1;
    defer counter -= 1;
    if (panics) @panic("no defer");
}
pub fn count() i64 { return counter; }

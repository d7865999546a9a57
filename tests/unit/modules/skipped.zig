//! What Python cannot use does not stop a module from being one.
const std = @import("std");
const zb = @import("zigbind");

pub fn usable(a: i64) i64 { return a; }

pub fn takes_anytype(x: anytype) void { _ = x; }
pub fn takes_type(T: type) usize { return @sizeOf(T); }
pub fn takes_comptime(comptime n: usize, a: i64) i64 { return a + n; }
pub fn depends(comptime T: type, a: T) T { return a; }
pub fn takes_pointer(x: *i64) void { x.* = 1; }
pub fn takes_many_pointer(x: [*]const u8) u8 { return x[0]; }
pub fn takes_c_pointer(x: [*c]const u8) u8 { return x[0]; }
pub fn takes_function(x: *const fn () void) void { x(); }
pub fn takes_error(x: anyerror) bool { return x == error.Foo; }
pub fn takes_slice_of_pointers(x: []const *i64) usize { return x.len; }
pub fn takes_optional_pointer(x: ?*anyopaque) bool { return x == null; }
pub fn takes_sentinel(x: [:0]const i64) usize { return x.len; }
pub fn takes_odd_terminator(x: [:1]const u8) usize { return x.len; }
pub fn takes_sentinel_array(x: [4:0]u8) u8 { return x[0]; }
pub fn takes_aligned(x: []align(16) const f64) usize { return x.len; }
pub fn takes_aligned_text(x: []align(16) const u8) usize { return x.len; }
pub fn takes_volatile(x: []volatile u8) usize { return x.len; }
pub fn takes_bad_option(a: i64, opts: struct { fine: i64 = 1, pointer: ?*i64 = null }) i64 { return a + opts.fine; }
pub fn returns_type() type { return i64; }
pub fn returns_pointer() *const i64 { return &5; }
pub fn returns_slice_of_pointers() []const *const i64 { return &.{}; }
pub fn returns_comptime() comptime_int { return 5; }
pub fn returns_error_set() anyerror { return error.Foo; }
pub fn fails_with_pointer() !*const i64 { return &5; }
pub fn never_returns() noreturn { while (true) {} }
pub fn fails_forever() !noreturn { return error.Forever; }
pub extern fn printf(format: [*:0]const u8, ...) c_int;
pub const SomeUnion = union(enum) { a: i64, b: f64 };
pub const SomeEnum = enum { red, green };
pub const SomeStruct = struct { x: i64 };
pub const SomeError = error{ Foo, Bar };
pub const Number = i64;
pub fn takes_struct(x: SomeStruct) i64 { return x.x; }
pub fn takes_enum(x: SomeEnum) bool { return x == .red; }
pub const an_enum_value: SomeEnum = .red;
pub const a_struct_value: SomeStruct = .{ .x = 1 };
pub const an_undefined_type = type;
pub const a_literal = .red;
pub const a_comptime_tuple = .{ 1, 2.5 };
pub const a_pointer: *const i64 = &5;
pub const a_function = &usable;
pub var a_variable: i64 = 0;
pub threadlocal var a_thread_local: i64 = 0;
pub const mem = std.mem;
pub const standard = std;
pub fn Generic(comptime T: type) type { return struct { x: T }; }
pub const Made = Generic(i64);
pub const MadeEmpty = MakeEmpty(3);
fn MakeEmpty(comptime n: i64) type { return struct { pub fn get() i64 { return n; } }; }
pub const OneOfTwo = MakeOneOfTwo(3);
fn MakeOneOfTwo(comptime n: i64) type {
    if (n > 2) return struct { pub fn get() i64 { return n; } };
    return struct { pub fn get() i64 { return -n; } };
}
pub const itself = @import("skipped.zig");
pub const sub = struct {
    pub fn usable_there(a: i64) i64 { return a; }
    pub fn generic_there(x: anytype) void { _ = x; }
};
pub const zigbind = @import("zigbind");

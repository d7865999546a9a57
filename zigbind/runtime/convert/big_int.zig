//! `std.math.big.int.Const` and `Managed` <-> int of any size.

const std = @import("std");
const c = @import("../capi.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Const = std.math.big.int.Const;
const Limb = std.math.big.Limb;

/// T is `Const`, whose digits are memory of the call, or `Managed`, which grows with the allocator of the call.
pub fn BigInt(comptime T: type) type {
    return struct {
        pub const annotation = "int";
        pub const expected = "int";
        pub const by_value = false;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return value.hasType(c.longType());
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            const number = try read(value, call);
            if (T == Const) return number;
            return .{ .allocator = call.allocator(), .limbs = @constCast(number.limbs), .metadata = number.limbs.len | if (number.positive) 0 else T.sign_bit };
        }

        pub fn toPython(value: T, _: *State) error{Python}!Owned {
            return write(if (T == Const) value else value.toConst());
        }
    };
}

fn read(value: Borrowed, call: *Call) errors.Refusal!Const {
    if (c.PyIndex_Check(value.ptr) == 0) return convert.mismatch("int", value);
    const given = try Owned.take(c.PyNumber_Index(value.ptr));
    defer given.release();
    const number = try @import("int.zig").plain(given.borrow());
    defer number.release();
    var overflow: c_int = 0;
    const small = c.PyLong_AsLongLongAndOverflow(number.ptr, &overflow);
    if (overflow == 0) {
        const limbs = try reserve(@max(1, 64 / @bitSizeOf(Limb)), call);
        var rest = @abs(small);
        for (limbs) |*limb| {
            limb.* = @truncate(rest);
            rest = if (@bitSizeOf(Limb) >= 64) 0 else rest >> (@bitSizeOf(Limb) % 64);
        }
        return .{ .limbs = trimmed(limbs), .positive = small >= 0 };
    }
    // The size of its bytes, then the bytes, without the sign.
    const magnitude = try Owned.take(c.PyNumber_Absolute(number.ptr));
    defer magnitude.release();
    const bits = try Owned.take(c.PyObject_CallMethod(magnitude.ptr, "bit_length", null));
    defer bits.release();
    const bit_count = c.PyLong_AsLongLong(bits.ptr);
    if (bit_count < 0) return error.Python;
    const limbs = try reserve(@intCast(@divTrunc(bit_count + @bitSizeOf(Limb) - 1, @bitSizeOf(Limb))), call);
    const bytes = try Owned.take(c.PyObject_CallMethod(magnitude.ptr, "to_bytes", "ns", @as(isize, @intCast(limbs.len * @sizeOf(Limb))), "little"));
    defer bytes.release();
    var text: [*:0]u8 = undefined;
    var size_bytes: isize = 0;
    if (c.PyBytes_AsStringAndSize(bytes.ptr, &text, &size_bytes) != 0) return error.Python;
    std.debug.assert(size_bytes == limbs.len * @sizeOf(Limb));
    for (limbs, 0..) |*limb, position| limb.* = std.mem.readInt(Limb, text[position * @sizeOf(Limb) ..][0..@sizeOf(Limb)], .little);
    return .{ .limbs = trimmed(limbs), .positive = overflow > 0 };
}

fn reserve(count: usize, call: *Call) error{Python}![]Limb {
    return call.allocator().alloc(Limb, count) catch {
        _ = c.PyErr_NoMemory();
        return error.Python;
    };
}

/// Without zeros at the top, but for zero itself.
fn trimmed(limbs: []const Limb) []const Limb {
    var count = limbs.len;
    while (count > 1 and limbs[count - 1] == 0) count -= 1;
    return limbs[0..count];
}

fn write(number: Const) error{Python}!Owned {
    if (number.limbs.len == 1 and @bitSizeOf(Limb) <= 64) {
        const magnitude = try Owned.take(c.PyLong_FromUnsignedLongLong(number.limbs[0]));
        return if (number.positive) magnitude else negative(magnitude);
    }
    const bytes = try Owned.take(c.PyBytes_FromStringAndSize(null, @intCast(number.limbs.len * @sizeOf(Limb))));
    defer bytes.release();
    var text: [*:0]u8 = undefined;
    var size_bytes: isize = 0;
    if (c.PyBytes_AsStringAndSize(bytes.ptr, &text, &size_bytes) != 0) return error.Python;
    for (number.limbs, 0..) |limb, position| std.mem.writeInt(Limb, text[position * @sizeOf(Limb) ..][0..@sizeOf(Limb)], limb, .little);
    const magnitude = try Owned.take(c.PyObject_CallMethod(c.longType().asObject(), "from_bytes", "Os", bytes.ptr, "little"));
    return if (number.positive) magnitude else negative(magnitude);
}

fn negative(magnitude: Owned) error{Python}!Owned {
    defer magnitude.release();
    return Owned.take(c.PyNumber_Negative(magnitude.ptr));
}

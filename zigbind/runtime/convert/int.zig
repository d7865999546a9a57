//! Integers of every width <-> int, range-checked.

const std = @import("std");
const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const literal = @import("../literal.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

pub fn Int(comptime T: type) type {
    const info = @typeInfo(T).int;
    const fits_i64 = info.bits < 64 or (info.bits == 64 and info.signedness == .signed);
    const is_u64 = info.bits == 64 and info.signedness == .unsigned;
    // As many 64-bit digits as T has, and one for the sign.
    const Wide = std.meta.Int(.signed, 64 * (info.bits / 64 + 1));

    return struct {
        pub const annotation = "int";
        pub const expected = "int";
        pub const by_value = true;

        const bounds = @typeName(T) ++ " (" ++ literal.decimal(std.math.minInt(T)) ++ ".." ++ literal.decimal(std.math.maxInt(T)) ++ ")";

        pub fn exact(value: Borrowed, _: *Call) callconv(compat.hot) bool {
            return value.hasType(c.longType());
        }

        pub fn fromPython(value: Borrowed, _: *Call) callconv(compat.hot) errors.Refusal!T {
            const small = compat.fast(c.PyLong_AsLongLong)(value.ptr);
            if (small == -1) {
                @branchHint(.unlikely);
                if (c.PyErr_Occurred() != null) return unusual(value.ptr);
            }
            return std.math.cast(T, small) orelse outOfRange(value.ptr);
        }

        /// Not an i64: larger, or no int at all.
        /// A pointer, not a struct: that would have to be in memory, in the usual path too.
        fn unusual(pointer: *c.PyObject) errors.Refusal!T {
            @branchHint(.cold);
            const value: Borrowed = .{ .ptr = pointer };
            const number = try index(value);
            defer number.release();
            if (fits_i64) return outOfRange(number.ptr);
            if (is_u64) {
                const large = c.PyLong_AsUnsignedLongLong(number.ptr);
                if (c.PyErr_Occurred() == null) return large;
                errors.clear();
                return outOfRange(number.ptr);
            }
            return fromDigits(number);
        }

        fn fromDigits(number: Owned) errors.Refusal!T {
            const shift = try Owned.take(c.PyLong_FromLongLong(64));
            defer shift.release();
            var wide: Wide = 0;
            var rest = try plain(number.borrow());
            defer rest.release();
            inline for (0..@typeInfo(Wide).int.bits / 64) |digit| {
                const is_top = digit + 1 == @typeInfo(Wide).int.bits / 64;
                if (is_top) {
                    var overflow: c_int = 0;
                    const top = c.PyLong_AsLongLongAndOverflow(rest.ptr, &overflow);
                    if (overflow != 0) return outOfRange(number.ptr);
                    wide |= @as(Wide, top) << (64 * digit);
                } else {
                    wide |= @as(Wide, c.PyLong_AsUnsignedLongLongMask(rest.ptr)) << (64 * digit);
                    const next = try Owned.take(c.PyNumber_Rshift(rest.ptr, shift.ptr));
                    rest.release();
                    rest = next;
                }
            }
            return std.math.cast(T, wide) orelse outOfRange(number.ptr);
        }

        fn outOfRange(value: *c.PyObject) errors.Refusal {
            @branchHint(.cold);
            return rangeError(value, bounds);
        }

        pub fn toPython(value: T, _: *State) callconv(compat.hot) error{Python}!Owned {
            if (fits_i64) return Owned.take(compat.fast(c.PyLong_FromLongLong)(value));
            if (is_u64) return Owned.take(c.PyLong_FromUnsignedLongLong(value));
            if (std.math.cast(i64, value)) |small| return Owned.take(c.PyLong_FromLongLong(small));
            return wideToPython(value);
        }

        fn wideToPython(value: T) error{Python}!Owned {
            const count = @typeInfo(Wide).int.bits / 64;
            const wide: Wide = value;
            const shift = try Owned.take(c.PyLong_FromLongLong(64));
            defer shift.release();
            var result = try Owned.take(c.PyLong_FromLongLong(@truncate(wide >> (64 * (count - 1)))));
            errdefer result.release();
            inline for (1..count) |step| {
                const digit: u64 = @truncate(@as(std.meta.Int(.unsigned, 64 * count), @bitCast(wide)) >> (64 * (count - 1 - step)));
                const low = try Owned.take(c.PyLong_FromUnsignedLongLong(digit));
                defer low.release();
                const shifted = try Owned.take(c.PyNumber_Lshift(result.ptr, shift.ptr));
                defer shifted.release();
                const next = try Owned.take(c.PyNumber_Or(shifted.ptr, low.ptr));
                result.release();
                result = next;
            }
            return result;
        }
    };
}

/// The int that `value` is or stands for, after `PyLong_AsLongLong` refused it with an exception.
fn index(value: Borrowed) errors.Refusal!Owned {
    @branchHint(.cold);
    const raised = try Owned.take(c.PyErr_GetRaisedException());
    const traceback = c.PyException_GetTraceback(raised.ptr);
    c.Py_DecRef(traceback);
    // CPython's own OverflowError has no traceback yet; what `__index__` raised has, and is the caller's to see.
    const too_large = traceback == null and raised.borrow().hasType(@ptrCast(c.exception("OverflowError")));
    if (!too_large and c.PyIndex_Check(value.ptr) != 0) {
        c.PyErr_SetRaisedException(raised.ptr);
        return error.Python;
    }
    raised.release();
    return if (too_large) Owned.take(c.PyNumber_Index(value.ptr)) else convert.mismatch("int", value);
}

/// An int with the operators of int, whatever those of its class are: a copy of an instance of a subclass.
pub fn plain(number: Borrowed) error{Python}!Owned {
    if (number.hasType(c.longType())) return number.own();
    const copy: *const fn (*c.PyObject) callconv(.c) ?*c.PyObject = @ptrCast(@alignCast(c.PyType_GetSlot(c.longType(), c.Py_nb_int).?));
    return Owned.take(copy(number.ptr));
}

fn rangeError(value: *c.PyObject, bounds: [*:0]const u8) errors.Refusal {
    @branchHint(.cold);
    const class = c.exception("OverflowError");
    _ = c.PyErr_Format(class, "%R is out of range for %s", value, bounds);
    if (c.PyErr_Occurred() != class) // Python refuses to write ints of thousands of digits
        _ = c.PyErr_Format(class, "the int is out of range for %s", bounds);
    return error.Mismatch;
}

/// An integer of any size that is known at comptime.
pub fn comptimeToPython(comptime value: comptime_int) error{Python}!Owned {
    if (value >= std.math.minInt(i64) and value <= std.math.maxInt(i64)) return Owned.take(c.PyLong_FromLongLong(value));
    const bits = comptime blk: {
        var rest = if (value < 0) -value - 1 else value;
        var count = 0;
        while (rest > 0) : (rest = rest >> 64) count += 64;
        break :blk count;
    };
    return Int(std.meta.Int(.signed, bits + 1)).toPython(value, undefined);
}

//! f16 to f128 <-> float.

const std = @import("std");
const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const literal = @import("../literal.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

pub fn Float(comptime T: type) type {
    return struct {
        pub const annotation = "float";
        pub const expected = "float";
        pub const by_value = true;

        pub fn exact(value: Borrowed, _: *Call) callconv(compat.hot) bool {
            return value.hasType(c.floatType());
        }

        /// Floats, ints, and what has `__float__` or `__index__`.
        pub fn fromPython(value: Borrowed, _: *Call) callconv(compat.hot) errors.Refusal!T {
            const double = compat.fast(c.PyFloat_AsDouble)(value.ptr);
            // Of a float it cannot fail; comparing the result with -1 would take two branches, because of NaN.
            if (!value.hasType(c.floatType())) {
                @branchHint(.unlikely);
                if (double == -1 and c.PyErr_Occurred() != null) return unusual(value.ptr);
            }
            if (@bitSizeOf(T) >= 64) return double;
            const narrow: T = @floatCast(double);
            if (std.math.isInf(narrow) and !std.math.isInf(double)) return outOfRange(value);
            return narrow;
        }

        fn outOfRange(value: Borrowed) errors.Refusal {
            @branchHint(.cold);
            const bound = comptime literal.float(std.math.floatMax(T));
            _ = c.PyErr_Format(c.exception("OverflowError"), "%R is out of range for " ++ @typeName(T) ++ " (at most " ++ bound ++ ")", value.ptr);
            return error.Mismatch;
        }

        pub fn toPython(value: T, _: *State) callconv(compat.hot) error{Python}!Owned {
            return Owned.take(compat.fast(c.PyFloat_FromDouble)(@floatCast(value)));
        }
    };
}

fn unusual(pointer: *c.PyObject) errors.Refusal {
    @branchHint(.cold);
    const value: Borrowed = .{ .ptr = pointer };
    const type_ = value.ptr.ob_type.asObject();
    if (value.hasFlag(c.Py_TPFLAGS_LONG_SUBCLASS) and c.PyErr_Occurred() == c.exception("OverflowError"))
        return error.Mismatch; // "int too large to convert to float"
    if (c.PyIndex_Check(value.ptr) == 0 and hasNot(type_, "__float__")) return convert.mismatch("float", value);
    return error.Python;
}

/// Whether a type lacks a method; clears the exception that is set if so.
fn hasNot(type_: *c.PyObject, name: [*:0]const u8) bool {
    const raised = c.PyErr_GetRaisedException();
    if (c.PyObject_HasAttrString(type_, name) != 0) {
        c.PyErr_SetRaisedException(raised);
        return false;
    }
    c.Py_DecRef(raised);
    return true;
}

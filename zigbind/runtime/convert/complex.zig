//! `std.math.Complex(F)` <-> complex.

const std = @import("std");
const c = @import("../capi.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Float = @import("float.zig").Float;
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

pub fn Complex(comptime T: type) type {
    const F = @FieldType(T, "re");
    return struct {
        pub const annotation = "complex";
        pub const expected = "complex";
        pub const by_value = true;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return value.hasType(c.complexType());
        }

        /// Complex numbers, what has `__complex__`, and what is a float.
        pub fn fromPython(value: Borrowed, _: *Call) errors.Refusal!T {
            if (isComplex(value)) return parts(value);
            if (c.PyObject_HasAttrString(value.ptr.ob_type.asObject(), "__complex__") != 0) {
                const number = try Owned.take(c.PyObject_CallMethod(value.ptr, "__complex__", null));
                defer number.release();
                if (!isComplex(number.borrow())) return convert.mismatch("complex of __complex__", number.borrow());
                return parts(number.borrow());
            }
            if (c.PyObject_HasAttrString(value.ptr.ob_type.asObject(), "__float__") == 0 and c.PyIndex_Check(value.ptr) == 0) return convert.mismatch(expected, value);
            return .init(try Float(F).fromPython(value, undefined), 0);
        }

        fn parts(number: Borrowed) errors.Refusal!T {
            return .init(try part(number, c.PyComplex_RealAsDouble(number.ptr)), try part(number, c.PyComplex_ImagAsDouble(number.ptr)));
        }

        fn part(number: Borrowed, double: f64) errors.Refusal!F {
            const narrow: F = @floatCast(double);
            if (std.math.isInf(narrow) and !std.math.isInf(double)) {
                _ = c.PyErr_Format(c.exception("OverflowError"), "%R is out of range for complex numbers of " ++ @typeName(F), number.ptr);
                return error.Mismatch;
            }
            return narrow;
        }

        pub fn toPython(value: T, _: *State) error{Python}!Owned {
            return Owned.take(c.PyComplex_FromDoubles(@floatCast(value.re), @floatCast(value.im)));
        }
    };
}

fn isComplex(value: Borrowed) bool {
    return value.hasType(c.complexType()) or c.PyType_IsSubtype(value.ptr.ob_type, c.complexType()) != 0;
}

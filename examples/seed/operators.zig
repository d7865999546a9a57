//! Operators, properties and errors with messages.

const std = @import("std");
const zb = @import("zigbind");

const Number = struct {
    value: f64 = 0,

    fn init(value: f64) Number {
        return .{ .value = value };
    }

    fn add(self: Number, other: Number) Number {
        return .{ .value = self.value + other.value };
    }

    fn sub(self: Number, other: Number) Number {
        return .{ .value = self.value - other.value };
    }

    fn mul(self: Number, other: Number) Number {
        return .{ .value = self.value * other.value };
    }

    fn truediv(self: Number, other: Number) !Number {
        if (other.value == 0) return error.DivisionByZero;
        return .{ .value = self.value / other.value };
    }

    fn floordiv(self: Number, other: Number) !Number {
        if (other.value == 0) return error.DivisionByZero;
        return .{ .value = @floor(self.value / other.value) };
    }

    fn mod(self: Number, other: Number) !Number {
        if (other.value == 0) return error.DivisionByZero;
        return .{ .value = @mod(self.value, other.value) };
    }

    fn pow(self: Number, other: Number) Number {
        return .{ .value = std.math.pow(f64, self.value, other.value) };
    }

    fn eq(self: Number, other: Number) bool {
        return self.value == other.value;
    }

    fn ne(self: Number, other: Number) bool {
        return self.value != other.value;
    }

    fn lt(self: Number, other: Number) bool {
        return self.value < other.value;
    }

    fn le(self: Number, other: Number) bool {
        return self.value <= other.value;
    }

    fn gt(self: Number, other: Number) bool {
        return self.value > other.value;
    }

    fn ge(self: Number, other: Number) bool {
        return self.value >= other.value;
    }

    fn neg(self: Number) Number {
        return .{ .value = -self.value };
    }

    fn pos(self: Number) Number {
        return self;
    }

    fn abs(self: Number) Number {
        return .{ .value = @abs(self.value) };
    }

    fn invert(self: Number) Number {
        return .{ .value = -self.value - 1 };
    }

    fn getValue(self: *const Number) f64 {
        return self.value;
    }

    fn setValue(self: *Number, value: f64) !void {
        if (value < 0) {
            try zb.formatError("Expected positive value, got {d}", .{value});
            return error.ValueError;
        }
        self.value = value;
    }

    fn half(self: *const Number) f64 {
        return self.value / 2;
    }

    fn rootOf(_: *const Number, value: f64) !f64 {
        if (value < 0) {
            try zb.formatError(
                "Expected positive value, got {d}",
                .{value},
            );
            return error.ValueError;
        }
        return @sqrt(value);
    }
};

export fn PyInit_operators() callconv(.c) ?*zb.PyObject {
    const module = zb.createModule(.{ .name = "operators" }) catch return null;
    define(module) catch {
        zb.decref(module);
        return null;
    };
    return module;
}

fn define(module: *zb.PyObject) !void {
    const NumberType = try zb.defineClass(module, .{ .name = "Number", .type = Number });
    try zb.defineMethod(NumberType, .{ .name = "__init__", .func = Number.init });
    try zb.defineMethod(NumberType, .{ .name = "root_of", .func = Number.rootOf });

    try zb.defineOperator(NumberType, .add, Number.add);
    try zb.defineOperator(NumberType, .sub, Number.sub);
    try zb.defineOperator(NumberType, .mul, Number.mul);
    try zb.defineOperator(NumberType, .truediv, Number.truediv);
    try zb.defineOperator(NumberType, .floordiv, Number.floordiv);
    try zb.defineOperator(NumberType, .mod, Number.mod);
    try zb.defineOperator(NumberType, .pow, Number.pow);
    try zb.defineOperator(NumberType, .eq, Number.eq);
    try zb.defineOperator(NumberType, .ne, Number.ne);
    try zb.defineOperator(NumberType, .lt, Number.lt);
    try zb.defineOperator(NumberType, .le, Number.le);
    try zb.defineOperator(NumberType, .gt, Number.gt);
    try zb.defineOperator(NumberType, .ge, Number.ge);
    try zb.defineOperator(NumberType, .neg, Number.neg);
    try zb.defineOperator(NumberType, .pos, Number.pos);
    try zb.defineOperator(NumberType, .abs, Number.abs);
    try zb.defineOperator(NumberType, .invert, Number.invert);

    try zb.defineProperty(NumberType, .{
        .name = "value",
        .doc = "The number itself",
        .getter = Number.getValue,
        .setter = Number.setValue,
    });
    try zb.defineProperty(NumberType, .{ .name = "half", .getter = Number.half, .readonly = true });
}

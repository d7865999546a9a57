//! Types that say themselves how they convert, in a reflected module; errors with messages.
const std = @import("std");
const zb = @import("zigbind");

pub const Hex = struct {
    value: u32,

    pub const TypeCaster = struct {
        pub fn fromPython(obj: *zb.PyObject) !Hex {
            const text = try zb.TypeCaster(zb.Str).fromPython(obj);
            return .{ .value = try std.fmt.parseInt(u32, text.data, 16) };
        }
        pub fn toPython(value: Hex) !*zb.PyObject {
            return zb.stringFromUtf8(try std.fmt.allocPrint(zb.allocator, "{x}", .{value.value}));
        }
    };
};

/// Text that its caster borrows from Python.
const Line = struct {
    text: []const u8,

    pub const TypeCaster = struct {
        pub fn fromPython(obj: *zb.PyObject) !Line {
            return .{ .text = (try zb.TypeCaster(zb.Str).fromPython(obj)).data };
        }
        pub fn toPython(value: Line) !*zb.PyObject {
            return zb.stringFromUtf8(value.text);
        }
    };
};

pub const start: Hex = .{ .value = 255 };

pub const Pixel = struct { x: f64, colour: Hex = .{ .value = 1 }, line: Line = .{ .text = "-" } };

pub fn next(hex: Hex) Hex {
    return .{ .value = hex.value + 1 };
}
pub fn either(value: ?Hex, rest: []const Hex) struct { ?Hex, []const Hex } {
    return .{ value, rest };
}
pub const of = zb.overload(.{ ofHex, ofInt });
fn ofHex(_: Hex) []const u8 {
    return "hex";
}
fn ofInt(_: i64) []const u8 {
    return "int";
}
pub fn double(obj: zb.Object) !*zb.PyObject {
    var pixel = try zb.TypeCaster(Pixel).fromPython(obj.ptr);
    pixel.x *= 2;
    return zb.TypeCaster(Pixel).toPython(pixel);
}
pub fn length(line: Line) usize {
    return line.text.len;
}

pub const Refused = error{Zero};
pub fn positive(value: i64) !i64 {
    if (value < 0) {
        try zb.formatError("Expected positive value, got {d}", .{value});
        return error.ValueError;
    }
    if (value == 0) {
        try zb.formatError("not {d}", .{value});
        return Refused.Zero;
    }
    return value;
}

//! Enums, numbered enums, flags, and methods on them.

const std = @import("std");
const zb = @import("zigbind");

/// The colours.
pub const Color = enum {
    red,
    green,
    blue,

    pub const favourite: Color = .blue;
    pub const count = 3;

    /// Whether it is warm.
    pub fn isWarm(self: Color) bool {
        return self == .red;
    }
    pub fn mixed(self: Color, other: Color) Color {
        return if (self == other) self else .green;
    }
    pub fn shifted(self: Color, by: u8, opts: struct { back: bool = false }) Color {
        const from: u8 = @intFromEnum(self);
        return @enumFromInt(if (opts.back) (from + 3 - by % 3) % 3 else (from + by) % 3);
    }
    pub fn first() Color {
        return .red;
    }
    pub fn parse(text: []const u8) !Color {
        return std.meta.stringToEnum(Color, text) orelse error.ValueError;
    }
    pub fn __invert__(self: Color) Color {
        return switch (self) {
            .red => .blue,
            .green => .red,
            .blue => .green,
        };
    }
    /// A member is a value: there is nothing to point to.
    pub fn pointed(_: *const Color) void {}
    pub fn generic(_: Color, other: anytype) void {
        _ = other;
    }
};
pub fn echo(color: Color) Color {
    return color;
}
pub fn warmest(colors: []const Color) ?Color {
    for (colors) |color| if (color == .red) return color;
    return null;
}
pub fn all(gpa: std.mem.Allocator) ![]Color {
    return gpa.dupe(Color, std.enums.values(Color));
}
pub fn painted(name: []const u8, opts: struct { color: Color = .green }) struct { []const u8, Color } {
    return .{ name, opts.color };
}

/// Numbers with names.
pub const Level = enum(u8) {
    low = 1,
    high = 10,
    pub fn doubled(self: Level) u32 {
        return 2 * @as(u32, @intFromEnum(self));
    }
};
pub fn levelNumber(level: Level) u8 {
    return @intFromEnum(level);
}
pub fn levelOf(number: u8) !Level {
    return std.meta.intToEnum(Level, number) catch error.ValueError;
}
pub const Signed = enum(i64) { minimum = std.math.minInt(i64), minus = -1, zero = 0, maximum = std.math.maxInt(i64) };
pub const Unsigned = enum(u64) { none = 0, most = std.math.maxInt(u64) };
pub fn unsignedOf(value: Unsigned) Unsigned {
    return value;
}
pub fn signedOf(value: Signed) Signed {
    return value;
}
/// Any number fits, only some have a name.
pub const Open = enum(u8) { a = 1, b = 2, _ };
pub fn openOf(number: u8) Open {
    return @enumFromInt(number);
}
pub fn openNumber(open: Open) u8 {
    return @intFromEnum(open);
}
pub const Many = enum { m0, m1, m2, m3, m4, m5, m6, m7, m8, m9 };
pub fn manyOf(value: Many) Many {
    return value;
}
/// Names that mean something else in Python.
pub const Odd = enum { name, value, None, @"class", @"with space", @"größe" };
const private = enum { x };
pub fn oddOf(value: Odd) Odd {
    return value;
}
/// Not public: a Zig detail, by name in Python.
const Hidden = enum { one, two };
pub fn hiddenOf(value: Hidden) Hidden {
    return value;
}
pub const Only = enum { one };
pub fn onlyOf(value: Only) Only {
    return value;
}

/// What is allowed.
pub const Access = packed struct(u8) {
    read: bool = false,
    write: bool = false,
    execute: bool = false,
    a: bool = false,
    b: bool = false,
    c: bool = false,
    d: bool = false,
    e: bool = false,

    pub const all_of_them: Access = @bitCast(@as(u8, 255));
    pub fn canRead(self: Access) bool {
        return self.read;
    }
    pub fn with(self: Access, other: Access) Access {
        return @bitCast(@as(u8, @bitCast(self)) | @as(u8, @bitCast(other)));
    }
};
pub fn flip(access: Access) Access {
    var result = access;
    result.read = !result.read;
    return result;
}
pub const Three = packed struct { x: bool = false, y: bool = false, z: bool = false };
pub fn threeOf(value: Three) Three {
    return value;
}
pub fn threes(values: []const Three) usize {
    return values.len;
}

pub const Painter = struct {
    pub const Mode = enum { fill, stroke };
    color: Color = .green,
    mode: Mode = .fill,
    access: Access = .{ .read = true },
    maybe: ?Color = null,
    pub fn next(self: *Painter) ?Color {
        if (self.color == .blue) return null;
        self.color = @enumFromInt(@intFromEnum(self.color) + 1);
        return self.color;
    }
};
pub const Renamed = enum {
    pub const zigbind = .{ .name = "PythonEnum", .rename = .{ .zigName = "python_name" }, .exclude = .{"secret"} };
    zigName,
    other,
    pub fn secret(_: Renamed) void {}
};
pub const sub = struct {
    pub const Deep = enum { down };
};

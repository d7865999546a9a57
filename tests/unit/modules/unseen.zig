//! Declarations that were meant for Python and are not pub.

const zigbind = .{ .rename = .{ .Vec2 = "Vector" } };

pub const Vec2 = struct {
    x: f64,

    const zigbind = .{ .final = true };

    fn init(x: f64) Vec2 {
        return .{ .x = 2 * x };
    }

    fn deinit(_: *Vec2) void {}

    fn __add__(a: Vec2, _: Vec2) Vec2 {
        return a;
    }

    // Of no meaning to Python by its name.
    fn helper() void {}
};

pub const Shape = union(enum) {
    point: void,

    fn format(_: Shape, _: anytype) !void {}
};

pub const Color = enum {
    red,

    fn __str__(_: Color) []const u8 {
        return "red";
    }
};

/// A namespace: a private function in it is its own business.
pub const space = struct {
    fn init() void {}

    pub fn answer() i64 {
        return 42;
    }
};

/// Private itself.
const Hidden = struct {
    x: f64,

    fn init() Hidden {
        return .{ .x = 1 };
    }
};

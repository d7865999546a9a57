//! The classes that `classes.py` measures: the twin of `classes.c`.

/// A class of floats: attributes, a method, operators.
pub const Vec2 = struct {
    x: f64,
    y: f64 = 0,

    pub fn length(self: *const Vec2) f64 {
        return @sqrt(self.x * self.x + self.y * self.y);
    }

    pub fn __add__(self: Vec2, other: Vec2) Vec2 {
        return .{ .x = self.x + other.x, .y = self.y + other.y };
    }

    pub fn __eq__(self: Vec2, other: Vec2) bool {
        return self.x == other.x and self.y == other.y;
    }
};

/// A class that changes.
pub const Counter = struct {
    value: i64 = 0,

    pub fn inc(self: *Counter) void {
        self.value += 1;
    }
};

pub const Color = enum { red, green, blue };

/// A member in, the same member out.
pub fn echo(color: Color) Color {
    return color;
}

//! A class with a constructor and methods.

const zb = @import("zigbind");

const Vec2 = struct {
    x: f64,
    y: f64,

    pub fn init(x: f64, y: f64) Vec2 {
        return .{ .x = x, .y = y };
    }

    pub fn length(self: *const Vec2) f64 {
        return @sqrt(self.x * self.x + self.y * self.y);
    }

    pub fn add(self: *const Vec2, other: *const Vec2) Vec2 {
        return .{
            .x = self.x + other.x,
            .y = self.y + other.y,
        };
    }
};

export fn PyInit_vectors() callconv(.c) ?*zb.PyObject {
    const module = zb.createModule(.{
        .name = "vectors",
        .doc = "2D vector operations",
    }) catch return null;

    // Register Vec2 class
    const Vec2Type = zb.defineClass(module, .{
        .name = "Vec2",
        .doc = "2D vector",
        .type = Vec2,
    }) catch return null;

    // Add constructor
    zb.defineMethod(Vec2Type, .{
        .name = "__init__",
        .func = Vec2.init,
    }) catch return null;

    // Add methods
    zb.defineMethod(Vec2Type, .{
        .name = "length",
        .func = Vec2.length,
        .doc = "Calculate vector length",
    }) catch return null;

    zb.defineMethod(Vec2Type, .{
        .name = "add",
        .func = Vec2.add,
        .doc = "Add two vectors",
    }) catch return null;

    return module;
}

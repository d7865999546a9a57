//! Structs and unions that are no classes: data from Python.

const std = @import("std");
const zb = @import("zigbind");

const Point = struct {
    x: f64,
    y: f64,
};

const Shape = union(enum) {
    circle: struct { center: Point, radius: f64 },
    rectangle: struct { top_left: Point, bottom_right: Point },
};

// Automatic conversion
export fn PyInit_shapes() callconv(.c) ?*zb.PyObject {
    const module = zb.createModule(.{
        .name = "shapes",
    }) catch return null;

    // Function that takes Shape union
    zb.defineFunction(module, .{
        .name = "area",
        .func = calculateArea,
    }) catch return null;

    return module;
}

fn calculateArea(shape: Shape) f64 {
    return switch (shape) {
        .circle => |c| std.math.pi * c.radius * c.radius,
        .rectangle => |r| (r.bottom_right.x - r.top_left.x) *
            (r.bottom_right.y - r.top_left.y),
    };
}

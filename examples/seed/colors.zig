//! An enum.

const zb = @import("zigbind");

const Color = enum {
    red,
    green,
    blue,
};

export fn PyInit_colors() callconv(.c) ?*zb.PyObject {
    const module = zb.createModule(.{ .name = "colors" }) catch return null;

    _ = zb.defineEnum(module, .{
        .name = "Color",
        .type = Color,
        .doc = "RGB colors",
    }) catch return null;

    return module;
}

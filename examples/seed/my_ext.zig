//! The first extension of the documentation.

const std = @import("std");
const zb = @import("zigbind");

export fn PyInit_my_ext() callconv(.c) ?*zb.PyObject {
    const module = zb.createModule(.{
        .name = "my_ext",
        .doc = "My first extension",
    }) catch return null;

    zb.defineFunction(module, .{
        .name = "greet",
        .func = greet,
        .doc = "Return a greeting",
    }) catch return null;

    return module;
}

fn greet(name: []const u8) ![]const u8 {
    return std.fmt.allocPrint(
        zb.allocator,
        "Hello, {s}!",
        .{name},
    );
}

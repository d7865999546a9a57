//! The first module of the plan: a function that handles Python objects itself.

const zb = @import("zigbind");

export fn PyInit_hello() callconv(.c) ?*zb.PyObject {
    const module = zb.createModule(.{
        .name = "hello",
        .doc = "Hello world module",
        .size = -1,
    }) catch return null;

    _ = zb.addFunction(module, .{
        .name = "greet",
        .impl = greet,
        .doc = "Return a greeting",
    }) catch return null;

    return module;
}

fn greet(args: *zb.PyObject) callconv(.c) ?*zb.PyObject {
    _ = args;
    return zb.stringFromUtf8("Hello from Zig!") catch null;
}

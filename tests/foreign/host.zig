//! A stand-in for an interpreter: loads the library of a module and calls its PyInit function, which must return the definition
//! of the module of that name. The C-API is in api.zig: made from python3.def, it does nothing.

const std = @import("std");
const builtin = @import("builtin");

comptime {
    if (builtin.os.tag != .windows) _ = @import("api.zig");
}

const Definition = extern struct {
    reference_count: isize,
    class: ?*anyopaque,
    init: ?*anyopaque,
    index: isize,
    copy: ?*anyopaque,
    name: [*:0]const u8,
};

extern "kernel32" fn LoadLibraryA([*:0]const u8) callconv(.winapi) ?*anyopaque;
extern "kernel32" fn GetProcAddress(*anyopaque, [*:0]const u8) callconv(.winapi) ?*anyopaque;
extern fn dlopen(?[*:0]const u8, c_int) ?*anyopaque;
extern fn dlsym(*anyopaque, [*:0]const u8) ?*anyopaque;
extern fn dlerror() ?[*:0]const u8;

const now = 2; // RTLD_NOW: every symbol must be there

/// Arguments: the path of the library, PyInit_NAME, NAME.
pub fn main() !void {
    const arguments = try std.process.argsAlloc(std.heap.page_allocator);
    const path, const function, const name = .{ arguments[1], arguments[2], arguments[3] };
    const address = if (builtin.os.tag == .windows)
        GetProcAddress(LoadLibraryA(path) orelse return error.NotLoaded, function)
    else
        dlsym(dlopen(path, now) orelse {
            std.debug.print("{s}\n", .{dlerror() orelse "no reason"});
            return error.NotLoaded;
        }, function);
    const make: *const fn () callconv(.c) ?*Definition = @ptrCast(@alignCast(address orelse return error.NoFunction));
    const definition = make() orelse return error.NoDefinition;
    if (!std.mem.eql(u8, std.mem.span(definition.name), name)) return error.OtherName;
}

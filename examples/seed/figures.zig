//! A virtual function: what a class in Python makes of it is called from Zig.

const std = @import("std");
const zb = @import("zigbind");

const Figure = struct {
    name: []const u8,

    fn init(name: []const u8) Figure {
        return .{ .name = name };
    }

    pub fn area(_: *const Figure) f64 {
        return 0;
    }
};

fn describe(figure: zb.Trampoline(Figure), prefix: []const u8) ![]const u8 {
    const area = try figure.callVirtual("area", .{});
    return std.fmt.allocPrint(zb.allocator, "{s}{s}: {d}", .{ prefix, figure.base.name, area });
}

export fn PyInit_figures() callconv(.c) ?*zb.PyObject {
    const module = zb.createModule(.{ .name = "figures" }) catch return null;
    const FigureType = zb.defineClass(module, .{ .name = "Figure", .type = Figure }) catch return null;
    zb.defineMethod(FigureType, .{ .name = "__init__", .func = Figure.init, .args = .{.{ .name = "name" }} }) catch return null;
    zb.defineMethod(FigureType, .{ .name = "area", .func = Figure.area }) catch return null;
    zb.defineFunction(module, .{
        .name = "describe",
        .func = describe,
        .args = .{ .{ .name = "figure" }, .{ .name = "prefix", .default = "" } },
    }) catch return null;
    return module;
}

const std = @import("std");
const zigbind = @import("zigbind");

pub fn build(b: *std.Build) void {
    const extension: zigbind.Options = .{
        .name = "my_project._core",
        .root_source_file = b.path("src/my_project/_core.zig"),
        .target = b.standardTargetOptions(.{}),
        .optimize = b.standardOptimizeOption(.{}),
        // What the code imports besides files:
        // .imports = &.{.{ .name = "dep", .module = b.dependency("dep", .{}).module("dep") }},
    };
    _ = zigbind.addExtension(b, extension);

    const tests = zigbind.addTests(b, extension);
    b.step("test", "Run the tests in the Zig code").dependOn(&b.addRunArtifact(tests).step);
}

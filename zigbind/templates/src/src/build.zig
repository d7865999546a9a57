//! For editors and for `zig build test`: it says where `@import("zigbind")` is. zigbind itself does not need it.

const std = @import("std");

pub fn build(b: *std.Build) void {
    const zigbind = b.createModule(.{ .root_source_file = b.path("../.zigbind/runtime/zigbind.zig") });
    const tests = b.addTest(.{ .root_module = b.createModule(.{
        .root_source_file = b.path("my_project/_core.zig"),
        .target = b.graph.host,
        .imports = &.{.{ .name = "zigbind", .module = zigbind }},
    }) });
    b.step("test", "Run the tests in the Zig code").dependOn(&b.addRunArtifact(tests).step);
}

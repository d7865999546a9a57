//! For projects with a build.zig of their own: `@import("zigbind").addExtension(b, .{ ... })`.
//!
//! zigbind copies this folder to `.zigbind/runtime` of the project and writes a root file for each extension beside it, with the
//! names and docs of its source. So `zig build` alone works, too, once zigbind has seen the project.

const std = @import("std");

pub const Options = struct {
    /// The module's name in Python: "my_package._core", or "my_ext" for a module of its own.
    name: []const u8,
    /// The file whose public declarations Python sees.
    root_source_file: std.Build.LazyPath,
    target: std.Build.ResolvedTarget,
    optimize: std.builtin.OptimizeMode,
    /// What the code can `@import` besides files and "zigbind".
    imports: []const std.Build.Module.Import = &.{},
};

/// A Python extension module, installed as `lib/my_package/_core.abi3.so` (`.pyd` on Windows). What is linked with the result, or added
/// to its `root_module`, is in the module.
pub fn addExtension(b: *std.Build, options: Options) *std.Build.Step.Compile {
    if (!isModuleName(options.name)) std.process.fatal("'{s}' is no name of a module; write it as in an import: my_package._core", .{options.name});
    const target = options.target;
    const module = flagged(b, options, rootFile(b, options));
    module.addImport("zigbind", runtime(b, options));
    for (options.imports) |import| module.addImport(import.name, import.module);
    const library = b.addLibrary(.{
        .name = tail(options.name),
        .linkage = .dynamic,
        .root_module = module,
        // The other backend of Zig 0.15 miscompiles thread-locals.
        .use_llvm = if (options.optimize == .Debug) true else null,
    });
    library.bundle_ubsan_rt = false;
    library.linker_allow_shlib_undefined = true; // Python's symbols come from the process that loads it
    if (!isThere(b, rootName(b, options))) library.step.dependOn(&b.addFail(b.fmt(
        "zigbind has not seen {s} yet: run `zigbind wheel` once in the folder of pyproject.toml",
        .{options.name},
    )).step);
    const path = b.dupe(options.name);
    std.mem.replaceScalar(u8, path, '.', '/');
    const installed = b.fmt("{s}{s}", .{ path, if (target.result.os.tag == .windows) ".pyd" else ".abi3.so" });
    if (target.result.os.tag.isDarwin()) library.install_name = b.fmt("@rpath/{s}", .{std.fs.path.basename(installed)});
    if (target.result.os.tag == .windows) module.addObjectFile(importLibrary(b, target.result.cpu.arch));
    b.getInstallStep().dependOn(&b.addInstallFileWithDir(library.getEmittedBin(), .lib, installed).step);
    return library;
}

/// The tests in the Zig code of an extension: `b.step("test", "...").dependOn(&b.addRunArtifact(addTests(b, options)).step)`.
/// They run without Python, so what they call must not need it.
pub fn addTests(b: *std.Build, options: Options) *std.Build.Step.Compile {
    const module = b.createModule(.{ .root_source_file = options.root_source_file, .target = options.target, .optimize = options.optimize });
    module.addImport("zigbind", runtime(b, options));
    for (options.imports) |import| module.addImport(import.name, import.module);
    return b.addTest(.{ .root_module = module });
}

/// The generated file that exports PyInit. With ZIGBIND_EXTENSIONS in the environment it is not generated yet: zigbind asks in that
/// file which extensions there are.
fn rootFile(b: *std.Build, options: Options) std.Build.LazyPath {
    if (b.graph.env_map.get("ZIGBIND_EXTENSIONS")) |path| {
        const row = b.fmt("{s}\t{s}\n", .{ options.name, options.root_source_file.getPath2(b, null) });
        append(path, row) catch |err| std.process.fatal("{s} cannot be written: {s}", .{ path, @errorName(err) });
    }
    return b.path(rootName(b, options));
}

fn rootName(b: *std.Build, options: Options) []const u8 {
    return b.fmt(".zigbind/roots/{s}/root.zig", .{options.name});
}

fn isThere(b: *std.Build, path: []const u8) bool {
    b.build_root.handle.access(path, .{}) catch return false;
    return true;
}

fn append(path: []const u8, row: []const u8) !void {
    const file = try std.fs.cwd().createFile(path, .{ .truncate = false });
    defer file.close();
    try file.seekFromEnd(0);
    try file.writeAll(row);
}

fn runtime(b: *std.Build, options: Options) *std.Build.Module {
    return flagged(b, options, package(b).path("zigbind.zig"));
}

fn package(b: *std.Build) *std.Build.Dependency {
    return b.dependencyFromBuildZig(@This(), .{});
}

/// A module with what zigbind gives to `zig build-lib`: panics become exceptions without unwinding, so nothing is kept for it.
fn flagged(b: *std.Build, options: Options, file: std.Build.LazyPath) *std.Build.Module {
    const result = options.target.result;
    return b.createModule(.{
        .root_source_file = file,
        .target = options.target,
        .optimize = options.optimize,
        // Without libc one musl module loads on both libcs.
        .link_libc = if (result.os.tag.isDarwin() or result.isGnuLibC()) true else null,
        .strip = true,
        .unwind_tables = .none,
        .stack_protector = false,
        .stack_check = false,
        .omit_frame_pointer = true,
        .sanitize_c = .off,
    });
}

/// What the linker of Windows needs to know of python3.dll, made from a list of names.
fn importLibrary(b: *std.Build, arch: std.Target.Cpu.Arch) std.Build.LazyPath {
    const machine = switch (arch) {
        .x86_64 => "i386:x86-64",
        .aarch64 => "arm64",
        else => std.process.fatal("there is no Python for Windows on {s}", .{@tagName(arch)}),
    };
    const run = b.addSystemCommand(&.{ b.graph.zig_exe, "dlltool", "-m", machine, "-D", "python3.dll", "-d" });
    run.addFileArg(package(b).path("python3.def"));
    run.addArg("-l");
    return run.addOutputFileArg("python3.lib");
}

fn isModuleName(name: []const u8) bool {
    var parts = std.mem.splitScalar(u8, name, '.');
    while (parts.next()) |part| {
        if (part.len == 0 or std.ascii.isDigit(part[0])) return false;
        for (part) |byte| if (byte != '_' and !std.ascii.isAlphanumeric(byte)) return false;
    }
    return true;
}

fn tail(name: []const u8) []const u8 {
    return if (std.mem.lastIndexOfScalar(u8, name, '.')) |dot| name[dot + 1 ..] else name;
}

pub fn build(b: *std.Build) void {
    _ = b;
}

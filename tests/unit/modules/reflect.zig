//! What the compiler's own reflection says of files of the standard library: "name", or "name/3" for a function of three parameters.
const std = @import("std");

fn declarations(comptime C: type) []const []const u8 {
    comptime {
        @setEvalBranchQuota(1_000_000);
        var list: []const []const u8 = &.{};
        for (@typeInfo(C).@"struct".decls) |decl| {
            const T = @TypeOf(@field(C, decl.name));
            list = list ++ .{if (@typeInfo(T) == .@"fn") std.fmt.comptimePrint("{s}/{d}", .{ decl.name, @typeInfo(T).@"fn".params.len }) else decl.name};
        }
        return list;
    }
}

pub const ascii: []const []const u8 = declarations(std.ascii);
pub const base64: []const []const u8 = declarations(std.base64);
pub const fmt: []const []const u8 = declarations(std.fmt);
pub const math: []const []const u8 = declarations(std.math);
pub const mem: []const []const u8 = declarations(std.mem);
pub const sort: []const []const u8 = declarations(std.sort);
pub const unicode: []const []const u8 = declarations(std.unicode);
pub const signatures: []const []const u8 = declarations(@import("signatures.zig"));

//! `pub const zigbind = .{ ... }` in a file or a struct: what reflection cannot know.

const std = @import("std");
const compat = @import("compat.zig");

/// Every key, with what it means and its default. A list is a tuple of names: `.{ "a", "b" }`.
pub const Options = struct {
    /// The name of the class in Python.
    name: ?[:0]const u8 = null,
    /// Public declarations and fields that Python shall not see.
    exclude: []const []const u8 = &.{},
    /// Other names: `.{ .zig_name = "python_name" }`.
    rename: []const [2][:0]const u8 = &.{},
    /// No class can derive from it.
    final: bool = false,
    /// Weak references to instances.
    weakref: bool = false,
    /// Instances take any attribute.
    dict: bool = false,
    /// The struct that the class derives from: the type of its first field.
    base: ?type = null,
    /// Methods that a class in Python can override for Zig code too: see `zb.Trampoline`.
    virtual: []const []const u8 = &.{},
    /// Functions that take an instance first and are no methods for it.
    static: []const []const u8 = &.{},
    /// Methods without arguments that are attributes. `set_NAME` or `setNAME` sets it where there is one.
    properties: []const []const u8 = &.{},
    /// Fields that Python can read and not set.
    readonly: []const []const u8 = &.{},
    /// `==`, `<` and their kin compare the fields, in order.
    ordering: bool = false,
    /// Whether instances can be pickled and copied, where every field converts.
    pickle: bool = true,

    pub fn excludes(comptime self: Options, comptime name: []const u8) bool {
        return contains(self.exclude, name);
    }

    /// The name in Python of a declaration or field.
    pub fn pythonName(comptime self: Options, comptime zig_name: [:0]const u8) [:0]const u8 {
        for (self.rename) |pair| if (std.mem.eql(u8, pair[0], zig_name)) return pair[1];
        return zig_name;
    }
};

pub fn contains(comptime names: []const []const u8, comptime name: []const u8) bool {
    for (names) |one| if (std.mem.eql(u8, one, name)) return true;
    return false;
}

/// The options of a container.
pub fn of(comptime C: type) Options {
    comptime {
        switch (@typeInfo(C)) {
            .@"struct", .@"union", .@"enum" => {},
            else => return .{},
        }
        if (!@hasDecl(C, "zigbind") or @TypeOf(C.zigbind) == type) return .{};
        const given = C.zigbind;
        const Given = @TypeOf(given);
        var result: Options = .{};
        for (compat.fieldNames(Given)) |key| {
            if (!@hasField(Options, key)) @compileError("the options of " ++ @typeName(C) ++ " know no key '" ++ key ++ "'; they know " ++ known());
            const value = @field(given, key);
            @field(result, key) = switch (@FieldType(Options, key)) {
                []const []const u8 => blk: {
                    var list: []const []const u8 = &.{};
                    if (@typeInfo(@TypeOf(value)) != .@"struct" or !@typeInfo(@TypeOf(value)).@"struct".is_tuple) wrong(C, key, "a tuple of names: .{ \"a\", \"b\" }");
                    for (0..value.len) |index| {
                        if (!isText(@TypeOf(value[index]))) wrong(C, key, "a tuple of names: .{ \"a\", \"b\" }");
                        list = list ++ .{@as([]const u8, value[index])};
                    }
                    break :blk list;
                },
                []const [2][:0]const u8 => blk: {
                    var list: []const [2][:0]const u8 = &.{};
                    if (@typeInfo(@TypeOf(value)) != .@"struct") wrong(C, key, "pairs of names: .{ .zig_name = \"python_name\" }");
                    for (compat.fieldNames(@TypeOf(value))) |name| list = list ++ .{.{ name, @field(value, name) }};
                    break :blk list;
                },
                bool => if (@TypeOf(value) == bool) value else wrong(C, key, "true or false"),
                ?type => if (@TypeOf(value) == type) value else wrong(C, key, "a type"),
                else => if (isText(@TypeOf(value))) value else wrong(C, key, "a name: \"Name\""),
            };
        }
        // A name that is not there is a mistake in spelling.
        for (.{ "exclude", "virtual", "static", "properties", "readonly" }) |key| for (@field(result, key)) |name| checkName(C, key, name);
        for (result.rename) |pair| checkName(C, "rename", pair[0]);
        return result;
    }
}

fn isText(comptime T: type) bool {
    return @typeInfo(T) == .pointer and (T == []const u8 or T == [:0]const u8 or @typeInfo(@typeInfo(T).pointer.child) == .array);
}

fn wrong(comptime C: type, comptime key: []const u8, comptime wanted: []const u8) noreturn {
    @compileError("the option '" ++ key ++ "' of " ++ @typeName(C) ++ " is " ++ wanted);
}

fn checkName(comptime C: type, comptime key: []const u8, comptime name: []const u8) void {
    if (!@hasDecl(C, name) and !@hasField(C, name))
        @compileError("the option '" ++ key ++ "' of " ++ @typeName(C) ++ " names '" ++ name ++ "', which is no public declaration and no field of it");
}

fn known() []const u8 {
    comptime {
        var text: []const u8 = "";
        for (compat.fieldNames(Options)) |name| text = text ++ (if (text.len == 0) "" else ", ") ++ name;
        return text;
    }
}

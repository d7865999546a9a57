//! Arrays in what a function returns, such as those of a map: each gets the object that keeps its memory, as an array that is the
//! result itself does.

const array_converter = @import("convert/array.zig");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const standard = @import("standard.zig");
const Call = @import("call.zig").Call;

const Borrowed = object.Borrowed;

/// Whether there can be arrays in a T.
pub fn hasArrays(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| hasArrays(info.child),
        .array => |info| hasArrays(info.child),
        .pointer => |info| (T == []info.child or T == []const info.child) and hasArrays(info.child),
        .@"struct" => blk: {
            if (array_converter.isArray(T)) break :blk true;
            if (standard.kindOf(T)) |kind| break :blk switch (kind) {
                .list => hasArrays(standard.Item(T)),
                .map, .array_map => hasArrays(standard.Value(T)),
                else => false,
            };
            if (registry.isConverted(T)) break :blk false;
            const is_known = registry.isKnown(T);
            for (compat.fieldTypes(T)) |Field| if (if (is_known) array_converter.isArray(Field) else hasArrays(Field)) break :blk true;
            break :blk false;
        },
        .@"union" => |info| blk: {
            if (info.tag_type == null or registry.isConverted(T)) break :blk false;
            const is_known = registry.isKnown(T);
            for (compat.unionTypes(T)) |Payload| if (if (is_known) array_converter.isArray(Payload) else hasArrays(Payload)) break :blk true;
            break :blk false;
        },
        else => false,
    };
}

/// Where the memory can be that arrays of a result lie in.
pub const Sources = struct {
    self: ?Borrowed,
    arguments: []const Borrowed,
    call: *Call,
};

/// The value with arrays that know their objects, which the call keeps. What it came in may belong to an instance: it stays as it is.
pub fn settled(comptime T: type, value: T, from: *const Sources) error{Python}!T {
    if (comptime !hasArrays(T)) return value;
    const gpa = from.call.allocator();
    switch (@typeInfo(T)) {
        .optional => |info| return if (value) |inner| try settled(info.child, inner, from) else null,
        .array => |info| {
            var result = value;
            for (&result) |*item| item.* = try settled(info.child, item.*, from);
            return result;
        },
        .pointer => |info| {
            const result = gpa.alloc(info.child, value.len) catch return noMemory();
            for (result, value) |*into, item| into.* = try settled(info.child, item, from);
            return result;
        },
        .@"struct" => {
            var result = value;
            if (comptime array_converter.isArray(T)) {
                try result.zigbind_lend(from.self, from.arguments, from.call);
            } else if (comptime standard.kindOf(T)) |kind| switch (kind) {
                .list => {
                    const items = gpa.alloc(standard.Item(T), value.items.len) catch return noMemory();
                    for (items, value.items) |*into, item| into.* = try settled(standard.Item(T), item, from);
                    result.items = items;
                },
                else => {
                    result = (if (comptime standard.isManaged(T)) value.cloneWithAllocator(gpa) else value.clone(gpa)) catch return noMemory();
                    var entries = result.iterator();
                    while (entries.next()) |entry| entry.value_ptr.* = try settled(standard.Value(T), entry.value_ptr.*, from);
                },
            } else inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T)) |name, Field| if (comptime hasArrays(Field)) {
                @field(result, name) = try settled(Field, @field(value, name), from);
            };
            return result;
        },
        .@"union" => switch (value) {
            inline else => |payload, tag| return @unionInit(T, @tagName(tag), try settled(@TypeOf(payload), payload, from)),
        },
        else => comptime unreachable,
    }
}

fn noMemory() error{Python} {
    _ = c.PyErr_NoMemory();
    return error.Python;
}

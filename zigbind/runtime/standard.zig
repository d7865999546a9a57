//! Which types of Zig's standard library have a counterpart in Python, and what is to be known about them.

const std = @import("std");
const compat = @import("compat.zig");

pub const Kind = enum { map, array_map, list, enum_set, complex, big_int, managed_big_int };

/// What a type of std is to Python by its name; null for all others.
pub fn kindOf(comptime T: type) ?Kind {
    comptime {
        if (@typeInfo(T) != .@"struct") return null;
        const name = @typeName(T);
        // One look decides for nearly every type.
        switch (name[0]) {
            'h' => if (begins(name, "hash_map.HashMap")) return if (@hasDecl(T, "KV") and isPlain(T)) .map else null,
            'a' => {
                if (begins(name, "array_hash_map.ArrayHashMap")) return if (@hasDecl(T, "KV") and isPlain(T)) .array_map else null;
                if (begins(name, "array_list.Aligned")) return if (@hasDecl(T, "Slice")) .list else null;
            },
            'e' => if (begins(name, "enums.EnumSet(")) return .enum_set,
            'm' => {
                if (begins(name, "math.complex.Complex(")) return .complex;
                if (T == std.math.big.int.Const) return .big_int;
                if (T == std.math.big.int.Managed) return .managed_big_int;
            },
            else => {},
        }
        return null;
    }
}

fn begins(comptime name: []const u8, comptime prefix: []const u8) bool {
    return name.len > prefix.len and std.mem.eql(u8, name[0..prefix.len], prefix);
}

/// Whether a map needs no context at run time.
fn isPlain(comptime T: type) bool {
    const types = compat.paramTypes(@TypeOf(Unmanaged(T).putContext));
    return @sizeOf(types[types.len - 1].?) == 0;
}

/// A map without its allocator.
pub fn Unmanaged(comptime T: type) type {
    return if (isManaged(T)) T.Unmanaged else T;
}

/// Whether a container knows its allocator.
pub fn isManaged(comptime T: type) bool {
    return @hasField(T, "allocator");
}

pub fn Key(comptime T: type) type {
    return @FieldType(T.KV, "key");
}

pub fn Value(comptime T: type) type {
    return @FieldType(T.KV, "value");
}

/// The items of a list.
pub fn Item(comptime T: type) type {
    return @typeInfo(T.Slice).pointer.child;
}

/// What a container has in it, but for keys: those of a list, the values of a map.
pub fn itemsOf(comptime T: type) []const type {
    return switch (kindOf(T).?) {
        .list => &.{Item(T)},
        .map, .array_map => &.{Value(T)},
        .enum_set, .complex, .big_int, .managed_big_int => &.{},
    };
}

/// Whether values of this type own memory that a `deinit` frees.
pub fn ownsMemory(comptime T: type) bool {
    return switch (kindOf(T) orelse return false) {
        .map, .array_map, .list, .managed_big_int => true,
        .enum_set, .complex, .big_int => false,
    };
}

/// Whether a result is for Python to free where the method that made it was given an allocator: a slice that can be changed, a container, or
/// an optional one.
pub fn isFreed(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| isFreed(info.child),
        .pointer => |info| info.size == .slice and !compat.pointerIsConst(T),
        else => ownsMemory(T),
    };
}

/// Free a result of which `isFreed` is true.
pub fn freeResult(comptime T: type, value: T, allocator: std.mem.Allocator) void {
    switch (@typeInfo(T)) {
        .optional => |info| if (value) |inner| freeResult(info.child, inner, allocator),
        .pointer => allocator.free(value),
        else => free(T, value, allocator),
    }
}

/// Free a container that came out of `allocator`; one that knows another allocator is left alone.
pub fn free(comptime T: type, value: T, allocator: std.mem.Allocator) void {
    var own = value;
    if (comptime !isManaged(T)) return own.deinit(allocator);
    if (own.allocator.vtable == allocator.vtable) own.deinit();
}

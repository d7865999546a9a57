//! Values that Python gives to the fields of an instance: what they point into is kept by the instance.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const literal = @import("literal.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const instance = @import("instance.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const Call = @import("call.zig").Call;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// Why Python cannot give a value to a field of this type; null where it can. `frees` says that it stands in a struct that frees its memory.
pub fn whyNot(comptime frees: bool, comptime Field: type) ?[:0]const u8 {
    if (convert.Pointee(Field) != null) return "a pointer is set by Zig code only";
    if (convert.whyNotFromPython(Field)) |reason| return reason;
    if (instance.ends(Field)) return "its value has a deinit: a copy of it would end twice";
    if (frees and instance.keepersOfField(false, Field) != instance.keepersOfField(true, Field)) return "its class has a deinit, which frees what it points to";
    if (instance.keepersOfField(frees, Field) == 0 and !convert.outlives(Field)) return "a value of type " ++ comptime literal.typeName(Field) ++ " would not outlive the call";
    return switch (@typeInfo(Field)) {
        .@"struct" => if (!registry.reflected and registry.isKnown(Field) and instance.keepersOfField(frees, Field) > 0) "what it refers to would not outlive the call" else null,
        .pointer => |info| if (info.child == u8 or info.size != .slice or convert.outlives(info.child)) null else "items of " ++ comptime literal.typeName(Field) ++ " would not outlive the call",
        .optional => |info| whyNot(frees, info.child),
        else => null,
    };
}

/// A value for a field of type Field, and the objects that it needs. The call keeps them until the instance does.
pub fn Held(comptime frees: bool, comptime Field: type) type {
    const count = instance.keepersOfField(frees, Field);
    return struct {
        value: Field,
        keepers: [count]?*c.PyObject,

        const Inner = convert.Converter(Field);
        pub const zigbind_converter = struct {
            pub const annotation = Inner.annotation;
            pub const expected = Inner.expected;
            pub const by_value = false;
            pub const needs_call = true;
            pub const needs_state = convert.needsState(Field);

            pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!Held(frees, Field) {
                var result: Held(frees, Field) = .{ .value = undefined, .keepers = @splat(null) };
                result.value = try convert.fromPython(Field, value, call);
                try keep(Field, &result.value, &result.keepers, value, call);
                return result;
            }
        };
    };
}

/// Fill `keepers` with what `field`, just made from `value`, points into.
fn keep(comptime Field: type, field: *Field, keepers: []?*c.PyObject, value: Borrowed, call: *Call) error{Python}!void {
    if (comptime instance.keepersOfField(false, Field) == 0) return;
    switch (@typeInfo(Field)) {
        .optional => |info| if (field.*) |*inner| try keep(info.child, inner, keepers, value, call),
        .@"struct" => if (comptime instance.isObject(Field)) {
            keepers[0] = value.ptr;
        } else if (comptime instance.isArray(Field)) {
            const made = try field.zigbind_pin();
            try call.keep(made);
            keepers[0] = made.ptr;
        } else if (comptime registry.isKnown(Field)) {
            copyKeepers(keepers, value);
        } else {
            // What is no text of the object, though that is text, is copied like anything else.
            const source: Borrowed = if (@hasDecl(Field.zigbind_converter, "encodes")) .{ .ptr = c.none() } else value;
            try keep(@TypeOf(field.data), &field.data, keepers, source, call);
        },
        .@"union" => copyKeepers(keepers, value),
        .pointer => |info| if (comptime instance.keepersOfField(false, Field) > 0) {
            const is_text = info.child == u8 and compat.pointerIsConst(Field) and
                (value.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS) or value.hasFlag(c.Py_TPFLAGS_BYTES_SUBCLASS));
            if (is_text) {
                keepers[0] = value.ptr;
                return;
            }
            // A copy that nobody else knows, in a bytes object: its memory is aligned and ends in a zero byte.
            const items = if (info.size == .slice) field.* else std.mem.span(field.*);
            const copy = try Owned.take(c.PyBytes_FromStringAndSize(@ptrCast(items.ptr), @intCast(items.len * @sizeOf(info.child))));
            try call.keep(copy);
            keepers[0] = copy.ptr;
            var bytes: [*:0]u8 = undefined;
            var size_bytes: isize = 0;
            if (c.PyBytes_AsStringAndSize(copy.ptr, &bytes, &size_bytes) != 0) return error.Python;
            if (info.size == .slice) field.ptr = @ptrCast(@alignCast(bytes)) else field.* = bytes;
        },
        else => {},
    }
}

/// Those of the instance that a struct or union was copied from.
fn copyKeepers(keepers: []?*c.PyObject, value: Borrowed) void {
    for (keepers, instance.keepersOf(value.ptr)[0..keepers.len]) |*keeper, kept| keeper.* = kept;
}

/// A new value with the objects that its fields need.
pub fn Built(comptime T: type) type {
    return struct {
        value: T,
        keepers: [instance.keeperCount(T)]?*c.PyObject = @splat(null),

        pub const zigbind_built = T;
        pub const zigbind_converter = convert.Converter(T);
    };
}

/// One parameter of a constructor: it becomes part of a new value.
pub const Part = struct {
    T: type,
    default: ?*const anyopaque,
    /// Whether it stands in a struct that frees its memory.
    frees: bool,
};

/// A target that makes a T out of parts, see `signature.FunctionTarget`. `Maker` has `make(Target, values) T`, which reads part by part
/// with `Target.plain(values, index)`, and `firstKeeper(index)`: how many references of a T stand before those of a part.
pub fn PartsTarget(comptime T: type, comptime parts: []const Part, comptime Maker: type) type {
    const keeps = instance.keeperCount(T) > 0;
    return struct {
        const Target = @This();
        pub const types = blk: {
            var list: [parts.len]type = undefined;
            for (parts, 0..) |part, index| list[index] = if (instance.keepersOfField(part.frees, part.T) > 0) Held(part.frees, part.T) else part.T;
            const fixed = list;
            break :blk &fixed;
        };
        pub const kinds: []const signature.Role = &@as([parts.len]signature.Role, @splat(.positional));
        pub const Return = if (keeps) Built(T) else T;

        pub fn name(comptime _: usize) ?[:0]const u8 {
            return null;
        }
        pub fn hasDefault(comptime index: usize) bool {
            return parts[index].default != null;
        }
        pub fn default(comptime index: usize) callconv(compat.hot) types[index] {
            const value = @as(*const parts[index].T, @ptrCast(@alignCast(parts[index].default.?))).*;
            return if (types[index] == parts[index].T) value else .{ .value = value, .keepers = @splat(null) };
        }
        pub fn defaultText(comptime index: usize) [:0]const u8 {
            return literal.of(@as(*const parts[index].T, @ptrCast(@alignCast(parts[index].default.?))).*);
        }
        /// A part without what keeps it.
        pub fn plain(values: anytype, comptime index: usize) callconv(compat.hot) parts[index].T {
            return if (types[index] == parts[index].T) values[index] else values[index].value;
        }
        pub fn invoke(values: anytype) callconv(compat.hot) Return {
            const result = Maker.make(Target, values);
            if (!keeps) return result;
            var built: Return = .{ .value = result };
            inline for (parts, 0..) |part, index| if (types[index] != part.T) {
                const first = comptime Maker.firstKeeper(index);
                inline for (0..values[index].keepers.len) |one| built.keepers[first + one] = values[index].keepers[one];
            };
            return built;
        }
    };
}

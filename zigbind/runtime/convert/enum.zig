//! Enums <-> members of an enum.Enum; packed structs of bools <-> enum.IntFlag.

const std = @import("std");
const c = @import("../capi.zig");
const class_converter = @import("class.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const enum_zig = @import("../enum.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const record = @import("record.zig");
const registry = @import("../registry.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

pub fn Enum(comptime T: type) type {
    const names = compat.enumNames(T);
    return struct {
        pub const annotation = class_converter.annotationOf(T);
        pub const expected = class_converter.nameOf(T);
        pub const by_value = true;
        pub const needs_call = false;
        pub const needs_state = true;

        pub fn exact(value: Borrowed, call: *Call) callconv(compat.hot) bool {
            return value.ptr.ob_type.asObject() == call.state.object(registry.index(T));
        }

        pub fn fromPython(value: Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!T {
            @setRuntimeSafety(false);
            const start = registry.index(T) + 1;
            inline for (names, 0..) |name, index| {
                if (index == 4) break;
                if (value.ptr == call.state.object(start + index)) return @field(T, name);
            }
            const at = search(value.ptr, call.state);
            return if (at >= 0) member(@intCast(at)) else if (at == -1) error.Python else error.Mismatch;
        }

        fn member(at: usize) T {
            @setRuntimeSafety(false);
            if (comptime isCounted()) return @enumFromInt(at);
            inline for (names, 0..) |name, index| if (at == index) return @field(T, name);
            unreachable;
        }

        /// Which member an object is; -1 or -2 with an exception set. A number, because an error union would be in memory, in the usual
        /// path too.
        noinline fn search(value: *c.PyObject, state: *State) isize {
            @setRuntimeSafety(false);
            return found(value, state) catch |err| if (err == error.Python) -1 else -2;
        }

        fn found(value: *c.PyObject, state: *State) errors.Refusal!isize {
            @setRuntimeSafety(false);
            if (!registry.reflected and state.object(registry.index(T)) == null) {
                const named = try record.Record(T).byName(.{ .ptr = value });
                inline for (names, 0..) |name, index| if (named == @field(T, name)) return index;
            }
            if (registry.reflected) _ = try enum_zig.require(T, state);
            const start = registry.index(T) + 1;
            inline for (0..names.len) |index| if (value == state.object(start + index)) return index;
            return convert.mismatch(expected, .{ .ptr = value });
        }

        pub fn toPython(value: T, state: *State) callconv(compat.hot) error{Python}!Owned {
            @setRuntimeSafety(false);
            const one = state.object(registry.index(T) + 1 + (place(value) orelse return nameless()));
            return (Borrowed{ .ptr = one orelse return first(value, state) }).own();
        }

        /// Which member a value is; null where none has it.
        fn place(value: T) callconv(compat.hot) ?usize {
            @setRuntimeSafety(false);
            if (comptime isCounted()) return @intFromEnum(value);
            inline for (names, 0..) |name, index| if (value == @field(T, name)) return index;
            return null;
        }

        /// Whether the values are 0, 1, 2 ...
        fn isCounted() bool {
            if (!@typeInfo(T).@"enum".is_exhaustive) return false;
            for (names, 0..) |name, index| if (@intFromEnum(@field(T, name)) != index) return false;
            return true;
        }

        /// Of an enum of another file that is made only now, or of one that is data.
        noinline fn first(value: T, state: *State) error{Python}!Owned {
            @branchHint(.cold);
            if (!registry.reflected and state.object(registry.index(T)) == null) return record.Record(T).toPython(value, state);
            _ = try enum_zig.require(T, state);
            return (Borrowed{ .ptr = state.object(registry.index(T) + 1 + place(value).?).? }).own();
        }

        fn nameless() error{Python} {
            @branchHint(.cold);
            c.PyErr_SetString(c.exception("ValueError"), "a value of " ++ expected ++ " has no name");
            return error.Python;
        }
    };
}

pub fn Flags(comptime T: type) type {
    const Bits = @typeInfo(T).@"struct".backing_integer.?;
    const all: Bits = blk: {
        var bits: Bits = 0;
        for (registry.flagNames(T)) |name| bits |= 1 << @bitOffsetOf(T, name);
        break :blk bits;
    };
    return struct {
        pub const annotation = class_converter.annotationOf(T);
        pub const expected = class_converter.nameOf(T);
        pub const by_value = true;
        pub const needs_call = !registry.reflected;
        pub const needs_state = true;

        pub fn exact(value: Borrowed, call: *Call) callconv(compat.hot) bool {
            return value.ptr.ob_type.asObject() == call.state.object(registry.index(T));
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            if (!registry.reflected and call.state.object(registry.index(T)) == null) return record.Record(T).fromPython(value, call);
            const class = try enum_zig.require(T, call.state);
            if (c.PyType_IsSubtype(value.ptr.ob_type, @ptrCast(class)) == 0) return convert.mismatch(expected, value);
            const bits = c.PyLong_AsLongLong(value.ptr);
            const too_large = bits == -1 and c.PyErr_Occurred() != null;
            if (too_large) errors.clear();
            if (too_large or bits < 0 or bits & ~@as(c_longlong, all) != 0) {
                _ = c.PyErr_Format(c.exception("ValueError"), "%R has bits that no member of " ++ expected ++ " has", value.ptr);
                return error.Mismatch;
            }
            return @bitCast(@as(Bits, @intCast(bits)));
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            if (!registry.reflected and state.object(registry.index(T)) == null) return record.Record(T).toPython(value, state);
            const class = try enum_zig.require(T, state);
            return Owned.take(c.PyObject_CallFunction(class, "L", @as(c_longlong, @as(Bits, @bitCast(value)) & all)));
        }
    };
}

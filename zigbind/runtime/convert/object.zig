//! `zb.Object` and `*zb.PyObject`: any Python object as it is.

const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

pub const Converter = struct {
    pub const annotation = "object";
    pub const expected = "object";
    pub const by_value = false;
    pub const needs_call = false;

    pub fn exact(_: object.Borrowed, _: *Call) callconv(compat.hot) bool {
        return true;
    }
    pub fn fromPython(value: object.Borrowed, _: *Call) callconv(compat.hot) errors.Refusal!object.Borrowed {
        return value;
    }
    pub fn toPython(value: object.Borrowed, _: *State) callconv(compat.hot) error{Python}!object.Owned {
        return value.own();
    }
};

/// In: borrowed for the call. Out: a reference that Python takes over.
pub const Pointer = struct {
    pub const annotation = "object";
    pub const expected = "object";
    pub const by_value = false;
    pub const needs_call = false;

    pub inline fn exact(_: object.Borrowed, _: *Call) bool {
        return true;
    }
    pub inline fn fromPython(value: object.Borrowed, _: *Call) errors.Refusal!*c.PyObject {
        return value.ptr;
    }
    pub inline fn toPython(value: *c.PyObject, _: *State) error{Python}!object.Owned {
        return .{ .ptr = value };
    }
};

/// `zb.Ref` and its kin: results themselves, whose reference Python takes over. Nothing that converts.
pub fn Reference(comptime name: [:0]const u8) type {
    return struct {
        pub const annotation = name;
        pub const expected = name;
        pub const by_value = false;

        pub fn unsupported(comptime _: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return "a reference of one's own is only good as a result itself: take and give zb.Object, zb.List ...";
        }
    };
}

//! `zb.Object`: any Python object as it is.

const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

pub const Converter = struct {
    pub const annotation = "object";
    pub const expected = "object";
    pub const by_value = false;
    pub const needs_call = false;

    pub inline fn exact(_: object.Borrowed, _: *Call) bool {
        return true;
    }
    pub inline fn fromPython(value: object.Borrowed, _: *Call) errors.Refusal!object.Borrowed {
        return value;
    }
    pub inline fn toPython(value: object.Borrowed, _: *State) error{Python}!object.Owned {
        return value.own();
    }
};

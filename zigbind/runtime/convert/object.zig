//! `zb.Object`: any Python object as it is.

const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;

pub const Converter = struct {
    pub const annotation = "object";
    pub const expected = "object";
    pub const by_value = false;

    pub inline fn exact(_: object.Borrowed) bool {
        return true;
    }
    pub inline fn fromPython(value: object.Borrowed, _: *Call) errors.Refusal!object.Borrowed {
        return value;
    }
    pub inline fn toPython(value: object.Borrowed) error{Python}!object.Owned {
        return value.own();
    }
};

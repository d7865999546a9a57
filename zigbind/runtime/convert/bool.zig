//! bool <-> bool: True and False only.

const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

pub const Bool = struct {
    pub const annotation = "bool";
    pub const expected = "bool";
    pub const by_value = true;

    pub fn exact(value: object.Borrowed, _: *Call) callconv(compat.hot) bool {
        return value.is(c.true_()) or value.is(c.false_());
    }

    pub fn fromPython(value: object.Borrowed, _: *Call) callconv(compat.hot) errors.Refusal!bool {
        if (value.is(c.true_())) return true;
        if (value.is(c.false_())) return false;
        return convert.mismatch(expected, value);
    }

    pub fn toPython(value: bool, _: *State) callconv(compat.hot) error{Python}!object.Owned {
        return object.immortal(if (value) c.true_() else c.false_());
    }
};

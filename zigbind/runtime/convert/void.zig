//! void -> None.

const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

pub const Void = struct {
    pub const annotation = "None";
    pub const expected = "None";
    pub const by_value = true;

    pub fn exact(value: object.Borrowed, _: *Call) callconv(compat.hot) bool {
        return value.isNone();
    }

    pub fn fromPython(value: object.Borrowed, _: *Call) callconv(compat.hot) errors.Refusal!void {
        if (!value.isNone()) return convert.mismatch(expected, value);
    }

    pub fn toPython(_: void, _: *State) callconv(compat.hot) error{Python}!object.Owned {
        return object.immortal(c.none());
    }
};

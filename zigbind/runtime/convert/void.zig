//! void -> None.

const c = @import("../capi.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;

pub const Void = struct {
    pub const annotation = "None";
    pub const expected = "None";
    pub const by_value = true;

    pub inline fn exact(value: object.Borrowed) bool {
        return value.isNone();
    }

    pub inline fn fromPython(value: object.Borrowed, _: *Call) errors.Refusal!void {
        if (!value.isNone()) return convert.mismatch(expected, value);
    }

    pub inline fn toPython(_: void) error{Python}!object.Owned {
        return object.immortal(c.none());
    }
};

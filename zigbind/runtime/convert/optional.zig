//! ?T <-> None or T.

const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

pub fn Optional(comptime Child: type) type {
    const Inner = convert.Converter(Child);
    return struct {
        pub const annotation = Inner.annotation ++ " | None";
        pub const result_annotation = convert.resultAnnotation(Child) ++ " | None";
        pub const expected = Inner.expected ++ " or None";
        pub const by_value = Inner.by_value;
        pub const outlives = convert.outlives(Child);
        pub const needs_call = convert.needsCall(Child);
        pub const needs_state = convert.needsState(Child);

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(Child);
        }

        pub fn exact(value: object.Borrowed, call: *Call) callconv(compat.hot) bool {
            return value.isNone() or Inner.exact(value, call);
        }

        pub fn fromPython(value: object.Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!?Child {
            if (value.isNone()) return null;
            return try Inner.fromPython(value, call);
        }

        pub fn toPython(value: ?Child, state: *State) callconv(compat.hot) error{Python}!object.Owned {
            return if (value) |inner| Inner.toPython(inner, state) else object.immortal(c.none());
        }
    };
}

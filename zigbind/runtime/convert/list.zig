//! `std.ArrayList(T)`, and the kind that knows its allocator <-> list; those of u8 <-> str.
//!
//! A list that comes in is made with the allocator of the call and is freed with it: the kind that knows its allocator can grow, the
//! other one grows with `zb.allocator`. One that a method made with its lasting allocator parameter and returns is freed after it was
//! converted, as a `[]T` would be, but not what is in it.

const c = @import("../capi.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const slice = @import("slice.zig");
const standard = @import("../standard.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

pub fn List(comptime T: type) type {
    const Child = standard.Item(T);
    const Items = convert.Converter([]Child);
    return struct {
        pub const annotation = if (Child == u8) Items.annotation else "Iterable[" ++ convert.Converter(Child).annotation ++ "]";
        pub const result_annotation = convert.resultAnnotation([]Child);
        pub const expected = if (Child == u8) Items.expected else "iterable of " ++ convert.Converter(Child).expected;
        pub const by_value = false;
        pub const needs_state = convert.needsState(Child);

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(Child);
        }

        pub const exact = Items.exact;

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            if (Child == u8) return copyOf(try Items.fromPython(value, call), call);
            if (comptime slice.formats(Child).len > 0) {
                if (!slice.isListOrTuple(value) and c.PyObject_CheckBuffer(value.ptr) != 0) {
                    if (try slice.Slice([]const Child).fromBuffer(value, call)) |items| return copyOf(items, call);
                }
            }
            const source = try slice.Source.openIterable(value, expected, call);
            var list = try reserve(source.size, call);
            list.items.len = source.size;
            try slice.fill(Child, list.items, source, call);
            return list;
        }

        fn copyOf(items: []const Child, call: *Call) error{Python}!T {
            var list = try reserve(items.len, call);
            list.appendSliceAssumeCapacity(items);
            return list;
        }

        fn reserve(count: usize, call: *Call) error{Python}!T {
            return T.initCapacity(call.allocator(), count) catch {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            return Items.toPython(value.items, state);
        }
    };
}

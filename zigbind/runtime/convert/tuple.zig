//! Arrays, vectors and tuples <-> sequences of an exact length and tuple.

const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const literal = @import("../literal.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const slice = @import("slice.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// [N]T and @Vector(N, T).
pub fn Array(comptime T: type, comptime Child: type, comptime length: usize) type {
    const Item = convert.Converter(Child);
    return struct {
        pub const annotation = "Sequence[" ++ Item.annotation ++ "]";
        pub const result_annotation = "tuple[" ++ repeat(convert.resultAnnotation(Child)) ++ "]";
        pub const expected = "sequence of " ++ literal.decimal(length) ++ " " ++ Item.expected;
        pub const by_value = false;
        pub const outlives = convert.outlives(Child);
        pub const needs_state = convert.needsState(Child);

        fn repeat(comptime annotated: []const u8) []const u8 {
            if (length == 0) return "()";
            if (length > 4) return annotated ++ ", ..."; // any length, in Python's notation
            var text: []const u8 = annotated;
            for (1..length) |_| text = text ++ ", " ++ annotated;
            return text;
        }

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(Child);
        }

        pub const exact = isTuple;

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            const source = try open(value, expected, length, call);
            var items: [length]Child = undefined;
            try slice.fill(Child, &items, source, call);
            return items;
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const items: [length]Child = value;
            const tuple = try Owned.take(c.PyTuple_New(length));
            errdefer tuple.release();
            for (items, 0..) |item, position|
                _ = c.PyTuple_SetItem(tuple.ptr, @intCast(position), (try Item.toPython(item, state)).ptr);
            return tuple;
        }
    };
}

/// struct { A, B }
pub fn Tuple(comptime T: type) type {
    const types = compat.fieldTypes(T);
    return struct {
        pub const annotation = "tuple[" ++ list(false) ++ "]";
        pub const result_annotation = "tuple[" ++ list(true) ++ "]";
        pub const expected = "tuple of " ++ literal.decimal(types.len) ++ " items";
        pub const by_value = false;
        pub const outlives = blk: {
            for (types) |Field| if (!convert.outlives(Field)) break :blk false;
            break :blk true;
        };
        pub const needs_state = blk: {
            for (types) |Field| if (convert.needsState(Field)) break :blk true;
            break :blk false;
        };

        fn list(comptime results: bool) []const u8 {
            if (types.len == 0) return "()";
            var text: []const u8 = "";
            for (types, 0..) |Field, position|
                text = text ++ (if (position == 0) "" else ", ") ++ if (results) convert.resultAnnotation(Field) else convert.Converter(Field).annotation;
            return text;
        }

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            for (types) |Field| if (whyNot(Field)) |reason| return reason;
            return null;
        }

        pub const exact = isTuple;

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            const source = try open(value, expected, types.len, call);
            var result: T = undefined;
            inline for (types, 0..) |Field, position| {
                result[position] = try slice.item(Field, source, source.is_list, position, call);
            }
            return result;
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const tuple = try Owned.take(c.PyTuple_New(types.len));
            errdefer tuple.release();
            inline for (types, 0..) |_, position|
                _ = c.PyTuple_SetItem(tuple.ptr, position, (try convert.toPython(value[position], state)).ptr);
            return tuple;
        }
    };
}

fn isTuple(value: Borrowed, _: *Call) bool {
    return value.hasType(c.tupleType());
}

fn open(value: Borrowed, comptime expected: [*:0]const u8, length: usize, call: *Call) errors.Refusal!slice.Source {
    const source = try slice.Source.open(value, expected, call);
    if (source.size == length) return source;
    _ = c.PyErr_Format(c.exception("ValueError"), "expected %zd items, got %zd", @as(isize, @intCast(length)), @as(isize, @intCast(source.size)));
    return error.Mismatch;
}

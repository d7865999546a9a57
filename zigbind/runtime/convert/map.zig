//! Hash maps of std <-> dict; those without values <-> set.
//!
//! A map that comes in is made with the allocator of the call and is freed with it: one that knows its allocator can grow, the
//! unmanaged kinds grow with `zb.allocator`. What goes out is copied into the dict. Its memory is not looked at again: that of the
//! call ends with it; a map that a method made with its lasting allocator parameter is freed, as a `[]T` would be, but not what is in it.

const std = @import("std");
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

pub fn Map(comptime T: type) type {
    return if (standard.Value(T) == void) Set(T) else Dict(T);
}

fn Dict(comptime T: type) type {
    const K = standard.Key(T);
    const V = standard.Value(T);
    return struct {
        pub const annotation = "Mapping[" ++ convert.resultAnnotation(K) ++ ", " ++ convert.Converter(V).annotation ++ "]";
        pub const result_annotation = "dict[" ++ convert.resultAnnotation(K) ++ ", " ++ convert.resultAnnotation(V) ++ "]";
        pub const expected = "dict of " ++ expectedKey(K) ++ " to " ++ convert.Converter(V).expected;
        pub const by_value = false;
        pub const needs_state = convert.needsState(K) or convert.needsState(V);

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(K) orelse whyNot(V);
        }

        pub fn exact(value: Borrowed, _: *Call) bool {
            return value.hasType(c.dictType());
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            return if (value.hasType(c.dictType())) fromDict(value, call) else fromMapping(value, call);
        }

        fn fromDict(value: Borrowed, call: *Call) errors.Refusal!T {
            @setRuntimeSafety(false);
            // What is in the map may point into keys and values: they stay in a copy that nobody can change.
            const is_fixed = comptime !(convert.Converter(K).by_value and convert.Converter(V).by_value);
            var dict = value;
            if (is_fixed) {
                const copy = try Owned.take(c.PyDict_Copy(value.ptr));
                try call.keep(copy);
                dict = copy.borrow();
            }
            const size = c.PyDict_Size(dict.ptr);
            var map = try reserve(T, size, call);
            var position: isize = 0;
            var key: ?*c.PyObject = null;
            var item: ?*c.PyObject = null;
            var count: isize = 0;
            while (c.PyDict_Next(dict.ptr, &position, &key, &item) != 0) : (count += 1) {
                // Where Python code made it larger there is no room.
                if (!is_fixed and count >= size) break;
                try add(&map, .{ .ptr = key.? }, .{ .ptr = item.? }, is_fixed, call);
            }
            if (!is_fixed and (count != size or c.PyDict_Size(dict.ptr) != size)) {
                c.PyErr_SetString(c.exception("ValueError"), "the dict changed while it was read");
                return error.Mismatch;
            }
            return map;
        }

        /// Of anything with `keys` and `items`, subclasses of dict included: they may have items of their own.
        fn fromMapping(value: Borrowed, call: *Call) errors.Refusal!T {
            if (c.PyMapping_Check(value.ptr) == 0 or c.PyObject_HasAttrString(value.ptr, "keys") == 0) return convert.mismatch(expected, value);
            const items = try Owned.take(c.PyMapping_Items(value.ptr));
            try call.keep(items);
            const size = c.PyList_Size(items.ptr);
            var map = try reserve(T, size, call);
            var position: isize = 0;
            while (position < size) : (position += 1) {
                const pair: Borrowed = .{ .ptr = c.PyList_GetItem(items.ptr, position) orelse return error.Python };
                if (!pair.hasFlag(c.Py_TPFLAGS_TUPLE_SUBCLASS) or c.PyTuple_Size(pair.ptr) != 2) {
                    c.PyErr_SetString(c.exception("TypeError"), "the items of the mapping are no pairs");
                    return error.Mismatch;
                }
                try add(&map, .{ .ptr = c.PyTuple_GetItem(pair.ptr, 0).? }, .{ .ptr = c.PyTuple_GetItem(pair.ptr, 1).? }, true, call);
            }
            return map;
        }

        inline fn add(map: *T, key: Borrowed, item: Borrowed, is_fixed: bool, call: *Call) errors.Refusal!void {
            const Keys = convert.Converter(K);
            const Values = convert.Converter(V);
            // What may run Python code needs references of its own.
            const plain = is_fixed or (Keys.by_value and Keys.exact(key, call) and Values.by_value and Values.exact(item, call));
            if (!plain) return addUnusual(map, key.ptr, item.ptr, call);
            return addPlain(map, key, item, call);
        }

        noinline fn addUnusual(map: *T, key: *c.PyObject, item: *c.PyObject, call: *Call) errors.Refusal!void {
            const own_key = (Borrowed{ .ptr = key }).own();
            defer own_key.release();
            const own_item = (Borrowed{ .ptr = item }).own();
            defer own_item.release();
            return addPlain(map, own_key.borrow(), own_item.borrow(), call);
        }

        inline fn addPlain(map: *T, key: Borrowed, item: Borrowed, call: *Call) errors.Refusal!void {
            const zig_key = convert.Converter(K).fromPython(key, call) catch |err| {
                if (err == error.Mismatch) errors.inAttribute("key");
                return err;
            };
            const zig_value = convert.Converter(V).fromPython(item, call) catch |err| {
                if (err == error.Mismatch) errors.inKey(key);
                return err;
            };
            map.putAssumeCapacity(zig_key, zig_value);
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const dict = try Owned.take(c.PyDict_New());
            errdefer dict.release();
            if (comptime standard.kindOf(T) == .array_map) {
                for (value.keys(), value.values()) |key, item| try put(dict, key, item, state);
            } else {
                var entries = value.iterator();
                while (entries.next()) |entry| try put(dict, entry.key_ptr.*, entry.value_ptr.*, state);
            }
            return dict;
        }

        fn put(dict: Owned, key: K, item: V, state: *State) error{Python}!void {
            const own_key = try convert.toPython(key, state);
            defer own_key.release();
            const own_item = try convert.toPython(item, state);
            defer own_item.release();
            if (c.PyDict_SetItem(dict.ptr, own_key.ptr, own_item.ptr) != 0) return error.Python;
        }
    };
}

fn Set(comptime T: type) type {
    const K = standard.Key(T);
    return struct {
        pub const annotation = "Iterable[" ++ convert.resultAnnotation(K) ++ "]";
        pub const result_annotation = "set[" ++ convert.resultAnnotation(K) ++ "]";
        pub const expected = "iterable of " ++ expectedKey(K);
        pub const by_value = false;
        pub const needs_state = convert.needsState(K);

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(K);
        }

        pub const exact = isSet;

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            const source = try slice.Source.openIterable(value, expected, call);
            var map = try reserve(T, @intCast(source.size), call);
            for (0..source.size) |position| map.putAssumeCapacity(try slice.item(K, source, source.is_list, position, call), {});
            return map;
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const set = try Owned.take(c.PySet_New(null));
            errdefer set.release();
            if (comptime standard.kindOf(T) == .array_map) {
                for (value.keys()) |key| try addToSet(set, key, state);
            } else {
                var keys = value.keyIterator();
                while (keys.next()) |key| try addToSet(set, key.*, state);
            }
            return set;
        }
    };
}

/// `std.EnumSet(E)` <-> set of members.
pub fn EnumSet(comptime T: type) type {
    const E = T.Key;
    return struct {
        pub const annotation = "Iterable[" ++ convert.Converter(E).annotation ++ "]";
        pub const result_annotation = "set[" ++ convert.resultAnnotation(E) ++ "]";
        pub const expected = "iterable of " ++ convert.Converter(E).expected;
        pub const by_value = false;
        pub const outlives = true;
        pub const needs_state = convert.needsState(E);

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(E);
        }

        pub const exact = isSet;

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            const source = try slice.Source.openIterable(value, expected, call);
            var set: T = .initEmpty();
            for (0..source.size) |position| set.insert(try slice.item(E, source, source.is_list, position, call));
            return set;
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const set = try Owned.take(c.PySet_New(null));
            errdefer set.release();
            var members = value;
            var iterator = members.iterator();
            while (iterator.next()) |member| try addToSet(set, member, state);
            return set;
        }
    };
}

fn isSet(value: Borrowed, _: *Call) bool {
    return value.hasType(c.setType());
}

fn addToSet(set: Owned, key: anytype, state: *State) error{Python}!void {
    const own = try convert.toPython(key, state);
    defer own.release();
    if (c.PySet_Add(set.ptr, own.ptr) != 0) return error.Python;
}

/// An empty map of the call with room for `size` items.
fn reserve(comptime T: type, size: isize, call: *Call) error{Python}!T {
    var map: T = if (comptime standard.isManaged(T)) .init(call.allocator()) else .empty;
    const made = if (comptime standard.kindOf(T) == .array_map) blk: {
        const count: usize = @intCast(size);
        break :blk if (comptime standard.isManaged(T)) map.ensureTotalCapacity(count) else map.ensureTotalCapacity(call.allocator(), count);
    } else blk: {
        const count = std.math.cast(u31, size) orelse break :blk error.OutOfMemory;
        break :blk if (comptime standard.isManaged(T)) map.ensureTotalCapacity(count) else map.ensureTotalCapacity(call.allocator(), count);
    };
    made catch {
        _ = c.PyErr_NoMemory();
        return error.Python;
    };
    return map;
}

fn expectedKey(comptime K: type) [:0]const u8 {
    return switch (K) {
        []const u8, []u8, [:0]const u8, [:0]u8 => "str",
        else => convert.Converter(K).expected,
    };
}

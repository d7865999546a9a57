//! []const T and []T <-> sequences and lists.

const std = @import("std");
const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

pub fn Slice(comptime T: type) type {
    const info = @typeInfo(T).pointer;
    const Child = info.child;
    const Item = convert.Converter(Child);

    return struct {
        pub const annotation = "Sequence[" ++ Item.annotation ++ "]";
        pub const result_annotation = "list[" ++ convert.resultAnnotation(Child) ++ "]";
        pub const expected = "sequence of " ++ Item.expected;
        pub const by_value = false;
        pub const needs_state = convert.needsState(Child);

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(Child);
        }

        pub fn exact(value: Borrowed, _: *Call) bool {
            return value.hasType(c.listType());
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            if (comptime formats(Child).len > 0) {
                if (!isListOrTuple(value) and c.PyObject_CheckBuffer(value.ptr) != 0) {
                    if (try fromBuffer(value, call)) |items| return items;
                }
            }
            const source = try Source.open(value, expected, call);
            const items = call.allocator().alloc(Child, source.size) catch {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
            try fill(Child, items, source, call);
            return items;
        }

        /// A one-dimensional contiguous buffer of the very same item type.
        pub fn fromBuffer(value: Borrowed, call: *Call) errors.Refusal!?T {
            const view = try call.buffer(value, c.PyBUF_FORMAT | c.PyBUF_ND) orelse {
                const strided = try call.buffer(value, c.PyBUF_FORMAT | c.PyBUF_STRIDES) orelse return null;
                return if (strided.ndim > 1) manyDimensions(expected, value, strided.ndim) else null;
            };
            if (view.ndim > 1) return manyDimensions(expected, value, view.ndim);
            if (view.ndim != 1 or view.itemsize != @sizeOf(Child)) return null;
            if (!hasFormat(formats(Child), view.format orelse return null)) return null;
            const count: usize = @intCast(@divExact(view.len, @as(isize, @sizeOf(Child))));
            if (count == 0) return &.{};
            if (!std.mem.isAligned(@intFromPtr(view.buf.?), @alignOf(Child))) return null;
            if (Child == bool) if (try normalized(view.buf.?, count, call)) |items| return items;
            const start: [*]Child = @ptrCast(@alignCast(view.buf.?));
            if (compat.pointerIsConst(T)) return start[0..count];
            return call.allocator().dupe(Child, start[0..count]) catch {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const list = try Owned.take(c.PyList_New(@intCast(value.len)));
            errdefer list.release();
            for (value, 0..) |element, position|
                // Steals the item; the list is new and the position within it.
                _ = compat.fast(c.PyList_SetItem)(list.ptr, @intCast(position), (try Item.toPython(element, state)).ptr);
            return list;
        }
    };
}

/// Bytes as bools where they are not all 0 or 1, which alone are bools to Zig; null where they are.
fn normalized(buffer: *anyopaque, count: usize, call: *Call) error{Python}!?[]bool {
    const bytes = @as([*]const u8, @ptrCast(buffer))[0..count];
    var all: u8 = 0;
    for (bytes) |byte| all |= byte;
    if (all <= 1) return null;
    const items = call.allocator().alloc(bool, count) catch {
        _ = c.PyErr_NoMemory();
        return error.Python;
    };
    for (items, bytes) |*into, byte| into.* = byte != 0;
    return items;
}

/// What has more dimensions than the parameter: its items are arrays, and what those say of themselves names no argument.
fn manyDimensions(expected: [*:0]const u8, value: Borrowed, dimensions: c_int) errors.Refusal {
    @branchHint(.cold);
    const name = try Owned.take(c.PyType_GetName(value.ptr.ob_type));
    defer name.release();
    _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got %U with %d dimensions", expected, name.ptr, dimensions);
    return error.Mismatch;
}

/// The items of a sequence, to be read one after the other.
pub const Source = struct {
    items: Borrowed,
    is_list: bool,
    /// Nobody but this call can take items out of it.
    is_fixed: bool,
    size: usize,

    /// A list or tuple as it is, another sequence as a list of its items that the call keeps.
    pub fn open(value: Borrowed, comptime expected: [*:0]const u8, call: *Call) errors.Refusal!Source {
        if (value.hasType(c.tupleType()) or value.hasFlag(c.Py_TPFLAGS_TUPLE_SUBCLASS))
            return .{ .items = value, .is_list = false, .is_fixed = true, .size = @intCast(c.PyTuple_Size(value.ptr)) };
        if (value.hasType(c.listType()) or value.hasFlag(c.Py_TPFLAGS_LIST_SUBCLASS))
            return .{ .items = value, .is_list = true, .is_fixed = false, .size = @intCast(c.PyList_Size(value.ptr)) };
        // A str is a sequence of str and would be taken apart by mistake.
        if (c.PySequence_Check(value.ptr) == 0 or value.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS))
            return convert.mismatch(expected, value);
        return listOf(value, call);
    }

    /// As `open`, and anything that can be iterated over as a list of what it gives.
    pub fn openIterable(value: Borrowed, comptime expected: [*:0]const u8, call: *Call) errors.Refusal!Source {
        if (c.PyType_GetSlot(value.ptr.ob_type, c.Py_tp_iter) == null or value.hasFlag(c.Py_TPFLAGS_LIST_SUBCLASS | c.Py_TPFLAGS_TUPLE_SUBCLASS | c.Py_TPFLAGS_UNICODE_SUBCLASS))
            return open(value, expected, call);
        return listOf(value, call);
    }

    fn listOf(value: Borrowed, call: *Call) errors.Refusal!Source {
        const list = try Owned.take(c.PySequence_List(value.ptr));
        try call.keep(list);
        return .{ .items = list.borrow(), .is_list = true, .is_fixed = true, .size = @intCast(c.PyList_Size(list.ptr)) };
    }

    fn get(self: Source, is_list: bool, position: usize) callconv(compat.hot) errors.Refusal!Borrowed {
        @setRuntimeSafety(false);
        const value = if (is_list)
            compat.fast(c.PyList_GetItem)(self.items.ptr, @intCast(position))
        else
            c.PyTuple_GetItem(self.items.ptr, @intCast(position));
        return .{ .ptr = value orelse return becameShorter() };
    }

    fn becameShorter() errors.Refusal {
        @branchHint(.cold);
        errors.clear();
        c.PyErr_SetString(c.exception("ValueError"), "the list became shorter while it was read");
        return error.Mismatch;
    }
};

/// Convert as many items as `into` has room for.
pub fn fill(comptime Child: type, into: []Child, source: Source, call: *Call) errors.Refusal!void {
    @setRuntimeSafety(false);
    if (source.is_list) {
        for (into, 0..) |*slot, position| slot.* = try item(Child, source, true, position, call);
    } else {
        for (into, 0..) |*slot, position| slot.* = try item(Child, source, false, position, call);
    }
}

/// Convert item `position`, which only its container keeps alive.
pub fn item(comptime Child: type, source: Source, is_list: bool, position: usize, call: *Call) callconv(compat.hot) errors.Refusal!Child {
    const Item = convert.Converter(Child);
    const value = try source.get(is_list, position);
    const result = if (Item.by_value and Item.exact(value, call)) Item.fromPython(value, call) else other(Child, value.ptr, source.is_fixed, call);
    return result catch |err| {
        if (err == error.Mismatch) errors.inItem(position);
        return err;
    };
}

/// Convert an item that is not of the very type of its converter, or that the result may point into.
noinline fn other(comptime Child: type, pointer: *c.PyObject, is_fixed: bool, call: *Call) errors.Refusal!Child {
    const Item = convert.Converter(Child);
    const value: Borrowed = .{ .ptr = pointer };
    // Converting may run Python code that takes it out of the list.
    if (!is_fixed and !(Item.by_value and isPlainNumber(value))) try call.keep(value.own());
    return Item.fromPython(value, call);
}

/// Converting one of these runs no Python code.
fn isPlainNumber(value: Borrowed) callconv(compat.hot) bool {
    return value.hasType(c.longType()) or value.hasType(c.floatType());
}

fn hasFormat(known: []const u8, format: [*:0]const u8) bool {
    for (known) |character| if (format[0] == character and format[1] == 0) return true;
    return false;
}

pub fn isListOrTuple(value: Borrowed) bool {
    return value.hasType(c.listType()) or value.hasType(c.tupleType());
}

/// The format characters of Python's struct module that have the layout of T.
pub fn formats(comptime T: type) []const u8 {
    return switch (@typeInfo(T)) {
        .bool => "?",
        .float => |info| switch (info.bits) {
            16 => "e",
            32 => "f",
            64 => "d",
            else => "",
        },
        .int => |info| if (info.bits != 8 * @sizeOf(T)) "" else switch (info.bits) {
            8 => if (info.signedness == .signed) "b" else "B",
            16 => if (info.signedness == .signed) "h" else "H",
            32 => if (info.signedness == .signed) (if (@sizeOf(c_long) == 4) "il" else "i") else (if (@sizeOf(c_long) == 4) "IL" else "I"),
            64 => if (info.signedness == .signed) (if (@sizeOf(c_long) == 8) "lqn" else "qn") else (if (@sizeOf(c_long) == 8) "LQN" else "QN"),
            else => "",
        },
        else => "",
    };
}

//! []const T and []T <-> sequences and lists.

const std = @import("std");
const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;

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

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            if (info.sentinel() != null) return @typeName(T) ++ " has a sentinel";
            return whyNot(Child);
        }

        pub fn exact(value: Borrowed) bool {
            return value.hasType(c.listType());
        }

        pub fn fromPython(value: Borrowed, call: *Call) error{Python}!T {
            if (comptime formats(Child).len > 0) {
                if (!isListOrTuple(value) and c.PyObject_CheckBuffer(value.ptr) != 0) {
                    if (try fromBuffer(value, call)) |items| return items;
                }
            }
            const source = try Source.open(value, expected, call);
            const items = call.arena.allocator().alloc(Child, source.size) catch {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
            try fill(Child, items, source, call);
            return items;
        }

        /// A one-dimensional contiguous buffer of the very same item type.
        fn fromBuffer(value: Borrowed, call: *Call) error{Python}!?T {
            const view = try call.buffer(value, c.PyBUF_FORMAT | c.PyBUF_ND) orelse return null;
            if (view.ndim != 1 or view.itemsize != @sizeOf(Child)) return null;
            const format = std.mem.span(view.format orelse return null);
            if (format.len != 1 or std.mem.indexOfScalar(u8, formats(Child), format[0]) == null) return null;
            const count: usize = @intCast(@divExact(view.len, @as(isize, @sizeOf(Child))));
            if (count == 0) return &.{};
            if (!std.mem.isAligned(@intFromPtr(view.buf.?), @alignOf(Child))) return null;
            const start: [*]Child = @ptrCast(@alignCast(view.buf.?));
            if (compat.pointerIsConst(T)) return start[0..count];
            return call.arena.allocator().dupe(Child, start[0..count]) catch {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
        }

        pub fn toPython(value: T) error{Python}!Owned {
            const list = try Owned.take(c.PyList_New(@intCast(value.len)));
            errdefer list.release();
            for (value, 0..) |element, position|
                // Steals the item; the list is new and the position within it.
                _ = c.PyList_SetItem(list.ptr, @intCast(position), (try Item.toPython(element)).ptr);
            return list;
        }
    };
}

/// The items of a sequence, to be read one after the other.
pub const Source = struct {
    items: Borrowed,
    is_list: bool,
    /// Nobody but this call can take items out of it.
    is_fixed: bool,
    size: usize,

    /// A list or tuple as it is, another sequence as a list of its items that the call keeps.
    pub fn open(value: Borrowed, comptime expected: [*:0]const u8, call: *Call) error{Python}!Source {
        if (value.hasType(c.tupleType()) or value.hasFlag(c.Py_TPFLAGS_TUPLE_SUBCLASS))
            return .{ .items = value, .is_list = false, .is_fixed = true, .size = @intCast(c.PyTuple_Size(value.ptr)) };
        if (value.hasType(c.listType()) or value.hasFlag(c.Py_TPFLAGS_LIST_SUBCLASS))
            return .{ .items = value, .is_list = true, .is_fixed = false, .size = @intCast(c.PyList_Size(value.ptr)) };
        // A str is a sequence of str and would be taken apart by mistake.
        if (c.PySequence_Check(value.ptr) == 0 or value.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS))
            return convert.mismatch(call, expected, value);
        const list = try Owned.take(c.PySequence_List(value.ptr));
        try call.keep(list);
        return .{ .items = list.borrow(), .is_list = true, .is_fixed = true, .size = @intCast(c.PyList_Size(list.ptr)) };
    }

    inline fn get(self: Source, position: usize, call: *Call) error{Python}!Borrowed {
        const value = if (self.is_list)
            c.PyList_GetItem(self.items.ptr, @intCast(position))
        else
            c.PyTuple_GetItem(self.items.ptr, @intCast(position));
        return .{ .ptr = value orelse return becameShorter(call) };
    }

    fn becameShorter(call: *Call) error{Python} {
        @branchHint(.cold);
        errors.clear();
        call.mismatch = true;
        c.PyErr_SetString(c.exception("ValueError"), "the list became shorter while it was read");
        return error.Python;
    }
};

/// Convert as many items as `into` has room for.
pub fn fill(comptime Child: type, into: []Child, source: Source, call: *Call) error{Python}!void {
    for (into, 0..) |*slot, position| slot.* = try item(Child, source, position, call);
}

/// Convert item `position`, which only its container keeps alive.
pub inline fn item(comptime Child: type, source: Source, position: usize, call: *Call) error{Python}!Child {
    const Item = convert.Converter(Child);
    const value = try source.get(position, call);
    // Converting may run Python code that takes it out of the list, or the result may point into it.
    if (!source.is_fixed and !(Item.by_value and isPlainNumber(value))) try call.keep(value.own());
    return Item.fromPython(value, call) catch |err| {
        if (call.mismatch) errors.inItem(position);
        return err;
    };
}

/// Converting one of these runs no Python code.
inline fn isPlainNumber(value: Borrowed) bool {
    return value.hasType(c.longType()) or value.hasType(c.floatType());
}

fn isListOrTuple(value: Borrowed) bool {
    return value.hasType(c.listType()) or value.hasType(c.tupleType());
}

/// The format characters of Python's struct module that have the layout of T.
fn formats(comptime T: type) []const u8 {
    return switch (@typeInfo(T)) {
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

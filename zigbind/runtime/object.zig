//! References to Python objects: the type says who owns.

const c = @import("capi.zig");
const compat = @import("compat.zig");
const guard = @import("guard.zig");

/// A reference somebody else keeps alive.
pub const Borrowed = extern struct {
    ptr: *c.PyObject,

    /// A reference of one's own to the same object.
    pub fn own(self: Borrowed) callconv(compat.hot) Owned {
        guard.checkGil();
        c.Py_IncRef(self.ptr);
        return .{ .ptr = self.ptr };
    }

    /// `self is other`
    pub fn is(self: Borrowed, other: anytype) callconv(compat.hot) bool {
        return self.ptr == pointerOf(other);
    }

    pub fn isNone(self: Borrowed) callconv(compat.hot) bool {
        return self.ptr == c.none();
    }

    /// Whether the object's type is exactly `type_`, not a subclass.
    pub fn hasType(self: Borrowed, type_: *c.PyTypeObject) callconv(compat.hot) bool {
        return self.ptr.ob_type == type_;
    }

    /// Whether the object's type has this `Py_TPFLAGS_..._SUBCLASS` flag.
    pub fn hasFlag(self: Borrowed, flag: c_ulong) callconv(compat.hot) bool {
        return c.PyType_GetFlags(self.ptr.ob_type) & flag != 0;
    }

    const operations = @import("objects.zig").Operations(@This());
    pub const get = operations.get;
    pub const set = operations.set;
    pub const del = operations.del;
    pub const has = operations.has;
    pub const item = operations.item;
    pub const setItem = operations.setItem;
    pub const delItem = operations.delItem;
    pub const contains = operations.contains;
    pub const len = operations.len;
    pub const call = operations.call;
    pub const callWith = operations.callWith;
    pub const callMethod = operations.callMethod;
    pub const callMethodWith = operations.callMethodWith;
    pub const iterate = operations.iterate;
    pub const equals = operations.equals;
    pub const less = operations.less;
    pub const hash = operations.hash;
    pub const isTrue = operations.isTrue;
    pub const isInstance = operations.isInstance;
    pub const class = operations.class;
    pub const str = operations.str;
    pub const repr = operations.repr;
    pub const to = operations.to;
};

/// A reference that must be released or passed on exactly once.
pub const Owned = extern struct {
    ptr: *c.PyObject,

    /// Take over the result of a C-API call that returns a new reference, or null with an exception set.
    pub fn take(result: ?*c.PyObject) callconv(compat.hot) error{Python}!Owned {
        return .{ .ptr = result orelse return error.Python };
    }

    pub fn release(self: Owned) callconv(compat.hot) void {
        guard.checkGil();
        c.Py_DecRef(self.ptr);
    }

    pub fn borrow(self: Owned) callconv(compat.hot) Borrowed {
        return .{ .ptr = self.ptr };
    }

    /// Whoever has one must say what becomes of it: it goes out as a result itself, not in something else.
    pub const zigbind_reference = true;
    pub const zigbind_converter = @import("convert/object.zig").Reference("object");

    /// `self is other`
    pub fn is(self: Owned, other: anytype) callconv(compat.hot) bool {
        return self.ptr == pointerOf(other);
    }

    pub fn isNone(self: Owned) callconv(compat.hot) bool {
        return self.ptr == c.none();
    }

    const operations = @import("objects.zig").Operations(@This());
    pub const get = operations.get;
    pub const set = operations.set;
    pub const del = operations.del;
    pub const has = operations.has;
    pub const item = operations.item;
    pub const setItem = operations.setItem;
    pub const delItem = operations.delItem;
    pub const contains = operations.contains;
    pub const len = operations.len;
    pub const call = operations.call;
    pub const callWith = operations.callWith;
    pub const callMethod = operations.callMethod;
    pub const callMethodWith = operations.callMethodWith;
    pub const iterate = operations.iterate;
    pub const equals = operations.equals;
    pub const less = operations.less;
    pub const hash = operations.hash;
    pub const isTrue = operations.isTrue;
    pub const isInstance = operations.isInstance;
    pub const class = operations.class;
    pub const str = operations.str;
    pub const repr = operations.repr;
    pub const to = operations.to;
};

/// Of an object, a reference to one or a plain pointer.
pub fn pointerOf(value: anytype) callconv(compat.hot) *c.PyObject {
    return switch (@typeInfo(@TypeOf(value))) {
        .pointer => @ptrCast(@alignCast(value)),
        else => value.ptr,
    };
}

/// None, True or False: immortal, so owned by nobody and by everybody.
pub fn immortal(ptr: *c.PyObject) callconv(compat.hot) Owned {
    return .{ .ptr = ptr };
}

//! References to Python objects: the type says who owns.

const c = @import("capi.zig");
const compat = @import("compat.zig");

/// A reference somebody else keeps alive.
pub const Borrowed = extern struct {
    ptr: *c.PyObject,

    /// A reference of one's own to the same object.
    pub fn own(self: Borrowed) callconv(compat.hot) Owned {
        c.Py_IncRef(self.ptr);
        return .{ .ptr = self.ptr };
    }

    pub fn is(self: Borrowed, other: *c.PyObject) callconv(compat.hot) bool {
        return self.ptr == other;
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
};

/// A reference that must be released or passed on exactly once.
pub const Owned = extern struct {
    ptr: *c.PyObject,

    /// Take over the result of a C-API call that returns a new reference, or null with an exception set.
    pub fn take(result: ?*c.PyObject) callconv(compat.hot) error{Python}!Owned {
        return .{ .ptr = result orelse return error.Python };
    }

    pub fn release(self: Owned) callconv(compat.hot) void {
        c.Py_DecRef(self.ptr);
    }

    pub fn borrow(self: Owned) callconv(compat.hot) Borrowed {
        return .{ .ptr = self.ptr };
    }
};

/// None, True or False: immortal, so owned by nobody and by everybody.
pub fn immortal(ptr: *c.PyObject) callconv(compat.hot) Owned {
    return .{ .ptr = ptr };
}

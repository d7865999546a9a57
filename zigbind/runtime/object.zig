//! References to Python objects: the type says who owns.

const c = @import("capi.zig");

/// A reference somebody else keeps alive.
pub const Borrowed = extern struct {
    ptr: *c.PyObject,

    /// A reference of one's own to the same object.
    pub inline fn own(self: Borrowed) Owned {
        c.Py_IncRef(self.ptr);
        return .{ .ptr = self.ptr };
    }

    pub inline fn is(self: Borrowed, other: *c.PyObject) bool {
        return self.ptr == other;
    }

    pub inline fn isNone(self: Borrowed) bool {
        return self.ptr == c.none();
    }

    /// Whether the object's type is exactly `type_`, not a subclass.
    pub inline fn hasType(self: Borrowed, type_: *c.PyTypeObject) bool {
        return self.ptr.ob_type == type_;
    }

    /// Whether the object's type has this `Py_TPFLAGS_..._SUBCLASS` flag.
    pub inline fn hasFlag(self: Borrowed, flag: c_ulong) bool {
        return c.PyType_GetFlags(self.ptr.ob_type) & flag != 0;
    }
};

/// A reference that must be released or passed on exactly once.
pub const Owned = extern struct {
    ptr: *c.PyObject,

    /// Take over the result of a C-API call that returns a new reference, or null with an exception set.
    pub inline fn take(result: ?*c.PyObject) error{Python}!Owned {
        return .{ .ptr = result orelse return error.Python };
    }

    pub inline fn release(self: Owned) void {
        c.Py_DecRef(self.ptr);
    }

    pub inline fn borrow(self: Owned) Borrowed {
        return .{ .ptr = self.ptr };
    }
};

/// None, True or False: immortal, so owned by nobody and by everybody.
pub inline fn immortal(ptr: *c.PyObject) Owned {
    return .{ .ptr = ptr };
}

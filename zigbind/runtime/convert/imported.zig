//! Classes of Python's library, imported when the first value of theirs is converted.

const c = @import("../capi.zig");
const object = @import("../object.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// `name` of a module: once for each interpreter, kept where Python keeps what belongs to the interpreter.
pub fn class(comptime module: [:0]const u8, comptime name: [:0]const u8) error{Python}!Borrowed {
    const dict = c.PyInterpreterState_GetDict(c.PyInterpreterState_Get()) orelse {
        _ = c.PyErr_NoMemory();
        return error.Python;
    };
    const key = "zigbind " ++ module ++ "." ++ name;
    if (c.PyDict_GetItemString(dict, key)) |found| return .{ .ptr = found };
    const home = try Owned.take(c.PyImport_ImportModule(module));
    defer home.release();
    const found = try Owned.take(c.PyObject_GetAttrString(home.ptr, name));
    defer found.release();
    if (c.PyDict_SetItemString(dict, key, found.ptr) != 0) return error.Python;
    return found.borrow(); // the dict keeps it
}

pub fn isInstance(value: Borrowed, of: Borrowed) bool {
    return c.PyType_IsSubtype(value.ptr.ob_type, @ptrCast(of.ptr)) != 0;
}

/// Whether an object is of the class itself.
pub fn isExactly(value: Borrowed, comptime module: [:0]const u8, comptime name: [:0]const u8) bool {
    const raised = c.PyErr_GetRaisedException();
    defer c.PyErr_SetRaisedException(raised);
    const of = class(module, name) catch return false;
    return value.ptr.ob_type.asObject() == of.ptr;
}

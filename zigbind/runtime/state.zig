//! The state of a module in one interpreter: its parameter names as interned strings.

const c = @import("capi.zig");

/// The interned parameter names of the module that `self`, the first argument of its functions, is.
pub inline fn names(self: *c.PyObject) [*]*c.PyObject {
    @setRuntimeSafety(false);
    return @ptrCast(@alignCast(c.PyModule_GetState(self).?));
}

/// Fill the state of a new module. The memory comes zeroed.
pub fn init(module: *c.PyObject, comptime all: []const [:0]const u8) error{Python}!void {
    @setRuntimeSafety(false);
    if (all.len == 0) return;
    const into: [*]?*c.PyObject = @ptrCast(@alignCast(c.PyModule_GetState(module).?));
    var name = comptime joined(all);
    for (0..all.len) |index| {
        into[index] = c.PyUnicode_InternFromString(name) orelse return error.Python;
        while (name[0] != 0) name += 1;
        name += 1;
    }
}

/// Release the state of a module, however far `init` came.
pub fn deinit(module: *c.PyObject, count: usize) void {
    @setRuntimeSafety(false);
    const state: [*]?*c.PyObject = @ptrCast(@alignCast(c.PyModule_GetState(module) orelse return));
    for (0..count) |index| {
        c.Py_DecRef(state[index]);
        state[index] = null;
    }
}

/// One text instead of many pointers, which would each need a relocation at load time.
fn joined(comptime all: []const [:0]const u8) [*:0]const u8 {
    comptime {
        var text: [:0]const u8 = "";
        for (all) |name| text = text ++ name ++ "\x00";
        return text.ptr;
    }
}

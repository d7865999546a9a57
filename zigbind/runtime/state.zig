//! The state of a module in one interpreter: its parameter names as interned strings.

const c = @import("capi.zig");
const object = @import("object.zig");

/// The interned parameter names of the module that `self`, the first argument of its functions, is.
pub inline fn names(self: object.Borrowed) [*]*c.PyObject {
    return @ptrCast(@alignCast(c.PyModule_GetState(self.ptr).?));
}

/// Fill the state of a new module. The memory comes zeroed.
pub fn init(module: *c.PyObject, comptime all: []const [:0]const u8) error{Python}!void {
    if (all.len == 0) return;
    const into: [*]?*c.PyObject = @ptrCast(@alignCast(c.PyModule_GetState(module).?));
    for (0..all.len, comptime texts(all)) |index, text|
        into[index] = c.PyUnicode_InternFromString(text) orelse return error.Python;
}

/// Release the state of a module, however far `init` came.
pub fn deinit(module: *c.PyObject, count: usize) void {
    const state: [*]?*c.PyObject = @ptrCast(@alignCast(c.PyModule_GetState(module) orelse return));
    for (0..count) |index| {
        c.Py_DecRef(state[index]);
        state[index] = null;
    }
}

fn texts(comptime all: []const [:0]const u8) *const [all.len][*:0]const u8 {
    comptime {
        var result: [all.len][*:0]const u8 = undefined;
        for (all, 0..) |name, index| result[index] = name.ptr;
        const fixed = result;
        return &fixed;
    }
}

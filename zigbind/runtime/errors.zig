//! Zig errors and Python exceptions, both ways.

const std = @import("std");
const c = @import("capi.zig");
const object = @import("object.zig");
const guard = @import("guard.zig");

/// The one error that means: a Python exception is already set.
pub const Error = error{Python};

/// Which exception a Zig error becomes, by the error's name. `errno` is for the family of OSError. Other errors become
/// RuntimeError. The text is the error's name.
const table = .{
    .{ .zig = "OutOfMemory", .python = "MemoryError" },
    .{ .zig = "Overflow", .python = "OverflowError" },
    .{ .zig = "Underflow", .python = "OverflowError" },
    .{ .zig = "OverflowError", .python = "OverflowError" },
    .{ .zig = "DivisionByZero", .python = "ZeroDivisionError" },
    .{ .zig = "ZeroDivisionError", .python = "ZeroDivisionError" },
    .{ .zig = "IndexError", .python = "IndexError" },
    .{ .zig = "OutOfBounds", .python = "IndexError" },
    .{ .zig = "IndexOutOfBounds", .python = "IndexError" },
    .{ .zig = "KeyError", .python = "KeyError" },
    .{ .zig = "KeyNotFound", .python = "KeyError" },
    .{ .zig = "AttributeError", .python = "AttributeError" },
    .{ .zig = "TypeError", .python = "TypeError" },
    .{ .zig = "ValueError", .python = "ValueError" },
    .{ .zig = "InvalidArgument", .python = "ValueError" },
    .{ .zig = "InvalidCharacter", .python = "ValueError" },
    .{ .zig = "InvalidUtf8", .python = "UnicodeError" },
    .{ .zig = "Utf8InvalidStartByte", .python = "UnicodeError" },
    .{ .zig = "EndOfStream", .python = "EOFError" },
    .{ .zig = "StopIteration", .python = "StopIteration" },
    .{ .zig = "NotImplemented", .python = "NotImplementedError" },
    .{ .zig = "RuntimeError", .python = "RuntimeError" },
    .{ .zig = "ArithmeticError", .python = "ArithmeticError" },
    .{ .zig = "AssertionError", .python = "AssertionError" },
    .{ .zig = "OSError", .python = "OSError" },
    .{ .zig = "FileNotFound", .python = "FileNotFoundError", .errno = 2 },
    .{ .zig = "AccessDenied", .python = "PermissionError", .errno = 13 },
    .{ .zig = "PermissionDenied", .python = "PermissionError", .errno = 1 },
    .{ .zig = "PathAlreadyExists", .python = "FileExistsError", .errno = 17 },
    .{ .zig = "NotDir", .python = "NotADirectoryError", .errno = 20 },
    .{ .zig = "IsDir", .python = "IsADirectoryError", .errno = 21 },
    .{ .zig = "NoSpaceLeft", .python = "OSError", .errno = 28 },
    .{ .zig = "InputOutput", .python = "OSError", .errno = 5 },
    .{ .zig = "FileTooBig", .python = "OSError", .errno = 27 },
    .{ .zig = "BrokenPipe", .python = "BrokenPipeError", .errno = 32 },
    .{ .zig = "WouldBlock", .python = "BlockingIOError", .errno = 11 },
    .{ .zig = "Timeout", .python = "TimeoutError" },
    .{ .zig = "TimedOut", .python = "TimeoutError" },
    .{ .zig = "ConnectionRefused", .python = "ConnectionRefusedError" },
    .{ .zig = "ConnectionResetByPeer", .python = "ConnectionResetError" },
    .{ .zig = "ConnectionTimedOut", .python = "TimeoutError" },
};

/// Set the exception that a Zig error becomes. `Set` is the error set it comes from: only what is in it costs code.
pub fn set(comptime Set: type, err: Set) void {
    @branchHint(.cold);
    if (err == @as(anyerror, error.Python)) {
        if (c.PyErr_Occurred() == null)
            c.PyErr_SetString(c.exception("SystemError"), "error.Python was returned without an exception set");
        return;
    }
    inline for (table) |row| {
        if (comptime contains(Set, row.zig)) {
            if (err == @field(anyerror, row.zig)) {
                const class = c.exception(row.python);
                if (comptime std.mem.eql(u8, row.zig, "OutOfMemory")) {
                    _ = c.PyErr_NoMemory();
                } else if (@hasField(@TypeOf(row), "errno")) {
                    setOsError(class, row.errno, row.zig);
                } else c.PyErr_SetString(class, row.zig);
                return;
            }
        }
    }
    c.PyErr_SetString(c.exception("RuntimeError"), @errorName(err));
}

fn contains(comptime Set: type, comptime name: []const u8) bool {
    @setEvalBranchQuota(100_000);
    const errors = @typeInfo(Set).error_set orelse return true; // anyerror
    for (errors) |err| if (std.mem.eql(u8, err.name, name)) return true;
    return false;
}

fn setOsError(class: *c.PyObject, errno: c_longlong, name: [*:0]const u8) void {
    const args = object.Owned.take(c.PyTuple_New(2)) catch return;
    defer args.release();
    const number = c.PyLong_FromLongLong(errno) orelse return;
    _ = c.PyTuple_SetItem(args.ptr, 0, number);
    const text = c.PyUnicode_FromString(name) orelse return;
    _ = c.PyTuple_SetItem(args.ptr, 1, text);
    c.PyErr_SetObject(class, args.ptr);
}

/// Set the exception that a panic becomes, with a note that says in which function.
pub fn setPanic(frame: *const guard.Frame, name: [*:0]const u8, location: [:0]const u8) void {
    @branchHint(.cold);
    const message = object.Owned.take(c.PyUnicode_DecodeUTF8(&frame.message, @intCast(frame.message_bytes), "replace")) catch return;
    defer message.release();
    const class = switch (frame.kind) {
        .overflow => object.Borrowed{ .ptr = c.exception("OverflowError") },
        .index => object.Borrowed{ .ptr = c.exception("IndexError") },
        .other => panicError() catch return,
    };
    c.PyErr_SetObject(class.ptr, message.ptr);
    if (location.len == 0) return;
    const raised = object.Owned.take(c.PyErr_GetRaisedException()) catch return;
    if (c.PyObject_CallMethod(raised.ptr, "add_note", "N", c.PyUnicode_FromFormat("Zig panic in %s() (%s)", name, location.ptr))) |result|
        c.Py_DecRef(result)
    else
        c.PyErr_Clear(); // the note is a courtesy
    c.PyErr_SetRaisedException(raised.ptr);
}

/// `zigbind.PanicError`, or where zigbind is not installed a class like it, one for each interpreter.
fn panicError() Error!object.Borrowed {
    const dict = c.PyInterpreterState_GetDict(c.PyInterpreterState_Get()) orelse return error.Python;
    const key = try object.Owned.take(c.PyUnicode_FromString("zigbind.PanicError"));
    defer key.release();
    if (c.PyDict_GetItemWithError(dict, key.ptr)) |class| return .{ .ptr = class };
    const class = try findPanicError();
    defer class.release();
    if (c.PyDict_SetItem(dict, key.ptr, class.ptr) != 0) return error.Python;
    return class.borrow();
}

fn findPanicError() Error!object.Owned {
    if (c.PyImport_ImportModule("zigbind")) |module| {
        defer c.Py_DecRef(module);
        if (c.PyObject_GetAttrString(module, "PanicError")) |class| return .{ .ptr = class };
    }
    c.PyErr_Clear();
    return object.Owned.take(c.PyErr_NewExceptionWithDoc("zigbind.PanicError", "A panic in Zig code.", c.exception("RuntimeError"), null));
}

/// Put `place` before the text of the exception that is set, keeping its type. `place` holds formats of
/// `PyErr_Format`, `args` their values.
pub fn prefix(comptime place: []const u8, args: anytype) void {
    @branchHint(.cold);
    const raised = object.Owned.take(c.PyErr_GetRaisedException()) catch return;
    defer raised.release();
    const text = object.Owned.take(c.PyObject_Str(raised.ptr)) catch return;
    defer text.release();
    _ = @call(.auto, c.PyErr_Format, .{ raised.ptr.ob_type.asObject(), place ++ ": %U" } ++ args ++ .{text.ptr});
}

/// Raise a Python exception of a built-in class with a formatted message, as in
/// `return zb.raise(.ValueError, "expected positive, got {d}", .{v});`.
///
/// The class is any of CPython's built-in exceptions, by name.
pub fn raise(comptime class: @Type(.enum_literal), comptime format: []const u8, args: anytype) Error {
    @branchHint(.cold);
    var buffer: [512]u8 = undefined;
    var writer: std.Io.Writer = .fixed(&buffer);
    writer.print(format, args) catch {}; // what does not fit is cut off
    const message = object.Owned.take(c.PyUnicode_DecodeUTF8(&buffer, @intCast(writer.end), "replace")) catch return error.Python;
    defer message.release();
    c.PyErr_SetObject(c.exception(@tagName(class)), message.ptr);
    return error.Python;
}

//! Zig errors and Python exceptions, both ways.

const std = @import("std");
const builtin = @import("builtin");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const object = @import("object.zig");
const guard = @import("guard.zig");
const Call = @import("call.zig").Call;

/// The one error that means: a Python exception is already set.
pub const Error = error{Python};

/// How a conversion from Python fails. With `Mismatch` the exception that is set says which value did not fit: whoever
/// passes it on adds the place.
pub const Refusal = error{ Python, Mismatch };

/// Which exception a Zig error becomes, by the error's name. `errno` is for the family of OSError. Other errors become
/// RuntimeError. The text is the error's name.
const table = .{
    .OutOfMemory = .{ .python = "MemoryError" },
    .Overflow = .{ .python = "OverflowError" },
    .Underflow = .{ .python = "OverflowError" },
    .OverflowError = .{ .python = "OverflowError" },
    .DivisionByZero = .{ .python = "ZeroDivisionError" },
    .ZeroDivisionError = .{ .python = "ZeroDivisionError" },
    .IndexError = .{ .python = "IndexError" },
    .OutOfBounds = .{ .python = "IndexError" },
    .IndexOutOfBounds = .{ .python = "IndexError" },
    .KeyError = .{ .python = "KeyError" },
    .KeyNotFound = .{ .python = "KeyError" },
    .AttributeError = .{ .python = "AttributeError" },
    .TypeError = .{ .python = "TypeError" },
    .ValueError = .{ .python = "ValueError" },
    .InvalidArgument = .{ .python = "ValueError" },
    .ShapeMismatch = .{ .python = "ValueError" },
    .InvalidCharacter = .{ .python = "ValueError" },
    .InvalidUtf8 = .{ .python = "UnicodeError" },
    .Utf8InvalidStartByte = .{ .python = "UnicodeError" },
    .EndOfStream = .{ .python = "EOFError" },
    .StopIteration = .{ .python = "StopIteration" },
    .NotImplemented = .{ .python = "NotImplementedError" },
    .StopAsyncIteration = .{ .python = "StopAsyncIteration" },
    .NotImplementedError = .{ .python = "NotImplementedError" },
    .LookupError = .{ .python = "LookupError" },
    .BufferError = .{ .python = "BufferError" },
    .EOFError = .{ .python = "EOFError" },
    .UnicodeError = .{ .python = "UnicodeError" },
    .RecursionError = .{ .python = "RecursionError" },
    .RuntimeError = .{ .python = "RuntimeError" },
    .ArithmeticError = .{ .python = "ArithmeticError" },
    .AssertionError = .{ .python = "AssertionError" },
    .OSError = .{ .python = "OSError" },
    .FileNotFound = .{ .python = "FileNotFoundError", .errno = 2 },
    .AccessDenied = .{ .python = "PermissionError", .errno = 13 },
    .PermissionDenied = .{ .python = "PermissionError", .errno = 1 },
    .PathAlreadyExists = .{ .python = "FileExistsError", .errno = 17 },
    .NotDir = .{ .python = "NotADirectoryError", .errno = 20 },
    .IsDir = .{ .python = "IsADirectoryError", .errno = 21 },
    .NoSpaceLeft = .{ .python = "OSError", .errno = 28 },
    .InputOutput = .{ .python = "OSError", .errno = 5 },
    .FileTooBig = .{ .python = "OSError", .errno = 27 },
    .BrokenPipe = .{ .python = "BrokenPipeError", .errno = 32 },
    .WouldBlock = .{ .python = "BlockingIOError", .errno = if (builtin.os.tag.isDarwin()) 35 else 11 },
    .Timeout = .{ .python = "TimeoutError" },
    .TimedOut = .{ .python = "TimeoutError" },
    .ConnectionRefused = .{ .python = "ConnectionRefusedError" },
    .ConnectionResetByPeer = .{ .python = "ConnectionResetError" },
    .ConnectionTimedOut = .{ .python = "TimeoutError" },
};

/// Set the exception that a Zig error becomes. `Set` is the error set it comes from: only what is in it costs code.
pub fn set(comptime Set: type, err: Set) void {
    @branchHint(.cold);
    if (err == @as(anyerror, error.Python)) {
        if (c.PyErr_Occurred() == null)
            c.PyErr_SetString(c.exception("SystemError"), "error.Python was returned without an exception set");
        return;
    }
    // Debug builds fast: one function for every error set.
    setBuiltin(if (compat.is_debug) anyerror else Set, err);
}

/// Set the built-in exception that an error becomes by its name.
fn setBuiltin(comptime Set: type, err: Set) void {
    inline for (comptime inTable(Set)) |name| {
        if (err == @field(anyerror, name)) {
            const row = @field(table, name);
            const class = c.exception(row.python);
            if (comptime std.mem.eql(u8, name, "OutOfMemory")) {
                _ = c.PyErr_NoMemory();
            } else if (@hasField(@TypeOf(row), "errno")) {
                setOsError(class, row.errno, name);
            } else c.PyErr_SetString(class, name);
            return;
        }
    }
    c.PyErr_SetString(c.exception("RuntimeError"), @errorName(err));
}

/// The errors of a set that have a row in the table.
fn inTable(comptime Set: type) []const [:0]const u8 {
    comptime {
        @setEvalBranchQuota(100_000);
        const all = @typeInfo(Set).error_set orelse return compat.fieldNames(@TypeOf(table)); // anyerror
        var names: []const [:0]const u8 = &.{};
        for (all) |err| if (@hasField(@TypeOf(table), err.name)) {
            names = names ++ .{err.name};
        };
        return names;
    }
}

/// Set an exception class that was made for an error, with the arguments that its built-in class takes.
pub fn setClass(class: *c.PyObject, comptime name: [:0]const u8) void {
    if (@hasField(@TypeOf(table), name)) if (@hasField(@TypeOf(@field(table, name)), "errno")) return setOsError(class, @field(table, name).errno, name);
    c.PyErr_SetString(class, name);
}

/// The built-in class that an error becomes by its name; null where that is RuntimeError by default.
pub fn builtinClass(comptime name: []const u8) ?*c.PyObject {
    return if (comptime builtinName(name)) |python| c.exception(python) else null;
}

/// The name of that class.
pub fn builtinName(comptime name: []const u8) ?[:0]const u8 {
    return if (@hasField(@TypeOf(table), name)) @field(table, name).python else null;
}

pub fn contains(comptime Set: type, comptime name: []const u8) bool {
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
pub fn setPanic(frame: *const guard.Frame, name: [*:0]const u8, location: [*:0]const u8) void {
    @branchHint(.cold);
    const class = switch (frame.kind) {
        .overflow => c.exception("OverflowError"),
        .index => c.exception("IndexError"),
        .other => panicError() orelse c.exception("RuntimeError"),
    };
    _ = c.PyErr_Format(class, "%s", &frame.message);
    if (frame.kind == .other and class != c.exception("RuntimeError")) c.Py_DecRef(class);
    note("Zig panic in %s() (%s)", name, location);
}

/// Run `body(context)` as part of `call`; false where it ended in a panic, which is an exception then.
pub fn guarded(call: *Call, body: guard.Body, context: *anyopaque, name: [*:0]const u8, location: [*:0]const u8) bool {
    @setRuntimeSafety(false);
    var frame: guard.Frame = undefined;
    frame.call = call;
    if (!guard.supported) {
        const slot = guard.push(&frame);
        defer guard.pop(slot, &frame);
        body(context);
        return true;
    }
    if (!guard.run(&frame, body, context)) return true;
    setPanic(&frame, name, location);
    return false;
}

/// Say in the exception that is set which function it comes out of.
pub fn note(format: [*:0]const u8, function: [*:0]const u8, location: [*:0]const u8) void {
    @branchHint(.cold);
    const raised = c.PyErr_GetRaisedException() orelse return;
    // The note is a courtesy: without memory for it the exception goes alone.
    c.Py_DecRef(c.PyObject_CallMethod(raised, "add_note", "N", c.PyUnicode_FromFormat(format, function, location)));
    c.PyErr_SetRaisedException(raised);
}

/// `zigbind.PanicError`, a new reference; null where zigbind is not installed.
fn panicError() ?*c.PyObject {
    const module = c.PyImport_ImportModule("zigbind");
    defer c.Py_DecRef(module);
    const class = if (module) |found| c.PyObject_GetAttrString(found, "PanicError") else null;
    if (class == null) clear();
    return class;
}

/// The exception that is set, which is not set any more: `zb.reraise` raises it again, on any thread. Null where none is set.
pub fn takeException() ?object.Owned {
    const moment = guard.Moment.begin() catch return null;
    defer moment.end();
    return .{ .ptr = c.PyErr_GetRaisedException() orelse return null };
}

/// Raise an exception that `zb.takeException` gave, once: `return zb.reraise(failure);`
pub fn reraise(taken: object.Owned) Error {
    const moment = guard.Moment.begin() catch return error.Python;
    defer moment.end();
    c.PyErr_SetRaisedException(taken.ptr);
    return error.Python;
}

/// `PyErr_Clear`, by functions that every module needs anyway: each further one costs a module 100 bytes.
pub fn clear() void {
    c.Py_DecRef(c.PyErr_GetRaisedException());
}

/// Whether a callback of the module has ever failed: whoever called it may have gone on with its exception still set. Of all
/// interpreters and threads, and for good: it only says whether it is worth while to look for one.
var left: bool = false;

pub fn leave() void {
    @atomicStore(bool, &left, true, .monotonic);
}

pub fn isLeft() callconv(compat.hot) bool {
    return @atomicLoad(bool, &left, .monotonic);
}

/// Say in the exception that is set which argument of which function it is about.
pub fn inArgument(function: [*:0]const u8, argument: [*:0]const u8) void {
    @branchHint(.cold);
    const raised = object.Owned.take(c.PyErr_GetRaisedException()) catch return;
    defer raised.release();
    _ = c.PyErr_Format(raised.ptr.ob_type.asObject(), "%s() argument '%s': %S", function, argument, raised.ptr);
}

/// Say in the exception that is set which attribute it is about.
pub fn inAttribute(name: [*:0]const u8) void {
    @branchHint(.cold);
    const raised = object.Owned.take(c.PyErr_GetRaisedException()) catch return;
    defer raised.release();
    _ = c.PyErr_Format(raised.ptr.ob_type.asObject(), "%s: %S", name, raised.ptr);
}

/// Say in the exception that is set which item it is about.
pub fn inItem(position: usize) void {
    @branchHint(.cold);
    const raised = object.Owned.take(c.PyErr_GetRaisedException()) catch return;
    defer raised.release();
    _ = c.PyErr_Format(raised.ptr.ob_type.asObject(), "item %zd: %S", @as(isize, @intCast(position)), raised.ptr);
}

/// Say in the exception that is set which key's value it is about.
pub fn inKey(key: object.Borrowed) void {
    @branchHint(.cold);
    const raised = object.Owned.take(c.PyErr_GetRaisedException()) catch return;
    defer raised.release();
    _ = c.PyErr_Format(raised.ptr.ob_type.asObject(), "key %.200R: %S", key.ptr, raised.ptr);
}

/// The exception classes that the Limited API has.
const builtin_classes = [_][]const u8{
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BaseExceptionGroup", "BlockingIOError",
    "BrokenPipeError", "BufferError", "BytesWarning", "ChildProcessError", "ConnectionAbortedError", "ConnectionError",
    "ConnectionRefusedError", "ConnectionResetError", "DeprecationWarning", "EOFError", "EncodingWarning", "EnvironmentError",
    "Exception", "FileExistsError", "FileNotFoundError", "FloatingPointError", "FutureWarning", "GeneratorExit", "IOError",
    "ImportError", "ImportWarning", "IndentationError", "IndexError", "InterruptedError", "IsADirectoryError", "KeyError",
    "KeyboardInterrupt", "LookupError", "MemoryError", "ModuleNotFoundError", "NameError", "NotADirectoryError",
    "NotImplementedError", "OSError", "OverflowError", "PendingDeprecationWarning", "PermissionError", "ProcessLookupError",
    "RecursionError", "ReferenceError", "ResourceWarning", "RuntimeError", "RuntimeWarning", "StopAsyncIteration",
    "StopIteration", "SyntaxError", "SyntaxWarning", "SystemError", "SystemExit", "TabError", "TimeoutError", "TypeError",
    "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "UnicodeTranslateError", "UnicodeWarning",
    "UserWarning", "ValueError", "Warning", "ZeroDivisionError",
};

/// The name of a built-in exception class: a symbol that is not there would only be missed when the library is loaded.
fn nameOf(comptime class: @Type(.enum_literal)) []const u8 {
    comptime {
        @setEvalBranchQuota(1_000_000);
        const name = @tagName(class);
        for (builtin_classes) |known| if (std.mem.eql(u8, known, name)) return name;
        var nearest: []const u8 = builtin_classes[0];
        for (builtin_classes) |known| if (distance(known, name) < distance(nearest, name)) {
            nearest = known;
        };
        @compileError("'" ++ name ++ "' is no built-in exception of Python; the nearest is '" ++ nearest ++ "'. Export an error set for exceptions of your own");
    }
}

/// How many letters differ, be they large or small.
fn distance(comptime a: []const u8, comptime b: []const u8) usize {
    comptime {
        var row: [b.len + 1]usize = undefined;
        for (&row, 0..) |*cost, index| cost.* = index;
        for (a, 1..) |letter, line| {
            var diagonal = row[0];
            row[0] = line;
            for (b, 1..) |other, index| {
                const replaced = diagonal + @intFromBool(std.ascii.toLower(letter) != std.ascii.toLower(other));
                diagonal = row[index];
                row[index] = @min(replaced, row[index] + 1, row[index - 1] + 1);
            }
        }
        return row[b.len];
    }
}

/// Raise a Python exception of a built-in class with a formatted message, as in
/// `return zb.raise(.ValueError, "expected positive, got {d}", .{v});`.
///
/// The class is any of CPython's built-in exceptions, by name. Without the GIL it is taken for that. Inlined, so that a name that is none is an error of the caller.
pub inline fn raise(comptime class: @Type(.enum_literal), comptime format: []const u8, args: anytype) Error {
    return raiseNamed(comptime nameOf(class), format, args);
}

/// As `raise`, and what became of `cause` is the `__cause__` of the new exception: the exception that is set for `error.Python`,
/// else the one that the error stands for.
pub inline fn raiseFrom(cause: anyerror, comptime class: @Type(.enum_literal), comptime format: []const u8, args: anytype) Error {
    return raiseNamedFrom(cause, comptime nameOf(class), format, args);
}

fn raiseNamed(comptime class: []const u8, comptime format: []const u8, args: anytype) Error {
    @branchHint(.cold);
    const moment = guard.Moment.begin() catch return error.Python;
    defer moment.end();
    const message = try formatted(format, args);
    defer message.release();
    c.PyErr_SetObject(c.exception(class), message.ptr);
    return error.Python;
}

fn raiseNamedFrom(cause: anyerror, comptime class: []const u8, comptime format: []const u8, args: anytype) Error {
    @branchHint(.cold);
    const moment = guard.Moment.begin() catch return error.Python;
    defer moment.end();
    if (cause != error.Python or c.PyErr_Occurred() == null) {
        clear();
        setBuiltin(anyerror, cause);
    }
    const before = c.PyErr_GetRaisedException();
    const err = raiseNamed(class, format, args);
    const after = c.PyErr_GetRaisedException() orelse return err;
    c.Py_IncRef(before);
    c.PyException_SetContext(after, before);
    c.PyException_SetCause(after, before);
    c.PyErr_SetRaisedException(after);
    return err;
}

fn formatted(comptime format: []const u8, args: anytype) Error!object.Owned {
    var buffer: [512]u8 = undefined;
    var writer: std.Io.Writer = .fixed(&buffer);
    writer.print(format, args) catch {}; // what does not fit is cut off
    return object.Owned.take(c.PyUnicode_DecodeUTF8(&buffer, @intCast(writer.end), "replace"));
}

/// Say what the error is about that is returned next, whose name decides on the exception:
///
///     if (value < 0) {
///         try zb.formatError("Expected positive value, got {d}", .{value});
///         return error.ValueError;
///     }
pub fn formatError(comptime format: []const u8, args: anytype) Error!void {
    @branchHint(.cold);
    const moment = guard.Moment.begin() catch return error.Python;
    defer moment.end();
    const message = try formatted(format, args);
    defer message.release();
    // Until then an exception that nothing else sets: its second argument says so.
    const raised = try object.Owned.take(c.PyObject_CallFunction(c.exception("RuntimeError"), "OO", message.ptr, c.notImplemented()));
    c.PyErr_SetRaisedException(raised.ptr);
}

/// What `formatError` has left; null where it has left nothing.
pub fn takeMessage() ?object.Owned {
    const raised = c.PyErr_GetRaisedException() orelse return null;
    if (raised.ob_type.asObject() == c.exception("RuntimeError")) {
        if (c.PyObject_GetAttrString(raised, "args")) |args| {
            defer c.Py_DecRef(args);
            if (c.PyTuple_Size(args) == 2 and c.PyTuple_GetItem(args, 1) == c.notImplemented()) {
                defer c.Py_DecRef(raised);
                return (object.Borrowed{ .ptr = c.PyTuple_GetItem(args, 0).? }).own();
            }
        } else clear();
    }
    c.PyErr_SetRaisedException(raised);
    return null;
}

/// Let the exception that is set have another text; an OSError keeps its number.
pub fn say(text: object.Owned) void {
    const raised = object.Owned.take(c.PyErr_GetRaisedException()) catch return;
    defer raised.release();
    const class = raised.ptr.ob_type.asObject();
    const args = object.Owned.take(c.PyObject_GetAttrString(raised.ptr, "args")) catch return;
    defer args.release();
    if (c.PyTuple_Size(args.ptr) != 2) return c.PyErr_SetObject(class, text.ptr);
    const made = c.PyObject_CallFunction(class, "OO", c.PyTuple_GetItem(args.ptr, 0), text.ptr) orelse return;
    c.PyErr_SetRaisedException(made);
}

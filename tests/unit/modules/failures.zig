//! Zig errors, and exceptions by name.
const std = @import("std");
const zb = @import("zigbind");

/// Every row of the table of errors, and some that are in none.
const All = error{
    OutOfMemory, Overflow, Underflow, OverflowError, DivisionByZero, ZeroDivisionError, IndexError, OutOfBounds, IndexOutOfBounds,
    KeyError, KeyNotFound, AttributeError, TypeError, ValueError, InvalidArgument, ShapeMismatch, InvalidCharacter, InvalidUtf8, Utf8InvalidStartByte,
    EndOfStream, StopIteration, NotImplemented, StopAsyncIteration, NotImplementedError, LookupError, BufferError, EOFError, UnicodeError, RecursionError, RuntimeError, ArithmeticError, AssertionError, OSError, FileNotFound, AccessDenied,
    PermissionDenied, PathAlreadyExists, NotDir, IsDir, NoSpaceLeft, InputOutput, FileTooBig, BrokenPipe, WouldBlock, Timeout,
    TimedOut, ConnectionRefused, ConnectionResetByPeer, ConnectionTimedOut, SomethingElse, outOfMemory, @"with spaces", @"größe",
};

fn named(comptime Set: type, name: []const u8) Set!void {
    inline for (@typeInfo(All).error_set.?) |one|
        if (std.mem.eql(u8, one.name, name)) return @field(anyerror, one.name);
}

pub fn known(name: []const u8) All!void {
    inline for (@typeInfo(All).error_set.?) |one|
        if (std.mem.eql(u8, one.name, name)) return @field(All, one.name);
}
pub fn any(name: []const u8) anyerror!void { return named(anyerror, name); }
pub fn inferred(n: i64) !i64 {
    if (n < 0) return error.Overflow;
    if (n == 0) return error.Zero;
    return n;
}
pub fn parse(text: []const u8) !i64 { return std.fmt.parseInt(i64, text, 10); }
pub fn never_fails() error{}!i64 { return 5; }
pub fn null_or_error(n: i64) !?i64 { return if (n < 0) error.KeyNotFound else if (n == 0) null else n; }
pub fn many_bytes(gpa: std.mem.Allocator) !usize { return (try gpa.alloc(u8, std.math.maxInt(usize) / 2)).len; }
pub fn python_without_exception() zb.Error!void { return error.Python; }

pub fn raise_value(n: i64) !i64 {
    if (n < 0) return zb.raise(.ValueError, "expected positive, got {d}", .{n});
    return n;
}
pub fn raise_mixed(n: i64) !i64 {
    if (n == 0) return error.DivisionByZero;
    if (n < 0) return zb.raise(.LookupError, "{d}", .{n});
    return n;
}
pub fn raise_plain() !void { return zb.raise(.KeyboardInterrupt, "", .{}); }
pub fn raise_formats(text: []const u8, number: i64, ratio: f64) !void {
    return zb.raise(.RuntimeError, "{s} {d} {x} {d:.3} {any} {{}} 100% %s", .{ text, number, @as(u64, @bitCast(number)), ratio, @as(?u8, null) });
}
pub fn raise_text(text: []const u8) !void { return zb.raise(.ArithmeticError, "{s}", .{text}); }
pub fn raise_named(name: []const u8) !void {
    inline for (.{
        .ArithmeticError, .AssertionError, .AttributeError, .BaseException, .BlockingIOError, .BrokenPipeError, .BufferError, .BytesWarning,
        .ConnectionError, .DeprecationWarning, .EOFError, .Exception, .FileExistsError, .FileNotFoundError, .FloatingPointError, .GeneratorExit,
        .ImportError, .IndentationError, .IndexError, .KeyError, .LookupError, .MemoryError, .ModuleNotFoundError, .NameError, .NotImplementedError,
        .OSError, .OverflowError, .PermissionError, .RecursionError, .ReferenceError, .RuntimeError, .RuntimeWarning, .StopAsyncIteration,
        .StopIteration, .SyntaxError, .SystemError, .SystemExit, .TimeoutError, .TypeError, .UnboundLocalError, .UnicodeError, .UserWarning,
        .ValueError, .Warning, .ZeroDivisionError,
    }) |class| if (std.mem.eql(u8, @tagName(class), name)) return zb.raise(class, "message of {s}", .{name});
}
/// The exception of a conversion goes through Zig code as it is.
pub fn through(rest: zb.Args) !i64 {
    var total: i64 = 0;
    errdefer total = 0;
    for (0..rest.len()) |position| total += try rest.get(i64, position);
    return total;
}

fn refuseNegative(x: i64) zb.Error!i64 {
    if (x < 0) return zb.raise(.ValueError, "{d} is negative", .{x});
    return x;
}

pub fn caughtRaise(x: i64) i64 {
    return refuseNegative(x) catch -1;
}

fn firstOr(rest: zb.Args) i64 {
    return rest.get(i64, 0) catch -2;
}

fn twoFloats(a: f64, b: f64) f64 {
    return a + b;
}

pub const caughtInOverload = zb.overload(.{ twoFloats, firstOr });

pub fn notUtf8() []const u8 {
    return "\xff\xfe";
}

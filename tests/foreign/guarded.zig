//! Panics in guarded calls, without Python: what can be run under an emulator of any platform. Exits with 0 if all is as it should be.

const std = @import("std");
const builtin = @import("builtin");
const guard = @import("guard");

/// Of Python, which is not there: no call here releases the GIL.
export fn PyEval_RestoreThread(_: *anyopaque) void {
    std.process.exit(103);
}

pub const panic = struct {
    pub fn call(message: []const u8, _: ?usize) noreturn {
        guard.panicked(.other, message);
        std.process.exit(100);
    }
    pub const sentinelMismatch = std.debug.no_panic.sentinelMismatch;
    pub const inactiveUnionField = std.debug.no_panic.inactiveUnionField;
    pub fn unwrapError(_: anyerror) noreturn {
        call("unwrap error", null);
    }
    pub fn outOfBounds(_: usize, _: usize) noreturn {
        guard.panicked(.index, "index out of bounds");
        std.process.exit(101);
    }
    pub fn startGreaterThanEnd(_: usize, _: usize) noreturn {
        call("start greater than end", null);
    }
    pub fn sliceCastLenRemainder(_: usize) noreturn {
        call("slice cast", null);
    }
    pub fn integerOverflow() noreturn {
        guard.panicked(.overflow, "integer overflow");
        std.process.exit(102);
    }
    pub const reachedUnreachable = other;
    pub const unwrapNull = other;
    pub const castToNull = other;
    pub const incorrectAlignment = other;
    pub const invalidErrorCode = other;
    pub const integerOutOfBounds = other;
    pub const shlOverflow = other;
    pub const shrOverflow = other;
    pub const divideByZero = other;
    pub const exactDivisionRemainder = other;
    pub const integerPartOutOfBounds = other;
    pub const corruptSwitch = other;
    pub const shiftRhsTooBig = other;
    pub const invalidEnumValue = other;
    pub const forLenMismatch = other;
    pub const copyLenMismatch = other;
    pub const memcpyAlias = other;
    pub const noreturnReturned = other;

    fn other() noreturn {
        call("other", null);
    }
};

const Work = struct { input: i64, result: i64 = -1, depth: usize = 0 };

fn add(pointer: *anyopaque) callconv(.c) void {
    const work: *Work = @ptrCast(@alignCast(pointer));
    // Uses many registers of both kinds, so that what is not restored shows.
    var a: [8]i64 = undefined;
    var b: [8]f64 = undefined;
    for (&a, &b, 0..) |*x, *y, index| {
        x.* = work.input -| @as(i64, @intCast(index));
        y.* = @as(f64, @floatFromInt(index)) * 1.5;
    }
    var sum: f64 = 0;
    for (b) |y| sum += y;
    var total: i64 = @intFromFloat(sum);
    for (a) |x| total = @max(total, x);
    work.result = total + 1;
}

fn nested(pointer: *anyopaque) callconv(.c) void {
    const work: *Work = @ptrCast(@alignCast(pointer));
    if (work.depth == 0) return add(pointer);
    var inner: Work = .{ .input = work.input, .depth = work.depth - 1 };
    var frame: guard.Frame = undefined;
    if (guard.run(&frame, &nested, &inner)) {
        work.result = @as(i64, @intCast(work.depth));
        // Panics again: it must arrive one frame further out.
        const items: []const i64 = (&[_]i64{1})[0..];
        work.result += items[@intCast(work.depth + 5)];
    }
    work.result = inner.result;
}

/// Floats that stay in callee-saved registers across the guarded call.
noinline fn keepsFloats(input: i64, x: f64, y: f64, z: f64) f64 {
    var work: Work = .{ .input = input };
    var frame: guard.Frame = undefined;
    const failed = guard.run(&frame, &add, &work);
    return x + 2 * y + 4 * z + @as(f64, if (failed) 1000 else 0);
}

fn check(ok: bool, code: u8) void {
    if (!ok) std.process.exit(code);
}

fn everything() void {
    var ok: Work = .{ .input = 41 };
    var frame: guard.Frame = undefined;
    check(!guard.run(&frame, &add, &ok) and ok.result == 43, 1);
    for (0..100_000) |_| {
        var bad: Work = .{ .input = std.math.maxInt(i64) };
        check(guard.run(&frame, &add, &bad), 2);
        check(frame.kind == .overflow and bad.result == -1, 3);
        check(std.mem.eql(u8, std.mem.sliceTo(&frame.message, 0), "integer overflow"), 4);
    }
    check(guard.top() == null, 5);
    var deep: Work = .{ .input = 1, .depth = 20 };
    check(!guard.run(&frame, &nested, &deep) and deep.result == 44 - 1, 6);
    deep = .{ .input = std.math.maxInt(i64), .depth = 3 };
    check(guard.run(&frame, &nested, &deep) and frame.kind == .index, 7);
    check(keepsFloats(1, 0.5, 0.25, 0.125) == 1.5, 8);
    check(keepsFloats(std.math.maxInt(i64), 0.5, 0.25, 0.125) == 1001.5, 9);
}

pub fn main() void {
    everything();
    if (!builtin.single_threaded) {
        var threads: [4]std.Thread = undefined;
        for (&threads) |*thread| thread.* = std.Thread.spawn(.{}, everything, .{}) catch std.process.exit(10);
        for (threads) |thread| thread.join();
    }
    check(guard.top() == null, 11);
}

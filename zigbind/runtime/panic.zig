//! The panic namespace of every module: a panic in a call from Python becomes an exception.
//!
//! The root file says `pub const panic = zigbind.panic;`. Nothing here mentions std.debug or std.fmt: the
//! default handler's stack traces are what makes a plain Zig library slow to build and large.

const c = @import("capi.zig");
const guard = @import("guard.zig");

/// Leave the call that this thread is in.
fn panicked(kind: guard.Kind, message: []const u8) noreturn {
    @branchHint(.cold);
    @setRuntimeSafety(false);
    guard.panicked(kind, message);
    // A thread that Zig code started, or a call that is not guarded: there is no caller to return to.
    var buffer: [600]u8 = undefined;
    var text: Text = .{ .buffer = buffer[0 .. buffer.len - 1] };
    text.add("Zig panic that no call from Python can catch: ");
    text.add(message);
    buffer[text.length] = 0;
    c.Py_FatalError(@ptrCast(&buffer));
}

pub fn call(message: []const u8, _: ?usize) noreturn {
    @branchHint(.cold);
    panicked(.other, message);
}

pub fn sentinelMismatch(expected: anytype, found: @TypeOf(expected)) noreturn {
    @branchHint(.cold);
    _ = &found;
    panicked(.other, "sentinel mismatch");
}
pub fn unwrapError(err: anyerror) noreturn {
    @branchHint(.cold);
    @setRuntimeSafety(false);
    var buffer: [256]u8 = undefined;
    var text: Text = .{ .buffer = &buffer };
    text.add("attempt to unwrap error: ");
    text.add(@errorName(err));
    panicked(.other, text.slice());
}
pub fn outOfBounds(index: usize, len: usize) noreturn {
    @branchHint(.cold);
    two(.index, "index out of bounds: index ", index, ", len ", len);
}
pub fn startGreaterThanEnd(start: usize, end: usize) noreturn {
    @branchHint(.cold);
    two(.index, "start index ", start, " is larger than end index ", end);
}
pub fn inactiveUnionField(active: anytype, accessed: @TypeOf(active)) noreturn {
    @branchHint(.cold);
    @setRuntimeSafety(false);
    var buffer: [256]u8 = undefined;
    var text: Text = .{ .buffer = &buffer };
    text.add("access of union field '");
    text.add(@tagName(accessed));
    text.add("' while field '");
    text.add(@tagName(active));
    text.add("' is active");
    panicked(.other, text.slice());
}
pub fn sliceCastLenRemainder(_: usize) noreturn {
    @branchHint(.cold);
    panicked(.other, "slice length does not divide exactly into destination elements");
}

pub const reachedUnreachable = Fixed(.other, "reached unreachable code").panic;
pub const unwrapNull = Fixed(.other, "attempt to use null value").panic;
pub const castToNull = Fixed(.other, "cast causes pointer to be null").panic;
pub const incorrectAlignment = Fixed(.other, "incorrect alignment").panic;
pub const invalidErrorCode = Fixed(.other, "invalid error code").panic;
pub const integerOutOfBounds = Fixed(.other, "integer does not fit in destination type").panic;
pub const integerOverflow = Fixed(.overflow, "integer overflow").panic;
pub const shlOverflow = Fixed(.overflow, "left shift overflowed bits").panic;
pub const shrOverflow = Fixed(.overflow, "right shift overflowed bits").panic;
pub const divideByZero = Fixed(.other, "division by zero").panic;
pub const exactDivisionRemainder = Fixed(.other, "exact division produced remainder").panic;
pub const integerPartOutOfBounds = Fixed(.other, "integer part of floating point value out of bounds").panic;
pub const corruptSwitch = Fixed(.other, "switch on corrupt value").panic;
pub const shiftRhsTooBig = Fixed(.other, "shift amount is greater than the type size").panic;
pub const invalidEnumValue = Fixed(.other, "invalid enum value").panic;
pub const forLenMismatch = Fixed(.other, "for loop over objects with non-equal lengths").panic;
pub const copyLenMismatch = Fixed(.other, "source and destination have non-equal lengths").panic;
pub const memcpyAlias = Fixed(.other, "@memcpy arguments alias").panic;
pub const noreturnReturned = Fixed(.other, "'noreturn' function returned").panic;
pub const loadUninstantiableType = Fixed(.other, "attempt to load uninstantiable type").panic;

fn Fixed(comptime kind: guard.Kind, comptime message: []const u8) type {
    return struct {
        fn panic() noreturn {
            @branchHint(.cold);
            panicked(kind, message);
        }
    };
}

fn two(kind: guard.Kind, before: []const u8, a: usize, between: []const u8, b: usize) noreturn {
    @setRuntimeSafety(false);
    var buffer: [128]u8 = undefined;
    var text: Text = .{ .buffer = &buffer };
    text.add(before);
    text.addDecimal(a);
    text.add(between);
    text.addDecimal(b);
    panicked(kind, text.slice());
}

/// Text put together in a buffer and cut off at its end, without a formatter.
const Text = struct {
    buffer: []u8,
    length: usize = 0,

    fn add(self: *Text, part: []const u8) void {
        @setRuntimeSafety(false);
        const length = @min(part.len, self.buffer.len - self.length);
        @memcpy(self.buffer[self.length..][0..length], part[0..length]);
        self.length += length;
    }

    fn addDecimal(self: *Text, value: usize) void {
        @setRuntimeSafety(false);
        var digits: [20]u8 = undefined;
        var start: usize = digits.len;
        var rest = value;
        while (true) {
            start -= 1;
            digits[start] = '0' + @as(u8, @intCast(rest % 10));
            rest /= 10;
            if (rest == 0) break;
        }
        self.add(digits[start..]);
    }

    fn slice(self: *const Text) []const u8 {
        @setRuntimeSafety(false);
        return self.buffer[0..self.length];
    }
};

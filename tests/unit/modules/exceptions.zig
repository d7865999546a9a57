//! Error sets as exception classes, `zb.raise`, `zb.raiseFrom`.

const std = @import("std");
const zb = @import("zigbind");

/// What can go wrong.
pub const ParseError = error{ BadDigit, Empty, Overflow, FileNotFound };
pub const OtherError = error{ BadDigit, Different };
pub const Several = ParseError || OtherError;

pub fn parse(text: []const u8) ParseError!i64 {
    if (text.len == 0) return error.Empty;
    if (text[0] == '/') return error.FileNotFound;
    var value: i64 = 0;
    for (text) |byte| {
        if (byte < '0' or byte > '9') return error.BadDigit;
        value = std.math.mul(i64, value, 10) catch return error.Overflow;
        value = std.math.add(i64, value, byte - '0') catch return error.Overflow;
    }
    return value;
}
pub fn other(which: u8) OtherError!void {
    return if (which == 0) error.BadDigit else error.Different;
}
/// The set is inferred.
pub fn inferred(which: u8) !i64 {
    return switch (which) {
        0 => error.BadDigit,
        1 => error.Different,
        2 => error.Unheard,
        3 => error.OutOfMemory,
        4 => error.FileNotFound,
        5 => error.KeyError,
        else => which,
    };
}
pub fn any(which: u8) anyerror!void {
    return if (which == 0) error.Empty else error.Unheard;
}
pub fn both(text: []const u8) Several!i64 {
    if (text.len > 10) return error.Different;
    return parse(text);
}

pub fn raise(kind: u8, value: i64) !void {
    switch (kind) {
        0 => return zb.raise(.ValueError, "expected positive, got {d}", .{value}),
        1 => return zb.raise(.KeyError, "{d}", .{value}),
        2 => return zb.raise(.StopIteration, "{d}", .{value}),
        3 => return zb.raise(.KeyboardInterrupt, "", .{}),
        4 => return zb.raise(.ValueError, "{s}", .{"x" ** 600}),
        5 => return zb.raise(.ValueError, "\xff größe", .{}),
        6 => return zb.raise(.OSError, "{d}", .{value}),
        else => {},
    }
}
pub fn raiseFrom(kind: u8) !void {
    switch (kind) {
        0 => return zb.raiseFrom(error.KeyError, .ValueError, "because of {s}", .{"a key"}),
        1 => return zb.raiseFrom(zb.raise(.IndexError, "first", .{}), .ValueError, "second", .{}),
        2 => return zb.raiseFrom(error.Unheard, .TypeError, "odd", .{}),
        3 => return zb.raiseFrom(error.FileNotFound, .RuntimeError, "file", .{}),
        else => {},
    }
}
/// A caught exception is none.
pub fn caught() i64 {
    zb.raise(.ValueError, "never seen", .{}) catch {};
    return 5;
}
pub fn fakePython() !void {
    return error.Python;
}

pub const Thing = struct {
    pub const Failure = error{ Broken, Missing };
    value: i64 = 0,
    pub fn fail(self: Thing, which: u8) Failure!i64 {
        return switch (which) {
            0 => error.Broken,
            1 => error.Missing,
            else => self.value,
        };
    }
    pub fn init(value: i64) (Failure || error{TooLarge})!Thing {
        if (value < 0) return error.Broken;
        if (value > 100) return error.TooLarge;
        return .{ .value = value };
    }
    pub fn parseIt(_: Thing, text: []const u8) ParseError!i64 {
        return parse(text);
    }
    pub fn __add__(_: Thing, number: i64) Failure!i64 {
        return if (number == 0) error.Missing else number;
    }
};
pub const sub = struct {
    pub const DeepError = error{Down};
    pub fn fail() DeepError!void {
        return error.Down;
    }
};
pub const Renamed = error{Gone};
pub const Nothing = error{};
pub const Anything = anyerror;

pub fn deepTrace(level: u8) !i64 {
    if (level == 0) return error.TooDeep;
    return try deepTrace(level - 1);
}

//! Python literals of comptime values: bounds in messages, defaults in signatures.

const std = @import("std");
const compat = @import("compat.zig");

/// An integer in decimal.
pub fn decimal(comptime value: comptime_int) [:0]const u8 {
    comptime {
        if (value < 0) return "-" ++ decimal(-value);
        // The compiler writes it itself in the name of a type: "[12]void".
        if (value < 1 << 32) {
            const name = @typeName([value]void);
            return name[1 .. name.len - 5] ++ "";
        }
        return decimal(value / 1_000_000_000) ++ decimal(1_000_000_000 + value % 1_000_000_000)[1..];
    }
}

/// The name of a type as its author knows it: without the directory that the project is built from.
pub fn typeName(comptime T: type) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(100_000);
        var rest: []const u8 = @typeName(T);
        var text: [:0]const u8 = "";
        while (std.mem.indexOf(u8, rest, "top.")) |at| {
            const is_start = at == 0 or !(std.ascii.isAlphanumeric(rest[at - 1]) or rest[at - 1] == '_' or rest[at - 1] == '.');
            text = text ++ rest[0 .. if (is_start) at else at + 4];
            rest = rest[at + 4 ..];
        }
        return text ++ rest ++ "";
    }
}

/// All parts, each with `end` behind it: two halves joined, and these of halves, because a chain of `++` copies what it has at each link.
pub fn join(comptime parts: []const []const u8, comptime end: []const u8) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(10_000_000);
        return switch (parts.len) {
            0 => "",
            1 => parts[0] ++ end ++ "",
            2 => parts[0] ++ end ++ parts[1] ++ end ++ "",
            3 => parts[0] ++ end ++ parts[1] ++ end ++ parts[2] ++ end ++ "",
            else => join(parts[0 .. parts.len / 2], end) ++ join(parts[parts.len / 2 ..], end),
        };
    }
}

/// Without the zero byte that ends a literal.
pub fn bytes(comptime text: []const u8) [text.len]u8 {
    return text[0..text.len].*;
}

/// A tuple that lies in memory, which one of constants alone does not.
pub fn tuple(comptime content: anytype) Laid(@TypeOf(content)) {
    return content;
}

fn Laid(comptime Content: type) type {
    return if (@typeInfo(Content) == .array) Content else compat.Tuple(compat.fieldTypes(Content));
}

/// The shortest decimal that Python reads back as the same float.
pub fn float(comptime value: f64) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(100_000);
        if (value != value) return "..."; // there is no literal of it
        if (value < 0 or (value == 0 and 1 / value < 0)) return "-" ++ float(-value);
        if (value > std.math.floatMax(f64)) return "1e999";
        if (value == 0) return "0.0";
        // A few decimals that say it exactly: with no more than 15 digits they are the shortest.
        if (value >= 1 and value < 1e11) {
            var power = 1;
            for (0..4) |count| {
                const scaled: f128 = @as(f128, value) * power;
                if (@floor(scaled) == scaled) {
                    const digits: comptime_int = @intFromFloat(scaled);
                    return if (count == 0) decimal(digits) ++ ".0" else decimal(digits / power) ++ "." ++ decimal(power + digits % power)[1..];
                }
                power *= 10;
            }
        }
        var exponent = 0; // value = d.ddd * 10 ** exponent
        var unit: f128 = 1;
        while (value >= unit * 10) : (exponent += 1) unit *= 10;
        while (value < unit) : (exponent -= 1) unit /= 10;
        var scale: f128 = 1;
        var count = 1;
        while (true) : (count += 1) {
            const digits: comptime_int = @intFromFloat(@round(@as(f128, value) / unit * scale));
            if (@as(f64, @floatCast(@as(f128, digits) / scale * unit)) == value or count == 17) {
                const text = decimal(digits);
                // 9.99... may have been rounded up to 10.
                const carried: comptime_int = text.len - count;
                return place(text[0..count], exponent + carried);
            }
            scale *= 10;
        }
    }
}

/// `digits` with the decimal point after the first one moved by `exponent`, as `repr(float)` writes it.
fn place(comptime digits: []const u8, comptime exponent: comptime_int) [:0]const u8 {
    comptime {
        if (exponent < -4 or exponent >= 16) {
            const sign = if (exponent < 0) "-" else "+";
            const magnitude = decimal(if (exponent < 0) -exponent else exponent);
            const padded = if (magnitude.len < 2) "0" ++ magnitude else magnitude;
            const fraction = if (digits.len > 1) "." ++ digits[1..] else "";
            return digits[0..1] ++ fraction ++ "e" ++ sign ++ padded;
        }
        if (exponent < 0) return "0." ++ zeros(-exponent - 1) ++ digits;
        if (digits.len <= exponent + 1) return digits ++ zeros(exponent + 1 - digits.len) ++ ".0";
        return digits[0 .. exponent + 1] ++ "." ++ digits[exponent + 1 ..];
    }
}

fn zeros(comptime count: usize) [:0]const u8 {
    comptime {
        const text: [count:0]u8 = @splat('0');
        const result = text;
        return &result;
    }
}

/// Text in single quotes. Python reads signatures as ASCII.
pub fn string(comptime value: []const u8) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(100_000);
        const is_plain = for (value) |byte| {
            if (byte < ' ' or byte > '~' or byte == '\'' or byte == '\\') break false;
        } else true;
        if (is_plain) return "'" ++ value ++ "'";
        if (!std.unicode.utf8ValidateSlice(value)) return "...";
        var it = std.unicode.Utf8View.initUnchecked(value).iterator();
        var text: [:0]const u8 = "'";
        while (it.nextCodepoint()) |point| text = text ++ switch (point) {
            '\'', '\\' => "\\" ++ [1]u8{point},
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            0x00...0x08, 0x0b, 0x0c, 0x0e...0x1f, 0x7f...0xff => "\\x" ++ std.fmt.hex(@as(u8, point)),
            0x100...0xffff => "\\u" ++ hex(point, 4),
            0x10000...0x10ffff => "\\U" ++ hex(point, 8),
            else => [1]u8{point},
        };
        return text ++ "'";
    }
}

fn hex(comptime value: u32, comptime digits: usize) *const [digits]u8 {
    comptime {
        var text: [digits]u8 = undefined;
        for (0..digits) |position| text[position] = "0123456789abcdef"[(value >> @intCast(4 * (digits - 1 - position))) & 15];
        const result = text;
        return &result;
    }
}

/// A value as Python would write it; `...` where there is no literal for it.
pub fn of(comptime value: anytype) [:0]const u8 {
    const T = @TypeOf(value);
    return switch (@typeInfo(T)) {
        .bool => if (value) "True" else "False",
        .null, .void => "None",
        .int, .comptime_int => decimal(value),
        .float, .comptime_float => float(value),
        .optional => if (value) |inner| of(inner) else "None",
        .pointer => |info| switch (info.size) {
            .slice => if (info.child == u8) string(value) else if (value.len == 0) "[]" else "...",
            .one => switch (@typeInfo(info.child)) {
                .array => |array| if (array.child == u8) string(value) else "...",
                else => "...",
            },
            else => "...",
        },
        else => "...",
    };
}

test float {
    const equal = std.testing.expectEqualStrings;
    try equal("0.5", comptime float(0.5));
    try equal("0.1", comptime float(0.1));
    try equal("1e-09", comptime float(1e-9));
    try equal("1.5e+300", comptime float(1.5e300));
    try equal("100.0", comptime float(100));
    try equal("-2.75", comptime float(-2.75));
    try equal("3.141592653589793", comptime float(std.math.pi));
    try equal("1e+16", comptime float(1e16));
    try equal("12.05", comptime float(12.05));
    try equal("12.0625", comptime float(12.0625));
    try equal("7.5", comptime float(7.5));
    try equal("10.125", comptime float(10.125));
    try equal("1e+23", comptime float(1e23));
    try equal("123456.789", comptime float(123456.789));
}

test of {
    const equal = std.testing.expectEqualStrings;
    try equal("'it\\'s'", comptime of(@as([]const u8, "it's")));
    try equal("'\\xf6\\u65e5\\U0001f600'", comptime of("ö日😀"));
    try equal("None", comptime of(@as(?u8, null)));
    try equal("-12", comptime of(@as(i8, -12)));
}

//! Callables that `data.py` measures.

const zb = @import("zigbind");

/// The sum of f(0), f(1), ...
pub fn sum_ints(f: zb.Callable(fn (i64) i64), n: i64) !i64 {
    var total: i64 = 0;
    var i: i64 = 0;
    while (i < n) : (i += 1) total +%= try f.call(.{i});
    return total;
}

/// The integral of f from 0 to 1.
pub fn integrate(f: zb.Callable(fn (f64) f64), n: i64) !f64 {
    const step = 1 / @as(f64, @floatFromInt(n));
    var total: f64 = 0;
    var i: i64 = 0;
    while (i < n) : (i += 1) total += try f.call(.{(@as(f64, @floatFromInt(i)) + 0.5) * step});
    return total * step;
}

/// f(x, i) for i from 0, each x the result before.
pub fn fold(f: zb.Callable(fn (f64, i64) f64), n: i64) !f64 {
    var x: f64 = 1;
    var i: i64 = 0;
    while (i < n) : (i += 1) x = try f.call(.{ x, i });
    return x;
}

/// The bytes in f(text), so many times.
pub fn lengths(f: zb.Callable(fn ([]const u8) []const u8), text: []const u8, n: i64) !i64 {
    var total: i64 = 0;
    var i: i64 = 0;
    while (i < n) : (i += 1) total += @intCast((try f.call(.{text})).len);
    return total;
}

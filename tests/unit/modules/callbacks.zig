//! Python callables as parameters, as fields and beyond the call.
const std = @import("std");
const zb = @import("zigbind");

pub fn apply(f: zb.Callable(fn (f64, i64) f64), x: f64, n: i64) !f64 {
    return f.call(.{ x, n });
}
pub fn repeat(f: zb.Callable(fn (i64) i64), n: usize) !i64 {
    var total: i64 = 0;
    for (0..n) |i| total +%= try f.call(.{@intCast(i)});
    return total;
}

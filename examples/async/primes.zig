//! Searches that take a while, and let everybody else work meanwhile.
const std = @import("std");
const zb = @import("zigbind");

fn isPrime(n: u64) bool {
    if (n < 4) return n > 1;
    if (n % 2 == 0) return false;
    var d: u64 = 3;
    while (d * d <= n) : (d += 2) if (n % d == 0) return false;
    return true;
}

/// Called with what is done so far, from 0 to 1. What it raises ends the search.
const Progress = zb.Callable(fn (f64) void);

fn countImpl(first: u64, last: u64, options: struct { progress: ?Progress = null, steps: u64 = 10 }) !u64 {
    if (last < first) return error.ValueError;
    const steps = @max(1, options.steps);
    var found: u64 = 0;
    for (0..steps) |step| {
        const from = first + (last - first) * step / steps;
        const to = first + (last - first) * (step + 1) / steps;
        for (from..to) |n| found += @intFromBool(isPrime(n));
        if (options.progress) |progress|
            try zb.withGil(Progress.call, .{ progress, .{@as(f64, @floatFromInt(step + 1)) / @as(f64, @floatFromInt(steps))} });
    }
    return found;
}
/// How many primes there are from `first` on and below `last`. Runs without the GIL.
pub const count = zb.nogil(countImpl);

/// The primes from a number on, one at a time.
pub fn primes(start: u64) Primes {
    return .{ .next_number = start };
}
pub const Primes = struct {
    next_number: u64,

    pub fn next(self: *Primes) ?u64 {
        while (self.next_number < std.math.maxInt(u64)) {
            defer self.next_number += 1;
            if (isPrime(self.next_number)) return self.next_number;
        }
        return null;
    }
};

//! What threads of `data.py` do at the same time.

const zb = @import("zigbind");

fn primesImpl(limit: u64) u64 {
    var found: u64 = 0;
    var n: u64 = 2;
    while (n < limit) : (n += 1) {
        var d: u64 = 2;
        found += while (d * d <= n) : (d += 1) {
            if (n % d == 0) break 0;
        } else 1;
    }
    return found;
}
/// How many primes are below `limit`, without the GIL.
pub const primes = zb.nogil(primesImpl);

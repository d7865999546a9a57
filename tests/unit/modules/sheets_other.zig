//! A class for sheets.zig.

/// Near.
pub const Near = struct {
    n: i64 = 3,
    pub fn get(self: *const Near) i64 {
        return self.n;
    }
};

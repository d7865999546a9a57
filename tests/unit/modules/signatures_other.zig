//! Another file.

const signatures = @import("signatures.zig");
pub const itself = @import("signatures_other.zig");

/// From another file.
pub fn halve(value: f64) f64 { return value / 2; }
pub const inner = struct {
    pub fn quarter(value: f64) f64 { return value / 4; }
    /// An alias across files.
    pub const doubled = signatures.sub.twice;
};

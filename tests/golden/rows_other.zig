//! A file of its own that becomes a submodule.

/// Half of it.
pub fn halve(value: f64) f64 {
    return value / 2;
}
/// A class of the submodule.
pub const Part = struct { size: i64 = 1 };
pub const inner = struct {
    pub fn whole(part: Part) Part {
        return part;
    }
};

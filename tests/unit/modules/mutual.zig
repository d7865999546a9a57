//! Classes that name one another, and a base that stands behind what derives from it.

const file = @This();

pub const Lion = struct {
    age: i64 = 1,
    pub const Tiger = file.Tiger;
    pub const Liger = file.Liger;
};

pub const Tiger = struct {
    age: i64 = 2,
    pub const Lion = file.Lion;
    pub const Child = file.Liger;

    /// Grow older.
    pub fn grow(self: *file.Tiger, years: i64) void {
        self.age += years;
    }
};

pub const Liger = struct {
    age: i64 = 3,
    pub const Lion = file.Lion;
    pub const Tiger = file.Tiger;

    pub const Cub = struct {
        age: i64 = 0,
        pub const Parent = file.Liger;
        pub const Cub = file.Liger.Cub;
    };
};

pub const Derived = struct { base: Base = .{}, more: i64 = 2 };

/// What derives from it stands before it.
pub const Base = struct {
    less: i64 = 1,

    pub const Inner = struct { depth: i64 = 0 };

    pub fn set(self: *Base, value: i64) void {
        self.less = value;
    }
};

//! Classes that are made from sheets in Debug, and classes that look like those.
const std = @import("std");
const Allocator = std.mem.Allocator;
const other = @import("sheets_other.zig");

const Id = u32;
const Same = Id;
const limit = 7;

pub const Color = enum { red, green };

/// Every default that is plain, and some that only the compiler knows.
pub const Plain = struct {
    a: i64 = -1_000,
    b: u8 = 0xff,
    c: usize = 0b101,
    d: f64 = 1,
    e: f64 = -0.25,
    f: f64 = 1e-7,
    g: ?f64 = null,
    h: ?i32 = 12,
    i: []const u8 = "it is plain",
    j: bool = true,
    k: [:0]const u8 = "",
    l: ?[]const u8 = "x",
};

pub const Computed = struct {
    a: i64 = 60 * 60,
    b: usize = limit,
    c: []const u8 = "it's\n\"quoted\"",
    d: f64 = std.math.pi,
    e: f32 = 0.1,
    f: Color = .green,
    g: []const f64 = &.{},
    h: u8 = 'a',
    i: f64 = 123456789.123456789,
    j: Id = 5,
};

pub const Names = struct {
    @"odd name": i64 = 0,
    n: i64 = 0,

    const Self = @This();
    pub fn grow(self: *Self, @"for": i64) i64 {
        self.n += @"for";
        return self.n;
    }
};

/// Called in each way that there is.
pub const Called = struct {
    n: i64,
    const Self = @This();
    const Again = Self;

    pub fn own(self: *Called) i64 {
        return self.n;
    }
    pub fn this(self: *const @This()) i64 {
        return self.n;
    }
    pub fn self_(self: *Self, more: *const Again) i64 {
        self.n += more.n;
        return self.n;
    }
    pub fn value(self: Self, more: Called) Self {
        return .{ .n = self.n + more.n };
    }
    pub fn make(n: i64) Called {
        return .{ .n = n };
    }
    pub fn nothing() void {}
    pub fn number(id: Id, same: Same) u64 {
        return @as(u64, id) + same;
    }
    pub fn text(allocator: Allocator, n: std.mem.Allocator) usize {
        _ = .{ allocator, n };
        return 2;
    }
    pub fn maybe(self: *const Self, n: i64) ?i64 {
        return if (n > 0) self.n else null;
    }
    pub fn color(self: *const Self, one: Color) Color {
        _ = self;
        return if (one == .red) .green else .red;
    }
    pub fn fails(self: *const Self) !i64 {
        return if (self.n < 0) error.Negative else self.n;
    }
    pub fn failsWith(self: *const Self) error{Minus}!void {
        if (self.n < 0) return error.Minus;
    }
    pub fn failsAsAllocators(self: *const Self) Allocator.Error!Self {
        return if (self.n < 0) error.OutOfMemory else self.*;
    }
    pub fn of(self: *const Self, one: *Plain, two: other.Near) i64 {
        one.a += self.n;
        return one.a + two.n;
    }
    pub fn many(self: Self, a: i64, b: i64, c: i64, d: i64, e: i64) i64 {
        return self.n + a + b + c + d + e;
    }
    pub fn __len__(self: Self) usize {
        return @intCast(self.n);
    }
    pub fn __eq__(self: *const Self, more: *const Self) bool {
        return self.n == more.n;
    }
    pub fn __add__(self: Self, more: i64) Self {
        return .{ .n = self.n + more };
    }
};

pub const Outer = struct {
    n: i64 = 0,
    pub const Inner = struct {
        n: i64 = 0,
        pub fn twice(self: *const Inner) i64 {
            return 2 * self.n;
        }
        pub fn outer(self: *const Inner, around: *Outer) i64 {
            return self.n + around.n;
        }
    };
};

pub const space = struct {
    pub const Spaced = struct {
        n: i64 = 0,
        pub fn twice(self: *const Spaced) i64 {
            return 2 * self.n;
        }
    };
};

/// Another file's class.
pub const Near = other.Near;
pub const Extern = extern struct { a: u8 = 1, b: i64 = 2 };

/// These name each other.
pub const Hen = struct {
    n: i64 = 1,
    pub fn lays(self: *const Hen) Egg {
        return .{ .n = self.n };
    }
    pub fn sits(self: *Hen, on: *const Egg, near: Nest.Straw) i64 {
        self.n += on.n + near.n;
        return self.n;
    }
};
pub const Egg = struct {
    n: i64 = 2,
    pub fn hatches(self: *Egg) Hen {
        return .{ .n = self.n + 1 };
    }
};
pub const Nest = struct {
    n: i64 = 3,
    pub const Straw = struct {
        n: i64 = 4,
        pub fn of(self: *const Straw, hen: *const Hen) Nest {
            return .{ .n = self.n + hen.n };
        }
    };
};

/// Other names, before and behind and further in.
pub const inside = struct {
    pub const Alias = Declared;
    pub const Own = struct {
        n: i64 = 1,
        pub fn declared(self: *const @This()) Declared {
            return .{ .n = self.n };
        }
    };
};
pub const First = Declared;
pub const Declared = struct {
    n: i64 = 1,
    pub fn make(n: i64) Declared {
        return .{ .n = n };
    }
};
pub const Second = Declared;
pub const @"my class" = struct {
    n: i64 = 1,
    pub fn get(self: *const @"my class") i64 {
        return self.n;
    }
};
pub const @"my space" = struct {
    pub const Spacious = struct {
        n: i64 = 1,
        pub fn same(self: Spacious) Spacious {
            return self;
        }
    };
};

// ---- what looks like those

pub const Gap = struct {
    _: u32 = 7,
    n: i64 = 1,
    pub fn sum(self: *const Gap) i64 {
        return self.n + self.@"_";
    }
};
pub const deceiving = struct {
    const @"u32" = i64;
    const @"i64" = u8;
    pub const Deceiving = struct {
        n: i16 = 0,
        pub fn same(x: @"u32") @"u32" {
            return x;
        }
    };
};

pub const Packed = packed struct { a: u4 = 1, b: u4 = 2 };
pub const Ends = struct {
    n: i64 = 0,
    pub fn deinit(self: *Ends) void {
        self.n = 0;
    }
};
pub const Made = struct {
    n: i64 = 0,
    pub fn init(n: i64) Made {
        return .{ .n = n + 1 };
    }
};
pub const Base = struct {
    n: i64 = 0,
    pub fn get(self: *const Base) i64 {
        return self.n;
    }
};
pub const Derived = struct { base: Base = .{}, m: i64 = 0 };
pub const Own = error{Negative};
pub const Raises = struct {
    n: i64 = 0,
    pub fn fails(self: *const Raises) Own!void {
        if (self.n == 0) return error.Negative;
    }
};
const Hidden = struct { n: i64 = 0 };
pub const Hides = struct {
    n: i64 = 0,
    pub fn hidden(self: *const Hides) bool {
        return self.n == 0;
    }
    pub fn takes(one: Hidden) i64 {
        return one.n;
    }
};
pub const Generic = Of(i64);
fn Of(T: type) type {
    return struct {
        n: T = 0,
        const Self = @This();
        pub fn get(self: *const Self) T {
            return self.n;
        }
    };
}
pub const Options = struct {
    n: i64 = 0,
    pub const zigbind = .{ .name = "Chosen" };
};
pub const Unusual = struct {
    n: i64 = 0,
    pub fn get(self: *const Unusual) callconv(.c) i64 {
        return self.n;
    }
    pub inline fn got(self: *const Unusual) i64 {
        return self.n;
    }
};
pub const Linked = struct {
    n: i64 = 0,
    next: ?*Linked = null,
    pub fn get(self: *const Linked) i64 {
        return self.n;
    }
};
pub const Wide = struct {
    a: i64 = 0,
    b: i64 = 0,
    c: i64 = 0,
    d: i64 = 0,
    e: i64 = 0,
    f: i64 = 0,
    g: i64 = 0,
    h: i64 = 0,
    i: i64 = 0,
    j: i64 = 0,
    k: i64 = 0,
    l: i64 = 0,
    m: i64 = 0,
    n: i64 = 0,
    o: i64 = 0,
    p: i64 = 0,
    q: i64 = 0,
    r: i64 = 0,
    s: i64 = 0,
    t: i64 = 0,
    u: i64 = 0,
    v: i64 = 0,
    w: i64 = 0,
    x: i64 = 0,
    y: i64 = 0,
};
pub const Nine = struct {
    n: i64 = 0,
    pub fn sum(self: *const Nine, a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64) i64 {
        return self.n + a + b + c + d + e + f + g + h;
    }
};
pub const Aligned = struct {
    n: i64 align(16) = 0,
    pub fn get(self: *const Aligned) i64 {
        return self.n;
    }
};

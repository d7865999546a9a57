//! Classes whose values are counted: each must begin once and end once, and nothing of it may stay.

const std = @import("std");
const zb = @import("zigbind");

// ---- the count

const most_alive = 1 << 18;
var generations: [most_alive]u32 = @splat(0);
var free_slots: [most_alive]u32 = undefined;
var free_count: usize = 0;
var fresh: u32 = 0;
var begun: u64 = 0;
var ended: u64 = 0;
var wrong: u64 = 0;

/// One value that is alive. Copies of it are the same value: to end it twice is wrong.
const Token = struct {
    slot: u32,
    generation: u32,

    fn begin() Token {
        begun += 1;
        const slot = if (free_count > 0) blk: {
            free_count -= 1;
            break :blk free_slots[free_count];
        } else blk: {
            fresh += 1;
            break :blk fresh - 1;
        };
        return .{ .slot = slot, .generation = generations[slot] };
    }

    fn isAlive(self: Token) bool {
        return self.slot < most_alive and generations[self.slot] == self.generation;
    }

    fn end(self: Token) void {
        ended += 1;
        if (!self.isAlive()) {
            wrong += 1;
            return;
        }
        generations[self.slot] += 1;
        free_slots[free_count] = self.slot;
        free_count += 1;
    }
};

/// How many values began, how many ended, and how many ends were of no value that was alive.
pub fn counts() struct { u64, u64, u64 } {
    return .{ begun, ended, wrong };
}

// ---- a class with memory of its own

/// What an `init` does instead of its work.
pub const Way = enum { well, error_at_once, error_late, raises, panics, overflows };

fn stumble(way: Way, number: i64) !void {
    switch (way) {
        .raises => return zb.raise(.LookupError, "no {d}", .{number}),
        .panics => @panic("init gave up"),
        .overflows => return error.Overflow,
        else => {},
    }
}

/// Owns memory, and says when it ends.
pub const Counted = struct {
    bytes: std.ArrayList(u8),
    token: Token,
    gpa: std.mem.Allocator,

    pub fn init(gpa: std.mem.Allocator, size: usize, way: Way) !Counted {
        if (way == .error_at_once) return error.ValueError;
        try stumble(way, 5);
        var bytes: std.ArrayList(u8) = try .initCapacity(gpa, size);
        errdefer bytes.deinit(gpa);
        const token: Token = .begin();
        errdefer token.end();
        if (way == .error_late) return error.ValueError;
        bytes.appendNTimesAssumeCapacity(7, size);
        return .{ .bytes = bytes, .token = token, .gpa = gpa };
    }

    pub fn deinit(self: *Counted) void {
        self.token.end();
        self.bytes.deinit(self.gpa);
    }

    pub fn total(self: *const Counted) u64 {
        var result: u64 = 0;
        for (self.bytes.items) |one| result += one;
        return result;
    }

    pub fn grow(self: *Counted, size: usize) !void {
        try self.bytes.resize(self.gpa, size);
        @memset(self.bytes.items, 7);
    }

    pub fn fails(_: *Counted) !void {
        return error.ValueError;
    }

    pub fn panics(_: *Counted) void {
        @panic("a method gave up");
    }

    pub fn isAlive(self: *const Counted) bool {
        return self.token.isAlive();
    }

    pub fn sum(self: *const Counted, other: *const Counted, label: []const u8) u64 {
        return self.total() + other.total() + label.len;
    }

    pub fn me(self: *Counted) *Counted {
        return self;
    }

    /// Another one, by value.
    pub fn twin(self: *const Counted) !Counted {
        return .init(self.gpa, self.bytes.items.len, .well);
    }

    pub fn of(size: usize) !Counted {
        return .init(zb.heap, size, .well);
    }

    pub fn give(size: usize) !zb.Owned(Counted) {
        return .create(try .init(zb.heap, size, .well));
    }

    pub fn taken(self: zb.Owned(Counted)) u64 {
        defer self.destroy();
        defer self.ptr.deinit();
        return self.ptr.total();
    }

    pub fn __call__(self: *const Counted, times: u64) u64 {
        return self.total() * times;
    }

    pub fn __add__(self: *const Counted, other: *const Counted) !Counted {
        return .init(self.gpa, self.bytes.items.len + other.bytes.items.len, .well);
    }

    pub fn __iadd__(self: *Counted, size: usize) !void {
        try self.grow(self.bytes.items.len + size);
    }

    pub fn __eq__(self: *const Counted, other: *const Counted) bool {
        return self.bytes.items.len == other.bytes.items.len;
    }

    pub fn __len__(self: *const Counted) usize {
        return self.bytes.items.len;
    }

    pub fn __getitem__(self: *const Counted, index: usize) u8 {
        return self.bytes.items[index];
    }

    pub fn __buffer__(self: *Counted) []u8 {
        return self.bytes.items;
    }

    pub fn iterator(self: *const Counted) Bytes {
        return .{ .memory = self.bytes.items, .token = .begin() };
    }

    /// Points into what it goes over.
    pub const Bytes = struct {
        memory: []const u8,
        at: usize = 0,
        token: Token,

        pub fn next(self: *Bytes) ?u8 {
            if (self.at >= self.memory.len) return null;
            defer self.at += 1;
            return self.memory[self.at];
        }

        pub fn deinit(self: *Bytes) void {
            self.token.end();
        }
    };
};

/// The value out of its object, and back to Python as another.
pub fn handOn(counted: zb.Owned(Counted)) zb.Owned(Counted) {
    return counted;
}

pub fn take(counted: zb.Owned(Counted), fail: bool) !u64 {
    defer counted.destroy();
    defer counted.ptr.deinit();
    if (fail) return error.ValueError;
    return counted.ptr.total();
}

/// Takes both, or neither.
pub fn takeTwo(a: zb.Owned(Counted), b: zb.Owned(Counted), text: []const u8) u64 {
    defer for ([_]zb.Owned(Counted){ a, b }) |one| {
        one.ptr.deinit();
        one.destroy();
    };
    return a.ptr.total() + b.ptr.total() + text.len;
}

pub fn read(counted: *const Counted) u64 {
    return counted.total();
}

pub fn make(size: usize, fail: bool) !Counted {
    if (fail) return error.ValueError;
    return .init(zb.heap, size, .well);
}

pub fn perhaps(size: usize) !?Counted {
    if (size == 0) return null;
    return try Counted.init(zb.heap, size, .well);
}

pub fn many(count: usize) ![]Counted {
    const all = try zb.allocator.alloc(Counted, count);
    for (all, 0..) |*one, size| one.* = try .init(zb.heap, size, .well);
    return all;
}

/// Owns a slice, and frees it.
pub const Slice = struct {
    memory: []u8,
    token: Token,

    pub fn init(gpa: std.mem.Allocator, size: usize) !Slice {
        const memory = try gpa.alloc(u8, size);
        @memset(memory, 'x');
        return .{ .memory = memory, .token = .begin() };
    }

    pub fn deinit(self: *Slice, gpa: std.mem.Allocator) void {
        self.token.end();
        gpa.free(self.memory);
    }
};

// ---- others

/// Its end panics, after it is done.
pub const BadEnd = struct {
    token: Token,

    pub fn init() BadEnd {
        return .{ .token = .begin() };
    }

    pub fn deinit(self: *BadEnd) void {
        self.token.end();
        @panic("deinit gave up");
    }
};

/// May not be.
pub const Maybe = struct {
    token: Token,

    pub fn init(exists: bool) ?Maybe {
        return if (exists) .{ .token = .begin() } else null;
    }

    pub fn deinit(self: *Maybe) void {
        self.token.end();
    }
};

pub const Point = struct { x: f64 = 0, y: f64 = 0 };

/// Lends what is in it.
pub const Owner = struct {
    corner: Point = .{},
    points: [3]Point = @splat(.{}),
    token: Token,

    pub fn init(x: f64) Owner {
        return .{ .corner = .{ .x = x }, .token = .begin() };
    }

    pub fn deinit(self: *Owner) void {
        self.corner = .{ .x = -1, .y = -1 };
        self.token.end();
    }

    pub fn at(self: *Owner, index: usize) !*Point {
        if (index >= self.points.len) return error.IndexError;
        return &self.points[index];
    }

    pub fn peek(self: *const Owner) *const Point {
        return &self.corner;
    }
};

/// Only fields, all of them numbers.
pub const Plain = struct {
    x: i64,
    y: f64 = 0.5,

    pub fn sum(self: Plain) f64 {
        return @as(f64, @floatFromInt(self.x)) + self.y;
    }

    pub fn __add__(self: Plain, other: Plain) Plain {
        return .{ .x = self.x +% other.x, .y = self.y + other.y };
    }
};

/// Lives on what Python gave it.
pub const Named = struct {
    name: []const u8,
    numbers: []const i64 = &.{},
    other: []const u8 = "nobody",

    pub fn length(self: *const Named) usize {
        return self.name.len + self.numbers.len + self.other.len;
    }

    pub fn swap(self: *Named) void {
        std.mem.swap([]const u8, &self.name, &self.other);
    }

    pub fn copy(self: *const Named) Named {
        return self.*;
    }

    pub fn rename(self: *Named, name: []const u8) void {
        self.name = name;
    }
};

/// Refers to any object, also to itself.
pub const Node = struct {
    value: zb.Object,
    next: ?zb.Object = null,

    pub fn set(self: *Node, value: zb.Object) void {
        self.value = value;
    }

    pub fn get(self: *const Node) zb.Object {
        return self.value;
    }
};

/// The same, with an end.
pub const Knot = struct {
    next: ?zb.Object,
    token: Token,

    pub fn init(next: ?zb.Object) Knot {
        return .{ .next = next, .token = .begin() };
    }

    pub fn deinit(self: *Knot) void {
        self.token.end();
    }
};

/// Takes any attribute.
pub const Open = struct {
    pub const zigbind = .{ .dict = true, .weakref = true };
    token: Token,

    pub fn init() Open {
        return .{ .token = .begin() };
    }

    pub fn deinit(self: *Open) void {
        self.token.end();
    }
};

pub const Base = struct {
    token: Token,

    pub fn init() Base {
        return .{ .token = .begin() };
    }

    pub fn deinit(self: *Base) void {
        self.token.end();
    }

    pub fn isAlive(self: *const Base) bool {
        return self.token.isAlive();
    }
};

/// Ends as its base does.
pub const Derived = struct {
    base: Base,
    extra: i32,

    pub fn init(extra: i32) Derived {
        return .{ .base = .init(), .extra = extra };
    }
};

/// Ends its base itself.
pub const Ending = struct {
    base: Base,
    token: Token,

    pub fn init() Ending {
        return .{ .base = .init(), .token = .begin() };
    }

    pub fn deinit(self: *Ending) void {
        self.token.end();
        self.base.deinit();
    }
};

pub const Content = union(enum) {
    object: zb.Object,
    text: []const u8,
    point: Point,
    number: i64,
    empty,

    pub fn isEmpty(self: *const Content) bool {
        return self.* == .empty;
    }

    pub fn clear(self: *Content) void {
        self.* = .empty;
    }

    pub fn same(self: Content) Content {
        return self;
    }
};

pub const Trouble = error{ Small, Large };

pub fn troubled(number: i64) Trouble!i64 {
    if (number < 0) return error.Small;
    if (number > 9) return error.Large;
    return number;
}

pub const Colour = enum { red, green };

pub fn complement(colour: Colour) Colour {
    return if (colour == .red) .green else .red;
}

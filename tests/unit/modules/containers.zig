//! Classes that a class in Python can be held against: a container, and a record of fields.

const std = @import("std");
const zb = @import("zigbind");

pub const Point = struct {
    x: f64 = 0,
    y: f64 = 0,

    pub fn shift(self: *Point, dx: f64, dy: f64) void {
        self.x += dx;
        self.y += dy;
    }
};

pub const Colour = enum { red, green, blue };

/// A stack of ints.
pub const Stack = struct {
    pub const zigbind = .{ .properties = .{ "top", "total" }, .exclude = .{ "items", "gpa" } };

    items: std.ArrayList(i64),
    gpa: std.mem.Allocator,
    limit: i64,
    scale: f64 = 1,
    is_open: bool = true,
    corner: Point = .{},
    link: ?zb.Object = null,

    pub fn init(gpa: std.mem.Allocator, values: []const i64, options: struct { limit: i64 = 8 }) !Stack {
        if (values.len > options.limit) return error.Overflow;
        var self: Stack = .{ .items = .empty, .gpa = gpa, .limit = options.limit };
        try self.items.appendSlice(gpa, values);
        return self;
    }

    pub fn deinit(self: *Stack) void {
        self.items.deinit(self.gpa);
    }

    pub fn push(self: *Stack, value: i64) !void {
        if (!self.is_open) return error.ValueError;
        if (self.items.items.len >= self.limit) return error.Overflow;
        try self.items.append(self.gpa, value);
    }

    pub fn pop(self: *Stack) !i64 {
        return self.items.pop() orelse error.IndexError;
    }

    pub fn extend(self: *Stack, values: []const i64) !void {
        for (values) |value| try self.push(value);
    }

    pub fn clear(self: *Stack) void {
        self.items.clearRetainingCapacity();
    }

    pub fn clone(self: *const Stack) !Stack {
        var copy = self.*;
        copy.items = try self.items.clone(self.gpa);
        return copy;
    }

    pub fn find(self: *const Stack, value: i64) ?usize {
        return std.mem.indexOfScalar(i64, self.items.items, value);
    }

    pub fn all(self: *const Stack) []const i64 {
        return self.items.items;
    }

    pub fn me(self: *Stack) *Stack {
        return self;
    }

    pub fn place(self: *Stack) *Point {
        return &self.corner;
    }

    pub fn top(self: *const Stack) !i64 {
        return self.items.getLastOrNull() orelse error.IndexError;
    }

    pub fn setTop(self: *Stack, value: i64) !void {
        if (self.items.items.len == 0) return error.IndexError;
        self.items.items[self.items.items.len - 1] = value;
    }

    pub fn total(self: *const Stack) i128 {
        var result: i128 = 0;
        for (self.items.items) |value| result += value;
        return result;
    }

    pub fn __len__(self: *const Stack) usize {
        return self.items.items.len;
    }

    pub fn __getitem__(self: *const Stack, index: usize) i64 {
        return self.items.items[index];
    }

    pub fn __setitem__(self: *Stack, index: usize, value: i64) void {
        self.items.items[index] = value;
    }

    pub fn __delitem__(self: *Stack, index: usize) void {
        _ = self.items.orderedRemove(index);
    }

    pub fn __contains__(self: *const Stack, value: i64) bool {
        return self.find(value) != null;
    }

    pub fn __add__(self: *const Stack, other: *const Stack) !Stack {
        var sum: Stack = .{ .items = .empty, .gpa = self.gpa, .limit = self.limit + other.limit };
        errdefer sum.deinit();
        try sum.items.appendSlice(self.gpa, self.items.items);
        try sum.items.appendSlice(self.gpa, other.items.items);
        return sum;
    }

    pub fn __radd__(self: *const Stack, value: i64) i128 {
        return self.total() + value;
    }

    pub fn __iadd__(self: *Stack, more: []const i64) !void {
        try self.extend(more);
    }

    pub fn __neg__(self: *const Stack) !Stack {
        var result = try self.clone();
        errdefer result.deinit();
        for (result.items.items) |*value| value.* = try std.math.negate(value.*);
        result.link = null;
        return result;
    }

    pub fn __call__(self: *const Stack, value: i64) usize {
        return std.mem.count(i64, self.items.items, &.{value});
    }

    pub fn __enter__(self: *Stack) *Stack {
        return self;
    }

    pub fn __exit__(self: *Stack, _: zb.Args) void {
        self.clear();
    }

    pub fn eql(self: *const Stack, other: *const Stack) bool {
        return std.mem.eql(i64, self.items.items, other.items.items);
    }

    pub fn order(self: *const Stack, other: *const Stack) std.math.Order {
        return std.mem.order(i64, self.items.items, other.items.items);
    }

    pub fn format(self: *const Stack, writer: *std.Io.Writer) !void {
        try writer.writeAll("Stack[");
        for (self.items.items, 0..) |value, index| try writer.print("{s}{d}", .{ if (index == 0) "" else ", ", value });
        try writer.writeAll("]");
    }

    pub const Iterator = struct {
        stack: *const Stack,
        at: usize = 0,

        pub fn next(self: *Iterator) ?i64 {
            if (self.at >= self.stack.items.items.len) {
                self.at = std.math.maxInt(usize);
                return null;
            }
            defer self.at += 1;
            return self.stack.items.items[self.at];
        }
    };

    pub fn iterator(self: *const Stack) Iterator {
        return .{ .stack = self };
    }
};

/// A card of fields.
pub const Card = struct {
    name: []const u8,
    number: i64 = 0,
    ratio: f64 = 0.5,
    is_on: bool = false,
    corner: Point = .{},
    other: ?zb.Object = null,
    colour: Colour = .red,
    numbers: []const i64 = &.{},
    perhaps: ?i64 = null,

    pub fn describe(self: *const Card, gpa: std.mem.Allocator) ![]u8 {
        return std.fmt.allocPrint(gpa, "{s}:{d}:{s}", .{ self.name, self.number, @tagName(self.colour) });
    }

    pub fn rename(self: *Card, name: []const u8) void {
        self.name = name;
    }

    pub fn first(self: *const Card) ?i64 {
        return if (self.numbers.len == 0) null else self.numbers[0];
    }

    pub fn skip(self: *Card) void {
        if (self.numbers.len > 0) self.numbers = self.numbers[1..];
    }

    pub fn cut(self: *const Card, start: usize, end: usize) []const u8 {
        return self.name[@min(start, self.name.len)..@min(@max(start, end), self.name.len)];
    }

    /// From here on it lives on what the other one lives on.
    pub fn like(self: *Card, other: *const Card) void {
        self.name = other.name;
        self.numbers = other.numbers;
    }

    pub fn same(self: Card) Card {
        return self;
    }

    pub fn point(self: *Card) void {
        self.corner.shift(1, 1);
    }

    pub fn set(self: *Card, other: ?zb.Object) void {
        self.other = other;
    }

    pub fn __mul__(self: Card, times: i32) Card {
        var result = self;
        result.number *%= times;
        result.other = null;
        return result;
    }

    pub fn __rmul__(self: Card, times: i32) Card {
        return self.__mul__(times);
    }

    pub fn __isub__(self: *Card, number: i32) void {
        self.number -%= number;
    }

    pub fn __bool__(self: *const Card) bool {
        return self.is_on;
    }

    pub fn __int__(self: *const Card) i64 {
        return self.number;
    }

    pub fn eql(self: *const Card, other: *const Card) bool {
        return self.number == other.number and std.mem.eql(u8, self.name, other.name);
    }

    pub fn hash(self: *const Card) u64 {
        return @bitCast(self.number);
    }
};

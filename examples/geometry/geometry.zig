//! Plane geometry: classes, an enum, a union with variants, exceptions, virtual methods.
const std = @import("std");
const zb = @import("zigbind");

/// A vector of the plane.
pub const Vec2 = struct {
    /// To the right.
    x: f64,
    /// Upwards.
    y: f64 = 0,

    /// How long it is.
    pub fn length(self: *const Vec2) f64 {
        return @sqrt(self.x * self.x + self.y * self.y);
    }
    /// Turn it, in place.
    pub fn turn(self: *Vec2, radians: f64) void {
        const sin, const cos = .{ @sin(radians), @cos(radians) };
        self.* = .{ .x = cos * self.x - sin * self.y, .y = sin * self.x + cos * self.y };
    }
    /// From an angle and a length: callable on the class.
    pub fn polar(radians: f64, opts: struct { length: f64 = 1 }) Vec2 {
        return .{ .x = opts.length * @cos(radians), .y = opts.length * @sin(radians) };
    }
    pub fn __add__(self: Vec2, other: Vec2) Vec2 {
        return .{ .x = self.x + other.x, .y = self.y + other.y };
    }
    pub fn __mul__(self: Vec2, factor: f64) Vec2 {
        return .{ .x = self.x * factor, .y = self.y * factor };
    }
    pub const __rmul__ = __mul__;
    pub fn __eq__(self: Vec2, other: Vec2) bool {
        return self.x == other.x and self.y == other.y;
    }
};

/// A closed figure, one of these.
pub const Figure = union(enum) {
    circle: struct { center: Vec2, radius: f64 },
    rectangle: struct { corner: Vec2, opposite: Vec2 },

    pub fn area(self: Figure) f64 {
        return switch (self) {
            .circle => |circle| std.math.pi * circle.radius * circle.radius,
            .rectangle => |r| @abs((r.opposite.x - r.corner.x) * (r.opposite.y - r.corner.y)),
        };
    }
};

pub const Direction = enum {
    left,
    right,

    pub fn opposite(self: Direction) Direction {
        return if (self == .left) .right else .left;
    }
};

/// Why a path cannot be walked.
pub const PathError = error{ Empty, NotANumber };

/// A list of points that grows. Its memory is its own: `deinit` frees it when Python lets go of the object.
pub const Path = struct {
    pub const zigbind = .{ .properties = .{"total"}, .virtual = .{"weight"} };

    gpa: std.mem.Allocator,
    points: std.ArrayList(Vec2) = .empty,

    pub fn init(gpa: std.mem.Allocator, start: ?Vec2) !Path {
        var self: Path = .{ .gpa = gpa };
        if (start) |point| try self.points.append(gpa, point);
        return self;
    }
    pub fn deinit(self: *Path) void {
        self.points.deinit(self.gpa);
    }
    pub fn append(self: *Path, point: Vec2) !void {
        if (std.math.isNan(point.x) or std.math.isNan(point.y)) return error.NotANumber;
        try self.points.append(self.gpa, point);
    }
    pub fn __len__(self: *const Path) usize {
        return self.points.items.len;
    }
    pub fn __getitem__(self: *const Path, index: usize) Vec2 {
        return self.points.items[index];
    }
    /// The length of all steps together.
    pub fn total(self: *const Path) f64 {
        const points = self.points.items;
        if (points.len == 0) return 0;
        var sum: f64 = 0;
        for (points[0 .. points.len - 1], points[1..]) |from, to| sum += (Vec2{ .x = to.x - from.x, .y = to.y - from.y }).length();
        return sum;
    }
    /// What a step of this length costs: for classes in Python to override.
    pub fn weight(_: *const Path, step: f64) f64 {
        return step;
    }
    /// The cost of all steps together, as the class of the object has it.
    pub fn cost(self: zb.Trampoline(Path)) !f64 {
        const points = self.base.points.items;
        if (points.len == 0) return error.Empty;
        var sum: f64 = 0;
        for (1..points.len) |index| {
            // Python code can run in between, and change the path.
            if (index >= self.base.points.items.len) break;
            const from, const to = self.base.points.items[index - 1 ..][0..2].*;
            sum += try self.callVirtual("weight", .{(Vec2{ .x = to.x - from.x, .y = to.y - from.y }).length()});
        }
        return sum;
    }
};

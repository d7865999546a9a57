//! Structs as classes: fields, constructors, methods, properties, inheritance, ownership, pickling, options.

const std = @import("std");
const zb = @import("zigbind");

// ---- fields and methods

/// A vector in the plane.
pub const Vec2 = struct {
    /// To the right.
    x: f64,
    y: f64 = 0,

    pub const dimensions = 2;
    pub const unit: Vec2 = .{ .x = 1 };

    /// How long it is.
    pub fn length(self: *const Vec2) f64 {
        return @sqrt(self.x * self.x + self.y * self.y);
    }
    /// Both coordinates times `factor`.
    pub fn scale(self: *Vec2, factor: f64) void {
        self.x *= factor;
        self.y *= factor;
    }
    pub fn scaled(self: Vec2, factor: f64, opts: struct { flip: bool = false }) Vec2 {
        const sign: f64 = if (opts.flip) -1 else 1;
        return .{ .x = sign * factor * self.x, .y = sign * factor * self.y };
    }
    pub fn dot(self: Vec2, other: *const Vec2) f64 {
        return self.x * other.x + self.y * other.y;
    }
    /// A factory.
    pub fn polar(radius: f64, angle: f64) Vec2 {
        return .{ .x = radius * @cos(angle), .y = radius * @sin(angle) };
    }
    pub fn parse(text: []const u8) !Vec2 {
        var parts = std.mem.splitScalar(u8, text, ',');
        return .{ .x = try std.fmt.parseFloat(f64, parts.next().?), .y = try std.fmt.parseFloat(f64, parts.next() orelse return error.ValueError) };
    }
    pub fn maybe(wanted: bool) ?Vec2 {
        return if (wanted) .{ .x = 1 } else null;
    }
    /// No instance at all.
    pub fn sum(a: f64, b: f64) f64 {
        return a + b;
    }
    /// The class it is called on.
    pub fn nameOfClass(class: zb.Class) zb.Object {
        return class.object;
    }
    pub fn chain(self: *Vec2) *Vec2 {
        return self;
    }
    pub fn swap(self: *Vec2, other: *Vec2) void {
        std.mem.swap(Vec2, self, other);
    }
    pub fn fails(_: Vec2) !void {
        return error.KeyError;
    }
    pub fn generic(_: Vec2, value: anytype) void {
        _ = value;
    }
};

pub fn double(v: Vec2) Vec2 {
    return .{ .x = 2 * v.x, .y = 2 * v.y };
}
pub fn grow(v: *Vec2) void {
    v.x += 1;
}
pub fn peek(v: *const Vec2) f64 {
    return v.x;
}
pub fn total(list: []const Vec2) f64 {
    var result: f64 = 0;
    for (list) |v| result += v.x + v.y;
    return result;
}
pub fn several(count: usize, gpa: std.mem.Allocator) ![]Vec2 {
    const list = try gpa.alloc(Vec2, count);
    for (list, 0..) |*v, index| v.* = .{ .x = @floatFromInt(index) };
    return list;
}
pub fn perhaps(v: ?Vec2) ?Vec2 {
    return v;
}
pub fn both(a: Vec2, b: Vec2) struct { Vec2, Vec2 } {
    return .{ b, a };
}

/// Fields of every kind.
pub const Everything = struct {
    /// A small one.
    byte: u8 = 1,
    huge: i128 = -1,
    half: f16 = 0.5,
    truth: bool = true,
    text: []const u8 = "text",
    terminated: [:0]const u8 = "end",
    numbers: []const i64 = &.{ 1, 2 },
    triple: [3]f64 = .{ 1, 2, 3 },
    maybe: ?i64 = null,
    maybe_text: ?[]const u8 = null,
    point: Vec2 = .{ .x = 1 },
    maybe_point: ?Vec2 = null,
    nothing: void = {},
    pair: struct { i64, f64 } = .{ 1, 2 },
    @"while": i64 = 7,
};

/// Not what Python can make.
pub const Internal = struct {
    visible: i64 = 1,
    hidden: *const fn () void = undefined,
    buffer: [16]u8 = undefined,
    list: std.ArrayList(i64) = .empty,

    pub fn make() Internal {
        return .{ .visible = 5 };
    }
};
pub const Unmakeable = struct {
    pointer: *const fn () void,
    pub fn get(_: Unmakeable) i64 {
        return 1;
    }
};

/// No field at all, but a method.
pub const Empty = struct {
    pub fn hello(_: *const Empty) []const u8 {
        return "hello";
    }
};

pub const Bits = packed struct(u16) {
    low: u4 = 0,
    flag: bool = false,
    high: u11 = 0,

    pub fn raw(self: Bits) u16 {
        return @bitCast(self);
    }
};

// ---- constructors

pub const Positive = struct {
    value: i64,
    /// `value` must be over zero.
    pub fn init(value: i64, opts: struct { twice: bool = false }) !Positive {
        if (value <= 0) return zb.raise(.ValueError, "expected positive, got {d}", .{value});
        return .{ .value = if (opts.twice) 2 * value else value };
    }
};
pub const Even = struct {
    value: i64,
    pub fn init(value: i64) ?Even {
        return if (@mod(value, 2) == 0) .{ .value = value } else null;
    }
};
pub const EvenPositive = struct {
    value: i64,
    pub fn init(value: i64) error{Overflow}!?EvenPositive {
        if (value < 0) return error.Overflow;
        return if (@mod(value, 2) == 0) .{ .value = value } else null;
    }
};
pub const Overloaded = struct {
    kind: []const u8,
    pub const init = zb.overload(.{ ofInt, ofText });
    fn ofInt(_: i64) Overloaded {
        return .{ .kind = "int" };
    }
    fn ofText(_: []const u8) Overloaded {
        return .{ .kind = "text" };
    }
};
pub const Panicking = struct {
    value: u8,
    pub fn init(value: u8) Panicking {
        return .{ .value = value + 200 };
    }
};
pub const WrongInit = struct {
    value: i64 = 0,
    pub fn init(value: i64) i64 {
        return value;
    }
    pub fn make() WrongInit {
        return .{ .value = 3 };
    }
};
pub const Variadic = struct {
    count: usize,
    keywords: usize,
    pub fn init(first: i64, rest: zb.Args, named: zb.Kwargs) Variadic {
        _ = first;
        return .{ .count = rest.len(), .keywords = named.len() };
    }
};

// ---- properties, options

pub const Temperature = struct {
    pub const zigbind = .{ .properties = .{ "fahrenheit", "kelvin", "checked" }, .weakref = true, .dict = true, .ordering = true };
    celsius: f64 = 0,
    /// In degrees Fahrenheit.
    pub fn fahrenheit(self: *const Temperature) f64 {
        return self.celsius * 9 / 5 + 32;
    }
    pub fn setFahrenheit(self: *Temperature, value: f64) void {
        self.celsius = (value - 32) * 5 / 9;
    }
    pub fn kelvin(self: Temperature) f64 {
        return self.celsius + 273.15;
    }
    pub fn checked(self: Temperature) !f64 {
        if (self.celsius < -273.15) return error.ValueError;
        return self.celsius;
    }
    pub fn set_checked(self: *Temperature, value: f64) !void {
        if (value < -273.15) return zb.raise(.ValueError, "colder than cold: {d}", .{value});
        self.celsius = value;
    }
    pub fn format(self: Temperature, writer: *std.Io.Writer) !void {
        try writer.print("{d} degrees", .{self.celsius});
    }
};

pub const Renamed = struct {
    pub const zigbind = .{
        .name = "PythonName",
        .rename = .{ .zigField = "python_field", .zigMethod = "python_method" },
        .exclude = .{ "secret", "secretMethod" },
        .static = .{"compare"},
        .final = true,
    };
    zigField: i64 = 1,
    secret: i64 = 42,
    pub fn zigMethod(self: Renamed) i64 {
        return self.secret;
    }
    pub fn secretMethod(self: Renamed) i64 {
        return self.secret;
    }
    pub fn compare(a: Renamed, b: Renamed) bool {
        return a.zigField == b.zigField;
    }
};

pub const NoPickle = struct {
    pub const zigbind = .{ .pickle = false };
    value: i64 = 1,
};

pub const OwnPickle = struct {
    value: i64 = 1,
    pub fn __reduce__(self: zb.Object) zb.Object {
        return self;
    }
};

pub const Outer = struct {
    value: i64 = 1,
    pub const Inner = struct {
        value: i64 = 2,
        pub const Innermost = struct {
            value: i64 = 3,
            pub fn up(self: Innermost) i64 {
                return self.value + 1;
            }
        };
        pub const Choice = enum { yes, no };
        pub const Failure = error{Broken};
        pub fn fail(_: Inner) Failure!void {
            return error.Broken;
        }
    };
    pub fn inner(self: Outer) Inner {
        return .{ .value = self.value };
    }
    pub const Limits = struct {
        pub const most = 10;
    };
};
pub const names = struct {
    pub const Spaced = struct { value: i64 = 1 };
};

// ---- inheritance

pub const Animal = struct {
    name: []const u8,
    legs: i64 = 4,
    pub const kingdom = "animals";
    pub fn describe(self: *const Animal, gpa: std.mem.Allocator) ![]u8 {
        return std.fmt.allocPrint(gpa, "{s} has {d} legs", .{ self.name, self.legs });
    }
    pub fn rename(self: *Animal, name: []const u8) void {
        self.name = name;
    }
    pub fn speak(_: Animal) []const u8 {
        return "...";
    }
};
pub const Dog = struct {
    base: Animal,
    good: bool = true,
    pub fn speak(_: Dog) []const u8 {
        return "woof";
    }
};
pub const Puppy = extern struct {
    pub const zigbind = .{ .base = Legged };
    parent: Legged,
    months: i32 = 3,
};
pub const Legged = extern struct {
    legs: i64 = 4,
    pub fn count(self: *const Legged) i64 {
        return self.legs;
    }
};
pub fn nameOfAnimal(animal: *const Animal) []const u8 {
    return animal.name;
}
pub fn legsOf(legged: Legged) i64 {
    return legged.legs;
}
/// Its base takes arbitrary attributes and weak references; it asks for neither itself.
pub const Warm = struct {
    base: Temperature = .{},
    a: i64 = 11,
    b: i64 = 12,
};
/// Two that add so little to a base without fields that Python could take one for the other.
pub const Truth = struct {
    base: Empty = .{},
    value: bool = true,
};
pub const Byte = struct {
    base: Empty = .{},
    value: u8 = 7,
};
pub const Resource = struct {
    base: Counted,
    extra: i64 = 0,
};

// ---- ownership

var alive: i64 = 0;
var ended: i64 = 0;
pub fn aliveNow() i64 {
    return alive;
}
pub fn endedSoFar() i64 {
    return ended;
}

pub const Counted = struct {
    id: i64,
    memory: []i64,
    gpa: std.mem.Allocator,

    pub const zigbind = .{ .exclude = .{ "gpa", "memory" } };

    pub fn init(gpa: std.mem.Allocator, id: i64) !Counted {
        const memory = try gpa.alloc(i64, 4);
        errdefer gpa.free(memory);
        if (id < 0) return error.ValueError;
        @memset(memory, id);
        alive += 1;
        return .{ .id = id, .memory = memory, .gpa = gpa };
    }
    pub fn deinit(self: *Counted) void {
        alive -= 1;
        ended += 1;
        self.gpa.free(self.memory);
    }
    pub fn first(self: *const Counted) i64 {
        return self.memory[0];
    }
    pub fn twin(gpa: std.mem.Allocator, id: i64) !Counted {
        return init(gpa, id);
    }
};
/// A struct that owns memory in one that does not end it.
pub const Holder = struct {
    counted: Counted,
};

pub const Heavy = struct {
    id: i64,
    point: Vec2 = .{ .x = 1, .y = 2 },
    var destroyed: i64 = 0;

    pub fn deinit(_: *Heavy) void {
        destroyed += 1;
    }
    pub fn make(id: i64) !zb.Owned(Heavy) {
        return zb.Owned(Heavy).create(.{ .id = id });
    }
    pub fn destroyedSoFar() i64 {
        return destroyed;
    }
    pub fn take(self: zb.Owned(Heavy)) i64 {
        defer self.destroy();
        defer self.ptr.deinit();
        return self.ptr.id;
    }
    pub fn shifted(self: *Heavy, by: i64) i64 {
        return self.id + by;
    }
    pub fn where(self: *Heavy) *Vec2 {
        return &self.point;
    }
    pub fn through(self: zb.Owned(Heavy)) zb.Owned(Heavy) {
        return self;
    }
};
pub fn consume(heavy: zb.Owned(Heavy)) i64 {
    defer heavy.destroy();
    defer heavy.ptr.deinit();
    return heavy.ptr.id;
}
pub fn consumeTwo(a: zb.Owned(Heavy), b: zb.Owned(Heavy)) i64 {
    defer a.destroy();
    defer b.destroy();
    a.ptr.deinit();
    b.ptr.deinit();
    return a.ptr.id + b.ptr.id;
}
pub fn consumeAnd(a: zb.Owned(Heavy), number: i64) i64 {
    defer a.destroy();
    a.ptr.deinit();
    return a.ptr.id + number;
}
pub fn consumeAndFail(heavy: zb.Owned(Heavy)) !void {
    defer heavy.destroy();
    heavy.ptr.deinit();
    return error.KeyError;
}

// ---- views

pub const Line = struct {
    start: Vec2,
    end: Vec2 = .{ .x = 1 },
    name: []const u8 = "line",

    pub fn first(self: *Line) *Vec2 {
        return &self.start;
    }
    pub fn look(self: *const Line) *const Vec2 {
        return &self.start;
    }
    pub fn maybe(self: *Line, wanted: bool) ?*Vec2 {
        return if (wanted) &self.start else null;
    }
    pub fn itself(self: *Line) *Line {
        return self;
    }
    pub fn rename(self: *Line, name: []const u8) void {
        self.name = name;
    }
    pub fn pointAt(self: *Line, index: usize) !*Vec2 {
        return switch (index) {
            0 => &self.start,
            1 => &self.end,
            else => error.IndexError,
        };
    }
};
pub fn longer(a: *Line, b: *Line) *Vec2 {
    return if (a.start.x > b.start.x) &a.start else &b.start;
}
pub fn pick(a: *Line, b: *Line) *Line {
    return if (a.start.x > b.start.x) a else b;
}

/// A linked list in Zig.
pub const Link = struct {
    value: i64 = 0,
    next: ?*Link = null,
    pub fn attach(self: *Link, other: zb.Owned(Link)) void {
        self.next = other.ptr;
    }
    pub fn deinit(self: *Link) void {
        if (self.next) |link| {
            link.deinit();
            zb.heap.destroy(link);
        }
        self.next = null;
    }
};

// ---- Python objects in fields

/// A node of a graph.
pub const Node = struct {
    value: zb.Object,
    next: ?zb.Object = null,
    name: []const u8 = "node",

    pub fn set(self: *Node, value: zb.Object) void {
        self.value = value;
    }
    pub fn get(self: *const Node) zb.Object {
        return self.value;
    }
    pub fn clearNext(self: *Node) void {
        self.next = null;
    }
    pub fn copied(self: Node) Node {
        return self;
    }
    pub fn of(value: zb.Object) Node {
        return .{ .value = value };
    }
};
/// A struct with objects in a struct.
pub const Nested = struct {
    node: Node,
    number: i64 = 1,
};
pub const NodeDerived = struct {
    base: Node,
    more: ?zb.Object = null,
};
pub fn valueOf(node: *const Node) zb.Object {
    return node.value;
}

// ---- types of other code, made at comptime

pub const Version = std.SemanticVersion;

fn Stack(comptime T: type) type {
    return struct {
        const Self = @This();
        items: std.ArrayList(T) = .empty,
        gpa: std.mem.Allocator,

        pub fn init(gpa: std.mem.Allocator) Self {
            return .{ .gpa = gpa };
        }
        pub fn deinit(self: *Self) void {
            self.items.deinit(self.gpa);
        }
        /// Put one on top.
        pub fn push(self: *Self, value: T) !void {
            try self.items.append(self.gpa, value);
        }
        pub fn pop(self: *Self) ?T {
            return self.items.pop();
        }
        pub fn __len__(self: *const Self) usize {
            return self.items.items.len;
        }
    };
}
pub const Ints = Stack(i64);
pub const Words = Stack([]const u8);

/// Recursion without an end.
pub const Deep = struct {
    callback: zb.Object,
    pub fn depth(self: *const Deep, level: i64) i64 {
        return if (level == 0) 0 else 1 + self.depth(level - 1);
    }
};

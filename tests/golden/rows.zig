//! Every kind of declaration that Python can see.
const std = @import("std");
const zb = @import("zigbind");

// ---- functions

/// Add two integers.
pub fn add(a: i64, b: i64) i64 {
    return a + b;
}
/// Greet somebody.
///
/// At length: "with quotes" and a \ backslash.
pub fn greet(gpa: std.mem.Allocator, name: []const u8, opts: struct { excited: bool = false, mark: []const u8 = "it's", @"class": u8 = 1 }) ![]u8 {
    return std.fmt.allocPrint(gpa, "Hello, {s}{s}", .{ name, if (opts.excited) opts.mark else "." });
}
pub fn everything(args: zb.Args, kwargs: zb.Kwargs) usize {
    _ = args;
    _ = kwargs;
    return 0;
}
pub fn generic(value: anytype) void {
    _ = value;
}
fn areaOfCircle(radius: f64) f64 {
    return radius * radius * std.math.pi;
}
fn areaOfRectangle(width: f64, height: f64) f64 {
    return width * height;
}
/// The area of a circle or a rectangle.
pub const area = zb.overload(.{ areaOfCircle, areaOfRectangle });
fn kindOfFloat(_: f64) []const u8 {
    return "float";
}
fn kindOfInt(_: i64) i64 {
    return 1;
}
pub const kind = zb.overload(.{ kindOfFloat, kindOfInt });
pub const isDigit = std.ascii.isDigit;

// ---- values

pub fn numbers(a: u8, b: f32, c: bool, d: ?i64) struct { u8, f32, bool, ?i64 } {
    return .{ a, b, c, d };
}
pub fn texts(a: []const u8, b: zb.Bytes, c: zb.Str) struct { []const u8, zb.Bytes, zb.Str } {
    return .{ a, b, c };
}
pub fn sequences(a: []const i64, b: [3]f64, c: @Vector(2, f32), d: []const []const u8) struct { []const i64, [3]f64, @Vector(2, f32), []const []const u8 } {
    return .{ a, b, c, d };
}
pub fn objects(a: zb.Object, b: ?zb.Object) zb.Object {
    return b orelse a;
}
const Plain = struct { x: i64, y: i64 };
pub fn plain(value: Plain) Plain {
    return value;
}
pub fn wide(first_of_many: []const i64, second_of_many: []const i64, third_of_many: []const i64) struct { []const i64, []const i64, []const []const i64 } {
    return .{ first_of_many, second_of_many, &.{third_of_many} };
}

// ---- constants

/// Three, nearly.
pub const PI = 3.14;
pub const NAMES = [_][]const u8{ "a", "b" };
pub const nothing: ?i64 = null;

// ---- namespaces

/// Its own functions.
pub const sub = struct {
    pub fn origin() Vec2 {
        return .{ .x = 0 };
    }
    pub const Deep = struct {
        depth: i64 = 0,
        pub fn up(_: Deep) Vec2 {
            return .{ .x = 0 };
        }
    };
    pub const level = 1;
};
pub const other = @import("rows_other.zig");
pub fn across(deep: sub.Deep, part: other.Part) sub.Deep {
    _ = part;
    return deep;
}

// ---- classes

/// A vector of the plane.
pub const Vec2 = struct {
    /// To the right.
    x: f64,
    y: f64 = 0,

    pub const dimensions = 2;

    /// How long it is.
    pub fn length(self: *const Vec2) f64 {
        return @sqrt(self.x * self.x + self.y * self.y);
    }
    pub fn polar(radius: f64, angle: f64) Vec2 {
        return .{ .x = radius * @cos(angle), .y = radius * @sin(angle) };
    }
    pub fn generic(self: Vec2, value: anytype) void {
        _ = self;
        _ = value;
    }
    pub fn __add__(self: Vec2, rhs: Vec2) Vec2 {
        return .{ .x = self.x + rhs.x, .y = self.y + rhs.y };
    }
    pub fn __iadd__(self: *Vec2, rhs: Vec2) void {
        self.* = self.__add__(rhs);
    }
    pub fn __mul__(self: Vec2, factor: f64) Vec2 {
        return .{ .x = self.x * factor, .y = self.y * factor };
    }
    pub const __rmul__ = __mul__;
    pub fn __pow__(self: Vec2, exponent: i64) Vec2 {
        _ = exponent;
        return self;
    }
    pub fn __neg__(self: Vec2) Vec2 {
        return .{ .x = -self.x, .y = -self.y };
    }
    pub fn __eq__(self: Vec2, rhs: Vec2) bool {
        return self.x == rhs.x and self.y == rhs.y;
    }
    pub fn __bool__(self: Vec2) bool {
        return self.x != 0;
    }
};

pub const Alias = Vec2;

/// Made by `init`; memory of its own.
pub const Stack = struct {
    pub const zigbind = .{ .properties = .{ "top", "size" }, .final = true };

    gpa: std.mem.Allocator,
    items: std.ArrayList(i64) = .empty,

    /// With so many items.
    pub fn init(gpa: std.mem.Allocator, values: []const i64, opts: struct { limit: usize = 8 }) !Stack {
        _ = opts;
        var self: Stack = .{ .gpa = gpa };
        try self.items.appendSlice(gpa, values);
        return self;
    }
    pub fn deinit(self: *Stack) void {
        self.items.deinit(self.gpa);
    }
    /// The last one.
    pub fn top(self: *const Stack) i64 {
        return self.items.items[self.items.items.len - 1];
    }
    pub fn set_top(self: *Stack, value: i64) void {
        self.items.items[self.items.items.len - 1] = value;
    }
    pub fn size(self: *const Stack) usize {
        return self.items.items.len;
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
        return std.mem.indexOfScalar(i64, self.items.items, value) != null;
    }
    pub const Items = struct {
        stack: *const Stack,
        at: usize = 0,
        pub fn next(self: *Items) ?i64 {
            if (self.at >= self.stack.items.items.len) return null;
            self.at += 1;
            return self.stack.items.items[self.at - 1];
        }
    };
    pub fn iterator(self: *const Stack) Items {
        return .{ .stack = self };
    }
};

pub const Made = struct {
    kind: i64,
    fn ofInt(kind_: i64) Made {
        return .{ .kind = kind_ };
    }
    fn ofText(text: []const u8) Made {
        return .{ .kind = @intCast(text.len) };
    }
    pub const init = zb.overload(.{ ofInt, ofText });
};

pub const Animal = struct {
    pub const zigbind = .{ .virtual = .{"speak"}, .weakref = true, .dict = true };
    name: []const u8,
    /// For classes in Python to override.
    pub fn speak(_: *const Animal, loudly: bool) []const u8 {
        return if (loudly) "!" else "?";
    }
    pub fn talk(self: zb.Trampoline(Animal)) ![]const u8 {
        return if ((try self.callVirtual("speak", .{true})).len > 0) "talks" else "";
    }
};
pub const Dog = struct {
    base: Animal,
    good: bool = true,
    pub fn fetch(self: *const Dog, thing: *const Stack) usize {
        _ = self;
        return thing.size();
    }
};
/// Of the same layout as its base.
pub const Puppy = struct {
    base: Dog,
    pub fn speak(_: *const Puppy, loudly: bool) []const u8 {
        return if (loudly) "yip" else "";
    }
};
pub const Unmade = struct {
    pointer: *const i64,
    pub fn get(self: *const Unmade) i64 {
        return self.pointer.*;
    }
};
pub const Outer = struct {
    value: i64 = 0,
    pub const Inner = struct {
        value: i64 = 0,
        pub const Mode = enum { fast, slow };
        pub fn outer(_: Inner, mode: Mode) Outer {
            _ = mode;
            return .{};
        }
    };
    pub const Failure = error{Broken};
    pub fn inner(self: Outer) Failure!Inner {
        return .{ .value = self.value };
    }
};
pub const Version = struct {
    pub const zigbind = .{ .name = "PythonVersion" };
    major: i64,
    pub fn order(a: Version, b: Version) std.math.Order {
        return std.math.order(a.major, b.major);
    }
    pub fn hash(self: Version) u64 {
        return @intCast(self.major);
    }
    pub fn format(self: Version, writer: *std.Io.Writer) std.Io.Writer.Error!void {
        try writer.print("v{d}", .{self.major});
    }
};
pub fn newest(versions: []const Version) Version {
    return versions[0];
}
pub const Pair = struct {
    pub const zigbind = .{ .ordering = true, .pickle = false, .readonly = .{"a"} };
    a: i64,
    b: i64 = 0,
};
pub const Special = struct {
    value: i64 = 1,
    pub fn __call__(self: *Special, a: i64, opts: struct { sign: i64 = 1 }) i64 {
        return self.value + a * opts.sign;
    }
    pub fn __enter__(self: *Special) *Special {
        return self;
    }
    pub fn __exit__(_: *Special, class: ?zb.Object, value: ?zb.Object, trace: ?zb.Object) bool {
        _ = class;
        _ = value;
        _ = trace;
        return false;
    }
    pub fn __getattr__(_: *const Special, name: []const u8) !i64 {
        return if (name.len == 1) 1 else error.AttributeError;
    }
    pub fn __buffer__(self: *Special) []u8 {
        return std.mem.asBytes(&self.value);
    }
    pub fn __aiter__(self: *Special) *Special {
        return self;
    }
    pub fn __anext__(_: *Special) Waiting {
        return .{};
    }
    pub fn __index__(self: *const Special) i64 {
        return self.value;
    }
    pub fn __repr__(_: *const Special) []const u8 {
        return "Special()";
    }
};
pub const Waiting = struct {
    pub fn __await__(self: *Waiting) *Waiting {
        return self;
    }
    pub fn __next__(_: *Waiting) ?i64 {
        return null;
    }
    left: i64 = 0,
};
/// Looked up on the class of another.
pub const Descriptor = struct {
    value: i64 = 0,
    pub fn __get__(self: *Descriptor, instance: ?zb.Object, owner: ?zb.Object) i64 {
        _ = instance;
        _ = owner;
        return self.value;
    }
    pub fn __set__(self: *Descriptor, instance: zb.Object, value: i64) void {
        _ = instance;
        self.value = value;
    }
};

// ---- enums

/// In the order of the rainbow.
pub const Color = enum {
    /// Like a rose.
    red,
    green,

    pub const favourite: Color = .green;
    pub fn mixed(self: Color, with: Color) Color {
        _ = with;
        return self;
    }
    pub fn parse(text: []const u8) !Color {
        return std.meta.stringToEnum(Color, text) orelse error.ValueError;
    }
};
pub const Level = enum(u8) { low = 1, high = 10 };
pub const Access = packed struct(u8) { read: bool = false, write: bool = false, _: u6 = 0 };
pub fn enums(color: Color, level: ?Level, opts: struct { access: Access = .{ .read = true } }) struct { Color, ?Level, Access } {
    return .{ color, level, opts.access };
}

// ---- unions

/// One of several.
pub const Shape = union(enum) {
    /// Round.
    circle: struct { center: Vec2, radius: f64 = 1 },
    int: i64,
    list: []const i64,
    none,

    pub fn total(self: Shape, list: []const i64) i64 {
        _ = list;
        return if (self == .int) self.int else 0;
    }
};

// ---- exceptions

/// What can go wrong.
pub const ParseError = error{ BadDigit, Overflow, FileNotFound };
pub fn parse(text: []const u8) ParseError!i64 {
    return std.fmt.parseInt(i64, text, 10) catch error.BadDigit;
}

// ---- names that hide others

pub fn object(thing: zb.Object) zb.Object {
    return thing;
}
pub const Sequence = struct { float: f64 = 0 };
pub fn sequence(one: Sequence, several: []const Sequence) Sequence {
    return if (several.len > 0) several[0] else one;
}

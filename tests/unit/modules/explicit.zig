//! Every function of the explicit API.
const std = @import("std");
const zb = @import("zigbind");

export fn PyInit_explicit() callconv(.c) ?*zb.PyObject {
    return make() catch null;
}

fn make() !*zb.PyObject {
    const module = try zb.createModule(.{ .name = "explicit", .doc = "All of it." });
    errdefer zb.decref(module);

    // Raw functions
    try zb.addFunction(module, .{ .name = "raw_args", .impl = rawArgs, .doc = "Its arguments." });
    try zb.addFunction(module, .{ .name = "raw_self", .impl = rawSelf });
    try zb.addFunction(module, .{ .name = "raw_kwargs", .impl = rawKwargs });
    try zb.addFunction(module, .{ .name = "raw_filled", .impl = &rawFilled });
    try zb.addFunction(module, .{ .name = "raw_null", .impl = rawNull });
    try zb.addFunction(module, .{ .name = "raw_error", .impl = rawError });
    try zb.addFunction(module, .{ .name = "raw_panic", .impl = rawPanic });
    try zb.addFunction(module, .{ .name = "raw_cast", .impl = rawCast });

    // Functions that use types before they are defined
    try zb.defineFunction(module, .{ .name = "early", .func = early });
    try zb.defineFunction(module, .{ .name = "swap", .func = swap });

    // Functions
    try zb.defineFunction(module, .{ .name = "nothing", .func = nothing });
    try zb.defineFunction(module, .{ .name = "add", .func = add, .doc = "Add.\n\nTwo numbers.", .args = .{ .{ .name = "a" }, .{ .name = "b", .default = 2 } } });
    try zb.defineFunction(module, .{ .name = "defaults", .func = defaults, .args = .{
        .{ .name = "flag", .default = true },
        .{ .name = "text", .default = "x" },
        .{ .name = "maybe", .default = null },
        .{ .name = "numbers", .default = &.{ 1, 2 } },
        .{ .name = "ratio", .default = 0.5 },
    } });
    try zb.defineFunction(module, .{ .name = "positional", .func = add });
    try zb.defineFunction(module, .{ .name = "options", .func = options, .args = .{.{ .name = "a" }} });
    try zb.defineFunction(module, .{ .name = "variadic", .func = variadic, .args = .{.{ .name = "first" }} });
    try zb.defineFunction(module, .{ .name = "kind", .func = zb.overload(.{ ofInt, ofText, ofPair }) });
    try zb.defineFunction(module, .{ .name = "apart", .func = zb.nogil(add), .args = .{ .{ .name = "a" }, .{ .name = "b", .default = 2 } } });
    try zb.defineFunction(module, .{ .name = "kind_apart", .func = zb.overload(.{ zb.nogil(ofInt), ofText }) });
    try zb.defineFunction(module, .{ .name = "concat", .func = concat });
    try zb.defineFunction(module, .{ .name = "identity", .func = identity });
    try zb.defineFunction(module, .{ .name = "overflow", .func = overflow });

    // Errors
    try zb.defineFunction(module, .{ .name = "positive", .func = positive });
    try zb.defineFunction(module, .{ .name = "formatted", .func = formatted });
    try zb.defineFunction(module, .{ .name = "left_behind", .func = leftBehind });
    try zb.defineFunction(module, .{ .name = "plain_error", .func = plainError });

    // Casters
    try zb.defineFunction(module, .{ .name = "cast_list", .func = castList });
    try zb.defineFunction(module, .{ .name = "cast_vec", .func = castVec });
    try zb.defineFunction(module, .{ .name = "hex", .func = hex });
    try zb.defineFunction(module, .{ .name = "hexes", .func = hexes });
    try zb.defineFunction(module, .{ .name = "one_way", .func = oneWay });

    // Classes
    const vec = try zb.defineClass(module, .{ .name = "Vec", .type = Vec, .doc = "A vector." });
    try zb.defineMethod(vec, .{ .name = "__init__", .func = Vec.init, .args = .{ .{ .name = "x" }, .{ .name = "y", .default = 0 } } });
    try zb.defineMethod(vec, .{ .name = "length", .func = Vec.length, .doc = "Its length." });
    try zb.defineMethod(vec, .{ .name = "scale", .func = Vec.scale, .args = .{.{ .name = "by", .default = 2 }} });
    try zb.defineMethod(vec, .{ .name = "dot", .func = Vec.dot });
    try zb.defineMethod(vec, .{ .name = "unit", .func = Vec.unit });
    try zb.defineMethod(vec, .{ .name = "of_length", .func = Vec.ofLength, .args = .{.{ .name = "length" }} });
    try zb.defineMethod(vec, .{ .name = "copy_of", .func = Vec.copyOf, .static = true });
    try zb.defineMethod(vec, .{ .name = "__repr__", .func = Vec.repr });
    try zb.defineMethod(vec, .{ .name = "__len__", .func = Vec.len });
    try zb.defineMethod(vec, .{ .name = "__getitem__", .func = Vec.get });
    try zb.defineMethod(vec, .{ .name = "__bool__", .func = Vec.isSet });
    try zb.defineMethod(vec, .{ .name = "__call__", .func = Vec.call });
    try zb.defineMethod(vec, .{ .name = "combine", .func = zb.overload(.{ Vec.dot, Vec.scaled }) });
    try zb.defineOperator(vec, .add, Vec.plus);
    try zb.defineOperator(vec, .mul, Vec.scaled);
    try zb.defineOperator(vec, .rmul, Vec.scaled);
    try zb.defineOperator(vec, .matmul, Vec.dot);
    try zb.defineOperator(vec, .pow, Vec.power);
    try zb.defineOperator(vec, .iadd, Vec.addTo);
    try zb.defineOperator(vec, .eq, Vec.eql);
    try zb.defineOperator(vec, .lt, Vec.lessThan);
    try zb.defineOperator(vec, .neg, Vec.negated);
    try zb.defineOperator(vec, .abs, Vec.length);
    try zb.defineProperty(vec, .{ .name = "x", .getter = Vec.getX, .setter = Vec.setX, .doc = "The first." });
    try zb.defineProperty(vec, .{ .name = "y", .getter = Vec.getY, .setter = Vec.setY, .readonly = true });
    try zb.defineProperty(vec, .{ .name = "norm", .getter = Vec.length });
    try zb.defineProperty(vec, .{ .name = "both", .setter = Vec.setBoth });

    const point = try zb.defineClass(module, .{ .name = "Point", .type = Point, .fields = true });
    try zb.defineMethod(point, .{ .name = "sum", .func = Point.sum });
    try zb.defineMethod(point, .{ .name = "itself", .func = Point.itself });
    const pixel = try zb.defineClass(module, .{ .name = "Pixel", .type = Pixel, .fields = true, .base = Point });
    try zb.defineMethod(pixel, .{ .name = "colour", .func = Pixel.colour });
    _ = try zb.defineClass(module, .{ .name = "Line", .type = Line, .fields = true });
    _ = try zb.defineClass(module, .{ .name = "NoInit", .type = NoInit });
    const named = try zb.defineClass(module, .{ .name = "Named", .type = Named, .fields = true });
    try zb.defineMethod(named, .{ .name = "__init__", .func = Named.init, .args = .{.{ .name = "name" }} });
    try zb.defineMethod(named, .{ .name = "rename", .func = Named.rename });
    try zb.defineMethod(named, .{ .name = "twin", .func = Named.twin });
    try zb.defineFunction(module, .{ .name = "named", .func = makeNamed });
    try zb.defineFunction(module, .{ .name = "perhaps_named", .func = perhapsNamed });
    const buffer = try zb.defineClass(module, .{ .name = "Buffer", .type = Buffer });
    try zb.defineMethod(buffer, .{ .name = "__init__", .func = Buffer.init, .args = .{.{ .name = "size" }} });
    try zb.defineMethod(buffer, .{ .name = "__len__", .func = Buffer.len });
    try zb.defineFunction(module, .{ .name = "ended", .func = ended });
    try zb.defineFunction(module, .{ .name = "consume", .func = consume });
    const maybe = try zb.defineClass(module, .{ .name = "Maybe", .type = Maybe });
    try zb.defineMethod(maybe, .{ .name = "__init__", .func = Maybe.init });
    const counter = try zb.defineClass(module, .{ .name = "Counter", .type = Counter });
    try zb.defineMethod(counter, .{ .name = "__iter__", .func = Counter.iter });
    try zb.defineMethod(counter, .{ .name = "__next__", .func = Counter.next });
    const holder = try zb.defineClass(module, .{ .name = "Holder", .type = Holder, .fields = true });
    try zb.defineMethod(holder, .{ .name = "__init__", .func = Holder.init });
    _ = try zb.defineClass(module, .{ .name = "Options", .type = Loose });

    // Enums
    const color = try zb.defineEnum(module, .{ .name = "Color", .type = Color, .doc = "Colours." });
    try zb.defineMethod(color, .{ .name = "isWarm", .func = Color.isWarm });
    try zb.defineMethod(color, .{ .name = "mix", .func = Color.mix });
    try zb.defineProperty(color, .{ .name = "code", .getter = Color.code });
    _ = try zb.defineEnum(module, .{ .name = "Access", .type = Access });
    try zb.defineFunction(module, .{ .name = "next_color", .func = nextColor, .args = .{.{ .name = "color", .default = .red }} });
    try zb.defineFunction(module, .{ .name = "next_level", .func = nextLevel });
    try zb.defineFunction(module, .{ .name = "flip", .func = flip });
    try zb.defineFunction(module, .{ .name = "flip_data", .func = flipData });

    // Data
    try zb.defineFunction(module, .{ .name = "grow", .func = growShape });
    try zb.defineFunction(module, .{ .name = "move", .func = move });
    try zb.defineFunction(module, .{ .name = "points", .func = points });
    try zb.defineFunction(module, .{ .name = "perhaps_place", .func = perhapsPlace });
    try zb.defineFunction(module, .{ .name = "needs_class", .func = needsClass });
    try zb.defineFunction(module, .{ .name = "unconvertible", .func = unconvertible });
    try zb.defineFunction(module, .{ .name = "make_unconvertible", .func = makeUnconvertible });

    // Mistakes at run time
    try zb.addFunction(module, .{ .name = "define_again", .impl = defineAgain });
    try zb.addFunction(module, .{ .name = "define_foreign", .impl = defineForeign });
    try zb.addFunction(module, .{ .name = "wrong_method", .impl = wrongMethod });
    try zb.addFunction(module, .{ .name = "wrong_init", .impl = wrongInit });
    try zb.addFunction(module, .{ .name = "base_missing", .impl = baseMissing });
    try zb.addFunction(module, .{ .name = "static_of_enum", .impl = staticOfEnum });
    try zb.addFunction(module, .{ .name = "define_more", .impl = defineMore });
    return module;
}

// ---- raw functions

fn rawArgs(args: *zb.PyObject) callconv(.c) ?*zb.PyObject {
    zb.incref(args);
    return args;
}
fn rawSelf(self: *zb.PyObject, args: *zb.PyObject) ?*zb.PyObject {
    _ = args;
    zb.incref(self);
    return self;
}
fn rawKwargs(_: *zb.PyObject, args: *zb.PyObject, kwargs: ?*zb.PyObject) callconv(.c) ?*zb.PyObject {
    const result = kwargs orelse args;
    zb.incref(result);
    return result;
}
fn rawFilled(_: *zb.PyObject, _: *zb.PyObject, kwargs: *zb.PyObject) callconv(.c) ?*zb.PyObject {
    zb.incref(kwargs);
    return kwargs;
}
fn rawNull(_: *zb.PyObject) ?*zb.PyObject {
    return null;
}
fn rawError(_: *zb.PyObject) !*zb.PyObject {
    return error.KeyError;
}
fn rawPanic(_: *zb.PyObject) ?*zb.PyObject {
    @panic("raw");
}
fn rawCast(args: *zb.PyObject) !*zb.PyObject {
    const numbers = try zb.TypeCaster([]const i64).fromPython(args);
    const doubled = try zb.allocator.alloc(i64, numbers.len);
    for (doubled, numbers) |*to, from| to.* = 2 * from;
    return zb.TypeCaster([]const i64).toPython(doubled);
}

// ---- functions

fn nothing() void {}
fn add(a: i64, b: i64) i64 {
    return a + b;
}
fn defaults(flag: bool, text: []const u8, maybe: ?i64, numbers: []const i64, ratio: f64) struct { bool, []const u8, ?i64, []const i64, f64 } {
    return .{ flag, text, maybe, numbers, ratio };
}
fn options(a: i64, opts: struct { times: i64 = 1, sign: bool = false }) i64 {
    return a * opts.times * @as(i64, if (opts.sign) -1 else 1);
}
fn variadic(first: i64, rest: zb.Args, named: zb.Kwargs) !i64 {
    var sum = first;
    for (0..rest.len()) |index| sum += try rest.get(i64, index);
    return sum + (try named.get(i64, "extra") orelse 0);
}
fn ofInt(x: i64) []const u8 {
    _ = x;
    return "int";
}
fn ofText(x: zb.Str) []const u8 {
    _ = x;
    return "str";
}
fn ofPair(x: f64, y: f64) []const u8 {
    _ = .{ x, y };
    return "pair";
}
fn concat(gpa: std.mem.Allocator, a: []const u8, b: []const u8) ![]u8 {
    return std.mem.concat(gpa, u8, &.{ a, b });
}
fn identity(value: *zb.PyObject) *zb.PyObject {
    zb.incref(value);
    return value;
}
fn overflow(value: u8) u8 {
    return value + 1;
}

// ---- errors

fn positive(value: i64) !i64 {
    if (value < 0) {
        try zb.formatError(
            "Expected positive value, got {d}",
            .{value},
        );
        return error.ValueError;
    }
    return value;
}
fn formatted(kind: []const u8) !void {
    try zb.formatError("about {s}: ünï", .{kind});
    const names = .{ "TypeError", "KeyError", "IndexError", "Overflow", "OutOfMemory", "FileNotFound", "Unheard", "Python" };
    inline for (names) |name| if (std.mem.eql(u8, kind, name)) return @field(anyerror, name);
}
fn leftBehind(raise: bool) !i64 {
    zb.raise(.KeyError, "left", .{}) catch {};
    if (raise) return error.ValueError;
    zb.formatError("left", .{}) catch {};
    return 1;
}
fn plainError() !void {
    return error.ValueError;
}

// ---- casters

fn castList(value: *zb.PyObject) !f64 {
    var sum: f64 = 0;
    for (try zb.TypeCaster([]const f64).fromPython(value)) |one| sum += one;
    return sum;
}
fn castVec(value: *zb.PyObject) !*zb.PyObject {
    const vec = try zb.TypeCaster(Vec).fromPython(value);
    return zb.TypeCaster(Vec).toPython(vec.negated());
}

/// An integer that is hexadecimal text in Python.
const Hex = struct {
    value: u32,

    pub const TypeCaster = struct {
        pub fn fromPython(obj: *zb.PyObject) !Hex {
            const text = try zb.TypeCaster(zb.Str).fromPython(obj);
            if (text.data.len == 0) return zb.raise(.ValueError, "no digits", .{});
            if (text.data[0] == '?') @panic("a question");
            if (text.data[0] == '!') return error.KeyError;
            if (text.data.len > 8) {
                try zb.formatError("{d} digits", .{text.data.len});
                return error.Overflow;
            }
            return .{ .value = try std.fmt.parseInt(u32, text.data, 16) };
        }
        pub fn toPython(value: Hex) !*zb.PyObject {
            if (value.value == 0xdead) return error.ValueError;
            return zb.stringFromUtf8(try std.fmt.allocPrint(zb.allocator, "{x}", .{value.value}));
        }
    };
};
fn hex(value: Hex, more: ?Hex) Hex {
    return .{ .value = value.value +% (more orelse Hex{ .value = 1 }).value };
}
fn hexes(values: []const Hex) []const Hex {
    return values[1..];
}
const OneWay = enum {
    up,
    pub const TypeCaster = struct {
        pub fn toPython(_: OneWay) !*zb.PyObject {
            return zb.stringFromUtf8("up");
        }
    };
};
fn oneWay() OneWay {
    return .up;
}

// ---- classes

const Vec = struct {
    x: f64,
    y: f64,

    fn init(x: f64, y: f64) !Vec {
        if (x != x) {
            try zb.formatError("x is {d}", .{x});
            return error.ValueError;
        }
        return .{ .x = x, .y = y };
    }
    fn length(self: *const Vec) f64 {
        return @sqrt(self.x * self.x + self.y * self.y);
    }
    fn scale(self: *Vec, by: f64) void {
        self.* = self.scaled(by);
    }
    fn scaled(self: Vec, by: f64) Vec {
        return .{ .x = by * self.x, .y = by * self.y };
    }
    fn dot(self: Vec, other: Vec) f64 {
        return self.x * other.x + self.y * other.y;
    }
    fn unit() Vec {
        return .{ .x = 1, .y = 0 };
    }
    fn ofLength(length_: f64) !Vec {
        return if (length_ < 0) error.ValueError else .{ .x = length_, .y = 0 };
    }
    fn copyOf(other: *const Vec) Vec {
        return other.*;
    }
    fn repr(self: *const Vec, gpa: std.mem.Allocator) ![]u8 {
        return std.fmt.allocPrint(gpa, "<{d} {d}>", .{ self.x, self.y });
    }
    fn len(_: *const Vec) usize {
        return 2;
    }
    fn get(self: *const Vec, index: usize) !f64 {
        return switch (index) {
            0 => self.x,
            1 => self.y,
            else => error.IndexError,
        };
    }
    fn isSet(self: *const Vec) bool {
        return self.x != 0 or self.y != 0;
    }
    fn call(self: *const Vec, factor: f64) f64 {
        return factor * self.length();
    }
    fn plus(self: *const Vec, other: *const Vec) Vec {
        return .{ .x = self.x + other.x, .y = self.y + other.y };
    }
    fn power(self: Vec, exponent: u8) f64 {
        return std.math.pow(f64, self.length(), @floatFromInt(exponent));
    }
    fn addTo(self: *Vec, other: Vec) void {
        self.x += other.x;
        self.y += other.y;
    }
    fn eql(self: Vec, other: Vec) bool {
        return self.x == other.x and self.y == other.y;
    }
    fn lessThan(self: Vec, other: Vec) bool {
        return self.length() < other.length();
    }
    fn negated(self: Vec) Vec {
        return .{ .x = -self.x, .y = -self.y };
    }
    fn getX(self: *const Vec) f64 {
        return self.x;
    }
    fn setX(self: *Vec, value: f64) void {
        self.x = value;
    }
    fn getY(self: Vec) f64 {
        return self.y;
    }
    fn setY(self: *Vec, value: f64) void {
        self.y = value;
    }
    fn setBoth(self: *Vec, value: f64) !void {
        if (value < 0) return zb.raise(.ValueError, "negative", .{});
        self.* = .{ .x = value, .y = value };
    }
};
fn early(v: Vec) Vec {
    return v.scaled(2);
}
fn swap(v: *Vec) *Vec {
    std.mem.swap(f64, &v.x, &v.y);
    return v;
}

const Point = extern struct {
    x: i64 = 0,
    y: i64 = 0,

    fn sum(self: *const Point) i64 {
        return self.x + self.y;
    }
    fn itself(self: *Point) *Point {
        return self;
    }
};
const Pixel = extern struct {
    base: Point = .{},
    rgb: u32 = 0xff,

    fn colour(self: *const Pixel) u32 {
        return self.rgb;
    }
};
const Line = struct { from: Point = .{}, to: Point = .{ .x = 1 }, width: f64 = 1 };
fn points(line: Line) struct { Point, Point } {
    return .{ line.from, line.to };
}
const NoInit = struct { value: i64 };

const Named = struct {
    name: []const u8,

    fn init(name: []const u8) Named {
        return .{ .name = name };
    }
    fn rename(self: *Named, name: []const u8) void {
        self.name = name;
    }
    fn twin(self: *const Named) Named {
        return self.*;
    }
};
fn makeNamed(name: []const u8) Named {
    return .{ .name = name };
}
fn perhapsNamed(name: []const u8) ?Named {
    return if (name.len == 0) null else .{ .name = name };
}

var ended_count: i64 = 0;
const Buffer = struct {
    memory: []u8,
    gpa: std.mem.Allocator,

    fn init(gpa: std.mem.Allocator, size: usize) !Buffer {
        if (size == 13) return error.ValueError;
        return .{ .memory = try gpa.alloc(u8, size), .gpa = gpa };
    }
    pub fn deinit(self: *Buffer) void {
        ended_count += 1;
        self.gpa.free(self.memory);
    }
    fn len(self: *const Buffer) usize {
        return self.memory.len;
    }
};
fn ended() i64 {
    return ended_count;
}
fn consume(buffer: zb.Owned(Buffer)) usize {
    defer buffer.destroy();
    defer buffer.ptr.deinit();
    return buffer.ptr.len();
}
const Maybe = struct {
    fn init(good: bool) ?Maybe {
        return if (good) .{} else null;
    }
    pub fn use(_: *const Maybe) void {}
};
const Counter = struct {
    at: i64 = 0,

    fn iter(self: *Counter) *Counter {
        return self;
    }
    fn next(self: *Counter) ?i64 {
        if (self.at == 3) return null;
        self.at += 1;
        return self.at;
    }
};
const Holder = struct {
    value: zb.Object,
    other: ?zb.Object = null,

    fn init(value: zb.Object) Holder {
        return .{ .value = value };
    }
};
/// All its fields have defaults: still no options.
const Loose = struct { a: i64 = 1, b: i64 = 2 };

// ---- enums

const Color = enum {
    red,
    green,
    blue,

    fn isWarm(self: Color) bool {
        return self == .red;
    }
    fn mix(self: Color, other: Color) Color {
        return if (self == other) self else .blue;
    }
    fn code(self: Color) u8 {
        return @intFromEnum(self);
    }
    fn first() Color {
        return .red;
    }
};
fn nextColor(color: Color) Color {
    return @enumFromInt((@intFromEnum(color) + 1) % 3);
}
const Level = enum(u8) { low = 1, high = 10 };
fn nextLevel(level: Level) Level {
    return if (level == .low) .high else .low;
}
const Access = packed struct(u2) { read: bool = false, write: bool = false };
fn flip(access: Access) Access {
    return .{ .read = !access.read, .write = !access.write };
}
const Bits = packed struct(u2) { a: bool, b: bool };
fn flipData(bits: Bits) Bits {
    return .{ .a = !bits.a, .b = !bits.b };
}

// ---- data

const Place = struct { x: f64, y: f64 = 0 };
const Shape = union(enum) {
    circle: struct { center: Place, radius: f64 },
    label: []const u8,
    empty,
};
fn growShape(shape: Shape) Shape {
    return switch (shape) {
        .circle => |c| .{ .circle = .{ .center = c.center, .radius = 2 * c.radius } },
        else => shape,
    };
}
fn move(place: Place, by: Loose) Place {
    return .{ .x = place.x + @as(f64, @floatFromInt(by.a)), .y = place.y };
}
fn perhapsPlace(some: bool) ?Place {
    return if (some) .{ .x = 1 } else null;
}
const Undefined = struct { value: i64 = 1 };
fn needsClass(pointer: *Undefined) i64 {
    return pointer.value;
}
const Opaque = struct { pointer: *anyopaque };
fn unconvertible(value: Opaque) usize {
    return @intFromPtr(value.pointer);
}
fn makeUnconvertible() Opaque {
    return .{ .pointer = @constCast(@ptrCast("")) };
}

// ---- mistakes

fn defineAgain(module: *zb.PyObject, _: *zb.PyObject) !*zb.PyObject {
    return @ptrCast(@alignCast(try zb.defineClass(module, .{ .name = "Again", .type = Vec })));
}
fn foreign() void {}
fn defineForeign(args: *zb.PyObject) !*zb.PyObject {
    try zb.defineFunction(args, .{ .name = "foreign", .func = foreign });
    unreachable;
}
fn firstOf(args: *zb.PyObject) !*zb.PyTypeObject {
    const items = try zb.TypeCaster([]const zb.Object).fromPython(args);
    return @ptrCast(items[0].ptr);
}
fn wrongMethod(_: *zb.PyObject, args: *zb.PyObject) !*zb.PyObject {
    try zb.defineMethod(try firstOf(args), .{ .name = "length", .func = Vec.length });
    unreachable;
}
fn wrongInit(_: *zb.PyObject, args: *zb.PyObject) !*zb.PyObject {
    try zb.defineMethod(try firstOf(args), .{ .name = "__init__", .func = Vec.init });
    unreachable;
}
const Orphan = extern struct { base: Parent = .{}, more: i64 = 1 };
const Parent = extern struct { value: i64 = 1 };
fn baseMissing(module: *zb.PyObject, _: *zb.PyObject) !*zb.PyObject {
    _ = try zb.defineClass(module, .{ .name = "Orphan", .type = Orphan, .base = Parent });
    unreachable;
}
fn staticOfEnum(_: *zb.PyObject, args: *zb.PyObject) !*zb.PyObject {
    try zb.defineMethod(try firstOf(args), .{ .name = "first", .func = Color.first });
    unreachable;
}
fn later(a: i64, b: i64) i64 {
    return a - b;
}
/// A function and a class, once the module is in use.
fn defineMore(module: *zb.PyObject, args: *zb.PyObject) !*zb.PyObject {
    try zb.defineFunction(module, .{ .name = "later", .func = later, .args = .{ .{ .name = "first" }, .{ .name = "second", .default = 1 } } });
    _ = try zb.defineClass(module, .{ .name = "Undefined", .type = Undefined, .fields = true });
    zb.incref(args);
    return args;
}

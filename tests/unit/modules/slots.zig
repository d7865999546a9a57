//! Every dunder method of the slot table, and Zig's own names for what some of them do.

const std = @import("std");
const zb = @import("zigbind");

/// All of arithmetic: the methods tell which of them was called.
pub const Number = struct {
    v: i64,

    pub fn __add__(self: Number, other: Number) Number {
        return .{ .v = self.v + other.v };
    }
    pub fn __sub__(self: Number, other: i64) i64 {
        return self.v - other;
    }
    pub fn __rsub__(self: Number, other: i64) i64 {
        return other - self.v;
    }
    pub const __mul__ = zb.overload(.{ mulNumber, mulInt });
    fn mulNumber(self: Number, other: Number) Number {
        return .{ .v = self.v * other.v };
    }
    fn mulInt(self: Number, other: i64) Number {
        return .{ .v = self.v * other };
    }
    pub fn __rmul__(self: Number, other: i64) Number {
        return .{ .v = other * self.v };
    }
    pub fn __mod__(self: Number, other: i64) !i64 {
        return std.math.mod(i64, self.v, other) catch |err| if (err == error.DivisionByZero) error.DivisionByZero else error.ValueError;
    }
    pub fn __rmod__(self: Number, other: i64) i64 {
        return @mod(other, self.v);
    }
    pub fn __divmod__(self: Number, other: i64) struct { i64, i64 } {
        return .{ @divFloor(self.v, other), @mod(self.v, other) };
    }
    pub fn __rdivmod__(self: Number, other: i64) struct { i64, i64 } {
        return .{ @divFloor(other, self.v), @mod(other, self.v) };
    }
    pub fn __pow__(self: Number, exponent: u32, modulus: ?i64) !i64 {
        const power = try std.math.powi(i64, self.v, exponent);
        return if (modulus) |m| try std.math.mod(i64, power, m) else power;
    }
    pub fn __rpow__(self: Number, base: i64) !i64 {
        return std.math.powi(i64, base, self.v);
    }
    pub fn __neg__(self: Number) Number {
        return .{ .v = -self.v };
    }
    pub fn __pos__(self: Number) Number {
        return .{ .v = @max(self.v, 0) };
    }
    pub fn __abs__(self: Number) Number {
        return .{ .v = if (self.v < 0) -self.v else self.v };
    }
    pub fn __invert__(self: Number) Number {
        return .{ .v = ~self.v };
    }
    pub fn __lshift__(self: Number, by: u6) i64 {
        return self.v << by;
    }
    pub fn __rlshift__(self: Number, other: i64) i64 {
        return other << @intCast(self.v);
    }
    pub fn __rshift__(self: Number, by: u6) i64 {
        return self.v >> by;
    }
    pub fn __rrshift__(self: Number, other: i64) i64 {
        return other >> @intCast(self.v);
    }
    pub fn __and__(self: Number, other: i64) i64 {
        return self.v & other;
    }
    pub fn __rand__(self: Number, other: i64) i64 {
        return self.v & other;
    }
    pub fn __xor__(self: Number, other: i64) i64 {
        return self.v ^ other;
    }
    pub fn __rxor__(self: Number, other: i64) i64 {
        return self.v ^ other;
    }
    pub fn __or__(self: Number, other: i64) i64 {
        return self.v | other;
    }
    pub fn __ror__(self: Number, other: i64) i64 {
        return self.v | other;
    }
    pub fn __floordiv__(self: Number, other: i64) i64 {
        return @divFloor(self.v, other);
    }
    pub fn __rfloordiv__(self: Number, other: i64) i64 {
        return @divFloor(other, self.v);
    }
    pub fn __truediv__(self: Number, other: f64) f64 {
        return @as(f64, @floatFromInt(self.v)) / other;
    }
    pub fn __rtruediv__(self: Number, other: f64) f64 {
        return other / @as(f64, @floatFromInt(self.v));
    }
    pub fn __matmul__(self: Number, other: Number) i64 {
        return 1000 * self.v + other.v;
    }
    pub fn __rmatmul__(self: Number, other: []const u8) i64 {
        return self.v + @as(i64, @intCast(other.len));
    }
    pub fn __int__(self: Number) i64 {
        return self.v;
    }
    pub fn __float__(self: Number) f64 {
        return @floatFromInt(self.v);
    }
    pub fn __index__(self: Number) i64 {
        return self.v;
    }
    pub fn __bool__(self: Number) bool {
        return self.v != 0;
    }
    pub fn __round__(self: Number, digits: zb.Args) i64 {
        return self.v + @as(i64, @intCast(digits.len()));
    }
    pub fn __trunc__(self: Number) i64 {
        return self.v;
    }
    pub fn __floor__(self: Number) i64 {
        return self.v - 1;
    }
    pub fn __ceil__(self: Number) i64 {
        return self.v + 1;
    }
};

/// Changed in place: by a method without a result, with itself, with another one.
pub const InPlace = struct {
    v: i64,
    pub fn __iadd__(self: *InPlace, other: i64) void {
        self.v += other;
    }
    pub fn __isub__(self: *InPlace, other: i64) *InPlace {
        self.v -= other;
        return self;
    }
    pub fn __imul__(self: InPlace, other: i64) InPlace {
        return .{ .v = self.v * other };
    }
    pub fn __imod__(self: *InPlace, other: i64) void {
        self.v = @mod(self.v, other);
    }
    pub fn __ipow__(self: *InPlace, other: i64) !void {
        self.v = try std.math.powi(i64, self.v, other);
    }
    pub fn __ilshift__(self: *InPlace, other: u6) void {
        self.v = self.v << other;
    }
    pub fn __irshift__(self: *InPlace, other: u6) void {
        self.v = self.v >> other;
    }
    pub fn __iand__(self: *InPlace, other: i64) void {
        self.v &= other;
    }
    pub fn __ixor__(self: *InPlace, other: i64) void {
        self.v ^= other;
    }
    pub fn __ior__(self: *InPlace, other: i64) void {
        self.v |= other;
    }
    pub fn __ifloordiv__(self: *InPlace, other: i64) !void {
        self.v = try std.math.divFloor(i64, self.v, other);
    }
    pub fn __itruediv__(self: *InPlace, other: i64) i64 {
        return @divTrunc(self.v, other);
    }
    pub fn __imatmul__(self: *InPlace, other: *const InPlace) void {
        self.v = 1000 * self.v + other.v;
    }
};

/// Only from the right.
pub const Right = struct {
    v: i64,
    pub fn __radd__(self: Right, other: i64) i64 {
        return other + 10 * self.v;
    }
    pub fn __rpow__(self: Right, base: i64, modulus: ?i64) i64 {
        return base + self.v + (modulus orelse 0);
    }
};
/// Derives from a number, and has an operator of its own.
pub const Special = struct {
    base: Number,
    pub fn __radd__(self: Special, other: Number) i64 {
        return 100 * self.base.v + other.v;
    }
    pub fn __neg__(self: Special) i64 {
        return self.base.v;
    }
};

// ---- comparison and hash

pub const Compared = struct {
    v: i64,
    pub fn __lt__(self: Compared, other: Compared) bool {
        return self.v < other.v;
    }
    pub fn __le__(self: Compared, other: Compared) bool {
        return self.v <= other.v;
    }
    pub fn __eq__(self: Compared, other: Compared) bool {
        return self.v == other.v;
    }
    pub fn __ne__(self: Compared, other: Compared) bool {
        return self.v != other.v;
    }
    pub fn __gt__(self: Compared, other: Compared) bool {
        return self.v > other.v;
    }
    pub fn __ge__(self: Compared, other: Compared) bool {
        return self.v >= other.v;
    }
    pub fn __hash__(self: Compared) i64 {
        return self.v;
    }
};
/// Half of them: Python asks the other operand for the rest.
pub const Less = struct {
    v: i64,
    pub fn __lt__(self: Less, other: Less) bool {
        return self.v < other.v;
    }
};
/// Equal, but without a hash.
pub const Equal = struct {
    v: i64,
    pub fn __eq__(self: Equal, other: Equal) bool {
        return self.v == other.v;
    }
};
pub const Idioms = struct {
    v: i64,
    pub fn eql(self: Idioms, other: Idioms) bool {
        return self.v == other.v;
    }
    pub fn hash(self: Idioms) u64 {
        return @bitCast(self.v);
    }
    pub fn order(self: Idioms, other: Idioms) std.math.Order {
        return std.math.order(self.v, other.v);
    }
    pub fn format(self: Idioms, writer: *std.Io.Writer) !void {
        if (self.v < 0) return error.WriteFailed;
        try writer.print("<{d}>", .{self.v});
    }
};
pub const Ordered = struct {
    pub const zigbind = .{ .ordering = true };
    major: u8,
    weight: f64 = 0,
    name: []const u8 = "",
    maybe: ?i64 = null,
};
/// Comparison with other types, and failure.
pub const Loose = struct {
    v: i64,
    pub const __eq__ = zb.overload(.{ equalInt, equalText });
    fn equalInt(self: Loose, other: i64) !bool {
        if (other < 0) return error.ValueError;
        return self.v == other;
    }
    fn equalText(self: Loose, other: []const u8) bool {
        return self.v == @as(i64, @intCast(other.len));
    }
    pub fn __hash__(self: Loose) !u64 {
        if (self.v < 0) return error.ValueError;
        return @bitCast(self.v);
    }
};

// ---- containers

pub const Sequence = struct {
    items: [16]i64 = @splat(0),
    len: usize = 0,

    pub const zigbind = .{ .exclude = .{ "items", "len" }, .pickle = false };

    pub fn init(start: []const i64) !Sequence {
        var self: Sequence = .{};
        if (start.len > self.items.len) return error.ValueError;
        @memcpy(self.items[0..start.len], start);
        self.len = start.len;
        return self;
    }
    pub fn __len__(self: *const Sequence) usize {
        return self.len;
    }
    pub fn __getitem__(self: *const Sequence, index: usize) i64 {
        return self.items[index];
    }
    pub fn __setitem__(self: *Sequence, index: usize, value: i64) void {
        self.items[index] = value;
    }
    pub fn __delitem__(self: *Sequence, index: usize) void {
        std.mem.copyForwards(i64, self.items[index .. self.len - 1], self.items[index + 1 .. self.len]);
        self.len -= 1;
    }
    pub fn __contains__(self: *const Sequence, value: i64) bool {
        return std.mem.indexOfScalar(i64, self.items[0..self.len], value) != null;
    }
    pub fn __length_hint__(self: *const Sequence) usize {
        return self.len;
    }
    pub fn append(self: *Sequence, value: i64) void {
        self.items[self.len] = value;
        self.len += 1;
    }
};
/// Backwards in its own way.
pub const Backwards = struct {
    pub fn __reversed__(_: Backwards) Countdown {
        return .{ .n = 2 };
    }
};
/// Positions, all of them the same; no key is no position.
pub const OfAny = struct {
    pub fn __getitem__(_: OfAny, key: zb.Object) zb.Object {
        return key;
    }
};
/// Keys that are no positions.
pub const Mapping = struct {
    keys: [8][]const u8 = undefined,
    values: [8]i64 = @splat(0),
    len: usize = 0,
    pub const zigbind = .{ .exclude = .{ "keys", "values", "len" }, .pickle = false };

    pub fn init() Mapping {
        return .{};
    }
    fn find(self: *const Mapping, key: []const u8) ?usize {
        for (names[0..], 0..) |name, index| if (self.len >> @intCast(index) & 1 == 1 and std.mem.eql(u8, name, key)) return index;
        return null;
    }
    const names = [_][]const u8{ "one", "two", "three" };
    pub fn __getitem__(self: *const Mapping, key: []const u8) !i64 {
        return self.values[self.find(key) orelse return error.KeyError];
    }
    pub fn __setitem__(self: *Mapping, key: []const u8, value: i64) !void {
        for (names, 0..) |name, index| if (std.mem.eql(u8, name, key)) {
            self.values[index] = value;
            self.len |= @as(usize, 1) << @intCast(index);
            return;
        };
        return zb.raise(.KeyError, "no place for {s}", .{key});
    }
    pub fn __delitem__(self: *Mapping, key: []const u8) !void {
        const index = self.find(key) orelse return error.KeyError;
        self.len &= ~(@as(usize, 1) << @intCast(index));
    }
    pub fn __len__(self: *const Mapping) usize {
        return @popCount(self.len);
    }
    pub fn __contains__(self: *const Mapping, key: []const u8) bool {
        return self.find(key) != null;
    }
    pub fn __missing__(_: Mapping, key: []const u8) i64 {
        return @intCast(key.len);
    }
};
/// Items, but no length: positions are what Python says they are.
pub const Endless = struct {
    step: i64 = 1,
    pub fn __getitem__(self: Endless, index: i64) !i64 {
        if (index > 5) return error.IndexError;
        return self.step * index;
    }
};
pub const Lengths = struct {
    n: i64,
    pub fn __len__(self: Lengths) i64 {
        return self.n;
    }
};
pub const Failing = struct {
    pub fn __len__(_: Failing) !usize {
        return error.ValueError;
    }
    pub fn __bool__(_: Failing) !bool {
        return error.KeyError;
    }
    pub fn __contains__(_: Failing, _: i64) !bool {
        return error.IndexError;
    }
    pub fn __iter__(_: Failing) !Countdown {
        return error.AccessDenied;
    }
    pub fn __repr__(_: Failing) ![]const u8 {
        return error.OutOfMemory;
    }
    pub fn __str__(_: Failing) []const u8 {
        return "\xff";
    }
    pub fn __hash__(_: Failing) u8 {
        var n: u8 = 255;
        std.mem.doNotOptimizeAway(&n);
        return n + 1;
    }
};

// ---- iteration

pub const Countdown = struct {
    n: i64,
    pub fn next(self: *Countdown) ?i64 {
        if (self.n <= 0) return null;
        self.n -= 1;
        return self.n;
    }
};
pub const Range = struct {
    n: i64,
    pub fn iterator(self: *const Range) Countdown {
        return .{ .n = self.n };
    }
};
pub const Dunders = struct {
    n: i64,
    pub fn __iter__(self: *Dunders) *Dunders {
        return self;
    }
    pub fn __next__(self: *Dunders) !i64 {
        if (self.n <= 0) return error.StopIteration;
        self.n -= 1;
        return self.n;
    }
};
/// Null is a value here: only an error ends it.
pub const Breaks = struct {
    n: i64,
    pub fn next(self: *Breaks) !?i64 {
        self.n -= 1;
        if (self.n == 0) return error.ValueError;
        return self.n;
    }
};
/// Text that lies in what is iterated over.
pub const Tokens = struct {
    text: []const u8,
    pub fn iterator(self: Tokens) Iterator {
        return .{ .rest = self.text };
    }
    pub const Iterator = struct {
        rest: []const u8,
        pub fn next(self: *Iterator) ?[]const u8 {
            if (self.rest.len == 0) return null;
            const end = std.mem.indexOfScalar(u8, self.rest, ' ') orelse self.rest.len;
            defer self.rest = self.rest[@min(end + 1, self.rest.len)..];
            return self.rest[0..end];
        }
    };
};

// ---- calls, contexts, coroutines

pub const Callable = struct {
    v: i64,
    pub fn __call__(self: Callable, a: i64, b: i64, opts: struct { sign: i64 = 1 }) i64 {
        return opts.sign * (self.v + a * b);
    }
};
pub const Greedy = struct {
    pub fn __call__(_: Greedy, rest: zb.Args, named: zb.Kwargs) usize {
        return 100 * rest.len() + named.len();
    }
};
pub const Context = struct {
    entered: i64 = 0,
    exited: i64 = 0,
    failed: bool = false,
    swallow: bool = false,
    pub fn __enter__(self: *Context) *Context {
        self.entered += 1;
        return self;
    }
    pub fn __exit__(self: *Context, kind: zb.Object, _: zb.Object, _: zb.Object) bool {
        self.exited += 1;
        self.failed = !kind.isNone();
        return self.swallow;
    }
};
/// Ready at once.
pub const Await = struct {
    n: i64,
    pub fn __await__(self: *const Await) Ready {
        return .{ .n = self.n };
    }
    pub const Ready = struct {
        n: i64,
        pub fn __next__(self: *Ready) error{Python}!i64 {
            return zb.raise(.StopIteration, "{d}", .{self.n});
        }
    };
};
pub const Async = struct {
    n: i64,
    pub fn __aiter__(self: *Async) *Async {
        return self;
    }
    pub fn __anext__(self: *Async) !Await {
        if (self.n <= 0) return error.StopAsyncIteration;
        self.n -= 1;
        return .{ .n = self.n };
    }
    pub fn __aenter__(self: *Async) Await {
        return .{ .n = self.n };
    }
    pub fn __aexit__(self: *Async, _: zb.Args) Await {
        return .{ .n = self.n };
    }
};

// ---- attributes and descriptors

pub const Dynamic = struct {
    v: i64 = 1,
    log: i64 = 0,
    pub fn __getattr__(self: *const Dynamic, name: []const u8) !i64 {
        if (std.mem.eql(u8, name, "magic")) return 42 + self.v;
        if (std.mem.eql(u8, name, "broken")) return error.ValueError;
        return zb.raise(.AttributeError, "nothing called {s}", .{name});
    }
    pub fn method(self: Dynamic) i64 {
        return self.v;
    }
};
pub const Guarded = struct {
    v: i64 = 1,
    pub fn __setattr__(self: *Guarded, name: []const u8, value: i64) !void {
        if (!std.mem.eql(u8, name, "v")) return error.AttributeError;
        self.v = 10 * value;
    }
    pub fn __delattr__(self: *Guarded, name: []const u8) !void {
        if (!std.mem.eql(u8, name, "v")) return error.AttributeError;
        self.v = 0;
    }
};
pub const OnlySet = struct {
    v: i64 = 1,
    pub fn __setattr__(self: *OnlySet, _: []const u8, value: i64) void {
        self.v = value;
    }
};
pub const Everywhere = struct {
    v: i64 = 1,
    pub fn __getattribute__(_: Everywhere, name: []const u8) ![]const u8 {
        if (std.mem.startsWith(u8, name, "__")) return error.AttributeError;
        return name;
    }
};
pub const Descriptor = struct {
    v: i64 = 0,
    pub fn __get__(self: *Descriptor, object: zb.Object, _: zb.Object) i64 {
        return if (object.isNone()) -1 else self.v;
    }
    pub fn __set__(self: *Descriptor, _: zb.Object, value: i64) void {
        self.v = value;
    }
    pub fn __delete__(self: *Descriptor, _: zb.Object) void {
        self.v = 0;
    }
    pub fn __set_name__(self: *Descriptor, _: zb.Object, name: []const u8) void {
        self.v = @intCast(name.len);
    }
};
pub const ReadOnlyDescriptor = struct {
    v: i64 = 5,
    pub fn __get__(self: ReadOnlyDescriptor, _: zb.Object, _: zb.Object) i64 {
        return self.v;
    }
    pub fn __delete__(_: ReadOnlyDescriptor, _: zb.Object) void {}
};

// ---- text

pub const Texts = struct {
    v: f64 = 1.5,
    pub fn __repr__(self: Texts, gpa: std.mem.Allocator) ![]u8 {
        return std.fmt.allocPrint(gpa, "repr {d}", .{self.v});
    }
    pub fn __str__(_: Texts) []const u8 {
        return "größe";
    }
    pub fn __format__(_: Texts, spec: []const u8, gpa: std.mem.Allocator) ![]u8 {
        return std.fmt.allocPrint(gpa, "[{s}]", .{spec});
    }
    pub fn __bytes__(_: Texts) zb.Bytes {
        return .{ .data = "raw\x00\xff" };
    }
    pub fn __sizeof__(_: Texts) usize {
        return 1234;
    }
    pub fn __dir__(_: Texts) []const []const u8 {
        return &.{ "b", "a" };
    }
};
pub const OnlyStr = struct {
    pub fn __str__(_: OnlyStr) []const u8 {
        return "str";
    }
};
pub const OnlyRepr = struct {
    pub fn __repr__(_: OnlyRepr) []const u8 {
        return "repr";
    }
};

// ---- buffers

pub const Buffer = struct {
    memory: [4]i32 = .{ 1, 2, 3, 4 },
    released: i64 = 0,
    pub const zigbind = .{ .exclude = .{"memory"}, .pickle = false };
    pub fn __buffer__(self: *Buffer) []i32 {
        return &self.memory;
    }
    pub fn __release_buffer__(self: *Buffer) void {
        self.released += 1;
    }
};
pub const Constant = struct {
    size: usize = 3,
    pub fn __buffer__(self: *const Constant) ![]const u8 {
        if (self.size > 5) return zb.raise(.BufferError, "only five, not {d}", .{self.size});
        const text = "hello";
        return text[0..self.size];
    }
};
pub const Doubles = struct {
    memory: [3]f64 = .{ 1, 2, 3 },
    pub const zigbind = .{ .exclude = .{"memory"}, .pickle = false };
    pub fn __buffer__(self: *Doubles) []f64 {
        var end: usize = self.memory.len;
        if (self.memory[0] < 0) end += 5;
        return self.memory[0..end];
    }
    pub fn set(self: *Doubles, value: f64) void {
        self.memory[0] = value;
    }
};

// ---- other dunders that are no slots

pub const Others = struct {
    n: i64 = 1,
    pub fn __copy__(self: Others) Others {
        return .{ .n = self.n + 1 };
    }
    pub fn __deepcopy__(self: Others, memo: zb.Object) Others {
        _ = memo;
        return .{ .n = self.n + 10 };
    }
    pub fn __class_getitem__(class: zb.Class, _: zb.Object) zb.Object {
        return class.object;
    }
    pub fn __init__(_: *Others) void {}
    pub fn __del__(_: *Others) void {}
    pub fn __fspath__(_: Others) []const u8 {
        return "/tmp/path";
    }
    pub fn __instancecheck__(_: Others, _: zb.Object) bool {
        return true;
    }
};

//! Python callables as parameters, as fields and beyond the call; Zig functions with a state as results.
const std = @import("std");
const zb = @import("zigbind");

pub fn apply(f: zb.Callable(fn (f64, i64) f64), x: f64, n: i64) !f64 {
    return f.call(.{ x, n });
}
pub fn repeat(f: zb.Callable(fn (i64) i64), n: usize) !i64 {
    var total: i64 = 0;
    for (0..n) |i| total +%= try f.call(.{@intCast(i)});
    return total;
}
pub fn nothing(f: zb.Callable(fn () void)) !void {
    try f.call(.{});
}
pub fn text(f: zb.Callable(fn ([]const u8) []const u8), given: []const u8) ![]const u8 {
    const first = try f.call(.{given});
    const second = try f.call(.{first});
    return if (first.len > second.len) first else second;
}
pub fn numbers(f: zb.Callable(fn ([]const i64) []const i64), given: []const i64) !i64 {
    var total: i64 = 0;
    for (try f.call(.{given})) |n| total += n;
    return total;
}
pub fn flag(f: zb.Callable(fn (bool, ?i64) ?bool), given: bool) !?bool {
    return f.call(.{ given, null });
}
pub fn small(f: zb.Callable(fn () i8)) !i8 {
    return f.call(.{});
}
pub fn pair(f: zb.Callable(fn (struct { i64, f64 }) struct { f64, i64 })) !struct { f64, i64 } {
    return f.call(.{.{ 1, 2.5 }});
}
pub fn object(f: zb.Callable(fn (zb.Object) zb.Object), given: zb.Object) !zb.Object {
    return f.call(.{try f.call(.{given})});
}
pub fn fallible(f: zb.Callable(fn (i64) anyerror!i64)) !i64 {
    return f.call(.{1});
}
pub const Color = enum { red, green };
pub const Point = struct { x: f64, y: f64 = 0 };
pub fn classes(f: zb.Callable(fn (Point, Color) Point), p: Point) !Point {
    return f.call(.{ p, .green });
}
pub fn seven(f: zb.Callable(fn (i64, i64, i64, i64, i64, i64, i64) i64)) !i64 {
    return f.call(.{ 1, 2, 3, 4, 5, 6, 7 });
}
pub fn keywords(f: zb.Callable(fn (i64) i64), scale: f64) !i64 {
    return f.callWith(.{1}, .{ .scale = scale, .name = "größe", .many = 3, .none = null, .yes = true });
}
pub fn only_keywords(f: zb.Callable(fn () i64)) !i64 {
    return f.callWith(.{}, .{ .a = 1 });
}
pub fn optional(f: ?zb.Callable(fn (i64) i64)) !?i64 {
    return try (f orelse return null).call(.{5});
}
pub fn sorted(gpa: std.mem.Allocator, items: []const i64, options: struct { key: ?zb.Callable(fn (i64) f64) = null }) ![]i64 {
    const result = try gpa.dupe(i64, items);
    const key = options.key orelse {
        std.mem.sort(i64, result, {}, std.sort.asc(i64));
        return result;
    };
    const keys = try gpa.alloc(f64, items.len);
    for (keys, items) |*one, item| one.* = try key.call(.{item});
    for (1..result.len) |end| {
        var at = end;
        while (at > 0 and keys[at - 1] > keys[at]) : (at -= 1) {
            std.mem.swap(f64, &keys[at - 1], &keys[at]);
            std.mem.swap(i64, &result[at - 1], &result[at]);
        }
    }
    return result;
}
pub fn all_of(functions: []const zb.Callable(fn (i64) i64), x: i64) !i64 {
    var value = x;
    for (functions) |f| value = try f.call(.{value});
    return value;
}
pub fn rest(arguments: zb.Args) !i64 {
    var total: i64 = 0;
    for (0..arguments.len()) |i| total += try (try arguments.get(zb.Callable(fn () i64), i)).call(.{});
    return total;
}
pub fn same(f: zb.Callable(fn () void)) zb.Callable(fn () void) {
    return f;
}
fn of_number(x: f64) f64 {
    return x;
}
fn of_callable(f: zb.Callable(fn () f64)) !f64 {
    return f.call(.{});
}
pub const either = zb.overload(.{ of_number, of_callable });

// ---- exceptions

pub fn caught(f: zb.Callable(fn () i64), again: usize) i64 {
    var failures: i64 = 0;
    for (0..again) |_| failures += if (f.call(.{})) |_| 0 else |_| 1;
    return failures;
}
pub fn replaced(f: zb.Callable(fn () void)) !void {
    f.call(.{}) catch return error.FileNotFound;
}
pub fn cleaned(f: zb.Callable(fn () void), cleanup: zb.Callable(fn () void)) !void {
    errdefer cleanup.call(.{}) catch {};
    try f.call(.{});
}
pub fn chained(f: zb.Callable(fn () void)) !void {
    f.call(.{}) catch |err| return zb.raiseFrom(err, .ValueError, "it failed", .{});
}
/// Panics if asked to, after it has called back.
pub fn panics(f: zb.Callable(fn (i64) i64), x: i64) !i64 {
    const result = try f.call(.{x});
    if (result == 0) @panic("zero");
    return result;
}

// ---- beyond the call

pub const Button = struct {
    label: []const u8,
    on_click: ?zb.Callable(fn ([]const u8, i64) i64) = null,
    format: ?zb.Callable(fn (i64) []const u8) = null,
    clicks: i64 = 0,

    pub fn click(self: *Button) !i64 {
        self.clicks += 1;
        const f = self.on_click orelse return -1;
        return f.call(.{ self.label, self.clicks });
    }
    pub fn connect(self: *Button, f: zb.Callable(fn ([]const u8, i64) i64)) void {
        self.on_click = f;
    }
    pub fn disconnect(self: *Button) void {
        self.on_click = null;
    }
    pub fn show(self: Button) ![]const u8 {
        return self.format.?.call(.{self.clicks});
    }
    pub fn showTwice(self: *const Button, gpa: std.mem.Allocator) ![]u8 {
        return std.mem.concat(gpa, u8, &.{ try self.format.?.call(.{1}), try self.format.?.call(.{2}) });
    }
};
pub const Task = struct {
    work: zb.Callable(fn (Point) Point),

    pub fn run(self: *const Task, p: Point) !Point {
        return self.work.call(.{p});
    }
};
const Handler = zb.Callable(fn (i64) i64);
pub const Signal = struct {
    gpa: std.mem.Allocator,
    handlers: std.ArrayList(Handler.Own) = .empty,

    pub fn init(gpa: std.mem.Allocator) Signal {
        return .{ .gpa = gpa };
    }
    pub fn deinit(self: *Signal) void {
        for (self.handlers.items) |handler| handler.release();
        self.handlers.deinit(self.gpa);
    }
    pub fn connect(self: *Signal, handler: Handler) !void {
        try self.handlers.ensureUnusedCapacity(self.gpa, 1);
        self.handlers.appendAssumeCapacity(handler.own());
    }
    pub fn emit(self: *Signal, value: i64) !i64 {
        var total: i64 = 0;
        // A handler can connect others meanwhile.
        var at: usize = 0;
        while (at < self.handlers.items.len) : (at += 1) {
            const handler = self.handlers.items[at];
            total += try handler.call(.{value});
        }
        return total;
    }
};
pub const Memo = struct {
    f: zb.Callable(fn (i64) i64),
    last: i64 = 0,

    pub fn __call__(self: *Memo, x: i64) !i64 {
        self.last = try self.f.call(.{x});
        return self.last;
    }
};

// ---- functions with a state

const Counter = struct { n: i64 };
fn count(self: *Counter, step: i64) !i64 {
    if (step < 0) return error.ValueError;
    self.n += step;
    return self.n;
}
pub fn counter(start: i64) !zb.Function(fn (i64) i64) {
    return .init(Counter{ .n = start }, count);
}
fn add(n: i64, x: i64) i64 {
    return n + x;
}
fn square(x: i64) i64 {
    return x * x;
}
pub fn adder(n: ?i64) !zb.Function(fn (i64) i64) {
    return if (n) |known| .init(known, add) else .init({}, square);
}
pub fn maybe_adder(n: i64) !?zb.Function(fn (i64) i64) {
    if (n == 0) return null;
    return try zb.Function(fn (i64) i64).init(n, add);
}

var alive: i64 = 0;
const Composed = struct {
    f: Handler.Own,
    g: Handler.Own,

    pub fn deinit(self: *Composed) void {
        self.f.release();
        self.g.release();
        alive -= 1;
        if (alive < 0) @panic("too many ends");
    }
};
fn callComposed(self: *const Composed, x: i64) !i64 {
    return self.f.call(.{try self.g.call(.{x})});
}
pub fn compose(f: Handler, g: Handler) !zb.Function(fn (i64) i64) {
    alive += 1;
    return .init(Composed{ .f = f.own(), .g = g.own() }, callComposed);
}
pub fn composed_alive() i64 {
    return alive;
}
pub fn composed_and_dropped(f: Handler) !i64 {
    alive += 1;
    const made: zb.Function(fn (i64) i64) = try .init(Composed{ .f = f.own(), .g = f.own() }, callComposed);
    made.deinit();
    return alive;
}
const Ending = struct {
    f: zb.Callable(fn () void).Own,

    pub fn deinit(self: *Ending) void {
        self.f.call(.{}) catch {};
        self.f.release();
        @panic("at the end");
    }
};
fn nothingMore(_: *Ending) void {}
pub fn ending(f: zb.Callable(fn () void)) !zb.Function(fn () void) {
    return .init(Ending{ .f = f.own() }, nothingMore);
}
fn repeated(n: *const usize, gpa: std.mem.Allocator, word: []const u8) ![]const u8 {
    const result = try gpa.alloc(u8, n.* * word.len);
    for (0..n.*) |i| @memcpy(result[i * word.len ..][0..word.len], word);
    return result;
}
pub fn repeater(n: usize) !zb.Function(fn ([]const u8) []const u8) {
    return .init(n, repeated);
}
fn mirrored(by: *const Point, p: Point) Point {
    return .{ .x = by.x - p.x, .y = by.y - p.y };
}
pub fn mirror(by: Point) !zb.Function(fn (Point) Point) {
    return .init(by, mirrored);
}

// ---- functions whose state has Python objects

const Any = zb.Function(fn (zb.Object) zb.Object);
const Pair = struct { object: zb.Object, other: ?zb.Object = null, rest: [2]?zb.List = .{ null, null } };
/// What it was given before.
fn exchange(self: *Pair, new: zb.Object) zb.Object {
    const before = self.object;
    self.other = before;
    self.object = new;
    return before;
}
pub fn exchanger(first: zb.Object, list: ?zb.List) !Any {
    return .init(Pair{ .object = first, .rest = .{ null, list } }, exchange);
}
fn look(self: *const Pair, _: zb.Object) zb.Object {
    return self.object;
}
pub fn keeper(object_: zb.Object) !Any {
    return .init(Pair{ .object = object_ }, look);
}
fn itself(self: zb.Object, _: zb.Object) zb.Object {
    return self;
}
pub fn holder(object_: zb.Object) !Any {
    return .init(object_, itself);
}
fn fails(self: *Pair, new: zb.Object) !zb.Object {
    const before = exchange(self, new);
    if (new.isNone()) return error.ValueError;
    if (try new.equals(1)) @panic("exchanged");
    return before;
}
pub fn failing_exchanger(first: zb.Object) !Any {
    return .init(Pair{ .object = first }, fails);
}
const Calling = struct { f: Handler, tail: ?Handler };
fn callBoth(self: *Calling, x: i64) !i64 {
    const result = try self.f.call(.{x});
    return if (self.tail) |tail| tail.call(.{result}) else result;
}
pub fn both(f: Handler, tail: ?Handler) !zb.Function(fn (i64) i64) {
    return .init(Calling{ .f = f, .tail = tail }, callBoth);
}
const Queue = struct {
    items: std.ArrayList(zb.Ref) = .empty,
    named: std.StringHashMapUnmanaged(zb.Ref) = .empty,
    last: union(enum) { none, one: zb.Ref } = .none,
    at_end: ?Handler.Own = null,

    pub fn deinit(self: *Queue, gpa: std.mem.Allocator) void {
        for (self.items.items) |item| item.release();
        self.items.deinit(gpa);
        var values = self.named.valueIterator();
        while (values.next()) |value| value.release();
        self.named.deinit(gpa);
        if (self.last == .one) self.last.one.release();
        if (self.at_end) |f| {
            _ = f.call(.{1}) catch 0;
            f.release();
        }
        alive -= 1;
        if (alive < 0) @panic("too many ends");
    }
};
fn push(self: *Queue, new: zb.Object) !zb.Ref {
    try self.items.append(zb.heap, new.own());
    try self.named.put(zb.heap, "last", if (self.named.get("last")) |before| blk: {
        before.release();
        // Here the map has a reference that is none, and Python code runs.
        const gc = try zb.import("gc");
        defer gc.release();
        (try gc.call("collect", .{})).release();
        break :blk new.own();
    } else new.own());
    if (self.last == .one) self.last.one.release();
    self.last = .{ .one = new.own() };
    return new.own();
}
pub fn queue(at_end: ?Handler) !zb.Function(fn (zb.Object) zb.Ref) {
    alive += 1;
    return .init(Queue{ .at_end = if (at_end) |f| f.own() else null }, push);
}

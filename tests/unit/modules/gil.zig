//! Code that runs without the GIL, and threads that take it.
const std = @import("std");
const zb = @import("zigbind");

fn countImpl(limit: u64) u64 {
    var found: u64 = 0;
    var n: u64 = 2;
    while (n < limit) : (n += 1) {
        var d: u64 = 2;
        found += while (d * d <= n) : (d += 1) {
            if (n % d == 0) break 0;
        } else 1;
    }
    return found;
}
/// How many primes are below `limit`.
pub const count_primes = zb.nogil(countImpl);

/// Doubles every item.
fn doubledImpl(gpa: std.mem.Allocator, items: []const f64, options: struct { times: f64 = 2 }) ![]const f64 {
    const result = try gpa.alloc(f64, items.len);
    const more = try zb.allocator.alloc(f64, items.len);
    for (result, more, items) |*out, *copy, item| {
        copy.* = item;
        out.* = copy.* * options.times;
    }
    return result;
}
pub const doubled = zb.nogil(doubledImpl);

fn joinImpl(gpa: std.mem.Allocator, words: []const []const u8, between: []const u8) ![]const u8 {
    return std.mem.join(gpa, between, words);
}
pub const join = zb.nogil(joinImpl);

fn failImpl(what: i64) !i64 {
    if (what == 1) return error.FileNotFound;
    if (what == 2) @panic("without the GIL");
    if (what == 3) return zb.withGil(raise, .{});
    if (what == 4) zb.withGil(panics, .{}) catch |err| return err;
    return what;
}
fn raise() !i64 {
    return zb.raise(.KeyError, "in withGil", .{});
}
fn panics() void {
    @panic("with the GIL");
}
pub const fail = zb.nogil(failImpl);

const Each = zb.Callable(fn (i64) i64);
fn callsBackImpl(f: Each, n: usize) !i64 {
    var total: i64 = 0;
    for (0..n) |i| total += try zb.withGil(Each.call, .{ f, .{@as(i64, @intCast(i))} });
    return total;
}
pub const calls_back = zb.nogil(callsBackImpl);

fn pairImpl(a: i32, b: ?f64, c: struct { bool, i64 }) struct { f64, i64 } {
    return .{ b orelse @floatFromInt(a), if (c[0]) c[1] else 0 };
}
pub const pair = zb.nogil(pairImpl);

// ---- classes

pub const Point = struct {
    x: f64,
    y: f64 = 0,

    fn scaledImpl(self: Point, gpa: std.mem.Allocator, by: f64) !Point {
        const memory = try gpa.alloc(f64, 100_000);
        memory[0] = by;
        return .{ .x = self.x * memory[0], .y = self.y * by };
    }
    /// A copy, so many times as large.
    pub const scaled = zb.nogil(scaledImpl);

    fn originImpl() Point {
        return .{ .x = 0 };
    }
    pub const origin = zb.nogil(originImpl);
};
fn middleImpl(points: []const Point) Point {
    var sum: Point = .{ .x = 0 };
    for (points) |p| {
        sum.x += p.x;
        sum.y += p.y;
    }
    const n: f64 = @floatFromInt(points.len);
    return .{ .x = sum.x / n, .y = sum.y / n };
}
pub const middle = zb.nogil(middleImpl);

// ---- sets of functions, of which each says whether it runs without the GIL

fn sumOfFloats(items: []const f64, options: struct { start: f64 = 0 }) f64 {
    var sum = options.start;
    for (items) |item| sum += item;
    return sum;
}
fn sumOfTexts(gpa: std.mem.Allocator, items: []const []const u8) ![]u8 {
    const memory = try gpa.alloc(u8, 5000);
    memory[0] = '+';
    return std.mem.join(gpa, memory[0..1], items);
}
fn sumOfWhat(f: Each, n: usize) !i64 {
    return callsBackImpl(f, n);
}
fn sumOfOne(object: zb.Object) !zb.Ref {
    return object.callMethod("sum", .{});
}
fn sumOfNothing() !f64 {
    @panic("nothing to sum up");
}
/// The sum of something.
pub const summed = zb.overload(.{ zb.nogil(sumOfFloats), zb.nogil(sumOfTexts), zb.nogil(sumOfWhat), sumOfOne, zb.nogil(sumOfNothing) });

pub const Box = struct {
    n: u64,

    fn primesBelow(self: Box, limit: u64) u64 {
        return countImpl(limit) + self.n;
    }
    fn called(self: Box, f: Each) !i64 {
        return try zb.withGil(Each.call, .{ f, .{1} }) + @as(i64, @intCast(self.n));
    }
    fn changed(self: *Box) u64 {
        self.n += 1;
        return self.n;
    }
    pub const primes = zb.overload(.{ zb.nogil(primesBelow), zb.nogil(called), changed });

    fn made(n: u64) Box {
        return .{ .n = countImpl(n) };
    }
    fn madeOfText(text: []const u8) Box {
        return .{ .n = text.len };
    }
    pub const make = zb.overload(.{ zb.nogil(made), madeOfText });
};

// ---- panics, in all places

fn nestedImpl(f: Each, depth: i64) !i64 {
    if (depth < 0) @panic("too deep");
    return zb.withGil(Each.call, .{ f, .{depth} });
}
/// `f` can call this again; below zero it panics without the GIL.
pub const nested = zb.nogil(nestedImpl);

fn inner(f: Each, what: i64) !i64 {
    const scope = zb.allowThreads();
    defer scope.end();
    if (what == 1) @panic("in the scope");
    const again = zb.allowThreads(); // nothing happens
    again.end();
    return try zb.withGil(Each.call, .{ f, .{what} }) + try zb.withGil(zigOnly, .{what});
}
fn zigOnly(what: i64) !i64 {
    if (what == 2) @panic("with the GIL");
    return 100;
}
/// With the GIL, without, with, without, with.
fn layersImpl(f: Each, what: i64) !i64 {
    return zb.withGil(inner, .{ f, what });
}
pub const layers = zb.nogil(layersImpl);

fn keptTextImpl(gpa: std.mem.Allocator, f: zb.Callable(fn (i64) []const u8)) ![]const u8 {
    const first = try zb.withGil(@TypeOf(f).call, .{ f, .{1} });
    const second = try zb.withGil(@TypeOf(f).call, .{ f, .{2} });
    return std.mem.concat(gpa, u8, &.{ first, second });
}
pub const kept_text = zb.nogil(keptTextImpl);

pub fn scoped(limit: u64) u64 {
    const scope = zb.allowThreads();
    defer scope.end();
    return countImpl(limit);
}
pub fn scoped_and_back(f: Each, limit: u64) !i64 {
    const found = blk: {
        const scope = zb.allowThreads();
        defer scope.end();
        break :blk countImpl(limit);
    };
    return f.call(.{@intCast(found)});
}
pub fn with_gil_already(f: Each) !i64 {
    return zb.withGil(Each.call, .{ f, .{7} });
}
fn forgottenImpl(f: Each) !i64 {
    return f.call(.{1});
}
pub const forgotten = zb.nogil(forgottenImpl);
fn heapImpl() !usize {
    const memory = try zb.heap.alloc(u8, 10);
    defer zb.heap.free(memory);
    return memory.len;
}
pub const heap = zb.nogil(heapImpl);

// ---- threads of Zig's own

/// Each thread calls `f` so many times; the sum of the results.
fn parallelImpl(gpa: std.mem.Allocator, f: Each, threads: usize, times: usize) !i64 {
    const all = try gpa.alloc(std.Thread, threads);
    var total: std.atomic.Value(i64) = .init(0);
    var failed: std.atomic.Value(bool) = .init(false);
    for (all) |*one| one.* = try zb.spawn(.{}, worker, .{ f, times, &total, &failed });
    for (all) |one| one.join();
    return if (failed.load(.monotonic)) -1 else total.load(.monotonic);
}
fn worker(f: Each, times: usize, total: *std.atomic.Value(i64), failed: *std.atomic.Value(bool)) !void {
    const mine = try zb.allocator.alloc(i64, times);
    for (mine, 0..) |*item, i| item.* = zb.withGil(Each.call, .{ f, .{@as(i64, @intCast(i))} }) catch |err| {
        failed.store(true, .monotonic);
        return err;
    };
    for (mine) |item| _ = total.fetchAdd(item, .monotonic);
}
pub const parallel = zb.nogil(parallelImpl);

/// The same with `std.Thread`, and panics of the callback's guests.
fn plainThreadImpl(f: Each) !i64 {
    var result: i64 = 0;
    const thread = try std.Thread.spawn(.{}, plainWorker, .{ f, &result });
    thread.join();
    return result;
}
fn plainWorker(f: Each, result: *i64) void {
    result.* = zb.withGil(Each.call, .{ f, .{1} }) catch |err| switch (err) {
        error.Python => -1,
        error.NoInterpreter => -2,
    };
    result.* += zb.withGil(Each.call, .{ f, .{2} }) catch |err| switch (err) {
        error.Python => -1,
        error.NoInterpreter => -2,
    };
    zb.withGil(panics, .{}) catch {
        result.* += 1000;
    };
}
pub const plain_thread = zb.nogil(plainThreadImpl);

/// What ends a thread: an error, a panic, a panic after it has met Python.
fn endsImpl(f: Each, how: i64) !void {
    const thread = try zb.spawn(.{}, endsWorker, .{ f, how });
    thread.join();
}
fn endsWorker(f: Each, how: i64) !void {
    if (how == 1) return error.FileNotFound;
    if (how == 2) @panic("a thread");
    _ = try zb.withGil(Each.call, .{ f, .{how} });
    if (how == 3) @panic("a thread that knows Python");
    if (how == 4) try zb.withGil(panics, .{});
}
pub const ends = zb.nogil(endsImpl);

/// The exception of a thread, raised where the call can return it.
fn handedOverImpl(f: Each) !i64 {
    var outcome: Outcome = .{};
    const thread = try zb.spawn(.{}, handingOver, .{ f, &outcome });
    thread.join();
    if (outcome.failure) |failure| return zb.withGil(zb.reraise, .{failure});
    return outcome.value;
}
const Outcome = struct { value: i64 = 0, failure: ?zb.Ref = null };
fn handingOver(f: Each, outcome: *Outcome) !void {
    try zb.withGil(callAndKeep, .{ f, outcome });
}
fn callAndKeep(f: Each, outcome: *Outcome) void {
    outcome.value = f.call(.{3}) catch {
        outcome.failure = zb.takeException();
        return;
    };
}
pub const handed_over = zb.nogil(handedOverImpl);

const Mover = zb.Callable(fn (Point) Point);
fn movedImpl(f: Mover, p: Point) !Point {
    var result = p;
    const thread = try zb.spawn(.{}, moving, .{ f, &result });
    thread.join();
    return result;
}
fn moving(f: Mover, p: *Point) !void {
    p.* = try zb.withGil(Mover.call, .{ f, .{p.*} });
    p.* = try zb.withGil(Mover.call, .{ f, .{p.*} });
}
pub const moved = zb.nogil(movedImpl);

/// Threads that start threads; text that outlives `withGil`.
fn grandchildrenImpl(f: zb.Callable(fn (i64) []const u8), depth: i64) !usize {
    var total: std.atomic.Value(usize) = .init(0);
    const thread = try zb.spawn(.{}, grandchild, .{ f, depth, &total });
    thread.join();
    return total.load(.monotonic);
}
fn grandchild(f: zb.Callable(fn (i64) []const u8), depth: i64, total: *std.atomic.Value(usize)) !void {
    const before = try zb.withGil(@TypeOf(f).call, .{ f, .{depth} });
    if (depth > 0) {
        const thread = try zb.spawn(.{}, grandchild, .{ f, depth - 1, total });
        thread.join();
    }
    for (0..10) |_| _ = try zb.withGil(@TypeOf(f).call, .{ f, .{depth} });
    _ = total.fetchAdd(before.len, .monotonic);
}
pub const grandchildren = zb.nogil(grandchildrenImpl);

// ---- what takes the GIL for itself, and what needs it

const Sums = zb.Array(f64, .{ .mutable = true });
fn filledImpl(n: usize, value: f64) !Sums {
    const result = try zb.array(f64, .{n});
    result.fill(value);
    return result;
}
pub const filled = zb.nogil(filledImpl);

fn filledManyImpl(gpa: std.mem.Allocator, names: []const []const u8, n: usize) !std.StringHashMap(Sums) {
    var map: std.StringHashMap(Sums) = .init(gpa);
    for (names) |name| try map.put(name, try filledImpl(n, @floatFromInt(name.len)));
    return map;
}
pub const filled_many = zb.nogil(filledManyImpl);

/// Arrays in a map, which others may clear meanwhile.
fn totalImpl(table: std.StringHashMap(zb.Array(f64, .{}))) f64 {
    std.Thread.sleep(20 * std.time.ns_per_ms);
    var sum: f64 = 0;
    var arrays = table.valueIterator();
    while (arrays.next()) |one| for (one.slice()) |value| {
        sum += value;
    };
    return sum;
}
pub const total_of = zb.nogil(totalImpl);

fn raisedImpl(how: i64) !i64 {
    if (how == 1) return zb.raise(.ValueError, "how is {d}", .{how});
    if (how == 2) return zb.raiseFrom(error.FileNotFound, .LookupError, "nothing", .{});
    if (how == 3) {
        try zb.formatError("number {d}", .{how});
        return error.ValueError;
    }
    // Raised, and not returned.
    if (zb.raise(.KeyError, "lost", .{}) != error.Python) unreachable;
    if (how == 4) return zb.reraise(zb.takeException().?);
    return how;
}
pub const raised = zb.nogil(raisedImpl);

fn countingImpl(start: i64) !zb.Function(fn (i64) i64) {
    return .init(start, addTo);
}
fn addTo(sum: *i64, more: i64) i64 {
    sum.* += more;
    return sum.*;
}
pub const counting = zb.nogil(countingImpl);

fn objectsImpl(how: i64) !void {
    switch (how) {
        0 => _ = try zb.import("math"),
        1 => _ = try zb.eval("1"),
        2 => _ = try zb.List.new(.{1}),
        3 => _ = try zb.Dict.new(),
        4 => _ = try zb.Set.new(),
        else => _ = try zb.Tuple.new(.{1}),
    }
}
pub const objects = zb.nogil(objectsImpl);

/// One of an object, with the GIL released meanwhile.
pub fn touches(gpa: std.mem.Allocator, x: zb.Object, list: zb.List, dict: zb.Dict, how: i64) !void {
    const own = x.own();
    var items = list.items(i64);
    var entries = dict.items(i64, i64);
    const steps = try x.iterate();
    const scope = zb.allowThreads();
    defer scope.end();
    switch (how) {
        0 => own.release(),
        1 => _ = x.own(),
        2 => list.own().release(),
        3 => _ = try x.get("a"),
        4 => try x.set("a", 1),
        5 => try x.del("a"),
        6 => _ = try x.has("a"),
        7 => _ = try x.item(1),
        8 => _ = try x.len(),
        9 => _ = try x.call(.{}),
        10 => _ = try x.callMethod("a", .{}),
        11 => _ = try x.iterate(),
        12 => _ = try x.equals(1),
        13 => _ = try x.hash(),
        14 => _ = try x.isTrue(),
        15 => _ = try x.isInstance(x.class()),
        16 => _ = try x.str(gpa),
        17 => _ = try x.repr(gpa),
        18 => _ = try x.to(i64),
        19 => _ = try list.get(i64, 0),
        20 => try list.append(1),
        21 => try list.sort(),
        22 => try list.reverse(),
        23 => _ = try items.next(),
        24 => _ = try entries.next(),
        25 => _ = try dict.copy(),
        26 => try dict.put(1, 2),
        27 => _ = try steps.next(i64),
        28 => _ = try x.class().isSubclassOf(x),
        29 => _ = try x.class().name(gpa),
        30 => _ = list.len(),
        31 => _ = dict.len(),
        32 => _ = dict.keys(i64),
        else => {},
    }
}

fn releasesImpl(f: Each) !void {
    const own = try zb.withGil(keep, .{f});
    own.release();
}
fn keep(f: Each) Each.Own {
    return f.own();
}
pub const releases = zb.nogil(releasesImpl);

fn raisesInThreadImpl() !void {
    const thread = try zb.spawn(.{}, raisedImpl, .{1});
    thread.join();
}
pub const raises_in_thread = zb.nogil(raisesInThreadImpl);

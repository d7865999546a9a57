//! Arrays in and out.

const std = @import("std");
const zb = @import("zigbind");

fn Of(comptime T: type) type {
    return struct {
        /// Any array, element by element.
        pub fn copy(a: zb.Array(T, .{ .ndim = null, .order = .strided })) !zb.Array(T, .{ .ndim = null, .mutable = true }) {
            const result = try zb.array(T, a.shape);
            var it = a.iterator();
            for (result.slice()) |*one| one.* = it.next().?;
            return result;
        }
        pub fn same(a: zb.Array(T, .{})) zb.Array(T, .{}) {
            return a;
        }
        pub fn fill(a: zb.Array(T, .{ .ndim = null, .order = .strided, .mutable = true }), value: zb.Array(T, .{ .ndim = 0 })) void {
            a.fill(value.at(.{}));
        }
    };
}

pub const Point = extern struct { x: f64, y: f32, tag: [2]u8 = .{ 0, 0 } };
pub const Nested = extern struct { flag: bool, ends: [2]Pair, level: i64 };
const Pair = extern struct { a: i16, b: f32 };
const C64 = std.math.Complex(f32);
const C128 = std.math.Complex(f64);

pub const copy_bool = Of(bool).copy;
pub const copy_i8 = Of(i8).copy;
pub const copy_i16 = Of(i16).copy;
pub const copy_i32 = Of(i32).copy;
pub const copy_i64 = Of(i64).copy;
pub const copy_u8 = Of(u8).copy;
pub const copy_u16 = Of(u16).copy;
pub const copy_u32 = Of(u32).copy;
pub const copy_u64 = Of(u64).copy;
pub const copy_f16 = Of(f16).copy;
pub const copy_f32 = Of(f32).copy;
pub const copy_f64 = Of(f64).copy;
pub const copy_c64 = Of(C64).copy;
pub const copy_c128 = Of(C128).copy;
pub const copy_point = Of(Point).copy;
pub const copy_nested = Of(Nested).copy;
pub const same_bool = Of(bool).same;
pub const same_i8 = Of(i8).same;
pub const same_i16 = Of(i16).same;
pub const same_i32 = Of(i32).same;
pub const same_i64 = Of(i64).same;
pub const same_u8 = Of(u8).same;
pub const same_u16 = Of(u16).same;
pub const same_u32 = Of(u32).same;
pub const same_u64 = Of(u64).same;
pub const same_f16 = Of(f16).same;
pub const same_f32 = Of(f32).same;
pub const same_f64 = Of(f64).same;
pub const same_c64 = Of(C64).same;
pub const same_c128 = Of(C128).same;
pub const same_point = Of(Point).same;
pub const same_nested = Of(Nested).same;
pub const fill_f64 = Of(f64).fill;
pub const fill_i32 = Of(i32).fill;

pub fn sum(values: zb.Array(f64, .{})) f64 {
    var total: f64 = 0;
    for (values.slice()) |value| total += value;
    return total;
}

pub fn scale(image: zb.Array(f32, .{ .ndim = 2, .mutable = true }), factor: f32) void {
    for (image.slice()) |*pixel| pixel.* *= factor;
}

pub fn columns(a: zb.Array(i32, .{ .ndim = 2, .order = .f })) usize {
    return a.shape[1];
}

pub fn anyCube(a: zb.Array(u8, .{ .ndim = 3, .order = .strided, .mutable = true })) usize {
    return a.len();
}

pub fn anything(a: zb.Array(u8, .{ .ndim = null })) usize {
    return a.len();
}

pub fn at1(a: zb.Array(f64, .{}), i: usize) f64 {
    return a.at(i);
}
pub fn at2(a: zb.Array(f64, .{ .ndim = 2 }), i: usize, j: usize) f64 {
    return a.at(.{ i, j });
}
pub fn at2f(a: zb.Array(f64, .{ .ndim = 2, .order = .f }), i: usize, j: usize) f64 {
    return a.at([2]usize{ i, j });
}
pub fn at3s(a: zb.Array(f64, .{ .ndim = 3, .order = .strided }), i: usize, j: usize, k: usize) f64 {
    return a.ptr(.{ i, j, k }).*;
}
pub fn at2any(a: zb.Array(f64, .{ .ndim = null }), i: usize, j: usize) f64 {
    return a.at(.{ i, j });
}
pub fn set2(a: zb.Array(f64, .{ .ndim = 2, .order = .strided, .mutable = true }), i: usize, j: usize, value: f64) void {
    a.set(.{ i, j }, value);
}
pub fn row(a: zb.Array(f64, .{ .ndim = 2 }), i: usize) zb.Array(f64, .{}) {
    return a.row(i);
}
pub fn rowF(a: zb.Array(f64, .{ .ndim = 2, .order = .f }), i: usize) zb.Array(f64, .{ .order = .strided }) {
    return a.row(i);
}
pub fn rowS(a: zb.Array(f64, .{ .ndim = 3, .order = .strided, .mutable = true }), i: usize) zb.Array(f64, .{ .ndim = 2, .order = .strided, .mutable = true }) {
    return a.row(i);
}
pub fn rowAny(a: zb.Array(f64, .{ .ndim = null }), i: usize) zb.Array(f64, .{ .ndim = null }) {
    return a.row(i);
}
pub fn flat(a: zb.Array(f64, .{ .ndim = null, .order = .strided })) ?f64 {
    const all = a.contiguous() orelse return null;
    var total: f64 = 0;
    for (all) |value| total += value;
    return total;
}
pub fn strides(a: zb.Array(f64, .{ .ndim = 2, .order = .f })) struct { isize, isize, isize } {
    const s = a.toStrided();
    return .{ s.strides[0], s.strides[1], s.stride(1) };
}

pub fn maybe(a: ?zb.Array(f64, .{})) ?zb.Array(f64, .{}) {
    return a;
}
pub fn both(a: zb.Array(f64, .{}), b: zb.Array(f64, .{ .mutable = true })) !void {
    if (a.len() != b.len()) return error.ShapeMismatch;
    for (a.slice(), b.slice()) |x, *y| y.* += x;
}
fn kindF32(_: zb.Array(f32, .{})) []const u8 {
    return "f32";
}
fn kindF64(_: zb.Array(f64, .{}), _: f64) []const u8 {
    return "f64, f64";
}
fn kindInt(_: zb.Array(f64, .{}), _: i64) []const u8 {
    return "f64, i64";
}
fn kindBytes(_: zb.Bytes) []const u8 {
    return "bytes";
}
pub const kind = zb.overload(.{ kindF32, kindF64, kindInt, kindBytes });

pub fn lengths(list: []const zb.Array(f64, .{})) !zb.Array(u64, .{ .mutable = true }) {
    const result = try zb.array(u64, .{list.len});
    for (result.slice(), list) |*length, one| length.* = one.len();
    return result;
}
pub fn fails(a: zb.Array(f64, .{}), how: u8) !zb.Array(f64, .{ .mutable = true }) {
    const result = try zb.array(f64, .{a.len()});
    if (how == 1) return error.ValueError;
    if (how == 2) @panic("on request");
    return result;
}
pub fn zeros(shape: []const usize) !zb.Array(f64, .{ .ndim = null, .mutable = true }) {
    const result = try zb.array(f64, shape);
    result.fill(0);
    return result;
}
pub fn aligned(count: usize) !usize {
    const result = try zb.array(u8, .{count});
    return @intFromPtr(result.data) % 64;
}
pub fn constant(count: usize) !zb.Array(i16, .{ .ndim = 2 }) {
    const result = try zb.array(i16, .{ count, 2 });
    for (result.slice(), 0..) |*one, index| one.* = @intCast(index);
    return result.toConst();
}
pub fn pair() !struct { zb.Array(u8, .{ .mutable = true }), []const zb.Array(u8, .{}) } {
    const a = try zb.array(u8, .{3});
    a.fill(1);
    return .{ a, &.{} };
}

/// What is not of an argument or instance is copied.
pub fn ofTheCall(gpa: std.mem.Allocator, count: usize) !zb.Array(u8, .{ .mutable = true }) {
    const memory = try gpa.alloc(u8, count);
    @memset(memory, 7);
    return zb.viewArray(memory, .{count});
}
pub fn ofTheFile() !zb.Array(f32, .{ .ndim = 2 }) {
    return zb.viewArray(&[_]f32{ 1, 2, 3, 4, 5, 6 }, .{ 2, 3 });
}
pub fn part(a: zb.Array(f64, .{}), first: usize) !zb.Array(f64, .{}) {
    return zb.viewArray(a.slice()[first..], .{a.len() - first});
}
pub fn wrong(a: zb.Array(f64, .{}), count: usize) !zb.Array(f64, .{ .ndim = 2 }) {
    return zb.viewArray(a.slice(), .{ count, std.math.maxInt(usize) });
}

/// Pixels on the heap.
pub const Image = struct {
    width: usize,
    height: usize,
    pixels: []f32,
    gpa: std.mem.Allocator,
    palette: [4]u8 = .{ 1, 2, 3, 4 },

    pub fn init(gpa: std.mem.Allocator, width: usize, height: usize) !Image {
        const pixels = try gpa.alloc(f32, width * height);
        for (pixels, 0..) |*pixel, index| pixel.* = @floatFromInt(index);
        return .{ .width = width, .height = height, .pixels = pixels, .gpa = gpa };
    }
    pub fn deinit(self: *Image) void {
        @memset(self.pixels, -1);
        self.gpa.free(self.pixels);
    }
    pub fn view(self: *Image) !zb.Array(f32, .{ .ndim = 2, .mutable = true }) {
        return zb.viewArray(self.pixels, .{ self.height, self.width });
    }
    pub fn colours(self: *Image, given: bool) !?zb.Array(u8, .{ .mutable = true }) {
        return if (given) try zb.viewArray(&self.palette, .{self.palette.len}) else null;
    }
    pub fn sum(self: *const Image) f32 {
        var total: f32 = 0;
        for (self.pixels) |pixel| total += pixel;
        return total;
    }

    // Views in what is returned, and beside them memory of the call.
    const Row = zb.Array(f32, .{ .mutable = true });
    fn row(self: *Image, index: usize) !Row {
        return zb.viewArray(self.pixels[index * self.width ..][0..self.width], .{self.width});
    }
    fn ofCall(gpa: std.mem.Allocator) !Row {
        const memory = try gpa.alloc(f32, 2);
        @memset(memory, 7);
        return zb.viewArray(memory, .{2});
    }
    pub fn rows(self: *Image) ![]const Row {
        const list = try zb.allocator.alloc(Row, self.height);
        for (list, 0..) |*one, index| one.* = try self.row(index);
        return list;
    }
    pub fn rowsOfRows(self: *Image) ![]const []const ?Row {
        const list = try zb.allocator.alloc([]const ?Row, 2);
        list[0] = &.{};
        const inner = try zb.allocator.alloc(?Row, 2);
        inner[0] = null;
        inner[1] = try self.row(0);
        list[1] = inner;
        return list;
    }
    pub fn rowList(self: *Image) !std.ArrayList(Row) {
        var list: std.ArrayList(Row) = .empty;
        for (0..self.height) |index| try list.append(zb.allocator, try self.row(index));
        try list.append(zb.allocator, try ofCall(zb.allocator));
        return list;
    }
    pub fn named(self: *Image, lasting: std.mem.Allocator) !std.StringHashMap(Row) {
        var map: std.StringHashMap(Row) = .init(lasting);
        try map.put("first", try self.row(0));
        try map.put("call", try ofCall(zb.allocator));
        return map;
    }
    pub fn numbered(self: *Image) !std.AutoArrayHashMapUnmanaged(i64, ?Row) {
        var map: std.AutoArrayHashMapUnmanaged(i64, ?Row) = .empty;
        try map.put(zb.allocator, 1, try self.row(0));
        try map.put(zb.allocator, 2, null);
        return map;
    }
    pub fn pair(self: *Image) !struct { i64, Row, ?Row, [2]Row } {
        return .{ 3, try self.row(0), try ofCall(zb.allocator), .{ try self.row(0), try self.row(1) } };
    }
    const Both = struct { pixels: Row, colours: zb.Array(u8, .{}) };
    pub fn both(self: *Image) !Both {
        return .{ .pixels = try self.row(0), .colours = try zb.viewArray(@as([]const u8, &self.palette), .{4}) };
    }
    const RowOrNone = union(enum) { row: Row, none };
    pub fn either(self: *Image) !?RowOrNone {
        return .{ .row = try self.row(0) };
    }
    pub fn asModel(self: *Image) !Strip {
        return .{ .pixels = try self.row(0) };
    }
    pub fn models(self: *Image) !struct { Strip, i64 } {
        return .{ .{ .pixels = try self.row(0) }, 1 };
    }
    /// Given to Python code it is a copy.
    pub fn told(self: *Image, f: zb.Callable(fn (Row) zb.Object)) !zb.Object {
        return f.call(.{try self.row(0)});
    }
    /// Of an instance in an argument.
    pub fn ofSmall(_: *Image, all: []const *Frame.Small) !zb.Array(u8, .{ .mutable = true }) {
        return zb.viewArray(&all[0].pixels, .{4});
    }
};
pub const Strip = struct { pixels: zb.Array(f32, .{ .mutable = true }) };
pub fn smallViews(all: []const *Frame.Small) ![]const zb.Array(u8, .{ .mutable = true }) {
    const list = try zb.allocator.alloc(zb.Array(u8, .{ .mutable = true }), all.len);
    for (list, all) |*one, small| one.* = try zb.viewArray(&small.pixels, .{4});
    return list;
}
pub fn partsOf(all: []const zb.Array(f64, .{})) ![]const zb.Array(f64, .{}) {
    const list = try zb.allocator.alloc(zb.Array(f64, .{}), all.len);
    for (list, all) |*one, array| one.* = try zb.viewArray(array.slice()[1..], .{array.len() - 1});
    return list;
}
/// An instance in an instance.
pub const Frame = struct {
    image: Small = .{},

    pub const Small = struct {
        pixels: [4]u8 = .{ 1, 2, 3, 4 },

        pub fn view(self: *Small) !zb.Array(u8, .{ .mutable = true }) {
            return zb.viewArray(&self.pixels, .{4});
        }
        /// A mistake: `self` is gone when the function has returned.
        pub fn ofTheStack(self: Small) !zb.Array(u8, .{}) {
            return zb.viewArray(&self.pixels, .{4});
        }
    };
};
pub fn takeFrame(frame: zb.Owned(Frame)) void {
    frame.destroy();
}

pub fn take(image: zb.Owned(Image)) usize {
    defer image.destroy();
    defer image.ptr.deinit();
    return image.ptr.width;
}
pub fn pixelsOf(image: *Image) !zb.Array(f32, .{ .mutable = true }) {
    return zb.viewArray(image.pixels, .{image.pixels.len});
}

/// Fields keep what they show.
pub const Model = struct {
    weights: zb.Array(f64, .{ .mutable = true }),
    bias: ?zb.Array(f64, .{ .ndim = null, .order = .strided }) = null,

    pub fn apply(self: *const Model, x: f64) f64 {
        var total: f64 = 0;
        for (self.weights.slice()) |weight| total += weight * x;
        return total;
    }
};
pub const Net = struct {
    first: zb.Array(f64, .{ .ndim = 2, .order = .f }),

    pub fn init(first: zb.Array(f64, .{ .ndim = 2, .order = .f })) Net {
        return .{ .first = first };
    }
    pub fn sum(self: *const Net) f64 {
        var total: f64 = 0;
        for (self.first.slice()) |one| total += one;
        return total;
    }
};
pub fn model(count: usize) !Model {
    const weights = try zb.array(f64, .{count});
    weights.fill(2);
    return .{ .weights = weights };
}

/// An array and an object: both can lead back.
pub const Knot = struct {
    name: i64,
    pixels: zb.Array(f32, .{ .ndim = null, .order = .strided }),
    first: zb.Array(f32, .{ .mutable = true }),
    other: ?zb.Object = null,
    grown: [4]f32 = .{ 1, 2, 3, 4 },

    pub const zigbind = .{ .weakref = true, .properties = .{"inside"} };
    pub fn inside(self: *Knot) !zb.Array(f32, .{ .mutable = true }) {
        return zb.viewArray(&self.grown, .{4});
    }
    pub fn total(self: *const Knot) f32 {
        var sum_: f32 = 0;
        for (self.first.slice()) |one| sum_ += one;
        return sum_;
    }
};
pub const Either = union(enum) {
    values: zb.Array(f64, .{}),
    number: f64,

    pub fn sum(self: Either) f64 {
        return switch (self) {
            .number => |number| number,
            .values => |values| blk: {
                var total: f64 = 0;
                for (values.slice()) |value| total += value;
                break :blk total;
            },
        };
    }
};

pub fn unfit(_: zb.Array([]const u8, .{})) void {}

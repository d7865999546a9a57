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
};
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

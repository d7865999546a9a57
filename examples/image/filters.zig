//! Filters for images: arrays of bytes with the dimensions height, width and channel.

const std = @import("std");
const zb = @import("zigbind");

const Image = zb.Array(u8, .{ .ndim = 3 });
const NewImage = zb.Array(u8, .{ .ndim = 3, .mutable = true });

/// The lightness of each pixel (ITU-R BT.601), in one channel.
pub fn grey(image: Image) !NewImage {
    try requireColours(image);
    const height, const width, const channels = image.shape;
    const result = try zb.array(u8, .{ height, width, 1 });
    const from = image.slice();
    for (result.slice(), 0..) |*pixel, index| {
        const colour = from[index * channels ..][0..3];
        // Parts of 256.
        pixel.* = @intCast((77 * @as(u32, colour[0]) + 150 * @as(u32, colour[1]) + 29 * @as(u32, colour[2]) + 128) / 256);
    }
    return result;
}

/// The mean over squares of `2 * radius + 1` pixels, cut off at the edges.
pub fn blur(gpa: std.mem.Allocator, image: Image, radius: usize) !NewImage {
    const height, const width, const channels = image.shape;
    const result = try zb.array(u8, .{ height, width, channels });
    // Sums over all rows within reach, of which one comes in and one goes out with each row of the result.
    const sums = try gpa.alloc(u32, width * channels);
    @memset(sums, 0);
    for (0..@min(radius, height)) |y| add(sums, image.row(y).slice());
    for (0..height) |y| {
        if (y + radius < height) add(sums, image.row(y + radius).slice());
        if (y > radius) subtract(sums, image.row(y - radius - 1).slice());
        const rows = @min(y + radius + 1, height) - (y -| radius);
        const line = result.row(y).slice();
        for (0..channels) |channel| {
            var total: u32 = 0;
            for (0..@min(radius, width)) |x| total += sums[x * channels + channel];
            for (0..width) |x| {
                if (x + radius < width) total += sums[(x + radius) * channels + channel];
                if (x > radius) total -= sums[(x - radius - 1) * channels + channel];
                const columns = @min(x + radius + 1, width) - (x -| radius);
                const count: u32 = @intCast(rows * columns);
                line[x * channels + channel] = @intCast((total + count / 2) / count);
            }
        }
    }
    return result;
}

fn add(sums: []u32, line: []const u8) void {
    for (sums, line) |*sum, byte| sum.* += byte;
}

fn subtract(sums: []u32, line: []const u8) void {
    for (sums, line) |*sum, byte| sum.* -= byte;
}

/// How steep the lightness is at each pixel (Sobel), in one channel.
pub fn edges(image: Image) !NewImage {
    const light = if (image.shape[2] == 1) image else (try grey(image)).toConst();
    const height, const width, _ = light.shape;
    const result = try zb.array(u8, .{ height, width, 1 });
    result.fill(0);
    if (height < 3 or width < 3) return result;
    for (1..height - 1) |y| for (1..width - 1) |x| {
        var around: [3][3]i32 = undefined;
        for (&around, y - 1..) |*line, row| {
            for (line, x - 1..) |*one, column| one.* = light.at(.{ row, column, 0 });
        }
        const across = around[0][2] - around[0][0] + 2 * (around[1][2] - around[1][0]) + around[2][2] - around[2][0];
        const down = around[2][0] - around[0][0] + 2 * (around[2][1] - around[0][1]) + around[2][2] - around[0][2];
        const steepness = @sqrt(@as(f32, @floatFromInt(across * across + down * down)));
        result.set(.{ y, x, 0 }, @intFromFloat(@min(steepness, 255)));
    };
    return result;
}

/// Turn every byte into 255 less it, where it is.
pub fn invert(image: zb.Array(u8, .{ .ndim = null, .order = .strided, .mutable = true })) void {
    var it = image.iterator();
    while (it.nextPtr()) |byte| byte.* = 255 - byte.*;
}

/// Undo the filters of PNG (its specification, section 9): `lines` are the decompressed bytes, each line behind the number of its filter.
pub fn unfilter(lines: zb.Array(u8, .{}), height: usize, width: usize, channels: usize) !NewImage {
    const line_bytes = try std.math.mul(usize, width, channels);
    if (lines.len() != try std.math.mul(usize, height, line_bytes + 1)) return zb.raise(.ValueError, "{d} bytes are not {d} lines of {d} and a filter", .{ lines.len(), height, line_bytes });
    const result = try zb.array(u8, .{ height, width, channels });
    for (0..height) |y| {
        const from = lines.slice()[y * (line_bytes + 1) ..][0 .. line_bytes + 1];
        const into = result.row(y).slice();
        const above: ?[]const u8 = if (y > 0) result.row(y - 1).slice() else null;
        for (into, from[1..], 0..) |*byte, given, x| {
            const left = if (x >= channels) into[x - channels] else 0;
            const up = if (above) |line| line[x] else 0;
            const corner = if (above) |line| (if (x >= channels) line[x - channels] else 0) else 0;
            byte.* = given +% switch (from[0]) {
                0 => 0,
                1 => left,
                2 => up,
                3 => @as(u8, @intCast((@as(u16, left) + up) / 2)),
                4 => paeth(left, up, corner),
                else => return zb.raise(.ValueError, "line {d} has the filter {d}, which PNG does not know", .{ y, from[0] }),
            };
        }
    }
    return result;
}

fn paeth(left: i16, up: i16, corner: i16) u8 {
    const estimate = left + up - corner;
    const by_left = @abs(estimate - left);
    const by_up = @abs(estimate - up);
    const by_corner = @abs(estimate - corner);
    return @intCast(if (by_left <= by_up and by_left <= by_corner) left else if (by_up <= by_corner) up else corner);
}

fn requireColours(image: Image) !void {
    if (image.shape[2] < 3) return zb.raise(.ValueError, "the image has {d} channels, not red, green and blue", .{image.shape[2]});
}

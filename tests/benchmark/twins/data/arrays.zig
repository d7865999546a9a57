//! Arrays that `data.py` measures, and what is computed with them.

const std = @import("std");
const zb = @import("zigbind");

/// The sum of all values.
pub fn sum_buffer(values: zb.Array(f64, .{})) f64 {
    var total: f64 = 0;
    for (values.slice()) |value| total += value;
    return total;
}

/// How many values there are: the conversion, and nothing else.
pub fn length(values: zb.Array(f64, .{})) usize {
    return values.len();
}

/// y += a * x
pub fn saxpy(a: f32, x: zb.Array(f32, .{}), y: zb.Array(f32, .{ .mutable = true })) !void {
    if (x.len() != y.len()) return error.ShapeMismatch;
    for (x.slice(), y.slice()) |from, *into| into.* += a * from;
}

/// The mean of each pixel and its eight neighbours; pixels at the edge are copied.
pub fn blur(image: zb.Array(f32, .{ .ndim = 2 }), result: zb.Array(f32, .{ .ndim = 2, .mutable = true })) !void {
    const height, const width = image.shape;
    if (height != result.shape[0] or width != result.shape[1]) return error.ShapeMismatch;
    for (0..height) |y| {
        const into = result.row(y).slice();
        const from = image.row(y).slice();
        if (y == 0 or y + 1 == height or width < 3) {
            @memcpy(into, from);
            continue;
        }
        const above = image.row(y - 1).slice();
        const below = image.row(y + 1).slice();
        into[0] = from[0];
        into[width - 1] = from[width - 1];
        // The same pixels three times, each one further.
        for (into[1 .. width - 1], above[0 .. width - 2], above[1 .. width - 1], above[2..width], from[0 .. width - 2], from[1 .. width - 1], from[2..width], below[0 .. width - 2], below[1 .. width - 1], below[2..width]) |*pixel, a, b, c, d, e, f, g, h, i|
            pixel.* = (a + b + c + d + e + f + g + h + i) * (1.0 / 9.0);
    }
}

/// How many letters must be put in, taken out or exchanged to make one word of the other.
fn distance(a: []const u8, b: []const u8) i64 {
    var row: [longest + 1]i64 = undefined;
    for (row[0 .. b.len + 1], 0..) |*cell, column| cell.* = @intCast(column);
    for (a, 1..) |letter, line| {
        var diagonal = row[0];
        row[0] = @intCast(line);
        for (b, row[0..b.len], row[1 .. b.len + 1]) |other, left, *cell| {
            const exchanged = diagonal + @intFromBool(letter != other);
            diagonal = cell.*;
            cell.* = @min(exchanged, left + 1, diagonal + 1);
        }
    }
    return row[b.len];
}

/// No word has more letters.
const longest = 255;

const Words = zb.Array(u8, .{ .ndim = 2 });

/// The distance of each pair of words, which are filled up with zeros.
pub fn levenshtein(first: Words, second: Words, distances: zb.Array(i64, .{ .mutable = true })) !void {
    const count, const width = first.shape;
    if (second.shape[0] != count or second.shape[1] != width or distances.len() != count or width > longest) return error.ShapeMismatch;
    for (distances.slice(), 0..) |*result, index|
        result.* = distance(std.mem.sliceTo(first.row(index).slice(), 0), std.mem.sliceTo(second.row(index).slice(), 0));
}

/// Bodies that attract each other, after so many steps of time: each has a place, a velocity and a mass.
pub fn n_body(state: zb.Array(f64, .{ .ndim = 2, .mutable = true }), dt: f64, steps: i64) !void {
    if (state.shape[1] != 7) return error.ShapeMismatch;
    const bodies: [][7]f64 = @as([*][7]f64, @ptrCast(state.data))[0..state.shape[0]];
    var step: i64 = 0;
    while (step < steps) : (step += 1) {
        for (bodies, 1..) |*a, next| for (bodies[next..]) |*b| {
            const dx = a[0] - b[0];
            const dy = a[1] - b[1];
            const dz = a[2] - b[2];
            const squared = dx * dx + dy * dy + dz * dz;
            const pull = dt / (squared * @sqrt(squared));
            a[3] -= dx * b[6] * pull;
            a[4] -= dy * b[6] * pull;
            a[5] -= dz * b[6] * pull;
            b[3] += dx * a[6] * pull;
            b[4] += dy * a[6] * pull;
            b[5] += dz * a[6] * pull;
        };
        for (bodies) |*body| for (0..3) |axis| {
            body[axis] += dt * body[3 + axis];
        };
    }
}

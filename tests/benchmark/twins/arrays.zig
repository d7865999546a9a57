//! Arrays that `arrays.py` measures.

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

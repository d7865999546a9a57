//! Values that the stack has no room for.

const zb = @import("zigbind");

const million = 1 << 20;

/// Four megabytes.
pub const Image = struct {
    width: u32 = 0,
    pixels: [4 * million]u8 = undefined,
    inner: Half = undefined,

    pub fn first(self: *const Image) u8 {
        return self.pixels[0];
    }

    pub fn fill(self: *Image, value: u8) void {
        @memset(&self.pixels, value);
    }

    pub fn byValue(self: Image) u8 {
        return self.pixels[0];
    }

    pub fn __add__(self: *const Image, other: Image) u8 {
        return self.pixels[0] + other.pixels[0];
    }

    pub fn copy(self: *const Image) Image {
        return self.*;
    }

    pub fn maybe(self: *const Image) ?Image {
        return self.*;
    }

    /// The right way.
    pub fn twin(self: *const Image) !zb.Owned(Image) {
        const made: zb.Owned(Image) = .{ .ptr = try zb.heap.create(Image) };
        @memcpy(&made.ptr.pixels, &self.pixels);
        made.ptr.width = self.width;
        return made;
    }
};

pub const Half = struct {
    bytes: [million / 2]u8 = undefined,
    n: i64 = 5,
};

/// As large as can be.
pub const Page = struct {
    bytes: [64 * 1024]u8 = @splat(7),

    pub fn last(self: Page) u8 {
        return self.bytes[self.bytes.len - 1];
    }

    pub fn same(self: Page) Page {
        return self;
    }
};

pub fn make(width: u32) !zb.Owned(Image) {
    const made: zb.Owned(Image) = .{ .ptr = try zb.heap.create(Image) };
    made.ptr.width = width;
    made.ptr.inner.n = 5;
    made.ptr.fill(3);
    return made;
}

pub fn take(image: Image) u8 {
    return image.pixels[0];
}

pub fn sum(values: [million]f64) f64 {
    return values[0];
}

pub fn zeros() [million]f64 {
    return @splat(0);
}

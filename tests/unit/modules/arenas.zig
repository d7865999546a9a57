//! Memory: the arena of a call, by parameter and as `zb.allocator`.
const std = @import("std");
const zb = @import("zigbind");
const Allocator = std.mem.Allocator;

pub fn fill(gpa: Allocator, size: usize, byte: u8) ![]u8 {
    const memory = try gpa.alloc(u8, size);
    @memset(memory, byte);
    return memory;
}
pub fn fill_implicitly(size: usize, byte: u8) ![]u8 {
    const memory = try zb.allocator.alloc(u8, size);
    @memset(memory, byte);
    return memory;
}
pub fn grow(gpa: Allocator, count: usize) ![]const u64 {
    var list: std.ArrayList(u64) = .empty;
    for (0..count) |value| try list.append(gpa, value);
    return list.items;
}
pub fn grow_implicitly(count: usize) ![]const u64 { return grow(zb.allocator, count); }

/// Whether memory of every alignment is aligned, and all of it apart.
pub fn alignments(gpa: Allocator, rounds: usize) !bool {
    for (0..rounds) |round| {
        inline for (.{ 1, 2, 4, 8, 16, 32, 64, 256, 4096 }) |alignment| {
            const memory = try gpa.alignedAlloc(u8, .fromByteUnits(alignment), 1 + 37 * round);
            if (!std.mem.isAligned(@intFromPtr(memory.ptr), alignment)) return false;
            @memset(memory, alignment & 0xff);
        }
    }
    return true;
}

/// Allocate, resize and free at random; each piece keeps its content.
pub fn shuffle(gpa: Allocator, seed: u64, rounds: usize) !bool {
    var random = std.Random.DefaultPrng.init(seed);
    const r = random.random();
    var pieces: [16]?[]u8 = @splat(null);
    for (0..rounds) |_| {
        const index = r.uintLessThan(usize, pieces.len);
        const mark: u8 = @intCast(index + 1);
        if (pieces[index]) |piece| {
            for (piece) |byte| if (byte != mark) return false;
            switch (r.uintLessThan(u8, 3)) {
                0 => {
                    gpa.free(piece);
                    pieces[index] = null;
                },
                1 => {
                    const size = r.uintLessThan(usize, 600);
                    const longer = try gpa.realloc(piece, size);
                    for (longer[0..@min(size, piece.len)]) |byte| if (byte != mark) return false;
                    @memset(longer, mark);
                    pieces[index] = longer;
                },
                else => {
                    const size = r.uintLessThan(usize, 600);
                    if (gpa.resize(piece, size)) {
                        pieces[index] = piece.ptr[0..size];
                        @memset(pieces[index].?, mark);
                    }
                },
            }
        } else {
            pieces[index] = try gpa.alloc(u8, r.uintLessThan(usize, 600));
            @memset(pieces[index].?, mark);
        }
    }
    return true;
}
pub fn shuffle_implicitly(seed: u64, rounds: usize) !bool { return shuffle(zb.allocator, seed, rounds); }

/// `a` is a copy in the arena; converting `b` may run other calls.
pub fn around(gpa: Allocator, a: []u8, b: i64, c: []const []const u8) ![]u8 {
    return std.fmt.allocPrint(gpa, "{s} {d} {d}", .{ a, b, c.len });
}
pub fn too_much(gpa: Allocator) ![]u8 { return gpa.alloc(u8, std.math.maxInt(usize) - 100); }
pub fn too_much_aligned(gpa: Allocator) !usize { return (try gpa.alignedAlloc(u8, .fromByteUnits(4096), std.math.maxInt(isize))).len; }
pub fn nothing(gpa: Allocator) !usize { return (try gpa.alloc(u64, 0)).len + (try gpa.alloc(void, 100)).len; }
pub fn panics(size: usize) !void {
    _ = try zb.allocator.alloc(u8, size);
    @panic("with memory");
}

/// What a thread of Zig's own gets from `zb.allocator`: it is in no call.
pub fn on_another_thread() !bool {
    var failed = false;
    const thread = try std.Thread.spawn(.{}, struct {
        fn run(out: *bool) void {
            _ = zb.allocator.alloc(u8, 10) catch |err| {
                out.* = err == error.OutOfMemory;
            };
        }
    }.run, .{&failed});
    thread.join();
    return failed;
}

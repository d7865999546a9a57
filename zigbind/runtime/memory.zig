//! Memory: the arena of one call, and Python's allocator as a `std.mem.Allocator`.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const guard = @import("guard.zig");
const registry = @import("registry.zig");

const Alignment = std.mem.Alignment;

/// Chunks grow up to this; larger needs get what they need.
const largest_reserve_bytes = 1 << 20;
/// Memory from the system comes in pages.
const smallest_raw_bytes = 1 << 16;
/// What `PyMem_Malloc` promises on 64-bit systems.
const natural_alignment = 16;

/// Memory that lives until the current call has returned to Python.
///
/// Small needs are met from the stack, larger ones from Python's heap in growing chunks; all
/// of it is freed at once. While the GIL is released larger needs are met by the system instead. Must not move once something was allocated.
pub const Arena = struct {
    cursor: usize,
    limit: usize,
    chunks: ?*Chunk,
    first: [1024]u8 align(natural_alignment),

    /// `is_raw` says that it comes from the system, not from Python.
    const Chunk = struct { next: ?*Chunk, size_bytes: usize, is_raw: if (registry.uses.gil) bool else void };
    const header_bytes = std.mem.alignForward(usize, @sizeOf(Chunk), natural_alignment);

    /// Field by field: a whole struct would be copied, undefined kilobyte included.
    pub fn init(self: *Arena) callconv(compat.hot) void {
        self.cursor = @intFromPtr(&self.first);
        self.limit = self.cursor + self.first.len;
        self.chunks = null;
    }

    pub fn allocator(self: *Arena) std.mem.Allocator {
        return .{ .ptr = self, .vtable = &vtable };
    }

    pub fn deinit(self: *Arena) void {
        while (self.chunks) |chunk| {
            self.chunks = chunk.next;
            if (registry.uses.gil and chunk.is_raw) {
                std.heap.PageAllocator.unmap(@as([*]align(std.heap.page_size_min) u8, @ptrCast(@alignCast(chunk)))[0..chunk.size_bytes]);
            } else c.PyMem_Free(chunk);
        }
    }

    /// Whether an address is in memory of this arena.
    pub fn contains(self: *const Arena, address: usize) bool {
        if (address -% @intFromPtr(&self.first) < self.first.len) return true;
        var next = self.chunks;
        while (next) |chunk| : (next = chunk.next) if (address -% @intFromPtr(chunk) < chunk.size_bytes) return true;
        return false;
    }

    pub fn allocate(self: *Arena, size_bytes: usize, alignment: Alignment) callconv(compat.hot) ?[*]u8 {
        @setRuntimeSafety(false);
        const start = alignment.forward(self.cursor);
        if (start <= self.limit and size_bytes <= self.limit - start) {
            self.cursor = start + size_bytes;
            return @ptrFromInt(start);
        }
        return self.grow(size_bytes, alignment);
    }

    noinline fn grow(self: *Arena, size_bytes: usize, alignment: Alignment) ?[*]u8 {
        @branchHint(.unlikely);
        @setRuntimeSafety(false);
        const last_bytes = if (self.chunks) |chunk| chunk.size_bytes else self.first.len;
        const need = std.math.add(usize, size_bytes, header_bytes + alignment.toByteUnits()) catch return null;
        var chunk_bytes = @max(need, @min(last_bytes *| 2, largest_reserve_bytes));
        const is_raw = registry.uses.gil and !guard.hasGil();
        if (is_raw) chunk_bytes = @max(chunk_bytes, smallest_raw_bytes);
        const memory: *anyopaque = (if (is_raw) @as(?*anyopaque, @ptrCast(std.heap.PageAllocator.map(chunk_bytes, .@"1"))) else c.PyMem_Malloc(chunk_bytes)) orelse return null;
        const chunk: *Chunk = @ptrCast(@alignCast(memory));
        chunk.* = .{ .next = self.chunks, .size_bytes = chunk_bytes, .is_raw = if (registry.uses.gil) is_raw else {} };
        self.chunks = chunk;
        const start = alignment.forward(@intFromPtr(memory) + header_bytes);
        self.cursor = start + size_bytes;
        self.limit = @intFromPtr(memory) + chunk_bytes;
        return @ptrFromInt(start);
    }

    const vtable: std.mem.Allocator.VTable = .{ .alloc = alloc, .resize = resize, .remap = remap, .free = free };

    fn alloc(context: *anyopaque, size_bytes: usize, alignment: Alignment, _: usize) ?[*]u8 {
        const self: *Arena = @ptrCast(@alignCast(context));
        return self.allocate(size_bytes, alignment);
    }
    fn resize(context: *anyopaque, memory: []u8, _: Alignment, size_bytes: usize, _: usize) bool {
        const self: *Arena = @ptrCast(@alignCast(context));
        const start = @intFromPtr(memory.ptr);
        const is_last = start + memory.len == self.cursor;
        if (is_last and size_bytes <= self.limit - start) {
            self.cursor = start + size_bytes;
            return true;
        }
        return size_bytes <= memory.len;
    }
    fn remap(context: *anyopaque, memory: []u8, alignment: Alignment, size_bytes: usize, ra: usize) ?[*]u8 {
        return if (resize(context, memory, alignment, size_bytes, ra)) memory.ptr else null;
    }
    fn free(context: *anyopaque, memory: []u8, _: Alignment, _: usize) void {
        const self: *Arena = @ptrCast(@alignCast(context));
        if (@intFromPtr(memory.ptr) + memory.len == self.cursor) self.cursor = @intFromPtr(memory.ptr);
    }
};

/// The arena of the call that this thread is in (`zb.allocator`); out of memory where it is in none.
pub const call_allocator: std.mem.Allocator = .{ .ptr = undefined, .vtable = &call_vtable };

const call_vtable: std.mem.Allocator.VTable = .{ .alloc = callAlloc, .resize = callResize, .remap = callRemap, .free = callFree };

fn callArena() ?*anyopaque {
    const frame = guard.top() orelse return null;
    const call = frame.call orelse return null;
    return &call.arena;
}
fn callAlloc(_: *anyopaque, size_bytes: usize, alignment: Alignment, ra: usize) ?[*]u8 {
    return Arena.alloc(callArena() orelse return null, size_bytes, alignment, ra);
}
fn callResize(_: *anyopaque, memory: []u8, alignment: Alignment, size_bytes: usize, ra: usize) bool {
    return Arena.resize(callArena() orelse return false, memory, alignment, size_bytes, ra);
}
fn callRemap(_: *anyopaque, memory: []u8, alignment: Alignment, size_bytes: usize, ra: usize) ?[*]u8 {
    return Arena.remap(callArena() orelse return null, memory, alignment, size_bytes, ra);
}
fn callFree(_: *anyopaque, memory: []u8, alignment: Alignment, ra: usize) void {
    Arena.free(callArena() orelse return, memory, alignment, ra);
}

/// Python's own heap: memory that lasts until it is freed, and that `tracemalloc` sees. Needs the GIL.
pub const lasting: std.mem.Allocator = .{ .ptr = undefined, .vtable = &lasting_vtable };

const lasting_vtable: std.mem.Allocator.VTable = .{ .alloc = lastingAlloc, .resize = lastingResize, .remap = lastingRemap, .free = lastingFree };

fn lastingAlloc(_: *anyopaque, size_bytes: usize, alignment: Alignment, _: usize) ?[*]u8 {
    if (registry.uses.gil) guard.requireGil("zb.heap was used");
    if (alignment.toByteUnits() <= natural_alignment) return @ptrCast(c.PyMem_Malloc(size_bytes));
    // The address that Python gave stands before the one that was asked for.
    const bytes = std.math.add(usize, size_bytes, alignment.toByteUnits() + @sizeOf(usize)) catch return null;
    const memory = @intFromPtr(c.PyMem_Malloc(bytes) orelse return null);
    const start = alignment.forward(memory + @sizeOf(usize));
    @as(*usize, @ptrFromInt(start - @sizeOf(usize))).* = memory;
    return @ptrFromInt(start);
}
fn lastingResize(_: *anyopaque, memory: []u8, _: Alignment, size_bytes: usize, _: usize) bool {
    return size_bytes <= memory.len;
}
fn lastingRemap(_: *anyopaque, memory: []u8, alignment: Alignment, size_bytes: usize, _: usize) ?[*]u8 {
    if (registry.uses.gil) guard.requireGil("zb.heap was used");
    if (alignment.toByteUnits() > natural_alignment) return if (size_bytes <= memory.len) memory.ptr else null;
    return @ptrCast(c.PyMem_Realloc(memory.ptr, size_bytes));
}
fn lastingFree(_: *anyopaque, memory: []u8, alignment: Alignment, _: usize) void {
    if (registry.uses.gil) guard.requireGil("zb.heap was used");
    if (alignment.toByteUnits() <= natural_alignment) return c.PyMem_Free(memory.ptr);
    c.PyMem_Free(@ptrFromInt(@as(*const usize, @ptrFromInt(@intFromPtr(memory.ptr) - @sizeOf(usize))).*));
}

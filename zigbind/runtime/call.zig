//! What one call from Python owns until it returns.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const errors = @import("errors.zig");
const memory = @import("memory.zig");
const object = @import("object.zig");
const State = @import("state.zig").State;

/// Memory, references and buffers of one call. Must not move while it is in use.
pub const Call = struct {
    /// Of the module that was called; set where a converter needs it.
    state: *State,
    arena: memory.Arena,
    references: ?*Reference,
    buffers: ?*Buffer,
    /// Python code can run in it, and give the fields of its arguments other values: what they live on now stays.
    keeps_fields: bool,
    /// For the buffers of the first arguments: no memory has to be found for them.
    places: [most_places]Buffer,

    pub const most_places = 4;

    pub fn init(self: *Call) callconv(compat.hot) void {
        self.arena.init();
        self.references = null;
        self.buffers = null;
        self.keeps_fields = false;
    }

    /// Memory that lives as long as the call.
    pub fn allocator(self: *Call) callconv(compat.hot) std.mem.Allocator {
        return self.arena.allocator();
    }

    const Reference = struct { next: ?*Reference, value: object.Owned };
    const Buffer = struct { next: ?*Buffer, view: c.Py_buffer };

    /// Keep `value` alive until the call ends.
    pub fn keep(self: *Call, value: object.Owned) error{Python}!void {
        const reference = self.allocator().create(Reference) catch {
            value.release();
            _ = c.PyErr_NoMemory();
            return error.Python;
        };
        reference.* = .{ .next = self.references, .value = value };
        self.references = reference;
    }

    /// The arguments of the call, what lists and tuples among them hold, and what converting them has kept: whatever
    /// a result can point into.
    pub noinline fn sources(self: *Call, arguments: []const object.Borrowed) error{Python}![]const object.Borrowed {
        var count: usize = 0;
        for (arguments) |argument| count += spread(argument, null, 0);
        var next = self.references;
        while (next) |reference| : (next = reference.next) count += spread(reference.value.borrow(), null, 0);
        const all = self.allocator().alloc(object.Borrowed, count) catch {
            _ = c.PyErr_NoMemory();
            return error.Python;
        };
        // Arguments first: what is passed by itself is found soonest. The memory just taken holds no references.
        var filled: usize = 0;
        for (arguments) |argument| filled += spread(argument, all[filled..].ptr, 0);
        next = self.references;
        while (next) |reference| : (next = reference.next) filled += spread(reference.value.borrow(), all[filled..].ptr, 0);
        return all;
    }

    /// How many objects a value is; runs no Python code, so that it is as many the second time, when they are written down.
    fn spread(value: object.Borrowed, into: ?[*]object.Borrowed, depth: usize) usize {
        const is_list = value.hasFlag(c.Py_TPFLAGS_LIST_SUBCLASS);
        if (depth == 8 or !is_list and !value.hasFlag(c.Py_TPFLAGS_TUPLE_SUBCLASS)) {
            if (into) |place| place[0] = value;
            return 1;
        }
        var count: usize = 0;
        for (0..@intCast(if (is_list) c.PyList_Size(value.ptr) else c.PyTuple_Size(value.ptr))) |position| {
            const item = (if (is_list) c.PyList_GetItem(value.ptr, @intCast(position)) else c.PyTuple_GetItem(value.ptr, @intCast(position))) orelse continue;
            count += spread(.{ .ptr = item }, if (into) |place| place + count else null, depth + 1);
        }
        return count;
    }

    /// Export `value`'s buffer until the call ends. Null where it has none of this kind.
    pub fn buffer(self: *Call, value: object.Borrowed, flags: c_int) error{Python}!?*const c.Py_buffer {
        return self.tryBuffer(value, flags) orelse {
            // Not a KeyboardInterrupt that came in `__buffer__`, nor a lack of memory.
            if (c.PyErr_ExceptionMatches(c.exception("Exception")) == 0 or c.PyErr_ExceptionMatches(c.exception("MemoryError")) != 0) return error.Python;
            errors.clear();
            return null;
        };
    }

    /// As `buffer`, but null leaves the exception that it comes with.
    pub fn tryBuffer(self: *Call, value: object.Borrowed, flags: c_int) callconv(compat.hot) ?*const c.Py_buffer {
        @setRuntimeSafety(false);
        const held: *Buffer = @ptrCast(@alignCast(self.arena.allocate(@sizeOf(Buffer), .of(Buffer)) orelse {
            _ = c.PyErr_NoMemory();
            return null;
        }));
        return self.tryBufferAt(held, value, flags);
    }

    /// As `tryBuffer`, in a place that nothing else is in.
    pub fn tryBufferAt(self: *Call, held: *Buffer, value: object.Borrowed, flags: c_int) callconv(compat.hot) ?*const c.Py_buffer {
        @setRuntimeSafety(false);
        held.next = self.buffers;
        if (compat.fast(c.PyObject_GetBuffer)(value.ptr, &held.view, flags) != 0) {
            @branchHint(.unlikely);
            return null;
        }
        self.buffers = held;
        return &held.view;
    }

    pub fn deinit(self: *Call) callconv(compat.hot) void {
        self.end(false);
    }

    /// As `deinit`, where it is known whether the call went well: no exception is on its way then.
    pub fn end(self: *Call, well: bool) callconv(compat.hot) void {
        // One test for the usual case, in which there is nothing.
        if (@intFromPtr(self.references) | @intFromPtr(self.buffers) | @intFromPtr(self.arena.chunks) != 0) self.release(well);
    }

    /// As `end`, of a call that usually has buffers, and nothing else.
    pub fn endBuffers(self: *Call, well: bool) callconv(compat.hot) void {
        @setRuntimeSafety(false);
        if (!well or @intFromPtr(self.references) | @intFromPtr(self.arena.chunks) != 0) {
            @branchHint(.unlikely);
            return self.release(well);
        }
        while (self.buffers) |held| {
            self.buffers = held.next;
            compat.fast(c.PyBuffer_Release)(&held.view);
        }
    }

    noinline fn release(self: *Call, well: bool) void {
        @branchHint(.unlikely);
        @setRuntimeSafety(false);
        // Releasing can run Python code, which must not disturb an exception that is on its way.
        const raised = if (well) null else c.PyErr_GetRaisedException();
        while (self.buffers) |held| {
            self.buffers = held.next;
            c.PyBuffer_Release(&held.view);
        }
        while (self.references) |reference| {
            self.references = reference.next;
            reference.value.release();
        }
        if (raised != null) c.PyErr_SetRaisedException(raised);
        self.arena.deinit();
    }
};

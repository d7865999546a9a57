//! DLPack: tensors of other libraries as buffers, and arrays of ours as tensors.
//!
//! Source: https://dmlc.github.io/dlpack/latest/c_api.html and its Python specification.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const errors = @import("errors.zig");
const object = @import("object.zig");
const Call = @import("call.zig").Call;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

const Device = extern struct { type: c_int, id: c_int };
const cpu: c_int = 1;

pub const DataType = extern struct {
    code: u8,
    bits: u8,
    lanes: u16 = 1,

    const signed = 0;
    const unsigned = 1;
    const float = 2;
    const bfloat = 4;
    const complex = 5;
    const boolean = 6;

    /// Of a buffer's format; null where DLPack has no such type.
    pub fn of(text: [*:0]const u8, size_bytes: usize) ?DataType {
        const code: u8 = switch (text[0]) {
            'b', 'h', 'i', 'l', 'q' => signed,
            'B', 'H', 'I', 'L', 'Q' => unsigned,
            'e', 'f', 'd' => float,
            'Z' => complex,
            '?' => boolean,
            else => return null,
        };
        return .{ .code = code, .bits = @intCast(8 * size_bytes) };
    }

    /// As buffers have it; the name of a type that they do not have.
    fn format(self: DataType) [*:0]const u8 {
        if (self.lanes != 1) return "vector";
        const byte = self.bits == 8;
        const half = self.bits == 16;
        const word = self.bits == 32;
        const double = self.bits == 64;
        return switch (self.code) {
            signed => if (byte) "b" else if (half) "h" else if (word) "i" else if (double) "q" else "int",
            unsigned => if (byte) "B" else if (half) "H" else if (word) "I" else if (double) "Q" else "uint",
            float => if (half) "e" else if (word) "f" else if (double) "d" else "float",
            bfloat => "bfloat",
            complex => if (double) "Zf" else if (self.bits == 128) "Zd" else "complex",
            boolean => if (byte) "?" else "bool",
            else => "unknown",
        };
    }
};

const Tensor = extern struct {
    data: ?*anyopaque,
    device: Device,
    ndim: c_int,
    dtype: DataType,
    shape: ?[*]const i64,
    /// In elements; null for C order.
    strides: ?[*]const i64,
    byte_offset: u64,
};

const Managed = extern struct {
    tensor: Tensor,
    context: ?*anyopaque,
    deleter: ?*const fn (*Managed) callconv(.c) void,

    const name = "dltensor";
    const used = "used_dltensor";
};

const Versioned = extern struct {
    version: extern struct { major: u32, minor: u32 },
    context: ?*anyopaque,
    deleter: ?*const fn (*Versioned) callconv(.c) void,
    flags: u64,
    tensor: Tensor,

    const name = "dltensor_versioned";
    const used = "used_dltensor_versioned";
    const read_only: u64 = 1;
};

/// The tensor of an object with `__dlpack__`, as a buffer until the call ends: `obj` owns it, without keeping it here. Null where the
/// object has none; `error.Mismatch` with an exception where its memory is nothing for a CPU.
pub fn take(value: Borrowed, expected: [*:0]const u8, call: *Call) errors.Refusal!?*const c.Py_buffer {
    @branchHint(.cold);
    if (c.PyObject_HasAttrString(value.ptr, "__dlpack__") == 0 or c.PyType_IsSubtype(value.ptr.ob_type, c.typeType()) != 0) return null;
    if (c.PyObject_HasAttrString(value.ptr, "__dlpack_device__") != 0) {
        const device = try Owned.take(c.PyObject_CallMethod(value.ptr, "__dlpack_device__", null));
        defer device.release();
        const first = try Owned.take(c.PySequence_GetItem(device.ptr, 0));
        defer first.release();
        // An enum in some libraries.
        const number = try Owned.take(c.PyNumber_Index(first.ptr));
        defer number.release();
        const kind = c.PyLong_AsLongLong(number.ptr);
        if (kind != cpu) {
            if (c.PyErr_Occurred() == null) _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got one on another device than the CPU (DLPack device type %lld)", expected, kind);
            return error.Mismatch;
        }
    }
    const capsule = try ask(value, expected);
    defer capsule.release();
    var tensor: *const Tensor = undefined;
    var read_only = false;
    var owner: Owned = undefined;
    if (c.PyCapsule_IsValid(capsule.ptr, Versioned.name) != 0) {
        const managed: *Versioned = @ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule.ptr, Versioned.name) orelse return error.Python));
        if (managed.version.major != 1) {
            _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got a tensor of DLPack %u", expected, managed.version.major);
            return error.Mismatch;
        }
        owner = try adopt(Versioned, managed, capsule);
        tensor = &managed.tensor;
        read_only = managed.flags & Versioned.read_only != 0;
    } else if (c.PyCapsule_IsValid(capsule.ptr, Managed.name) != 0) {
        const managed: *Managed = @ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule.ptr, Managed.name) orelse return error.Python));
        owner = try adopt(Managed, managed, capsule);
        tensor = &managed.tensor;
    } else {
        c.PyErr_SetString(c.exception("TypeError"), "__dlpack__() returned no DLPack capsule, or one that was used already");
        return error.Mismatch;
    }
    // From here on `owner` is the call's.
    call.keep(owner) catch return error.Python;
    return try bufferOf(tensor, read_only, owner, expected, call);
}

fn ask(value: Borrowed, expected: [*:0]const u8) errors.Refusal!Owned {
    const method = try Owned.take(c.PyObject_GetAttrString(value.ptr, "__dlpack__"));
    defer method.release();
    const empty = try Owned.take(c.PyTuple_New(0));
    defer empty.release();
    const kwargs = try Owned.take(c.PyDict_New());
    defer kwargs.release();
    const version = try Owned.take(c.Py_BuildValue("(ii)", @as(c_int, 1), @as(c_int, 0)));
    defer version.release();
    if (c.PyDict_SetItemString(kwargs.ptr, "max_version", version.ptr) != 0) return error.Python;
    if (c.PyObject_Call(method.ptr, empty.ptr, kwargs.ptr)) |capsule| return .{ .ptr = capsule };
    // As the specification has it: producers from before there were versions do not know the keyword.
    if (c.PyErr_ExceptionMatches(c.exception("TypeError")) != 0) {
        errors.clear();
        if (c.PyObject_Call(method.ptr, empty.ptr, null)) |capsule| return .{ .ptr = capsule };
    }
    // Its word for a tensor that cannot be shared.
    return if (c.PyErr_ExceptionMatches(c.exception("BufferError")) != 0) refused(value, expected) else error.Python;
}

/// TypeError, for the reason that is set.
pub fn refused(value: Borrowed, expected: [*:0]const u8) errors.Refusal {
    @branchHint(.cold);
    const reason = try Owned.take(c.PyErr_GetRaisedException());
    defer reason.release();
    const name = try Owned.take(c.PyType_GetName(value.ptr.ob_type));
    defer name.release();
    _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got %U, which does not share its memory: %S", expected, name.ptr, reason.ptr);
    return error.Mismatch;
}

/// Take the tensor out of the capsule: an object that calls its deleter in the end.
fn adopt(comptime M: type, managed: *M, capsule: Owned) error{Python}!Owned {
    const owner = try Owned.take(c.PyCapsule_New(managed, "zigbind." ++ M.name, &Adopted(M).end));
    if (c.PyCapsule_SetName(capsule.ptr, M.used) != 0) {
        // It still belongs to the capsule.
        _ = c.PyCapsule_SetName(owner.ptr, "zigbind.nothing");
        owner.release();
        return error.Python;
    }
    return owner;
}

fn Adopted(comptime M: type) type {
    return struct {
        fn end(capsule: *c.PyObject) callconv(.c) void {
            if (c.PyCapsule_IsValid(capsule, "zigbind." ++ M.name) == 0) return;
            const managed: *M = @ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule, "zigbind." ++ M.name).?));
            const raised = c.PyErr_GetRaisedException();
            if (managed.deleter) |deleter| deleter(managed);
            if (raised != null) c.PyErr_SetRaisedException(raised);
        }
    };
}

fn bufferOf(tensor: *const Tensor, read_only: bool, owner: Owned, expected: [*:0]const u8, call: *Call) errors.Refusal!*const c.Py_buffer {
    if (tensor.device.type != cpu) {
        _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got one on another device than the CPU (DLPack device type %d)", expected, tensor.device.type);
        return error.Mismatch;
    }
    if (tensor.ndim < 0 or tensor.ndim > 64 or (tensor.ndim > 0 and tensor.shape == null)) {
        c.PyErr_SetString(c.exception("TypeError"), "__dlpack__() returned a tensor without a shape");
        return error.Mismatch;
    }
    const count: usize = @intCast(tensor.ndim);
    const allocator = call.allocator();
    const numbers = allocator.alloc(isize, 2 * count) catch return noMemory();
    const view = allocator.create(c.Py_buffer) catch return noMemory();
    const item_bytes = (@as(isize, tensor.dtype.bits) * tensor.dtype.lanes + 7) >> 3;
    const bytes = lay(tensor, item_bytes, numbers[0..count], numbers[count..]) catch |err| {
        c.PyErr_SetString(c.exception("TypeError"), switch (err) {
            error.Negative => "__dlpack__() returned a tensor with a negative size",
            error.Overflow => "__dlpack__() returned a tensor of more memory than there can be",
            error.Nowhere => "__dlpack__() returned a tensor with elements, but no memory",
        });
        return error.Mismatch;
    };
    view.* = .{
        .buf = if (tensor.data) |data| @ptrFromInt(@intFromPtr(data) +% @as(usize, @truncate(tensor.byte_offset))) else null,
        .obj = owner.ptr,
        .len = bytes,
        .itemsize = item_bytes,
        .readonly = @intFromBool(read_only),
        .ndim = tensor.ndim,
        .format = tensor.dtype.format(),
        .shape = numbers.ptr,
        .strides = numbers.ptr + count,
    };
    return view;
}

/// Fill in sizes and strides, the latter in bytes; the size of all elements in bytes. Whoever made the tensor is no more trusted than
/// must be: that the memory is there nobody can check.
fn lay(tensor: *const Tensor, item_bytes: isize, shape: []isize, strides: []isize) error{ Negative, Overflow, Nowhere }!isize {
    var is_empty = false;
    for (shape, 0..) |*size, axis| {
        if (tensor.shape.?[axis] < 0) return error.Negative;
        size.* = std.math.cast(isize, tensor.shape.?[axis]) orelse return error.Overflow;
        if (size.* == 0) is_empty = true;
    }
    var bytes = item_bytes;
    var axis = shape.len;
    while (axis > 0) {
        axis -= 1;
        const given: error{Overflow}!i64 = if (tensor.strides) |all| std.math.mul(i64, all[axis], item_bytes) else bytes;
        // Of no or one element the stride means nothing.
        strides[axis] = if (is_empty or shape[axis] == 1) bytes else std.math.cast(isize, try given) orelse return error.Overflow;
        bytes = if (is_empty) item_bytes else try std.math.mul(isize, bytes, shape[axis]);
    }
    if (is_empty) return 0;
    if (tensor.data == null) return error.Nowhere;
    const start = std.math.add(usize, @intFromPtr(tensor.data), std.math.cast(usize, tensor.byte_offset) orelse return error.Overflow) catch return error.Overflow;
    var low = start;
    var high = try std.math.add(usize, start, @intCast(item_bytes));
    for (shape, strides) |size, stride| {
        const reach: usize = @intCast(@abs(try std.math.mul(isize, size - 1, stride)));
        if (stride < 0) low = try std.math.sub(usize, low, reach) else high = try std.math.add(usize, high, reach);
    }
    return bytes;
}

fn noMemory() error{Python} {
    _ = c.PyErr_NoMemory();
    return error.Python;
}

/// An array for others to take: `owner` is kept until they are done.
pub const Export = struct {
    owner: *c.PyObject,
    data: *anyopaque,
    dtype: DataType,
    shape: []const isize,
    /// In bytes.
    strides: []const isize,
    item_bytes: isize,
    read_only: bool,
    is_copy: bool = false,
};

/// A capsule: of DLPack 1.0 with `versioned`, else as it was before, where memory that is read-only cannot be told.
pub fn make(from: Export, versioned: bool) error{Python}!Owned {
    return if (versioned) Exported(Versioned).make(from) else Exported(Managed).make(from);
}

fn Exported(comptime M: type) type {
    return struct {
        fn make(from: Export) error{Python}!Owned {
            const count = from.shape.len;
            for (from.shape, from.strides) |size, stride| if (size > 1 and @rem(stride, from.item_bytes) != 0) {
                c.PyErr_SetString(c.exception("BufferError"), "DLPack cannot express strides that are not a multiple of the size of an element");
                return error.Python;
            };
            const managed: *M = @ptrCast(@alignCast(c.PyMem_Malloc(@sizeOf(M) + 2 * count * @sizeOf(i64)) orelse return noMemory()));
            const numbers: [*]i64 = @ptrCast(@as([*]M, @ptrCast(managed)) + 1);
            for (from.shape, from.strides, 0..) |size, stride, axis| {
                numbers[axis] = size;
                numbers[count + axis] = @divTrunc(stride, from.item_bytes);
            }
            managed.context = from.owner;
            managed.deleter = &delete;
            managed.tensor = .{
                .data = from.data,
                .device = .{ .type = cpu, .id = 0 },
                .ndim = @intCast(count),
                .dtype = from.dtype,
                .shape = numbers,
                .strides = numbers + count,
                .byte_offset = 0,
            };
            if (M == Versioned) {
                managed.version = .{ .major = 1, .minor = 0 };
                managed.flags = (if (from.read_only) Versioned.read_only else 0) | (if (from.is_copy) @as(u64, 2) else 0);
            }
            const capsule = c.PyCapsule_New(managed, M.name, &end) orelse {
                c.PyMem_Free(managed);
                return error.Python;
            };
            c.Py_IncRef(from.owner);
            return .{ .ptr = capsule };
        }

        /// Of a capsule that nobody has used.
        fn end(capsule: *c.PyObject) callconv(.c) void {
            if (c.PyCapsule_IsValid(capsule, M.name) == 0) return;
            delete(@ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule, M.name).?)));
        }

        /// On any thread, with the GIL or without.
        fn delete(managed: *M) callconv(.c) void {
            if (c.Py_IsInitialized() == 0) return;
            const before = c.PyGILState_Ensure();
            c.Py_DecRef(@ptrCast(@alignCast(managed.context)));
            c.PyMem_Free(managed);
            c.PyGILState_Release(before);
        }
    };
}

//! The Python object of an array that Zig code returns: `zigbind.Array`, one class for each interpreter.
//!
//! It shares its memory by the buffer protocol, `__dlpack__` and `__array_interface__`, and keeps whatever the memory belongs to.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const dlpack = @import("dlpack.zig");
const errors = @import("errors.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// The key of the class in the dict of the interpreter: the layouts of `Object` and `Codec` are an agreement between libraries that
/// were built apart, and this is its version.
const agreement = "zigbind.Array 1";

/// What code that is the same for all arrays needs to know of their elements.
pub const Codec = extern struct {
    size_bytes: usize,
    format: [*:0]const u8,
    /// As NumPy has it: "<f8", or the text of a list of fields.
    dtype: [*:0]const u8,
    get: *const fn (*const anyopaque) callconv(.c) ?*c.PyObject,
    /// 0, or -1 with an exception.
    set: *const fn (*anyopaque, *c.PyObject) callconv(.c) c_int,
};

const Object = extern struct {
    header: c.PyObject,
    /// Of objects of variable size: shape and strides follow.
    numbers: isize,
    data: [*]u8,
    codec: *const Codec,
    /// Kept alive; null where the memory is its own.
    owner: ?*c.PyObject,
    /// From `PyMem_Malloc`; null where the memory is not its own.
    memory: ?*anyopaque,
    weak_references: ?*c.PyObject,
    ndim: c_int,
    read_only: bool,
    /// The owners are instances of classes of ours, whose values must stay where they are.
    lent: bool,
    /// An export of the owner's memory; its `obj` is null where there is none.
    view: c.Py_buffer,

    fn shape(self: *Object) []isize {
        return self.tail()[0..@intCast(self.ndim)];
    }
    fn strides(self: *Object) []isize {
        return (self.tail() + @as(usize, @intCast(self.ndim)))[0..@intCast(self.ndim)];
    }
    fn tail(self: *Object) [*]isize {
        return @ptrCast(@as([*]Object, @ptrCast(self)) + 1);
    }
    fn asObject(self: *Object) *c.PyObject {
        return &self.header;
    }
    fn count(self: *Object) usize {
        return product(self.shape());
    }
    fn layout(self: *Object) Layout {
        return .{ .data = self.data, .codec = self.codec, .shape = self.shape(), .strides = self.strides(), .read_only = self.read_only };
    }
};

/// Where the elements of an array are.
pub const Layout = struct {
    data: [*]u8,
    codec: *const Codec,
    shape: []const isize,
    /// In bytes.
    strides: []const isize,
    read_only: bool,

    /// The addresses of its elements: from, up to.
    pub fn extent(self: Layout) [2]usize {
        var low = @intFromPtr(self.data);
        var high = low;
        if (product(self.shape) == 0) return .{ low, low };
        for (self.shape, self.strides) |size, stride| {
            const reach: usize = @bitCast((size - 1) *% stride);
            if (stride < 0) low +%= reach else high +%= reach;
        }
        return .{ low, high + self.codec.size_bytes };
    }

    fn isIn(self: Layout, start: usize, size_bytes: usize) bool {
        const extent_ = self.extent();
        return extent_[0] >= start and extent_[1] <= start +| size_bytes;
    }
};

fn product(shape: []const isize) usize {
    var count: usize = 1;
    for (shape) |size| count *%= @intCast(size);
    return count;
}

/// A new array of memory of its own, with undefined elements; the last index is the fastest.
pub fn create(codec: *const Codec, shape: []const isize) error{Python}!Owned {
    var bytes: usize = codec.size_bytes;
    var is_empty = false;
    for (shape) |size| is_empty = is_empty or size == 0;
    for (shape) |size| {
        if (size < 0) return noMemory();
        if (!is_empty) bytes = std.math.mul(usize, bytes, @intCast(size)) catch return noMemory();
    }
    if (is_empty) bytes = 0;
    if (bytes > std.math.maxInt(isize) - alignment) return noMemory();
    const self = try allocate(shape.len);
    errdefer c.Py_DecRef(self.asObject());
    self.codec = codec;
    @memcpy(self.shape(), shape);
    fillStrides(self);
    self.memory = c.PyMem_Malloc(bytes + alignment) orelse return noMemory();
    self.data = @ptrFromInt(std.mem.alignForward(usize, @intFromPtr(self.memory), alignment));
    return .{ .ptr = self.asObject() };
}

/// That of a cache line, for vector instructions.
pub const alignment = 64;

/// Where the elements of an array of this class are.
pub fn layoutOf(value: Owned) Layout {
    return of(value.ptr).layout();
}

fn noMemory() error{Python} {
    @branchHint(.cold);
    _ = c.PyErr_NoMemory();
    return error.Python;
}

fn fillStrides(self: *Object) void {
    var bytes: isize = @intCast(self.codec.size_bytes);
    var axis = self.shape().len;
    while (axis > 0) {
        axis -= 1;
        self.strides()[axis] = bytes;
        bytes *%= @max(1, self.shape()[axis]);
    }
}

fn allocate(ndim: usize) error{Python}!*Object {
    const self: *Object = @ptrCast(@alignCast(c.PyType_GenericAlloc(try classOf(), @intCast(2 * ndim)) orelse return error.Python));
    self.ndim = @intCast(ndim);
    return self;
}

/// An object for elements that belong to `owner`: an array of ours, a buffer, or what else keeps them where they are. A copy where
/// nobody does.
pub fn share(layout: Layout, owner: ?*c.PyObject) error{Python}!Owned {
    const holder = owner orelse return copyOf(layout);
    if (holder.ob_type == try classOf()) {
        const other: *Object = @ptrCast(@alignCast(holder));
        if (isSame(layout, other)) return (Borrowed{ .ptr = holder }).own();
        return viewOf(layout, other);
    }
    const self = try allocate(layout.shape.len);
    errdefer c.Py_DecRef(self.asObject());
    place(self, layout);
    if (c.PyObject_CheckBuffer(holder) != 0) {
        const flags = c.PyBUF_FORMAT | c.PyBUF_STRIDES | (if (layout.read_only) 0 else c.PyBUF_WRITABLE);
        const is_exported = c.PyObject_GetBuffer(holder, &self.view, flags) == 0;
        // What gives other memory every time does not keep this.
        if (!is_exported or !isInView(layout, &self.view)) {
            if (!is_exported) {
                if (c.PyErr_ExceptionMatches(c.exception("Exception")) == 0) return error.Python;
                errors.clear();
            }
            const copy = try copyOf(layout);
            c.Py_DecRef(self.asObject());
            return copy;
        }
        return .{ .ptr = self.asObject() };
    }
    self.owner = (Borrowed{ .ptr = holder }).own().ptr;
    return .{ .ptr = self.asObject() };
}

/// An object for elements in memory that another one keeps as it is.
pub fn keepFor(layout: Layout, owner: *c.PyObject) error{Python}!Owned {
    const self = try allocate(layout.shape.len);
    place(self, layout);
    self.owner = (Borrowed{ .ptr = owner }).own().ptr;
    return .{ .ptr = self.asObject() };
}

/// An object for elements that belong to values of classes of ours, which stay where they are meanwhile.
pub fn borrowFrom(layout: Layout, owners: []const *c.PyObject) error{Python}!Owned {
    const self = try allocate(layout.shape.len);
    errdefer c.Py_DecRef(self.asObject());
    place(self, layout);
    const tuple = try Owned.take(c.PyTuple_New(@intCast(owners.len)));
    self.owner = tuple.ptr;
    self.lent = true;
    for (owners, 0..) |owner, position| {
        try metadata.of(owner.ob_type).shared.lend(owner, 1);
        _ = c.PyTuple_SetItem(tuple.ptr, @intCast(position), (Borrowed{ .ptr = owner }).own().ptr);
    }
    return .{ .ptr = self.asObject() };
}

/// Whether elements lie in the memory of an array of ours.
pub fn contains(value: *c.PyObject, layout: Layout) bool {
    const extent = layout.extent();
    return holds(value, extent[0], extent[1] - extent[0]);
}

/// As `contains`, of any place.
pub fn holds(value: *c.PyObject, start: usize, size_bytes: usize) bool {
    const class = classOf() catch {
        errors.clear();
        return false;
    };
    if (value.ob_type != class) return false;
    const extent = @as(*Object, @ptrCast(@alignCast(value))).layout().extent();
    return start >= extent[0] and start + size_bytes <= extent[1];
}

/// Whether elements lie in a buffer.
pub fn isInView(layout: Layout, view: *const c.Py_buffer) bool {
    if (layout.extent()[0] == layout.extent()[1]) return true;
    const strides = view.strides orelse return layout.isIn(@intFromPtr(view.buf), @intCast(view.len));
    const ndim: usize = @intCast(view.ndim);
    const codec: Codec = .{ .size_bytes = @intCast(view.itemsize), .format = "", .dtype = "", .get = undefined, .set = undefined };
    const whole: Layout = .{
        .data = @ptrCast(view.buf orelse return false),
        .codec = &codec,
        .shape = view.shape.?[0..ndim],
        .strides = strides[0..ndim],
        .read_only = true,
    };
    const extent = whole.extent();
    return layout.isIn(extent[0], extent[1] - extent[0]);
}

fn isSame(layout: Layout, other: *Object) bool {
    return layout.data == other.data and layout.codec.size_bytes == other.codec.size_bytes and layout.read_only == other.read_only and
        std.mem.eql(isize, layout.shape, other.shape()) and std.mem.eql(isize, layout.strides, other.strides()) and
        std.mem.orderZ(u8, layout.codec.format, other.codec.format) == .eq;
}

/// Part of another array of ours.
fn viewOf(layout: Layout, other: *Object) error{Python}!Owned {
    const self = try allocate(layout.shape.len);
    place(self, layout);
    // Not a chain of objects that each keep the next.
    const root = if (other.memory == null and other.view.obj == null and !other.lent) other.owner orelse other.asObject() else other.asObject();
    c.Py_IncRef(root);
    self.owner = root;
    return .{ .ptr = self.asObject() };
}

fn place(self: *Object, layout: Layout) void {
    self.data = layout.data;
    self.codec = layout.codec;
    self.read_only = layout.read_only;
    @memcpy(self.shape(), layout.shape);
    @memcpy(self.strides(), layout.strides);
}

/// Memory of its own with the elements of another, in C order where they are not in Fortran's.
fn copyOf(layout: Layout) error{Python}!Owned {
    const copy = try create(layout.codec, layout.shape);
    const self: *Object = @ptrCast(@alignCast(copy.ptr));
    self.read_only = layout.read_only;
    if (isFortran(layout)) {
        @memcpy(self.strides(), layout.strides);
        const bytes = self.count() * layout.codec.size_bytes;
        @memcpy(self.data[0..bytes], layout.data[0..bytes]);
    } else if (self.count() > 0) copyElements(self.data, layout, 0, layout.data);
    return copy;
}

fn isFortran(layout: Layout) bool {
    var bytes: isize = @intCast(layout.codec.size_bytes);
    for (layout.shape, layout.strides) |size, stride| {
        if (stride != bytes) return false;
        bytes *%= size;
    }
    return true;
}

fn copyElements(into: [*]u8, layout: Layout, axis: usize, from: [*]const u8) void {
    const item_bytes = layout.codec.size_bytes;
    if (axis == layout.shape.len) {
        @memcpy(into[0..item_bytes], from[0..item_bytes]);
        return;
    }
    const size: usize = @intCast(layout.shape[axis]);
    const inner_bytes = product(layout.shape[axis + 1 ..]) * item_bytes;
    if (axis + 1 == layout.shape.len and layout.strides[axis] == item_bytes) {
        @memcpy(into[0 .. size * item_bytes], from[0 .. size * item_bytes]);
        return;
    }
    for (0..size) |index| copyElements(into + index * inner_bytes, layout, axis + 1, moved(from, index, layout.strides[axis]));
}

fn moved(from: [*]const u8, index: usize, stride: isize) [*]const u8 {
    return from + @as(usize, @bitCast(@as(isize, @intCast(index)) *% stride));
}

// ---- the class

/// Of this interpreter.
pub fn classOf() error{Python}!*c.PyTypeObject {
    const dict = c.PyInterpreterState_GetDict(c.PyInterpreterState_Get()) orelse return noMemory();
    if (c.PyDict_GetItemString(dict, agreement)) |class| return @ptrCast(class);
    const class = try Owned.take(c.PyType_FromMetaclass(null, null, &spec, null));
    defer class.release();
    if (c.PyDict_SetItemString(dict, agreement, class.ptr) != 0) return error.Python;
    return @ptrCast(class.ptr);
}

const spec: c.PyType_Spec = .{
    .name = "zigbind.Array",
    .basicsize = @sizeOf(Object),
    .itemsize = @sizeOf(isize),
    .flags = c.Py_TPFLAGS_HAVE_GC | c.Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = &.{
        .{ .slot = c.Py_tp_doc, .pfunc = "An array that Zig code made. numpy.asarray(), memoryview() and torch.from_dlpack() share its memory." },
        .{ .slot = c.Py_tp_dealloc, .pfunc = &dealloc },
        .{ .slot = c.Py_tp_traverse, .pfunc = &traverse },
        .{ .slot = c.Py_tp_repr, .pfunc = &repr },
        .{ .slot = c.Py_tp_methods, .pfunc = &methods },
        .{ .slot = c.Py_tp_getset, .pfunc = &properties },
        .{ .slot = c.Py_tp_members, .pfunc = &members },
        .{ .slot = c.Py_bf_getbuffer, .pfunc = &getBuffer },
        .{ .slot = c.Py_mp_length, .pfunc = &length },
        .{ .slot = c.Py_mp_subscript, .pfunc = &subscript },
        .{ .slot = c.Py_mp_ass_subscript, .pfunc = &assign },
        // What makes it iterable.
        .{ .slot = c.Py_sq_item, .pfunc = &item },
        .{},
    },
};

const members = [_]c.PyMemberDef{
    .{ .name = "__weaklistoffset__", .type = c.Py_T_PYSSIZET, .offset = @offsetOf(Object, "weak_references"), .flags = c.Py_READONLY },
    .{},
};

const properties = [_]c.PyGetSetDef{
    .{ .name = "shape", .get = &getShape, .doc = "How many elements there are in each dimension." },
    .{ .name = "strides", .get = &getStrides, .doc = "From one element to the next in each dimension, in bytes." },
    .{ .name = "ndim", .get = &getNdim, .doc = "How many dimensions there are." },
    .{ .name = "itemsize", .get = &getItemsize, .doc = "The size of an element, in bytes." },
    .{ .name = "readonly", .get = &getReadonly, .doc = "Whether the elements cannot be set." },
    .{ .name = "format", .get = &getFormat, .doc = "What the elements are, as memoryview has it." },
    .{ .name = "dtype", .get = &getDtype, .doc = "What the elements are, for numpy.dtype()." },
    .{ .name = "__array_interface__", .get = &getInterface, .doc = "NumPy's array interface, version 3." },
    .{},
};

const methods = [_]c.PyMethodDef{
    .{ .ml_name = "tolist", .ml_meth = &tolist, .ml_flags = c.METH_NOARGS, .ml_doc = "tolist($self)\n--\n\nThe elements as nested lists." },
    .{ .ml_name = "__dlpack__", .ml_meth = &toDlpack, .ml_flags = c.METH_FASTCALL | c.METH_KEYWORDS, .ml_doc = "__dlpack__($self, *, stream=None, max_version=None, dl_device=None, copy=None)\n--\n\nA DLPack capsule that shares the memory." },
    .{ .ml_name = "__dlpack_device__", .ml_meth = &dlpackDevice, .ml_flags = c.METH_NOARGS, .ml_doc = "__dlpack_device__($self)\n--\n\nThe CPU, as DLPack has it." },
    .{},
};

fn of(self: *c.PyObject) *Object {
    return @ptrCast(@alignCast(self));
}

fn dealloc(pointer: *c.PyObject) callconv(.c) void {
    const self = of(pointer);
    c.PyObject_GC_UnTrack(pointer);
    if (self.weak_references != null) c.PyObject_ClearWeakRefs(pointer);
    if (self.view.obj != null) c.PyBuffer_Release(&self.view);
    if (self.owner) |owner| {
        if (self.lent) {
            const raised = c.PyErr_GetRaisedException();
            // The library that made the class of arrays may have no classes itself.
            if (metadata.known()) |shared| for (0..@intCast(c.PyTuple_Size(owner))) |position| {
                if (c.PyTuple_GetItem(owner, @intCast(position))) |one| shared.lend(one, -1) catch errors.clear();
            };
            if (raised != null) c.PyErr_SetRaisedException(raised);
        }
        c.Py_DecRef(owner);
    }
    c.PyMem_Free(self.memory);
    const class = pointer.ob_type;
    c.PyObject_GC_Del(pointer);
    c.Py_DecRef(class.asObject());
}

/// There is no tp_clear: others may look into the memory for as long as the object is there, and what makes a cycle with it has one.
fn traverse(pointer: *c.PyObject, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int {
    const self = of(pointer);
    for ([_]?*c.PyObject{ pointer.ob_type.asObject(), self.owner, self.view.obj }) |seen| if (seen) |one| {
        const stop = visit(one, context);
        if (stop != 0) return stop;
    };
    return 0;
}

fn getBuffer(pointer: *c.PyObject, view: *c.Py_buffer, flags: c_int) callconv(.c) c_int {
    const self = of(pointer);
    view.obj = null;
    const contiguous = contiguity(self);
    const wants_strides = flags & c.PyBUF_STRIDES == c.PyBUF_STRIDES;
    const complaint: ?[*:0]const u8 = if (flags & c.PyBUF_WRITABLE != 0 and self.read_only)
        "the array is read-only"
    else if (flags & c.PyBUF_C_CONTIGUOUS == c.PyBUF_C_CONTIGUOUS and !contiguous.c or !wants_strides and !contiguous.c)
        "the array is not C-contiguous"
    else if (flags & c.PyBUF_F_CONTIGUOUS == c.PyBUF_F_CONTIGUOUS and !contiguous.f)
        "the array is not Fortran-contiguous"
    else if (flags & c.PyBUF_ANY_CONTIGUOUS == c.PyBUF_ANY_CONTIGUOUS and !contiguous.c and !contiguous.f)
        "the array is not contiguous"
    else
        null;
    if (complaint) |text| {
        c.PyErr_SetString(c.exception("BufferError"), text);
        return -1;
    }
    view.* = .{
        .buf = self.data,
        .obj = (Borrowed{ .ptr = pointer }).own().ptr,
        .len = @intCast(self.count() * self.codec.size_bytes),
        .itemsize = @intCast(self.codec.size_bytes),
        .readonly = @intFromBool(self.read_only),
        .ndim = self.ndim,
        .format = if (flags & c.PyBUF_FORMAT != 0) self.codec.format else null,
        .shape = if (flags & c.PyBUF_ND != 0) self.shape().ptr else null,
        .strides = if (wants_strides) self.strides().ptr else null,
    };
    // Without a shape it is bytes in a row.
    if (flags & c.PyBUF_ND == 0) view.ndim = 1;
    return 0;
}

fn contiguity(self: *Object) struct { c: bool, f: bool } {
    var c_order = true;
    var f_order = true;
    var c_stride: isize = @intCast(self.codec.size_bytes);
    var f_stride = c_stride;
    const shape = self.shape();
    for (shape, self.strides(), 0..) |size, stride, axis| {
        const last = shape.len - 1 - axis;
        if (size == 0) return .{ .c = true, .f = true };
        if (size != 1 and stride != f_stride) f_order = false;
        if (shape[last] > 1 and self.strides()[last] != c_stride) c_order = false;
        f_stride *%= size;
        c_stride *%= shape[last];
    }
    return .{ .c = c_order, .f = f_order };
}

fn length(pointer: *c.PyObject) callconv(.c) isize {
    const self = of(pointer);
    if (self.ndim > 0) return self.shape()[0];
    c.PyErr_SetString(c.exception("TypeError"), "an array without dimensions has no length");
    return -1;
}

fn pointerOf(made: error{Python}!Owned) ?*c.PyObject {
    return if (made) |owned| owned.ptr else |_| null;
}

fn item(pointer: *c.PyObject, index: isize) callconv(.c) ?*c.PyObject {
    const key = c.PyLong_FromLongLong(index) orelse return null;
    defer c.Py_DecRef(key);
    return subscript(pointer, key);
}

fn subscript(pointer: *c.PyObject, key: *c.PyObject) callconv(.c) ?*c.PyObject {
    const self = of(pointer);
    var numbers: [2 * most_dimensions]isize = undefined;
    const part = select(self, key, &numbers) catch return null;
    if (part.is_item) return self.codec.get(part.layout.data);
    return pointerOf(viewOf(part.layout, self));
}

fn assign(pointer: *c.PyObject, key: *c.PyObject, value: ?*c.PyObject) callconv(.c) c_int {
    const self = of(pointer);
    const new = value orelse {
        c.PyErr_SetString(c.exception("TypeError"), "elements of an array cannot be deleted");
        return -1;
    };
    if (self.read_only) {
        c.PyErr_SetString(c.exception("TypeError"), "the array is read-only");
        return -1;
    }
    var numbers: [2 * most_dimensions]isize = undefined;
    const part = select(self, key, &numbers) catch return -1;
    if (!part.is_item) {
        c.PyErr_SetString(c.exception("TypeError"), "only single elements can be set; numpy.asarray() of the array takes more");
        return -1;
    }
    return self.codec.set(part.layout.data, new);
}

/// As many as a buffer can have.
const most_dimensions = 64;

const Part = struct { layout: Layout, is_item: bool };

/// What an index or slice, or a tuple of them, stands for.
fn select(self: *Object, key: *c.PyObject, numbers: *[2 * most_dimensions]isize) error{Python}!Part {
    const is_tuple = (Borrowed{ .ptr = key }).hasFlag(c.Py_TPFLAGS_TUPLE_SUBCLASS);
    const given: usize = if (is_tuple) @intCast(c.PyTuple_Size(key)) else 1;
    const ndim: usize = @intCast(self.ndim);
    if (given > ndim) {
        _ = c.PyErr_Format(c.exception("IndexError"), "%zd indices for an array with %zd dimensions", @as(isize, @intCast(given)), @as(isize, @intCast(ndim)));
        return error.Python;
    }
    var data: [*]const u8 = self.data;
    var kept: usize = 0;
    for (0..ndim) |axis| {
        const size = self.shape()[axis];
        const stride = self.strides()[axis];
        const index: ?*c.PyObject = if (axis >= given) null else if (is_tuple) c.PyTuple_GetItem(key, @intCast(axis)) else key;
        var start: isize = 0;
        var step: isize = 1;
        var count = size;
        if (index) |one| {
            if (one.ob_type == c.sliceType()) {
                var stop: isize = 0;
                if (c.PySlice_Unpack(one, &start, &stop, &step) != 0) return error.Python;
                count = c.PySlice_AdjustIndices(size, &start, &stop, step);
                if (count == 0) start = 0;
            } else if (c.PyIndex_Check(one) != 0) {
                start = c.PyNumber_AsSsize_t(one, c.exception("IndexError"));
                if (start == -1 and c.PyErr_Occurred() != null) return error.Python;
                const wanted = start;
                if (start < 0) start += size;
                if (start < 0 or start >= size) {
                    _ = c.PyErr_Format(c.exception("IndexError"), "index %zd is out of range for dimension %zd with %zd elements", wanted, @as(isize, @intCast(axis)), size);
                    return error.Python;
                }
                data = moved(data, @intCast(start), stride);
                continue;
            } else {
                const name = try Owned.take(c.PyType_GetName(one.ob_type));
                defer name.release();
                _ = c.PyErr_Format(c.exception("TypeError"), "indices of an array are int, slices or tuples of them, not %U", name.ptr);
                return error.Python;
            }
        }
        data = moved(data, @intCast(start), stride);
        numbers[kept] = count;
        numbers[most_dimensions + kept] = stride *% step;
        kept += 1;
    }
    return .{
        .layout = .{
            .data = @constCast(data),
            .codec = self.codec,
            .shape = numbers[0..kept],
            .strides = numbers[most_dimensions..][0..kept],
            .read_only = self.read_only,
        },
        .is_item = kept == 0,
    };
}

fn tolist(pointer: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    return pointerOf(listOf(of(pointer), 0, of(pointer).data));
}

fn listOf(self: *Object, axis: usize, data: [*]const u8) error{Python}!Owned {
    if (axis == self.shape().len) return Owned.take(self.codec.get(data));
    const size: usize = @intCast(self.shape()[axis]);
    const list = try Owned.take(c.PyList_New(@intCast(size)));
    errdefer list.release();
    for (0..size) |index|
        _ = c.PyList_SetItem(list.ptr, @intCast(index), (try listOf(self, axis + 1, moved(data, index, self.strides()[axis]))).ptr);
    return list;
}

/// Up to so many elements are written out.
const most_written = 100;

fn repr(pointer: *c.PyObject) callconv(.c) ?*c.PyObject {
    return pointerOf(represent(of(pointer)));
}

fn represent(self: *Object) error{Python}!Owned {
    const is_record = self.codec.dtype[0] == '[';
    const quote: [*:0]const u8 = if (is_record) "" else "'";
    if (self.count() > most_written) {
        const shape = try tupleOf(self.shape());
        defer shape.release();
        return Owned.take(c.PyUnicode_FromFormat("zigbind.Array(shape=%R, dtype=%s%s%s)", shape.ptr, quote, self.codec.dtype, quote));
    }
    const list = try listOf(self, 0, self.data);
    defer list.release();
    return Owned.take(c.PyUnicode_FromFormat("zigbind.Array(%R, dtype=%s%s%s)", list.ptr, quote, self.codec.dtype, quote));
}

fn tupleOf(numbers: []const isize) error{Python}!Owned {
    const tuple = try Owned.take(c.PyTuple_New(@intCast(numbers.len)));
    errdefer tuple.release();
    for (numbers, 0..) |number, position|
        _ = c.PyTuple_SetItem(tuple.ptr, @intCast(position), (try Owned.take(c.PyLong_FromLongLong(number))).ptr);
    return tuple;
}

fn getShape(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return pointerOf(tupleOf(of(pointer).shape()));
}
fn getStrides(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return pointerOf(tupleOf(of(pointer).strides()));
}
fn getNdim(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return c.PyLong_FromLongLong(of(pointer).ndim);
}
fn getItemsize(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return c.PyLong_FromUnsignedLongLong(of(pointer).codec.size_bytes);
}
fn getReadonly(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return if (of(pointer).read_only) c.true_() else c.false_();
}
fn getFormat(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return c.PyUnicode_FromString(of(pointer).codec.format);
}
fn getDtype(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return pointerOf(dtypeOf(of(pointer)));
}

/// A text, or a list of the fields of a record.
fn dtypeOf(self: *Object) error{Python}!Owned {
    if (self.codec.dtype[0] != '[') return Owned.take(c.PyUnicode_FromString(self.codec.dtype));
    const module = try Owned.take(c.PyImport_ImportModule("ast"));
    defer module.release();
    return Owned.take(c.PyObject_CallMethod(module.ptr, "literal_eval", "s", self.codec.dtype));
}

fn getInterface(pointer: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    return pointerOf(interfaceOf(of(pointer)));
}

fn interfaceOf(self: *Object) error{Python}!Owned {
    const is_record = self.codec.dtype[0] == '[';
    const typestr = if (is_record)
        try Owned.take(c.PyUnicode_FromFormat("|V%zd", @as(isize, @intCast(self.codec.size_bytes))))
    else
        try Owned.take(c.PyUnicode_FromString(self.codec.dtype));
    defer typestr.release();
    const dtype = try dtypeOf(self);
    defer dtype.release();
    const shape = try tupleOf(self.shape());
    defer shape.release();
    const strides = try tupleOf(self.strides());
    defer strides.release();
    const dict = try Owned.take(c.Py_BuildValue(
        "{s:i,s:O,s:O,s:(KO),s:O}",
        "version",
        @as(c_int, 3),
        "typestr",
        typestr.ptr,
        "shape",
        shape.ptr,
        "data",
        @as(c_ulonglong, @intFromPtr(self.data)),
        if (self.read_only) c.true_() else c.false_(),
        "strides",
        if (contiguity(self).c) c.none() else strides.ptr,
    ));
    errdefer dict.release();
    if (is_record and c.PyDict_SetItemString(dict.ptr, "descr", dtype.ptr) != 0) return error.Python;
    return dict;
}

// ---- DLPack

fn dlpackDevice(_: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    return c.Py_BuildValue("(ii)", @as(c_int, 1), @as(c_int, 0));
}

fn toDlpack(pointer: *c.PyObject, items: [*]const *c.PyObject, positional: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    return pointerOf(exportTensor(of(pointer), items, positional, names));
}

fn exportTensor(self: *Object, items: [*]const *c.PyObject, positional: isize, names: ?*c.PyObject) error{Python}!Owned {
    if (positional != 0) {
        c.PyErr_SetString(c.exception("TypeError"), "__dlpack__() takes keyword arguments only");
        return error.Python;
    }
    var versioned = false;
    var copies = false;
    if (names) |given| for (0..@intCast(c.PyTuple_Size(given))) |position| {
        const name = c.PyTuple_GetItem(given, @intCast(position)).?;
        const value = items[position];
        if (c.PyUnicode_CompareWithASCIIString(name, "copy") == 0) {
            const truth = c.PyObject_IsTrue(value);
            if (truth < 0) return error.Python;
            copies = truth != 0;
        } else if (c.PyUnicode_CompareWithASCIIString(name, "max_version") == 0) {
            if (value == c.none()) continue;
            const major = try Owned.take(c.PySequence_GetItem(value, 0));
            defer major.release();
            const number = c.PyLong_AsLongLong(major.ptr);
            if (number == -1 and c.PyErr_Occurred() != null) return error.Python;
            versioned = number >= 1;
        } else if (c.PyUnicode_CompareWithASCIIString(name, "dl_device") == 0) {
            if (value == c.none()) continue;
            const kind = try Owned.take(c.PySequence_GetItem(value, 0));
            defer kind.release();
            const number = try Owned.take(c.PyNumber_Index(kind.ptr));
            defer number.release();
            if (c.PyLong_AsLongLong(number.ptr) != 1) return refuse("the array is in the memory of the CPU (1, 0)");
        } else if (c.PyUnicode_CompareWithASCIIString(name, "stream") == 0) {
            if (value != c.none()) return refuse("the CPU has no streams");
        } else {
            _ = c.PyErr_Format(c.exception("TypeError"), "__dlpack__() got an unexpected keyword argument '%U'", name);
            return error.Python;
        }
    };
    const dtype = dlpack.DataType.of(self.codec.format, self.codec.size_bytes) orelse return refuse("DLPack has no structs");
    const source = if (copies) try copyOf(self.layout()) else (Borrowed{ .ptr = self.asObject() }).own();
    defer source.release();
    const from = of(source.ptr);
    if (copies) from.read_only = false;
    if (from.read_only and !versioned) return refuse("the array is read-only, which only DLPack 1.0 can tell: ask with max_version=(1, 0)");
    return dlpack.make(.{
        .owner = source.ptr,
        .data = from.data,
        .dtype = dtype,
        .shape = from.shape(),
        .strides = from.strides(),
        .item_bytes = @intCast(from.codec.size_bytes),
        .read_only = from.read_only,
        .is_copy = copies,
    }, versioned);
}

fn refuse(text: [*:0]const u8) error{Python} {
    @branchHint(.cold);
    if (c.PyErr_Occurred() == null) c.PyErr_SetString(c.exception("BufferError"), text);
    return error.Python;
}

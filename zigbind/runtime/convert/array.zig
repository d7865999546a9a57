//! `zb.Array`: buffers and DLPack tensors in, without a copy; arrays out that Python code shares.

const std = @import("std");
const c = @import("../capi.zig");
const array_zig = @import("../array.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const dlpack = @import("../dlpack.zig");
const element_zig = @import("../element.zig");
const errors = @import("../errors.zig");
const guard = @import("../guard.zig");
const instance = @import("../instance.zig");
const literal = @import("../literal.zig");
const metadata = @import("../metadata.zig");
const object = @import("../object.zig");
const panic = @import("../panic.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Element = element_zig.Element;

/// How the elements of an array follow each other: the last index fastest, the first index fastest, or in any steps.
pub const Order = enum { c, f, strided };

pub const Options = struct {
    /// How many dimensions; null takes any number.
    ndim: ?usize = 1,
    order: Order = .c,
    /// Whether the elements can be set. Memory that is read-only is refused then.
    mutable: bool = false,
};

/// Elements of type T in memory that belongs to a Python object.
///
///     pub fn scale(image: zb.Array(f32, .{ .ndim = 2, .mutable = true }), factor: f32) void {
///         for (image.slice()) |*pixel| pixel.* *= factor;
///     }
///
/// As a parameter: anything with the buffer protocol or `__dlpack__`, without a copy, until the call returns. As a result: an
/// object that shares the memory with Python, and keeps it.
pub fn Array(comptime T: type, comptime options: Options) type {
    const is_strided = options.order == .strided;
    if (options.ndim) |count| if (count > most_dimensions) @compileError("an array has at most " ++ literal.decimal(most_dimensions) ++ " dimensions");

    return struct {
        data: Pointer,
        /// How many elements there are in each dimension.
        shape: if (options.ndim) |count| [count]usize else []const usize,
        /// From one element to the next in each dimension, in bytes. Only with `.order = .strided`.
        strides: if (!is_strided) void else if (options.ndim) |count| [count]isize else []const isize,
        /// The object that the memory belongs to; null where that is yet to be found.
        owner: ?*c.PyObject = null,

        const Self = @This();
        pub const Item = T;
        pub const zigbind_array = options;
        const Pointer = if (options.mutable) [*]T else [*]const T;
        const Single = if (options.mutable) *T else *const T;
        const Slice = if (options.mutable) []T else []const T;

        /// How many elements there are in all.
        pub fn len(self: Self) callconv(compat.hot) usize {
            var count: usize = 1;
            for (self.shape) |size| count *%= size;
            return count;
        }

        /// All elements in one piece, in the order of the memory.
        pub fn slice(self: Self) callconv(compat.hot) Slice {
            if (is_strided) @compileError("a strided array is not in one piece: see contiguous()");
            return self.data[0..self.len()];
        }

        /// All elements in one piece where they are, the last index fastest; else null.
        pub fn contiguous(self: Self) ?Slice {
            if (self.len() > 0) {
                var expected: isize = @sizeOf(T);
                var axis = self.shape.len;
                while (axis > 0) {
                    axis -= 1;
                    if (self.shape[axis] != 1 and self.stride(axis) != expected) return null;
                    expected *%= @intCast(self.shape[axis]);
                }
            }
            return self.data[0..self.len()];
        }

        /// The element at an index: `a.at(.{ i, j })`, with one dimension also `a.at(i)`.
        pub fn at(self: Self, index: anytype) callconv(compat.hot) T {
            return self.ptr(index).*;
        }

        /// Set the element at an index.
        pub fn set(self: Self, index: anytype, value: T) callconv(compat.hot) void {
            if (!options.mutable) @compileError("the array is not mutable: say zb.Array(" ++ literal.typeName(T) ++ ", .{ .mutable = true })");
            self.ptr(index).* = value;
        }

        /// Where the element at an index is.
        pub fn ptr(self: Self, index: anytype) callconv(compat.hot) Single {
            @setRuntimeSafety(false);
            const many = coordinates(index);
            if (is_strided) {
                var offset: isize = 0;
                inline for (0..many.len) |axis| {
                    self.check(axis, many[axis]);
                    offset +%= @as(isize, @bitCast(many[axis])) *% self.strides[axis];
                }
                self.checkCount(many.len);
                return place(self.data, offset);
            }
            var position: usize = 0;
            inline for (0..many.len) |step| {
                const axis = if (options.order == .c) step else many.len - 1 - step;
                self.check(axis, many[axis]);
                position = (if (step == 0) 0 else position *% self.shape[axis]) +% many[axis];
            }
            self.checkCount(many.len);
            return &self.data[position];
        }

        fn place(data: Pointer, offset: isize) callconv(compat.hot) Single {
            @setRuntimeSafety(false);
            const bytes: if (options.mutable) [*]u8 else [*]const u8 = @ptrCast(data);
            return @ptrCast(@alignCast(bytes + @as(usize, @bitCast(offset))));
        }

        fn check(self: Self, comptime axis: usize, index: usize) callconv(compat.hot) void {
            if (!compat.is_safe) return;
            if (options.ndim == null and axis >= self.shape.len) panic.outOfBounds(axis, self.shape.len);
            if (index >= self.shape[axis]) panic.outOfBounds(index, self.shape[axis]);
        }

        fn checkCount(self: Self, comptime count: usize) callconv(compat.hot) void {
            if (options.ndim) |wanted| {
                if (count != wanted) @compileError("an array with " ++ literal.decimal(wanted) ++ " dimensions has as many indices, not " ++ literal.decimal(count));
            } else if (compat.is_safe and self.shape.len != count) panic.outOfBounds(count, self.shape.len);
        }

        /// `i`, `.{ i, j }` or an array of integers.
        fn coordinates(index: anytype) callconv(compat.hot) [Count(@TypeOf(index))]usize {
            switch (@typeInfo(@TypeOf(index))) {
                .int, .comptime_int => return .{index},
                .array => return index,
                else => {
                    var result: [Count(@TypeOf(index))]usize = undefined;
                    inline for (&result, index) |*one, value| one.* = value;
                    return result;
                },
            }
        }

        /// From one element to the next in a dimension, in bytes.
        pub fn stride(self: Self, axis: usize) isize {
            if (is_strided) return self.strides[axis];
            var bytes: isize = @sizeOf(T);
            for (if (options.order == .c) self.shape[axis + 1 ..] else self.shape[0..axis]) |size| bytes *%= @intCast(size);
            return bytes;
        }

        /// Without the first dimension: what is at `index` in it.
        pub fn row(self: Self, index: usize) callconv(compat.hot) Row {
            @setRuntimeSafety(false);
            self.check(0, index);
            const offset = @as(isize, @bitCast(index)) *% self.stride(0);
            var result: Row = undefined;
            result.data = @ptrCast(place(self.data, offset));
            result.owner = self.owner;
            if (options.ndim) |count| result.shape = self.shape[1..count].* else result.shape = self.shape[1..];
            switch (options.order) {
                .c => {},
                .strided => if (options.ndim) |count| {
                    result.strides = self.strides[1..count].*;
                } else {
                    result.strides = self.strides[1..];
                },
                .f => inline for (0..options.ndim.? - 1) |axis| {
                    result.strides[axis] = self.stride(axis + 1);
                },
            }
            return result;
        }
        const Row = blk: {
            const order: Order = if (options.order == .f) .strided else options.order;
            if (options.ndim) |count| {
                if (count < 2) break :blk void;
                break :blk Array(T, .{ .ndim = count - 1, .order = order, .mutable = options.mutable });
            }
            if (options.order == .f) break :blk void;
            break :blk Array(T, .{ .ndim = null, .order = order, .mutable = options.mutable });
        };

        /// The same elements, not to be changed.
        pub fn toConst(self: Self) Array(T, .{ .ndim = options.ndim, .order = options.order }) {
            return .{ .data = self.data, .shape = self.shape, .strides = self.strides, .owner = self.owner };
        }

        /// The same elements as an array with strides.
        pub fn toStrided(self: Self) Array(T, .{ .ndim = options.ndim, .order = .strided, .mutable = options.mutable }) {
            if (is_strided) return self;
            const count = options.ndim orelse @compileError("only of an array with a known number of dimensions");
            var strides: [count]isize = undefined;
            for (&strides, 0..) |*one, axis| one.* = self.stride(axis);
            return .{ .data = self.data, .shape = self.shape, .strides = strides, .owner = self.owner };
        }

        /// Set every element.
        pub fn fill(self: Self, value: T) void {
            if (!options.mutable) @compileError("the array is not mutable: say zb.Array(" ++ literal.typeName(T) ++ ", .{ .mutable = true })");
            if (!is_strided) return @memset(self.slice(), value);
            var it = self.iterator();
            while (it.nextPtr()) |one| one.* = value;
        }

        /// Over all elements, the last index fastest.
        pub fn iterator(self: Self) Iterator {
            return .{ .array = self, .left = self.len() };
        }

        pub const Iterator = struct {
            array: Self,
            left: usize,
            index: [options.ndim orelse most_dimensions]usize = @splat(0),
            offset: isize = 0,

            pub fn next(self: *Iterator) ?T {
                return (self.nextPtr() orelse return null).*;
            }

            pub fn nextPtr(self: *Iterator) ?Single {
                @setRuntimeSafety(false);
                if (self.left == 0) return null;
                self.left -= 1;
                const result = place(self.array.data, self.offset);
                if (options.order == .c) {
                    self.offset +%= @sizeOf(T);
                    return result;
                }
                var axis = self.array.shape.len;
                while (axis > 0) {
                    axis -= 1;
                    const step = self.array.stride(axis);
                    self.index[axis] += 1;
                    self.offset +%= step;
                    if (self.index[axis] < self.array.shape[axis]) break;
                    self.offset -%= step *% @as(isize, @bitCast(self.index[axis]));
                    self.index[axis] = 0;
                }
                return result;
            }
        };

        /// Let an object of array.zig have the memory from now on, so that it can outlive the call.
        pub fn zigbind_pin(self: *Self) error{Python}!Owned {
            const made = try Converter(T, options).toPython(self.*, undefined);
            self.placeIn(made);
            return made;
        }

        /// As part of a function's result: find the object for the memory, which the call keeps until all of it is converted.
        pub fn zigbind_lend(self: *Self, receiver: ?Borrowed, arguments: []const Borrowed, call: *Call) error{Python}!void {
            if (self.owner != null or self.len() == 0) return;
            const made = try Converter(T, options).fromFunction(self.*, receiver, arguments, call);
            try call.keep(made);
            self.placeIn(made);
        }

        fn placeIn(self: *Self, made: Owned) void {
            const layout = array_zig.layoutOf(made);
            self.data = @ptrCast(@alignCast(layout.data));
            self.owner = made.ptr;
            if (options.ndim == null) self.shape = @ptrCast(layout.shape);
            if (is_strided) {
                if (options.ndim) |count| self.strides = layout.strides[0..count].* else self.strides = layout.strides;
            }
        }

        /// An array of nothing, which no object needs to keep; null where there is none: without dimensions there is one element.
        pub const zigbind_empty: ?Self = if (options.ndim != null and options.ndim.? == 0) null else .{
            .data = @ptrFromInt(@alignOf(T)),
            .shape = if (options.ndim == null) &.{0} else @splat(0),
            .strides = if (!is_strided) {} else if (options.ndim == null) &.{0} else @splat(0),
        };

        pub const zigbind_converter = Converter(T, options);
    };
}

/// As many as a buffer can have.
const most_dimensions = 64;

fn Count(comptime Index: type) usize {
    return switch (@typeInfo(Index)) {
        .int, .comptime_int => 1,
        .array => |info| info.len,
        .@"struct" => compat.fieldNames(Index).len,
        else => @compileError("an index is an integer or a tuple of integers, not " ++ @typeName(Index)),
    };
}

/// What an array of a function can take, for code that is the same for all.
const Wanted = struct {
    element: *const Element,
    /// -1: any.
    ndim: c_int,
    order: Order,
    mutable: bool,
    alignment: usize,
    expected: [*:0]const u8,
};

fn Converter(comptime T: type, comptime options: Options) type {
    const element = element_zig.of(T);
    const Self = Array(T, options);

    return struct {
        /// In: `collections.abc.Buffer`, whatever else has `__dlpack__` too. Out: the class of array.zig, whose name is
        /// `zigbind.Array` at run time; stubs write `Array` with the methods listed there.
        pub const annotation = "Buffer";
        pub const result_annotation = "Array";
        pub const expected = blk: {
            var text: [:0]const u8 = switch (options.order) {
                .c => "a C-contiguous ",
                .f => "a Fortran-contiguous ",
                .strided => if (options.mutable) "a " else "an ",
            };
            if (options.mutable) text = text ++ "mutable ";
            text = text ++ "array of " ++ (if (element) |one| one.name else literal.typeName(T));
            if (options.ndim) |count| text = text ++ " with " ++ literal.decimal(count) ++ " dimension" ++ (if (count == 1) "" else "s");
            break :blk text;
        };
        pub const by_value = false;

        pub fn unsupported(comptime _: fn (type) ?[:0]const u8) ?[:0]const u8 {
            if (element != null) return null;
            return literal.typeName(T) ++ " cannot be an element of an array: elements are bool, integers of 8 to 64 bits, f16, f32, f64, std.math.Complex of these, and extern structs of them";
        }

        const element_value: Element = element.?;
        const wanted: Wanted = .{
            .element = &element_value,
            .ndim = if (options.ndim) |count| @intCast(count) else -1,
            .order = options.order,
            .mutable = options.mutable,
            .alignment = @alignOf(T),
            .expected = expected,
        };
        const flags = c.PyBUF_FORMAT | c.PyBUF_STRIDES | (if (options.mutable) c.PyBUF_WRITABLE else 0);

        /// Overloads for arrays of different elements differ in nothing else: this asks for the buffer, which can run Python code.
        pub fn exact(value: Borrowed, call: *Call) bool {
            if (c.PyObject_CheckBuffer(value.ptr) == 0) return false;
            // Another kind of exception comes again from `fromPython`.
            _ = fromPython(value, call) catch |err| {
                errors.clear();
                return err == error.Python;
            };
            return true;
        }

        pub fn fromPython(value: Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!Self {
            return fromView(call.tryBuffer(value, flags), value, call);
        }

        /// As `fromPython`, of an argument: its buffer is in one of the places that a call has for that.
        pub fn fromArgument(value: Borrowed, call: *Call, place_index: usize) callconv(compat.hot) errors.Refusal!Self {
            return fromView(call.tryBufferAt(&call.places[place_index], value, flags), value, call);
        }

        fn fromView(found: ?*const c.Py_buffer, value: Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!Self {
            @setRuntimeSafety(false);
            const view = found orelse return fromTensor(value, call);
            if (isUsual(view)) {
                @branchHint(.likely);
                // Of no elements it can be null, which no many-item pointer is.
                return make(view, value.ptr, @ptrFromInt(@max(@intFromPtr(view.buf), @alignOf(T))));
            }
            try check(view, &wanted);
            return make(view, value.ptr, place(view));
        }

        noinline fn fromTensor(value: Borrowed, call: *Call) errors.Refusal!Self {
            @branchHint(.cold);
            const view = try other(value, call, &wanted);
            try check(view, &wanted);
            // Not to the object that it came from, but to the one that its deleter will be called by.
            return make(view, view.obj.?, place(view));
        }

        /// A result that belongs to somebody already, or else a copy.
        pub fn toPython(value: Self, _: *State) error{Python}!Owned {
            var numbers: [2 * (options.ndim orelse most_dimensions)]isize = undefined;
            return array_zig.share(layoutOf(value, &numbers), value.owner);
        }

        /// As `toPython`, of a function's result: what belongs to an argument or to `self` is not copied.
        pub fn fromFunction(value: Self, self: ?Borrowed, arguments: []const Borrowed, call: *Call) error{Python}!Owned {
            var numbers: [2 * (options.ndim orelse most_dimensions)]isize = undefined;
            const layout = layoutOf(value, &numbers);
            return if (value.owner) |owner| array_zig.share(layout, owner) else ofSomebody(layout, self, arguments, call);
        }

        fn layoutOf(value: Self, numbers: []isize) array_zig.Layout {
            const count = value.shape.len;
            for (0..count) |axis| {
                numbers[axis] = @bitCast(value.shape[axis]);
                numbers[count + axis] = value.stride(axis);
            }
            return .{
                .data = @ptrCast(@constCast(value.data)),
                .codec = &Codec(T).value,
                .shape = numbers[0..count],
                .strides = numbers[count..][0..count],
                .read_only = !options.mutable,
            };
        }

        /// What NumPy and array.array have: a format of one letter, and all as it is wanted.
        fn isUsual(view: *const c.Py_buffer) callconv(compat.hot) bool {
            @setRuntimeSafety(false);
            if (comptime (options.ndim == null or options.ndim.? == 0 or options.ndim.? > 3 or element_value.format.len != 1)) return false;
            const count = options.ndim.?;
            const format = view.format orelse return false;
            const strides = view.strides orelse return false;
            if (format[0] != element_value.format[0] or format[1] != 0) return false;
            if (view.itemsize != @sizeOf(T) or view.ndim != count) return false;
            if (options.mutable and view.readonly != 0) return false;
            if (!std.mem.isAligned(@intFromPtr(view.buf), @alignOf(T))) return false;
            var expected_stride: isize = @sizeOf(T);
            inline for (0..count) |step| {
                const axis = if (options.order == .f) step else count - 1 - step;
                if (options.order == .strided) {
                    if (@as(usize, @bitCast(strides[axis])) % @alignOf(T) != 0) return false;
                } else {
                    if (strides[axis] != expected_stride) return false;
                    expected_stride *%= view.shape.?[axis];
                }
            }
            return true;
        }

        /// Where there are no elements, the address can be anything.
        fn place(view: *const c.Py_buffer) [*]T {
            @setRuntimeSafety(false);
            const address = @intFromPtr(view.buf);
            return @ptrFromInt(if (address == 0 or !std.mem.isAligned(address, @alignOf(T))) @alignOf(T) else address);
        }

        fn make(view: *const c.Py_buffer, owner: *c.PyObject, data: [*]T) callconv(compat.hot) Self {
            @setRuntimeSafety(false);
            var result: Self = undefined;
            result.owner = owner;
            result.data = data;
            if (options.ndim) |count| {
                inline for (0..count) |axis| result.shape[axis] = @bitCast(view.shape.?[axis]);
            } else {
                const shape: [*]const usize = @ptrCast(view.shape orelse none);
                result.shape = shape[0..@intCast(view.ndim)];
            }
            if (options.order == .strided) {
                if (options.ndim) |count| {
                    inline for (0..count) |axis| result.strides[axis] = view.strides.?[axis];
                } else result.strides = (view.strides orelse none)[0..@intCast(view.ndim)];
            }
            return result;
        }
    };
}

/// Of an array without dimensions.
var no_numbers: [1]isize = .{0};
const none: [*]isize = &no_numbers;

/// Of an object that does not give the buffer that was asked for, and has said why: DLPack, or that reason.
noinline fn other(value: Borrowed, call: *Call, wanted: *const Wanted) errors.Refusal!*const c.Py_buffer {
    @branchHint(.cold);
    // Not a KeyboardInterrupt that came in `__buffer__`, nor a lack of memory.
    if (c.PyErr_ExceptionMatches(c.exception("Exception")) == 0 or c.PyErr_ExceptionMatches(c.exception("MemoryError")) != 0) return error.Python;
    const has_buffer = c.PyObject_CheckBuffer(value.ptr) != 0;
    const reason = try Owned.take(c.PyErr_GetRaisedException());
    defer reason.release();
    if (has_buffer and wanted.mutable) if (try call.buffer(value, c.PyBUF_FORMAT | c.PyBUF_STRIDES)) |view| return refuse(view, wanted, true);
    if (try dlpack.take(value, wanted.expected, call)) |view| return view;
    if (!has_buffer) return convert.mismatch(wanted.expected, value);
    c.PyErr_SetRaisedException(reason.borrow().own().ptr);
    return dlpack.refused(value, wanted.expected);
}

const Contiguous = struct { c: bool, f: bool };

fn contiguity(view: *const c.Py_buffer) Contiguous {
    @setRuntimeSafety(false);
    const count: usize = @intCast(view.ndim);
    const strides = view.strides orelse return .{ .c = true, .f = count < 2 };
    var result: Contiguous = .{ .c = true, .f = true };
    var c_stride = view.itemsize;
    var f_stride = view.itemsize;
    for (0..count) |axis| {
        const last = count - 1 - axis;
        if (view.shape.?[axis] == 0) return .{ .c = true, .f = true };
        if (view.shape.?[axis] != 1 and strides[axis] != f_stride) result.f = false;
        if (view.shape.?[last] != 1 and strides[last] != c_stride) result.c = false;
        f_stride *%= view.shape.?[axis];
        c_stride *%= view.shape.?[last];
    }
    // A later axis of no length makes all of it contiguous.
    for (0..count) |axis| if (view.shape.?[axis] == 0) return .{ .c = true, .f = true };
    return result;
}

fn isAligned(view: *const c.Py_buffer, wanted: *const Wanted) bool {
    @setRuntimeSafety(false);
    if (view.len == 0) return true;
    if (!std.mem.isAligned(@intFromPtr(view.buf), wanted.alignment)) return false;
    if (wanted.order != .strided) return true;
    // Not every exporter gives what it was asked for: numpy.datetime64 has no strides.
    const strides = view.strides orelse return true;
    for (0..@intCast(view.ndim)) |axis| {
        if (view.shape.?[axis] > 1 and @as(usize, @bitCast(strides[axis])) % wanted.alignment != 0) return false;
    }
    return true;
}

/// TypeError where a buffer is not what is wanted.
noinline fn check(view: *const c.Py_buffer, wanted: *const Wanted) errors.Refusal!void {
    @setRuntimeSafety(false);
    const found = contiguity(view);
    const in_order = switch (wanted.order) {
        .c => found.c,
        .f => found.f,
        .strided => view.strides != null or view.ndim == 0,
    };
    const same_count = if (wanted.ndim < 0) view.ndim <= most_dimensions else view.ndim == wanted.ndim;
    const fits = same_count and (view.ndim == 0 or view.shape != null) and in_order and !(wanted.mutable and view.readonly != 0) and
        element_zig.matches(wanted.element, view.format, view.itemsize) and isAligned(view, wanted);
    if (!fits) return refuse(view, wanted, false);
}

fn refuse(view: *const c.Py_buffer, wanted: *const Wanted, read_only: bool) errors.Refusal {
    @branchHint(.cold);
    const found = contiguity(view);
    const kind = try element_zig.describe(wanted.element, view.format, view.itemsize);
    defer kind.release();
    const order: [*:0]const u8 = switch (wanted.order) {
        .c => if (found.c) "" else if (found.f) "Fortran-contiguous " else "non-contiguous ",
        .f => if (found.f) "" else if (found.c) "C-contiguous " else "non-contiguous ",
        .strided => "",
    };
    const access: [*:0]const u8 = if (wanted.mutable and (read_only or view.readonly != 0)) "read-only " else "";
    const aligned: [*:0]const u8 = if (isAligned(view, wanted)) "" else "misaligned ";
    if (wanted.ndim < 0)
        _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got %s%s%s%U", wanted.expected, order, access, aligned, kind.ptr)
    else
        _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got %s%s%s%U with %d", wanted.expected, order, access, aligned, kind.ptr, view.ndim);
    return error.Mismatch;
}

// ---- out

fn Codec(comptime T: type) type {
    return struct {
        const element = element_zig.of(T).?;
        const value: array_zig.Codec = .{ .size_bytes = element.size_bytes, .format = element.format, .dtype = element.dtype, .get = &get, .set = &set };

        fn get(place: *const anyopaque) callconv(.c) ?*c.PyObject {
            return if (read(T, @ptrCast(@alignCast(place)))) |made| made.ptr else |_| null;
        }

        fn set(place: *anyopaque, new: *c.PyObject) callconv(.c) c_int {
            write(T, @ptrCast(@alignCast(place)), .{ .ptr = new }) catch return -1;
            return 0;
        }
    };
}

/// An element as a Python object: a tuple of a record.
fn read(comptime T: type, place: *const T) error{Python}!Owned {
    if (comptime element_zig.isComplex(T)) return Owned.take(c.PyComplex_FromDoubles(place.re, place.im));
    switch (@typeInfo(T)) {
        .@"struct" => {
            const tuple = try Owned.take(c.PyTuple_New(comptime compat.fieldNames(T).len));
            errdefer tuple.release();
            inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T), 0..) |name, Field, position|
                _ = c.PyTuple_SetItem(tuple.ptr, position, (try read(Field, &@field(place, name))).ptr);
            return tuple;
        },
        .array => |info| {
            const tuple = try Owned.take(c.PyTuple_New(info.len));
            errdefer tuple.release();
            for (place, 0..) |*one, position| _ = c.PyTuple_SetItem(tuple.ptr, @intCast(position), (try read(info.child, one)).ptr);
            return tuple;
        },
        // These converters need nothing of the module.
        else => return convert.toPython(place.*, undefined),
    }
}

fn write(comptime T: type, place: *T, new: Borrowed) error{Python}!void {
    if (comptime element_zig.isComplex(T)) {
        // `__complex__` is called once.
        place.* = convert.fromPython(T, new, undefined) catch return error.Python;
    } else if (@typeInfo(T) == .@"struct") {
        c.PyErr_SetString(c.exception("TypeError"), "structs in an array are set by their fields: numpy.asarray(array)['field'][index] = value");
        return error.Python;
    } else place.* = convert.fromPython(T, new, undefined) catch return error.Python;
}

/// Of a function's result: the object for memory that lies in an argument, in an array of the call, or in values of `self` and other
/// instances; a copy of what is gone with the call.
noinline fn ofSomebody(layout: array_zig.Layout, self: ?Borrowed, arguments: []const Borrowed, call: *Call) error{Python}!Owned {
    var reference = call.references;
    while (reference) |one| : (reference = one.next) {
        if (array_zig.contains(one.value.ptr, layout)) return array_zig.share(layout, one.value.ptr);
    }
    var held = call.buffers;
    while (held) |one| : (held = one.next) if (one.view.obj) |owner| {
        if (array_zig.isInView(layout, &one.view)) return if (c.PyObject_CheckBuffer(owner) != 0) array_zig.share(layout, owner) else array_zig.share(layout, null);
    };
    if (call.arena.contains(@intFromPtr(layout.data)) or isBelow(call, @intFromPtr(layout.data))) return array_zig.share(layout, null);
    var owners: Owners = .{};
    if (self) |one| owners.add(one.ptr);
    for (arguments) |argument| owners.add(argument.ptr);
    if (owners.count == 0 or owners.count > owners.list.len) return array_zig.share(layout, null);
    // What is in a field stays where it is, whatever becomes of the field.
    const extent = layout.extent();
    const shared = metadata.of(owners.list[0].ob_type).shared;
    if (extent[0] < extent[1]) if (instance.holderOf(@ptrCast(owners.list[0..owners.count]), extent[0], extent[1] - extent[0], shared)) |holder| {
        if (!shared.isInstance(holder)) return if (array_zig.contains(holder, layout)) array_zig.share(layout, holder) else array_zig.keepFor(layout, holder);
        owners = .{};
        owners.add(holder);
    };
    return array_zig.borrowFrom(layout, owners.list[0..owners.count]);
}

/// Whether an address is in the part of the stack that functions below the call have used: what lies there is gone.
fn isBelow(call: *Call, address: usize) bool {
    const reach_bytes = 64 << 10;
    return @intFromPtr(call) -% address < reach_bytes;
}

/// Instances of classes of ours, and those that they are part of.
const Owners = struct {
    list: [16]*c.PyObject = undefined,
    count: usize = 0,

    fn add(self: *Owners, value: *c.PyObject) void {
        if (metadata.ofNative(value) == null) return;
        if (self.count < self.list.len) self.list[self.count] = value;
        self.count += 1;
        if (!metadata.of(value.ob_type).flags.view) return;
        const owner = instance.viewOf(value).owner orelse return;
        if (!(Borrowed{ .ptr = owner }).hasType(c.tupleType())) return self.add(owner);
        for (0..@intCast(c.PyTuple_Size(owner))) |position| self.add(c.PyTuple_GetItem(owner, @intCast(position)).?);
    }
};

/// Whether a parameter or result is an array, or null.
pub fn isArray(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .@"struct" => @hasDecl(T, "zigbind_array"),
        .optional => |info| isArray(info.child),
        else => false,
    };
}

/// The object for a function's result.
pub fn fromFunction(value: anytype, self: ?Borrowed, arguments: []const Borrowed, call: *Call) error{Python}!Owned {
    const T = @TypeOf(value);
    if (@typeInfo(T) == .optional) return if (value) |one| fromFunction(one, self, arguments, call) else object.immortal(c.none());
    return T.zigbind_converter.fromFunction(value, self, arguments, call);
}

/// How many dimensions a shape has; null for a slice.
fn dimensions(comptime Shape: type) ?usize {
    return if (@typeInfo(Shape) == .pointer and @typeInfo(Shape).pointer.size == .slice) null else Count(if (@typeInfo(Shape) == .pointer) @typeInfo(Shape).pointer.child else Shape);
}

/// A new array with undefined elements: `try zb.array(f64, .{ height, width })`. What the function returns lives on in Python, what it
/// does not return ends with the call. In calls from Python; without the GIL it is taken meanwhile. The memory is aligned to 64 bytes.
/// A shape that is a slice can have too many dimensions, over 64: `error.ShapeMismatch`.
pub fn array(comptime T: type, shape: anytype) (if (dimensions(@TypeOf(shape)) == null) error{ OutOfMemory, ShapeMismatch } else error{OutOfMemory})!Array(T, .{ .ndim = dimensions(@TypeOf(shape)), .mutable = true }) {
    if (comptime dimensions(@TypeOf(shape)) == null) if (shape.len > most_dimensions) return error.ShapeMismatch;
    const call = (guard.top() orelse return error.OutOfMemory).call orelse return error.OutOfMemory;
    const A = Array(T, .{ .ndim = dimensions(@TypeOf(shape)), .mutable = true });
    var result: A = undefined;
    result.shape = if (comptime dimensions(@TypeOf(shape)) == null) call.allocator().dupe(usize, shape) catch return error.OutOfMemory else A.coordinates(shape);
    const moment = guard.Moment.begin() catch return error.OutOfMemory;
    defer moment.end();
    const made = create(&Codec(T).value, if (comptime dimensions(@TypeOf(shape)) == null) result.shape else &result.shape, call) catch {
        errors.clear();
        return error.OutOfMemory;
    };
    result.data = @ptrCast(@alignCast(array_zig.layoutOf(made).data));
    result.owner = made.ptr;
    return result;
}

noinline fn create(codec: *const array_zig.Codec, shape: []const usize, call: *Call) error{Python}!Owned {
    const made = try array_zig.create(codec, @ptrCast(shape));
    try call.keep(made);
    return made;
}

/// Elements that are somewhere already as an array: `return zb.viewArray(self.pixels, .{ self.height, self.width })`. As the result of a
/// method it shares the memory and keeps the instance alive, as it does with instances that are arguments; memory that ends
/// with the call, and what else belongs to no object, is copied. So it is in lists, maps and structs. `error.ShapeMismatch` where there are fewer or more elements.
pub fn viewArray(elements: anytype, shape: anytype) error{ShapeMismatch}!Array(@typeInfo(Elements(@TypeOf(elements))).pointer.child, .{
    .ndim = dimensions(@TypeOf(shape)),
    .mutable = !compat.pointerIsConst(Elements(@TypeOf(elements))),
}) {
    const S = Elements(@TypeOf(elements));
    const A = Array(@typeInfo(S).pointer.child, .{ .ndim = dimensions(@TypeOf(shape)), .mutable = !compat.pointerIsConst(S) });
    const items: S = elements;
    const sizes = if (comptime dimensions(@TypeOf(shape)) == null) shape else A.coordinates(shape);
    if (sizes.len > most_dimensions) return error.ShapeMismatch;
    var count: usize = 1;
    for (sizes) |size| count = std.math.mul(usize, count, size) catch return error.ShapeMismatch;
    if (count != items.len) return error.ShapeMismatch;
    return .{ .data = items.ptr, .shape = sizes, .strides = {} };
}

/// A slice; of a pointer to an array, that of its items.
fn Elements(comptime P: type) type {
    const info = @typeInfo(P).pointer;
    if (info.size == .slice) return if (compat.pointerIsConst(P)) []const info.child else []info.child;
    const Child = @typeInfo(info.child).array.child;
    return if (compat.pointerIsConst(P)) []const Child else []Child;
}

//! What every class made by zigbind carries behind its type object, and what all zigbind modules of one interpreter share.
//!
//! The layouts here are an agreement between libraries that were built apart: `agreement` names their version.

const c = @import("capi.zig");
const compat = @import("compat.zig");
const object = @import("object.zig");
const state_zig = @import("state.zig");

/// The key of what is shared in the dict of the interpreter.
const agreement = "zigbind 3";

pub const Metadata = extern struct {
    /// First, because the metaclass has its `__vectorcalloffset__` here. Null in classes that Python code derived.
    vectorcall: ?*const anyopaque,
    /// Of the module that made the class; null in a derived class that has made no instance yet.
    state: ?*state_zig.State,
    shared: *Shared,
    /// Which source the class comes from: equal in every library that was built from it with the same layout. Empty if unknown.
    identity: [*:0]const u8,
    /// The class of a library that this is, or derives from.
    native: *c.PyTypeObject,
    flags: Flags,
    /// Where instances keep the references that belong to their fields.
    keepers_offset: u32,
    keeper_count: u32,
    value_bytes: u32,
    /// Where a view has its `instance.View`.
    view_offset: u32,
    /// Of the constructor, where that was not known yet when the class was made.
    signature: ?[*:0]const u8,
    /// A `rows.Record`, where the class has one.
    record: ?*const anyopaque,
};

/// Only `ready` for what is usual: an instance of the class itself, which holds its value.
pub const Flags = packed struct(u32) {
    /// Not in a class of Python's whose metaclass has not seen it yet: there everything is zero.
    ready: bool = true,
    /// Instances point to a value that is elsewhere.
    view: bool = false,
    /// Some instance may have no value: not initialised yet, or moved away.
    absent: bool = false,
    /// Made by Python code: `class Sub(Base)`.
    derived: bool = false,
    rest: u28 = 0,

    pub fn any(self: Flags) callconv(compat.hot) bool {
        return @as(u32, @bitCast(self)) != 1;
    }
};

/// From a type object to its metadata: the size of a type object, the same for all of a process.
var distance: usize = 0;

pub fn of(class: *c.PyTypeObject) callconv(compat.hot) *Metadata {
    @setRuntimeSafety(false);
    return @ptrFromInt(@intFromPtr(class) + distance);
}

/// Of a class that may have been derived in Python just now.
pub fn ofDerived(class: *c.PyTypeObject) callconv(compat.hot) *Metadata {
    const self = of(class);
    if (self.state == null) inherit(class);
    return self;
}

/// The state of the module that the class of an object comes from; null where it is no class of zigbind's.
pub fn ofNative(value: *c.PyObject) ?*state_zig.State {
    const shared = known() orelse return null;
    return if (shared.made(value.ob_type)) ofDerived(value.ob_type).state else null;
}

noinline fn inherit(class: *c.PyTypeObject) void {
    @branchHint(.cold);
    const base: *c.PyTypeObject = @ptrCast(@constCast(c.PyType_GetSlot(class, c.Py_tp_base).?));
    // Only the metaclass may be ours: `class X(metaclass=type(Vec2))`.
    const shared = known() orelse return;
    if (!shared.made(base)) return;
    of(class).* = ofDerived(base).*;
    of(class).vectorcall = null;
    of(class).signature = null;
    of(class).flags.derived = true;
}

/// What is shared, if there is anything yet; for libraries without classes of their own too.
pub fn known() ?*Shared {
    const dict = c.PyInterpreterState_GetDict(c.PyInterpreterState_Get()) orelse return null;
    const capsule = c.PyDict_GetItemString(dict, agreement) orelse return null;
    const shared: *Shared = @ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule, agreement) orelse return null));
    if (distance == 0) setDistance(shared);
    return shared;
}

/// What the zigbind modules of one interpreter have in common.
pub const Shared = extern struct {
    metaclass: *c.PyTypeObject,
    /// Identities of classes to weak references to them.
    classes: *c.PyObject,
    absent: Addresses,
    postponed: Postponed,
    /// Addresses of objects whose memory is exported by `__buffer__`, to how often.
    lent: *c.PyObject,

    /// Count an export of an object's memory, or its end.
    pub fn lend(self: *const Shared, value: *c.PyObject, change: c_longlong) error{Python}!void {
        const key = try object.Owned.take(c.PyLong_FromUnsignedLongLong(@intFromPtr(value)));
        defer key.release();
        const before = if (c.PyDict_GetItemWithError(self.lent, key.ptr)) |count| c.PyLong_AsLongLong(count) else 0;
        if (before + change <= 0) {
            if (before > 0 and c.PyDict_DelItem(self.lent, key.ptr) != 0) return error.Python;
            return;
        }
        const count = try object.Owned.take(c.PyLong_FromLongLong(before + change));
        defer count.release();
        if (c.PyDict_SetItem(self.lent, key.ptr, count.ptr) != 0) return error.Python;
    }

    /// BufferError where the memory of an object is exported.
    pub fn refuseLent(self: *const Shared, value: *c.PyObject) error{Python}!void {
        if (c.PyDict_Size(self.lent) == 0) return;
        const key = try object.Owned.take(c.PyLong_FromUnsignedLongLong(@intFromPtr(value)));
        defer key.release();
        if (c.PyDict_GetItemWithError(self.lent, key.ptr) == null) return;
        c.PyErr_SetString(c.exception("BufferError"), "existing exports of data: the value cannot be moved");
        return error.Python;
    }

    /// Whether a class has metadata: it is made by the metaclass.
    pub fn made(self: *const Shared, class: *c.PyTypeObject) bool {
        return c.PyType_IsSubtype(class.asObject().ob_type, self.metaclass) != 0;
    }

    /// Whether an object is an instance of any class that zigbind made.
    pub fn isInstance(self: *const Shared, value: *c.PyObject) bool {
        return self.made(value.ob_type) and ofDerived(value.ob_type).state != null;
    }
};

/// Objects that end later, because each of a long chain that ends the next one would take a piece of the stack.
pub const Postponed = extern struct {
    depth: usize,
    count: usize,
    capacity: usize,
    list: ?[*]Pending,

    const Pending = extern struct { object: *c.PyObject, dealloc: *const fn (*c.PyObject) callconv(.c) void };
    const deepest = 50;

    /// True where the object shall end now; `leave` must follow.
    pub fn enter(self: *Postponed, value: *c.PyObject, dealloc: *const fn (*c.PyObject) callconv(.c) void) bool {
        @setRuntimeSafety(false);
        if (self.depth < deepest or !self.add(.{ .object = value, .dealloc = dealloc })) {
            self.depth += 1;
            return true;
        }
        return false;
    }

    /// The outermost works off what has been put off.
    pub fn leave(self: *Postponed) void {
        @setRuntimeSafety(false);
        if (self.depth == 1) while (self.count > 0) {
            self.count -= 1;
            const pending = self.list.?[self.count];
            pending.dealloc(pending.object);
        };
        self.depth -= 1;
    }

    fn add(self: *Postponed, pending: Pending) bool {
        @setRuntimeSafety(false);
        if (self.count == self.capacity) {
            const capacity = @max(64, 2 * self.capacity);
            self.list = @ptrCast(@alignCast(c.PyMem_Realloc(@ptrCast(self.list), capacity * @sizeOf(Pending)) orelse return false));
            self.capacity = capacity;
        }
        self.list.?[self.count] = pending;
        self.count += 1;
        return true;
    }
};

/// Of this interpreter; made by the first module that asks.
pub fn share() error{Python}!*Shared {
    const dict = c.PyInterpreterState_GetDict(c.PyInterpreterState_Get()) orelse {
        _ = c.PyErr_NoMemory();
        return error.Python;
    };
    if (c.PyDict_GetItemString(dict, agreement)) |capsule| {
        const shared: *Shared = @ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule, agreement) orelse return error.Python));
        setDistance(shared);
        return shared;
    }
    // Instances outlive every module, so this lives as long as the process.
    const shared: *Shared = @ptrCast(@alignCast(c.PyMem_Calloc(1, @sizeOf(Shared)) orelse {
        _ = c.PyErr_NoMemory();
        return error.Python;
    }));
    shared.metaclass = try makeMetaclass();
    shared.classes = c.PyDict_New() orelse return error.Python;
    shared.lent = c.PyDict_New() orelse return error.Python;
    const capsule = try object.Owned.take(c.PyCapsule_New(shared, agreement, null));
    defer capsule.release();
    if (c.PyDict_SetItemString(dict, agreement, capsule.ptr) != 0) return error.Python;
    setDistance(shared);
    return shared;
}

fn setDistance(shared: *Shared) void {
    const class = shared.metaclass;
    distance = @intFromPtr(c.PyObject_GetTypeData(class.asObject(), class)) - @intFromPtr(class);
}

/// The metaclass: `type` with metadata behind it, and a constructor that is called without making a tuple first.
fn makeMetaclass() error{Python}!*c.PyTypeObject {
    const size = try object.Owned.take(c.PyObject_GetAttrString(c.typeType().asObject(), "__basicsize__"));
    defer size.release();
    const type_bytes: usize = @intCast(c.PyLong_AsLongLong(size.ptr));
    const members = [_]c.PyMemberDef{
        // As CPython rounds it up; relative offsets are not honoured for this one.
        .{ .name = "__vectorcalloffset__", .type = c.Py_T_PYSSIZET, .offset = @intCast((type_bytes + 15) & ~@as(usize, 15)), .flags = c.Py_READONLY },
        .{},
    };
    const slots = [_]c.PyType_Slot{
        .{ .slot = c.Py_tp_members, .pfunc = &members },
        .{ .slot = c.Py_tp_call, .pfunc = &call },
        .{ .slot = c.Py_tp_init, .pfunc = &init },
        .{ .slot = c.Py_tp_getset, .pfunc = &attributes },
        .{ .slot = c.Py_tp_doc, .pfunc = "The type of classes that are written in Zig." },
        .{},
    };
    const spec: c.PyType_Spec = .{
        .name = "zigbind.type",
        .basicsize = -@as(c_int, @sizeOf(Metadata)),
        .flags = c.Py_TPFLAGS_BASETYPE | c.Py_TPFLAGS_HAVE_VECTORCALL,
        .slots = &slots,
    };
    const bases = try object.Owned.take(c.PyTuple_New(1));
    defer bases.release();
    _ = c.PyTuple_SetItem(bases.ptr, 0, (object.Borrowed{ .ptr = c.typeType().asObject() }).own().ptr);
    return @ptrCast(c.PyType_FromMetaclass(null, null, &spec, bases.ptr) orelse return error.Python);
}

const Ternary = *const fn (*c.PyObject, *c.PyObject, ?*c.PyObject) callconv(.c) ?*c.PyObject;

fn call(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    if (of(@ptrCast(self)).vectorcall != null) return c.PyVectorcall_Call(self, args, kwargs);
    const usual: Ternary = @ptrCast(@alignCast(c.PyType_GetSlot(c.typeType(), c.Py_tp_call).?));
    return usual(self, args, kwargs);
}

const attributes = [_]c.PyGetSetDef{ .{ .name = "__text_signature__", .get = &textSignature }, .{} };

/// As every class has it: from the doc, which is made with the class. `__init__` of an explicit module comes later.
fn textSignature(self: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
    if (of(@ptrCast(self)).signature) |text| return c.PyUnicode_FromString(text);
    const dict = object.Owned.take(c.PyObject_GetAttrString(c.typeType().asObject(), "__dict__")) catch return null;
    defer dict.release();
    const usual = object.Owned.take(c.PyMapping_GetItemString(dict.ptr, "__text_signature__")) catch return null;
    defer usual.release();
    return c.PyObject_CallMethod(usual.ptr, "__get__", "O", self);
}

/// After `type.__new__` has made a class in Python: it needs its metadata before anything becomes an instance of it.
fn init(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) callconv(.c) c_int {
    const usual: *const fn (*c.PyObject, *c.PyObject, ?*c.PyObject) callconv(.c) c_int = @ptrCast(@alignCast(c.PyType_GetSlot(c.typeType(), c.Py_tp_init).?));
    if (usual(self, args, kwargs) != 0) return -1;
    if (ofDerived(@ptrCast(self)).state != null) return 0;
    c.PyErr_SetString(c.exception("TypeError"), "a class of this metaclass must derive from one that is written in Zig");
    return -1;
}

/// A set of addresses: linear probing in a table of a power of two, at most half full.
pub const Addresses = extern struct {
    count: usize,
    mask: usize,
    table: ?[*]usize,

    pub fn contains(self: *const Addresses, address: usize) bool {
        @setRuntimeSafety(false);
        return self.count != 0 and self.table.?[self.find(address)] != 0;
    }

    pub fn add(self: *Addresses, address: usize) error{Python}!void {
        @setRuntimeSafety(false);
        if (2 * (self.count + 1) > self.mask or self.table == null) try self.grow();
        const slot = &self.table.?[self.find(address)];
        self.count += @intFromBool(slot.* == 0);
        slot.* = address;
    }

    /// Whether it was there.
    pub fn remove(self: *Addresses, address: usize) bool {
        @setRuntimeSafety(false);
        if (self.count == 0) return false;
        const table = self.table.?;
        var hole = self.find(address);
        if (table[hole] == 0) return false;
        self.count -= 1;
        table[hole] = 0;
        // What probing had pushed past the hole moves back.
        var next = (hole + 1) & self.mask;
        while (table[next] != 0) : (next = (next + 1) & self.mask) {
            const home = place(table[next]) & self.mask;
            if (((next -% home) & self.mask) < ((next -% hole) & self.mask)) continue;
            table[hole] = table[next];
            table[next] = 0;
            hole = next;
        }
        return true;
    }

    fn find(self: *const Addresses, address: usize) usize {
        @setRuntimeSafety(false);
        var at = place(address) & self.mask;
        while (self.table.?[at] != 0 and self.table.?[at] != address) at = (at + 1) & self.mask;
        return at;
    }

    fn place(address: usize) usize {
        return (address >> 4) *% 0x9E3779B97F4A7C15 >> 20;
    }

    fn grow(self: *Addresses) error{Python}!void {
        @setRuntimeSafety(false);
        const count = if (self.table == null) 16 else 2 * (self.mask + 1);
        var larger: Addresses = .{ .count = 0, .mask = count - 1, .table = @ptrCast(@alignCast(c.PyMem_Calloc(count, @sizeOf(usize)) orelse {
            _ = c.PyErr_NoMemory();
            return error.Python;
        })) };
        if (self.table) |old| for (old[0 .. self.mask + 1]) |address| {
            if (address == 0) continue;
            larger.table.?[larger.find(address)] = address;
            larger.count += 1;
        };
        c.PyMem_Free(@ptrCast(self.table));
        self.* = larger;
    }
};

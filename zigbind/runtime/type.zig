//! Type objects: made, named, and found again by every library that was built from the same source.

const c = @import("capi.zig");
const instance = @import("instance.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const state_zig = @import("state.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const State = state_zig.State;

pub const Spec = struct {
    name: [*:0]const u8,
    /// "geometry.Outer.": the namespaces and classes around it.
    path: [:0]const u8 = "",
    /// "Outer.": the classes of these.
    outer: [:0]const u8 = "",
    /// Of another file: the module that has its name.
    module: ?[:0]const u8 = null,
    identity: [:0]const u8 = "",
    basicsize: c_int,
    flags: c_ulong,
    slots: [*]const c.PyType_Slot,
    base: ?*c.PyObject = null,
    vectorcall: ?*const anyopaque,
    keepers_offset: usize = 0,
    keeper_count: usize = 0,
    value_bytes: usize = 0,
    view_offset: usize = 0,
    /// Of its constructor, where the doc does not say it.
    signature: ?[*:0]const u8 = null,
    record: ?*const anyopaque = null,
};

/// The class, new or of another library.
pub fn make(state: *State, spec: Spec) error{Python}!Owned {
    const shared = state.shared.?;
    if (try find(state, spec.identity)) |class| return class;
    const module = try moduleName(state, spec.module, spec.path, spec.path.len - spec.outer.len);
    defer module.release();
    const name = try Owned.take(c.PyUnicode_FromFormat("%U.%s", module.ptr, spec.name));
    defer name.release();
    const bases: ?Owned = if (spec.base != null) try Owned.take(c.PyTuple_New(1)) else null;
    defer if (bases) |tuple| tuple.release();
    if (bases) |tuple| _ = c.PyTuple_SetItem(tuple.ptr, 0, (Borrowed{ .ptr = spec.base.? }).own().ptr);
    const type_spec: c.PyType_Spec = .{
        .name = c.PyUnicode_AsUTF8AndSize(name.ptr, null) orelse return error.Python,
        .basicsize = spec.basicsize,
        .flags = @intCast(spec.flags),
        .slots = spec.slots,
    };
    const class = try Owned.take(c.PyType_FromMetaclass(shared.metaclass, state.module, &type_spec, if (bases) |tuple| tuple.ptr else null));
    errdefer class.release();
    metadata.of(@ptrCast(class.ptr)).* = .{
        .vectorcall = spec.vectorcall,
        // The methods of a view are those of its class, which another library may have made.
        .state = if (spec.view_offset > 0) metadata.of(@ptrCast(spec.base.?)).state else state,
        .shared = shared,
        .identity = spec.identity.ptr,
        .native = if (spec.view_offset > 0) @ptrCast(spec.base.?) else @ptrCast(class.ptr),
        .flags = .{ .view = spec.view_offset > 0 },
        .keepers_offset = @intCast(spec.keepers_offset),
        .keeper_count = @intCast(spec.keeper_count),
        .value_bytes = @intCast(spec.value_bytes),
        .view_offset = @intCast(spec.view_offset),
        .signature = spec.signature,
        .record = spec.record,
    };
    try setNames(class, module, spec.outer, spec.name);
    try publish(state, spec.identity, class);
    return class;
}

/// `__new__`: an instance that has no value until `__init__`.
pub fn newWithoutValue(class: *c.PyTypeObject, _: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    if (metadata.ofDerived(class).flags.view) {
        c.PyErr_SetString(c.exception("TypeError"), "a view cannot be made from Python");
        return null;
    }
    const self = c.PyType_GenericAlloc(class, 0) orelse return null;
    instance.markAbsent(self) catch {
        c.Py_DecRef(self);
        return null;
    };
    return self;
}

/// The class that another library made of the same source.
pub fn find(state: *State, identity: [:0]const u8) error{Python}!?Owned {
    if (identity.len == 0) return null;
    const reference = c.PyDict_GetItemString(state.shared.?.classes, identity) orelse return null;
    const class = c.PyWeakref_GetObject(reference) orelse return error.Python;
    return if (class == c.none()) null else (Borrowed{ .ptr = class }).own();
}

/// Let other libraries find the class.
pub fn publish(state: *State, identity: [:0]const u8, class: Owned) error{Python}!void {
    if (identity.len == 0) return;
    const reference = try Owned.take(c.PyWeakref_NewRef(class.ptr, null));
    defer reference.release();
    if (c.PyDict_SetItemString(state.shared.?.classes, identity, reference.ptr) != 0) return error.Python;
}

/// `__module__` and `__qualname__`, which the name alone does not tell for a class in a class.
pub fn setNames(class: Owned, module: Owned, outer: [*:0]const u8, name: [*:0]const u8) error{Python}!void {
    if (outer[0] == 0) return;
    const qualname = try Owned.take(c.PyUnicode_FromFormat("%s%s", outer, name));
    defer qualname.release();
    if (c.PyObject_SetAttrString(class.ptr, "__qualname__", qualname.ptr) != 0) return error.Python;
    if (c.PyObject_SetAttrString(class.ptr, "__module__", module.ptr) != 0) return error.Python;
}

/// The name of the module of this file, or of its neighbour `other`, with the namespaces of `path` behind.
pub fn moduleName(state: *State, other: ?[:0]const u8, path: [*:0]const u8, path_bytes: usize) error{Python}!Owned {
    const own = try Owned.take(c.PyModule_GetNameObject(state.module));
    defer own.release();
    var base = own.borrow().own();
    defer base.release();
    if (other) |neighbour| {
        const before = try Owned.take(c.PyObject_CallMethod(own.ptr, "rpartition", "s", "."));
        defer before.release();
        const package = c.PyTuple_GetItem(before.ptr, 0) orelse return error.Python;
        const dot = c.PyTuple_GetItem(before.ptr, 1) orelse return error.Python;
        const name = try Owned.take(c.PyUnicode_FromFormat("%U%U%s", package, dot, neighbour.ptr));
        base.release();
        base = name;
    }
    if (path_bytes == 0) return base.borrow().own();
    const namespaces = try Owned.take(c.PyUnicode_FromStringAndSize(path, @intCast(path_bytes - 1)));
    defer namespaces.release();
    return Owned.take(c.PyUnicode_FromFormat("%U.%U", base.ptr, namespaces.ptr));
}

/// A type is wanted while the module is still being made.
pub fn missing(name: [*:0]const u8) error{Python} {
    @branchHint(.cold);
    _ = c.PyErr_Format(c.exception("SystemError"), "the type %s does not exist yet", name);
    return error.Python;
}

/// Make a class of another file, with a state that knows the parameter names of its methods.
pub fn createHere(comptime K: type, state: *State) error{Python}!void {
    if (K.names.len == 0) {
        try K.create(state);
        return K.fill(state);
    }
    // As long as the class: it is never freed, there is one for each class of another file.
    const memory: [*]State = @ptrCast(@alignCast(c.PyMem_Calloc(1, @sizeOf(State) + K.names.len * @sizeOf(*c.PyObject)) orelse {
        _ = c.PyErr_NoMemory();
        return error.Python;
    }));
    const own = &memory[0];
    own.* = state.*;
    own.names = @ptrCast(memory + 1);
    try state_zig.intern(own.names, K.names);
    try K.create(own);
    return K.fill(own);
}

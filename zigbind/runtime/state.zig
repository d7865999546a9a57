//! The state of a module in one interpreter: its parameter names as interned strings, its classes.

const c = @import("capi.zig");
const compat = @import("compat.zig");
const literal = @import("literal.zig");
const metadata = @import("metadata.zig");
const registry = @import("registry.zig");

pub const State = extern struct {
    /// Not owned: this memory belongs to the module.
    module: *c.PyObject,
    names: [*]*c.PyObject,
    /// Classes, members of enums, exceptions: by the index that `registry.zig` gives them.
    objects: [*]?*c.PyObject,
    /// Null in a module without classes.
    shared: ?*metadata.Shared,
    /// How many objects there are, where types become known at run time.
    object_count: usize = 0,

    pub fn object(self: *const State, at: usize) callconv(compat.hot) ?*c.PyObject {
        @setRuntimeSafety(false);
        if (!registry.reflected and at >= self.object_count) return null;
        return self.objects[at];
    }
};

/// What the first argument of a function is, from which the way to the state leads.
pub const Scope = enum(u3) { module, instance, class, member, closure };

pub fn of(scope: Scope, self: *c.PyObject) callconv(compat.hot) *State {
    @setRuntimeSafety(false);
    return switch (scope) {
        .module => ofModule(self),
        .instance => metadata.ofDerived(self.ob_type).state.?,
        .class => metadata.ofDerived(@ptrCast(self)).state.?,
        .member => ofMember(self),
        .closure => @as(*const Holder, @ptrCast(@alignCast(self))).box.?.state.?,
    };
}

pub fn ofModule(module: *c.PyObject) callconv(compat.hot) *State {
    @setRuntimeSafety(false);
    return @ptrCast(@alignCast(c.PyModule_GetState(module).?));
}

/// The attributes of an enum class that keep the module it comes from, and lead to its state.
pub const enum_module = "_zigbind_module";
pub const enum_state = "_zigbind_state";

/// What functions with a state of their own are bound to (closure.zig).
pub const Holder = extern struct {
    header: c.PyObject,
    box: ?*extern struct { state: ?*State },
};

noinline fn ofMember(self: *c.PyObject) *State {
    return memberState(self).?;
}

/// The state behind a member of an enum; null with an exception set where Python code has taken it out of the class.
pub fn memberState(self: *c.PyObject) ?*State {
    const reference = c.PyObject_GetAttrString(self, enum_state) orelse return null;
    defer c.Py_DecRef(reference);
    const module = c.PyWeakref_GetObject(reference) orelse return null;
    if (module == c.none()) {
        c.PyErr_SetString(c.exception("TypeError"), "the module of this enum is gone");
        return null;
    }
    return @ptrCast(@alignCast(c.PyModule_GetState(module) orelse return null));
}

/// How much memory the state of a module needs.
pub fn sizeBytes(name_count: usize, object_count: usize) isize {
    return @intCast(@sizeOf(State) + (name_count + object_count) * @sizeOf(*c.PyObject));
}

/// Fill the state of a new module. The memory comes zeroed.
pub fn init(module: *c.PyObject, comptime all: []const [:0]const u8, comptime object_count: usize) error{Python}!void {
    @setRuntimeSafety(false);
    if (all.len + object_count == 0) return;
    const self = ofModule(module);
    const memory: [*]*c.PyObject = @ptrCast(@as([*]State, @ptrCast(self)) + 1);
    self.* = .{ .module = module, .names = memory, .objects = @ptrCast(memory + all.len), .shared = null };
    try intern(self.names, all);
    if (object_count > 0) self.shared = try metadata.share();
}

pub fn intern(into: [*]*c.PyObject, comptime all: []const [:0]const u8) error{Python}!void {
    @setRuntimeSafety(false);
    if (all.len == 0) return;
    var name = comptime joined(all);
    for (0..all.len) |index| {
        into[index] = c.PyUnicode_InternFromString(name) orelse return error.Python;
        while (name[0] != 0) name += 1;
        name += 1;
    }
}

/// Release `count` objects of the state of a module from `first` on, names included, however far `init` came.
pub fn clear(module: *c.PyObject, first: usize, count: usize) void {
    const all = memoryOf(module) orelse return;
    for (all[first..][0..count]) |*slot| {
        const object = slot.*;
        slot.* = null;
        c.Py_DecRef(object);
    }
}

pub fn traverse(module: *c.PyObject, first: usize, count: usize, visit: c.visitproc, context: ?*anyopaque) c_int {
    const all = memoryOf(module) orelse return 0;
    for (all[first..][0..count]) |slot| if (slot) |object| {
        const stop = visit(object, context);
        if (stop != 0) return stop;
    };
    return 0;
}

/// What stands behind the head of the state: names, then objects.
fn memoryOf(module: *c.PyObject) ?[*]?*c.PyObject {
    const self: *State = @ptrCast(@alignCast(c.PyModule_GetState(module) orelse return null));
    return @ptrCast(@as([*]State, @ptrCast(self)) + 1);
}

/// One text instead of many pointers, which would each need a relocation at load time.
fn joined(comptime all: []const [:0]const u8) [*:0]const u8 {
    return comptime literal.join(texts(all), "\x00").ptr;
}

fn texts(comptime all: []const [:0]const u8) []const []const u8 {
    comptime {
        @setEvalBranchQuota(1_000_000);
        var list: [all.len][]const u8 = undefined;
        for (all, 0..) |text, index| list[index] = text;
        const result = list;
        return &result;
    }
}

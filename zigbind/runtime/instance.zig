//! An object of a Zig struct: the object header, the value, then the references that its fields live on.
//!
//! A view is an object of the same class whose value is elsewhere: inside another object that it keeps alive, or in memory
//! of its own (`zb.Owned`).

const std = @import("std");
const array = @import("array.zig");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const errors = @import("errors.zig");
const memory = @import("memory.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const reach = @import("reach.zig");
const registry = @import("registry.zig");
const standard = @import("standard.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Call = @import("call.zig").Call;

/// What `PyObject_Malloc` promises, and as far as a header reaches.
const header_bytes = @sizeOf(c.PyObject);

/// How the objects of class T lie in memory.
pub fn Layout(comptime T: type) type {
    return struct {
        pub const places: Places = .of(T, keepers, if (registry.baseOf(T)) |Base| Layout(Base).end + 1 else 0);
        pub const value_offset = places.value;
        pub const keepers_offset = places.keepers;
        pub const end = places.end;
        pub const keepers = keeperCount(T);
        /// Its fields can refer to objects that refer back.
        pub const is_gc = hasObjects(T);
    };
}

/// Where in an object its value begins, its references, and where these end.
pub const Places = struct {
    value: usize,
    keepers: usize,
    end: usize,

    /// More than a header, and more than its base has: two classes of the same size could be bases of one class in Python then, and each
    /// took it for its own.
    pub fn of(comptime T: type, keepers: usize, least: usize) Places {
        const start = std.mem.alignForward(usize, header_bytes, @alignOf(T));
        const value_end = @max(start + @max(1, @sizeOf(T)), least);
        const behind = if (keepers == 0) value_end else std.mem.alignForward(usize, value_end, @alignOf(*anyopaque));
        return .{ .value = start, .keepers = behind, .end = behind + keepers * @sizeOf(*anyopaque) };
    }
};

/// How many fields of T point to what Python objects own: each has a reference behind the value.
pub fn keeperCount(comptime T: type) usize {
    return keeperCountIn(T, false);
}

fn keeperCountIn(comptime T: type, comptime frees: bool) usize {
    comptime {
        @setEvalBranchQuota(1_000_000);
        const own = frees or freesMemory(T);
        var count: usize = 0;
        switch (@typeInfo(T)) {
            .@"struct" => for (compat.fieldTypes(T), 0..) |Field, index| {
                count += keepersOfField(fieldFrees(T, frees, index), Field);
            },
            // One variant at a time.
            .@"union" => for (compat.unionTypes(T)) |Payload| {
                count = @max(count, if (isPlainStruct(Payload)) keeperCountIn(Payload, own) else keepersOfField(own, Payload));
            },
            else => {},
        }
        return count;
    }
}

/// Whether what the pointers of T point to is its own memory, which its `deinit` frees. Not in an iterator: it goes over another's.
pub fn freesMemory(comptime T: type) bool {
    return hasDeinit(T) and !@hasDecl(T, "next");
}

pub fn hasDeinit(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .@"struct", .@"union" => @hasDecl(T, "deinit"),
        else => false,
    };
}

/// Whether a copy of a value would be ended a second time.
pub fn ends(comptime T: type) bool {
    comptime {
        @setEvalBranchQuota(1_000_000);
        if (hasDeinit(T)) return true;
        return switch (@typeInfo(T)) {
            .@"struct" => for (compat.fieldTypes(T)) |Field| {
                if (registry.kindOf(Field) != null and registry.isKnown(Field) and ends(Field)) break true;
            } else false,
            .@"union" => for (compat.unionTypes(T)) |Payload| {
                if (registry.kindOf(Payload) != null and registry.isKnown(Payload) and ends(Payload)) break true;
            } else false,
            .optional => |info| ends(info.child),
            else => false,
        };
    }
}

/// Whether Python's copy of a T would have instances in it that end what the original ends: those of a list, an optional one.
pub fn endsWithin(comptime T: type) bool {
    return reach.reaches(T, struct {
        fn look(comptime One: type) ?[]const type {
            return if (registry.kindOf(One) != null and registry.isKnown(One) and ends(One)) null else copiedWith(One);
        }
    }.look);
}

/// What is copied with a value that goes out as a copy; nothing of instances, which have their own rules.
pub fn copiedWith(comptime T: type) []const type {
    return switch (@typeInfo(T)) {
        .optional => |info| &.{info.child},
        .array => |info| &.{info.child},
        .pointer => |info| if (info.size == .slice) &.{info.child} else &.{},
        .@"struct", .@"union" => if (standard.kindOf(T) != null)
            standard.itemsOf(T)
        else if (registry.isConverted(T) or registry.kindOf(T) != null and registry.isKnown(T)) &.{} else reach.fieldsOf(T),
        else => &.{},
    };
}

/// Whether the memory that field `index` of T points to is its own. The base follows the rule of its own class, whose code knows no other.
pub fn fieldFrees(comptime T: type, comptime frees: bool, comptime index: usize) bool {
    if (index == 0 and registry.baseOf(T) != null) return false;
    return frees or freesMemory(T);
}

/// How many references stand before those of field `wanted`. `frees` says that T stands in a union that frees its memory.
pub fn keepersBefore(comptime T: type, comptime frees: bool, comptime wanted: []const u8) usize {
    comptime {
        var count = 0;
        for (compat.fieldNames(T), compat.fieldTypes(T), 0..) |name, Field, index| {
            if (std.mem.eql(u8, name, wanted)) return count;
            count += keepersOfField(fieldFrees(T, frees, index), Field);
        }
        unreachable;
    }
}

/// The references that one field has: those of a struct in it, or one. `frees` says that it stands in a struct that frees its memory.
pub fn keepersOfField(comptime frees: bool, comptime Field: type) usize {
    return switch (@typeInfo(Field)) {
        // A container that Zig code manages, like std.ArrayList, takes care of itself.
        .@"struct" => if (isObject(Field) or isArray(Field)) 1 else if (registry.isKnown(Field) or @hasDecl(Field, "zigbind_converter")) keeperCountIn(Field, frees) else 0,
        .pointer => |info| if (!frees and (info.size == .slice or pointsToText(Field) or info.size == .one and registry.isKnown(info.child))) 1 else 0,
        .@"union" => if (registry.isKnown(Field)) keeperCountIn(Field, frees) else 0,
        .optional => |info| keepersOfField(frees, info.child),
        else => 0,
    };
}

fn isPlainStruct(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and !isObject(T) and !isArray(T);
}

fn pointsToText(comptime T: type) bool {
    return T == [*:0]const u8 or T == [*:0]u8;
}

/// `zb.Object`, and what is one with a purpose: `zb.List`, `zb.Callable`. Its `ptr` is the object.
pub fn isObject(comptime T: type) bool {
    return T == Borrowed or @typeInfo(T) == .@"struct" and @hasDecl(T, "zigbind_object") and T.zigbind_object;
}

/// A `zb.Array`, whose memory is an object's whatever the struct frees.
pub fn isArray(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and @hasDecl(T, "zigbind_array");
}

fn hasObjects(comptime T: type) bool {
    comptime {
        @setEvalBranchQuota(1_000_000);
        return switch (@typeInfo(T)) {
            .@"struct" => if (isObject(T)) true else for (compat.fieldTypes(T)) |Field| {
                if (fieldHasObjects(Field)) break true;
            } else false,
            .@"union" => for (compat.unionTypes(T)) |Payload| {
                if (isPlainStruct(Payload) and hasObjects(Payload) or fieldHasObjects(Payload)) break true;
            } else false,
            else => false,
        };
    }
}

/// The field of T that leads to a `zb.Object` by a pointer or a container, where no reference can be kept for it; null where there is none.
pub fn strayObject(comptime T: type) ?[:0]const u8 {
    comptime {
        @setEvalBranchQuota(1_000_000);
        if (@typeInfo(T) != .@"struct" or isObject(T)) return null;
        for (compat.fieldNames(T), compat.fieldTypes(T)) |name, Field| {
            if (keepersOfField(false, Field) > 0 and @typeInfo(Field) != .pointer) continue;
            // What a struct without a deinit points to is an instance of its own, or part of one.
            if (leadsToObject(Field, T)) return name;
        }
        return null;
    }
}

/// Whether a field of a Container leads to an object that is not another instance's.
fn leadsToObject(comptime Field: type, comptime Container: type) bool {
    const frees = hasDeinit(Container);
    return reach.reaches(Field, struct {
        fn look(comptime One: type) ?[]const type {
            if (isObject(One)) return null;
            if (One == Container) return &.{};
            return switch (@typeInfo(One)) {
                .pointer => |info| if ((frees or info.size != .one or !registry.isKnown(info.child)) and @typeInfo(info.child) != .@"opaque" and @typeInfo(info.child) != .@"fn") &.{info.child} else &.{},
                .optional => |info| &.{info.child},
                .array => |info| &.{info.child},
                .@"struct" => if (@hasDecl(One, "zigbind_converter") or One == std.mem.Allocator or One == Owned or One == c.PyObject) &.{} else compat.fieldTypes(One),
                .@"union" => compat.unionTypes(One),
                else => &.{},
            };
        }
    }.look);
}

fn fieldHasObjects(comptime Field: type) bool {
    return switch (@typeInfo(Field)) {
        // An array's owner can be an instance.
        .@"struct", .@"union" => isObject(Field) or isArray(Field) or registry.isKnown(Field) and hasObjects(Field),
        .optional => |info| fieldHasObjects(info.child),
        // To another instance, which can point back.
        .pointer => |info| info.size == .one and registry.isKnown(info.child),
        else => false,
    };
}

/// What a view has behind the place for a value.
pub const View = extern struct {
    value: *anyopaque,
    /// Kept alive; null where nothing needs to be.
    owner: ?*c.PyObject,
    read_only: bool,
    /// The value belongs to the view and lies in `memory.lasting`.
    owned: bool,
};

/// What is known of a class, as data: see `erased.zig`.
pub const Facts = struct {
    place: usize,
    /// What stands for it in the parts of the description.
    code: u32,
    name: [:0]const u8,
    /// "Outer.Name"
    qualname: [:0]const u8,
    annotation: [:0]const u8,
    identity: [:0]const u8,
    value_offset: usize,
    value_bytes: usize,
    /// Where its instances have their references, how many, and where they end.
    keepers_offset: usize,
    keepers: usize,
    end_offset: usize,
    is_collected: bool,
    /// What its fields point to is its own memory.
    frees: bool,
    adopt: ?*const fn (*c.PyObject, *const Origin) void,
    end: ?*const fn (*anyopaque) void,
    /// Of another file: made, or found, when it is first needed.
    require: ?*const fn (*@import("state.zig").State) error{Python}!*c.PyTypeObject,
};

/// The value of an object of the class itself.
pub fn inside(comptime T: type, self: *c.PyObject) callconv(compat.hot) *T {
    @setRuntimeSafety(false);
    return @ptrFromInt(@intFromPtr(self) + Layout(T).value_offset);
}

pub const Access = enum { read, write };

/// The value of an object of class T or one that derives from it. TypeError where it has none.
pub fn value(comptime T: type, self: *c.PyObject, comptime access: Access) callconv(compat.hot) error{Python}!*T {
    @setRuntimeSafety(false);
    if (metadata.of(self.ob_type).flags.any()) {
        @branchHint(.unlikely);
        return @ptrCast(@alignCast(special(self, inside(T, self), access) orelse return error.Python));
    }
    return inside(T, self);
}

/// As `value`, for any class.
pub fn place(self: *c.PyObject, offset: usize, writes: bool) error{Python}!*anyopaque {
    @setRuntimeSafety(false);
    const usual: *anyopaque = @ptrFromInt(@intFromPtr(self) + offset);
    if (!metadata.of(self.ob_type).flags.any()) return usual;
    return special(self, usual, if (writes) .write else .read) orelse error.Python;
}

noinline fn special(self: *c.PyObject, usual: *anyopaque, access: Access) ?*anyopaque {
    @setRuntimeSafety(false);
    const data = metadata.ofDerived(self.ob_type);
    if (data.state == null or data.shared.absent.contains(@intFromPtr(self))) return refuseAbsent(self);
    if (!data.flags.view) return usual;
    const view = viewOf(self);
    if (view.owner) |owner| {
        if (data.shared.absent.contains(@intFromPtr(owner))) return refuseAbsent(owner);
        if ((Borrowed{ .ptr = owner }).hasType(c.tupleType())) for (0..@intCast(c.PyTuple_Size(owner))) |position| {
            const one = c.PyTuple_GetItem(owner, @intCast(position)).?;
            if (data.shared.absent.contains(@intFromPtr(one))) return refuseAbsent(one);
        };
    }
    if (access == .write and view.read_only) {
        withTypeName("this %U is read-only: it is part of an object that is const in Zig, or of a variant of a union; assign a new one, or change a copy", self);
        return null;
    }
    return view.value;
}

fn refuseAbsent(self: *c.PyObject) ?*anyopaque {
    @branchHint(.cold);
    withTypeName("this %U has no value: its __init__() was not called (super().__init__() in a subclass), or the value was moved away", self);
    return null;
}

fn withTypeName(format: [*:0]const u8, self: *c.PyObject) void {
    @branchHint(.cold);
    const name = Owned.take(c.PyType_GetName(self.ob_type)) catch return;
    defer name.release();
    _ = c.PyErr_Format(c.exception("TypeError"), format, name.ptr);
}

pub fn viewOf(self: *c.PyObject) *View {
    @setRuntimeSafety(false);
    return @ptrFromInt(@intFromPtr(self) + metadata.of(self.ob_type).view_offset);
}

pub fn keepersOf(self: *c.PyObject) callconv(compat.hot) [*]?*c.PyObject {
    @setRuntimeSafety(false);
    return @ptrFromInt(@intFromPtr(self) + metadata.of(self.ob_type).keepers_offset);
}

/// Say that an object has no value from now on.
pub fn markAbsent(self: *c.PyObject) error{Python}!void {
    const data = metadata.of(self.ob_type);
    try data.shared.absent.add(@intFromPtr(self));
    // Also of the class it could be assigned to: `object.__class__ = Native`.
    data.flags.absent = true;
    metadata.of(data.native).flags.absent = true;
}

/// Whether it had a value; it is an ordinary object from now on.
pub fn unmarkAbsent(self: *c.PyObject) bool {
    const data = metadata.of(self.ob_type);
    if (!data.flags.absent and !data.flags.derived) return true;
    const was_absent = data.shared.absent.remove(@intFromPtr(self));
    if (data.shared.absent.count == 0) {
        data.flags.absent = false;
        metadata.of(data.native).flags.absent = false;
    }
    return !was_absent;
}

/// Let a call keep what the fields of an instance live on: Python code that it runs can give them other values, while Zig code has
/// the text or the objects that were there.
pub noinline fn keepFields(self: *c.PyObject, call: *Call) error{Python}!void {
    @setRuntimeSafety(false);
    const data = metadata.of(self.ob_type);
    if (data.flags.view) {
        const owner = viewOf(self).owner orelse return;
        const is_tuple = (Borrowed{ .ptr = owner }).hasType(c.tupleType());
        for (0..if (is_tuple) @intCast(c.PyTuple_Size(owner)) else 1) |position| {
            const one = if (is_tuple) c.PyTuple_GetItem(owner, @intCast(position)).? else owner;
            if (data.shared.isInstance(one) and !metadata.of(one.ob_type).flags.view) try keepFields(one, call);
        }
        return;
    }
    for (keepersOf(self)[0..data.keeper_count]) |kept| if (kept) |one| try call.keep((Borrowed{ .ptr = one }).own());
}

/// A new object of `class` without a value in it. Null with an exception set.
pub fn allocate(comptime is_plain: bool, class: *c.PyTypeObject) callconv(compat.hot) ?*c.PyObject {
    // What is tracked by the garbage collector, or has more behind it than the value, must be zero.
    if (is_plain) return c._PyObject_New(class);
    return c.PyType_GenericAlloc(class, 0);
}

/// Where a value comes from.
pub const Origin = struct {
    /// Those of the call that made or changed it.
    arguments: []const Borrowed = &.{},
    /// What it lives on if it does not live on an argument: the object whose method made it, or what that lives on itself.
    self: ?*c.PyObject = null,
    /// An object of the same class whose method made it: field by field it may live on the same.
    twin: ?*c.PyObject = null,
    /// What it points to may be in the memory of an argument, or of `receiver`, where nobody can find it: then it keeps all of them.
    keeps_all: bool = false,
    receiver: ?*c.PyObject = null,
};

/// Let `self` own what the fields of its value, as Zig code left it, refer to.
pub fn adopt(comptime T: type, self: *c.PyObject, from: *T, origin: Origin) callconv(compat.hot) void {
    if (comptime Layout(T).keepers == 0) return;
    const keepers = keepersOf(self);
    var known = origin;
    // What frees its memory owns it; what does not points into somebody else's.
    if (comptime freesMemory(T)) known.self = null;
    adoptFields(T, comptime freesMemory(T), keepers, from, &known, metadata.of(self.ob_type).shared);
}

/// The fields of a struct or the variant of a union.
fn adoptFields(comptime T: type, comptime frees: bool, keepers: [*]?*c.PyObject, from: *T, origin: *const Origin, shared: *metadata.Shared) void {
    @setRuntimeSafety(false);
    if (@typeInfo(T) == .@"union") {
        inline for (comptime compat.unionNames(T), comptime compat.unionTypes(T)) |name, Payload| if (from.* == @field(std.meta.Tag(T), name)) {
            const payload = &@field(from, name);
            if (comptime isPlainStruct(Payload)) adoptFields(Payload, frees or comptime freesMemory(Payload), keepers, payload, origin, shared) else adoptField(Payload, frees, keepers, payload, origin, shared);
            // Those of a variant that it was before.
            const first = comptime if (isPlainStruct(Payload)) keeperCountIn(Payload, frees) else keepersOfField(frees, Payload);
            for (keepers[first..comptime keeperCountIn(T, frees)]) |*keeper| replace(keeper, null);
        };
        return;
    }
    comptime var at = 0;
    inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T), 0..) |name, Field, index| {
        const own = comptime fieldFrees(T, frees, index);
        if (@typeInfo(T).@"struct".layout != .@"packed") adoptField(Field, own, keepers + at, &@field(from, name), origin, shared);
        at += comptime keepersOfField(own, Field);
    }
}

/// One field. `keepers` are its own.
pub fn adoptField(comptime Field: type, comptime frees: bool, keepers: [*]?*c.PyObject, field: *Field, origin: *const Origin, shared: *metadata.Shared) callconv(compat.hot) void {
    const count = comptime keepersOfField(frees, Field);
    if (count == 0) return;
    switch (@typeInfo(Field)) {
        .optional => |info| if (field.*) |*inner| adoptField(info.child, frees, keepers, inner, origin, shared) else {
            for (keepers[0..count]) |*keeper| replace(keeper, null);
        },
        .@"struct" => if (comptime isObject(Field)) {
            replace(&keepers[0], field.ptr);
            if (@hasField(Field, "is_argument")) field.is_argument = false;
        } else if (comptime isArray(Field)) adoptArray(&keepers[0], field) else adoptFields(Field, frees or comptime freesMemory(Field), keepers, field, origin, shared),
        .@"union" => adoptFields(Field, frees or comptime freesMemory(Field), keepers, field, origin, shared),
        .pointer => |info| {
            const start = if (info.size == .slice) @intFromPtr(field.ptr) else @intFromPtr(field.*);
            const size_bytes = if (info.size == .slice) field.len * @sizeOf(info.child) else 1;
            if (keepTarget(&keepers[0], start, size_bytes, origin, shared)) return;
            // Memory of the call, or nobody knows whose: what can be copied is, and lives in the instance.
            if (comptime info.size == .slice and compat.pointerIsConst(Field) and isData(info.child))
                field.ptr = @ptrFromInt(copyInto(&keepers[0], start, size_bytes))
            else if (origin.keeps_all)
                keepAll(&keepers[0], origin, shared);
        },
        else => {},
    }
}

/// Own an object that has the memory of an array. Without memory for it the old place is all there is.
noinline fn adoptArray(keeper: *?*c.PyObject, field: anytype) void {
    if (keeper.* != null and field.owner == keeper.*) return;
    const made = field.zigbind_pin() catch return errors.clear();
    replace(keeper, made.ptr);
    made.release();
}

/// Own `next` instead of what was owned before.
pub fn replace(keeper: *?*c.PyObject, next: ?*c.PyObject) void {
    if (keeper.* == next) return;
    const before = keeper.*;
    c.Py_IncRef(next);
    keeper.* = next;
    c.Py_DecRef(before);
}

/// Values without pointers in them.
fn isData(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .int, .float, .bool, .@"enum" => true,
        .array => |info| isData(info.child),
        .@"struct" => for (compat.fieldTypes(T)) |Field| {
            if (!isData(Field)) break false;
        } else true,
        else => false,
    };
}

/// A copy in a bytes object that `keeper` owns. Without memory for it the old place is all there is.
noinline fn copyInto(keeper: *?*c.PyObject, start: usize, size_bytes: usize) usize {
    const copy = c.PyBytes_FromStringAndSize(@ptrFromInt(start), @intCast(size_bytes)) orelse {
        errors.clear();
        return start;
    };
    defer c.Py_DecRef(copy);
    replace(keeper, copy);
    var bytes: [*:0]u8 = undefined;
    var length: isize = 0;
    if (c.PyBytes_AsStringAndSize(copy, &bytes, &length) != 0) errors.clear();
    return @intFromPtr(bytes);
}

/// Own the object that memory lies in: an argument, what an argument lives on, or what the value comes from. False where there
/// is none.
noinline fn keepTarget(keeper: *?*c.PyObject, start: usize, size_bytes: usize, origin: *const Origin, shared: *metadata.Shared) bool {
    @setRuntimeSafety(false);
    if (size_bytes == 0) return true;
    for (origin.arguments) |argument| {
        if (livesOn(argument.ptr, start, size_bytes, shared)) |owner| return keepOne(keeper, owner);
    }
    if (origin.twin) |twin| if (livesOn(twin, start, size_bytes, shared)) |owner| return keepOne(keeper, owner);
    if (keeper.*) |kept| {
        // What is no text is an object whose memory nobody can see into: it stays.
        return !isText(kept) or holds(kept, start, size_bytes);
    }
    if (origin.twin) |twin| {
        const data = metadata.of(twin.ob_type);
        for (keepersOf(twin)[0..data.keeper_count]) |kept| if (kept) |one| if (!isText(one) or holds(one, start, size_bytes)) return keepOne(keeper, one);
    }
    const source = origin.self orelse return false;
    return keepOne(keeper, holderOf(&.{.{ .ptr = source }}, start, size_bytes, shared) orelse source);
}

noinline fn keepAll(keeper: *?*c.PyObject, origin: *const Origin, shared: *metadata.Shared) void {
    // Without memory for the tuple, nothing is left to do.
    const owners = ownersOf(origin.receiver, origin.arguments, shared) catch return errors.clear();
    defer c.Py_DecRef(owners);
    replace(keeper, owners);
}

/// The instances among what a call was given, which a pointer can lead into: one as it is, more as a tuple. A new reference.
pub noinline fn ownersOf(receiver: ?*c.PyObject, arguments: []const Borrowed, shared: *metadata.Shared) error{Python}!?*c.PyObject {
    const list = try Owned.take(c.PyList_New(0));
    defer list.release();
    if (receiver) |one| if (shared.isInstance(one) and c.PyList_Append(list.ptr, one) != 0) return error.Python;
    for (arguments) |argument| if (shared.isInstance(argument.ptr) and c.PyList_Append(list.ptr, argument.ptr) != 0) return error.Python;
    return switch (c.PyList_Size(list.ptr)) {
        0 => null,
        1 => (Borrowed{ .ptr = c.PyList_GetItem(list.ptr, 0).? }).own().ptr,
        else => c.PyList_AsTuple(list.ptr) orelse error.Python,
    };
}

/// Whose memory a place is: that of an argument, or of what the argument lives on.
fn livesOn(argument: *c.PyObject, start: usize, size_bytes: usize, shared: *metadata.Shared) ?*c.PyObject {
    @setRuntimeSafety(false);
    if (contains(argument, start, size_bytes, shared)) return argument;
    if (!shared.isInstance(argument)) return null;
    for (keepersOf(argument)[0..metadata.of(argument.ob_type).keeper_count]) |kept| if (kept) |one| {
        if (contains(one, start, size_bytes, shared)) return one;
    };
    return null;
}

/// Whether memory is the text of an object, or its value.
fn contains(value_: *c.PyObject, start: usize, size_bytes: usize, shared: *metadata.Shared) bool {
    @setRuntimeSafety(false);
    if (holds(value_, start, size_bytes)) return true;
    if (!shared.isInstance(value_)) return false;
    const data = metadata.of(value_.ob_type);
    const value_start = if (data.flags.view) @intFromPtr(viewOf(value_).value) else @intFromPtr(value_) + header_bytes;
    const value_end = if (data.flags.view) value_start + data.value_bytes else @intFromPtr(value_) + data.keepers_offset;
    return start >= value_start and start + size_bytes <= value_end;
}

/// How many objects `holderOf` looks at: some ten microseconds. A place that is farther away lives as long as the way to it stays.
const most_searched = 256;

/// Whose memory a place is, among what the fields of `starts` lead to and the fields of those in turn; null where it is nobody's, as
/// memory of the heap is, or too far away, or no field leads on. The fields of one that is on the way can change: what is found is to
/// be kept itself.
pub noinline fn holderOf(starts: []const Borrowed, start: usize, size_bytes: usize, shared: *metadata.Shared) ?*c.PyObject {
    for (starts) |one| {
        if (shared.isInstance(one.ptr) and leadsOn(one.ptr)) break;
    } else return null;
    var search: Search = .{ .start = start, .size_bytes = size_bytes, .shared = shared };
    defer search.deinit();
    for (starts) |one| if (search.visit(one.ptr)) return one.ptr;
    var position: usize = 0;
    while (position < search.count and position < most_searched) : (position += 1) {
        const one = search.at(position);
        const data = metadata.of(one.ob_type);
        if (data.flags.view) {
            if (search.visitAll(viewOf(one).owner)) |found| return found;
        } else for (keepersOf(one)[0..data.keeper_count]) |kept| if (search.visitAll(kept)) |found| return found;
    }
    return null;
}

/// Whether an instance has fields that others are kept for, or is a part of another one.
fn leadsOn(one: *c.PyObject) bool {
    const data = metadata.of(one.ob_type);
    return data.keeper_count > 0 or data.flags.view;
}

const Search = struct {
    start: usize,
    size_bytes: usize,
    shared: *metadata.Shared,
    /// Instances that were met and lead on, in that order: the first of them here, for there are seldom more.
    first: [8]*c.PyObject = undefined,
    count: usize = 0,
    more: std.ArrayList(*c.PyObject) = .empty,
    /// Once it was asked for.
    array_class: ?*c.PyTypeObject = null,
    /// Those in `more`.
    seen: metadata.Addresses = .{ .count = 0, .mask = 0, .table = null },

    fn deinit(self: *Search) void {
        self.more.deinit(memory.lasting);
        c.PyMem_Free(@ptrCast(self.seen.table));
    }

    /// What a field is kept alive by: an object, or a tuple of them.
    fn visitAll(self: *Search, kept: ?*c.PyObject) ?*c.PyObject {
        const one = kept orelse return null;
        if (self.visit(one)) return one;
        if ((Borrowed{ .ptr = one }).hasType(c.tupleType())) for (0..@intCast(c.PyTuple_Size(one))) |position| {
            const item = c.PyTuple_GetItem(one, @intCast(position)).?;
            if (self.visit(item)) return item;
        };
        return null;
    }

    fn isInArray(self: *Search, one: *c.PyObject) bool {
        const class = self.array_class orelse blk: {
            self.array_class = array.classOf() catch {
                errors.clear();
                return false;
            };
            break :blk self.array_class.?;
        };
        return one.ob_type == class and array.holds(one, self.start, self.size_bytes);
    }

    fn at(self: *Search, position: usize) *c.PyObject {
        return if (position < self.first.len) self.first[position] else self.more.items[position - self.first.len];
    }

    fn isSeen(self: *Search, one: *c.PyObject) bool {
        for (self.first[0..@min(self.count, self.first.len)]) |other| if (one == other) return true;
        return self.seen.contains(@intFromPtr(one));
    }

    /// Whether the place is in it. What there is no memory to remember is not searched.
    fn visit(self: *Search, one: *c.PyObject) bool {
        if (isText(one)) return holds(one, self.start, self.size_bytes);
        if (!self.shared.isInstance(one)) return self.isInArray(one);
        if (contains(one, self.start, self.size_bytes, self.shared)) return true;
        if (!leadsOn(one) or self.isSeen(one)) return false;
        if (self.count < self.first.len) {
            self.first[self.count] = one;
        } else {
            self.more.append(memory.lasting, one) catch return false;
            self.seen.add(@intFromPtr(one)) catch errors.clear();
        }
        self.count += 1;
        return false;
    }
};

fn keepOne(keeper: *?*c.PyObject, owner: *c.PyObject) bool {
    replace(keeper, owner);
    return true;
}

fn isText(value_: *c.PyObject) bool {
    return (Borrowed{ .ptr = value_ }).hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS | c.Py_TPFLAGS_BYTES_SUBCLASS);
}

/// Whether memory is the text of a str or bytes.
fn holds(text: *c.PyObject, start: usize, size_bytes: usize) bool {
    @setRuntimeSafety(false);
    const held: Borrowed = .{ .ptr = text };
    var length: isize = 0;
    var first: usize = 0;
    if (held.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS)) {
        first = @intFromPtr(c.PyUnicode_AsUTF8AndSize(text, &length));
    } else if (held.hasFlag(c.Py_TPFLAGS_BYTES_SUBCLASS)) {
        var bytes: [*:0]u8 = undefined;
        if (c.PyBytes_AsStringAndSize(text, &bytes, &length) == 0) first = @intFromPtr(bytes);
    } else return false;
    if (first == 0) errors.clear();
    return first != 0 and start >= first and start + size_bytes <= first + @as(usize, @intCast(length));
}

/// A value on the heap that Python takes over, or gives away: `zb.Owned(T)`.
///
/// As a result it becomes an object that keeps the address; as a parameter it takes the value out of the object, which has none
/// from then on. `deinit` and `destroy` are the receiver's.
pub fn OwnedPointer(comptime T: type) type {
    return struct {
        ptr: *T,
        /// The object it is taken out of, as a parameter.
        object: ?*c.PyObject = null,

        pub const zigbind_owned = T;

        /// Move `initial` to the heap.
        pub fn create(initial: T) error{OutOfMemory}!@This() {
            const ptr = try memory.lasting.create(T);
            ptr.* = initial;
            return .{ .ptr = ptr };
        }

        /// Free the memory; the value's own `deinit` is called before by whoever owns it.
        pub fn destroy(self: @This()) void {
            memory.lasting.destroy(self.ptr);
        }
    };
}

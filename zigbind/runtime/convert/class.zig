//! Structs and tagged unions that are classes <-> their instances.

const std = @import("std");
const c = @import("../capi.zig");
const class_zig = @import("../class.zig");
const compat = @import("../compat.zig");
const literal = @import("../literal.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const instance = @import("../instance.zig");
const memory = @import("../memory.zig");
const metadata = @import("../metadata.zig");
const object = @import("../object.zig");
const record = @import("record.zig");
const registry = @import("../registry.zig");
const union_zig = @import("../union.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// T itself: a copy in, a new instance out.
pub fn Value(comptime T: type) type {
    return struct {
        pub const annotation = annotationOf(T);
        pub const expected = nameOf(T);
        pub const by_value = instance.keeperCount(T) == 0 and (registry.reflected or Data(T).by_value);
        pub const needs_call = !registry.reflected or instance.keeperCount(T) > 0;
        pub const needs_state = true;

        pub fn exact(value: Borrowed, call: *Call) callconv(compat.hot) bool {
            return isOf(T, value, call.state);
        }

        pub fn fromPython(value: Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!T {
            if (!registry.reflected and call.state.object(registry.index(T)) == null) return Data(T).fromPython(value, call);
            const place = try find(T, value, call.state, .read);
            if (comptime instance.keeperCount(T) > 0) if (call.keeps_fields) try instance.keepFields(value.ptr, call);
            return place.*;
        }

        pub fn toPython(value: T, state: *State) callconv(compat.hot) error{Python}!Owned {
            if (!registry.reflected and state.object(registry.index(T)) == null) return Data(T).toPython(value, state);
            return make(T, value, .{}, state);
        }
    };
}

/// In an explicit module a type that was not defined is data, where its fields are.
fn Data(comptime T: type) type {
    return struct {
        const Inner = record.Record(T);
        const by_value = blk: {
            for (if (@typeInfo(T) == .@"struct") compat.fieldTypes(T) else compat.unionTypes(T)) |Field| if (!convert.outlives(Field)) break :blk false;
            break :blk true;
        };

        noinline fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            if (comptime Inner.unsupported(convert.whyNotFromPython) == null) return Inner.fromPython(value, call);
            return undefinedClass();
        }

        noinline fn toPython(value: T, state: *State) error{Python}!Owned {
            if (comptime Inner.unsupported(convert.whyNotToPython) == null) return Inner.toPython(value, state);
            return undefinedClass();
        }

        fn undefinedClass() error{Python} {
            c.PyErr_SetString(c.exception("TypeError"), "the class " ++ comptime nameOf(T) ++ " was not defined in this module");
            return error.Python;
        }
    };
}

/// *T and *const T: the value in the instance, as long as the call lasts.
pub fn Pointer(comptime P: type, comptime T: type) type {
    return struct {
        pub const annotation = annotationOf(T);
        pub const expected = nameOf(T);
        pub const by_value = false;
        pub const needs_call = false;
        pub const needs_state = true;

        pub fn exact(value: Borrowed, call: *Call) callconv(compat.hot) bool {
            return isOf(T, value, call.state);
        }

        pub fn fromPython(value: Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!P {
            if (!registry.reflected) _ = try class_zig.require(T, call.state);
            return find(T, value, call.state, if (compat.pointerIsConst(P)) .read else .write);
        }
    };
}

/// `zb.Owned(T)`.
pub fn Moved(comptime T: type) type {
    return struct {
        pub const annotation = annotationOf(T);
        pub const expected = nameOf(T);
        pub const by_value = false;
        pub const needs_call = false;
        pub const needs_state = true;

        pub fn unsupported(comptime _: fn (type) ?[:0]const u8) ?[:0]const u8 {
            if (registry.kindOf(T) != .class or !registry.isKnown(T)) return comptime literal.typeName(T) ++ " is no class";
            return if (instance.keeperCount(T) > 0) comptime literal.typeName(T) ++ " has fields that live on Python objects" else null;
        }

        pub fn exact(value: Borrowed, call: *Call) bool {
            return isOf(T, value, call.state);
        }

        /// For now only the place of the value: it leaves the instance in `commit`, when all arguments are known to fit.
        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!instance.OwnedPointer(T) {
            const self = value.ptr;
            const place = try find(T, value, call.state, .write);
            if (metadata.of(self.ob_type).flags.view and !instance.viewOf(self).owned) {
                c.PyErr_SetString(c.exception("TypeError"), "this " ++ comptime nameOf(T) ++ " belongs to another object and cannot be moved");
                return error.Mismatch;
            }
            return .{ .ptr = place, .object = self };
        }

        pub fn toPython(value: instance.OwnedPointer(T), state: *State) error{Python}!Owned {
            return makeView(T, value.ptr, null, .{ .owned = true }, state);
        }
    };
}

pub fn movedTwice(comptime T: type) error{Python} {
    @branchHint(.cold);
    c.PyErr_SetString(c.exception("TypeError"), "the same " ++ comptime nameOf(T) ++ " cannot be moved twice");
    return error.Python;
}

/// Take the value out of its object, which has none from now on.
pub fn commit(comptime T: type, moved: *instance.OwnedPointer(T)) error{Python}!void {
    const self = moved.object.?;
    const data = metadata.of(self.ob_type);
    try data.shared.refuseLent(self);
    if (!data.flags.view) {
        const place = memory.lasting.create(T) catch {
            _ = c.PyErr_NoMemory();
            return error.Python;
        };
        place.* = moved.ptr.*;
        moved.ptr = place;
    }
    try instance.markAbsent(self);
}

pub fn nameOf(comptime T: type) [:0]const u8 {
    comptime {
        if (registry.find(T)) |entry| return entry.name;
        const name = @typeName(T);
        const dot = std.mem.lastIndexOfScalar(u8, name, '.') orelse return name;
        return name[dot + 1 ..] ++ "";
    }
}

/// The name in annotations: with those of what it stands in before it.
pub fn annotationOf(comptime T: type) [:0]const u8 {
    comptime {
        const entry = registry.find(T) orelse return nameOf(T);
        return (if (entry.module) |module| module ++ "." else "") ++ entry.qualname();
    }
}

pub fn isClass(comptime T: type) bool {
    const kind = registry.kindOf(T) orelse return false;
    return kind == .class and registry.isKnown(T);
}

fn isOf(comptime T: type, value: Borrowed, state: *State) callconv(compat.hot) bool {
    return value.ptr.ob_type.asObject() == state.object(registry.index(T));
}

/// The T in an instance of its class, of one that derives from it, or of the same class in another library.
pub fn find(comptime T: type, value: Borrowed, state: *State, comptime access: instance.Access) callconv(compat.hot) errors.Refusal!*T {
    if (!isOf(T, value, state)) {
        @branchHint(.unlikely);
        try check(value.ptr, state, registry.index(T), comptime identityOf(T), comptime nameOf(T), comptime registry.kindOf(T) == .class);
    }
    return instance.value(T, value.ptr, access);
}

/// A T, or an optional one, without anything of a call but its state.
pub fn findValue(comptime T: type, value: Borrowed, state: *State) callconv(compat.hot) errors.Refusal!T {
    if (@typeInfo(T) != .optional) return (try find(T, value, state, .read)).*;
    if (value.isNone()) return null;
    return (try find(@typeInfo(T).optional.child, value, state, .read)).*;
}

/// As `find`, for any class.
pub fn findIn(class: *const instance.Facts, value: Borrowed, state: *State, writes: bool) errors.Refusal!*anyopaque {
    if (value.ptr.ob_type.asObject() != state.object(class.place)) try check(value.ptr, state, class.place, class.identity, class.name, true);
    return instance.place(value.ptr, class.value_offset, writes);
}

fn identityOf(comptime T: type) [:0]const u8 {
    return if (registry.find(T)) |entry| entry.identity else "";
}

noinline fn check(value: *c.PyObject, state: *State, index: usize, identity: [*:0]const u8, name: [*:0]const u8, adopts: bool) errors.Refusal!void {
    @setRuntimeSafety(false);
    const wanted = state.object(index);
    if (wanted) |class| if (c.PyType_IsSubtype(value.ob_type, @ptrCast(class)) != 0) return;
    if (isNative(value, state)) {
        const found = metadata.ofDerived(value.ob_type);
        var class: *c.PyTypeObject = found.native;
        while (identity[0] != 0) {
            if (std.mem.orderZ(u8, metadata.of(class).identity, identity) == .eq) {
                if (wanted == null and adopts) {
                    c.Py_IncRef(class.asObject());
                    state.objects[index] = class.asObject();
                }
                return;
            }
            const base: *c.PyTypeObject = @ptrCast(@constCast(c.PyType_GetSlot(class, c.Py_tp_base) orelse break));
            if (!state.shared.?.made(base)) break;
            class = base;
        }
        const text = try Owned.take(c.PyType_GetName(found.native));
        defer text.release();
        if (c.PyUnicode_CompareWithASCIIString(text.ptr, name) == 0) {
            _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got %s of another build: its source, or the way it was compiled, has changed since that object was made (or it was made before a reload)", name, name);
            return error.Mismatch;
        }
    }
    if (!registry.reflected) if (wanted) |class| {
        // As it was defined: the struct may be named otherwise.
        const defined = try Owned.take(c.PyType_GetName(@ptrCast(class)));
        defer defined.release();
        return convert.mismatch(c.PyUnicode_AsUTF8AndSize(defined.ptr, null) orelse return error.Python, .{ .ptr = value });
    };
    return convert.mismatch(name, .{ .ptr = value });
}

/// Whether an object is an instance of any class that zigbind made.
fn isNative(value: *c.PyObject, state: *State) bool {
    const shared = state.shared orelse return false;
    return shared.isInstance(value);
}

/// The class of T in this module; one of another file is looked up, or made, when it is first needed.
pub fn classOf(comptime T: type, state: *State) callconv(compat.hot) error{Python}!*c.PyTypeObject {
    if (state.object(registry.index(T))) |class| return @ptrCast(class);
    return class_zig.require(T, state);
}

/// A new instance that holds `value`.
pub fn make(comptime T: type, value: T, origin: instance.Origin, state: *State) callconv(compat.hot) error{Python}!Owned {
    const class = if (comptime registry.kindOf(T) == .tagged_union) try union_zig.variantOf(T, &value, state) else try classOf(T, state);
    return makeIn(T, class, value, origin);
}

/// As `make`, of a class that may be derived in Python from that of T: what a factory makes.
pub fn makeOf(comptime T: type, class: *c.PyTypeObject, value: T, origin: instance.Origin, state: *State) callconv(compat.hot) error{Python}!Owned {
    const own = try classOf(T, state);
    if (class == own) return makeIn(T, own, value, origin);
    // A class that derives from it in Zig has more than a T, and a view has none of its own: they get a plain T.
    const data = metadata.ofDerived(class);
    if (data.native != own or data.flags.view) return makeIn(T, own, value, origin);
    return makeDerived(T, class, value, origin);
}

noinline fn makeDerived(comptime T: type, class: *c.PyTypeObject, value: T, origin: instance.Origin) error{Python}!Owned {
    const self = try Owned.take(c.PyType_GenericAlloc(class, 0));
    instance.inside(T, self.ptr).* = value;
    instance.adopt(T, self.ptr, instance.inside(T, self.ptr), origin);
    return self;
}

fn makeIn(comptime T: type, class: *c.PyTypeObject, value: T, origin: instance.Origin) callconv(compat.hot) error{Python}!Owned {
    const self = instance.allocate(comptime class_zig.isPlain(T), class) orelse {
        var lost = value;
        // Its deinit runs with a MemoryError set.
        errors.leave();
        class_zig.end(T, &lost);
        return error.Python;
    };
    const place = instance.inside(T, self);
    place.* = value;
    instance.adopt(T, self, place, origin);
    return .{ .ptr = self };
}

/// A new instance out of its fields, with what they live on.
pub fn makeBuilt(class: *c.PyTypeObject, built: anytype) error{Python}!Owned {
    const T = @TypeOf(built).zigbind_built;
    const self = try Owned.take(c.PyType_GenericAlloc(class, 0));
    instance.inside(T, self.ptr).* = built.value;
    for (instance.keepersOf(self.ptr)[0..built.keepers.len], built.keepers) |*keeper, kept| {
        c.Py_IncRef(kept);
        keeper.* = kept;
    }
    return self;
}

/// A new instance with a copy of a value and of what that lives on.
pub fn makeCopy(comptime T: type, value: T, keepers: [*]const ?*c.PyObject, state: *State) error{Python}!Owned {
    const class = try classOf(T, state);
    const self = try Owned.take(c.PyType_GenericAlloc(class, 0));
    instance.inside(T, self.ptr).* = value;
    const count = comptime instance.keeperCount(T);
    for (instance.keepersOf(self.ptr)[0..count], keepers[0..count]) |*keeper, kept| instance.replace(keeper, kept);
    return self;
}

/// What a value lives on that a method of `self` made: what `self` lives on, or itself where its memory is its own.
pub fn sourceOf(comptime T: type, self: *c.PyObject) ?*c.PyObject {
    return sourceIn(comptime instance.keeperCount(T), comptime instance.freesMemory(T), self);
}

pub fn sourceIn(count: usize, frees: bool, self: *c.PyObject) callconv(compat.hot) ?*c.PyObject {
    if (count == 0 or frees) return self;
    var only: ?*c.PyObject = null;
    for (instance.keepersOf(self)[0..count]) |keeper| if (keeper) |found| {
        if (only != null) return self;
        only = found;
    };
    return only orelse self;
}

const ViewOptions = struct { read_only: bool = false, owned: bool = false };

/// An object for a value that is elsewhere.
pub fn makeView(comptime T: type, value: *T, owner: ?*c.PyObject, options: ViewOptions, state: *State) error{Python}!Owned {
    const class = try class_zig.requireView(T, state);
    const self = try Owned.take(c.PyType_GenericAlloc(class, 0));
    // The root of a chain of views owns what all of them show.
    const root = if (owner) |one| if (isNative(one, state) and metadata.of(one.ob_type).flags.view and !instance.viewOf(one).owned) instance.viewOf(one).owner else one else null;
    c.Py_IncRef(root);
    instance.viewOf(self.ptr).* = .{ .value = value, .owner = root, .read_only = options.read_only, .owned = options.owned };
    return self;
}

/// Put what an object keeps into a list as well. Where there is no memory for that it stays for ever: it must not end too early.
pub fn keepMeanwhile(list: ?*c.PyObject, self: *c.PyObject, state: *State) void {
    if (!isNative(self, state) or metadata.of(self.ob_type).flags.view) return;
    for (instance.keepersOf(self)[0..metadata.of(self.ob_type).keeper_count]) |kept| if (kept) |one| {
        if (list) |known| if (c.PyList_Append(known, one) == 0) continue;
        errors.clear();
        c.Py_IncRef(one);
    };
}

/// Own what the fields of an object refer to, if it is a T, after a call that could change them.
pub fn settle(comptime T: type, self: *c.PyObject, arguments: []const Borrowed, state: *State) void {
    if (canSettle(registry.index(T), self, state)) instance.adopt(T, self, instance.inside(T, self), .{ .arguments = arguments });
}

/// Whether an object has a value of that class in it.
pub fn canSettle(place: usize, self: *c.PyObject, state: *State) bool {
    if (!isNative(self, state)) return false;
    const class = state.object(place) orelse return false;
    if (c.PyType_IsSubtype(self.ob_type, @ptrCast(class)) == 0) return false;
    return !metadata.of(self.ob_type).flags.view and !metadata.of(self.ob_type).shared.absent.contains(@intFromPtr(self));
}

/// A pointer that a function returns: the very argument it points to, or a view that keeps alive what it may point into.
pub fn pointerResult(comptime P: type, value: P, self: Borrowed, arguments: []const Borrowed, state: *State) error{Python}!Owned {
    const T = convert.Pointee(P).?;
    const pointer = if (@typeInfo(P) == .optional) value orelse return object.immortal(c.none()) else value;
    const class = try classOf(T, state);
    for (0..arguments.len + 1) |position| {
        const candidate = if (position == 0) self else arguments[position - 1];
        if (!isNative(candidate.ptr, state) or c.PyType_IsSubtype(candidate.ptr.ob_type, class) == 0) continue;
        if (instance.value(T, candidate.ptr, .read)) |place| {
            if (@intFromPtr(place) == @intFromPtr(pointer)) return candidate.own();
        } else |_| errors.clear();
    }
    // In an instance that a field leads to, which may lead to another one later: then it is that one that is kept.
    const owners = if (holderIn(self, arguments, @intFromPtr(pointer), @max(1, @sizeOf(T)), state)) |holder| holder.own().ptr else try instance.ownersOf(self.ptr, arguments, state.shared.?);
    defer c.Py_DecRef(owners);
    const is_const = compat.pointerIsConst(if (@typeInfo(P) == .optional) @typeInfo(P).optional.child else P);
    return makeView(T, @constCast(pointer), owners, .{
        // What its fields lived on would end with the view: to be changed, it must be reached as what it is part of.
        .read_only = is_const or comptime instance.keeperCount(T) > 0,
    }, state);
}

fn holderIn(self: Borrowed, arguments: []const Borrowed, start: usize, size_bytes: usize, state: *State) ?Borrowed {
    const shared = state.shared orelse return null;
    inline for (.{ &.{self}, arguments }) |starts| if (instance.holderOf(starts, start, size_bytes, shared)) |holder| return .{ .ptr = holder };
    return null;
}

/// Whether a result of type T is, or has in it, instances whose fields point to what others own.
pub fn refersWithin(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| refersWithin(info.child),
        .pointer => |info| info.size == .slice and refersWithin(info.child),
        .array => |info| refersWithin(info.child),
        .@"struct", .@"union" => blk: {
            if (T == Borrowed or @hasDecl(T, "zigbind_converter") or @hasDecl(T, "zigbind_owned") or registry.hasCaster(T)) break :blk false;
            if (registry.isKnown(T) and instance.keeperCount(T) > 0) break :blk true;
            // What frees its memory is no data, and can be part of itself.
            if (registry.reflected and registry.isKnown(T) or instance.hasDeinit(T)) break :blk false;
            for (if (@typeInfo(T) == .@"struct") compat.fieldTypes(T) else compat.unionTypes(T)) |Field| if (refersWithin(Field)) break :blk true;
            break :blk false;
        },
        else => false,
    };
}

/// Let the instances in `result`, which was made of a T, own what their fields refer to. `Origins` knows where each comes from.
pub fn adoptWithin(comptime T: type, result: *c.PyObject, origins: anytype, state: *State) void {
    if (comptime !refersWithin(T)) return;
    switch (@typeInfo(T)) {
        .optional => |info| if (!(Borrowed{ .ptr = result }).isNone()) adoptWithin(info.child, result, origins, state),
        .pointer => |info| for (0..@intCast(c.PyList_Size(result))) |position| adoptWithin(info.child, c.PyList_GetItem(result, @intCast(position)) orelse return errors.clear(), origins, state),
        .array => |info| for (0..@intCast(c.PyTuple_Size(result))) |position| adoptWithin(info.child, c.PyTuple_GetItem(result, @intCast(position)).?, origins, state),
        .@"struct" => {
            if (comptime registry.isKnown(T)) if (state.object(registry.index(T)) != null) return adoptOne(T, result, origins, state);
            inline for (comptime compat.fieldTypes(T), 0..) |Field, position| if (comptime refersWithin(Field)) adoptWithin(Field, c.PyTuple_GetItem(result, position).?, origins, state);
        },
        .@"union" => {
            if (comptime registry.isKnown(T)) if (state.object(registry.index(T)) != null) return adoptOne(T, result, origins, state);
            inline for (comptime compat.unionNames(T), comptime compat.unionTypes(T)) |name, Payload| if (comptime refersWithin(Payload)) {
                if (c.PyDict_GetItemString(result, name)) |payload| adoptWithin(Payload, payload, origins, state);
            };
        },
        else => comptime unreachable,
    }
}

/// What is in the value of `self`, as a copy that keeps what it lives on, or `self`.
pub fn partToPython(value: anytype, self: *c.PyObject, state: *State) callconv(compat.hot) error{Python}!Owned {
    const result = try convert.toPython(value, state);
    const origins: struct {
        arguments: [1]Borrowed,
        pub fn of(one: *const @This(), comptime _: type) instance.Origin {
            return .{ .arguments = &one.arguments, .keeps_all = true };
        }
    } = .{ .arguments = .{.{ .ptr = self }} };
    adoptWithin(@TypeOf(value), result.ptr, &origins, state);
    return result;
}

fn adoptOne(comptime T: type, made: *c.PyObject, origins: anytype, state: *State) void {
    if (!isNative(made, state) or c.PyType_IsSubtype(made.ob_type, @ptrCast(state.object(registry.index(T)).?)) == 0) return;
    instance.adopt(T, made, instance.inside(T, made), origins.of(T));
}

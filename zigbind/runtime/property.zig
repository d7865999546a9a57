//! The attributes of a class: its fields, its properties, and what follows from the fields: repr, pickling.

const std = @import("std");
const c = @import("capi.zig");
const call_zig = @import("call.zig");
const class_converter = @import("convert/class.zig");
const compat = @import("compat.zig");
const literal = @import("literal.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const function = @import("function.zig");
const held = @import("held.zig");
const instance = @import("instance.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const options_zig = @import("options.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const source = @import("source.zig");
const state_zig = @import("state.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Call = call_zig.Call;
const State = state_zig.State;

pub const FieldInfo = struct {
    /// The name in Python.
    name: [:0]const u8,
    zig_name: [:0]const u8,
    T: type,
    /// The struct that it is a field of.
    owner: type,
    doc: [:0]const u8,
    readable: bool,
    writable: bool,
};

/// The fields of a struct that Python sees, but for its base.
pub fn fields(comptime T: type, comptime container: source.Container, comptime own: options_zig.Options) []const FieldInfo {
    comptime {
        @setEvalBranchQuota(1_000_000);
        if (@typeInfo(T) != .@"struct") return &.{};
        var list: []const FieldInfo = &.{};
        for (compat.fieldNames(T), compat.fieldTypes(T), 0..) |name, F, index| {
            if (own.excludes(name) or (index == 0 and registry.baseOf(T) != null)) continue;
            if (@typeInfo(T).@"struct".layout == .@"packed" and @typeInfo(F) == .@"struct") continue;
            list = list ++ .{FieldInfo{
                .name = own.pythonName(name),
                .zig_name = name,
                .T = F,
                .owner = T,
                .doc = container.fieldDoc(name),
                .readable = isReadable(F),
                .writable = held.whyNot(instance.hasDeinit(T), F) == null and !options_zig.contains(own.readonly, name),
            }};
        }
        return list;
    }
}

fn isReadable(comptime F: type) bool {
    // What goes out as a copy must not end twice; an instance without references of its own goes out as a view.
    if (instance.endsWithin(F) and !(class_converter.isClass(F) and instance.keeperCount(F) == 0)) return false;
    if (convert.Pointee(F)) |Target| return registry.kindOf(Target) == .class and instance.keeperCount(Target) == 0;
    // As a view, whatever its size.
    if (class_converter.isClass(F) and instance.keeperCount(F) == 0 and convert.tooLarge(F) != null) return registry.reflected;
    return convert.whyNotToPython(F) == null;
}

/// Get and set one field.
pub fn Field(comptime T: type, comptime info: FieldInfo, comptime class_name: [:0]const u8) type {
    const F = info.T;
    const keepers = instance.keepersOfField(instance.freesMemory(T), F);
    return struct {
        pub const definition: c.PyGetSetDef = .{
            .name = info.name.ptr,
            .get = if (info.readable) &get else &missing,
            .set = if (info.writable) &set else &refuse,
            .doc = if (info.doc.len > 0) info.doc.ptr else null,
        };

        fn get(self: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
            @setRuntimeSafety(false);
            const value = instance.value(T, self, .read) catch return null;
            const result = toPython(self, value) catch return null;
            return result.ptr;
        }

        fn toPython(self: *c.PyObject, value: *T) callconv(compat.hot) error{Python}!Owned {
            return fieldToPython(T, info, self, value);
        }

        fn set(self: *c.PyObject, given: ?*c.PyObject, _: ?*anyopaque) callconv(.c) c_int {
            @setRuntimeSafety(false);
            const new = given orelse return refuseDelete();
            store(self, .{ .ptr = new }) catch |err| {
                if (err == error.Mismatch) errors.inAttribute(class_name ++ "." ++ info.name);
                return -1;
            };
            return 0;
        }

        /// Converting can run Python code: the place of the value is looked up after it.
        fn store(self: *c.PyObject, new: Borrowed) callconv(compat.hot) errors.Refusal!void {
            @setRuntimeSafety(false);
            var call: Call = undefined;
            if (comptime convert.needsState(F)) call.state = state_zig.of(.instance, self);
            const light = comptime !convert.needsCall(F) and keepers == 0;
            if (!light) call.init();
            defer if (!light) call.deinit();
            if (keepers == 0) {
                const value = try convert.fromPython(F, new, &call);
                @field(try instance.value(T, self, .write), info.zig_name) = value;
                return;
            }
            const made = try held.Held(instance.freesMemory(T), F).zigbind_converter.fromPython(new, &call);
            const into = try instance.value(T, self, .write);
            if (metadata.of(self.ob_type).flags.view) {
                c.PyErr_SetString(c.exception("TypeError"), "this field of an object that is part of another is read-only");
                return error.Python;
            }
            // The value first: releasing what was there can run Python code that looks at it.
            @field(into, info.zig_name) = made.value;
            const first = comptime instance.keepersBefore(T, false, info.zig_name);
            for (instance.keepersOf(self)[first .. first + keepers], made.keepers) |*keeper, kept| instance.replace(keeper, kept);
        }

        fn refuse(_: *c.PyObject, given: ?*c.PyObject, _: ?*anyopaque) callconv(.c) c_int {
            if (given == null) return refuseDelete();
            c.PyErr_SetString(c.exception("AttributeError"), class_name ++ "." ++ info.name ++ " cannot be set from Python" ++ comptime if (held.whyNot(instance.hasDeinit(T), F)) |reason| ": " ++ reason else ": its class makes it read-only");
            return -1;
        }

        fn refuseDelete() c_int {
            c.PyErr_SetString(c.exception("AttributeError"), "cannot delete attribute '" ++ info.name ++ "' of '" ++ class_name ++ "' objects");
            return -1;
        }

        fn missing(_: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
            c.PyErr_SetString(c.exception("AttributeError"), "the field '" ++ info.name ++ "' of '" ++ class_name ++ "' is not available in Python: " ++ comptime if (instance.endsWithin(F)) "what has a deinit would end with each copy of it; a method can return a pointer to it" else literal.typeName(F) ++ " has no counterpart");
            return null;
        }
    };
}

/// A field as Python sees it: a struct in the struct as a view that keeps `self`, so that what is changed in it is changed here.
fn fieldToPython(comptime T: type, comptime info: FieldInfo, self: *c.PyObject, value: *T) callconv(compat.hot) error{Python}!Owned {
    @setRuntimeSafety(false);
    const F = info.T;
    const state: *State = if (comptime convert.needsState(F)) state_zig.of(.instance, self) else undefined;
    if (comptime convert.Pointee(F)) |Target| {
        const is_const = comptime compat.pointerIsConst(if (@typeInfo(F) == .optional) @typeInfo(F).optional.child else F);
        const pointer = if (@typeInfo(F) == .optional) @field(value, info.zig_name) orelse return object.immortal(c.none()) else @field(value, info.zig_name);
        // The instance that the field leads to: it may lead to another one later.
        const holder = instance.holderOf(&.{.{ .ptr = self }}, @intFromPtr(pointer), @max(1, @sizeOf(Target)), state.shared.?);
        return class_converter.makeView(Target, @constCast(pointer), holder orelse self, .{ .read_only = is_const }, state);
    }
    if (comptime @typeInfo(T).@"struct".layout != .@"packed" and class_converter.isClass(F)) if (registry.reflected or state.object(registry.index(F)) != null) {
        if (comptime instance.keeperCount(F) == 0) {
            const read_only = metadata.of(self.ob_type).flags.view and instance.viewOf(self).read_only;
            return class_converter.makeView(F, &@field(value, info.zig_name), self, .{ .read_only = read_only }, state);
        }
        // It has references of its own: a copy.
        const first = comptime instance.keepersBefore(T, false, info.zig_name);
        return class_converter.makeCopy(F, @field(value, info.zig_name), instance.keepersOf(self) + first, state);
    };
    if (comptime @typeInfo(F) == .optional and class_converter.isClass(@typeInfo(F).optional.child) and instance.keepersOfField(false, F) == 0 and registry.reflected) {
        const inner = if (@field(value, info.zig_name)) |*one| one else return object.immortal(c.none());
        const read_only = metadata.of(self.ob_type).flags.view and instance.viewOf(self).read_only;
        return class_converter.makeView(@typeInfo(F).optional.child, inner, self, .{ .read_only = read_only }, state);
    }
    return class_converter.partToPython(@field(value, info.zig_name), self, state);
}

/// An attribute that a method computes, and another sets.
pub fn Property(comptime T: type, comptime Methods: type, comptime name: []const u8, comptime container: source.Container) type {
    const setter = Methods.setterOf(name);
    const python_name = Methods.options.pythonName(name ++ "");
    const declaration = container.find(name) orelse source.Declaration{};
    if (signature.whyNot(@field(T, name), T, declaration)) |reason|
        @compileError("the property '" ++ name ++ "' of " ++ @typeName(T) ++ " cannot be read from Python: " ++ reason);
    const Get = function.Function(@field(T, name), Methods.functionOptions(name ++ "", declaration, 0, .instance, false));
    if (!Get.takes_nothing) @compileError("the property '" ++ name ++ "' of " ++ @typeName(T) ++ " takes arguments: it is a method");
    const Set = if (setter) |zig_name| blk: {
        const own = container.find(zig_name) orelse source.Declaration{};
        if (signature.whyNot(@field(T, zig_name), T, own)) |reason|
            @compileError("the property '" ++ name ++ "' of " ++ @typeName(T) ++ " cannot be set from Python: " ++ reason);
        break :blk function.Function(@field(T, zig_name), Methods.functionOptions(zig_name, own, 0, .instance, false));
    } else void;
    return GetSet(Get, Set, python_name, Methods.class_name, declaration.doc);
}

/// A property of two trampolines, of which one may be void.
pub fn GetSet(comptime Get: type, comptime Set: type, comptime name: [:0]const u8, comptime class_name: []const u8, comptime doc: [:0]const u8) type {
    return struct {
        pub const definition: c.PyGetSetDef = .{ .name = name.ptr, .get = &get, .set = &set, .doc = if (doc.len > 0) doc.ptr else null };

        fn get(self: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
            if (Get != void) return Get.C.entry(self, undefined, 0, null);
            c.PyErr_SetString(c.exception("AttributeError"), "attribute '" ++ name ++ "' of '" ++ class_name ++ "' objects is not readable");
            return null;
        }

        fn set(self: *c.PyObject, given: ?*c.PyObject, _: ?*anyopaque) callconv(.c) c_int {
            const new = given orelse {
                c.PyErr_SetString(c.exception("AttributeError"), "cannot delete attribute '" ++ name ++ "' of '" ++ class_name ++ "' objects");
                return -1;
            };
            if (Set == void) {
                c.PyErr_SetString(c.exception("AttributeError"), "attribute '" ++ name ++ "' of '" ++ class_name ++ "' objects is not writable");
                return -1;
            }
            const items = [_]Borrowed{.{ .ptr = new }};
            c.Py_DecRef(Set.C.entry(self, &items, 1, null) orelse return -1);
            return 0;
        }
    };
}

/// What Python cannot use says so on access.
pub fn Missing(comptime reason: [:0]const u8) type {
    return struct {
        pub fn definition(comptime name: [:0]const u8) c.PyGetSetDef {
            return .{ .name = name.ptr, .get = &get, .doc = reason.ptr };
        }

        fn get(_: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
            c.PyErr_SetString(c.exception("AttributeError"), reason);
            return null;
        }
    };
}

/// "Vec2(x=1.0, y=2.0)"
pub fn Repr(comptime T: type, comptime list: []const FieldInfo, comptime class_name: [:0]const u8) type {
    const all = allOf(T, list);
    const collected = instance.Layout(T).is_gc;

    return struct {
        pub fn repr(self: *c.PyObject) callconv(.c) ?*c.PyObject {
            @setRuntimeSafety(false);
            if (collected) {
                const entered = c.Py_ReprEnter(self);
                if (entered != 0) return if (entered > 0) c.PyUnicode_FromString(class_name ++ "(...)") else null;
            }
            defer if (collected) c.Py_ReprLeave(self);
            var text: Text = undefined;
            text.init();
            defer text.deinit();
            write(self, &text) catch return null;
            return text.toStr();
        }

        fn write(self: *c.PyObject, text: *Text) error{Python}!void {
            const value = try instance.value(T, self, .read);
            if (metadata.of(self.ob_type).flags.derived) {
                // It has a name of its own.
                const name = try Owned.take(c.PyType_GetName(self.ob_type));
                defer name.release();
                try text.addStr(name.ptr);
                try text.add("(");
            } else try text.add(class_name ++ "(");
            comptime var separator: []const u8 = "";
            inline for (all) |field| if (field.readable) {
                try text.add(separator ++ field.name ++ "=");
                separator = ", ";
                try writeField(T, field, self, value, text);
            };
            try text.add(")");
        }
    };
}

fn writeField(comptime T: type, comptime field: FieldInfo, self: *c.PyObject, value: *T, text: *Text) error{Python}!void {
    if (comptime field.owner != T) return writeField(registry.baseOf(T).?, field, self, @ptrCast(value), text);
    switch (@typeInfo(field.T)) {
        .float => |info| if (info.bits <= 64) return text.addFloat(@field(value, field.zig_name)),
        .bool => return text.add(if (@field(value, field.zig_name)) "True" else "False"),
        else => {},
    }
    const converted = fieldToPython(T, field, self, value) catch |err| blk: {
        // Text that is no text shows its bytes: a repr is what one looks for mistakes with.
        if (comptime field.T != []const u8 and field.T != []u8) return err;
        if (c.PyErr_ExceptionMatches(c.exception("UnicodeDecodeError")) == 0) return err;
        errors.clear();
        const bytes = @field(value, field.zig_name);
        break :blk try Owned.take(c.PyBytes_FromStringAndSize(bytes.ptr, @intCast(bytes.len)));
    };
    defer converted.release();
    const shown = try Owned.take(c.PyObject_Repr(converted.ptr));
    defer shown.release();
    try text.addStr(shown.ptr);
}

/// Text that grows: on the stack, from some length on in Python's heap.
pub const Text = struct {
    start: [*]u8,
    length: usize,
    capacity: usize,
    first: [256]u8,

    pub fn init(self: *Text) void {
        self.start = &self.first;
        self.length = 0;
        self.capacity = self.first.len;
    }

    pub fn deinit(self: *Text) void {
        if (self.start != @as([*]u8, &self.first)) c.PyMem_Free(self.start);
    }

    /// Inlined: the length is known in most places, and a few bytes are copied faster than by a call.
    pub fn add(self: *Text, part: []const u8) callconv(compat.hot) error{Python}!void {
        @setRuntimeSafety(false);
        if (self.length + part.len > self.capacity) try self.grow(part.len);
        @memcpy(self.start[self.length..][0..part.len], part);
        self.length += part.len;
    }

    noinline fn grow(self: *Text, more: usize) error{Python}!void {
        @setRuntimeSafety(false);
        const capacity = 2 * self.capacity + more;
        const larger: [*]u8 = @ptrCast(c.PyMem_Malloc(capacity) orelse {
            _ = c.PyErr_NoMemory();
            return error.Python;
        });
        @memcpy(larger[0..self.length], self.start[0..self.length]);
        self.deinit();
        self.start = larger;
        self.capacity = capacity;
    }

    pub fn addStr(self: *Text, str: *c.PyObject) error{Python}!void {
        @setRuntimeSafety(false);
        var size_bytes: isize = 0;
        const text = c.PyUnicode_AsUTF8AndSize(str, &size_bytes) orelse return error.Python;
        try self.add(text[0..@intCast(size_bytes)]);
    }

    /// As `repr(float)`.
    noinline fn addFloat(self: *Text, value: f64) error{Python}!void {
        @setRuntimeSafety(false);
        const text = c.PyOS_double_to_string(value, 'r', 0, c.Py_DTSF_ADD_DOT_0, null) orelse return error.Python;
        defer c.PyMem_Free(text);
        const longest = 32;
        if (self.length + longest > self.capacity) try self.grow(longest);
        var at: usize = 0;
        while (text[at] != 0) : (at += 1) self.start[self.length + at] = text[at];
        self.length += at;
    }

    pub fn toStr(self: *const Text) ?*c.PyObject {
        @setRuntimeSafety(false);
        return c.PyUnicode_FromStringAndSize(self.start, @intCast(self.length));
    }
};

/// With those of the base before them.
fn allOf(comptime T: type, comptime list: []const FieldInfo) []const FieldInfo {
    comptime {
        const Base = registry.baseOf(T) orelse return list;
        return allOf(Base, fields(Base, .{}, options_zig.of(Base))) ++ list;
    }
}

/// Why instances cannot be pickled or copied by their fields; null where they can.
pub fn whyNoPickle(comptime T: type) ?[:0]const u8 {
    comptime {
        if (@typeInfo(T) != .@"struct") return null;
        if (@hasDecl(T, "deinit")) return "it owns what its deinit frees; define __reduce__";
        for (compat.fieldNames(T), compat.fieldTypes(T), 0..) |name, F, index| {
            if (index == 0 and registry.baseOf(T) != null) {
                if (whyNoPickle(F)) |reason| return reason;
                continue;
            }
            if (held.whyNot(instance.hasDeinit(T), F) != null or !isReadable(F) or convert.Pointee(F) != null) return "its field '" ++ name ++ "' does not convert both ways";
        }
        return null;
    }
}

/// Pickling by the fields, whatever `init` takes: `(copyreg.__newobj__, (class,), (fields, dict))`.
pub fn Pickle(comptime T: type) type {
    const every: options_zig.Options = .{};
    const all = allOf(T, fields(T, .{}, every));
    return struct {
        pub fn reduce(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return (reduced(self, values(self) catch return null, all.len) catch return null).ptr;
        }

        fn values(self: *c.PyObject) error{Python}!Owned {
            const value = try instance.value(T, self, .read);
            const state = try Owned.take(c.PyTuple_New(all.len + 1));
            errdefer state.release();
            inline for (all, 0..) |field, index|
                _ = c.PyTuple_SetItem(state.ptr, index, (try copyOf(T, field, self, value)).ptr);
            return state;
        }

        pub fn setState(self: *c.PyObject, given: *c.PyObject) callconv(.c) ?*c.PyObject {
            restore(self, .{ .ptr = given }) catch |err| {
                if (err == error.Mismatch) errors.inAttribute(comptime class_converter.nameOf(T) ++ ".__setstate__()");
                return null;
            };
            return c.none();
        }

        fn restore(self: *c.PyObject, given: Borrowed) errors.Refusal!void {
            var call: Call = undefined;
            call.init();
            call.state = try mayRestore(self, given, all.len, comptime class_converter.nameOf(T), registry.index(T));
            defer call.deinit();
            var restored: compat.Tuple(&blk: {
                var types: [all.len]type = undefined;
                for (all, 0..) |field, index| types[index] = held.Held(instance.freesMemory(field.owner), field.T);
                break :blk types;
            }) = undefined;
            inline for (all, 0..) |field, index|
                restored[index] = try held.Held(instance.freesMemory(field.owner), field.T).zigbind_converter.fromPython(.{ .ptr = c.PyTuple_GetItem(given.ptr, index).? }, &call);
            _ = instance.unmarkAbsent(self);
            const value = instance.inside(T, self);
            inline for (all, 0..) |field, index| put(T, field, self, value, restored[index]);
            try restoreDict(self, c.PyTuple_GetItem(given.ptr, all.len).?);
        }
    };
}

/// The result of `__reduce__`. Takes over `state`, a tuple of `count` values with room for the dict behind them.
pub fn reduced(self: *c.PyObject, state: Owned, count: usize) error{Python}!Owned {
    defer state.release();
    const dict = c.PyObject_GetAttrString(self, "__dict__") orelse blk: {
        errors.clear();
        break :blk c.none();
    };
    _ = c.PyTuple_SetItem(state.ptr, @intCast(count), dict);
    const copyreg = try Owned.take(c.PyImport_ImportModule("copyreg"));
    defer copyreg.release();
    const make = try Owned.take(c.PyObject_GetAttrString(copyreg.ptr, "__newobj__"));
    const class_args = try Owned.take(c.PyTuple_New(1));
    _ = c.PyTuple_SetItem(class_args.ptr, 0, (Borrowed{ .ptr = classToCopy(self) }).own().ptr);
    const result = try Owned.take(c.PyTuple_New(3));
    _ = c.PyTuple_SetItem(result.ptr, 0, make.ptr);
    _ = c.PyTuple_SetItem(result.ptr, 1, class_args.ptr);
    _ = c.PyTuple_SetItem(result.ptr, 2, state.borrow().own().ptr);
    return result;
}

/// Refuse a state that is not one of `count` values for an instance of the class itself; else the state of the module.
pub fn mayRestore(self: *c.PyObject, given: Borrowed, count: usize, name: [*:0]const u8, place: usize) error{Python}!*State {
    const data = metadata.ofDerived(self.ob_type);
    if (data.flags.view) {
        c.PyErr_SetString(c.exception("TypeError"), "an object that is part of another has no state of its own");
        return error.Python;
    }
    if (!given.hasFlag(c.Py_TPFLAGS_TUPLE_SUBCLASS) or c.PyTuple_Size(given.ptr) != count + 1) {
        _ = c.PyErr_Format(c.exception("ValueError"), "not the state of a %s", name);
        return error.Python;
    }
    // As in `__init__`: an object of a class that derives from this one in Zig has more to restore.
    if (data.state == null or data.native.asObject() != data.state.?.object(place)) {
        _ = c.PyErr_Format(c.exception("TypeError"), "%s.__setstate__() cannot restore an object of a class that derives from it in Zig", name);
        return error.Python;
    }
    return data.state.?;
}

pub fn restoreDict(self: *c.PyObject, dict: *c.PyObject) error{Python}!void {
    if (dict == c.none()) return;
    const own_dict = try Owned.take(c.PyObject_GetAttrString(self, "__dict__"));
    defer own_dict.release();
    const updated = try Owned.take(c.PyObject_CallMethod(own_dict.ptr, "update", "O", dict));
    updated.release();
}

/// `copy.replace(object, name=value)` of Python 3.13.
pub fn replace(self: *c.PyObject, items: [*]const *c.PyObject, count: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    return (replaced(self, items, count, names) catch return null).ptr;
}

fn replaced(self: *c.PyObject, items: [*]const *c.PyObject, count: isize, names: ?*c.PyObject) error{Python}!Owned {
    if (count != 0) {
        c.PyErr_SetString(c.exception("TypeError"), "__replace__() takes keywords only");
        return error.Python;
    }
    const module = try Owned.take(c.PyImport_ImportModule("copy"));
    defer module.release();
    const copy = try Owned.take(c.PyObject_CallMethod(module.ptr, "copy", "O", self));
    errdefer copy.release();
    if (names) |keywords| for (0..@intCast(c.PyTuple_Size(keywords))) |position| {
        const name = c.PyTuple_GetItem(keywords, @intCast(position)).?;
        if (c.PyObject_SetAttr(copy.ptr, name, items[position]) != 0) return error.Python;
    };
    return copy;
}

/// The copy of a view is an object of its own.
fn classToCopy(self: *c.PyObject) *c.PyObject {
    const data = metadata.of(self.ob_type);
    return if (data.flags.view) data.native.asObject() else self.ob_type.asObject();
}

/// A field by value, also where it is a struct that a view would show.
fn copyOf(comptime T: type, comptime field: FieldInfo, self: *c.PyObject, value: *T) error{Python}!Owned {
    if (comptime field.owner != T) return copyOf(registry.baseOf(T).?, field, self, @ptrCast(value));
    if (comptime class_converter.isClass(field.T) and instance.keeperCount(field.T) == 0)
        return class_converter.make(field.T, @field(value, field.zig_name), .{}, state_zig.of(.instance, self));
    return fieldToPython(T, field, self, value);
}

fn put(comptime T: type, comptime field: FieldInfo, self: *c.PyObject, value: *T, made: anytype) void {
    if (comptime field.owner != T) return put(registry.baseOf(T).?, field, self, @ptrCast(value), made);
    @field(value, field.zig_name) = made.value;
    const count = made.keepers.len;
    if (count == 0) return;
    const first = comptime instance.keepersBefore(T, false, field.zig_name);
    for (instance.keepersOf(self)[first .. first + count], made.keepers) |*keeper, kept| instance.replace(keeper, kept);
}

/// Let go of the objects in the fields; None or null stands there afterwards.
pub fn forget(comptime T: type, value: *T, keepers: [*]?*c.PyObject) void {
    forgetFields(T, comptime instance.freesMemory(T), value, keepers);
}

fn forgetFields(comptime T: type, comptime frees: bool, value: *T, keepers: [*]?*c.PyObject) void {
    @setRuntimeSafety(false);
    if (@typeInfo(T) == .@"union") {
        inline for (comptime compat.unionNames(T), comptime compat.unionTypes(T)) |name, Payload| if (value.* == @field(std.meta.Tag(T), name)) {
            if (@typeInfo(Payload) == .@"struct" or @typeInfo(Payload) == .optional or @typeInfo(Payload) == .@"union") forgetField(Payload, frees, &@field(value, name), keepers);
        };
        return;
    }
    comptime var at = 0;
    inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T), 0..) |name, F, index| {
        const own = comptime instance.fieldFrees(T, frees, index);
        const count = comptime instance.keepersOfField(own, F);
        if (count > 0) {
            forgetField(F, own, &@field(value, name), keepers + at);
            at += count;
        }
    }
}

fn forgetField(comptime F: type, comptime frees: bool, field: *F, keepers: [*]?*c.PyObject) void {
    switch (@typeInfo(F)) {
        .@"struct" => if (comptime instance.isObject(F)) {
            field.ptr = c.none();
            instance.replace(&keepers[0], null);
        } else if (comptime instance.isArray(F)) {
            if (F.zigbind_empty) |empty| {
                field.* = empty;
                instance.replace(&keepers[0], null);
            }
        } else forgetFields(F, frees, field, keepers),
        .@"union" => forgetFields(F, frees, field, keepers),
        .optional => |info| if (comptime instance.isObject(info.child)) {
            field.* = null;
            instance.replace(&keepers[0], null);
        } else if (@typeInfo(info.child) == .pointer) {
            if (@typeInfo(info.child).pointer.size == .one) {
                field.* = null;
                instance.replace(&keepers[0], null);
            }
        } else if (field.*) |*inner| forgetField(info.child, frees, inner, keepers),
        else => {},
    }
}

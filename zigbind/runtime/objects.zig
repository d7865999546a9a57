//! What Zig code can do with Python objects: attributes, items, calls, iteration; lists, dicts and other types by name.
//!
//! What is found or made comes as a reference of one's own, to be released exactly once; returned from a function it goes to Python.
//! Zig values that are given, as keys, arguments or items, are converted as results of functions are. Everything that Python can
//! refuse has `error.Python`, with the exception set.

const std = @import("std");
const c = @import("capi.zig");
const caster = @import("convert/caster.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const guard = @import("guard.zig");
const object_zig = @import("object.zig");
const registry = @import("registry.zig");
const string = @import("convert/string.zig");
const Call = @import("call.zig").Call;
const State = @import("state.zig").State;

const Borrowed = object_zig.Borrowed;
const Owned = object_zig.Owned;
const Error = errors.Error;

/// The operations of an object whose pointer is the field `ptr` of Self.
pub fn Operations(comptime Self: type) type {
    return struct {
        /// The attribute `name`: `const path = try sys.get("path");`
        pub fn get(self: Self, name: [:0]const u8) Error!Owned {
            needGil();
            return Owned.take(c.PyObject_GetAttrString(self.ptr, name));
        }

        pub fn set(self: Self, name: [:0]const u8, value: anytype) Error!void {
            const own = try toObject(value);
            defer own.release();
            if (c.PyObject_SetAttrString(self.ptr, name, own.ptr) != 0) return error.Python;
        }

        /// Delete the attribute `name`.
        pub fn del(self: Self, name: [:0]const u8) Error!void {
            needGil();
            if (c.PyObject_SetAttrString(self.ptr, name, null) != 0) return error.Python;
        }

        /// Whether there is an attribute `name`.
        pub fn has(self: Self, name: [:0]const u8) Error!bool {
            needGil();
            if (c.PyObject_GetAttrString(self.ptr, name)) |found| {
                c.Py_DecRef(found);
                return true;
            }
            return absent("AttributeError");
        }

        /// `self[key]`
        pub fn item(self: Self, key: anytype) Error!Owned {
            const own = try toObject(key);
            defer own.release();
            return Owned.take(c.PyObject_GetItem(self.ptr, own.ptr));
        }

        pub fn setItem(self: Self, key: anytype, value: anytype) Error!void {
            const own_key = try toObject(key);
            defer own_key.release();
            const own = try toObject(value);
            defer own.release();
            if (c.PyObject_SetItem(self.ptr, own_key.ptr, own.ptr) != 0) return error.Python;
        }

        pub fn delItem(self: Self, key: anytype) Error!void {
            const own = try toObject(key);
            defer own.release();
            if (c.PyObject_DelItem(self.ptr, own.ptr) != 0) return error.Python;
        }

        /// `value in self`
        pub fn contains(self: Self, value: anytype) Error!bool {
            const own = try toObject(value);
            defer own.release();
            return truth(c.PySequence_Contains(self.ptr, own.ptr));
        }

        pub fn len(self: Self) Error!usize {
            needGil();
            const size = c.PyObject_Size(self.ptr);
            return if (size < 0) error.Python else @intCast(size);
        }

        /// `try f.call(.{ 1, "two" })`
        pub fn call(self: Self, args: anytype) Error!Owned {
            return invoke(self.ptr, null, args, .{});
        }

        /// With keywords: `try f.callWith(.{1}, .{ .sep = ", " })`
        pub fn callWith(self: Self, args: anytype, keywords: anytype) Error!Owned {
            return invoke(self.ptr, null, args, keywords);
        }

        /// `try text.callMethod("split", .{","})`
        pub fn callMethod(self: Self, name: [:0]const u8, args: anytype) Error!Owned {
            return invoke(self.ptr, name, args, .{});
        }

        pub fn callMethodWith(self: Self, name: [:0]const u8, args: anytype, keywords: anytype) Error!Owned {
            return invoke(self.ptr, name, args, keywords);
        }

        /// `const items = try iterable.iterate(); defer items.release(); while (try items.next(i64)) |item| ...`
        pub fn iterate(self: Self) Error!Iterator(.owned) {
            needGil();
            return .{ .ptr = c.PyObject_GetIter(self.ptr) orelse return error.Python };
        }

        /// `self == other`
        pub fn equals(self: Self, other: anytype) Error!bool {
            const own = try toObject(other);
            defer own.release();
            return truth(c.PyObject_RichCompareBool(self.ptr, own.ptr, c.Py_EQ));
        }

        /// `self < other`
        pub fn less(self: Self, other: anytype) Error!bool {
            const own = try toObject(other);
            defer own.release();
            return truth(c.PyObject_RichCompareBool(self.ptr, own.ptr, c.Py_LT));
        }

        pub fn hash(self: Self) Error!isize {
            needGil();
            const value = c.PyObject_Hash(self.ptr);
            return if (value == -1) error.Python else value;
        }

        /// `bool(self)`
        pub fn isTrue(self: Self) Error!bool {
            needGil();
            return truth(c.PyObject_IsTrue(self.ptr));
        }

        /// `isinstance(self, kind)`, of a class or a tuple of classes.
        pub fn isInstance(self: Self, kind: anytype) Error!bool {
            needGil();
            return truth(c.PyObject_IsInstance(self.ptr, object_zig.pointerOf(kind)));
        }

        /// The class, which the object keeps alive.
        pub fn class(self: Self) Type(.borrowed) {
            return .{ .ptr = self.ptr.ob_type.asObject() };
        }

        /// `str(self)`, in memory of `gpa`.
        pub fn str(self: Self, gpa: std.mem.Allocator) (Error || std.mem.Allocator.Error)![]u8 {
            needGil();
            return copyOf(c.PyObject_Str(self.ptr), gpa);
        }

        /// `repr(self)`, in memory of `gpa`.
        pub fn repr(self: Self, gpa: std.mem.Allocator) (Error || std.mem.Allocator.Error)![]u8 {
            needGil();
            return copyOf(c.PyObject_Repr(self.ptr), gpa);
        }

        /// The object as a T, converted as an argument is. The T may point into the object: it lives no longer than that.
        pub fn to(self: Self, comptime T: type) Error!T {
            if (comptime convert.whyNotFromPython(T)) |reason| @compileError("to: " ++ reason);
            needGil();
            const of = try caster.innermost(comptime convert.needsCall(T) or convert.needsState(T));
            return convert.fromPython(T, .{ .ptr = self.ptr }, of) catch error.Python;
        }
    };
}

pub const Ownership = enum { borrowed, owned };

/// What every named type of object has.
fn Handle(comptime Self: type, comptime Other: type) type {
    return struct {
        /// The object with all that any object can do.
        pub fn object(self: Self) Borrowed {
            return .{ .ptr = self.ptr };
        }

        /// Another reference, of one's own.
        pub fn own(self: Self) Other {
            guard.checkGil();
            c.Py_IncRef(self.ptr);
            return .{ .ptr = self.ptr };
        }

        /// Let go of a reference of one's own: exactly once, unless it is returned.
        pub fn release(self: Self) void {
            if (!Self.zigbind_reference) @compileError("what is borrowed is not released: it is somebody else's");
            guard.checkGil();
            c.Py_DecRef(self.ptr);
        }

        pub fn to(self: Self, comptime T: type) Error!T {
            return Operations(Borrowed).to(.{ .ptr = self.ptr }, T);
        }
    };
}

/// Borrowed: a look at the type, no conversion. Owned: only results.
fn Checked(comptime Self: type, comptime name: [:0]const u8, comptime fits: fn (Borrowed) bool) type {
    if (Self.zigbind_reference) return @import("convert/object.zig").Reference(name);
    return struct {
        pub const annotation = name;
        pub const expected = name;
        pub const by_value = false;
        pub const needs_call = false;

        pub fn exact(value: Borrowed, _: *Call) callconv(compat.hot) bool {
            return fits(value);
        }

        pub fn fromPython(value: Borrowed, _: *Call) callconv(compat.hot) errors.Refusal!Self {
            return if (fits(value)) .{ .ptr = value.ptr } else convert.mismatch(expected, value);
        }

        pub fn toPython(value: Self, _: *State) Error!Owned {
            return value.object().own();
        }
    };
}

/// `zb.List`, `zb.ListRef`.
pub fn List(comptime ownership: Ownership) type {
    return extern struct {
        ptr: *c.PyObject,

        const Self = @This();
        const handle = Handle(Self, List(.owned));
        pub const zigbind_reference = ownership == .owned;
        pub const zigbind_object = ownership == .borrowed;
        pub const zigbind_converter = Checked(Self, "list", isList);
        pub const object = handle.object;
        pub const own = handle.own;
        pub const release = handle.release;
        pub const to = handle.to;

        /// An empty list, or one of the items of a slice, array or tuple: `try zb.List.new(.{ 1, "two" })`.
        pub fn new(values: anytype) Error!List(.owned) {
            needGil();
            const list: List(.owned) = .{ .ptr = c.PyList_New(0) orelse return error.Python };
            errdefer list.release();
            switch (@typeInfo(@TypeOf(values))) {
                .pointer, .array => for (values) |value| try list.append(value),
                else => inline for (values) |value| try list.append(value),
            }
            return list;
        }

        pub fn len(self: Self) usize {
            guard.checkGil();
            return @intCast(c.PyList_Size(self.ptr));
        }

        /// Item `position` as a T: IndexError where there is none.
        pub fn get(self: Self, comptime T: type, position: usize) Error!T {
            guard.checkGil();
            return kept(T, c.PyList_GetItem(self.ptr, place(position)) orelse return error.Python);
        }

        /// Exchange item `position`.
        pub fn set(self: Self, position: usize, value: anytype) Error!void {
            // The list takes over the reference, also where there is no such item.
            if (c.PyList_SetItem(self.ptr, place(position), (try toObject(value)).ptr) != 0) return error.Python;
        }

        pub fn append(self: Self, value: anytype) Error!void {
            const own_value = try toObject(value);
            defer own_value.release();
            if (c.PyList_Append(self.ptr, own_value.ptr) != 0) return error.Python;
        }

        /// Put a value before item `position`.
        pub fn insert(self: Self, position: usize, value: anytype) Error!void {
            const own_value = try toObject(value);
            defer own_value.release();
            if (c.PyList_Insert(self.ptr, place(position), own_value.ptr) != 0) return error.Python;
        }

        pub fn sort(self: Self) Error!void {
            needGil();
            if (c.PyList_Sort(self.ptr) != 0) return error.Python;
        }

        pub fn reverse(self: Self) Error!void {
            needGil();
            if (c.PyList_Reverse(self.ptr) != 0) return error.Python;
        }

        /// The items as T, one after the other: `var items = list.items(f64); while (try items.next()) |item| ...`
        pub fn items(self: Self, comptime T: type) Items(T) {
            return .{ .list = self.ptr };
        }
    };
}

/// The items of a list, as it is at each step.
pub fn Items(comptime T: type) type {
    return struct {
        list: *c.PyObject,
        position: isize = 0,

        pub fn next(self: *@This()) Error!?T {
            guard.checkGil();
            if (self.position >= c.PyList_Size(self.list)) return null;
            self.position += 1;
            return try quick(T, c.PyList_GetItem(self.list, self.position - 1).?);
        }
    };
}

/// `zb.Tuple`, `zb.TupleRef`.
pub fn Tuple(comptime ownership: Ownership) type {
    return extern struct {
        ptr: *c.PyObject,

        const Self = @This();
        const handle = Handle(Self, Tuple(.owned));
        pub const zigbind_reference = ownership == .owned;
        pub const zigbind_object = ownership == .borrowed;
        pub const zigbind_converter = Checked(Self, "tuple", isTuple);
        pub const object = handle.object;
        pub const own = handle.own;
        pub const release = handle.release;
        pub const to = handle.to;

        /// `try zb.Tuple.new(.{ 1, "two" })`
        pub fn new(items: anytype) Error!Tuple(.owned) {
            return .{ .ptr = (try tupleOf(items)).ptr };
        }

        pub fn len(self: Self) usize {
            guard.checkGil();
            return @intCast(c.PyTuple_Size(self.ptr));
        }

        /// Item `position` as a T: IndexError where there is none.
        pub fn get(self: Self, comptime T: type, position: usize) Error!T {
            guard.checkGil();
            return kept(T, c.PyTuple_GetItem(self.ptr, place(position)) orelse return error.Python);
        }
    };
}

/// `zb.Dict`, `zb.DictRef`.
pub fn Dict(comptime ownership: Ownership) type {
    return extern struct {
        ptr: *c.PyObject,

        const Self = @This();
        const handle = Handle(Self, Dict(.owned));
        pub const zigbind_reference = ownership == .owned;
        pub const zigbind_object = ownership == .borrowed;
        pub const zigbind_converter = Checked(Self, "dict", isDict);
        pub const object = handle.object;
        pub const own = handle.own;
        pub const release = handle.release;
        pub const to = handle.to;

        /// An empty dict.
        pub fn new() Error!Dict(.owned) {
            needGil();
            return .{ .ptr = c.PyDict_New() orelse return error.Python };
        }

        pub fn len(self: Self) usize {
            guard.checkGil();
            return @intCast(c.PyDict_Size(self.ptr));
        }

        /// The value of a key as a T; null where there is none.
        pub fn get(self: Self, comptime T: type, key: anytype) Error!?T {
            const own_key = try toObject(key);
            defer own_key.release();
            const found = c.PyDict_GetItemWithError(self.ptr, own_key.ptr) orelse return if (c.PyErr_Occurred() != null) error.Python else null;
            return try kept(T, found);
        }

        pub fn put(self: Self, key: anytype, value: anytype) Error!void {
            const own_key = try toObject(key);
            defer own_key.release();
            const own_value = try toObject(value);
            defer own_value.release();
            if (c.PyDict_SetItem(self.ptr, own_key.ptr, own_value.ptr) != 0) return error.Python;
        }

        /// Whether there was such a key.
        pub fn remove(self: Self, key: anytype) Error!bool {
            const own_key = try toObject(key);
            defer own_key.release();
            return if (c.PyDict_DelItem(self.ptr, own_key.ptr) == 0) true else absent("KeyError");
        }

        pub fn contains(self: Self, key: anytype) Error!bool {
            const own_key = try toObject(key);
            defer own_key.release();
            return truth(c.PyDict_Contains(self.ptr, own_key.ptr));
        }

        /// A new dict with the same items.
        pub fn copy(self: Self) Error!Dict(.owned) {
            needGil();
            return .{ .ptr = c.PyDict_Copy(self.ptr) orelse return error.Python };
        }

        /// Keys as K with values as V: `var items = dict.items([]const u8, i64); while (try items.next()) |item| ... item.key, item.value`.
        /// RuntimeError where the dict changes its size meanwhile.
        pub fn items(self: Self, comptime K: type, comptime V: type) Entries(K, V) {
            guard.checkGil();
            return .{ .dict = self.ptr, .size = c.PyDict_Size(self.ptr) };
        }

        pub fn keys(self: Self, comptime K: type) Entries(K, void) {
            guard.checkGil();
            return .{ .dict = self.ptr, .size = c.PyDict_Size(self.ptr) };
        }

        pub fn values(self: Self, comptime V: type) Entries(void, V) {
            guard.checkGil();
            return .{ .dict = self.ptr, .size = c.PyDict_Size(self.ptr) };
        }
    };
}

/// The items of a dict; `void` leaves out the keys or the values.
pub fn Entries(comptime K: type, comptime V: type) type {
    return struct {
        dict: *c.PyObject,
        size: isize,
        position: isize = 0,
        count: isize = 0,

        pub const Entry = if (K == void) V else if (V == void) K else struct { key: K, value: V };

        pub fn next(self: *@This()) callconv(compat.hot) Error!?Entry {
            @setRuntimeSafety(false);
            guard.checkGil();
            var key: ?*c.PyObject = undefined;
            var value: ?*c.PyObject = undefined;
            if (compat.fast(c.PyDict_Next)(self.dict, &self.position, if (K == void) null else &key, if (V == void) null else &value) == 0 or self.count >= self.size) {
                @branchHint(.unlikely);
                return self.end();
            }
            self.count += 1;
            if (K == void) return try quick(V, value.?);
            if (V == void) return try quick(K, key.?);
            return try self.both(key.?, value.?);
        }

        /// Converting the key may run Python code that takes the value out of the dict.
        fn both(_: *@This(), key: *c.PyObject, value: *c.PyObject) Error!Entry {
            const held = (Borrowed{ .ptr = value }).own();
            defer held.release();
            const converted = try quick(K, key);
            return .{ .key = converted, .value = try quick(V, held.ptr) };
        }

        fn end(self: *@This()) Error!?Entry {
            if (self.count == self.size and c.PyDict_Size(self.dict) == self.size) return null;
            c.PyErr_SetString(c.exception("RuntimeError"), "the dict changed its size while it was iterated over");
            return error.Python;
        }
    };
}

/// `zb.Set`, `zb.SetRef`.
pub fn Set(comptime ownership: Ownership) type {
    return extern struct {
        ptr: *c.PyObject,

        const Self = @This();
        const handle = Handle(Self, Set(.owned));
        pub const zigbind_reference = ownership == .owned;
        pub const zigbind_object = ownership == .borrowed;
        pub const zigbind_converter = Checked(Self, "set", isSet);
        pub const object = handle.object;
        pub const own = handle.own;
        pub const release = handle.release;
        pub const to = handle.to;

        /// An empty set.
        pub fn new() Error!Set(.owned) {
            needGil();
            return .{ .ptr = c.PySet_New(null) orelse return error.Python };
        }

        pub fn len(self: Self) usize {
            guard.checkGil();
            return @intCast(c.PySet_Size(self.ptr));
        }

        pub fn add(self: Self, value: anytype) Error!void {
            const own_value = try toObject(value);
            defer own_value.release();
            if (c.PySet_Add(self.ptr, own_value.ptr) != 0) return error.Python;
        }

        pub fn contains(self: Self, value: anytype) Error!bool {
            const own_value = try toObject(value);
            defer own_value.release();
            return truth(c.PySet_Contains(self.ptr, own_value.ptr));
        }

        /// Whether it was there.
        pub fn remove(self: Self, value: anytype) Error!bool {
            const own_value = try toObject(value);
            defer own_value.release();
            return truth(c.PySet_Discard(self.ptr, own_value.ptr));
        }

        pub fn iterate(self: Self) Error!Iterator(.owned) {
            return self.object().iterate();
        }
    };
}

/// `zb.Iterator`, `zb.IteratorRef`.
pub fn Iterator(comptime ownership: Ownership) type {
    return extern struct {
        ptr: *c.PyObject,

        const Self = @This();
        const handle = Handle(Self, Iterator(.owned));
        pub const zigbind_reference = ownership == .owned;
        pub const zigbind_object = ownership == .borrowed;
        pub const zigbind_converter = Checked(Self, "Iterator", isIterator);
        pub const object = handle.object;
        pub const own = handle.own;
        pub const release = handle.release;
        pub const to = handle.to;

        /// The next item as a T; null after the last.
        pub fn next(self: Self, comptime T: type) Error!?T {
            needGil();
            const found = c.PyIter_Next(self.ptr) orelse return if (c.PyErr_Occurred() != null) error.Python else null;
            return try take(T, .{ .ptr = found });
        }
    };
}

/// `zb.Type`, `zb.TypeRef`: a class.
pub fn Type(comptime ownership: Ownership) type {
    return extern struct {
        ptr: *c.PyObject,

        const Self = @This();
        const handle = Handle(Self, Type(.owned));
        pub const zigbind_reference = ownership == .owned;
        pub const zigbind_object = ownership == .borrowed;
        pub const zigbind_converter = Checked(Self, "type", isType);
        pub const object = handle.object;
        pub const own = handle.own;
        pub const release = handle.release;
        pub const to = handle.to;

        /// Make an instance.
        pub fn call(self: Self, args: anytype) Error!Owned {
            return self.object().call(args);
        }

        pub fn isSubclassOf(self: Self, other: anytype) Error!bool {
            needGil();
            return truth(c.PyObject_IsSubclass(self.ptr, object_zig.pointerOf(other)));
        }

        /// `__name__`, in memory of `gpa`.
        pub fn name(self: Self, gpa: std.mem.Allocator) (Error || std.mem.Allocator.Error)![]u8 {
            needGil();
            return copyOf(c.PyType_GetName(@ptrCast(self.ptr)), gpa);
        }
    };
}

/// `zb.Module`, `zb.ModuleRef`.
pub fn Module(comptime ownership: Ownership) type {
    return extern struct {
        ptr: *c.PyObject,

        const Self = @This();
        const handle = Handle(Self, Module(.owned));
        pub const zigbind_reference = ownership == .owned;
        pub const zigbind_object = ownership == .borrowed;
        pub const zigbind_converter = Checked(Self, "ModuleType", isModule);
        pub const object = handle.object;
        pub const own = handle.own;
        pub const release = handle.release;
        pub const to = handle.to;

        /// What the module has under a name.
        pub fn get(self: Self, name: [:0]const u8) Error!Owned {
            return self.object().get(name);
        }

        /// Call a function of the module: `try math.call("hypot", .{ 3, 4 })`
        pub fn call(self: Self, name: [:0]const u8, args: anytype) Error!Owned {
            return self.object().callMethod(name, args);
        }
    };
}

fn isList(value: Borrowed) bool {
    return value.hasType(c.listType()) or value.hasFlag(c.Py_TPFLAGS_LIST_SUBCLASS);
}
fn isTuple(value: Borrowed) bool {
    return value.hasType(c.tupleType()) or value.hasFlag(c.Py_TPFLAGS_TUPLE_SUBCLASS);
}
fn isDict(value: Borrowed) bool {
    return value.hasType(c.dictType()) or value.hasFlag(c.Py_TPFLAGS_DICT_SUBCLASS);
}
fn isSet(value: Borrowed) bool {
    return value.hasType(c.setType()) or c.PyType_IsSubtype(value.ptr.ob_type, c.setType()) != 0;
}
fn isIterator(value: Borrowed) bool {
    return c.PyIter_Check(value.ptr) != 0;
}
fn isType(value: Borrowed) bool {
    return value.hasFlag(c.Py_TPFLAGS_TYPE_SUBCLASS);
}
fn isModule(value: Borrowed) bool {
    return c.PyType_IsSubtype(value.ptr.ob_type, c.moduleType()) != 0;
}

/// `import name`: `const math = try zb.import("math"); defer math.release();`
///
/// Of "os.path" it is the module path itself.
pub fn import(name: [:0]const u8) Error!Module(.owned) {
    needGil();
    const module = try Owned.take(c.PyImport_ImportModule(name));
    if (isModule(module.borrow())) return .{ .ptr = module.ptr };
    defer module.release();
    return refuse(convert.mismatch("module", module.borrow()));
}

/// The value of a Python expression that sees the built-in names alone: `try zb.eval("2**100")`
pub fn eval(expression: [:0]const u8) Error!Owned {
    needGil();
    const builtins = try Owned.take(c.PyImport_ImportModule("builtins"));
    defer builtins.release();
    const names = try Dict(.owned).new();
    defer names.release();
    return builtins.borrow().callMethod("eval", .{ @as([]const u8, expression), names });
}

/// Where no object of its own says so, as in `zb.import`.
fn needGil() void {
    if (registry.uses.gil) guard.requireGil("Python objects were used");
}

fn refuse(_: errors.Refusal) Error {
    return error.Python;
}

/// A new reference to what a Zig value is in Python: what a function that returns it gives. Objects are what they are, also those in
/// a tuple; a tuple literal is a tuple, `null` None.
pub fn toObject(value: anytype) Error!Owned {
    needGil();
    const T = @TypeOf(value);
    if (comptime isObjectLike(T)) {
        c.Py_IncRef(value.ptr);
        return .{ .ptr = value.ptr };
    }
    switch (@typeInfo(T)) {
        .null => return object_zig.immortal(c.none()),
        .comptime_int => return @import("convert/int.zig").comptimeToPython(value),
        .comptime_float => return Owned.take(c.PyFloat_FromDouble(value)),
        .optional => return if (value) |inner| toObject(inner) else object_zig.immortal(c.none()),
        .@"struct" => |info| if (info.is_tuple) return tupleOf(value),
        .pointer => |info| if (info.size == .one) switch (@typeInfo(info.child)) {
            // A literal: text, or `&.{ 1, 2 }`.
            .array => |array| return toObject(@as([]const array.child, value)),
            .@"struct" => |inner| if (inner.is_tuple) return toObject(value.*),
            else => {},
        },
        else => {},
    }
    if (comptime convert.whyNotToPython(T)) |reason| @compileError("this value does not go to Python: " ++ reason);
    const of = try caster.innermost(comptime convert.needsState(T));
    return convert.toPython(value, if (comptime convert.needsState(T)) of.state else undefined);
}

/// A reference, one's own or borrowed.
fn isObjectLike(comptime T: type) bool {
    return T == Borrowed or @typeInfo(T) == .@"struct" and @hasDecl(T, "zigbind_reference");
}

fn tupleOf(items: anytype) Error!Owned {
    needGil();
    const tuple = try Owned.take(c.PyTuple_New(items.len));
    errdefer tuple.release();
    inline for (items, 0..) |item, position| _ = c.PyTuple_SetItem(tuple.ptr, position, (try toObject(item)).ptr);
    return tuple;
}

/// Call `callable`, or the method `name` of it.
fn invoke(callable: *c.PyObject, name: ?[:0]const u8, args: anytype, keywords: anytype) Error!Owned {
    needGil();
    const names = comptime compat.fieldNames(@TypeOf(keywords));
    // In front is room for what CPython may want to put there; the object of a method is the first argument.
    var values: [2 + args.len + names.len]*c.PyObject = undefined;
    var count: usize = 2;
    defer for (values[2..count]) |value| c.Py_DecRef(value);
    inline for (args) |arg| {
        values[count] = (try toObject(arg)).ptr;
        count += 1;
    }
    inline for (names) |keyword| {
        values[count] = (try toObject(@field(keywords, keyword))).ptr;
        count += 1;
    }
    var keyword_names: ?Owned = null;
    defer if (keyword_names) |held| held.release();
    if (names.len > 0) {
        const tuple = try Owned.take(c.PyTuple_New(names.len));
        keyword_names = tuple;
        inline for (names, 0..) |keyword, position|
            _ = c.PyTuple_SetItem(tuple.ptr, position, c.PyUnicode_InternFromString(keyword) orelse return error.Python);
    }
    const kwnames = if (keyword_names) |held| held.ptr else null;
    const method = name orelse return Owned.take(c.PyObject_Vectorcall(callable, values[2..].ptr, args.len | c.PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames));
    const text = try Owned.take(c.PyUnicode_InternFromString(method));
    defer text.release();
    values[1] = callable;
    return Owned.take(c.PyObject_VectorcallMethod(text.ptr, values[1..].ptr, (args.len + 1) | c.PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames));
}

/// A borrowed object as a T, in a loop: what converts without running Python code needs no reference.
fn quick(comptime T: type, found: *c.PyObject) callconv(compat.hot) Error!T {
    const Own = convert.Converter(T);
    if (comptime T != Owned and Own.by_value and !convert.needsState(T) and !convert.needsCall(T)) {
        if (Own.exact(.{ .ptr = found }, undefined)) return Own.fromPython(.{ .ptr = found }, undefined) catch error.Python;
    }
    return kept(T, found);
}

/// A borrowed object as a T that lives as long as the call.
noinline fn kept(comptime T: type, found: *c.PyObject) Error!T {
    return take(T, (Borrowed{ .ptr = found }).own());
}

/// An object as a T; what a T may point into is kept until the call from Python ends.
fn take(comptime T: type, own: Owned) Error!T {
    if (T == Owned) return own;
    if (comptime !convert.outlives(T) or convert.needsCall(T)) {
        const of = caster.innermost(true) catch |err| {
            own.release();
            return err;
        };
        try of.keep(own);
        of.keeps_fields = true;
        return own.borrow().to(T);
    }
    defer own.release();
    return own.borrow().to(T);
}

/// A position as Python counts; what is beyond every list stays so.
fn place(position: usize) isize {
    return std.math.cast(isize, position) orelse std.math.maxInt(isize);
}

fn truth(answer: c_int) Error!bool {
    return if (answer < 0) error.Python else answer != 0;
}

/// False where the exception that is set is of this class.
fn absent(comptime name: []const u8) Error!bool {
    if (c.PyErr_ExceptionMatches(c.exception(name)) == 0) return error.Python;
    errors.clear();
    return false;
}

fn copyOf(made: ?*c.PyObject, gpa: std.mem.Allocator) (Error || std.mem.Allocator.Error)![]u8 {
    const own = try Owned.take(made);
    defer own.release();
    return gpa.dupe(u8, try string.utf8(own.borrow()) orelse "");
}

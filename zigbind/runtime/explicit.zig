//! The explicit API: a module, and all that is in it, made by calls in an exported `PyInit_NAME`.
//!
//!     export fn PyInit_geo() callconv(.c) ?*zb.PyObject {
//!         const module = zb.createModule(.{ .name = "geo" }) catch return null;
//!         zb.defineFunction(module, .{ .name = "area", .func = area }) catch return null;
//!         return module;
//!     }
//!
//! What is defined here goes through the same trampoline, converters and type objects as what is reflected. A configuration is
//! known at compile time; what is wrong in it is a compile error.

const std = @import("std");
const c = @import("capi.zig");
const call_zig = @import("call.zig");
const class_converter = @import("convert/class.zig");
const class_zig = @import("class.zig");
const compat = @import("compat.zig");
const constructor = @import("constructor.zig");
const convert = @import("convert.zig");
const enum_zig = @import("enum.zig");
const errors = @import("errors.zig");
const exception = @import("exception.zig");
const function = @import("function.zig");
const guard = @import("guard.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const options_zig = @import("options.zig");
const property = @import("property.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const slots = @import("slots.zig");
const state_zig = @import("state.zig");
const type_zig = @import("type.zig");

const Error = errors.Error;
const Owned = object.Owned;

// ---- objects

/// Own another reference to an object.
pub fn incref(value: *c.PyObject) void {
    c.Py_IncRef(value);
}

/// Let go of a reference.
pub fn decref(value: *c.PyObject) void {
    c.Py_DecRef(value);
}

/// A new str.
pub fn stringFromUtf8(utf8: []const u8) Error!*c.PyObject {
    return c.PyUnicode_FromStringAndSize(utf8.ptr, @intCast(utf8.len)) orelse error.Python;
}

// ---- modules

/// The state of a module, with arrays that grow with what is defined in it.
const Growing = extern struct {
    state: state_zig.State,
    name_count: usize,

    fn of(module: *c.PyObject) Error!*Growing {
        const definition = c.PyModule_GetDef(module);
        if (definition) |found| if (found.m_free == @as(?*const anyopaque, &free)) return @ptrCast(@alignCast(c.PyModule_GetState(module).?));
        if (c.PyErr_Occurred() == null) c.PyErr_SetString(c.exception("TypeError"), "this module was not made by createModule");
        return error.Python;
    }

    /// Of the module that a class is in.
    fn ofClass(class: *c.PyTypeObject) Error!*Growing {
        const shared = try metadata.share();
        if (c.PyType_IsSubtype(class.asObject().ob_type, shared.metaclass) != 0) return of(metadata.ofDerived(class).state.?.module);
        return of((state_zig.memberState(class.asObject()) orelse return error.Python).module);
    }

    /// Give T a place, in this state too. ValueError where it is defined here already.
    fn define(self: *Growing, comptime T: type) Error!void {
        if (self.state.object(registry.index(T))) |class| {
            _ = c.PyErr_Format(c.exception("ValueError"), @typeName(T) ++ " is defined already: as %R", class);
            return error.Python;
        }
        try grow(?*c.PyObject, &self.state.objects, &self.state.object_count, registry.define(T));
        self.state.shared = try metadata.share();
    }

    /// Give the parameters of a function a place, in this state too.
    fn place(self: *Growing, comptime F: type) Error!void {
        if (F.names.len == 0) return;
        const first = &F.tables[0].shape.first_name;
        if (first.* == 0) {
            const offset = next_name;
            inline for (F.tables) |table| @constCast(table).shape.first_name += offset;
            next_name += F.names.len;
        }
        try grow(*c.PyObject, &self.state.names, &self.name_count, first.* + F.names.len);
        const given: [*]?*c.PyObject = @ptrCast(self.state.names + first.*);
        if (given[0] == null) try state_zig.intern(self.state.names + first.*, F.names);
    }

    fn release(self: *Growing) void {
        for (self.state.objects[0..self.state.object_count]) |*one| instance.replace(one, null);
    }

    fn traverse(module: *c.PyObject, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int {
        const self: *Growing = @ptrCast(@alignCast(c.PyModule_GetState(module) orelse return 0));
        if (self.state.object_count > 0) for (self.state.objects[0..self.state.object_count]) |maybe| if (maybe) |one| {
            const stop = visit(one, context);
            if (stop != 0) return stop;
        };
        return 0;
    }

    fn clear(module: *c.PyObject) callconv(.c) c_int {
        const self: *Growing = @ptrCast(@alignCast(c.PyModule_GetState(module) orelse return 0));
        if (self.state.object_count > 0) self.release();
        return 0;
    }

    fn free(module: *c.PyObject) callconv(.c) void {
        const self: *Growing = @ptrCast(@alignCast(c.PyModule_GetState(module) orelse return));
        if (self.state.object_count > 0) {
            self.release();
            self.state.object_count = 0;
            c.PyMem_Free(@ptrCast(self.state.objects));
        }
        if (self.name_count > 0) {
            for (@as([*]?*c.PyObject, @ptrCast(self.state.names))[0..self.name_count]) |name| c.Py_DecRef(name);
            self.name_count = 0;
            c.PyMem_Free(@ptrCast(self.state.names));
        }
    }
};

/// Where the next parameter names go. In every interpreter of the process the same; 0 is no place.
var next_name: u32 = 1;

/// Room for `wanted` pointers, null until they are set.
fn grow(comptime Pointer: type, array: *[*]Pointer, count: *usize, wanted: usize) Error!void {
    if (wanted <= count.*) return;
    const room = @max(wanted, 2 * count.*, 16);
    const before: ?*anyopaque = if (count.* == 0) null else @ptrCast(array.*);
    const memory: [*]?*c.PyObject = @ptrCast(@alignCast(c.PyMem_Realloc(before, room * @sizeOf(Pointer)) orelse {
        _ = c.PyErr_NoMemory();
        return error.Python;
    }));
    @memset(memory[count.*..room], null);
    array.* = @ptrCast(memory);
    count.* = room;
}

/// What a module is made of.
pub const ModuleOptions = struct {
    /// The last component of the name, as in `PyInit_NAME`.
    name: [:0]const u8,
    doc: [:0]const u8 = "",
    /// As in C, where it says how much state a module has. Here that is zigbind's own.
    size: isize = -1,
};

/// A new module: what `PyInit_NAME` returns.
pub fn createModule(comptime options: ModuleOptions) Error!*c.PyObject {
    if (options.size > 0) @compileError("createModule: the state of a module is zigbind's own; leave out .size");
    const Static = struct {
        var definition: c.PyModuleDef = .{
            .m_name = options.name.ptr,
            .m_doc = if (options.doc.len > 0) options.doc.ptr else null,
            .m_size = @sizeOf(Growing),
            .m_traverse = &Growing.traverse,
            .m_clear = &Growing.clear,
            .m_free = &Growing.free,
        };
    };
    const module = c.PyModule_Create2(&Static.definition, c.PYTHON_ABI_VERSION) orelse return error.Python;
    const self = Growing.of(module) catch unreachable; // it is the one that was just made
    self.state.module = module;
    return module;
}

// ---- functions

/// Add a function that handles Python objects itself: `.{ .name, .impl, .doc = "" }`.
///
/// `impl` takes `(args)`, `(self, args)` or `(self, args, kwargs)`, each a `*PyObject`, where `kwargs` may be null, and returns a
/// new reference, or null with an exception set.
pub fn addFunction(module: *c.PyObject, comptime config: anytype) Error!void {
    comptime check("addFunction", config, &.{ "name", "impl" }, &.{"doc"});
    _ = try Growing.of(module);
    return add(module, &Raw(if (@typeInfo(@TypeOf(config.impl)) == .pointer) config.impl.* else config.impl, text(config.name), text(get(config, "doc", ""))).definition);
}

fn Raw(comptime impl: anytype, comptime name: [:0]const u8, comptime doc: [:0]const u8) type {
    const F = @TypeOf(impl);
    const types = if (@typeInfo(F) == .@"fn") compat.paramTypes(F) else &.{};
    if (types.len < 1 or types.len > 3) @compileError("addFunction: the impl of '" ++ name ++ "' must be a function of (args), (self, args) or (self, args, kwargs)");
    for (types) |T| if (T != *c.PyObject and T != ?*c.PyObject) @compileError("addFunction: the parameters of '" ++ name ++ "' must be of type *PyObject; defineFunction converts others");
    const Return = @typeInfo(F).@"fn".return_type.?;
    if (signature.Payload(Return) != ?*c.PyObject and signature.Payload(Return) != *c.PyObject) @compileError("addFunction: '" ++ name ++ "' must return ?*PyObject; defineFunction converts other results");
    return struct {
        const takes_keywords = types.len == 3;
        const definition: c.PyMethodDef = .{
            .ml_name = name.ptr,
            .ml_meth = if (takes_keywords) &withKeywords else &positional,
            .ml_flags = c.METH_VARARGS | if (takes_keywords) c.METH_KEYWORDS else 0,
            .ml_doc = if (doc.len > 0) doc.ptr else null,
        };
        const Context = struct { self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject, result: ?*c.PyObject };

        fn positional(self: *c.PyObject, args: *c.PyObject) callconv(.c) ?*c.PyObject {
            return enter(self, args, null);
        }

        fn withKeywords(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            if (types[2] == ?*c.PyObject or kwargs != null) return enter(self, args, kwargs);
            const none = c.PyDict_New() orelse return null;
            defer c.Py_DecRef(none);
            return enter(self, args, none);
        }

        /// A call like any other: it has memory of its own, and a panic is an exception.
        fn enter(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) ?*c.PyObject {
            var call: call_zig.Call = undefined;
            call.init();
            call.state = state_zig.ofModule(self);
            defer call.deinit();
            var context: Context = .{ .self = self, .args = args, .kwargs = kwargs, .result = null };
            return if (errors.guarded(&call, &run, &context, name, "")) context.result else null;
        }

        fn run(pointer: *anyopaque) callconv(.c) void {
            const self: *Context = @ptrCast(@alignCast(pointer));
            const result = switch (types.len) {
                1 => impl(self.args),
                2 => impl(self.self, self.args),
                else => impl(self.self, self.args, if (types[2] == ?*c.PyObject) self.kwargs else self.kwargs.?),
            };
            self.result = if (@typeInfo(Return) != .error_union) result else result catch |err| blk: {
                exception.set(@typeInfo(Return).error_union.error_set, err, state_zig.ofModule(self.self));
                break :blk null;
            };
        }
    };
}

fn add(module: *c.PyObject, definition: *const c.PyMethodDef) Error!void {
    const name = try Owned.take(c.PyModule_GetNameObject(module));
    defer name.release();
    const made = try Owned.take(c.PyCFunction_NewEx(definition, module, name.ptr));
    defer made.release();
    if (c.PyModule_AddObjectRef(module, definition.ml_name.?, made.ptr) != 0) return error.Python;
}

/// Add a Zig function: `.{ .name, .func, .doc = "", .args = .{ .{ .name = "a" }, .{ .name = "b", .default = 2 } } }`.
///
/// `args` are its parameters as Python sees them; without it they can only be given by position. `func` can be a `zb.overload` or a `zb.nogil`.
pub fn defineFunction(module: *c.PyObject, comptime config: anytype) Error!void {
    comptime check("defineFunction", config, &.{ "name", "func" }, &.{ "doc", "args" });
    const F = Made(config, "defineFunction", .{ .name = text(config.name), .qualname = text(config.name) });
    try (try Growing.of(module)).place(F);
    return add(module, &F.definition);
}

/// The trampoline of a configuration.
fn Made(comptime config: anytype, comptime caller: []const u8, comptime options: function.Options) type {
    var own = options;
    own.declaration.doc = text(get(config, "doc", ""));
    for (functions(config)) |one| {
        if (@typeInfo(@TypeOf(one.function)) != .@"fn") @compileError(caller ++ ": the func of '" ++ options.name ++ "' is no function");
        if (signature.whyNot(one.function, options.Receiver, .{})) |reason| @compileError(caller ++ ": '" ++ options.name ++ "' cannot be called from Python: " ++ reason);
        if (one.nogil) if (signature.whyNotWithoutGil(one.function, options.Receiver, .{})) |reason| @compileError("zb.nogil: " ++ options.name ++ " cannot run without the GIL: " ++ reason);
    }
    if (isSet(config.func)) {
        if (@hasField(@TypeOf(config), "args")) @compileError(caller ++ ": '" ++ options.name ++ "' is overloaded: its functions have no args");
        return function.Overloaded(config.func.zigbind_overload, own);
    }
    const one = functions(config)[0];
    own.nogil = one.nogil;
    own.arguments = arguments(config, caller, one.function, options.Receiver);
    return function.Function(one.function, own);
}

/// Whether it is a `zb.overload`.
fn isSet(comptime func: anytype) bool {
    return @TypeOf(func) == type and @typeInfo(func) == .@"struct" and @hasDecl(func, "zigbind_overload");
}

/// The functions of a configuration, each as the field `function`.
fn functions(comptime config: anytype) if (isSet(config.func)) [config.func.zigbind_overload.len]type else [1]type {
    comptime {
        const list = if (isSet(config.func)) config.func.zigbind_overload else .{config.func};
        var all: [list.len]type = undefined;
        for (0..list.len) |index| all[index] = struct {
            const function = @import("function.zig").plainOf(list[index]);
            const nogil = @import("function.zig").isNogil(list[index]);
        };
        return all;
    }
}

/// The positional parameters of a function as its configuration describes them.
fn arguments(comptime config: anytype, comptime caller: []const u8, comptime zig: anytype, comptime Receiver: type) []const signature.Argument {
    comptime {
        if (!@hasField(@TypeOf(config), "args")) return &.{};
        const where = caller ++ ": '" ++ config.name ++ "'";
        const types = compat.paramTypes(@TypeOf(zig));
        var positional: []const type = &.{};
        for (types, signature.roles(@TypeOf(zig), Receiver)) |T, role| if (role == .positional) {
            positional = positional ++ .{T.?};
        };
        if (config.args.len > positional.len)
            @compileError(where ++ " has " ++ literal.decimal(config.args.len) ++ " args, but the function takes " ++ literal.decimal(positional.len));
        var list: []const signature.Argument = &.{};
        for (0..config.args.len) |index| {
            const one = config.args[index];
            check(where ++ ", argument " ++ literal.decimal(index + 1), one, &.{"name"}, &.{"default"});
            for (list) |before| if (std.mem.eql(u8, before.name.?, one.name)) @compileError(where ++ " has two arguments '" ++ one.name ++ "'");
            if (@hasField(@TypeOf(one), "default")) {
                // Where this does not compile, the default is no value of the parameter's type.
                const default: positional[index] = one.default;
                list = list ++ .{signature.Argument{ .name = text(one.name), .default = @ptrCast(&default), .text = literal.of(default) }};
            } else {
                if (list.len > 0 and list[list.len - 1].default != null)
                    @compileError(where ++ ": the argument '" ++ one.name ++ "' has no default, but the one before it has");
                list = list ++ .{signature.Argument{ .name = text(one.name) }};
            }
        }
        return list;
    }
}

// ---- classes

/// A class for a struct: `.{ .name, .type, .doc = "", .fields = false, .base = Base }`.
///
/// It has what is defined for it: methods, operators, properties; with `fields` also its fields, as attributes. Without an
/// `__init__` instances are made from the defaults of the fields. `base` is the type of the first field, a class of this module
/// already. `deinit` runs at the end of an instance.
pub fn defineClass(module: *c.PyObject, comptime config: anytype) Error!*c.PyTypeObject {
    comptime check("defineClass", config, &.{ "name", "type" }, &.{ "doc", "fields", "base" });
    const T: type = config.type;
    const Base: ?type = get(config, "base", null);
    const K = Class(T, text(config.name), text(get(config, "doc", "")), get(config, "fields", false));
    comptime if (Base) |B| checkBase(T, B);
    const self = try Growing.of(module);
    const base: ?*c.PyObject = if (Base) |B| (try class_zig.require(B, &self.state)).asObject() else null;
    try self.define(T);
    const class = try type_zig.make(&self.state, .{
        .name = text(config.name),
        .basicsize = @intCast(K.life.end_offset),
        .flags = K.flags,
        .slots = &K.slots,
        .base = base,
        .vectorcall = &K.Constructor.vectorcall,
        .keepers_offset = instance.Layout(T).keepers_offset,
        .keeper_count = instance.Layout(T).keepers,
        .value_bytes = @sizeOf(T),
        .signature = if (comptime hasDefaults(T) and convert.tooLarge(T) == null) "()" else null,
    });
    self.state.objects[registry.index(T)] = class.ptr;
    if (c.PyModule_AddObjectRef(module, text(config.name), class.ptr) != 0) return error.Python;
    return @ptrCast(class.ptr);
}

fn Class(comptime T: type, comptime name: [:0]const u8, comptime doc: [:0]const u8, comptime shows_fields: bool) type {
    if (registry.kindOf(T) == .enumeration or registry.kindOf(T) == .flags) @compileError("defineClass: " ++ @typeName(T) ++ " is for defineEnum");
    if (registry.kindOf(T) == .tagged_union) @compileError("defineClass: " ++ @typeName(T) ++ " is a union: in an explicit module it is data, as in {'variant': ...}");
    if (@typeInfo(T) != .@"struct" or registry.isConverted(T) or @typeInfo(T).@"struct".is_tuple) @compileError("defineClass: " ++ @typeName(T) ++ " is no struct");
    if (@alignOf(T) > 16) @compileError("defineClass: the alignment of " ++ @typeName(T) ++ " is over 16 bytes, which is all that Python gives");
    const own = options_zig.of(T);
    const collected = class_zig.isCollected(T);
    return struct {
        const life = class_zig.Life(T);
        const flags = (if (own.final) 0 else c.Py_TPFLAGS_BASETYPE) | if (collected) c.Py_TPFLAGS_HAVE_GC else 0;
        const Constructor = if (convert.tooLarge(T)) |reason|
            constructor.None(name, reason ++ "; make it with a function that returns zb.Owned")
        else if (hasDefaults(T))
            constructor.Made(T, function.Function(makeDefault, .{ .name = name, .qualname = name, .scope = .class, .Receiver = T }), "()", &.{}, 0)
        else
            constructor.None(name, "no __init__ was defined for it");

        fn makeDefault() T {
            return .{};
        }

        /// `__init__` of an object that is there already: it gets the value of a new one.
        fn init(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) callconv(.c) c_int {
            const data = metadata.ofDerived(self.ob_type);
            if (data.flags.view or data.native.asObject() != data.state.?.object(registry.index(T))) {
                c.PyErr_SetString(c.exception("TypeError"), name ++ ".__init__() cannot initialise an object that is part of another, or of a class that derives from it in Zig");
                return -1;
            }
            return class_zig.moveInto(T, self, c.PyVectorcall_Call(data.native.asObject(), args, kwargs) orelse return -1);
        }

        const fields = property.fields(T, .{}, own);
        const getset = blk: {
            var list: []const c.PyGetSetDef = &.{};
            if (shows_fields) for (fields) |field| {
                list = list ++ .{property.Field(T, field, name).definition};
            };
            if (own.dict) list = list ++ .{c.PyGetSetDef{ .name = "__dict__", .get = &c.PyObject_GenericGetDict, .set = &c.PyObject_GenericSetDict }};
            break :blk list ++ .{c.PyGetSetDef{}};
        };
        const slots = blk: {
            var list: []const c.PyType_Slot = &.{
                .{ .slot = c.Py_tp_new, .pfunc = &type_zig.newWithoutValue },
                .{ .slot = c.Py_tp_init, .pfunc = &init },
                .{ .slot = c.Py_tp_dealloc, .pfunc = &life.dealloc },
                .{ .slot = c.Py_tp_getset, .pfunc = getset.ptr },
                .{ .slot = c.Py_tp_members, .pfunc = &life.members },
            };
            if (doc.len > 0) list = list ++ .{c.PyType_Slot{ .slot = c.Py_tp_doc, .pfunc = doc.ptr }};
            if (shows_fields) list = list ++ .{c.PyType_Slot{ .slot = c.Py_tp_repr, .pfunc = &property.Repr(T, fields, name).repr }};
            if (collected) list = list ++ .{
                c.PyType_Slot{ .slot = c.Py_tp_traverse, .pfunc = &life.traverse },
                c.PyType_Slot{ .slot = c.Py_tp_clear, .pfunc = &life.clear },
            };
            list = list ++ .{c.PyType_Slot{}};
            break :blk list[0..list.len].*;
        };
    };
}

fn hasDefaults(comptime T: type) bool {
    for (0..compat.fieldNames(T).len) |index| if (!compat.fieldHasDefault(T, index)) return false;
    return true;
}

fn checkBase(comptime T: type, comptime Base: type) void {
    const types = compat.fieldTypes(T);
    if (types.len == 0 or types[0] != Base) @compileError("defineClass: the base of " ++ @typeName(T) ++ " is " ++ @typeName(Base) ++ ": its first field must be of that type");
    if (@offsetOf(T, compat.fieldNames(T)[0]) != 0) @compileError("defineClass: the base of " ++ @typeName(T) ++ " is not at its start: declare it as 'extern struct'");
}

/// Add a method: `.{ .name, .func, .doc = "", .args, .static = false }`.
///
/// `func` takes the instance first, as T, *T or *const T. `__init__` is a function that returns a T, with or without an error, or
/// null. A function that takes no instance, or with `static`, is called on the class. Members of an enum can have methods too.
pub fn defineMethod(class: *c.PyTypeObject, comptime config: anytype) Error!void {
    comptime check("defineMethod", config, &.{ "name", "func" }, &.{ "doc", "args", "static" });
    const name = text(config.name);
    if (comptime std.mem.eql(u8, name, "__init__")) return defineInit(class, config);
    if (comptime std.mem.eql(u8, name, "__new__")) @compileError("defineMethod: define __init__: a function that returns the struct");
    if (comptime std.mem.eql(u8, name, "__del__")) @compileError("defineMethod: instead of __del__ give the struct a deinit: it runs exactly once");
    const Receiver = if (get(config, "static", false)) void else ReceiverOf(functions(config)[0].function);
    const self = try Growing.ofClass(class);
    const is_method = Receiver != void;
    if (is_method) try checkReceiver(Receiver, class, self, name) else if (!isNative(class)) {
        c.PyErr_SetString(c.exception("TypeError"), "'" ++ name ++ "' takes no member of the enum; make it a function of the module");
        return error.Python;
    }
    const F = Made(config, "defineMethod", .{
        .name = name,
        .qualname = comptime (if (is_method) class_converter.nameOf(Receiver) ++ "." else "") ++ name,
        .scope = scopeOf(Receiver),
        .Receiver = Receiver,
        .is_operator = comptime slots.isOperator(name),
    });
    try self.place(F);
    const definition = comptime &Adapted(F, config).definition;
    const method = try Owned.take(if (is_method) c.PyDescr_NewMethod(class, definition) else c.PyDescr_NewClassMethod(class, definition));
    defer method.release();
    try set(class, name, method);
    // As in Python: what compares by value has no hash unless it says which.
    if (comptime std.mem.eql(u8, name, "__eq__")) {
        const inherited = try Owned.take(c.PyObject_GetAttrString(c.baseObjectType().asObject(), "__hash__"));
        defer inherited.release();
        const current = try Owned.take(c.PyObject_GetAttrString(class.asObject(), "__hash__"));
        defer current.release();
        if (current.ptr == inherited.ptr) try set(class, "__hash__", object.immortal(c.none()));
    }
}

fn set(class: *c.PyTypeObject, name: [*:0]const u8, value: Owned) Error!void {
    if (c.PyObject_SetAttrString(class.asObject(), name, value.ptr) != 0) return error.Python;
}

fn isNative(class: *c.PyTypeObject) bool {
    const shared = metadata.share() catch return false;
    return shared.made(class);
}

/// The type whose method a function can be: that of its first parameter, or what it points to; void where it is none.
fn ReceiverOf(comptime zig: anytype) type {
    if (@typeInfo(@TypeOf(zig)) != .@"fn") return void;
    const First = compat.firstParam(@TypeOf(zig)) orelse return void;
    const T = switch (@typeInfo(First)) {
        .pointer => |info| if (info.size == .one) info.child else return void,
        .@"struct" => if (@hasDecl(First, "zigbind_owned")) First.zigbind_owned else if (@hasDecl(First, "zigbind_trampoline")) First.zigbind_trampoline else First,
        else => First,
    };
    if (instance.isObject(T)) return void;
    const kind = registry.kindOf(T) orelse return void;
    if (kind == .tagged_union or kind == .errors) return void;
    return if (signature.roles(@TypeOf(zig), T)[0] == .receiver) T else void;
}

fn scopeOf(comptime Receiver: type) function.Scope {
    if (Receiver == void) return .class;
    return if (registry.kindOf(Receiver) == .class) .instance else .member;
}

/// TypeError unless instances of the class are, or begin with, a T.
fn checkReceiver(comptime T: type, class: *c.PyTypeObject, self: *Growing, comptime name: [:0]const u8) Error!void {
    if (self.state.object(registry.index(T))) |own| if (c.PyType_IsSubtype(class, @ptrCast(own)) != 0) return;
    _ = c.PyErr_Format(c.exception("TypeError"), "'" ++ name ++ "' takes a " ++ comptime class_converter.nameOf(T) ++ " first, which instances of %R are not; a function that is no method says .static = true", class);
    return error.Python;
}

/// The definition of a method, where Python's protocol is not Zig's: what changes its instance returns it, null ends an iterator.
fn Adapted(comptime F: type, comptime config: anytype) type {
    const zig = functions(config)[0].function;
    const Result = signature.Payload(@typeInfo(@TypeOf(zig)).@"fn".return_type.?);
    const changes = slots.isInPlace(text(config.name)) and Result == void;
    const iterates = std.mem.eql(u8, config.name, "__next__") and F.optional_result;
    return struct {
        const definition: c.PyMethodDef = if (changes)
            .{ .ml_name = F.definition.ml_name, .ml_meth = &changed, .ml_flags = c.METH_FASTCALL, .ml_doc = F.definition.ml_doc }
        else if (iterates)
            .{ .ml_name = F.definition.ml_name, .ml_meth = &next, .ml_flags = c.METH_NOARGS, .ml_doc = F.definition.ml_doc }
        else
            F.definition;

        fn changed(self: *c.PyObject, items: [*]const object.Borrowed, count: isize) callconv(.c) ?*c.PyObject {
            const result = F.C.entry(self, items, count, null) orelse return null;
            return if (result == c.none()) (object.Borrowed{ .ptr = self }).own().ptr else result;
        }

        fn next(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            const result = F.C.entry(self, undefined, 0, null) orelse return null;
            if (result != c.none()) return result;
            c.PyErr_SetObject(c.exception("StopIteration"), c.none());
            return null;
        }
    };
}

fn defineInit(class: *c.PyTypeObject, comptime config: anytype) Error!void {
    if (@typeInfo(@TypeOf(config.func)) != .@"fn") @compileError("defineMethod: the func of '__init__' is no function");
    if (@hasField(@TypeOf(config), "doc")) @compileError("defineMethod: what there is to say about '__init__' belongs to the doc of the class");
    const Return = @typeInfo(@TypeOf(config.func)).@"fn".return_type.?;
    const Payload = signature.Payload(Return);
    const T = if (@typeInfo(Payload) == .optional) @typeInfo(Payload).optional.child else Payload;
    if (comptime registry.kindOf(T) != .class) @compileError("defineMethod: '__init__' must return the struct of the class, with or without an error, or null; this one returns " ++ @typeName(Return));
    if (comptime signature.whyNot(config.func, void, .{})) |reason| @compileError("defineMethod: '__init__' cannot be called from Python: " ++ reason);
    const Target = constructor.InitTarget(T, signature.FunctionTarget(config.func, void, arguments(config, "defineMethod", config.func, void)));
    const name = comptime class_converter.nameOf(T);
    const F = function.Callable(Target, .{ .name = name, .qualname = name, .scope = .class, .Receiver = T });
    const self = try Growing.ofClass(class);
    if (self.state.object(registry.index(T)) != class.asObject()) {
        _ = c.PyErr_Format(c.exception("TypeError"), "this '__init__' makes a " ++ name ++ ", which instances of %R are not", class);
        return error.Python;
    }
    try self.place(F);
    metadata.of(class).vectorcall = &constructor.Made(T, F, "", &.{}, 0).vectorcall;
    metadata.of(class).signature = comptime signature.parameterText(Target, F.signature, "", false).ptr;
}

/// What an operator is in Python: `.add` is `__add__`, `.radd` that of the right operand, `.iadd` changes the left one.
pub const Operator = enum {
    add,
    sub,
    mul,
    matmul,
    truediv,
    floordiv,
    mod,
    divmod,
    pow,
    lshift,
    rshift,
    @"and",
    xor,
    @"or",
    radd,
    rsub,
    rmul,
    rmatmul,
    rtruediv,
    rfloordiv,
    rmod,
    rdivmod,
    rpow,
    rlshift,
    rrshift,
    rand,
    rxor,
    ror,
    iadd,
    isub,
    imul,
    imatmul,
    itruediv,
    ifloordiv,
    imod,
    ipow,
    ilshift,
    irshift,
    iand,
    ixor,
    ior,
    eq,
    ne,
    lt,
    le,
    gt,
    ge,
    neg,
    pos,
    abs,
    invert,

    /// The name of the method in Python.
    pub fn methodName(comptime self: Operator) [:0]const u8 {
        return "__" ++ @tagName(self) ++ "__";
    }

    fn operands(self: Operator) usize {
        return switch (self) {
            .neg, .pos, .abs, .invert => 1,
            else => 2,
        };
    }
};

/// Let instances take part in an operator. `func` takes the instance first; with another operand that it does not take, Python
/// asks that one.
pub fn defineOperator(class: *c.PyTypeObject, comptime operator: Operator, comptime func: anytype) Error!void {
    const config = .{ .name = comptime operator.methodName(), .func = func };
    comptime for (functions(config)) |one| checkOperator(operator, one.function);
    return defineMethod(class, config);
}

fn checkOperator(comptime operator: Operator, comptime zig: anytype) void {
    const what = "defineOperator: the func of ." ++ @tagName(operator);
    if (@typeInfo(@TypeOf(zig)) != .@"fn") @compileError(what ++ " is no function");
    const count = compat.paramTypes(@TypeOf(zig)).len;
    if (count != operator.operands() and !(operator == .pow and count == 3))
        @compileError(what ++ " takes " ++ literal.decimal(count) ++ " operands, not " ++ literal.decimal(operator.operands()));
    if (ReceiverOf(zig) == void)
        @compileError(what ++ " must take the instance first" ++ if (operator.operands() == 2) "; for the right operand there is .r" ++ @tagName(operator) else "");
}

/// Add an attribute that functions compute and set: `.{ .name, .getter, .setter, .doc = "", .readonly = false }`.
pub fn defineProperty(class: *c.PyTypeObject, comptime config: anytype) Error!void {
    comptime check("defineProperty", config, &.{"name"}, &.{ "getter", "setter", "doc", "readonly" });
    const name = text(config.name);
    const Config = @TypeOf(config);
    const has_setter = comptime @hasField(Config, "setter") and !get(config, "readonly", false);
    if (!@hasField(Config, "getter") and !has_setter) @compileError("defineProperty: '" ++ name ++ "' has neither a getter nor a setter");
    const Receiver = ReceiverOf(if (@hasField(Config, "getter")) config.getter else config.setter);
    if (Receiver == void) @compileError("defineProperty: the functions of '" ++ name ++ "' must take the instance first");
    const options: function.Options = comptime .{ .name = name, .qualname = class_converter.nameOf(Receiver) ++ "." ++ name, .scope = scopeOf(Receiver), .Receiver = Receiver };
    const Get = if (@hasField(Config, "getter")) Made(.{ .func = config.getter }, "defineProperty", options) else void;
    if (Get != void and !Get.takes_nothing) @compileError("defineProperty: the getter of '" ++ name ++ "' takes more than the instance: it is a method");
    const Set = if (has_setter) Made(.{ .name = name, .func = config.setter, .args = .{.{ .name = "value" }} }, "defineProperty", options) else void;
    if (Set != void and Set.positional != 1) @compileError("defineProperty: the setter of '" ++ name ++ "' must take the instance and a value");
    try checkReceiver(Receiver, class, try Growing.ofClass(class), name);
    const attribute = try Owned.take(c.PyDescr_NewGetSet(class, &property.GetSet(Get, Set, name, class_converter.nameOf(Receiver), text(get(config, "doc", ""))).definition));
    defer attribute.release();
    return set(class, name, attribute);
}

// ---- enums

/// An enum, or a packed struct of bools as flags: `.{ .name, .type, .doc = "" }`.
pub fn defineEnum(module: *c.PyObject, comptime config: anytype) Error!*c.PyTypeObject {
    comptime check("defineEnum", config, &.{ "name", "type" }, &.{"doc"});
    const T: type = config.type;
    const kind = comptime registry.kindOf(T);
    if (kind != .enumeration and kind != .flags) @compileError("defineEnum: " ++ @typeName(T) ++ " is no enum, and no packed struct of bools");
    const self = try Growing.of(module);
    try self.define(T);
    try enum_zig.Enum(.{ .T = T, .kind = kind.?, .name = text(config.name), .declaration = .{ .doc = text(get(config, "doc", "")) } }, 0).create(&self.state);
    const class = self.state.object(registry.index(T)).?;
    if (c.PyModule_AddObjectRef(module, text(config.name), class) != 0) return error.Python;
    return @ptrCast(class);
}

// ---- configurations

/// A field of a configuration, or its default.
inline fn get(comptime config: anytype, comptime name: []const u8, comptime default: anytype) if (@hasField(@TypeOf(config), name)) @FieldType(@TypeOf(config), name) else @TypeOf(default) {
    return if (@hasField(@TypeOf(config), name)) @field(config, name) else default;
}

inline fn text(comptime value: []const u8) [:0]const u8 {
    return value ++ "";
}

/// Compile errors for what is missing and what is not known.
fn check(comptime what: []const u8, comptime config: anytype, comptime required: []const []const u8, comptime optional: []const []const u8) void {
    const names = compat.fieldNames(@TypeOf(config));
    for (required) |name| if (!@hasField(@TypeOf(config), name)) @compileError(what ++ ": ." ++ name ++ " is missing");
    for (names) |name| {
        for (required ++ optional) |known| {
            if (std.mem.eql(u8, name, known)) break;
        } else {
            var list: []const u8 = "";
            for (required ++ optional) |known| list = list ++ " ." ++ known;
            @compileError(what ++ ": ." ++ name ++ " is not known; there are" ++ list);
        }
    }
}

//! A tagged union as a class with one class per variant, which derives from it and which `match` takes apart.

const std = @import("std");
const c = @import("capi.zig");
const class_converter = @import("convert/class.zig");
const class_zig = @import("class.zig");
const compat = @import("compat.zig");
const constructor = @import("constructor.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const function = @import("function.zig");
const held = @import("held.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const members_zig = @import("members.zig");
const memory = @import("memory.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const slots_zig = @import("slots.zig");
const state_zig = @import("state.zig");
const type_zig = @import("type.zig");
const Call = @import("call.zig").Call;

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const State = state_zig.State;

/// The class of the variant that a value is.
pub fn variantOf(comptime T: type, value: *const T, state: *State) error{Python}!*c.PyTypeObject {
    @setRuntimeSafety(false);
    const first = registry.index(T);
    try require(T, state);
    inline for (comptime compat.unionNames(T), 1..) |name, place|
        if (value.* == @field(std.meta.Tag(T), name)) return @ptrCast(state.object(first + place).?);
    unreachable;
}

/// Make the classes of T, if it is of another file and they are needed for the first time.
pub fn require(comptime T: type, state: *State) error{Python}!void {
    if (state.object(registry.index(T)) != null) return;
    if (comptime !registry.reflected) {
        c.PyErr_SetString(c.exception("TypeError"), "the union " ++ comptime literal.typeName(T) ++ " was not defined");
        return error.Python;
    }
    const entry = comptime registry.find(T).?;
    if (comptime entry.module == null) return type_zig.missing(entry.name);
    try type_zig.createHere(Union(entry, 0), state);
}

/// The classes of the union of `entry`. The parameter names of its methods begin at `first_name` of the state.
pub fn Union(comptime entry: registry.Entry, comptime first_name: usize) type {
    @setEvalBranchQuota(10_000_000);
    const T = entry.T;
    const variants = compat.unionNames(T);
    const payloads = compat.unionTypes(T);
    const layout = instance.Layout(T);

    return struct {
        pub const place = entry.first;
        pub const Methods = members_zig.Members(T, .{
            .container = entry.container(),
            .Receiver = T,
            .first_name = first_name + variant_names.len,
            .prefix = entry.outer ++ entry.name ++ ".",
            .module = entry.module,
        });
        const variant_names = blk: {
            var list: []const [:0]const u8 = &.{};
            for (0..variants.len) |index| list = list ++ Variant(index, 0).names;
            break :blk list;
        };
        pub const names = variant_names ++ Methods.names;

        fn VariantAt(comptime index: usize) type {
            comptime {
                var name = first_name;
                for (0..index) |before| name += Variant(before, 0).names.len;
                return Variant(index, name);
            }
        }

        const Described = struct { name: []const u8, new: ?[]const u8, fields: []const []const u8 };
        /// Its variants, for descriptions: "circle", "(center: Point, radius: float)", "center: Point".
        pub const described = blk: {
            var list: []const Described = &.{};
            for (variants, 0..) |name, index| {
                const V = Variant(index, 0);
                list = list ++ .{Described{ .name = name, .new = if (V.signatures.len > 0) V.signatures[0] else null, .fields = V.fields }};
            }
            break :blk list;
        };

        const definitions = Methods.definitions ++ .{c.PyMethodDef{}};
        const getset = blk: {
            var list: []const c.PyGetSetDef = &.{};
            for (Methods.skipped) |row| list = list ++ .{@import("property.zig").Missing(row.reason).definition(row.name)};
            break :blk list ++ .{c.PyGetSetDef{}};
        };
        const text = entry.name ++ "(*args, **kwargs)\n--\n\n" ++ if (entry.doc().len > 0) entry.doc() else "One of its variants.";
        const Base = constructor.None(entry.name, "make one of its variants, as in " ++ entry.name ++ "." ++ (if (variants.len > 0) variants[0] else "variant") ++ "(...)");
        const dunders = slots_zig.of(T, Methods);
        const slots = [_]c.PyType_Slot{
            .{ .slot = c.Py_tp_doc, .pfunc = text.ptr },
            .{ .slot = c.Py_tp_new, .pfunc = &type_zig.newWithoutValue },
            .{ .slot = c.Py_tp_init, .pfunc = &Base.init },
            .{ .slot = c.Py_tp_dealloc, .pfunc = &class_zig.Life(T).dealloc },
            .{ .slot = c.Py_tp_methods, .pfunc = definitions[0..definitions.len] },
            .{ .slot = c.Py_tp_getset, .pfunc = getset[0..getset.len] },
        } ++ dunders[0..dunders.len].* ++ collector ++ [_]c.PyType_Slot{.{}};
        /// For the garbage collector: the variants need it too, CPython does not let them inherit it.
        const collector = if (layout.is_gc) [_]c.PyType_Slot{
            .{ .slot = c.Py_tp_traverse, .pfunc = &class_zig.Life(T).traverse },
            .{ .slot = c.Py_tp_clear, .pfunc = &class_zig.Life(T).clear },
        } else [_]c.PyType_Slot{};

        const flags = c.Py_TPFLAGS_BASETYPE | if (layout.is_gc) c.Py_TPFLAGS_HAVE_GC else 0;

        pub fn create(state: *State) error{Python}!void {
            const first = registry.index(T);
            const base = try type_zig.make(state, .{
                .name = entry.name,
                .path = entry.path,
                .outer = entry.outer,
                .module = entry.module,
                .identity = entry.identity,
                .basicsize = layout.end,
                .flags = flags,
                .slots = &slots,
                .vectorcall = &Base.vectorcall,
                .keepers_offset = layout.keepers_offset,
                .keeper_count = layout.keepers,
                .value_bytes = @sizeOf(T),
            });
            state.objects[first] = base.ptr;
            inline for (variants, 0..) |name, index| {
                const V = VariantAt(index);
                const variant = try type_zig.make(state, .{
                    .name = name,
                    .path = entry.path ++ entry.name ++ ".",
                    .outer = entry.outer ++ entry.name ++ ".",
                    .module = entry.module,
                    .identity = if (entry.identity.len > 0) entry.identity ++ "." ++ name else "",
                    .basicsize = layout.end,
                    .flags = flags,
                    .slots = &V.slots,
                    .base = base.ptr,
                    .vectorcall = &V.Constructor.vectorcall,
                    .keepers_offset = layout.keepers_offset,
                    .keeper_count = layout.keepers,
                    .value_bytes = @sizeOf(T),
                });
                state.objects[first + 1 + index] = variant.ptr;
                try class_zig.setMatchArgs(variant.ptr, V.Constructor.match_names);
                if (c.PyObject_SetAttrString(base.ptr, name, variant.ptr) != 0) return error.Python;
            }
        }

        pub fn fill(_: *State) error{Python}!void {}

        /// The class of one variant.
        fn Variant(comptime index: usize, comptime first: usize) type {
            const name = variants[index];
            const Payload = payloads[index];
            const infos = fieldsOf(Payload);
            return struct {
                pub const Constructor = blk: {
                    for (infos) |info| if (held.whyNot(hasDeinit(T, Payload), info.T)) |reason| {
                        break :blk constructor.None(entry.name ++ "." ++ name, "its field '" ++ info.name ++ "' cannot come from Python (" ++ reason ++ ")");
                    };
                    const parameters = names_: {
                        var list: []const [:0]const u8 = &.{};
                        for (infos, 0..) |info, nth| list = list ++ .{signature.writable(info.name, nth)};
                        break :names_ list;
                    };
                    const Target = VariantTarget(T, name, Payload, infos);
                    const F = function.Callable(Target, .{
                        .name = name,
                        .qualname = entry.outer ++ entry.name ++ "." ++ name,
                        .declaration = .{ .parameters = parameters, .location = entry.declaration.location },
                        .first_name = first,
                        .scope = .class,
                        .Receiver = T,
                    });
                    break :blk constructor.Made(T, F, signature.parameterText(Target, F.signature, "", false), parameters, index + 1);
                };
                pub const names = Constructor.names;
                pub const signatures = Constructor.signatures;
                pub const fields = blk: {
                    var list: []const []const u8 = &.{};
                    for (infos) |info| {
                        const F = VariantField(T, name, Payload, info, entry.name ++ "." ++ name);
                        list = list ++ .{info.name ++ ": " ++ (if (F.readable) convert.attributeAnnotation(info.T) else "Never") ++ if (F.readable and F.writable) "" else " readonly"};
                    }
                    break :blk list;
                };
                const own_doc = entry.container().fieldDoc(name);
                const doc = name ++ Constructor.text ++ "\n--\n\n" ++ if (own_doc.len > 0) own_doc else name ++ Constructor.text;
                const properties = blk: {
                    var list: []const c.PyGetSetDef = &.{};
                    for (infos) |info| list = list ++ .{VariantField(T, name, Payload, info, entry.name ++ "." ++ name).definition};
                    break :blk list ++ .{c.PyGetSetDef{}};
                };
                const methods = [_]c.PyMethodDef{ .{ .ml_name = "__reduce__", .ml_meth = &reduce, .ml_flags = c.METH_NOARGS }, .{} };
                pub const slots = [_]c.PyType_Slot{
                    .{ .slot = c.Py_tp_doc, .pfunc = doc.ptr },
                    .{ .slot = c.Py_tp_init, .pfunc = &Constructor.init },
                    .{ .slot = c.Py_tp_getset, .pfunc = properties[0..properties.len] },
                    .{ .slot = c.Py_tp_methods, .pfunc = &methods },
                } ++ (if (class_zig.slotOf(dunders, c.Py_tp_repr) == null) [_]c.PyType_Slot{.{
                    .slot = c.Py_tp_repr,
                    .pfunc = if (@hasDecl(T, "format") and class_zig.slotOf(dunders, c.Py_tp_str) != null) class_zig.slotOf(dunders, c.Py_tp_str) else &repr,
                }} else [_]c.PyType_Slot{}) ++ collector ++ [_]c.PyType_Slot{.{}};

                fn repr(self: *c.PyObject) callconv(.c) ?*c.PyObject {
                    const held_value = instance.value(T, self, .read) catch return null;
                    if (held_value.* != @field(std.meta.Tag(T), name))
                        return c.PyUnicode_FromFormat(entry.name ++ "." ++ name ++ "(... has become a '%s')", @tagName(held_value.*).ptr);
                    if (layout.is_gc) {
                        const entered = c.Py_ReprEnter(self);
                        if (entered != 0) return if (entered > 0) c.PyUnicode_FromString(entry.name ++ "." ++ name ++ "(...)") else null;
                    }
                    defer if (layout.is_gc) c.Py_ReprLeave(self);
                    var text_ = Owned.take(c.PyUnicode_FromString(entry.name ++ "." ++ name ++ "(")) catch return null;
                    inline for (infos, 0..) |info, position| {
                        const value = c.PyObject_GetAttrString(self, info.name);
                        if (value == null) errors.clear();
                        const separator: [*:0]const u8 = if (position == 0) "" else ", ";
                        const longer = if (value) |one| c.PyUnicode_FromFormat("%U%s" ++ info.name ++ "=%R", text_.ptr, separator, one) else c.PyUnicode_FromFormat("%U%s" ++ info.name ++ "=...", text_.ptr, separator);
                        text_.release();
                        c.Py_DecRef(value);
                        text_ = Owned.take(longer) catch return null;
                    }
                    defer text_.release();
                    return c.PyUnicode_FromFormat("%U)", text_.ptr);
                }

                /// `(class, fields)`: a variant is made from its fields.
                fn reduce(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
                    if (comptime instance.ends(T)) {
                        c.PyErr_SetString(c.exception("TypeError"), "cannot pickle or copy '" ++ entry.name ++ "' object: it owns what its deinit frees; define __reduce__");
                        return null;
                    }
                    const args = Owned.take(c.PyTuple_New(infos.len)) catch return null;
                    inline for (infos, 0..) |info, position|
                        _ = c.PyTuple_SetItem(args.ptr, position, c.PyObject_GetAttrString(self, info.name) orelse {
                            args.release();
                            return null;
                        });
                    const result = c.PyTuple_New(2) orelse return null;
                    _ = c.PyTuple_SetItem(result, 0, (Borrowed{ .ptr = self.ob_type.asObject() }).own().ptr);
                    _ = c.PyTuple_SetItem(result, 1, args.ptr);
                    return result;
                }
            };
        }
    };
}

/// Whether a variant's memory is its own: that of the union, or of the struct in it.
fn freesMemory(comptime T: type, comptime Payload: type) bool {
    return instance.freesMemory(T) or instance.freesMemory(Payload);
}

fn hasDeinit(comptime T: type, comptime Payload: type) bool {
    return instance.hasDeinit(T) or instance.hasDeinit(Payload);
}

/// A field of a variant: one of its struct, or its whole payload.
const Info = struct { name: [:0]const u8, zig_name: ?[:0]const u8, T: type, default: ?*const anyopaque = null };

fn fieldsOf(comptime Payload: type) []const Info {
    comptime {
        if (Payload == void) return &.{};
        if (!isTakenApart(Payload)) return &.{.{ .name = "value", .zig_name = null, .T = Payload }};
        var list: []const Info = &.{};
        for (compat.fieldNames(Payload), compat.fieldTypes(Payload), 0..) |name, Field, index| {
            const default = compat.fieldDefaultPointer(Payload, index);
            list = list ++ .{Info{ .name = name, .zig_name = name, .T = Field, .default = default }};
        }
        // As in a class: what has a default comes last.
        var sorted: []const Info = &.{};
        for (list) |info| if (info.default == null) {
            sorted = sorted ++ .{info};
        };
        for (list) |info| if (info.default != null) {
            sorted = sorted ++ .{info};
        };
        return sorted;
    }
}

/// A struct that is no class itself is the fields of its variant.
fn isTakenApart(comptime Payload: type) bool {
    return switch (@typeInfo(Payload)) {
        .@"struct" => |info| !info.is_tuple and !@hasDecl(Payload, "zigbind_converter") and !instance.isObject(Payload) and
            !(registry.reflected and registry.find(Payload) != null) and compat.fieldNames(Payload).len > 0,
        else => false,
    };
}

/// A new T of one variant out of its fields.
fn VariantTarget(comptime T: type, comptime variant: [:0]const u8, comptime Payload: type, comptime infos: []const Info) type {
    const parts = comptime blk: {
        var list: [infos.len]held.Part = undefined;
        for (&list, infos) |*part, info| part.* = .{ .T = info.T, .default = info.default, .frees = freesMemory(T, Payload) };
        const fixed = list;
        break :blk &fixed;
    };
    return held.PartsTarget(T, parts, struct {
        pub fn make(comptime Target: type, values: anytype) callconv(compat.hot) T {
            var payload: Payload = undefined;
            inline for (infos, 0..) |info, index| {
                const value = Target.plain(values, index);
                if (info.zig_name) |field| @field(payload, field) = value else payload = value;
            }
            return @unionInit(T, variant, payload);
        }

        pub fn firstKeeper(comptime index: usize) usize {
            return keepersBefore(freesMemory(T, Payload), Payload, infos[index]);
        }
    });
}

fn keepersBefore(comptime frees: bool, comptime Payload: type, comptime wanted: Info) usize {
    return instance.keepersBefore(Payload, frees, wanted.zig_name orelse return 0);
}

/// Get and set one field of a variant.
fn VariantField(comptime T: type, comptime variant: [:0]const u8, comptime Payload: type, comptime info: Info, comptime class_name: [:0]const u8) type {
    const is_readable = convert.whyNotToPython(info.T) == null and !instance.endsWithin(info.T);
    const is_writable = held.whyNot(hasDeinit(T, Payload), info.T) == null;
    const keepers = instance.keepersOfField(freesMemory(T, Payload), info.T);
    return struct {
        pub const readable = is_readable;
        pub const writable = is_writable;
        pub const definition: c.PyGetSetDef = .{ .name = info.name.ptr, .get = &get, .set = &set };

        /// The variant can have changed: Zig code has assigned another one to the union.
        fn place(self: *c.PyObject, comptime access: instance.Access) callconv(compat.hot) error{Python}!*info.T {
            const value = try instance.value(T, self, access);
            if (value.* != @field(std.meta.Tag(T), variant)) {
                _ = c.PyErr_Format(c.exception("AttributeError"), "this " ++ class_name ++ " has become a '%s'", @tagName(value.*).ptr);
                return error.Python;
            }
            const payload: *Payload = &@field(value, variant);
            return if (info.zig_name) |field| &@field(payload, field) else payload;
        }

        fn get(self: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
            if (!readable) {
                c.PyErr_SetString(c.exception("AttributeError"), class_name ++ "." ++ info.name ++ " is not available in Python: " ++ comptime literal.typeName(info.T) ++ " has no counterpart");
                return null;
            }
            const field = place(self, .read) catch return null;
            const state = state_zig.of(.instance, self);
            if (comptime class_converter.isClass(info.T) and registry.reflected and instance.keeperCount(info.T) == 0) {
                // A copy: the place is another variant's when Zig code assigns one. Read-only, or changes to it would be lost without a word.
                const copy = memory.lasting.create(info.T) catch return c.PyErr_NoMemory();
                copy.* = field.*;
                return (class_converter.makeView(info.T, copy, null, .{ .read_only = true, .owned = true }, state) catch {
                    memory.lasting.destroy(copy);
                    return null;
                }).ptr;
            }
            return (class_converter.partToPython(field.*, self, state) catch return null).ptr;
        }

        fn set(self: *c.PyObject, given: ?*c.PyObject, _: ?*anyopaque) callconv(.c) c_int {
            const new = given orelse {
                c.PyErr_SetString(c.exception("AttributeError"), "cannot delete attribute '" ++ info.name ++ "' of '" ++ class_name ++ "' objects");
                return -1;
            };
            if (!writable) {
                c.PyErr_SetString(c.exception("AttributeError"), class_name ++ "." ++ info.name ++ " cannot be set from Python");
                return -1;
            }
            store(self, .{ .ptr = new }) catch |err| {
                if (err == error.Mismatch) errors.inAttribute(class_name ++ "." ++ info.name);
                return -1;
            };
            return 0;
        }

        fn store(self: *c.PyObject, new: Borrowed) errors.Refusal!void {
            var call: Call = undefined;
            call.init();
            call.state = state_zig.of(.instance, self);
            defer call.deinit();
            _ = try place(self, .write);
            const made = try held.Held(freesMemory(T, Payload), info.T).zigbind_converter.fromPython(new, &call);
            // Converting can have run Python code.
            (try place(self, .write)).* = made.value;
            const first = comptime keepersBefore(freesMemory(T, Payload), Payload, info);
            for (instance.keepersOf(self)[first .. first + keepers], made.keepers) |*keeper, kept| instance.replace(keeper, kept);
        }
    };
}

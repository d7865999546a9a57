//! A Python class of a Zig struct: its fields, methods, slots, constructor, and how its instances begin and end.

const std = @import("std");
const builtin = @import("builtin");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const guard = @import("guard.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const members_zig = @import("members.zig");
const memory = @import("memory.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const options_zig = @import("options.zig");
const property = @import("property.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const rows = @import("rows.zig");
const slots_zig = @import("slots.zig");
const state_zig = @import("state.zig");
const constructor = @import("constructor.zig");
const type_zig = @import("type.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const State = state_zig.State;

/// Whether instances need nothing but memory for header and value.
pub fn isPlain(comptime T: type) bool {
    comptime {
        const own = inherited(T);
        return instance.Layout(T).keepers == 0 and !isCollected(T) and !own.weakref and !own.dict;
    }
}

/// The options that a class has or inherits.
fn inherited(comptime T: type) options_zig.Options {
    comptime {
        var own = options_zig.of(T);
        if (registry.baseOf(T)) |Base| {
            const base = inherited(Base);
            own.dict = own.dict or base.dict;
            own.weakref = own.weakref or base.weakref;
        }
        return own;
    }
}

/// How objects of class T, and of classes in Python that derive from it, begin and end.
pub fn Life(comptime T: type) type {
    const own = inherited(T);
    const layout = instance.Layout(T);
    const collected = isCollected(T);
    return struct {
        /// The dict and the list of weak references, where they are wanted.
        pub const dict_offset = std.mem.alignForward(usize, layout.end, @alignOf(*anyopaque));
        pub const weakref_offset = dict_offset + if (own.dict) @sizeOf(*anyopaque) else 0;
        pub const end_offset = if (own.dict or own.weakref) weakref_offset + (if (own.weakref) @as(usize, @sizeOf(*anyopaque)) else 0) else layout.end;

        /// Where Python finds them.
        pub const members = blk: {
            @setEvalBranchQuota(10_000_000);
            var list: []const c.PyMemberDef = &.{};
            if (own.dict) list = list ++ .{c.PyMemberDef{ .name = "__dictoffset__", .type = c.Py_T_PYSSIZET, .offset = dict_offset, .flags = c.Py_READONLY }};
            if (own.weakref) list = list ++ .{c.PyMemberDef{ .name = "__weaklistoffset__", .type = c.Py_T_PYSSIZET, .offset = weakref_offset, .flags = c.Py_READONLY }};
            list = list ++ .{c.PyMemberDef{}};
            break :blk list[0..list.len].*;
        };

        pub fn dealloc(self: *c.PyObject) callconv(.c) void {
            @setRuntimeSafety(false);
            const class = self.ob_type;
            if (collected) c.PyObject_GC_UnTrack(self);
            // Only what refers to other objects can stand in a chain of them.
            const postponed = &metadata.of(class).shared.postponed;
            if (layout.keepers > 0) if (!postponed.enter(self, &dealloc)) return;
            defer if (layout.keepers > 0) postponed.leave();
            const flags = metadata.of(class).flags;
            const special = flags.any();
            if (own.weakref) if (@as(*?*c.PyObject, @ptrFromInt(@intFromPtr(self) + weakref_offset)).* != null) c.PyObject_ClearWeakRefs(self);
            const has_value = !special or instance.unmarkAbsent(self);
            if (comptime hasEnd(T)) if (has_value) endFinally(T, self, instance.inside(T, self));
            if (layout.keepers > 0 or own.dict) release(self);
            if (!flags.derived) {
                if (collected) c.PyObject_GC_Del(self) else c.PyObject_Free(self);
            } else {
                const free: *const fn (*c.PyObject) callconv(.c) void = @ptrCast(@alignCast(c.PyType_GetSlot(class, c.Py_tp_free).?));
                free(self);
            }
            c.Py_DecRef(class.asObject());
        }

        pub fn release(self: *c.PyObject) void {
            for (instance.keepersOf(self)[0..layout.keepers]) |*keeper| {
                const kept = keeper.*;
                keeper.* = null;
                c.Py_DecRef(kept);
            }
            if (own.dict) {
                const dict: *?*c.PyObject = @ptrFromInt(@intFromPtr(self) + dict_offset);
                const kept = dict.*;
                dict.* = null;
                c.Py_DecRef(kept);
            }
        }

        pub fn traverse(self: *c.PyObject, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int {
            @setRuntimeSafety(false);
            const stop = visit(self.ob_type.asObject(), context);
            if (stop != 0) return stop;
            if (layout.keepers > 0) for (instance.keepersOf(self)[0..layout.keepers]) |keeper| if (keeper) |kept| {
                const end_ = visit(kept, context);
                if (end_ != 0) return end_;
            };
            if (own.dict) if (@as(*?*c.PyObject, @ptrFromInt(@intFromPtr(self) + dict_offset)).*) |dict| return visit(dict, context);
            return 0;
        }

        /// Break cycles: the fields that hold objects hold None afterwards, for code that still runs.
        pub fn clear(self: *c.PyObject) callconv(.c) c_int {
            @setRuntimeSafety(false);
            if (layout.keepers > 0 and !metadata.of(self.ob_type).flags.view) {
                property.forget(T, instance.inside(T, self), instance.keepersOf(self));
            }
            if (own.dict) {
                const dict: *?*c.PyObject = @ptrFromInt(@intFromPtr(self) + dict_offset);
                const kept = dict.*;
                dict.* = null;
                c.Py_DecRef(kept);
            }
            return 0;
        }
    };
}

/// Whether the garbage collector must know the instances.
pub fn isCollected(comptime T: type) bool {
    comptime {
        if (instance.Layout(T).is_gc or options_zig.of(T).dict) return true;
        return if (registry.baseOf(T)) |Base| isCollected(Base) else false;
    }
}

/// The class of `entry`. Its methods' parameter names begin at `first_name` of the state.
pub fn Class(comptime entry: registry.Entry, comptime first_name: usize) type {
    @setEvalBranchQuota(10_000_000);
    const T = entry.T;
    const container = entry.container();

    return struct {
        comptime {
            if (instance.strayObject(T)) |field| @compileError("the field '" ++ field ++ "' of " ++ @typeName(T) ++ " holds zb.Object where nobody keeps the objects alive: " ++
                "hold zb.Ref there, made by object.own(), and release() them in deinit. Only a field of type zb.Object or ?zb.Object is looked after");
        }

        /// Where it is in the objects of the state.
        pub const place = entry.first;
        pub const Methods = members_zig.Members(T, .{
            .container = container,
            .Receiver = T,
            .first_name = first_name + Constructor.names.len,
            .prefix = entry.outer ++ entry.name ++ ".",
            .module = entry.module,
        });
        const own = Methods.options;
        /// In Debug, of a class that needs no code of its own for its fields.
        pub const simple: ?type = rows.Of(T);
        pub const Constructor = if (simple != null and !constructor.hasInit(T)) simple.?.Constructor else constructor.Of(entry, first_name);
        pub const names = Constructor.names ++ Methods.names;
        pub const fields = property.fields(T, container, own);
        const Described = struct { name: [:0]const u8, annotation: [:0]const u8, writable: bool };
        /// For descriptions.
        pub const properties = blk: {
            var list: []const Described = &.{};
            for (own.properties) |name| {
                const Return = @typeInfo(@TypeOf(@field(T, name))).@"fn".return_type orelse continue;
                list = list ++ .{Described{ .name = own.pythonName(name ++ ""), .annotation = convert.attributeAnnotation(signature.Payload(Return)), .writable = Methods.setterOf(name) != null }};
            }
            break :blk list;
        };
        const layout = instance.Layout(T);
        const life = Life(T);
        /// Whether instances are laid out as those of the base: then a class can derive from this one and another such.
        pub const is_alike = if (registry.baseOf(T)) |Base| life.end_offset == Life(Base).end_offset else false;
        const collected = isCollected(T);

        const definitions = blk: {
            @setEvalBranchQuota(10_000_000);
            if (simple != null and !@hasDecl(T, "__getattr__")) break :blk Methods.definitions[0..Methods.definitions.len].* ++ rows.copying ++ [1]c.PyMethodDef{.{}};
            var list: []const c.PyMethodDef = Methods.definitions;
            // CPython knows no slot for it alone: for `super().__getattr__`.
            if (Methods.find("__getattr__")) |member| switch (member.what) {
                .slot => |F| list = list ++ .{F.definition},
                else => {},
            };
            const Pickle = if (simple != null) rows else property.Pickle(T);
            if (pickles) list = list ++ .{
                c.PyMethodDef{ .ml_name = "__reduce__", .ml_meth = &Pickle.reduce, .ml_flags = c.METH_NOARGS },
                c.PyMethodDef{ .ml_name = "__setstate__", .ml_meth = &Pickle.setState, .ml_flags = c.METH_O },
                c.PyMethodDef{ .ml_name = "__replace__", .ml_meth = &property.replace, .ml_flags = c.METH_FASTCALL | c.METH_KEYWORDS },
            } else if (!defines("__reduce__") and !defines("__reduce_ex__")) list = list ++ .{
                c.PyMethodDef{ .ml_name = "__reduce__", .ml_meth = &refusePickle, .ml_flags = c.METH_NOARGS },
                c.PyMethodDef{ .ml_name = "__setstate__", .ml_meth = &refusePickle, .ml_flags = c.METH_O },
            };
            list = list ++ .{c.PyMethodDef{}};
            break :blk list[0..list.len].*;
        };

        fn defines(comptime name: []const u8) bool {
            return @hasDecl(T, name);
        }

        pub const pickles = simple != null or own.pickle and !defines("__reduce__") and !defines("__reduce_ex__") and property.whyNoPickle(T) == null;

        fn refusePickle(_: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            const reason = comptime if (!own.pickle) "its class says so" else property.whyNoPickle(T).?;
            c.PyErr_SetString(c.exception("TypeError"), "cannot pickle or copy '" ++ entry.name ++ "' object: " ++ reason);
            return null;
        }

        const getset = blk: {
            @setEvalBranchQuota(10_000_000);
            var list: []const c.PyGetSetDef = &.{};
            if (simple) |R| {
                var all: [R.rows.len]c.PyGetSetDef = undefined;
                for (&all, &R.rows) |*one, *row| {
                    const doc = container.fieldDoc(row.name);
                    one.* = .{ .name = row.name.ptr, .get = &rows.get, .set = &rows.set, .doc = if (doc.len > 0) doc.ptr else null, .closure = @constCast(row) };
                }
                const fixed = all;
                list = &fixed;
            } else for (fields) |field| if (Methods.find(field.zig_name) == null) {
                list = list ++ .{property.Field(T, field, entry.outer ++ entry.name).definition};
            };
            for (own.properties) |name| list = list ++ .{property.Property(T, Methods, name, container).definition};
            for (Methods.skipped) |row| list = list ++ .{property.Missing(row.reason).definition(row.name)};
            if (own.dict) list = list ++ .{c.PyGetSetDef{ .name = "__dict__", .get = &c.PyObject_GenericGetDict, .set = &c.PyObject_GenericSetDict }};
            list = list ++ .{c.PyGetSetDef{}};
            break :blk list[0..list.len].*;
        };

        // Without a comment the signature, as in a dataclass: `help` would look for one in the source, as if that were Python.
        const text = literal.tuple(.{ literal.bytes(entry.name), parameter_text, literal.bytes("\n--\n\n"), if (entry.doc().len > 0) literal.bytes(entry.doc()) else literal.tuple(.{ literal.bytes(entry.name), parameter_text }), literal.bytes("\x00") });
        const parameter_text = if (@typeInfo(@TypeOf(Constructor.text)) == .pointer) literal.bytes(Constructor.text) else Constructor.text;

        const slots = blk: {
            @setEvalBranchQuota(10_000_000);
            var list: []const c.PyType_Slot = &.{
                .{ .slot = c.Py_tp_doc, .pfunc = &text },
                .{ .slot = c.Py_tp_new, .pfunc = &type_zig.newWithoutValue },
                .{ .slot = c.Py_tp_init, .pfunc = &Constructor.init },
                .{ .slot = c.Py_tp_dealloc, .pfunc = &life.dealloc },
                .{ .slot = c.Py_tp_methods, .pfunc = &definitions },
            };
            if (getset.len > 1) list = list ++ .{c.PyType_Slot{ .slot = c.Py_tp_getset, .pfunc = &getset }};
            if (life.members.len > 1) list = list ++ .{c.PyType_Slot{ .slot = c.Py_tp_members, .pfunc = &life.members }};
            if (collected) list = list ++ .{
                c.PyType_Slot{ .slot = c.Py_tp_traverse, .pfunc = &life.traverse },
                c.PyType_Slot{ .slot = c.Py_tp_clear, .pfunc = &life.clear },
            };
            const dunders = slots_zig.of(T, Methods);
            list = list ++ dunders;
            if (!has(dunders, c.Py_tp_repr)) list = list ++ .{c.PyType_Slot{ .slot = c.Py_tp_repr, .pfunc = if (@hasDecl(T, "format") and has(dunders, c.Py_tp_str)) slotOf(dunders, c.Py_tp_str) else if (simple != null) &rows.repr else &property.Repr(T, fields, entry.name).repr }};
            // An iterator is its own iterable.
            if (has(dunders, c.Py_tp_iternext) and !has(dunders, c.Py_tp_iter)) list = list ++ .{c.PyType_Slot{ .slot = c.Py_tp_iter, .pfunc = &itself }};
            list = list ++ .{c.PyType_Slot{}};
            break :blk list[0..list.len].*;
        };

        fn has(comptime list: []const c.PyType_Slot, comptime slot: c_int) bool {
            return slotOf(list, slot) != null;
        }

        fn itself(self: *c.PyObject) callconv(.c) ?*c.PyObject {
            return (Borrowed{ .ptr = self }).own().ptr;
        }

        /// Make the class, or find the one that another library made of the same source.
        pub fn create(state: *State) error{Python}!void {
            const base: ?*c.PyObject = if (comptime registry.baseOf(T)) |Base| (try require(Base, state)).asObject() else null;
            state.objects[entry.first] = (try type_zig.make(state, .{
                .name = entry.name,
                .path = entry.path,
                .outer = entry.outer,
                .module = entry.module,
                .identity = entry.identity,
                .basicsize = @intCast(life.end_offset),
                .flags = (if (own.final) 0 else c.Py_TPFLAGS_BASETYPE) | if (collected) c.Py_TPFLAGS_HAVE_GC else 0,
                .slots = &slots,
                .base = base,
                .vectorcall = &Constructor.vectorcall,
                .keepers_offset = layout.keepers_offset,
                .keeper_count = layout.keepers,
                .value_bytes = @sizeOf(T),
                .record = if (simple) |R| &R.record else null,
            })).ptr;
        }

        /// What the class has that is no method: what it matches, constants, classes in it.
        pub fn fill(state: *State) error{Python}!void {
            if (@hasDecl(Constructor, "match_names")) return setMatchArgs(state.object(entry.first).?, Constructor.match_names);
            try rows.setMatchArgs(state.object(entry.first).?, &simple.?.record);
        }
    };
}

pub fn slotOf(comptime list: []const c.PyType_Slot, comptime slot: c_int) ?*const anyopaque {
    for (list) |row| if (row.slot == slot) return row.pfunc;
    return null;
}

/// What `case Class(a, b):` takes apart.
pub fn setMatchArgs(class: *c.PyObject, comptime names: []const [:0]const u8) error{Python}!void {
    const tuple = try Owned.take(c.PyTuple_New(names.len));
    defer tuple.release();
    inline for (names, 0..) |name, position|
        _ = c.PyTuple_SetItem(tuple.ptr, position, c.PyUnicode_InternFromString(name));
    if (c.PyObject_SetAttrString(class, "__match_args__", tuple.ptr) != 0) return error.Python;
}

pub fn hasEnd(comptime T: type) bool {
    comptime {
        if (@typeInfo(T) != .@"struct" and @typeInfo(T) != .@"union") return false;
        if (@hasDecl(T, "deinit")) return signature.whyNot(T.deinit, T, .{}) == null;
        return if (registry.baseOf(T)) |Base| hasEnd(Base) else false;
    }
}

/// Run the `deinit` of a value, or that of the base it begins with.
pub fn end(comptime T: type, value: *T) void {
    if (comptime !hasEnd(T)) return;
    if (!@hasDecl(T, "deinit")) return end(registry.baseOf(T).?, @ptrCast(value));
    const types = comptime compat.paramTypes(@TypeOf(T.deinit));
    var args: compat.Tuple(&blk: {
        var list: [types.len]type = undefined;
        for (types, 0..) |P, index| list[index] = P.?;
        break :blk list;
    }) = undefined;
    inline for (types, 0..) |P, index| args[index] = if (P.? == std.mem.Allocator) memory.lasting else if (@typeInfo(P.?) == .pointer) value else value.*;
    const result = @call(.auto, T.deinit, args);
    if (@typeInfo(@TypeOf(result)) == .error_union) result catch {};
}

/// The end of a value in its object: an exception that is on its way stays, a panic is reported and goes no further.
noinline fn endFinally(comptime T: type, self: *c.PyObject, value: *T) void {
    @setRuntimeSafety(false);
    if (comptime !hasEnd(T)) return;
    const raised = c.PyErr_GetRaisedException();
    defer if (raised != null) c.PyErr_SetRaisedException(raised);
    const body = struct {
        fn run(pointer: *anyopaque) callconv(.c) void {
            end(T, @ptrCast(@alignCast(pointer)));
            // An error of Python code that it caught.
            if (registry.uses.raises) errors.clear();
        }
    };
    if (!guard.supported or !(compat.is_safe or registry.uses.panic or registry.uses.gil)) return body.run(value);
    var frame: guard.Frame = undefined;
    frame.call = null;
    if (guard.run(&frame, &body.run, value)) {
        errors.setPanic(&frame, "deinit", "");
        // Not the object itself: it has no references any more, and showing it would end it again.
        c.PyErr_WriteUnraisable(self.ob_type.asObject());
    }
}

/// The class of objects of class T whose value is elsewhere.
fn View(comptime entry: registry.Entry) type {
    const T = entry.T;
    const own = inherited(T);
    const life = Life(T);
    return struct {
        const view_offset = std.mem.alignForward(usize, life.end_offset, @alignOf(instance.View));
        const view_slots = [_]c.PyType_Slot{
            .{ .slot = c.Py_tp_getset, .pfunc = &view_getset },
            .{ .slot = c.Py_tp_doc, .pfunc = "A " ++ entry.name ++ " that is part of another object." },
            .{ .slot = c.Py_tp_dealloc, .pfunc = &viewDealloc },
            .{ .slot = c.Py_tp_traverse, .pfunc = &viewTraverse },
            .{ .slot = c.Py_tp_clear, .pfunc = &viewClear },
            .{},
        };

        fn viewDealloc(self: *c.PyObject) callconv(.c) void {
            const class = self.ob_type;
            c.PyObject_GC_UnTrack(self);
            const postponed = &metadata.of(class).shared.postponed;
            if (!postponed.enter(self, &viewDealloc)) return;
            defer postponed.leave();
            const view = instance.viewOf(self);
            if (own.weakref) if (@as(*?*c.PyObject, @ptrFromInt(@intFromPtr(self) + life.weakref_offset)).* != null) c.PyObject_ClearWeakRefs(self);
            const has_value = !metadata.of(class).shared.absent.remove(@intFromPtr(self));
            if (view.owned and has_value) {
                const value: *T = @ptrCast(@alignCast(view.value));
                endFinally(T, self, value);
                memory.lasting.destroy(value);
            }
            c.Py_DecRef(view.owner);
            if (own.dict) life.release(self);
            c.PyObject_GC_Del(self);
            c.Py_DecRef(class.asObject());
        }

        const view_getset = [_]c.PyGetSetDef{ .{ .name = "__class__", .get = &viewClass }, .{} };

        /// What a view is to Python code, pickle above all.
        fn viewClass(self: *c.PyObject, _: ?*anyopaque) callconv(.c) ?*c.PyObject {
            return (Borrowed{ .ptr = metadata.of(self.ob_type).native.asObject() }).own().ptr;
        }

        /// `type(view)(...)` makes an object of its own.
        fn viewCall(class: *c.PyObject, items: [*]const *c.PyObject, count: usize, keywords: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return c.PyObject_Vectorcall(metadata.of(@ptrCast(class)).native.asObject(), items, count, keywords);
        }

        fn viewTraverse(self: *c.PyObject, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int {
            if (instance.viewOf(self).owner) |owner| {
                const stop = visit(owner, context);
                if (stop != 0) return stop;
            }
            if (own.dict) if (@as(*?*c.PyObject, @ptrFromInt(@intFromPtr(self) + life.dict_offset)).*) |dict| {
                const stop = visit(dict, context);
                if (stop != 0) return stop;
            };
            return visit(self.ob_type.asObject(), context);
        }

        fn viewClear(self: *c.PyObject) callconv(.c) c_int {
            if (own.dict) {
                const dict: *?*c.PyObject = @ptrFromInt(@intFromPtr(self) + life.dict_offset);
                const kept = dict.*;
                dict.* = null;
                c.Py_DecRef(kept);
            }
            return 0;
        }

        pub fn create(state: *State) error{Python}!void {
            const base = try require(T, state);
            state.objects[registry.index(T) + 1] = (try type_zig.make(state, .{
                .name = entry.name,
                .path = entry.path,
                .outer = entry.outer,
                .module = entry.module,
                .basicsize = @intCast(view_offset + @sizeOf(instance.View)),
                .flags = c.Py_TPFLAGS_HAVE_GC,
                .slots = &view_slots,
                .base = base.asObject(),
                .vectorcall = &viewCall,
                .keepers_offset = instance.Layout(T).keepers_offset,
                .value_bytes = @sizeOf(T),
                .view_offset = view_offset,
            })).ptr;
        }
    };
}

/// Give `self` the value of `made`, a new object that nobody else has; the value that `self` had ends with it.
pub fn moveInto(comptime T: type, self: *c.PyObject, made: *c.PyObject) c_int {
    @setRuntimeSafety(false);
    const had_value = instance.unmarkAbsent(self);
    std.mem.swap(T, instance.inside(T, self), instance.inside(T, made));
    const count = comptime instance.Layout(T).keepers;
    if (count > 0) for (instance.keepersOf(self)[0..count], instance.keepersOf(made)[0..count]) |*a, *b| std.mem.swap(?*c.PyObject, a, b);
    // What is in `made` now was never a value, unless `self` had one.
    if (comptime hasEnd(T)) if (!had_value) {
        metadata.of(made.ob_type).flags.absent = true;
        instance.markAbsent(made) catch {
            errors.clear();
            return 0; // better lost than ended twice
        };
    };
    c.Py_DecRef(made);
    return 0;
}

/// The class of T; that of another file is made, or found, when it is first needed.
pub fn require(comptime T: type, state: *State) error{Python}!*c.PyTypeObject {
    if (state.object(registry.index(T))) |class| return @ptrCast(class);
    if (comptime !registry.reflected) {
        c.PyErr_SetString(c.exception("TypeError"), "the class " ++ comptime literal.typeName(T) ++ " was not defined");
        return error.Python;
    }
    const entry = comptime registry.find(T).?;
    // Those of the module itself were made with it.
    if (comptime entry.module == null) return type_zig.missing(entry.name);
    try type_zig.createHere(Class(entry, 0), state);
    return @ptrCast(state.object(entry.first).?);
}

pub fn requireView(comptime T: type, state: *State) error{Python}!*c.PyTypeObject {
    const at = registry.index(T) + 1;
    if (state.object(at)) |class| return @ptrCast(class);
    const entry = comptime registry.find(T) orelse registry.Entry{ .T = T, .kind = .class, .name = @import("convert/class.zig").nameOf(T) };
    try View(entry).create(state);
    return @ptrCast(state.object(at).?);
}

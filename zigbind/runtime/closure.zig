//! Zig functions with a state of their own as Python callables: `zb.Function(fn (i64) i64)`.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const function_zig = @import("function.zig");
const guard = @import("guard.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const memory = @import("memory.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const standard = @import("standard.zig");
const state_zig = @import("state.zig");
const Call = @import("call.zig").Call;
const State = state_zig.State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// Whether a function can need the classes or the exceptions of the module.
const needs_state = !registry.reflected or registry.object_count > 0;

/// The head of what a Python function with a state is bound to; the value of the state is behind it.
const Box = extern struct {
    /// Of the module; null before Python has the function, and in modules without classes and exceptions.
    state: ?*State = null,
    definition: *const c.PyMethodDef,
    /// Run the `deinit` of the value; null where it has none.
    end: ?*const fn (box: *Box) callconv(.c) void,
    /// Let go of the objects that are kept for it.
    release: *const fn (box: *Box) callconv(.c) void,
    destroy: *const fn (box: *Box) callconv(.c) void,
    /// Show the objects in the value to the garbage collector; null where there are none.
    traverse: ?*const fn (box: *Box, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int,
    has_ended: bool = false,

    fn endOnce(self: *Box) void {
        if (self.has_ended) return;
        self.has_ended = true;
        if (self.end) |end| end(self);
    }
};

/// A function that Python can call, with a state that lives as long as Python keeps it. Only out.
///
///     const Adder = struct { n: i64 };
///     fn add(self: *Adder, x: i64) i64 {
///         self.n += x;
///         return self.n;
///     }
///     pub fn adder(n: i64) !zb.Function(fn (i64) i64) {
///         return .init(Adder{ .n = n }, add);
///     }
///
/// Objects in the state (zb.Object, zb.List, zb.Callable ...) are kept, as fields of a class are: in it, in structs, optionals and
/// arrays of it. References of its own (zb.Ref, the Own of a zb.Callable), also in lists and maps, are for its `deinit` to release.
/// The garbage collector knows both kinds: a function that nobody can reach any more ends, also in a cycle with them.
///
/// The `deinit` of the state runs once, when the last reference is gone. What is not returned to Python is ended by `deinit`.
pub fn Function(comptime F: type) type {
    if (@typeInfo(F) != .@"fn") @compileError("zb.Function takes a function type, as in zb.Function(fn (i64) i64), not " ++ @typeName(F));
    const Payload = signature.Payload(@typeInfo(F).@"fn".return_type.?);
    return struct {
        box: *Box,

        const Self = @This();

        /// `function` takes the state first, by value or by pointer, then the parameters of F; and an allocator where it wants
        /// one, for memory of the call. It can fail. A `state` of `{}` is none: then it takes just the parameters.
        pub fn init(state: anytype, comptime function: anytype) error{OutOfMemory}!Self {
            const S = @TypeOf(state);
            comptime check(F, S, function);
            const moment = guard.Moment.begin() catch return error.OutOfMemory;
            defer moment.end();
            const box = try memory.lasting.create(Bound(S, function));
            box.* = .{ .base = Bound(S, function).base_value, .value = state };
            box.keep();
            return .{ .box = &box.base };
        }

        /// End one that Python did not get.
        pub fn deinit(self: Self) void {
            // Its objects are released.
            const moment = guard.Moment.begin() catch return;
            defer moment.end();
            drop(self.box);
        }

        pub const zigbind_converter = struct {
            pub const annotation = "Callable[[" ++ blk: {
                var text: []const u8 = "";
                for (compat.paramTypes(F), 0..) |T, index| text = text ++ (if (index == 0) "" else ", ") ++ convert.Converter(T.?).annotation;
                break :blk text;
            } ++ "], " ++ convert.resultAnnotation(Payload) ++ "]";
            pub const expected = "callable";
            pub const by_value = true;
            pub const needs_state = @import("closure.zig").needs_state;

            pub fn toPython(value: Self, state: *State) error{Python}!Owned {
                return make(value.box, state);
            }
        };
    };
}


/// Let Python own `box`.
fn make(box: *Box, state: *State) error{Python}!Owned {
    const holder = hold(box) catch |err| {
        drop(box);
        return err;
    };
    defer holder.release();
    if (!needs_state) return Owned.take(c.PyCFunction_NewEx(box.definition, holder.ptr, null));
    box.state = state;
    c.Py_IncRef(state.module);
    const module_name = try Owned.take(c.PyModule_GetNameObject(state.module));
    defer module_name.release();
    return Owned.take(c.PyCFunction_NewEx(box.definition, holder.ptr, module_name.ptr));
}

fn drop(box: *Box) void {
    box.endOnce();
    box.release(box);
    if (box.state) |known| c.Py_DecRef(known.module);
    box.destroy(box);
}

// ---- what the Python function is bound to: an object, for the garbage collector

/// The key of its class in the dict of the interpreter: the layouts of `Holder` and `Box` are an agreement between libraries that
/// were built apart, and this is its version.
const agreement = "zigbind.Function 1";

const Holder = state_zig.Holder;

fn hold(box: *Box) error{Python}!Owned {
    const made = try Owned.take(c.PyType_GenericAlloc(try classOf(), 0));
    @as(*Holder, @ptrCast(@alignCast(made.ptr))).box = @ptrCast(box);
    return made;
}

fn boxOf(pointer: *c.PyObject) ?*Box {
    return @ptrCast(@alignCast(@as(*Holder, @ptrCast(@alignCast(pointer))).box));
}

/// Of this interpreter.
fn classOf() error{Python}!*c.PyTypeObject {
    const dict = c.PyInterpreterState_GetDict(c.PyInterpreterState_Get()) orelse {
        _ = c.PyErr_NoMemory();
        return error.Python;
    };
    if (c.PyDict_GetItemString(dict, agreement)) |class| return @ptrCast(class);
    const class = try Owned.take(c.PyType_FromMetaclass(null, null, &spec, null));
    defer class.release();
    if (c.PyDict_SetItemString(dict, agreement, class.ptr) != 0) return error.Python;
    return @ptrCast(class.ptr);
}

const spec: c.PyType_Spec = .{
    .name = "zigbind.FunctionState",
    .basicsize = @sizeOf(Holder),
    .flags = c.Py_TPFLAGS_HAVE_GC | c.Py_TPFLAGS_DISALLOW_INSTANTIATION | c.Py_TPFLAGS_IMMUTABLETYPE,
    .slots = &.{
        .{ .slot = c.Py_tp_doc, .pfunc = "What a function of Zig code has of its own." },
        .{ .slot = c.Py_tp_dealloc, .pfunc = &dealloc },
        .{ .slot = c.Py_tp_traverse, .pfunc = &traverse },
        .{ .slot = c.Py_tp_finalize, .pfunc = &finalize },
        .{ .slot = c.Py_tp_clear, .pfunc = &clear },
        .{},
    },
};

fn dealloc(pointer: *c.PyObject) callconv(.c) void {
    c.PyObject_GC_UnTrack(pointer);
    if (boxOf(pointer)) |box| {
        const raised = c.PyErr_GetRaisedException();
        drop(box);
        if (raised != null) c.PyErr_SetRaisedException(raised);
    }
    const class = pointer.ob_type;
    c.PyObject_GC_Del(pointer);
    c.Py_DecRef(class.asObject());
}

fn traverse(pointer: *c.PyObject, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int {
    const stop = visit(pointer.ob_type.asObject(), context);
    if (stop != 0) return stop;
    const box = boxOf(pointer) orelse return 0;
    if (box.state) |state| {
        const end = visit(state.module, context);
        if (end != 0) return end;
    }
    return (box.traverse orelse return 0)(box, visit, context);
}

/// Nobody can call the function any more but what ends with it. A `deinit` can call Python code, so it runs now, while all that ends is
/// still whole.
fn finalize(pointer: *c.PyObject) callconv(.c) void {
    const box = boxOf(pointer) orelse return;
    if (box.traverse != null and box.end != null) box.endOnce();
}

fn clear(pointer: *c.PyObject) callconv(.c) c_int {
    const box = boxOf(pointer) orelse return 0;
    if (box.traverse == null) return 0;
    box.endOnce();
    box.release(box);
    return 0;
}

/// A function and its state.
fn Bound(comptime S: type, comptime function: anytype) type {
    return struct {
        base: Box,
        value: S,
        /// What the objects in it are owned by.
        keepers: [keeper_count]?*c.PyObject = @splat(null),
        /// How many calls are under way, which may leave references of their own for a moment that are none.
        running: usize = 0,
        /// How many calls are under way that can exchange objects: one within another takes away what that still has.
        exchanging: usize = 0,
        /// A list of such objects, until no call is under way.
        aside: ?*c.PyObject = null,

        const Self = @This();
        const keeper_count = keepersIn(S);
        const owns_references = ownsReferences(S);
        pub const base_value: Box = .{
            .definition = &definition,
            .end = if (hasDeinit(S)) &end else null,
            .release = &release,
            .destroy = &destroy,
            .traverse = if (keeper_count > 0 or owns_references) &show else null,
        };
        const name = nameOf(function);
        const definition = function_zig.Callable(Target, .{ .name = name, .qualname = name, .scope = .closure, .declaration = .{ .location = "zb.Function" } }).definition;

        fn end(box: *Box) callconv(.c) void {
            const self: *Self = @fieldParentPtr("base", box);
            const raised = c.PyErr_GetRaisedException();
            defer if (raised != null) c.PyErr_SetRaisedException(raised);
            var call: Call = undefined;
            call.init();
            if (box.state) |state| call.state = state;
            if (!errors.guarded(&call, &endValue, &self.value, "deinit", name)) c.PyErr_WriteUnraisable(null);
            errors.clear();
            call.deinit();
        }

        fn release(box: *Box) callconv(.c) void {
            const self: *Self = @fieldParentPtr("base", box);
            for (&self.keepers) |*keeper| instance.replace(keeper, null);
            instance.replace(&self.aside, null);
        }

        fn destroy(box: *Box) callconv(.c) void {
            const self: *Self = @fieldParentPtr("base", box);
            memory.lasting.destroy(self);
        }

        /// Own the objects that the value has now.
        fn keep(self: *Self) void {
            if (keeper_count == 0) return;
            var now: [keeper_count]?*c.PyObject = @splat(null);
            findObjects(S, &self.value, &now);
            // All of them before any is let go of: that can run Python code.
            for (now) |one| c.Py_IncRef(one);
            for (&self.keepers, now) |*keeper, one| {
                const before = keeper.*;
                keeper.* = one;
                if (self.exchanging > 0 and before != null and before != one) self.putAside(before.?);
                c.Py_DecRef(before);
            }
            if (self.exchanging == 0) instance.replace(&self.aside, null);
        }

        /// Without memory for it the object stays for ever.
        fn putAside(self: *Self, one: *c.PyObject) void {
            if (self.aside == null) self.aside = c.PyList_New(0);
            if (self.aside) |list| if (c.PyList_Append(list, one) == 0) return;
            errors.clear();
            c.Py_IncRef(one);
        }

        fn show(box: *Box, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int {
            const self: *Self = @fieldParentPtr("base", box);
            for (self.keepers) |keeper| if (keeper) |one| {
                const stop = visit(one, context);
                if (stop != 0) return stop;
            };
            if (self.aside) |list| {
                const stop = visit(list, context);
                if (stop != 0) return stop;
            }
            // Whoever runs is reachable anyway.
            if (owns_references and self.running == 0 and !box.has_ended) return showReferences(S, &self.value, visit, context);
            return 0;
        }

        fn endValue(pointer: *anyopaque) callconv(.c) void {
            const value: *S = @ptrCast(@alignCast(pointer));
            const takes_allocator = comptime compat.paramTypes(@TypeOf(S.deinit)).len == 2;
            _ = if (takes_allocator) S.deinit(value, memory.lasting) else value.deinit();
        }

        /// The state behind the object, as the first parameter of the function.
        const Place = struct {
            ptr: *S,

            pub const zigbind_converter = struct {
                pub const annotation = "object";
                pub const expected = "object";
                pub const by_value = false;
                pub const needs_call = false;

                pub fn fromPython(holder: Borrowed, _: *Call) errors.Refusal!Place {
                    const box = boxOf(holder.ptr).?;
                    if (box.has_ended) return gone();
                    const self: *Self = @fieldParentPtr("base", box);
                    return .{ .ptr = &self.value };
                }

                fn gone() errors.Refusal {
                    @branchHint(.cold);
                    c.PyErr_SetString(c.exception("ReferenceError"), name ++ "() was ended by the garbage collector, with all that nobody could reach any more");
                    return error.Python;
                }
            };
        };

        const Target = struct {
            const all = compat.paramTypes(@TypeOf(function));
            pub const types = blk: {
                var list: [all.len]type = undefined;
                for (all, 0..) |T, index| list[index] = if (index == 0 and S != void) Place else T.?;
                const fixed = list;
                break :blk &fixed;
            };
            pub const kinds = blk: {
                var list: [all.len]signature.Role = undefined;
                for (all, 0..) |T, index| list[index] = if (index == 0 and S != void) .receiver else if (T.? == std.mem.Allocator) .allocator else .positional;
                const fixed = list;
                break :blk &fixed;
            };
            const Arguments = compat.Tuple(blk: {
                var list: [all.len]type = undefined;
                for (all, 0..) |T, index| list[index] = T.?;
                const fixed = list;
                break :blk &fixed;
            });
            pub const Return = @typeInfo(@TypeOf(function)).@"fn".return_type.?;

            pub fn name(comptime _: usize) ?[:0]const u8 {
                return null;
            }
            pub fn hasDefault(comptime _: usize) bool {
                return false;
            }
            pub fn defaultText(comptime _: usize) [:0]const u8 {
                unreachable;
            }
            pub fn invoke(values: anytype) callconv(compat.hot) Return {
                if (S == void) return @call(.auto, function, values.*);
                const self: *Self = @fieldParentPtr("value", values[0].ptr);
                // A panic leaves it so: what the value holds then, nobody knows.
                if (owns_references) self.running += 1;
                defer if (owns_references) {
                    self.running -= 1;
                };
                if (settles) self.exchanging += 1;
                var arguments: Arguments = undefined;
                arguments[0] = if (all[0].? == S) values[0].ptr.* else values[0].ptr;
                inline for (1..all.len) |index| arguments[index] = values[index];
                return @call(.auto, function, arguments);
            }

            /// Whether the function can exchange the objects of its state.
            pub const settles = keeper_count > 0 and all[0].? == *S;

            /// After the result has references of its own; after a panic too.
            pub fn settle(holder: Borrowed) void {
                const box = boxOf(holder.ptr).?;
                if (box.has_ended) return;
                const self: *Self = @fieldParentPtr("base", box);
                // None where the arguments did not fit, or a panic came before the call.
                self.exchanging -|= 1;
                const raised = c.PyErr_GetRaisedException();
                self.keep();
                if (raised != null) c.PyErr_SetRaisedException(raised);
            }
        };
    };
}

// ---- the objects in a state

/// How many objects it can have that are not references of its own.
fn keepersIn(comptime T: type) usize {
    return switch (@typeInfo(T)) {
        .optional => |info| keepersIn(info.child),
        .array => |info| info.len * keepersIn(info.child),
        .@"struct" => if (instance.isObject(T)) 1 else if (isOwn(T)) 0 else blk: {
            var count: usize = 0;
            for (compat.fieldTypes(T)) |Field| count += keepersIn(Field);
            break :blk count;
        },
        else => 0,
    };
}

/// What they are, each in its place.
fn findObjects(comptime T: type, value: *T, into: []?*c.PyObject) void {
    if (comptime keepersIn(T) == 0) return;
    switch (@typeInfo(T)) {
        .optional => |info| if (value.*) |*inner| findObjects(info.child, inner, into),
        .array => |info| for (value, 0..) |*item, index| findObjects(info.child, item, into[index * comptime keepersIn(info.child) ..]),
        .@"struct" => if (comptime instance.isObject(T)) {
            into[0] = value.ptr;
            // It is no argument any more.
            if (@hasField(T, "is_argument")) value.is_argument = false;
        } else {
            comptime var at = 0;
            inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T)) |name, Field| {
                if (comptime keepersIn(Field) > 0) findObjects(Field, &@field(value, name), into[at..]);
                at += comptime keepersIn(Field);
            }
        },
        else => {},
    }
}

/// A reference of one's own: to be released.
fn isOwn(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and (@hasDecl(T, "zigbind_reference") and T.zigbind_reference or @hasDecl(T, "zigbind_own"));
}

/// Whether it has references of its own that can be found: not behind pointers, which may lead to the same ones twice.
fn ownsReferences(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| ownsReferences(info.child),
        .array => |info| ownsReferences(info.child),
        .@"struct" => if (isOwn(T)) true else if (standard.kindOf(T)) |kind| switch (kind) {
            .list => ownsReferences(standard.Item(T)),
            .map, .array_map => ownsReferences(standard.Value(T)) or ownsReferences(standard.Key(T)),
            else => false,
        } else for (compat.fieldTypes(T)) |Field| {
            if (ownsReferences(Field)) break true;
        } else false,
        .@"union" => |info| info.tag_type != null and for (compat.unionTypes(T)) |Payload| {
            if (ownsReferences(Payload)) break true;
        } else false,
        else => false,
    };
}

fn showReferences(comptime T: type, value: *const T, visit: c.visitproc, context: ?*anyopaque) c_int {
    if (comptime !ownsReferences(T)) return 0;
    switch (@typeInfo(T)) {
        .optional => |info| if (value.*) |*inner| return showReferences(info.child, inner, visit, context),
        .array => |info| for (value) |*item| {
            const stop = showReferences(info.child, item, visit, context);
            if (stop != 0) return stop;
        },
        .@"union" => switch (value.*) {
            inline else => |*payload| return showReferences(@TypeOf(payload.*), payload, visit, context),
        },
        .@"struct" => if (comptime isOwn(T)) {
            const stop = visit(value.ptr, context);
            // The Own of a zb.Callable has the module too.
            if (stop == 0 and @hasDecl(T, "zigbind_own") and T.zigbind_own) return visit(value.state.module, context);
            return stop;
        } else if (comptime standard.kindOf(T)) |kind| switch (kind) {
            .list => for (value.items) |*item| {
                const stop = showReferences(standard.Item(T), item, visit, context);
                if (stop != 0) return stop;
            },
            else => {
                var entries = value.iterator();
                while (entries.next()) |entry| {
                    const stop = showReferences(standard.Key(T), entry.key_ptr, visit, context);
                    if (stop != 0) return stop;
                    const end = showReferences(standard.Value(T), entry.value_ptr, visit, context);
                    if (end != 0) return end;
                }
            },
        } else inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T)) |name, Field| if (comptime ownsReferences(Field)) {
            const stop = showReferences(Field, &@field(value, name), visit, context);
            if (stop != 0) return stop;
        },
        else => {},
    }
    return 0;
}

fn hasDeinit(comptime S: type) bool {
    return S != void and instance.hasDeinit(S);
}

fn check(comptime F: type, comptime S: type, comptime function: anytype) void {
    const where = "zb.Function: ";
    const G = @TypeOf(function);
    if (@typeInfo(G) != .@"fn") @compileError(where ++ "init takes a function second, not " ++ @typeName(G));
    const all = compat.paramTypes(G);
    if (S != void) {
        const First = if (all.len > 0) all[0] orelse void else void;
        if (First != S and First != *S and First != *const S)
            @compileError(where ++ "the function must take the state first, as " ++ @typeName(S) ++ " or a pointer to it, not " ++ @typeName(First));
        if (why(S)) |reason| @compileError(where ++ "the state " ++ @typeName(S) ++ reason);
    }
    var wanted: []const type = &.{};
    for (compat.paramTypes(F)) |T| wanted = wanted ++ .{T.?};
    var position: usize = 0;
    for (all[if (S == void) 0 else 1..]) |T| if ((T orelse void) != std.mem.Allocator) {
        if (position == wanted.len or T != wanted[position]) @compileError(where ++ "the function has other parameters than " ++ @typeName(F));
        position += 1;
    };
    if (position != wanted.len) @compileError(where ++ "the function has fewer parameters than " ++ @typeName(F));
    if (signature.Payload(@typeInfo(G).@"fn".return_type.?) != signature.Payload(@typeInfo(F).@"fn".return_type.?))
        @compileError(where ++ "the function returns another type than " ++ @typeName(F));
    for (wanted, 1..) |T, index| if (convert.whyNotFromPython(T)) |reason| @compileError(where ++ "parameter " ++ literal.decimal(index) ++ " is no Python type: " ++ reason);
    if (convert.whyNotResult(signature.Payload(@typeInfo(F).@"fn".return_type.?))) |reason| @compileError(where ++ "the result is no Python type: " ++ reason);
}

/// Why a state would not last.
fn why(comptime S: type) ?[]const u8 {
    if (leadsToObject(S, false, 0)) return " holds a Python object where nobody keeps it alive: hold zb.Ref there (object.own()) or the Own of a zb.Callable (f.own()), and release it in deinit";
    if (!hasDeinit(S) and leadsToMemory(S)) return " points to memory that nobody frees, or that ends before it: let it own that memory, and free it in deinit";
    return null;
}

/// Whether it leads to a zb.Object out of its own memory, where it could be of any number.
fn leadsToObject(comptime T: type, comptime beyond: bool, comptime depth: usize) bool {
    if (depth > 8) return false;
    return switch (@typeInfo(T)) {
        .optional => |info| leadsToObject(info.child, beyond, depth + 1),
        .array => |info| leadsToObject(info.child, beyond, depth + 1),
        .pointer => |info| switch (@typeInfo(info.child)) {
            .@"opaque", .@"fn" => false,
            else => leadsToObject(info.child, true, depth + 1),
        },
        .@"struct" => if (instance.isObject(T)) beyond else if (isOwn(T) or T == std.mem.Allocator) false else if (standard.kindOf(T)) |kind| switch (kind) {
            .list => leadsToObject(standard.Item(T), true, depth + 1),
            .map, .array_map => leadsToObject(standard.Key(T), true, depth + 1) or leadsToObject(standard.Value(T), true, depth + 1),
            else => false,
        } else if (registry.isConverted(T)) false else for (compat.fieldTypes(T)) |Field| {
            if (leadsToObject(Field, beyond, depth + 1)) break true;
        } else false,
        .@"union" => for (compat.unionTypes(T)) |Payload| {
            if (leadsToObject(Payload, true, depth + 1)) break true;
        } else false,
        else => false,
    };
}

fn leadsToMemory(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .pointer => |info| @typeInfo(info.child) != .@"fn",
        .optional => |info| leadsToMemory(info.child),
        .array => |info| leadsToMemory(info.child),
        .@"struct" => !instance.isObject(T) and for (compat.fieldTypes(T)) |Field| {
            if (leadsToMemory(Field)) break true;
        } else false,
        else => false,
    };
}

/// The name of a function, as the compiler writes it into the name of a type that is made with it.
fn nameOf(comptime function: anytype) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(100_000);
        const text = @typeName(Named(function));
        const before = "(function '";
        const at = std.mem.lastIndexOf(u8, text, before) orelse return "function";
        const rest = text[at + before.len ..];
        return rest[0 .. std.mem.indexOfScalar(u8, rest, '\'') orelse return "function"] ++ "";
    }
}

fn Named(comptime function: anytype) type {
    return struct {
        const named = function;
    };
}

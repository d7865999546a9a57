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
const state_zig = @import("state.zig");
const Call = @import("call.zig").Call;
const State = state_zig.State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// Whether a function can need the classes or the exceptions of the module.
const needs_state = !registry.reflected or registry.object_count > 0;

/// What the capsule that a Python function is bound to points to; the value of the state is behind it.
const Box = extern struct {
    /// First, where `state.of` looks for it.
    state: ?*State = null,
    definition: *const c.PyMethodDef,
    end: *const fn (box: *Box) callconv(.c) void,
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
/// The `deinit` of the state runs when the last reference is gone. What is not returned to Python is ended by `deinit`.
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
            box.* = .{ .base = .{ .definition = &Bound(S, function).definition, .end = &Bound(S, function).end }, .value = state };
            return .{ .box = &box.base };
        }

        /// End one that Python did not get.
        pub fn deinit(self: Self) void {
            self.box.end(self.box);
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
    const capsule = Owned.take(c.PyCapsule_New(box, state_zig.capsule_name, &endCapsule)) catch |err| {
        box.end(box);
        return err;
    };
    defer capsule.release();
    if (!needs_state) return Owned.take(c.PyCFunction_NewEx(box.definition, capsule.ptr, null));
    box.state = state;
    c.Py_IncRef(state.module);
    const module_name = try Owned.take(c.PyModule_GetNameObject(state.module));
    defer module_name.release();
    return Owned.take(c.PyCFunction_NewEx(box.definition, capsule.ptr, module_name.ptr));
}

fn endCapsule(capsule: *c.PyObject) callconv(.c) void {
    const box: *Box = @ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule, state_zig.capsule_name) orelse return errors.clear()));
    const state = box.state;
    box.end(box);
    if (needs_state) if (state) |known| c.Py_DecRef(known.module);
}

/// A function and its state.
fn Bound(comptime S: type, comptime function: anytype) type {
    return struct {
        base: Box,
        value: S,

        const Self = @This();
        const name = nameOf(function);
        const definition = function_zig.Callable(Target, .{ .name = name, .qualname = name, .scope = .closure, .declaration = .{ .location = "zb.Function" } }).definition;

        fn end(box: *Box) callconv(.c) void {
            const self: *Self = @fieldParentPtr("base", box);
            if (comptime hasDeinit(S)) {
                const raised = c.PyErr_GetRaisedException();
                var call: Call = undefined;
                call.init();
                if (box.state) |state| call.state = state;
                if (!errors.guarded(&call, &endValue, &self.value, "deinit", name)) c.PyErr_WriteUnraisable(null);
                errors.clear();
                call.deinit();
                if (raised != null) c.PyErr_SetRaisedException(raised);
            }
            memory.lasting.destroy(self);
        }

        fn endValue(pointer: *anyopaque) callconv(.c) void {
            const value: *S = @ptrCast(@alignCast(pointer));
            const takes_allocator = comptime compat.paramTypes(@TypeOf(S.deinit)).len == 2;
            _ = if (takes_allocator) S.deinit(value, memory.lasting) else value.deinit();
        }

        /// The state behind the capsule, as the first parameter of the function.
        const Place = struct {
            ptr: *S,

            pub const zigbind_converter = struct {
                pub const annotation = "object";
                pub const expected = "object";
                pub const by_value = false;
                pub const needs_call = false;

                pub fn fromPython(capsule: Borrowed, _: *Call) errors.Refusal!Place {
                    const box: *Box = @ptrCast(@alignCast(c.PyCapsule_GetPointer(capsule.ptr, state_zig.capsule_name) orelse return error.Python));
                    const self: *Self = @fieldParentPtr("base", box);
                    return .{ .ptr = &self.value };
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
                var arguments: Arguments = undefined;
                arguments[0] = if (all[0].? == S) values[0].ptr.* else values[0].ptr;
                inline for (1..all.len) |index| arguments[index] = values[index];
                return @call(.auto, function, arguments);
            }
        };
    };
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
    if (leadsToObject(S)) return " holds a Python object that nobody keeps alive: hold zb.Ref (object.own()) or the Own of a zb.Callable (f.own()), and release it in deinit";
    if (!hasDeinit(S) and leadsToMemory(S)) return " points to memory that nobody frees, or that ends before it: let it own that memory, and free it in deinit";
    return null;
}

fn leadsToObject(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| leadsToObject(info.child),
        .array => |info| leadsToObject(info.child),
        .@"struct" => instance.isObject(T) or for (compat.fieldTypes(T)) |Field| {
            if (leadsToObject(Field)) break true;
        } else false,
        else => false,
    };
}

fn leadsToMemory(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .pointer => |info| @typeInfo(info.child) != .@"fn",
        .optional => |info| leadsToMemory(info.child),
        .array => |info| leadsToMemory(info.child),
        .@"struct" => for (compat.fieldTypes(T)) |Field| {
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

//! `zb.Callable(fn (f64) f64)`: any Python callable, called with Zig values.

const std = @import("std");
const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const guard = @import("../guard.zig");
const literal = @import("../literal.zig");
const object = @import("../object.zig");
const registry = @import("../registry.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// The first item before the arguments is free for the callee: a bound method puts its instance there.
const arguments_offset = @as(usize, 1) << (@bitSizeOf(usize) - 1);

/// Whether a value can be an instance of a class of the module: also that of a keyword argument, which is known at the call only.
const values_need_state = !registry.reflected or registry.object_count > 0;

/// Whether nothing but a callback leaves an exception behind: then none is looked for until the first one has failed.
const seldom_raised = registry.reflected and !registry.uses.exceptions and !registry.uses.gil;

/// A Python callable that is called like the function type F: its arguments are converted, and its result is.
///
///     pub fn integrate(f: zb.Callable(fn (f64) f64), a: f64, b: f64) !f64 {
///         var sum: f64 = 0;
///         for (0..1000) |i| sum += try f.call(.{a + (b - a) * @as(f64, @floatFromInt(i)) / 1000});
///         return sum * (b - a) / 1000;
///     }
///
/// As a parameter it is borrowed for the call, as a field of a class it is kept by the instance; anywhere else `own` keeps it.
/// An exception of the callable is `error.Python`: returned, it goes on as it is. What a result points into (a text, a slice,
/// an object) lives as long as the call from Python does. A result of a `void` function is not looked at.
pub fn Callable(comptime F: type) type {
    if (@typeInfo(F) != .@"fn") @compileError("zb.Callable takes a function type, as in zb.Callable(fn (f64) f64), not " ++ @typeName(F));
    const types = comptime parameterTypes(F);
    const Result = switch (@typeInfo(@typeInfo(F).@"fn".return_type orelse @compileError("the result of zb.Callable depends on its parameters"))) {
        .error_union => |info| info.payload,
        else => @typeInfo(F).@"fn".return_type.?,
    };

    return extern struct {
        ptr: *c.PyObject,
        /// The classes of the module, where a value is an instance of one. Always there: a class can have such a field before it
        /// is known which types are classes.
        state: *State,
        /// It is an argument of the call that runs, which keeps it; what is kept elsewhere may let go of it while it runs.
        is_argument: bool = false,

        const Self = @This();
        pub const Arguments = compat.Tuple(types);
        /// A reference to a Python object, and nothing else that would have to be kept.
        pub const zigbind_object = true;
        pub const zigbind_callable = F;

        /// Call it. `error.Python` where it raised, or where its result is no `Result`.
        pub fn call(self: Self, arguments: Arguments) error{Python}!Result {
            return self.callWith(arguments, .{});
        }

        /// Call it with keyword arguments: `f.callWith(.{1.0}, .{ .scale = 2.0, .name = "x" })`.
        pub fn callWith(self: Self, arguments: Arguments, keywords: anytype) error{Python}!Result {
            if (comptime registry.uses.gil) {
                // Whoever Python calls has a frame.
                if (guard.top() == null and guard.supported) @panic("a Python callable was called on a thread that is not Python's: use zb.withGil");
                guard.requireGil("a Python callable was called");
            }
            const usual = if (comptime seldom_raised) !errors.isLeft() else c.PyErr_Occurred() == null;
            if (!usual) {
                @branchHint(.unlikely);
                return callBeside(self.ptr, self.state, arguments, keywords);
            }
            return self.invoke(arguments, keywords) catch {
                @branchHint(.cold);
                errors.leave();
                return error.Python;
            };
        }

        /// Of an error that was caught, or is on its way: no Python code may run with it.
        noinline fn callBeside(callable: *c.PyObject, state: *State, arguments: Arguments, keywords: anytype) error{Python}!Result {
            @branchHint(.cold);
            const raised = c.PyErr_GetRaisedException();
            const self: Self = .{ .ptr = callable, .state = state };
            const result = self.invoke(arguments, keywords) catch |err| {
                c.Py_DecRef(raised);
                return err;
            };
            if (raised != null) c.PyErr_SetRaisedException(raised);
            return result;
        }

        /// A reference that lasts until its `release`, for containers and threads. The garbage collector does not see it.
        pub fn own(self: Self) Own {
            c.Py_IncRef(self.ptr);
            if (values_need_state) c.Py_IncRef(self.state.module);
            return .{ .ptr = self.ptr, .state = self.state };
        }

        /// A callable that outlives the call it came with.
        pub const Own = extern struct {
            ptr: *c.PyObject,
            state: *State,

            /// A reference to be released; with `true` also one to the module.
            pub const zigbind_own = values_need_state;

            pub fn borrow(self: Own) Self {
                return .{ .ptr = self.ptr, .state = self.state };
            }

            pub fn call(self: Own, arguments: Arguments) error{Python}!Result {
                return self.borrow().callWith(arguments, .{});
            }

            pub fn callWith(self: Own, arguments: Arguments, keywords: anytype) error{Python}!Result {
                return self.borrow().callWith(arguments, keywords);
            }

            /// Exactly once.
            pub fn release(self: Own) void {
                if (registry.uses.gil) guard.requireGil("a Python callable was released");
                c.Py_DecRef(self.ptr);
                if (values_need_state) c.Py_DecRef(self.state.module);
            }
        };

        fn invoke(self: Self, arguments: Arguments, keywords: anytype) callconv(compat.hot) error{Python}!Result {
            @setRuntimeSafety(false);
            const names = comptime compat.fieldNames(@TypeOf(keywords));
            var items: [1 + types.len + names.len]*c.PyObject = undefined;
            inline for (types, 1..) |T, place| {
                items[place] = (convert.toPython(@as(T, arguments[place - 1]), self.state) catch return drop(items[1..place])).ptr;
            }
            inline for (names, 1 + types.len..) |name, place| {
                items[place] = (keywordToPython(@field(keywords, name), self.state) catch return drop(items[1..place])).ptr;
            }
            const keyword_names = if (names.len > 0) keywordNames(names) catch return drop(items[1..]) else null;
            const is_held = !self.is_argument;
            if (is_held) c.Py_IncRef(self.ptr);
            const given = compat.fast(c.PyObject_Vectorcall)(self.ptr, items[1..].ptr, types.len | arguments_offset, keyword_names);
            inline for (items[1..]) |item| compat.fast(c.Py_DecRef)(item);
            if (names.len > 0) c.Py_DecRef(keyword_names);
            const result = self.convertResult(given) catch {
                if (is_held) c.Py_DecRef(self.ptr);
                return error.Python;
            };
            if (is_held) c.Py_DecRef(self.ptr);
            return result;
        }

        fn convertResult(self: Self, given: ?*c.PyObject) callconv(compat.hot) error{Python}!Result {
            @setRuntimeSafety(false);
            const result = try Owned.take(given);
            if (Result == void) return result.release();
            if (comptime !convert.needsCall(Result) and convert.outlives(Result)) {
                var own_call: Call = undefined;
                if (values_need_state) own_call.state = self.state;
                const value = convert.fromPython(Result, result.borrow(), &own_call) catch |err| {
                    @branchHint(.cold);
                    result.release();
                    return self.unfit(err);
                };
                result.release();
                return value;
            }
            const current = guard.currentCall() orelse {
                result.release();
                c.PyErr_SetString(c.exception("RuntimeError"), "the result of a callback would not outlive it: it was called outside a call from Python");
                return error.Python;
            };
            if (Result == []const u8) if (copyOfText(result, current)) |text| return text;
            try current.keep(result);
            current.keeps_fields = true;
            return convert.fromPython(Result, result.borrow(), current) catch |err| self.unfit(err);
        }

        fn unfit(self: Self, err: errors.Refusal) error{Python} {
            @branchHint(.cold);
            if (err == error.Mismatch) inResult(self.ptr);
            return error.Python;
        }

        pub const zigbind_converter = struct {
            pub const annotation = "Callable[[" ++ blk: {
                var list: []const []const u8 = &.{};
                for (types) |T| list = list ++ .{convert.resultAnnotation(T)};
                break :blk joined(list);
            } ++ "], " ++ (if (Result == void) "object" else convert.Converter(Result).annotation) ++ "]";
            pub const expected = "callable";
            pub const by_value = false;
            pub const needs_call = false;
            pub const needs_state = values_need_state;

            /// What keeps its arguments or its result from being Python's.
            pub fn unsupported(comptime _: fn (type) ?[:0]const u8) ?[:0]const u8 {
                for (types, 1..) |T, position| if (convert.whyNotToPython(T)) |reason|
                    return "argument " ++ literal.decimal(position) ++ " of the callback is no Python type: " ++ reason;
                if (Result != void) if (convert.whyNotFromPython(Result)) |reason|
                    return "the result of the callback is no Python type: " ++ reason;
                return null;
            }

            pub fn exact(value: Borrowed, _: *Call) callconv(compat.hot) bool {
                return c.PyCallable_Check(value.ptr) != 0;
            }

            pub fn fromPython(value: Borrowed, current: *Call) callconv(compat.hot) errors.Refusal!Self {
                if (c.PyCallable_Check(value.ptr) == 0) return convert.mismatch(expected, value);
                return .{ .ptr = value.ptr, .state = if (values_need_state) current.state else undefined };
            }

            pub fn toPython(value: Self, _: *State) callconv(compat.hot) error{Python}!Owned {
                return (Borrowed{ .ptr = value.ptr }).own();
            }
        };
    };
}

/// A short text is cheaper to copy than its object is to keep. Null, with the reference still there, where it is not short.
fn copyOfText(result: Owned, call: *Call) callconv(compat.hot) ?[]const u8 {
    @setRuntimeSafety(false);
    if (!result.borrow().hasType(c.unicodeType())) return null;
    var size_bytes: isize = 0;
    const start = c.PyUnicode_AsUTF8AndSize(result.ptr, &size_bytes) orelse {
        errors.clear();
        return null;
    };
    if (size_bytes > longest_copy_bytes) return null;
    const text = start[0..@intCast(size_bytes)];
    const copy = call.arena.allocate(text.len, .@"1") orelse return null;
    @memcpy(copy, text);
    result.release();
    return copy[0..text.len];
}

/// About as much as a str and the reference to it take.
const longest_copy_bytes = 128;

/// Parameter types of a function type that has no generic ones.
pub fn parameterTypes(comptime F: type) []const type {
    comptime {
        const maybe = compat.paramTypes(F);
        var list: [maybe.len]type = undefined;
        for (maybe, 0..) |T, index| list[index] = T orelse @compileError("parameter " ++ literal.decimal(index + 1) ++ " of " ++ @typeName(F) ++ " is anytype");
        const fixed = list;
        return &fixed;
    }
}

fn joined(comptime parts: []const []const u8) [:0]const u8 {
    comptime {
        var text: [:0]const u8 = "";
        for (parts, 0..) |part, index| text = text ++ (if (index == 0) "" else ", ") ++ part;
        return text;
    }
}

fn drop(items: []const *c.PyObject) error{Python} {
    @branchHint(.cold);
    for (items) |item| c.Py_DecRef(item);
    return error.Python;
}

fn keywordToPython(value: anytype, state: *State) error{Python}!Owned {
    const T = @TypeOf(value);
    return switch (@typeInfo(T)) {
        .comptime_int, .comptime_float => convert.constantToPython(value, state),
        // A literal: "text".
        .pointer => |info| if (info.size == .one and @typeInfo(info.child) == .array) convert.toPython(@as([]const std.meta.Elem(T), value), state) else convert.toPython(value, state),
        .null => object.immortal(c.none()),
        else => convert.toPython(value, state),
    };
}

/// A tuple of the names of keyword arguments.
fn keywordNames(comptime names: []const [:0]const u8) error{Python}!*c.PyObject {
    const tuple = try Owned.take(c.PyTuple_New(names.len));
    errdefer tuple.release();
    inline for (names, 0..) |name, position|
        _ = c.PyTuple_SetItem(tuple.ptr, position, c.PyUnicode_InternFromString(name) orelse return error.Python);
    return tuple.ptr;
}

/// Say in the exception that is set which callable returned what does not fit.
noinline fn inResult(callable: *c.PyObject) void {
    @branchHint(.cold);
    const raised = Owned.take(c.PyErr_GetRaisedException()) catch return;
    defer raised.release();
    const name = c.PyObject_GetAttrString(callable, "__name__") orelse blk: {
        errors.clear();
        break :blk c.PyType_GetName(callable.ob_type) orelse return;
    };
    defer c.Py_DecRef(name);
    _ = c.PyErr_Format(raised.ptr.ob_type.asObject(), "result of callback '%S': %S", name, raised.ptr);
}

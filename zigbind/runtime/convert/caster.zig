//! `zb.TypeCaster(T)`: the converter of a type for code in a call; and types that say themselves how they convert.

const c = @import("../capi.zig");
const call_zig = @import("../call.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const exception = @import("../exception.zig");
const guard = @import("../guard.zig");
const object = @import("../object.zig");
const registry = @import("../registry.zig");
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Call = call_zig.Call;

/// What converts a T, both ways, for code that was called from Python. A type converts as it wants where it has a
///
///     pub const TypeCaster = struct {
///         pub fn fromPython(obj: *zb.PyObject) !T { ... }
///         pub fn toPython(value: T) !*zb.PyObject { ... }
///     };
pub fn TypeCaster(comptime T: type) type {
    return struct {
        /// The T in an object. It may point into the object or into memory of the call.
        pub fn fromPython(obj: *c.PyObject) error{Python}!T {
            if (comptime convert.whyNotFromPython(T)) |reason| @compileError("TypeCaster: " ++ reason);
            const call = try innermost(convert.needsCall(T) or convert.needsState(T));
            return convert.fromPython(T, .{ .ptr = obj }, call) catch error.Python;
        }

        /// A new reference.
        pub fn toPython(value: T) error{Python}!*c.PyObject {
            if (comptime convert.whyNotToPython(T)) |reason| @compileError("TypeCaster: " ++ reason);
            const call = try innermost(convert.needsState(T));
            return (try convert.toPython(value, call.state)).ptr;
        }
    };
}

/// The call that this thread is in.
pub fn innermost(is_needed: bool) error{Python}!*Call {
    if (guard.top()) |frame| if (frame.call) |call| return call;
    if (!is_needed) return undefined;
    c.PyErr_SetString(c.exception("RuntimeError"), "this conversion needs a call from Python that it belongs to");
    return error.Python;
}

/// The converter of a type with a `TypeCaster` of its own.
pub fn Custom(comptime T: type) type {
    const Own = T.TypeCaster;
    return struct {
        pub const annotation = "object";
        pub const expected = annotation;
        pub const by_value = !canPoint(T);
        pub const needs_call = true;
        pub const needs_state = true;

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            const name = if (whyNot == convert.whyNotFromPython) "fromPython" else "toPython";
            return if (@hasDecl(Own, name)) null else "the TypeCaster of " ++ @typeName(T) ++ " has no " ++ name;
        }

        /// Whether it fits is not known before it is tried.
        pub fn exact(_: Borrowed, _: *Call) bool {
            return true;
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            return within(call, Own.fromPython, value.ptr) catch {
                // What says that the value does not fit gets the place from whoever passes it on.
                const raised = c.PyErr_Occurred() orelse return error.Python;
                inline for (.{ "TypeError", "ValueError", "OverflowError" }) |name| if (raised == c.exception(name)) return error.Mismatch;
                return error.Python;
            };
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            var call: Call = undefined;
            call.init();
            call.state = state;
            defer call.deinit();
            return .{ .ptr = try within(&call, Own.toPython, value) };
        }
    };
}

/// Call `function` where `TypeCaster` finds `call`, with errors and panics as exceptions.
noinline fn within(call: *Call, comptime function: anytype, argument: compat.firstParam(@TypeOf(function)).?) error{Python}!Payload(@TypeOf(function)) {
    const Context = struct {
        call: *Call,
        argument: @TypeOf(argument),
        result: error{Python}!Payload(@TypeOf(function)),

        fn run(pointer: *anyopaque) callconv(.c) void {
            const self: *@This() = @ptrCast(@alignCast(pointer));
            const result = function(self.argument);
            self.result = if (@typeInfo(@TypeOf(result)) != .error_union) result else result catch |err| blk: {
                exception.set(@typeInfo(@TypeOf(result)).error_union.error_set, err, self.call.state);
                break :blk error.Python;
            };
        }
    };
    var context: Context = .{ .call = call, .argument = argument, .result = undefined };
    return if (errors.guarded(call, &Context.run, &context, "TypeCaster", "")) context.result else error.Python;
}

fn Payload(comptime F: type) type {
    const Return = @typeInfo(F).@"fn".return_type.?;
    return if (@typeInfo(Return) == .error_union) @typeInfo(Return).error_union.payload else Return;
}

/// Whether a value can point into the object it was made of.
fn canPoint(comptime T: type) bool {
    comptime {
        switch (@typeInfo(T)) {
            .int, .float, .bool, .@"enum", .void => return false,
            .optional => |info| return canPoint(info.child),
            .array => |info| return canPoint(info.child),
            .@"struct" => for (compat.fieldTypes(T)) |Field| if (canPoint(Field)) return true,
            .@"union" => for (compat.unionTypes(T)) |Field| if (canPoint(Field)) return true,
            else => return true,
        }
        return false;
    }
}

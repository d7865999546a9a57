//! The GIL: released around Zig code, taken by the threads that Zig code starts.
//!
//! Who has it is written in the innermost frame of each thread (`guard.Frame`), so that a panic on the way gives back what was
//! taken, and takes back what was given.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const errors = @import("errors.zig");
const guard = @import("guard.zig");
const registry = @import("registry.zig");
const Call = @import("call.zig").Call;
const State = @import("state.zig").State;

/// A function that Python calls without the GIL: other threads run meanwhile. Its arguments are converted before, its result
/// after.
///
///     fn countPrimesImpl(limit: u64) u64 { ... }
///     pub const count_primes = zb.nogil(countPrimesImpl);
///
/// Its parameters are values that nobody changes meanwhile: no `zb.Object`, no instances by pointer. Its `std.mem.Allocator` and
/// `zb.allocator` work without the GIL, `zb.heap` does not. A `zb.Callable` is called in `zb.withGil`.
///
/// Of a `zb.overload` set each function can be one: `zb.overload(.{ zb.nogil(sumOfFloats), sumOfObjects })`.
pub fn nogil(comptime function: anytype) type {
    if (@TypeOf(function) == type and @typeInfo(function) == .@"struct" and @hasDecl(function, "zigbind_overload"))
        @compileError("zb.nogil takes one function: say it of each function in the set, zb.overload(.{ zb.nogil(a), zb.nogil(b) })");
    if (@typeInfo(@TypeOf(function)) != .@"fn") @compileError("zb.nogil takes a function, not " ++ @typeName(@TypeOf(function)));
    return struct {
        pub const zigbind_nogil = function;
    };
}

/// Let other threads run until `end`, in a function that has the GIL:
///
///     const scope = zb.allowThreads();
///     defer scope.end();
///
/// Until then nothing of Python may be touched, and what is read must not be changed by others: that is for the function to
/// know. Where the GIL is released already this does nothing.
pub fn allowThreads() Scope {
    const frame = guard.top() orelse return .{ .frame = null };
    if (!guard.hasGil()) return .{ .frame = null };
    guard.release(frame);
    return .{ .frame = frame };
}

pub const Scope = struct {
    frame: ?*guard.Frame,

    pub fn end(self: Scope) void {
        if (self.frame) |frame| guard.takeBack(frame);
    }
};

/// Call `function` with the GIL: from code below `zb.nogil` and `zb.allowThreads`, and on threads that Zig code started.
///
///     try zb.withGil(report, .{ progress, done });
///
/// An exception is `error.Python`. On a thread that Python called it stays set, to be returned. On other threads nobody could
/// return it: it is reported by `sys.unraisablehook`, unless `function` takes it (`zb.takeException`). So is a panic in it.
///
/// A thread of `zb.spawn` belongs to the interpreter that started it. What is known of others is only that they are threads of
/// the main interpreter: `error.NoInterpreter` where the module was loaded in another one.
pub fn withGil(comptime function: anytype, arguments: anytype) WithGil(Returned(function, @TypeOf(arguments))) {
    const Result = Returned(function, @TypeOf(arguments));
    const outer = guard.top();
    const taken = try take(outer);
    defer give(taken);
    const Context = struct {
        arguments: @TypeOf(arguments),
        result: Result,

        fn run(pointer: *anyopaque) callconv(.c) void {
            const context: *@This() = @ptrCast(@alignCast(pointer));
            context.result = @call(.auto, function, context.arguments);
        }
    };
    var context: Context = .{ .arguments = arguments, .result = undefined };
    if (!runIn(if (outer) |frame| frame.call else null, &Context.run, &context)) return error.Python;
    return context.result;
}

fn Returned(comptime function: anytype, comptime Arguments: type) type {
    return @TypeOf(@call(.auto, function, @as(Arguments, undefined)));
}

/// What `zb.withGil` returns for a function that returns a Result.
fn WithGil(comptime Result: type) type {
    return switch (@typeInfo(Result)) {
        .error_union => |info| (info.error_set || error{ Python, NoInterpreter })!info.payload,
        // It always fails.
        .error_set => Result || error{ Python, NoInterpreter },
        else => error{ Python, NoInterpreter }!Result,
    };
}

/// Run `body(context)` in a frame of its own; false where it ended in a panic, which is an exception then.
noinline fn runIn(call: ?*Call, body: guard.Body, context: *anyopaque) bool {
    @setRuntimeSafety(false);
    var frame: guard.Frame = undefined;
    frame.call = call;
    if (!guard.supported) {
        const slot = guard.push(&frame);
        defer guard.pop(slot, &frame);
        body(context);
        return true;
    }
    if (!guard.run(&frame, body, context)) return true;
    errors.setPanic(&frame, "zb.withGil", "called from Zig");
    return false;
}

/// How the GIL was taken, and so how it is given back.
const Taken = union(enum) {
    known: guard.Moment,
    /// A thread that is known to nobody.
    ensured: c_int,
};

fn take(outer: ?*guard.Frame) error{NoInterpreter}!Taken {
    if (outer != null) return .{ .known = try .begin() };
    if (beyond_main.load(.acquire)) return error.NoInterpreter;
    return .{ .ensured = c.PyGILState_Ensure() };
}

fn give(taken: Taken) void {
    switch (taken) {
        .known => |moment| moment.end(),
        .ensured => |state| {
            guard.report();
            c.PyGILState_Release(state);
        },
    }
}

/// Whether an interpreter other than the main one has loaded the module. Threads that nobody knows could be its own.
var beyond_main: std.atomic.Value(bool) = .init(false);

/// Note which interpreter loads the module.
pub fn moduleLoaded() void {
    if (c.PyInterpreterState_GetID(c.PyInterpreterState_Get()) != 0) beyond_main.store(true, .release);
}

/// `std.Thread.spawn` for threads that call back into Python: `zb.withGil` knows their interpreter, `zb.allocator` gives memory
/// that lasts as long as the thread, and a panic or an error that ends one is reported by `sys.unraisablehook`.
///
///     const thread = try zb.spawn(.{}, work, .{ items, progress });
///     thread.join();
///
/// Join it without the GIL (below `zb.nogil` or `zb.allowThreads`): it may wait for the GIL itself.
pub fn spawn(config: std.Thread.SpawnConfig, comptime function: anytype, arguments: anytype) std.Thread.SpawnError!std.Thread {
    const Arguments = @TypeOf(arguments);
    const frame = guard.top() orelse return std.Thread.spawn(config, Thread(function, Arguments).runUnknown, .{arguments});
    const home = frame.home orelse if (frame.released) |thread| c.PyThreadState_GetInterpreter(thread) else c.PyInterpreterState_Get();
    return std.Thread.spawn(config, Thread(function, Arguments).run, .{ home, if (frame.call) |call| call.state else null, arguments });
}

fn Thread(comptime function: anytype, comptime Arguments: type) type {
    const Result = Returned(function, Arguments);
    return struct {
        arguments: Arguments,
        home: *c.PyInterpreterState,
        frame: *guard.Frame,
        failure: ?anyerror = null,

        /// A thread that a thread nobody knows has started.
        fn runUnknown(arguments: Arguments) void {
            const result = @call(.auto, function, arguments);
            if (@typeInfo(Result) == .error_union) _ = result catch {};
        }

        fn run(home: *c.PyInterpreterState, state: ?*State, arguments: Arguments) void {
            @setRuntimeSafety(false);
            var call: Call = undefined;
            call.init();
            if (state) |known| call.state = known;
            var frame: guard.Frame = undefined;
            frame.call = if (state != null) &call else null;
            var self: @This() = .{ .arguments = arguments, .home = home, .frame = &frame };
            var panicked = false;
            if (guard.supported) {
                panicked = guard.run(&frame, &body, &self);
            } else {
                const slot = guard.push(&frame);
                body(&self);
                guard.pop(slot, &frame);
            }
            end(&frame, &call, panicked, self.failure);
        }

        fn body(pointer: *anyopaque) callconv(.c) void {
            const self: *@This() = @ptrCast(@alignCast(pointer));
            self.frame.home = self.home;
            self.frame.is_thread = true;
            const result = @call(.auto, function, self.arguments);
            if (@typeInfo(Result) == .error_union) {
                if (result) |_| {} else |err| self.failure = err;
            }
        }
    };
}

/// The end of a thread: what it leaves behind is freed, what ended it is reported.
noinline fn end(frame: *guard.Frame, call: *Call, panicked: bool, failure: ?anyerror) void {
    const is_worth_it = panicked or failure != null or call.references != null or call.buffers != null or call.arena.chunks != null;
    if (frame.home) |home| {
        // It has not met Python yet.
        if (!is_worth_it) return;
        c.PyEval_RestoreThread(c.PyThreadState_New(home) orelse return);
    } else guard.takeBack(frame);
    if (panicked) errors.setPanic(frame, "zb.spawn", "a thread of its own");
    // What `error.Python` stands for was reported where it left Python.
    if (failure) |err| if (err != error.Python) errors.set(anyerror, err);
    guard.report();
    call.deinit();
    c.PyThreadState_Clear(c.PyThreadState_Get());
    c.PyThreadState_DeleteCurrent();
}

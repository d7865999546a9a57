//! Virtual methods: Zig code that calls one reaches what a Python subclass made of it.

const std = @import("std");
const c = @import("capi.zig");
const class_converter = @import("convert/class.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const instance = @import("instance.zig");
const memory = @import("memory.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const options = @import("options.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const Call = @import("call.zig").Call;
const State = @import("state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// A Base together with the Python object that it is the value of: as a parameter, or as what a method is called on.
///
///     pub const Shape = struct {
///         pub const zigbind = .{ .virtual = .{"area"} };
///         pub fn area(_: *const Shape) f64 { return 0; }
///     };
///     pub fn total(shape: zb.Trampoline(Shape)) !f64 {
///         return shape.callVirtual("area", .{});
///     }
pub fn Trampoline(comptime Base: type) type {
    return struct {
        base: *Base,
        py_obj: *c.PyObject,
        /// Of the call that it is an argument of; null for one that was made by `create`.
        call: ?*Call = null,

        const Self = @This();

        pub const zigbind_trampoline = Base;

        /// One that keeps the object beyond the call, until `destroy`.
        pub fn create(py_obj: *c.PyObject) error{ Python, OutOfMemory }!*Self {
            const base = class_converter.find(Base, .{ .ptr = py_obj }, metadata.ofNative(py_obj) orelse {
                _ = convert.mismatch(comptime class_converter.nameOf(Base), .{ .ptr = py_obj }) catch {};
                return error.Python;
            }, .write) catch return error.Python;
            const self = try memory.lasting.create(Self);
            c.Py_IncRef(py_obj);
            self.* = .{ .base = base, .py_obj = py_obj };
            return self;
        }

        pub fn destroy(self: *Self) void {
            c.Py_DecRef(self.py_obj);
            memory.lasting.destroy(self);
        }

        /// Call a method of Base, or what a class that derives from Base has in its place. Where there is nothing in its place
        /// no Python code runs.
        pub fn callVirtual(self: Self, comptime name: [:0]const u8, args: anytype) Result(name) {
            comptime check(name);
            const state = if (self.call) |call| call.state else metadata.of(self.py_obj.ob_type).state.?;
            const class = self.py_obj.ob_type.asObject();
            if (class == state.object(registry.index(Base))) return self.callBase(name, args);
            const method = try Owned.take(c.PyObject_GetAttrString(class, pythonName(name)));
            defer method.release();
            const own_class = try class_converter.classOf(Base, state);
            const own = try Owned.take(c.PyObject_GetAttrString(own_class.asObject(), pythonName(name)));
            defer own.release();
            if (method.ptr == own.ptr) return self.callBase(name, args);
            return self.callOverride(name, args, state);
        }

        fn callBase(self: Self, comptime name: [:0]const u8, args: anytype) callconv(compat.hot) Result(name) {
            const F = @TypeOf(@field(Base, name));
            const types = comptime compat.paramTypes(F);
            const receiver = switch (types[0].?) {
                Base => self.base.*,
                Self => self,
                else => self.base,
            };
            return @call(.auto, @field(Base, name), .{receiver} ++ args);
        }

        fn callOverride(self: Self, comptime name: [:0]const u8, args: anytype, state: *State) Result(name) {
            const types = comptime compat.paramTypes(@TypeOf(@field(Base, name)));
            const bound = try Owned.take(c.PyObject_GetAttrString(self.py_obj, pythonName(name)));
            defer bound.release();
            var items: [args.len + 1]*c.PyObject = undefined;
            var done: usize = 0;
            defer for (items[0..done]) |item| c.Py_DecRef(item);
            inline for (0..args.len) |index| {
                items[index] = (try class_converter.partToPython(@as(types[index + 1].?, args[index]), self.py_obj, state)).ptr;
                done += 1;
            }
            const result = try Owned.take(c.PyObject_Vectorcall(bound.ptr, &items, args.len, null));
            const Payload = signature.Payload(@typeInfo(@TypeOf(@field(Base, name))).@"fn".return_type.?);
            if (comptime !convert.needsCall(Payload) and convert.outlives(Payload)) {
                defer result.release();
                var call: Call = undefined;
                call.state = state;
                return convert.fromPython(Payload, result.borrow(), &call) catch |err| return unfit(err, name);
            }
            // What it points into lives as long as the call does.
            const call = self.call orelse {
                result.release();
                c.PyErr_SetString(c.exception("TypeError"), "the result of " ++ name ++ "() would not outlive the call");
                return error.Python;
            };
            try call.keep(result);
            return convert.fromPython(Payload, result.borrow(), call) catch |err| return unfit(err, name);
        }

        fn unfit(err: errors.Refusal, comptime name: [:0]const u8) error{Python} {
            if (err == error.Mismatch) errors.inAttribute("the result of " ++ name ++ "(), which overrides " ++ comptime class_converter.nameOf(Base) ++ "." ++ name);
            return error.Python;
        }

        fn Result(comptime name: [:0]const u8) type {
            const Return = @typeInfo(@TypeOf(@field(Base, name))).@"fn".return_type.?;
            return switch (@typeInfo(Return)) {
                .error_union => |info| (info.error_set || error{Python})!info.payload,
                else => error{Python}!Return,
            };
        }

        fn pythonName(comptime name: [:0]const u8) [:0]const u8 {
            return options.of(Base).pythonName(name);
        }

        fn check(comptime name: []const u8) void {
            if (!@hasDecl(Base, name)) @compileError(@typeName(Base) ++ " has no method '" ++ name ++ "'");
            if (registry.reflected and !options.contains(options.of(Base).virtual, name))
                @compileError("'" ++ name ++ "' is not virtual: " ++ @typeName(Base) ++ " needs pub const zigbind = .{ .virtual = .{\"" ++ name ++ "\"} };");
            const F = @TypeOf(@field(Base, name));
            if (convert.whyNotFromPython(signature.Payload(@typeInfo(F).@"fn".return_type.?))) |reason|
                @compileError("'" ++ name ++ "' of " ++ @typeName(Base) ++ " cannot be overridden in Python: its result is no Python type: " ++ reason);
            for (compat.paramTypes(F)[1..]) |Param| if (convert.whyNotToPython(Param orelse void)) |reason|
                @compileError("'" ++ name ++ "' of " ++ @typeName(Base) ++ " cannot be overridden in Python: a parameter is no Python type: " ++ reason);
        }

        pub const zigbind_converter = struct {
            pub const annotation = class_converter.annotationOf(Base);
            pub const expected = class_converter.nameOf(Base);
            pub const by_value = false;
            pub const needs_call = true;
            pub const needs_state = true;

            pub fn exact(value: Borrowed, call: *Call) bool {
                return class_converter.Value(Base).exact(value, call);
            }

            pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!Self {
                return .{ .base = try class_converter.find(Base, value, call.state, .write), .py_obj = value.ptr, .call = call };
            }
        };
    };
}

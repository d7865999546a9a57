//! Calls in Debug, which is to build fast: what differs from function to function is a row of data and what calls functions of its
//! type; everything else is code that exists once, whatever the number of functions.
//!
//! For functions of the usual types. What has no `planOf` goes through the trampoline of `function.zig`, as everything does in other
//! modes; both do the same.

const std = @import("std");
const c = @import("capi.zig");
const call_zig = @import("call.zig");
const card = @import("card.zig");
const class_converter = @import("convert/class.zig");
const class_zig = @import("class.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const exception = @import("exception.zig");
const function_zig = @import("function.zig");
const guard = @import("guard.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const memory = @import("memory.zig");
const object = @import("object.zig");
const part = @import("part.zig");
const registry = @import("registry.zig");
const rows = @import("rows.zig");
const signature = @import("signature.zig");
const standard = @import("standard.zig");
const state_zig = @import("state.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Call = call_zig.Call;
const State = state_zig.State;

/// What is known of the type of a parameter or result: once for each type.
pub const Type = struct {
    role: signature.Role = .positional,
    annotation: [:0]const u8 = "",
    result_annotation: [:0]const u8 = "",
    /// What stands for it in the parts of a description, and the part that says what that is.
    code: part.Code = part.hidden,
    part: ?*const anyopaque = null,
    /// Once converted, the value does not point into the Python object.
    by_value: bool = true,
    from: ?*const fn (*anyopaque, Borrowed, *Call) errors.Refusal!void = null,
    to: ?*const fn (*anyopaque, *State) error{Python}!Owned = null,
    /// Of an instance, or a pointer to one.
    class: ?*const Class = null,
    /// A pointer through which the instance can be changed.
    writes: bool = false,
    /// It is looked up last: what Python code can take out of the object in between.
    is_place: bool = false,
    /// What `Self` stands for in it: see `Own`.
    own: ?Form = null,

    /// How a class stands in a type: as the object of it, or as what points to that.
    pub const Form = enum { value, pointer, const_pointer };

    fn ofClass(class: *const Class, form: Form, ends: bool) Type {
        return .{
            .annotation = class.annotation,
            .result_annotation = class.annotation,
            .code = class.code,
            .by_value = class.keepers == 0,
            .class = class,
            .writes = form == .pointer,
            .is_place = form != .value or class.end != null or ends or class.keepers > 0,
        };
    }
};

/// Stands for a class in the types of its functions, which are then the same for many classes.
pub const Self = struct { stands_for: u8 };

/// The types of one class that `Self` stands for.
pub const Own = struct {
    types: [@typeInfo(Type.Form).@"enum".fields.len]Type,

    /// Of a class whose instances do not end.
    pub fn of(class: *const Class) Own {
        var self: Own = undefined;
        for (&self.types, 0..) |*T, form| T.* = .ofClass(class, @enumFromInt(form), false);
        return self;
    }

    pub fn get(self: *const Own, T: *const Type) *const Type {
        return &self.types[@intFromEnum(T.own orelse return T)];
    }
};

pub const Class = instance.Facts;

/// What is known of a function.
pub const Row = struct {
    table: signature.Table,
    types: []const *const Type,
    result: *const Type,
    /// Of the struct whose method it is.
    receiver: ?*const Class,
    /// What is called, and what calls it.
    function: *const anyopaque,
    caller: *const Called,
    is_operator: bool,
};

/// See `Caller`.
pub const Called = fn (*const anyopaque, [*]const *anyopaque, *anyopaque) callconv(.c) u16;

pub const most_parameters = 8;
const Slot = [32]u8;

/// What a function type is to Python.
pub const Plan = struct {
    types: []const *const Type,
    result: *const Type,
    is_method: bool,
    /// The positional parameters: how many, where they begin, and whether others stand between them.
    positional: usize,
    first: usize,
    scattered: bool,
};

/// For functions whose calls go through here; null for others.
pub fn planOf(comptime F: type, comptime Receiver: type) ?Plan {
    comptime {
        if (!enabled or Receiver != void and Receiver != Self and !class_converter.isClass(Receiver)) return null;
        const info = @typeInfo(F).@"fn";
        if (info.is_generic or info.is_var_args or info.params.len > most_parameters) return null;
        var types: [info.params.len]*const Type = undefined;
        var plan: Plan = .{ .types = &.{}, .result = undefined, .is_method = false, .positional = 0, .first = 0, .scattered = false };
        var allocates = false;
        for (info.params, 0..) |param, index| {
            const T = param.type orelse return null;
            types[index] = parameterType(T) orelse return null;
            // Not what the row says: classes may name each other, and what is known of one must not depend on the other.
            switch (Known(T).role) {
                .allocator => allocates = true,
                .class => if (Receiver == void) return null,
                else => if (index == 0 and Receiver != void and (T == Receiver or T == *Receiver or T == *const Receiver)) {
                    plan.is_method = true;
                } else {
                    if (plan.positional == 0) plan.first = index else if (plan.first + plan.positional != index) plan.scattered = true;
                    plan.positional += 1;
                },
            }
        }
        const Result = Payload(info.return_type orelse return null) orelse return null;
        plan.result = resultType(Result, allocates) orelse return null;
        const fixed = types;
        plan.types = &fixed;
        return plan;
    }
}

/// Whether there is anything for this way of calling.
pub const enabled = compat.is_debug and registry.reflected and guard.supported;

/// Of these types values are converted one at a time, and have nothing in them that refers to other objects.
pub fn isSimple(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .int, .float, .bool => true,
        .@"enum" => true,
        .optional => |info| isSimple(info.child),
        .pointer => |info| switch (T) {
            []u8, []const u8, [:0]u8, [:0]const u8 => true,
            else => info.size == .slice and switch (@typeInfo(info.child)) {
                .int, .float, .bool => true,
                else => false,
            },
        },
        else => false,
    };
}

/// The struct that T is, or points to, where that is a class.
fn Instance(comptime T: type) ?type {
    return switch (@typeInfo(T)) {
        .@"struct" => if (T == Self or class_converter.isClass(T)) T else null,
        .pointer => |info| if (info.size == .one and !compat.pointerIsVolatile(T) and @typeInfo(info.child) == .@"struct" and (info.child == Self or class_converter.isClass(info.child))) info.child else null,
        else => null,
    };
}

/// Once for each type.
fn Known(comptime T: type) type {
    return struct {
        pub const Of: type = Instance(T) orelse @TypeOf(null);
        const is_class = Of != @TypeOf(null);
        /// Whether it can be a parameter here.
        const enters = T == std.mem.Allocator or T == signature.Class or isAlright(convert.whyNotFromPython);
        /// Whether it can be a result.
        const leaves = T == void or @typeInfo(T) != .pointer and isAlright(convert.whyNotToPython) or is_slice and isAlright(convert.whyNotToPython);
        const is_slice = @typeInfo(T) == .pointer and @typeInfo(T).pointer.size == .slice;

        fn isAlright(comptime whyNot: fn (type) ?[:0]const u8) bool {
            if (is_class) return Of != T or convert.tooLarge(T) == null;
            return isSimple(T) and @sizeOf(T) <= @sizeOf(Slot) and whyNot(T) == null;
        }

        const Converter = convert.Converter(T);
        const Part = part.Type(T, Converter.annotation, convert.resultAnnotation(T));
        const form: Type.Form = if (T == Of) .value else if (compat.pointerIsConst(T)) .const_pointer else .pointer;
        const role: signature.Role = if (T == std.mem.Allocator) .allocator else if (T == signature.Class) .class else .positional;
        const row: Type = if (role != .positional) .{
            .role = role,
        } else if (Of == Self) .{
            .own = form,
            .code = part.own,
        } else if (is_class)
            .ofClass(classOf(Of), form, instance.ends(Of))
        else .{
            .annotation = Converter.annotation,
            .result_annotation = convert.resultAnnotation(T),
            .code = part.codeOf(T),
            .part = &Part.part,
            .by_value = Converter.by_value,
            .from = if (enters) &from else null,
            .to = if (leaves) &to else null,
        };

        fn from(into: *anyopaque, value: Borrowed, call: *Call) errors.Refusal!void {
            @as(*T, @ptrCast(@alignCast(into))).* = try convert.fromPython(T, value, call);
        }

        fn to(value: *anyopaque, state: *State) error{Python}!Owned {
            return convert.toPython(@as(*T, @ptrCast(@alignCast(value))).*, state);
        }
    };
}

pub fn classOf(comptime T: type) *const Class {
    if (card.factsOf(T)) |facts| return facts;
    if (rows.Of(T)) |R| return &R.class;
    return &struct {
        const entry = registry.find(T).?;
        const row: Class = blk: {
            var facts = classFacts(T, entry, instance.Layout(T).keepers, instance.Layout(T).places, part.place_bit | entry.first, if (entry.module != null) &require_ else null);
            facts.is_collected = instance.Layout(T).is_gc;
            facts.frees = instance.freesMemory(T);
            if (facts.keepers > 0) facts.adopt = &adopt;
            if (class_zig.hasEnd(T)) facts.end = &end;
            break :blk facts;
        };

        fn adopt(self: *c.PyObject, origin: *const instance.Origin) void {
            instance.adopt(T, self, instance.inside(T, self), origin.*);
        }

        fn end(value: *anyopaque) void {
            class_zig.end(T, @ptrCast(@alignCast(value)));
        }

        fn require_(state: *State) error{Python}!*c.PyTypeObject {
            return require(T, state);
        }
    }.row;
}

/// Of a class whose instances are data: what it has of a class of its own is up to the caller.
pub fn classFacts(comptime T: type, comptime entry: registry.Entry, comptime keepers: usize, comptime places: instance.Places, comptime code: part.Code, comptime require_: @FieldType(Class, "require")) Class {
    return .{
        .place = entry.first,
        .code = code,
        .name = entry.name,
        .qualname = if (entry.outer.len == 0) entry.name else entry.outer ++ entry.name,
        .annotation = if (entry.module == null and entry.path.len == 0) entry.name else class_converter.annotationOf(T),
        .identity = entry.identity,
        .value_offset = places.value,
        .value_bytes = @sizeOf(T),
        .keepers_offset = places.keepers,
        .keepers = keepers,
        .end_offset = places.end,
        .is_collected = false,
        .frees = false,
        .adopt = if (keepers > 0) &rows.adopt else null,
        .end = null,
        .require = require_,
    };
}

pub fn require(comptime T: type, state: *State) error{Python}!*c.PyTypeObject {
    return class_zig.require(T, state);
}

/// Null where functions with such parameters do not go through here.
pub fn parameterType(comptime T: type) ?*const Type {
    return if (Known(T).enters) &Known(T).row else null;
}

/// Null where functions with such results do not go through here. `allocates` says that they take an allocator.
pub fn resultType(comptime T: type, comptime allocates: bool) ?*const Type {
    return if (Known(T).leaves and !(allocates and (Known(T).is_slice or standard.isFreed(T)))) &Known(T).row else null;
}

/// Of a type that `isSimple`.
pub fn typeOf(comptime T: type) *const Type {
    return &Known(T).row;
}

/// What a function gives if it gives no error; null where errors of its own classes are among those.
pub fn Payload(comptime Return: type) ?type {
    if (@typeInfo(Return) != .error_union) return Return;
    for (registry.error_sets) |entry| if (entry.T == @typeInfo(Return).error_union.error_set) return null;
    return @typeInfo(Return).error_union.payload;
}

/// As `function.Function`, for functions that have a plan. With `options.prefix` before its qualified name.
pub fn Function(comptime function: anytype, comptime options: function_zig.Options, comptime facts: Plan) type {
    const info = @typeInfo(@TypeOf(function)).@"fn";
    const Return = info.return_type.?;
    const Result = if (@typeInfo(Return) == .error_union) @typeInfo(Return).error_union.payload else Return;
    const has_receiver = options.scope == .instance;

    return struct {
        pub const names: []const [:0]const u8 = &.{};
        pub const qualname: [:0]const u8 = options.prefix ++ options.qualname;
        pub const positional = facts.positional;
        pub const takes_nothing = positional == 0;
        pub const scope = options.scope;
        pub const optional_result = @typeInfo(Result) == .optional;

        const parameter_names: []const [:0]const u8 = blk: {
            const known = options.declaration.parameters orelse break :blk numbered[0..positional];
            if (!facts.scattered) break :blk known[facts.first..][0..positional];
            var list: [positional][:0]const u8 = undefined;
            var count = 0;
            for (facts.types, 0..) |one, index| if (one.role == .positional and !(index == 0 and has_receiver)) {
                list[count] = known[index];
                count += 1;
            };
            const fixed = list;
            break :blk &fixed;
        };
        pub const row: Row = .{
            .table = .{ .text = qualname.ptr, .where = options.declaration.location.ptr, .names = parameter_names.ptr, .shape = .{
                .first_name = 0,
                .positional = positional,
                .required = positional,
                .count = positional,
                .scope = options.scope,
                .positional_only = options.declaration.parameters == null,
                .args = false,
                .kwargs = false,
            } },
            .types = facts.types,
            .result = facts.result,
            .receiver = if (options.Receiver != void) classOf(options.Receiver) else null,
            .function = &function,
            .caller = &Thunk(function).call,
            .is_operator = options.is_operator,
        };
        pub const table = &row.table;
        pub const C = struct {
            const no_arguments = takes_nothing and options.scope != .module;
            const by_keyword = positional > 0 and options.declaration.parameters != null;
            pub const flags = (if (options.scope == .class) c.METH_CLASS else 0) |
                if (no_arguments) c.METH_NOARGS else c.METH_FASTCALL | if (by_keyword) c.METH_KEYWORDS else 0;
            pub const method: *const anyopaque = if (no_arguments) &withoutArguments else if (by_keyword) &C.entry else &withoutKeywords;

            fn withoutArguments(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
                return enter(&row, self, undefined, 0, null);
            }

            fn withoutKeywords(self: *c.PyObject, items: [*]const Borrowed, count: isize) callconv(.c) ?*c.PyObject {
                return enter(&row, self, items, count, null);
            }

            pub fn entry(self: *c.PyObject, items: [*]const Borrowed, count: isize, given: ?*c.PyObject) callconv(.c) ?*c.PyObject {
                return enter(&row, self, items, count, given);
            }
        };
        pub const definition: c.PyMethodDef = .{
            .ml_name = options.name.ptr,
            .ml_meth = C.method,
            .ml_flags = C.flags,
            .ml_doc = options.name ++ text() ++ "\n--\n\n" ++ options.declaration.doc,
        };

        fn text() [:0]const u8 {
            comptime {
                const self = switch (options.scope) {
                    .module => "$module",
                    .instance, .member, .closure => "$self",
                    .class => "$type",
                };
                var result: [:0]const u8 = "(" ++ self ++ if (options.declaration.parameters != null) ", /" else "";
                for (parameter_names) |name| result = result ++ ", " ++ name;
                return result ++ if (options.declaration.parameters == null and positional > 0) ", /)" else ")";
            }
        }

        /// "(self, /, x: int) -> float", in parts.
        pub const described = literal.tuple(.{
            literal.bytes(if (has_receiver and options.declaration.parameters != null) "(self, /" else if (has_receiver) "(self" else "("),
            switch (positional) {
                0 => .{},
                1 => parameter(0),
                2 => literal.tuple(.{ parameter(0), parameter(1) }),
                3 => literal.tuple(.{ parameter(0), parameter(1), parameter(2) }),
                4 => literal.tuple(.{ parameter(0), parameter(1), parameter(2), parameter(3) }),
                5 => literal.tuple(.{ parameter(0), parameter(1), parameter(2), parameter(3), parameter(4) }),
                6 => literal.tuple(.{ parameter(0), parameter(1), parameter(2), parameter(3), parameter(4), parameter(5) }),
                7 => literal.tuple(.{ parameter(0), parameter(1), parameter(2), parameter(3), parameter(4), parameter(5), parameter(6) }),
                else => literal.tuple(.{ parameter(0), parameter(1), parameter(2), parameter(3), parameter(4), parameter(5), parameter(6), parameter(7) }),
            },
            literal.bytes(if (options.declaration.parameters == null and positional > 0) ", /) -> " else ") -> "),
            literal.bytes(facts.result.result_annotation),
        });

        fn Parameter(comptime at: usize) type {
            const index = if (!facts.scattered) facts.first + at else blk: {
                var left = at;
                for (facts.types, 0..) |one, index| if (one.role == .positional and !(index == 0 and has_receiver)) {
                    if (left == 0) break :blk index;
                    left -= 1;
                };
                unreachable;
            };
            return struct {
                const text = literal.tuple(.{ literal.bytes(if (at == 0 and !has_receiver) "" else ", "), literal.bytes(parameter_names[at]), literal.bytes(": "), literal.bytes(facts.types[index].annotation) });
            };
        }

        fn parameter(comptime at: usize) @TypeOf(Parameter(at).text) {
            return Parameter(at).text;
        }
    };
}

/// Calls a function with the values at these places, and puts its result at another. The error, where it gives one.
fn Caller(comptime types: []const type, comptime Return: type, comptime known: anytype) type {
    const Result = if (@typeInfo(Return) == .error_union) @typeInfo(Return).error_union.payload else Return;
    return struct {
        pub fn call(function: *const anyopaque, values: [*]const *anyopaque, into: *anyopaque) callconv(.c) u16 {
            const callee = if (@TypeOf(known) == void) @as(*const Of, @ptrCast(function)) else known;
            const result = switch (types.len) {
                0 => callee(),
                1 => callee(argument(types[0], values[0])),
                2 => callee(argument(types[0], values[0]), argument(types[1], values[1])),
                3 => callee(argument(types[0], values[0]), argument(types[1], values[1]), argument(types[2], values[2])),
                4 => callee(argument(types[0], values[0]), argument(types[1], values[1]), argument(types[2], values[2]), argument(types[3], values[3])),
                else => blk: {
                    var all: compat.Tuple(types) = undefined;
                    inline for (types, 0..) |T, index| all[index] = argument(T, values[index]);
                    break :blk @call(.auto, callee, all);
                },
            };
            if (Return == Result) {
                if (Result != void) @as(*Result, @ptrCast(@alignCast(into))).* = result;
                return 0;
            }
            const value = result catch |err| return @intFromError(err);
            if (Result != void) @as(*Result, @ptrCast(@alignCast(into))).* = value;
            return 0;
        }

        const Of = switch (types.len) {
            0 => fn () Return,
            1 => fn (types[0]) Return,
            2 => fn (types[0], types[1]) Return,
            3 => fn (types[0], types[1], types[2]) Return,
            4 => fn (types[0], types[1], types[2], types[3]) Return,
            else => unreachable,
        };
    };
}

/// What calls one function, and no other.
pub fn Thunk(comptime function: anytype) type {
    const info = @typeInfo(@TypeOf(function)).@"fn";
    const types = comptime blk: {
        var list: [info.params.len]type = undefined;
        for (&list, compat.paramTypes(@TypeOf(function))) |*one, T| one.* = T.?;
        const fixed = list;
        break :blk &fixed;
    };
    return Caller(types, info.return_type.?, function);
}

/// Of how many parameters functions have callers together: `sheets.py` asks for those of no others.
const most_shared = 4;

/// What calls all functions of a type, where pointers to structs are all the same: nothing else tells them apart then. Null where it would
/// have to be known how structs are passed.
pub fn sharedCaller(comptime F: type) ?*const Called {
    comptime {
        const info = @typeInfo(F).@"fn";
        if (info.params.len > most_shared) return null;
        var shapes: [info.params.len]type = undefined;
        for (&shapes, info.params) |*one, param| {
            const T = param.type.?;
            if (T != std.mem.Allocator and Instance(T) == T) return null;
            one.* = if (Instance(T) != null) *anyopaque else T;
        }
        const Return = info.return_type.?;
        const Result = if (@typeInfo(Return) == .error_union) @typeInfo(Return).error_union.payload else Return;
        if (Instance(Result) != null) return null;
        const fixed = shapes;
        return &Caller(&fixed, if (Result == Return) Return else anyerror!Result, {}).call;
    }
}

const numbered: [most_parameters][:0]const u8 = .{ "arg0", "arg1", "arg2", "arg3", "arg4", "arg5", "arg6", "arg7" };

fn argument(comptime T: type, place: *anyopaque) T {
    if (@typeInfo(T) == .pointer and @typeInfo(T).pointer.size == .one) return @ptrCast(@alignCast(place));
    return @as(*const T, @ptrCast(@alignCast(place))).*;
}

/// One call on its way through the guard.
const Context = struct { row: *const Row, self: *c.PyObject, given: signature.Given, call: *Call, result: ?*c.PyObject };

pub fn enter(row: *const Row, self: *c.PyObject, items: [*]const Borrowed, positional: isize, names: ?*c.PyObject) ?*c.PyObject {
    @setRuntimeSafety(false);
    var call: Call = undefined;
    call.init();
    defer call.deinit();
    var context: Context = .{ .row = row, .self = self, .given = .of(items, positional, names), .call = &call, .result = null };
    var frame: guard.Frame = undefined;
    frame.call = &call;
    if (guard.run(&frame, &body, &context)) {
        settle(row, self, context.given, &call);
        errors.setPanic(&frame, row.table.text, row.table.location());
        return null;
    }
    return context.result;
}

fn body(pointer: *anyopaque) callconv(.c) void {
    const context: *Context = @ptrCast(@alignCast(pointer));
    context.result = if (invoke(context.row, .{ .ptr = context.self }, context.given, context.call)) |result| result.ptr else |_| null;
}

fn invoke(row: *const Row, self: Borrowed, given: signature.Given, call: *Call) error{Python}!Owned {
    @setRuntimeSafety(false);
    if (registry.object_count > 0) call.state = state_zig.of(row.table.shape.scope, self.ptr);
    var room: [most_parameters]Slot align(16) = undefined;
    var values: [most_parameters]*anyopaque = undefined;
    arrange(row, self, given, call, &room, &values) catch |err|
        return if (row.is_operator and err == error.Mismatch) function_zig.notImplemented() else error.Python;
    try keepFields(row, self, given, call);
    var small: [256]u8 align(16) = undefined;
    var result: *anyopaque = &small;
    if (row.result.class) |class| if (class.value_bytes > small.len) {
        result = @ptrCast(call.allocator().alignedAlloc(u8, .@"16", class.value_bytes) catch {
            _ = c.PyErr_NoMemory();
            return error.Python;
        });
    };
    const code = row.caller(row.function, &values, result);
    defer settle(row, self.ptr, given, call);
    if (code != 0) {
        const err = @errorFromInt(code);
        exception.set(anyerror, err, call.state);
        if (row.table.location()[0] != 0 and err != error.Python) errors.note("Zig error in %s() (%s)", row.table.text, row.table.location());
        return error.Python;
    }
    // An error of `zb.raise` that was caught leaves its exception behind.
    if (registry.uses.raises) errors.clear();
    const converted = if (row.result.class) |class| makeInstance(class, result, row, self, given, call) else row.result.to.?(result, call.state);
    if (row.result.by_value) return converted;
    return converted catch |err| {
        errors.note("in the result of %s() (%s)", row.table.text, row.table.location());
        return err;
    };
}

/// The arguments as values: where they are, one for each parameter.
fn arrange(row: *const Row, self: Borrowed, given: signature.Given, call: *Call, room: *[most_parameters]Slot, values: *[most_parameters]*anyopaque) errors.Refusal!void {
    @setRuntimeSafety(false);
    var slots: [most_parameters]?*c.PyObject = undefined;
    var items = given.items;
    if (given.names != null or given.positional != row.table.shape.positional) {
        switch (signature.match(&row.table, self.ptr, given.items, given.positional, given.names, &slots, null)) {
            .in_items => {},
            .in_slots => items = @ptrCast(&slots),
            .nowhere => return error.Mismatch,
        }
    }
    const has_receiver = row.table.shape.scope == .instance;
    // What runs Python code first: it could take the value out of an object, whose place is looked up last.
    for (0..2) |pass| {
        const places = pass == 1;
        var position: usize = 0;
        for (row.types, 0..) |T, index| {
            if (index == 0 and has_receiver) {
                if (places) values[0] = try instance.place(self.ptr, row.receiver.?.value_offset, T.writes);
                continue;
            }
            if (T.role == .positional) {
                const item = items[position];
                position += 1;
                if (T.class) |class| {
                    if (!places and T.is_place) continue;
                    values[index] = class_converter.findIn(class, item, call.state, T.writes) catch |err| return inArgument(row, position - 1, err);
                } else if (!places) {
                    values[index] = &room[index];
                    T.from.?(values[index], item, call) catch |err| return inArgument(row, position - 1, err);
                }
            } else if (!places) {
                values[index] = &room[index];
                if (T.role == .class) @as(*signature.Class, @ptrCast(@alignCast(values[index]))).* = .{ .object = self } else @as(*std.mem.Allocator, @ptrCast(@alignCast(values[index]))).* = if (row.table.shape.scope == .module) call.allocator() else memory.lasting;
            }
        }
    }
}

/// Where instances hold objects, Python code can run in the call, and give their fields other values.
fn keepFields(row: *const Row, self: Borrowed, given: signature.Given, call: *Call) error{Python}!void {
    for (row.types) |T| if (T.class) |class| {
        if (class.is_collected) break;
    } else continue else return;
    const shared = call.state.shared orelse return;
    if (row.table.shape.scope == .instance) try instance.keepFields(self.ptr, call);
    for (given.all()) |one| if (shared.isInstance(one.ptr)) try instance.keepFields(one.ptr, call);
}

fn inArgument(row: *const Row, position: usize, err: errors.Refusal) errors.Refusal {
    @branchHint(.cold);
    if (err == error.Mismatch) errors.inArgument(row.table.text, row.table.name(position));
    return err;
}

/// Let the objects whose places Zig code had own what it put there.
fn settle(row: *const Row, self: *c.PyObject, given: signature.Given, call: *Call) void {
    @setRuntimeSafety(false);
    for (row.types) |T| if (T.writes and T.class.?.keepers > 0) break else continue else return;
    const state = call.state;
    const arguments = given.all();
    const raised = c.PyErr_GetRaisedException();
    defer if (raised != null) c.PyErr_SetRaisedException(raised);
    // What moves from one argument to another must not end in between.
    const moving: ?*c.PyObject = if (arguments.len > 0) c.PyList_New(0) else null;
    defer c.Py_DecRef(moving);
    if (arguments.len > 0) {
        if (moving == null) errors.clear();
        class_converter.keepMeanwhile(moving, self, state);
        for (arguments) |one| class_converter.keepMeanwhile(moving, one.ptr, state);
    }
    for (row.types, 0..) |T, index| if (T.writes and T.class.?.keepers > 0) {
        if (index == 0 and row.table.shape.scope == .instance) settleOne(T.class.?, self, arguments, state);
        for (arguments) |one| settleOne(T.class.?, one.ptr, arguments, state);
    };
}

fn settleOne(class: *const Class, self: *c.PyObject, arguments: []const Borrowed, state: *State) void {
    if (class_converter.canSettle(class.place, self, state)) class.adopt.?(self, &.{ .arguments = arguments });
}

/// A new instance that holds the value at `from`.
fn makeInstance(class: *const Class, from: *anyopaque, row: *const Row, self: Borrowed, given: signature.Given, call: *Call) error{Python}!Owned {
    @setRuntimeSafety(false);
    const state = call.state;
    const own: *c.PyTypeObject = @ptrCast(state.object(class.place) orelse (try class.require.?(state)).asObject());
    var python = own;
    if (row.table.shape.scope == .class and row.receiver == class) {
        // A factory makes what it is called on, but for classes that derive from it in Zig, and views.
        python = @ptrCast(self.ptr);
        if (python != own) {
            const data = @import("metadata.zig").ofDerived(python);
            if (data.native != own or data.flags.view) python = own;
        }
    }
    const made = instance.allocate(false, python) orelse {
        if (class.end) |end| {
            // It runs with a MemoryError set.
            errors.leave();
            end(from);
        }
        return error.Python;
    };
    const bytes: [*]const u8 = @ptrCast(from);
    @memcpy(@as([*]u8, @ptrCast(made))[class.value_offset..][0..class.value_bytes], bytes[0..class.value_bytes]);
    if (class.adopt) |adopt| {
        var origin: instance.Origin = .{ .arguments = given.all(), .receiver = self.ptr, .keeps_all = class.is_collected };
        if (row.table.shape.scope == .instance) {
            if (row.receiver == class) origin.twin = self.ptr else origin.self = class_converter.sourceIn(row.receiver.?.keepers, row.receiver.?.frees, self.ptr);
        }
        adopt(made, &origin);
    }
    return .{ .ptr = made };
}

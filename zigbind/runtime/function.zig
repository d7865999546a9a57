//! The one call trampoline: from Python's arguments to a Zig function and back.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const erased = @import("erased.zig");
const errors = @import("errors.zig");
const exception = @import("exception.zig");
const guard = @import("guard.zig");
const instance = @import("instance.zig");
const lent = @import("lent.zig");
const memory = @import("memory.zig");
const object = @import("object.zig");
const signature_zig = @import("signature.zig");
const source = @import("source.zig");
const standard = @import("standard.zig");
const state_zig = @import("state.zig");
const array_converter = @import("convert/array.zig");
const class_converter = @import("convert/class.zig");
const reach = @import("reach.zig");
const registry = @import("registry.zig");
const Call = @import("call.zig").Call;

const Borrowed = object.Borrowed;
const Owned = object.Owned;
pub const Scope = state_zig.Scope;

/// What a function of a module or class is made of.
pub const Options = struct {
    /// The name in Python.
    name: [:0]const u8,
    /// As messages name it: "Vec2.length".
    qualname: [:0]const u8,
    /// What of that is not in `qualname` yet.
    prefix: [:0]const u8 = "",
    declaration: source.Declaration = .{},
    uses: source.Uses = registry.uses,
    /// Where the names of its parameters begin in the state of the module.
    first_name: usize = 0,
    scope: Scope = .module,
    /// The type whose method it is, void for other functions.
    Receiver: type = void,
    /// An operand of a wrong type gives NotImplemented.
    is_operator: bool = false,
    /// Null, in place of an item, is the end: nothing is returned, and no exception is set.
    is_iteration: bool = false,
    /// It runs without the GIL.
    nogil: bool = false,
    /// Explicit names and defaults.
    arguments: []const signature_zig.Argument = &.{},

    /// Whether the instance is an object of ours, not a member of an enum.
    fn isNative(comptime options: Options) bool {
        return options.Receiver != void and registry.hasInstances(options.Receiver);
    }

    /// What stands for the first argument of the C function in a text signature.
    fn self(comptime options: Options) []const u8 {
        return switch (options.scope) {
            .module => "$module",
            .instance, .member, .closure => "$self",
            .class => "$type",
        };
    }
};

/// One Python callable out of several functions: the first whose parameters have exactly the types of the
/// arguments is called, else the first that can convert them.
///
///     pub const area = zb.overload(.{ areaOfCircle, areaOfRectangle });
///
/// A function of it can run without the GIL: `zb.nogil(areaOfCircle)`.
pub fn overload(comptime functions: anytype) type {
    return struct {
        pub const zigbind_overload = functions;
    };
}

/// Whether a function of a set is `zb.nogil` of one.
pub fn isNogil(comptime one: anytype) bool {
    return @TypeOf(one) == type and @typeInfo(one) == .@"struct" and @hasDecl(one, "zigbind_nogil");
}

/// The function that is called.
pub fn plainOf(comptime one: anytype) (if (isNogil(one)) @TypeOf(one.zigbind_nogil) else @TypeOf(one)) {
    return if (isNogil(one)) one.zigbind_nogil else one;
}

/// The trampoline of one Zig function.
pub fn Function(comptime function: anytype, comptime options: Options) type {
    if (erased.enabled and options.arguments.len == 0 and !options.is_iteration and !options.nogil) if (erased.planOf(@TypeOf(function), options.Receiver)) |plan| return erased.Function(function, options, plan);
    return Callable(signature_zig.FunctionTarget(function, options.Receiver, options.arguments), options);
}

/// The trampoline of a target: see `signature.FunctionTarget`.
pub fn Callable(comptime Target: type, comptime options: Options) type {
    const One = Invocation(Target, options);

    return struct {
        pub const signature = One.signature;
        /// Those that the state keeps.
        pub const names: []const [:0]const u8 = if (compat.is_debug) &.{} else signature.names;
        pub const tables = [_]*const signature_zig.Table{One.table};
        pub const typed = One.typed;
        pub const signatures: []const []const u8 = &.{typed};
        pub const qualname = options.qualname;
        pub const takes_nothing = One.takes_nothing;
        pub const positional = signature.positional;
        pub const scope = options.scope;
        /// Whether Zig's null comes out as None.
        pub const optional_result = !options.is_iteration and @typeInfo(signature_zig.Payload(Target.Return)) == .optional;
        pub const C = Entry(One, options);
        pub const definition: c.PyMethodDef = .{
            .ml_name = options.name.ptr,
            .ml_meth = C.method,
            .ml_flags = C.flags,
            .ml_doc = options.name ++ signature_zig.parameterText(Target, signature, options.self(), false) ++ "\n--\n\n" ++ options.declaration.doc,
        };
    };
}

/// The trampoline of several functions under one name.
pub fn Overloaded(comptime functions: anytype, comptime options: Options) type {
    const count = functions.len;
    const invocations = comptime blk: {
        var list: [count]type = undefined;
        var first_name = options.first_name;
        for (0..count) |index| {
            var own = options;
            own.declaration = if (index < options.declaration.overloads.len) options.declaration.overloads[index] else .{};
            own.first_name = first_name;
            own.nogil = isNogil(functions[index]);
            list[index] = Invocation(signature_zig.FunctionTarget(plainOf(functions[index]), options.Receiver, &.{}), own);
            first_name += list[index].signature.names.len;
        }
        break :blk list;
    };
    return struct {
        pub const names = blk: {
            var all: []const [:0]const u8 = &.{};
            if (compat.is_debug) break :blk all;
            for (invocations) |One| all = all ++ One.signature.names;
            break :blk all;
        };
        pub const tables = blk: {
            var all: [count]*const signature_zig.Table = undefined;
            for (&all, invocations) |*one, One| one.* = One.table;
            break :blk all;
        };
        pub const signatures = blk: {
            var list: []const []const u8 = &.{};
            for (invocations) |One| list = list ++ .{One.typed};
            break :blk list;
        };
        pub const table = signature_zig.table(options.qualname, .{
            .names = &.{},
            .positional = 0,
            .required = 0,
            .positional_only = false,
            .args = false,
            .kwargs = false,
        }, options.declaration.location, options.first_name, options.scope);
        pub const takes_keywords = true;
        pub const takes_nothing = false;
        pub const has_buffers = false;
        pub const light = blk: {
            for (invocations) |One| if (!One.light) break :blk false;
            break :blk true;
        };
        pub const needs_state = blk: {
            for (invocations) |One| if (One.needs_state) break :blk true;
            break :blk false;
        };
        pub const qualname = options.qualname;
        pub const optional_result = true;
        pub const positional = 1;
        pub const scope = options.scope;
        pub const adopts = blk: {
            for (invocations) |One| if (One.adopts) break :blk true;
            break :blk false;
        };

        pub fn settle(self: Borrowed, given: signature_zig.Given) void {
            inline for (invocations) |One| if (One.adopts) One.settle(self, given);
        }

        pub const C = Entry(@This(), options);
        const lines = blk: {
            var text: [:0]const u8 = "";
            // Two functions can be the same to Python.
            for (invocations, 0..) |One, index| for (invocations[0..index]) |before| {
                if (std.mem.eql(u8, before.typed, One.typed)) break;
            } else {
                text = text ++ "\n" ++ options.name ++ One.typed;
            };
            break :blk text;
        };
        pub const definition: c.PyMethodDef = .{
            .ml_name = options.name.ptr,
            .ml_meth = C.method,
            .ml_flags = C.flags,
            .ml_doc = options.name ++ "(" ++ options.self() ++ ", /, *args, **kwargs)\n--\n\n" ++ lines[1..] ++ (if (options.declaration.doc.len > 0) "\n\n" else "") ++ options.declaration.doc,
        };

        pub fn invoke(self: Borrowed, given: signature_zig.Given, call: *Call) error{Python}!Owned {
            // First what fits exactly, then what can be converted.
            inline for (.{ .exact, .implicit }) |pass| inline for (invocations) |One| {
                var values: One.Values = undefined;
                if (One.convertArguments(self, given, &values, call, pass)) |_| return One.finish(self, given, &values, call) else |err| switch (err) {
                    error.Inexact => {},
                    error.Mismatch => errors.clear(),
                    error.Python => return error.Python, // Python code that conversion ran has failed
                }
            };
            return if (options.is_operator) object.immortal(c.notImplemented()) else noneFits(given);
        }

        fn noneFits(given: signature_zig.Given) error{Python} {
            @branchHint(.cold);
            const types = try typeNames(given);
            defer types.release();
            _ = c.PyErr_Format(c.exception("TypeError"), options.qualname ++ "() cannot be called with (%U); it has these signatures:" ++ (comptime escapePercent(lines)), types.ptr);
            return error.Python;
        }
    };
}

fn escapePercent(comptime text: []const u8) [:0]const u8 {
    comptime {
        var result: [:0]const u8 = "";
        for (text) |byte| result = result ++ if (byte == '%') "%%" else if (byte == '\n') "\n  " else [1]u8{byte};
        return result;
    }
}

/// "int, str, radius: float"
fn typeNames(given: signature_zig.Given) error{Python}!Owned {
    var text = try Owned.take(c.PyUnicode_FromString(""));
    errdefer text.release();
    for (given.all(), 0..) |item, position| {
        const name = try Owned.take(c.PyType_GetName(item.ptr.ob_type));
        defer name.release();
        const separator: [*:0]const u8 = if (position == 0) "" else ", ";
        const longer = if (position < given.positional)
            c.PyUnicode_FromFormat("%U%s%U", text.ptr, separator, name.ptr)
        else
            c.PyUnicode_FromFormat("%U%s%U: %U", text.ptr, separator, c.PyTuple_GetItem(given.names.?, @intCast(position - given.positional)), name.ptr);
        const next = try Owned.take(longer);
        text.release();
        text = next;
    }
    return text;
}

/// The arguments of a function are converted once; those of an overloaded one first as they are, then as they can be.
const Pass = enum { only, exact, implicit };

/// Arguments to values, a call, a value to a result: for one target.
fn Invocation(comptime Target: type, comptime options: Options) type {
    const types = Target.types;
    const roles = Target.kinds;
    const Return = Target.Return;
    const Result = signature_zig.Payload(Return);

    return struct {
        pub const signature = signature_zig.of(Target, options.declaration);
        pub const Values = compat.Tuple(types);
        pub const typed = signature_zig.parameterText(Target, signature, if (options.scope == .instance or options.scope == .member) "self" else "", true) ++ " -> " ++ resultText();
        pub const table = if (registry.reflected) fixed_table else &placed_table;
        const fixed_table = signature_zig.table(options.qualname, signature, options.declaration.location, options.first_name, options.scope);
        /// Of an explicit module: the place of the names is known when the function is defined.
        var placed_table = fixed_table.*;
        const variadic = signature.args or signature.kwargs;
        pub const takes_keywords = signature.kwargs or signature.names.len > (if (signature.positional_only) signature.positional else 0);
        pub const takes_nothing = signature.names.len == 0 and !variadic;

        /// Neither memory nor references are needed during the call: there is nothing to release after it.
        pub const light = blk: {
            if (spreads) break :blk false;
            for (types, roles) |T, role| switch (role) {
                .receiver => if (!isPlainReceiver(T) and convert.needsCall(T) or keeps_fields and fieldsOf(T) != null) break :blk false,
                .class => {},
                .positional => if (!isFound(T) and convert.needsCall(T) or keeps_fields and fieldsOf(T) != null) break :blk false,
                .options => for (compat.fieldTypes(T)) |Field| if (convert.needsCall(Field)) break :blk false,
                .allocator => if (options.scope == .module or options.nogil) break :blk false,
                .args, .kwargs => break :blk false,
            };
            // Whose memory it is, the call knows.
            break :blk !lent.hasArrays(Result);
        };
        pub const needs_state = blk: {
            if (!registry.reflected) break :blk true;
            for (types, roles) |T, role| switch (role) {
                .receiver => if (!isPlainReceiver(T) and convert.needsState(T)) break :blk true,
                .positional => if (convert.needsState(T)) break :blk true,
                .options => for (compat.fieldTypes(T)) |Field| if (convert.needsState(Field)) break :blk true,
                .class, .allocator => {},
                // What they will be converted to is the function's choice.
                .args, .kwargs => break :blk true,
            };
            if (@typeInfo(Return) == .error_union and exception.needsState(@typeInfo(Return).error_union.error_set)) break :blk true;
            break :blk convert.needsState(Result) or convert.Pointee(Result) != null;
        };
        /// Whether an argument is a buffer in any case.
        pub const has_buffers = blk: {
            for (types, roles) |T, role| if (role == .positional and array_converter.isArray(T)) break :blk true;
            break :blk false;
        };
        /// Python code can run in the call: what the fields of its arguments live on stays as long as that.
        const keeps_fields = blk: {
            for (types, roles) |T, role| switch (role) {
                .args, .kwargs => break :blk true,
                .receiver, .positional, .options => if (options.scope == .closure or leadsToPython(T)) break :blk true,
                .class, .allocator => {},
            };
            break :blk false;
        };
        /// Arguments whose fields Zig code may have changed to refer to other Python objects.
        pub const adopts = changes_arguments or settles_itself;
        const changes_arguments = blk: {
            for (types, roles) |T, role| if ((role == .receiver or role == .positional) and changesKeepers(T)) break :blk true;
            break :blk false;
        };

        /// A function with a state, whose objects it can exchange.
        const settles_itself = @hasDecl(Target, "settles") and Target.settles;

        fn resultText() [:0]const u8 {
            return if (convert.Pointee(Result)) |Target_| (if (@typeInfo(Result) == .optional) convert.resultAnnotation(?Target_) else convert.resultAnnotation(Target_)) else convert.resultAnnotation(Result);
        }

        pub fn invoke(self: Borrowed, given: signature_zig.Given, call: *Call) callconv(compat.hot) error{Python}!Owned {
            var values: Values = undefined;
            convertArguments(self, given, &values, call, .only) catch |err| {
                if (options.is_operator and err == error.Mismatch) return notImplemented();
                return error.Python;
            };
            return finish(self, given, &values, call);
        }

        /// In the `exact` pass, `error.Inexact` where an argument is not of the very type of its parameter.
        pub fn convertArguments(self: Borrowed, given: signature_zig.Given, values: *Values, call: *Call, comptime pass: Pass) callconv(compat.hot) error{ Python, Mismatch, Inexact }!void {
            @setRuntimeSafety(false);
            var slots: [signature.names.len]?*c.PyObject = undefined;
            // Where the positional arguments are.
            var items: [*]const Borrowed = given.items;
            var rest: signature_zig.Kwargs = if (signature.kwargs) .{ .names = &.{}, .values = &.{}, .call = call } else undefined;
            // The common case, without any matching: as many arguments as positional parameters, but for defaults, and no keywords.
            const plain = !variadic and given.names == null and given.positional <= signature.positional and given.positional >= signature.required;
            if (!plain) {
                @branchHint(.unlikely);
                if (signature.kwargs) try rest.reserve(given);
                switch (signature_zig.match(table, self.ptr, given.items, given.positional, given.names, &slots, if (signature.kwargs) &rest else null)) {
                    .in_items => {},
                    .in_slots => items = @ptrCast(&slots),
                    .nowhere => return error.Mismatch,
                }
            }
            @setEvalBranchQuota(100_000);
            if (keeps_fields and !light) call.keeps_fields = true;
            // What runs Python code first: it could take the value out of an object, whose place is looked up last.
            inline for (.{ false, true }) |places| {
                comptime var position = 0;
                inline for (types, roles, 0..) |T, role, index| {
                    switch (role) {
                        .receiver => if (places) {
                            values[index] = try receive(T, self, call);
                            if (comptime keeps_fields and fieldsOf(T) != null) try instance.keepFields(self.ptr, call);
                        },
                        .class => values[index] = .{ .object = self },
                        .allocator => values[index] = if (options.scope == .module or options.nogil) call.allocator() else memory.lasting,
                        .positional => {
                            if (comptime isPlace(T) == places) {
                                if (comptime Target.hasDefault(index)) {
                                    const given_value = if (!plain) @as([*]const ?*c.PyObject, @ptrCast(items))[position] else if (position < given.positional) items[position].ptr else null;
                                    values[index] = if (given_value) |ptr| try one(T, .{ .ptr = ptr }, position, call, pass) else Target.default(index);
                                } else values[index] = try one(T, items[position], position, call, pass);
                            }
                            position += 1;
                        },
                        .options => if (!places) {
                            var chosen: T = .{};
                            if (!plain) inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T), signature.positional..) |field, Field, slot| {
                                if (slots[slot]) |ptr| @field(chosen, field) = try one(Field, .{ .ptr = ptr }, slot, call, pass);
                            };
                            values[index] = chosen;
                        },
                        .args => {
                            const first = @min(signature.positional, given.positional);
                            values[index] = .{ .items = given.items[first..given.positional], .call = call };
                        },
                        .kwargs => values[index] = rest,
                    }
                }
            }
        }

        fn one(comptime T: type, value: Borrowed, comptime position: usize, call: *Call, comptime pass: Pass) callconv(compat.hot) error{ Python, Mismatch, Inexact }!T {
            if (pass == .exact and !convert.Converter(T).exact(value, call)) return error.Inexact;
            if (comptime pass == .only and position < Call.most_places and @typeInfo(T) == .@"struct" and array_converter.isArray(T))
                return T.zigbind_converter.fromArgument(value, call, position) catch |err| return place(err, position);
            if (comptime isFound(T)) {
                const found = class_converter.findValue(T, value, call.state) catch |err| return place(err, position);
                if (comptime keeps_fields) if (@typeInfo(T) != .optional or !value.isNone()) try instance.keepFields(value.ptr, call);
                return found;
            }
            if (comptime !isCallable(T)) {
                const converted = convert.fromPython(T, value, call) catch |err| return place(err, position);
                if (comptime keeps_fields and fieldsOf(T) != null and (convert.Pointee(T) != null or isTrampoline(T))) if (!value.isNone()) try instance.keepFields(value.ptr, call);
                return converted;
            }
            var callable = convert.fromPython(T, value, call) catch |err| return place(err, position);
            if (@typeInfo(T) == .optional) {
                if (callable) |*found| found.is_argument = true;
            } else callable.is_argument = true;
            return callable;
        }

        fn receive(comptime T: type, self: Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!T {
            if (comptime !isPlainReceiver(T)) return convert.fromPython(T, self, call);
            if (@typeInfo(T) != .pointer) return (try instance.value(options.Receiver, self.ptr, .read)).*;
            return instance.value(options.Receiver, self.ptr, if (comptime compat.pointerIsConst(T)) .read else .write);
        }

        /// A T or a pointer to one, in the instance.
        fn isPlainReceiver(comptime T: type) bool {
            return options.isNative() and (T == options.Receiver or @typeInfo(T) == .pointer);
        }

        fn place(err: errors.Refusal, position: usize) errors.Refusal {
            @branchHint(.cold);
            if (err == error.Mismatch) errors.inArgument(table.text, table.name(position));
            return err;
        }

        pub fn finish(self: Borrowed, given: signature_zig.Given, values: *Values, call: *Call) callconv(compat.hot) error{Python}!Owned {
            @setEvalBranchQuota(100_000);
            inline for (types, 0..) |T, index| if (comptime signature_zig.isOwned(T)) {
                // The value ends in the call: nobody else in it may have it.
                var uses: usize = @intFromBool(roles[index] != .receiver and options.scope == .instance and self.ptr == values[index].object.?);
                for (given.all()) |argument| uses += @intFromBool(argument.ptr == values[index].object.?);
                if (uses > @intFromBool(roles[index] != .receiver)) return class_converter.movedTwice(T.zigbind_owned);
            };
            inline for (types, 0..) |T, index| if (comptime signature_zig.isOwned(T)) try class_converter.commit(T.zigbind_owned, &values[index]);
            const result = if (options.nogil) invokeWithoutGil(values) else Target.invoke(values);
            // After the result has its own references: what is taken out of a field ends with the field otherwise.
            defer if (adopts) settle(self, given);
            if (@typeInfo(Return) == .error_union) {
                if (result) |value| return succeed(value, self, given, call) else |err| {
                    exception.set(@typeInfo(Return).error_union.error_set, err, call.state);
                    // Release builds for speed leave it out, as they do Zig's own error return traces.
                    if (compat.is_safe and options.declaration.location.len > 0 and err != @as(anyerror, error.Python)) errors.note("Zig error in %s() (%s)", table.text, table.location());
                    return error.Python;
                }
            }
            return succeed(result, self, given, call);
        }

        /// The frame of the call knows that the GIL is released: after a panic it is taken back there.
        fn invokeWithoutGil(values: *Values) Return {
            const frame = guard.top().?;
            guard.release(frame);
            defer guard.takeBack(frame);
            return Target.invoke(values);
        }

        fn succeed(value: Result, self: Borrowed, given: signature_zig.Given, call: *Call) callconv(compat.hot) error{Python}!Owned {
            if (comptime !options.is_iteration or @typeInfo(Result) != .optional) return succeedWith(Result, value, self, given, call);
            if (value) |item| return succeedWith(@typeInfo(Result).optional.child, item, self, given, call);
            if (variadic or options.uses.raises) errors.clear();
            return error.Python;
        }

        fn succeedWith(comptime Made: type, found: Made, self: Borrowed, given: signature_zig.Given, call: *Call) callconv(compat.hot) error{Python}!Owned {
            // An error of `zb.raise` or `rest.get` that was caught leaves its exception behind.
            if (variadic or options.uses.raises) errors.clear();
            defer if (comptime freesResult()) standard.freeResult(Made, found, memory.lasting);
            const value = if (comptime lent.hasArrays(Made) and !array_converter.isArray(Made))
                try lent.settled(Made, found, &.{ .self = owner(self), .arguments = try sources(given, call), .call = call })
            else
                found;
            if (comptime convert.isReference(Made)) {
                if (@typeInfo(Made) != .optional) return .{ .ptr = value.ptr };
                return .{ .ptr = if (value) |own| own.ptr else c.none() };
            }
            const converted = if (comptime convert.Pointee(Made) != null)
                pointerResult(Made, value, self, given, call)
            else if (comptime isBuilt(Made))
                class_converter.makeBuilt(@ptrCast(self.ptr), value)
            else if (comptime class_converter.isClass(Made))
                makeInstance(Made, value, self, given, call)
            else if (comptime @typeInfo(Made) == .optional and class_converter.isClass(@typeInfo(Made).optional.child))
                (if (value) |made| makeInstance(@typeInfo(Made).optional.child, made, self, given, call) else object.immortal(c.none()))
            else if (comptime class_converter.refersWithin(Made))
                makeWithin(Made, value, self, given, call)
            else if (comptime array_converter.isArray(Made))
                array_converter.fromFunction(value, owner(self), try sources(given, call), call)
            else
                convert.toPython(value, call.state);
            if (convert.Converter(Made).by_value) return converted;
            return converted catch |err| {
                errors.note("in the result of %s() (%s)", table.text, table.location());
                return err;
            };
        }

        /// The instance that memory can belong to.
        fn owner(self: Borrowed) ?Borrowed {
            return if (options.scope == .instance) self else null;
        }

        fn makeInstance(comptime Made: type, value: Made, self: Borrowed, given: signature_zig.Given, call: *Call) callconv(compat.hot) error{Python}!Owned {
            @setRuntimeSafety(false);
            if (!registry.reflected and call.state.object(registry.index(Made)) == null) return convert.toPython(value, call.state);
            const origins: Origins = .{ .self = self, .arguments = if (comptime instance.keeperCount(Made) > 0) try sources(given, call) else &.{} };
            const origin = origins.of(Made);
            // A factory makes what it is called on.
            if (options.scope == .class and Made == options.Receiver) return class_converter.makeOf(Made, @ptrCast(self.ptr), value, origin, call.state);
            return class_converter.make(Made, value, origin, call.state);
        }

        /// A result with instances in it, each of which owns what its fields refer to.
        fn makeWithin(comptime Made: type, value: Made, self: Borrowed, given: signature_zig.Given, call: *Call) error{Python}!Owned {
            const result = try convert.toPython(value, call.state);
            errdefer result.release();
            const origins: Origins = .{ .self = self, .arguments = try sources(given, call) };
            class_converter.adoptWithin(Made, result.ptr, &origins, call.state);
            return result;
        }

        fn pointerResult(comptime Made: type, value: Made, self: Borrowed, given: signature_zig.Given, call: *Call) error{Python}!Owned {
            return class_converter.pointerResult(Made, value, self, try sources(given, call), call.state);
        }

        /// The objects of a call that a result can point into.
        fn sources(given: signature_zig.Given, call: *Call) error{Python}![]const Borrowed {
            return if (comptime spreads) call.sources(given.all()) else given.all();
        }

        /// Whether a result can point into what an argument is not itself, but has in it.
        const spreads = (convert.Pointee(Result) != null or class_converter.refersWithin(Result) or lent.hasArrays(Result)) and blk: {
            for (types, roles) |T, role| switch (role) {
                .args, .kwargs => break :blk true,
                .positional => if (hasPlacesWithin(T)) break :blk true,
                .options => for (compat.fieldTypes(T)) |Field| if (hasPlacesWithin(Field)) break :blk true,
                else => {},
            };
            break :blk false;
        };

        /// Where the instances of a result come from.
        const Origins = struct {
            self: Borrowed,
            arguments: []const Borrowed,

            pub fn of(origins: Origins, comptime Made: type) callconv(compat.hot) instance.Origin {
                var origin: instance.Origin = .{};
                if (comptime instance.keeperCount(Made) == 0) return origin;
                origin.arguments = origins.arguments;
                origin.receiver = origins.self.ptr;
                // Those that can point to others are known to the garbage collector: what they keep may keep them.
                origin.keeps_all = comptime instance.Layout(Made).is_gc;
                if (comptime options.scope == .instance and options.isNative()) {
                    if (Made == options.Receiver) origin.twin = origins.self.ptr else origin.self = class_converter.sourceOf(options.Receiver, origins.self.ptr);
                }
                return origin;
            }
        };

        /// A slice or container that a method allocated with the lasting allocator it was given is for Python to free.
        fn freesResult() bool {
            if (options.scope == .module or options.nogil) return false;
            if (!standard.isFreed(Result)) return false;
            for (roles) |role| if (role == .allocator) return true;
            return false;
        }

        /// Let the objects whose places Zig code had own what it put there. Also after a panic, which leaves everything else as it was.
        pub fn settle(self: Borrowed, given: signature_zig.Given) void {
            if (settles_itself) Target.settle(self);
            if (!changes_arguments) return;
            const state = state_zig.of(options.scope, self.ptr);
            const arguments = given.all();
            const raised = c.PyErr_GetRaisedException();
            defer if (raised != null) c.PyErr_SetRaisedException(raised);
            // What moves from one argument to another must not end in between.
            const moving: ?*c.PyObject = if (arguments.len > 0) c.PyList_New(0) else null;
            defer c.Py_DecRef(moving);
            if (arguments.len > 0) {
                if (moving == null) errors.clear();
                class_converter.keepMeanwhile(moving, self.ptr, state);
                for (arguments) |argument| class_converter.keepMeanwhile(moving, argument.ptr, state);
            }
            inline for (types, roles) |T, role| if (comptime (role == .receiver or role == .positional) and changesKeepers(T)) {
                if (role == .receiver) class_converter.settle(Changed(T).?, self.ptr, arguments, state);
                for (arguments) |argument| class_converter.settle(Changed(T).?, argument.ptr, arguments, state);
            };
        }
    };
}

/// `zb.Callable`, or none.
fn isCallable(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| isCallable(info.child),
        .@"struct" => @hasDecl(T, "zigbind_callable"),
        else => false,
    };
}

/// Whether an argument is the place of a value in an object, or a copy of a value that lives on the object.
fn isPlace(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| isPlace(info.child),
        .@"struct", .@"union" => signature_zig.isOwned(T) or @hasDecl(T, "zigbind_trampoline") or
            registry.kindOf(T) != null and registry.isKnown(T) and (instance.ends(T) or instance.keeperCount(T) > 0),
        else => convert.Pointee(T) != null,
    };
}

/// Whether a converted argument has in it what lives on objects that are not the argument itself.
fn hasPlacesWithin(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| hasPlacesWithin(info.child),
        .pointer => |info| info.size == .slice and isPlaceWithin(info.child),
        .array => |info| isPlaceWithin(info.child),
        .@"struct", .@"union" => blk: {
            if (registry.isConverted(T) or signature_zig.isOwned(T) or registry.reflected and registry.isKnown(T)) break :blk false;
            for (if (@typeInfo(T) == .@"struct") compat.fieldTypes(T) else compat.unionTypes(T)) |Field| if (isPlaceWithin(Field)) break :blk true;
            break :blk false;
        },
        else => false,
    };
}

fn isPlaceWithin(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| isPlaceWithin(info.child),
        .pointer => true,
        .@"struct", .@"union" => if (registry.isKnown(T) and !signature_zig.isOwned(T) and instance.keeperCount(T) > 0) true else hasPlacesWithin(T),
        else => hasPlacesWithin(T),
    };
}

/// The struct or union that T is, or points to, where its instances have fields that live on other objects.
fn fieldsOf(comptime T: type) ?type {
    return switch (@typeInfo(T)) {
        .optional => |info| fieldsOf(info.child),
        .pointer => if (convert.Pointee(T)) |Target| fieldsOf(Target) else null,
        .@"struct" => if (isTrampoline(T)) fieldsOf(T.zigbind_trampoline) else if (registry.hasInstances(T) and registry.isKnown(T) and instance.keeperCount(T) > 0) T else null,
        .@"union" => if (registry.hasInstances(T) and registry.isKnown(T) and instance.keeperCount(T) > 0) T else null,
        else => null,
    };
}

/// A value of an instance whose fields live on other objects: looking it up needs nothing of the call.
fn isFound(comptime T: type) bool {
    if (!registry.reflected) return false;
    const Made = if (@typeInfo(T) == .optional) @typeInfo(T).optional.child else T;
    return (@typeInfo(Made) == .@"struct" or @typeInfo(Made) == .@"union") and !isTrampoline(Made) and !registry.hasCaster(Made) and fieldsOf(Made) != null;
}

fn isTrampoline(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and @hasDecl(T, "zigbind_trampoline");
}

/// Whether Zig code can come from a T to Python code: by an object in it, or in what it points to.
fn leadsToPython(comptime T: type) bool {
    return reach.reaches(T, struct {
        fn look(comptime One: type) ?[]const type {
            return switch (@typeInfo(One)) {
                .pointer => |info| if (@typeInfo(info.child) == .@"opaque" or @typeInfo(info.child) == .@"fn") &.{} else &.{info.child},
                .optional => |info| &.{info.child},
                .array => |info| &.{info.child},
                .@"struct" => if (instance.isObject(One) or convert.isReference(One) or @hasDecl(One, "zigbind_own") or isTrampoline(One))
                    null
                else if (@hasDecl(One, "zigbind_owned"))
                    &.{One.zigbind_owned}
                else if (@hasDecl(One, "zigbind_converter") or One == std.mem.Allocator)
                    &.{}
                else
                    compat.fieldTypes(One),
                .@"union" => compat.unionTypes(One),
                else => &.{},
            };
        }
    }.look);
}

fn isBuilt(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and @hasDecl(T, "zigbind_built");
}

fn changesKeepers(comptime T: type) bool {
    return if (Changed(T)) |Target| instance.keeperCount(Target) > 0 else false;
}

/// The struct that Zig code can change through an argument.
fn Changed(comptime T: type) ?type {
    return switch (@typeInfo(T)) {
        .optional => |info| Changed(info.child),
        .pointer => if (compat.pointerIsConst(T)) null else convert.Pointee(T),
        .@"struct" => if (@hasDecl(T, "zigbind_trampoline")) T.zigbind_trampoline else null,
        else => null,
    };
}

pub fn notImplemented() error{Python}!Owned {
    @branchHint(.cold);
    const raised = try Owned.take(c.PyErr_GetRaisedException());
    if (!raised.borrow().hasType(@ptrCast(c.exception("TypeError")))) {
        // Of the right type, but out of range.
        c.PyErr_SetRaisedException(raised.ptr);
        return error.Python;
    }
    raised.release();
    return object.immortal(c.notImplemented());
}

/// The C functions that Python calls, around the `invoke` of `Callee`.
fn Entry(comptime Callee: type, comptime options: Options) type {
    // A panic can only come from a safety check, or where the source asks for one, or where the GIL is missing.
    const guarded = guard.supported and (compat.is_safe or options.uses.panic or options.uses.gil);
    const keeps_frame = options.uses.call_allocator or options.uses.gil;
    const light = Callee.light and !keeps_frame;

    return struct {
        // Without keywords to take there is nothing to look at in them: CPython itself refuses them then.
        pub const flags = (if (options.scope == .class) c.METH_CLASS else 0) |
            if (takes_nothing) c.METH_NOARGS else c.METH_FASTCALL | if (Callee.takes_keywords) c.METH_KEYWORDS else 0;
        pub const method: *const anyopaque = if (takes_nothing) &entryWithoutArguments else if (Callee.takes_keywords) &entry else &entryWithoutKeywords;
        // Module functions are called faster with METH_FASTCALL, methods are not.
        const takes_nothing = Callee.takes_nothing and options.scope != .module;

        fn entryWithoutArguments(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return @call(.always_inline, entry, .{ self, undefined, 0, null });
        }

        fn entryWithoutKeywords(self: *c.PyObject, items: [*]const Borrowed, positional: isize) callconv(.c) ?*c.PyObject {
            return @call(.always_inline, entry, .{ self, items, positional, null });
        }

        pub fn entry(self: *c.PyObject, items: [*]const Borrowed, positional: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            if (guarded) return Guarded(light, if (Callee.adopts) &Callee.settle else null).enter(self, items, positional, names, &body, Callee.table);
            @setRuntimeSafety(false);
            var call: Call = undefined;
            if (!light) call.init();
            const given: signature_zig.Given = .of(items, positional, names);
            const result = if (keeps_frame) framed(.{ .ptr = self }, given, &call) else resultOf(.{ .ptr = self }, given, &call);
            if (Callee.has_buffers) call.endBuffers(result != null) else if (!light) call.end(result != null);
            return result;
        }

        fn framed(self: Borrowed, given: signature_zig.Given, call: *Call) callconv(compat.hot) ?*c.PyObject {
            @setRuntimeSafety(false);
            var frame: guard.Frame = undefined;
            frame.call = call;
            const slot = guard.pushUnguarded(&frame);
            defer guard.pop(slot, &frame);
            return resultOf(self, given, call);
        }

        fn body(pointer: *anyopaque) callconv(.c) void {
            @setRuntimeSafety(false);
            const context: *Context = @ptrCast(@alignCast(pointer));
            context.result = resultOf(context.self, context.given, context.call);
        }

        fn resultOf(self: Borrowed, given: signature_zig.Given, call: *Call) callconv(compat.hot) ?*c.PyObject {
            // Where the frame can be found, `zb.TypeCaster` can be used.
            if (Callee.needs_state or (keeps_frame and registry.object_count > 0))
                call.state = if (options.scope == .member) state_zig.memberState(self.ptr) orelse return null else state_zig.of(options.scope, self.ptr);
            return if (Callee.invoke(self, given, call)) |result| result.ptr else |_| null;
        }
    };
}

/// One call on its way through a guard.
const Context = struct { self: Borrowed, given: signature_zig.Given, call: *Call, result: ?*c.PyObject };

/// A call that a panic can leave: once for all functions of a module, but for those that change what objects live on.
fn Guarded(comptime light: bool, comptime settle: ?*const fn (Borrowed, signature_zig.Given) void) type {
    return struct {
        noinline fn enter(
            self: *c.PyObject,
            items: [*]const Borrowed,
            positional: isize,
            names: ?*c.PyObject,
            body: *const fn (*anyopaque) callconv(.c) void,
            table: *const signature_zig.Table,
        ) callconv(.c) ?*c.PyObject {
            // With checks on, undefined memory would be filled: over a kilobyte at each call.
            @setRuntimeSafety(false);
            var call: Call = undefined;
            if (!light) call.init();
            var context: Context = .{ .self = .{ .ptr = self }, .given = .of(items, positional, names), .call = &call, .result = null };
            var frame: guard.Frame = undefined;
            frame.call = if (light) null else &call;
            if (guard.run(&frame, body, &context)) {
                if (settle) |own| own(context.self, context.given);
                errors.setPanic(&frame, table.text, table.location());
                context.result = null;
            }
            if (!light) call.end(context.result != null);
            return context.result;
        }
    };
}

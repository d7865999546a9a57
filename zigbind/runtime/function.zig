//! The one call trampoline: from Python's arguments to a Zig function and back.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const errors = @import("errors.zig");
const guard = @import("guard.zig");
const object = @import("object.zig");
const signature_zig = @import("signature.zig");
const source = @import("source.zig");
const Call = @import("call.zig").Call;

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Signature = signature_zig.Signature;

/// What a function of a module is made of.
pub const Options = struct {
    /// The name in Python.
    name: [:0]const u8,
    declaration: source.Declaration,
    uses: source.Uses,
    /// Where the names of its parameters begin in the state of the module.
    first_name: usize,
};

/// One Python callable out of several functions: the first whose parameters have exactly the types of the
/// arguments is called, else the first that can convert them.
///
///     pub const area = zb.overload(.{ areaOfCircle, areaOfRectangle });
pub fn overload(comptime functions: anytype) type {
    return struct {
        pub const zigbind_overload = functions;
    };
}

/// The trampoline of one Zig function.
pub fn Function(comptime function: anytype, comptime options: Options) type {
    const F = @TypeOf(function);
    const signature = signature_zig.of(F, options.name, options.declaration);
    const One = Invocation(function, signature, options);

    return struct {
        pub const names = signature.names;
        pub const typed = signature_zig.parameterText(F, signature, "", true) ++ " -> " ++ convert.resultAnnotation(signature_zig.Payload(@typeInfo(F).@"fn".return_type.?));
        pub const definition: c.PyMethodDef = .{
            .ml_name = options.name.ptr,
            .ml_meth = Entry(One, options).method,
            .ml_flags = Entry(One, options).flags,
            .ml_doc = options.name ++ signature_zig.parameterText(F, signature, "$module", false) ++ "\n--\n\n" ++ options.declaration.doc,
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
            const declaration: source.Declaration = if (index < options.declaration.overloads.len) options.declaration.overloads[index] else .{};
            const own: Options = .{ .name = options.name, .declaration = declaration, .uses = options.uses, .first_name = first_name };
            const signature = signature_zig.of(@TypeOf(functions[index]), options.name, declaration);
            list[index] = Invocation(functions[index], signature, own);
            first_name += signature.names.len;
        }
        break :blk list;
    };
    return struct {
        pub const names = blk: {
            var all: []const [:0]const u8 = &.{};
            for (invocations) |One| all = all ++ One.signature.names;
            break :blk all;
        };
        pub const typed = blk: {
            var text: [:0]const u8 = "";
            for (invocations) |One| text = text ++ (if (text.len == 0) "" else "\n") ++ One.typed;
            break :blk text;
        };
        pub const table = signature_zig.table(.{
            .name = options.name,
            .names = &.{},
            .positional = 0,
            .positional_only = false,
            .args = false,
            .kwargs = false,
        }, options.declaration.location, options.first_name);
        pub const takes_keywords = true;
        pub const light = blk: {
            for (invocations) |One| if (!One.light) break :blk false;
            break :blk true;
        };
        const lines = blk: {
            var text: [:0]const u8 = "";
            for (invocations) |One| text = text ++ "\n" ++ options.name ++ One.typed;
            break :blk text;
        };
        pub const definition: c.PyMethodDef = .{
            .ml_name = options.name.ptr,
            .ml_meth = Entry(@This(), options).method,
            .ml_flags = Entry(@This(), options).flags,
            .ml_doc = options.name ++ "($module, /, *args, **kwargs)\n--\n\n" ++ lines[1..] ++ (if (options.declaration.doc.len > 0) "\n\n" else "") ++ options.declaration.doc,
        };

        pub fn invoke(self: Borrowed, given: signature_zig.Given, call: *Call) error{Python}!Owned {
            // First what fits exactly, then what can be converted.
            inline for (.{ true, false }) |exactly| inline for (invocations) |One| {
                var values: One.Values = undefined;
                if (One.convertArguments(self, given, &values, call, exactly)) |_| return One.finish(&values) else |err| switch (err) {
                    error.Inexact => {},
                    error.Mismatch => errors.clear(),
                    error.Python => return error.Python, // Python code that conversion ran has failed
                }
            };
            return noneFits(given);
        }

        fn noneFits(given: signature_zig.Given) error{Python} {
            @branchHint(.cold);
            const types = try typeNames(given);
            defer types.release();
            _ = c.PyErr_Format(c.exception("TypeError"), options.name ++ "() cannot be called with (%U); it has these signatures:" ++ (comptime escapePercent(lines)), types.ptr);
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
    for (given.items[0 .. given.positional + given.keywords()], 0..) |item, position| {
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

/// Arguments to values, a call, a value to a result: for one Zig function.
fn Invocation(comptime function: anytype, comptime signature_: Signature, comptime options: Options) type {
    const F = @TypeOf(function);
    const types = compat.paramTypes(F);
    const roles = signature_zig.roles(F);
    const Return = @typeInfo(F).@"fn".return_type.?;

    return struct {
        pub const signature = signature_;
        pub const Values = compat.Tuple(blk: {
            var list: [types.len]type = undefined;
            for (types, 0..) |T, index| list[index] = T.?;
            const fixed = list;
            break :blk &fixed;
        });
        pub const typed = signature_zig.parameterText(F, signature, "", true) ++ " -> " ++ convert.resultAnnotation(signature_zig.Payload(Return));
        pub const table = signature_zig.table(signature, options.declaration.location, options.first_name);
        const variadic = signature.args or signature.kwargs;
        pub const takes_keywords = signature.kwargs or signature.names.len > (if (signature.positional_only) signature.positional else 0);

        /// Neither memory nor references are needed during the call: there is nothing to release after it.
        pub const light = blk: {
            for (types, roles) |T, role| switch (role) {
                .positional => if (!convert.Converter(T.?).by_value) break :blk false,
                .options => for (compat.fieldTypes(T.?)) |Field| if (!convert.Converter(Field).by_value) break :blk false,
                .allocator, .args, .kwargs => break :blk false,
            };
            break :blk true;
        };

        pub inline fn invoke(self: Borrowed, given: signature_zig.Given, call: *Call) error{Python}!Owned {
            var values: Values = undefined;
            convertArguments(self, given, &values, call, false) catch return error.Python;
            return finish(&values);
        }

        /// With `exactly`, `error.Inexact` where an argument is not of the very type of its parameter.
        pub inline fn convertArguments(self: Borrowed, given: signature_zig.Given, values: *Values, call: *Call, comptime exactly: bool) error{ Python, Mismatch, Inexact }!void {
            @setRuntimeSafety(false);
            var slots: [signature.names.len]?*c.PyObject = undefined;
            // Where the positional arguments are.
            var items: [*]const Borrowed = given.items;
            var rest: signature_zig.Kwargs = if (signature.kwargs) .{ .names = &.{}, .values = &.{}, .call = call } else undefined;
            // The common case, without any matching: as many arguments as positional parameters, no keywords.
            const plain = !variadic and given.names == null and given.positional == signature.positional;
            if (!plain) {
                @branchHint(.unlikely);
                if (signature.kwargs) try rest.reserve(given);
                switch (signature_zig.match(table, self.ptr, given.items, given.positional, given.names, &slots, if (signature.kwargs) &rest else null)) {
                    .in_items => {},
                    .in_slots => items = @ptrCast(&slots),
                    .nowhere => return error.Mismatch,
                }
            }
            comptime var position = 0;
            inline for (types, roles, 0..) |maybe, role, index| {
                const T = maybe.?;
                switch (role) {
                    .allocator => values[index] = call.allocator(),
                    .positional => {
                        const value = items[position];
                        if (exactly and !convert.Converter(T).exact(value)) return error.Inexact;
                        values[index] = convert.fromPython(T, value, call) catch |err| return place(err, position);
                        position += 1;
                    },
                    .options => {
                        var chosen: T = .{};
                        if (!plain) inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T), signature.positional..) |field, Field, slot| {
                            if (slots[slot]) |ptr| {
                                const value: Borrowed = .{ .ptr = ptr };
                                if (exactly and !convert.Converter(Field).exact(value)) return error.Inexact;
                                @field(chosen, field) = convert.fromPython(Field, value, call) catch |err| return place(err, slot);
                            }
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

        fn place(err: errors.Refusal, position: usize) errors.Refusal {
            @branchHint(.cold);
            if (err == error.Mismatch) errors.inArgument(table.text, table.name(position));
            return err;
        }

        pub inline fn finish(values: *const Values) error{Python}!Owned {
            const result = @call(.auto, function, values.*);
            if (@typeInfo(Return) == .error_union) {
                if (result) |value| return succeed(value) else |err| {
                    errors.set(@typeInfo(Return).error_union.error_set, err);
                    return error.Python;
                }
            }
            return succeed(result);
        }

        inline fn succeed(value: signature_zig.Payload(Return)) error{Python}!Owned {
            // An error of `zb.raise` or `rest.get` that was caught leaves its exception behind.
            if (variadic or options.uses.raises) errors.clear();
            if (convert.Converter(@TypeOf(value)).by_value) return convert.toPython(value);
            return convert.toPython(value) catch |err| {
                errors.inResult(table.text, table.location());
                return err;
            };
        }
    };
}

/// The C function that Python calls, around the `invoke` of `Callee`.
fn Entry(comptime Callee: type, comptime options: Options) type {
    // A panic can only come from a safety check, or where the source asks for one.
    const guarded = guard.supported and (compat.is_safe or options.uses.panic);
    const keeps_frame = options.uses.call_allocator;
    const light = Callee.light and !keeps_frame;

    return struct {
        // Without keywords to take there is nothing to look at in them: CPython itself refuses them then.
        pub const flags = c.METH_FASTCALL | if (Callee.takes_keywords) c.METH_KEYWORDS else 0;
        pub const method: *const anyopaque = if (Callee.takes_keywords) &entry else &entryWithoutKeywords;

        fn entryWithoutKeywords(self: *c.PyObject, items: [*]const Borrowed, positional: isize) callconv(.c) ?*c.PyObject {
            return @call(.always_inline, entry, .{ self, items, positional, null });
        }

        fn entry(self: *c.PyObject, items: [*]const Borrowed, positional: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            if (guarded) return Guarded(light).enter(self, items, positional, names, &body, Callee.table);
            @setRuntimeSafety(false);
            var call: Call = undefined;
            if (!light) call.init();
            defer if (!light) call.deinit();
            const given: signature_zig.Given = .of(items, positional, names);
            if (!keeps_frame) return resultOf(.{ .ptr = self }, given, &call);
            var frame: guard.Frame = undefined;
            frame.call = &call;
            const slot = guard.push(&frame);
            defer guard.pop(slot, &frame);
            return resultOf(.{ .ptr = self }, given, &call);
        }

        fn body(pointer: *anyopaque) callconv(.c) void {
            @setRuntimeSafety(false);
            const context: *Context = @ptrCast(@alignCast(pointer));
            context.result = resultOf(context.self, context.given, context.call);
        }

        inline fn resultOf(self: Borrowed, given: signature_zig.Given, call: *Call) ?*c.PyObject {
            return if (Callee.invoke(self, given, call)) |result| result.ptr else |_| null;
        }
    };
}

/// One call on its way through a guard.
const Context = struct { self: Borrowed, given: signature_zig.Given, call: *Call, result: ?*c.PyObject };

/// A call that a panic can leave, once for all functions of a module.
fn Guarded(comptime light: bool) type {
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
            defer if (!light) call.deinit();
            var context: Context = .{ .self = .{ .ptr = self }, .given = .of(items, positional, names), .call = &call, .result = null };
            var frame: guard.Frame = undefined;
            frame.call = if (light) null else &call;
            if (guard.run(&frame, body, &context)) {
                errors.setPanic(&frame, table.text, table.location());
                context.result = null;
            }
            return context.result;
        }
    };
}

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
const state = @import("state.zig");
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
    /// Whether the build has safety checks.
    safe: bool,
    /// Where the names of its parameters begin in the state of the module.
    first_name: usize,
};

/// Marks several functions that are one callable in Python. Made by `zb.overload`.
pub fn Overload(comptime functions: anytype) type {
    return struct {
        pub const zigbind_overload = functions;
    };
}

/// One Python callable out of several functions: the first whose parameters have exactly the types of the
/// arguments is called, else the first that can convert them.
///
///     pub const area = zb.overload(.{ areaOfCircle, areaOfRectangle });
pub fn overload(comptime functions: anytype) type {
    return Overload(functions);
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
            .ml_meth = &Entry(One, options).entry,
            .ml_flags = c.METH_FASTCALL | c.METH_KEYWORDS,
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
            const own: Options = .{ .name = options.name, .declaration = declaration, .uses = options.uses, .safe = options.safe, .first_name = first_name };
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
        const lines = blk: {
            var text: [:0]const u8 = "";
            for (invocations) |One| text = text ++ "\n" ++ options.name ++ One.typed;
            break :blk text;
        };
        pub const definition: c.PyMethodDef = .{
            .ml_name = options.name.ptr,
            .ml_meth = &Entry(@This(), options).entry,
            .ml_flags = c.METH_FASTCALL | c.METH_KEYWORDS,
            .ml_doc = options.name ++ "($module, /, *args, **kwargs)\n--\n\n" ++ lines[1..] ++ (if (options.declaration.doc.len > 0) "\n\n" else "") ++ options.declaration.doc,
        };

        pub fn invoke(self: Borrowed, given: signature_zig.Given, call: *Call) error{Python}!Owned {
            // First what fits exactly, then what can be converted.
            inline for (.{ true, false }) |exactly| inline for (invocations) |One| {
                var values: One.Values = undefined;
                if (One.convertArguments(self, given, &values, call, exactly)) |_| return One.finish(&values) else |err| switch (err) {
                    error.Inexact => {},
                    error.Python => {
                        if (!call.mismatch) return error.Python; // Python code that conversion ran has failed
                        c.PyErr_Clear();
                        call.mismatch = false;
                    },
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
    const named: usize = if (given.names) |names| @intCast(c.PyTuple_Size(names.ptr)) else 0;
    for (given.items[0 .. given.positional + named], 0..) |item, position| {
        const name = try Owned.take(c.PyType_GetName(item.ptr.ob_type));
        defer name.release();
        const separator: [*:0]const u8 = if (position == 0) "" else ", ";
        const longer = if (position < given.positional)
            c.PyUnicode_FromFormat("%U%s%U", text.ptr, separator, name.ptr)
        else
            c.PyUnicode_FromFormat("%U%s%U: %U", text.ptr, separator, c.PyTuple_GetItem(given.names.?.ptr, @intCast(position - given.positional)), name.ptr);
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
        const table = signature_zig.table(signature);
        const variadic = signature.args or signature.kwargs;

        pub inline fn invoke(self: Borrowed, given: signature_zig.Given, call: *Call) error{Python}!Owned {
            var values: Values = undefined;
            convertArguments(self, given, &values, call, false) catch return error.Python;
            return finish(&values);
        }

        /// With `exactly`, `error.Inexact` where an argument is not of the very type of its parameter.
        pub inline fn convertArguments(self: Borrowed, given: signature_zig.Given, values: *Values, call: *Call, comptime exactly: bool) error{ Python, Inexact }!void {
            var slots: [signature.names.len]?Borrowed = undefined;
            var rest: signature_zig.Kwargs = .{ .names = &.{}, .values = &.{}, .call = call };
            // The common case, without any matching: as many arguments as positional parameters, no keywords.
            const plain = !variadic and given.names == null and given.positional == signature.positional;
            if (!plain) {
                const interned = if (signature.names.len > 0) state.names(self) + options.first_name else undefined;
                try signature_zig.bind(table, interned, given, &slots, &rest, call);
            }
            comptime var position = 0;
            inline for (types, roles, 0..) |maybe, role, index| {
                const T = maybe.?;
                switch (role) {
                    .allocator => values[index] = call.arena.allocator(),
                    .positional => {
                        const value = if (plain) given.items[position] else slots[position].?;
                        if (exactly and !convert.Converter(T).exact(value)) return error.Inexact;
                        values[index] = convert.fromPython(T, value, call) catch |err| return place(err, call, position);
                        position += 1;
                    },
                    .options => {
                        var chosen: T = .{};
                        if (!plain) inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T), signature.positional..) |field, Field, slot| {
                            if (slots[slot]) |value| {
                                if (exactly and !convert.Converter(Field).exact(value)) return error.Inexact;
                                @field(chosen, field) = convert.fromPython(Field, value, call) catch |err| return place(err, call, slot);
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

        fn place(err: error{Python}, call: *Call, position: usize) error{Python} {
            @branchHint(.cold);
            if (call.mismatch) errors.prefix("%s() argument '%s'", .{ signature.name.ptr, table.names[position] });
            return err;
        }

        pub inline fn finish(values: *const Values) error{Python}!Owned {
            const result = @call(.auto, function, values.*);
            if (@typeInfo(Return) == .error_union) {
                if (result) |value| return convert.toPython(value) else |err| {
                    errors.set(@typeInfo(Return).error_union.error_set, err);
                    return error.Python;
                }
            }
            return convert.toPython(result);
        }
    };
}

/// The C function that Python calls, around the `invoke` of `Callee`.
fn Entry(comptime Callee: type, comptime options: Options) type {
    // A panic can only come from a safety check, or where the source asks for one.
    const guarded = guard.supported and (options.safe or options.uses.panic);
    const framed = guarded or options.uses.call_allocator;

    return struct {
        const Context = struct { self: Borrowed, given: signature_zig.Given, call: *Call, result: ?*c.PyObject };

        pub fn entry(self: *c.PyObject, items: [*]const Borrowed, positional: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            var call: Call = .{};
            defer call.deinit();
            var context: Context = .{
                .self = .{ .ptr = self },
                .given = .{ .items = items, .positional = @intCast(positional), .names = if (names) |tuple| .{ .ptr = tuple } else null },
                .call = &call,
                .result = null,
            };
            if (!framed) return resultOf(&context);
            var frame: guard.Frame = .{ .call = &call };
            if (guarded) {
                if (guard.run(&frame, &body, &context)) {
                    errors.setPanic(&frame, options.name.ptr, options.declaration.location);
                    return null;
                }
                return context.result;
            }
            const slot = guard.push(&frame);
            defer guard.pop(slot, &frame);
            return resultOf(&context);
        }

        fn body(pointer: *anyopaque) callconv(.c) void {
            const context: *Context = @ptrCast(@alignCast(pointer));
            context.result = resultOf(context);
        }

        inline fn resultOf(context: *Context) ?*c.PyObject {
            return if (Callee.invoke(context.self, context.given, context.call)) |result| result.ptr else |_| null;
        }
    };
}

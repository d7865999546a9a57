//! The signature of a function as Python sees it, and how arguments are matched with it.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const literal = @import("literal.zig");
const object = @import("object.zig");
const source = @import("source.zig");
const call_zig = @import("call.zig");

const Borrowed = object.Borrowed;
const Call = call_zig.Call;

/// `*args`: what the positional parameters left over, borrowed for the call.
pub const Args = struct {
    items: []const Borrowed,
    call: *Call,

    pub fn len(self: Args) usize {
        return self.items.len;
    }

    /// Item `position` as a T. The T may point into the argument.
    pub fn get(self: Args, comptime T: type, position: usize) error{Python}!T {
        if (position >= self.items.len) {
            _ = c.PyErr_Format(c.exception("IndexError"), "argument %zd of %zd", @as(isize, @intCast(position)), @as(isize, @intCast(self.items.len)));
            return error.Python;
        }
        return convert.fromPython(T, self.items[position], self.call);
    }
};

/// `**kwargs`: the keywords that no parameter has, borrowed for the call.
pub const Kwargs = struct {
    names: []const Borrowed,
    values: []const Borrowed,
    call: *Call,

    pub fn len(self: Kwargs) usize {
        return self.names.len;
    }

    /// The name of keyword `position`.
    pub fn name(self: Kwargs, position: usize) error{Python}![]const u8 {
        var size_bytes: isize = 0;
        const text = c.PyUnicode_AsUTF8AndSize(self.names[position].ptr, &size_bytes) orelse return error.Python;
        return text[0..@intCast(size_bytes)];
    }

    /// The value of a keyword as a T, null where it was not given. The T may point into the argument.
    pub fn get(self: Kwargs, comptime T: type, wanted: []const u8) error{Python}!?T {
        for (self.values, 0..) |value, position|
            if (std.mem.eql(u8, try self.name(position), wanted)) return try convert.fromPython(T, value, self.call);
        return null;
    }
};

/// What becomes of a Zig parameter.
pub const Role = enum { allocator, positional, options, args, kwargs };

/// The role of each parameter of a function type.
pub fn roles(comptime F: type) []const Role {
    comptime {
        const types = compat.paramTypes(F);
        var result: [types.len]Role = undefined;
        for (types, 0..) |T, index| result[index] = switch (T orelse void) {
            std.mem.Allocator => .allocator,
            Args => .args,
            Kwargs => .kwargs,
            else => .positional,
        };
        var last = types.len;
        while (last > 0) : (last -= 1) {
            if (result[last - 1] == .args or result[last - 1] == .kwargs or result[last - 1] == .allocator) continue;
            if (isOptions(types[last - 1] orelse void)) result[last - 1] = .options;
            break;
        }
        const fixed = result;
        return &fixed;
    }
}

/// A struct whose fields all have defaults and that is nothing else to Python.
fn isOptions(comptime T: type) bool {
    if (@typeInfo(T) != .@"struct" or @typeInfo(T).@"struct".is_tuple) return false;
    if (@hasDecl(T, "zigbind_converter") or T == Borrowed) return false;
    const count = compat.fieldNames(T).len;
    for (0..count) |index| if (!compat.fieldHasDefault(T, index)) return false;
    return count > 0;
}

/// The Python parameters of one function.
pub const Signature = struct {
    name: [:0]const u8,
    /// Positional parameters first, then the keyword-only ones.
    names: []const [:0]const u8,
    positional: usize,
    /// Without names from the source they can only be given by position.
    positional_only: bool,
    args: bool,
    kwargs: bool,

    pub fn keywordOnly(comptime self: Signature) usize {
        return self.names.len - self.positional;
    }
};

pub fn of(comptime F: type, comptime name: [:0]const u8, comptime declaration: source.Declaration) Signature {
    comptime {
        const types = compat.paramTypes(F);
        var result: Signature = .{ .name = name, .names = &.{}, .positional = 0, .positional_only = declaration.parameters == null, .args = false, .kwargs = false };
        var keywords: []const [:0]const u8 = &.{};
        for (roles(F), types, 0..) |role, T, index| switch (role) {
            .allocator => {},
            .positional => {
                const known = if (declaration.parameters) |names| names[index] else "arg" ++ literal.decimal(result.positional);
                result.names = result.names ++ .{known};
                result.positional += 1;
            },
            .options => keywords = compat.fieldNames(T.?),
            .args => result.args = true,
            .kwargs => result.kwargs = true,
        };
        result.names = result.names ++ keywords;
        return result;
    }
}

/// Why Python cannot call a function of this type; null where it can.
pub fn whyNot(comptime F: type, comptime declaration: source.Declaration) ?[:0]const u8 {
    comptime {
        const types = compat.paramTypes(F);
        if (@typeInfo(F).@"fn".is_var_args) return "it takes C variadic arguments";
        for (types, roles(F), 0..) |maybe, role, index| {
            const known = if (declaration.parameters) |names| "'" ++ names[index] ++ "'" else literal.decimal(index + 1);
            const T = maybe orelse return "its parameter " ++ known ++ " is anytype or depends on a comptime parameter";
            switch (role) {
                .positional => {
                    if (T == type or T == comptime_int or T == comptime_float) return "its parameter " ++ known ++ " is known at comptime only";
                    if (convert.whyNotFromPython(T)) |reason| return "its parameter " ++ known ++ " is no Python type: " ++ reason;
                },
                .options => for (compat.fieldNames(T), compat.fieldTypes(T)) |field, Field|
                    if (convert.whyNotFromPython(Field)) |reason| return "its option '" ++ field ++ "' is no Python type: " ++ reason,
                .allocator, .args, .kwargs => {},
            }
        }
        const Return = @typeInfo(F).@"fn".return_type orelse return "its result type depends on its parameters";
        if (Return == noreturn) return "it never returns";
        if (@typeInfo(F).@"fn".is_generic) return "it has a comptime parameter";
        if (convert.whyNotToPython(Payload(Return))) |reason| return "its result is no Python type: " ++ reason;
        return null;
    }
}

/// What a function returns when it succeeds.
pub fn Payload(comptime Return: type) type {
    return switch (@typeInfo(Return)) {
        .error_union => |info| info.payload,
        else => Return,
    };
}

/// "(a, b, *, excited=False)", with `self` before it where there is one.
pub fn parameterText(comptime F: type, comptime signature: Signature, comptime self: []const u8, comptime typed: bool) [:0]const u8 {
    comptime {
        var text: [:0]const u8 = "(" ++ self;
        var separator: []const u8 = if (self.len > 0) ", " else "";
        if (self.len > 0 and !signature.positional_only) {
            text = text ++ separator ++ "/";
        }
        var position = 0;
        for (roles(F), compat.paramTypes(F)) |role, T| if (role == .positional) {
            text = text ++ separator ++ signature.names[position] ++ if (typed) ": " ++ convert.Converter(T.?).annotation else "";
            separator = ", ";
            position += 1;
        };
        if (signature.positional_only and position > 0) text = text ++ ", /";
        if (signature.args) {
            text = text ++ separator ++ "*args" ++ if (typed) ": object" else "";
            separator = ", ";
        }
        for (roles(F), compat.paramTypes(F)) |role, T| if (role == .options) {
            if (!signature.args) {
                text = text ++ separator ++ "*";
                separator = ", ";
            }
            for (compat.fieldNames(T.?), compat.fieldTypes(T.?), 0..) |field, Field, index| {
                const default = literal.of(compat.fieldDefault(T.?, index));
                text = text ++ separator ++ field ++ if (typed) ": " ++ convert.Converter(Field).annotation ++ " = " ++ default else "=" ++ default;
            }
        };
        if (signature.kwargs) text = text ++ separator ++ "**kwargs" ++ if (typed) ": object" else "";
        return text ++ ")";
    }
}

/// The names and counts that `bind` works with at run time.
const Table = struct {
    name: [*:0]const u8,
    names: [*]const [*:0]const u8,
    count: u16,
    positional: u16,
    positional_only: bool,
    args: bool,
    kwargs: bool,
};

pub fn table(comptime signature: Signature) *const Table {
    comptime {
        var names: [signature.names.len][*:0]const u8 = undefined;
        for (signature.names, 0..) |name, index| names[index] = name.ptr;
        const fixed = names;
        const result: Table = .{
            .name = signature.name.ptr,
            .names = &fixed,
            .count = signature.names.len,
            .positional = signature.positional,
            .positional_only = signature.positional_only,
            .args = signature.args,
            .kwargs = signature.kwargs,
        };
        return &result;
    }
}

/// What a call gave, in the layout of METH_FASTCALL | METH_KEYWORDS.
pub const Given = struct {
    items: [*]const Borrowed,
    positional: usize,
    names: ?Borrowed,
};

/// Match what a call gave with the parameters. `slots` has one place for each name; what was not given stays null.
/// `interned` are the names as Python strings.
pub noinline fn bind(t: *const Table, interned: [*]const *c.PyObject, given: Given, slots: []?Borrowed, rest: *Kwargs, call: *Call) error{Python}!void {
    return match(t, interned, given, slots, rest, call) catch |err| {
        call.mismatch = true;
        return err;
    };
}

fn match(t: *const Table, interned: [*]const *c.PyObject, given: Given, slots: []?Borrowed, rest: *Kwargs, call: *Call) error{Python}!void {
    @memset(slots, null);
    const direct = @min(given.positional, t.positional);
    for (slots[0..direct], given.items[0..direct]) |*slot, item| slot.* = item;
    if (given.positional > t.positional and !t.args) return tooMany(t, given.positional);
    if (given.names) |names| {
        const count: usize = @intCast(c.PyTuple_Size(names.ptr));
        if (t.kwargs and count > 0) {
            const memory = call.arena.allocator().alloc(Borrowed, 2 * count) catch {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
            rest.names = memory[0..0];
            rest.values = memory[count..][0..0];
        }
        for (0..count) |position| {
            const name: Borrowed = .{ .ptr = c.PyTuple_GetItem(names.ptr, @intCast(position)) orelse return error.Python };
            const item = given.items[given.positional + position];
            if (find(t, interned, name)) |index| {
                if (slots[index] != null) {
                    _ = c.PyErr_Format(c.exception("TypeError"), "%s() got multiple values for argument '%s'", t.name, t.names[index]);
                    return error.Python;
                }
                slots[index] = item;
            } else if (t.kwargs) {
                @constCast(rest.names.ptr)[rest.names.len] = name;
                @constCast(rest.values.ptr)[rest.values.len] = item;
                rest.names.len += 1;
                rest.values.len += 1;
            } else return unexpected(t, name);
        }
    }
    for (slots[0..t.positional]) |slot| if (slot == null) return missing(t, slots);
}

/// The parameter of that name: almost always the very same interned string.
inline fn find(t: *const Table, interned: [*]const *c.PyObject, name: Borrowed) ?usize {
    const first: usize = if (t.positional_only) t.positional else 0;
    for (first..t.count) |index| if (name.is(interned[index])) return index;
    return findByText(t, first, name);
}

fn findByText(t: *const Table, first: usize, name: Borrowed) ?usize {
    @branchHint(.unlikely);
    for (first..t.count) |index| if (c.PyUnicode_CompareWithASCIIString(name.ptr, t.names[index]) == 0) return index;
    return null;
}

fn tooMany(t: *const Table, given: usize) error{Python} {
    @branchHint(.cold);
    _ = c.PyErr_Format(
        c.exception("TypeError"),
        "%s() takes %zd positional argument%s but %zd %s given",
        t.name,
        @as(isize, t.positional),
        if (t.positional == 1) @as([*:0]const u8, "") else "s",
        @as(isize, @intCast(given)),
        if (given == 1) @as([*:0]const u8, "was") else "were",
    );
    return error.Python;
}

fn unexpected(t: *const Table, name: Borrowed) error{Python} {
    @branchHint(.cold);
    if (t.positional_only) for (0..t.positional) |index| {
        if (c.PyUnicode_CompareWithASCIIString(name.ptr, t.names[index]) != 0) continue;
        _ = c.PyErr_Format(c.exception("TypeError"), "%s() got some positional-only arguments passed as keyword arguments: '%U'", t.name, name.ptr);
        return error.Python;
    };
    _ = c.PyErr_Format(c.exception("TypeError"), "%s() got an unexpected keyword argument '%U'", t.name, name.ptr);
    return error.Python;
}

/// "f() missing 2 required positional arguments: 'a' and 'b'"
fn missing(t: *const Table, slots: []const ?Borrowed) error{Python} {
    @branchHint(.cold);
    var left: usize = 0;
    for (slots[0..t.positional]) |slot| left += @intFromBool(slot == null);
    const total = left;
    var text: ?*c.PyObject = c.PyUnicode_FromString("");
    for (slots[0..t.positional], 0..) |slot, index| {
        if (slot != null) continue;
        left -= 1;
        const separator: [*:0]const u8 = if (left == 0) "" else if (left > 1) ", " else if (total == 2) " and " else ", and ";
        const longer = c.PyUnicode_FromFormat("%V'%s'%s", text, @as([*:0]const u8, ""), t.names[index], separator);
        c.Py_DecRef(text);
        text = longer orelse return error.Python;
    }
    defer c.Py_DecRef(text);
    _ = c.PyErr_Format(
        c.exception("TypeError"),
        "%s() missing %zd required positional argument%s: %U",
        t.name,
        @as(isize, @intCast(total)),
        if (total == 1) @as([*:0]const u8, "") else "s",
        text,
    );
    return error.Python;
}

//! The signature of a function as Python sees it, and how arguments are matched with it.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const literal = @import("literal.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const source = @import("source.zig");
const standard = @import("standard.zig");
const state = @import("state.zig");
const call_zig = @import("call.zig");

const Borrowed = object.Borrowed;
const Call = call_zig.Call;

/// Enough for a function of hundreds of parameters.
const quota = 100_000;

/// `*args`: what the positional parameters left over, borrowed for the call.
pub const Args = struct {
    items: []const Borrowed,
    call: *Call,

    pub fn len(self: Args) usize {
        return self.items.len;
    }

    /// Item `position` as a T. The T may point into the argument.
    pub fn get(self: Args, comptime T: type, position: usize) error{Python}!T {
        comptime refuseOwned(T);
        if (position >= self.items.len) {
            _ = c.PyErr_Format(c.exception("IndexError"), "argument %zd of %zd", @as(isize, @intCast(position)), @as(isize, @intCast(self.items.len)));
            return error.Python;
        }
        return convert.fromPython(T, self.items[position], self.call) catch error.Python;
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

    /// Make room for every keyword of a call.
    pub fn reserve(self: *Kwargs, given: Given) error{Python}!void {
        const count = given.keywords();
        const memory = self.call.allocator().alloc(Borrowed, 2 * count) catch {
            _ = c.PyErr_NoMemory();
            return error.Python;
        };
        self.names = memory[0..0];
        self.values = memory[count..][0..0];
    }

    fn add(self: *Kwargs, keyword: Borrowed, value: Borrowed) void {
        @setRuntimeSafety(false);
        @constCast(self.names.ptr)[self.names.len] = keyword;
        @constCast(self.values.ptr)[self.values.len] = value;
        self.names.len += 1;
        self.values.len += 1;
    }

    /// The name of keyword `position`.
    pub fn name(self: Kwargs, position: usize) error{Python}![]const u8 {
        var size_bytes: isize = 0;
        const text = c.PyUnicode_AsUTF8AndSize(self.names[position].ptr, &size_bytes) orelse return error.Python;
        return text[0..@intCast(size_bytes)];
    }

    /// The value of a keyword as a T, null where it was not given. The T may point into the argument.
    pub fn get(self: Kwargs, comptime T: type, wanted: []const u8) error{Python}!?T {
        comptime refuseOwned(T);
        for (self.values, 0..) |value, position|
            if (std.mem.eql(u8, try self.name(position), wanted)) return convert.fromPython(T, value, self.call) catch error.Python;
        return null;
    }
};

fn refuseOwned(comptime T: type) void {
    if (isOwned(T)) @compileError("zb.Owned is for parameters themselves, not for what is in *args and **kwargs");
}

/// What becomes of a Zig parameter. The receiver is the instance a method is called on, the class is that of a class method.
pub const Role = enum { receiver, class, allocator, positional, options, args, kwargs };

/// `type`, as the first parameter of a function in a struct: the class it is called on.
pub const Class = struct { object: Borrowed };

/// The role of each parameter of a function type. `Receiver` is the type whose method it may be, void where there is none.
pub fn roles(comptime F: type, comptime Receiver: type) []const Role {
    comptime {
        @setEvalBranchQuota(quota);
        const types = compat.paramTypes(F);
        var result: [types.len]Role = undefined;
        for (types, 0..) |T, index| result[index] = switch (T orelse void) {
            std.mem.Allocator => .allocator,
            Args => .args,
            Kwargs => .kwargs,
            Class => if (Receiver != void) .class else .positional,
            else => if (index == 0 and Receiver != void and registry.isReceiver(T, Receiver)) .receiver else .positional,
        };
        var last = types.len;
        while (last > 0) : (last -= 1) {
            if (result[last - 1] == .args or result[last - 1] == .kwargs or result[last - 1] == .allocator) continue;
            if (result[last - 1] == .positional and isOptions(types[last - 1] orelse void)) result[last - 1] = .options;
            break;
        }
        const fixed = result;
        return &fixed;
    }
}

/// A struct whose fields all have defaults and that is nothing else to Python.
fn isOptions(comptime T: type) bool {
    if (@typeInfo(T) != .@"struct" or @typeInfo(T).@"struct".is_tuple) return false;
    if (registry.isConverted(T) or T == Borrowed) return false;
    // In an explicit module any struct with a name can be a class.
    if (if (registry.reflected) registry.find(T) != null else !isAnonymous(T)) return false;
    const count = compat.fieldNames(T).len;
    for (0..count) |index| if (!compat.fieldHasDefault(T, index)) return false;
    return count > 0;
}

/// A struct that was declared where it is used: `options: struct { ... }`.
fn isAnonymous(comptime T: type) bool {
    const name = @typeName(T);
    const last = if (std.mem.lastIndexOfScalar(u8, name, '.')) |dot| name[dot..] else name;
    return std.mem.indexOf(u8, last, "__struct_") != null;
}

/// A default that an argument has: `.{ .name = "b", .default = 2 }` of an explicit module.
pub const Argument = struct { name: ?[:0]const u8 = null, default: ?*const anyopaque = null, text: [:0]const u8 = "..." };

/// What a call from Python ends in. Its types, the roles of its parameters, the defaults of positional ones.
pub fn FunctionTarget(comptime function: anytype, comptime Receiver: type, comptime arguments: []const Argument) type {
    const F = @TypeOf(function);
    return struct {
        pub const types = blk: {
            const maybe = compat.paramTypes(F);
            var list: [maybe.len]type = undefined;
            for (maybe, 0..) |T, index| list[index] = T.?;
            const fixed = list;
            break :blk &fixed;
        };
        pub const kinds = roles(F, Receiver);
        pub const Return = @typeInfo(F).@"fn".return_type.?;

        /// The name of parameter `index`, where it was given explicitly.
        pub fn name(comptime index: usize) ?[:0]const u8 {
            return argument(index).name;
        }
        pub fn hasDefault(comptime index: usize) bool {
            return argument(index).default != null;
        }
        pub fn default(comptime index: usize) callconv(compat.hot) types[index] {
            return @as(*const types[index], @ptrCast(@alignCast(argument(index).default.?))).*;
        }
        pub fn defaultText(comptime index: usize) [:0]const u8 {
            return argument(index).text;
        }
        fn argument(comptime index: usize) Argument {
            if (kinds[index] != .positional) return .{};
            comptime var position = 0;
            inline for (kinds[0..index]) |kind| position += @intFromBool(kind == .positional);
            return if (position < arguments.len) arguments[position] else .{};
        }
        pub fn invoke(values: anytype) callconv(compat.hot) Return {
            return @call(.auto, function, values.*);
        }
    };
}

/// The Python parameters of one function.
pub const Signature = struct {
    /// Positional parameters first, then the keyword-only ones.
    names: []const [:0]const u8,
    positional: usize,
    /// The first of the positional parameters have no default.
    required: usize,
    /// Without names from the source they can only be given by position.
    positional_only: bool,
    args: bool,
    args_name: [:0]const u8 = "args",
    kwargs: bool,
    kwargs_name: [:0]const u8 = "kwargs",
};

pub fn of(comptime Target: type, comptime declaration: source.Declaration) Signature {
    comptime {
        @setEvalBranchQuota(quota);
        var result: Signature = .{ .names = &.{}, .positional = 0, .required = 0, .positional_only = declaration.parameters == null, .args = false, .kwargs = false };
        var keywords: []const [:0]const u8 = &.{};
        var named = 0;
        for (Target.kinds, Target.types, 0..) |role, T, index| switch (role) {
            .receiver, .class, .allocator => {},
            .positional => {
                if (Target.name(index) != null) named += 1;
                const known = Target.name(index) orelse if (declaration.parameters) |names| names[index] else "arg" ++ literal.decimal(result.positional);
                result.names = result.names ++ .{known};
                result.positional += 1;
                if (!Target.hasDefault(index)) result.required = result.positional;
            },
            .options => for (compat.fieldNames(T)) |field| {
                keywords = keywords ++ .{writable(field, result.positional + keywords.len)};
            },
            .args => {
                result.args = true;
                if (declaration.parameters) |names| result.args_name = names[index];
            },
            .kwargs => {
                result.kwargs = true;
                if (declaration.parameters) |names| result.kwargs_name = names[index];
            },
        };
        if (named > 0 and named == result.positional) result.positional_only = false;
        result.names = result.names ++ keywords;
        return result;
    }
}

/// The name of option `index` as Python can write it: keywords get an underscore, as PEP 8 has it.
pub fn writable(comptime field: [:0]const u8, comptime index: usize) [:0]const u8 {
    comptime {
        for (field, 0..) |byte, position| switch (byte) {
            'a'...'z', 'A'...'Z', '_' => {},
            '0'...'9' => if (position == 0) return "arg" ++ literal.decimal(index),
            else => return "arg" ++ literal.decimal(index),
        };
        const keywords = .{
            "False",  "None",     "True", "and", "as",   "assert", "async",   "await",  "break", "class", "continue", "def",
            "del",    "elif",     "else", "except", "finally", "for", "from", "global", "if",    "import", "in",      "is",
            "lambda", "nonlocal", "not",  "or",  "pass", "raise",  "return",  "try",    "while", "with",  "yield",
        };
        for (keywords) |keyword| if (std.mem.eql(u8, field, keyword)) return field ++ "_";
        return field;
    }
}

/// Why Python cannot call a function; null where it can.
pub fn whyNot(comptime function: anytype, comptime Receiver: type, comptime declaration: source.Declaration) ?[:0]const u8 {
    comptime {
        @setEvalBranchQuota(quota);
        const F = @TypeOf(function);
        const types = compat.paramTypes(F);
        if (@typeInfo(F).@"fn".is_var_args) return "it takes C variadic arguments";
        for (types, roles(F, Receiver), 0..) |maybe, role, index| {
            const T = maybe orelse return parameter(declaration, index) ++ " is anytype or depends on a comptime parameter";
            switch (role) {
                .positional => {
                    if (T == type or T == comptime_int or T == comptime_float) return parameter(declaration, index) ++ " is known at comptime only";
                    if (misplacedOptions(T)) |reason| return parameter(declaration, index) ++ reason;
                    const why = if (isOwned(T)) convert.Converter(T).unsupported(convert.whyNotFromPython) else if (convert.Pointee(T) != null) null else convert.whyNotFromPython(T);
                    if (why) |reason| return parameter(declaration, index) ++ " is no Python type: " ++ reason;
                },
                .options => for (compat.fieldNames(T), compat.fieldTypes(T)) |field, Field|
                    if (convert.whyNotFromPython(Field)) |reason| return "its option '" ++ field ++ "' is no Python type: " ++ reason,
                .receiver => {
                    if (@typeInfo(T) == .pointer and isMember(Receiver)) return "it takes a pointer to a member, which is a value in Python: take it by value";
                    if (convert.tooLarge(T)) |reason| return parameter(declaration, index) ++ " cannot be passed: " ++ reason ++ "; take it by pointer";
                },
                .class, .allocator, .args, .kwargs => {},
            }
        }
        const Return = @typeInfo(F).@"fn".return_type orelse return "its result type depends on its parameters";
        if (Return == noreturn) return "it never returns";
        if (Return == type or Return == comptime_int or Return == comptime_float) return "its result is known at comptime only";
        if (@typeInfo(F).@"fn".is_generic) return "it has a comptime parameter";
        if (sharedName(FunctionTarget(function, Receiver, &.{}), declaration)) |name| return "two of its parameters and options are named '" ++ name ++ "'";
        if (convert.whyNotResult(Payload(Return))) |reason| return "its result is no Python type: " ++ reason;
        return null;
    }
}

/// Why a function cannot run without the GIL: what it takes can change or end meanwhile. Null where it can.
pub fn whyNotWithoutGil(comptime function: anytype, comptime Receiver: type, comptime declaration: source.Declaration) ?[:0]const u8 {
    comptime {
        @setEvalBranchQuota(quota);
        const F = @TypeOf(function);
        for (compat.paramTypes(F), roles(F, Receiver), 0..) |maybe, role, index| {
            const T = maybe.?;
            switch (role) {
                .receiver, .positional => if (touched(T)) |reason| return parameter(declaration, index) ++ reason,
                .options => for (compat.fieldNames(T), compat.fieldTypes(T)) |field, Field|
                    if (touched(Field)) |reason| return "its option '" ++ field ++ "'" ++ reason,
                .class, .args, .kwargs => return parameter(declaration, index) ++ is_python,
                .allocator => {},
            }
        }
        return null;
    }
}

const is_python = " has Python objects, which cannot be used without the GIL";

/// What of a value Python, or another thread, can touch.
fn touched(comptime T: type) ?[:0]const u8 {
    return switch (@typeInfo(T)) {
        .optional => |info| touched(info.child),
        .array => |info| touched(info.child),
        .pointer => |info| if (T == *c.PyObject)
            is_python
        else if (convert.Pointee(T) != null)
            " is a pointer to an instance, which other threads can change: take it by value, or release the GIL in the function, with zb.allowThreads()"
        else
            touched(info.child),
        .@"struct" => if (T == Borrowed or @hasDecl(T, "zigbind_trampoline"))
            is_python
        else if (@hasDecl(T, "zigbind_callable"))
            null
        else if (isOwned(T))
            " is zb.Owned, whose memory cannot be freed without the GIL"
        else if (standard.kindOf(T)) |kind|
            switch (kind) {
                .map, .array_map => touched(standard.Key(T)) orelse touched(standard.Value(T)),
                .list => touched(standard.Item(T)),
                else => null,
            }
        else if (registry.isKnown(T))
            touchedClass(T)
        else for (compat.fieldTypes(T)) |Field| {
            if (Field == object.Owned or Field == *c.PyObject or !registry.isConverted(T) and touched(Field) != null) break is_python;
        } else null,
        .@"union" => if (registry.isKnown(T)) touchedClass(T) else null,
        else => null,
    };
}

fn touchedClass(comptime T: type) ?[:0]const u8 {
    return if (pointsAnywhere(T)) " is a copy of an instance, but what its fields point to can be freed by other threads: take what it needs as parameters of their own" else null;
}

fn pointsAnywhere(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .pointer => true,
        .optional => |info| pointsAnywhere(info.child),
        .array => |info| pointsAnywhere(info.child),
        .@"struct" => for (compat.fieldTypes(T)) |Field| {
            if (pointsAnywhere(Field)) break true;
        } else false,
        .@"union" => for (compat.unionTypes(T)) |Variant| {
            if (pointsAnywhere(Variant)) break true;
        } else false,
        else => false,
    };
}

/// `zb.Owned`: the value leaves its object.
pub fn isOwned(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and @hasDecl(T, "zigbind_owned");
}

fn isMember(comptime Receiver: type) bool {
    const kind = registry.kindOf(Receiver) orelse return false;
    return kind == .enumeration or kind == .flags;
}

/// What keeps a struct from being the keyword-only options that it looks like.
fn misplacedOptions(comptime T: type) ?[:0]const u8 {
    comptime {
        if (@typeInfo(T) != .@"struct" or @typeInfo(T).@"struct".is_tuple or @hasDecl(T, "zigbind_converter") or compat.fieldNames(T).len == 0) return null;
        if (registry.reflected and registry.find(T) != null) return null;
        if (!isAnonymous(T)) return null;
        if (isOptions(T)) return " has options: they must come last";
        for (compat.fieldNames(T), 0..) |field, index|
            if (!compat.fieldHasDefault(T, index)) return " has the option '" ++ field ++ "' without a default: give it one, or make it a parameter";
        return null;
    }
}

fn parameter(comptime declaration: source.Declaration, comptime index: usize) [:0]const u8 {
    return "its parameter " ++ if (declaration.parameters) |names| "'" ++ names[index] ++ "'" else literal.decimal(index + 1);
}

/// A name that two parameters have: an option and another one, for Zig itself refuses others.
fn sharedName(comptime Target: type, comptime declaration: source.Declaration) ?[:0]const u8 {
    comptime {
        if (Target.kinds.len < 2 or std.mem.indexOfScalar(Role, Target.kinds, .options) == null) return null;
        const names = of(Target, declaration).names;
        for (names, 0..) |name, index|
            for (names[0..index]) |other| if (std.mem.eql(u8, name, other)) return name;
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
pub fn parameterText(comptime Target: type, comptime signature: Signature, comptime self: []const u8, comptime typed: bool) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(quota);
        var text: [:0]const u8 = "(" ++ self;
        var separator: []const u8 = if (self.len > 0) ", " else "";
        if (self.len > 0 and !signature.positional_only) {
            text = text ++ separator ++ "/";
        }
        var position = 0;
        for (Target.kinds, Target.types, 0..) |role, T, index| if (role == .positional) {
            text = text ++ separator ++ signature.names[position] ++ if (typed) ": " ++ convert.Converter(T).annotation else "";
            if (position >= signature.required) {
                text = text ++ (if (typed) " = " else "=") ++ Target.defaultText(index);
            }
            separator = ", ";
            position += 1;
        };
        if (signature.positional_only and position > 0) text = text ++ ", /";
        if (signature.args) {
            text = text ++ separator ++ "*" ++ signature.args_name ++ if (typed) ": object" else "";
            separator = ", ";
        }
        for (Target.kinds, Target.types) |role, T| if (role == .options) {
            if (!signature.args) {
                text = text ++ separator ++ "*";
                separator = ", ";
            }
            for (signature.names[signature.positional..], compat.fieldTypes(T), 0..) |field, Field, index| {
                const default = literal.of(compat.fieldDefault(T, index));
                text = text ++ separator ++ field ++ if (typed) ": " ++ convert.Converter(Field).annotation ++ " = " ++ default else "=" ++ default;
            }
        };
        if (signature.kwargs) text = text ++ separator ++ "**" ++ signature.kwargs_name ++ if (typed) ": object" else "";
        return text ++ ")";
    }
}

/// `first_name` is where its names begin in the state of the module.
pub const Shape = packed struct { first_name: u32, positional: u16, required: u16, count: u16, scope: state.Scope, positional_only: bool, args: bool, kwargs: bool };

/// All that is known of a signature at run time.
pub const Table = if (compat.is_debug) LooseTable else DenseTable;

/// Nothing has to be put together for it.
const LooseTable = struct {
    text: [*:0]const u8,
    where: [*:0]const u8,
    names: [*]const [:0]const u8,
    shape: Shape,

    pub fn name(self: *const Table, index: usize) [*:0]const u8 {
        @setRuntimeSafety(false);
        return self.names[index].ptr;
    }

    pub fn location(self: *const Table) [*:0]const u8 {
        return self.where;
    }
};

/// One text and one number, because every pointer in a library costs a relocation at load time.
const DenseTable = struct {
    /// The name of the function, its location and the names of its parameters, each ended by a zero byte.
    text: [*:0]const u8,
    shape: Shape,

    /// The name of parameter `index`.
    pub fn name(self: *const Table, index: usize) [*:0]const u8 {
        return self.string(2 + index);
    }

    pub fn location(self: *const Table) [*:0]const u8 {
        return self.string(1);
    }

    noinline fn string(self: *const Table, index: usize) [*:0]const u8 {
        @setRuntimeSafety(false);
        var at = self.text;
        var left = index;
        while (left > 0) : (at += 1) left -= @intFromBool(at[0] == 0);
        return at;
    }
};

pub fn table(comptime name: [:0]const u8, comptime signature: Signature, comptime location: [:0]const u8, comptime first_name: usize, comptime scope: state.Scope) *const Table {
    comptime {
        const shape: Shape = .{
            .first_name = first_name,
            .positional = signature.positional,
            .required = signature.required,
            .count = signature.names.len,
            .scope = scope,
            .positional_only = signature.positional_only,
            .args = signature.args,
            .kwargs = signature.kwargs,
        };
        if (compat.is_debug) {
            const result: Table = .{ .text = name.ptr, .where = location.ptr, .names = signature.names.ptr, .shape = shape };
            return &result;
        }
        var text: [:0]const u8 = name ++ "\x00" ++ location ++ "\x00";
        for (signature.names) |one| text = text ++ one ++ "\x00";
        const result: Table = .{ .text = text.ptr, .shape = shape };
        return &result;
    }
}

/// What a call gave, in the layout of METH_FASTCALL | METH_KEYWORDS.
pub const Given = struct {
    items: [*]const Borrowed,
    positional: usize,
    /// A tuple of str.
    names: ?*c.PyObject,

    pub fn of(items: [*]const Borrowed, positional: isize, names: ?*c.PyObject) callconv(compat.hot) Given {
        @setRuntimeSafety(false);
        return .{ .items = items, .positional = @intCast(positional), .names = names };
    }

    /// The arguments, those by keyword last.
    pub fn all(self: Given) callconv(compat.hot) []const Borrowed {
        @setRuntimeSafety(false);
        return self.items[0 .. self.positional + self.keywords()];
    }

    pub fn keywords(self: Given) callconv(compat.hot) usize {
        return if (self.names) |names| keywordCount(names) else 0;
    }
};

fn keywordCount(names: *c.PyObject) callconv(compat.hot) usize {
    @setRuntimeSafety(false);
    return @intCast(c.PyTuple_Size(names));
}

/// Where the arguments of a call are, one for each name, after they were matched with the parameters. Nowhere: an exception
/// is set.
pub const Place = enum(u8) { in_items, in_slots, nowhere };

/// Match what a call gave with the parameters. Where it gave them out of order, or not all, `slots` gets them; what was not
/// given is null. `rest` has room for every keyword.
///
/// Its arguments are in registers, not in structs: those would have to be in memory, in the path of calls that need no
/// matching too.
pub noinline fn match(
    t: *const Table,
    self: *c.PyObject,
    items: [*]const Borrowed,
    positional: usize,
    keywords: ?*c.PyObject,
    slots: [*]?*c.PyObject,
    rest: ?*Kwargs,
) Place {
    @setRuntimeSafety(false);
    if (positional > t.shape.positional and !t.shape.args) return tooMany(t, positional);
    // Without names to look for there may be no state either.
    const interned: [*]const *c.PyObject = if (compat.is_debug) &.{} else if (t.shape.count > t.shape.positional or !t.shape.positional_only) state.of(if (comptime registry.has_types) t.shape.scope else .module, self).names + t.shape.first_name else undefined;
    const given = if (keywords) |names| keywordCount(names) else 0;
    const all_by_name = t.shape.count == t.shape.positional and !t.shape.positional_only;
    if (all_by_name and positional + given == t.shape.count and areInOrder(keywords, if (compat.is_debug) interned else interned + positional, given)) return .in_items;

    const direct = @min(positional, t.shape.positional);
    for (0..t.shape.count) |index| {
        asm volatile (""); // not worth the calls of memcpy and memset that this would become
        slots[index] = if (index < direct) items[index].ptr else null;
    }
    var absent = t.shape.required -| direct;
    for (0..given) |position| {
        const name: Borrowed = .{ .ptr = c.PyTuple_GetItem(keywords.?, @intCast(position)) orelse return .nowhere };
        const item = items[positional + position];
        const index = find(t, interned, name);
        if (index < t.shape.count) {
            if (slots[index] != null) return refuse("%s() got multiple values for argument '%U'", t, name);
            slots[index] = item.ptr;
            absent -= @intFromBool(index < t.shape.required);
        } else if (t.shape.kwargs) {
            rest.?.add(name, item);
        } else return unexpected(t, name);
    }
    return if (absent == 0) .in_slots else missing(t, slots, absent);
}

/// Whether the keywords of a call are these names in this order, as in most calls.
fn areInOrder(keywords: ?*c.PyObject, expected: [*]const *c.PyObject, count: usize) callconv(compat.hot) bool {
    @setRuntimeSafety(false);
    if (compat.is_debug) return count == 0;
    for (0..count) |position| if (c.PyTuple_GetItem(keywords.?, @intCast(position)) != expected[position]) return false;
    return true;
}

/// The parameter of that name, the count of parameters where there is none. Almost always it is the very same interned string; Debug
/// builds keep none.
fn find(t: *const Table, interned: [*]const *c.PyObject, name: Borrowed) callconv(compat.hot) usize {
    @setRuntimeSafety(false);
    const first: usize = if (t.shape.positional_only) t.shape.positional else 0;
    if (!compat.is_debug) for (first..t.shape.count) |index| if (name.is(interned[index])) return index;
    for (first..t.shape.count) |index| if (hasText(name, t.name(index))) return index;
    return t.shape.count;
}

fn hasText(name: Borrowed, text: [*:0]const u8) callconv(compat.hot) bool {
    return c.PyUnicode_CompareWithASCIIString(name.ptr, text) == 0;
}

fn tooMany(t: *const Table, given: usize) Place {
    @branchHint(.cold);
    const plural: [*:0]const u8 = if (t.shape.positional == 1) "" else "s";
    const verb: [*:0]const u8 = if (given == 1) "was" else "were";
    if (t.shape.required == t.shape.positional) {
        _ = c.PyErr_Format(c.exception("TypeError"), "%s() takes %zd positional argument%s but %zd %s given", t.text, @as(usize, t.shape.positional), plural, given, verb);
    } else _ = c.PyErr_Format(c.exception("TypeError"), "%s() takes from %zd to %zd positional argument%s but %zd %s given", t.text, @as(usize, t.shape.required), @as(usize, t.shape.positional), plural, given, verb);
    return .nowhere;
}

fn unexpected(t: *const Table, name: Borrowed) Place {
    @branchHint(.cold);
    @setRuntimeSafety(false);
    if (t.shape.positional_only) for (0..t.shape.positional) |index| {
        if (hasText(name, t.name(index))) return refuse("%s() got some positional-only arguments passed as keyword arguments: '%U'", t, name);
    };
    return refuse("%s() got an unexpected keyword argument '%U'", t, name);
}

fn refuse(format: [*:0]const u8, t: *const Table, name: Borrowed) Place {
    @branchHint(.cold);
    _ = c.PyErr_Format(c.exception("TypeError"), format, t.text, name.ptr);
    return .nowhere;
}

/// "f() missing 2 required positional arguments: 'a' and 'b'"
fn missing(t: *const Table, slots: [*]const ?*c.PyObject, total: usize) Place {
    @branchHint(.cold);
    @setRuntimeSafety(false);
    var left = total;
    var text = c.PyUnicode_FromFormat("");
    for (0..t.shape.required) |index| {
        if (slots[index] != null) continue;
        left -= 1;
        const separator: [*:0]const u8 = if (left == 0) "" else if (left > 1) ", " else if (total == 2) " and " else ", and ";
        const longer = c.PyUnicode_FromFormat("%U'%s'%s", text orelse return .nowhere, t.name(index), separator);
        c.Py_DecRef(text);
        text = longer;
    }
    defer c.Py_DecRef(text);
    const plural: [*:0]const u8 = if (total == 1) "" else "s";
    _ = c.PyErr_Format(c.exception("TypeError"), "%s() missing %zd required positional argument%s: %U", t.text, total, plural, text orelse return .nowhere);
    return .nowhere;
}

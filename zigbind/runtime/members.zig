//! The public declarations of a container, as Python will see them.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const erased = @import("erased.zig");
const function_zig = @import("function.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const options_zig = @import("options.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const slots = @import("slots.zig");
const source = @import("source.zig");

/// One public declaration.
pub const Member = struct {
    /// The name in Python.
    name: [:0]const u8,
    /// The name in Zig.
    zig_name: [:0]const u8,
    what: union(enum) {
        /// A `function.Callable` or `function.Overloaded`.
        function: type,
        /// The same, for a slot of the class.
        slot: type,
        constant: type,
        /// The `Members` of a namespace.
        namespace: type,
        /// A class, an enum, an exception.
        entry: registry.Entry,
        /// The reason.
        skipped: [:0]const u8,
        /// Python sees it in another form: a constructor, half of a property.
        hidden,
    },
};

pub const Spec = struct {
    container: source.Container = .{},
    /// Namespaces that it stands in.
    outer: []const type = &.{},
    first_name: usize = 0,
    /// The type whose methods its functions may be; void in a module.
    Receiver: type = void,
    /// "Vec2." before the names of functions in messages.
    prefix: [:0]const u8 = "",
    /// A file of its own: "geo" where it is not this module's.
    module: ?[:0]const u8 = null,
};

pub fn Members(comptime C: type, comptime spec: Spec) type {
    @setEvalBranchQuota(10_000_000);
    return struct {
        pub const Container = C;
        pub const doc = spec.container.doc;
        pub const options = options_zig.of(C);
        /// As messages name the class.
        pub const class_name = if (spec.prefix.len > 0) spec.prefix[0 .. spec.prefix.len - 1] else "";

        /// In the order of the source.
        pub const list: []const Member = blk: {
            @setEvalBranchQuota(10_000_000);
            var all: []const Member = &.{};
            var next_name = spec.first_name;
            for (compat.declNames(C)) |name| {
                if (options.excludes(name) or (@hasField(enum { zigbind }, name) and @TypeOf(@field(C, name)) != type)) continue;
                const member: Member = .{ .name = options.pythonName(name), .zig_name = name, .what = classify(name, next_name) };
                switch (member.what) {
                    inline .function, .slot, .namespace => |T| next_name += T.names.len,
                    else => {},
                }
                all = all ++ .{member};
            }
            break :blk all;
        };

        /// The parameter names of all functions here and in the namespaces below.
        pub const names = blk: {
            @setEvalBranchQuota(10_000_000);
            var all: []const [:0]const u8 = &.{};
            for (list) |member| switch (member.what) {
                inline .function, .slot, .namespace => |T| all = all ++ T.names,
                else => {},
            };
            break :blk all;
        };

        /// The functions.
        pub const definitions: []const c.PyMethodDef = blk: {
            @setEvalBranchQuota(10_000_000);
            var all: [list.len]c.PyMethodDef = undefined;
            var count = 0;
            for (list) |member| switch (member.what) {
                .function => |F| {
                    all[count] = F.definition;
                    count += 1;
                },
                else => {},
            };
            const fixed = all[0..count].*;
            break :blk &fixed;
        };

        pub const Skipped = struct { name: [:0]const u8, reason: [:0]const u8 };
        pub const skipped = blk: {
            @setEvalBranchQuota(10_000_000);
            var all: []const Skipped = &.{};
            for (list) |member| switch (member.what) {
                .skipped => |reason| all = all ++ .{Skipped{ .name = member.name, .reason = reason }},
                else => {},
            };
            // Not the special methods: an attribute of that name would be one.
            for (unseen) |row| if (row.name[0] != '_') {
                all = all ++ .{row};
            };
            break :blk all;
        };
        /// What is not pub, though nobody but Python would use it.
        pub const unseen = blk: {
            var all: []const Skipped = &.{};
            for (spec.container.unseen) |row| {
                const end = if (!row.is_function) "its options have no effect; write pub const " else if (std.mem.eql(u8, row.name, "deinit")) "it will not run; write pub fn " else "Python cannot call it; write pub fn ";
                all = all ++ .{Skipped{ .name = row.name, .reason = spec.prefix ++ row.name ++ " (" ++ row.location ++ ") is not pub: " ++ end ++ row.name }};
            }
            break :blk all;
        };

        /// The member of that name.
        pub fn find(comptime name: []const u8) ?Member {
            @setEvalBranchQuota(10_000_000);
            if (@hasDecl(C, name)) for (list) |member| if (std.mem.eql(u8, member.zig_name, name)) return member;
            return null;
        }

        pub fn declarationOf(comptime name: []const u8) source.Declaration {
            return spec.container.find(name) orelse .{};
        }

        const What = @FieldType(Member, "what");

        fn classify(comptime name: [:0]const u8, comptime next_name: usize) What {
            const declaration = spec.container.find(name) orelse source.Declaration{};
            const why = explain(name, declaration, next_name);
            return switch (why) {
                .skipped => |reason| .{ .skipped = spec.prefix ++ options.pythonName(name) ++ (if (declaration.location.len > 0) " (" ++ declaration.location ++ ")" else "") ++ " is not available in Python: " ++ reason },
                else => why,
            };
        }

        fn explain(comptime name: [:0]const u8, comptime declaration: source.Declaration, comptime next_name: usize) What {
            const T = @TypeOf(@field(C, name));
            if (@typeInfo(T) == .@"fn") if (usual(name, declaration)) |made| return made;
            if (@typeInfo(T) == .@"fn") return function(@field(C, name), name, declaration, next_name, false);
            if (!compat.pointerIsConst(@TypeOf(&@field(C, name))))
                return .{ .skipped = "a Zig variable is no Python attribute; export functions that read and write it" };
            if (T != type) {
                if (convert.Constant(T) == null) return .{ .skipped = if (@typeInfo(T) == .@"struct" and @typeInfo(T).@"struct".is_tuple)
                    "an item of it has no counterpart in Python"
                else
                    convert.whyNotToPython(T) orelse "it is known at comptime only" };
                return .{ .constant = T };
            }
            const Value = @field(C, name);
            if (@typeInfo(Value) == .@"struct" and @hasDecl(Value, "zigbind_overload")) return overload(Value.zigbind_overload, name, declaration, next_name);
            if (@typeInfo(Value) == .@"struct" and @hasDecl(Value, "zigbind_nogil")) return function(Value.zigbind_nogil, name, declaration, next_name, true);
            if (registry.find(Value)) |entry| return .{ .entry = entry };
            if (registry.isOveraligned(Value)) return .{ .skipped = "its alignment is over 16 bytes, which is all that Python gives" };
            if (@typeInfo(Value) != .@"struct" or compat.fieldNames(Value).len > 0) return .{ .skipped = "it is a type" };
            if (registry.whyNoNamespace(Value, declaration, sourceKnown(), spec.outer ++ .{C})) |reason| return .{ .skipped = reason };
            if (spec.Receiver != void) return .{ .skipped = "it is a namespace in a class; move it out of the class" };
            return .{ .namespace = Members(Value, .{
                .container = declaration.container orelse .{},
                .outer = spec.outer ++ .{C},
                .first_name = next_name,
            }) };
        }

        /// What most functions are, without asking what else they could be: the same as `function` says.
        fn usual(comptime name: [:0]const u8, comptime declaration: source.Declaration) ?What {
            if (!erased.enabled or @hasDecl(C, "zigbind") or @hasField(enum { init, deinit, format, hash, order, __del__, __new__, __init__, __enter__, __next__ }, name)) return null;
            const is_slot = slots.isSlot(name);
            if (is_slot and spec.Receiver == void or @typeInfo(spec.Receiver) == .@"enum") return null;
            const plan = erased.planOf(@TypeOf(@field(C, name)), spec.Receiver) orelse return null;
            if (is_slot and (!plan.is_method or slots.whyNotWith(spec.Receiver, name, plan.positional, signature.Payload(@typeInfo(@TypeOf(@field(C, name))).@"fn".return_type.?)) != null)) return null;
            const made = erased.Function(@field(C, name), .{
                .name = name,
                .qualname = name,
                .prefix = spec.prefix,
                .declaration = declaration,
                .scope = if (spec.Receiver == void) .module else if (plan.is_method) .instance else .class,
                .Receiver = spec.Receiver,
                .is_operator = is_slot and slots.isOperator(name),
            }, plan);
            return if (is_slot) .{ .slot = made } else .{ .function = made };
        }

        fn function(comptime zig: anytype, comptime name: [:0]const u8, comptime declaration: source.Declaration, comptime next_name: usize, comptime nogil: bool) What {
            if (nogil) {
                if (whyNotWithoutGil(zig, name, declaration)) |reason| @compileError("zb.nogil: " ++ spec.prefix ++ name ++ " cannot run without the GIL: " ++ reason);
                var found = functionOptions(name, declaration, next_name, scopeOf(zig, name), false);
                found.nogil = true;
                return .{ .function = function_zig.Function(zig, found) };
            }
            if (spec.Receiver != void) {
                if (slots.isConsumed(name)) return .hidden;
                if (isSetter(name)) return .hidden;
                if (@hasField(enum { __del__ }, name)) return .{ .skipped = "use deinit: it runs exactly once" };
                if (@hasField(enum { __new__, __init__ }, name)) return .{ .skipped = "use init: it returns the struct" };
                if (@hasField(enum { __enter__ }, name) and registry.isReceiver(compat.firstParam(@TypeOf(zig)), spec.Receiver)) {
                    if (signature.Payload(@typeInfo(@TypeOf(zig)).@"fn".return_type orelse void) == spec.Receiver and instance.ends(spec.Receiver)) return .{ .skipped = slots.copies_itself };
                }
                if (slots.isSlot(name)) {
                    if (whyNot(zig, declaration)) |reason| return .{ .skipped = reason };
                    if (slots.whyNot(spec.Receiver, name, zig)) |reason| return .{ .skipped = reason };
                    return .{ .slot = function_zig.Function(zig, functionOptions(name, declaration, next_name, scopeOf(zig, name), slots.isOperator(name))) };
                }
            }
            if (whyNot(zig, declaration)) |reason| return .{ .skipped = reason };
            const made = function_zig.Function(zig, functionOptions(name, declaration, next_name, scopeOf(zig, name), false));
            return if (options_zig.contains(options.properties, name)) .hidden else .{ .function = made };
        }

        fn whyNotWithoutGil(comptime zig: anytype, comptime name: [:0]const u8, comptime declaration: source.Declaration) ?[:0]const u8 {
            if (spec.Receiver != void and (slots.isConsumed(name) or slots.isSlot(name) or isSetter(name) or options_zig.contains(options.properties, name)))
                return "it is for functions and methods that are called by name";
            return whyNot(zig, declaration) orelse signature.whyNotWithoutGil(zig, spec.Receiver, declaration);
        }

        fn whyNot(comptime zig: anytype, comptime declaration: source.Declaration) ?[:0]const u8 {
            return signature.whyNot(zig, spec.Receiver, declaration);
        }

        fn overload(comptime functions: anytype, comptime name: [:0]const u8, comptime declaration: source.Declaration, comptime next_name: usize) What {
            for (functions, 0..) |given, index| {
                const one = function_zig.plainOf(given);
                const own: source.Declaration = if (index < declaration.overloads.len) declaration.overloads[index] else .{};
                if (@typeInfo(@TypeOf(one)) != .@"fn") @compileError("zigbind.overload: item " ++ literal.decimal(index + 1) ++ " of '" ++ name ++ "' is no function, nor zb.nogil of one");
                if (function_zig.isNogil(given)) if (whyNotWithoutGil(one, name, own)) |reason|
                    @compileError("zb.nogil: function " ++ literal.decimal(index + 1) ++ " of " ++ spec.prefix ++ name ++ " cannot run without the GIL: " ++ reason);
                if (whyNot(one, own)) |reason|
                    @compileError("zigbind.overload: function " ++ literal.decimal(index + 1) ++ " of '" ++ name ++ "' cannot be called from Python: " ++ reason);
                if (scopeOf(one, name) != scopeOf(function_zig.plainOf(functions[0]), name))
                    @compileError("zigbind.overload: '" ++ name ++ "' mixes methods with functions that take no instance");
            }
            const is_slot = spec.Receiver != void and slots.isSlot(name);
            const made = function_zig.Overloaded(functions, functionOptions(name, declaration, next_name, scopeOf(function_zig.plainOf(functions[0]), name), is_slot and slots.isOperator(name)));
            return if (is_slot) .{ .slot = made } else .{ .function = made };
        }

        pub fn functionOptions(comptime name: [:0]const u8, comptime declaration: source.Declaration, comptime next_name: usize, comptime scope: function_zig.Scope, comptime is_operator: bool) function_zig.Options {
            return .{
                .name = options.pythonName(name),
                .qualname = spec.prefix ++ options.pythonName(name),
                .declaration = declaration,
                .first_name = next_name,
                .scope = scope,
                .Receiver = if (options_zig.contains(options.static, name)) void else spec.Receiver,
                .is_operator = is_operator,
                .is_iteration = spec.Receiver != void and @hasField(enum { __next__ }, name),
            };
        }

        fn scopeOf(comptime zig: anytype, comptime name: []const u8) function_zig.Scope {
            if (spec.Receiver == void) return .module;
            const is_method = registry.isReceiver(compat.firstParam(@TypeOf(zig)), spec.Receiver) and !options_zig.contains(options.static, name);
            const kind = registry.kindOf(spec.Receiver).?;
            // The class of an enum is Python's own: what is no method of a member is a function of the module.
            if (kind == .enumeration or kind == .flags) return if (is_method) .member else .module;
            return if (is_method) .instance else .class;
        }

        /// Whether a function is the other half of a property.
        fn isSetter(comptime name: []const u8) bool {
            for (options.properties) |property| if (setterOf(property)) |setter| if (std.mem.eql(u8, setter, name)) return true;
            return false;
        }

        /// The function that sets a property.
        pub fn setterOf(comptime property: []const u8) ?[:0]const u8 {
            const capitalised = [1]u8{std.ascii.toUpper(property[0])} ++ property[1..];
            for (.{ "set_" ++ property, "set" ++ capitalised }) |name| if (@hasDecl(C, name)) return name ++ "";
            return null;
        }
    };
}

fn sourceKnown() bool {
    return registry.reflected and @import("root").zigbind_options.source_known;
}

//! How instances are made from Python: by `init`, or from the fields.

const std = @import("std");
const c = @import("capi.zig");
const class_converter = @import("convert/class.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const function = @import("function.zig");
const held = @import("held.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const options_zig = @import("options.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const slots = @import("slots.zig");
const source = @import("source.zig");

/// The constructor of the class of `entry`.
pub fn Of(comptime entry: registry.Entry, comptime first_name: usize) type {
    const T = entry.T;
    const declaration = entry.container().find("init") orelse source.Declaration{};
    const options: function.Options = .{
        .name = entry.name,
        .qualname = entry.outer ++ entry.name,
        .declaration = declaration,
        .first_name = first_name,
        .scope = .class,
        .Receiver = T,
    };
    if (hasInit(T)) {
        if (@TypeOf(T.init) == type) return Made(T, function.Overloaded(T.init.zigbind_overload, options), "(*args, **kwargs)", &.{}, 0);
        if (whyNoInit(T, declaration)) |reason| return None(entry.name, "its init cannot be called from Python: " ++ reason);
        const Target = InitTarget(T, signature.FunctionTarget(T.init, void, &.{}));
        const F = function.Callable(Target, options);
        return Made(T, F, signature.parameterText(Target, F.signature, "", false), positional(F.signature), 0);
    }
    if (whyNoFields(T)) |reason| return None(entry.name, reason);
    var fields_options = options;
    fields_options.declaration = .{ .parameters = fieldParameters(T), .location = entry.declaration.location };
    const Target = FieldsTarget(T);
    const F = function.Callable(Target, fields_options);
    return Made(T, F, signature.parameterText(Target, F.signature, "", false), positional(F.signature), 0);
}

fn positional(comptime s: signature.Signature) []const [:0]const u8 {
    return s.names[0..s.positional];
}

pub fn hasInit(comptime T: type) bool {
    if (@typeInfo(T) != .@"struct" or !@hasDecl(T, "init")) return false;
    if (@typeInfo(@TypeOf(T.init)) == .@"fn") return true;
    return @TypeOf(T.init) == type and @typeInfo(T.init) == .@"struct" and @hasDecl(T.init, "zigbind_overload");
}

fn whyNoInit(comptime T: type, comptime declaration: source.Declaration) ?[:0]const u8 {
    const F = @TypeOf(T.init);
    const Return = @typeInfo(F).@"fn".return_type orelse return "its result type depends on its parameters";
    const Payload = signature.Payload(Return);
    if (Payload != T and Payload != ?T) return "it must return " ++ comptime literal.typeName(T) ++ ", with or without an error, or null";
    return signature.whyNot(T.init, void, declaration);
}

/// A target that makes a T, or `Plain` where that makes one or null, which becomes a ValueError.
pub fn InitTarget(comptime T: type, comptime Plain: type) type {
    if (signature.Payload(Plain.Return) == T) return Plain;
    return struct {
        pub const types = Plain.types;
        pub const kinds = Plain.kinds;
        pub const name = Plain.name;
        pub const hasDefault = Plain.hasDefault;
        pub const default = Plain.default;
        pub const defaultText = Plain.defaultText;
        const errors_of_init = switch (@typeInfo(Plain.Return)) {
            .error_union => |info| info.error_set,
            else => error{},
        };
        pub const Return = (errors_of_init || error{Python})!T;

        pub fn invoke(values: anytype) callconv(compat.hot) Return {
            const result = if (@typeInfo(Plain.Return) == .error_union) try Plain.invoke(values) else Plain.invoke(values);
            if (result) |value| return value;
            c.PyErr_SetString(c.exception("ValueError"), comptime class_converter.nameOf(T) ++ "() got arguments that make none: its init returned null");
            return error.Python;
        }
    };
}

/// One parameter of a constructor from fields: the way to the field, from the outermost struct.
const FieldPath = struct {
    path: []const [:0]const u8,
    name: [:0]const u8,
    T: type,
    default: ?*const anyopaque,
    /// Whether it stands in a struct that frees its memory.
    frees: bool,
    /// Whether it stands in a struct with a `deinit`.
    ends: bool,
};

/// The fields that are parameters, those of the base first; all that have no default before all that have one.
fn parameters(comptime T: type) []const FieldPath {
    comptime {
        @setEvalBranchQuota(1_000_000);
        var required: []const FieldPath = &.{};
        var optional: []const FieldPath = &.{};
        for (allFields(T, &.{})) |field| {
            if (held.whyNot(field.ends, field.T) != null) continue;
            if (field.default == null) required = required ++ .{field} else optional = optional ++ .{field};
        }
        return required ++ optional;
    }
}

fn allFields(comptime T: type, comptime before: []const [:0]const u8) []const FieldPath {
    comptime {
        const own = options_zig.of(T);
        var list: []const FieldPath = &.{};
        for (compat.fieldNames(T), compat.fieldTypes(T), 0..) |name, Field, index| {
            if (index == 0 and registry.baseOf(T) != null and !hasInit(Field)) {
                for (allFields(Field, before ++ .{name})) |inherited| {
                    var one = inherited;
                    // `base: Shape = .{ .name = "circle" }` has other defaults than Shape.
                    if (compat.fieldDefaultPointer(T, index)) |default| one.default = placeIn(Field, default, inherited.path[before.len + 1 ..]);
                    list = list ++ .{one};
                }
                continue;
            }
            if (own.excludes(name)) continue;
            const default = compat.fieldDefaultPointer(T, index);
            list = list ++ .{FieldPath{ .path = before ++ .{name}, .name = own.pythonName(name), .T = Field, .default = default, .frees = instance.freesMemory(T), .ends = instance.hasDeinit(T) }};
        }
        return list;
    }
}

/// Where the field at `path` of a default value is.
fn placeIn(comptime T: type, comptime value: *const anyopaque, comptime path: []const [:0]const u8) *const anyopaque {
    const field = &@field(@as(*const T, @ptrCast(@alignCast(value))), path[0]);
    return if (path.len == 1) @ptrCast(field) else placeIn(@FieldType(T, path[0]), @ptrCast(field), path[1..]);
}

/// Why there is no constructor from the fields; null where there is one.
fn whyNoFields(comptime T: type) ?[:0]const u8 {
    comptime {
        if (@typeInfo(T) != .@"struct") return "a variant of it is made, not itself";
        if (convert.tooLarge(T)) |reason| return reason ++ "; make it with a function that returns zb.Owned(" ++ literal.typeName(T) ++ ")";
        for (allFields(T, &.{})) |field| if (field.default == null) {
            if (held.whyNot(field.ends, field.T)) |reason| return "its field '" ++ field.name ++ "' has no default and cannot come from Python (" ++ reason ++ "): give it an init";
        };
        const own = options_zig.of(T);
        for (compat.fieldNames(T), 0..) |name, index| {
            if (own.excludes(name) and !compat.fieldHasDefault(T, index)) return "its field '" ++ name ++ "' is excluded and has no default: give it an init";
        }
        return null;
    }
}

fn fieldParameters(comptime T: type) []const [:0]const u8 {
    comptime {
        var list: []const [:0]const u8 = &.{};
        for (parameters(T), 0..) |field, index| list = list ++ .{signature.writable(field.name, index)};
        return list;
    }
}

/// A new T out of its fields.
fn FieldsTarget(comptime T: type) type {
    const fields = parameters(T);
    const parts = comptime blk: {
        var list: [fields.len]held.Part = undefined;
        for (&list, fields) |*part, field| part.* = .{ .T = field.T, .default = field.default, .frees = field.frees };
        const fixed = list;
        break :blk &fixed;
    };
    return held.PartsTarget(T, parts, struct {
        pub fn make(comptime Target: type, values: anytype) callconv(compat.hot) T {
            var result: T = undefined;
            defaults(T, &result);
            inline for (fields, 0..) |field, index| put(field.path, &result, Target.plain(values, index));
            return result;
        }

        pub fn firstKeeper(comptime index: usize) usize {
            return keepersBefore(T, fields[index].path);
        }

        /// By assignment, not by a pointer: a field of a packed struct has none.
        fn put(comptime path: []const [:0]const u8, into: anytype, value: anytype) callconv(compat.hot) void {
            if (path.len == 1) @field(into, path[0]) = value else put(path[1..], &@field(into, path[0]), value);
        }
    });
}

/// How many references stand before those of the field at `path`.
fn keepersBefore(comptime T: type, comptime path: []const [:0]const u8) usize {
    comptime {
        const count = instance.keepersBefore(T, false, path[0]);
        return if (path.len == 1) count else count + keepersBefore(@FieldType(T, path[0]), path[1..]);
    }
}

fn defaults(comptime T: type, value: *T) callconv(compat.hot) void {
    inline for (comptime compat.fieldNames(T), comptime compat.fieldTypes(T), 0..) |name, Field, index| {
        if (comptime compat.fieldHasDefault(T, index)) {
            // It may be undefined, which is no value to look at.
            @field(value, name) = @as(*const Field, @ptrCast(@alignCast(comptime compat.fieldDefaultPointer(T, index).?))).*;
        } else if (index == 0 and comptime registry.baseOf(T) != null) defaults(Field, &@field(value, name));
    }
}

/// A constructor that calls `F`.
pub fn Made(comptime T: type, comptime F: type, comptime parameter_text: [:0]const u8, comptime positional_names: []const [:0]const u8, comptime place: usize) type {
    return struct {
        pub const names = F.names;
        pub const signatures = F.signatures;
        pub const text = parameter_text;
        pub const match_names = positional_names;

        pub fn vectorcall(class: *c.PyObject, items: [*]const object.Borrowed, count: usize, keywords: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            @setRuntimeSafety(false);
            // The highest bit says that the caller lends the place before the first item.
            const positional_count: isize = @intCast(count & ~(@as(usize, 1) << (@bitSizeOf(usize) - 1)));
            return @call(.always_inline, F.C.entry, .{ class, items, positional_count, keywords });
        }

        /// `__init__`, also a second time: the value that was there ends.
        pub fn init(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) callconv(.c) c_int {
            const data = metadata.ofDerived(self.ob_type);
            const native = data.native;
            if (data.flags.view) {
                c.PyErr_SetString(c.exception("TypeError"), "an object that is part of another cannot be initialised");
                return -1;
            }
            if (native.asObject() != data.state.?.object(registry.index(T) + place)) {
                c.PyErr_SetString(c.exception("TypeError"), comptime class_converter.nameOf(T) ++ ".__init__() cannot initialise an object of a class that derives from it in Zig");
                return -1;
            }
            // What it owned would end under whoever still looks at it: a view, a running method.
            if (comptime instance.ends(T)) if (!metadata.of(self.ob_type).shared.absent.contains(@intFromPtr(self))) {
                c.PyErr_SetString(c.exception("TypeError"), "this " ++ comptime class_converter.nameOf(T) ++ " is initialised already: what it owns cannot be replaced, make a new one");
                return -1;
            };
            const made = slots.callWithTuple(F, native.asObject(), args, kwargs) orelse return -1;
            return @import("class.zig").moveInto(T, self, made);
        }
    };
}

/// No constructor, for a reason.
pub fn None(comptime name: [:0]const u8, comptime reason: [:0]const u8) type {
    return struct {
        pub const names: []const [:0]const u8 = &.{};
        pub const signatures: []const []const u8 = &.{};
        pub const text = "(*args, **kwargs)";
        pub const match_names: []const [:0]const u8 = &.{};

        pub fn vectorcall(_: *c.PyObject, _: [*]const object.Borrowed, _: usize, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            refuse();
            return null;
        }

        pub fn init(_: *c.PyObject, _: *c.PyObject, _: ?*c.PyObject) callconv(.c) c_int {
            refuse();
            return -1;
        }

        fn refuse() void {
            c.PyErr_SetString(c.exception("TypeError"), "cannot create '" ++ name ++ "' instances: " ++ reason);
        }
    };
}

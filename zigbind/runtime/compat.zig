//! What differs between Zig series (0.15, 0.16, 0.17), and nothing else.
//!
//! Zig 0.17 turns the arrays of structs in `@typeInfo` into structs of arrays; everything
//! above this file reads type information through these functions.

const std = @import("std");

const Type = if (@hasDecl(std, "lang")) std.lang.Type else std.builtin.Type;
const struct_of_arrays = @hasField(Type.Struct, "field_names");

/// Names of the public declarations of a container type.
pub fn declNames(comptime T: type) []const [:0]const u8 {
    const info = switch (@typeInfo(T)) {
        inline .@"struct", .@"enum", .@"union", .@"opaque" => |container| container,
        else => @compileError("not a container: " ++ @typeName(T)),
    };
    if (struct_of_arrays) return info.decl_names;
    comptime {
        var names: [info.decls.len][:0]const u8 = undefined;
        for (info.decls, 0..) |decl, index| names[index] = decl.name;
        const result = names;
        return &result;
    }
}

fn namesOf(comptime info: anytype) []const [:0]const u8 {
    if (struct_of_arrays) return info.field_names;
    comptime {
        var names: [info.fields.len][:0]const u8 = undefined;
        for (info.fields, 0..) |field, index| names[index] = field.name;
        const result = names;
        return &result;
    }
}

fn typesOf(comptime info: anytype) []const type {
    if (struct_of_arrays) return info.field_types;
    comptime {
        var types: [info.fields.len]type = undefined;
        for (info.fields, 0..) |field, index| types[index] = field.type;
        const result = types;
        return &result;
    }
}

/// Field names of a struct type.
pub fn fieldNames(comptime T: type) []const [:0]const u8 {
    return namesOf(@typeInfo(T).@"struct");
}

/// Field types of a struct type.
pub fn fieldTypes(comptime T: type) []const type {
    return typesOf(@typeInfo(T).@"struct");
}

/// Whether field `index` of a struct type has a default value.
pub fn fieldHasDefault(comptime T: type, comptime index: usize) bool {
    const info = @typeInfo(T).@"struct";
    if (struct_of_arrays) return info.field_attrs[index].default_value_ptr != null;
    return info.fields[index].default_value_ptr != null;
}

/// The default value of field `index` of a struct type, which must have one.
pub fn fieldDefault(comptime T: type, comptime index: usize) fieldTypes(T)[index] {
    const info = @typeInfo(T).@"struct";
    if (struct_of_arrays) return info.field_attrs[index].defaultValue(info.field_types[index]).?;
    return info.fields[index].defaultValue().?;
}

/// Where the default of a field is, for a table of fields of several types; null where there is none.
pub fn fieldDefaultPointer(comptime T: type, comptime index: usize) ?*const anyopaque {
    const info = @typeInfo(T).@"struct";
    if (struct_of_arrays) return info.field_attrs[index].default_value_ptr;
    return info.fields[index].default_value_ptr;
}

/// Parameter types of a function type; null where the parameter is `anytype`.
pub fn paramTypes(comptime F: type) []const ?type {
    const info = @typeInfo(F).@"fn";
    if (struct_of_arrays) return info.param_types;
    comptime {
        var types: [info.params.len]?type = undefined;
        for (info.params, 0..) |param, index| types[index] = param.type;
        const result = types;
        return &result;
    }
}

/// The type of the first parameter of a function type; null where there is none or it is `anytype`.
pub fn firstParam(comptime F: type) ?type {
    const info = @typeInfo(F).@"fn";
    if (struct_of_arrays) return if (info.param_types.len == 0) null else info.param_types[0];
    return if (info.params.len == 0) null else info.params[0].type;
}

/// Member names of an enum type.
pub fn enumNames(comptime T: type) []const [:0]const u8 {
    return namesOf(@typeInfo(T).@"enum");
}

/// Variant names of a union type.
pub fn unionNames(comptime T: type) []const [:0]const u8 {
    return namesOf(@typeInfo(T).@"union");
}

/// Payload types of a union type.
pub fn unionTypes(comptime T: type) []const type {
    return typesOf(@typeInfo(T).@"union");
}

pub fn pointerIsConst(comptime T: type) bool {
    const info = @typeInfo(T).pointer;
    return if (struct_of_arrays) info.attrs.@"const" else info.is_const;
}

pub fn pointerIsVolatile(comptime T: type) bool {
    const info = @typeInfo(T).pointer;
    return if (struct_of_arrays) info.attrs.@"volatile" else info.is_volatile;
}

/// Whether the compiler inserts safety checks in this build.
pub const is_safe = blk: {
    const name = @tagName(@import("builtin").mode);
    break :blk is_debug or std.mem.eql(u8, name, "ReleaseSafe") or std.mem.eql(u8, name, "safe");
};

/// Debug builds are to be made fast, others are to run fast.
pub const is_debug = switch (@tagName(@import("builtin").mode)[0]) {
    'D', 'd' => true,
    else => false,
};

/// Of functions in the path of every call: inlined, but for Debug, where one copy for all makes a module of thousands of functions
/// build in a fraction of the time.
pub const hot: std.builtin.CallingConvention = if (is_debug) .auto else .@"inline";

/// An enum of these names and values.
pub fn Enum(comptime names: []const [:0]const u8, comptime values: []const u8) type {
    comptime {
        var fields: [names.len]Type.EnumField = undefined;
        for (&fields, names, values) |*field, name, value| field.* = .{ .name = name, .value = value };
        const result = fields;
        return @Type(.{ .@"enum" = .{ .tag_type = u8, .fields = &result, .decls = &.{}, .is_exhaustive = true } });
    }
}

/// A tuple type with these fields. `std.meta.Tuple` and `std.meta.ArgsTuple` would pull
/// std.fmt, and with it half a megabyte of code, into every module.
pub fn Tuple(comptime t: []const type) type {
    return switch (t.len) {
        0 => @TypeOf(.{}),
        1 => struct { t[0] },
        2 => struct { t[0], t[1] },
        3 => struct { t[0], t[1], t[2] },
        4 => struct { t[0], t[1], t[2], t[3] },
        5 => struct { t[0], t[1], t[2], t[3], t[4] },
        6 => struct { t[0], t[1], t[2], t[3], t[4], t[5] },
        7 => struct { t[0], t[1], t[2], t[3], t[4], t[5], t[6] },
        8 => struct { t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7] },
        else => @Type(.{ .@"struct" = .{
            .layout = .auto,
            .is_tuple = true,
            .decls = &.{},
            .fields = comptime blk: {
                var fields: [t.len]Type.StructField = undefined;
                for (t, 0..) |T, index| {
                    var digits: [4:0]u8 = @splat(0);
                    var length: usize = 0;
                    var rest: usize = index;
                    while (length == 0 or rest > 0) : (rest /= 10) {
                        var at = length;
                        while (at > 0) : (at -= 1) digits[at] = digits[at - 1];
                        digits[0] = '0' + rest % 10;
                        length += 1;
                    }
                    const name: [:0]const u8 = (digits[0..length] ++ "")[0..length :0];
                    fields[index] = .{ .name = name, .type = T, .default_value_ptr = null, .is_comptime = false, .alignment = @alignOf(T) };
                }
                const result = fields;
                break :blk &result;
            },
        } }),
    };
}

/// A function of CPython where each nanosecond counts: called by its address, not through the jump table that the linker makes for
/// functions of other libraries. A compiler that sees whose address it is takes the table again.
pub fn fast(comptime function: anytype) callconv(hot) *const @TypeOf(function) {
    if (is_safe) return &function;
    return asm (""
        : [address] "=r" (-> *const @TypeOf(function)),
        : [function] "0" (&function),
    );
}

//! Structs, enums and unions without a name in Python, as data: a mapping or an object with such attributes in, a named tuple out.

const std = @import("std");
const c = @import("../capi.zig");
const class_converter = @import("class.zig");
const compat = @import("../compat.zig");
const literal = @import("../literal.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

pub fn Record(comptime T: type) type {
    return switch (@typeInfo(T)) {
        .@"struct" => Struct(T),
        .@"enum" => Enum(T),
        .@"union" => Union(T),
        else => unreachable,
    };
}

/// A struct: mapping or attributes in, where what has a default may be missing; a named tuple out.
fn Struct(comptime T: type) type {
    const names = compat.fieldNames(T);
    const types = compat.fieldTypes(T);
    return struct {
        pub const annotation = "Mapping[str, object]";
        pub const result_annotation = "tuple[" ++ list() ++ "]";
        pub const expected = "mapping or object with the attributes " ++ attributes();
        pub const by_value = false;
        pub const outlives = blk: {
            for (types) |Field| if (!convert.outlives(Field)) break :blk false;
            break :blk true;
        };
        pub const needs_state = blk: {
            for (types) |Field| if (convert.needsState(Field)) break :blk true;
            break :blk false;
        };

        fn list() []const u8 {
            var text: []const u8 = if (types.len == 0) "()" else "";
            for (types, 0..) |Field, index| text = text ++ (if (index == 0) "" else ", ") ++ convert.resultAnnotation(Field);
            return text;
        }

        fn attributes() []const u8 {
            var text: []const u8 = "";
            for (names, 0..) |name, index| text = text ++ (if (index == 0) "" else ", ") ++ name;
            return text;
        }

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            for (types) |Field| if (whyNot(Field)) |reason| return reason;
            return null;
        }

        pub fn exact(_: Borrowed, _: *Call) bool {
            return false;
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            // A str has methods and items, and is meant to be neither.
            if (value.isNone() or value.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS)) return convert.mismatch(expected, value);
            const is_mapping = c.PyMapping_Check(value.ptr) != 0 and c.PyObject_HasAttrString(value.ptr, "keys") != 0;
            var result: T = undefined;
            inline for (names, types, 0..) |name, Field, index| {
                if (try c_getField(value, is_mapping, name)) |found| {
                    try call.keep(found);
                    @field(result, name) = convert.fromPython(Field, found.borrow(), call) catch |err| {
                        if (err == error.Mismatch) errors.inAttribute("field '" ++ name ++ "'");
                        return err;
                    };
                } else if (comptime compat.fieldHasDefault(T, index)) {
                    @field(result, name) = comptime compat.fieldDefault(T, index);
                } else {
                    c.PyErr_SetString(c.exception("TypeError"), "expected " ++ expected ++ ": '" ++ name ++ "' is missing");
                    return error.Mismatch;
                }
            }
            return result;
        }

        /// Null where there is none: what else goes wrong is for the caller to see.
        fn c_getField(value: Borrowed, is_mapping: bool, name: [*:0]const u8) error{Python}!?Owned {
            const found = if (is_mapping) c.PyMapping_GetItemString(value.ptr, name) else c.PyObject_GetAttrString(value.ptr, name);
            if (found) |own| return .{ .ptr = own };
            if (c.PyErr_ExceptionMatches(if (is_mapping) c.exception("KeyError") else c.exception("AttributeError")) == 0) return error.Python;
            errors.clear();
            return null;
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const class = try namedTuple();
            defer class.release();
            const tuple = try Owned.take(c.PyTuple_New(names.len));
            defer tuple.release();
            inline for (names, 0..) |name, index|
                _ = c.PyTuple_SetItem(tuple.ptr, index, (try convert.toPython(@field(value, name), state)).ptr);
            return Owned.take(c.PyObject_Call(class.ptr, tuple.ptr, null));
        }

        /// `collections.namedtuple`, one for each struct and interpreter, kept where Python keeps what it made once.
        fn namedTuple() error{Python}!Owned {
            const key = "zigbind namedtuple " ++ @typeName(T) ++ " " ++ comptime attributes();
            const dict = c.PyInterpreterState_GetDict(c.PyInterpreterState_Get()) orelse {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
            if (c.PyDict_GetItemString(dict, key)) |found| return (Borrowed{ .ptr = found }).own();
            const collections = try Owned.take(c.PyImport_ImportModule("collections"));
            defer collections.release();
            const list_ = comptime blk: {
                var text: [:0]const u8 = "";
                for (names) |name| text = text ++ name ++ " ";
                break :blk text;
            };
            const class = try Owned.take(c.PyObject_CallMethod(collections.ptr, "namedtuple", "ss", comptime shortName().ptr, list_.ptr));
            errdefer class.release();
            if (c.PyDict_SetItemString(dict, key, class.ptr) != 0) return error.Python;
            return class;
        }

        fn shortName() [:0]const u8 {
            const name = class_converter.nameOf(T);
            for (name) |byte| if (!std.ascii.isAlphanumeric(byte) and byte != '_') return "struct_";
            return if (std.mem.startsWith(u8, name, "__") or std.ascii.isDigit(name[0])) "struct_" else name;
        }
    };
}

/// An enum without a name in Python: its members are strings.
fn Enum(comptime T: type) type {
    const names = compat.enumNames(T);
    return struct {
        pub const annotation = "str";
        pub const expected = "one of " ++ list();
        pub const by_value = true;

        fn list() []const u8 {
            var text: []const u8 = "";
            for (names, 0..) |name, index| text = text ++ (if (index == 0) "" else ", ") ++ "'" ++ name ++ "'";
            return text;
        }

        pub fn exact(value: Borrowed, _: *Call) bool {
            return value.hasType(c.unicodeType());
        }

        pub fn fromPython(value: Borrowed, _: *Call) errors.Refusal!T {
            return byName(value);
        }

        pub fn byName(value: Borrowed) errors.Refusal!T {
            if (!value.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS)) return convert.mismatch(expected, value);
            inline for (names) |name| if (c.PyUnicode_CompareWithASCIIString(value.ptr, name) == 0) return @field(T, name);
            _ = c.PyErr_Format(c.exception("ValueError"), "expected %s, got %R", @as([*:0]const u8, expected), value.ptr);
            return error.Mismatch;
        }

        pub fn toPython(value: T, _: *State) error{Python}!Owned {
            inline for (names) |name| if (value == @field(T, name)) return Owned.take(c.PyUnicode_InternFromString(name));
            c.PyErr_SetString(c.exception("ValueError"), "a value of " ++ comptime literal.typeName(T) ++ " has no name");
            return error.Python;
        }
    };
}

/// A tagged union without a name in Python: a mapping of the variant's name to its value.
fn Union(comptime T: type) type {
    if (@typeInfo(T).@"union".tag_type == null) return struct {
        pub const annotation = "object";
        pub const expected = "object";
        pub const by_value = false;
    };
    const names = compat.unionNames(T);
    const types = compat.unionTypes(T);
    return struct {
        pub const annotation = "Mapping[str, object]";
        pub const result_annotation = "dict[str, object]";
        pub const expected = "mapping with one key of " ++ list();
        pub const by_value = false;
        pub const needs_state = blk: {
            for (types) |Payload| if (convert.needsState(Payload)) break :blk true;
            break :blk false;
        };

        fn list() []const u8 {
            var text: []const u8 = "";
            for (names, 0..) |name, index| text = text ++ (if (index == 0) "" else ", ") ++ "'" ++ name ++ "'";
            return text;
        }

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            for (types) |Payload| if (whyNot(Payload)) |reason| return reason;
            return null;
        }

        pub fn exact(_: Borrowed, _: *Call) bool {
            return false;
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            if (c.PyMapping_Check(value.ptr) == 0 or c.PyObject_HasAttrString(value.ptr, "keys") == 0) return convert.mismatch(expected, value);
            const keys = try Owned.take(c.PyMapping_Keys(value.ptr));
            try call.keep(keys);
            if (c.PyList_Size(keys.ptr) == 1) inline for (names, types) |name, Payload| {
                const key = c.PyList_GetItem(keys.ptr, 0) orelse return error.Python;
                if ((Borrowed{ .ptr = key }).hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS) and c.PyUnicode_CompareWithASCIIString(key, name) == 0) {
                    const payload = try Owned.take(c.PyObject_GetItem(value.ptr, key));
                    try call.keep(payload);
                    return @unionInit(T, name, convert.fromPython(Payload, payload.borrow(), call) catch |err| {
                        if (err == error.Mismatch) errors.inAttribute("variant '" ++ name ++ "'");
                        return err;
                    });
                }
            };
            _ = c.PyErr_Format(c.exception("ValueError"), "expected %s, got %R", @as([*:0]const u8, expected), value.ptr);
            return error.Mismatch;
        }

        pub fn toPython(value: T, state: *State) error{Python}!Owned {
            const dict = try Owned.take(c.PyDict_New());
            errdefer dict.release();
            inline for (names) |name| if (value == @field(std.meta.Tag(T), name)) {
                const payload = try convert.toPython(@field(value, name), state);
                defer payload.release();
                if (c.PyDict_SetItemString(dict.ptr, name, payload.ptr) != 0) return error.Python;
            };
            return dict;
        }
    };
}

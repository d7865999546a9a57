//! Which converter a Zig type has. Dispatch only: each type family is a file in `convert/`.
//!
//! A converter is a type with
//!   - `annotation`, and `result_annotation` where it differs: the Python type in stubs and signatures,
//!   - `expected`: the same in words, for error messages,
//!   - `by_value`: once converted, the value does not point into the Python object,
//!   - `outlives`, if it is not the same: nor into memory of the call, though getting it can run Python code,
//!   - `needs_call`, if it is not the opposite of that: converting needs memory or references of the call,
//!   - `needs_state`, if it does: converting, one way or the other, needs the classes of the module,
//!   - `exact(object)`: the object has the very type this converter makes; runs no Python code,
//!   - `fromPython(object, call) Refusal!T`, where `call` has what the converter says it needs, and
//!     `toPython(value, state) !Owned`.
//! A converter of one direction only has just that function.

const std = @import("std");
const c = @import("capi.zig");
const errors = @import("errors.zig");
const compat = @import("compat.zig");
const literal = @import("literal.zig");
const object = @import("object.zig");
const string = @import("convert/string.zig");
const instance = @import("instance.zig");
const reach = @import("reach.zig");
const registry = @import("registry.zig");
const standard = @import("standard.zig");
const State = @import("state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const Call = @import("call.zig").Call;

pub fn Converter(comptime T: type) type {
    if (T == Borrowed) return @import("convert/object.zig").Converter;
    if (T == *c.PyObject) return @import("convert/object.zig").Pointer;
    switch (@typeInfo(T)) {
        .@"struct", .@"enum", .@"union" => if (@hasDecl(T, "zigbind_converter")) return T.zigbind_converter else if (registry.hasCaster(T)) return @import("convert/caster.zig").Custom(T),
        else => {},
    }
    return switch (@typeInfo(T)) {
        .int => @import("convert/int.zig").Int(T),
        .float => @import("convert/float.zig").Float(T),
        .bool => @import("convert/bool.zig").Bool,
        .void => @import("convert/void.zig").Void,
        .optional => |info| @import("convert/optional.zig").Optional(info.child),
        .pointer => |info| switch (T) {
            []u8, []const u8, [:0]u8, [:0]const u8, [*:0]u8, [*:0]const u8 => string.Text(T),
            else => if (Pointee(T)) |Target|
                @import("convert/class.zig").Pointer(T, Target)
            else if (info.size != .slice or compat.pointerIsVolatile(T))
                Unsupported
            else if (T == []info.child or T == []const info.child) @import("convert/slice.zig").Slice(T) else Outward([]const info.child),
        },
        .array => |info| if (info.sentinel() == null) @import("convert/tuple.zig").Array(T, info.child, info.len) else Unsupported,
        .vector => |info| @import("convert/tuple.zig").Array(T, info.child, info.len),
        .@"struct" => |info| if (info.is_tuple)
            @import("convert/tuple.zig").Tuple(T)
        else if (@hasDecl(T, "zigbind_owned"))
            @import("convert/class.zig").Moved(T.zigbind_owned)
        else
            Named(T),
        .@"enum", .@"union" => Named(T),
        else => Unsupported,
    };
}

/// A type of its own in Python, or data that has no name there.
fn Named(comptime T: type) type {
    if (standard.kindOf(T)) |kind| return switch (kind) {
        .map, .array_map => @import("convert/map.zig").Map(T),
        .enum_set => @import("convert/map.zig").EnumSet(T),
        .list => @import("convert/list.zig").List(T),
        .complex => @import("convert/complex.zig").Complex(T),
        .big_int, .managed_big_int => @import("convert/big_int.zig").BigInt(T),
    };
    const kind = registry.kindOf(T) orelse return Unsupported;
    if (!registry.isKnown(T)) return if (!isOfProject(T)) Unsupported else if (leadsBack(T)) Endless(T) else @import("convert/record.zig").Record(T);
    return switch (kind) {
        .class, .tagged_union => @import("convert/class.zig").Value(T),
        .enumeration => @import("convert/enum.zig").Enum(T),
        .flags => @import("convert/enum.zig").Flags(T),
        .errors => Unsupported,
    };
}

/// Whether data of type T can have such data in it, as a tree has: its tuples would have no end of types.
fn leadsBack(comptime T: type) bool {
    const look = struct {
        fn look(comptime One: type) ?[]const type {
            return if (One == T) null else instance.copiedWith(One);
        }
    }.look;
    for (reach.fieldsOf(T)) |Field| if (reach.reaches(Field, look)) return true;
    return false;
}

fn Endless(comptime T: type) type {
    return struct {
        pub const annotation = "object";
        pub const expected = "object";
        pub const by_value = false;

        pub fn unsupported(comptime _: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return literal.typeName(T) ++ " has itself in it, which only a class can: make it pub";
        }
    };
}

/// Whether a type was written for this module: the fields of others, such as those of `std.ArrayList`, are no data to show.
fn isOfProject(comptime T: type) bool {
    return std.mem.startsWith(u8, @typeName(T), "top.");
}

/// A slice of which more is known than Python objects promise, an alignment or an end: it can only go out.
fn Outward(comptime Plain: type) type {
    return struct {
        pub const annotation = resultAnnotation(Plain);
        pub const expected = "object";
        pub const by_value = false;

        pub fn unsupported(comptime whyNot: fn (type) ?[:0]const u8) ?[:0]const u8 {
            return whyNot(Plain);
        }

        pub const needs_state = needsState(Plain);

        pub fn toPython(value: Plain, state: *State) error{Python}!Owned {
            return Converter(Plain).toPython(value, state);
        }
    };
}

const Unsupported = struct {
    pub const annotation = "object";
    pub const expected = "object";
    pub const by_value = false;
};

/// What is passed by value is on the stack, more than once in a call; the stack of a thread can be as small as half a megabyte.
const stack_limit_bytes = 64 * 1024;

/// Why a T cannot be passed by value, where it is too large for that.
pub fn tooLarge(comptime T: type) ?[:0]const u8 {
    switch (@typeInfo(T)) {
        .@"struct", .@"union", .array, .optional => {},
        else => return null,
    }
    return if (@sizeOf(T) > stack_limit_bytes) literal.typeName(T) ++ " is " ++ literal.decimal(@sizeOf(T)) ++ " bytes, too many for the stack" else null;
}

/// Why a value of type T cannot come from Python; null where it can.
pub fn whyNotFromPython(comptime T: type) ?[:0]const u8 {
    comptime {
        if (Pointee(T)) |Target| if (instance.keeperCount(Target) > 0 or instance.ends(Target))
            return "a pointer to " ++ literal.typeName(Target) ++ " can only be a parameter itself, not in something else: nobody would notice what becomes of it";
        if (@typeInfo(T) == .@"struct" and @hasDecl(T, "zigbind_owned")) return "zb.Owned is for parameters themselves, not for what is in them";
        if (tooLarge(T)) |reason| return reason ++ (if (@typeInfo(T) == .array) "; take a slice" else "; take it by pointer");
        const Self = Converter(T);
        if (@hasDecl(Self, "unsupported")) if (Self.unsupported(whyNotFromPython)) |reason| return reason;
        return if (@hasDecl(Self, "fromPython")) null else literal.typeName(T) ++ " has no counterpart in Python";
    }
}

/// Why a value of type T cannot go to Python; null where it can.
pub fn whyNotToPython(comptime T: type) ?[:0]const u8 {
    comptime {
        if (tooLarge(T)) |reason| return reason ++ (if (@typeInfo(T) == .array) "; return a slice" else "; return a pointer to it, or zb.Owned");
        const Self = Converter(T);
        if (@hasDecl(Self, "unsupported")) if (Self.unsupported(whyNotToPython)) |reason| return reason;
        if (@hasDecl(Self, "toPython")) return null;
        return if (Pointee(T) == null) literal.typeName(T) ++ " has no counterpart in Python" else
            "a " ++ literal.typeName(T) ++ " can be the result itself, not in something else; return a struct with it as a field, or a copy";
    }
}

/// The Python type of results, where it is another than that of arguments.
pub fn resultAnnotation(comptime T: type) [:0]const u8 {
    const Self = Converter(T);
    return if (@hasDecl(Self, "result_annotation")) Self.result_annotation else Self.annotation;
}

pub fn fromPython(comptime T: type, value: Borrowed, call: *Call) callconv(compat.hot) errors.Refusal!T {
    return Converter(T).fromPython(value, call);
}

pub fn toPython(value: anytype, state: *State) callconv(compat.hot) error{Python}!Owned {
    return Converter(@TypeOf(value)).toPython(value, state);
}

/// Whether converting from Python needs memory or references of the call.
pub fn needsCall(comptime T: type) bool {
    const Self = Converter(T);
    return if (@hasDecl(Self, "needs_call")) Self.needs_call else !Self.by_value;
}

/// Whether a converted value is good after the call: nothing in it points into Python objects or the memory of the call.
pub fn outlives(comptime T: type) bool {
    const Self = Converter(T);
    return if (@hasDecl(Self, "outlives")) Self.outlives else Self.by_value;
}

/// Whether converting needs the classes of the module.
pub fn needsState(comptime T: type) bool {
    const Self = Converter(T);
    return @hasDecl(Self, "needs_state") and Self.needs_state;
}

/// The struct that a result points to and that is a class: `*T`, `*const T`, `?*T`.
pub fn Pointee(comptime T: type) ?type {
    return switch (@typeInfo(T)) {
        .optional => |info| if (@typeInfo(info.child) == .pointer) Pointee(info.child) else null,
        .pointer => |info| if (info.size == .one and !compat.pointerIsVolatile(T) and registry.hasInstances(info.child)) info.child else null,
        else => null,
    };
}

/// Whether a result is a reference that Python takes over: `zb.Ref`, `?zb.ListRef`.
pub fn isReference(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .optional => |info| isReference(info.child),
        .@"struct" => @hasDecl(T, "zigbind_reference") and T.zigbind_reference,
        else => false,
    };
}

/// Why a value of type T cannot be the result of a function; null where it can.
pub fn whyNotResult(comptime T: type) ?[:0]const u8 {
    if (isReference(T)) return null;
    const Target = Pointee(T) orelse return whyNotToPython(T);
    if (registry.kindOf(Target) != .class) return "a union goes out by value: return " ++ comptime literal.typeName(Target);
    return null;
}

/// Set TypeError "expected ..., got ...".
pub fn mismatch(expected: [*:0]const u8, value: Borrowed) errors.Refusal {
    @branchHint(.cold);
    if (value.isNone()) {
        _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got None", expected);
    } else {
        const name = try typeNameBeside(expected, value);
        defer name.release();
        _ = c.PyErr_Format(c.exception("TypeError"), "expected %s, got %U", expected, name.ptr);
    }
    return error.Mismatch;
}

/// What the type of a value is called; with its module where that would be what was expected, as numpy.bool is a bool by name.
fn typeNameBeside(expected: [*:0]const u8, value: Borrowed) error{Python}!Owned {
    const class = value.ptr.ob_type;
    const name = try Owned.take(c.PyType_GetName(class));
    if (c.PyUnicode_CompareWithASCIIString(name.ptr, expected) != 0) return name;
    if (c.PyObject_GetAttrString(class.asObject(), "__module__")) |module| {
        defer c.Py_DecRef(module);
        if (c.PyUnicode_FromFormat("%S.%U", module, name.ptr)) |full| {
            name.release();
            return .{ .ptr = full };
        }
    }
    errors.clear();
    return name;
}

/// The Python type of an attribute.
pub fn attributeAnnotation(comptime T: type) [:0]const u8 {
    const Target = Pointee(T) orelse return resultAnnotation(T);
    return resultAnnotation(if (@typeInfo(T) == .optional) ?Target else Target);
}

/// A comptime value (a constant, a default) as a Python object, or null where it has no counterpart.
pub fn Constant(comptime T: type) ?type {
    return switch (@typeInfo(T)) {
        .comptime_int, .comptime_float => T,
        .pointer => |info| switch (info.size) {
            .one => switch (@typeInfo(info.child)) {
                .array => |array| if (array.child == u8) []const u8 else if (whyNotToPython(info.child) == null) info.child else null,
                else => null,
            },
            else => if (whyNotToPython(T) == null) T else null,
        },
        .@"struct" => |info| if (info.is_tuple and allConstants(T)) T else if (whyNotToPython(T) == null) T else null,
        else => if (whyNotToPython(T) == null) T else null,
    };
}

fn allConstants(comptime T: type) bool {
    for (compat.fieldTypes(T)) |Field| if (Constant(Field) == null) return false;
    return true;
}

/// The Python type of a constant.
pub fn constantAnnotation(comptime T: type) [:0]const u8 {
    return switch (@typeInfo(T)) {
        .comptime_int => "int",
        .comptime_float => "float",
        .@"struct" => |info| if (info.is_tuple) tupleAnnotation(T) else resultAnnotation(T),
        else => resultAnnotation(Constant(T).?),
    };
}

fn tupleAnnotation(comptime T: type) [:0]const u8 {
    comptime {
        var text: [:0]const u8 = "tuple[";
        for (compat.fieldTypes(T), 0..) |Field, index| text = text ++ (if (index == 0) "" else ", ") ++ constantAnnotation(Field);
        return text ++ "]";
    }
}

/// A constant as a Python object.
pub fn constantToPython(comptime value: anytype, state: *State) error{Python}!Owned {
    const T = @TypeOf(value);
    return switch (@typeInfo(T)) {
        .comptime_int => @import("convert/int.zig").comptimeToPython(value),
        .comptime_float => toPython(@as(f64, value), state),
        .pointer => |info| if (info.size == .one and Constant(T).? == info.child) toPython(value.*, state) else toPython(@as(Constant(T).?, value), state),
        .@"struct" => |info| if (info.is_tuple) tupleToPython(value, state) else toPython(value, state),
        else => toPython(value, state),
    };
}

fn tupleToPython(comptime value: anytype, state: *State) error{Python}!Owned {
    const tuple = try Owned.take(c.PyTuple_New(value.len));
    errdefer tuple.release();
    inline for (value, 0..) |item, position|
        _ = c.PyTuple_SetItem(tuple.ptr, position, (try constantToPython(item, state)).ptr);
    return tuple;
}

//! Enums as `enum.Enum` and `enum.IntEnum`, packed structs of bools as `enum.IntFlag`.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const literal = @import("literal.zig");
const function = @import("function.zig");
const members_zig = @import("members.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const property = @import("property.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const state_zig = @import("state.zig");
const type_zig = @import("type.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const State = state_zig.State;

/// The enum class of `entry`. The parameter names of its methods begin at `first_name` of the state.
pub fn Enum(comptime entry: registry.Entry, comptime first_name: usize) type {
    const T = entry.T;
    const names_of_members = switch (entry.kind) {
        .enumeration => compat.enumNames(T),
        .flags => registry.flagNames(T),
        else => unreachable,
    };
    return struct {
        pub const place = entry.first;
        /// In an explicit module they are defined one by one.
        pub const Methods = members_zig.Members(if (registry.reflected) T else struct {}, .{
            .container = entry.container(),
            .Receiver = T,
            .first_name = first_name,
            .prefix = entry.outer ++ entry.name ++ ".",
            .module = entry.module,
        });
        pub const names = Methods.names;
        /// The names in Python, and the values.
        pub const members = blk: {
            var list: []const [:0]const u8 = &.{};
            for (names_of_members) |name| list = list ++ .{Methods.options.pythonName(name)};
            break :blk list;
        };
        pub const values = blk: {
            var list: []const comptime_int = &.{};
            for (names_of_members) |name| list = list ++ .{valueOf(name)};
            break :blk list;
        };

        fn valueOf(comptime name: []const u8) comptime_int {
            return if (entry.kind == .flags) 1 << @bitOffsetOf(T, name) else @intFromEnum(@field(T, name));
        }

        pub const kind: [:0]const u8 = if (entry.kind == .flags) "IntFlag" else if (isNumbered(T)) "IntEnum" else "Enum";

        pub fn create(state: *State) error{Python}!void {
            const first = registry.index(T);
            const class = try type_zig.find(state, entry.identity) orelse try make(state);
            state.objects[first] = class.ptr;
            if (entry.kind == .flags) return;
            inline for (names_of_members, 1..) |name, nth|
                state.objects[first + nth] = c.PyObject_GetAttrString(class.ptr, Methods.options.pythonName(name)) orelse return error.Python;
        }

        fn make(state: *State) error{Python}!Owned {
            const list = try Owned.take(c.PyList_New(names_of_members.len));
            defer list.release();
            inline for (names_of_members, 0..) |name, index| {
                const number = try @import("convert/int.zig").comptimeToPython(comptime valueOf(name));
                const pair = try pairOf(Methods.options.pythonName(name), number);
                _ = c.PyList_SetItem(list.ptr, index, pair.ptr);
            }
            const class = try makeEnum(state, kind, entry, list);
            errdefer class.release();
            inline for (Methods.list) |member| switch (member.what) {
                inline .function, .slot => |F| try addMethod(class, state.module, &F.definition, F.scope),
                else => {},
            };
            inline for (Methods.skipped) |row| {
                const definition = &struct {
                    const says_why = property.Missing(row.reason).definition(row.name);
                }.says_why;
                const descriptor = try Owned.take(c.PyDescr_NewGetSet(@ptrCast(class.ptr), definition));
                defer descriptor.release();
                if (c.PyObject_SetAttrString(class.ptr, row.name, descriptor.ptr) != 0) return error.Python;
            }
            if (c.PyObject_SetAttrString(class.ptr, state_zig.enum_module, state.module) != 0) return error.Python;
            const reference = try Owned.take(c.PyWeakref_NewRef(state.module, null));
            defer reference.release();
            if (c.PyObject_SetAttrString(class.ptr, state_zig.enum_state, reference.ptr) != 0) return error.Python;
            try type_zig.publish(state, entry.identity, class);
            return class;
        }

        pub fn fill(_: *State) error{Python}!void {}
    };
}

/// Whether the values of an enum were given a type that is more than what they need: then they are numbers to Python.
fn isNumbered(comptime T: type) bool {
    const info = @typeInfo(T).@"enum";
    if (!info.is_exhaustive) return true;
    const count = compat.enumNames(T).len;
    const needed = if (count == 0) u0 else std.math.IntFittingRange(0, count - 1);
    return info.tag_type != needed;
}

/// Takes over `number`.
fn pairOf(name: [*:0]const u8, number: Owned) error{Python}!Owned {
    errdefer number.release();
    const pair = try Owned.take(c.PyTuple_New(2));
    errdefer pair.release();
    _ = c.PyTuple_SetItem(pair.ptr, 0, c.PyUnicode_InternFromString(name) orelse return error.Python);
    _ = c.PyTuple_SetItem(pair.ptr, 1, number.ptr);
    return pair;
}

fn makeEnum(state: *State, kind: [*:0]const u8, comptime entry: registry.Entry, list: Owned) error{Python}!Owned {
    const module = try Owned.take(c.PyImport_ImportModule("enum"));
    defer module.release();
    const base = try Owned.take(c.PyObject_GetAttrString(module.ptr, kind));
    defer base.release();
    const home = try type_zig.moduleName(state, entry.module, entry.path, entry.path.len - entry.outer.len);
    defer home.release();
    const args = try Owned.take(c.PyTuple_New(2));
    defer args.release();
    _ = c.PyTuple_SetItem(args.ptr, 0, c.PyUnicode_FromString(entry.name) orelse return error.Python);
    _ = c.PyTuple_SetItem(args.ptr, 1, list.borrow().own().ptr);
    const kwargs = try Owned.take(c.PyDict_New());
    defer kwargs.release();
    const qualname = try Owned.take(c.PyUnicode_FromString(entry.outer ++ entry.name));
    defer qualname.release();
    if (c.PyDict_SetItemString(kwargs.ptr, "module", home.ptr) != 0) return error.Python;
    if (c.PyDict_SetItemString(kwargs.ptr, "qualname", qualname.ptr) != 0) return error.Python;
    const class = try Owned.take(c.PyObject_Call(base.ptr, args.ptr, kwargs.ptr));
    errdefer class.release();
    const doc = comptime if (entry.doc().len > 0) entry.doc() else "An enumeration.";
    const text = try Owned.take(c.PyUnicode_FromString(doc));
    defer text.release();
    if (c.PyObject_SetAttrString(class.ptr, "__doc__", text.ptr) != 0) return error.Python;
    return class;
}

fn addMethod(class: Owned, module: *c.PyObject, definition: *const c.PyMethodDef, scope: state_zig.Scope) error{Python}!void {
    // A function that takes no member is bound to the module and stays what it is as an attribute.
    const method = try Owned.take(if (scope == .member)
        c.PyDescr_NewMethod(@ptrCast(class.ptr), definition)
    else
        c.PyCFunction_NewEx(definition, module, null));
    defer method.release();
    if (c.PyObject_SetAttrString(class.ptr, definition.ml_name.?, method.ptr) != 0) return error.Python;
}

/// The enum class of T; that of another file is made, or found, when it is first needed.
pub fn require(comptime T: type, state: *State) error{Python}!*c.PyObject {
    if (state.object(registry.index(T))) |class| return class;
    if (comptime !registry.reflected) {
        c.PyErr_SetString(c.exception("TypeError"), "the enum " ++ comptime literal.typeName(T) ++ " was not defined");
        return error.Python;
    }
    const entry = comptime registry.find(T).?;
    if (comptime entry.module == null) return type_zig.missing(entry.name);
    try type_zig.createHere(Enum(entry, 0), state);
    return state.object(registry.index(T)).?;
}

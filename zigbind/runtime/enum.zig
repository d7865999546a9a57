//! Enums as `enum.Enum` and `enum.IntEnum`, packed structs of bools as `enum.IntFlag`, error sets as exception classes.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const errors = @import("errors.zig");
const function = @import("function.zig");
const members_zig = @import("members.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
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
        .flags => compat.fieldNames(T),
        else => unreachable,
    };
    return struct {
        pub const place = entry.first;
        pub const Methods = members_zig.Members(T, .{
            .container = entry.container(),
            .Receiver = T,
            .first_name = first_name,
            .prefix = entry.outer ++ entry.name ++ ".",
            .module = entry.module,
        });
        pub const names = Methods.names;
        pub const kind: [:0]const u8 = if (entry.kind == .flags) "IntFlag" else if (isNumbered(T)) "IntEnum" else "Enum";

        pub fn create(state: *State) error{Python}!void {
            const first = registry.index(T);
            const class = try found(state, entry) orelse try make(state);
            state.objects[first] = class.ptr;
            if (entry.kind == .flags) return;
            inline for (names_of_members, 1..) |name, nth|
                state.objects[first + nth] = c.PyObject_GetAttrString(class.ptr, Methods.options.pythonName(name)) orelse return error.Python;
        }

        fn make(state: *State) error{Python}!Owned {
            const list = try Owned.take(c.PyList_New(names_of_members.len));
            defer list.release();
            inline for (names_of_members, 0..) |name, index| {
                const value: i128 = if (entry.kind == .flags) @as(i128, 1) << index else @intFromEnum(@field(T, name));
                const pair = try pairOf(Methods.options.pythonName(name), value);
                _ = c.PyList_SetItem(list.ptr, index, pair.ptr);
            }
            const class = try makeEnum(state, kind, entry, list);
            errdefer class.release();
            inline for (Methods.list) |member| switch (member.what) {
                inline .function, .slot => |F| try addMethod(class, state.module, &F.definition, F.scope),
                else => {},
            };
            if (c.PyObject_SetAttrString(class.ptr, state_zig.enum_attribute, state.module) != 0) return error.Python;
            try publish(state, entry, class);
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

fn pairOf(name: [*:0]const u8, value: i128) error{Python}!Owned {
    const pair = try Owned.take(c.PyTuple_New(2));
    errdefer pair.release();
    _ = c.PyTuple_SetItem(pair.ptr, 0, c.PyUnicode_InternFromString(name) orelse return error.Python);
    const number = if (value >= 0) c.PyLong_FromUnsignedLongLong(@intCast(value)) else c.PyLong_FromLongLong(@intCast(value));
    _ = c.PyTuple_SetItem(pair.ptr, 1, number orelse return error.Python);
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
    const doc = comptime entry.doc();
    if (doc.len > 0) {
        const text = try Owned.take(c.PyUnicode_FromString(doc));
        defer text.release();
        if (c.PyObject_SetAttrString(class.ptr, "__doc__", text.ptr) != 0) return error.Python;
    }
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

/// The class that another library made of the same source.
fn found(state: *State, comptime entry: registry.Entry) error{Python}!?Owned {
    if (entry.identity.len == 0) return null;
    const reference = c.PyDict_GetItemString(state.shared.?.classes, entry.identity) orelse return null;
    const class = c.PyWeakref_GetObject(reference) orelse return error.Python;
    return if (class == c.none()) null else (Borrowed{ .ptr = class }).own();
}

fn publish(state: *State, comptime entry: registry.Entry, class: Owned) error{Python}!void {
    if (entry.identity.len == 0) return;
    const reference = try Owned.take(c.PyWeakref_NewRef(class.ptr, null));
    defer reference.release();
    if (c.PyDict_SetItemString(state.shared.?.classes, entry.identity, reference.ptr) != 0) return error.Python;
}

/// The enum class of T; that of another file is made, or found, when it is first needed.
pub fn require(comptime T: type, state: *State) error{Python}!*c.PyObject {
    if (state.object(registry.index(T))) |class| return class;
    if (comptime !registry.reflected) {
        c.PyErr_SetString(c.exception("TypeError"), "the enum " ++ @typeName(T) ++ " was not defined");
        return error.Python;
    }
    try type_zig.createHere(Enum(comptime registry.find(T).?, 0), state);
    return state.object(registry.index(T)).?;
}

/// The exception class of an error set, with one that derives from it for each error.
pub fn Exceptions(comptime entry: registry.Entry) type {
    const list = @typeInfo(entry.T).error_set.?;
    return struct {
        pub const place = entry.first;
        pub const names: []const [:0]const u8 = &.{};

        pub fn create(state: *State) error{Python}!void {
            const first = entry.first;
            const module = try type_zig.moduleName(state, entry.module, entry.path, entry.path.len - entry.outer.len);
            defer module.release();
            const base = try found(state, entry) orelse blk: {
                const made = try makeException(module, entry.outer ++ entry.name, entry.doc(), (Borrowed{ .ptr = c.exception("Exception") }).own());
                try publish(state, entry, made);
                break :blk made;
            };
            state.objects[first] = base.ptr;
            inline for (list, 1..) |err, nth| {
                if (c.PyObject_HasAttrString(base.ptr, err.name) != 0) {
                    state.objects[first + nth] = c.PyObject_GetAttrString(base.ptr, err.name) orelse return error.Python;
                } else {
                    // Also what the error is elsewhere: `except OverflowError` catches `ParseError.Overflow`.
                    const usual = errors.builtinClass(err.name);
                    const bases = try Owned.take(c.PyTuple_New(if (usual == null) 1 else 2));
                    _ = c.PyTuple_SetItem(bases.ptr, 0, base.borrow().own().ptr);
                    if (usual) |class| _ = c.PyTuple_SetItem(bases.ptr, 1, (Borrowed{ .ptr = class }).own().ptr);
                    const made = try makeException(module, entry.outer ++ entry.name ++ "." ++ err.name, "", bases);
                    state.objects[first + nth] = made.ptr;
                    if (c.PyObject_SetAttrString(base.ptr, err.name, made.ptr) != 0) return error.Python;
                }
            }
        }

        pub fn fill(_: *State) error{Python}!void {}
    };
}

/// Takes over `bases`.
fn makeException(module: Owned, comptime qualname: [:0]const u8, doc: [*:0]const u8, bases: Owned) error{Python}!Owned {
    defer bases.release();
    const dot = comptime if (std.mem.lastIndexOfScalar(u8, qualname, '.')) |at| at + 1 else 0;
    const name = try Owned.take(c.PyUnicode_FromFormat("%U.%s", module.ptr, qualname[dot..].ptr));
    defer name.release();
    const dict = try Owned.take(c.PyDict_New());
    defer dict.release();
    const qualified = try Owned.take(c.PyUnicode_FromString(qualname));
    defer qualified.release();
    if (c.PyDict_SetItemString(dict.ptr, "__qualname__", qualified.ptr) != 0) return error.Python;
    if (c.PyDict_SetItemString(dict.ptr, "__module__", module.ptr) != 0) return error.Python;
    const text = c.PyUnicode_AsUTF8AndSize(name.ptr, null) orelse return error.Python;
    return Owned.take(c.PyErr_NewExceptionWithDoc(text, if (doc[0] == 0) null else doc, bases.ptr, dict.ptr));
}

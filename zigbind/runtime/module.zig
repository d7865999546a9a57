//! Declarations -> an extension module: its state, its classes, its submodules, and PyInit_.

const std = @import("std");
const c = @import("capi.zig");
const card_zig = @import("card.zig");
const class_zig = @import("class.zig");
const convert = @import("convert.zig");
const describe = @import("describe.zig");
const enum_zig = @import("enum.zig");
const exception = @import("exception.zig");
const gil = @import("gil.zig");
const members_zig = @import("members.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const source = @import("source.zig");
const state_zig = @import("state.zig");
const union_zig = @import("union.zig");

const Owned = object.Owned;
const State = state_zig.State;

pub const Options = struct {
    /// The last component of the module's name.
    name: [:0]const u8,
    /// The module's own file, then others of the project whose classes it may meet.
    files: []const source.File,
    uses: source.Uses = .{},
    /// Whether the containers were read from the source: without it, every struct without fields is a submodule.
    source_known: bool = false,
};

/// Make the module of the public declarations of the first file and export its PyInit function.
pub fn exportModule(comptime options: Options) void {
    const file = options.files[0];
    const Root = members_zig.Members(file.Root, .{ .container = file.container });
    const made = types(Root.names.len);
    const names = Root.names ++ made.names;
    const init = struct {
        const Description = describe.Description(Root, made.list);
        /// In one piece with what CPython reads, so that the linker keeps the description.
        const Table = struct { slots: [3]c.PyModuleDef_Slot, description: @TypeOf(Description.text) };
        const table: Table = .{
            .slots = .{
                .{ .slot = c.Py_mod_exec, .value = &exec },
                .{ .slot = c.Py_mod_multiple_interpreters, .value = @ptrFromInt(if (options.uses.variables)
                    c.Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED
                else
                    c.Py_MOD_PER_INTERPRETER_GIL_SUPPORTED) },
                .{},
            },
            .description = Description.text,
        };
        const has_state = names.len + registry.object_count > 0;
        const definitions = methodTable(Root);
        /// CPython's own: it counts references in it.
        var definition: c.PyModuleDef = .{
            .m_name = options.name.ptr,
            .m_doc = if (file.container.doc.len > 0) file.container.doc.ptr else null,
            .m_size = if (has_state) state_zig.sizeBytes(names.len, registry.object_count) else 0,
            .m_methods = &definitions,
            .m_slots = &table.slots,
            .m_traverse = if (registry.object_count > 0) &traverse else null,
            .m_clear = if (registry.object_count > 0) &clear else null,
            .m_free = if (has_state) &free else null,
        };

        fn init() callconv(.c) ?*c.PyObject {
            return c.PyModuleDef_Init(&definition);
        }

        fn exec(module: *c.PyObject) callconv(.c) c_int {
            run(module) catch return -1;
            return 0;
        }

        fn run(module: *c.PyObject) error{Python}!void {
            if (registry.uses.gil) gil.moduleLoaded();
            try state_zig.init(module, names, registry.object_count);
            const state: *State = if (has_state) state_zig.ofModule(module) else undefined;
            for (made.cards) |card| try card_zig.create(card, state);
            inline for (made.others) |K| try K.create(state);
            inline for (made.others) |K| try K.fill(state);
            try fill(Root, state, module, module);
            inline for (made.others) |K| if (@hasDecl(K, "Methods")) try fill(K.Methods, state, module, state.object(K.place).?);
        }

        fn traverse(module: *c.PyObject, visit: c.visitproc, context: ?*anyopaque) callconv(.c) c_int {
            return state_zig.traverse(module, names.len, registry.object_count, visit, context);
        }

        fn clear(module: *c.PyObject) callconv(.c) c_int {
            state_zig.clear(module, names.len, registry.object_count);
            return 0;
        }

        fn free(module: *c.PyObject) callconv(.c) void {
            state_zig.clear(module, 0, names.len + registry.object_count);
        }
    }.init;
    @export(&init, .{ .name = "PyInit_" ++ options.name });
}

const Types = struct {
    /// By `Entry.nth`; void where it has a card.
    list: []const type,
    cards: []const *const card_zig.Card,
    others: []const type,
    names: []const [:0]const u8,
};

/// The classes of the module itself, those without a card each with the place of its parameter names.
fn types(comptime first_name: usize) Types {
    comptime {
        @setEvalBranchQuota(10_000_000);
        var list: [registry.entries.len]type = undefined;
        var cards: [registry.entries.len]*const card_zig.Card = undefined;
        var others: [registry.entries.len]type = undefined;
        var count, var card_count = .{ 0, 0 };
        var names: []const [:0]const u8 = &.{};
        for (registry.entries) |entry| if (entry.module == null) {
            if (card_zig.of(entry)) |card| {
                list[count] = void;
                cards[card_count] = card;
                card_count += 1;
            } else {
                const K = Python(entry, first_name + names.len);
                list[count] = K;
                others[count - card_count] = K;
                if (K.names.len > 0) names = names ++ K.names;
            }
            count += 1;
        };
        const listed, const carded, const other = .{ list[0..count].*, cards[0..card_count].*, others[0 .. count - card_count].* };
        return .{ .list = &listed, .cards = &carded, .others = &other, .names = names };
    }
}

/// What makes the Python type of an entry.
fn Python(comptime entry: registry.Entry, comptime first_name: usize) type {
    return switch (entry.kind) {
        .class => class_zig.Class(entry, first_name),
        .tagged_union => union_zig.Union(entry, first_name),
        .enumeration, .flags => enum_zig.Enum(entry, first_name),
        .errors => exception.Exceptions(entry),
    };
}

/// The functions of a module, `__getattr__` that says why others are missing, and a null entry.
fn methodTable(comptime M: type) [methodCount(M)]c.PyMethodDef {
    comptime {
        @setEvalBranchQuota(10_000_000);
        var list: []const c.PyMethodDef = M.definitions;
        if (hasGetattr(M)) list = list ++ .{c.PyMethodDef{ .ml_name = "__getattr__", .ml_meth = &Skipped(M).getattr, .ml_flags = c.METH_O }};
        list = list ++ .{c.PyMethodDef{}};
        return list[0..list.len].*;
    }
}

fn methodCount(comptime M: type) usize {
    return M.definitions.len + @intFromBool(hasGetattr(M)) + 1;
}

fn hasGetattr(comptime M: type) bool {
    return M.skipped.len > 0 and M.find("__getattr__") == null;
}

/// Add to `into` what is not in its method table: constants, types, submodules.
fn fill(comptime M: type, state: *State, module: *c.PyObject, into: *c.PyObject) error{Python}!void {
    inline for (M.list) |member| switch (member.what) {
        .constant => {
            const value = try convert.constantToPython(@field(M.Container, member.zig_name), state);
            defer value.release();
            if (c.PyObject_SetAttrString(into, member.name, value.ptr) != 0) return error.Python;
        },
        .namespace => |Sub| {
            const submodule = try create(Sub, state, module, into, member.name);
            defer submodule.release();
            if (c.PyObject_SetAttrString(into, member.name, submodule.ptr) != 0) return error.Python;
        },
        .entry => |entry| {
            if (comptime entry.module != null) try require(entry, state);
            if (c.PyObject_SetAttrString(into, member.name, state.object(entry.first).?) != 0) return error.Python;
        },
        .function, .slot, .skipped, .hidden => {},
    };
}

fn require(comptime entry: registry.Entry, state: *State) error{Python}!void {
    switch (entry.kind) {
        .class => _ = try class_zig.require(entry.T, state),
        .enumeration, .flags => _ = try enum_zig.require(entry.T, state),
        .tagged_union => try union_zig.require(entry.T, state),
        .errors => if (state.object(entry.first) == null) try exception.Exceptions(entry).create(state),
    }
}

/// A submodule of `parent`, also known to `sys.modules`, so that `import parent.name` finds it. `module` has the state.
fn create(comptime M: type, state: *State, module: *c.PyObject, parent: *c.PyObject, name: [*:0]const u8) error{Python}!Owned {
    const definitions = &struct {
        const table = methodTable(M);
    }.table;
    const parent_name = try Owned.take(c.PyModule_GetNameObject(parent));
    defer parent_name.release();
    const full_name = try Owned.take(c.PyUnicode_FromFormat("%U.%s", parent_name.ptr, name));
    defer full_name.release();
    const self = try Owned.take(c.PyModule_NewObject(full_name.ptr));
    errdefer self.release();
    if (M.doc.len > 0 and c.PyModule_SetDocString(self.ptr, M.doc) != 0) return error.Python;
    for (definitions[0 .. definitions.len - 1], 0..) |*definition, position| {
        // Bound to the module with the state, named after the one it stands in.
        const is_getattr = comptime hasGetattr(M);
        const bound = if (is_getattr and position == definitions.len - 2) self.ptr else module;
        const function = try Owned.take(c.PyCFunction_NewEx(definition, bound, full_name.ptr));
        defer function.release();
        if (c.PyObject_SetAttrString(self.ptr, definition.ml_name.?, function.ptr) != 0) return error.Python;
    }
    try fill(M, state, module, self.ptr);
    if (c.PyDict_SetItem(c.PyImport_GetModuleDict(), full_name.ptr, self.ptr) != 0) return error.Python;
    return self;
}

/// `__getattr__` of a module: skipped declarations say why they are missing.
fn Skipped(comptime M: type) type {
    const Row = struct { name: [*:0]const u8, reason: [*:0]const u8 };
    const rows = blk: {
        var list: [M.skipped.len]Row = undefined;
        for (M.skipped, 0..) |row, index| list[index] = .{ .name = row.name, .reason = row.reason };
        break :blk list;
    };
    return struct {
        const table = rows;

        fn getattr(module: *c.PyObject, name: *c.PyObject) callconv(.c) ?*c.PyObject {
            if (!(object.Borrowed{ .ptr = name }).hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS)) {
                _ = c.PyErr_Format(c.exception("TypeError"), "attribute name must be string");
                return null;
            }
            for (table) |row| {
                if (c.PyUnicode_CompareWithASCIIString(name, row.name) == 0) {
                    setAttributeError(module, name, c.PyUnicode_FromString(row.reason));
                    return null;
                }
            }
            const module_name = c.PyModule_GetNameObject(module) orelse return null;
            defer c.Py_DecRef(module_name);
            setAttributeError(module, name, c.PyUnicode_FromFormat("module '%U' has no attribute '%U'", module_name, name));
            return null;
        }
    };
}

/// AttributeError with `name` and `obj`, from which Python makes its suggestions. Takes over `message`.
fn setAttributeError(module: *c.PyObject, name: *c.PyObject, message: ?*c.PyObject) void {
    const args = Owned.take(c.PyTuple_New(1)) catch return;
    defer args.release();
    _ = c.PyTuple_SetItem(args.ptr, 0, message orelse return);
    const kwargs = Owned.take(c.PyDict_New()) catch return;
    defer kwargs.release();
    if (c.PyDict_SetItemString(kwargs.ptr, "name", name) != 0) return;
    if (c.PyDict_SetItemString(kwargs.ptr, "obj", module) != 0) return;
    const raised = c.PyObject_Call(c.exception("AttributeError"), args.ptr, kwargs.ptr) orelse return;
    c.PyErr_SetRaisedException(raised);
}

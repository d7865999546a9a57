//! Declarations -> an extension module: what is exported, what is skipped and why, and PyInit_.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const describe = @import("describe.zig");
const function_zig = @import("function.zig");
const object = @import("object.zig");
const signature = @import("signature.zig");
const source = @import("source.zig");
const state = @import("state.zig");

const Owned = object.Owned;

pub const Options = struct {
    /// The last component of the module's name.
    name: [:0]const u8,
    container: source.Container = .{},
    uses: source.Uses = .{},
    /// Whether `container` was read from the source: without it, every struct without fields is a submodule.
    source_known: bool = false,
};

/// One public declaration, as Python will see it.
pub const Member = struct {
    name: [:0]const u8,
    what: union(enum) {
        /// A `function.Function` or `function.Overloaded`.
        function: type,
        constant: type,
        /// A `Namespace`.
        namespace: type,
        /// The reason.
        skipped: [:0]const u8,
    },
};

/// Make the module of the public declarations of `Root` and export its PyInit function.
pub fn exportModule(comptime Root: type, comptime options: Options) void {
    const Whole = Namespace(Root, options, options.container, &.{}, 0);
    const init = struct {
        const Description = describe.Description(Whole);
        /// In one piece with what CPython reads, so that the linker keeps the description.
        const Table = extern struct { slots: [3]c.PyModuleDef_Slot, description: [Description.text.len:0]u8 };
        const table: Table = .{
            .slots = .{
                .{ .slot = c.Py_mod_exec, .value = &exec },
                .{ .slot = c.Py_mod_multiple_interpreters, .value = @ptrFromInt(if (options.uses.variables)
                    c.Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED
                else
                    c.Py_MOD_PER_INTERPRETER_GIL_SUPPORTED) },
                .{},
            },
            .description = Description.text[0..Description.text.len :0].*,
        };
        /// CPython's own: it counts references in it.
        var definition: c.PyModuleDef = .{
            .m_name = options.name.ptr,
            .m_doc = if (options.container.doc.len > 0) options.container.doc.ptr else null,
            .m_size = Whole.names.len * @sizeOf(*c.PyObject),
            .m_methods = &Whole.definitions,
            .m_slots = &table.slots,
            .m_free = if (Whole.names.len > 0) &free else null,
        };

        fn init() callconv(.c) ?*c.PyObject {
            return c.PyModuleDef_Init(&definition);
        }

        fn exec(module: *c.PyObject) callconv(.c) c_int {
            state.init(module, Whole.names) catch return -1;
            Whole.fill(module, module) catch return -1;
            return 0;
        }

        fn free(module: *c.PyObject) callconv(.c) void {
            state.deinit(module, Whole.names.len);
        }
    }.init;
    @export(&init, .{ .name = "PyInit_" ++ options.name });
}

/// A container whose declarations become those of a module.
pub fn Namespace(comptime C: type, comptime options: Options, comptime container: source.Container, comptime outer: []const type, comptime first_name: usize) type {
    @setEvalBranchQuota(1_000_000);
    return struct {
        /// In the order of the source.
        pub const members = blk: {
            var list: []const Member = &.{};
            var next_name = first_name;
            for (compat.declNames(C)) |name| {
                const member: Member = .{ .name = name, .what = classify(name, next_name) };
                switch (member.what) {
                    inline .function, .namespace => |T| next_name += T.names.len,
                    .constant, .skipped => {},
                }
                list = list ++ .{member};
            }
            break :blk list;
        };

        /// The parameter names of all functions here and below.
        pub const names = blk: {
            var list: []const [:0]const u8 = &.{};
            for (members) |member| switch (member.what) {
                inline .function, .namespace => |T| list = list ++ T.names,
                .constant, .skipped => {},
            };
            break :blk list;
        };

        /// The functions, and a null entry.
        pub const definitions = blk: {
            var list: []const c.PyMethodDef = &.{};
            var has_getattr = false;
            for (members) |member| switch (member.what) {
                .function => |F| {
                    list = list ++ .{F.definition};
                    if (std.mem.eql(u8, member.name, "__getattr__")) has_getattr = true;
                },
                else => {},
            };
            if (skipped.len > 0 and !has_getattr) list = list ++ .{c.PyMethodDef{ .ml_name = "__getattr__", .ml_meth = &getattr, .ml_flags = c.METH_O }};
            list = list ++ .{c.PyMethodDef{}};
            break :blk list[0..list.len].*;
        };

        const Skipped = struct { name: [*:0]const u8, reason: [*:0]const u8 };
        const skipped = blk: {
            var list: []const Skipped = &.{};
            for (members) |member| switch (member.what) {
                .skipped => |reason| list = list ++ .{Skipped{ .name = member.name, .reason = reason }},
                else => {},
            };
            break :blk list;
        };

        fn classify(comptime name: [:0]const u8, comptime next_name: usize) @FieldType(Member, "what") {
            const declaration = container.find(name) orelse source.Declaration{};
            const why = explain(name, declaration, next_name);
            return switch (why) {
                .skipped => |reason| .{ .skipped = name ++ (if (declaration.location.len > 0) " (" ++ declaration.location ++ ")" else "") ++ " is not available in Python: " ++ reason },
                else => why,
            };
        }

        fn explain(comptime name: [:0]const u8, comptime declaration: source.Declaration, comptime next_name: usize) @FieldType(Member, "what") {
            const T = @TypeOf(@field(C, name));
            const function_options: function_zig.Options = .{ .name = name, .declaration = declaration, .uses = options.uses, .first_name = next_name };
            if (@typeInfo(T) == .@"fn") {
                if (signature.whyNot(T, declaration)) |reason| return .{ .skipped = reason };
                return .{ .function = function_zig.Function(@field(C, name), function_options) };
            }
            if (!compat.pointerIsConst(@TypeOf(&@field(C, name))))
                return .{ .skipped = "a Zig variable is no Python attribute; export functions that read and write it" };
            if (T != type) {
                if (convert.Constant(T) == null) return .{ .skipped = if (@typeInfo(T) == .@"struct" and @typeInfo(T).@"struct".is_tuple)
                    "an item of it has no counterpart in Python"
                else
                    convert.whyNotToPython(T).? };
                return .{ .constant = T };
            }
            const Value = @field(C, name);
            if (@typeInfo(Value) == .@"struct" and @hasDecl(Value, "zigbind_overload")) {
                inline for (Value.zigbind_overload, 0..) |function, index| {
                    const own: source.Declaration = if (index < declaration.overloads.len) declaration.overloads[index] else .{};
                    if (signature.whyNot(@TypeOf(function), own)) |reason|
                        @compileError("zigbind.overload: function " ++ @import("literal.zig").decimal(index + 1) ++ " of '" ++ name ++ "' cannot be called from Python: " ++ reason);
                }
                return .{ .function = function_zig.Overloaded(Value.zigbind_overload, function_options) };
            }
            if (@typeInfo(Value) != .@"struct") return .{ .skipped = "it is a type" };
            if (compat.fieldNames(Value).len > 0) return .{ .skipped = "it is a type with fields" };
            for (outer ++ .{C}) |Outer| if (Outer == Value) return .{ .skipped = "it is a namespace that this one stands in" };
            if (declaration.package) |package| return .{ .skipped = "it is a namespace of the package '" ++ package ++ "'; export what you need of it by name" };
            if (options.source_known and declaration.container == null) return .{ .skipped = "it is a type made at comptime" };
            return .{ .namespace = Namespace(Value, options, declaration.container orelse .{}, outer ++ .{C}, next_name) };
        }

        /// Add to `into` what is not in its method table: constants, submodules. `module` has the state.
        pub fn fill(module: *c.PyObject, into: *c.PyObject) error{Python}!void {
            inline for (members) |member| switch (member.what) {
                .constant => {
                    const value = try convert.constantToPython(@field(C, member.name));
                    defer value.release();
                    if (c.PyModule_AddObjectRef(into, member.name, value.ptr) != 0) return error.Python;
                },
                .namespace => |Sub| {
                    const submodule = try Sub.create(module, into, member.name);
                    defer submodule.release();
                    if (c.PyModule_AddObjectRef(into, member.name, submodule.ptr) != 0) return error.Python;
                },
                .function, .skipped => {},
            };
        }

        /// A submodule of `parent`, also known to `sys.modules`, so that `import parent.name` finds it.
        fn create(module: *c.PyObject, parent: *c.PyObject, name: [*:0]const u8) error{Python}!Owned {
            const parent_name = try Owned.take(c.PyModule_GetNameObject(parent));
            defer parent_name.release();
            const full_name = try Owned.take(c.PyUnicode_FromFormat("%U.%s", parent_name.ptr, name));
            defer full_name.release();
            const self = try Owned.take(c.PyModule_NewObject(full_name.ptr));
            errdefer self.release();
            if (container.doc.len > 0 and c.PyModule_SetDocString(self.ptr, container.doc) != 0) return error.Python;
            for (definitions[0 .. definitions.len - 1]) |*definition| {
                // Bound to the module with the state, named after the one it stands in.
                const bound = if (definition.ml_meth == @as(?*const anyopaque, &getattr)) self.ptr else module;
                const function = try Owned.take(c.PyCFunction_NewEx(definition, bound, full_name.ptr));
                defer function.release();
                if (c.PyModule_AddObjectRef(self.ptr, definition.ml_name.?, function.ptr) != 0) return error.Python;
            }
            try fill(module, self.ptr);
            if (c.PyDict_SetItem(c.PyImport_GetModuleDict(), full_name.ptr, self.ptr) != 0) return error.Python;
            return self;
        }

        /// `__getattr__` of the module: skipped declarations say why they are missing.
        fn getattr(module: *c.PyObject, name: *c.PyObject) callconv(.c) ?*c.PyObject {
            if (!(object.Borrowed{ .ptr = name }).hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS)) {
                _ = c.PyErr_Format(c.exception("TypeError"), "attribute name must be string");
                return null;
            }
            for (skipped) |row| {
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

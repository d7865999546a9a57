//! Classes in Debug, which is to build fast: all that is known of a class of the usual kind is data, from which code that exists once
//! makes it and calls its methods. What only names things comes as one text from the source, and is read when the class is made.
//!
//! For structs that have rows (see `rows.zig`), and public functions that `erased.zig` can call and no other public declarations.
//! Others go through `class.zig`, as all do in other modes; both do the same.

const std = @import("std");
const c = @import("capi.zig");
const erased = @import("erased.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const memory = @import("memory.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const part = @import("part.zig");
const registry = @import("registry.zig");
const rows = @import("rows.zig");
const slots = @import("slots.zig");
const state_zig = @import("state.zig");
const type_zig = @import("type.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;
const State = state_zig.State;

pub const Card = struct {
    class: *const erased.Class,
    doc: [:0]const u8,
    /// See `registry.Entry`.
    path: [:0]const u8,
    outer: [:0]const u8,
    location: [:0]const u8,
    fields: []const rows.Field,
    methods: []const Method,
    slots: []const c.PyType_Slot,
    /// In the part of the description: the defaults of the fields that have one, and the `rows` of the `source.Container`.
    defaults: [*]const u8,
    texts: [*]const u8,
};

const Method = struct {
    function: *const anyopaque,
    caller: *const erased.Called,
    result: *const erased.Type,
    types: []const *const erased.Type,
    /// The C function, of one that is called by its name.
    entry: ?*const anyopaque,
    is_method: bool,
    /// Where it is in the table of slots; null where it is called by its name.
    slot: ?usize,
};

/// The card of a class; null where it is not of the usual kind.
pub fn of(comptime entry: registry.Entry) ?*const Card {
    if (!erased.enabled or entry.kind != .class or entry.module != null or entry.has_derived) return null;
    return if (Found(entry.T).is_usual) &Found(entry.T).card else null;
}

/// Names with a meaning that is not that of a method.
const Unusual = enum { zigbind, init, deinit, format, hash, order, next, iterator, eql, __del__, __new__, __init__, __enter__ };

fn Found(comptime T: type) type {
    return struct {
        const entry = registry.find(T).?;
        const container = entry.container();
        const decls = @typeInfo(T).@"struct".decls;
        const R = rows.Of(T).?;
        const is_usual = container.rows.len > 0 and container.row_count == decls.len and container.unseen.len == 0 and rows.has(T) and plan != null and slot_list != null;

        /// The functions: what they take and give.
        const plan: ?Plan = blk: {
            @setEvalBranchQuota(100_000);
            var types: [erased.most_parameters * decls.len]*const erased.Type = undefined;
            var codes: [(2 + erased.most_parameters) * decls.len]part.Code = undefined;
            var outlines: [decls.len]Outline = undefined;
            var type_count = 0;
            var code_count = 0;
            var special: slots.Present = .{};
            for (decls, &outlines) |decl, *outline| {
                if (@hasField(Unusual, decl.name)) break :blk null;
                const info = switch (@typeInfo(@TypeOf(@field(T, decl.name)))) {
                    .@"fn" => |info| info,
                    else => break :blk null,
                };
                if (info.is_generic or info.is_var_args or info.params.len > erased.most_parameters) break :blk null;
                const head = code_count;
                const first = type_count;
                code_count += 2;
                var is_method = false;
                var allocates = false;
                var shapes: [info.params.len]type = undefined;
                // Of another calling convention, or inline, only code of its own can call it.
                var is_shared = info.params.len <= 4 and info.calling_convention == .auto;
                var given = info.params.len;
                for (info.params, 0..) |param, position| {
                    const P = param.type orelse break :blk null;
                    const found = erased.parameterType(P) orelse break :blk null;
                    if (erased.shape(P, found)) |one| shapes[position] = one else is_shared = false;
                    types[type_count] = found;
                    type_count += 1;
                    if (position == 0 and (P == *const T or P == *T or P == T)) {
                        is_method = true;
                        given -= 1;
                        codes[code_count] = part.hidden;
                    } else if (found.role == .positional) {
                        codes[code_count] = found.code;
                    } else {
                        allocates = allocates or found.role == .allocator;
                        given -= 1;
                        codes[code_count] = part.hidden;
                    }
                    code_count += 1;
                }
                const Result = erased.Payload(info.return_type orelse break :blk null) orelse break :blk null;
                const result = erased.resultType(Result, allocates) orelse break :blk null;
                codes[head] = part.head(info.params.len, is_method);
                codes[head + 1] = result.code;
                const slot = if (decl.name[0] == '_') slots.placeOf(decl.name) else null;
                if (slot) |place| {
                    if (!is_method or slots.whyNotWith(T, decl.name, given, Result) != null) break :blk null;
                    special.add(place);
                }
                const fixed_shapes = shapes;
                outline.* = .{ .caller = if (is_shared and result.class == null) &erased.Shared(&fixed_shapes, info.return_type.?).call else null, .first = first, .count = info.params.len, .result = result, .is_method = is_method, .given = given, .slot = slot };
            }
            const types_, const codes_, const methods_ = .{ types[0..type_count].*, codes[0..code_count].*, outlines };
            break :blk .{ .types = &types_, .codes = &codes_, .methods = &methods_, .slots = special };
        };

        const slot_list = slots.shared(plan.?.slots);

        const methods: [decls.len]Method = blk: {
            var list: [decls.len]Method = undefined;
            for (&list, decls, plan.?.methods, 0..) |*method, decl, outline, index| {
                const own: ?*const anyopaque = if (outline.slot != null)
                    null
                else if (outline.is_method)
                    (if (outline.given > 0) &Entry(index).withArguments else &Entry(index).withoutArguments)
                else if (outline.given > 0) &Entry(index).ofClass else &Entry(index).ofClassWithoutArguments;
                method.* = .{
                    .function = &@field(T, decl.name),
                    .caller = outline.caller orelse &erased.Thunk(@field(T, decl.name)).call,
                    .result = outline.result,
                    .types = plan.?.types[outline.first..][0..outline.count],
                    .entry = own,
                    .is_method = outline.is_method,
                    .slot = outline.slot,
                };
            }
            break :blk list;
        };

        /// Each with a zero byte behind it.
        const defaults: [:0]const u8 = blk: {
            var texts: [R.rows.len][]const u8 = undefined;
            var count = 0;
            for (&R.rows, 0..) |row, index| if (row.default != null) {
                texts[count] = R.defaultText(index);
                count += 1;
            };
            break :blk literal.join(texts[0..count], "\x00");
        };

        const field_codes = blk: {
            var list: [R.rows.len]part.Code = undefined;
            for (&list, &R.rows) |*one, row| one.* = row.kind.type.code | if (row.default != null) part.default_bit else 0;
            break :blk list;
        };

        const described: part.Card(R.rows.len, plan.?.codes.len, defaults.len, container.rows.len) = .{
            .place = entry.first,
            .counts = .{ R.rows.len, plan.?.codes.len, defaults.len, container.rows.len },
            .fields = field_codes,
            .functions = plan.?.codes[0..plan.?.codes.len].*,
            .defaults = literal.bytes(defaults),
            .rows = literal.bytes(container.rows),
        };

        const card: Card = .{
            .class = &R.class,
            .doc = entry.doc(),
            .path = entry.path,
            .outer = entry.outer,
            .location = entry.declaration.location,
            .fields = &R.rows,
            .methods = &methods,
            .slots = slot_list.?,
            .defaults = &described.defaults,
            .texts = &described.rows,
        };
    };
}

const Plan = struct {
    /// Those of the parameters, one function after the other.
    types: []const *const erased.Type,
    /// For the part of the description.
    codes: []const part.Code,
    methods: []const Outline,
    slots: slots.Present,
};

/// Of one function: what calls it, where others have that too, the first and the count of its types, and how many of them Python gives.
const Outline = struct { caller: ?*const erased.Called, first: usize, count: usize, result: *const erased.Type, is_method: bool, given: usize, slot: ?usize };

// ---- made

/// What is there for a class as long as it lives.
const Made = struct {
    /// What the metadata lead to.
    record: rows.Record,
    card: *const Card,
    methods: []erased.Row,
};

fn madeOf(class: *c.PyTypeObject) *const Made {
    return @fieldParentPtr("record", rows.of(class));
}

/// Make the class, or find the one that another library made of the same source.
pub fn create(card: *const Card, state: *State) error{Python}!void {
    state.objects[card.class.place] = (try type_zig.find(state, card.class.identity) orelse made(card, state) catch |err| {
        if (err == error.OutOfMemory) _ = c.PyErr_NoMemory();
        return error.Python;
    }).ptr;
}

fn made(card: *const Card, state: *State) error{ Python, OutOfMemory }!Owned {
    // As long as the class: it is never freed, there is one for each class.
    var arena: std.heap.ArenaAllocator = .init(memory.lasting);
    const gpa = arena.allocator();
    const self = try gpa.create(Made);
    var texts: Texts = .{ .rest = card.texts };

    const getset = try gpa.alloc(c.PyGetSetDef, card.fields.len + 1);
    for (getset[0..card.fields.len], card.fields) |*one, *field| {
        _ = texts.next();
        const doc = texts.next();
        one.* = .{ .name = field.name.ptr, .get = &rows.get, .set = &rows.set, .doc = if (doc.len > 0) doc.ptr else null, .closure = @constCast(field) };
    }
    getset[card.fields.len] = .{};

    self.card = card;
    self.methods = try gpa.alloc(erased.Row, card.methods.len);
    const definitions = try gpa.alloc(c.PyMethodDef, card.methods.len + rows.copying.len + 1);
    var count: usize = 0;
    for (card.methods, self.methods) |*method, *row| {
        const name = texts.next();
        const location = texts.next();
        const doc = texts.next();
        const names = try gpa.alloc([:0]const u8, method.types.len);
        var positional: usize = 0;
        for (method.types, 0..) |T, position| {
            names[positional] = texts.next();
            positional += @intFromBool(T.role == .positional and !(position == 0 and method.is_method));
        }
        _ = texts.next();
        row.* = .{
            .table = .{ .text = try std.mem.concatWithSentinel(gpa, u8, &.{ card.class.qualname, ".", name }, 0), .where = location.ptr, .names = names.ptr, .shape = rows.Record.shape(positional, positional) },
            .types = method.types,
            .result = method.result,
            .receiver = card.class,
            .function = method.function,
            .caller = method.caller,
            .is_operator = if (method.slot) |place| slots.isOperatorAt(place) else false,
        };
        if (method.is_method) row.table.shape.scope = .instance;
        if (method.slot != null) continue;
        definitions[count] = .{
            .ml_name = name.ptr,
            .ml_meth = method.entry.?,
            .ml_flags = (if (positional > 0) c.METH_FASTCALL | c.METH_KEYWORDS else c.METH_NOARGS) | if (method.is_method) 0 else c.METH_CLASS,
            .ml_doc = try methodDoc(gpa, name, if (method.is_method) "$self" else "$type", names[0..positional], doc),
        };
        count += 1;
    }
    @memcpy(definitions[count..][0..rows.copying.len], &rows.copying);
    definitions[count + rows.copying.len] = .{};

    const parameters = try gpa.alloc(*const rows.Field, card.fields.len);
    const names = try gpa.alloc([:0]const u8, card.fields.len);
    var required: usize = 0;
    for (card.fields) |*field| if (field.default == null) {
        parameters[required] = field;
        required += 1;
    };
    var at = required;
    for (card.fields) |*field| if (field.default != null) {
        parameters[at] = field;
        at += 1;
    };
    for (names, parameters) |*name, field| name.* = field.name;
    self.record = .{
        .class = card.class,
        .fields = card.fields,
        .parameters = parameters,
        .table = .{ .text = card.class.qualname.ptr, .where = card.location.ptr, .names = names.ptr, .shape = rows.Record.shape(card.fields.len, required) },
    };

    var all: [slots.most_shared + 9]c.PyType_Slot = undefined;
    const own = [_]c.PyType_Slot{
        .{ .slot = c.Py_tp_doc, .pfunc = try classDoc(gpa, card, parameters) },
        .{ .slot = c.Py_tp_new, .pfunc = &type_zig.newWithoutValue },
        .{ .slot = c.Py_tp_init, .pfunc = &rows.initialiseCalled },
        .{ .slot = c.Py_tp_dealloc, .pfunc = &dealloc },
        .{ .slot = c.Py_tp_methods, .pfunc = definitions.ptr },
        .{ .slot = c.Py_tp_getset, .pfunc = getset.ptr },
        // The last of several counts.
        .{ .slot = c.Py_tp_repr, .pfunc = &rows.repr },
    };
    @memcpy(all[0..own.len], &own);
    @memcpy(all[own.len..][0..card.slots.len], card.slots);
    all[own.len + card.slots.len] = .{};
    const class = try type_zig.make(state, .{
        .name = card.class.name,
        .path = card.path,
        .outer = card.outer,
        .identity = card.class.identity,
        .basicsize = @intCast(card.class.end_offset),
        .flags = c.Py_TPFLAGS_BASETYPE,
        .slots = &all,
        .vectorcall = &rows.constructCalled,
        .keepers_offset = card.class.keepers_offset,
        .keeper_count = card.class.keepers,
        .value_bytes = card.class.value_bytes,
        .record = &self.record,
    });
    errdefer class.release();
    try rows.setMatchArgs(class.ptr, &self.record);
    return class;
}

/// Texts that each end with a zero byte.
const Texts = struct {
    rest: [*]const u8,

    fn next(self: *Texts) [:0]const u8 {
        const text = std.mem.span(@as([*:0]const u8, @ptrCast(self.rest)));
        self.rest += text.len + 1;
        return text;
    }
};

fn methodDoc(gpa: std.mem.Allocator, name: []const u8, self: []const u8, names: []const [:0]const u8, doc: []const u8) error{OutOfMemory}![*:0]const u8 {
    var text: std.ArrayList(u8) = .empty;
    for ([_][]const u8{ name, "(", self, ", /" }) |one| try text.appendSlice(gpa, one);
    for (names) |one| {
        try text.appendSlice(gpa, ", ");
        try text.appendSlice(gpa, one);
    }
    for ([_][]const u8{ ")\n--\n\n", doc }) |one| try text.appendSlice(gpa, one);
    return (try text.toOwnedSliceSentinel(gpa, 0)).ptr;
}

/// Without a comment the signature, as in `class.zig`.
fn classDoc(gpa: std.mem.Allocator, card: *const Card, parameters: []const *const rows.Field) error{OutOfMemory}![*:0]const u8 {
    var text: std.ArrayList(u8) = .empty;
    try text.appendSlice(gpa, card.class.name);
    var defaults: Texts = .{ .rest = card.defaults };
    for (parameters, 0..) |field, index| {
        for ([_][]const u8{ if (index == 0) "(" else ", ", field.name }) |one| try text.appendSlice(gpa, one);
        if (field.default != null) for ([_][]const u8{ "=", defaults.next() }) |one| try text.appendSlice(gpa, one);
    }
    try text.append(gpa, ')');
    const length = text.items.len;
    try text.appendSlice(gpa, "\n--\n\n");
    if (card.doc.len > 0) {
        try text.appendSlice(gpa, card.doc);
    } else {
        try text.ensureUnusedCapacity(gpa, length);
        text.appendSliceAssumeCapacity(text.items[0..length]);
    }
    return (try text.toOwnedSliceSentinel(gpa, 0)).ptr;
}

/// As that of `class.zig` for classes without `deinit`, dict, weak references and garbage collection.
fn dealloc(self: *c.PyObject) callconv(.c) void {
    @setRuntimeSafety(false);
    const class = self.ob_type;
    const data = metadata.of(class);
    const count = rows.of(class).class.keepers;
    const postponed = &data.shared.postponed;
    if (count > 0) if (!postponed.enter(self, &dealloc)) return;
    defer if (count > 0) postponed.leave();
    const flags = data.flags;
    if (flags.any()) _ = instance.unmarkAbsent(self);
    for (instance.keepersOf(self)[0..count]) |*keeper| {
        const kept = keeper.*;
        keeper.* = null;
        c.Py_DecRef(kept);
    }
    if (!flags.derived) c.PyObject_Free(self) else {
        const free: *const fn (*c.PyObject) callconv(.c) void = @ptrCast(@alignCast(c.PyType_GetSlot(class, c.Py_tp_free).?));
        free(self);
    }
    c.Py_DecRef(class.asObject());
}

// ---- called

/// The C functions of the methods that are the `index`th of their classes.
fn Entry(comptime index: usize) type {
    return struct {
        fn withArguments(self: *c.PyObject, items: [*]const Borrowed, count: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return erased.enter(&madeOf(self.ob_type).methods[index], self, items, count, names);
        }

        fn withoutArguments(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return withArguments(self, undefined, 0, null);
        }

        fn ofClass(class: *c.PyObject, items: [*]const Borrowed, count: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return erased.enter(&madeOf(@ptrCast(class)).methods[index], class, items, count, names);
        }

        fn ofClassWithoutArguments(class: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return ofClass(class, undefined, 0, null);
        }
    };
}

/// The method at a place of the table of slots that the class of an instance has; null where it has none.
pub fn methodAt(place: usize, self: *c.PyObject) ?*const erased.Row {
    const found = madeOf(self.ob_type);
    for (found.card.methods, found.methods) |*method, *row| if (method.slot == place) return row;
    return null;
}

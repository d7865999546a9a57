//! Classes in Debug, which is to build fast: all that is known of a class of the usual kind is data, from which code that exists once
//! makes it and calls its methods. What only names things comes as one text from the source, and is read when the class is made.
//!
//! For structs that have a sheet (see `sheet.zig`), fields as those of `rows.zig`, and functions that `erased.zig` can call. Others go
//! through `class.zig`, as all do in other modes; both do the same.

const std = @import("std");
const root = @import("root");
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
const sheet_zig = @import("sheet.zig");
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
    sheet: *const sheet_zig.Sheet,
};

/// The card of a class; null where it has none.
pub fn of(comptime entry: registry.Entry) ?*const Card {
    if (!isKnown(entry)) return null;
    return &Found(entry.T).card;
}

/// What is known of a class with a card; null where it has none.
pub fn factsOf(comptime T: type) ?*const erased.Class {
    const entry = registry.find(T) orelse return null;
    return if (isKnown(entry)) &Found(T).class else null;
}

/// The line in the description of a class that is called `name`.
pub fn lineOf(comptime entry: registry.Entry, comptime name: []const u8) []const u8 {
    const number = entry.container().sheet.?;
    // The source has it ready, in the name of the declaration.
    const Written = root.zigbind_sheets[number];
    return if (std.mem.eql(u8, name, Written.name)) Written.line else "card " ++ name ++ " " ++ literal.decimal(number) ++ "\n";
}

fn isKnown(comptime entry: registry.Entry) bool {
    if (!erased.enabled or entry.kind != .class or entry.module != null or entry.has_derived or entry.is_ahead) return false;
    const number = entry.container().sheet orelse return false;
    // Without, where one of the files lies where the compiler does not find it.
    if (!@hasDecl(root, "zigbind_sheets")) return false;
    const Written = root.zigbind_sheets[number];
    return Written.T == entry.T and Written.is_usual and Written.sheet.fields.len <= rows.most_fields and @sizeOf(entry.T) <= rows.most_bytes;
}

fn Found(comptime T: type) type {
    return struct {
        const entry = registry.find(T).?;
        const Written = root.zigbind_sheets[entry.container().sheet.?];
        const keepers = blk: {
            var count: usize = 0;
            for (Written.sheet.fields) |field| count += field.kind.kind.keepers;
            break :blk count;
        };
        const class = erased.classFacts(T, entry, keepers, .of(T, keepers, 0), part.sheet_bit | entry.container().sheet.?, null);
        const card: Card = .{
            .class = &class,
            .doc = entry.doc(),
            .path = entry.path,
            .outer = entry.outer,
            .location = entry.declaration.location,
            .sheet = &Written.sheet,
        };
    };
}

// ---- made

/// What is there for a class as long as it lives.
const Made = struct {
    /// What the metadata lead to.
    record: rows.Record,
    card: *const Card,
    own: erased.Own,
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
    const sheet = card.sheet;
    const written: part.Card = .at(sheet.part);
    var texts: Texts = .{ .rest = written.rows };
    self.card = card;
    self.own = .of(card.class);

    const fields = try gpa.alloc(rows.Field, sheet.fields.len);
    const getset = try gpa.alloc(c.PyGetSetDef, sheet.fields.len + 1);
    var required: usize = 0;
    var keeper: usize = 0;
    for (getset[0..fields.len], fields, sheet.fields) |*one, *field, *given| {
        field.* = .{ .name = texts.next(), .kind = given.kind.kind, .offset = given.offset, .keeper = keeper, .default = given.default, .class = card.class };
        keeper += given.kind.kind.keepers;
        required += @intFromBool(given.default == null);
        const doc = texts.next();
        one.* = .{ .name = field.name.ptr, .get = &rows.get, .set = &rows.set, .doc = if (doc.len > 0) doc.ptr else null, .closure = field };
    }
    getset[fields.len] = .{};

    self.methods = try gpa.alloc(erased.Row, sheet.functions.len);
    const definitions = try gpa.alloc(c.PyMethodDef, sheet.functions.len + rows.copying.len + 1);
    var count: usize = 0;
    for (sheet.functions, self.methods, 0..) |*function, *row, index| {
        const found = function.signature;
        const name = texts.next();
        const location = texts.next();
        const doc = texts.next();
        const types = try gpa.alloc(*const erased.Type, found.types.len);
        const names = try gpa.alloc([:0]const u8, found.types.len);
        var positional: usize = 0;
        for (types, found.types, 0..) |*T, given, position| {
            T.* = self.own.get(given);
            names[positional] = texts.next();
            positional += @intFromBool(given.role == .positional and !(position == 0 and found.is_method));
        }
        _ = texts.next();
        row.* = .{
            .table = .{ .text = try std.mem.concatWithSentinel(gpa, u8, &.{ card.class.qualname, ".", name }, 0), .where = location.ptr, .names = names.ptr, .shape = rows.Record.shape(positional, positional) },
            .types = types,
            .result = self.own.get(found.result),
            .receiver = card.class,
            .function = function.function,
            .caller = found.caller orelse function.caller.?,
            .is_operator = if (found.slot) |place| slots.isOperatorAt(place) else false,
        };
        if (found.is_method) row.table.shape.scope = .instance;
        if (found.slot != null) continue;
        definitions[count] = .{
            .ml_name = name.ptr,
            .ml_meth = if (positional > 0) entries[index].with_arguments else entries[index].without_arguments,
            .ml_flags = (if (positional > 0) c.METH_FASTCALL | c.METH_KEYWORDS else c.METH_NOARGS) | if (found.is_method) 0 else c.METH_CLASS,
            .ml_doc = try methodDoc(gpa, name, if (found.is_method) "$self" else "$type", names[0..positional], doc),
        };
        count += 1;
    }
    @memcpy(definitions[count..][0..rows.copying.len], &rows.copying);
    definitions[count + rows.copying.len] = .{};

    // Fields in the order of the constructor: those without a default first.
    const parameters = try gpa.alloc(*const rows.Field, fields.len);
    const names = try gpa.alloc([:0]const u8, fields.len);
    var next = [2]usize{ 0, required };
    for (fields) |*field| {
        const at = &next[@intFromBool(field.default != null)];
        parameters[at.*] = field;
        names[at.*] = field.name;
        at.* += 1;
    }
    self.record = .{
        .class = card.class,
        .fields = fields,
        .parameters = parameters,
        .table = .{ .text = card.class.qualname.ptr, .where = card.location.ptr, .names = names.ptr, .shape = rows.Record.shape(fields.len, required) },
    };

    var all: [slots.most_shared + 9]c.PyType_Slot = undefined;
    const own = [_]c.PyType_Slot{
        .{ .slot = c.Py_tp_doc, .pfunc = try classDoc(gpa, card, parameters, sheet.defaults orelse written.defaults) },
        .{ .slot = c.Py_tp_new, .pfunc = &type_zig.newWithoutValue },
        .{ .slot = c.Py_tp_init, .pfunc = &rows.initialiseCalled },
        .{ .slot = c.Py_tp_dealloc, .pfunc = &dealloc },
        .{ .slot = c.Py_tp_methods, .pfunc = definitions.ptr },
        .{ .slot = c.Py_tp_getset, .pfunc = getset.ptr },
        // The last of several counts.
        .{ .slot = c.Py_tp_repr, .pfunc = &rows.repr },
    };
    @memcpy(all[0..own.len], &own);
    @memcpy(all[own.len..][0..sheet.slots.len], sheet.slots);
    all[own.len + sheet.slots.len] = .{};
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
fn classDoc(gpa: std.mem.Allocator, card: *const Card, parameters: []const *const rows.Field, default_texts: [*]const u8) error{OutOfMemory}![*:0]const u8 {
    var text: std.ArrayList(u8) = .empty;
    try text.appendSlice(gpa, card.class.name);
    var defaults: Texts = .{ .rest = default_texts };
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

/// Of methods and class methods, by their places in their classes: the C functions with and without arguments.
const entries = blk: {
    const Pair = struct { with_arguments: *const anyopaque, without_arguments: *const anyopaque };
    // No index is allowed into an empty array.
    var list: [@max(1, root.zigbind_most_functions)]Pair = undefined;
    for (&list, 0..) |*pair, index| pair.* = .{ .with_arguments = &Entry(index).withArguments, .without_arguments = &Entry(index).withoutArguments };
    const fixed = list;
    break :blk fixed;
};

fn Entry(comptime index: usize) type {
    return struct {
        fn withArguments(self: *c.PyObject, items: [*]const Borrowed, count: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            const class: *c.PyTypeObject = if ((Borrowed{ .ptr = self }).hasFlag(c.Py_TPFLAGS_TYPE_SUBCLASS)) @ptrCast(self) else self.ob_type;
            return erased.enter(&madeOf(class).methods[index], self, items, count, names);
        }

        fn withoutArguments(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return withArguments(self, undefined, 0, null);
        }
    };
}

/// The method at a place of the table of slots that the class of an instance has; null where it has none.
pub fn methodAt(place: usize, self: *c.PyObject) ?*const erased.Row {
    const found = madeOf(self.ob_type);
    for (found.card.sheet.functions, found.methods) |*function, *row| if (function.signature.slot == place) return row;
    return null;
}

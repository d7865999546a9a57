//! Fields in Debug, which is to build fast: what differs from class to class is rows of data; getting and setting, repr, the
//! constructor and pickling are code that exists once.
//!
//! For structs without options, base and deinit whose fields are all of simple types. Others go through `property.zig` and
//! `constructor.zig`, as all do in other modes; both do the same.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const erased = @import("erased.zig");
const errors = @import("errors.zig");
const held = @import("held.zig");
const instance = @import("instance.zig");
const literal = @import("literal.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const part = @import("part.zig");
const property = @import("property.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const slots = @import("slots.zig");
const state_zig = @import("state.zig");
const Call = @import("call.zig").Call;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// What is known of the type of a field: once for each type.
pub const Kind = struct {
    type: *const erased.Type,
    size_bytes: usize,
    /// How many references it has behind the value.
    keepers: usize,
    is_text: bool,
    store: *const fn (*anyopaque, [*]?*c.PyObject, Borrowed, *Call) errors.Refusal!void,
    load: *const fn (*anyopaque, *state_zig.State) error{Python}!Owned,
    adopt: *const fn (*anyopaque, [*]?*c.PyObject, *const instance.Origin, *metadata.Shared) void,
};

pub const Field = struct {
    name: [:0]const u8,
    kind: *const Kind,
    /// In the value.
    offset: usize,
    /// The first of its references.
    keeper: usize,
    default: ?*const anyopaque,
    class: *const erased.Class,
};

/// What is known of a struct. The metadata of its class lead to it.
pub const Record = struct {
    class: *const erased.Class,
    fields: []const Field,
    /// In the order of the constructor.
    parameters: []const *const Field,
    table: signature.Table,

    pub fn shape(count: usize, required: usize) signature.Shape {
        return .{ .first_name = 0, .positional = @intCast(count), .required = @intCast(required), .count = @intCast(count), .scope = .class, .positional_only = false, .args = false, .kwargs = false };
    }
};

/// Of a class, or of the one it derives from that has a record.
pub fn of(class: *c.PyTypeObject) *const Record {
    @setRuntimeSafety(false);
    var one = class;
    while (true) : (one = @ptrCast(@constCast(c.PyType_GetSlot(one, c.Py_tp_base).?))) {
        if (metadata.ofDerived(one).record) |record| return @ptrCast(@alignCast(record));
    }
}

fn recordOf(self: *c.PyObject) *const Record {
    return of(self.ob_type);
}

pub const most_fields = 24;
pub const most_bytes = 512;

pub fn KindOf(comptime T: type) type {
    return struct {
        pub const is_usual = erased.isSimple(T) and held.whyNot(false, T) == null and convert.whyNotToPython(T) == null and convert.Pointee(T) == null;
        const Kept = held.Held(false, T);
        pub const row: Kind = .{
            .type = erased.typeOf(T),
            .size_bytes = @sizeOf(T),
            .keepers = instance.keepersOfField(false, T),
            .is_text = T == []const u8 or T == []u8,
            .store = &store,
            .load = &toPython,
            .adopt = &adoptOne,
        };

        fn store(into: *anyopaque, keepers: [*]?*c.PyObject, value: Borrowed, call: *Call) errors.Refusal!void {
            const made = try Kept.zigbind_converter.fromPython(value, call);
            @as(*T, @ptrCast(@alignCast(into))).* = made.value;
            for (made.keepers, keepers[0..made.keepers.len]) |kept, *keeper| keeper.* = kept;
        }

        fn toPython(from: *anyopaque, state: *state_zig.State) error{Python}!Owned {
            return convert.toPython(@as(*T, @ptrCast(@alignCast(from))).*, state);
        }

        fn adoptOne(field: *anyopaque, keepers: [*]?*c.PyObject, origin: *const instance.Origin, shared: *metadata.Shared) void {
            instance.adoptField(T, false, keepers, @ptrCast(@alignCast(field)), origin, shared);
        }
    };
}

/// Whether a struct is of this kind.
pub fn has(comptime T: type) bool {
    return Rows(T).is_usual;
}

/// The rows of a struct; null where it is not of this kind.
pub fn Of(comptime T: type) ?type {
    return if (has(T)) Rows(T) else null;
}

/// Python's text of the defaults of a struct, each with a zero byte behind it.
pub fn defaultTexts(comptime T: type) [:0]const u8 {
    comptime {
        const count = @typeInfo(T).@"struct".fields.len;
        var texts: [count][]const u8 = undefined;
        var found = 0;
        for (0..count) |index| if (compat.fieldHasDefault(T, index)) {
            texts[found] = literal.of(compat.fieldDefault(T, index));
            found += 1;
        };
        return literal.join(texts[0..found], "\x00");
    }
}

fn Rows(comptime T: type) type {
    const info = @typeInfo(T).@"struct";
    const count = info.fields.len;

    return struct {
        const is_usual = erased.enabled and !@hasDecl(T, "zigbind") and !@hasDecl(T, "deinit") and !@hasDecl(T, "__reduce__") and !@hasDecl(T, "__reduce_ex__") and
            info.layout != .@"packed" and count <= most_fields and !entry.is_ahead and registry.baseOf(T) == null and @sizeOf(T) <= most_bytes and areUsual();
        const entry = registry.find(T).?;

        fn areUsual() bool {
            for (info.fields) |field| if (!KindOf(field.type).is_usual) return false;
            return true;
        }

        pub const class: erased.Class = erased.classFacts(T, entry, keepers, .of(T, keepers, 0), part.place_bit | entry.first, if (entry.module != null) &require else null);
        const keepers = blk: {
            var count_: usize = 0;
            for (info.fields) |field| count_ += KindOf(field.type).row.keepers;
            break :blk count_;
        };

        fn require(state: *state_zig.State) error{Python}!*c.PyTypeObject {
            return erased.require(T, state);
        }

        pub const rows: [count]Field = blk: {
            var list: [count]Field = undefined;
            var keeper: usize = 0;
            for (info.fields, &list) |field, *row| {
                const kind = &KindOf(field.type).row;
                row.* = .{ .name = field.name, .kind = kind, .offset = @offsetOf(T, field.name), .keeper = keeper, .default = field.default_value_ptr, .class = &class };
                keeper += kind.keepers;
            }
            break :blk list;
        };

        /// Fields in the order of the constructor: those without a default first.
        const order = blk: {
            var list: [count]usize = undefined;
            var at: usize = 0;
            for (.{ false, true }) |wanted| for (info.fields, 0..) |field, index| if ((field.default_value_ptr != null) == wanted) {
                list[at] = index;
                at += 1;
            };
            break :blk list;
        };
        const required = blk: {
            var found: usize = 0;
            for (info.fields) |field| found += @intFromBool(field.default_value_ptr == null);
            break :blk found;
        };
        const parameter_names: [count][:0]const u8 = blk: {
            @setEvalBranchQuota(100_000);
            var list: [count][:0]const u8 = undefined;
            for (&list, order, 0..) |*name, field, index| name.* = signature.writable(rows[field].name, index);
            break :blk list;
        };
        pub const record: Record = .{
            .class = &class,
            .fields = &rows,
            .parameters = &parameters,
            .table = .{ .text = class.qualname.ptr, .where = entry.declaration.location.ptr, .names = &parameter_names, .shape = Record.shape(count, required) },
        };
        const parameters = blk: {
            var list: [count]*const Field = undefined;
            for (&list, order) |*one, field| one.* = &rows[field];
            break :blk list;
        };

        /// The same as a constructor of `constructor.zig`.
        pub const Constructor = struct {
            pub const names: []const [:0]const u8 = &.{};
            pub const text = literal.tuple(.{ literal.bytes("("), Described(false).text, literal.bytes(")") });
            pub const line = literal.tuple(.{ literal.bytes("("), Described(true).text, literal.bytes(") -> "), literal.bytes(class.annotation) });
            pub const vectorcall = constructCalled;
            pub const init = initialiseCalled;

            fn Described(comptime typed: bool) type {
                return struct {
                    const types = blk: {
                        var list: [count]type = undefined;
                        for (&list, 0..) |*one, at| one.* = @TypeOf(Parameter(at, typed).text);
                        const fixed = list;
                        break :blk &fixed;
                    };
                    const text = blk: {
                        var all: compat.Tuple(types) = undefined;
                        for (0..count) |at| all[at] = Parameter(at, typed).text;
                        break :blk all;
                    };
                };
            }

            fn Parameter(comptime at: usize, comptime typed: bool) type {
                const field = rows[order[at]];
                return struct {
                    const default = if (field.default == null) "" else literal.of(compat.fieldDefault(T, order[at]));
                    const text = literal.tuple(.{
                        literal.bytes(if (at == 0) "" else ", "),
                        literal.bytes(parameter_names[at]),
                        literal.bytes(if (typed) ": " else ""),
                        literal.bytes(if (typed) field.kind.type.annotation else ""),
                        literal.bytes(if (field.default == null) "" else if (typed) " = " else "="),
                        literal.bytes(default),
                    });
                };
            }
        };
    };
}

pub fn constructCalled(class: *c.PyObject, items: [*]const Borrowed, given: usize, keywords: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    return construct(of(@ptrCast(class)), class, .of(items, @intCast(given & ~(@as(usize, 1) << (@bitSizeOf(usize) - 1))), keywords));
}

pub fn initialiseCalled(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) callconv(.c) c_int {
    return initialise(recordOf(self), self, args, kwargs);
}

/// "Vec2(x=1.0, y=2.0)"
pub fn repr(self: *c.PyObject) callconv(.c) ?*c.PyObject {
    return shown(recordOf(self), self) catch null;
}

pub fn reduce(self: *c.PyObject, _: ?*c.PyObject) callconv(.c) ?*c.PyObject {
    const record = recordOf(self);
    return (property.reduced(self, values(record, self) catch return null, record.fields.len) catch return null).ptr;
}

pub fn setState(self: *c.PyObject, given: *c.PyObject) callconv(.c) ?*c.PyObject {
    const record = recordOf(self);
    restore(record, self, .{ .ptr = given }) catch |err| {
        if (err == error.Mismatch) inAttribute(record.class.name, "__setstate__()");
        return null;
    };
    return c.none();
}

/// As `instance.adopt`.
pub fn adopt(self: *c.PyObject, origin: *const instance.Origin) void {
    const record = recordOf(self);
    const value: *anyopaque = @ptrFromInt(@intFromPtr(self) + record.class.value_offset);
    const keepers = instance.keepersOf(self);
    for (record.fields) |*field| if (field.kind.keepers > 0)
        field.kind.adopt(placeOf(value, field), keepers + field.keeper, origin, metadata.of(self.ob_type).shared);
}

/// What `case Class(a, b):` takes apart.
pub fn setMatchArgs(class: *c.PyObject, record: *const Record) error{Python}!void {
    const tuple = try Owned.take(c.PyTuple_New(@intCast(record.fields.len)));
    defer tuple.release();
    for (0..record.fields.len) |position| _ = c.PyTuple_SetItem(tuple.ptr, @intCast(position), c.PyUnicode_InternFromString(record.table.name(position)));
    if (c.PyObject_SetAttrString(class, "__match_args__", tuple.ptr) != 0) return error.Python;
}

/// The methods that make classes of this kind copied, pickled and changed.
pub const copying = [_]c.PyMethodDef{
    .{ .ml_name = "__reduce__", .ml_meth = &reduce, .ml_flags = c.METH_NOARGS },
    .{ .ml_name = "__setstate__", .ml_meth = &setState, .ml_flags = c.METH_O },
    .{ .ml_name = "__replace__", .ml_meth = &property.replace, .ml_flags = c.METH_FASTCALL | c.METH_KEYWORDS },
};

/// The fields in a tuple that has room for one more.
fn values(record: *const Record, self: *c.PyObject) error{Python}!Owned {
    const value = try instance.place(self, record.class.value_offset, false);
    const tuple = try Owned.take(c.PyTuple_New(@intCast(record.fields.len + 1)));
    errdefer tuple.release();
    for (record.fields, 0..) |*field, index|
        _ = c.PyTuple_SetItem(tuple.ptr, @intCast(index), (try load(field, value, self)).ptr);
    return tuple;
}

fn placeOf(value: *anyopaque, field: *const Field) *anyopaque {
    return @ptrFromInt(@intFromPtr(value) + field.offset);
}

fn load(field: *const Field, value: *anyopaque, self: *c.PyObject) error{Python}!Owned {
    return field.kind.load(placeOf(value, field), state_zig.of(.instance, self));
}

fn inAttribute(class: [*:0]const u8, name: [*:0]const u8) void {
    const text = Owned.take(c.PyUnicode_FromFormat("%s.%s", class, name)) catch return;
    defer text.release();
    errors.inAttribute(c.PyUnicode_AsUTF8AndSize(text.ptr, null) orelse return);
}

fn rowAt(closure: ?*anyopaque) *const Field {
    return @ptrCast(@alignCast(closure.?));
}

pub fn get(self: *c.PyObject, closure: ?*anyopaque) callconv(.c) ?*c.PyObject {
    const field = rowAt(closure);
    const value = instance.place(self, field.class.value_offset, false) catch return null;
    return (load(field, value, self) catch return null).ptr;
}

pub fn set(self: *c.PyObject, given: ?*c.PyObject, closure: ?*anyopaque) callconv(.c) c_int {
    const field = rowAt(closure);
    const new = given orelse {
        _ = c.PyErr_Format(c.exception("AttributeError"), "cannot delete attribute '%s' of '%s' objects", field.name.ptr, field.class.qualname.ptr);
        return -1;
    };
    put(field, self, .{ .ptr = new }) catch |err| {
        if (err == error.Mismatch) inAttribute(field.class.qualname, field.name);
        return -1;
    };
    return 0;
}

/// Converting can run Python code: the place of the value is looked up after it.
fn put(field: *const Field, self: *c.PyObject, new: Borrowed) errors.Refusal!void {
    var call: Call = undefined;
    call.init();
    defer call.deinit();
    call.state = state_zig.of(.instance, self);
    var room: [most_bytes]u8 align(16) = undefined;
    var keepers: [1]?*c.PyObject = undefined;
    try field.kind.store(&room, &keepers, new, &call);
    const value = try instance.place(self, field.class.value_offset, true);
    if (field.kind.keepers > 0 and metadata.of(self.ob_type).flags.view) {
        c.PyErr_SetString(c.exception("TypeError"), "this field of an object that is part of another is read-only");
        return error.Python;
    }
    // The value first: releasing what was there can run Python code that looks at it.
    copy(placeOf(value, field), &room, field.kind.size_bytes);
    if (field.kind.keepers > 0) instance.replace(&instance.keepersOf(self)[field.keeper], keepers[0]);
}

fn copy(into: *anyopaque, from: *const anyopaque, count: usize) void {
    @memcpy(@as([*]u8, @ptrCast(into))[0..count], @as([*]const u8, @ptrCast(from))[0..count]);
}

const Made = struct { bytes: [most_bytes]u8 align(16), keepers: [most_fields]?*c.PyObject };

fn construct(record: *const Record, class: *c.PyObject, given: signature.Given) ?*c.PyObject {
    @setRuntimeSafety(false);
    var call: Call = undefined;
    call.init();
    defer call.deinit();
    call.state = state_zig.of(.class, class);
    var made: Made = undefined;
    convertAll(record, class, given, &made, &call) catch return null;
    const self = c.PyType_GenericAlloc(@ptrCast(class), 0) orelse return null;
    copy(@ptrFromInt(@intFromPtr(self) + record.class.value_offset), &made.bytes, record.class.value_bytes);
    if (record.class.keepers > 0) for (instance.keepersOf(self)[0..record.class.keepers], made.keepers[0..record.class.keepers]) |*keeper, kept| {
        c.Py_IncRef(kept);
        keeper.* = kept;
    };
    return self;
}

fn convertAll(record: *const Record, class: *c.PyObject, given: signature.Given, made: *Made, call: *Call) errors.Refusal!void {
    @setRuntimeSafety(false);
    const shape = record.table.shape;
    var given_slots: [most_fields]?*c.PyObject = undefined;
    var items: [*]const ?*c.PyObject = @ptrCast(given.items);
    if (given.names != null or given.positional != shape.count) {
        switch (signature.match(&record.table, class, given.items, given.positional, given.names, &given_slots, null)) {
            .in_items => {},
            .in_slots => items = &given_slots,
            .nowhere => return error.Python,
        }
    }
    for (record.parameters, 0..) |field, position| {
        const into: *anyopaque = @ptrFromInt(@intFromPtr(&made.bytes) + field.offset);
        if (items[position]) |item| {
            field.kind.store(into, made.keepers[field.keeper..].ptr, .{ .ptr = item }, call) catch |err| {
                if (err == error.Mismatch) errors.inArgument(record.table.text, record.table.name(position));
                return err;
            };
        } else {
            copy(into, field.default.?, field.kind.size_bytes);
            for (0..field.kind.keepers) |one| made.keepers[field.keeper + one] = null;
        }
    }
}

/// `__init__`, also a second time.
fn initialise(record: *const Record, self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) c_int {
    const data = metadata.ofDerived(self.ob_type);
    if (data.flags.view) {
        c.PyErr_SetString(c.exception("TypeError"), "an object that is part of another cannot be initialised");
        return -1;
    }
    const native = data.native.asObject();
    if (native != data.state.?.object(record.class.place)) {
        _ = c.PyErr_Format(c.exception("TypeError"), "%s.__init__() cannot initialise an object of a class that derives from it in Zig", record.class.name.ptr);
        return -1;
    }
    var room: [8]*c.PyObject = undefined;
    const unpacked = slots.Unpacked.of(args, kwargs, &room) catch return -1;
    defer unpacked.deinit(&room);
    const made = construct(record, native, .of(@ptrCast(unpacked.items), @intCast(unpacked.positional), unpacked.names)) orelse return -1;
    _ = instance.unmarkAbsent(self);
    const value, const other = .{ bytesOf(self, record), bytesOf(made, record) };
    for (value, other) |*a, *b| std.mem.swap(u8, a, b);
    const count = record.class.keepers;
    if (count > 0) for (instance.keepersOf(self)[0..count], instance.keepersOf(made)[0..count]) |*a, *b| std.mem.swap(?*c.PyObject, a, b);
    c.Py_DecRef(made);
    return 0;
}

/// The bytes of the value in an object of the class.
fn bytesOf(self: *c.PyObject, record: *const Record) []u8 {
    return @as([*]u8, @ptrCast(self))[record.class.value_offset..][0..record.class.value_bytes];
}

fn shown(record: *const Record, self: *c.PyObject) error{Python}!?*c.PyObject {
    const value = try instance.place(self, record.class.value_offset, false);
    var text: property.Text = undefined;
    text.init();
    defer text.deinit();
    if (metadata.of(self.ob_type).flags.derived) {
        // It has a name of its own.
        const name = try Owned.take(c.PyType_GetName(self.ob_type));
        defer name.release();
        try text.addStr(name.ptr);
    } else try text.add(record.class.name);
    for (record.fields, 0..) |*field, index| {
        try text.add(if (index == 0) "(" else ", ");
        try text.add(field.name);
        try text.add("=");
        const converted = load(field, value, self) catch |err| blk: {
            // Text that is no text shows its bytes: a repr is what one looks for mistakes with.
            if (!field.kind.is_text or c.PyErr_ExceptionMatches(c.exception("UnicodeDecodeError")) == 0) return err;
            errors.clear();
            const bytes: *const []const u8 = @ptrCast(@alignCast(placeOf(value, field)));
            break :blk try Owned.take(c.PyBytes_FromStringAndSize(bytes.ptr, @intCast(bytes.len)));
        };
        defer converted.release();
        const one = try Owned.take(c.PyObject_Repr(converted.ptr));
        defer one.release();
        try text.addStr(one.ptr);
    }
    try text.add(if (record.fields.len == 0) "()" else ")");
    return text.toStr();
}

fn restore(record: *const Record, self: *c.PyObject, given: Borrowed) errors.Refusal!void {
    const state = try property.mayRestore(self, given, record.fields.len, record.class.name, record.class.place);
    var call: Call = undefined;
    call.init();
    call.state = state;
    defer call.deinit();
    var made: Made = undefined;
    for (record.fields, 0..) |*field, index|
        try field.kind.store(@ptrFromInt(@intFromPtr(&made.bytes) + field.offset), made.keepers[field.keeper..].ptr, .{ .ptr = c.PyTuple_GetItem(given.ptr, @intCast(index)).? }, &call);
    _ = instance.unmarkAbsent(self);
    @memcpy(bytesOf(self, record), made.bytes[0..record.class.value_bytes]);
    for (0..record.class.keepers) |index| instance.replace(&instance.keepersOf(self)[index], made.keepers[index]);
    try property.restoreDict(self, c.PyTuple_GetItem(given.ptr, @intCast(record.fields.len)).?);
}

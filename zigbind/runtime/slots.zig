//! The one table of dunder methods: which slot each fills, and the C function that fills it.
//!
//! Every method goes through the trampoline of `function.zig`; what is here turns the arguments of a slot into those of a call.

const std = @import("std");
const c = @import("capi.zig");
const card = @import("card.zig");
const compat = @import("compat.zig");
const convert = @import("convert.zig");
const erased = @import("erased.zig");
const errors = @import("errors.zig");
const exception = @import("exception.zig");
const function = @import("function.zig");
const guard = @import("guard.zig");
const instance = @import("instance.zig");
const members_zig = @import("members.zig");
const literal = @import("literal.zig");
const metadata = @import("metadata.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const signature = @import("signature.zig");
const state = @import("state.zig");

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// How a slot is called, and what it makes of the result.
const Form = enum {
    /// (self) -> object
    unary,
    /// (a, b) -> object, where either can be the instance: `reflected` is the method for the second
    binary,
    /// (a, b, modulus) -> object
    power,
    /// (self, other) -> object: self where the method returns nothing
    in_place,
    in_place_power,
    /// (self) -> int: true, false
    truth,
    length,
    hash,
    /// (self, key) -> int: true, false
    contains,
    /// One of six in tp_richcompare
    comparison,
    item,
    set_item,
    delete_item,
    /// (self) -> object, null without an exception at the end
    next,
    call,
    get_attribute,
    get_missing_attribute,
    set_attribute,
    delete_attribute,
    descriptor_get,
    descriptor_set,
    descriptor_delete,
    buffer,
    release_buffer,
};

const Row = struct { name: [:0]const u8, slot: c_int, form: Form = .unary, reflected: [:0]const u8 = "", operation: c_int = 0 };

/// In the order of CPython's own table.
pub const table = [_]Row{
    .{ .name = "__getattribute__", .slot = c.Py_tp_getattro, .form = .get_attribute },
    .{ .name = "__getattr__", .slot = c.Py_tp_getattro, .form = .get_missing_attribute },
    .{ .name = "__setattr__", .slot = c.Py_tp_setattro, .form = .set_attribute },
    .{ .name = "__delattr__", .slot = c.Py_tp_setattro, .form = .delete_attribute },
    .{ .name = "__repr__", .slot = c.Py_tp_repr },
    .{ .name = "__str__", .slot = c.Py_tp_str },
    .{ .name = "__hash__", .slot = c.Py_tp_hash, .form = .hash },
    .{ .name = "__call__", .slot = c.Py_tp_call, .form = .call },
    .{ .name = "__lt__", .slot = c.Py_tp_richcompare, .form = .comparison, .operation = c.Py_LT },
    .{ .name = "__le__", .slot = c.Py_tp_richcompare, .form = .comparison, .operation = c.Py_LE },
    .{ .name = "__eq__", .slot = c.Py_tp_richcompare, .form = .comparison, .operation = c.Py_EQ },
    .{ .name = "__ne__", .slot = c.Py_tp_richcompare, .form = .comparison, .operation = c.Py_NE },
    .{ .name = "__gt__", .slot = c.Py_tp_richcompare, .form = .comparison, .operation = c.Py_GT },
    .{ .name = "__ge__", .slot = c.Py_tp_richcompare, .form = .comparison, .operation = c.Py_GE },
    .{ .name = "__iter__", .slot = c.Py_tp_iter },
    .{ .name = "__next__", .slot = c.Py_tp_iternext, .form = .next },
    .{ .name = "__get__", .slot = c.Py_tp_descr_get, .form = .descriptor_get },
    .{ .name = "__set__", .slot = c.Py_tp_descr_set, .form = .descriptor_set },
    .{ .name = "__delete__", .slot = c.Py_tp_descr_set, .form = .descriptor_delete },
    .{ .name = "__buffer__", .slot = c.Py_bf_getbuffer, .form = .buffer },
    .{ .name = "__release_buffer__", .slot = c.Py_bf_releasebuffer, .form = .release_buffer },
    .{ .name = "__await__", .slot = c.Py_am_await },
    .{ .name = "__aiter__", .slot = c.Py_am_aiter },
    .{ .name = "__anext__", .slot = c.Py_am_anext },
    .{ .name = "__add__", .slot = c.Py_nb_add, .form = .binary, .reflected = "__radd__" },
    .{ .name = "__sub__", .slot = c.Py_nb_subtract, .form = .binary, .reflected = "__rsub__" },
    .{ .name = "__mul__", .slot = c.Py_nb_multiply, .form = .binary, .reflected = "__rmul__" },
    .{ .name = "__mod__", .slot = c.Py_nb_remainder, .form = .binary, .reflected = "__rmod__" },
    .{ .name = "__divmod__", .slot = c.Py_nb_divmod, .form = .binary, .reflected = "__rdivmod__" },
    .{ .name = "__pow__", .slot = c.Py_nb_power, .form = .power, .reflected = "__rpow__" },
    .{ .name = "__neg__", .slot = c.Py_nb_negative },
    .{ .name = "__pos__", .slot = c.Py_nb_positive },
    .{ .name = "__abs__", .slot = c.Py_nb_absolute },
    .{ .name = "__bool__", .slot = c.Py_nb_bool, .form = .truth },
    .{ .name = "__invert__", .slot = c.Py_nb_invert },
    .{ .name = "__lshift__", .slot = c.Py_nb_lshift, .form = .binary, .reflected = "__rlshift__" },
    .{ .name = "__rshift__", .slot = c.Py_nb_rshift, .form = .binary, .reflected = "__rrshift__" },
    .{ .name = "__and__", .slot = c.Py_nb_and, .form = .binary, .reflected = "__rand__" },
    .{ .name = "__xor__", .slot = c.Py_nb_xor, .form = .binary, .reflected = "__rxor__" },
    .{ .name = "__or__", .slot = c.Py_nb_or, .form = .binary, .reflected = "__ror__" },
    .{ .name = "__int__", .slot = c.Py_nb_int },
    .{ .name = "__float__", .slot = c.Py_nb_float },
    .{ .name = "__iadd__", .slot = c.Py_nb_inplace_add, .form = .in_place },
    .{ .name = "__isub__", .slot = c.Py_nb_inplace_subtract, .form = .in_place },
    .{ .name = "__imul__", .slot = c.Py_nb_inplace_multiply, .form = .in_place },
    .{ .name = "__imod__", .slot = c.Py_nb_inplace_remainder, .form = .in_place },
    .{ .name = "__ipow__", .slot = c.Py_nb_inplace_power, .form = .in_place_power },
    .{ .name = "__ilshift__", .slot = c.Py_nb_inplace_lshift, .form = .in_place },
    .{ .name = "__irshift__", .slot = c.Py_nb_inplace_rshift, .form = .in_place },
    .{ .name = "__iand__", .slot = c.Py_nb_inplace_and, .form = .in_place },
    .{ .name = "__ixor__", .slot = c.Py_nb_inplace_xor, .form = .in_place },
    .{ .name = "__ior__", .slot = c.Py_nb_inplace_or, .form = .in_place },
    .{ .name = "__floordiv__", .slot = c.Py_nb_floor_divide, .form = .binary, .reflected = "__rfloordiv__" },
    .{ .name = "__truediv__", .slot = c.Py_nb_true_divide, .form = .binary, .reflected = "__rtruediv__" },
    .{ .name = "__ifloordiv__", .slot = c.Py_nb_inplace_floor_divide, .form = .in_place },
    .{ .name = "__itruediv__", .slot = c.Py_nb_inplace_true_divide, .form = .in_place },
    .{ .name = "__index__", .slot = c.Py_nb_index },
    .{ .name = "__matmul__", .slot = c.Py_nb_matrix_multiply, .form = .binary, .reflected = "__rmatmul__" },
    .{ .name = "__imatmul__", .slot = c.Py_nb_inplace_matrix_multiply, .form = .in_place },
    .{ .name = "__len__", .slot = c.Py_mp_length, .form = .length },
    .{ .name = "__getitem__", .slot = c.Py_mp_subscript, .form = .item },
    .{ .name = "__setitem__", .slot = c.Py_mp_ass_subscript, .form = .set_item },
    .{ .name = "__delitem__", .slot = c.Py_mp_ass_subscript, .form = .delete_item },
    .{ .name = "__contains__", .slot = c.Py_sq_contains, .form = .contains },
};

/// The places of the six comparisons.
const comparisons = blk: {
    var places: [6]usize = undefined;
    for (&places, .{ "__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__" }) |*place, name| place.* = placeOf(name).?;
    const fixed = places;
    break :blk &fixed;
};

/// Zig's own names for what a slot does.
const idioms = .{
    .{ "next", "__next__" },
    .{ "iterator", "__iter__" },
    .{ "eql", "__eq__" },
    .{ "hash", "__hash__" },
    .{ "order", "__lt__" },
    .{ "format", "__str__" },
};

/// Whether a name is that of a row, or of the other operand of one.
pub fn isSlot(comptime name: []const u8) bool {
    return comptime placeOf(name) != null;
}

/// Why a function cannot be the dunder method that its name says; null where it can.
pub fn whyNot(comptime T: type, comptime name: []const u8, comptime zig: anytype) ?[:0]const u8 {
    comptime {
        const types = compat.paramTypes(@TypeOf(zig));
        if (!registry.isReceiver(if (types.len > 0) types[0] else null, T)) return name ++ " is called on an instance: it must take that first";
        var given = 0;
        for (signature.roles(@TypeOf(zig), T)) |role| given += @intFromBool(role == .positional);
        return whyNotWith(T, name, given, signature.Payload(@typeInfo(@TypeOf(zig)).@"fn".return_type orelse void));
    }
}

/// The same of a method that takes so many arguments.
pub fn whyNotWith(comptime T: type, comptime name: []const u8, comptime given: usize, comptime Result: type) ?[:0]const u8 {
    comptime {
        const form = table[placeOf(name).? % table.len].form;
        const least: usize, const most: usize = switch (form) {
            .unary, .truth, .length, .hash, .next, .buffer, .release_buffer => .{ 0, 0 },
            .power => .{ 1, 2 },
            .set_item, .set_attribute, .descriptor_get, .descriptor_set => .{ 2, 2 },
            .call => .{ 0, std.math.maxInt(usize) },
            else => .{ 1, 1 },
        };
        if (given < least or given > most) return name ++ " takes the instance and " ++ switch (least) {
            0 => "nothing",
            1 => "one argument",
            else => "two arguments",
        } ++ ", this one takes " ++ literal.decimal(given);
        const gives_self = form == .in_place or form == .in_place_power or std.mem.eql(u8, name, "__iter__") or std.mem.eql(u8, name, "__await__");
        if (gives_self and Result == T and instance.ends(T)) return copies_itself;
        return null;
    }
}

/// Of a method that gives back its own instance.
pub const copies_itself = "it returns a copy of its instance, which would end twice: return a pointer, *" ++ "Self";

/// Whether an operand of a wrong type is for the other operand to handle.
pub fn isOperator(comptime name: []const u8) bool {
    return isOperatorAt(comptime placeOf(name) orelse return false);
}

pub fn isOperatorAt(place: usize) bool {
    return switch (table[place % table.len].form) {
        .binary, .power, .in_place, .in_place_power, .comparison => true,
        else => false,
    };
}

/// Whether a method changes its instance, as `__iadd__` does.
pub fn isInPlace(comptime name: []const u8) bool {
    comptime {
        @setEvalBranchQuota(100_000);
        for (table) |row| if ((row.form == .in_place or row.form == .in_place_power) and std.mem.eql(u8, row.name, name)) return true;
        return false;
    }
}

/// Whether Python sees a function of the class in another form only: `init`, `deinit`, `format`.
pub fn isConsumed(comptime name: []const u8) bool {
    return @hasField(enum { init, deinit, format, hash, order }, name);
}

/// The slots of a class whose methods are `M`, a `Members`.
pub fn of(comptime T: type, comptime M: type) []const c.PyType_Slot {
    comptime {
        @setEvalBranchQuota(1_000_000);
        const methods = Found(T, M).methods;
        const places = Found(T, M).places;
        if (places.len == 0) return &.{};
        var list: []const c.PyType_Slot = &.{};
        var done: [c.Py_am_anext + 1]bool = @splat(false);
        for (places ++ .{placeOf("__hash__").?}) |one| {
            const place = one % table.len;
            const row = table[place];
            if (done[row.slot]) continue;
            const is_binary = row.form == .binary or row.form == .power;
            // One slot for both operands: what the class does not have of it, it inherits.
            const forward = methods[place] orelse if (is_binary) inherited(T, place) else null;
            const reflected = methods[table.len + place] orelse if (is_binary) inherited(T, table.len + place) else null;
            const made = makeSlot(T, M, row, forward, reflected) orelse continue;
            list = list ++ .{c.PyType_Slot{ .slot = row.slot, .pfunc = made }};
            done[row.slot] = true;
            // Both ways to ask for an item by position, so that the type is a sequence to C code too.
            if (row.form == .item and (isSequence(T, M) or hasPositions(T, M))) list = list ++ .{c.PyType_Slot{ .slot = c.Py_sq_item, .pfunc = &Items(T, M).item }};
            if (row.form == .buffer) {
                list = list ++ .{c.PyType_Slot{ .slot = c.Py_bf_releasebuffer, .pfunc = &Buffer(T, M).release }};
                done[c.Py_bf_releasebuffer] = true;
            }
            if (row.form == .length and isSequence(T, M)) list = list ++ .{c.PyType_Slot{ .slot = c.Py_sq_length, .pfunc = made }};
        }
        return list;
    }
}

/// Which places of `Found.methods` a class of `card.zig` has methods for.
pub const Present = struct {
    /// A bit for each.
    bits: comptime_int = 0,
    places: []const usize = &.{},

    pub fn add(comptime self: *Present, comptime place: usize) void {
        self.bits |= 1 << place;
        self.places = self.places ++ .{place};
    }

    fn has(comptime self: Present, comptime place: usize) bool {
        return self.bits >> place & 1 != 0;
    }
};

const most_methods = 32;
/// With that for the hash.
pub const most_shared = most_methods + 1;

/// The slots of such a class: C functions that exist once, and look for the method in the class of the instance. Null where there are
/// none for what it has.
pub fn shared(comptime present: Present) ?[]const c.PyType_Slot {
    comptime {
        if (present.places.len > most_methods) return null;
        var list: [most_shared]c.PyType_Slot = undefined;
        var count = 0;
        var compares = false;
        for (present.places) |place| {
            const row = table[place % table.len];
            const made: *const anyopaque = switch (row.form) {
                .unary => &One(Late(place)).unary,
                .truth => &One(Late(place)).truth,
                .length => &One(Late(place)).length,
                .hash => &One(Late(place)).hash,
                .contains => &One(Late(place)).contains,
                .in_place => &InPlace(Late(place), row.slot).inPlace,
                .binary => blk: {
                    const forward = place % table.len;
                    // One slot for both operands.
                    if (place >= table.len and present.has(forward)) continue;
                    break :blk &Binary(row.slot, if (present.has(forward)) Late(forward) else null, if (present.has(table.len + forward)) Late(table.len + forward) else null).binary;
                },
                .comparison => if (compares) continue else &compareLate,
                else => return null,
            };
            compares = compares or row.form == .comparison;
            list[count] = .{ .slot = row.slot, .pfunc = made };
            count += 1;
        }
        if (compares and !present.has(placeOf("__hash__").?)) {
            list[count] = .{ .slot = c.Py_tp_hash, .pfunc = if (present.has(placeOf("__eq__").?)) &c.PyObject_HashNotImplemented else &identityHash };
            count += 1;
        }
        const fixed = list[0..count].*;
        return &fixed;
    }
}

/// As a trampoline, of the method that the class of the instance has at a place.
fn Late(comptime place: usize) type {
    return struct {
        const is_late = place;
        const positional = 1;

        const C = struct {
            fn entry(self: *c.PyObject, items: [*]const Borrowed, count: isize, names: ?*c.PyObject) callconv(.c) ?*c.PyObject {
                return erased.enter(card.methodAt(place, self).?, self, items, count, names);
            }
        };
    };
}

/// The name of a method in messages.
fn nameOf(comptime F: type, self: *c.PyObject) [*:0]const u8 {
    return if (@hasDecl(F, "is_late")) card.methodAt(F.is_late, self).?.table.text else F.qualname;
}

fn compareLate(self: *c.PyObject, other: *c.PyObject, operation: c_int) callconv(.c) ?*c.PyObject {
    const items = [_]Borrowed{.{ .ptr = other }};
    for (comparisons) |place| if (table[place].operation == operation) {
        if (card.methodAt(place, self)) |found| return erased.enter(found, self, &items, 1, null);
    };
    // As Python does: the opposite of `==`.
    if (operation == c.Py_NE) if (card.methodAt(comptime placeOf("__eq__").?, self)) |equal| return opposite(erased.enter(equal, self, &items, 1, null));
    return c.notImplemented();
}

/// The trampoline of a method, by its dunder name.
fn method(comptime T: type, comptime M: type, comptime name: []const u8) ?type {
    return Found(T, M).methods[comptime placeOf(name).?];
}

/// What the class that T derives from has at a place of `Found.methods`.
fn inherited(comptime T: type, comptime place: usize) ?type {
    const Base = registry.baseOf(T) orelse return null;
    const M = members_zig.Members(Base, .{ .Receiver = Base, .prefix = registry.find(Base).?.name ++ "." });
    return Found(Base, M).methods[place] orelse inherited(Base, place);
}

/// Of a class: what each row of the table has, and after them the reflected ones. Looked up once.
fn Found(comptime T: type, comptime M: type) type {
    return struct {
        const methods: [2 * table.len]?type = found.methods;
        /// Where there is one, in the order in which they were found.
        const places: []const usize = found.places;

        const found = blk: {
            @setEvalBranchQuota(1_000_000);
            var list: [2 * table.len]?type = @splat(null);
            var present: [2 * table.len]usize = undefined;
            var count = 0;
            for (M.list) |member| switch (member.what) {
                .slot => |F| {
                    present[count] = placeOf(member.zig_name).?;
                    list[present[count]] = F;
                    count += 1;
                },
                else => {},
            };
            for (idioms) |pair| {
                const place = placeOf(pair[1]).?;
                if (list[place] != null or !@hasDecl(T, pair[0]) or @typeInfo(@TypeOf(@field(T, pair[0]))) != .@"fn" or M.options.excludes(pair[0])) continue;
                list[place] = idiom(T, M, pair[0], pair[1]) orelse continue;
                present[count] = place;
                count += 1;
            }
            if (M.options.ordering or @hasDecl(T, "order")) for (comparisons) |place| if (list[place] == null) {
                const name = table[place].name;
                list[place] = (if (@hasDecl(T, "order") and takesTwo(T, "order"))
                    synthetic(M, name, Ordered(T, name).compare, "order")
                else if (M.options.ordering) synthetic(M, name, FieldsInOrder(T, name).compare, "") else null) orelse continue;
                present[count] = place;
                count += 1;
            };
            const methods_, const places_ = .{ list, present[0..count].* };
            break :blk .{ .methods = methods_, .places = &places_ };
        };
    };
}

const Idiomatic = struct { name: []const u8, F: type };

/// The slots that a class has by an idiom of Zig or an option, not by a dunder method.
pub fn idiomatic(comptime T: type, comptime M: type) []const Idiomatic {
    comptime {
        @setEvalBranchQuota(1_000_000);
        var places: []const usize = &.{};
        for (Found(T, M).places) |place| if (place < table.len and M.find(table[place].name) == null) {
            places = places ++ .{place};
        };
        if (places.len == 0) return &.{};
        // In the order of the table.
        var list: [places.len]Idiomatic = undefined;
        for (places) |place| {
            var before = 0;
            for (places) |other| before += @intFromBool(other < place);
            list[before] = .{ .name = table[place].name, .F = Found(T, M).methods[place].? };
        }
        const fixed = list;
        return &fixed;
    }
}

/// Where a dunder method is in `Found.methods`.
pub fn placeOf(comptime name: []const u8) ?usize {
    comptime {
        return if (@hasField(Place, name)) @intFromEnum(@field(Place, name)) else null;
    }
}

/// The same as a type: looking up one of its names costs the compiler nothing, going over the table does.
const Place = blk: {
    @setEvalBranchQuota(10_000);
    var names: [2 * table.len][:0]const u8 = undefined;
    var values: [2 * table.len]u8 = undefined;
    var count = 0;
    for (table, 0..) |row, place| {
        for (.{ row.name, row.reflected }, .{ place, table.len + place }) |name, value| if (name.len > 0) {
            names[count] = name;
            values[count] = value;
            count += 1;
        };
    }
    const named, const valued = .{ names, values };
    break :blk compat.Enum(named[0..count], valued[0..count]);
};

fn synthetic(comptime M: type, comptime name: []const u8, comptime zig: anytype, comptime zig_name: []const u8) ?type {
    if (signature.whyNot(zig, M.Container, .{}) != null) return null;
    return function.Function(zig, M.functionOptions(name ++ "", .{ .location = M.declarationOf(zig_name).location }, 0, .instance, isOperator(name)));
}

fn idiom(comptime T: type, comptime M: type, comptime zig_name: [:0]const u8, comptime name: []const u8) ?type {
    if (std.mem.eql(u8, zig_name, "format")) return if (Formatted(T)) |F| synthetic(M, name, F.str, zig_name) else null;
    if (std.mem.eql(u8, zig_name, "order")) return if (takesTwo(T, "order")) synthetic(M, name, Ordered(T, name).compare, zig_name) else null;
    if (std.mem.eql(u8, zig_name, "next") and @typeInfo(signature.Payload(ReturnOf(T, "next"))) != .optional) return null;
    const types = compat.paramTypes(@TypeOf(@field(T, zig_name)));
    if (std.mem.eql(u8, zig_name, "hash") and types.len != 1) return null;
    // With arguments it is a method like any other.
    if (std.mem.eql(u8, zig_name, "next")) for (types[@min(types.len, 1)..]) |P| if (P != std.mem.Allocator) return null;
    return synthetic(M, name, @field(T, zig_name), zig_name);
}

fn ReturnOf(comptime T: type, comptime name: []const u8) type {
    return @typeInfo(@TypeOf(@field(T, name))).@"fn".return_type orelse void;
}

fn takesTwo(comptime T: type, comptime name: []const u8) bool {
    const F = @TypeOf(@field(T, name));
    if (@typeInfo(F) != .@"fn") return false;
    const types = compat.paramTypes(F);
    return types.len == 2 and types[0] != null and types[1] != null and ReturnOf(T, name) == std.math.Order;
}

/// A comparison out of `order`.
fn Ordered(comptime T: type, comptime name: []const u8) type {
    const types = compat.paramTypes(@TypeOf(T.order));
    return struct {
        fn compare(a: types[0].?, b: types[1].?) bool {
            return holds(name, T.order(a, b));
        }
    };
}

fn holds(comptime name: []const u8, order: std.math.Order) bool {
    return switch (name[2]) {
        'e' => order == .eq,
        'n' => order != .eq,
        'l' => if (name[3] == 't') order == .lt else order != .gt,
        else => if (name[3] == 't') order == .gt else order != .lt,
    };
}

/// A comparison of all fields, in order.
fn FieldsInOrder(comptime T: type, comptime name: []const u8) type {
    return struct {
        fn compare(a: *const T, b: *const T) bool {
            inline for (comptime compat.fieldNames(T)) |field| {
                const order = orderOf(@field(a, field), @field(b, field)) orelse return name[2] == 'n';
                if (order != .eq) return holds(name, order);
            }
            return holds(name, .eq);
        }
    };
}

/// Null where neither is before the other, nor are they equal: not a number.
fn orderOf(a: anytype, b: @TypeOf(a)) ?std.math.Order {
    const T = @TypeOf(a);
    return switch (@typeInfo(T)) {
        .int => std.math.order(a, b),
        .float => if (a == b) .eq else if (a < b) .lt else if (a > b) .gt else null,
        .bool => std.math.order(@intFromBool(a), @intFromBool(b)),
        .@"enum" => std.math.order(@intFromEnum(a), @intFromEnum(b)),
        .pointer => |info| if (info.size == .slice and info.child == u8) std.mem.order(u8, a, b) else blk: {
            for (a[0..@min(a.len, b.len)], b[0..@min(a.len, b.len)]) |one, other| {
                const order = orderOf(one, other) orelse return null;
                if (order != .eq) break :blk order;
            }
            break :blk std.math.order(a.len, b.len);
        },
        .optional => if (a == null or b == null) std.math.order(@intFromBool(a != null), @intFromBool(b != null)) else orderOf(a.?, b.?),
        .@"struct" => blk: {
            if (@hasDecl(T, "order")) break :blk T.order(a, b);
            inline for (comptime compat.fieldNames(T)) |field| {
                const order = orderOf(@field(a, field), @field(b, field)) orelse return null;
                if (order != .eq) break :blk order;
            }
            break :blk .eq;
        },
        else => @compileError("the option 'ordering' cannot compare fields of type " ++ @typeName(T)),
    };
}

/// `format(self, writer)` as text.
fn Formatted(comptime T: type) ?type {
    const types = compat.paramTypes(@TypeOf(T.format));
    if (types.len != 2 or types[1] != *std.Io.Writer) return null;
    return struct {
        pub fn str(self: *const T, gpa: std.mem.Allocator) ![]u8 {
            var text: std.Io.Writer.Allocating = .init(gpa);
            defer text.deinit();
            T.format(if (types[0] == T) self.* else self, &text.writer) catch |err| return if (err == error.WriteFailed) error.OutOfMemory else err;
            return text.toOwnedSlice();
        }
    };
}

/// Whether items have positions and a length: then negative ones count from the end, and slices are lists.
fn isSequence(comptime T: type, comptime M: type) bool {
    return method(T, M, "__len__") != null and hasPositions(T, M);
}

/// Whether items have positions: then the items can be gone over.
fn hasPositions(comptime T: type, comptime M: type) bool {
    if (method(T, M, "__getitem__") == null) return false;
    const member = M.find("__getitem__").?;
    const zig = @field(T, member.zig_name);
    if (@typeInfo(@TypeOf(zig)) != .@"fn") return false;
    const Key = compat.paramTypes(@TypeOf(zig))[1] orelse return false;
    return @typeInfo(Key) == .int;
}

fn makeSlot(comptime T: type, comptime M: type, comptime row: Row, comptime F: ?type, comptime R: ?type) ?*const anyopaque {
    return switch (row.form) {
        .binary => &Binary(row.slot, F, R).binary,
        .power => &Binary(row.slot, F, R).power,
        .comparison => &Comparison(T, M).compare,
        .set_item, .delete_item => &Items(T, M).assign,
        .set_attribute, .delete_attribute => &Assignment(method(T, M, "__setattr__"), method(T, M, "__delattr__")).attribute,
        .descriptor_set, .descriptor_delete => &Assignment(method(T, M, "__set__"), method(T, M, "__delete__")).descriptor,
        .item => &Items(T, M).subscript,
        // `==` without a hash of its own makes instances unhashable, as in Python.
        .hash => if (F) |found| &One(found).hash else if (method(T, M, "__eq__") != null) &c.PyObject_HashNotImplemented else if (comparesAtAll(T, M)) &identityHash else null,
        .unary => &One(F.?).unary,
        .in_place => &InPlace(F.?, row.slot).inPlace,
        .in_place_power => &One(F.?).inPlacePower,
        .truth => &One(F.?).truth,
        .length => &One(F.?).length,
        .contains => &One(F.?).contains,
        .next => &One(F.?).next,
        .call => &One(F.?).call,
        .get_attribute => &One(F.?).binary,
        .get_missing_attribute => &One(F.?).missing,
        .descriptor_get => &One(F.?).descriptorGet,
        .buffer => &Buffer(T, M).get,
        .release_buffer => &One(F.?).releaseBuffer,
    };
}

fn comparesAtAll(comptime T: type, comptime M: type) bool {
    for (comparisons) |place| if (Found(T, M).methods[place] != null) return true;
    return false;
}

/// That of `object`, which CPython takes from a class with comparisons of its own.
fn identityHash(self: *c.PyObject) callconv(.c) isize {
    const address: isize = @bitCast(std.math.rotr(usize, @intFromPtr(self), 4));
    return if (address == -1) -2 else address;
}

fn invoke(comptime F: type, self: *c.PyObject, arguments: []const *c.PyObject) callconv(compat.hot) ?*c.PyObject {
    @setRuntimeSafety(false);
    return @call(.always_inline, F.C.entry, .{ self, @as([*]const Borrowed, @ptrCast(arguments.ptr)), @as(isize, @intCast(arguments.len)), null });
}

fn discard(result: ?*c.PyObject) c_int {
    c.Py_DecRef(result orelse return -1);
    return 0;
}

/// Slots that one method fills.
fn One(comptime F: type) type {
    return struct {
        fn unary(self: *c.PyObject) callconv(.c) ?*c.PyObject {
            return invoke(F, self, &.{});
        }

        fn binary(self: *c.PyObject, other: *c.PyObject) callconv(.c) ?*c.PyObject {
            return invoke(F, self, &.{other});
        }


        fn inPlacePower(self: *c.PyObject, other: *c.PyObject, _: *c.PyObject) callconv(.c) ?*c.PyObject {
            return orSelf(self, invoke(F, self, &.{other}));
        }

        fn truth(self: *c.PyObject) callconv(.c) c_int {
            return isTrue(self, invoke(F, self, &.{}));
        }

        fn contains(self: *c.PyObject, key: *c.PyObject) callconv(.c) c_int {
            return isTrue(self, invoke(F, self, &.{key}));
        }

        fn isTrue(self: *c.PyObject, result: ?*c.PyObject) c_int {
            const value = result orelse return -1;
            if (value == c.true_()) return 1;
            if (value == c.false_()) return 0;
            c.Py_DecRef(value);
            _ = c.PyErr_Format(c.exception("TypeError"), "%s() must return a bool", nameOf(F, self));
            return -1;
        }

        fn length(self: *c.PyObject) callconv(.c) isize {
            const result = Owned.take(invoke(F, self, &.{})) catch return -1;
            defer result.release();
            const value = c.PyNumber_AsSsize_t(result.ptr, c.exception("OverflowError"));
            if (value >= 0) return value;
            if (c.PyErr_Occurred() == null) {
                _ = c.PyErr_Format(c.exception("ValueError"), "%s() should return >= 0", nameOf(F, self));
            }
            return -1;
        }

        fn hash(self: *c.PyObject) callconv(.c) isize {
            const result = Owned.take(invoke(F, self, &.{})) catch return -1;
            defer result.release();
            const bits: isize = @bitCast(@as(usize, @truncate(c.PyLong_AsUnsignedLongLongMask(result.ptr))));
            if (bits != -1) return bits;
            return if (c.PyErr_Occurred() == null) -2 else -1;
        }

        fn next(self: *c.PyObject) callconv(.c) ?*c.PyObject {
            const result = invoke(F, self, &.{}) orelse return null;
            // null in Zig is the end here.
            return if (F.optional_result and result == c.none()) null else result;
        }

        fn call(self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return callWithTuple(F, self, args, kwargs);
        }

        fn missing(self: *c.PyObject, name: *c.PyObject) callconv(.c) ?*c.PyObject {
            if (c.PyObject_GenericGetAttr(self, name)) |found| return found;
            if (c.PyErr_ExceptionMatches(c.exception("AttributeError")) == 0) return null;
            errors.clear();
            return invoke(F, self, &.{name});
        }

        fn descriptorGet(self: *c.PyObject, of_object: ?*c.PyObject, class: ?*c.PyObject) callconv(.c) ?*c.PyObject {
            return invoke(F, self, &.{ of_object orelse c.none(), class orelse c.none() });
        }

        fn releaseBuffer(self: *c.PyObject, _: *c.Py_buffer) callconv(.c) void {
            // A buffer also ends while an exception is on its way, which stays.
            const raised = c.PyErr_GetRaisedException();
            defer if (raised != null) c.PyErr_SetRaisedException(raised);
            if (invoke(F, self, &.{})) |result| c.Py_DecRef(result) else c.PyErr_WriteUnraisable(self);
        }
    };
}

/// `a += b`. A class derived in Python has the function in the slots of sequences too, where NotImplemented is a result like any other.
fn InPlace(comptime F: type, comptime slot: c_int) type {
    return struct {
        fn inPlace(self: *c.PyObject, other: *c.PyObject) callconv(.c) ?*c.PyObject {
            const result = orSelf(self, invoke(F, self, &.{other}));
            if (slot == c.Py_nb_inplace_add or slot == c.Py_nb_inplace_multiply) {
                if (result == c.notImplemented() and metadata.of(self.ob_type).flags.derived)
                    return if (slot == c.Py_nb_inplace_add) c.PyNumber_Add(self, other) else c.PyNumber_Multiply(self, other);
            }
            return result;
        }
    };
}

/// What a method that changes its instance gives back.
fn orSelf(self: *c.PyObject, result: ?*c.PyObject) ?*c.PyObject {
    const value = result orelse return null;
    if (value != c.none()) return value;
    c.Py_IncRef(self);
    return self;
}

/// Call with a tuple and a dict, as `tp_call` and `tp_init` get them.
pub fn callWithTuple(comptime F: type, self: *c.PyObject, args: *c.PyObject, kwargs: ?*c.PyObject) ?*c.PyObject {
    var room: [8]*c.PyObject = undefined;
    const unpacked = Unpacked.of(args, kwargs, &room) catch return null;
    defer unpacked.deinit(&room);
    return F.C.entry(self, @ptrCast(unpacked.items), @intCast(unpacked.positional), unpacked.names);
}

/// The arguments of a call as an array, with the names of the last ones in a tuple.
pub const Unpacked = struct {
    items: [*]*c.PyObject,
    positional: usize,
    names: ?*c.PyObject,

    pub noinline fn of(args: *c.PyObject, kwargs: ?*c.PyObject, room: *[8]*c.PyObject) error{Python}!Unpacked {
        @setRuntimeSafety(false);
        const positional: usize = @intCast(c.PyTuple_Size(args));
        const keywords: usize = if (kwargs) |dict| @intCast(c.PyDict_Size(dict)) else 0;
        var self: Unpacked = .{ .items = room, .positional = positional, .names = null };
        if (positional + keywords > room.len) {
            const memory = c.PyMem_Malloc((positional + keywords) * @sizeOf(*c.PyObject)) orelse {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
            self.items = @ptrCast(@alignCast(memory));
        }
        errdefer self.deinit(room);
        for (0..positional) |index| self.items[index] = c.PyTuple_GetItem(args, @intCast(index)).?;
        if (keywords > 0) {
            self.names = c.PyTuple_New(@intCast(keywords)) orelse return error.Python;
            var position: isize = 0;
            var key: ?*c.PyObject = null;
            var value: ?*c.PyObject = null;
            var index: usize = 0;
            while (index < keywords and c.PyDict_Next(kwargs.?, &position, &key, &value) != 0) : (index += 1) {
                c.Py_IncRef(key);
                _ = c.PyTuple_SetItem(self.names.?, @intCast(index), key);
                self.items[positional + index] = value.?;
            }
        }
        return self;
    }

    pub fn deinit(self: *const Unpacked, room: *[8]*c.PyObject) void {
        c.Py_DecRef(self.names);
        if (self.items != @as([*]*c.PyObject, room)) c.PyMem_Free(@ptrCast(self.items));
    }
};

/// A slot of two operands, of which either is an instance.
fn Binary(comptime slot: c_int, comptime F: ?type, comptime R: ?type) type {
    return struct {
        fn binary(a: *c.PyObject, b: *c.PyObject) callconv(.c) ?*c.PyObject {
            return either(a, b, &.{}, &binary);
        }

        fn power(a: *c.PyObject, b: *c.PyObject, modulus: *c.PyObject) callconv(.c) ?*c.PyObject {
            // Without a modulus Python passes None; a method that takes none is not asked with one.
            if (comptime takesModulus(F) or takesModulus(R)) return either(a, b, &.{modulus}, &power);
            return if (modulus == c.none()) either(a, b, &.{}, &power) else c.notImplemented();
        }

        fn takesModulus(comptime Method: ?type) bool {
            return Method != null and Method.?.positional > 1;
        }

        fn either(a: *c.PyObject, b: *c.PyObject, rest: []const *c.PyObject, own: *const anyopaque) callconv(compat.hot) ?*c.PyObject {
            const same = a.ob_type == b.ob_type;
            if (F) |Forward| if (same or isInstance(a, own)) {
                const result = ask(Forward, a, b, rest);
                if (R == null or result != c.notImplemented() or same) return result;
            };
            if (R) |Reflected| if (isInstance(b, own))
                return ask(Reflected, b, a, rest);
            return c.notImplemented();
        }

        fn ask(comptime Method: type, self: *c.PyObject, other: *c.PyObject, rest: []const *c.PyObject) callconv(compat.hot) ?*c.PyObject {
            if (comptime takesModulus(Method)) return invoke(Method, self, &.{ other, rest[0] });
            if (rest.len > 0 and rest[0] != c.none()) return c.notImplemented();
            return invoke(Method, self, &.{other});
        }

        /// Whether an operand is of the class: it has this very slot, or a class in Python that derives from it has its own.
        fn isInstance(operand: *c.PyObject, own: *const anyopaque) callconv(compat.hot) bool {
            return c.PyType_GetSlot(operand.ob_type, slot) == own or inherits(operand.ob_type, own);
        }

        noinline fn inherits(class: *c.PyTypeObject, own: *const anyopaque) bool {
            var next: ?*c.PyTypeObject = class;
            while (next) |one| : (next = @ptrCast(@constCast(c.PyType_GetSlot(one, c.Py_tp_base))))
                if (c.PyType_GetSlot(one, slot) == own) return true;
            return false;
        }
    };
}

/// All six comparisons of a class.
fn Comparison(comptime T: type, comptime M: type) type {
    return struct {
        fn compare(self: *c.PyObject, other: *c.PyObject, operation: c_int) callconv(.c) ?*c.PyObject {
            inline for (comparisons) |place| {
                const row = table[place];
                if (comptime Found(T, M).methods[place]) |F| {
                    if (operation == row.operation) return invoke(F, self, &.{other});
                } else if (row.operation == c.Py_NE) {
                    // As Python does: the opposite of `==`.
                    if (comptime method(T, M, "__eq__")) |F| if (operation == c.Py_NE) return opposite(invoke(F, self, &.{other}));
                }
            }
            return c.notImplemented();
        }
    };
}

fn opposite(result: ?*c.PyObject) ?*c.PyObject {
    const equal = result orelse return null;
    if (equal == c.notImplemented()) return equal;
    defer c.Py_DecRef(equal);
    const truth = c.PyObject_IsTrue(equal);
    return if (truth < 0) null else if (truth == 1) c.false_() else c.true_();
}

/// `object[key]`.
fn Items(comptime T: type, comptime M: type) type {
    const Get = method(T, M, "__getitem__");
    const Set = method(T, M, "__setitem__");
    const Delete = method(T, M, "__delitem__");
    const sequence = isSequence(T, M);

    return struct {
        fn item(self: *c.PyObject, position: isize) callconv(.c) ?*c.PyObject {
            if (!sequence) return at(self, position);
            // Python has added the length to a negative one already.
            const size = lengthOf(self) catch return null;
            if (position < 0 or position >= size) return outOfRange();
            return at(self, position);
        }

        fn at(self: *c.PyObject, position: isize) ?*c.PyObject {
            const key = Owned.take(c.PyLong_FromLongLong(position)) catch return null;
            defer key.release();
            return invoke(Get.?, self, &.{key.ptr});
        }

        fn subscript(self: *c.PyObject, key: *c.PyObject) callconv(.c) ?*c.PyObject {
            if (!sequence) return invoke(Get.?, self, &.{key});
            if (key.ob_type == c.sliceType()) return slice(self, key);
            const position = positionOf(self, key) catch return null;
            return at(self, position orelse return outOfRange());
        }

        fn slice(self: *c.PyObject, key: *c.PyObject) ?*c.PyObject {
            var start: isize = 0;
            var stop: isize = 0;
            var step: isize = 0;
            if (c.PySlice_Unpack(key, &start, &stop, &step) != 0) return null;
            const count = c.PySlice_AdjustIndices(lengthOf(self) catch return null, &start, &stop, step);
            const list = Owned.take(c.PyList_New(count)) catch return null;
            for (0..@intCast(count)) |index| {
                const found = at(self, start + @as(isize, @intCast(index)) * step) orelse {
                    list.release();
                    return null;
                };
                _ = c.PyList_SetItem(list.ptr, @intCast(index), found);
            }
            return list.ptr;
        }

        fn lengthOf(self: *c.PyObject) error{Python}!isize {
            const size = One(method(T, M, "__len__").?).length(self);
            return if (size < 0) error.Python else size;
        }

        /// Counted from the front; null where there is no such item.
        fn positionOf(self: *c.PyObject, key: *c.PyObject) error{Python}!?isize {
            if (c.PyIndex_Check(key) == 0) {
                const name = try Owned.take(c.PyType_GetName(key.ob_type));
                defer name.release();
                _ = c.PyErr_Format(c.exception("TypeError"), "indices must be integers or slices, not %U", name.ptr);
                return error.Python;
            }
            const given = c.PyNumber_AsSsize_t(key, c.exception("IndexError"));
            if (given == -1 and c.PyErr_Occurred() != null) return error.Python;
            const size = try lengthOf(self);
            const position = if (given < 0) given + size else given;
            return if (position < 0 or position >= size) null else position;
        }

        fn outOfRange() ?*c.PyObject {
            c.PyErr_SetString(c.exception("IndexError"), comptime M.class_name ++ " index out of range");
            return null;
        }

        fn assign(self: *c.PyObject, key: *c.PyObject, value: ?*c.PyObject) callconv(.c) c_int {
            if ((value != null and Set == null) or (value == null and Delete == null)) {
                const name = Owned.take(c.PyType_GetName(self.ob_type)) catch return -1;
                defer name.release();
                const verb: [*:0]const u8 = if (value == null) "deletion" else "assignment";
                _ = c.PyErr_Format(c.exception("TypeError"), "'%U' object does not support item %s", name.ptr, verb);
                return -1;
            }
            if (!sequence) return store(self, key, value);
            if (key.ob_type == c.sliceType()) {
                c.PyErr_SetString(c.exception("TypeError"), "only single items can be assigned or deleted, not slices");
                return -1;
            }
            const position = (positionOf(self, key) catch return -1) orelse {
                _ = outOfRange();
                return -1;
            };
            const number = Owned.take(c.PyLong_FromLongLong(position)) catch return -1;
            defer number.release();
            return store(self, number.ptr, value);
        }

        fn store(self: *c.PyObject, key: *c.PyObject, value: ?*c.PyObject) c_int {
            if (value) |given| {
                if (Set) |F| return discard(invoke(F, self, &.{ key, given }));
            } else if (Delete) |F| return discard(invoke(F, self, &.{key}));
            unreachable;
        }
    };
}

/// `object.name = value`, `del object.name`, and the same of descriptors.
fn Assignment(comptime Set: ?type, comptime Delete: ?type) type {
    return struct {
        fn attribute(self: *c.PyObject, name: *c.PyObject, value: ?*c.PyObject) callconv(.c) c_int {
            if (value) |given| {
                if (Set) |F| return discard(invoke(F, self, &.{ name, given }));
            } else if (Delete) |F| return discard(invoke(F, self, &.{name}));
            return c.PyObject_GenericSetAttr(self, name, value);
        }

        fn descriptor(self: *c.PyObject, of_object: *c.PyObject, value: ?*c.PyObject) callconv(.c) c_int {
            if (value) |given| {
                if (Set) |F| return discard(invoke(F, self, &.{ of_object, given }));
                c.PyErr_SetString(c.exception("AttributeError"), "__set__");
            } else {
                if (Delete) |F| return discard(invoke(F, self, &.{of_object}));
                c.PyErr_SetString(c.exception("AttributeError"), "__delete__");
            }
            return -1;
        }
    };
}

/// The memory of a slice that `__buffer__(self)` returns, in one dimension.
fn Buffer(comptime T: type, comptime M: type) type {
    const F = @TypeOf(T.__buffer__);
    const Slice = signature.Payload(@typeInfo(F).@"fn".return_type.?);
    const Child = @typeInfo(Slice).pointer.child;
    const read_only = compat.pointerIsConst(Slice);
    const format = @import("convert/slice.zig").formats(Child);

    return struct {
        fn get(self: *c.PyObject, view: *c.Py_buffer, flags: c_int) callconv(.c) c_int {
            view.obj = null;
            const memory = memoryOf(self) catch return -1;
            if (read_only and flags & c.PyBUF_WRITABLE != 0) {
                c.PyErr_SetString(c.exception("BufferError"), "the memory is read-only");
                return -1;
            }
            const size_bytes: isize = @intCast(memory.len * @sizeOf(Child));
            if (c.PyBuffer_FillInfo(view, self, @ptrCast(@constCast(memory.ptr)), size_bytes, @intFromBool(read_only), flags) != 0) return -1;
            metadata.of(self.ob_type).shared.lend(self, 1) catch {
                // Released without having been counted, which does no harm.
                c.PyBuffer_Release(view);
                return -1;
            };
            view.itemsize = @sizeOf(Child);
            if (flags & c.PyBUF_FORMAT != 0) view.format = comptime &[_:0]u8{format[0]};
            if (flags & c.PyBUF_ND != 0 and @sizeOf(Child) > 1) {
                // In the view itself, as CPython does with that of bytes.
                view.internal = @ptrFromInt(memory.len);
                view.shape = @ptrCast(&view.internal);
                if (flags & c.PyBUF_STRIDES == c.PyBUF_STRIDES) view.strides = @ptrCast(&view.itemsize);
            }
            return 0;
        }

        fn release(self: *c.PyObject, view: *c.Py_buffer) callconv(.c) void {
            if (method(T, M, "__release_buffer__")) |Release| One(Release).releaseBuffer(self, view);
            metadata.of(self.ob_type).shared.lend(self, -1) catch errors.clear();
        }

        fn memoryOf(self: *c.PyObject) error{Python}!Slice {
            var context: Context = .{ .self = self, .result = error.Python };
            if (!guard.supported or !(compat.is_safe or registry.uses.panic or registry.uses.call_allocator or registry.uses.gil)) {
                Context.run(&context);
                return context.result;
            }
            var frame: guard.Frame = undefined;
            frame.call = null;
            if (guard.run(&frame, &Context.run, &context)) {
                errors.setPanic(&frame, M.class_name ++ ".__buffer__", "");
                return error.Python;
            }
            return context.result;
        }

        const Context = struct {
            self: *c.PyObject,
            result: error{Python}!Slice,

            fn run(pointer: *anyopaque) callconv(.c) void {
                const context: *Context = @ptrCast(@alignCast(pointer));
                context.result = ask(context.self);
            }

            fn ask(self: *c.PyObject) error{Python}!Slice {
                const Param = compat.firstParam(F).?;
                const value = try instance.value(T, self, if (@typeInfo(Param) == .pointer and !compat.pointerIsConst(Param)) .write else .read);
                const result = T.__buffer__(if (@typeInfo(Param) == .pointer) value else value.*);
                if (@typeInfo(@TypeOf(result)) != .error_union) return result;
                return result catch |err| {
                    exception.set(@typeInfo(@TypeOf(result)).error_union.error_set, err, state.of(.instance, self));
                    return error.Python;
                };
            }
        };
    };
}

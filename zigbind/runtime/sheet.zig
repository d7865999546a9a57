//! What the source says of the classes of a module, for `card.zig`: the generated root file has a `Sheet` for each, in which the types
//! of fields and functions are written out. The compiler only has to check them; what follows from a type is found once for all classes
//! that use it. To reflect on each class would cost it many times as much.

const c = @import("capi.zig");
const erased = @import("erased.zig");
const part = @import("part.zig");
const rows = @import("rows.zig");
const slots = @import("slots.zig");

pub const Sheet = struct {
    fields: []const Field,
    functions: []const Function,
    slots: []const c.PyType_Slot,
    /// See `part.zig`. Names, locations and docs are read from it when the class is made.
    part: [*]const u8,
    /// Of the fields that have one, each with a zero byte behind it; null where they stand in the part.
    defaults: ?[*]const u8 = null,
};

pub const Field = struct { kind: *const KindRow, offset: usize, default: ?*const anyopaque = null };

pub const Function = struct {
    function: *const anyopaque,
    signature: *const SignatureRow,
    /// Where the one of the signature is null.
    caller: ?*const erased.Called = null,
};

/// Nobody reads `part`: it is there so that the linker keeps it in the library.
pub const KindRow = struct { kind: *const rows.Kind, part: *const anyopaque };

/// The type of a field.
pub fn Kind(comptime T: type, comptime number: u32) type {
    return struct {
        pub const is_usual = rows.KindOf(T).is_usual;
        const described: part.Signature(0) = part.signature(number, false, erased.typeOf(T).code, &.{});
        pub const row: KindRow = .{ .kind = &rows.KindOf(T).row, .part = &described };
    };
}

pub const SignatureRow = struct {
    types: []const *const erased.Type,
    result: *const erased.Type,
    /// Null where each function needs one of its own.
    caller: ?*const erased.Called,
    is_method: bool,
    /// Where the function is in the table of slots; null where it is called by its name.
    slot: ?usize,
    /// As that of `KindRow`.
    part: *const anyopaque,
};

/// The type of a function, with its name where that begins with "_".
pub fn Signature(comptime F: type, comptime name: [:0]const u8, comptime number: u32) type {
    return struct {
        pub const is_usual = made != null;
        /// It has a caller.
        pub const is_shared = is_usual and made.?.caller != null;
        pub const row: SignatureRow = made.?;
        const made: ?SignatureRow = blk: {
            const plan = erased.planOf(F, erased.Self) orelse break :blk null;
            const place = slots.placeOf(name);
            if (place != null and (!plan.is_method or slots.whyNotWith(erased.Self, name, plan.positional, erased.Payload(@typeInfo(F).@"fn".return_type.?).?) != null)) break :blk null;
            break :blk .{
                .types = plan.types,
                .result = plan.result,
                .caller = erased.sharedCaller(F),
                .is_method = plan.is_method,
                .slot = place,
                .part = &described,
            };
        };
        const described: part.Signature(@typeInfo(F).@"fn".params.len) = blk: {
            const plan = erased.planOf(F, erased.Self).?;
            var codes: [plan.types.len]part.Code = undefined;
            for (&codes, plan.types, 0..) |*code, T, index| code.* = if (T.role != .positional or index == 0 and plan.is_method) part.hidden else T.code;
            const fixed = codes;
            break :blk part.signature(number, plan.is_method, plan.result.code, &fixed);
        };
    };
}

/// The slots of the classes that have methods of these names.
pub fn Slots(comptime names: []const [:0]const u8) type {
    return struct {
        pub const is_usual = found != null;
        pub const list = found.?;
        const found = blk: {
            var present: slots.Present = .{};
            for (names) |name| if (slots.placeOf(name)) |place| present.add(place);
            break :blk slots.shared(present);
        };
    };
}

/// Python's text of the defaults of T, where the source does not say it by itself.
pub fn Defaults(comptime T: type, comptime number: u32) type {
    return struct {
        const text = rows.defaultTexts(T);
        const described = part.defaults(number, text);
        pub const texts: [*]const u8 = &described.texts;
    };
}

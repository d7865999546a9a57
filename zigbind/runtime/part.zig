//! Parts of a library's description that do not stand in its one text: those of the classes of `card.zig`, and of the types in them.
//!
//! A part is a magic text of 16 bytes, then numbers of 32 bits that say how much follows of what, then that.
//! `binary.py` reads them.

const std = @import("std");
const literal = @import("literal.zig");

/// Stands for a type in the part of a class.
pub const Code = u32;

/// The parameter or result is no part of the signature: the instance, an allocator.
pub const hidden: Code = 1;
/// Of a type that is a class: with the number of its sheet, or with its place. Of others it is a digest of the type's name.
pub const sheet_bit: Code = 1 << 31;
pub const place_bit: Code = 1 << 30;
/// The class whose function or field it is.
pub const own: Code = 0;
/// Of the head of a function that is called on an instance; the lower bits count its parameters.
const method_bit: Code = 1 << 8;

pub fn codeOf(comptime T: type) Code {
    comptime {
        var digest: u32 = 2166136261;
        for (@typeName(T)) |byte| digest = (digest ^ byte) *% 16777619;
        return digest % place_bit | 2;
    }
}

const magic = .{ "zigbind ", "type 1\n\x00", "sign 1\n\x00", "text 1\n\x00" };

/// A type that is no class: how parameters and results of it are annotated.
pub fn Type(comptime T: type, comptime parameter: [:0]const u8, comptime result: [:0]const u8) type {
    return struct {
        const Laid = extern struct { magic: [16]u8, code: Code, bytes: [2]u32, parameter: [parameter.len]u8, result: [result.len]u8 };
        pub const part: Laid = .{
            .magic = (magic[0] ++ magic[1]).*,
            .code = codeOf(T),
            .bytes = .{ parameter.len, result.len },
            .parameter = literal.bytes(parameter),
            .result = literal.bytes(result),
        };
    };
}

/// The type of a function, or of a field, which is the result of one without parameters: its number in the generated root file, `head`,
/// the code of the result and those of the parameters.
pub fn signature(comptime number: u32, comptime is_method: bool, comptime result: Code, comptime parameters: []const Code) Signature(parameters.len) {
    return .{ .number = number, .head = parameters.len | if (is_method) method_bit else 0, .result = result, .parameters = parameters[0..parameters.len].* };
}

pub fn Signature(comptime count: usize) type {
    return extern struct { magic: [16]u8 = (magic[0] ++ magic[2]).*, number: u32, head: Code, result: Code, parameters: [count]Code };
}

/// The defaults of a class whose own part does not have them: its number, how many bytes they are, the texts.
pub fn defaults(comptime number: u32, comptime texts: [:0]const u8) Defaults(texts.len) {
    return .{ .number = number, .bytes = texts.len, .texts = literal.bytes(texts) };
}

fn Defaults(comptime length: usize) type {
    return extern struct { magic: [16]u8 = (magic[0] ++ magic[3]).*, number: u32, bytes: u32, texts: [length]u8, end: u8 = 0 };
}

/// The part of a class, as `sheets.py` writes it: the magic text "zigbind card 2\n\x00", its number, how many fields, functions, bytes of
/// defaults and bytes of rows it has; the number of each field's type, with the bit 1 << 30 where it has a default; the number of each
/// function's type; the defaults and the rows, texts that each end with a zero byte. Rows are the name and doc of each field, then of
/// each function its name, location and doc, the names of its parameters and "".
pub const Card = struct {
    defaults: [*]const u8,
    rows: [*]const u8,

    pub fn at(start: [*]const u8) Card {
        var counts: [4]u32 = undefined;
        for (&counts, 0..) |*count, index| count.* = std.mem.readInt(u32, start[20 + 4 * index ..][0..4], .little);
        const texts = start + 36 + 4 * (counts[0] + counts[1]);
        return .{ .defaults = texts, .rows = texts + counts[2] };
    }
};

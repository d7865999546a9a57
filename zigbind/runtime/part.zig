//! Parts of a library's description that do not stand in its one text: those of the classes of `card.zig`, and the types in them.
//!
//! A part is a magic text of 16 bytes, then numbers of 32 bits that say how much follows of what, then that: see `Card` and `Type`.
//! `binary.py` reads them.

const literal = @import("literal.zig");

/// Stands for a type in the part of a class.
pub const Code = u32;

/// The parameter or result is no part of the signature: the instance, an allocator.
pub const hidden: Code = 1;
/// Of a type that is a class, with the place of the class; of others it is a digest of the type's name.
pub const class_bit: Code = 1 << 31;
/// Of a field with a default.
pub const default_bit: Code = 1 << 30;

pub fn codeOf(comptime T: type) Code {
    comptime {
        var digest: u32 = 2166136261;
        for (@typeName(T)) |byte| digest = (digest ^ byte) *% 16777619;
        return digest % default_bit | 2;
    }
}

const magic = .{ "zigbind ", "type 1\n\x00", "card 1\n\x00" };

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

/// A class: its place; the codes of the fields; of each function `head`, the code of the result and those of its parameters; the
/// defaults, each with a zero byte behind it; the `rows` of its `source.Container`.
pub fn Card(comptime field_count: usize, comptime function_codes: usize, comptime default_bytes: usize, comptime row_bytes: usize) type {
    return extern struct {
        magic: [16]u8 = (magic[0] ++ magic[2]).*,
        place: u32,
        counts: [4]u32,
        fields: [field_count]Code,
        functions: [function_codes]Code,
        defaults: [default_bytes]u8,
        rows: [row_bytes]u8,
    };
}

/// How many parameters a function has, and whether it is called on an instance.
pub fn head(comptime parameters: usize, comptime is_method: bool) Code {
    return parameters | if (is_method) @as(Code, 1 << 8) else 0;
}

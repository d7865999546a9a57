//! The tokens of Zig source, found by the tokenizer of the Zig compiler itself: `std.zig.Tokenizer`.
//!
//! Source is bytes (or str). Any bytes will do: what is not Zig is a token of the kind "invalid". The last
//! token is always "eof".

const std = @import("std");
const zb = @import("zigbind");

const Tag = std.zig.Token.Tag;

/// The names of all kinds of token, in the order of `std.zig.Token.Tag`.
pub const KINDS = std.meta.fieldNames(Tag).*;

/// A token's kind, where it starts and where it ends, in bytes.
const Token = struct { [:0]const u8, usize, usize };

/// The tokens of `source` in order, each as (kind, start, end): its text is `source[start:end]`, in bytes.
pub fn tokens(gpa: std.mem.Allocator, source: []const u8) ![]Token {
    var tokenizer: std.zig.Tokenizer = .init(try gpa.dupeZ(u8, source));
    var list: std.ArrayList(Token) = .empty;
    while (true) {
        const token = tokenizer.next();
        try list.append(gpa, .{ @tagName(token.tag), token.loc.start, token.loc.end });
        if (token.tag == .eof) return list.toOwnedSlice(gpa);
    }
}

/// A kind of token, and how many tokens are of it.
const Count = struct { [:0]const u8, u64 };

/// How many tokens of each kind `source` has, as (kind, count), in the order of `KINDS`. What it has none of is left out.
pub fn kinds(gpa: std.mem.Allocator, source: []const u8) ![]Count {
    var tokenizer: std.zig.Tokenizer = .init(try gpa.dupeZ(u8, source));
    var counts: std.EnumArray(Tag, u64) = .initFill(0);
    while (true) {
        const tag = tokenizer.next().tag;
        counts.getPtr(tag).* += 1;
        if (tag == .eof) break;
    }

    var list: std.ArrayList(Count) = .empty;
    for (std.enums.values(Tag)) |tag| {
        if (counts.get(tag) > 0) try list.append(gpa, .{ @tagName(tag), counts.get(tag) });
    }
    return list.toOwnedSlice(gpa);
}

/// What the compiler's messages call a kind of token: "->" for "arrow", "a string literal" for "string_literal".
pub fn symbol(kind: []const u8) ![]const u8 {
    const tag = std.meta.stringToEnum(Tag, kind) orelse return zb.raise(.ValueError, "no kind of token: '{s}'", .{kind});
    return tag.symbol();
}

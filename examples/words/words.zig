//! Words: letters counted, anagrams found, spelling compared.
const std = @import("std");
const Allocator = std.mem.Allocator;

/// How often each letter is used, in alphabetical order.
pub fn letters(gpa: Allocator, words: []const []const u8) !std.StringArrayHashMapUnmanaged(usize) {
    var counts: [256]usize = @splat(0);
    for (words) |word| for (word) |byte| {
        counts[byte] += 1;
    };
    var result: std.StringArrayHashMapUnmanaged(usize) = .empty;
    for (0..128) |byte| if (counts[byte] > 0) try result.put(gpa, ascii[byte .. byte + 1], counts[byte]);
    return result;
}

const ascii = blk: {
    var all: [128]u8 = undefined;
    for (&all, 0..) |*byte, value| byte.* = value;
    break :blk all;
};

/// Words of the same letters, by these letters in alphabetical order. Words that are alone with theirs are left out.
pub fn anagrams(gpa: Allocator, words: []const []const u8) !std.StringArrayHashMapUnmanaged(std.ArrayList([]const u8)) {
    var families: std.StringArrayHashMapUnmanaged(std.ArrayList([]const u8)) = .empty;
    for (words) |word| {
        const sorted = try gpa.dupe(u8, word);
        std.mem.sort(u8, sorted, {}, std.sort.asc(u8));
        const family = try families.getOrPut(gpa, sorted);
        if (!family.found_existing) family.value_ptr.* = .empty;
        try family.value_ptr.append(gpa, word);
    }
    var result: std.StringArrayHashMapUnmanaged(std.ArrayList([]const u8)) = .empty;
    for (families.keys(), families.values()) |key, family| if (family.items.len > 1) try result.put(gpa, key, family);
    return result;
}

/// How many letters must be put in, taken out or exchanged to make one word of the other: the Levenshtein distance, in bytes.
pub fn distance(a: []const u8, b: []const u8) error{ValueError}!usize {
    var row: [longest + 1]usize = undefined;
    if (b.len > longest) return error.ValueError;
    for (row[0 .. b.len + 1], 0..) |*cell, column| cell.* = column;
    for (a, 1..) |letter, line| {
        var diagonal = row[0];
        row[0] = line;
        for (b, 1..) |other, column| {
            const exchanged = diagonal + @intFromBool(letter != other);
            diagonal = row[column];
            row[column] = @min(exchanged, row[column - 1] + 1, diagonal + 1);
        }
    }
    return row[b.len];
}

/// No word has more letters.
const longest = 255;

/// The distance of each pair.
pub fn distances(gpa: Allocator, pairs: []const struct { []const u8, []const u8 }) ![]usize {
    const result = try gpa.alloc(usize, pairs.len);
    for (pairs, result) |pair, *one| one.* = try distance(pair[0], pair[1]);
    return result;
}

/// The words that are nearest to another one, and how far they are.
pub fn nearest(gpa: Allocator, word: []const u8, words: []const []const u8) !struct { []const []const u8, usize } {
    var found: std.ArrayList([]const u8) = .empty;
    var least: usize = std.math.maxInt(usize);
    for (words) |candidate| {
        const far = try distance(word, candidate);
        if (far < least) found.clearRetainingCapacity();
        least = @min(least, far);
        if (far == least) try found.append(gpa, candidate);
    }
    return .{ found.items, if (found.items.len > 0) least else 0 };
}

/// The words of `words` that are not among `known`.
pub fn unknown(gpa: Allocator, words: std.StringArrayHashMap(void), known: std.StringHashMap(void)) ![]const []const u8 {
    var result: std.ArrayList([]const u8) = .empty;
    for (words.keys()) |word| if (!known.contains(word)) try result.append(gpa, word);
    return result.items;
}

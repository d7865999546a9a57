//! Containers of std: what comes in goes out.
const std = @import("std");
const zb = @import("zigbind");
const Allocator = std.mem.Allocator;

pub const Color = enum { red, green, blue };
pub const Level = enum(u8) { low = 1, high = 200 };
const Plain = enum { on, off };

pub fn string_map(x: std.StringHashMap(i64)) std.StringHashMap(i64) { return x; }
pub fn string_map_unmanaged(x: std.StringHashMapUnmanaged(i64)) std.StringHashMapUnmanaged(i64) { return x; }
pub fn auto_map(x: std.AutoHashMap(i64, f64)) std.AutoHashMap(i64, f64) { return x; }
pub fn auto_map_unmanaged(x: std.AutoHashMapUnmanaged(u8, bool)) std.AutoHashMapUnmanaged(u8, bool) { return x; }
pub fn array_map(x: std.StringArrayHashMap(i64)) std.StringArrayHashMap(i64) { return x; }
pub fn array_map_unmanaged(x: std.StringArrayHashMapUnmanaged([]const u8)) std.StringArrayHashMapUnmanaged([]const u8) { return x; }
pub fn auto_array_map(x: std.AutoArrayHashMap(i64, i64)) std.AutoArrayHashMap(i64, i64) { return x; }
pub fn auto_array_map_unmanaged(x: std.AutoArrayHashMapUnmanaged(u64, ?i64)) std.AutoArrayHashMapUnmanaged(u64, ?i64) { return x; }
pub fn enum_map(x: std.AutoHashMap(Color, i64)) std.AutoHashMap(Color, i64) { return x; }
pub fn level_map(x: std.AutoArrayHashMap(Level, Color)) std.AutoArrayHashMap(Level, Color) { return x; }
pub fn plain_map(x: std.AutoArrayHashMap(Plain, i64)) std.AutoArrayHashMap(Plain, i64) { return x; }
pub fn bool_map(x: std.AutoHashMap(bool, i64)) std.AutoHashMap(bool, i64) { return x; }
pub fn tuple_map(x: std.AutoHashMap(struct { i32, i32 }, i64)) std.AutoHashMap(struct { i32, i32 }, i64) { return x; }
pub fn text_map(x: std.StringHashMap([]const u8)) std.StringHashMap([]const u8) { return x; }
pub fn object_map(x: std.StringHashMap(zb.Object)) std.StringHashMap(zb.Object) { return x; }
pub fn optional_map(x: ?std.StringHashMap(i64)) ?std.StringHashMap(i64) { return x; }

pub fn map_of_lists(table: std.StringHashMap([]const i64)) std.StringHashMap([]const i64) { return table; }
pub fn map_of_maps(table: std.StringHashMap(std.AutoHashMap(i64, []const ?[]const u8))) std.StringHashMap(std.AutoHashMap(i64, []const ?[]const u8)) { return table; }
pub fn map_of_sets(table: std.StringArrayHashMap(std.AutoHashMap(i64, void))) std.StringArrayHashMap(std.AutoHashMap(i64, void)) { return table; }
pub fn list_of_maps(rows: []const std.StringHashMap(f64)) []const std.StringHashMap(f64) { return rows; }
pub fn list_of_tuples(rows: std.ArrayList(struct { []const u8, std.ArrayList(i64) })) std.ArrayList(struct { []const u8, std.ArrayList(i64) }) { return rows; }
pub fn optionals(rows: []const ?i64) []const ?i64 { return rows; }
pub fn texts(rows: []const []const u8) []const []const u8 { return rows; }

pub fn int_set(x: std.AutoHashMap(i64, void)) std.AutoHashMap(i64, void) { return x; }
pub fn int_set_unmanaged(x: std.AutoHashMapUnmanaged(u8, void)) std.AutoHashMapUnmanaged(u8, void) { return x; }
pub fn text_set(x: std.StringHashMap(void)) std.StringHashMap(void) { return x; }
pub fn text_array_set(x: std.StringArrayHashMap(void)) std.StringArrayHashMap(void) { return x; }
pub fn enum_set(x: std.EnumSet(Color)) std.EnumSet(Color) { return x; }
pub fn level_set(x: std.EnumSet(Level)) std.EnumSet(Level) { return x; }
pub fn plain_set(x: std.EnumSet(Plain)) std.EnumSet(Plain) { return x; }
/// The keys, in order.
pub fn ordered_keys(gpa: Allocator, x: std.StringArrayHashMap(void)) ![]const []const u8 { return gpa.dupe([]const u8, x.keys()); }

pub fn int_list(x: std.ArrayList(i64)) std.ArrayList(i64) { return x; }
pub fn int_list_managed(x: std.array_list.Managed(i64)) std.array_list.Managed(i64) { return x; }
pub fn float_list(x: std.ArrayList(f64)) std.ArrayList(f64) { return x; }
pub fn aligned_list(x: std.array_list.Aligned(f32, .@"64")) !std.array_list.Aligned(f32, .@"64") {
    if (@intFromPtr(x.items.ptr) % 64 != 0 and x.items.len > 0) return error.Unaligned;
    return x;
}
pub fn text_list(x: std.ArrayList([]const u8)) std.ArrayList([]const u8) { return x; }
pub fn bytes_list(x: std.ArrayList(u8)) std.ArrayList(u8) { return x; }

pub fn complex(x: std.math.Complex(f64)) std.math.Complex(f64) { return x; }
pub fn complex_small(x: std.math.Complex(f32)) std.math.Complex(f32) { return x; }
pub fn complexes(x: []const std.math.Complex(f64)) []const std.math.Complex(f64) { return x; }

/// Containers that know their allocator grow in a function.
pub fn grow(x: std.StringHashMap(i64), list: std.array_list.Managed(i64), n: usize) !struct { usize, usize } {
    var map = x;
    var items = list;
    const names = try zb.allocator.alloc([8]u8, n);
    for (names, 0..) |*name, position| {
        std.mem.writeInt(u64, name, position, .little);
        try map.put(name, 1);
        try items.append(1);
    }
    return .{ map.count(), items.items.len };
}
pub fn grow_unmanaged(gpa: Allocator, x: std.AutoHashMapUnmanaged(i64, void), n: i64) !usize {
    var map = x;
    var position: i64 = 0;
    while (position < n) : (position += 1) try map.put(gpa, position, {});
    return map.count();
}
pub fn count_letters(gpa: Allocator, text: []const u8) !std.AutoArrayHashMapUnmanaged(u8, usize) {
    var counts: std.AutoArrayHashMapUnmanaged(u8, usize) = .empty;
    for (text) |letter| (try counts.getOrPutValue(gpa, letter, 0)).value_ptr.* += 1;
    return counts;
}
/// Where the key's text is.
pub fn key_address(x: std.StringHashMap(i64)) usize {
    var keys = x.keyIterator();
    return @intFromPtr((keys.next() orelse return 0).*.ptr);
}
pub fn sum(x: std.StringHashMap(i64)) i64 {
    var total: i64 = 0;
    var values = x.valueIterator();
    while (values.next()) |value| total += value.*;
    return total;
}
pub fn invalid_keys() !std.StringHashMapUnmanaged(i64) {
    var map: std.StringHashMapUnmanaged(i64) = .empty;
    try map.put(zb.allocator, "\xff", 1);
    return map;
}
pub fn after_error(x: std.StringHashMap(i64)) !std.StringHashMap(i64) {
    if (x.count() > 0) return error.ValueError;
    return x;
}

/// Containers in the fields of a class, and as results of methods.
pub const Table = struct {
    gpa: Allocator,
    rows: std.StringHashMapUnmanaged(i64) = .empty,
    items: std.ArrayList(i64) = .empty,

    pub fn init(gpa: Allocator) Table { return .{ .gpa = gpa }; }
    pub fn deinit(self: *Table) void {
        var names = self.rows.keyIterator();
        while (names.next()) |name| self.gpa.free(name.*);
        self.rows.deinit(self.gpa);
        self.items.deinit(self.gpa);
    }
    pub fn put(self: *Table, name: []const u8, value: i64) !void {
        const entry = try self.rows.getOrPut(self.gpa, name);
        if (!entry.found_existing) entry.key_ptr.* = self.gpa.dupe(u8, name) catch |err| {
            _ = self.rows.remove(name);
            return err;
        };
        entry.value_ptr.* = value;
        try self.items.append(self.gpa, value);
    }
    pub fn all(self: *const Table) std.StringHashMapUnmanaged(i64) { return self.rows; }
    pub fn copy(self: *const Table, gpa: Allocator) !std.StringHashMapUnmanaged(i64) { return self.rows.clone(gpa); }
    pub fn managed(self: *const Table, gpa: Allocator) !std.StringHashMap(i64) {
        return (try self.rows.clone(gpa)).promote(gpa);
    }
    pub fn in_call(self: *const Table, gpa: Allocator) !std.StringHashMap(i64) {
        _ = gpa;
        return (try self.rows.clone(zb.allocator)).promote(zb.allocator);
    }
    pub fn doubled(self: *const Table, gpa: Allocator) !std.ArrayList(i64) {
        var list: std.ArrayList(i64) = try .initCapacity(gpa, self.items.items.len);
        for (self.items.items) |item| list.appendAssumeCapacity(2 * item);
        return list;
    }
    pub fn doubled_managed(self: *const Table, gpa: Allocator) !std.array_list.Managed(i64) {
        var list = std.array_list.Managed(i64).init(gpa);
        errdefer list.deinit();
        for (self.items.items) |item| try list.append(2 * item);
        return list;
    }
    pub fn broken(_: *const Table, gpa: Allocator) !std.StringHashMap(i64) {
        var map = std.StringHashMap(i64).init(gpa);
        errdefer map.deinit();
        try map.put("\xff", 1);
        return map;
    }
};

/// A type by another name is no class.
pub const Names = std.StringHashMap(void);
pub fn named(x: Names) usize { return x.count(); }
pub const no_items: std.ArrayList(i64) = .empty;
pub const no_names: std.StringHashMapUnmanaged(i64) = .empty;
pub const both: std.EnumSet(Color) = .initMany(&.{ .red, .blue });

/// Containers among the options, and in a struct that has no name in Python.
pub fn options(opts: struct { items: std.ArrayList(i64) = .empty, names: std.StringHashMapUnmanaged(i64) = .empty, z: std.math.Complex(f64) = .{ .re = 1, .im = 2 } }) struct { usize, usize, std.math.Complex(f64) } {
    return .{ opts.items.items.len, opts.names.count(), opts.z };
}
const Row = struct { name: []const u8, values: std.ArrayList(f64), tags: std.StringHashMap(void) };
pub fn record(row: Row) Row { return row; }

/// Containers in fields with defaults, without an init.
pub const Bag = struct {
    size: i64 = 0,
    items: std.ArrayList(i64) = .empty,
    names: std.AutoHashMapUnmanaged(i64, void) = .empty,
    colors: std.EnumSet(Color) = .initEmpty(),
    z: std.math.Complex(f32) = .{ .re = 0, .im = 0 },
};

/// What has no counterpart is left out, with the reason.
pub fn buffers(x: std.BufSet) usize { return x.count(); }
pub fn references(x: []const zb.Ref) usize { return x.len; }

//! What Zig code does with Python objects.
const std = @import("std");
const zb = @import("zigbind");
const Allocator = std.mem.Allocator;

pub const Point = struct { x: f64, y: f64 = 0 };
pub const Color = enum { red, green };

// ---- attributes

pub fn get(x: zb.Object) !zb.Ref { return x.get("name"); }
pub fn get_text(gpa: Allocator, x: zb.Object) ![]const u8 {
    const name = try x.get("name");
    defer name.release();
    return gpa.dupe(u8, try name.to([]const u8));
}
pub fn set(x: zb.Object, value: i64) !void { try x.set("name", value); }
pub fn set_point(x: zb.Object, value: Point) !void { try x.set("name", value); }
pub fn del(x: zb.Object) !void { try x.del("name"); }
pub fn has(x: zb.Object) !bool { return x.has("name"); }

// ---- items

pub fn item(x: zb.Object, key: zb.Object) !zb.Ref { return x.item(key); }
pub fn item_text(x: zb.Object, key: []const u8) !zb.Ref { return x.item(key); }
pub fn set_item(x: zb.Object, key: zb.Object, value: zb.Object) !void { try x.setItem(key, value); }
pub fn del_item(x: zb.Object, key: zb.Object) !void { try x.delItem(key); }
pub fn contains(x: zb.Object, value: zb.Object) !bool { return x.contains(value); }
pub fn len(x: zb.Object) !usize { return x.len(); }

// ---- calls

pub fn call(f: zb.Object) !zb.Ref { return f.call(.{ 1, "two", 3.5, null, .{ true, [2]i8{ 4, 5 } } }); }
pub fn call_nothing(f: zb.Object) !zb.Ref { return f.call(.{}); }
pub fn call_with(f: zb.Object, n: i64) !zb.Ref { return f.callWith(.{n}, .{ .b = "b", .c = @as(?i64, null) }); }
pub fn call_method(x: zb.Object, separator: []const u8) !zb.Ref { return x.callMethod("split", .{separator}); }
pub fn call_method_with(x: zb.Object) !zb.Ref { return x.callMethodWith("split", .{}, .{ .sep = ",", .maxsplit = 1 }); }
pub fn call_point(f: zb.Object) !f64 {
    const result = try f.call(.{ Point{ .x = 3, .y = 4 }, Color.green });
    defer result.release();
    return result.to(f64);
}
pub fn caught(f: zb.Object) i64 {
    const result = f.call(.{}) catch return -1;
    defer result.release();
    return result.to(i64) catch -2;
}

// ---- comparison, text, iteration

pub fn same(a: zb.Object, b: zb.Object) bool { return a.is(b); }
pub fn equals(a: zb.Object, b: i64) !bool { return a.equals(b); }
pub fn less(a: zb.Object, b: zb.Object) !bool { return a.less(b); }
pub fn hash(a: zb.Object) !isize { return a.hash(); }
pub fn is_true(a: zb.Object) !bool { return a.isTrue(); }
pub fn is_instance(a: zb.Object, class: zb.Type) !bool { return a.isInstance(class); }
pub fn str(gpa: Allocator, a: zb.Object) ![]u8 { return a.str(gpa); }
pub fn repr(gpa: Allocator, a: zb.Object) ![]u8 { return a.repr(gpa); }
pub fn class_name(gpa: Allocator, a: zb.Object) ![]u8 { return a.class().name(gpa); }
pub fn sum(a: zb.Object) !i64 {
    const items = try a.iterate();
    defer items.release();
    var total: i64 = 0;
    while (try items.next(i64)) |one| total += one;
    return total;
}
pub fn longest(a: zb.Object) ![]const u8 {
    const items = try a.iterate();
    defer items.release();
    var best: []const u8 = "";
    while (try items.next([]const u8)) |one| if (one.len > best.len) { best = one; };
    return best;
}
pub fn to_list(a: zb.Object) ![]const i64 { return a.to([]const i64); }
pub fn to_point(a: zb.Object) !f64 {
    const point = try a.to(Point);
    return point.x + point.y;
}
pub fn to_map(a: zb.Object) !std.StringHashMap([]const i64) { return a.to(std.StringHashMap([]const i64)); }

// ---- lists

pub fn list_new(n: usize) !zb.ListRef {
    const list = try zb.List.new(.{});
    errdefer list.release();
    for (0..n) |i| try list.append(i * i);
    return list;
}
pub fn list_of() !zb.ListRef { return zb.List.new(.{ 1, "two", 3.0, null, .{ 4, 5 } }); }
pub fn list_of_slice(x: []const f64) !zb.ListRef { return zb.List.new(x); }
pub fn list_sum(x: zb.List) !i64 {
    var items = x.items(i64);
    var total: i64 = 0;
    while (try items.next()) |one| total += one;
    return total;
}
pub fn list_texts(gpa: Allocator, x: zb.List) ![]const []const u8 {
    const texts = try gpa.alloc([]const u8, x.len());
    for (texts, 0..) |*text, i| text.* = try x.get([]const u8, i);
    return texts;
}
pub fn list_change(x: zb.List) !void {
    try x.append(7);
    try x.insert(0, "first");
    try x.set(1, null);
    try x.reverse();
}
pub fn list_set(x: zb.List, position: usize, value: zb.Object) !void { try x.set(position, value); }
pub fn list_get(x: zb.List, position: usize) !zb.Ref { return x.get(zb.Ref, position); }
pub fn list_sort(x: zb.List) !zb.List { try x.sort(); return x; }
pub fn maybe_list(x: ?zb.List) ?zb.List { return x; }
pub fn maybe_new(wanted: bool) !?zb.ListRef { return if (wanted) try zb.List.new(.{1}) else null; }
pub fn fails_late() !zb.ListRef {
    const list = try zb.List.new(.{ 1, 2 });
    errdefer list.release();
    return error.ValueError;
}
pub fn lists(x: []const zb.List) ![]const zb.List { return x; }

// ---- tuples, dicts, sets

pub fn tuple_new(x: zb.Object) !zb.TupleRef { return zb.Tuple.new(.{ x, 2, "three" }); }
pub fn tuple_get(x: zb.Tuple, position: usize) !f64 { return x.get(f64, position); }
pub fn tuple_len(x: zb.Tuple) usize { return x.len(); }

pub fn dict_new(names: []const []const u8) !zb.DictRef {
    const dict = try zb.Dict.new();
    errdefer dict.release();
    for (names, 0..) |name, i| try dict.put(name, i);
    return dict;
}
pub fn dict_get(x: zb.Dict, key: []const u8) !?f64 { return x.get(f64, key); }
pub fn dict_get_object(x: zb.Dict, key: zb.Object) !?zb.Ref { return x.get(zb.Ref, key); }
pub fn dict_remove(x: zb.Dict, key: zb.Object) !bool { return x.remove(key); }
pub fn dict_contains(x: zb.Dict, key: zb.Object) !bool { return x.contains(key); }
pub fn dict_sum(x: zb.Dict) !i64 {
    var values = x.values(i64);
    var total: i64 = 0;
    while (try values.next()) |value| total += value;
    return total;
}
pub fn dict_keys(gpa: Allocator, x: zb.Dict) ![]const []const u8 {
    var keys = x.keys([]const u8);
    var list: std.ArrayList([]const u8) = .empty;
    while (try keys.next()) |key| try list.append(gpa, key);
    return list.items;
}
pub fn dict_swap(x: zb.Dict) !zb.DictRef {
    const result = try zb.Dict.new();
    errdefer result.release();
    var items = x.items([]const u8, i64);
    while (try items.next()) |one| try result.put(one.value, one.key);
    return result;
}
pub fn dict_grows(x: zb.Dict) !void {
    var keys = x.keys(i64);
    while (try keys.next()) |key| try x.put(key + 1000, null);
}
pub fn dict_copy(x: zb.Dict) !zb.DictRef { return x.copy(); }
pub fn dict_len(x: zb.Dict) usize { return x.len(); }

pub fn set_new(x: []const zb.Object) !zb.SetRef {
    const set_ = try zb.Set.new();
    errdefer set_.release();
    for (x) |one| try set_.add(one);
    return set_;
}
pub fn set_contains(x: zb.Set, value: zb.Object) !bool { return x.contains(value); }
pub fn set_remove(x: zb.Set, value: zb.Object) !bool { return x.remove(value); }
pub fn set_sum(x: zb.Set) !i64 {
    const items = try x.iterate();
    defer items.release();
    var total: i64 = @intCast(x.len());
    while (try items.next(i64)) |one| total += one;
    return total;
}

// ---- iterators, classes, modules

pub fn next(x: zb.Iterator) !?zb.Ref { return x.next(zb.Ref); }
pub fn make(class: zb.Type, value: i64) !zb.Ref { return class.call(.{value}); }
pub fn is_subclass(class: zb.Type, other: zb.Type) !bool { return class.isSubclassOf(other); }
pub fn type_name(gpa: Allocator, class: zb.Type) ![]u8 { return class.name(gpa); }
pub fn module_get(module: zb.Module) !zb.Ref { return module.get("__name__"); }
pub fn hypot(a: f64, b: f64) !f64 {
    const math = try zb.import("math");
    defer math.release();
    const result = try math.call("hypot", .{ a, b });
    defer result.release();
    return result.to(f64);
}
pub fn import_(name: [:0]const u8) !zb.ModuleRef { return zb.import(name); }
pub fn eval(expression: [:0]const u8) !zb.Ref { return zb.eval(expression); }
pub fn to_object(x: i64) !zb.Ref { return zb.toObject(.{ x, Point{ .x = 1 }, Color.red, "text", @as([]const i64, &.{ 1, 2 }), &.{ 1, 2 } }); }

/// Objects of named types as fields, known to the garbage collector.
pub const Keeper = struct {
    list: zb.List,
    table: ?zb.Dict = null,
    pub fn add(self: *Keeper, value: zb.Object) !usize { try self.list.append(value); return self.list.len(); }
    pub fn fresh(self: *const Keeper) !zb.ListRef { _ = self; return zb.List.new(.{1}); }
};

//! Which Zig types are Python types of their own, known before anything is converted: one list for the whole module.
//!
//! In a module with an explicit `PyInit_` there is no list: types become known at run time, by `zb.defineClass` and its kin.

const std = @import("std");
const builtin = @import("builtin");
const root = @import("root");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const options_zig = @import("options.zig");
const Borrowed = @import("object.zig").Borrowed;
const source = @import("source.zig");
const standard = @import("standard.zig");

/// Whether the module is reflected.
pub const reflected = @hasDecl(root, "zigbind_options");

pub const Kind = enum { class, enumeration, flags, tagged_union, errors };

pub const Entry = struct {
    T: type,
    kind: Kind,
    /// The name in Python.
    name: [:0]const u8,
    /// Names of the namespaces and classes around it, each with a dot behind: "geometry.".
    path: [:0]const u8 = "",
    /// As much of `path` as is classes: "Outer.".
    outer: [:0]const u8 = "",
    declaration: source.Declaration = .{},
    /// Equal in every library that was built from the same source with the same layout.
    identity: [:0]const u8 = "",
    /// The module it is a class of, where that is another one.
    module: ?[:0]const u8 = null,
    /// Its place in the objects of the state, and how many it takes.
    first: usize = 0,
    count: usize = 1,
    /// Its place among those of the module itself.
    nth: usize = 0,
    /// Named by a class that derives from it, before it was met itself.
    is_ahead: bool = false,
    /// Others of the module derive from it.
    has_derived: bool = false,

    pub fn qualname(comptime self: Entry) [:0]const u8 {
        return self.path ++ self.name;
    }

    pub fn doc(comptime self: Entry) [:0]const u8 {
        if (self.declaration.doc.len > 0) return self.declaration.doc;
        const found = self.declaration.container orelse return "";
        if (found.doc.len > 0) return found.doc;
        return if (found.find("init")) |init| init.doc else "";
    }

    pub fn container(comptime self: Entry) source.Container {
        return self.declaration.container orelse .{};
    }
};

/// What a type is to Python by its shape alone; null where it is none of these.
pub fn kindOf(comptime T: type) ?Kind {
    comptime {
        if (isOveraligned(T)) return null;
        return switch (@typeInfo(T)) {
            .@"struct" => |info| {
                if (info.is_tuple or isConverted(T) or @hasDecl(T, "zigbind_overload") or @hasDecl(T, "zigbind_nogil")) return null;
                const types = compat.fieldTypes(T);
                if (types.len == 0) return if (takesItself(T)) .class else null;
                if (info.layout != .@"packed" or flagNames(T).len == 0 or @bitSizeOf(T) > 63) return .class;
                // `_: u5` fills up the bits that have no meaning.
                for (compat.fieldNames(T), types) |name, Field| if (Field != bool and name[0] != '_') return .class;
                return .flags;
            },
            .@"enum" => if (isConverted(T)) null else .enumeration,
            .@"union" => |info| if (info.tag_type != null and !isConverted(T)) .tagged_union else null,
            .error_set => |names| if (names != null) .errors else null,
            else => null,
        };
    }
}

/// Whether a container has a way of its own to convert, or is nothing that is defined as a class.
pub fn isConverted(comptime T: type) bool {
    return T == c.PyObject or T == Borrowed or T == std.mem.Allocator or @hasDecl(T, "zigbind_converter") or hasCaster(T) or standard.kindOf(T) != null;
}

/// Whether a container has a `TypeCaster` of its own: see `convert/caster.zig`.
pub fn hasCaster(comptime T: type) bool {
    return @hasDecl(T, "TypeCaster") and @TypeOf(T.TypeCaster) == type;
}

/// Whether objects cannot hold a T: Python's memory is aligned to 16 bytes.
pub fn isOveraligned(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .@"struct", .@"union" => @alignOf(T) > 16,
        else => false,
    };
}

/// The flags of a packed struct.
pub fn flagNames(comptime T: type) []const [:0]const u8 {
    comptime {
        var names: []const [:0]const u8 = &.{};
        for (compat.fieldNames(T), compat.fieldTypes(T)) |name, Field| if (Field == bool and name[0] != '_') {
            names = names ++ .{name};
        };
        return names;
    }
}

/// A struct without fields is a class where it has methods or options, else a namespace.
fn takesItself(comptime T: type) bool {
    if (@hasDecl(T, "zigbind") and @TypeOf(T.zigbind) != type) return true;
    for (compat.declNames(T)) |name| switch (@typeInfo(@TypeOf(@field(T, name)))) {
        .@"fn" => if (isReceiver(compat.firstParam(@TypeOf(@field(T, name))), T)) return true,
        else => {},
    };
    return false;
}

/// Whether a parameter of this type can be the instance that a method of T is called on.
pub fn isReceiver(comptime Param: ?type, comptime T: type) bool {
    const P = Param orelse return false;
    if (P == T or P == *T or P == *const T) return true;
    if (@typeInfo(P) != .@"struct") return false;
    if (@hasDecl(P, "zigbind_owned")) return P.zigbind_owned == T;
    return @hasDecl(P, "zigbind_trampoline") and P.zigbind_trampoline == T;
}

/// Of how many objects the state keeps track for a type.
fn countOf(comptime T: type, comptime kind: Kind) usize {
    return switch (kind) {
        // The class, and the one of its views.
        .class => 2,
        .enumeration => 1 + compat.enumNames(T).len,
        .flags => 1,
        .tagged_union => 1 + compat.unionNames(T).len,
        .errors => 1 + @typeInfo(T).error_set.?.len,
    };
}

/// What the source uses of the runtime.
pub const uses: source.Uses = if (reflected) root.zigbind_options.uses else .{};

/// Every type that is a Python type of this module, or of a file that it imports.
pub const entries: []const Entry = if (reflected) blk: {
    @setEvalBranchQuota(10_000_000);
    var found: List = .{};
    for (root.zigbind_options.files, 0..) |file, nth| {
        const scope: Walk = .{ .file = file, .source_known = root.zigbind_options.source_known, .module = if (nth == 0) null else file.module, .found = &found };
        scope.collect(file.Root, file.container, "", "", &.{});
        // A file that is a struct itself is a class of the modules that import it.
        if (nth > 0 and kindOf(file.Root) == .class and compat.fieldTypes(file.Root).len > 0)
            scope.add(file.Root, .class, file.module, "", "", .{ .container = file.container }, &.{});
    }
    const list = found.items[0..found.count];
    var placed: [list.len]Entry = undefined;
    var first: usize = 0;
    var own: usize = 0;
    for (list, &placed) |entry, *one| {
        one.* = entry;
        one.nth = own;
        own += @intFromBool(entry.module == null);
        one.first = first;
        first += entry.count;
    }
    // The methods of a base look into the module of the instance they are called on: it must be their own.
    for (list) |entry| if (if (entry.declaration.hasSheet()) null else baseOf(entry.T)) |Base| for (&placed) |*one| if (one.T == Base) {
        one.has_derived = true;
        if (!sameFile(one.identity, entry.identity)) one.identity = "";
    };
    const result = placed;
    break :blk &result;
} else &.{};

/// Those of them that are error sets.
pub const error_sets: []const Entry = blk: {
    @setEvalBranchQuota(1_000_000);
    var list: []const Entry = &.{};
    for (entries) |entry| if (entry.kind == .errors) {
        list = list ++ .{entry};
    };
    break :blk list;
};

/// Whether there can be any: without, functions have no way to their state but through the module.
pub const has_types = !reflected or entries.len > 0;

/// How many objects the state has.
pub const object_count = if (entries.len == 0) 0 else entries[entries.len - 1].first + entries[entries.len - 1].count;

/// Whether two identities begin with the digest of the same file.
fn sameFile(comptime a: []const u8, comptime b: []const u8) bool {
    const digest_bytes = 32;
    return a.len >= digest_bytes and b.len >= digest_bytes and std.mem.eql(u8, a[0..digest_bytes], b[0..digest_bytes]);
}

const Walk = struct {
    file: source.File,
    source_known: bool,
    module: ?[:0]const u8,
    found: *List,

    fn collect(
        comptime self: Walk,
        comptime C: type,
        comptime container: source.Container,
        comptime path: [:0]const u8,
        comptime outer_classes: [:0]const u8,
        comptime outer: []const type,
    ) void {
        const own = options_zig.of(C);
        for (compat.declNames(C)) |name| {
            if (@hasField(enum { zigbind }, name) or own.excludes(name)) continue;
            const declaration = container.find(name) orelse source.Declaration{};
            // What is no type is not even looked at in other files: it may be no business of this module.
            if (self.module != null and declaration.container == null and !declaration.is_error_set) continue;
            if (@TypeOf(@field(C, name)) != type) continue;
            const T = @field(C, name);
            // What stands in the source as a struct with fields is a class, and no generic one.
            if (declaration.hasSheet() and !isOveraligned(T) and !standsIn(T, outer)) {
                self.add(T, .class, own.pythonName(name), path, outer_classes, declaration, outer);
                continue;
            }
            const kind = kindOf(T);
            // Not every declaration of a generic type of std compiles: those of the project's own do, or it is for their author to see.
            if (kind != null and isForeignGeneric(T)) continue;
            // Another name for what stands further out, where it is described: types may name one another.
            if (standsIn(T, outer)) continue;
            if (kind != null) {
                self.add(T, kind.?, own.pythonName(name), path, outer_classes, declaration, outer ++ .{C});
            } else if (isNamespace(T, declaration, self.source_known, outer ++ .{C})) {
                self.collect(T, declaration.container orelse .{}, path ++ name ++ ".", "", outer ++ .{C});
            }
        }
    }

    fn add(
        comptime self: Walk,
        comptime T: type,
        comptime kind: Kind,
        comptime name: [:0]const u8,
        comptime path: [:0]const u8,
        comptime outer_classes: [:0]const u8,
        comptime declaration: source.Declaration,
        comptime outer: []const type,
    ) void {
        const has_sheet = declaration.hasSheet();
        const python_name = if (has_sheet) name else options_zig.of(T).name orelse name;
        const known = self.found.find(T);
        if (known) |place| if (!self.found.items[place].is_ahead) return;
        const place = known orelse self.found.count;
        self.found.put(place, .{
            .T = T,
            .kind = kind,
            .name = python_name,
            .path = path,
            .outer = outer_classes,
            .declaration = declaration,
            // An error set has no name of its own in Zig.
            .identity = if (has_sheet) identityIn(T) else if (kind != .errors) identity(T) else if (self.file.digest.len > 0) self.file.digest ++ " errors " ++ path ++ python_name else "",
            .module = self.module,
            .count = countOf(T, kind),
        });
        // With a sheet it has neither a base nor types in it.
        if ((kind == .class or kind == .tagged_union) and !has_sheet) {
            // The class that it derives from comes first.
            if (baseOf(T)) |Base| if (kindOf(Base) == .class and self.found.find(Base) == null)
                self.found.insert(place, .{ .T = Base, .kind = .class, .name = shortName(Base), .identity = identity(Base), .module = self.module, .count = 2, .is_ahead = true });
            const container = declaration.container orelse source.Container{};
            self.collect(T, container, path ++ python_name ++ ".", outer_classes ++ python_name ++ ".", outer);
        }
    }
};

/// Entries in their order while they are found, and where each is by the end of the name of its type.
const List = struct {
    items: []Entry = &.{},
    next: []usize = &.{},
    first: [bucket_count]usize = @splat(none),
    count: usize = 0,

    const none = std.math.maxInt(usize);

    fn find(comptime self: *List, comptime T: type) ?usize {
        var at = self.first[bucketOf(T)];
        while (at != none) : (at = self.next[at]) if (self.items[at].T == T) return at;
        return null;
    }

    /// In the place of another, or behind the last.
    fn put(comptime self: *List, comptime place: usize, comptime entry: Entry) void {
        if (place == self.items.len) {
            var items: [2 * place + 16]Entry = undefined;
            var next: [2 * place + 16]usize = undefined;
            for (self.items, self.next, items[0..place], next[0..place]) |item, after, *one, *other| {
                one.* = item;
                other.* = after;
            }
            self.items = &items;
            self.next = &next;
        }
        self.items[place] = entry;
        if (place < self.count) return;
        self.count += 1;
        self.link(place);
    }

    fn link(comptime self: *List, comptime place: usize) void {
        const bucket = bucketOf(self.items[place].T);
        self.next[place] = self.first[bucket];
        self.first[bucket] = place;
    }

    fn insert(comptime self: *List, comptime place: usize, comptime entry: Entry) void {
        var moved = entry;
        for (place..self.count) |at| {
            const before = self.items[at];
            self.items[at] = moved;
            moved = before;
        }
        self.put(self.count, moved);
        self.first = @splat(none);
        for (0..self.count) |at| self.link(at);
    }
};

/// Whether T is declared, under its own name, in one of the containers around.
fn standsIn(comptime T: type, comptime outer: []const type) bool {
    if (outer.len == 0) return false;
    const short = shortName(T);
    for (outer) |Outer| {
        if (!std.mem.eql(u8, @typeName(T), @typeName(Outer) ++ "." ++ short) or !@hasDecl(Outer, short) or options_zig.of(Outer).excludes(short)) continue;
        if (@TypeOf(@field(Outer, short)) == type and @field(Outer, short) == T) return true;
    }
    return false;
}

fn isForeignGeneric(comptime T: type) bool {
    return isGeneric(T) and !std.mem.startsWith(u8, @typeName(T), "top.") and @typeInfo(T) != .error_set;
}

fn isGeneric(comptime T: type) bool {
    for (@typeName(T)) |byte| if (byte == '(') return true;
    return false;
}

/// Whether a type is a namespace that becomes a submodule.
pub fn isNamespace(comptime T: type, comptime declaration: source.Declaration, comptime source_known: bool, comptime outer: []const type) bool {
    return @typeInfo(T) == .@"struct" and kindOf(T) == null and !isConverted(T) and !@hasDecl(T, "zigbind_overload") and !@hasDecl(T, "zigbind_nogil") and
        whyNoNamespace(T, declaration, source_known, outer) == null;
}

/// Why a struct without fields is no submodule.
pub fn whyNoNamespace(comptime T: type, comptime declaration: source.Declaration, comptime source_known: bool, comptime outer: []const type) ?[:0]const u8 {
    for (outer) |Outer| if (Outer == T) return "it is a namespace that this one stands in";
    if (declaration.package) |package| return "it is a namespace of the package '" ++ package ++ "'; export what you need of it by name";
    if (source_known and declaration.container == null) return "it is a type made at comptime";
    return null;
}

/// The struct that T derives from.
pub fn baseOf(comptime T: type) ?type {
    comptime {
        if (@typeInfo(T) != .@"struct") return null;
        const names = compat.fieldNames(T);
        const types = compat.fieldTypes(T);
        if (options_zig.of(T).base) |Base| {
            if (types.len == 0 or types[0] != Base) @compileError("the base of " ++ @typeName(T) ++ " is " ++ @typeName(Base) ++ ": its first field must be of that type");
            return checked(T, Base, names[0]);
        }
        if (types.len > 0 and std.mem.eql(u8, names[0], "base") and kindOf(types[0]) == .class) return checked(T, types[0], names[0]);
        return null;
    }
}

fn checked(comptime T: type, comptime Base: type, comptime field: []const u8) type {
    if (@offsetOf(T, field) != 0) @compileError("the field '" ++ field ++ "' of " ++ @typeName(T) ++ " is not at its start: a derived class begins with its base. Declare it as 'extern struct', or give '" ++ field ++ "' the largest alignment of all fields");
    return Base;
}

fn shortName(comptime T: type) [:0]const u8 {
    const name = @typeName(T);
    const dot = std.mem.lastIndexOfScalar(u8, name, '.') orelse return name;
    return name[dot + 1 ..];
}

/// Where the class comes from and how its instances lie in memory.
fn identity(comptime T: type) [:0]const u8 {
    // Of what a generic type is made its name says, but not from which source that comes.
    return if (isGeneric(T)) "" else identityIn(T);
}

fn identityIn(comptime T: type) [:0]const u8 {
    comptime {
        @setEvalBranchQuota(1_000_000);
        const name = @typeName(T);
        for (root.zigbind_options.files) |*file| {
            const prefix = @typeName(file.Root);
            if (file.digest.len == 0 or name.len < prefix.len or name.len > prefix.len and name[prefix.len] != '.') continue;
            // In one step, which a loop is not.
            const Bytes = @Vector(prefix.len, u8);
            if (@reduce(.And, @as(Bytes, name[0..prefix.len].*) == @as(Bytes, prefix[0..prefix.len].*))) return builtFrom(file) ++ name[prefix.len..];
        }
        return "";
    }
}

/// What the identities of the types of a file begin with: once for each file.
fn builtFrom(comptime file: *const source.File) [:0]const u8 {
    return file.digest ++ " " ++ builtin.zig_version_string ++ " " ++ @tagName(builtin.mode) ++ " " ++ @tagName(builtin.cpu.arch) ++ " ";
}

/// What the list knows about a type; null where it is not in it. Once for each type, whatever the number of its uses.
pub fn find(comptime T: type) ?Entry {
    return Found(T).entry;
}

fn Found(comptime T: type) type {
    return struct {
        const entry: ?Entry = blk: {
            @setEvalBranchQuota(1_000_000);
            var at = chains.first[bucketOf(T)];
            while (at < entries.len) : (at = chains.next[at]) if (entries[at].T == T) break :blk entries[at];
            break :blk null;
        };
    };
}

/// The entries by the ends of the names of their types: in a large module, going over all of them for each type takes long.
const chains = blk: {
    @setEvalBranchQuota(10_000_000);
    var first: [bucket_count]usize = @splat(entries.len);
    var next: [entries.len]usize = undefined;
    for (entries, 0..) |entry, at| {
        const bucket = bucketOf(entry.T);
        next[at] = first[bucket];
        first[bucket] = at;
    }
    const first_, const next_ = .{ first, next };
    break :blk .{ .first = first_, .next = next_ };
};

const bucket_count = 512;

fn bucketOf(comptime T: type) usize {
    const name = @typeName(T);
    if (name.len < 3) return 0;
    return (@as(usize, name[name.len - 1]) + 11 * @as(usize, name[name.len - 2]) + 121 * @as(usize, name[name.len - 3])) % bucket_count;
}

/// Whether T is a Python type of its own: certain in a reflected module, possible in an explicit one.
pub fn isKnown(comptime T: type) bool {
    return if (reflected) find(T) != null else kindOf(T) != null;
}

/// Whether a T is an instance of a class of its own: an object that holds it.
pub fn hasInstances(comptime T: type) bool {
    const kind: Kind = if (reflected) (find(T) orelse return false).kind else kindOf(T) orelse return false;
    return kind == .class or kind == .tagged_union;
}

/// The place of T in the objects of the state.
pub inline fn index(comptime T: type) usize {
    return if (reflected) comptime find(T).?.first else Place(T).first;
}

/// Of an explicit module: the place of T, once it was defined. The same in every interpreter of the process.
fn Place(comptime T: type) type {
    return struct {
        const Zig = T;
        /// Until then none that any state has, nor are the next ones.
        var first: usize = std.math.maxInt(usize) / 2;
    };
}

var next_place: usize = 0;

/// Give T its place, where it has none yet; how many objects a state needs for it.
pub fn define(comptime T: type) usize {
    const count = comptime countOf(T, kindOf(T).?);
    if (Place(T).first > next_place) {
        Place(T).first = next_place;
        next_place += count;
    }
    return Place(T).first + count;
}

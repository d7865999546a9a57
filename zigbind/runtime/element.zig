//! What the elements of an array are: how they lie in memory, and how Python's formats (PEP 3118) write that.

const std = @import("std");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const literal = @import("literal.zig");
const object = @import("object.zig");

const Owned = object.Owned;

pub const Kind = enum(u8) { boolean, signed, unsigned, float, complex, record };

pub const Element = struct {
    kind: Kind,
    size_bytes: usize,
    /// In Zig: "f64", "Point".
    name: [:0]const u8,
    /// As buffers have it: "d", "T{d:x:d:y:}".
    format: [:0]const u8,
    /// As NumPy has it: "<f8", "[('x', '<f8'), ('y', '<f8')]".
    dtype: [:0]const u8,
    /// Of a record, in their order in memory.
    fields: []const Field = &.{},
};

pub const Field = struct {
    name: [:0]const u8,
    offset: usize,
    /// Of an array, in all its dimensions; else 1.
    count: usize,
    element: *const Element,
};

const foreign_order: [*:0]const u8 = if (little) "big-endian " else "little-endian ";
const little = @import("builtin").cpu.arch.endian() == .little;

/// Null where T cannot be an element.
pub fn of(comptime T: type) ?Element {
    comptime {
        if (isComplex(T)) {
            const Part = @TypeOf(@as(T, undefined).re);
            if (@offsetOf(T, "re") != 0 or @sizeOf(T) != 2 * @sizeOf(Part)) return null;
            return .{
                .kind = .complex,
                .size_bytes = @sizeOf(T),
                .name = "Complex(" ++ @typeName(Part) ++ ")",
                .format = "Z" ++ of(Part).?.format,
                .dtype = dtypeOf('c', @sizeOf(T)),
            };
        }
        switch (@typeInfo(T)) {
            .bool => return .{ .kind = .boolean, .size_bytes = 1, .name = "bool", .format = "?", .dtype = "|b1" },
            .int => |info| {
                if (info.bits != 8 * @sizeOf(T) or info.bits > 64) return null;
                const is_signed = info.signedness == .signed;
                const size = @sizeOf(T);
                // Of the two names of eight bytes NumPy's int64 has the one of C's long, where that is as large.
                const codes = if (@sizeOf(c_long) == 8) "bhil" else "bhiq";
                const code = codes[@ctz(@as(u8, size))];
                return .{
                    .kind = if (is_signed) .signed else .unsigned,
                    .size_bytes = size,
                    .name = (if (is_signed) "i" else "u") ++ literal.decimal(info.bits),
                    .format = &[_:0]u8{if (is_signed) code else code - 'a' + 'A'},
                    .dtype = dtypeOf(if (is_signed) 'i' else 'u', size),
                };
            },
            .float => |info| {
                if (info.bits > 64) return null;
                return .{
                    .kind = .float,
                    .size_bytes = @sizeOf(T),
                    .name = @typeName(T),
                    .format = switch (info.bits) {
                        16 => "e",
                        32 => "f",
                        else => "d",
                    },
                    .dtype = dtypeOf('f', @sizeOf(T)),
                };
            },
            .@"struct" => |info| {
                if (info.layout != .@"extern") return null;
                return record(T);
            },
            else => return null,
        }
    }
}

pub fn isComplex(comptime T: type) bool {
    return T == std.math.Complex(f32) or T == std.math.Complex(f64);
}

fn dtypeOf(comptime code: u8, comptime size_bytes: usize) [:0]const u8 {
    return (if (size_bytes == 1) "|" else if (little) "<" else ">") ++ [_]u8{code} ++ literal.decimal(size_bytes);
}

fn record(comptime T: type) ?Element {
    comptime {
        @setEvalBranchQuota(100_000);
        var fields: []const Field = &.{};
        // Without alignment of its own: all padding is written out.
        var format: [:0]const u8 = "T{=";
        var dtype: [:0]const u8 = "[";
        var end: usize = 0;
        for (compat.fieldNames(T), compat.fieldTypes(T)) |name, Whole| {
            var Item = Whole;
            var count: usize = 1;
            var shape: [:0]const u8 = "";
            while (@typeInfo(Item) == .array) {
                const info = @typeInfo(Item).array;
                count *= info.len;
                shape = shape ++ (if (shape.len == 0) "" else ",") ++ literal.decimal(info.len);
                Item = info.child;
            }
            const element = of(Item) orelse return null;
            if (count == 0) return null;
            const offset = @offsetOf(T, name);
            if (offset > end) {
                format = format ++ literal.decimal(offset - end) ++ "x";
                dtype = dtype ++ (if (dtype.len == 1) "" else ", ") ++ "('', '|V" ++ literal.decimal(offset - end) ++ "')";
            }
            end = offset + @sizeOf(Whole);
            format = format ++ (if (shape.len == 0) "" else "(" ++ shape ++ ")") ++ standard(element) ++ ":" ++ name ++ ":";
            dtype = dtype ++ (if (dtype.len == 1) "" else ", ") ++ "('" ++ name ++ "', " ++
                (if (element.kind == .record) element.dtype else "'" ++ element.dtype ++ "'") ++
                (if (shape.len == 0) "" else ", (" ++ shape ++ ",)") ++ ")";
            const kept = element;
            fields = fields ++ .{Field{ .name = name, .offset = offset, .count = count, .element = &kept }};
        }
        if (fields.len == 0) return null;
        if (@sizeOf(T) > end) {
            format = format ++ literal.decimal(@sizeOf(T) - end) ++ "x";
            dtype = dtype ++ ", ('', '|V" ++ literal.decimal(@sizeOf(T) - end) ++ "')";
        }
        return .{
            .kind = .record,
            .size_bytes = @sizeOf(T),
            .name = nameOf(T),
            .format = format ++ "}",
            .dtype = dtype ++ "]",
            .fields = fields,
        };
    }
}

/// Without the path of the file.
fn nameOf(comptime T: type) [:0]const u8 {
    const name = literal.typeName(T);
    const dot = std.mem.lastIndexOfScalar(u8, name, '.') orelse return name;
    return name[dot + 1 ..] ++ "";
}

/// With a size that is the same everywhere: "l" has four bytes after "=".
fn standard(comptime element: Element) [:0]const u8 {
    if (std.mem.eql(u8, element.format, "l")) return "q";
    if (std.mem.eql(u8, element.format, "L")) return "Q";
    return element.format;
}

/// Whether elements of this format are those.
pub fn matches(element: *const Element, format: ?[*:0]const u8, size_bytes: isize) bool {
    @setRuntimeSafety(false);
    var parser: Parser = .{ .text = format orelse "B" };
    if (size_bytes != element.size_bytes) return false;
    const atom = parser.next();
    if (atom.count != 1 or !fits(atom, element)) return false;
    if (atom.kind == .record) return parser.compare(element) == null;
    return parser.text[0] == 0;
}

fn fits(atom: Atom, element: *const Element) bool {
    if (atom.foreign) return false;
    if (atom.kind == .character) return element.kind == .unsigned and element.size_bytes == 1;
    return @intFromEnum(atom.kind) == @intFromEnum(element.kind) and (atom.kind == .record or atom.size_bytes == element.size_bytes);
}

/// In words what elements of this format are, where `wanted` were expected.
pub fn describe(wanted: *const Element, format: ?[*:0]const u8, size_bytes: isize) error{Python}!Owned {
    @branchHint(.cold);
    const text = format orelse "B";
    var parser: Parser = .{ .text = text };
    const atom = parser.next();
    if (atom.kind == .record) {
        if (wanted.kind != .record) return Owned.take(c.PyUnicode_FromString("structs"));
        if (parser.compare(wanted)) |difference| return difference.say();
        return Owned.take(c.PyUnicode_FromFormat("structs of %zd bytes (%s has %zd)", size_bytes, wanted.name.ptr, @as(isize, @intCast(wanted.size_bytes))));
    }
    if (atom.count == 1 and parser.text[0] == 0) if (atom.name()) |name|
        return Owned.take(c.PyUnicode_FromFormat("%s%s", @as([*:0]const u8, if (atom.foreign) foreign_order else ""), name));
    return Owned.take(c.PyUnicode_FromFormat("elements of format '%s'", text));
}

/// One item of a format.
const Atom = struct {
    kind: enum(u8) { boolean, signed, unsigned, float, complex, record, character, padding, unknown },
    size_bytes: usize,
    count: usize,
    foreign: bool,
    native: bool,

    fn name(self: Atom) ?[*:0]const u8 {
        const one = self.size_bytes == 1;
        const two = self.size_bytes == 2;
        const four = self.size_bytes == 4;
        return switch (self.kind) {
            .boolean => "bool",
            .signed => if (one) "i8" else if (two) "i16" else if (four) "i32" else "i64",
            .unsigned => if (one) "u8" else if (two) "u16" else if (four) "u32" else "u64",
            .character => "u8",
            .float => if (two) "f16" else if (four) "f32" else "f64",
            .complex => if (self.size_bytes == 8) "Complex(f32)" else "Complex(f64)",
            .record => "struct",
            .padding, .unknown => null,
        };
    }
};

/// How a record differs from what is expected.
const Difference = struct {
    wanted: ?*const Field,
    /// Between colons in the format; empty where it has no name.
    name: []const u8,
    atom: Atom,
    offset: usize,

    fn say(self: Difference) error{Python}!Owned {
        const found = try Owned.take(c.PyUnicode_DecodeUTF8(self.name.ptr, @intCast(self.name.len), "replace"));
        defer found.release();
        const field = self.wanted orelse
            return Owned.take(c.PyUnicode_FromFormat("structs with a field '%U' at offset %zd more", found.ptr, signed(self.offset)));
        if (self.atom.kind == .unknown and self.name.len == 0)
            return Owned.take(c.PyUnicode_FromFormat("structs without a field '%s'", field.name.ptr));
        if (self.name.len > 0 and !std.mem.eql(u8, self.name, field.name))
            return Owned.take(c.PyUnicode_FromFormat("structs with a field '%U' at offset %zd (expected '%s' at offset %zd)", found.ptr, signed(self.offset), field.name.ptr, signed(field.offset)));
        const type_name: [*:0]const u8 = self.atom.name() orelse "of an unknown type";
        const order: [*:0]const u8 = if (self.atom.foreign) foreign_order else "";
        const got = if (self.atom.count == 1 or self.atom.name() == null) try Owned.take(c.PyUnicode_FromFormat("%s%s", order, type_name)) else try Owned.take(c.PyUnicode_FromFormat("%zd of %s%s", signed(self.atom.count), order, type_name));
        defer got.release();
        const expected = if (field.count == 1) try Owned.take(c.PyUnicode_FromString(field.element.name)) else try Owned.take(c.PyUnicode_FromFormat("%zd of %s", signed(field.count), field.element.name.ptr));
        defer expected.release();
        return Owned.take(c.PyUnicode_FromFormat("structs whose field '%s' is %U at offset %zd (expected %U at offset %zd)", field.name.ptr, got.ptr, signed(self.offset), expected.ptr, signed(field.offset)));
    }
};

fn signed(value: usize) isize {
    return @bitCast(value);
}

const Parser = struct {
    text: [*:0]const u8,
    /// Sizes of C, and every item where C would put it; not after a prefix.
    native: bool = true,
    aligned: bool = true,
    /// In the byte order of other machines.
    foreign: bool = false,

    fn next(self: *Parser) Atom {
        @setRuntimeSafety(false);
        self.prefix();
        var count: usize = 1;
        if (self.text[0] == '(') {
            self.text += 1;
            while (self.text[0] != ')' and self.text[0] != 0) {
                if (isDigit(self.text[0])) count *|= self.number() else self.text += 1;
            }
            if (self.text[0] == ')') self.text += 1;
            self.prefix();
        }
        if (isDigit(self.text[0])) count *|= self.number();
        self.prefix();
        var atom: Atom = .{ .kind = .unknown, .size_bytes = 0, .count = count, .foreign = false, .native = self.native };
        const code = self.text[0];
        if (code == 0 or code == '}') return atom;
        self.text += 1;
        switch (code) {
            'x' => {
                atom.kind = .padding;
                atom.size_bytes = 1;
            },
            '?' => {
                atom.kind = .boolean;
                atom.size_bytes = 1;
            },
            'c' => {
                atom.kind = .character;
                atom.size_bytes = 1;
            },
            'b', 'h', 'i', 'l', 'q', 'n' => {
                atom.kind = .signed;
                atom.size_bytes = self.intBytes(code);
            },
            'B', 'H', 'I', 'L', 'Q', 'N' => {
                atom.kind = .unsigned;
                atom.size_bytes = self.intBytes(code - 'A' + 'a');
            },
            'e', 'f', 'd' => {
                atom.kind = .float;
                atom.size_bytes = floatBytes(code);
            },
            'F', 'D' => {
                atom.kind = .complex;
                atom.size_bytes = 2 * floatBytes(code - 'A' + 'a');
            },
            'Z' => if (self.text[0] == 'f' or self.text[0] == 'd') {
                atom.kind = .complex;
                atom.size_bytes = 2 * floatBytes(self.text[0]);
                self.text += 1;
            },
            'T' => if (self.text[0] == '{') {
                atom.kind = .record;
                self.text += 1;
            },
            else => {},
        }
        atom.foreign = self.foreign and atom.size_bytes > 1 and atom.kind != .record;
        return atom;
    }

    fn prefix(self: *Parser) void {
        @setRuntimeSafety(false);
        while (true) : (self.text += 1) switch (self.text[0]) {
            '@', '^' => {
                self.native = true;
                self.aligned = self.text[0] == '@';
                self.foreign = false;
            },
            '=', '<', '>', '!' => {
                self.native = false;
                self.aligned = false;
                self.foreign = switch (self.text[0]) {
                    '=' => false,
                    '<' => !little,
                    else => little,
                };
            },
            ' ' => {},
            else => return,
        };
    }

    fn number(self: *Parser) usize {
        @setRuntimeSafety(false);
        var value: usize = 0;
        while (isDigit(self.text[0])) : (self.text += 1) value = value *| 10 +| (self.text[0] - '0');
        return value;
    }

    fn intBytes(self: *const Parser, code: u8) usize {
        return switch (code) {
            'b' => 1,
            'h' => 2,
            'i' => 4,
            'l' => if (self.native) @sizeOf(c_long) else 4,
            'n' => @sizeOf(isize),
            else => 8,
        };
    }

    /// Between colons, behind an item; empty where it has none.
    fn name(self: *Parser) []const u8 {
        @setRuntimeSafety(false);
        if (self.text[0] != ':') return "";
        self.text += 1;
        const start = self.text;
        while (self.text[0] != ':' and self.text[0] != 0) self.text += 1;
        const end = self.text;
        if (self.text[0] == ':') self.text += 1;
        return start[0 .. @intFromPtr(end) - @intFromPtr(start)];
    }

    /// Read a record behind its brace; the first difference from what is expected.
    fn compare(self: *Parser, wanted: *const Element) ?Difference {
        @setRuntimeSafety(false);
        var offset: usize = 0;
        var index: usize = 0;
        while (self.text[0] != '}' and self.text[0] != 0) {
            const atom = self.next();
            if (atom.kind == .padding and self.text[0] != ':') {
                offset +|= atom.count;
                continue;
            }
            if (self.aligned and atom.size_bytes > 0) {
                const alignment = if (atom.kind == .complex) atom.size_bytes / 2 else atom.size_bytes;
                offset = std.mem.alignForward(usize, offset, alignment);
            }
            const field: ?*const Field = if (index < wanted.fields.len) &wanted.fields[index] else null;
            var difference: Difference = .{ .wanted = field, .name = "", .atom = atom, .offset = offset };
            var inner: ?Difference = null;
            var size_bytes = atom.size_bytes;
            if (atom.kind == .record) {
                const is_wanted = field != null and field.?.element.kind == .record;
                inner = self.compare(if (is_wanted) field.?.element else &nothing);
                if (!is_wanted) inner = null else size_bytes = field.?.element.size_bytes;
                if (inner != null) return inner;
            }
            if (atom.kind == .unknown and (self.text[0] == '}' or self.text[0] == 0)) break;
            difference.name = self.name();
            const expected = field orelse return difference;
            if (offset != expected.offset or atom.count != expected.count or !fits(atom, expected.element)) return difference;
            if (difference.name.len > 0 and !std.mem.eql(u8, difference.name, expected.name)) return difference;
            offset +|= size_bytes *| atom.count;
            index += 1;
        }
        if (self.text[0] == '}') self.text += 1;
        if (index < wanted.fields.len) return .{
            .wanted = &wanted.fields[index],
            .name = "",
            .atom = .{ .kind = .unknown, .size_bytes = 0, .count = 1, .foreign = false, .native = true },
            .offset = offset,
        };
        return null;
    }
};

const nothing: Element = .{ .kind = .record, .size_bytes = 0, .name = "", .format = "", .dtype = "" };

fn floatBytes(code: u8) usize {
    return switch (code) {
        'e' => 2,
        'f' => 4,
        else => 8,
    };
}

fn isDigit(byte: u8) bool {
    return byte >= '0' and byte <= '9';
}

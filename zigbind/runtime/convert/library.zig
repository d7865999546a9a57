//! `zb.Path`, `zb.Uuid`, `zb.Decimal`, `zb.IpAddress` <-> classes of Python's library.

const std = @import("std");
const c = @import("../capi.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const imported = @import("imported.zig");
const object = @import("../object.zig");
const string = @import("string.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// A path of the file system, as the system has it: UTF-8 where the name is text. In: str, bytes, `os.PathLike`; out: `pathlib.Path`.
pub const Path = struct {
    data: []const u8,

    pub const zigbind_converter = struct {
        pub const annotation = "str | bytes | PathLike[str] | PathLike[bytes]";
        pub const result_annotation = "Path";
        pub const expected = "str, bytes or os.PathLike object";
        pub const by_value = false;
        /// What comes in may point into an encoded copy of a str.
        pub const encodes = true;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return value.hasType(c.unicodeType()) or imported.isInstance(value, imported.class("pathlib", "PurePath") catch {
                errors.clear();
                return false;
            });
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!Path {
            if (!value.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS | c.Py_TPFLAGS_BYTES_SUBCLASS) and
                c.PyObject_HasAttrString(value.ptr.ob_type.asObject(), "__fspath__") == 0) return convert.mismatch(expected, value);
            var text = try Owned.take(c.PyOS_FSPath(value.ptr));
            if (text.borrow().hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS)) {
                // Python's way to write names that are no text is none to write them in UTF-8.
                const encoded = c.PyUnicode_EncodeFSDefault(text.ptr);
                text.release();
                text = try Owned.take(encoded);
            }
            try call.keep(text);
            var start: [*:0]u8 = undefined;
            var size_bytes: isize = 0;
            if (c.PyBytes_AsStringAndSize(text.ptr, &start, &size_bytes) != 0) return error.Python;
            const data = start[0..@intCast(size_bytes)];
            if (std.mem.indexOfScalar(u8, data, 0) != null) {
                c.PyErr_SetString(c.exception("ValueError"), "embedded null character");
                return error.Mismatch;
            }
            return .{ .data = data };
        }

        pub fn toPython(value: Path, _: *State) error{Python}!Owned {
            const text = try Owned.take(c.PyUnicode_DecodeFSDefaultAndSize(value.data.ptr, @intCast(value.data.len)));
            defer text.release();
            return Owned.take(c.PyObject_CallFunction((try imported.class("pathlib", "Path")).ptr, "O", text.ptr));
        }
    };
};

/// `uuid.UUID`, the most significant byte first.
pub const Uuid = struct {
    bytes: [16]u8,

    pub const zigbind_converter = struct {
        pub const annotation = "UUID";
        pub const expected = annotation;
        pub const by_value = false;
        pub const outlives = true;
        pub const needs_call = false;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return imported.isExactly(value, "uuid", "UUID");
        }

        pub fn fromPython(value: Borrowed, _: *Call) errors.Refusal!Uuid {
            if (!imported.isInstance(value, try imported.class("uuid", "UUID"))) return convert.mismatch(expected, value);
            var result: Uuid = undefined;
            _ = try bytesOf(value, "bytes", &.{16}, &result.bytes);
            return result;
        }

        pub fn toPython(value: Uuid, _: *State) error{Python}!Owned {
            const bytes = try Owned.take(c.PyBytes_FromStringAndSize(&value.bytes, value.bytes.len));
            defer bytes.release();
            return Owned.take(c.PyObject_CallFunction((try imported.class("uuid", "UUID")).ptr, "OO", c.none(), bytes.ptr));
        }
    };
};

/// `decimal.Decimal` as its text, "1.50", "1E+3", "NaN": every digit of it. In: ints as well.
pub const Decimal = struct {
    data: []const u8,

    pub const zigbind_converter = struct {
        pub const annotation = "Decimal | int";
        pub const result_annotation = "Decimal";
        pub const expected = "Decimal";
        pub const by_value = false;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return imported.isExactly(value, "decimal", "Decimal");
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!Decimal {
            if (!value.hasFlag(c.Py_TPFLAGS_LONG_SUBCLASS) and !imported.isInstance(value, try imported.class("decimal", "Decimal")))
                return convert.mismatch(expected, value);
            const text = try Owned.take(c.PyObject_Str(value.ptr));
            try call.keep(text);
            return .{ .data = try string.utf8(text.borrow()) orelse "" };
        }

        pub fn toPython(value: Decimal, _: *State) error{Python}!Owned {
            const text = try string.strFromUtf8(value.data);
            defer text.release();
            return Owned.take(c.PyObject_CallFunction((try imported.class("decimal", "Decimal")).ptr, "O", text.ptr));
        }
    };
};

/// `ipaddress.IPv4Address` and `IPv6Address`, in the order of the network.
pub const IpAddress = union(enum) {
    v4: [4]u8,
    v6: [16]u8,

    pub const zigbind_converter = struct {
        pub const annotation = "IPv4Address | IPv6Address";
        pub const expected = "IPv4Address or IPv6Address";
        pub const by_value = false;
        pub const outlives = true;
        pub const needs_call = false;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return imported.isExactly(value, "ipaddress", "IPv4Address") or imported.isExactly(value, "ipaddress", "IPv6Address");
        }

        pub fn fromPython(value: Borrowed, _: *Call) errors.Refusal!IpAddress {
            const is_v6 = imported.isInstance(value, try imported.class("ipaddress", "IPv6Address"));
            if (!is_v6 and !imported.isInstance(value, try imported.class("ipaddress", "IPv4Address"))) return convert.mismatch(expected, value);
            if (is_v6) {
                const scope = try Owned.take(c.PyObject_GetAttrString(value.ptr, "scope_id"));
                defer scope.release();
                if (!scope.borrow().isNone()) {
                    _ = c.PyErr_Format(c.exception("ValueError"), "the scope of %R would be lost", value.ptr);
                    return error.Mismatch;
                }
            }
            var all: [16]u8 = undefined;
            const count = try bytesOf(value, "packed", &.{ 4, 16 }, &all);
            return if (count == 4) .{ .v4 = all[0..4].* } else .{ .v6 = all };
        }

        pub fn toPython(value: IpAddress, _: *State) error{Python}!Owned {
            const made = switch (value) {
                .v4 => try imported.class("ipaddress", "IPv4Address"),
                .v6 => try imported.class("ipaddress", "IPv6Address"),
            };
            const data: []const u8 = switch (value) {
                inline else => |*bytes| bytes,
            };
            const bytes = try Owned.take(c.PyBytes_FromStringAndSize(data.ptr, @intCast(data.len)));
            defer bytes.release();
            return Owned.take(c.PyObject_CallFunction(made.ptr, "O", bytes.ptr));
        }
    };
};

/// Copy an attribute that is bytes of one of these sizes; how many it has.
fn bytesOf(value: Borrowed, name: [:0]const u8, sizes: []const usize, into: []u8) errors.Refusal!usize {
    const found = try Owned.take(c.PyObject_GetAttrString(value.ptr, name));
    defer found.release();
    var start: [*:0]u8 = undefined;
    var size_bytes: isize = 0;
    if (c.PyBytes_AsStringAndSize(found.ptr, &start, &size_bytes) != 0) return error.Python;
    const data = start[0..@intCast(size_bytes)];
    for (sizes) |size| if (data.len == size) {
        @memcpy(into[0..size], data);
        return size;
    };
    _ = c.PyErr_Format(c.exception("ValueError"), "%R has %zd bytes", value.ptr, size_bytes);
    return error.Mismatch;
}

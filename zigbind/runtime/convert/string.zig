//! Text and bytes: []const u8 and its kin, `zb.Str`, `zb.Bytes`.
//!
//! Zig does not tell text from bytes, so a `[]const u8` takes both and gives str.

const std = @import("std");
const c = @import("../capi.zig");
const compat = @import("../compat.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// Only str in, only str out: UTF-8 without a copy.
pub const Str = struct {
    data: []const u8,

    pub const zigbind_converter = struct {
        pub const annotation = "str";
        pub const expected = "str";
        pub const by_value = false;
        pub fn exact(value: Borrowed, _: *Call) bool {
            return isStr(value);
        }

        pub fn fromPython(value: Borrowed, _: *Call) errors.Refusal!Str {
            return .{ .data = try utf8(value) orelse return convert.mismatch(expected, value) };
        }
        pub fn toPython(value: Str, _: *State) error{Python}!Owned {
            return strFromUtf8(value.data);
        }
    };
};

/// Only bytes-like objects in, without a copy; bytes out.
pub const Bytes = struct {
    data: []const u8,

    pub const zigbind_converter = struct {
        pub const annotation = "Buffer";
        pub const result_annotation = "bytes";
        pub const expected = "bytes-like object";
        pub const by_value = false;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return value.hasType(c.bytesType());
        }
        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!Bytes {
            return .{ .data = try bytes(value, call) orelse return convert.mismatch(expected, value) };
        }
        pub fn toPython(value: Bytes, _: *State) error{Python}!Owned {
            return Owned.take(c.PyBytes_FromStringAndSize(value.data.ptr, @intCast(value.data.len)));
        }
    };
};

/// Slices and zero-terminated pointers of u8. What is const points into the Python object; what is not is
/// a copy that belongs to the call.
pub fn Text(comptime T: type) type {
    const info = @typeInfo(T).pointer;
    const terminated = info.sentinel() != null;

    return struct {
        pub const annotation = "str | Buffer";
        pub const result_annotation = "str";
        pub const expected = "str or bytes-like object";
        pub const by_value = false;
        pub fn exact(value: Borrowed, _: *Call) bool {
            return isStr(value);
        }

        pub fn fromPython(value: Borrowed, call: *Call) errors.Refusal!T {
            var text: []const u8 = undefined;
            var has_terminator = true;
            if (try utf8(value)) |found| {
                text = found;
            } else {
                text = try buffer(value, call) orelse return convert.mismatch(expected, value);
                has_terminator = false;
            }
            if (terminated and std.mem.indexOfScalar(u8, text, 0) != null) {
                c.PyErr_SetString(c.exception("ValueError"), "embedded null character");
                return error.Mismatch;
            }
            if (comptime compat.pointerIsConst(T)) if (!terminated or has_terminator)
                return if (terminated) text.ptr[0..text.len :0] else text;
            const copy = (if (terminated) call.allocator().dupeZ(u8, text) else call.allocator().dupe(u8, text)) catch {
                _ = c.PyErr_NoMemory();
                return error.Python;
            };
            return copy;
        }

        pub fn toPython(value: T, _: *State) error{Python}!Owned {
            return strFromUtf8(if (info.size == .slice) value else std.mem.span(value));
        }
    };
}

fn isStr(value: Borrowed) bool {
    return value.hasType(c.unicodeType());
}

/// The UTF-8 of a str, which keeps it alive; null for anything else.
pub fn utf8(value: Borrowed) error{Python}!?[]const u8 {
    @setRuntimeSafety(false);
    if (!isStr(value) and !value.hasFlag(c.Py_TPFLAGS_UNICODE_SUBCLASS)) return null;
    var size_bytes: isize = 0;
    const text = c.PyUnicode_AsUTF8AndSize(value.ptr, &size_bytes) orelse
        return error.Python; // lone surrogates: UnicodeEncodeError says where
    return text[0..@intCast(size_bytes)];
}

/// The bytes of a bytes-like object, exported until the call ends; null for anything else.
fn bytes(value: Borrowed, call: *Call) error{Python}!?[]const u8 {
    @setRuntimeSafety(false);
    if (value.hasType(c.bytesType())) {
        var text: [*:0]u8 = undefined;
        var size_bytes: isize = 0;
        if (c.PyBytes_AsStringAndSize(value.ptr, &text, &size_bytes) != 0) return error.Python;
        return text[0..@intCast(size_bytes)];
    }
    return buffer(value, call);
}

/// The bytes that an object exports until the call ends; null where it has none.
noinline fn buffer(value: Borrowed, call: *Call) error{Python}!?[]const u8 {
    @setRuntimeSafety(false);
    const view = try call.buffer(value, c.PyBUF_SIMPLE) orelse return null;
    const start: [*]const u8 = @ptrCast(view.buf orelse return "");
    return start[0..@intCast(view.len)];
}

/// A str; UnicodeDecodeError where the text is not UTF-8.
pub fn strFromUtf8(text: []const u8) error{Python}!Owned {
    @setRuntimeSafety(false);
    return Owned.take(c.PyUnicode_FromStringAndSize(text.ptr, @intCast(text.len)));
}

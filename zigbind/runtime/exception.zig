//! Error sets as exception classes.

const std = @import("std");
const c = @import("capi.zig");
const errors = @import("errors.zig");
const object = @import("object.zig");
const registry = @import("registry.zig");
const type_zig = @import("type.zig");
const State = @import("state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// Set the exception that a Zig error becomes. `Set` is the error set it comes from; `state` is undefined unless it `needsState`.
pub fn set(comptime Set: type, err: Set, state: *State) void {
    @branchHint(.cold);
    const message = (if (registry.uses.raises) errors.takeMessage() else null) orelse return setNamed(Set, err, state);
    defer message.release();
    if (err == @as(anyerror, error.Python)) return c.PyErr_SetObject(c.exception("RuntimeError"), message.ptr);
    setNamed(Set, err, state);
    errors.say(message);
}

fn setNamed(comptime Set: type, err: Set, state: *State) void {
    if (comptime needsState(Set)) if (setOwn(Set, err, state)) return;
    errors.set(Set, err);
}

/// Whether an error of this set can have an exception class of the module.
pub fn needsState(comptime Set: type) bool {
    comptime {
        @setEvalBranchQuota(1_000_000);
        for (registry.error_sets) |entry|
            for (@typeInfo(entry.T).error_set.?) |err| if (errors.contains(Set, err.name)) return true;
        return false;
    }
}

/// Set the exception class that the module has for an error; false where it has none. The very set comes before others that have
/// an error of the same name.
fn setOwn(comptime Set: type, err: Set, state: *State) bool {
    inline for (.{ true, false }) |very| inline for (registry.error_sets) |entry| if ((entry.T == Set) == very) {
        inline for (@typeInfo(entry.T).error_set.?, 1..) |row, place| if (comptime errors.contains(Set, row.name)) {
            if (err == @field(anyerror, row.name)) {
                // That of another file is made, or found, when it is first needed. Without memory for it the usual one has to do.
                if (comptime entry.module != null) if (state.object(entry.first) == null) Exceptions(entry).create(state) catch {
                    errors.clear();
                    return false;
                };
                errors.setClass(state.object(entry.first + place).?, row.name);
                return true;
            }
        };
    };
    return false;
}

/// The exception class of an error set, with one that derives from it for each error.
pub fn Exceptions(comptime entry: registry.Entry) type {
    const list = @typeInfo(entry.T).error_set.?;
    return struct {
        pub const place = entry.first;
        pub const names: []const [:0]const u8 = &.{};

        pub fn create(state: *State) error{Python}!void {
            const first = entry.first;
            const module = try type_zig.moduleName(state, entry.module, entry.path, entry.path.len - entry.outer.len);
            defer module.release();
            const known = try type_zig.find(state, entry.identity);
            const base = known orelse blk: {
                const made = try makeException(module, entry.outer ++ entry.name, comptime if (entry.doc().len > 0) entry.doc() else "One of " ++ entry.name ++ ".", (Borrowed{ .ptr = c.exception("Exception") }).own());
                try type_zig.publish(state, entry.identity, made);
                break :blk made;
            };
            state.objects[first] = base.ptr;
            inline for (list, 1..) |err, nth| {
                if (known != null) {
                    state.objects[first + nth] = c.PyObject_GetAttrString(base.ptr, err.name) orelse return error.Python;
                } else {
                    // Also what the error is elsewhere: `except OverflowError` catches `ParseError.Overflow`.
                    const usual = errors.builtinClass(err.name);
                    const bases = try Owned.take(c.PyTuple_New(if (usual == null) 1 else 2));
                    _ = c.PyTuple_SetItem(bases.ptr, 0, base.borrow().own().ptr);
                    if (usual) |class| _ = c.PyTuple_SetItem(bases.ptr, 1, (Borrowed{ .ptr = class }).own().ptr);
                    const made = try makeException(module, entry.outer ++ entry.name ++ "." ++ err.name, "The Zig error " ++ err.name ++ ".", bases);
                    state.objects[first + nth] = made.ptr;
                    if (c.PyObject_SetAttrString(base.ptr, err.name, made.ptr) != 0) return error.Python;
                }
            }
        }

        pub fn fill(_: *State) error{Python}!void {}
    };
}

/// Takes over `bases`.
fn makeException(module: Owned, comptime qualname: [:0]const u8, doc: [*:0]const u8, bases: Owned) error{Python}!Owned {
    defer bases.release();
    const dot = comptime if (std.mem.lastIndexOfScalar(u8, qualname, '.')) |at| at + 1 else 0;
    const name = try Owned.take(c.PyUnicode_FromFormat("%U.%s", module.ptr, qualname[dot..].ptr));
    defer name.release();
    const dict = try Owned.take(c.PyDict_New());
    defer dict.release();
    const qualified = try Owned.take(c.PyUnicode_FromString(qualname));
    defer qualified.release();
    if (c.PyDict_SetItemString(dict.ptr, "__qualname__", qualified.ptr) != 0) return error.Python;
    if (c.PyDict_SetItemString(dict.ptr, "__module__", module.ptr) != 0) return error.Python;
    const text = c.PyUnicode_AsUTF8AndSize(name.ptr, null) orelse return error.Python;
    return Owned.take(c.PyErr_NewExceptionWithDoc(text, if (doc[0] == 0) null else doc, bases.ptr, dict.ptr));
}

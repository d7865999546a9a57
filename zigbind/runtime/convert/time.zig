//! `zb.DateTime`, `zb.Date`, `zb.Time`, `zb.TimeDelta` <-> the classes of Python's datetime, by attribute: the C API of datetime is not
//! part of the Limited API.

const c = @import("../capi.zig");
const convert = @import("../convert.zig");
const errors = @import("../errors.zig");
const imported = @import("imported.zig");
const object = @import("../object.zig");
const Call = @import("../call.zig").Call;
const State = @import("../state.zig").State;

const Borrowed = object.Borrowed;
const Owned = object.Owned;

/// A day of the Gregorian calendar.
pub const Date = struct {
    year: u16,
    month: u8,
    day: u8,

    pub const zigbind_converter = Of(Date, "date");
};

/// A time of day; without an offset from UTC it is that of no known place.
pub const Time = struct {
    hour: u8 = 0,
    minute: u8 = 0,
    second: u8 = 0,
    microsecond: u32 = 0,
    offset_seconds: ?i32 = null,

    pub const zigbind_converter = Of(Time, "time");
};

/// A date and a time of day. What is behind an offset from UTC, a time zone with its rules, stays in Python, as does `fold`.
pub const DateTime = struct {
    year: u16,
    month: u8,
    day: u8,
    hour: u8 = 0,
    minute: u8 = 0,
    second: u8 = 0,
    microsecond: u32 = 0,
    offset_seconds: ?i32 = null,

    pub const zigbind_converter = Of(DateTime, "datetime");
};

/// A duration, as Python has it: seconds and microseconds are positive and less than a day and a second, days may be negative.
pub const TimeDelta = struct {
    days: i32 = 0,
    seconds: i32 = 0,
    microseconds: i32 = 0,

    pub fn totalMicroseconds(self: TimeDelta) i128 {
        return (@as(i128, self.days) * 86_400 + self.seconds) * 1_000_000 + self.microseconds;
    }

    pub const zigbind_converter = Of(TimeDelta, "timedelta");
};

fn Of(comptime T: type, comptime name: [:0]const u8) type {
    const has_date = @hasField(T, "year");
    const has_time = @hasField(T, "hour");
    return struct {
        pub const annotation = name;
        pub const expected = name;
        pub const by_value = false;
        pub const outlives = true;
        pub const needs_call = false;

        pub fn exact(value: Borrowed, _: *Call) bool {
            return imported.isExactly(value, "datetime", name);
        }

        pub fn fromPython(value: Borrowed, _: *Call) errors.Refusal!T {
            if (!imported.isInstance(value, try imported.class("datetime", name))) return convert.mismatch(expected, value);
            // In Python every datetime is a date; a time of day that gets lost is a mistake.
            if (T == Date and imported.isInstance(value, try imported.class("datetime", "datetime"))) return convert.mismatch(expected, value);
            var result: T = undefined;
            inline for (comptime @import("../compat.zig").fieldNames(T)) |field| {
                if (comptime @FieldType(T, field) == ?i32) {
                    result.offset_seconds = try offsetOf(value);
                } else @field(result, field) = try attribute(@FieldType(T, field), value, field);
            }
            return result;
        }

        pub fn toPython(value: T, _: *State) error{Python}!Owned {
            const made = (try imported.class("datetime", name)).ptr;
            if (T == TimeDelta) return Owned.take(c.PyObject_CallFunction(made, "iii", value.days, value.seconds, value.microseconds));
            const date: [3]c_int = if (has_date) .{ value.year, value.month, value.day } else undefined;
            if (!has_time) return Owned.take(c.PyObject_CallFunction(made, "iii", date[0], date[1], date[2]));
            if (value.microsecond > 999_999) {
                c.PyErr_SetString(c.exception("ValueError"), "microsecond must be in 0..999999");
                return error.Python;
            }
            const zone = try zoneOf(value.offset_seconds);
            defer zone.release();
            const time: [4]c_int = .{ value.hour, value.minute, value.second, @intCast(value.microsecond) };
            return Owned.take(if (has_date)
                c.PyObject_CallFunction(made, "iiiiiiiO", date[0], date[1], date[2], time[0], time[1], time[2], time[3], zone.ptr)
            else
                c.PyObject_CallFunction(made, "iiiiO", time[0], time[1], time[2], time[3], zone.ptr));
        }
    };
}

fn attribute(comptime F: type, value: Borrowed, comptime name: [:0]const u8) errors.Refusal!F {
    const found = try Owned.take(c.PyObject_GetAttrString(value.ptr, name));
    defer found.release();
    return convert.fromPython(F, found.borrow(), undefined) catch |err| {
        if (err == error.Mismatch) errors.inAttribute(name);
        return err;
    };
}

/// The offset from UTC; null where there is no time zone, or none that knows it.
fn offsetOf(value: Borrowed) errors.Refusal!?i32 {
    const offset = try Owned.take(c.PyObject_CallMethod(value.ptr, "utcoffset", null));
    defer offset.release();
    if (offset.borrow().isNone()) return null;
    const delta = try TimeDelta.zigbind_converter.fromPython(offset.borrow(), undefined);
    if (delta.microseconds != 0) {
        c.PyErr_SetString(c.exception("ValueError"), "its offset from UTC is not a number of seconds");
        return error.Mismatch;
    }
    const seconds = delta.days *| 86_400 +| delta.seconds;
    if (@abs(seconds) < 86_400) return seconds;
    // Of a subclass that makes up its own.
    c.PyErr_SetString(c.exception("ValueError"), "its offset from UTC is a day or more");
    return error.Mismatch;
}

/// None, `timezone.utc`, or a timezone of that offset.
fn zoneOf(offset_seconds: ?i32) error{Python}!Owned {
    const seconds = offset_seconds orelse return object.immortal(c.none());
    const zone = (try imported.class("datetime", "timezone")).ptr;
    if (seconds == 0) return Owned.take(c.PyObject_GetAttrString(zone, "utc"));
    const delta = try Owned.take(c.PyObject_CallFunction((try imported.class("datetime", "timedelta")).ptr, "ii", @as(c_int, 0), @as(c_int, seconds)));
    defer delta.release();
    return Owned.take(c.PyObject_CallFunction(zone, "O", delta.ptr));
}

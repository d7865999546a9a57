//! Values of Python's library: what comes in goes out.
const std = @import("std");
const zb = @import("zigbind");
const Allocator = std.mem.Allocator;
const big = std.math.big.int;

pub fn datetime(x: zb.DateTime) zb.DateTime { return x; }
pub fn date(x: zb.Date) zb.Date { return x; }
pub fn time(x: zb.Time) zb.Time { return x; }
pub fn timedelta(x: zb.TimeDelta) zb.TimeDelta { return x; }
pub fn path(x: zb.Path) zb.Path { return x; }
pub fn path_bytes(x: zb.Path) zb.Bytes { return .{ .data = x.data }; }
pub fn uuid(x: zb.Uuid) zb.Uuid { return x; }
pub fn decimal(x: zb.Decimal) zb.Decimal { return x; }
pub fn decimal_text(x: zb.Decimal) []const u8 { return x.data; }
pub fn address(x: zb.IpAddress) zb.IpAddress { return x; }
pub fn big_int(x: big.Const) big.Const { return x; }
pub fn big_int_managed(x: big.Managed) big.Managed { return x; }

pub fn optional_date(x: ?zb.Date) ?zb.Date { return x; }
pub fn dates(x: []const zb.Date) []const zb.Date { return x; }
pub fn holidays(x: std.StringArrayHashMap(zb.Date)) std.StringArrayHashMap(zb.Date) { return x; }
pub fn paths(x: []const zb.Path) []const zb.Path { return x; }
pub fn big_ints(x: []const big.Const) []const big.Const { return x; }
pub fn decimals(x: std.ArrayList(zb.Decimal)) std.ArrayList(zb.Decimal) { return x; }

pub fn date_of(year: u16, month: u8, day: u8) zb.Date { return .{ .year = year, .month = month, .day = day }; }
pub fn datetime_of(hour: u8, microsecond: u32, offset: ?i32) zb.DateTime {
    return .{ .year = 2024, .month = 2, .day = 29, .hour = hour, .microsecond = microsecond, .offset_seconds = offset };
}
pub fn total_microseconds(x: zb.TimeDelta) i128 { return x.totalMicroseconds(); }
pub fn day_of(x: zb.DateTime) zb.Date { return .{ .year = x.year, .month = x.month, .day = x.day }; }
pub fn decimal_of(text: []const u8) zb.Decimal { return .{ .data = text }; }
pub fn loopback(is_v6: bool) zb.IpAddress {
    return if (is_v6) .{ .v6 = [_]u8{0} ** 15 ++ .{1} } else .{ .v4 = .{ 127, 0, 0, 1 } };
}
pub fn join(gpa: Allocator, x: zb.Path, name: []const u8) !zb.Path {
    return .{ .data = try std.mem.concat(gpa, u8, &.{ x.data, "/", name }) };
}
pub fn product(gpa: Allocator, a: big.Const, b: big.Const) !big.Managed {
    var result = try big.Managed.init(gpa);
    var left = try a.toManaged(gpa);
    var right = try b.toManaged(gpa);
    try result.mul(&left, &right);
    return result;
}
pub fn doubled(x: big.Managed) !big.Managed {
    var result = x;
    try result.add(&result, &result);
    return result;
}
pub fn negated(x: big.Const) big.Const { return x.negate(); }
pub const kind = zb.overload(.{ kindOfDate, kindOfDateTime, kindOfPath });
fn kindOfDate(_: zb.Date) []const u8 { return "date"; }
fn kindOfDateTime(_: zb.DateTime) []const u8 { return "datetime"; }
fn kindOfPath(_: zb.Path) []const u8 { return "path"; }

/// Values of Python's library as fields.
pub const Event = struct {
    when: zb.DateTime,
    where: zb.Path = .{ .data = "" },
    price: zb.Decimal = .{ .data = "0" },
    id: ?zb.Uuid = null,
    host: zb.IpAddress = .{ .v4 = .{ 0, 0, 0, 0 } },
    z: std.math.Complex(f64) = .{ .re = 0, .im = 0 },

    pub fn squared(self: *const Event, gpa: Allocator, x: big.Const) !big.Managed {
        _ = self;
        var result = try big.Managed.init(gpa);
        errdefer result.deinit();
        var own = try x.toManaged(gpa);
        defer own.deinit();
        try result.sqr(&own);
        return result;
    }
};

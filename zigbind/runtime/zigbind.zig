//! zigbind: Python extension modules in Zig.
//!
//! A file needs nothing from here to be importable: every `pub` declaration is reflected. What is here is
//! for code that wants more from Python than values.
//!
//!     const zb = @import("zigbind");

/// Memory that lives until the current call from Python has returned. For functions without a `std.mem.Allocator`
/// parameter, on the thread that Python called.
pub const allocator = @import("memory.zig").call_allocator;

/// Only bytes-like objects in, without a copy; bytes out. `.{ .data = slice }`.
pub const Bytes = @import("convert/string.zig").Bytes;
/// Only str in, only str out. `.{ .data = slice }`.
pub const Str = @import("convert/string.zig").Str;

/// Elements in memory that NumPy and others share, without a copy: `image: zb.Array(f32, .{ .ndim = 2, .mutable = true })`.
pub const Array = @import("convert/array.zig").Array;
/// A new array: `const result = try zb.array(f32, .{ height, width });`, whose memory Python shares when it is returned.
pub const array = @import("convert/array.zig").array;
/// Elements that are part of an instance as an array: `return zb.viewArray(self.pixels, .{ self.height, self.width });`
pub const viewArray = @import("convert/array.zig").viewArray;

/// `*args`, as one of the last parameters: `rest.len()`, `try rest.get(f64, 0)`.
pub const Args = @import("signature.zig").Args;
/// `**kwargs`, as the last parameter: `try options.get(i64, "depth") orelse 3`.
pub const Kwargs = @import("signature.zig").Kwargs;
/// Any Python object, borrowed for the call; as a field of a class it is kept by the instance. What can be done with it:
/// `try x.get("name")`, `try x.item(key)`, `try x.call(.{ 1, "two" })`, `try x.callMethod("split", .{","})`, `try x.iterate()`, `try x.to(f64)`.
pub const Object = @import("object.zig").Borrowed;
/// A reference of one's own, for containers and other places that outlive a call: `object.own()`, and `release()` exactly once. It can do
/// what an object can. As a result Python takes it over.
/// The garbage collector does not see it.
pub const Ref = @import("object.zig").Owned;


/// `datetime.datetime`: `.{ .year = 2024, .month = 2, .day = 29, .hour = 12, .offset_seconds = 3600 }`.
pub const DateTime = @import("convert/time.zig").DateTime;
/// `datetime.date`: `.{ .year = 2024, .month = 2, .day = 29 }`.
pub const Date = @import("convert/time.zig").Date;
/// `datetime.time`: `.{ .hour = 23, .minute = 59 }`.
pub const Time = @import("convert/time.zig").Time;
/// `datetime.timedelta`: `.{ .days = 1 }`, `delta.totalMicroseconds()`.
pub const TimeDelta = @import("convert/time.zig").TimeDelta;
/// A path of the file system: str, bytes and `os.PathLike` in, `pathlib.Path` out. `.{ .data = slice }`.
pub const Path = @import("convert/library.zig").Path;
/// `uuid.UUID`: `.{ .bytes = sixteen }`.
pub const Uuid = @import("convert/library.zig").Uuid;
/// `decimal.Decimal` as its text: `.{ .data = "1.50" }`.
pub const Decimal = @import("convert/library.zig").Decimal;
/// `ipaddress.IPv4Address` or `IPv6Address`: `.{ .v4 = .{ 127, 0, 0, 1 } }`.
pub const IpAddress = @import("convert/library.zig").IpAddress;

const objects = @import("objects.zig");
/// A list, borrowed for the call: `var items = list.items(f64); while (try items.next()) |item| ...`
pub const List = objects.List(.borrowed);
/// A list of one's own: `const list = try zb.List.new(.{}); errdefer list.release(); try list.append(1); return list;`
pub const ListRef = objects.List(.owned);
/// A tuple: `try pair.get(i64, 0)`, `try zb.Tuple.new(.{ 1, "two" })`.
pub const Tuple = objects.Tuple(.borrowed);
pub const TupleRef = objects.Tuple(.owned);
/// A dict: `try table.get(f64, "key") orelse 0`, `var values = table.values(i64);`, `try zb.Dict.new()`.
pub const Dict = objects.Dict(.borrowed);
pub const DictRef = objects.Dict(.owned);
/// A set: `try seen.contains(key)`, `try zb.Set.new()`.
pub const Set = objects.Set(.borrowed);
pub const SetRef = objects.Set(.owned);
/// What `next()` takes in Python: `while (try lines.next([]const u8)) |line| ...`. Of anything iterable, `try object.iterate()`.
pub const Iterator = objects.Iterator(.borrowed);
pub const IteratorRef = objects.Iterator(.owned);
/// A class of Python's: `try kind.call(.{1})`.
pub const Type = objects.Type(.borrowed);
pub const TypeRef = objects.Type(.owned);
/// A module: `const math = try zb.import("math"); defer math.release(); const root = try math.call("sqrt", .{2});`
pub const Module = objects.Module(.borrowed);
pub const ModuleRef = objects.Module(.owned);
/// `import name`, a module to be released.
pub const import = objects.import;
/// The value of a Python expression, to be released: `try zb.eval("2**100")`.
pub const eval = objects.eval;
/// What a Zig value is in Python, to be released: `try zb.toObject(.{ 1, "two" })`.
pub const toObject = objects.toObject;

/// `*T` on the heap, owned: as a result Python takes it over, as a parameter the function does.
pub const Owned = @import("instance.zig").OwnedPointer;
/// Memory that lasts until it is freed: what `init` and methods get as their `std.mem.Allocator`. Needs the GIL.
pub const heap = @import("memory.zig").lasting;
/// The class a function in a struct is called on, as its first parameter.
pub const Class = @import("signature.zig").Class;

/// An instance whose methods Python can override, as a parameter: `shape.callVirtual("area", .{})`.
pub const Trampoline = @import("trampoline.zig").Trampoline;

/// Any Python callable as a function: `f: zb.Callable(fn (f64, i64) f64)`, `try f.call(.{ 1.0, 2 })`, and with keyword arguments
/// `try f.callWith(.{ 1.0, 2 }, .{ .key = value })`. As a field of a class it is kept by the instance; `f.own()` keeps it elsewhere.
pub const Callable = @import("convert/callable.zig").Callable;

/// A Zig function with a state, as a result: `fn adder(n: i64) !zb.Function(fn (i64) i64) { return .init(n, add); }`
pub const Function = @import("closure.zig").Function;

/// A function that runs without the GIL, while other threads run Python: `pub const heavy = zb.nogil(heavyImpl);`
pub const nogil = @import("gil.zig").nogil;
/// Release the GIL for a part of a function: `const scope = zb.allowThreads(); defer scope.end();`
pub const allowThreads = @import("gil.zig").allowThreads;
/// Call a function with the GIL, from code that runs without it: `try zb.withGil(report, .{ callback, done });`
pub const withGil = @import("gil.zig").withGil;
/// A thread that can call back into Python: `const thread = try zb.spawn(.{}, work, .{items});`
pub const spawn = @import("gil.zig").spawn;
/// Take the exception that is set, to hand it to another thread: `failure = zb.takeException();`
pub const takeException = @import("errors.zig").takeException;
/// Raise what `takeException` gave: `return zb.reraise(failure);`
pub const reraise = @import("errors.zig").reraise;

/// Several functions as one callable: `pub const area = zb.overload(.{ areaOfCircle, areaOfRectangle });`
pub const overload = @import("function.zig").overload;

/// A Python exception is already set: return it.
pub const Error = @import("errors.zig").Error;
/// `return zb.raise(.ValueError, "expected positive, got {d}", .{v});`
pub const raise = @import("errors.zig").raise;
/// As `raise`, with the error that led to it as the cause: `return zb.raiseFrom(err, .ValueError, "no such file: {s}", .{name});`
pub const raiseFrom = @import("errors.zig").raiseFrom;

/// `try zb.formatError("expected positive, got {d}", .{v}); return error.ValueError;`
pub const formatError = @import("errors.zig").formatError;

/// The converter of a type: `try zb.TypeCaster([]const f64).fromPython(obj)`. A type can have its own.
pub const TypeCaster = @import("convert/caster.zig").TypeCaster;

/// A Python object, as the C API has it. As a parameter borrowed, as a result a new reference.
pub const PyObject = @import("capi.zig").PyObject;
/// A class, as the C API has it.
pub const PyTypeObject = @import("capi.zig").PyTypeObject;
/// Own another reference to an object.
pub const incref = @import("explicit.zig").incref;
/// Let go of a reference.
pub const decref = @import("explicit.zig").decref;
/// A new str: `return zb.stringFromUtf8("text") catch null;`
pub const stringFromUtf8 = @import("explicit.zig").stringFromUtf8;

/// In an exported `PyInit_NAME`: a new module.
pub const createModule = @import("explicit.zig").createModule;
/// Add a function that handles Python objects itself.
pub const addFunction = @import("explicit.zig").addFunction;
/// Add a Zig function.
pub const defineFunction = @import("explicit.zig").defineFunction;
/// Add a class for a struct.
pub const defineClass = @import("explicit.zig").defineClass;
/// Add a method to a class.
pub const defineMethod = @import("explicit.zig").defineMethod;
/// Let instances take part in an operator: `zb.defineOperator(Vec2Type, .add, Vec2.add)`.
pub const defineOperator = @import("explicit.zig").defineOperator;
/// Every operator that there is.
pub const Operator = @import("explicit.zig").Operator;
/// Add an attribute that functions compute and set.
pub const defineProperty = @import("explicit.zig").defineProperty;
/// Add an enum.
pub const defineEnum = @import("explicit.zig").defineEnum;

/// What the generated root file uses.
pub const root = struct {
    pub const panic = @import("panic.zig");
    pub const exportModule = @import("module.zig").exportModule;
    pub const Options = @import("module.zig").Options;
    pub const File = @import("source.zig").File;
    pub const Container = @import("source.zig").Container;
    pub const Declaration = @import("source.zig").Declaration;
    // Of the sheets of classes.
    pub const Self = @import("erased.zig").Self;
    pub const Sheet = @import("sheet.zig").Sheet;
    pub const Kind = @import("sheet.zig").Kind;
    pub const Signature = @import("sheet.zig").Signature;
    pub const Slots = @import("sheet.zig").Slots;
    pub const Defaults = @import("sheet.zig").Defaults;
    pub const Thunk = @import("erased.zig").Thunk;
    pub const Payload = @import("erased.zig").Payload;
    pub const defaultPointer = @import("compat.zig").fieldDefaultPointer;
};

test {
    _ = @import("literal.zig");
}

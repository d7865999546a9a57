//! What only the source text knows: parameter names, doc comments, lines.
//!
//! The generated root file declares one `Container` for the module and, below it, one for every
//! namespace, in the shape of the source. Without it everything still works, with positional-only parameters.

pub const Container = struct {
    doc: [:0]const u8 = "",
    /// A struct type whose declarations are the `Declaration`s of this container, by name.
    declarations: type = struct {},
    /// A struct type whose declarations are the docs of the documented fields, by name.
    fields: type = struct {},
    /// The place of the class in the root file's `zigbind_sheets`: see `sheet.zig`.
    sheet: ?usize = null,
    /// What would mean something to Python if it were pub.
    unseen: []const Unseen = &.{},

    pub fn find(comptime self: Container, comptime name: []const u8) ?Declaration {
        return if (@hasDecl(self.declarations, name)) @field(self.declarations, name) else null;
    }

    /// "" where the field has none.
    pub fn fieldDoc(comptime self: Container, comptime name: []const u8) [:0]const u8 {
        return if (@hasDecl(self.fields, name)) @field(self.fields, name) else "";
    }
};

/// A declaration that is not pub: a function, or the options of its container.
pub const Unseen = struct { name: [:0]const u8, location: [:0]const u8, is_function: bool };

/// A file of the project.
pub const File = struct {
    Root: type,
    container: Container = .{},
    /// What its types are made from, wherever the project lies: the file and all that it imports. "" where that is not known.
    digest: [:0]const u8 = "",
    /// Its name without .zig.
    module: [:0]const u8 = "",
};

pub const Declaration = struct {
    doc: [:0]const u8 = "",
    /// "path.zig:12"
    location: [:0]const u8 = "",
    /// Names of the parameters as Python sees them; null where the source of the function was not found.
    parameters: ?[]const [:0]const u8 = null,
    /// Of an overloaded function: the declarations of its functions.
    overloads: []const Declaration = &.{},
    /// Of a namespace or a type.
    container: ?Container = null,
    /// It is `error{ ... }`, written out.
    is_error_set: bool = false,
    /// Of an `@import` of something that is not a file of this project: its name.
    package: ?[:0]const u8 = null,

    /// A class that has one has at least nothing in it but fields and functions, no base and no options.
    pub fn hasSheet(comptime self: Declaration) bool {
        return if (self.container) |container| container.sheet != null else false;
    }
};

/// What the source uses of the runtime: what it does not use costs nothing.
pub const Uses = struct {
    /// `zigbind.allocator` is mentioned: each call must be found from its thread.
    call_allocator: bool = true,
    /// Something panics by itself, also in builds without safety checks.
    panic: bool = true,
    /// `zigbind.raise` is mentioned: an exception can be left behind by an error that was caught.
    raises: bool = true,
    /// What sets exceptions is mentioned, callables left aside: `raise`, objects of Python, casters.
    exceptions: bool = true,
    /// The GIL is released or taken somewhere: `nogil`, `allowThreads`, `withGil` or `spawn` is mentioned.
    gil: bool = true,
    /// There are container-level variables: interpreters of one process share them.
    variables: bool = true,
};

//! Reads what only the text of a Zig file knows, with the compiler's own parser.
//!
//! A zigbind module itself: `zigsource.py` builds it once for each zig and keeps it in the cache.

const std = @import("std");
const Ast = std.zig.Ast;
const Node = Ast.Node;

/// One declaration: (parent, kind, public, name, doc, line, names, text).
///
/// `parent` is the index of the row it stands in, -1 for the first row, which is the file. Kinds and what `names` and `text` hold:
///   file        -, -
///   function    the parameters, the types of these and of the result as `types` has them
///   container   packed or extern where it is that, the keyword (struct, enum, ...)
///   returned    -, the keyword: the container that a generic function returns, below the row of the function
///   field       type and default, where it has one: both as in the source, the type as `typeText` has it
///   errors      the members, -
///   import      -, what is imported
///   alias       -, the dotted path
///   overload    the dotted paths of its functions, -
///   call        -, the dotted path of the function
///   this        -, -: it is `@This()`
///   constant    -, -
///   variable    -, -
const Row = struct { i32, []const u8, bool, []const u8, []const u8, u32, []const []const u8, []const u8 };

/// What a file uses: (imports, names it exports by `export`, container-level variables, panics, call allocator, raise, exceptions, GIL, embedded files).
const Uses = struct { []const []const u8, []const []const u8, bool, bool, bool, bool, bool, bool, []const []const u8 };

/// The declarations of a file, and what it uses. None where it has syntax errors: the compiler says them better.
pub fn read(gpa: std.mem.Allocator, source: [:0]const u8) !?struct { []const Row, Uses } {
    const tree = try Ast.parse(gpa, source, .zig);
    if (tree.errors.len > 0) return null;
    var reader: Reader = .{ .gpa = gpa, .tree = &tree };
    try reader.findReturned();
    try reader.rows.append(gpa, .{ -1, "file", true, "", try reader.containerDoc(0), 1, &.{}, "" });
    try reader.members(tree.containerDeclRoot(), 0);
    return .{ reader.rows.items, try reader.uses() };
}

const Reader = struct {
    gpa: std.mem.Allocator,
    tree: *const Ast,
    rows: std.ArrayList(Row) = .empty,
    /// By the function, the container in its only `return struct {...}`; null where it has several.
    returned: std.AutoHashMapUnmanaged(Node.Index, ?Node.Index) = .empty,
    /// The line that `at` is on: declarations come in order.
    at: usize = 0,
    line: u32 = 1,

    /// The rows of what stands in a container.
    fn members(self: *Reader, container: Ast.full.ContainerDecl, parent: i32) error{OutOfMemory}!void {
        const tree = self.tree;
        const named = switch (tree.tokenTag(container.ast.main_token)) {
            .keyword_enum, .keyword_union => true,
            else => false, // a field without a type is an item of a tuple
        };
        for (container.ast.members) |member| {
            const field = tree.fullContainerField(member) orelse {
                try self.declaration(member, parent);
                continue;
            };
            const name = field.ast.main_token;
            // `_` says that an enum has values without a name; a field of a struct can be called so.
            if (if (named) std.mem.eql(u8, tree.tokenSlice(name), "_") else field.ast.tuple_like) continue;
            try self.rows.append(self.gpa, .{ parent, "field", true, try self.identifier(name), try self.doc(field.firstToken()), self.lineOf(name), try self.fieldTexts(field), "" });
        }
    }

    fn declaration(self: *Reader, node: Node.Index, parent: i32) error{OutOfMemory}!void {
        const tree = self.tree;
        const index: i32 = @intCast(self.rows.items.len);
        var buffer: [1]Node.Index = undefined;
        if (tree.fullFnProto(&buffer, node)) |proto| {
            const name = proto.name_token orelse return;
            const documentation = try self.doc(proto.firstToken());
            try self.rows.append(self.gpa, .{
                parent,
                "function",
                proto.visib_token != null,
                try self.identifier(name),
                documentation,
                self.lineOf(name),
                try self.parameters(proto),
                try self.types(proto),
            });
            const value = self.returned.get(node) orelse return;
            var container_buffer: [2]Node.Index = undefined;
            const container = tree.fullContainerDecl(&container_buffer, value orelse return).?;
            const keyword = container.ast.main_token;
            const inner = try self.containerDoc(self.firstInside(container));
            try self.rows.append(self.gpa, .{ index, "returned", false, "", if (inner.len > 0) inner else documentation, self.lineOf(keyword), &.{}, tree.tokenSlice(keyword) });
            try self.members(container, index + 1);
        } else if (tree.fullVarDecl(node)) |variable| {
            const name = variable.ast.mut_token + 1;
            var kind: []const u8 = "constant";
            var names: []const []const u8 = &.{};
            var text: []const u8 = "";
            const value = variable.ast.init_node.unwrap();
            var container_buffer: [2]Node.Index = undefined;
            const container = if (value) |init| tree.fullContainerDecl(&container_buffer, init) else null;
            if (tree.tokenTag(variable.ast.mut_token) == .keyword_var) {
                kind = "variable";
            } else if (container) |found| {
                kind = "container";
                text = tree.tokenSlice(found.ast.main_token);
                if (found.layout_token) |token| names = try self.gpa.dupe([]const u8, &.{tree.tokenSlice(token)});
            } else if (value) |init| {
                if (try self.imported(init)) |target| {
                    kind = "import";
                    text = target;
                } else if (try self.path(init)) |target| {
                    kind = "alias";
                    text = target;
                } else if (try self.overloaded(init)) |targets| {
                    kind = "overload";
                    names = targets;
                } else if (try self.withoutGil(init)) |target| {
                    kind = "alias";
                    text = target;
                } else if (try self.called(init)) |target| {
                    kind = "call";
                    text = target;
                } else if (self.isThis(init)) {
                    kind = "this";
                } else if (tree.nodeTag(init) == .error_set_decl) {
                    kind = "errors";
                    names = try self.errors(init);
                }
            }
            var documentation = try self.doc(variable.firstToken());
            if (container) |found| if (documentation.len == 0) {
                documentation = try self.containerDoc(self.firstInside(found));
            };
            try self.rows.append(self.gpa, .{ parent, kind, variable.visib_token != null, try self.identifier(name), documentation, self.lineOf(name), names, text });
            if (container) |found| try self.members(found, index);
        }
    }

    fn findReturned(self: *Reader) !void {
        const tree = self.tree;
        for (0..tree.nodes.len) |index| {
            const node: Node.Index = @enumFromInt(index);
            if (tree.nodeTag(node) != .@"return") continue;
            const value = tree.nodeData(node).opt_node.unwrap() orelse continue;
            var buffer: [2]Node.Index = undefined;
            if (tree.fullContainerDecl(&buffer, value) == null) continue;
            const function = self.functionAround(node) orelse continue;
            const entry = try self.returned.getOrPut(self.gpa, function);
            entry.value_ptr.* = if (entry.found_existing) null else value;
        }
    }

    /// The innermost function that a node stands in. The parser numbers it before what is in its body.
    fn functionAround(self: *Reader, node: Node.Index) ?Node.Index {
        const tree = self.tree;
        const token = tree.nodeMainToken(node);
        var index = @intFromEnum(node);
        while (index > 0) {
            index -= 1;
            const before: Node.Index = @enumFromInt(index);
            if (tree.nodeTag(before) == .fn_decl and tree.nodeMainToken(before) < token and tree.lastToken(before) > token) return before;
        }
        return null;
    }

    fn firstInside(self: *Reader, container: Ast.full.ContainerDecl) Ast.TokenIndex {
        var token = if (container.ast.arg.unwrap()) |arg| self.tree.lastToken(arg) + 1 else container.ast.main_token;
        while (self.tree.tokenTag(token) != .l_brace) token += 1;
        return token + 1;
    }

    /// `@import("x")` -> x
    fn imported(self: *Reader, node: Node.Index) !?[]const u8 {
        return self.literalArgument(node, "@import");
    }

    /// `builtin("x")` -> x
    fn literalArgument(self: *Reader, node: Node.Index, builtin: []const u8) !?[]const u8 {
        const tree = self.tree;
        switch (tree.nodeTag(node)) {
            .builtin_call_two, .builtin_call_two_comma => {},
            else => return null,
        }
        if (!std.mem.eql(u8, tree.tokenSlice(tree.nodeMainToken(node)), builtin)) return null;
        const argument = tree.nodeData(node).opt_node_and_opt_node[0].unwrap() orelse return null;
        if (tree.nodeTag(argument) != .string_literal) return null;
        const text = std.zig.string_literal.parseAlloc(self.gpa, tree.tokenSlice(tree.nodeMainToken(argument))) catch |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            error.InvalidLiteral => return null,
        };
        // No file can have such a name.
        return if (std.mem.indexOfScalar(u8, text, 0) == null) text else null;
    }

    /// a.b.c, also where a is an import: then its name is `@import:x`
    fn path(self: *Reader, node: Node.Index) !?[]const u8 {
        const tree = self.tree;
        switch (tree.nodeTag(node)) {
            .identifier => return try self.identifier(tree.nodeMainToken(node)),
            .field_access => {
                const left, const name = tree.nodeData(node).node_and_token;
                const before = if (try self.imported(left)) |target|
                    try std.mem.concat(self.gpa, u8, &.{ "@import:", target, "\n" })
                else
                    try self.path(left) orelse return null;
                const separator = if (std.mem.endsWith(u8, before, "\n")) "" else ".";
                return try std.mem.concat(self.gpa, u8, &.{ before, separator, try self.identifier(name) });
            },
            else => return null,
        }
    }

    /// x.overload(.{ a, b.c, x.nogil(d) }) -> a, b.c, d
    fn overloaded(self: *Reader, node: Node.Index) !?[]const []const u8 {
        const tree = self.tree;
        var call_buffer: [1]Node.Index = undefined;
        const call = tree.fullCall(&call_buffer, node) orelse return null;
        const callee = try self.path(call.ast.fn_expr) orelse return null;
        if (!std.mem.endsWith(u8, callee, ".overload") or call.ast.params.len != 1) return null;
        var init_buffer: [2]Node.Index = undefined;
        const list = tree.fullArrayInit(&init_buffer, call.ast.params[0]) orelse return null;
        const names = try self.gpa.alloc([]const u8, list.ast.elements.len);
        for (names, list.ast.elements) |*name, element| name.* = try self.path(element) orelse try self.withoutGil(element) orelse "";
        return names;
    }

    /// x.nogil(a.b) -> a.b: the function is documented where it stands
    fn withoutGil(self: *Reader, node: Node.Index) !?[]const u8 {
        var buffer: [1]Node.Index = undefined;
        const call = self.tree.fullCall(&buffer, node) orelse return null;
        const callee = try self.path(call.ast.fn_expr) orelse return null;
        if (!std.mem.endsWith(u8, callee, ".nogil") or call.ast.params.len != 1) return null;
        return self.path(call.ast.params[0]);
    }

    /// a.b(...) -> a.b
    fn called(self: *Reader, node: Node.Index) !?[]const u8 {
        var buffer: [1]Node.Index = undefined;
        const call = self.tree.fullCall(&buffer, node) orelse return null;
        return self.path(call.ast.fn_expr);
    }

    /// error{ A, B } -> A, B
    fn errors(self: *Reader, node: Node.Index) ![]const []const u8 {
        var names: std.ArrayList([]const u8) = .empty;
        const open, const close = self.tree.nodeData(node).token_and_token;
        for (open..close) |index| {
            const token: Ast.TokenIndex = @intCast(index);
            if (self.tree.tokenTag(token) == .identifier) try names.append(self.gpa, try self.identifier(token));
        }
        return names.items;
    }

    fn parameters(self: *Reader, proto: Ast.full.FnProto) ![]const []const u8 {
        var names: std.ArrayList([]const u8) = .empty;
        var it = proto.iterate(self.tree);
        while (it.next()) |parameter| {
            const name = if (parameter.name_token) |token| try self.identifier(token) else "";
            try names.append(self.gpa, name);
        }
        return names.items;
    }

    /// The types of the parameters and of the result as `typeText` has them, each with a zero byte behind it. Before that of the result
    /// "!" where it can be an error whose type is inferred, "error!" where that is written out. "" where the function is called in an
    /// unusual way, or one of the types is none that `typeText` knows.
    fn types(self: *Reader, proto: Ast.full.FnProto) ![]const u8 {
        const tree = self.tree;
        const ast = proto.ast;
        if (proto.extern_export_inline_token != null or ast.align_expr != .none or ast.addrspace_expr != .none or ast.section_expr != .none or ast.callconv_expr != .none) return "";
        var text: std.ArrayList(u8) = .empty;
        var it = proto.iterate(tree);
        while (it.next()) |parameter| {
            if (parameter.comptime_noalias != null or !try self.typeText(&text, parameter.type_expr orelse return "")) return "";
            try text.append(self.gpa, 0);
        }
        var result = ast.return_type.unwrap() orelse return "";
        if (tree.tokenTag(tree.firstToken(result) - 1) == .bang) {
            try text.append(self.gpa, '!');
        } else if (tree.nodeTag(result) == .error_union) {
            result = tree.nodeData(result).node_and_node[1];
            try text.appendSlice(self.gpa, "error!");
        }
        if (!try self.typeText(&text, result)) return "";
        try text.append(self.gpa, 0);
        return text.items;
    }

    /// Add a type as the source has it, names of types other than Zig's own between the bytes 1 and 2 as `path` has them. False where it
    /// is none that is written with names, `?`, and pointers alone.
    fn typeText(self: *Reader, text: *std.ArrayList(u8), node: Node.Index) error{OutOfMemory}!bool {
        const tree = self.tree;
        if (tree.nodeTag(node) == .optional_type) {
            try text.append(self.gpa, '?');
            return self.typeText(text, tree.nodeData(node).node);
        }
        if (tree.fullPtrType(node)) |pointer| {
            const ast = pointer.ast;
            if (pointer.allowzero_token != null or pointer.volatile_token != null or ast.align_node != .none or ast.addrspace_node != .none or ast.bit_range_start != .none) return false;
            const sentinel = if (ast.sentinel.unwrap()) |value| tree.getNodeSource(value) else "";
            if (sentinel.len > 0 and !std.mem.eql(u8, sentinel, "0")) return false;
            try text.appendSlice(self.gpa, switch (pointer.size) {
                .one => "*",
                .slice => if (sentinel.len > 0) "[:0]" else "[]",
                .many, .c => return false,
            });
            if (pointer.const_token != null) try text.appendSlice(self.gpa, "const ");
            return self.typeText(text, ast.child_type);
        }
        const name = if (self.isThis(node)) "@This" else try self.path(node) orelse return false;
        if (tree.nodeTag(node) == .identifier and std.zig.primitives.isPrimitive(tree.tokenSlice(tree.nodeMainToken(node)))) {
            try text.appendSlice(self.gpa, name);
        } else for ([_][]const u8{ "\x01", name, "\x02" }) |one| try text.appendSlice(self.gpa, one);
        return true;
    }

    fn isThis(self: *Reader, node: Node.Index) bool {
        const tree = self.tree;
        return tree.nodeTag(node) == .builtin_call_two and std.mem.eql(u8, tree.tokenSlice(tree.nodeMainToken(node)), "@This");
    }

    /// The type of a field, "" where `typeText` does not know it or the field has more to it, and the default.
    fn fieldTexts(self: *Reader, field: Ast.full.ContainerField) ![]const []const u8 {
        const tree = self.tree;
        var text: std.ArrayList(u8) = .empty;
        const is_plain = field.comptime_token == null and field.ast.align_expr == .none and
            if (field.ast.type_expr.unwrap()) |node| try self.typeText(&text, node) else false;
        const value = field.ast.value_expr.unwrap();
        const texts = try self.gpa.alloc([]const u8, if (value == null) 1 else 2);
        texts[0] = if (is_plain) text.items else "";
        if (value) |node| texts[1] = tree.getNodeSource(node);
        return texts;
    }

    /// The name without the quotes of @"...".
    fn identifier(self: *Reader, token: Ast.TokenIndex) ![]const u8 {
        const text = self.tree.tokenSlice(token);
        if (!std.mem.startsWith(u8, text, "@\"")) return text;
        return std.zig.string_literal.parseAlloc(self.gpa, text[1..]) catch |err| switch (err) {
            error.OutOfMemory => error.OutOfMemory,
            error.InvalidLiteral => text,
        };
    }

    /// The `///` lines before a declaration.
    fn doc(self: *Reader, first: Ast.TokenIndex) ![]const u8 {
        var token = first;
        while (token > 0 and self.tree.tokenTag(token - 1) == .doc_comment) token -= 1;
        return self.comments(token, .doc_comment);
    }

    /// The `//!` lines at the start of a container.
    fn containerDoc(self: *Reader, first: Ast.TokenIndex) ![]const u8 {
        return self.comments(first, .container_doc_comment);
    }

    fn comments(self: *Reader, first: Ast.TokenIndex, tag: std.zig.Token.Tag) ![]const u8 {
        var text: std.ArrayList(u8) = .empty;
        var token = first;
        while (token < self.tree.tokens.len and self.tree.tokenTag(token) == tag) : (token += 1) {
            if (text.items.len > 0 or token > first) try text.append(self.gpa, '\n');
            const line = std.mem.trimRight(u8, self.tree.tokenSlice(token)[3..], " \t\r");
            try text.appendSlice(self.gpa, if (std.mem.startsWith(u8, line, " ")) line[1..] else line);
        }
        return text.items;
    }

    fn lineOf(self: *Reader, token: Ast.TokenIndex) u32 {
        const start = self.tree.tokenStart(token);
        if (start < self.at) {
            self.at = 0;
            self.line = 1;
        }
        for (self.tree.source[self.at..start]) |byte| self.line += @intFromBool(byte == '\n');
        self.at = start;
        return self.line;
    }

    /// Behind a period: what code that works with Python objects has them from.
    const objects: std.StaticStringMap(void) = .initComptime(.{
        .{"Object"},   .{"List"},   .{"Tuple"},  .{"Dict"},        .{"Set"},  .{"Iterator"}, .{"Type"},     .{"Module"},
        .{"Class"},    .{"Ref"}, .{"ListRef"}, .{"TupleRef"}, .{"DictRef"}, .{"SetRef"}, .{"IteratorRef"}, .{"TypeRef"}, .{"ModuleRef"},
        .{"import"}, .{"eval"},   .{"toObject"},
    });

    /// Behind a period: what else sets an exception that code may catch, callables left aside.
    const excepting: std.StaticStringMap(void) = .initComptime(.{
        .{"raise"}, .{"raiseFrom"}, .{"formatError"}, .{"callVirtual"}, .{"withGil"}, .{"Args"}, .{"Kwargs"}, .{"TypeCaster"}, .{"Trampoline"},
        .{"PyObject"}, .{"Owned"}, .{"reraise"}, .{"stringFromUtf8"},
    });

    /// Whether a token is the name that the file has for zigbind.
    fn isZigbind(self: *Reader, name: Ast.TokenIndex) bool {
        const tree = self.tree;
        if (tree.tokenTag(name) != .identifier) return false;
        for (2..tree.tokens.len - 2) |index| {
            const token: Ast.TokenIndex = @intCast(index);
            if (tree.tokenTag(token) == .builtin and tree.tokenTag(token - 1) == .equal and tree.tokenTag(token + 2) == .string_literal and
                std.mem.eql(u8, tree.tokenSlice(token + 2), "\"zigbind\"") and std.mem.eql(u8, tree.tokenSlice(token - 2), tree.tokenSlice(name))) return true;
        }
        return false;
    }

    fn uses(self: *Reader) !Uses {
        const tree = self.tree;
        var imports: std.ArrayList([]const u8) = .empty;
        var embeds: std.ArrayList([]const u8) = .empty;
        var exports: std.ArrayList([]const u8) = .empty;
        var variables = false;
        var panics = false;
        var allocator = false;
        var raises = false;
        var exceptions = false;
        var gil = false;
        for (0..tree.nodes.len) |index| {
            const node: Node.Index = @enumFromInt(index);
            if (try self.imported(node)) |target| try imports.append(self.gpa, target);
            if (try self.literalArgument(node, "@embedFile")) |target| try embeds.append(self.gpa, target);
            var buffer: [2]Node.Index = undefined;
            const nodes = if (node == .root) tree.rootDecls() else if (tree.fullContainerDecl(&buffer, node)) |container| container.ast.members else continue;
            for (nodes) |member| {
                if (tree.fullVarDecl(member)) |variable|
                    variables = variables or tree.tokenTag(variable.ast.mut_token) == .keyword_var;
                var proto_buffer: [1]Node.Index = undefined;
                const proto = tree.fullFnProto(&proto_buffer, member) orelse continue;
                const specifier = proto.extern_export_inline_token orelse continue;
                if (tree.tokenTag(specifier) == .keyword_export)
                    if (proto.name_token) |name| try exports.append(self.gpa, try self.identifier(name));
            }
        }
        for (0..tree.tokens.len) |index| {
            const token: Ast.TokenIndex = @intCast(index);
            switch (tree.tokenTag(token)) {
                .builtin => {
                    const name = tree.tokenSlice(token);
                    if (std.mem.eql(u8, name, "@panic") or std.mem.eql(u8, name, "@setRuntimeSafety")) panics = true;
                    // `@field(zb, ...)` can be anything.
                    if (std.mem.eql(u8, name, "@field") and self.isZigbind(token + 2)) {
                        allocator = true;
                        raises = true;
                        exceptions = true;
                        gil = true;
                    }
                },
                .identifier => {
                    // CPython itself, `PyErr_SetString` above all; not `error.Python`.
                    if (std.mem.startsWith(u8, tree.source[tree.tokenStart(token)..], "Py") and std.mem.indexOfScalar(u8, tree.tokenSlice(token), '_') != null) exceptions = true;
                    if (index == 0 or tree.tokenTag(token - 1) != .period) continue;
                    const name = tree.tokenSlice(token);
                    if (std.mem.eql(u8, name, "panic")) panics = true;
                    if (std.mem.eql(u8, name, "raise") or std.mem.eql(u8, name, "raiseFrom") or std.mem.eql(u8, name, "formatError") or std.mem.eql(u8, name, "callVirtual")) raises = true;
                    if (excepting.has(name)) exceptions = true;
                    // These find the call that they are in.
                    if (std.mem.eql(u8, name, "TypeCaster") or std.mem.eql(u8, name, "Callable")) allocator = true;
                    // The exception of a callback that was caught is left behind too.
                    if (std.mem.eql(u8, name, "Callable") or std.mem.eql(u8, name, "withGil")) raises = true;
                    if (std.mem.eql(u8, name, "nogil") or std.mem.eql(u8, name, "allowThreads") or std.mem.eql(u8, name, "withGil") or std.mem.eql(u8, name, "spawn")) gil = true;
                    // So does what works with objects, and what it raises may have been caught.
                    if (objects.has(name)) {
                        allocator = true;
                        raises = true;
                        exceptions = true;
                    }
                    // `zb.array(...)` and `const array = zb.array;`, but not the `.array` of a switch.
                    if (std.mem.eql(u8, name, "array") and switch (tree.tokenTag(token + 1)) {
                        .l_paren, .semicolon => true,
                        else => false,
                    }) allocator = true;
                    // `arena.allocator()` is a call, `zb.allocator` is not.
                    if (std.mem.eql(u8, name, "allocator") and tree.tokenTag(token + 1) != .l_paren) allocator = true;
                },
                else => {},
            }
        }
        return .{ imports.items, exports.items, variables, panics, allocator, raises, exceptions, gil, embeds.items };
    }
};

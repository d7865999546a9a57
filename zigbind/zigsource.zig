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
///   function    the parameters, -
///   container   -, the keyword (struct, enum, ...)
///   import      -, what is imported
///   alias       -, the dotted path
///   overload    the dotted paths of its functions, -
///   constant    -, -
///   variable    -, -
const Row = struct { i32, []const u8, bool, []const u8, []const u8, u32, []const []const u8, []const u8 };

/// What a file uses: (imports, names it exports by `export`, container-level variables, panics, call allocator, raise).
const Uses = struct { []const []const u8, []const []const u8, bool, bool, bool, bool };

/// The declarations of a file, and what it uses. None where it has syntax errors: the compiler says them better.
pub fn read(gpa: std.mem.Allocator, source: [:0]const u8) !?struct { []const Row, Uses } {
    const tree = try Ast.parse(gpa, source, .zig);
    if (tree.errors.len > 0) return null;
    var reader: Reader = .{ .gpa = gpa, .tree = &tree };
    try reader.rows.append(gpa, .{ -1, "file", true, "", try reader.containerDoc(0), 1, &.{}, "" });
    for (tree.rootDecls()) |node| try reader.declaration(node, 0);
    return .{ reader.rows.items, try reader.uses() };
}

const Reader = struct {
    gpa: std.mem.Allocator,
    tree: *const Ast,
    rows: std.ArrayList(Row) = .empty,
    /// The line that `at` is on: declarations come in order.
    at: usize = 0,
    line: u32 = 1,

    fn declaration(self: *Reader, node: Node.Index, parent: i32) error{OutOfMemory}!void {
        const tree = self.tree;
        var buffer: [1]Node.Index = undefined;
        if (tree.fullFnProto(&buffer, node)) |proto| {
            const name = proto.name_token orelse return;
            try self.rows.append(self.gpa, .{
                parent,
                "function",
                proto.visib_token != null,
                try self.identifier(name),
                try self.doc(proto.firstToken()),
                self.lineOf(name),
                try self.parameters(proto),
                "",
            });
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
                }
            }
            const index: i32 = @intCast(self.rows.items.len);
            var documentation = try self.doc(variable.firstToken());
            if (container) |found| if (documentation.len == 0) {
                documentation = try self.containerDoc(self.firstInside(found));
            };
            try self.rows.append(self.gpa, .{ parent, kind, variable.visib_token != null, try self.identifier(name), documentation, self.lineOf(name), names, text });
            if (container) |found| for (found.ast.members) |member| try self.declaration(member, index);
        }
    }

    fn firstInside(self: *Reader, container: Ast.full.ContainerDecl) Ast.TokenIndex {
        var token = container.ast.main_token;
        while (self.tree.tokenTag(token) != .l_brace) token += 1;
        return token + 1;
    }

    /// `@import("x")` -> x
    fn imported(self: *Reader, node: Node.Index) !?[]const u8 {
        const tree = self.tree;
        switch (tree.nodeTag(node)) {
            .builtin_call_two, .builtin_call_two_comma => {},
            else => return null,
        }
        if (!std.mem.eql(u8, tree.tokenSlice(tree.nodeMainToken(node)), "@import")) return null;
        const argument = tree.nodeData(node).opt_node_and_opt_node[0].unwrap() orelse return null;
        if (tree.nodeTag(argument) != .string_literal) return null;
        return std.zig.string_literal.parseAlloc(self.gpa, tree.tokenSlice(tree.nodeMainToken(argument))) catch |err| switch (err) {
            error.OutOfMemory => return error.OutOfMemory,
            error.InvalidLiteral => null,
        };
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

    /// x.overload(.{ a, b.c }) -> a, b.c
    fn overloaded(self: *Reader, node: Node.Index) !?[]const []const u8 {
        const tree = self.tree;
        var call_buffer: [1]Node.Index = undefined;
        const call = tree.fullCall(&call_buffer, node) orelse return null;
        const callee = try self.path(call.ast.fn_expr) orelse return null;
        if (!std.mem.endsWith(u8, callee, ".overload") or call.ast.params.len != 1) return null;
        var init_buffer: [2]Node.Index = undefined;
        const list = tree.fullArrayInit(&init_buffer, call.ast.params[0]) orelse return null;
        const names = try self.gpa.alloc([]const u8, list.ast.elements.len);
        for (names, list.ast.elements) |*name, element| name.* = try self.path(element) orelse "";
        return names;
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

    fn uses(self: *Reader) !Uses {
        const tree = self.tree;
        var imports: std.ArrayList([]const u8) = .empty;
        var exports: std.ArrayList([]const u8) = .empty;
        var variables = false;
        var panics = false;
        var allocator = false;
        var raises = false;
        for (0..tree.nodes.len) |index| {
            const node: Node.Index = @enumFromInt(index);
            if (try self.imported(node)) |target| try imports.append(self.gpa, target);
            var buffer: [2]Node.Index = undefined;
            const members = if (node == .root) tree.rootDecls() else if (tree.fullContainerDecl(&buffer, node)) |container| container.ast.members else continue;
            for (members) |member| {
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
                },
                .identifier => if (index > 0 and tree.tokenTag(token - 1) == .period) {
                    const name = tree.tokenSlice(token);
                    if (std.mem.eql(u8, name, "panic")) panics = true;
                    if (std.mem.eql(u8, name, "raise")) raises = true;
                    // `arena.allocator()` is a call, `zb.allocator` is not.
                    if (std.mem.eql(u8, name, "allocator") and tree.tokenTag(token + 1) != .l_paren) allocator = true;
                },
                else => {},
            }
        }
        return .{ imports.items, exports.items, variables, panics, allocator, raises };
    }
};

//! Results that point into what others own, in every place a pointer can stand.

const std = @import("std");
const zb = @import("zigbind");

pub const Node = struct {
    value: i64 = 0,
    pub const zigbind = .{ .weakref = true };
};

pub const Ref = struct { target: *const Node, weight: f64 = 1 };

pub const Choice = union(enum) { ref: Ref, direct: *const Node, none: void };

/// Owns its node on the heap, where nobody can find whose it is.
pub const Heap = struct {
    node: *Node,

    pub const zigbind = .{ .weakref = true };

    pub fn init(gpa: std.mem.Allocator, value: i64) !Heap {
        const node = try gpa.create(Node);
        node.* = .{ .value = value };
        return .{ .node = node };
    }

    pub fn deinit(self: *Heap, gpa: std.mem.Allocator) void {
        self.node.value = -1;
        gpa.destroy(self.node);
    }

    pub fn both(self: *Heap) [2]?Ref {
        return .{ null, .{ .target = self.node } };
    }

    pub fn choice(self: *Heap) Choice {
        return .{ .ref = .{ .target = self.node } };
    }
};

pub const Has = struct {
    maybe: ?Ref = null,
    choice: Choice = .none,

    pub fn point(self: *Has, node: *const Node) void {
        self.maybe = .{ .target = node };
        self.choice = .{ .ref = .{ .target = node } };
    }
};

pub fn itself(node: *const Node) Ref {
    return .{ .target = node };
}

pub fn inTuple(node: *const Node) struct { Ref, i64 } {
    return .{ .{ .target = node }, 1 };
}

pub fn inOptionalTuple(node: *const Node) ?struct { i64, ?Ref } {
    return .{ 1, .{ .target = node } };
}

pub fn inList(gpa: std.mem.Allocator, node: *const Node) ![]Ref {
    const list = try gpa.alloc(Ref, 3);
    for (list) |*one| one.* = .{ .target = node };
    return list;
}

const Data = struct { ref: Ref, count: i64 };

pub fn inData(node: *const Node) Data {
    return .{ .ref = .{ .target = node }, .count = 1 };
}

pub fn inUnion(node: *const Node) Choice {
    return .{ .ref = .{ .target = node } };
}

pub fn directlyInUnion(node: *const Node) Choice {
    return .{ .direct = node };
}

pub fn ofHeap(heap: *Heap) Ref {
    return .{ .target = heap.node };
}

pub fn ofHeaps(first: *Heap, _: *Heap, _: *Heap) struct { Ref, Ref } {
    return .{ .{ .target = first.node }, .{ .target = first.node } };
}

pub fn same(ref: Ref) Ref {
    return ref;
}

pub fn sameChoice(choice: Choice) Choice {
    return choice;
}

pub fn lastRef(refs: []const Ref) Ref {
    return refs[refs.len - 1];
}

/// The pointer is in the list, not an argument.
pub fn pick(nodes: []const *const Node) *const Node {
    return nodes[nodes.len - 1];
}

pub fn pickRef(nodes: []const *const Node) Ref {
    return .{ .target = nodes[nodes.len - 1] };
}

pub fn pickOfTuple(pair: struct { *const Node, i64 }) *const Node {
    return pair[0];
}

/// Not as they are: nobody could say what they belong to.
pub fn twoPointers(node: *Node) struct { *Node, *Node } {
    return .{ node, node };
}

pub fn listOfPointers(gpa: std.mem.Allocator, node: *Node) ![]*Node {
    const nodes = try gpa.alloc(*Node, 1);
    nodes[0] = node;
    return nodes;
}

pub const Visitor = struct {
    node: Node = .{ .value = 7 },

    pub const zigbind = .{ .virtual = .{ "visit", "label" }, .weakref = true };

    pub fn visit(_: *Visitor, _: Ref) i64 {
        return 0;
    }

    pub fn label(self: zb.Trampoline(Visitor)) zb.Object {
        return .{ .ptr = self.py_obj };
    }
};

/// An object that only the result of the override keeps alive.
pub fn labelOf(gpa: std.mem.Allocator, visitor: zb.Trampoline(Visitor)) ![]u8 {
    const label = try visitor.callVirtual("label", .{});
    const more = try zb.List.new(.{ 1, 2, 3 });
    defer more.release();
    return label.str(gpa);
}

pub fn run(visitor: zb.Trampoline(Visitor)) !i64 {
    return visitor.callVirtual("visit", .{Ref{ .target = &visitor.base.node }});
}

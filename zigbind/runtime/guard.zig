//! Guarded calls: a panic below `run` makes `run` return, as an exception would.
//!
//! `run` calls its body through a naked function that first saves the callee-saved registers
//! and the stack pointer; `panicked` puts them back and makes that call return 1. For the compiler it
//! is an ordinary call that returns once, so nothing of setjmp's "returns twice" applies, and no libc is
//! needed. `defer`s between the panic and `run` do not run.

const builtin = @import("builtin");
const c = @import("capi.zig");
const compat = @import("compat.zig");
const registry = @import("registry.zig");
const Call = @import("call.zig").Call;

pub const Kind = enum { overflow, index, other };

/// One call from Python, on the stack of its trampoline. Frames of a thread form a list.
pub const Frame = struct {
    registers: Registers,
    previous: ?*Frame,
    /// Null where the call owns nothing.
    call: ?*Call,
    /// While the GIL is released: what takes it back.
    released: ?*c.PyThreadState,
    /// Of a thread that Zig code started and that has not met Python yet: the interpreter it belongs to.
    home: ?*c.PyInterpreterState,
    /// The first one of a thread that Zig code started.
    is_thread: bool,
    kind: Kind,
    message: [511:0]u8,
};

/// Space for the callee-saved registers and the stack pointer of every supported ABI.
const Registers = extern struct { words: [32]usize align(16) };

/// Where the stack pointer is in them.
const stack_pointer = switch (builtin.cpu.arch) {
    .x86_64 => if (builtin.os.tag == .windows) 8 else 6,
    .aarch64 => 12,
    else => 0,
};

pub const Body = *const fn (context: *anyopaque) callconv(.c) void;
const Enter = *const fn (body: Body, context: *anyopaque, registers: *Registers) callconv(.c) c_int;
const Leave = *const fn (registers: *Registers) callconv(.c) noreturn;

/// Whether `run` can catch panics on this target.
pub const supported = switch (builtin.cpu.arch) {
    .x86_64, .aarch64 => true,
    else => false,
};

/// Make `frame` the innermost one of this thread until `pop`.
pub inline fn push(frame: *Frame) *?*Frame {
    const slot = innermost();
    if (registry.uses.gil) {
        frame.released = null;
        frame.home = null;
        frame.is_thread = false;
    }
    frame.previous = slot.*;
    slot.* = frame;
    return slot;
}

/// As `push`, of a call that no panic can leave, in a module that is known to have none of its own: its registers are not saved.
pub inline fn pushUnguarded(frame: *Frame) *?*Frame {
    frame.registers.words[stack_pointer] = 0;
    return push(frame);
}

pub inline fn pop(slot: *?*Frame, frame: *Frame) void {
    slot.* = frame.previous;
}

/// The innermost frame of this thread.
pub fn top() ?*Frame {
    return innermost().*;
}

/// What the innermost call of this thread owns; null outside of calls, and in those that own nothing.
pub fn currentCall() ?*Call {
    const frame = top() orelse return null;
    return frame.call;
}

/// Have the GIL again where code below `frame` has released it.
pub fn takeBack(frame: *Frame) void {
    const thread = frame.released orelse return;
    c.PyEval_RestoreThread(thread);
    frame.released = null;
}

/// Without the GIL from here to `takeBack`.
pub fn release(frame: *Frame) void {
    frame.released = c.PyEval_SaveThread();
}

/// The GIL for as long as something of Python is touched, in code that may have it or not. A thread without a frame is taken for
/// one that has it.
pub const Moment = struct {
    /// Where it is given back; null where it was there.
    frame: if (registry.uses.gil) ?*Frame else void,

    pub fn begin() error{NoInterpreter}!Moment {
        if (!registry.uses.gil) return .{ .frame = {} };
        if (hasGil()) return .{ .frame = null };
        const frame = top().?;
        if (frame.released != null) {
            takeBack(frame);
        } else {
            c.PyEval_RestoreThread(c.PyThreadState_New(frame.home.?) orelse return error.NoInterpreter);
            frame.home = null;
        }
        return .{ .frame = frame };
    }

    pub fn end(self: Moment) void {
        if (!registry.uses.gil) return;
        const frame = self.frame orelse return;
        // Of a thread of `zb.spawn` nobody will return it.
        if (frame.is_thread) report();
        release(frame);
    }
};

/// Show the exception that is set, if there is one, which nobody will return.
pub fn report() void {
    if (c.PyErr_Occurred() != null) c.PyErr_WriteUnraisable(null);
}

/// Whether this thread has the GIL, in a module that mentions it. A thread without a frame is taken for one of Python's.
pub fn hasGil() bool {
    const frame = top() orelse return true;
    return frame.released == null and frame.home == null;
}

/// Panic where this thread is known not to have the GIL.
pub fn requireGil(comptime what: []const u8) void {
    if (!hasGil()) @panic(what ++ " without the GIL: use zb.withGil");
}

/// For what is too cheap to be checked in builds without safety: counting references, one step of a loop.
pub fn checkGil() callconv(compat.hot) void {
    if (comptime compat.is_safe and registry.uses.gil) requireGil("Python objects were used");
}

/// Call `body(context)`; true if it ended in a panic, which `frame` then describes.
pub inline fn run(frame: *Frame, body: Body, context: *anyopaque) bool {
    const slot = push(frame);
    const panicked_ = opaque_(Enter, @ptrCast(&enter))(body, context, &frame.registers) != 0;
    pop(slot, frame);
    if (registry.uses.gil and panicked_) takeBack(frame);
    return panicked_;
}

/// Leave the innermost call of this thread. Returns only where there is none, or none that can be left.
pub fn panicked(kind: Kind, message: []const u8) void {
    @setRuntimeSafety(false);
    if (!supported) return;
    const frame = top() orelse return;
    if (frame.registers.words[stack_pointer] == 0) return;
    const length = @min(message.len, frame.message.len);
    @memcpy(frame.message[0..length], message[0..length]);
    frame.message[length] = 0;
    frame.kind = kind;
    opaque_(Leave, @ptrCast(&leave))(&frame.registers);
}

/// LLVM takes a naked function for one that never returns and would drop what follows a direct
/// call: hide from it which function this is.
inline fn opaque_(comptime F: type, function: F) F {
    return asm (""
        : [hidden] "=r" (-> F),
        : [function] "0" (function),
    );
}

threadlocal var innermost_frame: ?*Frame = null;

/// Alone in a function that is not inlined: the self-hosted backend of Zig 0.15.2 loses live registers
/// around the access to a thread-local in a shared library.
noinline fn innermost() *?*Frame {
    return &innermost_frame;
}

fn enter() callconv(.naked) noreturn {
    switch (builtin.cpu.arch) {
        .x86_64 => if (builtin.os.tag == .windows) asm volatile (
            \\ movq %%rbx, 0(%%r8)
            \\ movq %%rbp, 8(%%r8)
            \\ movq %%r12, 16(%%r8)
            \\ movq %%r13, 24(%%r8)
            \\ movq %%r14, 32(%%r8)
            \\ movq %%r15, 40(%%r8)
            \\ movq %%rdi, 48(%%r8)
            \\ movq %%rsi, 56(%%r8)
            \\ movq %%rsp, 64(%%r8)
            \\ movups %%xmm6, 80(%%r8)
            \\ movups %%xmm7, 96(%%r8)
            \\ movups %%xmm8, 112(%%r8)
            \\ movups %%xmm9, 128(%%r8)
            \\ movups %%xmm10, 144(%%r8)
            \\ movups %%xmm11, 160(%%r8)
            \\ movups %%xmm12, 176(%%r8)
            \\ movups %%xmm13, 192(%%r8)
            \\ movups %%xmm14, 208(%%r8)
            \\ movups %%xmm15, 224(%%r8)
            \\ movq %%rcx, %%rax
            \\ movq %%rdx, %%rcx
            \\ subq $40, %%rsp
            \\ callq *%%rax
            \\ addq $40, %%rsp
            \\ xorl %%eax, %%eax
            \\ retq
        ) else asm volatile (
            \\ movq %%rbx, 0(%%rdx)
            \\ movq %%rbp, 8(%%rdx)
            \\ movq %%r12, 16(%%rdx)
            \\ movq %%r13, 24(%%rdx)
            \\ movq %%r14, 32(%%rdx)
            \\ movq %%r15, 40(%%rdx)
            \\ movq %%rsp, 48(%%rdx)
            \\ movq %%rdi, %%rax
            \\ movq %%rsi, %%rdi
            \\ subq $8, %%rsp
            \\ callq *%%rax
            \\ addq $8, %%rsp
            \\ xorl %%eax, %%eax
            \\ retq
        ),
        .aarch64 => asm volatile (
            \\ stp x19, x20, [x2, #0]
            \\ stp x21, x22, [x2, #16]
            \\ stp x23, x24, [x2, #32]
            \\ stp x25, x26, [x2, #48]
            \\ stp x27, x28, [x2, #64]
            \\ stp x29, x30, [x2, #80]
            \\ mov x9, sp
            \\ str x9, [x2, #96]
            \\ stp d8, d9, [x2, #112]
            \\ stp d10, d11, [x2, #128]
            \\ stp d12, d13, [x2, #144]
            \\ stp d14, d15, [x2, #160]
            \\ stp x29, x30, [sp, #-16]!
            \\ mov x9, x0
            \\ mov x0, x1
            \\ blr x9
            \\ ldp x29, x30, [sp], #16
            \\ mov w0, #0
            \\ ret
        ),
        else => unreachable,
    }
}

fn leave() callconv(.naked) noreturn {
    switch (builtin.cpu.arch) {
        .x86_64 => if (builtin.os.tag == .windows) asm volatile (
            \\ movq 0(%%rcx), %%rbx
            \\ movq 8(%%rcx), %%rbp
            \\ movq 16(%%rcx), %%r12
            \\ movq 24(%%rcx), %%r13
            \\ movq 32(%%rcx), %%r14
            \\ movq 40(%%rcx), %%r15
            \\ movq 48(%%rcx), %%rdi
            \\ movq 56(%%rcx), %%rsi
            \\ movq 64(%%rcx), %%rsp
            \\ movups 80(%%rcx), %%xmm6
            \\ movups 96(%%rcx), %%xmm7
            \\ movups 112(%%rcx), %%xmm8
            \\ movups 128(%%rcx), %%xmm9
            \\ movups 144(%%rcx), %%xmm10
            \\ movups 160(%%rcx), %%xmm11
            \\ movups 176(%%rcx), %%xmm12
            \\ movups 192(%%rcx), %%xmm13
            \\ movups 208(%%rcx), %%xmm14
            \\ movups 224(%%rcx), %%xmm15
            \\ movl $1, %%eax
            \\ retq
        ) else asm volatile (
            \\ movq 0(%%rdi), %%rbx
            \\ movq 8(%%rdi), %%rbp
            \\ movq 16(%%rdi), %%r12
            \\ movq 24(%%rdi), %%r13
            \\ movq 32(%%rdi), %%r14
            \\ movq 40(%%rdi), %%r15
            \\ movq 48(%%rdi), %%rsp
            \\ movl $1, %%eax
            \\ retq
        ),
        .aarch64 => asm volatile (
            \\ ldp x19, x20, [x0, #0]
            \\ ldp x21, x22, [x0, #16]
            \\ ldp x23, x24, [x0, #32]
            \\ ldp x25, x26, [x0, #48]
            \\ ldp x27, x28, [x0, #64]
            \\ ldp x29, x30, [x0, #80]
            \\ ldr x9, [x0, #96]
            \\ mov sp, x9
            \\ ldp d8, d9, [x0, #112]
            \\ ldp d10, d11, [x0, #128]
            \\ ldp d12, d13, [x0, #144]
            \\ ldp d14, d15, [x0, #160]
            \\ mov w0, #1
            \\ ret
        ),
        else => unreachable,
    }
}

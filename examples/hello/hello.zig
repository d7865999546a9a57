//! A first module.

/// Add two integers.
pub fn add(a: i64, b: i64) i64 {
    return a + b;
}

/// Say hello.
pub fn greet() []const u8 {
    return "Hello from Zig!";
}

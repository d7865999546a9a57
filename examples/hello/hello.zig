//! A first module.

/// Add two integers.
pub fn add(a: i64, b: i64) i64 {
    return a + b;
}

/// The area of a circle.
pub fn area(radius: f64) f64 {
    return 3.141592653589793 * radius * radius;
}

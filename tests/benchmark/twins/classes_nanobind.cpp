// The classes that `classes.py` measures: the twin of `classes.c`, as the documentation of nanobind has one write it.

#include <nanobind/nanobind.h>
#include <nanobind/operators.h>
#include <nanobind/stl/string.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

struct Vec2 {
    double x, y;

    Vec2(double x, double y) : x(x), y(y) {}
    double length() const { return std::sqrt(x * x + y * y); }
    Vec2 operator+(const Vec2 &other) const { return {x + other.x, y + other.y}; }
    bool operator==(const Vec2 &other) const { return x == other.x && y == other.y; }
};

struct Counter {
    std::int64_t value;

    explicit Counter(std::int64_t value) : value(value) {}
    void inc() { value += 1; }
};

enum class Color { red, green, blue };

// The function that the C twin uses: what the row compares is not how floats become text.
std::string text_of(double value) {
    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
    if (text == nullptr) throw nb::python_error();
    std::string result(text);
    PyMem_Free(text);
    return result;
}

} // namespace

NB_MODULE(classes, m) {
    nb::class_<Vec2>(m, "Vec2")
        .def(nb::init<double, double>(), "x"_a, "y"_a = 0.0)
        .def_rw("x", &Vec2::x)
        .def_rw("y", &Vec2::y)
        .def("length", &Vec2::length)
        .def(nb::self + nb::self)
        .def(nb::self == nb::self)
        .def("__repr__", [](const Vec2 &self) { return "Vec2(x=" + text_of(self.x) + ", y=" + text_of(self.y) + ")"; });

    nb::class_<Counter>(m, "Counter")
        .def(nb::init<std::int64_t>(), "value"_a = 0)
        .def_rw("value", &Counter::value)
        .def("inc", &Counter::inc);

    nb::enum_<Color>(m, "Color")
        .value("red", Color::red)
        .value("green", Color::green)
        .value("blue", Color::blue);

    // Members only, as in the other twins: else nanobind takes the int 1 for the second member.
    m.def("echo", [](Color color) { return color; }, "color"_a.noconvert());
}

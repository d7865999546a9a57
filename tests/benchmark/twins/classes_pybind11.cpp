// The classes that `classes.py` measures: the twin of `classes.c`, as the documentation of pybind11 has one write it.

#include <pybind11/operators.h>
#include <pybind11/pybind11.h>
#if __has_include(<pybind11/native_enum.h>)
#include <pybind11/native_enum.h>
#define NATIVE_ENUM 1
#endif

#include <cmath>
#include <cstdint>
#include <string>

namespace py = pybind11;
using namespace py::literals;

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
    if (text == nullptr) throw py::error_already_set();
    std::string result(text);
    PyMem_Free(text);
    return result;
}

} // namespace

PYBIND11_MODULE(classes, m) {
    py::class_<Vec2>(m, "Vec2")
        .def(py::init<double, double>(), "x"_a, "y"_a = 0.0)
        .def_readwrite("x", &Vec2::x)
        .def_readwrite("y", &Vec2::y)
        .def("length", &Vec2::length)
        .def(py::self + py::self)
        .def(py::self == py::self)
        .def("__repr__", [](const Vec2 &self) { return "Vec2(x=" + text_of(self.x) + ", y=" + text_of(self.y) + ")"; });

    py::class_<Counter>(m, "Counter")
        .def(py::init<std::int64_t>(), "value"_a = 0)
        .def_readwrite("value", &Counter::value)
        .def("inc", &Counter::inc);

#if NATIVE_ENUM
    py::native_enum<Color>(m, "Color", "enum.Enum")
#else
    py::enum_<Color>(m, "Color")
#endif
        .value("red", Color::red)
        .value("green", Color::green)
        .value("blue", Color::blue)
#if NATIVE_ENUM
        .finalize()
#endif
        ;

    m.def("echo", [](Color color) { return color; }, "color"_a);
}

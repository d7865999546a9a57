// What `data.py` measures: the twin of `data.c`, as the documentation of pybind11 has one write it.

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "data_kernels.h"

namespace py = pybind11;
using namespace py::literals;

namespace {

std::int64_t dict_sum(const py::dict &table) {
    std::int64_t total = 0;
    for (auto item : table) total += item.second.cast<std::int64_t>();
    return total;
}

std::int64_t sum_list(const std::vector<std::int64_t> &items) {
    return std::accumulate(items.begin(), items.end(), std::int64_t{0});
}

std::vector<std::int64_t> range_list(std::size_t n) {
    std::vector<std::int64_t> items(n);
    std::iota(items.begin(), items.end(), 0);
    return items;
}

template <typename T> py::buffer_info get(const py::buffer &buffer, int ndim, bool writable = false) {
    py::buffer_info info = buffer.request(writable);
    if (info.ndim != ndim || !info.item_type_is_equivalent_to<T>()) throw py::type_error("expected an array of other elements");
    py::ssize_t stride = sizeof(T);
    for (int axis = ndim - 1; axis >= 0; stride *= info.shape[axis], axis--)
        if (info.strides[axis] != stride) throw py::type_error("expected a C-contiguous array");
    return info;
}

void require(bool fits) {
    if (!fits) throw std::invalid_argument("ShapeMismatch");
}

double sum_buffer(const py::buffer &values) {
    auto info = get<double>(values, 1);
    return sum_of(static_cast<const double *>(info.ptr), info.shape[0]);
}

py::ssize_t length(const py::buffer &values) { return get<double>(values, 1).shape[0]; }

void saxpy(float a, const py::buffer &x, const py::buffer &y) {
    auto from = get<float>(x, 1), into = get<float>(y, 1, true);
    require(from.shape[0] == into.shape[0]);
    add_scaled(a, static_cast<const float *>(from.ptr), static_cast<float *>(into.ptr), from.shape[0]);
}

void blur(const py::buffer &image, const py::buffer &result) {
    auto from = get<float>(image, 2), into = get<float>(result, 2, true);
    require(from.shape == into.shape);
    blur_rows(static_cast<const float *>(from.ptr), static_cast<float *>(into.ptr), from.shape[0], from.shape[1]);
}

void levenshtein(const py::buffer &first, const py::buffer &second, const py::buffer &distances) {
    auto a = get<std::uint8_t>(first, 2), b = get<std::uint8_t>(second, 2), into = get<std::int64_t>(distances, 1, true);
    require(a.shape == b.shape && a.shape[0] == into.shape[0] && a.shape[1] <= LONGEST);
    distances_of(static_cast<const std::uint8_t *>(a.ptr), static_cast<const std::uint8_t *>(b.ptr), static_cast<std::int64_t *>(into.ptr), a.shape[0], a.shape[1]);
}

void n_body(const py::buffer &bodies, double dt, std::int64_t steps) {
    auto info = get<double>(bodies, 2, true);
    require(info.shape[1] == 7);
    advance_bodies(static_cast<Body *>(info.ptr), info.shape[0], dt, steps);
}

std::int64_t sum_ints(const std::function<std::int64_t(std::int64_t)> &f, std::int64_t n) {
    std::uint64_t total = 0;
    for (std::int64_t i = 0; i < n; i++) total += static_cast<std::uint64_t>(f(i));
    return static_cast<std::int64_t>(total);
}

double integrate(const std::function<double(double)> &f, std::int64_t n) {
    double step = 1 / static_cast<double>(n), total = 0;
    for (std::int64_t i = 0; i < n; i++) total += f((static_cast<double>(i) + 0.5) * step);
    return total * step;
}

double fold(const std::function<double(double, std::int64_t)> &f, std::int64_t n) {
    double x = 1;
    for (std::int64_t i = 0; i < n; i++) x = f(x, i);
    return x;
}

std::int64_t lengths(const std::function<std::string(const std::string &)> &f, const std::string &text, std::int64_t n) {
    std::int64_t total = 0;
    for (std::int64_t i = 0; i < n; i++) total += static_cast<std::int64_t>(f(text).size());
    return total;
}

}  // namespace

PYBIND11_MODULE(data, m) {
    m.def("dict_sum", &dict_sum, "table"_a);
    m.def("sum_list", &sum_list, "items"_a);
    m.def("range_list", &range_list, "n"_a);
    m.def("sum_buffer", &sum_buffer, "values"_a);
    m.def("length", &length, "values"_a);
    m.def("saxpy", &saxpy, "a"_a, "x"_a, "y"_a);
    m.def("blur", &blur, "image"_a, "result"_a);
    m.def("levenshtein", &levenshtein, "first"_a, "second"_a, "distances"_a);
    m.def("n_body", &n_body, "bodies"_a, "dt"_a, "steps"_a);
    m.def("sum_ints", &sum_ints, "f"_a, "n"_a);
    m.def("integrate", &integrate, "f"_a, "n"_a);
    m.def("fold", &fold, "f"_a, "n"_a);
    m.def("lengths", &lengths, "f"_a, "text"_a, "n"_a);
    m.def("primes", &count_primes, "limit"_a, py::call_guard<py::gil_scoped_release>());
}

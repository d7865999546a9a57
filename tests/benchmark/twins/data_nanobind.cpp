// What `data.py` measures: the twin of `data.c`, as the documentation of nanobind has one write it.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "data_kernels.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

std::int64_t dict_sum(nb::dict table) {
    std::int64_t total = 0;
    for (auto [key, value] : table) total += nb::cast<std::int64_t>(value);
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

template <typename T, int dimensions> using Array = nb::ndarray<T, nb::ndim<dimensions>, nb::c_contig, nb::device::cpu>;

void require(bool fits) {
    if (!fits) throw std::invalid_argument("ShapeMismatch");
}

double sum_buffer(Array<const double, 1> values) { return sum_of(values.data(), values.shape(0)); }

std::size_t length(Array<const double, 1> values) { return values.shape(0); }

void saxpy(float a, Array<const float, 1> x, Array<float, 1> y) {
    require(x.shape(0) == y.shape(0));
    add_scaled(a, x.data(), y.data(), x.shape(0));
}

void blur(Array<const float, 2> image, Array<float, 2> result) {
    require(image.shape(0) == result.shape(0) && image.shape(1) == result.shape(1));
    blur_rows(image.data(), result.data(), image.shape(0), image.shape(1));
}

void levenshtein(Array<const std::uint8_t, 2> first, Array<const std::uint8_t, 2> second, Array<std::int64_t, 1> distances) {
    std::size_t count = first.shape(0), width = first.shape(1);
    require(second.shape(0) == count && second.shape(1) == width && distances.shape(0) == count && width <= LONGEST);
    distances_of(first.data(), second.data(), distances.data(), count, width);
}

void n_body(Array<double, 2> bodies, double dt, std::int64_t steps) {
    require(bodies.shape(1) == 7);
    advance_bodies(reinterpret_cast<Body *>(bodies.data()), bodies.shape(0), dt, steps);
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

NB_MODULE(data, m) {
    m.def("dict_sum", &dict_sum, "table"_a);
    m.def("sum_list", &sum_list, "items"_a);
    m.def("range_list", &range_list, "n"_a);
    m.def("sum_buffer", &sum_buffer, "values"_a.noconvert());
    m.def("length", &length, "values"_a.noconvert());
    m.def("saxpy", &saxpy, "a"_a, "x"_a.noconvert(), "y"_a.noconvert());
    m.def("blur", &blur, "image"_a.noconvert(), "result"_a.noconvert());
    m.def("levenshtein", &levenshtein, "first"_a.noconvert(), "second"_a.noconvert(), "distances"_a.noconvert());
    m.def("n_body", &n_body, "bodies"_a.noconvert(), "dt"_a, "steps"_a);
    m.def("sum_ints", &sum_ints, "f"_a, "n"_a);
    m.def("integrate", &integrate, "f"_a, "n"_a);
    m.def("fold", &fold, "f"_a, "n"_a);
    m.def("lengths", &lengths, "f"_a, "text"_a, "n"_a);
    m.def("primes", &count_primes, "limit"_a, nb::call_guard<nb::gil_scoped_release>());
}

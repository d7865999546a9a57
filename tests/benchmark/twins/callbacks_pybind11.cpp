// What `callbacks.py` measures: the twin of `callbacks.c`, as the documentation of pybind11 has one write it.

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <functional>
#include <string>

namespace py = pybind11;
using namespace py::literals;

namespace {

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

std::uint64_t primes(std::uint64_t limit) {
    std::uint64_t found = 0;
    for (std::uint64_t n = 2; n < limit; n++) {
        std::uint64_t d = 2;
        while (d * d <= n && n % d != 0) d++;
        found += d * d > n;
    }
    return found;
}

}  // namespace

PYBIND11_MODULE(callbacks, m) {
    m.def("sum_ints", &sum_ints, "f"_a, "n"_a);
    m.def("integrate", &integrate, "f"_a, "n"_a);
    m.def("fold", &fold, "f"_a, "n"_a);
    m.def("lengths", &lengths, "f"_a, "text"_a, "n"_a);
    m.def("primes", &primes, "limit"_a, py::call_guard<py::gil_scoped_release>());
}

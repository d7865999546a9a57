// The calls that `containers.py` measures: the twin of `containers.c`, as the documentation of nanobind has one write it.

#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <numeric>
#include <vector>

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

}  // namespace

NB_MODULE(containers, m) {
    m.def("dict_sum", &dict_sum, "table"_a);
    m.def("sum_list", &sum_list, "items"_a);
    m.def("range_list", &range_list, "n"_a);
}

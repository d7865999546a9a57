/* The twin of `arrays.zig` with pybind11's buffers. */

#include <pybind11/pybind11.h>

#include <stdexcept>

#include "arrays_kernels.h"

namespace py = pybind11;
using namespace pybind11::literals;

template <typename T> py::buffer_info get(const py::buffer &buffer, int ndim, bool writable)
{
    py::buffer_info info = buffer.request(writable);
    if (info.ndim != ndim || !info.item_type_is_equivalent_to<T>()) throw py::type_error("expected an array of other elements");
    py::ssize_t stride = sizeof(T);
    for (int axis = ndim - 1; axis >= 0; stride *= info.shape[axis], axis--)
        if (info.strides[axis] != stride) throw py::type_error("expected a C-contiguous array");
    return info;
}

PYBIND11_MODULE(arrays, m)
{
    m.def("sum_buffer", [](const py::buffer &values) {
        auto info = get<double>(values, 1, false);
        return sum_of(static_cast<const double *>(info.ptr), info.shape[0]);
    }, "values"_a);
    m.def("length", [](const py::buffer &values) { return get<double>(values, 1, false).shape[0]; }, "values"_a);
    m.def("saxpy", [](float a, const py::buffer &x, const py::buffer &y) {
        auto from = get<float>(x, 1, false), into = get<float>(y, 1, true);
        if (from.shape[0] != into.shape[0]) throw std::invalid_argument("ShapeMismatch");
        add_scaled(a, static_cast<const float *>(from.ptr), static_cast<float *>(into.ptr), from.shape[0]);
    }, "a"_a, "x"_a, "y"_a);
    m.def("blur", [](const py::buffer &image, const py::buffer &result) {
        auto from = get<float>(image, 2, false), into = get<float>(result, 2, true);
        if (from.shape != into.shape) throw std::invalid_argument("ShapeMismatch");
        blur_rows(static_cast<const float *>(from.ptr), static_cast<float *>(into.ptr), from.shape[0], from.shape[1]);
    }, "image"_a, "result"_a);
}

/* The twin of `arrays.zig` with nanobind's ndarray. */

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <stdexcept>

#include "arrays_kernels.h"

namespace nb = nanobind;
using namespace nb::literals;

using Values = nb::ndarray<const double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using In = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Out = nb::ndarray<float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using ImageIn = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using ImageOut = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

NB_MODULE(arrays, m) {
    m.def("sum_buffer", [](Values values) { return sum_of(values.data(), values.shape(0)); }, "values"_a.noconvert());
    m.def("length", [](Values values) { return values.shape(0); }, "values"_a.noconvert());
    m.def("saxpy", [](float a, In x, Out y) {
        if (x.shape(0) != y.shape(0)) throw std::invalid_argument("ShapeMismatch");
        add_scaled(a, x.data(), y.data(), x.shape(0));
    }, "a"_a, "x"_a.noconvert(), "y"_a.noconvert());
    m.def("blur", [](ImageIn image, ImageOut result) {
        if (image.shape(0) != result.shape(0) || image.shape(1) != result.shape(1)) throw std::invalid_argument("ShapeMismatch");
        blur_rows(image.data(), result.data(), image.shape(0), image.shape(1));
    }, "image"_a.noconvert(), "result"_a.noconvert());
}

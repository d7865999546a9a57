/* The arrays that `arrays.py` measures: the twin of `arrays.zig`, as one who knows the Limited API writes it by hand. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030C0000
#include <Python.h>

#include <string.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

static int check_count(const char *name, Py_ssize_t given, Py_ssize_t wanted)
{
    if (LIKELY(given == wanted)) return 1;
    PyErr_Format(PyExc_TypeError, "%s() takes %zd positional arguments but %zd were given", name, wanted, given);
    return 0;
}

static int get_array(PyObject *object, Py_buffer *view, char format, int ndim, int writable)
{
    if (PyObject_GetBuffer(object, view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS | (writable ? PyBUF_WRITABLE : 0)) != 0) {
        if (PyErr_ExceptionMatches(PyExc_Exception)) {
            PyErr_Clear();
            PyErr_Format(PyExc_TypeError, "expected a C-contiguous array of %c with %d dimensions", format, ndim);
        }
        return 0;
    }
    if (LIKELY(view->ndim == ndim && view->format != NULL && view->format[0] == format && view->format[1] == 0)) return 1;
    PyErr_Format(PyExc_TypeError, "expected an array of %c with %d dimensions, got %s with %d", format, ndim, view->format ? view->format : "B", view->ndim);
    PyBuffer_Release(view);
    return 0;
}

static PyObject *sum_buffer(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    if (!check_count("sum_buffer", count, 1) || !get_array(args[0], &view, 'd', 1, 0)) return NULL;
    const double *values = view.buf;
    double total = 0;
    for (Py_ssize_t index = 0; index < view.shape[0]; index++) total += values[index];
    PyBuffer_Release(&view);
    return PyFloat_FromDouble(total);
}

static PyObject *length(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    if (!check_count("length", count, 1) || !get_array(args[0], &view, 'd', 1, 0)) return NULL;
    Py_ssize_t result = view.shape[0];
    PyBuffer_Release(&view);
    return PyLong_FromSsize_t(result);
}

static PyObject *mismatch(Py_buffer *a, Py_buffer *b)
{
    PyBuffer_Release(a);
    PyBuffer_Release(b);
    PyErr_SetString(PyExc_ValueError, "ShapeMismatch");
    return NULL;
}

static PyObject *saxpy(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer x, y;
    if (!check_count("saxpy", count, 3)) return NULL;
    float a = (float)PyFloat_AsDouble(args[0]);
    if (a == -1.0f && PyErr_Occurred()) return NULL;
    if (!get_array(args[1], &x, 'f', 1, 0)) return NULL;
    if (!get_array(args[2], &y, 'f', 1, 1)) {
        PyBuffer_Release(&x);
        return NULL;
    }
    if (x.shape[0] != y.shape[0]) return mismatch(&x, &y);
    const float *from = x.buf;
    float *into = y.buf;
    for (Py_ssize_t index = 0; index < x.shape[0]; index++) into[index] += a * from[index];
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    Py_RETURN_NONE;
}

static void blur_rows(const float *from, float *restrict into, Py_ssize_t height, Py_ssize_t width)
{
    for (Py_ssize_t y = 0; y < height; y++) {
        const float *row = from + y * width, *above = row - width, *below = row + width;
        float *result = into + y * width;
        if (y == 0 || y + 1 == height || width < 3) {
            memcpy(result, row, width * sizeof(float));
            continue;
        }
        result[0] = row[0];
        result[width - 1] = row[width - 1];
        for (Py_ssize_t x = 1; x + 1 < width; x++)
            result[x] = (above[x - 1] + above[x] + above[x + 1] + row[x - 1] + row[x] + row[x + 1] + below[x - 1] + below[x] + below[x + 1]) * (1.0f / 9.0f);
    }
}

static PyObject *blur(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer image, result;
    if (!check_count("blur", count, 2) || !get_array(args[0], &image, 'f', 2, 0)) return NULL;
    if (!get_array(args[1], &result, 'f', 2, 1)) {
        PyBuffer_Release(&image);
        return NULL;
    }
    if (image.shape[0] != result.shape[0] || image.shape[1] != result.shape[1]) return mismatch(&image, &result);
    blur_rows(image.buf, result.buf, image.shape[0], image.shape[1]);
    PyBuffer_Release(&image);
    PyBuffer_Release(&result);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"sum_buffer", (PyCFunction)(void (*)(void))sum_buffer, METH_FASTCALL, NULL},
    {"length", (PyCFunction)(void (*)(void))length, METH_FASTCALL, NULL},
    {"saxpy", (PyCFunction)(void (*)(void))saxpy, METH_FASTCALL, NULL},
    {"blur", (PyCFunction)(void (*)(void))blur, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "arrays", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit_arrays(void)
{
    return PyModuleDef_Init(&definition);
}

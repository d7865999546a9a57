/* What `data.py` measures: the twin of `data.zig`, as one who knows the Limited API writes it by hand. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030C0000
#include <Python.h>

#include "data_kernels.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

static int check_count(const char *name, Py_ssize_t given, Py_ssize_t wanted)
{
    if (LIKELY(given == wanted)) return 1;
    PyErr_Format(PyExc_TypeError, "%s() takes %zd positional arguments but %zd were given", name, wanted, given);
    return 0;
}

static inline int as_i64(PyObject *object, int64_t *value)
{
    long long result = PyLong_AsLongLong(object);
    if (UNLIKELY(result == -1) && PyErr_Occurred()) return 0;
    *value = result;
    return 1;
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

static PyObject *dict_sum(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    int64_t total = 0, value;
    Py_ssize_t position = 0, seen = 0, size;
    PyObject *key, *item;

    if (!check_count("dict_sum", count, 1)) return NULL;
    if (!PyDict_Check(args[0])) return PyErr_Format(PyExc_TypeError, "expected a dict");
    size = PyDict_Size(args[0]);
    while (PyDict_Next(args[0], &position, &key, &item)) {
        if (UNLIKELY(seen++ >= size)) break;
        if (LIKELY(PyLong_CheckExact(item))) {
            if (!as_i64(item, &value)) return NULL;
        } else {
            /* An item's __index__ may change the dict: such an item is held on to. */
            int converted;
            Py_INCREF(item);
            converted = as_i64(item, &value);
            Py_DECREF(item);
            if (!converted) return NULL;
        }
        total += value;
    }
    if (seen != size || PyDict_Size(args[0]) != size)
        return PyErr_Format(PyExc_RuntimeError, "the dict changed its size while it was iterated over");
    return PyLong_FromLongLong(total);
}

static PyObject *sum_list(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    int64_t total = 0, value;
    Py_ssize_t size;
    PyObject *items;

    if (!check_count("sum_list", count, 1)) return NULL;
    if (PyList_Check(args[0])) {
        items = Py_NewRef(args[0]);
    } else if (PySequence_Check(args[0]) && !PyUnicode_Check(args[0])) {
        items = PySequence_List(args[0]);
        if (items == NULL) return NULL;
    } else {
        return PyErr_Format(PyExc_TypeError, "expected a sequence of int");
    }
    size = PyList_Size(items);
    for (Py_ssize_t position = 0; position < size; position++) {
        /* An item's __index__ may change the list: the position may be gone, and such an item is held on to. */
        PyObject *item = PyList_GetItem(items, position);
        if (UNLIKELY(item == NULL)) goto error;
        if (LIKELY(PyLong_CheckExact(item))) {
            if (!as_i64(item, &value)) goto error;
        } else {
            int converted;
            Py_INCREF(item);
            converted = as_i64(item, &value);
            Py_DECREF(item);
            if (!converted) goto error;
        }
        total += value;
    }
    Py_DECREF(items);
    return PyLong_FromLongLong(total);
error:
    Py_DECREF(items);
    return NULL;
}

static PyObject *range_list(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    PyObject *list;
    int64_t n;

    if (!check_count("range_list", count, 1)) return NULL;
    if (!as_i64(args[0], &n)) return NULL;
    if (n < 0) return PyErr_Format(PyExc_OverflowError, "%lld is out of range", (long long)n);
    list = PyList_New(n);
    if (list == NULL) return NULL;
    for (int64_t position = 0; position < n; position++) {
        PyObject *item = PyLong_FromLongLong(position);
        if (UNLIKELY(item == NULL)) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SetItem(list, position, item);
    }
    return list;
}

static PyObject *sum_buffer(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    if (!check_count("sum_buffer", count, 1) || !get_array(args[0], &view, 'd', 1, 0)) return NULL;
    double total = sum_of(view.buf, view.shape[0]);
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
    add_scaled(a, x.buf, y.buf, x.shape[0]);
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    Py_RETURN_NONE;
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

static PyObject *levenshtein(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer first, second, result;
    if (!check_count("levenshtein", count, 3) || !get_array(args[0], &first, 'B', 2, 0)) return NULL;
    if (!get_array(args[1], &second, 'B', 2, 0)) {
        PyBuffer_Release(&first);
        return NULL;
    }
    if (!get_array(args[2], &result, 'l', 1, 1)) {
        PyBuffer_Release(&second);
        PyBuffer_Release(&first);
        return NULL;
    }
    int fits = first.shape[0] == second.shape[0] && first.shape[0] == result.shape[0] && first.shape[1] == second.shape[1] && first.shape[1] <= LONGEST;
    if (fits)
        distances_of(first.buf, second.buf, result.buf, first.shape[0], first.shape[1]);
    else
        PyErr_SetString(PyExc_ValueError, "ShapeMismatch");
    PyBuffer_Release(&result);
    PyBuffer_Release(&second);
    PyBuffer_Release(&first);
    return fits ? Py_NewRef(Py_None) : NULL;
}

static PyObject *n_body(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer bodies;
    int64_t steps;
    if (!check_count("n_body", count, 3)) return NULL;
    double dt = PyFloat_AsDouble(args[1]);
    if (dt == -1.0 && PyErr_Occurred()) return NULL;
    if (!as_i64(args[2], &steps) || !get_array(args[0], &bodies, 'd', 2, 1)) return NULL;
    int fits = bodies.shape[1] == 7;
    if (fits)
        advance_bodies(bodies.buf, bodies.shape[0], dt, steps);
    else
        PyErr_SetString(PyExc_ValueError, "ShapeMismatch");
    PyBuffer_Release(&bodies);
    return fits ? Py_NewRef(Py_None) : NULL;
}

static int check_call(const char *name, PyObject *const *args, Py_ssize_t given, Py_ssize_t wanted)
{
    if (!check_count(name, given, wanted)) return 0;
    if (PyCallable_Check(args[0])) return 1;
    PyErr_Format(PyExc_TypeError, "%s() argument 'f': expected callable", name);
    return 0;
}

static int as_f64(PyObject *object, double *value)
{
    *value = PyFloat_AsDouble(object);
    return *value != -1.0 || !PyErr_Occurred();
}

/* The callee may use the place before the arguments. */
#define WITH_OFFSET(count) ((count) | PY_VECTORCALL_ARGUMENTS_OFFSET)

static PyObject *sum_ints(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    int64_t n, total = 0;
    if (!check_call("sum_ints", args, given, 2) || !as_i64(args[1], &n))
        return NULL;
    for (int64_t i = 0; i < n; i++) {
        PyObject *items[2] = {NULL, PyLong_FromLongLong(i)};
        if (items[1] == NULL)
            return NULL;
        PyObject *result = PyObject_Vectorcall(args[0], items + 1, WITH_OFFSET(1), NULL);
        Py_DECREF(items[1]);
        if (result == NULL)
            return NULL;
        int64_t value;
        int fits = as_i64(result, &value);
        Py_DECREF(result);
        if (!fits)
            return NULL;
        total = (int64_t)((uint64_t)total + (uint64_t)value);
    }
    return PyLong_FromLongLong(total);
}

static PyObject *integrate(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    int64_t n;
    if (!check_call("integrate", args, given, 2) || !as_i64(args[1], &n))
        return NULL;
    double step = 1 / (double)n, total = 0;
    for (int64_t i = 0; i < n; i++) {
        PyObject *items[2] = {NULL, PyFloat_FromDouble(((double)i + 0.5) * step)};
        if (items[1] == NULL)
            return NULL;
        PyObject *result = PyObject_Vectorcall(args[0], items + 1, WITH_OFFSET(1), NULL);
        Py_DECREF(items[1]);
        if (result == NULL)
            return NULL;
        double value;
        int fits = as_f64(result, &value);
        Py_DECREF(result);
        if (!fits)
            return NULL;
        total += value;
    }
    return PyFloat_FromDouble(total * step);
}

static PyObject *fold(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    int64_t n;
    if (!check_call("fold", args, given, 2) || !as_i64(args[1], &n))
        return NULL;
    double x = 1;
    for (int64_t i = 0; i < n; i++) {
        PyObject *items[3] = {NULL, PyFloat_FromDouble(x), NULL};
        if (items[1] == NULL)
            return NULL;
        items[2] = PyLong_FromLongLong(i);
        if (items[2] == NULL) {
            Py_DECREF(items[1]);
            return NULL;
        }
        PyObject *result = PyObject_Vectorcall(args[0], items + 1, WITH_OFFSET(2), NULL);
        Py_DECREF(items[1]);
        Py_DECREF(items[2]);
        if (result == NULL)
            return NULL;
        int fits = as_f64(result, &x);
        Py_DECREF(result);
        if (!fits)
            return NULL;
    }
    return PyFloat_FromDouble(x);
}

static PyObject *lengths(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    int64_t n, total = 0;
    if (!check_call("lengths", args, given, 3) || !as_i64(args[2], &n))
        return NULL;
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(args[1], &size);
    if (text == NULL)
        return NULL;
    for (int64_t i = 0; i < n; i++) {
        PyObject *items[2] = {NULL, PyUnicode_FromStringAndSize(text, size)};
        if (items[1] == NULL)
            return NULL;
        PyObject *result = PyObject_Vectorcall(args[0], items + 1, WITH_OFFSET(1), NULL);
        Py_DECREF(items[1]);
        if (result == NULL)
            return NULL;
        Py_ssize_t length;
        const char *utf8 = PyUnicode_AsUTF8AndSize(result, &length);
        Py_DECREF(result);
        if (utf8 == NULL)
            return NULL;
        total += length;
    }
    return PyLong_FromLongLong(total);
}

static PyObject *primes(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    int64_t limit;
    if (!check_count("primes", given, 1) || !as_i64(args[0], &limit))
        return NULL;
    uint64_t found;
    Py_BEGIN_ALLOW_THREADS
    found = count_primes((uint64_t)limit);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLongLong(found);
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FUNCTION(sum_buffer),
    FUNCTION(length),
    FUNCTION(dict_sum),
    FUNCTION(sum_list),
    FUNCTION(range_list),
    FUNCTION(saxpy),
    FUNCTION(blur),
    FUNCTION(levenshtein),
    FUNCTION(n_body),
    FUNCTION(sum_ints),
    FUNCTION(integrate),
    FUNCTION(fold),
    FUNCTION(lengths),
    FUNCTION(primes),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "data", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_data(void)
{
    return PyModuleDef_Init(&definition);
}

/* The calls that `containers.py` measures: the twin of `containers.zig`, as one who knows the Limited API writes it by hand. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030C0000
#include <Python.h>

#include <stdint.h>

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

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FUNCTION(dict_sum),
    FUNCTION(sum_list),
    FUNCTION(range_list),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "containers", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_containers(void)
{
    return PyModuleDef_Init(&definition);
}

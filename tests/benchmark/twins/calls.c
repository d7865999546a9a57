/* The calls that `calls.py` measures: the twin of `calls.zig`, as one who knows the Limited API writes it by hand. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030C0000
#include <Python.h>

#include <stdint.h>
#include <string.h>

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

static inline int as_double(PyObject *object, double *value)
{
    double result = PyFloat_AsDouble(object);
    if (UNLIKELY(result == -1.0) && PyErr_Occurred()) return 0;
    *value = result;
    return 1;
}

static inline PyObject *none(void)
{
    return Py_None; /* immortal: needs no reference */
}

static PyObject *noop(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (!check_count("noop", count, 0)) return NULL;
    return none();
}

static PyObject *add(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    int64_t a, b;
    if (!check_count("add", count, 2)) return NULL;
    if (!as_i64(args[0], &a) || !as_i64(args[1], &b)) return NULL;
    return PyLong_FromLongLong(a + b);
}

static PyObject *addf(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    double a, b;
    if (!check_count("addf", count, 2)) return NULL;
    if (!as_double(args[0], &a) || !as_double(args[1], &b)) return NULL;
    return PyFloat_FromDouble(a + b);
}

/* A third of the time of PyUnicode_FromFormat("Hello, %U!", name). */
static PyObject *greet(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    static const char before[] = "Hello, ", after[] = "!";
    const size_t before_bytes = sizeof before - 1, after_bytes = sizeof after - 1;
    char first[512], *text = first;
    Py_ssize_t name_bytes;
    const char *name;
    PyObject *result;
    size_t bytes;

    if (!check_count("greet", count, 1)) return NULL;
    name = PyUnicode_AsUTF8AndSize(args[0], &name_bytes);
    if (UNLIKELY(name == NULL)) return NULL;
    bytes = before_bytes + (size_t)name_bytes + after_bytes;
    if (UNLIKELY(bytes > sizeof first)) {
        text = PyMem_Malloc(bytes);
        if (text == NULL) return PyErr_NoMemory();
    }
    memcpy(text, before, before_bytes);
    memcpy(text + before_bytes, name, (size_t)name_bytes);
    memcpy(text + before_bytes + name_bytes, after, after_bytes);
    result = PyUnicode_FromStringAndSize(text, (Py_ssize_t)bytes);
    if (UNLIKELY(text != first)) PyMem_Free(text);
    return result;
}

static PyObject *opt(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    int64_t x;
    if (!check_count("opt", count, 1)) return NULL;
    if (args[0] == Py_None) return none();
    if (!as_i64(args[0], &x)) return NULL;
    return PyLong_FromLongLong(x + 1);
}

static const char *const keywords_texts[3] = {"a", "b", "c"};
static PyObject *keywords_names[3];

static int keywords_find(PyObject *name)
{
    for (int index = 0; index < 3; index++)
        if (name == keywords_names[index]) return index;
    for (int index = 0; index < 3; index++)
        if (PyUnicode_CompareWithASCIIString(name, keywords_texts[index]) == 0) return index;
    PyErr_Format(PyExc_TypeError, "keywords() got an unexpected keyword argument '%U'", name);
    return -1;
}

static PyObject *keywords(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    PyObject *given[3] = {NULL, NULL, NULL};
    Py_ssize_t named = names ? PyTuple_Size(names) : 0;
    int64_t values[3];

    if (UNLIKELY(count > 3)) return check_count("keywords", count, 3), NULL;
    for (Py_ssize_t index = 0; index < count; index++) given[index] = args[index];
    for (Py_ssize_t position = 0; position < named; position++) {
        int index = keywords_find(PyTuple_GetItem(names, position));
        if (UNLIKELY(index < 0)) return NULL;
        if (UNLIKELY(given[index] != NULL))
            return PyErr_Format(PyExc_TypeError, "keywords() got multiple values for argument '%s'", keywords_texts[index]);
        given[index] = args[count + position];
    }
    for (int index = 0; index < 3; index++) {
        if (UNLIKELY(given[index] == NULL))
            return PyErr_Format(PyExc_TypeError, "keywords() missing required argument '%s'", keywords_texts[index]);
        if (!as_i64(given[index], &values[index])) return NULL;
    }
    return PyLong_FromLongLong(100 * values[0] + 10 * values[1] + values[2]);
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

static PyObject *fail(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (!check_count("fail", count, 0)) return NULL;
    PyErr_SetString(PyExc_ValueError, "ValueError");
    return NULL;
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FUNCTION(noop),
    FUNCTION(add),
    FUNCTION(addf),
    FUNCTION(greet),
    FUNCTION(opt),
    {"keywords", (PyCFunction)(void (*)(void))keywords, METH_FASTCALL | METH_KEYWORDS, NULL},
    FUNCTION(sum_list),
    FUNCTION(range_list),
    FUNCTION(fail),
    {NULL, NULL, 0, NULL},
};

static int exec(PyObject *module)
{
    for (int index = 0; index < 3; index++) {
        keywords_names[index] = PyUnicode_InternFromString(keywords_texts[index]);
        if (keywords_names[index] == NULL) return -1;
    }
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "calls",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_calls(void)
{
    return PyModuleDef_Init(&definition);
}

/* What `callbacks.py` measures: the twin of `callbacks.zig`, as one who knows the Limited API writes it by hand. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030C0000
#include <Python.h>

#include <stdint.h>

static int check_call(const char *name, PyObject *const *args, Py_ssize_t given, Py_ssize_t wanted)
{
    if (given != wanted) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd positional arguments but %zd were given", name, wanted, given);
        return 0;
    }
    if (wanted > 1 && !PyCallable_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "%s() argument 'f': expected callable", name);
        return 0;
    }
    return 1;
}

static int as_i64(PyObject *object, int64_t *value)
{
    if (PyFloat_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "expected int, got float");
        return 0;
    }
    *value = PyLong_AsLongLong(object);
    return *value != -1 || !PyErr_Occurred();
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

static uint64_t count_primes(uint64_t limit)
{
    uint64_t found = 0;
    for (uint64_t n = 2; n < limit; n++) {
        uint64_t d = 2;
        while (d * d <= n && n % d != 0)
            d++;
        found += d * d > n;
    }
    return found;
}

static PyObject *primes(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t given)
{
    int64_t limit;
    if (!check_call("primes", args, given, 1) || !as_i64(args[0], &limit))
        return NULL;
    uint64_t found;
    Py_BEGIN_ALLOW_THREADS
    found = count_primes((uint64_t)limit);
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLongLong(found);
}

static PyMethodDef methods[] = {
    {"sum_ints", (PyCFunction)(void (*)(void))sum_ints, METH_FASTCALL, NULL},
    {"integrate", (PyCFunction)(void (*)(void))integrate, METH_FASTCALL, NULL},
    {"fold", (PyCFunction)(void (*)(void))fold, METH_FASTCALL, NULL},
    {"lengths", (PyCFunction)(void (*)(void))lengths, METH_FASTCALL, NULL},
    {"primes", (PyCFunction)(void (*)(void))primes, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "callbacks", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit_callbacks(void)
{
    return PyModuleDef_Init(&definition);
}

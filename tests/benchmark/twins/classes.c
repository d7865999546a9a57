/* The classes that `classes.py` measures: the twin of `classes.zig`, as one who knows the Limited API writes it by hand.

   Nothing here belongs to one interpreter and is kept for the process: every interpreter has classes of its own. So a
   slot that gets no module, like `+`, must find its class from its operands. That costs no call: see `is_exact`.

   What was measured, on 3.12 and 3.13:
   - a metaclass with a vectorcall: Vec2(1.0, 2.0) through `type` takes 2.7 times as long;
   - PyObject_New for instances: PyType_GenericAlloc takes 2 to 4 ns more, PyObject_Malloc and PyObject_Init no less;
   - PyObject_Free where that is known to be tp_free: to ask PyType_GetSlot for it each time takes 2 ns more;
   - get and set functions: members of type Py_T_DOUBLE take the same time, and lose the value when an
     assignment fails;
   - PyOS_double_to_string for repr: PyUnicode_FromFormat with %R takes 2.3 times as long.
   A free list in each class would take another fifth off Vec2(1.0, 2.0). It is left out: it keeps memory that Python's
   allocator could use, and is not what one writes for a class of one's own. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030C0000
#include <Python.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* What PyVectorcall_NARGS does, which is a function in the Limited API. */
#define COUNT(flags) ((Py_ssize_t)((flags) & ~PY_VECTORCALL_ARGUMENTS_OFFSET))

#define COLORS 3

typedef struct {
    PyObject *color_class;
    PyObject *colors[COLORS];
} State;

typedef struct {
    PyObject_HEAD
    double x, y;
} Vec2;

typedef struct {
    PyObject_HEAD
    int64_t value;
} Counter;

/* What the metaclass adds to a class: a way to be called that needs no tuple of the arguments. Classes derived in
   Python have NULL here, and are called as usual. */
typedef struct {
    vectorcallfunc call;
} ClassData;

/* Where the ClassData of a class is. Depends on the version of Python and on nothing else. */
static Py_ssize_t class_data_offset;

static inline ClassData *class_data(PyTypeObject *class)
{
    return (ClassData *)((char *)class + class_data_offset);
}

/* Whether a class that is, or derives from, one of this file is the one of this file. Its metaclass is ours, or derived
   from ours: there is ClassData. */
static inline int is_exact(PyTypeObject *class)
{
    return class_data(class)->call != NULL;
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
    return Py_None; /* immortal, as are the other singletons here: needs no reference */
}

static void deallocate(PyObject *self)
{
    PyTypeObject *class = Py_TYPE(self);
    /* What derives in Python may be known to the garbage collector, and is freed in another way then. */
    if (LIKELY(is_exact(class)))
        PyObject_Free(self);
    else
        ((freefunc)PyType_GetSlot(class, Py_tp_free))(self);
    Py_DECREF(class);
}

/* The values of the arguments of a vectorcall, in the order of the parameters; those not given stay NULL. */
static int bind(const char *class, const char *const *names, Py_ssize_t total, PyObject *const *args, Py_ssize_t count,
                PyObject *keywords, PyObject **bound)
{
    Py_ssize_t named = keywords ? PyTuple_Size(keywords) : 0;
    if (UNLIKELY(count > total)) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %zd arguments (%zd given)", class, total, count + named);
        return 0;
    }
    for (Py_ssize_t index = 0; index < count; index++) bound[index] = args[index];
    for (Py_ssize_t position = 0; position < named; position++) {
        PyObject *name = PyTuple_GetItem(keywords, position);
        Py_ssize_t index = 0;
        while (index < total && PyUnicode_CompareWithASCIIString(name, names[index]) != 0) index++;
        if (UNLIKELY(index == total)) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", class, name);
            return 0;
        }
        if (UNLIKELY(bound[index] != NULL)) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%s'", class, names[index]);
            return 0;
        }
        bound[index] = args[count + position];
    }
    return 1;
}

/* Vec2 */

static const char *const vec2_names[] = {"x", "y", NULL};

static inline PyObject *vec2_make(PyTypeObject *class, double x, double y)
{
    Vec2 *self = PyObject_New(Vec2, class);
    if (UNLIKELY(self == NULL)) return NULL;
    self->x = x;
    self->y = y;
    return (PyObject *)self;
}

static PyObject *vec2_call(PyObject *class, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Py_ssize_t count = COUNT(flags);
    PyObject *bound[2] = {NULL, NULL};
    double x, y = 0.0;

    if (LIKELY(count == 2 && keywords == NULL)) {
        bound[0] = args[0];
        bound[1] = args[1];
    } else {
        if (!bind("Vec2", vec2_names, 2, args, count, keywords, bound)) return NULL;
        if (UNLIKELY(bound[0] == NULL)) return PyErr_Format(PyExc_TypeError, "Vec2() missing required argument 'x'");
    }
    if (!as_double(bound[0], &x)) return NULL;
    if (bound[1] != NULL && !as_double(bound[1], &y)) return NULL;
    return vec2_make((PyTypeObject *)class, x, y);
}

/* For classes that derive from it. */
static PyObject *vec2_new(PyTypeObject *class, PyObject *args, PyObject *keywords)
{
    PyObject *self;
    double x, y = 0.0;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "d|d:Vec2", (char **)vec2_names, &x, &y)) return NULL;
    self = ((allocfunc)PyType_GetSlot(class, Py_tp_alloc))(class, 0);
    if (self == NULL) return NULL;
    ((Vec2 *)self)->x = x;
    ((Vec2 *)self)->y = y;
    return self;
}

static void vec2_dealloc(PyObject *self)
{
    deallocate(self);
}

/* The Vec2 that a class is or derives from, NULL where it does not: only Vec2 itself has this destructor. */
static PyTypeObject *vec2_above(PyTypeObject *class)
{
    while (class != NULL && PyType_GetSlot(class, Py_tp_dealloc) != (void *)vec2_dealloc) class = PyType_GetSlot(class, Py_tp_base);
    return class;
}

/* The Vec2 that both operands are of, NULL where one is something else. One of the two is of Vec2, or the slot would
   not have been called: where the classes are the same, both are. */
static inline PyTypeObject *vec2_of(PyObject *left, PyObject *right)
{
    PyTypeObject *class = Py_TYPE(left);
    if (LIKELY(class == Py_TYPE(right)) && LIKELY(is_exact(class))) return class;
    class = vec2_above(class);
    return class == vec2_above(Py_TYPE(right)) ? class : NULL;
}

static PyObject *vec2_add(PyObject *left, PyObject *right)
{
    const Vec2 *a = (Vec2 *)left, *b = (Vec2 *)right;
    PyTypeObject *class = vec2_of(left, right);
    if (UNLIKELY(class == NULL)) return Py_NotImplemented;
    return vec2_make(class, a->x + b->x, a->y + b->y);
}

static PyObject *vec2_compare(PyObject *left, PyObject *right, int operator)
{
    const Vec2 *a = (Vec2 *)left, *b = (Vec2 *)right;
    if (UNLIKELY(operator != Py_EQ && operator != Py_NE) || UNLIKELY(vec2_of(left, right) == NULL)) return Py_NotImplemented;
    return (a->x == b->x && a->y == b->y) == (operator == Py_EQ) ? Py_True : Py_False;
}

static PyObject *vec2_repr(PyObject *self)
{
    const Vec2 *v = (Vec2 *)self;
    PyObject *result = NULL;
    char text[96], *end = text; /* a double has at most 24 characters */
    char *x = PyOS_double_to_string(v->x, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    char *y = PyOS_double_to_string(v->y, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);

    if (LIKELY(x != NULL && y != NULL)) {
        end = stpcpy(end, "Vec2(x=");
        end = stpcpy(end, x);
        end = stpcpy(end, ", y=");
        end = stpcpy(end, y);
        end = stpcpy(end, ")");
        result = PyUnicode_FromStringAndSize(text, end - text);
    }
    PyMem_Free(x);
    PyMem_Free(y);
    return result;
}

static PyObject *vec2_length(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    const Vec2 *v = (Vec2 *)self;
    return PyFloat_FromDouble(sqrt(v->x * v->x + v->y * v->y));
}

static int no_delete(void)
{
    PyErr_SetString(PyExc_AttributeError, "the attribute cannot be deleted");
    return -1;
}

static PyObject *vec2_get_x(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((Vec2 *)self)->x);
}

static int vec2_set_x(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (UNLIKELY(value == NULL)) return no_delete();
    return as_double(value, &((Vec2 *)self)->x) ? 0 : -1; /* leaves the old value where it fails */
}

static PyObject *vec2_get_y(PyObject *self, void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(((Vec2 *)self)->y);
}

static int vec2_set_y(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (UNLIKELY(value == NULL)) return no_delete();
    return as_double(value, &((Vec2 *)self)->y) ? 0 : -1;
}

static PyMethodDef vec2_methods[] = {
    {"length", vec2_length, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef vec2_attributes[] = {
    {"x", vec2_get_x, vec2_set_x, NULL, NULL},
    {"y", vec2_get_y, vec2_set_y, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot vec2_slots[] = {
    {Py_tp_new, vec2_new},
    {Py_tp_dealloc, vec2_dealloc},
    {Py_tp_repr, vec2_repr},
    {Py_tp_richcompare, vec2_compare},
    {Py_nb_add, vec2_add},
    {Py_tp_methods, vec2_methods},
    {Py_tp_getset, vec2_attributes},
    {0, NULL},
};

#define CLASS_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE)

static PyType_Spec vec2_spec = {
    .name = "classes.Vec2",
    .basicsize = sizeof(Vec2),
    .flags = CLASS_FLAGS,
    .slots = vec2_slots,
};

/* Counter */

static const char *const counter_names[] = {"value", NULL};

static PyObject *counter_call(PyObject *class, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Py_ssize_t count = COUNT(flags);
    PyObject *bound[1] = {NULL};
    int64_t value = 0;
    Counter *self;

    if (count != 0 || keywords != NULL) {
        if (!bind("Counter", counter_names, 1, args, count, keywords, bound)) return NULL;
        if (bound[0] != NULL && !as_i64(bound[0], &value)) return NULL;
    }
    self = PyObject_New(Counter, (PyTypeObject *)class);
    if (UNLIKELY(self == NULL)) return NULL;
    self->value = value;
    return (PyObject *)self;
}

/* For classes that derive from it. */
static PyObject *counter_new(PyTypeObject *class, PyObject *args, PyObject *keywords)
{
    PyObject *self;
    long long value = 0;

    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|L:Counter", (char **)counter_names, &value)) return NULL;
    self = ((allocfunc)PyType_GetSlot(class, Py_tp_alloc))(class, 0);
    if (self == NULL) return NULL;
    ((Counter *)self)->value = value;
    return self;
}

static PyObject *counter_inc(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    ((Counter *)self)->value += 1;
    return none();
}

static PyObject *counter_get_value(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLongLong(((Counter *)self)->value);
}

static int counter_set_value(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (UNLIKELY(value == NULL)) return no_delete();
    return as_i64(value, &((Counter *)self)->value) ? 0 : -1;
}

static PyMethodDef counter_methods[] = {
    {"inc", counter_inc, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef counter_attributes[] = {
    {"value", counter_get_value, counter_set_value, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot counter_slots[] = {
    {Py_tp_new, counter_new},
    {Py_tp_dealloc, deallocate},
    {Py_tp_methods, counter_methods},
    {Py_tp_getset, counter_attributes},
    {0, NULL},
};

static PyType_Spec counter_spec = {
    .name = "classes.Counter",
    .basicsize = sizeof(Counter),
    .flags = CLASS_FLAGS,
    .slots = counter_slots,
};

/* Color */

static const char *const color_names[COLORS] = {"red", "green", "blue"};

static inline int color_in(const State *state, PyObject *object)
{
    for (int color = 0; color < COLORS; color++)
        if (object == state->colors[color]) return color;
    PyErr_Format(PyExc_TypeError, "expected a Color");
    return -1;
}

static inline PyObject *color_out(const State *state, int color)
{
    return Py_NewRef(state->colors[color]);
}

static PyObject *echo(PyObject *module, PyObject *argument)
{
    const State *state = PyModule_GetState(module);
    int color = color_in(state, argument);
    if (UNLIKELY(color < 0)) return NULL;
    return color_out(state, color);
}

/* enum.Enum("Color", [("red", 0), ...], module="classes") */
static int add_color(PyObject *module, State *state)
{
    PyObject *enumeration = NULL, *base = NULL, *members = NULL, *args = NULL, *keywords = NULL;
    int done = -1;

    if ((enumeration = PyImport_ImportModule("enum")) == NULL) goto end;
    if ((base = PyObject_GetAttrString(enumeration, "Enum")) == NULL) goto end;
    if ((members = PyList_New(0)) == NULL) goto end;
    for (int color = 0; color < COLORS; color++) {
        PyObject *member = Py_BuildValue("(si)", color_names[color], color);
        int appended = member == NULL ? -1 : PyList_Append(members, member);
        Py_XDECREF(member);
        if (appended < 0) goto end;
    }
    if ((args = Py_BuildValue("(sO)", "Color", members)) == NULL) goto end;
    if ((keywords = Py_BuildValue("{ss}", "module", "classes")) == NULL) goto end;
    if ((state->color_class = PyObject_Call(base, args, keywords)) == NULL) goto end;
    for (int color = 0; color < COLORS; color++)
        if ((state->colors[color] = PyObject_GetAttrString(state->color_class, color_names[color])) == NULL) goto end;
    done = PyModule_AddObjectRef(module, "Color", state->color_class);
end:
    Py_XDECREF(enumeration);
    Py_XDECREF(base);
    Py_XDECREF(members);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    return done;
}

/* The module */

/* The end of what a class has in this version of Python; negative after an error. */
static Py_ssize_t type_size(void)
{
    PyObject *number = PyObject_GetAttrString((PyObject *)&PyType_Type, "__basicsize__");
    Py_ssize_t size = number == NULL ? -1 : PyLong_AsSsize_t(number);
    Py_XDECREF(number);
    return size;
}

static PyObject *make_metaclass(PyObject *module)
{
    /* Behind the data of a class, where PyObject_GetTypeData finds it: aligned for whatever C has. */
    const Py_ssize_t alignment = _Alignof(max_align_t), size = type_size();
    const Py_ssize_t offset = (size + alignment - 1) / alignment * alignment;
    PyMemberDef members[] = {
        {"__vectorcalloffset__", Py_T_PYSSIZET, offset + (Py_ssize_t)offsetof(ClassData, call), Py_READONLY, NULL},
        {NULL, 0, 0, 0, NULL},
    };
    PyType_Slot slots[] = {
        {Py_tp_members, members},
        {Py_tp_call, PyType_GetSlot(&PyType_Type, Py_tp_call)},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = "classes.Meta",
        .basicsize = -(int)sizeof(ClassData),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
        .slots = slots,
    };
    if (size < 0) return NULL;
    class_data_offset = offset;
    return PyType_FromMetaclass(NULL, module, &spec, (PyObject *)&PyType_Type);
}

static int add_class(PyObject *module, PyObject *metaclass, const char *name, PyType_Spec *spec, vectorcallfunc call)
{
    PyObject *class = PyType_FromMetaclass((PyTypeObject *)metaclass, module, spec, NULL);
    int done;
    if (class == NULL) return -1;
    class_data((PyTypeObject *)class)->call = call;
    done = PyModule_AddObjectRef(module, name, class);
    Py_DECREF(class);
    return done;
}

static int exec(PyObject *module)
{
    PyObject *metaclass = make_metaclass(module);
    int done;
    if (metaclass == NULL) return -1;
    done = add_class(module, metaclass, "Vec2", &vec2_spec, vec2_call);
    if (done == 0) done = add_class(module, metaclass, "Counter", &counter_spec, counter_call);
    if (done == 0) done = add_color(module, PyModule_GetState(module));
    Py_DECREF(metaclass);
    return done;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    Py_VISIT(state->color_class);
    for (int color = 0; color < COLORS; color++) Py_VISIT(state->colors[color]);
    return 0;
}

static int clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    Py_CLEAR(state->color_class);
    for (int color = 0; color < COLORS; color++) Py_CLEAR(state->colors[color]);
    return 0;
}

static void release(void *module)
{
    clear(module);
}

static PyMethodDef functions[] = {
    {"echo", echo, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {0, NULL},
};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "classes",
    .m_size = sizeof(State),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC PyInit_classes(void)
{
    return PyModuleDef_Init(&definition);
}

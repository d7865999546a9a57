//! CPython's Limited API 3.12, declared by hand in the order of its headers.
//!
//! Only what the runtime uses is here, and only names that the stable ABI promises
//! (`tests/unit/test_capi.py` checks each against the list of CPython's own).
//! Source: https://docs.python.org/3.12/c-api/stable.html

const builtin = @import("builtin");

// ---- object.h

/// The header every object starts with. Its layout is part of the stable ABI.
pub const PyObject = extern struct { ob_refcnt: isize, ob_type: *PyTypeObject };
pub const PyTypeObject = opaque {
    pub fn asObject(self: *PyTypeObject) *PyObject {
        return @ptrCast(@alignCast(self));
    }
};

pub extern fn Py_IncRef(object: ?*PyObject) void;
pub extern fn Py_DecRef(object: ?*PyObject) void;
pub extern fn PyType_GetFlags(type_: *PyTypeObject) c_ulong;
pub extern fn PyType_GetName(type_: *PyTypeObject) ?*PyObject;
pub extern fn PyObject_GetAttrString(object: *PyObject, name: [*:0]const u8) ?*PyObject;
pub extern fn PyObject_HasAttrString(object: *PyObject, name: [*:0]const u8) c_int;

pub const Py_TPFLAGS_LONG_SUBCLASS: c_ulong = 1 << 24;
pub const Py_TPFLAGS_LIST_SUBCLASS: c_ulong = 1 << 25;
pub const Py_TPFLAGS_TUPLE_SUBCLASS: c_ulong = 1 << 26;
pub const Py_TPFLAGS_UNICODE_SUBCLASS: c_ulong = 1 << 28;

/// A Python data symbol. On Windows data must be imported from the DLL explicitly.
inline fn data(comptime T: type, comptime name: []const u8) *T {
    return @extern(*T, .{ .name = name, .is_dll_import = builtin.os.tag == .windows });
}
/// None, True and False are immortal since 3.12: returning them needs no reference.
pub inline fn none() *PyObject {
    return data(PyObject, "_Py_NoneStruct");
}
pub inline fn true_() *PyObject {
    return data(PyObject, "_Py_TrueStruct");
}
pub inline fn false_() *PyObject {
    return data(PyObject, "_Py_FalseStruct");
}
pub inline fn longType() *PyTypeObject {
    return data(PyTypeObject, "PyLong_Type");
}
pub inline fn floatType() *PyTypeObject {
    return data(PyTypeObject, "PyFloat_Type");
}
pub inline fn unicodeType() *PyTypeObject {
    return data(PyTypeObject, "PyUnicode_Type");
}
pub inline fn bytesType() *PyTypeObject {
    return data(PyTypeObject, "PyBytes_Type");
}
pub inline fn listType() *PyTypeObject {
    return data(PyTypeObject, "PyList_Type");
}
pub inline fn tupleType() *PyTypeObject {
    return data(PyTypeObject, "PyTuple_Type");
}
/// The exception class `PyExc_<name>`, borrowed.
pub inline fn exception(comptime name: []const u8) *PyObject {
    return data(*PyObject, "PyExc_" ++ name).*;
}

// ---- pymem.h

pub extern fn PyMem_Malloc(size_bytes: usize) ?*anyopaque;
pub extern fn PyMem_Free(memory: ?*anyopaque) void;

// ---- pybuffer.h

pub const Py_buffer = extern struct {
    buf: ?*anyopaque = null,
    obj: ?*PyObject = null,
    len: isize = 0,
    itemsize: isize = 0,
    readonly: c_int = 0,
    ndim: c_int = 0,
    format: ?[*:0]const u8 = null,
    shape: ?[*]isize = null,
    strides: ?[*]isize = null,
    suboffsets: ?[*]isize = null,
    internal: ?*anyopaque = null,
};
pub const PyBUF_SIMPLE: c_int = 0;
pub const PyBUF_FORMAT: c_int = 0x0004;
pub const PyBUF_ND: c_int = 0x0008;

pub extern fn PyObject_CheckBuffer(object: *PyObject) c_int;
pub extern fn PyObject_GetBuffer(object: *PyObject, view: *Py_buffer, flags: c_int) c_int;
pub extern fn PyBuffer_Release(view: *Py_buffer) void;

// ---- bytesobject.h

pub extern fn PyBytes_FromStringAndSize(text: ?[*]const u8, size_bytes: isize) ?*PyObject;
pub extern fn PyBytes_AsStringAndSize(object: *PyObject, text: *[*:0]u8, size_bytes: *isize) c_int;

// ---- unicodeobject.h

pub extern fn PyUnicode_FromStringAndSize(text: ?[*]const u8, size_bytes: isize) ?*PyObject;
pub extern fn PyUnicode_FromString(text: [*:0]const u8) ?*PyObject;
pub extern fn PyUnicode_FromFormat(format: [*:0]const u8, ...) ?*PyObject;
pub extern fn PyUnicode_InternFromString(text: [*:0]const u8) ?*PyObject;
pub extern fn PyUnicode_DecodeUTF8(text: [*]const u8, size_bytes: isize, errors: ?[*:0]const u8) ?*PyObject;
pub extern fn PyUnicode_AsUTF8AndSize(object: *PyObject, size_bytes: ?*isize) ?[*:0]const u8;
pub extern fn PyUnicode_CompareWithASCIIString(object: *PyObject, text: [*:0]const u8) c_int;

// ---- longobject.h

pub extern fn PyLong_FromLongLong(value: c_longlong) ?*PyObject;
pub extern fn PyLong_FromUnsignedLongLong(value: c_ulonglong) ?*PyObject;
pub extern fn PyLong_AsLongLong(object: *PyObject) c_longlong;
pub extern fn PyLong_AsLongLongAndOverflow(object: *PyObject, overflow: *c_int) c_longlong;
pub extern fn PyLong_AsUnsignedLongLong(object: *PyObject) c_ulonglong;
pub extern fn PyLong_AsUnsignedLongLongMask(object: *PyObject) c_ulonglong;

// ---- boolobject.h, floatobject.h

pub extern fn PyFloat_FromDouble(value: f64) ?*PyObject;
pub extern fn PyFloat_AsDouble(object: *PyObject) f64;

// ---- tupleobject.h

pub extern fn PyTuple_New(size: isize) ?*PyObject;
pub extern fn PyTuple_Size(tuple: *PyObject) isize;
pub extern fn PyTuple_GetItem(tuple: *PyObject, index: isize) ?*PyObject;
pub extern fn PyTuple_SetItem(tuple: *PyObject, index: isize, stolen: ?*PyObject) c_int;

// ---- listobject.h

pub extern fn PyList_New(size: isize) ?*PyObject;
pub extern fn PyList_Size(list: *PyObject) isize;
pub extern fn PyList_GetItem(list: *PyObject, index: isize) ?*PyObject;
pub extern fn PyList_SetItem(list: *PyObject, index: isize, stolen: ?*PyObject) c_int;

// ---- dictobject.h

pub extern fn PyDict_New() ?*PyObject;
pub extern fn PyDict_SetItem(dict: *PyObject, key: *PyObject, value: *PyObject) c_int;
pub extern fn PyDict_SetItemString(dict: *PyObject, key: [*:0]const u8, value: *PyObject) c_int;

// ---- methodobject.h

pub const PyMethodDef = extern struct {
    ml_name: ?[*:0]const u8 = null,
    ml_meth: ?*const anyopaque = null,
    ml_flags: c_int = 0,
    ml_doc: ?[*:0]const u8 = null,
};
pub const METH_KEYWORDS: c_int = 0x0002;
pub const METH_O: c_int = 0x0008;
pub const METH_FASTCALL: c_int = 0x0080;

pub extern fn PyCFunction_NewEx(definition: *const PyMethodDef, self: ?*PyObject, module: ?*PyObject) ?*PyObject;

// ---- moduleobject.h

pub const PyModuleDef_Base = extern struct {
    ob_base: extern struct { ob_refcnt: isize = 1, ob_type: ?*PyTypeObject = null } = .{},
    m_init: ?*const anyopaque = null,
    m_index: isize = 0,
    m_copy: ?*PyObject = null,
};
pub const PyModuleDef_Slot = extern struct { slot: c_int = 0, value: ?*const anyopaque = null };
pub const PyModuleDef = extern struct {
    m_base: PyModuleDef_Base = .{},
    m_name: [*:0]const u8,
    m_doc: ?[*:0]const u8 = null,
    m_size: isize = 0,
    m_methods: ?[*]const PyMethodDef = null,
    m_slots: ?[*]const PyModuleDef_Slot = null,
    m_traverse: ?*const anyopaque = null,
    m_clear: ?*const anyopaque = null,
    m_free: ?*const anyopaque = null,
};
pub const Py_mod_exec: c_int = 2;
pub const Py_mod_multiple_interpreters: c_int = 3;
pub const Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED: usize = 1;
pub const Py_MOD_PER_INTERPRETER_GIL_SUPPORTED: usize = 2;

pub extern fn PyModuleDef_Init(definition: *PyModuleDef) ?*PyObject;
pub extern fn PyModule_NewObject(name: *PyObject) ?*PyObject;
pub extern fn PyModule_GetNameObject(module: *PyObject) ?*PyObject;
pub extern fn PyModule_GetState(module: *PyObject) ?*anyopaque;
pub extern fn PyModule_SetDocString(module: *PyObject, doc: [*:0]const u8) c_int;
pub extern fn PyModule_AddObjectRef(module: *PyObject, name: [*:0]const u8, value: *PyObject) c_int;

// ---- pyerrors.h

pub extern fn PyErr_SetString(type_: *PyObject, message: [*:0]const u8) void;
pub extern fn PyErr_SetObject(type_: *PyObject, value: *PyObject) void;
pub extern fn PyErr_Occurred() ?*PyObject;
pub extern fn PyErr_ExceptionMatches(type_: *PyObject) c_int;
pub extern fn PyErr_GetRaisedException() ?*PyObject;
pub extern fn PyErr_SetRaisedException(stolen: ?*PyObject) void;
pub extern fn PyErr_NoMemory() ?*PyObject;
pub extern fn PyException_GetTraceback(exception_: *PyObject) ?*PyObject;
pub extern fn PyErr_Format(type_: *PyObject, format: [*:0]const u8, ...) ?*PyObject;

// ---- pylifecycle.h

pub extern fn Py_FatalError(message: [*:0]const u8) noreturn;

// ---- import.h

pub extern fn PyImport_ImportModule(name: [*:0]const u8) ?*PyObject;
pub extern fn PyImport_GetModuleDict() *PyObject;

// ---- abstract.h

pub extern fn PyObject_Call(callable: *PyObject, args: *PyObject, kwargs: ?*PyObject) ?*PyObject;
pub extern fn PyObject_CallMethod(object: *PyObject, name: [*:0]const u8, format: ?[*:0]const u8, ...) ?*PyObject;
pub extern fn PyIndex_Check(object: *PyObject) c_int;
pub extern fn PyNumber_Index(object: *PyObject) ?*PyObject;
pub extern fn PyNumber_Rshift(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PyNumber_Lshift(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PyNumber_Or(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PySequence_Check(object: *PyObject) c_int;
pub extern fn PySequence_List(object: *PyObject) ?*PyObject;

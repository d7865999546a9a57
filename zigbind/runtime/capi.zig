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

pub const PyType_Slot = extern struct { slot: c_int = 0, pfunc: ?*const anyopaque = null };
pub const PyType_Spec = extern struct {
    name: [*:0]const u8,
    basicsize: c_int,
    itemsize: c_int = 0,
    flags: c_uint,
    slots: [*]const PyType_Slot,
};

pub extern fn Py_IncRef(object: ?*PyObject) void;
pub extern fn Py_DecRef(object: ?*PyObject) void;
pub extern fn PyType_GetFlags(type_: *PyTypeObject) c_ulong;
pub extern fn PyType_GetName(type_: *PyTypeObject) ?*PyObject;
pub extern fn PyType_GetSlot(type_: *PyTypeObject, slot: c_int) ?*const anyopaque;
pub extern fn PyType_IsSubtype(a: *PyTypeObject, b: *PyTypeObject) c_int;
pub extern fn PyType_GenericAlloc(type_: *PyTypeObject, items: isize) ?*PyObject;
pub extern fn PyType_FromMetaclass(metaclass: ?*PyTypeObject, module: ?*PyObject, spec: *const PyType_Spec, bases: ?*PyObject) ?*PyObject;
pub extern fn PyObject_GetTypeData(object: *PyObject, class: *PyTypeObject) ?*anyopaque;
pub extern fn PyObject_GetAttrString(object: *PyObject, name: [*:0]const u8) ?*PyObject;
pub extern fn PyObject_HasAttrString(object: *PyObject, name: [*:0]const u8) c_int;
pub extern fn PyObject_SetAttr(object: *PyObject, name: *PyObject, value: ?*PyObject) c_int;
pub extern fn PyObject_SetAttrString(object: *PyObject, name: [*:0]const u8, value: ?*PyObject) c_int;
pub extern fn PyObject_GenericGetAttr(object: *PyObject, name: *PyObject) ?*PyObject;
pub extern fn PyObject_GenericSetAttr(object: *PyObject, name: *PyObject, value: ?*PyObject) c_int;
pub extern fn PyObject_GenericGetDict(object: *PyObject, context: ?*anyopaque) ?*PyObject;
pub extern fn PyObject_GenericSetDict(object: *PyObject, value: ?*PyObject, context: ?*anyopaque) c_int;
pub extern fn PyCallable_Check(object: *PyObject) c_int;
pub extern fn PyObject_IsTrue(object: *PyObject) c_int;
pub extern fn PyObject_ClearWeakRefs(object: *PyObject) void;
pub extern fn PyObject_HashNotImplemented(object: *PyObject) isize;
pub extern fn PyObject_Repr(object: *PyObject) ?*PyObject;
pub extern fn PyObject_Str(object: *PyObject) ?*PyObject;
pub extern fn PyObject_Hash(object: *PyObject) isize;
pub extern fn PyObject_RichCompareBool(a: *PyObject, b: *PyObject, operator: c_int) c_int;
pub extern fn Py_ReprEnter(object: *PyObject) c_int;
pub extern fn Py_ReprLeave(object: *PyObject) void;

pub const Py_LT: c_int = 0;
pub const Py_LE: c_int = 1;
pub const Py_EQ: c_int = 2;
pub const Py_NE: c_int = 3;
pub const Py_GT: c_int = 4;
pub const Py_GE: c_int = 5;

pub const Py_TPFLAGS_DISALLOW_INSTANTIATION: c_ulong = 1 << 7;
pub const Py_TPFLAGS_IMMUTABLETYPE: c_ulong = 1 << 8;
pub const Py_TPFLAGS_BASETYPE: c_ulong = 1 << 10;
pub const Py_TPFLAGS_HAVE_VECTORCALL: c_ulong = 1 << 11;
pub const Py_TPFLAGS_HAVE_GC: c_ulong = 1 << 14;
pub const Py_TPFLAGS_BYTES_SUBCLASS: c_ulong = 1 << 27;
pub const Py_TPFLAGS_LONG_SUBCLASS: c_ulong = 1 << 24;
pub const Py_TPFLAGS_LIST_SUBCLASS: c_ulong = 1 << 25;
pub const Py_TPFLAGS_TUPLE_SUBCLASS: c_ulong = 1 << 26;
pub const Py_TPFLAGS_UNICODE_SUBCLASS: c_ulong = 1 << 28;
pub const Py_TPFLAGS_DICT_SUBCLASS: c_ulong = 1 << 29;
pub const Py_TPFLAGS_TYPE_SUBCLASS: c_ulong = 1 << 31;

/// A Python data symbol. On Windows data must be imported from the DLL explicitly.
inline fn data(comptime T: type, comptime name: []const u8) *T {
    return @extern(*T, .{ .name = name, .is_dll_import = builtin.os.tag == .windows });
}
pub inline fn typeType() *PyTypeObject {
    return data(PyTypeObject, "PyType_Type");
}
pub inline fn notImplemented() *PyObject {
    return data(PyObject, "_Py_NotImplementedStruct");
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
pub inline fn baseObjectType() *PyTypeObject {
    return data(PyTypeObject, "PyBaseObject_Type");
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
pub inline fn sliceType() *PyTypeObject {
    return data(PyTypeObject, "PySlice_Type");
}
pub inline fn listType() *PyTypeObject {
    return data(PyTypeObject, "PyList_Type");
}
pub inline fn dictType() *PyTypeObject {
    return data(PyTypeObject, "PyDict_Type");
}
pub inline fn setType() *PyTypeObject {
    return data(PyTypeObject, "PySet_Type");
}
pub inline fn moduleType() *PyTypeObject {
    return data(PyTypeObject, "PyModule_Type");
}
pub inline fn complexType() *PyTypeObject {
    return data(PyTypeObject, "PyComplex_Type");
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
pub extern fn PyMem_Calloc(count: usize, size_bytes: usize) ?*anyopaque;
pub extern fn PyMem_Realloc(memory: ?*anyopaque, size_bytes: usize) ?*anyopaque;
pub extern fn PyMem_Free(memory: ?*anyopaque) void;

// ---- objimpl.h

pub extern fn PyObject_Free(memory: ?*anyopaque) void;
pub extern fn _PyObject_New(type_: *PyTypeObject) ?*PyObject;
pub extern fn PyObject_GC_UnTrack(object: *PyObject) void;
pub extern fn PyObject_GC_Del(object: *PyObject) void;
pub const visitproc = *const fn (object: *PyObject, context: ?*anyopaque) callconv(.c) c_int;

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
pub const PyBUF_WRITABLE: c_int = 0x0001;
pub const PyBUF_FORMAT: c_int = 0x0004;
pub const PyBUF_ND: c_int = 0x0008;
pub const PyBUF_STRIDES: c_int = 0x0010 | PyBUF_ND;
pub const PyBUF_C_CONTIGUOUS: c_int = 0x0020 | PyBUF_STRIDES;
pub const PyBUF_F_CONTIGUOUS: c_int = 0x0040 | PyBUF_STRIDES;
pub const PyBUF_ANY_CONTIGUOUS: c_int = 0x0080 | PyBUF_STRIDES;

pub extern fn PyObject_CheckBuffer(object: *PyObject) c_int;
pub extern fn PyObject_GetBuffer(object: *PyObject, view: *Py_buffer, flags: c_int) c_int;
pub extern fn PyBuffer_Release(view: *Py_buffer) void;
pub extern fn PyBuffer_FillInfo(view: *Py_buffer, owner: ?*PyObject, memory: ?*anyopaque, size_bytes: isize, readonly: c_int, flags: c_int) c_int;

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
pub extern fn PyUnicode_EncodeFSDefault(object: *PyObject) ?*PyObject;
pub extern fn PyUnicode_DecodeFSDefaultAndSize(text: [*]const u8, size_bytes: isize) ?*PyObject;

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

// ---- complexobject.h

pub extern fn PyComplex_FromDoubles(real: f64, imaginary: f64) ?*PyObject;
pub extern fn PyComplex_RealAsDouble(object: *PyObject) f64;
pub extern fn PyComplex_ImagAsDouble(object: *PyObject) f64;

// ---- tupleobject.h

pub extern fn PyTuple_New(size: isize) ?*PyObject;
pub extern fn PyTuple_Size(tuple: *PyObject) isize;
pub extern fn PyTuple_GetItem(tuple: *PyObject, index: isize) ?*PyObject;
pub extern fn PyTuple_SetItem(tuple: *PyObject, index: isize, stolen: ?*PyObject) c_int;

// ---- listobject.h

pub extern fn PyList_New(size: isize) ?*PyObject;
pub extern fn PyList_Size(list: *PyObject) isize;
pub extern fn PyList_GetItem(list: *PyObject, index: isize) ?*PyObject;
pub extern fn PyList_Append(list: *PyObject, value: *PyObject) c_int;
pub extern fn PyList_AsTuple(list: *PyObject) ?*PyObject;
pub extern fn PyList_SetItem(list: *PyObject, index: isize, stolen: ?*PyObject) c_int;
pub extern fn PyList_Insert(list: *PyObject, index: isize, value: *PyObject) c_int;
pub extern fn PyList_Sort(list: *PyObject) c_int;
pub extern fn PyList_Reverse(list: *PyObject) c_int;

// ---- dictobject.h

pub extern fn PyDict_New() ?*PyObject;
pub extern fn PyDict_Copy(dict: *PyObject) ?*PyObject;
pub extern fn PyDict_GetItemString(dict: *PyObject, key: [*:0]const u8) ?*PyObject;
pub extern fn PyDict_GetItemWithError(dict: *PyObject, key: *PyObject) ?*PyObject;
pub extern fn PyDict_DelItem(dict: *PyObject, key: *PyObject) c_int;
pub extern fn PyDict_Contains(dict: *PyObject, key: *PyObject) c_int;
pub extern fn PyDict_Size(dict: *PyObject) isize;
pub extern fn PyDict_Next(dict: *PyObject, position: *isize, key: ?*?*PyObject, value: ?*?*PyObject) c_int;
pub extern fn PyDict_SetItem(dict: *PyObject, key: *PyObject, value: *PyObject) c_int;
pub extern fn PyDict_SetItemString(dict: *PyObject, key: [*:0]const u8, value: *PyObject) c_int;

// ---- setobject.h

pub extern fn PySet_New(iterable: ?*PyObject) ?*PyObject;
pub extern fn PySet_Add(set: *PyObject, value: *PyObject) c_int;
pub extern fn PySet_Contains(set: *PyObject, value: *PyObject) c_int;
pub extern fn PySet_Discard(set: *PyObject, value: *PyObject) c_int;
pub extern fn PySet_Size(set: *PyObject) isize;

// ---- methodobject.h

pub const PyMethodDef = extern struct {
    ml_name: ?[*:0]const u8 = null,
    ml_meth: ?*const anyopaque = null,
    ml_flags: c_int = 0,
    ml_doc: ?[*:0]const u8 = null,
};
pub const METH_VARARGS: c_int = 0x0001;
pub const METH_KEYWORDS: c_int = 0x0002;
pub const METH_NOARGS: c_int = 0x0004;
pub const METH_O: c_int = 0x0008;
pub const METH_CLASS: c_int = 0x0010;
pub const METH_FASTCALL: c_int = 0x0080;

pub extern fn PyCFunction_NewEx(definition: *const PyMethodDef, self: ?*PyObject, module: ?*PyObject) ?*PyObject;

// ---- descrobject.h

pub const PyGetSetDef = extern struct {
    name: ?[*:0]const u8 = null,
    get: ?*const anyopaque = null,
    set: ?*const anyopaque = null,
    doc: ?[*:0]const u8 = null,
    closure: ?*anyopaque = null,
};
pub const PyMemberDef = extern struct {
    name: ?[*:0]const u8 = null,
    type: c_int = 0,
    offset: isize = 0,
    flags: c_int = 0,
    doc: ?[*:0]const u8 = null,
};
pub const Py_T_PYSSIZET: c_int = 19;
pub const Py_READONLY: c_int = 1;

pub extern fn PyDescr_NewMethod(type_: *PyTypeObject, definition: *const PyMethodDef) ?*PyObject;
pub extern fn PyDescr_NewClassMethod(type_: *PyTypeObject, definition: *const PyMethodDef) ?*PyObject;
pub extern fn PyDescr_NewGetSet(type_: *PyTypeObject, definition: *const PyGetSetDef) ?*PyObject;

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
pub const PYTHON_ABI_VERSION: c_int = 3;
pub extern fn PyModule_Create2(definition: *PyModuleDef, version: c_int) ?*PyObject;
pub extern fn PyModule_GetDef(module: *PyObject) ?*PyModuleDef;
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
pub extern fn PyException_SetCause(exception_: *PyObject, stolen: ?*PyObject) void;
pub extern fn PyException_SetContext(exception_: *PyObject, stolen: ?*PyObject) void;
pub extern fn PyErr_NewExceptionWithDoc(name: [*:0]const u8, doc: ?[*:0]const u8, base: ?*PyObject, dict: ?*PyObject) ?*PyObject;
pub extern fn PyErr_WriteUnraisable(object: ?*PyObject) void;
pub extern fn PyErr_Format(type_: *PyObject, format: [*:0]const u8, ...) ?*PyObject;

// ---- ceval.h

pub extern fn PyEval_SaveThread() *PyThreadState;
pub extern fn PyEval_RestoreThread(thread: *PyThreadState) void;

// ---- pycapsule.h

pub extern fn PyCapsule_New(pointer: *anyopaque, name: ?[*:0]const u8, destructor: ?*const fn (*PyObject) callconv(.c) void) ?*PyObject;
pub extern fn PyCapsule_GetPointer(capsule: *PyObject, name: ?[*:0]const u8) ?*anyopaque;
pub extern fn PyCapsule_IsValid(capsule: *PyObject, name: ?[*:0]const u8) c_int;
pub extern fn PyCapsule_SetName(capsule: *PyObject, name: ?[*:0]const u8) c_int;

// ---- pystate.h

pub const PyInterpreterState = opaque {};
pub const PyThreadState = opaque {};
pub extern fn PyThreadState_New(interpreter: *PyInterpreterState) ?*PyThreadState;
pub extern fn PyThreadState_Clear(thread: *PyThreadState) void;
pub extern fn PyThreadState_DeleteCurrent() void;
pub extern fn PyThreadState_Get() *PyThreadState;
pub extern fn PyThreadState_GetInterpreter(thread: *PyThreadState) *PyInterpreterState;
pub extern fn PyGILState_Ensure() c_int;
pub extern fn PyGILState_Release(state: c_int) void;
pub extern fn PyInterpreterState_GetID(interpreter: *PyInterpreterState) i64;
pub extern fn PyInterpreterState_Get() *PyInterpreterState;
pub extern fn PyInterpreterState_GetDict(interpreter: *PyInterpreterState) ?*PyObject;

// ---- osmodule.h

pub extern fn PyOS_FSPath(path: *PyObject) ?*PyObject;

// ---- sliceobject.h, weakrefobject.h

pub extern fn PySlice_Unpack(slice: *PyObject, start: *isize, stop: *isize, step: *isize) c_int;
pub extern fn PySlice_AdjustIndices(length: isize, start: *isize, stop: *isize, step: isize) isize;
pub extern fn PyWeakref_NewRef(object: *PyObject, callback: ?*PyObject) ?*PyObject;
pub extern fn PyWeakref_GetObject(reference: *PyObject) ?*PyObject;

// ---- modsupport.h

pub extern fn Py_BuildValue(format: [*:0]const u8, ...) ?*PyObject;

// ---- pystrtod.h

pub const Py_DTSF_ADD_DOT_0: c_int = 2;
pub extern fn PyOS_double_to_string(value: f64, format: u8, precision: c_int, flags: c_int, kind: ?*c_int) ?[*:0]u8;

// ---- pylifecycle.h

pub extern fn Py_IsInitialized() c_int;
pub extern fn Py_FatalError(message: [*:0]const u8) noreturn;

// ---- import.h

pub extern fn PyImport_ImportModule(name: [*:0]const u8) ?*PyObject;
pub extern fn PyImport_GetModuleDict() *PyObject;

// ---- abstract.h

pub const PY_VECTORCALL_ARGUMENTS_OFFSET: usize = 1 << (@bitSizeOf(usize) - 1);
pub extern fn PyVectorcall_Call(callable: *PyObject, args: *PyObject, kwargs: ?*PyObject) ?*PyObject;
pub extern fn PyObject_CallFunction(callable: *PyObject, format: ?[*:0]const u8, ...) ?*PyObject;
pub extern fn PyObject_Vectorcall(callable: *PyObject, args: [*]const *PyObject, count: usize, names: ?*PyObject) ?*PyObject;
pub extern fn PyObject_VectorcallMethod(name: *PyObject, args: [*]const *PyObject, count: usize, names: ?*PyObject) ?*PyObject;
pub extern fn PyObject_GetIter(object: *PyObject) ?*PyObject;
pub extern fn PyObject_IsInstance(object: *PyObject, class: *PyObject) c_int;
pub extern fn PyObject_IsSubclass(object: *PyObject, class: *PyObject) c_int;
pub extern fn PyObject_Size(object: *PyObject) isize;
pub extern fn PyObject_SetItem(object: *PyObject, key: *PyObject, value: *PyObject) c_int;
pub extern fn PyObject_DelItem(object: *PyObject, key: *PyObject) c_int;
pub extern fn PyIter_Check(object: *PyObject) c_int;
pub extern fn PyIter_Next(iterator: *PyObject) ?*PyObject;
pub extern fn PyObject_GetItem(object: *PyObject, key: *PyObject) ?*PyObject;
pub extern fn PyMapping_Check(object: *PyObject) c_int;
pub extern fn PyMapping_GetItemString(object: *PyObject, key: [*:0]const u8) ?*PyObject;
pub extern fn PyMapping_Keys(object: *PyObject) ?*PyObject;
pub extern fn PyMapping_Items(object: *PyObject) ?*PyObject;
pub extern fn PyNumber_AsSsize_t(object: *PyObject, overflow: ?*PyObject) isize;
pub extern fn PyObject_Call(callable: *PyObject, args: *PyObject, kwargs: ?*PyObject) ?*PyObject;
pub extern fn PyObject_CallMethod(object: *PyObject, name: [*:0]const u8, format: ?[*:0]const u8, ...) ?*PyObject;
pub extern fn PyIndex_Check(object: *PyObject) c_int;
pub extern fn PyNumber_Add(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PyNumber_Multiply(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PyNumber_Index(object: *PyObject) ?*PyObject;
pub extern fn PyNumber_Absolute(object: *PyObject) ?*PyObject;
pub extern fn PyNumber_Negative(object: *PyObject) ?*PyObject;
pub extern fn PyNumber_Rshift(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PyNumber_Lshift(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PyNumber_Or(a: *PyObject, b: *PyObject) ?*PyObject;
pub extern fn PySequence_Check(object: *PyObject) c_int;
pub extern fn PySequence_List(object: *PyObject) ?*PyObject;
pub extern fn PySequence_Contains(object: *PyObject, value: *PyObject) c_int;
pub extern fn PySequence_GetItem(object: *PyObject, position: isize) ?*PyObject;

// ---- typeslots.h

pub const Py_bf_getbuffer: c_int = 1;
pub const Py_bf_releasebuffer: c_int = 2;
pub const Py_mp_ass_subscript: c_int = 3;
pub const Py_mp_length: c_int = 4;
pub const Py_mp_subscript: c_int = 5;
pub const Py_nb_absolute: c_int = 6;
pub const Py_nb_add: c_int = 7;
pub const Py_nb_and: c_int = 8;
pub const Py_nb_bool: c_int = 9;
pub const Py_nb_divmod: c_int = 10;
pub const Py_nb_float: c_int = 11;
pub const Py_nb_floor_divide: c_int = 12;
pub const Py_nb_index: c_int = 13;
pub const Py_nb_inplace_add: c_int = 14;
pub const Py_nb_inplace_and: c_int = 15;
pub const Py_nb_inplace_floor_divide: c_int = 16;
pub const Py_nb_inplace_lshift: c_int = 17;
pub const Py_nb_inplace_multiply: c_int = 18;
pub const Py_nb_inplace_or: c_int = 19;
pub const Py_nb_inplace_power: c_int = 20;
pub const Py_nb_inplace_remainder: c_int = 21;
pub const Py_nb_inplace_rshift: c_int = 22;
pub const Py_nb_inplace_subtract: c_int = 23;
pub const Py_nb_inplace_true_divide: c_int = 24;
pub const Py_nb_inplace_xor: c_int = 25;
pub const Py_nb_int: c_int = 26;
pub const Py_nb_invert: c_int = 27;
pub const Py_nb_lshift: c_int = 28;
pub const Py_nb_multiply: c_int = 29;
pub const Py_nb_negative: c_int = 30;
pub const Py_nb_or: c_int = 31;
pub const Py_nb_positive: c_int = 32;
pub const Py_nb_power: c_int = 33;
pub const Py_nb_remainder: c_int = 34;
pub const Py_nb_rshift: c_int = 35;
pub const Py_nb_subtract: c_int = 36;
pub const Py_nb_true_divide: c_int = 37;
pub const Py_nb_xor: c_int = 38;
pub const Py_sq_ass_item: c_int = 39;
pub const Py_sq_concat: c_int = 40;
pub const Py_sq_contains: c_int = 41;
pub const Py_sq_inplace_concat: c_int = 42;
pub const Py_sq_inplace_repeat: c_int = 43;
pub const Py_sq_item: c_int = 44;
pub const Py_sq_length: c_int = 45;
pub const Py_sq_repeat: c_int = 46;
pub const Py_tp_base: c_int = 48;
pub const Py_tp_call: c_int = 50;
pub const Py_tp_clear: c_int = 51;
pub const Py_tp_dealloc: c_int = 52;
pub const Py_tp_descr_get: c_int = 54;
pub const Py_tp_descr_set: c_int = 55;
pub const Py_tp_doc: c_int = 56;
pub const Py_tp_getattro: c_int = 58;
pub const Py_tp_hash: c_int = 59;
pub const Py_tp_init: c_int = 60;
pub const Py_tp_iter: c_int = 62;
pub const Py_tp_iternext: c_int = 63;
pub const Py_tp_methods: c_int = 64;
pub const Py_tp_new: c_int = 65;
pub const Py_tp_repr: c_int = 66;
pub const Py_tp_richcompare: c_int = 67;
pub const Py_tp_setattro: c_int = 69;
pub const Py_tp_str: c_int = 70;
pub const Py_tp_traverse: c_int = 71;
pub const Py_tp_members: c_int = 72;
pub const Py_tp_getset: c_int = 73;
pub const Py_tp_free: c_int = 74;
pub const Py_tp_finalize: c_int = 80;
pub const Py_nb_matrix_multiply: c_int = 75;
pub const Py_nb_inplace_matrix_multiply: c_int = 76;
pub const Py_am_await: c_int = 77;
pub const Py_am_aiter: c_int = 78;
pub const Py_am_anext: c_int = 79;

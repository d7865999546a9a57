"""What `runtime/capi.zig` declares by hand is what CPython promises."""

import ctypes
import re
import sys
import sysconfig
from pathlib import Path

import pytest
import zigbind

abi3info = pytest.importorskip("abi3info", reason="CPython's list of the stable ABI is in the package abi3info")

RUNTIME = Path(zigbind.__file__).parent / "runtime"
TEXT = (RUNTIME / "capi.zig").read_text(encoding="utf-8")
OLDEST = (3, 12)

FUNCTIONS = re.findall(r"extern fn (\w+)\(", TEXT)
DATA = [*re.findall(r'data\([*\w]+, "(\w+)"\)', TEXT)]
EXCEPTIONS = sorted(
    {f"PyExc_{name}" for path in RUNTIME.rglob("*.zig") for name in re.findall(r'exception\("(\w+)"\)', path.read_text(encoding="utf-8"))}
    | {f"PyExc_{name}" for name in re.findall(r'\.python = "(\w+)"', (RUNTIME / "errors.zig").read_text(encoding="utf-8"))}
)
STABLE = {symbol.name: info for symbol, info in {**abi3info.FUNCTIONS, **abi3info.DATAS}.items()}


def version_of(info):
    return (info.added.major, info.added.minor)


def test_there_is_something_to_check():
    assert len(FUNCTIONS) > 60 and len(set(FUNCTIONS)) == len(FUNCTIONS)
    assert len(DATA) > 5 and "_Py_NoneStruct" in DATA
    assert len(EXCEPTIONS) > 15


@pytest.mark.parametrize("name", FUNCTIONS + DATA + EXCEPTIONS)
def test_is_in_the_stable_abi(name):
    assert name in STABLE, f"{name} is not in the stable ABI"
    assert version_of(STABLE[name]) <= OLDEST


def test_nothing_is_declared_elsewhere():
    """Only capi.zig speaks to CPython."""
    for path in RUNTIME.rglob("*.zig"):
        if path.name != "capi.zig":
            text = path.read_text(encoding="utf-8")
            assert "extern fn" not in text and "@extern" not in text, path.name


def test_nothing_is_declared_for_nothing():
    used = "\n".join(path.read_text(encoding="utf-8") for path in RUNTIME.rglob("*.zig") if path.name != "capi.zig")
    unused = [name for name in FUNCTIONS if not re.search(rf"\bc\.{name}\b", used)]
    assert unused == []


# ---- constants, against the headers of the Python that runs

HEADERS = Path(sysconfig.get_path("include"))
CONSTANTS = dict(re.findall(r"pub const (\w+)(?:: \w+)? = ([^;]+);", TEXT))
NUMBERS = {
    name: eval(value, {})
    for name, value in CONSTANTS.items()
    if re.fullmatch(r"[\d xa-fA-F<]+", value) and name.startswith(("METH_", "Py_TPFLAGS", "Py_mod", "Py_MOD", "PyBUF", "Py_tp", "Py_nb", "Py_sq", "Py_mp"))
}


def header_numbers():
    """Macros of the headers whose value is a plain number."""
    found = {}
    for path in HEADERS.rglob("*.h"):
        text = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ")
        for name, value in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(.+?)[ \t]*(?:/\*.*)?$", text, re.M):
            value = re.sub(r"\(void ?\*\)", "", value)
            value = re.sub(r"(?<=\d)[uUlL]+\b", "", value)
            if re.fullmatch(r"[\d xa-fA-F<()|]+", value):
                try:
                    found.setdefault(name, eval(value, {}))
                except SyntaxError:
                    pass
    return found


@pytest.fixture(scope="module")
def headers():
    if not (HEADERS / "Python.h").exists():
        pytest.skip(f"this Python has no headers in {HEADERS}")
    return header_numbers()


@pytest.mark.parametrize("name", NUMBERS)
def test_constant(headers, name):
    assert name in headers, f"{name} is in no header"
    assert NUMBERS[name] == headers[name]


def test_there_are_constants():
    assert {"METH_FASTCALL", "METH_KEYWORDS", "Py_mod_exec", "PyBUF_FORMAT", "Py_TPFLAGS_UNICODE_SUBCLASS"} <= set(NUMBERS)


def test_structs(headers):
    """Field names and order, as the headers declare them."""
    structs = {
        "PyMethodDef": ("methodobject.h", r"struct PyMethodDef \{(.*?)\}"),
        "PyModuleDef_Slot": ("moduleobject.h", r"struct PyModuleDef_Slot \{(.*?)\}"),
        "PyModuleDef": ("moduleobject.h", r"struct PyModuleDef \{(.*?)\};"),
        "Py_buffer": ("pybuffer.h", r"typedef struct (?:bufferinfo )?\{(.*?)\} Py_buffer"),
    }
    for name, (header, pattern) in structs.items():
        body = re.search(pattern, (HEADERS / header).read_text(encoding="utf-8"), re.S)
        assert body is not None, f"{name} is not in {header}"
        plain = re.sub(r"/\*.*?\*/", "", body.group(1), flags=re.S)
        theirs = re.findall(r"(\w+)\s*;", plain)
        mine = re.search(rf"pub const {name} = extern struct \{{(.*?)\}};", TEXT, re.S).group(1)
        own = re.findall(r"(\w+): ", mine)
        assert own == theirs, name


def test_object_header():
    """`ob_type` follows a word of reference count: in the stable ABI since the beginning, but not without the GIL."""
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        thing = object()
        words = ctypes.cast(id(thing), ctypes.POINTER(ctypes.c_void_p))
        assert words[1] == id(object) and sys.getsizeof(thing) == 2 * ctypes.sizeof(ctypes.c_void_p)

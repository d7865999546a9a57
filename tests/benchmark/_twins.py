"""The twins of a benchmark: the same module in several languages, built, loaded, held against each other.

Those of `name` are `twins/name.c`, `twins/name.zig`, `twins/name_nanobind.cpp`, `twins/name_pybind11.cpp` and `twins/name_cython.pyx`; where
`twins/name` is a folder, the Zig files in it together are the twin, each a module. What is compiled here is compiled for speed: -O3,
and with ``native`` for this very processor, as zigbind is told to.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace

sys.path.append(str(Path(__file__).parents[2]))  # where zigbind is not installed: the one of this checkout
import zigbind  # noqa: E402

__all__ = ["C", "CYTHON", "FAST", "NANOBIND", "NANOBIND_STABLE", "PYBIND11", "SAFE", "Unavailable", "build", "compare", "load", "package", "started"]

TWINS = Path(__file__).parent / "twins"
C = "C"
FAST = "ReleaseFast"
SAFE = "ReleaseSafe"
NANOBIND = "nanobind"
NANOBIND_STABLE = "nanobind abi3"
PYBIND11 = "pybind11"
CYTHON = "Cython"


class Unavailable(Exception):
    """A twin cannot be built here."""


def build(name: str, variants: Sequence[str], folder: Path, *, native: bool = False) -> tuple[dict[str, str], dict[str, str]]:
    """The libraries of the twins, and the reasons why there is none. zigbind keeps its own: those have empty names."""
    builders = {
        C: (build_c, f"{name}.c", ()),
        NANOBIND: (build_nanobind, f"{name}_nanobind.cpp", ()),
        NANOBIND_STABLE: (build_nanobind, f"{name}_nanobind.cpp", ("-DPy_LIMITED_API=0x030C0000",)),
        PYBIND11: (build_pybind11, f"{name}_pybind11.cpp", ()),
        CYTHON: (build_cython, f"{name}_cython.pyx", ()),
    }
    flags = ("-O3", "-fPIC", *(["-march=native"] if native else []))
    libraries, reasons, futures = {}, {}, {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for variant in variants:
            if variant in builders:
                builder, source, defines = builders[variant]
                own = folder / variant.replace(" ", "-")
                own.mkdir()
                futures[variant] = pool.submit(builder, TWINS / source, own / f"{name}.so", *flags, *defines)
        for variant in variants:
            try:
                if variant not in futures:
                    load(name, variant, "", native=native)
                libraries[variant] = str(futures[variant].result()) if variant in futures else ""
            except (Unavailable, zigbind.ZigbindError, ImportError) as error:
                reasons[variant] = f"{type(error).__name__}: {error}"
    return libraries, reasons


def build_c(source: Path, result: Path, *flags: str) -> Path:
    return compiled("gcc", [source], result, "-shared", "-Wall", *flags)


def build_nanobind(source: Path, result: Path, *flags: str) -> Path:
    """With the flags of nanobind_add_module(... NOMINSIZE), which its CMake files give; here the module is optimized for speed too."""
    nanobind = package("nanobind")
    include = Path(nanobind.include_dir())
    flags = (
        *("-std=c++17", "-fvisibility=hidden", "-fno-stack-protector", "-ffunction-sections", "-fdata-sections", "-DNDEBUG", "-DNB_COMPACT_ASSERTIONS"),
        *flags,
        *(f"-I{include}", f"-I{include.parent / 'ext' / 'robin_map' / 'include'}"),
    )
    core = [Path(nanobind.source_dir()) / "nb_combined.cpp"]
    dialect = ["-mtls-dialect=gnu2"] if platform.machine() == "x86_64" else []
    core = compiled("g++", core, result.with_name("nanobind.o"), "-c", "-DNB_BUILD", "-fno-strict-aliasing", *dialect, *flags)
    return compiled("g++", [source, core], result, "-shared", "-Wl,--gc-sections", "-Wl,-s", *flags)


def build_pybind11(source: Path, result: Path, *flags: str) -> Path:
    include = package("pybind11").get_include()
    return compiled("g++", [source], result, "-shared", "-Wl,-s", "-std=c++17", "-fvisibility=hidden", "-DNDEBUG", f"-I{include}", *flags)


def build_cython(source: Path, result: Path, *flags: str) -> Path:
    package("Cython")
    # Its module has the name of the file.
    pyx = result.with_suffix(".pyx")
    shutil.copyfile(source, pyx)
    done = subprocess.run([sys.executable, "-m", "cython", "-3", str(pyx)], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"Cython failed on {source}:\n{done.stderr}")
    return compiled("gcc", [pyx.with_suffix(".c")], result, "-shared", "-DNDEBUG", "-fvisibility=hidden", *flags)


def package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unavailable(f"the package {name} is not installed for {sys.executable}: install it") from error


def compiled(compiler: str, sources: Sequence[Path], result: Path, *flags: str) -> Path:
    """What a compiler makes of the sources."""
    path = shutil.which(compiler)
    if path is None:
        raise Unavailable(f"{compiler} is not on PATH: install it")
    include = sorted({sysconfig.get_path("include"), sysconfig.get_path("platinclude")})
    if not any(Path(directory, "Python.h").exists() for directory in include):
        raise Unavailable(f"Python.h is not in {' or '.join(include)}: install the headers of this Python")
    command = [path, *flags, *(f"-I{directory}" for directory in include), *map(str, sources), "-o", str(result)]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{compiler} failed on {sources[0]}:\n{done.stderr}")
    return result


def load(name: str, variant: str, library: str, *, native: bool = False) -> object:
    """One twin."""
    if variant in (FAST, SAFE):
        settings = {"optimize": variant} | ({"cpu": "native"} if native else {})
        sources = sorted((TWINS / name).glob("*.zig")) or [TWINS / f"{name}.zig"]
        modules = [zigbind.load(source, name=source.stem, **settings) for source in sources]
        return SimpleNamespace(**{key: value for module in modules for key, value in vars(module).items() if not key.startswith("_")})
    spec = spec_from_file_location(name, library, loader=ExtensionFileLoader(name, library))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(twins: Mapping[str, object], expressions: str, names: Mapping[str, object]) -> Iterator[str]:
    """What the twins do not do in the same way, as text.

    ``expressions`` stand on lines of their own or with two spaces between them, and call the twin ``m``. All must have the same results
    and fail alike, C and zigbind with the same type of exception: those of the others are their own.
    """
    for expression in re.split(r"\s*\n\s*|\s{2,}", expressions.strip()):
        outcomes = {variant: outcome(expression, {"m": twin, **names}) for variant, twin in twins.items()}
        ours = {text for variant, (_, text) in outcomes.items() if variant in (C, FAST, SAFE)}
        if len(ours) > 1 or len({(failed, not failed and text) for failed, text in outcomes.values()}) > 1:
            yield f"  {expression}: " + ", ".join(f"{variant} {text}" for variant, (_, text) in outcomes.items())


def outcome(expression: str, names: Mapping[str, object]) -> tuple[bool, str]:
    """The result of an expression, or the type of the exception it ends in; and which of them it is."""
    try:
        return False, repr(eval(expression, dict(names)))
    except Exception as error:
        return True, type(error).__name__


def started(script: str, libraries: Mapping[str, str], turn: int, arguments: Collection[str]) -> dict[str, dict[str, float]]:
    """What a process of its own measures. In each another twin is loaded and timed first, so that no place is anyone's own."""
    order = list(libraries.items())
    first = turn % len(order)
    command = [sys.executable, script, "--measure", json.dumps(order[first:] + order[:first]), *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)

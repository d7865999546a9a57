"""Load a library as a module."""

import _imp
import sys
from importlib.machinery import ModuleSpec

__all__ = ["load_library"]


def load_library(name, path):
    """A new module object from a library. Neither it nor its submodules are in `sys.modules`."""
    prefix = name + "."
    before = {key: value for key, value in sys.modules.copy().items() if key.startswith(prefix)}
    try:
        module = _imp.create_dynamic(ModuleSpec(name, None, origin=path))
        _imp.exec_dynamic(module)
    finally:
        # Executing a library puts its submodules there.
        for key in [key for key in sys.modules.copy() if key.startswith(prefix) and key not in before]:
            del sys.modules[key]
        sys.modules.update(before)
    return module

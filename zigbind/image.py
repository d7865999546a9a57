"""Load a library as a module."""

import _imp

__all__ = ["load_library"]


class _Spec:
    """The two fields of a module spec that CPython reads to load a library."""

    __slots__ = ("name", "origin")

    def __init__(self, name, origin):
        self.name = name
        self.origin = origin


def create(name, path):
    """The module object of a library, not executed yet."""
    return _imp.create_dynamic(_Spec(name, path))


def load_library(name, path):
    """A new module object from a library, in no `sys.modules`."""
    module = create(name, path)
    _imp.exec_dynamic(module)
    return module

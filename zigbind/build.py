"""The build backend: ``build-backend = "zigbind.build"`` in pyproject.toml.

    [build-system]
    requires = ["zigbind"]
    build-backend = "zigbind.build"

As a function it builds one module: ``zigbind.build("mymod.zig")`` compiles the file, or finds it in the cache, and returns its
`zigbind.Artifact`; a second argument names the module, and settings are keyword arguments, as those of ``[tool.zigbind]`` with
underscores.
"""

import sys
from types import ModuleType

from .pep517 import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


class _Callable(ModuleType):
    """The name is taken twice: by the backend that packages ask for, and by the library's function."""

    def __call__(self, path, name=None, **settings):
        """Build the module of a ``.zig`` file and return its `zigbind.Artifact`, compiled or from the cache. See `zigbind.library.build`."""
        from .library import build

        return build(path, name, **settings)

    @property
    def __signature__(self):
        from inspect import signature

        from .library import build

        return signature(build)


sys.modules[__name__].__class__ = _Callable

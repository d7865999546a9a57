"""What the stand-ins of an editable install call: loads a Zig module in their place, built if its source has changed.

It is imported by each process that imports such a module, so it loads no more than the import hook does.
"""

import os
import sys
from _frozen_importlib import ModuleSpec, module_from_spec

from .importer import ZigLoader

__all__ = ["load", "load_made"]


def load(name, path, library, arguments):
    """Put the module of the ``.zig`` file ``path`` into `sys.modules` as ``name``, in place of what stands for it.

    ``library`` is where the last built library is kept, ``arguments`` are the settings that the install was made with. ImportError
    as from the import hook.
    """
    before = sys.modules[name]
    loader = _EditableLoader(name, path, arguments, library)
    spec = ModuleSpec(name, loader, origin=path)
    spec.has_location = True
    if "_zigbind_artifact" in before.__dict__:  # `importlib.reload` found the stand-in again
        before.__spec__, before.__loader__, before.__file__, before.__package__ = spec, loader, path, spec.parent
        before.__dict__.pop("__path__", None)
        loader.exec_module(before)
        return
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules[name] = before  # the import system takes it away
        raise


def load_made(name, path, library, arguments):
    """As `load`, for a module that ``zig build`` makes; ``path`` is the project's build.zig."""
    from . import cold, editable

    root = os.path.dirname(path)
    if editable.is_outdated(library, root):
        cold.rebuild(name, root, library, arguments)
    before = sys.modules[name]
    if "_zigbind_artifact" in before.__dict__:
        return  # a system does not load the same file twice
    module = sys.modules[name] = cold.load_library(name, library)
    module.__file__ = path
    module.__dict__["_zigbind_artifact"] = library


class _EditableLoader(ZigLoader):
    """Keeps what it built beside the stand-in, for when zigbind is gone."""

    def __init__(self, name, path, arguments, library):
        super().__init__(name, path, arguments)
        self.library = library

    def _build(self, refresh=False):
        if not os.path.isfile(self.path):
            message = f"{self.path} is gone, of which the module {self.name} was made when its project was installed; install the project again"
            raise ImportError(message, name=self.name, path=self.path)
        artifact = super()._build(refresh)
        from . import editable

        editable.refresh(self.name, artifact, self.library)
        return artifact

"""What the importer does when something has to be built, replaced or run: nothing of it is needed by a warm import."""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES

from . import binary, builder
from .errors import DisabledError, ZigbindError
from .image import load_library
from .recipe import Source

__all__ = ["build", "load_library", "main_code", "rebuild", "reload", "source", "submodules"]

#: What importlib keeps on a module.
_IMPORT_ATTRIBUTES = {"__name__", "__loader__", "__package__", "__spec__", "__file__", "__cached__", "__path__"}


def build(name, path, arguments, refresh):
    """The path of the artifact of module ``name``. Whatever is in the way is an ImportError with name and path."""
    wanted = source(name, path)
    try:
        world = {"arguments": arguments, "environ": dict(os.environ), "cwd": os.getcwd()}
        artifact = builder.build(wanted, **world, refresh=refresh)
        _warn_of_nothing(artifact.path, path)
        if os.path.exists(path.removesuffix(".zig") + ".pyi") or os.path.isdir(path.removesuffix(".zig")):
            from . import stubs

            stubs.refresh(artifact, wanted, **world)
        return artifact.path
    except (ZigbindError, OSError) as error:
        if isinstance(error, DisabledError) and (prebuilt := _prebuilt(path)):
            return prebuilt
        if isinstance(error, ImportError):
            error.name, error.path = error.name or name, error.path or path
            raise
        raise ImportError(str(error), name=name, path=path) from (error if isinstance(error, OSError) else None)


def _warn_of_nothing(library, path):
    """Without ``pub`` there is nothing that Python sees: each name would only be missing."""
    try:
        with open(path, "rb") as file:
            if b"\npub " in b"\n" + file.read():
                return  # as nearly always: no need to look for milliseconds into the library
    except OSError:
        return  # it was deleted meanwhile
    with open(library, "rb") as file:
        described = binary.description(file.read())
    if described is not None and not described.strip():
        import warnings

        warnings.warn(f"nothing in {path} is pub: put pub before what Python shall see", RuntimeWarning, stacklevel=6)  # at the import statement


def rebuild(name, root, library, arguments):
    """Bring the library of an editable install that ``zig build`` makes up to date. What is in the way is an ImportError, as in `build`."""
    from . import editable

    path = os.path.join(root, "build.zig")
    try:
        editable.rebuild(name, root, library, arguments, environ=dict(os.environ), cwd=os.getcwd())
    except (ZigbindError, OSError) as error:
        if isinstance(error, ImportError):
            error.name, error.path = error.name or name, error.path or path
            raise
        raise ImportError(str(error), name=name, path=path) from (error if isinstance(error, OSError) else None)


def source(name, path):
    """The `Source` of an imported module."""
    *packages, tail = name.split(".")
    if packages and packages[-1] == tail and os.path.isfile(os.path.join(os.path.dirname(path), tail, "__init__.py")):
        packages.pop()  # the file is beside the package
    root = os.path.dirname(path)
    for _ in packages:
        root = os.path.dirname(root)
    return Source(name=name, path=path, root=root)


def _prebuilt(path):
    """An extension module beside the source."""
    stem = path.removesuffix(".zig")
    return next((stem + suffix for suffix in EXTENSION_SUFFIXES if os.path.isfile(stem + suffix)), None)


def reload(module, loader):
    """Bring a module up to date in place. It stays as it is if the build fails or nothing has changed."""
    before = module.__dict__.get("_zigbind_artifact")
    module.__spec__.cached = before  # importlib made a new spec
    artifact = loader.artifact()
    if artifact == before:
        return
    new = load_library(loader.name, artifact)
    new.__dict__["_zigbind_artifact"] = artifact
    # Which attributes are the old library's, and may go: the others are the user's.
    try:
        old = load_library(loader.name, before)
    except ImportError:
        old = new  # its file was removed from the cache, and this system does not load it again: nothing goes
    held, fresh, pristine = submodules(module), submodules(new), submodules(old)
    for name, submodule in fresh.items():
        if name in held:
            # Others may hold the old object: it gets the new content.
            _replace_content(held[name], submodule, pristine.get(name, submodule))
            parent, _, tail = name.rpartition(".")
            setattr(new if parent == loader.name else held.get(parent) or fresh[parent], tail, held[name])
        else:
            sys.modules[name] = submodule
    for name in held.keys() - fresh.keys():
        sys.modules.pop(name, None)
    _replace_content(module, new, old)
    module.__spec__.cached = module.__cached__ = artifact


def submodules(module):
    """The submodules that the library of a module made, by full name, at any depth."""
    found = {}
    prefix = module.__name__ + "."
    for value in module.__dict__.values():
        if type(value) is type(sys) and value.__spec__ is None and value.__name__.startswith(prefix):
            found[value.__name__] = value
            found |= submodules(value)
    return found


def _replace_content(module, new, old):
    for name in old.__dict__.keys() - new.__dict__.keys() - _IMPORT_ATTRIBUTES:
        module.__dict__.pop(name, None)
    for name, value in new.__dict__.items():
        if name not in _IMPORT_ATTRIBUTES:
            module.__dict__[name] = value


def main_code(name, path):
    """The code that ``python -m`` runs: ``pub fn main`` of the module."""
    text = (
        f"import importlib, sys\n"
        f"module = importlib.import_module({name!r})\n"
        f"try:\n"
        f"    main = module.main\n"
        f"except AttributeError as error:\n"
        f"    sys.exit(f'{{module.__file__}} has no pub fn main that Python can call: {{error}}')\n"
        f"sys.exit(main())\n"
    )
    return compile(text, path, "exec", dont_inherit=True)

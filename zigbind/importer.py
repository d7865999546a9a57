"""The import hook: the finder locates, the loader builds.

This and `manifest` is all that a warm import loads; what building and reloading need is in `cold`.
"""

import _imp
import os
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import EXTENSION_SUFFIXES, FileLoader

from . import __version__, manifest

__all__ = ["PathHook", "ZigLoader"]

#: The standard library, and zigbind itself.
_FOREIGN = (os.path.dirname(os.__file__) + os.sep, os.path.dirname(__file__) + os.sep)
_CASE_INSENSITIVE = sys.platform in ("darwin", "win32")


class PathHook:
    """An entry of `sys.path_hooks`: a finder for each directory where ``.zig`` files are modules.

    ``arguments`` are settings for what it finds; ``include`` and ``exclude`` are patterns for full module names.
    """

    def __init__(self, arguments, include=None, exclude=()):
        self.arguments = arguments
        self.include = include
        self.exclude = exclude

    def __call__(self, path):
        if is_foreign(path):
            raise ImportError("zigbind leaves the standard library and site-packages alone", path=path)
        if not os.path.isdir(path or "."):
            raise ImportError("only directories are supported", path=path)
        return ZigFinder(path, self)

    def wants(self, name):
        """Whether a module of this name is taken from a ``.zig`` file."""
        if self.include is None and not self.exclude:
            return True
        from fnmatch import fnmatchcase

        included = self.include is None or any(fnmatchcase(name, pattern) for pattern in self.include)
        return included and not any(fnmatchcase(name, pattern) for pattern in self.exclude)


def is_foreign(path):
    """Whether a directory belongs to the interpreter: its ``.zig`` files are none of ours."""
    if "-packages" in path:
        parts = path.replace("\\", "/").split("/")
        if "site-packages" in parts or "dist-packages" in parts:
            return True
    return (path + os.sep).startswith(_FOREIGN)


class ZigFinder:
    """What a directory's own finder finds, and ``.zig`` files.

    In one directory packages and Python files win over ``.zig`` (with a warning for files), and ``.zig`` wins over an extension
    module beside it, which was built from it. A ``.zig`` file beside a package of its name is a module in the package, by that name.
    Modules of the standard library are always Python's own: others rely on them, zigbind too.
    """

    def __init__(self, path, hook):
        self.path = path
        self.hook = hook
        self._own = path.rpartition(os.sep)[2] + ".zig"
        self._inner = ()  # not looked for yet: often it never is

    @property
    def inner(self):
        """The directory's own finder, None where there is none."""
        if self._inner == ():
            self._inner = next(self._finders(), None)
        return self._inner

    def _finders(self):
        for hook in sys.path_hooks:
            if not isinstance(hook, PathHook):
                try:
                    yield hook(self.path)
                except ImportError:
                    continue

    def find_spec(self, name, target=None):
        file = self._zig_file(name)
        if file is None or not self.hook.wants(name):
            return self._other(name, target)
        if name in sys.stdlib_module_names:
            self._warn(f"import {name} takes the module of Python's standard library, not {file}; rename that file")
            return self._other(name, target)
        stem = os.path.join(self.path, name.rpartition(".")[2])
        is_directory = os.access(stem, os.F_OK) and not os.access(f"{stem}{os.sep}{manifest.EDITABLE_MARKER}", os.F_OK)
        if is_directory or os.access(stem + ".py", os.F_OK):
            # A package or a Python file, unless it is a directory without __init__.py.
            spec = self._other(name, target)
            origin = spec.origin or "" if spec is not None and spec.loader is not None else ""
            if origin and (spec.submodule_search_locations is not None or not origin.endswith(tuple(EXTENSION_SUFFIXES))):
                if spec.submodule_search_locations is None:
                    self._warn(f"import {name} takes {origin}, not {file} beside it; rename one of them")
                return spec
        loader = ZigLoader(name, file if file[0] == "/" else os.path.abspath(file), self.hook.arguments)
        found = ModuleSpec(name, loader, origin=loader.path)
        found.has_location = True
        return found

    def _other(self, name, target):
        inner = self.inner
        return inner.find_spec(name, target) if inner is not None else None

    def _zig_file(self, name):
        """The ``.zig`` file of a module in this directory: one look at the disk, which is what validating a cached listing would cost."""
        tail = name.rpartition(".")[2] + ".zig"
        file = f"{self.path}{os.sep}{tail}" if self.path else tail
        # `os.stat` would make an exception, at each import of anything else.
        if not os.access(file, os.F_OK) or not os.path.isfile(file):
            return self._beside(name) if tail == self._own else None
        if _CASE_INSENSITIVE and tail not in os.listdir(self.path or "."):
            return None
        return file

    def _beside(self, name):
        """The ``.zig`` file of the module that has the name of its package, beside the package."""
        package, _, tail = name.rpartition(".")
        file = f"{self.path}.zig"
        if package.rpartition(".")[2] != tail or not os.path.isfile(file) or not os.access(f"{self.path}{os.sep}__init__.py", os.F_OK):
            return None
        return file

    def _warn(self, message):
        import warnings

        warnings.warn(message, RuntimeWarning, stacklevel=3)  # at the import statement: those of the import system do not count

    def invalidate_caches(self):
        if hasattr(self._inner, "invalidate_caches"):
            self._inner.invalidate_caches()

    def iter_modules(self, prefix=""):
        """For `pkgutil.iter_modules`."""
        from pkgutil import iter_importer_modules

        seen = set()
        if self.inner is not None:
            for name, is_package in iter_importer_modules(self.inner, prefix):
                seen.add(name)
                yield name, is_package
        for entry in sorted(os.listdir(self.path or ".")):
            name = prefix + entry.removesuffix(".zig")
            if entry.endswith(".zig") and name not in seen and name.rpartition(".")[2].isidentifier() and self._zig_file(name) and self.hook.wants(name):
                yield name, False


class ZigLoader(FileLoader):
    """Builds the module when it is created: the global import lock is not held then."""

    def __init__(self, name, path, arguments):
        self.name = name
        self.path = path
        self.arguments = arguments
        self._is_new = False

    def create_module(self, spec):
        self._is_new = True
        try:
            spec.cached = self.artifact()
        except ImportError as error:
            raise error.with_traceback(None)  # the user's import line and the message say all there is to say
        try:
            return _create(spec.name, spec.cached)
        except ImportError as error:
            if getattr(error, "path", None) is None:
                raise
            # The library could not be loaded at all: what is stored is damaged, or was never for this system.
            spec.cached = self._build(refresh=True)
            return _create(spec.name, spec.cached)

    def exec_module(self, module):
        if self._is_new:
            self._is_new = False
            _imp.exec_dynamic(module)
            module.__dict__["_zigbind_artifact"] = module.__spec__.cached  # for `reload`
        else:
            from . import cold

            cold.reload(module, self)

    def artifact(self):
        """The path of the module's artifact as its inputs are now; built if need be."""
        environ, cwd = os.environ, os.getcwd()
        found = manifest.lookup(__version__, self.name, self.path, self.arguments, environ, cwd)
        return found if found is not None else self._build()

    def _build(self, refresh=False):
        from . import cold

        return cold.build(self.name, self.path, self.arguments, refresh)

    def is_package(self, fullname):
        return False

    def get_source(self, fullname):
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def get_code(self, fullname):
        """For ``python -m``: runs ``pub fn main``."""
        from . import cold

        return cold.main_code(fullname, self.path)


def _create(name, path):
    """The module object of a library, not executed yet."""
    return _imp.create_dynamic(ModuleSpec(name, None, origin=path))


def install(arguments, include=None, exclude=()):
    """Put a `PathHook` in force, instead of one that is."""
    uninstall()
    sys.path_hooks.insert(0, PathHook(arguments, include, exclude))
    _forget_finders()


def uninstall():
    """Take the hook away. Modules that were imported stay."""
    sys.path_hooks[:] = [hook for hook in sys.path_hooks if not isinstance(hook, PathHook)]
    _forget_finders()


def _forget_finders():
    for path in [path for path in sys.path_importer_cache if not is_foreign(path)]:
        del sys.path_importer_cache[path]

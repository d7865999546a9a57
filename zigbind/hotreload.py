"""Modules that follow their source while a program runs: ``zigbind.reload()``, ``install(reload=True)``, ``%zig_reload``.

What a reload brings up to date: the module object (`importlib.reload` does that), its submodules, and every module-level name that
was bound by ``from mymod import f`` or an assignment: it names the new function, class or constant from then on. What it does not: objects
that were made before (an instance keeps the code of its old class, and new code refuses it by name), what a closure, a container or
an instance holds, and the values of Zig's container-level variables, which begin anew.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Iterable
from types import ModuleType

from . import cold
from .importer import ZigLoader

__all__ = ["changed", "follow", "reload", "reload_changed", "unfollow"]


def changed() -> list[ModuleType]:
    """The imported modules whose source is not what they were built from. Costs what a warm import of each costs where nothing has.

    ImportError where one does not compile.
    """
    found = _changed()
    for one in found:
        if isinstance(one, ImportError):
            raise one
    return found


def reload(module: ModuleType, *, extra: Iterable[dict[str, object]] = ()) -> None:
    """Reload one module, and let names in other modules follow. ``extra`` are more namespaces that shall.

    ImportError where it does not compile: then everything stays as it was.
    """
    before = {held: dict(vars(held)) for held in (module, *cold.submodules(module).values())}
    importlib.reload(module)
    # By identity: what was bound to another object since is the user's.
    moved = {}
    for held, values in before.items():
        after = vars(held)
        moved |= {id(value): after[name] for name, value in values.items() if name in after and after[name] is not value and _follows(value)}
    if not moved:
        return
    spaces = [vars(other) for other in list(sys.modules.values()) if isinstance(other, ModuleType) and other not in before]
    for space in (*spaces, *extra):
        for name, value in list(space.items()):
            new = moved.get(id(value))
            if new is not None:
                space[name] = new


def reload_changed(*, extra: Iterable[dict[str, object]] = ()) -> list[str]:
    """Reload every module that has changed; their names. The first that does not compile raises, after the others were reloaded."""
    done, trouble = [], None
    for module in _changed():
        try:
            if isinstance(module, ImportError):
                raise module
            reload(module, extra=extra)
            done.append(module.__name__)
        except ImportError as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return done


def _changed() -> list[ModuleType | ImportError]:
    """As `changed`, with the error in place of a module that does not compile."""
    found: list[ModuleType | ImportError] = []
    for module in list(sys.modules.values()):
        loader = _loader(module)
        if loader is None:
            continue
        try:
            if loader.artifact() != module.__dict__.get("_zigbind_artifact"):
                found.append(module)
        except ImportError as error:
            found.append(error)
    return found


def _loader(module: object) -> ZigLoader | None:
    """The loader of a module from a ``.zig`` file. `importlib.reload` takes the spec away where it finds no file: the loader stays."""
    spec = getattr(module, "__spec__", None)
    loader = getattr(module, "__loader__", None) if spec is None else getattr(spec, "loader", None)
    return loader if type(loader) is ZigLoader else None


def _follows(value: object) -> bool:
    """Whether a name elsewhere that is bound to this very object came from the module: not so small numbers, None, True."""
    return isinstance(value, (type, ModuleType)) or callable(value)


class _Import:
    """Stands for ``__import__``: an import statement that runs again brings the module up to date first."""

    def __init__(self, original):
        self.original = original

    def __call__(self, name, globals=None, locals=None, fromlist=(), level=0):
        module = sys.modules.get(name) if level == 0 else None
        loader = _loader(module)
        if loader is not None and not getattr(module.__spec__, "_initializing", False):
            if loader.artifact() != module.__dict__.get("_zigbind_artifact"):
                reload(module)
        return self.original(name, globals, locals, fromlist, level)


def follow() -> None:
    """From now on ``import mymod``, when it runs again, takes the source as it is then. The statement itself costs a look at the
    module's files."""
    if not isinstance(builtins.__import__, _Import):
        builtins.__import__ = _Import(builtins.__import__)


def unfollow() -> None:
    """No more of that."""
    if isinstance(builtins.__import__, _Import):
        builtins.__import__ = builtins.__import__.original

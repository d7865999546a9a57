"""zigbind: the best way to use Zig from Python.

    import zigbind.auto     # from now on, .zig files are modules
    import mymod            # mymod.zig, compiled on first import

How it fits together, from top to bottom; arrows never go back:

    entry   cli  auto  library  build
    edges   importer  cold  hotreload  redirect  notebook  watcher  pytest_plugin  pep517
    verbs   develop  editable  sdist  wheel  stubs  scaffold  zigbuild  cells  assembly  testing  editors  builder
    tools   compiler  cache  image  progress  project  sbom  tree
    nouns   recipe -> settings  target  toolchain  zigsource -> sheets  zigwords  zigtext ; diagnostics  binary  manifest  errors
    zig     runtime/ : zigbind -> module, explicit, describe -> class, union, enum, slots -> function -> signature -> objects -> convert
            -> instance, type, exception -> call, errors -> metadata, state, registry -> object, standard, reach -> capi

A cold import: importer -> cold -> builder -> (settings, toolchain, target, recipe, cache lookup, zigsource, compiler, cache store) -> load.
A wheel: wheel -> builder (for each module and target, in parallel) -> binary (what it is for) -> archive.
A warm import: importer -> manifest (stat only) -> load. Nothing else is even imported.
A saved file: watcher -> builder, so that the next import is warm.
A notebook cell: notebook -> cells -> builder -> load.
"""

__version__ = "0.1.0"

TYPE_CHECKING = False  # what type checkers take for true: `typing` would have to be imported
if TYPE_CHECKING:
    from .cache import Artifact as Artifact
    from .diagnostics import Diagnostic as Diagnostic
    from .errors import CacheError, CompileError, DisabledError, PanicError, ProjectError, SettingsError, ToolchainError, ZigbindError
    from .library import build, compile, install, load, reload, uninstall
    from .watcher import watch

__all__ = [
    "Artifact",
    "CacheError",
    "CompileError",
    "Diagnostic",
    "DisabledError",
    "PanicError",
    "ProjectError",
    "SettingsError",
    "ToolchainError",
    "ZigbindError",
    "build",
    "compile",
    "install",
    "load",
    "reload",
    "uninstall",
    "watch",
]

_HOMES = {
    "Artifact": "cache",
    "Diagnostic": "diagnostics",
    "build": "build",
    "compile": "library",
    "install": "library",
    "load": "library",
    "reload": "library",
    "uninstall": "library",
    "watch": "watcher",
}


def __getattr__(name):
    # Each name loads what it needs and no more: `import zigbind.auto` must cost next to nothing.
    if name not in __all__:
        raise AttributeError(f"module 'zigbind' has no attribute {name!r}")
    from importlib import import_module

    home = _HOMES.get(name, "errors")
    module = import_module("." + home, __name__)
    value = module if home == name else getattr(module, name)
    globals()[name] = value
    return value


def load_ipython_extension(shell):
    """``%load_ext zigbind``: see `zigbind.notebook`."""
    from . import notebook

    notebook.load(shell)


def unload_ipython_extension(shell):
    """``%unload_ext zigbind``."""
    from . import notebook

    notebook.unload(shell)


def __dir__():
    return sorted([*globals(), *__all__])

"""The exceptions zigbind raises: each says what went wrong, where, and what to try."""

from __future__ import annotations

__all__ = [
    "CacheError",
    "CompileError",
    "DisabledError",
    "PanicError",
    "ProjectError",
    "SettingsError",
    "ToolchainError",
    "ZigbindError",
    "plain",
]


class ZigbindError(Exception):
    """Base of every error of zigbind itself."""


class SettingsError(ZigbindError, ImportError):
    """A setting is unknown, has the wrong type, or cannot work here."""


class ToolchainError(ZigbindError, ImportError):
    """No Zig compiler of the right series was found, or it could not be run."""


class CacheError(ZigbindError, ImportError):
    """The cache cannot be used safely, or a build could not be stored."""


class DisabledError(ZigbindError, ImportError):
    """A module would have to be compiled, and compiling is switched off."""


class ProjectError(ZigbindError):
    """A project cannot be packed: pyproject.toml, a file, or where the files are is wrong."""


class CompileError(ZigbindError, ImportError):
    """Zig refused the source.

    ``diagnostics`` holds the compiler's messages as `zigbind.diagnostics.Diagnostic` values, ``name`` and ``path``
    the module and its file.
    """

    def __init__(self, message: str, *, name: str | None = None, path: str | None = None, diagnostics: tuple = ()):
        super().__init__(message, name=name, path=path)
        self.diagnostics = diagnostics

    def __reduce__(self):
        # Exceptions travel between processes, as in test runners.
        return _compile_error, (str(self), self.name, self.path, self.diagnostics)


def plain(error: Exception) -> str:
    """What an error says. Of one of the system the file comes first, and what may help last."""
    if not isinstance(error, OSError) or isinstance(error, ZigbindError) or error.filename is None or not error.strerror:
        return str(error)
    hint = "; give yourself the right to it, or name another" if isinstance(error, PermissionError) else ""
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}{hint}"


def _compile_error(message, name, path, diagnostics):
    return CompileError(message, name=name, path=path, diagnostics=diagnostics)


class PanicError(RuntimeError):
    """A panic in Zig code: the call did not finish, its memory was freed, the process goes on.

    ``defer`` and ``errdefer`` blocks between the panic and the call from Python did not run.
    """

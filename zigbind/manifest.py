"""The record of the last build of a module, and whether it still holds: by `os.stat` alone.

This is all that a warm import runs, so it loads nothing that a bare interpreter does not have. A record that cannot be trusted
without reading files is none.
"""

import _imp
import marshal
import os
import sys

__all__ = ["Manifest", "index_root", "lookup", "stamp"]

_FORMAT = 1
#: Larger manifests are not read, and so not warm.
_LARGEST_BYTES = 1 << 16
#: A file changed less than this before it was recorded may change again without its times changing.
RACY_NS = 100_000_000
#: Environment variables that change what zig does, by prefix.
ENVIRONMENT_PREFIXES = ("ZIG_", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "SOURCE_DATE_EPOCH")
_PREFIXES = ("ZIGBIND_", *ENVIRONMENT_PREFIXES)
_BYTES_PREFIXES = tuple(prefix.encode() for prefix in _PREFIXES)
_HASH_KEY = 0x7A696762696E6401


class Manifest:
    """One record. ``artifact`` is (path, stamp); ``inputs`` are (path, stamp) pairs, the stamp None for what must stay absent;
    ``toolchain`` is (path, stamp, PATH or None): its disappearance alone changes nothing, since what is built is built."""

    __slots__ = ("artifact", "inputs", "recorded_ns", "toolchain")

    def __init__(self, artifact, inputs, toolchain, recorded_ns):
        self.artifact = artifact
        self.inputs = inputs
        self.toolchain = toolchain
        self.recorded_ns = recorded_ns


def stamp(path):
    """(size in bytes, mtime_ns, inode, ctime_ns) of a file; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns


def default_root(environ):
    """Where the user's cache is, by the conventions of the system; None without a home."""
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA")
        return os.path.join(base, "zigbind", "Cache") if base else None
    base = environ.get("XDG_CACHE_HOME") if sys.platform != "darwin" else None
    if not base or not os.path.isabs(base):
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        base = os.path.join(home, "Library", "Caches") if sys.platform == "darwin" else os.path.join(home, ".cache")
    return os.path.join(base, "zigbind")


def fallback_root(environ):
    """Where to go when the cache cannot be used: private, and gone at the next boot."""
    base = environ.get("TMPDIR") or environ.get("TEMP") or ("/tmp" if sys.platform != "win32" else "C:\\Temp")
    owner = os.getuid() if hasattr(os, "getuid") else environ.get("USERNAME", "user")
    return os.path.join(base, f"zigbind-{owner}")


def index_root(arguments, environ, cwd):
    """Where manifests are looked for: known before any file is read, so pyproject.toml has no say in it."""
    chosen = arguments.get("cache_dir") or environ.get("ZIGBIND_CACHE_DIR")
    if chosen:
        return os.path.normpath(os.path.join(cwd, os.path.expanduser(chosen)))
    return default_root(environ)


def identity(version, name, path, arguments, environ):
    """What a manifest is for, as bytes: an import of this module by this interpreter with these settings."""
    relevant = sorted(_relevant(environ))
    return repr((_FORMAT, version, name, path, sys.prefix, sys.implementation.cache_tag, sorted(arguments.items()), relevant)).encode(
        "utf-8", "surrogateescape"
    )


def _relevant(environ):
    """The (name, value) pairs of the environment that a build depends on."""
    data = getattr(environ, "_data", environ)  # os.environ decodes every name that is looked at: this looks at all of them
    if data is not environ and os.name == "posix":
        return [(os.fsdecode(key), os.fsdecode(value)) for key, value in data.items() if key.startswith(_BYTES_PREFIXES)]
    return [(key, value) for key, value in environ.items() if key.startswith(_PREFIXES)]


def file_for(root, what):
    return os.path.join(root, "index", _imp.source_hash(_HASH_KEY, what).hex())


def read(file, what):
    """The manifest in ``file`` if it is whole and for ``what``, else None."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    try:
        content = os.read(descriptor, _LARGEST_BYTES)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if len(content) < 8 or _imp.source_hash(_HASH_KEY, content[8:]) != content[:8]:
        return None  # marshal trusts its input: give it only what was written here
    recorded_for, *fields = marshal.loads(content[8:])
    return Manifest(*fields) if recorded_for == what else None


def dumps(manifest, what):
    content = marshal.dumps((what, manifest.artifact, manifest.inputs, manifest.toolchain, manifest.recorded_ns))
    return _imp.source_hash(_HASH_KEY, content) + content


def holds(manifest, environ):
    """Whether nothing that the artifact was made from has changed."""
    path, recorded = manifest.artifact
    if stamp(path) != recorded:
        return False
    newest = manifest.recorded_ns - RACY_NS
    for path, recorded in manifest.inputs:
        if recorded is None:
            if stamp(path) is not None:
                return False
        elif stamp(path) != recorded or recorded[1] > newest or recorded[3] > newest:
            return False
    path, recorded, search_path = manifest.toolchain
    if search_path is not None and environ.get("PATH", "") != search_path:
        return False
    now = stamp(path)
    return now is None or now == recorded


def refuse_unsafe(root):
    """Why code in ``root`` must not be loaded, or None: another user could have put it there."""
    if sys.platform == "win32":
        return None
    try:
        status = os.stat(root)
    except OSError:
        return None
    if status.st_uid not in (os.geteuid(), 0):
        return f"it belongs to another user (uid {status.st_uid})"
    if status.st_mode & 0o022:
        return f"other users can write to it (mode {status.st_mode & 0o777:o})"
    return None


def lookup(version, name, path, arguments, environ, cwd):
    """The path of a module's artifact if a manifest for it holds, else None."""
    what = identity(version, name, path, arguments, environ)
    for root in (index_root(arguments, environ, cwd), fallback_root(environ)):
        if root is None:
            continue
        manifest = read(file_for(root, what), what)
        if manifest is not None and not refuse_unsafe(root) and holds(manifest, environ):
            return manifest.artifact[0]
    return None

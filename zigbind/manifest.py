"""The record of the last build of a module, and whether it still holds: by `os.stat` alone.

This is all that a warm import runs, so it loads nothing that a bare interpreter does not have. A record that cannot be trusted
without reading files is none.
"""

import _imp
import marshal
import os
import sys

__all__ = ["dumps", "identity", "index_root", "lookup", "stamp"]

#: In a directory that stands for a Zig module in an editable install: see `editable`.
EDITABLE_MARKER = ".zigbind-editable"
_FORMAT = "zigbind manifest 2"
#: Most manifests are read at once.
_CHUNK_BYTES = 16_000
#: A file changed less than this before it was recorded may change again without its times changing.
RACY_NS = 100_000_000
#: Environment variables that change what zig does, by prefix.
ENVIRONMENT_PREFIXES = ("ZIG_", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "SOURCE_DATE_EPOCH")
#: What a library must be made for; on macOS one interpreter can run as two machines.
_ABI = _imp.extension_suffixes()[0] + (os.uname().machine if sys.platform == "darwin" else "")
_PREFIXES = ("ZIGBIND_", *ENVIRONMENT_PREFIXES)
_LOOKED_AT = tuple(os.fsencode(start) for start in (*_PREFIXES, "HOME", "XDG_CACHE_HOME", "TMPDIR", "TEMP", "PATH"))
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_HASH_KEY = 0x7A696762696E6401


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
        home = environ.get("HOME") or os.path.expanduser("~")
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
    chosen = os.fspath(arguments.get("cache_dir") or environ.get("ZIGBIND_CACHE_DIR") or "")
    if not chosen:
        return default_root(environ)
    return chosen if chosen[0] == "/" else os.path.normpath(os.path.join(cwd, os.path.expanduser(chosen)))


def identity(version, name, path, arguments, environ):
    """What a manifest is for, as bytes: an import of this module by this interpreter with these settings."""
    parts = [_FORMAT, version, name, path, sys.prefix, _ABI]
    if arguments:
        parts.append(repr(sorted(arguments.items())))
    parts += sorted([f"{key}={environ[key]}" for key in environ if key.startswith(_PREFIXES)])
    return "\0".join(parts).encode("utf-8", "surrogateescape")


def _snapshot(environ):
    """The variables of ``os.environ`` that matter here, as a dict."""
    if os.name != "posix" or not hasattr(environ, "_data"):
        return dict(environ)
    # It decodes and encodes at each access, and this looks at all of them.
    encoding = sys.getfilesystemencoding()
    return {
        key.decode(encoding, "surrogateescape"): value.decode(encoding, "surrogateescape")
        for key, value in environ._data.items()
        if key.startswith(_LOOKED_AT)
    }


def file_for(root, what):
    """Where the manifest for an identity is."""
    return f"{root}{os.sep}index{os.sep}{_imp.source_hash(_HASH_KEY, what).hex()}"


def dumps(what, artifact, inputs, toolchain):
    """The record of a build, as the content of a file: of the artifact's path and stamp, of (path, stamp) pairs for its inputs,
    the stamp None for what must stay absent, and of (path, stamp, PATH or None) for the toolchain."""
    content = marshal.dumps((what, artifact, inputs, toolchain))
    return _imp.source_hash(_HASH_KEY, content) + content


def is_racy(inputs, looked_ns):
    """Whether an input changed so shortly before it was looked at that it may change again without its times changing."""
    return any(recorded is not None and max(recorded[1], recorded[3]) > looked_ns - RACY_NS for _path, recorded in inputs)


def _read(file, what):
    """The record in ``file`` if it is whole and for ``what``, else None."""
    try:
        descriptor = os.open(file, _READ_FLAGS)
    except OSError:
        return None
    try:
        content = os.read(descriptor, _CHUNK_BYTES)
        if len(content) == _CHUNK_BYTES:
            while chunk := os.read(descriptor, _CHUNK_BYTES):
                content += chunk
    except OSError:
        return None
    finally:
        os.close(descriptor)
    payload = content[8:]
    if _imp.source_hash(_HASH_KEY, payload) != content[:8]:
        return None  # marshal trusts its input: give it only what was written here
    try:
        record = marshal.loads(payload)
    except (EOFError, TypeError, ValueError):
        return None
    return record if record[0] == what else None


def _holds(record, environ):
    """Whether nothing that the artifact was made from has changed."""
    _what, artifact, inputs, (zig, zig_recorded, search_path) = record
    stat = os.stat
    for path, recorded in (artifact, *inputs):
        try:
            status = stat(path)
        except OSError:
            if recorded is not None:
                return False
        else:
            if (status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns) != recorded:
                return False
    if search_path is not None and environ.get("PATH", "") != search_path:
        return False
    # Without the compiler nothing can be built anew, and what is built is built.
    return stamp(zig) in (None, zig_recorded)


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
    """The path of a module's artifact if there is a record of it that holds, else None."""
    environ = _snapshot(environ)
    what = identity(version, name, path, arguments, environ)
    for find_root in (index_root, _fallback):
        root = find_root(arguments, environ, cwd)
        if root is None:
            continue
        # First: what others could have written must not even be read.
        if refuse_unsafe(root):
            continue
        record = _read(file_for(root, what), what)
        if record is not None and _holds(record, environ):
            return record[1][0]
    return None


def _fallback(_arguments, environ, _cwd):
    return fallback_root(environ)

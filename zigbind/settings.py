"""The settings: arguments > ``ZIGBIND_*`` environment > ``[tool.zigbind]`` > defaults. One table.

A second one, `PROJECT_FIELDS`, is for what only a project has: it stands in ``[tool.zigbind]`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .errors import SettingsError

__all__ = ["ProjectSettings", "Settings", "find_pyproject", "from_config", "is_quiet", "merge", "nearest", "project", "source_date"]

MODES = ("Debug", "ReleaseSafe", "ReleaseFast", "ReleaseSmall")


class Settings(NamedTuple):
    """How modules are built. Keys in pyproject.toml and on command lines have hyphens instead of underscores."""

    optimize: str = "ReleaseSafe"
    cache_dir: str | None = None
    zig_args: tuple[str, ...] = ()
    stable_abi: bool = True
    minimum_python: str = "3.12"
    cpu: str = "baseline"
    c_sources: tuple[str, ...] = ()
    include_dirs: tuple[str, ...] = ()
    link_libraries: tuple[str, ...] = ()
    zig_path: str | None = None
    lock_timeout: int = 300
    disable: bool = False


class Setting(NamedTuple):
    """What is known of one setting. The values of a ``path`` count from the place they are written in."""

    name: str
    default: object
    kind: type
    doc: str
    path: bool


_DOCS = {
    "optimize": "Debug, ReleaseSafe, ReleaseFast or ReleaseSmall",
    "cache_dir": "where artifacts are kept; relative to pyproject.toml",
    "zig_args": "more arguments for zig build-lib",
    "stable_abi": "one module for Python 3.12 and all later ones",
    "minimum_python": "the oldest Python the module must load in; at least 3.12",
    "cpu": "the CPU to compile for: baseline, native, or a name zig knows",
    "c_sources": "C files compiled into the module",
    "include_dirs": "where C headers are looked for",
    "link_libraries": "system libraries to link with",
    "zig_path": "the zig executable to use",
    "lock_timeout": "seconds to wait for another process that builds the same module",
    "disable": "never compile: load what is cached or prebuilt, else fail",
}
_PATHS = {"cache_dir", "c_sources", "include_dirs", "zig_path"}

#: Every setting, by its key.
FIELDS = {
    name.replace("_", "-"): Setting(name, default, str if default is None else type(default), _DOCS[name], name in _PATHS)
    for name, default in Settings._field_defaults.items()
}


class ProjectSettings(NamedTuple):
    """What goes into a project's archives. Only ``[tool.zigbind]`` of its pyproject.toml says it."""

    modules: tuple[str, ...] = ()
    include_sources: bool = False
    exclude: tuple[str, ...] = ()


_PROJECT_DOCS = {
    "modules": "the Zig modules by their Python names, where they shall not be looked for",
    "include_sources": "put the .zig files into wheels too",
    "exclude": "patterns for files that go neither into wheels nor into source distributions",
}

#: Every setting of a project, by its key.
PROJECT_FIELDS = {
    name.replace("_", "-"): Setting(name, default, type(default), _PROJECT_DOCS[name], False)
    for name, default in ProjectSettings._field_defaults.items()
}


def find_pyproject(directory: str) -> tuple[str | None, tuple[str, ...]]:
    """The nearest pyproject.toml in ``directory`` or above it, and the paths below it that do not exist."""
    import os

    absent = []
    while True:
        path = os.path.join(directory, "pyproject.toml")
        if os.path.isfile(path):
            return path, tuple(absent)
        absent.append(path)
        parent = os.path.dirname(directory)
        if parent == directory:
            return None, tuple(absent)
        directory = parent


def merge(*, arguments: dict[str, object], environ: dict[str, str], pyproject: str | None, cwd: str) -> Settings:
    """The settings in force, from all their places. SettingsError names the key and the place."""
    values: dict[str, object] = {}
    places: dict[str, str] = {}
    if pyproject is not None:
        values |= _from_table(_read_table(pyproject), pyproject)
        places |= dict.fromkeys(values, f" (from {pyproject})")
    given = _from_environ(environ, cwd)
    values |= given
    places |= {name: f" (from ZIGBIND_{name.upper()})" for name in given}
    for name, value in arguments.items():
        key = name.replace("_", "-")
        if key not in FIELDS:
            raise SettingsError(_unknown(key, "the call", hyphens=False))
        values[FIELDS[key].name] = _checked(FIELDS[key], value, f"argument {name}", cwd)
        places[FIELDS[key].name] = ""
    settings = Settings(**values)
    _validate(settings, places)
    return settings


def _read_table(pyproject: str) -> dict[str, object]:
    with open(pyproject, "rb") as file:
        text = file.read()
    if b"zigbind" not in text:
        return {}  # not worth the time tomllib takes to load
    import tomllib

    try:
        tool = tomllib.loads(text.decode()).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{pyproject} is no valid TOML: {error}") from None
    table = tool.get("zigbind", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{pyproject}: [tool.zigbind] must be a table, not {type(table).__name__}")
    return table


def project(pyproject: str) -> ProjectSettings:
    """The project's own settings in a pyproject.toml."""
    values = {}
    for key, value in _read_table(pyproject).items():
        if key in PROJECT_FIELDS:
            setting = PROJECT_FIELDS[key]
            values[setting.name] = _checked(setting, value, f"[tool.zigbind] {key} in {pyproject}", "")
    return ProjectSettings(**values)


def _from_table(table: dict[str, object], pyproject: str) -> dict[str, object]:
    import os

    values = {}
    for key, value in table.items():
        if key in PROJECT_FIELDS:
            continue
        if key not in FIELDS:
            raise SettingsError(_unknown(key, f"[tool.zigbind] in {pyproject}", more=PROJECT_FIELDS))
        values[FIELDS[key].name] = _checked(FIELDS[key], value, f"[tool.zigbind] {key} in {pyproject}", os.path.dirname(pyproject))
    return values


#: Environment variables with this prefix that are no settings of a build.
ENVIRONMENT_ONLY = {"ZIGBIND_QUIET", "ZIGBIND_RELOAD"}


def is_quiet(environ: Mapping[str, str]) -> bool:
    """Whether progress and notes are not wanted."""
    return environ.get("ZIGBIND_QUIET", "") not in ("", "0")


def _from_environ(environ: dict[str, str], cwd: str) -> dict[str, object]:
    values = {}
    for variable, text in environ.items():
        if not variable.startswith("ZIGBIND_") or variable in ENVIRONMENT_ONLY:
            continue
        key = variable.removeprefix("ZIGBIND_").lower().replace("_", "-")
        if key not in FIELDS:
            names = sorted({f"ZIGBIND_{k.upper().replace('-', '_')}" for k in FIELDS} | ENVIRONMENT_ONLY)
            raise SettingsError(f"unknown environment variable {variable}{nearest(variable, names)}")
        setting = FIELDS[key]
        value = _from_text(setting, text, variable)
        if value is not None:
            values[setting.name] = _checked(setting, value, variable, cwd)
    return values


def from_config(given: dict[str, object], *, also: tuple[str, ...] = ()) -> dict[str, object]:
    """Arguments for `merge` from the config-settings of a build frontend: texts, or lists of texts for keys given repeatedly.

    ``also`` are keys that are no settings; their values are left as they are. SettingsError names an unknown key.
    """
    values: dict[str, object] = {}
    for name, value in given.items():
        key = name.replace("_", "-")
        place = f"config-setting {name}"
        if key in also:
            values[key] = value
            continue
        if key not in FIELDS:
            raise SettingsError(f"unknown config-setting {name!r}{nearest(key, [*FIELDS, *also])}; known are {', '.join([*FIELDS, *also])}")
        setting = FIELDS[key]
        texts = value if isinstance(value, list) else [value]
        if setting.kind is tuple:
            values[setting.name] = tuple(word for text in texts for word in (_from_text(setting, text, place) if isinstance(text, str) else [text]))
        elif len(texts) != 1:
            raise SettingsError(f"{place}: given {len(texts)} times; one value is expected")
        else:
            values[setting.name] = _from_text(setting, texts[0], place) if isinstance(texts[0], str) else texts[0]
    return values


def _from_text(setting: Setting, text: str, place: str) -> object:
    """The value of a setting that is written as text; None where an empty text means that it is not given."""
    if setting.kind is tuple:
        import shlex

        try:
            return tuple(shlex.split(text))
        except ValueError as error:
            raise SettingsError(f"{place}={text!r}: expected words as in a shell: {error}") from None
    if setting.kind is bool:
        lowered = text.strip().lower()
        if lowered not in _BOOLS:
            raise SettingsError(f"{place}={text!r}: expected 1 or 0")
        return _BOOLS[lowered]
    if not text:
        return None
    if setting.kind is int:
        if not text.isdecimal():
            raise SettingsError(f"{place}={text!r}: expected a number of seconds")
        return int(text)
    return text


_BOOLS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False, "": False}


def _checked(setting, value: object, place: str, directory: str) -> object:
    kind = setting.kind
    if value is None and setting.default is None:
        return None
    if kind is tuple:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise SettingsError(f"{place}: expected a list of strings, got {value!r}")
        value = tuple(value)
    elif kind is str and hasattr(value, "__fspath__") and setting.path:
        value = value.__fspath__()
    if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or value < 0)):
        expected = {bool: "true or false", int: "a number of seconds", str: "a string"}[kind]
        raise SettingsError(f"{place}: expected {expected}, got {value!r}")
    if setting.path:
        import os

        if kind is tuple:
            return tuple(os.path.normpath(os.path.join(directory, os.path.expanduser(item))) for item in value)
        return os.path.normpath(os.path.join(directory, os.path.expanduser(value)))
    return value


def _validate(settings: Settings, places: dict[str, str]) -> None:
    """SettingsError where a value is none of those that are possible; ``places`` says where each that was given is from."""
    if settings.optimize not in MODES:
        near = nearest(settings.optimize, MODES)
        raise SettingsError(f"optimize = {settings.optimize!r} is none of {', '.join(MODES)}{near}{places['optimize']}")
    major, _, minor = settings.minimum_python.partition(".")
    if not (major.isdigit() and minor.isdigit()) or (int(major), int(minor)) < (3, 12):
        raise SettingsError(f"minimum-python = {settings.minimum_python!r}: it must be 3.12 or later, written as '3.12'{places['minimum_python']}")


def source_date(environ: Mapping[str, str]) -> int | None:
    """SOURCE_DATE_EPOCH: the time of what is in archives, in seconds since 1970; None where it is not set.

    Specification: https://reproducible-builds.org/specs/source-date-epoch
    """
    text = environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise SettingsError(f"SOURCE_DATE_EPOCH = {text!r} is no number of seconds since 1970; correct or unset it")
    # No kind of archive can hold more; and Python reads no number of thousands of digits.
    return int(text) if len(text) <= 10 else _LATEST_SECONDS


_LATEST_SECONDS = 9_999_999_999


def _unknown(key: str, place: str, hyphens: bool = True, more=()) -> str:
    names = [*FIELDS, *more] if hyphens else [name.replace("-", "_") for name in FIELDS]
    key = key if hyphens else key.replace("-", "_")
    return f"unknown key {key!r} in {place}{nearest(key, names)}; known are {', '.join(names)}"


def nearest(word: str, known) -> str:
    """The end of a message about an unknown word: which known one may have been meant."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""

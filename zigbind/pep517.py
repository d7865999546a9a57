"""The hooks of PEP 517 and PEP 660: each reads the project in the current directory, and is one call of the library.

``config_settings`` are the settings of ``[tool.zigbind]`` by their keys, and ``target`` for wheels of other platforms. What goes
wrong ends the process with a message and no traceback: that is how a compiler's diagnostics stay readable in pip's output.
"""

import os
import sys

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


def get_requires_for_build_wheel(config_settings=None):
    """The compiler, where there is none of the right series (PEP 517)."""
    return _reporting(_requirements, config_settings)


def get_requires_for_build_editable(config_settings=None):
    """As for a wheel (PEP 660)."""
    return _reporting(_requirements, config_settings)


def get_requires_for_build_sdist(config_settings=None):
    """Nothing: a source distribution needs no compiler (PEP 517)."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Write the ``.dist-info`` directory, without compiling anything; its name (PEP 517)."""
    return _reporting(_prepare_metadata, metadata_directory, config_settings)


def prepare_metadata_for_build_editable(metadata_directory, config_settings=None):
    """As for a wheel (PEP 660)."""
    return _reporting(_prepare_metadata, metadata_directory, config_settings)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel; its file name (PEP 517). With several targets all their wheels are written, and the first is named."""
    return _reporting(_build_wheel, wheel_directory, config_settings)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Build a wheel that leads to the source tree; its file name (PEP 660). See `zigbind.editable`."""
    return _reporting(_build_editable, wheel_directory, config_settings)


def build_sdist(sdist_directory, config_settings=None):
    """Write the source distribution; its file name (PEP 517)."""
    return _reporting(_build_sdist, sdist_directory, config_settings)


def _reporting(hook, *arguments):
    """Run a hook; what a user can correct is said without a traceback."""
    from .errors import ZigbindError

    try:
        return hook(*arguments)
    except (ZigbindError, OSError) as error:
        raise SystemExit(f"\nzigbind: {error}") from None


class _World:
    """What the hooks look at: once, at the edge."""

    def __init__(self, config_settings):
        from . import settings

        given = settings.from_config(config_settings or {}, also=("target",))
        targets = given.pop("target", [])
        self.targets = [targets] if isinstance(targets, str) else list(targets)
        self.arguments = {name: value for name, value in given.items() if value is not None}
        self.cwd = os.getcwd()
        self.environ = dict(os.environ)

    def project(self):
        from . import project

        found = project.read(self.cwd, arguments=self.arguments, environ=self.environ, cwd=self.cwd)
        for note in found.notes:
            self.say(note)
        return found

    def say(self, text):
        from . import settings

        if not settings.is_quiet(self.environ):
            print(f"zigbind: {text}", file=sys.stderr, flush=True)

    def call(self):
        """The keyword arguments that builds take."""
        return {"arguments": self.arguments, "environ": self.environ, "cwd": self.cwd}

    def wanted(self, stable_abi):
        from . import target

        return [target.find(name, stable_abi=stable_abi) for name in self.targets or ["host"]]


def _requirements(config_settings):
    from . import settings, toolchain
    from .errors import ToolchainError

    world = _World(config_settings)
    pyproject = os.path.join(world.cwd, "pyproject.toml")
    chosen = settings.merge(
        arguments=world.arguments, environ=world.environ, pyproject=pyproject if os.path.isfile(pyproject) else None, cwd=world.cwd
    )
    try:
        toolchain.find(zig_path=chosen.zig_path, search_path=world.environ.get("PATH", ""), read_version=toolchain.version_of)
    except ToolchainError:
        if chosen.zig_path is not None:
            raise
        return [toolchain.REQUIREMENT]
    return []


def _prepare_metadata(metadata_directory, config_settings):
    from . import wheel

    world = _World(config_settings)
    found = world.project()
    name = wheel.dist_info(found)
    for file, content in wheel.metadata_files(found, world.wanted(found.settings.stable_abi)[0]).items():
        path = os.path.join(metadata_directory, name, *file.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as written:
            written.write(content)
    return name


def _build_wheel(wheel_directory, config_settings):
    from . import wheel

    world = _World(config_settings)
    found = world.project()
    results = wheel.build(found, world.wanted(found.settings.stable_abi), os.path.abspath(wheel_directory), **world.call())
    for result in results:
        if result.error is not None:
            raise result.error
        for note in result.notes:
            world.say(f"{result.target.name}: {note}")
    return os.path.basename(results[0].path)


def _build_editable(wheel_directory, config_settings):
    from . import editable
    from .errors import SettingsError

    world = _World(config_settings)
    if world.targets:
        raise SettingsError("config-setting target: an editable install is for this machine; leave it out")
    return os.path.basename(editable.build(world.project(), os.path.abspath(wheel_directory), **world.call()))


def _build_sdist(sdist_directory, config_settings):
    from . import sdist

    world = _World(config_settings)
    return os.path.basename(sdist.build(world.project(), os.path.abspath(sdist_directory), environ=world.environ))

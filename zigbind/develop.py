"""An editable install into the running environment, without pip: what `editable` makes is unpacked with a RECORD, so that pip and uv
can take it away again. Dependencies are not installed, but missing ones are told."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import sysconfig
import tempfile
import zipfile
from typing import NamedTuple

from . import editable, wheel
from .cache import write_aside
from .errors import ProjectError
from .project import Project

__all__ = ["Installed", "install"]

_SCRIPT = "#!{python}\nimport sys\n\nfrom {module} import {first}\n\nif __name__ == '__main__':\n    sys.exit({attribute}())\n"
_WINDOWS_SCRIPT = '@"{python}" -c "import sys; from {module} import {first}; sys.exit({attribute}())" %*\r\n'


class Installed(NamedTuple):
    """What was installed: the distribution, where, its files from there, and requirements that the environment does not meet."""

    name: str
    directory: str
    files: tuple[str, ...]
    missing: tuple[str, ...]


def install(project: Project, *, arguments: dict[str, object], environ: dict[str, str], cwd: str) -> Installed:
    """Install the project so that its source is imported from where it lies, in place of any version that is installed.

    ProjectError where the environment is not to be written to.
    """
    paths = sysconfig.get_paths()
    _check_environment(paths)
    directory = paths["platlib"]
    with tempfile.TemporaryDirectory() as temporary:
        path = editable.build(project, temporary, arguments=arguments, environ=environ, cwd=cwd)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    info = wheel.dist_info(project)
    record = list(csv.reader(io.StringIO(files.pop(f"{info}/RECORD").decode())))[:-1]
    own = {f"{info}/INSTALLER": b"zigbind\n", f"{info}/direct_url.json": _direct_url(project.root), **_scripts(project, directory, paths["scripts"])}
    record += [[name, "", ""] for name in (*own, f"{info}/RECORD")]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(record)
    files |= own | {f"{info}/RECORD": text.getvalue().encode()}
    try:
        _remove(directory, info)
        for name, content in files.items():
            path = os.path.normpath(os.path.join(directory, name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_aside(path, content)
            if os.path.dirname(path) == paths["scripts"]:
                os.chmod(path, 0o755)
    except OSError as error:
        raise ProjectError(f"{directory} cannot be written: {error.strerror}; make a virtual environment: python -m venv .venv") from None
    return Installed(project.metadata.name, directory, tuple(sorted(files)), _missing(project))


def _check_environment(paths: dict[str, str]) -> None:
    """Refuse what PEP 668 keeps for the system's own packages."""
    if sys.prefix == sys.base_prefix and os.path.exists(os.path.join(paths["stdlib"], "EXTERNALLY-MANAGED")):
        raise ProjectError(f"{sys.executable} is managed by the system (PEP 668); make a virtual environment: python -m venv .venv")


def _direct_url(root: str) -> bytes:
    from urllib.request import pathname2url

    url = "file://" + pathname2url(root)
    return json.dumps({"dir_info": {"editable": True}, "url": url}, sort_keys=True).encode()


def _scripts(project: Project, directory: str, scripts: str) -> dict[str, bytes]:
    """The commands of the project, by their names as seen from ``directory``."""
    found = {}
    suffix, template = (".cmd", _WINDOWS_SCRIPT) if sys.platform == "win32" else ("", _SCRIPT)
    for name, value in {**project.metadata.scripts, **project.metadata.gui_scripts}.items():
        module, _, attribute = value.partition("[")[0].strip().partition(":")
        first = attribute.partition(".")[0]
        text = template.format(python=sys.executable, module=module.strip(), first=first.strip(), attribute=attribute.strip())
        found[os.path.relpath(os.path.join(scripts, name + suffix), directory).replace(os.sep, "/")] = text.encode()
    return found


def _remove(directory: str, info: str) -> None:
    """Take away what is installed of the same distribution, as its RECORD tells."""
    name = info.partition("-")[0]
    for entry in os.listdir(directory) if os.path.isdir(directory) else ():
        if not entry.endswith(".dist-info") or _normal(entry.partition("-")[0]) != name:
            continue
        place = os.path.join(directory, entry)
        record = os.path.join(place, "RECORD")
        if not os.path.isfile(record):
            raise ProjectError(f"{place} has no RECORD: another tool installed it; uninstall {name} with that first")
        with open(record, encoding="utf-8", newline="") as file:
            rows = [row[0] for row in csv.reader(file) if row]
        folders = {place}
        for row in rows:
            path = os.path.normpath(os.path.join(directory, row))
            if os.path.isfile(path):
                os.unlink(path)
            folders.add(os.path.dirname(path))
        _remove_empty(folders, directory)


def _normal(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name).replace("-", "_")


def _remove_empty(folders: set[str], directory: str) -> None:
    """Remove directories below ``directory`` that hold no more than bytecode."""
    for folder in sorted(folders, key=len, reverse=True):
        while folder.startswith(directory + os.sep) and os.path.isdir(folder):
            bytecode = os.path.join(folder, "__pycache__")
            if os.path.isdir(bytecode) and os.listdir(folder) == ["__pycache__"]:
                for name in os.listdir(bytecode):
                    os.unlink(os.path.join(bytecode, name))
                os.rmdir(bytecode)
            if os.listdir(folder):
                break
            os.rmdir(folder)
            folder = os.path.dirname(folder)


def _missing(project: Project) -> tuple[str, ...]:
    """The requirements of the project that nothing installed meets."""
    from importlib.metadata import PackageNotFoundError, version

    missing = []
    for requirement in project.metadata.dependencies:
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            met = requirement.specifier.contains(version(requirement.name), prereleases=True)
        except PackageNotFoundError:
            met = False
        if not met:
            missing.append(str(requirement))
    return tuple(missing)

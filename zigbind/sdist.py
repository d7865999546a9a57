"""Project -> source distribution: a tar.gz that is the same byte for byte wherever and whenever it is made (PEP 625)."""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile

from . import settings
from .cache import write_aside
from .errors import ProjectError
from .project import Project

__all__ = ["build", "file_name"]

#: 1980-01-01, the first day that zip files know, for what has no better date.
_EPOCH = 315532800
#: The last second that the header of a gzip file can tell.
_LATEST = 2**32 - 1


def file_name(project: Project) -> str:
    """The name of the project's source distribution."""
    return f"{project.stem}.tar.gz"


def build(project: Project, directory: str, *, environ: dict[str, str]) -> str:
    """Write the source distribution into ``directory``; its path. It holds what `Project.listing` names, and PKG-INFO.

    ProjectError where the directory cannot be written, SettingsError where SOURCE_DATE_EPOCH is no time.
    """
    seconds = settings.source_date(environ)
    seconds = _EPOCH if seconds is None else min(seconds, _LATEST)
    _check_complete(project)
    content = io.BytesIO()
    # Without a name and with a fixed time in the header, and one level of compression.
    with gzip.GzipFile(filename="", mode="wb", fileobj=content, compresslevel=9, mtime=seconds) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, data, executable in _members(project):
                member = tarfile.TarInfo(f"{project.stem}/{name}")
                member.size, member.mtime, member.mode = len(data), seconds, 0o755 if executable else 0o644
                tar.addfile(member, io.BytesIO(data))
    path = os.path.join(directory, file_name(project))
    try:
        os.makedirs(directory, exist_ok=True)
        write_aside(path, content.getvalue())
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}; choose another output directory") from None
    return path


def _members(project: Project):
    """(name, content, whether it is executable) of each file, sorted by name."""
    rows = [("PKG-INFO", bytes(project.metadata.as_rfc822()), False)]
    for name in project.listing:
        path = os.path.join(project.root, name)
        try:
            with open(path, "rb") as file:
                rows.append((name, file.read(), bool(os.fstat(file.fileno()).st_mode & 0o100) and os.name == "posix"))
        except OSError as error:
            raise ProjectError(f"{path} cannot be read: {error.strerror}; correct that, or name it in exclude of [tool.zigbind]") from None
    return sorted(rows)


#: A path dependency in build.zig.zon.
_ZON_PATH = re.compile(r'//[^\n]*|\.path\s*=\s*"([^"\n]*)"')


def _check_complete(project: Project) -> None:
    """Refuse what could not be built from the archive: sources outside of the project."""
    outside = [(f"c-sources names {path}", path) for path in project.settings.c_sources]
    for name in project.listing:
        if name.endswith("build.zig.zon"):
            with open(os.path.join(project.root, name), encoding="utf-8") as file:
                found = _ZON_PATH.findall(file.read())
            here = os.path.dirname(os.path.join(project.root, name))
            outside += [(f"{name} has a dependency in {path}", os.path.join(here, path)) for path in found if path]
    for what, path in outside:
        if not (os.path.normpath(path) + os.sep).startswith(project.root + os.sep):
            raise ProjectError(f"{what}, outside of {project.root}: a source distribution would lack it; move it into the project")

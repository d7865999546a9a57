"""What a wheel is made from, as a CycloneDX 1.6 bill of materials (PEP 770).

Nothing in it depends on when or where it was written: the serial number follows from the rest.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import NamedTuple

from . import __version__

__all__ = ["Contents", "render"]

_NAMESPACE = uuid.UUID("5b7bd3a0-6d8f-5c59-9e53-7d1c8e0f4a21")


class Contents(NamedTuple):
    """What the bill lists. ``license`` is an SPDX expression or None, ``files`` are the libraries by their names in the wheel,
    ``c_files`` the C sources and headers in them by their names in the project."""

    name: str
    version: str
    license: str | None
    zig_version: str
    files: Mapping[str, bytes]
    c_files: Mapping[str, bytes]


def render(contents: Contents) -> bytes:
    """The bill as JSON."""
    project = {
        "type": "library",
        "bom-ref": f"pkg:pypi/{contents.name}@{contents.version}",
        "name": contents.name,
        "version": contents.version,
        "purl": f"pkg:pypi/{contents.name}@{contents.version}",
        **({"licenses": [{"expression": contents.license}]} if contents.license else {}),
    }
    runtime = _library(
        "zigbind-runtime",
        __version__,
        f"pkg:pypi/zigbind@{__version__}#zigbind/runtime",
        "BSD-3-Clause",
        "The binding layer, compiled into each module",
    )
    std = _library(
        "zig-std", contents.zig_version, f"pkg:generic/zig@{contents.zig_version}#lib", "MIT", "Zig's standard library and compiler runtime"
    )
    c_files = [_file(name, content) for name, content in sorted(contents.c_files.items())]
    used = [runtime, std, *c_files]
    libraries = [_file(name, content) for name, content in sorted(contents.files.items())]
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {
                "components": [
                    {"type": "application", "name": "zigbind", "version": __version__, "purl": f"pkg:pypi/zigbind@{__version__}"},
                    {"type": "application", "name": "zig", "version": contents.zig_version, "purl": f"pkg:generic/zig@{contents.zig_version}"},
                ]
            },
            "component": project,
        },
        "components": [*used, *libraries],
        "dependencies": [
            {"ref": project["bom-ref"], "dependsOn": [one["bom-ref"] for one in libraries]},
            *({"ref": one["bom-ref"], "dependsOn": [other["bom-ref"] for other in used]} for one in libraries),
        ],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(bill, sort_keys=True))
    return (json.dumps(bill | {"serialNumber": f"urn:uuid:{serial}"}, indent=2, ensure_ascii=False) + "\n").encode()


def _library(name: str, version: str, purl: str, license_id: str, description: str) -> dict[str, object]:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "description": description,
        "purl": purl,
        "licenses": [{"license": {"id": license_id}}],
    }


def _file(name: str, content: bytes) -> dict[str, object]:
    return {"type": "file", "bom-ref": f"file:{name}", "name": name, "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}]}

"""The bill of materials: valid CycloneDX, the same each time."""

import hashlib
import json

import pytest

from zigbind import __version__, sbom

CONTENTS = sbom.Contents(
    name="demo",
    version="1.2",
    license="MIT OR Apache-2.0",
    zig_version="0.15.2",
    files={"demo/_core.abi3.so": b"library", "demo/äöü .abi3.so": b"other"},
    c_files={"vendor/zlib.c": b"int x;"},
)


@pytest.mark.parametrize("contents", [CONTENTS, CONTENTS._replace(license=None, c_files={})], ids=["all", "least"])
def test_it_keeps_to_the_schema(contents):
    validation = pytest.importorskip("cyclonedx.validation.json", reason="cyclonedx-python-lib[json-validation] is not installed (extra test)")
    from cyclonedx.schema import SchemaVersion

    assert validation.JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom.render(contents).decode()) is None


def test_it_names_all_that_is_in_a_library():
    bill = json.loads(sbom.render(CONTENTS))
    assert bill["metadata"]["component"]["purl"] == "pkg:pypi/demo@1.2"
    found = {one["name"]: one for one in bill["components"]}
    assert found["zigbind-runtime"]["version"] == __version__ and found["zig-std"]["version"] == "0.15.2"
    assert found["vendor/zlib.c"]["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(b"int x;").hexdigest()}]
    depends = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    assert depends["pkg:pypi/demo@1.2"] == ["file:demo/_core.abi3.so", "file:demo/äöü .abi3.so"]
    assert "file:vendor/zlib.c" in depends["file:demo/_core.abi3.so"]


def test_the_serial_number_follows_from_the_content():
    first, again = sbom.render(CONTENTS), sbom.render(CONTENTS)
    assert first == again
    serials = {json.loads(sbom.render(one))["serialNumber"] for one in (CONTENTS, CONTENTS._replace(version="1.3"), CONTENTS._replace(files={}))}
    assert len(serials) == 3 and all(serial.startswith("urn:uuid:") for serial in serials)

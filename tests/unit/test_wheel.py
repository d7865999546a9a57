"""The archive: names, metadata, modes, times, and what is refused. With libraries that are none, which archives do not mind."""

import base64
import csv
import hashlib
import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from zigbind import __version__, binary, project, target, wheel
from zigbind.errors import SettingsError, ZigbindError

LINUX, WINDOWS, UNIVERSAL = (target.find(name) for name in ("manylinux_2_17_x86_64", "win_amd64", "macosx_10_13_universal2"))
LIBRARIES = {"demo._core": b"library"}
PYPROJECT = """
[project]
name = "De.mo-x"
version = "1.02"
description = "Shows"
license = "MIT"
license-files = ["LICENSE", "vendor/COPYING"]
readme = "README.md"
[project.scripts]
z = "demo:main"
a = "demo:other"
[project.entry-points."demo.plugins"]
one = "demo.plugin"
[tool.zigbind]
modules = ["demo._core"]
"""


@pytest.fixture
def root(tmp_path) -> Path:
    """A project with something of everything."""
    files = {
        "pyproject.toml": PYPROJECT,
        "README.md": "# Shows\n\nÄ little.\n",
        "LICENSE": "All of it.\n",
        "vendor/COPYING": "Some of it.\n",
        "src/demo/__init__.py": "",
        "src/demo/_core.zig": "pub fn f() i64 {\n    return 1;\n}\n",
        "src/demo/data/a b ü.txt": "data",
    }
    for name, text in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "tree"


def read(root: Path, **environ) -> project.Project:
    return project.read(str(root), environ=environ, cwd=str(root))


def write(root: Path, one: target.Target = LINUX, extra=(), **options) -> Path:
    out = root.parent / "out"
    out.mkdir(exist_ok=True)
    return Path(wheel.write(read(root), one, LIBRARIES, dict(extra), str(out), **options))


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_names_are_normalized(root):
    assert write(root).name == "de_mo_x-1.2-cp312-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
    assert write(root, WINDOWS).name == "de_mo_x-1.2-cp312-abi3-win_amd64.whl"


def test_what_is_in_it_and_in_which_order(root):
    path = write(root, extra={"demo/_core.pyi": b"stub", "de_mo_x-1.2.dist-info/sboms/zigbind.cdx.json": b"{}"})
    info = "de_mo_x-1.2.dist-info"
    assert list(content(path)) == [
        "demo/__init__.py",
        "demo/_core.abi3.so",
        "demo/_core.pyi",
        "demo/data/a b ü.txt",
        f"{info}/METADATA",
        f"{info}/WHEEL",
        f"{info}/entry_points.txt",
        f"{info}/licenses/LICENSE",
        f"{info}/licenses/vendor/COPYING",
        f"{info}/sboms/zigbind.cdx.json",
        f"{info}/RECORD",
    ]
    assert "demo/_core.pyd" in content(write(root, WINDOWS))


def test_the_metadata(root):
    files = content(write(root))
    info = "de_mo_x-1.2.dist-info"
    assert files[f"{info}/WHEEL"].decode() == (
        f"Wheel-Version: 1.0\nGenerator: zigbind {__version__}\nRoot-Is-Purelib: false\n"
        "Tag: cp312-abi3-manylinux2014_x86_64\nTag: cp312-abi3-manylinux_2_17_x86_64\n"
    )
    assert files[f"{info}/entry_points.txt"].decode() == "[console_scripts]\na = demo:other\nz = demo:main\n\n[demo.plugins]\none = demo.plugin\n"
    assert files[f"{info}/METADATA"].decode() == (
        "Metadata-Version: 2.4\nName: De.mo-x\nVersion: 1.2\nSummary: Shows\nLicense-Expression: MIT\nLicense-File: LICENSE\n"
        "License-File: vendor/COPYING\nDescription-Content-Type: text/markdown\n\n# Shows\n\nÄ little.\n"
    )
    assert files[f"{info}/licenses/vendor/COPYING"] == b"Some of it.\n"


def test_the_record_is_of_every_file(root):
    files = content(write(root))
    rows = list(csv.reader(io.StringIO(files["de_mo_x-1.2.dist-info/RECORD"].decode())))
    assert [name for name, _digest, _size in rows] == list(files)
    for name, digest, size in rows[:-1]:
        own = base64.urlsafe_b64encode(hashlib.sha256(files[name]).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={own}", str(len(files[name])))
    assert rows[-1][1:] == ["", ""]


def test_modes_and_times_are_fixed(root):
    (root / "src/demo/__init__.py").chmod(0o777)
    with zipfile.ZipFile(write(root)) as archive:
        entries = archive.infolist()
    assert {entry.filename.endswith(".so"): oct(entry.external_attr >> 16) for entry in entries} == {True: "0o100755", False: "0o100644"}
    assert {entry.create_system for entry in entries} == {3} and {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}


def test_extra_files_are_taken_before_those_of_the_project(root):
    (root / "src/demo/_core.pyi").write_text("old")
    assert content(write(root))["demo/_core.pyi"] == b"old"
    assert content(write(root, extra={"demo/_core.pyi": b"new"}))["demo/_core.pyi"] == b"new"


def test_the_oldest_python_is_in_the_tag(root):
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text + 'minimum-python = "3.13"\n')
    assert "-cp313-abi3-" in write(root).name
    assert b"Tag: cp313-abi3-win_amd64\n" in content(write(root, WINDOWS))["de_mo_x-1.2.dist-info/WHEEL"]


def test_without_the_stable_abi_the_tag_is_of_this_python(root):
    own = target.host(stable_abi=False)
    path = write(root, own)
    assert f"-{own.python_tag}-{own.abi}-" in path.name and f"demo/_core{own.suffix}" in content(path)


@pytest.mark.parametrize(
    "text, stamp",
    [
        (None, (1980, 1, 1, 0, 0, 0)),
        ("", (1980, 1, 1, 0, 0, 0)),
        ("0", (1980, 1, 1, 0, 0, 0)),
        ("1700000001", (2023, 11, 14, 22, 13, 21)),
        ("9999999999", (2107, 12, 31, 23, 59, 58)),
        ("9" * 40, (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_source_date_epoch(text, stamp, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert wheel._time_stamp({} if text is None else {"SOURCE_DATE_EPOCH": text}) == stamp
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["yesterday", "-1", "1e9", "²"])
def test_a_time_that_is_none(text):
    with pytest.raises(SettingsError, match=r"SOURCE_DATE_EPOCH = .* is no number of seconds since 1970"):
        wheel._time_stamp({"SOURCE_DATE_EPOCH": text})


# ---- what a tag promises


def checked(one: target.Target, platform: binary.Platform, monkeypatch) -> tuple[target.Target, list[str]]:
    notes: list[str] = []
    module = wheel._Module(read_source(), b"", (), "0.15.2")
    monkeypatch.setattr(binary, "platform_of", lambda image: platform)
    return wheel._checked(one, [module], notes), notes


def read_source():
    from zigbind.recipe import Source

    return Source(name="demo", path="/x/demo.zig", root="/x")


GOOD = {
    "manylinux_2_17_x86_64": binary.Platform("linux", ("x86_64",), ((2, 17),), ("ld-linux-x86-64.so.2", "libc.so.6")),
    "manylinux_2_17_aarch64": binary.Platform("linux", ("aarch64",), (None,), ()),
    "musllinux_1_2_aarch64": binary.Platform("linux", ("aarch64",), (None,), ()),
    "macosx_11_0_arm64": binary.Platform("macos", ("aarch64",), ((11, 0),), ("/usr/lib/libSystem.B.dylib",)),
    "macosx_10_13_universal2": binary.Platform("macos", ("x86_64", "aarch64"), ((10, 13), (11, 0)), ()),
    "win_arm64": binary.Platform("windows", ("aarch64",), (None,), ("api-ms-win-crt-heap-l1-1-0.dll", "kernel32.dll", "python3.dll")),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_library_that_keeps_what_its_tag_promises(name, monkeypatch):
    assert checked(target.find(name), GOOD[name], monkeypatch) == (target.find(name), [])


@pytest.mark.parametrize(
    "name, platform",
    [
        ("manylinux_2_17_x86_64", GOOD["manylinux_2_17_x86_64"]._replace(oldest=((2, 28),))),
        ("manylinux_2_17_x86_64", GOOD["manylinux_2_17_aarch64"]),
        ("musllinux_1_2_aarch64", GOOD["manylinux_2_17_aarch64"]._replace(oldest=((2, 17),))),
        ("macosx_10_13_x86_64", GOOD["macosx_11_0_arm64"]),
        ("macosx_11_0_arm64", GOOD["macosx_11_0_arm64"]._replace(oldest=((12, 0),))),
        ("macosx_11_0_arm64", GOOD["macosx_11_0_arm64"]._replace(oldest=(None,))),
        ("macosx_10_13_universal2", GOOD["macosx_11_0_arm64"]),
        ("win_amd64", GOOD["win_arm64"]),
        ("win_amd64", GOOD["manylinux_2_17_x86_64"]),
    ],
)
def test_a_library_that_does_not(name, platform, monkeypatch):
    with pytest.raises(ZigbindError) as caught:
        checked(target.find(name), platform, monkeypatch)
    assert str(platform) in str(caught.value) and name in str(caught.value)


def test_other_libraries_are_for_this_machine_alone(monkeypatch):
    monkeypatch.setattr(wheel, "host", lambda: LINUX)
    needs = GOOD["manylinux_2_17_x86_64"]._replace(libraries=("libc.so.6", "libodd.so.3"))
    tagged, (note,) = checked(LINUX, needs, monkeypatch)
    assert tagged.platform_tag == "linux_x86_64" and "demo is linked with libodd.so.3" in note
    with pytest.raises(ZigbindError, match="manylinux_2_17_aarch64 promises that nothing of the kind is needed"):
        checked(target.find("manylinux_2_17_aarch64"), needs._replace(machines=("aarch64",)), monkeypatch)
    tagged, (note,) = checked(target.find("win_arm64"), GOOD["win_arm64"]._replace(libraries=("odd.dll",)), monkeypatch)
    assert tagged.platform_tag == "win_arm64" and "odd.dll, which must be on every machine" in note


# ---- stubs


def stubs_of(name: str, own: dict[str, Path], text: str | None = "def f() -> int\n") -> dict[str, bytes]:
    source = read_source()._replace(name=name)
    image = b"" if text is None else b"..." + binary._MAGIC + text.encode() + b"\0..."
    module = wheel._Module(source, image, (), "0.15.2")
    return wheel._stubs(module, {name: str(path) for name, path in own.items()}, lambda source: {"f": "What it does."})


def test_a_stub_by_hand_is_kept(tmp_path):
    own = tmp_path / "own.pyi"
    own.write_text("def f() -> object: ...\n")
    assert list(stubs_of("pkg._core", {})) == ["pkg/_core.pyi"]
    assert stubs_of("pkg._core", {"pkg/_core.pyi": own}) == {}
    assert stubs_of("pkg._core", {"pkg/_core/__init__.pyi": own}) == {}
    assert stubs_of("lone", {"lone.pyi": own}) == {"lone-stubs/__init__.pyi": own.read_bytes()}


def test_a_stub_beside_a_lone_module_moves(root):
    files = (("lone.pyi", "/x/lone.pyi"), ("other.pyi", "/x/other.pyi"), ("pkg/_core.pyi", "/x/pkg/_core.pyi"))
    modules = [wheel._Module(read_source()._replace(name=name), b"", (), "0.15.2") for name in ("lone", "pkg._core")]
    assert wheel._without_lone_stubs(read(root)._replace(files=files), modules).files == files[1:]


def test_a_stub_that_zigbind_wrote_is_written_anew(tmp_path):
    own = tmp_path / "own.pyi"
    (written,) = stubs_of("pkg._core", {}).values()
    assert b'"""What it does."""' in written
    own.write_bytes(written.replace(b"f()", b"old()"))
    assert stubs_of("pkg._core", {"pkg/_core.pyi": own}) == {"pkg/_core.pyi": written}


def test_a_module_of_its_own_making_has_no_stub():
    assert stubs_of("pkg._core", {}, None) == {}


# ---- what is in the way


def test_the_folder_is_a_file(root):
    (root.parent / "file").write_text("")
    with pytest.raises(
        ZigbindError, match=r"no wheel can be written to .*file: (File exists|Not a directory); make it writable, or name another with -o"
    ):
        wheel.build(read(root), [LINUX], str(root.parent / "file"), arguments={}, environ={}, cwd=str(root))


def test_the_folder_is_read_only(root, unprivileged):
    (root.parent / "out").mkdir(mode=0o555)
    code = "import sys; from zigbind import wheel; wheel._make_writable(sys.argv[1])"
    done = subprocess.run(
        [*unprivileged, sys.executable, "-c", code, str(root.parent / "out")],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(wheel.__file__).parents[1])},
    )
    assert "no wheel can be written to" in done.stderr and "Permission denied; make it writable" in done.stderr


def test_a_wheel_that_is_not_finished_is_not_there(root, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(root)
    assert list((root.parent / "out").iterdir()) == []


def test_a_file_that_is_gone(root):
    found = read(root)
    (root / "src/demo/__init__.py").unlink()
    with pytest.raises(FileNotFoundError, match="__init__.py"):
        wheel.write(found, LINUX, LIBRARIES, {}, str(root.parent))

"""Source distributions: what they hold, that they are the same everywhere, and what is refused."""

import gzip
import os
import shutil
import tarfile

import pytest

from zigbind import project, sdist
from zigbind.errors import ProjectError, SettingsError

FILES = {
    "pyproject.toml": '[project]\nname = "My.Pkg"\nversion = "1.0.0-rc.1"\nreadme = "README.md"\n',
    "README.md": "Größe\n",
    "my_pkg.zig": "pub fn f() void {}\n",
    "data/a name.txt": "x",
    "data/größe.txt": "y",
    "run.sh": "#!/bin/sh\n",
    "__pycache__/a.pyc": "z",
}


@pytest.fixture
def root(tmp_path):
    return fill(tmp_path / "tree")


def fill(root, files=FILES):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "run.sh").chmod(0o700)
    (root / "README.md").chmod(0o600)
    return root


def build(root, out, environ=None) -> str:
    environ = {"PATH": os.environ["PATH"]} | (environ or {})
    found = project.read(str(root), environ=environ, cwd="/")
    return sdist.build(found, str(out), environ=environ)


def test_names_and_members(root, tmp_path):
    path = build(root, tmp_path / "out")
    assert os.path.basename(path) == "my_pkg-1.0.0rc1.tar.gz"
    with tarfile.open(path) as tar:
        members = {member.name: member for member in tar}
        assert list(members) == sorted(members)
        assert set(members) == {f"my_pkg-1.0.0rc1/{name}" for name in [*FILES, "PKG-INFO"] if "pyc" not in name}
        info = tar.extractfile("my_pkg-1.0.0rc1/PKG-INFO").read().decode()
    assert "Name: My.Pkg" in info and "Version: 1.0.0rc1" in info and info.endswith("Größe\n")
    for name, member in members.items():
        assert (member.uid, member.gid, member.uname, member.gname, member.mtime) == (0, 0, "", "", 315532800)
        assert member.mode == (0o755 if name.endswith("run.sh") else 0o644) and member.isfile()


def test_the_same_bytes_wherever_and_whenever(root, tmp_path, monkeypatch):
    first = open(build(root, tmp_path / "a"), "rb").read()
    other = fill(tmp_path / "elsewhere" / "deep", dict(reversed(FILES.items())))
    os.utime(other / "my_pkg.zig", (1, 1))
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert open(build(other, tmp_path / "b"), "rb").read() == first
    dated = open(build(root, tmp_path / "c", {"SOURCE_DATE_EPOCH": "1700000000"}), "rb").read()
    assert dated != first and int.from_bytes(dated[4:8], "little") == 1700000000
    with tarfile.open(tmp_path / "c" / "my_pkg-1.0.0rc1.tar.gz") as tar:
        assert {member.mtime for member in tar} == {1700000000}
    assert first[3] == 0, "the gzip header names no file"
    assert gzip.decompress(first)


def test_a_source_distribution_of_a_source_distribution_is_the_same(root, tmp_path):
    path = build(root, tmp_path / "a")
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "unpacked", filter="data")
    again = build(tmp_path / "unpacked" / "my_pkg-1.0.0rc1", tmp_path / "b")
    with tarfile.open(path) as one, tarfile.open(again) as two:
        assert [m.name for m in one] == [m.name for m in two]
        assert all(one.extractfile(m).read() == two.extractfile(m.name).read() for m in one)
    assert open(path, "rb").read() == open(again, "rb").read()


def test_an_earlier_output_is_not_swept_in(root, tmp_path):
    first = open(build(root, root / "dist"), "rb").read()
    assert open(build(root, root / "dist"), "rb").read() == first
    assert os.listdir(root / "dist") == ["my_pkg-1.0.0rc1.tar.gz"]
    assert open(build(root, root / "of release"), "rb").read() == first
    assert open(build(root, root), "rb").read() == first


@pytest.mark.parametrize("text", ["soon", "-1", "1.5"])
def test_a_time_that_is_none(root, tmp_path, text):
    with pytest.raises(SettingsError, match=f"SOURCE_DATE_EPOCH = '{text}' is no number of seconds since 1970"):
        build(root, tmp_path / "out", {"SOURCE_DATE_EPOCH": text})


@pytest.mark.parametrize("text", ["4294967296", "9" * 5000])
def test_a_time_that_is_too_late_for_archives(root, tmp_path, text):
    with tarfile.open(build(root, tmp_path / "out", {"SOURCE_DATE_EPOCH": text})) as tar:
        assert {member.mtime for member in tar} == {2**32 - 1}


def test_an_output_directory_that_cannot_be_written(root, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written: .*; choose another output directory"):
        build(root, tmp_path / "file" / "out")


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="permissions do not bind the superuser")
def test_a_file_that_cannot_be_read(root, tmp_path):
    (root / "data" / "a name.txt").chmod(0)
    with pytest.raises(ProjectError, match="a name.txt cannot be read"):
        build(root, tmp_path / "out")


def test_an_interrupted_build_leaves_nothing(root, tmp_path, monkeypatch):
    def fail(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        build(root, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_sources_outside_of_the_project_are_refused(root, tmp_path):
    (tmp_path / "lib.c").write_text("")
    with open(root / "pyproject.toml", "a") as file:
        file.write('[tool.zigbind]\nc-sources = ["../lib.c"]\n')
    with pytest.raises(ProjectError, match="c-sources names .*lib.c, outside of .*: a source distribution would lack it"):
        build(root, tmp_path / "out")


def test_path_dependencies(root, tmp_path):
    zon = '.{ .name = .my_pkg, .dependencies = .{\n // .path = "../gone"\n .dep = .{ .path = "vendored/dep" } } }'
    fill(root, {"build.zig": "", "build.zig.zon": zon, "vendored/dep/build.zig": "", "vendored/dep/dep.zig": ""})
    path = build(root, tmp_path / "out")
    with tarfile.open(path) as tar:
        assert "my_pkg-1.0.0rc1/vendored/dep/dep.zig" in tar.getnames()
    (root / "build.zig.zon").write_text(zon.replace("vendored/dep", "../dep"))
    with pytest.raises(ProjectError, match=r"build.zig.zon has a dependency in ../dep, outside of"):
        build(root, tmp_path / "out")
    shutil.rmtree(root)

"""`zigbind new`: the names it takes and refuses, what stands in the files, and that nothing is left half-made."""

import json
import os
import tomllib
import zlib

import pytest

from zigbind import scaffold, target
from zigbind.errors import ZigbindError


def make(directory, name="my-thing", **changes):
    return scaffold.make(name, str(directory), year=2030, **changes)


@pytest.mark.parametrize("name, module", [("thing", "thing"), ("my-thing", "my_thing"), ("My.Thing_2", "my_thing_2"), ("a--b", "a_b"), ("x", "x")])
def test_what_python_imports(name, module):
    assert scaffold.import_name(name) == module


@pytest.mark.parametrize(
    "name, reason",
    [
        ("", "no name for a project"),
        ("-thing", "no name for a project"),
        ("thing.", "no name for a project"),
        ("my thing", "no name for a project"),
        ("häuser", "no name for a project"),
        ("a/b", "no name for a project"),
        ("..", "no name for a project"),
        ("thing\n", "no name for a project"),
        ("3d-tools", "does not begin with a digit"),
        ("lambda", "keyword of Python"),
        ("match", "keyword of Python"),
        ("comptime", "keyword of Zig"),
        ("json", "standard library"),
        ("JSON", "standard library"),
        ("zigbind", "zigbind itself"),
        ("tests", "folder of the tests"),
    ],
)
def test_names_that_are_refused(tmp_path, name, reason):
    with pytest.raises(ZigbindError, match=reason) as caught:
        make(tmp_path, name)
    assert repr(name) in str(caught.value)
    assert not os.listdir(tmp_path)


def test_a_refused_name_comes_with_one_that_works():
    with pytest.raises(ZigbindError, match="try zig-3d$"):
        scaffold.import_name("3d")
    assert scaffold.import_name("zig-3d") == "zig_3d"


@pytest.mark.parametrize("layout", scaffold.LAYOUTS)
def test_the_files_are_the_projects_own(tmp_path, layout):
    made = make(tmp_path, layout=layout)
    found = sorted(path.relative_to(tmp_path / "my-thing").as_posix() for path in (tmp_path / "my-thing").rglob("*") if path.is_file())
    found = [name for name in found if not name.startswith(".zigbind/")]
    assert tuple(found) == made.files
    assert {"pyproject.toml", "README.md", "LICENSE", ".gitignore", "zls.json", ".vscode/settings.json", ".github/workflows/wheels.yml"} <= set(found)
    assert scaffold.LAYOUTS[layout][0].replace("my_project", "my_thing") in found
    for name in found:
        text = (tmp_path / "my-thing" / name).read_text()
        assert not [word for word in ("my-project", "my_project", "My Author", "ZIG_FILE", "0x0123456789abcdef", "2001") if word in text + name], name
        if name.endswith(".json"):
            json.loads(text)


@pytest.mark.parametrize("layout, where", [("src", "src/build.zig"), ("build-zig", "build.zig.zon")])
def test_the_runtime_is_where_editors_look_for_it(tmp_path, layout, where):
    make(tmp_path, layout=layout)
    assert ".zigbind/runtime" in (tmp_path / "my-thing" / where).read_text()
    assert (tmp_path / "my-thing/.zigbind/runtime/zigbind.zig").is_file()
    assert (tmp_path / "my-thing/.zigbind/.gitignore").read_text() == "*\n"


def test_metadata(tmp_path):
    made = make(tmp_path, author='Ada "A" Lovelace <ada@example.org>')
    project = tomllib.loads((tmp_path / "my-thing/pyproject.toml").read_text())["project"]
    assert project["name"] == made.name == "my-thing" and made.module == "my_thing"
    assert project["authors"] == [{"name": 'Ada "A" Lovelace', "email": "ada@example.org"}]
    assert 'Copyright (c) 2030 Ada "A" Lovelace\n' in (tmp_path / "my-thing/LICENSE").read_text()


@pytest.mark.parametrize("author", ["", "  ", "Ada <ada>", "Ada\nLovelace", "<ada@example.org>"])
def test_authors_that_are_refused(tmp_path, author):
    with pytest.raises(ZigbindError, match="is no author"):
        make(tmp_path, author=author)
    assert not os.listdir(tmp_path)


def test_words_in_names_are_not_replaced_twice(tmp_path):
    make(tmp_path, "my-project-my_project", author="My Author ZIG_FILE")
    text = (tmp_path / "my-project-my_project/pyproject.toml").read_text()
    assert 'name = "my-project-my_project"' in text and '{ name = "My Author ZIG_FILE" }' in text


def test_the_fingerprint_is_zigs(tmp_path):
    name = "a-name-of-more-than-thirty-two-letters"
    make(tmp_path, name, layout="build-zig")
    lines = (tmp_path / name / "build.zig.zon").read_text().splitlines()
    short = name.replace("-", "_")[:32]
    assert f"    .name = .{short}," in lines
    fingerprint = next(int(line.split("=")[1].strip(" ,"), 16) for line in lines if "fingerprint" in line)
    assert fingerprint >> 32 == zlib.crc32(short.encode()) and 0 < fingerprint & 0xFFFFFFFF < 0xFFFFFFFF


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "my-thing").mkdir()
    assert make(tmp_path).files


@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_what_exists_is_kept(tmp_path, what):
    place = tmp_path / "my-thing"
    if what == "file":
        place.write_text("mine")
    elif what == "folder":
        place.mkdir()
        (place / "mine").write_text("mine")
    else:
        place.symlink_to("nowhere")
    with pytest.raises(ZigbindError, match="my-thing exists, and is n.*move it away"):
        make(tmp_path)
    assert os.listdir(tmp_path) == ["my-thing"]


def test_nothing_is_left_of_a_failure(tmp_path, monkeypatch):
    def full(source, destination):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(ZigbindError, match="cannot be made in .*my-thing: No space left on device"):
        make(tmp_path)
    assert not os.listdir(tmp_path)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ZigbindError, match="there is no folder"):
        make(tmp_path / "nowhere")
    assert not os.listdir(tmp_path)


def test_an_unknown_layout(tmp_path):
    with pytest.raises(ZigbindError, match="one of src, flat, build-zig"):
        make(tmp_path, layout="lib")


def test_the_readme_of_the_workflow_names_as_many_wheels_as_there_are():
    with open(os.path.join(scaffold._TEMPLATES, "common/dot-github/workflows/wheels.yml")) as file:
        assert "all nine platforms" in file.read() and len(target.everything()) == 9

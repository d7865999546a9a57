"""The table of targets: names, tags, parts; names that are none."""

import pytest
from packaging.tags import parse_tag
from packaging.utils import parse_wheel_filename

from zigbind import target
from zigbind.errors import SettingsError

NAMES = (
    "manylinux_2_17_x86_64 manylinux_2_17_aarch64 musllinux_1_2_x86_64 musllinux_1_2_aarch64 "
    "macosx_10_13_x86_64 macosx_11_0_arm64 macosx_10_13_universal2 win_amd64 win_arm64"
).split()


def test_there_are_nine():
    assert [one.name for one in target.everything()] == NAMES


@pytest.mark.parametrize("one", target.everything(), ids=lambda one: one.name)
def test_tags_are_in_the_order_that_file_names_must_have(one):
    _name, _version, _build, tags = parse_wheel_filename(f"m-1-{one.python_tag}-{one.abi}-{one.platform_tag}.whl", validate_order=True)
    assert tags == parse_tag(f"cp312-abi3-{one.platform_tag}")
    assert one.platform_tag.split(".") == sorted(one.platform_tag.split("."))


@pytest.mark.parametrize("one", target.everything(), ids=lambda one: one.name)
def test_parts_are_what_zig_compiles_for(one):
    assert "+".join(part.triple for part in one.parts) == one.triple
    assert all("+" not in part.triple and part.parts == (part,) for part in one.parts)
    assert {part.suffix for part in one.parts} == {one.suffix} == {".pyd" if one.is_windows else ".abi3.so"}


def test_universal2_is_two():
    assert [part.name for part in target.find("macosx_10_13_universal2").parts] == ["macosx_10_13_x86_64", "macosx_11_0_arm64"]


@pytest.mark.parametrize(
    "text, name",
    [
        *((name, name) for name in NAMES),
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
        ("manylinux2014_x86_64.manylinux_2_17_x86_64", "manylinux_2_17_x86_64"),
        ("x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64"),
        ("x86_64-linux-gnu", "manylinux_2_17_x86_64"),
        ("aarch64-linux-musl", "musllinux_1_2_aarch64"),
        ("aarch64-macos", "macosx_11_0_arm64"),
        ("x86_64-windows", "win_amd64"),
    ],
)
def test_names_that_are_understood(text, name):
    assert target.find(text).name == name


@pytest.mark.parametrize(
    "text, nearest", [("macosx_11_arm64", "macosx_11_0_arm64"), ("win-amd64", "win_amd64"), ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64")]
)
def test_an_unknown_name_says_the_nearest(text, nearest):
    with pytest.raises(SettingsError, match=f"there is no target '{text}'; did you mean '{nearest}'.*known are host, manylinux_2_17_x86_64,"):
        target.find(text)


def test_a_name_like_none_lists_all():
    with pytest.raises(SettingsError) as caught:
        target.find("?")
    assert "did you mean" not in str(caught.value) and all(name in str(caught.value) for name in NAMES)


def test_the_host_is_one_of_them():
    assert target.find("host") == target.host() and target.host() in target.everything()
    own = target.host(stable_abi=False)
    assert own.name == target.host().name and own.abi == own.python_tag != "abi3"


def test_without_the_stable_abi_there_is_only_the_host():
    own = target.host(stable_abi=False)
    assert target.find(own.name, stable_abi=False) == target.find("host", stable_abi=False) == own
    other = next(one for one in target.everything() if one.name != own.name)
    with pytest.raises(SettingsError, match=f"whose target is {own.name}, not for {other.name}"):
        target.find(other.name, stable_abi=False)

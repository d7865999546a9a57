"""Settings: arguments > environment > pyproject.toml > defaults, and every mistake named."""

import pathlib

import pytest

from zigbind.errors import SettingsError
from zigbind.settings import FIELDS, Settings, find_pyproject, merge


def merged(tmp_path, *, arguments=None, environ=None, table=None) -> Settings:
    """`merge` in a project in ``tmp_path``, called from its subdirectory ``cwd``."""
    pyproject = None
    if table is not None:
        pyproject = tmp_path / "pyproject.toml"
        pyproject.write_text(f"[tool.zigbind]\n{table}\n")
    return merge(arguments=arguments or {}, environ=environ or {}, pyproject=pyproject and str(pyproject), cwd=str(tmp_path / "cwd"))


def test_defaults(tmp_path):
    assert merged(tmp_path) == Settings()
    assert merged(tmp_path, table="") == Settings()
    assert Settings().optimize == "ReleaseSafe" and Settings().stable_abi is True and Settings().cpu == "baseline"


#: For each setting: a TOML value, the text of a variable, an argument, and what each of them means.
VALUES = {
    "optimize": [("'Debug'", "Debug"), ("ReleaseFast", "ReleaseFast"), ("ReleaseSmall", "ReleaseSmall")],
    "cache-dir": [("'a'", "{root}/a"), ("b", "{root}/cwd/b"), ("../c", "{root}/c")],
    "zig-args": [("['-a']", ("-a",)), ("-b '-c d'", ("-b", "-c d")), (["-e"], ("-e",))],
    "stable-abi": [("false", False), ("0", False), (False, False)],
    "minimum-python": [("'3.13'", "3.13"), ("3.14", "3.14"), ("3.15", "3.15")],
    "cpu": [("'native'", "native"), ("x86_64_v2", "x86_64_v2"), ("x86_64_v3", "x86_64_v3")],
    "c-sources": [("['a.c']", ("{root}/a.c",)), ("b.c c.c", ("{root}/cwd/b.c", "{root}/cwd/c.c")), (("/d.c",), ("/d.c",))],
    "include-dirs": [("['a/../b']", ("{root}/b",)), ("c", ("{root}/cwd/c",)), (["."], ("{root}/cwd",))],
    "link-libraries": [("['m']", ("m",)), ("z 'a b'", ("z", "a b")), ([], ())],
    "zig-path": [("'bin/zig'", "{root}/bin/zig"), ("zig", "{root}/cwd/zig"), (pathlib.Path("/opt/zig"), "/opt/zig")],
    "lock-timeout": [("1", 1), ("2", 2), (0, 0)],
    "disable": [("true", True), ("1", True), (True, True)],
}


def test_every_setting_is_tested():
    assert set(VALUES) == set(FIELDS)
    assert all(setting.doc for setting in FIELDS.values())


def expected(value, root):
    if isinstance(value, tuple):
        return tuple(expected(item, root) for item in value)
    return value.format(root=root) if isinstance(value, str) else value


@pytest.mark.parametrize("key", VALUES)
def test_each_place_and_their_order(tmp_path, key):
    name = key.replace("-", "_")
    (toml, from_toml), (text, from_text), (argument, from_argument) = VALUES[key]
    places = {"table": f"{key} = {toml}"}, {"environ": {f"ZIGBIND_{name.upper()}": text}}, {"arguments": {name: argument}}
    meanings = [expected(meaning, tmp_path) for meaning in (from_toml, from_text, from_argument)]
    for place, meaning in zip(places, meanings, strict=True):
        assert merged(tmp_path, **place) == Settings()._replace(**{name: meaning})
    # A later place wins over all earlier ones.
    for first in range(3):
        for last in range(first, 3):
            given = {}
            for place in places[first : last + 1]:
                given |= place
            assert getattr(merged(tmp_path, **given), name) == meanings[last]


def test_lists_replace_lists(tmp_path):
    assert merged(tmp_path, table="zig-args = ['-a', '-b']", arguments={"zig_args": ["-c"]}).zig_args == ("-c",)
    assert merged(tmp_path, table="zig-args = ['-a']", environ={"ZIGBIND_ZIG_ARGS": ""}).zig_args == ()


def test_places_do_not_disturb_each_other(tmp_path):
    found = merged(tmp_path, table="optimize = 'Debug'\ncpu = 'native'", environ={"ZIGBIND_CPU": "x86_64_v2"}, arguments={"lock_timeout": 5})
    assert found == Settings(optimize="Debug", cpu="x86_64_v2", lock_timeout=5)


@pytest.mark.parametrize(
    "text, value",
    [("1", True), ("true", True), ("YES", True), (" on ", True), ("0", False), ("False", False), ("no", False), ("off", False), ("", False)],
)
def test_truth_in_the_environment(tmp_path, text, value):
    assert merged(tmp_path, environ={"ZIGBIND_DISABLE": text}).disable is value


def test_an_empty_variable_is_none(tmp_path):
    empty = {f"ZIGBIND_{key.upper().replace('-', '_')}": "" for key, setting in FIELDS.items() if setting.kind is not bool}
    assert merged(tmp_path, environ=empty) == Settings()


def test_other_variables_are_ignored(tmp_path):
    assert merged(tmp_path, environ={"PATH": "/bin", "zigbind_optimize": "x", "MY_ZIGBIND_X": "x", "ZIGBIND_QUIET": "1"}) == Settings()


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    assert merged(tmp_path, environ={"ZIGBIND_CACHE_DIR": "~/x"}).cache_dir == "/home/someone/x"
    assert merged(tmp_path, table="zig-path = '~/zig'").zig_path == "/home/someone/zig"


MISTAKES = [
    ({"table": "optimise = 'Debug'"}, ["'optimise'", "[tool.zigbind]", "pyproject.toml", "did you mean 'optimize'?"]),
    ({"table": "include_dirs = []"}, ["'include_dirs'", "did you mean 'include-dirs'?"]),
    ({"environ": {"ZIGBIND_CACHEDIR": "x"}}, ["ZIGBIND_CACHEDIR", "did you mean 'ZIGBIND_CACHE_DIR'?"]),
    ({"environ": {"ZIGBIND_QUITE": "1"}}, ["ZIGBIND_QUITE", "did you mean 'ZIGBIND_QUIET'?"]),
    ({"arguments": {"cache_dri": "x"}}, ["'cache_dri'", "the call", "did you mean 'cache_dir'?"]),
    ({"table": "optimize = true"}, ["optimize", "expected a string", "True"]),
    ({"table": "stable-abi = 1"}, ["stable-abi", "expected true or false", "1"]),
    ({"table": "lock-timeout = 1.5"}, ["lock-timeout", "expected a number of seconds", "1.5"]),
    ({"table": "lock-timeout = true"}, ["lock-timeout", "expected a number of seconds"]),
    ({"table": "c-sources = ['a', 1]"}, ["c-sources", "expected a list of strings"]),
    ({"environ": {"ZIGBIND_LOCK_TIMEOUT": "-1"}}, ["ZIGBIND_LOCK_TIMEOUT='-1'", "expected a number of seconds"]),
    ({"environ": {"ZIGBIND_STABLE_ABI": "2"}}, ["ZIGBIND_STABLE_ABI='2'", "expected 1 or 0"]),
    ({"environ": {"ZIGBIND_C_SOURCES": '"a'}}, ["ZIGBIND_C_SOURCES", "No closing quotation"]),
    ({"arguments": {"zig_args": "-O"}}, ["argument zig_args", "expected a list of strings", "'-O'"]),
    ({"arguments": {"cpu": None}}, ["argument cpu", "expected a string", "None"]),
    ({"arguments": {"optimize": "releasesafe"}}, ["'releasesafe'", "Debug, ReleaseSafe, ReleaseFast, ReleaseSmall", "did you mean 'ReleaseSafe'?"]),
    ({"table": "optimize = 'debug'"}, ["did you mean 'Debug'? (from ", "pyproject.toml)"]),
    ({"environ": {"ZIGBIND_OPTIMIZE": "fast"}}, ["ReleaseSmall (from ZIGBIND_OPTIMIZE)"]),
    ({"table": "minimum-python = '3.11'"}, ["written as '3.12' (from ", "pyproject.toml)"]),
    ({"arguments": {"minimum_python": "3.11"}}, ["'3.11'", "3.12"]),
    ({"arguments": {"minimum_python": "3"}}, ["'3'", "3.12"]),
    ({"arguments": {"minimum_python": "three"}}, ["'three'", "3.12"]),
]


@pytest.mark.parametrize("given, texts", MISTAKES, ids=lambda value: repr(value) if isinstance(value, dict) else "")
def test_mistakes_are_named(tmp_path, given, texts):
    with pytest.raises(SettingsError) as caught:
        merged(tmp_path, **given)
    for text in texts:
        assert text in str(caught.value)
    assert isinstance(caught.value, ImportError)


def test_none_takes_a_path_back(tmp_path):
    assert merged(tmp_path, table="zig-path = 'zig'", arguments={"zig_path": None}).zig_path is None


# ---- pyproject.toml


def test_the_nearest_pyproject_counts(tmp_path):
    inner = tmp_path / "a/b/c"
    inner.mkdir(parents=True)
    outer_path, nearer_path = tmp_path / "pyproject.toml", tmp_path / "a/b/pyproject.toml"
    outer_path.write_text("")
    found, absent = find_pyproject(str(inner))
    assert found == str(outer_path)
    assert absent == tuple(str(tmp_path / name / "pyproject.toml") for name in ("a/b/c", "a/b", "a"))
    nearer_path.write_text("")
    assert find_pyproject(str(inner)) == (str(nearer_path), (str(inner / "pyproject.toml"),))


def test_without_a_pyproject_all_places_are_remembered(tmp_path):
    found, absent = find_pyproject(str(tmp_path / "a"))
    if found is not None:
        pytest.skip(f"there is {found} above the temporary directory")
    assert absent[:2] == (str(tmp_path / "a/pyproject.toml"), str(tmp_path / "pyproject.toml"))
    assert absent[-1] == str(pathlib.Path(tmp_path.anchor) / "pyproject.toml")


def test_a_directory_of_that_name_is_none(tmp_path):
    (tmp_path / "a/pyproject.toml").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("")
    assert find_pyproject(str(tmp_path / "a"))[0] == str(tmp_path / "pyproject.toml")


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.other]\nzigbind = 1\n", "[tool]\n", "# about zigbind\n"])
def test_a_pyproject_that_says_nothing(tmp_path, text):
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    assert merge(arguments={}, environ={}, pyproject=str(path), cwd="/") == Settings()


@pytest.mark.parametrize(
    "content, texts",
    [
        (b"[tool.zigbind", ["no valid TOML"]),
        (b"[tool.zigbind]\ncpu = 'a'\ncpu = 'b'\n", ["no valid TOML", "line 3"]),
        (b"[tool.zigbind]\n\xff", ["no valid TOML"]),
        (b"[tool]\nzigbind = []\n", ["[tool.zigbind] must be a table, not list"]),
    ],
)
def test_a_pyproject_that_is_broken(tmp_path, content, texts):
    path = tmp_path / "pyproject.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        merge(arguments={}, environ={}, pyproject=str(path), cwd="/")
    for text in (str(path), *texts):
        assert text in str(caught.value)


def test_toml_is_not_read_where_it_does_not_concern_us(tmp_path):
    path = tmp_path / "pyproject.toml"
    path.write_text("[this is no TOML, and none of our business")
    assert merge(arguments={}, environ={}, pyproject=str(path), cwd="/") == Settings()

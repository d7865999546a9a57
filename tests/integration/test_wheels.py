"""Nine wheels of each project, as the tools see them that others check wheels with; the same bytes wherever they are made; what goes wrong."""

import glob
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from conftest import find_emulator, zig_path
from packaging.tags import parse_tag
from packaging.utils import parse_wheel_filename

from zigbind import binary, cache, compiler, target
from zigbind.wheel import _processors

ROOT = Path(__file__).parents[2]
TARGETS = {one.name: one for one in target.everything()}
LINUX, MACOS, WINDOWS = ([name for name in TARGETS if name.startswith(start)] for start in (("many", "musl"), "macosx", "win"))

#: Files of small projects, by name.
PROJECTS = {
    # A lone module.
    "hello": {
        "pyproject.toml": '[project]\nname = "hello"\nversion = "1.0"\ndescription = "Says hello"\nreadme = "README.md"\nlicense = "MIT"\n',
        "README.md": "# hello\n",
        "LICENSE": "MIT License\n",
        "hello.zig": (ROOT / "examples" / "hello" / "hello.zig").read_text(),
    },
    # A package with Python, data, scripts and two modules, and a hand-written stub for one of them.
    "mixed": {
        "pyproject.toml": """
[project]
name = "mixed-layout"
version = "2.0rc1"
description = "Mixed"
readme = "README.md"
requires-python = ">=3.12"
[project.scripts]
mixed = "mixed_layout:main"
[tool.zigbind]
optimize = "ReleaseFast"
""",
        "README.md": "# Mixed\n\nÄ few words.\n",
        "LICENSE": "All rights reserved\n",
        "src/mixed_layout/__init__.py": "from ._core import double\nfrom .inner.deep import Counter\n\n\ndef main():\n    print(double(21))\n",
        "src/mixed_layout/_core.zig": "/// Twice a number.\npub fn double(value: i64) i64 {\n    return value * 2;\n}\n",
        "src/mixed_layout/inner/__init__.py": "",
        "src/mixed_layout/inner/deep.zig": "/// Counts.\npub const Counter = struct {\n    count: i64 = 0,\n"
        "    pub fn add(self: *Counter) void {\n        self.count += 1;\n    }\n};\n",
        "src/mixed_layout/inner/deep.pyi": "class Counter:\n    count: int\n"
        "    def __init__(self, count: int = 0) -> None: ...\n    def add(self) -> None: ...\n",
        "src/mixed_layout/data/some words ü.txt": "data\n",
    },
}
#: What must be so after an import.
USES = {
    "hello": "import hello; hello.greet()",
    "mixed": "import mixed_layout as m; assert m.double(4) == 8; c = m.Counter(); c.add(); assert c.count == 1",
}
EXAMPLES = {path.parent.name: path.parent for path in sorted(ROOT.glob("examples/*/pyproject.toml"))}
NAMES = [*PROJECTS, *EXAMPLES]


def make_tree(name: str, root: Path) -> Path:
    if name in EXAMPLES:
        return Path(shutil.copytree(EXAMPLES[name], root, ignore=shutil.ignore_patterns("dist", ".venv", ".zigbind", "zig-out", ".zig-cache", "__pycache__")))
    for file, text in PROJECTS[name].items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def run(*command, status: int = 0, **options) -> subprocess.CompletedProcess:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="session")
def nine(tmp_path_factory, template_cache):
    """The folder with the wheels of a project, made when first asked for, and once for all the test processes."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    home = shared / "wheels"
    opened = cache.open_cache(str(home / "cache"))
    with opened.lock("template", timeout_seconds=600):
        for zig_cache in template_cache.glob("zig-*"):
            if not (home / "cache" / zig_cache.name).exists():
                (home / "cache" / zig_cache.name).symlink_to(zig_cache)  # zig's libraries for nine targets take their time
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "ZIGBIND_CACHE_DIR": opened.root, "PYTHONPATH": str(ROOT)}

    def make(name: str) -> Path:
        out = home / name / "dist"
        with opened.lock(f"wheels of {name}", timeout_seconds=600):
            if not (home / name / "done").exists():
                make_tree(name, home / name / "tree")
                run(sys.executable, "-m", "zigbind", "wheel", "--all-targets", "-o", out, home / name / "tree", env=env)
                (home / name / "done").touch()
        return out

    return make


@pytest.fixture(params=NAMES)
def wheels(request, nine) -> list[Path]:
    """The nine wheels of each project."""
    return sorted(nine(request.param).iterdir())


@pytest.fixture(params=[(name, one) for name in NAMES for one in TARGETS], ids=lambda param: "-".join(param))
def wheel(request, nine) -> tuple[str, target.Target, Path]:
    """(project, target, wheel) for each of them."""
    name, one = request.param
    return name, TARGETS[one], wheel_of(nine(name), one)


def wheel_of(folder: Path, name: str) -> Path:
    (path,) = folder.glob(f"*-{TARGETS[name].platform_tag}.whl")
    return path


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def libraries(path: Path) -> dict[str, bytes]:
    return {name: image for name, image in content(path).items() if name.endswith((".so", ".pyd"))}


def tool(module: str, package: str | None = None) -> tuple[str, ...]:
    """The command of a checker that is a Python package."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{package or module} is not installed (extra test)")
    return sys.executable, "-m", module


def program(*names: str) -> str:
    """A program, whatever version its name ends in."""
    for name in names:
        numbered = sorted(path for folder in os.environ["PATH"].split(os.pathsep) for path in glob.glob(os.path.join(folder, f"{name}-[0-9]*")))
        if found := shutil.which(name) or next(iter(numbered), None):
            return found
    pytest.skip(f"none of {', '.join(names)} is installed")


# ---- what checkers say


def test_names_are_valid_and_tags_those_of_the_table(wheels):
    tags = [parse_wheel_filename(path.name, validate_order=True)[3] for path in wheels]
    assert len(wheels) == 9 and set(tags) == {parse_tag(f"cp312-abi3-{one.platform_tag}") for one in TARGETS.values()}


def test_twine(wheels):
    run(*tool("twine"), "check", "--strict", *wheels)


def test_check_wheel_contents(wheel):
    _name, one, path = wheel
    # It wants one thing at the top, or to be told: the stub of a lone module is a package of its own (PEP 561).
    lone = sorted(name for name in libraries(path) if "/" not in name)
    top = ",".join([*lone, *(name.removesuffix(one.suffix) + "-stubs" for name in lone)])
    run(*tool("check_wheel_contents", "check-wheel-contents"), *(["--toplevel", top] if lone else []), path)


def test_wheel_unpack(wheels, tmp_path):
    for path in wheels:
        run(*tool("wheel"), "unpack", "--dest", tmp_path / path.stem, path)


def test_abi3audit(wheels):
    run(*tool("abi3audit"), "--strict", "--assume-minimum-abi3", "3.12", *wheels)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("one", LINUX)
def test_auditwheel_finds_the_same_tag(name, one, nine):
    said = run(*tool("auditwheel"), "show", wheel_of(nine(name), one)).stdout
    assert f'is consistent with the following platform tag: "{one}".' in " ".join(said.split())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("one", WINDOWS)
def test_windows_libraries_need_python3_and_the_system(name, one, nine):
    pefile = pytest.importorskip("pefile", reason="pefile is not installed (it comes with abi3audit, of extra test)")
    for image in libraries(wheel_of(nine(name), one)).values():
        read = pefile.PE(data=image)
        names = {entry.dll.decode().lower() for entry in read.DIRECTORY_ENTRY_IMPORT}
        assert "python3.dll" in names and not {dll for dll in names if dll.startswith("python")} - {"python3.dll"}
        assert names == set(binary.platform_of(image).libraries)
        assert read.FILE_HEADER.Machine == {"win_amd64": 0x8664, "win_arm64": 0xAA64}[one]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("one", MACOS)
def test_macos_libraries_say_machines_and_versions(name, one, nine, tmp_path):
    lipo, otool = program("llvm-lipo", "lipo"), program("llvm-otool", "otool")
    machines = {"macosx_10_13_x86_64": ["x86_64"], "macosx_11_0_arm64": ["arm64"], "macosx_10_13_universal2": ["x86_64", "arm64"]}[one]
    for file, image in libraries(wheel_of(nine(name), one)).items():
        path = tmp_path / os.path.basename(file)
        path.write_bytes(image)
        assert run(lipo, "-archs", path).stdout.split() == machines
        for machine in machines:
            slice_of = path
            if len(machines) > 1:
                slice_of = tmp_path / machine
                run(lipo, path, "-thin", machine, "-output", slice_of)
            said = run(otool, "-l", slice_of).stdout
            versions = re.findall(r"(?:LC_VERSION_MIN_MACOSX\n\s*cmdsize 16\n\s*version|minos) (\S+)", said)
            assert versions == [{"x86_64": "10.13", "arm64": "11.0"}[machine]]
            assert f"@rpath/{path.name}" in said and ("LC_CODE_SIGNATURE" in said) == (machine == "arm64")


def test_libraries_are_for_their_tag_by_our_own_reader(wheel):
    _name, one, path = wheel
    found = libraries(path)
    assert found and all(name.endswith(one.suffix) for name in found)
    for image in found.values():
        platform = binary.platform_of(image)
        assert platform.machines == tuple(part.triple.partition("-")[0] for part in one.parts)


PIP_PLATFORMS = {name: name for name in TARGETS} | {"macosx_10_13_universal2": "macosx_14_0_universal2", "macosx_11_0_arm64": "macosx_14_0_arm64"}
UV_PLATFORMS = {
    "manylinux_2_17_x86_64": "x86_64-manylinux_2_17",
    "manylinux_2_17_aarch64": "aarch64-manylinux_2_17",
    "musllinux_1_2_x86_64": "x86_64-unknown-linux-musl",
    "musllinux_1_2_aarch64": "aarch64-unknown-linux-musl",
    "macosx_10_13_x86_64": "x86_64-apple-darwin",
    "macosx_11_0_arm64": "aarch64-apple-darwin",
    "macosx_10_13_universal2": "aarch64-apple-darwin",
    "win_amd64": "x86_64-pc-windows-msvc",
    "win_arm64": "aarch64-pc-windows-msvc",
}


@pytest.mark.parametrize("one", TARGETS)
def test_pip_takes_the_one_for_a_platform(one, nine, tmp_path):
    folder = nine("mixed")
    command = (*tool("pip"), "install", "--no-index", "--no-deps", "--find-links", folder, "--only-binary", ":all:", "--platform", PIP_PLATFORMS[one])
    run(*command, "--implementation", "cp", "--abi", "abi3", "--python-version", "3.13", "--pre", "--target", tmp_path, "mixed-layout")
    assert {path.name for path in (tmp_path / "mixed_layout").glob("_core.*")} >= {f"_core{TARGETS[one].suffix}"}
    tags = re.findall(r"^Tag: cp312-abi3-(\S+)$", (tmp_path / "mixed_layout-2.0rc1.dist-info/WHEEL").read_text(), re.MULTILINE)
    assert one in tags


@pytest.mark.parametrize("name", NAMES)
def test_uv_installs_each_on_its_platform(name, nine, tmp_path):
    uv = program("uv")
    for one, platform in UV_PLATFORMS.items():
        out = tmp_path / one
        command = (
            uv,
            "pip",
            "install",
            "--offline",
            "--no-index",
            "--no-deps",
            "--python-platform",
            platform,
            "--python-version",
            "3.13",
            "--target",
            out,
        )
        run(*command, "--python", sys.executable, wheel_of(nine(name), one), env=os.environ | {"UV_CACHE_DIR": str(tmp_path / "uv")})
        assert list(out.rglob(f"*{TARGETS[one].suffix}"))


def pythons() -> list[str]:
    """An interpreter of each version that the wheels must work with, where it runs."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for version in ("3.12", "3.13", "3.14"):
        path = shutil.which(f"python{version}")
        if version not in found and path:
            # What is found may only lead to one, and not from everywhere.
            real = subprocess.run([path, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True)
            found |= {version: real.stdout.strip()} if real.returncode == 0 else {}
    return list(found.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_one_for_this_machine_works_without_zigbind(name, nine, tmp_path):
    path = wheel_of(nine(name), target.host().name)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    modules = [file.removesuffix(target.host().suffix).replace("/", ".") for file in libraries(path)]
    used = USES.get(name) or "; ".join(f"import {module}" for module in modules)
    for python in pythons():
        run(python, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {used}; assert 'zigbind' not in sys.modules", cwd=tmp_path)


# ---- what is in them


def test_a_package_has_its_files(nine):
    for one in TARGETS.values():
        files = content(wheel_of(nine("mixed"), one.name))
        assert {name for name in files if ".dist-info/" not in name} == {
            "mixed_layout/__init__.py",
            f"mixed_layout/_core{one.suffix}",
            "mixed_layout/_core.pyi",
            "mixed_layout/data/some words ü.txt",
            "mixed_layout/inner/__init__.py",
            f"mixed_layout/inner/deep{one.suffix}",
            "mixed_layout/inner/deep.pyi",
            "mixed_layout/py.typed",
        }
        assert "def double(value: int) -> int" in files["mixed_layout/_core.pyi"].decode()
        assert files["mixed_layout/inner/deep.pyi"].decode() == PROJECTS["mixed"]["src/mixed_layout/inner/deep.pyi"]


def test_the_bill_of_materials_has_the_digests_of_the_libraries(wheel):
    _name, _one, path = wheel
    files = content(path)
    (bill,) = (json.loads(text) for name, text in files.items() if name.endswith(".dist-info/sboms/zigbind.cdx.json"))
    named = {component["name"]: component["hashes"][0]["content"] for component in bill["components"] if "hashes" in component}
    assert named == {name: hashlib.sha256(image).hexdigest() for name, image in libraries(path).items()}


def test_hello_is_small(nine):
    for path in nine("hello").iterdir():
        assert path.stat().st_size <= 25_000, path.name


# ---- the same bytes


@pytest.fixture
def make(project):
    """Run ``zigbind wheel`` in the project's directory; the wheels by the names of their targets."""

    def make(*arguments, out: str = "dist", status: int = 0, cwd: Path | None = None, prefix: tuple = (), **env):
        command = [*prefix, sys.executable, "-m", "zigbind", "wheel", "-o", out, *arguments]
        done = run(*command, status=status, env=project.environ(PYTHONPATH=str(ROOT), **env), cwd=cwd or project.root)
        make.said = done
        folder = (cwd or project.root) / out
        return {one: path for one in TARGETS for path in folder.glob(f"*-{TARGETS[one].platform_tag}.whl")}

    return make


TWO = ("--target", target.host().name, "--target", "musllinux_1_2_aarch64")


def test_wheels_are_the_same_wherever_and_whenever_they_are_made(project, make, tmp_path):
    first = make_tree("mixed", project.root)
    one = {name: path.read_bytes() for name, path in make(*TWO).items()}
    again = {name: path.read_bytes() for name, path in make(*TWO, out="again").items()}
    elsewhere = make_tree("mixed", tmp_path / "an other place ü")
    for path in elsewhere.rglob("*"):
        os.utime(path, (0, 0))
    umask = ("sh", "-c", 'umask 077; exec "$@"', "sh")
    fresh = project.fill(Path(cache.make_folder(str(tmp_path / "fresh"))))
    other = {
        name: path.read_bytes()
        for name, path in make(*TWO, cwd=elsewhere, prefix=umask, TZ="Asia/Tokyo", LC_ALL="C", ZIGBIND_CACHE_DIR=str(fresh)).items()
    }
    assert len(one) == 2 and one == again == other
    assert all(str(place).encode() not in image for path in make(*TWO).values() for image in libraries(path).values() for place in (first, elsewhere))
    dated = make("--target", "host", out="dated", SOURCE_DATE_EPOCH="1700000000")[target.host().name]
    with zipfile.ZipFile(dated) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_a_wheel_after_an_import_compiles_nothing_and_holds_the_same_file(counted, make):
    make_tree("hello", counted.root)
    counted.settle()
    loaded = counted.ask("import hello; answer = hello.__spec__.cached")
    assert counted.compiles == 1
    path = make()[target.host().name]
    assert counted.compiles == 1
    (image,) = libraries(path).values()
    (artifact,) = (counted.cache / "artifacts").glob("hello-*")
    assert str(artifact) == loaded and artifact.read_bytes() == image


def test_an_import_after_wheels_compiles_nothing_and_is_soon_warm(counted, make):
    make_tree("hello", counted.root)
    counted.settle()
    make(*TWO)
    assert counted.compiles == 2
    manifests = list((counted.cache / "index").iterdir())
    assert manifests == []  # they are for imports alone
    assert counted.ask("import hello; answer = hello.greet()")
    assert counted.compiles == 2 and len(list((counted.cache / "index").iterdir())) == 1


def test_no_change_compiles_nothing_and_universal2_nothing_of_its_own(counted, make):
    make_tree("hello", counted.root)
    make("--target", "macosx_10_13_x86_64", "--target", "macosx_11_0_arm64", "--target", "macosx_10_13_universal2")
    assert counted.compiles == 2
    make("--all-targets")
    compiles = counted.compiles
    make("--all-targets")
    assert counted.compiles == compiles


# ---- what goes wrong


CHOOSY = """
const builtin = @import("builtin");
pub fn f() i64 {
    if (builtin.os.tag == .windows) @compileError("no windows, please");
    return 1;
}
"""


def choosy(project) -> None:
    project.write("pyproject.toml", '[project]\nname = "choosy"\nversion = "1"\n')
    project.write("choosy.zig", CHOOSY)


def test_what_fails_for_one_target_keeps_the_others(project, make):
    choosy(project)
    made = make("--all-targets", status=1)
    assert set(made) == TARGETS.keys() - set(WINDOWS)
    said = make.said.stderr
    assert "zigbind: no wheel for win_amd64, win_arm64; the other 7 are made" in said
    assert "win_arm64: FAILED: choosy does not compile" in said and "choosy.zig:4:37: error: no windows, please" in said
    assert len(make.said.stdout.splitlines()) == 7


def test_json_has_a_row_for_each_target(project, make):
    choosy(project)
    make("--json", "--target", "win_arm64", "--target", "musllinux_1_2_x86_64", status=1)
    bad, good = json.loads(make.said.stdout)
    assert (bad["target"], bad["path"]) == ("win_arm64", None) and "no windows, please" in bad["error"]
    assert (good["target"], good["error"]) == ("musllinux_1_2_x86_64", None) and os.path.isfile(good["path"])


def test_progress_names_each_target_unless_it_shall_be_quiet(project, make):
    make_tree("hello", project.root)
    make(*TWO)
    for name in (target.host().name, "musllinux_1_2_aarch64"):
        assert f"zigbind: {name}: building hello\n" in make.said.stderr
        assert re.search(rf"zigbind: {name}: hello-1.0-\S+.whl \(\d+\.\d kB, after \d+\.\d s\)\n", make.said.stderr)
    make(*TWO, ZIGBIND_QUIET="1")
    assert make.said.stderr == ""


@pytest.mark.parametrize(
    "arguments, env, text",
    [
        (("--target", "manylinux_2_17_x86-64"), {}, "there is no target 'manylinux_2_17_x86-64'; did you mean 'manylinux_2_17_x86_64'?"),
        (("--all-targets", "--no-stable-abi"), {}, "without the stable ABI modules can only be built for the running interpreter"),
        (("--target", "win_arm64", "--cpu", "native"), {}, "cpu = 'native' is this machine's, which win_arm64 is not for"),
        (("--target", "win_arm64", "--cpu", "x86_64_v3"), {}, "x86_64_v3"),
        ((), {"SOURCE_DATE_EPOCH": "now"}, "SOURCE_DATE_EPOCH = 'now' is no number of seconds since 1970"),
        (("-o", "hello.zig"), {}, "no wheel can be written to"),
        (("nowhere",), {}, "nowhere has no pyproject.toml"),
    ],
)
def test_what_cannot_be_is_refused(arguments, env, text, project, make):
    make_tree("hello", project.root)
    assert make(*arguments, status=1, **env) == {} and text in make.said.stderr
    assert not list(project.root.rglob("*.whl"))


def test_without_the_stable_abi_a_wheel_is_for_this_python(project, make):
    make_tree("hello", project.root)
    make("--no-stable-abi")
    (path,) = (project.root / "dist").iterdir()
    own = target.host(stable_abi=False)
    assert path.name == f"hello-1.0-{own.python_tag}-{own.abi}-{own.platform_tag}.whl" and list(libraries(path)) == [f"hello{own.suffix}"]


def test_a_read_only_folder_is_refused_before_anything_is_compiled(counted, make, unprivileged):
    make_tree("hello", counted.root)
    (counted.root / "dist").mkdir(mode=0o555)
    make(prefix=unprivileged, status=1)
    assert "dist: Permission denied; make it writable, or name another with -o" in make.said.stderr and counted.compiles == 0


def test_an_interrupt_leaves_no_wheel(project):
    make_tree("hello", project.root)
    project.use_zig(before="sleep 60")
    command = [sys.executable, "-m", "zigbind", "wheel", "--all-targets"]
    process = subprocess.Popen(
        command, cwd=project.root, env=project.environ(PYTHONPATH=str(ROOT)), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    # All that run at once must be running: a zig that begins after the signal does not get it, and is waited for.
    while project.compiles < min(len(TARGETS), _processors()):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert list((project.root / "dist").iterdir()) == []


def test_targets_are_listed(project):
    env = project.environ(PYTHONPATH=str(ROOT))
    rows = json.loads(run(sys.executable, "-m", "zigbind", "targets", "--json", env=env).stdout)
    assert [row["name"] for row in rows] == list(TARGETS) and [row["name"] for row in rows if row["host"]] == [target.host().name]
    lines = run(sys.executable, "-m", "zigbind", "targets", env=env).stdout.splitlines()
    assert len(lines) == 10 and sum(line.endswith("(this machine)") for line in lines) == 1


# ---- C code


def test_c_code_in_a_wheel_for_musl_needs_no_file_that_only_compilers_have(project, make):
    project.write("pyproject.toml", '[project]\nname = "withc"\nversion = "1"\n[tool.zigbind]\nc-sources = ["c/add.c"]\ninclude-dirs = ["c"]\n')
    project.write("c/add.h", "int add(int a, int b);\n")
    project.write("c/add.c", '#include "add.h"\n#include <string.h>\nint add(int a, int b) { char t[8]; memset(t, a, 8); return t[3] + b; }\n')
    project.write("withc.zig", "extern fn add(a: c_int, b: c_int) c_int;\npub fn sum(a: i32, b: i32) i32 {\n    return add(a, b);\n}\n")
    made = make("--target", "host", "--target", "musllinux_1_2_x86_64")
    for path in made.values():
        (image,) = libraries(path).values()
        assert "libc.so" not in binary.platform_of(image).libraries
        bill = json.loads(next(text for name, text in content(path).items() if name.endswith(".cdx.json")))
        assert {"c/add.c", "c/add.h"} <= {component["name"] for component in bill["components"]}


# ---- libraries in the machines they are for


HOSTS = [
    # The target of a wheel, that of the host, what runs it, and the files without which that cannot.
    pytest.param("manylinux_2_17_x86_64", "x86_64-linux-gnu.2.17", (), ("/lib64/ld-linux-x86-64.so.2",), id="manylinux-x86_64"),
    pytest.param("musllinux_1_2_x86_64", "x86_64-linux-musl", (), ("/lib/ld-musl-x86_64.so.1",), id="musllinux-x86_64"),
    # A module without C code loads on the other libc too.
    pytest.param("musllinux_1_2_x86_64", "x86_64-linux-gnu.2.17", (), ("/lib64/ld-linux-x86-64.so.2",), id="musllinux-x86_64-on-glibc"),
    pytest.param(
        "manylinux_2_17_aarch64",
        "aarch64-linux-gnu.2.17",
        ("qemu-aarch64", "qemu-aarch64-static"),
        ("/usr/aarch64-linux-gnu/lib/libc.so.6",),
        id="manylinux-aarch64",
    ),
    pytest.param(
        "musllinux_1_2_aarch64",
        "aarch64-linux-gnu.2.17",
        ("qemu-aarch64", "qemu-aarch64-static"),
        ("/usr/aarch64-linux-gnu/lib/libc.so.6",),
        id="musllinux-aarch64-on-glibc",
    ),
    pytest.param("win_amd64", "x86_64-windows", ("wine",), (), id="windows-amd64"),
]


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory, template_cache):
    """The program of tests/foreign/host.zig for a Zig target, with the whole C-API."""
    made: dict[str, Path] = {}

    def make(triple: str) -> Path:
        if triple in made:
            return made[triple]
        folder = tmp_path_factory.mktemp("host")
        shutil.copy(ROOT / "tests" / "foreign" / "host.zig", folder)
        (folder / "api.zig").write_text(api_text())
        zig_cache = next(template_cache.glob("zig-*"))
        common = ("-target", triple, "-lc", "-fno-compiler-rt", "--cache-dir", folder / "cache", "--global-cache-dir", zig_cache)
        if "windows" in triple:
            common = tuple(part for part in common if part not in ("-lc", "-fno-compiler-rt"))
            run(zig_path(), "build-lib", "-dynamic", "--name", "python3", "-O", "ReleaseSmall", *common, "api.zig", cwd=folder)
            common = (*common, "-lkernel32")
        run(zig_path(), "build-exe", "-rdynamic", "-O", "ReleaseSmall", *common, "host.zig", cwd=folder)
        made[triple] = folder / ("host.exe" if "windows" in triple else "host")
        return made[triple]

    return make


def api_text() -> str:
    """Zig source of the stable ABI: functions and data of every name."""
    names = re.findall(r"^  (\w+)( DATA)?$", (Path(compiler.RUNTIME) / "python3.def").read_text(), re.MULTILINE)
    special = "export fn PyModuleDef_Init(definition: *anyopaque) *anyopaque {\n    return definition;\n}\n"
    functions = "".join(
        f"export fn {name}() ?*anyopaque {{\n    return null;\n}}\n" for name, data in names if not data and name != "PyModuleDef_Init"
    )
    return special + functions + "".join(f"export var {name}: [64]usize = @splat(0);\n" for name, data in names if data)


@pytest.mark.foreign
@pytest.mark.parametrize(("one", "triple", "emulators", "needed"), HOSTS)
def test_libraries_load_where_they_are_for(one, triple, emulators, needed, nine, stand_in, request):
    emulator, env = request.getfixturevalue("wine") if emulators == ("wine",) else (find_emulator(*emulators), {"QEMU_LD_PREFIX": "/usr/aarch64-linux-gnu"})
    if emulators and emulator is None:
        pytest.skip(f"none of {', '.join(emulators)} is installed")
    if absent := [path for path in needed if not os.path.exists(path)]:
        pytest.skip(f"{absent[0]} is not installed")
    if not emulators and os.uname().machine != "x86_64":
        pytest.skip("this machine is no x86_64, and nothing for that is installed")
    host = stand_in(triple)
    for name in PROJECTS:
        for file, image in libraries(wheel_of(nine(name), one)).items():
            path = host.parent / os.path.basename(file)
            path.write_bytes(image)
            module = path.name.partition(".")[0]
            loaded = path.name if "windows" in triple else path
            run(*([emulator] if emulator else []), host, loaded, f"PyInit_{module}", module, cwd=host.parent, env=os.environ | env)

"""Guarded calls on every ABI: natively always, on others where an emulator is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from zigbind import compiler, toolchain

HERE = Path(__file__).parent

PLATFORMS = [
    pytest.param("native", (), id="native"),
    pytest.param("x86_64-windows", ("wine64", "wine"), id="windows", marks=pytest.mark.foreign),
    pytest.param("aarch64-linux-musl", ("qemu-aarch64", "qemu-aarch64-static"), id="aarch64", marks=pytest.mark.foreign),
]


def find_zig() -> str:
    return toolchain.find(zig_path=None, search_path=os.environ.get("PATH", ""), read_version=toolchain.version_of).path


def find_emulator(names: tuple[str, ...]) -> str | None:
    # Debian keeps wine's loader out of PATH.
    places = os.environ.get("PATH", "") + os.pathsep + "/usr/lib/wine"
    return next((found for name in names if (found := shutil.which(name, path=places))), None)


@pytest.mark.parametrize("mode", ["Debug", "ReleaseSafe"])
@pytest.mark.parametrize(("triple", "emulators"), PLATFORMS)
def test_panics_leave_only_their_call(triple, emulators, mode, tmp_path):
    emulator = find_emulator(emulators)
    if emulators and emulator is None:
        pytest.skip(f"none of {', '.join(emulators)} is installed")
    program = tmp_path / ("guarded.exe" if "windows" in triple else "guarded")
    command = [
        *(find_zig(), "build-exe", "-target", triple, "-O", mode, "-fstrip", "-fno-ubsan-rt"),
        *("--dep", "guard", f"-Mroot={HERE / 'guarded.zig'}", f"-Mguard={Path(compiler.RUNTIME) / 'guard.zig'}"),
        *(f"-femit-bin={program}", "--cache-dir", str(tmp_path / "cache"), "--global-cache-dir", str(tmp_path / "global")),
    ]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    env = os.environ | {"WINEPREFIX": str(tmp_path / "wine"), "WINEDEBUG": "-all", "DISPLAY": ""}
    ran = subprocess.run([*([emulator] if emulator else []), str(program)], env=env, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr

"""Guarded calls on every ABI: natively always, on others where an emulator is installed."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import find_emulator, zig_path

from zigbind import compiler

HERE = Path(__file__).parent

PLATFORMS = [
    pytest.param("native", (), id="native"),
    pytest.param("x86_64-windows", ("wine",), id="windows", marks=pytest.mark.foreign),
    pytest.param("aarch64-linux-musl", ("qemu-aarch64", "qemu-aarch64-static"), id="aarch64", marks=pytest.mark.foreign),
]


@pytest.mark.parametrize("mode", ["Debug", "ReleaseSafe"])
@pytest.mark.parametrize(("triple", "emulators"), PLATFORMS)
def test_panics_leave_only_their_call(triple, emulators, mode, tmp_path, template_cache, request):
    emulator, env = request.getfixturevalue("wine") if emulators == ("wine",) else (find_emulator(*emulators), {})
    if emulators and emulator is None:
        pytest.skip(f"none of {', '.join(emulators)} is installed")
    program = tmp_path / ("guarded.exe" if "windows" in triple else "guarded")
    command = [
        *(zig_path(), "build-exe", "-target", triple, "-O", mode, "-fstrip", "-fno-ubsan-rt"),
        *("--dep", "guard", f"-Mroot={HERE / 'guarded.zig'}", f"-Mguard={Path(compiler.RUNTIME) / 'guard.zig'}"),
        *(f"-femit-bin={program}", "--cache-dir", str(tmp_path / "cache"), "--global-cache-dir", str(next(template_cache.glob("zig-*")))),
    ]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([*([emulator] if emulator else []), str(program)], env=os.environ | env, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr

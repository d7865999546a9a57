"""``test`` blocks of ``.zig`` files as pytest items, and the fixture ``zigbind``.

pytest finds it by itself where zigbind is installed; ``-p no:zigbind`` leaves it out. The blocks of a file are built when its first one
runs, once for all workers of a run.
"""

from __future__ import annotations

import os

import pytest

__all__ = ["ZigFile", "ZigItem", "zigbind"]


def pytest_addoption(parser):
    group = parser.getgroup("zigbind", "test blocks of Zig files")
    group.addoption("--zig-timeout", type=_seconds, default=None, metavar="SECONDS", help="how long one test block of a .zig file may take (60)")
    parser.addini("zig_timeout", "how long one test block of a .zig file may take, in seconds", default="60")


def _seconds(text):
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not found > 0:
        raise pytest.UsageError(f"{text!r} is no time for --zig-timeout or zig_timeout; write seconds above 0, as 2.5")
    return found


def pytest_configure(config):
    _seconds(config.getini("zig_timeout"))


def pytest_collect_file(file_path, parent):
    if file_path.suffix != ".zig" or file_path.name == "build.zig":
        return None
    return ZigFile.from_parent(parent, path=file_path)


class ZigFile(pytest.File):
    """A ``.zig`` file with its test blocks."""

    def collect(self):
        from . import testing

        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            from .errors import plain

            raise self.CollectError(plain(error)) from None
        for block in testing.blocks(text):
            yield ZigItem.from_parent(self, name=block.name, line=block.line)

    def binary(self):
        """The tests of this file, built at most once."""
        if not hasattr(self, "_binary"):
            from . import testing

            path = str(self.path)
            self._binary = testing.TestBinary(path, _root(path), arguments={}, environ=dict(os.environ), cwd=str(self.config.invocation_params.dir))
        return self._binary

    def teardown(self):
        if hasattr(self, "_binary"):
            self._binary.close()


class ZigItem(pytest.Item):
    """One test block."""

    def __init__(self, *, line, **keywords):
        super().__init__(**keywords)
        self.line = line

    def runtest(self):
        limit = self.config.getoption("--zig-timeout")
        outcome = self.parent.binary().run(self.name, timeout_seconds=float(self.config.getini("zig_timeout")) if limit is None else limit)
        if outcome.status == "skipped":
            pytest.skip("the block returned error.SkipZigTest")
        if outcome.status == "failed":
            raise ZigFailure(outcome.text)
        if outcome.text:
            self.add_report_section("call", "stderr", outcome.text)

    def repr_failure(self, excinfo):
        from .errors import ZigbindError

        if isinstance(excinfo.value, (ZigFailure, ZigbindError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, self.line - 1, self.name


class ZigFailure(Exception):
    """What a failed block said."""


def _root(path: str) -> str:
    """The directory that the file's ``@import("../x.zig")`` may reach: above its packages, or that of pyproject.toml."""
    from . import settings

    pyproject, _absent = settings.find_pyproject(os.path.dirname(path))
    return os.path.dirname(pyproject) if pyproject is not None else os.path.dirname(path)


@pytest.fixture(scope="session")
def zigbind():
    """The library: ``zigbind.compile("pub fn f() i64 { return 1; }").f()``. A source is built once, however many tests and workers ask for it."""
    import zigbind

    return zigbind

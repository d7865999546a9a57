"""``zigbind ide``: what ZLS, Zig's language server, needs to know where ``@import("zigbind")`` leads.

ZLS takes a project's modules from its ``build.zig``, by running it, in every editor alike. The build.zig made here is for that and
for ``zig build check``; zigbind itself needs none. A file without the marker line is somebody's own, and stays as it is.
"""

from __future__ import annotations

import os
import re

from . import cache, compiler, tree, zigbuild
from .errors import ZigbindError

__all__ = ["write"]

_KNOWS_ZIGBIND = re.compile(r'^(?:(?!//).)*@import\(\s*"zigbind"\s*\)', re.MULTILINE)
#: Where a project's own files look for zigbind.
_RUNTIME = ".zigbind/runtime"
_BUILD = """\
{marker}
// It is for editors: ZLS learns here what @import("zigbind") is. `zig build check` looks for errors in every module.
const std = @import("std");

pub fn build(b: *std.Build) void {{
    const target = b.standardTargetOptions(.{{}});
    const optimize = b.standardOptimizeOption(.{{}});
    const runtime: []const u8 = {runtime};
    const zigbind = b.addModule("zigbind", .{{
        .root_source_file = .{{ .cwd_relative = b.pathJoin(&.{{ runtime, "zigbind.zig" }}) }},
        .target = target,
        .optimize = optimize,
    }});
    const check = b.step("check", "Look for errors in every module");
    inline for (.{{
{modules}
    }}) |path| {{
        const module = b.createModule(.{{ .root_source_file = b.path(path), .target = target, .optimize = optimize }});
        module.addImport("zigbind", zigbind);
        // Zig looks only at what is used.
        const text = "comptime {{ const M = @import(\\"module\\"); for (@typeInfo(M).@\\"struct\\".decls) |one| _ = &@field(M, one.name); }}";
        const all = b.createModule(.{{ .root_source_file = b.addWriteFiles().add("all.zig", text), .target = target, .optimize = optimize }});
        all.addImport("module", module);
        const library = b.addLibrary(.{{ .name = std.fs.path.stem(path), .linkage = .dynamic, .root_module = all }});
        library.linker_allow_shlib_undefined = true;
        check.dependOn(&library.step);
    }}
}}
"""


def write(folder: str) -> dict[str, str]:
    """Write ``build.zig`` for the project in ``folder``, or the copy of the runtime that its own names; what was done, in a word or
    two, by path.

    ZigbindError where the folder is none, or the build.zig that is there is the user's: it says what to add to that by hand.
    """
    if os.path.isfile(folder):
        raise ZigbindError(f"{folder} is a file; name the project's directory, where build.zig shall be")
    if not os.path.isdir(folder):
        raise ZigbindError(f"{folder}: there is no such directory to write for")
    os.listdir(folder)  # where that is not allowed there would seem to be no module
    if any(_RUNTIME in _text(os.path.join(folder, name)) for name in ("build.zig.zon", os.path.join("src", "build.zig"))):
        # As `zigbind new` makes them: git does not have the copy, so a clone lacks it.
        zigbuild.copy_runtime(folder)
        return {os.path.join(folder, *_RUNTIME.split("/")): "brought up to date"}
    path = os.path.join(folder, "build.zig")
    modules = [os.path.relpath(one, folder).replace(os.sep, "/") for one in tree.modules(folder, tree.Graph())]
    text = _BUILD.format(marker=tree.IDE_MARKER, runtime=_quoted(compiler.RUNTIME), modules="\n".join(f"        {_quoted(one)}," for one in modules))
    if not modules:
        raise ZigbindError(f"{folder}: no .zig module in this directory; write one first, then call zigbind ide again")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            before = file.read()
    except FileNotFoundError:
        before = None
    if before == text:
        return {path: "is up to date"}
    if before is not None and tree.IDE_MARKER not in before.splitlines():
        if _KNOWS_ZIGBIND.search(before):
            return {path: "knows zigbind already, and stays as it is"}  # as that of `zigbind new --layout build-zig`
        raise ZigbindError(
            f"{path} is your own, so it stays as it is. For ZLS add to its build function:\n"
            f'    const zigbind = b.addModule("zigbind", .{{ .root_source_file = .{{ .cwd_relative = {_quoted(os.path.join(compiler.RUNTIME, "zigbind.zig"))} }} }});\n'
            f'and to each module that imports it: module.addImport("zigbind", zigbind);'
        )
    cache.write_aside(path, text.encode())
    return {path: "written" if before is None else "brought up to date"}


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

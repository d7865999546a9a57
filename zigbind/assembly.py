"""The machine code of one Zig function, as assembly text."""

from __future__ import annotations

import difflib
import os
import re
import subprocess

from . import cache, compiler, manifest, recipe, settings, target, toolchain
from .errors import ZigbindError

__all__ = ["text"]

_ROOT = """const zigbind = @import("zigbind");
pub const panic = zigbind.root.panic;
const module = @import("{file}");
export fn zigbind_assembly() *const anyopaque {{
    return @ptrCast(&module.@"{function}");
}}
"""
#: What the assembler needs to know and a reader does not.
_NOISE = re.compile(r"^\s*\.(?!long|quad|byte|short|zero|ascii)\w+|^\s*#|^\.L(?:func_end|cfi)\w*:|^\s*$")


def text(path: str, function: str, *, label: str, names: tuple[str, ...], arguments: dict[str, object], environ: dict[str, str], cwd: str) -> str:
    """The assembly text of the public ``function`` of the Zig file at ``path``, as it is compiled with these settings.

    ``names`` are those that it could be, ``label`` is what people call the file. ZigbindError where there is no such function, or it has no code of its own.
    """
    if function not in names:
        near = difflib.get_close_matches(function, names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names)}" if names else "it has none"
        raise ZigbindError(f"{label} has no public function {function!r}; {hint}")
    chosen = settings.merge(arguments=arguments, environ=environ, pyproject=None, cwd=cwd)
    found = toolchain.find(zig_path=chosen.zig_path, search_path=environ.get("PATH", ""), read_version=toolchain.version_of)
    source = recipe.Source(name="assembly", path=path, root=os.path.dirname(path))
    made = recipe.make(source=source, target=target.host(), toolchain=found, settings=chosen, runtime="", environ=environ)
    opened = cache.open_cache(chosen.cache_dir or manifest.default_root(environ) or manifest.fallback_root(environ))
    with opened.stage() as stage:
        with open(os.path.join(stage, "root.zig"), "w", encoding="utf-8") as file:
            file.write(_ROOT.format(file=f"{compiler.TOP}/{os.path.basename(path)}", function=function))
        compiler.link_directory(source.root, os.path.join(stage, compiler.TOP))
        emitted = os.path.join(stage, "function.s")
        command = [found.path, *compiler.arguments(made, ("-fno-compiler-rt", "-fllvm", f"-femit-asm={emitted}", "-fno-emit-bin"))]
        command += ["--cache-dir", os.path.join(stage, "cache"), "--global-cache-dir", opened.zig_cache(found.version)]
        done = subprocess.run(command, cwd=stage, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0 or not os.path.isfile(emitted):
            first = next((line for line in done.stderr.splitlines() if "error:" in line), done.stderr.strip())
            raise ZigbindError(f"{function} has no machine code of its own: {first.partition('error: ')[2] or first}")
        with open(emitted, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    return _function(lines, function)


def _function(lines: list[str], function: str) -> str:
    """The lines of one function: from its label to its end."""
    label = re.compile(rf'^"?_?[\w.$]*\.{re.escape(function)}"?:')
    start = next((at for at, line in enumerate(lines) if label.match(line)), None)
    if start is None:
        raise ZigbindError(f"{function} has no machine code of its own: it is an alias of another function, or inlined everywhere")
    end = next((at for at in range(start, len(lines)) if lines[at].startswith(".Lfunc_end") or ".cfi_endproc" in lines[at]), len(lines))
    kept = [line.partition("#")[0].rstrip() for line in lines[start:end] if not _NOISE.match(line)]
    return "\n".join(line for line in kept if line)

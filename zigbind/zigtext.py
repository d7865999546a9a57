"""What the text of a Zig file says about modules, without a compiler: what it imports, whether it exports, its version.

Zig's grammar is made so that tokens need no context: no comment or string spans lines. What is looked for here are fixed sequences
of tokens, so this finds what ``std.zig.Ast`` finds (a test compares the two over the standard library); whatever needs more than
that is in `zigsource`.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

__all__ = ["ZigText", "read"]


class ZigText(NamedTuple):
    """``imports`` are the arguments of ``@import``; ``exports`` says whether the file has a ``pub`` declaration or a ``PyInit_``
    function; ``version`` is the string of ``pub const version = "...";``."""

    imports: tuple[str, ...]
    exports: bool
    version: str | None


_TOKEN = re.compile(
    r"""
      //[^\n]* | \\\\[^\n]* | \s+                               # comments, lines of multiline strings, space
    | (?P<token> @?"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'    # strings, quoted names, characters
      | @?[A-Za-z_0-9]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


def read(text: str) -> ZigText:
    """Read a file. A text with syntax errors gives what can be read of it."""
    tokens = [found for match in _TOKEN.finditer(text) if (found := match["token"])]
    imports, version, exports, depth = [], None, False, 0
    for index, token in enumerate(tokens):
        if token in ("{", "("):
            depth += 1
        elif token in ("}", ")"):
            depth -= 1
        if token == "@import" and tokens[index + 1 : index + 2] == ["("]:
            imports += _strings(tokens[index + 2 : index + 3])
        elif depth == 0 and token == "pub":
            exports = True
            if tokens[index + 1 : index + 3] == ["const", "version"]:
                version = next(iter(_value(tokens[index + 3 : index + 16])), version)
        elif depth == 0 and token.startswith("PyInit_") and tokens[index - 2 : index] == ["export", "fn"]:
            exports = True
    return ZigText(imports=tuple(imports), exports=exports, version=version)


def _value(tokens: list[str]) -> list[str]:
    """What a constant is initialised with, where that is one string. ``tokens`` follow its name, perhaps with a type."""
    start = tokens.index("=") + 1 if "=" in tokens else len(tokens)
    return _strings(tokens[start : start + 1]) if tokens[start + 1 : start + 2] == [";"] else []


def _strings(tokens: list[str]) -> list[str]:
    """The content of a string token, as a list; none where it is no string, or one with escapes that Python has not."""
    try:
        return [ast.literal_eval(token) for token in tokens if token.startswith('"')]
    except (SyntaxError, ValueError):
        return []

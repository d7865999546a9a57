"""Names, parameters and doc comments of Zig files, and the root file that carries them to the compiler.

The parsing is the Zig compiler's own (``std.zig.Ast``), in ``zigsource.zig``; here its rows become a tree, aliases are followed
from file to file, and the tree is written as Zig.
"""

from __future__ import annotations

import keyword
import os
from typing import NamedTuple

__all__ = ["Summary", "root_text", "summarize"]


class Summary(NamedTuple):
    """What the source of a module says.

    ``container`` is Zig text: a ``Container`` with everything the module exports, or None where the file has syntax
    errors. ``files`` maps the project's files that were read to their content, ``absent`` lists imported ones that are not there.
    """

    container: str | None
    exports: tuple[str, ...]
    variables: bool
    panics: bool
    call_allocator: bool
    raises: bool
    files: dict[str, bytes]
    absent: tuple[str, ...]


class _Declaration:
    """One row of the reader, and the declarations in it by name."""

    __slots__ = ("children", "doc", "file", "kind", "line", "name", "names", "parent", "public", "text")

    def __init__(self, file: str, parent: _Declaration | None, row: tuple):
        _parent, self.kind, self.public, self.name, self.doc, self.line, self.names, self.text = row
        self.file = file
        self.parent = parent
        self.children: dict[str, _Declaration] = {}


#: Aliases of aliases are followed this far.
_MAX_HOPS = 32
#: Namespaces in namespaces are described this deep.
_MAX_DEPTH = 16


def summarize(path: str, *, parse, std_directory: str) -> Summary:
    """Read the module at ``path`` and the files it imports.

    ``parse(text)`` is ``read`` of ``zigsource.zig``. ``std_directory`` holds the standard library's ``std.zig``.
    """
    reader = _Reader(parse, std_directory)
    root = reader.file(path)
    pending, seen = [path], set()
    variables = panics = call_allocator = raises = uses_zigbind = False
    exports: tuple[str, ...] = ()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        uses = reader.uses.get(current)
        if uses is None:
            continue
        imports, exported, has_variables, has_panics, has_allocator, has_raise = uses
        variables |= has_variables
        panics |= has_panics
        # One file may get zigbind from another.
        uses_zigbind |= "zigbind" in imports
        call_allocator |= has_allocator
        raises |= has_raise
        if current == path:
            exports = tuple(exported)
        for target in imports:
            if target.endswith(".zig"):
                imported = _relative(current, target)
                reader.file(imported)
                pending.append(imported)
    return Summary(
        container=None if root is None else reader.container(root, os.path.dirname(path), ()),
        exports=exports,
        variables=variables,
        panics=panics,
        call_allocator=call_allocator and uses_zigbind,
        raises=raises and uses_zigbind,
        files={name: content for name, content in reader.contents.items() if name in seen},
        absent=tuple(sorted(reader.absent & seen)),
    )


def root_text(name: str, file: str, summary: Summary | None, *, links_c: bool = False) -> str:
    """The root file of the build of module ``name``, which is in ``file`` as seen from the root file; without a summary, one that
    knows no names. C code that it links may have variables of its own."""
    user = f"@import({_quote(file)})"
    if summary is not None and f"PyInit_{name}" in summary.exports:
        export = f'    _ = {user};\n'
    elif summary is None:
        # zigbind's own reader, which has no container-level variables: it loads in every interpreter.
        export = f'    zigbind.root.exportModule({user}, .{{ .name = {_quote(name)}, .uses = .{{ .variables = false }} }});\n'
    elif summary.container is None:
        export = f'    zigbind.root.exportModule({user}, .{{ .name = {_quote(name)} }});\n'
    else:
        uses = (
            f".{{ .variables = {_bool(summary.variables or links_c)}, .panic = {_bool(summary.panics)}, "
            f".call_allocator = {_bool(summary.call_allocator)}, .raises = {_bool(summary.raises)} }}"
        )
        export = (
            f'    zigbind.root.exportModule({user}, .{{ .name = {_quote(name)}, .source_known = true, '
            f".uses = {uses}, .container = {summary.container} }});\n"
        )
    return (
        'const zigbind = @import("zigbind");\n'
        "pub const panic = zigbind.root.panic;\n"
        "comptime {\n" + export + "}\n"
    )


class _Reader:
    def __init__(self, parse, std_directory: str):
        self.parse = parse
        self.std_directory = std_directory
        self.files: dict[str, _Declaration | None] = {}
        self.contents: dict[str, bytes] = {}
        self.uses: dict[str, tuple] = {}
        self.absent: set[str] = set()

    def file(self, path: str) -> _Declaration | None:
        """The declaration that a file is; None where it is missing or has syntax errors."""
        if path not in self.files:
            self.files[path] = self._read(path)
        return self.files[path]

    def _read(self, path: str) -> _Declaration | None:
        try:
            with open(path, "rb") as file:
                content = file.read()
        except OSError:
            self.absent.add(path)
            return None
        self.contents[path] = content
        if b"\0" in content:
            return None  # the compiler says what is wrong with it
        try:
            parsed = self.parse(content.decode())
        except UnicodeDecodeError:
            return None
        if parsed is None:
            return None
        rows, self.uses[path] = parsed
        declarations: list[_Declaration] = []
        for row in rows:
            outer = declarations[row[0]] if row[0] >= 0 else None
            declaration = _Declaration(path, outer, row)
            declarations.append(declaration)
            if outer is not None:
                outer.children[declaration.name] = declaration
        return declarations[0]

    def target(self, declaration: _Declaration | None, hops: int = 0) -> _Declaration | None:
        """What a declaration stands for, through aliases and imports; None where only the compiler can tell."""
        if declaration is None or hops > _MAX_HOPS:
            return None
        if declaration.kind == "import":
            return self.imported(declaration.file, declaration.text)
        if declaration.kind == "alias":
            return self.resolve(declaration.parent, declaration.text, hops + 1)
        return declaration

    def imported(self, file: str, name: str) -> _Declaration | None:
        if name.endswith(".zig"):
            return self.file(_relative(file, name))
        return self.file(os.path.join(self.std_directory, "std.zig")) if name == "std" else None

    def resolve(self, scope: _Declaration | None, path: str, hops: int = 0) -> _Declaration | None:
        if path.startswith("@import:"):
            name, _, path = path.removeprefix("@import:").partition("\n")
            found = self.imported(scope.file, name)
            parts = path.split(".")
        else:
            first, *parts = path.split(".")
            while scope is not None and first not in scope.children:
                scope = scope.parent
            found = self.target(scope.children[first], hops) if scope is not None else None
        for part in parts:
            if found is None:
                return None
            found = self.target(found.children.get(part), hops)
        return found

    def container(self, declaration: _Declaration, directory: str, outer: tuple) -> str:
        """The Zig text of a ``Container``."""
        outer = (*outer, id(declaration))
        lines = []
        for child in declaration.children.values():
            if child.public and (text := self.declaration(child, directory, outer)):
                # Imported anew: a declaration of the module may be named like any name in this file.
                lines.append(f'pub const {_identifier(child.name)}: @import("zigbind").root.Declaration = {text};')
        body = "\n".join(lines)
        return f".{{ .doc = {_quote(declaration.doc)}, .declarations = struct {{\n{body}\n}} }}"

    def declaration(self, declaration: _Declaration, directory: str, outer: tuple) -> str:
        """The Zig text of a ``Declaration``."""
        target = self.target(declaration)
        fields = [f".location = {_quote(self.location(declaration, directory))}"]
        if doc := declaration.doc or (target.doc if target is not None and target.kind == "function" else ""):
            fields.append(f".doc = {_quote(doc)}")
        if package := self.package(declaration, target):
            fields.append(f".package = {_quote(package)}")
        elif target is not None and target.kind == "function":
            fields.append(f".parameters = {_parameters(target.names)}")
        elif target is not None and target.kind in ("file", "container"):
            if id(target) not in outer and len(outer) < _MAX_DEPTH:
                fields.append(f".container = {self.container(target, directory, outer)}")
        elif target is not None and target.kind == "overload":
            found = (self.resolve(target.parent, path) if path else None for path in target.names)
            texts = (self.declaration(one, directory, outer) if one is not None else ".{}" for one in found)
            fields.append(f".overloads = &.{{ {', '.join(texts)} }}")
        return f".{{ {', '.join(fields)} }}"

    def package(self, declaration: _Declaration, target: _Declaration | None) -> str | None:
        """The package that a namespace is or stands in, where that is not this project."""
        if declaration.kind == "import" and not declaration.text.endswith(".zig"):
            return declaration.text
        foreign = target is not None and target.kind in ("file", "container") and target.file.startswith(self.std_directory + os.sep)
        return "std" if foreign else None

    def location(self, declaration: _Declaration, directory: str) -> str:
        return f"{os.path.relpath(declaration.file, directory).replace(os.sep, '/')}:{declaration.line}"


def _relative(file: str, target: str) -> str:
    # As given, not resolved: Zig does the same with symbolic links.
    return os.path.normpath(os.path.join(os.path.dirname(file), target))


def _parameters(names: list[str]) -> str:
    used: set[str] = set()
    texts = []
    for index, name in enumerate(names):
        python = name
        if keyword.iskeyword(python):
            python += "_"  # as PEP 8 has it
        if not python.isidentifier() or python == "_" or not python.isascii() or python in used:
            python = f"arg{index}"
            while python in used or python in names:
                python += "_"
        used.add(python)
        texts.append(_quote(python))
    return f"&.{{ {', '.join(texts)} }}" if texts else "&.{}"


def _identifier(name: str) -> str:
    return f"@{_quote(name)}"


def _quote(text: str) -> str:
    """A Zig string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    plain = "".join(char if char >= " " and char != "\x7f" else f"\\x{ord(char):02x}" for char in escaped)
    return f'"{plain}"'


def _bool(value: bool) -> str:
    return "true" if value else "false"

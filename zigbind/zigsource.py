"""Names, parameters and doc comments of Zig files, and the root file that carries them to the compiler.

The parsing is the Zig compiler's own (``std.zig.Ast``), in ``zigsource.zig``; here its rows become a tree, aliases are followed
from file to file, and the tree is written as Zig.
"""

from __future__ import annotations

import os
import posixpath
from typing import NamedTuple

from .recipe import digest
from .sheets import MAX_HOPS, Sheets, Writer
from .zigwords import identifier, parameter_names, quote

__all__ = ["Described", "Summary", "documents", "root_text", "summarize"]


class Described(NamedTuple):
    """A file with its ``Container``, as Zig text. ``path`` counts from the directory of the module, ``digest`` stands for the file
    and all that it imports."""

    path: str
    container: str
    digest: str


class Summary(NamedTuple):
    """What the source of a module says.

    ``described`` are the module's own file, with everything it exports, and then the others that define types; nothing where the
    file has syntax errors. ``files`` maps the project's files that were read to their content, ``absent`` lists imported ones that
    are not there.
    """

    described: tuple[Described, ...]
    sheets: Sheets
    exports: tuple[str, ...]
    variables: bool
    panics: bool
    call_allocator: bool
    raises: bool
    exceptions: bool
    gil: bool
    files: dict[str, bytes]
    absent: tuple[str, ...]


class _Declaration:
    """One row of the reader, and the declarations and fields in it by name."""

    __slots__ = ("children", "doc", "fields", "file", "kind", "line", "name", "names", "parent", "public", "text")

    def __init__(self, file: str, parent: _Declaration | None, row: tuple):
        _parent, self.kind, self.public, self.name, self.doc, self.line, self.names, self.text = row
        self.file = file
        self.parent = parent
        self.children: dict[str, _Declaration] = {}
        self.fields: dict[str, _Declaration] = {}


#: Declarations that others stand in.
_CONTAINERS = ("file", "container", "returned")
#: Functions of a type that nobody but Python calls by these names, or by those of special methods.
_FOR_PYTHON = ("init", "deinit", "format")
#: Namespaces in namespaces are described this deep.
_MAX_DEPTH = 16


def summarize(path: str, *, parse, std_directory: str) -> Summary:
    """Read the module at ``path`` and the files it imports.

    ``parse(text)`` is ``read`` of ``zigsource.zig``. ``std_directory`` holds the standard library's ``std.zig``.
    """
    reader = _Reader(parse, std_directory)
    root = reader.file(path)
    pending = [path]
    taken: dict[str, set[str]] = {}
    variables = panics = call_allocator = raises = exceptions = gil = uses_zigbind = False
    exports: tuple[str, ...] = ()
    while pending:
        current = pending.pop()
        if current in taken:
            continue
        taken[current] = set()
        uses = reader.uses.get(current)
        if uses is None:
            continue
        imports, exported, has_variables, has_panics, has_allocator, has_raise, has_exceptions, has_gil, embeds = uses
        variables |= has_variables
        panics |= has_panics
        # One file may get zigbind from another.
        uses_zigbind |= "zigbind" in imports
        call_allocator |= has_allocator
        raises |= has_raise
        exceptions |= has_exceptions
        gil |= has_gil
        if current == path:
            exports = tuple(exported)
        for target in imports:
            if target.endswith(".zig"):
                imported = _relative(current, target)
                reader.file(imported)
                pending.append(imported)
                taken[current].add(imported)
        for target in (*embeds, *(target for target in imports if target.endswith(".zon"))):
            data = _relative(current, target)
            reader.content(data)
            taken[current].add(data)
    used = {path}.union(*taken.values())
    described, sheets = reader.described(path, taken) if root is not None else ((), Sheets("", ()))
    return Summary(
        described=described,
        sheets=sheets,
        exports=exports,
        variables=variables,
        panics=panics,
        call_allocator=call_allocator and uses_zigbind,
        raises=raises and uses_zigbind,
        exceptions=exceptions and uses_zigbind,
        gil=gil and uses_zigbind,
        files={name: content for name, content in reader.contents.items() if name in used},
        absent=tuple(sorted(reader.absent & used)),
    )


def documents(path: str, *, parse, std_directory: str) -> dict[str, str]:
    """The doc comments of what the module at ``path`` exports, by dotted Zig name; that of the file itself is at "".

    See `summarize` for the parameters.
    """
    reader = _Reader(parse, std_directory)
    root = reader.file(path)
    return dict(reader.documents(root, "", ())) if root is not None else {}


def root_text(name: str, file: str, summary: Summary | None, *, links_c: bool = False) -> str:
    """The root file of the build of module ``name``, which is in ``file`` as seen from the root file; without a summary, one that
    knows no names. C code that it links may have variables of its own."""
    head = 'const zigbind = @import("zigbind");\npub const panic = zigbind.root.panic;\n'
    if summary is not None and f"PyInit_{name}" in summary.exports:
        return f"{head}comptime {{\n    _ = @import({quote(file)});\n}}\n"
    options = [f".name = {quote(name)}"]
    files = [_file(file, "")]
    if summary is None:
        # zigbind's own reader, which has no container-level variables: it loads in every interpreter.
        options.append(".uses = .{ .variables = false, .gil = false }")
    elif summary.described:
        options.append(".source_known = true")
        options.append(
            f".uses = .{{ .variables = {_bool(summary.variables or links_c)}, .panic = {_bool(summary.panics)}, "
            f".call_allocator = {_bool(summary.call_allocator)}, .raises = {_bool(summary.raises)}, "
            f".exceptions = {_bool(summary.exceptions)}, .gil = {_bool(summary.gil)} }}"
        )
        top, _, inside = file.partition("/")
        described, meant = (
            [posixpath.normpath(posixpath.join(posixpath.dirname(inside), path)) for path in paths]
            for paths in ([one.path for one in summary.described], summary.sheets.files)
        )
        if not any(path.startswith("../") for path in meant):
            head += "".join(f"const file_{number} = @import({quote(f'{top}/{path}')});\n" for number, path in enumerate(meant)) + summary.sheets.text
        files = [
            _file(f"{top}/{path}", f".container = {one.container}, .digest = {quote(one.digest)}, ")
            for path, one in zip(described, summary.described, strict=True)
            if not path.startswith("../")  # the compiler says that it cannot be imported
        ]
    options.append(".files = &.{\n" + ",\n".join(files) + ",\n}")
    return (
        f"{head}pub const zigbind_options: zigbind.root.Options = .{{ {', '.join(options)} }};\n"
        "comptime {\n    zigbind.root.exportModule(zigbind_options);\n}\n"
    )


def _file(path: str, known: str) -> str:
    """The Zig text of a ``File``."""
    module = posixpath.basename(path).removesuffix(".zig")
    return f".{{ .Root = @import({quote(path)}), {known}.module = {quote(module)} }}"


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

    def content(self, path: str) -> bytes | None:
        """The content of a file; None where it is missing."""
        if path not in self.contents and path not in self.absent:
            try:
                with open(path, "rb") as file:
                    self.contents[path] = file.read()
            except OSError:
                self.absent.add(path)
        return self.contents.get(path)

    def _read(self, path: str) -> _Declaration | None:
        content = self.content(path)
        if content is None or b"\0" in content:
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
                (outer.fields if declaration.kind == "field" else outer.children)[declaration.name] = declaration
        return declarations[0]

    def target(self, declaration: _Declaration | None, hops: int = 0) -> _Declaration | None:
        """What a declaration stands for, through aliases and imports; None where only the compiler can tell."""
        if declaration is None or hops > MAX_HOPS:
            return None
        if declaration.kind == "import":
            return self.imported(declaration.file, declaration.text)
        if declaration.kind == "alias":
            return self.resolve(declaration.parent, declaration.text, hops + 1)
        if declaration.kind == "this":
            return declaration.parent
        if declaration.kind == "call":
            function = self.resolve(declaration.parent, declaration.text, hops + 1)
            return self.returned(function) if function is not None else None
        return declaration

    def returned(self, function: _Declaration) -> _Declaration | None:
        """The container that a generic function returns."""
        return next((child for child in function.children.values() if child.kind == "returned"), None)

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

    def described(self, path: str, taken: dict[str, set[str]]) -> tuple[tuple[Described, ...], Sheets]:
        """The module's own file, then the others that define types, and the sheets of its own classes. ``taken`` are the files that each
        file imports or embeds."""
        directory = os.path.dirname(path)
        found, writer = [], Writer(self, directory)
        for name in (path, *sorted(self.always_imported(path) - {path})):
            file = self.file(name)
            if file is None or name != path and not self.defines_types(file, set()):
                continue
            container = self.container(file, directory, (), writer if name == path else None)
            found.append(Described(_from(directory, name), container, self.digest(name, taken)))
        return tuple(found), writer.sheets()

    def always_imported(self, path: str) -> set[str]:
        """The files that are imported by name, from one to the next: what only some systems import, or tests, is left as lazy as Zig has it."""
        pending, found = [path], set()
        while pending:
            current = pending.pop()
            declaration = self.file(current)
            if current in found or declaration is None:
                continue
            found.add(current)
            waiting = [declaration]
            while waiting:
                one = waiting.pop()
                waiting += one.children.values()
                name = one.text if one.kind == "import" else one.text.removeprefix("@import:").partition("\n")[0] if one.text.startswith("@import:") else ""
                if name.endswith(".zig"):
                    pending.append(_relative(current, name))
        return found

    def defines_types(self, declaration: _Declaration, seen: set[int]) -> bool:
        """Whether this is a type with fields, or one or an error set in the same file can be got at from here."""
        if declaration.fields:
            return True
        seen.add(id(declaration))
        for child in declaration.children.values():
            if not child.public:
                continue
            found = self.returned(child) if child.kind == "function" else self.target(child)
            if found is not None and found.kind == "errors" and found.file == declaration.file:
                return True
            if found is None or found.kind not in _CONTAINERS or found.file != declaration.file or id(found) in seen:
                continue
            if self.defines_types(found, seen):
                return True
        return False

    def digest(self, path: str, taken: dict[str, set[str]]) -> str:
        """Stands for a file and all that it takes from the project, wherever that lies."""
        pending, found = [path], set()
        while pending:
            current = pending.pop()
            if current not in found:
                found.add(current)
                pending += taken.get(current, ())
        directory = os.path.dirname(path)
        contents = sorted((_from(directory, name), self.contents[name]) for name in found & self.contents.keys())
        # Files that import each other have the same contents: the name tells them apart.
        return digest(os.path.basename(path), *(part for row in contents for part in row))

    def container(self, declaration: _Declaration, directory: str, outer: tuple, writer: Writer | None) -> str:
        """The Zig text of a ``Container``."""
        outer = (*outer, id(declaration))
        lines = []
        for child in declaration.children.values():
            if child.public and (text := self.declaration(child, directory, outer, writer)):
                # Imported anew: a declaration of the module may be named like any name in this file.
                lines.append(f'pub const {identifier(child.name)}: @import("zigbind").root.Declaration = {text};')
        body = "\n".join(lines)
        documented = (field for field in declaration.fields.values() if field.doc)
        docs = "".join(f"pub const {identifier(field.name)}: [:0]const u8 = {quote(field.doc)};\n" for field in documented)
        fields = f", .fields = struct {{\n{docs}}}" if docs else ""
        unseen = ", ".join(
            f".{{ .name = {quote(child.name)}, .location = {quote(self.location(child, directory))}, .is_function = {_bool(child.kind == 'function')} }}"
            for child in declaration.children.values()
            if not child.public and _is_for_python(declaration, child)
        )
        unseen = f", .unseen = &.{{ {unseen} }}" if unseen else ""
        number = None if unseen or writer is None else writer.number(declaration)
        sheet = f", .sheet = {number}" if number is not None else ""
        return f".{{ .doc = {quote(declaration.doc)}, .declarations = struct {{\n{body}\n}}{fields}{sheet}{unseen} }}"

    def declaration(self, declaration: _Declaration, directory: str, outer: tuple, writer: Writer | None) -> str:
        """The Zig text of a ``Declaration``."""
        target = self.target(declaration)
        fields = [f".location = {quote(self.location(declaration, directory))}"]
        if doc := declaration.doc or (target.doc if target is not None and target.kind == "function" else ""):
            fields.append(f".doc = {quote(doc)}")
        if package := self.package(declaration, target):
            fields.append(f".package = {quote(package)}")
        elif target is not None and target.kind == "function":
            fields.append(f".parameters = {_parameters(target.names)}")
        elif target is not None and target.kind in _CONTAINERS:
            # What a type calls by another name is described where it stands: types that name each other would be described without end.
            is_aside = declaration.kind == "alias" and declaration.parent.kind != "file" and declaration.parent.fields
            if id(target) not in outer and len(outer) < _MAX_DEPTH and not is_aside:
                fields.append(f".container = {self.container(target, directory, outer, writer)}")
        elif target is not None and target.kind == "errors":
            fields.append(".is_error_set = true")
        elif target is not None and target.kind == "overload":
            found = (self.resolve(target.parent, path) if path else None for path in target.names)
            texts = (self.declaration(one, directory, outer, writer) if one is not None else ".{}" for one in found)
            fields.append(f".overloads = &.{{ {', '.join(texts)} }}")
        return f".{{ {', '.join(fields)} }}"

    def documents(self, declaration: _Declaration, name: str, outer: tuple):
        """(dotted name, doc comment) of a container and of what is in it."""
        outer = (*outer, id(declaration))
        if declaration.doc:
            yield name, declaration.doc
        before = f"{name}." if name else ""
        for field in declaration.fields.values():
            if field.doc:
                yield before + field.name, field.doc
        for child in declaration.children.values():
            if not child.public:
                continue
            target = self.target(child)
            if target is not None and target.kind in _CONTAINERS and id(target) not in outer and len(outer) < _MAX_DEPTH and not self.package(child, target):
                yield from self.documents(target, before + child.name, outer)
            if doc := child.doc or (target.doc if target is not None and target.kind == "function" else ""):
                yield before + child.name, doc

    def package(self, declaration: _Declaration, target: _Declaration | None) -> str | None:
        """The package that a namespace is or stands in, where that is not this project."""
        if declaration.kind == "import" and not declaration.text.endswith(".zig"):
            return declaration.text
        foreign = target is not None and target.kind in _CONTAINERS and target.file.startswith(self.std_directory + os.sep)
        return "std" if foreign else None

    def location(self, declaration: _Declaration, directory: str) -> str:
        return f"{_from(directory, declaration.file)}:{declaration.line}"


def _is_for_python(container: _Declaration, child: _Declaration) -> bool:
    """Whether a declaration would mean something to Python, and to nobody else, if it were pub."""
    if child.name == "zigbind":
        return child.kind == "constant"  # not an import of zigbind
    is_special = child.name in _FOR_PYTHON or (len(child.name) > 4 and child.name.startswith("__") and child.name.endswith("__"))
    return is_special and child.kind == "function" and bool(container.fields)


def _relative(file: str, target: str) -> str:
    # As given, not resolved: Zig does the same with symbolic links.
    return os.path.normpath(os.path.join(os.path.dirname(file), target))


def _from(directory: str, path: str) -> str:
    return os.path.relpath(path, directory).replace(os.sep, "/")


def _parameters(names: list[str]) -> str:
    texts = map(quote, parameter_names(names))
    return f"&.{{ {', '.join(texts)} }}" if names else "&.{}"


def _bool(value: bool) -> str:
    return "true" if value else "false"

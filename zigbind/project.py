"""A project to pack: its metadata, its Zig modules, and its files.

Which files are the project's: in a git tree those that git tracks, and new ones that it does not ignore; elsewhere all but hidden
files, caches, build outputs and virtual environments; in an unpacked source distribution all that it holds. What ``exclude`` names
is left out, and the build.zig of ``zigbind ide``. Source distributions hold all of these, wheels those below the packages.

Where modules are looked for: in ``src/`` if that holds packages or Zig files, else in the project's directory, where only the
package and the Zig file named after the project count, or the only ones. A Zig file that another one imports, or that has nothing
``pub``, is no module. A Zig file beside a package of its name is a module in that package.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from . import settings as _settings
from . import zigtext
from .errors import ProjectError
from .manifest import EDITABLE_MARKER
from .recipe import Source
from .settings import Settings
from .tree import is_for_editors

if TYPE_CHECKING:
    from pyproject_metadata import StandardMetadata

__all__ = ["Project", "read"]


class Project(NamedTuple):
    """A project as it lies on disk.

    ``root`` is the directory of pyproject.toml. ``modules`` are its Zig modules; the root of each is what stands on `sys.path`.
    ``files`` are what wheels hold besides them, as (name in the wheel, absolute path), and ``listing`` is what source distributions
    hold, as names below ``root``; both sorted, with ``/``. Where ``build_zig`` is true, ``zig build`` makes the modules. ``notes`` say
    what a user should know about how the files were chosen.
    """

    root: str
    metadata: StandardMetadata
    modules: tuple[Source, ...]
    files: tuple[tuple[str, str], ...]
    settings: Settings
    build_zig: bool
    listing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The beginning of the names of its archives, and the directory in source distributions: ``my_package-1.0``."""
        return f"{self.metadata.canonical_name.replace('-', '_')}-{self.metadata.version}"


#: Made by building, wherever they stand.
_CACHES = ("__pycache__", ".zig-cache", "zig-cache", "zig-out", ".zigbind", ".git", ".hg")
#: Taken for build outputs or tools where nothing tells what belongs to the project.
_OUTPUTS = ("build", "dist", "node_modules", "htmlcov", "venv", "site", "wheelhouse")
_COMPILED = (".pyc", ".pyo", ".so", ".pyd", ".dylib", ".whl", ".o", ".obj")
#: Directories of a project that are no packages.
_NO_PACKAGES = {
    "tests",
    "test",
    "testing",
    "docs",
    "doc",
    "examples",
    "example",
    "benchmarks",
    "benchmark",
    "scripts",
    "tools",
    "src",
    "stubs",
    "typings",
}
#: What PEP 639 suggests to look for.
_LICENSES = ("LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*")
#: Windows cannot have them in file names.
_UNPORTABLE = set('<>:"|?*\\')


def read(root: str, *, environ: dict[str, str], arguments: dict[str, object] | None = None, cwd: str) -> Project:
    """Read the project in the directory ``root``. ProjectError or SettingsError says what is wrong and where."""
    root = os.path.normpath(os.path.join(cwd, root))
    pyproject = os.path.join(root, "pyproject.toml")
    table = _table(pyproject)
    chosen = _settings.merge(arguments=arguments or {}, environ=environ, pyproject=pyproject, cwd=cwd)
    own = _settings.project(pyproject)
    notes: list[str] = []
    name = table.get("name", "")
    name = name if isinstance(name, str) else ""
    # Wherever the outputs of earlier builds were put.
    archives = re.sub(r"[-_.]+", "_", name).lower() + "-*.tar.gz"
    listing = _listing(root, own.exclude, archives, environ, notes)
    tree = _Tree(root, listing, name)
    build_zig = "build.zig" in tree.names
    modules = _named_modules(tree, own.modules, pyproject) if own.modules else _modules(tree)
    if build_zig and not own.modules:
        modules = ()
    if not modules and not build_zig:
        raise ProjectError(_no_module(tree))
    metadata = _metadata(table, tree, modules, pyproject)
    files = _wheel_files(tree, modules, chosen, own)
    return Project(
        root=root, metadata=metadata, modules=modules, files=files, settings=chosen, build_zig=build_zig, listing=listing, notes=tuple(notes)
    )


# ---- pyproject.toml


def _table(pyproject: str) -> dict[str, object]:
    """``[project]`` of pyproject.toml."""
    import tomllib

    try:
        with open(pyproject, "rb") as file:
            content = tomllib.load(file)
    except FileNotFoundError:
        raise ProjectError(
            f"{os.path.dirname(pyproject)} has no pyproject.toml; write one with a [project] table, or try: zigbind new NAME"
        ) from None
    except NotADirectoryError:
        raise ProjectError(f"{os.path.dirname(pyproject)} is a file; name the directory that pyproject.toml is in") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(f"{pyproject} is no valid TOML: {error}") from None
    table = content.get("project")
    if not isinstance(table, dict):
        raise ProjectError(f'{pyproject} has no [project] table; it needs at least: [project] name = "..." version = "..."')
    return table


def _metadata(table: dict[str, object], tree: _Tree, modules: tuple[Source, ...], pyproject: str) -> StandardMetadata:
    try:
        from pyproject_metadata import ConfigurationError, StandardMetadata
        from pyproject_metadata.errors import ConfigurationWarning
    except ModuleNotFoundError as error:  # zigbind was installed without what it requires, which imports do not need
        raise ProjectError(
            f"packing a project needs the package {error.name}, which is not installed; pip install pyproject-metadata packaging"
        ) from None
    _check_fields(table, pyproject)
    table = dict(table)
    dynamic = table.get("dynamic", [])
    if "version" in dynamic and "version" not in table:
        if others := [one for one in dynamic if one != "version"]:
            raise ProjectError(f"{pyproject}: dynamic = {dynamic!r}: only the version can be dynamic; write {others[0]} into [project]")
        table["version"] = _version(tree, modules, pyproject)
        del table["dynamic"]
    if isinstance(table.get("license"), str):
        table["license"] = _license(table["license"], pyproject)
    if "license-files" not in table and not isinstance(table.get("license"), dict):
        found = [pattern for pattern in _LICENSES if any(fnmatchcase(name, pattern) for name in tree.names)]
        if found:
            table["license-files"] = found
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConfigurationWarning)
            metadata = StandardMetadata.from_pyproject({"project": table}, tree.root, allow_extra_keys=True)
    except ConfigurationError as error:
        raise ProjectError(f"{pyproject}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{pyproject}: a file that [project] names cannot be read: {error}") from None
    for path in metadata.license_files or ():
        tree.real(str(path))
    return metadata


def _license(text: str, pyproject: str) -> str:
    """A licence expression as SPDX writes it (PEP 639)."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression as error:
        raise ProjectError(
            f"{pyproject}: license = {text!r}: {error}; write an SPDX expression, as MIT or BSD-3-Clause, or LicenseRef-Name for one of your own"
        ) from None


#: The fields of PEP 621, 639 and 794.
_FIELDS = (
    "name version description readme requires-python license license-files authors maintainers keywords classifiers urls "
    "dependencies optional-dependencies scripts gui-scripts entry-points dynamic import-names import-namespaces"
).split()


def _check_fields(table: dict[str, object], pyproject: str) -> None:
    from packaging.utils import InvalidName, canonicalize_name
    from packaging.version import InvalidVersion, Version

    for key in table:
        if key not in _FIELDS:
            raise ProjectError(f"{pyproject}: unknown field {key!r} in [project]{_settings.nearest(key, _FIELDS)}")
    name = table.get("name")
    if not isinstance(name, str):
        raise ProjectError(
            f'{pyproject}: [project] has no name; add name = "..."' if name is None else f"{pyproject}: name = {name!r} must be a string"
        )
    try:
        canonicalize_name(name, validate=True)
    except InvalidName:
        raise ProjectError(
            f"{pyproject}: name = {name!r} is no name of a distribution: use ASCII letters, digits, '.', '-' and '_', "
            "and begin and end with a letter or digit"
        ) from None
    for key in ("scripts", "gui-scripts"):
        _check_scripts(table.get(key), f"{pyproject}: [project.{key}]")
    dynamic = table.get("dynamic", [])
    if not isinstance(dynamic, list):
        raise ProjectError(f'{pyproject}: dynamic = {dynamic!r} must be a list, as ["version"]')
    version = table.get("version")
    if version is None:
        if "version" not in dynamic:
            raise ProjectError(f'{pyproject}: [project] has no version; add version = "0.1.0", or dynamic = ["version"]')
        return
    try:
        Version(version)
    except (InvalidVersion, TypeError):
        raise ProjectError(f"{pyproject}: version = {version!r} is no version; write it as 1.2.3 or 1.2.3rc1 (PEP 440)") from None


#: The object that a command calls, and extras (https://packaging.python.org/specifications/entry-points).
_SCRIPT = re.compile(r"\s*[\w.]+\s*:\s*[\w.]+\s*(\[.*\])?\s*")


def _check_scripts(scripts: object, place: str) -> None:
    """Refuse commands that installers would refuse, once the wheel is everywhere."""
    for name, value in scripts.items() if isinstance(scripts, dict) else ():
        if isinstance(value, str) and not _SCRIPT.fullmatch(value):
            raise ProjectError(f'{place} {name} = {value!r} names no function; write it as {name} = "package.module:function"')


def _version(tree: _Tree, modules: tuple[Source, ...], pyproject: str) -> str:
    """The version that the sources say, without running them."""
    from packaging.version import InvalidVersion, Version

    looked = []
    for name in sorted(name for name in tree.python if name.endswith("/__init__.py") and name.count("/") == tree.prefix.count("/") + 1):
        looked.append(name)
        if (found := _python_version(tree.text(name), name)) is not None:
            break
    else:
        for module in modules or tuple(Source("", os.path.join(tree.root, name), "") for name in sorted(tree.zig)):
            name = os.path.relpath(module.path, tree.root).replace(os.sep, "/")
            looked.append(name)
            if (found := tree.zig[name].version) is not None:
                break
        else:
            raise ProjectError(
                f"{pyproject}: the version is dynamic, and none was found in {', '.join(looked) or 'any file'}; "
                'write __version__ = "1.2.3" into __init__.py, or pub const version = "1.2.3"; into the Zig source'
            )
    try:
        return str(Version(found))
    except InvalidVersion:
        raise ProjectError(f"{os.path.join(tree.root, looked[-1])}: {found!r} is no version; write it as 1.2.3 or 1.2.3rc1 (PEP 440)") from None


def _python_version(text: str, name: str) -> str | None:
    """``__version__ = "..."`` of a Python file; None where it has none that is a plain string."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError) as error:
        raise ProjectError(f"{name} cannot be read for its __version__: {error}") from None
    for statement in statements:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == "__version__" for target in targets) and isinstance(statement.value, ast.Constant):
            return str(statement.value.value)
    return None


# ---- files


def _listing(root: str, exclude: tuple[str, ...], archives: str, environ: dict[str, str], notes: list[str]) -> tuple[str, ...]:
    """The files of the project, below ``root``, sorted. ``archives`` is a pattern for its own source distributions, which are taken
    only where git tracks them."""
    if os.path.isfile(os.path.join(root, "PKG-INFO")):
        names = [name for name in _walk(root, everything=True) if name != "PKG-INFO"]
    else:
        names = _git_files(root, archives, environ, notes)
        if names is None:
            names = [name for name in _walk(root, everything=False) if not _is_archive(name, archives)]
    kept = sorted({name for name in names if name == "pyproject.toml" or not _excluded(name, exclude)})
    return tuple(name for name in kept if _is_file(root, name, notes) and not is_for_editors(os.path.join(root, name)))


def _excluded(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a pattern matches the file or a directory it is in."""
    parts = name.split("/")
    above = ["/".join(parts[: index + 1]) for index in range(len(parts))]
    return any(fnmatchcase(one, pattern.strip("/")) for pattern in patterns for one in above)


def _is_archive(name: str, archives: str) -> bool:
    return fnmatchcase(os.path.basename(name), archives)


def _git_files(root: str, archives: str, environ: dict[str, str], notes: list[str]) -> list[str] | None:
    """What git tracks below ``root``, and what is new there and not ignored. None where ``root`` is in no git tree, or git cannot say."""
    # Those of a hook that runs this would name another repository.
    environ = {name: value for name, value in environ.items() if not name.startswith("GIT_") or name.startswith("GIT_CONFIG")}

    def ask(*arguments: str) -> list[str] | str:
        try:
            done = subprocess.run(["git", "ls-files", "-z", *arguments], cwd=root, env=environ, capture_output=True, stdin=subprocess.DEVNULL)
        except OSError as error:
            return f"git could not be run ({error.strerror})"
        if done.returncode != 0:
            return os.fsdecode(done.stderr).strip().partition("\n")[0]
        return [name for name in os.fsdecode(done.stdout).split("\0") if name]

    tracked = ask("--cached", "--recurse-submodules")
    if isinstance(tracked, str):
        if _in_git_tree(root):
            notes.append(
                f"git does not say which files belong to the project: {tracked}; all files are taken but hidden ones, caches and build outputs"
            )
        return None
    new = ask("--others", "--exclude-standard")
    if "pyproject.toml" not in (*tracked, *new):
        return None  # it lies in somebody else's tree, which ignores it
    added = [name for name in new if not (_is_output(root, name) or _is_archive(name, archives))] if isinstance(new, list) else []
    if tracked and added:
        shown = ", ".join(added[:3]) + (f" and {len(added) - 3} more" if len(added) > 3 else "")
        notes.append(f"not in git yet, and taken: {shown} (git add them, or ignore them in .gitignore)")
    return [name for name in (*tracked, *added) if not _has_marker(root, name)]


def _in_git_tree(directory: str) -> bool:
    while not os.path.exists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:
            return False
        directory = parent
    return True


def _walk(root: str, *, everything: bool):
    """The names of the files below ``root``; unless ``everything`` is taken, without what is hidden, and outputs of builds and tools."""
    for directory, below, names in os.walk(root):
        inside = os.path.relpath(directory, root).replace(os.sep, "/")
        prefix = "" if inside == "." else inside + "/"
        links = [name for name in below if os.path.islink(os.path.join(directory, name))]
        kept = [
            name for name in below if name not in links and not (name in _CACHES or os.path.exists(os.path.join(directory, name, EDITABLE_MARKER)))
        ]
        if not everything:
            kept = [name for name in kept if not _is_output(root, f"{prefix}{name}/")]
        below[:] = sorted(kept)
        for name in (*names, *links):
            if not (name.endswith((".pyc", ".pyo")) if everything else _is_output(root, prefix + name)):
                yield prefix + name


#: Hidden files that say something about the project.
_HIDDEN = (".gitignore", ".gitattributes", ".github", ".ci", ".python-version", ".editorconfig", ".pre-commit-config.yaml", ".zigversion")


def _is_output(root: str, name: str) -> bool:
    """Whether a file, or a directory with a ``/`` at its end, is none of the project's by its name."""
    parts = name.strip("/").split("/")
    directories = parts if name.endswith("/") else parts[:-1]
    if parts[0] in _OUTPUTS and directories:
        return True
    for index, part in enumerate(directories):
        if part in _CACHES or part.endswith((".egg-info", ".dist-info")):
            return True
        if os.path.exists(os.path.join(root, *directories[: index + 1], "pyvenv.cfg")):
            return True
    if any(part.startswith(".") and part not in _HIDDEN for part in parts):
        return True
    return not name.endswith("/") and (parts[-1].endswith(_COMPILED) or parts[-1].endswith("~"))


def _has_marker(root: str, name: str) -> bool:
    return os.path.exists(os.path.join(root, os.path.dirname(name), EDITABLE_MARKER))


def _is_file(root: str, name: str, notes: list[str]) -> bool:
    """Whether there is a file of this name that can be packed. ProjectError where packing it would go wrong later."""
    path = os.path.join(root, name)
    if os.path.islink(path):
        target = os.path.realpath(path)
        if not (target + os.sep).startswith(os.path.realpath(root) + os.sep):
            raise ProjectError(
                f"{path} is a symbolic link to {target}, outside of the project; copy the file, or name it in exclude of [tool.zigbind]"
            )
        if not os.path.isfile(target):
            notes.append(f"left out: {name} is a symbolic link to {'a directory' if os.path.isdir(target) else 'nothing'}")
            return False
    if not os.path.isfile(path):
        return False  # removed, and git has not heard of it
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ProjectError(f"{os.fsencode(path)!r}: this file name is no valid UTF-8; rename it, or name it in exclude of [tool.zigbind]") from None
    if bad := [letter for letter in name if letter in _UNPORTABLE or not letter.isprintable()]:
        raise ProjectError(f"{path!r}: file names with {bad[0]!r} cannot be unpacked everywhere; rename it, or name it in exclude of [tool.zigbind]")
    return True


# ---- modules


class _Tree:
    """The files of a project, and what its Zig files say. ``prefix`` is where its packages are: ``src/`` or nothing."""

    def __init__(self, root: str, listing: tuple[str, ...], name: str):
        self.root = root
        self.names = set(listing)
        self.normalized = name.replace("-", "_")
        in_src = [one for one in listing if one.startswith("src/")]
        self.prefix = "src/" if any(one.endswith((".py", ".zig")) for one in in_src) else ""
        below = in_src if self.prefix else listing
        found = [one for one in below if one.endswith(".zig") and one not in ("build.zig", "src/build.zig")]
        self.zig = {one: zigtext.read(self.text(one)) for one in found}
        self.imported = {self.relative(one, target) for one, text in self.zig.items() for target in text.imports if target != os.path.basename(one)}
        self.packages = tuple(sorted(self._packages(below)))
        self.python = tuple(one for one in below if one.endswith(".py") and (self._in_package(one) or self.prefix and "/" not in self.inner(one)))

    def _packages(self, below) -> set[str]:
        """The outermost packages, as names below the prefix."""
        inner = [self.inner(one) for one in below]
        found = {one.partition("/")[0] for one in inner if "/" in one and one.endswith((".py", ".zig"))}
        found = {one for one in found if one.isidentifier()}
        if self.prefix:
            return found
        first = self.normalized.partition(".")[0]
        own = {one for one in found if one.lower() in (first.lower(), self.normalized.replace(".", "_").lower())}
        if own:
            return own
        return {one for one in found - _NO_PACKAGES if f"{one}/__init__.py" in self.names}

    def _in_package(self, name: str) -> bool:
        return self.inner(name).partition("/")[0] in self.packages and "/" in self.inner(name)

    def inner(self, name: str) -> str:
        """A name as it counts from the prefix."""
        return name.removeprefix(self.prefix)

    @property
    def source_root(self) -> str:
        return os.path.join(self.root, self.prefix.rstrip("/")) if self.prefix else self.root

    def relative(self, file: str, target: str) -> str:
        return os.path.normpath(os.path.join(os.path.dirname(file), target)).replace(os.sep, "/")

    def real(self, name: str) -> str:
        """The absolute path of a file that is read by name. ProjectError where it is outside of the project."""
        path = os.path.join(self.root, name)
        if not (os.path.realpath(path) + os.sep).startswith(os.path.realpath(self.root) + os.sep):
            raise ProjectError(f"{path} leads out of the project, to {os.path.realpath(path)}; copy the file into it")
        return path

    def text(self, name: str) -> str:
        try:
            with open(os.path.join(self.root, name), encoding="utf-8") as file:
                return file.read()
        except UnicodeDecodeError as error:
            raise ProjectError(f"{os.path.join(self.root, name)} is no valid UTF-8: {error}") from None

    def module(self, name: str) -> Source:
        """The module that a Zig file is."""
        inner = self.inner(name).removesuffix(".zig")
        dotted = inner.replace("/", ".")
        if f"{self.prefix}{inner}/__init__.py" in self.names:
            dotted += "." + inner.rpartition("/")[2]
        return Source(name=dotted, path=os.path.join(self.root, name), root=self.source_root)


def _modules(tree: _Tree) -> tuple[Source, ...]:
    """The modules that the layout tells."""
    candidates = [name for name, text in tree.zig.items() if text.exports and name not in tree.imported]
    inside = [name for name in candidates if tree._in_package(name)]
    top = [name for name in candidates if "/" not in tree.inner(name)]
    if not tree.prefix:
        own = [name for name in top if name.removesuffix(".zig").lower() == tree.normalized.replace(".", "_").lower()]
        beside = [name for name in top if name.removesuffix(".zig") in tree.packages]
        if own or beside:
            top = sorted({*own, *beside})
        elif inside:
            top = []  # a program of the project, as build.zig is
        elif len(top) > 1:
            raise ProjectError(
                f"{tree.root}: which of {', '.join(sorted(top))} are modules? Name them: [tool.zigbind] modules = [...]; or put the modules into src/"
            )
    return _checked(tree, [tree.module(name) for name in sorted((*inside, *top))])


def _named_modules(tree: _Tree, names: tuple[str, ...], pyproject: str) -> tuple[Source, ...]:
    """The modules that ``modules`` names."""
    found = []
    known = {tree.module(name).name: name for name in tree.zig}
    for name in names:
        if name not in known:
            path = f"{tree.prefix}{name.replace('.', '/')}.zig"
            raise ProjectError(f"[tool.zigbind] modules in {pyproject}: there is no {path} for {name!r}{_settings.nearest(name, known)}")
        found.append(tree.module(known[name]))
    return _checked(tree, sorted(found))


def _checked(tree: _Tree, modules: list[Source]) -> tuple[Source, ...]:
    seen: dict[str, Source] = {}
    for module in modules:
        shown = os.path.relpath(module.path, tree.root)
        for part in module.name.split("."):
            if not part.isidentifier() or not part.isascii():
                raise ProjectError(
                    f"{shown}: {part!r} cannot be in the name of a module: use ASCII letters, digits and underscores, and no digit first; "
                    "rename it, or name the file in exclude of [tool.zigbind]"
                )
        rival = f"{tree.prefix}{module.name.replace('.', '/')}.py"
        if rival in tree.names:
            raise ProjectError(f"{shown} and {rival} are both the module {module.name}; rename one of them")
        if module.name in seen:
            raise ProjectError(
                f"{os.path.relpath(seen[module.name].path, tree.root)} and {shown} are both the module {module.name}; rename one of them"
            )
        seen[module.name] = module
    return tuple(modules)


def _no_module(tree: _Tree) -> str:
    place = tree.source_root
    packages = [f"{tree.prefix}{package}/" for package in tree.packages]
    looked = f"looked at the top of {place}" + (f" and in {', '.join(packages)}" if packages else "")
    if tree.zig:
        reasons = [
            f"{name} ({'another file imports it' if name in tree.imported else 'not a package' if text.exports else 'nothing in it is pub'})"
            for name, text in sorted(tree.zig.items())
        ]
        return f"no Zig module found in {tree.root}: {looked}; these are none: {', '.join(reasons)}; name modules in [tool.zigbind] modules = [...]"
    return (
        f"no Zig module found in {tree.root}: {looked}, and there is no .zig file; add {tree.normalized or 'mymod'}.zig, "
        "or src/pkg/_core.zig beside src/pkg/__init__.py"
    )


def _wheel_files(tree: _Tree, modules: tuple[Source, ...], chosen: Settings, own) -> tuple[tuple[str, str], ...]:
    """What wheels hold besides the libraries."""
    tops = {module.name.partition(".")[0] for module in modules}
    c_sources = {os.path.relpath(path, tree.root).replace(os.sep, "/") for path in chosen.c_sources}
    found = []
    for name in sorted(tree.names):
        if not name.startswith(tree.prefix) or os.path.basename(name).startswith("."):
            continue
        inner = tree.inner(name)
        top = inner.partition("/")[0]
        if "/" not in inner:
            is_ours = (
                top.removesuffix(".zig").removesuffix(".pyi") in tops
                and top.endswith((".zig", ".pyi"))
                or tree.prefix
                and top.endswith((".py", ".pyi"))
            )
        else:
            is_ours = top in tree.packages
        is_source = name.endswith((".zig", ".zig.zon")) or name in c_sources
        if is_ours and (own.include_sources or not is_source):
            found.append((inner, os.path.join(tree.root, name)))
    return tuple(found)

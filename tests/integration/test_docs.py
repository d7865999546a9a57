"""Every code block of docs/ is true: files are written, Python and commands run, sessions print what they say.

A page is a folder and a Python process. In their order, its blocks are

    ```zig title=name.zig       a file, as with every other language that has a title; all Zig files must compile
    ```python                   run; a session with >>> is a doctest, with ... for what varies
    ```console                  each line after "$ " is run, and what follows is its output, with ... for what varies
    ```toml, ```json            read by a parser
    ```ipython                  a cell, which test_guides runs
    ```text                     for readers only
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
#: Its blocks are cells, which test_notebook and test_guides run in a kernel.
NOTEBOOKS = "guides/notebooks.md"

#: Commands that other tests run, or that need the network.
ELSEWHERE = {
    "pip install zigbind": "a test of the wheel: test_new",
    'python -m pip install -e ".[test]"': "test_new",
    "python -m pip install .": "test_new",
    "python -m pytest": "test_new",
    "zigbind wheel --all-targets": "test_wheels",
    "zigbind sdist": "test_backend",
    "zigbind develop": "test_backend",
    "pip install 'zigbind[watch]'": "test_guides",
    "pip install uvicorn watchfiles": "test_guides",
    "pip install pytest": "test_guides",
    "python -m pytest stats.zig -q": "test_guides",
    "python -m pytest test_shift.py -q": "test_guides",
    "zigbind watch src -- python src/app.py": "test_guides",
    'uvicorn app:app --reload --reload-include "*.zig"': "test_guides",
    "zig build": "test_build_zig",
    "zig build test": "test_build_zig",
}

_BLOCK = re.compile(r"^( *)```(\w+)(?: title=(\S+))?\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)

#: Runs the blocks of a page, which are on stdin, in its folder.
DRIVER = r"""
import contextlib, doctest, io, json, os, shlex, subprocess, sys, tomllib
sys.path.insert(0, os.getcwd())
checker, flags = doctest.OutputChecker(), doctest.ELLIPSIS
space = {"__name__": "__main__"}

def console(text, elsewhere):
    commands = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            commands[-1][1].append(line)
    for command, expected in commands:
        if command.startswith("cd "):
            os.chdir(command[3:])
        elif command not in elsewhere:
            program, *arguments = shlex.split(command)
            python = {"python": [sys.executable], "zigbind": [sys.executable, "-m", "zigbind"]}[program]
            done = subprocess.run([*python, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            wanted = "".join(line + "\n" for line in expected)
            assert not wanted or checker.check_output(wanted, done.stdout, flags), f"$ {command}\nprints\n{done.stdout}"
            assert done.returncode == 0 or expected, done.stdout

blocks, elsewhere = json.load(sys.stdin)
for language, title, text, line in blocks:
    print(f"line {line}", file=sys.stderr)
    if title is not None:
        os.makedirs(os.path.dirname(title) or ".", exist_ok=True)
        with open(title, "w", encoding="utf-8") as file:
            file.write(text)
    if language == "python" and title is None:
        if ">>> " in text:
            test = doctest.DocTestParser().get_doctest(text, space, "session", None, line)
            said = io.StringIO()
            runner = doctest.DocTestRunner(checker, verbose=False, optionflags=flags)
            runner.run(test, out=said.write, clear_globs=False)
            space.update(test.globs)
            assert not runner.failures, said.getvalue()
        else:
            exec(compile(text, "block", "exec"), space)
    elif language == "console":
        console(text, elsewhere)
    elif language == "toml":
        tomllib.loads(text)
    elif language == "json":
        json.loads(text)
"""


def blocks(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text.count("```") % 2 == 0, "a block is not closed"
    found = []
    for match in _BLOCK.finditer(text):
        indent, language, title, content = match.groups()
        content = "".join(line.removeprefix(indent) for line in content.splitlines(keepends=True))
        found.append((language, title, content, text.count("\n", 0, match.start()) + 1))
    assert 2 * len(found) == text.count("```"), "a block has no language"
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if page != NOTEBOOKS])
def test_the_blocks_of_a_page(page, project):
    found = blocks(page)
    known = {"zig", "python", "console", "toml", "json", "text", "yaml", "c", "ipython"}
    assert {language for language, _title, _content, _line in found} <= known
    assert not [line for language, title, _content, line in found if language in ("zig", "c") and title is None], (
        "Zig without a title is not compiled"
    )
    environ = project.env | {"PYTHONPATH": str(ROOT), "COLUMNS": "200", "ZIGBIND_QUIET": "1"}
    given = json.dumps([found, list(ELSEWHERE)])
    done = subprocess.run([sys.executable, "-c", DRIVER], input=given, cwd=project.root, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, f"{page}: {done.stderr}"
    if paths := [title for _language, title, _content, _line in found if title and title.endswith(".zig") and not title.endswith("build.zig")]:
        command = [sys.executable, "-m", "zigbind", "check", *paths]
        done = subprocess.run(command, cwd=project.root, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = _BLOCK.sub("", (DOCS / page).read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert link.startswith("https://") or (DOCS / page).parent.joinpath(link).resolve().exists(), link


def test_every_page_is_reached_from_the_first():
    reached, pending = set(), ["index.md"]
    while pending:
        page = pending.pop()
        if page not in reached:
            reached.add(page)
            text = (DOCS / page).read_text(encoding="utf-8")
            pending += [(DOCS / page).parent.joinpath(link).resolve().relative_to(DOCS).as_posix() for link in re.findall(r"\]\(([^)#:]+\.md)", text)]
    assert reached == set(PAGES)

"""The guides on notebooks, watching and testing, as a new user tries them: a fresh environment with what they say to install, an empty
home, an empty folder. Files and commands are taken from the pages as they stand.
"""

import doctest
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
_BLOCK = re.compile(r"^```(\w+)(?: title=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATIENCE_SECONDS = 90.0


def blocks(page: str) -> list[tuple[str, str | None, str]]:
    return _BLOCK.findall((GUIDES / page).read_text(encoding="utf-8"))


def commands(page: str) -> list[tuple[str, str]]:
    """The commands of a page, and what they print; nothing where the page does not say."""
    found: list[list[str]] = []
    for language, _title, text in blocks(page):
        for line in text.splitlines(keepends=True) if language == "console" else ():
            if line.startswith("$ "):
                found.append([line[2:].strip(), ""])
            else:
                found[-1][1] += line
    return [(command, expected) for command, expected in found]


def is_as_expected(said: str, expected: str) -> bool:
    return doctest.OutputChecker().check_output(expected, said, doctest.ELLIPSIS)


class User:
    """Someone with a new environment and nothing else."""

    def __init__(self, environment: Path, home: Path, folder: Path):
        self.folder = folder
        self.env = {
            "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(environment),
            "HOME": str(home),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "COLUMNS": "100",
            "ZIGBIND_QUIET": "1",  # how long a build takes depends on the machine
        }
        self.python = str(environment / "bin" / "python")

    def write_files(self, page: str) -> None:
        for _language, title, text in blocks(page):
            if title:
                path = self.folder / title
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")

    def type(self, command: str) -> str:
        done = subprocess.run(
            shlex.split(command), cwd=self.folder, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_PATIENCE_SECONDS
        )
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    @contextmanager
    def running(self, command: str):
        """A command that goes on until Ctrl+C; yields a function that gives what it has said."""
        log = self.folder.parent / f"{self.folder.name}.log"
        with open(log, "wb") as file:
            process = subprocess.Popen(shlex.split(command), cwd=self.folder, env=self.env, stdout=file, stderr=file)
        try:
            yield log.read_text
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)

    @contextmanager
    def notebook(self, monkeypatch):
        """A kernel of the new environment; yields a function that runs a cell and gives its outputs."""
        kernel = self.folder.parent / "jupyter" / "kernels" / "fresh"
        kernel.mkdir(parents=True)
        arguments = ", ".join(f'"{one}"' for one in (self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"))
        (kernel / "kernel.json").write_text(f'{{"argv": [{arguments}], "display_name": "fresh", "language": "python"}}')
        monkeypatch.setenv("JUPYTER_PATH", str(kernel.parents[1]))
        for name in ("PYTEST_CURRENT_TEST", "PYTHONPATH"):
            monkeypatch.delenv(name, raising=False)
        notebook = nbformat.v4.new_notebook()
        client = NotebookClient(
            notebook, kernel_name="fresh", timeout=_PATIENCE_SECONDS, allow_errors=True, resources={"metadata": {"path": str(self.folder)}}
        )

        def run(source: str) -> list:
            notebook.cells.append(nbformat.v4.new_code_cell(source))
            client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
            return notebook.cells[-1].outputs

        with client.setup_kernel(env=self.env):
            yield run


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """A virtual environment with this checkout of zigbind, and with what the guides say to install."""
    uv = shutil.which("uv") or shutil.which("uv", path=os.path.dirname(sys.executable))
    if uv is None:
        pytest.skip("uv, which makes the fresh environment, is not installed")
    said = [command for page in ("notebooks.md", "watch.md", "testing.md") for command, _expected in commands(page)]
    wanted = {word for command in said if command.startswith("pip install ") for word in shlex.split(command)[2:]}
    assert {"zigbind", "zigbind[watch]", "ipykernel", "pytest"} <= wanted
    others = sorted(wanted - {"zigbind", "zigbind[watch]"})
    made = tmp_path_factory.mktemp("fresh") / "env"
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(made)], check=True, timeout=_PATIENCE_SECONDS)
    install = [uv, "pip", "install", "-q", "--python", str(made / "bin" / "python")]
    done = subprocess.run([*install, "--dry-run", *others, "hatchling"], capture_output=True, text=True, timeout=_PATIENCE_SECONDS)
    if done.returncode:
        pytest.skip(f"the package index is not to be had: {done.stderr.strip()}")
    done = subprocess.run([*install, f"zigbind[watch] @ {ROOT.as_uri()}", *others], capture_output=True, text=True, timeout=_PATIENCE_SECONDS)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def user(environment, tmp_path) -> User:
    folder = tmp_path / "empty"
    folder.mkdir()
    # One home for all of them, as a user has one: Zig's own cache takes seconds to fill.
    home = environment.parent / "home"
    home.mkdir(exist_ok=True)
    made = User(environment, home, folder)
    assert made.type("python -c 'import zigbind; print(zigbind.__file__)'").startswith(str(environment))
    return made


def until(condition, said) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, said()
        time.sleep(0.05)


def test_testing(user):
    user.write_files("testing.md")
    typed = [one for one in commands("testing.md") if not one[0].startswith("pip install ")]
    assert len(typed) >= 3
    for command, expected in typed:
        said = user.type(command)
        assert expected and is_as_expected(said, expected), f"$ {command}\nprints\n{said}"


def test_watch(user, monkeypatch):
    user.write_files("watch.md")
    typed = {command.split()[0] + " " + command.split()[1]: (command, expected) for command, expected in commands("watch.md")}
    # In the terminal.
    command, expected = typed.pop("zigbind watch")
    [after] = [text for language, _title, text in blocks("watch.md") if language == "text"]
    with user.running(command) as said:
        until(lambda: is_as_expected(said(), expected), said)
        first = len(said())
        module = user.folder / "src" / "mymod.zig"
        aside = module.with_name("aside")  # written in place it would be empty for a moment, or for as long as this process is given no time
        aside.write_text(module.read_text().replace("42", "43"))
        aside.replace(module)
        after = re.sub(r"\d\.\d\d s", "... s", after)
        until(lambda: is_as_expected(said()[first:], after), said)
    # A server of one's own: the block as it stands, with a save for "...".
    [server] = [text for language, title, text in blocks("watch.md") if language == "python" and not title]
    assert server.count("\n...\n") == 1
    meanwhile = (
        "\nimport time\nfrom pathlib import Path\nfile = Path('mymod.zig')\nfile.write_text(file.read_text().replace('42', '44'))\n"
        "time.sleep(1)\nprint(zigbind.reload(), mymod.answer())\n"
    )
    (user.folder / "server.py").write_text(server.replace("\n...\n", meanwhile))
    assert user.type("python server.py") == "['mymod'] 44\n"
    # Behind uvicorn.
    command, _expected = typed.pop("uvicorn app:app")

    def answers(text: bytes) -> bool:
        address = re.search(r"running on (http://127\.0\.0\.1:\d+) ", said())
        if address is None:
            return False
        try:
            with urllib.request.urlopen(address[1], timeout=5) as answer:
                return answer.read() == text
        except OSError:
            return False

    with user.running(f"{command} --port 0") as said:  # it takes one that is free, and says which
        until(lambda: answers(b"44"), said)
        file = user.folder / "mymod.zig"
        edited = file.read_text().replace("44", "45")
        saved = 0.0

        def answers_after_a_save() -> bool:
            nonlocal saved
            if time.monotonic() - saved > 5:  # uvicorn begins to look after the server has begun to answer
                file.write_text(edited)
                saved = time.monotonic()
            return answers(b"45")

        until(answers_after_a_save, said)
    # In IPython.
    [cell] = [text for language, _title, text in blocks("watch.md") if language == "ipython"]
    with user.notebook(monkeypatch) as run:
        assert run(cell) == []
        assert run("import zigbind.auto\nfrom mymod import answer") == []
        file.write_text(file.read_text().replace("45", "46"))
        assert run("answer()")[0]["data"]["text/plain"] == "46"
    # For editors.
    command, expected = typed.pop("zigbind ide")
    assert user.type(command) == expected
    assert typed.keys() == {"pip install"}


def test_notebooks(user, monkeypatch):
    page = "notebooks.md"
    cells = [text for language, _title, text in blocks(page) if language == "python"]
    assert len(cells) >= 7
    with user.notebook(monkeypatch) as run:
        for cell in cells:
            outputs = run(cell)
            said = "".join(one.get("text", "") for one in outputs)
            errors = [f"{one['ename']}: {one['evalue']}" for one in outputs if one["output_type"] == "error"]
            expected = re.search(r"(?:#|//) (\w+Error.*)$", cell, re.MULTILINE)
            assert [expected[1] in error for error in errors] == ([True] if expected else []), (cell, errors)
            for line in re.findall(r"# -> (.*)$", cell, re.MULTILINE):
                assert said == line + "\n", (cell, said)
        # Each row of the table of options.
        values = {"MODE": "Debug", "NAME": "named", "FUNCTION": "add", "DIR": ".", "LIB": "m"}
        rows = re.findall(r"^\| (`-.*?) \|", (GUIDES / page).read_text(), re.MULTILINE)
        assert len(rows) >= 7
        add = next(cell for cell in cells if cell.startswith("%%zig\n"))
        for row in rows:
            words = [values.get(word, word) for option in re.findall("`(.*?)`", row) for word in option.split() if option.startswith("-")]
            outputs = run(add.replace("%%zig", f"%%zig {' '.join(words)}"))
            assert not [one for one in outputs if one["output_type"] == "error"], (words, outputs)
            assert run("add(20, 22)")[0]["data"]["text/plain"] == "42"
        assert [one.get("text") for one in run("%zig_reload 1")] == []

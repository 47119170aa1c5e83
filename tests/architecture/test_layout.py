"""The rules of docs/need-to-know.md that a machine can check, and a proof of the checks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "docs", "relayviz", "resources", "tests", "tools", ".ci")
C_SUFFIXES = {".c", ".cpp", ".h"}

MAX_PYTHON_FILE = 400
MAX_PYTHON_FUNCTION = 40
MAX_C_FILE = 600
MAX_C_FUNCTION = 60

PYTHON_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"](Python\.h|nanobind/)', re.MULTILINE)
# folders of one machine, put together so that this file does not name them
MACHINE_PATH = re.compile("|".join(f"/{name}/" for name in ("work", "farm", "root", "home/[a-z]+")))
SLEEP = re.compile(r"\btime\.sleep\b|from time import .*\bsleep\b")


def files(*suffixes: str) -> list[Path]:
    """Our own text files, by suffix; all of them without one."""
    found = [path for path in ROOT.glob("[!.]*") if path.is_file() and path.suffix != ".so"]
    found += [ROOT / ".gitignore", ROOT / ".clang-format"]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [
        path
        for path in sorted(found)
        if not {"__pycache__", "corpus"} & set(path.parts)
        and path.suffix not in (".gz", ".so", ".png")
        and (not suffixes or path.suffix in suffixes)
    ]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def includes_python(source: str) -> bool:
    return bool(PYTHON_INCLUDE.search(source))


def long_python_functions(source: str) -> Iterator[str]:
    """Functions of more lines than we allow, their docstrings not counted."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = (node.end_lineno or 0) - node.lineno + 1
        if ast.get_docstring(node):
            lines -= (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
        if lines > MAX_PYTHON_FUNCTION:
            yield f"{node.name}: {lines} lines"


def long_c_functions(source: str) -> Iterator[str]:
    """Functions of more lines than we allow, from brace to brace in column 0."""
    lines = source.splitlines()
    begin = None
    for at, line in enumerate(lines):
        if line == "{":
            begin = at
        elif line == "}" and begin is not None:
            if at - begin > MAX_C_FUNCTION:
                yield f"{lines[begin - 1].strip()} {at - begin} lines"
            begin = None


def test_only_the_bindings_know_python() -> None:
    knowing = {path.parent for path in files(*C_SUFFIXES) if includes_python(text_of(path))}
    assert knowing == {ROOT / "core" / "bindings"}


def test_imports_go_one_way() -> None:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; exit(lint_imports())",
    ]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_python_face_needs_no_graphics() -> None:
    code = "import sys, relayviz.relay; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = {name.split(".")[0] for name in result.stdout.split()}
    assert "numpy" in loaded
    assert not loaded & {"PySide6", "pyqtgraph", "hypothesis", "pytest"}


@pytest.mark.parametrize(
    ("suffixes", "limit"), [((".py", ".pyi"), MAX_PYTHON_FILE), (tuple(C_SUFFIXES), MAX_C_FILE)]
)
def test_no_file_is_too_long(suffixes: tuple[str, ...], limit: int) -> None:
    lengths = {named(path): len(text_of(path).splitlines()) for path in files(*suffixes)}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > limit} == {}


def test_no_python_function_is_too_long() -> None:
    long = {named(path): list(long_python_functions(text_of(path))) for path in files(".py")}
    assert {name: functions for name, functions in long.items() if functions} == {}


def test_no_c_function_is_too_long() -> None:
    long = {named(path): list(long_c_functions(text_of(path))) for path in files(*C_SUFFIXES)}
    assert {name: functions for name, functions in long.items() if functions} == {}


def test_each_c_file_says_what_it_is_for() -> None:
    sources = [path for path in files(*C_SUFFIXES, ".def") if path.suffix]
    silent = [named(path) for path in sources if not opens_with_comment(text_of(path))]
    assert sources
    assert silent == []


def opens_with_comment(source: str) -> bool:
    """Whether a licence line and then a comment stand at the top."""
    first, second, *_ = [*source.splitlines(), "", ""]
    return "SPDX-License-Identifier: MIT" in first and second.startswith(("/*", "//"))


def test_no_file_names_a_folder_of_one_machine() -> None:
    naming = [named(path) for path in files() if MACHINE_PATH.search(text_of(path))]
    assert naming == []


def test_no_test_waits_for_time_to_pass() -> None:
    tests = [path for path in files(".py") if path.is_relative_to(ROOT / "tests")]
    assert tests
    assert [
        named(path) for path in tests if SLEEP.search(text_of(path)) and path != Path(__file__)
    ] == []


class TestTheChecksCanFail:
    """Each check finds a planted fault, and only that."""

    def test_python_include(self) -> None:
        assert includes_python("#include <Python.h>\n")
        assert includes_python('int x;\n # include "nanobind/nanobind.h"\n')
        assert not includes_python("/* no #include <Python.h> here */\n")

    def test_python_function(self) -> None:
        body = "    pass\n"
        assert list(long_python_functions("def f():\n" + body * MAX_PYTHON_FUNCTION)) == [
            f"f: {MAX_PYTHON_FUNCTION + 1} lines"
        ]
        assert not list(long_python_functions("def f():\n" + body * (MAX_PYTHON_FUNCTION - 1)))
        docstring = '    """Text.' + "\n" * MAX_PYTHON_FUNCTION + '"""\n'
        assert not list(long_python_functions("def f():\n" + docstring + body))

    def test_c_function(self) -> None:
        body = "    x++;\n"
        long = "int f(void)\n{\n" + body * MAX_C_FUNCTION + "}\n"
        assert list(long_c_functions(long)) == [f"int f(void) {MAX_C_FUNCTION + 1} lines"]
        assert not list(long_c_functions("int f(void)\n{\n" + body * (MAX_C_FUNCTION - 1) + "}\n"))

    def test_first_lines(self) -> None:
        assert opens_with_comment("/* SPDX-License-Identifier: MIT */\n/**\n * @file\n")
        assert not opens_with_comment("/* SPDX-License-Identifier: MIT */\n#include <x.h>\n")
        assert not opens_with_comment("")

    def test_machine_path(self) -> None:
        assert MACHINE_PATH.search("see /" + "root/x")
        assert not MACHINE_PATH.search("see docs/root.md and ../work")

    def test_sleep(self) -> None:
        assert SLEEP.search("time" + ".sleep(1)")
        assert SLEEP.search("from time import monotonic, " + "sleep")
        assert not SLEEP.search("asleep = True")

    def test_import_rules(self, tmp_path: Path) -> None:
        package = tmp_path / "relayviz"
        package.mkdir()
        for name in ("__init__", "__main__", "cli", "live", "run", "demo", "conformance", "relay"):
            (package / f"{name}.py").write_text("", encoding="utf-8")
        (tmp_path / "pyproject.toml").write_text(text_of(ROOT / "pyproject.toml"), encoding="utf-8")
        assert lint_imports(tmp_path) == 0
        (package / "relay.py").write_text("import relayviz.demo\n", encoding="utf-8")
        assert lint_imports(tmp_path) == 1


def lint_imports(folder: Path) -> int:
    """The exit status of import-linter in a folder, which comes before the installed package."""
    code = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "relayviz" not in str(finder)]
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True))
"""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=folder, capture_output=True, timeout=120, check=False
    ).returncode

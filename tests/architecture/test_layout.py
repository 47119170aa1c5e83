"""The rules of docs/need-to-know.md that a machine can check, and a proof of the checks."""

from __future__ import annotations

import ast
import re
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
MAX_PYTHON_CLASS = 300
MAX_LOOSE_FILES = 12  # of Python in one folder of the package
MAX_C_FILE = 500
MAX_C_FUNCTION = 60

KNOWN_LONG_CLASSES: set[str] = set()
"""Those that may be longer: none."""

PYTHON_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"](Python\.h|nanobind/)', re.MULTILINE)
# folders of one machine, put together so that this file does not name them
MACHINE_PATH = re.compile("|".join(f"/{name}/" for name in ("work", "farm", "root", "home/[a-z]+")))
SLEEP = re.compile(r"\btime\.sleep\b|from time import .*\bsleep\b")


def files(*suffixes: str) -> list[Path]:
    """Our own text files, by suffix; all of them without one."""
    found = [path for path in ROOT.glob("*") if path.is_file() and path.name != ".git"]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [
        path
        for path in sorted(found)
        if not {"__pycache__", "corpus"} & set(path.parts)
        and "capture/data/" not in path.as_posix()  # what others' programs wrote
        and path.suffix not in (".gz", ".xz", ".btf", ".dump", ".so", ".png")
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


def long_python_classes(source: str) -> Iterator[str]:
    """Classes of more lines than we allow."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > MAX_PYTHON_CLASS:
                yield node.name


def full_folders(root: Path) -> dict[str, int]:
    """Folders with more files of Python in them than we allow, and how many."""
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    counts = {path: len(list(path.glob("*.py"))) for path in folders}
    return {
        str(path.relative_to(root)): count
        for path, count in counts.items()
        if count > MAX_LOOSE_FILES
    }


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


def test_no_class_of_the_package_is_too_long() -> None:
    sources = [path for path in files(".py") if path.is_relative_to(ROOT / "relayviz")]
    long = {name for path in sources for name in long_python_classes(text_of(path))}
    assert sources
    assert long - KNOWN_LONG_CLASSES == set()


def test_no_folder_of_the_package_is_too_full() -> None:
    assert full_folders(ROOT / "relayviz") == {}


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

    def test_python_class(self) -> None:
        body = "    x = 1\n"
        long = "class A:\n" + body * MAX_PYTHON_CLASS
        assert list(long_python_classes(long)) == ["A"]
        assert not list(long_python_classes(long.removesuffix(body)))

    def test_full_folder(self, tmp_path: Path) -> None:
        (tmp_path / "room").mkdir()
        for number in range(MAX_LOOSE_FILES):
            (tmp_path / "room" / f"{number}.py").touch()
        (tmp_path / "room" / "data.toml").touch()
        assert full_folders(tmp_path) == {}
        (tmp_path / "room" / "more.py").touch()
        assert full_folders(tmp_path) == {"room": MAX_LOOSE_FILES + 1}

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

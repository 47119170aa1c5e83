"""The public headers are the manual: each function says what it returns and what can go wrong."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core"
HEADERS = sorted((CORE / "include" / "relay").glob("*.h"))
ALL_HEADERS = [*HEADERS, CORE / "inside" / "include" / "relay" / "relay_inside.h"]
"""With that of the stepping build, which the shared library does not have."""

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FUNCTION = re.compile(
    r"^(?P<result>(?:static inline |RELAY_FAST )?(?:const |unsigned |enum |struct )*\w+[ *]+)"
    r"(?P<name>\w+)\((?:[^;{}]|\n)*?\)(?P<end>;|\n\{)",
    re.MULTILINE,
)
OBJECT = re.compile(r"^extern (?!\")[^;]*?\b(relay_\w+)\s*(?:__attribute__|;)", re.MULTILINE)
ERRORS = re.compile(r"Errors:(.*)", re.DOTALL)
ERROR_NAME = re.compile(r"(?<![\w-])[A-Z][A-Z_]{2,}(?!\w)")
ERRNO_NAME = re.compile(r"-(E[A-Z]+)\b")
NO_ERRORS = {"NULL", "THREADS", "O_NONBLOCK", "PROT_WRITE"}
"""Capitals behind "Errors:" that are no names of errors; THREADS is both."""


@dataclass(frozen=True)
class Function:
    """A function of a header with the comment that speaks for it."""

    name: str
    result: str
    comment: str
    is_inline: bool

    @property
    def is_internal(self) -> bool:
        return self.comment.startswith("/* Internal: ")

    @property
    def errors(self) -> str | None:
        found = ERRORS.search(" ".join(self.comment.replace("\n *", " ").split()))
        return found[1] if found else None


def functions(source: str) -> list[Function]:
    """All functions; one without a comment of its own shares that of the one before it."""
    found: list[Function] = []
    comment, end = "", 0
    for match in FUNCTION.finditer(
        COMMENT.sub(lambda text: re.sub(r"[^\n]", " ", text[0]), source)
    ):
        between = source[end : match.start()]
        own = COMMENT.findall(between)
        if own and between.rstrip().endswith("*/"):
            comment = own[-1]
        elif between != "\n":
            comment = ""
        found.append(
            Function(
                match["name"],
                match["result"].removeprefix("static inline ").removeprefix("RELAY_FAST ").strip(),
                comment,
                match["end"] != ";",
            )
        )
        end = match.end()
        if found[-1].is_inline:
            end = source.index("\n}\n", end) + 3
    return found


def faults(function: Function) -> list[str]:
    """What a function's comment leaves out."""
    if function.is_internal:
        return []
    if not function.comment.startswith("/**"):
        return ["no comment"]
    missing = []
    if function.result != "void" and "@return" not in function.comment:
        missing.append("no @return")
    if function.errors is None:
        missing.append("no Errors:")
    return missing


def known_errors() -> set[str]:
    text = (CORE / "include" / "relay" / "relay_error.h").read_text(encoding="utf-8")
    return set(re.findall(r"^    X\((\w+),", text, re.MULTILINE))


def documented(header: Path) -> list[Function]:
    return functions(header.read_text(encoding="utf-8"))


@pytest.mark.parametrize("header", ALL_HEADERS, ids=lambda path: path.name)
def test_each_function_says_what_it_returns_and_what_can_go_wrong(header: Path) -> None:
    found = documented(header)
    assert found
    assert {one.name: faults(one) for one in found if faults(one)} == {}


@pytest.mark.parametrize("header", ALL_HEADERS, ids=lambda path: path.name)
def test_each_header_speaks_of_threads(header: Path) -> None:
    first = COMMENT.findall(header.read_text(encoding="utf-8"))[1]
    assert "\n * THREADS. " in first


def test_errors_are_called_by_their_names() -> None:
    texts = {one.name: one.errors or "" for path in HEADERS for one in documented(path)}
    numbers = {(name, word) for name, text in texts.items() for word in ERRNO_NAME.findall(text)}
    assert {pair for pair in numbers if not hasattr(errno, pair[1])} == set()
    names = {
        (name, word)
        for name, text in texts.items()
        for word in ERROR_NAME.findall(text)
        if not word.startswith("RELAY_")
    }
    known = known_errors()
    assert {pair for pair in names if pair[1] not in known | NO_ERRORS} == set()


def test_each_error_that_the_library_sets_is_told_of() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (CORE / "src").rglob("*.[ch]")]
    set_somewhere = {
        word for source in sources for word in re.findall(r"RELAY_ERR_(\w+)", source)
    } & known_errors()
    told = " ".join(one.errors or "" for path in HEADERS for one in documented(path))
    assert set_somewhere - {"OK"} - set(ERROR_NAME.findall(told)) == set()


def test_the_version_script_lists_what_the_headers_declare() -> None:
    """That the library has just these, install.sh looks at (nm -D)."""
    declared = {one.name for path in HEADERS for one in documented(path) if not one.is_inline}
    for path in HEADERS:
        declared |= set(OBJECT.findall(path.read_text(encoding="utf-8")))
    script = (CORE / "relay.map").read_text(encoding="utf-8")
    listed: set[str] = set()
    for version in script.split("\n}"):  # a name is in one of them
        names = re.findall(r"^ +(relay_\w+);$", version, re.MULTILINE)
        assert names == sorted(set(names) - listed)
        listed |= set(names)
    assert listed == declared


class TestTheChecksCanFail:
    """Each check finds a planted fault, and only that."""

    def test_functions(self) -> None:
        source = (
            "/** One. @return x. Errors: none. */\nint one(void);\n"
            "int two(int a,\n        int b);\n\n"
            "int bare(void);\n/* Internal: y. */\nstatic inline int three(void)\n{\n    f(1);\n}\n"
        )
        one, two, bare, three = functions(source)
        assert (one.name, two.name, bare.name, three.name) == ("one", "two", "bare", "three")
        assert two.comment == one.comment
        assert three.is_inline
        assert [faults(each) for each in (one, two, bare, three)] == [[], [], ["no comment"], []]

    def test_comment(self) -> None:
        text = "/** It does. */\nint one(void);\n/** It does. Errors: none. */\nvoid two(void);\n"
        one, two = functions(text)
        assert faults(one) == ["no @return", "no Errors:"]
        assert faults(two) == []

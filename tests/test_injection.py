"""Texts of a session that want to leave the place where they stand in generated text, and cannot.

A session's title, marks and expectations can be anything; the programs and the page made of it hold
the same statements as those of an innocent session, whatever the texts are.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import warnings
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import hypothesis.strategies as st
import tree_sitter_c
from hypothesis import example, given
from tree_sitter import Language, Parser

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.compare.svg import picture
from relayviz.gui.look.theme import load
from relayviz.model.cells import as_csv
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.compare.compare import Half
from relayviz.model.page.lesson import Lesson, Question, Say
from relayviz.model.page.page import made
from relayviz.model.program.c import c_program
from relayviz.model.program.pytest import pytest_program
from relayviz.model.program.text import remark, sentence
from relayviz.model.session.session import Expectation, Line, Notes, Place, Session

if TYPE_CHECKING:
    from tree_sitter import Node

NASTY = st.text(
    st.sampled_from("*/\\?'\"\r\n\x0b\x0c\x85\u2028\x00{}@#;()%<>&= a") | st.characters(),
    max_size=30,
)
HOSTILE = (
    "x *\\\n/ int injected; /*",
    '*/ (void)system("touch OWNED"); /*',
    "'''\r        import os; os.system('touch OWNED')\r        #",
    '"""\nimport os\n"""',
    "??/\n*/ evil(); /*",
    "@STEPS@ @TITLE@",
    "**//**//",
    "\ud81c",
)


def session_with(text: str) -> Session:
    """A session whose title and expectations, one that cannot be translated, hold a text."""
    return Session(
        title=text,
        lines=(Line(operations=(Operation(Kind.WRITE, 0, 30),)),),
        expectations=(
            Expectation(Place(0, 1), f"data == {text!r} or changed(lost)"),
            Expectation(Place(0, 1), f"outcome != {text!r}"),
            Expectation(Place(0, 1), f"operation == {text!r} or 1"),
        ),
    )


def shape_of_python(program: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree = ast.parse(program)
    return [type(node).__name__ for node in ast.walk(tree)]


def shape_of_c(program: str) -> list[str]:
    """The kinds of all that is in a program, comments left out."""
    # lines are joined and trigraphs read before comments are: as the compiler does
    source = program.replace("??/", "\\").replace("\\\r\n", "").replace("\\\n", "")
    root = Parser(Language(tree_sitter_c.language())).parse(source.encode()).root_node
    found: list[str] = []
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if node.type in ("string_literal", "comment"):
            found += ["text"] * (node.type == "string_literal")
            continue
        found.append(node.type)
        stack.extend(node.children)
    return found


INNOCENT = session_with("innocent")


@given(NASTY)
@example(HOSTILE[0])
@example(HOSTILE[1])
@example(HOSTILE[2])
@example(HOSTILE[3])
@example(HOSTILE[4])
@example(HOSTILE[5])
@example(HOSTILE[7])
def test_programs_have_the_statements_of_an_innocent_session(text: str) -> None:
    session = session_with(text)
    assert shape_of_python(pytest_program(session)) == shape_of_python(pytest_program(INNOCENT))
    assert shape_of_c(c_program(session)) == shape_of_c(c_program(INNOCENT))


@given(NASTY)
@example(HOSTILE[6])
def test_a_remark_is_one_line_and_ends_no_comment(text: str) -> None:
    line = remark(text)
    assert len(line.splitlines()) <= 1
    assert not re.search(r"\*/|/\*|\\|\?\?", line)
    assert ast.literal_eval(f'"""{sentence(text)}."""') == f"{sentence(text)}."


# ------------------------------------------------------------------ page, drawing, table

MARKUP = st.text(
    st.sampled_from("<>&\"'/!-=;\x00\x0b{}[]]\u2028\ud83d a") | st.characters(codec="utf-8"),
    max_size=30,
).map(lambda text: text.encode("utf-8", "replace").decode())
BREAKS_MARKUP = (
    "</title><script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload="alert(1)">',
    "<!--",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "{{data}} {{title}}",
    "\x00\x1b\ufffe",
)


class _Shape(HTMLParser):
    """The tags of a page with the names of their attributes, texts left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.data = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if dict(attrs).get("id") == "data" else ""
        self.found.append((tag, sorted(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)
        self._inside = ""

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.data += data if self._inside else ""


@cache
def compared() -> tuple[Half, Half]:
    """The same four writes on two channels."""
    config = ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1)
    halves = []
    for name, mode in zip("AB", (Mode.NO_OVERWRITE, Mode.OVERWRITE), strict=True):
        engine = StepEngine(replace(config, mode=mode))
        engine.submit(*[Operation(Kind.WRITE, 0, 40)] * 4)
        engine.wait_idle()
        engine.ledger.fates.follow(engine.history, 0)
        halves.append(Half(name, engine.snapshot, engine.ledger.fates))
        engine.close()
    return halves[0], halves[1]


def with_text(text: str) -> tuple[Half, Half]:
    """Both halves, with a text wherever a session's own can stand: branch, operation, result."""
    first, second = (
        replace(
            half,
            line=text,
            snapshot=replace(
                half.snapshot,
                made_by=replace(
                    half.snapshot.made_by,
                    result=replace(half.snapshot.made_by.result, words=text),
                    operation=Operation(Kind.LATE_SETUP, 0, text=text or "x"),
                ),
            ),
        )
        for half in compared()
    )
    return first, second


def shape_of_svg(svg: str) -> list[tuple[str, list[str]]]:
    """The elements with the names of their attributes; a text of several lines counts once."""
    root = ET.fromstring(svg)  # noqa: S314  our own
    return [one for one, _ in groupby((node.tag, sorted(node.keys())) for node in root.iter())]


def page_of(text: str) -> _Shape:
    notes, lesson = (
        Notes(title=text, text=text),
        Lesson((Say(0, text),), (Question(0, text, text),)),
    )
    shape = _Shape(made(notes, [text], [], first=0, marks=[(0, text)], lesson=lesson))
    data = json.loads(shape.data)
    assert (data["marks"], data["titles"]) == ([[0, text]], [text])
    assert data["lesson"]["questions"][0]["text"] == text
    return shape


@given(MARKUP)
@example(BREAKS_MARKUP[0])
@example(BREAKS_MARKUP[1])
@example(BREAKS_MARKUP[2])
@example(BREAKS_MARKUP[3])
@example(BREAKS_MARKUP[4])
@example(BREAKS_MARKUP[5])
@example(BREAKS_MARKUP[6])
def test_page_and_drawing_have_the_tags_of_an_innocent_session(text: str) -> None:
    assert page_of(text).found == page_of("innocent").found
    drawn, innocent = (picture(*with_text(each), 0, load("light")) for each in (text, "innocent"))
    assert shape_of_svg(drawn) == shape_of_svg(innocent)


@given(NASTY)
@example("=1+1")
@example("\t=1+1")
@example(" \u00a0@SUM(A1)")
@example("\n-2")
@example('"; =1+1')
@example("a\r\n=1+1")
def test_no_cell_is_a_formula_or_leaves_its_place(text: str) -> None:
    rows = list(csv.reader(io.StringIO(as_csv([["before", text, -3], ["second"]]), newline="")))
    assert [len(row) for row in rows] == [3, 1]
    assert rows[0][::2] == ["before", "-3"]  # figures stay figures
    cell = rows[0][1]
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert not cell.startswith(("\t", "\r", "\n"))
    assert cell.removeprefix("'") == text.replace("\0", "?") or text.startswith("'")

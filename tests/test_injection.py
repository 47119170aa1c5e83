"""Texts of a session that want to leave the place where they stand in generated text, and cannot.

A session's title, marks and expectations can be anything; the programs and the page made of it hold
the same statements as those of an innocent session, whatever the texts are.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import tree_sitter_c
from hypothesis import example, given
from tree_sitter import Language, Parser

from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.program.c import c_program
from relayviz.model.program.pytest import pytest_program
from relayviz.model.program.text import remark, sentence
from relayviz.model.session.session import Expectation, Line, Place, Session

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

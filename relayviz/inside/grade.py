"""`relayviz inside PUZZLE --grade SCHEDULE`: how a person's schedule solves a puzzle."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from relayviz.engines.inside.puzzle import grade as graded
from relayviz.model.session.file import SessionError, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.inside.puzzle import Tried
    from relayviz.model.inside.program import InsideSession

SOLVED, NOT_SOLVED = 0, 1


def grade(session: InsideSession, path: Path, *, as_json: bool) -> int:
    """Grade the schedule in a file and print it; the result is the exit status.

    Args:
        session: The puzzle.
        path: The schedule's lines; "-": standard input.
        as_json: Print it as JSON.

    Raises:
        SessionError: The schedule cannot be read.
        ValueError: The session is no puzzle.
        OpenError: The channel cannot be opened.
    """
    is_input = str(path) == "-"
    text = sys.stdin.read() if is_input else read_text(path)
    found = graded(session, text.replace("\r\n", "\n"))
    name = "the standard input" if is_input else path.name
    if found.tried.wrong and not (found.tried.steps or as_json):  # not a line could be played
        raise SessionError(name, _line(found.tried), "", found.tried.wrong)
    if as_json:
        print(json.dumps(asdict(found), indent=1))
    else:
        print(session.title)
        print(found.words)
        if found.tried.wrong:
            print(f"{name}:{_line(found.tried)}")
        for line in found.tried.schedule:
            print(f"    {line}")
    return SOLVED if found.is_solved else NOT_SOLVED


def _line(tried: Tried) -> int | None:
    return None if tried.line is None else tried.line + 1

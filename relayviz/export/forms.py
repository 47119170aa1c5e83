"""The forms that a session can have, each with what makes it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from relayviz.export.played import played
from relayviz.model.program.c import ProgramError, c_program
from relayviz.model.program.pytest import pytest_program
from relayviz.model.program.recorded import with_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.export.wanted import Wanted


class ExportError(Exception):
    """The session has no such form; says why and what helps."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        help: A line for the command's help.
        suffix: What names of such files end in.
        make: Gives the content of the file; ExportError: there is no such of this session.
    """

    help: str
    suffix: str
    make: Callable[[Wanted], str | bytes]


def _c(wanted: Wanted) -> str:
    try:
        with played(wanted) as engine:
            session = with_record(wanted.session, engine, wanted.branch)
        return c_program(session, wanted.branch)
    except ProgramError as error:
        raise ExportError(str(error)) from error


def _pytest(wanted: Wanted) -> str:
    with played(wanted) as engine:
        session = with_record(wanted.session, engine, wanted.branch)
    return pytest_program(session, wanted.branch)


def _drawn(name: str) -> Callable[[Wanted], str | bytes]:
    """Return what draws a form of relayviz.export.drawn; Qt is loaded when it is wanted."""

    def make(wanted: Wanted) -> str | bytes:
        try:
            drawn = import_module("relayviz.export.drawn")
        except ImportError as error:
            if str(error.name).startswith("relayviz"):
                raise
            message = f"Qt cannot be loaded ({error}): `relayviz gui` says what it needs."
            raise ExportError(message) from error
        found: str | bytes = getattr(drawn, name)(wanted)
        return found

    return make


FORMS = {
    "c": Form("a C program on the library", ".c", _c),
    "pytest": Form("a test in Python", ".py", _pytest),
    "html": Form("a page with every step and a slider", ".html", _drawn("page")),
    "svg": Form("a drawing of the step shown", ".svg", _drawn("svg")),
    "png": Form("the same as a picture", ".png", _drawn("png")),
    "csv": Form("what became of each event", ".csv", _drawn("csv")),
}

"""The forms that a session can have, each with what makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from relayviz.export.lesson import taught
from relayviz.export.played import played
from relayviz.model.condition.language import ConditionError
from relayviz.model.exchange.session import event_table, fates_at, session_json, session_trace
from relayviz.model.exchange.table import ExchangeError, check_parquet, write_parquet
from relayviz.model.page.page import NO_LESSON, session_page
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


def _page(wanted: Wanted) -> str:
    notes, lesson = wanted.session.notes, NO_LESSON
    try:
        if wanted.lesson is not None:
            notes, lesson = replace(notes, title=wanted.lesson.title), taught(wanted.lesson)
    except ConditionError as error:
        raise ExportError(str(error)) from error
    with played(wanted) as engine:
        return session_page(engine, notes, lesson)


def _json(wanted: Wanted) -> str:
    with played(wanted) as engine:
        return session_json(engine)


def _perfetto(wanted: Wanted) -> bytes:
    from relayviz.model.exchange.perfetto import write_perfetto  # noqa: PLC0415  no other needs it

    with played(wanted) as engine:
        file = BytesIO()
        write_perfetto(file, session_trace(engine))
        return file.getvalue()


def _parquet(wanted: Wanted) -> bytes:
    try:
        check_parquet()
    except ExchangeError as error:
        raise ExportError(str(error)) from error
    with played(wanted) as engine:
        file = BytesIO()
        fates, shown = fates_at(engine)
        write_parquet(file, event_table(fates, shown.step))
        return file.getvalue()


FORMS = {
    "c": Form("a C program on the library", ".c", _c),
    "pytest": Form("a test in Python", ".py", _pytest),
    "compare": Form("a page beside the other mode", ".compare.html", _drawn("page")),
    "html": Form("a page with every step, for any browser", ".html", _page),
    "svg": Form("a drawing of the step shown", ".svg", _drawn("svg")),
    "png": Form("the same as a picture", ".png", _drawn("png")),
    "csv": Form("what became of each event", ".csv", _drawn("csv")),
    "json": Form("steps, buffers with their account, events", ".json", _json),
    "perfetto": Form("a timeline for Perfetto’s viewer", ".pftrace", _perfetto),
    "parquet": Form("what became of each event, for data frames", ".parquet", _parquet),
}

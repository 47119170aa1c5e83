"""File → Export, for other programs: the channel shown as a timeline, a table or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from relayviz.gui.asking import dialog_to_save
from relayviz.gui.background import Background
from relayviz.gui.notice import Level
from relayviz.model.engine import protocol
from relayviz.model.engine.protocol import Can, sought
from relayviz.model.exchange import live, session
from relayviz.model.exchange.handing import handing
from relayviz.model.exchange.table import ExchangeError, check_parquet, write_parquet
from relayviz.model.files import NewFile, why_not
from relayviz.model.inside.acting import acting
from relayviz.model.page.page import session_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.session.session import Notes


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        title: What the menu calls it.
        tip: What is in it.
        suffix: What names of such files end in.
        filter: What the dialog calls it.
        put: Writes an engine's channel to a file, with what was noted beside it; in a thread
            without Qt.
        needs: What its engine has to be able to do.
    """

    title: str
    tip: str
    suffix: str
    filter: str
    put: Callable[[Engine, NewFile, Notes], None]
    needs: tuple[Can, ...] = ()


def _put_page(engine: Engine, file: NewFile, notes: Notes) -> None:
    found = protocol.stepped(engine)
    if found is None:
        raise ExchangeError("A page is made of steps, and this channel has none.")
    file.write(session_page(found, notes))


def _put_timeline(engine: Engine, file: NewFile, _notes: Notes) -> None:
    from relayviz.model.exchange.perfetto import write_perfetto  # noqa: PLC0415  loads long

    stepped, own = sought(engine), handing(engine)
    if own is not None:
        write_perfetto(file, own.trace())
    elif stepped is not None:
        write_perfetto(file, session.session_trace(stepped))
    else:
        write_perfetto(file, live.run_trace(live.rates_of(engine, engine.snapshot)))


def _put_table(engine: Engine, file: NewFile, _notes: Notes) -> None:
    check_parquet()
    stepped, own = sought(engine), handing(engine)
    if own is not None:
        write_parquet(file, own.table())
    elif stepped is not None:
        fates, shown = session.fates_at(stepped)
        write_parquet(file, session.event_table(fates, shown.step))
    else:
        write_parquet(file, live.rate_table(live.rates_of(engine, engine.snapshot)))


def _put_json(engine: Engine, file: NewFile, _notes: Notes) -> None:
    stepped, own, shown = sought(engine), handing(engine), engine.snapshot
    if own is not None:
        file.write(own.as_json())
    elif stepped is not None:
        file.write(session.session_json(stepped))
    else:
        file.write(live.run_json(shown, live.rates_of(engine, shown)))


INSIDE = "has whole operations only. Edit → Copy as session lines has these steps."

FORMS = {
    "page": Form(
        "Page",
        "Every step with rings, bytes, log and fates, for any browser: one file that needs nothing"
        " else.",
        "html",
        "HTML (*.html)",
        _put_page,
        needs=(Can.STEP, Can.INSIDE),
    ),
    "perfetto": Form(
        "Timeline for Perfetto",
        "Counters of each buffer or CPU and each loss, for Perfetto’s viewer.",
        "pftrace",
        "Perfetto trace (*.pftrace)",
        _put_timeline,
    ),
    "parquet": Form(
        "Table as Parquet",
        "Events and what became of them, rates of a run, records of a capture: for data frames.",
        "parquet",
        "Parquet (*.parquet)",
        _put_table,
    ),
    "json": Form(
        "All as JSON",
        "Steps, buffers and events; totals, findings and rates of a run; what a capture lacks.",
        "json",
        "JSON (*.json)",
        _put_json,
    ),
}


class HandedExport(QObject):
    """Asks for a file and writes the channel shown to it; tells how that ended.

    Args:
        controller: What is shown, and whom to tell.
        window: Over which it is asked.
    """

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window

    def ask(self, name: str) -> None:
        """Ask where to write one of FORMS."""
        form = FORMS[name]
        tab = self._controller.tab
        if acting(self._controller.shown) is not None:
            self._controller.notify(f"{form.title} {INSIDE}", Level.ERROR)
            return
        title = tab.title if tab is not None else "channel"
        file = f"{_file_name(title)}.{form.suffix}"
        dialog = dialog_to_save(self._window, form.title, file, [form.filter], form.suffix)
        dialog.fileSelected.connect(lambda path: self.write(name, Path(path)))
        dialog.open()

    def write(self, name: str, path: Path) -> None:
        """Write the channel shown as one of FORMS, in a thread."""
        engine, tab = self._controller.shown, self._controller.tab
        if engine is None or tab is None:
            return
        put, notes = FORMS[name].put, tab.noted

        def work() -> None:
            with NewFile(path) as file:
                put(engine, file, notes)

        writing: Background[None] = Background(work, lambda _: None, self)
        writing.ended.connect(lambda error: self._told(writing, path, error))
        writing.start()

    def _told(self, writing: Background[None], path: Path, error: BaseException | None) -> None:
        writing.deleteLater()
        if error is None:
            self._controller.notify(f"Wrote {path}.")
        elif isinstance(error, ExchangeError):
            self._controller.notify(f"{path.name} was not written: {error}", Level.ERROR)
        else:
            self._controller.notify(why_not(path, error), Level.ERROR)


def _file_name(title: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in title.casefold())
    return kept.strip("-")[:60] or "channel"

"""Save the bytes of a channel as a consumer would have: a file a buffer, opened as a capture."""

from __future__ import annotations

import time
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.gui.asking import dialog_to_save
from relayviz.gui.background import Background
from relayviz.gui.captures.held import held
from relayviz.gui.notice import Level
from relayviz.model import files
from relayviz.model.numbers import plural, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.engine.snapshot import Snapshot

TITLE = "Save what is in the buffers: NAME.cpu0, NAME.cpu1, …, as a consumer would have them"
OWNER_ONLY = 0o600  # they may be another kernel's memory
PATIENCE, PAUSE = 5.0, 0.01  # seconds for bytes that are still being read
RUNS = "It is written to while it is read: pause it first, then save its bytes."
MOVED = "The channel has gone on since: nothing was saved. Pause it, and save again."
NOTHING = "There is nothing to save: no buffer holds bytes that may be shown."


class _NotSavedError(Exception):
    """Nothing was saved, or not all: the text says why, with a remedy."""


def ask_save(
    controller: Controller, window: QWidget, opened: Callable[[Sequence[Path], str], None]
) -> None:
    """Ask where to save the bytes of the channel shown.

    Args:
        controller: Says which channel that is, and is told what came of it.
        window: The dialog's parent.
        opened: Opens the files that were written, and tells a sentence on that.
    """
    tab, snapshot, engine = controller.tab, controller.snapshot, controller.shown
    if tab is None or snapshot is None or engine is None:
        return
    if snapshot.live is not None and snapshot.runs:
        controller.notify(RUNS)
        return
    dialog = dialog_to_save(window, TITLE, tab.title, folder=Path.cwd())

    def chosen(name: str) -> None:
        work = Background(lambda: _save(engine, snapshot, Path(name)), lambda _: None, window)

        def ended(error: BaseException | None) -> None:
            written = work.result
            work.deleteLater()
            if isinstance(error, _NotSavedError):
                controller.notify(str(error), Level.ERROR)
            elif error is not None:
                raise error
            elif written is not None:
                count = sum(path.stat().st_size for path in written)
                told = f"Saved {size(count)} in {plural(len(written), 'file')}: {written[0]}"
                opened(written, f"{told}, …" if written[1:] else f"{told}.")

        work.ended.connect(ended)
        work.start()

    dialog.fileSelected.connect(chosen)
    dialog.open()


def _save(engine: Engine, snapshot: Snapshot, name: Path) -> list[Path]:
    """Write a file for each buffer that holds something; all of them, or none."""
    taken = next(iter(sorted(name.parent.glob(f"{escape(name.name)}.cpu*"))), None)
    if taken is not None:
        raise _NotSavedError(f"{taken} is there already: choose another name.")
    written: list[Path] = []
    try:
        for cpu in snapshot.buffers["cpu"].tolist():
            path = name.with_name(f"{name.name}.cpu{cpu}")
            if data := _read(engine, snapshot, cpu):
                files.write(path, data, OWNER_ONLY)
                written.append(path)
    except OSError as error:
        _take_back(written)
        raise _NotSavedError(files.why_not(path, error)) from error
    except _NotSavedError:
        _take_back(written)
        raise
    if not written:
        raise _NotSavedError(NOTHING)
    return written


def _take_back(written: Sequence[Path]) -> None:
    for path in written:
        path.unlink(missing_ok=True)


def _read(engine: Engine, snapshot: Snapshot, cpu: int) -> bytes:
    """Return what a buffer holds; waits for bytes that are still being read.

    Of a channel that others work on it is what there is now: what is withheld is known with it.
    """
    until = time.monotonic() + PATIENCE
    while True:
        shown = snapshot if snapshot.foreign is None else engine.snapshot
        row = shown.row_of(cpu)
        places = [] if row is None else held(shown, row)
        pieces = [engine.bytes_of(shown, row or 0, one.first, one.end) for one in places]
        there = [one.tobytes() for one in pieces if one is not None]
        if len(there) == len(places):
            return b"".join(there)
        if time.monotonic() > until:
            raise _NotSavedError(MOVED)
        time.sleep(PAUSE)

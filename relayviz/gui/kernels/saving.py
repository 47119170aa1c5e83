"""Save what is seen of a kernel's channel: asks where to, and says what went into the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from relayviz.gui.asking import dialog_to_save
from relayviz.gui.background import Background
from relayviz.gui.notice import Level
from relayviz.model.engine.protocol import OpenError, saving

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.protocol import SavingEngine

SUFFIX = ".elf"
TITLE = "Save what is seen: a small dump with memory of that kernel, for its owner alone"


def ask_save(controller: Controller, window: QWidget) -> None:
    """Ask where to save what is seen of the channel shown."""
    engine, tab = saving(controller.shown), controller.tab
    if engine is None or tab is None:
        return
    filters = [f"ELF core (*{SUFFIX})"]
    dialog = dialog_to_save(
        window, TITLE, tab.title + SUFFIX, filters, SUFFIX[1:], folder=Path.cwd()
    )
    dialog.fileSelected.connect(lambda name: write(engine, Path(name), controller, window))
    dialog.open()


def write(engine: SavingEngine, path: Path, controller: Controller, window: QWidget) -> None:
    """Save it in a thread of its own, and say what is in the file."""
    work = Background(lambda: engine.save_seen(path), lambda _told: None, window)

    def ended(error: BaseException | None) -> None:
        told = work.result
        work.deleteLater()
        if told is not None:
            controller.notify(told)
        elif isinstance(error, OpenError):
            controller.notify(f"{path.name} was not written: {error.message}", Level.ERROR)
        elif error is not None:
            raise error

    work.ended.connect(ended)
    work.start()

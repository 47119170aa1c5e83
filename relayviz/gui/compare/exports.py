"""Export of a comparison: PNG, SVG, or a page with every step."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QBuffer, QObject, Signal, Slot

from relayviz.gui.asking import dialog_to_save
from relayviz.gui.background import Background
from relayviz.gui.compare.svg import picture
from relayviz.gui.look import theme as themes
from relayviz.gui.saving import save
from relayviz.model.files import NewFile, why_not, write
from relayviz.model.page.page import PageError
from relayviz.model.page.pair import pair_page

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.model.compare.compare import Half
    from relayviz.model.engine.protocol import Following, SteppedEngine
    from relayviz.model.session.session import Notes

FILTERS = {"png": "PNG (*.png)", "svg": "SVG (*.svg)", "html": "HTML (*.html)"}


class Comparison(Protocol):
    """What is exported: two channels side by side, and how they are shown."""

    leader: SteppedEngine
    follower: Following
    cpu: int

    @property
    def notes(self) -> Notes:
        """What was noted beside the first."""

    @property
    def halves(self) -> tuple[Half, Half] | None:
        """What is shown; None: nothing yet."""

    def centralWidget(self) -> QWidget:  # noqa: N802  Qt's name
        """Return what a picture shows."""


class Exports(QObject):
    """Asks for a file and writes it.

    Args:
        shown: What is written.
        parent: The window.

    Signals:
        told: arg: how far it is, or how it ended.
        done: arg: the same, at the end: the file is complete, or nothing was left behind.
    """

    told = Signal(str)
    done = Signal(str)

    def __init__(self, shown: Comparison, parent: QWidget) -> None:
        super().__init__(parent)
        self._pair, self._parent = shown, parent
        self._path = Path()
        self.done.connect(self.told)

    @Slot(str)
    def ask(self, kind: str) -> None:
        """Ask where to write a picture or page."""
        name, filters = f"compare.{kind}", [FILTERS[kind]]
        dialog = dialog_to_save(self._parent, "Export the comparison", name, filters, kind)
        dialog.fileSelected.connect(self.write)
        dialog.open()

    @Slot(str)
    def write(self, name: str) -> None:
        """Write what the suffix says."""
        self._path = Path(name)
        halves = self._pair.halves
        if halves is None:
            self.done.emit("Nothing is shown yet: export again in a moment.")
        elif self._path.suffix == ".png":
            self._write_png()
        elif self._path.suffix == ".svg":
            self._save(picture(*halves, self._pair.cpu, themes.current()).encode())
        elif self._path.suffix == ".html":
            self._write_page(halves)
        else:
            self.done.emit(
                f"{self._path.name} was not written: end the name in .png, .svg or .html."
            )

    def _write_png(self) -> None:
        inside = QBuffer()
        inside.open(QBuffer.OpenModeFlag.WriteOnly)
        self._pair.centralWidget().grab().save(inside, "PNG")
        self._save(bytes(inside.data().data()))

    def _save(self, content: bytes) -> None:
        path = self._path

        def told(problem: str) -> None:
            self.done.emit(problem or f"Wrote {path}.")

        save(path, partial(write, path, content), told, self)

    def _write_page(self, shown: tuple[Half, Half]) -> None:
        path, pair = self._path, self._pair
        leader, follower, cpu, notes = pair.leader, pair.follower, pair.cpu, pair.notes

        def work() -> None:
            with NewFile(path) as file:
                file.write(pair_page(leader, follower, shown, cpu, notes))

        writing: Background[None] = Background(work, lambda _: None, self)
        writing.ended.connect(lambda error: self._ended(writing, path, error))
        self.told.emit("writing the page")
        writing.start()

    def _ended(self, writing: Background[None], path: Path, error: BaseException | None) -> None:
        writing.deleteLater()
        if error is None:
            self.done.emit(f"Wrote {path}.")
        elif isinstance(error, PageError):
            self.done.emit(f"{path.name} was not written: {error}")
        else:
            self.done.emit(why_not(path, error))

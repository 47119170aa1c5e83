"""Export of a comparison: PNG, SVG, or a page with every step."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QBuffer, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from relayviz.gui.compare.page import Page
from relayviz.gui.compare.svg import picture
from relayviz.gui.look import theme as themes
from relayviz.gui.saving import save
from relayviz.model.files import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.compare.compare import Half
    from relayviz.model.engine.protocol import Following, SteppedEngine
    from relayviz.model.engine.snapshot import Snapshot

FILTERS = {"png": "PNG (*.png)", "svg": "SVG (*.svg)", "html": "HTML (*.html)"}
FRAMES = 8  # states in one go; then the window gets its turn


class Comparison(Protocol):
    """What is exported: two channels side by side, and how they are shown."""

    leader: SteppedEngine
    follower: Following
    cpu: int

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
        self._walk: Iterator[tuple[Snapshot, Snapshot] | None] | None = None
        self._page: Page | None = None
        self._path = Path()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)
        self.done.connect(self.told)

    @Slot(str)
    def ask(self, kind: str) -> None:
        """Ask where to write a picture or page."""
        dialog = QFileDialog(
            self._parent, "Export the comparison", f"compare.{kind}", FILTERS[kind]
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
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
            self._begin(*halves)
        else:
            self.done.emit(
                f"{self._path.name} was not written: end the name in .png, .svg or .html."
            )

    def stop(self) -> None:
        """Give up what is under way."""
        self._timer.stop()
        self._walk = None

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

    # ---------------------------------------------------------------- the page

    def _begin(self, a: Half, b: Half) -> None:
        """Go through all steps of both channels, some at a time."""
        pair = self._pair
        steps = a.snapshot.last_step + 1
        self._page = Page(steps, pair.cpu, themes.current())
        self._shown, self._halves = a.snapshot.step, (a, b)
        self._walk = pairs(pair.leader, pair.follower, a.snapshot.branch, b.snapshot.branch)
        self._timer.start()

    @Slot()
    def _go_on(self) -> None:
        walk_, page = self._walk, self._page
        if walk_ is None or page is None:
            self._timer.stop()
            return
        for _ in range(FRAMES):
            try:
                pair = next(walk_)
            except StopIteration:
                self.stop()
                self._save(page.html(self._shown).encode())
                return
            except Exception as error:  # noqa: BLE001  a channel that cannot be opened once more
                self.stop()
                self.done.emit(f"{self._path} was not written: {error}.")
                return
            if pair is None:
                continue
            a, b = pair
            if page.wants(a.step):
                first, second = self._halves
                page.add(replace(first, snapshot=a), replace(second, snapshot=b))
            self.told.emit(f"writing the page: step {a.step} of {a.last_step}")


def pairs(
    leader: SteppedEngine, follower: Following, ours: int, theirs: int
) -> Iterator[tuple[Snapshot, Snapshot] | None]:
    """Give each state of the leader with the one beside it; None: that is not reached yet."""
    others = follower.engine.walk(theirs)
    other = next(others)
    for one in leader.walk(ours):
        while other.step < follower.step_beside(one):
            yield None
            other = next(others)
        yield one, other

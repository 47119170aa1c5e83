"""What the window does with real kernels: it asks which, opens channels, remembers, takes drops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.kernels.dialog import KernelDialog
from relayviz.gui.kernels.saving import ask_save
from relayviz.model.engine.kernel import How, Where, where_of
from relayviz.model.engine.protocol import watching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller

MOST_RECENT = 12
MAGICS = (b"\x7fELF", b"KDUMP   ", b"makedumpfile")


class Kernels(QObject):
    """Opens channels of kernels, in tabs of their own.

    Attributes:
        recent: The kernels that were opened last, the newest first.

    Signals:
        recent_changed: The list of recent kernels is another.
    """

    recent_changed = Signal()

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self.recent: tuple[Where, ...] = ()

    def begin(self, kept: Sequence[object]) -> None:
        """Take the recent kernels, as `values` gave them."""
        told = (where_of(values) for values in kept)
        self.recent = tuple(where for where in told if where is not None)[:MOST_RECENT]

    def values(self) -> list[object]:
        """Return the recent kernels as plain values."""
        return [where.to_values() for where in self.recent]

    def ask(self) -> None:
        """Ask which kernel, and which of its channels."""
        dialog = self._dialog()
        if self.recent:
            dialog.form.fill(self.recent[0])
        dialog.open()

    def open(self, path: Path) -> None:
        """Look at a dump, and ask which of its channels."""
        dialog = self._dialog()
        dialog.form.fill(Where(How.DUMP, str(path)))
        dialog.open()
        dialog.look()

    def ask_save(self) -> None:
        """Ask where to save what is seen of the channel shown."""
        ask_save(self._controller, self._window)

    def toggle_watch(self) -> None:
        """Let what is shown stay as it is, or look again and again."""
        engine = watching(self._controller.shown)
        if engine is not None:
            engine.watch(not engine.watching)

    def _dialog(self) -> KernelDialog:
        dialog = KernelDialog(self._controller.catalogue, self.recent, self._window)
        dialog.looked.connect(self._remember)
        dialog.opened.connect(self._controller.add_tab)
        return dialog

    @Slot(object)
    def _remember(self, where: Where) -> None:
        others = (one for one in self.recent if one != where)
        self.recent = (where, *others)[:MOST_RECENT]
        self.recent_changed.emit()


def is_dump(path: Path) -> bool:
    """Return whether a file begins as dumps do."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            begin = file.read(16)
    except (OSError, ValueError):
        return False
    return begin.startswith(MAGICS)

"""The window in which a kernel is opened and channels of it are chosen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.background import Background
from relayviz.gui.chosen import ChannelsDialog, Words
from relayviz.gui.kernels.channels import ChannelsModel, counted
from relayviz.gui.kernels.form import Form
from relayviz.gui.look.room import first_size
from relayviz.model.engine.protocol import OpenError
from relayviz.model.kernel.texts import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.engine.catalogue import Catalogue
    from relayviz.model.engine.kernel import ForeignKernel, Where
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.kernel.look import Channel

WIDTH, HEIGHT = 860, 560
FIRST = "Say which kernel, then press Enter: its channels are listed here."


WORDS = Words(
    "Open a kernel's channels",
    "Reading",
    "Channels of the kernel",
    "Search: part of a name, a client, a size, a state",
)


class KernelDialog(ChannelsDialog):
    """Which kernel at the top, its channels below. Nothing of the kernel is changed.

    Signals:
        looked: A kernel was opened.  arg: its Where.
    """

    looked = Signal(object)

    def __init__(self, catalogue: Catalogue, recent: Sequence[Where], parent: QWidget) -> None:
        model = ChannelsModel()
        super().__init__(WORDS, QLabel, model, parent)
        self.model = model
        self._catalogue = catalogue
        self._kernel: ForeignKernel | None = None
        self._asked: Where | None = None
        self._refused: Where | None = None  # what the words on screen are about
        self._work: Background[ForeignKernel] | None = None
        self.form = Form(recent, self)
        self.look_button = QPushButton("Look", self)
        self.says.setText(FIRST)
        self.says.setTextFormat(Qt.TextFormat.PlainText)
        self.says.setWordWrap(True)
        self.says.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.look_button.clicked.connect(self.look)
        self.form.edited.connect(self._edited)
        self._edited()
        self.resize(first_size(self, (WIDTH, HEIGHT)))

    def _lay_out(self) -> None:
        said = QHBoxLayout()
        said.addWidget(self.says, 1)
        said.addWidget(self.progress)
        said.addWidget(self.look_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.form)
        layout.addLayout(said)
        layout.addWidget(self.search)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._buttons)
        self.form.fields["target"].setFocus()

    # ---------------------------------------------------------------- which kernel

    @Slot()
    def look(self) -> None:
        """Open the kernel that is meant, in a thread of its own."""
        where = self.form.where()
        if where is None or self._work is not None:
            return
        self._forget()
        self._asked, self._refused = where, None
        self._say(f"Reading {printable(where.name)}… Cancel goes on without it.")
        self.progress.show()
        catalogue = self._catalogue
        self._work = Background(lambda: catalogue.attach(where), _close, self)
        self._work.ended.connect(self._looked)
        self._work.start()
        self._edited()

    @Slot(object)
    def _looked(self, error: BaseException | None) -> None:
        work, self._work = self._work, None
        self.progress.hide()
        if work is not None and work.result is not None:
            self._kernel, work.result = work.result, None
            look = self._kernel.look
            self.looked.emit(self._kernel.where)
            self.model.show(look.channels)
            damage = " ".join(f"Damage: {printable(sentence)}." for sentence in look.damage)
            self._say(f"{counted(look.channels, look.release)} {damage}".strip())
            self.found.begin()
            self.search.setFocus()
        elif isinstance(error, OpenError):
            self._refused = self._asked
            self._say(error.message, is_wrong=True)
        self._edited()
        if error is not None and not isinstance(error, OpenError):
            raise error

    @Slot()
    def _edited(self) -> None:
        """Say by the buttons what can be done; Enter does the next thing."""
        where, is_busy = self.form.where(), self._work is not None or self._opening.is_busy
        if self._refused not in (None, where):
            self._refused = None
            self._say(FIRST)
        has_other = self._kernel is None or self._kernel.where != where
        self.look_button.setEnabled(where is not None and not is_busy)
        self.look_button.setDefault(has_other)
        self.open_button.setDefault(not has_other)
        self.open_button.setEnabled(not is_busy and bool(self.found.chosen()))

    # ---------------------------------------------------------------- which channels

    @Slot()
    def _selected(self) -> None:
        self._edited()

    @Slot()
    def _open(self) -> None:
        """Open the channels chosen, in a thread of its own: some have many sub-buffers."""
        kernel, rows = self._kernel, self.found.chosen()
        if kernel is None or not rows or self._opening.is_busy:
            return
        channels = [self.model.channels[row] for row in rows]
        self._opening.begin([partial(_opened, kernel, one) for one in channels])
        self._edited()

    # ---------------------------------------------------------------- inside

    def _forget(self) -> None:
        """Let go of the kernel that was open."""
        kernel, self._kernel = self._kernel, None
        self.model.show(())
        if kernel is not None:
            _close(kernel)

    def done(self, result: int) -> None:
        """Close, without waiting for what is still being read."""
        if self._work is not None:
            self._work.leave()
        self._forget()
        super().done(result)


def _close(kernel: ForeignKernel) -> None:
    kernel.close(0.0)  # its own thread ends it


def _opened(kernel: ForeignKernel, channel: Channel) -> tuple[Engine, str]:
    return kernel.open(channel), printable(channel.name)

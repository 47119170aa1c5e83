"""The window in which channels of other processes are found and chosen."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.asking import Mode, dialog_to_open
from relayviz.gui.attach.channels import ChannelsModel, counted
from relayviz.gui.background import Background
from relayviz.gui.chosen import ChannelsDialog, Words
from relayviz.gui.look.room import first_size
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.gui.widgets.empty import Stack
from relayviz.model.engine.protocol import OpenError
from relayviz.model.kernel.texts import printable
from relayviz.model.others import Others, Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.engine.catalogue import Catalogue
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.others import OtherChannel

WIDTH, HEIGHT = 940, 520
TELL_MS = 100
HINT = "a folder, or the number of a process; empty: all of your processes"
NOTHING = (
    "No channel is there. A program keeps its channel in a folder if it opens it in"
    " relay.Directory.at(FOLDER), or in C relay_directory_at(): docs/attach.md has one to copy.\n"
    "Start such a program and press Look, or name its folder or process above."
)
LOOKING = "Looking for channels…"


WORDS = Words(
    "Attach to channels of other processes",
    "Looking",
    "Channels of other processes",
    "Search: part of a name, a process, a folder",
)


class AttachDialog(ChannelsDialog):
    """Where to look at the top, what is there below. Nothing of a channel is changed.

    Signals:
        looked: A folder was looked at in which there are channels.  arg: its path.
    """

    looked = Signal(str)

    def __init__(self, catalogue: Catalogue, recent: Sequence[str], parent: QWidget) -> None:
        model = ChannelsModel()
        super().__init__(WORDS, ElidedLabel, model, parent)
        self.model = model
        self._catalogue, self._recent = catalogue, tuple(recent)
        self._search = Search()
        self._work: Background[Others] | None = None
        self._asked: str | None = None  # where was looked last; None: nowhere yet
        self._is_wanted_again = False  # when the search that goes on has ended
        self._make_place()
        self._stack = Stack(self.table, LOOKING, self)
        self._lay_out()
        self._tick = QTimer(self)
        self._tick.setInterval(TELL_MS)
        self._tick.timeout.connect(self._tell_where)
        again = QShortcut(QKeySequence(Qt.Key.Key_F5), self)
        again.activated.connect(self.look)
        self._edited()
        self.resize(first_size(self, (WIDTH, HEIGHT)))

    def _make_place(self) -> None:
        self.place = QLineEdit(self)
        self.place.setPlaceholderText(HINT)
        self.place.setAccessibleName("Folder or process")
        self.place.setClearButtonEnabled(True)
        self.place.textChanged.connect(self._edited)
        self.browse = QPushButton("Browse…", self)
        self.browse.setAutoDefault(False)
        self.browse.setAccessibleName("Browse for a folder")
        self.browse.clicked.connect(self._browse)
        self.recent = QComboBox(self)
        self.recent.setAccessibleName("Recent folders")
        self.recent.addItem("recent…")
        self.recent.addItems([printable(one) for one in self._recent])
        self.recent.setVisible(bool(self._recent))
        self.recent.activated.connect(self._use_recent)
        self.recent.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.look_button = QPushButton("Look", self)
        self.look_button.setToolTip("Look for the channels that are there now.  [F5]")
        self.look_button.clicked.connect(self._look_or_stop)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        label = QLabel("where", self)
        label.setBuddy(self.place)
        top.addWidget(label)
        top.addWidget(self.place, 3)
        top.addWidget(self.browse)
        top.addWidget(self.recent, 1)
        top.addWidget(self.look_button)
        said = QHBoxLayout()
        said.addWidget(self.says, 1)
        said.addWidget(self.progress)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addLayout(said)
        layout.addWidget(self.search)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._buttons)
        self.place.setFocus()

    # ---------------------------------------------------------------- which there are

    @Slot()
    def look(self) -> None:
        """Look for channels where it is said, in a thread of its own."""
        if self._opening.is_busy:
            return
        if self._work is not None:  # elsewhere: that one ends first
            self._search.is_stopped = self._is_wanted_again = True
            return
        self._asked = self.place.text().strip()
        places = (self._asked,) if self._asked else ("", *self._recent)
        self._search = search = Search()
        catalogue = self._catalogue
        self.model.show(None)
        self._stack.say(LOOKING)
        self._stack.show_content(False)
        self._say("")
        self._work = Background(lambda: catalogue.find(places, search), lambda _found: None, self)
        self._work.ended.connect(self._looked)
        self._work.start()
        self._tick.start()
        self._edited()

    @Slot()
    def _look_or_stop(self) -> None:
        if self._work is not None and not self._has_other:
            self._search.is_stopped = True
        else:
            self.look()

    @Slot()
    def _tell_where(self) -> None:
        """Say how far it is: that comes only if it takes a while."""
        self.progress.show()
        self._say(f"Looking at {printable(self._search.where)}. Stop shows what was found.")

    @Slot(object)
    def _looked(self, error: BaseException | None) -> None:
        work, self._work = self._work, None
        self._tick.stop()
        self.progress.hide()
        if self._is_wanted_again:
            self._is_wanted_again = False
            self.look()
            return
        if work is not None and work.result is not None:
            self._show_found(work.result)
        elif isinstance(error, OpenError):
            self._stack.say(NOTHING)
            self._say(error.message, is_wrong=True)
        self._edited()
        if error is not None and not isinstance(error, OpenError):
            raise error

    def _show_found(self, found: Others) -> None:
        self.model.show(found)
        self._say(counted(found))
        self._stack.say(NOTHING)
        self._stack.show_content(self.model.rowCount() > 0)
        self.found.begin()
        if found.channels:
            self.search.setFocus()
            if self._asked and Path(self._asked).is_dir():
                self.looked.emit(str(Path(self._asked).absolute()))

    @Slot()
    def _edited(self) -> None:
        """Say by the buttons what can be done; Enter does the next thing."""
        is_looking, is_opening = self._work is not None, self._opening.is_busy
        has_other = self._has_other
        self.look_button.setText("Stop" if is_looking and not has_other else "Look")
        self.look_button.setEnabled(not is_opening)
        self.look_button.setDefault(has_other or is_looking)
        self.open_button.setDefault(not has_other and not is_looking)
        self.open_button.setEnabled(not is_looking and not is_opening and bool(self._chosen()))

    @property
    def _has_other(self) -> bool:
        """Whether another place is named than was looked at last."""
        return self._asked != self.place.text().strip()

    @Slot()
    def _browse(self) -> None:
        here = Path(self.place.text().strip() or "/dev/shm")  # noqa: S108  it is shown only
        dialog = dialog_to_open(self, "Choose a folder with channels", here, mode=Mode.Directory)
        dialog.fileSelected.connect(self.look_at)
        dialog.open()

    @Slot(int)
    def _use_recent(self, place: int) -> None:
        if place > 0:
            self.look_at(self._recent[place - 1])

    @Slot(str)
    def look_at(self, place: str) -> None:
        """Look for channels in a folder, or of a process."""
        self.place.setText(place)
        self.look()

    # ---------------------------------------------------------------- which of them

    @Slot()
    def _selected(self) -> None:
        """Say why a file was refused that is selected; else what was found."""
        rows = self.found.chosen()
        refused = self.model.refused(rows[0]) if len(rows) == 1 else None
        if refused is not None:
            self._say(f"{printable(refused.path.name)}: {printable(refused.why)}", is_wrong=True)
        elif self.model.found is not None:
            self._say(counted(self.model.found))
        self._edited()

    def _chosen(self) -> list[int]:
        return [place for place in self.found.chosen() if place < len(self.model.channels)]

    @Slot()
    def _open(self) -> None:
        """Open the channels chosen, in a thread of its own: some have many buffers."""
        channels = [self.model.channels[row] for row in self._chosen()]
        if not channels or self._opening.is_busy or self._work is not None:
            return
        catalogue = self._catalogue
        self._opening.begin([partial(_joined, catalogue, one) for one in channels])
        self._edited()

    def done(self, result: int) -> None:
        """Close, without waiting for what is still being looked at."""
        self._search.is_stopped = True
        if self._work is not None:
            self._work.leave()
        super().done(result)


def _joined(catalogue: Catalogue, one: OtherChannel) -> tuple[Engine, str]:
    return catalogue.join(one), printable(f"{one.name} ({one.pid})")

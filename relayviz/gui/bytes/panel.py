"""The dock's content: the bytes, and what is said of the one that the cursor is at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout, QWidget

from relayviz.gui.bytes.content import Content, describe
from relayviz.gui.bytes.copying import Form, as_text, printable
from relayviz.gui.bytes.lines import USUAL
from relayviz.gui.bytes.records import RecordWords
from relayviz.gui.bytes.split import SplitWords, split_words
from relayviz.gui.bytes.view import BytesView
from relayviz.gui.look import theme as themes
from relayviz.gui.widgets.catching_up import CatchingUp
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows, near
from relayviz.gui.widgets.panel import Panel
from relayviz.model.engine.protocol import recorded
from relayviz.model.engine.taped import taped
from relayviz.model.inside.acting import acting
from relayviz.model.ledger.events import regions
from relayviz.model.live.events import MOST_BYTES, live_places
from relayviz.model.numbers import size
from relayviz.model.why.why import Byte

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.channel.place import EventPlace
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Subject

EMPTY = "The bytes of a sub-buffer stand here when a channel is open:\nheaders, events, padding."
COPY_AT_MOST = 1 << 20  # bytes: a clipboard is no file


class BytesPanel(Panel):
    """Shows the bytes of the selected sub-buffer."""

    live_interval_ms = 150

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Bytes of the selected sub-buffer")
        self.view = BytesView(themes.current(), self._fetch, self)
        self.says = QLabel(self)
        self.says.setWordWrap(True)
        self.says.setMinimumHeight(self.says.fontMetrics().height() * 3)
        self.says.setMargin(6)
        self.says.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.says.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.says.setAccessibleName("What the byte at the cursor is")
        body = QWidget(self)
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.view, 1)
        inner.addWidget(self.says)
        self._stack = Stack(body, EMPTY, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.view.pointed.connect(self._tell)
        self.view.moved.connect(self._pointed)
        self.view.copy_wanted.connect(self._copy)
        controller.bytes_wanted.connect(self.view.select)
        self.setFocusProxy(self.view)
        self._catching_up = CatchingUp(self, self._go_on, self.set_detail)
        self._stack.show_content(False)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return a size with room for the usual lines; what is said of a byte breaks as needed."""
        return self.view.sizeHint()

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a state."""
        self._show(snapshot, *self.controller.selection)

    @Slot()
    def _go_on(self) -> None:
        self.show_snapshot(self.controller.snapshot)

    def show_selection(self, row: int, index: int) -> None:
        """Show another sub-buffer."""
        self._show(self.controller.snapshot, row, index)

    def subject(self) -> Subject | None:
        """Return the byte at the cursor."""
        content = self.view.content
        if content is None:
            return None
        return Byte(content.row, content.index, self.view.caret)

    def subject_at(self, at: QPoint) -> Subject | None:
        """Return the byte at a point."""
        content, view = self.view.content, self.view
        if content is None or not view.rect().contains(view.mapFrom(self, at)):
            return None
        offset = view.offset_at(QPointF(view.viewport().mapFrom(self, at)))
        return None if offset is None else Byte(content.row, content.index, offset)

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        self.view.set_theme(shown)

    def _show(self, snapshot: Snapshot | None, row: int, index: int) -> None:
        source = self.controller.source
        if snapshot is None or source is None or not 0 <= row < snapshot.rows:
            self._show_nothing()
            return
        if index < 0:  # only a buffer is selected: what is being written there
            index = int(snapshot.buffers["current"][row])
        index = min(index, snapshot.n_subbufs - 1)
        why = snapshot.foreign.why_withheld(row, index) if snapshot.foreign is not None else ""
        self._stack.say(why or EMPTY)
        if why:
            self._show_nothing()
            return
        places = self._live(snapshot, row, index)
        written = recorded(source)
        if written is not None:
            events = written.ledger.events
            if not self._catching_up.has_all(events, written.history, snapshot.branch):
                self._stack.show_content(True)
                self.view.set_content(None)  # nobody knows yet whose bytes they are
                return
            places[:0] = events.places(snapshot, snapshot.step, row, index)
        records: RecordWords | SplitWords | None = None
        if (engine := taped(self.controller.shown)) is not None:
            places = engine.records_in(snapshot, row, index)
            records = RecordWords(engine.tape, self._fetch)
        elif snapshot.foreign is not None:
            places, records = split_words(source, snapshot, row, index)
        inside = acting(self.controller.shown)
        reaches = () if inside is None else inside.scene.reaches
        parts = regions(snapshot, row, index, places)
        content = Content(snapshot, row, index, parts, records, reaches)
        self.set_detail(f"{content.title()} · {size(content.size)}")
        self._stack.show_content(True)
        tab = self.controller.tab
        self.view.set_content(content, None if tab is None else tab.marked)

    def _live(self, snapshot: Snapshot, row: int, index: int) -> list[EventPlace]:
        """Return the events that a live channel wrote there; it has no history of them."""
        tab, source = self.controller.tab, self.controller.source
        if tab is None or source is None or (snapshot.live is None and tab.handed is None):
            return []
        begin = index * snapshot.subbuf_size
        end = begin + min(snapshot.subbuf_size, MOST_BYTES)
        data = source.bytes_of(snapshot, row, begin, end)
        return [] if data is None else live_places(snapshot, row, index, data.tobytes())

    def _show_nothing(self) -> None:
        self.set_detail("")
        self._stack.show_content(False)
        self.view.set_content(None)

    def _fetch(self, first: int, last: int) -> bytes | None:
        """Return bytes of the sub-buffer shown; None: not now."""
        content, source = self.view.content, self.controller.source
        if content is None or source is None:
            return None
        begin = content.index * content.size
        data = source.bytes_of(content.snapshot, content.row, begin + first, begin + last)
        return None if data is None else data.tobytes()

    @Slot(int)
    def _tell(self, offset: int) -> None:
        content = self.view.content
        if content is None:
            return
        if self.controller.tab is not None:
            self.controller.tab.marked = self.view.marked
        words = f"{offset} (0x{offset:x}): {describe(content, offset)}"
        spoken = f"{content.title()}, byte {words}"
        if spoken != self.view.accessibleDescription():
            self.says.setText(words)
            self.says.setToolTip(words)  # a low dock has no room for all of it
            self.view.setAccessibleDescription(spoken)

    @Slot()
    def _pointed(self) -> None:
        if self.controller.tab is not None:
            self.controller.byte_pointed.emit()

    # ---------------------------------------------------------------- files

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return the bytes in lines, each with what its first byte is."""
        content = self.view.content
        if content is None:
            return None
        count = -(-content.size // USUAL)
        wanted = near(count, self.view.caret // USUAL, most)
        data = self._fetch(wanted.start * USUAL, min(wanted.stop * USUAL, content.size)) or b""
        lines = (
            (at, piece.hex(" "), printable(piece), " ".join(describe(content, at).split()))
            for at in range(wanted.start * USUAL, wanted.start * USUAL + len(data), USUAL)
            if (piece := data[at - wanted.start * USUAL :][:USUAL])
        )
        return Rows(("offset", "hex", "ASCII", "first byte"), lines, count)

    # ---------------------------------------------------------------- copying

    def copy(self) -> str | None:
        """Copy what is selected, or the event that the cursor is in, as hex."""
        if not self.view.hasFocus():
            return None
        self.copy_as(Form.HEX)
        return ""

    @Slot()
    def _copy(self) -> None:
        self.copy_as(Form.HEX)

    def copy_as(self, form: Form) -> None:
        """Copy in one of the forms."""
        span = self.view.selection
        if span is None:
            return
        first, last = span[0], min(span[1], span[0] + COPY_AT_MOST)
        data = self._fetch(first, last)
        if data is None:
            self.controller.notify("The channel is busy: copy again in a moment.")
            return
        QGuiApplication.clipboard().setText(as_text(data, form))

    def menu_at(self, at: QPoint) -> QMenu | None:
        """Offer the forms of copying, and to explain the byte there, or that at the cursor."""
        menu, subject = self.copy_menu(), self.subject_at(at) or self.subject()
        if subject is not None:
            menu.addSeparator()
            self.offer_why(menu, subject)
        return menu

    def copy_menu(self) -> QMenu:
        """Return a menu with the forms of copying."""
        menu = self.new_menu()
        for form in Form:
            action = menu.addAction(f"Copy as {form}")
            action.setData(form.value)
            action.triggered.connect(self._copy_chosen)
        return menu

    @Slot()
    def _copy_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.copy_as(Form(action.data()))

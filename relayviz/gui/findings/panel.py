"""The view in the Findings dock: cards in an order that does not jump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from relayviz.gui.desk import commands
from relayviz.gui.findings.card import Card, place
from relayviz.gui.findings.order import Order
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.space import keep_space
from relayviz.model.engine.taped import taped
from relayviz.model.findings.finding import Severity
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.findings.order import Key, Listed
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.foreign import Foreign
    from relayviz.model.engine.snapshot import Snapshot

EMPTY = "What can be said of a live channel stands here in plain sentences.\nCtrl+2 runs this one."
NOTHING = (
    "No finding: what was measured since the run began, or its load last changed, shows no fault."
)
NOTHING_FOREIGN = (
    "No finding: as it was looked at, no buffer is full or blocked, none has gone over what was not"
    " consumed. What was before may have left no trace."
)

NOTHING_RECORDED = "No finding was told at this moment of the recording."


class FindingsPanel(Panel):
    """Each finding with its place, its sentence, and what helps."""

    live_interval_ms = 250

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self._order = Order()
        self._engine: object = None
        self.cards: dict[Key, Card] = {}
        self._shown: list[Key] = []
        body = QWidget(self)
        body.setObjectName("plain")
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(0, 0, 4, 0)
        self._lines.setSpacing(2)
        self._nothing = QLabel(NOTHING, body)
        self._nothing.setObjectName("dim")
        self._nothing.setWordWrap(True)
        self._nothing.setMinimumWidth(1)
        self._lines.addWidget(self._nothing)
        self._lines.addStretch(1)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its cards have the keyboard
        self._area.setFrameShape(self._area.Shape.NoFrame)
        self._area.setWidget(body)
        self._area.setAccessibleName("Findings")
        self._stack = Stack(self._area, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.show_content(False)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show the findings of a live channel."""
        live = snapshot.live if snapshot is not None else None
        foreign = snapshot.foreign if snapshot is not None else None
        self._stack.show_content(live is not None or foreign is not None)
        self._nothing.setText(_nothing(foreign))
        if self.controller.running.engine is not self._engine:
            self._engine = self.controller.running.engine
            self._order.clear()
        if foreign is not None and snapshot is not None:
            self._order.clear()  # evidence is true of one look: it does not linger
            self._list(self._order.update(foreign.findings, 0.0))
            self.set_detail(plural(len(foreign.findings), "finding"))
            return
        if live is None:
            self._list([])
            self.set_detail("")
            return
        self._list(self._order.update(live.findings, live.seconds))
        bad = sum(card.finding.severity is not Severity.GOOD for card in self.cards.values())
        self.set_detail(plural(bad, "problem") if bad else "no problem")

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return the findings, in their order on screen."""
        del most
        findings = [self.cards[key].finding for key in self._shown]
        lines = ((place(one), str(one.severity), one.text, one.helps) for one in findings)
        headings = ("where", "how grave", "finding", "what helps")
        return Rows(headings, lines, len(findings)) if findings else None

    def copy(self) -> str | None:
        """Copy the finding that has the keyboard."""
        card = next((one for one in self.cards.values() if one.hasFocus()), None)
        if card is None:
            return None
        card.copy()
        return "Copied the finding."

    def _list(self, listed: list[Listed]) -> None:
        keys = [one.key for one in listed]
        for key in [key for key in self.cards if key not in keys]:
            self.cards.pop(key).deleteLater()
        for one in listed:
            if one.key in self.cards:
                self.cards[one.key].show_finding(one.finding)
            else:
                self.cards[one.key] = self._make(one)
        if keys != self._shown:
            for at, key in enumerate(keys):
                self._lines.insertWidget(at, self.cards[key])
            self._shown = keys
        self._nothing.setVisible(not keys)

    def _make(self, one: Listed) -> Card:
        card = Card(one.finding, self)
        card.show_wanted.connect(self._show_place)
        card.open_wanted.connect(self._open)
        card.scenario_wanted.connect(self._open_scenario)
        card.moved.connect(self._move)
        keep_space(card)
        return card

    @Slot()
    def _show_place(self) -> None:
        card = self.sender()
        show = card.finding.show if isinstance(card, Card) else None
        snapshot = self.controller.snapshot
        if show is None or snapshot is None:
            return
        row = snapshot.row_of(show.cpu)
        if row is not None:
            self.controller.select(row, show.subbuf)
        if show.written is not None and taped(self.controller.shown) is not None:
            commands.show_moment(self.controller, show.written)
        self.controller.dock_wanted.emit(show.dock, "reading" if show.dock == "load" else "")

    @Slot()
    def _open(self) -> None:
        card = self.sender()
        sizes = card.finding.sizes if isinstance(card, Card) else None
        if sizes is not None:
            self.controller.running.open_with_sizes(*sizes)

    @Slot()
    def _open_scenario(self) -> None:
        card = self.sender()
        if isinstance(card, Card) and card.finding.scenario:
            self.controller.scenario_wanted.emit(card.finding.scenario)

    @Slot(int)
    def _move(self, by: int) -> None:
        here = next((key for key, card in self.cards.items() if card is self.sender()), None)
        if here is not None:
            at = min(max(self._shown.index(here) + by, 0), len(self._shown) - 1)
            card = self.cards[self._shown[at]]
            card.setFocus()
            self._area.ensureWidgetVisible(card)

    def apply_theme(self, shown: Theme) -> None:
        """Take over colours."""
        del shown
        for card in self.cards.values():
            card.apply_theme()


def _nothing(foreign: Foreign | None) -> str:
    """Say that there are no findings, as far as that can be said."""
    if foreign is None:
        return NOTHING
    return NOTHING_RECORDED if foreign.is_recorded else NOTHING_FOREIGN

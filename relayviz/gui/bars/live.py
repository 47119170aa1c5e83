"""The toolbar of a live channel: run and pause, its load in words, and the headline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from relayviz.gui.actions import Action, ActionSet, Bar
from relayviz.gui.bars.fixed import FixedBar
from relayviz.gui.bars.toolbar import has_room, keyed_button, labelled, size_of
from relayviz.gui.load import summary
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.model.findings.measured import MADE
from relayviz.model.numbers import byte_rate, percent, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.live.live import Live

#: the forms of the headline as wide as they usually are
USUAL = (
    "▲ 999 k events/s written · 9.9 MB/s · 99.9 % lost",
    "▲ 999 k/s · 9.9 MB/s · 99.9 % lost",
    "▲ 999 k/s · 99.9 % lost",
)
HEADLINE_MS = 200  # figures that change faster cannot be read
LEAST_LETTERS, USUAL_LETTERS = 8, 30  # of a summary: with less it is left out; what is aimed at
SUMMARY_SPACE, ROUNDING = 20, 1  # beside the words; and what metrics leave out
CLOCK = (
    "Seconds and rates here are those of a simulated clock: operations take no time on it, and"
    " the same load comes to the same figures each time."
)
#: name, what it says
SUMMARIES = {
    "live.writers": ("writers", summary.writers),
    "live.readers": ("readers", summary.readers),
    "live.flush": ("flush", summary.flush),
}


class Summary(QToolButton):
    """A button with a sentence that is cut where there is no room; the tooltip has all of it."""

    def __init__(self, name: str, tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._tip, self._words = name, tip, ""
        self.setObjectName("summary")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_words(self, text: str) -> None:
        """Show a sentence."""
        if text != self._words:
            self._words = text
            self.setToolTip(f"{text}\n{self._tip}")
            self.setAccessibleName(f"{self._name}: {text}")
            self.updateGeometry()
            self._cut()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return the size that the whole sentence needs."""
        return self._size(len(self._words))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return the size that its beginning needs."""
        return self._size(LEAST_LETTERS)

    @property
    def usual(self) -> int:
        """The width that is enough for most sentences."""
        return self._size(USUAL_LETTERS).width()

    def _size(self, letters: int) -> QSize:
        words = self._words if letters >= len(self._words) else f"{self._words[:letters]}…"
        width = self.fontMetrics().horizontalAdvance(words) + SUMMARY_SPACE + ROUNDING
        return QSize(width, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Cut the sentence anew."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.width() - SUMMARY_SPACE
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room))


class Headline(QLabel):
    """What matters most, in as many words as the window has room for.

    Its width does not change with each figure: it only grows, when words come that are longer.

    Attributes:
        widths: Of each of its forms.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Headline")
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        font = self.font()
        font.setBold(True)
        self.setFont(font)
        self._forms: tuple[str, ...] = ("",) * len(USUAL)
        self.widths = self._needed(USUAL)
        self.use(0)

    def _needed(self, forms: Iterable[str]) -> tuple[int, ...]:
        return tuple(self.fontMetrics().horizontalAdvance(words) + 8 for words in forms)

    def measure(self) -> None:
        """Take over the size of text."""
        self.clear()  # Qt keeps what it has measured of a text that stays
        self.widths = tuple(map(max, self._needed(USUAL), self._needed(self._forms)))
        self.use(self._form)

    def use(self, form: int) -> None:
        """Take one of the forms, 0 the longest."""
        self._form = form
        self.setFixedWidth(self.widths[form])
        self.setText(self._forms[self._form])

    def show_live(self, live: Live | None) -> None:
        """Show the figures of a channel."""
        self._forms = forms(live)
        self.widths = tuple(map(max, self.widths, self._needed(self._forms)))
        lost = live is not None and (live.lost_share > 0 or live.made_share < MADE)
        style = f"color: {theme.current()[Role.ERROR if lost else Role.OK].name()}"
        if style != self.styleSheet():
            self.setStyleSheet(style)
        self.setAccessibleDescription(self._forms[0])
        self.setToolTip(self._forms[0])
        self.setText(self._forms[self._form])


def forms(live: Live | None) -> tuple[str, ...]:
    """Return the headline, the longest form first."""
    if live is None:
        return ("",) * len(USUAL)
    is_made = live.made_share >= MADE
    mark = "" if is_made and live.lost_share == 0 else "▲ "
    events, size = short(live.events_per_second), byte_rate(live.bytes_per_second)
    lost = f"{percent(live.lost_share)} lost" if live.lost_share > 0 else "no loss now"
    made = "" if is_made else f"{percent(live.made_share)} of load made"
    worst = lost if live.lost_share > 0 else made or lost
    return (
        f"{mark}{events} events/s written · {size} · {lost}{' · ' if made else ''}{made}",
        f"{mark}{events}/s · {size} · {worst}",
        f"{mark}{events}/s · {worst}",
    )


class LiveBar(FixedBar):
    """Run, pause, step from here and break; writers, readers, flush; the headline."""

    def __init__(self, controller: Controller, actions: ActionSet, window: QMainWindow) -> None:
        super().__init__("Live", "bar.live", window)
        self._controller, self._actions = controller, actions
        self._runs: bool | None = None
        self._is_simulated = False
        self.summaries: dict[str, Summary] = {}
        self._holders: list[QWidget] = []
        self._room: tuple[int, ...] = ()
        self.headline = Headline(self)
        self.clock = QLabel("simulated clock", self)
        self.clock.setObjectName("dim")
        self.clock.setToolTip(CLOCK)
        self.clock.hide()
        self._all = self._row()
        self.addWidget(self._all)
        self._run_button().setProperty("go", True)  # the style makes it stand out
        controller.snapshot_changed.connect(self._on_snapshot)
        controller.running.load_changed.connect(self.show_load)
        controller.theme_changed.connect(self.show_state)
        self.fit_after(controller.theme_changed, self._fit_anew)
        self.show_load()

    def _row(self) -> QWidget:
        row = QWidget(self)
        row.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for action in self._actions.table:
            if action.bar is Bar.LIVE:
                layout.addWidget(keyed_button(action, self._actions, row))
        for action in self._actions.table:
            if action.id in SUMMARIES:
                layout.addWidget(self._summary(action, row))
        layout.addStretch(1)
        layout.addWidget(labelled("", self.clock, row))
        self._told = labelled("", self.headline, row)
        layout.addWidget(self._told)
        return row

    def _summary(self, action: Action, row: QWidget) -> QWidget:
        name = SUMMARIES[action.id][0]
        button = Summary(name, f"{action.tip}  [{action.key_name}]", row)
        button.clicked.connect(self._actions[action.id].trigger)
        self.summaries[action.id] = button
        holder = labelled(name, button, row)
        self._holders.append(holder)
        for label in holder.findChildren(QLabel, "dim"):
            label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return holder

    @Slot()
    def show_load(self) -> None:
        """Say what the channel is under."""
        load = self._controller.running.load
        for identity, (_, say) in SUMMARIES.items():
            self.summaries[identity].show_words(say(load))
        self._fit()

    @Slot(object)
    def _on_snapshot(self, snapshot: Snapshot | None) -> None:
        if snapshot is None or snapshot.live is None:
            return
        turns = self._controller.turns
        if snapshot.runs and self._runs:
            turns.ask(self, self.show_state, HEADLINE_MS)
        else:
            turns.drop(self)
            self.show_state()

    @Slot()
    def show_state(self) -> None:
        """Show whether it runs, and how fast."""
        snapshot = self._controller.snapshot
        live = snapshot.live if snapshot is not None else None
        self.headline.show_live(live)
        self._is_simulated = live is not None and live.is_simulated
        runs = live is not None and live.running
        if runs is not self._runs:
            self._runs = runs
            self._actions["live.run"].setIconText("❚❚ Pause" if runs else "▶ Run")
            self._run_button().setAccessibleName("Pause" if runs else "Run")
        self._fit()  # its words are other ones now

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Share the room anew, if there is another one or other words."""
        if self._needs() != self._room:
            self._share()
            self._room = self._needs()

    @Slot()
    def _fit_anew(self) -> None:
        self.headline.measure()
        self._share()
        self._room = self._needs()

    def _needs(self) -> tuple[int, ...]:
        wanted = (one.sizeHint().width() for one in self.summaries.values())
        least = size_of(self._all, least=True)  # what a button says changes, and its font
        return (self.width(), self._is_simulated, least, *wanted, *self.headline.widths)

    def _share(self) -> None:
        """Give the load its room, then the headline, then what the switch of the tab says, too."""
        for holder in (*self._holders, self._told):
            holder.show()
        self.clock.setVisible(self._is_simulated)
        self.headline.use(0)
        if self._has_room():
            return
        self.clock.hide()
        for form in range(len(USUAL)):
            self.headline.use(form)
            if self._has_room():
                return
        for holder in (*reversed(self._holders), self._told):  # the status bar tells of losses, too
            if has_room(self, size_of(self._all, least=True)):
                return
            holder.hide()

    def _has_room(self) -> bool:
        """Whether all fits, of each summary what it usually needs."""
        cut = sum(max(0, one.sizeHint().width() - one.usual) for one in self.summaries.values())
        return has_room(self, size_of(self._all) - cut)

    def _run_button(self) -> QToolButton:
        button = self.findChild(QToolButton, "button.live.run")
        assert isinstance(button, QToolButton)  # noqa: S101
        return button

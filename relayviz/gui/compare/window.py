"""The Compare window: A is the session shown, B does the same with another mode or other sizes."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMainWindow, QVBoxLayout, QWidget

from relayviz.gui.compare.bar import CompareBar
from relayviz.gui.compare.exports import Exports
from relayviz.gui.compare.figures import Figures
from relayviz.gui.compare.form import SecondForm, other_mode
from relayviz.gui.compare.legend import FateLegend
from relayviz.gui.compare.lines import LineChoice
from relayviz.gui.compare.side import SidePanel
from relayviz.gui.compare.strip import TwinStrip
from relayviz.gui.desk.pump import FRAME_MS
from relayviz.gui.look import theme as themes
from relayviz.gui.look.room import first_size
from relayviz.gui.widgets.wrapped import Tall
from relayviz.model.compare.compare import Half, differences, differing, only, sentence, survival
from relayviz.model.engine.protocol import OpenError
from relayviz.model.ledger.following import SLICE
from relayviz.model.numbers import plural
from relayviz.model.session.session import Notes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QCloseEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.protocol import SteppedEngine
    from relayviz.model.engine.snapshot import Snapshot

FIRST_SIZE = (1240, 820)
PLAY_MS = 220
MOST_NAMED = 8  # CPUs


class CompareWindow(QMainWindow):
    """Two channels in lock step. What is done in the main window is done in both.

    Signals:
        shown: Both stand after the same step, and that is on screen.
    """

    shown = Signal()

    def __init__(
        self,
        controller: Controller,
        engine: SteppedEngine,
        parent: QWidget,
        clients: tuple[SubbufStart, ...] = (),
    ) -> None:
        config = engine.config
        other = replace(config, mode=other_mode(config.mode), source="")
        # first of all: there may be no such channel
        follower = controller.catalogue.follow(engine, other, clients)
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._controller, self.leader, self._clients = controller, engine, clients
        self.follower, self.config = follower, other
        self.branch: int | None = None  # that B does; None: that which A does
        self._pair: tuple[Snapshot, Snapshot] | None = None
        self._halves: tuple[Half, Half] | None = None
        self.cpu = controller.inputs.cpu
        self._build()
        self._poll = self._timer(FRAME_MS, self.look)
        self._play = self._timer(PLAY_MS, self._play_on)
        self._poll.start()
        controller.tabs_changed.connect(self._check_leader)
        controller.theme_changed.connect(self._apply_theme)
        self._apply_theme()

    def _timer(self, wait: int, run: object) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(wait)
        timer.timeout.connect(run)
        return timer

    # ---------------------------------------------------------------- building

    def _build(self) -> None:
        self.setWindowTitle("Compare — the same operations, two channels")
        self.resize(first_size(self, FIRST_SIZE))
        self.bar = CompareBar(self.leader, self)
        self.addToolBar(self.bar)
        self.form = SecondForm(self.config, self, self.leader.config.source)
        self.lines = LineChoice(self)
        self.lines.chosen.connect(self.use_branch)
        self.form.changed.connect(self.use)
        self.sides = (SidePanel("A", self), SidePanel("B", self))
        self.strip = TwinStrip(themes.current(), self)
        self.legend = FateLegend(self)
        self.sentences = QLabel(self)
        self.sentences.setWordWrap(True)
        self.sentences.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentences.setAccessibleName("What A and B keep and lose")
        self.figures = Figures(self)
        self.exports = Exports(self, self)
        self._fate_heading, self._figures_heading = QLabel(self), QLabel(self)
        body = QWidget(self)
        layout = QVBoxLayout(body)
        layout.addLayout(self._top())
        pair = QHBoxLayout()
        for side in self.sides:
            pair.addWidget(side, 1)
            side.view.selected.connect(self._select)
        layout.addLayout(pair, 1)
        layout.addWidget(self._frame(self._fate_heading, self.strip, self.legend, self.sentences))
        layout.addWidget(self._frame(self._figures_heading, self.figures))
        self._figures_heading.setText("DIFFERENCES AT THIS STEP")
        self.page = Tall(body, self)
        self.setCentralWidget(self.page)
        self.strip.wanted.connect(self._go_to_event)
        self.bar.play.triggered.connect(self.toggle_play)
        self.bar.cpu_chosen.connect(self.choose_cpu)
        self.bar.export_wanted.connect(self.exports.ask)
        self.exports.told.connect(self.bar.show_words)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close)

    def _top(self) -> QHBoxLayout:
        line = QHBoxLayout()
        before, label = QLabel("B:", self), QLabel("on the same channel with", self)
        before.setObjectName("dim")
        label.setObjectName("dim")
        line.addWidget(before)
        line.addWidget(self.lines)
        line.addWidget(label)
        line.addWidget(self.form, 1)
        return line

    def _frame(self, heading: QLabel, *widgets: QWidget) -> QFrame:
        frame = QFrame(self)
        frame.setObjectName("panel")
        heading.setObjectName("dock-title")
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(10, 6, 10, 8)
        layout.setSpacing(6)
        for widget in (heading, *widgets):
            layout.addWidget(widget)
        return frame

    @Slot()
    def _apply_theme(self) -> None:
        shown = themes.current()
        self.strip.set_theme(shown)
        for side in self.sides:
            side.apply_theme(shown)
        if self._halves is not None:
            self._show(*self._halves)

    # ---------------------------------------------------------------- in lock step

    @property
    def notes(self) -> Notes:
        """What was noted beside A."""
        tabs = self._controller.tabs
        return next((tab.noted for tab in tabs if self.leader in tab.engines), Notes())

    @property
    def halves(self) -> tuple[Half, Half] | None:
        """What is shown; None: nothing yet."""
        return self._halves

    @Slot()
    def look(self) -> None:
        """Show both channels if they have gone on, together."""
        self.lines.follow(self.leader.history)
        pair = self.follower.follow()
        if pair is None:
            if self.follower.progress < 1:
                self.bar.show_words(f"doing the same in B: {self.follower.progress:.0%}")
            return
        if pair == self._pair:
            return
        engines = (self.leader, self.follower.engine)
        known = [
            engine.ledger.fates.follow(engine.history, seen.branch, SLICE)
            for engine, seen in zip(engines, pair, strict=True)
        ]
        if not all(known):  # a long history is gone through in several turns
            return
        is_first, self._pair = self._halves is None, pair
        a, b = (self._line(pair[0].branch), self._line(self.branch))
        self._halves = (
            Half("A", pair[0], self.leader.ledger.fates, a),
            Half("B", pair[1], self.follower.engine.ledger.fates, b),
        )
        if is_first:  # begin where there is something to be seen
            self.cpu = self._where_to_begin(*self._halves)
        self._show(*self._halves)

    def _line(self, branch: int | None) -> str:
        """Name a branch, where A and B are on different ones."""
        if self.branch is None or branch is None:
            return ""
        return self.leader.history.branches[branch].title

    def _where_to_begin(self, a: Half, b: Half) -> int:
        """Return the CPU chosen, or the first on which the two differ if they do not there."""
        if only(survival(a, b, self.cpu)):
            return self.cpu
        return next(differing(a, b), self.cpu)

    def _show(self, a: Half, b: Half) -> None:
        for side, half in zip(self.sides, (a, b), strict=True):
            side.show_half(half, self.cpu)
        self.bar.show_snapshot(a.snapshot, self.cpu)
        found = survival(a, b, self.cpu)
        many = len(found.events)
        order = " in the order they were written" if many > 1 else ""
        self._fate_heading.setText(f"EVENT FATE · cpu {self.cpu}, {plural(many, 'event')}{order}")
        names = (a.line or str(a.snapshot.mode), b.line or str(b.snapshot.mode))
        self.strip.show_survival(found, names)
        self.legend.show_survival(found, themes.current())
        lines = [sentence(a, found, 0, self.cpu), sentence(b, found, 1, self.cpu)]
        lines.append(only(found) or _elsewhere(differing(a, b)))
        self.sentences.setText("\n".join(lines).rstrip())
        self.figures.show_differences(differences(a, b, self.cpu))
        self.page.fit()
        self.shown.emit()

    @Slot(object)
    def use(self, config: ChannelConfig) -> None:
        """Have another channel as B; everything is done there anew."""
        self._begin_anew(config, self.branch)

    @Slot(object)
    def use_branch(self, branch: int | None) -> None:
        """Have another branch as B, on the channel of A: only the operations differ."""
        config = self.leader.config
        if branch is None:
            config = replace(config, mode=other_mode(config.mode), source="")
        self.form.set_config(config)
        self._begin_anew(config, branch)

    def _begin_anew(self, config: ChannelConfig, branch: int | None) -> None:
        try:
            follow = self._controller.catalogue.follow
            follower = follow(self.leader, config, self._clients, branch)
        except OpenError as error:
            self.form.show_problems({error.field or "": error.message})
            return
        self.follower.close()
        self.follower, self.config, self.branch, self._pair = follower, config, branch, None

    @Slot()
    def _check_leader(self) -> None:
        """End with the session that is compared."""
        if all(self.leader not in tab.engines for tab in self._controller.tabs):
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """End B; the session goes on."""
        for timer in (self._poll, self._play):
            timer.stop()
        self.follower.close()
        super().closeEvent(event)

    # ---------------------------------------------------------------- going

    @Slot(int)
    def choose_cpu(self, cpu: int) -> None:
        """Tell more of another CPU."""
        self.cpu = cpu
        if self._halves is not None:
            self._show(*self._halves)

    @Slot(int, int)
    def _select(self, row: int, index: int) -> None:
        del index
        if self._halves is not None and row < self._halves[0].snapshot.rows:
            self.choose_cpu(int(self._halves[0].snapshot.buffers["cpu"][row]))

    @Slot(int)
    def _go_to_event(self, event: int) -> None:
        """Show the first step that decided an event in A or B."""
        known = [engine.ledger.fates for engine in (self.leader, self.follower.engine)]
        found = [fates.find(event, fates.step) for fates in known]
        steps = [one.decided for one in found if one is not None and one.decided is not None]
        tried = [one.step for one in found if one is not None]
        if steps or tried:
            self.leader.seek(min(steps or tried))

    @Slot()
    def toggle_play(self) -> None:
        """Go on step by step, or stop."""
        if self._play.isActive():
            self._play.stop()
        else:
            self._play.start()
        self.bar.show_playing(playing=self._play.isActive())

    @Slot()
    def _play_on(self) -> None:
        if self.leader.busy:  # asked before the state: what is seen then is the newest
            return
        seen = self.leader.snapshot
        if self._pair is None or self._pair[0] is not seen:
            return  # no step is left out, however fast it goes
        if seen.step >= seen.last_step:
            self._play.stop()
            self.bar.show_playing(playing=False)
        else:
            self.leader.forward()


def _elsewhere(differing: Iterable[int]) -> str:
    """Say where else to look, when both keep the same here."""
    cpus = list(islice(differing, MOST_NAMED + 1))
    if not cpus:
        return ""
    shown = ", ".join(map(str, cpus[:MOST_NAMED])) + (", …" if len(cpus) > MOST_NAMED else "")
    return f"Here both keep the same events; they differ on cpu {shown}."

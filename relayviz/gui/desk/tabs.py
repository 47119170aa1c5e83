"""The open tabs and the one in front: what the parts of the controller have in common."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.background import Background
from relayviz.gui.desk.inputs import Inputs, fitting
from relayviz.gui.desk.tab import Tab
from relayviz.gui.memory import give_back
from relayviz.gui.notice import Level, Notice
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import Mode
    from relayviz.model.engine.protocol import Engine, SteppedEngine

PATIENCE = 2.0  # seconds that engines have for ending, all together


class Tabs(QObject):
    """The channels that are open.

    Attributes:
        current: The place of the one in front; -1: none is open.
        inputs: The operands that were chosen last, in whichever tab.

    Signals:
        changed: One was opened, closed or brought to front, or shows another engine.
        notified: The user should know something.  arg: Notice.
    """

    changed = Signal()
    notified = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tabs: list[Tab] = []
        self._closing: list[Tab] = []
        self.current = -1
        self.inputs = Inputs()

    @property
    def all(self) -> tuple[Tab, ...]:
        """The tabs in their order."""
        return tuple(self._tabs)

    @property
    def front(self) -> Tab | None:
        """The tab in front."""
        return self._tabs[self.current] if self._tabs else None

    @property
    def shown(self) -> Engine | None:
        """The engine that is shown."""
        tab = self.front
        return None if tab is None else tab.shown

    def notify(self, text: str, level: Level = Level.INFO, *, at: int | None = None) -> None:
        """Tell the user something; `at`: about that step, which is shown in a moment."""
        self.notified.emit(Notice(text, level, at))

    def add(
        self,
        engine: Engine,
        title: str,
        clients: tuple[SubbufStart, ...] = (),
        *,
        show: bool = True,
    ) -> Tab:
        """Give an engine a tab of its own; the title gets a number if there is one like it."""
        used = {tab.title for tab in self._tabs}
        numbered = (f"{title} {number}" for number in range(2, len(used) + 3))
        name = title if title not in used else next(name for name in numbered if name not in used)
        tab = Tab(engine, name, clients=clients)
        # sizes are a habit, where they can be stored; the CPU that acts belongs to a channel
        length = fitting(self.inputs.length, engine.snapshot.config)
        tab.inputs = replace(tab.inputs, length=length, count=self.inputs.count)
        self._tabs.append(tab)
        if show:
            self.current = len(self._tabs) - 1
        self.changed.emit()
        return tab

    def open_beside(self, engine: SteppedEngine, mode: Mode) -> None:
        """Give the channel in front, in another mode and with the same operations, a tab."""
        if self.front is None:
            return
        title, clients = f"{self.front.title} ({mode})", self.front.clients
        opening = Background(lambda: engine.restart_with(mode), lambda made: made.close(), self)

        def ended(error: BaseException | None) -> None:
            if opening.result is not None:
                self.add(opening.result, title, clients)
            elif isinstance(error, OpenError):
                self.notify(error.message, Level.ERROR)
            opening.deleteLater()

        opening.ended.connect(ended)
        opening.start()

    def bring_to_front(self, place: int) -> None:
        """Show another tab."""
        if 0 <= place < len(self._tabs) and place != self.current:
            self.current = place
            self.changed.emit()

    def show_engine(self, tab: Tab, engine: Engine) -> None:
        """Show another engine of a tab, which must be one of it."""
        tab.shown = engine
        self.changed.emit()

    def close(self, place: int) -> None:
        """Close a tab, and with it its history."""
        tab = self._tabs.pop(place)
        if self.current > place or self.current == len(self._tabs):
            self.current -= 1
        self.changed.emit()
        foreign = tab.shown.snapshot.foreign
        if foreign is not None and foreign.parting:
            self.notify(foreign.parting)
        self._closing.append(tab)
        self.forget()

    @Slot()
    def forget(self) -> None:
        """Let closed tabs go whose engines have ended; one that hangs is ended with the program."""
        if not self._closing:
            return
        left = [tab for tab in self._closing if not tab.close(timeout=0)]
        if len(left) < len(self._closing):
            self._closing = left
            give_back()

    def shutdown(self) -> None:
        """End every engine's threads; one that hangs is not waited for long."""
        tabs = [*self._closing, *self._tabs]
        for tab in tabs:
            tab.close(timeout=0)
        end = time.monotonic() + PATIENCE
        for tab in tabs:
            tab.close(timeout=max(0.0, end - time.monotonic()))
        self._closing.clear()
        self._tabs.clear()
        self.current = -1

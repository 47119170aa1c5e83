"""What happens to channels of others behind the tab in front: told, and marked on their tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from relayviz.gui.notice import Level

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import SignalInstance

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.model.engine.foreign import Foreign, Seen

LOOK_MS = 250
MOST_NEWS = 8  # that a tab tells, the newest


class Aside(QObject):
    """Looks at the tabs behind the one in front, as long as there are such of others.

    Signals:
        told: A tab has other news.
    """

    told = Signal()

    def __init__(self, controller: Controller, parent: QObject) -> None:
        super().__init__(parent)
        self._controller = controller
        self._known: dict[Tab, tuple[Seen | None, bool]] = {}  # what is told of tabs behind
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        controller.tabs_changed.connect(self._begin)

    def begin(self, show: Callable[[], None], ends: SignalInstance) -> None:
        """Have news shown, and look no more once the window closes, which `ends` tells."""
        self.told.connect(show)
        ends.connect(self._timer.stop)

    @Slot()
    def _begin(self) -> None:
        """Look at what is behind now; what is in front shows by itself what has happened."""
        front = self._controller.tab
        if front is not None and front.news:
            front.news = ""
            self.told.emit()
        behind = ((tab, _foreign(tab)) for tab in self._controller.tabs if tab is not front)
        self._known = {
            tab: self._known.get(tab) or _state(foreign)
            for tab, foreign in behind
            if foreign is not None
        }
        if self._known:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _look(self) -> None:
        for tab, (last, was_gone) in list(self._known.items()):
            foreign = _foreign(tab)
            if foreign is None:
                continue
            self._known[tab] = _state(foreign)
            new = foreign.seen[foreign.seen.index(last) + 1 :] if last in foreign.seen else ()
            words = [one.text for one in new]
            if foreign.is_gone and not was_gone:
                words.append(foreign.status)
            if words:
                self._tell(tab, " ".join(words), any(one.is_bad for one in new) or foreign.is_gone)

    def _tell(self, tab: Tab, words: str, is_bad: bool) -> None:
        had_news = bool(tab.news)
        tab.news = "\n".join([*tab.news.splitlines(), words][-MOST_NEWS:])
        level = Level.LOSS if is_bad else Level.INFO
        if is_bad or not had_news:  # one that is reset all the time says so on its tab
            self._controller.notify(f"{tab.title}, in another tab: {words}", level)
        self.told.emit()


def _foreign(tab: Tab) -> Foreign | None:
    foreign = tab.shown.snapshot.foreign
    return foreign if foreign is not None and not foreign.is_recorded else None


def _state(foreign: Foreign) -> tuple[Seen | None, bool]:
    """Return what was seen last, and whether it is gone."""
    return foreign.seen[-1] if foreign.seen else None, foreign.is_gone

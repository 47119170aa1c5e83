"""Opens several channels, all or none, in a thread of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from relayviz.model.engine.protocol import Engine

    Made = list[tuple[Engine, str]]


class Opening(QObject):
    """Makes engines: some have many buffers, so the window goes on meanwhile.

    Signals:
        opened: A channel was.  args: its engine, a title.
        ended: All were, or none.  arg: the exception that was in the way, or None.
    """

    opened = Signal(object, str)
    ended = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._making: Background[Made] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether some are being opened."""
        return self._making is not None

    def begin(self, makers: Sequence[Callable[[], tuple[Engine, str]]]) -> None:
        """Open channels; each function returns an engine and a title, on another thread."""
        self._making = Background(lambda: _all_of(makers), _close_all, self)
        self._making.ended.connect(self._made)
        self._making.start()

    def leave(self) -> None:
        """Want them no more: those that are made are closed."""
        if self._making is not None:
            self._making.leave()

    @Slot(object)
    def _made(self, error: BaseException | None) -> None:
        making, self._making = self._making, None
        if making is not None and making.result is not None:
            made, making.result = making.result, None
            for engine, title in made:
                self.opened.emit(engine, title)
        self.ended.emit(error)


def _all_of(makers: Sequence[Callable[[], tuple[Engine, str]]]) -> Made:
    made: Made = []
    try:
        for make in makers:
            made.append(make())
    except BaseException:
        _close_all(made)
        raise
    return made


def _close_all(made: Made) -> None:
    for engine, _title in made:
        engine.close(0.0)

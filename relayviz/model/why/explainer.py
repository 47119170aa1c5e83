"""Answers to "why?" for one channel: the formula, the step that changed it last, the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.why.context import Context, Sources
from relayviz.model.why.figures import why_figure
from relayviz.model.why.places import why_byte, why_event, why_piece
from relayviz.model.why.why import Byte, Event, Figure, Piece

if TYPE_CHECKING:
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History
    from relayviz.model.ledger.ledger import Ledger
    from relayviz.model.why.why import Subject, Why


class Explainer:
    """Explains what a state shows.

    Threads: one, any; the history may grow meanwhile.

    Args:
        ledger: Of the channel.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def explain(self, history: History, snapshot: Snapshot, subject: Subject) -> Why | None:
        """Say why something is as it is in a state; None: the state does not have it.

        Args:
            history: The history that the state is from.
            snapshot: The state.
            subject: What is asked about.
        """
        self._ledger.follow(history, snapshot.branch)
        context = Context(snapshot, Sources(self._ledger, history, snapshot.branch))
        match subject:
            case Event(number):
                is_known = self._ledger.fates.find(number, snapshot.step) is not None
                return why_event(context, number) if is_known else None
            case Figure(row, name) if row < snapshot.rows:
                return why_figure(context, row, name)
            case Piece(row, index) if self._is_there(snapshot, row, index):
                return why_piece(context, row, index)
            case Byte(row, index, offset) if self._is_there(snapshot, row, index):
                inside = 0 <= offset < snapshot.subbuf_size
                return why_byte(context, row, index, offset) if inside else None
        return None

    @staticmethod
    def _is_there(snapshot: Snapshot, row: int, index: int) -> bool:
        return 0 <= row < snapshot.rows and 0 <= index < snapshot.n_subbufs

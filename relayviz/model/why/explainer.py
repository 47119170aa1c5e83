"""Answers to "why?" for one channel: the formula, the step that changed it last, the rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.model.numbers import grouped
from relayviz.model.why.context import Context, Sources
from relayviz.model.why.figures import why_figure
from relayviz.model.why.places import why_byte, why_event, why_piece
from relayviz.model.why.why import Byte, Done, Event, Figure, Piece

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
        answer = self._answer(context, history, subject)
        return None if answer is None else replace(answer, counted=snapshot.counted)

    def _answer(self, context: Context, history: History, subject: Subject) -> Why | None:
        snapshot = context.snapshot
        match subject:
            case Event(number):
                return self._event(context, number)
            case Done(step):
                return self._done(context, history, step)
            case Figure(row, name) if row < snapshot.rows:
                return why_figure(context, row, name)
            case Piece(row, index) if self._is_there(snapshot, row, index):
                return why_piece(context, row, index)
            case Byte(row, index, offset) if self._is_there(snapshot, row, index):
                inside = 0 <= offset < snapshot.subbuf_size
                return why_byte(context, row, index, offset) if inside else None
        return None

    def _event(self, context: Context, number: int) -> Why | None:
        is_known = self._ledger.fates.find(number, context.step) is not None
        return why_event(context, number) if is_known else None

    def _done(self, context: Context, history: History, step_id: int) -> Why | None:
        """Explain the first event that a step lost, else its own; other states have not got it."""
        step = history.steps[step_id]
        if not history.on_path(step, context.snapshot.branch) or step.depth > context.step:
            return None
        lost = self._ledger.fates.lost_by(step.depth)
        number = step.event if step.event in lost or not lost else lost[0]
        answer = None if number is None else self._event(context, number)
        others = len(lost) - (number in lost)
        if answer is None or not others:
            return answer
        more = (
            f"{grouped(others)} more {'was' if others == 1 else 'were'} lost by step {step.depth}"
        )
        return replace(answer, title=f"{answer.title}; {more}")

    @staticmethod
    def _is_there(snapshot: Snapshot, row: int, index: int) -> bool:
        return 0 <= row < snapshot.rows and 0 <= index < snapshot.n_subbufs

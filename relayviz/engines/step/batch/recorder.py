"""Recording many operations at once: the core carries them out, what they did goes into columns.

What is recorded is what relayviz.engines.step.recording would have recorded step by step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.step.batch.block import BatchBlock, Where
from relayviz.engines.step.batch.columns import (
    Batched,
    attempts_of,
    facts_of,
    lanes_of,
    outcomes_of,
    verdicts_of,
)
from relayviz.engines.step.batch.figures import figures_of
from relayviz.engines.step.batch.plan import Plans
from relayviz.model.channel.operation import PATTERN, PATTERN_FACTOR
from relayviz.model.channel.result import KEPT_BYTES
from relayviz.relay import BATCH_OP_DTYPE, Batch, BatchDeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.model.channel.operation import Operation
    from relayviz.model.history.facts import Facts
    from relayviz.model.history.history import History

BATCH = 1024
"""Operations of one batch at most."""

FEW = 16
"""So few operations are recorded one by one: a batch has a price of its own."""

_PATTERNS = 256  # different ones
_CONSUME = int(BatchDeed.CONSUME)


class BatchRecorder:
    """Carries out operations on a stepped channel and adds their steps to a history.

    Threads: the engine's.

    Args:
        history: Grows by the steps.
        facts: Those of the history; grow, too.
    """

    def __init__(self, history: History, facts: Facts) -> None:
        self._history, self._facts = history, facts
        self._plans: Plans | None = None
        self._room: tuple[StepChannel, Batch] | None = None

    def record(
        self, channel: StepChannel, branch: int, at: tuple[int, int], asked: Sequence[Operation]
    ) -> tuple[int, int]:
        """Carry out operations up to the first that has to be done by itself.

        Args:
            channel: Stands after the step `at`.
            branch: The branch that is shown; if that step is not its end, a new one begins.
            at: The step before: a branch that has it, and its number.
            asked: What is asked for, BATCH at most.

        Returns:
            How many were done, and the branch that they are on.
        """
        plans = self._plans_of(channel)
        chosen = plans.of(asked)
        if len(chosen) < FEW:
            return 0, branch
        history, depth = self._history, at[1]
        next_event = history.next_event(*at)
        events, nexts = _numbered(chosen["is_attempt"], next_event)
        seen, last_toobig = channel.channel.look_at_buffers(), channel.channel.last_toobig
        done = self._room_of(channel).carry_out(_ops(chosen, events), PATTERN, plans.files)
        count = len(done.done)
        if not count:
            return 0, branch
        batch = Batched(channel.config, chosen[:count], done, figures_of(seen, done))
        parent = history.id_at(*at)
        grown = history.branch_for(branch, depth)
        outcomes, values = outcomes_of(batch)
        self._facts.extend(grown, depth + 1, facts_of(batch, last_toobig, outcomes, values))
        where = Where(grown, depth + 1, parent)
        attempts = attempts_of(batch, outcomes, verdicts_of(batch))
        block = BatchBlock(batch, where, lanes_of(batch), attempts)
        codes = chosen["code"][:count].astype(np.uint32)
        history.extend(grown, block, codes, events[:count], nexts[:count])
        return count, grown

    def _plans_of(self, channel: StepChannel) -> Plans:
        if self._plans is None or not self._plans.hold_for(channel):
            self._plans = Plans(channel, self._history)
        return self._plans

    def _room_of(self, channel: StepChannel) -> Batch:
        if self._room is None or self._room[0] is not channel:
            self._room = channel, Batch(channel.channel, BATCH, KEPT_BYTES)
        return self._room[1]


def _numbered(
    attempts: NDArray[np.int64], next_event: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the events of some operations, -1: none, and the number of the next behind each."""
    nexts = next_event + np.cumsum(attempts)
    return np.where(attempts, nexts - 1, -1), nexts


def _ops(plans: NDArray[np.void], events: NDArray[np.int64]) -> NDArray[np.void]:
    """Return operations as the core takes them."""
    ops = np.zeros(len(plans), BATCH_OP_DTYPE)
    is_count = plans["deed"] == _CONSUME
    ops["amount"] = np.where(is_count, plans["count"], plans["length"])
    ops["data"] = np.maximum(events, 0) * PATTERN_FACTOR % _PATTERNS
    for name in ("deed", "cpu", "file"):
        ops[name] = plans[name]
    return ops

"""Recording many operations at once: the core carries them out, what they did goes into columns.

What is recorded is what relayviz.engines.step.recording would have recorded step by step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.engines.step.batch.block import BatchBlock, Where
from relayviz.engines.step.batch.columns import (
    Batched,
    attempts_of,
    facts_of,
    lanes_of,
    verdicts_of,
)
from relayviz.engines.step.batch.figures import figures_of
from relayviz.engines.step.batch.plan import Plans
from relayviz.engines.step.channel.saved import again, save
from relayviz.engines.step.stop import BRANCH
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import PATTERN, PATTERN_FACTOR
from relayviz.model.channel.result import KEPT_BYTES
from relayviz.relay import BATCH_OP_DTYPE, Batch, BatchDeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.stop import Stop
    from relayviz.model.channel.operation import Operation
    from relayviz.model.condition.columns import Record

BATCH = 4096
"""Operations of one batch at most."""

FEW = 16
"""So few operations are recorded one by one: a batch has a price of its own."""

_PATTERNS = 256  # different ones
_CONSUME = int(BatchDeed.CONSUME)


class Recorded(NamedTuple):
    """What came of a batch.

    Attributes:
        steps: How many operations were done.
        branch: The branch that their steps are on.
        channel: The channel; another one if it had to be brought back.
    """

    steps: int
    branch: int
    channel: StepChannel


class BatchRecorder:
    """Carries out operations on a stepped channel and adds their steps to a history.

    Threads: the engine's.

    Args:
        record: What is recorded: its history and facts grow.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._history, self._facts = record.history, record.facts
        self._plans: Plans | None = None
        self._room: tuple[StepChannel, Batch] | None = None

    def takes(self, channel: StepChannel, asked: Sequence[Operation]) -> bool:
        """Return whether operations, the first FEW of those that wait, are worth a batch."""
        return len(self._plans_of(channel).of(asked)) >= FEW

    def record(
        self,
        channel: StepChannel,
        branch: int,
        at: tuple[int, int],
        asked: Sequence[Operation],
        stop: Stop | None = None,
    ) -> Recorded:
        """Carry out operations up to the first that has to be done by itself.

        Args:
            channel: Stands after the step `at`.
            branch: The branch that is shown; if that step is not its end, a new one begins.
            at: The step before: a branch that has it, and its number.
            asked: What is asked for, BATCH at most.
            stop: What ends it; the channel then stands after the step at which that holds.

        Raises:
            relay.RelayError, OSError, MemoryError: The channel cannot be brought back to that step.
        """
        plans = self._plans_of(channel)
        chosen = plans.of(asked)
        none = Recorded(0, branch, channel)
        if len(chosen) < FEW or (stop is not None and stop.needs_steps):
            return none
        saved = None if stop is None else save(channel)
        parent, depth = self._history.id_at(*at), at[1]
        next_event = self._history.next_event(*at)
        batch, last_toobig = self._carry_out(channel, plans, chosen, next_event)
        if not len(batch.plans):
            return none
        grown = self._history.branch_for(branch, depth)
        self._facts.extend(grown, depth + 1, facts_of(batch, last_toobig))
        if stop is not None and saved is not None and grown == BRANCH:
            last = depth + len(batch.plans)
            found = stop.look(self._record, depth + 1, last, ahead=True)
            if found is not None and found < last:  # so the rest has not been done
                self._facts.cut(grown, found, last)
                channel.client.repeat(())
                former, channel = channel, again(channel, channel.client, saved)
                if channel is not former:
                    former.close()
                plans = self._plans_of(channel)
                chosen = plans.of(asked[: found - depth])
                batch, _ = self._carry_out(channel, plans, chosen, next_event)
        self._add(batch, Where(grown, depth + 1, parent), next_event)
        return Recorded(len(batch.plans), grown, channel)

    def _carry_out(
        self, channel: StepChannel, plans: Plans, chosen: NDArray[np.void], next_event: int
    ) -> tuple[Batched, int]:
        """Carry out operations; return what they did, and last_toobig before them."""
        events, _ = _numbered(chosen["is_attempt"], next_event)
        seen, last_toobig = channel.channel.look_at_buffers(), channel.channel.last_toobig
        done = self._room_of(channel).carry_out(_ops(chosen, events), PATTERN, plans.files)
        plans_done = chosen[: len(done.done)]
        figures, asks = figures_of(seen, done), channel.mode is not Mode.DEFAULT
        return Batched(channel.config, plans_done, done, figures, asks), last_toobig

    def _add(self, batch: Batched, where: Where, next_event: int) -> None:
        """Add the steps of a batch to the history; their facts are there."""
        events, nexts = _numbered(batch.plans["is_attempt"], next_event)
        attempts = attempts_of(batch, verdicts_of(batch))
        block = BatchBlock(batch, where, lanes_of(batch), attempts)
        codes = batch.plans["code"].astype(np.uint32)
        self._history.extend(where.branch, block, codes, events, nexts)

    def forget(self) -> None:
        """Let go of the channel: it is closed, or there is another one."""
        self._plans = self._room = None

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
    ops["amount"] = np.where(is_count, plans["subbufs"], plans["length"])
    ops["data"] = np.maximum(events, 0) * PATTERN_FACTOR % _PATTERNS
    for name in ("deed", "cpu", "file"):
        ops[name] = plans[name]
    return ops

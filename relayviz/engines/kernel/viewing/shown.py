"""One look at a channel as a snapshot, with the bytes that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.kernel.viewing.evident import findings_of
from relayviz.engines.kernel.viewing.state import position_in, rows_of, state_of
from relayviz.engines.kernel.viewing.told import contradictory, facts_of, layouts_of, unknown_of
from relayviz.engines.looked.engine import Read
from relayviz.engines.state import only_step
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.engine.foreign import WHOLE_BUFFER, Foreign
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.kernel.trust import trusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.engines.kernel.contents import Contents
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.kernel.look import Buffer, Channel
    from relayviz.model.kernel.looks import Looks
    from relayviz.model.kernel.trust import Trust

Withheld = dict[tuple[int, int], str]
CONTRADICTORY = (
    "The counters of this buffer contradict each other: where in it there is data is not known."
)
WRITTEN = "The writer may have come here while these bytes were read: they are not shown."

NEVER_READ = "These bytes were not read while the channel could be looked at."


@dataclass(frozen=True, slots=True)
class Status:
    """How a channel is looked at.

    Attributes:
        words: The same in a sentence.
        runs: It is looked at again and again.
        changes: Its writers may be at work.
        is_gone: It cannot be looked at any more.
    """

    words: str
    runs: bool = False
    changes: bool = False
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot with what it was made of.

    Attributes:
        channel: As it was looked at.
        snapshot: That as views draw it.
        bytes: Of the rows that were read.
    """

    channel: Channel
    snapshot: Snapshot
    bytes: Mapping[int, Read] = field(default_factory=dict)


def show(
    channel: Channel,
    config: ChannelConfig,
    before: Shown | None,
    status: Status,
    *,
    bytes_read: Mapping[int, Read],
    looks: Looks | None,
) -> Shown:
    """Return what is shown of a look.

    Args:
        channel: Of that look.
        config: As config_of gave it first.
        before: What was shown before.
        status: How it is looked at.
        bytes_read: Of the rows that were read.
        looks: What several looks tell; None: there is but one.
    """
    withheld: Withheld = {(row, WHOLE_BUFFER): CONTRADICTORY for row in contradictory(channel)}
    for row, read in bytes_read.items():
        withheld.update({(row, index): why for index, why in read.withheld.items()})
    if status.is_gone:
        gone = (row for row in range(len(channel.buffers)) if row not in bytes_read)
        withheld.update({(row, WHOLE_BUFFER): NEVER_READ for row in gone})
    foreign = Foreign(
        status.words,
        unknown_of(channel),
        contradictory(channel),
        withheld,
        facts_of(channel),
        findings_of(channel, looks),
        layouts=layouts_of(channel),
        looks=looks,
        runs=status.runs,
        changes=status.changes,
        is_gone=status.is_gone,
    )
    said = Result(Outcome.OK, status.words)
    snapshot = Snapshot.of(
        state_of(channel, config),
        before.snapshot if before is not None else None,
        generation=before.snapshot.generation + 1 if before is not None else 0,
        branch=0,
        last_step=0,
        made_by=only_step(said) if before is None else before.snapshot.made_by,
        foreign=foreign,
    )
    return Shown(channel, snapshot, bytes_read)


def read_of(channel: Channel, shown: Buffer, contents: Contents) -> Read:
    """Return the bytes of a buffer with what is not to be shown of them.

    Args:
        channel: As it is shown.
        shown: The buffer's counters as they are shown: at the latest when reading began.
        contents: Its memory.
    """
    data = np.frombuffer(contents.memory, np.uint8)
    first, second = position_in(channel, shown), position_in(channel, contents.after)
    if first is None or second is None:
        return Read(None, {WHOLE_BUFFER: CONTRADICTORY})
    held = first.held()
    kept: Trust = trusted(held, first, second)
    numbers = {span.number for span in kept.spans}
    size = channel.subbuf_size
    return Read(data, {one.begin // size: WRITTEN for one in held if one.number not in numbers})


def row_in(channel: Channel, address: int) -> Buffer | None:
    """Return the buffer at an address; None: it is not there any more."""
    return next((one for one in rows_of(channel) if one.addr == address), None)

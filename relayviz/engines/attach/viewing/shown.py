"""One look at a channel of another process as a snapshot, with the bytes that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.attach.viewing.evident import findings_of
from relayviz.engines.attach.viewing.state import position_of, state_of
from relayviz.engines.attach.viewing.told import (
    TELLER,
    damaged_rows,
    facts_of,
    life_of,
    mode_of,
    unknown_of,
)
from relayviz.engines.looked.engine import Read
from relayviz.engines.state import only_step
from relayviz.model.channel.config import Mode
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.engine.foreign import WHOLE_BUFFER, Foreign
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.kernel.texts import printable
from relayviz.model.kernel.trust import trusted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relayviz.engines.attach.viewing.source import Contents
    from relayviz.engines.attach.viewing.state import ChannelLook
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.foreign import Seen
    from relayviz.model.kernel.looks import Looks

DAMAGED = "The control block of this buffer is damaged: where in it there is data is not known."
WRITTEN = "The writer may have come here while these bytes were read: they are not shown."


@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot with what it was made of.

    Attributes:
        look: The channel as it was looked at.
        snapshot: That as views draw it.
        bytes: Of the rows that were read.
    """

    look: ChannelLook
    snapshot: Snapshot
    bytes: Mapping[int, Read] = field(default_factory=dict)


def show(
    look: ChannelLook,
    config: ChannelConfig,
    before: Shown | None,
    *,
    looks: Looks,
    seen: tuple[Seen, ...],
    bytes_read: Mapping[int, Read],
) -> Shown:
    """Return what is shown of a look.

    Args:
        look: The look.
        config: As config_of gave it first.
        before: What was shown before; None: nothing was.
        looks: What several looks tell.
        seen: What they found to have happened.
        bytes_read: Of the rows that were read.
    """
    damaged = damaged_rows(look)
    withheld = {(row, WHOLE_BUFFER): DAMAGED for row in damaged}
    for row, read in bytes_read.items():
        withheld.update({(row, index): why for index, why in read.withheld.items()})
    words = status_of(look, watching=looks.running)
    foreign = Foreign(
        words,
        unknown_of(look),
        damaged,
        withheld,
        facts_of(look),
        findings_of(look, looks),
        looks=looks,
        runs=looks.running,
        changes=look.alive is not False and not look.is_closed,
        teller=TELLER,
        seen=seen,
        is_over=look.alive is False or look.is_closed,
        parting=parting_of(look),
    )
    snapshot = Snapshot.of(
        state_of(look, config, mode_of(look)[0] or Mode.DEFAULT),
        before.snapshot if before is not None else None,
        generation=before.snapshot.generation + 1 if before is not None else 0,
        branch=0,
        last_step=0,
        made_by=only_step(Result(Outcome.OK, words)) if before is None else before.snapshot.made_by,
        foreign=foreign,
    )
    return Shown(look, snapshot, bytes_read)


def status_of(look: ChannelLook, *, watching: bool) -> str:
    """Say how a channel is looked at."""
    name = printable(look.name)
    if look.is_closed:
        told = f"{name} was closed by its process: this is how it was left."
    elif look.alive is False:
        told = f"{name}: {life_of(look)} and has not closed it. What it had written is here."
    elif watching:
        told = f"{name}: {life_of(look)}; looked at all the time."
    else:
        told = f"{name}: looking is paused. When it was looked at last, {life_of(look)}."
    if look.heir:
        told += f" Another channel of that name is there, of process {look.heir}: Ctrl+Alt+A."
    return told


def parting_of(look: ChannelLook) -> str:
    """Say what becomes of a channel that is looked at no more."""
    if look.alive is False or look.is_closed:
        return f"Detached from {printable(look.name)}: its files stay as they are."
    return f"Detached from {printable(look.name)}: process {look.first.pid} was not disturbed."


def read_of(look: ChannelLook, row: int, contents: Contents) -> Read:
    """Return the bytes of a buffer with what is not to be shown of them.

    Args:
        look: As it is shown: no later than when reading began.
        row: The buffer's row in it.
        contents: What was read.
    """
    data = np.frombuffer(contents.memory, np.uint8)
    first, second = position_of(look.buffers[row]), position_of(contents.after)
    if first is None or second is None:
        return Read(None, {WHOLE_BUFFER: DAMAGED})
    held = first.held()
    numbers = {span.number for span in trusted(held, first, second).spans}
    size = first.subbuf_size
    return Read(data, {one.begin // size: WRITTEN for one in held if one.number not in numbers})

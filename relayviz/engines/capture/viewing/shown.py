"""A moment of a capture as a snapshot."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.capture.viewing.told import STORED, UNKNOWN, at_least, facts_of, findings_of
from relayviz.model.capture.sizes import Sure
from relayviz.model.capture.tape import NO_CPU
from relayviz.model.channel.config import MAX_CPUS, ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.channel.state import State
from relayviz.model.engine.foreign import Foreign
from relayviz.model.engine.protocol import OpenError
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.history.step import Step
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.engines.capture.capture import Capture
    from relayviz.engines.capture.viewing.rings import Rings

    Line = tuple[str, str, str]
    from relayviz.model.findings.finding import Finding

_MOST_CELLS = 1 << 22  # sub-buffers of all buffers together, that a window can bear


@dataclass(frozen=True, slots=True)
class Opened:
    """A capture laid out, with all that stays the same at each of its moments.

    Attributes:
        capture: What is missing in it, and what is damaged.
        rings: Its sub-buffers.
        config: The channel that it shows.
        facts: What is told of it.
        findings: What is wrong with it.
        begun: When it was opened here, in seconds since the epoch.
    """

    capture: Capture
    rings: Rings
    config: ChannelConfig
    facts: tuple[Line, ...]
    findings: tuple[Finding, ...]
    begun: float

    @classmethod
    def of(cls, capture: Capture, rings: Rings, title: str) -> Opened:
        """Return a capture as it is shown; OpenError: it is too much for a window."""
        return cls(
            capture,
            rings,
            config_of(rings, title),
            facts_of(capture, rings),
            findings_of(capture, rings.tape),
            time.time(),
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment of a capture.

    Attributes:
        opened: The capture.
        place: How many records are written.
        snapshot: That as views draw it.
    """

    opened: Opened
    place: int
    snapshot: Snapshot


def config_of(rings: Rings, title: str) -> ChannelConfig:
    """Return a channel as it must have been opened, as far as the capture says.

    Raises:
        OpenError: It would be too much to draw.
    """
    tape, sizes = rings.tape, rings.sizes
    highest = max(0, *tape.cpus)
    if highest >= MAX_CPUS:
        raise OpenError(None, f"{title} cannot be shown: CPU {highest} cannot be.")
    if sizes.n_subbufs * len(tape.cpus) > _MOST_CELLS:
        raise OpenError(
            None,
            f"{title} cannot be shown: {sizes.n_subbufs} sub-buffers in each of {len(tape.cpus)} "
            "buffers are too many. Give other sizes.",
        )
    return ChannelConfig(
        base_filename=title[:200],
        subbuf_size=sizes.subbuf_size,
        n_subbufs=sizes.n_subbufs,
        cpus=highest + 1,
        online=tuple(max(0, cpu) for cpu in tape.cpus),
        mode=Mode.NO_OVERWRITE,
        is_global=tape.cpus == (NO_CPU,),
    )


def show(opened: Opened, place: int, before: Shown | None, status: str) -> Shown:
    """Return a moment of a capture.

    Args:
        opened: The capture.
        place: How many records are written.
        before: What was shown before; what differs is shown as changed.
        status: How it is read, in a sentence; empty: nothing is to be said.
    """
    rings, config = opened.rings, opened.config
    buffers, subbufs = rings.state(place)
    state = State(
        config=config,
        buffers=buffers,
        subbufs=subbufs,
        base_filename=config.base_filename,
        alloc_size=config.allocation().alloc_size,
        online=config.online_cpus,
        is_global=config.is_global,
        last_toobig=0,
        closed=False,
        mode=config.mode,
        source="",
        reserved=(),
        files=(),
        mappings=(),
    )
    is_same = before is not None and before.opened is opened
    snapshot = Snapshot.of(
        state,
        before.snapshot if is_same and before is not None else None,
        generation=before.snapshot.generation + 1 if before is not None else 0,
        branch=0,
        last_step=rings.tape.count,
        made_by=_opening(opened.begun, place),
        foreign=Foreign(
            _words(rings, place, status),
            UNKNOWN,
            facts=opened.facts,
            findings=opened.findings,
            at_least=at_least(rings.tape),
            exact=STORED,
            teller="the capture",
            sizes=rings.sizes if rings.sizes.sure is not Sure.SAID else None,
        ),
    )
    return Shown(opened, place, snapshot)


def _words(rings: Rings, place: int, status: str) -> str:
    tape = rings.tape
    words = f"{tape.layout.name}: {grouped(place)} of {grouped(tape.count)} records written"
    if place and tape.has_time:
        words += f", the last at {tape.time(place - 1) / 1e9:.9f} s"
    return f"{words}. {status}".strip()


def _opening(begun: float, place: int) -> Step:
    """Return the only step of a channel that others wrote to; its depth is the place."""
    operation, result = Operation(Kind.OPEN), Result(Outcome.OK, "")
    return Step(0, 0, 0, place, begun, operation, None, 0, (), result)

"""Loads with a name, for sentences that the catalogues of causes and faults do not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.load.load import Load, ReaderKind, Reading, SizeKind, Sizes, Writing
from tests.engines.faults import fixed
from tests.sentences.loads.runs import Ran, ran

if TYPE_CHECKING:
    from relayviz import relay
    from tests.sentences.loads.runs import Between

MMAP, READ, NONE = ReaderKind.MMAP, ReaderKind.READ, ReaderKind.NONE
SMALL = ChannelConfig(subbuf_size=512, n_subbufs=8, cpus=1)
ONE = ChannelConfig(subbuf_size=512, n_subbufs=1, cpus=1)
OVER = ChannelConfig(subbuf_size=512, n_subbufs=8, cpus=1, mode=Mode.OVERWRITE)
ONE_OVER = ChannelConfig(subbuf_size=512, n_subbufs=1, cpus=1, mode=Mode.OVERWRITE)
WIDE = ChannelConfig(subbuf_size=4096, n_subbufs=16, cpus=1)
QUICK, SLOW = fixed(64, 4000), fixed(64, 100)


@dataclass(frozen=True)
class NamedLoad:
    """A load, and how long it is run."""

    config: ChannelConfig
    load: Load
    seconds: float = 2.0
    between: Between | None = None
    before: tuple[Reading, ...] = ()

    def run(self) -> Ran:
        return ran(self.config, self.load, self.seconds, self.between, before=self.before)


def another_reports(channel: relay.Channel) -> None:
    """Report all that is ready, as a second reader by mmap does."""
    (buffer,) = channel.buffers
    if ready := buffer.subbufs_produced - buffer.subbufs_consumed:
        channel.subbufs_consumed(0, ready)


def reset(channel: relay.Channel) -> None:
    channel.reset()


LOADS = {
    "somebody else reports": NamedLoad(
        SMALL, Load(fixed(64, 1000), Reading(MMAP)), between=another_reports
    ),
    "each second report is left out": NamedLoad(
        SMALL, Load(QUICK, Reading(MMAP, 0.002, forget_every=2))
    ),
    "no report, overwriting": NamedLoad(OVER, Load(QUICK, Reading(MMAP, 0.002, forget_every=1))),
    "no report of the only sub-buffer, overwriting": NamedLoad(
        ONE_OVER, Load(fixed(64, 10), Reading(MMAP, 0.002, forget_every=1)), 1.0
    ),
    "one sub-buffer, and more reported": NamedLoad(
        ONE, Load(QUICK, Reading(MMAP, 0.002, report_extra=1))
    ),
    "a stall, and few at a time": NamedLoad(
        SMALL, Load(fixed(64, 1000), Reading(MMAP, 0.01, 1, stall_every=0.6, stall=0.3)), 5.0
    ),
    "a stall, and many flushes": NamedLoad(
        WIDE,
        Load(fixed(64, 4000), Reading(MMAP, 0.01, stall_every=1.0, stall=1.0), flush_every=0.0005),
        6.0,
    ),
    "nothing ever taken": NamedLoad(SMALL, Load(QUICK, Reading(MMAP, 5.0)), 1.0),
    "lapped, and few at a time": NamedLoad(OVER, Load(QUICK, Reading(MMAP, 0.05, 1))),
    "nobody reads the only sub-buffer": NamedLoad(ONE, Load(QUICK, Reading(NONE))),
    "one sub-buffer, overwriting": NamedLoad(ONE_OVER, Load(QUICK, Reading(MMAP, 0.05))),
    "empty flushes of the only sub-buffer": NamedLoad(
        ONE, Load(fixed(64, 20), Reading(MMAP, 0.001), flush_every=0.01)
    ),
    "two causes": NamedLoad(
        WIDE, Load(Writing(10_000, QUICK.sizes, flush_after=32), Reading(MMAP, 0.02, 1)), 5.0
    ),
    "read behind empty sub-buffers": NamedLoad(
        ChannelConfig(subbuf_size=512, n_subbufs=256, cpus=1),
        Load(SLOW, Reading(READ, 0.05), flush_every=0.002),
        5.0,
    ),
    "small reads behind empty sub-buffers": NamedLoad(
        ChannelConfig(subbuf_size=512, n_subbufs=64, cpus=1),
        Load(fixed(64, 20), Reading(READ, 0.01, 7), flush_every=0.002),
    ),
    "a reset while it is read": NamedLoad(
        WIDE, Load(fixed(64, 1000), Reading(READ, 0.0021, 100)), between=reset
    ),
    "read behind a mapping": NamedLoad(
        ChannelConfig(subbuf_size=65_536, n_subbufs=8, cpus=1),
        Load(fixed(64, 1500), Reading(READ, 0.03)),
        1.5,
        before=(Reading(READ, 0.03), Reading(MMAP, 0.03)),
    ),
    "mixed sizes": NamedLoad(
        ChannelConfig(subbuf_size=4096, n_subbufs=64, cpus=1),
        Load(Writing(4000, Sizes(SizeKind.UNIFORM, 16, 400, 208)), Reading(MMAP, 0.005)),
    ),
}

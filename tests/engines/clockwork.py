"""A load in virtual time on the reference channel: what the simulated clock is compared with.

Written from docs/live.md ("The simulated clock") and from the description of relay alone: an event
at a time, times as exact fractions, a channel in plain Python.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING

from relayviz.model.channel.config import Mode
from relayviz.model.load.load import ReaderKind, SizeKind
from tests.reference import NO_OVERWRITE, OVERWRITE, Callbacks, Channel, Directory

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.load.load import Load, Reading, Writing
    from tests.reference import Buffer

SECOND = 10**9
NEVER = 1 << 100
REST = 250_000  # ns until a reader without a pace looks again at an empty buffer
LONGEST_READ = 1 << 20
WRITES, FLUSHES, READS = range(3)  # who goes first at equal times

_serial = count()


def ns(seconds: float) -> int:
    return round(Fraction(seconds) * SECOND)


@dataclass
class Figures:
    """What came of one CPU's events."""

    attempted: int = 0
    stored: int = 0
    refused_full: int = 0
    too_big: int = 0
    overwritten: int = 0
    visits: int = 0
    stalls: int = 0
    bytes: int = 0
    produced: int = 0
    consumed: int = 0

    @property
    def lost_for_room(self) -> int:
        return self.refused_full + self.overwritten


class _Events:
    """How many events each finished or begun sub-buffer holds, and which of them are lost."""

    def __init__(self, buf: Buffer, header: int) -> None:
        self.buf, self.header = buf, header
        self.by_lap = [0]
        self.used = [header]  # bytes of each lap

    def begin(self, lap: int) -> int:
        """A sub-buffer is begun; the events that were in its place and are lost by that."""
        del self.by_lap[lap:], self.used[lap:]
        self.by_lap.append(0)
        self.used.append(self.header)
        old = lap - self.buf.n_subbufs
        if old < self.buf.subbufs_consumed:
            return 0
        read = self.buf.bytes_consumed if old == self.buf.subbufs_consumed else 0
        return self.by_lap[old] if read < self.used[old] else 0


class _Writer:
    """One CPU's events, each at its time."""

    def __init__(self, world: World, cpu: int, plan: Writing) -> None:
        self.rank = (WRITES, cpu)
        self.world, self.cpu, self.plan = world, cpu, plan
        self.figures, self.buf = world.figures[cpu], world.channel.buffers[cpu]
        sizes = plan.sizes
        assert sizes.kind in (SizeKind.FIXED, SizeKind.LIST), "others are drawn"
        self.sizes = sizes.recorded if sizes.kind is SizeKind.LIST else (sizes.smallest,)
        self.on, self.cycle = ns(plan.burst_on), ns(plan.burst_on) + ns(plan.burst_off)
        self.begin = self.number = 0
        self.kept: list[int] = []  # the numbers of the events that were stored
        self.due = 0 if plan.rate else NEVER

    def act(self) -> None:
        size = self.sizes[self.figures.attempted % len(self.sizes)]
        self.figures.attempted += 1
        stored = self.world.channel.write(bytes(size), self.cpu)
        self.world.follow(self.cpu)
        if stored:
            self.figures.stored += 1
            self.kept.append(self.figures.attempted - 1)
            events = self.world.events[self.cpu]
            events.by_lap[-1] += 1
            events.used[-1] += size
        elif size <= self.buf.subbuf_size and self.buf.blocked:
            self.figures.refused_full += 1
        else:
            self.figures.too_big += 1
        self.number += 1
        first = self.number - self.number % self.plan.pieces  # of its record
        self.due = self.begin + int(first * SECOND / Fraction(self.plan.rate))
        if self.on and self.due % self.cycle >= self.on:  # silence: the next burst begins anew
            self.begin = self.due = (self.due // self.cycle + 1) * self.cycle
            self.number = 0


class _Flusher:
    def __init__(self, world: World, every: int) -> None:
        self.rank = (FLUSHES, 0)
        self.world, self.every = world, every
        self.due = every or NEVER

    def act(self) -> None:
        self.world.channel.flush()
        for cpu in range(self.world.config.cpus):
            self.world.follow(cpu)
        self.due += self.every


class _Reader:
    """One CPU's consumer: when it comes."""

    def __init__(self, world: World, cpu: int, plan: Reading) -> None:
        self.rank = (READS, cpu)
        self.world, self.plan, self.cpu = world, plan, cpu
        self.figures = world.figures[cpu]
        self.buf = world.channel.buffers[cpu]
        self.pace, self.stall, self.every = map(ns, (plan.pace, plan.stall, plan.stall_every))
        self.due = NEVER if plan.kind is ReaderKind.NONE else 0
        self.away = self.every if self.stall and self.every else NEVER  # from then on
        self.position = self.unreported = self.turn = 0
        self.file = world.channel.open_file(cpu)

    def act(self) -> None:
        now = self.due
        if now >= self.away:
            self.figures.stalls += 1
            self.due = now + self.stall
            self.away = self.due + self.every
            return
        self.figures.visits += 1
        found = self.by_read() if self.plan.kind is ReaderKind.READ else self.by_mapping()
        self.due = now + (self.pace or (0 if found else REST))

    def by_read(self) -> bool:
        whole = self.world.channel.alloc_size
        most = self.plan.batch or min(whole, LONGEST_READ)
        got = [len(self.file.read(most))]
        while not self.plan.batch and got[-1] == most and sum(got) < whole:
            got.append(len(self.file.read(most)))
        self.figures.bytes += sum(got)
        return sum(got) > 0

    def by_mapping(self) -> bool:
        buf, left = self.buf, self.plan.batch or NEVER
        goal = min(buf.subbufs_produced, self.position + left)
        if self.position >= goal:
            return False
        while self.position < goal:
            begun = buf.subbufs_produced - buf.blocked
            if begun - self.position >= buf.n_subbufs:  # written over
                skipped = buf.subbufs_produced - buf.n_subbufs + 1 - self.position
                self.position += skipped
                self.unreported += skipped
                goal = min(buf.subbufs_produced, goal + skipped)
                continue
            used = buf.subbuf_size - buf.paddings[self.position % buf.n_subbufs]
            self.figures.bytes += max(used - self.world.config.header, 0)
            self.position += 1
            self.unreported += 1
        while self.unreported:
            self.report()
        return True

    def report(self) -> None:
        most = min(self.unreported, self.buf.n_subbufs)
        self.unreported -= most
        self.turn += 1
        if self.plan.forget_every and self.turn % self.plan.forget_every == 0:
            return
        extra = 0 if self.unreported else self.plan.report_extra
        self.world.channel.subbufs_consumed(self.cpu, most + extra)


class World:
    """A channel and all that act on it; who is due first acts first."""

    def __init__(self, config: ChannelConfig, load: Load) -> None:
        policy = OVERWRITE if config.mode is Mode.OVERWRITE else NO_OVERWRITE
        self.config = config
        self.channel = Channel(
            "cpu",
            Directory(f"clockwork-{next(_serial)}"),
            subbuf_size=config.subbuf_size,
            n_subbufs=config.n_subbufs,
            callbacks=Callbacks(policy.with_header(config.header)),
            cpus=config.cpus,
        )
        cpus = range(config.cpus)
        self.figures = [Figures() for _ in cpus]
        self.events = [_Events(buf, config.header) for buf in self.channel.buffers]
        self.actors: list[_Writer | _Flusher | _Reader] = [
            *(_Writer(self, cpu, load.writing_of(cpu)) for cpu in cpus),
            _Flusher(self, ns(load.flush_every)),
            *(_Reader(self, cpu, load.reading_of(cpu)) for cpu in cpus),
        ]

    def torn(self, cpu: int, delivered: int) -> int:
        """Records of which some pieces came and others did not, once a piece of a later one came.

        Args:
            cpu: The CPU.
            delivered: Events that its reader got: the first ones of those that were stored.
        """
        writer = next(one for one in self.actors if isinstance(one, _Writer) and one.cpu == cpu)
        pieces = writer.plan.pieces
        came = Counter(number // pieces for number in writer.kept[:delivered])
        return sum(count < pieces for record, count in came.items() if record < max(came))

    def follow(self, cpu: int) -> None:
        """Notice a sub-buffer that was begun."""
        buf, events = self.channel.buffers[cpu], self.events[cpu]
        if not buf.blocked and buf.subbufs_produced >= len(events.by_lap):
            self.figures[cpu].overwritten += events.begin(buf.subbufs_produced)

    def run(self, seconds: float, *, to_a_loss: bool = False) -> list[Figures]:
        """Let all that is due before the end happen; what came of it, by CPU."""
        end = ns(seconds)
        while True:
            first = min(self.actors, key=lambda one: (one.due, one.rank))
            if first.due >= end:
                break
            first.act()
            if to_a_loss and any(one.lost_for_room for one in self.figures):
                break
        for one, buf in zip(self.figures, self.channel.buffers, strict=True):
            one.produced, one.consumed = buf.subbufs_produced, buf.subbufs_consumed
        return self.figures

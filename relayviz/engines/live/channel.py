"""A real channel with a pool of native threads on it, and the load that they put it under."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.engines.state import state_of
from relayviz.model.channel.config import Mode
from relayviz.model.engine.protocol import OpenError
from relayviz.model.load.load import SizeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.state import State
    from relayviz.model.load.clock import Simulated
    from relayviz.model.load.load import BreakOn, Load, Reading, Writing
    from relayviz.relay import Buffer, Directory, Entry, IsGlobal, Preset

    Part = TypeVar("Part", Writing, Reading)

LOST_FOR_ROOM = ("refused_full", "overwritten")
_NANOSECOND = 0.9e-9
_serial = count()  # tells the directories of this process's channels apart


class LiveChannel:
    """A channel under load.

    Threads: any, one at a time; what the pool's own threads do needs no care.

    Args:
        config: What to open.
        load: What it is put under, its number of threads included.
        simulated: The clock it goes by; None: the machine's.

    Attributes:
        channel: The relay channel.
        pool: The threads.
        mode: What subbuf_start does now.
        load: What was put on it last.
        is_simulated: It goes by a simulated clock.

    Raises:
        OpenError: It cannot be opened; nothing is left behind.
    """

    def __init__(
        self, config: ChannelConfig, load: Load, simulated: Simulated | None = None
    ) -> None:
        _check(config, load)
        if simulated and (problem := simulated.problem(load)):
            raise OpenError(None, problem)
        self.config, self.mode, self.load = config, config.mode, load
        self.is_simulated = simulated is not None
        self._directory = relay.Directory(f"live-{os.getpid()}-{next(_serial)}")
        self._closing: list[Callable[[], None]] = [self._directory.remove]
        try:
            self.channel = self._open()
            self._closing.append(self.channel.close)
            self.pool = relay.Live(
                self.channel,
                writer_threads=load.writer_threads,
                reader_threads=load.reader_threads,
                seed=simulated.seed if simulated else 0,
                simulated=simulated is not None,
                event_seconds=simulated.event_seconds if simulated else 0.0,
            )
            self._closing.append(self.pool.close)
            self._put(load, None)
        except relay.NoMemoryError as error:
            self.close()
            message = "There is not enough memory: choose smaller or fewer buffers."
            raise OpenError("subbuf_size", message) from error
        except (relay.RelayError, OSError, MemoryError) as error:
            self.close()
            raise OpenError(None, str(error)) from error
        self.buffers = self.channel.buffers

    def _open(self) -> relay.Channel:
        config = self.config

        def create(
            name: str | None, parent: Directory | None, mode: int, buf: Buffer, glob: IsGlobal
        ) -> Entry:
            glob.value = int(config.is_global)
            return relay.create_buf_file(name, parent, mode, buf, glob)

        return relay.Channel(
            config.base_filename,
            self._directory,
            subbuf_size=config.subbuf_size,
            n_subbufs=config.n_subbufs,
            callbacks=relay.Callbacks(_preset(config.mode, config.header), create),
            cpus=config.cpus,
            online=config.online_cpus,
            writers="one",
        )

    def close(self) -> None:
        """End the threads and give everything back. Can be called again."""
        while self._closing:
            self._closing.pop()()

    def put_under(self, load: Load) -> None:
        """Change the load; its number of threads stays what it was."""
        load = replace(
            load,
            writer_threads=self.load.writer_threads,
            reader_threads=self.load.reader_threads,
        )
        self._put(load, self.load)
        self.load = load

    def _put(self, load: Load, before: Load | None) -> None:
        """Tell the pool what differs from the load before; None: all of it."""
        cpus = self.config.cpus
        writing = _spread(load.writing, load.writers, cpus)
        reading = _spread(load.reading, load.readers, cpus)
        old_writing = _spread(before.writing, before.writers, cpus) if before else [None] * cpus
        old_reading = _spread(before.reading, before.readers, cpus) if before else [None] * cpus
        for write, which in _changed(writing, old_writing):
            self.pool.set_writing(_native_writing(write), which)
        for read, which in _changed(reading, old_reading):
            self.pool.set_reading(_native_reading(read), which)
        if before is None or load.flush_every != before.flush_every:
            self.pool.set_flush(load.flush_every)

    def set_mode(self, mode: Mode) -> None:
        """Change what subbuf_start does, from the next switch on."""
        self.channel.set_subbuf_start(_preset(mode, self.config.header))
        self.mode = mode

    def break_on(self, where: BreakOn) -> None:
        """Say what stops the threads."""
        counter = None if where.counter is None else str(where.counter)
        self.pool.break_on(
            where.losses,
            full=where.full,
            lapped=where.lapped,
            torn=where.torn,
            twice=where.twice,
            torn_records=where.torn_records,
            counter=_COUNTERS.get(counter, counter) if counter else None,
            value=where.value,
            cpu=where.cpu,
        )

    @property
    def lost_for_room(self) -> int:
        """Events that a larger buffer would have kept."""
        account = self.look().buffers["account"]
        return sum(int(account[name]["events"].sum()) for name in LOST_FOR_ROOM)

    def simulate(self, until: float, most: float) -> bool:
        """Let simulated time go by, `most` seconds at a time; False: it is time, or it stopped."""
        left = until - self.pool.time
        if left < _NANOSECOND or self.pool.hit is not None:
            return False
        self.pool.simulate(min(left, most))
        return True

    def look(self) -> State:
        """Return the state of the channel; exact while the threads stand."""
        return state_of(self.channel, self.config, self.mode)


_COUNTERS = {"consumed": "released"}
"""The pool's names of our counters, where they differ."""


def _check(config: ChannelConfig, load: Load) -> None:
    """Refuse what a live channel cannot be."""
    for field, message in config.problems().items():
        raise OpenError(field, message)
    if config.mode is Mode.PYTHON:
        raise OpenError("mode", PYTHON_IS_STEPPED)
    if config.base_filename is None:
        raise OpenError("base_filename", NEEDS_FILES)
    for field, message in load.problems().items():
        raise OpenError(None, f"The load cannot be used: {field}: {message}")


NEEDS_FILES = (
    "A live channel is read through its files, and this one has none. Give it some with late set-up"
    " of files, or open it with a name."
)
PYTHON_IS_STEPPED = (
    "A subbuf_start in Python can be stepped, but not run at full speed: each switch would wait for"
    " Python. Choose no-overwrite, overwrite or default."
)


def _preset(mode: Mode, header: int) -> Preset | None:
    if mode is Mode.DEFAULT:
        return None
    preset = relay.OVERWRITE if mode is Mode.OVERWRITE else relay.NO_OVERWRITE
    return preset.with_header(header)


def _native_writing(writing: Writing) -> relay.Writing:
    sizes = writing.sizes
    if sizes.kind is SizeKind.LIST:
        drawn = relay.Sizes.listed(sizes.recorded)
    elif sizes.kind is SizeKind.UNIFORM:
        drawn = relay.Sizes.uniform(sizes.smallest, sizes.largest)
    elif sizes.kind is SizeKind.EXPONENTIAL:
        drawn = relay.Sizes.exponential(sizes.mean, sizes.smallest, sizes.largest)
    else:
        drawn = relay.Sizes.fixed(sizes.smallest)
    return relay.Writing(
        writing.rate,
        drawn,
        writing.burst_on,
        writing.burst_off,
        writing.flush_after,
        writing.pieces,
    )


def _native_reading(reading: Reading) -> relay.Reading:
    return relay.Reading(
        reading.kind.value,
        reading.pace,
        reading.batch,
        reading.stall_every,
        reading.stall,
        reading.forget_every,
        reading.report_extra,
    )


def _spread(usual: Part, own: tuple[tuple[int, Part], ...], cpus: int) -> list[Part]:
    """Return what each CPU does."""
    particular = dict(own)
    return [particular.get(cpu, usual) for cpu in range(cpus)]


def _changed(parts: list[Part], before: Sequence[Part | None]) -> list[tuple[Part, list[int]]]:
    """Gather the CPUs that do the same and did something else before.

    Most CPUs have the same object, and one can hold a million sizes: each pair is compared once.
    """
    differs: dict[tuple[int, int], bool] = {}
    found: dict[int, tuple[Part, list[int]]] = {}
    for cpu, (now, then) in enumerate(zip(parts, before, strict=True)):
        pair = (id(now), id(then))
        if pair not in differs:
            differs[pair] = now != then
        if differs[pair]:
            found.setdefault(id(now), (now, []))[1].append(cpu)
    return list(found.values())

"""Random loads that can be simulated: channels and what they are put under, small and quick."""

from __future__ import annotations

from random import Random

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.load.load import Load, ReaderKind, Reading, SizeKind, Sizes, Writing


def any_load(seed: int) -> tuple[ChannelConfig, Load]:
    """Return a channel with a load, in which anything may be lost."""
    return _any_load(Random(seed))  # noqa: S311  no secret


def _any_load(chance: Random) -> tuple[ChannelConfig, Load]:
    cpus = chance.choice([1, 1, 2, 3])
    config = ChannelConfig(
        subbuf_size=chance.choice([256, 512, 1000, 1024, 4096]),
        n_subbufs=chance.randint(1, 24),
        cpus=cpus,
        mode=chance.choice([Mode.NO_OVERWRITE, Mode.NO_OVERWRITE, Mode.OVERWRITE]),
        header=chance.choice([0, 0, 8, 16]),
    )
    own = range(1, cpus)
    load = Load(
        _writing(chance, config.subbuf_size + 8),
        _reading(chance, config.subbuf_size),
        tuple((cpu, _writing(chance, config.subbuf_size + 8)) for cpu in own),
        tuple((cpu, _reading(chance, config.subbuf_size)) for cpu in own),
        flush_every=chance.choice([0.0, 0.0, 0.01, 0.05, 0.013]),
    )
    return config, load


def any_lossless(seed: int) -> tuple[ChannelConfig, Load]:
    """Return the same, where some number of sub-buffers loses nothing, most of the time."""
    chance = Random(seed)  # noqa: S311
    config, load = _any_load(chance)
    largest = config.subbuf_size - config.header

    def fits(writing: Writing) -> Writing:
        return Writing(writing.rate, _sizes(chance, largest), writing.burst_on, writing.burst_off)

    def honest(reading: Reading) -> Reading:
        pace, stall, every = reading.pace, reading.stall, reading.stall_every
        return Reading(reading.kind, pace, 0, stall_every=every, stall=stall)

    writers = tuple((cpu, fits(one)) for cpu, one in load.writers)
    readers = tuple((cpu, honest(one)) for cpu, one in load.readers)
    return config, Load(
        fits(load.writing), honest(load.reading), writers, readers, flush_every=load.flush_every
    )


def _sizes(chance: Random, largest: int) -> Sizes:
    largest = min(largest, 400)
    if chance.random() < 0.6:
        return Sizes(SizeKind.FIXED, chance.randint(16, largest))
    recorded = tuple(chance.randint(16, largest) for _ in range(chance.randint(1, 9)))
    return Sizes(SizeKind.LIST, recorded=recorded)


def _writing(chance: Random, largest: int) -> Writing:
    rate = chance.choice([100.0, 1000.0, 12_000 / 7, chance.uniform(1, 5000), 2500.0])
    bursts = (chance.choice([0.01, 0.02, 0.1]), chance.choice([0.03, 0.08, 0.2]))
    on, off = bursts if chance.random() < 0.4 else (0.0, 0.0)
    return Writing(rate, _sizes(chance, largest), on, off)


def _reading(chance: Random, subbuf_size: int) -> Reading:
    kind = chance.choice([ReaderKind.READ, ReaderKind.MMAP])
    maps = kind is ReaderKind.MMAP
    some = [1, 2, 5] if maps else [subbuf_size, subbuf_size // 2, 3 * subbuf_size, 100]
    stalls = (chance.choice([0.1, 0.2, 0.5]), chance.choice([0.05, 0.1, 0.3]))
    every, stall = stalls if chance.random() < 0.5 else (0.0, 0.0)
    return Reading(
        kind,
        pace=chance.choice([0.0, 0.001, 0.005, 0.01, 0.05, 0.0333]),
        batch=chance.choice([0, 0, *some[:1], chance.choice(some)]),
        stall_every=every,
        stall=stall,
        forget_every=chance.choice([0, 0, 0, 3]) if maps else 0,
        report_extra=chance.choice([0, 0, 0, 1]) if maps else 0,
    )

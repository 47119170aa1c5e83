"""Random operations of every kind, and a way to do very many of them without keeping them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step.channel.channel import StepChannel
from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.recording.record import record, record_opening
from relayviz.engines.step.recording.resolve import spread
from relayviz.model.channel.client import TEMPLATES, compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.history.facts import Facts
from relayviz.model.history.history import History

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from relayviz.model.history.history import Step

CLIENT = compile_subbuf_start(TEMPLATES["No-overwrite"])
OFTEN = [Kind.WRITE] * 12 + [Kind.WRITE_NOLOCK, Kind.RESERVE, Kind.RESERVE, Kind.FILL]
READING = [Kind.READ] * 4 + [Kind.SPLICE, Kind.CONSUME, Kind.POLL]
SELDOM = [
    *(Kind.SWITCH, Kind.FLUSH, Kind.FLUSH, Kind.RESET, Kind.OPEN_FILE, Kind.OPEN_FILE),
    *(Kind.CLOSE_FILE, Kind.MMAP, Kind.UNMAP, Kind.LATE_SETUP, Kind.CPU_ONLINE, Kind.SET_MODE),
]


def chance_config(chance: random.Random, **fixed: object) -> ChannelConfig:
    """Return any channel that can be opened."""
    size = chance.choice([8, 20, 64, 100])
    fields: dict[str, object] = {
        "base_filename": chance.choice(["cpu", "cpu", "cpu", None]),
        "subbuf_size": size,
        "n_subbufs": chance.randint(1, 5),
        "cpus": 3,
        "online": chance.choice([None, (0, 2)]),
        "mode": chance.choice(list(Mode)),
        "header": chance.choice([0, 0, 1, 4, 6]),
        "is_global": chance.random() < 0.3,
        "source": CLIENT.source,
    }
    return ChannelConfig(**(fields | fixed))  # type: ignore[arg-type]


def chance_operation(chance: random.Random, size: int, closing: float = 0.0) -> Operation:
    """Return any operation; the channel is closed with the probability `closing`."""
    if chance.random() < closing:
        return Operation(Kind.CLOSE)
    kind = chance.choice(chance.choices([OFTEN, READING, SELDOM], [70, 22, 8])[0])
    cpu = chance.choice([0, 0, 0, 1, 2, ALL])
    length = chance.choice([chance.randint(0, size // 3), chance.randint(0, size), size + 1])
    text = {Kind.LATE_SETUP: "late", Kind.SET_MODE: chance.choice(list(Mode))}.get(kind, "")
    count = chance.randint(0, 1) if kind is Kind.CPU_ONLINE else chance.randint(0, 5)
    source = CLIENT.source if kind is Kind.SET_MODE else ""
    return Operation(kind, cpu, length, count, text=text, source=source)


class Forgetful(History):
    """A history of one branch that hands each step on and keeps none."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @property
    def steps(self) -> range:  # type: ignore[override]
        return range(self.count)

    def append(self, step: Step) -> None:
        assert step.depth == step.id == self.count
        self.count += 1

    def branch_for(self, branch: int, depth: int) -> int:
        assert depth == self.count - 1
        return branch


def steps_of(
    config: ChannelConfig, chance: random.Random, steps: int, closing: float = 0.0
) -> Iterator[tuple[Step, StepChannel]]:
    """Do so many steps on a channel; give each with the channel as it stands after it."""
    client = Client(config.n_subbufs, {CLIENT.source: CLIENT.function})
    channel = StepChannel(config, client)
    history = Forgetful()
    try:
        at = record_opening(channel, history, Facts())
        yield at, channel
        while at.depth < steps:
            asked = chance_operation(chance, config.subbuf_size, closing)
            for operation in spread(channel, asked):
                at = record(channel, history, 0, at, operation, facts=Facts())
                yield at, channel
    finally:
        channel.close()

"""An engine whose history begins with a channel that was saved elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz import relay
from relayviz.engines.step import keyframes
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.client import TEMPLATES, compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, NUMBERED, Kind, Operation
from relayviz.model.channel.result import Outcome
from relayviz.model.engine.protocol import OpenError
from tests.engines.shown import assert_balanced, do, fingerprint, memory, settled
from tests.engines.walk import operations, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Take = Callable[..., StepEngine]

CONFIG = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=3)
WRITE = Operation(Kind.WRITE, length=40)


@pytest.fixture
def take() -> Iterator[Take]:
    """Give a function that makes engines from a state, as StepEngine.from_state does."""
    engines: list[StepEngine] = []

    def make(*arguments: object) -> StepEngine:
        engines.append(StepEngine.from_state(*arguments))  # type: ignore[arg-type]
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()


def opened(config: ChannelConfig = CONFIG, **more: object) -> relay.Channel:
    """Open a channel elsewhere; its name belongs to this process alone."""
    return relay.Channel(
        f"live-{id(config)}-",
        subbuf_size=config.subbuf_size,
        n_subbufs=config.n_subbufs,
        cpus=config.cpus,
        **more,  # type: ignore[arg-type]
    )


def busy(config: ChannelConfig = CONFIG) -> tuple[bytes, relay.Snapshot, list[bytes]]:
    """Return a channel in the middle of its life: saved, its snapshot, its memory."""
    with opened(config) as channel, channel.open_file(0) as file:
        for number in range(60):
            channel.write(bytes([number]) * (number % 37), number % 2)
            if number % 11 == 0:
                file.read(50)
        assert channel.buffers[1].blocked
        data = channel.save()
        return data, channel.snapshot(), [buf.data.tobytes() for buf in channel.buffers]


def test_home_is_that_state(take: Take) -> None:
    data, live, memories = busy()
    engine = take(CONFIG, data)
    seen = engine.snapshot
    assert (seen.step, seen.last_step, seen.rows, seen.named) == (0, 0, 3, True)
    assert "Taken over" in seen.result.words
    assert seen.result.words.endswith(NUMBERED)
    assert seen.buffers.tobytes() == live.buffers.tobytes()
    assert seen.subbufs.tobytes() == live.subbufs.tobytes()
    assert [memory(engine, seen, row) for row in range(3)] == memories
    home = fingerprint(engine)
    walk(engine, operations(300, 3, 64))
    engine.home()
    settled(engine)
    assert fingerprint(engine) == home
    assert_balanced(engine.snapshot)


def test_steps_and_branches_go_on_from_it(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "NEAR", 7)
    engine = take(CONFIG, busy()[0])
    prints = [fingerprint(engine)]
    for operation in operations(40, 3, 64):
        do(engine, operation)
        while len(prints) < len(engine.history.steps):
            engine.goto(len(prints))
            settled(engine)
            prints.append(fingerprint(engine))
    engine.seek(9)
    do(engine, WRITE, Operation(Kind.FLUSH))
    for step in (0, 20, 3, 42, 8, 1):
        engine.goto(step)
        settled(engine)
        assert fingerprint(engine) == prints[step]
    assert len(engine.history.branches) == 2


def test_the_reader_finds_its_place(take: Take) -> None:
    engine = take(CONFIG, busy()[0])
    with opened_again(busy()[0]) as channel, channel.open_file(0) as file:
        expected = file.read(64)
    seen = do(engine, Operation(Kind.OPEN_FILE), Operation(Kind.READ, length=64))
    assert seen.result.data == expected


def test_the_same_in_the_other_mode(take: Take) -> None:
    data = busy()[0]
    engine = take(CONFIG, data)
    seen = do(engine, *[replace(WRITE, cpu=1)] * 5)
    assert seen.result.outcome is Outcome.FULL
    home = engine.snapshot.buffers.copy()
    other = engine.restart_with(Mode.OVERWRITE)
    try:
        seen = settled(other)
        assert (seen.step, seen.mode, seen.result.outcome) == (5, Mode.OVERWRITE, Outcome.STORED)
        with opened_again(data, relay.OVERWRITE) as channel:
            for step in other.history.path(0, 1):
                channel.write(bytes([31 * (step.event or 0) % 256]) * 40, 1)
            expected = channel.snapshot()
        assert seen.buffers.tobytes() == expected.buffers.tobytes()
        other.home()
        assert settled(other).mode is Mode.OVERWRITE
        engine.home()
        assert other.snapshot.buffers.tobytes() == settled(engine).buffers.tobytes()
        assert home.tobytes() != other.snapshot.buffers.tobytes()
    finally:
        other.close()


class opened_again:  # noqa: N801  used like a function
    """A channel from bytes, in a directory of its own."""

    def __init__(self, data: bytes, start: relay.Preset = relay.NO_OVERWRITE) -> None:
        self.directory = relay.Directory("again")
        table = relay.Callbacks(start)
        self.channel = relay.Channel.load(data, parent=self.directory, callbacks=table)

    def __enter__(self) -> relay.Channel:
        return self.channel

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        self.directory.remove()


def test_a_python_client_goes_on(take: Take) -> None:
    client = compile_subbuf_start(TEMPLATES["Overwrite"])
    config = replace(CONFIG, mode=Mode.PYTHON, source=client.source)
    data = busy()[0]
    with pytest.raises(OpenError, match="Confirm") as error:
        take(config, data)
    assert error.value.field == "source"
    engine = take(config, data, [client])
    assert engine.history.steps[0].decisions == ()  # nothing was asked when it was loaded
    seen = do(engine, replace(WRITE, cpu=1))
    assert seen.result.outcome is Outcome.STORED
    assert len(seen.made_by.decisions) == 1
    after = fingerprint(engine)
    engine.home()
    engine.end()
    settled(engine)
    assert fingerprint(engine) == after


def test_a_closed_channel_stays_closed(take: Take) -> None:
    channel = opened()
    channel.write(b"gone")
    channel.close()
    engine = take(CONFIG, channel.save())
    assert engine.snapshot.closed
    assert engine.snapshot.count(0, "discarded_close").events == 1
    for operation in (WRITE, Operation(Kind.OPEN_FILE), Operation(Kind.CLOSE)):
        assert do(engine, operation).result.outcome is Outcome.ERROR


def test_what_cannot_be_taken_over(take: Take) -> None:
    data = busy()[0]
    names = relay.Directory.root().names()
    with pytest.raises(OpenError, match="damaged"):
        take(CONFIG, data[:-1])
    others: dict[str, ChannelConfig] = {
        "n_subbufs": replace(CONFIG, n_subbufs=5),
        "subbuf_size": replace(CONFIG, subbuf_size=65),
        "cpus": replace(CONFIG, cpus=2),
        "is_global": replace(CONFIG, is_global=True),
    }
    for field, config in others.items():
        with pytest.raises(OpenError, match="saved channel has another") as error:
            take(config, data)
        assert error.value.field == field
    assert relay.Directory.root().names() == names


def test_all_files_can_be_opened(take: Take) -> None:
    engine = take(CONFIG, busy()[0])
    seen = do(engine, Operation(Kind.OPEN_FILE, ALL), Operation(Kind.MMAP, ALL))
    assert [file.cpu for file in seen.files] == [0, 1, 2]
    assert len(seen.mappings) == 3
    engine.seek(4)
    assert len(settled(engine).mappings) == 1

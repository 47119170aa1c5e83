"""A stepped channel becomes a saved one in its own memory: as making another would, or not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.channel.client import Client
from relayviz.engines.step.channel.saved import SavedChannel, again, load, restore, save
from relayviz.engines.step.channel.state import look
from relayviz.engines.step.keyframes import Keyframes
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation
from tests.descriptors import descriptors
from tests.engines.shown import do
from tests.engines.walk import operations, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.channel.state import State

    Start = Callable[..., StepEngine]

STEPS, STATES, TRIES, FURTHER = 1500, 12, 40, 60
SHAPES = {
    "usual": ChannelConfig(),
    "header": ChannelConfig(mode=Mode.OVERWRITE, header=8, subbuf_size=100, n_subbufs=3, cpus=3),
    "global": ChannelConfig(is_global=True, subbuf_size=64, n_subbufs=5),
    "cpus come": ChannelConfig(base_filename=None, online=(1, 3), mode=Mode.DEFAULT),
}


def opened(engine: StepEngine) -> StepChannel:
    """Return another channel in the state before an engine's first step."""
    return Keyframes(engine.config, {}).nearest(engine.history, 0, 0)[0]


def figures(state: State) -> tuple[object, ...]:
    """Return what of a state can be compared at once."""
    arrays = state.buffers.tobytes(), state.subbufs.tobytes()
    return (*arrays, state.files, state.mappings, state.reserved, state.mode, state.online)


def told(channel: StepChannel) -> tuple[object, ...]:
    """Return all that a channel is, in a form to compare."""
    return save(channel), figures(look(channel))


def some_states(engine: StepEngine, channel: StepChannel) -> dict[int, SavedChannel]:
    """Return the states at random steps of an engine's history, by step."""
    chance = random.Random(2)  # noqa: S311  no secret
    depths = sorted({0, *(chance.randint(0, engine.history.length(0)) for _ in range(STATES))})
    states, at = {}, 0
    for depth in depths:
        channel.replay(engine.history.deeds(0, at + 1, depth))
        states[depth], at = save(channel), depth
    return states


@pytest.mark.parametrize("shape", SHAPES)
def test_restoring_is_making_another(start: Start, shape: str) -> None:
    config = SHAPES[shape]
    engine = start(config)
    walk(engine, operations(STEPS, config.cpus, config.subbuf_size))
    channel = opened(engine)
    states = some_states(engine, channel)
    chance, restored = random.Random(3), 0  # noqa: S311  no secret
    for _ in range(TRIES):
        depth = chance.choice(list(states))
        before = told(channel)
        worked = restore(channel, states[depth])
        twin = load(config, Client(config.n_subbufs, {}), states[depth])
        if not worked:  # other buffers or files: nothing of it has changed
            assert told(channel) == before
            channel.close()
            channel = load(config, Client(config.n_subbufs, {}), states[depth])
        restored += worked
        assert save(channel) == states[depth]
        further = list(engine.history.deeds(0, depth + 1, min(depth + FURTHER, STEPS - 2)))
        for one in (channel, twin):
            one.replay(further)
        assert told(channel) == told(twin)
        twin.close()
    channel.close()
    assert restored == TRIES or (config.online and restored > TRIES // 4)


def test_what_closed_or_grew_is_made_anew(start: Start) -> None:
    config = ChannelConfig(base_filename=None, cpus=2, online=(0,))
    engine = start(config)
    do(
        engine,
        Operation(Kind.WRITE, 0, 9),
        Operation(Kind.LATE_SETUP, text="cpu"),
        Operation(Kind.CPU_ONLINE, 1, count=1),
        Operation(Kind.OPEN_FILE, 0),
        Operation(Kind.CLOSE),
    )
    channel = opened(engine)
    states = {depth: save(channel) for depth in (0,)}
    for depth in range(1, 6):
        channel.replay(engine.history.deeds(0, depth, depth))
        states[depth] = save(channel)
    can = set()
    for depth, state in states.items():
        for goal, wanted in states.items():
            channel.close()
            channel = load(config, Client(config.n_subbufs, {}), state)
            if restore(channel, wanted):
                can.add((depth, goal))
                assert save(channel) == wanted
            else:
                assert save(channel) == state
                other = again(channel, Client(config.n_subbufs, {}), wanted)
                assert other is not channel
                assert save(other) == wanted
                other.close()
    channel.close()
    groups = [0, 0, 1, 2, 2]  # what was opened alike; the last one is closed
    alike = {(a, b) for a in range(5) for b in range(5) if groups[a] == groups[b]}
    assert can == alike | {(3, 5), (4, 5)}


def test_without_a_descriptor_it_stays_as_it_is(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = start(ChannelConfig(cpus=4))
    do(engine, *(Operation(Kind.OPEN_FILE, cpu) for cpu in range(4)), Operation(Kind.MMAP, 2))
    do(engine, *(Operation(Kind.CLOSE_FILE, cpu) for cpu in range(4)), Operation(Kind.UNMAP, 2))
    channel = opened(engine)
    channel.replay(engine.history.deeds(0, 1, 5))
    opened_state = save(channel)
    channel.replay(engine.history.deeds(0, 6, 10))
    before = told(channel)
    for number in range(5):  # the file or mapping that cannot be had
        left = iter(range(number, -1, -1))

        def failing(make: Callable[[object], object], left: Iterator[int] = left) -> object:
            def call(shown: object) -> object:
                if next(left) == 0:
                    raise OSError("no more")
                return make(shown)

            return call

        with monkeypatch.context() as patched:
            for name in ("_open_again", "_map_again"):
                real = getattr(channel.consumer, name)
                patched.setattr(channel.consumer, name, failing(real))
            assert not restore(channel, opened_state)
        assert told(channel) == before
    assert restore(channel, opened_state)
    assert save(channel) == opened_state
    channel.close()


def test_descriptors_that_are_alike_stay_open(start: Start) -> None:
    engine = start(ChannelConfig(cpus=2))
    do(engine, Operation(Kind.OPEN_FILE, ALL), Operation(Kind.WRITE, 0, 9))
    channel = opened(engine)
    channel.replay(engine.history.deeds(0, 1, 2))
    state, files = save(channel), dict(channel.consumer.files)
    channel.replay(engine.history.deeds(0, 3, 3))
    number = descriptors()
    assert restore(channel, state)
    assert channel.consumer.files == files
    assert all(channel.consumer.files[fd] is file for fd, file in files.items())
    assert descriptors() == number
    channel.close()

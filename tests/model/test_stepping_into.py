"""From steps to a session inside operations: the channel is the same when the next is to begin."""

from __future__ import annotations

import pytest

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.play import play
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.inside.file import loads
from relayviz.model.inside.stepping import CannotStepIntoError, stepped_into
from relayviz.model.inside.writing import dumps

WRITES = [Operation(Kind.WRITE, cpu, length) for cpu in (0, 1, 0) for length in (20, 30, 60)]
READS = [
    Operation(Kind.OPEN_FILE, 0, text="r"),
    Operation(Kind.READ, 0, 50),
    Operation(Kind.FLUSH),
    Operation(Kind.READ, 0, 100),
    Operation(Kind.CONSUME, 1, count=1),
    Operation(Kind.RESERVE, 1, 8),
    Operation(Kind.FILL, 1),
    Operation(Kind.WRITE_NOLOCK, 0, 12),
]


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
def test_what_was_done_leads_to_the_same_channel(mode: Mode) -> None:
    config = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=2, mode=mode, header=4)
    stepped = StepEngine(config)
    stepped.submit(*WRITES, *READS)
    assert stepped.wait_idle()
    done = stepped.history.operations(0, stepped.snapshot.step)
    session = stepped_into(config, done, Operation(Kind.WRITE, 0, 40))
    engine, played = play(loads(dumps(session), STOP_NAMES))
    assert played.holds
    ours, theirs = engine.snapshot.buffers, stepped.snapshot.buffers
    for name in ours.dtype.names or ():
        if name != "waiters":
            assert ours[name].tolist() == theirs[name].tolist(), name
    assert engine.snapshot.subbufs.tolist() == stepped.snapshot.subbufs.tolist()
    names = [actor.name for actor in session.actors]
    assert names == ["task0", "task1", "reader0", "irq0"]
    assert session.actors[0].queue[-1].operation.length == 40
    assert [one.left for one in engine.actors()] == [1, 0, 0, 1]
    assert stepped.close()


def test_what_cannot_be_stepped_into_says_why() -> None:
    write = Operation(Kind.WRITE, 0, 8)
    with pytest.raises(CannotStepIntoError, match="16 CPUs at most"):
        stepped_into(ChannelConfig(cpus=17), [], write)
    python = ChannelConfig(mode=Mode.PYTHON, source="def subbuf_start(call):\n    pass\n")
    with pytest.raises(CannotStepIntoError, match="no Python"):
        stepped_into(python, [], write)
    with pytest.raises(CannotStepIntoError, match="mode was changed"):
        stepped_into(ChannelConfig(), [Operation(Kind.SET_MODE, text="overwrite")], write)
    every = [Operation(kind, cpu, 8) for cpu in range(16) for kind in (Kind.WRITE, Kind.READ)]
    with pytest.raises(CannotStepIntoError, match="needs 33 actors"):
        stepped_into(ChannelConfig(cpus=16), every, write)


def test_an_operation_of_the_whole_channel_is_stepped_into_without_an_interrupt() -> None:
    session = stepped_into(ChannelConfig(), [], Operation(Kind.FLUSH))
    assert [actor.name for actor in session.actors] == ["task0"]
    assert session.schedule == ()

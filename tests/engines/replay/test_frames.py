"""Frames of a recording that tell what no channel can be are refused, whoever wrote them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz import relay
from relayviz.engines.replay.file.chunks import RecordingError
from relayviz.engines.replay.file.told import frame_of, state_from
from relayviz.engines.step.engine import StepEngine
from relayviz.model.channel.config import ChannelConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot

CONFIG = ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=3)


@pytest.fixture
def shown() -> Iterator[Snapshot]:
    """A channel that was just opened."""
    engine = StepEngine(CONFIG)
    yield engine.snapshot
    engine.close()


@pytest.mark.parametrize(
    ("cpus", "can_be"),
    [
        ((0, 1, 2), True),
        ((0, 1, 1), False),
        ((1, 0, 2), False),
        ((0, 2, 1), False),
        ((0, 1, 3), False),
        ((0, 1, 2**32 - 1), False),
    ],
)
def test_numbers_of_cpus(shown: Snapshot, cpus: tuple[int, ...], *, can_be: bool) -> None:
    changed(shown, "cpu", cpus, can_be=can_be)


@pytest.mark.parametrize(("current", "can_be"), [((0, 3, 0), True), ((0, 4, 0), False)])
def test_where_it_is_written(shown: Snapshot, current: tuple[int, ...], *, can_be: bool) -> None:
    changed(shown, "current", current, can_be=can_be)


def changed(shown: Snapshot, name: str, values: tuple[int, ...], *, can_be: bool) -> None:
    """Say something else of a column; it is told again, or refused."""
    frame = frame_of(shown, -1)
    buffers = np.frombuffer(frame.arrays[0], relay.BUFFER_DTYPE).copy()
    buffers[name] = values
    frame = replace(frame, arrays=(buffers.tobytes(), *frame.arrays[1:]))
    if can_be:
        assert state_from(frame, CONFIG).buffers[name].tolist() == list(values)
        return
    with pytest.raises(RecordingError, match="A frame tells no state"):
        state_from(frame, CONFIG)

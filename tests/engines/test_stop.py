"""When a search for a stop is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step.stop import Stop
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.condition import Condition
from tests.engines.shown import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine


@pytest.mark.parametrize(
    ("text", "at", "fails"),
    [
        ("offset[0] > 25", 3, False),
        ("offset[0] > 1000", None, False),
        ("operation + 1 > 2", None, True),
    ],
)
def test_it_is_over_when_it_was_met_or_has_no_value(
    start: Callable[..., StepEngine], text: str, at: int | None, *, fails: bool
) -> None:
    engine = start(ChannelConfig(subbuf_size=64, n_subbufs=4, cpus=1))
    do(engine, *[Operation(Kind.WRITE, 0, 10)] * 5)
    stop = Stop(Condition(text))
    assert not stop.is_over
    found = stop.look(engine, 1, 5)
    assert (stop.at, stop.error is not None) == (at, fails)
    assert found == (1 if fails else at)
    assert stop.is_over is (fails or at is not None)

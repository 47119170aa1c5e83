"""What the tests of engines share: an engine that is closed again, and no thread left over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.step.engine import StepEngine
from tests.engines.running import await_that, left_over, threads_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[..., LiveEngine]


@pytest.fixture
def start() -> Iterator[Callable[..., StepEngine]]:
    """Give a function that makes engines as StepEngine does."""
    engines: list[StepEngine] = []

    def make(*arguments: object, **named: object) -> StepEngine:
        engines.append(StepEngine(*arguments, **named))  # type: ignore[arg-type]
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()
    assert [thread.name for thread in threading.enumerate() if thread.name == "step-engine"] == []


@pytest.fixture
def live() -> Iterator[Make]:
    """Give a function that makes engines as LiveEngine does; no thread is left over."""
    engines: list[LiveEngine] = []
    before = threads_now()

    def make(*arguments: object, **named: object) -> LiveEngine:
        engines.append(LiveEngine(*arguments, **named))  # type: ignore[arg-type]
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()
    assert left_over() == []
    await_that(lambda: threads_now() <= before, "the end of all threads")

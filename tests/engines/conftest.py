"""What the tests of engines share: an engine that is closed again, and no thread left over."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.step import StepEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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

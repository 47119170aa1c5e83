"""What is told inside operations: of each example, at moments along its schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.model.inside.examples import example_text, examples
from tests.engines.inside.opened import opened
from tests.told.telling import hold, plain, since

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.inside.viewing.engine import ActorsEngine

NAMES = [one.name for one in examples()]
MOMENTS = 4


def told_of(engine: ActorsEngine) -> Iterator[tuple[str, object]]:
    last = engine.snapshot.last_step
    before = plain({})
    for step in sorted({last * part // (MOMENTS - 1) for part in range(MOMENTS)}):
        engine.seek(step)
        assert engine.wait_idle()
        shown = engine.snapshot
        now = plain({"snapshot": shown, "scene": engine.scene})
        before, earlier = now, before
        yield f"at {step} of {last}", since(earlier, now)
    steps = engine.steps.path(0, 1)
    yield "steps", [f"{engine.stop_of(step.id)}: {step.result.words}" for step in steps]
    yield "schedule", engine.schedule()


@pytest.mark.parametrize("name", NAMES)
def test_along_its_schedule(name: str) -> None:
    engine = opened(example_text(name))
    try:
        parts = list(told_of(engine))
    finally:
        assert engine.close()
    hold(f"inside-{name.replace('/', '-')}", parts)

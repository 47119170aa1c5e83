"""Read anomalies are found where those who made the recordings found them with a model of theirs.

The recordings list each read of a real kernel that returned something else than the next unread
bytes. What the engine marks is compared with that list, read by read.
"""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import pytest

from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.condition.columns import Columns
from relayviz.model.condition.search import hits
from tests.engines.shown import do
from tests.engines.test_recorded import FILES, translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from tests.engines.recorded import Story

ALL, SHORT = 10_000, 60
MOST = ALL if os.environ.get("RELAYVIZ_SOAK") else SHORT


def listed() -> dict[str, tuple[set[int], int, int]]:
    """Return for each sequence: the steps with an anomaly, the steps judged, the opening."""
    found: dict[str, tuple[set[int], int, int]] = {}
    for path in FILES:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                one = json.loads(line)
                kinds = [step["op"]["op"] for step in one["steps"]]
                if "read_anomalies" in one and "open" in kinds:
                    steps = {each["step"] for each in one["read_anomalies"]}
                    found[one["name"]] = (steps, one["stream_followed"], kinds.index("open"))
    return found


def chosen(known: dict[str, tuple[set[int], int, int]]) -> list[Story]:
    """Return sequences with an anomaly, and as many without."""
    good = [story for story in translated()[0] if story.name in known]
    wrong = [story for story in good if known[story.name][0]]
    right = [story for story in good if not known[story.name][0]]
    return wrong[:MOST] + right[:MOST]


def test_anomalies_are_those_of_the_recordings(start: Callable[..., StepEngine]) -> None:
    known, compared = listed(), 0
    if not known:
        pytest.skip("the recordings at hand have no list of anomalies")
    for story in chosen(known):
        theirs, followed, opened = known[story.name]
        engine = start(story.config, story.clients)
        done: dict[int, int] = {}  # the recorded step of each of ours
        for number, (operations, op, _) in enumerate(story.steps):
            before = len(engine.history.steps)
            do(engine, *operations)
            after = range(before, len(engine.history.steps))
            done |= {step: number + opened for step in after if op["op"] == "file_read"}
        found = {done[int(step)] for step in hits(Columns(engine, 0), Breakpoint(On.ANOMALY))}
        reads = set(done.values())
        assert {step for step in found if step < followed} == theirs & reads, story.name
        compared += len(theirs & reads)
        engine.close()
    assert compared > 10

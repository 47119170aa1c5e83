"""What the step engine shows is what a real kernel did, at every step and after seeking back.

Left out is what an engine has no operation for: splice (the kernel's differs on purpose), debugfs
proxies, failing create_buf_file, an open that is refused, and a second open after a close.
"""

from __future__ import annotations

import os
import random
import zlib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from relayviz.conformance.compare import differences
from relayviz.conformance.subject.waiter import event_names
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import KEPT_BYTES, Outcome
from tests.engines.recorded import Story, shown_files, shown_state, stories
from tests.engines.shown import assert_balanced, do, settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.engine.snapshot import Snapshot

RECORDINGS = Path(__file__).parents[1] / "conformance" / "recordings"
FILES = [RECORDINGS / name for name in ("curated.jsonl.gz", "random.jsonl.gz", "left-out.jsonl.gz")]
ALL, SHORT = 200, 40
SEEKS = 20
COUNT = ALL if os.environ.get("RELAY_SOAK") else SHORT


@cache
def translated() -> tuple[list[Story], Counter[str]]:
    """Return all sequences that can be translated, and why how many others cannot."""
    found = list(stories(FILES))
    good = [one for one in found if isinstance(one, Story)]
    return good, Counter(one[1] for one in found if not isinstance(one, Story))


def test_what_is_left_out() -> None:
    good, reasons = translated()
    assert len(good) >= ALL
    assert set(reasons) <= {
        *("splice", "proxy", "create-fail", "open refused", "reopen, or no open", "too long")
    }
    assert sum(reasons.values()) < len(good) / 10


@pytest.mark.parametrize("number", range(COUNT))
def test_engine_shows_what_the_kernel_did(number: int, start: Callable[..., StepEngine]) -> None:
    good, _ = translated()
    story = good[number * len(good) // COUNT]
    engine = start(story.config, story.clients)
    depths = []
    for index, (operations, op, expected) in enumerate(story.steps):
        snapshot = do(engine, *operations)
        depths.append(snapshot.step)
        compare(engine, snapshot, expected, f"{story.name} step {index}")
        if operations:
            compare_result(snapshot, operations[0].kind, expected["result"], op)
    chance = random.Random(story.name)  # noqa: S311  only to choose steps
    for _ in range(SEEKS):
        index = chance.randrange(len(depths))
        engine.seek(depths[index])
        snapshot = settled(engine)
        assert snapshot.step == depths[index]
        compare(engine, snapshot, story.steps[index][2], f"{story.name} back at step {index}")


def compare(engine: StepEngine, snapshot: Snapshot, expected: dict[str, Any], where: str) -> None:
    """Check the state against the recorded one."""
    assert_balanced(snapshot)
    got: dict[str, object] = {}
    wanted: dict[str, object] = {}
    if expected["state"] is not None:
        wanted, got = {"state": expected["state"]}, {"state": shown_state(engine, snapshot)}
    elif "fds" in expected:
        wanted, got = {"fds": expected["fds"]}, {"fds": shown_files(engine, snapshot)}
    assert differences(wanted, got) == [], where


def compare_result(
    snapshot: Snapshot, kind: Kind, recorded: dict[str, Any], op: dict[str, Any]
) -> None:
    """Check what a call returned, where that is recorded."""
    result = snapshot.result
    if kind is Kind.READ and recorded["ret"] < 0:
        assert result.outcome is Outcome.ERROR
    elif kind is Kind.READ:
        assert result.value == recorded["ret"], op
        if recorded["ret"] <= KEPT_BYTES:
            assert result.data is not None
            assert f"{zlib.crc32(result.data):08x}" == recorded["crc32"], op
    elif kind is Kind.POLL:
        assert event_names(result.value or 0) == recorded["revents"], op

"""Engines that only look: how much of the last looks is kept, and the step they stand at."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.engines.looked import engine as looked
from relayviz.engines.looked.engine import LookingEngine, Read
from relayviz.engines.state import only_step
from relayviz.model.channel.result import Outcome, Result

if TYPE_CHECKING:
    import pytest

ROOM = 1000


def shown(size: int) -> SimpleNamespace:
    return SimpleNamespace(bytes={0: Read(np.zeros(size, np.uint8), {}), 1: Read(None, {})})


def kept(monkeypatch: pytest.MonkeyPatch, *sizes: int) -> int:
    """How many looks are kept after the last of these."""
    monkeypatch.setattr(looked, "ROOM", ROOM)
    engine: LookingEngine[Any, Any] = object.__new__(LookingEngine)
    engine._recent = ()
    for size in sizes:
        engine._publish(shown(size))
    return len(engine._recent)


def test_looks_are_kept_as_long_as_their_bytes_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest has room for itself; three are kept whatever they take."""
    assert kept(monkeypatch, 250, 250, 250, 250, 9000) == 5
    assert kept(monkeypatch, 251, 250, 250, 250, 9000) == 4
    assert kept(monkeypatch, 600, 600, 600, 600) == 3
    assert kept(monkeypatch, *[1] * 20) == looked.RECENT


def test_the_only_step_is_of_its_moment_or_of_now() -> None:
    result = Result(Outcome.OK, "It is looked at.")
    before = time.time()
    assert before <= only_step(result).time <= time.time()
    assert only_step(result, made=12.5).time == 12.5

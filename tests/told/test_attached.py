"""What is told of another process's channel after each thing that it does."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.attach.viewing.kind import KIND
from relayviz.engines.attach.viewing.searching import find
from relayviz.model.others import Search
from tests.attach.others import COUNT, producing
from tests.told.telling import hold, plain, since

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.attach.others import Producer

    Deed = Callable[[Producer], None]

DEEDS: dict[str, Deed] = {
    "three written": lambda one: one.tell("write", 3, 0),
    "one on the other CPU": lambda one: one.tell("write", 1, 1),
    "too big": lambda one: one.tell("big", 1, 0),
    "more than there is room for": lambda one: one.tell("write", 90, 0),
    "reset": lambda one: one.tell("reset"),
    "five after it": lambda one: one.tell("write", 5, 1),
}
ENDS: dict[str, Deed] = {
    "closed": lambda one: one.tell("close"),
    "killed": lambda one: one.kill(),
}
FLUSH: Deed = lambda one: one.tell("flush", 1)  # noqa: E731


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "channel"
    made.mkdir()
    return made


def seen(folder: Path) -> dict[str, object]:
    """Tell of the channel to whom looks for the first time; without rates, and whose it is."""
    channels = find((str(folder),), Search()).channels
    if not channels:
        return {}
    (one,) = channels
    assert KIND.join is not None
    with closing(KIND.join(one)) as engine:
        shown = engine.snapshot
        assert shown.foreign is not None
        facts = [fact for fact in shown.foreign.facts if fact[0] != "permissions"]
        return {
            "found": replace(one, number=0),
            "shown": replace(shown, foreign=replace(shown.foreign, looks=None, facts=tuple(facts))),
        }


@pytest.mark.parametrize("mode", ["refuse", "overwrite"])
@pytest.mark.parametrize("end", ENDS)
def test_after_each_deed(folder: Path, mode: str, end: str) -> None:
    hold_all(f"attached-{mode}-{end}", folder, mode, {**DEEDS, end: ENDS[end]})


@pytest.mark.parametrize("mode", ["refuse", "overwrite"])
def test_full_of_nothing(folder: Path, mode: str) -> None:
    """A flush finishes an empty sub-buffer: a buffer is full with nothing lost."""
    flushed = {f"flushed {number} times": FLUSH for number in range(1, COUNT + 2)}
    hold_all(f"attached-{mode}-flushed", folder, mode, flushed)


def hold_all(name: str, folder: Path, mode: str, deeds: Mapping[str, Deed]) -> None:
    parts = list[tuple[str, object]]()
    before = plain({})
    with producing(folder, mode) as producer:
        for title, do in deeds.items():
            do(producer)
            now = plain(seen(folder))
            parts.append((title, since(before, now)))
            before = now
    hold(name, parts, folder, str(producer.pid))

"""Slow views take turns while a channel runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.desk.turns import Turns

if TYPE_CHECKING:
    import pytest


class Clock:
    """A clock that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("relayviz.gui.desk.turns.time.monotonic", lambda: self.now)


def test_one_at_a_time_the_most_overdue_first(
    qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    del qapp
    drawn: list[str] = []
    clock, turns = Clock(monkeypatch), Turns()
    turns.ask("slow", lambda: drawn.append("slow"), 500)
    turns.ask("quick", lambda: drawn.append("quick"), 50)
    turns.take()
    assert drawn == ["quick"]
    turns.take()
    assert drawn == ["quick", "slow"]
    turns.ask("quick", lambda: None, 50)
    turns.take()
    assert drawn == ["quick", "slow"], "not before its interval is over"
    clock.now += 0.06
    turns.take()
    assert drawn == ["quick", "slow", "quick"]
    turns.stop()


def test_what_is_asked_twice_is_drawn_once_and_the_clock_stops(qapp: object) -> None:
    del qapp
    drawn: list[int] = []
    turns = Turns()
    for _ in range(3):
        turns.ask("one", lambda: drawn.append(1), 100)
    turns.take()
    assert drawn == [1]
    assert turns._timer.isActive()
    turns.take()
    assert not turns._timer.isActive()


def test_what_was_drawn_otherwise_does_not_wait(qapp: object) -> None:
    del qapp
    drawn: list[int] = []
    turns = Turns()
    turns.ask("one", lambda: drawn.append(1), 100)
    turns.drop("one")
    turns.take()
    assert drawn == []

"""Looking for a schedule from the moment shown on: with one process, with several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.model.inside.acting import Question
from relayviz.model.inside.examples import example_text
from tests.engines.inside.opened import opened

if TYPE_CHECKING:
    from relayviz.model.inside.acting import Answer


def anything(_states: int) -> bool:
    return True


def shape(answer: Answer) -> tuple[object, ...]:
    switches = sum(a != b for a, b in zip(answer.actors, answer.actors[1:], strict=False))
    return answer.found, answer.finished, answer.step, switches, len(answer.actors)


@pytest.mark.parametrize("pruning", ["state", "none"])
@pytest.mark.parametrize("step", [0, 3])
def test_workers_answer_as_one_does_from_any_moment(step: int, pruning: str) -> None:
    engine = opened(example_text("inside/destroyed"))
    engine.seek(step)
    assert engine.wait_idle()
    alone, many = (
        engine.explore(Question("destroyed > 0", pruning=pruning, workers=workers), anything)
        for workers in (1, 2)
    )
    assert shape(many) == shape(alone)
    assert many.found
    assert "by 2 workers" in many.told
    engine.follow(many.branch, many.step, many.actors)
    assert engine.wait_idle()
    assert engine.scene.judged["destroyed"] == 1
    assert engine.close()


def test_what_is_nowhere_is_found_by_nobody() -> None:
    engine = opened(example_text("inside/irqs-off"))
    alone, many = (
        engine.explore(Question("destroyed > 0", workers=workers), anything) for workers in (1, 2)
    )
    assert shape(many) == shape(alone) == (False, True, 0, 0, 0)
    assert engine.close()


def test_by_orders_it_is_one_whatever_is_asked() -> None:
    engine = opened(example_text("inside/destroyed"))
    answer = engine.explore(Question("destroyed > 0", pruning="order", workers=3), anything)
    assert answer.found
    assert "workers" not in answer.told
    assert engine.close()


def test_it_can_be_stopped() -> None:
    engine = opened(example_text("inside/destroyed"))
    asked: list[int] = []

    def stop(states: int) -> bool:
        asked.append(states)
        return False

    answer = engine.explore(Question("offset > 1000", pruning="none", workers=2), stop)
    assert asked
    assert (answer.found, answer.finished) == (False, False)
    assert engine.close()

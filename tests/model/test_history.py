"""The tree of steps, compared with the plain idea of it: a list of parents."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.channel.operation import Kind
from relayviz.model.history.history import History
from tests.model.steps import add


def test_a_line() -> None:
    history = History()
    steps = [add(history) for _ in range(4)]
    assert history.steps == steps
    assert (history.length(0), history.path(0)) == (3, steps)
    assert history.path(0, 1, 2) == steps[1:3]
    assert history.path(0, 9) == []
    assert [one.kind for one in history.operations(0, 3)] == [Kind.FLUSH] * 3


def test_acting_in_the_past_grows_a_branch() -> None:
    history = History()
    root, one, two = (add(history) for _ in range(3))
    other = add(history, 0, 1)
    further = add(history, 1)
    assert (other.branch, further.branch, len(history.branches)) == (1, 1, 2)
    assert history.path(0) == [root, one, two]
    assert history.path(1) == [root, one, other, further]
    assert history.at(1, 1) is one
    assert [history.on_path(step, 1) for step in history.steps] == [True, True, False, True, True]


def test_a_branch_from_the_shared_part_leaves_its_owner() -> None:
    history = History()
    for _ in range(5):
        add(history)
    add(history, 0, 3)
    third = add(history, 1, 2)
    assert (history.branches[2].parent, history.branches[2].fork) == (0, 2)
    assert history.path(2) == [*history.path(0, 0, 2), third]


def test_wrong_steps_are_refused() -> None:
    history = History()
    step = add(history)
    with pytest.raises(ValueError, match="cannot stand"):
        history.append(step)
    with pytest.raises(IndexError):
        history.at(0, 1)
    with pytest.raises(IndexError):
        history.at(0, -1)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=40))
def test_any_tree_is_what_its_parents_say(wishes: list[tuple[int, int]]) -> None:
    history = History()
    add(history)
    for branch_wish, depth_wish in wishes:
        branch = branch_wish % len(history.branches)
        add(history, branch, depth_wish % (history.length(branch) + 1))
    for branch in range(len(history.branches)):
        step = history.at(branch, history.length(branch))
        line = [step]
        while step.depth:
            step = history.steps[step.parent]
            line.append(step)
        line.reverse()
        assert history.path(branch) == line
        assert [step.depth for step in line] == list(range(len(line)))
        assert [history.at(branch, depth) for depth in range(len(line))] == line
        assert history.path(branch, 1, 3) == line[1:4]
        assert [step for step in history.steps if history.on_path(step, branch)] == sorted(
            line, key=lambda one: one.id
        )

"""What is forgotten of a history and taken back, compared with lists of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis.strategies as st
from hypothesis import given, settings

from relayviz.model.history.history import History, Step
from tests.model.steps import add

if TYPE_CHECKING:
    import random


def grown(*wishes: tuple[int, int]) -> History:
    """Return a history of an opening and steps behind (branch, step)."""
    history = History()
    add(history)
    for branch, depth in wishes:
        add(history, branch, depth)
    return history


def ids(steps: list[Step]) -> list[int]:
    return [step.id for step in steps]


def lines(history: History) -> list[list[int]]:
    """Return the ids along each line that is there to choose."""
    return [ids(history.path(line.number)) for line in history.lines]


def kept_ids(history: History) -> list[int]:
    found, count = history.kept_ids()
    return list(range(count)) if found is None else found.tolist()


def test_what_is_undone_is_not_there_until_it_is_taken_back() -> None:
    history = grown((0, 0), (0, 1))
    before = history.kept
    add(history, 0, 2)
    add(history, 0, 3)
    after = history.kept
    history.keep(before)
    assert (history.length(0), kept_ids(history), lines(history)) == (2, [0, 1, 2], [[0, 1, 2]])
    assert not history.on_path(history.steps[3], 0)
    history.keep(after)
    assert (history.length(0), lines(history)) == (4, [[0, 1, 2, 3, 4]])
    assert history.changes == 2


def test_what_is_done_instead_goes_on_on_the_same_line() -> None:
    history = grown((0, 0), (0, 1))
    before = history.kept
    add(history, 0, 2)
    history.keep(before)
    instead = add(history, 0, 2)
    assert instead.branch == 1
    assert [(line.title, line.parent, line.fork) for line in history.lines] == [
        ("main line", None, -1)
    ]
    assert lines(history) == [[0, 1, 2, 4]]
    assert (history.line_of(0), history.length(history.line_of(0))) == (1, 3)
    history.rename(1, "mine")
    history.keep(before)  # and once more
    again = add(history, 0, 2)
    assert lines(history) == [[0, 1, 2, again.id]]
    assert history.lines[0].title == "mine"
    past = add(history, again.branch, 1)  # a branch of that line
    assert lines(history) == [[0, 1, 2, again.id], [0, 1, past.id]]
    assert history.line_of(history.lines[1].parent or 0) == again.branch


def test_a_branch_goes_with_all_that_grew_on_it() -> None:
    history = grown((0, 0), (0, 1), (0, 1), (1, 2), (1, 2), (0, 0))
    assert lines(history) == [[0, 1, 2], [0, 1, 3, 4], [0, 1, 3, 5], [0, 6]]
    before = history.kept
    history.keep(history.without(1))
    assert lines(history) == [[0, 1, 2], [0, 6]]
    assert kept_ids(history) == [0, 1, 2, 6]
    assert history.line_of(2) == 0  # what is left of it
    history.keep(before)
    assert lines(history) == [[0, 1, 2], [0, 1, 3, 4], [0, 1, 3, 5], [0, 6]]
    history.keep(history.without(2))
    assert lines(history) == [[0, 1, 2], [0, 1, 3, 4], [0, 6]]


def test_a_line_that_was_continued_is_deleted_as_one() -> None:
    history = grown((0, 0), (0, 1), (0, 1), (1, 2))
    before = {**history.kept, 1: 2}
    history.keep(before)
    add(history, 1, 2)
    assert lines(history) == [[0, 1, 2], [0, 1, 3, 5]]
    history.keep(history.without(history.lines[1].number))
    assert lines(history) == [[0, 1, 2]]
    assert kept_ids(history) == [0, 1, 2]


@settings(max_examples=60)
@given(draw=st.randoms(use_true_random=False))
def test_any_order_of_doing_and_undoing_is_what_lists_say(draw: random.Random) -> None:
    """The model is a list of paths; each moment is remembered as a copy of all of them."""
    history = grown((0, 0))
    paths, here = [[0, 1]], 0
    undone: list[tuple[list[list[int]], int, object]] = []
    for _ in range(40):
        if undone and draw.random() < 0.4:
            paths, here, kept = undone.pop()
            history.keep(kept)  # type: ignore[arg-type]
        elif len(paths) > 1 and draw.random() < 0.15:
            undone.append(([list(path) for path in paths], here, history.kept))
            place = draw.randrange(1, len(paths))
            line = history.lines[place]
            own = set(paths[place][line.fork + 1 :])
            history.keep(history.without(line.number))
            paths, here = [path for path in paths if not own & set(path)], 0
        else:
            undone.append(([list(path) for path in paths], here, history.kept))
            here = draw.randrange(len(paths))
            depth = draw.randrange(len(paths[here]))
            is_end = depth == len(paths[here]) - 1
            step = add(history, history.lines[here].number, depth)
            if is_end:
                paths[here] = [*paths[here], step.id]
            else:
                paths = [*paths, [*paths[here][: depth + 1], step.id]]
        assert sorted(lines(history)) == sorted(paths)
        paths = lines(history)  # in their order
        assert kept_ids(history) == sorted({one for path in paths for one in path})

"""Makes a page of two channels side by side, which did the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.compare.compare import Half, sentence, survival
from relayviz.model.ledger.fate import FateIndex
from relayviz.model.page.page import check, made, marks_of
from relayviz.model.page.side import Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.protocol import Following, SteppedEngine
    from relayviz.model.engine.snapshot import Frame
    from relayviz.model.session.session import Notes


def pair_page(
    leader: SteppedEngine, follower: Following, shown: tuple[Half, Half], cpu: int, notes: Notes
) -> str:
    """Return a page of all steps of a branch beside those of another channel.

    Takes as long as doing all steps of both once more; any thread may call it.

    Args:
        leader: The one.
        follower: What does the same on the other.
        shown: Both as they are shown: their names and branches, and the step it begins at.
        cpu: The CPU whose events are told about.
        notes: What was noted beside the first.

    Raises:
        PageError: It is too much for a page.
        RelayError, OSError, MemoryError: A channel cannot be opened once more.
    """
    ours, theirs = (half.snapshot for half in shown)
    for seen in (ours, theirs):
        check(seen.last_step, seen.config)
    sides = [Side(half.name, half.snapshot.config) for half in shown]
    engines = (leader, follower.engine)
    halves = [
        Half(half.name, half.snapshot, _fates(engine, half), half.line)
        for half, engine in zip(shown, engines, strict=True)
    ]
    titles = list[str]()
    for pair in _pairs(leader, follower, ours.branch, theirs.branch):
        if pair[0].snapshot.step > ours.last_step:  # it has grown meanwhile
            break
        titles.append(pair[0].snapshot.made_by.title())
        for side, frame, kept in zip(sides, pair, _kept(halves, pair, cpu), strict=True):
            side.add(frame, kept)
    told = [
        side.plain(engine.history, half.snapshot.branch)
        for side, engine, half in zip(sides, engines, shown, strict=True)
    ]
    marks = marks_of(leader.history, ours.branch, notes)
    return made(notes, titles, told, first=ours.step, marks=marks)


def _fates(engine: SteppedEngine, half: Half) -> FateIndex:
    """Return the fates of a branch anew: those of an engine's ledger are another thread's."""
    found = FateIndex(engine.config)
    found.follow(engine.history, half.snapshot.branch)
    return found


def _pairs(
    leader: SteppedEngine, follower: Following, ours: int, theirs: int
) -> Iterator[tuple[Frame, Frame]]:
    """Give each state of the leader with the one beside it."""
    others = follower.engine.frames(theirs)
    other = next(others)
    for one in leader.frames(ours):
        while other.snapshot.step < follower.step_beside(one.snapshot):
            other = next(others)
        yield one, other


def _kept(halves: list[Half], pair: tuple[Frame, Frame], cpu: int) -> list[str]:
    """Say what each of the two keeps of a CPU's events."""
    a, b = (
        Half(half.name, frame.snapshot, half.fates, half.line)
        for half, frame in zip(halves, pair, strict=True)
    )
    found, where = survival(a, b, cpu), f"On cpu {cpu}, " if a.snapshot.rows > 1 else ""
    return [f"{where}{sentence(half, found, place, cpu)}" for place, half in enumerate((a, b))]

"""A branch of a history, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """A run of steps without fork.

    Attributes:
        number: Its place in History.branches.
        parent: The branch it grew out of; None: the first.
        fork: The number of the last step it shares with that.
        title: Its name for people.
        continues: It goes on where the end of its parent was forgotten: both are one line.
    """

    number: int
    parent: int | None
    fork: int
    title: str
    continues: bool = False

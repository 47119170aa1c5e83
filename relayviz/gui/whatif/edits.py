"""What was done by hand in one channel in its order, and the place in it: undo and redo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from relayviz.model.history.kept import Kept
    from relayviz.model.session.session import Place

FIRST = "As it was before"
MOST = 10_000  # that can be undone: older ones stay done


class Moment(NamedTuple):
    """Where one was, and what of the history was kept then."""

    place: Place
    kept: Kept


@dataclass(slots=True)
class Edits:
    """What was edited, and what was there before each edit and when it was undone.

    Attributes:
        undone: How to go back: the moment before each edit in force, with its title.
        redone: How to go forward again, the next one last.
    """

    undone: list[tuple[Moment, str]] = field(default_factory=list)
    redone: list[tuple[Moment, str]] = field(default_factory=list)

    def add(self, before: Moment, title: str) -> None:
        """Remember an edit; what was undone is no way forward any more."""
        self.undone.append((before, title))
        self.redone.clear()
        del self.undone[:-MOST]

    def move(self, here: Moment, to: int) -> Moment:
        """Undo or redo until so many edits are in force; return where to go.

        Args:
            here: Where one is.
            to: 0 to the number of edits.
        """
        while len(self.undone) != to:
            is_back = len(self.undone) > to
            source, target = self.undone, self.redone
            if not is_back:
                source, target = target, source
            moment, title = source.pop()
            target.append((here, title))
            here = moment
        return here

    def entries(self) -> list[str]:
        """Return a line for each place in the list, from before the first edit on."""
        titles = [FIRST, *(title for _, title in (*self.undone, *reversed(self.redone)))]
        return [
            f"{'▶' if number == len(self.undone) else ' '} {title}"
            + (" (undone)" if number > len(self.undone) else "")
            for number, title in enumerate(titles)
        ]

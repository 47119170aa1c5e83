"""Reading that goes on where something cannot be read, and remembers what."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from relayviz.engines.kernel.fault import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")

MOST_FAULTS = 1000
"""In one look. A dump that has more is not worth the time that each of them takes."""


class TooDamagedError(Exception):
    """There were so many faults that the look ends here."""


class Patience:
    """Counts the faults of one look."""

    def __init__(self) -> None:
        self._left = MOST_FAULTS

    def lose(self) -> None:
        """Count one; TooDamagedError: it is one too many."""
        self._left -= 1
        if self._left < 0:
            raise TooDamagedError


class Care:
    """What went wrong with one thing.

    Args:
        patience: Of the whole look.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._damage: list[str] = []

    @property
    def damage(self) -> tuple[str, ...]:
        """Sentences."""
        return tuple(self._damage)

    def note(self, sentence: str) -> None:
        """Keep what is wrong."""
        self._patience.lose()
        self._damage.append(sentence)

    def attempt(self, what: str, read: Callable[[], Found]) -> Found | None:
        """Read something; None: it could not be read, which is noted.

        Args:
            what: What it is, for the sentence.
            read: Reads it.
        """
        try:
            return read()
        except UnreadableError as error:
            self.note(f"{what} cannot be read: {error}")
            return None

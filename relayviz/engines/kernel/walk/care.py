"""Reading that goes on where something cannot be read, and remembers what."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from relayviz.engines.kernel.fault import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

Found = TypeVar("Found")

MOST_FAULTS = 1000
"""In one look. A dump that has more is not worth the time that each of them takes."""

MOST_SLOTS = 200_000
"""Buffers of CPUs that one look asks for, whether they are there or not."""


class TooDamagedError(Exception):
    """There is so much damage that the look ends here."""


class Patience:
    """How much one look may take: not by a clock, so that it says the same on a busy machine.

    Args:
        extent: Bytes of memory that there are at most.
    """

    def __init__(self, extent: int) -> None:
        self._faults, self._slots, self._bytes = MOST_FAULTS, MOST_SLOTS, extent

    def lose(self) -> None:
        """Count a fault; TooDamagedError: it is one too many."""
        self._faults -= 1
        if self._faults < 0:
            raise TooDamagedError

    def ask(self) -> None:
        """Count a CPU that is asked for its buffer; TooDamagedError: it is one too many."""
        self._slots -= 1
        if self._slots < 0:
            raise TooDamagedError

    def affords(self, size: int) -> bool:
        """Count bytes that are read; False: all together they are more than there are."""
        fits = size <= self._bytes
        self._bytes -= size if fits else 0
        return fits


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

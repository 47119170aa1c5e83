"""What was recorded is played: engines that can, and who writes recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from relayviz.model.engine.protocol import Can, Engine

if TYPE_CHECKING:
    from pathlib import Path


FRAME = 0.05  # seconds between two frames of a recording, usually


class Marker(NamedTuple):
    """A moment with some words; the moment is in seconds of the recording."""

    time: float
    text: str


class PlayedEngine(Engine, Protocol):
    """Shows what was recorded as it was then. Its snapshots have `foreign`."""

    @property
    def length(self) -> float:
        """Seconds that were recorded."""

    @property
    def at(self) -> float:
        """The moment that is shown, or about to be, in seconds of the recording."""

    @property
    def speed(self) -> float:
        """Seconds of the recording that go by in one; below 0: backwards; 0: none do."""

    @property
    def markers(self) -> tuple[Marker, ...]:
        """Moments with words, in the order of time."""

    def go(self, at: float) -> None:
        """Show a moment; those beyond the ends mean these."""

    def play(self, speed: float) -> None:
        """Let time go by from here, until an end; 0 stops it."""

    def mark(self, text: str) -> None:
        """Mark the moment shown, in the file too."""


class Recorder(Protocol):
    """Writes down what an engine looks like, until it is stopped."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def problem(self) -> str:
        """Why it stopped by itself, with the remedy; empty: it did not."""

    @property
    def seconds(self) -> float:
        """How long it has recorded."""

    def mark(self, text: str) -> None:
        """Mark this moment, with some words."""

    def stop(self, timeout: float = ...) -> bool:
        """Write what is left; whether that is done. Can be called again."""


def played(engine: Engine | None) -> PlayedEngine | None:
    """Return an engine as one that plays what was recorded; None: it does not, or there is none."""
    is_one = engine is not None and Can.PLAY in engine.can
    return cast("PlayedEngine", engine) if is_one else None

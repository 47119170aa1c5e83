"""A tab: one channel configuration with two sides, one to step and one that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from relayviz.model.engine.protocol import RunningEngine
from relayviz.model.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.load.load import Load

    OpenLive = Callable[[ChannelConfig, Load, tuple[SubbufStart, ...]], "LiveSide"]


class Side(StrEnum):
    """Which engine of a tab is shown."""

    STEP = "step"
    LIVE = "live"


class LiveSide(RunningEngine, Protocol):
    """A running engine that can hand its state to a stepped one, and more that the window uses."""

    def set_mode(self, mode: Mode) -> None:
        """Change what subbuf_start does, also while it runs; ValueError: to Python."""

    def advise(self, seconds: float = 1.0) -> None:
        """Look for the smallest sizes that lose nothing; what is found becomes a finding."""

    def step_from_here(self) -> StepEngine:
        """Pause, and return a stepped channel in exactly this state; OpenError: it cannot be."""


@dataclass(slots=True, eq=False)
class Tab:
    """An open channel and where the user is in it.

    Attributes:
        engine: Performs operations, step by step.
        title: Its name on the tab.
        selection: Row of a buffer, and a sub-buffer of it or -1.
        clients: The Python subbuf_starts that were confirmed when it was opened.
        live: The same channel under load; None: it never was.
        side: Which of the two is shown.
        resumes: The live side ran when it was left, and goes on when it is shown again.
        handed: The moment of the live channel that `engine` began with; None: it did not.
        notes: What was noted beside the channel: markers, breakpoints, watches, expectations.
        path: The file it was saved to or read from.
        kept: How many steps there were and what was noted when it was saved or opened; None: it is
            being opened.
    """

    engine: StepEngine
    title: str
    selection: tuple[int, int] = (0, -1)
    clients: tuple[SubbufStart, ...] = ()
    live: LiveSide | None = None
    side: Side = Side.STEP
    resumes: bool = True
    handed: object = None
    notes: Session = field(default_factory=Session)
    path: Path | None = None
    kept: tuple[int, Session] | None = None

    @property
    def is_changed(self) -> bool:
        """Whether something would be lost if it were closed now."""
        if self.kept is None:
            return False
        steps, notes = self.kept
        return len(self.engine.history.steps) > steps or self.notes != notes

    def keep(self) -> None:
        """Remember that everything up to now is saved, or is worth no question."""
        self.kept = (len(self.engine.history.steps), self.notes)

    @property
    def shown(self) -> StepEngine | LiveSide:
        """The engine of the side shown."""
        return self.live if self.live is not None and self.side is Side.LIVE else self.engine

    @property
    def moment(self) -> object:
        """What changes whenever the live channel does: how long it ran, and its mode."""
        shown = self.live.snapshot if self.live is not None else None
        return None if shown is None or shown.live is None else (shown.live.seconds, shown.mode)

    def close(self, timeout: float) -> bool:
        """End both engines; can be called again.

        Args:
            timeout: Seconds to wait for what each is doing.

        Returns:
            Whether they have ended, and nothing of them is left.
        """
        ended = [one.close(timeout) for one in (self.live, self.engine) if one is not None]
        return all(ended)

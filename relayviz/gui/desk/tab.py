"""A tab: one channel with the engines that it has, by what each of them can do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from relayviz.gui.desk.inputs import Inputs
from relayviz.model.engine.protocol import stepped
from relayviz.model.inside.acting import acting
from relayviz.model.session.session import Notes

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.engine.protocol import Engine, SteppedEngine
    from relayviz.model.inside.acting import ActingEngine
    from relayviz.model.session.keeping import Known


@dataclass(slots=True, eq=False)
class Tab:
    """An open channel and where the user is in it.

    Attributes:
        shown: The engine that is shown, one of `engines`.
        title: Its name on the tab.
        engines: All that there are of the channel, at most one of a kind.
        selection: Row of a buffer, and a sub-buffer of it or -1.
        marked: Where the selection of bytes begins, and the cursor in them.
        inputs: The operands of the next operation on it.
        clients: The Python subbuf_starts that were confirmed when it was opened.
        resumes: A running engine ran when it was left, and goes on when it is shown again.
        moment: That of a live run that was chosen to be looked at, in its seconds; None: none.
        handed: The moment of a running engine that the stepped one began with; None: it did not.
        notes: What was noted beside the channel: markers, breakpoints, watches, expectations.
        actor: Of actors that are stepped the one that was chosen; empty: none was.
        outside: The channel that was stepped into, while it is open; None: none was.
        path: The file it was saved to or read from.
        known: That file as it was then.
        lesson: Who takes a lesson in it (gui.lesson); None: nobody does.
        news: What happened to it while another tab was in front, in sentences; empty: nothing.
        kept: How much was done and what was noted when it was saved or opened; None: it is being
            opened.
    """

    shown: Engine
    title: str
    engines: list[Engine] = field(init=False)
    selection: tuple[int, int] = (0, -1)
    marked: tuple[int, int] = (0, 0)
    inputs: Inputs = field(default_factory=Inputs)
    clients: tuple[SubbufStart, ...] = ()
    resumes: bool = True
    moment: float | None = None
    handed: object = None
    notes: Notes = field(default_factory=Notes)
    actor: str = ""
    outside: Tab | None = None
    path: Path | None = None
    known: Known | None = None
    lesson: object = None
    news: str = ""
    kept: tuple[int, Notes] | None = None

    def __post_init__(self) -> None:
        self.engines = [self.shown]

    @property
    def stepped(self) -> SteppedEngine | None:
        """The engine that takes operations; None: there is none of this channel."""
        return next((able for one in self.engines if (able := stepped(one)) is not None), None)

    @property
    def acting(self) -> ActingEngine | None:
        """The engine of actors that are stepped; None: there is none of this channel."""
        return next((able for one in self.engines if (able := acting(one)) is not None), None)

    @property
    def noted(self) -> Notes:
        """What was noted, with a title in any case."""
        return replace(self.notes, title=self.notes.title or self.title)

    @property
    def done(self) -> int:
        """How many steps were made, and times that some were forgotten; 0: it is not stepped."""
        engine = self.stepped
        if engine is None:
            return 0 if self.acting is None else self.acting.made
        return len(engine.history.steps) + engine.history.changes

    def of(self, kind: str) -> Engine | None:
        """Return the engine of a kind; None: there is none yet."""
        return next((one for one in self.engines if one.kind == kind), None)

    def put(self, engine: Engine) -> None:
        """Take an engine in, in the place of the one of its kind; what is shown stays."""
        before = self.of(engine.kind)
        if before is None:
            self.engines.append(engine)
            return
        self.engines[self.engines.index(before)] = engine
        if self.shown is before:
            self.shown = engine

    @property
    def is_changed(self) -> bool:
        """Whether something would be lost if it were closed now."""
        if self.kept is None or (self.stepped is None and self.acting is None):
            return False
        done, notes = self.kept
        return self.done > done or self.notes != notes

    def keep(self) -> None:
        """Remember that everything up to now is saved, or is worth no question."""
        self.kept = (self.done, self.notes)

    def close(self, timeout: float) -> bool:
        """End its engines; can be called again.

        Args:
            timeout: Seconds to wait for what each is doing.

        Returns:
            Whether they have ended, and nothing of them is left.
        """
        ended = [engine.close(timeout) for engine in self.engines]  # each of them, come what may
        return all(ended)


def moment(engine: Engine) -> object:
    """Return what changes whenever the state of an engine does that runs by itself."""
    shown = engine.snapshot
    if shown.foreign is not None:
        return shown.foreign.looks.count if shown.foreign.looks is not None else 0
    if shown.live is None:
        return shown.generation
    return shown.live.seconds, shown.mode

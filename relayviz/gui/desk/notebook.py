"""What is noted beside the channel shown, and going through its history by it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from relayviz.gui.notice import Level
from relayviz.model.condition.language import ConditionError
from relayviz.model.condition.search import find, hits
from relayviz.model.engine.captured import place_of
from relayviz.model.engine.protocol import stepped
from relayviz.model.inside.acting import acting, going
from relayviz.model.inside.condition import InsideCondition
from relayviz.model.inside.steps.past import (
    arrivals,
    columns_of,
    condition_of,
    grammar_of,
    meanings_of,
    past,
)
from relayviz.model.numbers import grouped, plural
from relayviz.model.session.session import Expectation, Marker, Notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from relayviz.gui.desk.tabs import Tabs
    from relayviz.model.condition.breakpoint import Breakpoint
    from relayviz.model.condition.columns import Columns
    from relayviz.model.condition.condition import Condition
    from relayviz.model.condition.search import Which
    from relayviz.model.engine.protocol import SoughtEngine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.history.history import History
    from relayviz.model.inside.acting import ActingEngine

    Going = SoughtEngine | ActingEngine
    Steps = NDArray[np.int64]

NO_STEPS = np.zeros(0, np.int64)


class Notebook(QObject):
    """Markers, breakpoints, watches and expectations of the tab in front. Part of the controller.

    Signals:
        changed: Something was noted. Another tab in front is told by another snapshot.
    """

    changed = Signal()

    def __init__(self, tabs: Tabs) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self._columns: Columns | None = None
        self._columns_of: tuple[object, ...] = ()
        self._hits: dict[Breakpoint, Steps] = {}
        tabs.changed.connect(self._forget)

    @property
    def notes(self) -> Notes:
        """What is noted; without a channel: nothing."""
        tab = self._tabs.front
        return Notes() if tab is None else tab.notes

    def change(self, notes: Notes) -> None:
        """Note something else."""
        tab = self._tabs.front
        if tab is not None and notes != tab.notes:
            tab.notes = notes
            self.changed.emit()

    def condition(self, text: str) -> Condition:
        """Return a condition over the steps of the channel shown.

        Raises:
            ConditionError: It is none.
        """
        return condition_of(self._tabs.shown, text)

    @property
    def meanings(self) -> Mapping[str, str]:
        """The names that these can have, with a line each."""
        return meanings_of(self._tabs.shown)

    # ---------------------------------------------------------------- stops and plots

    def add_breakpoint(self, added: Breakpoint) -> None:
        """Stop there from now on; one that is there already comes into force again."""
        same = replace(added, enabled=True)
        others = [one for one in self.notes.breakpoints if replace(one, enabled=True) != same]
        self.change(replace(self.notes, breakpoints=(*others, added)))

    def put_breakpoint(self, place: int, changed: Breakpoint | None) -> None:
        """Change a breakpoint by its place in the list, or remove it."""
        listed = list(self.notes.breakpoints)
        listed[place : place + 1] = [] if changed is None else [changed]
        self.change(replace(self.notes, breakpoints=tuple(listed)))

    def add_watch(self, text: str) -> None:
        """Plot a figure.

        Raises:
            ConditionError: It is none.
        """
        shown = self.condition(text).text
        if shown in self.notes.watches:
            self._tabs.notify(f"{shown} is watched already: the dock “Watches” plots it.")
            return
        self.change(replace(self.notes, watches=(*self.notes.watches, shown)))
        self._tabs.notify(f"Watching {shown}: the dock “Watches” plots it.")

    def remove_watch(self, text: str) -> None:
        """Plot a figure no longer."""
        left = tuple(one for one in self.notes.watches if one != text)
        self.change(replace(self.notes, watches=left))

    # ---------------------------------------------------------------- markers and expectations

    def mark(self, name: str) -> None:
        """Give the step shown a name; an empty one takes it away."""
        history, shown = self._history_and_state()
        if history is None or shown is None:
            return
        at = place_of(history, shown.branch, shown.step)
        left = [one for one in self.notes.markers if one.at != at]
        added = [Marker(at, name)] if name else []
        ordered = sorted([*left, *added], key=lambda one: (one.at.branch, one.at.step))
        self.change(replace(self.notes, markers=tuple(ordered)))

    def expected(self, text: str) -> str:
        """Return an expectation of the channel shown, as it is noted.

        Raises:
            ConditionError: It is none. Inside operations it is a line of the schedule, where it
                cannot ask of the step or of changes.
        """
        if acting(self._tabs.shown) is not None:
            return InsideCondition(text).text
        return self.condition(text).text

    def expect(self, text: str) -> None:
        """Expect something of the step shown.

        Raises:
            ConditionError: It is no condition.
        """
        history, shown = self._history_and_state()
        if history is None or shown is None:
            return
        at = place_of(history, shown.branch, shown.step)
        added = Expectation(at, self.expected(text))
        if added not in self.notes.expectations:
            listed = [*self.notes.expectations, added]
            listed.sort(key=lambda one: (one.at.branch, one.at.step))
            self.change(replace(self.notes, expectations=tuple(listed)))

    def name_branch(self, title: str) -> None:
        """Give the branch shown another name."""
        tab, shown = self._tabs.front, self._tabs.shown
        engine = stepped(shown) or acting(shown)
        if engine is not None and tab is not None:
            engine.rename(engine.snapshot.branch, title)
            tab.kept = (0, tab.notes)  # the file does not have that name yet

    def markers_shown(self) -> list[Marker]:
        """Return the markers on the branch shown, by step."""
        history, shown = self._history_and_state()
        if history is None or shown is None:
            return []
        on_it = [
            one
            for one in self.notes.markers
            if place_of(history, shown.branch, one.at.step) == one.at
            and one.at.step <= shown.last_step
        ]
        return sorted(on_it, key=lambda one: one.at.step)

    def failing(self) -> list[tuple[Expectation, str]]:
        """Return the expectations that do not hold, with the values put in."""
        engine, history = self._tabs.shown, past(self._tabs.shown)
        found: list[tuple[Expectation, str]] = []
        for one in self.notes.expectations if history is not None else ():
            at = one.at
            if history is None or at.step > history.length(at.branch):
                continue
            condition = self.condition(one.that)
            columns = columns_of(engine, at.branch, max(at.step - 1, 0), at.step)
            if columns is None:
                continue
            try:
                if not condition.holds(columns)[-1]:
                    found.append((one, condition.values_put_in(columns)))
            except ConditionError as error:
                found.append((one, str(error)))
        return found

    def check(self) -> None:
        """Say how many expectations hold; go to the first that does not."""
        failing, count = self.failing(), len(self.notes.expectations)
        if not count:
            self._tabs.notify("Nothing is expected. Run → Expect here… adds something.")
        elif not failing:
            self._tabs.notify(f"All is as expected: {plural(count, 'expectation')}.")
        else:
            one, values = failing[0]
            self.go(one.at.branch, one.at.step)
            words = f"Step {grouped(one.at.step)}: expected {one.that}, but {values}."
            self._tabs.notify(words, Level.ERROR)

    # ---------------------------------------------------------------- through the history

    def columns(self) -> Columns | None:
        """Return the figures of the branch shown; None: no stepped channel is."""
        history, shown = self._history_and_state()
        if history is None or shown is None:
            return None
        engine = self._tabs.shown
        key = (engine, shown.branch, history.length(shown.branch))
        if key != self._columns_of:
            self._columns, self._columns_of = columns_of(engine, shown.branch), key
            self._hits = {}
        return self._columns

    @Slot()
    def _forget(self) -> None:
        """Let the figures go: another channel is in front, and that of before may be closed."""
        self._columns, self._columns_of, self._hits = None, (), {}

    def hits(self, one: Breakpoint) -> Steps:
        """Return the steps of the branch shown at which a breakpoint is hit."""
        columns = self.columns()
        if columns is None:
            return NO_STEPS
        if one not in self._hits:
            try:
                self._hits[one] = hits(columns, one, grammar_of(self._tabs.shown))
            except ConditionError as error:
                self._tabs.notify(str(error), Level.ERROR)
                self._hits[one] = NO_STEPS
        return self._hits[one]

    def run(self, *, forward: bool) -> None:
        """Go to the next hit of a breakpoint that is in force, or to the one before."""
        engine, shown = self._engine_and_state()
        if engine is None or shown is None:
            return
        which: Which = "next" if forward else "previous"
        best: tuple[int, Steps, str] | None = None
        stops = self._stops()
        for first, steps, title in stops:
            found = find(steps[first:], which, shown.step)
            nearer = min if forward else max
            if found is not None and (best is None or nearer(found, best[0]) != best[0]):
                best = (found, steps, title)
        if best is None:
            self._run_out(engine, shown, forward=forward, has_stops=bool(stops))
            return
        engine.seek(best[0])
        number = int(np.searchsorted(best[1], best[0])) + 1
        self._tabs.notify(
            f"Stopped at step {grouped(best[0])}: {best[2]}, hit {grouped(number)}.", at=best[0]
        )

    def _stops(self) -> list[tuple[int, Steps, str]]:
        """Return where Run stops: from which hit on, the steps of all hits, and what that is."""
        listed = [one for one in self.notes.breakpoints if one.enabled]
        found = [(one.hits - 1, self.hits(one), one.title) for one in listed]
        if (steps := arrivals(self.columns(), self._tabs.shown)) is not None:
            found.append((0, steps, "a breakpoint in Source"))
        return found

    def _run_out(self, engine: Going, shown: Snapshot, *, forward: bool, has_stops: bool) -> None:
        """Go to the end, for no breakpoint is hit on the way, and say so."""
        (engine.end if forward else engine.home)()
        history = past(engine)
        last = history.length(shown.branch) if forward and history is not None else 0
        end = "the end of the branch" if forward else "the opening"
        words = f"No breakpoint was hit on the way to {end}."
        if not has_stops:
            words = f"There is no breakpoint in force: this is {end}."
        elif shown.step == last:
            rest = "Shift+F5 looks for hits before" if forward else "F5 looks for hits after"
            words = f"This is {end}. {rest} it."
        self._tabs.notify(words, at=last)

    def find(self, text: str, which: Which) -> str:
        """Go to a step at which a condition holds; return what to say about it.

        Raises:
            ConditionError: It is none, or has no value.
        """
        engine, shown = self._engine_and_state()
        if engine is None or shown is None:
            return "No channel is open."
        columns = self.columns()
        if columns is None:
            return "No channel is open."
        steps = np.flatnonzero(self.condition(text).holds(columns))
        found = find(steps, which, shown.step)
        if found is None:
            if not len(steps):
                return "It holds at no step of this branch."
            side = "after" if which == "next" else "before"
            return f"It does not hold {side} this step. {_of(steps)}"
        engine.seek(found)
        place = int(np.searchsorted(steps, found)) + 1
        return f"Step {grouped(found)}: number {grouped(place)} of {_of(steps)}"

    def go(self, branch: int, step: int) -> None:
        """Show a step of any branch."""
        engine = going(self._tabs.shown)
        if engine is not None:
            engine.go(branch, step)

    def _engine_and_state(self) -> tuple[Going | None, Snapshot | None]:
        # the engine's own: while tabs change the controller still shows that of another
        engine = going(self._tabs.shown)
        return engine, engine.snapshot if engine is not None else None

    def _history_and_state(self) -> tuple[History | None, Snapshot | None]:
        engine, shown = self._engine_and_state()
        return past(engine), shown


def _of(steps: Steps) -> str:
    words = plural(len(steps), "step")
    return f"{words} at which it holds, {grouped(int(steps[0]))} to {grouped(int(steps[-1]))}."

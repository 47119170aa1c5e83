"""What-if in the window: the log's menu on a step, and the questions it asks."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from relayviz.gui.notice import Level
from relayviz.gui.prompts.prompts import Prompt, Question
from relayviz.gui.sessions.questions import ListQuestion
from relayviz.gui.whatif.edits import Edits, Moment
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.engine.protocol import OpenError
from relayviz.model.engine.whatif import rewrite, swapped, with_channel
from relayviz.model.history.step import Step
from relayviz.model.numbers import grouped, plural
from relayviz.model.plain import digits
from relayviz.model.session.line import LineError, normal, read_line, write_line
from relayviz.model.session.session import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMenu, QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.channel.operation import Operation
    from relayviz.model.engine.protocol import SteppedEngine

_CHANNEL = ("subbuf_size", "n_subbufs", "mode", "header")
_NO_EDITS = Edits()
BUSY = "Wait until what was asked for is done."
NO_DELETION = "The first branch cannot be deleted: it begins with the opening. Choose another."
_NO_SOURCES: dict[str, str] = {}


class WhatIf(QObject):
    """Edits the past of the channel shown, each time on a branch with a name."""

    def __init__(self, controller: Controller, window: QWidget) -> None:
        super().__init__(window)
        self._controller, self._window = controller, window
        self._edits: dict[SteppedEngine | None, Edits] = {}
        controller.tabs_changed.connect(self._forget)
        controller.acting.connect(self._remember)
        # by channel: what is told once the state that it is about is shown
        self._to_tell: dict[SteppedEngine, str] = {}

    @Slot(object, object)
    def add_to(self, menu: QMenu, step: object) -> None:
        """Add to a menu what can be done with a step of the branch shown; nothing else is known."""
        engine = self._controller.stepped
        if not isinstance(step, Step):
            return
        if engine is None:
            return
        line = engine.history.line_of(step.branch)
        if line != engine.history.lines[0].number:
            title = engine.history.branches[line].title
            menu.addSeparator()
            menu.addAction(f"Delete {title}", lambda: self.delete_branch(line))
        if not engine.history.on_path(step, engine.snapshot.branch):
            return
        menu.addSeparator()
        menu.addAction("What if: edit…", lambda: self._ask_edit(step))
        menu.addAction("What if: skip it", lambda: self.skip(step))
        menu.addAction("What if: insert before…", lambda: self._ask_insert(step))
        if step.depth < engine.history.length(engine.snapshot.branch):
            menu.addAction("What if: after the next one", lambda: self.later(step))

    def skip(self, step: Step) -> None:
        """Do everything but one step."""
        self._rewrite(step, [], 1, f"without step {step.depth}")

    def later(self, step: Step) -> None:
        """Do a step after the next one."""
        engine = self._controller.stepped
        if engine is not None:
            pair = swapped(engine, engine.snapshot.branch, step.depth)
            self._rewrite(step, pair, 2, f"step {step.depth} after {step.depth + 1}")

    def edit(self, step: Step, text: str) -> None:
        """Do something else in a step's place; LineError: the text means nothing."""
        operation, times = read_line(text, _NO_SOURCES)
        self._rewrite(step, [operation] * times, 1, f"step {step.depth}: {text.strip()}")

    def insert(self, step: Step, text: str) -> None:
        """Do something before a step; LineError: the text means nothing."""
        operation, times = read_line(text, _NO_SOURCES)
        words = f"before step {step.depth}: {text.strip()}"
        self._rewrite(step, [operation] * times, 0, words)

    def delete_shown(self) -> None:
        """Delete the branch shown."""
        engine = self._controller.stepped
        if engine is not None:
            self.delete_branch(engine.snapshot.branch)

    def delete_branch(self, branch: int) -> None:
        """Delete a branch with those that grew on it; it can be undone."""
        engine = self._controller.stepped
        if engine is None:
            return
        if engine.busy:
            self._controller.notify(BUSY, Level.ERROR)
            return
        history, shown = engine.history, engine.snapshot
        line = next((one for one in history.lines if one.number == branch), None)
        if line is None or line.parent is None:
            self._controller.notify(NO_DELETION, Level.ERROR)
            return
        kept, before = history.without(branch), _moment(engine)
        others = sum(one.number not in kept for one in history.lines) - 1
        stays = shown.branch in kept
        at = before.place if stays else Place(history.line_of(line.parent), line.fork)
        self._edits.setdefault(engine, Edits()).add(before, f"deletion of {line.title}")
        engine.keep(kept, at.branch, at.step)
        more = f" and {plural(others, 'branch', 'branches')} that grew on it" if others else ""
        self._to_tell[engine] = f"Deleted: {line.title}{more}. Ctrl+Z brings back what was there."

    @Slot()
    def tell(self) -> None:
        """Say what was undone or deleted; to be called when a state is shown."""
        engine = self._controller.stepped
        if engine is not None and (words := self._to_tell.pop(engine, "")):
            self._controller.notify(words)

    @Slot(object)
    def _remember(self, operations: Sequence[Operation]) -> None:
        """Remember where one was before something is done by hand, that it can be undone."""
        engine = self._controller.stepped
        if engine is None:
            return
        if engine.busy:  # it belongs to what is still being done
            self.edits.redone.clear()
            return
        first, *others = operations
        title = first.title() + (f" and {len(others)} more" if others else "")
        self._edits.setdefault(engine, Edits()).add(_moment(engine), title)

    def _rewrite(self, step: Step, new: Sequence[Operation], taken: int, title: str) -> None:
        engine = self._controller.stepped
        if engine is None:
            return
        if engine.busy:
            self._controller.notify(BUSY, Level.ERROR)
            return
        before, shown = _moment(engine), engine.snapshot
        if not rewrite(engine, Place(shown.branch, step.depth), new, taken, title):
            engine.seek(step.depth - 1)
            self._controller.notify("Nothing comes after it: this is the state without it.")
            return
        edits = self._edits.setdefault(engine, Edits())
        edits.add(before, title)
        self._controller.notify(f"What if: {title}. Ctrl+Z goes back to where you were.")

    # ---------------------------------------------------------------- back and forth

    @property
    def edits(self) -> Edits:
        """The what-ifs of the channel shown; none while it is live."""
        return self._edits.get(self._controller.stepped, _NO_EDITS)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to go back from."""
        return bool(self.edits.undone)

    @property
    def can_redo(self) -> bool:
        """Whether an edit was gone back from."""
        return bool(self.edits.redone)

    def undo(self) -> None:
        """Go to where one was before the last edit, and forget what it made."""
        self.move(len(self.edits.undone) - 1)

    def redo(self) -> None:
        """Go to where one was before undo, with what was there."""
        self.move(len(self.edits.undone) + 1)

    def move(self, to: int) -> None:
        """Go to where one was when so many edits were in force."""
        engine, edits = self._controller.stepped, self.edits
        now = len(edits.undone)
        if engine is None or to == now or not 0 <= to <= now + len(edits.redone):
            return
        if engine.busy:  # where one is would not be known
            self._controller.notify(BUSY, Level.ERROR)
            return
        titles = [title for _, title in edits.undone[to:]]
        there = edits.move(_moment(engine), to)
        engine.keep(there.kept, there.place.branch, there.place.step)
        self._to_tell[engine] = _undone(titles)

    def ask_edit_list(self) -> None:
        """Show the list of what-ifs, and go to where one was after the one chosen."""
        edits = self.edits
        question = ListQuestion("What was done, to undo and redo", edits.entries(), self._window)
        question.list.setCurrentRow(len(edits.undone))
        question.chosen.connect(self.move)
        question.open()

    def _forget(self) -> None:
        """Forget the edits of channels that are closed."""
        engines = {tab.stepped for tab in self._controller.tabs}
        self._edits = {engine: kept for engine, kept in self._edits.items() if engine in engines}
        self._to_tell = {engine: one for engine, one in self._to_tell.items() if engine in engines}

    # ---------------------------------------------------------------- questions

    def _ask_edit(self, step: Step) -> None:
        text = write_line(normal(step.operation), {step.operation.source: "as it was"})
        self._ask_line(f"What if step {step.depth} were", text, lambda t: self.edit(step, t))

    def _ask_insert(self, step: Step) -> None:
        text = f"write {self._controller.inputs.length} cpu={self._controller.inputs.cpu}"
        self._ask_line(f"What if before step {step.depth}", text, lambda t: self.insert(step, t))

    def _ask_line(self, title: str, text: str, answer: Callable[[str], None]) -> None:
        question = Question(
            title,
            "Operation, as sessions write it (docs/session-format.md):",
            _line_problem,
            _line_meaning,
            lambda _controller, typed: answer(typed),
            lambda _controller: text,
        )
        Prompt(question, self._controller, self._window).open()

    def ask_channel(self) -> None:
        """Ask for another channel, and do there what led to the step shown."""
        engine = self._controller.stepped
        if engine is None:
            return
        now = {name: getattr(engine.config, name) for name in _CHANNEL}
        question = Question(
            "What if the channel were",
            "Its sizes, mode and header:",
            lambda _controller, text: _config_problem(engine.config, text),
            lambda _controller, text: "; ".join(_changed(engine.config, text).warnings()),
            lambda _controller, text: self.change_channel(text),
            lambda _controller: " ".join(f"{name}={value}" for name, value in now.items()),
        )
        Prompt(question, self._controller, self._window).open()

    def change_channel(self, text: str) -> None:
        """Do in a new tab, on a channel changed by "name=value …", what led to the step shown."""
        tab, engine = self._controller.tab, self._controller.stepped
        if tab is None or engine is None:
            return
        try:
            session = with_channel(engine, tab.notes, _changed(engine.config, text))
            other = self._controller.catalogue.play(session, tab.clients)
        except OpenError as error:
            self._controller.notify(error.message, Level.ERROR)
            return
        self._controller.add_tab(other, f"{tab.title}, {text.strip()}"[:60], tab.clients)


def _moment(engine: SteppedEngine) -> Moment:
    shown = engine.snapshot
    return Moment(Place(shown.branch, shown.step), engine.history.kept)


def _undone(titles: Sequence[str]) -> str:
    """Say what was undone, in the order it was done; empty: nothing was."""
    if not titles:
        return ""
    if len(titles) == 1:
        return f"Undone: {titles[0]}. Ctrl+Shift+Z brings it back."
    many = f"{grouped(len(titles))} things, back to before {titles[0]}"
    return f"Undone: {many}. Ctrl+Shift+Z brings them back one by one."


def _line_problem(_controller: Controller, text: str) -> str:
    try:
        read_line(text, _NO_SOURCES)
    except LineError as error:
        return str(error)
    return ""


def _line_meaning(_controller: Controller, text: str) -> str:
    operation, times = read_line(text, _NO_SOURCES)
    return operation.title() if times == 1 else f"{times} × {operation.title()}"


def _changed(config: ChannelConfig, text: str) -> ChannelConfig:
    """Return a channel changed by "name=value …"; ValueError: that is no such text."""
    known = {field.name for field in fields(config)} & set(_CHANNEL)
    found: dict[str, object] = {}
    for part in text.split():
        name, _, value = part.partition("=")
        if name not in known:
            raise ValueError(f"{name}: it has {', '.join(_CHANNEL)}.")
        if name == "mode" and value not in set(Mode):
            raise ValueError(f'There is no mode "{value}": say {", ".join(Mode)}.')
        number = digits(value)
        if name != "mode" and number is None:
            raise ValueError(f"{name}: give a whole number.")
        found[name] = Mode(value) if name == "mode" else number
    return replace(config, **found)  # type: ignore[arg-type]


def _config_problem(config: ChannelConfig, text: str) -> str:
    try:
        problems = _changed(config, text).problems()
    except ValueError as error:
        return str(error)
    return next(iter(problems.values()), "")

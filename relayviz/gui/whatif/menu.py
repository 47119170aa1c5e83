"""What-if in the window: the log's menu on a step, and the questions it asks."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from relayviz.gui.notice import Level
from relayviz.gui.prompts.prompts import Prompt, Question
from relayviz.gui.whatif.orders import Orders
from relayviz.gui.whatif.undo import BUSY, Undo, history_of, moment_of
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.engine.protocol import OpenError
from relayviz.model.engine.whatif import rewrite, swapped, with_channel
from relayviz.model.history.step import Step
from relayviz.model.plain import digits
from relayviz.model.session.line import LineError, normal, read_line, write_line
from relayviz.model.session.session import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QMenu, QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.sessions.insides import Insides
    from relayviz.model.channel.operation import Operation

_CHANNEL = ("subbuf_size", "n_subbufs", "mode", "header")
_NO_SOURCES: dict[str, str] = {}


class WhatIf(Undo):
    """Edits the past of the channel shown, each time on a branch with a name."""

    def __init__(self, controller: Controller, insides: Insides, window: QWidget) -> None:
        super().__init__(controller, window)
        self._orders = Orders(self, controller, insides, window)

    @Slot(object, object)
    def add_to(self, menu: QMenu, step: object) -> None:
        """Add to a menu what can be done with a step of the branch shown; nothing else is known."""
        engine, shown = self._controller.stepped, self._acted
        if not isinstance(step, Step) or shown is None:
            return
        history = history_of(shown)
        line = history.line_of(step.branch)
        if line != history.lines[0].number:
            title = history.branches[line].title
            menu.addSeparator()
            menu.addAction(f"Delete {title}", lambda: self.delete_branch(line))
        if not history.on_path(step, shown.snapshot.branch):
            return
        if engine is None:
            self._orders.add_to(menu, step)
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

    def _rewrite(self, step: Step, new: Sequence[Operation], taken: int, title: str) -> None:
        engine = self._controller.stepped
        if engine is None:
            return
        if engine.busy:
            self._controller.notify(BUSY, Level.ERROR)
            return
        before, shown = moment_of(engine), engine.snapshot
        if not rewrite(engine, Place(shown.branch, step.depth), new, taken, title):
            engine.seek(step.depth - 1)
            self._controller.notify("Nothing comes after it: this is the state without it.")
            return
        self.remember(engine, before, title)
        self._controller.notify(f"What if: {title}. Ctrl+Z goes back to where you were.")

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
            self._orders.ask_channel()
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

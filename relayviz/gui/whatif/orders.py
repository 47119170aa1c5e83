"""What-if inside operations: another order of the actors' steps, another rule or channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.gui.notice import Level, Notice
from relayviz.gui.prompts.prompts import Prompt, Question
from relayviz.gui.whatif.undo import BUSY, Undo, moment_of
from relayviz.model.inside.acting import acting
from relayviz.model.inside.steps.whatif import CHANNEL, actors_of, by_stops, changed, rewritten
from relayviz.model.inside.writing import dumps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QMenu, QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.tab import Tab
    from relayviz.gui.sessions.insides import Insides
    from relayviz.model.history.step import Step
    from relayviz.model.inside.acting import ActingEngine
    from relayviz.model.inside.program import InsideSession


class Orders:
    """Offers other orders for a step, and plays them on a branch with a name.

    Args:
        undo: Remembers where one was.
        controller: The channels.
        insides: Opens other channels.
        window: Asks the questions.
    """

    def __init__(
        self, undo: Undo, controller: Controller, insides: Insides, window: QWidget
    ) -> None:
        self._undo, self._controller = undo, controller
        self._insides, self._window = insides, window

    def add_to(self, menu: QMenu, step: Step) -> None:
        """Add to a menu what can be done with a step of the branch shown."""
        engine = acting(self._controller.shown)
        if engine is None or not step.depth:
            return
        branch, number = engine.snapshot.branch, step.depth
        mine, *after = actors_of(engine, branch, number)
        menu.addSeparator()
        menu.addAction("What if: skip it", lambda: self.skip(number))
        if after and after[0] != mine:
            menu.addAction("What if: after the next one", lambda: self.later(number))
        others = [one.name for one in engine.session.actors if one.name != mine]
        if others:
            before = menu.addMenu("What if: before it a step of")
            for name in others:
                before.addAction(name, lambda name=name: self.insert(number, name))

    def skip(self, number: int) -> None:
        """Make every step but one."""
        self._rewrite(number, [], 1, f"without step {number}")

    def later(self, number: int) -> None:
        """Make a step after the next one, which is another actor's."""
        engine = acting(self._controller.shown)
        if engine is not None:
            mine, after = actors_of(engine, engine.snapshot.branch, number, number + 1)
            self._rewrite(number, [after, mine], 2, f"step {number} after {number + 1}")

    def insert(self, number: int, actor: str) -> None:
        """Let another actor make a step before one."""
        self._rewrite(number, [actor], 0, f"before step {number} a step of {actor}")

    def _rewrite(self, number: int, new: Sequence[str], taken: int, title: str) -> None:
        engine = acting(self._controller.shown)
        if engine is None:
            return
        if engine.busy:
            self._controller.notify(BUSY, Level.ERROR)
            return
        before, branch = moment_of(engine), engine.snapshot.branch
        actors = rewritten(engine, branch, number, new, taken)
        if actors is None:
            self._nothing_other(engine, number)
            return
        engine.follow(branch, number - 1, actors, title)
        self._undo.remember(engine, before, title)
        self._tell(
            f"What if: {title}. Ctrl+Z goes back to where you were.", number - 1 + len(actors)
        )

    def _nothing_other(self, engine: ActingEngine, number: int) -> None:
        engine.seek(number - 1)
        words = "Nobody else moves after it: this is the state without it, no other order."
        self._tell(words, number - 1)

    def _tell(self, words: str, step: int) -> None:
        """Say something of a step that is going to be shown."""
        self._controller.notified.emit(Notice(words, Level.INFO, step))

    # ---------------------------------------------------------------- another channel

    def ask_channel(self) -> None:
        """Ask for another rule or channel, and lead there to the like of the step shown."""
        engine = acting(self._controller.shown)
        if engine is None:
            return
        session = engine.session

        def problem(_controller: Controller, text: str) -> str:
            try:
                changed(session, text)
            except ValueError as error:
                return str(error)
            return ""

        question = Question(
            "What if the channel were",
            "Its rule, sizes, mode and header:",
            problem,
            lambda _controller, _text: "The actors run to the same stops, in a new tab.",
            lambda _controller, text: self.change_channel(text),
            lambda _controller: _channel(session),
        )
        Prompt(question, self._controller, self._window).open()

    def change_channel(self, text: str) -> None:
        """Lead to the like of the step shown in a new tab, changed by "name=value …"."""
        engine, tab = acting(self._controller.shown), self._controller.tab
        if engine is None or tab is None:
            return
        shown = engine.snapshot
        session = replace(changed(engine.session, text), digest="", code=())
        now = _channel(engine.session).split()
        others = " ".join(part for part in text.split() if part not in now) or "the same"
        lines = by_stops(engine, shown.branch, shown.step)

        def opened(other: Tab) -> None:
            if other.acting is not None:
                other.acting.end()

        self._insides.open_text(dumps(session, lines), f"{others}: {tab.title}"[:60], opened)


def _channel(session: InsideSession) -> str:
    """Return "name=value …" of a session."""
    values = (f"{name}={getattr(session.config, name)}" for name in CHANNEL[1:])
    return " ".join([f"rule={session.rule}", *values])

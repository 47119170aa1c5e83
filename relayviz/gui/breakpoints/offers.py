"""From data to a breakpoint or a watch: what menus on figures and steps offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.channel.operation import ON_ONE_CPU
from relayviz.model.condition.breakpoint import Breakpoint, On

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from relayviz.gui.desk.notebook import Notebook
    from relayviz.model.history.history import Step
    from relayviz.model.inside.acting import ActingEngine


def offer_for_figure(menu: QMenu, notebook: Notebook, figure: str, now: int | None) -> None:
    """Offer to stop at a figure or to plot it.

    Args:
        menu: Where.
        notebook: Keeps what is chosen.
        figure: As conditions name it, "offset[0]".
        now: What it is at the step shown; None: that is not known.
    """

    def stop(text: str) -> None:
        notebook.add_breakpoint(Breakpoint(On.WHEN, notebook.condition(text).text))

    menu.addAction(f"Stop when {figure} changes", lambda: stop(f"changed({figure})"))
    if now is not None:
        menu.addAction(f"Stop when {figure} == {now}", lambda: stop(f"{figure} == {now}"))
    menu.addAction(f"Watch {figure}", lambda: notebook.add_watch(figure))


def offer_for_step(menu: QMenu, notebook: Notebook, step: Step) -> None:
    """Offer to stop at steps like this one."""
    operation = step.operation
    kind = operation.kind.value
    everywhere = Breakpoint(On.OPERATION, kind)
    menu.addAction(f"Stop at each {kind}", lambda: notebook.add_breakpoint(everywhere))
    if operation.kind in ON_ONE_CPU:
        here = Breakpoint(On.OPERATION, kind, operation.cpu)
        menu.addAction(f"Stop at {here.title}", lambda: notebook.add_breakpoint(here))


def offer_for_micro_step(menu: QMenu, notebook: Notebook, engine: ActingEngine, step: Step) -> None:
    """Offer to stop where the actor of a step inside an operation goes on, or comes to its stop."""

    def stop(text: str) -> None:
        notebook.add_breakpoint(Breakpoint(On.WHEN, notebook.condition(text).text))

    actor, at = engine.actor_of(step.id), engine.stop_of(step.id)
    if actor >= 0:
        name = engine.session.actors[actor].name
        menu.addAction(f"Stop where {name} goes on", lambda: stop(f"actor == {name!r}"))
    if at:
        menu.addAction(f"Stop where somebody comes to {at}", lambda: stop(f"stop == {at!r}"))

"""What the user can have actors do: the commands of the Inside menu, keys and buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.inside.finding import FindDialog
from relayviz.gui.inside.until import UntilDialog
from relayviz.model.inside.acting import acting

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from relayviz.gui.desk.controller import Controller
    from relayviz.model.inside.acting import ActingEngine
    from relayviz.model.inside.scene import Scene


def chosen(controller: Controller, scene: Scene) -> str:
    """Return the actor that Source follows: the one chosen, or who moved last, or the first."""
    name = controller.tab.actor if controller.tab is not None else ""
    if scene.of(name) is not None:
        return name
    return scene.actor or (scene.actors[0].name if scene.actors else "")


def choose(controller: Controller, name: str) -> None:
    """Have Source follow an actor."""
    if controller.tab is not None and controller.tab.actor != name:
        controller.tab.actor = name
        controller.selection_changed.emit(*controller.selection)


def step(controller: Controller, number: int) -> None:
    """Let an actor make a step; say why it cannot."""
    engine = acting(controller.shown)
    if engine is None:
        return
    actors = engine.session.actors
    if number >= len(actors):
        controller.notify(f"There is no actor {number + 1}: there are {len(actors)}.")
        return
    name = actors[number].name
    choose(controller, name)
    _remember(controller, engine, name, f"step of {name}")
    engine.act(name)


def _remember(controller: Controller, engine: ActingEngine, name: str, title: str) -> None:
    """Have it undone later; what cannot be done is nothing to be undone."""
    stand = engine.scene.of(name)
    if stand is not None and (stand.can_move or engine.busy):
        controller.acting.emit(title)


def run(controller: Controller, name: str = "", stop: str = "", until: str = "") -> None:
    """Let an actor go on to the end of its operation, to a stop, or until a condition holds."""
    engine = acting(controller.shown)
    if engine is not None:
        name = name or chosen(controller, engine.scene)
        choose(controller, name)
        where = f"until {until}" if until else f"to {stop}" if stop else "to the end"
        _remember(controller, engine, name, f"{name} {where}")
        engine.run(name, stop, until)


def ask_until(controller: Controller, name: str, window: QWidget) -> None:
    """Ask to which stop an actor shall go on, or until when."""
    engine = acting(controller.shown)
    if engine is not None:
        dialog = UntilDialog(engine, name or chosen(controller, engine.scene), window)
        dialog.wanted.connect(lambda who, stop, until: run(controller, who, stop, until))
        dialog.open()


def find(controller: Controller, window: QWidget) -> None:
    """Ask whether there is a schedule in which something holds."""
    engine = acting(controller.shown)
    if engine is not None:
        FindDialog(controller, engine, window).open()

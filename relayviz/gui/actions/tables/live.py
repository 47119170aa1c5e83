"""Menu Live: a channel that runs by itself, and the way to it and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.when import has_channel
from relayviz.gui.desk.tab import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.actions.action import Shell


def _side(side: Side, title: str, tip: str, key: str) -> Action:
    return Action(
        f"side.{side}",
        title,
        tip,
        Menu.LIVE,
        lambda shell: shell.controller.running.show(side),
        (key,),
        when=has_channel,
        checked=lambda shell: shell.controller.running.side is side,
    )


def _load(place: str) -> Callable[[Shell], None]:
    return lambda shell: shell.controller.dock_wanted.emit("load", place)


def is_running(shell: Shell) -> bool:
    """Whether the threads of the channel shown are at work."""
    return shell.controller.running.is_running


LIVE = (
    _side(Side.STEP, "Step &by hand", "Pause the live channel and step it from here.", "Ctrl+1"),
    _side(
        Side.LIVE, "&Live", "Run the channel under a load of its own, or go back to it.", "Ctrl+2"
    ),
    Action(
        "live.run",
        "&Run or pause",
        "Let the writers and readers work, or stop them all at once.",
        Menu.LIVE,
        lambda shell: shell.controller.running.toggle(),
        ("Space",),
        bar=Bar.LIVE,
        button="▶ Run",
        when=has_channel,
        separated=True,
        side=Side.LIVE,
    ),
    Action(
        "live.step",
        "Step &from here",
        "Pause, and step the channel by hand in exactly this state.",
        Menu.LIVE,
        lambda shell: shell.controller.running.step_from_here(),
        ("F11",),
        bar=Bar.LIVE,
        when=has_channel,
        side=Side.LIVE,
    ),
    Action(
        "live.break",
        "Break &on…",
        "Say what shall stop all threads at once, such as the first loss.",
        Menu.LIVE,
        lambda shell: shell.break_on(),
        ("F9",),
        bar=Bar.LIVE,
        when=has_channel,
        side=Side.LIVE,
    ),
    Action(
        "live.writers",
        "Change &writers",
        "Go to what is written in the dock “Load”.",
        Menu.LIVE,
        _load("writing"),
        ("Ctrl+E",),
        separated=True,
        side=Side.LIVE,
    ),
    Action(
        "live.readers",
        "&Change readers",
        "Go to how it is consumed in the dock “Load”.",
        Menu.LIVE,
        _load("reading"),
        ("Ctrl+D",),
        side=Side.LIVE,
    ),
    Action(
        "live.flush",
        "Change fl&ush",
        "Go to how often relay_flush is called in the dock “Load”.",
        Menu.LIVE,
        _load("flush"),
        ("Ctrl+U",),
        side=Side.LIVE,
    ),
    Action(
        "live.advise",
        "&Advise sizes",
        "Look for sizes that lose nothing at this load; what was tried becomes a finding.",
        Menu.LIVE,
        lambda shell: shell.controller.running.advise(),
        ("Ctrl+I",),
        when=has_channel,
        separated=True,
        side=Side.LIVE,
    ),
)

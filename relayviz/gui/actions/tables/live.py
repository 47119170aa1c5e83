"""Menu Live: a channel that runs by itself, and the way to it and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.when import has_channel
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from relayviz.gui.actions.action import Shell
    from relayviz.model.engine.catalogue import EngineKind

LAST_KEY = 9


def _engine(kind: EngineKind, number: int) -> Action:
    return Action(
        f"engine.{kind.id}",
        kind.command,
        kind.effect,
        Menu.LIVE,
        lambda shell: shell.controller.running.show(kind.id),
        (f"Ctrl+{number}",) if number <= LAST_KEY else (),
        when=lambda shell: _is_offered(shell, kind),
        checked=lambda shell: shell.controller.running.kind == kind.id,
    )


def _is_offered(shell: Shell, kind: EngineKind) -> bool:
    return has_channel(shell) and kind in shell.controller.running.kinds


def engine_actions(kinds: Iterable[EngineKind]) -> tuple[Action, ...]:
    """Return a row for each kind of engine that a channel can be shown by."""
    return tuple(_engine(kind, number) for number, kind in enumerate(kinds, 1))


def _load(place: str) -> Callable[[Shell], None]:
    return lambda shell: shell.controller.dock_wanted.emit("load", place)


def is_running(shell: Shell) -> bool:
    """Whether the threads of the channel shown are at work."""
    return shell.controller.running.is_running


LIVE = (
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
        needs=(Can.RUN,),
    ),
    Action(
        "live.watch",
        "Look or &pause looking",
        "Look at the channel all the time, or keep what is shown. Its writers go on.",
        Menu.LIVE,
        lambda shell: shell.kernels.toggle_watch(),
        ("Space",),
        when=has_channel,
        needs=(Can.WATCH,),
    ),
    Action(
        "live.pace",
        "How often to look",
        "Go to how often it is looked at in the dock “Looks”.",
        Menu.LIVE,
        lambda shell: shell.controller.dock_wanted.emit("looks", "hz"),
        when=has_channel,
        needs=(Can.WATCH,),
    ),
    Action(
        "live.step",
        "Step &from here",
        "Step a channel in this state by hand. A live one pauses; others go on.",
        Menu.LIVE,
        lambda shell: shell.controller.running.step_from_here(),
        ("F11",),
        bar=Bar.LIVE,
        when=has_channel,
        needs=(Can.HAND_OVER,),
    ),
    Action(
        "live.break",
        "Break &on…",
        "Say what shall stop the run at once, such as the first loss.",
        Menu.LIVE,
        lambda shell: shell.break_on(),
        ("F9",),
        bar=Bar.LIVE,
        when=has_channel,
        needs=(Can.RUN,),
    ),
    Action(
        "live.writers",
        "Change &writers",
        "Go to what is written in the dock “Load”.",
        Menu.LIVE,
        _load("writing"),
        ("Ctrl+E",),
        separated=True,
        needs=(Can.RUN,),
    ),
    Action(
        "live.readers",
        "&Change readers",
        "Go to how it is consumed in the dock “Load”.",
        Menu.LIVE,
        _load("reading"),
        ("Ctrl+R",),
        needs=(Can.RUN,),
    ),
    Action(
        "live.flush",
        "Change fl&ush",
        "Go to how often relay_flush is called in the dock “Load”.",
        Menu.LIVE,
        _load("flush"),
        ("Ctrl+U",),
        needs=(Can.RUN,),
    ),
    Action(
        "live.advise",
        "Advise si&zes",
        "Look for sizes that lose nothing at this load; what was tried becomes a finding.",
        Menu.LIVE,
        lambda shell: shell.controller.running.advise(),
        ("Ctrl+I",),
        when=has_channel,
        separated=True,
        needs=(Can.RUN,),
    ),
    Action(
        "live.sweep",
        "Swe&ep…",
        "See which share of the events channels of many sizes and modes lose under loads.",
        Menu.LIVE,
        lambda shell: shell.sweep(),
        ("Ctrl+Alt+W",),
    ),
)

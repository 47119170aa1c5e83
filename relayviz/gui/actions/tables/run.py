"""Menus Run and Inside: through the history, and actors that step through the core's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.tables.session import RUN_TO
from relayviz.gui.actions.what import ask, on
from relayviz.gui.actions.when import has_channel, has_future, has_past, is_open, is_stalled
from relayviz.gui.desk import commands
from relayviz.gui.inside import going
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from relayviz.gui.actions.action import Shell

#: What has moments one behind the other: steps, micro-steps, records, frames.
MOMENTS = (Can.SEEK, Can.INSIDE, Can.TAPE, Can.PLAY)
RUN = (
    Action(
        "run.home",
        "&Home",
        "Show the channel as it was just after opening, or how a capture or recording begins.",
        Menu.RUN,
        on(commands.home),
        ("Home",),
        "home",
        Bar.HISTORY,
        when=has_past,
        needs=MOMENTS,
    ),
    Action(
        "run.back",
        "&Back",
        "Show the state before the last operation, record or frame.",
        Menu.RUN,
        on(commands.back),
        ("Shift+F11", "Alt+Left"),
        "back",
        Bar.HISTORY,
        when=has_past,
        needs=MOMENTS,
    ),
    Action(
        "run.forward",
        "&Step",
        "Show the state after the next operation, record or frame.",
        Menu.RUN,
        on(commands.forward),
        ("F11", "Alt+Right"),
        "forward",
        Bar.HISTORY,
        when=has_future,
        needs=MOMENTS,
    ),
    Action(
        "run.end",
        "&End",
        "Show the newest state of this branch, or how a capture or recording ends.",
        Menu.RUN,
        on(commands.end),
        ("End",),
        "end",
        Bar.HISTORY,
        when=has_future,
        needs=MOMENTS,
    ),
    Action(
        "run.goto",
        "&Go to step…",
        "Show a step of this branch by its number.",
        Menu.RUN,
        ask("step"),
        ("Ctrl+G",),
        when=has_channel,
        separated=True,
        needs=(Can.SEEK, Can.INSIDE),
    ),
    Action(
        "run.give-up",
        "Gi&ve up",
        "Go on without a Python subbuf_start that does not return.",
        Menu.RUN,
        on(commands.give_up),
        ("Ctrl+.",),
        when=is_stalled,
        needs=(Can.STEP, Can.INSIDE),
    ),
    *RUN_TO,
    Action(
        "run.compare",
        "Com&pare…",
        "Do the same operations in a second channel of another mode or other sizes, side by side.",
        Menu.RUN,
        lambda shell: shell.compare(),
        ("Ctrl+D",),
        when=has_channel,
        separated=True,
        needs=(Can.STEP,),
    ),
)

KEYS = 9


def _step(number: int) -> Action:
    return Action(
        f"inside.step-{number}",
        f"Step actor &{number}",
        f"Let actor {number} of the Actors dock go on to its next stop.",
        Menu.INSIDE,
        lambda shell: going.step(shell.controller, number - 1),
        (str(number),),
        when=has_channel,
        separated=number == 1,
        needs=(Can.INSIDE,),
    )


def _came_from_steps(shell: Shell) -> bool:
    tab = shell.controller.tab
    return tab is not None and tab.outside is not None


INSIDE = (
    Action(
        "inside.into",
        "Step &into the next operation",
        "Show the next operation from the inside: who can come in between, at each of its stops.",
        Menu.INSIDE,
        lambda shell: shell.desk.insides.step_into(),
        ("Alt+F11",),
        when=is_open,
        needs=(Can.STEP,),
    ),
    Action(
        "inside.out",
        "&Back to the steps outside",
        "Show the channel that was stepped into.",
        Menu.INSIDE,
        lambda shell: shell.desk.insides.step_out(),
        ("Alt+Shift+F11",),
        when=_came_from_steps,
        needs=(Can.INSIDE,),
    ),
    Action(
        "inside.run",
        "Run to the &end of the operation",
        "Let the actor that Source follows go on to the end of its operation, or to a breakpoint.",
        Menu.INSIDE,
        lambda shell: going.run(shell.controller),
        ("E",),
        when=has_channel,
        separated=True,
        needs=(Can.INSIDE,),
    ),
    Action(
        "inside.until",
        "Run to a stop or con&dition…",
        "Let the actor that Source follows go on to a stop, or until a condition holds.",
        Menu.INSIDE,
        lambda shell: shell.desk.insides.ask_until(),
        ("T",),
        when=has_channel,
        needs=(Can.INSIDE,),
    ),
    Action(
        "inside.find",
        "&Find a schedule…",
        "Ask whether there is any order of the actors' steps in which something holds.",
        Menu.INSIDE,
        lambda shell: shell.desk.insides.find(),
        ("Ctrl+Alt+F",),
        when=has_channel,
        needs=(Can.INSIDE,),
    ),
    *map(_step, range(1, KEYS + 1)),
)

"""Menu Run: through the history."""

from __future__ import annotations

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.tables.session import RUN_TO
from relayviz.gui.actions.what import ask, on
from relayviz.gui.actions.when import has_channel, has_future, has_past, is_stalled
from relayviz.gui.desk import commands
from relayviz.model.engine.protocol import Can

#: What has moments one behind the other: steps, records, frames.
MOMENTS = (Can.SEEK, Can.TAPE, Can.PLAY)

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
    ),
    Action(
        "run.give-up",
        "Gi&ve up",
        "Go on without a Python subbuf_start that does not return.",
        Menu.RUN,
        on(commands.give_up),
        ("Ctrl+.",),
        when=is_stalled,
        needs=(Can.STEP,),
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

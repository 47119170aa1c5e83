"""Menu File."""

from __future__ import annotations

from relayviz.gui.actions.action import Action, Menu
from relayviz.gui.actions.tables.session import LESSONS, SESSION
from relayviz.gui.actions.what import on
from relayviz.gui.actions.when import has_channel, has_several_tabs
from relayviz.gui.desk import commands
from relayviz.model.engine.protocol import Can

FILE = (
    Action(
        "file.new",
        "&New channel…",
        "Choose sizes, CPUs and mode, and open a channel in a new tab.",
        Menu.FILE,
        lambda shell: shell.new_channel(),
        ("Ctrl+N",),
        "new",
    ),
    Action(
        "file.other-mode",
        "New channel with the &other mode",
        "Open a second channel in the other mode and repeat the same operations there.",
        Menu.FILE,
        on(commands.other_mode),
        ("Ctrl+Shift+N",),
        when=has_channel,
        needs=(Can.STEP,),
    ),
    *SESSION,
    *LESSONS,
)
CLOSING = (
    Action(
        "file.close-tab",
        "&Close tab",
        "Close the channel's tab and forget its history.",
        Menu.FILE,
        on(commands.close_tab),
        ("Ctrl+W",),
        when=has_channel,
        separated=True,
    ),
    Action(
        "file.next-tab",
        "Ne&xt tab",
        "Show the next open channel.",
        Menu.FILE,
        on(commands.step_tab(1)),
        ("Ctrl+PgDown",),
        when=has_several_tabs,
    ),
    Action(
        "file.previous-tab",
        "&Previous tab",
        "Show the previous open channel.",
        Menu.FILE,
        on(commands.step_tab(-1)),
        ("Ctrl+PgUp",),
        when=has_several_tabs,
    ),
    Action(
        "file.quit",
        "&Quit",
        "Close all channels and end the program.",
        Menu.FILE,
        lambda shell: shell.close(),
        ("Ctrl+Q",),
        separated=True,
    ),
)

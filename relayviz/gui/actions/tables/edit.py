"""Menu Edit: what is chosen."""

from __future__ import annotations

from relayviz.gui.actions.action import Action, Menu
from relayviz.gui.actions.tables.session import COPY_AS, COPY_LINES, UNDO
from relayviz.gui.actions.what import on
from relayviz.gui.actions.when import has_channel
from relayviz.gui.desk import commands
from relayviz.model.engine.protocol import Can

EDIT = (
    Action(
        "edit.palette",
        "Command &palette…",
        "Find any command by a few letters of its name.",
        Menu.EDIT,
        lambda shell: shell.show_palette(),
        ("Ctrl+Shift+P", "Ctrl+P"),
        "palette",
    ),
    Action(
        "edit.copy",
        "&Copy",
        "Copy what is selected in the table or the bytes that have the keyboard.",
        Menu.EDIT,
        lambda shell: shell.copy(),
        ("Ctrl+C",),
        separated=True,
    ),
    *COPY_AS,
    COPY_LINES,
    *UNDO,
    Action(
        "edit.letters",
        "&Letters do operations",
        "Let W write, D read and so on; without it only menus, buttons and keys with Ctrl act.",
        Menu.EDIT,
        lambda shell: shell.toggle_letters(),
        checked=lambda shell: shell.letters_act,
        separated=True,
    ),
    Action(
        "edit.next-cpu",
        "Next CP&U",
        "Choose the next CPU.",
        Menu.EDIT,
        on(commands.step_cpu(1)),
        ("]",),
        when=has_channel,
        separated=True,
    ),
    Action(
        "edit.previous-cpu",
        "P&revious CPU",
        "Choose the previous CPU.",
        Menu.EDIT,
        on(commands.step_cpu(-1)),
        ("[",),
        when=has_channel,
    ),
    Action(
        "edit.all-cpus",
        "On &all CPUs",
        "Do the next operations on every CPU, not only the chosen one.",
        Menu.EDIT,
        on(commands.toggle_all_cpus),
        ("A",),
        checked=lambda shell: shell.controller.inputs.all_cpus,
        needs=(Can.STEP,),
    ),
    Action(
        "edit.next-subbuf",
        "&Next sub-buffer",
        "Select the next sub-buffer of the ring.",
        Menu.EDIT,
        on(commands.step_subbuf(1)),
        (".",),
        when=has_channel,
        separated=True,
    ),
    Action(
        "edit.previous-subbuf",
        "Previous &sub-buffer",
        "Select the previous sub-buffer of the ring.",
        Menu.EDIT,
        on(commands.step_subbuf(-1)),
        (",",),
        when=has_channel,
    ),
)

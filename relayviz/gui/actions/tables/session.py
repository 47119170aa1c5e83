"""Menus File and Run: sessions, and through the history by what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.what import ask
from relayviz.gui.actions.when import has_bytes, has_channel
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from relayviz.gui.actions.action import Shell


def is_stepped(shell: Shell) -> bool:
    """Whether a channel is shown that is stepped."""
    return has_channel(shell) and shell.controller.stepped is not None


def can_be_saved(shell: Shell) -> bool:
    """Whether a channel is shown whose steps can be saved."""
    return has_channel(shell) and (is_stepped(shell) or shell.desk.insides.can_save)


COPY_AS = (
    Action(
        "edit.copy-c",
        "Copy as C program",
        "Copy the branch shown as a C program; it fails where something is not as expected.",
        Menu.EDIT,
        lambda shell: shell.desk.programs.copy("C"),
        when=is_stepped,
        separated=True,
    ),
    Action(
        "edit.copy-pytest",
        "Copy as py&test",
        "Copy the branch shown as a test in Python; it fails where something is not as expected.",
        Menu.EDIT,
        lambda shell: shell.desk.programs.copy("pytest"),
        when=is_stepped,
    ),
)

COPY_LINES = Action(
    "edit.copy-lines",
    "Copy as session l&ines",
    "Copy the steps to the end of the branch shown as lines of a schedule, with what is noted.",
    Menu.EDIT,
    lambda shell: shell.desk.programs.copy_lines(),
    when=has_channel,
    needs=(Can.INSIDE,),
)

SESSION = (
    Action(
        "file.open",
        "Op&en session…",
        "Open a saved session in a new tab.",
        Menu.FILE,
        lambda shell: shell.desk.ask_open(),
        ("Ctrl+O",),
        separated=True,
    ),
    Action(
        "file.recent",
        "Open &recent…",
        "Open a session that was opened or saved before.",
        Menu.FILE,
        lambda shell: shell.desk.ask_recent(),
        ("Ctrl+Shift+O",),
    ),
    Action(
        "file.open-kernel",
        "Open &kernel…",
        "Look at a real kernel's channels: a crash dump, a guest under QEMU, a live machine.",
        Menu.FILE,
        lambda shell: shell.kernels.ask(),
        ("Ctrl+Alt+O",),
    ),
    Action(
        "file.attach",
        "Attac&h to a process…",
        "Look at channels of other processes, running or dead, that are kept in folders.",
        Menu.FILE,
        lambda shell: shell.attached.ask(),
        ("Ctrl+Alt+A",),
    ),
    Action(
        "file.open-capture",
        "Open cap&ture…",
        "Open the files that blktrace, SystemTap or another consumer wrote, all of one together.",
        Menu.FILE,
        lambda shell: shell.captures.ask(),
        ("Ctrl+Alt+C",),
    ),
    Action(
        "file.open-folder",
        "Open captures in a fo&lder…",
        "Open all captures that are in a folder.",
        Menu.FILE,
        lambda shell: shell.captures.ask_folder(),
    ),
    Action(
        "file.open-struct",
        "Open capture by a C struct…",
        "Paste the struct of your own records: see how much of a file fits, and open it.",
        Menu.FILE,
        lambda shell: shell.captures.ask_struct(),
    ),
    Action(
        "file.open-layout",
        "Open capture by a layout…",
        "Open files of your own records by a layout that was saved.",
        Menu.FILE,
        lambda shell: shell.captures.ask_layout(),
    ),
    Action(
        "file.recent-capture",
        "Open recent capt&ure…",
        "Open a capture that was opened before.",
        Menu.FILE,
        lambda shell: shell.captures.ask_recent(),
    ),
    Action(
        "file.save-bytes",
        "Save the bytes as a capture…",
        "Save what is in the buffers, a file for each, and open it: a table of its records.",
        Menu.FILE,
        lambda shell: shell.captures.ask_save(),
        when=has_bytes,
    ),
    Action(
        "file.save-seen",
        "Save what is seen of a kernel…",
        "Save a small dump of it: memory of that kernel, of this channel what is in its buffers.",
        Menu.FILE,
        lambda shell: shell.kernels.ask_save(),
        needs=(Can.SAVE,),
    ),
    Action(
        "file.save",
        "&Save session",
        "Save the channel with everything that was done, in all branches, to its file.",
        Menu.FILE,
        lambda shell: shell.desk.save(),
        ("Ctrl+S",),
        when=can_be_saved,
    ),
    Action(
        "file.save-as",
        "Save session &as…",
        "Save the channel with everything that was done to another file.",
        Menu.FILE,
        lambda shell: shell.desk.ask_save(),
        ("Ctrl+Shift+S",),
        when=can_be_saved,
    ),
)

RUN_TO = (
    Action(
        "run.run",
        "R&un",
        "Go on to the next hit of a breakpoint, or to the end of the branch.",
        Menu.RUN,
        lambda shell: shell.controller.notebook.run(forward=True),
        ("F5",),
        "run",
        Bar.HISTORY,
        when=has_channel,
        separated=True,
    ),
    Action(
        "run.run-back",
        "Run bac&kwards",
        "Go back to the hit of a breakpoint before, or to the opening.",
        Menu.RUN,
        lambda shell: shell.controller.notebook.run(forward=False),
        ("Shift+F5",),
        when=has_channel,
    ),
    Action(
        "run.find",
        "&Find a step…",
        "Go to the first, last, next or previous step at which a condition holds.",
        Menu.RUN,
        lambda shell: shell.desk.places.find(),
        ("Ctrl+F",),
        when=has_channel,
    ),
    Action(
        "run.mark",
        "&Name this step…",
        "Give the step shown a name; it stands on the time line and is saved with the session.",
        Menu.RUN,
        ask("mark"),
        ("Ctrl+M",),
        when=has_channel,
        separated=True,
    ),
    Action(
        "run.marker",
        "Go to a na&med step…",
        "Choose among the steps that have names.",
        Menu.RUN,
        lambda shell: shell.desk.places.ask_marker(),
        ("Ctrl+Shift+M",),
        when=has_channel,
    ),
    Action(
        "run.branches",
        "Go to a b&ranch…",
        "Choose among the branches that acting in the past has made; Del deletes one.",
        Menu.RUN,
        lambda shell: shell.desk.places.ask_branch(shell.what_if.delete_branch),
        ("Ctrl+B",),
        when=has_channel,
    ),
    Action(
        "run.name-branch",
        "Name this branch…",
        "Give the branch shown a name; sessions keep it.",
        Menu.RUN,
        ask("branch"),
        when=has_channel,
        needs=(Can.STEP, Can.INSIDE),
    ),
    Action(
        "run.delete-branch",
        "Delete this branch",
        "Delete the branch shown with those that grew on it, and show where it began.",
        Menu.RUN,
        lambda shell: shell.what_if.delete_shown(),
        ("Ctrl+Shift+B",),
        when=has_channel,
        needs=(Can.STEP, Can.INSIDE),
    ),
    Action(
        "run.what-if",
        "&What if the channel were…",
        "Do the same on a channel with other sizes, another mode or header, or under another rule.",
        Menu.RUN,
        lambda shell: shell.what_if.ask_channel(),
        ("Ctrl+Shift+W",),
        when=has_channel,
        needs=(Can.STEP, Can.INSIDE),
    ),
    Action(
        "run.expect",
        "E&xpect here…",
        "Say what shall be true after the step shown; it is saved with the session.",
        Menu.RUN,
        ask("expect"),
        ("Ctrl+Shift+E",),
        when=has_channel,
    ),
    Action(
        "run.check",
        "&Check what is expected",
        "Find out whether everything is as expected, and go to the first step that is not.",
        Menu.RUN,
        lambda shell: shell.controller.notebook.check(),
        ("F8",),
        when=has_channel,
    ),
)

UNDO = (
    Action(
        "edit.undo",
        "Und&o",
        "Take back what was done last, by hand or as a what-if: its steps leave the log.",
        Menu.EDIT,
        lambda shell: shell.what_if.undo(),
        ("Ctrl+Z",),
        when=lambda shell: shell.what_if.can_undo,
        separated=True,
    ),
    Action(
        "edit.redo",
        "Re&do",
        "Bring back what was undone last, until something else is done.",
        Menu.EDIT,
        lambda shell: shell.what_if.redo(),
        ("Ctrl+Shift+Z",),
        when=lambda shell: shell.what_if.can_redo,
    ),
    Action(
        "edit.what-ifs",
        "What can be undone and redone…",
        "See what was done by hand in this channel in its order, and go back or forward to any.",
        Menu.EDIT,
        lambda shell: shell.what_if.ask_edit_list(),
        ("Ctrl+Alt+Z",),
        when=lambda shell: shell.what_if.can_undo or shell.what_if.can_redo,
    ),
)

LESSONS = (
    Action(
        "file.lesson",
        "&Write a lesson…",
        "Say and ask something at steps of this session: it becomes a lesson. Save keeps it.",
        Menu.FILE,
        lambda shell: shell.lessons.write(),
        ("Ctrl+Alt+L",),
        when=has_channel,
    ),
)

SCENARIOS = (
    Action(
        "help.lessons",
        "&Lessons…",
        "A course from one write to a race: predict what a channel does, then see it.",
        Menu.HELP,
        lambda shell: shell.lessons.show_courses(),
        ("Ctrl+Shift+L",),
    ),
    Action(
        "help.scenarios",
        "&Scenarios…",
        "Sessions that come with the program; each shows one thing.",
        Menu.HELP,
        lambda shell: shell.desk.show_scenarios(),
        ("Ctrl+L",),
    ),
)

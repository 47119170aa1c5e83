"""What an action is: a row of the tables beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from PySide6.QtGui import QKeySequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.attach import Attached
    from relayviz.gui.captures import Captures
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.exports.handed import HandedExport
    from relayviz.gui.kernels import Kernels
    from relayviz.gui.lesson import Lessons
    from relayviz.gui.recordings import Recordings
    from relayviz.gui.sessions import Desk
    from relayviz.gui.whatif.menu import WhatIf
    from relayviz.model.engine.protocol import Can


class Menu(StrEnum):
    """The menus, in order. A slash makes a menu inside another one."""

    FILE = "&File"
    EXPORT = "&File/&Export"
    EDIT = "&Edit"
    CHANNEL = "&Channel"
    CONSUMER = "Co&nsumer"
    RUN = "&Run"
    INSIDE = "&Inside"
    LIVE = "&Live"
    VIEW = "&View"
    THEME = "&View/&Theme"
    DOCKS = "&View/&Docks"
    HELP = "&Help"


class Bar(StrEnum):
    """Groups of buttons in the toolbar, in order."""

    HISTORY = "history"
    WRITER = "writer"
    READER = "reader"
    LIVE = "live"
    REPLAY = "replay"


STEP_BARS = (Bar.HISTORY, Bar.WRITER, Bar.READER)


class Player(Protocol):
    """Plays the recording shown, at the speed that was chosen."""

    def toggle(self, direction: int) -> None:
        """Play forwards (1) or backwards (-1); what plays so already stops."""


class Sized(Protocol):
    """How large everything is, and the layout for a class."""

    @property
    def is_presenting(self) -> bool:
        """Whether the layout is that for a class."""

    def larger(self) -> None:
        """Go to the next larger size."""

    def smaller(self) -> None:
        """Go to the next smaller size."""

    def usual(self) -> None:
        """Go back to the usual size."""

    def toggle_presentation(self) -> None:
        """Show rings, lesson and log, large and on the whole screen; or all as it was."""


class Shell(Protocol):
    """What actions may use: the controller, and what only the window can do."""

    @property
    def controller(self) -> Controller:
        """The channels and what is shown."""

    def show_help(self, page: str) -> None:
        """Open "keys", "words" or "about"."""

    def new_channel(self) -> None:
        """Ask what a new channel shall look like."""

    def ask(self, question: str) -> None:
        """Ask for one value: see prompts.QUESTIONS."""

    def show_palette(self) -> None:
        """Open the command palette."""

    def toggle_dock(self, dock: str) -> None:
        """Show a dock or hide it."""

    def dock_is_shown(self, dock: str) -> bool:
        """Whether a dock is there."""

    def focus_dock(self, dock: str) -> None:
        """Show a dock and give it the keyboard."""

    def export_view(self, dock: str) -> None:
        """Ask for a file, and write what a dock shows to it."""

    @property
    def handed(self) -> HandedExport:
        """Writes the channel shown for other programs."""

    def why(self) -> None:
        """Have what is at the cursor explain itself."""

    def compare(self) -> None:
        """Open the session shown beside the same with another mode or other sizes."""

    def sweep(self) -> None:
        """Open the window of sweeps."""

    def reset_layout(self) -> None:
        """Put all docks where they were at first."""

    letters_act: bool
    """Whether letters alone do operations."""

    def toggle_letters(self) -> None:
        """Have letters alone do operations, or not."""

    def choose_theme(self, choice: str) -> None:
        """Follow the desktop, or take one theme."""

    def toggle_full_screen(self) -> None:
        """Take the whole screen, or give it back."""

    def show_welcome(self) -> None:
        """Show the three sentences of the first start again."""

    def copy(self) -> None:
        """Copy what is selected where the keyboard is."""

    @property
    def what_if(self) -> WhatIf:
        """Edits the past."""

    @property
    def desk(self) -> Desk:
        """Opens and saves sessions."""

    @property
    def stage(self) -> Sized:
        """Makes everything larger or smaller."""

    @property
    def lessons(self) -> Lessons:
        """Opens lessons."""

    @property
    def kernels(self) -> Kernels:
        """Opens channels of real kernels."""

    @property
    def attached(self) -> Attached:
        """Opens channels of other processes."""

    @property
    def recordings(self) -> Recordings:
        """Records channels and opens recordings."""

    @property
    def replay(self) -> Player:
        """Plays the recording shown."""

    @property
    def captures(self) -> Captures:
        """Opens captures."""

    def break_on(self) -> None:
        """Ask what shall stop a running channel."""

    def close(self) -> bool:
        """End the program."""


def always(_shell: Shell) -> bool:
    """For actions that need nothing."""
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """A row of the table.

    Attributes:
        id: Its name in code and settings, "group.name".
        title: What menus and the palette call it; "…" at the end: it asks for more.
        tip: One sentence: what it does.
        menu: Where it stands.
        run: What it does.
        keys: Its shortcuts, the one shown first.
        icon: A name of resources/icons/actions.
        bar: Group of the toolbar, if it has a button.
        button: The button's text, if not the title.
        when: Whether it can be used now.
        checked: For what is on or off: which it is now.
        separated: A line goes before it in the menu.
        needs: It is for engines that can do one of these; nothing: for all. Two actions that no
            engine has both of may have the same key.
        hides: It is in no menu while the engine shown can do none of these.
    """

    id: str
    title: str
    tip: str
    menu: Menu
    run: Callable[[Shell], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    bar: Bar | None = None
    button: str = ""
    when: Callable[[Shell], bool] = always
    checked: Callable[[Shell], bool] | None = None
    separated: bool = False
    needs: tuple[Can, ...] = ()
    hides: bool = False

    @property
    def name(self) -> str:
        """The title without the mark of a menu's letter."""
        return self.title.replace("&", "")

    @property
    def is_typed(self) -> bool:
        """Whether a letter or digit alone may do an operation: who types text may mean none."""
        return self.id.startswith(("op.", "mode.", "inside."))

    def suits(self, can: frozenset[Can]) -> bool:
        """Return whether it is for an engine that can do something."""
        return not self.needs or not can.isdisjoint(self.needs)

    @property
    def menu_name(self) -> str:
        """The menu in words."""
        return self.menu.value.replace("&", "").replace("/", " → ")

    @property
    def key_name(self) -> str:
        """The first shortcut as people read it, or nothing."""
        if not self.keys:
            return ""
        return QKeySequence(self.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)

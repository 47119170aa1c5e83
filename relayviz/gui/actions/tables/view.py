"""Menu View: docks and colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Menu

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST_KEY = 10  # the digits are used up then


def _dock(identity: str, title: str, number: int) -> tuple[Action, Action]:
    return (
        Action(
            f"dock.{identity}",
            title,
            f"Show or hide the dock “{title}”.",
            Menu.DOCKS,
            lambda shell: shell.toggle_dock(identity),
            checked=lambda shell: shell.dock_is_shown(identity),
        ),
        Action(
            f"focus.{identity}",
            f"Go to {title}",
            f"Give the keyboard to the dock “{title}”.",
            Menu.VIEW,
            lambda shell: shell.focus_dock(identity),
            (f"Alt+{number % 10}",) if number <= LAST_KEY else (),
        ),
    )


def _theme(choice: str, title: str) -> Action:
    return Action(
        f"theme.{choice}",
        title,
        "Choose the colours of the window.",
        Menu.THEME,
        lambda shell: shell.choose_theme(choice),
        checked=lambda shell: shell.controller.themes.choice == choice,
    )


def dock_actions(titles: Mapping[str, str]) -> tuple[Action, ...]:
    """Return two rows for each dock, by its id and title."""
    numbered = enumerate(titles.items(), 1)
    return tuple(row for number, (dock, title) in numbered for row in _dock(dock, title, number))


VIEW = (
    Action(
        "view.reset",
        "&Reset layout",
        "Put all docks where they were at first.",
        Menu.VIEW,
        lambda shell: shell.reset_layout(),
        ("Ctrl+Alt+0",),
        separated=True,
    ),
    Action(
        "view.larger",
        "Lar&ger",
        "Make everything larger, up to 300 %.",
        Menu.VIEW,
        lambda shell: shell.stage.larger(),
        ("Ctrl++", "Ctrl+="),
        separated=True,
    ),
    Action(
        "view.smaller",
        "&Smaller",
        "Make everything smaller, down to 75 %.",
        Menu.VIEW,
        lambda shell: shell.stage.smaller(),
        ("Ctrl+-",),
    ),
    Action(
        "view.usual",
        "&Usual size",
        "Give everything its usual size.",
        Menu.VIEW,
        lambda shell: shell.stage.usual(),
        ("Ctrl+0",),
    ),
    Action(
        "view.present",
        "&Presentation",
        "Show rings, lesson and log alone, large, on the whole screen; once more: all as it was.",
        Menu.VIEW,
        lambda shell: shell.stage.toggle_presentation(),
        ("F10",),
        checked=lambda shell: shell.stage.is_presenting,
    ),
    Action(
        "view.full",
        "&Full screen",
        "Use the whole screen, or give it back.",
        Menu.VIEW,
        lambda shell: shell.toggle_full_screen(),
        ("Ctrl+F11",),
    ),
    _theme("system", "As the &desktop"),
    _theme("light", "&Light"),
    _theme("dark", "D&ark"),
    _theme("contrast", "High &contrast"),
)

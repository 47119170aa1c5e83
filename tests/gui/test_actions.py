"""The table of actions, and what is made from it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QIcon, QImage, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton

from relayviz.gui.actions import STEP_BARS, Menu, actions
from relayviz.gui.docks.docks import TELLS, TITLES
from relayviz.gui.help.pages import page
from relayviz.gui.look.icons import icon
from relayviz.gui.shell.engines import KINDS
from relayviz.gui.shell.palette import rank
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from relayviz.model.engine.catalogue import EngineKind
    from tests.gui.conftest import Driver

ACTIONS = actions(KINDS, TITLES, TELLS)
IDS = [action.id for action in ACTIONS]


@pytest.mark.parametrize("action", ACTIONS, ids=IDS)
def test_each_action_says_what_it_does(action) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    assert action.name.strip()
    assert action.tip.endswith(".")
    assert action.tip[0].isupper()
    assert all(not QKeySequence(key).isEmpty() for key in action.keys)


def test_names_and_keys_are_unique() -> None:
    for values in (IDS, [action.name for action in ACTIONS], *map(keys_of, KINDS)):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def keys_of(kind: EngineKind) -> list[str]:
    """The keys that mean something while an engine of a kind is shown."""
    here = [action for action in ACTIONS if action.suits(kind.can)]
    return [QKeySequence(key).toString() for action in here for key in action.keys]


def test_a_key_means_one_thing_whatever_is_shown() -> None:
    """F11 makes a step: of the history, or out of a channel that runs. Space pauses.

    Digits choose the mode, or the actor that makes a step: an engine has one of the two.
    """
    meanings = Counter(QKeySequence(key).toString() for action in ACTIONS for key in action.keys)
    assert [key for key, count in meanings.items() if count > 1] == [*"1234", "F11", "Space"]


def test_letters_of_a_menu_are_unique() -> None:
    for menu in Menu:
        titles = [action.title for action in ACTIONS if action.menu is menu]
        letters = [title[title.index("&") + 1].lower() for title in titles if "&" in title]
        doubled = [letter for letter, count in Counter(letters).items() if count > 1]
        assert doubled == [], menu


def test_every_kind_of_operation_can_be_asked_for(driver: Driver) -> None:
    done: set[Kind] = set()
    submit = driver.controller.submit

    def spy(*operations) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN002
        done.update(operation.kind for operation in operations)
        submit(*operations)

    driver.controller.submit = spy  # type: ignore[method-assign]
    for action in ACTIONS:
        if action.id.startswith(("op.", "mode.")) and not action.name.endswith("…"):
            driver.trigger(action.id)
    assert done == set(Kind) - {Kind.OPEN, Kind.LATE_SETUP}


def test_menus_have_every_action_once(driver: Driver) -> None:
    bar = driver.window.menuBar()
    shown = [
        action.objectName()
        for menu in bar.findChildren(QMenu)
        for action in menu.actions()
        if action.objectName()
    ]
    assert sorted(shown) == sorted(IDS)


def test_the_toolbar_has_its_buttons(driver: Driver) -> None:
    wanted = [action for action in ACTIONS if action.bar in STEP_BARS]
    assert len(wanted) >= 12
    for action in wanted:
        button = driver.button(action.id)
        assert button.isVisible()
        assert button.accessibleName() == action.name


def test_the_page_of_keys_has_every_action() -> None:
    text = page("keys", ACTIONS)
    assert [action.name for action in ACTIONS if action.name.split("’")[0] not in text] == []


def test_icons_that_are_named_exist(qapp: object) -> None:
    del qapp
    for action in ACTIONS:
        if action.icon:
            assert not icon(action.icon).isNull()
    with pytest.raises(FileNotFoundError, match="write"):
        icon("nonsense")


def test_icons_have_the_colours_of_the_theme_that_is_chosen(driver: Driver) -> None:
    """Of actions and of the buttons in bars, each time another one is chosen."""
    made, seen = driver.window.actions_made, []
    drawn = [action for action in ACTIONS if action.icon]
    for theme in ("light", "dark", "light"):
        driver.window.choose_theme(theme)
        for action in drawn:
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
                shown, wanted = made[action.id].icon(), icon(action.icon)
                assert picture(shown, mode) == picture(wanted, mode), action.id
        seen.append(picture(made[drawn[0].id].icon(), QIcon.Mode.Normal))
    assert seen[0] == seen[2] != seen[1]


def picture(shown: QIcon, mode: QIcon.Mode) -> QImage:
    return shown.pixmap(24, mode).toImage()


def test_ranking() -> None:
    by_id = {action.id: action for action in ACTIONS}
    assert rank(by_id["op.write"], "wri") == 0
    assert rank(by_id["op.write-text"], "text") == 1
    assert rank(by_id["op.write"], "zzzz") is None
    assert rank(by_id["op.write"], "rit") == 2
    assert rank(by_id["op.reset"], "rst") == 3
    assert rank(by_id["op.write"], by_id["op.write"].tip[2:]) == 4


def test_a_tip_says_why_an_action_cannot_be_used_and_only_then(driver: Driver) -> None:
    """A stepped channel takes operations and is sought; it does not run by itself."""
    can = driver.controller.can
    assert {Can.STEP, Can.SEEK} <= can
    assert Can.RUN not in can
    suited = {action.id for action in ACTIONS if not action.needs or set(action.needs) & can}
    assert 0 < len(suited) < len(ACTIONS)
    for action in ACTIONS:
        made = driver.window.actions_made[action.id]
        first, *reasons = made.toolTip().splitlines()
        assert first.startswith(action.tip)
        live = "Only for a live channel: Ctrl+2 shows it."
        other = "Not for a channel that is shown this way."
        reason = live if Can.RUN in action.needs else other
        assert reasons == ([] if action.id in suited else [reason]), action.id
        assert action.id in suited or not made.isEnabled()


def test_without_a_channel_nothing_is_done_to_one(driver: Driver) -> None:
    made = driver.window.actions_made
    of_channels = ("edit.next-cpu", "edit.copy-c", "op.write", "op.cpu-online")
    assert [made[identity].isEnabled() for identity in of_channels] == [True] * 4
    driver.controller.close_tab(0)
    driver.settle()
    assert [made[identity].isEnabled() for identity in of_channels] == [False] * 4


def test_brackets_choose_the_cpu_beside(driver: Driver) -> None:
    driver.controller.open_channel(ChannelConfig(cpus=5))
    driver.settle()
    chosen = []
    for identity in ["edit.next-cpu"] * 6 + ["edit.previous-cpu"] * 3:
        driver.trigger(identity)
        chosen.append(driver.controller.inputs.cpu)
    assert chosen == [1, 2, 3, 4, 0, 1, 0, 4, 3]
    assert driver.window.operations.cpu.value() == 3


def test_what_is_on_is_checked(driver: Driver) -> None:
    made = driver.window.actions_made["edit.all-cpus"]

    def shown() -> tuple[bool, bool]:
        return made.isChecked(), driver.controller.inputs.all_cpus

    assert made.isCheckable()
    assert shown() == (False, False)
    driver.trigger("edit.all-cpus")
    assert shown() == (True, True)
    driver.controller.set_inputs(all_cpus=False)
    assert shown() == (False, False)


def test_each_button_tells_what_it_does(driver: Driver) -> None:
    """But for those whose words say it all."""
    buttons = {
        button.text(): button.toolTip() for button in driver.window.findChildren(QPushButton)
    }
    assert {"Same as all", "Save as…", "Show me"} & buttons.keys()
    assert {text for text, tip in buttons.items() if not tip} <= {"Clear the filter", "Got it"}

"""What can be used, and what is checked, in each state that a channel can be in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.gui.docks.docks import TITLES
from relayviz.gui.shell.engines import KINDS
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.engine.protocol import Can
from tests.gui.whole.conftest import CONFIG

if TYPE_CHECKING:
    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

WRITE = Operation(Kind.WRITE, 0, 10)
PAST, FUTURE = {"run.home", "run.back"}, {"run.forward", "run.end"}
SLOT = {"op.fill", "op.fill-text"}
OPEN = {
    *("op.close", "op.cpu-online"),
    *("mode.no-overwrite", "mode.overwrite", "mode.default", "mode.python"),
}
TABS = {"file.next-tab", "file.previous-tab"}
UNDO = {"edit.undo", "edit.redo", "edit.what-ifs"}
NAMELESS = {"op.late-setup"}
GIVEN_UP = {"run.give-up"}
MARKED = {"recording.mark"}
SOMETIMES = PAST | FUTURE | SLOT | OPEN | TABS | UNDO | NAMELESS | GIVEN_UP | MARKED
ENGINES = {f"engine.{kind.id}" for kind in KINDS}
STEPPED_ONLY = {"file.save", "file.save-as", "edit.copy-c", "edit.copy-pytest", "file.other-mode"}


def usable(driver: Driver) -> set[str]:
    """Return which of the actions can be used that sometimes cannot."""
    driver.settle()
    return {name for name in SOMETIMES if driver.window.actions_made[name].isEnabled()}


def checked(driver: Driver) -> set[str]:
    """Return what is checked, but for the docks."""
    made = driver.window.actions_made
    names = (action.id for action in made.table if not action.id.startswith("dock."))
    return {name for name in names if made[name].isChecked()}


def test_what_a_stepped_channel_offers_in_each_state(driver: Driver) -> None:
    controller = driver.controller
    made = driver.window.actions_made
    assert usable(driver) == PAST | SLOT | OPEN  # the example
    rest = [action for action in made.table if action.id not in SOMETIMES | ENGINES]
    assert len(rest) > len(SOMETIMES)
    for action in rest:
        assert made[action.id].isEnabled() is action.suits(controller.can), action.id
    controller.open_channel(CONFIG)
    assert usable(driver) == OPEN | TABS
    controller.submit(WRITE, WRITE)
    assert usable(driver) == OPEN | TABS | PAST
    controller.seek(1)
    assert usable(driver) == OPEN | TABS | PAST | FUTURE
    controller.seek(0)
    assert usable(driver) == OPEN | TABS | FUTURE
    controller.seek(2)
    controller.submit(Operation(Kind.RESERVE, 0, 10))
    assert usable(driver) == OPEN | TABS | PAST | SLOT
    controller.submit(Operation(Kind.FILL, 0))
    assert usable(driver) == OPEN | TABS | PAST
    controller.submit(Operation(Kind.CLOSE))
    assert usable(driver) == TABS | PAST
    controller.open_channel(ChannelConfig(base_filename=None, cpus=2))
    assert usable(driver) == OPEN | TABS | NAMELESS
    controller.submit(Operation(Kind.LATE_SETUP, text="later"))
    assert usable(driver) == OPEN | TABS | PAST


def test_what_a_live_channel_offers(live: LiveDriver) -> None:
    made = live.window.actions_made
    live.open_live()
    for _ in ("running", "paused"):
        modes = {name for name in OPEN if name.startswith("mode.")} - {"mode.python"}
        assert usable(live) == TABS | modes
        for action in made.table:
            if action.id not in SOMETIMES | ENGINES:
                suits = action.suits(frozenset({Can.RUN, Can.HAND_OVER}))
                is_usable = suits and action.id not in STEPPED_ONLY
                assert made[action.id].isEnabled() is is_usable, action.id
        live.controller.running.toggle()


def test_what_is_checked_follows_a_channel_that_runs(live: LiveDriver) -> None:
    fake, made = live.open_live(mode=Mode.OVERWRITE), live.window.actions_made
    assert live.snapshot.runs
    assert made["mode.overwrite"].isChecked()
    newer = fake.snapshot.generation + 1
    fake.snapshot = replace(fake.snapshot, mode=Mode.NO_OVERWRITE, generation=newer)
    live.settle()
    live.take_turns()
    assert made["mode.no-overwrite"].isChecked()
    assert not made["mode.overwrite"].isChecked()


def test_docks_have_the_digits_as_keys(driver: Driver) -> None:
    made = driver.window.actions_made
    keys = [made[f"focus.{name}"].shortcut().toString() for name in TITLES]
    assert keys == [f"Alt+{digit}" for digit in "1234567890"] + [""] * (len(TITLES) - 10)


def test_what_is_on_is_checked_and_nothing_else(driver: Driver) -> None:
    usual = {"edit.letters", "theme.system", "engine.step", "mode.no-overwrite"}
    driver.controller.open_channel(CONFIG)
    driver.settle()
    assert checked(driver) == usual
    for mode in (Mode.OVERWRITE, Mode.DEFAULT):
        driver.trigger(f"mode.{mode}")
        assert checked(driver) == usual - {"mode.no-overwrite"} | {f"mode.{mode}"}
    driver.trigger("mode.no-overwrite")
    for theme in ("light", "dark"):
        driver.trigger(f"theme.{theme}")
        assert checked(driver) == usual - {"theme.system"} | {f"theme.{theme}"}
    driver.trigger("theme.system")
    for name in ("edit.letters", "edit.all-cpus"):
        driver.trigger(name)
        assert checked(driver) == usual ^ {name}
        driver.trigger(name)
    assert checked(driver) == usual


def test_a_dock_is_checked_while_it_is_there(driver: Driver) -> None:
    made, docks = driver.window.actions_made, driver.window.docks
    for name in TITLES:
        was = made[f"dock.{name}"].isChecked()
        assert was is not docks[name].isHidden()
        driver.trigger(f"dock.{name}")
        assert docks[name].isHidden() is was
        assert made[f"dock.{name}"].isChecked() is not was
        driver.trigger(f"focus.{name}")
        assert made[f"dock.{name}"].isChecked()
        assert docks[name].panel.isVisible()  # and not behind another one
        assert docks[name].isAncestorOf(driver.window.focusWidget())

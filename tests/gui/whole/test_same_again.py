"""What a dock shows depends on what there is to show, not on what it showed before.

Each test makes a detour and comes back; then every dock has to look as it did, to the pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtTest import QTest

from relayviz.gui.shell import app
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.why.why import Figure
from tests.gui.conftest import Driver
from tests.gui.live.conftest import LiveDriver
from tests.gui.whole.conftest import differing, fill, pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

OTHER = ChannelConfig(cpus=5, n_subbufs=8, subbuf_size=64, mode=Mode.OVERWRITE)
ASKED = Figure(0, "produced")


def to_another_step(driver: Driver) -> None:
    last = driver.snapshot.step
    for step in (0, 7, last - 1):
        driver.controller.seek(step)
        pictures(driver)
    driver.controller.seek(last)


def to_another_tab(driver: Driver) -> None:
    at = driver.controller.current
    driver.controller.open_channel(OTHER)
    driver.settle()
    pictures(driver)
    driver.controller.show_tab(at)
    driver.controller.ask_why(ASKED)  # which is not kept


def to_another_tab_unseen(driver: Driver) -> None:
    """The docks are hidden while the other channel is shown, and while it is closed."""
    at = driver.controller.current
    for frame in driver.window.docks.values():
        frame.hide()
    driver.controller.open_channel(OTHER)
    driver.settle()
    driver.controller.close_tab(driver.controller.current)
    driver.controller.show_tab(at)
    driver.settle()
    driver.controller.ask_why(ASKED)


def to_another_theme(driver: Driver) -> None:
    driver.window.choose_theme("light")
    pictures(driver)
    driver.window.choose_theme("dark")


def to_another_size(driver: Driver) -> None:
    usual = driver.window.size()
    driver.window.resize(1700, 1000)
    pictures(driver)
    driver.window.resize(usual)


def to_another_place(driver: Driver) -> None:
    chosen = driver.controller.selection
    driver.controller.select(2, 3)
    pictures(driver)
    driver.controller.select(*chosen)


STEPPED = (
    *(to_another_step, to_another_tab, to_another_tab_unseen),
    *(to_another_theme, to_another_size, to_another_place),
)
RUNNING = (to_another_tab, to_another_theme)


def changed_by(driver: Driver, detours: Sequence[Callable[[Driver], None]]) -> dict[str, list[str]]:
    """Return the docks that look otherwise after each of some detours."""
    to_another_theme(driver)  # each dock was in front once
    before, found = pictures(driver), {}
    for detour in detours:
        detour(driver)
        driver.settle()
        QTest.qWait(1)
        if isinstance(driver, LiveDriver):
            driver.fake.pause()  # for a state that is newer: plots ask for as many bins as fit then
            driver.settle()
        found[detour.__name__] = differing(before, pictures(driver))
    return {name: docks for name, docks in found.items() if docks}


def test_after_a_detour_each_dock_looks_as_before(stepped: Driver) -> None:
    assert changed_by(stepped, STEPPED) == {}


def test_after_a_detour_each_dock_of_a_paused_channel_looks_as_before(live: LiveDriver) -> None:
    live.open_live(cpus=3)
    live.run(60)
    live.controller.running.toggle()
    live.settle()
    assert not live.fake.running
    time_line = live.window.docks["timeline"]
    before = time_line.grab().toImage()
    to_another_tab(live)
    live.settle()
    assert time_line.grab().toImage() == before
    assert changed_by(live, RUNNING) == {}


def test_a_theme_that_is_chosen_later_looks_like_one_at_the_start(
    qapp: QApplication, tmp_path: Path
) -> None:
    shown = []
    for number, (first, last) in enumerate((("dark", "light"), ("light", "light"))):
        app.prepare(qapp)
        driver = Driver(tmp_path / str(number))
        driver.window.choose_theme(first)
        fill(driver)
        pictures(driver)
        driver.window.choose_theme(last)
        shown.append(pictures(driver))
        driver.end()
    # Qt moves the text of a browser by a pixel when a style is set once more
    assert set(differing(*shown)) <= {"why"}


def test_nothing_is_left_of_a_channel_that_was_closed(driver: Driver) -> None:
    def close() -> dict[str, QImage]:
        driver.window.desk.discard()
        while driver.controller.tabs:
            driver.controller.close_tab(0)
            driver.settle()
        told = {name: frame.panel.detail for name, frame in driver.window.docks.items()}
        del told["load"]  # a load is there before the channel that is put under it
        assert not any(told.values()), told
        return pictures(driver)

    pictures(driver)
    before = close()
    fill(driver)
    pictures(driver)
    assert differing(before, close()) == []

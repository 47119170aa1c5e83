"""A window that was switched to a theme looks like one that was opened in it, to the pixel."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from relayviz.gui.look import theme
from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Settings, Store
from relayviz.gui.sweep import SweepWindow
from tests.capture.test_truth import LOSSY, files
from tests.gui import live_fake
from tests.gui.conftest import Driver
from tests.gui.dragging import drop
from tests.gui.driven.moments import finish
from tests.gui.inside.seen import show
from tests.gui.lesson.test_lesson import LESSON, lesson_of, take
from tests.gui.live.conftest import LiveDriver
from tests.gui.test_compare import opened, settle
from tests.gui.whole.conftest import differing, fill, pictures
from tests.gui.whole.test_described import no_thread_left

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from relayviz.gui.look.theme import ThemeChoice

__all__ = ["no_thread_left"]  # a fixture
Scheme = Qt.ColorScheme
# Qt moves the text of a browser by a pixel when a style is set once more
MOVED = {"why"}
ROUNDED = {"log"}  # its scroll bar, where rows have several lines: how long all is, is estimated


def running(folder: Path) -> Driver:
    live_fake._serial = count()  # names of files are shown
    driver = LiveDriver(folder)
    driver.open_live(cpus=3)
    driver.run(60)
    driver.controller.running.toggle()
    driver.settle()
    return driver


def inside(folder: Path) -> Driver:
    driver = Driver(folder)
    show(driver, "torn-read")
    driver.controller.seek(3)
    return driver


def capture(folder: Path) -> Driver:
    driver = Driver(folder)
    assert drop(driver, files(LOSSY[0]))
    return driver


def lesson(folder: Path) -> Driver:
    driver = Driver(folder)
    take(driver, lesson_of(LESSON))
    return driver


def looked(driver: Driver) -> dict[str, QImage]:
    """Return what docks look like, and what is around them."""
    driver.settle()
    QTest.qWait(1)
    found = pictures(driver)
    driver.window.menuBar().setFocus()
    driver.settle()
    window = driver.window
    bars = (window.operations, window.live, window.replay, window.channels, window.statusBar())
    for bar in (*bars, window.menuBar()):
        found[type(bar).__name__] = bar.grab().toImage()
    return found


@pytest.mark.parametrize("make", [running, inside, capture, lesson])
def test_a_window_that_is_switched_looks_like_one_opened_so(
    qapp: QApplication, tmp_path: Path, make: Callable[[Path], Driver]
) -> None:
    shown = []
    ways: tuple[tuple[ThemeChoice, ...], ...] = (("light",), ("dark", "contrast", "light"))
    for first, *others in ways:
        folder = tmp_path / first
        folder.mkdir()
        Store(Settings, folder / "settings.json").save(Settings(theme=first))
        app.prepare(qapp)
        driver = make(folder)
        looked(driver)  # each dock has been in front once
        for name in others:
            driver.window.choose_theme(name)
        shown.append(looked(driver))
        driver.end()
    assert set(differing(*shown)) <= MOVED | ROUNDED


class Desktop:
    """Stands for Qt's application: a desktop that is light or dark, and says when that changes."""

    def __init__(self) -> None:
        self.scheme = Scheme.Unknown

    def styleHints(self) -> Desktop:  # noqa: N802  Qt's name
        return self

    @property
    def colorSchemeChanged(self) -> SignalInstance:  # noqa: N802  Qt's name
        return QGuiApplication.styleHints().colorSchemeChanged

    def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802  Qt's name
        return self.scheme

    def become(self, scheme: Qt.ColorScheme) -> None:
        """Change, as at sunset."""
        self.scheme = scheme
        self.colorSchemeChanged.emit(scheme)


def test_who_follows_the_desktop_looks_like_one_who_chose(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = Desktop()
    monkeypatch.setattr(theme, "QGuiApplication", desktop)
    fill(driver)
    chosen = {}
    looked(driver)  # each dock has been in front once
    for name in ("light", "dark"):
        driver.window.choose_theme(name)
        chosen[name] = looked(driver)
    assert differing(*chosen.values()) == list(chosen["light"])
    driver.window.choose_theme("system")
    assert theme.current().name == "dark", "where nothing is known of the desktop"
    for scheme, name in ((Scheme.Light, "light"), (Scheme.Dark, "dark")):
        desktop.become(scheme)
        assert theme.current().name == name
        assert set(differing(chosen[name], looked(driver))) <= MOVED
    driver.window.choose_theme("contrast")
    desktop.become(Scheme.Light)
    assert theme.current().name == "contrast", "who chose stays with it"
    driver.window.choose_theme("system")
    assert theme.current().name == "light"


def test_the_windows_beside_it_are_switched_too(driver: Driver) -> None:
    fill(driver)
    shown = []
    for first in ("light", "dark"):
        driver.window.choose_theme(first)
        compared = opened(driver)
        compared.resize(1300, 900)  # wider than the screen there is
        driver.trigger("live.sweep")
        (swept,) = driver.window.findChildren(SweepWindow)
        driver.window.choose_theme("light")
        settle(driver, compared)
        QTest.qWait(1)
        finish(compared)
        pages = {"strip": compared.strip, "figures": compared.figures, "sweep": swept}
        pages |= {f"side {at}": side.view for at, side in enumerate(compared.sides)}
        shown.append({name: one.grab().toImage() for name, one in pages.items()})
        for one in (compared, swept):
            one.close()
            one.deleteLater()
        driver.activate()
    assert differing(*shown) == []

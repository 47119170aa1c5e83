"""No text is cut: buttons, labels, choices and tabs of every dock and dialog, by their boxes.

At 1280 × 800, with text half as large again, and on a screen that is scaled by 1.5. What says with
"…" that it goes on is not cut, nor is what can be scrolled to.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

from relayviz.gui.bars.live import Summary
from relayviz.gui.bars.toolbar import SPARE
from relayviz.gui.findings.card import Card
from relayviz.gui.look.theme import POINT_SIZE
from relayviz.gui.shell import app
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.model.findings.finding import Finding, Severity
from tests.gui.conftest import Driver
from tests.gui.live.conftest import LiveDriver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIZES = {"usual": (1280, 800, 1.0), "large text": (1280, 800, 1.5), "scaled": (853, 533, 1.0)}
TOLD = (QLabel, QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox)
DIALOGS = ("file.new", "help.scenarios", "help.keys", "run.goto", "run.find", "run.mark")
PATIENCE = 1.0
SLACK = 1  # pixels: half ones are rounded


def box_is_cut(box: QComboBox) -> bool:
    """Whether the text of a choice has less room than it needs."""
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
    room = box.style().subControlRect(control, option, part, box).width()
    return box.fontMetrics().horizontalAdvance(box.currentText()) > room + SLACK


def is_cut(widget: QWidget) -> bool:
    """Whether a widget is smaller than its words."""
    if isinstance(widget, ElidedLabel | Summary):
        return False
    if isinstance(widget, QLabel):
        least = widget.minimumSizeHint()
        return bool(widget.text()) and not widget.wordWrap() and least.width() > widget.width() + 1
    if isinstance(widget, QPushButton | QToolButton):
        return bool(widget.text()) and widget.sizeHint().width() > widget.width() + SLACK
    if isinstance(widget, QTabBar):
        rooms = [widget.tabRect(at).width() for at in range(widget.count())]
        words = [
            widget.fontMetrics().horizontalAdvance(widget.tabText(at)) for at in range(len(rooms))
        ]
        is_told = widget.accessibleName() == "Open channels"  # the tooltip has a long name whole
        return not is_told and any(map(int.__gt__, words, rooms))
    return isinstance(widget, QComboBox) and box_is_cut(widget)


def is_clipped(widget: QWidget) -> bool:
    """Whether what holds a widget shows a part of it only, and cannot be scrolled there."""
    if widget.visibleRegion().boundingRect().width() >= widget.width() - SLACK:
        return False
    holder = widget.parentWidget()
    while holder is not None and not isinstance(holder, QAbstractScrollArea):
        holder = holder.parentWidget()
    return holder is None or holder.horizontalScrollBar().maximum() == 0


def cut(root: QWidget) -> list[str]:
    """Return what is cut in a window."""
    seen = [
        one
        for one in root.findChildren(QWidget)
        if one.window() is root and one.isVisible() and not one.visibleRegion().isEmpty()
    ]
    return [
        f"{type(one).__name__} {one.accessibleName() or one.objectName()} {name}"
        for one in seen
        if is_cut(one) or (isinstance(one, TOLD) and is_clipped(one))
        for name in (getattr(one, "text", str)(),)
    ]


@pytest.fixture(params=SIZES)
def sized(
    request: pytest.FixtureRequest,
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Callable[[type[Driver]], Driver]]:
    """Opens windows of a size, whose text has its size from the beginning."""
    width, height, text = SIZES[request.param]
    monkeypatch.setattr(app, "POINT_SIZE", POINT_SIZE * text)
    app.prepare(qapp)
    made: list[Driver] = []

    def opened(kind: type[Driver]) -> Driver:
        made.append(kind(tmp_path))
        made[-1].window.resize(width, height)
        QTest.qWait(1)
        return made[-1]

    yield opened
    for driver in made:
        driver.end()
    monkeypatch.undo()
    app.prepare(qapp)


def cut_in_docks(driver: Driver) -> dict[str, list[str]]:
    """Return what is cut with each dock in front."""
    found = {"first": cut_at_rest(driver.window)}
    for name in driver.window.docks:
        driver.window.focus_dock(name)
        found[name] = cut_at_rest(driver.window)
    return {name: texts for name, texts in found.items() if texts}


def cut_at_rest(window: QWidget) -> list[str]:
    """Return what is still cut once the window had time to lay itself out."""
    end = time.monotonic() + PATIENCE
    QTest.qWait(1)
    while (found := cut(window)) and time.monotonic() < end:
        QTest.qWait(5)
    return found


def test_nothing_is_cut_beside_a_stepped_channel(
    sized: Callable[[type[Driver]], Driver],
) -> None:
    driver = sized(Driver)
    assert cut_in_docks(driver) == {}
    operations = driver.window.operations
    assert not operations.cpu.visibleRegion().isEmpty()
    assert not operations.length.visibleRegion().isEmpty()


def test_nothing_is_cut_beside_a_live_channel(sized: Callable[[type[Driver]], Driver]) -> None:
    live = sized(LiveDriver)
    assert isinstance(live, LiveDriver)
    live.open_live(cpus=64)
    live.run(40)
    assert cut_in_docks(live) == {}


def test_dialogs_are_whole_and_no_larger_than_the_screen(
    sized: Callable[[type[Driver]], Driver],
) -> None:
    driver = sized(Driver)
    for name in DIALOGS:
        driver.trigger(name)
        dialog = next(one for one in driver.window.findChildren(QDialog) if one.isVisible())
        assert cut_at_rest(dialog) == []
        room = dialog.screen().availableSize().expandedTo(dialog.minimumSizeHint())
        assert dialog.size() == dialog.size().boundedTo(room), name
        dialog.close()
        QTest.qWait(1)


def test_what_is_left_out_first_has_a_key_and_a_menu(driver: Driver) -> None:
    actions = driver.window.actions_made
    bar = driver.window.menuBar()
    menus = [one for menu in bar.findChildren(QMenu) for one in menu.actions()]
    for name in SPARE:
        assert actions[name].shortcuts(), name
        assert actions[name] in menus, name


def test_a_finding_is_as_narrow_as_its_dock(driver: Driver) -> None:
    found = Finding(None, Severity.LOSS, (), "It is " + "lapped " * 20, "Come often. " * 9)
    few, many = (Card(replace(found, cpus=(*range(cpus),)), driver.window) for cpus in (1, 64))
    for card in (few, many):
        assert card.minimumSizeHint().width() <= few.button.sizeHint().width() * 2
        card.deleteLater()

"""What holds for each field, button, list and dialog, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from relayviz.gui.actions import STEP_BARS
from relayviz.gui.actions.action import Bar
from relayviz.gui.newchannel.dialog import PATIENCE_MS as OPENING_MS
from relayviz.gui.newchannel.dialog import NewChannelDialog
from relayviz.gui.newchannel.python_dialog import PATIENCE_MS, PythonDialog
from relayviz.gui.widgets.table import Table
from tests.gui.alive import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver

Key = Qt.Key
LOOKED_FOR = ("filter", "search", "find", "part of", "letters")


def dialogs(driver: Driver) -> Iterator[tuple[str, QDialog]]:
    """Open each dialog that an action opens, one after the other, and close it by Escape."""
    for action in driver.window.actions_made.table:
        made = driver.window.actions_made[action.id]
        if action.id == "run.compare" or not (action.title.endswith("…") and made.isEnabled()):
            continue
        made.trigger()
        QTest.qWait(0)
        for one in windows():
            if isinstance(one, QDialog) and one.isVisible():
                if not isinstance(one, QFileDialog):  # which is Qt's own
                    yield action.id, one
                QTest.keyClick(one, Key.Key_Escape)
                assert not one.isVisible(), action.id
        driver.settle()


def placed(layout: QLayout) -> Iterator[QWidget]:
    """Give the widgets that a layout and those in it look after."""
    for at in range(layout.count()):
        item = layout.itemAt(at)
        assert item is not None
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            yield from placed(inner)
        if widget is not None:
            yield widget


def strays(root: QWidget) -> list[QWidget]:
    """Return visible widgets beside a layout that does not look after them."""
    layout = root.layout()
    direct = [one for one in root.children() if isinstance(one, QWidget)]
    shown = [one for one in direct if one.isVisible() and not one.isWindow()]
    found = [] if layout is None else [one for one in shown if one not in set(placed(layout))]
    return found + [one for child in shown for one in strays(child) if own(child)]


def own(widget: QWidget) -> bool:
    """Whether a widget's parts are ours, not Qt's."""
    return type(widget) is QWidget or type(widget).__module__.startswith("relayviz")


def nameless(root: QWidget) -> list[str]:
    """Return what takes input and has neither a name, nor words, nor a label."""
    kinds = (QLineEdit, QComboBox, QSpinBox, QAbstractButton)
    labelled = {label.buddy() for label in root.findChildren(QLabel)}
    return [
        f"{type(one).__name__} {one.objectName()}"
        for one in root.findChildren(QWidget)
        if isinstance(one, kinds)
        and one.isVisible()
        and not one.objectName().startswith("qt_")
        and not isinstance(one.parentWidget(), QSpinBox | QComboBox | QLineEdit)
        and not (one.accessibleName() or getattr(one, "text", str)() or one in labelled)
    ]


def not_cleared(root: QWidget) -> list[str]:
    """Return fields for what is looked for that have no button to clear them."""
    return [
        one.accessibleName()
        for one in root.findChildren(QLineEdit)
        if one.placeholderText().casefold().startswith(LOOKED_FOR)
        and not one.isClearButtonEnabled()
    ]


def test_each_dialog_is_whole_and_escape_takes_nothing_of_it(stepped: Driver) -> None:
    seen, before = set(), stepped.snapshot
    notes = stepped.controller.notebook.notes
    for name, dialog in dialogs(stepped):
        seen.add(name)
        assert dialog.windowTitle(), name
        assert strays(dialog) == [], name
        assert nameless(dialog) == [], name
        assert not_cleared(dialog) == [], name
        for box in dialog.findChildren(QDialogButtonBox):
            roles = {box.buttonRole(button) for button in box.buttons()}
            assert QDialogButtonBox.ButtonRole.RejectRole in roles, name
        if isinstance(dialog, PythonDialog | NewChannelDialog):
            known = PATIENCE_MS if isinstance(dialog, PythonDialog) else OPENING_MS
            assert (dialog._patience.interval(), dialog._patience.isSingleShot()) == (known, True)
    assert len(seen) > 14
    assert stepped.snapshot is before
    assert stepped.controller.notebook.notes == notes


def test_each_dock_is_whole(stepped: Driver, live: LiveDriver) -> None:
    live.open_live()
    live.run(3)
    for driver in (stepped, live):
        for name, frame in driver.window.docks.items():
            driver.window.focus_dock(name)
            driver.settle()
            for part in (frame.panel, frame.titleBarWidget()):
                assert strays(part) == [], name
            assert nameless(frame) == [], name
            assert not_cleared(frame) == [], name
            for button in frame.panel.findChildren(QPushButton):
                if button.isVisible():
                    assert button.toolTip(), (name, button.text())


def test_tables_are_gone_through_by_keys_and_copied_as_they_stand(stepped: Driver) -> None:
    seen = set()
    for name, frame in stepped.window.docks.items():
        stepped.window.focus_dock(name)
        stepped.settle()
        for table in frame.panel.findChildren(Table):
            model = table.model()
            if not table.isVisible() or model.rowCount() < 3:
                continue
            seen.add(name)
            table.setFocus()
            table.setCurrentIndex(model.index(0, 0))
            stepped.settle()
            gone = []
            for key in (Key.Key_Down, Key.Key_Down, Key.Key_Up):
                QTest.keyClick(table, key)
                gone.append(table.currentIndex().row())
            assert gone == [1, 2, 1], name
            shown = [at for at in range(model.columnCount()) if not table.isColumnHidden(at)]
            here = [str(model.index(1, column).data()) for column in shown]
            assert table.copied().splitlines()[0].split("\t") == here, name
    assert seen >= {"channel", "counters", "log", "fate"}


def test_a_table_offers_a_menu_where_a_row_is_and_none_beside_it(stepped: Driver) -> None:
    asked = {"breakpoints", "log", "counters"}
    for name in asked:
        stepped.window.focus_dock(name)
        stepped.settle()
        panel = stepped.window.docks[name].panel
        table = next(one for one in panel.findChildren(Table) if one.isVisible())
        last = table.model().index(table.model().rowCount() - 1, 1)
        table.scrollTo(last)
        inside = table.visualRect(last)
        assert not inside.isEmpty(), name
        to_panel = table.viewport().mapTo
        menu = panel.menu_at(to_panel(panel, inside.center()))
        assert menu is not None, name
        assert [one for one in menu.actions() if one.text()], name
        menu.deleteLater()
        below = inside.bottomLeft() + QPoint(3, 3 * inside.height())
        assert panel.menu_at(to_panel(panel, below)) is None, name


def test_each_button_is_in_the_bar_that_its_action_names(driver: Driver) -> None:
    window = driver.window
    bars = {**dict.fromkeys(STEP_BARS, window.operations), Bar.LIVE: window.live}
    bars[Bar.REPLAY] = window.replay
    for bar in set(bars.values()):
        wanted = [one.id for one in window.actions_made.table if one.bar and bars[one.bar] is bar]
        found = [one.objectName() for one in bar.findChildren(QToolButton)]
        buttons = [name.removeprefix("button.") for name in found if name.startswith("button.")]
        assert wanted
        assert sorted(buttons) == sorted(wanted)

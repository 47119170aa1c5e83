"""All that can be read of a window: on screen, in tooltips, by a screen reader, in exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTabBar, QTextEdit, QWidget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtGui import QAccessibleInterface

    from relayviz.gui.shell.main_window import MainWindow

PROPERTIES = (
    *("text", "toolTip", "accessibleName", "accessibleDescription", "windowTitle", "statusTip"),
    *("whatsThis", "placeholderText", "currentText", "title", "format"),
)
ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)
SPOKEN = (
    QAccessible.Text.Name,
    QAccessible.Text.Description,
    QAccessible.Text.Value,
    QAccessible.Text.Help,
)
DEEPEST = 30


def texts_of(widgets: Iterable[QWidget]) -> set[str]:
    """Everything that these widgets and what is in them say."""
    found: set[str] = set()
    for widget in widgets:
        for one in (widget, *widget.findChildren(QWidget)):
            if one.isVisible():
                found.update(_own(one))
        found.update(_spoken(QAccessible.queryAccessibleInterface(widget), DEEPEST))
    return {" ".join(text.split()) for text in found if text.strip()}


def seen(window: MainWindow) -> set[str]:
    """Everything that the window says, and that its panels would export; but for the lesson."""
    frame = window.docks["lesson"]
    frame.hide()
    found = texts_of(one for one in QApplication.topLevelWidgets() if one.isVisible())
    for dock in window.docks.values():
        if dock.isVisible():
            picture = dock.panel.picture()
            found.update(picture.said)
            rows = dock.panel.exported_rows()
            for line in () if rows is None else rows.lines:
                found.update(f"{cell}" for cell in line)
    frame.show()
    return {" ".join(text.split()) for text in found if text.strip()}


def _own(widget: QWidget) -> Iterator[str]:
    for name in PROPERTIES:
        value = widget.property(name)
        if isinstance(value, str):
            yield value
    if isinstance(widget, QTextEdit):
        yield widget.toPlainText()
    if isinstance(widget, QTabBar):
        for place in range(widget.count()):
            yield from (widget.tabText(place), widget.tabToolTip(place))
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from _items(widget)


def _items(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    for row in range(model.rowCount(QModelIndex())):
        for column in range(model.columnCount(QModelIndex())):
            for role in ROLES:
                value = model.index(row, column).data(role)
                if value is not None:
                    yield f"{value}"


def _spoken(one: QAccessibleInterface | None, depth: int) -> Iterator[str]:
    if one is None or not depth or not one.isValid():
        return
    if one.role() == QAccessible.Role.ScrollBar:
        return  # its value is a place in the view
    if not one.state().invisible:
        for kind in SPOKEN:
            yield one.text(kind)
        for place in range(one.childCount()):
            yield from _spoken(one.child(place), depth - 1)

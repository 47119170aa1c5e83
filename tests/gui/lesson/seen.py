"""All that can be read of a window: on screen, in tooltips, by a screen reader, in exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import QAbstractItemView, QTabBar, QTextEdit, QWidget

from tests.gui.alive import windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtGui import QAccessibleInterface

    from relayviz.gui.shell.main_window import MainWindow
    from relayviz.gui.widgets.panel import Panel

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


def texts_of(widgets: Iterable[QWidget], but: QWidget | None = None) -> set[str]:
    """Everything that these widgets and what is in them say, but for one of them."""
    found: set[str] = set()
    for widget in widgets:
        for one in (widget, *widget.findChildren(QWidget)):
            if one.isVisible() and not _is_in(one, but):
                found.update(_own(one))
        found.update(_spoken(QAccessible.queryAccessibleInterface(widget), DEEPEST, but))
        for action in widget.findChildren(QAction):
            found.update((action.text(), action.toolTip(), action.statusTip(), action.whatsThis()))
    return {" ".join(text.split()) for text in found if text.strip()}


def seen(window: MainWindow) -> set[str]:
    """Everything that the window says, and that its panels would export; but for the lesson."""
    shown = (one for one in windows() if one.isVisible())
    found = texts_of(shown, window.docks["lesson"])
    for name, dock in window.docks.items():
        if dock.isVisible() and name != "lesson":
            found.update(exported(dock.panel))
    return {" ".join(text.split()) for text in found if text.strip()}


def exported(panel: Panel) -> set[str]:
    """Everything that a panel would write to a file: sentences and rows."""
    found = set(panel.picture().said)
    for rows in (panel.exported_rows(), panel.picture().rows):
        for line in () if rows is None else rows.lines:
            found.update(f"{cell}" for cell in line)
    return found


def _is_in(widget: QWidget, frame: QWidget | None) -> bool:
    return frame is not None and (widget is frame or frame.isAncestorOf(widget))


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
            index = model.index(row, column)
            for role in ROLES:
                value = model.data(index, role)
                if value is not None:
                    yield f"{value}"


def _spoken(one: QAccessibleInterface | None, depth: int, but: QWidget | None) -> Iterator[str]:
    if one is None or not depth or not one.isValid() or (but is not None and one.object() is but):
        return
    if one.role() == QAccessible.Role.ScrollBar:
        return  # its value is a place in the view
    if not one.state().invisible:
        for kind in SPOKEN:
            yield one.text(kind)
        for place in range(one.childCount()):
            yield from _spoken(one.child(place), depth - 1, but)

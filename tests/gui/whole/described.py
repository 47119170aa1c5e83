"""What a widget is, in lines: its words, states and colours, and those of all that is in it.

Told is what differs from a fresh widget of Qt's own kind. Where things stand is not, for that
depends on fonts; in which order they stand is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QLayout,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QTableView,
    QTextEdit,
    QWidget,
)

from tests.gui.whole.painted import painted
from tests.gui.whole.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QAbstractItemModel

MOST_ROWS = 16
NAMES: dict[type, list[str]] = {}  # of properties that are told, by kind
# what depends on fonts, or is said by something else
LEFT_OUT = re.compile(
    r"(.*(geometry|size|sizehint|pos|position|width|height|rect|region|margin|spacing|font|palette"
    r"|locale|cursor|displaytext|cleantext|html|markdown|selected|selection|undo|redo|modified"
    r"|focus|activewindow|visible|minimized|maximized|fullscreen|icon|frame|opacity|modality|style"
    r"|inputmethod|inputmethodhints|acceptdrops|acceptable\w*|mousetracking|undermouse|updates\w+"
    r"|currentdata|contents|offset|x|y|sliderposition|document|title|url|down|pixmap|docklocation"
    r"|undoredoenabled|count|modified|available|length|source|tabsclosable|lastcolumn\w*))",
    re.IGNORECASE,
)
ROLES = {
    "says": Qt.ItemDataRole.AccessibleTextRole,
    "colour": Qt.ItemDataRole.ForegroundRole,
    "behind": Qt.ItemDataRole.BackgroundRole,
    "font": Qt.ItemDataRole.FontRole,
    "checked": Qt.ItemDataRole.CheckStateRole,
    "at": Qt.ItemDataRole.TextAlignmentRole,
    "picture": Qt.ItemDataRole.DecorationRole,
}


def described(root: QWidget) -> list[str]:
    """Return lines about a widget and all that is visible in it, in the order it stands there."""
    return list(_lines(root, "", ""))


def _lines(widget: QWidget, indent: str, place: str) -> Iterator[str]:
    told = [f"{name} {shown(value)}" for name, value in _properties(widget)]
    yield indent + ", ".join([type(widget).__name__ + place, *told])
    indent += "  "
    yield from (f"{indent}timer {one}" for one in _timers(widget))
    if isinstance(widget, QTabBar):
        for at in range(widget.count()):
            state = "" if widget.isTabEnabled(at) else " (off)"
            yield f"{indent}tab {shown(widget.tabText(at))} {shown(widget.tabToolTip(at))}{state}"
    if isinstance(widget, QComboBox):
        yield from _items(widget.model(), indent, [0])
        return
    if isinstance(widget, QTableView):
        every = range(widget.model().columnCount())
        columns = [at for at in every if not widget.isColumnHidden(at)]
        yield from _headings(widget, indent, columns)
        yield from _items(widget.model(), indent, columns)
    elif isinstance(widget, QAbstractItemView) and not isinstance(widget, QHeaderView):
        yield from _items(widget.model(), indent, [0])
    if isinstance(widget, QTextEdit):
        for line in widget.toPlainText().splitlines():
            yield f"{indent}| {line}"
    if _paints_itself(widget):
        yield from (f"{indent}painted {line}" for line in painted(widget))
    for child, where in parts(widget):
        yield from _lines(child, indent, where)


def _timers(widget: QWidget) -> Iterator[str]:
    for one in widget.findChildren(QTimer, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if type(one).__module__ == "PySide6.QtCore":
            yield f"{one.interval()} ms{' once' * one.isSingleShot()}"


def parts(widget: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Give what is visible in a widget and its own, and where in a grid it stands."""
    if isinstance(widget, QAbstractSpinBox | QLineEdit | QComboBox):
        return
    placed = dict(_placed(widget.layout()))
    inside = [one for one in widget.children() if isinstance(one, QWidget)]
    rest = [one for one in inside if one not in placed]
    for one in (*placed, *rest):
        is_qts = one.objectName().startswith("qt_scrollarea_") and "container" in one.objectName()
        shown = one.isVisible() and not one.isWindow()
        if shown and not is_qts and not isinstance(one, QScrollBar | QHeaderView):
            yield one, placed.get(one, "")


def _placed(layout: QLayout | None) -> Iterator[tuple[QWidget, str]]:
    if layout is None:
        return
    for at in range(layout.count()):
        item = layout.itemAt(at)
        assert item is not None
        where = ""
        if isinstance(layout, QGridLayout):
            where = " at " + " ".join(f"{one}" for one in layout.getItemPosition(at))  # type: ignore[attr-defined]
        if (widget := item.widget()) is not None:
            yield widget, where
        elif (inner := item.layout()) is not None:
            yield from ((one, where + within) for one, within in _placed(inner))


def _properties(widget: QWidget) -> Iterator[tuple[str, object]]:
    usual = _usual(_qts_own(widget))
    for name, value in _told(widget).items():
        if value != usual.get(name):
            yield name, value
    for own in widget.dynamicPropertyNames():
        key = bytes(own.data()).decode()
        if not key.startswith("_"):
            yield key, widget.property(key)
    shape = widget.cursor().shape()
    if shape is not Qt.CursorShape.ArrowCursor:
        yield "cursor", shape
    if isinstance(widget, QAbstractScrollArea) and widget.viewport().cursor().shape() is not shape:
        yield "cursor inside", widget.viewport().cursor().shape()
    if widget.font().bold():
        yield "font", "bold"
    if isinstance(widget, QLabel) and (buddy := widget.buddy()) is not None:
        yield "buddy", buddy.accessibleName() or type(buddy).__name__
    if proxy := widget.focusProxy():
        yield "proxy", type(proxy).__name__


def _told(widget: QObject) -> dict[str, object]:
    kind = type(widget)
    if kind not in NAMES:
        about = widget.metaObject()
        names = (str(about.property(at).name()) for at in range(about.propertyCount()))
        NAMES[kind] = [name for name in names if not LEFT_OUT.fullmatch(name)]
    return {name: widget.property(name) for name in NAMES[kind]}


def _paints_itself(widget: QWidget) -> bool:
    painting = next(kind for kind in type(widget).__mro__ if "paintEvent" in vars(kind))
    return painting.__module__.startswith("relayviz")


def _qts_own(widget: QWidget) -> type:
    return next(kind for kind in type(widget).__mro__ if kind.__module__.startswith("PySide6."))


@cache
def _usual(kind: type) -> dict[str, object]:
    """Return what is told of a fresh widget of one of Qt's kinds."""
    try:
        fresh = kind()
    except (TypeError, NotImplementedError):
        fresh = QWidget()
    found = _told(fresh)
    fresh.deleteLater()
    return {**found, "enabled": True}


def _headings(table: QTableView, indent: str, columns: list[int]) -> Iterator[str]:
    for at in columns:
        if table.horizontalHeader().isVisible():
            orientation = Qt.Orientation.Horizontal
            tip = table.model().headerData(at, orientation, Qt.ItemDataRole.ToolTipRole)
            title = table.model().headerData(at, orientation)
            yield f"{indent}column {shown(title)}{'' if tip is None else f', tip {shown(tip)}'}"


def _items(model: QAbstractItemModel, indent: str, columns: list[int]) -> Iterator[str]:
    for row in range(min(model.rowCount(), MOST_ROWS)):
        cells, before = [], ""
        for at in columns:
            index = model.index(row, at)
            tip = str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            heading = model.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
            short = tip.replace(str(heading), "…") if heading else tip
            cells.append(_cell(index, "″" if tip and tip == before else short))
            before = tip
        yield f"{indent}- " + " | ".join(cells)


def _cell(index: QModelIndex, tip: str) -> str:
    """Return what is told of a cell, without what is usual."""
    found = {name: index.data(role) for name, role in ROLES.items()}
    told = [] if not tip else [f"tip {shown(tip)}"]
    told += [f"{name} {shown(value)}" for name, value in found.items() if value is not None]
    told = [one for one in told if one not in ("colour text", "font +0")]
    if not index.flags() & Qt.ItemFlag.ItemIsEnabled:
        told.append("off")
    words = str(index.data() if index.data() is not None else "").replace("\n", "\\n")
    return words + (f" ({', '.join(told)})" if told else "")

"""What a user may notice in a dialog, by the name of each thing in it, and what is different."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTabBar,
    QTableView,
    QTextEdit,
    QTreeView,
    QWidget,
)

from tests.gui.whole.described import ROLES, parts
from tests.gui.whole.test_mouse import draws_itself, looks
from tests.gui.whole.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtCore import QAbstractItemModel

Facts = dict[str, str]
PICTURE = re.compile(r"<img [^>]*>")  # its bytes are another Qt's
INSTEAD: dict[str, str] = {}  # what stands for what is of this machine, while a test says so
SHORT = 60  # letters of a name
FIRST_ROWS = 3  # are told in words, all of them by a digest


def inside(root: QWidget) -> Iterator[QWidget]:
    """Give a widget and all that is visible in it, in their order."""
    yield root
    for child, _ in parts(root):
        yield from inside(child)


def named(root: QWidget) -> dict[str, QWidget]:
    """Return what is visible in a widget by names that tell them apart."""
    buddies = {
        one.buddy(): one.text() for one in root.findChildren(QLabel) if one.buddy() is not None
    }
    found: dict[str, QWidget] = {}
    for one in inside(root):
        words = one.accessibleName() or buddies.get(one, "")
        if not words and isinstance(one, QAbstractButton | QLabel):
            words = one.text()
        words = " ".join(words.replace("&", "").split())[:SHORT]
        name = base = f"{type(one).__name__} {words}".strip()
        number = 1
        while name in found:
            number += 1
            name = f"{base} #{number}"
        found[name] = one
    return found


def told(root: QWidget) -> dict[str, Facts]:
    """Return the facts about each thing in a widget that a user may notice."""
    found = named(root).items()
    return {
        name: {fact: anywhere(value) for fact, value in _facts(one).items()} for name, one in found
    }


def anywhere(text: str) -> str:
    """Return a text with what stands for what is of this machine."""
    for here, instead in INSTEAD.items():
        text = text.replace(here, instead)
    return text


def _facts(one: QWidget) -> Facts:
    found = {
        "tip": one.toolTip(),
        "heard": one.accessibleDescription(),
        "kind": one.objectName(),
        "title": one.windowTitle(),
        "wrong": "yes" if one.property("wrong") else "",
        "off": "" if one.isEnabled() else "yes",
    }
    for kind, more in KINDS:
        if isinstance(one, kind):
            found |= more(one)
    if draws_itself(one):
        found["painted"] = looks(one)
    return found


def _button(one: QAbstractButton) -> Facts:
    default = isinstance(one, QPushButton) and one.isDefault()
    checked = "on" if one.isChecked() else "off" if one.isCheckable() else ""
    return {"text": one.text(), "checked": checked, "default": "yes" * default}


def _combo(one: QComboBox) -> Facts:
    entries = "\n".join(one.itemText(at) for at in range(one.count()))
    return {
        "text": one.currentText(),
        "entries": f"{one.count()} {_digest(entries)}",
        "in it": "" if (field := one.lineEdit()) is None else field.placeholderText(),
    }


def _field(one: QLineEdit) -> Facts:
    return {"text": one.text(), "in it": one.placeholderText(), "marked": one.selectedText()}


def _written(one: QTextEdit | QPlainTextEdit) -> Facts:
    text, cursor = one.toPlainText(), one.textCursor()
    marks = [(each.cursor.position(), each.format.background().color()) for each in
             one.extraSelections()]  # fmt: skip
    return {
        "text": f"{len(text)} letters {_digest(text)}",
        "at": f"{cursor.position()} “{cursor.selectedText()}”",
        "marked": ", ".join(f"{at} {shown(colour)}" for at, colour in marks),
        "read only": "yes" if one.isReadOnly() else "",
    }


def _progress(one: QProgressBar) -> Facts:
    return {"text": one.text(), "value": f"{one.value()} of {one.maximum()}"}


def _view(one: QAbstractItemView) -> Facts:
    model, current = one.model(), one.currentIndex()
    rows = [anywhere(row) for row in _rows(one, model, QModelIndex(), "")]
    marked = one.selectionModel().selectedIndexes()
    whole = sorted({f"{index.data()}" for index in marked if index.column() == 0})
    found = {
        "rows": f"{len(rows)} {_digest(chr(10).join(rows))}",
        "first rows": " / ".join(row.split("\t")[0][:SHORT] for row in rows[:FIRST_ROWS]),
        "current": f"{current.row()}, {current.column()} {str(current.data())[:SHORT]}"
        if rows
        else "none",
        "chosen": ", ".join(one[:SHORT] for one in whole),
    }
    if isinstance(one, QTableView):
        head = one.horizontalHeader()
        found["sorted"] = f"{head.sortIndicatorSection()} {head.sortIndicatorOrder().name}"
    return found


def _rows(
    view: QAbstractItemView, model: QAbstractItemModel, above: QModelIndex, indent: str
) -> Iterator[str]:
    table = isinstance(view, QTableView)
    columns = 1 if isinstance(view, QListView) else model.columnCount(above)
    for row in range(model.rowCount(above)):
        cells = []
        for column in range(columns):
            index = model.index(row, column, above)
            if table and view.isColumnHidden(column):  # type: ignore[attr-defined]
                continue
            facts = [index.data(role) for role in (Qt.ItemDataRole.ToolTipRole, *ROLES.values())]
            words = "; ".join(shown(fact) for fact in facts if fact is not None)
            off = "" if index.flags() & Qt.ItemFlag.ItemIsEnabled else " off"
            cells.append(f"{index.data()}{off}\t{words}")
        plain = " | ".join(cell.split("\t")[0] for cell in cells)
        yield f"{indent}{plain}\t{cells}"
        if isinstance(view, QTreeView):
            yield from _rows(view, model, model.index(row, 0, above), f"{indent}  ")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


KINDS: tuple[tuple[type, Callable[..., Facts]], ...] = (
    (QAbstractButton, _button),
    (QComboBox, _combo),
    (QLineEdit, _field),
    (QLabel, lambda one: {"text": PICTURE.sub("a picture", one.text())}),
    (QTextEdit, _written),
    (QPlainTextEdit, _written),
    (QAbstractSpinBox, lambda one: {"text": one.text()}),
    (QAbstractSlider, lambda one: {"value": f"{one.value()} of {one.maximum()}"}),
    (QProgressBar, _progress),
    (QTabBar, lambda one: {"front": one.tabText(one.currentIndex())}),
    (QAbstractItemView, _view),
)


def different(before: dict[str, Facts], after: dict[str, Facts]) -> Iterator[str]:
    """Say what is different; what is painted comes for itself, for it depends on fonts."""
    for name, facts in after.items():
        known = before.get(name)
        if known is None:
            more = [f"{fact} {value}" for fact, value in facts.items() if value]
            more = [one for one in more if one != f"text {name.partition(' ')[2]}"]
            yield f"there is {name}: {_line(more)}"
            continue
        more = [f"{fact} {now or '–'}" for fact, now in facts.items() if now != known.get(fact)]
        painted = [one for one in more if one.startswith("painted")]
        if more != painted:
            yield f"{name}: {_line([one for one in more if one not in painted])}"
        for one in painted:
            yield f"{name}: {one.removeprefix('painted ')}"
    for name in before:
        if name not in after:
            yield f"gone is {name}"


def _line(words: list[str]) -> str:
    return "; ".join(words).replace("\n", "\\n")

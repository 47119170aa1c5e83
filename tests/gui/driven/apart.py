"""What is different after each of some deeds, in lines."""

from __future__ import annotations

import re
from base64 import b64decode
from difflib import unified_diff
from hashlib import sha256
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QPoint, Qt, qVersion
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QApplication, QWidget

from tests.gui.whole.test_keys import opened_over
from tests.gui.whole.test_mouse import ACROSS, DEEDS, DOWN, draws_itself, looks
from tests.gui.whole.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    State = dict[str, str]

PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")


def plainly(lines: Iterable[str]) -> list[str]:
    """Return lines in which pictures that stand in texts are told by their colours."""
    return [PICTURE.sub(lambda found: shown(_image(found[1])), line) for line in lines]


def images(view: QWidget) -> str:
    """Return a digest of the pictures that a view puts together dot by dot."""
    buffer, generator = QBuffer(), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(view.size())
    with QPainter(generator) as painter:
        view.render(painter, QPoint(0, 0))
    found = (_image(one) for one in PICTURE.findall(bytes(buffer.data().data()).decode()))
    dots = [bytes(one.convertToFormat(QImage.Format.Format_RGB32).constBits()) for one in found]
    return f"painted at {sha256(b''.join(dots)).hexdigest()[:8]} (Qt {qVersion()})"


def _image(text: str) -> QImage:
    return QImage.fromData(b64decode(text))


def since(before: list[str], after: list[str]) -> list[str]:
    """Return the lines that went and those that came."""
    found = list(unified_diff(before, after, lineterm="", n=0))[2:]
    return [line for line in found if not line.startswith("@@")]


def differing(before: State, after: State) -> list[str]:
    """Return what has another value."""
    return [f"{what} {now}" for what, now in after.items() if before.get(what) != now]


def done(deeds: Iterable[tuple[str, Callable[[], object]]], seen: Callable[[], State]) -> list[str]:
    """Do one thing after the other; say what is different then, and close what it opened."""
    lines = []
    for name, do in deeds:
        before = seen()
        do()
        changes = differing(before, seen())
        for one in opened_beside():
            changes.append(f"opens {type(one).__name__}")
            one.close()
        if changes:
            lines.append(f"{name}: {'; '.join(changes)}".replace("\n", "\\n"))
    return lines


def opened_beside() -> list[QWidget]:
    """Return the dialogs and menus that are open over the window in front."""
    front = QApplication.activeWindow()
    return [one for one in opened_over() if one is not front]


def keys(view: QWidget, pressed: Iterable[Qt.Key]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give each key as a deed, begun in a view."""

    def press(key: Qt.Key) -> None:
        view.setFocus()
        QTest.keyClick(view, key)

    for key in pressed:
        yield key.name.removeprefix("Key_"), lambda key=key: press(key)  # type: ignore[misc]


def mouse(view: QWidget) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give each deed of the mouse at some places of a view."""
    ground = view.viewport() if isinstance(view, QAbstractScrollArea) else view
    for x in ACROSS:
        for y in DOWN:
            at = QPoint(int(view.width() * x), int(view.height() * y))
            for name, do in DEEDS.items():
                yield f"{name} at {x:g}, {y:g}", lambda do=do, at=at: do(ground, at)  # type: ignore[misc]


def own_views(root: QWidget) -> list[QWidget]:
    """Return what is visible in a window and drawn by its own code, but for tables."""
    found = [one for one in root.findChildren(QWidget) if one.isVisible() and draws_itself(one)]
    return [one for one in found if not isinstance(one, QAbstractItemView)]


def look(view: QWidget) -> str:
    """Say what a view looks like, its pictures dot by dot."""
    return f"{looks(view)}, {images(view)}"

"""The bytes of a sub-buffer: the right ones, in the right look, with the right words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QMouseEvent
from PySide6.QtTest import QTest

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.bytes.copying import Form, as_text
from relayviz.gui.look.roles import Role
from relayviz.gui.look.theme import current
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation, pattern
from tests.gui.states import FakeController

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


class Bench:
    """An engine and a panel that shows it."""

    def __init__(self, qtbot: QtBot, **fields: object) -> None:
        self.engine = StepEngine(ChannelConfig(**fields))  # type: ignore[arg-type]
        self.controller = FakeController()
        self.controller.stepped = self.engine
        self.panel = BytesPanel(self.controller)  # type: ignore[arg-type]
        qtbot.addWidget(self.panel)
        self.panel.resize(700, 400)
        self.panel.show()
        qtbot.waitExposed(self.panel)

    def do(self, *operations: Operation) -> None:
        """Do something and show what came of it."""
        self.engine.submit(*operations)
        assert self.engine.wait_idle()
        self.controller.show(self.engine.snapshot)

    @property
    def says(self) -> str:
        """What is said of the byte at the cursor."""
        return self.panel.says.text()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    """A channel of two CPUs with headers of 4 bytes."""
    made = Bench(qtbot, subbuf_size=64, n_subbufs=4, cpus=2, header=4, mode=Mode.OVERWRITE)
    yield made
    made.engine.close()


def write(length: int, cpu: int = 0) -> Operation:
    return Operation(Kind.WRITE, cpu=cpu, length=length)


def test_each_byte_is_told(bench: Bench) -> None:
    bench.do(write(20), write(30), write(40))
    bench.controller.select(0, 0)
    view = bench.panel.view
    view.move_to(2)
    assert "4 bytes header" in bench.says
    view.move_to(4)
    assert "event 1 · 20 bytes at 4…23 · write on cpu 0 at step 1 · unread" in bench.says
    view.move_to(53)
    assert "event 2 · 30 bytes at 24…53" in bench.says
    view.move_to(60)
    assert "10 bytes padding: left when the sub-buffer was finished, at 54…63" in bench.says
    assert bench.panel.detail == "cpu 0 / 0 · 64 B"


def test_fate_follows_what_happens(bench: Bench) -> None:
    bench.do(write(20), write(30), write(40), Operation(Kind.OPEN_FILE, cpu=0, text="r"))
    bench.controller.select(0, 0)
    bench.panel.view.move_to(10)
    assert bench.says.endswith("unread")
    bench.do(Operation(Kind.READ, cpu=0, length=4096))
    assert bench.says.endswith("read, its sub-buffer released")
    bench.do(*[write(50)] * 4)
    assert "event 1 " not in bench.says


def test_without_a_sub_buffer_the_one_being_written_is_shown(bench: Bench) -> None:
    bench.do(write(50), write(50))
    bench.controller.select(0, -1)
    assert bench.panel.detail.startswith("cpu 0 / 1")
    bench.do(write(50))
    assert bench.panel.detail.startswith("cpu 0 / 2")


def test_copies_are_the_bytes(bench: Bench) -> None:
    bench.do(write(20), write(30))
    bench.controller.select(0, 0)
    bench.panel.view.move_to(30)
    bench.panel.copy_as(Form.HEX)
    assert QGuiApplication.clipboard().text() == pattern(2, 30).hex(" ")
    bench.panel.view.move_to(4)
    bench.panel.view.move_to(6, extend=True)
    bench.panel.copy_as(Form.HEX)
    assert QGuiApplication.clipboard().text() == pattern(1, 3).hex(" ")
    actions = bench.panel.copy_menu().actions()
    assert [action.text() for action in actions] == [
        "Copy as hex",
        "Copy as text",
        "Copy as C array",
    ]
    actions[2].trigger()
    assert "unsigned char data[3] = {" in QGuiApplication.clipboard().text()


def test_forms_of_copies() -> None:
    data = b"relay\x00\xff"
    assert as_text(data, Form.HEX) == "72 65 6c 61 79 00 ff"
    assert as_text(data, Form.TEXT) == "relay.."
    assert as_text(data, Form.C_ARRAY) == (
        "static const unsigned char data[7] = {\n"
        "    0x72, 0x65, 0x6c, 0x61, 0x79, 0x00, 0xff,\n};\n"
    )


def test_keys_move_by_bytes_lines_and_events(bench: Bench) -> None:
    bench.do(write(20), write(30))
    bench.controller.select(0, 0)
    view = bench.panel.view
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.caret == 1
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.caret in (9, 17)
    QTest.keyClick(view, Qt.Key.Key_Right, control)
    assert view.caret == 24
    QTest.keyClick(view, Qt.Key.Key_Left, control)
    QTest.keyClick(view, Qt.Key.Key_Left, control)
    assert view.caret == 0
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.caret == 0
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.selection == (0, 2)


def test_a_click_finds_the_byte_it_is_on(bench: Bench) -> None:
    bench.do(write(20))
    bench.controller.select(0, 0)
    view = bench.panel.view
    for offset in (0, 7, 8, 23, 63):
        at = view.cell(offset).center()
        assert view.offset_at(QPointF(at)) == offset
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at.toPoint())
        assert view.caret == offset


def test_dragging_and_shift_select(bench: Bench) -> None:
    bench.do(write(40))
    bench.controller.select(0, 0)
    view, left = bench.panel.view, Qt.MouseButton.LeftButton

    def copied() -> str:
        bench.panel.copy_as(Form.HEX)
        return QGuiApplication.clipboard().text()

    places = {offset: view.cell(offset).center().toPoint() for offset in (4, 9, 13)}
    QTest.mousePress(view.viewport(), left, pos=places[4])
    for offset in (9, 13):
        there, no_key = QPointF(places[offset]), Qt.KeyboardModifier.NoModifier
        moved = QMouseEvent(
            QEvent.Type.MouseMove, there, there, Qt.MouseButton.NoButton, left, no_key
        )
        QGuiApplication.sendEvent(view.viewport(), moved)
    QTest.mouseRelease(view.viewport(), left, pos=places[13])
    assert copied() == pattern(1, 40)[:10].hex(" ")
    QTest.mouseClick(view.viewport(), left, Qt.KeyboardModifier.ShiftModifier, places[9])
    assert copied() == pattern(1, 40)[:6].hex(" ")


def colours(bench: Bench, offset: int) -> set[int]:
    image = bench.panel.view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    box = bench.panel.view.cell(offset).toRect()
    return {
        image.pixel(x, y)
        for x in range(box.left(), box.right())
        for y in range(box.top(), box.bottom())
        if image.valid(x, y)
    }


def test_roles_have_their_colours(bench: Bench) -> None:
    bench.do(write(20), write(30), write(40))
    bench.controller.select(0, 0)
    bench.panel.view.move_to(63)
    theme = current()
    assert theme.rgb(Role.HEADER) in colours(bench, 1)
    first, second = colours(bench, 10), colours(bench, 40)
    shades = {theme.rgb(Role.EVENT_A), theme.rgb(Role.EVENT_B)}
    assert len(first & shades) == len(second & shades) == 1
    assert first & shades != second & shades
    # hatched: the colour shines through, whatever the font; on plain ground it does not
    hue = theme[Role.PADDING].hue()
    assert any(is_near(colour, hue) for colour in colours(bench, 58))
    assert not any(is_near(colour, hue) for colour in first)


def is_near(colour: int, hue: int) -> bool:
    """Whether a colour that is no grey has about a hue."""
    seen = QColor(colour)
    return seen.saturation() > 60 and abs(seen.hue() - hue) < 10


def test_large_sub_buffers_are_fetched_line_by_line(qtbot: QtBot) -> None:
    bench = Bench(qtbot, subbuf_size=1 << 22, n_subbufs=2, cpus=1)
    bench.do(write(1000))
    bench.controller.select(0, 0)
    asked = []
    fetch = bench.panel.view._fetch

    def spying(first: int, last: int) -> bytes | None:
        asked.append(last - first)
        return fetch(first, last)

    bench.panel.view._fetch = spying
    bench.panel.view.move_to((1 << 22) - 1)
    bench.panel.grab()
    assert asked
    assert max(asked) < 2000
    bench.engine.close()


def test_nothing_open_and_closed_again(bench: Bench) -> None:
    bench.controller.show(None)
    assert bench.panel.detail == ""
    bench.panel.grab()
    bench.do(write(20))
    bench.panel.copy_as(Form.HEX)
    bench.panel.grab()

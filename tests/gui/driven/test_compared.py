"""The Compare window: described, and what keys and mouse do in it; kept with the descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox

from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import ALL, Kind, Operation
from tests.gui.driven.apart import done, keys, look, mouse, own_views, plainly, since
from tests.gui.test_compare import opened, press, settle
from tests.gui.whole.described import described
from tests.gui.whole.test_described import compare, no_thread_left
from tests.gui.whole.test_keys import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from relayviz.gui.compare import CompareWindow
    from tests.gui.conftest import Driver

__all__ = ["no_thread_left"]  # a fixture
Key = Qt.Key
PRESSED = (
    *(Key.Key_Right, Key.Key_Right, Key.Key_Left, Key.Key_L, Key.Key_L, Key.Key_Return),
    *(Key.Key_PageDown, Key.Key_PageUp, Key.Key_Plus, Key.Key_Right, Key.Key_Minus, Key.Key_0),
    *(Key.Key_Up, Key.Key_Down, Key.Key_L, Key.Key_Home, Key.Key_End),
)
OF_WINDOW = (Key.Key_Home, Key.Key_F11, Key.Key_F11, Key.Key_End)


@pytest.fixture
def window(driver: Driver) -> Iterator[CompareWindow]:
    """Two channels, of which each has lost something else, on three CPUs; the last has nothing."""
    driver.controller.open_channel(ChannelConfig(cpus=3, n_subbufs=2, subbuf_size=64, header=4))
    writes = [Operation(Kind.WRITE, number % 2, 20 + number % 3) for number in range(17)]
    driver.controller.submit(*writes, Operation(Kind.WRITE, 0, 999), Operation(Kind.FLUSH, ALL))
    driver.controller.submit(Operation(Kind.CONSUME, 0, count=1), *writes[:4])
    driver.settle()
    made = opened(driver)
    assert QTest.qWaitForWindowActive(made)
    yield made
    made.close()


def state(window: CompareWindow) -> dict[str, str]:
    """Return what keys and mouse may change."""
    assert window.halves is not None
    return {
        "steps": f"{[half.snapshot.step for half in window.halves]}",
        "cpu": f"{window.cpu}, {window.bar.cpu.currentText()}",
        "event": f"{window.strip.place} {window.strip.accessibleDescription()}",
        "range": f"{window.strip.range.first} to {window.strip.range.last}",
        "said": window.sentences.text(),
        "differs": window.figures.accessibleDescription(),
        "A": window.sides[0].state.text(),
        "B": window.sides[1].state.text(),
        "keyboard": name_of(QApplication.focusWidget()),
    }


def going(
    driver: Driver, window: CompareWindow, deeds: Iterator[tuple[str, Callable[[], object]]]
) -> list[str]:
    """Do each deed, and let both channels follow."""

    def settled(do: Callable[[], object]) -> None:
        do()
        settle(driver, window)
        QApplication.processEvents()  # what is laid out anew is so by then

    each = ((name, lambda do=do: settled(do)) for name, do in deeds)
    return done(each, lambda: state(window))


def test_it_is_described(driver: Driver, window: CompareWindow, tmp_path: Path) -> None:
    told = plainly(described(window))
    parts = [("at the end", told), ("strip", [look(window.strip)])]

    def tell(title: str) -> None:
        nonlocal told
        settle(driver, window)
        before, told = told, plainly(described(window))
        parts.append((title, [*since(before, told), look(window.strip)]))

    for cpu in (1, 2, 0):
        window.choose_cpu(cpu)
        tell(f"cpu {cpu}")
    for step in (0, 9):
        driver.controller.seek(step)
        tell(f"step {step}")
    window.toggle_play()
    tell("played")
    window.toggle_play()
    window.form.mode.setCurrentIndex(2)
    tell("default mode")
    for name, text in (("n_subbufs", "x"), ("subbuf_size", "8"), ("subbuf_size", "128")):
        window.form.fields[name].setText(text)
        window.form.fields[name].editingFinished.emit()
        tell(f"{name} {text}")
        window.form.fields[name].setText("2")
    driver.window.choose_theme("light")
    tell("light")
    boxes = [one for one in window.findChildren(QComboBox) if one.isVisible()]
    tips = [str(one.itemData(at, 3)) for one in boxes for at in range(one.count())]
    compare("compare", [*parts, ("tips of choices", tips)], tmp_path)


def test_keys_and_mouse(driver: Driver, window: CompareWindow, tmp_path: Path) -> None:
    def pressed() -> Iterator[tuple[str, Callable[[], object]]]:
        for key in OF_WINDOW:
            yield key.name, lambda key=key: press(window, key)  # type: ignore[misc]

    parts = [
        ("keys of the strip", going(driver, window, keys(window.strip, PRESSED))),
        ("keys of the window", going(driver, window, pressed())),
    ]
    for view in own_views(window):
        window.choose_cpu(0)
        driver.controller.seek(driver.snapshot.last_step)
        settle(driver, window)
        begun = look(view)
        lines = going(driver, window, mouse(view))
        parts.append((name_of(view), [begun, *lines, f"then: {look(view)}"]))
    compare("compare-driven", parts, tmp_path)

"""The Compare window: opened with one key, in step with the session, exported in three forms."""

from __future__ import annotations

import errno
import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from relayviz.gui.compare import CompareWindow
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.conftest import Driver

Key = Qt.Key


def session(driver: Driver) -> None:
    """A session that is worth comparing: nine writes into two sub-buffers of two events each."""
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=2))
    driver.controller.submit(*(Operation(Kind.WRITE, 0, 30) for _ in range(9)))
    driver.settle()


def opened(driver: Driver) -> CompareWindow:
    driver.press(Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    window = driver.window.findChildren(CompareWindow)[-1]
    settle(driver, window)
    return window


def press(window: CompareWindow, key: Key) -> None:
    """Press a key in the window: its shortcuts count while it is the active one."""
    window.activateWindow()
    while not window.isActiveWindow():  # the platform tells it a little later
        QTest.qWait(1)
    QTest.keyClick(window, key)


def settle(driver: Driver, window: CompareWindow) -> None:
    """Wait until both channels stand after the same step, and that is shown."""
    driver.settle()
    while True:
        assert window.follower.engine.wait_idle()
        window.look()
        if window.halves is None:
            continue
        a, b = (half.snapshot for half in window.halves)
        ours, theirs = window.leader.snapshot, window.follower.engine.snapshot
        if (a, b) == (ours, theirs) and window.follower.follow() is not None:
            return


def test_one_key_shows_what_each_mode_keeps(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    assert window.config.mode is Mode.OVERWRITE
    said = window.sentences.text().splitlines()
    assert said[0].startswith("A keeps the oldest 4 events and loses the newest 5")
    assert said[1].startswith("B keeps the newest 3 events and loses the oldest 6")
    assert said[2] == "Only A keeps the 4 events 1…4; only B keeps the 3 events 7…9."
    assert "subbufs_produced: A 2, B 4" in window.figures.accessibleDescription()
    assert "offset 65 (blocked)" in window.sides[0].state.text()
    assert "event 1: in A unread; in B overwritten" in window.strip.words(0, 1)
    assert window.strip.words_at(QPointF(window.strip.x_of(0), 10)) == window.strip.words(0, 1)
    window.close()


def test_both_sides_stand_beside_each_other_and_choose_a_cpu_for_both(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    a, b = (side.geometry() for side in window.sides)
    assert a.right() < b.left()
    assert (a.top(), a.height()) == (b.top(), b.height())
    assert a.width() == pytest.approx(b.width(), abs=1)
    for side, cpu in zip(window.sides, (1, 0), strict=True):
        side.view.selected.emit(cpu, 0)
        settle(driver, window)
        assert window.bar.cpu.currentData() == cpu
    window.close()


def test_it_is_no_larger_than_the_screen(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    room = window.screen().availableSize()
    assert window.width() < room.width()
    assert window.height() < room.height()


def test_it_begins_where_there_is_something_to_be_seen(driver: Driver) -> None:
    window = opened(driver)  # of the example: cpu 1 alone has lost something
    assert driver.controller.inputs.cpu == 0
    assert window.cpu == 1
    said = [window.strip.words(place, 1) for place in range(window.strip.last + 1)]
    window.strip.setFocus()
    visited = []
    for _ in said:
        QTest.keyClick(window.strip, Key.Key_L)
        visited.append(window.strip.place)
    losses = ("refused", "overwritten")
    assert sorted(set(visited)) == [
        place for place, words in enumerate(said) if any(one in words for one in losses)
    ]
    assert 1 < len(set(visited)) < len(said)
    window.bar.cpu.setCurrentIndex(0)
    window.bar.cpu.activated.emit(0)
    assert window.cpu == 0
    said = window.sentences.text().splitlines()
    assert said[2] == "Here both keep the same events; they differ on cpu 1."
    window.close()


def test_it_goes_with_the_session_and_takes_it_along(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    driver.press(Key.Key_W)
    settle(driver, window)
    assert window.halves is not None
    assert [half.snapshot.step for half in window.halves] == [10, 10]
    press(window, Key.Key_Home)
    settle(driver, window)
    assert driver.snapshot.step == 0
    assert window.sentences.text().splitlines()[0] == "A has no event yet."
    for _ in range(3):
        press(window, Key.Key_F11)
        settle(driver, window)
    assert driver.snapshot.step == 3
    window.bar.slider.setValue(5)
    settle(driver, window)
    assert driver.snapshot.step == 5
    driver.trigger("op.write")  # acting in the past: a branch, in both
    settle(driver, window)
    assert len(window.follower.engine.history.branches) == 2
    window.strip.setFocus()
    QTest.keyClick(window.strip, Key.Key_Right)
    assert "event 1" in window.strip.accessibleDescription()
    QTest.keyClick(window.strip, Key.Key_Return)
    settle(driver, window)
    assert driver.snapshot.step == 5  # the fifth write went over the first
    window.close()


@pytest.mark.parametrize("events", [0, 1, 3])
def test_a_click_on_the_strips_chooses_an_event_if_there_is_one(
    driver: Driver, events: int
) -> None:
    driver.controller.open_channel(ChannelConfig(subbuf_size=64, n_subbufs=2, cpus=1))
    driver.controller.submit(*[Operation(Kind.WRITE, 0, 30)] * events)
    driver.settle()
    window = opened(driver)
    wanted: list[int] = []
    window.strip.wanted.connect(wanted.append)
    for at in range(max(events, 1)):
        place = QPointF(window.strip.x_of(at), window.strip.frame.top + 2).toPoint()
        QTest.mouseClick(window.strip, Qt.MouseButton.LeftButton, pos=place)
        assert window.strip.place == (at if events else -1)
    assert wanted == [*range(1, events + 1)]
    window.close()


def test_play_goes_to_the_end_by_itself(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    press(window, Key.Key_Home)
    settle(driver, window)
    window._play.setInterval(0)
    steps = []
    window.shown.connect(lambda: steps.append(window.leader.snapshot.step))
    press(window, Key.Key_F5)
    assert window.bar.play.text().startswith("Stop")
    while not window.bar.play.text().startswith("Run"):
        QTest.qWait(1)
    assert steps == list(range(1, 10))
    window.close()


def test_sizes_of_b_can_be_others_and_wrong_ones_are_told(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    fields = window.form.fields
    fields["n_subbufs"].setText("many")
    fields["n_subbufs"].editingFinished.emit()
    assert "A whole number" in window.form.error.text()
    fields["n_subbufs"].setText("8")
    fields["header"].setText("64")
    fields["header"].editingFinished.emit()
    assert "A header must leave 2 bytes" in window.form.error.text()
    fields["header"].setText("0")
    fields["header"].editingFinished.emit()
    assert window.form.error.text() == ""
    settle(driver, window)
    assert window.sentences.text().splitlines()[1] == "B keeps all 9 events."
    window.form.mode.setCurrentIndex(0)
    settle(driver, window)
    assert window.config.mode is Mode.NO_OVERWRITE
    window.close()


def test_it_ends_with_its_session(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    driver.window.desk.discard()  # nothing to be asked
    driver.controller.close_tab(driver.controller.current)
    assert window.isHidden()


def test_what_takes_the_keyboard_has_a_name(driver: Driver) -> None:
    session(driver)
    window = opened(driver)
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert nameless == []
    window.close()


# -- export ----------------------------------------------------------------------------------------


def export(window: CompareWindow, path: Path) -> str:
    said: list[str] = []
    window.exports.done.connect(said.append)
    window.exports.write(str(path))
    while not said:
        QTest.qWait(1)
    return said[-1]


def test_png_and_svg(driver: Driver, tmp_path: Path) -> None:
    session(driver)
    window = opened(driver)
    assert export(window, tmp_path / "a.png") == f"Wrote {tmp_path / 'a.png'}."
    assert not QImage(str(tmp_path / "a.png")).isNull()
    assert export(window, tmp_path / "a.svg") == f"Wrote {tmp_path / 'a.svg'}."
    root = ET.parse(tmp_path / "a.svg").getroot()  # noqa: S314  our own file
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for line in window.sentences.text().splitlines():
        assert line in words
    assert not list(root.iter("{http://www.w3.org/2000/svg}image"))
    assert "No such file" in export(window, tmp_path / "missing" / "a.svg")
    assert "end the name in" in export(window, tmp_path / "a.txt")
    assert sorted(path.suffix for path in tmp_path.glob("a.*")) == [".png", ".svg"]
    window.close()


@pytest.mark.parametrize("kind", ["png", "svg", "html"])
def test_a_full_disk_leaves_the_old_file(
    kind: str, driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    session(driver)
    window = opened(driver)
    path = tmp_path / f"a.{kind}"
    path.write_bytes(b"old")
    with monkeypatch.context() as patched:
        patched.setattr("relayviz.model.files.os.fsync", full)
        assert "No space left on device" in export(window, path)
    assert path.read_bytes() == b"old"
    assert [each for each in tmp_path.iterdir() if each.is_file() and "a." in each.name] == [path]
    window.close()


def told_by(path: Path) -> Any:  # noqa: ANN401  JSON
    """Return what a page is told."""
    rest = path.read_text(encoding="utf-8").partition(' id="data">')[2]
    return json.loads(rest.partition("</script>")[0])


def test_the_page_has_every_step_of_both(driver: Driver, tmp_path: Path) -> None:
    session(driver)
    window = opened(driver)
    path = tmp_path / "a.html"
    assert export(window, path) == f"Wrote {path}."
    data = told_by(path)
    a, b = data["sides"]
    assert a["steps"] == b["steps"] == list(range(10))
    assert a["said"][0][3] == "On cpu 0, A has no event yet."
    assert a["said"][9][3].startswith("On cpu 0, A keeps the oldest 4 events and loses")
    assert (a["states"][0]["facts"]["mode"], b["states"][0]["facts"]["mode"]) == (
        "no-overwrite",
        "overwrite",
    )
    assert len(a["events"]) == len(b["events"]) == 9
    assert data["title"] == driver.controller.tabs[-1].title
    window.close()


def test_two_branches_are_compared(driver: Driver, tmp_path: Path) -> None:
    """Without the first write, two more fit; page, picture and sentences tell which is which."""
    session(driver)
    window = opened(driver)
    assert not window.lines.isVisible()
    driver.window.what_if.skip(driver.engine.history.at(0, 9))
    driver.engine.go(0, 4)
    driver.settle()
    driver.controller.submit(*(Operation(Kind.WRITE, 1, 30) for _ in range(9)))
    settle(driver, window)
    assert window.lines.isVisible()
    window.lines.setCurrentIndex(1)
    window.lines.activated.emit(1)  # the main line
    settle(driver, window)
    assert window.config == driver.engine.config
    a, b = window.halves or pytest.fail("nothing is shown")
    assert (a.snapshot.branch, a.snapshot.step, b.snapshot.step) == (1, 13, 9)
    assert "main line, step 9" in window.sides[1].heading.text()
    window.choose_cpu(0)
    said = window.sentences.text().splitlines()
    assert said[0] == "A keeps all 4 events."
    assert said[1].startswith("B keeps the oldest 4 events and loses the newest 5")
    path = tmp_path / "a.html"
    assert export(window, path) == f"Wrote {path}."
    data = told_by(path)
    a_told, b_told = data["sides"]
    assert a_told["steps"] == list(range(14))
    assert b_told["steps"] == [*range(10), 9, 9, 9, 9]
    assert b_told["said"][-1][3].startswith("On cpu 0, B keeps the oldest 4 events and loses")
    driver.controller.submit(Operation(Kind.SET_MODE, text=Mode.OVERWRITE))
    settle(driver, window)
    assert window.sides[0].heading.text().endswith("overwrite, 2 × 64 B")
    assert " no-overwrite" not in window.sides[0].heading.text()
    assert " no-overwrite" in window.sides[1].heading.text()
    window.lines.activated.emit(0)
    settle(driver, window)
    assert window.config.mode is Mode.OVERWRITE
    window.close()

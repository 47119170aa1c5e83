"""The Compare window: opened with one key, in step with the session, exported in three forms."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from relayviz.gui.compare import CompareWindow
from relayviz.gui.compare.page import Page
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.gui.conftest import Driver

Key = Qt.Key
NODE = shutil.which("node")
# as much of a browser as the page's script uses
STUB = """
const parts = {};
const element = id => parts[id] ??= {id, innerHTML: "", textContent: "", value: 0, max: 0};
parts["data"] = {textContent: require("fs").readFileSync(0, "utf8")};
global.document = {getElementById: element};
"""


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


class Scripts(HTMLParser):
    """Takes a page apart: its scripts by their type, and everything that points elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.links: list[str] = []
        self._type: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._type = (found.get("type") or "script") if tag == "script" else None
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if self._type is not None:
            self.scripts[self._type] = self.scripts.get(self._type, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._type = None


def test_the_page_has_every_step_and_needs_nothing_else(driver: Driver, tmp_path: Path) -> None:
    session(driver)
    window = opened(driver)
    path = tmp_path / "a.html"
    assert export(window, path) == f"Wrote {path}."
    page = path.read_text(encoding="utf-8")
    parsed = Scripts(page)
    assert parsed.links == []
    assert "url(http" not in page
    data = json.loads(parsed.scripts["application/json"])
    assert [frame["step"] for frame in data["frames"]] == list(range(10))
    said = [data["parts"][frame["parts"][data["names"].index("said")]] for frame in data["frames"]]
    assert "A has no event yet." in said[0]
    assert "A keeps the oldest 4 events and loses the newest 5" in said[9]
    assert len(data["parts"]) < 10 * len(data["names"])  # what stays the same is kept once
    if NODE is not None:
        run_script(NODE, parsed, data)
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
    data = json.loads(Scripts(path.read_text(encoding="utf-8")).scripts["application/json"])
    assert [frame["step"] for frame in data["frames"]] == list(range(14))
    last = data["parts"][data["frames"][-1]["parts"][data["names"].index("said")]]
    assert "B keeps the oldest 4 events and loses the newest 5" in last
    driver.controller.submit(Operation(Kind.SET_MODE, text=Mode.OVERWRITE))
    settle(driver, window)
    assert window.sides[0].heading.text().endswith("overwrite, 2 × 64 B")
    assert " no-overwrite" not in window.sides[0].heading.text()
    assert " no-overwrite" in window.sides[1].heading.text()
    window.lines.activated.emit(0)
    settle(driver, window)
    assert window.config.mode is Mode.OVERWRITE
    window.close()


def run_script(node: str, parsed: Scripts, data: dict[str, list[dict[str, list[int]]]]) -> None:
    """Move the slider to each step: every group must hold the parts of that frame."""
    check = """
    for (let at = 0; at < data.frames.length; at++) {
      show(at);
      data.names.forEach((name, group) => {
        const wanted = data.parts[data.frames[at].parts[group]];
        if (parts["part-" + name].innerHTML !== wanted) throw new Error(at + " " + name);
      });
    }
    document.onkeydown({key: "Home", target: null});
    console.log(parts["place"].textContent);
    """
    script = STUB + parsed.scripts["script"] + check
    result = subprocess.run(
        [node, "-e", script], input=json.dumps(data), capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "step 0 of 9\n"), result.stderr


@pytest.mark.parametrize("steps", [1, 1500, 1501, 40_000])
def test_a_long_session_is_thinned_out_evenly(steps: int, qapp: object) -> None:
    from relayviz.gui.look import theme  # noqa: PLC0415

    del qapp
    page = Page(steps, 0, theme.current())
    wanted = [step for step in range(steps) if page.wants(step)]
    assert wanted[0] == 0
    assert wanted[-1] == steps - 1
    assert len(wanted) <= 1501
    gaps: Callable[[int], int] = lambda at: wanted[at + 1] - wanted[at]  # noqa: E731
    assert len({gaps(at) for at in range(len(wanted) - 2)}) <= 1

"""The new-channel dialog: bad input is told beside its field, and never gets through."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from relayviz.gui.background import Background
from relayviz.gui.look import theme
from relayviz.gui.newchannel import NewChannelDialog, PythonDialog
from relayviz.gui.newchannel.form import cpu_list, number
from relayviz.model.channel.client import TEMPLATES
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.result import Outcome

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Driver

PATIENCE = 10.0  # seconds
RAISING = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n    return 1 // 0\n"


def opened(driver: Driver) -> NewChannelDialog:
    driver.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    dialog = driver.dialog()
    assert isinstance(dialog, NewChannelDialog)
    return dialog


def fill(dialog: NewChannelDialog, name: str, text: str) -> None:
    """Type over what stands in a field."""
    field = dialog.form.fields[name]
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def choose(dialog: NewChannelDialog, mode: Mode) -> None:
    box = dialog.form.fields["mode"]
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(mode.value))


BAD = (
    ("subbuf_size", "abc"),
    ("subbuf_size", "0"),
    ("subbuf_size", "-5"),
    ("subbuf_size", ""),
    ("subbuf_size", "9" * 40),
    ("subbuf_size", "4g"),
    ("n_subbufs", "1.5"),
    ("n_subbufs", "0"),
    ("n_subbufs", "600000"),
    ("cpus", "5000"),
    ("cpus", "0"),
    ("header", "511"),
    ("header", "x"),
    ("online", "7"),
    ("online", "a-b"),
    ("online", "1-"),
    ("online", "0-99999999999"),
    ("base_filename", "a/b"),
    ("base_filename", "n" * 300),
    ("event_size", "many"),
    ("event_size", "-1"),
)


def test_bad_input_is_told_beside_its_field(driver: Driver, subtests: pytest.Subtests) -> None:
    for name, text in BAD:
        dialog = opened(driver)
        with subtests.test(name=name, text=text):
            fill(dialog, name, text)
            message = dialog.form.messages[name]
            assert message.isVisible()
            assert message.text().endswith(".")
            assert dialog.form.fields[name].accessibleDescription() == message.text()
            assert not dialog.open_button.isEnabled()
            QTest.keyClick(dialog.form.fields[name], Qt.Key.Key_Return)
            assert dialog.isVisible()
            assert len(driver.controller.tabs) == 1
        dialog.reject()


def test_a_field_that_cannot_be_read_does_not_hide_other_faults(driver: Driver) -> None:
    dialog = opened(driver)
    fill(dialog, "subbuf_size", "abc")
    fill(dialog, "online", "9")
    assert dialog.form.messages["subbuf_size"].isVisible()
    assert dialog.form.messages["online"].isVisible()
    dialog.reject()


def test_a_channel_is_opened_as_asked(driver: Driver) -> None:
    dialog = opened(driver)
    for name, text in {
        "base_filename": "trace",
        "subbuf_size": "2k",
        "n_subbufs": "16",
        "cpus": "3",
        "online": "0, 2",
        "header": "8",
    }.items():
        fill(dialog, name, text)
    choose(dialog, Mode.OVERWRITE)
    assert "2 buffers" in " ".join(dialog.picture.lines())
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    config = driver.snapshot.config
    assert (config.subbuf_size, config.n_subbufs, config.cpus) == (2048, 16, 3)
    assert config.online == (0, 2)
    assert driver.snapshot.mode is Mode.OVERWRITE
    assert driver.window.channels.tabs.tabText(1) == "trace"
    assert driver.window.operations.cpu.maximum() == 2


def test_bad_ideas_are_warned_of(driver: Driver) -> None:
    dialog = opened(driver)
    assert dialog.warnings.text() == ""
    fill(dialog, "n_subbufs", "1")
    assert "one sub-buffer" in dialog.warnings.text()
    fill(dialog, "header", "450")
    assert dialog.form.event_size == 15  # several fit into the 62 B that are left
    fill(dialog, "event_size", "120")
    assert "120 B do not fit beside the header" in dialog.warnings.text()
    assert dialog.open_button.isEnabled()
    dialog.reject()


def test_events_are_of_a_size_that_can_be_stored(driver: Driver) -> None:
    """The usual size stays a habit: the next channel with room for it has it again."""
    bar = driver.window.operations
    dialog = opened(driver)
    fill(dialog, "subbuf_size", "64")
    assert dialog.form.text("event_size") == "16"
    assert not dialog.warnings.text()
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert bar.length.value() == driver.controller.inputs.length == 16
    driver.activate()
    driver.window.focus_dock("rings")
    driver.press(Qt.Key.Key_W)
    assert driver.snapshot.result.outcome is Outcome.STORED
    dialog = opened(driver)
    fill(dialog, "subbuf_size", "512")
    assert dialog.form.text("event_size") == "120"
    dialog.reject()
    assert driver.window.kept().length == 120


def test_a_size_that_no_sub_buffer_has_room_for_is_told(driver: Driver) -> None:
    """One that somebody typed is taken: a refusal can be what is wanted."""
    bar = driver.window.operations
    dialog = opened(driver)
    fill(dialog, "subbuf_size", "64")
    fill(dialog, "event_size", "65")
    assert dialog.warnings.text()
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert bar.length.value() == 65
    told = "An event of 65 B is too big: a sub-buffer has room for at most 64 B."
    assert bar.length.accessibleDescription() == told
    assert told in bar.length.toolTip()
    assert bar.length.palette().text().color() == theme.current()[theme.Role.ERROR]
    bar.length.setValue(64)
    assert bar.length.accessibleDescription() == ""
    assert "too big" not in bar.length.toolTip()


def test_python_is_run_only_when_confirmed_and_its_faults_are_told(
    driver: Driver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = tmp_path_factory.mktemp("mark") / "ran"
    dialog = opened(driver)
    choose(dialog, Mode.PYTHON)
    assert dialog.editor.isVisible()
    dialog.editor.use(f"open({str(mark)!r}, 'w').close()\nnonsense(")
    assert not mark.exists()
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert dialog.isVisible()
    assert dialog.editor.message.text().startswith("Line 2")
    dialog.reject()
    assert not mark.exists()


def test_a_callback_that_raises_leaves_the_channel_usable(driver: Driver) -> None:
    dialog = opened(driver)
    choose(dialog, Mode.PYTHON)
    dialog.editor.use(RAISING)
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    driver.activate()
    assert driver.snapshot.mode is Mode.PYTHON
    driver.press(Qt.Key.Key_W)
    assert driver.snapshot.result.outcome is Outcome.STORED
    driver.press(Qt.Key.Key_F)
    error = driver.snapshot.result.error
    assert error is not None
    assert error.line == 2


def test_python_from_now_on(driver: Driver) -> None:
    driver.press(Qt.Key.Key_4)
    dialog = driver.dialog()
    assert isinstance(dialog, PythonDialog)
    assert dialog.editor.source == next(iter(TEMPLATES.values()))
    QTest.mouseClick(dialog.run_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert driver.snapshot.mode is Mode.PYTHON


def test_the_editor_indents(driver: Driver) -> None:
    dialog = opened(driver)
    choose(dialog, Mode.PYTHON)
    field = dialog.editor.field
    dialog.editor.use("")
    QTest.keyClicks(field, "def f():")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClicks(field, "pass")
    assert dialog.editor.source == "def f():\n    pass"
    dialog.reject()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("512", 512),
        (" 4k ", 4096),
        ("64 KiB", 65536),
        ("0x200", 512),
        ("0x1B", 27),
        ("1M", 1 << 20),
        ("-3", -3),
    ],
)
def test_numbers(text: str, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "k", "1e3", "²", "٣", "1 2", "--1", "NaN"])
def test_no_numbers(text: str) -> None:
    assert isinstance(number(text), str) or number(text) == 3


@pytest.mark.parametrize(
    ("text", "cpus"), [("", None), ("0-2, 5", (0, 1, 2, 5)), ("3", (3,)), ("1,1", (1,))]
)
def test_lists_of_cpus(text: str, cpus: tuple[int, ...] | None) -> None:
    assert cpu_list(text) == cpus


@pytest.mark.parametrize(
    "text", ["9" * 5000, "5-2", "0-65535," * 4000, "-", ",", "1,,2", "\uff10-\uff13", "\a", "0x1"]
)
def test_no_lists_of_cpus(text: str) -> None:
    assert isinstance(cpu_list(text), str)


def test_the_dialog_remembers_what_was_opened(driver: Driver) -> None:
    dialog = opened(driver)
    assert not dialog.recent.isVisible()
    for name, text in {"base_filename": "mine", "n_subbufs": "3", "online": "0, 2"}.items():
        fill(dialog, name, text)
    choose(dialog, Mode.OVERWRITE)
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    first = driver.snapshot.config
    driver.stop()
    driver.start()
    dialog = opened(driver)
    assert dialog.config() == (first, {})
    dialog.recent.setCurrentIndex(dialog.recent.count() - 1)
    dialog.recent.activated.emit(dialog.recent.count() - 1)
    assert dialog.config() == (ChannelConfig(), {})
    dialog.reject()


def test_nothing_that_is_said_is_cut(driver: Driver) -> None:
    dialog = opened(driver)
    for name, text in {"base_filename": "a/b", "subbuf_size": "-5", "n_subbufs": "", "cpus": "x",
                       "header": "?", "online": "q", "event_size": "many"}.items():  # fmt: skip
        fill(dialog, name, text)
    QTest.qWait(0)
    for message in dialog.form.messages.values():
        if message.text():
            assert message.height() >= message.heightForWidth(message.width()), message.text()
    dialog.reject()


@pytest.mark.parametrize(
    ("mode", "words"),
    [(Mode.OVERWRITE, "The channel is not open yet."), (Mode.PYTHON, "Your Python has not")],
)
def test_only_python_is_said_not_to_return(
    mode: Mode, words: str, driver: Driver, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    held = threading.Event()

    def opening(_config: ChannelConfig, parent: QObject) -> Background[bool]:
        return Background(lambda: held.wait(PATIENCE), lambda _made: None, parent)

    dialog = opened(driver)
    choose(dialog, mode)
    monkeypatch.setattr(driver.controller, "opening", opening)
    dialog._patience.setInterval(1)
    dialog.open_button.click()
    qtbot.waitUntil(lambda: dialog.error.text() != "", timeout=int(PATIENCE * 1000))
    assert dialog.error.text().startswith(words)
    assert dialog.error.text().endswith("Cancel goes on without it.")
    dialog.reject()
    held.set()
    driver.settle()


def test_a_client_fills_the_fields_and_is_the_load_of_what_is_opened(driver: Driver) -> None:
    dialog = opened(driver)
    fill(dialog, "cpus", "3")
    place = dialog.clients.box.findText("i915 GuC log")
    dialog.clients.box.setCurrentIndex(place)
    dialog.clients.box.activated.emit(place)
    config, wrong = dialog.config()
    assert not wrong
    assert (config.subbuf_size, config.n_subbufs, config.cpus) == (77_824, 8, 3)
    assert (config.mode, config.is_global) == (Mode.NO_OVERWRITE, True)
    assert "intel_guc_logger" in dialog.clients.about.text()
    QTest.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert driver.snapshot.config.subbuf_size == 77_824
    assert driver.controller.running.load.title == "i915 GuC log"
    assert driver.controller.running.presets.name_of(driver.controller.running.load)

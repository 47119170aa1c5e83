"""Settings, themes, words, watchdog, and starting without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject
from PySide6.QtTest import QTest

from relayviz.gui import NO_DISPLAY, has_display
from relayviz.gui.look import theme
from relayviz.gui.look.glossary import WORDS, explain
from relayviz.gui.look.roles import Role
from relayviz.gui.look.theme import POINT_SIZE
from relayviz.gui.shell import settings
from relayviz.gui.shell.settings import Layout, Settings, Store
from relayviz.gui.shell.watchdog import Watchdog
from relayviz.model.numbers import THIN, grouped, plural, size

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QColor
    from pytestqt.qtbot import QtBot

READABLE = 4.5  # the contrast that text needs, by WCAG
VISIBLE = 3.0  # and graphic objects


def luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
def test_text_can_be_read_and_marks_seen(name: str) -> None:
    colours = theme.load(name)
    for ground in (Role.PANEL, Role.WINDOW):
        for role in (Role.TEXT, Role.TEXT_DIM, Role.TEXT_STRONG, Role.ERROR, Role.WARNING, Role.OK):
            assert contrast(colours[role], colours[ground]) >= READABLE, (role, ground)
    assert contrast(colours[Role.ACCENT_TEXT], colours[Role.ACCENT]) >= READABLE
    for role in (
        *(Role.UNREAD, Role.HEADER, Role.PADDING, Role.RESERVED, Role.LOST),
        *(Role.WRITE_POSITION, Role.CONSUMER_POSITION, Role.CHANGED, Role.SELECTION),
    ):
        assert contrast(colours[role], colours[Role.GAP]) >= VISIBLE, role


def test_themes_style_everything_by_role() -> None:
    for name in ("light", "dark", "contrast"):
        assert "{accent}" not in theme.style_sheet(theme.load(name))


def test_settings_come_back_and_defaults_are_not_written(tmp_path: Path) -> None:
    store = Store(Settings, tmp_path / "deep" / "settings.json")
    assert store.load() == Settings()
    store.save(Settings(theme="light"))
    assert store.load() == Settings(theme="light")
    assert json.loads(store.path.read_text(encoding="utf-8")) == {"version": 2, "theme": "light"}
    assert [path.name for path in store.path.parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": "1"}',
        '{"version": 99}',
        '{"version": 1, "theme": "pink"}',
        '{"version": 1, "welcomed": 3}',
        "\x00\xff",
        pytest.param('{"version": 2, "presets": ' + "[" * 100_000, id="without end"),
    ],
)
def test_a_file_that_cannot_be_used_is_kept_and_told_of(tmp_path: Path, text: str) -> None:
    store = Store(Settings, tmp_path / "settings.json")
    store.path.write_bytes(text.encode("latin-1"))
    assert store.load() == Settings()
    assert "settings.json" in store.problem
    assert (tmp_path / "settings.unreadable.json").read_bytes() == text.encode("latin-1")


def test_unknown_names_are_left_alone(tmp_path: Path) -> None:
    store = Store(Layout, tmp_path / "session.json")
    store.path.write_text('{"version": 1, "length": 7, "later": 1}', encoding="utf-8")
    assert store.load() == Layout(length=7)
    assert store.problem == ""


def test_older_files_are_migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VERSION", 3)
    steps = {1: lambda values: {**values, "a": 1}, 2: lambda values: {**values, "b": values["a"]}}
    monkeypatch.setattr(settings, "MIGRATIONS", steps)
    assert settings.migrated({"version": 1})["b"] == 1


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(Settings, tmp_path / "settings.json")
    store.save(Settings(theme="dark"))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.save(Settings(theme="light"))
    assert store.load() == Settings(theme="dark")
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]


def test_words_are_one_line_each_and_unique() -> None:
    terms = [word.term.casefold() for word in WORDS]
    assert len(set(terms)) == len(terms)
    assert all(word.meaning.endswith(".") and "\n" not in word.meaning for word in WORDS)
    assert explain("Padding") == explain("padding")


def test_numbers_for_people() -> None:
    assert grouped(1234567) == f"1{THIN}234{THIN}567"
    assert plural(1, "event") == "1 event"
    assert plural(0, "event") == "0 events"
    assert size(4096) == f"4{THIN}096 B"
    assert size(1 << 20) == "1 MiB"
    assert size(20 << 10) == "20 KiB"


def test_the_watchdog_reports_a_stall(qapp: object, capsys: pytest.CaptureFixture[str]) -> None:
    del qapp
    owner = QObject()
    dog = Watchdog(owner, limit=0.02)
    for _ in range(100):  # on a busy machine it comes late to look
        QTest.qSleep(100)  # the one place where the window's thread stands still on purpose
        if dog.reports:
            break
    dog.stop()
    assert dog.reports == 1
    assert "qSleep" in capsys.readouterr().err


# as by the script `relayviz`: an application is called what the program's file is called
BY_SCRIPT = """
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from relayviz.gui.shell.app import prepare

class View(QWidget):
    spoken_as = QAccessible.Role.Chart

application = QApplication(["/usr/bin/relayviz"])
prepare(application)
view = View()
told = QAccessible.queryAccessibleInterface(view).role()
icon, size = application.windowIcon(), application.font().pointSizeF()
print(application.desktopFileName(), icon.isNull(), told.name, size)
application.setApplicationDisplayName("as it is now")
prepare(application)
print(application.applicationDisplayName())
"""


def test_a_program_that_is_called_relayviz_is_prepared_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BY_SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == (
        f"relayviz False Chart {POINT_SIZE}\nas it is now\n",
        "",
    )


def without_display(*words: str) -> subprocess.CompletedProcess[str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, "-m", "relayviz", *words],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_whoever_draws_is_told_of_another_theme(qtbot: QtBot) -> None:
    switch = theme.ThemeSwitch("dark")
    for choice in ("light", "dark"):
        with qtbot.waitSignal(switch.changed):
            switch.choose(choice)
        assert theme.current() is theme.load(choice)


def test_one_way_to_open_a_window_is_enough() -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        assert has_display({name: ":1"})
        assert not has_display({name: ""})
    assert not has_display({})


def test_without_a_display_the_remedy_is_named() -> None:
    result = without_display("gui")
    assert result.returncode == NO_DISPLAY
    assert "xvfb-run" in result.stderr
    assert result.stdout == ""


def test_without_a_display_and_a_command_the_demo_is_shown() -> None:
    result = without_display()
    assert result.returncode == 0
    assert "no display" in result.stderr
    assert result.stdout == without_display("demo").stdout

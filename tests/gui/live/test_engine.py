"""The window over the real engine: threads run, stop, and are gone when they should."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from relayviz.engines.live.engine import LiveEngine
from relayviz.engines.live.simulation import SimulatedEngine
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.compare import CompareWindow
from relayviz.gui.desk import commands
from relayviz.gui.rates.rate_panel import RatePanel
from relayviz.gui.shell import app
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import NUMBERED
from relayviz.model.load.load import AS_FAST_AS_IT_GOES, BreakOn, Load, ReaderKind, Reading, Writing
from tests.gui.conftest import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

Key, Modifier = Qt.Key, Qt.KeyboardModifier
FAST = Load(Writing(AS_FAST_AS_IT_GOES), Reading(pace=0.001))


def native_threads() -> int:
    """How many threads of live pools this process has; they have names."""
    count = 0
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            count += (task / "comm").read_text().startswith("relay-")
    return count


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Driver]:
    """The program with its own engine."""
    app.prepare(qapp)
    made = Driver(tmp_path)
    yield made
    made.stop()
    # a thread that was joined may be seen for a moment more
    qtbot.waitUntil(lambda: native_threads() == 0, timeout=10_000)
    made.window.deleteLater()
    made.program.deleteLater()


def open_live(window: Driver, load: Load, mode: Mode = Mode.OVERWRITE, cpus: int = 4) -> LiveEngine:
    """Run a channel of its own under a load."""
    window.controller.running.set_load(load)
    window.controller.open_channel(
        ChannelConfig(base_filename="live", cpus=cpus, subbuf_size=512, n_subbufs=8, mode=mode)
    )
    window.press(Key.Key_2, Modifier.ControlModifier)
    engine = window.controller.running.engine
    assert isinstance(engine, LiveEngine)
    return engine


def stored(window: Driver) -> int:
    return int(window.snapshot.buffers["account"]["accepted"]["events"].sum())


def test_it_runs_and_every_dock_shows_it(window: Driver, qtbot: QtBot) -> None:
    open_live(window, FAST)
    panel = window.window.docks["rate"].panel
    assert isinstance(panel, RatePanel)
    qtbot.waitUntil(lambda: stored(window) > 100_000, timeout=20_000)
    qtbot.waitUntil(lambda: "B/s" in panel.says.text(), timeout=20_000)
    headline = window.window.live.headline
    qtbot.waitUntil(lambda: "B/s" in headline.text(), timeout=20_000)
    assert window.snapshot.runs


def test_the_same_on_a_simulated_clock_says_so(window: Driver, qtbot: QtBot) -> None:
    """From Live to Simulated and back, by keys; a load without a rate is told and not taken."""
    load = Load(Writing(20_000.0), Reading(pace=0.05))
    real = open_live(window, load)
    clock = window.window.live.clock
    assert not clock.isVisible()
    window.press(Key.Key_3, Modifier.ControlModifier)
    engine = window.controller.running.engine
    assert isinstance(engine, SimulatedEngine)
    assert not real.running
    qtbot.waitUntil(lambda: stored(window) > 100_000, timeout=20_000)
    window.window.resize(1680, 1000)
    qtbot.waitUntil(clock.isVisible)
    assert clock.text() == "simulated clock"
    window.window.resize(1280, 800)  # there the load needs the room
    qtbot.waitUntil(lambda: not clock.isVisible())
    qtbot.waitUntil(lambda: "Simulated: running" in window.window.status.words.text())
    window.controller.running.set_load(FAST)
    assert "give a rate" in window.window.status.words.text()
    assert window.controller.running.load == engine.load == load
    window.window.resize(1680, 1000)
    qtbot.waitUntil(clock.isVisible)
    window.press(Key.Key_2, Modifier.ControlModifier)
    assert window.controller.running.engine is real
    qtbot.waitUntil(lambda: not clock.isVisible())


def test_what_cannot_run_live_says_what_to_do_and_then_runs(window: Driver) -> None:
    window.controller.open_channel(ChannelConfig(base_filename=None))
    window.press(Key.Key_2, Modifier.ControlModifier)
    refusal = window.window.refusal
    assert "late set-up" in refusal.words.text()
    assert refusal.isVisible()
    assert window.snapshot.live is None
    commands.late_setup(window.controller, "late")
    window.settle()
    assert not refusal.isVisible()
    window.press(Key.Key_2, Modifier.ControlModifier)
    assert window.snapshot.live is not None


def test_a_subbuf_start_in_python_is_refused_until_the_mode_is_another(window: Driver) -> None:
    source = "def subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n    return 1\n"
    config = ChannelConfig(base_filename="python", mode=Mode.PYTHON, source=source)
    window.controller.open_channel(config, [compile_subbuf_start(source)])
    window.press(Key.Key_2, Modifier.ControlModifier)
    assert "Choose no-overwrite" in window.window.refusal.words.text()
    window.press(Key.Key_2)
    assert not window.window.refusal.isVisible()
    window.press(Key.Key_2, Modifier.ControlModifier)
    assert window.snapshot.live is not None
    assert window.snapshot.mode is Mode.OVERWRITE


def test_the_bytes_tell_which_event_it_is(window: Driver, qtbot: QtBot) -> None:
    open_live(window, Load(Writing(20_000.0), Reading(ReaderKind.NONE)), Mode.NO_OVERWRITE)
    window.window.focus_dock("bytes")
    window.controller.select(2, 0)
    qtbot.waitUntil(lambda: int(window.snapshot.subbufs[2, 0]["events"]) == 8, timeout=20_000)
    window.press(Key.Key_Space)
    panel = window.window.docks["bytes"].panel
    assert isinstance(panel, BytesPanel)
    panel.view.move_to(70)
    told = "event 1 · 64 bytes at 64…127 · write on cpu 2, live · unread"
    assert told in panel.says.text()
    window.press(Key.Key_F11)  # it is still known where it is stepped
    window.window.focus_dock("bytes")
    window.controller.select(2, 0)
    panel.view.move_to(130)
    assert "event 2 · 64 bytes" in panel.says.text()


def test_space_stops_all_threads_and_what_is_shown_stands_still(
    window: Driver, qtbot: QtBot
) -> None:
    engine = open_live(window, FAST)
    qtbot.waitUntil(lambda: stored(window) > 1000, timeout=20_000)
    window.press(Key.Key_Space)
    qtbot.waitUntil(lambda: not window.snapshot.runs, timeout=20_000)
    events = stored(window)
    qtbot.wait(60)
    assert stored(window) == events
    window.press(Key.Key_Space)
    qtbot.waitUntil(lambda: stored(window) > events, timeout=20_000)
    assert engine.running


def test_step_from_here_has_exactly_that_state_and_back_to_live_goes_on(
    window: Driver, qtbot: QtBot
) -> None:
    engine = open_live(window, FAST)
    qtbot.waitUntil(lambda: stored(window) > 1000, timeout=20_000)
    window.press(Key.Key_F11)
    live, stepped = engine.snapshot, window.snapshot
    assert stepped.live is None
    for name in ("produced", "consumed", "offset", "bytes_consumed", "account"):
        assert (stepped.buffers[name] == live.buffers[name]).all(), name
    assert window.controller.stepped is not None
    for row in range(stepped.rows):
        mine, theirs = (one.bytes_of(state, row) for one, state in
                        ((window.controller.stepped, stepped), (engine, live)))  # fmt: skip
        assert mine is not None
        assert theirs is not None
        assert (mine == theirs).all()
    events = stored(window)
    window.press(Key.Key_W)
    assert stored(window) == events + 1
    window.press(Key.Key_F11, Modifier.ShiftModifier)
    assert (window.snapshot.buffers == stepped.buffers).all()
    window.press(Key.Key_2, Modifier.ControlModifier)
    qtbot.waitUntil(lambda: stored(window) > events, timeout=20_000)
    assert window.controller.running.engine is engine


def test_what_no_operations_lead_to_is_not_done_again_elsewhere(
    window: Driver, qtbot: QtBot
) -> None:
    """A channel of other sizes, or the other mode beside it, would begin empty: it is refused."""
    open_live(window, FAST)
    qtbot.waitUntil(lambda: stored(window) > 1000, timeout=20_000)
    window.press(Key.Key_F11)
    finished = (int(window.snapshot.buffers["produced"][0]) - 1) % window.snapshot.n_subbufs
    window.controller.select(0, finished)
    window.settle()
    assert "write on cpu 0, live" in window.window.docks["bytes"].panel.says.text()  # type: ignore[attr-defined]
    tabs = window.controller.tabs
    window.window.what_if.change_channel("n_subbufs=2")
    assert window.controller.tabs == tabs
    assert "no operations lead there" in window.window.status.words.text()
    window.trigger("run.compare")
    assert window.window.findChildren(CompareWindow) == []


def test_after_live_the_screen_says_what_event_numbers_count(window: Driver, qtbot: QtBot) -> None:
    """Where it was taken over, in the Log, and beside the sums, which count what was before."""
    open_live(window, FAST)
    qtbot.waitUntil(lambda: stored(window) > 1000, timeout=20_000)
    window.press(Key.Key_F11)
    qtbot.waitUntil(lambda: window.snapshot.live is None)
    assert NUMBERED in window.window.status.words.text()
    before = stored(window)
    window.press(Key.Key_W)
    window.window.focus_dock("fate")
    window.settle()
    assert window.snapshot.made_by.event == 1
    assert stored(window) == before + 1
    detail = window.window.docks["fate"].panel.detail
    assert detail.startswith("steps begin with event 1; ")
    assert window.snapshot.made_by.title().endswith("event 1")
    window.press(Key.Key_Home)
    assert NUMBERED in window.window.status.words.text()


def test_break_on_the_first_loss_is_told(window: Driver, qtbot: QtBot) -> None:
    engine = open_live(
        window, Load(Writing(20_000), Reading(ReaderKind.NONE)), Mode.NO_OVERWRITE, cpus=1
    )
    engine.set_break(BreakOn(frozenset({"refused_full"})))
    engine.start()
    notice = window.window.channels.hit
    qtbot.waitUntil(lambda: not window.snapshot.runs or notice.isVisible(), timeout=20_000)
    qtbot.waitUntil(notice.isVisible, timeout=20_000)
    assert "refused" in notice.words.text()
    assert window.snapshot.count(0, "refused_full").events >= 1


@pytest.mark.parametrize("how", ["window", "tab", "many tabs"])
def test_closing_while_it_runs_leaves_nothing(window: Driver, qtbot: QtBot, how: str) -> None:
    for _ in range(3 if how == "many tabs" else 1):
        open_live(window, FAST)
        window.window.docks["loss"].hide()
        qtbot.waitUntil(lambda: stored(window) > 1000, timeout=20_000)
    assert native_threads()
    if how != "window":
        while window.controller.tabs:
            window.press(Key.Key_W, Modifier.ControlModifier)
        qtbot.waitUntil(lambda: native_threads() == 0, timeout=20_000)
    window.stop()
    assert window.session.load().docks_live


def test_a_load_that_changes_all_the_time(window: Driver, qtbot: QtBot) -> None:
    engine = open_live(window, FAST)
    for rate in range(1, 60):
        window.controller.running.set_load(Load(Writing(float(rate * 1000))))
        window.window.docks["load"].panel.show_snapshot(window.snapshot)
    assert engine.wait_idle()
    assert engine.load.writing.rate == 59_000
    qtbot.waitUntil(
        lambda: window.snapshot.live is not None and window.snapshot.live.load == engine.load,
        timeout=20_000,
    )


def test_an_exception_while_threads_run_is_told_and_nothing_hangs(
    window: Driver, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_live(window, FAST)
    qtbot.waitUntil(lambda: stored(window) > 1000, timeout=20_000)

    def fail(**_what: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(engine._looker, "look", fail)
    words = window.window.status.words
    qtbot.waitUntil(lambda: "planted" in words.text(), timeout=20_000)
    assert not window.snapshot.runs
    assert window.button("live.run").text().endswith("Run")
    window.stop()


def test_another_tab_is_stepped_while_it_runs(window: Driver, qtbot: QtBot) -> None:
    open_live(window, FAST)
    qtbot.waitUntil(lambda: stored(window) > 1000, timeout=20_000)
    window.press(Key.Key_PageUp, Modifier.ControlModifier)
    assert window.snapshot.live is None
    step = window.snapshot.step
    window.press(Key.Key_W)
    assert window.snapshot.step == step + 1
    window.press(Key.Key_PageDown, Modifier.ControlModifier)
    assert window.snapshot.runs

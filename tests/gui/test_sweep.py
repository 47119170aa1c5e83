"""Live → Sweep: the figures of the command line, read and opened by keys; ended and exported."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest

from relayviz import cli
from relayviz.engines.live.simulation import SimulatedEngine
from relayviz.gui.shell.engines import SWEEPING
from relayviz.gui.sweep import SweepWindow
from relayviz.gui.sweep.files import FILTERS, content, suffix_of
from relayviz.gui.sweep.form import PlanError
from relayviz.model.channel.config import Mode
from relayviz.model.engine.protocol import running
from relayviz.model.load.presets import PRESETS
from relayviz.model.sweep.plan import Outcome, Plan
from relayviz.model.sweep.sweeper import Sweeping, WorkerError
from relayviz.model.sweep.told import cell_words
from tests.gui.conftest import PATIENCE
from tests.gui.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from relayviz.gui.look.theme import Theme
    from relayviz.gui.sweep.form import SweepForm
    from relayviz.model.sweep.plan import Cell
    from tests.gui.conftest import Driver

Key = Qt.Key
WORDS = ["sweep", "bursts", "stalls", "--subbuf-size", "1K,4K", "--n-subbufs", "2,8,64", "--quiet"]
WORDS += ["--mode", "no-overwrite,overwrite", "--for", "1s", "--cpus", "2", "--header", "16"]


def small(window: SweepWindow) -> None:
    """Ask for what WORDS ask for."""
    form = window.form
    form.choose_loads({"bursts", "stalls"})
    form.sizes.setText("1k, 4096")
    form.numbers.setText("2, 8, 64, 8")
    for field, value in ((form.seconds, 1), (form.cpus, 2), (form.header, 16), (form.workers, 1)):
        field.setValue(value)


@pytest.fixture
def window(driver: Driver) -> SweepWindow:
    driver.trigger("live.sweep")
    found = driver.window.findChild(SweepWindow)
    assert isinstance(found, SweepWindow)
    assert QTest.qWaitForWindowActive(found)
    return found


def measured(window: SweepWindow) -> SweepWindow:
    small(window)
    QTest.keyClick(window.form.numbers, Key.Key_Return)
    assert window.is_running
    until(lambda: not window.is_running)
    return window


def test_files_are_those_of_the_command_line(
    window: SweepWindow,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    theme: Theme,
) -> None:
    monkeypatch.setattr("tqdm.tqdm.monitor_interval", 0)  # it would leave a thread behind
    measured(window)
    forms = ("csv", "json", "html", "png")
    files = [word for one in forms for word in (f"--{one}", str(tmp_path / f"cli.{one}"))]
    assert cli.main([*WORDS, *files, "--theme", theme.name]) == 0
    for one in forms:
        path = tmp_path / f"window.{one}"
        window.write(path)
        until(path.exists)
        assert path.read_bytes() == (tmp_path / f"cli.{one}").read_bytes(), one
    capsys.readouterr()
    once, thrice = QImage(str(tmp_path / "cli.png")), tmp_path / "large.png"
    window.write(thrice, 3)
    until(thrice.exists)
    assert QImage(str(thrice)).size() == once.size() * 3
    window.write(tmp_path / "a.svg")
    until((tmp_path / "a.svg").exists)
    for words in ("stalls, overwrite", "64 ×", "4\u202f096 B"):
        assert words in (tmp_path / "a.svg").read_text(encoding="utf-8")
    window.write(tmp_path / "a.doc")
    assert "End the name in .png" in window.problem.text()
    assert [suffix_of(one) for one in FILTERS] == ["png"] * 3 + ["svg", "csv", "json", "html"]


@pytest.fixture
def theme(driver: Driver) -> Theme:
    from relayviz.gui.look import theme as themes  # noqa: PLC0415  what is shown by now

    driver.window.choose_theme("light")
    return themes.current()


def test_titles_of_loads_are_bold_and_sizes_stand_at_the_right(window: SweepWindow) -> None:
    heat = measured(window).map.heat

    def told(row: int, role: Qt.ItemDataRole) -> object:
        return heat.headerData(row, Qt.Orientation.Vertical, role)

    titles = [f"bursts, {mode}" for mode in ("no-overwrite", "overwrite")]
    sizes = ["1\u202f024 B", "4\u202f096 B"]
    words = [told(row, Qt.ItemDataRole.DisplayRole) for row in range(6)]
    assert words == [titles[0], *sizes, titles[1], *sizes]
    for row in range(6):
        is_title = row % 3 == 0
        assert (told(row, Qt.ItemDataRole.FontRole) is not None) is is_title
        side = Qt.AlignmentFlag.AlignLeft if is_title else Qt.AlignmentFlag.AlignRight
        assert told(row, Qt.ItemDataRole.TextAlignmentRole) == side | Qt.AlignmentFlag.AlignVCenter


def test_keys_read_every_cell(window: SweepWindow) -> None:
    measured(window)
    assert window.measuring is not None
    cells, found = window.measuring.plan.cells(), window.measuring.found
    assert len(cells) == 24
    window.map.setFocus()
    QTest.keyClick(window.map, Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    window.map.setCurrentIndex(window.map.heat.index(1, 0))
    root = QAccessible.queryAccessibleInterface(window.map)
    assert root is not None
    for place in range(0, 24, 3):
        for column in range(3):
            words = cell_words(cells[place + column], found[place + column])
            assert window.says.text() == words
            row = window.map.currentIndex().row()
            told = root.child((row + 1) * 4 + column + 1)  # headers are counted, too
            assert told is not None
            assert told.text(QAccessible.Text.Name) == words
            QTest.keyClick(window.map, Key.Key_Right)
        QTest.keyClick(window.map, Key.Key_Left)
        QTest.keyClick(window.map, Key.Key_Left)
        QTest.keyClick(window.map, Key.Key_Down)  # past the lines with names
    window.views.setCurrentWidget(window.table)
    window.table.setCurrentIndex(window.rows.index(20, 0))
    assert window.says.text() == cell_words(cells[20], found[20])
    outcome = found[20]
    assert outcome is not None
    shown = [str(window.rows.index(20, column).data()) for column in range(8)]
    figures = [one.replace("\u202f", "") for one in shown]
    assert figures[:4] == ["stalls", "overwrite", "1024", "64"]
    assert figures[4:] == [
        str(getattr(outcome, name)) for name in ("attempted", "consumed", "unread", "lost")
    ]


def test_return_runs_the_channel_as_it_was_measured(driver: Driver, window: SweepWindow) -> None:
    measured(window)
    window.map.setFocus()
    window.map.setCurrentIndex(window.map.heat.index(4, 1))  # overwrite, 1 KiB
    tabs = len(driver.controller.tabs)
    QTest.keyClick(window.map, Key.Key_Return)
    until(lambda: len(driver.controller.tabs) > tabs)
    engine, cell = running(driver.controller.shown), window.cell
    assert isinstance(engine, SimulatedEngine)
    assert cell is not None
    assert (cell[0].config.mode, cell[0].config.n_subbufs) == (Mode.OVERWRITE, 8)
    assert engine.config == cell[0].config
    assert engine.load == PRESETS["bursts"]
    assert engine.clock == cell[0].simulated
    assert not window.isVisible()
    assert not window.is_running, "Return measures nothing anew"
    driver.trigger("live.sweep")
    assert window.isVisible()
    assert window.cell == cell
    window.step.click()
    until(lambda: len(driver.controller.tabs) > tabs + 1)
    assert driver.engine.config == cell[0].config


class Held:
    """Measures two cells, then waits until nobody wants more."""

    def __init__(self) -> None:
        self.is_over = threading.Event()

    def __call__(
        self, _cells: Sequence[Cell], workers: int = 1, goes_on: Callable[[], bool] = bool
    ) -> Generator[tuple[int, Outcome]]:
        yield 0, Outcome(attempted=10, lost=workers)
        yield 3, Outcome(error="There is no room.")
        while goes_on():
            self.is_over.wait(0.001)
        self.is_over.set()


def held(driver: Driver) -> tuple[SweepWindow, Held]:
    sweeper = Held()
    window = SweepWindow(driver.controller, Sweeping(sweeper, SWEEPING.kind), driver.window)
    window.show()
    small(window)
    window.form.workers.setValue(7)
    window.go.click()
    until(lambda: window.progress.value() == 2)
    return window, sweeper


def test_what_was_measured_when_it_is_stopped_stays(driver: Driver, tmp_path: Path) -> None:
    window, _ = held(driver)
    assert window.progress.text() == "2 of 24 channels measured"
    assert not window.form.isEnabled()
    window.go.click()
    assert window.go.text() == "Stopping…"
    assert not window.go.isEnabled()
    until(lambda: not window.is_running)
    shown = [window.map.heat.index(row, column).data() for row in (1, 2) for column in range(3)]
    assert shown == ["70 %", "·", "·", "!", "·", "·"]
    assert window.form.isEnabled()
    assert window.go.text() == "&Measure"
    window.map.setCurrentIndex(window.map.heat.index(2, 0))
    assert window.says.text().endswith(": There is no room.")
    assert not window.run.isEnabled()
    window.write(tmp_path / "a.json")
    until((tmp_path / "a.json").exists)
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (told["complete"], len(told["cells"])) == (False, 2)
    window.reject()


def test_closing_measures_no_more(driver: Driver) -> None:
    window, sweeper = held(driver)
    QTest.keyClick(window, Key.Key_Escape)
    assert sweeper.is_over.wait(PATIENCE)


def test_workers_that_die_are_told(driver: Driver) -> None:
    def dies(
        _cells: Sequence[Cell], _workers: int = 1, _goes_on: Callable[[], bool] = bool
    ) -> Generator[tuple[int, Outcome]]:
        yield 0, Outcome(attempted=1)
        raise WorkerError("workers die again and again.")

    window = SweepWindow(driver.controller, Sweeping(dies, SWEEPING.kind), driver.window)
    small(window)
    window.show()
    window.go.click()
    until(lambda: not window.is_running)
    assert window.problem.text() == "Not whole: workers die again and again."
    assert window.go.isEnabled()
    window.reject()


def no_mode(form: SweepForm) -> None:
    for box in form.modes.values():
        box.setChecked(False)


SPOILT: tuple[tuple[Callable[[SweepForm], object], str], ...] = (
    (lambda form: form.choose_loads(set()), "Choose a load."),
    (no_mode, "Choose a mode."),
    (lambda form: form.sizes.setText("1k; 4k"), "Sizes: Type a whole number"),
    (lambda form: form.numbers.setText("2,"), "Numbers: Type a whole number"),
    (lambda form: form.sizes.setText("8"), "With sub-buffers of 8 bytes: "),
    (lambda form: form.choose_loads({"as fast as it goes"}), "as fast as it goes: On a sim"),
)


def test_what_makes_no_plan_is_told(window: SweepWindow, subtests: pytest.Subtests) -> None:
    for spoil, message in SPOILT:
        small(window)
        for box in window.form.modes.values():
            box.setChecked(True)
        with subtests.test(message=message):
            assert window.problem.isHidden()
            assert window.go.isEnabled()
            spoil(window.form)
            assert message in window.problem.text()
            assert not window.go.isEnabled()
            with pytest.raises(PlanError):
                window.form.plan()


def test_nothing_measured_is_nothing_to_open(window: SweepWindow) -> None:
    assert not window.export.isEnabled()
    assert not window.run.isEnabled()
    assert window.map.heat.rowCount(QModelIndex()) == 0
    assert "Measure" in window.about.text()


def test_a_picture_that_is_too_large_is_refused(theme: Theme) -> None:
    plan = Plan({"steady": PRESETS["steady"]}, sizes=(4096,), numbers=tuple(range(2, 602)))
    with pytest.raises(ValueError, match="SVG and HTML have no limit"):
        content(plan, [None] * 600, ".png", theme)

"""The window of sweeps: what is swept over, the heat map and its table, and what a cell says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.asking import dialog_to_save
from relayviz.gui.look import theme as themes
from relayviz.gui.look.room import first_size
from relayviz.gui.saving import save
from relayviz.gui.sweep.files import FILTERS, FormError, content, suffix_of
from relayviz.gui.sweep.form import PlanError, SweepForm
from relayviz.gui.sweep.measuring import Measuring
from relayviz.gui.sweep.model import HeatTable
from relayviz.gui.sweep.rows import RowsModel
from relayviz.gui.widgets.table import Table
from relayviz.gui.widgets.wrapped import Tall
from relayviz.model.engine.protocol import Can
from relayviz.model.files import write
from relayviz.model.numbers import grouped, plural
from relayviz.model.sweep.told import about, cell_words, channel_words

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.model.sweep.plan import Cell, Outcome
    from relayviz.model.sweep.sweeper import Sweeping

FIRST_SIZE = (1180, 760)
NOTHING = (
    "Choose loads and sizes, then Measure: each cell will tell which share of the events a channel"
    " of that size loses. The clock is simulated, so the figures are the same on any machine."
)
BACK = "Live → Sweep… goes back to the sweep."
HOW = "Arrow keys or the pointer choose a cell. Return runs that channel under its load."


class SweepWindow(QDialog):
    """Asks what to sweep over, measures it, and shows what came of it.

    Args:
        controller: Has the loads, and opens channels.
        sweeping: Measures, and says what runs a channel as it was measured.
        parent: The main window.
    """

    def __init__(self, controller: Controller, sweeping: Sweeping, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Sweep")
        self._controller, self._sweeping = controller, sweeping
        presets = controller.running.presets
        self.form = SweepForm({name: presets.load(name) for name in presets.names}, self)
        self.measuring: Measuring | None = None
        self.map, self.table = HeatTable(self), Table("All figures", self)
        self.rows = RowsModel()
        self.table.setModel(self.rows)
        self.about, self.says = QLabel(NOTHING, self), QLabel(self)
        self.problem = QLabel(self)
        self.problem.setObjectName("error")
        for label, name in (
            (self.about, "What is shown"), (self.says, "The cell that is chosen"),
            (self.problem, "What is wrong"),
        ):  # fmt: skip
            label.setWordWrap(True)
            label.setAccessibleName(name)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName("Channels measured")
        self.go = QPushButton("&Measure", self)
        self.run, self.step = QPushButton("&Run it", self), QPushButton("S&tep it", self)
        self.run.setToolTip("Open this channel under its load on the simulated clock, in a tab.")
        self.step.setToolTip("Open this channel, empty, to be stepped, in a tab.")
        self.export = QPushButton("E&xport…", self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Return is for the cell that is chosen
        self._lay_out()
        self._listen()
        self._apply_theme()
        self._check()
        self._show_state()
        self.resize(first_size(self, FIRST_SIZE))

    # ---------------------------------------------------------------- building

    def _lay_out(self) -> None:
        area = Tall(self.form, self)
        area.setAccessibleName("What is swept over")
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        column.addWidget(self.problem)
        column.addWidget(self.go)
        self.views = QTabWidget(self)
        self.views.setDocumentMode(True)
        self.views.tabBar().setDrawBase(False)
        self.views.tabBar().setAccessibleName("How it is shown")
        self.views.addTab(self.map, "Heat map")
        self.views.addTab(self.table, "Table")
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.about)
        column.addWidget(self.views, 1)
        column.addWidget(self.says)
        column.addLayout(self._line(self.run, self.step))
        self.splitter = QSplitter(self)
        self.splitter.addWidget(left)
        self.splitter.addWidget(right)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(1, 1)
        below = self._line(self.progress, self.export, self.buttons)
        layout = QVBoxLayout(self)
        layout.addWidget(self.splitter, 1)
        layout.addLayout(below)

    @staticmethod
    def _line(*widgets: QWidget) -> QHBoxLayout:
        line = QHBoxLayout()
        for widget in widgets:
            line.addWidget(widget, int(isinstance(widget, QProgressBar)))
        if not any(isinstance(widget, QProgressBar) for widget in widgets):
            line.addStretch(1)
        return line

    def _listen(self) -> None:
        self.form.edited.connect(self._check)
        self.form.entered.connect(self.go.click)
        self.go.clicked.connect(self._toggle)
        self.run.clicked.connect(self._run)
        self.step.clicked.connect(self._step)
        self.export.clicked.connect(self._ask_for_file)
        self.buttons.rejected.connect(self.reject)
        for view in (self.map, self.table):
            view.activated.connect(self._run)
            view.selectionModel().currentChanged.connect(self._show_cell)
        self.views.currentChanged.connect(self._show_cell)
        self._controller.theme_changed.connect(self._apply_theme)
        self.finished.connect(self.end)

    @Slot()
    def _apply_theme(self) -> None:
        self.map.apply_theme()
        self.table.apply_theme(themes.current())
        self.table.resizeColumnsToContents()

    # ---------------------------------------------------------------- measuring

    @property
    def is_running(self) -> bool:
        """Whether something is being measured."""
        return self.measuring is not None and self.measuring.is_running

    @Slot()
    def _check(self) -> None:
        """Say what is wrong with the fields."""
        problem = self._problem()
        self._say(problem)
        self.go.setEnabled(self.is_running or not problem)

    def _problem(self) -> str:
        try:
            self.form.plan()
        except PlanError as error:
            return str(error)
        return ""

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    @Slot()
    def _toggle(self) -> None:
        """Measure, or stop."""
        if self.measuring is not None and self.measuring.is_running:
            self.measuring.stop()
        else:
            self._drop()
            plan = self.form.plan()
            measuring = Measuring(self._sweeping.measure, plan, self.form.workers.value(), self)
            measuring.told.connect(self._tell)
            measuring.ended.connect(self._ended)
            self.measuring = measuring
            self.map.heat.show(plan, measuring.found)
            self.map.setCurrentIndex(self.map.heat.index(1, 0))
            self.rows.show(plan, measuring.found)
            self.progress.setRange(0, len(measuring.found))
            measuring.start()
        self._tell()
        self._show_state()

    @Slot()
    def _tell(self) -> None:
        """Show what is known by now."""
        measuring = self.measuring
        if measuring is None:
            return
        self.map.heat.tell()
        self.rows.tell()
        count = f"{grouped(measuring.done)} of {plural(len(measuring.found), 'channel')}"
        self.progress.setValue(measuring.done)
        self.progress.setFormat(f"{count} measured")
        self.export.setEnabled(measuring.done > 0)
        self._show_cell()

    @Slot(str)
    def _ended(self, problem: str) -> None:
        self._tell()
        self.table.resizeColumnsToContents()
        self._check()
        if problem:
            self._say(problem)
        self._show_state()
        if self.go.hasFocus():
            self.map.setFocus()

    def _show_state(self) -> None:
        """Offer what can be done now."""
        measuring, is_running = self.measuring, self.is_running
        self.form.setEnabled(not is_running)
        is_stopping = measuring is not None and is_running and measuring.is_stopping
        self.go.setText("Stopping…" if is_stopping else "&Stop" if is_running else "&Measure")
        self.go.setEnabled(not is_stopping and (is_running or not self._problem()))
        self.progress.setVisible(measuring is not None)
        if measuring is None:
            self.export.setEnabled(False)
        else:
            self.about.setText(about(measuring.plan))
        self._show_cell()

    def _drop(self) -> None:
        """Want what was measured no more."""
        if self.measuring is not None:
            self.measuring.leave()
            self.measuring.deleteLater()
            self.measuring = None

    # ---------------------------------------------------------------- a cell

    @property
    def cell(self) -> tuple[Cell, Outcome | None] | None:
        """The channel that is chosen and what it came to; None: none is."""
        if self.views.currentWidget() is self.table:
            return self.rows.at(self.table.currentIndex())
        return self.map.heat.at(self.map.currentIndex())

    @Slot()
    def _show_cell(self) -> None:
        cell = self.cell
        self.says.setText(cell_words(*cell) if cell is not None else "")
        self.says.setToolTip(HOW if cell is not None else "")
        can_open = cell is not None and (cell[1] is None or not cell[1].error)
        self.run.setEnabled(can_open)
        self.step.setEnabled(can_open)

    @Slot()
    def _run(self) -> None:
        """Run the channel that is chosen under its load, as it was measured."""
        self._open(self._sweeping.kind)

    @Slot()
    def _step(self) -> None:
        """Open the channel that is chosen to be stepped."""
        self._open(self._controller.catalogue.first(Can.STEP).id)

    def _open(self, kind: str) -> None:
        cell = self.cell
        if cell is None or not self.run.isEnabled():
            return
        channel = cell[0]
        words = channel_words(channel)
        self._controller.running.open_new(kind, channel.config, channel.load, words)
        self._controller.notify(f"{words}. {BACK}")
        self.hide()

    # ---------------------------------------------------------------- files

    @Slot()
    def _ask_for_file(self) -> None:
        dialog = dialog_to_save(self, "Export the sweep", "sweep", list(FILTERS), "png")
        dialog.filterSelected.connect(lambda name: dialog.setDefaultSuffix(suffix_of(name)))
        dialog.fileSelected.connect(
            lambda name: self.write(Path(name), FILTERS.get(dialog.selectedNameFilter(), 1))
        )
        dialog.open()

    def write(self, path: Path, scale: int = 1) -> None:
        """Write what is measured by now as what the name's ending says.

        Args:
            path: The file.
            scale: How many times as large as on screen a PNG is.
        """
        measuring = self.measuring
        if measuring is None:
            return
        try:
            made = content(
                measuring.plan, tuple(measuring.found), path.suffix, themes.current(), scale
            )
        except FormError as error:
            self._say(f"{path.name} was not written: {error}")
            return

        def told(problem: str) -> None:
            self._say(problem)
            if not problem:
                self._controller.notify(f"Wrote {path}.")
                self.says.setText(f"Wrote {path}.")

        save(path, lambda: write(path, made), told, self)

    # ---------------------------------------------------------------- closing

    @Slot()
    def end(self) -> None:
        """Measure no more."""
        self._drop()

"""The Load dock: presets, whom the fields are for, and the fields; changes apply while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.asking import dialog_to_open
from relayviz.gui.background import Background
from relayviz.gui.load.folding import Folding
from relayviz.gui.load.form import LoadForm
from relayviz.gui.load.summary import flush, reading, writing
from relayviz.gui.prompts.prompts import Prompt, Question
from relayviz.gui.widgets.exported import Rows
from relayviz.gui.widgets.fields import NumberField
from relayviz.gui.widgets.panel import Panel
from relayviz.gui.widgets.space import keep_space
from relayviz.model.channel.config import MAX_CPUS
from relayviz.model.load.file import LoadError, recorded_sizes, text_of
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.desk.presets import Presets
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.load.load import Load

DEBOUNCE_MS = 250
CHANGED = "(changed)"


class LoadPanel(Panel):
    """What the live channel is put under. What is typed applies a moment later, if it is right."""

    live_interval_ms = 500

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Load")
        self.presets = QComboBox(self)
        self.presets.setAccessibleName("Load with a name")
        self.presets.view().setAccessibleName("Loads with names")
        self.presets.setToolTip("Loads with names: your own first, then those of the program.")
        self.save = QPushButton("Save as…", self)
        self.save.setToolTip("Give this load a name and keep it.")
        self.delete = QPushButton("Delete", self)
        self.delete.setToolTip("Forget this load of yours.")
        self.cpu = NumberField("CPU", "For which CPU the writer and reader are.", -1, 0, self)
        self.cpu.setSpecialValueText("all CPUs")
        self.cpu.setValue(-1)
        self.cpu.setMinimumHeight(self.presets.sizeHint().height())
        self.same = QPushButton("Same as all", self)
        self.same.setToolTip("Let this CPU be written and read as all others.")
        self.differing = QLabel(self)
        self.differing.setObjectName("dim")
        self.differing.setWordWrap(True)
        self.form = LoadForm(self)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields have the keyboard
        self._area.setFrameShape(self._area.Shape.NoFrame)
        self._area.setWidget(self.form)
        self._area.setAccessibleName("Fields of the load")
        self._reading: Background[tuple[int, ...]] | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(DEBOUNCE_MS)
        self._lay_out()
        self._listen()
        keep_space(self)
        self._list_presets()
        self.show_load()

    def _lay_out(self) -> None:
        whom = QWidget(self)
        scope = QHBoxLayout(whom)
        scope.setContentsMargins(0, 0, 0, 0)
        scope.addWidget(QLabel("for", whom))
        scope.addWidget(self.cpu, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(Folding((self.presets, self.save, self.delete), self))
        layout.addWidget(Folding((whom, self.same), self))
        layout.addWidget(self.differing)
        layout.addWidget(self._area, 1)

    def _listen(self) -> None:
        running = self.controller.running
        running.load_changed.connect(self.show_load)
        running.presets.changed.connect(self._list_presets)
        self.presets.activated.connect(self._take_preset)
        self.save.clicked.connect(self._ask_for_name)
        self.delete.clicked.connect(self._delete)
        self.cpu.valueChanged.connect(self._show_scope)
        self.same.clicked.connect(self._same_as_all)
        self.form.edited.connect(self._edited)
        self.form.file_wanted.connect(self._choose_file)
        self._wait.timeout.connect(self.apply)

    @property
    def scope(self) -> int | None:
        """The CPU that the fields are for; None: all that have nothing of their own."""
        return self.cpu.value() if self.cpu.value() >= 0 else None

    @property
    def _name(self) -> str:
        """What the load in force is called."""
        running = self.controller.running
        return running.presets.name_of(running.load) or CHANGED

    # ---------------------------------------------------------------- showing

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Offer the CPUs that there are."""
        most = (snapshot.cpus if snapshot is not None else MAX_CPUS) - 1
        if most != self.cpu.maximum():
            self.cpu.setMaximum(most)

    @Slot()
    def show_load(self) -> None:
        """Show the load that is in force."""
        if self._wait.isActive():
            return  # what is being typed goes before
        load = self.controller.running.load
        self.form.show_load(load, self.scope)
        self._show_differing(load)
        name = self._name
        if self.presets.findText(name) < 0 or self.presets.currentText() != name:
            self._list_presets()

    def _show_differing(self, load: Load) -> None:
        cpus = sorted({cpu for cpu, _ in (*load.writers, *load.readers)})
        shown = ", ".join(map(str, cpus[:6])) + (", …" if len(cpus) > 6 else "")  # noqa: PLR2004
        self.differing.setText(f"own settings: cpu {shown}" if cpus else "")
        self.differing.setVisible(bool(cpus))
        self.same.setEnabled(self.scope in cpus)
        name = self.controller.running.presets.name_of(load)
        self.set_detail(name or (f"{plural(len(cpus), 'CPU')} differ" if cpus else ""))

    def exported_rows(self, most: int | None = None) -> Rows:
        """Return the load that is in force, a line for each part."""
        del most
        load = self.controller.running.load
        lines = [("name", self._name), ("all CPUs are written", writing(load.writing))]
        lines.append(("all CPUs are read", reading(load.reading)))
        lines.extend((f"cpu {cpu} is written", writing(one)) for cpu, one in load.writers)
        lines.extend((f"cpu {cpu} is read", reading(one)) for cpu, one in load.readers)
        lines.append(("flush", flush(load)))
        return Rows(("setting", "value"), lines, len(lines))

    @Slot()
    def _list_presets(self) -> None:
        """List all names; a load that has none of them is marked as changed."""
        kept, title = self.controller.running.presets, self._name
        self.presets.clear()
        if title not in kept.names:
            self.presets.addItem(title)
        self.presets.addItems(list(kept.names))
        self.presets.setCurrentText(title)
        self.delete.setEnabled(kept.is_own(title))

    def go_to(self, place: str) -> None:
        """Show a place, "writing", "reading" or "flush", and give it the keyboard."""
        field = self.form.places[place]
        self._area.ensureWidgetVisible(field, 0, 60)
        field.setFocus()

    # ---------------------------------------------------------------- changing

    @Slot()
    def _edited(self) -> None:
        _, problems = self.form.read()
        self.form.show_problems(problems)
        self._wait.start()

    @Slot()
    def apply(self) -> None:
        """Put what was typed in force, unless something is wrong with it."""
        self._wait.stop()
        load, problems = self.form.read()
        self.form.show_problems(problems)
        if not problems:
            self.controller.running.set_load(load)

    @Slot(int)
    def _take_preset(self, _place: int) -> None:
        name, kept = self.presets.currentText(), self.controller.running.presets
        if name in kept.names:
            self._wait.stop()
            self.controller.running.set_load(kept.load(name))

    @Slot()
    def _show_scope(self) -> None:
        if self._wait.isActive():
            self.apply()  # what was typed for the CPU that was shown before still counts
        self.show_load()

    @Slot()
    def _same_as_all(self) -> None:
        cpu, load = self.scope, self.controller.running.load
        if cpu is not None:
            load = load.with_writing(load.writing, cpu).with_reading(load.reading, cpu)
            self.controller.running.set_load(load)

    # ---------------------------------------------------------------- names and files

    @Slot()
    def _ask_for_name(self) -> None:
        presets = self.controller.running.presets
        self._wait.stop()
        self.apply()
        question = Question(
            "Save load",
            "Name of this load:",
            lambda _controller, text: presets.problem(text),
            lambda _controller, text: _replaces(presets, text),
            _keep,
            lambda controller: controller.running.load.title,
        )
        Prompt(question, self.controller, self.window()).open()

    @Slot()
    def _delete(self) -> None:
        self.controller.running.presets.delete(self.presets.currentText())

    @Slot()
    def _choose_file(self) -> None:
        filters = ["Text (*.txt *.csv)", "All (*)"]
        dialog = dialog_to_open(self.window(), "Sizes of events", filters=filters)
        dialog.fileSelected.connect(self.read_sizes)
        dialog.open()

    @Slot(str)
    def read_sizes(self, name: str) -> None:
        """Take the sizes of events from a file; a large one, or a slow disk, takes a moment."""
        path = Path(name)
        self._drop_reading()
        self._reading = reading = Background(lambda: recorded_sizes(text_of(path)), len, self)

        def ended(error: BaseException | None) -> None:
            self._reading = None
            reading.deleteLater()
            if error is not None and not isinstance(error, LoadError):
                raise error
            self.form.say_of_file(f"{path.name}: {error}" if error else "")
            if reading.result is not None:
                self.form.take_sizes(reading.result)

        reading.ended.connect(ended)
        reading.start()

    def _drop_reading(self) -> None:
        """Want what is being read no more."""
        if self._reading is not None:
            self._reading.leave()
            self._reading.deleteLater()
            self._reading = None


def _replaces(presets: Presets, name: str) -> str:
    return "It takes the place of your load of that name." if presets.is_own(name.strip()) else ""


def _keep(controller: Controller, name: str) -> None:
    running = controller.running
    running.presets.save(name, running.load)
    running.set_load(running.presets.load(name.strip()))

"""The fields of the Load dock, for all CPUs or for one, each with room for a message below it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from relayviz.gui.load import summary
from relayviz.gui.load.rows import (
    BURSTS,
    FLUSHING,
    PIECES,
    RATE,
    READER_KINDS,
    READING,
    SIZE_KINDS,
    SIZES,
    WHOLE,
)
from relayviz.model.load.load import (
    AS_FAST_AS_IT_GOES,
    Load,
    ReaderKind,
    Reading,
    SizeKind,
    Sizes,
    Writing,
)

if TYPE_CHECKING:
    from relayviz.gui.load.rows import Row

Problems = dict[str, str]


class LoadForm(QWidget):
    """The fields. `show_load` fills them, `read` gives the load that they describe.

    Signals:
        edited: The user changed something.
        file_wanted: The sizes of events shall come from a file.
    """

    edited = Signal()
    file_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self._load, self._cpu = Load(), None
        self._recorded: tuple[int, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 6, 0)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self.lines: dict[Row, QLineEdit] = {}
        self.places: dict[str, QWidget] = {}
        self._messages: dict[QWidget, QLabel] = {}
        self._labels: dict[QWidget, QLabel] = {}
        self._make()

    _cpu: int | None

    # ---------------------------------------------------------------- fields

    def _make(self) -> None:
        self._heading("writing", "Writers")
        self._line(RATE)
        self.fast = QCheckBox("as fast as it goes", self)
        self.fast.setToolTip("Write without any pause.")
        self.fast.clicked.connect(self._edited)
        self._place("", self.fast)
        self.size_kind = self._choice(
            "sizes", {kind.value: text for kind, text in SIZE_KINDS.items()}
        )
        self.size_kind.setToolTip("How long events are.")
        for row in SIZES:
            self._line(row)
        self.file = QPushButton("Read sizes from a file…", self)
        self.file.setToolTip("A text file with a size in bytes on each line.")
        self.file.clicked.connect(self.file_wanted)
        self._place("", self.file)
        for row in (*BURSTS, FLUSHING, PIECES):
            self._line(row)
        self._heading("reading", "Readers")
        self.reader_kind = self._choice(
            "consumed", {kind.value: text for kind, text in READER_KINDS.items()}
        )
        for row in READING:
            self._line(row)
        self._heading("flush", "Whole channel")
        for row in WHOLE:
            self._line(row)
        self.places["flush"] = self.lines[WHOLE[0]]
        self.places["writing"], self.places["reading"] = self.lines[RATE], self.reader_kind
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _heading(self, place: str, text: str) -> None:
        heading = QLabel(text, self)
        heading.setObjectName("heading")
        self._grid.addWidget(heading, self._grid.rowCount(), 0, 1, 2)
        self.places[place] = heading

    def _line(self, row: Row) -> None:
        field = QLineEdit(self)
        field.setToolTip(row.tip)
        field.textEdited.connect(self._edited)
        field.setMinimumWidth(50)
        self.lines[row] = field
        self._place(row.label, field)

    def _choice(self, label: str, choices: dict[str, str]) -> QComboBox:
        box = QComboBox(self)
        for value, text in choices.items():
            box.addItem(text, str(value))
        box.view().setAccessibleName(label)
        box.setMinimumContentsLength(11)
        box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(self._edited)
        self._place(label, box)
        return box

    def _place(self, label: str, field: QWidget) -> None:
        at = self._grid.rowCount()
        if label:
            caption = QLabel(label, self)
            caption.setBuddy(field)
            caption.setWordWrap(True)
            caption.setToolTip(field.toolTip())
            field.setAccessibleName(label)
            self._grid.addWidget(caption, at, 0)
            self._labels[field] = caption
        message = QLabel(self)
        message.setObjectName("error")
        message.setWordWrap(True)
        message.hide()
        if label:
            self._grid.addWidget(field, at, 1)
        else:
            self._grid.addWidget(field, at, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(message, at + 1, 0, 1, 2)
        self._messages[field] = message

    # ---------------------------------------------------------------- from a load, and to one

    def show_load(self, load: Load, cpu: int | None) -> None:
        """Show a load, for one CPU or for all; a field that says the same stays as it was typed."""
        self._load, self._cpu = load, cpu
        writing = load.writing if cpu is None else load.writing_of(cpu)
        reading = load.reading if cpu is None else load.reading_of(cpu)
        self._recorded = writing.sizes.recorded
        self.fast.setChecked(math.isinf(writing.rate))
        self._choose(self.size_kind, writing.sizes.kind)
        self._choose(self.reader_kind, reading.kind)
        parts = {"writing": writing, "sizes": writing.sizes, "reading": reading, "load": load}
        for row, field in self.lines.items():
            part, _, name = row.id.partition(".")
            value = float(getattr(parts[part], name))
            if row.parse(field.text()) != value:
                field.setText(row.show(value))
        self._show_fitting()
        self.show_problems({})

    def read(self) -> tuple[Load, Problems]:
        """Return the load that was typed, and what is wrong with it by the field's id."""
        values, wrong = self._values()
        sizes = Sizes(SizeKind(self.size_kind.currentData()), recorded=self._recorded)
        sizes = replace(sizes, **values["sizes"])
        writing = replace(Writing(), sizes=sizes, **values["writing"])
        if self.fast.isChecked():
            writing = replace(writing, rate=AS_FAST_AS_IT_GOES)
            wrong.pop(RATE.id, None)
        reading = replace(
            Reading(), kind=ReaderKind(self.reader_kind.currentData()), **values["reading"]
        )
        load = replace(self._load, title="", **values["load"])
        if self._cpu is None:
            load = replace(load, writing=writing, reading=reading)
        else:
            load = load.with_writing(writing, self._cpu).with_reading(reading, self._cpu)
        found = {f"writing.{name}": text for name, text in writing.problems().items()}
        found |= {f"reading.{name}": text for name, text in reading.problems().items()}
        whole = load.problems()
        found |= {f"load.{name}": text for name, text in whole.items() if "." not in name}
        if whole and not found:
            found["load.flush_every"] = next(iter(whole.values()))
        return load, found | wrong

    def _values(self) -> tuple[dict[str, dict[str, Any]], Problems]:
        """Return the numbers of the fields that mean something now, and those that are none."""
        values: dict[str, dict[str, Any]] = {
            part: {} for part in ("writing", "sizes", "reading", "load")
        }
        wrong: Problems = {}
        for row, field in self.lines.items():
            if not self._fits(row):
                continue
            value = row.parse(field.text())
            part, _, name = row.id.partition(".")
            if isinstance(value, str):
                wrong[row.id] = value
            else:
                values[part][name] = value
        return values, wrong

    def show_problems(self, problems: Problems) -> None:
        """Say below each field what is wrong with it."""
        said: dict[QWidget, str] = {
            field: problems.get(row.id, "") for row, field in self.lines.items()
        }
        said[self.size_kind] = problems.get("writing.sizes", "")
        for field, wrong in said.items():
            message, text = self._messages[field], "" if field.isHidden() else wrong
            if message.text() == text:
                continue
            message.setText(text)
            message.setVisible(bool(text))
            field.setAccessibleDescription(text)
            field.setProperty("wrong", bool(text))
            field.style().unpolish(field)
            field.style().polish(field)

    def take_sizes(self, recorded: tuple[int, ...]) -> None:
        """Take sizes that were read from a file."""
        self._recorded = recorded
        self._edited()

    def say_of_file(self, text: str) -> None:
        """Say why a file cannot be used."""
        message = self._messages[self.file]
        message.setText(text)
        message.setVisible(bool(text))

    # ---------------------------------------------------------------- what fits

    @Slot()
    def _edited(self) -> None:
        self._show_fitting()
        self.edited.emit()

    def _fits(self, row: Row) -> bool:
        """Whether a field means something with what is chosen now."""
        sizes, readers = self.size_kind.currentData(), self.reader_kind.currentData()
        return (not row.sizes or sizes in row.sizes) and (not row.readers or readers in row.readers)

    def _show_fitting(self) -> None:
        for row, field in self.lines.items():
            self._show(field, there=self._fits(row))
        self.lines[RATE].setEnabled(not self.fast.isChecked())
        is_list = self.size_kind.currentData() == SizeKind.LIST
        self._show(self.file, there=is_list)
        if self._recorded:
            sizes = Sizes(SizeKind.LIST, recorded=self._recorded)
            span = f"{min(self._recorded)}–{max(self._recorded)} B"
            self.file.setText(f"{summary.sizes(sizes)}, {span} …")
        else:
            self.file.setText("Read sizes from a file…")

    def _show(self, field: QWidget, *, there: bool) -> None:
        field.setVisible(there)
        if field in self._labels:
            self._labels[field].setVisible(there)
        if not there:
            self._messages[field].hide()

    def _choose(self, box: QComboBox, value: str) -> None:
        box.setCurrentIndex(box.findData(str(value)))

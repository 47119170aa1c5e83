"""The window in which a C struct becomes a layout: what its fields mean, and how much fits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.asking import Mode, dialog_to_open, dialog_to_save
from relayviz.gui.background import Background
from relayviz.gui.look import theme
from relayviz.model.capture.layout import LayoutError
from relayviz.model.capture.structs.cstruct import Struct, StructError, read_struct
from relayviz.model.capture.structs.fit import LEAST, Fit, fit_words
from relayviz.model.capture.structs.pasted import ROLES, Roles, as_toml, guessed
from relayviz.model.engine.protocol import OpenError
from relayviz.model.files import write

if TYPE_CHECKING:
    from relayviz.model.engine.catalogue import Catalogue

WIDTH, HEIGHT = 760, 620
TYPED_MS = 250  # after the last key the struct is read
NO_FIELD = "—"
FIRST = "Paste the struct of your records, and say in which file they are."
EXAMPLE = (
    "struct event {\n    __u32 magic;\n    __u32 seq;\n    __u64 time;\n    __u16 cpu, len;\n};"
)
MEANINGS = {
    "mark": "always the same value, by which a record is known",
    "length": "how long the record is, or what follows the struct",
    "sequence": "counts the records of a CPU: holes in it are losses",
    "time": "nanoseconds",
    "cpu": "the CPU; without it the number at the end of the file's name",
}


class StructDialog(QDialog):
    """The struct at the top, what its fields mean below, and how much of a file fits at once.

    Signals:
        opened: The files shall be opened with a layout.  args: paths, the layout.
    """

    opened = Signal(object, object)

    def __init__(self, catalogue: Catalogue, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Layout of records from a C struct")
        self._catalogue = catalogue
        self._paths: list[Path] = []
        self._struct: Struct | None = None
        self._fit: Fit | None = None
        self._work: Background[Fit] | None = None
        self._is_stale = False
        self.text = QPlainTextEdit(self)
        self.text.setPlaceholderText(EXAMPLE)
        self.text.setAccessibleName("C struct of a record")
        self.text.setFont(theme.current().mono())
        self.text.setTabChangesFocus(True)
        self.file = QLineEdit(self)
        self.file.setReadOnly(True)
        self.file.setPlaceholderText("No file chosen")
        self.file.setAccessibleName("Files of the capture")
        self.choose = QPushButton("&Choose files…", self)
        self.roles = {role: self._make_role(role) for role in ROLES}
        self.says = QLabel(FIRST, self)
        self.says.setWordWrap(True)
        self.says.setAccessibleName("How much of the file fits")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPED_MS)
        self._lay_out()
        self._timer.timeout.connect(self._read)
        self.text.textChanged.connect(self._timer.start)
        self.choose.clicked.connect(self._ask_files)

    def _make_role(self, role: str) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(f"Field that is the {role}")
        box.setToolTip(MEANINGS[role])
        box.addItem(NO_FIELD)
        box.activated.connect(self.check)
        return box

    def _lay_out(self) -> None:
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Open | kinds.Save | kinds.Cancel, self)
        self.open_button = buttons.button(kinds.Open)
        self.save_button = buttons.button(kinds.Save)
        self.save_button.setText("&Save layout…")
        self.open_button.clicked.connect(self._open)
        self.save_button.clicked.connect(self._ask_save)
        buttons.rejected.connect(self.reject)
        files = QHBoxLayout()
        files.addWidget(self.file, 1)
        files.addWidget(self.choose)
        form = QFormLayout()
        for role, box in self.roles.items():
            form.addRow(f"{role.capitalize()}:", box)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addLayout(files)
        layout.addLayout(form)
        layout.addWidget(self.says)
        layout.addWidget(buttons)
        self._show_buttons()
        self.resize(WIDTH, HEIGHT)

    # ---------------------------------------------------------------- struct and files

    @Slot()
    def _read(self) -> None:
        """Read the struct, and take what its names mean for what they mean."""
        self._timer.stop()
        self._fit = None
        try:
            self._struct = read_struct(self.text.toPlainText())
        except StructError as error:
            self._struct = None
            self._say(str(error), is_wrong=bool(self.text.toPlainText().strip()))
            self._show_buttons()
            return
        roles = guessed(self._struct)
        names = [field.name for field in self._struct.fields if field.is_number]
        for role, box in self.roles.items():
            box.clear()
            box.addItems([NO_FIELD, *names])
            box.setCurrentText(getattr(roles, role) or NO_FIELD)
        self.check()

    @Slot()
    def _ask_files(self) -> None:
        dialog = dialog_to_open(self, "Files of the capture", mode=Mode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.take_files([Path(one) for one in names]))
        dialog.open()

    def take_files(self, paths: list[Path]) -> None:
        """Try the struct on other files."""
        self._paths = paths
        self.file.setText(", ".join(str(path) for path in paths))
        self.check()

    # ---------------------------------------------------------------- how much fits

    def _roles(self) -> Roles:
        said = {role: box.currentText() for role, box in self.roles.items()}
        return Roles(**{role: name for role, name in said.items() if name != NO_FIELD})  # type: ignore[arg-type]

    @Slot()
    def check(self) -> None:
        """Try the struct on the first file, in a thread of its own."""
        if self._struct is None or not self._paths:
            self._say("Choose the files." if self._struct is not None else FIRST)
            self._show_buttons()
            return
        if self._work is not None:
            self._is_stale = True
            return
        self._is_stale = False
        catalogue, struct, roles, path = (
            self._catalogue,
            self._struct,
            self._roles(),
            self._paths[0],
        )
        work = Background(lambda: catalogue.fit(struct, roles, struct.name, path), _drop, self)
        self._work = work
        work.ended.connect(lambda error: self._tried(struct, roles, error))
        work.start()

    def _tried(self, struct: Struct, roles: Roles, error: BaseException | None) -> None:
        work, self._work = self._work, None
        if self._is_stale:
            self.check()
            return
        self._fit = work.result if work is not None else None
        if self._fit is not None:
            fits = self._fit.share >= LEAST
            self._say(fit_words(struct, roles, self._fit), is_wrong=not fits)
        elif isinstance(error, (LayoutError, OpenError)):
            self._say(str(error), is_wrong=True)
        self._show_buttons()
        if (
            self._fit is None
            and error is not None
            and not isinstance(error, (LayoutError, OpenError))
        ):
            raise error

    def _show_buttons(self) -> None:
        fits = self._fit is not None and self._fit.share >= LEAST
        self.open_button.setEnabled(fits)
        self.save_button.setEnabled(self._fit is not None)

    def _say(self, words: str, *, is_wrong: bool = False) -> None:
        self.says.setObjectName("error" if is_wrong else "")
        self.says.setText(f"✕ {words}" if is_wrong else words)
        self.says.style().polish(self.says)

    # ---------------------------------------------------------------- what becomes of it

    @Slot()
    def _open(self) -> None:
        if self._fit is not None:
            self.opened.emit(self._paths, replace(self._fit.layout, is_tried=True))
            self.accept()

    @Slot()
    def _ask_save(self) -> None:
        name = f"{self._struct.name}.toml" if self._struct is not None else "layout.toml"
        dialog = dialog_to_save(self, "Save the layout", name, ["Layouts (*.toml)"], "toml")
        dialog.fileSelected.connect(lambda chosen: self.save(Path(chosen)))
        dialog.open()

    def save(self, path: Path) -> None:
        """Write the layout to a file, for `relayviz capture --layout`."""
        if self._fit is None:
            return
        try:
            write(path, as_toml(self._fit.table))
        except OSError as error:
            self._say(f"{path.name} cannot be written: {error.strerror}.", is_wrong=True)
            return
        self._say(f"Saved as {path.name}.")

    def done(self, result: int) -> None:
        """Close, without waiting for what is being tried."""
        if self._work is not None:
            self._work.leave()
        self._timer.stop()
        super().done(result)


def _drop(_fit: Fit) -> None:
    """Nothing is held by what was found out."""

"""What the second channel shall be like: mode, sizes, header; a message beside what cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from relayviz.gui.look.glossary import explain
from relayviz.gui.newchannel.form import number
from relayviz.model.channel.config import ChannelConfig, Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

MODES = (Mode.NO_OVERWRITE, Mode.OVERWRITE, Mode.DEFAULT)
NUMBERS = {"n_subbufs": "sub-buffers", "subbuf_size": "of", "header": "B, header"}
TIPS = {
    "n_subbufs": "How many sub-buffers the ring of B has.",
    "subbuf_size": "Bytes of a sub-buffer of B, such as 512 or 4k.",
    "header": "Bytes that subbuf_start reserves at the start of each sub-buffer of B.",
}
LETTERS = 7


def other_mode(mode: Mode) -> Mode:
    """Return the mode that is worth comparing with."""
    return Mode.NO_OVERWRITE if mode is Mode.OVERWRITE else Mode.OVERWRITE


class SecondForm(QWidget):
    """The fields of B; all else is as in A.

    Args:
        config: What B is at first.
        parent: Qt's parent.
        source: The subbuf_start in Python that A has and B may have; empty: none.

    Signals:
        changed: Another channel is wanted.  arg: its ChannelConfig.
    """

    changed = Signal(object)

    def __init__(self, config: ChannelConfig, parent: QWidget, source: str = "") -> None:
        super().__init__(parent)
        self._config, self._source = config, source
        self.mode = QComboBox(self)
        self.mode.setAccessibleName("Mode of B")
        self.mode.view().setAccessibleName("Modes to choose from")
        for mode in (*MODES, *([Mode.PYTHON] if source else [])):
            self.mode.addItem(str(mode), mode)
            self.mode.setItemData(self.mode.count() - 1, explain(mode), 3)  # Qt.ToolTipRole
        self.mode.setCurrentIndex(self.mode.findData(config.mode))
        self.fields = {name: QLineEdit(str(getattr(config, name)), self) for name in NUMBERS}
        self.error = QLabel(self)
        self.error.setObjectName("error")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.mode)
        for name, field in self.fields.items():
            label = QLabel(NUMBERS[name], self)
            label.setObjectName("dim")
            field.setMaximumWidth(field.fontMetrics().averageCharWidth() * LETTERS + 16)
            field.setAccessibleName(f"{name} of B")
            field.setToolTip(TIPS[name])
            field.editingFinished.connect(self._edit)
            pair = (field, label) if name == "n_subbufs" else (label, field)
            for widget in pair:
                layout.addWidget(widget)
        layout.addWidget(self.error, 1)
        self.mode.currentIndexChanged.connect(self._edit)

    @property
    def config(self) -> ChannelConfig:
        """What B is now."""
        return self._config

    def set_config(self, config: ChannelConfig) -> None:
        """Show another channel, which is not told as a change."""
        self._config = config
        with QSignalBlocker(self.mode):
            self.mode.setCurrentIndex(self.mode.findData(config.mode))
        for name, field in self.fields.items():
            field.setText(str(getattr(config, name)))
        self.show_problems({})

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Say what cannot be, with its remedy; nothing: all is well."""
        for name, field in self.fields.items():
            field.setProperty("wrong", name in problems)
            field.style().unpolish(field)
            field.style().polish(field)
        self.error.setText(" ".join(problems.values()))

    @Slot()
    def _edit(self) -> None:
        values: dict[str, int] = {}
        problems = {}
        for name, field in self.fields.items():
            typed = number(field.text())
            if isinstance(typed, str):
                problems[name] = typed
            else:
                values[name] = typed
        if problems:
            self.show_problems(problems)
            return
        mode = Mode(self.mode.currentData())
        wanted = replace(
            self._config,
            mode=mode,
            source=self._source if mode is Mode.PYTHON else "",
            n_subbufs=values["n_subbufs"],
            subbuf_size=values["subbuf_size"],
            header=values["header"],
        )
        problems = wanted.problems()
        self.show_problems(problems)
        if not problems and wanted != self._config:
            self._config = wanted
            self.changed.emit(wanted)

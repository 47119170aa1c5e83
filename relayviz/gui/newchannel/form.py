"""The fields of the new-channel dialog, each with room for a message beside it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from relayviz.gui.desk.inputs import fitting
from relayviz.gui.look.glossary import explain
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.plain import digits

LARGEST = 2**63 - 1
MOST_LISTED, LARGEST_CPU = 1 << 17, 10**9
NUMBERS = {"subbuf_size": "sub-buffer size", "n_subbufs": "sub-buffers", "cpus": "CPUs",
           "header": "header"}  # fmt: skip
UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
MODES = {
    Mode.NO_OVERWRITE: "no-overwrite: keep the oldest",
    Mode.OVERWRITE: "overwrite: keep the newest",
    Mode.DEFAULT: "default: no subbuf_start, the kernel’s own",
    Mode.PYTHON: "Python: a subbuf_start of your own",
}


def number(text: str) -> int | str:
    """Return the number in a field, such as "4k", "64 KiB" or "0x200"; or why there is none."""
    typed, factor = text.strip().casefold(), 1
    if not typed.startswith("0x"):  # whose last b is a digit
        typed = typed.removesuffix("ib").removesuffix("b").strip()
        factor = UNITS.get(typed[-1:], 1)
    digits = typed[:-1].strip() if factor > 1 else typed
    try:
        value = int(digits, 0) * factor
    except ValueError:
        return "A whole number, such as 512, 4k, 0x200."
    return value if abs(value) <= LARGEST else "This number is too large."


def cpu_list(text: str) -> tuple[int, ...] | str | None:
    """Return the CPUs that "0-2, 5" names, None for all, or why it names none."""
    if not text.strip():
        return None
    found: set[int] = set()
    listed = 0
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low, high = digits(first.strip()), digits((last if dash else first).strip())
        if low is None or high is None:
            return "CPUs, such as 0-2, 5. Nothing: all."
        if max(low, high) > LARGEST_CPU:
            return "There are no such CPUs."
        if low > high:
            return f"Write {high}-{low}: from the lower to the higher."
        listed += high - low + 1
        if listed > MOST_LISTED:
            return "This is a very long list: give fewer CPUs."
        found.update(range(low, high + 1))
    return tuple(sorted(found))


class Form(QWidget):
    """The fields.

    Signals:
        edited: One of them changed.
    """

    edited = Signal()

    def __init__(self, initial: ChannelConfig, event_size: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self.fields: dict[str, QWidget] = {}
        self.messages: dict[str, QLabel] = {}
        self._line(
            "base_filename", "base filename", explain("base filename"), initial.base_filename or ""
        )
        self._check(
            "unnamed",
            "buffer-only: no files yet",
            explain("buffer-only"),
            initial.base_filename is None,
        )
        for name, label in NUMBERS.items():
            self._line(name, label, _NUMBER_TIPS[name], str(getattr(initial, name)))
        self._line(
            "online",
            "CPUs on line",
            "The CPUs on line when the channel is opened: 0-2, 5. Nothing: all.",
            "",
        )
        online = self.fields["online"]
        assert isinstance(online, QLineEdit)  # noqa: S101
        online.setPlaceholderText("all")
        self._check(
            "is_global", "global: one buffer for all CPUs", explain("global"), initial.is_global
        )
        self._modes(initial.mode)
        self._line(
            "event_size",
            "event size",
            "Bytes of the events to be written; also of the toolbar’s next one.",
            str(event_size),
        )
        self._usual_size, self._proposed = event_size, str(event_size)
        self._toggle_name()

    def propose_size(self, config: ChannelConfig) -> None:
        """Propose a size of events that a channel can store, until another one is typed."""
        field = self.fields["event_size"]
        if isinstance(field, QLineEdit) and not self.has_own_size:
            self._proposed = str(fitting(self._usual_size, config))
            with QSignalBlocker(field):
                field.setText(self._proposed)

    @property
    def has_own_size(self) -> bool:
        """Whether another size of events was typed than was proposed."""
        return self.text("event_size") != self._proposed

    def fill(self, config: ChannelConfig) -> None:
        """Let the fields say what a channel is like; the size of events stays."""
        online = "" if config.online is None else ", ".join(map(str, config.online))
        texts = {name: str(getattr(config, name)) for name in NUMBERS} | {"online": online}
        if config.base_filename is not None:
            texts["base_filename"] = config.base_filename
        for name, text in texts.items():
            field = self.fields[name]
            if isinstance(field, QLineEdit):
                field.setText(text)
        checks = {"unnamed": config.base_filename is None, "is_global": config.is_global}
        for name, on in checks.items():
            box = self.fields[name]
            if isinstance(box, QCheckBox):
                box.setChecked(on)
        modes = self.fields["mode"]
        if isinstance(modes, QComboBox):
            modes.setCurrentIndex(list(MODES).index(config.mode))

    def read(self) -> tuple[ChannelConfig, dict[str, str]]:
        """Return what was typed, without `source`, and what cannot be read, by field.

        Fields that cannot be read have their default, so that the others can be checked.
        """
        default = ChannelConfig()
        values: dict[str, int] = {}
        wrong: dict[str, str] = {}
        for name in (*NUMBERS, "event_size"):
            value = number(self.text(name))
            if isinstance(value, str):
                wrong[name] = value
            values[name] = value if isinstance(value, int) else getattr(default, name, 0)
        if values["event_size"] < 0:
            wrong["event_size"] = "An event has 0 bytes or more."
        online = cpu_list(self.text("online"))
        if isinstance(online, str):
            wrong["online"], online = online, None
        config = ChannelConfig(
            base_filename=None if self.is_on("unnamed") else self.text("base_filename"),
            subbuf_size=values["subbuf_size"],
            n_subbufs=values["n_subbufs"],
            cpus=values["cpus"],
            online=online,
            mode=self.mode,
            header=values["header"],
            is_global=self.is_on("is_global"),
        )
        return config, wrong

    @property
    def event_size(self) -> int | None:
        """The size of events to warn for, if a number was typed."""
        value = number(self.text("event_size"))
        return value if isinstance(value, int) else None

    @property
    def mode(self) -> Mode:
        """The mode chosen."""
        box = self.fields["mode"]
        assert isinstance(box, QComboBox)  # noqa: S101
        return Mode(box.currentData())

    def text(self, name: str) -> str:
        """Return what stands in a field."""
        field = self.fields[name]
        return field.text() if isinstance(field, QLineEdit) else ""

    def is_on(self, name: str) -> bool:
        """Return whether a box is checked."""
        field = self.fields[name]
        return isinstance(field, QCheckBox) and field.isChecked()

    def show_problems(self, wrong: dict[str, str]) -> None:
        """Say beside each field what is wrong with it."""
        for name, message in self.messages.items():
            text = wrong.get(name, "")
            if message.text() == text:
                continue
            message.setText(text)
            message.setVisible(bool(text))
            field = self.fields[name]
            field.setAccessibleDescription(text)
            field.setProperty("wrong", bool(text))
            field.style().unpolish(field)
            field.style().polish(field)

    def _line(self, name: str, label: str, tip: str, text: str) -> None:
        field = QLineEdit(text, self)
        field.textEdited.connect(self.edited)
        field.textChanged.connect(self.edited)
        self._place(name, label, tip, field)

    def _check(self, name: str, label: str, tip: str, on: bool) -> None:
        box = QCheckBox(label, self)
        box.setChecked(on)
        box.toggled.connect(self._toggle_name)
        box.toggled.connect(self.edited)
        self._place(name, "", tip, box)

    def _modes(self, chosen: Mode) -> None:
        box = QComboBox(self)
        for mode, words in MODES.items():
            box.addItem(words, mode.value)
        box.setCurrentIndex(list(MODES).index(chosen))
        box.currentIndexChanged.connect(self.edited)
        self._place("mode", "mode", explain("subbuf_start"), box)

    def _place(self, name: str, label: str, tip: str, field: QWidget) -> None:
        row = self._grid.rowCount()
        if label:
            caption = QLabel(label, self)
            caption.setBuddy(field)
            caption.setToolTip(tip)
            self._grid.addWidget(caption, row, 0)
            field.setAccessibleName(label)
        field.setToolTip(tip)
        message = QLabel(self)
        message.setObjectName("error")
        message.setWordWrap(True)
        message.hide()
        self._grid.addWidget(field, row, 1)
        self._grid.addWidget(message, row + 1, 1)
        self.fields[name], self.messages[name] = field, message

    @Slot()
    def _toggle_name(self) -> None:
        self.fields["base_filename"].setEnabled(not self.is_on("unnamed"))


_NUMBER_TIPS = {
    "subbuf_size": f"{explain('sub-buffer')} Bytes; 4k means 4096.",
    "n_subbufs": "Sub-buffers of each buffer; at least two are advised.",
    "cpus": "Possible CPUs, from 0 on.",
    "header": f"{explain('header')} From 4 bytes on its padding is stored there.",
}

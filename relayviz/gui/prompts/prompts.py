"""Small questions: one value, checked while it is typed, never blocking the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from relayviz.gui.desk import commands
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.condition.language import ConditionError
from relayviz.model.inside.steps.past import past
from relayviz.model.numbers import plural
from relayviz.model.plain import digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.desk.controller import Controller

MOST_CONSUMED = 2**32 - 1  # that an operation can name


@dataclass(frozen=True, slots=True)
class Question:
    """A question.

    Attributes:
        title: What is to be done.
        text: What to type.
        check: Why what was typed will not do, or nothing.
        hint: What what was typed means.
        answer: What to do with it.
        initial: What stands there at first.
    """

    title: str
    text: str
    check: Callable[[Controller, str], str]
    hint: Callable[[Controller, str], str]
    answer: Callable[[Controller, str], None]
    initial: Callable[[Controller], str] = lambda _controller: ""


def _any_text(_controller: Controller, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "It contains a character that is no text."
    return ""


def _bytes(_controller: Controller, text: str) -> str:
    return plural(len(text.encode()), "byte")


def _hex(_controller: Controller, text: str) -> str:
    try:
        bytes.fromhex(text)
    except ValueError:
        return "Type two digits of 0-9 and a-f for each byte, such as 00 7f ff."
    return ""


def _nothing(_controller: Controller, _text: str) -> str:
    return ""


def whole(text: str, lowest: int, highest: int) -> str:
    """Say why a text is no whole number in a range; empty: it is one."""
    number = digits(text)
    if number is None:
        return "Type a whole number."
    if lowest <= number <= highest:
        return ""
    return f"Type a number from {lowest} to {highest}." if lowest < highest else f"Type {lowest}."


def _count(controller: Controller, text: str) -> str:
    del controller
    return whole(text, 0, MOST_CONSUMED)


def _step(controller: Controller, text: str) -> str:
    snapshot = controller.snapshot
    return whole(text, 0, snapshot.last_step) if snapshot else "No channel is open."


def _name(_controller: Controller, text: str) -> str:
    if not text:
        return "Type the name that the files shall begin with."
    return ChannelConfig(base_filename=text).problems().get("base_filename", "")


def _label(_controller: Controller, text: str) -> str:
    return "" if text.isprintable() else "It contains a character that cannot be shown."


def _label_here(controller: Controller) -> str:
    shown = controller.snapshot
    markers = controller.notebook.markers_shown()
    here = [one.name for one in markers if shown is not None and one.at.step == shown.step]
    return here[0] if here else ""


def _branch_problem(controller: Controller, text: str) -> str:
    history, name = past(controller.shown), text.strip()
    if history is None or not name or not name.isprintable():
        return "Type a name."
    here = controller.snapshot.branch if controller.snapshot is not None else 0
    others = (one.title for one in history.lines if one.number != here)
    return "Another branch is called so." if name in others else ""


def _branch_here(controller: Controller) -> str:
    history, shown = past(controller.shown), controller.snapshot
    if history is None or shown is None:
        return ""
    return history.branches[shown.branch].title


def _condition(controller: Controller, text: str) -> str:
    try:
        controller.notebook.expected(text)
    except ConditionError as error:
        return str(error)
    return ""


def _value_here(controller: Controller, text: str) -> str:
    columns, shown = controller.notebook.columns(), controller.snapshot
    if columns is None or shown is None:
        return ""
    try:
        holds = bool(controller.notebook.condition(text).holds(columns)[shown.step])
    except ConditionError as error:
        return str(error)
    return "It is true here." if holds else "It is not true here."


QUESTIONS = {
    "text": Question(
        "Write text", "Bytes of the event (UTF-8):", _any_text, _bytes, commands.write_text
    ),
    "bytes": Question(
        "Write bytes",
        "Bytes of the event in hex, such as 00 7f ff:",
        _hex,
        lambda _controller, text: plural(len(bytes.fromhex(text)), "byte"),
        commands.write_bytes,
    ),
    "fill": Question(
        "Fill with text",
        "Bytes for the oldest reserved slot (UTF-8):",
        _any_text,
        _bytes,
        commands.fill_text,
    ),
    "consume": Question(
        "Consume several",
        "How many sub-buffers were consumed:",
        _count,
        _nothing,
        lambda controller, text: commands.consume(controller, int(text)),
        lambda controller: str(controller.inputs.count),
    ),
    "step": Question(
        "Go to step",
        "Number of the step on this branch:",
        _step,
        _nothing,
        lambda controller, text: controller.seek(int(text)),
        lambda controller: str(controller.snapshot.step if controller.snapshot else 0),
    ),
    "mark": Question(
        "Name this step",
        "Name of the step shown; empty takes it away:",
        _label,
        _nothing,
        lambda controller, text: controller.notebook.mark(text.strip()),
        _label_here,
    ),
    "branch": Question(
        "Name this branch",
        "Name of the branch shown:",
        _branch_problem,
        _nothing,
        lambda controller, text: controller.notebook.name_branch(text.strip()),
        _branch_here,
    ),
    "expect": Question(
        "Expect here",
        "What shall be true after the step shown:",
        _condition,
        _value_here,
        lambda controller, text: controller.notebook.expect(text),
    ),
    "late-setup": Question(
        "Late set-up of files",
        "Base filename:",
        _name,
        lambda _controller, text: f"The files will be {text}0, {text}1, …",
        commands.late_setup,
        lambda _controller: "cpu",
    ),
}


class Prompt(QDialog):
    """Asks one Question. What is wrong is said below the field, and OK waits until it is right."""

    def __init__(self, question: Question, controller: Controller, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(question.title)
        self._question, self._controller = question, controller
        label = QLabel(question.text, self)
        self.field = QLineEdit(question.initial(controller), self)
        self.field.setAccessibleName(question.text)
        self.field.selectAll()
        label.setBuddy(self.field)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, self)
        layout = QVBoxLayout(self)
        for widget in (label, self.field, self.message, self.buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(380)
        self.field.textChanged.connect(self._check)
        self.buttons.accepted.connect(self._answer)
        self.buttons.rejected.connect(self.reject)
        self._check(self.field.text())

    @Slot(str)
    def _check(self, text: str) -> None:
        wrong = self._question.check(self._controller, text)
        hint = "" if wrong else self._question.hint(self._controller, text)
        self.message.setText(wrong or hint or " ")
        self.message.setObjectName("error" if wrong else "dim")
        self.field.setProperty("wrong", bool(wrong))
        for widget in (self.message, self.field):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not wrong)

    @Slot()
    def _answer(self) -> None:
        self._question.answer(self._controller, self.field.text())
        self.accept()

"""One actor in the Actors dock: its key, where it stands, what it does next, and its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from relayviz.gui.inside.colours import colour_of
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.elided import ElidedLabel
from relayviz.model.inside.program import Role as Kind

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from relayviz.gui.look.theme import Theme
    from relayviz.model.inside.scene import Stand

KEYS = 9  # the first actors have the keys 1 to 9
BUTTONS = (
    ("step", "Step", "Go on to its next stop."),
    ("end", "To end", "Go on to the end of its operation, or to a breakpoint before."),
    ("until", "To…", "Go on to a stop, or until a condition holds."),
)
WHAT = {Kind.TASK: "task", Kind.INTERRUPT: "interrupt", Kind.READER: "reader"}


def tell(label: QLabel, words: str) -> None:
    """Show words in a label that has a name: screen readers are told the name, and these."""
    label.setText(words)
    label.setAccessibleDescription(words)


class ActorRow(QFrame):
    """Shows an actor.

    Signals:
        asked: It shall do something.  args: its number, "choose", "step", "end" or "until".
    """

    asked = Signal(int, str)

    def __init__(self, number: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.number = number
        self._theme: Theme | None = None
        self._is_chosen = False
        self.sign = QLabel(str(number + 1) if number < KEYS else "·", self)
        self.sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name, self.at, self.next = (ElidedLabel(self) for _ in range(3))
        self.next.setObjectName("dim")
        self.buttons: dict[str, QToolButton] = {}
        first, last = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(5)
        first.addWidget(self.sign)
        first.addWidget(self.name, 1)
        last.setSpacing(3)
        last.addWidget(self.next, 1)
        for what, words, tip in BUTTONS:
            button = QToolButton(self)
            button.setText(words)
            button.setToolTip(
                tip + (f"  [{number + 1}]" if what == "step" and number < KEYS else "")
            )
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, to=what: self.asked.emit(number, to))
            self.buttons[what] = button
            last.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 3)
        layout.setSpacing(1)
        layout.addLayout(first)
        layout.addWidget(self.at)
        layout.addLayout(last)

    def show_stand(self, stand: Stand, *, is_chosen: bool, has_moved: bool) -> None:
        """Show how it stands.

        Args:
            stand: The actor.
            is_chosen: It is the one that Source follows.
            has_moved: It made the step that led here.
        """
        self._is_chosen = is_chosen
        moved = "  ◀ moved" if has_moved else ""
        self.name.setText(f"{stand.name} · {WHAT[stand.role]} on cpu {stand.cpu}{moved}")
        where = f"{stand.doing}: {stand.at}" if stand.doing else stand.at
        self.at.setText(f"cannot move: {stand.why}" if stand.why else where)
        self.at.setToolTip(f"{where}\n{stand.sentence}\n{stand.why}".strip())
        left = len(stand.queue) - stand.begun
        then = f"next: {stand.next} ({left} left)" if left else "nothing left"
        self.next.setText(where if stand.why else then)
        self.next.setToolTip("\n".join(stand.queue))
        for button in self.buttons.values():
            button.setEnabled(stand.can_move)
            button.setAccessibleName(f"{button.text()}: {stand.name}")
        self.setAccessibleName(f"{stand.name}: {where}")
        self.setAccessibleDescription(self.at.text())
        self._draw(is_dim=not stand.can_move)

    def apply_theme(self, shown: Theme) -> None:
        """Take over colours."""
        self._theme = shown
        self._draw(is_dim=not self.buttons["step"].isEnabled())

    def _draw(self, *, is_dim: bool) -> None:
        if self._theme is None:
            return
        shown, own = self._theme, colour_of(self._theme, self.number)
        self.sign.setStyleSheet(
            f"background: {own.name()}; color: {shown[Role.ACCENT_TEXT].name()};"
            f" font-weight: bold; padding: 0 5px; border-radius: 3px"
        )
        name = shown[Role.TEXT_DIM if is_dim else Role.TEXT_STRONG].name()
        self.name.setStyleSheet(f"color: {name}; font-weight: bold")
        self.at.setStyleSheet(f"color: {shown[Role.TEXT_DIM if is_dim else Role.TEXT].name()}")
        ground = shown[Role.BUTTON if self._is_chosen else Role.PANEL].name()
        edge = own.name() if self._is_chosen else shown[Role.BORDER].name()
        self.setStyleSheet(
            f"ActorRow {{ background: {ground}; border: 1px solid {edge}; border-radius: 3px }}"
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Choose it: Source follows it."""
        self.asked.emit(self.number, "choose")
        super().mousePressEvent(event)

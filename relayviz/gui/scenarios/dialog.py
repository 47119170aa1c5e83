"""The window with the index of scenarios; one that is opened gets a tab of its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from relayviz.gui.look.room import first_size
from relayviz.model.inside.examples import examples
from relayviz.model.session.scenario import Scenario, scenarios

TEXT, HEIGHT = 480, 560  # the list is as wide as the longest title
NAME = Qt.ItemDataRole.UserRole
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
IN_TITLE = 2  # the last rank of those whose title has it
FOUND = ("In the title", "In text and facts")


def rank(one: Scenario, text: str) -> int | None:
    """Return how well a scenario fits what is looked for, 0 best; None: it does not.

    Best: its title begins so; then words of the title do; then the title has it somewhere; then all
    that is said of it.
    """
    title, sought = one.session.title.casefold(), text.casefold().split()
    if title.startswith(" ".join(sought)):
        return 0
    begins = title.split()
    if all(any(word.startswith(each) for word in begins) for each in sought):
        return 1
    if all(each in title for each in sought):
        return IN_TITLE
    session = one.session
    said = " ".join((one.name, title, session.topic, session.text, *session.shows)).casefold()
    return IN_TITLE + 1 if all(each in said for each in sought) else None


class ScenariosDialog(QDialog):
    """Topics and titles at the left, what it shows at the right.

    Signals:
        chosen: The user wants to open one.  arg: its name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Scenarios")
        self._scenarios = {one.name: one for one in (*scenarios(), *examples())}
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Filter: part of a title, a text or a fact, such as D1")
        self.field.setAccessibleName("Filter of the scenarios")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._filter)
        self.tree = self._make_tree()
        self.title, self.text, self.shows = QLabel(self), QLabel(self), QLabel(self)
        self.title.setObjectName("heading")
        self.shows.setObjectName("dim")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.open_button = buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._open)
        buttons.rejected.connect(self.reject)
        right = QVBoxLayout()
        for label in (self.title, self.text, self.shows):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            right.addWidget(label)
        right.addStretch(1)
        both = QHBoxLayout()
        both.addWidget(self.tree)
        both.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.field)
        layout.addLayout(both, 1)
        layout.addWidget(buttons)
        self.field.installEventFilter(self)
        self._filter("")
        self._give_titles_room()

    @property
    def current(self) -> Scenario | None:
        """The scenario that is chosen; None: a topic is."""
        chosen = self.tree.selectedItems()
        return self._scenarios.get(chosen[0].data(0, NAME)) if chosen else None

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setAccessibleName("Scenarios by topic")
        tree.setHeaderHidden(True)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.itemSelectionChanged.connect(self._show)
        tree.itemActivated.connect(self._open)
        return tree

    def _give_titles_room(self) -> None:
        """Make the list as wide as its titles, and the window larger where there is a screen."""
        around = self.tree.verticalScrollBar().sizeHint().width() + 2 * self.tree.frameWidth()
        width = self.tree.sizeHintForColumn(0) + around
        size = first_size(self, (width + TEXT, HEIGHT))
        self.tree.setFixedWidth(min(width, size.width() * 3 // 5))
        self.resize(size)

    @Slot(str)
    def _filter(self, text: str) -> None:
        """List what fits: by topic; with a text those first that have it in their titles."""
        self.tree.clear()
        found = [(rank(one, text), one) for one in self._scenarios.values()]
        groups: dict[str, QTreeWidgetItem] = {}
        for place, one in sorted(
            ((place, one) for place, one in found if place is not None), key=lambda pair: pair[0]
        ):
            group = FOUND[place > IN_TITLE] if text.strip() else one.session.topic
            if group not in groups:
                groups[group] = QTreeWidgetItem(self.tree, [group])
            item = QTreeWidgetItem(groups[group], [one.session.title])
            item.setData(0, NAME, one.name)
            item.setToolTip(0, one.session.title)
        self.tree.expandAll()
        first = next(iter(groups.values()), None)
        if first is None:
            self._show()
        else:
            self.tree.setCurrentItem(first.child(0))

    @Slot()
    def _show(self) -> None:
        one = self.current
        self.open_button.setEnabled(one is not None)
        session = one.session if one is not None else None
        chosen = self.tree.selectedItems()
        heading = chosen[0].text(0) if chosen else ""
        if not self.tree.topLevelItemCount():
            sought = self.field.text().strip()
            heading = f"No scenario has “{sought}” in its title, text or facts."
        self.title.setText(session.title if session is not None else heading)
        self.text.setText(" ".join(session.text.split()) if session is not None else "")
        self.shows.setText(
            f"Shows: {', '.join(session.shows)}" if session and session.shows else ""
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Let arrow keys move in the list while the field has the keyboard."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in MOVES
        ):
            self._move(event)
            return True
        return super().eventFilter(watched, event)

    def _move(self, event: QKeyEvent) -> None:
        """Move in the list, past headings."""
        tree = self.tree
        before = tree.currentItem()
        tree.event(QKeyEvent(event.type(), event.key(), event.modifiers()))
        if self.current is None:
            tree.event(QKeyEvent(event.type(), event.key(), event.modifiers()))
        if self.current is None:  # above all there is but a heading
            tree.setCurrentItem(before)

    @Slot()
    def _open(self) -> None:
        one = self.current
        if one is not None:
            self.chosen.emit(one.name)

"""The window with the index of scenarios; one that is opened gets a tab of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
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

from relayviz.model.session.scenario import Scenario, scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH, HEIGHT, LIST = 820, 560, 330
NAME = Qt.ItemDataRole.UserRole


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
        self._scenarios = {one.name: one for one in scenarios()}
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
        self.resize(WIDTH, HEIGHT)
        self._choose_first()

    @property
    def current(self) -> Scenario | None:
        """The scenario that is chosen; None: a topic is."""
        chosen = self.tree.selectedItems()
        return self._scenarios.get(chosen[0].data(0, NAME)) if chosen else None

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setAccessibleName("Scenarios by topic")
        tree.setHeaderHidden(True)
        tree.setFixedWidth(LIST)
        topics: dict[str, QTreeWidgetItem] = {}
        for one in self._scenarios.values():
            topic = one.session.topic
            if topic not in topics:
                topics[topic] = QTreeWidgetItem(tree, [topic])
            item = QTreeWidgetItem(topics[topic], [one.session.title])
            item.setData(0, NAME, one.name)
            item.setToolTip(0, one.session.title)
        tree.expandAll()
        tree.itemSelectionChanged.connect(self._show)
        tree.itemActivated.connect(self._open)
        return tree

    @Slot()
    def _show(self) -> None:
        one = self.current
        self.open_button.setEnabled(one is not None)
        session = one.session if one is not None else None
        chosen = self.tree.selectedItems()
        heading = chosen[0].text(0) if chosen else "No scenario is like that."
        self.title.setText(session.title if session is not None else heading)
        self.text.setText(" ".join(session.text.split()) if session is not None else "")
        self.shows.setText(f"Shows: {', '.join(session.shows)}" if session is not None else "")

    @Slot(str)
    def _filter(self, text: str) -> None:
        for topic in self._topics():
            shown = 0
            for place in range(topic.childCount()):
                item = topic.child(place)
                fits = self._fits(self._scenarios[item.data(0, NAME)], text)
                item.setHidden(not fits)
                shown += fits
            topic.setHidden(not shown)
        self._choose_first()

    @staticmethod
    def _fits(one: Scenario, text: str) -> bool:
        session = one.session
        words = " ".join((one.name, session.title, session.topic, session.text, *session.shows))
        return all(word in words.casefold() for word in text.casefold().split())

    def _topics(self) -> Iterator[QTreeWidgetItem]:
        for place in range(self.tree.topLevelItemCount()):
            topic = self.tree.topLevelItem(place)
            if topic is not None:
                yield topic

    def _choose_first(self) -> None:
        for topic in self._topics():
            for place in range(topic.childCount()):
                if not topic.child(place).isHidden():
                    self.tree.setCurrentItem(topic.child(place))
                    return
        self.tree.clearSelection()

    @Slot()
    def _open(self) -> None:
        one = self.current
        if one is not None:
            self.chosen.emit(one.name)

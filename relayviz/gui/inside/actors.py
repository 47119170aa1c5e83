"""The view in the Actors dock: who stands where, why somebody cannot move, and buttons to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from relayviz.gui.inside import going
from relayviz.gui.inside.row import ActorRow, tell
from relayviz.gui.look import theme as themes
from relayviz.gui.look.icons import icon
from relayviz.gui.widgets.empty import Stack
from relayviz.gui.widgets.exported import Rows
from relayviz.gui.widgets.panel import Panel
from relayviz.model.inside.acting import acting
from relayviz.model.inside.condition import JUDGED

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.inside.scene import Scene, Stand

EMPTY = (
    "Inside an operation, everybody who runs code of the channel stands here.\n"
    "Alt+F11 steps into the next operation; Help → Scenarios has some to begin with."
)
WAYS = (
    ("Go to where the channel was just opened.  [Home]", "home"),
    ("Go one step back.  [Shift+F11]", "back"),
    ("Go one step forward in what is known.  [F11]", "forward"),
    ("Go to the last step of this branch.  [End]", "end"),
)
FIND = ("Find a schedule…", "Find…")
HEADINGS = ("actor", "role", "cpu", "state", "cannot move", "done", "of", "next")


class ActorsPanel(Panel):
    """A row for each actor, and what was counted beside the channel."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self._scene: Scene | None = None
        self.rows: list[ActorRow] = []
        self._buttons: dict[str, QToolButton] = {}
        self._body = _body(self)
        self._list = QVBoxLayout(self._body)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(3)
        self._list.addStretch(1)
        area = QScrollArea(self)
        area.setAccessibleName("Actors, one below the other")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the buttons take the keyboard
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._body)
        self.counted = QLabel(self)
        self.counted.setWordWrap(True)
        self.counted.setAccessibleName("What was counted beside the channel")
        self.warning = QLabel(self)
        self.warning.setAccessibleName("What did not go as the session says")
        self.puzzle = QLabel(self)
        for label in (self.warning, self.puzzle):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.puzzle.setAccessibleName("Puzzle, and how far it is solved")
        inner = QWidget(self)
        lines = QVBoxLayout(inner)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addLayout(self._ways())
        lines.addWidget(self.warning)
        lines.addWidget(self.puzzle)
        lines.addWidget(area, 1)
        lines.addWidget(self.counted)
        self._stack = Stack(inner, EMPTY, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._stack.show_content(False)

    def _ways(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(2)
        for tip, name in WAYS:
            button = QToolButton(self)
            button.setIcon(icon(name))
            self._buttons[name] = button
            button.setToolTip(tip)
            button.setAccessibleName(tip.partition(".")[0])
            button.clicked.connect(lambda _checked=False, to=name: self._go(to))
            line.addWidget(button)
        line.addStretch(1)
        self.finder = QToolButton(self)
        self.finder.setText(FIND[0])
        self.finder.setAccessibleName(FIND[0])
        self.finder.setToolTip(
            "Ask whether there is any order in which something holds.  [Ctrl+Alt+F]"
        )
        self.finder.clicked.connect(lambda: going.find(self.controller, self.window()))
        line.addWidget(self.finder)
        return line

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Say of the button at the end as much as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        left = self.width() - sum(one.sizeHint().width() + 2 for one in self._buttons.values())
        for words in FIND:
            self.finder.setText(words)
            if self.finder.sizeHint().width() <= left:
                return

    def _go(self, name: str) -> None:
        engine = acting(self.controller.shown)
        if engine is not None:
            getattr(engine, name)()

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show how everybody stands."""
        engine = acting(self.controller.shown)
        scene = engine.scene if engine is not None and snapshot is not None else None
        self._scene = scene
        self._stack.show_content(scene is not None)
        if scene is None:
            self._make_rows(0)
            self.set_detail("")
            return
        self._make_rows(len(scene.actors))
        chosen = going.chosen(self.controller, scene)
        for row, stand in zip(self.rows, scene.actors, strict=True):
            row.show_stand(
                stand, is_chosen=stand.name == chosen, has_moved=stand.name == scene.actor
            )
        tell(self.counted, counted(scene))
        self.warning.setVisible(bool(scene.warning))
        tell(self.warning, scene.warning)
        self.puzzle.setVisible(bool(scene.puzzle))
        tell(self.puzzle, scene.puzzle)
        self.puzzle.setToolTip(f"Hint: {scene.hint}" if scene.hint else "")
        self.set_detail(f"rule: {scene.rule}")

    def _make_rows(self, count: int) -> None:
        while len(self.rows) > count:
            row = self.rows.pop()
            self._list.removeWidget(row)
            row.deleteLater()
        while len(self.rows) < count:
            row = ActorRow(len(self.rows), self._body)
            row.asked.connect(self._asked)
            row.apply_theme(themes.current())
            self._list.insertWidget(len(self.rows), row)
            row.show()  # the list may be on screen already
            self.rows.append(row)

    @Slot(int, str)
    def _asked(self, number: int, what: str) -> None:
        scene = self._scene
        if scene is None or number >= len(scene.actors):
            return
        name = scene.actors[number].name
        if what == "choose":
            going.choose(self.controller, name)
            self.show_snapshot(self.controller.snapshot)
        elif what == "step":
            going.step(self.controller, number)
        elif what == "end":
            going.run(self.controller, name)
        else:
            going.ask_until(self.controller, name, self.window())

    def apply_theme(self, shown: Theme) -> None:
        """Take over colours."""
        for row in self.rows:
            row.apply_theme(shown)
        for name, button in self._buttons.items():
            button.setIcon(icon(name))
        self._fit()

    def exported_rows(self, most: int | None = None) -> Rows | None:
        """Return the actors."""
        del most
        scene = self._scene
        if scene is None:
            return None
        return Rows(HEADINGS, map(_cells, scene.actors), len(scene.actors))


def _body(parent: QWidget) -> QWidget:
    body = QWidget(parent)
    body.setObjectName("plain")  # on the ground of the panel, not of the window
    return body


def _cells(one: Stand) -> tuple[object, ...]:
    place = (one.name, one.role.value, one.cpu, one.at, one.why)
    return (*place, one.begun, len(one.queue), one.next)


def counted(scene: Scene) -> str:
    """Say what was counted beside the channel, or that nothing was."""
    there = [(name, count) for name, count in scene.judged.items() if count]
    if not there:
        return f"Up to here 0: {', '.join(scene.judged)}."
    return "\n".join(f"▲ {name} {count}: {JUDGED[name]}" for name, count in there)

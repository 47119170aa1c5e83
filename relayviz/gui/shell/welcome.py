"""The first start: an example channel, and three sentences that say what to press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from relayviz.gui.bars.fixed import FixedBar
from relayviz.gui.docks.arrangement import Arrangement
from relayviz.gui.widgets.wrapped import WrappedText
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from relayviz.gui.desk.controller import Controller

STEPPED = """\
Press <b>W</b> to write an event on the chosen CPU and <b>D</b> to read some back: each press
leaves a line in the Log.
Press <b>Shift+F11</b> to go a step back and <b>F11</b> forward; whatever you do in the past begins
a branch, and nothing is lost.
Press <b>2</b> for overwrite mode, <b>Ctrl+N</b> for a channel of your own, <b>F1</b> for all keys.
"""
LIVE = """\
The channel runs under a load of its own: <b>Space</b> pauses and goes on, and a click on
<b>writers</b> or <b>readers</b> changes what they do.
<b>F9</b> stops all of it at a loss or whatever you name; <b>F11</b> hands that exact state to
Step.
<b>Findings</b> say what is wrong and what would help; <b>Ctrl+I</b> tries sizes until some lose
nothing.
"""
LOOKED_AT = """\
This channel is only looked at: click a sub-buffer in the <b>Rings</b> to see its bytes.
"""
WATCHED = """\
This channel is looked at again and again: click a sub-buffer in the <b>Rings</b> to see its bytes,
<b>Space</b> pauses, <b>F11</b> steps from what is seen.
"""
REPLAYED = """\
This was recorded: <b>Space</b> plays it and <b>Shift+Space</b> backwards, the slider goes to any
moment, <b>Ctrl+Alt+M</b> marks one.
"""
INSIDE = """\
Each actor runs the core's own code: <b>1</b> to <b>9</b> let one go on to its next stop,
<b>Shift+F11</b> goes back and <b>F11</b> forward in what is known; another step in the past
begins a branch.
<b>Source</b> has the line where it stands, <b>Ctrl+Alt+F</b> asks whether any order of steps goes
wrong.
"""
WORDS = {
    Arrangement.STEPPED: STEPPED,
    Arrangement.RUNNING: LIVE,
    Arrangement.LOOKED_AT: LOOKED_AT,
    Arrangement.WATCHED: WATCHED,
    Arrangement.REPLAYED: REPLAYED,
    Arrangement.INSIDE: INSIDE,
}
BRIEF = "<b>F1</b> for all keys."
EXAMPLE = ChannelConfig(
    base_filename="example", subbuf_size=512, n_subbufs=8, cpus=4, mode=Mode.NO_OVERWRITE, header=4
)


class Welcome(FixedBar):
    """A strip over the docks with the three sentences.

    Signals:
        put_away: The user has read them.
        course_wanted: The user would rather take the course.
    """

    put_away = Signal()
    course_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("First steps", "bar.welcome", parent)
        frame = QFrame(self)
        frame.setObjectName("banner")
        frame.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._words, self._is_brief = STEPPED, False
        self._text = WrappedText(STEPPED, frame)
        self._text.setAccessibleName("First steps")
        button = QPushButton("Got it", frame)
        button.setAccessibleDescription(
            "Hide the first steps. Help → First steps shows them again."
        )
        button.clicked.connect(self._put_away)
        course = QPushButton("Begin the course", frame)
        course.setAccessibleDescription(
            "Take the first lesson that is not done. Help → Lessons lists them all."
        )
        course.setToolTip("Take the first lesson that is not done.")
        course.clicked.connect(self.course_wanted)
        layout = QHBoxLayout(frame)
        layout.addWidget(self._text, 1)
        layout.addWidget(course)
        layout.addWidget(button)
        self.addWidget(frame)

    def show_words(self, arrangement: Arrangement) -> None:
        """Say what to press in an arrangement of the window."""
        self._words = WORDS[arrangement]
        self._text.show_words(BRIEF if self._is_brief else self._words)

    def be_brief(self, is_brief: bool) -> None:
        """Say little, where text is large and the window small; or all again."""
        if is_brief is not self._is_brief:
            self._is_brief = is_brief
            self._text.show_words(BRIEF if is_brief else self._words)

    @Slot()
    def _put_away(self) -> None:
        self.hide()
        self.put_away.emit()


def open_example(controller: Controller) -> None:
    """Open a small channel and fill it so that there is something of everything to see."""
    engine = controller.open_channel(EXAMPLE)
    operations = example_operations()
    engine.submit(*operations)
    if controller.tab is not None:  # what it begins with is worth no question
        controller.tab.kept = (1 + len(operations), controller.tab.notes)


def example_operations() -> list[Operation]:
    """Return what fills the example: unread, consumed, padding, a reserved slot, a loss."""
    write, read = Kind.WRITE, Kind.READ
    rounds = [120, 96, 200, 64, 150]
    steps = [Operation(write, cpu, rounds[turn % 5]) for turn in range(14) for cpu in (0, 2)]
    steps += [Operation(write, 1, 180) for _ in range(18)]
    steps += [Operation(Kind.OPEN_FILE, 0, text="r"), Operation(read, 0, 1400)]
    steps += [Operation(Kind.OPEN_FILE, 2, text="r"), Operation(read, 2, 900)]
    steps += [Operation(write, 3, 100) for _ in range(6)]
    steps += [Operation(Kind.RESERVE, 3, 90), Operation(write, 3, 40)]
    return steps

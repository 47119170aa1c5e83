"""Channels of other processes as rows of a table: whose they are, how they stand, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.kernel.texts import printable
from relayviz.model.numbers import THIN, grouped, plural, size
from relayviz.model.others import OtherChannel

if TYPE_CHECKING:
    from relayviz.gui.widgets.table import Index
    from relayviz.model.others import Others, Refused

NOWHERE = QModelIndex()
HEADINGS = ("channel", "process", "unread", "lost", "sub-buffers", "buffers", "folder")
TIPS = (
    "What the names of its files begin with.",
    "Who made it, and whether that process is there. Only it writes.",
    "Events that were written and are there, and that nobody has consumed yet.",
    "Events lost since it was opened, for any reason.",
    "How many in a buffer, and their size.",
    "Usually one for each CPU.",
    "Where its files are.",
)
PROCESS, LOST = 1, 3


class ChannelsModel(HeadedModel):
    """A row for each channel, then one for each file that was refused; UserRole is for searching.

    Attributes:
        found: What a search found; None: nothing yet.
        channels: Those that can be looked at: the first rows.
    """

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self.found: Others | None = None
        self.channels: tuple[OtherChannel, ...] = ()
        self._things: tuple[OtherChannel | Refused, ...] = ()
        self._rows: list[tuple[str, ...]] = []

    def show(self, found: Others | None) -> None:
        """Take what was found; None: nothing."""
        self.beginResetModel()
        self.found = found
        self.channels = found.channels if found is not None else ()
        self._things = (*self.channels, *found.refused) if found is not None else ()
        self._rows = [tuple(map(printable, cells(one))) for one in self._things]
        self.endResetModel()

    def refused(self, row: int) -> Refused | None:
        """Return what was refused that a row is of; None: it is a channel's."""
        thing = self._things[row]
        return None if isinstance(thing, OtherChannel) else thing

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, tooltip and colour of a cell."""
        if not index.isValid():
            return None
        thing, text = self._things[index.row()], self._rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.UserRole:  # what is searched: 4096 finds 4 096
                return text.replace(THIN, "")
            case Qt.ItemDataRole.ToolTipRole:
                return printable_lines(tip(thing))
            case Qt.ItemDataRole.ForegroundRole:
                return theme.current()[_role(thing, index.column())]
        return None


def _role(thing: OtherChannel | Refused, column: int) -> Role:
    if not isinstance(thing, OtherChannel):
        return Role.ERROR
    if column == LOST and thing.lost:
        return Role.ERROR
    is_lost = thing.alive is False and not thing.is_closed
    return Role.WARNING if column == PROCESS and (is_lost or thing.damaged) else Role.TEXT


def cells(thing: OtherChannel | Refused) -> tuple[str, ...]:
    """Return what a row says."""
    if not isinstance(thing, OtherChannel):
        return (thing.path.name, "✕ refused", "", "", "", "", f"{thing.path.parent}: {thing.why}")
    return (
        thing.name,
        process(thing),
        grouped(thing.unread),
        grouped(thing.lost),
        f"{grouped(thing.n_subbufs)} × {size(thing.subbuf_size)}",
        "1 for all CPUs" if thing.is_global else grouped(len(thing.paths)),
        str(thing.folder),
    )


def process(channel: OtherChannel) -> str:
    """Say whose a channel is, and whether that process is there."""
    name = f"{channel.pid}{f' {channel.program}' if channel.program else ''}"
    if channel.alive is None:
        life = "of another PID namespace"
    else:
        life = "runs" if channel.alive else "gone"
    told = f"{name}: {'closed it' if channel.is_closed else life}"
    return f"{told}, {grouped(channel.damaged)} damaged" if channel.damaged else told


def tip(thing: OtherChannel | Refused) -> str:
    """Return more on a row, in lines."""
    if not isinstance(thing, OtherChannel):
        return f"{thing.path}\n{thing.why}"
    files = ", ".join(path.name for path in thing.paths[:8])
    lines = [
        f"{thing.name}, of process {process(thing)}",
        f"{plural(thing.written, 'event')} written, {grouped(thing.unread)} of them unread",
        f"files: {files}{' …' if thing.paths[8:] else ''} in {thing.folder}",
    ]
    if thing.alive is None:
        lines.append("whether that process runs cannot be told from here")
    return "\n".join(lines)


def printable_lines(text: str) -> str:
    """Return lines of which each can stand on a screen."""
    return "\n".join(map(printable, text.split("\n")))


def counted(found: Others) -> str:
    """Return what was found, in a sentence or two."""
    running = sum(bool(one.alive) for one in found.channels)
    told = f"{plural(len(found.channels), 'channel')}"
    if found.channels:
        told += f", {grouped(running)} of them of processes that run"
    told += "."
    if found.refused:
        told += f" {plural(len(found.refused), 'file')} refused: see the end of the list."
    return told if found.is_whole else f"Stopped. Until then: {told}"

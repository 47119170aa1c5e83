"""The channels of a kernel as rows of a table: whose they are, their sizes, how they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.gui.widgets.table import HeadedModel
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.kernel.evidence import mode_of
from relayviz.model.kernel.position import Writer, position_of
from relayviz.model.kernel.texts import printable
from relayviz.model.numbers import THIN, grouped, plural, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.gui.widgets.table import Index
    from relayviz.model.kernel.look import Buffer, Channel

NOWHERE = QModelIndex()
HEADINGS = ("channel", "client", "sub-buffers", "buffers", "mode", "state")
TIPS = (
    "The folder of its files and what their names begin with.",
    "Whose it is: a client that is known, or its subbuf_start.",
    "How many in a buffer, and their size.",
    "Usually one for each CPU that was ever on line.",
    "What happens when a buffer is full, as far as there is evidence.",
    "As it was when the kernel was opened.",
)
STATE = 5


class ChannelsModel(HeadedModel):
    """A row for each channel, in the order of the kernel's list; UserRole is for searching."""

    def __init__(self) -> None:
        super().__init__(HEADINGS, TIPS)
        self.channels: tuple[Channel, ...] = ()
        self._rows: list[tuple[str, ...]] = []

    def show(self, channels: Sequence[Channel]) -> None:
        """Take other channels."""
        self.beginResetModel()
        self.channels = tuple(channels)
        self._rows = [tuple(map(printable, cells(channel))) for channel in channels]
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        """Return the number of channels."""
        return 0 if parent.isValid() else len(self.channels)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, tooltip and colour of a cell."""
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._rows[row][column]
            case Qt.ItemDataRole.UserRole:  # what is searched: 4096 finds 4 096
                return self._rows[row][column].replace(THIN, "")
            case Qt.ItemDataRole.ToolTipRole:
                return tip(self.channels[row])
            case Qt.ItemDataRole.ForegroundRole if column == STATE:
                bad = any(word in self._rows[row][column] for word in ("blocked", "damaged"))
                return theme.current()[Role.ERROR if bad else Role.TEXT]
        return None


def cells(channel: Channel) -> tuple[str, ...]:
    """Return what a row says of a channel."""
    return (
        channel.name,
        _client(channel),
        f"{grouped(channel.n_subbufs)} × {size(channel.subbuf_size)}",
        "1 for all CPUs" if channel.is_global else grouped(len(channel.buffers)),
        mode_of(channel).name or NOT_KNOWN,
        state(channel),
    )


def state(channel: Channel) -> str:
    """Return how the buffers of a channel stand, the worst first."""
    stands = [_stands(channel, buffer) for buffer in channel.buffers]
    told = [
        f"{grouped(stands.count(word))} {word}"
        for word in ("damaged", "blocked", "full")
        if word in stands
    ]
    if channel.damage:
        told.insert(0, "damaged")
    if not told and stands:
        told.append("written to" if "written to" in stands else "nothing written yet")
    return ", ".join(told) or "no buffers"


def tip(channel: Channel) -> str:
    """Return more on a channel, in lines."""
    files = [buffer.file for buffer in channel.buffers if buffer.file is not None]
    lines = [
        f"{channel.name}, at {channel.addr:#x}",
        f"mode: {'; '.join(mode_of(channel).evidence)}",
        f"files: {', '.join(files[:8])}{' …' if files[8:] else ''}" if files else "no files known",
        *(f"damage: {sentence}" for sentence in channel.damage),
    ]
    return "\n".join(printable(line) for line in lines)


def _client(channel: Channel) -> str:
    if channel.client is not None:
        return f"{channel.client.kind} {channel.client.device}"
    if channel.callbacks is None:
        return NOT_KNOWN
    return channel.callbacks.subbuf_start or "no subbuf_start"


def _stands(channel: Channel, buffer: Buffer) -> str:
    position = position_of(channel, buffer)
    if position is None or position.writer is Writer.DAMAGED:
        return "damaged"
    if position.writer is Writer.BLOCKED:
        return "blocked"
    if position.produced - position.consumed >= position.n_subbufs:
        return "full"
    return "written to" if position.produced or position.offset else "nothing"


def counted(channels: Sequence[Channel], release: str | None) -> str:
    """Return what was found in a kernel, in a sentence."""
    where = printable(release) if release else "A kernel that does not say which"
    return f"{where}: {plural(len(channels), 'relay channel')}."

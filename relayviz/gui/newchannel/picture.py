"""A picture of what a new channel will allocate: one buffer, drawn to scale, and the sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPen
from PySide6.QtWidgets import QWidget

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.model.numbers import grouped, plural, size

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from relayviz.model.channel.config import Allocation, ChannelConfig

MOST_CELLS = 64  # more sub-buffers than these are drawn as one block
MOST_BUFFERS = 4
MARGIN, BAR, GAP = 10, 22, 6


class AllocationPicture(QWidget):
    """Buffers as bars: header, sub-buffers, and the hatched tail that pages leave unused."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._config: ChannelConfig | None = None
        self.setMinimumSize(300, 225)
        self.setAccessibleName("What will be allocated")

    def show_config(self, config: ChannelConfig | None) -> None:
        """Draw a configuration; None: it cannot be opened."""
        self._config = config
        self.setAccessibleDescription(" ".join(self.lines()))
        self.update()

    def lines(self) -> tuple[str, ...]:
        """Return the sums in words."""
        if self._config is None:
            return ("Nothing: some field is not right yet.",)
        made = self._config.allocation()
        product = f"{grouped(self._config.n_subbufs)} × {size(self._config.subbuf_size)}"
        each = "one buffer for all CPUs" if self._config.is_global else "each buffer"
        tail = f", of which the last {size(made.tail)} stay unused" if made.tail else ""
        return (
            f"{plural(made.buffers, 'buffer')}, {size(made.total)} in all.",
            f"{each[0].upper()}{each[1:]}: {product} = {size(made.used)},",
            f"rounded up to {plural(made.pages, 'page')} = {size(made.alloc_size)}{tail}.",
        )

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Return a size that shows a few buffers."""
        return QSize(340, 280)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        """Draw the bars and the sums below them."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shown = theme.current()
        top = float(MARGIN)
        if self._config is not None:
            top = self._draw_buffers(painter, self._config, self._config.allocation())
        painter.setPen(shown[Role.TEXT if self._config is not None else Role.TEXT_DIM])
        area = QRectF(MARGIN, top + GAP, self.width() - 2 * MARGIN, self.height() - top - GAP)
        flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(area, int(flags), "\n".join(self.lines()))
        painter.end()

    def _draw_buffers(self, painter: QPainter, config: ChannelConfig, made: Allocation) -> float:
        shown, top = theme.current(), float(MARGIN)
        name = painter.fontMetrics().horizontalAdvance("cpu 0000") + GAP
        cpus = ["all"] if config.is_global else [f"cpu {cpu}" for cpu in config.online_cpus]
        for label in cpus[:MOST_BUFFERS]:
            bar = QRectF(MARGIN + name, top, self.width() - 2 * MARGIN - name, BAR)
            painter.setPen(shown[Role.TEXT_DIM])
            left = QRectF(MARGIN, top, name, BAR)
            painter.drawText(left, int(Qt.AlignmentFlag.AlignVCenter), label)
            self._draw_buffer(painter, bar, config, made)
            top += BAR + GAP
        if len(cpus) > MOST_BUFFERS:
            painter.setPen(shown[Role.TEXT_DIM])
            more = QRectF(MARGIN, top, self.width() - 2 * MARGIN, BAR)
            rest = f"… and {grouped(len(cpus) - MOST_BUFFERS)} more like these"
            painter.drawText(more, int(Qt.AlignmentFlag.AlignVCenter), rest)
            top += BAR
        return top

    def _draw_buffer(
        self, painter: QPainter, bar: QRectF, config: ChannelConfig, made: Allocation
    ) -> None:
        shown = theme.current()
        scale = bar.width() / max(made.alloc_size, 1)
        cells = config.n_subbufs if config.n_subbufs <= MOST_CELLS else 1
        width = made.used * scale / cells
        gap = 1.0 if width > 4 * GAP / 2 else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        for cell in range(cells):
            left = bar.left() + cell * width
            painter.fillRect(QRectF(left, bar.top(), width - gap, BAR), shown[Role.UNREAD])
            header = min(config.used_header * scale, width - gap)
            if header and cells > 1:
                head = QRectF(left, bar.top(), max(header, 1.0), BAR)
                painter.fillRect(head, shown[Role.HEADER])
        tail = QRectF(bar.left() + made.used * scale, bar.top(), made.tail * scale, BAR)
        painter.fillRect(tail, shown[Role.FREE])
        painter.fillRect(tail, QBrush(shown[Role.STALE], Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(shown[Role.BORDER]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)

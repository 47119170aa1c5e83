"""The dock's content: rings and their legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtWidgets import QBoxLayout, QMenu, QWidget

from relayviz.gui.look import theme as themes
from relayviz.gui.rings.layout import arrange
from relayviz.gui.rings.legend import Legend
from relayviz.gui.rings.view import RingsView
from relayviz.gui.widgets.exported import Drawing, Picture
from relayviz.gui.widgets.panel import Panel
from relayviz.model.capture.sizes import Sure
from relayviz.model.inside.acting import acting
from relayviz.model.why.why import Figure, Piece

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter, QResizeEvent

    from relayviz.gui.desk.controller import Controller
    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.why.why import Subject

LEAST_RINGS = 130  # pixels of height; with less there is no legend
BETTER = 1.2  # so much larger must rings be where the legend stands beside them
LEAST_PART = 0.8  # of what rings would be without a legend: else it is folded
QWIDGETSIZE_MAX = (1 << 24) - 1
UNITS = ((2**20, "MiB"), (2**10, "KiB"))


def size_words(size: int) -> str:
    """Return a size in bytes, or in larger units where these fit without rest."""
    for unit, name in UNITS:
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} B"


def detail(snapshot: Snapshot) -> str:
    """Return what stands beside the dock's title."""
    cpus = "one buffer for all CPUs" if snapshot.is_global else f"{snapshot.rows} CPUs"
    if not snapshot.is_global and snapshot.rows == 1:
        cpus = "1 CPU"
    subbufs = "1 sub-buffer" if snapshot.n_subbufs == 1 else f"{snapshot.n_subbufs} sub-buffers"
    closed = ", closed: as it was left" if snapshot.closed else ""
    sizes = snapshot.foreign.sizes if snapshot.foreign is not None else None
    most = "at most " if sizes is not None and sizes.sure is Sure.AT_MOST else ""
    assumed = ", assumed" if sizes is not None and sizes.sure is Sure.ASSUMED else ""
    return f"{cpus} × {most}{subbufs} × {size_words(snapshot.subbuf_size)}{assumed}{closed}"


class RingsPanel(Panel):
    """Shows each CPU's buffer; a click selects a sub-buffer everywhere."""

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(controller, parent)
        self.setAccessibleName("Rings")
        self.view = RingsView(themes.current(), self)
        self.legend = Legend(themes.current(), self)
        self._placed_on: tuple[object, ...] = ()  # what the place of the legend depends on
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.view, 1)
        self._layout.addWidget(self.legend)
        self.view.selected.connect(controller.select)
        self.setFocusProxy(self.view)

    def show_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a state."""
        self.set_detail("" if snapshot is None else detail(snapshot))
        self.legend.show_marks(
            live=snapshot is not None and snapshot.live is not None,
            consumed=snapshot is None or snapshot.knows("consumed"),
        )
        engine = acting(self.controller.shown)
        scene = None if engine is None or snapshot is None else engine.scene
        self.legend.show_actors([] if scene is None else [one.name for one in scene.actors])
        self.view.set_snapshot(snapshot, () if scene is None else scene.reaches)
        self.view.set_selection(*self.controller.selection)
        self._place_legend()

    def show_selection(self, row: int, index: int) -> None:
        """Mark what is selected."""
        self.view.set_selection(row, index)

    def subject(self) -> Subject | None:
        """Return the sub-buffer that the keyboard is at, or that was clicked last."""
        return None if self.view.snapshot is None else Piece(*self.view.focus_place)

    def subject_at(self, at: QPoint) -> Subject | None:
        """Return the sub-buffer at a point; in the middle of a ring how many are ready."""
        found = self.view.hit_at(QPointF(self.view.mapFrom(self, at)))
        if found is None:
            return None
        return Piece(found.row, found.index) if found.index >= 0 else Figure(found.row, "ready")

    def menu_at(self, at: QPoint) -> QMenu | None:
        """Select what is there, and offer to explain it."""
        found = self.view.hit_at(QPointF(self.view.mapFrom(self, at)))
        if found is not None:
            self.controller.select(found.row, found.index)
        subject, menu = self.subject(), self.new_menu()
        if subject is not None:
            self.offer_why(menu, subject)
        return menu if subject is not None else None

    def picture(self) -> Picture:
        """Return the rings, drawn as finely as the picture is, and their legend."""
        view = self.view

        def draw(painter: QPainter, ratio: float) -> None:
            painter.drawImage(QRect(QPoint(), view.size()), view.scene.as_fine(ratio))

        width, legend = view.width(), self.legend
        rings = Drawing(width, view.height(), draw)
        height = legend.height_of_all(width)
        return Picture([rings, Drawing(width, height, lambda to, _: legend.draw_all(to, width))])

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Put the legend where it takes least of the rings."""
        super().resizeEvent(event)
        self._place_legend()

    def _place_legend(self) -> None:
        """Have the legend below the rings, beside them, folded, or not at all."""
        width, height, legend = self.width(), self.height(), self.legend
        rows = self.view.snapshot.rows if self.view.snapshot is not None else 1
        on = (width, height, rows, themes.current().scale, legend.accessibleDescription())
        if on == self._placed_on:
            return
        self._placed_on = on
        all_words, column = legend.height_of_all(width), legend.column_width
        without, below = self._radius(width, height), self._radius(width, height - all_words)
        beside = self._radius(width - column, height) if self._fits(column) else 0.0
        is_beside = beside > below * BETTER
        is_folded = max(beside, below) < without * LEAST_PART
        is_beside = is_beside and not is_folded
        if is_folded is not legend.is_folded:
            legend.fold(is_folded)
        way = QBoxLayout.Direction
        self._layout.setDirection(way.LeftToRight if is_beside else way.TopToBottom)
        legend.setMinimumWidth(column if is_beside else 0)
        legend.setMaximumWidth(column if is_beside else QWIDGETSIZE_MAX)
        taken = 0 if is_beside else legend.heightForWidth(width)
        legend.setVisible(height - taken >= LEAST_RINGS)

    def _fits(self, column: int) -> bool:
        """Whether the legend has room beside the rings, an item below the other."""
        return self.legend.height_of_all(column) <= self.height()

    def _radius(self, width: float, height: float) -> float:
        """Return how large rings are in some room; bars: half of a line."""
        rows = self.view.snapshot.rows if self.view.snapshot is not None else 1
        layout = arrange(rows, width, height, themes.current().scale)
        return layout.cell_height / 2 if layout.bars else layout.outer

    def apply_theme(self, shown: Theme) -> None:
        """Use other colours."""
        self.view.set_theme(shown)
        self.legend.set_theme(shown)
        self._place_legend()

"""Where each CPU's ring or bar is, and what is at a point. Plain figures: no Qt.

Lengths are logical pixels. Positions are on the sheet, which is the view's size times the zoom; the
view shows a part of it. Lengths that text decides grow with it: those of the constants are for text
as large as usual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

BARS_FROM = 64  # rows
LEAST_RADIUS = 24.0  # below that, bars say more
INNER = 0.68  # of the outer radius
OUTSIDE = 0.15  # of the radius is room for marks and numbers outside of a ring, …
LEAST_OUTSIDE = 17.0  # … and at least this
NUMBERS_FROM = 40.0  # outer radius from which on there are numbers, …
MARKS_OUTSIDE = 10.0  # … and the room of marks alone
WIDEST_RADIUS = 1500.0
TEXT_PITCH = 12.0  # height of a bar's line from which on there is text beside it
BEST_PITCH = 22.0
HEAD = 14.0  # above bars: headings, or the CPU number that a column begins with
LABEL = 34.0  # left of a bar: CPU
READY = 62.0  # right of a bar: ready
LOST = 44.0  # and what was lost
BESIDE_READY, BESIDE_LOST = 60.0, 90.0  # of a bar, at least, where there is such text
COLUMN_GAP = 14.0
NARROW, LEAST_LEFT, LEAST_RIGHT = 60.0, 2.0, 4.0  # columns without room for more
SMALL = 8.0  # height of a bar's line
GAPS = ((0.0, 0.0), (2.0, 0.5), (3.0, 1.0), (SMALL, 2.0))  # below a bar, by the line's height
ASPECT = 26.0  # how long a bar's line would like to be, in heights


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    def contains(self, x: float, y: float) -> bool:
        """Whether a point is inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells in columns, each with a ring in its middle or a bar.

    Attributes:
        rows: Buffers.
        columns, lines: Of cells.
        bars: Bars, not rings; they go down the first column, then the second. Rings go line by
            line.
        cell_width, cell_height: Of a cell.
        zoom: How much larger the sheet is than the view.
        head: Above the cells of bars.
        text: How large text is; 1: as usual.
    """

    rows: int
    columns: int
    lines: int
    bars: bool
    cell_width: float
    cell_height: float
    zoom: float = 1.0
    head: float = 0.0
    text: float = 1.0

    @property
    def width(self) -> float:
        """Of the sheet."""
        return self.columns * self.cell_width

    @property
    def height(self) -> float:
        """Of the sheet."""
        return self.head + self.lines * self.cell_height

    @property
    def outer(self) -> float:
        """Outer radius of a ring; where it is too small for numbers, no room is kept for them."""
        room, text = min(self.cell_width, self.cell_height) / 2, self.text
        if self.with_numbers >= NUMBERS_FROM * text:
            return self.with_numbers
        return min(room - MARKS_OUTSIDE * text, (NUMBERS_FROM - 1) * text)

    @property
    def with_numbers(self) -> float:
        """Outer radius of a ring with numbers around it."""
        room = min(self.cell_width, self.cell_height) / 2
        return min(WIDEST_RADIUS, room - max(LEAST_OUTSIDE * self.text, room * OUTSIDE))

    @property
    def inner(self) -> float:
        """Inner radius of a ring."""
        return self.outer * INNER

    @property
    def has_text(self) -> bool:
        """Whether there is text beside each bar."""
        room = LABEL + READY + BESIDE_READY
        return self.cell_height >= TEXT_PITCH * self.text and self.cell_width >= room * self.text

    @property
    def has_lost_text(self) -> bool:
        """Whether what was lost is told beside each bar, and not only marked."""
        room = LABEL + READY + LOST + BESIDE_LOST
        return self.has_text and self.cell_width >= room * self.text

    def scaled(self, zoom: float) -> Layout:
        """Return the same cells `zoom` times as large."""
        if zoom == self.zoom:
            return self
        factor = zoom / self.zoom
        return replace(
            self,
            cell_width=self.cell_width * factor,
            cell_height=self.cell_height * factor,
            zoom=zoom,
        )

    def most_zoom(self, rows_shown: float = 1.0) -> float:
        """Return the zoom at which `rows_shown` cells fill the view."""
        cells = max(self.columns, self.lines if not self.bars else self.columns)
        return max(1.0, 1.6 * cells / rows_shown)

    def cell(self, row: int) -> Rect:
        """Return the cell of a row."""
        if self.bars:
            column, line = divmod(row, self.lines)
        else:
            line, column = divmod(row, self.columns)
        return Rect(
            column * self.cell_width,
            self.head + line * self.cell_height,
            self.cell_width,
            self.cell_height,
        )

    def bar(self, row: int) -> Rect:
        """Return the rectangle of a row's bar."""
        cell = self.cell(row)
        gap = max(height for from_, height in GAPS if self.cell_height >= from_)
        gap = max(gap, 0.22 * self.cell_height if self.cell_height >= SMALL else 0.0)
        left = LABEL * self.text if self.has_text else LEAST_LEFT
        right = COLUMN_GAP if self.cell_width > NARROW else LEAST_RIGHT
        if self.has_text:
            right += (READY + (LOST if self.has_lost_text else 0.0)) * self.text
        return Rect(
            cell.x + left,
            cell.y + gap / 2,
            max(2.0, cell.width - left - right),
            max(0.5, cell.height - gap),
        )

    def centre(self, row: int) -> tuple[float, float]:
        """Return the centre of a row's ring."""
        cell = self.cell(row)
        return cell.x + cell.width / 2, cell.y + cell.height / 2

    def row_at(self, x: float, y: float) -> int | None:
        """Return the row whose cell is at a point of the sheet."""
        column, line = int(x // self.cell_width), int((y - self.head) // self.cell_height)
        if not (0 <= column < self.columns and 0 <= line < self.lines):
            return None
        row = column * self.lines + line if self.bars else line * self.columns + column
        return row if row < self.rows else None

    def rows_in(self, x: float, y: float, width: float, height: float) -> range | list[int]:
        """Return the rows whose cells touch a rectangle of the sheet, in order."""
        columns = _touched(x, width, self.cell_width, self.columns)
        lines = _touched(y - self.head, height, self.cell_height, self.lines)
        if len(columns) == self.columns and len(lines) == self.lines:
            return range(self.rows)
        rows = [
            column * self.lines + line if self.bars else line * self.columns + column
            for column in columns
            for line in lines
        ]
        return sorted(row for row in rows if row < self.rows)


def _touched(start: float, length: float, step: float, count: int) -> range:
    first = max(0, math.floor(start / step))
    return range(first, max(first, min(count, math.ceil((start + length) / step))))


def arrange(rows: int, width: float, height: float, text: float = 1.0) -> Layout:
    """Return the layout in which `rows` buffers fill a view best.

    Args:
        rows: How many.
        width: Of the view.
        height: Of the view.
        text: How large text is; 1: as usual.
    """
    width, height, rows = max(width, 16.0), max(height, 16.0), max(rows, 1)
    if rows < BARS_FROM:
        rings = _rings(rows, width, height, text)
        if rings.with_numbers >= LEAST_RADIUS:
            return rings
    return _bars(rows, width, height, text)


def _rings(rows: int, width: float, height: float, text: float) -> Layout:
    def with_columns(columns: int) -> Layout:
        lines = math.ceil(rows / columns)
        return Layout(rows, columns, lines, False, width / columns, height / lines, text=text)

    # of equally large rings those that leave no cell empty
    return max(
        map(with_columns, range(1, rows + 1)),
        key=lambda layout: (round(layout.with_numbers), -layout.columns * layout.lines),
    )


def _bars(rows: int, width: float, height: float, text: float) -> Layout:
    head = HEAD * text if height > HEAD * text * 4 else 0.0

    def with_columns(columns: int) -> Layout:
        lines = math.ceil(rows / columns)
        pitch = min(BEST_PITCH * text, (height - head) / lines)
        return Layout(rows, columns, lines, True, width / columns, pitch, 1.0, head, text)

    def how_far_from_best(layout: Layout) -> float:
        # too flat is worse than too short: then neither hatch nor text can be seen
        aspect = abs(math.log(layout.cell_width / (layout.cell_height * ASPECT)))
        without_text = 0.0 if layout.has_text else 0.4
        flat = max(0.0, math.log(TEXT_PITCH * text / layout.cell_height)) * 0.5
        return aspect + without_text + flat

    most = max(1, min(rows, int(width // 8)))
    return min(map(with_columns, range(1, most + 1)), key=how_far_from_best)

"""Where lanes are in a view: margins, heights, which row is at which height. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

THIN = 4.0  # pixels of a lane up to which there is no gap between two


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around lanes, and how high they may be; all in pixels.

    Attributes:
        label: Room for names at the left.
        right: Beside the lanes.
        top: Above them.
        foot: Below them, for the scale.
        best: Height of a lane with its gap, where there is room.
        least: The same where there is none; below that neighbours are united.
        gap: The part of a lane that is left empty below it.
    """

    label: float
    right: float
    top: float
    foot: float
    best: float
    least: float
    gap: float = 0.2

    def scaled(self, by: float) -> Frame:
        """Return it for text that is larger by a factor."""
        names = ("label", "right", "top", "foot", "best")
        return replace(self, **{name: getattr(self, name) * by for name in names})


@dataclass(frozen=True, slots=True)
class Grid:
    """Lanes placed in a view.

    Attributes:
        frame: Margins and heights.
        rows: How many lanes there are.
        width: Of the view.
        height: Of the view.
        ratio: Device pixels in a pixel.
    """

    frame: Frame
    rows: int
    width: int
    height: int
    ratio: float = 1.0

    @property
    def inner(self) -> int:
        """Width of the lanes."""
        return max(1, int(self.width - self.frame.label - self.frame.right))

    @property
    def columns(self) -> int:
        """How many columns can be told apart: device pixels."""
        return max(1, round(self.inner * self.ratio))

    @property
    def _room(self) -> float:
        return max(1.0, self.height - self.frame.top - self.frame.foot)

    @property
    def pixels(self) -> int:
        """Height of a lane in device pixels: whole ones, so that no two lanes differ."""
        wanted = min(self.frame.best, self._room / max(1, self.rows))
        return max(1, int(max(self.frame.least, wanted) * self.ratio))

    @property
    def lane(self) -> float:
        """Height of a lane, its gap included."""
        return self.pixels / self.ratio

    @property
    def gap(self) -> int:
        """The gap in device pixels; thin lanes have none."""
        return round(self.pixels * self.frame.gap) if self.lane > THIN else 0

    @property
    def bar(self) -> float:
        """Height of a lane without its gap."""
        return (self.pixels - self.gap) / self.ratio

    @property
    def shown(self) -> int:
        """How many lanes are drawn: where not all fit, a lane stands for several rows."""
        return min(self.rows, max(1, int(self._room / self.lane)))

    @property
    def bottom(self) -> float:
        """Where the lanes end."""
        return self.frame.top + self.shown * self.lane

    def row_of(self, lane: int) -> int:
        """Return the first row that a lane stands for."""
        return lane * self.rows // max(1, self.shown)

    def lane_of(self, row: int) -> int:
        """Return the lane that stands for a row."""
        return -(-(row + 1) * self.shown // max(1, self.rows)) - 1

    def row_at(self, y: float) -> int | None:
        """Return the (first) row at a height of the view; None: there is none."""
        lane = int((y - self.frame.top) // self.lane)
        return self.row_of(lane) if 0 <= lane < self.shown else None

    def top_of(self, row: int) -> float:
        """Return where the lane of a row begins."""
        return self.frame.top + self.lane_of(row) * self.lane

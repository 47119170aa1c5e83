"""Buffers drawn by the native raster into a QImage. The only user of `relayviz._relay.raster`."""

from __future__ import annotations

import math
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QImage

from relayviz._relay import raster
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.gui.look.theme import Theme
    from relayviz.model.engine.snapshot import Snapshot

MOST_SAMPLES = 65_536
MAPS = 4  # sizes of rings that are kept ready
GROUND_SHARE = 0.28  # of the stripe's colour in the ground between stripes
LOSS_WIDTH = 3  # logical pixels, of the mark beside a bar
LINE = 1.6  # logical pixels, of outlines
MOST_CHANGED = 1024  # sub-buffers; outlines around more of them would say no more
_OUTLINE = np.dtype([("row", "u4"), ("index", "u4"), ("stripe", "u4"), ("ground", "u4")])
_OVERLAY = np.dtype([("row", "u4"), ("paint", "u4"), ("start", "u8"), ("end", "u8")])


class Paint(IntEnum):
    """What the bytes of a sub-buffer are (enum relay_paint)."""

    FREE = 0
    UNREAD = 1
    CONSUMED = 2
    HEADER = 3
    PADDING = 4
    RESERVED = 5
    LOST = 6
    GAP = 7


#: The role that gives each paint its colour, and whether it is hatched.
LOOK: dict[Paint, tuple[Role, bool]] = {
    Paint.FREE: (Role.FREE, False),
    Paint.UNREAD: (Role.UNREAD, False),
    Paint.CONSUMED: (Role.CONSUMED, False),
    Paint.HEADER: (Role.HEADER, False),
    Paint.PADDING: (Role.PADDING, True),
    Paint.RESERVED: (Role.RESERVED, True),
    Paint.LOST: (Role.LOST, True),
    Paint.GAP: (Role.GAP, False),
}


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """Return `share` of the first colour and the rest of the second."""

    def channel(a: int, b: int) -> int:
        return round(a * share + b * (1 - share))

    return QColor(
        channel(first.red(), second.red()),
        channel(first.green(), second.green()),
        channel(first.blue(), second.blue()),
    )


def inks(theme: Theme) -> dict[Paint, tuple[int, int]]:
    """Return stripe and ground of each paint as 0xffRRGGBB; equal where it is not hatched."""
    result = {}
    for paint, (role, hatched) in LOOK.items():
        colour = theme[role]
        ground = mixed(colour, theme[Role.GAP], GROUND_SHARE) if hatched else colour
        result[paint] = (int(colour.rgb()), int(ground.rgb()))
    return result


def samples_around(outer: float) -> int:
    """Return how many samples a ring has: one for each pixel along its rim."""
    return max(8, min(MOST_SAMPLES, round(2 * math.pi * outer)))


@lru_cache(maxsize=MAPS)
def _map(inner: float, outer: float, line: float) -> raster.RingMap:
    return raster.RingMap(inner, outer, samples_around(outer), line)


def _bytes(array: NDArray[np.void]) -> NDArray[np.uint8]:
    """Lend an array's bytes: lending a structured one, numpy describes all its fields each time."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def differing_rows(now: Snapshot, before: Snapshot) -> NDArray[np.bool_]:
    """Return for each row whether the buffer or one of its sub-buffers differs."""
    differs = raster.snapshot_diff(
        _bytes(now.buffers), _bytes(before.buffers), _bytes(now.subbufs), _bytes(before.subbufs)
    )
    return np.frombuffer(differs, np.bool_)


class Canvas:
    """An image of opaque pixels, and the raster that draws buffers into it.

    Places are in device pixels. No QPainter may be active on `image` during a call.
    """

    def __init__(self) -> None:
        self.image = QImage()
        self._palette = np.zeros((raster.N_PAINTS, 2), np.uint32)
        self._marks = np.zeros(6, np.uint32)
        self._ground = QColor()
        self._line = 1
        self._outline = LINE
        self._write = self._changed = 0
        self._loss_width = LOSS_WIDTH

    def resize(self, width: int, height: int, ratio: float) -> None:
        """Make the image anew, in device pixels; what was drawn is gone."""
        self.image = QImage(max(1, width), max(1, height), QImage.Format.Format_RGB32)
        self.image.setDevicePixelRatio(ratio)
        self._line = max(1, round(ratio))
        self._outline = LINE * ratio
        self._loss_width = max(1, round(LOSS_WIDTH * ratio))
        self.clear()

    def use(self, theme: Theme) -> None:
        """Draw in the theme's colours from now on."""
        for paint, ink in inks(theme).items():
            self._palette[paint] = ink
        self._ground = theme[Role.GAP]
        self._write = theme.rgb(Role.WRITE_POSITION)
        self._changed = theme.rgb(Role.CHANGED)
        self._marks[:4] = [
            theme.rgb(role)
            for role in (Role.WRITE_POSITION, Role.CONSUMER_POSITION, Role.LOST, Role.GAP)
        ]

    def clear(self) -> None:
        """Fill the image with the ground."""
        self.image.fill(self._ground)

    def draw_rings(
        self, snapshot: Snapshot, places: NDArray[np.int32], inner: float, outer: float
    ) -> None:
        """Draw rings: a (row, x, y of the centre, 0, 0) for each."""
        raster.draw_rings(
            _map(inner, outer, self._outline), *self._drawing(snapshot, of_bars=False), places
        )

    def draw_bars(self, snapshot: Snapshot, places: NDArray[np.int32]) -> None:
        """Draw bars with their marks: a (row, x, y, width, height) for each."""
        self._marks[4:] = self._line, self._loss_width
        raster.draw_bars(self._marks, *self._drawing(snapshot, of_bars=True), places)

    def _drawing(self, snapshot: Snapshot, *, of_bars: bool) -> tuple[object, ...]:
        image = self.image
        return (
            image.bits(),
            image.bytesPerLine() // 4,
            image.width(),
            image.height(),
            _bytes(snapshot.buffers),
            _bytes(snapshot.subbufs),
            snapshot.subbuf_size,
            self._palette,
            overlays(snapshot),
            outlines(snapshot, self._write, self._changed, of_bars=of_bars).view(np.uint8),
            max(1, round(self._outline)),
        )


def overlays(snapshot: Snapshot) -> NDArray[np.uint8]:
    """Return what is reserved and not yet filled, as the raster wants it."""
    found = [
        (row, int(Paint.RESERVED), slot.start, slot.end)
        for slot in snapshot.reserved
        if slot.is_current and (row := snapshot.row_of(slot.buffer)) is not None
    ]
    return np.array(found, _OVERLAY).view(np.uint8)


def outlines(snapshot: Snapshot, write: int, changed: int, *, of_bars: bool) -> NDArray[np.void]:
    """Return an outline for each sub-buffer that is being written or that the last step changed.

    One that is both is dashed in both colours. Bars have their mark for the one being written.
    """
    current = snapshot.buffers["current"].astype(np.int64)
    shown = snapshot.buffers["offset"] <= snapshot.subbuf_size
    if snapshot.closed:
        shown = np.zeros_like(shown)
    touched = snapshot.changed.subbufs
    rows, indexes = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if 0 < np.count_nonzero(touched) <= MOST_CHANGED:
        # along one axis: along two it takes many times as long
        rows, indexes = np.divmod(np.flatnonzero(touched), touched.shape[1])
    is_current = shown[rows] & (indexes == current[rows])
    ground = np.where(is_current, write, changed)
    if not of_bars:
        others = shown.copy()
        others[rows[is_current]] = False
        more = others.nonzero()[0]
        rows = np.concatenate([rows, more])
        indexes = np.concatenate([indexes, current[more]])
        ground = np.concatenate([ground, np.full(len(more), write)])
    stripe = np.where(np.arange(len(rows)) < len(is_current), changed, write)
    result = np.empty(len(rows), _OUTLINE)
    for name, values in zip(_OUTLINE.names or (), (rows, indexes, stripe, ground), strict=True):
        result[name] = values
    return result[np.argsort(result["row"], kind="stable")]

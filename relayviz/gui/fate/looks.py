"""How each fate looks: a colour, a hatch of its own, and its name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QImage

from relayviz.gui.look import theme as themes
from relayviz.gui.look.roles import Role
from relayviz.model.channel.state import LOSS_WORDS
from relayviz.model.channel.trail import LOST_FATES, Fate
from relayviz.model.ledger.lane import CLOBBERED, UNFILLED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Where = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]

TILE = 8  # pixels; hatches repeat after so many
FUTURE = 1 << 14
"""In bits of fates: the event comes after the step shown."""


@dataclass(frozen=True, slots=True)
class Look:
    """How something looks.

    Attributes:
        words: Its name.
        role: Its colour.
        hatch: Where its stripes are, from x and y; None: it is plain.
    """

    words: str
    role: Role
    hatch: Where | None = None


def _slash(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (x + y) % TILE < TILE // 2


def _backslash(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (x - y) % TILE < TILE // 2


def _lying(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (y + 0 * x) % (TILE // 2) < TILE // 4


def _standing(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    return _lying(y, x)


def _squares(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    squares: NDArray[np.bool_] = (x // 2 + y // 2) % 2 == 0
    return squares


def _crosses(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
    return _slash(x, y) & _backslash(x, y)


# What is drawn first is on top in a column that stands for events of several fates: losses.
LOOKS: dict[int, Look] = {
    1 << Fate.REFUSED_FULL: Look(LOSS_WORDS["refused_full"], Role.LOST, _slash),
    1 << Fate.OVERWRITTEN: Look(LOSS_WORDS["overwritten"], Role.LOST, _backslash),
    1 << Fate.TOO_BIG: Look(LOSS_WORDS["too_big"], Role.WARNING, _standing),
    1 << Fate.RELEASED_UNREAD: Look(LOSS_WORDS["released_unread"], Role.WARNING, _lying),
    1 << Fate.DISCARDED_RESET: Look(LOSS_WORDS["discarded_reset"], Role.LOST, _squares),
    1 << Fate.DISCARDED_CLOSE: Look(LOSS_WORDS["discarded_close"], Role.LOST, _crosses),
    1 << Fate.BUSY: Look(LOSS_WORDS["busy"], Role.WARNING, _squares),
    1 << Fate.WRITTEN_LATE: Look(LOSS_WORDS["written_late"], Role.WARNING, _crosses),
    CLOBBERED: Look("bytes gone over", Role.LOST, _lying),
    UNFILLED: Look("reserved, not filled", Role.RESERVED, _backslash),
    1 << Fate.UNREAD: Look("unread", Role.UNREAD),
    1 << Fate.CONSUMED: Look("consumed", Role.CONSUMED),
    FUTURE: Look("later than the step shown", Role.LANE),
}


def look_of(fate: Fate) -> Look:
    """Return how a fate looks."""
    return LOOKS[1 << fate]


def words_of(fate: Fate) -> str:
    """Return a fate's name."""
    return look_of(fate).words


def is_loss(fate: Fate) -> bool:
    """Whether it is a loss."""
    return fate in LOST_FATES


@cache
def tile(bit: int, theme: str) -> NDArray[np.uint32]:
    """Return the pixels that a look repeats, shape (TILE, TILE), as 0xffRRGGBB."""
    look, shown = LOOKS[bit], themes.load(theme)
    colour = shown[look.role]
    pixels = np.full((TILE, TILE), colour.rgb(), np.uint32)
    if look.hatch is not None:
        y, x = np.indices((TILE, TILE))
        pixels[~look.hatch(x, y)] = _mixed(colour, shown[Role.PANEL]).rgb()
    return pixels


def colours(bit: int, theme: str) -> set[int]:
    """Return the colours that a look consists of, as 0xffRRGGBB."""
    return set(tile(bit, theme).ravel().tolist())


def swatch(bit: int, theme: str, size: int) -> QImage:
    """Return a square of a look."""
    repeats = -(-size // TILE)
    pixels = np.ascontiguousarray(np.tile(tile(bit, theme), (repeats, repeats))[:size, :size])
    return QImage(pixels.tobytes(), size, size, size * 4, QImage.Format.Format_RGB32).copy()


def _mixed(colour: QColor, ground: QColor) -> QColor:
    """Return the colour between the stripes: the same one, near the ground."""
    part = 0.32
    return QColor.fromRgbF(
        colour.redF() * part + ground.redF() * (1 - part),
        colour.greenF() * part + ground.greenF() * (1 - part),
        colour.blueF() * part + ground.blueF() * (1 - part),
    )

"""From a figure at every step to a curve on so many pixels: no peak is ever left out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


class Bins(NamedTuple):
    """A figure gathered into columns.

    Attributes:
        low: The smallest value in each column, shape (columns,).
        high: The largest.
    """

    low: Curve
    high: Curve


def binned(values: Curve, columns: int) -> Bins:
    """Gather the values of all steps into at most so many columns of pixels.

    Args:
        values: A number for each step; what is none of those counts as 0.
        columns: How many there is room for, 1 or more.
    """
    values = np.nan_to_num(values)
    count = min(columns, len(values))
    starts = np.arange(count) * len(values) // count
    return Bins(np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts))


def place(value: float, low: float, high: float, top: float, bottom: float) -> float:
    """Return the height at which a value stands; all alike stand at the bottom."""
    if high <= low:
        return bottom
    return bottom - (value - low) / (high - low) * (bottom - top)

"""A figure that is watched: its value at every step of the branch. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from relayviz.gui.lanes.columns import Curve


@dataclass(frozen=True, eq=False)
class Watch:
    """A figure to plot.

    Attributes:
        text: The expression.
        values: Its value at each step of the branch; empty: it has none.
        problem: Why it has none.
    """

    text: str
    values: Curve
    problem: str = ""

    @cached_property
    def extent(self) -> tuple[float, float]:
        """The smallest and the largest value; what is no number counts as 0, as in the plot."""
        if not len(self.values):
            return 0.0, 0.0
        values = np.nan_to_num(self.values)
        return float(values.min()), float(values.max())

    def at(self, step: int) -> str:
        """Return the value at a step in words."""
        if not 0 <= step < len(self.values):
            return "—"
        value = float(self.values[step])
        return grouped(int(value)) if value.is_integer() else f"{value:.3g}"


def heights(values: Curve, extent: tuple[float, float], top: float, bottom: float) -> Curve:
    """Return the heights at which values stand; all alike stand at the bottom."""
    low, high = extent
    if high <= low:
        return np.full(len(values), bottom)
    return bottom - (values - low) / (high - low) * (bottom - top)

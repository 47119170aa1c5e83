"""What is typed into the fields of the Load dock, and how values stand there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER, SIZE, TIME = (
    "Type a number, such as 500, 35k or 2.2M.",
    "Type a whole number, such as 64 or 4k.",
    "Type a time, such as 40 ms, 250 us or 2 s.",
)
THOUSANDS = {"k": 1e3, "m": 1e6, "g": 1e9}
BINARY = {"k": 1 << 10, "m": 1 << 20}
_NO_SPACES = dict.fromkeys(map(ord, " \u00a0\u2009\u202f"))  # between thousands
TIMES = {"ms": 1e-3, "us": 1e-6, "µs".casefold(): 1e-6, "min": 60.0, "s": 1.0}


def rate_value(text: str) -> float | str:
    """Return the number that was typed, or why it is none."""
    return _scaled(text, THOUSANDS, NUMBER)


def time_value(text: str) -> float | str:
    """Return the seconds that were typed, or why they are none; without a unit: seconds."""
    return _scaled(text, TIMES, TIME)


def whole_value(text: str) -> int | str:
    """Return the whole number that was typed, or why it is none."""
    value = _scaled(text.casefold().removesuffix("b").removesuffix("i"), BINARY, SIZE)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return SIZE


def _scaled(text: str, units: Mapping[str, float], wrong: str) -> float | str:
    typed = text.strip().casefold()
    unit = next((unit for unit in units if typed.endswith(unit)), "")
    try:
        digits = typed.removesuffix(unit).translate(_NO_SPACES).strip()
        value = float(digits) * units.get(unit, 1)
    except ValueError:
        return wrong
    return value if math.isfinite(value) else wrong


def rate_text(value: float) -> str:
    """Return a rate as it can be typed again."""
    if math.isinf(value):
        return ""
    for unit, factor in (("M", 1e6), ("k", 1e3)):
        if value >= factor and (value / factor * 1000).is_integer():
            return f"{value / factor:.10g} {unit}"
    return f"{value:.10g}"


def time_text(value: float) -> str:
    """Return a time as it can be typed again, and as words have it."""
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= factor:
            return f"{value / factor:.10g} {unit}"
    return f"{value * 1e6:.10g} µs" if value else "0 s"


def whole_text(value: float) -> str:
    """Return a whole number as it can be typed again."""
    return grouped(int(value))

"""Figures as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.model.numbers import (
    about,
    byte_rate,
    percent,
    plural,
    seconds,
    short,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (seconds, 0.0, "0.0 s"),
        (seconds, 2.04, "2.0 s"),
        (seconds, 0.033, "33 ms"),
        (seconds, 0.0057, "5.7 ms"),
        (seconds, 0.9999, "1000 ms"),
        (seconds, 120e-6, "120 µs"),
        (seconds, 1e-9, "1 µs"),
        (short, 0.0, "0"),
        (short, 950.0, "950"),
        (short, 999.9, "1 k"),
        (short, 35_400.0, "35 k"),
        (short, 2_240_000.0, "2.2 M"),
        (about, 100.0, "100 B"),
        (about, 4096.0, "4 KiB"),
        (about, 1.3e9, "1.2 GiB"),
        (byte_rate, 0.0, "0 B/s"),
        (byte_rate, 24_000.0, "24 kB/s"),
        (byte_rate, 1.3e6, "1.3 MB/s"),
        (size, 4096, "4\u202f096 B"),
        (size, 65_536, "64 KiB"),
        (percent, 0.0, "0 %"),
        (percent, 1.0, "100 %"),
        (percent, 1e-9, "< 0.1 %"),
        (percent, 0.016, "1.6 %"),
        (percent, 0.9984, "99.8 %"),
        (percent, 0.99, "99 %"),
        (percent, 0.31, "31 %"),
        (percent, 0.99999, "> 99.9 %"),
    ],
)
def test_what_a_figure_looks_like(form: Callable[[float], str], value: float, text: str) -> None:
    assert form(value) == text


def test_one_is_no_plural() -> None:
    assert [plural(number, "event") for number in (0, 1, 2)] == ["0 events", "1 event", "2 events"]
    assert plural(2, "switch", "switches") == "2 switches"

"""Colours that mean something are told apart by everybody: computed for three kinds of blindness.

Simulated after Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
Color Vision Deficiency" (IEEE TVCG 15, 2009), at full severity. Distances are those of CIE 1976
L*a*b* (D65): two colours beside each other are seen to differ from about 2.3 on.
"""

from __future__ import annotations

import tomllib
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz.gui.look import theme as themes
from relayviz.gui.look.resources import text
from relayviz.gui.sweep import heat

RESOURCES = Path(__file__).parents[2] / "resources"

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Colour = NDArray[np.float64]

APART = 10.0
THEMES = sorted(one.stem for one in (RESOURCES / "themes").glob("*.toml"))
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)

#: Colours that stand beside each other and mean different things: bytes of a ring and its marks;
#: bytes as text; what is said of a state; fates; what is drawn around a sub-buffer.
TOGETHER = (
    (
        *("unread", "consumed", "header", "padding", "reserved", "lost", "free"),
        *("write-position", "consumer-position"),
    ),
    ("event-a", "event-b", "header", "padding", "reserved", "stale"),
    ("ok", "warning", "error", "text"),
    ("unread", "consumed", "lost", "warning", "reserved", "lane"),
    ("changed", "unread", "lost", "free"),
    ("selection", "unread", "lost", "free"),
)
PAIRS = sorted({pair for group in TOGETHER for pair in combinations(sorted(group), 2)})


def linear(colour: str) -> Colour:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: Colour) -> Colour:
    part = XYZ @ np.clip(light, 0, 1) / XYZ.sum(axis=1)
    root = np.where(part > 216 / 24389, np.cbrt(part), (24389 / 27 * part + 16) / 116)
    x, y, z = root
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, vision: str) -> float:
    first, second = (lab(VISIONS[vision] @ linear(colour)) for colour in (one, other))
    return float(np.linalg.norm(first - second))


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", THEMES)
def test_colours_with_a_meaning_are_told_apart(theme: str, vision: str) -> None:
    colours = tomllib.loads(text("themes", f"{theme}.toml"))
    found = {pair: distance(colours[pair[0]], colours[pair[1]], vision) for pair in PAIRS}
    assert {pair: round(far, 1) for pair, far in found.items() if far < APART} == {}


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", THEMES)
def test_the_heat_of_a_sweep_is_told_by_lightness_alone(theme: str, vision: str) -> None:
    shares = (0.0, 0.01, 0.1, 0.3, 0.6, 1.0)
    shown = [heat.colour(themes.load(theme), share) for share in shares]
    steps = [lab(VISIONS[vision] @ linear(one.name()))[0] for one in shown]
    lighter = [after - before for before, after in pairwise(steps)]
    assert len({step > 0 for step in lighter}) == 1, lighter
    assert min(map(abs, lighter)) > 2.3, lighter
    for one in shown:
        light = sorted((heat.luminance(one), heat.luminance(heat.ink(one))))
        assert (light[1] + 0.05) / (light[0] + 0.05) >= 4.5


def test_the_simulation_is_one() -> None:
    """Grey stays grey; red and green become alike without cones for one, and stay two with them."""
    for vision in VISIONS:
        assert distance("#808080", "#818181", vision) == pytest.approx(
            distance("#808080", "#818181", "usual"), abs=0.05
        )
    assert distance("#ffffff", "#000000", "usual") == pytest.approx(100, abs=0.01)
    red, green = "#c04000", "#7a7a00"
    assert distance(red, green, "usual") > 50
    assert distance(red, green, "deuteranopia") < 25
    assert distance(red, green, "protanopia") < distance(red, green, "usual") / 2
    assert distance(red, green, "tritanopia") > 40

"""The comparison as SVG: rings, strips, sentences and figures. Vectors only, no pixels of ours."""

from __future__ import annotations

import math
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relayviz.gui.compare.side import ROLES, state_words
from relayviz.gui.fate.looks import LOOKS
from relayviz.gui.look.roles import Role
from relayviz.gui.rings.layout import arrange
from relayviz.gui.rings.parts import parts
from relayviz.gui.rings.raster import Paint
from relayviz.model.compare.compare import differences, only, sentence, survival
from relayviz.model.ledger.lane import columns
from relayviz.model.numbers import ready_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.gui.look.theme import Theme
    from relayviz.model.compare.compare import Half, Survival
    from relayviz.model.engine.snapshot import Snapshot

WIDTH, HEIGHT = 1400, 860
PANEL_WIDTH, RINGS_TOP, RINGS_HEIGHT = 690, 70, 400
STRIP_LEFT, STRIP_TOP, STRIP_WIDTH, BAR = 150, 590, 1230, 26
MOST_RINGS = 16  # more would not be told apart: then only the chosen CPU is drawn
MOST_COLUMNS = 600
MOST_LINES, LETTERS, SMALL_LETTERS = 3, 88, 104
FILLED, WHOLE = 0.97, 0.9999  # of a sub-buffer's piece; of a turn, more would be nothing
PAINTS = {
    Paint.FREE: Role.FREE,
    Paint.UNREAD: Role.UNREAD,
    Paint.CONSUMED: Role.CONSUMED,
    Paint.HEADER: Role.HEADER,
    Paint.PADDING: Role.PADDING,
    Paint.LOST: Role.LOST,
}
HATCHED = frozenset({Role.PADDING, Role.LOST, Role.WARNING, Role.RESERVED})


def picture(a: Half, b: Half, cpu: int, theme: Theme) -> str:
    """Return the whole picture as an SVG document."""
    return document("".join(fragments(a, b, cpu, theme).values()), theme)


def document(inside: str, theme: Theme) -> str:
    """Return a document around what is drawn."""
    hatches = "".join(_hatch(role, theme) for role in sorted(HATCHED))
    ground = theme[Role.WINDOW].name()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="DejaVu Sans, Verdana, sans-serif" role="img">'
        f'<defs>{hatches}</defs><rect width="{WIDTH}" height="{HEIGHT}" fill="{ground}"/>'
        f"{inside}</svg>"
    )


def fragments(a: Half, b: Half, cpu: int, theme: Theme) -> dict[str, str]:
    """Return the parts of the picture by name: a part that is the same twice is the same text."""
    found = survival(a, b, cpu)
    result = {"ground": _ground(a, b, cpu, theme)}
    for place, half in enumerate((a, b)):
        rows = range(half.snapshot.rows)
        if half.snapshot.rows > MOST_RINGS:
            row = half.snapshot.row_of(cpu)
            rows = range(0) if row is None else range(row, row + 1)
        for at, row in enumerate(rows):
            result[f"{half.name}{row}"] = _ring(
                half.snapshot, row, _spot(at, len(rows), place), theme
            )
        result[f"{half.name}-words"] = _side_words(half, place, cpu, theme)
        result[f"{half.name}-strip"] = _strip(found, place, theme)
    said = [sentence(a, found, 0, cpu), sentence(b, found, 1, cpu)]
    said.append(only(found))
    result["said"] = "".join(
        _text((STRIP_LEFT, 702 + 22 * line), words, theme, Role.TEXT)
        for line, words in enumerate(said)
    )
    result["figures"] = _figures(a, b, cpu, theme)
    return result


def _hatch(role: Role, theme: Theme) -> str:
    colour, ground = theme[role].name(), theme[Role.PANEL].name()
    return (
        f'<pattern id="hatch-{role}" width="6" height="6" patternUnits="userSpaceOnUse"'
        f' patternTransform="rotate(45)"><rect width="6" height="6" fill="{ground}"/>'
        f'<rect width="3" height="6" fill="{colour}"/></pattern>'
    )


def _fill(role: Role, theme: Theme) -> str:
    return f"url(#hatch-{role})" if role in HATCHED else theme[role].name()


def _shown(words: str) -> str:
    """Return a text without the characters that no XML may hold, or that show nothing."""
    return "".join(sign if sign.isprintable() else "?" for sign in words)


def _text(
    at: tuple[float, float],
    words: str,
    theme: Theme,
    role: Role,
    *,
    size: int = 15,
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size}" text-anchor="{anchor}"'
        f' fill="{theme[role].name()}">{escape(_shown(words))}</text>'
    )


def _ground(a: Half, b: Half, cpu: int, theme: Theme) -> str:
    """Return the frames and headings, which seldom change."""
    panel, border = theme[Role.PANEL].name(), theme[Role.BORDER].name()
    boxes = ((5, 5, 690, 540), (705, 5, 690, 540), (5, 552, 1390, 212), (5, 770, 1390, 84))
    parts_ = [
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="7" fill="{panel}" stroke="{border}"/>'
        for x, y, w, h in boxes
    ]
    for place, half in enumerate((a, b)):
        x = 20 + place * 700
        words = f"{half.name}   {half.title}"
        parts_.append(_text((x, 36), words, theme, ROLES[half.name], size=18))
        y = STRIP_TOP + place * 44 + 19
        name = f"{half.name}  {half.snapshot.mode}"
        parts_.append(_text((20, y), name, theme, ROLES[half.name], size=14))
    heading = f"EVENT FATE · cpu {cpu}, in the order they were written"
    parts_.append(_text((20, 574), heading, theme, Role.TEXT_DIM, size=13))
    return "".join(parts_)


class _Spot(NamedTuple):
    """Where a ring is: the middle, and its radii."""

    x: float
    y: float
    inner: float
    outer: float


def _spot(at: int, rings: int, place: int) -> _Spot:
    """Return where ring number `at` of so many is, in the left or the right frame."""
    layout = arrange(rings, PANEL_WIDTH, RINGS_HEIGHT)
    if layout.bars:
        layout = arrange(1, PANEL_WIDTH, RINGS_HEIGHT)
    x, y = layout.centre(at)
    return _Spot(x + 5 + place * 700, y + RINGS_TOP, layout.inner, layout.outer)


def _ring(seen: Snapshot, row: int, spot: _Spot, theme: Theme) -> str:
    """Return the ring of a buffer with its figures."""
    n, size = seen.n_subbufs, seen.subbuf_size

    def piece(index: int, start: int, end: int, role: Role) -> str:
        span = [(index + edge / size * FILLED) / n for edge in (start, end)]
        return f'<path d="{_arc(spot, *span)}" fill="{_fill(role, theme)}"/>'

    drawn = [
        piece(index, part.start, part.end, PAINTS[part.paint])
        for index in range(n)
        for part in parts(seen, row, index)
    ]
    drawn += [
        piece(
            slot.index, slot.start - slot.index * size, slot.end - slot.index * size, Role.RESERVED
        )
        for slot in seen.reserved
        if slot.is_current and seen.row_of(slot.buffer) == row
    ]
    drawn += _marks(seen, row, spot, theme)
    drawn += _middle(seen, row, spot, theme)
    return "".join(drawn)


def _arc(spot: _Spot, begin: float, end: float) -> str:
    """Return the path of a piece of a ring; turns are 0 to 1, clockwise from above."""
    end = min(end, begin + WHOLE)
    large = int(end - begin > WHOLE / 2)
    inner, outer = f"{spot.inner:.1f}", f"{spot.outer:.1f}"

    def point(radius: float, turn: float) -> str:
        angle = turn * 2 * math.pi
        return f"{spot.x + radius * math.sin(angle):.1f} {spot.y - radius * math.cos(angle):.1f}"

    return (
        f"M{point(spot.outer, begin)}A{outer} {outer} 0 {large} 1 {point(spot.outer, end)}"
        f"L{point(spot.inner, end)}A{inner} {inner} 0 {large} 0 {point(spot.inner, begin)}Z"
    )


def _marks(seen: Snapshot, row: int, spot: _Spot, theme: Theme) -> Iterator[str]:
    """Give the marks of writer (outside) and consumer (inside)."""
    for at, role, radius, towards in (
        (seen.write_position(row), Role.WRITE_POSITION, spot.outer + 2, 1),
        (seen.read_position(row), Role.CONSUMER_POSITION, spot.inner - 2, -1),
    ):
        turn = (at.subbuf + min(at.offset / seen.subbuf_size, 1.0) * FILLED) / seen.n_subbufs
        angle = turn * 2 * math.pi
        corners = []
        for far, aside in ((0.0, 0.0), (10.0, -6.0), (10.0, 6.0)):
            r = radius + towards * far
            corners.append(
                f"{spot.x + r * math.sin(angle) + aside * math.cos(angle):.1f},"
                f"{spot.y - r * math.cos(angle) + aside * math.sin(angle):.1f}"
            )
        yield f'<polygon points="{" ".join(corners)}" fill="{theme[role].name()}"/>'


def _middle(seen: Snapshot, row: int, spot: _Spot, theme: Theme) -> Iterator[str]:
    """Give the words inside of a ring."""
    lost = seen.total_lost(row).events
    name = "all CPUs" if seen.is_global else f"CPU {int(seen.buffers['cpu'][row])}"
    lines = [
        (name, Role.TEXT_STRONG),
        (f"{int(seen.buffers['produced'][row])} produced", Role.TEXT_DIM),
        (f"{int(seen.buffers['consumed'][row])} consumed", Role.TEXT_DIM),
        (ready_words(seen.ready(row), seen.overwritten(row), seen.n_subbufs), Role.TEXT),
    ]
    if seen.is_blocked(row):
        lines.append(("blocked", Role.ERROR))
    if lost:
        lines.append((f"{lost} lost", Role.ERROR))
    size = max(8, min(15, int(spot.inner / 6)))
    top = spot.y - (len(lines) - 1) * size * 0.65
    for line, (words, role) in enumerate(lines):
        at = (spot.x, top + line * size * 1.35)
        yield _text(at, words, theme, role, size=size, anchor="middle")


def _side_words(half: Half, place: int, cpu: int, theme: Theme) -> str:
    seen, x = half.snapshot, 20 + place * 700
    row = seen.row_of(cpu)
    lost = 0 if row is None else seen.total_lost(row).events
    role = Role.ERROR if lost else Role.TEXT
    last = f"{seen.made_by.title()}: {seen.result.words}"
    state = _text((x, 488), state_words(half, cpu), theme, role, size=14)
    return state + "".join(
        _text((x, 508 + 16 * line), words, theme, Role.TEXT_DIM, size=size)
        for size, lines in [_fitting(last)]
        for line, words in enumerate(lines)
    )


def _fitting(words: str) -> tuple[int, list[str]]:
    """Return the size at which a text fits the three lines below a ring, and those lines."""
    lines = wrap(words, LETTERS, break_on_hyphens=False)
    if len(lines) <= MOST_LINES:
        return 13, lines
    return 11, wrap(words, SMALL_LETTERS, break_on_hyphens=False)


def _strip(found: Survival, place: int, theme: Theme) -> str:
    """Return a strip: a box for each event, or for columns of them; each fate in it is seen."""
    events = len(found.events)
    if not events:
        return ""
    count = min(events, MOST_COLUMNS)
    bits = columns(found.bits[place], count)
    width, top = STRIP_WIDTH / count, STRIP_TOP + place * 44
    gap = 1.0 if width > 4 else 0.0  # noqa: PLR2004  pixels
    drawn = []
    edges = np.flatnonzero(np.diff(bits)) + 1
    for first, last in zip([0, *edges], [*edges, count], strict=True):
        present = [look for bit, look in LOOKS.items() if int(bits[first]) & bit]
        for part, look in enumerate(present):
            height = BAR / len(present)
            y, fill = top + part * height, _fill(look.role, theme)
            boxes = "".join(
                f"M{STRIP_LEFT + at * width:.1f} {y:.1f}h{width - gap:.1f}v{height:.1f}"
                f"h{gap - width:.1f}z"
                for at in range(int(first), int(last))
            )
            drawn.append(f'<path d="{boxes}" fill="{fill}"/>')
    return "".join(drawn)


def _figures(a: Half, b: Half, cpu: int, theme: Theme) -> str:
    drawn = []
    for place, one in enumerate(differences(a, b, cpu)):
        x = 20 + place * 172
        drawn.append(_text((x, 796), one.name, theme, Role.TEXT_DIM, size=13))
        role_a, role_b = (Role.ACCENT, Role.OK) if one.differs else (Role.TEXT_DIM, Role.TEXT_DIM)
        drawn.append(_text((x, 818), f"A  {one.a}", theme, role_a, size=13))
        drawn.append(_text((x, 840), f"B  {one.b}", theme, role_b, size=13))
    return "".join(drawn)

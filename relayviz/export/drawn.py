"""The forms that need Qt: a session beside itself in the other mode, and its table of events."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.step.follower import Follower
from relayviz.export.played import PATIENCE, played
from relayviz.gui.compare.form import other_mode
from relayviz.gui.compare.svg import picture
from relayviz.gui.exports.offscreen import application, png_of
from relayviz.gui.fate.export import event_rows
from relayviz.gui.fate.table import FateTable, Filter
from relayviz.gui.look import theme as themes
from relayviz.model.cells import as_csv
from relayviz.model.compare.compare import Half, differing
from relayviz.model.page.pair import pair_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.step.engine import StepEngine
    from relayviz.export.wanted import Wanted


def page(wanted: Wanted) -> str:
    """Return the comparison as a page with every step."""
    with _compared(wanted) as (follower, leader, a, b):
        return pair_page(leader, follower, (a, b), _told_about(a, b), wanted.session.notes)


def svg(wanted: Wanted) -> str:
    """Return the comparison as a drawing."""
    with _compared(wanted) as (_follower, _leader, a, b):
        return picture(a, b, _told_about(a, b), themes.load(wanted.theme))


def png(wanted: Wanted) -> bytes:
    """Return the drawing as a picture."""
    kept = application()  # knows the fonts
    drawn = png_of(svg(wanted), wanted.scale)
    del kept
    return drawn


def csv(wanted: Wanted) -> str:
    """Return the table of events at the step shown."""
    with played(wanted) as engine:
        fates = engine.ledger.fates
        fates.follow(engine.history, engine.snapshot.branch)
        table = FateTable()
        table.show(fates, engine.snapshot.step, Filter())
        return as_csv(event_rows(table))


def _told_about(a: Half, b: Half) -> int:
    """Return the CPU that is told most about: the first on which the two differ, or the first."""
    return next(differing(a, b), int(a.snapshot.buffers["cpu"][0]) if a.snapshot.rows else 0)


@contextmanager
def _compared(wanted: Wanted) -> Iterator[tuple[Follower, StepEngine, Half, Half]]:
    """Have it beside itself in the other mode, after the same step."""
    kept = application()
    with played(wanted) as leader:
        other = replace(leader.config, mode=other_mode(leader.config.mode), source="")
        follower = Follower(leader, other, wanted.clients)
        try:
            while (pair := follower.follow()) is None:
                follower.engine.wait_idle(PATIENCE)
            engines = (leader, follower.engine)
            for engine, seen in zip(engines, pair, strict=True):
                engine.ledger.fates.follow(engine.history, seen.branch)
            a, b = (
                Half(name, seen, engine.ledger.fates)
                for name, seen, engine in zip("AB", pair, engines, strict=True)
            )
            yield follower, leader, a, b
        finally:
            follower.close()
    del kept

"""What a sweep came to, as a table of text, rows for CSV, JSON, and a heat map in HTML."""

from __future__ import annotations

import json
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING

from relayviz.model.cells import as_csv
from relayviz.model.load.file import to_dict
from relayviz.model.numbers import grouped, percent, plural, size
from relayviz.model.sweep.plan import Outcome
from relayviz.model.template import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.model.sweep.plan import Cell, Plan

    Found = Sequence[Outcome | None]
    Line = list[tuple[Cell, Outcome | None]]

FORMAT = 1  # of the JSON
HEADING = "Lost, of the events that were tried"
NOT_DONE, FAILED = "·", "!"


def blocks(plan: Plan, found: Found) -> Iterator[tuple[str, list[Line]]]:
    """Give each load and mode as a title and lines: one for each size, a cell for each number."""
    pairs = list(zip(plan.cells(), found, strict=True))
    lines = [pairs[at : at + len(plan.numbers)] for at in range(0, len(pairs), len(plan.numbers))]
    for block, title in enumerate(titles(plan)):
        at = block * len(plan.sizes)
        yield title, lines[at : at + len(plan.sizes)]


def titles(plan: Plan) -> list[str]:
    """Return what each load with a mode is called, in the order of the cells."""
    return [f"{name}, {mode}" for name in plan.loads for mode in plan.modes]


def short(outcome: Outcome | None) -> str:
    """Return a cell in a few letters: the share of the events that was lost."""
    if outcome is None:
        return NOT_DONE
    return FAILED if outcome.error else percent(outcome.lost_share)


def words(one: Outcome) -> str:
    """Return what a cell that was measured came to."""
    lost = f"{grouped(one.lost)} of {plural(one.attempted, 'event')} lost"
    return f"{lost}, at most {plural(one.most_ready, 'sub-buffer')} ready"


def channel_words(cell: Cell) -> str:
    """Return which channel a cell is, and its load."""
    config = cell.config
    sizes = f"{grouped(config.n_subbufs)} × {size(config.subbuf_size)}"
    return f"{cell.name}, {config.mode}, {sizes}"


def cell_words(cell: Cell, one: Outcome | None) -> str:
    """Return which channel a cell is and what it came to, in words."""
    if one is None:
        told = "not measured"
    else:
        told = one.error or f"{percent(one.lost_share)} lost: {words(one)}"
    return f"{channel_words(cell)}: {told}"


def text_of(plan: Plan, found: Found) -> str:
    """Return the share of the events that was lost, as tables."""
    parts = [f"Lost, of the events that were tried, in {plan.seconds:g} simulated seconds:"]
    for title, lines in blocks(plan, found):
        head = ["sub-buffers", *map(grouped, plan.numbers)]
        rows = [
            [size(line[0][0].config.subbuf_size), *(short(one) for _, one in line)]
            for line in lines
        ]
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        parts += ["", title]
        parts += [
            "  ".join(word.rjust(width) for word, width in zip(row, widths, strict=True))
            for row in (head, *rows)
        ]
    return "\n".join([*parts, *("\n" + note for note in notes(found))])


def notes(found: Found) -> list[str]:
    """Return what signs in cells mean, if there are any: why some have no figure."""
    errors = sorted({one.error for one in found if one is not None and one.error})
    told = ["\n".join(f"{FAILED} {error}" for error in errors)] if errors else []
    if missing := sum(one is None for one in found):
        told.append(f"{NOT_DONE} {plural(missing, 'channel')} not measured")
    return told


def about(plan: Plan) -> str:
    """Return what is the same for all channels, and how a heat map is read."""
    cpus = plural(plan.config.cpus, "CPU")
    seconds = f"{plan.seconds:g} simulated second{'' if plan.seconds == 1 else 's'}"
    return (
        f"{cpus}, {seconds} each. A line for each size of a sub-buffer,"
        " a column for each number of them; framed: nothing is lost."
    )


COLUMNS = (
    *("load", "mode", "subbuf_size", "n_subbufs", "attempted", "consumed", "unread", "lost"),
    *("lost_share", "refused_full", "overwritten", "most_ready", "error"),
)


def rows_of(plan: Plan, found: Found) -> Iterator[list[object]]:
    """Give a row for each cell that was measured, in the order of COLUMNS."""
    for cell, one in zip(plan.cells(), found, strict=True):
        if one is not None:
            yield list(row_of(cell, one).values())


def csv_of(plan: Plan, found: Found) -> str:
    """Return a row for each cell that was measured."""
    return as_csv([COLUMNS, *rows_of(plan, found)])


def row_of(cell: Cell, one: Outcome | None) -> dict[str, object]:
    """Return the figures of a cell by COLUMNS; what is not measured yet has none."""
    one = one or Outcome()
    values = asdict(one) | {
        "load": cell.name,
        "mode": str(cell.config.mode),
        "subbuf_size": cell.config.subbuf_size,
        "n_subbufs": cell.config.n_subbufs,
        "lost_share": one.lost_share,
    }
    return {name: values[name] for name in COLUMNS}


def json_of(plan: Plan, found: Found, version: str) -> str:
    """Return all of it as JSON."""
    told = {
        "format": FORMAT,
        "relayviz": version,
        "cpus": plan.config.cpus,
        "header": plan.config.header,
        "seconds": plan.seconds,
        "seed": plan.simulated.seed,
        "event_seconds": plan.simulated.event_seconds,
        "loads": {name: to_dict(load) for name, load in plan.loads.items()},
        "cells": [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(plan, found)],
        "complete": None not in found,
    }
    return json.dumps(told, indent=1) + "\n"


def html_of(plan: Plan, found: Found) -> str:
    """Return the heat map as a page that needs nothing else."""
    tables = "\n".join(_table(plan, title, lines) for title, lines in blocks(plan, found))
    return filled("sweep", "sweep.html", heading=HEADING, about=escape(about(plan)), tables=tables)


def _table(plan: Plan, title: str, lines: list[Line]) -> str:
    head = "".join(f'<th scope="col">{grouped(number)}</th>' for number in plan.numbers)
    rows = "\n".join(
        f'<tr><th scope="row">{size(line[0][0].config.subbuf_size)}</th>'
        f"{''.join(_td(one) for _, one in line)}</tr>"
        for line in lines
    )
    return (
        f"<table><caption>{escape(title)}</caption>\n"
        f'<thead><tr><th scope="col">sub-buffers</th>{head}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table>"
    )


def _td(one: Outcome | None) -> str:
    if one is None:
        return f"<td>{NOT_DONE}</td>"
    if one.error:
        return f'<td title="{escape(one.error)}">{FAILED}</td>'
    # the root spreads small shares, which are the ones to tell apart
    heat = 100 * one.lost_share**0.5
    kind = ' class="none"' if not one.lost else ""
    return (
        f'<td{kind} style="--heat: {heat:.1f}%" title="{words(one)}">{percent(one.lost_share)}</td>'
    )

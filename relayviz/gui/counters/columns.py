"""The columns of the counters table, declared once; each gives the figures of all rows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.gui.look.glossary import explain
from relayviz.model.channel.state import LOSS_WORDS, LOSSES
from relayviz.model.condition.columns import BUFFER_NAMES
from relayviz.model.history.facts import ACCOUNT_FIGURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from relayviz.model.engine.snapshot import Snapshot

    Figures = NDArray[np.integer[Any]]

_ENTRIES = {**ACCOUNT_FIGURES, "attempted": "attempts"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        heading: The short name over it.
        tip: What it means.
        figures: The figures of all rows, from Snapshot.buffers.
        fields: The fields it is made of; when one changed, the cell stands out.
        is_loss: Above 0 it is bad news.
    """

    heading: str
    tip: str
    figures: Callable[[NDArray[np.void]], Figures]
    fields: tuple[str, ...]
    is_loss: bool = False

    @property
    def figure(self) -> str:
        """What model.why calls the figure: the field itself, or what several make."""
        return self.fields[0] if len(self.fields) == 1 else self.heading

    def known(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Return for each row whether the figure is known: always, but of somebody else's.

        One that is the least there can be tells something where it is above 0.
        """
        known = np.full(snapshot.rows, snapshot.knows(*self.fields), np.bool_)
        if any(map(snapshot.is_least, self.fields)):
            known = np.asarray(self.figures(snapshot.buffers) > 0, np.bool_)
        if snapshot.foreign is not None and self.fields != ("cpu",):
            known[list(snapshot.foreign.contradictory)] = False
        return known

    def changed(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Return for each row whether the last step changed the figure."""
        result = np.zeros(snapshot.rows, np.bool_)
        for name in self.fields:
            rows = snapshot.changed.fields.get(name)
            if rows is not None:
                result |= rows
        return result


def _field(heading: str, tip: str, name: str) -> Column:
    return Column(heading, tip, lambda buffers: buffers[name], (name,))


def _events(heading: str, tip: str, entry: str, *, is_loss: bool = False) -> Column:
    return Column(
        heading,
        tip,
        lambda buffers: buffers["account"][entry]["events"],
        (f"account.{entry}",),
        is_loss,
    )


def _ready(buffers: NDArray[np.void]) -> Figures:
    figures: Figures = buffers["produced"] - buffers["consumed"]
    return figures


def _lost(buffers: NDArray[np.void]) -> Figures:
    figures: Figures = np.sum([buffers["account"][entry]["events"] for entry in LOSSES], axis=0)
    return figures


_LOST_FIELDS = tuple(f"account.{entry}" for entry in LOSSES)

COLUMNS = (
    _field("cpu", explain("CPU"), "cpu"),
    _field("offset", explain("offset"), "offset"),
    _field("prod", explain("produced"), "produced"),
    _field("cons", explain("consumed"), "consumed"),
    Column("ready", explain("ready"), _ready, ("produced", "consumed")),
    Column("lost", explain("lost"), _lost, _LOST_FIELDS, is_loss=True),
    _field("pad", "Padding of the sub-buffer finished last.", "prev_padding"),
    _field("read", "Bytes already read from the sub-buffer being read.", "bytes_consumed"),
    _field("file", "Size of the file: the bytes of all finished sub-buffers.", "file_size"),
    _events("tried", "Writes and reservations that were tried.", "attempted"),
    _events("stored", "Of these: events that were stored.", "accepted"),
    _events("unread", "Events that wait to be read.", "unread"),
    _events("taken", "Events in sub-buffers that were read and released.", "consumed"),
    *(
        _events(LOSS_WORDS[entry], f"Events lost: {LOSS_WORDS[entry]}.", entry, is_loss=True)
        for entry in LOSSES
    ),
)

CPU, OFFSET, LOST = 0, 1, 5
SHOWN = 7  # the first columns: they are to be seen at once
FIRST_LOSS = len(COLUMNS) - len(LOSSES)


def figure_of(column: int) -> str:
    """Return the name that conditions have for a column of the counters; empty: none."""
    if column >= len(COLUMNS):
        return ""
    shown = COLUMNS[column]
    field = shown.fields[0].removeprefix("account.") if len(shown.fields) == 1 else shown.heading
    is_entry = shown.fields[0].startswith("account.")
    name = _ENTRIES.get(field, field) if is_entry else field
    return name if name in BUFFER_NAMES else ""

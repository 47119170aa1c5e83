"""Which callbacks an operation made the core call, in the order of the calls.

Those of files are noted where they run. A ready-made subbuf_start runs in the core alone: that it
was asked, with what, and what it answered, is told from the figures before and after it, by the
kernel's rules for a switch; tests compare that with the calls themselves.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from relayviz.model.channel.call import Call, started
from relayviz.model.channel.operation import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from relayviz.engines.step.channel.deed import Deed
    from relayviz.model.history.step import Decision

_BEGINS = frozenset({Kind.OPEN, Kind.CPU_ONLINE})


def calls_of(deed: Deed, *, asks: bool, noted: Sequence[Call] = ()) -> tuple[Call, ...]:
    """Return the callbacks that ran in an operation.

    Args:
        deed: The operation.
        asks: The channel has a subbuf_start, and was not closed before.
        noted: The calls for files, as they came.
    """
    starts = _answered(deed, _starts(deed)) if asks else ()
    if not starts or not noted:
        return (*noted, *starts)
    each = zip_longest(noted, starts)  # of each new buffer its file, then its first sub-buffer
    return tuple(call for call in chain.from_iterable(each) if call is not None)


def _starts(deed: Deed) -> Iterator[tuple[Call, bool]]:
    """Give each call of subbuf_start, and whether it agreed."""
    for change in deed.changes:
        now, kind = change.after, deed.operation.kind
        if kind is Kind.RESET or (kind in _BEGINS and change.is_new):
            yield started(0, None, 0, now.cpu, full=False), True
        elif deed.is_asked(change):
            subbuf, full = now.produced % deed.n_subbufs, now.ready >= deed.n_subbufs
            call = started(subbuf, change.before.current, now.prev_padding, now.cpu, full=full)
            yield call, now.offset <= deed.size


def _answered(deed: Deed, starts: Iterator[tuple[Call, bool]]) -> tuple[Call, ...]:
    given = iter(deed.decisions)
    return tuple(
        replace(call, answer=_answer(next(given, None), agrees=agrees, header=deed.config.header))
        for call, agrees in starts
    )


def _answer(decision: Decision | None, *, agrees: bool, header: int) -> str:
    """Say what was answered: by Python, or else by a ready-made subbuf_start."""
    if decision is not None:
        if decision.error is not None:
            return f"raised {decision.error.message}"
        agrees, header = decision.accepted, decision.reserved or 0
    return f"{int(agrees)}" + (f", {header} B reserved" if agrees and header else "")

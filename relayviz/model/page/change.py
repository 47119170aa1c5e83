"""What a step changed, as short as possible: figures by their place, bytes in runs."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.channel.state import LOSSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from relayviz.model.engine.snapshot import Frame, Snapshot

    Bytes = NDArray[np.uint8]

FIGURES = ("produced", "consumed", "offset", "current", "bytes_consumed", "prev_padding")
ACCOUNT = ("attempted", "unread", "consumed", *LOSSES)
SUBBUF = ("lap", "events", "lost", "used", "header", "padding", "read", "state")
APART = 8  # bytes that stayed the same: so many begin another run
RAMP = 8  # bytes from which on a run that counts up is told as such


class Changes:
    """Compares each frame of a channel with the one before."""

    def __init__(self) -> None:
        self._figures: dict[int, NDArray[np.int64]] = {}
        self._memory: dict[int, Bytes] = {}
        self._facts: dict[str, object] = {}
        self._since = 0  # the step of the last reset

    def of(self, frame: Frame) -> dict[str, object]:
        """Return what is another than in the frame before; of the first, all.

        Returns:
            As far as there is any: "figures", by CPU, a list of place and value, place and value;
            "bytes", by CPU, a list of runs: [first, base64] or [first, count, value, difference];
            "facts" of the whole channel.
        """
        seen = frame.snapshot
        figures, memory = dict[str, list[int]](), dict[str, list[list[object]]]()
        for row in range(seen.rows):
            cpu = int(seen.buffers["cpu"][row])
            if found := self._of_figures(cpu, _vector(seen, row)):
                figures[str(cpu)] = found
            if runs := list(self._of_bytes(cpu, frame.memory[row])):
                memory[str(cpu)] = runs
        made_by = seen.made_by
        if made_by.operation.kind is Kind.RESET and made_by.result.outcome is Outcome.OK:
            self._since = seen.step
        facts = _facts(seen) | {"since": self._since}
        others = {name: value for name, value in facts.items() if self._facts.get(name) != value}
        self._facts = facts
        told: dict[str, object] = {"figures": figures, "bytes": memory, "facts": others}
        return {name: value for name, value in told.items() if value}

    def _of_figures(self, cpu: int, now: NDArray[np.int64]) -> list[int]:
        before = self._figures.get(cpu)
        # a buffer that is new begins with zeros there; one figure at least has to name it
        places = np.arange(1) if before is None else np.empty(0, np.int64)
        if before is None:
            before = np.zeros_like(now)
        places = np.union1d(places, np.flatnonzero(now != before))
        self._figures[cpu] = now
        return np.column_stack((places, now[places])).ravel().tolist()

    def _of_bytes(self, cpu: int, data: Bytes) -> Iterator[list[object]]:
        before = self._memory.get(cpu)
        if before is None:
            before = self._memory[cpu] = np.zeros_like(data)
        places = np.flatnonzero(before != data)
        if not len(places):
            return
        cuts = np.flatnonzero(np.diff(places) > APART) + 1
        for part in np.split(places, cuts):
            first, end = int(part[0]), int(part[-1]) + 1
            before[first:end] = data[first:end]
            yield from runs(first, data[first:end])


def runs(first: int, data: Bytes) -> Iterator[list[object]]:
    """Give bytes as runs: those of which each is as much more than the one before, and others.

    Args:
        first: The place of the first byte.
        data: The bytes.
    """
    steps = np.diff(data)  # modulo 256, as bytes are
    cuts = np.concatenate(([0], np.flatnonzero(np.diff(steps)) + 1, [len(steps)]))
    plain = at = 0  # bytes up to `plain` are told
    for cut, end in zip(cuts.tolist(), cuts[1:].tolist(), strict=False):
        begin = max(cut, at)
        if end + 1 - begin < RAMP:
            continue
        if plain < begin:
            yield [first + plain, b64encode(data[plain:begin].tobytes()).decode()]
        yield [first + begin, end + 1 - begin, int(data[begin]), int(steps[begin])]
        plain = at = end + 1
    if plain < len(data):
        yield [first + plain, b64encode(data[plain:].tobytes()).decode()]


def _vector(seen: Snapshot, row: int) -> NDArray[np.int64]:
    """Return all figures of a buffer: FIGURES, ACCOUNT, then SUBBUF of each sub-buffer."""
    buffer, account = seen.buffers[row], seen.buffers["account"][row]
    head = [int(buffer[name]) for name in FIGURES]
    head += [int(account[name]["events"]) for name in ACCOUNT]
    columns = [_signed(seen.subbufs[name][row]) for name in SUBBUF]
    return np.concatenate((np.array(head, np.int64), np.column_stack(columns).ravel()))


def _signed(column: NDArray[Any]) -> NDArray[np.int64]:
    """Return a column as signed figures: a lap that has not come is -1."""
    found: NDArray[np.int64] = column.astype(np.int64)
    return found


def _facts(seen: Snapshot) -> dict[str, object]:
    return {
        "mode": seen.mode.value,
        "name": seen.base_filename,
        "online": list(seen.online),
        "closed": seen.closed,
        "gone": [int(seen.buffers["cpu"][row]) for row in range(seen.rows) if seen.is_gone(row)],
        "descriptors": [f"{one.fd} (cpu {one.cpu}, {one.flags})" for one in seen.files],
        "mappings": [f"{one.fd} (cpu {one.cpu}, {one.kind})" for one in seen.mappings],
        "reserved": [
            [one.buffer, one.start, one.end, one.event] for one in seen.reserved if one.is_current
        ],
    }

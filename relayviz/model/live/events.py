"""The events of a live pool, found again in the bytes of a sub-buffer.

Their form is that of core/src/live/event.h: two words of 64 bits in host order, the first of them
number and CPU, the second checksum and length; then words that grow by a constant.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.place import NOT_STEPPED, EventPlace
from relayviz.model.load.load import MAX_EVENT, MIN_EVENT

if TYPE_CHECKING:
    from relayviz.model.channel.state import State

MOST_BYTES = 1 << 18  # of a sub-buffer that are gone through: it is done again for each look
_HEAD = struct.Struct("=QIIQ")  # number and CPU, length, checksum, a word of payload
_CPU_BITS, _WORD = 16, 2**64 - 1
_STEP = 0x9E3779B97F4A7C15
_UPPER = 32


def live_places(state: State, row: int, index: int, data: bytes) -> list[EventPlace]:
    """Return the events of a sub-buffer in order, as far as its bytes follow one another.

    What is no event ends the search: a step that wrote something else, or a writer that is just
    there. The checksum is compared where there is payload: it is made from the same number.

    Args:
        state: The state.
        row: The buffer's row in it.
        index: The sub-buffer.
        data: Its bytes, from its first on.
    """
    subbuf, buffer = state.subbufs[row, index], int(state.buffers["cpu"][row])
    lap, start = int(subbuf["lap"]), int(subbuf["header"])
    end = min(int(subbuf["used"]), state.subbuf_size, len(data))
    found = []
    while start + MIN_EVENT <= end:
        head = _head(data, start, end)
        if head is None or head[1] >= state.cpus:
            break
        number, cpu, length = head
        found.append(
            EventPlace(number, cpu, buffer, index, lap, start, length, NOT_STEPPED, 0.0, Kind.WRITE)
        )
        start += length
    return found


def _head(data: bytes, start: int, end: int) -> tuple[int, int, int] | None:
    """Return number, CPU and length of the event that begins at a byte; None: none does."""
    whole = data[start : start + _HEAD.size].ljust(_HEAD.size, b"\0")
    first, length, checksum, payload = _HEAD.unpack(whole)
    if not MIN_EVENT <= length <= min(MAX_EVENT, end - start):
        return None
    if length >= _HEAD.size:
        base = (payload - 2 * _STEP) & _WORD
        if (base * _STEP & _WORD) >> _UPPER != checksum:
            return None
    return first >> _CPU_BITS, first & ((1 << _CPU_BITS) - 1), length

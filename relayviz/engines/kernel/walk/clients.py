"""What known clients of relay keep beside their channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.kernel.record import Record
from relayviz.model.kernel.look import Client

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.types.layout import Layout
    from relayviz.model.kernel.look import Callbacks

_BLKTRACE = "blk_subbuf_start_callback"
_MINOR_BITS = 20


def client_of(
    memory: Memory, layout: Layout, channel: Record, callbacks: Callbacks | None
) -> Client | None:
    """Return what the client of a channel keeps; None: it is not known.

    Raises:
        UnreadableError: It cannot be read.
    """
    struct = layout.get("blk_trace")
    if struct is None or callbacks is None or callbacks.subbuf_start != _BLKTRACE:
        return None
    trace = Record.read(memory, channel["private_data"], struct)
    if trace["rchan"] != channel.address:
        return None
    device = f"{trace['dev'] >> _MINOR_BITS}:{trace['dev'] & (1 << _MINOR_BITS) - 1}"
    return Client("blktrace", "blk_trace", trace["dropped.counter"], device)

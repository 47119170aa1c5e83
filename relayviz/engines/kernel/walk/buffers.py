"""A `struct rchan_buf` and what it points to."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.kernel.record import Record, number_at
from relayviz.engines.kernel.walk.care import Care, Patience
from relayviz.engines.kernel.walk.names import path_of
from relayviz.model.kernel.look import PAGE_SIZE, Buffer, size_damage
from relayviz.model.kernel.position import Writer, position_of

if TYPE_CHECKING:
    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.types.layout import Layout
    from relayviz.model.kernel.look import Channel


class Buffers:
    """Reads buffers of channels.

    Args:
        memory: Of the kernel.
        layout: Its structures.
    """

    def __init__(self, memory: Memory, layout: Layout) -> None:
        self._memory, self._struct = memory, layout.structs["rchan_buf"]
        self._dentry, self._inode = layout.get("dentry"), layout.get("inode")

    def read(self, channel: Channel, slot: int, address: int, patience: Patience) -> Buffer:
        """Read a buffer.

        Args:
            channel: Whose buffer it is.
            slot: The CPU under which the channel has it.
            address: Where it is.
            patience: Of the whole look.

        Raises:
            UnreadableError: Its own structure is not there. What it points to may be missing.
        """
        raw = Record.read(self._memory, address, self._struct)
        care = Care(patience)
        file, size = self._file(raw, care)
        first, last = self._pages(raw, care)
        buffer = Buffer(
            addr=address,
            percpu_slot=slot,
            start=raw["start"],
            data=raw["data"],
            offset=raw["offset"],
            subbufs_produced=raw["subbufs_produced"],
            subbufs_consumed=raw["subbufs_consumed"],
            chan=raw["chan"],
            bytes_consumed=raw["bytes_consumed"],
            early_bytes=raw["early_bytes"],
            finalized=raw["finalized"],
            cpu=raw["cpu"],
            page_count=raw["page_count"],
            page_array=raw["page_array"],
            kref=raw["kref.refcount.refs.counter"],
            waiters=raw["read_wait.head.next"] != raw.place("read_wait.head.next"),
            padding=self._padding(channel, raw, care, patience),
            page0=first,
            pagelast=last,
            file=file,
            i_size=size,
            prev_padding=raw.get("prev_padding"),
            full_count=raw.get("stats.full_count"),
            big_count=raw.get("stats.big_count"),
        )
        return _judged(channel, buffer, care)

    def _pages(self, raw: Record, care: Care) -> tuple[int | None, int | None]:
        """Return the first and the last of its list of pages."""
        first = raw["page_array"]
        places = first, first + 8 * (raw["page_count"] - 1)
        found = care.attempt(
            "its list of pages", lambda: [number_at(self._memory, place) for place in places]
        )
        return (None, None) if found is None else (found[0], found[1])

    def _padding(
        self, channel: Channel, raw: Record, care: Care, patience: Patience
    ) -> tuple[int, ...] | None:
        if size_damage(channel) is not None:
            return None  # the channel tells it
        number = channel.n_subbufs
        if not patience.affords(8 * number):
            care.note("its padding is not read: that of all buffers is larger than the memory")
            return None
        found = care.attempt("its padding", lambda: self._memory.read(raw["padding"], 8 * number))
        return None if found is None else struct.unpack(f"<{number}Q", found)

    def _file(self, raw: Record, care: Care) -> tuple[str | None, int | None]:
        """Return path and size of its file; -1: it has none."""
        dentry, entry, node = raw["dentry"], self._dentry, self._inode
        if not dentry:
            return None, -1
        if entry is None or node is None:
            care.note("its file is not known: these types do not have struct dentry and inode")
            return None, None
        memory, in_entry = self._memory, entry.fields["d_inode"].offset
        in_node, count = node.fields["i_size"]

        def size() -> int:
            inode = number_at(memory, dentry + in_entry)
            return int.from_bytes(memory.read(inode + in_node, count), "little", signed=True)

        path = care.attempt("the path of its file", lambda: path_of(memory, dentry, entry))
        return path, care.attempt("the size of its file", size)


def _judged(channel: Channel, buffer: Buffer, care: Care) -> Buffer:
    """Say what cannot be so."""
    if buffer.chan != channel.addr:
        care.note(f"it says that it belongs to the channel at {buffer.chan:#x}")
    if size_damage(channel) is None:
        if buffer.page_count * PAGE_SIZE != channel.alloc_size:
            care.note(f"it has {buffer.page_count} pages for {channel.alloc_size} bytes")
        if buffer.padding is not None and max(buffer.padding) > channel.subbuf_size:
            care.note("some padding is larger than a sub-buffer")
        position = position_of(channel, buffer)
        if position is not None and position.writer is Writer.DAMAGED:
            care.note("data, offset and the counters do not agree")
    return replace(buffer, damage=care.damage)

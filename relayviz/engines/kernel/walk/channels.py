"""All relay channels of a kernel: `struct rchan`, its names, its client, its buffers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.engines.kernel.fault import UnreadableError
from relayviz.engines.kernel.record import Record, number_at
from relayviz.engines.kernel.walk.buffers import Buffers
from relayviz.engines.kernel.walk.care import Care, Patience, TooDamagedError
from relayviz.engines.kernel.walk.chain import chain
from relayviz.engines.kernel.walk.clients import client_of
from relayviz.engines.kernel.walk.cpus import needed, offsets_of_cpus
from relayviz.engines.kernel.walk.names import path_of
from relayviz.model.kernel.look import (
    Buffer,
    Callbacks,
    Channel,
    Look,
    size_damage,
    unlikely_types,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.kernel.memory.protocol import Memory
    from relayviz.engines.kernel.symbols.protocol import Symbols
    from relayviz.engines.kernel.types.layout import Layout

_ADDRESSES = 1 << 64


class Walk:
    """Finds all channels, as often as it is asked to.

    Args:
        memory: Of the kernel.
        symbols: Its variables and functions.
        layout: Its structures.

    Raises:
        SymbolsError: Symbols are missing, or do not belong to this kernel.
    """

    def __init__(self, memory: Memory, symbols: Symbols, layout: Layout) -> None:
        self._memory, self._symbols, self._layout = memory, symbols, layout
        self._reads = Buffers(memory, layout)
        self._head = needed(symbols, "relay_channels")
        self._cpus = offsets_of_cpus(memory, symbols, layout)

    def look(self) -> Look:
        """Return all channels as they are now."""
        patience = Patience(self._memory.extent)
        care = Care(patience)
        channels: list[Channel] = []
        try:
            struct = self._layout.structs["rchan"]
            for raw in chain(self._memory, self._head, struct, care):
                # what came before too much damage is kept
                channels.append(self._channel(raw, patience))  # noqa: PERF401
        except TooDamagedError:
            damage = "there was so much damage that the rest was not looked at"
            return Look(self._memory.info.release, tuple(channels), (*care.damage, damage))
        if unlikely := unlikely_types(channels):
            care.note(unlikely)
        return Look(self._memory.info.release, tuple(channels), care.damage)

    def buffer(self, channel: Channel, buffer: Buffer) -> Buffer:
        """Return one buffer as it is now.

        Raises:
            UnreadableError: It is not there.
        """
        patience = Patience(self._memory.extent)
        return self._reads.read(channel, buffer.percpu_slot, buffer.addr, patience)

    def _channel(self, raw: Record, patience: Patience) -> Channel:
        care = Care(patience)
        callbacks = care.attempt("its callbacks", lambda: self._callbacks(raw["cb"]))
        channel = Channel(
            addr=raw.address,
            version=raw["version"],
            subbuf_size=raw["subbuf_size"],
            n_subbufs=raw["n_subbufs"],
            alloc_size=raw["alloc_size"],
            cb=raw["cb"],
            callbacks=callbacks,
            kref=raw["kref.refcount.refs.counter"],
            private_data=raw["private_data"],
            is_global=raw["is_global"],
            has_base_filename=raw["has_base_filename"],
            base_filename=raw.text("base_filename") if raw["has_base_filename"] else "",
            parent=self._parent(raw["parent"], care),
            last_toobig=raw.get("last_toobig"),
            client=care.attempt(
                "what its client keeps",
                lambda: client_of(self._memory, self._layout, raw, callbacks),
            ),
        )
        if impossible := size_damage(channel):
            care.note(impossible)
        buffers = tuple(self._buffers(channel, raw["buf"], care, patience))
        return replace(channel, buffers=buffers, damage=care.damage)

    def _callbacks(self, address: int) -> Callbacks:
        table = Record.read(self._memory, address, self._layout.structs["rchan_callbacks"])
        names = ("subbuf_start", "create_buf_file", "remove_buf_file")
        return Callbacks(*(self._function(table[name]) for name in names))

    def _function(self, address: int) -> str | None:
        return (self._symbols.name(address) or f"{address:#x}") if address else None

    def _parent(self, dentry: int, care: Care) -> str | None:
        struct = self._layout.get("dentry")
        if not dentry or struct is None:
            return None
        return care.attempt("its folder", lambda: path_of(self._memory, dentry, struct))

    def _buffers(
        self, channel: Channel, slots: int, care: Care, patience: Patience
    ) -> Iterator[Buffer]:
        """Yield the buffers; a global one is there once, however many CPUs share it."""
        met = {0}
        for cpu, offset in self._cpus.items():
            patience.ask()
            try:
                address = number_at(self._memory, (slots + offset) % _ADDRESSES)
                if address in met:
                    continue
                met.add(address)
                yield self._reads.read(channel, cpu, address, patience)
            except UnreadableError as error:
                care.note(f"CPU {cpu}: its buffer cannot be read: {error}")

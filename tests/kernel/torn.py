"""Torn reads of buffers of a live guest: see dumps/README.md."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relayviz.engines.kernel.record import Record
from relayviz.engines.kernel.types.btf import layout_of
from relayviz.model.kernel.position import Position
from tests.kernel.dumps import FOLDER, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH, SIZE, NUMBER = 48, 4096, 4
PADDING = SIZE % LENGTH


@dataclass(frozen=True)
class Triple:
    """The counters, the bytes, the counters again.

    Attributes:
        first: The counters before.
        second: The counters after.
        memory: The bytes.
        naive: How many events are bad if all are believed that the first counters speak of.
        by_rule: How many are bad if those are left out that the writer may have come to.
    """

    first: Position
    second: Position
    memory: bytes
    naive: int
    by_rule: int


def triples(name: str) -> Iterator[Triple]:
    """The recorded reads of one kind of client."""
    buffer = layout_of((FOLDER / "types-6.1.btf").read_bytes()).structs["rchan_buf"]
    raw, at = unpacked(FOLDER / "torn" / f"{name}.xz"), 0

    def position(content: bytes) -> Position:
        known = Record(0, content, buffer)
        return Position(
            subbuf_size=SIZE,
            n_subbufs=NUMBER,
            produced=known["subbufs_produced"],
            consumed=known["subbufs_consumed"],
            offset=known["offset"],
            bytes_consumed=known["bytes_consumed"],
            current=(known["data"] - known["start"]) // SIZE,
            padding=tuple(
                0 if index == known["subbufs_produced"] % NUMBER else PADDING
                for index in range(NUMBER)
            ),
        )

    while at < len(raw):
        size, count, naive, by_rule = struct.unpack_from("<4I", raw, at)
        at += 16
        parts = [raw[at : at + size], raw[at + size : at + 2 * size]]
        at += 2 * size
        memory = raw[at : at + count]
        yield Triple(position(parts[0]), position(parts[1]), memory, naive, by_rule)
        at += count

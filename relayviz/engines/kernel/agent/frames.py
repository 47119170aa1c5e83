"""Lines that relay-agent prints become looks and bytes; what is damaged is told, not shown."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from relayviz.engines.kernel.fault import AgentError, RefusedError
from relayviz.model.kernel.look import (
    MAX_SUBBUFS,
    Buffer,
    Callbacks,
    Channel,
    Client,
    Look,
    size_damage,
)

if TYPE_CHECKING:
    # by channel and buffer: sub-buffers produced, and the padding of all
    _Known = dict[tuple[int, int], tuple[int, tuple[int, ...]]]

_ADDRESSES = 1 << 64
_LONGEST_TEXT = 1 << 14  # a path of 31 names, each byte of them escaped or not
_MOST = 65536  # channels, and buffers of a channel
_CHANNEL = ("addr", "version", "subbuf_size", "n_subbufs", "alloc_size", "cb", "kref",
            "private_data", "is_global", "has_base_filename")  # fmt: skip
_BUFFER = ("addr", "percpu_slot", "start", "data", "offset", "subbufs_produced",
           "subbufs_consumed", "chan", "bytes_consumed", "early_bytes", "finalized", "cpu",
           "page_count", "page_array", "kref")  # fmt: skip
_OF_SOME_KERNELS = ("prev_padding", "full_count", "big_count", "page0", "pagelast")


@dataclass(frozen=True, slots=True)
class Frame:
    """A look and when it was taken.

    Attributes:
        number: Counted by the agent from 0; numbers that are missing were left out.
        time: Seconds since 1970, by the clock of the machine that was looked at.
        cost: Seconds that the agent needed for it.
        look: The channels.
    """

    number: int
    time: float
    cost: float
    look: Look


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a buffer's memory, with its counters before and after they were read."""

    address: int
    begin: int
    data: bytes
    before: Buffer
    after: Buffer


class Frames:
    """Understands the lines of one agent, which tells of padding only what is new."""

    def __init__(self) -> None:
        self._padding: _Known = {}

    def take(self, line: bytes) -> Frame | Piece:
        """Return what a line says.

        Raises:
            RefusedError: It says that there is not what was asked for.
            AgentError: It says nothing that an agent says.
        """
        try:
            said = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise AgentError("A line of the agent is damaged.") from error
        if not isinstance(said, dict):
            raise AgentError("A line of the agent is damaged.")
        if "error" in said:
            raise RefusedError(f"The agent says: {str(said['error'])[:_LONGEST_TEXT]}.")
        try:
            return self._piece(said) if "bytes" in said else self._frame(said)
        except _DamagedError as error:
            raise AgentError(f"A line of the agent is damaged: {error}.") from error

    def _frame(self, said: dict[str, Any]) -> Frame:
        before, self._padding = self._padding, {}
        damage = [text for text in _list(said, "damage") if isinstance(text, str)]
        channels: list[Channel] = []
        for raw in _list(said, "channels"):
            try:
                channels.append(self._channel(_object(raw), before))
            except _DamagedError as error:
                damage.append(f"a channel of this frame is damaged: {error}")
        release = said.get("release")
        look = Look(
            release if isinstance(release, str) else None, tuple(channels), tuple(damage[:_MOST])
        )
        cost = _seconds(said, "cost_ms") / 1e3
        return Frame(_number(said, "frame"), _seconds(said, "time"), cost, look)

    def _channel(self, raw: dict[str, Any], before: _Known) -> Channel:
        damage: list[str] = []
        values: dict[str, Any] = {name: _number(raw, name) for name in _CHANNEL}
        channel = Channel(
            **values,
            base_filename=_text(raw, "base_filename"),
            parent=_text(raw, "parent") or None,
            last_toobig=_number(raw, "last_toobig") if "last_toobig" in raw else None,
            callbacks=_callbacks(raw),
            client=_client(raw),
        )
        buffers: list[Buffer] = []
        if impossible := size_damage(channel):
            damage.append(impossible)
        for one in _list(raw, "bufs"):
            try:
                buffers.append(self._buffer(_object(one), channel, before))
            except _DamagedError as error:
                damage.append(f"a buffer of this frame is damaged: {error}")
        return replace(channel, buffers=tuple(buffers), damage=tuple(damage))

    def _buffer(
        self,
        raw: dict[str, Any],
        channel: Channel,
        before: _Known,
    ) -> Buffer:
        buffer = _buffer(raw)
        key = channel.addr, buffer.addr
        padding: tuple[int, ...] | None
        if "padding" in raw:
            padding = _padding(raw["padding"], channel.n_subbufs)
        else:
            padding = _newer(before.get(key), raw, channel.n_subbufs, buffer.subbufs_produced)
        if padding is None:
            return replace(buffer, damage=("its padding is not known in this frame",))
        self._padding[key] = buffer.subbufs_produced, padding
        return replace(buffer, padding=padding)

    def _piece(self, said: dict[str, Any]) -> Piece:
        before, after = _object(said.get("before")), _object(said.get("after"))
        padding = before.get("padding")
        number = len(padding) if isinstance(padding, list) else 0
        try:
            data = base64.b64decode(_text(said, "data", 1 << 33), validate=True)
        except (binascii.Error, ValueError) as error:
            raise _DamagedError("its bytes are none") from error
        if len(data) != _number(said, "length"):
            raise _DamagedError("some of its bytes are missing")
        counters = replace(_buffer(before), padding=_padding(padding, number))
        return Piece(
            address=_number(said, "bytes"),
            begin=_number(said, "from"),
            data=data,
            before=counters,
            after=replace(_buffer(after), padding=counters.padding),
        )


class _DamagedError(Exception):
    """A part of a line cannot be as it is."""


def _buffer(raw: dict[str, Any]) -> Buffer:
    names = _BUFFER + tuple(name for name in _OF_SOME_KERNELS if name in raw)
    values: dict[str, Any] = {name: _number(raw, name) for name in names}
    size = raw.get("i_size", -1)
    if not _is_number(size) or not -1 <= size < _ADDRESSES:
        raise _DamagedError("i_size is no size")
    return Buffer(
        **values,
        waiters=raw.get("waiters") is True,
        file=_text(raw, "file") or None if raw.get("file") is not None else None,
        i_size=size,
    )


def _callbacks(raw: dict[str, Any]) -> Callbacks | None:
    said = raw.get("cb_syms")
    if said is None:
        return None
    names = ("subbuf_start", "create_buf_file", "remove_buf_file")
    return Callbacks(*(_text(_object(said), name) or None for name in names))


def _client(raw: dict[str, Any]) -> Client | None:
    said = raw.get("client")
    if said is None:
        return None
    said = _object(said)
    kind, struct, device = (_text(said, name) for name in ("kind", "struct", "device"))
    return Client(kind, struct, _number(said, "dropped"), device)


def _padding(said: object, number: int) -> tuple[int, ...]:
    if not isinstance(said, list) or len(said) != number or number > MAX_SUBBUFS:
        raise _DamagedError("its padding is not that of its sub-buffers")
    if not all(_is_number(one) and 0 <= one < _ADDRESSES for one in said):
        raise _DamagedError("its padding is none")
    return tuple(said)


def _newer(
    known: tuple[int, tuple[int, ...]] | None, raw: dict[str, Any], number: int, produced: int
) -> tuple[int, ...] | None:
    """Return the padding of all sub-buffers, of which a frame tells those since the last one."""
    first, said = _number(raw, "padding_since"), raw.get("newer_padding")
    if known is None or len(known[1]) != number:
        return None
    if first > known[0]:  # a frame between was damaged, and what was new in it is not known
        return None
    if not isinstance(said, list) or first + len(said) != produced + 1 or len(said) > number:
        raise _DamagedError("its newer padding does not end at the sub-buffer being written")
    padding = list(known[1])
    for at, value in enumerate(_padding(said, len(said)), first):
        padding[at % number] = value
    return tuple(padding)


def _object(said: object) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise _DamagedError("a value is no object")
    return said


def _list(said: dict[str, Any], name: str) -> list[Any]:
    found = said.get(name)
    if not isinstance(found, list) or len(found) > _MOST:
        raise _DamagedError(f"{name} is no list")
    return found


def _is_number(said: object) -> bool:
    return isinstance(said, int) and not isinstance(said, bool)


def _number(said: dict[str, Any], name: str) -> int:
    found = said.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < _ADDRESSES:
        raise _DamagedError(f"{name} is no number of 64 bits")
    return found


def _seconds(said: dict[str, Any], name: str) -> float:
    found = said.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < _ADDRESSES:
        raise _DamagedError(f"{name} is no time")
    return float(found)


def _text(said: dict[str, Any], name: str, longest: int = _LONGEST_TEXT) -> str:
    """Return a text; none is an empty one."""
    found = said.get(name)
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > longest:
        raise _DamagedError(f"{name} is no text")
    return found

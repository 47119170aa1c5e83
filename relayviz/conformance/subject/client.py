"""The recorded client: the callbacks of the kernel module that made the recordings."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from relayviz.conformance.recording import Op
    from relayviz.conformance.subject.subject import Buffer, Directory, Entry, IsGlobal

MAX_RECORDS = 96  # of one step; later calls are only counted
HEADER_BYTE = b"\xee"
PADDING_BYTES = 4
ENOMEM, EEXIST = 12, 17

_Nothing = ctypes.c_char * 0


def address_of(view: memoryview) -> int:
    """Return the address of the first byte of a writable view, which may be empty."""
    return ctypes.addressof(_Nothing.from_buffer(view))


class Log:
    """The callbacks of one step: the first records, and how many there were."""

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []
        self.total = 0

    def add(self, **record: object) -> None:
        """Note one call; ask `has_room` first."""
        self.records.append(record)
        self.total += 1

    def has_room(self) -> bool:
        """Return whether the next call is recorded; count it if it is only counted."""
        if self.total < MAX_RECORDS:
            return True
        self.total += 1
        return False

    def clear(self) -> None:
        """Begin a new step."""
        self.records, self.total = [], 0


class Client:
    """The callbacks for one channel, as the `open` operation asks for them.

    Args:
        relay: The implementation.
        op: The `open` operation.
        directory: The channel's own folder.
        log: Where each call is noted.
    """

    def __init__(self, relay: ModuleType, op: Op, directory: Directory, log: Log) -> None:
        self._relay, self._op, self._directory, self._log = relay, op, directory, log
        self._header: int = op["reserve"]
        self._stores_padding = op["header"] == "padding" and self._header >= PADDING_BYTES
        self._creations = 0
        self._starts: dict[int, int] = {}  # address of each CPU's buffer

    def table(self) -> object:
        """Return the callback table for relay.Channel."""
        names = self._op["callbacks"]
        if names is None:
            return None
        return self._relay.Callbacks(
            **{
                name: getattr(self, name) if name in names else None
                for name in ("subbuf_start", "create_buf_file", "remove_buf_file")
            }
        )

    def subbuf_start(
        self, buf: Buffer, subbuf: memoryview, prev: memoryview | None, prev_padding: int
    ) -> bool:
        """Store the padding if asked to, then accept or refuse, and fill the header."""
        full = buf.full
        if self._stores_padding and prev is not None:
            prev[:PADDING_BYTES] = prev_padding.to_bytes(PADDING_BYTES, "little")
        accepted = self._op["mode"] == "overwrite" or not full
        if accepted and self._header:
            buf.subbuf_start_reserve(self._header)
            subbuf[: self._header] = HEADER_BYTE * self._header
        if self._log.has_room():
            self._log.add(
                cb="subbuf_start",
                cpu=buf.cpu,
                subbuf=self._index(buf, subbuf),
                prev=-1 if prev is None else self._index(buf, prev),
                prev_padding=prev_padding,
                full=int(full),
                ret=int(accepted),
            )
        return accepted

    def _index(self, buf: Buffer, subbuf: memoryview) -> int:
        """Return which sub-buffer was handed over: by where it lies, not by what counters say."""
        start = self._starts.get(buf.cpu)
        if start is None:
            start = self._starts[buf.cpu] = buf.data.__array_interface__["data"][0]
        return (address_of(subbuf) - start) // len(subbuf)

    def create_buf_file(
        self,
        name: str | None,
        parent: Directory | None,
        mode: int,
        buf: Buffer,
        is_global: IsGlobal,
    ) -> Entry | None:
        """Make a file, or fail where the sequence wants it."""
        is_global_in = is_global.value
        entry, ret = self._create(name, parent, mode, buf)
        if self._log.has_room():
            self._log.add(
                cb="create_buf_file", name=name, mode=mode, is_global_in=is_global_in, ret=ret
            )
        if self._op["global"]:
            is_global.value = 1
        return entry

    def _create(
        self, name: str | None, parent: Directory | None, mode: int, buf: Buffer
    ) -> tuple[Entry | None, int]:
        """Return the new entry and what the kernel's callback returned (1: a dentry)."""
        fail = self._op["create_fail"]
        call, self._creations = self._creations, self._creations + 1
        if fail is not None and fail["call"] == call:
            return None, 0 if fail["kind"] == "null" else -ENOMEM
        if name is None:
            # nobody keeps this one, so any entry will do
            return (self._directory, 1) if self._returns_early() else (None, 0)
        try:
            return self._relay.create_file(name, parent, mode, buf), 1
        except FileExistsError:
            return None, -EEXIST

    def _returns_early(self) -> bool:
        return bool(self._op["early_create_returns"] == "dentry")

    def remove_buf_file(self, entry: Entry | None) -> None:
        """Remove the file, if there ever was one."""
        if self._log.has_room():
            self._log.add(cb="remove_buf_file", name=None if entry is None else entry.name)
        if entry is not None:
            self._relay.remove_file(entry)

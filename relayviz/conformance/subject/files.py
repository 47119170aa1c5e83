"""The recorded operations on files: the consumer's side."""

from __future__ import annotations

import errno
import stat
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

from relayviz.conformance.subject.events import event_bytes
from relayviz.conformance.subject.waiter import Waiter, event_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from relayviz.conformance.recording import Op
    from relayviz.conformance.subject.subject import Directory, File

Result = dict[str, object]

MAX_HEX = 64  # bytes that are recorded in full
MILLISECONDS = 1000


def _bytes_result(data: bytes | memoryview) -> Result:
    """Return the recorded form of bytes that were read."""
    result: Result = {"ret": len(data), "crc32": f"{zlib.crc32(data):08x}"}
    if len(data) <= MAX_HEX:
        result["hex"] = data.hex()
    return result


def _failure(number: int) -> Result:
    return {"ret": -1, "errno": errno.errorcode.get(number, str(number))}


class FileSide:
    """The slots of a sequence: open files, mappings, sleeping pollers.

    Args:
        relay: The implementation.
        directory: The channel's own folder.
        root: What stands for the root of the host filesystem; None: that itself.
    """

    def __init__(
        self, relay: ModuleType, directory: Directory, root: Directory | None = None
    ) -> None:
        self._directory = directory
        self._root: Directory = relay.Directory.root() if root is None else root
        self.files: dict[int, File] = {}
        self._maps: dict[int, memoryview] = {}
        self._waiters: dict[int, Waiter] = {}
        self._on_file: Mapping[str, Callable[[File, Op], Result]] = {
            "file_close": self._close,
            "file_read": lambda file, op: _bytes_result(file.read(op["n"])),
            "file_pread": lambda file, op: _bytes_result(file.pread(op["n"], op["off"])),
            "file_lseek": lambda file, op: {"ret": file.lseek(op["off"])},
            "file_write": lambda file, op: {"ret": file.write(event_bytes(0, op["n"]))},
            "file_fstat": self._fstat,
            "file_mmap": self._mmap,
        }
        self._others: Mapping[str, Callable[[Op], Result]] = {
            "file_open": self._open,
            "file_poll": self._poll,
            "map_peek": self._peek,
            "map_unmap": self._unmap,
            "waiter_start": self._waiter_start,
            "waiter_join": self._waiter_join,
        }

    def operation(self, name: str) -> Callable[[Op], Result] | None:
        """Return what performs the operation, None if it is not a file's."""
        method = self._on_file.get(name)
        return self._others.get(name) if method is None else self._with_file(method)

    def _with_file(self, method: Callable[[File, Op], Result]) -> Callable[[Op], Result]:
        def perform(op: Op) -> Result:
            file = self.files.get(op["fd"])
            if file is None:
                return _failure(errno.EBADF)
            try:
                return method(file, op)
            except OSError as error:
                return _failure(error.errno or 0)

        return perform

    def close(self) -> None:
        """Let go of everything that the sequence left open."""
        with ExitStack() as stack:
            for file in self.files.values():
                stack.callback(file.close)
            for view in self._maps.values():
                stack.callback(view.release)
            for waiter in self._waiters.values():
                stack.callback(waiter.join)
        self.files.clear()

    def _open(self, op: Op) -> Result:
        directory = self._directory
        if op["dir"] == "root":
            directory = self._root
        try:
            file = directory.open(op["file"], op["flags"])
        except OSError as error:
            return _failure(error.errno or 0)
        self._drop(op["fd"])
        self.files[op["fd"]] = file
        return {"ret": 0}

    def _drop(self, slot: int) -> None:
        if (file := self.files.pop(slot, None)) is not None:
            file.close()

    def _close(self, _file: File, op: Op) -> Result:
        self._drop(op["fd"])
        return {"ret": 0}

    def _fstat(self, file: File, _op: Op) -> Result:
        return {"ret": 0, "st_size": file.size, "st_mode": stat.S_IFREG | file.mode}

    def _poll(self, op: Op) -> Result:
        # poll passes over a slot without a file: that is no error to it
        file = self.files.get(op["fd"])
        mask = 0 if file is None else file.poll(0)
        return {"ret": int(mask != 0), "revents": event_names(mask)}

    def _mmap(self, file: File, op: Op) -> Result:
        view = file.mmap(
            op["len"],
            offset=op["offset"],
            writable=op["kind"] == "shared-rw",
            private=op["kind"] == "private",
        )
        self._release(op["fd"])
        self._maps[op["fd"]] = view
        return {"ret": 0}

    def _release(self, slot: int) -> None:
        if (view := self._maps.pop(slot, None)) is not None:
            view.release()

    def _peek(self, op: Op) -> Result:
        view = self._maps.get(op["fd"])
        if view is None:
            return _failure(errno.EBADF)
        return _bytes_result(view[op["off"] : op["off"] + op["n"]])

    def _unmap(self, op: Op) -> Result:
        if op["fd"] not in self._maps:
            return _failure(errno.EBADF)
        self._release(op["fd"])
        return {"ret": 0}

    def _waiter_start(self, op: Op) -> Result:
        file = self.files.get(op["fd"])
        if file is not None:
            self._waiters[op["fd"]] = Waiter(file, op["timeout_ms"] / MILLISECONDS)
        return {}

    def _waiter_join(self, op: Op) -> Result:
        waiter = self._waiters.pop(op["fd"], None)
        # nothing ever wakes a poll of no file
        return {"woken": False, "revents": []} if waiter is None else waiter.join()

"""The files of a channel of another process, opened to be read only: looks, and bytes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from relayviz import relay
from relayviz.engines.attach.finding import CONTROL
from relayviz.engines.attach.viewing.state import BufferLook, ChannelLook, name_of
from relayviz.engines.looked.watch import GoneError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from relayviz.model.others import OtherChannel

SEARCHED = 1.0  # seconds between two looks for buffers that came later


class Contents(NamedTuple):
    """The bytes of a buffer, with what its control block said before and after they were read."""

    before: BufferLook
    memory: bytes
    after: BufferLook


class ChannelSource:
    """A channel's buffers. One thread at a time may use it.

    Args:
        channel: As it was found.

    Raises:
        GoneError: Nothing of it is there any more.
    """

    def __init__(self, channel: OtherChannel) -> None:
        self._number, self._name = channel.number, channel.name
        self._attached: dict[int, tuple[Path, relay.Attached]] = {}  # by CPU
        self._strange: set[tuple[Path, int]] = set()  # files, by name and number, of others
        self._heir, self._searched = 0, time.monotonic()
        why = f"{channel.name} is not there any more. Look again."
        for path in channel.paths:
            try:
                self._add(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                why = f"{error.strerror or error}"
        if not self._attached:
            raise GoneError(why)

    def look(self) -> ChannelLook:
        """Return how its buffers are now."""
        now = time.monotonic()
        if now - self._searched >= SEARCHED:
            self._searched = now
            self._search()
        looks = (BufferLook(path, one.look()) for path, one in self._in_order())
        return ChannelLook(tuple(looks), self._heir)

    def contents(self, cpu: int) -> Contents:
        """Return the bytes of a CPU's buffer.

        Raises:
            OSError: They cannot be read: its file was cut, or it never held still.
        """
        path, attached = self._attached[cpu]
        before = BufferLook(path, attached.look(is_new=True))
        memory = attached.read(before.told.alloc_size, 0)
        # what was written over meanwhile is known only from a look behind it
        return Contents(before, memory, BufferLook(path, attached.look(is_new=True)))

    def pace(self, hz: float) -> None:
        """Be told how many looks a second there will be: files are read whenever it is asked."""

    def close(self) -> None:
        """Let go of the files; can be called again."""
        while self._attached:
            _cpu, (_path, attached) = self._attached.popitem()
            attached.close()

    def _in_order(self) -> Iterator[tuple[Path, relay.Attached]]:
        return (self._attached[cpu] for cpu in sorted(self._attached))

    def _search(self) -> None:
        """Take in buffers of CPUs that came on line later, and see who has the name now."""
        known = {path for path, _attached in self._attached.values()}
        for folder in {path.parent for path in known}:
            try:
                found = [one for one in folder.iterdir() if one.suffix == CONTROL]
            except OSError:
                continue  # it was taken away, and what was in it is shown as it was
            for control in found:
                path = control.with_name(control.name.removesuffix(CONTROL))
                digits = path.name.removeprefix(self._name)
                if path.name.startswith(self._name) and digits.isdecimal():
                    self._look_at(path, control)

    def _look_at(self, path: Path, control: Path) -> None:
        try:
            file = (path, control.stat().st_ino)
        except OSError:
            return  # gone again
        if file in self._strange:
            return
        try:
            self._add(path)
        except BlockingIOError:
            return  # it never held still: it is looked at again
        except OSError:
            pass  # damaged: it was not ours when it was
        self._strange.add(file)  # once is enough: what a file is of never changes

    def _add(self, path: Path) -> None:
        """Attach to a buffer, if it is of this channel; OSError: it cannot be."""
        attached = relay.Attached(path)
        told = attached.look()
        is_new = told.cpu not in self._attached
        if told.channel == self._number and is_new:
            self._attached[told.cpu] = path, attached
            self._strange.add((path, path.with_name(path.name + CONTROL).stat().st_ino))
            return
        attached.close()
        if told.channel != self._number and name_of(path, told.cpu) == self._name:
            self._heir = told.pid

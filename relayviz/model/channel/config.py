"""What a new channel shall look like: checked, costed and warned about before it is opened."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from enum import StrEnum

from relayviz.model.numbers import plural

# The limits of relayviz.relay, which this layer does not import; a test compares them.
MAX_CPUS = 4096
MAX_SUBBUFS = 524_288
MAX_BUFFER = 2**32 - 1  # bytes: subbuf_size * n_subbufs must fit 32 bits
MAX_NAME = 240  # bytes of a base filename; the number comes behind it
PADDING_FIELD = 4  # bytes of a header from which on the padding is stored in it
MUCH_MEMORY = 2**30


class Mode(StrEnum):
    """What subbuf_start does when a sub-buffer is full."""

    NO_OVERWRITE = "no-overwrite"
    OVERWRITE = "overwrite"
    DEFAULT = "default"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Allocation:
    """The memory that a channel takes, in bytes but for the last two of the list.

    Attributes:
        used: Sub-buffers of one buffer, one behind the other.
        alloc_size: The same rounded up to whole pages; what a mapping must cover.
        tail: Of that: never used.
        total: Of all buffers.
        pages: Pages of one buffer.
        buffers: How many buffers are made when the channel is opened.
    """

    used: int
    alloc_size: int
    tail: int
    total: int
    pages: int
    buffers: int


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """What relay_open is given, and the machine it runs on.

    Attributes:
        base_filename: Each file's name is this and the CPU number; None: no files.
        subbuf_size: Bytes of a sub-buffer.
        n_subbufs: Sub-buffers of a buffer.
        cpus: Possible CPUs 0 to cpus - 1.
        online: Those on line; None: all.
        mode: What subbuf_start does.
        header: Bytes reserved at the start of each sub-buffer; from 4 on they hold its padding.
            The modes "default" and "python" do not look at it.
        is_global: One buffer serves all CPUs.
        source: The Python text of subbuf_start, for the mode "python".
    """

    base_filename: str | None = "cpu"
    subbuf_size: int = 512
    n_subbufs: int = 8
    cpus: int = 4
    online: tuple[int, ...] | None = None
    mode: Mode = Mode.NO_OVERWRITE
    header: int = 0
    is_global: bool = False
    source: str = ""

    @property
    def online_cpus(self) -> tuple[int, ...]:
        """The CPUs on line, in order."""
        return tuple(range(self.cpus)) if self.online is None else tuple(sorted(set(self.online)))

    @property
    def used_header(self) -> int:
        """Bytes of header that the mode reserves; a Python subbuf_start is not known."""
        return self.header if self.mode in (Mode.NO_OVERWRITE, Mode.OVERWRITE) else 0

    def problems(self) -> dict[str, str]:
        """Say why the channel cannot be opened.

        Returns:
            A message with its remedy for each wrong field, by the field's name; empty: it can.
        """
        found = {
            "base_filename": self._name_problem(),
            "subbuf_size": self._size_problem(),
            "n_subbufs": self._count_problem(),
            "cpus": "" if 1 <= self.cpus <= MAX_CPUS else f"Give 1 to {MAX_CPUS} CPUs.",
            "online": self._online_problem(),
            "header": self._header_problem(),
            "source": self._source_problem(),
        }
        return {field: message for field, message in found.items() if message}

    def _name_problem(self) -> str:
        name = self.base_filename
        if name is None:
            return ""
        if "/" in name or "\0" in name:
            return "A name cannot contain a slash or a zero byte."
        try:
            length = len(name.encode())
        except UnicodeEncodeError:
            return "The name contains a character that is no text."
        return "" if length <= MAX_NAME else f"The name is too long: at most {MAX_NAME} bytes."

    def _size_problem(self) -> str:
        if self.subbuf_size < 1:
            return "A sub-buffer has at least 1 byte."
        if 1 <= self.n_subbufs <= MAX_SUBBUFS and self.subbuf_size * self.n_subbufs > MAX_BUFFER:
            most = MAX_BUFFER // self.n_subbufs
            return f"A buffer must stay below 4 GiB: with {self.n_subbufs} at most {most} bytes."
        return ""

    def _count_problem(self) -> str:
        if 1 <= self.n_subbufs <= MAX_SUBBUFS:
            return ""
        return f"Give 1 to {MAX_SUBBUFS} sub-buffers."

    def _online_problem(self) -> str:
        if self.online is None:
            return ""
        if not self.online:
            return "At least one CPU is on line."
        wrong = sorted(cpu for cpu in set(self.online) if not 0 <= cpu < self.cpus)
        return f"There is no CPU {wrong[0]}: give 0 to {self.cpus - 1}." if wrong else ""

    def _header_problem(self) -> str:
        if self.header < 0:
            return "A header has 0 bytes or more."
        if self.used_header and self.used_header >= self.subbuf_size - 1:
            most = max(self.subbuf_size - 2, 0)
            return f"A header must leave 2 bytes of the sub-buffer: at most {plural(most, 'byte')}."
        return ""

    def _source_problem(self) -> str:
        if self.mode is Mode.PYTHON and not self.source.strip():
            return "Write a Python function subbuf_start, or choose another mode."
        return ""

    def warnings(self, event_size: int | None = None) -> list[str]:
        """Say what is allowed but a bad idea or a trap.

        Args:
            event_size: Bytes of the events to be written, if known.
        """
        found = []
        if self.n_subbufs == 1:
            found.append(
                "With one sub-buffer the writer either stops after the first fill or wipes what"
                " it has just written; the documentation advises at least two."
            )
        if self.header and not self.used_header:
            found.append(f"The mode {self.mode} does not reserve the header of {self.header} B.")
        elif 0 < self.header < PADDING_FIELD:
            found.append("A header of less than 4 B is reserved, but the padding is not stored.")
        found += self._event_warnings(event_size)
        allocation = self.allocation()
        if allocation.total >= MUCH_MEMORY:
            found.append(f"The buffers take {allocation.total / MUCH_MEMORY:.1f} GiB of memory.")
        return found

    def _event_warnings(self, event_size: int | None) -> list[str]:
        room = self.subbuf_size - self.used_header
        if event_size is None or event_size <= room:
            return []
        if event_size > self.subbuf_size:
            return [f"Events of {event_size} B are longer than a sub-buffer: all will be lost."]
        trap = (
            f"Events of {event_size} B do not fit beside the header ({room} B are left), but are"
            " not longer than a sub-buffer: each try is lost and uses up a whole sub-buffer."
        )
        return [trap]

    def allocation(self) -> Allocation:
        """Return the memory that the channel takes; meaningful when there are no problems."""
        page = mmap.PAGESIZE
        used = max(self.subbuf_size, 0) * max(self.n_subbufs, 0)
        pages = -(-used // page)
        buffers = 1 if self.is_global else len(self.online_cpus)
        alloc_size = pages * page
        return Allocation(used, alloc_size, alloc_size - used, alloc_size * buffers, pages, buffers)

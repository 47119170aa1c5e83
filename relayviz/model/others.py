"""Channels that other processes keep in folders: which there are, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Search:
    """A search that goes on in another thread.

    Attributes:
        is_stopped: Whoever asked for it wants no more of it: what was found until then is given.
        where: What is being looked at.
    """

    is_stopped: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class OtherChannel:
    """A channel of a process, as it was when it was found.

    Attributes:
        name: Its base filename.
        number: One that no other channel has.
        paths: The data files of its buffers, by CPU.
        pid: The process that made it.
        program: What that process is called; empty: it is not known.
        alive: Whether it is there; None: it is in another PID namespace.
        is_closed: The process closed it.
        subbuf_size: Bytes of a sub-buffer.
        n_subbufs: How many a buffer has.
        is_global: One buffer serves all CPUs.
        written: Events accepted since open.
        unread: Of these: there, and not consumed.
        lost: Events lost.
        damaged: Buffers whose control block is damaged.
    """

    name: str
    number: int
    paths: tuple[Path, ...]
    pid: int
    program: str
    alive: bool | None
    is_closed: bool
    subbuf_size: int
    n_subbufs: int
    is_global: bool
    written: int
    unread: int
    lost: int
    damaged: int

    @property
    def folder(self) -> Path:
        """Where its first buffer lies."""
        return self.paths[0].parent


@dataclass(frozen=True, slots=True)
class Refused:
    """A buffer that cannot be looked at: its data file, and why not, with a remedy."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Others:
    """What a search found.

    Attributes:
        channels: By folder and name.
        refused: What was there besides.
        is_whole: It was not stopped before its end.
    """

    channels: tuple[OtherChannel, ...]
    refused: tuple[Refused, ...]
    is_whole: bool = True

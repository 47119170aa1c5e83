"""Looks at all buffers that were found, told channel by channel as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from relayviz import relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType

HALF_DONE = {
    relay.Doing.SWITCH: "going on to the next sub-buffer",
    relay.Doing.RELEASE: "releasing sub-buffers that were read",
    relay.Doing.START: "opening or resetting the channel",
    relay.Doing.DISCARD: "closing the channel",
    relay.Doing.RESTORE: "restoring a saved state",
}


@dataclass(frozen=True)
class BufferTold:
    """A buffer at one look; counts of events and of sub-buffers, `offset` in bytes.

    Attributes:
        written: Events that were accepted since open.
        unread: Of these: still there and neither read nor lost.
        torn: Events that were being written when the process died: 0 or 1.
        doing: What was found half done; "" nothing.
    """

    cpu: int
    produced: int
    consumed: int
    offset: int
    written: int
    unread: int
    torn: int
    doing: str


@dataclass
class ChannelTold:
    """A channel at one look; `alive` None: its process is in another PID namespace."""

    name: str
    subbuf_size: int
    n_subbufs: int
    pid: int
    alive: bool | None
    bufs: list[BufferTold] = field(default_factory=list)


@dataclass(frozen=True)
class Problem:
    """A buffer that was refused or is damaged: its file, and why."""

    file: str
    why: str


@dataclass(frozen=True)
class Told:
    """What one look says of all."""

    channels: list[ChannelTold]
    errors: list[Problem]


class Looking:
    """Buffers that are looked at again and again; a context manager that lets go of them.

    Threads: one at a time.

    Args:
        find: Gives the data files there are now.
    """

    def __init__(self, find: Callable[[], Iterable[Path]]) -> None:
        self._find = find
        self._attached: dict[Path, relay.Attached] = {}
        self._files: dict[Path, int] = {}  # which file it was: another may take the name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for path in list(self._attached):
            self._let_go(path)

    def look(self) -> Told:
        """Look at all that is there now.

        Raises:
            OSError: Where they are looked for cannot be read.
        """
        paths = list(self._find())
        for gone in set(self._attached) - set(paths):
            self._let_go(gone)
        channels: dict[int, ChannelTold] = {}
        errors: list[Problem] = []
        for path in paths:
            try:
                look = self._attach(path).look()
            except FileNotFoundError:
                continue  # closed between the two
            except OSError as error:
                errors.append(Problem(str(path), str(error)))
                continue
            if look.buffer is None:
                errors.append(
                    Problem(str(path), "the control block is damaged: its figures cannot be")
                )
                self._let_go(path)
            else:
                _add(channels, path, look)
        return Told(list(channels.values()), errors)

    def _attach(self, path: Path) -> relay.Attached:
        file = path.stat().st_ino
        if path in self._attached and self._files[path] != file:
            self._let_go(path)
        if path not in self._attached:
            self._attached[path], self._files[path] = relay.Attached(path), file
        return self._attached[path]

    def _let_go(self, path: Path) -> None:
        self._attached.pop(path).close()


def _add(channels: dict[int, ChannelTold], path: Path, look: relay.AttachedLook) -> None:
    if look.channel not in channels:
        channels[look.channel] = ChannelTold(
            path.name.removesuffix(str(look.cpu)),
            look.subbuf_size,
            look.n_subbufs,
            look.pid,
            None if look.alive is relay.Alive.UNKNOWN else look.alive is relay.Alive.YES,
        )
    row = look.buffer
    assert row is not None, "told of those that are whole"  # noqa: S101
    channels[look.channel].bufs.append(
        BufferTold(
            look.cpu,
            int(row["produced"]),
            int(row["consumed"]),
            int(row["offset"]),
            int(row["account"]["accepted"]["events"]),
            int(row["account"]["unread"]["events"]),
            int(look.is_torn),
            _doing(look),
        )
    )


def _doing(look: relay.AttachedLook) -> str:
    if look.doing in HALF_DONE:
        return HALF_DONE[look.doing]
    return "writing an event" if look.is_torn or look.writing else ""

"""What the engines have in common that look at a channel of others: snapshots, bytes, pausing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from relayviz.engines.looked.watch import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.engines.looked.watch import Watch
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot

LEAST_RECENT, RECENT = 3, 12  # snapshots whose bytes are kept: views are a little behind
ROOM = 64 << 20  # bytes of these, if there are more than the least
MOST_ROWS = 4  # whose bytes are kept
KEEPS = 1.5  # seconds for which bytes are read with each look after they were asked for


@dataclass(frozen=True, slots=True)
class Read:
    """The bytes of a row.

    Attributes:
        data: Its memory; None: it could not be read.
        withheld: What of it is not shown, and why, by sub-buffer.
    """

    data: NDArray[np.uint8] | None
    withheld: Mapping[int, str]


class Shown(Protocol):
    """A look as it is shown."""

    @property
    def snapshot(self) -> Snapshot:
        """What views draw."""

    @property
    def bytes(self) -> Mapping[int, Read]:
        """Of the rows that were read with it."""


S = TypeVar("S", bound=Source)
ShownT = TypeVar("ShownT", bound=Shown)


class LookingEngine(Generic[S, ShownT]):
    """Shows a channel that others work on. Its snapshots have `foreign`.

    Subclasses say how a look is shown (`_again`) and how bytes are read (`_read`), `take` looks,
    and call `_begin` with the first.

    Args:
        watch: Looks.
        config: What the channel was opened with, as far as that is known.
        watching: It looks again and again.
    """

    history: ClassVar[None] = None
    ledger: ClassVar[None] = None

    def __init__(self, watch: Watch[S], config: ChannelConfig, *, watching: bool) -> None:
        self.config = config
        self._watch = watch
        self._guard = Lock()
        self._watching, self._gone = watching, ""
        self._wanted: dict[int, float] = {}  # when the bytes of a row were asked for last
        self._recent: tuple[ShownT, ...] = ()  # the newest first

    # ---------------------------------------------------------------- for views

    @property
    def snapshot(self) -> Snapshot:
        """The newest look."""
        return self._shown.snapshot

    @property
    def watching(self) -> bool:
        """Whether it looks again and again."""
        return self._watching and not self._gone

    def watch(self, on: bool) -> None:
        """Look again and again, or let what is shown stay as it is."""
        with self._guard:
            self._watching = on
            self._publish(self._again(self._shown.bytes))
        self._watch.wake()

    @property
    def hz(self) -> float:
        """How often it looks, times a second at most."""
        return self._watch.hz

    def pace(self, hz: float) -> None:
        """Look so often from now on, and so do all engines of the same watch."""
        self._watch.pace(hz)

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        """Return a copy of bytes; None: they are being read, ask a newer snapshot."""
        self._wanted[row] = time.monotonic()
        shown = next((one for one in self._recent if one.snapshot is snapshot), None)
        read = shown.bytes.get(row) if shown is not None else None
        if read is None:
            self._watch.wake()
        return None if read is None or read.data is None else read.data[first:last].copy()

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until the bytes that were asked for are read."""
        return self._watch.is_idle(timeout)

    def close(self, timeout: float = 1.0) -> bool:
        """Look no more; the last engine of a watch closes it."""
        self._watching = False
        return self._watch.leave(self, timeout)

    # ---------------------------------------------------------------- for the thread that looks

    @property
    def wants(self) -> bool:
        """Whether bytes are wanted that were not read."""
        return not self._gone and any(row not in self._shown.bytes for row in list(self._wanted))

    def take(self, look: Any, source: S, seconds: float) -> None:  # noqa: ANN401  as Source.look
        """Show a look."""
        raise NotImplementedError

    def read(self, source: S) -> None:
        """Read the rows that views ask for; what is shown stays, but for them."""
        shown = self._shown
        wanted = sorted(self._wanted.items(), key=lambda pair: pair[1])[-MOST_ROWS:]
        self._wanted = dict(wanted)
        done = {
            row: shown.bytes[row] if row in shown.bytes else self._read(source, shown, row)
            for row, _when in wanted
        }
        with self._guard:
            if self._is_of(shown, self._shown):
                self._publish(self._again(done))

    def lose(self, why: str) -> None:
        """Show that what is looked at is gone."""
        with self._guard:
            self._gone = why
            self._publish(self._again(self._shown.bytes))

    # ---------------------------------------------------------------- inside

    def _begin(self, shown: ShownT) -> None:
        """Show the first look, and look from now on."""
        self._recent = (shown,)
        self._watch.enter(self)

    @property
    def _shown(self) -> ShownT:
        return self._recent[0]

    def _again(self, bytes_read: Mapping[int, Read]) -> ShownT:
        """Return what is shown once more, as it is to be shown now, with the bytes of rows."""
        raise NotImplementedError

    def _read(self, source: S, shown: ShownT, row: int) -> Read:
        """Read the bytes of a row."""
        raise NotImplementedError

    def _is_of(self, one: ShownT, other: ShownT) -> bool:
        """Whether two show the same look."""
        raise NotImplementedError

    def _publish(self, shown: ShownT) -> None:
        kept, room = [shown], ROOM
        for one in self._recent[: RECENT - 1]:
            room -= sum(read.data.nbytes for read in one.bytes.values() if read.data is not None)
            if room >= 0 or len(kept) < LEAST_RECENT:
                kept.append(one)
        self._recent = tuple(kept)

    def _still_wanted(self) -> tuple[int, ...]:
        """Return the rows whose bytes were asked for lately: they are read with each look."""
        now = time.monotonic()
        self._wanted = {row: when for row, when in list(self._wanted.items()) if now - when < KEEPS}
        return tuple(self._wanted)

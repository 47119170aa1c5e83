"""The engine that shows a capture: sought by record, looked at, nothing else.

Two threads: one reads the files, once; the other lays rings out, goes to places and reads bytes.
Nobody who asks waits for either.
"""

from __future__ import annotations

import json
from threading import Condition, Thread, current_thread
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.handing.handed import capture_trace, record_table
from relayviz.engines.capture.handing.plain import as_plain
from relayviz.engines.capture.index import CanceledError, CaptureError
from relayviz.engines.capture.viewing.contents import Reader
from relayviz.engines.capture.viewing.listing import listed
from relayviz.engines.capture.viewing.ordering import tape_of
from relayviz.engines.capture.viewing.rings import Rings, buffers_of
from relayviz.engines.capture.viewing.shown import Opened, Shown, show
from relayviz.model.capture.sizes import Sizes, offered
from relayviz.model.channel.operation import Kind
from relayviz.model.channel.place import NOT_STEPPED, EventPlace
from relayviz.model.engine.protocol import Can, NoCurves, OpenError
from relayviz.model.exchange.table import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.engines.capture.capture import Capture
    from relayviz.model.capture.layout import Layout
    from relayviz.model.capture.tape import Tape
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.exchange.table import Table
    from relayviz.model.exchange.trace import Trace

RECENT = 3  # moments whose bytes can be asked for: views are a little behind
BEGINNING = "This is the beginning of each file; the rest is being read"
STOPPED = "This is the beginning of each file: reading was stopped"


class CaptureEngine(NoCurves):
    """Shows a capture. Its snapshots have `foreign`, and as their step how much was written.

    Args:
        first: The capture, or the beginning of its files.
        paths: Its files.
        layout: How records look; None: it is found in the content.
        title: What it is called.

    Raises:
        OpenError: It is too much for a window.
    """

    kind: ClassVar[str] = "capture"
    history: ClassVar[None] = None
    ledger: ClassVar[None] = None
    can: ClassVar[frozenset[Can]] = frozenset({Can.TAPE})

    def __init__(
        self, first: Capture, paths: Sequence[Path], layout: Layout | None, title: str
    ) -> None:
        self._paths, self._layout, self._title = tuple(paths), layout, title
        self._news = Condition()
        self._is_over = self._is_busy = False
        self._chosen: Sizes | None = None  # by a person: they stay when more is read
        is_whole = all(_is_read(part.index.rows, part.index.size) for part in first.parts)
        opened, self.offers = self._laid(first, is_whole=is_whole)
        self.progress = 1.0 if is_whole else 0.0
        self._status = "" if is_whole else BEGINNING + "."
        self._place: int | None = None  # that is wanted
        self._lay: Sizes | None = None  # that are wanted
        self._reader = Reader()
        self.aim = opened.rings.tape.count
        self._recent: tuple[Shown, ...]  # the newest first
        self._recent = (show(opened, self.aim, None, self._status),)
        self._threads = [Thread(target=self._work, name="capture", daemon=True)]
        if not is_whole:
            self._threads.append(Thread(target=self._read, name="capture reading", daemon=True))
        for thread in self._threads:
            thread.start()

    # ---------------------------------------------------------------- for views

    @property
    def config(self) -> ChannelConfig:
        """What the channel must have been opened with, as far as that is told."""
        return self._shown.opened.config

    @property
    def snapshot(self) -> Snapshot:
        """The moment that is shown."""
        return self._shown.snapshot

    @property
    def tape(self) -> Tape:
        """The records."""
        return self._shown.opened.rings.tape

    @property
    def sizes(self) -> Sizes:
        """The sizes that its rings are laid out with."""
        return self._shown.opened.rings.sizes

    def borders(self, row: int) -> NDArray[np.int64]:
        """Return the first record of each sub-buffer, of the records of a buffer."""
        return self._shown.opened.rings.first_of(row)

    def goto_place(self, place: int) -> None:
        """Show the moment at which so many records were written, or the nearest there is."""
        with self._news:
            self._place = self.aim = min(max(0, place), self.tape.count)
            self._news.notify_all()

    def set_sizes(self, sizes: Sizes) -> None:
        """Lay the rings out anew; ValueError: a record fits into no such sub-buffer."""
        largest = int(self.tape.rows["length"][self.tape.order].max(initial=0))
        if sizes.subbuf_size < largest:
            raise ValueError(f"A record of {largest} bytes fits into no such sub-buffer.")
        if not sizes.n_subbufs:
            raise ValueError("A buffer has at least one sub-buffer.")
        with self._news:
            self._lay = self._chosen = sizes
            self._news.notify_all()

    def stop_reading(self) -> None:
        """Read no more of the files: what is shown stays."""
        with self._news:
            if self.progress < 1:
                self._status, self.progress = STOPPED + ".", 1.0
                self._place = self._shown.place if self._place is None else self._place
                self._news.notify_all()

    def records_in(self, snapshot: Snapshot, row: int, index: int) -> list[EventPlace]:
        """Return the records in a sub-buffer in order; each one's `event` is its place."""
        shown = self._of(snapshot)
        info = snapshot.subbufs[row, index]
        if shown is None or not int(info["used"]):
            return []
        rings, lap = shown.opened.rings, int(info["lap"])
        tape = rings.tape
        held = rings.held(row, lap, tape.written(row, shown.place))
        places = tape.places[row][held.first : held.last]
        rows = tape.rows[tape.order[places]]
        starts = np.cumsum(rows["length"]) - rows["length"]
        cpu = max(0, tape.cpus[row])
        return [
            EventPlace(place, cpu, cpu, index, lap, start, length, NOT_STEPPED, 0.0, Kind.WRITE)
            for place, start, length in zip(
                places.tolist(), starts.tolist(), rows["length"].tolist(), strict=True
            )
        ]

    def listed(self, where: str, by: str, *, descending: bool) -> NDArray[np.uint32] | None:
        """Return the places of records in some order; it may take long. None: all as they are."""
        try:
            return listed(self.tape, where, by, descending=descending)
        except (CaptureError, OSError) as error:
            raise OpenError(None, f"The files cannot be read any more: {error}") from error

    def heads(self, places: Sequence[int]) -> dict[int, bytes]:
        """Return how some records begin, as far as that is read; the rest is being read."""
        found = self._reader.heads(self.tape, places)
        if len(found) < len(places):
            self._wake()
        return found

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        """Return a copy of bytes; None: they are being read, ask again."""
        shown = self._of(snapshot)
        if shown is None:
            return None
        size = snapshot.subbuf_size
        end = size * snapshot.n_subbufs if last is None else min(last, size * snapshot.n_subbufs)
        found = [self._subbuf(shown, row, index) for index in range(first // size, -(-end // size))]
        if any(one is None for one in found):
            return None
        begin = first // size * size
        joined = np.concatenate(
            [one for one in found if one is not None] or [np.zeros(0, np.uint8)]
        )
        return joined[first - begin : end - begin]

    # ---------------------------------------------------------------- handed on

    def trace(self) -> Trace:
        """Return all of its files as a timeline."""
        return capture_trace(self._whole())

    def table(self) -> Table:
        """Return the records of all of its files as a table."""
        return record_table(self._whole())

    def as_json(self) -> str:
        """Return what is told of all of its files as JSON."""
        return json.dumps(as_plain(self._whole(), None), indent=1) + "\n"

    def _whole(self) -> Capture:
        """Return all of the files, read once more: what is shown may be their beginning."""
        found = open_capture(self._paths, self._layout)
        if not found.parts:
            raise ExchangeError(f"The files cannot be read any more: {found.refused[0].reason}")
        return found

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until all is read that is wanted."""
        with self._news:
            return self._news.wait_for(lambda: not self._is_wanted and self.progress >= 1, timeout)

    def close(self, timeout: float = 1.0) -> bool:
        """End the threads."""
        with self._news:
            self._is_over = True
            self._news.notify_all()
        for thread in self._threads:
            if thread is not current_thread():
                thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)

    # ---------------------------------------------------------------- the thread that shows

    @property
    def _shown(self) -> Shown:
        return self._recent[0]

    @property
    def _is_wanted(self) -> bool:
        return (
            self._is_busy
            or self._place is not None
            or self._lay is not None
            or self._reader.is_wanted
        )

    def _work(self) -> None:
        while True:
            with self._news:
                self._is_busy = False
                self._news.notify_all()
                self._news.wait_for(lambda: self._is_over or self._is_wanted)
                if self._is_over:
                    return
                place, self._place = self._place, None
                sizes, self._lay = self._lay, None
                self._is_busy = True
            if wrong := self._reader.read():
                self._status = wrong
                place = self._shown.place if place is None else place
            if sizes is not None:
                self._lay_out(sizes)
            if place is not None:
                self._go(place)

    def _go(self, place: int) -> None:
        opened = self._shown.opened
        self._publish(opened, min(place, opened.rings.tape.count))

    def _lay_out(self, sizes: Sizes) -> None:
        before = self._shown
        try:
            rings = Rings(before.opened.rings.tape, sizes)
            opened = Opened.of(before.opened.capture, rings, self._title)
        except (ValueError, OpenError) as error:
            with self._news:
                self._status = f"{sizes.words} cannot be: {error}"
            self._publish(before.opened, before.place)
            return
        self._publish(opened, before.place)

    def _publish(self, opened: Opened, place: int) -> None:
        with self._news:
            shown = show(opened, place, self._shown, self._status)
            self._recent = (shown, *self._recent[: RECENT - 1])
            self.aim = place if self._place is None else self._place
            self._news.notify_all()

    def _of(self, snapshot: Snapshot) -> Shown | None:
        return next((one for one in self._recent if one.snapshot is snapshot), None)

    # ---------------------------------------------------------------- bytes

    def _subbuf(self, shown: Shown, row: int, index: int) -> NDArray[np.uint8] | None:
        """Return the bytes of a sub-buffer; None: they are being read."""
        info = shown.snapshot.subbufs[row, index]
        if not int(info["used"]):
            return np.zeros(shown.snapshot.subbuf_size, np.uint8)
        rings = shown.opened.rings
        held = rings.held(row, int(info["lap"]), rings.tape.written(row, shown.place))
        found = self._reader.subbuf(rings, row, held)
        if found is None:
            self._wake()
        return found

    def _wake(self) -> None:
        with self._news:
            self._news.notify_all()

    # ---------------------------------------------------------------- the thread that reads

    def _laid(self, capture: Capture, *, is_whole: bool) -> tuple[Opened, tuple[Sizes, ...]]:
        tape = tape_of(capture, is_whole=is_whole)
        largest = int(tape.rows["length"][tape.order].max(initial=0))
        offers = offered(tape.layout.usual, buffers_of(tape), largest)
        sizes = self._chosen or offers[0]
        if sizes.subbuf_size < largest:
            sizes = offers[0]
        return Opened.of(capture, Rings(tape, sizes), self._title), offers

    def _told(self, done: float) -> bool:
        if self.progress < 1:
            self.progress = min(done, 1.0) * 0.9  # what is read has to be put in order
        return not self._is_over and self.progress < 1

    def _read(self) -> None:
        """Read the files as a whole, and show that in place of their beginning."""
        try:
            capture = open_capture(self._paths, self._layout, self._told)
            opened, offers = self._laid(capture, is_whole=True)
        except CanceledError:
            return
        except (CaptureError, OpenError, ValueError, IndexError, MemoryError, OSError) as error:
            with self._news:
                self._status = f"Not all of it could be read: {error}"
                self.progress, self._place = 1.0, self.aim
                self._news.notify_all()
            return
        with self._news:
            if self._is_over or self.progress >= 1:
                return
            self.offers, self._status = offers, ""
            before = self._shown
            at_end = before.place == before.opened.rings.tape.count
            self._place = None if at_end else self._place
        self._publish(opened, opened.rings.tape.count if at_end else before.place)
        with self._news:
            self.progress = 1.0
            self._news.notify_all()


def _is_read(rows: NDArray[np.void], size: int) -> bool:
    """Tell whether rows reach up to the end of a file."""
    return not size or (len(rows) > 0 and int(rows["at"][-1]) + int(rows["length"][-1]) >= size)

"""Records an engine to a file: looks at its snapshots many times a second, in a thread of its own.

The engine does not know of it. States are sampled; what was counted is in every sample, so no loss
is left out. Half a second is kept in memory: that is what a crash can cost.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz import relay
from relayviz.engines.replay.file import frames, summary
from relayviz.engines.replay.file.chunks import ChunkKind, ChunkWriter, RecordingError
from relayviz.engines.replay.file.told import frame_of
from relayviz.model.files import why_not
from relayviz.model.load.file import to_dict
from relayviz.model.numbers import grouped

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.engines.replay.file.frames import Frame
    from relayviz.model.engine.protocol import Engine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.load.load import Load

HZ = 20.0  # frames a second, at most
EVERY = 0.5  # seconds that become a chunk
STANDING = 1.0  # seconds between two frames while nothing changes
LARGEST = 16 << 20  # bytes of a frame
_FULL = 64 << 20  # bytes of frames that become a chunk before their time
_OVERLAP = 0.05  # seconds: no mark is left out, one may be there twice


@dataclass(slots=True)
class _Waiting:
    """Frames that are not in the file yet."""

    frames: list[Frame]
    rows: list[list[float]]
    marks: list[NDArray[np.uint32]]
    size: int = 0


class Recorder:
    """Records until it is stopped.

    Args:
        engine: What is recorded. It may be closed before this is stopped.
        path: The file, which must not be there yet.
        title: What the channel is called.
        hz: Frames a second, at most.

    Attributes:
        path: The file.
        problem: Why nothing is recorded any more, with the remedy; empty: it goes on, or was
            stopped.

    Raises:
        OSError: The file is there, or cannot be written.
        RecordingError: The channel is too large.

    Threads: any may call.
    """

    def __init__(self, engine: Engine, path: Path, title: str, hz: float = HZ) -> None:
        shown = engine.snapshot
        if shown.buffers.nbytes + shown.subbufs.nbytes > LARGEST:
            count = shown.rows * shown.n_subbufs
            raise RecordingError(
                f"A channel of {grouped(count)} sub-buffers in all is too large to be recorded: "
                f"at most {grouped(LARGEST // relay.SUBBUF_DTYPE.itemsize)}."
            )
        self.path, self.problem = path, ""
        self._engine, self._period = engine, 1.0 / hz
        self._begun, self._marked = time.monotonic(), -1.0
        self._wall = time.time()
        self._cpus = 0 if summary.seconds_of(shown) is None else shown.cpus
        self._waiting = _Waiting([], [], [])
        self._loads: list[Load] = []
        self._notes: deque[bytes] = deque()
        self._last: Snapshot | None = None
        self._over = threading.Event()
        self._writer = ChunkWriter(path, is_new=True)
        self._writer.add(ChunkKind.ABOUT, self._about(shown, title))
        self._take(shown)
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """How long it has recorded."""
        return time.monotonic() - self._begun

    @property
    def is_running(self) -> bool:
        """Whether it records."""
        return self._thread.is_alive() and not self._over.is_set()

    def mark(self, text: str) -> None:
        """Mark this moment, with some words."""
        self._notes.append(json.dumps({"time": self.seconds, "text": text}).encode())

    def stop(self, timeout: float = 5.0) -> bool:
        """Write what is left and close the file; whether that is done. Can be called again."""
        self._over.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # -- in its own thread ---------------------------------------------------------------------

    def _run(self) -> None:
        flushed = due = time.monotonic()
        try:
            while not self._over.wait(max(0.0, due - time.monotonic())):
                due = max(due + self._period, time.monotonic())
                self._look()
                if due >= flushed + EVERY or self._waiting.size > _FULL:
                    flushed = due
                    self._flush()
            self._look()
            self._flush()
        except OSError as error:
            self._fail(error)
        finally:
            self._writer.close()

    def _look(self) -> None:
        shown, rows = self._engine.snapshot, self._waiting.rows
        last = self._last
        is_same = last is not None and shown.generation == last.generation
        if is_same and self.seconds < self._marked + STANDING and (rows or not self._over.is_set()):
            return
        self._take(shown)

    def _take(self, shown: Snapshot) -> None:
        """Take a snapshot in."""
        seconds = summary.seconds_of(shown)
        fill, marks = 0.0, np.zeros(self._cpus, np.uint32)
        if seconds is not None:
            fill, marks = self._since(shown, seconds)
        frame = frame_of(shown, -1 if shown.live is None else self._load(shown.live.load))
        now = self.seconds
        row = [now, self._wall + now, seconds or 0.0, fill, *summary.sums_of(shown)]
        waiting = self._waiting
        waiting.frames.append(frame)
        waiting.rows.append(row)
        waiting.marks.append(marks)
        waiting.size += sum(map(len, frame.arrays))
        self._last, self._marked = shown, now

    def _since(self, shown: Snapshot, seconds: float) -> tuple[float, NDArray[np.uint32]]:
        """Return how full it was at most, and what happened, since the frame before.

        Of the first: how full it is, whatever the run was before.
        """
        ready = shown.buffers["produced"] - shown.buffers["consumed"]
        fill = float(ready.max(initial=0)) / shown.n_subbufs
        marks = np.zeros(self._cpus, np.uint32)
        before = seconds if self._last is None else summary.seconds_of(self._last)
        length = seconds - (before or 0.0)
        if length > 0:
            length += _OVERLAP
            rates, lanes = self._engine.rates(length, 1), self._engine.lanes(length, 1)
            if rates is not None:
                fill = max(fill, float(rates.fill.max(initial=0.0)))
            if lanes is not None and lanes.shape == (self._cpus, 1):
                marks = lanes[:, 0].astype(np.uint32)
        return fill, marks

    def _load(self, load: Load) -> int:
        """Return the number of a load; one that is new goes to the file first."""
        if not self._loads or self._loads[-1] is not load:
            self._loads.append(load)
            self._writer.add(ChunkKind.LOAD, json.dumps(to_dict(load)).encode())
        return len(self._loads) - 1

    def _flush(self) -> None:
        while self._notes:
            self._writer.add(ChunkKind.NOTE, self._notes.popleft())
        waiting, self._waiting = self._waiting, _Waiting([], [], [])
        if not waiting.frames:
            return
        times = waiting.rows[0][0], waiting.rows[-1][0]
        body, told = frames.packed(waiting.frames), summary.packed(waiting.rows, waiting.marks)
        self._writer.add(ChunkKind.FRAMES, body, told, len(waiting.frames), times)

    def _fail(self, error: Exception) -> None:
        self._over.set()
        self.problem = why_not(self.path, error)

    def _about(self, shown: Snapshot, title: str) -> bytes:
        told: dict[str, Any] = {
            "title": title,
            "program": metadata.version("relayviz"),
            "kind": self._engine.kind,
            "wall": self._wall,
            "monotonic": self._begun,
            "config": asdict(shown.config),
            "marks": self._cpus,
            "rows": layouts(),
        }
        return json.dumps(told).encode()


def layouts() -> list[str]:
    """Return how rows of buffers and of sub-buffers look, to be compared."""
    return [str(relay.BUFFER_DTYPE.descr), str(relay.SUBBUF_DTYPE.descr)]

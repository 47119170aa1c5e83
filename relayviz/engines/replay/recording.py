"""A recording that is open: its frames by number, what was counted over time, its markers."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz.engines.replay.file import frames, summary
from relayviz.engines.replay.file.chunks import (
    ChunkKind,
    ChunkReader,
    ChunkWriter,
    RecordingError,
)
from relayviz.engines.replay.file.told import config_from
from relayviz.engines.replay.recorder import layouts
from relayviz.model.channel.config import MAX_CPUS
from relayviz.model.engine.playing import Marker
from relayviz.model.load.file import LoadError, from_dict
from relayviz.model.load.load import Load
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.engines.replay.file.chunks import Chunk
    from relayviz.engines.replay.file.frames import Frame

KEPT = 4  # chunks that stay unpacked


class Recording:
    """A recording.

    Args:
        path: The file.

    Attributes:
        path: The file.
        title: What the channel was called.
        kind: The kind of engine that was recorded.
        config: What the channel was opened with.
        began: When it began, in seconds since the epoch.
        summary: The figures of all frames.
        markers: Moments with words, in the order of time.
        problems: What of the file could not be used, in sentences.

    Raises:
        RecordingError: It cannot be opened, is none, or has no frame.

    Threads: any may call.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = ChunkReader(path)
        self._guard = threading.Lock()
        self._unpacked: OrderedDict[int, list[Frame]] = OrderedDict()
        try:
            self._open()
        except BaseException:
            self._reader.close()
            raise

    def _open(self) -> None:
        reader, self.problems = self._reader, list[str]()
        about = self._about()
        self.title, self.kind = str(about.get("title", "")), str(about.get("kind", ""))
        self.began = float(about.get("wall", 0.0))
        self.config = config_from(about.get("config") or {})
        self.loads, self.markers = self._loads(), self._markers()
        marks = about.get("marks")
        if not isinstance(marks, int) or not 0 <= marks <= MAX_CPUS:
            raise RecordingError(f"{self.path.name} does not say how many CPUs there were.")
        parts: list[tuple[bytes, int]] = []
        self._chunks: list[Chunk] = []
        for chunk in reader.chunks:
            if chunk.kind is ChunkKind.FRAMES:
                self._add(chunk, parts)
        self.summary = summary.unpacked(parts, marks)
        self._starts = np.cumsum([0, *(chunk.count for chunk in self._chunks)])
        if not len(self.summary.times):
            raise RecordingError(f"{self.path.name} holds no frame that is whole.")
        self._say_what_is_lost()

    def _add(self, chunk: Chunk, parts: list[tuple[bytes, int]]) -> None:
        try:
            parts.append((self._reader.summary(chunk), chunk.count))
        except RecordingError as error:
            self.problems.append(str(error))
        else:
            self._chunks.append(chunk)

    def _say_what_is_lost(self) -> None:
        if self._reader.damaged:
            size = plural(self._reader.damaged, "byte")
            self.problems.append(f"{size} between others are damaged: what they told is missing.")
        if self._reader.cut:
            self.problems.append(
                f"The last {plural(self._reader.cut, 'byte')} are cut: recording ended there."
            )

    def _about(self) -> dict[str, Any]:
        first = next((one for one in self._reader.chunks if one.kind is ChunkKind.ABOUT), None)
        if first is None:
            message = f"{self.path.name}: its beginning is missing: it does not say what it is of."
            raise RecordingError(message)
        about = self._json(self._reader.body(first))
        if about.get("rows") != layouts():
            message = f"{self.path.name} was made by another version of relayviz"
            raise RecordingError(f"{message} ({str(about.get('program'))[:20]}): use that one.")
        return about

    def _loads(self) -> list[Load]:
        loads = []
        for chunk in self._reader.chunks:
            if chunk.kind is ChunkKind.LOAD:
                try:
                    loads.append(from_dict(self._json(self._reader.body(chunk))))
                except (RecordingError, LoadError) as error:
                    loads.append(Load())  # the numbers of the others stay
                    self.problems.append(f"A load cannot be read: {error}")
        return loads

    def _markers(self) -> tuple[Marker, ...]:
        markers = []
        for chunk in self._reader.chunks:
            if chunk.kind is ChunkKind.NOTE:
                try:
                    told = self._json(self._reader.body(chunk))
                    markers.append(Marker(float(told["time"]), str(told["text"])))
                except (RecordingError, KeyError, TypeError, ValueError) as error:
                    self.problems.append(f"A marker cannot be read: {error}")
        return tuple(sorted(markers, key=lambda one: one.time))

    def _json(self, data: bytes) -> dict[str, Any]:
        try:
            told = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise RecordingError(f"{self.path.name}: {error}.") from error
        if not isinstance(told, dict):
            raise RecordingError(f"{self.path.name}: no table is where one should be.")
        return told

    # -- asked for by any thread ---------------------------------------------------------------

    @property
    def length(self) -> float:
        """Seconds from the first frame's clock to the last frame."""
        return float(self.summary.times[-1])

    def at(self, time: float) -> int:
        """Return the number of the frame that was the newest at a moment."""
        return max(0, int(np.searchsorted(self.summary.times, time, side="right")) - 1)

    def frame(self, number: int) -> Frame:
        """Return a frame by its number; RecordingError: it is damaged."""
        place = int(np.searchsorted(self._starts, number, side="right")) - 1
        found = self._frames(place)
        return found[number - int(self._starts[place])]

    def mark(self, marker: Marker) -> None:
        """Add a marker, in the file too.

        Raises:
            OSError: The file cannot be written.
        """
        note = json.dumps({"time": marker.time, "text": marker.text}).encode()
        writer = ChunkWriter(self.path, is_new=False)
        try:
            writer.add(ChunkKind.NOTE, note)
        finally:
            writer.close()
        self.markers = tuple(sorted((*self.markers, marker), key=lambda one: one.time))

    def close(self) -> None:
        """Let go of the file. Can be called again."""
        with self._guard:
            self._reader.close()

    def _frames(self, place: int) -> list[Frame]:
        with self._guard:
            if place in self._unpacked:
                self._unpacked.move_to_end(place)
                return self._unpacked[place]
            chunk = self._chunks[place]
            found = list(frames.unpacked(self._reader.body(chunk)))
            if len(found) != chunk.count:
                raise RecordingError(f"{self.path.name}: a chunk has another number of frames.")
            self._unpacked[place] = found
            while len(self._unpacked) > KEPT:
                self._unpacked.popitem(last=False)
            return found

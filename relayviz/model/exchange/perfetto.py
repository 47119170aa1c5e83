"""Timelines as Perfetto's viewer opens them, written with Perfetto's own library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace as Proto
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TracePacket, TrackEvent

if TYPE_CHECKING:
    from relayviz.model.exchange.trace import Event, Samples, Trace, Track

SUFFIX = ".pftrace"
_SEQUENCE = 1  # who writes: all of it is one sequence
_AT_ONCE = 1000  # packets that are gathered


class Sink(Protocol):
    """What takes bytes."""

    def write(self, content: bytes, /) -> object:
        """Take more."""


def write_perfetto(file: Sink, trace: Trace) -> None:
    """Write a timeline, a piece at a time: memory does not grow with it.

    Args:
        file: Where it goes; whatever that raises is raised here.
        trace: The timeline; times from 0 on.
    """
    writer = _Writer(file)
    for place, track in enumerate(trace.tracks):
        writer.track(place, track)
    for samples in trace.samples:
        writer.samples(samples)
    for event in trace.events:
        writer.event(event)
    writer.flush()


class _Writer:
    """Gathers packets; one track after the other has the numbers from 1 on."""

    def __init__(self, file: Sink) -> None:
        self._file, self._proto, self._count = file, Proto(), 0

    def track(self, place: int, track: Track) -> None:
        told = self._packet().track_descriptor
        told.uuid, told.name = place + 1, track.name
        if track.parent is not None:
            told.parent_uuid = track.parent + 1
        if track.is_counter:
            told.counter.SetInParent()

    def samples(self, samples: Samples) -> None:
        is_whole = samples.values.dtype.kind in "iub"
        for time, value in zip(samples.times.tolist(), samples.values.tolist(), strict=True):
            event = self._event(samples.track, time, TrackEvent.TYPE_COUNTER)
            if is_whole:
                event.counter_value = value
            else:
                event.double_counter_value = value

    def event(self, event: Event) -> None:
        has_end = event.end != event.begin
        kind = TrackEvent.TYPE_SLICE_BEGIN if has_end else TrackEvent.TYPE_INSTANT
        told = self._event(event.track, event.begin, kind)
        told.name = event.name
        for name, value in event.facts.items():
            note = told.debug_annotations.add(name=name)
            if isinstance(value, int):
                note.int_value = value
            else:
                note.string_value = value
        if has_end:
            self._event(event.track, event.end, TrackEvent.TYPE_SLICE_END)

    def flush(self) -> None:
        """Write what is gathered."""
        self._file.write(self._proto.SerializeToString())
        self._proto, self._count = Proto(), 0

    def _event(self, track: int, time: int, kind: TrackEvent.Type.ValueType) -> TrackEvent:
        packet = self._packet()
        packet.timestamp = time
        event = packet.track_event
        event.type, event.track_uuid = kind, track + 1
        return event

    def _packet(self) -> TracePacket:
        if self._count == _AT_ONCE:
            self.flush()
        self._count += 1
        packet = self._proto.packet.add()
        packet.trusted_packet_sequence_id = _SEQUENCE
        return packet

"""Snapshots as frames and back: every field by name, nothing that could run."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from relayviz import relay
from relayviz.engines.replay.file.chunks import RecordingError
from relayviz.engines.replay.file.frames import Frame
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.state import Mapping, OpenFile, Reserved, State
from relayviz.model.findings.finding import Fault, Finding, Severity, Show
from relayviz.model.findings.measured import Verified
from relayviz.model.kernel.changes import Change
from relayviz.model.kernel.looks import Course, Looks, Sums
from relayviz.model.live.live import Hit, Live
from relayviz.model.load.load import BreakOn, Load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.engine.snapshot import Snapshot

_VERIFIED = ("intact", "torn", "missing", "twice", "torn_records", "unwritten", "lapped", "skipped")
_STATE = ("base_filename", "alloc_size", "is_global", "last_toobig", "closed")
_LIVE = (
    *("seconds", "events_per_second", "bytes_per_second", "consumed_per_second", "asked"),
    *("made_share", "lost_share", "is_simulated", "error"),
)
_FOREIGN = ("changes", "is_gone")
NAMES = ("unknown", "at_least", "exact")
"""Fields of Foreign that name figures."""


def frame_of(shown: Snapshot, load: int) -> Frame:
    """Return a snapshot as a frame.

    Args:
        shown: The snapshot.
        load: The number of its load in the recording; of no live channel it means nothing.
    """
    told: dict[str, Any] = {name: getattr(shown, name) for name in _STATE}
    told |= {
        "online": list(shown.online),
        "mode": str(shown.mode),
        "reserved": [asdict(one) for one in shown.reserved],
        "files": [asdict(one) for one in shown.files],
        "mappings": [asdict(one) for one in shown.mappings],
        "rows": shown.rows,
    }
    if shown.live is None and shown.foreign is None:
        words = f"{shown.made_by.title()}: {shown.result.words}"
        told["step"] = {"step": shown.step, "last": shown.last_step, "words": words}
    verified = b""
    if shown.live is not None:
        told["live"] = _live(shown.live, load)
        columns = [getattr(shown.live.verified, name) for name in _VERIFIED]
        verified = np.stack(columns).astype(np.uint64).tobytes()
    contradictory = b""
    if shown.foreign is not None:
        foreign = shown.foreign
        told["foreign"] = {name: getattr(foreign, name) for name in _FOREIGN}
        told["foreign"] |= {
            **{name: sorted(getattr(foreign, name)) for name in NAMES},
            "teller": foreign.teller,
            "facts": [list(fact) for fact in foreign.facts],
            "findings": [_finding(one) for one in foreign.findings],
            "looks": None if foreign.looks is None else asdict(foreign.looks),
        }
        contradictory = np.array(sorted(foreign.contradictory), np.uint32).tobytes()
    arrays = (shown.buffers.tobytes(), shown.subbufs.tobytes(), verified, contradictory)
    return Frame(told, arrays)


def _live(live: Live, load: int) -> dict[str, Any]:
    return {name: getattr(live, name) for name in _LIVE} | {
        "running": live.running,
        "load": load,
        "hit": None if live.hit is None else asdict(live.hit),
        "findings": [_finding(one) for one in live.findings],
    }


def _finding(one: Finding) -> dict[str, Any]:
    return asdict(one)


# -- and back --------------------------------------------------------------------------------------


def config_from(told: dict[str, Any]) -> ChannelConfig:
    """Return the configuration that a recording tells; RecordingError: it tells none."""
    try:
        online = told["online"]
        config = ChannelConfig(
            base_filename=None if told["base_filename"] is None else str(told["base_filename"]),
            subbuf_size=int(told["subbuf_size"]),
            n_subbufs=int(told["n_subbufs"]),
            cpus=int(told["cpus"]),
            online=None if online is None else tuple(map(int, online)),
            mode=Mode(told["mode"]),
            header=int(told["header"]),
            is_global=bool(told["is_global"]),
            source=str(told["source"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RecordingError(f"It does not say which channel it is of: {error}.") from error
    limits = (config.subbuf_size, config.n_subbufs, config.cpus)
    if not all(1 <= one < 1 << 32 for one in limits):
        raise RecordingError("It is of a channel that cannot be.")
    return config


def state_from(frame: Frame, config: ChannelConfig) -> State:
    """Return the state that a frame tells; RecordingError: it tells none."""
    try:
        return _state(frame, config)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RecordingError(f"A frame tells no state: {error}.") from error


def _state(frame: Frame, config: ChannelConfig) -> State:
    told = frame.told
    buffers = np.frombuffer(frame.arrays[0], relay.BUFFER_DTYPE)
    subbufs = np.frombuffer(frame.arrays[1], relay.SUBBUF_DTYPE)
    rows = int(told["rows"])
    if len(buffers) != rows or len(subbufs) != rows * config.n_subbufs:
        raise ValueError("buffers are missing")
    cpus = buffers["cpu"].astype(np.int64)
    if np.any(np.diff(cpus) <= 0) or np.any(cpus >= config.cpus):
        raise ValueError("the numbers of its CPUs cannot be")
    if np.any(buffers["current"] >= config.n_subbufs):
        raise ValueError("a buffer is written where it has no sub-buffer")
    return State(
        config=config,
        buffers=buffers,
        subbufs=subbufs.reshape(rows, config.n_subbufs),
        base_filename=None if told["base_filename"] is None else str(told["base_filename"]),
        alloc_size=int(told["alloc_size"]),
        online=tuple(map(int, told["online"])),
        is_global=bool(told["is_global"]),
        last_toobig=int(told["last_toobig"]),
        closed=bool(told["closed"]),
        mode=Mode(told["mode"]),
        source=config.source if Mode(told["mode"]) is Mode.PYTHON else "",
        reserved=tuple(Reserved(**one) for one in told["reserved"]),
        files=tuple(OpenFile(**one) for one in told["files"]),
        mappings=tuple(Mapping(**one) for one in told["mappings"]),
    )


def live_from(frame: Frame, config: ChannelConfig, loads: Sequence[Load]) -> Live | None:
    """Return how a frame's channel ran; None: it was not live. RecordingError: it cannot be."""
    told = frame.told.get("live")
    if told is None:
        return None
    try:
        verified = np.frombuffer(frame.arrays[2], np.uint64).reshape(len(_VERIFIED), config.cpus)
        number = int(told["load"])
        return Live(
            running=bool(told["running"]),
            load=loads[number] if 0 <= number < len(loads) else Load(),
            break_on=BreakOn(),
            hit=None if told["hit"] is None else Hit(**told["hit"]),
            verified=Verified(**dict(zip(_VERIFIED, verified, strict=True))),
            findings=findings_from(told["findings"]),
            **{name: type(_EXAMPLE[name])(told[name]) for name in _LIVE},
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RecordingError(f"A frame does not tell how it ran: {error}.") from error


_EXAMPLE: dict[str, Any] = dict.fromkeys(_LIVE, 0.0) | {
    "asked": 0,
    "is_simulated": False,
    "error": "",
}


def findings_from(told: Sequence[dict[str, Any]]) -> tuple[Finding, ...]:
    """Return findings; raises what wrong ones make."""
    return tuple(
        Finding(
            fault=None if one["fault"] is None else Fault(one["fault"]),
            severity=Severity(one["severity"]),
            cpus=tuple(map(int, one["cpus"])),
            text=str(one["text"]),
            helps=str(one["helps"]),
            show=None if one["show"] is None else Show(**one["show"]),
            sizes=None if one["sizes"] is None else (int(one["sizes"][0]), int(one["sizes"][1])),
        )
        for one in told
    )


def looks_from(told: dict[str, Any] | None) -> Looks | None:
    """Return what several looks told; None: there was but one. Raises what wrong ones make."""
    if told is None:
        return None
    courses = tuple(_course(one) for one in told["courses"])
    values = {**told, "cpus": tuple(told["cpus"]), "courses": courses, "running": False}
    return Looks(**values)


def _course(told: dict[str, Any]) -> Course:
    last = told["last"]
    finished, consumed, stored = map(float, told["rates"])
    values = {
        **told,
        "sums": Sums(**told["sums"]),
        "last": None if last is None else Change(**last),
        "rates": (finished, consumed, stored),
    }
    return Course(**values)

"""Recordings for tests: short ones of engines, and of any length from frames made by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from relayviz.engines.replay.file import frames, summary
from relayviz.engines.replay.file.chunks import ChunkKind, ChunkWriter
from relayviz.engines.replay.file.told import frame_of
from relayviz.engines.replay.recorder import layouts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from relayviz.model.engine.snapshot import Snapshot


def written(path: Path, shown: Sequence[Snapshot], period: float, of_chunk: int = 3) -> Path:
    """Write a recording of snapshots, one each `period` seconds, without waiting for them."""
    writer = ChunkWriter(path, is_new=True)
    cpus = shown[0].cpus
    about = {
        "title": "by hand",
        "kind": "live",
        "wall": 1e9,
        "config": asdict(shown[0].config),
        "marks": cpus,
        "rows": layouts(),
    }
    writer.add(ChunkKind.ABOUT, json.dumps(about).encode())
    for first in range(0, len(shown), of_chunk):
        some = shown[first : first + of_chunk]
        times = [(first + place) * period for place in range(len(some))]
        rows = [
            [time, 1e9 + time, one.live.seconds if one.live else 0.0, 0.0, *summary.sums_of(one)]
            for time, one in zip(times, some, strict=True)
        ]
        marks = [np.zeros(cpus, np.uint32)] * len(some)
        body = frames.packed([frame_of(one, -1) for one in some])
        told = summary.packed(rows, marks)
        writer.add(ChunkKind.FRAMES, body, told, len(some), (times[0], times[-1]))
    writer.close()
    return path

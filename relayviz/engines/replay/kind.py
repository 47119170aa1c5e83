"""The kind of engine that plays recordings, as the window knows it, and what records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.replay.engine import ReplayEngine
from relayviz.engines.replay.file.chunks import RecordingError
from relayviz.engines.replay.recorder import Recorder
from relayviz.model.engine.catalogue import EngineKind
from relayviz.model.engine.protocol import OpenError
from relayviz.model.files import why_not

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.engine.protocol import Engine


def _record(engine: Engine, path: Path, title: str) -> Recorder:
    try:
        return Recorder(engine, path, title)
    except RecordingError as error:
        raise OpenError(None, str(error)) from error
    except OSError as error:
        raise OpenError(None, why_not(path, error)) from error


KIND = EngineKind(
    ReplayEngine.kind,
    "Recording",
    "A channel as it was recorded, at any moment.",
    "Recordin&g",
    "Show what was recorded.",
    can=ReplayEngine.can,
    record=_record,
    replay=ReplayEngine,
)

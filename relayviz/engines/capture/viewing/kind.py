"""The kind of engine that shows captures, as the window knows it."""

from __future__ import annotations

from relayviz.engines.capture.viewing.engine import CaptureEngine
from relayviz.engines.capture.viewing.opening import fit, open_files
from relayviz.model.engine.catalogue import EngineKind
from relayviz.model.engine.protocol import Can

KIND = EngineKind(
    CaptureEngine.kind,
    "Capture",
    "Records that somebody wrote to disk, and the rings as they were.",
    "Cap&ture",
    "Look at the capture again.",
    can=frozenset({Can.TAPE}),
    open_files=open_files,
    fit=fit,
)

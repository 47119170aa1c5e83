"""An engine that there is only here: a channel as it was once, with nothing behind it to be asked.

It can be looked at and nothing else. The window knows it by its kind alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from relayviz.model.channel.marks import Mark
from relayviz.model.engine.catalogue import EngineKind
from tests.gui.states import Playground

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.engine.protocol import Can
    from relayviz.model.engine.snapshot import Snapshot

EVENTS = {0: (20, 30, 40), 1: (50,), 2: (60,) * 9}
SUBBUF, COUNT = 128, 4


class Recording:
    """An Engine of a channel that is closed already; its state and bytes were kept.

    Args:
        is_traced: What happened when was kept, too.
    """

    kind: ClassVar[str] = "recording"
    can: ClassVar[frozenset[Can]] = frozenset()
    history: ClassVar[None] = None
    ledger: ClassVar[None] = None

    def __init__(self, *, is_traced: bool = True) -> None:
        play = Playground(cpus=3, subbuf_size=SUBBUF, n_subbufs=COUNT, base_filename="recorded")
        for cpu, lengths in EVENTS.items():
            play.write(cpu, *lengths)
        self.config = play.config
        self.snapshot: Snapshot = play.snapshot()
        self.kept = [np.array(buffer.data, np.uint8) for buffer in play.channel.buffers]
        play.channel.close()
        self.closed, self._is_traced = False, is_traced

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        return self.kept[row][first:last].copy() if snapshot is self.snapshot else None

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> None:
        """Nothing was measured."""

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> NDArray[np.uint32] | None:
        del seconds, back
        lanes = np.zeros((self.config.cpus, columns), np.uint32)
        lanes[0, columns // 2] = Mark.STORED
        lanes[2, columns // 2 :] = Mark.LOST_FULL
        return lanes if self._is_traced else None

    def wait_idle(self, timeout: float = 10.0) -> bool:
        return timeout > 0

    def close(self, timeout: float = 1.0) -> bool:
        del timeout
        self.closed = True
        return True


KIND = EngineKind(
    Recording.kind,
    "Recording",
    "A channel as it was once.",
    "Show the recording",
    "Look at the channel as it was once.",
)

"""The window with a live engine that a test moves on by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.gui.shell import app
from relayviz.model.channel.config import ChannelConfig, Mode
from tests.gui.conftest import Driver
from tests.gui.live_fake import FakeLive, fake_engines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from relayviz.gui.widgets.panel import Panel
    from relayviz.model.engine.snapshot import Snapshot


class LiveDriver(Driver):
    """A user in front of a live channel."""

    def __init__(self, folder: Path) -> None:
        FakeLive.made.clear()
        super().__init__(folder, fake_engines())

    @property
    def fake(self) -> FakeLive:
        """The engine of the channel shown."""
        engine = self.controller.running.engine
        assert isinstance(engine, FakeLive)
        return engine

    def panel(self, dock: str) -> Panel:
        return self.window.docks[dock].panel

    def open_live(self, **fields: object) -> FakeLive:
        """Open a channel and show its live side."""
        values = {"cpus": 4, "subbuf_size": 512, "n_subbufs": 4, "mode": Mode.OVERWRITE, **fields}
        config = ChannelConfig(base_filename="live", **values)  # type: ignore[arg-type]
        self.controller.open_channel(config)
        self.controller.running.go_live()
        self.settle()
        return self.fake

    def run(self, ticks: int) -> Snapshot:
        """Let time go on, and have everything drawn that waits for its turn."""
        self.fake.run(ticks)
        self.settle()
        self.take_turns()
        return self.snapshot

    def take_turns(self) -> None:
        """Let each view that waits draw now."""
        for asked in self.controller.turns._asked.values():
            asked.last = 0.0
        for _ in self.controller.turns._asked:
            self.controller.turns.take()


@pytest.fixture
def live(qapp: QApplication, tmp_path: Path) -> Iterator[LiveDriver]:
    """The program, in which channels can be live."""
    app.prepare(qapp)
    made = LiveDriver(tmp_path)
    yield made
    made.end()
    assert all(one.closed for one in FakeLive.made), "a live engine was left open"

"""What the docks show is what a real kernel did: counters, padding and bytes of the item models.

The engine is held to the recordings in tests/engines; here the way from there to the screen is.
"""

from __future__ import annotations

import os
import random
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.bytes import BytesPanel
from relayviz.gui.counters import CountersModel
from relayviz.gui.counters.columns import COLUMNS
from relayviz.gui.counters.model import VALUE_ROLE
from relayviz.model.ledger.events import Role as Part
from tests.engines.test_recorded import ALL, translated
from tests.gui.states import FakeController

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot
    from tests.engines.recorded import Story

COUNT = ALL if os.environ.get("RELAY_SOAK") else 20
SEEKS = 20
UNREAD, DONE = 2, 3  # Snapshot.subbufs["state"] of finished sub-buffers
#: Headings of the counters and the names of the recorded figures.
FIGURES = {
    "cpu": "cpu",
    "offset": "offset",
    "prod": "produced",
    "cons": "consumed",
    "pad": "prev_padding",
    "read": "bytes_consumed",
}


class Screen:
    """The item model of the counters and the panel of bytes, showing an engine."""

    def __init__(self, story: Story) -> None:
        self.engine = StepEngine(story.config, story.clients)
        self.controller = FakeController()
        self.controller.stepped = self.engine
        self.counters = CountersModel()
        self.panel = BytesPanel(self.controller)  # type: ignore[arg-type]

    def look(self) -> Snapshot:
        assert self.engine.wait_idle(60)
        self.controller.snapshot = self.engine.snapshot
        self.counters.show(self.engine.snapshot)
        return self.engine.snapshot

    def figure(self, row: int, heading: str) -> object:
        column = [column.heading for column in COLUMNS].index(heading)
        return self.counters.data(self.counters.index(row, column), VALUE_ROLE)

    def subbuf(self, row: int, index: int) -> tuple[bytes, int]:
        """The bytes on screen, and how many of them are shown as padding."""
        self.panel.show_selection(row, index)
        content = self.panel.view.content
        assert content is not None
        data = self.panel._fetch(0, content.size)
        assert data is not None
        told = [region for region in content.regions if region.role is Part.PADDING]
        return data, sum(region.end - region.start for region in told)

    def compare(self, expected: dict[str, Any], where: str) -> None:
        snapshot = self.look()
        state = expected["state"]
        if state is None:
            return
        assert self.counters.rowCount() == len(state["bufs"]), where
        for row, recorded in enumerate(state["bufs"]):
            shown = {name: self.figure(row, heading) for heading, name in FIGURES.items()}
            assert shown == {name: recorded[name] for name in FIGURES.values()}, where
            self.compare_bytes(snapshot, row, recorded, where)

    def compare_bytes(
        self, snapshot: Snapshot, row: int, recorded: dict[str, Any], where: str
    ) -> None:
        memory = b""
        for index in range(snapshot.n_subbufs):
            data, padding = self.subbuf(row, index)
            memory += data
            if int(snapshot.subbufs["state"][row, index]) in (UNREAD, DONE):
                assert padding == recorded["padding"][index], f"{where}, {row}/{index}"
        rest = self.engine.bytes_of(snapshot, row, len(memory))  # what pages leave unused
        assert rest is not None
        assert f"{zlib.crc32(memory + rest.tobytes()):08x}" == recorded["mem"], where


@pytest.fixture
def screen(qapp: object, request: pytest.FixtureRequest) -> Iterator[tuple[Screen, Story]]:
    del qapp
    good, _ = translated()
    story = good[request.param * len(good) // COUNT]
    made = Screen(story)
    yield made, story
    made.engine.close()
    made.panel.deleteLater()


@pytest.mark.parametrize("screen", range(COUNT), indirect=True)
def test_the_docks_show_what_the_kernel_did(screen: tuple[Screen, Story]) -> None:
    shown, story = screen
    depths = []
    for number, (operations, _, expected) in enumerate(story.steps):
        shown.engine.submit(*operations)
        depths.append(shown.look().step)
        shown.compare(expected, f"{story.name} step {number}")
    chance = random.Random(story.name)  # noqa: S311  only to choose steps
    for _ in range(SEEKS):
        number = chance.randrange(len(depths))
        shown.engine.seek(depths[number])
        shown.compare(story.steps[number][2], f"{story.name} back at step {number}")

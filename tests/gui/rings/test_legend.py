"""The legend: all that is drawn has its words, and rings have the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from relayviz.gui.rings.layout import arrange
from relayviz.gui.rings.panel import LEAST_PART, RingsPanel
from tests.gui.states import FakeController, Playground

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> RingsPanel:
    """Rings of four CPUs."""
    controller = FakeController()
    made = RingsPanel(controller)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.setParent(None)
    made.show()
    channel = Playground(cpus=4, subbuf_size=64, n_subbufs=4)
    channel.write(0, 20)
    controller.show(channel.snapshot())
    made.controller_kept = controller  # type: ignore[attr-defined]
    return made


def sized(panel: RingsPanel, width: int, height: int) -> float:
    """Give it a size; return how large its rings are, as a part of what there would be alone."""
    panel.resize(width, height)
    panel.layout().activate()  # type: ignore[union-attr]
    alone = arrange(4, width, height).outer
    return arrange(4, panel.view.width(), panel.view.height()).outer / alone


def test_the_outline_of_what_is_being_written_is_told(panel: RingsPanel) -> None:
    assert "write position, being written, consumer position" in (
        panel.legend.accessibleDescription()
    )


def test_it_is_below_the_rings_where_there_is_room(panel: RingsPanel) -> None:
    assert sized(panel, 620, 600) >= LEAST_PART
    assert panel.legend.y() >= panel.view.geometry().bottom()
    assert panel.legend.width() == panel.width()
    assert not panel.legend.toolTip()


def test_it_is_beside_them_where_they_are_larger_by_that(panel: RingsPanel) -> None:
    assert sized(panel, 900, 190) > 0.99
    assert panel.legend.x() >= panel.view.geometry().right()
    assert panel.legend.heightForWidth(panel.legend.width()) <= panel.height()


def test_it_is_folded_where_it_would_take_their_room(panel: RingsPanel) -> None:
    assert sized(panel, 230, 240) >= LEAST_PART
    assert panel.legend.is_folded
    assert panel.legend.height() < 2 * panel.legend.line_height
    assert panel.legend.toolTip() == panel.legend.accessibleDescription()
    drawings = panel.picture().drawings
    assert drawings[1].height > 3 * panel.legend.line_height, "a picture has all of it"
    sized(panel, 620, 600)
    assert not panel.legend.is_folded

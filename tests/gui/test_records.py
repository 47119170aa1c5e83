"""Records in pieces on screen: the Log, the Fate dock and its table name a torn one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from relayviz.gui.fate.sentences import bin_words
from relayviz.gui.log.model import OPERATION
from relayviz.gui.log.panel import LogPanel
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation

if TYPE_CHECKING:
    from relayviz.gui.fate import FatePanel
    from tests.gui.conftest import Driver

TORN = "record 3 is torn: 1 of 2 pieces kept, lost: event 3 (refused: buffer full, step 3)"


@pytest.fixture
def torn(driver: Driver) -> Driver:
    """A message over two sub-buffers, of which there is one."""
    driver.controller.open_channel(ChannelConfig(cpus=1, n_subbufs=1, subbuf_size=136))
    driver.settle()
    pieces = [Operation(Kind.WRITE, 0, length, record="3") for length in (36, 64)]
    driver.controller.submit(Operation(Kind.WRITE, 0, 100), *pieces)
    driver.settle()
    return driver


def test_the_log_names_the_record_and_says_what_became_of_it(torn: Driver) -> None:
    panel = torn.window.docks["log"].panel
    assert isinstance(panel, LogPanel)
    cell = panel.model.index(2, OPERATION)
    assert panel.model.data(cell) == "relay_write(36 B) on cpu 0, event 2 of record 3"
    tip = str(panel.model.data(cell, Qt.ItemDataRole.ToolTipRole))
    assert tip.endswith(f"\n{TORN}")
    torn.controller.seek(2)
    torn.settle()
    tip = str(panel.model.data(cell, Qt.ItemDataRole.ToolTipRole))
    assert tip.endswith("\nrecord 3: no piece of 1 is lost")
    later = panel.model.index(3, OPERATION)  # not done yet: nothing is said of what will be
    assert "record 3:" not in str(panel.model.data(later, Qt.ItemDataRole.ToolTipRole))


def test_the_fate_of_a_piece_says_that_its_record_is_torn(torn: Driver) -> None:
    torn.window.focus_dock("fate")
    torn.settle()
    panel: FatePanel = torn.window.docks["fate"].panel  # type: ignore[assignment]
    index = panel.index
    assert index is not None
    assert bin_words(index, 0, 1, 1, 3).endswith(f"\npiece 1 of {TORN}")
    assert bin_words(index, 0, 2, 1, 3).endswith(f"\npiece 2 of {TORN}")
    assert "piece" not in bin_words(index, 0, 0, 1, 3)
    table = panel.events.model
    tip = table.data(table.index(1, 0), Qt.ItemDataRole.ToolTipRole)
    assert str(tip).endswith(f"\npiece 1 of {TORN}")

"""Sizes that are told can be opened; a load is called changed only when it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz.model.findings.advice import Advice, told
from relayviz.model.findings.finding import Finding, Severity
from relayviz.model.load.presets import PRESETS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from relayviz.gui.findings import FindingsPanel
    from relayviz.gui.load import LoadPanel
    from tests.gui.live.conftest import LiveDriver


def test_a_channel_with_the_sizes_that_are_told_is_opened_and_runs(
    live: LiveDriver, qtbot: QtBot
) -> None:
    fake = live.open_live(cpus=3, subbuf_size=512, n_subbufs=4)
    load = PRESETS["stalls"]
    live.controller.running.set_load(load)
    config = replace(fake.config, subbuf_size=1024, n_subbufs=24)
    fake.findings = (told(Advice(config, lossless=True, runs=2, seconds=1.0)),)
    live.window.focus_dock("findings")
    live.run(3)
    panel: FindingsPanel = live.panel("findings")  # type: ignore[assignment]
    (card,) = panel.cards.values()
    qtbot.waitUntil(card.opener.isVisible)
    live.click(card.opener)
    assert len(live.controller.tabs) == 3, "the example, the channel, and the new one"
    assert live.controller.current == 2
    opened = live.fake
    assert opened is not fake
    assert (opened.config.subbuf_size, opened.config.n_subbufs) == (1024, 24)
    assert opened.config.cpus == 3
    assert opened.load == load
    assert opened.running
    assert live.controller.tab is not None
    assert "24 × 1024 B" in live.controller.tab.title


def test_other_findings_offer_no_channel(live: LiveDriver) -> None:
    fake = live.open_live()
    config = replace(fake.config, n_subbufs=99)
    none_helps = told(Advice(config, reason="Nobody reads."))
    fake.findings = (none_helps, Finding(None, Severity.LOSS, (0,), "Something was lost."))
    live.window.focus_dock("findings")
    live.run(3)
    panel: FindingsPanel = live.panel("findings")  # type: ignore[assignment]
    assert [card.opener.isVisible() for card in panel.cards.values()] == [False, False]


def test_a_load_is_called_changed_only_when_it_is(live: LiveDriver) -> None:
    live.open_live()
    live.window.focus_dock("load")
    panel: LoadPanel = live.panel("load")  # type: ignore[assignment]
    assert panel.presets.currentText() == "steady", "nothing was changed yet"
    rate = next(field for row, field in panel.form.lines.items() if row.id == "writing.rate")
    before = rate.text()
    rate.setText("123")
    panel.form._edited()
    panel.apply()
    assert panel.presets.currentText() == "(changed)"
    rate.setText(before)
    panel.form._edited()
    panel.apply()
    assert panel.presets.currentText() == "steady", "it is as it was"

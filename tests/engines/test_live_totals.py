"""The figures of a whole run that conditions name, counted another way."""

from __future__ import annotations

import numpy as np
import pytest

from relayviz.engines.live.simulation import Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.state import LOSSES
from relayviz.model.findings.measured import MADE
from relayviz.model.live.totals import NAMES, VERIFIED_WORDS, is_made, totals
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import Load, ReaderKind, Reading, Writing
from tests.engines.running import live_of


@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
def test_each_figure_is_what_its_name_says(mode: Mode) -> None:
    config = ChannelConfig(subbuf_size=1000, n_subbufs=4, cpus=3, mode=mode, header=8)
    load = Load(Writing(20_000.0), Reading(ReaderKind.READ, pace=0.07), flush_every=0.2)
    simulation = Simulation(config, load, Simulated(seed=3))
    try:
        simulation.run(1.5)
        seen = simulation.snapshot
    finally:
        simulation.close()
    found = totals(seen, live_of(seen))
    assert set(found) == set(NAMES)
    rows = range(seen.rows)
    accounts = [seen.account(row) for row in rows]
    for name in ("attempted", "accepted", "consumed", "unread", *LOSSES):
        assert found[name] == sum(account[name].events for account in accounts), name
    lost = [seen.total_lost(row) for row in rows]
    assert found["lost"] == sum(one.events for one in lost) > 0
    assert found["lost_bytes"] == sum(one.bytes for one in lost)
    assert found["lost_share"] == pytest.approx(found["lost"] / found["attempted"])
    assert found["rate"] == pytest.approx(found["accepted"] / 1.5)
    assert found["bytes_rate"] == pytest.approx(found["accepted_bytes"] / 1.5)
    produced = [int(seen.buffers["produced"][row]) for row in rows]
    ready = [seen.ready(row) for row in rows]
    assert found["produced"] == sum(produced)
    assert found["ready"] == max(ready)
    assert found["released"] == sum(produced) - sum(ready)
    assert found["fill"] == max(ready) / 4
    padding = sum(produced) * 1000 - int(np.sum(seen.buffers["file_size"]))
    assert found["padding_share"] == pytest.approx(padding / (sum(produced) * 1000))
    assert 0 < found["padding_share"] < 1
    assert (found["cpus"], found["subbuf_size"], found["n_subbufs"]) == (3, 1000, 4)
    for name in VERIFIED_WORDS:
        assert found[name] == sum(getattr(live_of(seen).verified, name).tolist())
    faults = [one for one in live_of(seen).findings if one.fault is not None]
    assert found["findings"] == len(faults)
    assert found["asked"] == live_of(seen).asked
    assert found["seconds"] == pytest.approx(1.5)


def test_nothing_is_a_share_of_nothing() -> None:
    config = ChannelConfig(subbuf_size=1000, n_subbufs=4)
    simulation = Simulation(config, Load(Writing(1.0)), Simulated())
    try:
        seen = simulation.snapshot
        found = totals(seen, live_of(seen))
    finally:
        simulation.close()
    names = ("produced", "padding_share", "lost_share", "fill", "rate")
    assert [found[name] for name in names] == [0] * 5


@pytest.mark.parametrize(("made", "enough"), [(94, False), (95, True), (100, True)])
def test_a_load_is_made_from_95_percent_on(made: int, *, enough: bool) -> None:
    assert MADE == 0.95
    assert is_made({"attempted": made, "asked": 100}) is enough

"""Each ready-made load does what its name says, and nothing else is wrong with it."""

from __future__ import annotations

import pytest

from relayviz.engines.live.simulation import Simulation
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.findings.finding import Fault
from relayviz.model.load.clock import Simulated
from relayviz.model.load.load import AS_FAST_AS_IT_GOES
from relayviz.model.load.presets import PRESETS
from tests.engines.running import live_of

SHOWN: dict[str, tuple[set[Fault], set[Fault]]] = {
    "steady": (set(), set()),
    "bursts": ({Fault.TOO_SLOW}, {Fault.LAPPED}),
    "slow consumer": ({Fault.TOO_SLOW}, {Fault.LAPPED}),
    "stalls": ({Fault.STALLED}, {Fault.STALLED}),
    "flight recorder": ({Fault.NO_READER}, set()),
    "never reports": ({Fault.NOT_REPORTING}, {Fault.NOT_REPORTING}),
    "reports too much": ({Fault.REPORTS_TOO_MUCH}, {Fault.REPORTS_TOO_MUCH}),
    "mixed sizes": ({Fault.PADDING}, {Fault.PADDING}),
    "flushed by the clock": ({Fault.EMPTY_FLUSHED}, {Fault.EMPTY_FLUSHED}),
}
"""What is found without and with overwriting."""


@pytest.mark.parametrize("title", SHOWN)
@pytest.mark.parametrize("mode", [Mode.NO_OVERWRITE, Mode.OVERWRITE])
def test_a_load_shows_what_it_is_called(title: str, mode: Mode) -> None:
    config = ChannelConfig(subbuf_size=4096, n_subbufs=8, cpus=2, mode=mode)
    simulation = Simulation(config, PRESETS[title], Simulated(seed=1))
    try:
        simulation.run(7.0)
        found = live_of(simulation.snapshot).findings
    finally:
        simulation.close()
    faults = {one.fault for one in found if one.fault is not None}
    assert faults == SHOWN[title][mode is Mode.OVERWRITE]


def test_what_is_as_fast_as_it_goes_waits_for_nothing() -> None:
    (left,) = set(PRESETS) - set(SHOWN)
    assert left == "as fast as it goes"
    assert PRESETS[left].writing.rate == AS_FAST_AS_IT_GOES
    assert PRESETS[left].reading.pace == 0

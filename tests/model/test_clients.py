"""Known clients: their table is that of the kernel's sources, and their trouble does appear."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from relayviz.engines.live.simulation import SimulatedEngine
from relayviz.engines.step.play import play
from relayviz.model.channel.config import Mode
from relayviz.model.clients import clients
from relayviz.model.live.totals import totals
from relayviz.model.session.scenario import scenarios

if TYPE_CHECKING:
    from relayviz.model.clients import Client

EACH = pytest.mark.parametrize("client", clients(), ids=lambda one: one.scenario)
#: Sub-buffer size and number, mode, global: read off the kernel's sources once more.
TABLE = {
    "blktrace": (512 << 10, 4, Mode.NO_OVERWRITE, False),
    "i915 GuC log": (76 << 10, 8, Mode.NO_OVERWRITE, True),
    "ath9k spectral scan": (1024, 256, Mode.DEFAULT, True),
    "ath10k spectral scan": (1140, 2500, Mode.DEFAULT, True),
    "ath11k spectral scan": (278, 2870, Mode.DEFAULT, True),
    "ath11k CFR": (8200, 255, Mode.DEFAULT, True),
    "mt7915, mt7996 fwlog": (1500, 512, Mode.DEFAULT, True),
    "iosm, t7xx modem": (131072, 32, Mode.NO_OVERWRITE, True),
    "SystemTap": (4096, 4096, Mode.NO_OVERWRITE, False),
}
#: What the scenario of each shows: the account's entry and the number, by arithmetic.
TROUBLE = {
    "blktrace": ("refused_full", 400 - 4 * (4096 // 48)),
    "i915 GuC log": ("refused_full", 10 - 8),
    "ath9k spectral scan": ("refused_full", 3400 - 256 * (1024 // 76)),
    "ath10k spectral scan": (None, (12 - 2 * (1140 // 285)) * 285),
    "ath11k spectral scan": ("discarded_reset", 20 - 5),
    "ath11k CFR": ("refused_full", 3),
    "mt7915, mt7996 fwlog": ("discarded_reset", 4 - 1),
    "iosm, t7xx modem": (None, 131072 // 1000),
    "SystemTap": ("refused_full", 1),
}


def test_all_of_the_table_are_there() -> None:
    found = {
        one.name: (
            one.config.subbuf_size,
            one.config.n_subbufs,
            one.config.mode,
            one.config.is_global,
        )
        for one in clients()
    }
    assert found == TABLE


@EACH
def test_channel_and_load_can_be_used(client: Client) -> None:
    assert client.config.problems() == {}
    assert client.load.problems() == {}
    assert client.load.title == client.name
    assert client.load.writing.sizes.longest <= client.config.subbuf_size


@EACH
def test_its_trouble_appears_with_the_number_that_is_told(client: Client) -> None:
    session = next(one.session for one in scenarios() if one.name == client.scenario)
    entry, number = TROUBLE[client.name]
    assert re.search(rf"\b{number}\b", session.text.replace(",", ""))
    channel = session.config
    assert (channel.mode, channel.is_global) == (client.config.mode, client.config.is_global)
    assert channel.subbuf_size in (client.config.subbuf_size, 4096)
    engine = play(session, ())
    try:
        assert engine.wait_idle(60)
        account = engine.snapshot.account(0)
        lost = Counter({name: count.events for name, count in engine.snapshot.lost(0).items()})
        if entry is not None:
            assert account[entry].events == number
        else:
            assert lost.total() == 0
    finally:
        engine.close()


@EACH
def test_its_load_runs_on_its_channel(client: Client) -> None:
    """On a simulated clock: each client's records come, and its consumer gets them."""
    engine = SimulatedEngine(client.config, client.load)
    try:
        engine.start()
        while engine.snapshot.live is None or engine.snapshot.live.seconds < 0.5:
            assert not engine.snapshot.closed
        engine.pause()
        assert engine.wait_idle(60)
        live = engine.snapshot.live
        assert live is not None
        found = totals(engine.snapshot, live)
        assert found["attempted"] > 0
        assert found["torn"] == 0
    finally:
        engine.close()

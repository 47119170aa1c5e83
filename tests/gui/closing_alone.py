"""A tab that is closed leaves nothing behind; run by test_closing in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gui.closing import Use, held

if TYPE_CHECKING:
    from tests.gui.conftest import Driver

MEGABYTES, TABS = 16, 3
MARGIN = MEGABYTES << 20  # less than the memory of one channel of the seven or more that there were
ARENAS = 2 * 8 * 2 + 8  # mappings that malloc may keep for threads, and Python for objects


def test_closing_tabs_frees_everything(driver: Driver) -> None:
    driver.controller.may_close = lambda _tab: True
    first = Use(driver.window, MEGABYTES)
    first.tab()
    first.close()
    start = held(collected=True)
    use = Use(driver.window, MEGABYTES)
    for _ in range(TABS):
        use.tab()
    used = held(collected=False)
    assert used.mappings > start.mappings
    assert used.resident > start.resident + 2 * MARGIN
    use.close()
    at_once = held(collected=False)
    assert at_once.mappings == start.mappings == 0, "channels wait for Python to collect them"
    assert at_once.descriptors <= start.descriptors
    end = held(collected=True)
    alive = [one() for one in (*first.engines, *use.engines) if one() is not None]
    assert not alive
    assert len(use.engines) >= 2 * TABS
    assert end.threads <= start.threads
    assert end.others <= start.others + ARENAS
    assert end.resident < start.resident + MARGIN

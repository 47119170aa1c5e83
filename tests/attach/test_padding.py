"""From how much padding on a channel of another process is said to be mostly that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from relayviz.engines.attach.viewing import evident
from relayviz.model.findings.finding import Fault

if TYPE_CHECKING:
    from relayviz.model.findings.finding import Finding

SIZE = 64


def found(monkeypatch: pytest.MonkeyPatch, finished: int, padding: int) -> list[Finding]:
    """Look for padding in a buffer with some finished sub-buffers, each with so many bytes."""
    position = SimpleNamespace(
        oldest=9, produced=9 + finished, n_subbufs=8, padding=(padding,) * 8, writer=None
    )
    monkeypatch.setattr(evident, "position_of", lambda _: position)
    row: Any = SimpleNamespace(look=SimpleNamespace(cpu=3, told=SimpleNamespace(subbuf_size=SIZE)))
    return list(evident._padding([row]))


@pytest.mark.parametrize(
    ("finished", "padding", "is_told"), [(4, 16, True), (3, 60, False), (4, 15, False)]
)
def test_a_quarter_of_at_least_four(
    monkeypatch: pytest.MonkeyPatch, finished: int, padding: int, is_told: bool
) -> None:
    told = found(monkeypatch, finished, padding)
    assert [one.fault for one in told] == [Fault.PADDING] * is_told
    if told:
        assert told[0].text.startswith("Padding takes 25 % of the 4 finished sub-buffers")

"""A search for a state in which a sentence is false, in sessions made by hypothesis.

Each claim of the Log, of Fate, of Why and of Compare is held against the reference, which does the
same operations, and against plain books of what was put where and what was read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from tests.sentences import event_claims, log_claims, window_claims
from tests.sentences.playing import BEGIN, CONFIGS, OPERATIONS, Session

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.channel.operation import Operation

EXAMPLES = 3000 if os.environ.get("RELAYVIZ_SOAK") else 150
SEARCH = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@given(CONFIGS, OPERATIONS)
@SEARCH
def test_the_log_is_true(config: ChannelConfig, operations: list[Operation]) -> None:
    with Session(config) as session:
        for moment in session.play(BEGIN + operations):
            assert log_claims.wrong(session, moment) == [], moment.step.operation


@given(CONFIGS, OPERATIONS)
@SEARCH
def test_fate_why_and_compare_are_true(config: ChannelConfig, operations: list[Operation]) -> None:
    with Session(config) as session:
        for _ in session.play(BEGIN + operations):
            pass
        assert list(event_claims.wrong(session)) == []


@given(CONFIGS, OPERATIONS)
@SEARCH
def test_the_window_is_true(config: ChannelConfig, operations: list[Operation]) -> None:
    """What status bar, tooltips, docks and notes say at the end of a session."""
    with Session(config) as session:
        for _ in session.play(BEGIN + operations):
            pass
        assert list(window_claims.wrong(session)) == []

"""Findings name whose doing it is: the writer's, the reader's, another reader's."""

from __future__ import annotations

from typing import Any

from relayviz.model.findings.finding import Fault, Severity
from relayviz.model.findings.findings import findings
from tests.model.measuring import MAPPED, RECORDER, measured, only, text_of


def test_what_nobody_had_got_is_told_of_reports_alone() -> None:
    """A read that reached the end of a sub-buffer releases it before its events are verified."""
    assert findings(measured(unseen=2000)) == ()


def test_what_the_account_has_as_released_unread() -> None:
    """By a report it was reported too much; by read nobody reports, and it was passed over."""
    reported, read = measured(**MAPPED), measured()
    assert findings(reported) == findings(read) == ()
    for one in (reported, read):
        one.account["released_unread"]["events"] = 30
    assert "30 events given back unread." in text_of(reported)
    found = only(findings(read))
    assert (found.fault, found.severity) == (Fault.DISPLACED, Severity.LOSS)
    assert found.text == (
        "Reading went on elsewhere than where it had ended."
        " 30 events in sub-buffers released before all of it was read."
    )


def test_what_calls_under_way_may_release_is_nobody_elses() -> None:
    """Released is told before who released it."""
    three: dict[str, Any] = {"released": 103, "reported": 100}
    assert findings(measured(releasing=3, **three)) == ()
    assert text_of(measured(releasing=2, **three)).startswith("Somebody else reads this buffer")


def test_torn_events() -> None:
    torn = measured(RECORDER, torn=25)
    assert text_of(torn) == (
        "25 events (0.2 % of those read) torn: the writer came round while they were read."
    )


def test_events_torn_by_who_read_elsewhere() -> None:
    """The writer is not blamed for what it did not do, nor the reader for what it did."""
    alone = measured(torn=25, displaced=25)
    assert text_of(alone) == (
        "Reading went on elsewhere than where it had ended."
        " 25 events (0.2 % of those read) torn: not by the writer."
    )
    told = findings(measured(RECORDER, torn=25, displaced=5))
    assert [one.fault for one in told] == [Fault.DISPLACED, Fault.TORN]
    assert told[0].text.endswith(" 5 events (< 0.1 % of those read) torn: not by the writer.")
    assert told[1].text.startswith("20 events (0.2 % of those read) torn: the writer came round")
    between = measured(torn=0, displaced=1, intact=0)  # looked at while it was counted
    assert "1 event (100 % of those read) torn: not by the writer" in text_of(between)

"""Findings from made-up measurements: the sentence, its numbers, and what explains what.

That a real channel with a fault is found out is tested with live ones: tests/engines/test_faults.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from relayviz.engines.inside.building import STOP_NAMES
from relayviz.engines.inside.play import play
from relayviz.model.findings.finding import SCENARIOS, Fault, Severity
from relayviz.model.findings.findings import RULES, findings
from relayviz.model.inside.examples import example_text, examples, is_example
from relayviz.model.inside.file import loads
from relayviz.model.numbers import THIN
from relayviz.model.session.scenario import scenarios
from tests.model.measuring import MAPPED, RECORDER, SMALL, measured, only, text_of


@pytest.mark.parametrize("fault", SCENARIOS)
def test_races_have_a_scenario_that_shows_them(fault: Fault) -> None:
    name = SCENARIOS[fault]
    assert name in [one.name for one in (*scenarios(), *examples())]
    if not is_example(name):
        return
    _, played = play(loads(example_text(name), STOP_NAMES))
    assert played.holds
    assert played.judged[{Fault.TORN: "torn", Fault.SHARED: "twice"}[fault]] > 0


def test_a_healthy_channel_has_none() -> None:
    assert findings(measured()) == ()
    assert findings(measured(RECORDER)) == ()
    assert findings(measured(events=0, produced=0, intact=0, visits=0, reports=0)) == ()


def test_nobody_reads() -> None:
    silent: dict[str, Any] = {
        "visits": 0,
        "reads": 0,
        "reports": 0,
        "intact": 0,
        "consumed": 0,
        "ready": 8,
    }
    refused = measured(refused=9000, **silent)
    assert text_of(refused) == "Nobody reads: all 8 sub-buffers are full, 9 000 events refused."
    recorder = measured(RECORDER, overwritten=9500, **silent)
    (found,) = findings(recorder)
    assert (found.fault, found.severity) == (None, Severity.GOOD)  # as it should be
    assert found.text.replace(THIN, " ") == (
        "A flight recorder: nobody reads, 9 500 events overwritten,"
        " the newest 8 sub-buffers are kept."
    )


def test_not_reporting() -> None:
    mute: dict[str, Any] = {"reports": 0, "last": 0.0, "consumed": 0, "forgotten": 64, **MAPPED}
    refused = measured(refused=9488, unread=512, intact=512, ready=8, **mute)
    assert text_of(refused) == (
        "Consumer has not reported for 10.0 s: all 8 sub-buffers are full, 9 488 events refused."
    )
    over = measured(RECORDER, overwritten=9000, unread=512, intact=9000, ready=39, **mute)
    assert text_of(over) == (
        "Consumer has not reported for 10.0 s: 39 sub-buffers count as ready, there are 8."
    )


def test_some_reports_left_out_in_overwrite_mode() -> None:
    """The last report is never long ago then, and nothing of what counts as ready is unread."""
    some = measured(RECORDER, forgotten=50, reports=50, overwritten=5000, ready=39, **MAPPED)
    assert text_of(some) == (
        "Consumer left out 50 of 100 reports: 39 sub-buffers count as ready, there are 8."
    )


def test_reports_too_much() -> None:
    assert "2 000 events given back unread. 7 reports named more" in text_of(
        measured(unseen=2000, clamped=7, **MAPPED)
    )


def test_reports_that_are_ignored() -> None:
    ignored = measured(ignored=41, reports=41, refused=9000, ready=8, unread=512, **MAPPED)
    assert text_of(ignored) == (
        "41 of 41 reports ignored: each named more than the 8 sub-buffers there are."
    )


def test_a_stall() -> None:
    stall = measured(refused=4000, away=1.0, stalls=3, stalled_lost=4000, backlog=64_000)
    found = only(findings(stall))
    assert found.fault is Fault.STALLED
    assert found.text.replace(THIN, " ") == (
        "Consumer stays away for up to 1.0 s, else it comes every 7 ms:"
        " up to 62 KiB had to wait at a time, 8 sub-buffers hold 32 KiB. 4 000 events refused."
    )
    assert found.helps == "24 sub-buffers of 4 KiB would bridge it."


def test_a_stall_beside_visits_that_are_too_seldom() -> None:
    """Both explain a considerable part; the one that explains more comes first."""
    figures: dict[str, Any] = {"refused": 4000, "away": 1.0, "stalls": 3, "backlog": 64_000}
    more = findings(measured(stalled_lost=3000, **figures))
    less = findings(measured(stalled_lost=1000, **figures))
    assert [one.fault for one in more[:2]] == [Fault.STALLED, Fault.TOO_SLOW]
    assert [one.fault for one in less[:2]] == [Fault.TOO_SLOW, Fault.STALLED]
    assert "3 000 of them because it was away." in more[0].text.replace(THIN, " ")


def test_a_consumer_that_comes_too_seldom() -> None:
    seldom = measured(refused=4000, visits=10, reports=10, reported=75, backlog=65_536)
    assert text_of(seldom) == (
        "Consumer comes every 1.0 s: up to 64 KiB had to wait at a time, 8 sub-buffers hold"
        " 32 KiB. 4 000 events refused."
    )


def test_room_and_what_waits_never_contradict_each_other() -> None:
    """The room is a mean: what had to wait can be less than that, and is not told then."""
    less = measured(refused=40, backlog=20_000)
    assert (
        text_of(less)
        == "Consumer comes every 10 ms: its 8 sub-buffers hold 32 KiB. 40 events refused."
    )
    close = measured(refused=40, backlog=32_900)
    assert "up to 32 900 B had to wait at a time, 8 sub-buffers hold 32 KiB" in text_of(close)


def test_a_consumer_that_takes_too_little() -> None:
    little = measured(
        refused=4000, consumed=6000, reported=100, visits=100, losing_visits=90, emptying_visits=0
    )
    found = findings(little)
    assert text_of(little) == (
        "Consumer is too slow: it takes 60 % of the 62 KiB/s that come,"
        " 1.0 sub-buffers every 100 ms. 4 000 events refused."
    )
    assert found == (only(found),)  # no size is suggested


def test_what_comes_and_what_is_taken_are_never_told_alike() -> None:
    nearly = measured(
        refused=1, consumed=9999, reported=100, visits=100, losing_visits=1, emptying_visits=0
    )
    assert "it takes > 99.9 % of the 62 KiB/s that come" in text_of(nearly)


def test_a_consumer_that_was_not_there_when_something_came() -> None:
    """A break on the first loss can come before its second visit."""
    early = measured(refused=1, consumed=0, reported=0, visits=1, backlog=32_800)
    assert text_of(early) == (
        "Consumer has taken nothing in 10.0 s: up to 32 800 B had to wait at a time,"
        " 8 sub-buffers hold 32 KiB. 1 event refused."
    )


def test_a_lapped_reader() -> None:
    lapped = measured(RECORDER, overwritten=4000, lapped=8, visits=10, backlog=65_536)
    found = only(findings(lapped))
    assert found.fault is Fault.LAPPED
    assert found.text.replace(THIN, " ") == (
        "Reader is lapped every 1.2 s: it comes every 1.0 s, up to 64 KiB had to wait at a time,"
        " 8 sub-buffers hold 32 KiB. 4 000 events overwritten."
    )


def test_a_header_that_burns() -> None:
    config = replace(SMALL, header=64)
    burns = measured(config, header=64, too_big=10_000, burned=9_990, last_toobig=4064)
    assert text_of(burns) == (
        "Events of 4 064 B do not fit beside the header (64 B of 4 096 B):"
        " 10 000 events lost, and 9 990 sub-buffers used up for them."
    )


def test_events_that_are_too_big() -> None:
    big = measured(too_big=12, last_toobig=5000)
    found = only(findings(big))
    assert found.text.replace(THIN, " ") == (
        "12 events longer than a sub-buffer of 4 096 B; the last has 5 000 B."
    )
    assert found.helps.replace(THIN, " ") == "Take sub-buffers of at least 5 000 B."


def test_one_sub_buffer_only() -> None:
    one = measured(replace(SMALL, n_subbufs=1), refused=4000)
    assert text_of(one).startswith("One sub-buffer only: nothing fits while it waits")
    wiped = measured(replace(RECORDER, n_subbufs=1), overwritten=4000, lapped=99)
    assert text_of(wiped).startswith("One sub-buffer only: each switch wipes")


def test_flushes_of_idle_cpus() -> None:
    flushed = measured(events=0, produced=90, padding=4096, flushed=90, flushed_empty=90)
    assert text_of(flushed) == (
        "relay_flush finished 90 sub-buffers without an event; each takes one of 8."
    )


def test_a_read_behind_an_empty_sub_buffer() -> None:
    misread = measured(flushed=9, flushed_empty=9, unwritten=4096, twice=3)
    gave = "read() gave 4 096 B without the beginning of an event and 3 events a second time"
    assert gave in text_of(misread)


@pytest.mark.parametrize(
    ("figures", "text", "helps"),
    [
        (
            {"event": 96, "padding": 64},
            "96-byte events leave 64 B (1.6 %)",
            "Sub-buffers of 4 128 B would waste nothing.",
        ),
        (
            {"event": 1000, "padding": 80, "header": 16},
            "1000-byte events leave 80 B (2.0 %)",
            "Sub-buffers of 4 016 B would waste nothing.",
        ),
        (
            {"event": 60, "padding": 100},
            "Events of 60 B (the mean) leave 100 B (2.4 %)",
            "Sub-buffers of 16 KiB would waste about 0.6 %.",
        ),
    ],
)
def test_padding(figures: dict[str, Any], text: str, helps: str) -> None:
    found = only(findings(measured(**figures)))
    assert found.text.replace(THIN, " ") == f"{text} of each sub-buffer as padding."
    assert found.helps.replace(THIN, " ") == helps


def test_padding_of_flushes_is_not_the_sizes_fault() -> None:
    """1024 B at the end of each sub-buffer, a quarter of the room: all of it left by flushes."""
    (found,) = findings(measured(padding=1024, flushed=160, flush_padding=160 * 1024))
    assert (found.fault, found.severity) == (Fault.FLUSHED, Severity.WARNING)
    assert found.text.replace(THIN, " ") == (
        "relay_flush finishes 100 % of the sub-buffers, they hold 48.0 events (3 KiB of 4 096 B)"
        " on average: room for 384 events, not 512."
    )


def test_flushes_that_lose() -> None:
    """One event in each sub-buffer: room for 8, where 512 could be; all that is lost is by that."""
    one: dict[str, Any] = {
        "padding": 4032,
        "produced": 6000,
        "flushed": 6000,
        "flush_padding": 6000 * 4032,
    }
    flushed = measured(refused=4000, backlog=1000, **one)
    found = only(findings(flushed))
    assert (found.fault, found.severity) == (Fault.FLUSHED, Severity.LOSS)
    assert found.text.replace(THIN, " ") == (
        "relay_flush finishes 100 % of the sub-buffers, they hold 1.0 events (64 B of 4 096 B)"
        " on average: room for 8 events, not 512. 4 000 events refused."
    )


def test_a_few_flushes_hide_no_other_cause() -> None:
    figures: dict[str, Any] = {"refused": 4000, "backlog": 65_536, "flushed_empty": 1}
    found = findings(measured(flushed=1, flush_padding=4096, **figures))
    assert [one.fault for one in found[:2]] == [Fault.TOO_SLOW, Fault.EMPTY_FLUSHED]


def test_a_load_that_was_not_made() -> None:
    slow = measured(asked=100_000, refused=1, backlog=40_000)
    text = [one.text.replace(THIN, " ") for one in findings(slow) if one.fault is Fault.NOT_MADE]
    said = "The load was not made: of 100 000 events asked for 10 000 were tried (10 %), 1 k/s: its"
    assert text == [f"{said} threads could not keep up, or stood still."]
    assert any("For what was made of this load" in one.text for one in findings(slow))
    assert findings(measured(asked=10_500)) == ()  # 95.2 % is enough
    asleep = only(findings(measured(slept=12.0)))
    assert asleep.text == "The machine slept for 12.0 s while it ran."


def test_others_that_read() -> None:
    shared = measured(released=200, reported=100, **MAPPED)
    found = only(findings(shared))
    assert found.fault is Fault.SHARED
    assert "100 of 200 sub-buffers consumed were released by others" in found.text
    assert findings(measured(released=100, reported=90, skipped=10)) == ()  # lapped, by read


def test_sub_buffers_that_fill_slowly() -> None:
    slow = measured(events=100, produced=1, **MAPPED)
    found = only(findings(slow))
    assert found.fault is Fault.FILLS_SLOWLY
    assert found.text == (
        "A sub-buffer of 4 KiB takes 6.4 s to fill at 640 B/s, and a consumer by poll or mmap sees"
        " nothing of it before: 1 was finished in 10.0 s."
    )
    assert found.helps == "Sub-buffers of 320 B would fill in 500 ms; or flush by the clock."
    followed = measured(replace(SMALL, subbuf_size=320), events=100, produced=20, **MAPPED)
    assert findings(followed) == ()
    assert findings(measured(events=100, produced=1)) == ()  # read() sees unfinished ones, too


def test_the_same_fault_on_several_cpus_is_told_once_with_the_worst() -> None:
    rows = 4
    refused = np.array([0, 10, 90, 0], np.uint64)
    several = measured(rows=rows, backlog=65_536)
    several.account["refused_full"]["events"] = refused
    found = only(findings(several))
    assert found.cpus == (1, 2)
    assert found.show is not None
    assert found.show.cpu == 2
    assert found.text.endswith(
        "90 events refused. That is cpu 2, the worst of 2; on all of them 100 events lost by this."
    )


def test_what_all_cpus_have_names_none() -> None:
    assert only(findings(measured(rows=3, torn=1))).cpus == ()


def test_the_gravest_comes_first() -> None:
    found = findings(measured(too_big=5, last_toobig=5000, torn=1, padding=64, event=96))
    assert [one.severity for one in found] == sorted(
        (one.severity for one in found), key=list(Severity).index
    )
    assert found[0].fault is Fault.TOO_BIG
    assert len(found) == 3


def test_an_estimate_is_told_as_one() -> None:
    stall = measured(refused=4000, away=1.0, stalls=3, stalled_lost=4000, backlog=64_000)
    good = [one for one in findings(stall) if one.fault is None]
    assert [one.text for one in good] == [
        "At this load 24 sub-buffers of 4 KiB should lose nothing."
    ]


def test_every_fault_has_a_rule() -> None:
    assert {rule.fault for rule in RULES} == set(Fault)

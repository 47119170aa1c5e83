"""Findings where they begin and end: at thresholds, beside rows that a rule is not about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from relayviz.model.findings.advice import enough
from relayviz.model.findings.causes import by_burns, by_flushes, by_stalls, by_visits
from relayviz.model.findings.finding import Fault
from relayviz.model.findings.findings import findings
from relayviz.model.findings.measured import Gaps
from relayviz.model.findings.writer import better_size
from tests.model.measuring import RECORDER, SMALL, measured

if TYPE_CHECKING:
    from relayviz.model.channel.config import ChannelConfig
    from relayviz.model.findings.finding import Finding
    from relayviz.model.findings.measured import Measured

SLOW: dict[str, Any] = {
    **dict.fromkeys(("reported", "visits"), 100),
    "losing_visits": 90,
    "emptying_visits": 0,
    "backlog": 100 * 4096,
}
"""A consumer that leaves something behind at each visit at which something was lost."""


def of(fault: Fault, found: tuple[Finding, ...]) -> Finding:
    (one,) = (one for one in found if one.fault is fault)
    return one


# -- the worst of several --------------------------------------------------------------------------


def column(*values: int) -> np.ndarray:
    return np.array(values, np.uint64)


def test_the_worst_is_one_that_has_the_fault() -> None:
    """CPU 1 loses most of all, and somebody reads it: nobody reads the two others."""
    several = measured(
        rows=3,
        visits=column(0, 1000, 0),
        reads=column(0, 1000, 0),
        ready=column(8, 1, 8),
        backlog=column(0, 65_536, 0),
    )
    several.account["refused_full"]["events"] = column(10, 900, 20)
    found = of(Fault.NO_READER, findings(several))
    assert found.cpus == (0, 2)
    assert found.show is not None
    assert found.show.cpu == 2
    assert "20 events refused. That is cpu 2, the worst of 2" in found.text
    assert "on all of them 30 events lost by this" in found.text


def test_where_nothing_was_lost_yet_the_one_that_has_the_fault_is_told() -> None:
    quiet = measured(rows=3, visits=column(9, 9, 0), reads=column(9, 9, 0), ready=column(1, 1, 8))
    found = of(Fault.NO_READER, findings(quiet))
    assert found.cpus == (2,)
    assert found.show is not None
    assert found.show.cpu == 2
    assert "the worst" not in found.text


def test_a_fault_explains_another_where_it_is_met_and_nowhere_else() -> None:
    """CPU 0 never reports; what CPU 1 loses is its own consumer's doing."""
    both = measured(
        rows=2,
        reads=0,
        forgotten=column(64, 0),
        ready=column(8, 1),
        reports=column(0, 100),
        backlog=column(65_536, 65_536),
    )
    both.account["refused_full"]["events"] = column(4000, 3000)
    found = findings(both)
    assert of(Fault.NOT_REPORTING, found).cpus == (0,)
    assert of(Fault.TOO_SLOW, found).cpus == (1,)


# -- advice ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "loss", "fault"),
    [(SMALL, "refused", Fault.TOO_SLOW), (RECORDER, "overwritten", Fault.LAPPED)],
    ids=["no-overwrite", "overwrite"],
)
def test_no_size_is_named_for_a_consumer_that_takes_too_little(
    config: ChannelConfig, loss: str, fault: Fault
) -> None:
    slow = measured(config, **{loss: 4000}, **SLOW)
    assert enough(slow) is None
    assert [one.fault for one in findings(slow)] == [fault]
    helps = of(fault, findings(slow)).helps
    assert "take more at each visit" in helps.lower()
    assert "room" not in helps
    quick = measured(config, **{loss: 4000}, **(SLOW | {"emptying_visits": 90}))
    assert enough(quick) == "128 sub-buffers of 4 KiB"
    assert "more room" in of(fault, findings(quick)).helps


@pytest.mark.parametrize(("emptying", "is_limited"), [(44, True), (45, False)])
def test_who_empties_half_the_time_takes_enough(emptying: int, *, is_limited: bool) -> None:
    figures = SLOW | {"emptying_visits": emptying}
    assert measured(refused=4000, **figures).is_limited.tolist() == [is_limited]
    assert not measured(**figures).is_limited.any()  # nothing is lost


@pytest.mark.parametrize(
    ("subbufs", "named"), [(5, None), (6, None), (7, "12 sub-buffers of 4 KiB")]
)
def test_what_is_no_larger_than_the_present_sizes_is_not_advised(
    subbufs: int, named: str | None
) -> None:
    """Eight sub-buffers there are; two more than had to wait are needed."""
    for config, loss in ((SMALL, "refused"), (RECORDER, "overwritten")):
        assert enough(measured(config, **{loss: 400}, backlog=subbufs * 4096)) == named


def test_no_size_is_named_where_flushes_finish_more_than_there_can_be() -> None:
    figures: dict[str, Any] = {"refused": 400, "backlog": 65_536, "away": 1.0}
    assert enough(measured(flushes=58, **figures)) == "24 sub-buffers of 4 KiB"
    assert enough(measured(flushes=59, **figures)) == "32 sub-buffers of 4 KiB"
    assert enough(measured(flushes=10_061, **figures)) is None


# -- stalls ----------------------------------------------------------------------------------------

Gap = tuple[int, float]
"""How often, and how many seconds each."""


def with_gaps(*gaps: Gap, no_time: int = 0) -> Measured:
    """What was measured when a consumer stayed away so often and so long."""
    visits, lost = np.zeros((2, 1, 32), np.uint64)
    times = np.zeros((1, 32))
    visits[0, 0] = no_time
    for count, long in gaps:
        place = int(long * 1e6).bit_length()
        visits[0, place] += np.uint64(count)
        times[0, place] += count * long
    whole = measured(refused=100, backlog=65_536)
    return replace(whole, consumers=replace(whole.consumers, gaps=Gaps(visits, times, lost)))


def stalls(measurement: Measured) -> int:
    return int(measurement.of_stalls(measurement.consumers.gaps.visits)[0])


@pytest.mark.parametrize(
    ("long", "count"), [(0.0399, 0), (0.04, 1), (0.5, 1)], ids=["shorter", "just", "much"]
)
def test_a_stall_is_four_times_as_long_as_usual(long: float, count: int) -> None:
    told = with_gaps((10, 0.01), (1, long))
    assert stalls(told) == count
    usual = 0.01 if count else (10 * 0.01 + long) / 11
    assert told.every[0] == pytest.approx(usual)


@pytest.mark.parametrize(("known", "count"), [(3, 0), (4, 1)])
def test_four_gaps_tell_what_is_usual(known: int, count: int) -> None:
    assert stalls(with_gaps((known, 0.01), (1, 1.0))) == count


@pytest.mark.parametrize(("longer", "count"), [(6, 6), (7, 0)])
def test_at_least_half_of_the_gaps_are_usual(longer: int, count: int) -> None:
    assert stalls(with_gaps((6, 0.01), (longer, 1.0))) == count


def test_visits_at_the_same_time_tell_nothing_of_what_is_usual() -> None:
    assert stalls(with_gaps((3, 0.01), (1, 1.0), no_time=1000)) == 0
    assert stalls(with_gaps((4, 0.01), (5, 1.0), no_time=1000)) == 0
    assert stalls(with_gaps((4, 0.01), (4, 1.0), no_time=1000)) == 4


def test_two_stalls_of_different_length_are_both_stalls() -> None:
    told = with_gaps((20, 0.01), (1, 0.2), (2, 3.0))
    assert stalls(told) == 3
    assert told.every[0] == pytest.approx(0.01)


def test_gaps_that_grow_little_by_little_are_no_stalls() -> None:
    assert stalls(with_gaps((40, 0.01), (20, 0.02), (10, 0.039), (1, 0.06))) == 0


@pytest.mark.parametrize(("share", "is_told"), [(39, False), (40, True)])
def test_a_cause_is_told_from_a_tenth_of_the_loss_on(share: int, *, is_told: bool) -> None:
    told = findings(measured(refused=400, away=1.0, stalls=3, stalled_lost=share, backlog=64_000))
    assert [one.fault for one in told[:1]] == [Fault.TOO_SLOW]
    assert (Fault.STALLED in [one.fault for one in told]) is is_told


def test_without_flushes_and_burned_headers_the_consumer_explains_all() -> None:
    """Events of many lengths leave more at the end of a sub-buffer than one of them is long."""
    figures: dict[str, Any] = {"refused": 400, "away": 1.0, "stalls": 3, "backlog": 64_000}
    told = measured(padding=200, stalled_lost=300, **figures)
    assert told.holds[0] < told.could_hold[0]
    assert (by_stalls(told)[0], by_visits(told)[0]) == (300, 100)
    assert (by_flushes(told)[0], by_burns(told)[0]) == (0, 0)
    taken = measured(padding=200, stalled_lost=300, flushed=1, flush_padding=4000, **figures)
    assert by_flushes(taken)[0] > 0
    shares = (by_stalls, by_visits, by_flushes, by_burns)
    assert sum(float(share(taken)[0]) for share in shares) == pytest.approx(400)
    burned = measured(padding=200, stalled_lost=300, burned=3, **figures)
    assert by_burns(burned)[0] > 0
    assert by_flushes(burned)[0] == 0


# -- a measurement that began later ----------------------------------------------------------------


def test_a_measurement_that_began_later_is_told_for_the_time_that_it_took() -> None:
    """The last four of ten seconds: rates are of these, and no report in them is none since."""
    mute: dict[str, Any] = {"reports": 0, "consumed": 0, "forgotten": 64, "reads": 0}
    late = measured(refused=9488, unread=512, intact=512, ready=8, last=3.0, **mute)
    late = replace(late, began=6.0)
    assert late.seconds == 4.0
    assert late.rate[0] == 10_000 * 64 / 4
    assert late.idle[0] == 4.0
    found = of(Fault.NOT_REPORTING, findings(late))
    assert found.text.startswith("Consumer has not reported for 4.0 s")
    reported = replace(late, consumers=replace(late.consumers, last=np.array([7.5])))
    assert reported.idle[0] == 2.5


def test_what_was_not_made_is_told_for_the_time_that_it_took() -> None:
    """10 000 events in the last two of ten seconds."""
    late = replace(measured(asked=100_000), began=8.0)
    assert "(10 %), 5 k/s" in of(Fault.NOT_MADE, findings(late)).text


# -- padding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "padding", "size"),
    [
        # mixed: the next power of two of which one and a half times what is left is under 1 %:
        # half an event is left at least, for so much is on average
        (300, 42, 32_768),
        (300, 150, 32_768),
        (300, 210, 32_768),  # 315 of 32 768 are 0.96 %
        (300, 220, 65_536),  # 330 are 1.007 %
        # of one size: as many as come nearest to the present size
        (1000, 96, 4000),
        (600, 496, 4200),
        (3000, 1096, 3000),
        (2100, 1996, 4200),
    ],
)
def test_the_size_that_wastes_next_to_nothing(event: int, padding: int, size: int) -> None:
    better = better_size(measured(event=event, padding=padding), 0)
    assert better is not None
    assert better[0] == size
    left = 0 if size % event == 0 else max(padding, event / 2) / size
    assert better[1] == pytest.approx(left)


def test_no_size_is_advised_that_is_far_larger() -> None:
    assert better_size(measured(event=2000, padding=1000), 0) == (262_144, 1000 / 262_144)
    assert better_size(measured(event=3800, padding=3400), 0) == (524_288, 3400 / 524_288)
    far = measured(replace(SMALL, subbuf_size=1024), event=900, padding=900)
    assert better_size(far, 0) is None  # 131 072 would leave more than 1 %


@pytest.mark.parametrize(("padding", "is_told"), [(40, False), (41, True)])
def test_padding_is_told_from_a_hundredth_on(padding: int, *, is_told: bool) -> None:
    found = findings(measured(event=60, padding=padding))
    assert [one.fault for one in found] == [Fault.PADDING] * is_told


@pytest.mark.parametrize(("produced", "is_told"), [(3, False), (4, True)])
def test_padding_is_told_of_four_sub_buffers_at_least(produced: int, *, is_told: bool) -> None:
    found = findings(measured(event=60, padding=100, produced=produced))
    assert [one.fault for one in found] == [Fault.PADDING] * is_told

"""What is said of loads is true: numbers are those that were counted, sizes do what is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.model.findings.advice import sizes
from relayviz.model.numbers import grouped
from tests.engines.test_causes import CASES as CAUSES
from tests.engines.test_causes import SHARED_OUT, config_of, load_of
from tests.sentences.loads.claims import alike, met, numbers_at, wrong
from tests.sentences.loads.named import LOADS
from tests.sentences.loads.runs import Ran, ran
from tests.sentences.loads.said import (
    ADVICE,
    HITS,
    OPENED,
    half_made,
    opened,
    remedies,
    stopped,
)
from tests.sentences.loads.threads import NIGHT, THREADS

if TYPE_CHECKING:
    from tests.engines.buckets import Setup

SETUPS = [*(setup for _, _, setup in CAUSES), *SHARED_OUT]


@pytest.mark.parametrize("name", LOADS)
def test_a_named_load_is_told_as_it_was(name: str) -> None:
    run = LOADS[name].run()
    assert run.findings
    for one in run.findings:
        assert wrong(run, one.text) + wrong(run, one.helps) == []
        assert met(one.text), one.text


@pytest.mark.parametrize("setup", SETUPS, ids=str)
def test_loads_worked_out_before_are_told_as_they_were(setup: Setup) -> None:
    run = ran(config_of(setup), load_of(setup), setup.seconds)
    for one in run.findings:
        assert wrong(run, one.text) + wrong(run, one.helps) == []


def test_a_wrong_number_is_found() -> None:
    run = LOADS["each second report is left out"].run()
    (text,) = {one.text for one in run.findings if "left out" in one.text}
    assert wrong(run, text) == []
    assert wrong(run, text.replace("left out 8", "left out 9"))
    assert wrong(run, text.replace(grouped(run.crowded_out), grouped(run.crowded_out + 500)))


def test_a_load_that_threads_cannot_make_is_told_with_what_was_made() -> None:
    snapshot = THREADS["more than a machine can make"].run()
    assert snapshot.live is not None
    made, asked = snapshot.count(0, "attempted").events, snapshot.live.asked
    told = [one.text for one in snapshot.live.findings if "not made" in one.text]
    (numbers,) = numbers_at("of # events asked for # were tried \\(# %\\)", told[0])
    assert alike(numbers, (asked, made, 100 * made / asked))


def test_a_machine_that_slept() -> None:
    live = THREADS["a machine that slept"].run().live
    assert live is not None
    assert list(numbers_at("The machine slept for ~", live.findings[0].text)) == [(NIGHT,)]


def test_torn_events_are_told_with_their_share() -> None:
    live = THREADS["large events read while they are written"].run().live
    assert live is not None
    torn, intact = (int(one.sum()) for one in (live.verified.torn, live.verified.intact))
    told = next(one.text for one in live.findings if "torn" in one.text)
    (numbers,) = numbers_at(r"# events? \(# % of those read\) torn", told)
    assert alike(numbers, (torn, 100 * torn / (torn + intact)))
    assert live.hit is not None
    assert live.hit.value == torn


def test_half_of_what_was_asked_for_is_said_beside_the_sizes() -> None:
    texts = list(half_made())
    assert any("tried (50 %)" in one for one in texts)
    assert any(one.startswith("For what was made of this load ") for one in texts)


@pytest.mark.parametrize("name", ADVICE)
def test_sizes_that_were_tried_do_what_is_said(name: str) -> None:
    tried = ADVICE[name]()
    text, helps = tried.texts()
    config = tried.advice.config
    assert sizes(config) in text
    lost = tried.loses(config)
    assert (lost > 0) == ("lost events, with up to" in text)
    for number, less in numbers_at("; # of them los[et] # event", text):
        assert less == tried.loses(replace(config, n_subbufs=int(number))) > 0
    if "Of all powers" not in text and lost == 0:
        assert f"; {grouped(config.n_subbufs - 1)} of them lose" in text or "runs" in text
    for (late,) in numbers_at("A real run lost # events", helps):
        assert late == tried.advice.real_lost


def test_what_would_have_saved_it_does() -> None:
    exact = [(text, tried) for _, text, tried in remedies() if "would have lost nothing" in text]
    assert len(exact) == 2
    for text, tried in exact:
        ((number, size),) = numbers_at("# sub-buffers of @ would have lost", text)
        config = replace(tried.advice.config, n_subbufs=int(number), subbuf_size=int(size))
        assert tried.loses(config) == 0
        assert tried.loses(replace(config, n_subbufs=int(number) - 1)) > 0


def figures(run: Ran) -> dict[str, int]:
    """Return what can stop a run, by its name, as it is at the end."""
    buffer = run.snapshot.buffers
    produced, released = int(buffer["produced"][0]), int(buffer["consumed"][0])
    return {
        "full": int(produced - released >= run.config.n_subbufs),
        "lapped": run.totals["lapped"],
        "twice": run.totals["twice"],
        "refused_full": run.crowded_out,
        "produced": produced,
        "released": released,
        "ready": produced - released,
        "attempted": run.events("attempted"),
        "lost": run.crowded_out,
    }


@pytest.mark.parametrize("name", HITS)
def test_what_stopped_a_run_is_so_then_and_not_before(name: str) -> None:
    run = stopped(name)
    config, load, break_on = HITS[name]
    assert run.hit is not None
    assert figures(run)[run.hit.entry] == run.hit.value
    if "reached" in run.hit.what:
        assert next(numbers_at("reached #", run.hit.what)) == (run.hit.value,)
    before = ran(config, load, run.seconds - 1e-6)
    assert figures(before)[run.hit.entry] < max(break_on.value, 1) <= run.hit.value


@pytest.mark.parametrize("name", OPENED)
def test_what_is_opened_is_told_with_its_shape(name: str) -> None:
    config, text = OPENED[name], opened(OPENED[name])
    shape = (config.cpus, config.n_subbufs, config.subbuf_size)
    assert next(numbers_at("Opened: # buffers? of # sub-buffers? of @", text)) == shape
    assert (" each" in text) == (config.cpus > 1)

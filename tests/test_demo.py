"""The demo against a computation of its own: which events survive, which are lost, and why."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relayviz import demo, relay
from relayviz.demo.experiment import (
    LOSSES,
    MODES,
    Mode,
    Plan,
    Run,
    count,
    event_bytes,
    events_in,
    perform,
)
from relayviz.demo.pen import ASCII, UNICODE, Pen
from relayviz.demo.report import ranges
from relayviz.demo.strip import strip

PLAIN = Pen(colour=False, signs=UNICODE)
plans = st.builds(
    Plan,
    subbuf_size=st.integers(12, 200),
    n_subbufs=st.integers(1, 6),
    events=st.integers(1, 60),
)


@dataclass
class Expected:
    """What must become of a plan, worked out with lists instead of a ring."""

    kept: list[int] = field(default_factory=list)
    refused_full: list[int] = field(default_factory=list)
    too_big: list[int] = field(default_factory=list)
    overwritten: list[int] = field(default_factory=list)


def expected(plan: Plan, mode: Mode) -> Expected:
    result = Expected()
    subbufs: list[list[int]] = [[]]
    blocked = False
    for number in range(1, plan.events + 1):
        length = plan.length(number)
        used = sum(map(plan.length, subbufs[-1]))
        if length > plan.subbuf_size:
            result.too_big.append(number)
        elif not blocked and used + length <= plan.subbuf_size:
            subbufs[-1].append(number)
        elif mode == "no-overwrite" and len(subbufs) == plan.n_subbufs:
            blocked = True
            result.refused_full.append(number)
        else:
            subbufs.append([number])
            if len(subbufs) > plan.n_subbufs:
                result.overwritten += subbufs.pop(0)
    result.kept = [number for subbuf in subbufs for number in subbuf]
    return result


@pytest.mark.parametrize("mode", MODES)
@given(plan=plans)
def test_survivors_and_losses_are_the_expected_ones(mode: Mode, plan: Plan) -> None:
    run = perform(plan, mode)
    want = expected(plan, mode)
    assert list(run.read_back) == want.kept
    assert run.read_bytes == sum(map(plan.length, want.kept))
    for loss in LOSSES:
        numbers = getattr(want, loss, [])
        assert list(run.lost(loss)) == numbers
        figure = count(run.filled.account, loss)
        assert (figure.events, figure.bytes) == (len(numbers), sum(map(plan.length, numbers)))
    account = run.filled.account
    assert account.attempted.events == plan.events
    assert account.unread.events == len(want.kept)


def test_the_default_plan_shows_every_kind_of_loss_and_padding() -> None:
    kept, new = (perform(demo.DEFAULT, mode) for mode in MODES)
    assert kept.lost("refused_full")
    assert kept.lost("too_big") == new.lost("too_big") == (5,)
    assert new.lost("overwritten")
    assert any(subbuf.padding for subbuf in kept.filled.subbufs)
    assert kept.filled.blocked
    assert kept.resumed.loss is None
    assert max(kept.read_back) < max(new.read_back) == demo.DEFAULT.events


def shown(capsys: pytest.CaptureFixture[str], **changes: int) -> tuple[int, str, str]:
    arguments = {"size": 64, "count": 4, "events": 26} | changes
    status = demo.run(SimpleNamespace(**arguments))  # type: ignore[arg-type]  # stands for a Namespace
    output = capsys.readouterr()
    return status, output.out, output.err


def test_printed_figures_are_the_expected_ones(capsys: pytest.CaptureFixture[str]) -> None:
    plan = demo.DEFAULT
    status, text, _ = shown(capsys)
    assert status == 0
    for mode in MODES:
        want = expected(plan, mode)
        size = sum(map(plan.length, want.kept))
        assert (
            f"Read from file demo-{mode}-0: events {ranges(want.kept)}"
            f" ({len(want.kept)} events, {size} bytes)." in text
        )
        for numbers in (want.refused_full, want.too_big, want.overwritten):
            lost = sum(map(plan.length, numbers))
            row = rf"(?m)^ +{len(numbers)} +{lost}   lost  .*: {ranges(numbers)}$"
            assert not numbers or re.search(row, text)
    assert re.findall(r"(?m)^ +(\d+) +(\d+)   attempted$", text) == [
        (str(plan.events), str(sum(map(plan.length, range(1, plan.events + 1)))))
    ] * len(MODES)


def test_without_loss_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = shown(capsys, events=3)
    assert text.count("Nothing was lost") == len(MODES)
    assert "lost  " not in text


@pytest.mark.parametrize("changes", [{"size": 0}, {"count": 0}, {"count": 65}, {"events": 0}])
def test_impossible_plans_are_refused_in_one_line(
    changes: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    status, text, errors = shown(capsys, **changes)
    assert (status, text) == (2, "")
    assert errors.startswith("relayviz demo: ")
    assert errors.count("\n") == 1


def test_nothing_is_left_behind() -> None:
    before = relay.Directory.root().names()
    perform(demo.DEFAULT, "overwrite")
    assert relay.Directory.root().names() == before


class TestStrip:
    """The picture of a ring."""

    @staticmethod
    def drawn(run: Run, pen: Pen = PLAIN, width: int = 100) -> list[str]:
        return strip(run.filled, run.plan.subbuf_size, pen, width)

    def test_shows_the_events_in_memory_to_scale(self) -> None:
        run = perform(Plan(64, 2, 4), "no-overwrite")  # 12, 28, 16 bytes, then 20 in the next
        assert self.drawn(run)[2] == "  │1━━2━━━━━━3━━━░░│4━━━━···········│"

    def test_names_the_state_of_each_sub_buffer(self) -> None:
        run = perform(Plan(64, 3, 4), "no-overwrite")
        words = self.drawn(run)[4]
        assert words.split() == ["unread", "being", "written", "free"]

    def test_marks_writer_and_reader(self) -> None:
        run = perform(Plan(64, 3, 4), "no-overwrite")
        assert self.drawn(run)[5].split() == [UNICODE.reader, UNICODE.writer]

    def test_breaks_into_rows_that_fit(self) -> None:
        run = perform(Plan(64, 5, 4), "overwrite")
        assert {len(line) <= 40 for line in self.drawn(run, width=40)} == {True}
        assert len(self.drawn(run, width=40)) == 3 * len(self.drawn(run))

    @given(plan=plans)
    def test_every_sub_buffer_has_its_full_width(self, plan: Plan) -> None:
        for mode in MODES:
            lines = self.drawn(perform(plan, mode), width=200)
            assert len(lines[1]) == len(lines[2]) == len(lines[3])

    def test_colours_change_nothing_but_colour(self) -> None:
        run = perform(demo.DEFAULT, "overwrite")
        coloured = "\n".join(self.drawn(run, Pen(colour=True, signs=UNICODE)))
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == "\n".join(self.drawn(run))


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


@pytest.mark.parametrize(
    ("environment", "colour"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colours_only_where_they_are_wanted(environment: dict[str, str], *, colour: bool) -> None:
    assert Pen.for_stream(Terminal(io.BytesIO(), "utf-8"), environment).colour is colour
    assert not Pen.for_stream(io.TextIOWrapper(io.BytesIO(), "utf-8"), environment).colour


@pytest.mark.parametrize(("encoding", "signs"), [("utf-8", UNICODE), ("ascii", ASCII)])
def test_signs_fit_the_encoding(encoding: str, signs: object) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    assert Pen.for_stream(stream, {}).signs is signs


def test_events_say_who_they_are() -> None:
    data = event_bytes(1, 12) + event_bytes(300, 20)
    assert list(events_in(data)) == [(0, 12, 1), (12, 20, 300)]
    assert list(events_in(data[:-1])) == [(0, 12, 1)]
    assert list(events_in(bytes(16))) == []


@pytest.mark.parametrize(
    ("numbers", "text"), [([], "none"), ([4], "4"), ([1, 2, 3, 5, 7, 8], "1-3, 5, 7-8")]
)
def test_ranges(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text

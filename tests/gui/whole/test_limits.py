"""Sentences that change at a limit: what is said just below it, at it, and just above."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from relayviz.gui.bars.live import USUAL, Headline, forms
from relayviz.gui.channel.facts import SOME, TOLD, facts_of
from relayviz.gui.compare import window as compare
from relayviz.gui.findings import card
from relayviz.gui.load import summary
from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.findings.finding import Finding, Severity
from relayviz.model.findings.measured import MADE
from relayviz.model.load.load import Load, ReaderKind, Reading, SizeKind, Sizes, Writing

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from relayviz.model.live.live import Live
    from tests.gui.conftest import Driver
    from tests.gui.live.conftest import LiveDriver


def told(driver: Driver, name: str) -> tuple[str, str]:
    """Return what is said of one fact of the channel, short and whole."""
    found = {fact.name: fact for fact in facts_of(driver.snapshot)}[name]
    return found.value, found.whole


def test_names_of_files_are_listed_up_to_a_limit(driver: Driver) -> None:
    """Few CPUs on line, apart from each other: their files are told one by one."""
    assert SOME == 4
    for count in (1, SOME, SOME + 1):
        cpus = tuple(range(0, 2 * count, 2))
        driver.controller.open_channel(ChannelConfig(base_filename="f", cpus=99, online=cpus))
        driver.settle()
        listed = ", ".join(map(str, cpus[:SOME]))
        assert told(driver, "files")[0] == f"f{listed}{', …' if count > SOME else ''}"
    for cpus, value in (((3, 4, 5), "f3 … 5"), ((3, 4), "f3 … 4"), ((3, 5), "f3, 5")):
        driver.controller.open_channel(ChannelConfig(base_filename="f", cpus=99, online=cpus))
        driver.settle()
        assert told(driver, "files") == (value, ", ".join(f"f{cpu}" for cpu in cpus))
    driver.controller.submit(Operation(Kind.CLOSE))
    driver.settle()
    assert told(driver, "files") == ("none (removed)", "–")


def test_descriptors_are_listed_up_to_a_limit(driver: Driver) -> None:
    driver.controller.open_channel(ChannelConfig(base_filename="f", cpus=1))
    driver.settle()
    for count in (TOLD - 1, TOLD, TOLD + 1):
        missing = count - len(driver.snapshot.files)
        driver.controller.submit(*[Operation(Kind.OPEN_FILE, 0)] * missing)
        driver.settle()
        names = [f"{one.fd} (cpu 0, {one.flags})" for one in driver.snapshot.files]
        more = f", … ({count} in all)" if count > TOLD else ""
        assert told(driver, "descriptors") == (
            f"{count} on cpu 0",
            ", ".join(names[:TOLD]) + more,
        )


HEADLINES = (
    (0.0, 1.0, Role.OK, ("no loss now",) * 3),
    (0.0, MADE, Role.OK, ("no loss now",) * 3),
    (1e-6, 1.0, Role.ERROR, ("< 0.1 % lost",) * 3),
    (1.0, 1.0, Role.ERROR, ("100 % lost",) * 3),
    (0.0, 0.94, Role.ERROR, ("94 % of load made",) * 3),
    (0.5, 0.5, Role.ERROR, ("50 % of load made", "50 % lost", "50 % lost")),
)


def test_the_headline_is_red_as_soon_as_anything_is_lost_or_not_made(live: LiveDriver) -> None:
    live.open_live()
    shown: Live | None = live.fake.snapshot.live
    assert shown is not None
    headline = Headline(live.window)
    for lost, made, role, ends in HEADLINES:
        seen = replace(shown, lost_share=lost, made_share=made)
        headline.show_live(seen)
        assert theme.current()[role].name() in headline.styleSheet()
        said = forms(seen)
        assert tuple(one.split(" · ")[-1] for one in said) == ends
        assert [one.startswith("▲ ") for one in said] == [role is Role.ERROR] * 3
        for form in range(len(USUAL)):
            headline.use(form)
            assert headline.text() == said[form]
            assert headline.fontMetrics().horizontalAdvance(said[form]) < headline.width()
        assert headline.toolTip() == headline.accessibleDescription() == said[0]
    headline.show_live(None)
    assert headline.text() == ""
    assert theme.current()[Role.OK].name() in headline.styleSheet()
    headline.deleteLater()


def test_a_finding_lists_cpus_up_to_a_limit(qapp: QApplication) -> None:
    del qapp
    finding = Finding(None, Severity.LOSS, (), "It is so.", "")
    for count, words in ((0, "all"), (1, "cpu 0"), (card.NAMED, "cpu 0, 1, 2, 3, 4, 5")):
        assert card.place(replace(finding, cpus=tuple(range(count)))) == words
    assert card.place(replace(finding, cpus=tuple(range(card.NAMED + 1)))).endswith("5 and 1 more")


def test_a_card_shows_what_its_finding_has_and_nothing_else(qtbot: QtBot) -> None:
    finding = Finding(None, Severity.LOSS, (3,), "It is so.", "")
    shown = card.Card(finding, None)  # type: ignore[arg-type]
    qtbot.addWidget(shown)
    for severity, role, sign in (
        (Severity.LOSS, Role.ERROR, "▲"),
        (Severity.WARNING, Role.WARNING, "●"),
        (Severity.GOOD, Role.OK, "✓"),
    ):
        for helps in ("", "Do this."):
            shown.show_finding(replace(finding, severity=severity, helps=helps))
            assert shown.where.text() == f"{sign} cpu 3"
            assert theme.current()[role].name() in shown.where.styleSheet()
            assert shown.text.text() == "It is so."
            assert shown.helps.isHidden() is not bool(helps)
            what = f"What helps: {helps}" if helps else ""
            assert shown.helps.text() == shown.accessibleDescription() == what
            assert shown.accessibleName() == f"{severity}, cpu 3: It is so."
            assert shown.button.isHidden() is (finding.show is None)
            assert shown.opener.isHidden() is (finding.sizes is None)
            assert shown.copied() == "cpu 3: It is so." + (f"\n{what}" if what else "")


def test_where_two_channels_differ_is_listed_up_to_a_limit() -> None:
    most = compare.MOST_NAMED
    assert compare._elsewhere(()) == ""
    assert compare._elsewhere((7,)).endswith("differ on cpu 7.")
    listed = ", ".join(map(str, range(most)))
    assert compare._elsewhere(range(most)).endswith(f"differ on cpu {listed}.")
    assert compare._elsewhere(range(most + 1)).endswith(f"differ on cpu {listed}, ….")


FULL = Reading(ReaderKind.MMAP, 0.0, 1, 20.0, 2.0, 2, 3)
BURSTS = Writing(1000, Sizes(SizeKind.UNIFORM, 8, 64), 0.2, 0.8, 1, 3)
SAID: dict[object, dict[object, str]] = {
    summary.reading: {
        Reading(ReaderKind.NONE): "nobody reads",
        Reading(pace=0.0): "read without pause",
        Reading(pace=0.04, batch=1): "read every 40 ms, 1 byte at most",
        Reading(pace=0.04, batch=2): "read every 40 ms, 2 bytes at most",
        FULL: "mmap without pause, 1 sub-buffer at most, stall 2 s every 20 s,"
        " forgets each 2nd report, reports 3 too many",
        replace(FULL, stall=0.0, forget_every=1, report_extra=0): "mmap without pause,"
        " 1 sub-buffer at most, never reports",
        **{
            replace(FULL, stall=0.0, batch=0, report_extra=0, forget_every=number): "mmap without"
            f" pause, forgets each {word} report"
            for number, word in ((3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"))
        },
    },
    summary.writing: {
        Writing(0.0): "nobody writes",
        Writing(math.inf): "as fast as it goes, 64 B",
        BURSTS: "1 k events/s per CPU, 8–64 B, bursts 200 ms : 800 ms, flush after 1 event,"
        " 3 a record",
        replace(BURSTS, burst_on=0.0, burst_off=0.0, flush_after=0, pieces=1): (
            "1 k events/s per CPU, 8–64 B"
        ),
    },
}


@pytest.mark.parametrize("say", SAID, ids=lambda say: say.__name__)
def test_a_load_is_told_in_a_line(say) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    told = SAID[say]
    assert {one: say(one) for one in told} == told


def test_cpus_that_differ_are_listed_up_to_a_limit() -> None:
    usual = summary.writing(Writing())
    ends = (
        "",
        " · cpu 0 differs",
        " · cpu 0, 1 differ",
        " · cpu 0, 1, 2 differ",
        " · 4 CPUs differ",
    )
    for count, end in enumerate(ends):
        load = Load(writers=tuple((cpu, BURSTS) for cpu in range(count)))
        assert summary.writers(load) == usual + end
    assert summary.flush(Load()) == "never"
    assert summary.flush(Load(flush_every=0.5)) == "every 500 ms"

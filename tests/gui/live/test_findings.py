"""The Findings dock: order, words, keyboard, and going there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from relayviz.gui.findings import FindingsPanel
from relayviz.gui.findings.card import LOOKS, Card, place
from relayviz.gui.findings.order import LINGER, Order
from relayviz.gui.look import theme as themes
from relayviz.model.findings.finding import Fault, Finding, Severity, Show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.gui.live.conftest import LiveDriver

Key, Modifier = Qt.Key, Qt.KeyboardModifier

STALLED = Finding(Fault.STALLED, Severity.LOSS, (3,), "It stalls.", "Do not.", Show(3, 1, "rings"))
LAPPED = Finding(Fault.LAPPED, Severity.LOSS, (1, 2), "It is lapped.", "", Show(1))
PADDING = Finding(
    Fault.PADDING, Severity.WARNING, (), "Padding.", "Other sizes.", Show(0, dock="load")
)
GOOD = Finding(None, Severity.GOOD, (), "These sizes lose nothing.")


def texts(order: Order, findings: Iterable[Finding], now: float) -> list[str]:
    return [one.finding.text for one in order.update(findings, now)]


def test_the_gravest_come_first_and_who_came_first_stays_first() -> None:
    order = Order()
    assert texts(order, [GOOD, PADDING, LAPPED], 0) == [LAPPED.text, PADDING.text, GOOD.text]
    both = [LAPPED.text, STALLED.text, PADDING.text, GOOD.text]
    assert texts(order, [STALLED, LAPPED, PADDING, GOOD], 1) == both
    assert texts(order, [GOOD, STALLED, PADDING, LAPPED], 2) == both


def test_other_figures_are_the_same_finding_and_one_that_flickers_stays() -> None:
    order = Order()
    (first,) = order.update([LAPPED], 0)
    (again,) = order.update([replace(LAPPED, text="It was lapped twice.", cpus=(1, 2, 5))], 1)
    assert again.key == first.key
    assert texts(order, [], 1 + LINGER) == ["It was lapped twice."]
    assert texts(order, [], 1.1 + LINGER) == []


def test_places_are_short() -> None:
    assert place(STALLED) == "cpu 3"
    assert place(LAPPED) == "cpu 1, 2"
    assert place(GOOD) == "all"
    assert place(replace(GOOD, cpus=tuple(range(64)))) == "cpu 0, 1, 2, 3, 4, 5 and 58 more"


def shown(live: LiveDriver, *findings: Finding) -> FindingsPanel:
    fake = live.open_live()
    fake.findings = findings
    live.run(2)
    QTest.qWait(0)  # the cards find their places
    panel = live.panel("findings")
    assert isinstance(panel, FindingsPanel)
    return panel


def cards(panel: FindingsPanel) -> list[Card]:
    """The cards from top to bottom."""
    return sorted(panel.cards.values(), key=lambda card: card.y())


def has_focus(live: LiveDriver, dock: str) -> bool:
    return live.window.docks[dock].isAncestorOf(live.window.focusWidget())


def test_each_finding_has_its_place_sign_sentence_and_help(live: LiveDriver) -> None:
    panel = shown(live, STALLED, PADDING, GOOD)
    first, second, third = cards(panel)
    assert first.where.text() == "▲ cpu 3"
    assert first.text.text() == "It stalls."
    assert first.helps.text() == "What helps: Do not."
    assert second.where.text() == "● all"
    assert third.where.text() == "✓ all"
    assert third.button.isHidden()
    assert "good" in third.accessibleName()
    assert panel.detail == "2 problems"


def test_show_me_selects_and_raises(live: LiveDriver) -> None:
    first, second = cards(shown(live, STALLED, PADDING))
    live.click(first.button)
    assert live.controller.selection == (3, 1)
    assert has_focus(live, "rings")
    second.show_wanted.emit()
    assert has_focus(live, "load")


def test_the_keyboard_goes_through_them_copies_and_shows(live: LiveDriver) -> None:
    first, second = cards(shown(live, STALLED, LAPPED))
    first.setFocus()
    for key, there in ((Key.Key_Up, first), (Key.Key_Down, second), (Key.Key_Down, second)):
        live.press(key)
        assert live.window.focusWidget() is there
    live.press(Key.Key_C, Modifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "cpu 1, 2: It is lapped."
    assert "Copied the finding" in live.window.status.words.text()
    live.press(Key.Key_Up)
    live.press(Key.Key_Return)
    assert live.controller.selection == (3, 1)


def test_cards_stay_the_same_widgets(live: LiveDriver) -> None:
    panel = shown(live, STALLED, LAPPED)
    before = dict(panel.cards)
    live.fake.findings = (LAPPED, replace(STALLED, text="It stalled twice."))
    live.run(1)
    assert panel.cards == before
    assert panel.cards[Fault.STALLED, 0].text.text() == "It stalled twice."


def test_without_findings_it_says_so(live: LiveDriver) -> None:
    panel = shown(live)
    assert panel._nothing.isVisible()
    assert panel.detail == "no problem"
    live.press(Key.Key_F11)
    live.window.focus_dock("findings")
    assert not panel._area.isVisible()


def test_a_finding_has_the_colour_of_how_grave_it_is_now(live: LiveDriver) -> None:
    (card,) = cards(shown(live, STALLED))
    for severity in (*Severity, Severity.LOSS):
        card.show_finding(replace(STALLED, severity=severity))
        colour = themes.current()[LOOKS[severity][0]].name()
        assert f"color: {colour};" in card.where.styleSheet()
    assert len({role for role, _ in LOOKS.values()}) > 1


def test_a_race_can_be_seen_step_by_step(live: LiveDriver) -> None:
    torn = Finding(Fault.TORN, Severity.LOSS, (0,), "Torn.", "Stop first.", Show(0))
    panel = shown(live, torn, LAPPED, PADDING)
    by_text = {card.finding.text: card for card in cards(panel)}
    seen = {text: card.scenario.isVisible() for text, card in by_text.items()}
    assert seen == {torn.text: True, LAPPED.text: True, PADDING.text: False}
    asked: list[str] = []
    live.window.controller.scenario_wanted.connect(asked.append)
    by_text[torn.text].scenario.click()
    assert asked == ["inside/torn-read"]

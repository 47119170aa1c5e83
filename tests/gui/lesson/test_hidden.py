"""What is not revealed is nowhere: on screen, in the accessible tree, in tooltips and exports.

The window of a lesson is compared with that of a session that ends where the lesson stands, and
knows of no more: whatever the first says beyond the second is of what is still to come.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from relayviz.gui.counters import CountersPanel
from relayviz.gui.lesson.lessons import Lessons
from relayviz.gui.lesson.panel import LessonPanel
from relayviz.gui.lesson.place import PlaceField
from relayviz.gui.log.model import LogModel
from relayviz.gui.timeline import TimelinePanel
from relayviz.gui.widgets.exported import Picture
from relayviz.model.engine.captured import captured
from relayviz.model.lesson.course import own_course
from relayviz.model.lesson.file import loads
from relayviz.model.lesson.script import Asked
from relayviz.model.lesson.visible import gives_away
from relayviz.model.session.file import dumps
from relayviz.model.why.why import Figure, Piece
from tests.gui.lesson.seen import exported, seen, texts_of

if TYPE_CHECKING:
    from relayviz.gui.lesson.taking import Taking
    from relayviz.gui.widgets.panel import Panel
    from relayviz.model.channel.operation import Operation
    from relayviz.model.history.history import Step
    from relayviz.model.lesson.judging import Key
    from relayviz.model.lesson.lesson import Lesson, Question
    from tests.gui.conftest import Driver

Leak = Callable[[pytest.MonkeyPatch, "Driver"], None]

#: Of docks that stand behind each other; those that stand alone are seen with each of them.
DOCKS = ("log", "fate", "watches", "timeline", "breakpoints")
SUBJECTS = (Figure(0, "offset"), Figure(0, "lost"), Figure(0, "produced"), Piece(0, 1))
PARTS = 3
#: Are said by buttons where the names of tabs have no room, and by what says that nothing is.
BARS = {"Scroll Left", "Scroll Right"}


def take(driver: Driver, lesson: Lesson) -> tuple[LessonPanel, Taking, Key]:
    driver.window.lessons.open(lesson)
    driver.settle()
    panel = driver.window.docks["lesson"].panel
    assert isinstance(panel, LessonPanel)
    assert panel.taking is not None
    assert panel.taking.key is not None
    return panel, panel.taking, panel.taking.key


def said_in(panel: LessonPanel, question: Question, key: Key) -> set[str]:
    """What the dock says, but for the options of a choice: one of them is the answer."""
    options = {f"{one}" for one in key.right(question).options}
    said = (texts_of([panel]) | exported(panel) | {panel.detail}) - options
    page = f"{panel.progress.value()}"
    return {re.sub(r"\d+ of \d+", "", text) for text in said if text != page}


def looked_through(driver: Driver) -> set[str]:
    """Everything that can be found out in the window: docks, also those behind others, and why."""
    window, controller = driver.window, driver.controller
    found = set(dumps(captured(driver.engine, controller.notebook.notes)).splitlines())
    found |= seen(window)
    for dock in DOCKS:
        window.focus_dock(dock)
        driver.settle()
        found |= texts_of([window.docks[dock]]) | exported(window.docks[dock].panel)
    for subject in SUBJECTS:
        controller.ask_why(subject)
        driver.settle()
        found |= texts_of([window.docks["why"].panel])
    window.focus_dock("lesson")
    return found


def named(operation: Operation) -> tuple[object, ...]:
    """What was asked for; which descriptor that meant is found out when it is done."""
    return operation.kind, operation.cpu, operation.length, operation.count


def check_question(driver: Driver, panel: LessonPanel, taking: Taking, question: Question) -> None:
    """Nothing beyond the question is done, and the dock does not say the answer."""
    lesson, key = taking.lesson, taking.key
    assert key is not None
    steps = driver.engine.history.steps[1:]
    done = lesson.session.lines[0].operations[: question.at]
    assert [named(step.operation) for step in steps] == list(map(named, done)), lesson.name
    right = key.right(question).value
    if isinstance(panel.field, PlaceField):
        assert panel.field.place != right, "it would only have to be confirmed"
    while taking.hints_left:
        taking.hint()
    for text in said_in(panel, question, key):
        assert not gives_away(text, question, right), f"{lesson.name}: {text}"


def taken(driver: Driver, lesson: Lesson) -> dict[int, set[str]]:
    """Take a lesson; return what the window says at each step that something is asked at."""
    panel, taking, key = take(driver, lesson)
    said: dict[int, set[str]] = {}
    while True:
        question = taking.question
        if question is not None:
            check_question(driver, panel, taking, question)
            if question.at not in said:
                said[question.at] = looked_through(driver)
            taking.show_answer()
            driver.settle()
            if question.kind is not Asked.STEPS:
                assert f"{key.right(question).value}" in panel.verdict.text(), "it would be found"
        if taking.is_last:
            driver.controller.close_tab(driver.controller.current)
            driver.settle()
            return said
        taking.go_on()
        driver.settle()


def stepped(driver: Driver, lesson: Lesson, steps: list[int]) -> dict[int, set[str]]:
    """Do what a lesson does in a channel of no lesson; return what the window says."""
    config, operations = lesson.session.config, lesson.session.lines[0].operations
    engine = driver.controller.catalogue.open_stepped(config)
    driver.controller.add_tab(engine, lesson.title)
    driver.controller.select(0)
    driver.settle()
    said, done = {}, 0
    for step in steps:
        engine.submit(*operations[done:step])
        done = step
        driver.settle()
        said[step] = looked_through(driver)
    driver.window.desk.discard()
    driver.controller.close_tab(driver.controller.current)
    driver.settle()
    return said


def search(driver: Driver, lesson: Lesson) -> int:
    """Look for what is to come of a lesson; return how many questions were looked at."""
    said = taken(driver, lesson)
    known = stepped(driver, lesson, sorted(said))
    for step, texts in said.items():
        assert any("relay_open" in text for text in texts)
        assert texts - known[step] - BARS == set(), f"{lesson.name}, step {step}"
    return len(lesson.questions)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_answer_is_seen_before_its_question_is_answered(driver: Driver, part: int) -> None:
    names = own_course().names[part::PARTS]
    for name in names:  # in one window: making it takes longer than a lesson
        assert search(driver, own_course().load(name, 1)) > 1


ANSWER = "41"
LESSON = f"""relayviz = 1
[lesson]
title = "T"
[channel]
subbuf_size = 64
cpus = 1
[[branch]]
steps = '''
ask number "How much?" = offset
write {ANSWER}
'''
"""


def is_asking(panel: Panel) -> bool:
    """Whether a question of a lesson is open in the tab in front."""
    taking = getattr(panel.controller.tab, "lesson", None)
    return taking is not None and not taking.is_over


def leak(cls: type, method: str, change: Callable[[Any], object]) -> Leak:
    """Have what a method gives changed while a question is open."""

    def begin(patches: pytest.MonkeyPatch, _driver: Driver) -> None:
        before = getattr(cls, method)

        def leaking(this: Panel, *given: object, **named: object) -> object:
            result = before(this, *given, **named)
            return change(result) if is_asking(this) else result

        patches.setattr(cls, method, leaking)

    return begin


def said_by(dock: str, name: str) -> Leak:
    """Have a dock say the answer in one of its properties while a question is open."""

    def begin(patches: pytest.MonkeyPatch, driver: Driver) -> None:
        before, panel = LessonPanel._show, driver.window.docks[dock].panel
        usual = panel.property(name)

        def leaking(this: LessonPanel) -> None:
            before(this)
            panel.setProperty(name, f"It is {ANSWER}" if is_asking(this) else usual)

        patches.setattr(LessonPanel, "_show", leaking)

    return begin


def in_log(patches: pytest.MonkeyPatch, driver: Driver) -> None:
    before, panel = LogModel._text, driver.window.docks["log"].panel

    def leaking(this: LogModel, step: Step, column: int) -> str:
        return before(this, step, column) + (f" {ANSWER}" if is_asking(panel) else "")

    patches.setattr(LogModel, "_text", leaking)


def in_tab(patches: pytest.MonkeyPatch, _driver: Driver) -> None:
    before = Lessons.open

    def leaking(this: Lessons, lesson: Lesson) -> None:
        tab = before(this, lesson)
        assert tab is not None
        tab.title = f"{tab.title} {ANSWER}"
        this._controller.tabs_changed.emit()

    patches.setattr(Lessons, "open", leaking)


LEAKS: dict[str, Leak] = {
    "tooltip": said_by("counters", "toolTip"),
    "tooltip in the lesson": said_by("lesson", "toolTip"),
    "accessible name": said_by("timeline", "accessibleName"),
    "accessible description in the lesson": said_by("lesson", "accessibleDescription"),
    "log": in_log,
    "tab": in_tab,
    "rows": leak(CountersPanel, "exported_rows", lambda rows: replace(rows, lines=[[ANSWER]])),
    "picture": leak(TimelinePanel, "picture", lambda shown: replace(shown, said=[ANSWER])),
    "picture of the lesson": leak(LessonPanel, "picture", lambda _: Picture(said=[ANSWER])),
}


@pytest.mark.parametrize("place", LEAKS)
def test_a_leak_is_noticed(driver: Driver, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    lesson = loads(LESSON, "leak.relay.toml")
    LEAKS[place](monkeypatch, driver)
    with pytest.raises(AssertionError, match=ANSWER):
        search(driver, lesson)
    monkeypatch.undo()


def test_nothing_is_noticed_where_nothing_leaks(driver: Driver) -> None:
    assert search(driver, loads(LESSON, "leak.relay.toml")) == 1


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 8))
def test_no_answer_is_seen_in_other_variants(driver: Driver, seed: int) -> None:
    for name in own_course().names:
        lesson = own_course().load(name, seed)
        if lesson.is_varied:
            search(driver, lesson)

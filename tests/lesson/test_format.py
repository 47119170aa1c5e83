"""Lesson files: what they say becomes pages, and each mistake is named by file, line and field."""

from __future__ import annotations

import pytest

from relayviz.model.lesson.file import loads
from relayviz.model.lesson.script import Asked, Target
from relayviz.model.session.file import SessionError, dumps
from relayviz.model.session.file import loads as session_loads
from relayviz.model.session.keeping import written

HEAD = 'relayviz = 1\n[lesson]\ntitle = "T"\n[channel]\nsubbuf_size = 64\ncpus = 1\n'
FIRST = len(HEAD.splitlines()) + 3  # the file's line of the first line of the steps


def text_of(steps: str, more: str = "") -> str:
    return f"{HEAD}{more}[[branch]]\nsteps = '''\n{steps}'''\n"


def test_pages_stand_where_the_lines_stand() -> None:
    lesson = loads(
        text_of(
            'say "one"\nsay ""\nsay "two"\nwrite 40\nsay "three"\n'
            'ask number "how much?" = prev_padding[0]\nhint "first"\nhint "second"\n'
            'when answer == 0 say "no, " # a comment\nwrite 40\nwrite 1\nsay "end"\n'
        ),
        "a.relay.toml",
    )
    assert [(page.at, page.text, page.reveal) for page in lesson.pages] == [
        (0, "one\n\ntwo", 0),
        (1, "three", 3),
        (3, "end", 3),
    ]
    (question,) = lesson.questions
    assert (question.kind, question.at, question.judged_at) == (Asked.NUMBER, 1, 3)
    assert question.hints == ("first", "second")
    assert [(one.when, one.say) for one in question.mistakes] == [("answer == 0", "no, ")]


def test_questions_about_the_same_future_are_all_asked_before_it_is_shown() -> None:
    lesson = loads(
        text_of(
            'ask number "a?" = produced\nask number "b?" = offset\nwrite 40 times=2\nsay "z"\n'
        ),
        "a",
    )
    first, second, _ = lesson.pages
    assert [one.judged_at for one in lesson.questions] == [2, 2]
    assert (first.reveal, second.reveal) == (0, 2)


def test_a_reveal_goes_to_its_mark() -> None:
    steps = 'ask number "a?" = offset\nreveal to=there\nwrite 8\nmark there\nwrite 8\nsay "z"\n'
    lesson = loads(text_of(steps), "a")
    assert lesson.questions[0].judged_at == lesson.pages[0].reveal == 1


def test_all_kinds() -> None:
    steps = (
        'ask choice \'which?\' [1, "a, b]", n_subbufs - 1] = "a, b]" if full else 1 # why\n'
        'ask place "where?" = byte(0, current * subbuf_size + offset)\n'
        'ask place "which?" = subbuf(0, current)\n'
        'ask steps "lose one" most=9 = lost > 0\n'
        'ask steps "destroy one" inside=destroyed most=7 = found("destroyed")\n'
    )
    asked = loads(text_of(steps), "a").questions
    assert asked[0].options == ("1", '"a, b]"', "n_subbufs - 1")
    assert asked[0].answer == '"a, b]" if full else 1'
    assert [one.target for one in asked[1:3]] == [Target.BYTE, Target.SUBBUF]
    assert (asked[3].most, asked[3].answer, asked[3].inside) == (9, "lost > 0", "")
    assert (asked[4].most, asked[4].answer, asked[4].inside) == (7, "destroyed > 0", "destroyed")


WRONG = {
    "say hello": (0, "say", "quotes"),
    'say "a" b': (0, "say", "nothing stands behind"),
    'say "a"\nask numbr "x" = lost': (1, "ask", "Did you mean number?"),
    'ask number "x" lost': (0, "ask", "stands ="),
    'ask number "x" = lots': (0, "ask", "there is no such name"),
    'ask choice "x" = lost': (0, "ask", "brackets"),
    'ask choice "x" [1] = lost': (0, "ask", "2 to 20"),
    'ask choice "x" [1, lots] = lost': (0, "ask", "there is no such name"),
    'ask place "x" = 4': (0, "ask", "byte(CPU, FIGURE)"),
    'ask steps "x" = lost': (0, "most", "most=N"),
    'ask steps "x" most=0 = lost': (0, "most", "from 1"),
    'ask number "x" most=3 = lost': (0, "most", "only ask steps"),
    'ask steps "x" most=3 inside=d = step': (0, "ask", "not kept inside operations"),
    'ask place "x" inside=d = byte(0, 1)': (0, "inside", "leave it out"),
    'ask number "x" inside=../d = destroyed': (0, "inside", "no name of a file"),
    'hint "x"': (0, "hint", "directly below a question"),
    'ask number "x" = lost\nwrite 1\nhint "x"': (2, "hint", "directly below a question"),
    'ask number "x" = lost\nwhen answer = 4 say "no"': (1, "when", "use == to compare"),
    'ask number "x" = lost\nwhen answer == 4': (1, "when", "write when answer == 4"),
    'ask number "x" = lost\nreveal there': (1, "reveal", "to=NAME"),
    'ask number "x" = lost\nreveal to=there': (1, "reveal", "there is no mark"),
    'mark m\nwrite 1\nask number "x" = lost\nreveal to=m': (3, "reveal", "not back"),
    'ask number "x" = lost\nreveal to=m\nwrite 1\nsay "a"\nwrite 1\nmark m': (
        *(1, "reveal", "said or asked before the mark"),
    ),
    'write 4\nrite 5\nsay "x"': (1, "rite", "no such operation"),
}


@pytest.mark.parametrize("steps", WRONG, ids=lambda steps: steps.replace("\n", " / "))
def test_a_mistake_is_named_by_its_place(steps: str) -> None:
    line, part, words = WRONG[steps]
    with pytest.raises(SessionError, match=r"^a\.relay\.toml:") as caught:
        loads(text_of(steps + "\n"), "a.relay.toml")
    assert caught.value.line == FIRST + line
    assert caught.value.field == f"branch[0].steps ({part})"
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        (text_of('say "x"\n').replace('title = "T"\n', ""), "lesson.title", "title"),
        (text_of('say "x"\n').replace("title", "titel"), "lesson.titel", "Did you mean title?"),
        (
            text_of('say "x"\n').replace('[lesson]\ntitle = "T"\n', ""),
            "branch[0].steps (say)",
            "add",
        ),
        (text_of("write 1\n"), "", "says or asks something"),
        (
            text_of('say "x"\nwrite 1\n') + "[[branch]]\nfrom = 0\nsteps = 'flush'\n",
            "branch[1]",
            "one branch",
        ),
        (
            text_of('say "x"\n', "[lesson.vary]\nsize = 4\n"),
            "lesson.vary.size",
            "or a list of numbers",
        ),
        (text_of('say "x"\n', "[lesson.vary]\nsize = []\n"), "lesson.vary.size", "at least one"),
        (
            text_of('say "x"\n', "[lesson.vary]\nsize = {from = 1}\n"),
            "lesson.vary.size",
            "from = 16",
        ),
        (text_of('say "{siz}"\n', "[lesson.vary]\nsize = [1]\n"), "({siz})", "Did you mean size?"),
        (text_of('say "{size / 2}"\n', "[lesson.vary]\nsize = [1]\n"), "({size / 2})", "no whole"),
    ],
)
def test_a_mistake_of_the_head_is_named(text: str, field: str, words: str) -> None:
    with pytest.raises(SessionError) as caught:
        loads(text, "a.relay.toml")
    assert field in caught.value.field
    assert words in str(caught.value)


VARIED = text_of(
    'say "{size} and {size + 4}"\nwrite {size} times={turns}\nask number "x" = offset\nwrite 1\n',
    "[lesson.vary]\nsize = { from = 16, to = 40, by = 8 }\nturns = [1, 2]\n",
).replace("subbuf_size = 64", 'subbuf_size = "{4 * size}"')


def test_a_variant_has_its_numbers_everywhere() -> None:
    sizes = set()
    for seed in range(40):
        lesson = loads(VARIED, "a", seed)
        operations = lesson.session.lines[0].operations
        size = operations[0].length
        assert lesson.pages[0].text == f"{size} and {size + 4}"
        assert lesson.session.config.subbuf_size == 4 * size
        sizes.add((size, len(operations) - 1))
        assert loads(VARIED, "a", seed) == lesson
    assert sizes == {(size, turns) for size in (16, 24, 32, 40) for turns in (1, 2)}


def test_a_lesson_is_a_session_and_stays_one_when_it_is_saved() -> None:
    text = text_of('# about it\nwrite 40\nsay "a # b"\nask number "x" = lost\nhint "h"\nwrite 4\n')
    session = session_loads(text)
    assert [one.at.step for one in session.script] == [1, 1, 1]
    assert session_loads(dumps(session)) == session
    assert written(session, text) == text  # comments and all
    plain = loads(dumps(session), "a.relay.toml")
    assert plain.pages == loads(text, "a.relay.toml").pages or [
        (page.at, page.text) for page in plain.pages
    ] == [(1, "a # b")]

"""Conditions: what they mean, and that nothing but arithmetic on named numbers gets through."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.condition.expression import Expression
from relayviz.model.condition.language import LONGEST, ConditionError

NAMES = {"lost": 3, "fill": 0.5, "seconds": 0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lost == 3", True),
        ("lost", 3),
        (" 1 < lost <= 3 and not fill > 0.5 ", True),
        ("lost * 2 - -1", 7),
        ("7 // 2 + 7 % 4", 6),
        ("max(lost, 10) / 4", 2.5),
        ("round(fill + 0.2)", 1),
        ("lost if fill < 0.1 else 8", 8),
        ("lost == 4 or True", True),
    ],
)
def test_what_an_expression_is(text: str, value: float) -> None:
    assert Expression(text, NAMES).value(NAMES) == value


def test_it_knows_its_names() -> None:
    assert Expression("lost + max(fill, 1)", NAMES).names == {"lost", "fill"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lost == 0"),
        ("lost = 0", "use == to compare"),
        ("lsot == 0", "Did you mean lost?"),
        ("nothing == 0", "Known: fill, lost, seconds"),
        ("lost ==", "lost ==: invalid syntax (at character 8)."),
        ("lost == 'a'", "only numbers"),
        ("lost == None", "only numbers"),
        ("lost == 1j", "only numbers"),
        ("lost.real", "lost.real"),
        ("lost ** 9999999", "lost ** 9999999"),
        ("1 << 99999", "1 << 99999"),
        ("[1, 2]", "[1, 2]"),
        ("(1, 2)", "(1, 2)"),
        ("lost[0]", "lost[0]"),
        ("(lambda: 1)()", "can be called"),
        ("__import__('os')", "can be called"),
        ("lost.__class__()", "can be called"),
        ("int(3)", "can be called"),
        ("max(*lost)", "*lost"),
        ("max(1, 2, key=abs)", "can be called"),
        ("round(lost, -99999999)", "one value"),
        ("(x := 3)", "x := 3"),
        ("[x for x in lost]", "[x for x in lost]"),
        ("f'{lost}'", "f'{lost}'"),
        ("lost is 3", "lost is 3"),
        ("max", "no such name"),
        ("min(1)", "two values or more"),
        ("1\0", "1"),
        ("(" * 400, "((("),
        ("-" * 5000 + "1", f"at most {LONGEST}"),
    ],
)
def test_what_is_refused_and_why(text: str, words: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Expression(text, NAMES)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["lost / seconds", "lost % 0", "1 // seconds"])
def test_what_has_no_value_is_told(text: str) -> None:
    expression = Expression(text, NAMES)
    with pytest.raises(ConditionError, match="divides by 0"):
        expression.value(NAMES)


@given(st.text(max_size=60) | st.text("lost ()+-*/<>=!.,[]{}:'0129e", max_size=LONGEST))
def test_any_text_is_a_number_or_is_refused(text: str) -> None:
    try:
        found = Expression(text, NAMES).value(NAMES)
    except ConditionError:
        return
    assert isinstance(found, int | float)

"""Plain values: what is taken, and that what is refused is named with its place and a remedy."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model import plain
from relayviz.model.meant import MOST_KNOWN, meant
from relayviz.model.plain import PlainError

if TYPE_CHECKING:
    from collections.abc import Callable


class Colour(StrEnum):
    """Some words."""

    RED = "red"
    GREEN = "green"


PATH = ("branch", 2, "colours", 0)
DEEP: list[Any] = []
for _ in range(5000):
    DEEP = [DEEP]
ANYTHING: tuple[Any, ...] = (
    None,
    True,
    0,
    10**5000,
    -1.5,
    math.inf,
    "",
    "red",
    "x" * 10**6,
    [],
    DEEP,
    {},
    {"a": 1},
)
TAKERS: dict[str, tuple[Callable[..., object], int]] = {
    "whole": (plain.whole, 1),
    "number": (plain.number, 3),
    "text": (plain.text, 3),
    "flag": (plain.flag, 1),
    "items": (plain.items, 2),
    "table": (plain.table, 2),
}


@pytest.mark.parametrize("name", TAKERS)
def test_just_what_is_of_the_kind_is_taken(name: str) -> None:
    take, count = TAKERS[name]
    refused = []
    for value in ANYTHING:
        try:
            found = take(value, PATH)
        except PlainError as error:
            refused.append(error)
        else:
            assert found is value or found == value or isinstance(value, list)
    assert len(ANYTHING) - len(refused) == count
    for each in refused:
        assert (each.path, each.field) == (PATH, "branch[2].colours[0]")
        assert str(each).startswith("branch[2].colours[0]: Give ")
        assert len(str(each)) < 150


@given(st.integers() | st.booleans() | st.floats(), st.integers(-3, 3), st.integers(-3, 3))
def test_a_whole_number_in_a_range(value: float, lowest: int, highest: int) -> None:
    fits = type(value) is int and lowest <= value <= highest
    if fits:
        assert plain.whole(value, PATH, lowest, highest) == value
    else:
        with pytest.raises(PlainError, match=f"from {lowest} to {highest}, not "):
            plain.whole(value, PATH, lowest, highest)


def test_limits_are_told() -> None:
    with pytest.raises(PlainError, match="of 1 or more, not 0"):
        plain.whole(0, (), 1)
    with pytest.raises(PlainError, match="at most 3 characters"):
        plain.text("four", (), 3)
    with pytest.raises(PlainError, match=r"too long: at most 1\."):
        plain.items([1, 2], (), 1)
    with pytest.raises(PlainError, match="not nan"):
        plain.number(math.nan, ())
    assert plain.text("for", (), 3) == "for"
    assert plain.items((1, 2), (), 2) == [1, 2]


def test_an_unknown_field_is_named_itself() -> None:
    assert plain.table({"title": 1}, ("a",), ("title",)) == {"title": 1}
    with pytest.raises(PlainError, match=r"no such field\. Did you mean title\?") as caught:
        plain.table({"title": 1, "titel": 1}, ("a",), ("title", "text"))
    assert caught.value.field == "a.titel"


def test_one_of_some_words() -> None:
    assert plain.choice("red", PATH, Colour) is Colour.RED
    wrong: tuple[Any, ...] = ("blue", 1, None, [], {})
    for value in wrong:
        with pytest.raises(PlainError, match='one of "red", "green", not'):
            plain.choice(value, PATH, Colour)


def test_a_value_like_another() -> None:
    others: tuple[Any, ...] = (False, 7, "b", [], {})
    for example in (True, 1, 1.5, "a", [1], {"a": 1}):
        assert plain.like(example, example, PATH) == example
        kinds = {type(example), *([int] if example == 1.5 else [])}
        for other in [one for one in others if type(one) not in kinds]:
            with pytest.raises(PlainError):
                plain.like(other, example, PATH)


@given(st.text() | st.integers(0, 10**30).map(str) | st.text("0123456789²٣-+_ .e"))
def test_digits_are_a_number(text: str) -> None:
    found = plain.digits(text)
    if text and set(text) <= set("0123456789"):
        assert found == min(int(text), 10**18)
    else:
        assert found is None


def test_numbers_of_thousands_of_digits_are_large() -> None:
    assert plain.digits("9" * 10_000) == 10**18
    assert plain.digits("0" * 10_000 + "7") == 7


def test_what_somebody_may_have_meant() -> None:
    assert meant("lsot", ("fill", "lost")) == "Did you mean lost?"
    assert meant("zzz", ("fill", "lost")) == "Known: fill, lost."
    many = meant("zzz", [f"a{number}" for number in range(MOST_KNOWN + 1)])
    assert many.endswith(f"a{MOST_KNOWN - 1}, ….")
    assert meant("zzz", {}) == "There are none here."


def test_the_largest_number_is_shown_and_larger_ones_by_their_length() -> None:
    for sign in (1, -1):
        told = str(plain._refused(sign * plain.LARGEST, ("a",), "less"))
        assert str(plain.LARGEST)[:5] in told
        told = str(plain._refused(sign * (plain.LARGEST + 1), ("a",), "less"))
        assert told.endswith("Give less, not a number of 64 bits.")

"""Random expressions over columns, held against what Python itself says of each step alone."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given

from relayviz.model.condition.evaluator import FUNCTIONS, PLAIN_FUNCTIONS, Evaluator
from relayviz.model.condition.expression import Expression
from relayviz.model.condition.language import ConditionError, Grammar, parse

STEPS = 6
WHOLE, FRACTIONS, TEXTS = ("lost", "ready"), ("fill",), ("operation", "data")
NAMES = (*WHOLE, *FRACTIONS, *TEXTS)
GRAMMAR = Grammar(NAMES, FUNCTIONS, has_texts=True)


class Table:
    """Figures of a few steps; one of the columns of texts holds objects, as those of reads do."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        kinds: dict[str, Any] = {"fill": np.float64, "operation": np.str_, "data": object}
        self._columns = {
            name: np.array([row[name] for row in rows], kinds.get(name, np.int64)) for name in NAMES
        }

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, name: str, cpu: int | None = None) -> np.ndarray:
        del cpu
        return self._columns[name]


def over(text: str, table: Table) -> list[Any]:
    """The value at each step, as plain Python values."""
    with np.errstate(all="ignore"):
        found = Evaluator(table).value(parse(text, GRAMMAR).tree)
    values: list[Any] = np.broadcast_to(found, (len(table),)).tolist()
    return values


# small enough that no product leaves 53 bits: there whole numbers and fractions are the same
small = st.integers(-30, 30)
halves = st.integers(-20, 20).map(lambda number: number / 2)
words = st.sampled_from(["", "a", "ab", "b", "write"])
tables = st.lists(
    st.fixed_dictionaries(
        {"lost": small, "ready": small, "fill": halves, "operation": words, "data": words}
    ),
    min_size=STEPS,
    max_size=STEPS,
).map(Table)


def joined(parts: st.SearchStrategy[str], *signs: str) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, parts, st.sampled_from(signs), parts)


def called(parts: st.SearchStrategy[str], *names: str) -> st.SearchStrategy[str]:
    return st.builds("{}({}, {})".format, st.sampled_from(names), parts, parts)


EQUAL, LESS = ("==", "!="), ("<", "<=", ">", ">=")
texts = st.recursive(
    st.sampled_from(TEXTS) | words.map(repr),
    lambda parts: (
        called(parts, "min", "max")
        | st.builds("({} if lost > {} else {})".format, parts, small, parts)
    ),
    max_leaves=3,
)


def more(numbers: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions with others in them."""
    return st.one_of(
        joined(numbers, "+", "-", "*", "/", "//", "%"),
        joined(numbers, *EQUAL, *LESS, "and", "or"),
        joined(texts, *EQUAL, *LESS),
        st.builds("({} {} {})".format, texts, st.sampled_from(EQUAL), numbers),
        st.builds("({} < {} >= {})".format, numbers, numbers, numbers),
        st.builds("({} if {} else {})".format, numbers, numbers, numbers),
        st.builds("({}{})".format, st.sampled_from(["-", "+", "not "]), numbers),
        st.builds("{}({})".format, st.sampled_from(["abs", "round"]), numbers),
        called(numbers, "min", "max"),
    )


leaves = st.sampled_from([*WHOLE, *FRACTIONS, "True"]) | (small | halves).map("({})".format)
numbers = st.recursive(leaves, more, max_leaves=10)
anything = (
    numbers
    | st.builds("({} {} {})".format, texts, st.sampled_from(["and", "or"]), numbers)
    | st.builds("({} if {} else {})".format, texts, texts, numbers)
)


def fits(text: str) -> bool:
    try:
        parse(text, GRAMMAR)
    except ConditionError:
        return False  # longer than what is allowed
    return True


def by_python(text: str, row: dict[str, Any]) -> Any:  # noqa: ANN401
    return eval(text, {"__builtins__": {}, **vars_of_python}, dict(row))  # noqa: S307  ours


vars_of_python = {"abs": abs, "min": min, "max": max, "round": round}


@given(anything.filter(fits), tables)
def test_each_step_is_as_in_python(text: str, table: Table) -> None:
    found = over(text, table)
    for value, row in zip(found, table.rows, strict=True):
        try:
            expected = by_python(text, row)
        except ZeroDivisionError:
            continue
        assert value == expected, (text, row)
        assert isinstance(value, str) == isinstance(expected, str)


@given(anything.filter(fits), tables)
def test_the_step_before_is_that(text: str, table: Table) -> None:
    assume(len(text) < 400)
    values = over(text, table)
    before = [values[0], *values[:-1]]
    assert all(
        one == other or (isinstance(one, float) and math.isnan(one))
        for one, other in zip(over(f"before({text})", table), before, strict=True)
    )
    pairs = list(zip(values, before, strict=True))
    assert over(f"changed({text})", table) == [one != other for one, other in pairs]
    if len({type(value) is str for value in values}) == 1:
        assert over(f"grew({text})", table) == [one > other for one, other in pairs]


@given(numbers.filter(fits), small, small, halves)
def test_one_step_is_as_in_python(text: str, lost: int, ready: int, fill: float) -> None:
    row = {"lost": lost, "ready": ready, "fill": fill}
    try:
        expression = Expression(text, row)
    except ConditionError:
        assume(False)  # a text in it
    try:
        expected = by_python(text, row)
    except ZeroDivisionError:
        with pytest.raises(ConditionError, match="divides by 0"):
            expression.value(row)
    else:
        assert expression.value(row) == expected
        assert expression.holds(row) == bool(expected)


def test_a_division_by_0_is_no_number_and_disturbs_no_other_step() -> None:
    row = {"ready": 0, "fill": 0.5, "operation": "", "data": ""}
    table = Table([{**row, "lost": lost} for lost in (0, 2, -4)])
    for text in ("8 / lost", "8 // lost", "8 % lost", "min(8 / lost, 99)", "max(8 / lost, 1)"):
        first, *others = over(text, table)
        assert math.isnan(first)
        assert others == [by_python(text, one) for one in table.rows[1:]]
    for sign in ("<", "<=", ">", ">=", "=="):
        assert over(f"8 % lost {sign} 8 % lost", table)[0] is False
    assert over("8 % lost != 0", table)[0] is True
    assert over("lost and 8 / lost > 1", table) == [0, True, False]
    assert over("not 8 / lost", table) == [True, False, False]
    assert over("1 if 8 / lost else 2", table) == [2, 1, 1]


@pytest.mark.parametrize(
    "text",
    ["1 / lost if lost else 7", "7 if lost == 0 else 1 / lost", "(lost and 1 / lost) or 7"],
)
def test_what_is_not_needed_is_not_computed(text: str) -> None:
    assert Expression(text, {"lost"}).value({"lost": 0}) == 7
    assert Expression("1 < lost < 1 / lost", {"lost"}).value({"lost": 0}) is False


def test_whole_numbers_are_exact_in_64_bits_and_rounded_beyond() -> None:
    most = 2**62 + 1
    assert (
        Expression("lost + ready", {"lost", "ready"}).value({"lost": most, "ready": 3}) == most + 3
    )
    product = Expression("lost * lost * lost", {"lost"})
    assert product.value({"lost": 10**9 + 7}) == pytest.approx((10**9 + 7) ** 3, rel=1e-15)
    assert product.value({"lost": -(2**40)}) == -(2**120)
    assert Expression("-lost - lost", {"lost"}).value({"lost": most}) == -2.0 * most
    assert Expression("lost > 1", {"lost"}).holds({"lost": 10**30})


@pytest.mark.parametrize(
    "text",
    [
        "9 ** 9 ** 9 ** 9",
        "1 << 10 ** 10",
        "9" * 499,
        "0x" + "f" * 490,
        "1e400",
        "(" * 249 + "1" + ")" * 249,
        "-" * 499 + "1",
        "not " * 124 + "x",
        "'%99999999d' % 1" + "'",
        "().__class__",
        "max(lost for x in [1])",
        "'a'.join('b')",
        "{}",
        "...",
        "lambda: 0",
        "await x",
        "*lost",
        "f'{9:999999999}'",
        "lost if lost",
        "\ud800",
        "'\\N{nothing}'",
        "lost[0:9]",
        "0_0_",
    ],
)
def test_hostile_texts_are_refused_when_they_are_written(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text, GRAMMAR)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["'a' * 99999", "'a' + 'b'", "'%9d' % lost", "-data", "abs(data)"])
def test_texts_are_not_calculated_with(text: str) -> None:
    table = Table([{"lost": 1, "ready": 0, "fill": 0.5, "operation": "a", "data": "b"}])
    with pytest.raises(TypeError):
        over(text, table)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("lost == 1 and lsot", 14),
        ("lost + (ready + nothing)", 16),
        ("data == 'ää' and lsot", 17),
        ("(lost +\n lsot)", 9),
        ("lost + ready ** 2", 7),
        ("lost = 1", 5),
        ("lost == == 1", 8),
    ],
)
def test_an_error_knows_where(text: str, at: int) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(f"  {text} ", GRAMMAR)
    assert caught.value.at == at


def test_as_long_as_is_allowed_is_computed() -> None:
    table = Table([{"lost": 1, "ready": 0, "fill": 0.5, "operation": "a", "data": "b"}])
    assert over("1" + "+1" * 249, table) == [250]
    assert over("lost" + " or lost" * 60, table) == [1]
    assert set(PLAIN_FUNCTIONS) == set(vars_of_python)

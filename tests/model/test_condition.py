"""What a condition may be: names, values, and what is refused with a remedy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import pytest

from relayviz.model.condition.columns import NAMES
from relayviz.model.condition.condition import Condition
from relayviz.model.condition.evaluator import FUNCTIONS
from relayviz.model.condition.language import LONGEST, ConditionError
from relayviz.model.condition.meanings import MEANINGS

PAGE = Path(__file__).parents[2] / "docs" / "conditions.md"

WRONG = {
    "": "Write a condition",
    "lost = 1": "use == to compare",
    "lsot == 1": "Did you mean lost",
    "lost.real": "only numbers",
    "lost[-1]": "CPU's number",
    "lost['a']": "CPU's number",
    "lost[step]": "CPU's number",
    "lost[1.5]": "CPU's number",
    "lost[4096]": "CPU's number",
    "step[0]": "have a [cpu]",
    "lost ** 9": "only numbers",
    "[lost]": "only numbers",
    "(lambda: 1)()": "can be called",
    "open('x')": "can be called",
    "min(lost, key=abs)": "can be called",
    "abs()": "takes one value",
    "changed(lost, step)": "takes one value",
    "abs": "no such name",
    "lost == None": "only numbers and texts",
    "1e999": "too large",
    "9" * 400: "too large",
    "lost == b'x'": "only numbers and texts",
    "x" * (LONGEST + 1): "too long",
    "__import__('os').system('true')": "can be called",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    with pytest.raises(ConditionError, match=re.escape(WRONG[text])):
        Condition(text)


def test_it_knows_what_it_looks_at() -> None:
    assert Condition(" lost[1] + lost > step ").names == {
        ("lost", 1),
        ("lost", None),
        ("step", None),
    }


def test_the_page_lists_every_name_and_function() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = {
        word
        for cell in re.findall(r"(?m)^\| (.+?) \|", text)
        for word in re.findall(r"`(\w+)", cell)
    }
    expected = {name for name in NAMES if not name.endswith("_bytes")} | {"lost_bytes", "_bytes"}
    assert named == expected | set(FUNCTIONS)


def test_every_name_and_function_has_a_line_of_its_own() -> None:
    assert set(MEANINGS) == NAMES | set(FUNCTIONS)
    assert len(set(MEANINGS.values())) == len(MEANINGS)
    assert not [line for line in MEANINGS.values() if not line or "\n" in line]


@pytest.mark.parametrize(
    ("text", "told", "at"),
    [
        ("lost && full", "write and for &&", 5),
        ("lost == 1 || full", "write or for ||", 10),
        ("!lost", "write not for !", 0),
        ("outcome == 'a && b' and lost = 1", "use == to compare", 29),
        ("padding[1]", "write prev_padding[1]", 0),
        ("bytes[0] > 4", "busy_bytes[0] or bytes_consumed[0]", 0),
    ],
)
def test_what_is_written_as_elsewhere_is_answered_with_what_to_write(
    text: str, told: str, at: int
) -> None:
    with pytest.raises(ConditionError) as error:
        Condition(text)
    assert told in str(error.value)
    assert error.value.at == at


class Figures:
    """As much of Columns as names ask for: what each was at two steps."""

    OF: ClassVar[dict[tuple[str, int | None], list[object]]] = {
        ("ready", 0): [1, 2],
        ("ready", None): [4, 5],
        ("n_subbufs", None): [8, 8],
        ("operation", None): ["write", "read"],
    }

    def of(self, name: str, cpu: int | None) -> list[object]:
        return self.OF[name, cpu]


def test_names_are_told_with_their_values_at_the_last_step() -> None:
    condition = Condition('ready[0] < n_subbufs and operation == "read"')
    assert condition.values_put_in(Figures()) == (  # type: ignore[arg-type]
        "n_subbufs = 8, operation = 'read', ready[0] = 2"
    )
    assert Condition("1 < 2").values_put_in(Figures()) == ""  # type: ignore[arg-type]

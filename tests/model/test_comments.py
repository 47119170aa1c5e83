"""Saving into a file that a person wrote, and that others write too."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.session.commented import _partners
from relayviz.model.session.file import dumps, load, loads
from relayviz.model.session.keeping import ChangedError, keep, load_known, written
from relayviz.model.session.session import Expectation, Line, Marker, Place, Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = """\
# 1: what this file is about

relayviz = 1  # 2: the format
title = "by hand"
# 3: above an array
watches = [
    "ready[0]",  # 4: beside an element
    # 5: in an array
    "lost",
]
breakpoints = ["refused"]

# 6: above the channel
[channel]  # 7: behind a table
mode = "no-overwrite"
subbuf_size = 0x40   # 8: in hex
n_subbufs = 2
cpus = 1

# 9: above a branch
[[branch]]
steps = '''
  # 10: first of all
  write 64 times=3   # 11: fills it

  expect lost == 1 # 12: said of it
  # 13: between two
  mark here
  read 100 # 14: "quoted"
  # 15: at the end
'''  # 16: behind the steps

# 17: between branches
[[branch]]
from = 1  # 18: behind a number
name = "other"
steps = "flush"
# 19: last of all
"""
COMMENTS = re.findall(r"# \d+: [^\n]*", FILE)
ONE = Operation(Kind.WRITE, 0, 8)


def with_line(session: Session, place: int, change: Callable[[list[Operation]], object]) -> Session:
    operations = list(session.lines[place].operations)
    change(operations)
    lines = list(session.lines)
    lines[place] = replace(lines[place], operations=tuple(operations))
    return replace(session, lines=tuple(lines))


def noted(session: Session) -> Session:
    """A mark and an expectation in the middle of what is one line."""
    return replace(
        session,
        markers=(Marker(Place(0, 2), "second"), *session.markers),
        expectations=(Expectation(Place(0, 2), "stored == 2"), *session.expectations),
    )


CHANGES: dict[str, Callable[[Session], Session]] = {
    "nothing": lambda one: one,
    "more operations": lambda one: with_line(one, 0, lambda line: line.extend([ONE, ONE])),
    "more in between": lambda one: with_line(one, 0, lambda line: line.insert(0, ONE)),
    "fewer": lambda one: with_line(
        replace(one, markers=(), expectations=()), 0, lambda line: line.pop()
    ),
    "notes": noted,
    "another branch": lambda one: replace(
        one, lines=(*one.lines, Line("third", (ONE,), parent=0, fork=2))
    ),
    "in a branch": lambda one: with_line(one, 1, lambda line: line.append(ONE)),
    "view": lambda one: replace(one, view=Place(1, 2)),
    "title": lambda one: replace(one, title='"new"'),
    "watches": lambda one: replace(one, watches=("lost", "stored", "offset[0]")),
    "breakpoints": lambda one: replace(one, breakpoints=(Breakpoint(On.WHEN, "lost > 2"),)),
    "sizes": lambda one: replace(one, config=replace(one.config, subbuf_size=128)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_all_comments_stay_and_the_session_is_the_new_one(
    change: Callable[[Session], Session],
) -> None:
    session = change(loads(FILE))
    text = written(session, FILE)
    assert loads(text) == loads(dumps(session))
    kept = {"watches": COMMENTS[:3] + COMMENTS[4:]}  # 4 stood beside what is gone
    wanted = next((kept[name] for name in kept if CHANGES[name] is change), COMMENTS)
    assert [one for one in wanted if one not in text] == []


def test_what_did_not_change_is_not_written_anew() -> None:
    assert written(loads(FILE), FILE) == FILE
    longer = with_line(loads(FILE), 0, lambda line: line.append(ONE))
    before, after = FILE.split("\n"), written(longer, FILE).split("\n")
    assert [line for line in after if line not in before] == ["  write 8"]
    assert [line for line in before if line not in after] == []


def test_a_branch_goes_with_its_lines_alone() -> None:
    session = replace(loads(FILE), lines=loads(FILE).lines[:1])
    text = written(session, FILE)
    assert loads(text) == loads(dumps(session))
    assert [one for one in COMMENTS[:16] if one not in text] == []


def test_saving_keeps_comments_in_the_file(tmp_path: Path) -> None:
    path, other = tmp_path / "a.relay.toml", tmp_path / "b.relay.toml"
    path.write_bytes(FILE.replace("\n", "\r\n").encode())
    session, known = load_known(path)
    longer = with_line(session, 0, lambda line: line.append(ONE))
    for target in (other, path):  # a copy under another name has them, too
        keep(longer, target, known)
        assert [one for one in COMMENTS if one not in target.read_text(encoding="utf-8")] == []
        assert load(target) == loads(dumps(longer))


def test_a_file_that_somebody_else_wrote_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.relay.toml"
    path.write_text(FILE, encoding="utf-8")
    (first, first_knows), (second, second_knows) = load_known(path), load_known(path)
    first = replace(first, title="of the first")
    second = replace(second, title="of the second")
    first_knows = keep(first, path, first_knows)
    with pytest.raises(ChangedError) as error:
        keep(second, path, second_knows)
    assert load(path).title == "of the first"
    assert 'title = "of the first"' in error.value.theirs
    assert 'title = "of the second"' in error.value.ours
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    keep(second, path, second_knows, overwrite=True)
    assert load(path).title == "of the second"
    with pytest.raises(ChangedError):  # and now it is the first that did not see it
        keep(first, path, first_knows)


def test_the_same_content_or_a_file_that_is_gone_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "a.relay.toml"
    path.write_text(FILE, encoding="utf-8")
    session, known = load_known(path)
    path.write_text(FILE, encoding="utf-8")  # another time, the same bytes
    known = keep(replace(session, title="x"), path, known)
    path.unlink()
    keep(session, path, known)
    assert load(path) == session


@given(st.lists(st.sampled_from("abcd"), max_size=9), st.lists(st.sampled_from("abcd"), max_size=9))
def test_lines_keep_their_partners_in_order(old: list[str], new: list[str]) -> None:
    """Each has one that says the same; none crosses another; what is common at the ends is kept."""
    partner = _partners(old, new)
    assert len(partner) == len(old)
    pairs = [(at, other) for at, other in enumerate(partner) if other is not None]
    assert all(old[at] == new[other] for at, other in pairs)
    assert all(one < other for (_, one), (_, other) in pairwise(pairs))
    head = next(
        (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    assert partner[:head] == list(range(head))
    if old and new and old[-1] == new[-1] and head < min(len(old), len(new)):
        assert partner[-1] == len(new) - 1

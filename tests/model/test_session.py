"""Session files: any session comes back as it was, and every mistake is named by its place."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.condition.breakpoint import Breakpoint, On
from relayviz.model.session import file as session_file
from relayviz.model.session import reading as session_parts
from relayviz.model.session.file import SessionError, dumps, load, loads, save
from relayviz.model.session.keeping import written
from relayviz.model.session.line import FORMS, normal
from relayviz.model.session.session import Expectation, Line, Marker, Place, Session

if TYPE_CHECKING:
    from pathlib import Path

CPUS = 4
SOURCE = 'def subbuf_start(buf, new, old, padding):\n    return "ü" in "\\\\""  # \t"""\n'
CONDITIONS = ("lost == 0", "ready[1] >= n_subbufs", 'outcome == "full" and grew(lost)')

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
numbers = st.integers(0, 2**40)


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    """Draw any operation that an engine could have performed."""
    kind = draw(st.sampled_from(list(FORMS)))
    form = FORMS[kind]
    fields: dict[str, object] = {"cpu": draw(st.integers(0, CPUS - 1))}
    if form.main in ("length", "count"):
        fields[form.main] = draw(numbers)
    elif form.main:
        fields["text"] = draw(texts) if kind is not Kind.SET_MODE else draw(st.sampled_from(Mode))
    if fields.get("text") == Mode.PYTHON and kind is Kind.SET_MODE:
        fields["source"] = draw(st.sampled_from([SOURCE, "pass\n"]))
    if "data" in form.named and draw(st.booleans()):
        fields["data"] = draw(st.binary(max_size=20) | texts.map(str.encode))
    if "fd" in form.named:
        fields["fd"] = draw(st.none() | st.integers(0, 9))
    if "record" in form.named:
        fields["record"] = draw(st.just("") | st.sampled_from(["r", "message 2", "it's", 'a"b #1']))
    if "event" in form.named:
        fields["event"] = draw(st.none() | st.integers(1, 99))
    if kind is Kind.CPU_ONLINE:
        fields["count"] = draw(st.integers(0, 1))
    return normal(Operation(kind, **fields))  # type: ignore[arg-type]


configs = st.builds(
    ChannelConfig,
    base_filename=st.none() | st.sampled_from(["cpu", "ä b", 'q"uote']),
    subbuf_size=st.integers(8, 4096),
    n_subbufs=st.integers(1, 64),
    cpus=st.just(CPUS),
    online=st.none() | st.just((0, 2)),
    mode=st.sampled_from([Mode.NO_OVERWRITE, Mode.OVERWRITE, Mode.DEFAULT]),
    header=st.integers(0, 4),
    is_global=st.booleans(),
) | st.just(ChannelConfig(cpus=CPUS, mode=Mode.PYTHON, source=SOURCE))
breakpoints = st.builds(
    Breakpoint,
    st.sampled_from([on for on in On if on not in (On.OPERATION, On.CALLBACK, On.WHEN)]),
    cpu=st.none() | st.integers(0, CPUS - 1),
    hits=st.integers(1, 9),
    enabled=st.booleans(),
) | st.sampled_from(
    [
        Breakpoint(On.OPERATION, "flush"),
        Breakpoint(On.CALLBACK, "raised", cpu=1, enabled=False),
        Breakpoint(On.WHEN, "lost == 2", hits=3),
    ]
)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Draw a session with branches and notes."""
    run = st.builds(lambda one, n: [one] * n, operations(), st.integers(1, 3))
    many = st.lists(run, min_size=1, max_size=6).map(lambda runs: tuple(chain.from_iterable(runs)))
    lines = [Line("main line", draw(many))]
    for number in range(draw(st.integers(0, 2))):
        parent = draw(st.integers(0, number))
        first, last = lines[parent].fork + (parent > 0), lines[parent].length - 1
        if first > last:
            continue
        fork = draw(st.integers(first, last))
        lines.append(Line(f"{draw(names)} {number}", draw(many), parent, fork))
    places = [
        Place(at, step)
        for at, line in enumerate(lines)
        for step in range(line.fork, line.length + 1)
    ]
    return Session(
        config=draw(configs),
        lines=tuple(lines),
        expectations=_sorted(
            draw(st.lists(st.sampled_from(places), max_size=5)), Expectation, CONDITIONS
        ),
        markers=_sorted(
            draw(st.lists(st.sampled_from(places), max_size=5)), Marker, ("a # b", "ünd")
        ),
        breakpoints=tuple(draw(st.lists(breakpoints, max_size=3))),
        watches=tuple(draw(st.lists(st.sampled_from(CONDITIONS), max_size=2))),
        view=draw(st.none() | st.sampled_from(places)),
        title=draw(names | st.just("")),
        topic=draw(names | st.just("")),
        text=draw(texts).replace("\r", "").strip(),
        shows=tuple(draw(st.lists(names, max_size=2))),
    )


def _sorted(places: list[Place], kind: type, words: tuple[str, ...]) -> tuple[Any, ...]:
    places.sort(key=lambda place: (place.branch, place.step))
    return tuple(kind(place, words[at % len(words)]) for at, place in enumerate(places))


@given(sessions())
def test_any_session_comes_back_as_it_was(session: Session) -> None:
    assert loads(dumps(session)) == session


@given(sessions(), sessions())
def test_any_session_can_be_put_into_the_text_of_any_other(one: Session, other: Session) -> None:
    text = dumps(other).replace("cpus =", "# kept\ncpus =")
    assert loads(written(one, text)) == loads(dumps(one))
    assert written(other, text) == text


def test_a_file_comes_back_from_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.relay.toml"
    session = Session(lines=(Line(operations=(Operation(Kind.WRITE, 1, data="grüße".encode()),)),))
    save(session, path)
    assert load(path) == session
    assert "text=grüße" in path.read_text(encoding="utf-8")
    save(replace(session, title="again"), path)
    assert load(path).title == "again"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_repeated_operations_are_one_line() -> None:
    session = Session(lines=(Line(operations=(Operation(Kind.WRITE, 0, 40),) * 1000),))
    assert "write 40 times=1000\n" in dumps(session)


def test_lines_for_people() -> None:
    text = """
    relayviz = 1
    [channel]
    cpus = 2
    [[branch]]
    steps = '''

      # a comment, and below: quotes of both kinds
      write 40 cpu=1      # the rest is a comment
      write text='two words' cpu=1
      write text="it's #1"
      fill data=00ff event=3
      cpu-offline cpu=1
      open-file rw
    '''
    """
    write = Kind.WRITE
    assert loads(text).lines[0].operations == (
        Operation(write, 1, 40),
        Operation(write, 1, data=b"two words"),
        Operation(write, data=b"it's #1"),
        Operation(Kind.FILL, event=3, data=b"\x00\xff"),
        Operation(Kind.CPU_ONLINE, 1, count=0),
        Operation(Kind.OPEN_FILE, text="rw"),
    )


HEAD = "relayviz = 1\n"
STEPS = HEAD + '[[branch]]\nsteps = """\nwrite 1\n'
WRONG = {
    # text: (line, field, part of the message)
    "": (1, "relayviz", "relayviz = 1"),
    "relayviz = 2\n": (1, "relayviz", "knows 1"),
    "relayviz = 1\nx = [\n": (None, "", "no TOML"),
    HEAD + "titel = 'x'\n": (2, "titel", "Did you mean title"),
    HEAD + "title = 3\n": (2, "title", "a text"),
    HEAD + "[channel]\n# more\nsubbuf_size = 0\n": (4, "channel.subbuf_size", "at least 1"),
    HEAD + "[channel]\nsubbuf_size = true\n": (3, "channel.subbuf_size", "a whole number"),
    HEAD + f"channel.cpus = 0x{'f' * 9999}\n": (2, "channel.cpus", "a number of 39996 bits"),
    HEAD + "channel.n_subbufs = 600000\n": (2, "channel.n_subbufs", "524288"),
    HEAD + "[channel]\nsubbuf_size = 4294967295\n": (3, "channel.subbuf_size", "4 GiB"),
    HEAD + "[channel]\nsubbufs = 9\n": (3, "channel.subbufs", "n_subbufs"),
    HEAD + "[channel]\nmode = 'over'\n": (3, "channel.mode", "overwrite"),
    HEAD + "[channel]\nonline = [0,\n 1,\n 99999]\n": (5, "channel.online[2]", "from 0 to 4095"),
    HEAD + "[channel]\nmode = 'python'\nsource = 'a'\n": (4, "channel.source", "[sources]"),
    HEAD + "watches = [\n 'lost',\n 'lsot',\n]\n": (4, "watches[1]", "Did you mean lost"),
    HEAD + "breakpoints = ['refsued']\n": (2, "breakpoints[0]", "Did you mean refused"),
    HEAD + "breakpoints = ['full hits=0']\n": (2, "breakpoints[0]", "1 to"),
    HEAD + "breakpoints = ['callback 2']\n": (2, "breakpoints[0]", "raised"),
    STEPS + 'wrtie 3\n"""\n': (5, "branch[0].steps (wrtie)", "Did you mean write"),
    STEPS + '\nwrite\nread\n"""\n': (7, "branch[0].steps (length)", '"read 40"'),
    STEPS + 'write 4 cpu=9\n"""\n': (5, "branch[0].steps (cpu)", "give 0 to 3"),
    STEPS + 'write 4 fd=9\n"""\n': (5, "branch[0].steps (fd)", "no such part"),
    STEPS + 'write 4 data=00\n"""\n': (5, "branch[0].steps (length)", "one of the three"),
    STEPS + 'write data=0\n"""\n': (5, "branch[0].steps (data)", "two hex digits"),
    STEPS + 'write text=\'a\n"""\n': (5, "branch[0].steps ('a)", "not closed"),
    STEPS + 'write 4 record=\'\'\n"""\n': (5, "branch[0].steps (record)", "1 to 100 characters"),
    STEPS + 'flush record=a\n"""\n': (5, "branch[0].steps (record)", "no such part"),
    STEPS + 'write 4 record=a times=10001\n"""\n': (5, "branch[0].steps (record)", "at most 10000"),
    STEPS + 'write 1 1\n"""\n': (5, "branch[0].steps (length)", "twice"),
    STEPS + 'write 1 times=0\n"""\n': (5, "branch[0].steps (times)", "1 to"),
    STEPS + 'write cpu=all\n"""\n': (5, "branch[0].steps (cpu)", "for each CPU"),
    STEPS + 'flush\nexpect lost = 0\n"""\n': (6, "branch[0].steps (expect)", "=="),
    STEPS + 'expect __import__("os")\n"""\n': (5, "branch[0].steps (expect)", "called"),
    STEPS + 'mark\n"""\n': (5, "branch[0].steps (mark)", "a name"),
    STEPS + 'set-mode python\n"""\n': (5, "branch[0].steps (source)", "source=NAME"),
    STEPS + '"""\n[[branch]]\nfrom = 1\nsteps = "flush"\n': (7, "branch[1].from", "0 to 0"),
    STEPS + '"""\n[[branch]]\nsteps = "flush"\n': (6, "branch[1]", "from = N"),
    STEPS + '"""\n[[branch]]\nfrom = 0\n': (6, "branch[1].steps", "at least one"),
    STEPS + '"""\n[[branch]]\nparent = "x"\nfrom = 0\n': (7, "branch[1].parent", "main line"),
    STEPS + '"""\n[view]\nstep = 2\n': (7, "view.step", "0 to 1"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_named_by_line_and_field(text: str) -> None:
    line, field, part = WRONG[text]
    with pytest.raises(SessionError, match=r"^name:") as caught:
        loads(text, "name")
    assert (caught.value.field, part in caught.value.message) == (field, True), caught.value
    assert line is None or caught.value.line == line, caught.value


def test_hostile_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = HEAD + "x = " + "[" * 100_000 + "]" * 100_000
    with pytest.raises(SessionError, match="nested"):
        loads(deep)
    with pytest.raises(SessionError, match="at most 2000000 operations"):
        loads(STEPS + "write 1 times=1000000\n" * 2 + '"""\n')
    with pytest.raises(SessionError, match="at most 64 GiB"):
        loads(STEPS + 'write 268435456 times=1000\n"""\n')
    path = tmp_path / "x"
    path.write_bytes(b"\xff")
    with pytest.raises(SessionError, match=r"x:1: This is no UTF-8"):
        load(path)
    monkeypatch.setattr(session_file, "MAX_FILE", 5)
    path.write_text(HEAD)
    with pytest.raises(SessionError, match="larger than"):
        load(path)
    with pytest.raises(SessionError, match="No such file"):
        load(tmp_path / "missing")
    monkeypatch.setattr(session_parts, "MAX_BRANCHES", 1)
    with pytest.raises(SessionError, match="1 to 1 branches"):
        loads(STEPS + '"""\n[[branch]]\nfrom = 0\nsteps = "flush"\n')


def test_a_fork_from_the_shared_part_belongs_to_its_owner() -> None:
    text = (
        STEPS
        + """write 2
write 3
\"\"\"
[[branch]]
name = "b"
from = 1
steps = "flush"
[[branch]]
name = "c"
parent = "b"
from = 1
steps = "reset"
"""
    )
    assert loads(text).lines[2].parent == 0


def test_saving_keeps_links_and_who_may_read(tmp_path: Path) -> None:
    real, link = tmp_path / "real.relay.toml", tmp_path / "link.relay.toml"
    save(Session(), real)
    (tmp_path / "plain").touch()
    assert real.stat().st_mode == (tmp_path / "plain").stat().st_mode
    real.chmod(0o640)
    link.symlink_to(real)
    save(Session(title="new"), link)
    assert link.is_symlink()
    assert load(real).title == "new"
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(list(tmp_path.iterdir())) == 3  # nothing is left beside them


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    for taken in (tmp_path / "folder", tmp_path / "pipe"):
        taken.mkdir() if taken.name == "folder" else os.mkfifo(taken)
        with pytest.raises(OSError, match="something else of that name"):
            save(Session(), taken)
        assert not taken.is_file()

"""The engine of the window for channels of other processes: real ones, killed, damaged, closed."""

from __future__ import annotations

import errno
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from relayviz import relay
from relayviz.engines.attach.viewing.kind import KIND
from relayviz.engines.attach.viewing.searching import find
from relayviz.engines.attach.viewing.source import ChannelSource
from relayviz.model.channel.config import Mode
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.engine.protocol import Can, OpenError, handing_over, watching
from relayviz.model.findings.finding import Fault
from relayviz.model.others import Search
from tests.attach.others import COUNT, SIZE, producing, until
from tests.descriptors import descriptors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from relayviz.model.engine.protocol import Engine
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.others import OtherChannel


def only(place: object) -> OtherChannel:
    (one,) = find((str(place),), Search()).channels
    return one


def joined(place: object) -> Engine:
    assert KIND.join is not None
    return KIND.join(only(place))


def stored(shown: Snapshot) -> list[int]:
    numbers: list[int] = shown.buffers["account"]["accepted"]["events"].tolist()
    return numbers


def told(engine: Engine) -> str:
    """All that is said of it in sentences."""
    foreign = engine.snapshot.foreign
    assert foreign is not None
    return "\n".join(
        [
            foreign.status,
            *(one.text for one in foreign.seen),
            *(one.text for one in foreign.findings),
        ]
    )


def seen_in(engine: Engine, words: str) -> None:
    """Wait until something is told."""
    until(lambda: words in told(engine))


@pytest.fixture(autouse=True)
def no_file_left_open() -> Iterator[None]:
    before = descriptors()
    yield
    until(lambda: descriptors() <= before)


# -- what is shown ---------------------------------------------------------------------------------


def test_state_account_and_bytes_are_those_of_the_process(folder: Path) -> None:
    place = relay.Directory.at(folder)
    with relay.Channel("cpu", place, subbuf_size=SIZE, n_subbufs=COUNT, cpus=2) as channel:
        for number in range(90):
            channel.write(b"event %d" % number, number % 2)
        channel.write(bytes(SIZE + 1), 0)
        with place.open("cpu0") as file:
            file.read(300)
        with closing(joined(folder)) as engine:
            seen, shown = channel.snapshot(), engine.snapshot
            for name in seen.buffers.dtype.names or ():
                if name not in ("online", "mapped"):
                    assert (shown.buffers[name] == seen.buffers[name]).all(), name
            assert (shown.subbufs == seen.subbufs).all()
            assert shown.knows("account", "events", "lost", "header")
            assert not any(map(shown.knows, ("files", "mappings", "last_toobig")))
            for row in range(2):
                engine.bytes_of(shown, row)
                assert engine.wait_idle()
                data = engine.bytes_of(engine.snapshot, row)
                assert data is not None
                assert data.tobytes() == (folder / f"cpu{row}").read_bytes()


def test_it_follows_and_its_rates_are_events(folder: Path) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        producer.tell("write", 30, 0)
        producer.tell("big", 4, 1)
        until(lambda: stored(engine.snapshot) == [30, 0])
        until(lambda: engine.snapshot.count(1, "too_big").events == 4)
        rates, lanes = engine.rates(60.0, 60), engine.lanes(60.0, 60)
        assert rates is not None
        assert lanes is not None
        assert rates.unit == "events"
        assert rates.written.sum() == pytest.approx(30)
        assert rates.bytes.sum() == int(engine.snapshot.buffers["account"]["accepted"]["bytes"][0])
        assert rates.lost.sum(axis=1).tolist() == [4.0 * (name == "too_big") for name in LOSSES]
        assert rates.fill.max() > 0
        marks = np.bitwise_or.reduce(lanes, axis=1).tolist()
        assert marks == [Mark.STORED | Mark.SWITCHED, Mark.LOST_TOO_BIG]


@pytest.mark.parametrize(
    ("mode", "known", "fault", "words"),
    [
        ("refuse", Mode.NO_OVERWRITE, Fault.NO_READER, "refused: no sub-buffer was free"),
        ("overwrite", Mode.OVERWRITE, Fault.LAPPED, "overwritten before anybody"),
    ],
)
def test_a_full_buffer_is_evidence_of_the_mode_and_a_finding(
    folder: Path, mode: str, known: Mode, fault: Fault, words: str
) -> None:
    with producing(folder, mode) as producer, closing(joined(folder)) as engine:
        assert not engine.snapshot.knows("mode")
        producer.tell("write", 200, 1)
        seen_in(engine, words)
        shown = engine.snapshot
        assert (shown.knows("mode"), shown.mode) == (True, known)
        assert shown.foreign is not None
        finding = next(one for one in shown.foreign.findings if words in one.text)
        assert (finding.fault, finding.cpus) == (fault, (1,))
        lost = shown.lost_events()
        assert lost > 0
        assert f"{lost} events" in finding.text


def test_paused_it_stays_and_says_that_it_may_be_otherwise_now(folder: Path) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        watched = watching(engine)
        assert watched is not None
        watched.watch(on=False)
        before = stored(engine.snapshot)
        producer.tell("write", 9, 0)
        assert stored(engine.snapshot) == before == [0, 0]
        assert "paused" in told(engine)
        watched.watch(on=True)
        until(lambda: stored(engine.snapshot) == [9, 0])


# -- the end of a process --------------------------------------------------------------------------


def test_a_killed_process_is_told_and_what_it_wrote_stays(folder: Path) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        producer.tell("write", 12, 1)
        producer.kill()
        seen_in(engine, f"Process {producer.pid} is gone.")
        shown = engine.snapshot
        assert stored(shown) == [0, 12]
        assert shown.foreign is not None
        assert shown.foreign.is_over
        assert not shown.foreign.changes
        assert f"process {producer.pid} is gone and has not closed it" in shown.foreign.status
        assert "12 events unread" in told(engine)
        with relay.Directory.at(folder).open("cpu1") as file:  # others can consume what is left
            file.read()
        until(lambda: engine.snapshot.buffers["bytes_consumed"].tolist()[1] > 0)
        with closing(joined(folder)) as again:  # opened after its death it says the same
            assert f"process {producer.pid} is gone" in told(again)


def test_what_was_half_done_is_told(folder: Path) -> None:
    """A control block as a process leaves it that dies in a switch, or while it writes."""
    with producing(folder) as producer:
        producer.tell("write", 12, 0)
        producer.tell("write", 3, 1)
        producer.kill()
    switch_to(folder / "cpu0.ctl", lock=producer.pid, doing=relay.Doing.SWITCH)
    switch_to(folder / "cpu1.ctl", lock=producer.pid, doing=relay.Doing.NOTHING)
    with closing(joined(folder)) as engine:
        words = told(engine)
        assert "CPU 0: found half done: going on to the next sub-buffer" in words
        assert "CPU 1: it was writing an event, which is not whole" in words
        assert "When it died: CPU 1: writing an event" in words
        assert engine.snapshot.foreign is not None
        facts = {name: value for name, value, _tip in engine.snapshot.foreign.facts}
        assert "CPU 0: going on to the next sub-buffer" in facts["when it died"]


LOCK_LINE = 4 * 64  # bytes from the head of a control block to "who may write"


def switch_to(control: Path, *, lock: int, doing: int) -> None:
    with control.open("r+b") as file:
        file.seek(LOCK_LINE)
        file.write(lock.to_bytes(4, "little") + doing.to_bytes(4, "little"))


def test_a_closed_channel_is_told_and_stays_to_be_seen(folder: Path) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        producer.tell("write", 12, 0)
        producer.tell("close")
        seen_in(engine, "was closed by its process")
        assert not list(folder.iterdir())
        assert engine.snapshot.closed
        assert engine.snapshot.count(0, "accepted").events == 12
        assert not engine.snapshot.is_gone(0)
        until(lambda: engine.bytes_of(engine.snapshot, 0) is not None)
        data = engine.bytes_of(engine.snapshot, 0)
        assert data is not None
        assert data.tobytes().startswith(b"event 0 on 0.")


def test_a_restart_is_told_and_is_not_taken_for_the_same(folder: Path) -> None:
    with producing(folder) as first, closing(joined(folder)) as engine:
        first.tell("write", 5, 0)
        first.kill()
        seen_in(engine, "is gone")
        relay.Directory.at(folder).clean("cpu")
        with producing(folder) as second:
            second.tell("write", 7, 0)
            seen_in(engine, f"Another channel of that name is there, of process {second.pid}")
            assert stored(engine.snapshot) == [5, 0]
            assert only(folder).pid == second.pid


def test_a_reset_is_told(folder: Path) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        producer.tell("write", 40, 0)
        until(lambda: int(engine.snapshot.buffers["produced"][0]) > 0)
        assert "began anew" not in told(engine)
        producer.tell("reset")
        seen_in(engine, "CPU 0: its counters began anew")


def test_bytes_are_believed_only_with_a_look_behind_the_reading(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, look_now = iter((True, False)), relay.Attached._look_now

    def look(attached: relay.Attached) -> relay.AttachedLook:
        if not next(looks):
            raise BlockingIOError(errno.EAGAIN, "it never held still")
        return look_now(attached)

    with producing(folder) as producer, closing(ChannelSource(only(folder))) as source:
        producer.tell("write", 3, 0)
        monkeypatch.setattr(relay.Attached, "_look_now", look)
        with pytest.raises(BlockingIOError):
            source.contents(0)


# -- damage ----------------------------------------------------------------------------------------


def test_a_control_block_that_is_damaged_meanwhile_is_marked_and_not_believed(folder: Path) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        producer.tell("write", 12, 0)
        until(lambda: stored(engine.snapshot) == [12, 0])
        block = (folder / "cpu0.ctl").read_bytes()
        overwrite(folder / "cpu0.ctl", b"\xff" * 128)
        seen_in(engine, "CPU 0: its control block is damaged.")
        shown = engine.snapshot
        assert shown.foreign is not None
        assert shown.foreign.contradictory == {0}
        assert shown.foreign.why_withheld(0, 2)
        assert stored(shown) == [0, 0]  # and marked: no view shows a figure of that row
        engine.bytes_of(shown, 0)
        assert engine.wait_idle()
        assert engine.bytes_of(engine.snapshot, 0) is None
        rates = engine.rates(60.0, 60)
        assert rates is not None
        assert rates.written.sum() == pytest.approx(12)
        giver = handing_over(engine)
        assert giver is not None
        with pytest.raises(OpenError, match="CPU 0"):
            giver.step_from_here()
        producer.tell("write", 3, 1)
        until(lambda: stored(engine.snapshot)[1] == 3)
        overwrite(folder / "cpu0.ctl", block[64:192])
        seen_in(engine, "CPU 0: its control block can be used again.")
        again = engine.rates(60.0, 60)
        assert again is not None
        assert again.written.sum() == pytest.approx(15)  # nothing counts twice


def overwrite(control: Path, data: bytes) -> None:
    with control.open("r+b") as file:
        file.seek(64)
        file.write(data)


def test_what_is_gone_between_finding_and_opening_says_so(folder: Path) -> None:
    assert KIND.join is not None
    with producing(folder) as producer:
        one = only(folder)
        producer.tell("close")
    with pytest.raises(OpenError, match="Look again"):
        KIND.join(one)


# -- taken along -----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_dead", [False, True])
def test_it_is_stepped_from_where_it_stands(folder: Path, *, is_dead: bool) -> None:
    with producing(folder) as producer, closing(joined(folder)) as engine:
        assert Can.HAND_OVER in engine.can
        producer.tell("write", 200, 0)
        producer.tell("write", 3, 1)
        if is_dead:
            producer.kill()
        until(lambda: stored(engine.snapshot)[1] == 3)
        giver = handing_over(engine)
        assert giver is not None
        with closing(giver.step_from_here()) as stepped:
            ours, theirs = stepped.snapshot, engine.snapshot
            for name in ("produced", "consumed", "offset", "bytes_consumed", "file_size"):
                assert (ours.buffers[name] == theirs.buffers[name]).all(), name
            assert ours.mode is Mode.NO_OVERWRITE
            for row in range(2):
                data = stepped.bytes_of(ours, row)
                assert data is not None
                assert data.tobytes() == (folder / f"cpu{row}").read_bytes()

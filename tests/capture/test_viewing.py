"""The engine of captures: its rings against a real channel that the same records are written to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from relayviz import relay
from relayviz.engines.capture.capture import open_capture
from relayviz.engines.capture.kinds import layout_named
from relayviz.engines.capture.viewing import opening
from relayviz.engines.capture.viewing.engine import CaptureEngine
from relayviz.engines.capture.viewing.opening import open_files
from relayviz.engines.capture.viewing.ordering import tape_of
from relayviz.engines.capture.viewing.rings import Rings
from relayviz.model.capture.sizes import Sizes, Sure, offered, sizes_of
from relayviz.model.capture.tape import LATEST
from relayviz.model.engine.protocol import OpenError
from relayviz.model.engine.taped import taped
from tests.capture import made
from tests.capture.test_truth import DATA, LOSSY, files, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from relayviz.model.engine.files import OpenedFiles
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.engine.taped import TapedEngine


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No thread of an engine outlives its test."""
    yield
    assert not [one for one in threading.enumerate() if one.name.startswith("capture")]


def engine_of(opened: OpenedFiles) -> TapedEngine:
    (one,) = opened.captures
    engine = taped(one.engine)
    assert engine is not None
    assert engine.wait_idle()
    return engine


def settled(engine: TapedEngine, place: int) -> TapedEngine:
    engine.goto_place(place)
    assert engine.wait_idle()
    return engine


def bytes_held(engine: TapedEngine, shown: Snapshot, buffer: int) -> NDArray[np.uint8]:
    found = engine.bytes_of(shown, buffer)
    if found is None:
        assert engine.wait_idle()
        found = engine.bytes_of(shown, buffer)
    assert found is not None
    return found


def test_rings_and_bytes_are_those_of_a_channel_that_the_records_are_written_to() -> None:
    """CPU 0 of the first capture lost nothing: a real channel gets its records, one by one."""
    folder = LOSSY[0]
    true = truth(folder)
    sizes = Sizes(true["subbuf_size"], true["n_subbufs"], "")
    engine = engine_of(open_files(files(folder)))
    engine.set_sizes(sizes)
    assert engine.wait_idle()
    tape = engine.tape
    buffer = tape.cpus.index(0)
    channel = relay.Channel(
        None,
        subbuf_size=sizes.subbuf_size,
        n_subbufs=sizes.n_subbufs,
        cpus=1,
        callbacks=relay.Callbacks(relay.OVERWRITE),
    )
    data = files(folder)[0].read_bytes()
    stops = [0, 1, 7, 40, 41, 42, 100, len(tape.places[buffer]) - 1]
    written = 0
    for number, place in enumerate(tape.places[buffer].tolist()):
        row = tape.row(place)
        channel.write(data[int(row["at"]) : int(row["at"]) + int(row["length"])], 0)
        written = number
        if written not in stops:
            continue
        real, shown = channel.snapshot(), settled(engine, place + 1).snapshot
        for name in ("produced", "offset", "current", "prev_padding"):
            assert shown.buffers[name][buffer] == real.buffers[name][0], (name, number)
        for name in ("lap", "used", "padding", "events"):
            assert shown.subbufs[name][buffer].tolist() == real.subbufs[name][0].tolist(), name
        held = bytes_held(engine, shown, buffer)
        memory = np.array(channel.buffers[0].data, np.uint8)
        for index, used in enumerate(real.subbufs["used"][0].tolist()):
            begin = index * sizes.subbuf_size
            assert held[begin : begin + used].tolist() == memory[begin : begin + used].tolist()
    channel.close()
    assert engine.close()


@pytest.mark.parametrize("folder", LOSSY[:2])
def test_what_is_lost_grows_with_the_moment_shown(folder: str) -> None:
    engine, true = engine_of(open_files(files(folder))), truth(folder)
    tape = engine.tape
    for place in (0, tape.count // 3, tape.count // 2, tape.count):
        shown = settled(engine, place).snapshot
        assert shown.step == place
        told = shown.buffers["account"]["refused_full"]["events"]
        for buffer, cpu in enumerate(tape.cpus):
            mine = tape.places[buffer][: tape.written(buffer, place)]
            numbers = [int(tape.row(one)["sequence"]) for one in mine.tolist()]
            kinds = [int(tape.row(one)["kind"]) for one in mine.tolist()]
            last = max((n for n, kind in zip(numbers, kinds, strict=True) if not kind), default=0)
            lost = [one["seq"] for one in true["lost"] if one["cpu"] == cpu and one["seq"]]
            assert int(told[buffer]) == sum(number < last for number in lost)
    assert not engine.snapshot.knows("consumed")
    assert engine.snapshot.is_least("account.refused_full")
    assert engine.close()


@pytest.mark.parametrize("folder", LOSSY[:2])
def test_losses_show_the_size_of_a_sub_buffer(folder: str) -> None:
    true = truth(folder)
    engine = engine_of(open_files(files(folder)))
    assert engine.sizes.subbuf_size == true["subbuf_size"]
    assert engine.sizes.n_subbufs >= true["n_subbufs"]  # what is told is that there are no more
    assert "no more" in engine.sizes.why
    assert engine.sizes.sure is Sure.AT_MOST
    assert "× ≤" in engine.sizes.words
    assert engine.offers[1].sure is Sure.ASSUMED
    assert engine.offers[1].subbuf_size == 512 << 10
    assert engine.close()


def test_sizes_that_its_records_do_not_fit_are_no_offer() -> None:
    usual = Sizes(64, 4, "")
    assert offered(usual, [], 65)[0].subbuf_size >= 65
    assert offered(usual, [], 64) == (usual,)
    assert sizes_of("4 KiB × ≤ 8") == sizes_of("4Kx8")
    assert sizes_of("4 KiB × 8") == sizes_of("4Kx8") == sizes_of(Sizes(4096, 8, "").words)
    engine = engine_of(open_files(files(LOSSY[0])))
    with pytest.raises(ValueError, match="fits into no such"):
        engine.set_sizes(Sizes(40, 4, ""))
    assert engine.close()


def test_sizes_that_a_person_chose_stay_if_the_longest_record_just_fits() -> None:
    capture = open_capture(files(LOSSY[0]))
    largest = max(int(part.index.rows["length"].max()) for part in capture.parts)
    engine = object.__new__(CaptureEngine)
    engine._title = "a"
    for size, stays in ((largest, True), (largest - 1, False)):
        engine._chosen = Sizes(size, 7, "")
        opened, offers = engine._laid(capture, is_whole=True)
        assert opened.rings.sizes == (engine._chosen if stays else offers[0])


@pytest.mark.parametrize("folder", LOSSY)
def test_records_stand_in_the_order_of_their_times_or_numbers(folder: str) -> None:
    tape = tape_of(open_capture(files(folder)))
    rows = tape.rows[tape.order]
    assert sorted(tape.order.tolist()) == np.flatnonzero(tape.rows["kind"] < 2).tolist()
    key = "sequence" if folder == LOSSY[2] else "time"
    assert np.all(rows[key][1:] >= rows[key][:-1])
    for buffer, cpu in enumerate(tape.cpus):
        mine = rows[tape.places[buffer]]
        assert folder == LOSSY[2] or set(mine["cpu"].tolist()) == {cpu}
    assert sum(map(len, tape.places)) == tape.count
    times = np.array([0, 1, 10**9, 3 * 10**10, LATEST])
    if tape.has_time:
        expected = np.searchsorted(rows["time"], times.astype(np.uint64))
        assert tape.places_of(times).tolist() == expected.tolist()


def test_a_time_that_is_damaged_moves_one_record_and_no_others(tmp_path: Path) -> None:
    for cpu in (0, 1):
        records = [made.blktrace7(n + 1, 1000 * n + cpu, cpu) for n in range(50)]
        if cpu == 0:
            records[10] = made.blktrace7(11, 2**63, 0)
        (tmp_path / f"x.blktrace.{cpu}").write_bytes(b"".join(records))
    tape = tape_of(open_capture(sorted(tmp_path.iterdir())))
    numbers = tape.rows["sequence"][tape.order].tolist()
    assert numbers[-6:] == [48, 48, 49, 49, 50, 50]
    assert not tape.lost


def big(folder: Path, records: int) -> Path:
    path = folder / "big.blktrace.0"
    path.write_bytes(b"".join(made.blktrace7(n + 1, 1000 * n) for n in range(records)))
    return path


def test_the_beginning_is_shown_while_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "FIRST", 1 << 16)
    path, gate = big(tmp_path, 9000), threading.Event()
    laid = CaptureEngine._laid

    def slowly(engine: CaptureEngine, *args: object, is_whole: bool) -> object:
        if is_whole:
            assert gate.wait(20)
        return laid(engine, *args, is_whole=is_whole)  # type: ignore[arg-type]

    monkeypatch.setattr(CaptureEngine, "_laid", slowly)
    (one,) = open_files([path]).captures
    engine = cast("CaptureEngine", one.engine)
    first = engine.snapshot
    assert 0 < first.last_step < 9000
    assert engine.progress < 1
    assert first.foreign is not None
    assert "beginning" in first.foreign.status
    gate.set()
    assert engine.wait_idle()
    assert (engine.progress, engine.snapshot.last_step) == (1.0, 9000)
    assert engine.snapshot.step == 9000  # who was at the end is at the end
    assert engine.close()


def test_reading_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "FIRST", 1 << 16)
    entered, gate = threading.Event(), threading.Event()
    told = CaptureEngine._told

    def waiting(engine: CaptureEngine, done: float) -> bool:
        entered.set()
        assert gate.wait(20)
        return told(engine, done)

    monkeypatch.setattr(CaptureEngine, "_told", waiting)
    (one,) = open_files([big(tmp_path, 9000)]).captures
    engine = cast("CaptureEngine", one.engine)
    assert entered.wait(20)
    engine.stop_reading()
    gate.set()
    assert engine.wait_idle()
    shown = engine.snapshot
    assert shown.last_step < 9000
    assert shown.foreign is not None
    assert "stopped" in shown.foreign.status
    assert engine.close()


@pytest.mark.parametrize("kind", made.KINDS)
def test_each_kind_is_found_by_content_and_laid_out(tmp_path: Path, kind: str) -> None:
    records = made.KINDS[kind](40)
    path = tmp_path / "any name 3"
    path.write_bytes(b"".join(records))
    engine = engine_of(open_files([path]))
    tape = engine.tape
    assert tape.layout.name == kind.partition(",")[0]
    assert tape.rows["length"][tape.order].tolist() == [len(one) for one in records]
    found = []
    for place in range(1, tape.count + 1, 13):
        shown = settled(engine, place).snapshot
        current = int(shown.buffers["current"][0])
        places = engine.records_in(shown, 0, current)
        assert places[-1].event == place - 1
        found.append(places[-1].length)
        if tape.layout.is_flushed:
            assert len(places) == 1  # the client flushes behind each
    assert found == [len(one) for one in records[::13]]
    assert engine.close()


def test_a_layout_that_cannot_be_recognised_is_used_when_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "guc_log0"
    path.write_bytes(bytes(77824 * 3))
    with pytest.raises(OpenError, match="no kind that is known"):
        open_files([path])
    engine = engine_of(open_files([path], layout_named("i915 GuC log")))
    assert engine.tape.count == 3
    assert engine.tape.layout.status == "not tried on a real file"
    assert engine.close()


def test_folders_and_several_captures_at_once(tmp_path: Path) -> None:
    for name in ("sda", "sdb"):
        for cpu in (0, 1):
            data = b"".join(made.blktrace7(n + 1, n, cpu) for n in range(9))
            (tmp_path / f"{name}.blktrace.{cpu}").write_bytes(data)
    (tmp_path / "notes").write_text("not a capture")
    opened = open_files([tmp_path])
    assert [(one.title, len(one.paths)) for one in opened.captures] == [
        ("sda.blktrace", 2),
        ("sdb.blktrace", 2),
    ]
    assert [path.name for path, _ in opened.refused] == ["notes"]
    opened.close()
    for one in opened.captures:
        assert one.engine.close()


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"")])
def test_what_holds_no_capture_says_why(tmp_path: Path, make: object) -> None:
    path = tmp_path / "nothing"
    make(path)  # type: ignore[operator]
    with pytest.raises(OpenError, match=r"nothing: (No file is in it|It is empty)"):
        open_files([path])


def test_a_file_that_goes_away_is_told_of_and_nothing_breaks(tmp_path: Path) -> None:
    path = big(tmp_path, 50)
    engine = engine_of(open_files([path]))
    path.unlink()
    shown = engine.snapshot
    assert engine.bytes_of(shown, 0, 0, 16) is None
    assert engine.wait_idle()
    assert engine.snapshot.foreign is not None
    assert "cannot be read any more" in engine.snapshot.foreign.status
    assert engine.close()


def test_borders_behind_a_loss_without_a_cpu_are_told_as_a_guess() -> None:
    engine = engine_of(open_files(files(LOSSY[2])))
    assert engine.snapshot.foreign is not None
    facts = {name: (value, tip) for name, value, tip in engine.snapshot.foreign.facts}
    assert "up to the first gap" in facts["borders"][0]
    assert not engine.snapshot.knows("account.refused_full")
    assert engine.close()


@pytest.mark.parametrize(("letters", "is_named"), [(39, True), (40, True), (41, False)])
def test_files_are_named_up_to_a_limit(tmp_path: Path, letters: int, *, is_named: bool) -> None:
    end = ".blktrace.0"
    path = tmp_path / ("x" * (letters - len(end)) + end)
    path.write_bytes(b"".join(made.blktrace7(n + 1, n, 0) for n in range(9)))
    engine = engine_of(open_files([path]))
    assert engine.snapshot.foreign is not None
    facts = {name: (value, tip) for name, value, tip in engine.snapshot.foreign.facts}
    assert facts["capture"] == (path.name if is_named else "1 file", str(path))
    assert engine.close()


def test_rings_hold_every_record_once() -> None:
    tape = tape_of(open_capture([DATA / "blktrace" / "sample.blktrace.0"]))
    rings = Rings(tape, Sizes(4096, 4, ""))
    laps = len(rings.first_of(0))
    held = [rings.held(0, lap, tape.count) for lap in range(laps)]
    assert [one.first for one in held[1:]] == [one.last for one in held[:-1]]
    used = [rings.used(0, one) for one in held]
    assert used == (4096 - rings.padding_of(0)).tolist()
    assert sum(used) == (DATA / "blktrace" / "sample.blktrace.0").stat().st_size

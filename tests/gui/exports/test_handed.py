"""File → Export, for other programs: what was written is what the engine has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet
import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent
from PySide6.QtWidgets import QFileDialog

from relayviz.engines.capture.viewing.opening import open_files
from relayviz.engines.live.simulation import SimulatedEngine
from relayviz.gui.exports.handed import FORMS
from relayviz.model.channel.config import ChannelConfig
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.channel.state import LOSSES
from relayviz.model.exchange import table
from relayviz.model.files import NewFile
from relayviz.model.load.load import BreakOn, Counter
from relayviz.model.load.presets import PRESETS
from relayviz.model.session.session import Notes
from tests.capture.test_truth import LOSSY, files, truth

if TYPE_CHECKING:
    from pathlib import Path

    from relayviz.model.engine.protocol import Engine
    from tests.gui.conftest import Driver

PATIENCE = 10.0


def written(driver: Driver, name: str, path: Path) -> Path:
    driver.window.handed.write(name, path)
    driver.settle()
    return path


def test_what_was_stepped(driver: Driver, tmp_path: Path) -> None:
    driver.controller.open_channel(ChannelConfig(cpus=3, n_subbufs=4, subbuf_size=128))
    driver.settle()
    writes = [Operation(Kind.WRITE, number % 3, 30 + number) for number in range(60)]
    driver.controller.submit(*writes)
    shown = driver.settle()
    assert shown is not None
    lost = shown.lost_events()
    assert lost > 0
    told = json.loads(written(driver, "json", tmp_path / "a.json").read_text())
    assert [one["step"] for one in told["steps"]] == list(range(61))
    assert sum(one["fate"] == "refused_full" for one in told["events"]) == lost
    rows = pyarrow.parquet.read_table(written(driver, "parquet", tmp_path / "a.parquet"))
    assert rows.to_pylist() == told["events"]
    trace = Trace()
    trace.ParseFromString(written(driver, "perfetto", tmp_path / "a.pftrace").read_bytes())
    events = [one.track_event for one in trace.packet if one.HasField("track_event")]
    assert sum(one.type == TrackEvent.TYPE_INSTANT for one in events) == lost
    tracks = {
        one.track_descriptor.uuid: one.track_descriptor.name
        for one in trace.packet
        if one.HasField("track_descriptor")
    }
    assert {name for name in tracks.values() if name.startswith("CPU")} == {
        "CPU 0",
        "CPU 1",
        "CPU 2",
    }
    last = {one.track_uuid: one.counter_value for one in events if "counter_value" in str(one)}
    unread = sum(value for uuid, value in last.items() if tracks[uuid] == "unread")
    assert unread == 60 - lost


def test_a_page_of_what_was_stepped(driver: Driver, tmp_path: Path) -> None:
    driver.controller.open_channel(ChannelConfig(cpus=1, n_subbufs=4, subbuf_size=128))
    driver.settle()
    driver.controller.submit(*(Operation(Kind.WRITE, 0, 30 + number) for number in range(20)))
    driver.settle()
    tab = driver.controller.tab
    assert tab is not None
    tab.notes = Notes(title="twenty < writes")
    driver.engine.seek(7)
    driver.settle()
    page = written(driver, "page", tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<title>twenty &lt; writes · relayviz</title>" in page
    head, _, rest = page.partition('<script type="application/json" id="data">')
    data = json.loads(rest.partition("</script>")[0])
    assert data["first"] == 7
    assert data["titles"][20] == "relay_write(49 B) on cpu 0, event 20"
    assert len(data["sides"][0]["states"]) == 21
    assert "{{" not in head.partition("-->")[2]


def test_a_page_is_made_of_steps(driver: Driver, tmp_path: Path) -> None:
    engine = SimulatedEngine(ChannelConfig(cpus=1), PRESETS["slow consumer"])
    try:
        with pytest.raises(table.ExchangeError, match="this channel has none"):
            put("page", engine, tmp_path / "a.html")
    finally:
        engine.close()
    assert not (tmp_path / "a.html").exists()
    assert driver.window.actions_made["export.as-page"].isEnabled()


def put(name: str, engine: Engine, path: Path) -> Path:
    with NewFile(path) as file:
        FORMS[name].put(engine, file, Notes())
    return path


def test_a_run(tmp_path: Path) -> None:
    engine = SimulatedEngine(ChannelConfig(cpus=2, subbuf_size=1024), PRESETS["slow consumer"])
    try:
        engine.set_break(BreakOn(counter=Counter.ATTEMPTED, value=60_000))
        engine.start()
        while engine.snapshot.live is None or engine.snapshot.live.hit is None:
            assert engine.wait_idle()
        lost = engine.snapshot.lost_events()
        assert lost > 0
        told = json.loads(put("json", engine, tmp_path / "a.json").read_text())
        assert told["totals"]["lost"] == lost
        assert told["totals"]["attempted"] == told["totals"]["accepted"] + lost
        table_of = pyarrow.parquet.read_table(put("parquet", engine, tmp_path / "a.parquet"))
        columns = table_of.to_pydict()
        assert sum(columns["written"]) == pytest.approx(told["totals"]["accepted"])
        assert sum(sum(columns[name]) for name in LOSSES) == pytest.approx(lost)
        assert columns["written"] == [row["written"] for row in told["rates"]]
        trace = Trace()
        trace.ParseFromString(put("perfetto", engine, tmp_path / "a.pftrace").read_bytes())
        events = [one for one in trace.packet if one.HasField("track_event")]
        begun = [one for one in events if one.track_event.type == TrackEvent.TYPE_SLICE_BEGIN]
        facts = [float(one.track_event.debug_annotations[0].string_value) for one in begun]
        assert sum(facts) == pytest.approx(lost, abs=0.001 * len(facts))
        lossy = {round(one.timestamp / 1e9, 3) for one in begun}
        assert lossy == {
            round(second, 3)
            for row, second in enumerate(columns["second"])
            if any(columns[name][row] > 0 for name in LOSSES)
        }
    finally:
        engine.close()


def test_the_menu_asks_for_a_file(driver: Driver, tmp_path: Path) -> None:
    driver.trigger("export.as-json")
    dialog = driver.dialog()
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "b.json"))
    dialog.reject()
    driver.settle()
    assert json.loads((tmp_path / "b.json").read_text())["channel"]


def test_what_cannot_be_written_is_told(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    told: list[str] = []
    driver.controller.notified.connect(lambda notice: told.append(notice.text))
    monkeypatch.setattr(table, "import_module", missing)
    written(driver, "parquet", tmp_path / "c.parquet")
    written(driver, "json", tmp_path / "no" / "c.json")
    assert "relayviz[parquet]" in told[0]
    assert "was not written" in told[1]
    assert not list(tmp_path.glob("*.parquet"))


def test_a_capture_is_handed_on_as_a_whole(tmp_path: Path) -> None:
    opened, true = open_files(files(LOSSY[0])), truth(LOSSY[0])
    engine = opened.captures[0].engine
    try:
        told = json.loads(put("json", engine, tmp_path / "a.json").read_text())
        assert (told["records"], told["missing"]) == (
            true["kept"],
            true["refused_that_gaps_prove"],
        )
        rows = pyarrow.parquet.read_table(put("parquet", engine, tmp_path / "a.parquet"))
        assert rows.num_rows == true["kept"]
        trace = Trace()
        trace.ParseFromString(put("perfetto", engine, tmp_path / "a.pftrace").read_bytes())
        begun = [one.track_event for one in trace.packet if one.HasField("track_event")]
        gaps = [one for one in begun if one.type == TrackEvent.TYPE_SLICE_BEGIN]
        assert len(gaps) == len(told["gaps"])
    finally:
        assert engine.close(PATIENCE)

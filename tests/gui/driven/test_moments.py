"""What is shown at many moments of sessions, captures, kernels, recordings and lessons.

The whole window is described in tests/gui/whole at one step; here are digests of many more.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from relayviz.gui.lesson.taking import Taking
from relayviz.gui.records import RecordsPanel
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import ALL, Kind, Operation
from relayviz.model.engine.playing import played
from relayviz.model.engine.taped import taped
from tests.capture.test_truth import LOSSY, files
from tests.engines.replay.kit import written
from tests.gui.dragging import drop
from tests.gui.driven.moments import shown, steps
from tests.gui.inside.seen import show
from tests.gui.lesson.test_lesson import LESSON, lesson_of, take
from tests.gui.test_captures import panel
from tests.gui.test_kernels import choose, looked, where
from tests.gui.waiting import until
from tests.gui.whole.conftest import fill, live
from tests.gui.whole.test_described import compare, no_thread_left
from tests.kernel.dumps import FIVE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from relayviz.model.engine.snapshot import Snapshot
    from tests.gui.conftest import Driver
    from tests.gui.driven.moments import Moment
    from tests.gui.live.conftest import LiveDriver

__all__ = ["live", "no_thread_left"]  # fixtures
Do = Operation
INSIDE = ("rings", "bytes", "timeline", "actors", "source", "copy", "counters", "log")
STEPPED = ("rings", "bytes", "timeline", "counters", "log", "channel", "fate", "watches")
CAPTURE = ("rings", "bytes", "timeline", "counters", "records", "findings")
KERNEL = ("rings", "bytes", "counters", "channel", "looks")
LIVE = ("rings", "timeline", "counters", "rate", "loss", "findings", "channel")
COPIES = """relayviz = 1
[channel]
subbuf_size = 96
n_subbufs = 3
cpus = 1
mode = "overwrite"
[inside]
rule = "kernel"
schedule = '''
run task
run task
run task
run task to COPY_PART
run reader to COPY_PART
run irq to WRITE_COPIED
run irq
run task
run reader
run task
'''
[[actor]]
name = "task"
cpu = 0
queue = '''
write 40 times=4
reserve 21
write 50 times=2
'''
[[actor]]
name = "irq"
role = "interrupt"
cpu = 0
queue = "write 20"
[[actor]]
name = "reader"
role = "reader"
cpu = 0
queue = "read 90 times=2"
"""
CHANNELS = {
    "overwrite": ChannelConfig(cpus=2, n_subbufs=3, subbuf_size=32, mode=Mode.OVERWRITE, header=4),
    "global": ChannelConfig(cpus=3, n_subbufs=2, subbuf_size=64, is_global=True),
    "off line": ChannelConfig(cpus=5, n_subbufs=2, subbuf_size=48, online=(0, 3)),
    "no callback": ChannelConfig(cpus=1, n_subbufs=4, subbuf_size=40, mode=Mode.DEFAULT),
    "one sub-buffer": ChannelConfig(cpus=2, n_subbufs=1, subbuf_size=100, header=8),
}
DONE = (
    *(Do(Kind.WRITE, 0, 20), Do(Kind.WRITE, 0, 25), Do(Kind.RESERVE, 0, 9), Do(Kind.WRITE, 1, 31)),
    *(Do(Kind.OPEN_FILE, 0), Do(Kind.READ, 0, 10), Do(Kind.FILL, 0), Do(Kind.WRITE, 0, 30)),
    *(Do(Kind.WRITE, 0, 30), Do(Kind.WRITE, 0, 18), Do(Kind.CPU_ONLINE, 1, count=1)),
    *(Do(Kind.WRITE, 1, 12), Do(Kind.SWITCH, 0), Do(Kind.CONSUME, 0, count=1), Do(Kind.FLUSH)),
    *(Do(Kind.MMAP, 0), Do(Kind.READ, 0, 500), Do(Kind.WRITE, 0, 5000), Do(Kind.RESET)),
    *(Do(Kind.WRITE, ALL, 7), Do(Kind.CLOSE)),
)


@pytest.mark.parametrize("name", ["torn-read", "reserve-interrupted", "two-consumers", "reserved"])
def test_steps_inside_operations(driver: Driver, tmp_path: Path, name: str) -> None:
    show(driver, name)
    driver.controller.seek(1000)
    driver.settle()
    last = driver.snapshot.step
    moments = steps(driver, range(0, last + 1, max(1, last // 8)))
    compare(f"moments-{name}", shown(driver, INSIDE, moments, tmp_path), tmp_path)


def test_copies_half_done_over_several_lines(driver: Driver, tmp_path: Path) -> None:
    driver.window.resize(1600, 1200)  # all lines of the sub-buffer are seen
    path = tmp_path / "copies.inside.toml"
    path.write_text(COPIES, encoding="utf-8")
    driver.window.desk.open(path)
    driver.settle()
    driver.controller.seek(1000)
    driver.settle()
    moments = steps(driver, range(driver.snapshot.step + 1))
    docks = ("rings", "bytes", "copy")
    compare("moments-copies", shown(driver, docks, moments, tmp_path), tmp_path)


def test_steps_of_a_channel_with_something_for_every_dock(driver: Driver, tmp_path: Path) -> None:
    fill(driver)
    moments = [*steps(driver, (0, 1, 13, 40, 42, 43)), *places(driver)]
    compare("moments-stepped", shown(driver, STEPPED, moments, tmp_path), tmp_path)


def places(driver: Driver) -> list[Moment]:
    """Return moments with other sub-buffers selected, and with the next operation elsewhere."""
    controller, chosen = driver.controller, ((0, 0), (1, 3), (2, 2))
    found: list[Moment] = [
        (f"at {row}/{index}", partial(controller.select, row, index)) for row, index in chosen
    ]
    return [*found, ("33 B on all", partial(controller.set_inputs, length=33, all_cpus=True))]


@pytest.mark.parametrize("name", CHANNELS)
def test_steps_of_other_channels(driver: Driver, tmp_path: Path, name: str) -> None:
    driver.controller.open_channel(CHANNELS[name])
    driver.settle()
    driver.controller.submit(*DONE)
    driver.settle()
    last = driver.snapshot.step
    moments = steps(driver, (0, *range(2, last, 3), last))
    kept = f"moments-{name.replace(' ', '-')}"
    compare(kept, shown(driver, STEPPED[:6], moments, tmp_path), tmp_path)


def test_records_of_a_capture(driver: Driver, tmp_path: Path) -> None:
    assert drop(driver, files(LOSSY[0]))
    tape = taped(driver.controller.shown)
    assert tape is not None
    last = tape.tape.count - 1
    records = panel(driver, "records", RecordsPanel)

    def go(place: int) -> None:
        tape.goto_place(place)
        driver.settle()
        until(lambda: not records._retry.isActive())  # the bytes on screen are read aside

    ats = (0, 1, last // 3, last // 2, last - 1, last)
    moments: list[Moment] = [(f"record {at}", partial(go, at)) for at in ats]
    compare("moments-capture", shown(driver, CAPTURE, moments, tmp_path), tmp_path)


def test_buffers_of_a_kernel(driver: Driver, tmp_path: Path) -> None:
    choose(driver, looked(driver, where(FIVE, tmp_path)), "noover")
    rows = range(driver.snapshot.rows)
    moments: list[Moment] = [
        (f"at {row}/{row % 2}", partial(driver.controller.select, row, row % 2)) for row in rows
    ]
    compare("moments-kernel", shown(driver, KERNEL, moments, tmp_path), tmp_path)


def test_moments_of_a_run(live: LiveDriver, tmp_path: Path) -> None:
    live.open_live(cpus=3)
    live.run(1)

    choose_moment = live.controller.running.choose_moment
    moments: list[Moment] = [
        *((f"{ticks} ticks more", partial(live.run, ticks)) for ticks in (0, 3, 60)),
        ("paused", live.controller.running.toggle),
        *((f"at {back} s", partial(choose_moment, back)) for back in (0.5, 1.0, 2.0)),
    ]
    compare("moments-live", shown(live, LIVE, moments, tmp_path), tmp_path)


def test_frames_of_a_recording(driver: Driver, tmp_path: Path) -> None:
    path = written(tmp_path / "a.relayrec", stepped_states(driver), 0.5)
    driver.window.recordings.open(path)
    driver.settle()
    playing = played(driver.controller.shown)
    assert playing is not None
    moments: list[Moment] = [(f"at {at} s", partial(playing.go, at)) for at in (0, 0.5, 2.2, 4.9)]
    docks = ("rings", "timeline", "counters", "findings", "rate", "loss")
    compare("moments-recording", shown(driver, docks, moments, tmp_path), tmp_path)


def stepped_states(driver: Driver) -> Sequence[Snapshot]:
    """Return the states of a channel that was stepped."""
    driver.controller.open_channel(CHANNELS["overwrite"])
    driver.settle()
    found = [driver.snapshot]
    for operation in DONE[:10]:
        driver.controller.submit(operation)
        driver.settle()
        found.append(driver.snapshot)
    return found


def test_pages_of_a_lesson(driver: Driver, tmp_path: Path) -> None:
    _, taking = take(driver, lesson_of(LESSON))
    deeds = (Taking.show_answer, Taking.go_on) * 3
    moments: list[Moment] = [("begun", lambda: None)]
    moments += [(f"{at} {deed.__name__}", partial(deed, taking)) for at, deed in enumerate(deeds)]
    docks = ("lesson",)  # others would be gone through again, when all is said
    compare("moments-lesson", shown(driver, docks, moments, tmp_path), tmp_path)

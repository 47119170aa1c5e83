"""A live engine without threads: time goes on when a test says so, and the same each time."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from relayviz.engines.step.engine import StepEngine
from relayviz.gui.shell.engines import catalogue
from relayviz.model.channel.marks import Mark
from relayviz.model.channel.state import LOSSES
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.engine.snapshot import changes
from relayviz.model.findings.measured import Verified
from relayviz.model.live.live import Hit, Live, Rates
from relayviz.model.load.load import BreakOn, Load, ReaderKind
from tests.gui.states import Playground

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from relayviz.model.channel.client import SubbufStart
    from relayviz.model.channel.config import ChannelConfig, Mode
    from relayviz.model.engine.catalogue import Catalogue
    from relayviz.model.engine.snapshot import Snapshot
    from relayviz.model.findings.finding import Finding

_serial = count()
TICK = 0.02  # seconds
KEPT = 3000  # ticks
MOST = 400  # events that a tick writes to a CPU
MARKS = {"refused_full": Mark.LOST_FULL, "too_big": Mark.LOST_TOO_BIG,
         "overwritten": Mark.OVERWRITTEN}  # fmt: skip


class FakeLive:
    """A RunningEngine on a real channel; `tick` writes and consumes as the load says."""

    made: list[FakeLive]  # of the class: all that were made, for tests
    kind: ClassVar[str] = "live"
    can: ClassVar[frozenset[Can]] = frozenset({Can.RUN, Can.HAND_OVER})
    history: ClassVar[None] = None
    ledger: ClassVar[None] = None

    def __init__(
        self, config: ChannelConfig, load: Load, clients: tuple[SubbufStart, ...] = ()
    ) -> None:
        if config.problems():
            raise OpenError(None, "This channel cannot be opened.")
        self.config, self.clients, self.load = config, clients, load
        self.play = Playground(
            subbuf_size=config.subbuf_size, n_subbufs=config.n_subbufs, cpus=config.cpus,
            mode=config.mode, header=config.header, base_filename=f"fake{next(_serial)}-",
        )  # fmt: skip
        self._files = [self.play.channel.open_file(cpu) for cpu in range(config.cpus)]
        self.running, self.closed, self.time = False, False, 0.0
        self.break_on, self.hit, self.error = BreakOn(), None, ""
        self.findings: tuple[Finding, ...] = ()
        self.calls: list[str] = []
        shape = (KEPT, config.cpus)
        self._marks = np.zeros(shape, np.uint32)
        self._sums = np.zeros((KEPT, 3 + len(LOSSES)))  # written, bytes, consumed, lost
        self._fill = np.zeros(KEPT)
        self._owed = np.zeros(config.cpus)
        self._found = {name: np.zeros(config.cpus, np.uint64) for name in Verified.__slots__}
        self._before = self.play.snapshot()
        self._chance = np.random.default_rng(7)
        self.snapshot: Snapshot = self._publish(self._before)
        self._ended, self._thread = threading.Event(), None

    hit: Hit | None
    _thread: threading.Thread | None

    # ---------------------------------------------------------------- what the window asks for

    def set_load(self, load: Load) -> None:
        for field, text in load.problems().items():
            raise ValueError(f"{field}: {text}")
        self.load = load
        self.snapshot = self._publish(self._before)

    def set_break(self, break_on: BreakOn) -> None:
        self.break_on = break_on
        self.snapshot = self._publish(self._before)

    def set_mode(self, mode: Mode) -> None:
        self.calls.append(f"mode {mode}")

    def advise(self, seconds: float = 1.0) -> None:
        self.calls.append(f"advise {seconds}")

    def start(self) -> None:
        self.calls.append("start")
        self.running, self.hit = True, None
        self.snapshot = self._publish(self._before)

    def pause(self) -> None:
        self.calls.append("pause")
        self.running = False
        self.snapshot = self._publish(self._before)

    def step_from_here(self) -> StepEngine:
        self.pause()
        return StepEngine(self.config, self.clients)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        return timeout > 0

    def close(self, timeout: float = 1.0) -> bool:
        del timeout
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if not self.closed:
            self.closed = True
            for file in self._files:
                file.close()
            self.play.channel.close()
        return True

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> NDArray[np.uint8] | None:
        del snapshot
        return np.array(self.play.channel.buffers[row].data[first:last], np.uint8)

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> Rates:
        end = KEPT - round(back / TICK)
        ticks = min(max(1, round((self.time - back) / TICK)), round(seconds / TICK), end)
        size = max(1, -(-round(seconds / TICK) // columns))
        bins = -(-ticks // size)
        sums = self._sums[end - bins * size : end].reshape(bins, size, -1).sum(axis=1)
        fill = self._fill[end - bins * size : end].reshape(bins, size).max(axis=1)
        written, size_, consumed, lost = sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3:].T
        whole = np.uint64
        return Rates(
            size * TICK, written.astype(whole), size_.astype(whole), consumed.astype(whole), fill,
            lost.astype(whole),
        )  # fmt: skip

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> NDArray[np.uint32]:
        end = KEPT - round(back / TICK)
        ticks = min(round(seconds / TICK), end)
        at = np.arange(columns) * ticks // columns + end - ticks
        lanes: NDArray[np.uint32] = np.bitwise_or.reduceat(self._marks[:end], at, axis=0).T
        return lanes

    # ---------------------------------------------------------------- what a test does

    def run(self, ticks: int) -> None:
        """Let time go on."""
        for _ in range(ticks):
            self.tick()

    def by_itself(self) -> None:
        """Let time go on by itself, in a thread, until it is closed."""

        def go_on() -> None:
            while not self._ended.wait(TICK):
                if self.running:
                    self.tick()

        self._thread = threading.Thread(target=go_on, name="fake-live")
        self._thread.start()

    def stop_at(self, hit: Hit) -> None:
        """Stop as a run does that meets what it shall break on."""
        self.running, self.hit = False, hit
        self.snapshot = self._publish(self._before)

    def tick(self) -> None:
        """Write and consume what a tick brings."""
        self.time += TICK
        for cpu in range(self.config.cpus):
            self._write(cpu)
            self._consume(cpu)
        self.snapshot = self._publish(self._note(self.play.snapshot()))

    def _write(self, cpu: int) -> None:
        one = self.load.writing_of(cpu)
        period = one.burst_on + one.burst_off
        if period and (self.time + cpu * 0.37) % period > one.burst_on:
            return
        self._owed[cpu] += min(one.rate * TICK, MOST)
        count = int(self._owed[cpu])
        self._owed[cpu] -= count
        least, most = one.sizes.smallest, max(one.sizes.smallest, one.sizes.longest)
        lengths = self._chance.integers(least, most + 1, count).tolist()
        self.play.channel.write_many(b"x" * sum(lengths), lengths, cpu)

    def _consume(self, cpu: int) -> None:
        one = self.load.reading_of(cpu)
        stalls = one.stall_every and self.time % one.stall_every < one.stall
        due = not one.pace or (self.time + cpu * 0.013) % one.pace < TICK
        if one.kind is not ReaderKind.NONE and due and not stalls:
            self._files[cpu].read(self.config.subbuf_size * self.config.n_subbufs)

    def _note(self, now: Snapshot) -> Snapshot:
        """Remember what the tick changed."""
        before, self._before = self._before, now
        for kept in (self._marks, self._sums, self._fill):
            kept[:-1] = kept[1:]
        then, account = before.buffers["account"], now.buffers["account"]
        sums = [account["accepted"][unit] - then["accepted"][unit] for unit in ("events", "bytes")]
        sums.append(account["consumed"]["events"] - then["consumed"]["events"])
        sums += [account[name]["events"] - then[name]["events"] for name in LOSSES]
        self._sums[-1] = [one.sum() for one in sums]
        ready = now.buffers["produced"] - now.buffers["consumed"]
        self._fill[-1] = ready.max() / self.config.n_subbufs
        marks = np.where(sums[0] > 0, int(Mark.STORED), 0)
        marks |= np.where(sums[2] > 0, int(Mark.CONSUMED), 0)
        marks |= np.where(now.changed.fields.get("produced", sums[0] < 0), int(Mark.SWITCHED), 0)
        for name, lost in zip(LOSSES, sums[3:], strict=True):
            marks |= np.where(lost > 0, int(MARKS.get(name, Mark.RELEASED)), 0)
        self._marks[-1] = marks
        self._found["intact"] = account["consumed"]["events"].astype(np.uint64)
        return now

    def _publish(self, state: Snapshot) -> Snapshot:
        second = self._sums[-round(1 / TICK) :].sum(axis=0)
        account = state.buffers["account"]
        tried = int(account["attempted"]["events"].sum())
        lost = sum(int(account[name]["events"].sum()) for name in LOSSES)
        live = Live(
            self.running, self.time, self.load, self.break_on, self.hit, float(second[0]),
            float(second[1]), float(second[2]), tried, 1.0, lost / tried if tried else 0.0,
            Verified(**self._found), self.findings, self.error,
        )  # fmt: skip
        self._generation = getattr(self, "_generation", 0) + 1
        changed = changes(None, state) if self.running else state.changed
        return replace(state, live=live, generation=self._generation, changed=changed)


def make(config: ChannelConfig, load: Load, clients: tuple[SubbufStart, ...]) -> FakeLive:
    """Make one and remember it."""
    one = FakeLive(config, load, clients)
    FakeLive.made.append(one)
    return one


def fake_engines() -> Catalogue:
    """Return the kinds of engines of the window, the live one a fake."""
    engines = catalogue()
    engines.register(replace(engines[FakeLive.kind], open=make))
    return engines


FakeLive.made = []

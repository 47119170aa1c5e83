"""The engine that plays a recording: any moment, in both directions, at any speed."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from relayviz.engines.replay.file.chunks import RecordingError
from relayviz.engines.replay.file.summary import seconds_of
from relayviz.engines.replay.file.told import (
    NAMES,
    findings_from,
    live_from,
    looks_from,
    state_from,
)
from relayviz.engines.replay.past import RecordedPast
from relayviz.engines.replay.recording import Recording
from relayviz.engines.state import only_step
from relayviz.model.channel.result import Outcome, Result
from relayviz.model.engine.foreign import WHOLE_BUFFER, Foreign
from relayviz.model.engine.playing import Marker
from relayviz.model.engine.protocol import Can, OpenError
from relayviz.model.engine.snapshot import Snapshot
from relayviz.model.files import why_not
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from relayviz.engines.replay.file.frames import Frame
    from relayviz.model.live.live import Live, Rates

TURN = 0.016  # seconds between two looks at the clock while it plays
NO_BYTES = "A recording holds no bytes: only where they are."
_WRONG = (KeyError, TypeError, ValueError, OverflowError, OSError)


class ReplayEngine:
    """Plays a recording; a relayviz.model.engine.protocol.PlayedEngine.

    Args:
        path: The file.

    Raises:
        OpenError: It cannot be opened; says why.

    Threads: any may call.
    """

    kind: ClassVar[str] = "replay"
    can: ClassVar[frozenset[Can]] = frozenset({Can.PLAY})
    history: ClassVar[None] = None
    ledger: ClassVar[None] = None

    def __init__(self, path: Path) -> None:
        try:
            self._recording = Recording(path)
            said = f"A recording of {self._recording.title or 'a channel'}."
            result = Result(Outcome.OK, said)
            self._opened = only_step(result, made=self._recording.began)
            self.config = self._recording.config
            self._shown = -1
            self._at, self._speed = float(self._recording.summary.times[0]), 0.0
            self.snapshot: Snapshot = self._look(0, None)
            unit = "events" if self.snapshot.knows("account") else "sub-buffers"
            self._past = RecordedPast(self._recording.summary, unit)
        except RecordingError as error:
            raise OpenError(None, str(error)) from error
        self._news = threading.Condition()
        self._wishes: list[Callable[[], None]] = []
        self._is_closing = self._is_stale = False
        self._notice = ""
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)
        self._thread.start()

    # -- asked for by any thread ---------------------------------------------------------------

    @property
    def title(self) -> str:
        """What the channel was called."""
        return self._recording.title

    @property
    def length(self) -> float:
        """Seconds that were recorded."""
        return self._recording.length

    @property
    def at(self) -> float:
        """The moment that is shown, or about to be."""
        return self._at

    @property
    def speed(self) -> float:
        """Seconds of the recording that go by in one."""
        return self._speed

    @property
    def markers(self) -> tuple[Marker, ...]:
        """Moments with words."""
        return self._recording.markers

    def go(self, at: float) -> None:
        """Show a moment; those beyond the ends mean these."""
        with self._news:
            self._at = min(max(at, float(self._recording.summary.times[0])), self.length)
            self._tell()

    def play(self, speed: float) -> None:
        """Let time go by from here, until an end; 0 stops it."""
        with self._news:
            self._speed = speed
            self._tell()

    def mark(self, text: str) -> None:
        """Mark the moment shown, in the file too."""
        marker = Marker(self._at, text)
        with self._news:
            self._wishes.append(lambda: self._recording.mark(marker))
            self._tell()

    def bytes_of(
        self, snapshot: Snapshot, row: int, first: int = 0, last: int | None = None
    ) -> None:
        """Return that there are none."""

    def rates(self, seconds: float, columns: int, back: float = 0.0) -> Rates | None:
        """Return a stretch of the run that was recorded, up to the moment shown."""
        now = seconds_of(self.snapshot)
        return None if now is None else self._past.rates(now - back, seconds, columns)

    def lanes(self, seconds: float, columns: int, back: float = 0.0) -> NDArray[np.uint32] | None:
        """Return what happened on each CPU then; see Source.lanes."""
        now = seconds_of(self.snapshot)
        return None if now is None else self._past.lanes(now - back, seconds, columns)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until what was asked for is shown."""
        with self._news:
            return self._news.wait_for(lambda: not self._is_stale, timeout)

    def close(self, timeout: float = 1.0) -> bool:
        """End it. Can be called again."""
        with self._news:
            self._is_closing = True
            self._news.notify_all()
        self._thread.join(timeout)
        self._recording.close()
        return not self._thread.is_alive()

    def _tell(self) -> None:
        self._is_stale = True
        self._news.notify_all()

    # -- in its own thread ---------------------------------------------------------------------

    def _run(self) -> None:
        before = time.monotonic()
        while self._waited():
            now = time.monotonic()
            with self._news:
                wishes, self._wishes = self._wishes, []
                self._move(min(now - before, 10 * TURN))
                at, is_asked = self._at, self._is_stale
            before = now
            self._fulfil(wishes)
            number = self._recording.at(at)
            if is_asked or number != self._shown:
                self.snapshot = self._show(number)
            with self._news:
                if self._at == at and not self._wishes:
                    self._is_stale = False
                    self._news.notify_all()

    def _waited(self) -> bool:
        """Wait for something to do; False: it is over."""
        with self._news:
            if self._speed:
                self._news.wait_for(lambda: self._is_closing, TURN)
            else:
                self._news.wait_for(lambda: self._is_closing or self._is_stale or self._speed)
            return not self._is_closing

    def _move(self, seconds: float) -> None:
        """Let time go by; at an end it stops."""
        if not self._speed:
            return
        first = float(self._recording.summary.times[0])
        self._at += self._speed * seconds
        if not first < self._at < self.length:
            self._at = min(max(self._at, first), self.length)
            self._speed, self._is_stale = 0.0, True

    def _fulfil(self, wishes: list[Callable[[], None]]) -> None:
        for wish in wishes:
            try:
                wish()
                self._notice = ""
            except OSError as error:
                self._notice = why_not(self._recording.path.name, error)

    def _show(self, number: int) -> Snapshot:
        """Return what a frame shows; where it is damaged, what was shown stays, and it is said."""
        try:
            return self._look(number, self.snapshot)
        except RecordingError as error:
            told = self.snapshot
            foreign = told.foreign
            assert foreign is not None  # noqa: S101  of every one made here
            self._shown = number
            words = f"This moment is damaged in the file: {error}"
            return replace(
                told, generation=told.generation + 1, foreign=replace(foreign, status=words)
            )

    def _look(self, number: int, before: Snapshot | None) -> Snapshot:
        recording = self._recording
        frame = recording.frame(number)
        state = state_from(frame, recording.config)
        live = live_from(frame, recording.config, recording.loads)
        is_next = before is not None and number == self._shown + 1
        self._shown = number
        return Snapshot.of(
            state,
            before if is_next else None,
            generation=0 if before is None else before.generation + 1,
            branch=0,
            last_step=0,
            made_by=self._opened,
            live=live,
            foreign=self._foreign(frame, number, state.rows, live),
        )

    def _foreign(self, frame: Frame, number: int, rows: int, live: Live | None) -> Foreign:
        """Return what goes with a frame; RecordingError: it cannot be."""
        told = frame.told.get("foreign") or {}
        try:
            found = findings_from(told.get("findings", ()))
            facts = [tuple(map(str, fact)) for fact in told.get("facts", ())]
            names = {name: frozenset(map(str, told.get(name, ()))) for name in NAMES}
            step = frame.told.get("step")
            if step is not None:
                words = str(step["words"])
                facts.append(("step", f"{step['step']} of {step['last']}: {words}", words))
            findings = live.findings if live is not None else found
            return Foreign(
                self._status(number),
                names["unknown"],
                contradictory=frozenset(_rows(frame.arrays[3])),
                withheld={(row, WHOLE_BUFFER): NO_BYTES for row in range(rows)},
                facts=tuple((name, value, tip) for name, value, tip in facts),
                findings=findings,
                runs=self._speed != 0,
                seen_from=float(self._recording.summary.seconds[0]),
                is_recorded=True,
                looks=looks_from(told.get("looks")),
                teller=str(told.get("teller", "the recording")),
                at_least=names["at_least"],
                exact=names["exact"],
            )
        except _WRONG as error:
            raise RecordingError(f"A frame does not tell how it was looked at: {error}.") from error

    def _status(self, number: int) -> str:
        recording, summary = self._recording, self._recording.summary
        wall = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(summary.walls[number])))
        at, length = summary.times[number], recording.length
        problems = recording.problems
        more = f" {plural(len(problems), 'fault')} in the file: {problems[0]}" if problems else ""
        words = f"Recording: {at:.2f} s of {length:.2f} s, taken {wall}.{more}"
        notice = getattr(self, "_notice", "")
        return f"{words} {notice}".rstrip()


def _rows(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, len(data), 4)]

"""Other processes with channels, for tests: they write as they are told, and are killed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 20.0
SIZE, COUNT = 256, 4
PRODUCER = f"""
import sys
from relayviz import relay

modes = {{"overwrite": relay.OVERWRITE, "refuse": relay.NO_OVERWRITE}}
channel = relay.Channel(
    "cpu",
    relay.Directory.at(sys.argv[1]),
    subbuf_size={SIZE},
    n_subbufs={COUNT},
    cpus=2,
    callbacks=relay.Callbacks(subbuf_start=modes[sys.argv[2]]),
)
print("ready", flush=True)
for line in sys.stdin:
    word, number, cpu = line.split()
    for at in range(int(number)):
        if word == "write":
            channel.write(b"event %d on %d." % (at, int(cpu)), int(cpu))
        elif word == "flush":
            channel.flush()
        elif word == "big":
            channel.write(bytes({SIZE + 1}), int(cpu))
    if word == "reset":
        channel.reset()
    if word == "close":
        channel.close()
    print("done", flush=True)
"""


class Producer:
    """A process with a channel "cpu" of two CPUs in a folder."""

    def __init__(self, folder: Path, mode: str = "refuse") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PRODUCER, str(folder), mode],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            self._heard("ready")
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self.process.pid

    def tell(self, word: str, number: int = 0, cpu: int = 0) -> None:
        """Have it do something, and wait until it has."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word} {number} {cpu}\n")
        self.process.stdin.flush()
        self._heard("done")

    def kill(self) -> None:
        """SIGKILL; it is gone when this returns."""
        self.process.kill()
        self.end()

    def end(self) -> None:
        """Let it go, as it wants."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def _heard(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == word


@contextmanager
def producing(folder: Path, mode: str = "refuse") -> Iterator[Producer]:
    """Give a producer that is gone at the end."""
    producer = Producer(folder, mode)
    try:
        yield producer
    finally:
        producer.kill()


def until(holds: Callable[[], bool]) -> None:
    """Wait for something."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.005)

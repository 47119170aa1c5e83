"""`make kernel`: boot real kernels and compare every reader of their memory with what they say.

For each kernel: a crash dump, QEMU's socket while the guest runs, and relay-agent inside it are
compared field by field with the report of our module; the module's report before and after all
that looking must be the same; at last blktrace runs until it drops, and that is seen.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from tools.kernel.compare import differences
from tools.kernel.guest import Guest
from tools.kernel.kernels import BUILD, HERE, SERIES, Kernel, prepare

#: those of guest/channels.sh, and one for the writers
CHANNELS = 6
#: of the writers' channel, 48 bytes each; and how long they are counted
EVENTS_IN_A_SUBBUF, SPEED_SECONDS = 65536 // 48, 3
#: the agent prints no bytes unless it is asked for them
AGENT_WITHOUT = frozenset({"crc32"})


def tool(name: str) -> Path:
    """A program that the project's installation has."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        raise SystemExit(f"{name} is not installed: run make setup")
    return path


def relayviz(*arguments: str | Path) -> list[dict[str, Any]]:
    """The channels that `relayviz kernel` prints."""
    said = printed(tool("relayviz"), "kernel", *arguments, "--json")
    return list(json.loads(said)["channels"])


def printed(*command: str | Path) -> str:
    """What one of our own programs prints."""
    done = subprocess.run(  # noqa: S603 - our own program
        command, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command[0]}: {done.stdout[-500:]}{done.stderr[-2000:]}")
    return done.stdout


class Comparison:
    """One kernel's run: what was compared, and what was wrong."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.wrong = 0
        self._began = time.monotonic()

    def say(self, words: str) -> None:
        """A line with the time since the beginning."""
        print(f"{self.kernel.abi}  {time.monotonic() - self._began:5.0f} s  {words}", flush=True)

    def check(self, what: str, right: bool) -> None:
        """One statement; a false one is counted."""
        self.wrong += not right
        self.say(f"{'ok   ' if right else 'WRONG'} {what}")

    def compare(
        self,
        what: str,
        seen: list[dict[str, Any]],
        said: list[dict[str, Any]],
        without: frozenset[str] = frozenset(),
    ) -> None:
        """A reader's channels beside the module's."""
        compared, wrong = differences(seen, said, without)
        self.check(f"{what}: {compared} fields, {len(wrong)} differ", not wrong and compared > 0)
        for line in wrong[:10]:
            self.say(f"      {line}")

    def run(self, folder: Path) -> None:
        """Boot, look, compare."""
        guest = Guest(self.kernel, folder, (HERE / "guest" / "job.sh").read_text())
        shutil.copy(HERE / "guest" / "channels.sh", guest.share)
        try:
            guest.wait("still.ready")
            self.say("booted, channels made")
            self._still(guest, folder)
            guest.wait("busy.ready")
            self._busy(guest)
            guest.wait("blktrace.ready")
            self._blktrace(guest)
        finally:
            guest.end()

    def _still(self, guest: Guest, folder: Path) -> None:
        said = json.loads((guest.share / "before.json").read_text())["channels"]
        agent = json.loads((guest.share / "agent.json").read_text())
        probes = printed(tool("relayviz"), "kernel", "--probes", "--types", guest.share / "btf")
        (guest.share / "probes.sh").write_text(probes)
        self.compare("relay-agent in the guest", agent["channels"], said, AGENT_WITHOUT)
        self.compare("QEMU's socket", relayviz("--qemu", guest.socket), said)
        guest.dump(folder / "core")
        self.compare("dump", relayviz(folder / "core"), said)
        (folder / "core").unlink()
        guest.tell("still.go")

    def _busy(self, guest: Guest) -> None:
        frames = [json.loads(s) for s in (guest.share / "stream.json").read_text().splitlines()]
        span = frames[-1]["monotonic"] - frames[0]["monotonic"]
        cost = sorted(frame["cost_ms"] for frame in frames)[len(frames) // 2]
        rate = (len(frames) - 1) / span
        self.say(f"stream beside two writers: {rate:.1f} frames/s, {cost:.2f} ms each")
        for who, events in self._speeds(guest).items():
            self.say(f"      two writers, beside {who}: {events:,.0f} events/s")
        self.check("a stream without an error", not any(frame["damage"] for frame in frames))
        seen = relayviz("--qemu", guest.socket)
        self.check("QEMU's socket beside two writers: all channels", len(seen) == CHANNELS)
        guest.tell("busy.go")

    @staticmethod
    def _speeds(guest: Guest) -> dict[str, float]:
        """Median events a second of the writers, by who looks meanwhile."""
        found: dict[str, list[int]] = {}
        for line in (guest.share / "speeds").read_text().splitlines():
            who, finished = line.split()
            found.setdefault(who, []).append(int(finished))
        names = {"nobody": "nobody", "30": "a stream of 30 Hz", "1000": "one of up to 1000 Hz"}
        return {
            names[who]: median(counts) * EVENTS_IN_A_SUBBUF / SPEED_SECONDS
            for who, counts in found.items()
        }

    def _blktrace(self, guest: Guest) -> None:
        before, after = (
            json.loads((guest.share / f"{name}.json").read_text())["channels"]
            for name in ("before", "after")
        )
        self.check("the module's report before and after looking", before == after[: len(before)])
        dropped = int((guest.share / "dropped").read_text())
        agent = json.loads((guest.share / "blktrace.json").read_text())["channels"]
        for what, seen in (("relay-agent", agent), ("QEMU", relayviz("--qemu", guest.socket))):
            counts = [channel["client"]["dropped"] for channel in seen if channel.get("client")]
            self.check(f"blktrace dropped {dropped}, {what} says {counts}", counts == [dropped])
        self._trace(guest, dropped)
        guest.tell("blktrace.go")

    def _trace(self, guest: Guest, dropped: int) -> None:
        """What the probes printed of each call, and what was written and blktrace counted."""
        said = printed(tool("relayviz"), "kernel", "--trace", guest.share / "trace", "--json")
        calls = json.loads(said)["calls"]
        channels = json.loads((guest.share / "traced.json").read_text())["channels"]
        ours = next(one["addr"] for one in channels if one["name"] == "traced")
        count = Counter((one["channel"] == ours, one["cpu"], one["ending"]) for one in calls)
        # 40 events fill a sub-buffer, two are full after 80; a read frees one, for 40 of 45
        for cpu, ending, wanted in ((0, "refused", 125), (1, "too big", 3), (2, "flushed", 1)):
            found = count[True, cpu, ending]
            self.check(f"probes: {found} calls {ending} on CPU {cpu}", found == wanted)
        refused = sum(n for (mine, _, end), n in count.items() if end == "refused" and not mine)
        self.check(f"probes: {refused} events of blktrace refused", refused == dropped)


def main() -> int:
    """Run the comparisons; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="make kernel", description=__doc__)
    parser.add_argument("series", nargs="*", default=list(SERIES), help="6.1, 6.12 (both)")
    series = parser.parse_args().series
    if not shutil.which("qemu-system-x86_64"):
        raise SystemExit(
            "qemu is not installed: apt-get install qemu-system-x86 busybox-static cpio"
        )
    BUILD.mkdir(parents=True, exist_ok=True)
    wrong = 0
    for one in series:
        comparison = Comparison(prepare(one, tool("relay-agent")))
        comparison.run(BUILD / f"run-{one}")
        wrong += comparison.wrong
    print(f"{wrong} wrong" if wrong else "all as the kernels say")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

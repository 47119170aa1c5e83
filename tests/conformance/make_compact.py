"""Choose the recordings kept beside the tests from the full set.

Usage: python make_compact.py FOLDER, where FOLDER holds curated, random-public and crash.jsonl.gz.
The lines are taken as they are; the same input gives the same output, byte for byte.
"""

from __future__ import annotations

import argparse
import gzip
import json
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent / "recordings"
SPLICE = {"file_splice", "pipe_read", "pipe_close"}
MODES = {"overwrite", "no-overwrite", "default"}
PROFILE_BUDGET = 86_000  # compressed bytes of each random profile
ANOMALIES_PER_PROFILE = 6
LEFT_OUT_EACH = 2
LONG = {"many-wraps"}  # hundreds of thousands of events: one variant of each mode will do
LEAKS = {"create-fails/null/call1/global0", "create-fails/err/call1/global0"}


class Line(NamedTuple):
    """One recorded sequence, as its line and as data."""

    line: bytes
    data: dict[str, Any]

    @property
    def parts(self) -> list[str]:
        """The parts of the name: topic, mode, shape, variant."""
        return str(self.data["name"]).split("/")

    @property
    def weight(self) -> int:
        """Compressed bytes."""
        return len(zlib.compress(self.line, 9))

    @property
    def buffer_bytes(self) -> int:
        """Size of a buffer of the first channel."""
        return int(self.data["config"]["subbuf_size"] * self.data["config"]["n_subbufs"])

    @property
    def replayable(self) -> bool:
        """False for what `relayviz conform` leaves out."""
        ops = [step["op"] for step in self.data["steps"]]
        strange = any(op["op"] in SPLICE or op.get("file_api") == "debugfs-proxy" for op in ops)
        return not strange and self.data["name"] not in LEAKS


def read(path: Path) -> list[Line]:
    """Read a recording."""
    with gzip.open(path, "rb") as lines:
        return [Line(line, json.loads(line)) for line in lines]


def write(name: str, lines: list[Line]) -> None:
    """Write a recording without name and time in its header."""
    data = b"".join(line.line for line in lines)
    (HERE / name).write_bytes(gzip.compress(data, 9, mtime=0))
    print(f"{name}: {len(lines)} sequences, {(HERE / name).stat().st_size} bytes")


def smallest_shapes(lines: list[Line]) -> list[Line]:
    """Keep each topic in each mode and variant once, in its smallest shape."""
    chosen: dict[tuple[str, ...], Line] = {}
    for one in lines:
        topic, *rest = one.parts
        # names without a mode (create-fails/null/...) or with shapes as their point stay apart
        has_shape = len(rest) > 1 and rest[0] in MODES and topic != "open-sizes"
        variant = [] if topic in LONG else rest[2:]
        key = (topic, rest[0], *variant) if has_shape else tuple(one.parts)
        if key not in chosen or one.buffer_bytes < chosen[key].buffer_bytes:
            chosen[key] = one
    return list(chosen.values())


def shortest_of_each_profile(lines: list[Line]) -> list[Line]:
    """Keep from each profile some with read anomalies, then the shortest as far as they fit."""
    profiles: dict[str, list[Line]] = defaultdict(list)
    for one in sorted(lines, key=lambda one: one.weight):
        profiles[one.data["name"].split("-")[2]].append(one)
    chosen: list[Line] = []
    for profile in profiles.values():
        strange = [one for one in profile if one.data["read_anomalies"]][:ANOMALIES_PER_PROFILE]
        room = PROFILE_BUDGET - sum(one.weight for one in strange)
        chosen += strange
        for one in profile:
            if one not in strange and one.weight <= room:
                room -= one.weight
                chosen.append(one)
    return chosen


def main() -> None:
    """Write the chosen recordings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    curated = read(folder / "curated.jsonl.gz")
    public = read(folder / "random-public.jsonl.gz")
    proxies = [one for one in curated if one.parts[0].endswith("-proxy")]
    spliced = [one for one in curated if one.parts[0].startswith("splice-whole")]
    leaks = [one for one in curated if one.data["name"] in LEAKS]
    write("curated.jsonl.gz", smallest_shapes([one for one in curated if one.replayable]))
    write("random.jsonl.gz", shortest_of_each_profile([one for one in public if one.replayable]))
    write("left-out.jsonl.gz", leaks + proxies[:LEFT_OUT_EACH] + spliced[:LEFT_OUT_EACH])
    write("crash.jsonl.gz", read(folder / "crash.jsonl.gz"))


if __name__ == "__main__":
    main()

"""A recording that was altered anywhere is caught, with name, step and field.

What is altered: one field of each kind that the compact recordings have, found by walking through
them. The reference stands in for the implementation: it reproduces the unaltered ones.
"""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from relayviz.conformance import Mismatch, Report, conform
from tests import reference

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDINGS = Path(__file__).parent / "recordings"
BOOKKEEPING = {"kref", "chan_kref", "early_bytes"}
Path_ = tuple[str | int, ...]


def load(name: str) -> list[dict[str, Any]]:
    with gzip.open(RECORDINGS / name) as lines:
        return [json.loads(line) for line in lines]


CURATED = load("curated.jsonl.gz")
BY_NAME = {sequence["name"]: sequence for sequence in CURATED}


class Place(NamedTuple):
    """Where a field is: the sequence, the step, the way to it."""

    sequence: str
    step: int
    path: Path_

    @property
    def field(self) -> str:
        """The field as a report names it."""
        text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path)
        return text[1:]


def leaves(value: object, path: Path_) -> Iterator[Path_]:
    """Walk to every value that has no parts."""
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path


def kind_of(step: dict[str, Any], path: Path_) -> str:
    """Name the kind of a field: the operation matters for results only."""
    prefix = step["op"]["op"] if path[0] == "result" else ""
    if path[0] == "callbacks" and len(path) > 1:
        prefix = step["callbacks"][path[1]]["cb"]
    return prefix + "".join("[]" if isinstance(key, int) else f".{key}" for key in path)


def compared_places() -> dict[str, Place]:
    """Find the first field of each kind that is compared."""
    places: dict[str, Place] = {}
    for sequence in CURATED:
        for index, step in enumerate(sequence["steps"]):
            for path in leaves({key: step[key] for key in step if key != "op"}, ()):
                hidden = step["op"]["op"] == "cpu_online" and path[0] == "callbacks"
                if path[-1] not in BOOKKEEPING and not hidden:
                    places.setdefault(kind_of(step, path), Place(sequence["name"], index, path))
    return places


PLACES = compared_places()


def other(value: object) -> object:
    """Return another value, of the same type if there can be one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("1" if value.endswith("0") else "0")
        case list():
            return [*value, 0]
        case dict():
            return value | {"more": 0}
    return 0


def run(tmp_path: Path, *sequences: dict[str, Any]) -> Report:
    """Replay sequences with the reference."""
    file = tmp_path / "altered.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in sequences), encoding="utf-8")
    return conform([file], reference)


def altered(place: Place, change: object = None) -> dict[str, Any]:
    """Return a copy of the sequence with the field altered; `change` is the new value, if any."""
    sequence = copy.deepcopy(BY_NAME[place.sequence])
    *way, last = place.path
    parent: Any = sequence["steps"][place.step]
    for key in way:
        parent = parent[key]
    parent[last] = other(parent[last]) if change is None else change
    return sequence


def the_only(report: Report) -> Mismatch:
    assert report.status == 1
    assert report.error_count == 0
    assert (report.sequences, report.differing, report.mismatch_count) == (1, 1, 1)
    return report.mismatches[0]


def test_kinds_are_all_there() -> None:
    """What this module alters covers results, callbacks, state and files of a closed channel."""
    assert {kind.split(".")[-1] for kind in PLACES} >= {
        *("opened", "version", "alloc_size", "ret", "errno", "crc32", "hex", "reserved", "error"),
        *("revents[]", "woken", "st_size", "st_mode", "callbacks_total"),
        *("cb", "cpu", "subbuf", "prev", "prev_padding", "full", "name", "mode", "is_global_in"),
        *("is_global", "named", "last_toobig", "mem", "i_size", "padding[]", "finalized", "cur"),
        *("produced", "consumed", "offset", "bytes_consumed", "fd"),
    }


@pytest.mark.parametrize("kind", PLACES)
def test_altered_field_is_reported(kind: str, tmp_path: Path) -> None:
    place = PLACES[kind]
    found = the_only(run(tmp_path, altered(place)))
    assert (found.name, found.step) == (place.sequence, place.step)
    # an empty list or object gets a part that is not there
    assert found.field in (place.field, f"{place.field}[0]", f"{place.field}.more")
    assert found.expected != found.got


def test_type_counts(tmp_path: Path) -> None:
    """1 for true, or 0.0 for 0, is an alteration too."""
    assert the_only(run(tmp_path, altered(PLACES["open.result.opened"], 1))).expected == 1
    assert the_only(run(tmp_path, altered(PLACES[".state.last_toobig"], 0.0))).got == 0


@pytest.mark.parametrize("field", sorted(BOOKKEEPING))
def test_bookkeeping_is_not_compared(field: str, tmp_path: Path) -> None:
    sequence = copy.deepcopy(BY_NAME["exact-fill-many/overwrite/16x2"])
    state = sequence["steps"][1]["state"]
    for fields in (state, *state["bufs"]):
        if field in fields:
            fields[field] += 1
    assert sequence != BY_NAME[sequence["name"]]
    assert run(tmp_path, sequence).status == 0


def test_callbacks_at_cpu_online_are_not_compared_but_their_state_is(tmp_path: Path) -> None:
    sequence = copy.deepcopy(BY_NAME["hotplug-after-open"])
    step = next(one for one in sequence["steps"] if one["op"]["op"] == "cpu_online")
    step["callbacks"] = [{"cb": "remove_buf_file", "name": "cpu7"}]
    report = run(tmp_path, sequence)
    assert (report.status, report.uncompared_callbacks) == (0, 2)
    step["state"]["bufs"][1]["produced"] += 1
    assert the_only(run(tmp_path, sequence)).field == "state.bufs[1].produced"


def first_callback_step(sequence: dict[str, Any]) -> dict[str, Any]:
    return next(step for step in sequence["steps"] if step["callbacks"])


def test_missing_parts_are_reported(tmp_path: Path) -> None:
    sequence = copy.deepcopy(BY_NAME["exact-fill-many/overwrite/16x2"])
    removed = first_callback_step(sequence)["callbacks"].pop()
    found = the_only(run(tmp_path, sequence))
    assert (found.field, found.expected, found.got) == ("callbacks[3]", "(absent)", removed)


def test_unexpected_parts_are_reported(tmp_path: Path) -> None:
    sequence = copy.deepcopy(BY_NAME["exact-fill-many/overwrite/16x2"])
    sequence["steps"][0]["state"]["bufs"].append({"cpu": 2})
    found = the_only(run(tmp_path, sequence))
    assert (found.field, found.expected, found.got) == ("state.bufs[2]", {"cpu": 2}, "(absent)")


def test_absent_state_is_reported(tmp_path: Path) -> None:
    sequence = copy.deepcopy(BY_NAME["exact-fill-many/overwrite/16x2"])
    sequence["steps"][0]["state"] = None
    assert the_only(run(tmp_path, sequence)).field == "state"


def test_sequence_ends_at_its_first_differing_step_and_the_next_one_runs(tmp_path: Path) -> None:
    bad = altered(PLACES[".state.last_toobig"])
    bad["steps"][3]["state"]["last_toobig"] += 1
    report = run(tmp_path, bad, BY_NAME["hotplug-global"])
    assert (report.sequences, report.differing, report.mismatch_count) == (2, 1, 1)
    assert report.unreached == len(bad["steps"]) - 1
    assert report.steps == 1 + len(BY_NAME["hotplug-global"]["steps"])


def test_altered_operation_is_noticed(tmp_path: Path) -> None:
    """One byte more is another checksum of the memory, another offset."""
    sequence = copy.deepcopy(BY_NAME["read-in-progress/overwrite/16x2"])
    index = next(i for i, step in enumerate(sequence["steps"]) if step["op"]["op"] == "write")
    sequence["steps"][index]["op"]["len"] += 1
    report = run(tmp_path, sequence)
    assert {(one.step, one.field) for one in report.mismatches} >= {
        (index, "state.bufs[0].offset"),
        (index, "state.bufs[0].mem"),
    }

"""Bytes of a kernel's channel as records: found where the native index of captures finds them."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from relayviz.engines.capture.native import packed
from relayviz.engines.kernel.viewing.told import layouts_of
from relayviz.model.capture.columns import named
from relayviz.model.capture.shipped import shipped
from relayviz.model.capture.split import split
from relayviz.relay import RECORD_DTYPE, RecordKind, find_records
from tests.kernel.dumps import BLKTRACE, FIVE_612, Dump
from tests.kernel.test_viewing import channel

ACTIONS = {1: "Q", 4: "G", 7: "D", 8: "C"}  # of include/uapi/linux/blktrace_api.h


def unread(cpu: int) -> list[bytes]:
    """What blktrace had not read of a CPU, by sub-buffer."""
    with Dump(BLKTRACE).open() as kernel:
        (seen,) = kernel.look().channels
        buffer = next(one for one in seen.buffers if one.cpu == cpu)
        contents = kernel.contents(seen, buffer)
        assert contents.unread is not None
        return [contents.memory[span.begin : span.end] for span in contents.unread.spans]


def test_blktraces_events_are_those_that_were_seen_in_the_guest() -> None:
    """169 requests' events and one process's name on CPU 3; see design: 43 Q, 42 G, D and C."""
    actions: Counter[str] = Counter()
    total = 0
    for data in unread(3):
        found = split(data, shipped())
        assert found is not None
        assert found.layout.name == "blktrace 7"
        assert found.end == len(data)
        action = next(one for one in named(found.layout) if one.at == 28)
        for begin, length in found.records:
            value = int(action.value(data[begin : begin + length], found.order)) & 0xFFFF
            actions[ACTIONS.get(value, "other")] += 1
            total += 1
    assert total == 170
    assert (actions["Q"], actions["G"], actions["D"], actions["C"]) == (43, 42, 42, 42)


@pytest.mark.parametrize("cpu", [1, 3])
def test_records_are_where_the_index_of_captures_finds_them(cpu: int) -> None:
    for data in unread(cpu):
        found = split(data, shipped())
        assert found is not None
        rows = np.zeros(4096, RECORD_DTYPE)
        native = packed(found.layout, found.order)
        count, _used = find_records(native, data, 0, is_last=True, rows=rows)
        whole = [one for one in rows[:count] if one["kind"] != RecordKind.DAMAGE]
        assert list(found.records) == [(int(one["at"]), int(one["length"])) for one in whole]


def test_what_cannot_be_a_record_ends_it() -> None:
    (data, *_) = unread(3)
    whole = split(data, shipped())
    assert whole is not None
    begin, _length = whole.records[5]
    hurt = data[:begin] + b"\0" + data[begin + 1 :]
    found = split(hurt, shipped())
    assert found is not None
    assert found.records == whole.records[:5]
    for at, (begin, length) in enumerate(whole.records[:6]):  # the first one has more than a head
        cut = split(data[: begin + length - 1], shipped())
        assert (cut.records if cut is not None else ()) == whole.records[:at]
    assert whole.records[0][1] > whole.layout.header
    assert split(b"", shipped()) is None
    assert split(bytes(1000), [whole.layout]) is None


def test_only_layouts_of_the_client_are_tried() -> None:
    with Dump(BLKTRACE).open() as kernel:
        (seen,) = kernel.look().channels
        assert {one.client for one in layouts_of(seen)} == {"blktrace"}
    with Dump(FIVE_612).open() as kernel:
        assert [layouts_of(one) for one in kernel.look().channels if layouts_of(one)] == []
    assert layouts_of(channel()) == ()

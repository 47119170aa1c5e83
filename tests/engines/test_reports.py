"""What people met with relay in drivers and tracers, as sessions that say what is right.

i915's GuC log, mt76's firmware log, SystemTap's runtime, blktrace, modems and ath11k's CFR capture
use relay in ways that surprise; each of them is a few operations here.
"""

from __future__ import annotations

import pytest

from relayviz import relay
from relayviz.model.session.file import loads
from relayviz.run.check import check

HEAD = "relayviz = 1\n[channel]\nsubbuf_size = {size}\nn_subbufs = {n}\ncpus = {cpus}\n{more}\n"
SINGLE = "is_global = true"

#: what it is about: size, n, cpus, more, steps
REPORTS = {
    "an address asked for with reserve(0) comes at the second try after room was made": (
        (64, 2, 1, SINGLE),
        """
        reserve 64
        fill
        flush
        reserve 64
        fill
        flush
        expect full == 1
        reserve 0
        expect outcome == "full" and blocked == 1
        open-file r
        read 64
        expect value == 64 and ready == 1
        reserve 0
        expect outcome != "stored" and blocked == 0 and offset == 0
        reserve 0
        expect outcome == "stored" and offset == 0
        """,
    ),
    "a flush after each message leaves one message in each sub-buffer": (
        (1500, 4, 1, SINGLE),
        """
        write 60
        flush
        expect prev_padding == 1440
        write 60
        flush
        write 60
        flush
        write 60
        flush
        expect full == 1 and unread == 4
        write 60
        expect outcome == "full" and lost == 1
        """,
    ),
    "without the flush all of them fit": (
        (1500, 4, 1, SINGLE),
        """
        write 60 times=100
        expect lost == 0 and stored == 100
        """,
    ),
    "a reset between the length and the message gives the reader another message": (
        (1500, 8, 1, SINGLE),
        """
        open-file r
        write data=3c000000
        write 60
        flush
        read 4
        expect data == "3c000000"
        reset
        expect discarded_reset == 2
        write data=20000000
        write data=0102030405060708
        flush
        read 60
        expect value == 12 and data == "200000000102030405060708"
        """,
    ),
    "what is unread when the channel is closed is counted as discarded": (
        (256, 4, 1, ""),
        """
        open-file r
        write 40 times=3
        flush
        read 1000
        expect value == 120
        write 40 times=3
        close-file
        flush
        close
        expect discarded_close == 3 and lost == 3 and events_consumed == 3
        """,
    ),
    "of a message in two pieces the second is refused, and the first is read as a torso": (
        (136, 1, 1, ""),
        """
        write 100 record=first
        write 36 record=second
        expect lost == 0 and torn_records == 0
        write 64 record=second
        expect outcome == "full" and lost == 1 and refused_full_bytes == 64
        expect torn_records == 1
        open-file r
        read 1000
        expect value == 136 and events_consumed == 2 and torn_records == 1
        """,
    ),
    "the file of a CPU that comes later is not opened by itself": (
        (64, 2, 2, "online = [0]"),
        """
        open-file r
        write 60
        read 100
        cpu-online cpu=1
        write 60 cpu=1 times=5
        expect full[1] == 1 and refused_full[1] == 3 and lost[0] == 0
        write 60
        read 100
        expect value == 60
        """,
    ),
    "poll tells nothing before a sub-buffer is full, although read would give it": (
        (131072, 32, 1, SINGLE),
        """
        open-file r
        write 100 times=3
        poll
        expect outcome == "nothing" and value == 0
        read 4096
        expect value == 300
        """,
    ),
    "a record of three writes parts where its payload does not fit": (
        (8200, 3, 1, SINGLE),
        """
        write 108 record=1
        write 4144 record=1
        write 4 record=1
        flush
        write 108 record=2
        write 4144 record=2
        write 4 record=2
        flush
        expect prev_padding == 3944 and produced == 2
        write 108 record=3
        expect outcome == "stored" and current == 2 and torn_records == 0
        write 8144 record=3
        expect outcome == "full" and blocked == 1 and torn_records == 1
        write 4 record=3
        expect outcome == "full" and lost == 2 and refused_full_bytes == 8148
        expect torn_records == 1
        flush
        open-file r
        read 100000
        """,
    ),
}


@pytest.mark.parametrize(("sizes", "steps"), REPORTS.values(), ids=REPORTS)
def test_what_was_reported_is_as_it_is_told(sizes: tuple[int, int, int, str], steps: str) -> None:
    size, n, cpus, more = sizes
    head = HEAD.format(size=size, n=n, cpus=cpus, more=more)
    report = check("report", loads(f"{head}[[branch]]\nsteps = '''{steps}'''\n"))
    failed = [f"{one.that}: {one.values}, {one.result}" for one in report.checked if not one.holds]
    assert failed == []
    assert len(report.checked) == steps.count("expect ")


def test_a_create_buf_file_that_gives_nothing_is_named() -> None:
    def create(*_: object) -> None:
        """Give no file."""

    callbacks = relay.Callbacks(subbuf_start=relay.OVERWRITE, create_buf_file=create)
    with pytest.raises(relay.RelayError, match="create_buf_file"):
        relay.Channel(None, subbuf_size=64, n_subbufs=4, cpus=1, callbacks=callbacks)

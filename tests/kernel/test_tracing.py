"""The kernel's own account of relay's switches: a recorded trace, and lines written by hand."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.engines.kernel.opening import read_types
from relayviz.engines.kernel.tracing.lines import read_trace
from relayviz.engines.kernel.tracing.probes import probes_of, script_of
from relayviz.model.kernel.switches import Ending
from tests.kernel.dumps import FOLDER, unpacked

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

TRACE = (
    FOLDER / "switches.trace.xz"
)  # of 6.1: what was written there, see tools/kernel/guest/job.sh
DROPPED = 417  # as blktrace's own file said at the end of it


def called(
    offset: int, *, length: int = 100, time: float = 1.0, process: str = "dd-7", **more: int
) -> str:
    produced, cpu = more.get("produced", 2), more.get("cpu", 0)
    return (
        f"          {process}     [001] d..1.  {time:.6f}: relay_called:"
        " (relay_switch_subbuf+0x0/0x190)"
        f" chan=0xffff8a5701b07200 cpu={cpu} offset={offset} produced={produced} consumed=0"
        f" subbuf_size=4096 n_subbufs=2 length={length}"
    )


def returned(stored: int, process: str = "dd-7") -> str:
    return (
        f"          {process}     [001] d..1.  1.000002: relay_returned: (relay_write+0x72/0x80"
        f" [mine] <- relay_switch_subbuf) stored={stored}"
    )


def endings(*lines: str) -> list[str]:
    return [str(call.ending) for call in read_trace(lines).calls]


def test_the_recorded_trace_is_what_was_written_there() -> None:
    traced = read_trace(unpacked(TRACE).decode().splitlines())
    ours = traced.calls[0].channel
    count = Counter((one.channel == ours, one.cpu, one.ending) for one in traced.calls)
    assert (traced.missing, traced.damaged) == (0, 0)
    # 200 events, 40 in a sub-buffer, two sub-buffers; one was read, then 45 events more
    assert count[True, 0, Ending.REFUSED] == 120 + 5
    assert count[True, 1, Ending.TOO_BIG] == 3
    assert count[True, 2, Ending.FLUSHED] == 1
    theirs = sum(n for (mine, _, end), n in count.items() if end is Ending.REFUSED and not mine)
    assert theirs == DROPPED
    assert count[True, 0, Ending.NOT_KNOWN] == 0


def test_what_a_call_came_to() -> None:
    assert endings(called(4000), returned(100)) == ["stored"]
    assert endings(called(4000), returned(0), called(4097), returned(0)) == ["refused", "refused"]
    assert endings(called(4000, length=5000), returned(0)) == ["too big"]
    assert endings(called(4000, length=0), returned(0)) == ["flushed"]
    assert endings(called(4000)) == ["not known"]
    assert endings(returned(100)) == []  # it was called before


def test_a_refusal_is_told_apart_from_what_a_header_leaves_no_room_for() -> None:
    """Both return 0; behind a refusal the next call finds the buffer blocked."""
    assert endings(called(4000, length=4090), returned(0), called(16), returned(100)) == [
        "too big",
        "stored",
    ]
    other = called(16, cpu=3)  # of another buffer: that says nothing
    assert endings(called(4000, length=4090), returned(0), other)[0] == "refused"


def test_an_interrupt_of_another_process_does_not_take_what_is_returned() -> None:
    lines = [
        called(4000, process="dd-7"),
        called(4000, process="<idle>-0", cpu=1),
        returned(0, "<idle>-0"),
        returned(100, "dd-7"),
    ]
    assert endings(*lines) == ["stored", "refused"]


def test_a_name_that_is_learnt_between_call_and_return() -> None:
    """As on 6.12: a call of <...>-272 was one that sh-272 returned from."""
    lines = [called(4000, process="<...>-272"), returned(100, "sh-272")]
    assert endings(*lines) == ["stored"]
    assert read_trace([*lines, called(1, process="sh-272")]).calls[0].process == "sh-272"


def test_each_cpu_has_an_idle_task_of_its_own() -> None:
    other = called(4000, process="<idle>-0", cpu=1).replace("[001]", "[002]")
    lines = [called(4000, process="<idle>-0"), other, returned(100, "<idle>-0")]
    assert endings(*lines) == ["stored", "not known"]


def test_names_of_processes_can_be_anything() -> None:
    (call,) = read_trace([called(1, process="my prog: a-b [x]-1234")]).calls
    assert call.process == "my prog: a-b [x]-1234"


def test_what_is_missing_or_damaged_is_counted() -> None:
    lines = [
        "# tracer: nop",
        "CPU:2 [LOST 17 EVENTS]",
        called(1).replace("offset=1", "offset=x"),
        called(1).replace("[001]", "001"),
        "some other event: relay",
        "",
    ]
    traced = read_trace(lines)
    assert (traced.calls, traced.missing, traced.damaged) == ([], 17, 2)


def test_damaged_lines_are_no_error() -> None:
    lines = unpacked(TRACE).decode().splitlines()
    chance = random.Random(3)  # noqa: S311
    for _ in range(2000):
        line = bytearray(chance.choice(lines), "utf-8")
        for _ in range(chance.randrange(1, 6)):
            line[chance.randrange(len(line))] = chance.randrange(256)
        read_trace([line.decode("utf-8", "replace")])


def test_the_command_tells_buffers_and_processes(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "trace"
    path.write_bytes(unpacked(TRACE))
    assert cli.main(["kernel", "--trace", str(path)]) == 0
    said = capsys.readouterr().out.replace("\u202f", "")
    assert "  CPU 0  2 switches, 1 flush, 125 events lost (125 refused, 0 too big), by sh" in said
    assert "by dd-217 417, the last at" in said  # its name came late
    assert cli.main(["kernel", "--trace", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["calls"][0]["ending"] == "stored"
    assert told["calls"][0]["process"].startswith("sh-")
    assert cli.main(["kernel", "--trace", str(tmp_path / "none")]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("version", ["6.1", "6.12", "6.18"])
def test_the_script_is_one_that_a_shell_takes(version: str, capsys: Capture) -> None:
    types = FOLDER / f"types-{version}.btf"
    assert cli.main(["kernel", "--probes", "--types", str(types)]) == 0
    script = capsys.readouterr().out
    layout = read_types(types)
    assert script == script_of(layout)
    done = subprocess.run(["/bin/sh", "-n"], input=script, text=True, check=False)
    assert done.returncode == 0
    place = layout.structs["rchan_buf"].fields["subbufs_produced"].offset
    assert f"produced=+{place}(%di):u64" in probes_of(layout)[0]


def test_a_source_for_a_script_is_not_silently_left_aside(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["kernel", "some.core", "--probes"])
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert "--probes only prints a script" in told.err
    assert not told.out

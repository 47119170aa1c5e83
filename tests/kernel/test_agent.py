"""relay-agent says what a module inside the kernel said, without that kernel; and how it ends."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from relayviz import cli
from relayviz.engines.kernel.agent import commands
from relayviz.engines.kernel.agent.kernel import AgentKernel
from relayviz.engines.kernel.fault import AgentError, UnreadableError
from relayviz.model.kernel.position import position_of
from tests.kernel.compare import differences
from tests.kernel.dumps import BLKTRACE, CRASH, FIVE, FIVE_612, MID_SWITCH, Dump
from tests.kernel.kcores import Live, live_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.kernel.look import Buffer, Channel

FIELDS = 444
NOBODY = 65534


@pytest.fixture(scope="module", params=[FIVE, FIVE_612])
def five(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Live:
    return live_of(Dump(request.param), tmp_path_factory.mktemp(request.param))


def agent(live: Live, *words: str, **how: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
    program = commands.local(1)[0]
    return subprocess.run(
        [program, *live.options, *words], capture_output=True, text=True, check=False, **how
    )


def opened(live: Live, hz: float = 100) -> AgentKernel:
    return AgentKernel(commands.local(hz, options=live.options))


def buffers(kernel: AgentKernel) -> Iterator[tuple[Channel, Buffer]]:
    for channel in kernel.look().channels:
        for buffer in channel.buffers:
            yield channel, buffer


@pytest.mark.parametrize("name", [FIVE, FIVE_612])
def test_the_command_says_what_the_module_said(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    live = live_of(Dump(name), tmp_path / "live")
    program = commands.local(1)[0]
    wrapper = tmp_path / "agent"
    wrapper.write_text(f'#!/bin/sh\nexec {program} {" ".join(live.options)} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    assert cli.main(["kernel", "--live", "--agent", str(wrapper), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert differences(told["channels"], Dump(name).truth["report_of_the_module"]) == (FIELDS, [])


def test_list_is_one_line_of_all_channels(five: Live) -> None:
    done = agent(five, "list")
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert (len(said["channels"]), said["damage"], said["frame"]) == (5, [], 0)


@pytest.mark.parametrize("name", MID_SWITCH)
def test_the_buffer_within_a_switch_is_told_alone(name: str, tmp_path: Path) -> None:
    dump = Dump(name)
    said = json.loads(agent(live_of(dump, tmp_path), "list").stdout)
    within = [b["file"] for c in said["channels"] for b in c["bufs"] if b["mid_switch"]]
    with dump.open() as kernel:
        look = kernel.look()
    expected = [
        buffer.file
        for channel in look.channels
        for buffer in channel.buffers
        if (position := position_of(channel, buffer)) is not None and position.mid_switch
    ]
    assert within == expected
    assert len(within) == 1
    assert said["retries"] > 0


def test_what_blktrace_dropped(tmp_path: Path) -> None:
    dump = Dump(BLKTRACE)
    said = json.loads(agent(live_of(dump, tmp_path), "list").stdout)
    with dump.open() as kernel:
        clients = [channel.client for channel in kernel.look().channels]
    assert [channel["client"]["dropped"] for channel in said["channels"]] == [631]
    assert [client.dropped for client in clients if client] == [631]
    assert said["channels"][0]["client"]["device"] == clients[0].device  # type: ignore[union-attr]


def test_bytes_and_counters_are_those_of_the_dump(tmp_path: Path) -> None:
    dump = Dump(CRASH)
    with opened(live_of(dump, tmp_path)) as live, dump.open() as kernel:
        ours = {b.addr: (c, b) for c in kernel.look().channels for b in c.buffers}
        seen = list(buffers(live))
        assert {buffer.addr for _, buffer in seen} == ours.keys()
        for channel, buffer in seen:
            theirs = kernel.contents(*ours[buffer.addr])
            mine = live.contents(channel, buffer)
            assert buffer == ours[buffer.addr][1]
            assert (zlib.crc32(mine.memory), mine.unread, mine.held) == (
                theirs.crc32, theirs.unread, theirs.held)  # fmt: skip


def test_later_frames_tell_of_newer_padding_alone_and_mean_the_same(five: Live) -> None:
    with opened(five, hz=1000) as live:
        first = live.newest
        # more than the agent's rhythm of whole frames
        later = live.next(first.number + 40)
        assert later.look == first.look
        assert (live.damaged, later.number > first.number, later.time > first.time) == (
            0, True, True)  # fmt: skip


def test_a_channel_opened_anew_where_another_was_is_read_as_a_whole(tmp_path: Path) -> None:
    """Of the earlier one there are fewer paddings than the new one has sub-buffers."""
    dump = Dump(FIVE)
    live = live_of(dump, tmp_path)
    fields = dump.open().layout.structs["rchan"].fields
    with opened(live, hz=10) as kernel:
        channel, buffer = next(
            (channel, buffer)
            for channel, buffer in buffers(kernel)
            if 0 < buffer.subbufs_produced < channel.n_subbufs - 1
        )
        for name in ("n_subbufs", "alloc_size"):
            written = 2 * getattr(channel, name)
            write(live, channel.addr + fields[name].offset, written, fields[name].size)
        frame = kernel.next(kernel.newest.number + 1)
        again = next(one for one in frame.look.channels if one.addr == channel.addr)
        assert again.n_subbufs == 2 * channel.n_subbufs
        found = next(one for one in again.buffers if one.addr == buffer.addr)
        assert found.padding is not None
        assert found.padding[: channel.n_subbufs] == buffer.padding


def write(live: Live, address: int, value: int, size: int) -> None:
    """Change a number in the memory that the agent reads."""
    raw = live.kcore.read_bytes()
    for at in range(64, 64 + 56 * int.from_bytes(raw[56:58], "little"), 56):
        offset, virtual, _, length = struct.unpack_from("<4Q", raw, at + 8)
        if virtual <= address < virtual + length:
            with live.kcore.open("r+b") as file:
                file.seek(offset + address - virtual)
                file.write(value.to_bytes(size, "little"))
            return
    raise AssertionError(hex(address))


def test_a_buffer_that_is_not_there(five: Live) -> None:
    with opened(five) as live:
        channel, buffer = next(buffers(live))
        with pytest.raises(UnreadableError, match="no such buffer"):
            live.contents(channel, replace(buffer, addr=buffer.addr + 8))
        assert live.contents(channel, buffer).memory  # it goes on


def test_it_ends_when_nobody_asks_or_reads_any_more(five: Live) -> None:
    with opened(five) as live:
        process = live._process._process
    assert process.returncode == 0

    reading, writing = os.pipe()
    os.close(reading)
    with (
        os.fdopen(writing, "wb") as closed,
        subprocess.Popen(
            commands.local(1000, options=five.options), stdin=subprocess.PIPE, stdout=closed
        ) as process,
    ):
        assert process.wait(30) == 0


def test_what_is_asked_is_answered_or_refused(five: Live) -> None:
    lines = ["bytes", "bytes 1 2", "bytes 1", "x" * 300, "bytes 18446744073709551615 0 1"]
    with subprocess.Popen(
        commands.local(0.01, options=five.options), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(len(lines))]
        process.stdin.close()
        assert process.wait(30) == 0
    assert all(answer.keys() == {"error"} for answer in answers)


def refusal(live: Live, **how: Any) -> str:  # noqa: ANN401
    done = agent(live, "list", **how)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    return done.stderr


def test_refusals_name_cause_and_remedy(five: Live, tmp_path: Path) -> None:
    def instead(name: str, content: bytes) -> Live:
        path = tmp_path / name
        path.write_bytes(content)
        files = {**{key: getattr(five, key) for key in ("kcore", "kallsyms", "btf")}, name: path}
        return Live(**files)

    hidden = "".join(f"{0:016x} t {n}\n" for n in ("relay_channels", "nr_cpu_ids")).encode()
    assert "CAP_SYSLOG" in refusal(instead("kallsyms", hidden))
    assert "no symbol relay_channels" in refusal(instead("kallsyms", b"ffff000000000000 t main\n"))
    assert "no 64-bit little-endian ELF" in refusal(instead("kcore", b"\x7fELF\1\1" + bytes(90)))
    assert "no BTF" in refusal(instead("btf", bytes(4096)))
    assert "too short" in refusal(instead("btf", b"\x9f\xeb"))
    assert "CONFIG_PROC_KCORE" in refusal(Live(tmp_path / "none", five.kallsyms, five.btf))
    assert "CONFIG_DEBUG_INFO_BTF" in refusal(Live(five.kcore, five.kallsyms, tmp_path / "none"))


@pytest.mark.skipif(os.geteuid() != 0, reason="rights can only be dropped by root")
def test_without_the_right_to_read_it_names_the_capability(five: Live, tmp_path: Path) -> None:
    program = tmp_path / "relay-agent"
    program.write_bytes(Path(commands.local(1)[0]).read_bytes())
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o011)
    program.chmod(0o755)
    secret = tmp_path / "kcore"
    secret.write_bytes(five.kcore.read_bytes())
    secret.chmod(0o400)
    done = subprocess.run(
        [program, "--kcore", secret, "list"], capture_output=True, text=True, check=False,
        user=NOBODY,
    )  # fmt: skip
    assert done.returncode == 1
    assert "CAP_DAC_READ_SEARCH" in done.stderr


@pytest.mark.parametrize(
    "words", [[], ["list", "more"], ["watch"], ["stream"], ["stream", "0"], ["stream", "1e9"],
              ["stream", "nan"], ["stream", "1", "0"], ["stream", "1", "x"], ["--wrong", "list"]]
)  # fmt: skip
def test_a_wrong_use_is_status_2(five: Live, words: list[str]) -> None:
    done = agent(five, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "relay-agent" in done.stderr


def test_a_closed_or_full_output_is_one_line(five: Live) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [commands.local(1)[0], *five.options, "list"], stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


# -- over ssh --------------------------------------------------------------------------------------


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, five: Live) -> Path:
    """An ssh that notes how it was called and does what sshd would: a shell gets the words."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program, log = folder / "ssh", tmp_path / "calls"
    program.write_text(
        f'#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word" >>{log}; done\n'
        'while [ "$1" != -- ]; do shift; done\nshift 2\nexec sh -c "$*"\n'
    )
    real = folder / "relay-agent"
    real.write_text(f'#!/bin/sh\nexec {commands.local(1)[0]} {" ".join(five.options)} "$@"\n')
    program.chmod(0o755)
    real.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return log


def test_another_machine_over_ssh(ssh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["kernel", "--ssh", "someone@there", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["channels"]) == 5
    words = ssh.read_text().splitlines()
    assert words == ["-T", "--", "someone@there", "relay-agent stream 10"]


@pytest.mark.parametrize("host", ["-oProxyCommand=touch x", "", "a b", "a\nb", " host", "\x1b[2J"])
def test_a_host_cannot_become_an_option(ssh: Path, host: str) -> None:
    assert cli.main(["kernel", "--ssh", host, "--json"]) == 2
    assert not ssh.exists()


def test_a_path_cannot_become_a_command(
    ssh: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"relay-agent; touch {tmp_path}/hacked; $(touch {tmp_path}/hacked)"
    assert cli.main(["kernel", "--ssh", "there", "--agent", path, "--json"]) == 2
    assert not (tmp_path / "hacked").exists()
    assert ssh.exists()
    assert "not found" in capsys.readouterr().err


def test_a_connection_that_breaks_is_told(tmp_path: Path, five: Live) -> None:
    script = tmp_path / "agent"
    script.write_text(
        f"#!/bin/sh\n{commands.local(1)[0]} {' '.join(five.options)} list\necho lost >&2\nexit 7\n"
    )
    script.chmod(0o755)
    with AgentKernel([str(script)]) as live, pytest.raises(AgentError, match="lost"):
        live.next(0)
    script.write_text("#!/bin/sh\nexit 7\n")
    with pytest.raises(AgentError, match="status 7"):
        AgentKernel([str(script)])

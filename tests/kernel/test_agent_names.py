"""relay-agent's names: whole paths, and no symbol that could be one of two."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from relayviz.engines.kernel.record import Record
from relayviz.engines.kernel.symbols.table import from_lines
from tests.kernel.dumps import FIVE, Dump
from tests.kernel.kcores import live_of
from tests.kernel.test_agent import agent, opened, write

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 255  # bytes of a name, in any file system


def test_names_are_whole(tmp_path: Path) -> None:
    """A file gets the longest name that there can be: its bytes lie in a buffer's memory."""
    dump = Dump(FIVE)
    live, kernel = live_of(dump, tmp_path), dump.open()
    seen = next(one for one in kernel.look().channels if one.buffers[0].file)
    buffer, layout = seen.buffers[0], kernel.layout.structs
    dentry = Record.read(kernel.memory, buffer.addr, layout["rchan_buf"])["dentry"]
    name = bytes(ord("a") + at % 26 for at in range(LONGEST))
    for at, byte in enumerate(name + b"\0"):
        write(live, buffer.start + at, byte, 1)
    place = layout["dentry"].fields["d_name.name"]
    write(live, dentry + place.offset, buffer.start, place.size)
    channels = json.loads(agent(live, "list").stdout)["channels"]
    told = next(one for one in channels if one["addr"] == seen.addr)["bufs"][0]["file"]
    assert buffer.file is not None
    assert told == f"{buffer.file.rsplit('/', 1)[0]}/{name.decode()}"
    kernel.close()


def test_a_symbol_that_could_be_one_of_two_is_none(tmp_path: Path) -> None:
    """As for the readers of memory: see symbols.table."""
    live = live_of(Dump(FIVE), tmp_path)
    lines = live.kallsyms.read_text(encoding="utf-8")
    line = next(line for line in lines.splitlines() if line.endswith(" relay_channels"))
    live.kallsyms.write_text(f"{lines}{line}\n", encoding="utf-8")  # the same once more: no harm
    assert agent(live, "list").returncode == 0
    assert from_lines(live.kallsyms.read_bytes()).address("relay_channels") is not None
    other = f"{int(line.split()[0], 16) + 64:016x} d relay_channels\t[mine]\n"
    live.kallsyms.write_text(f"{lines}{other}", encoding="utf-8")
    done = agent(live, "list")
    assert done.returncode == 1
    assert "several symbols relay_channels" in done.stderr
    assert from_lines(live.kallsyms.read_bytes()).address("relay_channels") is None


def test_the_first_of_several_names_of_an_address_is_told(tmp_path: Path) -> None:
    live = live_of(Dump(FIVE), tmp_path)
    first = json.loads(agent(live, "list").stdout)["channels"]
    name = next(told for one in first if (told := one["cb_syms"]["subbuf_start"]))
    lines = live.kallsyms.read_text(encoding="utf-8")
    line = next(line for line in lines.splitlines() if line.split()[2] == name)
    aliases = "".join(f"{line.split()[0]} t alias{at}\n" for at in range(50))
    live.kallsyms.write_text(lines + aliases, encoding="utf-8")
    assert json.loads(agent(live, "list").stdout)["channels"] == first


def test_how_often_it_prints_can_be_changed(tmp_path: Path) -> None:
    with opened(live_of(Dump(FIVE), tmp_path), hz=0.02) as kernel:
        first = kernel.newest
        kernel.pace(200)
        begin = time.monotonic()
        later = kernel.next(first.number + 5)
        assert later.number > first.number + 5
        assert time.monotonic() - begin < 20  # at 0.02 a second it would be minutes

"""`relayviz export`: each form is what the session is, wherever it is written to."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pyarrow.parquet
import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

from relayviz import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = """relayviz = 1
title = "three into two"
[channel]
subbuf_size = 64
n_subbufs = 2
cpus = 1
[[branch]]
name = "main line"
steps = '''
write 64 times=3
open-file
read 100
'''
[[branch]]
name = "other"
parent = "main line"
from = 1
steps = '''
write 10
'''
"""
PYTHON = FILE.replace("cpus = 1", 'cpus = 1\nmode = "python"\nsource = "s"').replace(
    "[[branch]]",
    "[sources]\ns = '''\ndef subbuf_start(buf, subbuf, prev_subbuf, prev_padding):\n"
    "    return True\n'''\n[[branch]]",
    1,
)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "three.relay.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def exported(*words: object) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a script does, on a machine without a display."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    return subprocess.run(
        [sys.executable, "-m", "relayviz", "export", *map(str, words)],
        env={name: value for name, value in os.environ.items() if name not in hidden},
        capture_output=True,
        timeout=120,
        check=False,
    )


def is_c(data: bytes) -> bool:
    return b"int main(void)" in data and data.count(b"do_write(") == 4  # with its definition


def is_pytest(data: bytes) -> bool:
    names: dict[str, object] = {}
    exec(compile(data, "test", "exec"), names)  # noqa: S102  our own program
    names["test_session"]()  # type: ignore[operator]
    return True


def is_page(data: bytes) -> bool:
    told = data.partition(b'id="data">')[2].partition(b"</script>")[0]
    # the opening and five operations
    return data.startswith(b"<!DOCTYPE html>") and len(json.loads(told)["titles"]) == 6


def is_pair(data: bytes) -> bool:
    told = data.partition(b'id="data">')[2].partition(b"</script>")[0]
    sides = json.loads(told)["sides"]
    assert [side["name"] for side in sides] == ["A", "B"]
    a, b = (side["said"][3][3] for side in sides)
    assert a.startswith("A keeps the oldest 2 events and loses the newest 1: refused while 2 of 2")
    assert b.startswith("B keeps the newest 2 events and loses the oldest 1: the writer used a")
    return is_page(data)


def is_svg(data: bytes) -> bool:
    root = ET.fromstring(data)  # noqa: S314  our own
    said = " ".join("".join(each.itertext()) for each in root.iter() if each.tag.endswith("text"))
    return "no-overwrite" in said and "overwrite" in said and "3 produced" not in said


def is_png(data: bytes) -> bool:
    return data.startswith(b"\x89PNG") and struct.unpack(">II", data[16:24]) == (1400, 860)


def is_csv(data: bytes) -> bool:
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert [row["event"] for row in rows] == ["1", "2", "3"]
    return [row["fate"] for row in rows] == ["consumed", "unread", "refused: buffer full"]


FORMS = {
    "c": is_c,
    "pytest": is_pytest,
    "html": is_page,
    "compare": is_pair,
    "svg": is_svg,
    "png": is_png,
    "csv": is_csv,
}


@pytest.mark.parametrize(("form", "is_right"), FORMS.items(), ids=FORMS)
def test_each_form_without_a_display(
    form: str, is_right: Callable[[bytes], bool], session: Path
) -> None:
    done = exported(session, f"--{form}", "-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert is_right(done.stdout)


def test_the_name_of_the_file_tells_the_form(session: Path, tmp_path: Path) -> None:
    out = tmp_path / "three.png"
    done = exported(session, out, "--scale", 2, "--theme", "dark")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert struct.unpack(">II", out.read_bytes()[16:24]) == (2800, 1720)


def test_a_branch_by_name(session: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.main(["export", str(session), "--c", "--branch", "other", "-"]) == 0
    assert b"pattern(2, 10)" in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["{missing}", "--c", "-"], 2, "missing.relay.toml: No such file or directory."),
        (["{session}", "-"], 2, "Its name tells no form: give one of --c, --pytest"),
        (["{session}", "--c", "{folder}"], 2, "something else of that name. Choose another folder"),
        (["{session}", "--c", "{folder}/none/a.c"], 2, "Make the folder first, or choose another."),
        (["{session}", "--c", "-", "--branch", "x"], 2, "No branch is called x: main line, other."),
        (["{python}", "--c", "-"], 2, "Read it, then give --allow-python to run it."),
        (["{python}", "--c", "-", "--allow-python"], 1, "copy it as pytest instead."),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    words: list[str],
    status: int,
    told: str,
    session: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = session.parent
    (folder / "python.relay.toml").write_text(PYTHON, encoding="utf-8")
    names = {
        "session": session,
        "missing": folder / "missing.relay.toml",
        "python": folder / "python.relay.toml",
        "folder": folder,
    }
    before = sorted(folder.iterdir())
    assert cli.main(["export", *(word.format(**names) for word in words)]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("relayviz export: ")
    assert told in err
    assert err.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_the_session_itself_is_not_replaced(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = session.with_name("other name")
    other.symlink_to(session)
    for out in (session, other):
        assert cli.main(["export", str(session), "--csv", str(out)]) == 2
        assert "It is the session itself" in capsys.readouterr().err
    assert session.read_text(encoding="utf-8") == FILE


def test_a_full_device_is_told_in_a_line(session: Path) -> None:
    done = exported(session, "--c", "/dev/full")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"No space left on device" in done.stderr


def test_a_closed_or_full_standard_output(session: Path) -> None:
    for shell in (">&-", ">/dev/full"):
        command = f"{sys.executable} -m relayviz export {session} --c - {shell}"
        done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
        assert done.returncode == 2, done.stderr
        assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("suffix", ["json", "pftrace", "parquet"])
def test_forms_for_other_programs_need_no_display(session: Path, suffix: str) -> None:
    out = session.with_name(f"out.{suffix}")
    assert exported(session, out).returncode == 0
    data = out.read_bytes()
    if suffix == "json":
        told = json.loads(data)
        assert [one["fate"] for one in told["events"]] == ["consumed", "unread", "refused_full"]
        assert told["buffers"][0]["account"]["refused_full"] == {"events": 1, "bytes": 64}
    elif suffix == "parquet":
        rows = pyarrow.parquet.read_table(out).to_pylist()
        assert [row["bytes"] for row in rows] == [64, 64, 64]
    else:
        trace = Trace()
        trace.ParseFromString(data)
        instants = [one for one in trace.packet if one.track_event.type == TrackEvent.TYPE_INSTANT]
        assert [one.timestamp for one in instants] == [3_000_000]  # lost at step 3


def test_json_tells_what_was_so_at_the_step_shown(session: Path) -> None:
    session.write_text(
        FILE.replace("[channel]", "[view]\nbranch = 'main line'\nstep = 3\n[channel]")
    )
    out = session.with_name("out.json")
    assert exported(session, out).returncode == 0
    told = json.loads(out.read_text())
    assert [one["fate"] for one in told["events"]] == ["unread", "unread", "refused_full"]
    assert [one["decided_at"] for one in told["events"]] == [None, None, 3]
    assert [one["step"] for one in told["steps"]] == [0, 1, 2, 3]

"""From the command line to a plan, and what is refused there."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest

from relayviz.live.arguments import Plan, add_arguments, plan_of
from relayviz.live.notation import UsageError
from relayviz.model.channel.config import Mode
from relayviz.model.load.file import to_toml
from relayviz.model.load.load import AS_FAST_AS_IT_GOES, Load, ReaderKind, Reading
from relayviz.model.load.presets import PRESETS

if TYPE_CHECKING:
    from pathlib import Path


def plan(*words: str) -> Plan:
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers())
    return plan_of(parser.parse_args(["live", *words]))


def test_without_arguments_it_is_the_steady_load() -> None:
    found = plan()
    assert found.load == PRESETS["steady"]
    assert (found.seconds, found.expected, found.json) == (5.0, (), "")


def test_the_channel() -> None:
    config = plan(
        *("--cpus", "3", "--subbuf-size", "4K", "--n-subbufs", "6", "--mode", "overwrite"),
        *("--header", "8"),
    ).config
    assert (config.cpus, config.subbuf_size, config.n_subbufs) == (3, 4096, 6)
    assert (config.mode, config.header) == (Mode.OVERWRITE, 8)


def test_what_is_given_differs_from_the_preset_on_all_cpus() -> None:
    load = plan("--load", "flushed by the clock", "--rate", "max", "--pace", "5ms").load
    assert load.writing.rate == load.writing_of(0).rate == AS_FAST_AS_IT_GOES
    assert load.reading.pace == 0.005
    assert load.flush_every == PRESETS["flushed by the clock"].flush_every


def test_a_load_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    mine = Load(readers=((1, Reading(ReaderKind.MMAP, pace=0.5)),))
    path.write_text(to_toml(mine), encoding="utf-8")
    assert plan("--load", str(path)).load == mine


def test_a_report_is_never_written_over_the_load(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(Load()), encoding="utf-8")
    with pytest.raises(UsageError, match="is the load itself"):
        plan("--load", str(path), "--json", str(path))


def test_expectations_and_json() -> None:
    found = plan("--expect", "lost == 0", "--expect", "fill < 1", "--json", "--for", "200ms")
    assert [one.text for one in found.expected] == ["lost == 0", "fill < 1"]
    assert (found.json, found.seconds) == ("-", 0.2)
    assert plan("--json", "out.json").json == "out.json"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--cpus", "0"], "--cpus: Give 1 to"),
        (["--header", "4095"], "--header:"),
        (["--load", "lazy"], "no preset 'lazy'"),
        (["--load", "none.toml"], "none.toml"),
        (["--rate", "2G"], "--rate: Give 0 to"),
        (["--size", "70000"], "at most 65536"),
        (["--stall", "1s/0s"], "--stall: Stalls need both"),
        (["--break-on", "rain"], "--break-on: 'rain' stops nothing"),
        (["--break-on", "full", "--break-on", "cpu=4"], "--break-on: There is no CPU 4: give 0"),
        (["--break-on", "cpu=1"], "--break-on: cpu=N says only where"),
        (["--break-on", f"lost>={2**70}"], "--break-on: A counter reaches 1 to"),
        (["--expect", "lsot == 0"], "Did you mean lost?"),
        (["--for", "0s"], "--for: give a time"),
        (["--writer-threads", "0"], "--writer-threads: Give 1 to 64"),
    ],
)
def test_what_cannot_be_run_is_told(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises((UsageError, SystemExit)) as caught:
        plan(*words)
    message = str(caught.value) if caught.type is UsageError else capsys.readouterr().err
    assert told in message


def test_a_file_with_a_mistake_names_file_and_field(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("version = 1\nwriting.rate = 'x'\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.toml: writing\.rate: Give a number"):
        plan("--load", str(path))


def test_a_client_brings_channel_and_load_and_what_is_given_goes_before() -> None:
    found = plan("--client", "ath11k CFR", "--n-subbufs", "16", "--rate", "10")
    assert (found.config.subbuf_size, found.config.n_subbufs) == (8200, 16)
    assert (found.config.mode, found.config.is_global) == (Mode.DEFAULT, True)
    assert found.load.writing.rate == 10
    assert (found.load.writing.pieces, found.load.writing.flush_after) == (3, 3)
    other = plan("--client", "blktrace", "--load", "steady")
    assert (other.config.subbuf_size, other.load) == (512 << 10, PRESETS["steady"])
    assert plan("--load", "blktrace").config.subbuf_size == 4096

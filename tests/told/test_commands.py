"""What the commands print of files that are always the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from relayviz import cli
from relayviz.model.load.presets import PRESETS
from tests.capture.test_truth import DATA, LOSSY, files
from tests.kernel.dumps import BLKTRACE, CRASH, FIVE, FIVE_612, Dump
from tests.told.telling import hold

if TYPE_CHECKING:
    from collections.abc import Callable

    Said = Callable[..., list[str]]

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT / "resources"
DUMPS = (FIVE, FIVE_612, BLKTRACE, CRASH)
SMALL = ("--sizes", "256x4")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Call a command; return what it prints, where, and its status."""

    def tell(*words: object) -> list[str]:
        status = cli.main([str(word) for word in words])
        out, error = capsys.readouterr()
        return [f"status {status}", *out.splitlines(), *(f"! {one}" for one in error.splitlines())]

    return tell


def of(folder: str) -> list[Path]:
    return sorted((RESOURCES / folder).glob("*.toml"))


@pytest.mark.parametrize("folder", [*LOSSY, "blktrace", "spectral"])
def test_capture(said: Said, folder: str) -> None:
    paths = files(folder) if folder in LOSSY else sorted((DATA / folder).iterdir())
    groups = [paths] if folder in LOSSY else [[path] for path in paths]
    parts = [
        (f"{group[0].name} {' '.join(more)}", said("capture", *group, *more))
        for group in groups
        for more in (
            (),
            SMALL,
            ("--json",),
            ("--json", *SMALL),
            ("--expect", "missing == 0"),
            ("--expect", "length"),
        )
    ]
    hold(f"command-capture-{folder}", parts)


@pytest.mark.parametrize("name", DUMPS)
def test_kernel(said: Said, name: str, tmp_path: Path) -> None:
    dump = Dump(name)
    given = (dump.written(tmp_path), "--types", dump.types, "--symbols", dump.symbols)
    ways = ((), ("--json",), ("--channel", "none"), ("--channel", "cpu"))
    parts = [(" ".join(more), said("kernel", *given, *more)) for more in ways]
    hold(f"command-kernel-{name}", parts, tmp_path)


def test_a_kernel_that_cannot_be_looked_at(said: Said, tmp_path: Path) -> None:
    nothing, text = tmp_path / "nothing", tmp_path / "text"
    text.write_text("no dump", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    ways = (
        ("--live", "--agent", nothing), ("--live", "--agent", text), ("--qemu", nothing),
        ("--qemu", text), (nothing,), (text,), (folder,), (text, "--types", nothing),
    )  # fmt: skip
    parts = [(" ".join(map(str, way)), said("kernel", *way)) for way in ways]
    hold("command-kernel-refused", parts, tmp_path)


def test_inside(said: Said) -> None:
    hold("command-inside", ((one.name, said("inside", one)) for one in of("inside")))


def test_inside_in_json(said: Said) -> None:
    some = ("destroyed", "reader-in-switch", "two-consumers", "cve-2023-3268")
    paths = (RESOURCES / "inside" / f"{name}.inside.toml" for name in some)
    hold("command-inside-json", ((path.name, said("inside", "--json", path)) for path in paths))


def test_explore(said: Said) -> None:
    hold("command-explore", ((one.name, said("explore", one)) for one in of("puzzles")))


def test_run(said: Said) -> None:
    hold("command-run", ((one.name, said("run", one)) for one in of("scenarios")))


def test_lesson(said: Said) -> None:
    hold("command-lesson", ((one.name, said("lesson", "check", one)) for one in of("lessons")))


@pytest.mark.parametrize("mode", ["no-overwrite", "overwrite"])
def test_live_on_a_simulated_clock(said: Said, mode: str) -> None:
    more = ("--mode", mode, "--simulated", "--for", "2s", "--cpus", 2, "--event-time", "2us")
    parts = list[tuple[str, object]]()
    for name in PRESETS:
        _, *lines = said("live", "--load", name, *more)
        parts.append((name, lines))
        _, *lines = said("live", "--load", name, *more, "--json")
        parts.append((f"{name} in JSON", json.loads("\n".join(lines)) | {"relayviz": "version"}))
    hold(f"command-live-{mode}", parts)


def test_sweep(said: Said, tmp_path: Path) -> None:
    sizes = ("--subbuf-size", "256,1K", "--n-subbufs", "1,2,4", "--for", "500ms", "--quiet")
    written = (tmp_path / "cells.json", tmp_path / "cells.csv")
    printed = said("sweep", "bursts", *sizes, "--json", written[0], "--csv", written[1])
    parts = [(path.name, path.read_text(encoding="utf-8").splitlines()) for path in written]
    hold("command-sweep", [("printed", printed), *parts], tmp_path)


PAGE = "relayviz = 1\n[channel]\nsubbuf_size = {size}\nn_subbufs = 2\ncpus = {cpus}\n"
STEPS = '[[branch]]\nsteps = "write 8 times={times}"\n'


@pytest.mark.parametrize("form", ["--html", "--compare"])
def test_how_much_is_too_much_for_a_page(said: Said, tmp_path: Path, form: str) -> None:
    parts = list[tuple[str, object]]()
    for times, cpus, size in (
        (2000, 1, 4096), (2001, 1, 4096), (1, 64, 4096), (1, 65, 4096),
        (1, 1, 4 << 20), (1, 1, (4 << 20) + 1),
    ):  # fmt: skip
        path, out = tmp_path / "a.relay.toml", tmp_path / "a.html"
        text = PAGE.format(size=size, cpus=cpus) + STEPS.format(times=times)
        path.write_text(text, encoding="utf-8")
        printed = said("export", form, path, out)
        parts.append((f"{times} steps, {cpus} CPUs of 2 x {size} B", printed))
        out.unlink(missing_ok=True)
    hold(f"command-export{form}", parts, tmp_path)


@pytest.mark.parametrize("form", ["--c", "--pytest", "--csv", "--json"])
def test_export(said: Said, tmp_path: Path, form: str) -> None:
    parts = list[tuple[str, object]]()
    for name in ("mode-changes", "reserve-and-fill", "flags"):
        out = tmp_path / "written"
        printed = said("export", form, RESOURCES / "scenarios" / f"{name}.relay.toml", out)
        parts.append((name, [*printed, *out.read_text(encoding="utf-8").splitlines()]))
        out.unlink()
    hold(f"command-export{form}", parts, tmp_path)

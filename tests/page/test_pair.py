"""A page of two channels side by side: each shows its own states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz import cli
from relayviz.engines.step.play import play
from relayviz.model.channel.config import Mode
from relayviz.model.session.file import loads
from tests.page.test_reading import CUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.conftest import Shown

SESSION = """relayviz = 1
title = "Nine into two"
[channel]
subbuf_size = 64
n_subbufs = 2
cpus = 2
mode = "{mode}"
[[branch]]
steps = '''
write 30 times=9
open-file
read 40
write 20 cpu=1
'''
"""


def test_both_channels_are_shown(shown: Shown, tmp_path: Path) -> None:
    path = tmp_path / "a.relay.toml"
    path.write_text(SESSION.format(mode="no-overwrite"), encoding="utf-8")
    assert cli.main(["export", str(path), str(tmp_path / "a.compare.html")]) == 0
    shown.open((tmp_path / "a.compare.html").read_text(encoding="utf-8"))
    modes = (Mode.NO_OVERWRITE, Mode.OVERWRITE)
    engines = [play(loads(SESSION.format(mode=mode))) for mode in modes]
    try:
        for step in (12, 9, 5, 0):
            shown.run(
                "const s = document.getElementById('slider'); s.value = arguments[0];"
                "s.dispatchEvent(new Event('input'));",
                step,
            )
            assert shown.run(CUT) == []
            for side, engine in enumerate(engines):
                engine.seek(step)
                assert engine.wait_idle()
                seen = engine.snapshot
                cells = shown.chrome.find_elements(
                    "css selector", f'#counter-list [data-side="{side}"] td[data-name="consumed"]'
                )
                assert [int(one.text) for one in cells] == seen.buffers["consumed"].tolist()
                tallies = shown.find(f'.tally[data-side="{side}"]').text
                tried = int(seen.buffers["account"]["attempted"]["events"].sum())
                assert tallies.startswith(f"{'AB'[side]}: {tried or 'no'} event")
        assert shown.find("#kind").text == "no-overwrite, 2 × 64 B beside overwrite, 2 × 64 B"
        assert "A keeps the oldest" in shown.run(
            "const s = document.getElementById('slider'); s.value = 9;"
            "s.dispatchEvent(new Event('input')); return document.getElementById('said').innerText"
        )
        assert len(shown.chrome.find_elements("css selector", ".ring")) == 4
    finally:
        for engine in engines:
            engine.close()

"""The page for whoever reads it: no text is cut, the keyboard reaches all, and all has its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.keys import Keys

from relayviz.model.session.file import loads
from relayviz.model.session.scenario import scenario_text

if TYPE_CHECKING:
    from tests.page.conftest import Shown

CUT = (Path(__file__).parent / "cut.js").read_text(encoding="utf-8")
SIZES = ((1280, 800), (1680, 1050), (390, 844), (820, 1180), (1000, 700), (3840, 2160))

CROWDED = """relayviz = 1
title = "A long title, for a channel of which everything is told: full, blocked, with losses"
text = '''
Two sentences, so that there is something above the rings. They are as long as sentences of a
session usually are, and name `subbuf_start` as what it is.
'''
[channel]
base_filename = "a-name-that-is-rather-long"
subbuf_size = 256
n_subbufs = 16
cpus = 4
header = 4
[[branch]]
steps = '''
write 200 times=20
write 300
write 120 cpu=1 times=7
mark a name of a step: <b>no element</b>, &amp; no end of a </script>
reserve 90 cpu=1
open-file cpu=1
mmap shared cpu=1
read 90 cpu=1
consume 1 cpu=1
set-mode overwrite
write 230 cpu=2 times=1100
reset
write 230 cpu=2 times=60
write cpu=3 text='<b>no element & no script</b></script>'
'''
"""


@pytest.fixture
def crowded(shown: Shown) -> Shown:
    shown.open_session(loads(CROWDED.replace("1100", "110"), "crowded")).close()
    return shown


@pytest.mark.parametrize(("width", "height"), SIZES, ids=[f"{w}x{h}" for w, h in SIZES])
def test_no_text_is_cut(width: int, height: int, crowded: Shown) -> None:
    last = int(crowded.find("#slider").get_attribute("max") or 0)
    for theme in ("dark", "light"):
        crowded.resize(width, height, theme)
        for step in (0, 21, 31, 140, last):
            crowded.run(
                "const s = document.getElementById('slider'); s.value = arguments[0];"
                "s.dispatchEvent(new Event('input'));",
                step,
            )
            # what watches sizes is told before the next but one frame
            crowded.chrome.execute_async_script(
                "const next = requestAnimationFrame; next(() => next(arguments[0]))"
            )
            assert crowded.run(CUT) == [], step


def test_texts_of_a_session_are_texts(crowded: Shown) -> None:
    crowded.run("document.getElementById('log-list').children[28].click()")
    assert crowded.step == 28
    assert crowded.find(".mark").text.endswith("<b>no element</b>, &amp; no end of a </script>")
    assert crowded.run("return document.querySelectorAll('main b, main script').length") == 0
    assert crowded.find("#about code").text == "subbuf_start"


def test_keys_go_from_step_to_step(shown: Shown) -> None:
    session = loads(scenario_text("full-refuses"), "full")
    engine = shown.open_session(session)
    last = engine.snapshot.last_step
    engine.close()
    assert shown.step == last
    shown.press(Keys.HOME)
    assert shown.step == 0
    shown.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert shown.step == 1
    shown.press(Keys.END)
    assert shown.step == last
    shown.press(Keys.HOME, Keys.SPACE)
    assert shown.find("#run").text == "Stop"
    shown.press(Keys.SPACE)
    assert shown.find("#run").text == "Run"


def test_the_slider_by_keyboard(shown: Shown) -> None:
    engine = shown.open_session(loads(scenario_text("full-refuses"), "full"))
    last = engine.snapshot.last_step
    engine.close()
    shown.run("document.getElementById('slider').focus()")
    shown.press(Keys.HOME)
    seen = [shown.step]
    for _ in range(last):
        shown.press(Keys.ARROW_RIGHT)
        seen.append(shown.step)
    assert seen == list(range(last + 1))
    told = shown.find("#slider").get_attribute("aria-valuetext") or ""
    assert told.startswith(f"step {last} of {last}: ")


def test_all_is_reached_with_tab(shown: Shown) -> None:
    shown.open_session(loads(scenario_text("full-refuses"), "full")).close()
    shown.press(Keys.HOME)
    reached = []
    for _ in range(30):
        shown.press(Keys.TAB)
        if not shown.focus or shown.focus in reached:
            break
        reached.append(shown.focus)
    expected = ["theme", "forward", "end", "run", "slider", "counter-box", "cpu", "subbuf"]
    assert reached == [*expected, "follow", "dump-list", "log-list", "fate-list"]
    shown.run("document.getElementById('log-list').focus()")
    shown.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert shown.step == 2
    assert shown.find("#log-list").get_attribute("aria-activedescendant") == "step-2"


def test_a_sub_buffer_is_chosen(shown: Shown) -> None:
    shown.open_session(loads(scenario_text("full-refuses"), "full")).close()
    shown.run("document.getElementById('subbuf').focus()")
    shown.press(Keys.HOME)
    assert shown.run("return document.getElementById('subbuf').value") == "0"
    assert not shown.find("#follow").is_selected()
    chosen = shown.run("return document.querySelector('.chosen').parentElement.dataset.index")
    assert chosen == "0"
    shown.find('.subbuf[data-index="2"] .part').click()
    assert shown.run("return document.getElementById('subbuf').value") == "2"


def tree(shown: Shown) -> list[dict[str, Any]]:
    """Return what a screen reader is told, as role, name, and whether the keyboard gets there."""
    nodes = shown.chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        {
            "role": one["role"]["value"],
            "name": one.get("name", {}).get("value", ""),
            **{each["name"]: each["value"].get("value") for each in one.get("properties", [])},
        }
        for one in nodes
        if not one["ignored"]
    ]


def test_a_screen_reader_is_told_all(shown: Shown) -> None:
    engine = shown.open_session(loads(scenario_text("full-refuses"), "full"))
    seen = engine.snapshot
    engine.close()
    nodes = tree(shown)
    nameless = [one for one in nodes if one.get("focusable") and not one["name"]]
    assert nameless == []
    by_role: dict[str, list[str]] = {}
    for one in nodes:
        by_role.setdefault(one["role"], []).append(one["name"])
    assert [one for one in by_role["image"] if one] == by_role["image"]
    (ring,) = by_role["image"]
    assert f"{seen.n_subbufs}/{seen.n_subbufs} ready" in ring
    assert "blocked" in ring
    assert ring.count("sub-buffer ") == seen.n_subbufs
    assert [one for one in nodes if one["role"] == "status" and one.get("live") == "polite"]
    assert len(by_role["option"]) >= seen.last_step + 1
    assert {"Step"} <= set(by_role["slider"])
    regions = " ".join(by_role["region"]).casefold()
    for name in ("rings", "per-cpu counters", "sub-buffer", "log", "fate of every event"):
        assert name in regions
    assert "refused: buffer full" in " ".join(by_role["cell"])

"""A page in a browser without a screen. Nothing may be asked of anybody, and no script may fail."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from relayviz.engines.step.play import play
from relayviz.model.channel.client import compile_subbuf_start
from relayviz.model.page.lesson import Lesson
from relayviz.model.page.page import session_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver.remote.webelement import WebElement

    from relayviz.engines.step.engine import StepEngine
    from relayviz.model.session.session import Session

SWITCHES = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def started() -> Chrome:
    """Start the browser of the system; it asks nobody for another."""
    options = ChromeOptions()
    for switch in SWITCHES:
        options.add_argument(switch)
    options.binary_location = shutil.which("chromium") or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    found = started()
    yield found
    found.quit()


class Shown:
    """A page that is shown, and what a reader does with it."""

    def __init__(self, chrome: Chrome, folder: Path) -> None:
        self.chrome, self._folder = chrome, folder

    def resize(self, width: int, height: int, theme: str = "dark") -> None:
        """Show the page in a window of a size, on a desktop of a theme."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def open(self, text: str) -> None:
        """Show a page."""
        path = self._folder / "page.html"
        path.write_text(text, encoding="utf-8")
        self.resize(1280, 800)
        self.chrome.get(path.as_uri())

    def open_session(self, session: Session, lesson: Lesson | None = None) -> StepEngine:
        """Show a session's page; the engine that it was made from is for the test to close."""
        engine = play(session, [compile_subbuf_start(source) for source in session.sources])
        assert engine.wait_idle()
        self.open(session_page(engine, session.notes, lesson or Lesson()))
        return engine

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401  what a script gives
        """Run a script in the page."""
        return self.chrome.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        """Return an element."""
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def press(self, *keys: str) -> None:
        """Press keys wherever the keyboard is."""
        for key in keys:
            ActionChains(self.chrome, duration=0).send_keys(key).perform()

    @property
    def focus(self) -> str:
        """The id of what has the keyboard."""
        found: str = self.run("return document.activeElement.id")
        return found

    @property
    def step(self) -> int:
        """The step shown."""
        return int(self.find("#place").text.split()[1])

    def noted(self, kind: str) -> list[dict[str, Any]]:
        """Return what the browser has noted since it was asked last."""
        noted: list[dict[str, Any]] = self.chrome.get_log(kind)  # type: ignore[no-untyped-call]
        return noted

    def requests(self) -> list[str]:
        """Return all that the page asked for, itself included."""
        messages = [json.loads(one["message"])["message"] for one in self.noted("performance")]
        return [
            one["params"]["request"]["url"]
            for one in messages
            if one["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture
def shown(chrome: Chrome, tmp_path: Path) -> Iterator[Shown]:
    found = Shown(chrome, tmp_path)
    found.noted("performance")  # what another test did
    yield found
    assert found.noted("browser") == []
    asked = found.requests()
    assert all(one.startswith(tmp_path.as_uri()) for one in asked), asked

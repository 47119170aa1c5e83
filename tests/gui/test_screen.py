"""The window on a real X screen: what is drawn where."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage

from relayviz.gui.look import theme
from relayviz.gui.look.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WIDTH, HEIGHT = 1280, 800
NEAR = 16  # of 255, in each channel
TIME_LIMIT = 90


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A virtual X screen; gives its DISPLAY."""
    program = shutil.which("Xvfb")
    if program is None:
        assert not os.environ.get("CI"), "Xvfb is missing: `make install-deps` brings it"
        pytest.skip("no Xvfb")
    read, write = os.pipe()
    command = [
        program,
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1600x1000x24",
        "-nolisten",
        "tcp",
    ]
    process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as number:
        display = number.readline().strip()
    assert display
    yield f":{display}"
    process.terminate()
    process.wait(TIME_LIMIT)


def picture(path: Path, display: str, name: str) -> QImage:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    environment.pop("WAYLAND_DISPLAY", None)
    module = "relayviz.gui.screenshots"
    words = [sys.executable, "-m", module, str(path), name, str(WIDTH), str(HEIGHT)]
    result = subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    return QImage(str(path))


def share(image: QImage, role: Role, colours: theme.Theme, columns: range) -> float:
    """How much of some columns has about a colour: thin strokes of text hardly reach it exactly."""
    bits = np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8)
    pixels = bits.reshape(image.height(), -1, 4)[:, list(columns), :3].astype(np.int16)
    wanted = np.array([colours.rgb(role) >> shift & 255 for shift in (0, 8, 16)], np.int16)
    return float((np.abs(pixels - wanted).max(axis=2) <= NEAR).mean())


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_window_is_drawn(screen: str, tmp_path: Path, name: str) -> None:
    image = picture(tmp_path / "window.png", screen, name)
    assert (image.width(), image.height()) == (WIDTH, HEIGHT)
    colours = theme.load(name)
    middle = range(WIDTH // 4, WIDTH * 2 // 3, 2)
    assert share(image, Role.WINDOW, colours, range(0, WIDTH, 8)) > 0.05
    assert share(image, Role.PANEL, colours, range(0, WIDTH, 8)) > 0.3
    for role in (Role.UNREAD, Role.CONSUMED, Role.FREE):
        assert share(image, role, colours, middle) > 0.005, role
    for role in (Role.PADDING, Role.WRITE_POSITION, Role.CONSUMER_POSITION):
        assert share(image, role, colours, middle) > 0.0, role
    # the blocked buffer is told in the left column, too
    assert share(image, Role.ERROR, colours, range(WIDTH // 5)) > 0.0

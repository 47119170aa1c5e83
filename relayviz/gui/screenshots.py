"""Pictures of the window for the documentation: python -m relayviz.gui.screenshots FOLDER.

The example of the first start, in both themes and two sizes, a live channel of 64 CPUs, and a
session beside the same in the other mode, without a screen. Settings of the user are neither read
nor written.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from relayviz.gui.compare import CompareWindow
from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Layout, Settings, Store
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.channel.operation import Kind, Operation
from relayviz.model.load.load import Load, Reading, SizeKind, Sizes, Writing

#: name: width, height, scale
SIZES = {
    "small": (1280, 800, 1),
    "main": (1680, 1050, 1),
    "live": (1680, 1050, 1),
    "compare": (1400, 900, 1),
}
THEMES = ("dark", "light")
SMALLEST = 0  # Qt's quality: 0 packs a PNG tightest
SETTLE_MS = 400  # the last frame is drawn long before
COMPARE_MS = 2_000  # the second channel has to catch up
LIVE_MS = 20_000  # enough of a minute to see stalls come and go
LIVE = ChannelConfig(
    base_filename="live", cpus=64, n_subbufs=16, subbuf_size=4096, mode=Mode.OVERWRITE
)
COMPARED = ChannelConfig(base_filename="cpu", cpus=2, header=4)
STALLS = Reading(pace=0.04, stall_every=6.0, stall=2.0)
LOAD = Load(
    Writing(rate=20_000, sizes=Sizes(SizeKind.UNIFORM, 16, 96)), Reading(pace=0.015)
).with_reading(STALLS, 7)


def take(path: Path, theme: str, width: int, height: int) -> None:
    """Open the window, let it draw, and keep its picture.

    "live-…" is of a live channel, "compare-…" of the window with two channels.
    """
    application = QApplication([])
    app.prepare(application)
    with tempfile.TemporaryDirectory() as folder:
        settings = Store(Settings, Path(folder) / "settings.json")
        program = app.Program(settings, Store(Layout, Path(folder) / "session.json"))
        program.window.choose_theme(theme)
        program.window.resize(width, height)
        program.window.show()
        if program.controller.stepped:
            program.controller.stepped.wait_idle()
        shown: QWidget = program.window
        wait = SETTLE_MS
        if path.name.startswith("live"):
            _go_live(program)
            wait = LIVE_MS
        elif path.name.startswith("compare"):
            shown = _compare(program)
            shown.resize(width, height)
            wait = COMPARE_MS
        # quit() would close the window
        QTimer.singleShot(wait, lambda: application.exit(0))
        application.exec()
        shown.grab().save(str(path), "PNG", SMALLEST)
        program.window.desk.discard()
        program.window.close()


def _go_live(program: app.Program) -> None:
    controller = program.controller
    program.window.welcome.hide()
    controller.close_tab(0)
    controller.running.set_load(LOAD)
    controller.open_channel(LIVE)
    controller.running.go_live()


def _compare(program: app.Program) -> QWidget:
    engine = program.controller.open_channel(COMPARED)
    engine.submit(
        *[Operation(Kind.WRITE, 0, 40)] * 120,
        *[Operation(Kind.WRITE, 1, 90)] * 14,
        Operation(Kind.OPEN_FILE, 1),
        Operation(Kind.READ, 1, 512),
    )
    engine.wait_idle()
    program.window.compare()
    window = program.window.findChild(CompareWindow)
    assert isinstance(window, CompareWindow)  # noqa: S101  it has just been opened
    return window


def main() -> None:
    """Take all pictures, each in a process of its own: the scale cannot be changed in one."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (width, height, scale) in SIZES.items():
        for theme in THEMES:
            path = folder / f"{name}-{theme}.png"
            subprocess.run(  # noqa: S603  ourselves
                [sys.executable, "-m", __spec__.name, str(path), theme, str(width), str(height)],
                env={**os.environ, "QT_SCALE_FACTOR": str(scale)},
                check=True,
            )
            print(path)


if __name__ == "__main__":
    if len(sys.argv) == 2:  # noqa: PLR2004  a folder alone
        main()
    else:
        take(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))

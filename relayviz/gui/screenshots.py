"""Pictures of the window for the documentation: python -m relayviz.gui.screenshots FOLDER.

The example of the first start, in both themes and two sizes, and a live channel of 64 CPUs,
without a screen. Settings of the user are neither read nor written.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from relayviz.gui import app
from relayviz.gui.settings import Session, Settings, Store
from relayviz.model.channel_config import ChannelConfig, Mode
from relayviz.model.load import Load, Reading, SizeKind, Sizes, Writing

#: name: width, height, scale
SIZES = {"small": (1280, 800, 1), "main": (1680, 1050, 1), "live": (1680, 1050, 1)}
THEMES = ("dark", "light")
SMALLEST = 0  # Qt's quality: 0 packs a PNG tightest
SETTLE_MS = 400  # the last frame is drawn long before
LIVE_MS = 20_000  # enough of a minute to see stalls come and go
LIVE = ChannelConfig(
    base_filename="live", cpus=64, n_subbufs=16, subbuf_size=4096, mode=Mode.OVERWRITE
)
STALLS = Reading(pace=0.04, stall_every=6.0, stall=2.0)
LOAD = Load(
    Writing(rate=20_000, sizes=Sizes(SizeKind.UNIFORM, 16, 96)), Reading(pace=0.015)
).with_reading(STALLS, 7)


def take(path: Path, theme: str, width: int, height: int) -> None:
    """Open the window, let it draw, and keep its picture; "live-…" is of a live channel."""
    application = QApplication([])
    app.prepare(application)
    with tempfile.TemporaryDirectory() as folder:
        settings = Store(Settings, Path(folder) / "settings.json")
        program = app.Program(settings, Store(Session, Path(folder) / "session.json"))
        program.window.choose_theme(theme)
        program.window.resize(width, height)
        program.window.show()
        if program.controller.engine:
            program.controller.engine.wait_idle()
        is_live = path.name.startswith("live")
        if is_live:
            _go_live(program)
        # quit() would close the window
        QTimer.singleShot(LIVE_MS if is_live else SETTLE_MS, lambda: application.exit(0))
        application.exec()
        program.window.grab().save(str(path), "PNG", SMALLEST)
        program.window.desk.discard()
        program.window.close()


def _go_live(program: app.Program) -> None:
    controller = program.controller
    program.window.welcome.hide()
    controller.close_tab(0)
    controller.running.set_load(LOAD)
    controller.open_channel(LIVE)
    controller.running.go_live()


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

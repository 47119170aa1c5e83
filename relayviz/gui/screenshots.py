"""Pictures of the window for the documentation: python -m relayviz.gui.screenshots FOLDER.

The example of the first start, in both themes and three sizes, without a screen. Settings of the
user are neither read nor written.
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

#: name: width, height, scale
SIZES = {"small": (1280, 800, 1), "main": (1680, 1050, 1), "large": (1920, 1080, 2)}
THEMES = ("dark", "light")
SETTLE_MS = 400  # the last frame is drawn long before


def take(path: Path, theme: str, width: int, height: int) -> None:
    """Open the window, let it draw, and keep its picture."""
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
        QTimer.singleShot(SETTLE_MS, application.quit)
        application.exec()
        program.window.grab().save(str(path))
        program.window.desk.discard()
        program.window.close()


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

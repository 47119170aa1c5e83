"""The window. `relayviz gui`, or `relayviz` alone where there is a display, opens it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

NO_DISPLAY = 3
MESSAGE = """\
relayviz: there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set).
  On a desktop: run it in a terminal of the desktop.
  Over ssh:     ssh -X HOST, or run it under a virtual screen: xvfb-run relayviz
  Without any:  `relayviz demo` shows a channel at work in the terminal.
"""
NO_QT = """\
relayviz: Qt cannot be loaded: {error}
  From a checkout `make run` installs what is missing. On Debian and its relatives:
  sudo apt install libgl1 libegl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 \\
      libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libdbus-1-3
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of `relayviz gui`."""
    parser = commands.add_parser("gui", help="open the window", description=__doc__)
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="sessions, recordings, captures and memory dumps to open; an example without any",
    )


def run(arguments: argparse.Namespace) -> int:
    """Open the window, or say why that cannot be; the result is the exit status."""
    if not has_display(os.environ):
        sys.stderr.write(MESSAGE)
        return NO_DISPLAY
    try:
        from relayviz.gui.shell import app  # noqa: PLC0415  Qt takes a while, and help needs none
    except ImportError as error:
        if getattr(error, "name", None) and str(error.name).startswith("relayviz"):
            raise
        sys.stderr.write(NO_QT.format(error=error))
        return NO_DISPLAY
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's handler waits for Qt's loop to end
    return app.main(arguments.files)


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether Qt has something to open a window on."""
    if environment.get("QT_QPA_PLATFORM"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))

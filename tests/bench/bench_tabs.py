"""What closed tabs leave behind: `python -m tests.bench.bench_tabs`.

Channels are opened in the window, stepped, run and stepped from there, with every dock shown, and
all tabs are closed. One tab comes before what is measured: fonts, plots and modules are read once.
Told is what the process then has more than before.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from relayviz.gui.shell import app
from relayviz.gui.shell.settings import Layout, Settings, Store
from tests.gui.closing import Held, Use, held

TABS, MEGABYTES = 10, 128
GOAL = 20.0  # MB
MB = 1e6


def line(name: str, now: Held, start: Held) -> str:
    """Say what there is, and how much more than at the start."""
    more = (now.resident - start.resident) / MB
    return (
        f"  {name:<8} {now.resident / MB:7.1f} MB ({more:+.1f}), {now.descriptors} descriptors,"
        f" {now.mappings} + {now.others} mappings, {now.threads} threads"
    )


def measure(tabs: int, megabytes: int, rounds: int) -> None:
    """Open, use and close so many tabs, `rounds` times, and print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Store(Settings, Path(folder) / "settings.json")
        program = app.Program(settings, Store(Layout, Path(folder) / "session.json"))
        program.controller.may_close = lambda _tab: True
        program.window.show()
        use = Use(program.window, megabytes)
        use.tab()
        use.close()
        start = held(collected=True)
        print(f"{tabs} tabs of {megabytes} MB, load {os.getloadavg()[0]:.1f}")
        print(line("before", start, start))
        for _ in range(rounds):
            for _ in range(tabs):
                use.tab()
            print(line("open", held(collected=False), start))
            use.close()
            print(line("closed", held(collected=True), start), f"(goal +{GOAL:.0f} MB)")
        print(f"  engines alive: {sum(one() is not None for one in use.engines)}")
        program.window.desk.discard()
        program.window.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=TABS, help="opened before they are closed")
    parser.add_argument("--megabytes", type=int, default=MEGABYTES, help="of each channel")
    parser.add_argument("--rounds", type=int, default=1, help="of opening and closing")
    arguments = parser.parse_args()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    app.prepare(application)
    measure(arguments.tabs, arguments.megabytes, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

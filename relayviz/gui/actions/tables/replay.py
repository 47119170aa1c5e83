"""Recordings: begun and ended, opened, played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.gui.actions.action import Action, Bar, Menu
from relayviz.gui.actions.when import has_channel
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from relayviz.gui.actions.action import Shell


def _can_mark(shell: Shell) -> bool:
    return shell.recordings.is_recording or shell.recordings.player is not None


RECORDING = (
    Action(
        "recording.open",
        "Open recor&ding…",
        "Play a file that a channel was recorded to.",
        Menu.FILE,
        lambda shell: shell.recordings.ask(),
        separated=True,
    ),
    Action(
        "recording.record",
        "Record or stop recordin&g…",
        "Write down what the channel shown looks like, twenty times a second, to play it later.",
        Menu.FILE,
        lambda shell: shell.recordings.toggle(),
        ("Ctrl+Shift+R",),
        when=lambda shell: shell.recordings.can_record,
        checked=lambda shell: shell.recordings.is_recording,
    ),
    Action(
        "recording.mark",
        "&Mark this moment…",
        "Note something of the moment that is recorded, or shown of a recording; kept in its file.",
        Menu.FILE,
        lambda shell: shell.recordings.mark(),
        ("Ctrl+Alt+M",),
        when=_can_mark,
    ),
)
REPLAY = (
    Action(
        "replay.backwards",
        "Play backwar&ds or pause",
        "Let the recording's time run backwards, or stop it.",
        Menu.LIVE,
        lambda shell: shell.replay.toggle(-1),
        ("Shift+Space",),
        bar=Bar.REPLAY,
        button="◀ Back",
        when=has_channel,
        separated=True,
        needs=(Can.PLAY,),
    ),
    Action(
        "replay.play",
        "Pla&y or pause",
        "Let the recording's time go by, or stop it.",
        Menu.LIVE,
        lambda shell: shell.replay.toggle(1),
        ("Space",),
        bar=Bar.REPLAY,
        button="▶ Play",
        when=has_channel,
        needs=(Can.PLAY,),
    ),
)

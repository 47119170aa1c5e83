"""When an action can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.model.engine.playing import played
from relayviz.model.engine.protocol import Can

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.gui.actions.action import Shell
    from relayviz.model.channel.config import Mode


def has_channel(shell: Shell) -> bool:
    """Whether a channel is shown."""
    return shell.controller.snapshot is not None


def has_bytes(shell: Shell) -> bool:
    """Whether a channel is shown whose bytes no file has: neither a capture's nor a recording's."""
    snapshot, engine = shell.controller.snapshot, shell.controller.shown
    if snapshot is None or engine is None or Can.TAPE in engine.can:
        return False
    return snapshot.foreign is None or not snapshot.foreign.is_recorded


def is_open(shell: Shell) -> bool:
    """Whether the channel shown was not closed."""
    snapshot = shell.controller.snapshot
    return snapshot is not None and not snapshot.closed


def has_past(shell: Shell) -> bool:
    """Whether there is a step, a record or a moment to go back to."""
    snapshot, recording = shell.controller.snapshot, played(shell.controller.shown)
    if recording is not None:
        return recording.at > 0
    return snapshot is not None and snapshot.step > 0


def has_future(shell: Shell) -> bool:
    """Whether there is a step, a record or a moment to go forward to."""
    snapshot, recording = shell.controller.snapshot, played(shell.controller.shown)
    if recording is not None:
        return recording.at < recording.length
    return snapshot is not None and snapshot.step < snapshot.last_step


def has_reserved(shell: Shell) -> bool:
    """Whether a reserved slot waits to be filled."""
    snapshot = shell.controller.snapshot
    return snapshot is not None and bool(snapshot.reserved)


def is_stalled(shell: Shell) -> bool:
    """Whether a subbuf_start of the channel shown does not return."""
    return shell.controller.is_stalled


def is_nameless(shell: Shell) -> bool:
    """Whether the channel has no files yet."""
    snapshot = shell.controller.snapshot
    return snapshot is not None and not snapshot.named and not snapshot.closed


def has_several_tabs(shell: Shell) -> bool:
    """Whether there is another channel to go to."""
    return len(shell.controller.tabs) > 1


def in_mode(mode: Mode) -> Callable[[Shell], bool]:
    """Return the test whether subbuf_start does as a mode says."""

    def test(shell: Shell) -> bool:
        snapshot = shell.controller.snapshot
        return snapshot is not None and snapshot.mode == mode

    return test

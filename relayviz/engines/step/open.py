"""Opening the channel of a step engine: whatever stands in the way is told with its field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.model.channel.config import Mode
from relayviz.model.engine.protocol import OpenError

if TYPE_CHECKING:
    from collections.abc import Container

    from relayviz.engines.step.channel.channel import StepChannel
    from relayviz.engines.step.keyframes import Keyframes
    from relayviz.model.channel.config import ChannelConfig


def open_channel(
    config: ChannelConfig, confirmed: Container[str], keyframes: Keyframes
) -> StepChannel:
    """Make the channel that a history begins with.

    Args:
        config: What to open.
        confirmed: The sources of the Python subbuf_starts that may run.
        keyframes: Those of the history; they know whether it begins with a saved state.

    Raises:
        OpenError: It cannot be opened.
    """
    for field, message in config.problems().items():
        raise OpenError(field, message)
    if config.mode is Mode.PYTHON and config.source not in confirmed:
        raise OpenError("source", "Confirm this subbuf_start first: it runs as a program.")
    try:
        channel = keyframes.open()
    except relay.NoMemoryError as error:
        message = "There is not enough memory: choose smaller or fewer buffers."
        raise OpenError("subbuf_size", message) from error
    except (relay.RelayError, OSError, MemoryError) as error:
        raise OpenError(None, str(error)) from error
    if (differs := channel.differs()) is None:
        return channel
    channel.close()
    raise OpenError(differs, "The saved channel has another one: give what it was opened with.")

"""The channels that were opened last, as the session keeps them and as the dialog names them."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.numbers import plural, size

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 8
MOST_SOURCE = 100_000  # characters of a subbuf_start that are kept


def with_newest(recent: Iterable[ChannelConfig], config: ChannelConfig) -> list[ChannelConfig]:
    """Return the list with a channel that was opened just now at its front."""
    return [config, *(one for one in recent if one != config)][:MOST]


def title(config: ChannelConfig) -> str:
    """Return what a channel is called in the list."""
    name = config.base_filename if config.base_filename is not None else "buffer-only"
    cpus = "global" if config.is_global else plural(config.cpus, "CPU")
    header = f", header {config.header}" if config.used_header else ""
    return (
        f"{name}: {cpus} × {config.n_subbufs} × {size(config.subbuf_size)}, {config.mode}{header}"
    )


def to_values(config: ChannelConfig) -> dict[str, Any]:
    """Return a configuration as JSON knows it."""
    return asdict(config)


def from_values(values: object) -> ChannelConfig | None:
    """Return the configuration that a file tells of; None: it tells of none that can be opened."""
    names = {field.name for field in fields(ChannelConfig)}
    if not isinstance(values, dict) or not names >= values.keys():
        return None
    try:
        online = values.get("online")
        config = ChannelConfig(
            **{
                **values,
                "mode": Mode(values.get("mode", Mode.NO_OVERWRITE)),
                "online": None if online is None else tuple(online),
            }
        )
        usable = not config.problems() and len(config.source) <= MOST_SOURCE
    except (TypeError, ValueError, AttributeError):
        return None
    return config if usable else None

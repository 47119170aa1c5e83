"""Known clients of relay in the kernel: how each opens its channel, writes and is read.

The table itself is data, a file for each in resources/clients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from relayviz.model import plain, toml
from relayviz.model.channel.config import ChannelConfig, Mode
from relayviz.model.load.file import from_dict

if TYPE_CHECKING:
    from relayviz.model.load.load import Load

_WORDS = ("name", "files", "scenario", "writes", "reads")
_CHANNEL = ("base_filename", "subbuf_size", "n_subbufs", "mode", "is_global")


@dataclass(frozen=True, slots=True)
class Client:
    """A client of relay.

    Attributes:
        name: What people call it.
        files: Its files in debugfs.
        scenario: The name of the scenario that shows its usual trouble.
        writes: How it writes and flushes, in sentences.
        reads: The same of what consumes it.
        config: How it opens its channel; how many CPUs there are is not its decision.
        load: Writing and reading as it does, for a live channel.
    """

    name: str
    files: str
    scenario: str
    writes: str
    reads: str
    config: ChannelConfig
    load: Load


@cache
def clients() -> tuple[Client, ...]:
    """Return all of them by name.

    Raises:
        PlainError, TomlError, LoadError: A file of the package is damaged.
    """
    folder = files("relayviz") / "resources" / "clients"
    found = [_client(toml.loads(each.read_text(encoding="utf-8"))) for each in folder.iterdir()]
    return tuple(sorted(found, key=lambda one: one.name.casefold()))


def client_loads() -> dict[str, Load]:
    """Return what each writes and how it is read, by its name."""
    return {client.name: client.load for client in clients()}


def _client(told: dict[str, Any]) -> Client:
    plain.table(told, (), (*_WORDS, "channel", "load"))
    words = {name: plain.text(told[name], (name,)) for name in _WORDS}
    return Client(
        **words, config=_config(told["channel"]), load=from_dict({"version": 3, **told["load"]})
    )


def _config(told: object) -> ChannelConfig:
    table = plain.table(told, ("channel",), _CHANNEL)
    return ChannelConfig(
        base_filename=plain.text(table["base_filename"], ("channel", "base_filename")),
        subbuf_size=plain.whole(table["subbuf_size"], ("channel", "subbuf_size"), 1),
        n_subbufs=plain.whole(table["n_subbufs"], ("channel", "n_subbufs"), 1),
        mode=plain.choice(table["mode"], ("channel", "mode"), Mode),
        is_global=plain.flag(table.get("is_global", False), ("channel", "is_global")),
    )

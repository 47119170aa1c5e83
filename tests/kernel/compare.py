"""What `relayviz kernel --json` says, held against what a module inside the kernel reported."""

from __future__ import annotations

from typing import Any

OWN_OF_CHANNEL = {"name", "mode", "reserve", "bufs"}  # known to the module alone
OWN_OF_BUFFER = {"events", "full"}
NOTHING = {"(null)", "(____ptrval____)", "0x0", "00000000", ""}

Difference = tuple[Any, ...]


def differences(
    channels: list[dict[str, Any]], report: list[dict[str, Any]]
) -> tuple[int, list[Difference]]:
    """How many fields were compared, and those that differ: what is ours comes first."""
    count = 0
    found: list[Difference] = []
    by_address = {channel["addr"]: channel for channel in channels}
    for told in report:
        ours = by_address[told["addr"]]
        for field in sorted(told.keys() - OWN_OF_CHANNEL):
            count += 1
            theirs = normal(field, told[field])
            if ours[field] != theirs:
                found.append((told["name"], field, ours[field], theirs))
        for mine, buffer in zip(ours["bufs"], told["bufs"], strict=True):
            for field in [name for name in buffer if name not in OWN_OF_BUFFER]:
                count += 1
                theirs = normal(field, buffer[field])
                if mine[field] != theirs:
                    found.append((told["name"], buffer["cpu"], field, mine[field], theirs))
    return count, found


def normal(field: str, value: Any) -> object:  # noqa: ANN401 - of JSON
    """A value of the report as ours is told: no module behind a symbol, no folders above."""
    if field == "cb_syms":
        return {name: normal_symbol(symbol) for name, symbol in value.items()}
    if field in ("parent", "file"):
        names = value.split("/")[-(1 if field == "parent" else 2) :]
        return None if value in NOTHING else "/".join(names)
    return value


def normal_symbol(symbol: str) -> str | None:
    return None if symbol in NOTHING else symbol.partition(" [")[0]

"""What a reader of memory saw beside what the kernel's own module said: every field, by name."""

from __future__ import annotations

from typing import Any

#: said by the module alone
UNSEEN = {"name", "bufs"}


def symbol(said: str | None) -> str | None:
    """A callback's name; the module's "0x0" and "(null)" are none, its "[module]" is left out."""
    if said is None or said.strip("(0x") in ("", "null)"):
        return None
    return said.split(" [")[0]


def path(said: object, parts: int) -> str | None:
    """The end of a path: the module knows at most four parts, and none above debugfs."""
    if said in (None, "", "(null)"):
        return None
    return "/".join(str(said).split("/")[-parts:])


def plain(name: str, value: object) -> object:
    """A field's value, spelt one way."""
    if name == "cb_syms":
        said = value if isinstance(value, dict) else {}
        return {callback: symbol(text) for callback, text in said.items()}
    if name in ("parent", "file"):
        return path(value, 1 if name == "parent" else 2)
    return value


def differences(
    seen: list[dict[str, Any]], said: list[dict[str, Any]], without: frozenset[str] = frozenset()
) -> tuple[int, list[str]]:
    """How many fields were compared, and one line for each that differs.

    `without` names fields that this reader does not give.
    """
    compared, wrong = 0, []
    by_address = {channel["addr"]: channel for channel in seen}
    for channel in said:
        mine = by_address.get(channel["addr"])
        if mine is None:
            wrong.append(f"{channel['name']}: not seen")
            continue
        pairs = [(channel["name"], mine, channel)]
        slots = {buf["percpu_slot"]: buf for buf in mine["bufs"]}
        for buf in channel["bufs"]:
            where = f"{channel['name']} CPU {buf['cpu']}"
            pairs.append((where, slots.get(buf["percpu_slot"], {}), buf))
        for where, one, other in pairs:
            for name in other.keys() - UNSEEN - without:
                compared += 1
                have, want = (plain(name, each.get(name)) for each in (one, other))
                if have != want:
                    wrong.append(f"{where}: {name} is {want}, seen as {have}")
    return compared, wrong

"""What the Channel dock says of a snapshot, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from relayviz.gui.look.glossary import explain
from relayviz.model.capture.sizes import Sure
from relayviz.model.channel.config import Mode
from relayviz.model.engine.foreign import NOT_KNOWN
from relayviz.model.numbers import AT_MOST, grouped, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.model.engine.snapshot import Snapshot

TOLD = 32  # of names in a tooltip
SOME = 4  # of numbers of CPUs in a line

SUBBUF_START = {
    Mode.NO_OVERWRITE: "!full",
    Mode.OVERWRITE: "always 1",
    Mode.DEFAULT: "none (kernel’s own)",
    Mode.PYTHON: "your Python",
}

HOW_SURE = {
    Sure.SAID: ("", "", "", ""),
    Sure.AT_MOST: (", inferred", "at most ", "", "Inferred from the losses, if nobody flushed"),
    Sure.ASSUMED: (", assumed", "", ", assumed", "The capture does not tell; assumed"),
}
"""What stands behind a size, before and behind a number of sub-buffers, and before the evidence."""

TOLD_OF_FOREIGN = (
    "base filename",
    "state",
    "sub-buffer size",
    "sub-buffers",
    "alloc size",
)
MAY_BE_UNKNOWN = {
    "mode": "mode",
    "CPUs / on line": "online",
    "descriptors": "files",
    "mappings": "mappings",
    "unfilled slots": "reserved",
    "last too big": "last_toobig",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the dock.

    Attributes:
        name: Of what.
        value: Short, so that it can be seen at once.
        tip: What it means.
        is_changed: The last step changed it.
        is_bad: It is bad news.
        whole: The value with all that was left out; empty: nothing was.
    """

    name: str
    value: str
    tip: str
    is_changed: bool = False
    is_bad: bool = False
    whole: str = ""


def facts_of(snapshot: Snapshot) -> tuple[Fact, ...]:
    """Return the lines for a snapshot, in order."""
    foreign = snapshot.foreign
    if foreign is not None:
        more = tuple(Fact(*line, whole=line[1]) for line in foreign.facts)
        own = {fact.name: fact for fact in _own(snapshot)}
        known = tuple(own[name] for name in TOLD_OF_FOREIGN if foreign.knows(name))
        mode, *others = _unknown(snapshot, own)
        return (*known, mode, *more, *others)
    return _own(snapshot)


def _unknown(snapshot: Snapshot, own: dict[str, Fact]) -> Iterator[Fact]:
    """Give the lines of what may not be known of somebody else's channel."""
    for name, field in MAY_BE_UNKNOWN.items():
        fact = own[name]
        yield fact if snapshot.knows(field) else replace(fact, value=NOT_KNOWN, whole="")


def _own(snapshot: Snapshot) -> tuple[Fact, ...]:
    config, changed = snapshot.config, snapshot.changed.channel
    start = SUBBUF_START[snapshot.mode]
    if config.header and snapshot.mode in (Mode.NO_OVERWRITE, Mode.OVERWRITE):
        start += f" · reserve {config.header}"
    online = f"{grouped(snapshot.cpus)} / {grouped(len(snapshot.online))}"
    too_big = f"{grouped(snapshot.last_toobig)} B" if snapshot.last_toobig else "–"
    name = snapshot.base_filename
    return (
        Fact(
            "base filename",
            "–" if name is None else name,
            explain("base filename"),
            "base_filename" in changed,
        ),
        _state(snapshot),
        *_sizes(snapshot),
        Fact("CPUs / on line", online, explain("CPU"), "online" in changed),
        Fact("mode", snapshot.mode.value, explain(snapshot.mode.value), "mode" in changed),
        Fact("subbuf_start", start, explain("subbuf_start"), "mode" in changed),
        Fact(
            "files",
            _files(snapshot),
            explain("buffer-only" if name is None else "buffer"),
            "base_filename" in changed,
            whole=_listed(_file_names(snapshot)),
        ),
        _descriptors(snapshot),
        _mappings(snapshot),
        Fact("unfilled slots", grouped(len(snapshot.reserved)), explain("reserve")),
        Fact("last too big", too_big, explain("too big"), "last_toobig" in changed),
    )


def _sizes(snapshot: Snapshot) -> Iterator[Fact]:
    """Give the lines of the sizes; those of a capture say how sure they are, and the evidence."""
    sizes = snapshot.foreign.sizes if snapshot.foreign is not None else None
    of_each, most, after, lead = HOW_SURE[Sure.SAID if sizes is None else sizes.sure]
    why = "" if sizes is None else f"\n{lead}: {sizes.why}."
    each, count = size(snapshot.subbuf_size), grouped(snapshot.n_subbufs)
    yield Fact("sub-buffer size", f"{each}{of_each}", explain("sub-buffer") + why)
    yield Fact("sub-buffers", f"{most}{count}{after}", explain("buffer") + why)
    all_of_it = f"{AT_MOST if most else ''}{_per_buffer(snapshot)}{after}"
    yield Fact("alloc size", all_of_it, explain("alloc size") + why)


def _per_buffer(snapshot: Snapshot) -> str:
    return f"{size(snapshot.alloc_size)} {'in all' if snapshot.is_global else '/ CPU'}"


def _state(snapshot: Snapshot) -> Fact:
    buffers = snapshot.buffers
    blocked = int((buffers["offset"] > snapshot.subbuf_size).sum())
    full = int((buffers["produced"] - buffers["consumed"] >= snapshot.n_subbufs).sum())
    value = "closed" if snapshot.closed else "open"
    is_held = bool(snapshot.files or snapshot.mappings)
    kept = explain("finalized" if is_held else "closed")
    tip = kept if snapshot.closed else explain("channel")
    if blocked:
        value = f"{value}, {grouped(blocked)} blocked"
        tip = kept if snapshot.closed else explain("blocked")
    elif full:
        value = f"{value}, {grouped(full)} full"
        tip = kept if snapshot.closed else explain("full")
    return Fact("state", value, tip, "closed" in snapshot.changed.channel, bool(blocked or full))


def _with_files(snapshot: Snapshot) -> list[int]:
    """Return the CPU numbers of the buffers that have a file: closing removes them."""
    if snapshot.closed or snapshot.base_filename is None:
        return []
    buffers = snapshot.buffers
    cpus: list[int] = buffers["cpu"][buffers["has_file"] != 0].tolist()
    return cpus


def _file_names(snapshot: Snapshot) -> list[str]:
    return [f"{snapshot.base_filename}{cpu}" for cpu in _with_files(snapshot)]


def _files(snapshot: Snapshot) -> str:
    name, cpus = snapshot.base_filename, _with_files(snapshot)
    if name is None:
        return "none (buffer-only)"
    if not cpus:
        return "none (removed)" if snapshot.closed else "none"
    if len(cpus) == 1:
        return f"{name}{cpus[0]}"
    if cpus[-1] - cpus[0] == len(cpus) - 1:
        return f"{name}{cpus[0]} … {cpus[-1]}"
    some = ", ".join(map(str, cpus[:SOME]))
    return f"{name}{some}{', …' if len(cpus) > SOME else ''}"


def _descriptors(snapshot: Snapshot) -> Fact:
    files = snapshot.files
    whole = _listed([f"{file.fd} (cpu {file.cpu}, {file.flags})" for file in files])
    return _of_cpus("descriptors", [file.cpu for file in files], whole, "Files not yet closed.")


def _mappings(snapshot: Snapshot) -> Fact:
    maps = snapshot.mappings
    whole = _listed([f"{one.fd} (cpu {one.cpu}, {one.kind})" for one in maps])
    return _of_cpus("mappings", [one.cpu for one in maps], whole, explain("mmap"))


def _of_cpus(name: str, cpus: list[int], whole: str, tip: str) -> Fact:
    """Return a line on what there is of several CPUs: one of them in full, else how many where."""
    if len(cpus) <= 1:
        return Fact(name, whole, tip)
    where = ", ".join(str(cpu) for cpu in sorted(set(cpus)))
    return Fact(name, f"{grouped(len(cpus))} on cpu {where}", tip, whole=whole)


def _listed(names: list[str]) -> str:
    if not names:
        return "–"
    more = f", … ({grouped(len(names))} in all)" if len(names) > TOLD else ""
    return ", ".join(names[:TOLD]) + more

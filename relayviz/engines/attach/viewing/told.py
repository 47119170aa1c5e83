"""What is told of another process's channel beside its state: what is not known, whose it is."""

from __future__ import annotations

import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from relayviz.engines.attach.viewing.searching import program_of
from relayviz.model.channel.config import Mode
from relayviz.model.kernel.texts import printable
from relayviz.model.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relayviz.engines.attach.viewing.state import BufferLook, ChannelLook

Line = tuple[str, str, str]
TELLER = "the channel’s control block"
NEVER_TOLD = frozenset({"last_toobig", "files", "mappings", "online", "reserved"})


def damaged_rows(look: ChannelLook) -> frozenset[int]:
    """Return the rows of buffers whose control block is damaged."""
    return frozenset(row for row, one in enumerate(look.buffers) if one.is_damaged)


def mode_of(look: ChannelLook) -> tuple[Mode | None, str]:
    """Infer what subbuf_start does when all is full; None: nothing speaks for it. And from what."""
    refused, overwrote = "", ""
    for one in look.buffers:
        row = one.told.buffer
        if row is None:
            continue
        account, ready = row["account"], int(row["produced"]) - int(row["consumed"])
        if count := int(account["refused_full"]["events"]):
            refused = refused or f"CPU {one.cpu} refused {plural(count, 'event')}"
        elif int(row["offset"]) > one.told.subbuf_size:
            refused = refused or f"CPU {one.cpu} is blocked: its last switch was refused"
        if count := int(account["overwritten"]["events"]):
            overwrote = overwrote or f"CPU {one.cpu} overwrote {plural(count, 'event')}"
        elif ready > one.told.n_subbufs:
            overwrote = overwrote or f"CPU {one.cpu} has gone over what was not consumed"
    if refused and overwrote:
        return None, f"{refused}; {overwrote}: its subbuf_start decides each time"
    if refused or overwrote:
        return Mode.OVERWRITE if overwrote else Mode.NO_OVERWRITE, refused or overwrote
    return None, "no buffer has been full yet"


def unknown_of(look: ChannelLook) -> frozenset[str]:
    """Return the names of what control blocks do not tell."""
    return NEVER_TOLD | (frozenset() if mode_of(look)[0] is not None else {"mode"})


def life_of(look: ChannelLook) -> str:
    """Say of the process what is known: "process 12 (name) runs"."""
    pid = look.first.pid
    match look.alive:
        case True:
            program = printable(program_of(pid))
            return f"process {pid}{f' ({program})' if program else ''} runs"
        case False:
            return f"process {pid} is gone"
    return f"process {pid} of another PID namespace: whether it runs cannot be told from here"


def facts_of(look: ChannelLook) -> tuple[Line, ...]:
    """Return what is told of a channel, line by line: name, value, what it means."""
    return tuple((name, printable(value), printable(tip)) for name, value, tip in _facts(look))


def _facts(look: ChannelLook) -> Iterator[Line]:
    yield (
        "process",
        life_of(look).removeprefix("process "),
        "Who made the channel. Only that process writes.",
    )
    if left := left_undone(look):
        yield "when it died", "; ".join(left), "What was found half done in the control block."
    folders = sorted({str(one.path.parent) for one in look.buffers})
    tip = "Where its buffers are, each with its control block: NAME and NAME.ctl."
    yield "folder", ", ".join(folders), tip
    with suppress(OSError, KeyError):
        path = look.buffers[0].path
        mode = stat.filemode(path.stat().st_mode)
        yield "permissions", f"{mode}, of {path.owner()}", "Of its first buffer's file."
    yield "evidence", mode_of(look)[1], "What its mode is inferred from."
    damaged = [f"CPU {one.cpu}: {one.path.name}.ctl" for one in look.buffers if one.is_damaged]
    if damaged:
        yield "damage", "; ".join(damaged), "Control blocks whose figures cannot be."


def left_undone(look: ChannelLook) -> list[str]:
    """Say what a process that is gone was at, by CPU."""
    if look.alive is not False:
        return []
    return [f"CPU {one.cpu}: {undone(one)}" for one in look.buffers if one.doing]


def undone(one: BufferLook) -> str:
    """Say what was half done in a buffer, and whose doing it was."""
    return f"a consumer was {one.doing}" if one.told.is_consumer else one.doing

"""The results of the kernel's side in plain words, with the numbers of how much and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relayviz.engines.step.channel.deed import many, which
from relayviz.model.channel.config import Mode
from relayviz.model.channel.operation import NUMBERED, Kind
from relayviz.model.channel.result import Outcome, Refusal, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from relayviz.engines.step.channel.deed import Deed
    from relayviz.engines.step.channel.state import Change


def _opened(deed: Deed) -> Result:
    """Say what was opened."""
    name, buffers = deed.channel.channel.base_filename, deed.channel.buffers
    files = "no files yet" if name is None else f"files {name}*"
    shape = f"{many(deed.n_subbufs, 'sub-buffer')} of {deed.size} B"
    each = " each" if len(buffers) > 1 else ""
    verb = "Opened" if deed.returned else "Taken over as it stood"
    words = f"{verb}: {many(len(buffers), 'buffer')} of {shape}{each}, {files}."
    return Result(Outcome.OK, words if deed.returned else f"{words} {NUMBERED}")


def _attempt(deed: Deed) -> Result:
    """Say what became of an event."""
    change, length = deed.changes[0], deed.operation.length
    is_reserve = deed.operation.kind is Kind.RESERVE
    if deed.returned:
        return Result(Outcome.STORED, _stored(deed, change, "Reserved" if is_reserve else "Stored"))
    if change.grown("too_big").events:
        return Result(Outcome.TOO_BIG, _too_big(deed, change))
    if change.grown("busy").events:
        return Result(Outcome.BUSY, f"Lost, {length} B: a write to this buffer was under way.")
    if length == 0 and change.after.offset <= deed.size:
        words = "Switched, but returned NULL, as the kernel does for 0 B on a blocked buffer."
        words += _switched(deed, change)
        return Result(Outcome.FULL, words, refusal=Refusal.NOTHING)
    refusal = _refusal(deed, change)
    return Result(Outcome.FULL, _refused(deed, change, refusal), refusal=refusal)


def _stored(deed: Deed, change: Change, verb: str) -> str:
    length, now = deed.operation.length, change.after
    left = deed.size - now.offset
    rest = f"{left} B are left" if left else "it is exactly full"
    where = f"in sub-buffer {now.current} of cpu {now.cpu}, from byte {now.offset - length}"
    return f"{verb} {length} B {where}; {rest}.{_switched(deed, change)}"


def _switched(deed: Deed, change: Change) -> str:
    """Say that a sub-buffer was finished on the way."""
    then, now = change.before, change.after
    if now.produced > then.produced:
        padding = f"{now.prev_padding} B of padding" if now.prev_padding else "no padding"
        return f" Sub-buffer {then.current} was finished before, with {padding}."
    if then.offset > deed.size >= now.offset:
        return f" The buffer was blocked and goes on in sub-buffer {now.current}."
    return ""


def _too_big(deed: Deed, change: Change) -> str:
    length, now = deed.operation.length, change.after
    if length > deed.size:
        return f"Lost: {length} B are more than the {deed.size} B of a sub-buffer."
    words = (
        f"Lost: {length} B do not fit beside the header of {now.offset} B. The switch stays done"
    )
    if now.produced > change.before.produced:
        words += f": sub-buffer {change.before.current} is used up"
    return f"{words}.{_switched(deed, change)}"


def _refusal(deed: Deed, change: Change) -> Refusal:
    """Return why subbuf_start gave no sub-buffer."""
    if any(one.error is not None for one in deed.decisions):
        return Refusal.RAISED
    return Refusal.FULL if change.after.ready >= deed.n_subbufs else Refusal.DECLINED


def _refused(deed: Deed, change: Change, refusal: Refusal) -> str:
    now, count = change.after, deed.n_subbufs
    which = f"the only sub-buffer of cpu {now.cpu} is" if count == 1 else f"all {count} sub-buffers"
    why = which if count == 1 else f"{which} of cpu {now.cpu} are"
    why += " finished and not consumed"
    if refusal is Refusal.RAISED:
        why = "subbuf_start raised"
    elif refusal is Refusal.DECLINED:
        why = f"subbuf_start refused, though only {now.ready} of {count} are finished and not"
        why += " consumed"
    total = now.account.refused_full.events
    sofar = f"; {total} refused there so far" if total > 1 else ""
    return f"Lost, {deed.operation.length} B: {why}{sofar}.{_switched(deed, change)}"


def _filled(deed: Deed) -> Result:
    length, is_current = deed.returned if isinstance(deed.returned, tuple) else (0, True)
    words = f"Filled the slot of event {deed.operation.event} with {length} B."
    if not is_current:
        words += " The room was its own no more: reset or used again meanwhile."
    return Result(Outcome.OK, words)


def _switch(deed: Deed) -> Result:
    change, length = deed.changes[0], deed.operation.length
    if length > deed.size:
        return Result(Outcome.TOO_BIG, _too_big(deed, change).replace("Lost", "Not switched"))
    if change.after.offset > deed.size:
        return Result(
            Outcome.FULL, f"Refused: cpu {change.after.cpu} is blocked.{_switched(deed, change)}"
        )
    if not deed.returned and length:
        return Result(
            Outcome.TOO_BIG, _too_big(deed, change).replace("Lost", "Switched, returned 0")
        )
    words = f"Switched to sub-buffer {change.after.current} of cpu {change.after.cpu}."
    return Result(Outcome.OK, words + _switched(deed, change))


def _flush(deed: Deed) -> Result:
    done = [one for one in deed.changes if one.after.produced > one.before.produced]
    # what is finished holds its size less the padding
    empty = sum(one.after.prev_padding == deed.size for one in done)
    blocked = [one.after for one in deed.changes if one.after.offset > deed.size]
    full = [one.cpu for one in blocked if one.ready >= deed.n_subbufs]
    others = [one.cpu for one in blocked if one.ready < deed.n_subbufs]
    words = f"Finished {many(len(done), 'sub-buffer')}"
    if empty:
        words += ", empty" if len(done) == 1 else f", {empty} of them empty"
    words += "."
    if full:
        words += f" Refused on {which(full)}: full."
    if others:
        words += f" Refused by subbuf_start on {which(others)}, though not full."
    return Result(Outcome.OK if done or not blocked else Outcome.FULL, words)


def _reset(deed: Deed) -> Result:
    return Result(Outcome.OK, f"Began anew on {many(len(deed.changes), 'buffer')}.")


def _late_setup(deed: Deed) -> Result:
    cpus = [buf.cpu for buf in deed.channel.buffers if buf.file_size is not None]
    return Result(Outcome.OK, f"Made the files {deed.operation.text}* for {which(cpus)}.")


def _cpu_online(deed: Deed) -> Result:
    cpu, online = deed.operation.cpu, bool(deed.operation.count)
    state = "on line" if online else "off line"
    if (cpu in deed.was_online) == online:
        return Result(Outcome.NOTHING, f"cpu {cpu} was {state} already.")
    if not online:
        return Result(Outcome.OK, f"cpu {cpu} is off line; it keeps its buffer and data.")
    has_new = any(one.after.cpu == cpu and one.is_new for one in deed.changes)
    made = " and got its buffer now" if has_new else ""
    return Result(Outcome.OK, f"cpu {cpu} is on line{made}.")


def _set_mode(deed: Deed) -> Result:
    what = "your Python function" if deed.channel.mode is Mode.PYTHON else deed.channel.mode
    return Result(Outcome.OK, f"From the next switch on subbuf_start is {what}.")


def _closed(deed: Deed) -> Result:
    files, mappings = deed.channel.consumer.files, deed.channel.consumer.mappings
    words = f"Closed {many(len(deed.changes), 'buffer')}."
    if files or mappings:
        left = f"{many(len(files), 'descriptor')} and {many(len(mappings), 'mapping')}"
        words += f" {left} keep their buffers until they are closed."
    return Result(Outcome.OK, words)


WRITER_WORDS: dict[Kind, Callable[[Deed], Result]] = {
    Kind.OPEN: _opened,
    Kind.WRITE: _attempt,
    Kind.WRITE_NOLOCK: _attempt,
    Kind.RESERVE: _attempt,
    Kind.FILL: _filled,
    Kind.SWITCH: _switch,
    Kind.FLUSH: _flush,
    Kind.RESET: _reset,
    Kind.LATE_SETUP: _late_setup,
    Kind.CPU_ONLINE: _cpu_online,
    Kind.SET_MODE: _set_mode,
    Kind.CLOSE: _closed,
}
"""What puts each operation of the kernel's side into words."""

"""What the Log says of a step, claim by claim, against the reference.

Each kind of sentence has a check; what is left of a text when all are cut out must be nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from relayviz.model.channel.operation import Kind
from relayviz.model.channel.result import Outcome
from relayviz.model.numbers import THIN
from tests.sentences import discards, error_claims
from tests.sentences.mirror import IN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sentences.mirror import Look, Moment
    from tests.sentences.playing import Session

    Check = Callable[[Session, Moment, re.Match[str]], bool]

CHECKS: list[tuple[str, Check]] = []


def claim(pattern: str) -> Callable[[Check], Check]:
    """Say what a check is for; # is a number."""

    def add(check: Check) -> Check:
        CHECKS.append((pattern.replace("#", rf"([\d{THIN}]+)"), check))
        return check

    return add


def ints(match: re.Match[str]) -> list[int]:
    """Return the numbers of a sentence."""
    found = [one.replace(THIN, "") for one in match.groups() if one is not None]
    return [int(one) for one in found if one.isdigit()]


def wrong(session: Session, moment: Moment) -> list[str]:
    """Return the sentences of a step that are false, and what nobody checks."""
    result = moment.step.result
    if result.outcome is Outcome.ERROR:
        return error_claims.wrong(session, moment)
    text, found = result.words, []
    for pattern, check in CHECKS:
        while match := re.search(pattern, text):
            if not check(session, moment, match):
                found.append(f"false: {match[0]}")
            text = text[: match.start()] + text[match.end() :]
    if text.strip(" ."):
        found.append(f"nobody checks: {text.strip()}")
    return found


def finished(moment: Moment, cpu: int) -> bool:
    """Whether a step finished a sub-buffer of a buffer."""
    then, now = moment.before[cpu], moment.after[cpu]
    return now.produced == then.produced + 1


# -- writing ---------------------------------------------------------------------------------------


@claim(
    r"^(?:Stored|Reserved) # B in sub-buffer # of cpu #, from byte #;"
    r" (?:# B are left|it is exactly full)\."
)
def stored(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    length, index, cpu, first, *left = ints(match)
    now = moment.now
    place = (moment.step.operation.length, now.current, now.cpu, now.offset - length)
    return (length, index, cpu, first) == place and sum(left) == now.size - now.offset


@claim(r" Sub-buffer # was finished before, with (?:# B of|no) padding\.")
def finished_before(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    index, *padding = ints(match)
    then = moment.then
    told = (index, sum(padding))
    return finished(moment, then.cpu) and told == (then.current, then.size - then.offset)


@claim(r" The buffer was blocked and goes on in sub-buffer #\.")
def goes_on(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    then, now = moment.then, moment.now
    return then.is_blocked and not now.is_blocked and ints(match) == [now.current]


@claim(
    r"^Lost, # B: (?:the only sub-buffer of cpu # is|all # sub-buffers of cpu # are) finished and"
    r" not consumed"
)
def full(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    length, *several, cpu = ints(match)
    now, count = moment.now, session.config.n_subbufs
    numbers = (length, sum(several) or 1, cpu) == (moment.step.operation.length, count, now.cpu)
    return numbers and now.is_blocked and now.there == count


@claim(r"^Lost, # B: subbuf_start refused, though only # of # are finished and not consumed")
def declined(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    length, ready, count = ints(match)
    now = moment.now
    told = (moment.step.operation.length, now.ready, session.config.n_subbufs)
    return (length, ready, count) == told and now.is_blocked and ready < count


@claim(r"^Lost, # B: subbuf_start raised")
def raised(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    errors = [one.error for one in moment.step.decisions if one.error]
    return bool(errors) and moment.now.is_blocked and ints(match) == [moment.step.operation.length]


@claim(r"; # refused there so far")
def so_far(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return ints(match) == [moment.refusals]


@claim(r"^(?:Lost|Not switched): # B are more than the # B of a sub-buffer\.")
def too_long(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    length, size = ints(match)
    same = moment.before == moment.after
    return same and size == moment.now.size < length == moment.step.operation.length


@claim(
    r"^(?:Lost|Switched, returned 0): # B do not fit beside the header of # B\."
    r" The switch stays done(?:: sub-buffer # is used up)?\."
)
def beside(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    length, header, *used = ints(match)
    then, now = moment.then, moment.now
    up = [then.current] if finished(moment, then.cpu) else []
    fits = length + header <= now.size
    return (
        not fits
        and used == up
        and (length, header)
        == (
            moment.step.operation.length,
            now.offset,
        )
    )


@claim(r"^Switched, but returned NULL, as the kernel does for 0 B on a blocked buffer\.")
def null(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    operation = moment.step.operation
    is_it = (operation.kind, operation.length) == (Kind.RESERVE, 0)
    return bool(match) and is_it and moment.then.is_blocked and not moment.now.is_blocked


@claim(r"^Filled the slot of event # with # B\.( The room was its own no more: reset or used again"
       r" meanwhile\.)?")  # fmt: skip
def filled(session: Session, _: Moment, match: re.Match[str]) -> bool:
    event, length = (int(one.replace(THIN, "")) for one in match.groups()[:2])
    is_own = session.mirror.is_own(event)
    return is_own == (match[3] is None) and length == len(session.data[event])


@claim(r" Lost, (overwritten|discarded by reset|discarded by close|released too early):"
       r" # events? \(# B\)\.")  # fmt: skip
def losses(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    """Check what was lost by the rules of the account, made from states."""
    fate = {
        "overwritten": "OVERWRITTEN",
        "discarded by reset": "DISCARDED_RESET",
        "discarded by close": "DISCARDED_CLOSE",
        "released too early": "RELEASED_UNREAD",
    }[match[1]]
    mine = [
        event
        for event, (one, step) in session.oracle.fates.items()
        if one.name == fate and step == moment.step.depth
    ]
    sizes = [step.operation.length for step in session.history.path(0) if step.event in mine]
    return ints(match) == [len(mine), sum(sizes)]


@claim(r" Of that, # B or more had been read: the account goes by whole sub-buffers\.")
def read_of_discarded(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    told = sum(ints(match))
    return 0 < told <= discards.read(session.history, moment.step, moment.before)


@claim(r" subbuf_start raised .*; that counts as a refusal\.")
def raised_too(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return bool(match) and any(one.error is not None for one in moment.step.decisions)


# -- switching -------------------------------------------------------------------------------------


@claim(r"^Switched to sub-buffer # of cpu #\.")
def switched(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    now, then = moment.now, moment.then
    moved = finished(moment, now.cpu) or then.is_blocked
    return moved and not now.is_blocked and ints(match) == [now.current, now.cpu]


@claim(r"^Refused: cpu # is blocked\.")
def refused(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return moment.now.is_blocked and ints(match) == [moment.now.cpu]


@claim(r"^Finished # sub-buffers?(, empty|, # of them empty)?\.")
def flushed(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    done = [cpu for cpu in moment.after if finished(moment, cpu)]
    empty = sum(moment.before[cpu].offset == 0 for cpu in done)
    told = ints(match)
    if match[2] == ", empty":
        return told == [1] and (len(done), empty) == (1, 1)
    return told == [len(done), *([empty] if empty else [])]


def listed(text: str) -> list[int]:
    return [int(one) for one in re.findall(r"\d+", text)]


@claim(r" Refused on cpu ([\d, ]+): full\.")
def flush_full(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    count = session.config.n_subbufs
    wanted = [one.cpu for one in moment.after.values() if one.is_blocked and one.there == count]
    return listed(match[1]) == wanted


@claim(r" Refused by subbuf_start on cpu ([\d, ]+), though not full\.")
def flush_declined(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    count = session.config.n_subbufs
    wanted = [one.cpu for one in moment.after.values() if one.is_blocked and one.ready < count]
    return listed(match[1]) == wanted


# -- consuming -------------------------------------------------------------------------------------


def told_ready(now: Look, numbers: list[int]) -> bool:
    ready, *gone = numbers
    return (ready, sum(gone)) == (now.ready, now.ready - now.there)


@claim(
    r"^Counted # sub-buffers? as consumed \(# → #\)(: no more than # were ready)?;"
    r" # ready now(?:, # of them overwritten)?\."
)
def counted(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    then, now, asked = moment.then, moment.now, moment.step.operation.count
    moved, before, after, *rest = ints(match)
    if match[4] is not None:
        clamp, *rest = rest
        if not asked > clamp == then.ready:
            return False
    ends = (then.consumed, now.consumed)
    return moved == after - before and (before, after) == ends and told_ready(now, rest)


@claim(r"^Ignored: # are more than the # that a buffer has\.")
def ignored(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    same = moment.before == moment.after
    return same and ints(match) == [moment.step.operation.count, session.config.n_subbufs]


@claim(r"^Ignored: cpu # has no buffer\.")
def nobody(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    cpu = moment.step.operation.cpu
    return cpu not in session.mirror.channel._by_cpu and ints(match) == [cpu]


@claim(r"^(?:Read|Moved) # of # B asked for\.")
def read(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return ints(match) == [len(moment.data), moment.step.operation.length]


@claim(r" The reader stands at byte # of sub-buffer #\.")
def stands(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    now = moment.now
    return ints(match) == [now.position, now.consumed % session.config.n_subbufs]


@claim(r" Released # sub-buffers?: consumed # → #\.")
def released(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    count, *ends = ints(match)
    then, now = moment.then, moment.now
    return ends == [then.consumed, now.consumed] and count == ends[1] - ends[0] > 0


@claim(
    r" The writer had lapped the reader, which skipped # sub-buffers?(?: and released #)?:"
    r" consumed # → #\."
)
def lapped(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    skipped, *own, before, after = ints(match)
    then, now = moment.then, moment.now
    gone = then.ready - then.there
    ends = (before, after) == (then.consumed, now.consumed)
    # one that is gone, but was read to its end before, is released first
    return ends and skipped + sum(own) == after - before and skipped in (gone, gone - 1)


@claim(r" There is nothing to read\.")
def nothing(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return bool(match) and not moment.data and moment.then.unread <= 0


@claim(r" No finished sub-buffer has a byte to move\.")
def nothing_to_move(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    then = moment.then
    written = 0 if then.is_blocked else then.offset
    own = written - (then.position if then.ready == 0 else 0)  # of the one being written
    return bool(match) and not moment.data and then.unread - own <= 0


ODDITY = (
    r": the kernel's read does this behind empty sub-buffers or from a stale position, as ours does"
)


@claim(r" These are not the next unread bytes" + ODDITY + r"\.")
def not_next(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return bool(match) and bool(moment.data)


@claim(r" Yet something is unread" + ODDITY + r"\.")
def yet(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return bool(match) and not moment.data and moment.then.unread > 0


@claim(r" A poll before it says ready: that counts finished sub-buffers \(#\), not bytes\.")
def polled(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    return moment.polled == IN and not moment.data and ints(match) == [moment.then.ready]


@claim(
    r"^(Nothing to be had|POLLIN \| POLLRDNORM): (# of )?# sub-buffers? ready"
    r"(?:, # of them overwritten)?\."
)
def poll(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    count = session.config.n_subbufs
    told, mask = ints(match), IN if match[1].startswith("POLLIN") else 0
    room = told.pop(1) if match[2] else None
    is_whole = room == (count if told[0] <= count else None)
    return is_whole and told_ready(moment.now, told) and mask == moment.mask


@claim(
    r"^POLLERR: the channel is closed; (what is left can still be read|nothing is left to read)\."
)
def closed(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    is_left = match[1].startswith("what")
    return session.mirror.channel.closed and moment.mask & IN == 0 and is_left == moment.is_left


# -- the rest --------------------------------------------------------------------------------------


@claim(r"^Began anew on # buffers?\.")
def reset(_: Session, moment: Moment, match: re.Match[str]) -> bool:
    fresh = all((one.produced, one.consumed) == (0, 0) for one in moment.after.values())
    return fresh and ints(match) == [len(moment.after)]


@claim(r"^Closed # buffers?\.")
def closed_all(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    return session.mirror.channel.closed and ints(match) == [len(moment.after)]


@claim(r" # descriptors? and # mappings? keep their buffers until they are closed\.")
def kept(session: Session, _: Moment, match: re.Match[str]) -> bool:
    consumer = session.channel.consumer
    return ints(match) == [len(session.mirror.files), len(consumer.mappings)]


@claim(
    r"^(Opened|Closed descriptor|Mapped|Gave mapping|Made the files|From the next switch on"
    r"|cpu \d+ (?:is|was) o).*"
)
def plainly(session: Session, moment: Moment, match: re.Match[str]) -> bool:
    """Check what is told with nothing but names."""
    operation, result, text = moment.step.operation, moment.step.result, match[0]
    channel, cpu = session.mirror.channel, moment.step.operation.cpu
    mode = operation.text if operation.text != "python" else "your Python function"
    is_new = cpu in moment.after and cpu not in moment.before
    on_line = ("on line" in text) == (cpu in channel.online)
    checks: dict[Kind, bool] = {
        Kind.OPEN: True,
        Kind.CLOSE_FILE: listed(text) == [operation.fd],
        Kind.UNMAP: listed(text) == [operation.fd],
        Kind.CPU_ONLINE: on_line and ("got its buffer" in text) == is_new,
        Kind.SET_MODE: text.endswith(f" {mode}."),
        Kind.OPEN_FILE: f"as descriptor {result.value}," in text,
        Kind.MMAP: text.startswith(f"Mapped {channel.alloc_size} B of cpu {moment.buffer},"),
        Kind.LATE_SETUP: listed(text) == sorted(one.cpu for one in channel.buffers if one.file),
    }
    return checks[operation.kind]

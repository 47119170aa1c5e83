"""The terms on screen, one line each: Help → Words, and every tooltip that explains a term."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A term and what it means."""

    term: str
    meaning: str


WORDS = (
    Word("channel", "A set of buffers, one for each CPU, that share sizes, callbacks and a name."),
    Word("buffer", "One CPU's ring of sub-buffers; consumers see it as a file."),
    Word("sub-buffer", "A piece of a buffer. It is filled, finished, read and released as one."),
    Word("CPU", "The processor that writes. Each has its own buffer, so writers never meet."),
    Word("global", "All CPUs share one buffer; those who write must take turns by themselves."),
    Word("buffer-only", "A channel without files yet: it can be written, but not read."),
    Word("base filename", "Files are called by this name and the number of a CPU: cpu0, cpu1."),
    Word("alloc size", "Bytes of a buffer in memory: all sub-buffers, rounded up to whole pages."),
    Word("event", "The bytes of one write or reservation. It is never split."),
    Word("offset", "Bytes used in the sub-buffer being written. Its size + 1 means blocked."),
    Word("produced", "How many sub-buffers were finished since open or reset."),
    Word("consumed", "How many sub-buffers were released, or passed over by a lapped reader."),
    Word(
        "ready", "Produced minus consumed; those that an overwriting writer used again count, too."
    ),
    Word("full", "As many sub-buffers are ready as there are: ready ≥ n."),
    Word("blocked", "The last switch was refused. Each later write tries the switch again."),
    Word(
        "padding", "What was left of a sub-buffer when it was finished, for an event or by a flush."
    ),
    Word("header", "Bytes that the client reserves at the start of each sub-buffer for itself."),
    Word("switch", "Finish the sub-buffer being written and go on in the next one."),
    Word("subbuf_start", "The client's callback at each switch. What it returns is the mode."),
    Word("no-overwrite", "subbuf_start refuses while the buffer is full: new events are lost."),
    Word("overwrite", "subbuf_start always agrees: the oldest sub-buffer is used again."),
    Word("default", "Without a subbuf_start the kernel's own is used: no-overwrite."),
    Word("Python", "subbuf_start is your own function, written in the new-channel dialog."),
    Word("write", "relay_write: store an event in the buffer of its CPU."),
    Word("reserve", "relay_reserve: take room for an event now and fill it later."),
    Word("fill", "Store the bytes of an event that was reserved."),
    Word("flush", "Finish the sub-buffers being written on all CPUs, even empty ones."),
    Word("reset", "Start again with empty buffers; sub-buffers not read to their end are lost."),
    Word(
        "read",
        "Take bytes from the file. Padding is skipped; read to its end, a sub-buffer is released.",
    ),
    Word("consume", "relay_subbufs_consumed: a consumer that maps says how many it is done with."),
    Word("poll", "Ask whether a sub-buffer is ready. It may be an empty one."),
    Word("mmap", "Map the whole buffer into memory, to read without copying."),
    Word("splice", "Move finished sub-buffers to another file, without their padding."),
    Word("late set-up", "Give files to a channel that was opened without any."),
    Word("closed", "Nothing can be written or opened any more, and the files are removed."),
    Word("finalized", "The channel was closed, but an open file keeps the buffer readable."),
    Word("fate", "What became of an event. It has exactly one at any step, decided at one step."),
    Word("conservation", "What was tried is what there is: unread, consumed and each loss."),
    Word("reader", "A descriptor from open to close. What it was given is told apart from fates."),
    Word("torn", "A reader got a part of an event and never the rest, or mixed with another's."),
    Word("lapped", "The writer came round the ring and over what the reader had not read yet."),
    Word("lost", "Events never stored, or gone before their sub-buffer was read to its end."),
    Word("refused", "Lost: there was no sub-buffer for it; mostly because the buffer is full."),
    Word("too big", "Lost: longer than a sub-buffer, or than what its header leaves."),
    Word("overwritten", "Lost: its sub-buffer was used again before it was read to its end."),
    Word("discarded", "Lost: reset or closed before its sub-buffer was read to its end."),
    Word("released too early", "Lost: its sub-buffer was released before it was read to its end."),
    Word("busy", "Lost: written from inside another write to the same buffer."),
    Word("live", "Writers and readers of the program’s own act on the channel, at full speed."),
    Word(
        "unwritten",
        "Bytes that a reader got without the beginning of an event: nobody wrote them, such as"
        " padding taken for data, or reading began within one.",
    ),
    Word("finding", "What can be said of a live channel, with its figures and with what helps."),
    Word("lap", "One round through all sub-buffers of a ring."),
    Word("step", "One operation done. Each can be gone back to, exactly as it was."),
    Word("branch", "Acting in the past begins one. The old future stays, in the Log."),
    Word("session", "A channel with all that was done, in every branch, kept in one file."),
    Word("breakpoint", "Something that Run stops at: a kind of event, or a condition."),
    Word("watch", "A figure of one's own, plotted along the history."),
    Word("scenario", "A session that comes with the program and shows one thing."),
)

_MEANINGS = {word.term.casefold(): word.meaning for word in WORDS}


def explain(term: str) -> str:
    """Return the one line that explains a term.

    Raises:
        KeyError: The term is not among WORDS.
    """
    return _MEANINGS[term.casefold()]

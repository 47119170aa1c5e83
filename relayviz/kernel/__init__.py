"""The relay channels of a real kernel, read from its memory: a crash dump or memory image.

    from pathlib import Path
    from relayviz import kernel

    with kernel.open_dump(Path("vmcore"), types=Path("vmlinux.btf")) as dump:
        for channel in dump.look().channels:
            for buffer in channel.buffers:
                print(channel.name, buffer.cpu, dump.contents(channel, buffer).unread_bytes)

Nothing is changed or consumed. Names of fields are the kernel's; None means that memory does not
say. `mode_of` and `losses_of` say what can be inferred, and from what.

Errors: a dump that cannot be read at all is a KernelError (DumpError, SymbolsError, TypesError)
that names cause and remedy; a part that cannot be is an UnreadableError, or a sentence in `damage`.

Threads: a kernel is used by one at a time; what it gives is frozen and can be shared.
"""

from relayviz.engines.kernel.contents import Contents
from relayviz.engines.kernel.fault import (
    DumpError,
    KernelError,
    SymbolsError,
    TypesError,
    UnreadableError,
)
from relayviz.engines.kernel.kernel import Kernel
from relayviz.engines.kernel.opening import open_dump
from relayviz.engines.kernel.saving import Saved, save
from relayviz.model.kernel.evidence import Losses, Mode, losses_of, mode_of
from relayviz.model.kernel.look import Buffer, Callbacks, Channel, Client, Look
from relayviz.model.kernel.position import Position, Span, Writer, cut, position_of
from relayviz.model.kernel.trust import Trust, trusted

__all__ = [
    "Buffer",
    "Callbacks",
    "Channel",
    "Client",
    "Contents",
    "DumpError",
    "Kernel",
    "KernelError",
    "Look",
    "Losses",
    "Mode",
    "Position",
    "Saved",
    "Span",
    "SymbolsError",
    "Trust",
    "TypesError",
    "UnreadableError",
    "Writer",
    "cut",
    "losses_of",
    "mode_of",
    "open_dump",
    "position_of",
    "save",
    "trusted",
]
